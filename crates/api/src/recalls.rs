//! Recalls: a notice read, what it covers frozen by rule, who was told, what they answered.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::recalls::{
    AnswerRecall, CreateRecall, NoticeReading, PatchRecall, ReadNotice, Recall, RecallContact, RecallRow,
};
use contract::{Items, Page, Reason};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_recalls, create_recall))
        .routes(routes!(read_recall_notice))
        .routes(routes!(get_recall, patch_recall))
        .routes(routes!(recall_contacts))
        .routes(routes!(open_recall))
        .routes(routes!(answer_recall))
        .routes(routes!(remind_recall))
        .routes(routes!(close_recall))
        .routes(routes!(lift_recall))
}

/// Recalls in sight, the latest first: the office sees all, others those that they or people in their reach were told of.
#[utoipa::path(get, path = "/recalls", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "opened_at; a minus falls. Default: -opened_at"),
    ("status" = Option<String>, Query, description = "draft, open, closed, lifted")
), responses((status = 200, body = Page<RecallRow>)))]
async fn list_recalls(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::recalls::list(ctx, tx, &params)).await
}

/// Reads a notice, as text or as an openFDA report, into lines for a person to confirm. Nothing is kept.
#[utoipa::path(post, path = "/recalls/read-notice", tag = "inventory", request_body = ReadNotice, responses(
    (status = 200, body = NoticeReading)
))]
async fn read_recall_notice(edge: Edge, body: Key<ReadNotice>) -> Out {
    edge.read(move |ctx, tx| app::recalls::notice::propose(ctx, tx, &body.value)).await
}

/// Opens a recall: what its lines cover is frozen at once by rule, and everybody concerned is told. As a draft, neither.
#[utoipa::path(post, path = "/recalls", tag = "inventory", request_body = CreateRecall, responses(
    (status = 201, body = Recall)
))]
async fn create_recall(edge: Edge, body: Key<CreateRecall>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::recalls::keep::create(ctx, tx, &value)).await
}

/// One recall with where covered units are, the events that they are on, who was told and what they answered: the
/// effectiveness report. The units themselves: `GET /units?recall_id=…&active=all`.
#[utoipa::path(get, path = "/recalls/{id}", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), responses(
    (status = 200, body = Recall)
))]
async fn get_recall(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::recalls::get(ctx, tx, id)).await
}

/// Changes what a recall says or covers. Lines of an open recall change with a reason.
#[utoipa::path(patch, path = "/recalls/{id}", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), request_body = PatchRecall, responses(
    (status = 200, body = Recall)
))]
async fn patch_recall(edge: Edge, Path(id): Path<String>, body: Key<PatchRecall>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::recalls::keep::patch(ctx, tx, id, &value)).await
}

/// Who was told of a recall and what they answered; `Accept: text/csv` gives a table.
#[utoipa::path(get, path = "/recalls/{id}/contacts", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), responses(
    (status = 200, body = Items<RecallContact>)
))]
async fn recall_contacts(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| Ok(Items { items: app::recalls::get(ctx, tx, id)?.contacts })).await
}

/// Opens a draft.
#[utoipa::path(post, path = "/recalls/{id}/open", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), responses(
    (status = 200, body = Recall)
))]
async fn open_recall(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::recalls::keep::open(ctx, tx, id)).await
}

/// Answers a recall: has them, found none, sent them back. For oneself, or for somebody whom one acts for.
#[utoipa::path(post, path = "/recalls/{id}/answer", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), request_body = AnswerRecall, responses(
    (status = 200, body = Recall)
))]
async fn answer_recall(edge: Edge, Path(id): Path<String>, body: Key<AnswerRecall>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::recalls::tell::answer(ctx, tx, id, &value)).await
}

/// Tells those who have not answered once more, and whoever came to hold covered units since.
#[utoipa::path(post, path = "/recalls/{id}/remind", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), responses(
    (status = 200, body = Recall)
))]
async fn remind_recall(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::recalls::tell::remind(ctx, tx, id)).await
}

/// Closes a recall when the work is done: what it covers stays frozen.
#[utoipa::path(post, path = "/recalls/{id}/close", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), request_body = Reason, responses(
    (status = 200, body = Recall)
))]
async fn close_recall(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::recalls::keep::close(ctx, tx, id, &reason)).await
}

/// Lifts a recall that was withdrawn, or throws a draft away: nothing is frozen by it any more.
#[utoipa::path(post, path = "/recalls/{id}/lift", tag = "inventory", params(("id" = String, Path, description = "rcl_…")), request_body = Reason, responses(
    (status = 200, body = Recall)
))]
async fn lift_recall(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::recalls::keep::lift(ctx, tx, id, &reason)).await
}
