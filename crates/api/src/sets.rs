//! Sets and packs: containers that follow a bill of materials, and units that are sold as one.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::Items;
use contract::sets::{AssignSet, Buildable, MakePacks, RefillSet, Refilled, RelieveSet, Relieved, SetCheck, TakeApart};
use contract::units::Unit;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(check_set, assign_set))
        .routes(routes!(refill_set))
        .routes(routes!(relieve_set))
        .routes(routes!(buildable_sets))
        .routes(routes!(make_packs))
        .routes(routes!(take_pack_apart))
}

/// A container or a pack against its bill of materials: complete, short, over, foreign, expiring.
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

/// Makes packs of loose units: what lies in them is sold, sent and used as one.
#[utoipa::path(post, path = "/boms/{id}/packs", tag = "inventory", params(("id" = String, Path, description = "bom_…")), request_body = MakePacks, responses(
    (status = 201, body = Items<Unit>)
))]
async fn make_packs(edge: Edge, Path(id): Path<String>, body: Key<MakePacks>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(201, &body.bytes, move |ctx, tx| app::packs::make(ctx, tx, id, &value)).await
}

/// Takes a pack apart: gives what lay in it, loose again with the same custodian.
#[utoipa::path(post, path = "/units/{id}/take-apart", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = TakeApart, responses(
    (status = 200, body = Items<Unit>)
))]
async fn take_pack_apart(edge: Edge, Path(id): Path<String>, body: Key<TakeApart>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::packs::take_apart(ctx, tx, id, &value)).await
}
