//! Events: cases, stocking orders and everything else through which units leave stock; their lines, charges, purchase orders.

use crate::{CustodianRef, Patch};
use domain::clock::{Day, Instant};
use domain::event::marks::EventMark;
use domain::event::{ChargeKind, EventStatus, EventType, Usage};
use domain::id::{
    CatalogItemId, ChargeId, CustomerId, EventCommentId, EventId, FileId, LineId, LocationId, ManufacturerId,
    PhysicianId, ProcedureId, ProductLineId, PurchaseOrderId, SalesOrderId, UnitId, UserId,
};
use domain::pricing::PriceSource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A second representative and their share of the commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubRepresentative {
    /// Whom.
    pub user_id: UserId,
    /// Their share of the commission in basis points, of what amounts leave; the rest is the representative's.
    #[serde(default)]
    pub split_bp: Option<i32>,
    /// Their share as an amount, in the place of a percentage: it is taken off first.
    #[serde(default)]
    pub split_minor: Option<i64>,
}

/// A second representative, by id alone or with a share.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SubRepresentativeRef {
    /// Without a share.
    Id(UserId),
    /// With a share.
    Share(SubRepresentative),
}

impl From<SubRepresentativeRef> for SubRepresentative {
    fn from(given: SubRepresentativeRef) -> Self {
        match given {
            SubRepresentativeRef::Id(user_id) => Self { user_id, split_bp: None, split_minor: None },
            SubRepresentativeRef::Share(share) => share,
        }
    }
}

/// An event as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventSummary {
    /// Its id.
    pub id: EventId,
    /// Its running number.
    pub number: String,
    /// Why units leave stock.
    pub r#type: EventType,
    /// How far it is.
    pub status: EventStatus,
    /// Given, or made from day, physician and location.
    pub name: String,
    /// Whose custody it draws on and who earns.
    pub representative_id: UserId,
    /// Their name now.
    pub representative_name: String,
    /// Where.
    pub location_id: Option<LocationId>,
    /// Its name now.
    pub location_name: Option<String>,
    /// The location's customer.
    pub customer_id: Option<CustomerId>,
    /// Its name now.
    pub customer_name: Option<String>,
    /// With whom.
    pub physician_id: Option<PhysicianId>,
    /// Their name now.
    pub physician_name: Option<String>,
    /// Which procedure.
    pub procedure_id: Option<ProcedureId>,
    /// Its name now.
    pub procedure_name: Option<String>,
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// IANA name: where the facility is.
    pub time_zone: String,
    /// The calendar day on which it begins, where the facility is: expiry and prices are judged by it.
    pub event_on: Day,
    /// How many lines it has.
    pub lines_count: i64,
    /// What it adds up to; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Somebody typed a price.
    pub prices_edited: bool,
    /// Edition of its documents: 0 until it is submitted.
    pub revision: i64,
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// When the back office was done with it.
    pub processed_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// For If-Match, of the event and its lines.
    pub version: i64,
}

/// An event as the list shows it, with what stands beside it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListedEvent {
    /// The event.
    #[serde(flatten)]
    pub head: EventSummary,
    /// Numbers of its purchase orders, the first first.
    pub purchase_orders: Vec<String>,
    /// Who shares the commission.
    pub sub_representative_names: Vec<String>,
    /// Whose products it is about.
    pub manufacturer_names: Vec<String>,
    /// What to look at, and which papers are where they belong; what warns comes first.
    pub marks: Vec<EventMark>,
}

/// An event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Event {
    /// What lists show.
    #[serde(flatten)]
    pub head: EventSummary,
    /// Whether the name follows day, physician and location.
    pub name_auto: bool,
    /// Who shares the commission.
    pub sub_representatives: Vec<SubRepresentative>,
    /// Whose products are expected.
    pub manufacturer_ids: Vec<ManufacturerId>,
    /// Which product lines it is about.
    pub product_line_ids: Vec<ProductLineId>,
    /// Containers booked for it.
    pub container_ids: Vec<UnitId>,
    /// Anonymous by policy.
    pub patient_reference: String,
    /// A note for the team: it stands on no paper.
    pub note: String,
    /// What is printed on the sales order, and may go to accounting.
    pub print_note: String,
    /// What was used.
    pub lines: Vec<Line>,
    /// Amounts besides the units.
    pub charges: Vec<Charge>,
    /// The hospital's orders.
    pub purchase_orders: Vec<PurchaseOrder>,
    /// Stocking order: its units stayed on the facility's shelf.
    pub keep_as_facility_stock: bool,
    /// The office let it pass in spite of a billing hold.
    pub hold_released: bool,
    /// The standing sales order.
    pub sales_order_id: Option<SalesOrderId>,
    /// Why it was cancelled, reopened or reversed.
    pub closed_reason: String,
    /// Who made it.
    pub created_by_id: UserId,
    /// A better way to do this, while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<SellerSuggestion>,
}

