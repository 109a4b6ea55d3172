//! From a unit to the event in which it is used: the events around today that may take it.

use super::common::press_with;
use super::events;
use crate::edge::{Out, Visit, get};
use crate::ui::{Button, Line, Room, lines};
use app::App;
use axum::Router;
use axum::extract::Path;
use domain::id::UnitId;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/units/{id}/use", get(page))
}

async fn page(visit: Visit, Path(id): Path<String>) -> Out {
    let id: UnitId = visit.id(&id)?;
    visit.ctx.require(Permission::ManageEvents)?;
    let found = visit.read(move |ctx, tx| app::events::using::events(ctx, tx, id)).await?.items;
    let unit = id.to_string();
    let rows: Vec<Line> = found
        .iter()
        .map(|event| {
            let to = format!("/events/{}/lines", event.id);
            let mark = press_with(&visit, to, &[("id", &unit)], Button::submit("Mark it here").small().primary());
            let place = event.location_name.as_deref().unwrap_or("no location");
            Line::new(events::title(event).to_owned())
                .below(html! { (events::when(event)) " · " (place) " · " (event.representative_name) })
                .href(format!("/events/{}", event.id))
                .control(mark)
        })
        .collect();
    let body: Markup = html! {
        @if rows.is_empty() {
            p { "No open event of these weeks may take this unit: it must be one of whoever answers for it, or shares it, and not be on the event already." }
            p { (Button::link("New event", "/events/new")) }
        } @else {
            p class="sub" { "Open events of these weeks that may take it. What happened to it is said there." }
            (lines(&rows))
        }
    };
    Ok(visit.dialog("Use it in an event", Room::Stock, body))
}
