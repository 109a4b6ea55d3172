//! Sales orders, purchase orders, invoices, payments and commission: the money that follows from an event.
//!
//! A document is never edited: an amendment issues the next edition, an invoice that no longer fits is made void and issued
//! anew, and what was paid on it is carried over. Purchase orders and what they lead to are in [`orders`], what is taken off an
//! invoice in [`credits`], due dates in [`dates`], reading and paper in [`documents`], what customers owe in [`accounts`].

pub mod accounts;
pub mod credits;
pub mod dates;
pub mod documents;
pub mod mismatches;
pub mod order_text;
pub mod orders;
pub mod profile;
pub mod reapply;
pub mod receipts;
pub mod returns;
pub mod statement;

use crate::events::{Loaded, charge, day, kind, money, number, status};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::Address;
use contract::billing::{DocumentCharge, DocumentLine, DocumentParty, OrderDocument, TermsSnapshot};
use domain::clock::Day;
use domain::commission::{Rate, resolve_rate};
use domain::event::lifecycle::EventFacts;
use domain::event::{self, counts_for_customers};
use domain::id::{Id, UserId};
use domain::invoicing::Bill;
use domain::money::{Currency, Minor};
use domain::refusal::Refusal;
use domain::terms::{BasisDate, Roll, Terms};
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::billing::{CommissionRow, InvoiceRow, PaymentRow, SalesOrderRow};
use store::events::{EventRow, PlaceRow};
use uuid::Uuid;

/// The organisation's currency.
pub(crate) fn currency(ctx: &Ctx) -> Currency {
    Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

/// How orders, invoices and commission of an event stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    /// The purchase orders cover what is billed.
    pub purchase_orders_complete: bool,
    /// Everything that is billed is invoiced and paid.
    pub invoices_settled: bool,
    /// No commission is owed.
    pub commission_paid: bool,
    /// Money came in.
    pub has_payments: bool,
}

impl Standing {
    /// The facts with how it stands.
    pub fn of<'a>(&self, facts: EventFacts<'a>) -> EventFacts<'a> {
        EventFacts {
            purchase_orders_complete: self.purchase_orders_complete,
            invoices_settled: self.invoices_settled,
            commission_paid: self.commission_paid,
            has_payments: self.has_payments,
            ..facts
        }
    }
}

// Sales orders

/// The terms of a location's customer as they are now; of what it has not chosen, the organisation's.
fn terms_of(ctx: &Ctx, tx: &mut Tx, place: Option<&PlaceRow>) -> Result<TermsSnapshot> {
    let basis = place.and_then(|place| BasisDate::parse(&place.basis_date));
    chosen_terms(ctx, tx, place.and_then(|place| place.payment_terms_id), basis)
}

/// Terms by the ladder: what the customer has chosen, else what the organisation has.
pub(crate) fn chosen_terms(
    ctx: &Ctx,
    tx: &mut Tx,
    terms: Option<Uuid>,
    basis: Option<BasisDate>,
) -> Result<TermsSnapshot> {
    let default = crate::directory::defaults(ctx);
    let basis = basis.unwrap_or(default.basis);
    let chosen = match terms.or(default.terms) {
        Some(id) => store::directory::named::terms_row(tx, ctx.org(), id)?,
        None => None,
    };
    let net_30 = contract::directory::TermsRule::NetDays { days: 30 };
    Ok(match chosen {
        Some(row) => TermsSnapshot {
            rule: serde_json::from_str(&row.rule).unwrap_or(net_30),
            roll: Roll::parse(&row.roll).unwrap_or(Roll::None),
            discount: row.discount.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            basis_date: basis,
            name: row.name,
        },
        None => {
            TermsSnapshot { rule: net_30, roll: Roll::None, discount: None, basis_date: basis, name: String::new() }
        }
    })
}

pub(crate) fn rule_of(snapshot: &TermsSnapshot) -> Terms {
    Terms {
        rule: snapshot.rule.into(),
        roll: snapshot.roll,
        discount: snapshot
            .discount
            .map(|discount| domain::terms::Discount { percent_bp: discount.percent_bp, days: discount.days }),
    }
}

