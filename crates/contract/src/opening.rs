//! Opening balances: invoices that were open when the organisation began here.

use domain::clock::Day;
use domain::id::{CustomerId, LocationId, OpeningInvoiceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An invoice of another program that was open when the organisation began here. It is owed and paid like any other, but nothing
/// was sold here with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningInvoice {
    /// Its id.
    pub id: OpeningInvoiceId,
    /// Its number there.
    pub number: String,
    /// Who owes.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// Where, as far as it is known.
    pub location_id: Option<LocationId>,
    /// Issued.
    pub issued_on: Day,
    /// Due.
    pub due_on: Option<Day>,
    /// As it was issued.
    pub total_minor: i64,
    /// What is still to be paid.
    pub open_minor: i64,
    /// What was paid here.
    pub paid_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// open, paid.
    pub status: String,
    /// A note.
    pub note: String,
    /// For If-Match.
    pub version: i64,
}

/// Books a payment of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayOpeningInvoice {
    /// How much, above zero and at most what is open.
    pub amount_minor: i64,
    /// When; today when absent.
    #[serde(default)]
    pub received_on: Option<Day>,
    /// The bank's or the customer's reference.
    #[serde(default)]
    pub reference: String,
}

/// Credits a part of it, or writes it off: less is owed, and no money came.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditOpeningInvoice {
    /// How much, above zero and at most what is open; all of it when absent.
    #[serde(default)]
    pub amount_minor: Option<i64>,
    /// Why.
    pub reason: String,
    /// It is not hoped for any more, instead of credited.
    #[serde(default)]
    pub write_off: bool,
}

/// What was taken off one, the first first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningInvoiceStep {
    /// payment, credit, write_off.
    pub kind: String,
    /// The number of a credit or a write-off.
    pub number: Option<String>,
    /// How much.
    pub amount_minor: i64,
    /// When.
    pub on: Day,
    /// The bank's or the customer's reference, or why it was credited.
    pub reference: String,
}

/// What a customer ordered before the organisation began here, by day: the rows behind that part of its figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpeningFigure {
    /// Where, as far as it is known.
    pub location_id: Option<LocationId>,
    /// Its name.
    pub location_name: Option<String>,
    /// The day.
    pub on: Day,
    /// How many orders.
    pub orders_count: i64,
    /// What they came to.
    pub orders_total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}
