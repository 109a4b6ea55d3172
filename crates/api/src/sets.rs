//! Sets: containers that follow a bill of materials.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::sets::{AssignSet, Buildable, RefillSet, Refilled, RelieveSet, Relieved, SetCheck};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(check_set, assign_set))
        .routes(routes!(refill_set))
        .routes(routes!(relieve_set))
        .routes(routes!(buildable_sets))
}

/// A container against its bill of materials: complete, short, over, foreign, expiring.
#[utoipa::path(get, path = "/units/{id}/set", tag = "inventory", params(("id" = String, Path, description = "unt_…")), responses(
    (status = 200, body = SetCheck)
))]
async fn check_set(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::sets::check(ctx, tx, id)).await
}

/// Says which bill of materials a container follows.
#[utoipa::path(put, path = "/units/{id}/set", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = AssignSet, responses(
    (status = 200, body = SetCheck)
))]
async fn assign_set(edge: Edge, Path(id): Path<String>, body: Key<AssignSet>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::sets::assign(ctx, tx, id, &value)).await
}

/// Fills a set up from loose units of its custodian, or says what would be put in.
#[utoipa::path(post, path = "/units/{id}/set/refill", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = RefillSet, responses(
    (status = 200, body = Refilled)
))]
async fn refill_set(edge: Edge, Path(id): Path<String>, body: Key<RefillSet>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::sets::fill(ctx, tx, id, &value)).await
}

/// Takes out of a set what is too many.
#[utoipa::path(post, path = "/units/{id}/set/relieve", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = RelieveSet, responses(
    (status = 200, body = Relieved)
))]
async fn relieve_set(edge: Edge, Path(id): Path<String>, body: Key<RelieveSet>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::sets::relieve(ctx, tx, id, &value)).await
}

/// How many sets of a bill could be built of what is free, what is missing for one more, and which there are.
#[utoipa::path(get, path = "/boms/{id}/buildable", tag = "inventory", params(
    ("id" = String, Path, description = "bom_…"),
    ("custodian_id" = Option<String>, Query, description = "Of whose stock: usr_ or org_; everybody in reach when absent")
), responses((status = 200, body = Buildable)))]
async fn buildable_sets(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::sets::buildable(ctx, tx, id, &params)).await
}
