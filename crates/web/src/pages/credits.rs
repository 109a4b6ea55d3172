//! What is taken off an invoice, credit balances, corrected due dates, held orders.

use super::acts::{self, Ask};
use super::common::version_field;
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Empty, Fact, Field, FieldError, Flash, Header, Icon, Line, Menu, Room, Row, Status,
    Table, Tone, facts, section_block, split,
};
use app::App;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::Patch;
use contract::billing::Invoice;
use contract::credits::{CreditInvoice, HeldOrder, PatchInvoice, RefundBalance};
use domain::id::{CreditMemoId, CustomerId, InvoiceId};
use domain::people::Permission;
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/invoices/{id}/credit", get(credit_page).merge(post(credit)))
        .route("/invoices/{id}/due", get(due_page).merge(post(due)))
        .route("/credit-memos/{id}", get(memo_page))
        .route("/credit-memos/{id}/pdf", get(memo_pdf))
        .route("/customers/{id}/refund", get(refund_page).merge(post(refund)))
        .route("/orders/held", get(held_page))
}

async fn invoice(visit: &Visit, id: InvoiceId) -> Result<Invoice, crate::edge::Fail> {
    visit.ctx.require(Permission::ManageBilling)?;
    visit.read(move |ctx, tx| app::billing::documents::invoice(ctx, tx, id)).await
}

// ---- crediting ------------------------------------------------------------------------------------------------------

fn left(it: &Invoice) -> i64 {
    it.head.total_minor.unwrap_or_default() - it.head.credited_minor.unwrap_or_default()
}

fn ask_credit(visit: &Visit, it: &Invoice, sent: &Sent, errors: &[FieldError]) -> Response {
    let (ctx, head) = (&visit.ctx, &it.head);
    let (left, open) = (left(it), head.open_minor.unwrap_or_default());
    let currency = words::currency(ctx);
    let how = sent.maybe("how").or_else(|| visit.link.get("how")).unwrap_or("amount").to_owned();
    let mut ways = vec![
        Choice::new("amount", "An amount"),
        Choice::new("whole", format!("All that is left: {}", words::money(ctx, left))),
    ];
    let several = it.document.lines.len() > 1;
    if several {
        ways.push(Choice::new("lines", "Single lines").help("Those ticked below."));
    }
    ways.push(
        Choice::new("rebill", "The whole invoice, and bill it anew")
            .help("When it was wrong: the same is billed on a new invoice, and what was paid goes along. Sales and commission stand."),
    );
    let mut taken: Vec<&str> = sent.all("line_id").collect();
    if taken.is_empty() {
        taken.extend(visit.link.get("lines").unwrap_or_default().split(',').filter(|id| !id.is_empty()));
    }
    Ask {
        title: format!("Credit invoice {}", head.number).into(),
        text: html! {
            p {
                (words::money(ctx, open)) " is open."
                @if open < left { " What is credited beyond that was paid already and becomes credit balance of the customer." }
            }
        },
        room: Room::Events,
        action: format!("/invoices/{}/credit", head.id),
        fields: html! {
            (version_field(head.version))
            (Field::radio("how", "What is credited", ways).value(how))
            (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(sent.text("amount_minor").to_owned()).errors(errors).optional().help("For an amount; otherwise leave it empty."))
            @if several {
                details class="more" open[!taken.is_empty()] {
                    summary { "Lines" }
                    fieldset class="field" {
                        legend class="label" { "Credit these lines" }
                        @for line in it.document.lines.iter().filter(|line| line.amount_minor > 0) {
                            @let id = line.line_id.to_string();
                            label class="tick" {
                                input class="box" type="checkbox" name="line_id" value=(id) checked[taken.contains(&id.as_str())];
                                span { (line.description) " " span class="muted" { (line.lot) " " (line.serial) " · " (words::money(ctx, line.amount_minor)) } }
                            }
                        }
                    }
                }
            }
            (Field::area("reason", "Why").value(sent.text("reason").to_owned()).limit(500).errors(errors).required().help("Printed on the credit memo."))
        },
        verb: "Credit it".into(),
        danger: false,
        back: format!("/invoices/{}", head.id),
        errors,
    }
    .show(visit)
}

async fn credit_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = invoice(&visit, visit.id(&id)?).await?;
    Ok(ask_credit(&visit, &it, &sent, &[]))
}

