//! Sets: which bill of materials a container follows, and what is free to fill it.

use crate::bulk;
use crate::reach::{Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// A container that follows a bill of materials.
    #[derive(Clone, Debug)]
    pub struct SetRow {
        pub unit_id: Uuid, pub bom_id: Uuid, pub number: i64, pub name: String, pub lines: String, pub of: i64,
    }
}

const SET: &str = "SELECT it.unit_id, it.bom_id, it.number, bom.name, bom.lines, \
    (SELECT MAX(other.number) FROM stock_set other WHERE other.organization_id = it.organization_id AND other.bom_id = it.bom_id) \
    FROM stock_set it JOIN stock_bom bom ON bom.organization_id = it.organization_id AND bom.id = it.bom_id \
    WHERE it.organization_id = $1 AND it.unit_id = $2";

/// The set that a container is, if it follows a bill.
pub fn of_unit(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<Option<SetRow>> {
    tx.one(SET, args![organization, unit])
}

const SETS: &str = "SELECT it.unit_id, it.bom_id, it.number, bom.name, bom.lines, \
    (SELECT MAX(other.number) FROM stock_set other WHERE other.organization_id = it.organization_id AND other.bom_id = it.bom_id) \
    FROM stock_set it JOIN stock_bom bom ON bom.organization_id = it.organization_id AND bom.id = it.bom_id \
    WHERE it.organization_id = $1 AND it.unit_id IN ({ids})";

/// Those of these containers that follow a bill.
pub fn of_units(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<HashMap<Uuid, SetRow>> {
    let rows = bulk::all::<SetRow>(tx, SETS, args![organization], units)?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row)).collect())
}

const INSIDE: &str = "SELECT container_id, catalog_item_id, CAST(COUNT(*) AS BIGINT) FROM stock_unit \
    WHERE organization_id = $1 AND active = 1 AND container_id IN ({ids}) GROUP BY container_id, catalog_item_id";

/// How many active units of each item lie in these containers, by (container, item).
pub fn inside(tx: &mut Tx, organization: Uuid, containers: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), u32>> {
    let rows = bulk::all::<(Uuid, Uuid, i64)>(tx, INSIDE, args![organization], containers)?;
    Ok(rows.into_iter().map(|(unit, item, n)| ((unit, item), u32::try_from(n).unwrap_or(0))).collect())
}

const NEXT: &str = "SELECT COALESCE(MAX(number), 0) + 1 FROM stock_set WHERE organization_id = $1 AND bom_id = $2";
const PUT: &str =
    "INSERT INTO stock_set (organization_id, unit_id, bom_id, number, assigned_at) VALUES ($1, $2, $3, $4, $5)";
const DROP: &str = "DELETE FROM stock_set WHERE organization_id = $1 AND unit_id = $2";

/// Lets a container follow a bill, as the next of its sets; what it followed before is forgotten. The bill is locked by the
/// caller, so that two sets do not get one number.
pub fn assign(tx: &mut Tx, organization: Uuid, unit: Uuid, bom: Option<Uuid>, now: i64) -> Result<()> {
    tx.exec(DROP, args![organization, unit])?;
    if let Some(bom) = bom {
        let next = tx.one::<(i64,)>(NEXT, args![organization, bom])?.map_or(1, |(n,)| n);
        tx.exec(PUT, args![organization, unit, bom, next, now])?;
    }
    Ok(())
}

db::record! {
    /// A container of a bill, as the page of the bill lists it.
    #[derive(Clone, Debug)]
    pub struct BuiltRow {
        pub unit_id: Uuid, pub number: i64, pub catalog_item_id: Uuid, pub serial: String, pub custodian_type: String,
        pub custodian_id: Uuid, pub state: i64,
    }
}

/// The active containers of a bill within the viewer's reach, by number, at most `limit`.
pub fn built(tx: &mut Tx, viewer: Viewer, bom: Uuid, limit: i64) -> Result<Vec<BuiltRow>> {
    let mut values = args![viewer.organization, bom, limit].to_vec();
    let reach = crate::reach::condition(viewer, Side::Custody, Level::See, "unit.custodian_id")
        .map(|(text, more)| format!("AND {} ", crate::page::numbered(&text, &mut values, more)))
        .unwrap_or_default();
    let sql = format!(
        "SELECT it.unit_id, it.number, unit.catalog_item_id, unit.serial, unit.custodian_type, unit.custodian_id, unit.state \
         FROM stock_set it JOIN stock_unit unit ON unit.organization_id = it.organization_id AND unit.id = it.unit_id \
         WHERE it.organization_id = $1 AND it.bom_id = $2 AND unit.active = 1 {reach}ORDER BY it.number LIMIT $3"
    );
    tx.all(sql.as_str(), &values)
}

/// A unit that is free to be packed: (id, item, last day).
pub type Free = (Uuid, Uuid, Option<i64>);

/// Most units of one item that are counted.
pub const COUNTED: i64 = 2_000;

/// Free units of an item with one custodian that lie in no container, the first to expire first, or the last.
pub fn loose(
    tx: &mut Tx,
    organization: Uuid,
    custodian: Uuid,
    item: Uuid,
    today: i64,
    last_first: bool,
    limit: i64,
) -> Result<Vec<Free>> {
    let order = if last_first { "unit.expires_key DESC, unit.id DESC" } else { "unit.expires_key, unit.id" };
    let free = crate::free::condition(tx, organization)?;
    let sql = format!(
        "SELECT unit.id, unit.catalog_item_id, unit.expires_on FROM stock_unit unit WHERE unit.organization_id = $1 \
         AND unit.catalog_item_id = $2 AND unit.active = 1 AND unit.custodian_id = $3 AND unit.expires_key >= $4 \
         AND unit.container_id IS NULL AND {free} ORDER BY {order} LIMIT $5"
    );
    tx.all(sql.as_str(), args![organization, item, custodian, today, limit])
}

/// How many free units of an item lie in no container, with one custodian or with everybody whom the viewer may draw upon; at
/// most [`COUNTED`] are counted.
pub fn count_loose(tx: &mut Tx, viewer: Viewer, custodian: Option<Uuid>, item: Uuid, today: i64) -> Result<i64> {
    let mut values: Vec<Value> = args![viewer.organization, item, today, COUNTED].to_vec();
    let mut whose = String::new();
    if let Some(id) = custodian {
        values.push(Value::Uuid(id));
        whose = format!("AND unit.custodian_id = ${} ", values.len());
    } else if let Some((text, more)) = crate::reach::condition(viewer, Side::Custody, Level::Use, "unit.custodian_id") {
        whose = format!("AND {} ", crate::page::numbered(&text, &mut values, more));
    }
    let free = crate::free::condition(tx, viewer.organization)?;
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.catalog_item_id = $2 \
         AND unit.active = 1 AND unit.expires_key >= $3 {whose}AND unit.container_id IS NULL AND {free} LIMIT $4) there"
    );
    Ok(tx.one::<(i64,)>(sql.as_str(), &values)?.map_or(0, |(n,)| n))
}
