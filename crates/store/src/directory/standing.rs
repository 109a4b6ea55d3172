//! What a customer owes, may owe and has on its shelves: made anew from invoices, orders, units and tasks in the unit of work
//! that changes one of these, under the lock of the customer's row here.
//!
//! A row holds until its `next_change_on`; from that day on the calendar alone changes it, and [`roll`] makes it anew.

use super::CustomerRow;
use super::figures::{CUSTOMER, LOCATION};
use crate::journal::Movement;
use db::{Result, Row, Tx, args};
use domain::billing::{
    AutoHoldMode, BillingStatus, CreditPolicy, CreditRules, CreditSignal, CreditSignals, Exposure, credit_signals,
    effective_status,
};
use domain::clock::{Day, Instant};
use domain::engagement::Window;
use domain::money::Minor;
use domain::stock::UnitState;
use uuid::Uuid;

/// Stands for no day.
pub const NEVER: i64 = super::customers::NO_DAY;
/// Stands for no limit.
pub const NO_LIMIT: i64 = i64::MAX / 2;
/// Units that expire within so many days are counted apart.
pub const EXPIRING_DAYS: i32 = 90;

db::record! {
    /// A row as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Standing {
        pub open_minor: i64, pub past_due_minor: i64, pub pending_minor: i64, pub oldest_due_on: i64, pub shipped_minor: i64,
        pub approved_minor: i64, pub usage_minor: i64, pub exposure_minor: i64, pub credit_limit_key: i64,
        pub available_credit_key: i64, pub effective_status: String, pub effective_rank: i64, pub limit_signal: String,
        pub lateness_signal: String, pub held_because: String, pub days_to_pay: i64, pub days_to_po: i64,
        pub tasks_open: i64, pub site_units: i64, pub site_value_minor: i64, pub site_expiring: i64, pub next_change_on: i64,
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            open_minor: 0,
            past_due_minor: 0,
            pending_minor: 0,
            oldest_due_on: NEVER,
            shipped_minor: 0,
            approved_minor: 0,
            usage_minor: 0,
            exposure_minor: 0,
            credit_limit_key: NO_LIMIT,
            available_credit_key: NO_LIMIT,
            effective_status: BillingStatus::Good.as_str().into(),
            effective_rank: 0,
            limit_signal: CreditSignal::Ok.as_str().into(),
            lateness_signal: CreditSignal::Ok.as_str().into(),
            held_because: String::new(),
            days_to_pay: -1,
            days_to_po: -1,
            tasks_open: 0,
            site_units: 0,
            site_value_minor: 0,
            site_expiring: 0,
            next_change_on: NEVER,
        }
    }
}

impl Standing {
    /// Columns of a row, for statements that list customers or locations.
    pub(super) const COLUMNS: &'static str = "standing.open_minor, standing.past_due_minor, standing.pending_minor, \
        standing.oldest_due_on, standing.shipped_minor, standing.approved_minor, standing.usage_minor, standing.exposure_minor, \
        standing.credit_limit_key, standing.available_credit_key, standing.effective_status, standing.effective_rank, \
        standing.limit_signal, standing.lateness_signal, standing.held_because, standing.days_to_pay, standing.days_to_po, \
        standing.tasks_open, standing.site_units, standing.site_value_minor, standing.site_expiring, standing.next_change_on";

    /// The value of a sort column.
    pub(super) fn key(&self, column: &str) -> Option<i64> {
        Some(match column {
            "standing.open_minor" => self.open_minor,
            "standing.past_due_minor" => self.past_due_minor,
            "standing.oldest_due_on" => self.oldest_due_on,
            "standing.exposure_minor" => self.exposure_minor,
            "standing.credit_limit_key" => self.credit_limit_key,
            "standing.available_credit_key" => self.available_credit_key,
            "standing.effective_rank" => self.effective_rank,
            "standing.days_to_pay" => self.days_to_pay,
            "standing.days_to_po" => self.days_to_po,
            "standing.tasks_open" => self.tasks_open,
            "standing.site_units" => self.site_units,
            "standing.site_value_minor" => self.site_value_minor,
            "standing.site_expiring" => self.site_expiring,
            _ => return None,
        })
    }

    /// From this day on something may be different.
    fn until(&mut self, day: i64) {
        self.next_change_on = self.next_change_on.min(day);
    }
}

