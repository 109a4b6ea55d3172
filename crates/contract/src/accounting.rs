//! Exports to the books of other programs: how they are set up, what a run would hold, runs.

use domain::accounting::{AccountRole, BookKind, ExportKind, FieldSource};
use domain::clock::{Day, Instant};
use domain::id::{AccountingExportId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an organisation exports to one kind of program.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingSettings {
    /// For which program.
    pub kind: ExportKind,
    /// Nothing dated before this day is exported; null for everything.
    pub begins_on: Option<Day>,
    /// Every account with its name there.
    pub accounts: Vec<AccountName>,
    /// Facts that are sent along, each under a name of the other program.
    pub fields: Vec<FieldName>,
    /// Invoices that manufacturers issue in their own name are left out.
    pub own_name_only: bool,
    /// The organisation's number for tax, for electronic invoices.
    pub seller_tax_number: String,
    /// Its number in a register of companies.
    pub seller_registration: String,
    /// For If-Match.
    pub version: i64,
}

/// An account with its name in the other program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountName {
    /// What it is for.
    pub role: AccountRole,
    /// Its name there.
    pub name: String,
}

/// A fact that is sent along under a name of the other program: a column, a custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldName {
    /// The fact. Nothing about patients is among them.
    pub source: FieldSource,
    /// Its name there. Facts under one name are put together.
    pub name: String,
}

/// Sets an export up anew.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAccountingSettings {
    /// Nothing dated before this day is exported; null for everything.
    #[serde(default)]
    pub begins_on: Option<Day>,
    /// Accounts with other names than the usual ones.
    #[serde(default)]
    pub accounts: Vec<AccountName>,
    /// Facts that are sent along.
    #[serde(default)]
    pub fields: Vec<FieldName>,
    /// Leaves out what manufacturers bill in their own name.
    #[serde(default)]
    pub own_name_only: bool,
    /// The organisation's number for tax.
    #[serde(default)]
    pub seller_tax_number: String,
    /// Its number in a register of companies.
    #[serde(default)]
    pub seller_registration: String,
}

/// What a customer, an item or a manufacturer is called there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountingName {
    /// cus_…, cat_… or mfr_….
    pub subject_id: String,
    /// What it is called here.
    pub label: String,
    /// Its name or external id there; empty for the usual one.
    pub name: String,
    /// Where it is booked; empty for the usual account. For items and manufacturers.
    pub account: String,
}

/// Says what a customer, an item or a manufacturer is called there. Empty fields give the usual ones back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAccountingName {
    /// cus_…, cat_… or mfr_….
    pub subject_id: String,
    /// Its name or external id there.
    #[serde(default)]
    pub name: String,
    /// Where it is booked.
    #[serde(default)]
    pub account: String,
}

/// Documents of one kind, counted and added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountingSum {
    /// Which.
    pub document: BookKind,
    /// How many.
    pub count: i64,
    /// What they add up to, minor units.
    pub total_minor: i64,
}

/// What stands against a document, or what to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountingProblem {
    /// What it is.
    pub document: BookKind,
    /// Its id.
    pub document_id: String,
    /// Its number.
    pub number: String,
    /// Stable, snake_case.
    pub code: String,
    /// A sentence that says what to do.
    pub message: String,
    /// The document cannot be exported like that.
    pub blocks: bool,
}

/// What a run would hold now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingPreview {
    /// For which program.
    pub kind: ExportKind,
    /// The last day of its documents.
    pub through_on: Day,
    /// What it would hold, kind by kind.
    pub sums: Vec<AccountingSum>,
    /// How many documents.
    pub documents_count: i64,
    /// Debits, and as much credit.
    pub debit_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Problems of documents, at most 200.
    pub problems: Vec<AccountingProblem>,
    /// Documents that cannot be exported like that.
    pub blocked_count: i64,
    /// There are more documents than one run holds: the next run takes the rest.
    pub more: bool,
}

/// Runs an export.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunAccountingExport {
    /// For which program.
    pub kind: ExportKind,
    /// The last day of its documents; today when absent.
    #[serde(default)]
    pub through_on: Option<Day>,
    /// Documents that cannot be exported are left for a later run. Without it such documents refuse the run.
    #[serde(default)]
    pub leave_out_problems: bool,
}

/// A run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingExport {
    /// Its id.
    pub id: AccountingExportId,
    /// Its running number.
    pub number: String,
    /// For which program.
    pub kind: ExportKind,
    /// done, or undone: its documents may be exported again.
    pub status: String,
    /// The last day of its documents.
    pub through_on: Day,
    /// What it holds, kind by kind.
    pub sums: Vec<AccountingSum>,
    /// How many documents.
    pub documents_count: i64,
    /// Debits, and as much credit.
    pub debit_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was run.
    pub created_at: Instant,
    /// By whom.
    pub created_by_id: UserId,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
    /// By whom.
    pub undone_by_id: Option<UserId>,
    /// Why.
    pub undo_reason: String,
    /// For If-Match.
    pub version: i64,
}

/// A run with its files.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingExportFiles {
    /// What lists show.
    #[serde(flatten)]
    pub head: AccountingExport,
    /// Its files: the same bytes whenever they are asked for.
    pub files: Vec<AccountingFile>,
}

/// A file of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub size_bytes: i64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// A document of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountingDocument {
    /// What it is.
    pub document: BookKind,
    /// inv_…, crm_… or pay_….
    pub document_id: String,
    /// Its number there.
    pub number: String,
    /// Its day.
    pub on: Day,
    /// The customer's name there.
    pub customer: String,
    /// What it is over.
    pub amount_minor: i64,
}

/// Takes a run back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoAccountingExport {
    /// Why.
    pub reason: String,
}
