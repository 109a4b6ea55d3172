//! Packages and pictures of catalog items.

use crate::edge::{Edge, Key, Out, rendered};
use crate::rooms::{Routes, routes};
use app::files::{self, Owner, Said};
use axum::extract::{DefaultBodyLimit, Path, Request};
use contract::catalog::{Package, PutPackages};
use contract::files::File;
use contract::{Items, Page};
use domain::file::FileKind;
use domain::limits;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_packages, put_packages))
        .routes(routes!(list_item_files, add_item_file))
        .layer(DefaultBodyLimit::max(limits::FILE_BYTES + limits::BODY_BYTES))
}

/// The packages in which an item is sold: codes that stand for so many pieces.
#[utoipa::path(get, path = "/catalog-items/{id}/packages", tag = "catalog", params(("id" = String, Path, description = "cat_…")), responses(
    (status = 200, body = Items<Package>)
))]
async fn list_packages(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::packages::list(ctx, tx, id)).await
}

/// Says the packages of an item anew. A scan of such a code means so many pieces.
#[utoipa::path(put, path = "/catalog-items/{id}/packages", tag = "catalog", params(("id" = String, Path, description = "cat_…")), request_body = PutPackages, responses(
    (status = 200, body = Items<Package>)
))]
async fn put_packages(edge: Edge, Path(id): Path<String>, body: Key<PutPackages>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::packages::put(ctx, tx, id, &value)).await
}

/// Pictures of an item, the latest first; at most 200.
#[utoipa::path(get, path = "/catalog-items/{id}/files", tag = "files", params(("id" = String, Path, description = "cat_…")), responses(
    (status = 200, body = Page<File>)
))]
async fn list_item_files(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| files::list(ctx, tx, Owner::Item(id))).await
}

/// Adds a picture to an item: as the body with its name in `name=`, or as the first file of a form. At most 25 MB. It is written
/// anew.
#[utoipa::path(post, path = "/catalog-items/{id}/files", tag = "files", params(
    ("id" = String, Path, description = "cat_…"),
    ("name" = Option<String>, Query, description = "What it is called, when it is sent as the body")
), request_body(content((Vec<u8> = "application/octet-stream"), (Object = "multipart/form-data"))), responses((status = 201, body = File)))]
async fn add_item_file(edge: Edge, Path(id): Path<String>, request: Request) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    app::list::only(&params, &["name"]).map_err(|error| edge.fail(error))?;
    let named = params.filters.get("name").cloned().unwrap_or_default();
    let upload = crate::files::upload(request, named).await.map_err(|error| edge.fail(error))?;
    let key = edge.request_key(&upload.bytes);
    let said = Said { kind: Some(FileKind::Photo), patient_data: false };
    let answer = edge.app.add_item_file(&edge.ctx, id, said, upload, key).await;
    Ok(rendered(answer.map_err(|error| edge.fail(error))?))
}