/// Reads a standing that begins at a column.
pub(super) fn read_at(row: &Row<'_>, at: usize) -> Result<Standing> {
    Ok(Standing {
        open_minor: row.get(at)?,
        past_due_minor: row.get(at + 1)?,
        pending_minor: row.get(at + 2)?,
        oldest_due_on: row.get(at + 3)?,
        shipped_minor: row.get(at + 4)?,
        approved_minor: row.get(at + 5)?,
        usage_minor: row.get(at + 6)?,
        exposure_minor: row.get(at + 7)?,
        credit_limit_key: row.get(at + 8)?,
        available_credit_key: row.get(at + 9)?,
        effective_status: row.get(at + 10)?,
        effective_rank: row.get(at + 11)?,
        limit_signal: row.get(at + 12)?,
        lateness_signal: row.get(at + 13)?,
        held_because: row.get(at + 14)?,
        days_to_pay: row.get(at + 15)?,
        days_to_po: row.get(at + 16)?,
        tasks_open: row.get(at + 17)?,
        site_units: row.get(at + 18)?,
        site_value_minor: row.get(at + 19)?,
        site_expiring: row.get(at + 20)?,
        next_change_on: row.get(at + 21)?,
    })
}

const BEGIN: &str = "INSERT INTO directory_standing (organization_id, kind, subject_id, next_change_on) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/// Makes the row of a new customer or location.
pub fn begin(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid) -> Result<()> {
    tx.exec(BEGIN, args![organization, kind, subject, NEVER])?;
    Ok(())
}

// What an organisation has decided.

/// What the organisation has decided about credit, from its settings.
#[derive(Clone, Debug)]
struct House {
    rules: CreditRules,
    time_zone: String,
}

/// The rules in an organisation's settings: `auto_hold`, `auto_hold_rules` (signal to status), `near_limit_bp`.
pub fn credit_rules(settings: &serde_json::Value) -> CreditRules {
    let mut rules = CreditRules::default();
    if let Some(on) = settings.get("auto_hold").and_then(serde_json::Value::as_bool) {
        rules.auto_hold = on;
    }
    if let Some(near) = settings.get("near_limit_bp").and_then(serde_json::Value::as_i64) {
        rules.policy = CreditPolicy { near_limit_bp: i32::try_from(near).unwrap_or(i32::MAX) };
    }
    if let Some(holds) = settings.get("auto_hold_rules").and_then(serde_json::Value::as_object) {
        let pairs = holds.iter().filter_map(|(signal, status)| {
            CreditSignal::parse(signal).zip(status.as_str().and_then(BillingStatus::parse))
        });
        rules.holds = pairs.collect();
    }
    rules
}

fn house(tx: &mut Tx, organization: Uuid) -> Result<House> {
    let row = crate::people::organization(tx, organization)?;
    let settings = row.as_ref().and_then(|row| serde_json::from_str(&row.settings).ok()).unwrap_or_default();
    let time_zone = row.map_or_else(|| "UTC".to_owned(), |row| row.time_zone);
    Ok(House { rules: credit_rules(&settings), time_zone })
}

const AS_OF: &str = "SELECT day FROM directory_figure_day WHERE organization_id = $1";

/// The day for which rows are made when nobody says which day it is.
fn as_of(tx: &mut Tx, organization: Uuid) -> Result<Day> {
    Ok(Day(tx.one::<(i32,)>(AS_OF, args![organization])?.map_or(0, |(day,)| day)))
}

// Making a row.

const OPEN_INVOICES: &str = "SELECT invoice.due_on, invoice.total_minor - invoice.paid_minor - invoice.credited_minor, sales_order.location_id \
    FROM billing_invoice invoice LEFT JOIN billing_sales_order sales_order \
    ON sales_order.organization_id = invoice.organization_id AND sales_order.id = invoice.sales_order_id \
    WHERE invoice.organization_id = $1 AND invoice.customer_id = $2 AND invoice.status = 'open' \
    UNION ALL SELECT opening.due_on, opening.open_minor - opening.paid_minor, opening.location_id \
    FROM billing_opening_invoice opening WHERE opening.organization_id = $1 AND opening.customer_id = $2 \
    AND opening.status = 'open'";
const UNINVOICED: &str = "SELECT event_type, shipped_on, uninvoiced_minor, location_id FROM billing_sales_order \
    WHERE organization_id = $1 AND customer_id = $2 AND uninvoiced_minor > 0";
const PAID: &str = "SELECT SUM(total_minor * (paid_on - issued_on)), SUM(total_minor), MIN(paid_on) FROM billing_invoice \
    WHERE organization_id = $1 AND customer_id = $2 AND paid_on >= $3 AND status = 'paid'";
