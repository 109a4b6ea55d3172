//! Events: cases, stocking orders and everything else through which stock leaves.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::events::{
    AddCharge, AddEventComment, AddLines, AddPurchaseOrder, AddedCharge, AddedLines, AmendEvent, Calendar, ChangeLines,
    ChangedLine, ChangedLines, ChangedPurchaseOrder, CopyEvent, CreateEvent, Event, EventComment, EventReason,
    EventSummary, EventWarning, Line, ListedEvent, PatchEvent, PatchLine, PatchPurchaseOrder, SetProcessed,
    SubmitEvent, UsableUnit,
};
use contract::{HistoryEntry, Items, Page, Reason};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_events, create_event))
        .routes(routes!(get_event, patch_event))
        .routes(routes!(patch_event_line, remove_event_line))
        .routes(routes!(patch_purchase_order, remove_purchase_order))
        .routes(routes!(event_lines, add_event_lines, change_event_lines))
        .routes(routes!(add_event_charge))
        .routes(routes!(remove_event_charge))
        .routes(routes!(submit_event))
        .routes(routes!(cancel_event))
        .routes(routes!(reopen_event))
        .routes(routes!(release_hold_event))
        .routes(routes!(amend_event))
        .routes(routes!(reverse_event))
        .routes(routes!(copy_event))
        .routes(routes!(mark_event_paid))
        .routes(routes!(set_event_processed))
        .routes(routes!(add_purchase_order))
        .routes(routes!(usable_units))
        .routes(routes!(event_warnings))
        .routes(routes!(event_history))
        .routes(routes!(list_event_comments, add_event_comment))
        .routes(routes!(events_for_unit))
        .routes(routes!(calendar))
}

/// Events in reach, newest first.
#[utoipa::path(get, path = "/events", tag = "events", params(
    Paging,
    ("sort" = Option<String>, Query, description = "starts_at, number, created_at; a minus falls. Default: -starts_at"),
    ("q" = Option<String>, Query, description = "Words of the name, the number, numbers of purchase orders"),
    ("type" = Option<String>, Query, description = "Types"),
    ("status" = Option<String>, Query, description = "Statuses"),
    ("representative_id" = Option<String>, Query, description = "Representatives, deactivated ones too"),
    ("location_id" = Option<String>, Query, description = "Locations"),
    ("customer_id" = Option<String>, Query, description = "Customers"),
    ("physician_id" = Option<String>, Query, description = "Physicians"),
    ("manufacturer_id" = Option<String>, Query, description = "Manufacturers whose products are expected"),
    ("product_line_id" = Option<String>, Query, description = "Product lines that it is about"),
    ("from" = Option<String>, Query, description = "Begins at or after this day or instant"),
    ("to" = Option<String>, Query, description = "Begins before this day or instant"),
    ("processed" = Option<bool>, Query, description = "Submitted, and the back office is done with it or not"),
    ("invoice_paid" = Option<bool>, Query, description = "Everything that is invoiced is paid or credited, or something is open"),
    ("commission_paid" = Option<bool>, Query, description = "Submitted, and commission is owed or not"),
    ("invoice_sent" = Option<bool>, Query, description = "Invoiced, and every invoice was sent or marked as sent, or some was not"),
), responses((status = 200, body = Page<ListedEvent>)))]
async fn list_events(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::events::listed(ctx, tx, &params)).await
}

/// Plans an event.
#[utoipa::path(post, path = "/events", tag = "events", request_body = CreateEvent, responses(
    (status = 201, body = Event)
))]
async fn create_event(edge: Edge, body: Key<CreateEvent>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::events::plan::create(ctx, tx, value.clone())).await
}

/// One event with its lines.
#[utoipa::path(get, path = "/events/{id}", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Event)
))]
async fn get_event(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::events::get(ctx, tx, id)).await
}

/// Changes an open event.
#[utoipa::path(patch, path = "/events/{id}", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = PatchEvent, responses(
    (status = 200, body = Event)
))]
async fn patch_event(edge: Edge, Path(id): Path<String>, body: Key<PatchEvent>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::plan::patch(ctx, tx, id, value.clone())).await
}

/// Marks units on an open event.
#[utoipa::path(post, path = "/events/{id}/lines", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = AddLines, responses(
    (status = 201, body = AddedLines)
))]
async fn add_event_lines(edge: Edge, Path(id): Path<String>, body: Key<AddLines>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::events::lines::add(ctx, tx, id, value.clone())).await
}

/// The lines of an event by the page, in the order in which they were marked.
#[utoipa::path(get, path = "/events/{id}/lines", tag = "events", params(("id" = String, Path, description = "evt_…"),
    Paging,
    ("usage" = Option<String>, Query, description = "What happened to the units"),
    ("catalog_item_id" = Option<String>, Query, description = "Items"),
    ("manufacturer_id" = Option<String>, Query, description = "Manufacturers"),
), responses((status = 200, body = Page<Line>)))]
async fn event_lines(edge: Edge, Path(id): Path<String>) -> Out {
    let (id, params) = (edge.id(&id)?, edge.list()?);
    edge.read(move |ctx, tx| app::events::lines::many::list(ctx, tx, id, &params)).await
}

