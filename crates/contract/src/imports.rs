//! Tables that come in: what was done with each row.

use domain::id::ImportId;
use serde::Serialize;
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
