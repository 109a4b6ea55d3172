//! The directory: customers and their locations, physicians, procedures, places, prices, payment terms, views.

use crate::bulk::Consequence;
use crate::{Address, Contact, Patch};
use domain::billing::{AutoHoldMode, BillingStatus, CreditSignal};
use domain::clock::{Day, Instant};
use domain::directory::{CustomerKind, LocationKind, SalesRepMode, SalesRepSource};
use domain::engagement::EngagementStage;
use domain::id::{
    CatalogItemId, CustomerId, LocationId, PaymentTermsId, PhysicianId, PlaceId, PreferenceCardId, PriceListId,
    ProcedureId, UserId, ViewId,
};
use domain::people::Role;
use domain::terms::{BasisDate, DueState, Roll};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A customer: one debtor with its locations. Figures are those of the locations that the viewer reaches, over the time that
/// `window` names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Number in the books; unique.
    pub number: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: CustomerKind,
    /// The health system or buying group it belongs to.
    pub parent_customer_id: Option<CustomerId>,
    /// Who cares for its locations, unless they say otherwise.
    pub default_sales_rep_id: Option<UserId>,
    /// That rep's name.
    pub default_sales_rep_name: Option<String>,
    /// Terms of payment; null for the organisation's default.
    pub payment_terms_id: Option<PaymentTermsId>,
    /// Which event starts their clock; null for the organisation's default.
    pub basis_date: Option<BasisDate>,
    /// As set by hand.
    pub billing_status: BillingStatus,
    /// Why.
    pub billing_status_reason: String,
    /// The stricter of the status set by hand and what credit asks for.
    pub effective_billing_status: BillingStatus,
    /// Minor units; null for no limit. Only for the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub credit_limit_minor: Option<Option<i64>>,
    /// The name on contracts, when it is another one.
    pub legal_name: String,
    /// What people call it.
    pub nickname: String,
    /// Address on the web.
    pub website: String,
    /// Tax numbers.
    pub tax_ids: Vec<String>,
    /// Fields of one's own, by name.
    pub custom: BTreeMap<String, String>,
    /// Name of the health system or buying group it belongs to.
    pub parent_customer_name: Option<String>,
    /// Locations that do not inherit the default rep.
    pub rep_overrides_count: i64,
    /// Terms that count: its own, else the organisation's; null for net 30 days.
    pub effective_payment_terms_id: Option<PaymentTermsId>,
    /// Their name.
    pub effective_payment_terms_name: String,
    /// customer or organization.
    pub payment_terms_source: String,
    /// The basis date that counts.
    pub effective_basis_date: BasisDate,
    /// customer or organization.
    pub basis_date_source: String,
    /// Whether credit made the status stricter than it was set by hand.
    pub billing_status_auto: bool,
    /// Why the status that counts is what it is, in a sentence.
    pub billing_status_explanation: String,
    /// When to look at the status again.
    pub billing_review_on: Option<Day>,
    /// Whether credit may hold it.
    pub auto_hold: AutoHoldMode,
    /// What credit says. This and the following amounts are only for those who may see receivables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_signal: Option<CreditSignal>,
    /// What it owes and may come to owe: unpaid invoices, orders not yet invoiced, usage not yet billed. Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_minor: Option<i64>,
    /// What is left of the limit; null for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub available_credit_minor: Option<Option<i64>>,
    /// Unpaid invoices, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_balance_minor: Option<i64>,
    /// Of these past due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_due_minor: Option<i64>,
    /// Of these with a due date that still waits for something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_minor: Option<i64>,
    /// The earliest due date among unpaid invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Day>)]
    pub oldest_due_on: Option<Option<Day>>,
    /// Days from invoice to payment over the last twelve months, weighted by amount; null when nothing was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub avg_days_to_pay: Option<Option<f64>>,
    /// Days from usage to its purchase order over the last twelve months; null when there was none.
    pub avg_days_usage_to_po: Option<f64>,
    /// Its price list.
    pub price_list_id: Option<PriceListId>,
    /// That list's name.
    pub price_list_name: Option<String>,
    /// Where invoices go.
    pub billing_address: Address,
    /// Where goods go.
    pub shipping_address: Address,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Whom to call.
    pub contacts: Vec<Contact>,
    /// Numbers in other systems, by system.
    pub external_ids: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Note.
    pub note: String,
    /// When somebody should call.
    pub next_contact_on: Option<Day>,
    /// Open tasks.
    pub tasks_open: i64,
    /// Facility stock on its shelves: units.
    pub stock_on_site_units: i64,
    /// The same at list price, minor units.
    pub stock_on_site_value_minor: i64,
    /// Of these expired, or expiring within 90 days.
    pub units_expiring_90d: i64,
    /// Locations that are not archived.
    pub locations_count: i64,
    /// Countable orders, minor units.
    pub orders_total_minor: i64,
    /// How many countable orders.
    pub orders_count: i64,
    /// Average order, minor units, half up; null without orders.
    pub orders_avg_minor: Option<i64>,
    /// Ordered within a year.
    pub engaged: bool,
    /// How alive the business is.
    pub engagement_stage: EngagementStage,
    /// Why, in a sentence.
    pub engagement_reason: String,
    /// First countable order of all time.
    pub first_order_on: Option<Day>,
    /// Last countable order of all time.
    pub last_order_on: Option<Day>,
    /// Days usually between two orders; null for fewer than four order days.
    pub usual_gap_days: Option<i64>,
    /// When the next order is usually due.
    pub expected_next_on: Option<Day>,
    /// Days since then; 0 until it has passed.
    pub overdue_by: i64,
    /// Credited in the window, minor units.
    pub credits_total_minor: i64,
    /// Orders less credits, minor units.
    pub net_sales_minor: i64,
    /// Figures are of the caller's locations only.
    pub your_locations_only: bool,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// The customer that it became a part of.
    pub merged_into_id: Option<CustomerId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// After a write: what follows from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<Consequence>,
    /// After a write: customers that may be the same one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Likeness>,
    /// For If-Match.
    pub version: i64,
}

