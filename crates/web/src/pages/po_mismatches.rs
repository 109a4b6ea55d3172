//! Purchase orders over another amount than what they are for.

use super::words;
use crate::edge::{Out, Visit, get};
use crate::ui::{Button, Cell, Column, Empty, Header, Icon, Room, Row, Table, Tone};
use app::App;
use app::billing::mismatches;
use axum::Router;
use contract::ListParams;
use contract::documents::PoMismatch;
use maud::html;

/// Where the list stands.
pub const MISMATCHES: &str = "/purchase-orders/mismatches";

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route(MISMATCHES, get(page))
}

fn row(visit: &Visit, it: &PoMismatch) -> Row {
    let ctx = &visit.ctx;
    let over = match &it.manufacturer_name {
        Some(maker) => format!("{} · {maker}", it.event_number),
        None => it.event_number.clone(),
    };
    let sign = if it.difference_minor > 0 { "+" } else { "" };
    let difference = Cell::text(format!("{sign}{}", words::amount(ctx, it.difference_minor)));
    let cells = vec![
        Cell::two(it.number.clone(), words::exact(ctx, it.received_at)),
        Cell::two(it.event_name.clone(), over),
        it.location_name.clone().map_or_else(Cell::none, Cell::text),
        Cell::text(it.representative_name.clone()),
        Cell::text(words::amount(ctx, it.amount_minor)),
        Cell::text(words::amount(ctx, it.expected_minor)),
        if it.difference_minor < 0 { difference.tone(Tone::Red) } else { difference.tone(Tone::Amber) },
    ];
    Row::new(it.id.to_string(), cells).href(format!("/events/{}", it.event_id)).name(it.number.clone())
}

async fn page(visit: Visit) -> Out {
    let mut params = ListParams { limit: Some(100), count: true, ..ListParams::default() };
    params.cursor = visit.link.get("cursor").map(str::to_owned);
    let page = visit.read(move |ctx, tx| mismatches::list(ctx, tx, &params)).await?;
    let currency = &visit.ctx.organization.currency;
    let columns = vec![
        Column::new("number", "Purchase order"),
        Column::new("event", "Event").width(260).phone_sub(),
        Column::new("place", "Facility").width(180).phone_hidden(),
        Column::new("rep", "Representative").width(150).phone_hidden(),
        Column::new("amount", format!("Ordered, {currency}")).number().width(130).phone_hidden(),
        Column::new("expected", format!("Used, {currency}")).number().width(130).phone_hidden(),
        Column::new("difference", "Difference").number().width(120).phone_side(),
    ];
    let rows: Vec<Row> = page.items.iter().map(|it| row(&visit, it)).collect();
    let count = page.total.unwrap_or_default();
    let header = Header::new("Purchase orders that do not fit")
        .crumb("Events", "/events")
        .under(html! { (words::count(count, "order is", "orders are")) " over another amount than what was used" });
    let body = html! {
        (header)
        div class="content" {
            @if rows.is_empty() {
                (Empty::new(Icon::Check, "All of them fit").text("Purchase orders that say another amount than what was used wait here, until their event is paid."))
            } @else {
                (Table::new("mismatches", "Purchase orders that do not fit", columns).rows(rows).inside())
                @if let Some(cursor) = &page.next_cursor { p { (Button::link("Further ones", format!("{MISMATCHES}?cursor={cursor}"))) } }
            }
        }
    };
    Ok(visit.page("Purchase orders that do not fit", Room::Events, body))
}
