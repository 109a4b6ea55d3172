//! The list of locations: of everybody, or of one customer.

use super::super::customers::{
    all_price_lists, any_of, carers, engagement, last_order, stages, subnav, window_menu, windows,
};
use super::super::list::{Filter, List, Shown, Unit};
use super::super::words as say;
use super::rep_cell;
use crate::edge::{Fail, Out, Visit};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Menu, Room, Row};
use app::directory::{customers, locations};
use app::export::Format;
use app::reports::{Field, Kind};
use axum::extract::Path;
use contract::directory::{Customer, Location};
use domain::directory::{LocationKind, SalesRepMode};
use domain::engagement::Window;
use domain::id::{CustomerId, PriceListId};
use domain::people::Permission;
use maud::html;
use std::collections::BTreeMap;

fn columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    let mut all = vec![
        Column::new("name", "Location").sort(),
        Column::new("customer", "Customer").sort().width(200).phone_sub(),
        Column::new("town", "Town").width(150).spare(),
        Column::new("sales_rep", "Cared for by").sort().width(160),
        Column::new("orders_total", format!("Orders, {currency}")).number().sort().width(140).phone_side_sub(),
        Column::new("orders_count", "Orders")
            .number()
            .sort()
            .width(90)
            .help("Orders that count; each leads to its rows"),
        Column::new("last_order_on", "Last order").sort().width(130),
        Column::new("engagement", "Engagement").sort().width(135).phone_side(),
        Column::new("orders_avg", format!("Average, {currency}")).number().sort().width(130).optional(),
        Column::new("code", "Code").width(110).optional(),
        Column::new("kind", "Kind").width(120).optional(),
        Column::new("time_zone", "Time zone").width(170).optional(),
        Column::new("phone", "Telephone").width(150).optional(),
        Column::new("delivery", "Delivery").width(200).optional(),
        Column::new("tags", "Tags").width(160).optional(),
        Column::new("created_at", "Since").sort().width(120).optional(),
    ];
    if visit.may(Permission::ViewContractPrices) {
        all.push(Column::new("price_list", "Price list").width(150).optional());
    }
    all
}

/// What the list is made with.
struct Around {
    customer: Option<Customer>,
    price_lists: BTreeMap<PriceListId, String>,
}

async fn around(visit: &Visit) -> Result<Around, Fail> {
    let customer: Option<CustomerId> = visit.link.get("customer_id").and_then(|id| id.parse().ok());
    visit
        .read(move |ctx, tx| {
            Ok(Around {
                customer: customer.and_then(|id| customers::get(ctx, tx, id, Window::All).ok()),
                price_lists: all_price_lists(ctx, tx)?.into_iter().map(|it| (it.id, it.name)).collect(),
            })
        })
        .await
}

async fn filters(visit: &Visit, around: &Around) -> Result<Vec<Filter>, Fail> {
    let kinds: Vec<(&str, &str)> = LocationKind::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let modes: Vec<(&str, &str)> = SalesRepMode::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let mut filters = vec![
        windows(),
        stages("engagement_stage"),
        Filter::yes_no("engaged", "Ordered within a year"),
        carers(visit, "sales_rep", false).await?,
        any_of("sales_rep_mode", "Rep set", &modes),
        any_of("kind", "Kind", &kinds),
        Filter::range("orders_total", "Orders", Unit::money(visit)),
        Filter::range("orders_count", "Number of orders", Unit::Count),
        Filter::days("last_order_on", "Last order"),
        Filter::text("code", "Code"),
    ];
    if !around.price_lists.is_empty() {
        let mut all: Vec<_> =
            around.price_lists.iter().map(|(id, name)| (id.to_string().into(), name.clone().into())).collect();
        all.push(("none".into(), "As the customer".into()));
        filters.push(Filter::many("price_list_id", "Price list", all));
    }
    filters.push(Filter::yes_no("archived", "Archived"));
    Ok(filters)
}