fn read_credit(visit: &Visit, sent: &Sent) -> app::Result<CreditInvoice> {
    let mut ask = CreditInvoice { reason: sent.text("reason").to_owned(), ..CreditInvoice::default() };
    match sent.text("how") {
        "whole" => {}
        "rebill" => ask.rebill = true,
        "lines" => {
            ask.line_ids = sent.all("line_id").filter_map(|id| id.parse().ok()).collect();
            if ask.line_ids.is_empty() {
                return Err(app::Error::field("how", "required", "Tick the lines that are credited."));
            }
        }
        _ => ask.amount_minor = Some(words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?),
    }
    Ok(ask)
}

async fn credit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let it = invoice(&visit, id).await?;
    let done = match read_credit(&visit, &sent) {
        Ok(ask) => visit.save(&sent, move |ctx, tx| app::billing::credits::credit(ctx, tx, id, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(memo) => {
            let said = format!("Credit memo {} is issued", memo["number"].as_str().unwrap_or_default());
            Ok(visit.go(&format!("/credit-memos/{}", memo["id"].as_str().unwrap_or_default()), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "reason", "how"]);
            Ok(ask_credit(&visit, &it, &sent, &errors))
        }
    }
}

/// The memos of an invoice, as lines.
pub fn memo_lines(visit: &Visit, it: &Invoice) -> Vec<Line> {
    let line = |memo: &contract::credits::CreditMemoSummary| {
        let what = if memo.kind == "write_off" { "Write-off" } else { "Credit memo" };
        let line = Line::new(html! { (what) " " (memo.number) })
            .href(format!("/credit-memos/{}", memo.id))
            .below(html! { (words::day(memo.issued_on)) " · " (memo.reason) });
        match memo.amount_minor {
            Some(minor) => line.side(words::money(&visit.ctx, -minor)),
            None => line,
        }
    };
    it.credit_memos.iter().map(line).collect()
}

async fn memo_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CreditMemoId = visit.id(&id)?;
    let (it, event) = visit
        .read(move |ctx, tx| {
            let it = app::billing::documents::credit_memo(ctx, tx, id)?;
            let event = app::events::get(ctx, tx, it.head.event_id)?;
            Ok((it, event.head.name))
        })
        .await?;
    let (ctx, head) = (&visit.ctx, &it.head);
    let money = |minor: Option<i64>| words::money(ctx, minor.unwrap_or_default());
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(150).phone_sub(),
        Column::new("price", "Amount").number().width(130).phone_side_sub(),
    ];
    let rows = it.lines.iter().map(|line| {
        let mark: Vec<&str> =
            [line.lot.as_str(), line.serial.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
        let cells = vec![
            Cell::two(line.description.as_str(), line.catalog_number.as_str()),
            Cell::text(mark.join(", ")),
            Cell::text(words::money(ctx, line.amount_minor)),
        ];
        Row::new(line.unit_id.to_string(), cells)
    });
    let table = Table::new("lines", "What it credits", columns).rows(rows.collect()).inside();
    let mut list = vec![
        Fact::new("Issued", words::day(head.issued_on)),
        Fact::new(
            "Credits",
            html! { a class="link" href={ "/invoices/" (head.invoice_id) } { "Invoice " (it.invoice.number) } },
        ),
    ];
    if let Some(customer) = &it.customer {
        let name = html! {
            @match head.customer_id { Some(id) => a class="link" href={ "/customers/" (id) } { (customer.name) }, None => (customer.name) }
        };
        list.push(Fact::new("Customer", name));
    }
    if head.to_balance_minor.is_some_and(|minor| minor > 0) {
        list.push(Fact::new("Kept as credit balance", money(head.to_balance_minor)));
    }
    if let Some(anew) = head.rebilled_as_id {
        list.push(Fact::new(
            "Billed anew",
            html! { a class="link" href={ "/invoices/" (anew) } { "On the invoice that replaces it" } },
        ));
    } else {
        list.push(Fact::new("Off net sales", money(head.net_minor)));
    }
    let write_off = head.kind == "write_off";
    let (what, done) = if write_off { ("Write-off", "written off") } else { ("Credit memo", "credited") };
    let header = Header::new(format!("{what} {}", head.number))
        .crumb("Events", "/events")
        .crumb(event, format!("/events/{}", head.event_id))
        .crumb(format!("Invoice {}", it.invoice.number), format!("/invoices/{}", head.invoice_id))
        .under(html! { strong { (money(head.amount_minor)) } " " (done) ", " (words::day(head.issued_on)) })
        .action(Button::link("As PDF", format!("/credit-memos/{id}/pdf")).icon(Icon::Print).download());
    let work = html! {
        (section_block("Why", &[], html! { p class="pre" { (head.reason) } }))
        @if !it.lines.is_empty() { (section_block("What it credits", &[], table)) }
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (facts(&list)) } })) };
    Ok(visit.page(format!("{what} {}", head.number), Room::Events, body))
}

