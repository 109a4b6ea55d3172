//! Figures of countable orders: by day for any window, summed by customer and window for lists.
//!
//! The windows of `directory_figure` begin relative to the day in `directory_figure_day`; [`roll_figures`] moves that day on.
//! While it lags, readers sum the days instead.

use db::{Result, Sql, Tx, Value, args};
use domain::clock::Day;
use domain::engagement::{EngagementRules, Window, usual_gap};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Figures of customers.
pub const CUSTOMER: &str = "cus";
/// Figures of locations.
pub const LOCATION: &str = "loc";
/// Stands after every average in `orders_avg_last`.
pub const NO_AVERAGE: i64 = i64::MAX / 4;

const NEW_FIGURE: &str = "INSERT INTO directory_figure (organization_id, kind, span, subject_id, orders_count, orders_total_minor, \
    orders_avg_minor, orders_avg_last, first_order_on, last_order_on, usual_gap) \
    VALUES ($1, $2, $3, $4, 0, 0, -1, $5, 0, 0, NULL) ON CONFLICT DO NOTHING";
const LOCK_FIGURE: Sql = crate::locking!(
    "SELECT orders_count FROM directory_figure WHERE organization_id = $1 AND kind = $2 AND span = 'all' AND subject_id = $3"
);
const ADD_DAY: &str = "INSERT INTO billing_customer_day \
    (organization_id, customer_id, location_id, day, orders_count, orders_total_minor, credits_minor) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, customer_id, location_id, day) DO UPDATE SET \
    orders_count = billing_customer_day.orders_count + excluded.orders_count, \
    orders_total_minor = billing_customer_day.orders_total_minor + excluded.orders_total_minor, \
    credits_minor = billing_customer_day.credits_minor + excluded.credits_minor";
const DROP_EMPTY_DAY: &str = "DELETE FROM billing_customer_day WHERE organization_id = $1 AND customer_id = $2 \
    AND location_id = $3 AND day = $4 AND orders_count = 0 AND orders_total_minor = 0 AND credits_minor = 0";
const ADD_FIGURE: &str = "UPDATE directory_figure SET orders_count = orders_count + $5, orders_total_minor = orders_total_minor + $6, \
    orders_avg_minor = CASE WHEN orders_count + $5 <= 0 THEN -1 \
    ELSE (2 * (orders_total_minor + $6) + orders_count + $5) / (2 * (orders_count + $5)) END, \
    orders_avg_last = CASE WHEN orders_count + $5 <= 0 THEN $7 \
    ELSE (2 * (orders_total_minor + $6) + orders_count + $5) / (2 * (orders_count + $5)) END, \
    credits_minor = credits_minor + $8, net_sales_minor = net_sales_minor + $6 - $8 \
    WHERE organization_id = $1 AND kind = $2 AND span = $3 AND subject_id = $4";
const FIRST_AND_LAST: &str = "SELECT MIN(day), MAX(day) FROM billing_customer_day \
    WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3 AND orders_count > 0";
const LAST_DAYS: &str = "SELECT day FROM billing_customer_day WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3 \
    AND orders_count > 0 ORDER BY day DESC LIMIT $4";
const SET_RHYTHM: &str = "UPDATE directory_figure SET first_order_on = $4, last_order_on = $5, usual_gap = $6, \
    expected_next_on = $7 WHERE organization_id = $1 AND kind = $2 AND subject_id = $3 AND span IN ('all', 'this_year', 'last_12_months', 'last_90_days')";
const FIGURE_DAY: Sql = Sql {
    lite: "SELECT day FROM directory_figure_day WHERE organization_id = $1",
    pg: "SELECT day FROM directory_figure_day WHERE organization_id = $1 FOR SHARE",
};
const LOCK_FIGURE_DAY: Sql = crate::locking!("SELECT day FROM directory_figure_day WHERE organization_id = $1");
const READ_FIGURE_DAY: &str = "SELECT day FROM directory_figure_day WHERE organization_id = $1";
const BEGIN_FIGURE_DAY: &str =
    "INSERT INTO directory_figure_day (organization_id, day) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const SET_FIGURE_DAY: &str = "UPDATE directory_figure_day SET day = $2 WHERE organization_id = $1";

