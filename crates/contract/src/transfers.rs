//! Transfers: how units pass from one custodian to another.

use crate::CustodianRef;
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EventId, PlaceId, TransferId, UnitId, UserId};
use domain::stock::{TransferLineStatus, TransferStatus, UnitKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A transfer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// Who sends.
    pub from: CustodianRef,
    /// That name now.
    pub from_name: String,
    /// Who is to receive.
    pub to: CustodianRef,
    /// That name now.
    pub to_name: String,
    /// Where it stands.
    pub status: TransferStatus,
    /// A note to whoever receives.
    pub note: String,
    /// The units are a loan until this day.
    pub due_back_on: Option<Day>,
    /// Where the units will lie once they are accepted.
    pub place_id: Option<PlaceId>,
    /// The event it serves.
    pub event_id: Option<EventId>,
    /// How many units, contents of containers included.
    pub units_count: i64,
    /// The units.
    pub lines: Vec<TransferLine>,
    /// Who made it; null for what a linked company sent.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Instant,
    /// Who accepted, declined or cancelled it; null as well when a linked company did.
    pub decided_by: Option<UserId>,
    /// When that was.
    pub decided_at: Option<Instant>,
    /// Why it was declined.
    pub decline_reason: Option<String>,
    /// How it travels, if anything is known.
    pub shipment: Option<Shipment>,
    /// For If-Match.
    pub version: i64,
}

/// How what a transfer sends travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    /// Who carries it.
    #[serde(default)]
    pub carrier: String,
    /// The number by which the carrier knows it.
    #[serde(default)]
    pub tracking: String,
    /// When it left.
    #[serde(default)]
    pub shipped_on: Option<Day>,
    /// In how many parcels.
    #[serde(default)]
    pub parcels: Option<i64>,
}

/// One unit of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TransferLine {
    /// The unit. Of what a linked company sends: the unit that it will be here once it is accepted, or that comes back.
    pub unit_id: UnitId,
    /// What became of it.
    pub status: TransferLineStatus,
    /// Why it was missing or declined; empty otherwise.
    pub reason: String,
    /// What the label says, of what a linked company sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LineLabel>,
}

/// A unit that a linked company sends, as its label describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineLabel {
    /// What kind of thing.
    pub kind: UnitKind,
    /// The own catalog item that it is. Null when the catalog does not hold it: accepting adds it.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Who makes it.
    pub manufacturer: String,
    /// The catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// The device identifier.
    pub udi_di: Option<String>,
    /// The lot.
    pub lot: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// The last day of use.
    pub expires_on: Option<Day>,
    /// The container of this transfer in which it comes.
    pub container_id: Option<UnitId>,
    /// It is a unit of this organisation that comes back.
    pub comes_back: bool,
}

/// A row of the list of transfers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TransferRow {
    /// Its id.
    pub id: TransferId,
    /// Who sends.
    pub from: CustodianRef,
    /// That name now.
    pub from_name: String,
    /// Who is to receive.
    pub to: CustodianRef,
    /// That name now.
    pub to_name: String,
    /// Where it stands.
    pub status: TransferStatus,
    /// A note to whoever receives.
    pub note: String,
    /// The units are a loan until this day.
    pub due_back_on: Option<Day>,
    /// Where the units will lie once they are accepted.
    pub place_id: Option<PlaceId>,
    /// The event it serves.
    pub event_id: Option<EventId>,
    /// How many units.
    pub units_count: i64,
    /// Who made it; null for what a linked company sent.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Instant,
    /// Who accepted, declined or cancelled it; null as well when a linked company did.
    pub decided_by: Option<UserId>,
    /// When that was.
    pub decided_at: Option<Instant>,
    /// Why it was declined.
    pub decline_reason: Option<String>,
    /// For If-Match.
    pub version: i64,
}

/// A new transfer, with a word about whom it could go to instead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreatedTransfer {
    /// The transfer.
    #[serde(flatten)]
    pub transfer: Transfer,
    /// The recipient's distributor shares its stock with the group: sent there, everybody could use it. Only a
    /// suggestion, nothing follows from it; null when there is nothing to suggest.
    pub suggestion: Option<Suggestion>,
}

/// Another recipient who would serve better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// Who.
    pub to: CustodianRef,
    /// Why, in a sentence.
    pub sentence: String,
}

/// Sends units to another custodian, who accepts or declines.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTransfer {
    /// Who sends; by default whoever answers for the first unit.
    #[serde(default)]
    pub from: Option<CustodianRef>,
    /// Who is to receive.
    pub to: CustodianRef,
    /// The units; a container brings what lies in it.
    pub unit_ids: Vec<UnitId>,
    /// A note to whoever receives.
    #[serde(default)]
    pub note: String,
    /// Makes it a loan until this day.
    #[serde(default)]
    pub due_back_on: Option<Day>,
    /// Where the units will lie once they are accepted.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
    /// The event it serves, for reference.
    #[serde(default)]
    pub event_id: Option<EventId>,
    /// The units are meant for this rep alone: no distributor is suggested.
    #[serde(default)]
    pub only_for_this_person: bool,
}

/// Accepts a transfer: the whole one when nothing is said, else these units.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptTransfer {
    /// The units that arrived; by default all that are not missing. The rest stays pending.
    #[serde(default)]
    pub unit_ids: Option<Vec<UnitId>>,
    /// Units that were sent and did not arrive.
    #[serde(default)]
    pub missing: Vec<MissingUnit>,
    /// Units that arrived and are damaged: they are accepted, and wait on hold.
    #[serde(default)]
    pub damaged: Vec<MissingUnit>,
}

/// A unit that did not arrive, or arrived damaged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingUnit {
    /// The unit.
    pub unit_id: UnitId,
    /// What is known about it.
    pub reason: String,
}

/// Units of a transfer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferUnits {
    /// The units.
    pub unit_ids: Vec<UnitId>,
}

/// Pulls units from a source that was set up for the own account; they are accepted at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickTransfer {
    /// The source.
    pub from: CustodianRef,
    /// The units; a container brings what lies in it.
    pub unit_ids: Vec<UnitId>,
}

/// Somebody who may receive units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recipient {
    /// `usr_…` or `org_…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// user, organization or, for the office, linked_organization.
    pub r#type: domain::stock::CustodianType,
}
