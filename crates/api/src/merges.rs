//! Customers that are one, customers below each other, and changes of a customer that are taken back.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use app::directory::{back, families, merges};
use axum::extract::Path;
use contract::directory::Customer;
use contract::families::Family;
use contract::merges::{Merge, MergeCustomer};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(merge_customer)).routes(routes!(customer_family)).routes(routes!(undo_customer_change))
}

/// Makes a customer a part of another one: locations, events, orders, invoices, notes and tasks go over, issued documents keep
/// the name that was printed, the customer stays as an archived alias with `merged_into_id`. With `dry_run` it only tells what
/// would move. `POST /jobs/{job_id}/undo` takes it back for 30 days.
#[utoipa::path(post, path = "/customers/{id}/merge", tag = "directory", params(("id" = String, Path)), request_body = MergeCustomer, responses(
    (status = 200, body = Merge)
))]
async fn merge_customer(edge: Edge, Path(id): Path<String>, body: Key<MergeCustomer>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    if value.dry_run {
        return edge.read(move |ctx, tx| merges::merge(ctx, tx, id, &value)).await;
    }
    edge.write_body(200, &bytes, move |ctx, tx| merges::merge(ctx, tx, id, &value)).await
}

/// A customer with everybody below it: a tree with each one's own figures, with those of its part of the tree, and what they
/// add up to.
#[utoipa::path(get, path = "/customers/{id}/family", tag = "directory", params(
    ("id" = String, Path),
    ("window" = Option<String>, Query, description = "Over which time figures are summed: all (default), this_year, last_12_months, last_90_days, or custom"),
    ("window_from" = Option<String>, Query, description = "With custom: from this day on"),
    ("window_to" = Option<String>, Query, description = "With custom: until this day")
), responses((status = 200, body = Family)))]
async fn customer_family(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| families::family(ctx, tx, id, &params)).await
}

/// Takes one person's change of a customer back within 30 days: every field that it changed becomes what it was, unless
/// somebody changed it since (409 `changed_since`). Changes of many rows are taken back as a whole, with `POST /jobs/{id}/undo`.
#[utoipa::path(post, path = "/customers/{id}/history/{entry_id}/undo", tag = "directory", params(
    ("id" = String, Path),
    ("entry_id" = String, Path, description = "An entry of GET /customers/{id}/history")
), responses((status = 200, body = Customer)))]
async fn undo_customer_change(edge: Edge, Path((id, entry)): Path<(String, String)>) -> Out {
    let (id, entry) = (edge.id(&id)?, edge.id(&entry)?);
    edge.write(200, move |ctx, tx| back::undo_change(ctx, tx, id, entry)).await
}
