//! What if these customers had other terms: the invoices of the last twelve months as if they had been issued under them.

use crate::billing::{chosen_terms, dates, rule_of};
use crate::{Ctx, Result};
use contract::bulk::{MonthShift, ReceivablesShift, WeekShift};
use domain::clock::Day;
use domain::event::EventType;
use domain::money::{Currency, Minor};
use domain::receivables::{Falling, Shift, shift};
use domain::terms::{BasisDate, Dates, Terms};
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::directory::terms_of::{self, IssuedRow};
use uuid::Uuid;

/// Invoices that are looked at, at most: the rest of a larger selection would say the same.
const INVOICES_MOST: usize = 20_000;
/// Days that are looked back.
const LOOKED_BACK: i32 = 365;
/// Customers that are read together.
const TOGETHER: usize = 256;

/// A customer with the terms and the basis date that it would have.
pub(super) type After = (Uuid, Option<Uuid>, String);

/// How receivables would move; none when nothing was invoiced.
pub(super) fn receivables(ctx: &Ctx, tx: &mut Tx, customers: &[After]) -> Result<Option<ReceivablesShift>> {
    let holidays = dates::holidays(ctx);
    let grace = dates::grace(ctx);
    let since = i64::from(ctx.today().plus(-LOOKED_BACK).0);
    let mut known: HashMap<(Option<Uuid>, String), (Terms, BasisDate)> = HashMap::new();
    let mut falling: Vec<Falling> = Vec::new();
    let mut cut = false;
    for part in customers.chunks(TOGETHER) {
        if cut {
            break;
        }
        let mut chosen: HashMap<Uuid, (Terms, BasisDate)> = HashMap::new();
        for (customer, terms, basis) in part {
            let key = (*terms, basis.clone());
            let found = match known.get(&key) {
                Some(found) => *found,
                None => {
                    let snapshot = chosen_terms(ctx, tx, *terms, BasisDate::parse(basis))?;
                    let found = (rule_of(&snapshot), snapshot.basis_date);
                    known.insert(key, found);
                    found
                }
            };
            chosen.insert(*customer, found);
        }
        let ids: Vec<Uuid> = part.iter().map(|(id, _, _)| *id).collect();
        for row in terms_of::issued(tx, ctx.org(), &ids, since)? {
            if falling.len() >= INVOICES_MOST {
                cut = true;
                break;
            }
            if let Some((terms, basis)) = chosen.get(&row.customer_id) {
                // As of the day on which nothing is waited for any more: what never came counts from the invoice.
                let due = domain::terms::due_by(terms, *basis, &days_of(&row), &holidays, ctx.today(), grace);
                let before = row.due_on.map(|day| Day(day as i32));
                falling.push(Falling { amount: row.amount_minor, before, after: due.due_on });
            }
        }
    }
    if falling.is_empty() {
        return Ok(None);
    }
    Ok(Some(told(ctx, shift(falling), cut)))
}

fn days_of(row: &IssuedRow) -> Dates {
    let day = |day: i64| Day(day as i32);
    let has_case = row.event_type == EventType::Case.as_str();
    Dates {
        order_date: Some(day(row.submitted_on)),
        usage_date: has_case.then(|| day(row.event_day)),
        ship_date: row.shipped_on.map(day),
        delivery_date: row.delivered_on.map(day),
        invoice_date: Some(day(row.issued_on)),
        invoice_receipt_date: row.received_on.map(day),
        specified_date: row.specified_on.map(day),
        has_case,
        ..Dates::default()
    }
}

fn told(ctx: &Ctx, it: Shift, cut: bool) -> ReceivablesShift {
    let currency = Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD);
    let words = |minor: i64| Minor(minor).display(currency);
    let mut months: BTreeMap<Day, (i64, i64)> = BTreeMap::new();
    for week in &it.weeks {
        // A week belongs to the month of its Thursday.
        let month = Day::from_civil(week.monday.plus(3).civil().first_of_month());
        let sums = months.entry(month).or_default();
        *sums = (sums.0 + week.before, sums.1 + week.after);
    }
    let days = it.later_by_tenths.unsigned_abs() as f64 / 10.0;
    let mut message = match it.later_by_tenths {
        0 => format!("{} in {} would fall due as they did.", words(it.total), invoices(it.invoices)),
        tenths => format!(
            "{} in {} would fall due {days} days {}, on average: about {} {} is owed at any moment.",
            words(it.total),
            invoices(it.invoices),
            if tenths > 0 { "later" } else { "earlier" },
            words(it.tied_up.abs()),
            if tenths > 0 { "more" } else { "less" }
        ),
    };
    if it.pending > 0 {
        message.push_str(&format!(" {} still waits for its day.", words(it.pending)));
    }
    if cut {
        message.push_str(&format!(" The first {} were looked at.", invoices(it.invoices)));
    }
    ReceivablesShift {
        invoices: it.invoices,
        total_minor: it.total,
        pending_minor: it.pending,
        later_by_tenths: it.later_by_tenths,
        tied_up_minor: it.tied_up,
        weeks: it
            .weeks
            .iter()
            .map(|week| WeekShift { week: week.monday, before_minor: week.before, after_minor: week.after })
            .collect(),
        months: months
            .into_iter()
            .map(|(month, (before_minor, after_minor))| MonthShift { month, before_minor, after_minor })
            .collect(),
        message,
    }
}

fn invoices(n: i64) -> String {
    format!("{n} invoice{}", if n == 1 { "" } else { "s" })
}
