//! The list of locations: of everybody, or of one customer.

use super::super::customers::{
    all_price_lists, any_of, carers, engagement, last_order, plain, stages, subnav, window_menu, windows,
};
use super::super::list::{Filter, List, Shown, Unit};
use super::super::words as say;
use super::rep_cell;
use crate::edge::{Fail, Out, Visit};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Link, Menu, Room, Row, Tone};
use app::directory::bulk::Entity;
use app::directory::{customers, locations};
use app::export::Format;
use app::reports::{Field, Kind};
use axum::extract::Path;
use contract::ListParams;
use contract::directory::{Customer, Location, Sums};
use domain::directory::{LocationKind, SalesRepMode, SalesRepSource};
use domain::engagement::Window;
use domain::id::{CustomerId, PriceListId};
use domain::people::Permission;
use maud::html;
use std::collections::BTreeMap;

fn columns(visit: &Visit) -> Vec<Column> {
    let currency = &visit.ctx.organization.currency;
    let mut all = vec![
        Column::new("name", "Location").sort(),
        Column::new("customer", "Customer").sort().width(180).phone_sub(),
        Column::new("city", "Town").sort().width(130).spare(),
        Column::new("sales_rep", "Sales rep").sort().width(150),
        Column::new("orders_total", format!("Orders, {currency}")).number().sort().width(124).phone_side_sub(),
        Column::new("orders_count", "Orders")
            .number()
            .sort()
            .width(80)
            .help("Orders that count; each number leads to its rows"),
        Column::new("last_order_on", "Last order").sort().width(120),
        Column::new("engagement", "Engagement").sort().width(128).phone_side(),
        Column::new("open_cases_14d", "Cases, 14 days")
            .number()
            .width(118)
            .spare()
            .help("Open events from today for two weeks"),
        Column::new("stock_on_site_units", "On site")
            .number()
            .sort()
            .width(90)
            .spare()
            .help("Sold and still on its shelves"),
        Column::new("orders_avg", format!("Average, {currency}")).number().sort().width(120).optional(),
        Column::new("first_order_on", "First order").sort().width(124).optional(),
        Column::new("expected_next", "Next expected").sort().width(130).optional(),
        Column::new("overdue_by", "Overdue by").number().sort().width(110).optional(),
        Column::new("sales_rep_source", "Rep from").sort().width(140).optional(),
        Column::new("code", "Code").width(110).optional(),
        Column::new("kind", "Kind").sort().width(120).optional(),
        Column::new("stock_on_site_value", format!("Value on site, {currency}")).number().sort().width(150).optional(),
        Column::new("units_expiring_90d", "Expiring").number().sort().width(100).optional(),
        Column::new("tasks_open", "Tasks").number().sort().width(80).optional(),
        Column::new("delivery", "Delivery").width(200).optional(),
        Column::new("receiving_hours", "Takes goods").width(160).optional(),
        Column::new("licence_no", "Licence").width(140).optional(),
        Column::new("time_zone", "Time zone").width(170).optional(),
        Column::new("phone", "Telephone").width(150).optional(),
        Column::new("tags", "Tags").sort().width(160).optional(),
        Column::new("created_at", "Since").sort().width(120).optional(),
        Column::new("updated_at", "Changed").sort().width(140).optional(),
    ];
    if visit.may(Permission::ViewContractPrices) {
        all.push(Column::new("price_list", "Price list").sort().width(170).optional());
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
    let sources: Vec<(&str, &str)> = SalesRepSource::ALL.iter().map(|it| (it.as_str(), it.label())).collect();
    let money = Unit::money(visit);
    let mut filters = windows();
    filters.extend([
        stages("engagement_stage"),
        Filter::yes_no("engaged", "Ordered within a year"),
        carers(visit, "sales_rep", false).await?,
        any_of("sales_rep_mode", "Rep set", &modes),
        any_of("sales_rep_source", "Rep from", &sources),
        Filter::text("city", "Town"),
        Filter::text("state", "State"),
        Filter::text("postal_code", "Postal code"),
        any_of("kind", "Kind", &kinds),
        Filter::range("orders_total", "Total of orders", money),
        Filter::range("orders_count", "Number of orders", Unit::Count),
        Filter::range("orders_avg", "Average order", money),
        Filter::days("last_order_on", "Last order"),
        Filter::days("first_order_on", "First order"),
        Filter::days("expected_next", "Next order expected"),
        Filter::range("overdue_by", "Overdue by", Unit::Days),
        Filter::range("stock_on_site_units", "Units on site", Unit::Count),
        Filter::range("stock_on_site_value", "Value on site", money),
        Filter::range("units_expiring_90d", "Expiring within 90 days", Unit::Count),
        Filter::range("tasks_open", "Open tasks", Unit::Count),
        Filter::yes_no("delivery_instructions", "Delivery instructions"),
        Filter::text("tags", "Tags"),
        Filter::text("code", "Code"),
        Filter::text("external_id", "Number elsewhere"),
        Filter::days("created_at", "Since"),
    ]);
    if !around.price_lists.is_empty() {
        let mut all: Vec<_> =
            around.price_lists.iter().map(|(id, name)| (id.to_string().into(), name.clone().into())).collect();
        all.push(("none".into(), "As the customer".into()));
        filters.push(Filter::many("price_list", "Price list", all));
    }
    filters.push(Filter::yes_no("archived", "Archived"));
    Ok(filters)
}

pub(in super::super) async fn at(visit: &Visit) -> Result<List, Fail> {
    let around = around(visit).await?;
    whole(visit, &around).await
}

async fn whole(visit: &Visit, around: &Around) -> Result<List, Fail> {
    let mut filters = filters(visit, around).await?;
    filters.push(Filter::given("customer_id", "Customer", around.customer.as_ref().map(|it| it.name.clone())));
    List::new(visit, Room::Customers, "locations", "Locations", columns(visit))
        .sort("customer")
        .search("Name, code, customer, town")
        .filters(filters)
        .saved(visit, "locations")
        .await
}

/// The rows behind a location's figures, over the same time.
fn orders(list: &List, it: &Location) -> String {
    let state = list.state();
    let base = Link::new("/orders").with("customer_id", it.customer_id).with("location_id", it.id).with("counts", "1");
    let parts = ["window", "window_from", "window_to"].into_iter();
    let window = parts.filter_map(|key| Some((key, state.get(key).filter(|value| !value.is_empty())?)));
    window.fold(base, |link, (key, value)| link.with(key, value)).to_string()
}

/// What the list shows: rows, sums, the switch of the window.
async fn shown(visit: &Visit, list: &List, around: &Around) -> Result<Shown, Fail> {
    let params = list.params();
    let first = params.cursor.is_none();
    // Those of one customer are few.
    let asked = list.adds_up() || around.customer.is_some();
    let (page, sums) = visit
        .read(move |ctx, tx| {
            let page = locations::list(ctx, tx, &params)?;
            let more = page.next_cursor.is_some();
            let sums = match page.items.len() > 1 && first {
                true if !more => Some(locations::added_up(&page.items)),
                true if asked => Some(locations::sums(ctx, tx, &params)?),
                _ => None,
            };
            Ok((page, sums))
        })
        .await?;
    let later = first && sums.is_none() && page.next_cursor.is_some();
    let rows: Vec<Row> = page
        .items
        .iter()
        .map(|it| {
            let orders = orders(list, it);
            list.row(it.id.to_string(), |key| cell(visit, it, key, &orders))
                .href(format!("/locations/{}", it.id))
                .name(it.name.clone())
                .off(it.archived_at.is_some())
        })
        .collect();
    let (header, empty) = head(visit, around.customer.as_ref());
    let mut shown = Shown::new(header, rows, empty).paged(page.next_cursor, page.total);
    shown.foot = sums.map(|sums| foot(visit, &sums)).unwrap_or_default();
    shown.foot_later = later;
    shown.right = vec![window_menu(list)];
    Ok(shown)
}

/// What everything that matches adds up to.
fn foot(visit: &Visit, sums: &Sums) -> Vec<(&'static str, Cell)> {
    let money = |minor: i64| Cell::text(say::amount(&visit.ctx, minor));
    let number = |n: i64| Cell::text(say::number(n));
    vec![
        ("name", Cell::text(say::count(sums.rows, "location", "locations"))),
        ("orders_total", money(sums.orders_total_minor)),
        ("orders_count", number(sums.orders_count)),
        ("orders_avg", sums.orders_avg_minor.map_or_else(|| Cell::text(""), money)),
        ("tasks_open", number(sums.tasks_open)),
        ("stock_on_site_units", number(sums.stock_on_site_units)),
        ("stock_on_site_value", money(sums.stock_on_site_value_minor)),
        ("units_expiring_90d", number(sums.units_expiring_90d)),
    ]
}

pub(in super::super) async fn list(visit: Visit) -> Out {
    let around = around(&visit).await?;
    let list = whole(&visit, &around).await?;
    let mut shown = shown(&visit, &list, &around).await?;
    if visit.may(Permission::ExportDirectory) {
        shown.right.push(list.export_menu());
    }
    shown.bulk = super::super::bulk::buttons(&visit, &list, Entity::Locations);
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
    visit.ctx.require(Permission::ExportDirectory)?;
    let format = Format::of_ending(&ending).ok_or_else(Fail::not_found)?;
    let around = around(&visit).await?;
    let list = whole(&visit, &around).await?;
    let params = ListParams { count: false, ..list.params() };
    let first = visit.read(move |ctx, tx| locations::list(ctx, tx, &params)).await?;
    Ok(list.file(&visit, format, first, locations::list, kind, |_, it, key| field(it, key)))
}

fn kind(key: &str) -> Kind {
    match key {
        "orders_count"
        | "open_cases_14d"
        | "stock_on_site_units"
        | "units_expiring_90d"
        | "tasks_open"
        | "overdue_by" => Kind::Int,
        "orders_total" | "orders_avg" | "stock_on_site_value" => Kind::Money,
        "last_order_on" | "first_order_on" | "expected_next" => Kind::Date,
        "created_at" | "updated_at" => Kind::Instant,
        _ => Kind::Text,
    }
}

fn field(it: &Location, key: &str) -> Field {
    let text = |text: &str| if text.is_empty() { Field::Empty } else { Field::Text(text.to_owned()) };
    let day = |day: Option<domain::clock::Day>| day.map_or(Field::Empty, Field::Date);
    match key {
        "name" => text(&it.name),
        "customer" => text(&it.customer_name),
        "city" => text(&it.address.city),
        "sales_rep" => text(it.effective_sales_rep_name.as_deref().unwrap_or_default()),
        "sales_rep_source" => text(it.effective_sales_rep_source.label()),
        "orders_total" => Field::Money(it.orders_total_minor),
        "orders_count" => Field::Int(it.orders_count),
        "orders_avg" => it.orders_avg_minor.map_or(Field::Empty, Field::Money),
        "last_order_on" => day(it.last_order_on),
        "first_order_on" => day(it.first_order_on),
        "expected_next" => day(it.expected_next_on),
        "overdue_by" => Field::Int(it.overdue_by),
        "engagement" => text(it.engagement_stage.label()),
        "open_cases_14d" => Field::Int(it.open_cases_14d),
        "stock_on_site_units" => Field::Int(it.stock_on_site_units),
        "stock_on_site_value" => Field::Money(it.stock_on_site_value_minor),
        "units_expiring_90d" => Field::Int(it.units_expiring_90d),
        "tasks_open" => Field::Int(it.tasks_open),
        "code" => text(&it.code),
        "kind" => text(it.kind.label()),
        "time_zone" => text(&it.time_zone),
        "delivery" => text(&it.delivery_instructions),
        "receiving_hours" => text(&it.receiving_hours),
        "licence_no" => text(&it.licence_no),
        "tags" => text(&it.tags.join(", ")),
        "created_at" => Field::Instant(it.created_at),
        "updated_at" => Field::Instant(it.updated_at),
        "price_list" => text(it.effective_price_list_name.as_deref().unwrap_or_default()),
        _ => text(&it.phone),
    }
}

fn head(visit: &Visit, customer: Option<&Customer>) -> (Header, Empty) {
    let mut header = Header::new("Locations").under(subnav(visit, "Locations"));
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

fn cell(visit: &Visit, it: &Location, key: &str, orders: &str) -> Cell {
    let today = visit.ctx.today();
    let link = |n: i64, href: String| match n {
        0 => Cell::none(),
        n => Cell::of(html! { a class="quiet" href=(href) { (say::number(n)) } }),
    };
    match key {
        "name" => Cell::two(&*it.name, html! { (it.code) " · " (it.kind.label()) }),
        "customer" => {
            Cell::of(html! { a class="quiet" href={ "/customers/" (it.customer_id) } { (it.customer_name) } })
        }
        "city" if it.address.city.is_empty() => Cell::none(),
        "city" => Cell::of(html! { (it.address.city) @if !it.address.state.is_empty() { ", " (it.address.state) } }),
        "sales_rep" => rep_cell(it),
        "orders_count" => link(it.orders_count, orders.to_owned()),
        "last_order_on" => last_order(visit, it.last_order_on),
        "expected_next" => match it.expected_next_on {
            Some(day) if day < today => Cell::text(say::day(day)).tone(Tone::Amber).hover(say::distance(today, day)),
            other => plain(visit, other.map_or(Field::Empty, Field::Date)),
        },
        "engagement" => Cell::status(engagement(it.engagement_stage)).hover(it.engagement_reason.clone()),
        "open_cases_14d" => link(it.open_cases_14d, format!("/events?location_id={}", it.id)),
        "stock_on_site_units" => link(it.stock_on_site_units, format!("/units?facility_stock_location_id={}", it.id)),
        "delivery" if !it.delivery_instructions.is_empty() => {
            Cell::text(it.delivery_instructions.clone()).hover(it.delivery_instructions.clone())
        }
        "price_list" => match &it.effective_price_list_name {
            Some(name) if it.price_list_source == "location" => Cell::two(name.as_str(), "set here"),
            Some(name) => Cell::two(name.as_str(), "of the customer"),
            None => Cell::of(html! { span class="muted" { "List prices" } }),
        },
        "created_at" => Cell::text(say::day(it.created_at.day_in(&visit.ctx.organization.time_zone))),
        key => plain(visit, field(it, key)),
    }
}