/// What everything that matches a list's filters adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sums {
    /// Customers, or locations.
    pub rows: i64,
    /// Locations.
    pub locations_count: i64,
    /// Countable orders.
    pub orders_count: i64,
    /// The same, minor units.
    pub orders_total_minor: i64,
    /// Average order, half up; null without orders.
    pub orders_avg_minor: Option<i64>,
    /// Credited, minor units.
    pub credits_total_minor: i64,
    /// Orders less credits.
    pub net_sales_minor: i64,
    /// Unpaid invoices; this and the next two only for those who may see receivables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_balance_minor: Option<i64>,
    /// Of these past due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_due_minor: Option<i64>,
    /// Exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_minor: Option<i64>,
    /// Open tasks.
    pub tasks_open: i64,
    /// Units of facility stock.
    pub stock_on_site_units: i64,
    /// The same at list price.
    pub stock_on_site_value_minor: i64,
    /// Of these expired, or expiring within 90 days.
    pub units_expiring_90d: i64,
}

/// A customer or location that may be the same as another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Likeness {
    /// likely_duplicate.
    pub code: String,
    /// Which.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its number or code.
    pub number: String,
    /// What they have in common, in a sentence.
    pub message: String,
}

/// Makes a customer.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCustomer {
    /// Name.
    pub name: String,
    /// Number; the next free one when absent.
    #[serde(default)]
    pub number: Option<String>,
    /// What it is; hospital when absent.
    #[serde(default)]
    pub kind: Option<CustomerKind>,
    /// The health system or buying group it belongs to.
    #[serde(default)]
    pub parent_customer_id: Option<CustomerId>,
    /// Who cares for its locations.
    #[serde(default)]
    pub default_sales_rep_id: Option<UserId>,
    /// Terms of payment.
    #[serde(default)]
    pub payment_terms_id: Option<PaymentTermsId>,
    /// Which event starts their clock.
    #[serde(default)]
    pub basis_date: Option<BasisDate>,
    /// Good when absent.
    #[serde(default)]
    pub billing_status: Option<BillingStatus>,
    /// Required from hold up.
    #[serde(default)]
    pub billing_status_reason: String,
    /// Minor units.
    #[serde(default)]
    pub credit_limit_minor: Option<i64>,
    /// Its price list.
    #[serde(default)]
    pub price_list_id: Option<PriceListId>,
    /// Where invoices go.
    #[serde(default)]
    pub billing_address: Address,
    /// Where goods go.
    #[serde(default)]
    pub shipping_address: Address,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// E-mail.
    #[serde(default)]
    pub email: String,
    /// Whom to call.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Numbers in other systems, by system.
    #[serde(default)]
    pub external_ids: BTreeMap<String, String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Note.
    #[serde(default)]
    pub note: String,
    /// The name on contracts, when it is another one.
    #[serde(default)]
    pub legal_name: String,
    /// What people call it.
    #[serde(default)]
    pub nickname: String,
    /// Address on the web.
    #[serde(default)]
    pub website: String,
    /// Tax numbers.
    #[serde(default)]
    pub tax_ids: Vec<String>,
    /// Fields of one's own, by name.
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
    /// Whether credit may hold it; as the organisation when absent.
    #[serde(default)]
    pub auto_hold: Option<AutoHoldMode>,
    /// When to look at the status again.
    #[serde(default)]
    pub billing_review_on: Option<Day>,
    /// When somebody should call.
    #[serde(default)]
    pub next_contact_on: Option<Day>,
}

