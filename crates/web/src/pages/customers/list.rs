//! The list of customers.

use super::super::list::{List, Shown};
use super::super::words as say;
use super::columns::{cell, columns, field, filters, kind};
use super::{subnav, window_menu};
use crate::edge::{Fail, Out, Visit};
use crate::ui::{Button, Cell, Empty, Header, Icon, Link, Menu, Room, Row};
use app::directory::bulk::Entity;
use app::directory::customers;
use app::export::Format;
use axum::extract::Path;
use contract::ListParams;
use contract::directory::{Customer, Sums};
use domain::people::Permission;

/// The list at the address of now.
pub(super) async fn at(visit: &Visit) -> Result<List, Fail> {
    List::new(visit, Room::Customers, "customers", "Customers", columns(visit))
        .sort("name")
        .search("Name, number, town")
        .filters(filters(visit).await?)
        .saved(visit, "customers")
        .await
}

/// The rows behind a customer's figures, over the same time.
pub(super) fn orders(list: &List, it: &Customer) -> String {
    let state = list.state();
    let base = Link::new("/orders").with("customer_id", it.id).with("counts", "1");
    let parts = ["window", "window_from", "window_to"].into_iter();
    let window = parts.filter_map(|key| Some((key, state.get(key).filter(|value| !value.is_empty())?)));
    window.fold(base, |link, (key, value)| link.with(key, value)).to_string()
}

pub(super) async fn list(visit: Visit) -> Out {
    let list = at(&visit).await?;
    let params = list.params();
    let (first, asked) = (params.cursor.is_none(), list.adds_up());
    let (page, sums) = visit
        .read(move |ctx, tx| {
            let page = customers::list(ctx, tx, &params)?;
            let sums = match (asked, first && page.next_cursor.is_none() && page.items.len() > 1) {
                (true, _) => Some(customers::sums(ctx, tx, &params)?),
                (_, true) => Some(customers::added_up(&page.items)),
                _ => None,
            };
            Ok((page, sums))
        })
        .await?;
    let later = first && sums.is_none() && page.next_cursor.is_some();
    let row = |it: &Customer| {
        let orders = orders(&list, it);
        list.row(it.id.to_string(), |key| cell(&visit, it, key, &orders))
            .href(format!("/customers/{}", it.id))
            .name(it.name.clone())
            .off(it.archived_at.is_some())
    };
    let rows: Vec<Row> = page.items.iter().map(row).collect();
    let part = page.items.first().is_some_and(|it| it.your_locations_only);
    let mut shown = Shown::new(header(&visit, part), rows, empty(&visit)).paged(page.next_cursor, page.total);
    shown.foot = sums.map(|sums| foot(&visit, &sums)).unwrap_or_default();
    shown.foot_later = later;
    shown.right = vec![window_menu(&list)];
    if visit.may(Permission::ExportDirectory) {
        shown.right.push(list.export_menu());
    }
    shown.bulk = super::super::bulk::buttons(&visit, &list, Entity::Customers);
    Ok(list.answer(&visit, shown))
}

/// The list as a file: `/customers.csv?…` with the address of the list.
pub(super) async fn file(visit: Visit, Path(ending): Path<String>) -> Out {
    visit.ctx.require(Permission::ExportDirectory)?;
    let format = Format::of_ending(&ending).ok_or_else(Fail::not_found)?;
    let list = at(&visit).await?;
    let params = ListParams { count: false, ..list.params() };
    let first = visit.read(move |ctx, tx| customers::list(ctx, tx, &params)).await?;
    Ok(list.file(&visit, format, first, customers::list, kind, field))
}

fn header(visit: &Visit, part: bool) -> Header {
    let mut header = Header::new("Customers").under(subnav(visit, "Customers"));
    if part {
        header = header.lead("Figures of your locations only");
    }
    let mut menu = Menu::more("More actions");
    if visit.may(Permission::ManageDirectory) {
        menu = menu
            .item(Button::link("Import customers", "/imports/customers").icon(Icon::File))
            .item(Button::link("Import locations", "/imports/locations").icon(Icon::File));
    }
    if visit.may(Permission::BulkUpdate) {
        menu = menu.item(Button::link("Changes of many rows", "/jobs").icon(Icon::Clock));
    }
    if visit.may(Permission::ManageDirectory) || visit.may(Permission::BulkUpdate) {
        header = header.action(menu);
    }
    if visit.may(Permission::AddDirectoryRecords) {
        header = header.action(Button::link("New customer", "/customers/new").primary().hotkey("n"));
    }
    header
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

/// What everything that matches adds up to.
fn foot(visit: &Visit, sums: &Sums) -> Vec<(&'static str, Cell)> {
    let money = |minor: i64| Cell::text(say::amount(&visit.ctx, minor));
    let maybe = |minor: Option<i64>| minor.map_or_else(|| Cell::text(""), money);
    let number = |n: i64| Cell::text(say::number(n));
    vec![
        ("name", Cell::text(say::count(sums.rows, "customer", "customers"))),
        ("locations_count", number(sums.locations_count)),
        ("orders_total", money(sums.orders_total_minor)),
        ("orders_count", number(sums.orders_count)),
        ("orders_avg", maybe(sums.orders_avg_minor)),
        ("credits_total", money(sums.credits_total_minor)),
        ("net_sales", money(sums.net_sales_minor)),
        ("open_balance", maybe(sums.open_balance_minor)),
        ("past_due", maybe(sums.past_due_minor)),
        ("exposure", maybe(sums.exposure_minor)),
        ("tasks_open", number(sums.tasks_open)),
        ("stock_on_site_units", number(sums.stock_on_site_units)),
        ("stock_on_site_value", money(sums.stock_on_site_value_minor)),
        ("units_expiring_90d", number(sums.units_expiring_90d)),
    ]
}
