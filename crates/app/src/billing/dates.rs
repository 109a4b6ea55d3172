//! When invoices are due: from the terms of their order and from the events that these wait for; corrected while they are not
//! paid; typed by a person; counted from the invoice when nothing came in time.

use super::rule_of;
use crate::events::plan::typed;
use crate::events::{day, kind, level};
use crate::journal::Draft;
use crate::{App, Ctx, Error, Result};
use contract::Patch;
use contract::billing::{Invoice, TermsSnapshot};
use contract::credits::PatchInvoice;
use domain::clock::Day;
use domain::event::EventType;
use domain::id::{InvoiceId, OrganizationId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::terms::{Dates, Due, Grace};
use store::Tx;
use store::billing::{InvoiceRow, SalesOrderRow};
use store::events::EventRow;

/// Invoices that are looked at in one unit of work.
const AT_ONCE: i64 = 50;

/// What is noted on an invoice of the days that terms may wait for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noted {
    pub received: Option<Day>,
    pub specified: Option<Day>,
}

impl Noted {
    fn of(invoice: &InvoiceRow) -> Self {
        let known = |day: Option<i64>| day.map(|day| Day(day as i32));
        Self { received: known(invoice.received_on), specified: known(invoice.specified_on) }
    }
}

/// The organisation's days without business.
pub(crate) fn holidays(ctx: &Ctx) -> Vec<Day> {
    let listed = ctx.organization.settings.get("holidays").and_then(serde_json::Value::as_array);
    listed.into_iter().flatten().filter_map(|day| day.as_str().and_then(Day::parse)).collect()
}

/// How long the organisation waits for what did not come.
pub(crate) fn grace(ctx: &Ctx) -> Grace {
    let default = Grace::default();
    let days = |key: &str, default: i32| {
        let set = ctx.organization.settings.get(key).and_then(serde_json::Value::as_i64);
        set.and_then(|days| i32::try_from(days).ok()).unwrap_or(default)
    };
    Grace {
        receipt_days: days("receipt_grace_days", default.receipt_days),
        fallback_days: days("basis_fallback_days", default.fallback_days),
    }
}

/// The terms under which an order was submitted.
pub(crate) fn snapshot(order: &SalesOrderRow) -> Result<TermsSnapshot> {
    serde_json::from_str(&order.terms).map_err(|error| Error::Internal(error.to_string()))
}

/// The days of an order, known and planned, and of an invoice of it.
pub(crate) fn dates_of(event: &EventRow, order: &SalesOrderRow, issued_on: Option<Day>, noted: Noted) -> Result<Dates> {
    let has_case = kind(event)? == EventType::Case;
    let known = |day: Option<i64>| day.map(|day| Day(day as i32));
    // Goods are wanted on the day of the event: that is when they are to be there.
    let planned = Some(day(event));
    Ok(Dates {
        order_date: Some(Day(order.submitted_on as i32)),
        usage_date: has_case.then(|| day(event)),
        ship_date: known(order.shipped_on),
        delivery_date: known(order.delivered_on),
        invoice_date: issued_on,
        invoice_receipt_date: noted.received,
        specified_date: noted.specified,
        has_case,
        planned_usage_date: planned,
        planned_ship_date: planned,
        planned_delivery_date: planned,
        planned_invoice_date: None,
    })
}

/// When an invoice of an order is due.
pub(crate) fn due(ctx: &Ctx, event: &EventRow, order: &SalesOrderRow, issued_on: Day, noted: Noted) -> Result<Due> {
    let snapshot = snapshot(order)?;
    let dates = dates_of(event, order, Some(issued_on), noted)?;
    let (terms, basis) = (rule_of(&snapshot), snapshot.basis_date);
    Ok(domain::terms::due_by(&terms, basis, &dates, &holidays(ctx), ctx.today(), grace(ctx)))
}

/// Computes anew when an invoice is due; never of one that is settled, and never a day that a person typed. Tells the entry of
/// what is different; gives whether anything is.
pub(crate) fn recompute(
    ctx: &Ctx,
    tx: &mut Tx,
    event: &EventRow,
    order: &SalesOrderRow,
    invoice: &mut InvoiceRow,
    entry: &mut Draft,
) -> Result<bool> {
    if invoice.status != "open" || invoice.due_manual {
        return Ok(false);
    }
    let now = due(ctx, event, order, Day(invoice.issued_on as i32), Noted::of(invoice))?;
    let before = invoice.clone();
    let stored = |day: Option<Day>| day.map(|day| i64::from(day.0));
    invoice.due_on = stored(now.due_on);
    invoice.estimated_due_on = stored(now.estimated_due_on);
    invoice.due_state = now.state.as_str().into();
    invoice.explanation = now.explanation;
    let facts = |it: &InvoiceRow| (it.due_on, it.due_state.clone(), it.explanation.clone(), it.estimated_due_on);
    if facts(&before) == facts(invoice) {
        return Ok(false);
    }
    tell(entry, &before, invoice);
    store::billing::save_invoice(tx, ctx.org(), invoice)?;
    Ok(true)
}

