//! What people are told each morning: cases of tomorrow, cases that were left open, purchase orders that are late, invoices that
//! fell due; what expires, and on Mondays what is below par. Each of them once: a day that was missed, because no server ran, is told with the next one.

use super::number;
use crate::{App, Ctx, Result};
use contract::pars::ParShortage;
use domain::clock::{Day, Instant};
use domain::event::lifecycle::ORDER_LATE_DAYS;
use domain::id::OrganizationId;
use domain::money::Minor;
use std::collections::BTreeMap;
use store::Tx;
use store::events::DailyRow;
use uuid::Uuid;

/// Under which the day is remembered.
const KIND: &str = "day_notices";
/// From this hour on, where the organisation is.
const HOUR: i64 = 7;
/// So many days are made up for at most.
const BACK: i64 = 7;
/// Events of one kind that are told of in a morning, at most.
const MOST: i64 = 2_000;
/// So many days before it expires a unit is told of.
const LEADS: [i32; 4] = [90, 60, 30, 7];
/// Late orders that are told of one by one; more of them are told together.
const ONE_BY_ONE: usize = 5;

/// From the beginning of a day until the beginning of another, where the organisation is.
fn between(ctx: &Ctx, from: Day, to: Day) -> (i64, i64) {
    let zone = &ctx.organization.time_zone;
    (from.starts_in(zone).0, to.starts_in(zone).0)
}

fn place(row: &DailyRow) -> String {
    row.location_name.as_ref().map(|name| format!(" at {name}")).unwrap_or_default()
}

/// Each representative's events, the first of them first.
fn by_person(rows: &[DailyRow]) -> BTreeMap<Uuid, Vec<&DailyRow>> {
    let mut all: BTreeMap<Uuid, Vec<&DailyRow>> = BTreeMap::new();
    for row in rows {
        all.entry(row.representative_id).or_default().push(row);
    }
    all
}

/// `EV-000012 at Mercy Main` or `EV-000012 at Mercy Main and 2 more`.
fn listed(rows: &[&DailyRow], one: impl Fn(&DailyRow) -> String) -> String {
    match rows {
        [] => String::new(),
        [only] => one(only),
        [first, rest @ ..] => format!("{} and {} more", one(first), rest.len()),
    }
}

fn put(ctx: &Ctx, tx: &mut Tx, whom: Uuid, kind: &str, subject: Uuid, sentence: &str) -> Result<()> {
    let id = ctx.id::<domain::id::Entry>().uuid();
    Ok(store::engine::notify(tx, ctx.org(), whom, id, kind, subject, sentence, ctx.now.0)?)
}

fn tomorrow(ctx: &Ctx, tx: &mut Tx, today: Day) -> Result<usize> {
    let (from, to) = between(ctx, today.plus(1), today.plus(2));
    let rows = store::events::daily(tx, ctx.org(), "open", (from, to), MOST)?;
    for (whom, rows) in by_person(&rows) {
        let one = |row: &DailyRow| {
            let at = Instant(row.starts_at).local(&row.time_zone);
            format!("{}{}, {}", number(row.number), place(row), at.get(11..).unwrap_or_default())
        };
        put(ctx, tx, whom, "event_tomorrow", rows[0].id, &format!("Tomorrow: {}.", listed(&rows, one)))?;
    }
    Ok(rows.len())
}

