//! The money of an event: purchase orders, invoices, payments, and its papers.

use super::acts::{self, Ask};
use super::common::version_field;
use super::event::{Seen, see};
use super::words;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Choice, Column, Fact, Field, FieldError, Flash, Header, Line, Room, Row, Status, Table, Tone,
    banner, facts, lines, section_block, split,
};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::Patch;
use contract::billing::{AddPayment, Invoice, InvoiceSummary};
use contract::documents::ReadPurchaseOrder;
use contract::events::{AddPurchaseOrder, PatchPurchaseOrder, PurchaseOrder};
use domain::event::EventStatus;
use domain::id::{EventId, InvoiceId, PurchaseOrderId, SalesOrderId, UnitId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(super::event_charges::routes())
        .route("/events/{id}/orders/new", get(order_page).merge(post(add_order)))
        .route("/events/{id}/orders/{order}", get(edit_order_page).merge(post(edit_order)))
        .route("/events/{id}/orders/{order}/remove", post(remove_order))
        .route("/events/{id}/mark-paid", post(mark_paid))
        .route("/sales-orders/{id}/pdf", get(sales_order_pdf))
        .route("/invoices/{id}", get(invoice_page))
        .route("/invoices/{id}/pdf", get(invoice_pdf))
        .route("/invoices/{id}/pay", get(pay_page).merge(post(pay)))
}

/// The money as parts of the page of an event; nothing where nothing is billed.
pub fn section(visit: &Visit, seen: &Seen) -> Markup {
    let event = &seen.event;
    if !event.head.r#type.rules().billable {
        return html! {};
    }
    html! {
        (super::event_charges::section(visit, seen))
        @if event.head.status.is_submitted() { (orders(visit, seen)) }
        @if !seen.invoices.is_empty() { (invoices(visit, seen)) }
    }
}

fn orders(visit: &Visit, seen: &Seen) -> Markup {
    let (ctx, event) = (&visit.ctx, &seen.event);
    let id = event.head.id;
    if event.head.total_minor == Some(0) && event.purchase_orders.is_empty() {
        return html! {};
    }
    let changes = visit.may(Permission::ManageBilling) && event.head.status != EventStatus::Paid;
    let list: Vec<Line> = event
        .purchase_orders
        .iter()
        .map(|order| {
            let who = seen.names.person(order.received_by_id);
            let maker = order.manufacturer_id.map_or("all manufacturers", |id| seen.names.manufacturer(id));
            let line = Line::new(html! { span class="mono" { (order.number) } })
                .below(html! {
                    "For " (maker) " · "
                    @if order.source == "link" { "given by " (order.given_by) " through the link that " (who) " made" } @else { "entered by " (who) }
                    ", " (words::when(ctx, order.received_at))
                    @if let Some(file) = order.file_id { " · " a class="link" href={ "/events/" (id) "/files/" (file) } target="_blank" rel="noopener" { "The order itself" } }
                    @if let Some(off) = order.difference_minor.filter(|off| *off != 0) {
                        br; span class="ink-amber" { "It is over " (words::money(ctx, off.abs())) @if off < 0 { " less" } @else { " more" } " than the sales order." }
                    }
                })
                .side(order.amount_minor.map(|minor| words::money(ctx, minor)).unwrap_or_default());
            if changes {
                line.action(Button::link("Edit", format!("/events/{id}/orders/{}", order.id)).small().in_dialog())
            } else {
                line
            }
        })
        .collect();
    let adds = visit.may(Permission::AddPurchaseOrders) && event.head.status != EventStatus::Paid;
    let actions = if adds {
        vec![Button::link("Enter purchase order", format!("/events/{id}/orders/new")).small().in_dialog()]
    } else {
        vec![]
    };
    let body = html! {
        @if list.is_empty() { p class="sub" { "None has come yet. " a class="link" href=(super::po_reminders::WAITING) { "Everything that waits" } } }
        @else { (lines(&list)) }
    };
    section_block("Purchase orders", &actions, body)
}

