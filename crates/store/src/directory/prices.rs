//! Contract prices of price lists and locations.

use crate::page::{Keyset, Query, Sort};
use db::{Result, Tx, Value, args};
use uuid::Uuid;

/// `valid_from` of a price that holds since ever.
pub const SINCE_EVER: i64 = 0;
/// `valid_to` of a price that holds for ever.
pub const FOR_EVER: i64 = 9_999_999;

db::record! {
    /// A price as stored. Days as in [`SINCE_EVER`] and [`FOR_EVER`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PriceRow { pub catalog_item_id: Uuid, pub valid_from: i64, pub valid_to: i64, pub price_minor: i64 }
}

const HEAD: &str =
    "SELECT price.catalog_item_id, price.valid_from, price.valid_to, price.price_minor FROM directory_price price";

/// In which order prices are paged: by item, then by first day.
pub const ORDER: &[Sort] = &[Sort { column: "price.catalog_item_id", descending: false }];

fn query(organization: Uuid, owner: Uuid, items: Option<&[Uuid]>) -> Query {
    let mut query = Query::new(HEAD);
    query.and("price.organization_id = ? AND price.owner_id = ?", [Value::Uuid(organization), Value::Uuid(owner)]);
    if let Some(items) = items {
        query.any_of("price.catalog_item_id", items.iter().copied().map(Value::Uuid).collect());
    }
    query
}

/// A page of the prices of an owner.
pub fn page(
    tx: &mut Tx,
    organization: Uuid,
    owner: Uuid,
    items: Option<&[Uuid]>,
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<PriceRow>, bool)> {
    query(organization, owner, items).page(tx, ORDER, "price.valid_from", after, limit)
}

/// How many prices an owner has.
pub fn count(tx: &mut Tx, organization: Uuid, owner: Uuid, items: Option<&[Uuid]>) -> Result<i64> {
    query(organization, owner, items).count(tx)
}

/// Every price of an owner, of these items or of all.
pub fn all(tx: &mut Tx, organization: Uuid, owner: Uuid, items: Option<&[Uuid]>) -> Result<Vec<PriceRow>> {
    query(organization, owner, items).all(tx)
}

const SET: &str = "INSERT INTO directory_price (organization_id, owner_id, catalog_item_id, valid_from, valid_to, price_minor) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, owner_id, catalog_item_id, valid_from) \
    DO UPDATE SET valid_to = excluded.valid_to, price_minor = excluded.price_minor";
const DROP: &str = "DELETE FROM directory_price \
    WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id = $3 AND valid_from = $4";

/// Sets a price; one of the same item that begins on the same day is replaced.
pub fn set(tx: &mut Tx, organization: Uuid, owner: Uuid, row: &PriceRow) -> Result<()> {
    tx.exec(SET, args![organization, owner, row.catalog_item_id, row.valid_from, row.valid_to, row.price_minor])?;
    Ok(())
}

/// Takes a price away.
pub fn drop(tx: &mut Tx, organization: Uuid, owner: Uuid, row: &PriceRow) -> Result<()> {
    tx.exec(DROP, args![organization, owner, row.catalog_item_id, row.valid_from])?;
    Ok(())
}
