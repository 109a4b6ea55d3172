//! Sales orders, invoices, payments, commission.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::billing::documents::Paper;
use app::{Ctx, Tx};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::Page;
use contract::billing::{AddPayment, Invoice, InvoiceSummary, PatchSalesOrder, SalesOrder, SalesOrderSummary};
use utoipa::OpenApi;

/// Papers share their routes with what they are the paper of.
#[derive(OpenApi)]
#[openapi(paths(sales_order_paper, invoice_paper, invoice_xml))]
struct Papers;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::with_document(Papers::openapi)
        .routes(routes!(list_sales_orders))
        .routes(routes!(get_sales_order, patch_sales_order))
        .routes(routes!(list_invoices))
        .routes(routes!(get_invoice, crate::credits::patch_invoice))
        .routes(routes!(add_payment))
}

/// Answers with a PDF.
pub(crate) async fn paper<F>(edge: &Edge, f: F) -> Out
where
    F: FnOnce(&Ctx, &mut Tx) -> app::Result<Paper> + Send + 'static,
{
    Ok(as_pdf(edge.app.read(&edge.ctx, f).await.map_err(|error| edge.fail(error))?))
}

/// A paper as an answer.
pub(crate) fn as_pdf(made: Paper) -> Response {
    let mut response: Response = made.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    let name = format!("inline; filename=\"{}\"", made.file_name);
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Sales orders in reach, latest first, without editions that were replaced. With `counts=1` and a customer or location, the rows behind its figures.
#[utoipa::path(get, path = "/sales-orders", tag = "billing", params(
    Paging,
    ("sort" = Option<String>, Query, description = "submitted_on, number; a minus falls. Default: -submitted_on"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("location_id" = Option<String>, Query, description = "Locations"),
    ("representative_id" = Option<String>, Query, description = "Representatives"),
    ("event_id" = Option<String>, Query, description = "Events"),
    ("status" = Option<String>, Query, description = "open, cancelled, reversed, replaced"),
    ("id" = Option<String>, Query, description = "These orders"),
    ("uninvoiced" = Option<bool>, Query, description = "Orders of which nothing is invoiced yet, or the others"),
    ("counts" = Option<bool>, Query, description = "Orders that count in figures, or those that do not"),
    ("window" = Option<String>, Query, description = "all, this_year, last_12_months, last_90_days"),
    ("from" = Option<String>, Query, description = "Submitted on or after this day"),
    ("to" = Option<String>, Query, description = "Submitted on or before this day"),
), responses((status = 200, body = Page<SalesOrderSummary>)))]
async fn list_sales_orders(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::billing::documents::sales_orders(ctx, tx, &params)).await
}

/// One sales order with what it says.
#[utoipa::path(get, path = "/sales-orders/{id}", tag = "billing", params(("id" = String, Path, description = "sor_…")), responses(
    (status = 200, body = SalesOrder)
))]
async fn get_sales_order(edge: Edge, Path(id): Path<String>) -> Out {
    // Routes take whole segments only, so that the paper is told apart here.
    if let Some(id) = id.strip_suffix(".pdf") {
        return sales_order_paper(edge, Path(id.to_owned())).await;
    }
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::documents::sales_order(ctx, tx, id)).await
}

/// One sales order on paper.
#[utoipa::path(get, path = "/sales-orders/{id}.pdf", tag = "billing", params(("id" = String, Path, description = "sor_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn sales_order_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    paper(&edge, move |ctx, tx| app::billing::documents::sales_order_pdf(ctx, tx, id)).await
}

/// Says when an order was shipped and delivered; due dates that wait for it follow.
#[utoipa::path(patch, path = "/sales-orders/{id}", tag = "billing", params(("id" = String, Path, description = "sor_…")), request_body = PatchSalesOrder, responses(
    (status = 200, body = SalesOrder)
))]
async fn patch_sales_order(edge: Edge, Path(id): Path<String>, body: Key<PatchSalesOrder>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| {
        app::billing::orders::patch_sales_order(ctx, tx, id, value.clone())
    })
    .await
}

/// Invoices in reach, latest first.
#[utoipa::path(get, path = "/invoices", tag = "billing", params(
    Paging,
    ("sort" = Option<String>, Query, description = "issued_on, number; a minus falls. Default: -issued_on"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("event_id" = Option<String>, Query, description = "Events"),
    ("sales_order_id" = Option<String>, Query, description = "Editions of sales orders"),
    ("manufacturer_id" = Option<String>, Query, description = "Manufacturers in whose name they are issued"),
    ("status" = Option<String>, Query, description = "open, paid, credited, void"),
    ("due_state" = Option<String>, Query, description = "pending (due dates that are not known yet), manual, basis_fallback, or a state"),
    ("due_before" = Option<String>, Query, description = "Due before this day"),
    ("from" = Option<String>, Query, description = "Issued on or after this day"),
    ("to" = Option<String>, Query, description = "Issued on or before this day"),
), responses((status = 200, body = Page<InvoiceSummary>)))]
async fn list_invoices(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::billing::documents::invoices(ctx, tx, &params)).await
}

/// One invoice with what it says and what was paid.
#[utoipa::path(get, path = "/invoices/{id}", tag = "billing", params(("id" = String, Path, description = "inv_…")), responses(
    (status = 200, body = Invoice)
))]
async fn get_invoice(edge: Edge, Path(id): Path<String>) -> Out {
    // Routes take whole segments only, so that the paper is told apart here.
    if let Some(id) = id.strip_suffix(".pdf") {
        return invoice_paper(edge, Path(id.to_owned())).await;
    }
    if let Some(id) = id.strip_suffix(".xml") {
        return invoice_xml(edge, Path(id.to_owned())).await;
    }
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::documents::invoice(ctx, tx, id)).await
}

/// The electronic form of one invoice: UBL 2.1 with the terms of EN 16931, as far as they are known.
#[utoipa::path(get, path = "/invoices/{id}.xml", tag = "billing", params(("id" = String, Path, description = "inv_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/xml")
))]
async fn invoice_xml(edge: Edge, Path(id): Path<String>) -> Out {
    crate::accounting::invoice_xml(edge, &id).await
}

/// One invoice on paper.
#[utoipa::path(get, path = "/invoices/{id}.pdf", tag = "billing", params(
    ("id" = String, Path, description = "inv_…"),
    ("attach" = Option<String>, Query, description = "ubl: the paper carries the electronic form"),
), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn invoice_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    paper(&edge, move |ctx, tx| {
        app::list::only(&params, &["attach"])?;
        let ubl = |text: &str| (text == "ubl").then_some(());
        match app::list::words(&params, "attach", ubl)? {
            Some(_) => app::billing::documents::invoice_pdf_with_xml(ctx, tx, id),
            None => app::billing::documents::invoice_pdf(ctx, tx, id),
        }
    })
    .await
}

/// Books a payment on an invoice.
#[utoipa::path(post, path = "/invoices/{id}/payments", tag = "billing", params(("id" = String, Path, description = "inv_…")), request_body = AddPayment, responses(
    (status = 201, body = Invoice)
))]
async fn add_payment(edge: Edge, Path(id): Path<String>, body: Key<AddPayment>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::billing::orders::pay(ctx, tx, id, value.clone())).await
}