async fn memo_pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CreditMemoId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| app::billing::documents::credit_memo_pdf(ctx, tx, id)).await?;
    Ok(super::event_money::paper(made.bytes, &made.file_name))
}

// ---- due dates ------------------------------------------------------------------------------------------------------

fn ask_due(visit: &Visit, it: &Invoice, sent: &Sent, errors: &[FieldError]) -> Response {
    let head = &it.head;
    let first = !sent.has("reason");
    let text = |key: &str, stored: Option<domain::clock::Day>| {
        if first { stored.map(|day| day.to_string()).unwrap_or_default() } else { sent.text(key).to_owned() }
    };
    Ask {
        title: format!("When invoice {} is due", head.number).into(),
        text: html! { p { (head.due_explanation) } },
        room: Room::Events,
        action: format!("/invoices/{}/due", head.id),
        fields: html! {
            (version_field(head.version))
            (Field::date("due_on", "Due on").value(text("due_on", head.due_on.filter(|_| head.due_manual))).errors(errors).optional().help("A day typed here stays. Empty: the terms of the order decide."))
            (Field::date("received_on", "Received by the customer").value(text("received_on", head.received_on)).errors(errors).optional().help("For terms that count from the receipt of the invoice."))
            (Field::date("specified_on", "Day on the document").value(text("specified_on", head.specified_on)).errors(errors).optional().help("For terms that count from a specified date."))
            (Field::area("reason", "Why").value(sent.text("reason").to_owned()).limit(500).errors(errors).optional().help("Kept in the history."))
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/invoices/{}", head.id),
        errors,
    }
    .show(visit)
}

async fn due_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = invoice(&visit, visit.id(&id)?).await?;
    Ok(ask_due(&visit, &it, &sent, &[]))
}

async fn due(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let it = invoice(&visit, id).await?;
    let read = || -> app::Result<PatchInvoice> {
        let day = |key: &str| acts::day(&sent, key).map(|day| day.map_or(Patch::Clear, Patch::Set));
        Ok(PatchInvoice {
            due_on: day("due_on")?,
            received_on: day("received_on")?,
            specified_on: day("specified_on")?,
            reason: sent.text("reason").to_owned(),
        })
    };
    let done = match read() {
        Ok(change) => visit.save(&sent, move |ctx, tx| app::billing::dates::patch(ctx, tx, id, change.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/invoices/{id}"), Flash::done("Saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["due_on", "received_on", "specified_on", "reason"]);
            Ok(ask_due(&visit, &it, &sent, &errors))
        }
    }
}

// ---- credit balance -------------------------------------------------------------------------------------------------

