//! Carrying a plan out, taking it back, and asking for cover where one may no more than ask.

use super::screen;
use super::wish::Wish;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::pages::acts::{self, Ask};
use crate::pages::words;
use crate::ui::{Field, FieldError, Flash, Room};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::coverage::{ApplyCover, RequestCover};
use contract::events::Event;
use domain::id::EventId;
use maud::{Render, html};
use serde_json::Value;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/{id}/cover/undo", post(undo))
        .route("/events/{id}/cover/request", get(request_page).merge(post(request)))
}

/// What is said after a case changed hands.
fn outcome(done: &Value) -> String {
    let name = done["representative_name"].as_str().unwrap_or("Somebody else");
    let tasks = done["tasks"].as_array().map_or(0, Vec::len) as i64;
    match tasks {
        0 => format!("{name} has the case. Nothing is left to do."),
        n => format!(
            "{name} has the case. {} to do, with deadlines.",
            words::count(n, "thing is left", "things are left")
        ),
    }
}

/// Carries the plan out that was looked at.
pub async fn give(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let wish = Wish::sent(&sent);
    let Some(preview_token) = sent.id("preview_token")? else { return Err(Fail::not_found()) };
    let body = ApplyCover { preview_token, reason: sent.text("reason").to_owned() };
    match visit.app.apply_cover(&visit.ctx, sent.key(), id, body).await {
        Ok(answer) => {
            let done: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let flash = Flash::done(outcome(&done)).undo(format!("/events/{id}/cover/undo"));
            Ok(visit.go(&format!("/events/{id}"), flash))
        }
        // What moved, and the plan as it is now: the same page again, ready to be confirmed.
        Err(
            Error::Outdated { message, .. } | Error::Conflict { code: "plan_outdated" | "preview_expired", message },
        ) => screen::screen(&visit, id, &wish, Some(&message)).await,
        Err(Error::NotFound(Some(field))) if field == "preview_token" => {
            let message = "This plan was carried out or replaced already.";
            screen::screen(&visit, id, &wish, Some(message)).await
        }
        Err(error) => Ok(visit.go(&format!("/events/{id}"), Flash::failed(acts::sentence(&visit, error)?))),
    }
}

async fn undo(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| app::coverage::undo(ctx, tx, id)).await;
    let said = match &done {
        Ok(event) => format!(
            "Taken back: {} has the case again",
            event["representative_name"].as_str().unwrap_or("the one before")
        ),
        Err(_) => String::new(),
    };
    acts::told(&visit, done, &format!("/events/{id}"), Flash::done(said))
}

// ---- asking for cover -----------------------------------------------------------------------------------------------

fn ask(visit: &Visit, event: &Event, sent: &Sent, errors: &[FieldError]) -> Response {
    Ask {
        title: "Ask for cover".into(),
        text: html! { p { "Your distributor, your regional manager and the office are told that somebody else has to take " strong { (event.head.name) } ". Until then it stays with you." } },
        room: Room::Events,
        action: format!("/events/{}/cover/request", event.head.id),
        fields: Field::area("reason", "Why").value(sent.text("reason").to_owned()).optional().limit(500).errors(errors).autofocus()
            .help("Told to whoever looks for somebody.").render(),
        verb: "Ask for cover".into(),
        danger: false,
        back: format!("/events/{}", event.head.id),
        errors,
    }
    .show(visit)
}

async fn request_page(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
    Ok(ask(&visit, &event, &sent, &[]))
}

async fn request(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    let body = RequestCover { reason: sent.text("reason").to_owned() };
    let done = visit.save(&sent, move |ctx, tx| app::coverage::tasks::request(ctx, tx, id, &body)).await;
    match done {
        Ok(_) => {
            Ok(visit.go(&format!("/events/{id}"), Flash::done("Asked for cover: whoever can find somebody was told")))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["reason"]);
            let event = visit.read(move |ctx, tx| app::events::get(ctx, tx, id)).await?;
            Ok(ask(&visit, &event, &sent, &errors))
        }
    }
}