/// Changes a customer.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCustomer {
    /// Name.
    pub name: Option<String>,
    /// Number.
    pub number: Option<String>,
    /// What it is.
    pub kind: Option<CustomerKind>,
    /// The health system or buying group; null for none.
    #[serde(default)]
    #[schema(value_type = Option<CustomerId>)]
    pub parent_customer_id: Patch<CustomerId>,
    /// Who cares for its locations; null for nobody. Locations that inherit follow.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub default_sales_rep_id: Patch<UserId>,
    /// Terms of payment; null for the organisation's default.
    #[serde(default)]
    #[schema(value_type = Option<PaymentTermsId>)]
    pub payment_terms_id: Patch<PaymentTermsId>,
    /// Which event starts their clock; null for the organisation's default.
    #[serde(default)]
    #[schema(value_type = Option<BasisDate>)]
    pub basis_date: Patch<BasisDate>,
    /// Status set by hand.
    pub billing_status: Option<BillingStatus>,
    /// Required from hold up.
    pub billing_status_reason: Option<String>,
    /// Minor units; null for no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub credit_limit_minor: Patch<i64>,
    /// Its price list; null for none.
    #[serde(default)]
    #[schema(value_type = Option<PriceListId>)]
    pub price_list_id: Patch<PriceListId>,
    /// Where invoices go.
    pub billing_address: Option<Address>,
    /// Where goods go.
    pub shipping_address: Option<Address>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Whom to call.
    pub contacts: Option<Vec<Contact>>,
    /// Numbers in other systems, by system.
    pub external_ids: Option<BTreeMap<String, String>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Note.
    pub note: Option<String>,
    /// The name on contracts.
    pub legal_name: Option<String>,
    /// What people call it.
    pub nickname: Option<String>,
    /// Address on the web.
    pub website: Option<String>,
    /// Tax numbers.
    pub tax_ids: Option<Vec<String>>,
    /// Fields of one's own, by name.
    pub custom: Option<BTreeMap<String, String>>,
    /// Whether credit may hold it.
    pub auto_hold: Option<AutoHoldMode>,
    /// When to look at the status again; null for never.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub billing_review_on: Patch<Day>,
    /// When somebody should call; null for no day.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub next_contact_on: Patch<Day>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// How a location comes to its rep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SalesRep {
    /// inherit, assigned or none.
    pub mode: SalesRepMode,
    /// The rep; only with `assigned`.
    #[serde(default)]
    pub id: Option<UserId>,
}