fn tell(entry: &mut Draft, before: &InvoiceRow, after: &InvoiceRow) {
    let shown = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(after.id, "due_on", shown(before.due_on), shown(after.due_on));
    entry.change(after.id, "due_state", Some(before.due_state.clone()), Some(after.due_state.clone()));
}

/// Notes when an invoice was received, the day typed on it, or its due date itself. A typed due date stays until it is given
/// back to the terms; what was paid is never computed anew.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: InvoiceId, change: PatchInvoice) -> Result<Invoice> {
    let known = store::billing::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let event = store::events::lock_event(tx, ctx.org(), known.event_id)?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, &event)? < Level::See {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageBilling)?;
    let invoices = store::billing::lock_invoices(tx, ctx.org(), event.id)?;
    let mut invoice = invoices.into_iter().find(|it| it.id == known.id).ok_or_else(Error::not_found)?;
    ctx.check_version(invoice.version, || super::documents::invoice(ctx, tx, id))?;
    if invoice.status != "open" {
        let message = "Only the due date of an invoice that is still open can be corrected.";
        return Err(Error::conflict("invoice_not_open", message));
    }
    let order = store::billing::sales_order(tx, ctx.org(), invoice.sales_order_id)?.ok_or_else(Error::not_found)?;
    let reason = typed("reason", domain::text::clean_note(&change.reason, limits::REASON_MAX))?;
    let issued = Day(invoice.issued_on as i32);
    if let Patch::Set(day) = &change.received_on
        && *day < issued
    {
        let message = "It cannot be received before it was issued.";
        return Err(Error::field("received_on", "received_before_issued", message));
    }
    let before = invoice.clone();
    let set = |stored: &mut Option<i64>, patch: Patch<Day>| {
        *stored = patch.or(stored.map(|day| Day(day as i32))).map(|day| i64::from(day.0));
    };
    set(&mut invoice.received_on, change.received_on);
    set(&mut invoice.specified_on, change.specified_on);
    match change.due_on {
        Patch::Leave => {}
        Patch::Clear => invoice.due_manual = false,
        Patch::Set(day) if day < issued => {
            return Err(Error::field("due_on", "due_before_issued", "It cannot be due before it was issued."));
        }
        Patch::Set(day) => {
            invoice.due_manual = true;
            invoice.due_on = Some(i64::from(day.0));
            invoice.estimated_due_on = None;
            invoice.due_state = "due".into();
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            invoice.explanation = format!("Typed by {}{why}", ctx.actor.name);
        }
    }
    let mut entry = ctx.entry("due_date_corrected").reason(&reason).subject(invoice.id).subject(event.id);
    let shown = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(invoice.id, "received_on", shown(before.received_on), shown(invoice.received_on));
    entry.change(invoice.id, "specified_on", shown(before.specified_on), shown(invoice.specified_on));
    let manual = |it: &InvoiceRow| Some(it.due_manual.to_string());
    entry.change(invoice.id, "due_manual", manual(&before), manual(&invoice));
    if invoice.due_manual {
        tell(&mut entry, &before, &invoice);
        store::billing::save_invoice(tx, ctx.org(), &mut invoice)?;
    } else if !recompute(ctx, tx, &event, &order, &mut invoice, &mut entry)? {
        store::billing::save_invoice(tx, ctx.org(), &mut invoice)?;
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    super::documents::invoice(ctx, tx, id)
}

impl App {
    /// Gives up waiting for what did not come in time: such invoices are due from their own date, and say so. Gives how many.
    pub async fn fall_back_due_dates(&self, organization: OrganizationId) -> Result<usize> {
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        let grace = grace(&ctx);
        let latest = ctx.today().plus(-grace.fallback_days.min(grace.receipt_days));
        let id = organization.uuid();
        let mut fallen = 0;
        let mut after = (i64::MIN, uuid::Uuid::nil());
        loop {
            let waiting = self
                .db()
                .read(move |tx| store::billing::pending_invoices(tx, id, after, i64::from(latest.0), AT_ONCE))
                .await?;
            let Some(last) = waiting.last() else { return Ok(fallen) };
            after = (last.issued_on, last.id);
            for row in waiting {
                let ctx = ctx.at(self.now());
                fallen += self.write(&ctx, move |ctx, tx| fall_back(ctx, tx, &row)).await?;
            }
        }
    }
}

fn fall_back(ctx: &Ctx, tx: &mut Tx, seen: &InvoiceRow) -> Result<usize> {
    let Some(event) = store::events::lock_event(tx, ctx.org(), seen.event_id)? else { return Ok(0) };
    let Some(order) = store::billing::sales_order(tx, ctx.org(), seen.sales_order_id)? else { return Ok(0) };
    let invoices = store::billing::lock_invoices(tx, ctx.org(), event.id)?;
    let Some(mut invoice) = invoices.into_iter().find(|it| it.id == seen.id) else { return Ok(0) };
    if invoice.due_on.is_some() {
        return Ok(0);
    }
    let mut entry = ctx.entry("due_date_fallen_back").subject(invoice.id).subject(event.id);
    let changed = recompute(ctx, tx, &event, &order, &mut invoice, &mut entry)? && invoice.due_on.is_some();
    if changed {
        entry.append(ctx, tx)?;
    }
    Ok(usize::from(changed))
}