/// Cases of the days since the last morning that nobody submitted.
fn left_open(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<usize> {
    let rows = store::events::daily(tx, ctx.org(), "open", between(ctx, since, today), MOST)?;
    for (whom, rows) in by_person(&rows) {
        let one = |row: &DailyRow| format!("{}{}", number(row.number), place(row));
        let verb = if rows.len() == 1 { "is" } else { "are" };
        let sentence =
            format!("{} {verb} over and not submitted. Submit what was used, or cancel it.", listed(&rows, one));
        put(ctx, tx, whom, "event_left_open", rows[0].id, &sentence)?;
    }
    Ok(rows.len())
}

/// Orders that became late since the last morning: the representative and the office are told.
fn late(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<usize> {
    let days = ORDER_LATE_DAYS as i32 + 1;
    // Late on a day is what was submitted so many days before it.
    let (from, to) = between(ctx, since.plus(1 - days), today.plus(1 - days));
    let rows = store::events::awaited(tx, ctx.org(), (from, to), MOST)?;
    let office = store::events::office(tx, ctx.org())?;
    let one = |row: &DailyRow| format!("{}{}", number(row.number), place(row));
    let said = |rows: &[&DailyRow]| {
        format!("The purchase order for {} has been awaited for more than {ORDER_LATE_DAYS} days.", listed(rows, one))
    };
    for (whom, rows) in by_person(&rows) {
        if !office.contains(&whom) {
            put(ctx, tx, whom, "purchase_order_late", rows[0].id, &said(&rows))?;
        }
    }
    let all: Vec<&DailyRow> = rows.iter().collect();
    let told: Vec<&[&DailyRow]> = if all.len() > ONE_BY_ONE { vec![all.as_slice()] } else { all.chunks(1).collect() };
    for whom in &office {
        for rows in &told {
            put(ctx, tx, *whom, "purchase_order_late", rows[0].id, &said(rows))?;
        }
    }
    Ok(rows.len())
}

/// Invoices whose last day has gone by since the last morning: the office is told.
fn overdue(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<usize> {
    let (count, minor) = store::billing::fell_due(tx, ctx.org(), i64::from(since.0), i64::from(today.0))?;
    if count > 0 {
        let open = Minor(minor).display(crate::billing::currency(ctx));
        let what = if count == 1 { "1 invoice is overdue".to_owned() } else { format!("{count} invoices are overdue") };
        for whom in store::events::office(tx, ctx.org())? {
            put(ctx, tx, whom, "invoices_overdue", ctx.org(), &format!("{what} since yesterday: {open} are open."))?;
        }
    }
    Ok(usize::try_from(count).unwrap_or(0))
}

/// What came within 90, 60, 30 or 7 days of its last day since the last morning: whoever answers for it is told, for the
/// organisation's own stock the office.
fn expiring(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<usize> {
    let office = store::events::office(tx, ctx.org())?;
    let mut told = 0;
    for lead in LEADS {
        let (after, until) = (i64::from(since.plus(lead).0), i64::from(today.plus(lead).0));
        for (custodian, count, first) in store::expiring::by_custodian(tx, ctx.org(), after, until)? {
            let own = custodian == ctx.org();
            let what = if count == 1 { "1 unit".to_owned() } else { format!("{count} units") };
            let whose = if own { "of the organisation's own stock" } else { "that you answer for" };
            let verb = if count == 1 { "expires" } else { "expire" };
            let first = Day(first as i32);
            let sentence =
                format!("{what} {whose} {verb} within {lead} days, the first on {first}. See which case could use it.");
            for whom in if own { office.clone() } else { vec![custodian] } {
                put(ctx, tx, whom, "stock_expiring", custodian, &sentence)?;
            }
            told += 1;
        }
    }
    Ok(told)
}

/// Whether a Monday has begun since a day.
fn is_monday_since(last: i64, today: Day) -> bool {
    // 5 January 1970 was a Monday, and day 4.
    let since = last.max(i64::from(today.0) - BACK);
    (since + 1..=i64::from(today.0)).any(|day| day.rem_euclid(7) == 4)
}

/// Once a week, on Mondays: people who have less than they should are told how much, the office how many are.
fn below_par(ctx: &Ctx, tx: &mut Tx, short: &[ParShortage]) -> Result<usize> {
    let pieces = |n: i64| if n == 1 { "1 piece".to_owned() } else { format!("{n} pieces") };
    for it in short {
        if let Some(user) = it.user_id {
            let lacks = pieces(it.short);
            let sentence =
                format!("You are {lacks} below your par levels, with what is coming counted in. Ask for it.");
            put(ctx, tx, user.uuid(), "stock_below_par", user.uuid(), &sentence)?;
        }
    }
    for it in short {
        let Some(region) = it.region_id else { continue };
        let manager = store::people::region(tx, ctx.org(), region.uuid())?.and_then(|row| row.manager_id);
        if let Some(manager) = manager {
            let lacks = pieces(it.short);
            let sentence =
                format!("Region {} is {lacks} below its par levels, with what is coming counted in.", it.name);
            put(ctx, tx, manager, "stock_below_par", ctx.org(), &sentence)?;
        }
    }
    let rest = short.iter().filter(|it| it.user_id.is_none()).count();
    if rest > 0 {
        let what = if rest == 1 {
            "1 shelf, place or region is".to_owned()
        } else {
            format!("{rest} shelves, places or regions are")
        };
        for whom in store::events::office(tx, ctx.org())? {
            put(ctx, tx, whom, "stock_below_par", ctx.org(), &format!("{what} below par."))?;
        }
    }
    Ok(short.len())
}

/// Contracts of facilities that are negotiated anew in thirty days: the office is told.
fn contracts(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<usize> {
    let names = crate::directory::contracts::begun(ctx, tx, since, today)?;
    let sentence = match names.as_slice() {
        [] => return Ok(0),
        [only] => format!("The contract of {only} is renewed in thirty days. Look at its prices."),
        [first, rest @ ..] => {
            format!(
                "The contracts of {first} and {} more are renewed in thirty days. Look at their prices.",
                rest.len()
            )
        }
    };
    for whom in store::events::office(tx, ctx.org())? {
        put(ctx, tx, whom, "contracts_renewed", ctx.org(), &sentence)?;
    }
    Ok(names.len())
}

/// Tells of everything since the last morning; gives of how many things. Nothing when another server was quicker.
fn tell(ctx: &Ctx, tx: &mut Tx, short: &[ParShortage]) -> Result<usize> {
    let today = ctx.today();
    let last = store::documents::day(tx, ctx.org(), KIND)?;
    if last.is_some_and(|day| day >= i64::from(today.0)) {
        return Ok(0);
    }
    store::documents::set_day(tx, ctx.org(), KIND, i64::from(today.0))?;
    // On the very first morning nothing of the past is news.
    let Some(last) = last else { return tomorrow(ctx, tx, today) };
    let since = Day(last.max(i64::from(today.0) - BACK) as i32);
    let sums = [
        tomorrow(ctx, tx, today)?,
        left_open(ctx, tx, since, today)?,
        late(ctx, tx, since, today)?,
        overdue(ctx, tx, since, today)?,
        expiring(ctx, tx, since, today)?,
        below_par(ctx, tx, short)?,
        contracts(ctx, tx, since, today)?,
    ];
    // What a change of many customers at once has answered.
    super::asks::settle_all(ctx, tx)?;
    Ok(sums.into_iter().sum())
}

impl App {
    /// Tells people what a morning brings, once a day; gives of how many things.
    pub async fn tell_of_the_day(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let found = self.db().read(move |tx| -> store::Result<_> {
            Ok((store::people::organization(tx, id)?, store::documents::day(tx, id, KIND)?))
        });
        let (Some(house), last) = found.await? else { return Ok(0) };
        let today = now.day_in(&house.time_zone);
        let morning = today.starts_in(&house.time_zone).plus_seconds(HOUR * 3600);
        if now < morning || last.is_some_and(|day| day >= i64::from(today.0)) {
            return Ok(0);
        }
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        // What is below par takes long to look through: it is read before the one writer is asked for.
        let short = match last {
            Some(day) if is_monday_since(day, today) => self.read(&ctx, crate::pars::all_short).await?,
            _ => Vec::new(),
        };
        self.write(&ctx, move |ctx, tx| tell(ctx, tx, &short)).await
    }
}