fn invoice_status(ctx: &app::Ctx, invoice: &InvoiceSummary) -> Status {
    match invoice.status.as_str() {
        "open" if invoice.due_on.is_some_and(|day| day < ctx.today()) => Status::of("overdue"),
        "open" => Status::new(Tone::Blue, "Open"),
        "void" => Status::new(Tone::Grey, "Replaced"),
        "credited" => Status::new(Tone::Grey, "Credited"),
        other => Status::of(other),
    }
}

fn due(ctx: &app::Ctx, invoice: &InvoiceSummary) -> Markup {
    html! {
        @match invoice.due_on {
            Some(day) => { "due " (words::day(day)) " (" (words::distance(ctx.today(), day)) ")" }
            None => {
                (words::lower(&invoice.due_state.label()))
                @if let Some(day) = invoice.estimated_due_on { ", due about " (words::day(day)) }
            }
        }
    }
}

fn invoices(visit: &Visit, seen: &Seen) -> Markup {
    let ctx = &visit.ctx;
    let list: Vec<Line> = seen
        .invoices
        .iter()
        .map(|invoice| {
            let maker = invoice.manufacturer_id.map(|id| seen.names.manufacturer(id).to_owned());
            let line = Line::new(html! { "Invoice " (invoice.number) })
                .href(format!("/invoices/{}", invoice.id))
                .below(html! {
                    @if let Some(maker) = maker { (maker) " · " }
                    @match invoice.credited_minor { Some(minor) if minor > 0 => { (words::money(ctx, minor)) " credited" @if invoice.status == "open" { " · " } } _ => {} }
                    @if matches!(invoice.status.as_str(), "open" | "void") { (due(ctx, invoice)) }
                })
                .side(invoice_status(ctx, invoice));
            match invoice.total_minor {
                Some(total) => line.side_sub(words::money(ctx, total)),
                None => line,
            }
        })
        .collect();
    section_block("Invoices", &[], lines(&list))
}

// ---- purchase orders ------------------------------------------------------------------------------------------------

fn amount_field(visit: &Visit, value: String, errors: &[FieldError]) -> Field {
    let currency = words::currency(&visit.ctx);
    Field::money("amount_minor", "Amount", currency.code(), currency.exponent())
        .value(value)
        .optional()
        .errors(errors)
        .help("If the order says one.")
}

/// The files of an event that may be the order itself: those that no patient can be told from. Nothing where there is none.
fn file_field(seen: &Seen, value: String, errors: &[FieldError]) -> Markup {
    let may = |it: &&contract::files::File| !it.patient_data && it.purged_at.is_none();
    let mut choices = vec![Choice::new("", "None")];
    let named = |it: &contract::files::File| Choice::new(it.id.to_string(), it.name.clone());
    choices.extend(seen.files.iter().filter(may).map(named));
    let id = seen.event.head.id;
    html! {
        @if choices.len() > 1 {
            (Field::select("file_id", "The order itself", choices).value(value).errors(errors).help("Among the files of the event."))
        } @else {
            p class="sub" { "Is it there as a PDF? " a class="link" href={ "/events/" (id) "/files/new?kind=purchase_order" } { "Bring it here first" } ", and it is read for you." }
        }
    }
}

fn ask_for_order(visit: &Visit, seen: &Seen, sent: &Sent, errors: &[FieldError], above: Markup) -> Response {
    let id = seen.event.head.id;
    let waiting = super::event::makers_without_order(&seen.event);
    let mut makers = vec![Choice::new("", "All manufacturers")];
    makers
        .extend(waiting.iter().map(|maker| Choice::new(maker.to_string(), seen.names.manufacturer(*maker).to_owned())));
    let asked =
        sent.maybe("manufacturer_id").or_else(|| visit.link.get("manufacturer_id")).unwrap_or_default().to_owned();
    Ask {
        title: "Enter purchase order".into(),
        text: above,
        room: Room::Events,
        action: format!("/events/{id}/orders/new"),
        fields: html! {
            (Field::text("number", "Number").value(sent.text("number").to_owned()).errors(errors).required().autofocus().help("As the hospital gave it."))
            @if waiting.len() > 1 { (Field::select("manufacturer_id", "For", makers).value(asked).errors(errors)) }
            (amount_field(visit, sent.text("amount_minor").to_owned(), errors))
            (file_field(seen, sent.text("file_id").to_owned(), errors))
        },
        verb: "Enter it".into(),
        danger: false,
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit)
}

