//! Tables that come in: what was done with each row.

use domain::bulk::ImportState;
use domain::clock::Instant;
use domain::id::{ImportId, JobId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What became of an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Import {
    /// Names it in the journal.
    pub id: ImportId,
    /// What was imported.
    pub kind: String,
    /// Nothing was written: the counts tell what would be.
    pub dry_run: bool,
    /// Rows of the table.
    pub rows: usize,
    /// Rows that made something.
    pub created: usize,
    /// Rows that changed something.
    pub updated: usize,
    /// Rows that were so already.
    pub unchanged: usize,
    /// Rows with an error.
    pub failed: usize,
    /// What is wrong with them, at most 1,000. With errors nothing is written, unless `mode=skip_failures`.
    pub errors: Vec<RowError>,
    /// Columns of the table that were not looked at.
    pub ignored_columns: Vec<String>,
    /// It was stopped: the counts tell what was written until then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// The first 50 rows that make or change something, with what; of customers and locations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preview: Vec<ImportRow>,
    /// Of customers and locations that were written: the job that stands for it, undone with `POST /jobs/{id}/undo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Instant>,
}

/// One row of a table with what it does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRow {
    /// The row as a spreadsheet numbers it.
    pub row: usize,
    /// Makes something new; otherwise it changes something known.
    pub creates: bool,
    /// The id of what it changes; null where something new is made.
    pub subject_id: Option<String>,
    /// What is different, by field.
    pub changes: Vec<ImportChange>,
}

/// A field that a row of a table sets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportChange {
    /// Which.
    pub field: String,
    /// What it was; null for nothing.
    pub old: Option<String>,
    /// What it becomes; null for nothing.
    pub new: Option<String>,
}

/// How the columns of a kind of table are called somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMapping {
    /// Names it as `mapping=`; remembered ones have none: they apply to tables with the same head.
    pub key: Option<String>,
    /// For people.
    pub name: String,
    /// The table's column to ours; empty for one that is left out.
    pub columns: BTreeMap<String, String>,
    /// When it was last used; null for one that comes with the product.
    pub used_at: Option<Instant>,
}

/// The mappings of a kind of table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMappings {
    /// Ready ones first, then those that were used, the latest first.
    pub items: Vec<ImportMapping>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowError {
    /// The row as a spreadsheet numbers it; the head is usually row 1.
    pub row: usize,
    /// The column; null when the row as a whole is meant.
    pub column: Option<String>,
    /// Stable, snake_case.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A long import as it goes on: one of more rows than a chunk holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportRun {
    /// The id that `run` gave it, else that of the import.
    pub id: ImportId,
    /// What is imported.
    pub kind: String,
    /// Nothing is written.
    pub dry_run: bool,
    /// How it stands.
    pub state: ImportState,
    /// Rows that are to be checked, or written.
    pub rows_total: i64,
    /// Of these, how many are.
    pub rows_done: i64,
    /// Somebody asked to stop it: it ends after the chunk that it is at.
    pub stopping: bool,
    /// Since when.
    pub begun_at: Instant,
    /// When something was heard of it last.
    pub updated_at: Instant,
}

/// One's own imports of the last day that took a while, the latest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRuns {
    /// At most 20.
    pub items: Vec<ImportRun>,
}
