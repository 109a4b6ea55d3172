//! Units: one row, one physical thing; scans, containers, facility stock, bills of materials, traces.

use crate::{CustodianRef, Patch};
use domain::clock::{Day, Instant};
use domain::hold::HoldStatus;
use domain::id::{
    BomId, CatalogItemId, EntryId, EventId, LocationId, ManufacturerId, PlaceId, RecallId, TransferId, UnitId, UserId,
};
use domain::stock::{UnitKind, UnitState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What kind of thing.
    pub kind: UnitKind,
    /// What it is.
    pub catalog_item_id: CatalogItemId,
    /// Who made it.
    pub manufacturer_id: ManufacturerId,
    /// Lot as printed; null when it has none.
    pub lot: Option<String>,
    /// Serial number as printed; null when it has none.
    pub serial: Option<String>,
    /// The whole UDI as scanned; null when it was not scanned.
    pub udi: Option<String>,
    /// Last day of use; null when it does not expire.
    pub expires_on: Option<Day>,
    /// Derived: the first that holds of inactive, in_transfer, on_hold, in_event, available.
    pub state: UnitState,
    /// Why it waits for the office.
    pub hold_reason: Option<String>,
    /// The same in a word; null when it is not on hold in the books.
    pub hold_status: Option<HoldStatus>,
    /// Since when.
    pub hold_since: Option<Instant>,
    /// The recall that it falls under: it is on hold by that, whatever else holds.
    pub recall_id: Option<RecallId>,
    /// The open event it is marked on.
    pub event_id: Option<EventId>,
    /// The pending transfer it is in.
    pub transfer_id: Option<TransferId>,
    /// Who answers for it.
    pub custodian: CustodianRef,
    /// The location that bought it, while it is still on that shelf.
    pub facility_stock_location_id: Option<LocationId>,
    /// Where it lies.
    pub place_id: Option<PlaceId>,
    /// The container it lies in.
    pub container_id: Option<UnitId>,
    /// Comes back after use.
    pub reusable: bool,
    /// Loaned until.
    pub due_back_on: Option<Day>,
    /// Tags.
    pub tags: Vec<String>,
    /// A note.
    pub note: String,
    /// When it became inactive.
    pub deactivated_at: Option<Instant>,
    /// Why it became inactive.
    pub deactivated_reason: Option<String>,
    /// When it was made here.
    pub created_at: Instant,
    /// For If-Match.
    pub version: i64,
}

/// Makes units that are alike.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUnits {
    /// What they are; may be left out when the UDI names an item of the catalog.
    #[serde(default)]
    pub catalog_item_id: Option<CatalogItemId>,
    /// Follows from the item; must agree with it when given.
    #[serde(default)]
    pub kind: Option<UnitKind>,
    /// How many; by default one, or what a package with this device identifier holds.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Lot; must agree with the UDI when both are given.
    #[serde(default)]
    pub lot: Option<String>,
    /// Serial number of one unit; `SN-001..SN-050` makes one unit for each of them, at most 1,000.
    #[serde(default)]
    pub serial: Option<String>,
    /// The UDI as scanned or printed: lot, serial number and expiry are read from it.
    #[serde(default)]
    pub udi: Option<String>,
    /// Last day of use.
    #[serde(default)]
    pub expires_on: Option<Day>,
    /// Day of manufacture.
    #[serde(default)]
    pub manufactured_on: Option<Day>,
    /// Who answers for them; by default the organisation for the office, oneself in the field.
    #[serde(default)]
    pub custodian: Option<CustodianRef>,
    /// Where they lie.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
    /// A container of the same custodian.
    #[serde(default)]
    pub container_id: Option<UnitId>,
    /// Comes back after use; by default as the item says.
    #[serde(default)]
    pub reusable: Option<bool>,
    /// Loaned until.
    #[serde(default)]
    pub due_back_on: Option<Day>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// A note.
    #[serde(default)]
    pub note: String,
}

/// Changes a unit. Item, custodian and state are not changed here: they have actions of their own.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchUnit {
    /// Lot.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lot: Patch<String>,
    /// Serial number.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub serial: Patch<String>,
    /// The UDI: fills lot, serial number and expiry unless they are given too, and must agree with them.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub udi: Patch<String>,
    /// Last day of use; null takes it away, which needs a right of its own.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub expires_on: Patch<Day>,
    /// Where it lies.
    #[serde(default)]
    #[schema(value_type = Option<PlaceId>)]
    pub place_id: Patch<PlaceId>,
    /// Loaned until.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub due_back_on: Patch<Day>,
    /// Comes back after use.
    #[serde(default)]
    pub reusable: Option<bool>,
    /// All tags.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// The note.
    #[serde(default)]
    pub note: Option<String>,
}

