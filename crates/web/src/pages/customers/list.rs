//! The list of customers: every column that the viewer may see, chosen, sorted and filtered as they like.

use super::super::list::{Filter, List, Shown, Unit};
use super::super::words as say;
use super::{
    all_price_lists, all_terms, any_of, billing, carers, engagement, last_order, stages, subnav, window_menu, windows,
};
use crate::edge::{Fail, Out, Visit};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Menu, Room, Row, Text};
use app::Ctx;
use app::directory::customers;
use app::export::Format;
use app::reports::{Field, Kind};
use axum::extract::Path;
use contract::directory::{Customer, PaymentTerms, PriceList};
use domain::billing::BillingStatus;
use domain::directory::CustomerKind;
use domain::id::{PaymentTermsId, PriceListId};
use domain::people::Permission;
use domain::terms::BasisDate;
use maud::{Render, html};
use std::collections::BTreeMap;

fn columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    let mut all = vec![
        Column::new("name", "Customer").sort(),
        Column::new("locations_count", "Locations")
            .number()
            .sort()
            .width(92)
            .spare()
            .help("Locations that are not archived"),
        Column::new("orders_total", format!("Orders, {currency}")).number().sort().width(124).phone_side_sub(),
        Column::new("orders_count", "Orders")
            .number()
            .sort()
            .width(80)
            .help("Orders that count; each leads to its rows"),
        Column::new("orders_avg", format!("Average, {currency}")).number().sort().width(114).spare(),
        Column::new("engagement", "Engagement").sort().width(122),
        Column::new("billing_status", "Billing").sort().width(104).phone_side(),
        Column::new("default_sales_rep", "Cared for by").sort().width(132).phone_sub(),
        Column::new("payment_terms", "Terms").sort().width(96),
        Column::new("basis_date", "Counted from")
            .sort()
            .width(122)
            .spare()
            .help("The event that starts the clock of the terms"),
        Column::new("last_order_on", "Last order").sort().width(130).optional(),
        Column::new("first_order_on", "First order").width(130).optional(),
        Column::new("number", "Number").sort().width(110).optional(),
        Column::new("kind", "Kind").width(130).optional(),
    ];
    if visit.may(Permission::ViewContractPrices) {
        all.push(Column::new("price_list", "Price list").width(150).optional());
    }
    all.extend([
        Column::new("tags", "Tags").width(160).optional(),
        Column::new("phone", "Telephone").width(150).optional(),
        Column::new("email", "E-mail").width(200).optional(),
    ]);
    if visit.ctx.actor.role.is_office() {
        all.push(Column::new("credit_limit", format!("Credit limit, {currency}")).number().width(150).optional());
    }
    all.extend([
        Column::new("created_at", "Since").sort().width(120).optional(),
        Column::new("updated_at", "Changed").sort().width(140).optional(),
    ]);
    all
}

/// Names behind the ids that the list shows and filters by.
struct Around {
    terms: Vec<PaymentTerms>,
    price_lists: Vec<PriceList>,
}

async fn filters(visit: &Visit, around: &Around) -> Result<Vec<Filter>, Fail> {
    let kinds: Vec<(&str, &str)> = CustomerKind::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let statuses: Vec<(&str, &str)> = BillingStatus::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let mut bases: Vec<(&str, &str)> = BasisDate::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    bases.push(("none", "As the organization has it"));
    let or_default = |mut all: Vec<(Text, Text)>, none: &'static str| {
        all.push(("none".into(), none.into()));
        all
    };
    let terms = around.terms.iter().map(|it| (it.id.to_string().into(), it.name.clone().into())).collect();
    let lists = around.price_lists.iter().map(|it| (it.id.to_string().into(), it.name.clone().into())).collect();
    let mut all = vec![
        windows(),
        stages("engagement_stage"),
        Filter::yes_no("engaged", "Ordered within a year"),
        any_of("billing_status", "Billing", &statuses),
        carers(visit, "default_sales_rep", true).await?,
        Filter::many("payment_terms", "Terms", or_default(terms, "As the organization has it")),
        any_of("basis_date", "Counted from", &bases),
        any_of("kind", "Kind", &kinds),
        Filter::range("orders_total", "Orders", Unit::money(visit)),
        Filter::range("orders_count", "Number of orders", Unit::Count),
        Filter::range("orders_avg", "Average order", Unit::money(visit)),
        Filter::range("locations_count", "Locations", Unit::Count),
        Filter::days("last_order_on", "Last order"),
        Filter::days("first_order_on", "First order"),
        Filter::text("name", "Name"),
        Filter::text("number", "Number"),
        Filter::days("created_at", "Since"),
    ];
    if !around.price_lists.is_empty() {
        all.push(Filter::many("price_list", "Price list", or_default(lists, "None")));
    }
    if visit.ctx.actor.role.is_office() {
        all.push(Filter::range("credit_limit", "Credit limit", Unit::money(visit)));
    }
    all.push(Filter::yes_no("archived", "Archived"));
    Ok(all)
}

