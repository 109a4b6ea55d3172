//! Credit memos: what is taken off an invoice after it was issued, in part or whole, with the commission and the figures that
//! follow. What was paid already becomes credit balance. An invoice that was wrong is credited whole and billed anew in one act.

use super::{Booking, accounts, accrue, book, carry, currency, issue, json, settle_invoice, split, standing};
use crate::events::plan::typed;
use crate::events::{Loaded, level, save, settle::settled_status, status};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::credits::{CreditInvoice, CreditMemo, WriteOff};
use domain::clock::Day;
use domain::id::{Id, InvoiceId, LineId};
use domain::limits;
use domain::money::Minor;
use domain::people::{Level, Permission};
use std::collections::BTreeSet;
use store::Tx;
use store::billing::{InvoiceRow, SalesOrderRow};
use store::credits::CreditMemoRow;
use store::events::EventRow;

/// The numbers of write-offs begin with it.
pub(crate) const WRITE_OFF: &str = "WRO-";

/// What a memo is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// It was too much: sales and commission follow.
    Credit,
    /// It is not hoped for any more: it was earned all the same.
    WriteOff,
}

impl Why {
    const fn word(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::WriteOff => "write_off",
        }
    }

    /// A number without gaps, of this kind.
    fn number(self, ctx: &Ctx, tx: &mut Tx) -> Result<String> {
        Ok(match self {
            Self::Credit => format!("CRM-{:06}", store::engine::next_number(tx, ctx.org(), "credit_memo")?),
            Self::WriteOff => format!("{WRITE_OFF}{:06}", store::engine::next_number(tx, ctx.org(), "write_off")?),
        })
    }
}

/// Credits an invoice. The answer is the memo.
pub fn credit(ctx: &Ctx, tx: &mut Tx, id: InvoiceId, ask: &CreditInvoice) -> Result<CreditMemo> {
    take(ctx, tx, id, ask, Why::Credit)
}

/// Writes off what is open of an invoice, or a part of it.
pub fn write_off(ctx: &Ctx, tx: &mut Tx, id: InvoiceId, ask: &WriteOff) -> Result<CreditMemo> {
    let ask = CreditInvoice { amount_minor: ask.amount_minor, reason: ask.reason.clone(), ..CreditInvoice::default() };
    take(ctx, tx, id, &ask, Why::WriteOff)
}

/// The number of a credit or a write-off of an invoice that was open at the beginning.
pub(crate) fn opening_number(ctx: &Ctx, tx: &mut Tx, write_off: bool) -> Result<(&'static str, String)> {
    let why = if write_off { Why::WriteOff } else { Why::Credit };
    Ok((why.word(), why.number(ctx, tx)?))
}

fn take(ctx: &Ctx, tx: &mut Tx, id: InvoiceId, ask: &CreditInvoice, why: Why) -> Result<CreditMemo> {
    let known = store::billing::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let mut row = store::events::lock_event(tx, ctx.org(), known.event_id)?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, &row)? < Level::See {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageBilling)?;
    let invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let mut invoice = invoices.into_iter().find(|it| it.id == known.id).ok_or_else(Error::not_found)?;
    ctx.check_version(invoice.version, || super::documents::invoice(ctx, tx, id))?;
    may_be_credited(&invoice)?;
    let reason = typed("reason", domain::text::clean_note(&ask.reason, limits::REASON_MAX))?;
    if reason.is_empty() {
        let message = match why {
            Why::Credit => "Say why it is credited: the customer reads it.",
            Why::WriteOff => "Say why it is not hoped for any more. It is kept in the history.",
        };
        return Err(Error::field("reason", "reason_required", message));
    }
    let (amount, lines) = match why {
        Why::Credit => amount_of(ctx, tx, &invoice, ask)?,
        Why::WriteOff => (open_part(ctx, invoice.open(), ask.amount_minor)?, Vec::new()),
    };
    let loaded = Loaded::of(ctx, tx, &row)?;
    let order = store::billing::latest_order(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    let mut entry = ctx
        .entry(if why == Why::Credit { "invoice_credited" } else { "invoice_written_off" })
        .reason(&reason)
        .subject(invoice.id)
        .subject(row.id);
    let before = invoice.clone();
    let mut memo = CreditMemoRow {
        id: ctx.id::<domain::id::CreditMemo>().uuid(),
        number: why.number(ctx, tx)?,
        invoice_id: invoice.id,
        event_id: row.id,
        customer_id: invoice.customer_id,
        location_id: order.location_id,
        amount_minor: amount,
        net_minor: 0,
        to_balance_minor: 0,
        reason,
        line_ids: json(&lines)?,
        issued_on: i64::from(ctx.today().0),
        rebilled_as_id: None,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        kind: why.word().to_owned(),
    };
    if ask.rebill {
        bill_anew(ctx, tx, &row, &loaded, &order, &mut invoice, &mut memo)?;
    } else {
        take_off(ctx, tx, &mut invoice, &mut memo)?;
    }
    if why == Why::Credit {
        memo.net_minor = net_of(ctx, tx, &order, &invoice, &memo)?;
    }
    store::credits::insert(tx, ctx.org(), &memo)?;
    accrue(ctx, tx, &row, &loaded)?;
    tell(&mut entry, &before, &invoice, &memo);
    let invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let standing = standing(ctx, tx, row.id, &invoices, true)?;
    let next = settled_status(&loaded, &row, status(&row)?, standing)?;
    if next.as_str() != row.status {
        entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
        row.status = next.as_str().into();
        save(ctx, tx, &mut row)?;
    }
    // Last, because these rows are hot.
    if let Some(customer) = memo.customer_id.filter(|_| memo.net_minor != 0) {
        let (location, day) = (memo.location_id.unwrap_or_default(), Day(memo.issued_on as i32));
        store::directory::figures::add_credit(tx, ctx.org(), customer, location, day, memo.net_minor)?;
    }
    entry.append(ctx, tx)?;
    super::documents::credit_memo(ctx, tx, Id::from_uuid(memo.id))
}

