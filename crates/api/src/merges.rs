//! Two customers that are one.

use crate::edge::{Edge, Key, Out};
use app::App;
use app::directory::merges;
use axum::extract::Path;
use contract::Problem;
use contract::merges::{Merge, MergeCustomer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(merge_customer))
}

/// Makes a customer a part of another one: locations, events, orders, invoices, notes and tasks go over, issued documents keep
/// the name that was printed, the customer stays as an archived alias with `merged_into_id`. With `dry_run` it only tells what
/// would move. `POST /jobs/{job_id}/undo` takes it back for 30 days.
#[utoipa::path(post, path = "/customers/{id}/merge", tag = "directory", params(("id" = String, Path)), request_body = MergeCustomer, responses(
    (status = 200, body = Merge),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn merge_customer(edge: Edge, Path(id): Path<String>, body: Key<MergeCustomer>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    if value.dry_run {
        return edge.read(move |ctx, tx| merges::merge(ctx, tx, id, &value)).await;
    }
    edge.write_body(200, &bytes, move |ctx, tx| merges::merge(ctx, tx, id, &value)).await
}