/// Somebody else from whom facility stock is better sold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SellerSuggestion {
    /// Whom.
    pub representative_id: UserId,
    /// Why.
    pub sentence: String,
}

/// One unit on an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// Its id.
    pub id: LineId,
    /// The unit.
    pub unit_id: UnitId,
    /// What it is.
    pub catalog_item_id: CatalogItemId,
    /// Catalog number.
    pub catalog_number: String,
    /// Description.
    pub description: String,
    /// Who made it.
    pub manufacturer_id: ManufacturerId,
    /// Lot as printed.
    pub lot: String,
    /// Serial as printed.
    pub serial: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Who answered for it when it was marked.
    pub custodian_id: UserId,
    /// What happened to it.
    pub usage: Usage,
    /// Its price; null for those who may not see agreed prices.
    pub unit_price_minor: Option<i64>,
    /// Where the price comes from.
    pub price_source: PriceSource,
    /// Given free of charge.
    pub no_charge: bool,
    /// What it adds to the total; null with the price.
    pub amount_minor: Option<i64>,
    /// Sold before, by a stocking order.
    pub facility_stock: bool,
    /// Comes back after use.
    pub reusable: bool,
    /// A note.
    pub note: String,
    /// Why an expired unit was accepted.
    pub expiry_reason: String,
    /// The line of the pack in which the unit lies: it follows that line, and is paid with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack_line_id: Option<LineId>,
    /// Why it could not be submitted like this, while the event is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<LineWarning>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LineWarning {
    /// Stable, snake_case.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// An amount besides the units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// What for.
    pub kind: ChargeKind,
    /// In words.
    pub label: String,
    /// How much; a discount is taken off.
    pub amount_minor: i64,
    /// Counts for commission.
    pub commissionable: bool,
    /// For whose units it is: it stands on the bill of this manufacturer. Null for the event as a whole, or for everybody.
    pub manufacturer_id: Option<ManufacturerId>,
    /// For everybody: each manufacturer bears it in proportion to what is billed of it.
    pub shared: bool,
}

/// A purchase order of the hospital.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PurchaseOrder {
    /// Its id.
    pub id: PurchaseOrderId,
    /// For which manufacturer; null for all.
    pub manufacturer_id: Option<ManufacturerId>,
    /// The hospital's number.
    pub number: String,
    /// Over how much, when it says so.
    pub amount_minor: Option<i64>,
    /// When it was entered.
    pub received_at: Instant,
    /// By whom; with `source` link, whoever made the link.
    pub received_by_id: UserId,
    /// user: entered by an account; link: given by somebody through a link.
    pub source: String,
    /// Who gave it through the link.
    pub given_by: String,
    /// The order itself, when there is one: a file of the event.
    pub file_id: Option<FileId>,
    /// What the order is over, less what it is for; 0 when both are the same, null when it says no amount.
    pub difference_minor: Option<i64>,
}

/// Makes an event.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEvent {
    /// Why units leave stock.
    pub r#type: EventType,
    /// Made from day, physician and location when absent or empty.
    #[serde(default)]
    pub name: String,
    /// Yourself when absent.
    #[serde(default)]
    pub representative_id: Option<UserId>,
    /// Who shares the commission.
    #[serde(default)]
    pub sub_representatives: Vec<SubRepresentativeRef>,
    /// Where.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// With whom.
    #[serde(default)]
    pub physician_id: Option<PhysicianId>,
    /// Which procedure.
    #[serde(default)]
    pub procedure_id: Option<ProcedureId>,
    /// Begins.
    pub starts_at: Instant,
    /// Ends; two hours later when absent.
    #[serde(default)]
    pub ends_at: Option<Instant>,
    /// IANA name; the location's when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Whose products are expected.
    #[serde(default)]
    pub manufacturer_ids: Vec<ManufacturerId>,
    /// Which product lines it is about; their makers are expected too.
    #[serde(default)]
    pub product_line_ids: Vec<ProductLineId>,
    /// Containers to be booked.
    #[serde(default)]
    pub container_ids: Vec<UnitId>,
    /// Anonymous by policy.
    #[serde(default)]
    pub patient_reference: String,
    /// A note for the team: it stands on no paper.
    #[serde(default)]
    pub note: String,
    /// What is printed on the sales order, and may go to accounting.
    #[serde(default)]
    pub print_note: String,
}

