//! Runs: what one would hold, making one, reading it, taking it back.

use super::build::{Made, Mapping, make, printed, same_names};
use super::settings::Stored;
use crate::events::plan::typed;
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::accounting::{
    AccountingDocument, AccountingExport, AccountingExportFiles, AccountingFile, AccountingPreview, AccountingProblem,
    AccountingSum, RunAccountingExport, UndoAccountingExport,
};
use contract::{ListParams, Page};
use domain::accounting::{BookKind, ExportKind, sums};
use domain::clock::{Day, Instant};
use domain::id::{AccountingExportId, Id, InvoiceId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use print::books::{self, Shape};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use store::accounting::{self as rows, DocumentRow, ExportRow, FileRow, PendingRow, SettingRow, Wanted};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// Documents that one run holds at most; the next one takes the rest.
const DOCUMENTS_MAX: usize = 2_000;
/// Problems that a preview names.
const PROBLEMS_SHOWN: usize = 200;
/// Days that a run looks back over what an earlier one saw: units of work that began before it and ended after it.
const LOOK_BACK_DAYS: i32 = 2;

/// What is still to be exported.
struct Found {
    made: Vec<Made>,
    problems: Vec<AccountingProblem>,
    blocked: HashSet<String>,
    mapping: Mapping,
    more: bool,
}

fn shape(kind: ExportKind) -> Shape {
    match kind {
        ExportKind::QuickbooksIif => Shape::Iif,
        ExportKind::QuickbooksCsv => Shape::Quickbooks,
        ExportKind::NetsuiteCsv => Shape::Netsuite,
        ExportKind::GeneralLedger => Shape::Ledger,
        ExportKind::Ubl => Shape::Ubl,
    }
}

fn find(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, through: Day, setting: Option<&SettingRow>) -> Result<Found> {
    let stored = Stored::read(setting)?;
    let scan_from = setting.map_or(0, |row| row.scan_from);
    let wanted = Wanted {
        kind: kind.as_str(),
        scan_from,
        begins_on: setting.and_then(|row| row.begins_on).unwrap_or(0),
        through_on: i64::from(through.0),
        own_name_only: stored.own_name_only,
        since: Day(scan_from as i32).starts_in(&ctx.organization.time_zone).0,
        most: DOCUMENTS_MAX as i64 + 1,
    };
    let mut found: Vec<(BookKind, PendingRow)> = Vec::new();
    // In the order in which the other program takes them: what is owed, what takes it off, what pays it.
    for (book, read) in READS {
        if kind.takes(*book) {
            found.extend(read(tx, ctx.org(), &wanted)?.into_iter().map(|row| (*book, row)));
        }
    }
    let more = found.len() > DOCUMENTS_MAX;
    found.truncate(DOCUMENTS_MAX);
    let all: Vec<&PendingRow> = found.iter().map(|(_, row)| row).collect();
    let mapping = Mapping::load(ctx, tx, kind, stored, &all)?;
    let (mut made, mut problems) = (Vec::new(), Vec::new());
    for (book, row) in found {
        let (one, told) = make(&mapping, book, row);
        made.extend(one);
        problems.extend(told);
    }
    problems.extend(same_names(&made));
    problems.extend(elsewhere(ctx, tx, kind, &made)?);
    let blocked: HashSet<String> = problems.iter().filter(|it| it.blocks).map(|it| it.document_id.clone()).collect();
    made.retain(|it| !blocked.contains(&printed(it.kind, it.row.id)));
    Ok(Found { made, problems, blocked, mapping, more })
}

type Read = fn(&mut Tx, Uuid, &Wanted<'_>) -> store::Result<Vec<PendingRow>>;

const READS: &[(BookKind, Read)] = &[
    (BookKind::Invoice, rows::invoices),
    (BookKind::InvoiceVoid, rows::voids),
    (BookKind::CreditMemo, rows::memos),
    (BookKind::CreditMemo, rows::opening_credits),
    (BookKind::Payment, rows::payments),
    (BookKind::Payment, rows::kept_payments),
    (BookKind::Payment, rows::opening_payments),
    (BookKind::Refund, rows::refunds),
];

/// Memos and payments whose invoice the other program does not know from here.
fn elsewhere(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, made: &[Made]) -> Result<Vec<AccountingProblem>> {
    if kind == ExportKind::GeneralLedger {
        return Ok(Vec::new());
    }
    let about = |it: &&Made| matches!(it.kind, BookKind::CreditMemo | BookKind::Payment);
    let ids: Vec<Uuid> = made.iter().filter(about).filter_map(|it| it.row.invoice_id).collect();
    let mut known: HashSet<Uuid> = rows::exported_invoices(tx, ctx.org(), kind.as_str(), &ids)?.into_iter().collect();
    known.extend(made.iter().filter(|it| it.kind == BookKind::Invoice).map(|it| it.row.id));
    let unknown =
        |it: &&Made| !it.entry.applies_to.is_empty() && it.row.invoice_id.is_some_and(|id| !known.contains(&id));
    let problem = |it: &Made| AccountingProblem {
        document: it.kind,
        document_id: printed(it.kind, it.row.id),
        number: it.entry.number.clone(),
        code: "invoice_elsewhere".to_owned(),
        message: format!(
            "Its invoice {} was not exported from here. It must be known there already.",
            it.entry.applies_to
        ),
        blocks: false,
    };
    Ok(made.iter().filter(about).filter(unknown).map(problem).collect())
}

fn sums_of(made: &[Made]) -> Result<(Vec<AccountingSum>, i64)> {
    let too_large = |_| Error::field("through_on", "amount_too_large", "These documents add up to more than fits.");
    let mut by_kind: BTreeMap<BookKind, (i64, Minor)> = BTreeMap::new();
    let mut debits = Minor::ZERO;
    for it in made {
        let (count, total) = by_kind.entry(it.kind).or_default();
        *count += 1;
        *total = total.plus(Minor(it.row.amount_minor)).map_err(too_large)?;
        let (debit, credit) = sums(&it.postings).map_err(too_large)?;
        if debit != credit {
            return Err(Error::Internal(format!("{} does not balance", it.entry.number)));
        }
        debits = debits.plus(debit).map_err(too_large)?;
    }
    let view =
        |(document, (count, total)): (BookKind, (i64, Minor))| AccountingSum { document, count, total_minor: total.0 };
    Ok((by_kind.into_iter().map(view).collect(), debits.0))
}

/// What a run would hold, with documents that stand against it named.
pub fn preview(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, through_on: Option<Day>) -> Result<AccountingPreview> {
    ctx.require(Permission::ManageBilling)?;
    let through = through_on.unwrap_or(ctx.today());
    let setting = rows::setting(tx, ctx.org(), kind.as_str())?;
    let mut found = find(ctx, tx, kind, through, setting.as_ref())?;
    let (sums, debit_minor) = sums_of(&found.made)?;
    // What blocks is told first.
    found.problems.sort_by_key(|it| !it.blocks);
    found.problems.truncate(PROBLEMS_SHOWN);
    Ok(AccountingPreview {
        kind,
        through_on: through,
        sums,
        documents_count: found.made.len() as i64,
        debit_minor,
        currency: ctx.organization.currency.clone(),
        problems: found.problems,
        blocked_count: found.blocked.len() as i64,
        more: found.more,
    })
}

/// Runs an export: its documents are exported from now on, its files are kept as they are.
pub fn run(ctx: &Ctx, tx: &mut Tx, ask: &RunAccountingExport) -> Result<AccountingExportFiles> {
    ctx.require(Permission::ManageBilling)?;
    let (kind, today) = (ask.kind, ctx.today());
    let through = ask.through_on.unwrap_or(today);
    let known = rows::lock_setting(tx, ctx.org(), kind.as_str())?;
    let setting = known.unwrap_or(SettingRow { begins_on: None, scan_from: 0, settings: "{}".to_owned(), version: 0 });
    // One run of a kind at a time, the first one too.
    rows::save_setting(tx, ctx.org(), kind.as_str(), &setting)?;
    let found = find(ctx, tx, kind, through, Some(&setting))?;
    refuse(&found, ask)?;
    let (sums, debit_minor) = sums_of(&found.made)?;
    let row = ExportRow {
        id: ctx.id::<domain::id::AccountingExport>().uuid(),
        number: format!("EXP-{:06}", store::engine::next_number(tx, ctx.org(), "accounting_export")?),
        kind: kind.as_str().to_owned(),
        status: "done".to_owned(),
        through_on: i64::from(through.0),
        documents_count: found.made.len() as i64,
        debit_minor,
        sums: serde_json::to_string(&sums).map_err(|error| Error::Internal(error.to_string()))?,
        scan_from: setting.scan_from,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        undone_by: None,
        undone_at: None,
        undo_reason: String::new(),
        version: 1,
    };
    rows::insert_export(tx, ctx.org(), &row)?;
    let documents: Vec<DocumentRow> = found.made.iter().enumerate().map(|(at, it)| document_row(at, it)).collect();
    rows::insert_documents(tx, ctx.org(), &row, &documents)?;
    let entries = found.made.into_iter().map(|it| it.entry).collect();
    keep_files(ctx, tx, &row, kind, &found.mapping.books(entries))?;
    // Everything until today is exported unless something was left: then the next run looks again from where this one did.
    if !found.more && found.blocked.is_empty() && through >= today {
        let scan_from = i64::from(today.plus(-LOOK_BACK_DAYS).0).max(setting.scan_from);
        rows::save_setting(tx, ctx.org(), kind.as_str(), &SettingRow { scan_from, ..setting })?;
    }
    let mut entry = ctx.entry("accounting_exported").subject(row.id).subject(ctx.org());
    entry.change(row.id, "number", None, Some(row.number.clone()));
    entry.change(row.id, "documents", None, Some(format!("{} {}", row.kind, row.sums)));
    entry.append(ctx, tx)?;
    export(ctx, tx, Id::from_uuid(row.id))
}

fn refuse(found: &Found, ask: &RunAccountingExport) -> Result<()> {
    if !found.blocked.is_empty() && !ask.leave_out_problems {
        let first = found.problems.iter().find(|it| it.blocks);
        let named = first.map(|it| format!(" {}: {}", it.number, it.message)).unwrap_or_default();
        let count = found.blocked.len();
        let message =
            format!("{count} documents cannot be exported like that.{named} Put it right, or leave them out.");
        return Err(Error::conflict("documents_with_problems", message));
    }
    if found.made.is_empty() {
        let message = "There is nothing new to export.";
        return Err(Error::conflict("nothing_to_export", message));
    }
    Ok(())
}

fn document_row(at: usize, it: &Made) -> DocumentRow {
    DocumentRow {
        place: at as i64 + 1,
        book_kind: it.kind.as_str().to_owned(),
        document_id: it.row.id,
        number: it.entry.number.clone(),
        day: i64::from(it.entry.on),
        customer: it.entry.customer.clone(),
        amount_minor: it.row.amount_minor,
    }
}

fn keep_files(ctx: &Ctx, tx: &mut Tx, row: &ExportRow, kind: ExportKind, books: &books::Books) -> Result<()> {
    let made = books::files(books, shape(kind)).map_err(|error| Error::Internal(error.to_string()))?;
    for (at, file) in made.into_iter().enumerate() {
        let digest: String = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = FileRow {
            place: at as i64,
            name: file.name,
            media_type: file.media_type.to_owned(),
            size_bytes: file.bytes.len() as i64,
            digest,
        };
        rows::insert_file(tx, ctx.org(), row.id, &kept, &file.bytes)?;
    }
    Ok(())
}

fn view(ctx: &Ctx, row: ExportRow) -> AccountingExport {
    AccountingExport {
        id: Id::from_uuid(row.id),
        number: row.number,
        kind: ExportKind::parse(&row.kind).unwrap_or(ExportKind::GeneralLedger),
        status: row.status,
        through_on: Day(row.through_on as i32),
        sums: serde_json::from_str(&row.sums).unwrap_or_default(),
        documents_count: row.documents_count,
        debit_minor: row.debit_minor,
        currency: ctx.organization.currency.clone(),
        created_at: Instant(row.created_at),
        created_by_id: Id::from_uuid(row.created_by),
        undone_at: row.undone_at.map(Instant),
        undone_by_id: row.undone_by.map(Id::from_uuid),
        undo_reason: row.undo_reason,
        version: row.version,
    }
}

/// One run with its files.
pub fn export(ctx: &Ctx, tx: &mut Tx, id: AccountingExportId) -> Result<AccountingExportFiles> {
    ctx.require(Permission::ManageBilling)?;
    let row = rows::export(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let files = rows::files(tx, ctx.org(), row.id)?
        .into_iter()
        .map(|file| AccountingFile {
            name: file.name,
            media_type: file.media_type,
            size_bytes: file.size_bytes,
            sha256: file.digest,
        })
        .collect();
    Ok(AccountingExportFiles { head: view(ctx, row), files })
}

/// A file of a run: media type and content, the same bytes whenever it is asked for.
pub fn file(ctx: &Ctx, tx: &mut Tx, id: AccountingExportId, name: &str) -> Result<(String, Vec<u8>)> {
    ctx.require(Permission::ManageBilling)?;
    rows::content(tx, ctx.org(), id.uuid(), name)?.ok_or_else(Error::not_found)
}

const SORTS: Sorts = &[("created_at", "run.created_at")];
const LATEST: &[Sort] = &[Sort { column: "run.created_at", descending: true }];

/// Runs, latest first.
pub fn exports(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<AccountingExport>> {
    ctx.require(Permission::ManageBilling)?;
    list::only(params, &["kind", "status"])?;
    let paging = list::paging("accounting_exports", params, SORTS, LATEST)?;
    let mut query = Query::new(format!("SELECT {} FROM accounting_export run", rows::EXPORT_COLUMNS));
    query.and("run.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(kinds) = list::words(params, "kind", ExportKind::parse)? {
        query.any_of("run.kind", kinds.into_iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    let known = |text: &str| ["done", "undone"].into_iter().find(|known| *known == text);
    if let Some(words) = list::words(params, "status", known)? {
        query.any_of("run.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
    }
    let (found, more) = query.page::<ExportRow>(tx, &paging.sorts, "run.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &ExportRow| {
        let sorted = paging.sorts.iter().map(|_| Value::Int(row.created_at));
        sorted.chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, found, more, key, |row| view(ctx, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// The documents of a run, in the order of its files.
pub fn documents(
    ctx: &Ctx,
    tx: &mut Tx,
    id: AccountingExportId,
    params: &ListParams,
) -> Result<Page<AccountingDocument>> {
    ctx.require(Permission::ManageBilling)?;
    list::only(params, &[])?;
    let row = rows::export(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let paging = list::paging(&format!("documents of {id}"), params, &[], &[])?;
    let after = match paging.after.as_ref().map(|after| after.0.as_slice()) {
        Some([Value::Int(place)]) => *place,
        _ => 0,
    };
    let mut found = rows::documents(tx, ctx.org(), row.id, after, i64::from(paging.limit) + 1)?;
    let more = found.len() > paging.limit as usize;
    found.truncate(paging.limit as usize);
    let mut page = list::page(paging.bound, found, more, |row| vec![Value::Int(row.place)], document_view);
    page.total = params.count.then_some(row.documents_count);
    Ok(page)
}

fn document_view(row: DocumentRow) -> AccountingDocument {
    let kind = BookKind::parse(&row.book_kind).unwrap_or(BookKind::Invoice);
    AccountingDocument {
        document: kind,
        document_id: printed(kind, row.document_id),
        number: row.number,
        on: Day(row.day as i32),
        customer: row.customer,
        amount_minor: row.amount_minor,
    }
}

/// Takes the last run of its kind back: its documents may be exported again. What the other program took in meanwhile has to be
/// taken out there.
pub fn undo(
    ctx: &Ctx,
    tx: &mut Tx,
    id: AccountingExportId,
    ask: &UndoAccountingExport,
) -> Result<AccountingExportFiles> {
    ctx.require(Permission::ManageBilling)?;
    let row = rows::lock_export(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.check_version(row.version, || export(ctx, tx, id))?;
    if row.status != "done" {
        return Err(Error::conflict("already_undone", "This run was taken back already."));
    }
    let reason = typed("reason", domain::text::clean_note(&ask.reason, limits::REASON_MAX))?;
    if reason.is_empty() {
        return Err(Error::field("reason", "reason_required", "Say why the run is taken back."));
    }
    let setting = rows::lock_setting(tx, ctx.org(), &row.kind)?;
    if let Some(latest) = rows::latest(tx, ctx.org(), &row.kind)?.filter(|latest| latest.id != row.id) {
        let message = format!("{} came after this run. Take the later runs back first.", latest.number);
        return Err(Error::conflict("later_run_exists", message));
    }
    rows::undo(tx, ctx.org(), row.id, ctx.actor.id.uuid(), ctx.now.0, &reason)?;
    if let Some(setting) = setting {
        let scan_from = setting.scan_from.min(row.scan_from);
        rows::save_setting(tx, ctx.org(), &row.kind, &SettingRow { scan_from, ..setting })?;
    }
    let mut entry = ctx.entry("accounting_export_undone").reason(&reason).subject(row.id).subject(ctx.org());
    entry.change(row.id, "status", Some("done".into()), Some("undone".into()));
    entry.append(ctx, tx)?;
    export(ctx, tx, id)
}

/// The runs in which a document stands: number, kind and moment.
pub fn document_runs(ctx: &Ctx, tx: &mut Tx, document: Uuid) -> Result<Vec<(AccountingExportId, String, ExportKind)>> {
    if !ctx.may(Permission::ManageBilling) {
        return Ok(Vec::new());
    }
    let found = rows::of_document(tx, ctx.org(), document)?;
    let view = |row: rows::WhereRow| {
        let kind = ExportKind::parse(&row.kind)?;
        Some((Id::from_uuid(row.export_id), row.number, kind))
    };
    Ok(found.into_iter().filter_map(view).collect())
}

/// The electronic form of an invoice: its number and the XML. Whoever sees the invoice with its prices may have it.
pub(crate) fn electronic(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<(String, String)> {
    let seen = crate::billing::documents::invoice(ctx, tx, id)?;
    let document = serde_json::to_string(&seen.document).map_err(|error| Error::Internal(error.to_string()))?;
    let head = seen.head;
    if head.status == "void" {
        return Err(Error::conflict("invoice_void", "This invoice is void. Send the one that replaces it."));
    }
    let row = PendingRow {
        id: id.uuid(),
        number: head.number.clone(),
        day: i64::from(head.issued_on.0),
        customer_id: head.customer_id.map(|id| id.uuid()),
        amount_minor: head.total_minor.unwrap_or_default(),
        due_on: head.due_on.map(|day| i64::from(day.0)),
        invoice_id: Some(id.uuid()),
        invoice_number: head.number.clone(),
        invoice_total_minor: head.total_minor.unwrap_or_default(),
        line_ids: "[]".to_owned(),
        reference: String::new(),
        document,
    };
    let setting = rows::setting(tx, ctx.org(), ExportKind::Ubl.as_str())?;
    let stored = Stored::read(setting.as_ref())?;
    let mapping = Mapping::load(ctx, tx, ExportKind::Ubl, stored, &[&row])?;
    let (made, problems) = make(&mapping, BookKind::Invoice, row);
    let Some(made) = made else {
        let message = problems.into_iter().next().map(|it| it.message).unwrap_or_default();
        return Err(Error::conflict("no_electronic_form", message));
    };
    let books = mapping.books(vec![made.entry.clone()]);
    Ok((head.number, books::electronic_invoice(&books, &made.entry)))
}

/// The electronic form of an invoice as a file beside it.
pub fn invoice_xml(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<crate::billing::documents::Paper> {
    let (number, text) = electronic(ctx, tx, id)?;
    let file_name = format!("{}.xml", books::file_stem(&number));
    Ok(crate::billing::documents::Paper { file_name, bytes: text.into_bytes() })
}
