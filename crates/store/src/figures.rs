//! Figures: what the dashboard counts, and the statements of reports with their keyed pages. Reach is part of each.

use crate::page::Query;
use crate::reach::{FEW_SUBJECTS, Side, Viewer, condition, subjects};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

/// A condition with its arguments: `?` stands for the next one.
pub type Condition = (String, Vec<Value>);

/// Which events a viewer sees: those of people in reach, as representative or as second representative, and a facility
/// manager's own locations. None for the office.
pub fn events_in_reach(viewer: Viewer, facility_manager: bool) -> Option<Condition> {
    if viewer.office {
        return None;
    }
    let mut sql = "(EXISTS (SELECT 1 FROM event_person party JOIN people_reach reach \
        ON reach.organization_id = party.organization_id AND reach.subject_id = party.user_id \
        WHERE party.organization_id = event.organization_id AND party.event_id = event.id \
        AND reach.actor_id = ? AND reach.person >= 1)"
        .to_owned();
    let mut args = vec![Value::Uuid(viewer.principal)];
    if facility_manager {
        sql.push_str(
            " OR event.location_id IN (SELECT target_id FROM people_assignment WHERE organization_id = ? AND user_id = ? \
            AND kind = 'location')",
        );
        args.extend([Value::Uuid(viewer.organization), Value::Uuid(viewer.principal)]);
    }
    sql.push(')');
    Some((sql, args))
}

/// The days by which events are counted.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// Today where the organisation is.
    pub today: i64,
    /// An instant before today anywhere on earth.
    pub begins: i64,
    /// An instant after the next seven days anywhere on earth.
    pub ends: i64,
}

db::record! {
    /// Numbers of events.
    #[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventCounts {
        pub cases_today: i64, pub cases_next_7_days: i64, pub cases_past_open: i64, pub pending_po: i64, pub pending_payment: i64,
    }
}