/// A location of a customer: a facility.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// That customer's name.
    pub customer_name: String,
    /// Name.
    pub name: String,
    /// Code, unique within the customer.
    pub code: String,
    /// What it is.
    pub kind: LocationKind,
    /// IANA name: days there are days in this zone.
    pub time_zone: String,
    /// Postal address.
    pub address: Address,
    /// Telephone.
    pub phone: String,
    /// Whom to call.
    pub contacts: Vec<Contact>,
    /// For whoever brings something.
    pub delivery_instructions: String,
    /// Its own price list; null for the customer's.
    pub price_list_id: Option<PriceListId>,
    /// The price list that counts: its own, else its customer's.
    pub effective_price_list_id: Option<PriceListId>,
    /// That list's name.
    pub effective_price_list_name: Option<String>,
    /// location, customer or none.
    pub price_list_source: String,
    /// Licence or registration number.
    pub licence_no: String,
    /// When goods are taken in.
    pub receiving_hours: String,
    /// Fields of one's own, by name.
    pub custom: BTreeMap<String, String>,
    /// Open events from today for two weeks.
    pub open_cases_14d: i64,
    /// Open tasks.
    pub tasks_open: i64,
    /// Facility stock on its shelves: units.
    pub stock_on_site_units: i64,
    /// The same at list price, minor units.
    pub stock_on_site_value_minor: i64,
    /// Of these expired, or expiring within 90 days.
    pub units_expiring_90d: i64,
    /// How it comes to its rep.
    pub sales_rep: SalesRep,
    /// Who cares for it now.
    pub effective_sales_rep_id: Option<UserId>,
    /// That rep's name.
    pub effective_sales_rep_name: Option<String>,
    /// Where that rep comes from.
    pub effective_sales_rep_source: SalesRepSource,
    /// Numbers in other systems, by system.
    pub external_ids: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Countable orders, minor units.
    pub orders_total_minor: i64,
    /// How many countable orders.
    pub orders_count: i64,
    /// Average order; null without orders.
    pub orders_avg_minor: Option<i64>,
    /// Ordered within a year.
    pub engaged: bool,
    /// How alive the business is.
    pub engagement_stage: EngagementStage,
    /// Why, in a sentence.
    pub engagement_reason: String,
    /// First countable order of all time.
    pub first_order_on: Option<Day>,
    /// Last countable order of all time.
    pub last_order_on: Option<Day>,
    /// When the next order is usually due.
    pub expected_next_on: Option<Day>,
    /// Days since then; 0 until it has passed.
    pub overdue_by: i64,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// After a write: what follows from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<Consequence>,
    /// After a write: locations that may be the same one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Likeness>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a location.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLocation {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Name.
    pub name: String,
    /// Code, unique within the customer; the next free one when absent.
    #[serde(default)]
    pub code: Option<String>,
    /// What it is; facility when absent.
    #[serde(default)]
    pub kind: Option<LocationKind>,
    /// IANA name; the organisation's when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Postal address.
    #[serde(default)]
    pub address: Address,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// Whom to call.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// For whoever brings something.
    #[serde(default)]
    pub delivery_instructions: String,
    /// Its own price list.
    #[serde(default)]
    pub price_list_id: Option<PriceListId>,
    /// Inherits when absent.
    #[serde(default)]
    pub sales_rep: Option<SalesRep>,
    /// Numbers in other systems, by system.
    #[serde(default)]
    pub external_ids: BTreeMap<String, String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Licence or registration number.
    #[serde(default)]
    pub licence_no: String,
    /// When goods are taken in.
    #[serde(default)]
    pub receiving_hours: String,
    /// Fields of one's own, by name.
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
}

/// Changes a location.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchLocation {
    /// Another customer; refused while it has open events.
    pub customer_id: Option<CustomerId>,
    /// Name.
    pub name: Option<String>,
    /// Code.
    pub code: Option<String>,
    /// What it is.
    pub kind: Option<LocationKind>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Postal address.
    pub address: Option<Address>,
    /// Telephone.
    pub phone: Option<String>,
    /// Whom to call.
    pub contacts: Option<Vec<Contact>>,
    /// For whoever brings something.
    pub delivery_instructions: Option<String>,
    /// Its own price list; null for the customer's.
    #[serde(default)]
    #[schema(value_type = Option<PriceListId>)]
    pub price_list_id: Patch<PriceListId>,
    /// How it comes to its rep.
    pub sales_rep: Option<SalesRep>,
    /// Numbers in other systems, by system.
    pub external_ids: Option<BTreeMap<String, String>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Licence or registration number.
    pub licence_no: Option<String>,
    /// When goods are taken in.
    pub receiving_hours: Option<String>,
    /// Fields of one's own, by name.
    pub custom: Option<BTreeMap<String, String>>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// A physician.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Physician {
    /// Its id.
    pub id: PhysicianId,
    /// Name.
    pub name: String,
    /// National Provider Identifier, ten digits; empty when unknown.
    pub npi: String,
    /// Where they work, as far as the viewer reaches.
    pub location_ids: Vec<LocationId>,
    /// What they do.
    pub procedure_ids: Vec<ProcedureId>,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a physician.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePhysician {
    /// Name.
    pub name: String,
    /// National Provider Identifier.
    #[serde(default)]
    pub npi: String,
    /// Where they work.
    #[serde(default)]
    pub location_ids: Vec<LocationId>,
    /// What they do.
    #[serde(default)]
    pub procedure_ids: Vec<ProcedureId>,
}

