//! What those who see an event say to each other about it.

use super::acts;
use super::words;
use crate::edge::{Out, Sent, Visit, post};
use crate::ui::{Button, Field, Flash, Line, csrf_field, lines, section_block};
use app::App;
use axum::Router;
use axum::extract::Path;
use contract::events::{AddEventComment, Event, EventComment};
use domain::id::EventId;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/events/{id}/comments", post(say))
}

/// What was said, and the place to say something.
pub(super) fn section(visit: &Visit, event: &Event, said: &[EventComment]) -> Markup {
    let ctx = &visit.ctx;
    if !app::events::comments::takes_part(ctx) {
        return html! {};
    }
    let one = |it: &EventComment| {
        Line::new(html! { span class="wrap" { (it.text) } })
            .below(html! { (it.by_name) ", " (words::when(ctx, it.at)) })
    };
    let all: Vec<Line> = said.iter().map(one).collect();
    let body = html! {
        @if !all.is_empty() { (lines(&all)) }
        form class="add" method="post" action={ "/events/" (event.head.id) "/comments" } {
            (csrf_field(&visit.csrf()))
            (Field::area("text", "Say something").limit(2000).required().help("Everybody of the team who sees this event reads it. It stands on no paper."))
            (Button::submit("Say it").small())
        }
    };
    section_block("Comments", &[], body)
}

async fn say(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let body = AddEventComment { text: sent.text("text").to_owned() };
    let done = visit.save(&sent, move |ctx, tx| app::events::comments::add(ctx, tx, id, &body)).await;
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done("Said"))
}
