//! Bulk changes and the jobs that carry them out.

use domain::bulk::{BulkMode, JobStatus, RowOutcome};
use domain::clock::{Day, Instant};
use domain::id::{JobId, PreviewId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Which rows a bulk change is about: either `ids`, or a `filter` with the names of the list's own filters, whose matches are
/// frozen as ids when the preview is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkSelect {
    /// These rows, at most 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Everything that matches, by the names of the list's filters; a list of values means any of them. An empty filter
    /// selects all that is not archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<BTreeMap<String, serde_json::Value>>,
    /// With `filter`: words searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// With `ids`: the versions that the caller saw, by id. A row that has another one now is told as changed meanwhile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, i64>,
}

/// What becomes of one field: `set` with an `id` or a `value`, `clear`, or `none` for a location's rep (deliberately nobody).
/// Tags know `add`, `remove` and `change` besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkOp {
    /// set, clear, none; for tags also add, remove, change.
    pub op: String,
    /// With `set`: the id of what is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// With `set`: the value; for tags a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub value: Option<serde_json::Value>,
    /// With `billing_status`: why; needed from hold up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With `billing_status`: when to look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_on: Option<Day>,
    /// With `change` of tags: tags to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// With `change` of tags: tags to take off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// What is to become of the selected rows, by field. A field that is not named stays.
pub type BulkSet = BTreeMap<String, BulkOp>;

/// Asks what a bulk change would do. Nothing is written. `ids`, `filter`, `q` and `versions` may also stand in `select`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBulk {
    /// Which rows.
    #[serde(default)]
    pub select: Option<BulkSelect>,
    /// These rows.
    #[serde(default)]
    pub ids: Option<Vec<String>>,
    /// Everything that matches.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<BTreeMap<String, serde_json::Value>>,
    /// Words searched for.
    #[serde(default)]
    pub q: Option<String>,
    /// The versions that the caller saw, by id.
    #[serde(default)]
    pub versions: BTreeMap<String, i64>,
    /// Field by field. Customers: default_sales_rep_id, payment_terms_id, basis_date, billing_status, credit_limit_minor,
    /// price_list_id, tags, next_contact_on, auto_hold, archived, task. Locations: sales_rep_id, price_list_id, tags,
    /// delivery_instructions, archived. Units: tags, expires_on, due_back_on, place_id.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, BulkOp>)]
    pub set: BulkSet,
    /// Why; it stands in the journal.
    #[serde(default)]
    pub reason: String,
    /// With a new default rep: locations that have a rep of their own (or nobody) inherit again.
    #[serde(default)]
    pub clear_location_overrides: bool,
    /// What happens when some rows cannot be changed; up to 200 rows all_or_nothing, above skip_failures.
    #[serde(default)]
    pub mode: Option<BulkMode>,
    /// When it is to be done, in the morning of that day where the organisation is; at once when absent.
    #[serde(default)]
    pub effective_on: Option<Day>,
}

/// How many rows would meet which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulkCounts {
    /// In the selection.
    pub selected: i64,
    /// Would be different.
    pub will_change: i64,
    /// Are so already.
    pub already: i64,
    /// May not be changed by the caller.
    pub not_allowed: i64,
    /// Have another version than the caller saw.
    pub changed_meanwhile: i64,
    /// A rule forbids it.
    pub invalid: i64,
}

/// One bar of a field's histogram: so many rows go from one value to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkStep {
    /// The field.
    pub field: String,
    /// Before, as it is stored; null for nothing.
    pub old: Option<String>,
    /// Before, for a screen.
    pub old_label: String,
    /// After, as it is stored; null for nothing.
    pub new: Option<String>,
    /// After, for a screen.
    pub new_label: String,
    /// How many rows.
    pub rows: i64,
}

/// What follows besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consequence {
    /// locations_inherit, overrides_kept, overrides_cleared, open_orders_unaffected, held_orders, receivables_shift.
    pub code: String,
    /// How many.
    pub count: i64,
    /// A sentence.
    pub message: String,
}

/// A rep who gains or loses rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RepShift {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Customers whose default rep they become.
    pub customers_gained: i64,
    /// Customers whose default rep they no longer are.
    pub customers_lost: i64,
    /// Locations that they are to care for.
    pub locations_gained: i64,
    /// Locations that they no longer care for.
    pub locations_lost: i64,
}

/// Receivables of one month under two sets of terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MonthShift {
    /// Its first day.
    pub month: Day,
    /// Falls due as it is, minor units.
    pub before_minor: i64,
    /// Would fall due, minor units.
    pub after_minor: i64,
}

/// Receivables of one week under two sets of terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WeekShift {
    /// Its Monday.
    pub week: Day,
    /// Falls due as it is, minor units.
    pub before_minor: i64,
    /// Would fall due, minor units.
    pub after_minor: i64,
}