/// Changes a physician; a list that is given replaces the one before.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPhysician {
    /// Name.
    pub name: Option<String>,
    /// National Provider Identifier.
    pub npi: Option<String>,
    /// Where they work, as far as the caller reaches.
    pub location_ids: Option<Vec<LocationId>>,
    /// What they do.
    pub procedure_ids: Option<Vec<ProcedureId>>,
    /// True leaves them out of lists, false brings them back.
    pub archived: Option<bool>,
}

/// A procedure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Procedure {
    /// Its id.
    pub id: ProcedureId,
    /// Name.
    pub name: String,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// A name for something new.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNamed {
    /// Name.
    pub name: String,
}

/// Changes something that has little more than a name.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchNamed {
    /// Name.
    pub name: Option<String>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// A place: where a unit is, whoever answers for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Name.
    pub name: String,
    /// The location it is in.
    pub location_id: Option<LocationId>,
    /// Left out of lists since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePlace {
    /// Name.
    pub name: String,
    /// The location it is in.
    #[serde(default)]
    pub location_id: Option<LocationId>,
}

/// Changes a place.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPlace {
    /// Name.
    pub name: Option<String>,
    /// The location it is in; null for none.
    #[serde(default)]
    #[schema(value_type = Option<LocationId>)]
    pub location_id: Patch<LocationId>,
    /// True leaves it out of lists, false brings it back.
    pub archived: Option<bool>,
}

/// What a physician likes to have at hand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreferenceCard {
    /// Its id.
    pub id: PreferenceCardId,
    /// Name.
    pub name: String,
    /// Whose it is.
    pub physician_id: PhysicianId,
    /// For which procedure; null for any.
    pub procedure_id: Option<ProcedureId>,
    /// What and how many.
    pub lines: Vec<PreferenceLine>,
    /// For If-Match.
    pub version: i64,
}

/// A line of a preference card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceLine {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many, 1 to 10,000.
    pub quantity: i64,
    /// What may be used in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitute_ids: Vec<CatalogItemId>,
}

/// Makes a preference card.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePreferenceCard {
    /// Name.
    pub name: String,
    /// Whose it is.
    pub physician_id: PhysicianId,
    /// For which procedure.
    #[serde(default)]
    pub procedure_id: Option<ProcedureId>,
    /// What and how many.
    #[serde(default)]
    pub lines: Vec<PreferenceLine>,
}

/// Changes a preference card.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPreferenceCard {
    /// Name.
    pub name: Option<String>,
    /// For which procedure; null for any.
    #[serde(default)]
    #[schema(value_type = Option<ProcedureId>)]
    pub procedure_id: Patch<ProcedureId>,
    /// What and how many.
    pub lines: Option<Vec<PreferenceLine>>,
}

/// A price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PriceList {
    /// Its id.
    pub id: PriceListId,
    /// Name; unique.
    pub name: String,
    /// For If-Match.
    pub version: i64,
}

/// Changes a price list.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPriceList {
    /// Name.
    pub name: Option<String>,
}

/// An agreed price of one unit, on the days from `valid_from` to `valid_to`, both included; null for an open end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractPrice {
    /// Of what.
    pub catalog_item_id: CatalogItemId,
    /// Minor units.
    pub price_minor: i64,
    /// First day.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// Last day.
    #[serde(default)]
    pub valid_to: Option<Day>,
}

