//! The tabs of a customer that are lists of other things: its locations, orders, cases, invoices, prices, what lies on its
//! shelves.

use super::super::acts;
use super::super::list::{Filter, List, Shown};
use super::super::words as say;
use super::page::{Part, framed, listed, load};
use crate::edge::{Out, Visit};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Room, Row, Table, Tone, section_block};
use app::{Ctx, Tx};
use axum::extract::Path;
use contract::ListParams;
use contract::directory::ContractPrice;
use domain::event::{EventStatus, EventType};
use domain::id::{CustomerId, LocationId};
use domain::people::Permission;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) async fn locations(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let detail = load(&visit, id).await?;
    super::super::locations::list::of_customer(&visit, id, |shown| listed(&visit, &detail, Part::Locations, shown))
        .await
}

pub(super) async fn orders(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let detail = load(&visit, id).await?;
    super::super::orders::orders_of(&visit, id, |shown| listed(&visit, &detail, Part::Orders, shown)).await
}

pub(super) async fn invoices(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let detail = load(&visit, id).await?;
    super::super::orders::invoices_of(&visit, id, |shown| listed(&visit, &detail, Part::Invoices, shown)).await
}

pub(super) async fn cases(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let detail = load(&visit, id).await?;
    let list = List::new(&visit, Room::Customers, "events", "Cases", super::super::events::columns(&visit.ctx))
        .sort("-starts_at")
        .search("Case, physician, number")
        .filters(vec![
            Filter::choice("type", "Type", acts::pairs(EventType::ALL, EventType::as_str, EventType::label)),
            Filter::choice("status", "Status", acts::pairs(EventStatus::ALL, EventStatus::as_str, EventStatus::label)),
            Filter::date("from", "From"),
            Filter::date("to", "Before"),
        ])
        .always("customer_id", id.to_string());
    let params = list.params();
    let page = visit.read(move |ctx, tx| app::events::listed(ctx, tx, &params)).await?;
    let rows = page.items.iter().map(|event| super::super::events::row(&list, &visit.ctx, event)).collect();
    let empty =
        Empty::new(Icon::Events, "No cases yet").text("Cases and stocking orders at its locations appear here.");
    let shown = Shown::new(Header::new(""), rows, empty).paged(page.next_cursor, page.total);
    Ok(list.answer(&visit, listed(&visit, &detail, Part::Cases, shown)))
}

// ---- stock on site --------------------------------------------------------------------------------------------------

/// What lies on the shelves, by location and item, whoever sold it.
struct Shelf {
    location: String,
    location_id: String,
    item: String,
    item_id: String,
    number: String,
    custodian: String,
    sold: i64,
    used: i64,
    left: i64,
    expiring: i64,
}

fn shelves(ctx: &Ctx, tx: &mut Tx, locations: &[LocationId]) -> app::Result<Vec<Shelf>> {
    ctx.require(Permission::ViewReports)?;
    if locations.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = locations.iter().map(ToString::to_string).collect();
    let filters = BTreeMap::from([("location_id".to_owned(), ids.join(","))]);
    let report = app::reports::report(ctx, tx, "facility_stock", &ListParams { filters, ..ListParams::default() })?;
    let text =
        |row: &BTreeMap<String, Value>, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |row: &BTreeMap<String, Value>, key: &str| row.get(key).and_then(Value::as_i64).unwrap_or(0);
    let mut all: Vec<Shelf> = report
        .items
        .iter()
        .map(|row| Shelf {
            location: text(row, "location"),
            location_id: text(row, "location_id"),
            item: text(row, "description"),
            item_id: text(row, "catalog_item_id"),
            number: text(row, "catalog_number"),
            custodian: text(row, "custodian"),
            sold: number(row, "sold"),
            used: number(row, "used"),
            left: number(row, "left"),
            expiring: number(row, "expiring"),
        })
        .collect();
    all.sort_by(|a, b| (&a.location, &a.item, &a.custodian).cmp(&(&b.location, &b.item, &b.custodian)));
    Ok(all)
}

