//! Opening balances: invoices that were open when the organisation began here. They come by import (`open_invoices`).

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::opening::{OpeningInvoice, PayOpeningInvoice};
use contract::{Page, Problem};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(list_opening)).routes(routes!(get_opening)).routes(routes!(pay_opening))
}

/// Invoices of another program that were open when the organisation began here, latest first.
#[utoipa::path(get, path = "/opening-invoices", tag = "billing", params(
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ("count" = Option<bool>, Query, description = "Adds total"),
    ("sort" = Option<String>, Query, description = "issued_on; a minus falls. Default: -issued_on"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("status" = Option<String>, Query, description = "open, paid"),
), responses(
    (status = 200, body = Page<OpeningInvoice>),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn list_opening(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::opening::invoices(ctx, tx, &params)).await
}

/// One of them.
#[utoipa::path(get, path = "/opening-invoices/{id}", tag = "billing", params(("id" = String, Path, description = "opi_…")), responses(
    (status = 200, body = OpeningInvoice),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn get_opening(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::opening::invoice(ctx, tx, id)).await
}

/// Books a payment of one.
#[utoipa::path(post, path = "/opening-invoices/{id}/payments", tag = "billing", params(("id" = String, Path, description = "opi_…")), request_body = PayOpeningInvoice, responses(
    (status = 201, body = OpeningInvoice),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn pay_opening(edge: Edge, Path(id): Path<String>, body: Key<PayOpeningInvoice>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| app::opening::pay(ctx, tx, id, &value)).await
}
