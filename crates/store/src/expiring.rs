//! What expires soon, by item, lot and holder; and which units stand behind a group.

use crate::reach::{Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

db::record! {
    /// Free units that expire on one day, alike in item, lot, holder and shelf.
    #[derive(Clone, Debug)]
    pub struct GroupRow {
        pub item: Uuid, pub custodian_type: String, pub custodian: Uuid, pub shelf: Option<Uuid>, pub lot: String,
        pub lot_key: String, pub expires_on: i64, pub units: i64,
    }
}

/// Most units that are looked through: those that expire first.
const LOOKED_THROUGH: i64 = 20_000;

/// What is active and expires from one day to another within reach, the first first; at most `limit` groups.
pub fn groups(
    tx: &mut Tx,
    viewer: Viewer,
    custodians: Option<&[Uuid]>,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<GroupRow>> {
    let mut values: Vec<Value> = args![viewer.organization, from, to, LOOKED_THROUGH, limit].to_vec();
    let mut whose = String::new();
    if let Some(ids) = custodians {
        let first = values.len() + 1;
        values.extend(ids.iter().map(|id| Value::Uuid(*id)));
        let marks: Vec<String> = (first..=values.len()).map(|at| format!("${at}")).collect();
        whose = if marks.is_empty() {
            "AND 1 = 0 ".to_owned()
        } else {
            format!("AND unit.custodian_id IN ({}) ", marks.join(", "))
        };
    }
    if let Some((text, more)) = crate::reach::condition(viewer, Side::Custody, Level::See, "unit.custodian_id") {
        whose.push_str(&format!("AND {} ", crate::page::numbered(&text, &mut values, more)));
    }
    let loose = crate::free::not_recalled(tx, viewer.organization)?;
    let sql = format!(
        "SELECT item, custodian_type, custodian, shelf, lot, lot_key, expires_on, COUNT(*) FROM (SELECT \
         unit.catalog_item_id AS item, unit.custodian_type AS custodian_type, unit.custodian_id AS custodian, \
         unit.facility_stock_location_id AS shelf, unit.lot AS lot, unit.lot_key AS lot_key, unit.expires_key AS expires_on \
         FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.active = 1 AND unit.expires_key >= $2 \
         AND unit.expires_key <= $3 AND unit.state = 0 {whose}AND {loose} ORDER BY unit.expires_key, unit.id LIMIT $4) soon \
         GROUP BY item, custodian_type, custodian, shelf, lot, lot_key, expires_on \
         ORDER BY expires_on, item, custodian, lot_key, shelf NULLS FIRST LIMIT $5"
    );
    tx.all(sql.as_str(), &values)
}

const COMING: &str = "SELECT unit.custodian_id, COUNT(*), MIN(unit.expires_key) FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.active = 1 AND unit.expires_key > $2 AND unit.expires_key <= $3 \
    AND unit.state IN (0, 2) GROUP BY unit.custodian_id ORDER BY unit.custodian_id";

/// (custodian, how many, the first day) of units whose last day lies after one day and not after another: free ones, and those on
/// hold.
pub fn by_custodian(tx: &mut Tx, organization: Uuid, after: i64, until: i64) -> Result<Vec<(Uuid, i64, i64)>> {
    tx.all(COMING, args![organization, after, until])
}

const UNITS: &str = "SELECT id FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2 AND active = 1 \
    AND custodian_id = $3 AND expires_key = $4 AND state = 0 AND facility_stock_location_id IS NULL AND container_id IS NULL \
    AND lot_key = $5 ORDER BY id LIMIT $6";

/// Units of a group that could be sent: on no shelf and in no container.
pub fn units(tx: &mut Tx, organization: Uuid, it: &GroupRow, limit: i64) -> Result<Vec<Uuid>> {
    let rows =
        tx.all::<(Uuid,)>(UNITS, args![organization, it.item, it.custodian, it.expires_on, it.lot_key, limit])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