/// Counts events in reach.
pub fn events(tx: &mut Tx, viewer: Viewer, facility_manager: bool, days: Days) -> Result<EventCounts> {
    let reach = events_in_reach(viewer, facility_manager);
    let mut near = Query::new(
        "SELECT COALESCE(SUM(CASE WHEN event.day = $1 THEN 1 ELSE 0 END), 0), \
        COALESCE(SUM(CASE WHEN event.day > $1 AND event.day <= $1 + 7 THEN 1 ELSE 0 END), 0) FROM event",
    );
    near = Query::with_args(near.text(), vec![Value::Int(days.today)]);
    near.and("event.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("event.type = 'case' AND event.status <> 'cancelled'", [])
        .and("event.starts_at >= ? AND event.starts_at < ?", [Value::Int(days.begins), Value::Int(days.ends)])
        .and_some(reach.clone());
    let (today, next) = tx.one::<(i64, i64)>(near.text().as_str(), near.args())?.unwrap_or_default();

    let mut late = Query::new("SELECT event.id FROM event");
    late.and("event.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("event.status = 'open' AND event.type = 'case'", [])
        .and("event.day < ?", [Value::Int(days.today)])
        .and_some(reach.clone());
    let status = |tx: &mut Tx, status: &'static str| -> Result<i64> {
        let mut query = Query::new("SELECT event.id FROM event");
        query
            .and("event.organization_id = ?", [Value::Uuid(viewer.organization)])
            .and("event.status = ?", [Value::Text(status.to_owned())])
            .and_some(reach.clone());
        query.count(tx)
    };
    Ok(EventCounts {
        cases_today: today,
        cases_next_7_days: next,
        cases_past_open: late.count(tx)?,
        pending_po: status(tx, "pending_po")?,
        pending_payment: status(tx, "pending_payment")?,
    })
}

db::record! {
    /// Numbers of units.
    #[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
    pub struct UnitCounts { pub available: i64, pub on_hold: i64, pub facility_stock: i64 }
}

const UNITS: &str = "SELECT COALESCE(SUM(CASE WHEN state = 0 THEN n ELSE 0 END), 0), \
    COALESCE(SUM(CASE WHEN state = 2 THEN n ELSE 0 END), 0), \
    COALESCE(SUM(CASE WHEN state <> 4 AND facility_stock = 1 THEN n ELSE 0 END), 0) FROM (\
    SELECT custodian_id, state, facility_stock, n FROM stock_total WHERE organization_id = $1 \
    UNION ALL SELECT step.from_custodian_id, step.from_state, CASE WHEN step.from_location_id IS NULL THEN 0 ELSE 1 END, -1 \
    FROM journal_pending pending JOIN journal_movement step ON step.organization_id = pending.organization_id \
    AND step.entry_id = pending.entry_id WHERE pending.organization_id = $1 AND step.from_custodian_id IS NOT NULL \
    UNION ALL SELECT step.to_custodian_id, step.to_state, CASE WHEN step.to_location_id IS NULL THEN 0 ELSE 1 END, 1 \
    FROM journal_pending pending JOIN journal_movement step ON step.organization_id = pending.organization_id \
    AND step.entry_id = pending.entry_id WHERE pending.organization_id = $1) total";

/// Counts units in reach by the totals of custodians, with what is still unsealed.
pub fn units(tx: &mut Tx, viewer: Viewer) -> Result<UnitCounts> {
    let mut query = Query::with_args(UNITS, vec![Value::Uuid(viewer.organization)]);
    query.and_some(condition(viewer, Side::Custody, Level::See, "total.custodian_id"));
    Ok(tx.one(query.text().as_str(), query.args())?.unwrap_or_default())
}

/// How many active units in reach expire from one day to another, both included.
pub fn expiring(tx: &mut Tx, viewer: Viewer, from: i64, to: i64) -> Result<i64> {
    let days = [Value::Int(from), Value::Int(to)];
    let count = |tx: &mut Tx, custodians: Option<Vec<Value>>| -> Result<i64> {
        let mut query = Query::new("SELECT unit.id FROM stock_unit unit");
        query.and("unit.organization_id = ?", [Value::Uuid(viewer.organization)]);
        match custodians {
            Some(few) => query.any_of("unit.custodian_id", few),
            None => query.and_some(condition(viewer, Side::Custody, Level::See, "unit.custodian_id")),
        };
        query.and("unit.active = 1 AND unit.expires_key >= ? AND unit.expires_key <= ?", days.clone());
        query.count(tx)
    };
    if viewer.office {
        return count(tx, None);
    }
    let few = subjects(tx, viewer, Side::Custody, Level::See, FEW_SUBJECTS + 1)?;
    match few.len() {
        0 => Ok(0),
        n if n <= FEW_SUBJECTS => count(tx, Some(few.into_iter().map(Value::Uuid).collect())),
        _ => count(tx, None),
    }
}

/// How many pending transfers come in to (or go out from) whom the viewer reaches.
pub fn pending_transfers(tx: &mut Tx, viewer: Viewer, incoming: bool) -> Result<i64> {
    let mut query = Query::new("SELECT transfer.id FROM stock_transfer transfer");
    query
        .and("transfer.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("transfer.status = 'pending'", []);
    let side = if incoming { "transfer.to_id" } else { "transfer.from_id" };
    query.and_some(condition(viewer, Side::Custody, Level::See, side));
    query.count(tx)
}

/// What orders that count add up to between two days, both included, of people in reach.
pub fn sales(tx: &mut Tx, viewer: Viewer, from: i64, to: i64) -> Result<i64> {
    let mut query = Query::new("SELECT COALESCE(SUM(sold.total_minor), 0) FROM billing_sales_order sold");
    query
        .and("sold.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("sold.counts = 1 AND sold.status = 'open'", [])
        .and("sold.submitted_on >= ? AND sold.submitted_on <= ?", [Value::Int(from), Value::Int(to)])
        .and_some(condition(viewer, Side::Person, Level::See, "sold.representative_id"));
    Ok(tx.one::<(i64,)>(query.text().as_str(), query.args())?.map_or(0, |(sum,)| sum))
}

/// What the people in reach are to sell in a quarter.
pub fn target(tx: &mut Tx, viewer: Viewer, year: i64, quarter: i64) -> Result<i64> {
    let mut query = Query::new("SELECT COALESCE(SUM(target.amount_minor), 0) FROM people_sales_target target");
    query
        .and("target.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("target.year = ? AND target.quarter = ?", [Value::Int(year), Value::Int(quarter)])
        .and_some(condition(viewer, Side::Person, Level::See, "target.user_id"));
    Ok(tx.one::<(i64,)>(query.text().as_str(), query.args())?.map_or(0, |(sum,)| sum))
}

/// Whose commission a viewer sees: everybody's for the office, the own and that of the group for a distributor, else the own.
pub fn commission_in_reach(viewer: Viewer, distributor: bool, column: &str) -> Option<Condition> {
    if viewer.office {
        return None;
    }
    if distributor {
        return condition(viewer, Side::Person, Level::Act, column);
    }
    Some((format!("{column} = ?"), vec![Value::Uuid(viewer.principal)]))
}

/// Commission that was earned and not paid yet.
pub fn commission_unpaid(tx: &mut Tx, viewer: Viewer, distributor: bool) -> Result<i64> {
    let mut query = Query::new("SELECT COALESCE(SUM(earned.amount_minor), 0) FROM billing_commission earned");
    query
        .and("earned.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("earned.state = 'accrued'", [])
        .and_some(commission_in_reach(viewer, distributor, "earned.user_id"));
    Ok(tx.one::<(i64,)>(query.text().as_str(), query.args())?.map_or(0, |(sum,)| sum))
}

const OVERDUE: &str =
    "SELECT COUNT(*) FROM billing_invoice WHERE organization_id = $1 AND status = 'open' AND due_on < $2";

/// How many open invoices were due before a day.
pub fn overdue(tx: &mut Tx, organization: Uuid, today: i64) -> Result<i64> {
    Ok(tx.one::<(i64,)>(OVERDUE, args![organization, today])?.map_or(0, |(n,)| n))
}

/// A cell of any kind; ids come as their bytes.
struct Any(Value);

impl db::FromValue for Any {
    const WANTED: &'static str = "any value";
    fn from_cell(cell: db::Cell<'_>) -> Option<Self> {
        Some(Self(match cell {
            db::Cell::Null => Value::Null,
            db::Cell::Int(number) => Value::Int(number),
            db::Cell::Text(text) => Value::Text(text.to_owned()),
            db::Cell::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        }))
    }
}

/// A report's statement in pieces: its rows come in the order of its keys, which are its first columns, and never null.
#[derive(Clone, Debug)]
pub struct Statement {
    query: Query,
    group: &'static str,
    keys: &'static [&'static str],
    width: usize,
    partition: Option<(&'static str, Vec<Uuid>)>,
}

/// Where a report goes on.
#[derive(Clone, Debug, Default)]
pub struct Place {
    partition: usize,
    after: Option<Vec<Value>>,
}

impl Statement {
    /// `head` is `SELECT keys, … FROM …` with `width` columns; `head_args` are the arguments that it numbers itself.
    pub fn new(head: &str, head_args: Vec<Value>, keys: &'static [&'static str], width: usize) -> Self {
        Self { query: Query::with_args(head, head_args), group: "", keys, width, partition: None }
    }

    /// A condition in which every `?` stands for the next of `args`.
    pub fn and(&mut self, condition: &str, args: impl IntoIterator<Item = Value>) -> &mut Self {
        self.query.and(condition, args);
        self
    }

    /// A condition that may be absent.
    pub fn and_some(&mut self, condition: Option<Condition>) -> &mut Self {
        self.query.and_some(condition);
        self
    }

    /// `column IN (…)`, when there is such a filter.
    pub fn any_of(&mut self, column: &str, values: Option<Vec<Value>>) -> &mut Self {
        if let Some(values) = values {
            self.query.any_of(column, values);
        }
        self
    }

    /// What rows are put together by.
    pub fn group_by(&mut self, columns: &'static str) -> &mut Self {
        self.group = columns;
        self
    }

    /// Whether its rows are put together from others: pages are then dear, whatever their size.
    pub const fn is_grouped(&self) -> bool {
        !self.group.is_empty()
    }

    /// Reads one value of a column after the other: for an index that begins with it.
    pub fn one_by_one(&mut self, column: &'static str, values: Vec<Uuid>) -> &mut Self {
        self.partition = Some((column, values));
        self
    }

    /// Up to `limit` rows from a place on, and where it goes on; None at the end.
    pub fn page(&self, tx: &mut Tx, from: &Place, limit: usize) -> Result<(Vec<Vec<Value>>, Option<Place>)> {
        let mut rows = Vec::new();
        let mut place = from.clone();
        let parts = self.partition.as_ref().map_or(1, |(_, values)| values.len());
        while place.partition < parts {
            let mut query = self.query.clone();
            if let Some((column, values)) = &self.partition {
                query.and(&format!("{column} = ?"), [Value::Uuid(values[place.partition])]);
            }
            if let Some(after) = &place.after {
                let marks = vec!["?"; self.keys.len()].join(", ");
                query.and(&format!("({}) > ({marks})", self.keys.join(", ")), after.clone());
            }
            let group = if self.group.is_empty() { String::new() } else { format!(" GROUP BY {}", self.group) };
            let wanted = limit - rows.len();
            let sql = format!("{}{group} ORDER BY {} LIMIT {wanted}", query.text(), self.keys.join(", "));
            let before = rows.len();
            tx.each(sql.as_str(), query.args(), |row| {
                rows.push((0..self.width).map(|at| row.get(at).map(|Any(value)| value)).collect::<Result<Vec<_>>>()?);
                Ok(())
            })?;
            if rows.len() == limit {
                place.after = rows.last().map(|row| row[..self.keys.len()].to_vec());
                return Ok((rows, Some(place)));
            }
            debug_assert!(rows.len() - before < wanted);
            place = Place { partition: place.partition + 1, after: None };
        }
        Ok((rows, None))
    }
}
