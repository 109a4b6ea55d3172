//! Requests for stock: asked for, answered by transfers, in whole or in part.

use crate::CustodianRef;
use crate::links::LinkedOrganization;
use domain::clock::{Day, Instant};
use domain::id::{BomId, CatalogItemId, EventId, ManufacturerId, RequestId, TransferId, UnitId, UserId};
use domain::request::{RequestKind, RequestStatus};
use domain::stock::TransferStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A row of the list of requests.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StockRequestRow {
    /// Its id.
    pub id: RequestId,
    /// Its running number as it is shown.
    pub number: String,
    /// What kind of request.
    pub kind: RequestKind,
    /// Where it stands.
    pub status: RequestStatus,
    /// Who is to receive.
    pub to: CustodianRef,
    /// That name now.
    pub to_name: String,
    /// The event for which it is wanted, or which used it up.
    pub event_id: Option<EventId>,
    /// The manufacturer who is asked, of a supplier request.
    pub manufacturer_id: Option<ManufacturerId>,
    /// By when.
    pub needed_on: Option<Day>,
    /// A note to whoever answers.
    pub note: String,
    /// How many lines it has.
    pub lines_count: i64,
    /// Units that were asked for, over all lines.
    pub asked: i64,
    /// Units on their way or arrived.
    pub sent: i64,
    /// Units that arrived.
    pub received: i64,
    /// Units that are still owed after the office has answered.
    pub back_ordered: i64,
    /// When the rest is expected.
    pub expected_on: Option<Day>,
    /// Who made it; null when a linked company asks.
    pub created_by: Option<UserId>,
    /// That name now.
    pub created_by_name: String,
    /// When it was made.
    pub created_at: Instant,
    /// Who answered last.
    pub decided_by: Option<UserId>,
    /// When that was.
    pub decided_at: Option<Instant>,
    /// Why it, or the rest of it, was declined; empty otherwise.
    pub reason: String,
    /// For If-Match.
    pub version: i64,
}

/// A request with its lines and the transfers that answer it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StockRequest {
    /// The request.
    #[serde(flatten)]
    pub head: StockRequestRow,
    /// What is asked for, item by item.
    pub lines: Vec<StockRequestLine>,
    /// What was sent for it.
    pub transfers: Vec<StockRequestTransfer>,
    /// The linked company at which a supplier request stands too, and which answers it.
    pub asked_of: Option<LinkedOrganization>,
}

/// An item of a request and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockRequestLine {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// Its description.
    pub description: String,
    /// How many were asked for.
    pub quantity: i64,
    /// How many are on their way or arrived.
    pub sent: i64,
    /// How many arrived.
    pub received: i64,
    /// How many will not be sent any more.
    pub closed: i64,
    /// How many are still owed.
    pub open: i64,
    /// How many of those are owed after the office has answered.
    pub back_ordered: i64,
    /// The bill of materials from which the line came.
    pub bom_id: Option<BomId>,
}

/// A transfer that was sent for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockRequestTransfer {
    /// The transfer.
    pub id: TransferId,
    /// Who sends.
    pub from: CustodianRef,
    /// That name now.
    pub from_name: String,
    /// Where it stands.
    pub status: TransferStatus,
    /// How many units of it are for this request.
    pub units_count: i64,
    /// When it was sent.
    pub created_at: Instant,
}

/// One thing that is asked for: an item of the catalog, a bill of materials or a container by its name; exactly one of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskLine {
    /// An item of the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_item_id: Option<CatalogItemId>,
    /// A bill of materials: what it requires, so many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bom_id: Option<BomId>,
    /// A container, by its description or number in the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_name: Option<String>,
    /// How many, 1 to 10,000.
    pub quantity: i64,
}

/// Asks for stock.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// inventory by default. A replenishment names the event that used the stock; a supplier request goes to a manufacturer.
    #[serde(default)]
    pub kind: Option<RequestKind>,
    /// Who is to receive: by default oneself, of a replenishment the event's representative, of a supplier request the
    /// organisation.
    #[serde(default)]
    pub to: Option<CustodianRef>,
    /// For which event.
    #[serde(default)]
    pub event_id: Option<EventId>,
    /// Which manufacturer is asked, of a supplier request.
    #[serde(default)]
    pub manufacturer_id: Option<ManufacturerId>,
    /// By when.
    #[serde(default)]
    pub needed_on: Option<Day>,
    /// A note to whoever answers.
    #[serde(default)]
    pub note: String,
    /// What is asked for. A replenishment without lines asks for what the event used.
    #[serde(default)]
    pub lines: Vec<AskLine>,
}

/// So many of an item.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendLine {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many.
    pub quantity: i64,
}

/// Answers a request by transfers, one from each source. Without `unit_ids` the server takes what expires first.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FulfillRequest {
    /// The units to send, from one or several custodians; each belongs to a line of its item. An empty list sends nothing and
    /// leaves the rest on back order.
    #[serde(default)]
    pub unit_ids: Option<Vec<UnitId>>,
    /// From whom the server takes units; by default from the organisation.
    #[serde(default)]
    pub from: Option<CustodianRef>,
    /// How many of which items the server takes; by default all that is owed, as far as it is there.
    #[serde(default)]
    pub lines: Vec<SendLine>,
    /// A note to whoever receives.
    #[serde(default)]
    pub note: String,
    /// Makes it a loan until this day.
    #[serde(default)]
    pub due_back_on: Option<Day>,
    /// When the rest is expected, for whoever waits for it.
    #[serde(default)]
    pub expected_on: Option<Day>,
}

/// What a supplier delivered of one item.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many alike.
    pub quantity: i64,
    /// Their lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// The serial number of a single one.
    #[serde(default)]
    pub serial: Option<String>,
    /// When they expire.
    #[serde(default)]
    pub expires_on: Option<Day>,
}

/// Makes what a supplier delivered, in the custody of whoever it is for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveDelivery {
    /// What arrived.
    pub arrived: Vec<Delivered>,
    /// When the rest is expected.
    #[serde(default)]
    pub expected_on: Option<Day>,
}

/// Somebody from whom an item of a request could come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequestSource {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many are still owed.
    pub open: i64,
    /// Who has some.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// How many free ones they have, those that lie in containers included.
    pub free: i64,
    /// Those that could be sent at once, the first to expire first; no more than are owed.
    pub units: Vec<SourceUnit>,
}

/// A unit that could be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceUnit {
    /// The unit.
    pub unit_id: UnitId,
    /// Its lot; empty without one.
    pub lot: String,
    /// Its serial number; empty without one.
    pub serial: String,
    /// When it expires.
    pub expires_on: Option<Day>,
}

/// An item that could be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RequestProposal {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// Its description.
    pub description: String,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// How many to ask for.
    pub quantity: i64,
    /// Its par level, where that is why it is proposed.
    pub par_level: Option<i64>,
    /// How many are there, where that is why it is proposed.
    pub on_hand: Option<i64>,
    /// How many were ordered and have not arrived.
    pub on_order: Option<i64>,
    /// Why, in a sentence.
    pub why: String,
}
