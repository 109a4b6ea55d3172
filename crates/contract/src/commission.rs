//! Rules and statements of commission.

use domain::clock::{Day, Instant};
use domain::id::{
    CatalogItemId, CommissionRuleId, CommissionStatementId, CustomerId, EventId, LocationId, ManufacturerId, PaymentId,
    PhysicianId, ProductLineId, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule of commission: what it names must fit, what it leaves open fits anything. The most particular rule decides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissionRule {
    /// Its id.
    pub id: CommissionRuleId,
    /// Its name.
    pub name: String,
    /// The rate in basis points.
    pub rate_bp: i64,
    /// Whose.
    pub user_id: Option<UserId>,
    /// With whom.
    pub physician_id: Option<PhysicianId>,
    /// Of which customer.
    pub customer_id: Option<CustomerId>,
    /// Where.
    pub location_id: Option<LocationId>,
    /// Of which manufacturer.
    pub manufacturer_id: Option<ManufacturerId>,
    /// Of which product line.
    pub product_line_id: Option<ProductLineId>,
    /// Which item.
    pub catalog_item_id: Option<CatalogItemId>,
    /// First day.
    pub valid_from: Option<Day>,
    /// Last day.
    pub valid_to: Option<Day>,
    /// Taken out since.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Makes a rule. What is earned from now on follows it; what was accrued before stays until its event changes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCommissionRule {
    /// Its name: it stands in explanations.
    pub name: String,
    /// The rate in basis points.
    pub rate_bp: i32,
    /// Whose.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// With whom.
    #[serde(default)]
    pub physician_id: Option<PhysicianId>,
    /// Of which customer.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// Where.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// Of which manufacturer.
    #[serde(default)]
    pub manufacturer_id: Option<ManufacturerId>,
    /// Of which product line.
    #[serde(default)]
    pub product_line_id: Option<ProductLineId>,
    /// Which item.
    #[serde(default)]
    pub catalog_item_id: Option<CatalogItemId>,
    /// First day; since ever when absent.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// Last day; for ever when absent.
    #[serde(default)]
    pub valid_to: Option<Day>,
}

/// Changes a rule: its name, rate and days. What it is for stays; for something else make another one.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCommissionRule {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The rate in basis points.
    #[serde(default)]
    pub rate_bp: Option<i32>,
    /// First day.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub valid_from: crate::Patch<Day>,
    /// Last day.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub valid_to: crate::Patch<Day>,
    /// Takes it out, or puts it back.
    #[serde(default)]
    pub archived: Option<bool>,
}

/// A part of somebody's commission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissionPart {
    /// Its id.
    pub id: PaymentId,
    /// With which event.
    pub event_id: EventId,
    /// That event's number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// The customer.
    pub customer_name: Option<String>,
    /// When.
    pub on: Day,
    /// On how much.
    pub base_minor: i64,
    /// At which rate, basis points; what the rates of an event come to.
    pub rate_bp: i64,
    /// How much; below zero when it is taken back.
    pub amount_minor: i64,
    /// accrued (the customer has not paid yet), payable, paid, clawed_back (to be taken off), reversed.
    pub state: String,
    /// Why this amount.
    pub explanation: String,
    /// When it was paid.
    pub paid_at: Option<Instant>,
}

/// What somebody earned in a period, by how it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissionAccount {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// The customers have not paid yet.
    pub accrued_minor: i64,
    /// The customers have paid.
    pub payable_minor: i64,
    /// Paid.
    pub paid_minor: i64,
    /// To be taken off, below zero.
    pub clawed_back_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// What it is made of, at most 1,000.
    pub parts: Vec<CommissionPart>,
    /// There is more than is shown and summed: choose a shorter period.
    pub more: bool,
}

/// Issues a statement over what is payable, and what is to be taken off, until a day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCommissionStatement {
    /// Whose.
    pub user_id: UserId,
    /// First day of the period, for its head: what is payable from before comes along.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Also what the customers have not paid yet.
    #[serde(default)]
    pub include_accrued: bool,
}

/// A statement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissionStatement {
    /// Its id.
    pub id: CommissionStatementId,
    /// Its running number.
    pub number: String,
    /// Whose.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// First day of its period.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// issued, paid, cancelled.
    pub status: String,
    /// What it comes to.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Why it was cancelled.
    pub reason: String,
    /// When it was issued.
    pub created_at: Instant,
    /// By whom.
    pub created_by_id: UserId,
    /// When it was paid.
    pub paid_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// A statement with what it is made of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissionStatementParts {
    /// What lists show.
    #[serde(flatten)]
    pub head: CommissionStatement,
    /// What it is made of.
    pub parts: Vec<CommissionPart>,
}

/// Cancels a statement that was not paid.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelCommissionStatement {
    /// Why.
    pub reason: String,
}