/// All prices of a price list or of a location; they replace those before. A bare list, or an object with `items`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PutPrices {
    /// A bare list.
    List(Vec<ContractPrice>),
    /// In an object.
    Object {
        /// The prices.
        items: Vec<ContractPrice>,
    },
}

impl PutPrices {
    /// The prices, whichever way they came.
    pub fn into_items(self) -> Vec<ContractPrice> {
        match self {
            Self::List(items) | Self::Object { items } => items,
        }
    }
}

/// How far the period of payment terms runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TermsRule {
    /// So many days after the basis.
    NetDays {
        /// Days.
        days: u16,
    },
    /// So many days after the end of the month.
    EndOfMonth {
        /// Days.
        #[serde(default)]
        plus_days: u16,
    },
    /// So many months later.
    Months {
        /// Months.
        months: u16,
    },
    /// A fixed day of a month.
    DayOfMonth {
        /// 1 to 31.
        day: u8,
        /// A basis after this day counts for the month after; 31 when absent.
        #[serde(default = "no_cutoff")]
        cutoff_day: u8,
        /// Months after the month of the basis.
        #[serde(default)]
        months_ahead: u16,
    },
    /// At once.
    DueOnReceipt {},
    /// With the order.
    Prepaid {},
    /// On delivery.
    Cod {},
}

const fn no_cutoff() -> u8 {
    31
}

impl From<TermsRule> for domain::terms::TermsRule {
    fn from(rule: TermsRule) -> Self {
        match rule {
            TermsRule::NetDays { days } => Self::NetDays { days },
            TermsRule::EndOfMonth { plus_days } => Self::EndOfMonth { plus_days },
            TermsRule::Months { months } => Self::Months { months },
            TermsRule::DayOfMonth { day, cutoff_day, months_ahead } => {
                Self::DayOfMonth { day, cutoff_day, months_ahead }
            }
            TermsRule::DueOnReceipt {} => Self::DueOnReceipt,
            TermsRule::Prepaid {} => Self::Prepaid,
            TermsRule::Cod {} => Self::Cod,
        }
    }
}

/// A discount for paying early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermsDiscount {
    /// Basis points: 200 is 2 %.
    pub percent_bp: i32,
    /// Within so many days.
    pub days: u16,
}

/// Payment terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentTerms {
    /// Their id.
    pub id: PaymentTermsId,
    /// Short and unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// How far the period runs.
    pub rule: TermsRule,
    /// What happens to a due date that is no business day.
    pub roll: Roll,
    /// For paying early.
    pub discount: Option<TermsDiscount>,
    /// For If-Match.
    pub version: i64,
}

/// Makes payment terms.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePaymentTerms {
    /// Short and unique.
    pub code: String,
    /// Name; the rule in words when absent.
    #[serde(default)]
    pub name: String,
    /// How far the period runs.
    pub rule: TermsRule,
    /// Stays when absent.
    #[serde(default)]
    pub roll: Option<Roll>,
    /// For paying early.
    #[serde(default)]
    pub discount: Option<TermsDiscount>,
}

/// Changes payment terms. Documents that were submitted keep theirs.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPaymentTerms {
    /// Short and unique.
    pub code: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// How far the period runs.
    pub rule: Option<TermsRule>,
    /// What happens to a due date that is no business day.
    pub roll: Option<Roll>,
    /// For paying early; null for none.
    #[serde(default)]
    #[schema(value_type = Option<TermsDiscount>)]
    pub discount: Patch<TermsDiscount>,
}

/// Days of an order, as far as they are known or planned.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderDates {
    /// Submitted.
    #[serde(default)]
    pub order_date: Option<Day>,
    /// Used in a case.
    #[serde(default)]
    pub usage_date: Option<Day>,
    /// Shipped.
    #[serde(default)]
    pub ship_date: Option<Day>,
    /// Delivered.
    #[serde(default)]
    pub delivery_date: Option<Day>,
    /// Invoiced.
    #[serde(default)]
    pub invoice_date: Option<Day>,
    /// Invoice received.
    #[serde(default)]
    pub invoice_receipt_date: Option<Day>,
    /// Typed on the document.
    #[serde(default)]
    pub specified_date: Option<Day>,
    /// Whether the order comes from a case: then its usage date is waited for.
    #[serde(default)]
    pub has_case: bool,
    /// Planned day of the case.
    #[serde(default)]
    pub planned_usage_date: Option<Day>,
    /// Planned shipment.
    #[serde(default)]
    pub planned_ship_date: Option<Day>,
    /// Planned delivery.
    #[serde(default)]
    pub planned_delivery_date: Option<Day>,
    /// Planned invoice.
    #[serde(default)]
    pub planned_invoice_date: Option<Day>,
}

