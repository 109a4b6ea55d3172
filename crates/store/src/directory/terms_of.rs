//! Orders and invoices of customers as far as their terms matter: what keeps the old ones, what would fall due when under others.

use crate::bulk;
use db::{Result, Tx, args};
use uuid::Uuid;

const OPEN_ORDERS: &str = "SELECT sales_order.id FROM billing_sales_order sales_order \
    WHERE sales_order.organization_id = $1 AND sales_order.customer_id IN ({ids}) AND sales_order.status = 'open' \
    AND sales_order.uninvoiced_minor > 0 UNION SELECT invoice.sales_order_id FROM billing_invoice invoice \
    WHERE invoice.organization_id = $1 AND invoice.customer_id IN ({ids}) AND invoice.status = 'open'";
const STOCKING: &str = "SELECT event.id, 1 FROM event WHERE event.organization_id = $1 AND event.customer_id IN ({ids}) \
    AND event.type = 'stocking_order' AND event.status = 'open'";

db::record! {
    /// An invoice with the days that terms may count from.
    pub struct IssuedRow {
        pub customer_id: Uuid, pub issued_on: i64, pub due_on: Option<i64>, pub amount_minor: i64, pub submitted_on: i64,
        pub shipped_on: Option<i64>, pub delivered_on: Option<i64>, pub event_type: String, pub event_day: i64,
        pub received_on: Option<i64>, pub specified_on: Option<i64>,
    }
}

const ISSUED: &str = "SELECT invoice.customer_id, invoice.issued_on, invoice.due_on, invoice.total_minor - invoice.credited_minor, \
    sold.submitted_on, sold.shipped_on, sold.delivered_on, sold.event_type, event.day, invoice.received_on, invoice.specified_on \
    FROM billing_invoice invoice \
    JOIN billing_sales_order sold ON sold.organization_id = invoice.organization_id AND sold.id = invoice.sales_order_id \
    JOIN event ON event.organization_id = invoice.organization_id AND event.id = invoice.event_id \
    WHERE invoice.organization_id = $1 AND invoice.issued_on >= $2 AND invoice.status IN ('open', 'paid') \
    AND invoice.customer_id IN ({ids})";

/// Invoices of customers since a day that stand: open or paid.
pub fn issued(tx: &mut Tx, organization: Uuid, customers: &[Uuid], since: i64) -> Result<Vec<IssuedRow>> {
    bulk::all(tx, ISSUED, args![organization, since], customers)
}

/// How many submitted orders of these customers are not paid yet.
pub fn open_orders(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<i64> {
    let mut found: Vec<Uuid> =
        bulk::all::<(Uuid,)>(tx, OPEN_ORDERS, args![organization], customers)?.into_iter().map(|(id,)| id).collect();
    found.sort_unstable();
    found.dedup();
    Ok(found.len() as i64)
}

/// How many stocking orders of these customers are still open.
pub fn open_stocking_orders(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<i64> {
    Ok(bulk::all::<(Uuid, i64)>(tx, STOCKING, args![organization], customers)?.len() as i64)
}
