//! Money of a customer as it comes in: one amount for several invoices, those that are due first, or those that it names; what is left
//! over is kept for the customer.

use super::accounts::seen;
use super::orders;
use crate::events::plan::typed;
use crate::{Ctx, Error, Result};
use contract::billing::AddPayment;
use contract::credits::{Allocation, ReceivePayment, ReceivedPayment};
use domain::id::{self, CustomerId, Id};
use domain::limits;
use domain::people::Permission;
use store::Tx;
use store::billing::OpenRow;
use store::credits::BalanceRow;

/// Invoices that one amount is spread over, at most.
const INVOICES_MOST: i64 = 200;

/// Which open invoices are paid, in which order.
fn wanted(open: Vec<OpenRow>, ask: &ReceivePayment) -> Result<Vec<OpenRow>> {
    if ask.invoice_ids.is_empty() {
        return Ok(open);
    }
    let mut chosen: Vec<OpenRow> = Vec::with_capacity(ask.invoice_ids.len());
    for (at, id) in ask.invoice_ids.iter().enumerate() {
        let field = format!("invoice_ids[{at}]");
        if chosen.iter().any(|row| row.id == id.uuid()) {
            return Err(Error::field(field, "named_twice", "This invoice is named twice."));
        }
        let found = open.iter().find(|row| row.id == id.uuid());
        let row = found.ok_or_else(|| {
            Error::field(field, "invoice_not_open", "This is no open invoice of the customer. Leave it out.")
        })?;
        chosen.push(row.clone());
    }
    Ok(chosen)
}

/// Books money that came in.
pub fn receive(ctx: &Ctx, tx: &mut Tx, id: CustomerId, ask: &ReceivePayment) -> Result<ReceivedPayment> {
    seen(ctx, tx, id)?;
    ctx.require(Permission::ManageBilling)?;
    if ask.amount_minor <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    let reference = typed("reference", domain::text::clean_note(&ask.reference, limits::REASON_MAX))?;
    let received_on = ask.received_on.unwrap_or(ctx.today());
    let open = store::billing::open_of_customer(tx, ctx.org(), id.uuid(), INVOICES_MOST)?;
    let open = wanted(open, ask)?;
    // Rows are locked in one order, whatever the order in which invoices are paid.
    let mut events: Vec<uuid::Uuid> = open.iter().map(|row| row.event_id).collect();
    events.sort_unstable();
    events.dedup();
    for event in events {
        store::events::lock_event(tx, ctx.org(), event)?;
    }
    // What each invoice says is its own version; the caller knows none of them.
    let each = Ctx { expected_version: None, ..ctx.clone() };
    let (mut left, mut allocations) = (ask.amount_minor, Vec::new());
    for row in open {
        let amount_minor = left.min(row.open_minor);
        if amount_minor <= 0 {
            break;
        }
        let part = AddPayment {
            amount_minor,
            received_on: Some(received_on),
            reference: reference.clone(),
            from_balance: false,
        };
        orders::pay(&each, tx, Id::from_uuid(row.id), part)?;
        allocations.push(Allocation { invoice_id: Id::from_uuid(row.id), number: row.number, amount_minor });
        left -= amount_minor;
    }
    if left > 0 {
        keep(ctx, tx, id, left, i64::from(received_on.0), reference)?;
    }
    let mut entry = ctx.entry("payment_received").subject(id.uuid());
    entry.change(id.uuid(), "received_minor", None, Some(ask.amount_minor.to_string()));
    entry.change(id.uuid(), "to_balance_minor", None, (left > 0).then(|| left.to_string()));
    entry.append(ctx, tx)?;
    Ok(ReceivedPayment {
        customer_id: id,
        amount_minor: ask.amount_minor,
        allocations,
        to_balance_minor: left,
        currency: ctx.organization.currency.clone(),
    })
}

/// Keeps what is more than was open for the customer.
fn keep(ctx: &Ctx, tx: &mut Tx, id: CustomerId, amount: i64, day: i64, reference: String) -> Result<()> {
    store::directory::lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let step = BalanceRow {
        id: ctx.id::<id::Payment>().uuid(),
        kind: "paid".to_owned(),
        amount_minor: amount,
        day,
        invoice_id: None,
        memo_id: None,
        reference,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
    };
    Ok(store::credits::add_step(tx, ctx.org(), id.uuid(), &step)?)
}
