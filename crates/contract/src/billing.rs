//! Sales orders, invoices and payments.

use crate::Patch;
use crate::directory::{TermsDiscount, TermsRule};
use domain::clock::{Day, Instant};
use domain::event::{ChargeKind, EventType, Usage};
use domain::id::{
    CustomerId, EventId, InvoiceId, LineId, LocationId, ManufacturerId, PaymentId, SalesOrderId, UnitId, UserId,
};
use domain::terms::{BasisDate, DueState, Roll};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A sales order as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SalesOrderSummary {
    /// Its id.
    pub id: SalesOrderId,
    /// Its running number; all editions of one order share it.
    pub number: String,
    /// Edition, from 1.
    pub revision: i64,
    /// The event that it documents.
    pub event_id: EventId,
    /// That event's type.
    pub event_type: EventType,
    /// Who buys.
    pub customer_id: Option<CustomerId>,
    /// Where.
    pub location_id: Option<LocationId>,
    /// Who sold.
    pub representative_id: UserId,
    /// Where the organisation is.
    pub submitted_on: Day,
    /// An event that basis dates wait for.
    pub shipped_on: Option<Day>,
    /// An event that basis dates wait for.
    pub delivered_on: Option<Day>,
    /// What it adds up to; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// The total without tax and freight: what it adds to its customer's figures when it counts.
    pub net_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// The payment terms under which it was submitted, in words.
    pub terms: String,
    /// Nothing of it is invoiced yet.
    pub uninvoiced: bool,
    /// open, cancelled, reversed, or replaced by a later edition.
    pub status: String,
    /// Whether it counts in its customer's figures.
    pub counts: bool,
    /// When this edition was issued.
    pub issued_at: Instant,
    /// For If-Match.
    pub version: i64,
}

/// A sales order with what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SalesOrder {
    /// What lists show.
    #[serde(flatten)]
    pub head: SalesOrderSummary,
    /// As it was issued; null for those who may not see agreed prices.
    pub document: Option<OrderDocument>,
}

/// What a sales order or an invoice says, as it was when issued.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderDocument {
    /// Who sells.
    pub seller: DocumentParty,
    /// Who buys.
    pub customer: Option<DocumentParty>,
    /// Where.
    pub location: Option<DocumentParty>,
    /// The event's number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// Its day, where the facility is.
    pub event_on: String,
    /// The physician.
    pub physician: Option<String>,
    /// The procedure.
    pub procedure: Option<String>,
    /// Anonymous by policy.
    pub patient_reference: String,
    /// Who sold.
    pub representative: String,
    /// Who helped.
    pub sub_representatives: Vec<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// The units.
    pub lines: Vec<DocumentLine>,
    /// Amounts besides.
    pub charges: Vec<DocumentCharge>,
    /// The units together.
    pub lines_total_minor: i64,
    /// All together.
    pub total_minor: i64,
    /// When to pay, in words.
    pub terms: String,
    /// The hospital's orders.
    pub purchase_orders: Vec<String>,
    /// A note.
    pub note: String,
    /// Units stay on the facility's shelf.
    pub keep_as_facility_stock: bool,
}

/// One side of the business, as printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentParty {
    /// Name.
    pub name: String,
    /// Account number or code.
    pub number: String,
    /// Address in one line.
    pub address: String,
}

/// One unit, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentLine {
    /// The event's line.
    pub line_id: LineId,
    /// The unit.
    pub unit_id: UnitId,
    /// Catalog number.
    pub catalog_number: String,
    /// Description.
    pub description: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Lot.
    pub lot: String,
    /// Serial.
    pub serial: String,
    /// The whole UDI.
    pub udi: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// What happened to it.
    pub usage: Usage,
    /// Its price.
    pub unit_price_minor: i64,
    /// Given free of charge.
    pub no_charge: bool,
    /// Sold before.
    pub facility_stock: bool,
    /// What it adds to the total.
    pub amount_minor: i64,
}

/// An amount besides the units, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentCharge {
    /// What for.
    pub kind: ChargeKind,
    /// In words.
    pub label: String,
    /// As it enters the total: below zero for a discount.
    pub amount_minor: i64,
}

/// Says when an order was shipped and delivered.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchSalesOrder {
    /// Shipped.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub shipped_on: Patch<Day>,
    /// Delivered.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub delivered_on: Patch<Day>,
    /// Why, when a date is corrected.
    #[serde(default)]
    pub reason: String,
}

/// An invoice as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceSummary {
    /// Its id.
    pub id: InvoiceId,
    /// Its running number.
    pub number: String,
    /// The event that it bills.
    pub event_id: EventId,
    /// The edition of the sales order that it bills.
    pub sales_order_id: SalesOrderId,
    /// Who pays.
    pub customer_id: Option<CustomerId>,
    /// The manufacturer in whose name it is issued; null for the organisation's own.
    pub manufacturer_id: Option<ManufacturerId>,
    /// Issued.
    pub issued_on: Day,
    /// Due, when it is known.
    pub due_on: Option<Day>,
    /// How far along the due date is.
    pub due_state: DueState,
    /// How the due date was reached.
    pub due_explanation: String,
    /// While it is not known, the day by the plan; never used for ageing.
    pub estimated_due_on: Option<Day>,
    /// It was typed by a person and is never computed anew.
    pub due_manual: bool,
    /// When the customer received it, as far as that is known.
    pub received_on: Option<Day>,
    /// The day typed on the document.
    pub specified_on: Option<Day>,
    /// What is to be paid; null for those who may not see agreed prices.
    pub total_minor: Option<i64>,
    /// What was paid.
    pub paid_minor: Option<i64>,
    /// What was credited.
    pub credited_minor: Option<i64>,
    /// What is still to be paid: nothing on a void one.
    pub open_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: String,
    /// open, paid, credited (whole) or void.
    pub status: String,
    /// The invoice that bills the same anew after this one was credited whole.
    pub rebilled_as_id: Option<InvoiceId>,
    /// For If-Match.
    pub version: i64,
}

/// An invoice with what it says and what was paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invoice {
    /// What lists show.
    #[serde(flatten)]
    pub head: InvoiceSummary,
    /// As it was issued.
    pub document: OrderDocument,
    /// What came in.
    pub payments: Vec<Payment>,
    /// What was credited.
    pub credit_memos: Vec<crate::credits::CreditMemoSummary>,
}

/// Money that came in, or was carried to another invoice of the same event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// How much; below zero when it was carried over to the invoice that replaces this one.
    pub amount_minor: i64,
    /// payment, carried (from or to another invoice of the same event), balance (from or to the customer's credit balance).
    pub kind: String,
    /// When.
    pub received_on: Day,
    /// The bank's or the customer's reference.
    pub reference: String,
    /// When it was booked.
    pub created_at: Instant,
    /// By whom.
    pub created_by_id: UserId,
}

/// Books a payment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPayment {
    /// How much, above zero and at most what is open.
    pub amount_minor: i64,
    /// When; today when absent.
    #[serde(default)]
    pub received_on: Option<Day>,
    /// The bank's or the customer's reference.
    #[serde(default)]
    pub reference: String,
    /// It is taken from the customer's credit balance.
    #[serde(default)]
    pub from_balance: bool,
}

/// The payment terms of an order, as they were when it was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsSnapshot {
    /// How far the period runs.
    pub rule: TermsRule,
    /// What happens on days without business.
    pub roll: Roll,
    /// For paying early.
    #[serde(default)]
    pub discount: Option<TermsDiscount>,
    /// Which event starts the clock.
    pub basis_date: BasisDate,
    /// Name of the terms.
    #[serde(default)]
    pub name: String,
}
