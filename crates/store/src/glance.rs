//! What a screen shows beside an object: names of what it refers to, and small sums.

use crate::page::Query;
use crate::people::Assignable;
use crate::reach::{Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// For whom a rep works.
    pub struct LeaderRow {
        /// The rep.
        pub sales_id: Uuid,
        /// The distributor or hub.
        pub distributor_id: Uuid,
        /// A hub: it only pools stock.
        pub hub: bool,
        /// Its name.
        pub name: String,
        /// Its stock is pooled.
        pub shares_inventory: bool,
    }
}

const LEADERS: &str = "SELECT link.sales_id, link.distributor_id, link.hub, person.name, person.shares_inventory \
    FROM people_representative link \
    JOIN people_user person ON person.organization_id = link.organization_id AND person.id = link.distributor_id";

/// For whom these reps work, the full distributor of each first.
pub fn leaders(tx: &mut Tx, organization: Uuid, reps: &[Uuid]) -> Result<Vec<LeaderRow>> {
    let mut rows: Vec<LeaderRow> = Vec::new();
    for chunk in reps.chunks(crate::people::IDS_AT_ONCE) {
        let mut query = Query::new(LEADERS);
        query.and("link.organization_id = ?", [Value::Uuid(organization)]);
        query.any_of("link.sales_id", chunk.iter().map(|id| Value::Uuid(*id)).collect());
        rows.extend(query.all::<LeaderRow>(tx)?);
    }
    rows.sort_by(|a, b| (a.hub, &a.name).cmp(&(b.hub, &b.name)));
    Ok(rows)
}

/// Names of manufacturers, locations, physicians or product lines.
pub fn names(tx: &mut Tx, organization: Uuid, kind: Assignable, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let head = match kind {
        Assignable::Manufacturer => "SELECT id, name FROM catalog_manufacturer",
        Assignable::Location => "SELECT id, name FROM directory_location",
        Assignable::Physician => "SELECT id, name FROM directory_physician",
        Assignable::ProductLine => "SELECT id, name FROM catalog_product_line",
    };
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(crate::people::IDS_AT_ONCE) {
        let mut query = Query::new(head);
        query.and("organization_id = ?", [Value::Uuid(organization)]);
        query.any_of("id", chunk.iter().map(|id| Value::Uuid(*id)).collect());
        found.extend(query.all::<(Uuid, String)>(tx)?);
    }
    Ok(found)
}

const HELD: &str = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM stock_counter \
    WHERE organization_id = $1 AND custodian_id = $2 AND state <> $3";

/// Active units in somebody's custody.
pub fn units_held(tx: &mut Tx, organization: Uuid, custodian: Uuid) -> Result<i64> {
    let inactive = domain::stock::UnitState::Inactive.stored();
    Ok(tx.one::<(i64,)>(HELD, args![organization, custodian, inactive])?.map_or(0, |(n,)| n))
}

const HELD_LATELY: &str = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM stock_total \
    WHERE organization_id = $1 AND custodian_id = $2 AND state <> $3";

/// Active units in the custody of several, as of the last sealing (a second ago at most): for lists.
pub fn units_held_by(tx: &mut Tx, organization: Uuid, custodians: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let inactive = domain::stock::UnitState::Inactive.stored();
    let mut found = HashMap::with_capacity(custodians.len());
    for id in custodians {
        if let Some((n,)) = tx.one::<(i64,)>(HELD_LATELY, args![organization, *id, inactive])? {
            found.insert(*id, n);
        }
    }
    Ok(found)
}

const LED: &str = "SELECT COUNT(*) FROM people_representative WHERE organization_id = $1 AND distributor_id = $2";

/// How many reps each of these distributors leads; for the few of a page.
pub fn led(tx: &mut Tx, organization: Uuid, distributors: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let mut found = HashMap::with_capacity(distributors.len());
    for id in distributors {
        if let Some((n,)) = tx.one::<(i64,)>(LED, args![organization, *id])? {
            found.insert(*id, n);
        }
    }
    Ok(found)
}

/// Active units of an item that a viewer can look at.
pub fn item_held(tx: &mut Tx, viewer: Viewer, item: Uuid) -> Result<i64> {
    let mut query = Query::new("SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM stock_counter");
    of_item(&mut query, viewer, item);
    Ok(query.all::<(i64,)>(tx)?.first().map_or(0, |(n,)| *n))
}

/// Who has active units of an item, the most first, as far as a viewer reaches.
pub fn holders(tx: &mut Tx, viewer: Viewer, item: Uuid, most: i64) -> Result<Vec<(Uuid, i64)>> {
    let mut query = Query::new("SELECT custodian_id, n FROM stock_counter");
    of_item(&mut query, viewer, item);
    let mut sums: HashMap<Uuid, i64> = HashMap::new();
    for (custodian, n) in query.all::<(Uuid, i64)>(tx)? {
        *sums.entry(custodian).or_default() += n;
    }
    let mut all: Vec<(Uuid, i64)> = sums.into_iter().filter(|(_, n)| *n > 0).collect();
    all.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
    all.truncate(usize::try_from(most).unwrap_or(0));
    Ok(all)
}

fn of_item(query: &mut Query, viewer: Viewer, item: Uuid) {
    let inactive = domain::stock::UnitState::Inactive.stored();
    query.and("organization_id = ?", [Value::Uuid(viewer.organization)]);
    query.and("catalog_item_id = ?", [Value::Uuid(item)]);
    query.and("state <> ?", [Value::Int(inactive)]);
    query.and_some(crate::reach::condition(viewer, Side::Custody, Level::See, "stock_counter.custodian_id"));
}
