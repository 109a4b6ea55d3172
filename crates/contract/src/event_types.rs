//! What an organisation wants of its types of events, besides what holds for everybody.

use domain::event::EventType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A type of event, with what an organisation wants of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventTypeSetting {
    /// Which.
    pub r#type: EventType,
    /// Its name.
    pub label: String,
    /// New events may be of this type. Those that are there go on.
    pub enabled: bool,
    /// Not submitted without a physician.
    pub requires_physician: bool,
    /// Not submitted without a procedure.
    pub requires_procedure: bool,
    /// Not submitted without a word about why, in its note or at its lines.
    pub needs_reason: bool,
    /// Not submitted before the representative has signed what it says.
    pub requires_representative_signature: bool,
    /// Not submitted before somebody of the hospital has signed what it says.
    pub requires_provider_signature: bool,
    /// Makes a sales order and is invoiced; fixed.
    pub billable: bool,
    /// Submission takes single-use units out of stock; fixed.
    pub consumes: bool,
    /// Its units may stay on the facility's shelf as sold; fixed.
    pub creates_facility_stock: bool,
    /// Units that were sold before may be on it; fixed.
    pub allows_facility_stock: bool,
    /// Enters the figures of customers; fixed.
    pub appears_in_sales_reports: bool,
}

/// What is wanted of one type.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetEventType {
    /// Which.
    pub r#type: EventType,
    /// New events may be of this type.
    pub enabled: bool,
    /// Not submitted without a physician.
    #[serde(default)]
    pub requires_physician: bool,
    /// Not submitted without a procedure.
    #[serde(default)]
    pub requires_procedure: bool,
    /// Not submitted without a word about why. What a type wants by itself it always wants.
    #[serde(default)]
    pub needs_reason: bool,
    /// Not submitted before the representative has signed what it says.
    #[serde(default)]
    pub requires_representative_signature: bool,
    /// Not submitted before somebody of the hospital has signed what it says.
    #[serde(default)]
    pub requires_provider_signature: bool,
}
