//! Figures: the dashboard. Every number equals the rows behind its address, for the same viewer.

use crate::{Ctx, Result};
use contract::figures::{Card, Dashboard};
use domain::clock::Day;
use domain::id::UserId;
use domain::people::{Level, Role};
use store::Tx;
use store::figures::Moments;
use store::reach::{FEW_SUBJECTS, Side};
use uuid::Uuid;

/// A calendar quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// Its year.
    pub year: i64,
    /// 1 to 4.
    pub number: i64,
    /// Its first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
}

impl Quarter {
    /// The quarter of a day.
    pub fn of(day: Day) -> Self {
        let date = day.civil();
        Self::new(i64::from(date.year()), i64::from((date.month() - 1) / 3 + 1))
    }

    /// A quarter of a year.
    pub fn new(year: i64, number: i64) -> Self {
        let begin =
            |year: i64, number: i64| Day::parse(&format!("{year:04}-{:02}-01", (number - 1) * 3 + 1)).unwrap_or(Day(0));
        let next = if number == 4 { begin(year + 1, 1) } else { begin(year, number + 1) };
        Self { year, number, first: begin(year, number), last: next.plus(-1) }
    }
}

/// The figures of whoever asks: own ones, those of the group, of the region, of the organisation, as far as reach goes.
pub fn dashboard(ctx: &Ctx, tx: &mut Tx) -> Result<Dashboard> {
    let (viewer, today) = (ctx.viewer(), ctx.today());
    let role = ctx.actor.role;
    let quarter = Quarter::of(today);
    let day = i64::from(today.0);
    let zone = &ctx.organization.time_zone;
    let begin = |day: Day| day.starts_in(zone).0;
    let at = Moments { today: begin(today), tomorrow: begin(today.plus(1)), week: begin(today.plus(8)) };
    let reach = crate::events::within(ctx);
    let events = store::figures::events(tx, ctx.org(), reach, at)?;
    let units = store::figures::units(tx, viewer)?;
    let soon = store::figures::expiring(tx, viewer, day, day + 30)?;
    let expired = store::figures::expiring(tx, viewer, i64::MIN, day - 1)?;
    let ends = ends(ctx, tx)?;
    let incoming = store::figures::pending_transfers(tx, ctx.org(), &ends, true)?;
    let outgoing = store::figures::pending_transfers(tx, ctx.org(), &ends, false)?;
    let ends = printed(ctx, &ends);
    let sellers = sellers(ctx, tx)?;
    let (first, last) = (i64::from(quarter.first.0), i64::from(quarter.last.0));
    let sales = store::figures::sales(tx, viewer, sellers.as_deref(), first, last)?;
    let target = store::figures::target(tx, viewer, quarter.year, quarter.number)?;
    let unpaid = store::figures::commission_unpaid(tx, viewer, role == Role::Distributor)?;

    // What recalls freeze is on hold for everybody, though not in the books.
    let (free, marked) = crate::unit_lists::frozen_in_reach(ctx, tx)?;
    let by = match &sellers {
        Some(few) => format!("&representative_id={}", printed(ctx, few)),
        None => String::new(),
    };
    let open = "status=open,pending_po,pending_payment,paid,adjusted";
    // Both ends of a list of events are beginnings of days; the second is not in it.
    let (tomorrow, week) = (today.plus(1), today.plus(8));
    let mut cards = vec![
        rows(
            "cases_today",
            "Cases today",
            events.cases_today,
            format!("events?type=case&{open}&from={today}&to={tomorrow}"),
        ),
        rows(
            "cases_next_7_days",
            "Cases in the next 7 days",
            events.cases_next_7_days,
            format!("events?type=case&{open}&from={tomorrow}&to={week}"),
        ),
        rows(
            "cases_past_open",
            "Cases past their day, not submitted",
            events.cases_past_open,
            format!("events?type=case&status=open&to={today}"),
        ),
        rows("pending_po", "Waiting for a PO", events.pending_po, "events?status=pending_po".into()),
        rows("pending_payment", "Waiting for payment", events.pending_payment, "events?status=pending_payment".into()),
        rows("transfers_to_accept", "Transfers to accept", incoming, format!("transfers?status=pending&to={ends}")),
        rows(
            "transfers_sent_pending",
            "Transfers sent, not accepted yet",
            outgoing,
            format!("transfers?status=pending&from={ends}"),
        ),
        rows("units_available", "Units available", units.available - free, "units?state=available".into()),
        rows("units_on_hold", "Units on hold", units.on_hold + free + marked, "units?state=on_hold".into()),
        rows(
            "units_expiring_30_days",
            "Units that expire within 30 days",
            soon,
            format!("units?active=true&expires_from={today}&expires_before={}", today.plus(31)),
        ),
        rows("units_expired", "Expired units", expired, format!("units?active=true&expires_before={today}")),
        rows(
            "facility_stock_units",
            "Units of facility stock",
            units.facility_stock,
            "units?active=true&facility_stock=true".into(),
        ),
        money(
            ctx,
            "sales_this_quarter",
            "Sales this quarter",
            sales,
            format!("sales-orders?counts=1&from={}&to={}{by}", quarter.first, quarter.last),
        ),
        money(
            ctx,
            "target_this_quarter",
            "Target this quarter",
            target,
            format!("reports/sales_targets?year={}&quarter={}", quarter.year, quarter.number),
        ),
        money(
            ctx,
            "commission_unpaid",
            "Commission earned, not paid yet",
            unpaid,
            "reports/commission?state=accrued".into(),
        ),
    ];
    if role.is_office() {
        let overdue = store::figures::overdue(tx, ctx.org(), day)?;
        let address = format!("invoices?status=open&due_before={today}");
        cards.push(rows("invoices_overdue", "Invoices overdue", overdue, address));
    }
    Ok(Dashboard { cards })
}

