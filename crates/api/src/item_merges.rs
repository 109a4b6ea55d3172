//! Items of the catalog that are one: which are likely, and merging them.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::{item_merges, item_twins};
use axum::extract::Path;
use contract::Page;
use contract::item_merges::{ItemMerge, ItemTwins, MergeItem, PutTwinsApart, TwinsApart};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(item_duplicates)).routes(routes!(merge_item)).routes(routes!(put_item_apart))
}

/// Items in use of one manufacturer that are likely one: the same catalog number but for case and punctuation, GTINs that differ in
/// the packaging level alone, or nearly the same name with the same sizes. For whoever may change the catalog. A page may hold
/// fewer than `limit` pairs, or none, and still name a next one.
#[utoipa::path(get, path = "/catalog-items/duplicates", tag = "directory", params(
    Paging,
    ("manufacturer_id" = Option<String>, Query, description = "Of these manufacturers"),
    ("apart" = Option<bool>, Query, description = "Those of which somebody said that they are two, instead")
), responses((status = 200, body = Page<ItemTwins>)))]
async fn item_duplicates(edge: Edge) -> Out {
    edge.read_list(item_twins::list).await
}

/// Says that an item is not the same as another one of its manufacturer, so that the two are no longer listed as likely one; or
/// takes that back.
#[utoipa::path(put, path = "/catalog-items/{id}/not-the-same", tag = "directory", params(("id" = String, Path, description = "cat_…")), request_body = PutTwinsApart, responses(
    (status = 200, body = TwinsApart)
))]
async fn put_item_apart(edge: Edge, Path(id): Path<String>, body: Key<PutTwinsApart>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| item_twins::set_apart(ctx, tx, id, &value)).await
}

/// Makes an item a part of another one of its manufacturer: units, identifiers, prices, bills of materials, preference cards, par
/// levels, requests and whatever else names it go over; the item stays as an archived alias with `merged_into_id`. Rows of which
/// both have one are joined, and of two prices of one customer or list that of the survivor counts. With `dry_run` it only tells
/// what would move. `POST /jobs/{job_id}/undo` takes it back for 30 days.
#[utoipa::path(post, path = "/catalog-items/{id}/merge", tag = "directory", params(("id" = String, Path, description = "cat_…")), request_body = MergeItem, responses(
    (status = 200, body = ItemMerge)
))]
async fn merge_item(edge: Edge, Path(id): Path<String>, body: Key<MergeItem>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    if value.dry_run {
        return edge.read(move |ctx, tx| item_merges::merge(ctx, tx, id, &value)).await;
    }
    edge.write_body(200, &bytes, move |ctx, tx| item_merges::merge(ctx, tx, id, &value)).await
}