/// A unit as it was at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitAsOf {
    /// The unit.
    pub id: UnitId,
    /// The moment that was asked for.
    pub at: Instant,
    /// Who answered for it.
    pub custodian: CustodianRef,
    /// Where it stood.
    pub state: UnitState,
    /// On which shelf it was facility stock.
    pub facility_stock_location_id: Option<LocationId>,
    /// Lot.
    pub lot: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// UDI.
    pub udi: Option<String>,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Where it lay.
    pub place_id: Option<PlaceId>,
    /// In which container.
    pub container_id: Option<UnitId>,
    /// Came back after use.
    pub reusable: bool,
    /// Loaned until.
    pub due_back_on: Option<Day>,
    /// Tags.
    pub tags: Vec<String>,
    /// The note.
    pub note: String,
    /// The step of custody or state that was the last one by then, from 1.
    pub seq: i64,
    /// When that step happened.
    pub since: Instant,
    /// The entry that tells of it.
    pub entry_id: EntryId,
}

/// One label: one symbol, or several.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// What the reader sent.
    #[serde(default)]
    pub barcode: Option<String>,
    /// What the reader sent, for a label with several symbols.
    #[serde(default)]
    pub barcodes: Option<Vec<String>>,
}

/// What a label says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParsedLabel {
    /// gs1, hibcc, iccbba, ifa or none.
    pub agency: String,
    /// The device identifier in the form in which identifiers are compared.
    pub di: Option<String>,
    /// Lot, as printed.
    pub lot: Option<String>,
    /// Serial number, as printed.
    pub serial: Option<String>,
    /// Last day of use: the last of the month where the label names only a month.
    pub expires_on: Option<Day>,
    /// day, month or hour: how exactly the label says it.
    pub expires_precision: Option<String>,
    /// Day of manufacture.
    pub manufactured_on: Option<Day>,
    /// Pieces, as the label says.
    pub quantity: Option<u32>,
    /// The manufacturer's reference.
    pub reference: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<LabelWarning>,
}

/// Something on a label that a person should look at; the data is usable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LabelWarning {
    /// Stable, snake_case.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// What a scan found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scanned {
    /// What the label says.
    pub parsed: ParsedLabel,
    /// Units in reach that this label may belong to, first to expire first; at most 50.
    pub matches: Vec<Unit>,
    /// The item with this device identifier.
    pub catalog_item: Option<ScannedItem>,
    /// Base units in a package with this device identifier.
    pub package_quantity: Option<i64>,
}

/// What was read from a photo of labels.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScannedPhoto {
    /// Labels, in the order in which they were found: each once, however often it is in the photo.
    pub labels: Vec<PhotoLabel>,
    /// Why other codes in the photo are not among them. Nothing of what they hold is repeated.
    pub refused: Vec<LabelWarning>,
}

/// A label in a photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhotoLabel {
    /// Its symbols, as a reader would send them to `POST /units/scan`.
    pub barcodes: Vec<String>,
    /// What `POST /units/scan` answers for them.
    pub scanned: Scanned,
}

/// An item of the catalog, as a scan names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScannedItem {
    /// The item.
    pub id: CatalogItemId,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// Its catalog number.
    pub number: String,
    /// What it is.
    pub description: String,
    /// Which kind of thing.
    pub kind: UnitKind,
    /// Comes back after use.
    pub reusable: bool,
    /// The device identifier of one base unit.
    pub udi_di: Option<String>,
}

/// Why a unit is held or released.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldReason {
    /// In a word: review by default. Damaged and lost may be said by whoever answers for the unit, the others by the office. Of a
    /// unit that is released it says nothing.
    #[serde(default)]
    pub status: Option<HoldStatus>,
    /// Why; required for everything but review.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Holds or releases many units: all of them, or none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldUnits {
    /// Which, at most 5,000.
    pub unit_ids: Vec<UnitId>,
    /// In a word: review by default.
    #[serde(default)]
    pub status: Option<HoldStatus>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes many units off the books: all of them, or none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeactivateUnits {
    /// Which, at most 5,000.
    pub unit_ids: Vec<UnitId>,
    /// Why.
    pub reason: String,
}

/// Says where many units are: all of them, or none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceUnits {
    /// Which, at most 5,000.
    pub unit_ids: Vec<UnitId>,
    /// Where; null for nowhere in particular.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
}

