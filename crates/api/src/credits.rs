//! Credit memos, credit balances, what customers owe, statements of account, held orders.

use crate::billing::paper;
use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::billing::Invoice;
use contract::credits::{
    CreditBalance, CreditInvoice, CreditMemo, CreditMemoSummary, HeldOrder, PatchInvoice, Receivables, ReceivePayment,
    ReceivedPayment, RefundBalance, ReturnedSale, Statement, WriteOff,
};
use contract::{Items, Page};
use utoipa::OpenApi;

/// Papers share their routes with what they are the paper of.
#[derive(OpenApi)]
#[openapi(paths(credit_memo_paper))]
struct Papers;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::with_document(Papers::openapi)
        .routes(routes!(credit_invoice))
        .routes(routes!(write_off_invoice))
        .routes(routes!(returned_sales))
        .routes(routes!(list_credit_memos))
        .routes(routes!(get_credit_memo))
        .routes(routes!(get_receivables))
        .routes(routes!(get_balance))
        .routes(routes!(refund_balance))
        .routes(routes!(receive_payment))
        .routes(routes!(get_statement))
        .routes(routes!(statement_paper))
        .routes(routes!(list_held_orders))
}

/// Of a submitted return: the lines of invoices whose units came back with it and that were not credited yet.
#[utoipa::path(get, path = "/events/{id}/returned-sales", tag = "billing", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Items<ReturnedSale>)
))]
async fn returned_sales(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::returns::creditable(ctx, tx, id)).await
}

/// Credits an invoice, in part or whole: what is open falls, what was paid already becomes credit balance of the customer,
/// commission is taken back in proportion. With `rebill` the whole invoice is credited and the same billed anew.
#[utoipa::path(post, path = "/invoices/{id}/credit", tag = "billing", params(("id" = String, Path, description = "inv_…")), request_body = CreditInvoice, responses(
    (status = 201, body = CreditMemo)
))]
async fn credit_invoice(edge: Edge, Path(id): Path<String>, body: Key<CreditInvoice>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| app::billing::credits::credit(ctx, tx, id, &value)).await
}

/// Writes off what is open of an invoice, or a part of it: it is not hoped for any more. Sales and commission stand.
#[utoipa::path(post, path = "/invoices/{id}/write-off", tag = "billing", params(("id" = String, Path, description = "inv_…")), request_body = WriteOff, responses(
    (status = 201, body = CreditMemo)
))]
async fn write_off_invoice(edge: Edge, Path(id): Path<String>, body: Key<WriteOff>) -> Out {
    edge.change(201, &id, body, app::billing::credits::write_off).await
}

/// Notes when an invoice was received, the day typed on it, or its due date itself; a typed due date is never computed anew.
#[utoipa::path(patch, path = "/invoices/{id}", tag = "billing", params(("id" = String, Path, description = "inv_…")), request_body = PatchInvoice, responses(
    (status = 200, body = Invoice)
))]
pub async fn patch_invoice(edge: Edge, Path(id): Path<String>, body: Key<PatchInvoice>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| app::billing::dates::patch(ctx, tx, id, value.clone())).await
}

/// Credit memos in reach, latest first.
#[utoipa::path(get, path = "/credit-memos", tag = "billing", params(
    Paging,
    ("sort" = Option<String>, Query, description = "issued_on, number; a minus falls. Default: -issued_on"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("location_id" = Option<String>, Query, description = "Locations"),
    ("event_id" = Option<String>, Query, description = "Events"),
    ("invoice_id" = Option<String>, Query, description = "Invoices that are credited"),
    ("from" = Option<String>, Query, description = "Issued on or after this day"),
    ("to" = Option<String>, Query, description = "Issued on or before this day"),
), responses((status = 200, body = Page<CreditMemoSummary>)))]
async fn list_credit_memos(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::billing::documents::credit_memos(ctx, tx, &params)).await
}

