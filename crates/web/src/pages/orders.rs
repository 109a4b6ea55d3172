//! Orders and invoices as lists: the rows behind the figures of customers, and what is still to be paid.

use super::list::{Filter, List, Shown, View};
use super::words as say;
use crate::edge::{Fail, Out, Visit, get};
use crate::ui::{Cell, Column, Empty, Header, Icon, Link, Room, Row, Status, Text, Tone};
use app::billing::documents;
use app::directory::{customers, locations};
use app::names::{Names, Wanted};
use app::{App, Ctx, Tx, glance};
use axum::Router;
use contract::billing::{InvoiceSummary, SalesOrderSummary};
use contract::{ListParams, Page};
use domain::engagement::Window;
use domain::id::{CustomerId, LocationId};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/orders", get(orders)).route("/invoices", get(invoices))
}

/// Names behind the ids in an address, where they are in reach.
struct Whose {
    customer: Option<(CustomerId, String)>,
    location: Option<(LocationId, String)>,
}

async fn whose(visit: &Visit) -> Result<Whose, Fail> {
    let customer: Option<CustomerId> = visit.link.get("customer_id").and_then(|id| id.parse().ok());
    let location: Option<LocationId> = visit.link.get("location_id").and_then(|id| id.parse().ok());
    visit
        .read(move |ctx, tx| {
            let customer = customer.and_then(|id| customers::get(ctx, tx, id, Window::All).ok());
            let location = location.and_then(|id| locations::get(ctx, tx, id, Window::All).ok());
            Ok(Whose { customer: customer.map(|it| (it.id, it.name)), location: location.map(|it| (it.id, it.name)) })
        })
        .await
}

/// The way back to whose rows these are.
fn headed(title: &'static str, whose: &Whose) -> Header {
    let mut header = Header::new(title);
    if let Some((id, name)) = &whose.customer {
        header = header.crumb("Customers", "/customers").crumb(name.clone(), format!("/customers/{id}"));
    }
    if let Some((id, name)) = &whose.location {
        header = header.crumb(name.clone(), format!("/locations/{id}"));
    }
    header
}

/// Orders and invoices beside each other, of whomever the address names.
pub(super) fn subnav(visit: &Visit, current: &str) -> Markup {
    let of = |path: &str| {
        let whose = visit.link.only(&["customer_id", "location_id"]);
        whose.pairs().fold(Link::new(path), |link, (key, value)| link.and(key, value)).to_string()
    };
    let (orders, invoices) = (of("/orders"), of("/invoices"));
    let mut all = vec![("Orders", orders.as_str()), ("Invoices", invoices.as_str()), ("Held", "/orders/held")];
    if visit.may(domain::people::Permission::ManageBilling) {
        all.push(("Opening", "/opening-invoices"));
        all.push(("Accounting", "/accounting"));
    }
    super::common::subnav(current, &all)
}

fn given(whose: &Whose) -> Vec<Filter> {
    vec![
        Filter::given("customer_id", "Customer", whose.customer.as_ref().map(|(_, name)| name.clone())),
        Filter::given("location_id", "Location", whose.location.as_ref().map(|(_, name)| name.clone())),
    ]
}

/// What a row names.
struct Around {
    names: Names,
    customers: BTreeMap<CustomerId, String>,
}

// ---- orders ---------------------------------------------------------------------------------------------------------

const ORDER_VIEWS: &[View] = &[
    View::new("all", "All", &[]),
    View::new("counting", "In the figures", &[("counts", "true")]),
    View::new("uninvoiced", "Not invoiced", &[("status", "open"), ("uninvoiced", "true")]),
    View::new("cancelled", "Cancelled", &[("status", "cancelled,reversed")]),
];

fn order_columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    vec![
        Column::new("number", "Order").sort(),
        Column::new("customer", "Customer").width(200).phone_sub(),
        Column::new("location", "Location").width(190).spare(),
        Column::new("kind", "Kind").width(130),
        Column::new("submitted_on", "Ordered").sort().width(120),
        Column::new("rep", "Sold by").width(150),
        Column::new("net", format!("Net, {currency}"))
            .number()
            .width(120)
            .help("Without tax and freight: what it adds to figures")
            .phone_side_sub(),
        Column::new("status", "Status").width(130),
        Column::new("terms", "Terms").width(210).optional().help("Under which it was submitted"),
        Column::new("counts", "Counts").width(90).optional().help("Whether it counts in its customer's figures"),
        Column::new("shipped_on", "Shipped").width(120).optional(),
        Column::new("delivered_on", "Delivered").width(120).optional(),
        Column::new("total", format!("Total, {currency}")).number().width(120).optional(),
    ]
}

