//! Counts: what somebody answers for, looked at piece by piece; plans of counts.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::counts::{
    AddCountLines, Count, CountAccuracy, CountPlan, CountRow, CreateCount, CreateCountPlan, PatchCountPlan,
    ReconcileCount,
};
use contract::{HistoryEntry, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_counts, create_count))
        .routes(routes!(get_count))
        .routes(routes!(count_history))
        .routes(routes!(start_count))
        .routes(routes!(add_count_lines))
        .routes(routes!(complete_count))
        .routes(routes!(cancel_count))
        .routes(routes!(reconcile_count))
        .routes(routes!(undo_count))
        .routes(routes!(count_accuracy))
        .routes(routes!(list_count_plans, create_count_plan))
        .routes(routes!(get_count_plan, patch_count_plan))
}

/// Counts in reach and those that you were asked for, the latest first.
#[utoipa::path(get, path = "/counts", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at"),
    ("status" = Option<String>, Query, description = "assigned, counting, counted, reconciled, cancelled"),
    ("custodian_id" = Option<String>, Query, description = "Of these: usr_ or org_ ids"),
    ("counter_id" = Option<String>, Query, description = "To be counted by these"),
    ("mine" = Option<bool>, Query, description = "For oneself to count")
), responses((status = 200, body = Page<CountRow>)))]
async fn list_counts(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::counts::list(ctx, tx, &params)).await
}

/// Begins a count, or asks somebody to count.
#[utoipa::path(post, path = "/counts", tag = "inventory", request_body = CreateCount, responses(
    (status = 201, body = Count)
))]
async fn create_count(edge: Edge, body: Key<CreateCount>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::counts::create(ctx, tx, &value)).await
}

/// One count with its units and lines.
#[utoipa::path(get, path = "/counts/{id}", tag = "inventory", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Count)
))]
async fn get_count(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::counts::get(ctx, tx, id)).await
}

/// What happened about a count, the newest first.
#[utoipa::path(get, path = "/counts/{id}/history", tag = "inventory", params(
    ("id" = String, Path, description = "aud_…"),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn count_history(edge: Edge, Path(id): Path<String>) -> Out {
    let (id, params) = (edge.id(&id)?, edge.list()?);
    edge.read(move |ctx, tx| app::counts::history(ctx, tx, id, &params)).await
}

/// Begins a count that somebody was asked for: what the books say now is what is compared.
#[utoipa::path(post, path = "/counts/{id}/start", tag = "inventory", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Count)
))]
async fn start_count(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::counts::start(ctx, tx, id)).await
}

/// Adds what was counted; the same line sent twice counts once.
#[utoipa::path(post, path = "/counts/{id}/lines", tag = "inventory", params(("id" = String, Path, description = "aud_…")), request_body = AddCountLines, responses(
    (status = 200, body = Count)
))]
async fn add_count_lines(edge: Edge, Path(id): Path<String>, body: Key<AddCountLines>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::counts::lines::add(ctx, tx, id, &value)).await
}

/// Completes a count: found, missing, unexpected, and what moved meanwhile.
#[utoipa::path(post, path = "/counts/{id}/complete", tag = "inventory", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Count)
))]
async fn complete_count(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::counts::settle::complete(ctx, tx, id)).await
}

/// Calls a count off.
#[utoipa::path(post, path = "/counts/{id}/cancel", tag = "inventory", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Count)
))]
async fn cancel_count(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::counts::cancel(ctx, tx, id)).await
}

/// Settles what differs.
#[utoipa::path(post, path = "/counts/{id}/reconcile", tag = "inventory", params(("id" = String, Path, description = "aud_…")), request_body = ReconcileCount, responses(
    (status = 200, body = Count)
))]
async fn reconcile_count(edge: Edge, Path(id): Path<String>, body: Key<ReconcileCount>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::counts::settle::reconcile(ctx, tx, id, &value)).await
}

/// Takes a reconciliation back.
#[utoipa::path(post, path = "/counts/{id}/undo", tag = "inventory", params(("id" = String, Path, description = "aud_…")), responses(
    (status = 200, body = Count)
))]
async fn undo_count(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::counts::settle::undo(ctx, tx, id)).await
}

/// How exact the books of custodians in reach were found in the last 365 days, the least exact first.
#[utoipa::path(get, path = "/count-accuracy", tag = "inventory", params(
    Paging
), responses((status = 200, body = Page<CountAccuracy>)))]
async fn count_accuracy(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::counts::accuracy(ctx, tx, &params)).await
}

/// Plans in use in reach.
#[utoipa::path(get, path = "/count-plans", tag = "inventory", params(
    Paging
), responses((status = 200, body = Page<CountPlan>)))]
async fn list_count_plans(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::counts::plans::list(ctx, tx, &params)).await
}

/// Plans counts of somebody's stock.
#[utoipa::path(post, path = "/count-plans", tag = "inventory", request_body = CreateCountPlan, responses(
    (status = 201, body = CountPlan)
))]
async fn create_count_plan(edge: Edge, body: Key<CreateCountPlan>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::counts::plans::create(ctx, tx, &value)).await
}

/// One plan.
#[utoipa::path(get, path = "/count-plans/{id}", tag = "inventory", params(("id" = String, Path, description = "cpl_…")), responses(
    (status = 200, body = CountPlan)
))]
async fn get_count_plan(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::counts::plans::get(ctx, tx, id)).await
}

/// Changes a plan, or puts it away.
#[utoipa::path(patch, path = "/count-plans/{id}", tag = "inventory", params(("id" = String, Path, description = "cpl_…")), request_body = PatchCountPlan, responses(
    (status = 200, body = CountPlan)
))]
async fn patch_count_plan(edge: Edge, Path(id): Path<String>, body: Key<PatchCountPlan>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::counts::plans::patch(ctx, tx, id, &value)).await
}
