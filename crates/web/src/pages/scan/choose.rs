//! Which case to use units in, which transfer arrived: asked before the scanner opens.

use super::super::{events, stock, words};
use crate::edge::{Out, Visit};
use crate::ui::{Button, Empty, Header, Icon, Line, Room, Status, lines, section_block};
use app::Ctx;
use contract::ListParams;
use contract::events::EventSummary;
use domain::id::UnitId;
use maud::{Markup, Render, html};

/// A line for an event to choose.
fn event_line(ctx: &Ctx, event: &EventSummary) -> Line {
    let when = format!("{}, {}", words::day_short(event.event_on), words::clock_in(&event.time_zone, event.starts_at));
    let place = [event.location_name.as_deref(), event.physician_name.as_deref()];
    let mut below: Vec<&str> = place.into_iter().flatten().collect();
    below.push(&event.representative_name);
    let _ = ctx;
    Line::new(events::title(event).to_owned())
        .lead(when)
        .below(below.join(" · "))
        .side(Status::of(event.status.as_str()))
}

/// Open events near today, to use units in: of those given, or of those that are scanned then.
pub async fn choose_event(visit: &Visit, ids: &[UnitId]) -> Out {
    let mut params = ListParams { limit: Some(60), sort: Some("starts_at".into()), ..ListParams::default() };
    params.filters.insert("status".into(), "open".into());
    params.filters.insert("from".into(), visit.ctx.today().plus(-14).to_string());
    let events = visit.read(move |ctx, tx| app::events::list(ctx, tx, &params)).await?.items;
    let header = Header::new("In which case")
        .crumb(if ids.is_empty() { "Scan" } else { "Stock" }, if ids.is_empty() { "/scan" } else { "/units" })
        .action(Button::link("New case", "/events/new").primary().hotkey("n"));
    let list = html! {
        @if events.is_empty() {
            (Empty::new(Icon::Events, "No open case").text("Plan one, then use units in it.").action(Button::link("New case", "/events/new").primary()))
        } @else if ids.is_empty() {
            @let all: Vec<Line> = events.iter().map(|event| event_line(&visit.ctx, event).href(format!("/scan?mode=use&id={}", event.id))).collect();
            (lines(&all))
        } @else {
            form method="post" {
                (crate::ui::csrf_field(&visit.csrf()))
                (stock::carried(ids))
                @let all: Vec<Line> = events.iter().map(|event| {
                    event_line(&visit.ctx, event).action(Button::submit("Use here").small().action(format!("/events/{}/lines", event.id)))
                }).collect();
                (lines(&all))
            }
        }
    };
    let title = if ids.is_empty() {
        "Open cases".to_owned()
    } else {
        format!("Use {} in", words::count(ids.len() as i64, "unit", "units"))
    };
    let body = html! { (header) div class="content" { (section_block(title, &[], list)) } };
    Ok(visit.page("In which case", Room::Events, body))
}

pub(super) async fn choose_transfer(visit: &Visit) -> Out {
    let mut params = ListParams { limit: Some(60), ..ListParams::default() };
    params.filters.insert("status".into(), "pending".into());
    let pending = visit
        .read(move |ctx, tx| {
            let mut found = Vec::new();
            for row in app::transfers::list(ctx, tx, &params)?.items {
                if app::transfers::choices(ctx, tx, row.id)?.decide {
                    found.push(row);
                }
            }
            Ok(found)
        })
        .await?;
    if let [only] = pending.as_slice() {
        return Ok(visit.leave(&format!("/scan?mode=accept&id={}", only.id)));
    }
    let all: Vec<Line> = pending
        .iter()
        .map(|it| {
            Line::new(format!("{} to {}", it.from_name, it.to_name))
                .below(html! { (words::count(it.units_count, "unit", "units")) @if !it.note.is_empty() { " · " (it.note) } })
                .side(words::when(&visit.ctx, it.created_at))
                .href(format!("/scan?mode=accept&id={}", it.id))
        })
        .collect();
    let list: Markup = if all.is_empty() {
        Empty::new(Icon::Transfers, "Nothing waits to be accepted")
            .text("Units that are sent to you appear here.")
            .action(Button::link("Scan something else", "/scan"))
            .render()
    } else {
        lines(&all)
    };
    let header = Header::new("Which transfer arrived").crumb("Scan", "/scan");
    let body = html! { (header) div class="content" { (section_block("Waiting", &[], list)) } };
    Ok(visit.page("Which transfer arrived", Room::Transfers, body))
}