async fn around(visit: &Visit) -> Result<Around, Fail> {
    visit.read(|ctx, tx| Ok(Around { terms: all_terms(ctx, tx)?, price_lists: all_price_lists(ctx, tx)? })).await
}

/// The list at the address of now.
async fn at(visit: &Visit, around: &Around) -> Result<List, Fail> {
    List::new(visit, Room::Customers, "customers", "Customers", columns(visit))
        .sort("name")
        .search("Name, number, town")
        .filters(filters(visit, around).await?)
        .saved(visit, "customers")
        .await
}

pub(super) async fn list(visit: Visit) -> Out {
    let around = around(&visit).await?;
    let list = at(&visit, &around).await?;
    let params = list.params();
    let page = visit.read(move |ctx, tx| customers::list(ctx, tx, &params)).await?;
    let names = around.names();
    let window = list.state().get("window").unwrap_or("all").to_owned();
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(&visit, it, key, &names, &window))
                .href(format!("/customers/{}", it.id))
                .name(it.name.clone())
                .off(it.archived_at.is_some())
        })
        .collect();
    let mut shown = Shown::new(header(&visit), rows, empty(&visit)).paged(page.next_cursor.clone(), page.total);
    // A sum stands under a list only when all of it is on the page.
    if page.next_cursor.is_none() && list.link().get("cursor").is_none() && page.items.len() > 1 {
        shown.foot = sums(&visit, &page.items);
    }
    shown.right = vec![window_menu(&list), list.export_menu()];
    Ok(list.answer(&visit, shown))
}

/// The list as a file: `/customers.csv?…` with the address of the list.
pub(super) async fn file(visit: Visit, Path(ending): Path<String>) -> Out {
    let format = Format::of_ending(&ending).ok_or_else(Fail::not_found)?;
    let around = around(&visit).await?;
    let list = at(&visit, &around).await?;
    let params = list.params();
    let first = visit.read(move |ctx, tx| customers::list(ctx, tx, &params)).await?;
    let names = around.names();
    Ok(list.file(&visit, format, first, customers::list, kind, move |ctx, it, key| field(ctx, it, key, &names)))
}

fn header(visit: &Visit) -> Header {
    let header = Header::new("Customers").under(subnav("Customers"));
    if !visit.may(Permission::ManageDirectory) {
        return header;
    }
    let menu = Menu::more("More actions")
        .item(Button::link("Import customers", "/imports/customers").icon(Icon::File))
        .item(Button::link("Import locations", "/imports/locations").icon(Icon::File));
    header.action(menu).action(Button::link("New customer", "/customers/new").primary().hotkey("n"))
}

fn empty(visit: &Visit) -> Empty {
    let empty = Empty::new(Icon::Customers, "No customers yet")
        .text("A customer is who pays; its locations are where you work. Import them, or begin with one.");
    if !visit.may(Permission::ManageDirectory) {
        return empty;
    }
    empty
        .action(Button::link("Import a list", "/imports/customers").primary())
        .action(Button::link("New customer", "/customers/new"))
}

fn sums(visit: &Visit, items: &[Customer]) -> Vec<(&'static str, Cell)> {
    let total: i64 = items.iter().map(|it| it.orders_total_minor).sum();
    let orders: i64 = items.iter().map(|it| it.orders_count).sum();
    let places: i64 = items.iter().map(|it| it.locations_count).sum();
    vec![
        ("name", Cell::text(say::count(items.len() as i64, "customer", "customers"))),
        ("locations_count", Cell::text(say::number(places))),
        ("orders_total", Cell::text(say::amount(&visit.ctx, total))),
        ("orders_count", Cell::text(say::number(orders))),
    ]
}

/// Names by their ids.
struct Names {
    terms: BTreeMap<PaymentTermsId, String>,
    price_lists: BTreeMap<PriceListId, String>,
}

impl Around {
    fn names(&self) -> Names {
        Names {
            terms: self.terms.iter().map(|it| (it.id, it.name.clone())).collect(),
            price_lists: self.price_lists.iter().map(|it| (it.id, it.name.clone())).collect(),
        }
    }
}

impl Names {
    fn terms(&self, it: &Customer) -> Option<&str> {
        it.payment_terms_id.and_then(|id| self.terms.get(&id)).map(String::as_str)
    }

    fn price_list(&self, it: &Customer) -> Option<&str> {
        it.price_list_id.and_then(|id| self.price_lists.get(&id)).map(String::as_str)
    }
}

