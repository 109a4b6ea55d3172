//! When a unit is free: the one place that says so. Whoever looks for units that could be used, sent, packed or offered asks here,
//! so that what a recall freezes is offered nowhere.

use db::{Result, Tx, args};
use std::collections::HashMap;
use uuid::Uuid;

/// True of a unit (`unit` is the table's name) that stands free in the books: active, on no event, in no transfer, not on hold, and
/// not sold to a shelf.
pub const IN_BOOKS: &str = "unit.state = 0 AND unit.facility_stock_location_id IS NULL";

/// True of a unit that no recall freezes; empty of a cost while nothing is recalled.
pub fn not_recalled(tx: &mut Tx, organization: Uuid) -> Result<&'static str> {
    Ok(if crate::recalls::any(tx, organization)? { NOT_FROZEN } else { "1 = 1" })
}

/// True of a unit that is free: in the books, and of every recall.
pub fn condition(tx: &mut Tx, organization: Uuid) -> Result<&'static str> {
    Ok(if crate::recalls::any(tx, organization)? { FREE } else { IN_BOOKS })
}

/// The same as [`condition`], whether or not anything is recalled: for statements that are kept as a whole.
pub const FREE: &str =
    concat!("unit.state = 0 AND unit.facility_stock_location_id IS NULL AND NOT ", crate::is_frozen!());
const NOT_FROZEN: &str = concat!("NOT ", crate::is_frozen!());

/// The state of a unit (`unit` is the table's name) as it is shown: what a recall freezes is on hold, whatever the books say.
pub fn shown_state(tx: &mut Tx, organization: Uuid) -> Result<&'static str> {
    const SHOWN: &str =
        concat!("CASE WHEN unit.state IN (0, 3) AND ", crate::is_frozen!(), " THEN 2 ELSE unit.state END");
    Ok(if crate::recalls::any(tx, organization)? { SHOWN } else { "unit.state" })
}

const FROZEN_HELD: &str = "SELECT unit.catalog_item_id, unit.custodian_id, COUNT(*) FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND ";

/// How many units that the books call free recalls freeze: (item, custodian) to how many. To be taken off what counters tell.
pub fn frozen_in_books(tx: &mut Tx, organization: Uuid) -> Result<HashMap<(Uuid, Uuid), i64>> {
    if !crate::recalls::any(tx, organization)? {
        return Ok(HashMap::new());
    }
    let ids = crate::recalls::FROZEN_IDS.replace('?', "$1");
    let frozen = crate::recalls::IS_FROZEN;
    let sql =
        format!("{FROZEN_HELD}{ids} AND {IN_BOOKS} AND {frozen} GROUP BY unit.catalog_item_id, unit.custodian_id");
    let rows = tx.all::<(Uuid, Uuid, i64)>(sql.as_str(), args![organization])?;
    Ok(rows.into_iter().map(|(item, custodian, n)| ((item, custodian), n)).collect())
}
