//! Documents on their way: links, sending, signatures, delivery notes, reminders of purchase orders.

use crate::edge::{Edge, Key, Out, Paging, json, rendered};
use crate::rooms::{Routes, routes};
use app::documents::{delivery, links, reminders, sends};
use app::events::{signatures, signing};
use axum::extract::Path;
use axum::http::StatusCode;
use contract::documents::{
    DocumentLink, DocumentSend, EventSignatures, FacilitySigning, NewDocumentLink, PoReminder, SendDocument,
    SetFacilitySigning, SetPoReminder, ShareDocument, SignEvent, WaitingForPo,
};
use contract::remarks::MailRecipient;
use contract::{Done, Items, Page};
use domain::id::{Event, SalesOrder, Transfer};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_sales_order_links, share_sales_order))
        .routes(routes!(end_sales_order_link))
        .routes(routes!(share_sales_order_paper))
        .routes(routes!(list_document_sends, send_document))
        .routes(routes!(document_recipients))
        .routes(routes!(sent_paper))
        .routes(routes!(list_signatures, sign_event))
        .routes(routes!(delivery_note))
        .routes(routes!(packing_slip))
        .routes(routes!(get_po_reminder, set_po_reminder))
        .routes(routes!(get_facility_signing, set_facility_signing))
        .routes(routes!(waiting_for_po))
}

/// The links to the documents of a sales order's event, the latest first, with how often each was opened.
#[utoipa::path(get, path = "/sales-orders/{id}/links", tag = "events", params(("id" = String, Path, description = "sor_…")), responses(
    (status = 200, body = Items<DocumentLink>)
))]
async fn list_sales_order_links(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, links::list).await
}

/// Makes a link with which a buyer without an account sees this sales order alone and gives its purchase order once. The link is
/// shown once; its answer is never remembered.
#[utoipa::path(post, path = "/sales-orders/{id}/links", tag = "events", params(("id" = String, Path, description = "sor_…")), request_body = ShareDocument, responses(
    (status = 201, body = NewDocumentLink)
))]
async fn share_sales_order(edge: Edge, Path(id): Path<String>, body: Key<ShareDocument>) -> Out {
    let (id, value) = (edge.id::<SalesOrder>(&id)?, body.value);
    let config = edge.app.config().clone();
    let made = edge.app.write(&edge.ctx, move |ctx, tx| links::share(ctx, tx, &config, id, &value)).await;
    json(StatusCode::CREATED, &made.map_err(|error| edge.fail(error))?)
}

/// Ends a link.
#[utoipa::path(delete, path = "/sales-orders/{id}/links/{link_id}", tag = "events", params(
    ("id" = String, Path, description = "sor_…"), ("link_id" = String, Path, description = "dlk_…")
), responses((status = 200, body = Done)))]
async fn end_sales_order_link(edge: Edge, Path((id, link)): Path<(String, String)>) -> Out {
    let (id, link) = (edge.id(&id)?, edge.id(&link)?);
    edge.write(200, move |ctx, tx| links::revoke(ctx, tx, id, link)).await
}

/// The sales order as PDF with the code of a new link on it.
#[utoipa::path(post, path = "/sales-orders/{id}/paper", tag = "events", params(("id" = String, Path, description = "sor_…")), request_body = ShareDocument, responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn share_sales_order_paper(edge: Edge, Path(id): Path<String>, body: Key<ShareDocument>) -> Out {
    let (id, value) = (edge.id::<SalesOrder>(&id)?, body.value);
    let config = edge.app.config().clone();
    let made = edge.app.write(&edge.ctx, move |ctx, tx| links::paper_with_code(ctx, tx, &config, id, &value)).await;
    Ok(crate::billing::as_pdf(made.map_err(|error| edge.fail(error))?))
}

/// What was sent to whom, the latest first: of one document, or of all documents of an event.
#[utoipa::path(get, path = "/document-sends", tag = "events", params(
    ("kind" = Option<String>, Query, description = "sales_order, invoice, quote, delivery_note, statement; with subject_id"),
    ("subject_id" = Option<String>, Query, description = "sor_…, inv_…, evt_… of a quote or delivery note, cus_… of a statement"),
    ("event_id" = Option<String>, Query, description = "All documents of this event instead"),
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before")
), responses((status = 200, body = Page<DocumentSend>)))]
async fn list_document_sends(edge: Edge) -> Out {
    edge.read_list(sends::sent).await
}