/// What a column holds in a file.
fn kind(key: &str) -> Kind {
    match key {
        "locations_count" | "orders_count" => Kind::Int,
        "orders_total" | "orders_avg" | "credit_limit" => Kind::Money,
        "last_order_on" | "first_order_on" => Kind::Date,
        "created_at" | "updated_at" => Kind::Instant,
        _ => Kind::Text,
    }
}

/// The value of a column in a file.
fn field(_: &Ctx, it: &Customer, key: &str, names: &Names) -> Field {
    let text = |text: &str| if text.is_empty() { Field::Empty } else { Field::Text(text.to_owned()) };
    let day = |day: Option<domain::clock::Day>| day.map_or(Field::Empty, Field::Date);
    match key {
        "name" => text(&it.name),
        "locations_count" => Field::Int(it.locations_count),
        "orders_total" => Field::Money(it.orders_total_minor),
        "orders_count" => Field::Int(it.orders_count),
        "orders_avg" => it.orders_avg_minor.map_or(Field::Empty, Field::Money),
        "last_order_on" => day(it.last_order_on),
        "first_order_on" => day(it.first_order_on),
        "engagement" => text(it.engagement_stage.label()),
        "default_sales_rep" => text(it.default_sales_rep_name.as_deref().unwrap_or_default()),
        "payment_terms" => text(names.terms(it).unwrap_or_default()),
        "basis_date" => text(it.basis_date.map_or("", BasisDate::label)),
        "billing_status" => text(it.effective_billing_status.label()),
        "number" => text(&it.number),
        "kind" => text(it.kind.label()),
        "price_list" => text(names.price_list(it).unwrap_or_default()),
        "tags" => text(&it.tags.join(", ")),
        "phone" => text(&it.phone),
        "email" => text(&it.email),
        "created_at" => Field::Instant(it.created_at),
        "updated_at" => Field::Instant(it.updated_at),
        _ => it.credit_limit_minor.flatten().map_or(Field::Empty, Field::Money),
    }
}

fn muted(text: impl Render) -> Cell {
    Cell::of(html! { span class="muted" { (text) } })
}

fn cell(visit: &Visit, it: &Customer, key: &str, names: &Names, window: &str) -> Cell {
    let amount = |minor: i64| if minor == 0 { Cell::none() } else { Cell::text(say::amount(&visit.ctx, minor)) };
    let count = |n: i64, link: String| match n {
        0 => Cell::none(),
        n => Cell::of(html! { a class="quiet" href=(link) { (say::number(n)) } }),
    };
    match key {
        "name" => Cell::two(&*it.name, html! { (it.number) " · " (it.kind.label()) }),
        "locations_count" => count(it.locations_count, format!("/locations?customer_id={}", it.id)),
        "orders_total" => amount(it.orders_total_minor),
        "orders_count" => count(it.orders_count, format!("/orders?customer_id={}&counts=1&window={window}", it.id)),
        "orders_avg" => it.orders_avg_minor.map_or_else(Cell::none, amount),
        "last_order_on" => last_order(visit, it.last_order_on),
        "first_order_on" => it.first_order_on.map_or_else(Cell::none, |day| Cell::text(say::day(day))),
        "engagement" => Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
        "default_sales_rep" => match &it.default_sales_rep_name {
            Some(name) => Cell::text(name.clone()),
            None => muted("Nobody"),
        },
        "payment_terms" => match names.terms(it) {
            Some(name) => Cell::text(name.to_owned()),
            None => muted("Default").hover("As the organization has it"),
        },
        "basis_date" => match it.basis_date {
            Some(basis) => Cell::text(basis.label()),
            None => muted("Default").hover("As the organization has it"),
        },
        "billing_status" => {
            let cell = Cell::status(billing(it.effective_billing_status));
            if it.billing_status_reason.is_empty() { cell } else { cell.hover(it.billing_status_reason.clone()) }
        }
        "number" => Cell::text(it.number.clone()),
        "kind" => Cell::text(it.kind.label()),
        "price_list" => match names.price_list(it) {
            Some(name) => Cell::text(name.to_owned()),
            None => muted("List prices"),
        },
        "tags" if it.tags.is_empty() => Cell::none(),
        "tags" => Cell::text(it.tags.join(", ")),
        "phone" => Cell::of(say::or_dash(&it.phone)),
        "email" => Cell::of(say::or_dash(&it.email)),
        "created_at" => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
        "updated_at" => Cell::of(say::when(&visit.ctx, it.updated_at)),
        _ => {
            it.credit_limit_minor.flatten().map_or_else(Cell::none, |minor| Cell::text(say::amount(&visit.ctx, minor)))
        }
    }
}