fn may_be_credited(invoice: &InvoiceRow) -> Result<()> {
    if invoice.status == "void" {
        let message = "This invoice is void: nothing is owed on it. Credit the one that replaces it.";
        return Err(Error::conflict("invoice_void", message));
    }
    if invoice.rebilled_as_id.is_some() || invoice.credited_minor >= invoice.total_minor {
        return Err(Error::conflict("invoice_credited", "This invoice was credited whole already."));
    }
    Ok(())
}

/// How much is credited, and for which lines.
fn amount_of(ctx: &Ctx, tx: &mut Tx, invoice: &InvoiceRow, ask: &CreditInvoice) -> Result<(i64, Vec<LineId>)> {
    let left = invoice.total_minor - invoice.credited_minor;
    if ask.rebill && (ask.amount_minor.is_some_and(|minor| minor != left) || !ask.line_ids.is_empty()) {
        let message = "To bill it anew, all that is left of the invoice is credited: leave amount and lines out.";
        return Err(Error::field("amount_minor", "not_expected", message));
    }
    if ask.amount_minor.is_some() && !ask.line_ids.is_empty() {
        return Err(Error::field("amount_minor", "not_expected", "Give an amount or lines, not both."));
    }
    let amount = match ask.amount_minor {
        Some(minor) => minor,
        None if ask.line_ids.is_empty() => left,
        None => of_lines(ctx, tx, invoice, &ask.line_ids)?,
    };
    if amount <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    if amount > left {
        let left = Minor(left).display(currency(ctx));
        let message = format!("Only {left} of this invoice was not credited yet.");
        return Err(Error::field("amount_minor", "overcredit", message));
    }
    if amount > invoice.open() && invoice.customer_id.is_none() {
        let open = Minor(invoice.open()).display(currency(ctx));
        let message = format!("Only {open} is open, and there is no customer to keep the rest for.");
        return Err(Error::field("amount_minor", "overcredit", message));
    }
    Ok((amount, ask.line_ids.clone()))
}

/// How much of what is open is taken off: all of it when nobody says.
pub(crate) fn open_part(ctx: &Ctx, open: i64, wanted: Option<i64>) -> Result<i64> {
    let amount = wanted.unwrap_or(open);
    if open <= 0 {
        return Err(Error::conflict("nothing_open", "Nothing is open on this invoice."));
    }
    if amount <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    if amount > open {
        let open = Minor(open).display(currency(ctx));
        return Err(Error::field("amount_minor", "overcredit", format!("Only {open} is open on this invoice.")));
    }
    Ok(amount)
}

fn of_lines(ctx: &Ctx, tx: &mut Tx, invoice: &InvoiceRow, wanted: &[LineId]) -> Result<i64> {
    let said = super::documents::read_document(store::billing::invoice_document(tx, ctx.org(), invoice.id)?)?;
    let mut taken: BTreeSet<LineId> = BTreeSet::new();
    for memo in store::credits::of_invoice(tx, ctx.org(), invoice.id)? {
        taken.extend(serde_json::from_str::<Vec<LineId>>(&memo.line_ids).unwrap_or_default());
    }
    let mut sum = 0i64;
    for (at, id) in wanted.iter().enumerate() {
        let field = format!("line_ids[{at}]");
        let line = said.lines.iter().find(|line| line.line_id == *id).ok_or_else(|| Error::unknown(field.clone()))?;
        if !taken.insert(*id) {
            return Err(Error::field(field, "line_credited", "This line is credited already, or named twice."));
        }
        sum = sum.saturating_add(line.amount_minor);
    }
    Ok(sum)
}