/// One credit memo with what it says.
#[utoipa::path(get, path = "/credit-memos/{id}", tag = "billing", params(("id" = String, Path, description = "crm_…")), responses(
    (status = 200, body = CreditMemo)
))]
async fn get_credit_memo(edge: Edge, Path(id): Path<String>) -> Out {
    // Routes take whole segments only, so that the paper is told apart here.
    if let Some(id) = id.strip_suffix(".pdf") {
        return credit_memo_paper(edge, Path(id.to_owned())).await;
    }
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::documents::credit_memo(ctx, tx, id)).await
}

/// One credit memo on paper.
#[utoipa::path(get, path = "/credit-memos/{id}.pdf", tag = "billing", params(("id" = String, Path, description = "crm_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn credit_memo_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    paper(&edge, move |ctx, tx| app::billing::documents::credit_memo_pdf(ctx, tx, id)).await
}

/// What a customer owes by how late it is, what it may owe, and what is left of its credit.
#[utoipa::path(get, path = "/customers/{id}/receivables", tag = "billing", params(("id" = String, Path, description = "cus_…")), responses(
    (status = 200, body = Receivables)
))]
async fn get_receivables(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::accounts::receivables(ctx, tx, id)).await
}

/// The credit balance of a customer with its latest steps.
#[utoipa::path(get, path = "/customers/{id}/credit-balance", tag = "billing", params(("id" = String, Path, description = "cus_…")), responses(
    (status = 200, body = CreditBalance)
))]
async fn get_balance(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::billing::accounts::balance(ctx, tx, id)).await
}

/// Says that credit balance was paid out. Paying an invoice from it is a payment with `from_balance`.
#[utoipa::path(post, path = "/customers/{id}/refunds", tag = "billing", params(("id" = String, Path, description = "cus_…")), request_body = RefundBalance, responses(
    (status = 201, body = CreditBalance)
))]
async fn refund_balance(edge: Edge, Path(id): Path<String>, body: Key<RefundBalance>) -> Out {
    let id = edge.id(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| app::billing::accounts::refund(ctx, tx, id, &value)).await
}

/// A statement of account between two days; the last ninety when they are left out.
#[utoipa::path(get, path = "/customers/{id}/statement", tag = "billing", params(
    ("id" = String, Path, description = "cus_…"),
    ("from" = Option<String>, Query, description = "Its first day"),
    ("to" = Option<String>, Query, description = "Its last day; today when absent")
), responses((status = 200, body = Statement)))]
async fn get_statement(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let (from, to) = days(&edge)?;
    edge.read(move |ctx, tx| app::billing::statement::statement(ctx, tx, id, from, to)).await
}

/// The same statement on paper.
#[utoipa::path(get, path = "/customers/{id}/statement.pdf", tag = "billing", params(
    ("id" = String, Path, description = "cus_…"),
    ("from" = Option<String>, Query, description = "Its first day"),
    ("to" = Option<String>, Query, description = "Its last day; today when absent")
), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn statement_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let (from, to) = days(&edge)?;
    paper(&edge, move |ctx, tx| app::billing::statement::statement_pdf(ctx, tx, id, from, to)).await
}

type Days = (Option<domain::clock::Day>, Option<domain::clock::Day>);

fn days(edge: &Edge) -> Result<Days, crate::Failure> {
    let params = edge.list()?;
    let read = || -> app::Result<Days> {
        app::list::only(&params, &["from", "to"])?;
        Ok((app::list::day(&params, "from")?, app::list::day(&params, "to")?))
    };
    read().map_err(|error| edge.fail(error))
}

/// Stocking orders that wait because of their customer's billing status; those that were released say so.
#[utoipa::path(get, path = "/held-orders", tag = "billing", responses((status = 200, body = Page<HeldOrder>)))]
async fn list_held_orders(edge: Edge) -> Out {
    edge.read(app::billing::accounts::held_orders).await
}

/// Books money of a customer: spread over its open invoices, what is due first first, or over those that are named; what is left over is
/// kept as credit balance.
#[utoipa::path(post, path = "/customers/{id}/payments", tag = "billing", params(("id" = String, Path, description = "cus_…")), request_body = ReceivePayment, responses(
    (status = 201, body = ReceivedPayment)
))]
async fn receive_payment(edge: Edge, Path(id): Path<String>, body: Key<ReceivePayment>) -> Out {
    edge.change(201, &id, body, app::billing::receipts::receive).await
}
