//! Par levels of people, of the shelves of locations, of places and of regions.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::Items;
use contract::pars::{ParLevel, ParShortage, PutParLevels};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(user_par_levels, put_user_par_levels))
        .routes(routes!(location_par_levels, put_location_par_levels))
        .routes(routes!(place_par_levels, put_place_par_levels))
        .routes(routes!(region_par_levels, put_region_par_levels))
        .routes(routes!(par_shortages))
}

/// How many of which items an account should have, and has.
#[utoipa::path(get, path = "/users/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "usr_…")), responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn user_par_levels(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::pars::of_user(ctx, tx, id)).await
}

/// Says the par levels of an account anew.
#[utoipa::path(put, path = "/users/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "usr_…")), request_body = PutParLevels, responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn put_user_par_levels(edge: Edge, Path(id): Path<String>, body: Key<PutParLevels>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::pars::put_user(ctx, tx, id, &value)).await
}

/// How many of which items the shelf of a location should have, and has.
#[utoipa::path(get, path = "/locations/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn location_par_levels(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::pars::of_location(ctx, tx, id)).await
}

/// Says the par levels of a location's shelf anew.
#[utoipa::path(put, path = "/locations/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "loc_…")), request_body = PutParLevels, responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn put_location_par_levels(edge: Edge, Path(id): Path<String>, body: Key<PutParLevels>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::pars::put_location(ctx, tx, id, &value)).await
}

/// Who is below a par level, the most missing first: people for whom the viewer acts, regions that
/// one oversees, and for the office every region, the shelves of locations and places.
#[utoipa::path(get, path = "/par-shortages", tag = "inventory", responses((status = 200, body = Items<ParShortage>)))]
async fn par_shortages(edge: Edge) -> Out {
    edge.read(app::pars::shortages).await
}

/// The par levels of a place: against what lies there, and what is on its way there.
#[utoipa::path(get, path = "/places/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "plc_…")), responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn place_par_levels(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::pars::of_place(ctx, tx, id)).await
}

/// Says the par levels of a place anew: what is not named has none. The office.
#[utoipa::path(put, path = "/places/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "plc_…")), request_body = PutParLevels, responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn put_place_par_levels(edge: Edge, Path(id): Path<String>, body: Key<PutParLevels>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::pars::put_place(ctx, tx, id, &value)).await
}

/// The par levels of a region: against what its people have, all together. For the office and whoever oversees it.
#[utoipa::path(get, path = "/regions/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "rgn_…")), responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn region_par_levels(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::pars::of_region(ctx, tx, id)).await
}

/// Says the par levels of a region anew: what is not named has none. The office.
#[utoipa::path(put, path = "/regions/{id}/par-levels", tag = "inventory", params(("id" = String, Path, description = "rgn_…")), request_body = PutParLevels, responses(
    (status = 200, body = Items<ParLevel>)
))]
async fn put_region_par_levels(edge: Edge, Path(id): Path<String>, body: Key<PutParLevels>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::pars::put_region(ctx, tx, id, &value)).await
}