/// Asks when something would be due.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainDueDate {
    /// How far the period runs.
    pub rule: TermsRule,
    /// Stays when absent.
    #[serde(default)]
    pub roll: Option<Roll>,
    /// For paying early.
    #[serde(default)]
    pub discount: Option<TermsDiscount>,
    /// Which event starts the clock; the invoice when absent.
    #[serde(default)]
    pub basis_date: Option<BasisDate>,
    /// What is known.
    #[serde(default)]
    pub dates: OrderDates,
}

/// When something is due, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DueDate {
    /// The day, when it is known.
    pub due_on: Option<Day>,
    /// How far along.
    pub due_state: DueState,
    /// While pending, the day by the plan.
    pub estimated_due_on: Option<Day>,
    /// Last day of the discount.
    pub discount_until: Option<Day>,
    /// How the day was reached.
    pub explanation: String,
}

/// How a list is looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Which list.
    pub entity: String,
    /// Name.
    pub name: String,
    /// personal, shared, role, organization or built_in.
    pub scope: String,
    /// Whose it is; null for built-in ones.
    pub owner_id: Option<UserId>,
    /// The rest.
    #[serde(flatten)]
    pub state: ViewState,
    /// For If-Match.
    pub version: i64,
}

/// Columns, order, filters and the like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ViewState {
    /// Columns from left to right; empty for the list's own.
    #[serde(default)]
    pub columns: Vec<ViewColumn>,
    /// Filters as they stand in the address of the list, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub filters: BTreeMap<String, serde_json::Value>,
    /// At most three keys, a minus before those that fall.
    #[serde(default)]
    pub sort: Vec<String>,
    /// Over which time figures are summed.
    #[serde(default)]
    pub window: Option<String>,
    /// comfortable or compact.
    #[serde(default)]
    pub density: Option<String>,
    /// A column whose values make groups.
    #[serde(default)]
    pub group_by: Option<String>,
    /// Words searched for.
    #[serde(default)]
    pub q: Option<String>,
    /// With the scope role: for whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Opens by itself.
    #[serde(default)]
    pub is_default: bool,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ViewColumn {
    /// Which.
    pub key: String,
    /// Pixels; null for its own width.
    pub width: Option<u32>,
    /// Stays when scrolled sideways.
    pub pinned: bool,
}

/// A column is given by its key alone or as an object.
impl<'de> Deserialize<'de> for ViewColumn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Key(String),
            Whole {
                key: String,
                #[serde(default)]
                width: Option<u32>,
                #[serde(default)]
                pinned: bool,
            },
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Key(key) => Self { key, width: None, pinned: false },
            Either::Whole { key, width, pinned } => Self { key, width, pinned },
        })
    }
}

/// Makes or changes a view; what is absent in a change stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteView {
    /// Which list; cannot be changed.
    pub entity: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// personal (when absent), shared, role or organization.
    pub scope: Option<String>,
    /// Columns from left to right.
    pub columns: Option<Vec<ViewColumn>>,
    /// Filters by name.
    #[schema(value_type = Option<Object>)]
    pub filters: Option<BTreeMap<String, serde_json::Value>>,
    /// At most three keys.
    pub sort: Option<Vec<String>>,
    /// Over which time figures are summed; null for all time.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub window: Patch<String>,
    /// comfortable or compact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub density: Patch<String>,
    /// A column whose values make groups.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub group_by: Patch<String>,
    /// Words searched for.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub q: Patch<String>,
    /// With the scope role: for whom.
    #[serde(default)]
    #[schema(value_type = Option<Role>)]
    pub role: Patch<Role>,
    /// Opens by itself.
    pub is_default: Option<bool>,
}