fn order_filters() -> Vec<Filter> {
    let words = |all: &[(&'static str, &'static str)]| -> Vec<(Text, Text)> {
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect()
    };
    let statuses =
        [("open", "In force"), ("cancelled", "Cancelled"), ("reversed", "Reversed"), ("replaced", "Replaced")];
    let counting =
        [("1", "that count"), ("true", "that count"), ("0", "that do not count"), ("false", "that do not count")];
    let windows: Vec<(&str, &str)> = Window::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    vec![
        Filter::choice("counts", "Orders", words(&counting)),
        Filter::choice("window", "Time", words(&windows)),
        Filter::many("status", "Status", words(&statuses)),
        Filter::yes_no("uninvoiced", "Not invoiced yet"),
        Filter::date("from", "Ordered from"),
        Filter::date("to", "Ordered to"),
    ]
}

fn found_orders(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> app::Result<(Page<SalesOrderSummary>, Around)> {
    let page = documents::sales_orders(ctx, tx, params)?;
    let mut wanted = Wanted::new();
    for it in &page.items {
        wanted.person(it.representative_id).location(it.location_id).event(Some(it.event_id));
    }
    let ids: Vec<CustomerId> = page.items.iter().filter_map(|it| it.customer_id).collect();
    let around = Around { names: app::names::look_up(ctx, tx, &wanted)?, customers: glance::customers(ctx, tx, &ids)? };
    Ok((page, around))
}

async fn orders_shown(visit: &Visit, list: &List, header: Header) -> Result<Shown, Fail> {
    let params = list.params();
    let (page, around) = visit.read(move |ctx, tx| found_orders(ctx, tx, &params)).await?;
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            let row = list.row(it.id.to_string(), |key| order_cell(visit, it, key, &around)).name(it.number.clone());
            // An order behind a figure may belong to an event that the viewer does not reach.
            match around.names.event(it.event_id) {
                Some(_) => row.href(format!("/events/{}", it.event_id)),
                None => row,
            }
            .off(it.status != "open")
        })
        .collect();
    let empty = Empty::new(Icon::File, "No orders yet")
        .text("An event that is submitted becomes an order. Those that count make the figures of customers.");
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor.clone(), page.total);
    if page.next_cursor.is_none() && list.link().get("cursor").is_none() && page.items.len() > 1 {
        let sum = |of: fn(&SalesOrderSummary) -> Option<i64>| page.items.iter().map(of).sum::<Option<i64>>();
        let cell =
            |minor: Option<i64>| minor.map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor)));
        shown.foot = vec![
            ("number", Cell::text(say::count(page.items.len() as i64, "order", "orders"))),
            ("net", cell(sum(|it| it.net_minor))),
            ("total", cell(sum(|it| it.total_minor))),
        ];
    }
    Ok(shown)
}

async fn orders_at(visit: &Visit, whose: &Whose) -> Result<List, Fail> {
    let mut filters = given(whose);
    filters.extend(order_filters());
    List::new(visit, Room::Customers, "orders", "Orders", order_columns(visit))
        .views(ORDER_VIEWS)
        .sort("-submitted_on")
        .filters(filters)
        .saved(visit, "sales_orders")
        .await
}

/// The list of orders at an address.
pub(super) async fn list_at(visit: &Visit) -> Result<List, Fail> {
    let whose = whose(visit).await?;
    orders_at(visit, &whose).await
}

async fn orders(visit: Visit) -> Out {
    let whose = whose(&visit).await?;
    let list = orders_at(&visit, &whose).await?;
    let before = match &whose.customer {
        Some((id, _)) => super::write_offs::before(&visit, *id).await?,
        None => None,
    };
    let header =
        headed("Orders", &whose).under(html! { (subnav(&visit, "Orders")) @if let Some(before) = before { (before) } });
    let mut shown = orders_shown(&visit, &list, header).await?;
    shown.bulk = super::bulk::orders::buttons(&visit, &list.link().clone());
    Ok(list.answer(&visit, shown))
}