/// Changes an open event. Absent fields stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchEvent {
    /// Empty for one made from day, physician and location.
    #[serde(default)]
    pub name: Option<String>,
    /// Only while there are no lines and no containers.
    #[serde(default)]
    pub representative_id: Option<UserId>,
    /// Who shares the commission.
    #[serde(default)]
    pub sub_representatives: Option<Vec<SubRepresentativeRef>>,
    /// Where.
    #[serde(default)]
    #[schema(value_type = Option<LocationId>)]
    pub location_id: Patch<LocationId>,
    /// With whom.
    #[serde(default)]
    #[schema(value_type = Option<PhysicianId>)]
    pub physician_id: Patch<PhysicianId>,
    /// Which procedure.
    #[serde(default)]
    #[schema(value_type = Option<ProcedureId>)]
    pub procedure_id: Patch<ProcedureId>,
    /// Begins; the end moves with it unless given.
    #[serde(default)]
    pub starts_at: Option<Instant>,
    /// Ends.
    #[serde(default)]
    pub ends_at: Option<Instant>,
    /// IANA name.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Whose products are expected.
    #[serde(default)]
    pub manufacturer_ids: Option<Vec<ManufacturerId>>,
    /// Which product lines it is about; their makers are expected too.
    #[serde(default)]
    pub product_line_ids: Option<Vec<ProductLineId>>,
    /// Containers to be booked.
    #[serde(default)]
    pub container_ids: Option<Vec<UnitId>>,
    /// Anonymous by policy.
    #[serde(default)]
    pub patient_reference: Option<String>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
    /// What is printed on the sales order, and may go to accounting.
    #[serde(default)]
    pub print_note: Option<String>,
}

/// Marks units, at most 10,000 at a time.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddLines {
    /// Which.
    pub unit_ids: Vec<UnitId>,
    /// What happened to them; what is usual for the type of the event when absent.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Why units past their date are accepted.
    #[serde(default)]
    pub accept_expired_reason: String,
    /// A note for each.
    #[serde(default)]
    pub note: String,
}

/// The event with the lines that were made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddedLines {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// The new lines.
    pub items: Vec<Line>,
}

/// Changes a line.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchLine {
    /// What happened to the unit.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Its price; null returns to the agreed or list price.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub unit_price_minor: Patch<i64>,
    /// Given free of charge.
    #[serde(default)]
    pub no_charge: Option<bool>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
}

/// Changes several lines of an open event alike, or takes them off; at most 10,000 at a time. What is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLines {
    /// Which.
    pub line_ids: Vec<LineId>,
    /// Takes them off: their units are free again. Nothing else is said then.
    #[serde(default)]
    pub remove: bool,
    /// What happened to the units.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The price of each; null returns to the agreed or list price.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub unit_price_minor: Patch<i64>,
    /// Given free of charge.
    #[serde(default)]
    pub no_charge: Option<bool>,
    /// A note for each.
    #[serde(default)]
    pub note: Option<String>,
}

/// Lines that were changed together, and what they made of their event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedLines {
    /// The lines as they are now; none of those that were taken off.
    pub items: Vec<Line>,
    /// How many lines the event has now.
    pub lines_count: i64,
    /// The event's total; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// The event's version.
    pub version: i64,
}

/// A changed line and what it made of its event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedLine {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// The event's total.
    pub total_minor: Option<i64>,
    /// The event's version.
    pub version: i64,
}

/// Adds an amount besides the units.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCharge {
    /// What for.
    pub kind: ChargeKind,
    /// In words; the kind's name when empty.
    #[serde(default)]
    pub label: String,
    /// How much, zero or more; a discount is taken off.
    pub amount_minor: i64,
    /// Counts for commission.
    #[serde(default)]
    pub commissionable: bool,
    /// For whose units it is: it stands on the bill of this manufacturer. The event as a whole when absent.
    #[serde(default)]
    pub manufacturer_id: Option<ManufacturerId>,
    /// For everybody: each manufacturer bears it in proportion to what is billed of it.
    #[serde(default)]
    pub shared: bool,
}