/// Changes several lines of an open event alike, or takes them off: all of them, or none.
#[utoipa::path(patch, path = "/events/{id}/lines", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = ChangeLines, responses(
    (status = 200, body = ChangedLines)
))]
async fn change_event_lines(edge: Edge, Path(id): Path<String>, body: Key<ChangeLines>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::lines::many::change(ctx, tx, id, &value)).await
}

/// Changes a line of an open event.
#[utoipa::path(patch, path = "/events/{id}/lines/{line_id}", tag = "events", params(("id" = String, Path, description = "evt_…"), ("line_id" = String, Path, description = "lin_…")), request_body = PatchLine, responses(
    (status = 200, body = ChangedLine)
))]
async fn patch_event_line(edge: Edge, Path((id, part)): Path<(String, String)>, body: Key<PatchLine>) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::lines::patch(ctx, tx, id, part, value.clone())).await
}

/// Takes a unit off an open event.
#[utoipa::path(delete, path = "/events/{id}/lines/{line_id}", tag = "events", params(("id" = String, Path, description = "evt_…"), ("line_id" = String, Path, description = "lin_…")), responses(
    (status = 200, body = Event)
))]
async fn remove_event_line(edge: Edge, Path((id, part)): Path<(String, String)>) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    edge.write(200, move |ctx, tx| app::events::lines::remove(ctx, tx, id, part)).await
}

/// Adds an amount besides the units.
#[utoipa::path(post, path = "/events/{id}/charges", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = AddCharge, responses(
    (status = 201, body = AddedCharge)
))]
async fn add_event_charge(edge: Edge, Path(id): Path<String>, body: Key<AddCharge>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::events::charges::add(ctx, tx, id, value.clone())).await
}

/// Takes a charge off an open event.
#[utoipa::path(delete, path = "/events/{id}/charges/{charge_id}", tag = "events", params(("id" = String, Path, description = "evt_…"), ("charge_id" = String, Path, description = "chg_…")), responses(
    (status = 200, body = Event)
))]
async fn remove_event_charge(edge: Edge, Path((id, part)): Path<(String, String)>) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    edge.write(200, move |ctx, tx| app::events::charges::remove(ctx, tx, id, part)).await
}

/// Submits an open event for billing.
#[utoipa::path(post, path = "/events/{id}/submit", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = SubmitEvent, responses(
    (status = 200, body = Event)
))]
async fn submit_event(edge: Edge, Path(id): Path<String>, body: Key<SubmitEvent>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::settle::submit(ctx, tx, id, &value)).await
}

/// Calls off an open event.
#[utoipa::path(post, path = "/events/{id}/cancel", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = EventReason, responses(
    (status = 200, body = Event)
))]
async fn cancel_event(edge: Edge, Path(id): Path<String>, body: Key<EventReason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::plan::cancel(ctx, tx, id, &value.reason)).await
}

/// Takes a submitted event back to work on it; a stocking order never.
#[utoipa::path(post, path = "/events/{id}/reopen", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = EventReason, responses(
    (status = 200, body = Event)
))]
async fn reopen_event(edge: Edge, Path(id): Path<String>, body: Key<EventReason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::settle::reopen(ctx, tx, id, &value.reason)).await
}

/// Lets a stocking order pass in spite of its customer's billing hold.
#[utoipa::path(post, path = "/events/{id}/release-hold", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = EventReason, responses(
    (status = 200, body = Event)
))]
async fn release_hold_event(edge: Edge, Path(id): Path<String>, body: Key<EventReason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::plan::release_hold(ctx, tx, id, &value.reason)).await
}

/// Corrects a submitted event by the next edition of its sales order.
#[utoipa::path(post, path = "/events/{id}/amend", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = AmendEvent, responses(
    (status = 200, body = Event)
))]
async fn amend_event(edge: Edge, Path(id): Path<String>, body: Key<AmendEvent>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::settle::amend(ctx, tx, id, value.clone())).await
}

/// Undoes a stocking order whose units are still on the shelf.
#[utoipa::path(post, path = "/events/{id}/reverse", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = Reason, responses(
    (status = 200, body = Event)
))]
async fn reverse_event(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::settle::reverse(ctx, tx, id, &value.reason)).await
}

/// Plans a new event like this one.
#[utoipa::path(post, path = "/events/{id}/copy", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = CopyEvent, responses(
    (status = 201, body = Event)
))]
async fn copy_event(edge: Edge, Path(id): Path<String>, body: Key<CopyEvent>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::events::plan::copy(ctx, tx, id, value.clone())).await
}

/// Books what is missing until the event is paid.
#[utoipa::path(post, path = "/events/{id}/mark-paid", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Event)
))]
async fn mark_event_paid(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await
}

