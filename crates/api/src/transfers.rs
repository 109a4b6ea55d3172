//! Transfers: how units pass from one custodian to another.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::transfers::drafts;
use axum::extract::Path;
use contract::drafts::{CreateDraft, PatchDraft, SendDraft, TransferDraft};
use contract::transfers::{
    AcceptTransfer, CreateTransfer, CreatedTransfer, QuickTransfer, Recipient, Shipment, Transfer, TransferRow,
    TransferUnits,
};
use contract::{Done, Page, Reason};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_transfers, create_transfer))
        .routes(routes!(get_transfer))
        .routes(routes!(accept_transfer))
        .routes(routes!(decline_transfer))
        .routes(routes!(cancel_transfer))
        .routes(routes!(remove_transfer_lines))
        .routes(routes!(ship_transfer))
        .routes(routes!(transfer_recipients))
        .routes(routes!(quick_transfer))
        .routes(routes!(list_drafts, create_draft))
        .routes(routes!(get_draft, patch_draft, discard_draft))
        .routes(routes!(send_draft))
}

/// Transfers in reach, the latest first.
#[utoipa::path(get, path = "/transfers", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at"),
    ("status" = Option<String>, Query, description = "pending, accepted, declined, cancelled"),
    ("from" = Option<String>, Query, description = "Senders: usr_ or org_ ids"),
    ("to" = Option<String>, Query, description = "Recipients: usr_ or org_ ids"),
    ("direction" = Option<String>, Query, description = "in or out: to or from oneself, for the office the organisation"),
    ("unit_id" = Option<String>, Query, description = "With this unit on it"),
    ("event_id" = Option<String>, Query, description = "For this event"),
    ("created_by" = Option<String>, Query, description = "Made by these accounts")
), responses((status = 200, body = Page<TransferRow>)))]
async fn list_transfers(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::transfers::list(ctx, tx, &params)).await
}

/// Sends units to another custodian.
#[utoipa::path(post, path = "/transfers", tag = "inventory", request_body = CreateTransfer, responses(
    (status = 201, body = CreatedTransfer)
))]
async fn create_transfer(edge: Edge, body: Key<CreateTransfer>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::transfers::create(ctx, tx, &value)).await
}

/// One transfer with its units.
#[utoipa::path(get, path = "/transfers/{id}", tag = "inventory", params(("id" = String, Path, description = "trf_…")), responses(
    (status = 200, body = Transfer)
))]
async fn get_transfer(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::transfers::get(ctx, tx, id)).await
}

/// Accepts a transfer, or a part of it; reports what is missing.
#[utoipa::path(post, path = "/transfers/{id}/accept", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = AcceptTransfer, responses(
    (status = 200, body = Transfer)
))]
async fn accept_transfer(edge: Edge, Path(id): Path<String>, body: Key<AcceptTransfer>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::transfers::accept(ctx, tx, id, &value)).await
}

/// Declines a transfer.
#[utoipa::path(post, path = "/transfers/{id}/decline", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = Reason, responses(
    (status = 200, body = Transfer)
))]
async fn decline_transfer(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::transfers::decline(ctx, tx, id, &reason)).await
}

/// Takes a transfer back.
#[utoipa::path(post, path = "/transfers/{id}/cancel", tag = "inventory", params(("id" = String, Path, description = "trf_…")), responses(
    (status = 200, body = Transfer)
))]
async fn cancel_transfer(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await
}

/// Takes units off a pending transfer.
#[utoipa::path(post, path = "/transfers/{id}/remove-lines", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = TransferUnits, responses(
    (status = 200, body = Transfer)
))]
async fn remove_transfer_lines(edge: Edge, Path(id): Path<String>, body: Key<TransferUnits>) -> Out {
    let (id, unit_ids) = (edge.id(&id)?, body.value.unit_ids);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &unit_ids)).await
}

/// Whoever may receive: id, name and type, nothing more.
#[utoipa::path(get, path = "/transfer-recipients", tag = "inventory", params(
    ("from" = Option<String>, Query, description = "The sender, who is left out"),
    ("q" = Option<String>, Query, description = "The beginning of a word of the name"),
    Paging
), responses((status = 200, body = Page<Recipient>)))]
async fn transfer_recipients(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::transfers::recipients(ctx, tx, &params)).await
}

/// Pulls units from a source that was set up for the own account.
#[utoipa::path(post, path = "/quick-transfers", tag = "inventory", request_body = QuickTransfer, responses(
    (status = 201, body = Transfer)
))]
async fn quick_transfer(edge: Edge, body: Key<QuickTransfer>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::transfers::quick(ctx, tx, &value)).await
}

/// Says how a transfer travels: carrier, tracking number, day, parcels. Whoever receives it is told.
#[utoipa::path(put, path = "/transfers/{id}/shipment", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = Shipment, responses(
    (status = 200, body = Transfer)
))]
async fn ship_transfer(edge: Edge, Path(id): Path<String>, body: Key<Shipment>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::transfers::shipping::ship(ctx, tx, id, &value)).await
}

/// Transfers that are being put together, the latest first: one's own, and those of custodians for whom one may act.
#[utoipa::path(get, path = "/transfer-drafts", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at")
), responses((status = 200, body = Page<TransferDraft>)))]
async fn list_drafts(edge: Edge) -> Out {
    edge.read_list(drafts::list).await
}

/// Begins a transfer without sending it. It holds nothing: its units can be used and sent elsewhere meanwhile.
#[utoipa::path(post, path = "/transfer-drafts", tag = "inventory", request_body = CreateDraft, responses(
    (status = 201, body = TransferDraft)
))]
async fn create_draft(edge: Edge, body: Key<CreateDraft>) -> Out {
    edge.make(201, body, drafts::create).await
}

/// A draft with its units, each with what stands against sending it now.
#[utoipa::path(get, path = "/transfer-drafts/{id}", tag = "inventory", params(("id" = String, Path, description = "trf_…")), responses(
    (status = 200, body = TransferDraft)
))]
async fn get_draft(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, drafts::get).await
}

/// Changes a draft: units, recipient, note and the rest.
#[utoipa::path(patch, path = "/transfer-drafts/{id}", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = PatchDraft, responses(
    (status = 200, body = TransferDraft)
))]
async fn patch_draft(edge: Edge, Path(id): Path<String>, body: Key<PatchDraft>) -> Out {
    edge.change(200, &id, body, drafts::patch).await
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/transfer-drafts/{id}", tag = "inventory", params(("id" = String, Path, description = "trf_…")), responses(
    (status = 200, body = Done)
))]
async fn discard_draft(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, drafts::discard).await
}

/// Sends a draft: it becomes a transfer with the same id. What is not free any more is named (409 `not_free_any_more`), or left
/// out with `only_free`.
#[utoipa::path(post, path = "/transfer-drafts/{id}/send", tag = "inventory", params(("id" = String, Path, description = "trf_…")), request_body = SendDraft, responses(
    (status = 201, body = CreatedTransfer)
))]
async fn send_draft(edge: Edge, Path(id): Path<String>, body: Key<SendDraft>) -> Out {
    edge.change(201, &id, body, drafts::send).await
}
