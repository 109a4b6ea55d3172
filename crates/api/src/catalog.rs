//! The catalog: manufacturers, product lines, items.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::catalog;
use axum::extract::Path;
use contract::catalog::{
    CatalogItem, CreateCatalogItem, CreateManufacturer, CreateProductLine, Manufacturer, PatchCatalogItem,
    PatchManufacturer, ProductLine,
};
use contract::directory::PatchNamed;
use contract::{HistoryEntry, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_manufacturers, create_manufacturer))
        .routes(routes!(get_manufacturer, patch_manufacturer))
        .routes(routes!(list_product_lines, create_product_line))
        .routes(routes!(get_product_line, patch_product_line))
        .routes(routes!(list_catalog_items, create_catalog_item))
        .routes(routes!(get_catalog_item, patch_catalog_item))
        .routes(routes!(catalog_item_history))
}

/// Manufacturers.
#[utoipa::path(get, path = "/manufacturers", tag = "catalog", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Manufacturer ids"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<Manufacturer>)))]
async fn list_manufacturers(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| catalog::manufacturers(ctx, tx, &params)).await
}

/// Makes a manufacturer.
#[utoipa::path(post, path = "/manufacturers", tag = "catalog", request_body = CreateManufacturer, responses(
    (status = 201, body = Manufacturer)
))]
async fn create_manufacturer(edge: Edge, body: Key<CreateManufacturer>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| catalog::create_manufacturer(ctx, tx, value.clone())).await
}

/// One manufacturer.
#[utoipa::path(get, path = "/manufacturers/{id}", tag = "catalog", params(("id" = String, Path)), responses(
    (status = 200, body = Manufacturer)
))]
async fn get_manufacturer(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| catalog::manufacturer(ctx, tx, id)).await
}

/// Changes a manufacturer.
#[utoipa::path(patch, path = "/manufacturers/{id}", tag = "catalog", params(("id" = String, Path)), request_body = PatchManufacturer, responses(
    (status = 200, body = Manufacturer)
))]
async fn patch_manufacturer(edge: Edge, Path(id): Path<String>, body: Key<PatchManufacturer>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| catalog::patch_manufacturer(ctx, tx, id, value.clone())).await
}

/// Product lines.
#[utoipa::path(get, path = "/product-lines", tag = "catalog", params(
    Paging,
    ("sort" = Option<String>, Query, description = "name; a minus falls. Default: name"),
    ("q" = Option<String>, Query, description = "The beginnings of words of the name"),
    ("id" = Option<String>, Query, description = "Product line ids"),
    ("manufacturer_id" = Option<String>, Query, description = "Of these manufacturers"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<ProductLine>)))]
async fn list_product_lines(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| catalog::product_lines(ctx, tx, &params)).await
}

/// Makes a product line.
#[utoipa::path(post, path = "/product-lines", tag = "catalog", request_body = CreateProductLine, responses(
    (status = 201, body = ProductLine)
))]
async fn create_product_line(edge: Edge, body: Key<CreateProductLine>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| catalog::create_product_line(ctx, tx, value.clone())).await
}

/// One product line.
#[utoipa::path(get, path = "/product-lines/{id}", tag = "catalog", params(("id" = String, Path)), responses(
    (status = 200, body = ProductLine)
))]
async fn get_product_line(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| catalog::product_line(ctx, tx, id)).await
}

/// Changes a product line.
#[utoipa::path(patch, path = "/product-lines/{id}", tag = "catalog", params(("id" = String, Path)), request_body = PatchNamed, responses(
    (status = 200, body = ProductLine)
))]
async fn patch_product_line(edge: Edge, Path(id): Path<String>, body: Key<PatchNamed>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| catalog::patch_product_line(ctx, tx, id, value.clone())).await
}

/// Catalog items.
#[utoipa::path(get, path = "/catalog-items", tag = "catalog", params(
    Paging,
    ("sort" = Option<String>, Query, description = "number, description, created_at; a minus falls. Default: number"),
    ("q" = Option<String>, Query, description = "The beginnings of words of number, description, manufacturer, product lines, or of an identifier"),
    ("id" = Option<String>, Query, description = "Item ids"),
    ("manufacturer_id" = Option<String>, Query, description = "Of these manufacturers"),
    ("product_line_id" = Option<String>, Query, description = "Of these product lines"),
    ("number" = Option<String>, Query, description = "Catalog numbers"),
    ("udi_di" = Option<String>, Query, description = "Device identifiers"),
    ("gtin" = Option<String>, Query, description = "GTINs"),
    ("kind" = Option<String>, Query, description = "device, container, pack"),
    ("reusable" = Option<String>, Query, description = "Reusable, or single use"),
    ("country" = Option<String>, Query, description = "What may be used in this country, by its ISO 3166 code; any: in every country"),
    ("archived" = Option<String>, Query, description = "true, false (default) or all")
), responses((status = 200, body = Page<CatalogItem>)))]
async fn list_catalog_items(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| catalog::items(ctx, tx, &params)).await
}

/// Makes a catalog item.
#[utoipa::path(post, path = "/catalog-items", tag = "catalog", request_body = CreateCatalogItem, responses(
    (status = 201, body = CatalogItem)
))]
async fn create_catalog_item(edge: Edge, body: Key<CreateCatalogItem>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| catalog::create_item(ctx, tx, value.clone())).await
}

/// One catalog item.
#[utoipa::path(get, path = "/catalog-items/{id}", tag = "catalog", params(("id" = String, Path)), responses(
    (status = 200, body = CatalogItem)
))]
async fn get_catalog_item(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| catalog::item(ctx, tx, id)).await
}

/// Changes a catalog item.
#[utoipa::path(patch, path = "/catalog-items/{id}", tag = "catalog", params(("id" = String, Path)), request_body = PatchCatalogItem, responses(
    (status = 200, body = CatalogItem)
))]
async fn patch_catalog_item(edge: Edge, Path(id): Path<String>, body: Key<PatchCatalogItem>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| catalog::patch_item(ctx, tx, id, value.clone())).await
}

/// What happened to a catalog item, latest first.
#[utoipa::path(get, path = "/catalog-items/{id}/history", tag = "catalog", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn catalog_item_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| catalog::item_history(ctx, tx, id, past)).await
}