/// What a file says, in the form, to be looked at before it is entered.
fn proposed(visit: &Visit, read: &ReadPurchaseOrder) -> Sent {
    let mut pairs = vec![("file_id".to_owned(), read.file_id.to_string())];
    pairs.extend(read.number.clone().map(|number| ("number".to_owned(), number)));
    pairs.extend(read.amount_minor.map(|minor| ("amount_minor".to_owned(), words::money_plain(&visit.ctx, minor))));
    Sent::of(pairs)
}

fn proposal(read: &ReadPurchaseOrder) -> Markup {
    let found = match (&read.number, read.amount_minor) {
        (Some(_), Some(_)) => "Number and amount were found.",
        (Some(_), None) => "The number was found, no amount.",
        (None, Some(_)) => "The amount was found, no number.",
        (None, None) => "Neither a number nor an amount was found.",
    };
    let told = match read.fits {
        Some(true) => " It is over what is billed.",
        Some(false) => " It is over another amount than what is billed.",
        None => "",
    };
    let kind = if read.fits == Some(false) || read.number.is_none() { Banner::Warning } else { Banner::Info };
    banner(kind, html! { b { "Read from " (read.file_name) } (found) (told) " Look at it before you enter it." }, None)
}

/// The papers that can be read, each with the link that does it.
fn readable(seen: &Seen) -> Markup {
    let may =
        |it: &&contract::files::File| !it.patient_data && it.purged_at.is_none() && it.media_type == "application/pdf";
    let id = seen.event.head.id;
    html! {
        @for file in seen.files.iter().filter(may) {
            (Button::link(format!("Read {}", file.name), format!("/events/{id}/orders/new?read={}", file.id)).small().in_dialog())
        }
    }
}

async fn order_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    visit.ctx.require(Permission::AddPurchaseOrders)?;
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let asked = visit.link.get("read").and_then(|text| text.parse().ok());
    let Some(file) = asked else { return Ok(ask_for_order(&visit, &seen, &sent, &[], readable(&seen))) };
    match visit.app.read_purchase_order(&visit.ctx, id, file).await {
        Ok(read) => Ok(ask_for_order(&visit, &seen, &proposed(&visit, &read), &[], proposal(&read))),
        Err(Error::Conflict { message, .. }) => {
            let told = banner(Banner::Warning, message, None);
            Ok(ask_for_order(&visit, &seen, &sent, &[], told))
        }
        Err(other) => Err(other.into()),
    }
}

fn maybe_money(visit: &Visit, sent: &Sent) -> app::Result<Option<i64>> {
    sent.maybe("amount_minor").map(|text| words::read_money(&visit.ctx, "amount_minor", text)).transpose()
}

