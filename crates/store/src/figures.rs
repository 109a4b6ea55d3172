//! Figures: what the dashboard counts, and the statements of reports with their keyed pages. Reach is part of each.

use crate::journal::{ENTRY_COLUMNS, EntryRow};
use crate::page::Query;
use crate::reach::{FEW_SUBJECTS, Side, Viewer, condition, subjects};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

/// A condition with its arguments: `?` stands for the next one.
pub type Condition = (String, Vec<Value>);

/// The moments by which events are counted.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// When today begins.
    pub today: i64,
    /// When tomorrow begins.
    pub tomorrow: i64,
    /// When the next seven days are over.
    pub week: i64,
}

db::record! {
    /// Numbers of events.
    #[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventCounts {
        pub cases_today: i64, pub cases_next_7_days: i64, pub cases_past_open: i64, pub pending_po: i64, pub pending_payment: i64,
    }
}

/// Counts events; `reach` is a condition on `event`.
pub fn events(tx: &mut Tx, organization: Uuid, reach: Option<Condition>, at: Moments) -> Result<EventCounts> {
    let count = |tx: &mut Tx, what: &str, args: &[i64]| -> Result<i64> {
        let mut query = Query::new("SELECT event.id FROM event");
        query
            .and("event.organization_id = ?", [Value::Uuid(organization)])
            .and(what, args.iter().map(|at| Value::Int(*at)))
            .and_some(reach.clone());
        query.count(tx)
    };
    let cases = "event.type = 'case' AND event.status <> 'cancelled' AND event.starts_at >= ? AND event.starts_at < ?";
    Ok(EventCounts {
        cases_today: count(tx, cases, &[at.today, at.tomorrow])?,
        cases_next_7_days: count(tx, cases, &[at.tomorrow, at.week])?,
        cases_past_open: count(
            tx,
            "event.status = 'open' AND event.type = 'case' AND event.starts_at < ?",
            &[at.today],
        )?,
        pending_po: count(tx, "event.status = 'pending_po'", &[])?,
        pending_payment: count(tx, "event.status = 'pending_payment'", &[])?,
    })
}

db::record! {
    /// Numbers of units.
    #[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
    pub struct UnitCounts { pub available: i64, pub on_hold: i64, pub facility_stock: i64 }
}

const UNITS: &str = concat!(
    "SELECT COALESCE(SUM(CASE WHEN state = 0 THEN n ELSE 0 END), 0), \
    COALESCE(SUM(CASE WHEN state = 2 THEN n ELSE 0 END), 0), \
    COALESCE(SUM(CASE WHEN state <> 4 AND facility_stock = 1 THEN n ELSE 0 END), 0) FROM (",
    crate::totals_now!(),
    ") total"
);

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

/// How many pending transfers have one of these ends: `incoming` looks at whoever is to accept.
pub fn pending_transfers(tx: &mut Tx, organization: Uuid, ends: &[Uuid], incoming: bool) -> Result<i64> {
    let side = if incoming { "transfer.to_id" } else { "transfer.from_id" };
    let mut query = Query::new("SELECT transfer.id FROM stock_transfer transfer");
    query
        .and("transfer.organization_id = ?", [Value::Uuid(organization)])
        .any_of(side, ends.iter().map(|id| Value::Uuid(*id)).collect())
        .and("transfer.status = 'pending'", []);
    query.count(tx)
}

/// What orders that count add up to between two days, both included: of these representatives, or else of whoever the
/// viewer reaches.
pub fn sales(tx: &mut Tx, viewer: Viewer, representatives: Option<&[Uuid]>, from: i64, to: i64) -> Result<i64> {
    let mut query = Query::new("SELECT COALESCE(SUM(sold.net_minor), 0) FROM billing_sales_order sold");
    query
        .and("sold.organization_id = ?", [Value::Uuid(viewer.organization)])
        .and("sold.counts = 1 AND sold.status = 'open'", [])
        .and("sold.submitted_on >= ? AND sold.submitted_on <= ?", [Value::Int(from), Value::Int(to)]);
    match representatives {
        Some(few) => query.any_of("sold.representative_id", few.iter().map(|id| Value::Uuid(*id)).collect()),
        None => query.and_some(condition(viewer, Side::Person, Level::See, "sold.representative_id")),
    };
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

/// What is asked of the list of entries.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// That moved this unit or are about it.
    pub unit: Option<Uuid>,
    /// About this.
    pub subject: Option<Uuid>,
    /// Of these people.
    pub actors: Option<Vec<Uuid>>,
    /// From a moment on.
    pub from: Option<i64>,
    /// Before a moment.
    pub to: Option<i64>,
}

/// A page of entries, newest first, and whether there are more. Ids of entries rise with time.
pub fn entries(
    tx: &mut Tx,
    organization: Uuid,
    asked: &Entries,
    after: Option<Uuid>,
    limit: u32,
) -> Result<(Vec<EntryRow>, bool)> {
    let mut query = entries_asked(
        &format!(
            "SELECT {ENTRY_COLUMNS} FROM journal_entry entry LEFT JOIN journal_seal seal \
             ON seal.organization_id = entry.organization_id AND seal.entry_id = entry.id"
        ),
        organization,
        asked,
    );
    if let Some(after) = after {
        query.and("entry.id < ?", [Value::Uuid(after)]);
    }
    let sql = format!("{} ORDER BY entry.id DESC LIMIT {}", query.text(), limit + 1);
    let mut rows = tx.all::<EntryRow>(sql.as_str(), query.args())?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    Ok((rows, more))
}

/// How many entries there are.
pub fn count_entries(tx: &mut Tx, organization: Uuid, asked: &Entries) -> Result<i64> {
    entries_asked("SELECT entry.id FROM journal_entry entry", organization, asked).count(tx)
}

fn entries_asked(head: &str, organization: Uuid, asked: &Entries) -> Query {
    let org = || Value::Uuid(organization);
    let mut query = Query::new(head);
    query.and("entry.organization_id = ?", [org()]);
    if let Some(unit) = asked.unit {
        query.and(
            "entry.id IN (SELECT step.entry_id FROM journal_movement step WHERE step.organization_id = ? AND step.unit_id = ? \
             UNION SELECT about.entry_id FROM journal_subject about WHERE about.organization_id = ? AND about.subject_id = ?)",
            [org(), Value::Uuid(unit), org(), Value::Uuid(unit)],
        );
    }
    if let Some(subject) = asked.subject {
        query.and(
            "entry.id IN (SELECT about.entry_id FROM journal_subject about WHERE about.organization_id = ? AND about.subject_id = ?)",
            [org(), Value::Uuid(subject)],
        );
    }
    if let Some(actors) = &asked.actors {
        query.any_of("entry.actor_id", actors.iter().map(|id| Value::Uuid(*id)).collect());
    }
    // An id begins with its millisecond: the walk along the ids ends where the wanted time does.
    if let Some(from) = asked.from {
        query.and("entry.at >= ? AND entry.id >= ?", [Value::Int(from), Value::Uuid(first_id(from))]);
    }
    if let Some(to) = asked.to {
        query.and("entry.at < ? AND entry.id < ?", [Value::Int(to), Value::Uuid(first_id(to + 1_000))]);
    }
    query
}

/// The least id (UUIDv7, RFC 9562) of a moment's millisecond.
fn first_id(at: i64) -> Uuid {
    Uuid::from_u128(((at.max(0) / 1_000) as u128 & 0xffff_ffff_ffff) << 80)
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