const ORDERED: &str = "SELECT event.day, MAX(ordered.received_at) FROM event \
    JOIN billing_purchase_order ordered ON ordered.organization_id = event.organization_id AND ordered.event_id = event.id \
    AND ordered.removed_at IS NULL \
    WHERE event.organization_id = $1 AND event.customer_id = $2 AND event.starts_at >= $3 AND event.type = 'case' \
    GROUP BY event.id, event.day";
const TASKS: &str = "SELECT COUNT(*) FROM directory_remark \
    WHERE organization_id = $1 AND customer_id = $2 AND kind = 'task' AND state = 'open'";
const TASKS_OF_LOCATION: &str = "SELECT COUNT(*) FROM directory_remark WHERE organization_id = $1 AND customer_id = $2 \
    AND location_id = $3 AND kind = 'task' AND state = 'open'";
const SHELF: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(COALESCE(item.list_price_minor, 0)), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN unit.expires_key <= $3 THEN 1 ELSE 0 END), 0) AS BIGINT), \
    MIN(CASE WHEN unit.expires_key > $3 THEN unit.expires_key END) FROM stock_unit unit \
    JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
    WHERE unit.organization_id = $1 AND unit.facility_stock_location_id = $2 AND unit.active = 1";
const SHELVES: &str = "SELECT CAST(COALESCE(SUM(standing.site_units), 0) AS BIGINT), \
    CAST(COALESCE(SUM(standing.site_value_minor), 0) AS BIGINT), \
    CAST(COALESCE(SUM(standing.site_expiring), 0) AS BIGINT) FROM directory_location location \
    JOIN directory_standing standing ON standing.organization_id = location.organization_id AND standing.kind = 'loc' \
    AND standing.subject_id = location.id WHERE location.organization_id = $1 AND location.customer_id = $2";

/// What a customer's invoices and orders say, read once for the customer and its locations.
struct Money {
    /// What is open.
    open: Vec<OpenInvoice>,
    /// (event type, shipped on, amount, location)
    uninvoiced: Vec<(String, Option<i64>, i64, Option<Uuid>)>,
}

impl Money {
    fn read(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Self> {
        let open = tx.all(OPEN_INVOICES, args![organization, customer])?;
        Ok(Self { open, uninvoiced: tx.all(UNINVOICED, args![organization, customer])? })
    }

    /// Adds up what belongs to a location, or to the whole customer.
    fn sum(&self, location: Option<Uuid>, today: Day) -> Standing {
        let today = i64::from(today.0);
        let mut it = Standing::default();
        let here = |whose: &Option<Uuid>| location.is_none() || *whose == location;
        for (due_on, open, _) in self.open.iter().filter(|(_, _, whose)| here(whose)) {
            it.open_minor += open;
            match due_on {
                None => it.pending_minor += open,
                Some(due) => {
                    it.oldest_due_on = it.oldest_due_on.min(*due);
                    if *due < today {
                        it.past_due_minor += open;
                    } else {
                        it.until(due + 1);
                    }
                }
            }
        }
        for (kind, shipped_on, amount, _) in self.uninvoiced.iter().filter(|(_, _, _, whose)| here(whose)) {
            match (kind.as_str(), shipped_on) {
                ("stocking_order" | "other", Some(_)) => it.shipped_minor += amount,
                ("stocking_order" | "other", None) => it.approved_minor += amount,
                _ => it.usage_minor += amount,
            }
        }
        let exposure = Exposure {
            open_invoices: Minor(it.open_minor),
            shipped: Minor(it.shipped_minor),
            approved: Minor(it.approved_minor),
            unbilled_usage: Minor(it.usage_minor),
        };
        it.exposure_minor = exposure.total().map_or(i64::MAX, |minor| minor.0);
        it
    }
}

/// What credit depends on besides amounts.
struct Credit<'r> {
    by_hand: &'r str,
    limit: Option<i64>,
    auto_hold: &'r str,
}

