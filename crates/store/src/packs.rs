//! Packs: units that are sold as one. What lies in a pack is used, sent and sold with it, and not without it.

use crate::bulk;
use db::{Result, Tx, args};
use uuid::Uuid;

/// The text of [`NOT_PACKED`], for statements that are put together when they are compiled.
macro_rules! not_packed {
    () => {
        "(unit.container_id IS NULL OR NOT EXISTS (SELECT 1 FROM stock_unit pack \
         WHERE pack.organization_id = unit.organization_id AND pack.id = unit.container_id AND pack.kind = 'pack'))"
    };
}
pub(crate) use not_packed;

/// True of a unit (`unit` is the table's name) that lies in no pack: nobody is offered a part of one.
pub const NOT_PACKED: &str = not_packed!();

const INSIDE: &str = "SELECT unit.id, unit.container_id FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.container_id IN ({ids}) AND unit.active = 1";
const KINDS: &str =
    "SELECT unit.id, unit.kind FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN ({ids})";

/// (unit, what it lies in) of all that lies in these containers or packs.
pub fn inside(tx: &mut Tx, organization: Uuid, containers: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let mut rows: Vec<(Uuid, Uuid)> = bulk::all(tx, INSIDE, args![organization], containers)?;
    rows.sort_unstable();
    Ok(rows)
}

const HOLDING_BARRED: &str = "SELECT DISTINCT unit.container_id FROM stock_unit unit JOIN catalog_item item \
    ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
    WHERE unit.organization_id = $1 AND unit.container_id IN ({ids}) AND unit.active = 1 \
    AND item.geography NOT IN ('', '[]') AND item.geography NOT LIKE $2";

/// Of these containers those in which something lies whose item is cleared for some countries, and not for the one that `listed`
/// matches.
pub fn holding_barred(tx: &mut Tx, organization: Uuid, containers: &[Uuid], listed: &str) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = bulk::all(tx, HOLDING_BARRED, args![organization, listed], containers)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which of these units are packs.
pub fn packs(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid, String)> = bulk::all(tx, KINDS, args![organization], units)?;
    Ok(rows.into_iter().filter(|(_, kind)| kind == domain::stock::UnitKind::Pack.as_str()).map(|(id, _)| id).collect())
}

const PARTS: &str = "SELECT unit.id FROM stock_unit unit JOIN stock_unit pack ON pack.organization_id = unit.organization_id \
    AND pack.id = unit.container_id AND pack.kind = 'pack' WHERE unit.organization_id = $1 AND unit.id IN ({ids})";

/// Those of these units that lie in a pack.
pub fn parts(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = bulk::all(tx, PARTS, args![organization], units)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