/// How receivables would move: the invoices of the last twelve months as if they had been issued under the new terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceivablesShift {
    /// How many invoices were looked at.
    pub invoices: i64,
    /// What they add up to, minor units.
    pub total_minor: i64,
    /// Of these, due dates that cannot be told under the new terms, because the event that they wait for is not known.
    pub pending_minor: i64,
    /// Days by which they fall due later, on average, weighted by amount; below zero for earlier. In tenths.
    pub later_by_tenths: i64,
    /// What is owed more at any moment, on average over a year, minor units; below zero for less.
    pub tied_up_minor: i64,
    /// Week by week, without a gap.
    pub weeks: Vec<WeekShift>,
    /// Month by month.
    pub months: Vec<MonthShift>,
    /// All that in a sentence.
    pub message: String,
}

/// A changed field of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkChange {
    /// The field.
    pub field: String,
    /// Before, as it is stored.
    pub old: Option<String>,
    /// Before, for a screen.
    pub old_label: String,
    /// After, as it is stored.
    pub new: Option<String>,
    /// After, for a screen.
    pub new_label: String,
}

/// One row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkRow {
    /// The customer, location or unit.
    pub id: String,
    /// Its name; of a location with its customer's.
    pub name: String,
    /// Its number or code.
    pub number: String,
    /// Its version.
    pub version: i64,
    /// pending for rows that would change, already, not_allowed, changed_meanwhile, invalid.
    pub outcome: RowOutcome,
    /// Why it cannot be changed, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it cannot be changed, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What would be different.
    pub changes: Vec<BulkChange>,
}

/// What a bulk change would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkPreview {
    /// Give it to apply; good for 30 minutes.
    pub preview_token: PreviewId,
    /// Until when.
    pub expires_at: Instant,
    /// customers, locations, units or orders.
    pub entity: String,
    /// How many rows would meet which fate.
    pub counts: BulkCounts,
    /// From which values to which, by field.
    pub histogram: Vec<BulkStep>,
    /// What follows besides.
    pub consequences: Vec<Consequence>,
    /// Reps who gain or lose rows.
    pub reps: Vec<RepShift>,
    /// With new terms or another basis date: how receivables would move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receivables: Option<ReceivablesShift>,
    /// The first 50 rows, those that cannot be changed first.
    pub rows: Vec<BulkRow>,
    /// What happens when some rows cannot be changed.
    pub mode: BulkMode,
    /// When it is to be done.
    pub effective_on: Option<Day>,
    /// A person confirms this number by typing it; null for few rows.
    pub confirm_rows: Option<i64>,
    /// A second person has to approve it.
    pub needs_approval: bool,
}

/// Applies a preview.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyBulk {
    /// From the preview.
    pub preview_token: PreviewId,
    /// The number of rows that would change, typed by a person. The console needs it above 100 rows; when it is given it
    /// must be right.
    #[serde(default)]
    pub confirm_rows: Option<i64>,
}

/// Long work: a bulk change, its undoing, a merge, an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    /// Its id; it stands in the journal as the batch of every change.
    pub id: JobId,
    /// bulk, undo, reapply_terms, merge, unmerge or import.
    pub kind: String,
    /// customers, locations, units or orders.
    pub entity: String,
    /// How it stands.
    pub status: JobStatus,
    /// approval or date, for one that is queued and may not run yet.
    pub waits_for: Option<String>,
    /// Rows by what became of them: selected, done, skipped (so already), failed, and of the failed not_allowed,
    /// changed_meanwhile, invalid, not_found; for an undoing restored and changed_since.
    pub counts: BTreeMap<String, i64>,
    /// Rows that it is about.
    pub rows_total: i64,
    /// Rows that were looked at.
    pub rows_done: i64,
    /// What it does, in a sentence.
    pub summary: String,
    /// Why, as given.
    pub reason: String,
    /// All or nothing, or failures skipped.
    pub mode: BulkMode,
    /// When it is to be done.
    pub effective_on: Option<Day>,
    /// Who asked for it.
    pub created_by_id: UserId,
    /// Their name.
    pub created_by_name: String,
    /// When.
    pub created_at: Instant,
    /// Who approved or declined it.
    pub approved_by_id: Option<UserId>,
    /// When it came to its end.
    pub finished_at: Option<Instant>,
    /// The job that this one undoes.
    pub undo_of: Option<JobId>,
    /// The job that undid this one.
    pub undone_by: Option<JobId>,
    /// Until when it can be undone; null when it cannot.
    pub undo_until: Option<Instant>,
    /// Whether the caller may stop it now.
    pub can_cancel: bool,
    /// Whether the caller may approve it now.
    pub can_approve: bool,
    /// For If-Match.
    pub version: i64,
}

/// What became of one row of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobRow {
    /// Its place, from 1.
    pub n: i64,
    /// The customer, location, unit or order.
    pub id: String,
    /// Its name now.
    pub name: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Why, for programs.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// What was written.
    pub changes: Vec<crate::ChangeView>,
}
