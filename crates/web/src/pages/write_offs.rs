//! What is taken off without money: write-offs, credits of invoices from before, and the orders of before that figures count.

use super::acts::{self, Ask};
use super::common::version_field;
use super::words;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{
    Button, Cell, Choice, Column, Empty, Field, FieldError, Flash, Header, Icon, Line, Room, Row, Table, lines,
};
use app::{App, opening};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::ListParams;
use contract::billing::Invoice;
use contract::credits::{ReceivePayment, WriteOff};
use contract::opening::{CreditOpeningInvoice, OpeningInvoice, OpeningInvoiceStep};
use domain::engagement::Window;
use domain::id::{CustomerId, InvoiceId, OpeningInvoiceId};
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/invoices/{id}/write-off", get(write_off_page).merge(post(write_off)))
        .route("/opening-invoices/{id}/credit", get(credit_page).merge(post(credit)))
        .route("/opening-invoices/{id}/steps", get(steps_page))
        .route("/customers/{id}/opening-figures", get(figures_page))
        .route("/customers/{id}/receive", get(receive_page).merge(post(receive)))
}

fn amount_field(visit: &Visit, value: String, errors: &[FieldError]) -> Markup {
    let currency = words::currency(&visit.ctx);
    html! { (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(value).errors(errors).required()) }
}

// ---- an invoice that is not hoped for any more ----------------------------------------------------------------------

async fn invoice(visit: &Visit, id: InvoiceId) -> Result<Invoice, crate::edge::Fail> {
    visit.ctx.require(Permission::ManageBilling)?;
    visit.read(move |ctx, tx| app::billing::documents::invoice(ctx, tx, id)).await
}

fn ask_write_off(visit: &Visit, it: &Invoice, sent: &Sent, errors: &[FieldError]) -> Response {
    let open = it.head.open_minor.unwrap_or_default();
    let first = !sent.has("amount_minor");
    let amount = if first { words::money_plain(&visit.ctx, open) } else { sent.text("amount_minor").to_owned() };
    Ask {
        title: format!("Write off invoice {}", it.head.number).into(),
        text: html! { p { (words::money(&visit.ctx, open)) " is open. What is written off is not owed any more; it was sold all the same, so sales and commission stand." } },
        room: Room::Events,
        action: format!("/invoices/{}/write-off", it.head.id),
        fields: html! {
            (version_field(it.head.version))
            (amount_field(visit, amount, errors))
            (Field::area("reason", "Why").value(sent.text("reason").to_owned()).limit(500).errors(errors).required().help("Kept in the history."))
        },
        verb: "Write it off".into(),
        danger: true,
        back: format!("/invoices/{}", it.head.id),
        errors,
    }
    .show(visit)
}

async fn write_off_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let it = invoice(&visit, visit.id(&id)?).await?;
    Ok(ask_write_off(&visit, &it, &sent, &[]))
}

async fn write_off(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: InvoiceId = visit.id(&id)?;
    let it = invoice(&visit, id).await?;
    let done = match words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor")) {
        Ok(amount) => {
            let ask = WriteOff { amount_minor: Some(amount), reason: sent.text("reason").to_owned() };
            visit.save(&sent, move |ctx, tx| app::billing::credits::write_off(ctx, tx, id, &ask)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go(&format!("/invoices/{id}"), Flash::done("Written off"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "reason"]);
            Ok(ask_write_off(&visit, &it, &sent, &errors))
        }
    }
}

// ---- invoices from before -------------------------------------------------------------------------------------------

fn ask_credit(visit: &Visit, it: &OpeningInvoice, sent: &Sent, errors: &[FieldError]) -> Response {
    let first = !sent.has("amount_minor");
    let amount =
        if first { words::money_plain(&visit.ctx, it.open_minor) } else { sent.text("amount_minor").to_owned() };
    let ways = vec![
        Choice::new("credit", "It was too much").help("The customer is credited."),
        Choice::new("write_off", "It is not hoped for any more").help("It is written off."),
    ];
    Ask {
        title: format!("Credit invoice {}", it.number).into(),
        text: html! { p { (it.customer_name) ": " (words::money(&visit.ctx, it.open_minor)) " is open." } },
        room: Room::Customers,
        action: format!("/opening-invoices/{}/credit", it.id),
        fields: html! {
            (version_field(it.version))
            (Field::radio("how", "Why less is owed", ways).value(sent.maybe("how").unwrap_or("credit").to_owned()))
            (amount_field(visit, amount, errors))
            (Field::area("reason", "In words").value(sent.text("reason").to_owned()).limit(500).errors(errors).required().help("Kept in the history."))
        },
        verb: "Credit it".into(),
        danger: false,
        back: "/opening-invoices".to_owned(),
        errors,
    }
    .show(visit)
}