fn judge(it: &mut Standing, credit: &Credit<'_>, today: Day, rules: &CreditRules) {
    let by_hand = BillingStatus::parse(credit.by_hand).unwrap_or(BillingStatus::Good);
    let mode = AutoHoldMode::parse(credit.auto_hold).unwrap_or(AutoHoldMode::Inherit);
    let oldest = (it.oldest_due_on < NEVER).then(|| Day(i32::try_from(it.oldest_due_on).unwrap_or(i32::MAX)));
    let limit = credit.limit.map(Minor);
    let signals: CreditSignals = credit_signals(Minor(it.exposure_minor), limit, oldest, today, rules.policy);
    let effective = effective_status(by_hand, signals, rules.holds_for(mode));
    it.credit_limit_key = credit.limit.unwrap_or(NO_LIMIT);
    it.available_credit_key = credit.limit.map_or(NO_LIMIT, |limit| limit.saturating_sub(it.exposure_minor));
    it.effective_status = effective.status.as_str().into();
    it.effective_rank = effective.status.rank();
    it.limit_signal = signals.limit.as_str().into();
    it.lateness_signal = signals.lateness.as_str().into();
    it.held_because = effective.because.map_or_else(String::new, |signal| signal.as_str().into());
    if let Some(oldest) = oldest {
        // The buckets of lateness begin 1, 31, 61 and 91 days after the due date.
        let next = [1, 31, 61, 91].into_iter().map(|days| oldest.0.saturating_add(days)).find(|day| *day > today.0);
        it.until(next.map_or(NEVER, i64::from));
    }
}

fn year_ago(today: Day) -> Day {
    Window::Last12Months.since(today).unwrap_or(today)
}

/// From when on a day may no longer be within the last twelve months; never today, so that it is not looked at again and again.
fn leaves_year(day: i64, today: Day) -> i64 {
    (day + 366).max(i64::from(today.0) + 1)
}

fn tenths(sum: i128, count: i128) -> i64 {
    if count <= 0 {
        return -1;
    }
    i64::try_from((sum.max(0) * 20 + count) / (count * 2)).unwrap_or(i64::MAX)
}

fn payers(tx: &mut Tx, organization: Uuid, customer: Uuid, today: Day, house: &House, it: &mut Standing) -> Result<()> {
    let since = year_ago(today);
    let paid = tx.one::<(Option<i64>, Option<i64>, Option<i64>)>(PAID, args![organization, customer, since.0])?;
    if let Some((Some(days), Some(total), Some(first))) = paid {
        it.days_to_pay = tenths(i128::from(days), i128::from(total));
        it.until(leaves_year(first, today));
    }
    let from = since.starts_in(&house.time_zone);
    let ordered = tx.all::<(i64, i64)>(ORDERED, args![organization, customer, from.0])?;
    let mut days = 0;
    for (day, received) in &ordered {
        days += i128::from((i64::from(Instant(*received).day_in(&house.time_zone).0) - day).max(0));
        it.until(leaves_year(*day, today));
    }
    it.days_to_po = tenths(days, ordered.len() as i128);
    Ok(())
}

fn shelf(tx: &mut Tx, organization: Uuid, location: Uuid, today: Day, it: &mut Standing) -> Result<()> {
    let soon = i64::from(today.plus(EXPIRING_DAYS).0);
    let found = tx.one::<(i64, i64, i64, Option<i64>)>(SHELF, args![organization, location, soon])?;
    let (units, value, expiring, next) = found.unwrap_or_default();
    (it.site_units, it.site_value_minor, it.site_expiring) = (units, value, expiring);
    if let Some(next) = next.filter(|day| *day < NEVER) {
        it.until(next - i64::from(EXPIRING_DAYS));
    }
    Ok(())
}

const CREDIT_OF: &str = "SELECT billing_status, credit_limit_minor, auto_hold FROM directory_customer \
    WHERE organization_id = $1 AND id = $2";

/// A customer's row as it would be made on a day. The rows of its locations are as they are.
fn customer_on(
    tx: &mut Tx,
    organization: Uuid,
    customer: Uuid,
    money: &Money,
    today: Day,
    house: &House,
) -> Result<Option<Standing>> {
    let known = tx.one::<(String, Option<i64>, String)>(CREDIT_OF, args![organization, customer])?;
    let Some((by_hand, limit, auto_hold)) = known else { return Ok(None) };
    let mut it = money.sum(None, today);
    judge(&mut it, &Credit { by_hand: &by_hand, limit, auto_hold: &auto_hold }, today, &house.rules);
    payers(tx, organization, customer, today, house, &mut it)?;
    it.tasks_open = tx.one::<(i64,)>(TASKS, args![organization, customer])?.map_or(0, |(n,)| n);
    let shelves = tx.one::<(i64, i64, i64)>(SHELVES, args![organization, customer])?.unwrap_or_default();
    (it.site_units, it.site_value_minor, it.site_expiring) = shelves;
    Ok(Some(it))
}

