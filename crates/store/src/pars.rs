//! Par levels of people, of shelves, of places and of regions: how many of an item should be there, what is, and what is coming.

use crate::bulk;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A par level against what is there.
    #[derive(Clone, Debug)]
    pub struct ParRow {
        pub item: Uuid, pub number: String, pub description: String, pub level: i64, pub held: i64, pub coming: i64,
    }
}

// What was asked for and not sent yet, and what is on its way.
const OF_USER: &str = "SELECT par.catalog_item_id, item.number, item.description, par.level, \
    (SELECT CAST(COALESCE(SUM(counter.n), 0) AS BIGINT) FROM stock_counter counter \
    WHERE counter.organization_id = par.organization_id AND counter.custodian_id = par.owner_id \
    AND counter.catalog_item_id = par.catalog_item_id AND counter.state <> 4 AND counter.facility_stock = 0), \
    (SELECT CAST(COALESCE(SUM(line.quantity - line.closed - line.sent), 0) AS BIGINT) FROM stock_request request \
    JOIN stock_request_line line ON line.organization_id = request.organization_id AND line.request_id = request.id \
    WHERE request.organization_id = par.organization_id AND request.to_id = par.owner_id \
    AND request.status IN ('submitted', 'in_part') AND line.catalog_item_id = par.catalog_item_id) \
    + (SELECT COUNT(*) FROM stock_transfer transfer JOIN stock_transfer_line line \
    ON line.organization_id = transfer.organization_id AND line.transfer_id = transfer.id AND line.status = 'pending' \
    JOIN stock_unit unit ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
    WHERE transfer.organization_id = par.organization_id AND transfer.to_id = par.owner_id AND transfer.status = 'pending' \
    AND unit.catalog_item_id = par.catalog_item_id) \
    FROM stock_par par JOIN catalog_item item ON item.organization_id = par.organization_id AND item.id = par.catalog_item_id \
    WHERE par.organization_id = $1 AND par.owner_id = $2 ORDER BY item.number_key, item.id";

/// The par levels of an account, by catalog number.
pub fn of_user(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<ParRow>> {
    tx.all(OF_USER, args![organization, user])
}

const OF_LOCATION: &str = "SELECT par.catalog_item_id, item.number, item.description, par.level, \
    (SELECT COUNT(*) FROM stock_unit unit WHERE unit.organization_id = par.organization_id \
    AND unit.facility_stock_location_id = par.owner_id AND unit.facility_stock_location_id IS NOT NULL AND unit.active = 1 \
    AND unit.catalog_item_id = par.catalog_item_id), CAST(0 AS BIGINT) \
    FROM stock_par par JOIN catalog_item item ON item.organization_id = par.organization_id AND item.id = par.catalog_item_id \
    WHERE par.organization_id = $1 AND par.owner_id = $2 ORDER BY item.number_key, item.id";

/// The par levels of a location's shelf, by catalog number.
pub fn of_location(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<Vec<ParRow>> {
    tx.all(OF_LOCATION, args![organization, location])
}

const OF_PLACE: &str = "SELECT par.catalog_item_id, item.number, item.description, par.level, \
    (SELECT COUNT(*) FROM stock_unit unit WHERE unit.organization_id = par.organization_id \
    AND unit.place_id = par.owner_id AND unit.place_id IS NOT NULL AND unit.active = 1 \
    AND unit.catalog_item_id = par.catalog_item_id AND unit.facility_stock_location_id IS NULL AND unit.state <> 1), \
    (SELECT COUNT(*) FROM stock_transfer transfer JOIN stock_transfer_line line \
    ON line.organization_id = transfer.organization_id AND line.transfer_id = transfer.id AND line.status = 'pending' \
    JOIN stock_unit unit ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
    WHERE transfer.organization_id = par.organization_id AND transfer.status = 'pending' AND transfer.place_id = par.owner_id \
    AND unit.catalog_item_id = par.catalog_item_id) \
    FROM stock_par par JOIN catalog_item item ON item.organization_id = par.organization_id AND item.id = par.catalog_item_id \
    WHERE par.organization_id = $1 AND par.owner_id = $2 ORDER BY item.number_key, item.id";
const KEEPER: &str = "SELECT custodian_id, COUNT(*) FROM stock_unit WHERE organization_id = $1 AND place_id = $2 AND place_id IS NOT NULL \
    AND active = 1 AND custodian_type = 'user' GROUP BY custodian_id ORDER BY 2 DESC, 1 LIMIT 1";

/// The par levels of a place, by catalog number: what lies there, and what is on its way there.
pub fn of_place(tx: &mut Tx, organization: Uuid, place: Uuid) -> Result<Vec<ParRow>> {
    tx.all(OF_PLACE, args![organization, place])
}

/// The account that answers for most of what lies at a place.
pub fn keeper(tx: &mut Tx, organization: Uuid, place: Uuid) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid, i64)>(KEEPER, args![organization, place])?.map(|(id, _)| id))
}

