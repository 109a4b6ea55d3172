//! What expires soon, and where it could still be used.

use crate::CustodianRef;
use domain::clock::Day;
use domain::id::{CatalogItemId, EventId, LocationId, UnitId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// Free units that expire on one day, alike in item, lot and holder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExpiringLot {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// The lot; empty for none.
    pub lot: String,
    /// Their last day.
    pub expires_on: Day,
    /// Who answers for them.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// On whose shelf they are facility stock.
    pub facility_stock_location_id: Option<LocationId>,
    /// How many.
    pub units: i64,
    /// Open cases by then that need the item, the next first; at most 3.
    pub uses: Vec<ExpiringUse>,
    /// What would save some of them: units for the first case of somebody else who needs them.
    pub swap: Option<Swap>,
}

/// A case that could use what expires.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExpiringUse {
    /// The case.
    pub event_id: EventId,
    /// Its name.
    pub name: String,
    /// When it is.
    pub event_on: Day,
    /// Who carries it out.
    pub representative_id: UserId,
    /// That name now.
    pub representative_name: String,
    /// How many of the item it needs.
    pub quantity: i64,
    /// Whoever has the units is its representative.
    pub same_holder: bool,
}

/// Sending units that expire to whoever can still use them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Swap {
    /// The case.
    pub event_id: EventId,
    /// To whom.
    pub to: CustodianRef,
    /// That name now.
    pub to_name: String,
    /// Which units: as many as the case needs, or there are.
    pub unit_ids: Vec<UnitId>,
}