fn location_on(
    tx: &mut Tx,
    organization: Uuid,
    customer: Uuid,
    location: Uuid,
    money: &Money,
    today: Day,
) -> Result<Standing> {
    let mut it = money.sum(Some(location), today);
    it.tasks_open = tx.one::<(i64,)>(TASKS_OF_LOCATION, args![organization, customer, location])?.map_or(0, |(n,)| n);
    shelf(tx, organization, location, today, &mut it)?;
    Ok(it)
}

const LOCK: db::Sql = crate::locking!(
    "SELECT next_change_on FROM directory_standing WHERE organization_id = $1 AND kind = $2 AND subject_id = $3"
);
const SAVE: &str = "UPDATE directory_standing SET open_minor = $4, past_due_minor = $5, pending_minor = $6, \
    oldest_due_on = $7, shipped_minor = $8, approved_minor = $9, usage_minor = $10, exposure_minor = $11, credit_limit_key = $12, \
    available_credit_key = $13, effective_status = $14, effective_rank = $15, limit_signal = $16, lateness_signal = $17, \
    held_because = $18, days_to_pay = $19, days_to_po = $20, tasks_open = $21, site_units = $22, site_value_minor = $23, \
    site_expiring = $24, next_change_on = $25 WHERE organization_id = $1 AND kind = $2 AND subject_id = $3";

fn save(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, it: &Standing) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            kind,
            subject,
            it.open_minor,
            it.past_due_minor,
            it.pending_minor,
            it.oldest_due_on,
            it.shipped_minor,
            it.approved_minor,
            it.usage_minor,
            it.exposure_minor,
            it.credit_limit_key,
            it.available_credit_key,
            it.effective_status,
            it.effective_rank,
            it.limit_signal,
            it.lateness_signal,
            it.held_because,
            it.days_to_pay,
            it.days_to_po,
            it.tasks_open,
            it.site_units,
            it.site_value_minor,
            it.site_expiring,
            it.next_change_on
        ],
    )?;
    Ok(())
}

fn lock(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid) -> Result<()> {
    if tx.one::<(i64,)>(LOCK, args![organization, kind, subject])?.is_none() {
        begin(tx, organization, kind, subject)?;
        tx.one::<(i64,)>(LOCK, args![organization, kind, subject])?;
    }
    Ok(())
}

/// Makes a customer's row anew, and before it that of one of its locations. Whoever holds the customer's row sees all that was
/// written before.
pub fn refresh(tx: &mut Tx, organization: Uuid, customer: Uuid, location: Option<Uuid>) -> Result<()> {
    let today = as_of(tx, organization)?;
    refresh_on(tx, organization, customer, location, today)
}

fn refresh_on(tx: &mut Tx, organization: Uuid, customer: Uuid, location: Option<Uuid>, today: Day) -> Result<()> {
    lock(tx, organization, CUSTOMER, customer)?;
    let house = house(tx, organization)?;
    let money = Money::read(tx, organization, customer)?;
    if let Some(location) = location.filter(|id| !id.is_nil()) {
        lock(tx, organization, LOCATION, location)?;
        let it = location_on(tx, organization, customer, location, &money, today)?;
        save(tx, organization, LOCATION, location, &it)?;
    }
    if let Some(it) = customer_on(tx, organization, customer, &money, today, &house)? {
        save(tx, organization, CUSTOMER, customer, &it)?;
    }
    Ok(())
}