async fn at(visit: &Visit, around: &Around) -> Result<List, Fail> {
    let mut filters = filters(visit, around).await?;
    filters.push(Filter::given("customer_id", "Customer", around.customer.as_ref().map(|it| it.name.clone())));
    List::new(visit, Room::Customers, "locations", "Locations", columns(visit))
        .sort("customer")
        .search("Name, code, customer, town")
        .filters(filters)
        .saved(visit, "locations")
        .await
}

/// What the list shows: rows, sums, the switch of the window.
async fn shown(visit: &Visit, list: &List, around: &Around) -> Result<Shown, Fail> {
    let params = list.params();
    let page = visit.read(move |ctx, tx| locations::list(ctx, tx, &params)).await?;
    let window = list.state().get("window").unwrap_or("all").to_owned();
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            list.row(it.id.to_string(), |key| cell(visit, it, key, &window, &around.price_lists))
                .href(format!("/locations/{}", it.id))
                .name(it.name.clone())
                .off(it.archived_at.is_some())
        })
        .collect();
    let (header, empty) = head(visit, around.customer.as_ref());
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor.clone(), page.total);
    if page.next_cursor.is_none() && list.link().get("cursor").is_none() && page.items.len() > 1 {
        let total = page.items.iter().map(|it| it.orders_total_minor).sum();
        shown.foot = vec![
            ("name", Cell::text(say::count(page.items.len() as i64, "location", "locations"))),
            ("orders_total", Cell::text(say::amount(&visit.ctx, total))),
            ("orders_count", Cell::text(say::number(page.items.iter().map(|it| it.orders_count).sum()))),
        ];
    }
    shown.right = vec![window_menu(list)];
    Ok(shown)
}

pub(in super::super) async fn list(visit: Visit) -> Out {
    let around = around(&visit).await?;
    let list = at(&visit, &around).await?;
    let mut shown = shown(&visit, &list, &around).await?;
    shown.right.push(list.export_menu());
    Ok(list.answer(&visit, shown))
}

/// The locations of one customer, as a part of its page; `dress` puts its header around them.
pub(in super::super) async fn of_customer(visit: &Visit, id: CustomerId, dress: impl FnOnce(Shown) -> Shown) -> Out {
    let around = around(visit).await?;
    let columns = columns(visit).into_iter().filter(|column| column.key != "customer").collect();
    let list = List::new(visit, Room::Customers, "locations", "Locations", columns)
        .sort("name")
        .search("Name, code, town")
        .filters(filters(visit, &around).await?)
        .always("customer_id", id.to_string());
    let shown = shown(visit, &list, &around).await?;
    Ok(list.answer(visit, dress(shown)))
}

/// The list as a file.
pub(in super::super) async fn file(visit: Visit, Path(ending): Path<String>) -> Out {
    let format = Format::of_ending(&ending).ok_or_else(Fail::not_found)?;
    let around = around(&visit).await?;
    let list = at(&visit, &around).await?;
    let params = list.params();
    let first = visit.read(move |ctx, tx| locations::list(ctx, tx, &params)).await?;
    let names = around.price_lists;
    Ok(list.file(&visit, format, first, locations::list, kind, move |_, it, key| field(it, key, &names)))
}

fn kind(key: &str) -> Kind {
    match key {
        "orders_count" => Kind::Int,
        "orders_total" | "orders_avg" => Kind::Money,
        "last_order_on" => Kind::Date,
        "created_at" => Kind::Instant,
        _ => Kind::Text,
    }
}

