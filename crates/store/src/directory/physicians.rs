//! Physicians, with where they work and what they do.

use super::{archived, locations_in_reach, physicians_in_reach, searched, words_of};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{Result, Tx, Value, args};
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// A physician as stored.
    #[derive(Clone, Debug)]
    pub struct PhysicianRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub npi: String, pub archived_at: Option<i64>, pub version: i64,
    }
}

const SELECT: &str = "SELECT physician.id, physician.name, physician.name_key, physician.npi, physician.archived_at, \
    physician.version FROM directory_physician physician";
const LOCK: db::Sql = crate::locking!(
    "SELECT id, name, name_key, npi, archived_at, version FROM directory_physician WHERE organization_id = $1 AND id = $2"
);
const INSERT: &str = "INSERT INTO directory_physician (organization_id, id, name, name_key, npi, archived_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SAVE: &str = "UPDATE directory_physician SET name = $3, name_key = $4, npi = $5, archived_at = $6, version = $7 + 1 \
    WHERE organization_id = $1 AND id = $2";

/// What a list of physicians is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub locations: Option<Vec<Uuid>>,
    pub procedures: Option<Vec<Uuid>>,
    pub archived: Option<bool>,
}

fn query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = Query::new(SELECT);
    query.and("physician.organization_id = ?", [Value::Uuid(viewer.organization)]);
    query.and_some(physicians_in_reach(viewer, "physician.id"));
    if let Some(ids) = &filter.ids {
        query.any_of("physician.id", ids.iter().copied().map(Value::Uuid).collect());
    }
    searched(&mut query, viewer.organization, "phy", &filter.words, "physician.id", false);
    for (kind, wanted) in [("location", &filter.locations), ("procedure", &filter.procedures)] {
        let Some(ids) = wanted else { continue };
        let marks = if ids.is_empty() { "NULL".to_owned() } else { vec!["?"; ids.len()].join(", ") };
        let mut args = vec![Value::Uuid(viewer.organization)];
        args.extend(ids.iter().copied().map(Value::Uuid));
        let sql = format!(
            "physician.id IN (SELECT link.physician_id FROM directory_physician_link link WHERE link.organization_id = ? \
             AND link.kind = '{kind}' AND link.target_id IN ({marks}))"
        );
        query.and(&sql, args);
    }
    archived(&mut query, "physician.archived_at", filter.archived);
    query
}

/// A page of physicians in reach.
pub fn page(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<PhysicianRow>, bool)> {
    query(viewer, filter).page(tx, sorts, "physician.id", after, limit)
}

/// How many match.
pub fn count(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    query(viewer, filter).count(tx)
}

/// One physician, locked, whoever asks.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PhysicianRow>> {
    tx.one(LOCK, args![organization, id])
}

fn tokens(row: &PhysicianRow) -> Vec<String> {
    words_of([row.name.as_str(), row.npi.as_str()])
}

/// Makes a physician.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &PhysicianRow) -> Result<()> {
    tx.exec(INSERT, args![organization, row.id, row.name, row.name_key, row.npi, row.archived_at, row.version])?;
    search::add(tx, organization, "phy", row.id, &tokens(row))
}

/// Saves a locked physician, and counts the version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &PhysicianRow) -> Result<()> {
    tx.exec(SAVE, args![organization, row.id, row.name, row.name_key, row.npi, row.archived_at, row.version])?;
    search::index(tx, organization, "phy", row.id, &tokens(row))
}

const BY_NPI: &str =
    "SELECT id FROM directory_physician WHERE organization_id = $1 AND npi = $2 AND npi <> '' ORDER BY id LIMIT 1";
const BY_NAME: &str =
    "SELECT id FROM directory_physician WHERE organization_id = $1 AND name_key = $2 ORDER BY id LIMIT 2";

/// The physician with a National Provider Identifier.
pub fn by_npi(tx: &mut Tx, organization: Uuid, npi: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_NPI, args![organization, npi])?.map(|(id,)| id))
}

/// Physicians of a folded name, at most two.
pub fn by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(BY_NAME, args![organization, name_key])?.into_iter().map(|(id,)| id).collect())
}

const DROP_LINK: &str = "DELETE FROM directory_physician_link \
    WHERE organization_id = $1 AND physician_id = $2 AND kind = $3 AND target_id = $4";
const ADD_LINK: &str = "INSERT INTO directory_physician_link (organization_id, physician_id, kind, target_id) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/// Links a physician to a location or procedure.
pub fn link(tx: &mut Tx, organization: Uuid, physician: Uuid, kind: &str, target: Uuid) -> Result<()> {
    tx.exec(ADD_LINK, args![organization, physician, kind, target])?;
    Ok(())
}

/// Takes such a link away.
pub fn unlink(tx: &mut Tx, organization: Uuid, physician: Uuid, kind: &str, target: Uuid) -> Result<()> {
    tx.exec(DROP_LINK, args![organization, physician, kind, target])?;
    Ok(())
}

/// What physicians are linked with: (locations, procedures) by physician.
pub type Links = HashMap<Uuid, (Vec<Uuid>, Vec<Uuid>)>;

/// Locations and procedures of several physicians, as far as a viewer reaches.
pub fn links(tx: &mut Tx, viewer: Viewer, physicians: &[Uuid]) -> Result<Links> {
    let mut found = Links::new();
    for kind in ["location", "procedure"] {
        let mut query = Query::new("SELECT link.physician_id, link.target_id FROM directory_physician_link link");
        query.and("link.organization_id = ?", [Value::Uuid(viewer.organization)]);
        query.any_of("link.physician_id", physicians.iter().copied().map(Value::Uuid).collect());
        query.and("link.kind = ?", [Value::Text(kind.to_owned())]);
        if kind == "location" {
            query.and_some(locations_in_reach(viewer, "link.target_id"));
        }
        for (physician, target) in query.all::<(Uuid, Uuid)>(tx)? {
            let entry = found.entry(physician).or_default();
            if kind == "location" { entry.0.push(target) } else { entry.1.push(target) }
        }
    }
    for (locations, procedures) in found.values_mut() {
        locations.sort_unstable();
        procedures.sort_unstable();
    }
    Ok(found)
}
