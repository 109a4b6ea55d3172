//! Bulk changes of customers, locations and units, and the jobs that carry them out.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::directory::bulk::{Entity, jobs};
use axum::extract::Path;
use axum::http::StatusCode;
use contract::bulk::{ApplyBulk, BulkPreview, Job, JobRow, PreviewBulk};
use contract::{Page, Reason};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(preview_customers))
        .routes(routes!(apply_customers))
        .routes(routes!(preview_locations))
        .routes(routes!(apply_locations))
        .routes(routes!(preview_units))
        .routes(routes!(apply_units))
        .routes(routes!(preview_sales_orders))
        .routes(routes!(apply_sales_orders))
        .routes(routes!(list_jobs))
        .routes(routes!(get_job))
        .routes(routes!(list_job_rows))
        .routes(routes!(undo_job))
        .routes(routes!(cancel_job))
        .routes(routes!(approve_job))
        .routes(routes!(decline_job))
}

async fn preview(edge: Edge, entity: Entity, ask: PreviewBulk) -> Out {
    let preview = edge.app.preview_bulk(&edge.ctx, entity, ask).await.map_err(|error| edge.fail(error))?;
    crate::edge::json(StatusCode::OK, &preview)
}

/// What a bulk change of customers would do: counts, from which values to which, what follows, the first 50 rows. Nothing is
/// written; the selection is frozen for 30 minutes.
#[utoipa::path(post, path = "/customers/bulk/preview", tag = "bulk", request_body = PreviewBulk, responses(
    (status = 200, body = BulkPreview)
))]
async fn preview_customers(edge: Edge, body: Key<PreviewBulk>) -> Out {
    preview(edge, Entity::Customers, body.value).await
}

/// Applies a preview: up to 200 rows at once, more as a job that goes on by itself. The same preview gives the same job again.
#[utoipa::path(post, path = "/customers/bulk/apply", tag = "bulk", request_body = ApplyBulk, responses(
    (status = 200, body = Job)
))]
async fn apply_customers(edge: Edge, body: Key<ApplyBulk>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| jobs::apply(ctx, tx, Entity::Customers, &value)).await
}

/// What a bulk change of locations would do.
#[utoipa::path(post, path = "/locations/bulk/preview", tag = "bulk", request_body = PreviewBulk, responses(
    (status = 200, body = BulkPreview)
))]
async fn preview_locations(edge: Edge, body: Key<PreviewBulk>) -> Out {
    preview(edge, Entity::Locations, body.value).await
}

/// Applies a preview of locations.
#[utoipa::path(post, path = "/locations/bulk/apply", tag = "bulk", request_body = ApplyBulk, responses(
    (status = 200, body = Job)
))]
async fn apply_locations(edge: Edge, body: Key<ApplyBulk>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| jobs::apply(ctx, tx, Entity::Locations, &value)).await
}

/// What a bulk change of units would do: tags, expiry, day to be back, place. A row is judged like a correction of one unit.
#[utoipa::path(post, path = "/units/bulk/preview", tag = "bulk", request_body = PreviewBulk, responses(
    (status = 200, body = BulkPreview)
))]
async fn preview_units(edge: Edge, body: Key<PreviewBulk>) -> Out {
    preview(edge, Entity::Units, body.value).await
}

/// Applies a preview of units.
#[utoipa::path(post, path = "/units/bulk/apply", tag = "bulk", request_body = ApplyBulk, responses(
    (status = 200, body = Job)
))]
async fn apply_units(edge: Edge, body: Key<ApplyBulk>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| jobs::apply(ctx, tx, Entity::Units, &value)).await
}

/// What applying the terms of their customers again would do to orders: `ids`, or the list's own `filter`; `set` stays empty.
/// Orders that are invoiced, or no longer in force, are told and left alone.
#[utoipa::path(post, path = "/sales-orders/bulk/preview", tag = "bulk", request_body = PreviewBulk, responses(
    (status = 200, body = BulkPreview)
))]
async fn preview_sales_orders(edge: Edge, body: Key<PreviewBulk>) -> Out {
    let preview = edge.app.preview_reapply(&edge.ctx, body.value).await.map_err(|error| edge.fail(error))?;
    crate::edge::json(StatusCode::OK, &preview)
}

/// Applies a preview of orders: open orders that are not invoiced get the terms that their customers have.
#[utoipa::path(post, path = "/sales-orders/bulk/apply", tag = "bulk", request_body = ApplyBulk, responses(
    (status = 200, body = Job)
))]
async fn apply_sales_orders(edge: Edge, body: Key<ApplyBulk>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| jobs::apply_orders(ctx, tx, &value)).await
}

/// Jobs, the latest first: one's own, and for the office everybody's.
#[utoipa::path(get, path = "/jobs", tag = "bulk", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at"),
    ("status" = Option<String>, Query, description = "queued, running, done, failed, cancelled"),
    ("kind" = Option<String>, Query, description = "bulk, undo, reapply_terms, merge, unmerge, import"),
    ("entity" = Option<String>, Query, description = "customers, locations, units, orders, catalog_items"),
    ("waits_for" = Option<String>, Query, description = "approval, date"),
    ("mine" = Option<String>, Query, description = "true: only one's own")
), responses((status = 200, body = Page<Job>)))]
async fn list_jobs(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| jobs::list(ctx, tx, &params)).await
}

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "bulk", params(("id" = String, Path)), responses(
    (status = 200, body = Job)
))]
async fn get_job(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| jobs::get(ctx, tx, id)).await
}

/// What became of each row of a job, with the reason; as CSV with `Accept: text/csv`.
#[utoipa::path(get, path = "/jobs/{id}/rows", tag = "bulk", params(
    ("id" = String, Path),
    Paging,
    ("outcome" = Option<String>, Query, description = "done, already, not_allowed, changed_meanwhile, invalid, not_found, failed, restored, changed_since, cancelled")
), responses((status = 200, body = Page<JobRow>)))]
async fn list_job_rows(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| jobs::rows(ctx, tx, id, &params)).await
}

/// Undoes a job within 30 days: each row that is still as the job left it goes back to what it was. Answers with the job that
/// undoes it.
#[utoipa::path(post, path = "/jobs/{id}/undo", tag = "bulk", params(("id" = String, Path)), responses(
    (status = 200, body = Job)
))]
async fn undo_job(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| jobs::undo(ctx, tx, id)).await
}

/// Stops a job that waits or runs, between two chunks. What was done until then stays, and can be undone.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "bulk", params(("id" = String, Path)), responses(
    (status = 200, body = Job)
))]
async fn cancel_job(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| jobs::cancel(ctx, tx, id)).await
}

/// Lets a job go on that waits for a second person.
#[utoipa::path(post, path = "/jobs/{id}/approve", tag = "bulk", params(("id" = String, Path)), responses(
    (status = 200, body = Job)
))]
async fn approve_job(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| jobs::approve(ctx, tx, id)).await
}

/// Ends a job that waits for a second person.
#[utoipa::path(post, path = "/jobs/{id}/decline", tag = "bulk", params(("id" = String, Path)), request_body = Reason, responses(
    (status = 200, body = Job)
))]
async fn decline_job(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| jobs::decline(ctx, tx, id, &value.reason)).await
}
