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

db::record! {
    /// A price by quantity as stored.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TierRow { pub catalog_item_id: Uuid, pub valid_from: i64, pub from_quantity: i64, pub price_minor: i64 }
}

const TIERS: &str = "SELECT catalog_item_id, valid_from, from_quantity, price_minor FROM directory_price_tier \
    WHERE organization_id = $1 AND owner_id = $2 ORDER BY catalog_item_id, valid_from, from_quantity";
const TIERS_OF: &str = "SELECT catalog_item_id, valid_from, from_quantity, price_minor FROM directory_price_tier \
    WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id IN ({ids})";
const INSERT_TIERS: &str = "INSERT INTO directory_price_tier (organization_id, owner_id, catalog_item_id, valid_from, \
    from_quantity, price_minor) VALUES";
const DROP_TIERS: &str = "DELETE FROM directory_price_tier WHERE organization_id = $1 AND owner_id = $2";

/// Every price by quantity of an owner.
pub fn tiers(tx: &mut Tx, organization: Uuid, owner: Uuid) -> Result<Vec<TierRow>> {
    tx.all(TIERS, args![organization, owner])
}

/// Prices by quantity of these items.
pub fn tiers_of(tx: &mut Tx, organization: Uuid, owner: Uuid, items: &[Uuid]) -> Result<Vec<TierRow>> {
    crate::bulk::all(tx, TIERS_OF, args![organization, owner], items)
}

/// Replaces every price by quantity of an owner.
pub fn replace_tiers(tx: &mut Tx, organization: Uuid, owner: Uuid, rows: &[TierRow]) -> Result<()> {
    tx.exec(DROP_TIERS, args![organization, owner])?;
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 6);
    for row in rows {
        values.extend_from_slice(args![
            organization,
            owner,
            row.catalog_item_id,
            row.valid_from,
            row.from_quantity,
            row.price_minor
        ]);
    }
    crate::bulk::insert(tx, INSERT_TIERS, "", 6, &values)?;
    Ok(())
}

db::record! {
    /// What a set of items costs together at most.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ConstructRow {
        pub id: Uuid, pub owner_id: Uuid, pub name: String, pub cap_minor: i64, pub valid_from: i64, pub valid_to: i64,
    }
}

const CONSTRUCTS: &str = "SELECT id, owner_id, name, cap_minor, valid_from, valid_to FROM directory_construct \
    WHERE organization_id = $1 AND owner_id IN ({ids})";
const CONSTRUCT_ITEMS: &str = "SELECT construct_id, catalog_item_id FROM directory_construct_item \
    WHERE organization_id = $1 AND construct_id IN ({ids})";
const INSERT_CONSTRUCT: &str = "INSERT INTO directory_construct (organization_id, id, owner_id, name, cap_minor, valid_from, \
    valid_to) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_CONSTRUCT_ITEMS: &str =
    "INSERT INTO directory_construct_item (organization_id, construct_id, catalog_item_id) VALUES";
const DROP_CONSTRUCT_ITEMS: &str =
    "DELETE FROM directory_construct_item WHERE organization_id = $1 AND construct_id = $2";
const DROP_CONSTRUCT: &str = "DELETE FROM directory_construct WHERE organization_id = $1 AND id = $2";

/// The constructs of these owners.
pub fn constructs(tx: &mut Tx, organization: Uuid, owners: &[Uuid]) -> Result<Vec<ConstructRow>> {
    let mut rows: Vec<ConstructRow> = crate::bulk::all(tx, CONSTRUCTS, args![organization], owners)?;
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// (construct, item) of these constructs.
pub fn construct_items(tx: &mut Tx, organization: Uuid, constructs: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    let mut rows: Vec<(Uuid, Uuid)> = crate::bulk::all(tx, CONSTRUCT_ITEMS, args![organization], constructs)?;
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// Keeps a construct with its items.
pub fn insert_construct(tx: &mut Tx, organization: Uuid, row: &ConstructRow, items: &[Uuid]) -> Result<()> {
    let kept = args![organization, row.id, row.owner_id, row.name, row.cap_minor, row.valid_from, row.valid_to];
    tx.exec(INSERT_CONSTRUCT, kept)?;
    let mut values: Vec<Value> = Vec::with_capacity(items.len() * 3);
    for item in items {
        values.extend_from_slice(args![organization, row.id, item]);
    }
    crate::bulk::insert(tx, INSERT_CONSTRUCT_ITEMS, "", 3, &values)?;
    Ok(())
}

/// Takes a construct away.
pub fn drop_construct(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DROP_CONSTRUCT_ITEMS, args![organization, id])?;
    tx.exec(DROP_CONSTRUCT, args![organization, id])?;
    Ok(())
}

db::record! {
    /// An item that open events of a location use without an agreed price.
    #[derive(Clone, Debug)]
    pub struct GapRow {
        pub catalog_item_id: Uuid, pub location_id: Uuid, pub number: String, pub description: String,
        pub location_name: String, pub customer_id: Uuid, pub customer_name: String, pub lines_count: i64,
        pub events_count: i64, pub amount_minor: i64, pub first_day: i64,
    }
}

const GAPS: &str = "SELECT line.catalog_item_id, event.location_id, item.number, item.description, location.name, customer.id, \
    customer.name, COUNT(*), COUNT(DISTINCT event.id), CAST(SUM(line.amount_minor) AS BIGINT), MIN(event.day) \
    FROM event_line line \
    JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
    JOIN catalog_item item ON item.organization_id = line.organization_id AND item.id = line.catalog_item_id \
    JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id \
    JOIN directory_customer customer ON customer.organization_id = location.organization_id AND customer.id = location.customer_id \
    WHERE line.organization_id = $1 AND line.open = 1 AND line.price_source IN ('list', 'none') \
    AND line.usage IN ('used', 'implanted') AND line.facility_stock = 0 AND line.no_charge = 0 \
    AND event.type IN ('case', 'stocking_order', 'other') AND (line.catalog_item_id, event.location_id) > ($2, $3) \
    GROUP BY line.catalog_item_id, event.location_id, item.number, item.description, location.name, customer.id, customer.name \
    ORDER BY line.catalog_item_id, event.location_id LIMIT $4";

/// What open events of locations use without an agreed price, by item and location, after one of these.
pub fn gaps(tx: &mut Tx, organization: Uuid, after: (Uuid, Uuid), most: i64) -> Result<Vec<GapRow>> {
    tx.all(GAPS, args![organization, after.0, after.1, most])
}
