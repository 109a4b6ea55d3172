//! How a customer is billed: the language of its papers, and whether it is exempt from tax.

use domain::clock::Day;
use domain::id::CustomerId;
use domain::language::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a customer is billed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BillingProfile {
    /// Whose.
    pub customer_id: CustomerId,
    /// The language of its papers; null: as the organisation has it.
    pub language: Option<Language>,
    /// The language that its papers are in now.
    pub effective_language: Language,
    /// No tax is charged.
    pub tax_exempt: bool,
    /// Why.
    pub tax_reason: String,
    /// The number of the certificate.
    pub tax_certificate: String,
    /// The last day of the certificate; null for one without an end.
    pub tax_valid_to: Option<Day>,
    /// Exempt today: the certificate did not end.
    pub exempt_now: bool,
    /// For `If-Match`; 0 when nothing was set yet.
    pub version: i64,
}

/// Sets all of it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutBillingProfile {
    /// The language of its papers; null: as the organisation has it.
    #[serde(default)]
    pub language: Option<Language>,
    /// No tax is charged.
    #[serde(default)]
    pub tax_exempt: bool,
    /// Why; required with `tax_exempt`.
    #[serde(default)]
    pub tax_reason: String,
    /// The number of the certificate.
    #[serde(default)]
    pub tax_certificate: String,
    /// The last day of the certificate.
    #[serde(default)]
    pub tax_valid_to: Option<Day>,
}