async fn add_order(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let read = || -> app::Result<AddPurchaseOrder> {
        Ok(AddPurchaseOrder {
            number: sent.text("number").to_owned(),
            manufacturer_id: sent.id("manufacturer_id")?,
            amount_minor: maybe_money(&visit, &sent)?,
            file_id: sent.id("file_id")?,
        })
    };
    let done = match read() {
        Ok(new) => visit.save(&sent, move |ctx, tx| app::billing::orders::add(ctx, tx, id, new.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(answer) => {
            let said =
                if answer["event_status"] == "pending_payment" { "Entered. The invoice is issued." } else { "Entered" };
            Ok(visit.go(&format!("/events/{id}"), Flash::done(said)))
        }
        Err(error) => {
            let errors =
                acts::known(visit.complaints(error)?, &["number", "manufacturer_id", "amount_minor", "file_id"]);
            let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
            Ok(ask_for_order(&visit, &seen, &sent, &errors, html! {}))
        }
    }
}

fn ask_to_correct(visit: &Visit, seen: &Seen, order: &PurchaseOrder, sent: &Sent, errors: &[FieldError]) -> Response {
    let (id, version) = (seen.event.head.id, seen.event.head.version);
    let first = !sent.has("number");
    let number = if first { order.number.clone() } else { sent.text("number").to_owned() };
    let amount = if first {
        order.amount_minor.map(|minor| words::money_plain(&visit.ctx, minor)).unwrap_or_default()
    } else {
        sent.text("amount_minor").to_owned()
    };
    let file = match first {
        true => order.file_id.map(|id| id.to_string()).unwrap_or_default(),
        false => sent.text("file_id").to_owned(),
    };
    Ask {
        title: "Correct purchase order".into(),
        text: html! {},
        room: Room::Events,
        action: format!("/events/{id}/orders/{}", order.id),
        fields: html! {
            (version_field(version))
            (Field::text("number", "Number").value(number).errors(errors).required())
            (amount_field(visit, amount, errors))
            (file_field(seen, file, errors))
            div class="row" { (Button::submit("Take it off").danger().small().action(format!("/events/{id}/orders/{}/remove", order.id))) }
        },
        verb: "Save".into(),
        danger: false,
        back: format!("/events/{id}"),
        errors,
    }
    .show(visit)
}

async fn find_order(visit: &Visit, id: EventId, order: PurchaseOrderId) -> Result<(PurchaseOrder, Seen), Fail> {
    let seen = visit.read(move |ctx, tx| see(ctx, tx, id)).await?;
    let found = seen.event.purchase_orders.iter().find(|it| it.id == order).cloned().ok_or_else(Fail::not_found)?;
    Ok((found, seen))
}

async fn edit_order_page(visit: Visit, Path((id, order)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, order): (EventId, PurchaseOrderId) = (visit.id(&id)?, visit.id(&order)?);
    let (order, seen) = find_order(&visit, id, order).await?;
    Ok(ask_to_correct(&visit, &seen, &order, &sent, &[]))
}

async fn edit_order(visit: Visit, Path((id, order)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, order): (EventId, PurchaseOrderId) = (visit.id(&id)?, visit.id(&order)?);
    let read = || -> app::Result<PatchPurchaseOrder> {
        let file: Option<domain::id::FileId> = sent.id("file_id")?;
        Ok(PatchPurchaseOrder {
            number: Some(sent.text("number").to_owned()),
            amount_minor: maybe_money(&visit, &sent)?.map_or(Patch::Clear, Patch::Set),
            file_id: match sent.has("file_id") {
                true => file.map_or(Patch::Clear, Patch::Set),
                false => Patch::Leave,
            },
        })
    };
    let done = match read() {
        Ok(change) => {
            visit.save(&sent, move |ctx, tx| app::billing::orders::patch(ctx, tx, id, order, change.clone())).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{id}"), Flash::done("Corrected"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["number", "amount_minor", "file_id"]);
            let (order, seen) = find_order(&visit, id, order).await?;
            Ok(ask_to_correct(&visit, &seen, &order, &sent, &errors))
        }
    }
}

async fn remove_order(visit: Visit, Path((id, order)): Path<(String, String)>, sent: Sent) -> Out {
    let (id, order): (EventId, PurchaseOrderId) = (visit.id(&id)?, visit.id(&order)?);
    let done = visit.save(&sent, move |ctx, tx| app::billing::orders::remove(ctx, tx, id, order)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("Purchase order taken off"))
}

async fn mark_paid(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("Paid: what was missing is booked"))
}

// ---- invoices and papers --------------------------------------------------------------------------------------------

pub(super) fn paper(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

async fn sales_order_pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: SalesOrderId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| app::billing::documents::sales_order_pdf(ctx, tx, id)).await?;
    Ok(paper(made.bytes, &made.file_name))
}

