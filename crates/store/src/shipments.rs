//! How what a transfer sends travels.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A shipment.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ShipmentRow {
        pub carrier: String, pub tracking: String, pub shipped_on: Option<i64>, pub parcels: Option<i64>,
    }
}

const OF: &str =
    "SELECT carrier, tracking, shipped_on, parcels FROM stock_shipment WHERE organization_id = $1 AND transfer_id = $2";
const PUT: &str = "INSERT INTO stock_shipment (organization_id, transfer_id, carrier, tracking, shipped_on, parcels) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, transfer_id) DO UPDATE SET carrier = excluded.carrier, \
    tracking = excluded.tracking, shipped_on = excluded.shipped_on, parcels = excluded.parcels";

/// The shipment of a transfer, if anything is known of it.
pub fn of(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Option<ShipmentRow>> {
    tx.one(OF, args![organization, transfer])
}

/// Says how a transfer travels.
pub fn put(tx: &mut Tx, organization: Uuid, transfer: Uuid, it: &ShipmentRow) -> Result<()> {
    tx.exec(PUT, args![organization, transfer, it.carrier, it.tracking, it.shipped_on, it.parcels])?;
    Ok(())
}
