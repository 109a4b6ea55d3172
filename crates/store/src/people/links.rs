//! What belongs to an account: its group, assignments, quick sources, targets; and regions.

use super::{IDS_AT_ONCE, UserRow};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use std::collections::HashSet;
use uuid::Uuid;

db::record! {
    /// A region.
    #[derive(Clone, Debug)]
    pub struct RegionRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub manager_id: Option<Uuid>, pub states: String, pub version: i64,
    }
}

const REGION: &str =
    "SELECT id, name, name_key, manager_id, states, version FROM people_region WHERE organization_id = $1 AND id = $2";
const LOCK_REGION: db::Sql = crate::locking!(
    "SELECT id, name, name_key, manager_id, states, version FROM people_region WHERE organization_id = $1 AND id = $2"
);
const REGION_BY_NAME: &str = "SELECT id FROM people_region WHERE organization_id = $1 AND name_key = $2";
const INSERT_REGION: &str = "INSERT INTO people_region (organization_id, id, name, name_key, manager_id, states, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SAVE_REGION: &str = "UPDATE people_region SET name = $3, name_key = $4, manager_id = $5, states = $6, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";

/// One region, whoever asks.
pub fn region(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RegionRow>> {
    tx.one(REGION, args![organization, id])
}

/// The same, locked.
pub fn lock_region(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RegionRow>> {
    tx.one(LOCK_REGION, args![organization, id])
}

/// Which region has this folded name.
pub fn region_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(REGION_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

/// Makes a region.
pub fn insert_region(tx: &mut Tx, organization: Uuid, row: &RegionRow) -> Result<()> {
    tx.exec(
        INSERT_REGION,
        args![organization, row.id, row.name, row.name_key, row.manager_id, row.states, row.version],
    )?;
    Ok(())
}

/// Saves a region, and counts its version up.
pub fn save_region(tx: &mut Tx, organization: Uuid, row: &RegionRow) -> Result<()> {
    tx.exec(SAVE_REGION, args![organization, row.id, row.name, row.name_key, row.manager_id, row.states])?;
    Ok(())
}

const REGION_SEEN: &str = "(manager_id = ? OR EXISTS (SELECT 1 FROM people_user person \
    JOIN people_reach reach ON reach.organization_id = person.organization_id AND reach.subject_id = person.id \
    WHERE person.organization_id = people_region.organization_id AND person.region_id = people_region.id \
    AND reach.actor_id = ? AND reach.person >= 1))";

/// A page of the regions that a viewer sees (those they manage and those of whom they see): the rows, whether there are
/// more, and how many in all when asked.
pub fn list_regions(
    tx: &mut Tx,
    viewer: Viewer,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
    count: bool,
) -> Result<(Vec<RegionRow>, bool, Option<i64>)> {
    let mut query = Query::new("SELECT id, name, name_key, manager_id, states, version FROM people_region");
    query.and("organization_id = ?", [Value::Uuid(viewer.organization)]);
    if !viewer.office {
        query.and(REGION_SEEN, [Value::Uuid(viewer.principal), Value::Uuid(viewer.principal)]);
    }
    let total = if count { Some(query.count(tx)?) } else { None };
    let (rows, more) = query.page(tx, sorts, "id", after, limit)?;
    Ok((rows, more, total))
}

const REPRESENTATIVES: &str = "SELECT person.id, person.email, person.role, person.delegate_of, person.name, person.name_key, \
    person.phone, person.alternate_email, person.custodian_only, person.active, person.training_completed_at, person.claimed_at, \
    person.invited_at, person.region_id, person.shares_inventory, person.commission_rate_bp, person.shipping_address, \
    person.contacts, person.settings, person.created_at, person.version FROM people_representative link \
    JOIN people_user person ON person.organization_id = link.organization_id AND person.id = link.sales_id \
    WHERE link.organization_id = $1 AND link.distributor_id = $2 ORDER BY person.name_key, person.id";
const GROUP: &str = "SELECT sales_id FROM people_representative WHERE organization_id = $1 AND distributor_id = $2";
const DISTRIBUTORS_OF: &str = "SELECT distributor_id, hub FROM people_representative \
    WHERE organization_id = $1 AND sales_id = $2 ORDER BY hub, distributor_id";
const LINK: &str = "INSERT INTO people_representative (organization_id, distributor_id, sales_id, hub) VALUES ($1, $2, $3, $4) \
    ON CONFLICT DO NOTHING";
const UNLINK: &str =
    "DELETE FROM people_representative WHERE organization_id = $1 AND distributor_id = $2 AND sales_id = $3";
const SET_HUB: &str = "UPDATE people_representative SET hub = $3 WHERE organization_id = $1 AND distributor_id = $2";

/// The reps of a distributor's group, by name.
pub fn representatives(tx: &mut Tx, organization: Uuid, distributor: Uuid) -> Result<Vec<UserRow>> {
    tx.all(REPRESENTATIVES, args![organization, distributor])
}

/// The same, their ids only.
pub fn group(tx: &mut Tx, organization: Uuid, distributor: Uuid) -> Result<HashSet<Uuid>> {
    Ok(tx.all::<(Uuid,)>(GROUP, args![organization, distributor])?.into_iter().map(|(id,)| id).collect())
}

/// To whose groups a rep belongs: (distributor, whether it is a hub), the full distributor first.
pub fn distributors_of(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<Vec<(Uuid, bool)>> {
    tx.all(DISTRIBUTORS_OF, args![organization, rep])
}

/// Puts a rep into a group. `hub` when the distributor is custodian-only.
pub fn link_rep(tx: &mut Tx, organization: Uuid, distributor: Uuid, rep: Uuid, hub: bool) -> Result<()> {
    // The statement names no conflict target, so the rule of one full distributor is asked before, with the rep locked.
    tx.exec(LINK, args![organization, distributor, rep, hub])?;
    Ok(())
}

/// Takes a rep out of a group; gives whether it was in it.
pub fn unlink_rep(tx: &mut Tx, organization: Uuid, distributor: Uuid, rep: Uuid) -> Result<bool> {
    Ok(tx.exec(UNLINK, args![organization, distributor, rep])? > 0)
}

/// Makes a distributor's group that of a hub, or of a full distributor.
pub fn set_hub(tx: &mut Tx, organization: Uuid, distributor: Uuid, hub: bool) -> Result<()> {
    tx.exec(SET_HUB, args![organization, distributor, hub])?;
    Ok(())
}

/// What can be assigned to an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignable {
    /// A manufacturer.
    Manufacturer,
    /// A location.
    Location,
    /// A physician.
    Physician,
    /// A product line.
    ProductLine,
}

impl Assignable {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Manufacturer, Self::Location, Self::Physician, Self::ProductLine];

    /// As stored in the column `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manufacturer => "manufacturer",
            Self::Location => "location",
            Self::Physician => "physician",
            Self::ProductLine => "product_line",
        }
    }

    /// Reads the column.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    const fn select(self) -> &'static str {
        match self {
            Self::Manufacturer => "SELECT record.id FROM catalog_manufacturer record",
            Self::Location => "SELECT record.id FROM directory_location record",
            Self::Physician => "SELECT record.id FROM directory_physician record",
            Self::ProductLine => "SELECT record.id FROM catalog_product_line record",
        }
    }

    /// What keeps a viewer within reach; the catalog is everybody's.
    fn seen(self, viewer: Viewer) -> crate::directory::Condition {
        match self {
            Self::Manufacturer | Self::ProductLine => None,
            Self::Location => crate::directory::location_in_reach(viewer, "record"),
            Self::Physician => crate::directory::physicians_in_reach(viewer, "record.id"),
        }
    }
}

