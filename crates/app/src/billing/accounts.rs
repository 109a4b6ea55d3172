//! What customers owe and what they have: receivables by age, exposure, the credit balance, orders that are held.

use super::{credits, currency};
use crate::events::plan::typed;
use crate::{Ctx, Error, Result};
use contract::credits::{Ageing, BalanceStep, CreditBalance, HeldOrder, Receivables, RefundBalance};
use contract::{ListParams, Page};
use domain::billing::{BillingStatus, CreditSignal, EffectiveStatus, status_words};
use domain::clock::Day;
use domain::id::{self, CustomerId, Id};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use store::Tx;
use store::billing::InvoiceRow;
use store::credits::{BalanceRow, CreditMemoRow};
use store::directory::standing::{self, NO_LIMIT};
use uuid::Uuid;

/// Steps of a balance that are shown.
const STEPS: i64 = 200;

/// Keeps what was paid on an invoice for its customer.
pub(super) fn to_balance(
    ctx: &Ctx,
    tx: &mut Tx,
    customer: Uuid,
    invoice: &mut InvoiceRow,
    amount: i64,
    kind: &str,
    memo: Option<&CreditMemoRow>,
) -> Result<()> {
    credits::leave(ctx, tx, invoice, amount)?;
    let step = BalanceRow {
        id: ctx.id::<id::Payment>().uuid(),
        kind: kind.to_owned(),
        amount_minor: amount,
        day: i64::from(ctx.today().0),
        invoice_id: Some(invoice.id),
        memo_id: memo.map(|memo| memo.id),
        reference: memo.map_or_else(|| format!("From {}", invoice.number), |memo| memo.number.clone()),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
    };
    Ok(store::credits::add_step(tx, ctx.org(), customer, &step)?)
}

/// Takes an amount from a customer's balance, whose row is locked so that nobody else takes the same.
fn take(ctx: &Ctx, tx: &mut Tx, customer: Uuid, step: &BalanceRow) -> Result<()> {
    store::directory::lock_customer(tx, ctx.org(), customer)?.ok_or_else(Error::not_found)?;
    let balance = store::credits::balance(tx, ctx.org(), customer)?;
    if -step.amount_minor > balance {
        let has = Minor(balance).display(currency(ctx));
        let message = format!("The customer's credit balance is {has}.");
        return Err(Error::field("amount_minor", "balance_too_small", message));
    }
    Ok(store::credits::add_step(tx, ctx.org(), customer, step)?)
}

/// Pays an invoice from its customer's balance.
pub(super) fn take_from_balance(
    ctx: &Ctx,
    tx: &mut Tx,
    invoice: &InvoiceRow,
    amount: i64,
    on: Day,
    reference: &str,
) -> Result<()> {
    let customer = invoice.customer_id.ok_or_else(|| {
        Error::field("from_balance", "no_customer", "This invoice has no customer whose balance could pay it.")
    })?;
    let step = BalanceRow {
        id: ctx.id::<id::Payment>().uuid(),
        kind: "used".to_owned(),
        amount_minor: -amount,
        day: i64::from(on.0),
        invoice_id: Some(invoice.id),
        memo_id: None,
        reference: reference.to_owned(),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
    };
    take(ctx, tx, customer, &step)
}