async fn ask_refund(visit: &Visit, id: CustomerId, sent: &Sent, errors: &[FieldError]) -> Out {
    visit.ctx.require(Permission::ManageBilling)?;
    let (name, it) = visit
        .read(move |ctx, tx| {
            let customer = app::directory::customers::get(ctx, tx, id, domain::engagement::Window::All)?;
            Ok((customer.name, app::billing::accounts::balance(ctx, tx, id)?))
        })
        .await?;
    let ctx = &visit.ctx;
    let currency = words::currency(ctx);
    let first = !sent.has("amount_minor");
    let amount = if first { words::money_plain(ctx, it.balance_minor) } else { sent.text("amount_minor").to_owned() };
    let day = if first { ctx.today().to_string() } else { sent.text("refunded_on").to_owned() };
    let ask = Ask {
        title: "Refund credit balance".into(),
        text: html! { p { (name) " has a credit balance of " strong { (words::money(ctx, it.balance_minor)) } ". It can also pay another invoice: enter a payment there." } },
        room: Room::Customers,
        action: format!("/customers/{id}/refund"),
        fields: html! {
            (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(amount).errors(errors).required())
            (Field::date("refunded_on", "Paid out").value(day).errors(errors).required())
            (Field::text("reference", "Reference").value(sent.text("reference").to_owned()).errors(errors).optional())
        },
        verb: "Enter the refund".into(),
        danger: false,
        back: format!("/customers/{id}/statement"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn refund_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask_refund(&visit, visit.id(&id)?, &sent, &[]).await
}

async fn refund(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let read = || -> app::Result<RefundBalance> {
        Ok(RefundBalance {
            amount_minor: words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?,
            refunded_on: acts::day(&sent, "refunded_on")?,
            reference: sent.text("reference").to_owned(),
        })
    };
    let done = match read() {
        Ok(ask) => visit.save(&sent, move |ctx, tx| app::billing::accounts::refund(ctx, tx, id, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/customers/{id}/statement"), Flash::done("Refund entered"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "refunded_on", "reference"]);
            ask_refund(&visit, id, &sent, &errors).await
        }
    }
}

// ---- held orders ----------------------------------------------------------------------------------------------------

fn held_row(visit: &Visit, it: &HeldOrder) -> Row {
    let release = format!("/events/{}/release", it.event_id);
    let standing = if it.hold_released {
        Cell::status(Status::new(Tone::Green, "Released"))
    } else {
        Cell::status(super::customers::billing(it.billing_status))
    };
    let cells = vec![
        Cell::two(it.name.as_str(), it.number.as_str()),
        Cell::of(html! { a class="quiet" href={ "/customers/" (it.customer_id) } { (it.customer_name) } }),
        Cell::text(it.explanation.clone()),
        Cell::text(it.representative_name.clone()),
        Cell::text(words::day(it.event_on)),
        it.total_minor.map_or_else(Cell::none, |minor| Cell::text(words::amount(&visit.ctx, minor))),
        standing,
        if it.can_release { Cell::of(Button::link("Release", release).small().in_dialog()) } else { Cell::none() },
    ];
    Row::new(it.event_id.to_string(), cells).href(format!("/events/{}", it.event_id)).name(it.number.clone())
}

async fn held_page(visit: Visit) -> Out {
    let page = visit.read(app::billing::accounts::held_orders).await?;
    let columns = vec![
        Column::new("order", "Stocking order"),
        Column::new("customer", "Customer").width(190).phone_sub(),
        Column::new("why", "Why").width(260),
        Column::new("rep", "Rep").width(140),
        Column::new("day", "Wanted").width(110),
        Column::new("total", format!("Total, {}", visit.ctx.organization.currency)).number().width(120),
        Column::new("status", "Billing").width(120).phone_side(),
        Column::new("act", "").width(100).phone_side_sub(),
    ];
    let waiting = page.items.iter().filter(|it| !it.hold_released).count() as i64;
    let under = match waiting {
        0 => "No stocking order waits for a release.".to_owned(),
        n => format!(
            "{} for a release. Cases, returns and recalls never wait.",
            words::count(n, "order waits", "orders wait")
        ),
    };
    let header =
        Header::new("Held orders").under(html! { (super::orders::subnav(&visit, "Held")) p class="sub" { (under) } });
    let rows = page.items.iter().map(|it| held_row(&visit, it)).collect();
    let empty = Empty::new(Icon::Lock, "Nothing is held")
        .text("A stocking order of a customer on hold waits here until somebody who manages billing releases it, or the hold is lifted.");
    let table = Table::new("held", "Held orders", columns).rows(rows).empty(empty);
    Ok(visit.page("Held orders", Room::Customers, html! { (header) (table) }))
}

/// Buttons and menu of an invoice for whoever manages billing.
pub fn invoice_actions(visit: &Visit, header: Header, it: &Invoice) -> Header {
    let id = it.head.id;
    let mut menu = Menu::more("More actions")
        .item(Button::link("As PDF", format!("/invoices/{id}/pdf")).icon(Icon::Print).download());
    if visit.may(Permission::ManageEvents) && it.head.status != "void" {
        menu = menu.item(Button::link("Send it", format!("/documents/invoice/{id}/send")).icon(Icon::Mail).in_dialog());
    }
    if it.head.status != "void" && it.head.customer_id.is_some() {
        menu = menu
            .item(
                Button::link("PDF with the electronic invoice", format!("/invoices/{id}/pdf-with-xml"))
                    .icon(Icon::Print)
                    .download(),
            )
            .item(Button::link("Electronic invoice (XML)", format!("/invoices/{id}/xml")).icon(Icon::File).download());
    }
    if !visit.may(Permission::ManageBilling) || it.head.status == "void" {
        return header.action(menu);
    }
    let whole = it.head.rebilled_as_id.is_some() || left(it) <= 0;
    if it.head.status == "open" {
        menu =
            menu.item(Button::link("Correct the due date", format!("/invoices/{id}/due")).icon(Icon::Edit).in_dialog());
    }
    if !whole {
        menu = menu.rule().item(Button::link("Credit", format!("/invoices/{id}/credit")).icon(Icon::Undo).in_dialog());
    }
    if it.head.status == "open" && it.head.open_minor.is_some_and(|open| open > 0) {
        menu = menu.item(Button::link("Write off", format!("/invoices/{id}/write-off")).icon(Icon::Close).in_dialog());
    }
    let header = header.action(menu);
    if it.head.status == "open" {
        return header.action(Button::link("Enter payment", format!("/invoices/{id}/pay")).primary().in_dialog());
    }
    header
}
