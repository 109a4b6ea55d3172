//! Opening balances: invoices that were open when the organisation began here. They come by import (`open_invoices`).

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::opening::{CreditOpeningInvoice, OpeningFigure, OpeningInvoice, OpeningInvoiceStep, PayOpeningInvoice};
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_opening))
        .routes(routes!(get_opening))
        .routes(routes!(opening_steps))
        .routes(routes!(pay_opening))
        .routes(routes!(credit_opening))
        .routes(routes!(opening_figures))
}

/// Invoices of another program that were open when the organisation began here, latest first.
#[utoipa::path(get, path = "/opening-invoices", tag = "billing", params(
    Paging,
    ("sort" = Option<String>, Query, description = "issued_on; a minus falls. Default: -issued_on"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("status" = Option<String>, Query, description = "open, paid"),
), responses((status = 200, body = Page<OpeningInvoice>)))]
async fn list_opening(edge: Edge) -> Out {
    edge.read_list(app::opening::invoices).await
}

/// One of them.
#[utoipa::path(get, path = "/opening-invoices/{id}", tag = "billing", params(("id" = String, Path, description = "opi_…")), responses(
    (status = 200, body = OpeningInvoice)
))]
async fn get_opening(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::opening::invoice).await
}

/// Books a payment of one.
#[utoipa::path(post, path = "/opening-invoices/{id}/payments", tag = "billing", params(("id" = String, Path, description = "opi_…")), request_body = PayOpeningInvoice, responses(
    (status = 201, body = OpeningInvoice)
))]
async fn pay_opening(edge: Edge, Path(id): Path<String>, body: Key<PayOpeningInvoice>) -> Out {
    edge.change(201, &id, body, app::opening::pay).await
}

/// What was paid, credited and written off of one, the first first.
#[utoipa::path(get, path = "/opening-invoices/{id}/steps", tag = "billing", params(("id" = String, Path, description = "opi_…")), responses(
    (status = 200, body = Items<OpeningInvoiceStep>)
))]
async fn opening_steps(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::opening::steps).await
}

/// Credits what is open of one, or a part of it, or writes it off.
#[utoipa::path(post, path = "/opening-invoices/{id}/credit", tag = "billing", params(("id" = String, Path, description = "opi_…")), request_body = CreditOpeningInvoice, responses(
    (status = 201, body = OpeningInvoice)
))]
async fn credit_opening(edge: Edge, Path(id): Path<String>, body: Key<CreditOpeningInvoice>) -> Out {
    edge.change(201, &id, body, app::opening::credit).await
}

/// What a customer ordered before the organisation began here, by day: the rows behind that part of its figures.
#[utoipa::path(get, path = "/customers/{id}/opening-figures", tag = "billing", params(
    ("id" = String, Path, description = "cus_…"),
    Paging,
    ("location_id" = Option<String>, Query, description = "At these locations"),
), responses((status = 200, body = Page<OpeningFigure>)))]
async fn opening_figures(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, app::opening::figures).await
}