/// For whom the actor accepts and sends: themselves and their group, the organisation for the office. With more people than
/// an address holds, a list of transfers is no to-do list: then only themselves.
fn ends(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Uuid>> {
    if ctx.actor.role.is_office() {
        return Ok(vec![ctx.org()]);
    }
    let few = store::reach::subjects(tx, ctx.viewer(), Side::Custody, Level::Act, FEW_SUBJECTS + 1)?;
    Ok(if (1..=FEW_SUBJECTS).contains(&few.len()) { few } else { vec![ctx.principal().uuid()] })
}

/// Whose sales are counted, as long as an address holds them; None for everybody in reach.
fn sellers(ctx: &Ctx, tx: &mut Tx) -> Result<Option<Vec<Uuid>>> {
    if ctx.actor.role.is_office() {
        return Ok(None);
    }
    let few = store::reach::subjects(tx, ctx.viewer(), Side::Person, Level::See, FEW_SUBJECTS + 1)?;
    Ok((few.len() <= FEW_SUBJECTS).then_some(few))
}

fn printed(ctx: &Ctx, ends: &[Uuid]) -> String {
    let one = |id: &Uuid| {
        if *id == ctx.org() { ctx.organization.id.to_string() } else { UserId::from_uuid(*id).to_string() }
    };
    ends.iter().map(one).collect::<Vec<_>>().join(",")
}

fn rows(key: &str, label: &str, value: i64, address: String) -> Card {
    let rows_url = Some(format!("/api/v1/{address}"));
    Card { key: key.to_owned(), label: label.to_owned(), value, currency: None, rows_url }
}

fn money(ctx: &Ctx, key: &str, label: &str, value: i64, address: String) -> Card {
    Card { currency: Some(ctx.organization.currency.clone()), ..rows(key, label, value, address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_begin_and_end_with_their_months() {
        let quarter = Quarter::of(Day::parse("2028-02-29").unwrap());
        assert_eq!((quarter.year, quarter.number), (2028, 1));
        assert_eq!((quarter.first.to_string(), quarter.last.to_string()), ("2028-01-01".into(), "2028-03-31".into()));
        let last = Quarter::of(Day::parse("2026-12-31").unwrap());
        assert_eq!((last.first.to_string(), last.last.to_string()), ("2026-10-01".into(), "2026-12-31".into()));
    }
}
