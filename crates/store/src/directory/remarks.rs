//! Notes, tasks and activities of customers and locations: one table, one line of time.
//!
//! What is written about a location is seen by those who reach it, what is written about the whole customer by everybody
//! who reaches the customer.

use super::customers::NO_DAY;
use super::standing::tasks_changed;
use super::{customers_in_reach, locations_in_reach};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A note, a task or an activity as stored.
    #[derive(Clone, Debug)]
    pub struct RemarkRow {
        pub id: Uuid, pub kind: String, pub customer_id: Uuid, pub location_id: Option<Uuid>, pub at: i64, pub author_id: Uuid,
        pub body: String, pub pinned: i64, pub activity: String, pub title: String, pub due_on: i64,
        pub assignee_id: Option<Uuid>, pub state: String, pub source: String, pub created_at: i64,
        pub edited_at: Option<i64>, pub closed_at: Option<i64>, pub closed_by: Option<Uuid>, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "remark.id, remark.kind, remark.customer_id, remark.location_id, remark.at, remark.author_id, remark.body, \
        remark.pinned, remark.activity, remark.title, remark.due_on, remark.assignee_id, remark.state, remark.source, \
        remark.created_at, remark.edited_at, remark.closed_at, remark.closed_by, remark.version"
    };
}

const ALL: &str = concat!("SELECT ", columns!(), " FROM directory_remark remark");
const LOCK: db::Sql = db::Sql {
    lite: concat!(
        "SELECT ",
        columns!(),
        " FROM directory_remark remark WHERE remark.organization_id = $1 AND remark.id = $2"
    ),
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM directory_remark remark WHERE remark.organization_id = $1 AND remark.id = $2 FOR UPDATE"
    ),
};
const INSERT_HEAD: &str = "INSERT INTO directory_remark (organization_id, id, kind, customer_id, location_id, at, author_id, \
    body, pinned, activity, title, due_on, assignee_id, state, source, created_at, edited_at, closed_at, closed_by, version) VALUES";
const SAVE: &str = "UPDATE directory_remark SET at = $3, body = $4, pinned = $5, activity = $6, title = $7, due_on = $8, \
    assignee_id = $9, state = $10, edited_at = $11, closed_at = $12, closed_by = $13, version = $14 + 1 \
    WHERE organization_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM directory_remark WHERE organization_id = $1 AND id = $2";

/// The columns of an insert.
const WIDTH: usize = 20;

fn values(organization: Uuid, row: &RemarkRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.kind,
        row.customer_id,
        row.location_id,
        row.at,
        row.author_id,
        row.body,
        row.pinned,
        row.activity,
        row.title,
        row.due_on,
        row.assignee_id,
        row.state,
        row.source,
        row.created_at,
        row.edited_at,
        row.closed_at,
        row.closed_by,
        row.version
    ]
    .to_vec()
}

/// One of them, whoever asks, without a lock.
pub fn one(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RemarkRow>> {
    tx.one(LOCK.lite, args![organization, id])
}

/// The same, locked. The customer is locked before it, everywhere.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RemarkRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Writes one down; open tasks are counted.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &RemarkRow) -> Result<()> {
    insert_many(tx, organization, std::slice::from_ref(row))
}

/// Writes several down, of whichever customers.
pub fn insert_many(tx: &mut Tx, organization: Uuid, rows: &[RemarkRow]) -> Result<()> {
    let all: Vec<Value> = rows.iter().flat_map(|row| values(organization, row)).collect();
    crate::bulk::insert(tx, INSERT_HEAD, "", WIDTH, &all)?;
    for row in rows.iter().filter(|row| row.kind == "task") {
        tasks_changed(tx, organization, row.customer_id, row.location_id)?;
    }
    Ok(())
}

/// Saves a locked one, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &RemarkRow) -> Result<()> {
    let args = args![
        organization,
        row.id,
        row.at,
        row.body,
        row.pinned,
        row.activity,
        row.title,
        row.due_on,
        row.assignee_id,
        row.state,
        row.edited_at,
        row.closed_at,
        row.closed_by,
        row.version
    ];
    tx.exec(SAVE, args)?;
    if row.kind == "task" {
        tasks_changed(tx, organization, row.customer_id, row.location_id)?;
    }
    Ok(())
}

/// Takes one back: its words stay in the journal.
pub fn delete(tx: &mut Tx, organization: Uuid, row: &RemarkRow) -> Result<()> {
    tx.exec(DELETE, args![organization, row.id])?;
    if row.kind == "task" {
        tasks_changed(tx, organization, row.customer_id, row.location_id)?;
    }
    Ok(())
}