/// Says that the back office is done with an event, or is not.
#[utoipa::path(put, path = "/events/{id}/processed", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = SetProcessed, responses(
    (status = 200, body = Event)
))]
async fn set_event_processed(edge: Edge, Path(id): Path<String>, body: Key<SetProcessed>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::events::processed::set(ctx, tx, id, &value)).await
}

/// Enters a purchase order; the last one that was missing issues the invoices.
#[utoipa::path(post, path = "/events/{id}/purchase-orders", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = AddPurchaseOrder, responses(
    (status = 201, body = ChangedPurchaseOrder)
))]
async fn add_purchase_order(edge: Edge, Path(id): Path<String>, body: Key<AddPurchaseOrder>) -> Out {
    let id = edge.id(&id)?;
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::billing::orders::add(ctx, tx, id, value.clone())).await
}

/// Corrects a purchase order.
#[utoipa::path(patch, path = "/events/{id}/purchase-orders/{purchase_order_id}", tag = "events", params(("id" = String, Path, description = "evt_…"), ("purchase_order_id" = String, Path, description = "pon_…")), request_body = PatchPurchaseOrder, responses(
    (status = 200, body = ChangedPurchaseOrder)
))]
async fn patch_purchase_order(
    edge: Edge,
    Path((id, part)): Path<(String, String)>,
    body: Key<PatchPurchaseOrder>,
) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    let value = body.value;
    edge.write_body(200, &body.bytes, move |ctx, tx| app::billing::orders::patch(ctx, tx, id, part, value.clone()))
        .await
}

/// Removes a purchase order; invoices that it allowed are void.
#[utoipa::path(delete, path = "/events/{id}/purchase-orders/{purchase_order_id}", tag = "events", params(("id" = String, Path, description = "evt_…"), ("purchase_order_id" = String, Path, description = "pon_…")), responses(
    (status = 200, body = Event)
))]
async fn remove_purchase_order(edge: Edge, Path((id, part)): Path<(String, String)>) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    edge.write(200, move |ctx, tx| app::billing::orders::remove(ctx, tx, id, part)).await
}

/// Units that may be marked on an event now, soonest expiry first.
#[utoipa::path(get, path = "/events/{id}/usable-units", tag = "events", params(("id" = String, Path, description = "evt_…"), 
    Paging,
    ("sort" = Option<String>, Query, description = "expires_on; a minus falls. Default: expires_on"),
    ("q" = Option<String>, Query, description = "Words, a lot, a serial number, or a scanned code"),
    ("manufacturer_id" = Option<String>, Query, description = "Manufacturers"),
    ("product_line_id" = Option<String>, Query, description = "Product lines"),
    ("catalog_item_id" = Option<String>, Query, description = "Items"),
    ("container_id" = Option<String>, Query, description = "Units in these containers"),
    ("facility_stock" = Option<bool>, Query, description = "Facility stock of the location, or none of it"),
    ("own" = Option<bool>, Query, description = "true for the representative's own custody alone"),
), responses((status = 200, body = Page<UsableUnit>)))]
async fn usable_units(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::events::lines::usable_units(ctx, tx, id, &params)).await
}

/// What to look at: before submitting, and while the purchase order is awaited.
#[utoipa::path(get, path = "/events/{id}/warnings", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Items<EventWarning>)
))]
async fn event_warnings(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::events::warnings::list(ctx, tx, id)).await
}

/// What happened to an event, newest first.
#[utoipa::path(get, path = "/events/{id}/history", tag = "events", params(
    ("id" = String, Path, description = "evt_…"),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn event_history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| app::events::history(ctx, tx, id, past)).await
}

/// What was said about an event, the first first.
#[utoipa::path(get, path = "/events/{id}/comments", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Items<EventComment>)
))]
async fn list_event_comments(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::events::comments::list).await
}

/// Says something about an event, in any state of it; whoever is on it is told, and the office when the field says it.
#[utoipa::path(post, path = "/events/{id}/comments", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = AddEventComment, responses(
    (status = 201, body = EventComment)
))]
async fn add_event_comment(edge: Edge, Path(id): Path<String>, body: Key<AddEventComment>) -> Out {
    edge.change(201, &id, body, app::events::comments::add).await
}

/// Open events around today on which a unit could be marked now, the nearest day first.
#[utoipa::path(get, path = "/units/{id}/usable-events", tag = "events", params(("id" = String, Path, description = "unt_…")), responses(
    (status = 200, body = Items<EventSummary>)
))]
async fn events_for_unit(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::events::using::events).await
}

/// Events between two moments, and who or what is wanted twice at a time.
#[utoipa::path(get, path = "/calendar", tag = "events", params(
    ("from" = String, Query, description = "A day or an instant"),
    ("to" = String, Query, description = "A day or an instant, at most 92 days later"),
    ("people" = Option<String>, Query, description = "Representatives and sub-representatives"),
    ("units" = Option<String>, Query, description = "Containers that are booked and units that are marked"),
), responses((status = 200, body = Calendar)))]
async fn calendar(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::events::calendar::calendar(ctx, tx, &params)).await
}
