//! The back office's own tick: it is done with an event. And by what else lists of events are narrowed after submission: what of its
//! money is there, and what was sent.

use super::{status, view, writable};
use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use contract::events::{Event, SetProcessed};
use domain::event::EventStatus;
use domain::id::EventId;
use domain::people::Permission;
use store::page::Query;
use store::{Tx, Value};

/// Says that the office is done with an event, or is not; nothing else changes with it.
pub fn set(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &SetProcessed) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageBilling)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    if !status(&row)?.is_submitted() {
        let message = "Only what was submitted is processed. Submit it first, or cancel it.";
        return Err(Error::conflict("event_not_submitted", message));
    }
    if body.processed != row.processed_at.is_some() {
        row.processed_at = body.processed.then_some(ctx.now.0);
        super::save(ctx, tx, &mut row)?;
        let mut entry = ctx.entry("event_processed").subject(row.id);
        let word = |processed: bool| Some(processed.to_string());
        entry.change(row.id, "processed", word(!body.processed), word(body.processed));
        entry.append(ctx, tx)?;
    }
    view(ctx, tx, row.id)
}

/// By what lists of events are narrowed once they are submitted.
pub(super) const FILTERS: [&str; 4] = ["processed", "invoice_paid", "commission_paid", "invoice_sent"];

const AN_OPEN_INVOICE: &str = "EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.organization_id = event.organization_id \
    AND invoice.event_id = event.id AND invoice.status = 'open')";
const A_SETTLED_INVOICE: &str = "EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.organization_id = \
    event.organization_id AND invoice.event_id = event.id AND invoice.status IN ('paid', 'credited'))";
const COMMISSION_OWED: &str = "EXISTS (SELECT 1 FROM billing_commission part WHERE part.organization_id = event.organization_id \
    AND part.event_id = event.id AND part.state = 'accrued' AND part.amount_minor <> 0)";
const AN_UNSENT_INVOICE: &str = "EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.organization_id = \
    event.organization_id AND invoice.event_id = event.id AND invoice.status IN ('open', 'paid') AND NOT EXISTS \
    (SELECT 1 FROM document_send sent WHERE sent.organization_id = invoice.organization_id AND sent.subject_id = invoice.id \
    AND sent.kind = 'invoice'))";

/// What the status says beside a filter, so that its index is walked: invoices are there while payment is awaited, and afterwards.
fn in_states(query: &mut Query, states: &[EventStatus]) {
    query.any_of("event.status", states.iter().map(|it| Value::Text(it.as_str().into())).collect());
}

/// Adds these filters.
pub(super) fn filtered(params: &ListParams, query: &mut Query) -> Result<()> {
    use EventStatus::{Paid, PendingPayment, PendingPo};
    match list::yes_no(params, "processed")? {
        Some(true) => drop(query.and("event.processed_at IS NOT NULL", [])),
        Some(false) => drop(query.and("event.processed_at IS NULL AND event.submitted_at IS NOT NULL", [])),
        None => {}
    }
    match list::yes_no(params, "invoice_paid")? {
        Some(true) => {
            in_states(query, &[PendingPayment, Paid]);
            query.and(A_SETTLED_INVOICE, []).and(&format!("NOT {AN_OPEN_INVOICE}"), []);
        }
        Some(false) => {
            in_states(query, &[PendingPayment]);
            query.and(AN_OPEN_INVOICE, []);
        }
        None => {}
    }
    match list::yes_no(params, "commission_paid")? {
        Some(true) => {
            in_states(query, &[PendingPo, PendingPayment, Paid]);
            query.and(&format!("NOT {COMMISSION_OWED}"), []);
        }
        Some(false) => {
            in_states(query, &[PendingPo, PendingPayment]);
            query.and(COMMISSION_OWED, []);
        }
        None => {}
    }
    if let Some(sent) = list::yes_no(params, "invoice_sent")? {
        in_states(query, &[PendingPayment, Paid]);
        let not = if sent { "NOT " } else { "" };
        query.and(&format!("{not}{AN_UNSENT_INVOICE}"), []);
    }
    Ok(())
}
