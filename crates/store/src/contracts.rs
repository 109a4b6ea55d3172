//! Contracts of facilities: whether all prices are agreed, and when that is negotiated anew.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// The contract of a facility.
    #[derive(Clone, Debug)]
    pub struct ContractRow { pub complete: bool, pub renews_on: Option<i64>, pub version: i64 }
}

const ONE: &str =
    "SELECT complete, renews_on, version FROM location_contract WHERE organization_id = $1 AND location_id = $2";
const SAVE: &str = "INSERT INTO location_contract (organization_id, location_id, complete, renews_on, updated_by, updated_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (organization_id, location_id) DO UPDATE SET complete = $3, renews_on = $4, \
    updated_by = $5, updated_at = $6, version = location_contract.version + 1";

/// The contract of a facility; None when nobody has said anything.
pub fn contract(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<Option<ContractRow>> {
    tx.one(ONE, args![organization, location])
}

/// Says how it stands.
pub fn save(
    tx: &mut Tx,
    organization: Uuid,
    location: Uuid,
    (complete, renews_on): (bool, Option<i64>),
    (by, at): (Uuid, i64),
) -> Result<()> {
    tx.exec(SAVE, args![organization, location, complete, renews_on, by, at])?;
    Ok(())
}

db::record! {
    /// A contract that somebody should look at, with its names.
    #[derive(Clone, Debug)]
    pub struct NamedRow {
        pub location_id: Uuid, pub location_name: String, pub customer_id: Uuid, pub customer_name: String, pub complete: bool,
        pub renews_on: Option<i64>, pub version: i64,
    }
}

const NAMED: &str = "SELECT contract.location_id, location.name, customer.id, customer.name, contract.complete, contract.renews_on, \
    contract.version FROM location_contract contract \
    JOIN directory_location location ON location.organization_id = contract.organization_id AND location.id = contract.location_id \
    JOIN directory_customer customer ON customer.organization_id = location.organization_id AND customer.id = location.customer_id";

/// Contracts that are negotiated anew up to a day, the first first; of locations in use.
pub fn renewing(tx: &mut Tx, organization: Uuid, (from, to): (i64, i64), most: i64) -> Result<Vec<NamedRow>> {
    let sql = format!(
        "{NAMED} WHERE contract.organization_id = $1 AND contract.renews_on >= $2 AND contract.renews_on <= $3 \
        AND location.archived_at IS NULL ORDER BY contract.renews_on, contract.location_id LIMIT $4"
    );
    tx.all(sql.as_str(), args![organization, from, to, most])
}

/// Contracts of which somebody said that prices are missing; of locations in use.
pub fn incomplete(tx: &mut Tx, organization: Uuid, most: i64) -> Result<Vec<NamedRow>> {
    let sql = format!(
        "{NAMED} WHERE contract.organization_id = $1 AND contract.complete = 0 AND location.archived_at IS NULL \
        ORDER BY contract.location_id LIMIT $2"
    );
    tx.all(sql.as_str(), args![organization, most])
}