/// The orders of one customer, as a part of its page; `dress` puts its header around them.
pub(super) async fn orders_of(visit: &Visit, id: CustomerId, dress: impl FnOnce(Shown) -> Shown) -> Out {
    let whose = whose(visit).await?;
    let mut filters =
        vec![Filter::given("location_id", "Location", whose.location.as_ref().map(|(_, name)| name.clone()))];
    filters.extend(order_filters());
    let columns = order_columns(visit).into_iter().filter(|column| column.key != "customer").collect();
    let list = List::new(visit, Room::Customers, "orders", "Orders", columns)
        .sort("-submitted_on")
        .filters(filters)
        .always("customer_id", id.to_string());
    let mut shown = orders_shown(visit, &list, Header::new("Orders")).await?;
    let state = list.link().clone().with("customer_id", id.to_string());
    shown.bulk = super::bulk::orders::buttons(visit, &state);
    Ok(list.answer(visit, dress(shown)))
}

fn order_cell(visit: &Visit, it: &SalesOrderSummary, key: &str, around: &Around) -> Cell {
    let amount = |minor: Option<i64>| match minor {
        Some(minor) => Cell::text(say::amount(&visit.ctx, minor)),
        None => Cell::none(),
    };
    let day = |day: Option<domain::clock::Day>| day.map_or_else(Cell::none, |day| Cell::text(say::day(day)));
    match key {
        "number" if it.revision > 1 => Cell::two(&*it.number, format!("Edition {}", it.revision)),
        "number" => Cell::text(it.number.clone()),
        "customer" => match it.customer_id.and_then(|id| Some((id, around.customers.get(&id)?))) {
            Some((id, name)) => Cell::of(html! { a class="quiet" href={ "/customers/" (id) } { (name) } }),
            None => Cell::none(),
        },
        "location" => it.location_id.map_or_else(Cell::none, |id| Cell::text(around.names.location(id).to_owned())),
        "kind" => Cell::text(it.event_type.label()),
        "submitted_on" => Cell::text(say::day(it.submitted_on)),
        "rep" => Cell::text(around.names.person(it.representative_id).to_owned()),
        "net" => amount(it.net_minor),
        "total" => amount(it.total_minor),
        "status" => Cell::status(match it.status.as_str() {
            "open" => Status::new(Tone::Green, "In force"),
            "replaced" => Status::new(Tone::Grey, "Replaced"),
            other => Status::of(other),
        }),
        "terms" => Cell::text(it.terms.clone()),
        "counts" => Cell::text(if it.counts { "Yes" } else { "No" }),
        "shipped_on" => day(it.shipped_on),
        _ => day(it.delivered_on),
    }
}

// ---- invoices -------------------------------------------------------------------------------------------------------

const INVOICE_VIEWS: &[View] = &[
    View::new("open", "Open", &[("status", "open")]),
    View::new("waiting", "Waiting for a date", &[("status", "open"), ("due_state", "pending")]),
    View::new("paid", "Paid", &[("status", "paid")]),
    View::new("all", "All", &[]),
];

fn invoice_columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    vec![
        Column::new("number", "Invoice").sort(),
        Column::new("customer", "Customer").width(220).phone_sub(),
        Column::new("issued_on", "Issued").sort().width(120),
        Column::new("due_on", "Due").width(150),
        Column::new("total", format!("Total, {currency}")).number().width(130),
        Column::new("open", format!("Open, {currency}")).number().width(130).phone_side_sub(),
        Column::new("status", "Status").width(120),
        Column::new("manufacturer", "In the name of").width(170).optional(),
        Column::new("why", "Why then").width(300).optional(),
    ]
}

fn found_invoices(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> app::Result<(Page<InvoiceSummary>, Around)> {
    let page = documents::invoices(ctx, tx, params)?;
    let mut wanted = Wanted::new();
    for it in &page.items {
        wanted.manufacturer(it.manufacturer_id);
    }
    let ids: Vec<CustomerId> = page.items.iter().filter_map(|it| it.customer_id).collect();
    let around = Around { names: app::names::look_up(ctx, tx, &wanted)?, customers: glance::customers(ctx, tx, &ids)? };
    Ok((page, around))
}

fn invoice_filters() -> Vec<Filter> {
    let pairs = |all: &[(&'static str, &'static str)]| -> Vec<(Text, Text)> {
        all.iter().map(|(value, label)| (Text::Borrowed(*value), Text::Borrowed(*label))).collect()
    };
    let states = [
        ("pending", "Waiting"),
        ("pending_delivery", "Awaiting delivery"),
        ("pending_shipment", "Awaiting shipment"),
        ("pending_usage", "Awaiting usage"),
        ("pending_receipt", "Awaiting receipt"),
        ("basis_fallback", "Counted from the invoice"),
        ("manual", "Typed"),
    ];
    vec![
        Filter::many(
            "status",
            "Status",
            pairs(&[("open", "Open"), ("paid", "Paid"), ("credited", "Credited"), ("void", "Replaced")]),
        ),
        Filter::many("due_state", "Due date", pairs(&states)),
        Filter::date("due_before", "Due before"),
        Filter::date("from", "Issued from"),
        Filter::date("to", "Issued to"),
    ]
}

async fn invoices_shown(visit: &Visit, list: &List, header: Header) -> Result<Shown, Fail> {
    let params = list.params();
    let (page, around) = visit.read(move |ctx, tx| found_invoices(ctx, tx, &params)).await?;
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| invoice_cell(visit, it, key, &around))
                .href(format!("/invoices/{}", it.id))
                .name(it.number.clone())
                .off(it.status == "void")
        })
        .collect();
    let empty = Empty::new(Icon::File, "No invoices yet")
        .text("An invoice is issued when the purchase order of the hospital has come.");
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor.clone(), page.total);
    if page.next_cursor.is_none() && list.link().get("cursor").is_none() && page.items.len() > 1 {
        let sum = |of: fn(&InvoiceSummary) -> Option<i64>| page.items.iter().map(of).sum::<Option<i64>>();
        let cell =
            |minor: Option<i64>| minor.map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor)));
        shown.foot = vec![
            ("number", Cell::text(say::count(page.items.len() as i64, "invoice", "invoices"))),
            ("total", cell(sum(|it| it.total_minor))),
            ("open", cell(sum(|it| it.open_minor))),
        ];
    }
    Ok(shown)
}