async fn invoice_pdf(visit: Visit, Path(id): Path<String>) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let made = visit.read(move |ctx, tx| app::billing::documents::invoice_pdf(ctx, tx, id)).await?;
    Ok(paper(made.bytes, &made.file_name))
}

async fn invoice_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let (invoice, seen, sent) = visit
        .read(move |ctx, tx| {
            let invoice = app::billing::documents::invoice(ctx, tx, id)?;
            let units: Vec<UnitId> = invoice.document.lines.iter().map(|line| line.unit_id).collect();
            let seen = app::units::seen(ctx, tx, &units)?;
            let mut params = contract::ListParams::default();
            params.filters.insert("kind".into(), "invoice".into());
            params.filters.insert("subject_id".into(), id.to_string());
            let sent = app::documents::sends::sent(ctx, tx, &params)?.items;
            Ok((invoice, seen, sent))
        })
        .await?;
    let (ctx, head, said) = (&visit.ctx, &invoice.head, &invoice.document);
    let money = |minor: i64| words::money(ctx, minor);
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("lot", "Lot, serial").width(150).phone_sub(),
        Column::new("price", "Amount").number().width(130).phone_side_sub(),
    ];
    let rows = said.lines.iter().map(|line| {
        let mark = [line.lot.as_str(), line.serial.as_str()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let cells = vec![
            Cell::two(line.description.as_str(), line.catalog_number.as_str()),
            Cell::text(mark),
            Cell::text(money(line.amount_minor)),
        ];
        let row = Row::new(line.unit_id.to_string(), cells);
        if seen.contains(&line.unit_id) { row.href(format!("/units/{}", line.unit_id)) } else { row }
    });
    let table = Table::new("lines", "What it bills", columns).rows(rows.collect()).inside();
    let charged: Vec<Line> =
        said.charges.iter().map(|charge| Line::new(charge.label.as_str()).side(money(charge.amount_minor))).collect();
    let paid: Vec<Line> = invoice
        .payments
        .iter()
        .map(|it| Line::new(words::day(it.received_on)).below(it.reference.as_str()).side(money(it.amount_minor)))
        .collect();
    let memos = super::credits::memo_lines(&visit, &invoice);
    let exported = super::accounting::runs_of(&visit, id).await?;
    let mut list = vec![
        Fact::new("Issued", words::day(head.issued_on)),
        Fact::new("Due", due(ctx, head)),
        Fact::new("Why then", head.due_explanation.as_str()),
    ];
    if !said.terms.is_empty() {
        list.push(Fact::new("Terms", said.terms.as_str()));
    }
    if let Some(customer) = &said.customer {
        list.push(Fact::new("Customer", customer.name.as_str()));
    }
    if !said.purchase_orders.is_empty() {
        list.push(Fact::new("Purchase orders", said.purchase_orders.join(", ")));
    }
    if let (Some(total), Some(paid)) = (head.total_minor, head.paid_minor) {
        list.push(Fact::new("Total", money(total)));
        list.push(Fact::new("Paid", money(paid)));
    }
    if let Some(credited) = head.credited_minor.filter(|minor| *minor > 0) {
        list.push(Fact::new("Credited", money(credited)));
    }
    if let Some(anew) = head.rebilled_as_id {
        let link = html! { a class="link" href={ "/invoices/" (anew) } { "On the invoice that replaces it" } };
        list.push(Fact::new("Billed anew", link));
    }
    let open = head.open_minor.filter(|minor| *minor > 0);
    let mut header = Header::new(format!("Invoice {}", head.number))
        .crumb("Events", "/events")
        .crumb(said.event_name.clone(), format!("/events/{}", head.event_id))
        .status(invoice_status(ctx, head))
        .under(html! {
            @if let Some(open) = open { strong { (money(open)) } " open, " (due(ctx, head)) }
            @else if head.status == "credited" { "Nothing is owed: it was credited." }
            @else { "Nothing is open." }
        });
    header = super::credits::invoice_actions(&visit, header, &invoice);
    let work = html! {
        (section_block("What it bills", &[], html! { (table) @if !charged.is_empty() { (lines(&charged)) } }))
        (section_block("Payments", &[], html! { @if paid.is_empty() { p class="sub" { "None yet." } } @else { (lines(&paid)) } }))
        @if !memos.is_empty() { (section_block("Credits", &[], lines(&memos))) }
        @if !sent.is_empty() { (section_block("Sent", &[], lines(&sent.iter().map(|it| super::event_papers::sent_line(&visit, it)).collect::<Vec<_>>()))) }
        @if !exported.is_empty() { (section_block("In accounting", &[], lines(&exported))) }
    };
    let body = html! { (header) (split(work, html! { section class="sec" { (facts(&list)) } })) };
    Ok(visit.page(format!("Invoice {}", head.number), Room::Events, body))
}

