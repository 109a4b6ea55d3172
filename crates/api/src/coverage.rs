//! Cover: who can take a case over, the plan for it, carrying it out and taking it back; needs, tasks.

mod people;

use crate::edge::{Edge, Key, Out, json, rendered};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use axum::http::StatusCode;
use contract::coverage::{
    ApplyCover, CompleteTask, CoverCandidates, CoverPreview, CoverSettings, Coverage, CoveredEvent, DraftCase,
    EventNeeds, PatchCoverSettings, PreviewCover, PutNeeds, RequestCover, Task,
};
use contract::events::{Event, EventReason};
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(cover_candidates))
        .routes(routes!(cover_candidates_for_draft))
        .routes(routes!(preview_cover))
        .routes(routes!(apply_cover))
        .routes(routes!(undo_cover))
        .routes(routes!(cover_history))
        .routes(routes!(request_cover))
        .routes(routes!(event_needs, put_event_needs))
        .routes(routes!(list_tasks))
        .routes(routes!(complete_task))
        .routes(routes!(cancel_task))
        .routes(routes!(cover_settings, patch_cover_settings))
        .merge(people::routes())
}

/// Who could take a case over, best first, with reasons and what each counts.
#[utoipa::path(get, path = "/events/{id}/coverage", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = CoverCandidates)
))]
async fn cover_candidates(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::coverage::candidates(ctx, tx, id)).await
}

/// Who could take a case that is not scheduled yet. Nothing is written.
#[utoipa::path(post, path = "/coverage/candidates", tag = "coverage", request_body = DraftCase, responses(
    (status = 200, body = CoverCandidates)
))]
async fn cover_candidates_for_draft(edge: Edge, body: Key<DraftCase>) -> Out {
    let value = body.value;
    edge.read(move |ctx, tx| app::coverage::candidates_for_draft(ctx, tx, &value)).await
}

/// A plan: where everything comes from when somebody takes the case over. Nothing is written but the plan.
#[utoipa::path(post, path = "/events/{id}/coverage/preview", tag = "coverage", params(("id" = String, Path, description = "evt_…")), request_body = PreviewCover, responses(
    (status = 200, body = CoverPreview)
))]
async fn preview_cover(edge: Edge, Path(id): Path<String>, body: Key<PreviewCover>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    // A preview is not remembered under a key: asked again, it is made anew.
    let made = edge.app.write(&edge.ctx, move |ctx, tx| app::coverage::preview(ctx, tx, id, &value)).await;
    json(StatusCode::OK, &made.map_err(|error| edge.fail(error))?)
}

/// Carries a plan out. When something moved since, 409 `plan_outdated` says what, with the new plan as `current`.
#[utoipa::path(post, path = "/events/{id}/coverage/apply", tag = "coverage", params(("id" = String, Path, description = "evt_…")), request_body = ApplyCover, responses(
    (status = 200, body = CoveredEvent)
))]
async fn apply_cover(edge: Edge, Path(id): Path<String>, body: Key<ApplyCover>) -> Out {
    let id = edge.id(&id)?;
    let key = edge.request_key(&body.bytes);
    let done = edge.app.apply_cover(&edge.ctx, key, id, body.value).await.map_err(|error| edge.fail(error))?;
    Ok(rendered(done))
}

/// Takes the last change of hands back: until a hand-over has been confirmed or the case was submitted.
#[utoipa::path(post, path = "/events/{id}/coverage/undo", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Event)
))]
async fn undo_cover(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::coverage::undo(ctx, tx, id)).await
}

/// How often a case changed hands, the last first.
#[utoipa::path(get, path = "/events/{id}/coverage/history", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Items<Coverage>)
))]
async fn cover_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::coverage::history(ctx, tx, id)).await
}

/// Asks for cover: whoever may find it is told.
#[utoipa::path(post, path = "/events/{id}/coverage/request", tag = "coverage", params(("id" = String, Path, description = "evt_…")), request_body = RequestCover, responses(
    (status = 201, body = Task)
))]
async fn request_cover(edge: Edge, Path(id): Path<String>, body: Key<RequestCover>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::coverage::tasks::request(ctx, tx, id, &value)).await
}

/// What a case needs, and how much of it is there.
#[utoipa::path(get, path = "/events/{id}/needs", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = EventNeeds)
))]
async fn event_needs(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::coverage::needs::get(ctx, tx, id)).await
}

/// Says what an open event needs: from a card, or item by item.
#[utoipa::path(put, path = "/events/{id}/needs", tag = "coverage", params(("id" = String, Path, description = "evt_…")), request_body = PutNeeds, responses(
    (status = 200, body = EventNeeds)
))]
async fn put_event_needs(edge: Edge, Path(id): Path<String>, body: Key<PutNeeds>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::coverage::needs::put(ctx, tx, id, &value)).await
}

/// What has to be done by the viewer and by those for whom they may act, the most urgent first.
#[utoipa::path(get, path = "/tasks", tag = "coverage", params(
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ("sort" = Option<String>, Query, description = "due_at; a minus falls"),
    ("state" = Option<String>, Query, description = "open (the default), done, cancelled"),
    ("event_id" = Option<String>, Query, description = "All tasks of these events"),
), responses((status = 200, body = Page<Task>)))]
async fn list_tasks(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::coverage::tasks::list(ctx, tx, &params)).await
}

/// Says that something is done; a transfer is accepted, what was asked for is sent, what arrived is made known with it.
#[utoipa::path(post, path = "/tasks/{id}/complete", tag = "coverage", params(("id" = String, Path, description = "tsk_…")), request_body = CompleteTask, responses(
    (status = 200, body = Task)
))]
async fn complete_task(edge: Edge, Path(id): Path<String>, body: Key<CompleteTask>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::coverage::tasks::complete(ctx, tx, id, &value)).await
}

/// Says that something will not be done.
#[utoipa::path(post, path = "/tasks/{id}/cancel", tag = "coverage", params(("id" = String, Path, description = "tsk_…")), request_body = EventReason, responses(
    (status = 200, body = Task)
))]
async fn cancel_task(edge: Edge, Path(id): Path<String>, body: Key<EventReason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::coverage::tasks::cancel(ctx, tx, id, &value.reason)).await
}

/// How cover is found.
#[utoipa::path(get, path = "/organization/coverage-settings", tag = "coverage", responses(
    (status = 200, body = CoverSettings)
))]
async fn cover_settings(edge: Edge) -> Out {
    edge.read(app::coverage::settings::get).await
}

/// Changes how cover is found.
#[utoipa::path(patch, path = "/organization/coverage-settings", tag = "coverage", request_body = PatchCoverSettings, responses(
    (status = 200, body = CoverSettings)
))]
async fn patch_cover_settings(edge: Edge, body: Key<PatchCoverSettings>) -> Out {
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &value)).await
}