/// Makes a customer's row and those of all its locations anew: when many of them came or went at once.
pub fn refresh_all(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<()> {
    let today = as_of(tx, organization)?;
    lock(tx, organization, CUSTOMER, customer)?;
    let house = house(tx, organization)?;
    let money = Money::read(tx, organization, customer)?;
    for location in super::locations::of_customer(tx, organization, customer)? {
        lock(tx, organization, LOCATION, location)?;
        let it = location_on(tx, organization, customer, location, &money, today)?;
        save(tx, organization, LOCATION, location, &it)?;
    }
    if let Some(it) = customer_on(tx, organization, customer, &money, today, &house)? {
        save(tx, organization, CUSTOMER, customer, &it)?;
    }
    Ok(())
}

const CUSTOMER_OF: &str = "SELECT customer_id FROM directory_location WHERE organization_id = $1 AND id = $2";

/// Units moved: shelves that gained or lost some stand otherwise now.
pub fn units_moved(tx: &mut Tx, organization: Uuid, movements: &[Movement]) -> Result<()> {
    let inactive = UnitState::Inactive.stored();
    let mut shelves: Vec<Uuid> = Vec::new();
    for it in movements {
        let before = it.from_location.filter(|_| it.from_state != Some(inactive));
        let after = it.to_location.filter(|_| it.to_state != inactive);
        if before != after {
            shelves.extend(before.into_iter().chain(after));
        }
    }
    if shelves.is_empty() {
        return Ok(());
    }
    shelves.sort_unstable();
    shelves.dedup();
    shelves_changed(tx, organization, &shelves)
}

/// Units came onto these shelves or left them, or expire at another time.
pub fn shelves_changed(tx: &mut Tx, organization: Uuid, locations: &[Uuid]) -> Result<()> {
    let mut pairs = Vec::with_capacity(locations.len());
    for location in locations {
        if let Some((customer,)) = tx.one::<(Uuid,)>(CUSTOMER_OF, args![organization, location])? {
            pairs.push((customer, *location));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    for (customer, location) in pairs {
        refresh(tx, organization, customer, Some(location))?;
    }
    Ok(())
}

/// A location belongs to another customer now.
pub fn location_moved(tx: &mut Tx, organization: Uuid, location: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    let mut both = [from, to];
    both.sort_unstable();
    for customer in both {
        lock(tx, organization, CUSTOMER, customer)?;
    }
    refresh(tx, organization, to, Some(location))?;
    refresh(tx, organization, from, None)
}

const COUNT_TASKS: &str = "UPDATE directory_standing SET tasks_open = (SELECT COUNT(*) FROM directory_remark remark \
    WHERE remark.organization_id = $1 AND remark.customer_id = $2 AND remark.kind = 'task' AND remark.state = 'open') \
    WHERE organization_id = $1 AND kind = 'cus' AND subject_id = $2";
const COUNT_TASKS_OF_LOCATION: &str = "UPDATE directory_standing SET tasks_open = (SELECT COUNT(*) FROM directory_remark remark \
    WHERE remark.organization_id = $1 AND remark.customer_id = $2 AND remark.location_id = $3 AND remark.kind = 'task' \
    AND remark.state = 'open') WHERE organization_id = $1 AND kind = 'loc' AND subject_id = $3";

/// Tasks of a locked customer, or of one of its locations, were made or closed: they are counted anew.
pub fn tasks_changed(tx: &mut Tx, organization: Uuid, customer: Uuid, location: Option<Uuid>) -> Result<()> {
    lock(tx, organization, CUSTOMER, customer)?;
    if let Some(location) = location {
        lock(tx, organization, LOCATION, location)?;
        tx.exec(COUNT_TASKS_OF_LOCATION, args![organization, customer, location])?;
    }
    tx.exec(COUNT_TASKS, args![organization, customer])?;
    Ok(())
}

const AMOUNTS: &str = "SELECT exposure_minor, oldest_due_on, past_due_minor, next_change_on FROM directory_standing \
    WHERE organization_id = $1 AND kind = 'cus' AND subject_id = $2";
const SAVE_CREDIT: &str = "UPDATE directory_standing SET credit_limit_key = $3, available_credit_key = $4, \
    effective_status = $5, effective_rank = $6, limit_signal = $7, lateness_signal = $8, held_because = $9, next_change_on = $10 \
    WHERE organization_id = $1 AND kind = 'cus' AND subject_id = $2";

/// Status, limit or mode of a customer changed: what follows from its credit, with the amounts as they stand.
pub fn credit_of(tx: &mut Tx, organization: Uuid, row: &CustomerRow) -> Result<()> {
    lock(tx, organization, CUSTOMER, row.id)?;
    let Some((exposure, oldest, past_due, next)) =
        tx.one::<(i64, i64, i64, i64)>(AMOUNTS, args![organization, row.id])?
    else {
        return Ok(());
    };
    let mut it = Standing {
        exposure_minor: exposure,
        oldest_due_on: oldest,
        past_due_minor: past_due,
        next_change_on: next,
        ..Standing::default()
    };
    let house = house(tx, organization)?;
    let today = as_of(tx, organization)?;
    let credit = Credit { by_hand: &row.billing_status, limit: row.credit_limit_minor, auto_hold: &row.auto_hold };
    judge(&mut it, &credit, today, &house.rules);
    let args = args![
        organization,
        row.id,
        it.credit_limit_key,
        it.available_credit_key,
        it.effective_status,
        it.effective_rank,
        it.limit_signal,
        it.lateness_signal,
        it.held_because,
        it.next_change_on
    ];
    tx.exec(SAVE_CREDIT, args)?;
    Ok(())
}

// Orders and invoices.

const SET_UNINVOICED: &str = "UPDATE billing_sales_order SET uninvoiced_minor = CASE WHEN status = 'open' AND total_minor > 0 \
    AND NOT EXISTS (SELECT 1 FROM billing_invoice invoice WHERE invoice.organization_id = $1 AND invoice.event_id = $2 \
    AND invoice.status <> 'void') THEN total_minor ELSE 0 END WHERE organization_id = $1 AND event_id = $2";
const SET_PAID: &str = "UPDATE billing_invoice SET paid_on = CASE WHEN status = 'paid' THEN \
    (SELECT MAX(payment.received_on) FROM billing_payment payment WHERE payment.organization_id = $1 \
    AND payment.invoice_id = billing_invoice.id) END WHERE organization_id = $1 AND event_id = $2";
const DEBTORS: &str = "SELECT customer_id, location_id FROM billing_sales_order \
    WHERE organization_id = $1 AND event_id = $2 AND customer_id IS NOT NULL GROUP BY customer_id, location_id \
    ORDER BY customer_id, location_id";

/// Orders, invoices or payments of an event changed: what is still to be invoiced, when it was paid, and how its customer
/// stands. Call it after each such change.
pub fn event_changed(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<()> {
    tx.exec(SET_UNINVOICED, args![organization, event])?;
    tx.exec(SET_PAID, args![organization, event])?;
    for (customer, location) in tx.all::<(Uuid, Option<Uuid>)>(DEBTORS, args![organization, event])? {
        refresh(tx, organization, customer, location)?;
    }
    Ok(())
}

// The calendar.

const DUE: &str = "SELECT standing.kind, standing.subject_id, location.customer_id FROM directory_standing standing \
    LEFT JOIN directory_location location ON standing.kind = 'loc' AND location.organization_id = standing.organization_id \
    AND location.id = standing.subject_id \
    WHERE standing.organization_id = $1 AND standing.next_change_on <= $2 \
    ORDER BY standing.next_change_on, standing.kind DESC, standing.subject_id LIMIT $3";

/// Makes rows anew that a day changes, locations first; gives how many. Call it again until there are none.
pub fn roll(tx: &mut Tx, organization: Uuid, today: Day, limit: i64) -> Result<usize> {
    let due = tx.all::<(String, Uuid, Option<Uuid>)>(DUE, args![organization, today.0, limit])?;
    let mut customers: Vec<(Uuid, Option<Uuid>)> = due
        .iter()
        .filter_map(|(kind, subject, customer)| match kind.as_str() {
            CUSTOMER => Some((*subject, None)),
            _ => customer.map(|customer| (customer, Some(*subject))),
        })
        .collect();
    customers.sort_unstable();
    for (customer, location) in customers {
        refresh_on(tx, organization, customer, location, today)?;
    }
    Ok(due.len())
}

const ALL_ANEW: &str = "UPDATE directory_standing SET next_change_on = 0 WHERE organization_id = $1 AND kind = 'cus'";
const SHELVES_OF_ITEM: &str = "UPDATE directory_standing SET next_change_on = 0 WHERE organization_id = $1 AND kind = 'loc' \
    AND subject_id IN (SELECT unit.facility_stock_location_id FROM stock_unit unit WHERE unit.organization_id = $1 \
    AND unit.catalog_item_id = $2 AND unit.facility_stock_location_id IS NOT NULL AND unit.active = 1)";

/// The organisation judges credit otherwise from now on: every customer is looked at again, soon.
pub fn rules_changed(tx: &mut Tx, organization: Uuid) -> Result<()> {
    tx.exec(ALL_ANEW, args![organization])?;
    Ok(())
}

/// An item has another list price: shelves on which it stands are looked at again, soon.
pub fn price_changed(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<()> {
    tx.exec(SHELVES_OF_ITEM, args![organization, item])?;
    Ok(())
}

/// How a customer stands on a day, made for whoever must know exactly: nothing is written.
pub fn customer_today(tx: &mut Tx, organization: Uuid, customer: Uuid, today: Day) -> Result<Standing> {
    let house = house(tx, organization)?;
    let money = Money::read(tx, organization, customer)?;
    Ok(customer_on(tx, organization, customer, &money, today, &house)?.unwrap_or_default())
}

/// An open invoice: due day, what is open, location.
pub type OpenInvoice = (Option<i64>, i64, Option<Uuid>);

/// Open invoices of a customer.
pub fn open_invoices(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Vec<OpenInvoice>> {
    tx.all(OPEN_INVOICES, args![organization, customer])
}

const AFTER: &str = "SELECT standing.subject_id FROM directory_standing standing \
    WHERE standing.organization_id = $1 AND standing.kind = 'cus' AND standing.subject_id > $2 ORDER BY standing.subject_id LIMIT $3";
const STORED: &str = "SELECT standing.open_minor, standing.past_due_minor, standing.pending_minor, standing.oldest_due_on, \
    standing.shipped_minor, standing.approved_minor, standing.usage_minor, standing.exposure_minor, standing.credit_limit_key, \
    standing.available_credit_key, standing.effective_status, standing.effective_rank, standing.limit_signal, \
    standing.lateness_signal, standing.held_because, standing.days_to_pay, standing.days_to_po, standing.tasks_open, \
    standing.site_units, standing.site_value_minor, standing.site_expiring, standing.next_change_on \
    FROM directory_standing standing WHERE standing.organization_id = $1 AND standing.kind = $2 AND standing.subject_id = $3";
const PLACES: &str = "SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2 ORDER BY id";

/// A row (cus, loc) whose stored money differs: kind, id, what.
pub type Differing = (String, Uuid, Vec<&'static str>);

/// Looks at so many customers after one: rows whose money is another than invoices and orders say, each with the names of what
/// differs. Rows that wait to be made anew are left out. Gives the last customer it looked at, None at the end.
pub fn differing(tx: &mut Tx, organization: Uuid, after: Uuid, most: i64) -> Result<(Option<Uuid>, Vec<Differing>)> {
    let today = as_of(tx, organization)?;
    let house = house(tx, organization)?;
    let mut found = Vec::new();
    let mut last = None;
    for (customer,) in tx.all::<(Uuid,)>(AFTER, args![organization, after, most])? {
        last = Some(customer);
        let money = Money::read(tx, organization, customer)?;
        let mut kept = true;
        for (place,) in tx.all::<(Uuid,)>(PLACES, args![organization, customer])? {
            let Some(stored) = tx.one::<Standing>(STORED, args![organization, LOCATION, place])? else { continue };
            if stored.next_change_on <= i64::from(today.0) {
                kept = false;
                continue;
            }
            let made = location_on(tx, organization, customer, place, &money, today)?;
            compare(&mut found, LOCATION, place, &stored, &made);
        }
        let Some(stored) = tx.one::<Standing>(STORED, args![organization, CUSTOMER, customer])? else { continue };
        if stored.next_change_on <= i64::from(today.0) || !kept {
            continue;
        }
        if let Some(made) = customer_on(tx, organization, customer, &money, today, &house)? {
            compare(&mut found, CUSTOMER, customer, &stored, &made);
        }
    }
    Ok((last, found))
}

fn compare(found: &mut Vec<Differing>, kind: &str, subject: Uuid, stored: &Standing, made: &Standing) {
    let pairs = [
        ("open balance", stored.open_minor != made.open_minor),
        ("past due", stored.past_due_minor != made.past_due_minor),
        ("pending due dates", stored.pending_minor != made.pending_minor),
        ("oldest due date", stored.oldest_due_on != made.oldest_due_on),
        ("exposure", stored.exposure_minor != made.exposure_minor),
        (
            "credit",
            (stored.credit_limit_key, stored.available_credit_key)
                != (made.credit_limit_key, made.available_credit_key),
        ),
        (
            "billing status",
            (&stored.effective_status, &stored.held_because) != (&made.effective_status, &made.held_because),
        ),
        ("days to pay", stored.days_to_pay != made.days_to_pay),
    ];
    let differ: Vec<&'static str> = pairs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    if !differ.is_empty() {
        found.push((kind.to_owned(), subject, differ));
    }
}

/// How a location stands on a day.
pub fn location_today(tx: &mut Tx, organization: Uuid, location: Uuid, today: Day) -> Result<Standing> {
    let Some((customer,)) = tx.one::<(Uuid,)>(CUSTOMER_OF, args![organization, location])? else {
        return Ok(Standing::default());
    };
    let money = Money::read(tx, organization, customer)?;
    location_on(tx, organization, customer, location, &money, today)
}
