//! Two customers that are one: what would move, what it would look like, how it is taken back.

use crate::ChangeView;
use crate::bulk::Consequence;
use domain::clock::Instant;
use domain::id::{CustomerId, JobId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes a customer a part of another one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeCustomer {
    /// The customer that stays.
    pub into: CustomerId,
    /// Only tells what would move; nothing is written.
    #[serde(default)]
    pub dry_run: bool,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergeSide {
    /// Which.
    pub id: CustomerId,
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// Countable orders over all time.
    pub orders_count: i64,
    /// The same, minor units.
    pub orders_total_minor: i64,
    /// Locations that are not archived.
    pub locations_count: i64,
    /// Facility stock on its shelves: units.
    pub stock_on_site_units: i64,
    /// Unpaid invoices, minor units; only for those who may see receivables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_balance_minor: Option<i64>,
}

/// How many of what go over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergeCount {
    /// location, event, order, invoice, credit_memo, remark, subsidiary, contact, or another kind of record.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// A merge as it would be, or as it was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Merge {
    /// Nothing was written.
    pub dry_run: bool,
    /// The customer that stays, as it is before the merge.
    pub survivor: MergeSide,
    /// The one that becomes a part of it: archived, found by search, and leading to the survivor.
    pub merged: MergeSide,
    /// What goes over; kinds of which there is nothing are left out.
    pub moves: Vec<MergeCount>,
    /// Countable orders of the survivor afterwards.
    pub orders_count_after: i64,
    /// The same, minor units.
    pub orders_total_minor_after: i64,
    /// What the survivor takes over because it had nothing there, and lists that are united.
    pub filled: Vec<ChangeView>,
    /// What follows besides.
    pub consequences: Vec<Consequence>,
    /// The job that stands for it; it is undone with `POST /jobs/{id}/undo`.
    pub job_id: Option<JobId>,
    /// Until when.
    pub undo_until: Option<Instant>,
}