pub(super) fn seen(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<()> {
    if store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? { Ok(()) } else { Err(Error::not_found()) }
}

/// What a customer has, step by step. For whoever sees all of a customer's money: the balance belongs to no location.
pub fn balance(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<CreditBalance> {
    seen(ctx, tx, id)?;
    ctx.require(Permission::ViewReceivables)?;
    let steps = store::credits::steps(tx, ctx.org(), id.uuid(), STEPS)?;
    Ok(CreditBalance {
        balance_minor: store::credits::balance(tx, ctx.org(), id.uuid())?,
        currency: ctx.organization.currency.clone(),
        steps: steps
            .into_iter()
            .map(|row| BalanceStep {
                kind: row.kind,
                amount_minor: row.amount_minor,
                on: Day(row.day as i32),
                invoice_id: row.invoice_id.map(Id::from_uuid),
                credit_memo_id: row.memo_id.map(Id::from_uuid),
                reference: row.reference,
                created_by_id: Id::from_uuid(row.created_by),
            })
            .collect(),
    })
}

/// Says that a balance, or a part of it, was paid out.
pub fn refund(ctx: &Ctx, tx: &mut Tx, id: CustomerId, ask: &RefundBalance) -> Result<CreditBalance> {
    seen(ctx, tx, id)?;
    ctx.require(Permission::ManageBilling)?;
    if ask.amount_minor <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    let reference = typed("reference", domain::text::clean_note(&ask.reference, limits::REASON_MAX))?;
    let step = BalanceRow {
        id: ctx.id::<id::Payment>().uuid(),
        kind: "refunded".to_owned(),
        amount_minor: -ask.amount_minor,
        day: i64::from(ask.refunded_on.unwrap_or(ctx.today()).0),
        invoice_id: None,
        memo_id: None,
        reference,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
    };
    take(ctx, tx, id.uuid(), &step)?;
    let mut entry = ctx.entry("balance_refunded").subject(id.uuid());
    entry.change(id.uuid(), "refunded_minor", None, Some(ask.amount_minor.to_string()));
    entry.append(ctx, tx)?;
    balance(ctx, tx, id)
}

/// Unpaid invoices of a customer by how late they are; `only` narrows to locations in reach.
fn ageing(open: &[(Option<i64>, i64)], today: Day) -> Ageing {
    let mut it = Ageing::default();
    for (due_on, minor) in open {
        let bucket = match due_on.map(|due| domain::billing::days_late(Day(due as i32), today)) {
            None => &mut it.pending_minor,
            Some(0) => &mut it.not_due_minor,
            Some(1..=30) => &mut it.past_due_1_30_minor,
            Some(31..=60) => &mut it.past_due_31_60_minor,
            Some(61..=90) => &mut it.past_due_61_90_minor,
            Some(_) => &mut it.past_due_over_90_minor,
        };
        *bucket += minor;
    }
    it
}

pub(super) fn ageing_of(
    ctx: &Ctx,
    tx: &mut Tx,
    customer: Uuid,
    locations: Option<&[Uuid]>,
    today: Day,
) -> Result<Ageing> {
    let open = standing::open_invoices(tx, ctx.org(), customer)?;
    let mine = |place: &Option<Uuid>| locations.is_none_or(|all| place.is_some_and(|place| all.contains(&place)));
    let open: Vec<(Option<i64>, i64)> =
        open.into_iter().filter(|(_, _, place)| mine(place)).map(|(due, minor, _)| (due, minor)).collect();
    Ok(ageing(&open, today))
}

/// The locations whose money the viewer sees; None for all of the customer's.
pub(crate) fn locations_of(ctx: &Ctx, tx: &mut Tx, customer: CustomerId) -> Result<Option<Vec<Uuid>>> {
    if ctx.viewer().office {
        return Ok(None);
    }
    let mut params = ListParams { limit: Some(500), ..ListParams::default() };
    params.filters.insert("customer_id".into(), customer.to_string());
    params.filters.insert("archived".into(), "all".into());
    let page = crate::directory::locations::list(ctx, tx, &params)?;
    Ok(Some(page.items.into_iter().map(|it| it.id.uuid()).collect()))
}

/// What a customer owes and may owe. Whoever reaches a part sees that part's invoices; limit, exposure and what follows from
/// them are the customer's, and for those alone who see all of it.
pub fn receivables(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Receivables> {
    seen(ctx, tx, id)?;
    ctx.require(Permission::ViewReceivables)?;
    let today = ctx.today();
    let whole = standing::customer_today(tx, ctx.org(), id.uuid(), today)?;
    let locations = locations_of(ctx, tx, id)?;
    let aged = ageing_of(ctx, tx, id.uuid(), locations.as_deref(), today)?;
    let late =
        aged.past_due_1_30_minor + aged.past_due_31_60_minor + aged.past_due_61_90_minor + aged.past_due_over_90_minor;
    let signal = |text: &str| CreditSignal::parse(text).unwrap_or(CreditSignal::Unknown);
    let tenths = |stored: i64| (stored >= 0).then(|| stored as f64 / 10.0);
    Ok(Receivables {
        open_minor: aged.not_due_minor + late + aged.pending_minor,
        not_due_minor: aged.not_due_minor,
        past_due_1_30_minor: aged.past_due_1_30_minor,
        past_due_31_60_minor: aged.past_due_31_60_minor,
        past_due_61_90_minor: aged.past_due_61_90_minor,
        past_due_over_90_minor: aged.past_due_over_90_minor,
        pending_minor: aged.pending_minor,
        shipped_minor: whole.shipped_minor,
        approved_minor: whole.approved_minor,
        unbilled_usage_minor: whole.usage_minor,
        exposure_minor: whole.exposure_minor,
        credit_limit_minor: (whole.credit_limit_key < NO_LIMIT).then_some(whole.credit_limit_key),
        available_credit_minor: (whole.available_credit_key < NO_LIMIT).then_some(whole.available_credit_key),
        credit_signal: signal(&whole.limit_signal).max(signal(&whole.lateness_signal)),
        credit_balance_minor: store::credits::balance(tx, ctx.org(), id.uuid())?,
        avg_days_to_pay: tenths(whole.days_to_pay),
        avg_days_usage_to_po: tenths(whole.days_to_po),
        currency: ctx.organization.currency.clone(),
    })
}

/// Stocking orders that cannot be submitted because of their customer's billing status, and those that were released: the queue
/// of whoever manages billing. Others see their own.
pub fn held_orders(ctx: &Ctx, tx: &mut Tx) -> Result<Page<HeldOrder>> {
    let finance = ctx.may(Permission::ViewReceivables);
    let prices = crate::events::sees_prices(ctx);
    let rows = store::events::held(tx, ctx.org(), crate::events::within(ctx), HELD_MOST)?;
    let mut items = Vec::new();
    for row in rows {
        // The calendar may have changed it since it was written.
        let it = standing::customer_today(tx, ctx.org(), row.customer_id, ctx.today())?;
        let status = BillingStatus::parse(&it.effective_status).unwrap_or(BillingStatus::Good);
        if status < BillingStatus::Hold {
            continue;
        }
        let because = CreditSignal::parse(&it.held_because);
        let explanation = match because {
            Some(_) if !finance => format!("{}, because of its credit.", status.label()),
            _ => {
                let limit = (it.credit_limit_key < NO_LIMIT).then_some(Minor(it.credit_limit_key));
                let effective = EffectiveStatus { status, because };
                let reason = Some(row.billing_status_reason.as_str());
                status_words(effective, reason, Minor(it.exposure_minor), limit, currency(ctx))
            }
        };
        items.push(HeldOrder {
            event_id: Id::from_uuid(row.event_id),
            number: crate::events::number(row.number),
            name: row.name,
            event_on: Day(row.day as i32),
            representative_id: Id::from_uuid(row.representative_id),
            representative_name: row.representative_name,
            customer_id: Id::from_uuid(row.customer_id),
            customer_name: row.customer_name,
            billing_status: status,
            explanation,
            total_minor: prices.then_some(row.total_minor),
            currency: ctx.organization.currency.clone(),
            hold_released: row.hold_released,
            can_release: ctx.may(Permission::ManageBilling) && status == BillingStatus::Hold && !row.hold_released,
        });
    }
    Ok(Page { items, next_cursor: None, total: None })
}

/// Held orders that are shown at most.
const HELD_MOST: i64 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_due_is_never_late() {
        let today = Day(20_000);
        let open = [(Some(20_000), 1), (Some(19_999), 2), (Some(19_970), 4), (Some(19_969), 8), (Some(19_939), 16)];
        let rest = [(Some(19_909), 32), (None, 64), (Some(20_500), 128)];
        let it = ageing(&[&open[..], &rest[..]].concat(), today);
        assert_eq!((it.not_due_minor, it.past_due_1_30_minor, it.past_due_31_60_minor), (129, 6, 8));
        assert_eq!((it.past_due_61_90_minor, it.past_due_over_90_minor, it.pending_minor), (16, 32, 64));
    }
}