fn field(it: &Location, key: &str, price_lists: &BTreeMap<PriceListId, String>) -> Field {
    let text = |text: &str| if text.is_empty() { Field::Empty } else { Field::Text(text.to_owned()) };
    match key {
        "name" => text(&it.name),
        "customer" => text(&it.customer_name),
        "town" => text(&it.address.city),
        "sales_rep" => text(it.effective_sales_rep_name.as_deref().unwrap_or_default()),
        "orders_total" => Field::Money(it.orders_total_minor),
        "orders_count" => Field::Int(it.orders_count),
        "orders_avg" => it.orders_avg_minor.map_or(Field::Empty, Field::Money),
        "last_order_on" => it.last_order_on.map_or(Field::Empty, Field::Date),
        "engagement" => text(it.engagement_stage.label()),
        "code" => text(&it.code),
        "kind" => text(it.kind.label()),
        "time_zone" => text(&it.time_zone),
        "delivery" => text(&it.delivery_instructions),
        "tags" => text(&it.tags.join(", ")),
        "created_at" => Field::Instant(it.created_at),
        "price_list" => text(it.price_list_id.and_then(|id| price_lists.get(&id)).map_or("", String::as_str)),
        _ => text(&it.phone),
    }
}

fn head(visit: &Visit, customer: Option<&Customer>) -> (Header, Empty) {
    let mut header = Header::new("Locations").under(subnav("Locations"));
    if let Some(customer) = customer {
        header =
            header.crumb("Customers", "/customers").crumb(customer.name.clone(), format!("/customers/{}", customer.id));
    }
    let mut empty = Empty::new(Icon::Place, "No locations yet")
        .text("A location is where cases happen and stock lies. Each belongs to a customer.");
    if visit.may(Permission::ManageDirectory) {
        let new = match customer {
            Some(customer) => format!("/locations/new?customer_id={}", customer.id),
            None => "/locations/new".to_owned(),
        };
        let menu =
            Menu::more("More actions").item(Button::link("Import locations", "/imports/locations").icon(Icon::File));
        header = header.action(menu).action(Button::link("New location", new.clone()).primary().hotkey("n"));
        empty = empty.action(Button::link("New location", new).primary());
    }
    (header, empty)
}

fn cell(visit: &Visit, it: &Location, key: &str, window: &str, price_lists: &BTreeMap<PriceListId, String>) -> Cell {
    let amount = |minor: i64| if minor == 0 { Cell::none() } else { Cell::text(say::amount(&visit.ctx, minor)) };
    match key {
        "name" => Cell::two(&*it.name, html! { (it.code) " · " (it.kind.label()) }),
        "customer" => {
            Cell::of(html! { a class="quiet" href={ "/customers/" (it.customer_id) } { (it.customer_name) } })
        }
        "town" if it.address.city.is_empty() => Cell::none(),
        "town" => Cell::of(html! { (it.address.city) @if !it.address.state.is_empty() { ", " (it.address.state) } }),
        "sales_rep" => rep_cell(it),
        "orders_total" => amount(it.orders_total_minor),
        "orders_count" if it.orders_count == 0 => Cell::none(),
        "orders_count" => {
            let rows = format!("/orders?customer_id={}&location_id={}&counts=1&window={window}", it.customer_id, it.id);
            Cell::of(html! { a class="quiet" href=(rows) { (say::number(it.orders_count)) } })
        }
        "orders_avg" => it.orders_avg_minor.map_or_else(Cell::none, amount),
        "last_order_on" => last_order(visit, it.last_order_on),
        "engagement" => Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
        "code" => Cell::text(it.code.clone()),
        "kind" => Cell::text(it.kind.label()),
        "time_zone" => Cell::text(it.time_zone.clone()),
        "delivery" if it.delivery_instructions.is_empty() => Cell::none(),
        "delivery" => Cell::text(it.delivery_instructions.clone()).hover(it.delivery_instructions.clone()),
        "tags" if it.tags.is_empty() => Cell::none(),
        "tags" => Cell::text(it.tags.join(", ")),
        "created_at" => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
        "price_list" => match it.price_list_id.and_then(|id| price_lists.get(&id)) {
            Some(name) => Cell::text(name.clone()),
            None => Cell::of(html! { span class="muted" { "As the customer" } }),
        },
        _ => Cell::of(say::or_dash(&it.phone)),
    }
}
