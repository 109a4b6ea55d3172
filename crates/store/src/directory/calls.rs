//! What customers ordered lately, for the call list; and to whom it was told.

use super::locations_in_reach;
use crate::page::Query;
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

/// The last countable orders of a customer at locations in reach: their events, latest first.
pub fn last_orders(tx: &mut Tx, viewer: Viewer, customer: Uuid, most: usize) -> Result<Vec<Uuid>> {
    let mut query = Query::new("SELECT ordered.event_id FROM billing_sales_order ordered");
    query.and(
        "ordered.organization_id = ? AND ordered.customer_id = ? AND ordered.counts = 1",
        [Value::Uuid(viewer.organization), Value::Uuid(customer)],
    );
    query.and_some(locations_in_reach(viewer, "ordered.location_id"));
    let latest = [crate::page::Sort { column: "ordered.submitted_on", descending: true }];
    let found = query.page::<(Uuid,)>(tx, &latest, "ordered.id", None, u32::try_from(most).unwrap_or(12))?;
    Ok(found.0.into_iter().map(|(id,)| id).collect())
}

const LINES: &str = "SELECT line.event_id, line.catalog_item_id, COUNT(*) FROM event_line line \
    WHERE line.organization_id = $1 AND line.event_id IN ({ids}) AND line.reusable = 0 \
    GROUP BY line.event_id, line.catalog_item_id";

/// How much of which item these events took: (event, item, units). What comes back is not counted.
pub fn taken(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<(Uuid, Uuid, i64)>> {
    crate::bulk::all(tx, LINES, args![organization], events)
}

const OPEN_RULE: &str = "SELECT id, customer_id FROM directory_remark WHERE organization_id = $1 AND customer_id IN ({ids}) \
    AND kind = 'task' AND state = 'open' AND source = 'rule' ORDER BY id";

/// Open tasks of these customers that came from the call list: (task, customer).
pub fn open_calls(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    crate::bulk::all(tx, OPEN_RULE, args![organization], customers)
}

const ITEMS: &str = "SELECT id, number, description FROM catalog_item WHERE organization_id = $1 AND id IN ({ids})";

/// Numbers and descriptions of items.
pub fn items(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String, String)>> {
    crate::bulk::all(tx, ITEMS, args![organization], ids)
}

const SELLERS: &str = "SELECT person.id FROM people_user person WHERE person.organization_id = $1 AND person.active = 1 \
    AND person.claimed_at IS NOT NULL AND person.custodian_only = 0 AND person.delegate_of IS NULL \
    AND person.role IN ('sales', 'distributor', 'regional_manager') \
    AND NOT EXISTS (SELECT 1 FROM engine_digest told WHERE told.organization_id = person.organization_id \
    AND told.kind = $2 AND told.user_id = person.id AND told.day >= $3) ORDER BY person.id LIMIT $4";
const TOLD: &str = "INSERT INTO engine_digest (organization_id, kind, user_id, day) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (organization_id, kind, user_id) DO UPDATE SET day = excluded.day WHERE engine_digest.day < excluded.day";

/// People who care for customers and were not told of something since a day.
pub fn not_told(tx: &mut Tx, organization: Uuid, kind: &str, since: i64, most: i64) -> Result<Vec<Uuid>> {
    let found = tx.all::<(Uuid,)>(SELLERS, args![organization, kind, since, most])?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Remembers that somebody was told on a day; gives false when they were already, by another server.
pub fn told(tx: &mut Tx, organization: Uuid, kind: &str, user: Uuid, day: i64) -> Result<bool> {
    Ok(tx.exec(TOLD, args![organization, kind, user, day])? > 0)
}
