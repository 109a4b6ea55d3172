//! What is asked of linked companies: whom they supply, and the two halves of a request that stands on both sides.

use db::{Result, Tx, args};
use uuid::Uuid;

const SUPPLIED: &str = "SELECT manufacturer_id FROM organization_link_supply \
    WHERE organization_id = $1 AND link_id = $2 ORDER BY manufacturer_id";
const SUPPLIER: &str = "SELECT link.other_id, link.other_name FROM organization_link_supply supply \
    JOIN organization_link link ON link.organization_id = supply.organization_id AND link.id = supply.link_id \
    WHERE supply.organization_id = $1 AND supply.manufacturer_id = $2 AND link.status = 'active'";
const CLEAR: &str = "DELETE FROM organization_link_supply WHERE organization_id = $1 AND link_id = $2";
const SUPPLY: &str = "INSERT INTO organization_link_supply (organization_id, manufacturer_id, link_id) VALUES ($1, $2, $3) \
    ON CONFLICT (organization_id, manufacturer_id) DO UPDATE SET link_id = excluded.link_id";

/// The manufacturers that the company of a link supplies.
pub fn supplied(tx: &mut Tx, organization: Uuid, link: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(SUPPLIED, args![organization, link])?.into_iter().map(|(id,)| id).collect())
}

const ANY: &str = "SELECT 1 FROM organization_link_supply WHERE organization_id = $1 LIMIT 1";

/// Whether any manufacturer is supplied by a linked company.
pub fn any(tx: &mut Tx, organization: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(ANY, args![organization])?.is_some())
}

/// (company, name) of whoever supplies a manufacturer now.
pub fn supplier(tx: &mut Tx, organization: Uuid, manufacturer: Uuid) -> Result<Option<(Uuid, String)>> {
    tx.one(SUPPLIER, args![organization, manufacturer])
}

/// Sets whom the company of a link supplies; a manufacturer that another one supplied changes over.
pub fn set_supplied(tx: &mut Tx, organization: Uuid, link: Uuid, manufacturers: &[Uuid]) -> Result<()> {
    tx.exec(CLEAR, args![organization, link])?;
    for manufacturer in manufacturers {
        tx.exec(SUPPLY, args![organization, *manufacturer, link])?;
    }
    Ok(())
}

const HALF: &str =
    "SELECT other_id, direction FROM stock_request_across WHERE organization_id = $1 AND request_id = $2";
const INSERT: &str =
    "INSERT INTO stock_request_across (organization_id, request_id, other_id, direction) VALUES ($1, $2, $3, $4)";
const LINES: &str = "SELECT catalog_item_id, other_item_id FROM stock_request_across_line \
    WHERE organization_id = $1 AND request_id = $2 ORDER BY catalog_item_id";
const INSERT_LINE: &str = "INSERT INTO stock_request_across_line (organization_id, request_id, catalog_item_id, other_item_id) \
    VALUES ($1, $2, $3, $4)";

/// (the other company, direction) of a request that stands on both sides.
pub fn half(tx: &mut Tx, organization: Uuid, request: Uuid) -> Result<Option<(Uuid, String)>> {
    tx.one(HALF, args![organization, request])
}

/// Notes that a request stands at another company too.
pub fn insert(tx: &mut Tx, organization: Uuid, request: Uuid, other: Uuid, direction: &str) -> Result<()> {
    tx.exec(INSERT, args![organization, request, other, direction])?;
    Ok(())
}

/// (own item, the asking side's item) of a request that came from another company.
pub fn lines(tx: &mut Tx, organization: Uuid, request: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    tx.all(LINES, args![organization, request])
}

/// Notes which item of the asking side a line is.
pub fn insert_line(tx: &mut Tx, organization: Uuid, request: Uuid, item: Uuid, other: Uuid) -> Result<()> {
    tx.exec(INSERT_LINE, args![organization, request, item, other])?;
    Ok(())
}

const OPEN: &str = "SELECT across.request_id FROM stock_request_across across JOIN stock_request request \
    ON request.organization_id = across.organization_id AND request.id = across.request_id \
    WHERE across.organization_id = $1 AND across.other_id = $2 AND across.direction = $3 \
    AND request.status IN ('submitted', 'in_part') ORDER BY across.request_id";

/// Requests between two companies of which something is still owed, in the order of their ids.
pub fn open(tx: &mut Tx, organization: Uuid, other: Uuid, direction: &str) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(OPEN, args![organization, other, direction])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
