//! What was typed into the form of an event and is not saved yet: kept while somebody types, offered when they come back.

use super::words;
use crate::edge::{Fail, Out, Sent, Visit, post};
use crate::ui::{Banner, Button, Flash, banner, csrf_field};
use app::App;
use app::events::unfinished::{self, Unfinished};
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::id::EventId;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/events/new/keep", post(keep_new))
        .route("/events/new/forget", post(forget_new))
        .route("/events/{id}/edit/keep", post(keep_edit))
        .route("/events/{id}/edit/forget", post(forget_edit))
}

/// What a form has besides what was typed.
const NOT_TYPED: &[&str] = &["csrf", "version", "take", "quiet"];
/// Where nothing of these was filled in, nothing was typed.
const TYPED: &[&str] = &[
    "location_id_text",
    "physician_id_text",
    "procedure_id_text",
    "starts_at",
    "name",
    "patient_reference",
    "note",
    "print_note",
];

/// The address of the form of a new event, or of the event that is edited.
pub fn form_of(event: Option<EventId>) -> String {
    event.map_or_else(|| "/events/new".to_owned(), |id| format!("/events/{id}/edit"))
}

fn typed(sent: &Sent) -> Vec<(String, String)> {
    let all = sent.pairs().filter(|(name, _)| !NOT_TYPED.contains(name));
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn keep(visit: Visit, event: Option<EventId>, sent: Sent) -> Out {
    let fields = typed(&sent);
    let nothing = event.is_none() && TYPED.iter().all(|name| sent.text(name).is_empty());
    let done = visit.app.write(&visit.ctx, move |ctx, tx| {
        if nothing {
            return unfinished::forget(ctx, tx, event);
        }
        unfinished::keep(ctx, tx, event, &fields).map(drop)
    });
    done.await?;
    if sent.on("quiet") {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let back = event.map_or_else(|| "/events".to_owned(), |id| format!("/events/{id}"));
    Ok(visit.go(&back, Flash::done("Kept as a draft. The form offers it when you come back.")))
}

async fn forget(visit: Visit, event: Option<EventId>) -> Out {
    visit.app.write(&visit.ctx, move |ctx, tx| unfinished::forget(ctx, tx, event)).await?;
    Ok(visit.go(&form_of(event), Flash::done("The draft is thrown away")))
}

async fn keep_new(visit: Visit, sent: Sent) -> Out {
    keep(visit, None, sent).await
}

async fn forget_new(visit: Visit) -> Out {
    forget(visit, None).await
}

async fn keep_edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id: EventId = visit.id(&id)?;
    keep(visit, Some(id), sent).await
}

async fn forget_edit(visit: Visit, Path(id): Path<String>) -> Out {
    let id: EventId = visit.id(&id)?;
    forget(visit, Some(id)).await
}

/// What was typed and not saved, where the address asks to go on with it; else that it is there.
pub async fn of(visit: &Visit, event: Option<EventId>) -> Result<(Option<Sent>, Option<Markup>), Fail> {
    let Some(found) = visit.read(move |ctx, tx| unfinished::get(ctx, tx, event)).await? else {
        return Ok((None, None));
    };
    let offered = offer(visit, event, &found);
    if visit.link.get("draft").is_some() {
        let told = found.changed_since.then(changed);
        return Ok((Some(Sent::of(found.fields)), told));
    }
    Ok((None, Some(offered)))
}

fn changed() -> Markup {
    let text = "Somebody changed this event since you typed this. Look at every field before you save.";
    banner(Banner::Warning, text, None)
}

fn offer(visit: &Visit, event: Option<EventId>, found: &Unfinished) -> Markup {
    let form = form_of(event);
    let text = html! {
        b { "You have a draft" }
        "From " (words::when(&visit.ctx, found.kept_at)) ", and not saved."
        form method="post" action={ (form) "/forget" } class="row" {
            (csrf_field(&visit.csrf()))
            (Button::link("Go on with the draft", format!("{form}?draft=1")).small())
            (Button::submit("Throw it away").small().quiet())
        }
    };
    banner(Banner::Info, text, None)
}
