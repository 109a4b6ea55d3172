//! Transfers that are being put together.

use crate::bulk;
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use db::{Result, Sql, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

db::record! {
    /// A draft as stored.
    #[derive(Clone, Debug)]
    pub struct DraftRow {
        pub id: Uuid, pub from_type: String, pub from_id: Uuid, pub to_type: Option<String>, pub to_id: Option<Uuid>,
        pub note: String, pub due_back_on: Option<i64>, pub place_id: Option<Uuid>, pub event_id: Option<Uuid>,
        pub units_count: i64, pub created_by: Uuid, pub created_at: i64, pub updated_at: i64, pub version: i64,
    }
}

macro_rules! drafts {
    ($rest:literal) => {
        concat!(
            "SELECT draft.id, draft.from_type, draft.from_id, draft.to_type, draft.to_id, draft.note, draft.due_back_on, \
            draft.place_id, draft.event_id, draft.units_count, draft.created_by, draft.created_at, draft.updated_at, draft.version \
            FROM stock_draft draft",
            $rest
        )
    };
}

const DRAFTS: &str = drafts!("");
const DRAFT: &str = drafts!(" WHERE draft.organization_id = $1 AND draft.id = $2");
const LOCK: Sql = Sql { lite: DRAFT, pg: drafts!(" WHERE draft.organization_id = $1 AND draft.id = $2 FOR UPDATE") };
const INSERT: &str = "INSERT INTO stock_draft (organization_id, id, from_type, from_id, to_type, to_id, note, due_back_on, \
    place_id, event_id, units_count, created_by, created_at, updated_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const SAVE: &str = "UPDATE stock_draft SET to_type = $3, to_id = $4, note = $5, due_back_on = $6, place_id = $7, event_id = $8, \
    units_count = $9, updated_at = $10, version = version + 1 WHERE organization_id = $1 AND id = $2";
const UNITS: &str =
    "SELECT unit_id FROM stock_draft_unit WHERE organization_id = $1 AND draft_id = $2 ORDER BY place, unit_id";
const UNIT_HEAD: &str = "INSERT INTO stock_draft_unit (organization_id, draft_id, unit_id, place) VALUES";
const DROP_UNITS: &str = "DELETE FROM stock_draft_unit WHERE organization_id = $1 AND draft_id = $2";
const DROP: &str = "DELETE FROM stock_draft WHERE organization_id = $1 AND id = $2";

/// One draft, whoever asks.
pub fn draft(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<DraftRow>> {
    tx.one(DRAFT, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<DraftRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Makes a draft.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &DraftRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.from_type,
            row.from_id,
            row.to_type,
            row.to_id,
            row.note,
            row.due_back_on,
            row.place_id,
            row.event_id,
            row.units_count,
            row.created_by,
            row.created_at,
            row.updated_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves a locked draft, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &DraftRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.to_type,
            row.to_id,
            row.note,
            row.due_back_on,
            row.place_id,
            row.event_id,
            row.units_count,
            row.updated_at
        ],
    )?;
    Ok(())
}

/// The units of a draft, in the order in which they were chosen.
pub fn units(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(UNITS, args![organization, id])?.into_iter().map(|(unit,)| unit).collect())
}

/// Says the units of a draft anew.
pub fn set_units(tx: &mut Tx, organization: Uuid, id: Uuid, units: &[Uuid]) -> Result<()> {
    tx.exec(DROP_UNITS, args![organization, id])?;
    let row = |(place, unit): (usize, &Uuid)| {
        [Value::Uuid(organization), Value::Uuid(id), Value::Uuid(*unit), Value::Int(place as i64)]
    };
    let values: Vec<Value> = units.iter().enumerate().flat_map(row).collect();
    bulk::insert(tx, UNIT_HEAD, "", 4, &values)?;
    Ok(())
}

/// Throws a draft away.
pub fn delete(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DROP_UNITS, args![organization, id])?;
    tx.exec(DROP, args![organization, id])?;
    Ok(())
}

/// Drafts that a viewer sees: their own, and those of custodians for whom they may act.
fn seen(viewer: Viewer, actor: Uuid) -> Query {
    let mut query = Query::new(DRAFTS);
    query.and("draft.organization_id = ?", [Value::Uuid(viewer.organization)]);
    if !viewer.office {
        query.and(
            "(draft.created_by = ? OR draft.created_by = ? OR draft.from_id = ? OR draft.from_id IN (SELECT reach.subject_id \
             FROM people_reach reach WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.custody >= ?))",
            [
                Value::Uuid(actor),
                Value::Uuid(viewer.principal),
                Value::Uuid(viewer.principal),
                Value::Uuid(viewer.organization),
                Value::Uuid(viewer.principal),
                Value::Int(Level::Act as i64),
            ],
        );
    }
    query
}

/// A page of drafts in sight.
pub fn page(
    tx: &mut Tx,
    viewer: Viewer,
    actor: Uuid,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<DraftRow>, bool)> {
    seen(viewer, actor).page(tx, sorts, "draft.id", after, limit)
}

/// How many drafts are in sight.
pub fn count(tx: &mut Tx, viewer: Viewer, actor: Uuid) -> Result<i64> {
    seen(viewer, actor).count(tx)
}