/// A unit that waits on hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeldUnit {
    /// The unit.
    #[serde(flatten)]
    pub unit: Unit,
    /// Who answers for it.
    pub custodian_name: String,
    /// For how many whole days it has waited.
    pub days: i64,
    /// The viewer may release it.
    pub may_release: bool,
}

/// Puts units into a container and takes others out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeContents {
    /// Units of the same custodian that lie in no container.
    #[serde(default)]
    pub add: Vec<UnitId>,
    /// Units that lie in this one.
    #[serde(default)]
    pub remove: Vec<UnitId>,
}

/// Gives facility stock another custodian. It stays on its shelf, and nothing is sold.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignFacilityStock {
    /// The units.
    pub unit_ids: Vec<UnitId>,
    /// Who answers for them from now on.
    pub to_user_id: UserId,
    /// Why.
    pub reason: String,
}

/// A bill of materials: what a set or a pack should hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bom {
    /// Its id.
    pub id: BomId,
    /// Its name.
    pub name: String,
    /// container or pack.
    pub kind: UnitKind,
    /// What belongs in it.
    pub lines: Vec<BomLine>,
    /// Of a bill for packs: the item of the catalog that its packs are sold as.
    pub sold_as_item_id: Option<CatalogItemId>,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Instant,
    /// When it was put away.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// One line of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BomLine {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Fewer than this is short.
    pub min: u32,
    /// How many there should be.
    pub required: u32,
    /// More than this is too many.
    pub max: u32,
}

/// Makes a bill of materials.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBom {
    /// Its name, which no other one has.
    pub name: String,
    /// container (the default) or pack.
    #[serde(default)]
    pub kind: Option<UnitKind>,
    /// What belongs in it.
    #[serde(default)]
    pub lines: Vec<BomLine>,
    /// Without lines: those of this bill.
    #[serde(default)]
    pub copy_of: Option<BomId>,
    /// Without lines: what lies in this container now, exactly so many of each.
    #[serde(default)]
    pub from_container_id: Option<UnitId>,
    /// Of a bill for packs: the item, of kind pack, that its packs are sold as.
    #[serde(default)]
    pub sold_as_item_id: Option<CatalogItemId>,
}

/// Changes a bill of materials.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchBom {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// All its lines.
    #[serde(default)]
    pub lines: Option<Vec<BomLine>>,
    /// Puts it away, or brings it back.
    #[serde(default)]
    pub archived: Option<bool>,
    /// Of a bill for packs: the item that its packs are sold as from now on. Packs that there are stay what they are.
    #[serde(default)]
    #[schema(value_type = Option<CatalogItemId>)]
    pub sold_as_item_id: Patch<CatalogItemId>,
}

/// Where a lot is and where it went, as far as the viewer reaches.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Trace {
    /// The item that was asked for.
    pub catalog_item_id: Option<CatalogItemId>,
    /// The lot that was asked for.
    pub lot: String,
    /// How many units of it there are, used ones included.
    pub units_total: i64,
    /// The units, at most 500.
    pub units: Vec<Unit>,
    /// Who answers for how many.
    pub holders: Vec<TraceHolder>,
    /// Hand-overs from one custodian to another, first to last.
    pub movements: Vec<TraceMovement>,
    /// The events that took them.
    pub events: Vec<TraceEvent>,
}

/// Units of a lot with one custodian.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceHolder {
    /// Who answers for them.
    pub custodian: CustodianRef,
    /// The name now.
    pub name: String,
    /// Where they stand.
    pub state: UnitState,
    /// On which shelf they are facility stock.
    pub facility_stock_location_id: Option<LocationId>,
    /// How many.
    pub units: i64,
}

/// A hand-over of units of a lot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceMovement {
    /// When.
    pub at: Instant,
    /// What it was, snake_case.
    pub kind: String,
    /// The entry that tells of it.
    pub entry_id: EntryId,
    /// From whom; null when they were made.
    pub from: Option<CustodianRef>,
    /// That name now.
    pub from_name: Option<String>,
    /// To whom.
    pub to: CustodianRef,
    /// That name now.
    pub to_name: String,
    /// How many.
    pub units: i64,
}

/// An event that has units of a lot on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceEvent {
    /// The event.
    pub event_id: EventId,
    /// Its running number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: String,
    /// Its status.
    pub status: String,
    /// Where.
    pub location_id: Option<LocationId>,
    /// When it began.
    pub starts_at: Instant,
    /// How many units.
    pub units: i64,
}
