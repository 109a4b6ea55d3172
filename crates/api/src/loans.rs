//! Loans: what has to come back, asking to keep it longer, how it was used.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::Page;
use contract::loans::{AskExtension, DecideExtension, Extension, Loan, Utilization};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_loans))
        .routes(routes!(unit_utilization))
        .routes(routes!(ask_extension))
        .routes(routes!(decide_extension))
        .routes(routes!(withdraw_extension))
}

/// What has to come back within reach, the soonest first.
#[utoipa::path(get, path = "/loans", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "due_back_on; a minus falls. Default: due_back_on"),
    ("overdue" = Option<bool>, Query, description = "Only what is late"),
    ("asked" = Option<bool>, Query, description = "Only what somebody asks to keep longer"),
    ("custodian_id" = Option<String>, Query, description = "usr_ or org_ ids")
), responses((status = 200, body = Page<Loan>)))]
async fn list_loans(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::loans::list(ctx, tx, &params)).await
}

/// How a unit was used since its custodian has it, its extensions, and when it is booked.
#[utoipa::path(get, path = "/units/{id}/utilization", tag = "inventory", params(("id" = String, Path, description = "unt_…")), responses(
    (status = 200, body = Utilization)
))]
async fn unit_utilization(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::loans::utilization(ctx, tx, id)).await
}

/// Asks to keep something longer.
#[utoipa::path(post, path = "/units/{id}/extensions", tag = "inventory", params(("id" = String, Path, description = "unt_…")), request_body = AskExtension, responses(
    (status = 201, body = Extension)
))]
async fn ask_extension(edge: Edge, Path(id): Path<String>, body: Key<AskExtension>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(201, &body.bytes, move |ctx, tx| app::loans::ask(ctx, tx, id, &value)).await
}

/// Answers a request to keep something longer.
#[utoipa::path(post, path = "/extensions/{id}/decide", tag = "inventory", params(("id" = String, Path, description = "ext_…")), request_body = DecideExtension, responses(
    (status = 200, body = Extension)
))]
async fn decide_extension(edge: Edge, Path(id): Path<String>, body: Key<DecideExtension>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::loans::decide(ctx, tx, id, &value)).await
}

/// Takes a request to keep something longer back.
#[utoipa::path(post, path = "/extensions/{id}/withdraw", tag = "inventory", params(("id" = String, Path, description = "ext_…")), responses(
    (status = 200, body = Extension)
))]
async fn withdraw_extension(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::loans::withdraw(ctx, tx, id)).await
}
