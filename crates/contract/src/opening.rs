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
