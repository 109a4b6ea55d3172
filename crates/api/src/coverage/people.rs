//! Cover, as far as people go: offers, absences, home places, readiness, proposals.

use crate::edge::{Edge, Key, Out, json, rendered};
use crate::rooms::{Routes, routes};
use app::coverage::{absences, board, offers, places, proposals, readiness};
use axum::extract::Path;
use axum::http::StatusCode;
use contract::coverage::{
    Absence, AbsenceCoverPreview, AbsenceCovered, AcceptProposal, ApplyCover, CoverConflict, CoveredEvent,
    CreateAbsence, Offer, OfferCase, PlaceOnMap, PoolProposal, PreviewAbsenceCover, PutPlaceOnMap, Readiness,
    ReadinessBoard,
};
use contract::events::EventReason;
use contract::people::User;
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(event_offers, offer_event))
        .routes(routes!(my_offers))
        .routes(routes!(offer_conflicts))
        .routes(routes!(accept_offer))
        .routes(routes!(decline_offer))
        .routes(routes!(list_absences, create_absence))
        .routes(routes!(remove_absence))
        .routes(routes!(preview_absence_cover))
        .routes(routes!(apply_absence_cover))
        .routes(routes!(user_home, put_user_home))
        .routes(routes!(location_position, put_location_position))
        .routes(routes!(readiness_board))
        .routes(routes!(event_readiness))
        .routes(routes!(pool_proposals))
        .routes(routes!(accept_proposal))
        .routes(routes!(dismiss_proposal))
}

/// To whom a case was offered, the last first.
#[utoipa::path(get, path = "/events/{id}/coverage/offers", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Items<Offer>)
))]
async fn event_offers(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| offers::list(ctx, tx, id)).await
}

/// Asks several people whether they take a case; the first to accept has it.
#[utoipa::path(post, path = "/events/{id}/coverage/offers", tag = "coverage", params(("id" = String, Path, description = "evt_…")), request_body = OfferCase, responses(
    (status = 201, body = Items<Offer>)
))]
async fn offer_event(edge: Edge, Path(id): Path<String>, body: Key<OfferCase>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| offers::create(ctx, tx, id, &value)).await
}

/// Open offers to whoever asks.
#[utoipa::path(get, path = "/offers", tag = "coverage", responses((status = 200, body = Page<Offer>)))]
async fn my_offers(edge: Edge) -> Out {
    edge.read(offers::mine).await
}

/// What stands in one's way for an offered case.
#[utoipa::path(get, path = "/offers/{id}/conflicts", tag = "coverage", params(("id" = String, Path, description = "ofr_…")), responses(
    (status = 200, body = Items<CoverConflict>)
))]
async fn offer_conflicts(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| offers::conflicts(ctx, tx, id)).await
}

/// Takes an offered case, with everything that has to move for it: the first to do so has it.
#[utoipa::path(post, path = "/offers/{id}/accept", tag = "coverage", params(("id" = String, Path, description = "ofr_…")), responses(
    (status = 200, body = CoveredEvent)
))]
async fn accept_offer(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| offers::accept(ctx, tx, id)).await
}

/// Declines an offered case.
#[utoipa::path(post, path = "/offers/{id}/decline", tag = "coverage", params(("id" = String, Path, description = "ofr_…")), request_body = EventReason, responses(
    (status = 200, body = Offer)
))]
async fn decline_offer(edge: Edge, Path(id): Path<String>, body: Key<EventReason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| offers::decline(ctx, tx, id, &value.reason)).await
}

/// When somebody is away, from 90 days ago on.
#[utoipa::path(get, path = "/users/{id}/absences", tag = "coverage", params(("id" = String, Path, description = "usr_…")), responses(
    (status = 200, body = Items<Absence>)
))]
async fn list_absences(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| absences::list(ctx, tx, id)).await
}

/// Enters days on which somebody is away.
#[utoipa::path(post, path = "/users/{id}/absences", tag = "coverage", params(("id" = String, Path, description = "usr_…")), request_body = CreateAbsence, responses(
    (status = 201, body = Absence)
))]
async fn create_absence(edge: Edge, Path(id): Path<String>, body: Key<CreateAbsence>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| absences::create(ctx, tx, id, &value)).await
}

/// Takes an absence back. Cases that were handed over for it stay where they are.
#[utoipa::path(delete, path = "/users/{id}/absences/{absence_id}", tag = "coverage", params(("id" = String, Path, description = "usr_…"), ("absence_id" = String, Path, description = "abs_…")), responses(
    (status = 200, body = Items<Absence>)
))]
async fn remove_absence(edge: Edge, Path((id, absence)): Path<(String, String)>) -> Out {
    let (id, absence) = (edge.id(&id)?, edge.id(&absence)?);
    edge.write(200, move |ctx, tx| absences::remove(ctx, tx, id, absence)).await
}