/// A new charge and what it made of its event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddedCharge {
    /// The charge.
    #[serde(flatten)]
    pub charge: Charge,
    /// The event's total.
    pub total_minor: Option<i64>,
    /// The event's version.
    pub version: i64,
}

/// Submits an event.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitEvent {
    /// Stocking order: its units stay on the facility's shelf, sold and still tracked. True when absent.
    #[serde(default)]
    pub keep_as_facility_stock: Option<bool>,
}

/// Cancels or reopens an event.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventReason {
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Corrects a submitted event; the document before stays as it is, the next revision replaces it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendEvent {
    /// What.
    pub changes: AmendChanges,
    /// Why; kept with the change.
    pub reason: String,
}

/// What an amendment changes. Absent fields stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendChanges {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Where.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// With whom.
    #[serde(default)]
    #[schema(value_type = Option<PhysicianId>)]
    pub physician_id: Patch<PhysicianId>,
    /// Which procedure.
    #[serde(default)]
    #[schema(value_type = Option<ProcedureId>)]
    pub procedure_id: Patch<ProcedureId>,
    /// Anonymous by policy.
    #[serde(default)]
    pub patient_reference: Option<String>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
    /// What is printed on the sales order, and may go to accounting.
    #[serde(default)]
    pub print_note: Option<String>,
    /// Who shares the commission, all of them; what was earned is shared anew.
    #[serde(default)]
    pub sub_representatives: Option<Vec<SubRepresentativeRef>>,
    /// Lines that change.
    #[serde(default)]
    pub lines: Vec<AmendLine>,
    /// Charges that change, are taken off or come in addition.
    #[serde(default)]
    pub charges: Vec<AmendCharge>,
}

/// One charge of an amendment. Absent fields stay as they are, or are as usual for a new one.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendCharge {
    /// Which; a new one when absent.
    #[serde(default)]
    pub id: Option<ChargeId>,
    /// Take it off.
    #[serde(default)]
    pub remove: bool,
    /// What for; a new one needs it.
    #[serde(default)]
    pub kind: Option<ChargeKind>,
    /// In words.
    #[serde(default)]
    pub label: Option<String>,
    /// Zero or more; a discount is taken off. A new one needs it.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// Counts for commission.
    #[serde(default)]
    pub commissionable: Option<bool>,
    /// For whose units it is.
    #[serde(default)]
    #[schema(value_type = Option<ManufacturerId>)]
    pub manufacturer_id: Patch<ManufacturerId>,
    /// For everybody, in proportion.
    #[serde(default)]
    pub shared: Option<bool>,
}

/// One line of an amendment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendLine {
    /// Which.
    pub id: LineId,
    /// Take it off; its unit goes back to where it was.
    #[serde(default)]
    pub remove: bool,
    /// What happened to the unit.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Its price; null returns to the agreed or list price.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub unit_price_minor: Patch<i64>,
    /// Given free of charge.
    #[serde(default)]
    pub no_charge: Option<bool>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
}

/// Makes a new open event from an old one: its people, places and manufacturers, not what was used.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyEvent {
    /// Begins; a week after the old one when absent, or tomorrow at this time if that has passed.
    #[serde(default)]
    pub starts_at: Option<Instant>,
}

/// Enters a purchase order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPurchaseOrder {
    /// The hospital's number.
    pub number: String,
    /// For which manufacturer; all when absent.
    #[serde(default)]
    pub manufacturer_id: Option<ManufacturerId>,
    /// Over how much, when it says so.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// The order itself: a file of the event that no patient can be told from.
    #[serde(default)]
    pub file_id: Option<FileId>,
}

/// Corrects a purchase order.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPurchaseOrder {
    /// The hospital's number.
    #[serde(default)]
    pub number: Option<String>,
    /// Over how much.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub amount_minor: Patch<i64>,
    /// The order itself: a file of the event that no patient can be told from.
    #[serde(default)]
    #[schema(value_type = Option<FileId>)]
    pub file_id: Patch<FileId>,
}

/// A purchase order and what it made of its event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedPurchaseOrder {
    /// The purchase order.
    #[serde(flatten)]
    pub purchase_order: PurchaseOrder,
    /// The event's status now.
    pub event_status: EventStatus,
    /// The event's version.
    pub version: i64,
}

