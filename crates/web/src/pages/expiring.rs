//! What expires soon: who has it, which case could still use it, and what to send where?

use super::acts;
use super::words;
use crate::edge::{Out, Visit, get};
use crate::ui::{Button, Empty, Field, Header, Icon, Line, Link, Room, Status, Tone, lines, section_block};
use app::App;
use axum::Router;
use contract::ListParams;
use contract::expiring::ExpiringLot;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/expiring", get(index))
}

async fn index(visit: Visit) -> Out {
    let mut params = ListParams::default();
    for key in ["days", "custodian_id"] {
        if let Some(value) = visit.link.get(key).filter(|value| !value.is_empty()) {
            params.filters.insert(key.to_owned(), value.to_owned());
        }
    }
    let all = visit.read(move |ctx, tx| app::expiring::list(ctx, tx, &params)).await?.items;
    let saved: Vec<&ExpiringLot> = all.iter().filter(|it| it.swap.is_some()).collect();
    let days = visit.link.get("days").unwrap_or("90").to_owned();
    let header = Header::new("Expiring").crumb("Stock", "/units").under(
        "Free units by their last day, with the open cases that need such an item by then. What is recalled or on hold is not here.",
    );
    let body = html! {
        (header)
        div class="content" {
            form class="form" method="get" action="/expiring" {
                div class="ask-row" {
                    (Field::number("days", "Within so many days").value(days).optional())
                    div class="form-foot" { (Button::submit("Look").small()) }
                }
            }
            @if !saved.is_empty() {
                (section_block(format!("Could still be used ({})", saved.len()), &[], lines(&saved.iter().map(|it| line(&visit, it)).collect::<Vec<_>>())))
            }
            @if all.is_empty() {
                (Empty::new(Icon::Check, "Nothing expires in that time").text("Whatever comes near its date appears here, the first first."))
            } @else {
                (by_day(&visit, &all))
            }
        }
    };
    Ok(visit.page("Expiring", Room::Stock, body))
}

fn by_day(visit: &Visit, all: &[ExpiringLot]) -> Markup {
    let mut days: Vec<(domain::clock::Day, Vec<&ExpiringLot>)> = Vec::new();
    for it in all {
        match days.last_mut().filter(|(day, _)| *day == it.expires_on) {
            Some((_, group)) => group.push(it),
            None => days.push((it.expires_on, vec![it])),
        }
    }
    html! {
        @for (day, group) in &days {
            (section_block(format!("{} ({})", words::day(*day), words::distance(visit.ctx.today(), *day)), &[], lines(&group.iter().map(|it| line(visit, it)).collect::<Vec<_>>())))
        }
    }
}

fn line(visit: &Visit, it: &ExpiringLot) -> Line {
    let list = Link::new("/units")
        .with("catalog_item_id", it.catalog_item_id)
        .with("custodian_id", acts::custodian_id(it.custodian.id))
        .with("expires_before", it.expires_on.plus(1));
    let lot = if it.lot.is_empty() { String::new() } else { format!(" · lot {}", it.lot) };
    let shelf = if it.facility_stock_location_id.is_some() { " · facility stock" } else { "" };
    let first = it.uses.first().map(|case| {
        let whose = if case.same_holder { "own case".to_owned() } else { format!("case of {}", case.representative_name) };
        html! { " · " a class="link" href={ "/events/" (case.event_id) } { (case.name) } ", " (words::day_short(case.event_on)) ", " (whose) }
    });
    let mut made = Line::new(it.description.clone())
        .href(list.to_string())
        .below(html! { (it.catalog_number) (lot) " · " (it.custodian_name) (shelf) @if let Some(first) = first { (first) } })
        .side(Status::new(Tone::Amber, words::count(it.units, "unit", "units")))
        .side_sub(words::day_short(it.expires_on));
    if let Some(swap) = it.swap.as_ref().filter(|_| visit.may(Permission::SendTransfers)) {
        let mut send = Link::new("/transfers/new").with("to", acts::custodian_id(swap.to.id));
        send = send.with("event_id", swap.event_id);
        for unit in &swap.unit_ids {
            send = send.and("id", unit);
        }
        let label = format!("Send {} to {}", swap.unit_ids.len(), swap.to_name);
        made = made.action(Button::link(label, send.to_string()).small());
    }
    made
}
