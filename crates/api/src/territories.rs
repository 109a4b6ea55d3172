//! Territories: who cares for locations without another rep, by state and postal code.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::directory::territories;
use axum::extract::Path;
use contract::territories::{PreviewTerritory, Territory, TerritoryPreview, WriteTerritory};
use contract::{Done, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_territories, create_territory))
        .routes(routes!(preview_territory))
        .routes(routes!(get_territory, put_territory, delete_territory))
}

/// Territories, in the order in which they are tried.
#[utoipa::path(get, path = "/territories", tag = "directory", params(
    Paging
), responses((status = 200, body = Page<Territory>)))]
async fn list_territories(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| territories::list(ctx, tx, &params)).await
}

/// Makes a territory; locations without another rep follow at once.
#[utoipa::path(post, path = "/territories", tag = "directory", request_body = WriteTerritory, responses(
    (status = 201, body = Territory)
))]
async fn create_territory(edge: Edge, body: Key<WriteTerritory>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| territories::create(ctx, tx, &value)).await
}

/// Which locations would have another rep. Nothing is written.
#[utoipa::path(post, path = "/territories/preview", tag = "directory", request_body = PreviewTerritory, responses(
    (status = 200, body = TerritoryPreview)
))]
async fn preview_territory(edge: Edge, body: Key<PreviewTerritory>) -> Out {
    let value = body.value;
    edge.read(move |ctx, tx| territories::preview(ctx, tx, &value)).await
}

/// One territory.
#[utoipa::path(get, path = "/territories/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Territory)
))]
async fn get_territory(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| territories::get(ctx, tx, id)).await
}

/// Says how a territory is from now on.
#[utoipa::path(put, path = "/territories/{id}", tag = "directory", params(("id" = String, Path)), request_body = WriteTerritory, responses(
    (status = 200, body = Territory)
))]
async fn put_territory(edge: Edge, Path(id): Path<String>, body: Key<WriteTerritory>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| territories::put(ctx, tx, id, &value)).await
}

/// Takes a territory away; its locations fall to the next one that fits.
#[utoipa::path(delete, path = "/territories/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn delete_territory(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| territories::delete(ctx, tx, id)).await
}