/// A unit that may be marked on an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsableUnit {
    /// Its id.
    pub id: UnitId,
    /// What it is.
    pub catalog_item_id: CatalogItemId,
    /// Catalog number.
    pub catalog_number: String,
    /// Description.
    pub description: String,
    /// Who made it.
    pub manufacturer_id: ManufacturerId,
    /// Lot as printed.
    pub lot: String,
    /// Serial as printed.
    pub serial: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Who answers for it.
    pub custodian: CustodianRef,
    /// Their name.
    pub custodian_name: String,
    /// Sold before, and on the shelf of this location.
    pub facility_stock_location_id: Option<LocationId>,
    /// In which container it lies.
    pub container_id: Option<UnitId>,
    /// Comes back after use.
    pub reusable: bool,
    /// What it would cost on this event; null for those who may not see agreed prices.
    pub unit_price_minor: Option<i64>,
    /// Where that price comes from.
    pub price_source: PriceSource,
}

/// Says that the back office is done with an event, or is not.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetProcessed {
    /// It is.
    pub processed: bool,
}

/// Something to look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventWarning {
    /// Stable, snake_case.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// The line it is about.
    pub line_id: Option<LineId>,
}

/// An event as a calendar shows it: what it is, who, with whom, where and when. Money and history stand with the event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarEvent {
    /// Its id.
    pub id: EventId,
    /// Its running number.
    pub number: String,
    /// Why units leave stock.
    pub r#type: EventType,
    /// How far it is.
    pub status: EventStatus,
    /// Given, or made from day, physician and location.
    pub name: String,
    /// Whose custody it draws on.
    pub representative_id: UserId,
    /// Their name now.
    pub representative_name: String,
    /// Where.
    pub location_id: Option<LocationId>,
    /// Its name now.
    pub location_name: Option<String>,
    /// The location's customer.
    pub customer_id: Option<CustomerId>,
    /// With whom.
    pub physician_id: Option<PhysicianId>,
    /// Their name now.
    pub physician_name: Option<String>,
    /// Which procedure.
    pub procedure_id: Option<ProcedureId>,
    /// Its name now.
    pub procedure_name: Option<String>,
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// IANA name: where the facility is.
    pub time_zone: String,
    /// The calendar day on which it begins, where the facility is.
    pub event_on: Day,
    /// For If-Match.
    pub version: i64,
}

impl From<EventSummary> for CalendarEvent {
    fn from(event: EventSummary) -> Self {
        Self {
            id: event.id,
            number: event.number,
            r#type: event.r#type,
            status: event.status,
            name: event.name,
            representative_id: event.representative_id,
            representative_name: event.representative_name,
            location_id: event.location_id,
            location_name: event.location_name,
            customer_id: event.customer_id,
            physician_id: event.physician_id,
            physician_name: event.physician_name,
            procedure_id: event.procedure_id,
            procedure_name: event.procedure_name,
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            time_zone: event.time_zone,
            event_on: event.event_on,
            version: event.version,
        }
    }
}

/// The events of some days, and where they collide.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Calendar {
    /// The events, by their beginning.
    pub items: Vec<CalendarEvent>,
    /// Whoever or whatever is wanted twice at a time.
    pub conflicts: Vec<CalendarConflict>,
    /// Which containers are booked for which of the events.
    pub bookings: Vec<CalendarBooking>,
}

/// A container that is booked for an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarBooking {
    /// The container.
    pub unit_id: UnitId,
    /// Its number and serial number.
    pub name: String,
    /// The event.
    pub event_id: EventId,
    /// From when.
    pub starts_at: Instant,
    /// Until when, with the way back.
    pub ends_at: Instant,
}

/// Two events that want the same at one time, or too close to each other; or a representative who is away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarConflict {
    /// representative or container (wanted twice at a time), travel (too close for the way between), absence.
    pub kind: String,
    /// The account or the container.
    pub subject_id: String,
    /// Its name.
    pub subject_name: String,
    /// The two events; for an absence the one event, twice.
    pub event_ids: [EventId; 2],
    /// When the overlap begins, or the time that is too short.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// A sentence.
    pub sentence: String,
}

/// Something that was said about an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventComment {
    /// Its id.
    pub id: EventCommentId,
    /// What was said.
    pub text: String,
    /// By whom.
    pub by_id: UserId,
    /// Their name now.
    pub by_name: String,
    /// When.
    pub at: Instant,
}

/// Says something about an event.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddEventComment {
    /// What.
    #[serde(default)]
    pub text: String,
}