pub(crate) fn terms_words(snapshot: &TermsSnapshot) -> String {
    let rule = rule_of(snapshot).rule.words();
    format!("{rule}, counted from {}", snapshot.basis_date.event_words())
}

pub(crate) fn address(stored: &str) -> String {
    serde_json::from_str::<Address>(stored).unwrap_or_default().one_line()
}

/// What the order of an event would say if it were issued now.
pub(crate) fn document_now(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<OrderDocument> {
    let terms = terms_of(ctx, tx, loaded.place.as_ref())?;
    document(ctx, tx, row, loaded, &terms)
}

/// What a document of this event says.
fn document(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded, terms: &TermsSnapshot) -> Result<OrderDocument> {
    let org = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    let named = store::events::named(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    let people = store::events::people(tx, ctx.org(), row.id)?;
    let mut makers: Vec<Uuid> = loaded.lines.iter().map(|line| line.manufacturer_id).collect();
    makers.sort_unstable();
    makers.dedup();
    let makers: HashMap<Uuid, String> = store::events::known_manufacturers(tx, ctx.org(), &makers)?
        .into_iter()
        .map(|(id, name, _)| (id, name))
        .collect();
    let totals = loaded.totals()?;
    let name_of = |id: Option<Uuid>, name: Option<String>| id.and(name);
    Ok(OrderDocument {
        seller: DocumentParty { name: org.name, number: String::new(), address: address(&org.address) },
        customer: loaded.place.as_ref().map(|place| DocumentParty {
            name: place.customer_name.clone(),
            number: place.customer_number.clone(),
            address: address(&place.billing_address),
        }),
        location: loaded.place.as_ref().map(|place| DocumentParty {
            name: place.name.clone(),
            number: place.code.clone(),
            address: address(&place.address),
        }),
        event_number: number(row.number),
        event_name: row.name.clone(),
        event_on: day(row).to_string(),
        physician: name_of(row.physician_id, physician_name(ctx, tx, row)?),
        procedure: name_of(row.procedure_id, procedure_name(ctx, tx, row)?),
        patient_reference: row.patient_reference.clone(),
        representative: named.representative_name,
        sub_representatives: people.into_iter().filter(|it| it.role == "sub").map(|it| it.name).collect(),
        currency: ctx.organization.currency.clone(),
        lines: loaded
            .lines
            .iter()
            .map(|line| DocumentLine {
                line_id: Id::from_uuid(line.id),
                unit_id: Id::from_uuid(line.unit_id),
                catalog_number: line.number.clone(),
                description: line.description.clone(),
                manufacturer: makers.get(&line.manufacturer_id).cloned().unwrap_or_default(),
                lot: line.lot.clone(),
                serial: line.serial.clone(),
                udi: line.udi.clone(),
                expires_on: line.expires_on.map(|day| Day(day as i32)),
                usage: money(line).usage,
                unit_price_minor: line.unit_price_minor,
                no_charge: line.no_charge,
                facility_stock: line.facility_stock,
                amount_minor: line.amount_minor,
            })
            .collect(),
        charges: loaded
            .charge_rows
            .iter()
            .map(|row| {
                let it = charge(row);
                let amount_minor = it.signed().map_err(crate::events::too_large)?.0;
                Ok(DocumentCharge { kind: it.kind, label: row.label.clone(), amount_minor })
            })
            .collect::<Result<_>>()?,
        lines_total_minor: totals.lines.0,
        total_minor: totals.total.0,
        terms: terms_words(terms),
        purchase_orders: orders_of(ctx, tx, row.id)?,
        note: row.print_note.clone(),
        keep_as_facility_stock: row.facility_stock,
    })
}

fn physician_name(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Option<String>> {
    Ok(match row.physician_id {
        Some(id) => store::events::physician(tx, ctx.org(), id)?.map(|(name, _)| name),
        None => None,
    })
}

fn procedure_name(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Option<String>> {
    Ok(match row.procedure_id {
        Some(id) => store::events::procedure(tx, ctx.org(), id)?.map(|(name, _)| name),
        None => None,
    })
}

fn orders_of(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<Vec<String>> {
    let orders = store::billing::purchase_orders(tx, ctx.org(), event)?;
    Ok(orders.into_iter().map(|order| order.number).collect())
}

/// Issues the next edition of an event's sales order; nothing for types that are not billed. An edition that replaces another
/// keeps its day and its terms, so that nothing of the past moves.
pub(crate) fn issue_order(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<Option<SalesOrderRow>> {
    let event_type = kind(row)?;
    if !event_type.rules().billable {
        return Ok(None);
    }
    let before = store::billing::latest_order(tx, ctx.org(), row.id)?;
    let replaced = before.as_ref().filter(|order| order.status == "replaced");
    let terms: TermsSnapshot = match replaced {
        Some(order) => serde_json::from_str(&order.terms).map_err(|error| Error::Internal(error.to_string()))?,
        None => terms_of(ctx, tx, loaded.place.as_ref())?,
    };
    let number = match &before {
        Some(order) => order.number.clone(),
        None => format!("SO-{:06}", store::engine::next_number(tx, ctx.org(), "sales_order")?),
    };
    let totals = loaded.totals()?;
    let today = i64::from(ctx.today().0);
    let order = SalesOrderRow {
        id: ctx.id::<domain::id::SalesOrder>().uuid(),
        number,
        revision: before.as_ref().map_or(1, |order| order.revision + 1),
        event_id: row.id,
        event_type: row.r#type.clone(),
        customer_id: row.customer_id,
        location_id: row.location_id,
        representative_id: row.representative_id,
        submitted_on: replaced.map_or(today, |order| order.submitted_on),
        shipped_on: before.as_ref().and_then(|order| order.shipped_on),
        delivered_on: before.as_ref().and_then(|order| order.delivered_on),
        total_minor: totals.total.0,
        net_minor: totals.net.0,
        terms: json(&terms)?,
        status: "open".into(),
        counts: counts_for_customers(event_type, status(row)?, totals.total),
        issued_at: ctx.now.0,
        version: 1,
        uninvoiced_minor: 0,
    };
    let shares: Vec<(Uuid, i64)> = crate::events::charges::shares(loaded)?.into_iter().collect();
    store::events::set_charge_shares(tx, ctx.org(), row.id, &shares)?;
    let document = document(ctx, tx, row, loaded, &terms)?;
    store::billing::insert_order(tx, ctx.org(), &order, &json(&document)?)?;
    Ok(Some(order))
}

/// Takes the standing edition out of force (cancelled, reversed or replaced); gives it as it counted.
pub(crate) fn withdraw_order(ctx: &Ctx, tx: &mut Tx, row: &EventRow, status: &str) -> Result<Option<SalesOrderRow>> {
    let standing = store::billing::latest_order(tx, ctx.org(), row.id)?.filter(|order| order.status == "open");
    if let Some(order) = &standing {
        let mut withdrawn = order.clone();
        status.clone_into(&mut withdrawn.status);
        withdrawn.counts = false;
        store::billing::save_order(tx, ctx.org(), &mut withdrawn)?;
    }
    Ok(standing)
}

/// Adds an order to the figures of its customer, or takes it out again. Last in a unit of work: these rows are hot.
pub(crate) fn count(ctx: &Ctx, tx: &mut Tx, order: &SalesOrderRow, sign: i64) -> Result<()> {
    if let Some(customer) = order.customer_id.filter(|_| order.counts) {
        let (location, day) = (order.location_id.unwrap_or_default(), Day(order.submitted_on as i32));
        let amount = sign * order.net_minor;
        store::directory::add_order_figures(tx, ctx.org(), customer, location, day, sign, amount)?;
    }
    Ok(())
}

// Commission

/// Accrues what an event earns its people. What was accrued before and differs is reversed; what was paid already is taken
/// back, so that the difference is owed.
pub(crate) fn accrue(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<()> {
    if !kind(row)?.rules().billable {
        return Ok(());
    }
    let people = store::events::people(tx, ctx.org(), row.id)?;
    let subs = crate::events::plan::shares_of(&people);
    let parts: Vec<domain::commission::Part> = subs.iter().map(part_of).collect();
    let totals = loaded.totals()?;
    let credited = Minor(store::credits::effective(tx, ctx.org(), row.id)?);
    let kept = domain::commission::after_credit(totals.commissionable, totals.total, credited);
    let general = rate(ctx, tx, row)?;
    let bases = (totals.commissionable, kept);
    let earned = crate::commission::earned(ctx, tx, row, loaded, bases, general, &parts)?;
    let whom = std::iter::once(row.representative_id).chain(subs.iter().map(|sub| sub.user_id));
    let wanted: Vec<(Uuid, i64)> =
        whom.zip(&earned.shares).map(|(user, share)| (user, share.0)).filter(|(_, share)| *share != 0).collect();
    let before = store::billing::commissions(tx, ctx.org(), row.id)?;
    if net(&before) == wanted.iter().copied().collect() {
        return Ok(());
    }
    reverse_commission(ctx, tx, row)?;
    for (user, amount) in wanted {
        let part = CommissionRow {
            id: ctx.id::<domain::id::Payment>().uuid(),
            user_id: user,
            day: i64::from(ctx.today().0),
            base_minor: earned.base.0,
            rate_bp: i64::from(earned.blended_bp()),
            amount_minor: amount,
            state: "accrued".into(),
            explanation: earned.explanation.clone(),
            paid_at: None,
        };
        store::billing::insert_commission(tx, ctx.org(), row.id, &part)?;
    }
    Ok(())
}

/// A part of the commission as the rules know it.
pub(crate) fn part_of(share: &store::events::Share) -> domain::commission::Part {
    match share.split_minor {
        Some(minor) => domain::commission::Part::Fixed(Minor(minor)),
        None => domain::commission::Part::Percent(share.split_bp.unwrap_or(0) as i32),
    }
}

/// What stands against the parts of the commission that are amounts: an event must earn what they come to.
pub(crate) fn fixed_parts(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<Option<Refusal>> {
    let people = store::events::people(tx, ctx.org(), row.id)?;
    let subs = crate::events::plan::shares_of(&people);
    let fixed: i64 = subs.iter().filter_map(|share| share.split_minor).fold(0, i64::saturating_add);
    if fixed == 0 || !kind(row)?.rules().billable {
        return Ok(None);
    }
    let parts: Vec<domain::commission::Part> = subs.iter().map(part_of).collect();
    let totals = loaded.totals()?;
    let general = rate(ctx, tx, row)?;
    let bases = (totals.commissionable, totals.commissionable);
    let earned = crate::commission::earned(ctx, tx, row, loaded, bases, general, &parts)?;
    Ok(earned.short.then(|| {
        let fixed = Minor(fixed).display(currency(ctx));
        let message = format!(
            "The fixed parts of the commission come to {fixed}, which is more than this event earns. Lower them."
        );
        Refusal::new("shares_over_commission", message)
    }))
}

fn rate(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Rate> {
    let person = store::people::user(tx, ctx.org(), row.representative_id)?.ok_or_else(Error::not_found)?;
    let special = match row.physician_id {
        Some(physician) => store::events::commission_override(tx, ctx.org(), person.id, physician)?,
        None => None,
    };
    let bp = |bp: Option<i64>| bp.and_then(|bp| i32::try_from(bp).ok());
    Ok(resolve_rate(bp(special), bp(person.commission_rate_bp)))
}

/// What stands for each person: accrued and paid, without what was reversed.
fn net(rows: &[CommissionRow]) -> BTreeMap<Uuid, i64> {
    let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state != "reversed") {
        *sums.entry(row.user_id).or_default() += row.amount_minor;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// Takes back what an event earned.
pub(crate) fn reverse_commission(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    store::billing::mark_commissions(tx, ctx.org(), row.id, "reversed", None)?;
    let rows = store::billing::commissions(tx, ctx.org(), row.id)?;
    for (user, paid) in net(&rows) {
        let part = CommissionRow {
            id: ctx.id::<domain::id::Payment>().uuid(),
            user_id: user,
            day: i64::from(ctx.today().0),
            base_minor: 0,
            rate_bp: 0,
            amount_minor: -paid,
            state: "accrued".into(),
            explanation: "Taken back: it was paid before the event was changed.".into(),
            paid_at: None,
        };
        store::billing::insert_commission(tx, ctx.org(), row.id, &part)?;
    }
    Ok(())
}

// Invoices

/// A part of an event that is billed in one name.
pub(crate) type Part = domain::invoicing::Part<Uuid>;

/// The manufacturers with something to bill.
pub(crate) fn billed_manufacturers(loaded: &Loaded) -> Vec<Uuid> {
    let billed = |line: &&store::events::LineRow| money(line).amount(loaded.kind) > Minor::ZERO;
    let mut makers: Vec<Uuid> = loaded.lines.iter().filter(billed).map(|line| line.manufacturer_id).collect();
    makers.sort_unstable();
    makers.dedup();
    makers
}

/// Splits an event by who bills: each manufacturer in its own name, the organisation for the others. A charge goes with whoever
/// bears it; one of the event as a whole is the organisation's, or goes with the largest part.
pub(crate) fn split(ctx: &Ctx, tx: &mut Tx, loaded: &Loaded) -> Result<Vec<Part>> {
    let makers = billed_manufacturers(loaded);
    let own_name: Vec<Uuid> = store::events::known_manufacturers(tx, ctx.org(), &makers)?
        .into_iter()
        .filter(|(_, _, by_organization)| !by_organization)
        .map(|(id, _, _)| id)
        .collect();
    let billed: Vec<(usize, Option<Uuid>, Minor)> = loaded
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| money(line).is_billed(loaded.kind))
        .map(|(at, line)| {
            let manufacturer = Some(line.manufacturer_id).filter(|id| own_name.contains(id));
            (at, manufacturer, money(line).amount(loaded.kind))
        })
        .collect();
    let charges: Vec<(usize, Bill<Uuid>, Minor)> = crate::events::charges::borne(loaded)?
        .into_iter()
        .map(|it| {
            let bill = it.maker.map_or(Bill::Any, |maker| Bill::Of(Some(maker).filter(|id| own_name.contains(id))));
            (it.charge, bill, it.amount)
        })
        .collect();
    domain::invoicing::split(&billed, &charges).map_err(crate::events::too_large)
}

/// Brings the invoices of a submitted event up to what it bills and what was ordered, and says how it stands. Invoices are
/// issued once the purchase orders are complete; those that no longer fit are made void.
pub(crate) fn bill(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &Loaded,
    order: Option<&SalesOrderRow>,
    entry: &mut Draft,
) -> Result<Standing> {
    let makers = billed_manufacturers(loaded);
    let ordered: Vec<Option<Uuid>> = store::billing::purchase_orders(tx, ctx.org(), row.id)?
        .into_iter()
        .map(|order| order.manufacturer_id)
        .collect();
    let purchase_orders_complete = event::purchase_orders_complete(&makers, &ordered);
    let owed = loaded.totals()?.total > Minor::ZERO;
    let parts = match order {
        Some(_) if purchase_orders_complete && owed => split(ctx, tx, loaded)?,
        _ => Vec::new(),
    };
    let mut invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let live = |invoice: &&InvoiceRow| invoice.is_live();
    let mut have: Vec<(Option<Uuid>, i64)> =
        invoices.iter().filter(live).map(|invoice| (invoice.manufacturer_id, invoice.total_minor)).collect();
    let mut want: Vec<(Option<Uuid>, i64)> = parts.iter().map(|part| (part.manufacturer, part.total.0)).collect();
    have.sort_unstable();
    want.sort_unstable();
    if have != want {
        nothing_credited(&invoices)?;
        void_invoices(ctx, tx, row.id)?;
        if let Some(order) = order {
            for part in &parts {
                let invoice = issue(ctx, tx, row, loaded, order, part)?;
                entry.change(invoice.id, "number", None, Some(invoice.number.clone()));
            }
        }
        carry_over(ctx, tx, row.id)?;
        if purchase_orders_complete {
            free_leftovers(ctx, tx, row)?;
        }
        invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    }
    standing(ctx, tx, row.id, &invoices, purchase_orders_complete)
}

/// How an event stands, from its invoices and commission.
pub(crate) fn standing(
    ctx: &Ctx,
    tx: &mut Tx,
    event: Uuid,
    invoices: &[InvoiceRow],
    purchase_orders_complete: bool,
) -> Result<Standing> {
    let live: Vec<&InvoiceRow> = invoices.iter().filter(|invoice| invoice.is_live()).collect();
    let commissions = store::billing::commissions(tx, ctx.org(), event)?;
    Ok(Standing {
        purchase_orders_complete,
        invoices_settled: !live.is_empty() && live.iter().all(|invoice| invoice.status != "open"),
        commission_paid: !commissions.iter().any(|row| row.state == "accrued" && row.amount_minor != 0),
        has_payments: invoices.iter().any(|it| it.paid_minor != 0 || (it.is_live() && it.credited_minor != 0)),
    })
}

/// Issues an invoice of one part.
fn issue(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &Loaded,
    order: &SalesOrderRow,
    part: &Part,
) -> Result<InvoiceRow> {
    let issued_on = ctx.today();
    let due = dates::due(ctx, row, order, issued_on, dates::Noted::default())?;
    let number = format!("INV-{:06}", store::engine::next_number(tx, ctx.org(), "invoice")?);
    let terms: TermsSnapshot =
        serde_json::from_str(&order.terms).map_err(|error| Error::Internal(error.to_string()))?;
    let whole = document(ctx, tx, row, loaded, &terms)?;
    let lines: Vec<DocumentLine> = part.lines.iter().filter_map(|at| whole.lines.get(*at).cloned()).collect();
    let stands = |(at, amount): (&usize, &Minor)| {
        whole.charges.get(*at).map(|charge| DocumentCharge { amount_minor: amount.0, ..charge.clone() })
    };
    let charges: Vec<DocumentCharge> = part.charges.iter().filter_map(stands).collect();
    let document = OrderDocument {
        lines_total_minor: lines.iter().map(|line| line.amount_minor).sum(),
        lines,
        charges,
        total_minor: part.total.0,
        terms: due.explanation.clone(),
        ..whole
    };
    let invoice = InvoiceRow {
        id: ctx.id::<domain::id::Invoice>().uuid(),
        number,
        event_id: row.id,
        sales_order_id: order.id,
        customer_id: row.customer_id,
        manufacturer_id: part.manufacturer,
        issued_on: i64::from(issued_on.0),
        due_on: due.due_on.map(|day| i64::from(day.0)),
        due_state: due.state.as_str().into(),
        explanation: due.explanation.clone(),
        total_minor: part.total.0,
        paid_minor: 0,
        status: "open".into(),
        version: 1,
        credited_minor: 0,
        rebilled_as_id: None,
        estimated_due_on: due.estimated_due_on.map(|day| i64::from(day.0)),
        received_on: None,
        specified_on: None,
        due_manual: false,
    };
    store::billing::insert_invoice(tx, ctx.org(), &invoice, &json(&document)?)?;
    Ok(invoice)
}

/// 409 when something of the standing invoices was credited: they cannot be replaced before they are credited whole.
fn nothing_credited(invoices: &[InvoiceRow]) -> Result<()> {
    match invoices.iter().find(|invoice| invoice.is_live() && invoice.credited_minor != 0) {
        None => Ok(()),
        Some(invoice) => {
            let message = format!(
                "Something of invoice {} was credited, so it cannot be replaced. Credit it whole and bill it anew first.",
                invoice.number
            );
            Err(Error::conflict("invoice_credited", message))
        }
    }
}

/// 409 when something of an event's standing invoices was credited.
pub(crate) fn refuse_credited(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<()> {
    nothing_credited(&store::billing::lock_invoices(tx, ctx.org(), event)?)
}

/// Makes the invoices of an event void. What was paid on them stays on them until it is carried over.
pub(crate) fn void_invoices(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<()> {
    for mut invoice in store::billing::lock_invoices(tx, ctx.org(), event)? {
        if invoice.status != "void" && invoice.is_live() {
            invoice.status = "void".into();
            store::billing::save_invoice(tx, ctx.org(), &mut invoice)?;
        }
    }
    Ok(())
}

/// Carries what was paid on void invoices over to the open ones of the same event, oldest first.
fn carry_over(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<()> {
    let invoices = store::billing::lock_invoices(tx, ctx.org(), event)?;
    let (mut void, open): (Vec<InvoiceRow>, Vec<InvoiceRow>) =
        invoices.into_iter().partition(|invoice| invoice.status == "void");
    for mut to in open.into_iter().filter(|invoice| invoice.status == "open") {
        for from in void.iter_mut().filter(|invoice| invoice.paid_minor > 0) {
            carry(ctx, tx, from, &mut to)?;
        }
    }
    Ok(())
}

/// Carries what was paid on one invoice over to another, as far as that is open.
fn carry(ctx: &Ctx, tx: &mut Tx, from: &mut InvoiceRow, to: &mut InvoiceRow) -> Result<()> {
    let amount = from.paid_minor.min(to.open());
    if amount > 0 {
        book(ctx, tx, from, &Booking::carried(ctx, -amount, format!("Carried over to {}", to.number)))?;
        book(ctx, tx, to, &Booking::carried(ctx, amount, format!("Carried over from {}", from.number)))?;
    }
    Ok(())
}

/// What is left on void invoices once everything is billed anew belongs to the customer.
pub(crate) fn free_leftovers(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    let Some(customer) = row.customer_id else { return Ok(()) };
    for mut invoice in store::billing::lock_invoices(tx, ctx.org(), row.id)? {
        if invoice.status == "void" && invoice.paid_minor > 0 {
            let left = invoice.paid_minor;
            accounts::to_balance(ctx, tx, customer, &mut invoice, left, "freed", None)?;
        }
    }
    Ok(())
}

/// Money that is booked on an invoice.
pub(crate) struct Booking {
    /// Below zero when it leaves.
    pub amount: i64,
    pub on: Day,
    pub reference: String,
    /// payment, carried, balance
    pub kind: &'static str,
}

impl Booking {
    fn carried(ctx: &Ctx, amount: i64, reference: String) -> Self {
        Self { amount, on: ctx.today(), reference, kind: "carried" }
    }
}

/// How an invoice stands by what was paid and credited.
pub(crate) fn settle_invoice(invoice: &mut InvoiceRow) {
    if invoice.status == "void" {
        return;
    }
    let status = if invoice.credited_minor >= invoice.total_minor {
        "credited"
    } else if invoice.open() <= 0 {
        "paid"
    } else {
        "open"
    };
    invoice.status = status.into();
}

/// Books an amount on an invoice; one of which nothing is open any more is settled.
pub(crate) fn book(ctx: &Ctx, tx: &mut Tx, invoice: &mut InvoiceRow, booking: &Booking) -> Result<PaymentRow> {
    let payment = PaymentRow {
        id: ctx.id::<domain::id::Payment>().uuid(),
        amount_minor: booking.amount,
        received_on: i64::from(booking.on.0),
        reference: booking.reference.clone(),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        kind: booking.kind.to_owned(),
    };
    store::billing::insert_payment(tx, ctx.org(), invoice.id, &payment)?;
    invoice.paid_minor += booking.amount;
    settle_invoice(invoice);
    store::billing::save_invoice(tx, ctx.org(), invoice)?;
    Ok(payment)
}

/// Books what is missing on every open invoice of an event, and its commission as paid.
pub(crate) fn settle_all(ctx: &Ctx, tx: &mut Tx, event: Uuid, entry: &mut Draft) -> Result<()> {
    for mut invoice in store::billing::lock_invoices(tx, ctx.org(), event)? {
        if invoice.status == "open" {
            let before = invoice.paid_minor;
            let booking = Booking {
                amount: invoice.open(),
                on: ctx.today(),
                reference: "Marked as paid".into(),
                kind: "payment",
            };
            book(ctx, tx, &mut invoice, &booking)?;
            entry.change(invoice.id, "paid_minor", Some(before.to_string()), Some(invoice.paid_minor.to_string()));
        }
    }
    for part in store::billing::commissions(tx, ctx.org(), event)? {
        if part.state == "accrued" {
            let whom = UserId::from_uuid(part.user_id);
            entry.change(
                part.id,
                "commission",
                Some("accrued".into()),
                Some(format!("paid {whom} {}", part.amount_minor)),
            );
        }
    }
    store::billing::mark_commissions(tx, ctx.org(), event, "paid", Some(ctx.now.0))?;
    Ok(())
}