/// One plan for all cases of an absence, spread over colleagues. Nothing is written but the plan.
#[utoipa::path(post, path = "/users/{id}/absences/{absence_id}/coverage/preview", tag = "coverage", params(("id" = String, Path, description = "usr_…"), ("absence_id" = String, Path, description = "abs_…")), request_body = PreviewAbsenceCover, responses(
    (status = 200, body = AbsenceCoverPreview)
))]
async fn preview_absence_cover(
    edge: Edge,
    Path((id, absence)): Path<(String, String)>,
    body: Key<PreviewAbsenceCover>,
) -> Out {
    let (id, absence) = (edge.id(&id)?, edge.id(&absence)?);
    let value = body.value;
    let made = edge.app.write(&edge.ctx, move |ctx, tx| absences::preview(ctx, tx, id, absence, &value)).await;
    json(StatusCode::OK, &made.map_err(|error| edge.fail(error))?)
}

/// Carries the plan out, all of it or nothing. When something moved since, 409 `plan_outdated` brings the new plan as `current`.
#[utoipa::path(post, path = "/users/{id}/absences/{absence_id}/coverage/apply", tag = "coverage", params(("id" = String, Path, description = "usr_…"), ("absence_id" = String, Path, description = "abs_…")), request_body = ApplyCover, responses(
    (status = 200, body = AbsenceCovered)
))]
async fn apply_absence_cover(edge: Edge, Path((id, absence)): Path<(String, String)>, body: Key<ApplyCover>) -> Out {
    let (id, absence) = (edge.id(&id)?, edge.id(&absence)?);
    let key = edge.request_key(&body.bytes);
    let done = edge.app.apply_absence_cover(&edge.ctx, key, id, absence, body.value).await;
    Ok(rendered(done.map_err(|error| edge.fail(error))?))
}

/// Where somebody sets out from.
#[utoipa::path(get, path = "/users/{id}/home", tag = "coverage", params(("id" = String, Path, description = "usr_…")), responses(
    (status = 200, body = PlaceOnMap)
))]
async fn user_home(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| places::home(ctx, tx, id)).await
}

/// Says where somebody sets out from: by coordinates, postal code or state. Without any, the shipping address counts.
#[utoipa::path(put, path = "/users/{id}/home", tag = "coverage", params(("id" = String, Path, description = "usr_…")), request_body = PutPlaceOnMap, responses(
    (status = 200, body = PlaceOnMap)
))]
async fn put_user_home(edge: Edge, Path(id): Path<String>, body: Key<PutPlaceOnMap>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| places::put_home(ctx, tx, id, &value)).await
}

/// Where a location is.
#[utoipa::path(get, path = "/locations/{id}/position", tag = "coverage", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = PlaceOnMap)
))]
async fn location_position(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| places::position(ctx, tx, id)).await
}

/// Says where a location is. Without that, its address counts.
#[utoipa::path(put, path = "/locations/{id}/position", tag = "coverage", params(("id" = String, Path, description = "loc_…")), request_body = PutPlaceOnMap, responses(
    (status = 200, body = PlaceOnMap)
))]
async fn put_location_position(edge: Edge, Path(id): Path<String>, body: Key<PutPlaceOnMap>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| places::put_position(ctx, tx, id, &value)).await
}

/// Upcoming cases in reach, the soonest first: ready, at risk or not ready.
#[utoipa::path(get, path = "/readiness", tag = "coverage", params(
    ("days" = Option<i64>, Query, description = "How many days from now on: 14, at most 92"),
    ("state" = Option<String>, Query, description = "ready, at_risk, not_ready: as last looked at"),
    ("representative_id" = Option<String>, Query, description = "Representatives"),
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 100 are given"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
), responses((status = 200, body = ReadinessBoard)))]
async fn readiness_board(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| board::board(ctx, tx, &params)).await
}

/// How one open case stands, and what is missing.
#[utoipa::path(get, path = "/events/{id}/readiness", tag = "coverage", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Readiness)
))]
async fn event_readiness(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| readiness::one(ctx, tx, id)).await
}

/// Pools that would save hand-overs, the most useful first.
#[utoipa::path(get, path = "/coverage/proposals", tag = "coverage", responses(
    (status = 200, body = Page<PoolProposal>)
))]
async fn pool_proposals(edge: Edge) -> Out {
    edge.read(proposals::list).await
}

/// Makes the pool that was proposed.
#[utoipa::path(post, path = "/coverage/proposals/{id}/accept", tag = "coverage", params(("id" = String, Path, description = "prp_…")), request_body = AcceptProposal, responses(
    (status = 201, body = User)
))]
async fn accept_proposal(edge: Edge, Path(id): Path<String>, body: Key<AcceptProposal>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| proposals::accept(ctx, tx, id, &value)).await
}

/// Says that these people need no pool.
#[utoipa::path(post, path = "/coverage/proposals/{id}/dismiss", tag = "coverage", params(("id" = String, Path, description = "prp_…")), responses(
    (status = 200, body = Page<PoolProposal>)
))]
async fn dismiss_proposal(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| proposals::dismiss(ctx, tx, id)).await
}
