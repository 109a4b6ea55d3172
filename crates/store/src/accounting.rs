//! Exports to the books of other programs: what is to be exported, what was, and under which names.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// How an organisation exports to one kind of program.
    #[derive(Clone, Debug)]
    pub struct SettingRow { pub begins_on: Option<i64>, pub scan_from: i64, pub settings: String, pub version: i64 }
}

const SETTING: Sql = crate::locking!(
    "SELECT begins_on, scan_from, settings, version FROM accounting_setting WHERE organization_id = $1 AND kind = $2"
);
const READ_SETTING: &str =
    "SELECT begins_on, scan_from, settings, version FROM accounting_setting WHERE organization_id = $1 AND kind = $2";
const SAVE_SETTING: &str = "INSERT INTO accounting_setting (organization_id, kind, begins_on, scan_from, settings, version) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, kind) DO UPDATE SET begins_on = excluded.begins_on, \
    scan_from = excluded.scan_from, settings = excluded.settings, version = excluded.version";

/// How it is set up; nothing until it is.
pub fn setting(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Option<SettingRow>> {
    tx.one(READ_SETTING, args![organization, kind])
}

/// The same, locked: one run of a kind at a time.
pub fn lock_setting(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Option<SettingRow>> {
    tx.one(SETTING, args![organization, kind])
}

/// Sets it up.
pub fn save_setting(tx: &mut Tx, organization: Uuid, kind: &str, row: &SettingRow) -> Result<()> {
    tx.exec(SAVE_SETTING, args![organization, kind, row.begins_on, row.scan_from, row.settings, row.version])?;
    Ok(())
}

db::record! {
    /// What something is called there.
    #[derive(Clone, Debug)]
    pub struct NameRow { pub subject_kind: String, pub subject_id: Uuid, pub name: String, pub account: String }
}

const NAMES: &str = "SELECT subject_kind, subject_id, name, account FROM accounting_name \
    WHERE organization_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id > $4 ORDER BY subject_id LIMIT $5";
const NAMES_OF: &str = "SELECT subject_kind, subject_id, name, account FROM accounting_name \
    WHERE organization_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id IN ({ids})";
const SET_NAME: &str = "INSERT INTO accounting_name (organization_id, kind, subject_kind, subject_id, name, account) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, kind, subject_kind, subject_id) \
    DO UPDATE SET name = excluded.name, account = excluded.account";
const DROP_NAME: &str = "DELETE FROM accounting_name \
    WHERE organization_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4";
const ITEM_NAMES: &str = "SELECT item.number, maker.name, known.name, known.account FROM accounting_name known \
    JOIN catalog_item item ON item.organization_id = known.organization_id AND item.id = known.subject_id \
    JOIN catalog_manufacturer maker ON maker.organization_id = item.organization_id AND maker.id = item.manufacturer_id \
    WHERE known.organization_id = $1 AND known.kind = $2 AND known.subject_kind = 'cat'";
const MAKER_NAMES: &str = "SELECT maker.name, known.account FROM accounting_name known \
    JOIN catalog_manufacturer maker ON maker.organization_id = known.organization_id AND maker.id = known.subject_id \
    WHERE known.organization_id = $1 AND known.kind = $2 AND known.subject_kind = 'mfr'";

/// Names of one kind of subject, after an id.
pub fn names(
    tx: &mut Tx,
    organization: Uuid,
    kind: &str,
    subject: &str,
    after: Uuid,
    most: i64,
) -> Result<Vec<NameRow>> {
    tx.all(NAMES, args![organization, kind, subject, after, most])
}

/// Names of these subjects.
pub fn names_of(tx: &mut Tx, organization: Uuid, kind: &str, subject: &str, ids: &[Uuid]) -> Result<Vec<NameRow>> {
    crate::bulk::all(tx, NAMES_OF, args![organization, kind, subject], ids)
}

/// Sets a name, or takes it away when nothing is left of it.
pub fn set_name(tx: &mut Tx, organization: Uuid, kind: &str, row: &NameRow) -> Result<()> {
    if row.name.is_empty() && row.account.is_empty() {
        tx.exec(DROP_NAME, args![organization, kind, row.subject_kind, row.subject_id])?;
        return Ok(());
    }
    tx.exec(SET_NAME, args![organization, kind, row.subject_kind, row.subject_id, row.name, row.account])?;
    Ok(())
}

/// Every item with a name or an account there: number, manufacturer, name, account.
pub fn item_names(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Vec<(String, String, String, String)>> {
    tx.all(ITEM_NAMES, args![organization, kind])
}

/// Every manufacturer with an account there.
pub fn maker_accounts(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Vec<(String, String)>> {
    tx.all(MAKER_NAMES, args![organization, kind])
}

db::record! {
    /// A document that is to be exported, with what its invoice says.
    #[derive(Clone, Debug)]
    pub struct PendingRow {
        pub id: Uuid, pub number: String, pub day: i64, pub customer_id: Option<Uuid>, pub amount_minor: i64,
        pub due_on: Option<i64>, pub invoice_id: Option<Uuid>, pub invoice_number: String, pub invoice_total_minor: i64,
        pub line_ids: String, pub reference: String, pub document: String,
    }
}

/// Which documents a run looks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The kind of program.
    pub kind: &'a str,
    /// Nothing that came about before this day.
    pub scan_from: i64,
    /// Nothing dated before this day.
    pub begins_on: i64,
    /// Nothing dated after this day.
    pub through_on: i64,
    /// Only what is billed in the organisation's own name.
    pub own_name_only: bool,
    /// `scan_from` as a moment.
    pub since: i64,
    /// Most rows.
    pub most: i64,
}

/// That a document of a kind was not exported yet.
macro_rules! not_exported {
    ($kind:literal, $id:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM accounting_export_document done WHERE done.organization_id = $1 AND done.kind = $2 \
             AND done.book_kind = '",
            $kind,
            "' AND done.document_id = ",
            $id,
            " AND done.standing = 1)"
        )
    };
}

const INVOICES: &str = concat!(
    "SELECT invoice.id, invoice.number, invoice.issued_on, invoice.customer_id, invoice.total_minor, invoice.due_on, invoice.id, \
     invoice.number, invoice.total_minor, '[]', '', invoice.document FROM billing_invoice invoice \
     WHERE invoice.organization_id = $1 AND invoice.issued_on >= $3 AND invoice.issued_on <= $4 AND invoice.status <> 'void' \
     AND (CAST($5 AS BIGINT) = 0 OR invoice.manufacturer_id IS NULL) AND ",
    not_exported!("invoice", "invoice.id"),
    " ORDER BY invoice.issued_on, invoice.id LIMIT $6"
);
const MEMOS: &str = concat!(
    "SELECT memo.id, memo.number, memo.issued_on, memo.customer_id, memo.amount_minor, NULL, invoice.id, invoice.number, \
     invoice.total_minor, memo.line_ids, memo.reason, invoice.document FROM billing_credit_memo memo \
     JOIN billing_invoice invoice ON invoice.organization_id = memo.organization_id AND invoice.id = memo.invoice_id \
     WHERE memo.organization_id = $1 AND memo.issued_on >= $3 AND memo.issued_on <= $4 \
     AND (memo.kind = 'credit' OR $2 <> 'ubl') \
     AND (CAST($5 AS BIGINT) = 0 OR invoice.manufacturer_id IS NULL) AND ",
    not_exported!("credit_memo", "memo.id"),
    " ORDER BY memo.issued_on, memo.id LIMIT $6"
);
const PAYMENTS: &str = concat!(
    "SELECT payment.id, '', payment.received_on, invoice.customer_id, payment.amount_minor, NULL, invoice.id, \
     CASE WHEN invoice.status = 'void' THEN '' ELSE invoice.number END, invoice.total_minor, '[]', payment.reference, \
     invoice.document FROM billing_payment payment \
     JOIN billing_invoice invoice ON invoice.organization_id = payment.organization_id AND invoice.id = payment.invoice_id \
     WHERE payment.organization_id = $1 AND payment.created_at >= $7 AND payment.received_on >= $3 \
     AND payment.received_on <= $4 AND payment.kind = 'payment' AND (CAST($5 AS BIGINT) = 0 OR invoice.manufacturer_id IS NULL) AND ",
    not_exported!("payment", "payment.id"),
    " ORDER BY payment.created_at, payment.id LIMIT $6"
);
const REFUNDS: &str = concat!(
    "SELECT step.id, '', step.day, step.customer_id, -step.amount_minor, NULL, NULL, '', CAST(0 AS BIGINT), '[]', \
     step.reference, '' FROM billing_balance step \
     WHERE step.organization_id = $1 AND step.created_at >= $7 AND step.day >= $3 AND step.day <= $4 \
     AND step.kind = 'refunded' AND CAST($5 AS BIGINT) >= 0 AND ",
    not_exported!("refund", "step.id"),
    " ORDER BY step.created_at, step.id LIMIT $6"
);
const KEPT_PAYMENTS: &str = concat!(
    "SELECT step.id, '', step.day, step.customer_id, step.amount_minor, NULL, NULL, '', CAST(0 AS BIGINT), '[]', \
     step.reference, '' FROM billing_balance step \
     WHERE step.organization_id = $1 AND step.created_at >= $7 AND step.day >= $3 AND step.day <= $4 \
     AND step.kind = 'paid' AND CAST($5 AS BIGINT) >= 0 AND ",
    not_exported!("payment", "step.id"),
    " ORDER BY step.created_at, step.id LIMIT $6"
);
const OPENING_PAYMENTS: &str = concat!(
    "SELECT payment.id, '', payment.received_on, opening.customer_id, payment.amount_minor, NULL, opening.id, opening.number, \
     opening.total_minor, '[]', payment.reference, '' FROM billing_opening_payment payment \
     JOIN billing_opening_invoice opening ON opening.organization_id = payment.organization_id \
     AND opening.id = payment.opening_invoice_id \
     WHERE payment.organization_id = $1 AND payment.created_at >= $7 AND payment.received_on >= $3 \
     AND payment.received_on <= $4 AND payment.kind = 'payment' AND CAST($5 AS BIGINT) >= 0 AND ",
    not_exported!("payment", "payment.id"),
    " ORDER BY payment.created_at, payment.id LIMIT $6"
);
const OPENING_CREDITS: &str = concat!(
    "SELECT payment.id, payment.number, payment.received_on, opening.customer_id, payment.amount_minor, NULL, opening.id, \
     opening.number, CAST(0 AS BIGINT), '[]', payment.reference, '' FROM billing_opening_payment payment \
     JOIN billing_opening_invoice opening ON opening.organization_id = payment.organization_id \
     AND opening.id = payment.opening_invoice_id \
     WHERE payment.organization_id = $1 AND payment.created_at >= $7 AND payment.received_on >= $3 \
     AND payment.received_on <= $4 AND payment.kind <> 'payment' AND $2 <> 'ubl' AND CAST($5 AS BIGINT) >= 0 AND ",
    not_exported!("credit_memo", "payment.id"),
    " ORDER BY payment.created_at, payment.id LIMIT $6"
);
const VOIDS: &str = concat!(
    "SELECT invoice.id, invoice.number, invoice.issued_on, invoice.customer_id, invoice.total_minor, NULL, invoice.id, \
     invoice.number, invoice.total_minor, '[]', '', invoice.document FROM billing_invoice invoice \
     WHERE invoice.organization_id = $1 AND invoice.status = 'void' AND EXISTS (SELECT 1 FROM accounting_export_document out \
     WHERE out.organization_id = $1 AND out.kind = $2 AND out.book_kind = 'invoice' AND out.document_id = invoice.id \
     AND out.standing = 1) AND ",
    not_exported!("invoice_void", "invoice.id"),
    " ORDER BY invoice.id LIMIT $3"
);

/// Invoices that stand and were not exported.
pub fn invoices(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(INVOICES, dated(organization, wanted).as_slice())
}

/// Credit memos that were not exported.
pub fn memos(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(MEMOS, dated(organization, wanted).as_slice())
}

/// Payments of customers that were not exported: not what only moved from one invoice to another. What was paid on an invoice that is
/// void by now is about none.
pub fn payments(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(PAYMENTS, booked(organization, wanted).as_slice())
}

/// Money of customers that paid more than was open.
pub fn kept_payments(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(KEPT_PAYMENTS, booked(organization, wanted).as_slice())
}

/// What was credited or written off of invoices that were open when the organisation began here.
pub fn opening_credits(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(OPENING_CREDITS, booked(organization, wanted).as_slice())
}

/// Payments of invoices that were open when the organisation began here.
pub fn opening_payments(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(OPENING_PAYMENTS, booked(organization, wanted).as_slice())
}

/// Credit balance that was paid out and not exported.
pub fn refunds(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(REFUNDS, booked(organization, wanted).as_slice())
}

/// Invoices that were exported and are void by now.
pub fn voids(tx: &mut Tx, organization: Uuid, wanted: &Wanted<'_>) -> Result<Vec<PendingRow>> {
    tx.all(VOIDS, args![organization, wanted.kind, wanted.most])
}

fn dated(organization: Uuid, wanted: &Wanted<'_>) -> Vec<db::Value> {
    let from = wanted.scan_from.max(wanted.begins_on);
    args![organization, wanted.kind, from, wanted.through_on, i64::from(wanted.own_name_only), wanted.most].to_vec()
}

fn booked(organization: Uuid, wanted: &Wanted<'_>) -> Vec<db::Value> {
    let own = i64::from(wanted.own_name_only);
    let all = args![organization, wanted.kind, wanted.begins_on, wanted.through_on, own, wanted.most, wanted.since];
    all.to_vec()
}

const STANDING: &str = "SELECT document_id FROM accounting_export_document \
    WHERE organization_id = $1 AND kind = $2 AND book_kind = 'invoice' AND standing = 1 AND document_id IN ({ids})";

/// Which of these invoices were exported.
pub fn exported_invoices(tx: &mut Tx, organization: Uuid, kind: &str, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = crate::bulk::all(tx, STANDING, args![organization, kind], ids)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// A run.
    #[derive(Clone, Debug)]
    pub struct ExportRow {
        pub id: Uuid, pub number: String, pub kind: String, pub status: String, pub through_on: i64,
        pub documents_count: i64, pub debit_minor: i64, pub sums: String, pub scan_from: i64, pub created_by: Uuid,
        pub created_at: i64, pub undone_by: Option<Uuid>, pub undone_at: Option<i64>, pub undo_reason: String,
        pub version: i64,
    }
}

/// The columns of [`ExportRow`], for statements that list runs (`run` is the table's name).
pub const EXPORT_COLUMNS: &str = "run.id, run.number, run.kind, run.status, run.through_on, run.documents_count, \
    run.debit_minor, run.sums, run.scan_from, run.created_by, run.created_at, run.undone_by, run.undone_at, \
    run.undo_reason, run.version";

macro_rules! run {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, kind, status, through_on, documents_count, debit_minor, sums, scan_from, created_by, created_at, \
             undone_by, undone_at, undo_reason, version FROM accounting_export WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const EXPORT: &str = run!("id = $2");
const LOCK_EXPORT: Sql = Sql { lite: run!("id = $2"), pg: run!("id = $2 FOR UPDATE") };
const LATEST: &str = run!("kind = $2 AND status = 'done' ORDER BY created_at DESC, id DESC LIMIT 1");
const INSERT_EXPORT: &str = "INSERT INTO accounting_export (organization_id, id, number, kind, status, through_on, \
    documents_count, debit_minor, sums, scan_from, created_by, created_at, undone_by, undone_at, undo_reason, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const UNDO_EXPORT: &str = "UPDATE accounting_export SET status = 'undone', undone_by = $3, undone_at = $4, undo_reason = $5, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";
const UNDO_DOCUMENTS: &str =
    "UPDATE accounting_export_document SET standing = 0 WHERE organization_id = $1 AND export_id = $2";

/// One run.
pub fn export(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ExportRow>> {
    tx.one(EXPORT, args![organization, id])
}

/// The same, locked.
pub fn lock_export(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ExportRow>> {
    tx.one(LOCK_EXPORT, args![organization, id])
}

/// The last run of a kind that stands.
pub fn latest(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Option<ExportRow>> {
    tx.one(LATEST, args![organization, kind])
}

/// Keeps a run.
pub fn insert_export(tx: &mut Tx, organization: Uuid, row: &ExportRow) -> Result<()> {
    tx.exec(
        INSERT_EXPORT,
        args![
            organization,
            row.id,
            row.number,
            row.kind,
            row.status,
            row.through_on,
            row.documents_count,
            row.debit_minor,
            row.sums,
            row.scan_from,
            row.created_by,
            row.created_at,
            row.undone_by,
            row.undone_at,
            row.undo_reason,
            row.version
        ],
    )?;
    Ok(())
}

/// Takes a run back: its documents may be exported again.
pub fn undo(tx: &mut Tx, organization: Uuid, id: Uuid, by: Uuid, at: i64, reason: &str) -> Result<()> {
    tx.exec(UNDO_EXPORT, args![organization, id, by, at, reason])?;
    tx.exec(UNDO_DOCUMENTS, args![organization, id])?;
    Ok(())
}

db::record! {
    /// A document of a run.
    #[derive(Clone, Debug)]
    pub struct DocumentRow {
        pub place: i64, pub book_kind: String, pub document_id: Uuid, pub number: String, pub day: i64,
        pub customer: String, pub amount_minor: i64,
    }
}

const INSERT_DOCUMENTS: &str = "INSERT INTO accounting_export_document (organization_id, export_id, place, kind, book_kind, \
    document_id, number, day, customer, amount_minor, standing) VALUES";
const DOCUMENTS: &str = "SELECT place, book_kind, document_id, number, day, customer, amount_minor \
    FROM accounting_export_document WHERE organization_id = $1 AND export_id = $2 AND place > $3 ORDER BY place LIMIT $4";

/// Keeps the documents of a run.
pub fn insert_documents(tx: &mut Tx, organization: Uuid, run: &ExportRow, rows: &[DocumentRow]) -> Result<()> {
    let mut values: Vec<db::Value> = Vec::with_capacity(rows.len() * 11);
    for row in rows {
        values.extend_from_slice(args![
            organization,
            run.id,
            row.place,
            run.kind,
            row.book_kind,
            row.document_id,
            row.number,
            row.day,
            row.customer,
            row.amount_minor,
            1
        ]);
    }
    crate::bulk::insert(tx, INSERT_DOCUMENTS, "", 11, &values)?;
    Ok(())
}

/// Documents of a run after a place.
pub fn documents(tx: &mut Tx, organization: Uuid, run: Uuid, after: i64, most: i64) -> Result<Vec<DocumentRow>> {
    tx.all(DOCUMENTS, args![organization, run, after, most])
}

db::record! {
    /// In which run a document is.
    #[derive(Clone, Debug)]
    pub struct WhereRow { pub export_id: Uuid, pub number: String, pub kind: String, pub created_at: i64 }
}

const OF_DOCUMENT: &str = "SELECT run.id, run.number, run.kind, run.created_at FROM accounting_export_document document \
    JOIN accounting_export run ON run.organization_id = document.organization_id AND run.id = document.export_id \
    WHERE document.organization_id = $1 AND document.document_id = $2 AND document.standing = 1 ORDER BY run.created_at";

/// The runs in which a document stands.
pub fn of_document(tx: &mut Tx, organization: Uuid, document: Uuid) -> Result<Vec<WhereRow>> {
    tx.all(OF_DOCUMENT, args![organization, document])
}

db::record! {
    /// A file of a run, without its content.
    #[derive(Clone, Debug)]
    pub struct FileRow { pub place: i64, pub name: String, pub media_type: String, pub size_bytes: i64, pub digest: String }
}

const INSERT_FILE: &str = "INSERT INTO accounting_export_file (organization_id, export_id, place, name, media_type, \
    size_bytes, digest, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const FILES: &str = "SELECT place, name, media_type, size_bytes, digest FROM accounting_export_file \
    WHERE organization_id = $1 AND export_id = $2 ORDER BY place";
const CONTENT: &str = "SELECT media_type, content FROM accounting_export_file \
    WHERE organization_id = $1 AND export_id = $2 AND name = $3";

/// Keeps a file of a run.
pub fn insert_file(tx: &mut Tx, organization: Uuid, run: Uuid, row: &FileRow, content: &[u8]) -> Result<()> {
    tx.exec(
        INSERT_FILE,
        args![organization, run, row.place, row.name, row.media_type, row.size_bytes, row.digest, content],
    )?;
    Ok(())
}

/// The files of a run.
pub fn files(tx: &mut Tx, organization: Uuid, run: Uuid) -> Result<Vec<FileRow>> {
    tx.all(FILES, args![organization, run])
}

/// A file of a run: its media type and content.
pub fn content(tx: &mut Tx, organization: Uuid, run: Uuid, name: &str) -> Result<Option<(String, Vec<u8>)>> {
    tx.one(CONTENT, args![organization, run, name])
}