async fn credit_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OpeningInvoiceId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| opening::invoice(ctx, tx, id)).await?;
    Ok(ask_credit(&visit, &it, &sent, &[]))
}

async fn credit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OpeningInvoiceId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| opening::invoice(ctx, tx, id)).await?;
    let done = match words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor")) {
        Ok(amount) => {
            let ask = CreditOpeningInvoice {
                amount_minor: Some(amount),
                reason: sent.text("reason").to_owned(),
                write_off: sent.text("how") == "write_off",
            };
            visit.save(&sent, move |ctx, tx| opening::credit(ctx, tx, id, &ask)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/opening-invoices", Flash::done("Credited"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "reason"]);
            Ok(ask_credit(&visit, &it, &sent, &errors))
        }
    }
}

fn step_line(visit: &Visit, it: &OpeningInvoiceStep) -> Line {
    let what = match it.kind.as_str() {
        "credit" => "Credit",
        "write_off" => "Write-off",
        _ => "Payment",
    };
    let number = it.number.as_deref().unwrap_or_default();
    Line::new(format!("{what} {number}").trim_end().to_owned())
        .below(html! { (words::day(it.on)) @if !it.reference.is_empty() { " · " (it.reference) } })
        .side(words::money(&visit.ctx, -it.amount_minor))
}

async fn steps_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: OpeningInvoiceId = visit.id(&id)?;
    let (it, steps) =
        visit.read(move |ctx, tx| Ok((opening::invoice(ctx, tx, id)?, opening::steps(ctx, tx, id)?.items))).await?;
    let rows: Vec<Line> = steps.iter().map(|step| step_line(&visit, step)).collect();
    let body = html! {
        p { (it.customer_name) ", " (words::day(it.issued_on)) ": " (words::money(&visit.ctx, it.total_minor)) ". "
            (words::money(&visit.ctx, it.open_minor)) " is open." }
        @if rows.is_empty() { p class="sub" { "Nothing was paid or credited here yet." } } @else { (lines(&rows)) }
        div class="dlg-foot" { (Button::link("Back to the list", "/opening-invoices")) }
    };
    Ok(visit.dialog(format!("Invoice {}", it.number), Room::Customers, body))
}

// ---- orders from before ---------------------------------------------------------------------------------------------

/// How many orders of before a customer's figures hold, with the way to them.
pub async fn before(visit: &Visit, id: CustomerId) -> Result<Option<Markup>, crate::edge::Fail> {
    let params = ListParams { limit: Some(500), ..ListParams::default() };
    let page = visit.read(move |ctx, tx| opening::figures(ctx, tx, id, &params)).await?;
    let orders: i64 = page.items.iter().map(|it| it.orders_count).sum();
    Ok((orders > 0).then(|| {
        html! {
            p class="sub" {
                "The figures also hold " a class="link" href={ "/customers/" (id) "/opening-figures" } {
                    (words::count(orders, "order", "orders")) " from before you began here"
                } "."
            }
        }
    }))
}

