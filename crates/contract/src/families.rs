//! Customers below customers, and what they add up to.

use crate::directory::Sums;
use domain::billing::BillingStatus;
use domain::clock::Instant;
use domain::directory::CustomerKind;
use domain::engagement::EngagementStage;
use domain::id::CustomerId;
use serde::Serialize;
use utoipa::ToSchema;

/// One customer of a tree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FamilyMember {
    /// Which.
    pub id: CustomerId,
    /// The customer above it.
    pub parent_customer_id: Option<CustomerId>,
    /// How far below the first one it stands; 0 for the first itself.
    pub level: i64,
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// What it is.
    pub kind: CustomerKind,
    /// How alive the business is.
    pub engagement_stage: EngagementStage,
    /// What it may still be sold.
    pub effective_billing_status: BillingStatus,
    /// Left out of lists since; its figures count.
    pub archived_at: Option<Instant>,
    /// Its own figures.
    pub own: Sums,
    /// With everybody below it.
    pub with_subsidiaries: Sums,
    /// The part of its total with everybody below in that of the first, basis points; null when there were no orders.
    pub share_bp: Option<i64>,
}

/// A customer with everybody below it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Family {
    /// Customers above it in reach, from the nearest up.
    pub above: Vec<CustomerId>,
    /// Itself first, then everybody below it in reach, each before those below; brothers by name. At most 500.
    pub items: Vec<FamilyMember>,
    /// What they add up to.
    pub totals: Sums,
    /// There are more than are shown and summed.
    pub more: bool,
}
