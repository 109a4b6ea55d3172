//! Another unit of the same item for a line of a plan: those in reach that are free, the earliest to expire first.

use super::plan;
use super::wish::Wish;
use crate::edge::{Fail, Out, Visit, get};
use crate::pages::{stock, words};
use crate::ui::{Button, Empty, Icon, Line, Room, lines};
use app::App;
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use domain::id::{CatalogItemId, EventId, UnitId};
use maud::html;

/// Units that are offered.
const MOST: u32 = 40;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/cover/units", get(page))
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let wish = Wish::read(visit.link.pairs());
    let item: CatalogItemId = visit.id(visit.link.get("item").unwrap_or_default())?;
    let now: UnitId = visit.id(visit.link.get("for").unwrap_or_default())?;
    visit.ctx.require(domain::people::Permission::CoverEvents).map_err(Fail::from)?;
    let (event, units, names) = visit
        .read(move |ctx, tx| {
            let event = app::events::get(ctx, tx, id)?.head;
            let mut params =
                ListParams { limit: Some(MOST), sort: Some("expires_on".to_owned()), ..ListParams::default() };
            for (key, value) in [("state", "available"), ("active", "true")] {
                params.filters.insert(key.to_owned(), value.to_owned());
            }
            params.filters.insert("catalog_item_id".to_owned(), item.to_string());
            let mut units = app::unit_lists::list(ctx, tx, &params)?.items;
            // What lies on another facility's shelf is of no use here.
            units.retain(|unit| {
                unit.id != now && unit.facility_stock_location_id.is_none_or(|at| Some(at) == event.location_id)
            });
            let names = stock::names_of(ctx, tx, &units)?;
            Ok((event, units, names))
        })
        .await?;
    let day = event.event_on;
    let rows: Vec<Line> = units
        .iter()
        .map(|unit| {
            let mark = match (&unit.lot, &unit.serial) {
                (Some(lot), Some(serial)) => format!("Lot {lot}, serial {serial}"),
                (Some(lot), None) => format!("Lot {lot}"),
                (None, Some(serial)) => format!("Serial {serial}"),
                (None, None) => "No lot".to_owned(),
            };
            let shelf = unit.facility_stock_location_id.is_some();
            let past = unit.expires_on.is_some_and(|until| until < day);
            let href = wish.clone().instead(now, Some(unit.id)).href(id);
            Line::new(mark)
                .below(html! {
                    (names.custodian(unit.custodian.id))
                    @if shelf { " · facility stock here" }
                    @if let Some(until) = unit.expires_on { " · expires " (words::day(until)) @if past { " (before the case)" } }
                })
                .control(html! { (plan::replan("btn small", html! { "Take it" }, &href)) })
        })
        .collect();
    let title = format!("Another {}", names.item(item).map_or("unit", |item| item.title.as_str()));
    let body = html! {
        @if rows.is_empty() {
            (Empty::new(Icon::Box, "There is no other in your reach").text("Leave it out, and the plan says what is next best."))
        } @else {
            p { "Whether it can be there in time is looked at when you take it." }
            (lines(&rows))
        }
        div class="dlg-foot" { @if visit.hx.partial { (Button::close("Keep the plan")) } @else { (Button::link("Keep the plan", wish.href(id))) } }
    };
    Ok(visit.dialog(title, Room::Events, body))
}