/// Takes an amount off an invoice; what was paid of it already is kept for the customer.
fn take_off(ctx: &Ctx, tx: &mut Tx, invoice: &mut InvoiceRow, memo: &mut CreditMemoRow) -> Result<()> {
    let paid_already = (memo.amount_minor - invoice.open()).max(0);
    invoice.credited_minor += memo.amount_minor;
    memo.to_balance_minor = paid_already;
    match invoice.customer_id.filter(|_| paid_already > 0) {
        Some(customer) => accounts::to_balance(ctx, tx, customer, invoice, paid_already, "credited", Some(memo)),
        None => {
            settle_invoice(invoice);
            Ok(store::billing::save_invoice(tx, ctx.org(), invoice)?)
        }
    }
}

/// Credits the whole invoice and issues one that bills the same anew; what was paid goes along.
fn bill_anew(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &Loaded,
    order: &SalesOrderRow,
    invoice: &mut InvoiceRow,
    memo: &mut CreditMemoRow,
) -> Result<()> {
    let parts = split(ctx, tx, loaded)?;
    let part = parts.iter().find(|part| part.manufacturer == invoice.manufacturer_id).ok_or_else(|| {
        let message = "Nothing is billed in this name any more. Credit the invoice without billing it anew.";
        Error::conflict("nothing_to_bill", message)
    })?;
    let mut anew = issue(ctx, tx, row, loaded, order, part)?;
    invoice.credited_minor = invoice.total_minor;
    invoice.rebilled_as_id = Some(anew.id);
    memo.rebilled_as_id = Some(anew.id);
    // Both orders of booking end the same: what does not fit on the new one is kept for the customer.
    carry(ctx, tx, invoice, &mut anew)?;
    let left = invoice.paid_minor;
    match invoice.customer_id.filter(|_| left > 0) {
        Some(customer) => {
            memo.to_balance_minor = left;
            accounts::to_balance(ctx, tx, customer, invoice, left, "credited", Some(memo))
        }
        None => {
            settle_invoice(invoice);
            Ok(store::billing::save_invoice(tx, ctx.org(), invoice)?)
        }
    }
}

/// What this memo takes off net sales: all credits of the order together come to their share of it, less what earlier ones took.
/// What was credited of an invoice that is billed anew no longer counts.
fn net_of(ctx: &Ctx, tx: &mut Tx, order: &SalesOrderRow, invoice: &InvoiceRow, memo: &CreditMemoRow) -> Result<i64> {
    let taken: i64 =
        store::credits::of_event(tx, ctx.org(), order.event_id)?.iter().map(|earlier| earlier.net_minor).sum();
    let mut credited = store::credits::effective(tx, ctx.org(), order.event_id)?;
    if invoice.rebilled_as_id.is_none() {
        credited += memo.amount_minor;
    }
    let whole = if order.counts { order.net_minor } else { 0 };
    Ok(domain::commission::net_credited(Minor(whole), Minor(order.total_minor), Minor(credited)).0 - taken)
}

fn tell(entry: &mut Draft, before: &InvoiceRow, after: &InvoiceRow, memo: &CreditMemoRow) {
    entry.change(memo.id, "number", None, Some(memo.number.clone()));
    entry.change(memo.id, "amount_minor", None, Some(memo.amount_minor.to_string()));
    let minor = |minor: i64| Some(minor.to_string());
    entry.change(after.id, "credited_minor", minor(before.credited_minor), minor(after.credited_minor));
    entry.change(after.id, "status", Some(before.status.clone()), Some(after.status.clone()));
    let anew = after.rebilled_as_id.map(|id| InvoiceId::from_uuid(id).to_string());
    entry.change(after.id, "rebilled_as_id", None, anew);
}

/// Money leaves an invoice for the customer's credit balance.
pub(super) fn leave(ctx: &Ctx, tx: &mut Tx, invoice: &mut InvoiceRow, amount: i64) -> Result<()> {
    let booking =
        Booking { amount: -amount, on: ctx.today(), reference: "Kept as credit balance".to_owned(), kind: "balance" };
    book(ctx, tx, invoice, &booking).map(drop)
}