/// Makes the rows of a new customer or location.
pub fn begin(tx: &mut Tx, organization: Uuid, kind: &'static str, subject: Uuid) -> Result<()> {
    for window in Window::ALL {
        tx.exec(NEW_FIGURE, args![organization, kind, window.as_str(), subject, NO_AVERAGE])?;
    }
    Ok(())
}

/// Counts an order in or out: `count` orders with `total` minor units on `day` at a location of a customer. Call it in the
/// unit of work in which an order begins or ceases to count, or its amount changes (then `count` is 0). A nil location
/// counts for the customer alone.
pub fn add_order_figures(
    tx: &mut Tx,
    organization: Uuid,
    customer: Uuid,
    location: Uuid,
    day: Day,
    count: i64,
    total: i64,
) -> Result<()> {
    add_step(tx, organization, Step { customer, location, day, count, total, credits: 0 })
}

/// Credits an amount to a customer on a day, or takes it back. A nil location counts for the customer alone.
pub fn add_credit(
    tx: &mut Tx,
    organization: Uuid,
    customer: Uuid,
    location: Uuid,
    day: Day,
    amount: i64,
) -> Result<()> {
    add_step(tx, organization, Step { customer, location, day, count: 0, total: 0, credits: amount })
}

fn add_step(tx: &mut Tx, organization: Uuid, part: Step) -> Result<()> {
    let Step { customer, location, day, .. } = part;
    tx.exec(BEGIN_FIGURE_DAY, args![organization, day.0])?;
    let as_of = windows_day(tx, organization)?.unwrap_or(day);
    let counted = Window::ALL.iter().copied().filter(|window| window.since(as_of).is_none_or(|first| day >= first));
    let counted: Vec<Window> = counted.collect();
    let whole = Step { location: Uuid::nil(), ..part };
    whole.apply(tx, organization, CUSTOMER, customer, &counted)?;
    if !location.is_nil() {
        part.apply(tx, organization, LOCATION, location, &counted)?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Step {
    customer: Uuid,
    location: Uuid,
    day: Day,
    count: i64,
    total: i64,
    credits: i64,
}

impl Step {
    fn apply(
        &self,
        tx: &mut Tx,
        organization: Uuid,
        kind: &'static str,
        subject: Uuid,
        counted: &[Window],
    ) -> Result<()> {
        // Whoever holds the figure's row sees every day that was counted before.
        if tx.one::<(i64,)>(LOCK_FIGURE, args![organization, kind, subject])?.is_none() {
            begin(tx, organization, kind, subject)?;
            tx.one::<(i64,)>(LOCK_FIGURE, args![organization, kind, subject])?;
        }
        let Self { customer, location, day, count, total, credits } = *self;
        tx.exec(ADD_DAY, args![organization, customer, location, day.0, count, total, credits])?;
        tx.exec(DROP_EMPTY_DAY, args![organization, self.customer, self.location, self.day.0])?;
        for window in counted {
            add(tx, organization, kind, *window, subject, (count, total, credits))?;
        }
        rhythm(tx, organization, kind, subject, self.customer, self.location)
    }
}

fn add(
    tx: &mut Tx,
    organization: Uuid,
    kind: &str,
    window: Window,
    subject: Uuid,
    (count, total, credits): (i64, i64, i64),
) -> Result<()> {
    tx.exec(ADD_FIGURE, args![organization, kind, window.as_str(), subject, count, total, NO_AVERAGE, credits])?;
    Ok(())
}

fn rhythm(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, customer: Uuid, location: Uuid) -> Result<()> {
    let ends = tx.one::<(Option<i64>, Option<i64>)>(FIRST_AND_LAST, args![organization, customer, location])?;
    let (first, last) = ends.unwrap_or_default();
    let rules = EngagementRules::default();
    let days = tx.all::<(i32,)>(LAST_DAYS, args![organization, customer, location, rules.gap_days_looked_at])?;
    let days: Vec<Day> = days.into_iter().map(|(day,)| Day(day)).collect();
    let gap = usual_gap(&days, &rules);
    let expected = last.zip(gap).map_or(super::customers::NO_DAY, |(last, gap)| last + i64::from(gap));
    tx.exec(SET_RHYTHM, args![organization, kind, subject, first.unwrap_or(0), last.unwrap_or(0), gap, expected])?;
    Ok(())
}

const OF_LOCATION: &str = "SELECT CAST(COALESCE(SUM(orders_count), 0) AS BIGINT), \
    CAST(COALESCE(SUM(orders_total_minor), 0) AS BIGINT), CAST(COALESCE(SUM(credits_minor), 0) AS BIGINT) FROM billing_customer_day \
    WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3 AND day >= $4";

/// A location belongs to another customer now: it shows what it ordered for that one, what it ordered before stays where it was.
pub fn location_moved(tx: &mut Tx, organization: Uuid, location: Uuid, customer: Uuid) -> Result<()> {
    tx.one::<(i64,)>(LOCK_FIGURE, args![organization, LOCATION, location])?;
    let as_of = windows_day(tx, organization)?;
    tx.exec(RESET, args![organization, LOCATION, location, NO_AVERAGE])?;
    for window in Window::ALL {
        let since = since(*window, as_of);
        let sums = tx.one::<(i64, i64, i64)>(OF_LOCATION, args![organization, customer, location, since])?;
        add(tx, organization, LOCATION, *window, location, sums.unwrap_or_default())?;
    }
    rhythm(tx, organization, LOCATION, location, customer, location)
}

/// The day as of which windows are counted, which stays so until the unit of work ends.
fn windows_day(tx: &mut Tx, organization: Uuid) -> Result<Option<Day>> {
    Ok(tx.one::<(i32,)>(FIGURE_DAY, args![organization])?.map(|(day,)| Day(day.abs())))
}

/// The first day of a window as of a day, as `billing_customer_day` counts days.
fn since(window: Window, as_of: Option<Day>) -> i64 {
    as_of.and_then(|day| window.since(day)).map_or(i64::MIN, |day| i64::from(day.0))
}

const DROP_DAYS: &str = "DELETE FROM billing_customer_day WHERE organization_id = $1 AND customer_id = $2";
const DAYS: &str = "INSERT INTO billing_customer_day \
    (organization_id, customer_id, location_id, day, orders_count, orders_total_minor, credits_minor) VALUES";
const ORDERED: &str = "SELECT sold.location_id, sold.submitted_on, COUNT(*), CAST(SUM(sold.net_minor) AS BIGINT) \
    FROM billing_sales_order sold WHERE sold.organization_id = $1 AND sold.customer_id = $2 AND sold.counts = 1 \
    AND sold.status = 'open' AND NOT EXISTS (SELECT 1 FROM billing_sales_order later \
    WHERE later.organization_id = sold.organization_id AND later.number = sold.number AND later.revision > sold.revision) \
    GROUP BY sold.location_id, sold.submitted_on";
const OPENED: &str = "SELECT opening.location_id, opening.day, CAST(SUM(opening.orders_count) AS BIGINT), \
    CAST(SUM(opening.orders_total_minor) AS BIGINT) FROM billing_opening_figure opening \
    WHERE opening.organization_id = $1 AND opening.customer_id = $2 GROUP BY opening.location_id, opening.day";
const CREDITED: &str = "SELECT memo.location_id, memo.issued_on, CAST(SUM(memo.net_minor) AS BIGINT) \
    FROM billing_credit_memo memo WHERE memo.organization_id = $1 AND memo.customer_id = $2 \
    AND memo.location_id IS NOT NULL AND memo.net_minor <> 0 \
    GROUP BY memo.location_id, memo.issued_on";
const RESET: &str = "UPDATE directory_figure SET orders_count = 0, orders_total_minor = 0, orders_avg_minor = -1, \
    orders_avg_last = $4, credits_minor = 0, net_sales_minor = 0 WHERE organization_id = $1 AND kind = $2 AND subject_id = $3";

/// Makes the figures of a customer and of its locations anew from orders and credit memos: when many of them came or went at
/// once. The customer is locked.
pub fn rebuild(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<()> {
    begin(tx, organization, CUSTOMER, customer)?;
    tx.one::<(i64,)>(LOCK_FIGURE, args![organization, CUSTOMER, customer])?;
    let mut days: BTreeMap<(Uuid, i64), (i64, i64, i64)> = BTreeMap::new();
    let mut put = |location: Option<Uuid>, day: i64, (count, total, credits): (i64, i64, i64)| {
        let places = [Uuid::nil()].into_iter().chain(location.filter(|it| !it.is_nil()));
        for place in places {
            let sums = days.entry((place, day)).or_default();
            *sums = (sums.0 + count, sums.1 + total, sums.2 + credits);
        }
    };
    for (location, day, count, total) in
        tx.all::<(Option<Uuid>, i64, i64, i64)>(ORDERED, args![organization, customer])?
    {
        put(location, day, (count, total, 0));
    }
    for (location, day, count, total) in
        tx.all::<(Option<Uuid>, i64, i64, i64)>(OPENED, args![organization, customer])?
    {
        put(location, day, (count, total, 0));
    }
    for (location, day, credits) in tx.all::<(Option<Uuid>, i64, i64)>(CREDITED, args![organization, customer])? {
        put(location, day, (0, 0, credits));
    }
    days.retain(|_, sums| *sums != (0, 0, 0));
    tx.exec(DROP_DAYS, args![organization, customer])?;
    let mut values: Vec<Value> = Vec::with_capacity(days.len() * 7);
    for ((location, day), (count, total, credits)) in &days {
        values.extend_from_slice(args![organization, customer, *location, *day, *count, *total, *credits]);
    }
    crate::bulk::insert(tx, DAYS, "", 7, &values)?;
    tx.exec(RESET, args![organization, CUSTOMER, customer, NO_AVERAGE])?;
    let as_of = windows_day(tx, organization)?;
    for window in Window::ALL {
        let since = since(*window, as_of);
        let within = days.iter().filter(|((location, day), _)| location.is_nil() && *day >= since);
        let sums = within.fold((0, 0, 0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1, sum.2 + it.2));
        add(tx, organization, CUSTOMER, *window, customer, sums)?;
    }
    rhythm(tx, organization, CUSTOMER, customer, customer, Uuid::nil())?;
    for location in super::locations::of_customer(tx, organization, customer)? {
        location_moved(tx, organization, location, customer)?;
    }
    Ok(())
}

/// Whether the stored windows hold on a day.
pub fn windows_hold(tx: &mut Tx, organization: Uuid, today: Day) -> Result<bool> {
    let day = tx.one::<(i32,)>(READ_FIGURE_DAY, args![organization])?;
    Ok(day.is_none_or(|(day,)| day == today.0))
}

/// In the place of a day: every window is to be made from its days, since a migration made new ones. While that goes on, the
/// day as of which they are made stands there with a minus.
const UNMADE: i32 = 0;
/// Customers or locations whose windows are made in one unit of work.
const MADE_AT_ONCE: i64 = 1_000;
const LEAVING: &str = "SELECT customer_id, CAST(SUM(orders_count) AS BIGINT), CAST(SUM(orders_total_minor) AS BIGINT), \
    CAST(SUM(credits_minor) AS BIGINT) FROM billing_customer_day \
    WHERE organization_id = $1 AND location_id = $2 AND day >= $3 AND day < $4 GROUP BY customer_id ORDER BY customer_id";
// What a location ordered for another customer stayed with that one.
const LEAVING_LOCATIONS: &str = "SELECT days.location_id, CAST(SUM(days.orders_count) AS BIGINT), \
    CAST(SUM(days.orders_total_minor) AS BIGINT), CAST(SUM(days.credits_minor) AS BIGINT) FROM billing_customer_day days \
    JOIN directory_location place ON place.organization_id = days.organization_id AND place.id = days.location_id \
    AND place.customer_id = days.customer_id WHERE days.organization_id = $1 AND days.day >= $2 AND days.day < $3 \
    GROUP BY days.location_id ORDER BY days.location_id";

/// What came of moving the windows on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rolled {
    /// They hold on that day, or on a later one.
    Held,
    /// What has grown too old has left them.
    Moved,
    /// They have to be made from their days: see [`make_windows`].
    Unmade,
}

/// Moves the windows on to a day: what has grown too old leaves them. Once a day for each organisation, and after data of the
/// past came in. Never moves back.
pub fn roll_figures(tx: &mut Tx, organization: Uuid, today: Day) -> Result<Rolled> {
    let Some((day,)) = tx.one::<(i32,)>(LOCK_FIGURE_DAY, args![organization])? else { return Ok(Rolled::Held) };
    if day <= UNMADE {
        return Ok(Rolled::Unmade);
    }
    if day >= today.0 {
        return Ok(Rolled::Held);
    }
    let leave = |(subject, count, total, credits): (Uuid, i64, i64, i64)| (subject, (-count, -total, -credits));
    for window in Window::ALL {
        let (Some(old), Some(new)) = (window.since(Day(day)), window.since(today)) else { continue };
        let customers = tx.all(LEAVING, args![organization, Uuid::nil(), old.0, new.0])?;
        for (customer, sums) in customers.into_iter().map(leave) {
            add(tx, organization, CUSTOMER, *window, customer, sums)?;
        }
        let locations = tx.all(LEAVING_LOCATIONS, args![organization, old.0, new.0])?;
        for (location, sums) in locations.into_iter().map(leave) {
            add(tx, organization, LOCATION, *window, location, sums)?;
        }
    }
    tx.exec(SET_FIGURE_DAY, args![organization, today.0])?;
    Ok(Rolled::Moved)
}

const TO_MAKE: &str = "SELECT subject_id FROM directory_figure WHERE organization_id = $1 AND kind = $2 AND span = 'all' \
    AND subject_id > $3 ORDER BY subject_id LIMIT $4";
const DROP_WINDOW: &str = "DELETE FROM directory_figure WHERE organization_id = $1 AND kind = $2 AND span = $3 \
    AND subject_id > $4 AND subject_id <= $5";
const MAKE_WINDOW: &str = "INSERT INTO directory_figure (organization_id, kind, span, subject_id, orders_count, orders_total_minor, \
    orders_avg_minor, orders_avg_last, first_order_on, last_order_on, usual_gap, credits_minor, net_sales_minor, expected_next_on) \
    SELECT made.organization_id, made.kind, $3, made.subject_id, made.n, made.total, \
    CASE WHEN made.n <= 0 THEN -1 ELSE (2 * made.total + made.n) / (2 * made.n) END, \
    CASE WHEN made.n <= 0 THEN $5 ELSE (2 * made.total + made.n) / (2 * made.n) END, \
    made.first_order_on, made.last_order_on, made.usual_gap, made.credits, made.total - made.credits, made.expected_next_on FROM (\
    SELECT base.organization_id, base.kind, base.subject_id, base.first_order_on, base.last_order_on, base.usual_gap, \
    base.expected_next_on, CAST(COALESCE(SUM(days.orders_count), 0) AS BIGINT) AS n, \
    CAST(COALESCE(SUM(days.orders_total_minor), 0) AS BIGINT) AS total, \
    CAST(COALESCE(SUM(days.credits_minor), 0) AS BIGINT) AS credits FROM directory_figure base \
    LEFT JOIN directory_location place ON base.kind = 'loc' AND place.organization_id = base.organization_id \
    AND place.id = base.subject_id \
    LEFT JOIN billing_customer_day days ON days.organization_id = base.organization_id \
    AND days.customer_id = COALESCE(place.customer_id, base.subject_id) \
    AND days.location_id = CASE WHEN base.kind = 'loc' THEN base.subject_id ELSE $6 END AND days.day >= $4 \
    WHERE base.organization_id = $1 AND base.kind = $2 AND base.span = 'all' AND base.subject_id > $7 AND base.subject_id <= $8 \
    GROUP BY base.organization_id, base.kind, base.subject_id, base.first_order_on, base.last_order_on, base.usual_gap, \
    base.expected_next_on) made";

/// How far [`make_windows`] has come: the kind, and the subject behind which it goes on.
pub type Made = (&'static str, Uuid);

/// Makes the windows of the next customers, then of the next locations, from their days; None when all are made, and hold.
pub fn make_windows(tx: &mut Tx, organization: Uuid, today: Day, so_far: Option<Made>) -> Result<Option<Made>> {
    let Some((day,)) = tx.one::<(i32,)>(LOCK_FIGURE_DAY, args![organization])? else { return Ok(None) };
    if day > UNMADE {
        return Ok(None);
    }
    // All parts are made as of one day, whoever makes them and however often it is begun anew: orders are counted as of it, too.
    let as_of = if day < UNMADE { Day(-day) } else { today };
    let (kind, after) = so_far.unwrap_or((CUSTOMER, Uuid::nil()));
    let next = tx.all::<(Uuid,)>(TO_MAKE, args![organization, kind, after, MADE_AT_ONCE])?;
    let Some((last,)) = next.last().copied() else {
        if kind == CUSTOMER {
            return Ok(Some((LOCATION, Uuid::nil())));
        }
        tx.exec(SET_FIGURE_DAY, args![organization, as_of.0])?;
        return Ok(None);
    };
    for window in Window::ALL {
        let Some(since) = window.since(as_of) else { continue };
        let span = window.as_str();
        tx.exec(DROP_WINDOW, args![organization, kind, span, after, last])?;
        let none = Uuid::nil();
        tx.exec(MAKE_WINDOW, args![organization, kind, span, since.0, NO_AVERAGE, none, after, last])?;
    }
    tx.exec(SET_FIGURE_DAY, args![organization, -as_of.0])?;
    Ok(Some((kind, last)))
}

/// Begins the windows of an organisation on a day unless they have begun: before many orders of the past come in.
pub fn begin_windows(tx: &mut Tx, organization: Uuid, today: Day) -> Result<()> {
    tx.exec(BEGIN_FIGURE_DAY, args![organization, today.0])?;
    Ok(())
}

const DRIFTED: &str = "SELECT figure.subject_id FROM directory_figure figure LEFT JOIN \
    (SELECT customer_id, location_id, SUM(orders_count) AS n, SUM(orders_total_minor) AS total FROM billing_customer_day \
    WHERE organization_id = $1 GROUP BY customer_id, location_id) days \
    ON (figure.kind = 'cus' AND days.customer_id = figure.subject_id AND days.location_id = $2) \
    WHERE figure.organization_id = $1 AND figure.kind = 'cus' AND figure.span = 'all' \
    AND (figure.orders_count <> COALESCE(days.n, 0) OR figure.orders_total_minor <> COALESCE(days.total, 0)) \
    ORDER BY figure.subject_id LIMIT 100";

/// Customers whose stored figures differ from their days, at most 100: for verification.
pub fn drifted(tx: &mut Tx, organization: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(DRIFTED, args![organization, Uuid::nil()])?.into_iter().map(|(id,)| id).collect())
}