/// Which of these records exist within a viewer's reach.
pub fn known(tx: &mut Tx, viewer: Viewer, kind: Assignable, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut found = HashSet::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let mut query = Query::new(kind.select());
        query.and("record.organization_id = ?", [Value::Uuid(viewer.organization)]);
        query.any_of("record.id", chunk.iter().map(|id| Value::Uuid(*id)).collect());
        query.and_some(kind.seen(viewer));
        found.extend(query.all::<(Uuid,)>(tx)?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

const ASSIGNMENTS: &str = "SELECT kind, target_id, commission_bp FROM people_assignment \
    WHERE organization_id = $1 AND user_id = $2 ORDER BY kind, target_id";
const ASSIGN: &str = "INSERT INTO people_assignment (organization_id, user_id, kind, target_id, commission_bp) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, user_id, kind, target_id) DO NOTHING";
const UNASSIGN: &str =
    "DELETE FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = $3 AND target_id = $4";

/// What is assigned to an account: (kind, record, commission override in basis points).
pub fn assignments(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<(String, Uuid, Option<i64>)>> {
    tx.all(ASSIGNMENTS, args![organization, user])
}

/// Assigns a record to an account; one that is assigned stays as it is. Gives whether it is new.
pub fn assign(
    tx: &mut Tx,
    organization: Uuid,
    user: Uuid,
    kind: Assignable,
    target: Uuid,
    commission_bp: Option<i64>,
) -> Result<bool> {
    Ok(tx.exec(ASSIGN, args![organization, user, kind.as_str(), target, commission_bp])? > 0)
}

/// Takes an assignment away.
pub fn unassign(tx: &mut Tx, organization: Uuid, user: Uuid, kind: Assignable, target: Uuid) -> Result<()> {
    tx.exec(UNASSIGN, args![organization, user, kind.as_str(), target])?;
    Ok(())
}

const SOURCES: &str = "SELECT source_type, source_id FROM people_quick_source \
    WHERE organization_id = $1 AND user_id = $2 ORDER BY source_id";
const ADD_SOURCE: &str = "INSERT INTO people_quick_source (organization_id, user_id, source_type, source_id) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, user_id, source_id) DO NOTHING";
const DROP_SOURCE: &str =
    "DELETE FROM people_quick_source WHERE organization_id = $1 AND user_id = $2 AND source_id = $3";

/// From whom an account may pull stock to itself: (type of custodian, custodian).
pub fn quick_sources(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<(String, Uuid)>> {
    tx.all(SOURCES, args![organization, user])
}

/// Adds a source.
pub fn add_quick_source(tx: &mut Tx, organization: Uuid, user: Uuid, kind: &str, source: Uuid) -> Result<()> {
    tx.exec(ADD_SOURCE, args![organization, user, kind, source])?;
    Ok(())
}

/// Takes a source away.
pub fn drop_quick_source(tx: &mut Tx, organization: Uuid, user: Uuid, source: Uuid) -> Result<()> {
    tx.exec(DROP_SOURCE, args![organization, user, source])?;
    Ok(())
}

const TARGETS: &str = "SELECT quarter, amount_minor FROM people_sales_target \
    WHERE organization_id = $1 AND user_id = $2 AND year = $3 ORDER BY quarter";
const SET_TARGET: &str = "INSERT INTO people_sales_target (organization_id, user_id, year, quarter, amount_minor) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, user_id, year, quarter) \
    DO UPDATE SET amount_minor = excluded.amount_minor";

/// Sales targets of a year, one for each quarter; none is zero.
pub fn sales_targets(tx: &mut Tx, organization: Uuid, user: Uuid, year: i64) -> Result<[i64; 4]> {
    let mut quarters = [0; 4];
    for (quarter, amount) in tx.all::<(i64, i64)>(TARGETS, args![organization, user, year])? {
        if let Some(place) = usize::try_from(quarter - 1).ok().and_then(|at| quarters.get_mut(at)) {
            *place = amount;
        }
    }
    Ok(quarters)
}

/// Sets the target of one quarter (1 to 4).
pub fn set_sales_target(
    tx: &mut Tx,
    organization: Uuid,
    user: Uuid,
    year: i64,
    quarter: i64,
    amount_minor: i64,
) -> Result<()> {
    tx.exec(SET_TARGET, args![organization, user, year, quarter, amount_minor])?;
    Ok(())
}

db::record! {
    /// What the set-up of an account already has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SetUpRow {
        pub manufacturers: i64, pub locations: i64, pub reps: i64, pub distributors: i64, pub sharing_distributors: i64,
        pub units: i64,
    }
}

const SET_UP: &str = "SELECT \
    (SELECT COUNT(*) FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = 'manufacturer'), \
    (SELECT COUNT(*) FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = 'location'), \
    (SELECT COUNT(*) FROM people_representative WHERE organization_id = $1 AND distributor_id = $2), \
    (SELECT COUNT(*) FROM people_representative WHERE organization_id = $1 AND sales_id = $2), \
    (SELECT COUNT(*) FROM people_representative link JOIN people_user distributor \
        ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
        WHERE link.organization_id = $1 AND link.sales_id = $2 AND distributor.shares_inventory = 1), \
    (SELECT COUNT(*) FROM (SELECT 1 FROM stock_unit WHERE organization_id = $1 AND custodian_id = $2 AND active = 1 LIMIT 1) held)";

/// What the set-up of an account already has; `units` is 0 or 1.
pub fn set_up(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<SetUpRow> {
    let none = SetUpRow { manufacturers: 0, locations: 0, reps: 0, distributors: 0, sharing_distributors: 0, units: 0 };
    Ok(tx.one(SET_UP, args![organization, user])?.unwrap_or(none))
}

const SHARED_TEAM: &str = "SELECT 1 FROM people_reach one JOIN people_reach other \
    ON other.organization_id = one.organization_id AND other.actor_id = one.actor_id \
    WHERE one.organization_id = $1 AND one.subject_id = $2 AND other.subject_id = $3 AND one.person >= 1 AND other.person >= 1 LIMIT 1";

/// Whether somebody outside the office sees both of these people: one the other, a common distributor, a common manager.
pub fn share_a_team(tx: &mut Tx, organization: Uuid, one: Uuid, other: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(SHARED_TEAM, args![organization, one, other])?.is_some())
}
