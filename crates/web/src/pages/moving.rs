//! Another time for an event: what follows is read before it is done.

use super::{acts, events, words};
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Banner, Button, Field, FieldError, Flash, Form, Room, banner};
use app::App;
use app::events::moving::Moved;
use axum::Router;
use axum::extract::Path;
use contract::events::{Event, PatchEvent};
use domain::clock::{Day, Instant};
use domain::id::EventId;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/move", get(ask).merge(post(save))).route("/events/{id}/move/back", post(back))
}

/// The time that is asked for: typed, or another day at the same hour, or as it is.
fn wanted(visit: &Visit, event: &Event) -> app::Result<Instant> {
    let head = &event.head;
    if let Some(text) = visit.link.get("starts_at").filter(|text| !text.is_empty()) {
        return events::moment("starts_at", text, &head.time_zone);
    }
    let clock = head.starts_at.local(&head.time_zone);
    match visit.link.get("on").and_then(Day::parse) {
        Some(day) => events::moment("starts_at", &format!("{day}T{}", &clock[11..16]), &head.time_zone),
        None => Ok(head.starts_at),
    }
}

async fn ask(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    match wanted(&visit, &event) {
        Ok(starts_at) => {
            let moved = visit.read(move |ctx, tx| app::events::moving::preview(ctx, tx, id, starts_at)).await?;
            Ok(show(&visit, &event, starts_at, Some(&moved), &[]))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["starts_at"]);
            Ok(show(&visit, &event, event.head.starts_at, None, &errors))
        }
    }
}

fn show(
    visit: &Visit,
    event: &Event,
    starts_at: Instant,
    moved: Option<&Moved>,
    errors: &[FieldError],
) -> axum::response::Response {
    let head = &event.head;
    let clock = starts_at.local(&head.time_zone).replace(' ', "T");
    let at = format!("/events/{}/move", head.id);
    let fields = html! {
        input type="hidden" name="version" value=(head.version);
        p { b { (head.name) } }
        p class="sub" { (head.representative_name) " · now " (words::day_short(head.event_on)) ", " (words::clock_in(&head.time_zone, head.starts_at)) }
        (Field::datetime("starts_at", "Starts").value(clock.get(..16).unwrap_or(&clock).to_owned()).errors(errors).required().help("In the time of the location. The event stays as long as it is."))
        @if let Some(moved) = moved { (follows(moved)) }
    };
    let title = match moved {
        Some(moved) if moved.starts_at != head.starts_at => {
            format!("Move to {}, {}?", words::day_short(moved.day), words::clock_in(&head.time_zone, moved.starts_at))
        }
        _ => "Move to another time".to_owned(),
    };
    let form = Form::post(at, visit.csrf()).errors(errors).body(fields).button(Button::submit("Move").primary());
    visit.dialog(title, Room::Events, html! { (form) })
}

/// What would follow, worst first; that nothing would is said too.
fn follows(moved: &Moved) -> Markup {
    if moved.starts_at == moved.event.starts_at {
        return html! {};
    }
    html! {
        @if !moved.expired.is_empty() {
            (banner(Banner::Error, html! {
                b { (words::count(moved.expired.len() as i64, "unit is past its date that day", "units are past their date that day")) }
                ul { @for unit in moved.expired.iter().take(6) { li { (unit) } } }
                @if moved.expired.len() > 6 { p { "and " (moved.expired.len() - 6) " more" } }
            }, None))
        }
        @if !moved.clashes.is_empty() {
            (banner(Banner::Warning, html! {
                b { (words::count(moved.clashes.len() as i64, "clash", "clashes")) }
                ul { @for clash in moved.clashes.iter().take(6) { li { (clash) } } }
            }, None))
        }
        @if moved.clashes.is_empty() && moved.expired.is_empty() {
            p class="sub" { "Nobody and nothing is wanted elsewhere at that time." }
        }
        @if moved.reprices { p class="help" { "Agreed prices are looked up anew for the new day; prices that somebody typed stay." } }
    }
}

async fn save(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    let starts = events::moment("starts_at", sent.text("starts_at"), &event.head.time_zone);
    let done = match starts {
        Ok(starts_at) => visit.save(&sent, move |ctx, tx| app::events::plan::patch(ctx, tx, id, to(starts_at))).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => {
            let was = event.head.starts_at.0;
            let flash = Flash::done("Moved").undo(format!("/events/{id}/move/back?to={was}"));
            Ok(visit.back(&format!("/events/{id}"), flash))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["starts_at"]);
            Ok(show(&visit, &event, event.head.starts_at, None, &errors))
        }
    }
}

fn to(starts_at: Instant) -> PatchEvent {
    PatchEvent { starts_at: Some(starts_at), ..PatchEvent::default() }
}

/// Undo of a move: back to the time before.
async fn back(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    let page = format!("/events/{id}");
    let Some(micros) = visit.link.get("to").and_then(|text| text.parse().ok()) else {
        return Err(crate::edge::Fail::not_found());
    };
    match visit.write(move |ctx, tx| app::events::plan::patch(ctx, tx, id, to(Instant(micros)))).await {
        Ok(_) => Ok(visit.back(&page, Flash::done("Back at its old time"))),
        Err(app::Error::Conflict { message, .. } | app::Error::Forbidden { message, .. }) => {
            Ok(visit.go(&page, Flash::failed(message)))
        }
        Err(error) => Err(error.into()),
    }
}
