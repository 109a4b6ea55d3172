//! Opening balances: invoices that were open when the organisation began here.

use super::acts::{self, Ask};
use super::common::version_field;
use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Cell, Column, Empty, Field, FieldError, Flash, Header, Icon, Room, Row, Status, Tone};
use app::{App, opening};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::opening::{OpeningInvoice, PayOpeningInvoice};
use domain::id::OpeningInvoiceId;
use maud::html;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/opening-invoices", get(list))
        .route("/opening-invoices/{id}/pay", get(pay_page).merge(post(pay)))
}

const VIEWS: &[View] = &[
    View::new("open", "Open", &[("status", "open")]),
    View::new("paid", "Paid", &[("status", "paid")]),
    View::new("all", "All", &[]),
];

async fn list(visit: Visit) -> Out {
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("number", "Invoice"),
        Column::new("customer", "Customer").width(240).phone_sub(),
        Column::new("issued_on", "Issued").sort().width(120),
        Column::new("due_on", "Due").width(130),
        Column::new("total", format!("Total, {currency}")).number().width(130),
        Column::new("open", format!("Open, {currency}")).number().width(130).phone_side_sub(),
        Column::new("status", "Status").width(110),
        Column::new("do", "").width(220),
    ];
    let words = [("open", "Open"), ("paid", "Paid")];
    let pairs = words.iter().map(|(value, label)| ((*value).into(), (*label).into())).collect();
    let list = List::new(&visit, Room::Customers, "opening-invoices", "Opening invoices", columns)
        .views(VIEWS)
        .sort("-issued_on")
        .filters(vec![
            Filter::many("status", "Status", pairs),
            Filter::given("customer_id", "Customer", None::<String>),
        ]);
    let params = list.params();
    let page = visit.read(move |ctx, tx| opening::invoices(ctx, tx, &params)).await?;
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(&visit, it, key)).name(it.number.clone()).off(it.status == "paid")
        })
        .collect();
    let header = Header::new("Opening invoices")
        .under(html! {
            (super::orders::subnav(&visit, "Opening"))
            p class="sub" { "Invoices of another program that were open when you began here. They count in what customers owe." }
        })
        .action(Button::link("Import", "/imports/open_invoices").primary());
    let empty = Empty::new(Icon::File, "None")
        .text("What customers owed before you began here comes as a table: customer, number, date, what is open.")
        .action(Button::link("Import open invoices", "/imports/open_invoices").primary());
    Ok(list.answer(&visit, Shown::new(header, rows, empty).paged(page.next_cursor, page.total)))
}

fn cell(visit: &Visit, it: &OpeningInvoice, key: &str) -> Cell {
    let today = visit.ctx.today();
    match key {
        "number" => Cell::of(html! {
            a class="quiet" href={ "/opening-invoices/" (it.id) "/steps" } data-dialog { (it.number) }
        }),
        "customer" => {
            Cell::of(html! { a class="quiet" href={ "/customers/" (it.customer_id) } { (it.customer_name) } })
        }
        "issued_on" => Cell::text(say::day(it.issued_on)),
        "due_on" => match it.due_on {
            Some(day) if it.status == "open" && day < today => Cell::text(say::day(day)).tone(Tone::Red),
            Some(day) => Cell::text(say::day(day)),
            None => Cell::none(),
        },
        "total" => Cell::text(say::amount(&visit.ctx, it.total_minor)),
        "open" => Cell::text(say::amount(&visit.ctx, it.open_minor)),
        "do" if it.status == "open" => Cell::of(html! {
            (Button::link("Enter payment", format!("/opening-invoices/{}/pay", it.id)).small().in_dialog())
            " " (Button::link("Credit", format!("/opening-invoices/{}/credit", it.id)).small().quiet().in_dialog())
        }),
        "do" => Cell::none(),
        _ if it.status == "paid" => Cell::status(Status::new(Tone::Green, "Paid")),
        _ => Cell::status(Status::new(Tone::Blue, "Open")),
    }
}

fn ask(visit: &Visit, it: &OpeningInvoice, sent: &Sent, errors: &[FieldError]) -> Response {
    let ctx = &visit.ctx;
    let first = !sent.has("amount_minor");
    let currency = say::currency(ctx);
    let amount = if first { say::money_plain(ctx, it.open_minor) } else { sent.text("amount_minor").to_owned() };
    let day = if first { ctx.today().to_string() } else { sent.text("received_on").to_owned() };
    Ask {
        title: format!("Payment of invoice {}", it.number).into(),
        text: html! { p { (say::money(ctx, it.open_minor)) " is open." } },
        room: Room::Customers,
        action: format!("/opening-invoices/{}/pay", it.id),
        fields: html! {
            (version_field(it.version))
            (Field::money("amount_minor", "Amount", currency.code(), currency.exponent()).value(amount).errors(errors).required())
            (Field::date("received_on", "Received").value(day).errors(errors).required())
            (Field::text("reference", "Reference").value(sent.text("reference").to_owned()).errors(errors).optional().help("The bank's or the customer's."))
        },
        verb: "Enter it".into(),
        danger: false,
        back: "/opening-invoices".to_owned(),
        errors,
    }
    .show(visit)
}

async fn pay_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OpeningInvoiceId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| opening::invoice(ctx, tx, id)).await?;
    Ok(ask(&visit, &it, &sent, &[]))
}

async fn pay(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: OpeningInvoiceId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| opening::invoice(ctx, tx, id)).await?;
    let read = || -> app::Result<PayOpeningInvoice> {
        Ok(PayOpeningInvoice {
            amount_minor: say::read_money(&visit.ctx, "amount_minor", sent.text("amount_minor"))?,
            received_on: acts::day(&sent, "received_on")?,
            reference: sent.text("reference").to_owned(),
        })
    };
    let done = match read() {
        Ok(payment) => visit.save(&sent, move |ctx, tx| opening::pay(ctx, tx, id, &payment)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(visit.go("/opening-invoices", Flash::done("Payment entered"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["amount_minor", "received_on", "reference"]);
            Ok(ask(&visit, &it, &sent, &errors))
        }
    }
}