async fn figures_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let cursor = visit.link.get("cursor").map(str::to_owned);
    let (customer, page) = visit
        .read(move |ctx, tx| {
            let customer = app::directory::customers::get(ctx, tx, id, Window::All)?.name;
            let params = ListParams { limit: Some(100), count: true, cursor, ..ListParams::default() };
            Ok((customer, opening::figures(ctx, tx, id, &params)?))
        })
        .await?;
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("on", "Day"),
        Column::new("location", "Location").width(260).phone_sub(),
        Column::new("orders", "Orders").number().width(110),
        Column::new("total", format!("Net, {currency}")).number().width(150).phone_side_sub(),
    ];
    let row = |it: &contract::opening::OpeningFigure| {
        let place = it.location_name.clone().unwrap_or_else(|| "Not known where".to_owned());
        let cells = vec![
            Cell::text(words::day(it.on)),
            Cell::text(place),
            Cell::text(it.orders_count.to_string()),
            Cell::text(words::amount(&visit.ctx, it.orders_total_minor)),
        ];
        Row::new(format!("{}{:?}", it.on, it.location_id), cells).name(words::day(it.on))
    };
    let rows: Vec<Row> = page.items.iter().map(row).collect();
    let header = Header::new("Orders from before")
        .crumb("Customers", "/customers")
        .crumb(customer, format!("/customers/{id}"))
        .under("What was ordered before you began here, as it was imported. It counts in the figures; no order stands behind it.");
    let body = html! {
        (header)
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::File, "None").text("Figures of before come as a table: customer, day, how many orders, how much.")
                    .action(Button::link("Import figures", "/imports/order_figures").primary()))
            } @else {
                (Table::new("figures", "Orders from before", columns).rows(rows).inside())
                @if let Some(cursor) = &page.next_cursor { p { (Button::link("Earlier ones", visit.link.with("cursor", cursor).to_string())) } }
            }
        }
    };
    Ok(visit.page("Orders from before", Room::Customers, body))
}

// ---- money as it comes in -------------------------------------------------------------------------------------------

async fn ask_receive(visit: &Visit, id: CustomerId, sent: &Sent, errors: &[FieldError]) -> Out {
    visit.ctx.require(Permission::ManageBilling)?;
    let (name, open) = visit
        .read(move |ctx, tx| {
            let name = app::directory::customers::get(ctx, tx, id, Window::All)?.name;
            let mut params = ListParams { limit: Some(100), ..ListParams::default() };
            params.filters.insert("customer_id".into(), id.to_string());
            params.filters.insert("status".into(), "open".into());
            Ok((name, app::billing::documents::invoices(ctx, tx, &params)?.items))
        })
        .await?;
    let chosen: Vec<&str> = sent.all("invoice_id").collect();
    let day = if sent.has("received_on") { sent.text("received_on").to_owned() } else { visit.ctx.today().to_string() };
    let sum: i64 = open.iter().filter_map(|it| it.open_minor).sum();
    let ask = Ask {
        title: "Payment of a customer".into(),
        text: html! { p { strong { (name) } ": " (words::money(&visit.ctx, sum)) " is open. What is due first is paid first; what is left over is kept as credit balance." } },
        room: Room::Customers,
        action: format!("/customers/{id}/receive"),
        fields: html! {
            (amount_field(visit, sent.text("amount_minor").to_owned(), errors))
            (Field::date("received_on", "Received").value(day).errors(errors).required())
            (Field::text("reference", "Reference").value(sent.text("reference").to_owned()).errors(errors).optional().help("The bank's or the customer's."))
            @if open.len() > 1 {
                details class="more" open[!chosen.is_empty()] {
                    summary { "Only some invoices" }
                    fieldset class="field" {
                        legend class="label" { "It pays these" }
                        @for it in &open {
                            @let key = it.id.to_string();
                            label class="tick" {
                                input class="box" type="checkbox" name="invoice_id" value=(key) checked[chosen.contains(&key.as_str())];
                                span { (it.number) " " span class="muted" { (words::money(&visit.ctx, it.open_minor.unwrap_or_default())) @if let Some(due) = it.due_on { ", due " (words::day(due)) } } }
                            }
                        }
                    }
                }
            }
        },
        verb: "Enter it".into(),
        danger: false,
        back: format!("/customers/{id}/statement"),
        errors,
    };
    Ok(ask.show(visit))
}

async fn receive_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    ask_receive(&visit, visit.id(&id)?, &sent, &[]).await
}

async fn receive(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let read = || -> app::Result<ReceivePayment> {
        Ok(ReceivePayment {
            amount_minor: words::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?,
            received_on: acts::day(&sent, "received_on")?,
            reference: sent.text("reference").to_owned(),
            invoice_ids: sent.ids("invoice_id")?,
        })
    };
    let done = match read() {
        Ok(ask) => visit.save(&sent, move |ctx, tx| app::billing::receipts::receive(ctx, tx, id, &ask)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let paid = made["allocations"].as_array().map_or(0, Vec::len) as i64;
            let said = format!("Entered: it pays {}", words::count(paid, "invoice", "invoices"));
            Ok(visit.go(&format!("/customers/{id}/statement"), Flash::done(said)))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "received_on", "reference"]);
            ask_receive(&visit, id, &sent, &errors).await
        }
    }
}