fn ask_for_payment(visit: &Visit, (invoice, balance): (&Invoice, i64), sent: &Sent, errors: &[FieldError]) -> Response {
    let (ctx, head) = (&visit.ctx, &invoice.head);
    let first = !sent.has("amount_minor");
    let open = head.open_minor.unwrap_or_default();
    let currency = words::currency(ctx);
    let amount = if first { words::money_plain(ctx, open) } else { sent.text("amount_minor").to_owned() };
    let day = if first { ctx.today().to_string() } else { sent.text("received_on").to_owned() };
    Ask {
        title: format!("Payment of invoice {}", head.number).into(),
        text: html! { p { (words::money(ctx, open)) " is open." } },
        room: Room::Events,
        action: format!("/invoices/{}/pay", head.id),
        fields: html! {
            (version_field(head.version))
            (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(amount).errors(errors).required())
            (Field::date("received_on", "Received").value(day).errors(errors).required())
            (Field::text("reference", "Reference").value(sent.text("reference").to_owned()).errors(errors).optional().help("The bank's or the customer's."))
            @if balance > 0 { (Field::check("from_balance", "Pay it from the customer's credit balance").on(sent.on("from_balance")).help(format!("There are {}.", words::money(ctx, balance)))) }
        },
        verb: "Enter it".into(),
        danger: false,
        back: format!("/invoices/{}", head.id),
        errors,
    }
    .show(visit)
}

/// An invoice with what its customer has besides.
async fn to_pay(visit: &Visit, id: InvoiceId) -> Result<(Invoice, i64), Fail> {
    visit
        .read(move |ctx, tx| {
            let invoice = app::billing::documents::invoice(ctx, tx, id)?;
            let balance = match invoice.head.customer_id {
                Some(customer) if ctx.may(Permission::ViewReceivables) => {
                    app::billing::accounts::balance(ctx, tx, customer)?.balance_minor
                }
                _ => 0,
            };
            Ok((invoice, balance))
        })
        .await
}

async fn pay_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    visit.ctx.require(Permission::ManageBilling)?;
    let (invoice, balance) = to_pay(&visit, id).await?;
    Ok(ask_for_payment(&visit, (&invoice, balance), &sent, &[]))
}

async fn pay(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let (invoice, balance) = to_pay(&visit, id).await?;
    let read = || -> app::Result<AddPayment> {
        Ok(AddPayment {
            amount_minor: words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?,
            received_on: acts::day(&sent, "received_on")?,
            reference: sent.text("reference").to_owned(),
            from_balance: sent.on("from_balance"),
        })
    };
    let done = match read() {
        Ok(new) => visit.save(&sent, move |ctx, tx| app::billing::orders::pay(ctx, tx, id, new.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/events/{}", invoice.head.event_id), Flash::done("Payment entered"))),
        Err(error) => {
            let known = &["amount_minor", "received_on", "reference", "from_balance"];
            let errors = acts::known(visit.complaints(error)?, known);
            Ok(ask_for_payment(&visit, (&invoice, balance), &sent, &errors))
        }
    }
}