/// What is wanted of the line of time.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// note, task, activity; any when empty.
    pub kinds: Vec<&'static str>,
    /// Of these customers.
    pub customers: Option<Vec<Uuid>>,
    /// About these locations.
    pub locations: Option<Vec<Uuid>>,
    /// Tasks of these people.
    pub assignees: Option<Vec<Uuid>>,
    /// Tasks in these states; any when empty.
    pub states: Vec<&'static str>,
    /// Tasks due on this day or before.
    pub due_to: Option<i64>,
    /// Notes that are pinned, or not.
    pub pinned: Option<bool>,
}

fn ids(all: &[Uuid]) -> Vec<Value> {
    all.iter().copied().map(Value::Uuid).collect()
}

fn texts(all: &[&'static str]) -> Vec<Value> {
    all.iter().map(|word| Value::Text((*word).to_owned())).collect()
}

fn query(viewer: Viewer, wanted: &Wanted) -> Query {
    let mut query = Query::new(ALL);
    query.and("remark.organization_id = ?", [Value::Uuid(viewer.organization)]);
    if let Some(customers) = &wanted.customers {
        query.any_of("remark.customer_id", ids(customers));
    }
    if let Some(locations) = &wanted.locations {
        query.any_of("remark.location_id", ids(locations));
    }
    if !wanted.kinds.is_empty() {
        query.any_of("remark.kind", texts(&wanted.kinds));
    }
    if let Some(assignees) = &wanted.assignees {
        query.any_of("remark.assignee_id", ids(assignees));
    }
    if !wanted.states.is_empty() {
        query.any_of("remark.state", texts(&wanted.states));
    }
    if let Some(day) = wanted.due_to {
        query.and("remark.due_on <= ?", [Value::Int(day)]);
    }
    if let Some(pinned) = wanted.pinned {
        query.and("remark.pinned = ?", [Value::Int(i64::from(pinned))]);
    }
    query.and_some(customers_in_reach(viewer, "remark.customer_id"));
    if let Some((text, args)) = locations_in_reach(viewer, "remark.location_id") {
        query.and(&format!("(remark.location_id IS NULL OR {text})"), args);
    }
    query
}

/// A page of what the viewer may see.
pub fn page(
    tx: &mut Tx,
    viewer: Viewer,
    wanted: &Wanted,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<RemarkRow>, bool)> {
    query(viewer, wanted).page(tx, sorts, "remark.id", after, limit)
}

/// How many there are.
pub fn count(tx: &mut Tx, viewer: Viewer, wanted: &Wanted) -> Result<i64> {
    query(viewer, wanted).count(tx)
}

/// Whether the viewer may see one.
pub fn sees(tx: &mut Tx, viewer: Viewer, row: &RemarkRow) -> Result<bool> {
    match row.location_id {
        Some(location) => super::sees_location(tx, viewer, location),
        None => super::sees_customer(tx, viewer, row.customer_id),
    }
}

const EARLIEST: &str = "SELECT MIN(due_on) FROM directory_remark WHERE organization_id = $1 AND customer_id = $2 \
    AND kind = 'task' AND state = 'open'";
const SET_CONTACT: &str = "UPDATE directory_customer SET next_contact_on = $3 WHERE organization_id = $1 AND id = $2";

/// The first day on which an open task of a customer is due.
pub fn earliest_due(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Option<i64>> {
    let found = tx.one::<(Option<i64>,)>(EARLIEST, args![organization, customer])?;
    Ok(found.and_then(|(day,)| day).filter(|day| *day < NO_DAY))
}

/// Sets when somebody should call a locked customer; its version stays, because nobody edited it.
pub fn set_next_contact(tx: &mut Tx, organization: Uuid, customer: Uuid, day: i64) -> Result<()> {
    tx.exec(SET_CONTACT, args![organization, customer, day])?;
    Ok(())
}

const OPEN_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_remark remark WHERE remark.organization_id = $1 \
    AND remark.assignee_id = $2 AND remark.state = 'open' AND remark.kind = 'task' ORDER BY remark.due_on, remark.id"
);
const HAND_OVER: &str = "UPDATE directory_remark SET assignee_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND assignee_id = $2 AND state = 'open' AND kind = 'task'";

/// Every open task of somebody.
pub fn open_of(tx: &mut Tx, organization: Uuid, assignee: Uuid) -> Result<Vec<RemarkRow>> {
    tx.all(OPEN_OF, args![organization, assignee])
}

/// Gives every open task of somebody to another person, or to nobody.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Option<Uuid>) -> Result<u64> {
    tx.exec(HAND_OVER, args![organization, from, to])
}