/// Sends a document as PDF by mail: to those named, or to whom the customer's contacts say. Or marks that it was sent by other ways.
#[utoipa::path(post, path = "/document-sends", tag = "events", request_body = SendDocument, responses(
    (status = 201, body = Items<DocumentSend>)
))]
async fn send_document(edge: Edge, body: Key<SendDocument>) -> Out {
    let key = edge.request_key(&body.bytes);
    let answer = edge.app.send_document(&edge.ctx, body.value, key).await;
    Ok(rendered(answer.map_err(|error| edge.fail(error))?))
}

/// Whom a document would be sent to.
#[utoipa::path(get, path = "/document-recipients", tag = "events", params(
    ("kind" = String, Query, description = "sales_order, invoice, quote, delivery_note, statement"),
    ("subject_id" = String, Query, description = "sor_…, inv_…, evt_… of a quote or delivery note, cus_… of a statement")
), responses((status = 200, body = Items<MailRecipient>)))]
async fn document_recipients(edge: Edge) -> Out {
    edge.read_list(sends::recipients).await
}

/// The paper as it was sent.
#[utoipa::path(get, path = "/document-sends/{id}/paper", tag = "events", params(("id" = String, Path, description = "dse_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn sent_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let paper = edge.app.sent_paper(&edge.ctx, id).await.map_err(|error| edge.fail(error))?;
    Ok(crate::billing::as_pdf(paper))
}

/// The signatures of an event, void ones too, and the digests that a signature would stand under now.
#[utoipa::path(get, path = "/events/{id}/signatures", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = EventSignatures)
))]
async fn list_signatures(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, signatures::list).await
}

/// Signs what an event used, or what it handed over. A signature is void once that changes.
#[utoipa::path(post, path = "/events/{id}/signatures", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = SignEvent, responses(
    (status = 201, body = EventSignatures)
))]
async fn sign_event(edge: Edge, Path(id): Path<String>, body: Key<SignEvent>) -> Out {
    edge.change(201, &id, body, signatures::sign).await
}

/// The delivery note of an event as PDF: what was handed over, without prices.
#[utoipa::path(get, path = "/events/{id}/delivery-note.pdf", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn delivery_note(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<Event>(&id)?;
    crate::billing::paper(&edge, move |ctx, tx| delivery::of_event(ctx, tx, id)).await
}

/// The packing slip of a transfer as PDF.
#[utoipa::path(get, path = "/transfers/{id}/packing-slip.pdf", tag = "inventory", params(("id" = String, Path, description = "trf_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn packing_slip(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<Transfer>(&id)?;
    crate::billing::paper(&edge, move |ctx, tx| delivery::of_transfer(ctx, tx, id)).await
}

/// How often a facility is reminded of purchase orders that have not come.
#[utoipa::path(get, path = "/locations/{id}/po-reminder", tag = "directory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = PoReminder)
))]
async fn get_po_reminder(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, reminders::get).await
}

/// Says how often: as the organisation has it, never, once a week on a day, every so many days.
#[utoipa::path(put, path = "/locations/{id}/po-reminder", tag = "directory", params(("id" = String, Path, description = "loc_…")), request_body = SetPoReminder, responses(
    (status = 200, body = PoReminder)
))]
async fn set_po_reminder(edge: Edge, Path(id): Path<String>, body: Key<SetPoReminder>) -> Out {
    edge.change(200, &id, body, reminders::set).await
}

/// Whose signature a facility wants before an event there is submitted.
#[utoipa::path(get, path = "/locations/{id}/signing", tag = "directory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = FacilitySigning)
))]
async fn get_facility_signing(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, signing::get).await
}

/// Says whose: as the type of the event says, always both, always the hospital's, nobody's.
#[utoipa::path(put, path = "/locations/{id}/signing", tag = "directory", params(("id" = String, Path, description = "loc_…")), request_body = SetFacilitySigning, responses(
    (status = 200, body = FacilitySigning)
))]
async fn set_facility_signing(edge: Edge, Path(id): Path<String>, body: Key<SetFacilitySigning>) -> Out {
    edge.change(200, &id, body, signing::set).await
}

/// Events that wait for their purchase order, the oldest first, with their last and their next reminder.
#[utoipa::path(get, path = "/purchase-orders/waiting", tag = "events", params(
    Paging,
    ("sort" = Option<String>, Query, description = "starts_at; a minus falls"),
    ("representative_id" = Option<String>, Query, description = "Representatives"),
    ("location_id" = Option<String>, Query, description = "Facilities"),
    ("customer_id" = Option<String>, Query, description = "Customers")
), responses((status = 200, body = Page<WaitingForPo>)))]
async fn waiting_for_po(edge: Edge) -> Out {
    edge.read_list(reminders::waiting).await
}