fn shelf_table(rows: &[Shelf]) -> Markup {
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("seller", "Sold and answered for by").width(190).phone_sub(),
        Column::new("sold", "Sold").number().width(80),
        Column::new("used", "Used").number().width(80),
        Column::new("left", "Left").number().width(80).phone_side(),
        Column::new("expiring", "Expiring").number().width(100).help("Within 90 days").phone_side_sub(),
    ];
    let count = |n: i64| if n == 0 { Cell::none() } else { Cell::text(say::number(n)) };
    let mut table: Vec<Row> = Vec::with_capacity(rows.len() + 8);
    let mut place = "";
    for row in rows {
        if row.location != place {
            place = &row.location;
            let left: i64 = rows.iter().filter(|other| other.location == place).map(|other| other.left).sum();
            table.push(Row::group(html! {
                a class="link" href={ "/locations/" (row.location_id) } { (row.location) } " · " (say::count(left, "unit", "units"))
            }));
        }
        let units = format!("/units?facility_stock_location_id={}&catalog_item_id={}", row.location_id, row.item_id);
        let expiring =
            if row.expiring == 0 { Cell::none() } else { Cell::text(say::number(row.expiring)).tone(Tone::Amber) };
        let cells = vec![
            Cell::two(&*row.item, html! { span class="mono" { (row.number) } }),
            Cell::text(row.custodian.clone()),
            count(row.sold),
            count(row.used),
            Cell::of(html! { strong { (say::number(row.left)) } }),
            expiring,
        ];
        table.push(
            Row::new(format!("{}-{}-{}", row.location_id, row.item_id, row.custodian), cells)
                .href(units)
                .off(row.left == 0),
        );
    }
    html! { (Table::new("shelves", "Stock on site", columns).rows(table).inside()) }
}

/// The locations of a customer that are in reach, at most as many as a page of a list holds.
fn its_locations(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> app::Result<Vec<LocationId>> {
    let filters = BTreeMap::from([("customer_id".to_owned(), id.to_string())]);
    let params = ListParams { limit: Some(app::list::LIMIT_MAX), filters, ..ListParams::default() };
    Ok(app::directory::locations::list(ctx, tx, &params)?.items.into_iter().map(|it| it.id).collect())
}

pub(super) async fn stock(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    let detail = load(&visit, id).await?;
    let rows = visit
        .read(move |ctx, tx| {
            let locations = its_locations(ctx, tx, id)?;
            shelves(ctx, tx, &locations)
        })
        .await?;
    let body = html! {
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::Stock, "Nothing sold lies on its shelves").text("A stocking order that is kept as facility stock puts it there: paid for, and still answered for by whoever sold it."))
            } @else { (shelf_table(&rows)) }
        }
    };
    Ok(framed(&visit, &detail, Part::Stock, body))
}

// ---- prices ---------------------------------------------------------------------------------------------------------

/// Prices of the list that holds for the customer, and the locations with prices of their own.
pub(super) async fn prices(visit: Visit, Path(id): Path<String>) -> Out {
    let id: CustomerId = visit.id(&id)?;
    visit.ctx.require(Permission::ViewContractPrices)?;
    let detail = load(&visit, id).await?;
    let list = detail.it.price_list_id;
    let (all, items) = visit
        .read(move |ctx, tx| {
            let Some(list) = list else { return Ok((Vec::new(), BTreeMap::new())) };
            let params = ListParams { limit: Some(app::list::LIMIT_MAX), ..ListParams::default() };
            let all = app::directory::prices::of_price_list(ctx, tx, list, &params)?.items;
            let items = super::super::prices::items(ctx, tx, &all)?;
            Ok((all, items))
        })
        .await?;
    let columns = vec![
        Column::new("item", "Item"),
        Column::new("holds", "Holds").width(220).phone_sub(),
        Column::new("price", format!("Price, {}", visit.ctx.organization.currency)).number().width(140).phone_side(),
    ];
    let row = |price: &ContractPrice| {
        let item = items.get(&price.catalog_item_id);
        let name =
            item.map_or("An item", |item| if item.description.is_empty() { &item.number } else { &item.description });
        let number = item.map(|item| item.number.clone()).unwrap_or_default();
        let cells = vec![
            Cell::two(name, html! { span class="mono" { (number) } }),
            Cell::of(super::super::prices::valid(&visit, price)),
            Cell::text(say::amount(&visit.ctx, price.price_minor)),
        ];
        Row::new(price.catalog_item_id.to_string(), cells).href(format!("/catalog/{}", price.catalog_item_id))
    };
    let actions = match list {
        Some(list) => vec![Button::link("Open the list", format!("/price-lists/{list}")).small()],
        None => vec![],
    };
    let title = detail.price_list.clone().unwrap_or_else(|| "List prices".to_owned());
    let body = html! {
        div class="content" {
            @if all.is_empty() {
                (Empty::new(Icon::File, "List prices hold").text("It has no price list with agreed prices. A location may still have prices of its own."))
            } @else {
                (section_block(title, &actions, html! { (Table::new("prices", "Prices", columns).rows(all.iter().map(row).collect()).inside()) }))
            }
        }
    };
    Ok(framed(&visit, &detail, Part::Prices, body))
}