// What moves within the region is with its sender until it arrives, and is not counted twice.
const OF_REGION: &str = "SELECT par.catalog_item_id, item.number, item.description, par.level, \
    (SELECT CAST(COALESCE(SUM(counter.n), 0) AS BIGINT) FROM people_user person JOIN stock_counter counter \
    ON counter.organization_id = person.organization_id AND counter.custodian_id = person.id \
    WHERE person.organization_id = par.organization_id AND person.region_id = par.owner_id AND person.region_id IS NOT NULL \
    AND counter.catalog_item_id = par.catalog_item_id AND counter.state <> 4 AND counter.facility_stock = 0), \
    (SELECT CAST(COALESCE(SUM(line.quantity - line.closed - line.sent), 0) AS BIGINT) FROM people_user person \
    JOIN stock_request request ON request.organization_id = person.organization_id AND request.to_id = person.id \
    AND request.status IN ('submitted', 'in_part') \
    JOIN stock_request_line line ON line.organization_id = request.organization_id AND line.request_id = request.id \
    WHERE person.organization_id = par.organization_id AND person.region_id = par.owner_id AND person.region_id IS NOT NULL \
    AND line.catalog_item_id = par.catalog_item_id) \
    + (SELECT COUNT(*) FROM people_user person JOIN stock_transfer transfer \
    ON transfer.organization_id = person.organization_id AND transfer.to_id = person.id AND transfer.status = 'pending' \
    JOIN stock_transfer_line line ON line.organization_id = transfer.organization_id AND line.transfer_id = transfer.id \
    AND line.status = 'pending' \
    JOIN stock_unit unit ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
    WHERE person.organization_id = par.organization_id AND person.region_id = par.owner_id AND person.region_id IS NOT NULL \
    AND unit.catalog_item_id = par.catalog_item_id AND NOT EXISTS (SELECT 1 FROM people_user sender \
    WHERE sender.organization_id = transfer.organization_id AND sender.id = transfer.from_id \
    AND sender.region_id = par.owner_id)) \
    FROM stock_par par JOIN catalog_item item ON item.organization_id = par.organization_id AND item.id = par.catalog_item_id \
    WHERE par.organization_id = $1 AND par.owner_id = $2 ORDER BY item.number_key, item.id";

/// The par levels of a region, by catalog number: what all its people have, and what comes to them from elsewhere.
pub fn of_region(tx: &mut Tx, organization: Uuid, region: Uuid) -> Result<Vec<ParRow>> {
    tx.all(OF_REGION, args![organization, region])
}

const LEVELS: &str = "SELECT catalog_item_id, level FROM stock_par WHERE organization_id = $1 AND owner_id = $2 \
    ORDER BY catalog_item_id";
const DROP: &str = "DELETE FROM stock_par WHERE organization_id = $1 AND owner_id = $2";
const HEAD: &str = "INSERT INTO stock_par (organization_id, owner_id, catalog_item_id, owner_type, level) VALUES";

/// (item, level) of an owner.
pub fn levels(tx: &mut Tx, organization: Uuid, owner: Uuid) -> Result<Vec<(Uuid, i64)>> {
    tx.all(LEVELS, args![organization, owner])
}

/// Says the par levels of an owner anew.
pub fn set(tx: &mut Tx, organization: Uuid, owner_type: &str, owner: Uuid, levels: &[(Uuid, i64)]) -> Result<()> {
    tx.exec(DROP, args![organization, owner])?;
    let mut values: Vec<Value> = Vec::with_capacity(levels.len() * 5);
    for (item, level) in levels {
        values.extend_from_slice(args![organization, owner, *item, owner_type, *level]);
    }
    bulk::insert(tx, HEAD, "", 5, &values)?;
    Ok(())
}

const OWNERS: &str =
    "SELECT DISTINCT owner_id, owner_type FROM stock_par WHERE organization_id = $1 ORDER BY owner_id LIMIT $2";

/// (owner, type) of everybody and everything that has par levels, at most `limit`.
pub fn owners(tx: &mut Tx, organization: Uuid, limit: i64) -> Result<Vec<(Uuid, String)>> {
    tx.all(OWNERS, args![organization, limit])
}

const TAKE_OVER: &str = "INSERT INTO stock_par (organization_id, owner_id, catalog_item_id, owner_type, level) \
    SELECT organization_id, $3, catalog_item_id, owner_type, level FROM stock_par WHERE organization_id = $1 AND owner_id = $2 \
    ON CONFLICT (organization_id, owner_id, catalog_item_id) DO NOTHING";

/// A successor takes somebody's par levels, where it has none of its own.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(TAKE_OVER, args![organization, from, to])?;
    tx.exec(DROP, args![organization, from])?;
    Ok(())
}
