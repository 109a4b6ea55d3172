//! Named pools: whose stock several people may use, and until when.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::Page;
use contract::pools::{CreatePool, PatchPool, Pool};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(list_pools, create_pool)).routes(routes!(get_pool, patch_pool))
}

/// Pools in sight, by name: the office sees all, others those that they are in.
#[utoipa::path(get, path = "/pools", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("archived" = Option<bool>, Query, description = "Those that have ended")
), responses((status = 200, body = Page<Pool>)))]
async fn list_pools(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::pools::list(ctx, tx, &params)).await
}

/// Makes a pool: those who may use it reach the stock that is in it at once.
#[utoipa::path(post, path = "/pools", tag = "inventory", request_body = CreatePool, responses(
    (status = 201, body = Pool)
))]
async fn create_pool(edge: Edge, body: Key<CreatePool>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::pools::create(ctx, tx, &value)).await
}

/// One pool.
#[utoipa::path(get, path = "/pools/{id}", tag = "inventory", params(("id" = String, Path, description = "pol_…")), responses(
    (status = 200, body = Pool)
))]
async fn get_pool(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::pools::get(ctx, tx, id)).await
}

/// Changes a pool, or ends it.
#[utoipa::path(patch, path = "/pools/{id}", tag = "inventory", params(("id" = String, Path, description = "pol_…")), request_body = PatchPool, responses(
    (status = 200, body = Pool)
))]
async fn patch_pool(edge: Edge, Path(id): Path<String>, body: Key<PatchPool>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::pools::patch(ctx, tx, id, &value)).await
}