async fn invoices(visit: Visit) -> Out {
    let whose = whose(&visit).await?;
    let mut filters =
        vec![Filter::given("customer_id", "Customer", whose.customer.as_ref().map(|(_, name)| name.clone()))];
    filters.extend(invoice_filters());
    let list = List::new(&visit, Room::Customers, "invoices", "Invoices", invoice_columns(&visit))
        .views(INVOICE_VIEWS)
        .sort("-issued_on")
        .filters(filters)
        .saved(&visit, "invoices")
        .await?;
    let header = headed("Invoices", &whose).under(subnav(&visit, "Invoices"));
    let shown = invoices_shown(&visit, &list, header).await?;
    Ok(list.answer(&visit, shown))
}

/// The invoices of one customer, as a part of its page.
pub(super) async fn invoices_of(visit: &Visit, id: CustomerId, dress: impl FnOnce(Shown) -> Shown) -> Out {
    let columns = invoice_columns(visit).into_iter().filter(|column| column.key != "customer").collect();
    let list = List::new(visit, Room::Customers, "invoices", "Invoices", columns)
        .sort("-issued_on")
        .filters(invoice_filters())
        .always("customer_id", id.to_string());
    let shown = invoices_shown(visit, &list, Header::new("Invoices")).await?;
    Ok(list.answer(visit, dress(shown)))
}

fn invoice_cell(visit: &Visit, it: &InvoiceSummary, key: &str, around: &Around) -> Cell {
    let amount = |minor: Option<i64>| match minor {
        None | Some(0) => Cell::none(),
        Some(minor) => Cell::text(say::amount(&visit.ctx, minor)),
    };
    let today = visit.ctx.today();
    match key {
        "number" => Cell::text(it.number.clone()),
        "customer" => match it.customer_id.and_then(|id| Some((id, around.customers.get(&id)?))) {
            Some((id, name)) => Cell::of(html! { a class="quiet" href={ "/customers/" (id) } { (name) } }),
            None => Cell::none(),
        },
        "issued_on" => Cell::text(say::day(it.issued_on)),
        "due_on" => match it.due_on {
            Some(day) if it.status == "open" => {
                let cell = Cell::two(say::day(day), say::distance(today, day)).hover(it.due_explanation.clone());
                if day < today { cell.tone(Tone::Red) } else { cell }
            }
            Some(day) => Cell::text(say::day(day)).hover(it.due_explanation.clone()),
            None => Cell::of(html! { span class="muted" { "Not known yet" } }).hover(it.due_explanation.clone()),
        },
        "total" => amount(it.total_minor),
        "open" => amount(it.open_minor),
        "status" => Cell::status(match it.status.as_str() {
            "open" if it.due_on.is_some_and(|day| day < today) => Status::of("overdue"),
            "open" => Status::new(Tone::Blue, "Open"),
            "void" => Status::new(Tone::Grey, "Replaced"),
            other => Status::of(other),
        }),
        "manufacturer" => {
            it.manufacturer_id.map_or_else(Cell::none, |id| Cell::text(around.names.manufacturer(id).to_owned()))
        }
        _ => Cell::text(it.due_explanation.clone()).hover(it.due_explanation.clone()),
    }
}
