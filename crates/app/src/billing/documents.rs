//! Reading sales orders and invoices, in lists, one by one, and on paper.

use crate::events::{level, sees_prices};
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::billing::{Invoice, InvoiceSummary, OrderDocument, Payment, SalesOrder, SalesOrderSummary};
use contract::credits::{CreditMemo, CreditMemoSummary};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::document::SignedDocument;
use domain::engagement::Window;
use domain::event::EventType;
use domain::id::{CreditMemoId, CustomerId, Id, InvoiceId, LineId, SalesOrderId};
use domain::money::Minor;
use domain::people::Level;
use domain::terms::DueState;
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Total};
use std::collections::BTreeMap;
use store::billing::{INVOICE_COLUMNS, InvoiceRow, SALES_ORDER_COLUMNS, SalesOrderRow};
use store::credits::{CREDIT_MEMO_COLUMNS, CreditMemoRow};
use store::page::{Query, Sort};
use store::{Tx, Value};

pub(crate) fn order_summary(ctx: &Ctx, row: SalesOrderRow) -> SalesOrderSummary {
    let shown = sees_prices(ctx);
    SalesOrderSummary {
        id: Id::from_uuid(row.id),
        number: row.number,
        revision: row.revision,
        event_id: Id::from_uuid(row.event_id),
        event_type: EventType::parse(&row.event_type).unwrap_or(EventType::Other),
        customer_id: row.customer_id.map(Id::from_uuid),
        location_id: row.location_id.map(Id::from_uuid),
        representative_id: Id::from_uuid(row.representative_id),
        submitted_on: Day(row.submitted_on as i32),
        shipped_on: row.shipped_on.map(|day| Day(day as i32)),
        delivered_on: row.delivered_on.map(|day| Day(day as i32)),
        total_minor: shown.then_some(row.total_minor),
        net_minor: shown.then_some(row.net_minor),
        currency: ctx.organization.currency.clone(),
        terms: super::reapply::words(&row.terms),
        uninvoiced: row.uninvoiced_minor > 0,
        status: row.status,
        counts: row.counts,
        issued_at: Instant(row.issued_at),
        version: row.version,
    }
}

pub(super) fn invoice_summary(ctx: &Ctx, row: InvoiceRow) -> InvoiceSummary {
    let shown = sees_prices(ctx);
    let open = row.open();
    InvoiceSummary {
        id: Id::from_uuid(row.id),
        number: row.number,
        event_id: Id::from_uuid(row.event_id),
        sales_order_id: Id::from_uuid(row.sales_order_id),
        customer_id: row.customer_id.map(Id::from_uuid),
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        issued_on: Day(row.issued_on as i32),
        due_on: row.due_on.map(|day| Day(day as i32)),
        due_state: DueState::parse(&row.due_state).unwrap_or(DueState::Due),
        due_explanation: row.explanation,
        estimated_due_on: row.estimated_due_on.map(|day| Day(day as i32)),
        due_manual: row.due_manual,
        received_on: row.received_on.map(|day| Day(day as i32)),
        specified_on: row.specified_on.map(|day| Day(day as i32)),
        total_minor: shown.then_some(row.total_minor),
        paid_minor: shown.then_some(row.paid_minor),
        credited_minor: shown.then_some(row.credited_minor),
        open_minor: shown.then_some(open),
        currency: ctx.organization.currency.clone(),
        status: row.status,
        rebilled_as_id: row.rebilled_as_id.map(Id::from_uuid),
        version: row.version,
    }
}

fn memo_summary(ctx: &Ctx, row: CreditMemoRow) -> CreditMemoSummary {
    let shown = sees_prices(ctx);
    CreditMemoSummary {
        kind: row.kind,
        id: Id::from_uuid(row.id),
        number: row.number,
        invoice_id: Id::from_uuid(row.invoice_id),
        event_id: Id::from_uuid(row.event_id),
        customer_id: row.customer_id.map(Id::from_uuid),
        location_id: row.location_id.map(Id::from_uuid),
        amount_minor: shown.then_some(row.amount_minor),
        net_minor: shown.then_some(row.net_minor),
        to_balance_minor: shown.then_some(row.to_balance_minor),
        currency: ctx.organization.currency.clone(),
        reason: row.reason,
        issued_on: Day(row.issued_on as i32),
        rebilled_as_id: row.rebilled_as_id.map(Id::from_uuid),
        created_by_id: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
    }
}

/// Whether the viewer sees the event of a document.
fn sees_event(ctx: &Ctx, tx: &mut Tx, event: uuid::Uuid) -> Result<bool> {
    Ok(match store::events::event(tx, ctx.org(), event)? {
        Some(row) => level(ctx, tx, &row)? >= Level::See,
        None => false,
    })
}

pub(crate) fn read_document(text: Option<String>) -> Result<OrderDocument> {
    serde_json::from_str(&text.unwrap_or_default()).map_err(|error| Error::Internal(error.to_string()))
}

/// One edition of a sales order. Whoever reaches the location but not the event sees it without what it says.
pub fn sales_order(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId) -> Result<SalesOrder> {
    let row = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let whole = sees_event(ctx, tx, row.event_id)?;
    if !whole {
        let there = match row.location_id {
            Some(location) => store::directory::sees_location(tx, ctx.viewer(), location)?,
            None => false,
        };
        if !there {
            return Err(Error::not_found());
        }
    }
    let document = if whole && sees_prices(ctx) {
        Some(read_document(store::billing::order_document(tx, ctx.org(), row.id)?)?)
    } else {
        None
    };
    Ok(SalesOrder { head: order_summary(ctx, row), document })
}

/// One invoice.
pub fn invoice(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<Invoice> {
    let row = store::billing::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees_event(ctx, tx, row.event_id)? {
        return Err(Error::not_found());
    }
    prices_needed(ctx)?;
    let document = read_document(store::billing::invoice_document(tx, ctx.org(), row.id)?)?;
    let payments = store::billing::payments(tx, ctx.org(), row.id)?
        .into_iter()
        .map(|row| Payment {
            id: Id::from_uuid(row.id),
            amount_minor: row.amount_minor,
            kind: row.kind,
            received_on: Day(row.received_on as i32),
            reference: row.reference,
            created_at: Instant(row.created_at),
            created_by_id: Id::from_uuid(row.created_by),
        })
        .collect();
    let credit_memos = store::credits::of_invoice(tx, ctx.org(), row.id)?;
    let credit_memos = credit_memos.into_iter().map(|memo| memo_summary(ctx, memo)).collect();
    Ok(Invoice { head: invoice_summary(ctx, row), document, payments, credit_memos })
}

/// One credit memo with what it says.
pub fn credit_memo(ctx: &Ctx, tx: &mut Tx, id: CreditMemoId) -> Result<CreditMemo> {
    let row = store::credits::memo(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees_event(ctx, tx, row.event_id)? {
        return Err(Error::not_found());
    }
    prices_needed(ctx)?;
    let invoice = store::billing::invoice(tx, ctx.org(), row.invoice_id)?.ok_or_else(Error::not_found)?;
    let said = read_document(store::billing::invoice_document(tx, ctx.org(), row.invoice_id)?)?;
    let wanted: Vec<LineId> = serde_json::from_str(&row.line_ids).unwrap_or_default();
    let whole = wanted.is_empty() && row.amount_minor == invoice.total_minor;
    let lines = said.lines.into_iter().filter(|line| whole || wanted.contains(&line.line_id)).collect();
    Ok(CreditMemo {
        invoice: invoice_summary(ctx, invoice),
        lines,
        charges: if whole { said.charges } else { Vec::new() },
        whole,
        seller: said.seller,
        customer: said.customer,
        head: memo_summary(ctx, row),
    })
}

fn prices_needed(ctx: &Ctx) -> Result<()> {
    ctx.require(domain::people::Permission::ViewContractPrices)
}

/// That the event of a row is in reach, for lists of documents over `table`; None for the office.
fn of_events(ctx: &Ctx, table: &str) -> Option<(String, Vec<Value>)> {
    let (text, args) = crate::events::within(ctx)?;
    let sql = format!(
        "EXISTS (SELECT 1 FROM event WHERE event.organization_id = {table}.organization_id AND event.id = {table}.event_id \
         AND {text})"
    );
    Some((sql, args))
}

const ORDER_SORTS: Sorts = &[("submitted_on", "sales_order.submitted_on"), ("number", "sales_order.number")];
const ORDER_FILTERS: &[&str] = &[
    "id",
    "customer_id",
    "location_id",
    "representative_id",
    "event_id",
    "status",
    "counts",
    "uninvoiced",
    "window",
    "from",
    "to",
];
const LATEST_ORDERS: &[Sort] = &[Sort { column: "sales_order.submitted_on", descending: true }];

fn orders_query(ctx: &Ctx, params: &ListParams, query: &mut Query) -> Result<()> {
    query.and("sales_order.organization_id = ?", [Value::Uuid(ctx.org())]);
    let uuids = |ids: Vec<uuid::Uuid>| ids.into_iter().map(Value::Uuid).collect();
    let customers = list::ids::<domain::id::Customer>(params, "customer_id")?;
    let locations = list::ids::<domain::id::Location>(params, "location_id")?;
    let of_place = customers.is_some() || locations.is_some();
    if let Some(ids) = customers {
        query.any_of("sales_order.customer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = locations {
        query.any_of("sales_order.location_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::User>(params, "representative_id")? {
        query.any_of("sales_order.representative_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Event>(params, "event_id")? {
        query.any_of("sales_order.event_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    let known = |text: &str| ["open", "cancelled", "reversed", "replaced"].into_iter().find(|known| *known == text);
    match list::words(params, "status", known)? {
        Some(words) => {
            query.any_of("sales_order.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
        }
        // Earlier editions are found through their order.
        None => {
            query.and("sales_order.status <> 'replaced'", []);
        }
    }
    if let Some(ids) = list::ids::<domain::id::SalesOrder>(params, "id")? {
        query.any_of("sales_order.id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    match list::yes_no(params, "uninvoiced")? {
        Some(true) => query.and("sales_order.uninvoiced_minor > 0", []),
        Some(false) => query.and("sales_order.uninvoiced_minor = 0", []),
        None => query,
    };
    let counts = list::yes_no(params, "counts")?;
    if let Some(counts) = counts {
        query.and("sales_order.counts = ?", [Value::Int(i64::from(counts))]);
    }
    let windows = list::words(params, "window", Window::parse)?.unwrap_or_default();
    if let Some(first) = windows.first().and_then(|window| window.since(ctx.today())) {
        query.and("sales_order.submitted_on >= ?", [Value::Int(i64::from(first.0))]);
    }
    if let Some(from) = list::day(params, "from")? {
        query.and("sales_order.submitted_on >= ?", [Value::Int(i64::from(from.0))]);
    }
    if let Some(to) = list::day(params, "to")? {
        query.and("sales_order.submitted_on <= ?", [Value::Int(i64::from(to.0))]);
    }
    // The rows behind a figure of a customer are those of the locations in reach, whoever sold.
    if of_place && counts == Some(true) {
        query.and_some(store::directory::locations_in_reach(ctx.viewer(), "sales_order.location_id"));
    } else {
        query.and_some(of_events(ctx, "sales_order"));
    }
    Ok(())
}

/// Sales orders in reach, latest first, without editions that were replaced. With `counts=1` and a customer or location, the
/// rows behind its figures.
pub fn sales_orders(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<SalesOrderSummary>> {
    list::only(params, ORDER_FILTERS)?;
    let paging = list::paging("sales_orders", params, ORDER_SORTS, LATEST_ORDERS)?;
    let mut query = Query::new(format!("SELECT {SALES_ORDER_COLUMNS} FROM billing_sales_order sales_order"));
    orders_query(ctx, params, &mut query)?;
    let (rows, more) =
        query.page::<SalesOrderRow>(tx, &paging.sorts, "sales_order.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &SalesOrderRow| {
        let value = |sort: &Sort| match sort.column {
            "sales_order.number" => Value::Text(row.number.clone()),
            _ => Value::Int(row.submitted_on),
        };
        paging.sorts.iter().map(value).chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |row| order_summary(ctx, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// Orders that a list at these parameters shows, at most so many: what a bulk change selects.
pub(crate) fn order_rows(ctx: &Ctx, tx: &mut Tx, params: &ListParams, most: usize) -> Result<Vec<SalesOrderRow>> {
    list::only(params, ORDER_FILTERS)?;
    let mut query = Query::new(format!("SELECT {SALES_ORDER_COLUMNS} FROM billing_sales_order sales_order"));
    orders_query(ctx, params, &mut query)?;
    let most = u32::try_from(most).unwrap_or(u32::MAX - 1);
    Ok(query.page::<SalesOrderRow>(tx, &[], "sales_order.id", None, most)?.0)
}

const INVOICE_FILTERS: &[&str] = &[
    "customer_id",
    "event_id",
    "sales_order_id",
    "manufacturer_id",
    "status",
    "due_state",
    "due_before",
    "from",
    "to",
];
const INVOICE_SORTS: Sorts = &[("issued_on", "invoice.issued_on"), ("number", "invoice.number")];

/// `due_state`: pending for every one whose due date is not known, manual for typed ones, or a state by its name.
fn due_states(params: &ListParams, query: &mut Query) -> Result<()> {
    let known = |word: &str| match word {
        "pending" => Some("pending"),
        "manual" => Some("manual"),
        word => DueState::ALL.iter().map(|state| state.as_str()).find(|state| *state == word),
    };
    let Some(words) = list::words(params, "due_state", known)? else { return Ok(()) };
    let mut any = Vec::new();
    let mut values = Vec::new();
    for word in words {
        match word {
            "pending" => any.push("invoice.due_on IS NULL".to_owned()),
            "manual" => any.push("invoice.due_manual = 1".to_owned()),
            state => {
                any.push("invoice.due_state = ?".to_owned());
                values.push(Value::Text(state.to_owned()));
            }
        }
    }
    let any = if any.is_empty() { "1 = 0".to_owned() } else { any.join(" OR ") };
    query.and(&format!("({any})"), values);
    Ok(())
}

const LATEST_INVOICES: &[Sort] = &[Sort { column: "invoice.issued_on", descending: true }];

/// Invoices in reach, latest first.
pub fn invoices(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<InvoiceSummary>> {
    list::only(params, INVOICE_FILTERS)?;
    let paging = list::paging("invoices", params, INVOICE_SORTS, LATEST_INVOICES)?;
    let mut query = Query::new(format!("SELECT {INVOICE_COLUMNS} FROM billing_invoice invoice"));
    query.and("invoice.organization_id = ?", [Value::Uuid(ctx.org())]);
    let uuids = |ids: Vec<uuid::Uuid>| ids.into_iter().map(Value::Uuid).collect();
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("invoice.customer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Event>(params, "event_id")? {
        query.any_of("invoice.event_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::SalesOrder>(params, "sales_order_id")? {
        query.any_of("invoice.sales_order_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Manufacturer>(params, "manufacturer_id")? {
        query.any_of("invoice.manufacturer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    let known = |text: &str| ["open", "paid", "credited", "void"].into_iter().find(|known| *known == text);
    if let Some(words) = list::words(params, "status", known)? {
        query.any_of("invoice.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
    }
    due_states(params, &mut query)?;
    for (field, condition) in
        [("due_before", "invoice.due_on < ?"), ("from", "invoice.issued_on >= ?"), ("to", "invoice.issued_on <= ?")]
    {
        if let Some(day) = list::day(params, field)? {
            query.and(condition, [Value::Int(i64::from(day.0))]);
        }
    }
    query.and_some(of_events(ctx, "invoice"));
    let (rows, more) =
        query.page::<InvoiceRow>(tx, &paging.sorts, "invoice.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &InvoiceRow| {
        let value = |sort: &Sort| match sort.column {
            "invoice.number" => Value::Text(row.number.clone()),
            _ => Value::Int(row.issued_on),
        };
        paging.sorts.iter().map(value).chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |row| invoice_summary(ctx, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

const MEMO_FILTERS: &[&str] = &["customer_id", "location_id", "event_id", "invoice_id", "from", "to"];
const MEMO_SORTS: Sorts = &[("issued_on", "memo.issued_on"), ("number", "memo.number")];
const LATEST_MEMOS: &[Sort] = &[Sort { column: "memo.issued_on", descending: true }];

/// Credit memos in reach, latest first.
pub fn credit_memos(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CreditMemoSummary>> {
    list::only(params, MEMO_FILTERS)?;
    let paging = list::paging("credit_memos", params, MEMO_SORTS, LATEST_MEMOS)?;
    let mut query = Query::new(format!("SELECT {CREDIT_MEMO_COLUMNS} FROM billing_credit_memo memo"));
    query.and("memo.organization_id = ?", [Value::Uuid(ctx.org())]);
    let uuids = |ids: Vec<uuid::Uuid>| ids.into_iter().map(Value::Uuid).collect();
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("memo.customer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Location>(params, "location_id")? {
        query.any_of("memo.location_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Event>(params, "event_id")? {
        query.any_of("memo.event_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Invoice>(params, "invoice_id")? {
        query.any_of("memo.invoice_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    for (field, condition) in [("from", "memo.issued_on >= ?"), ("to", "memo.issued_on <= ?")] {
        if let Some(day) = list::day(params, field)? {
            query.and(condition, [Value::Int(i64::from(day.0))]);
        }
    }
    query.and_some(of_events(ctx, "memo"));
    let (rows, more) =
        query.page::<CreditMemoRow>(tx, &paging.sorts, "memo.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &CreditMemoRow| {
        let value = |sort: &Sort| match sort.column {
            "memo.number" => Value::Text(row.number.clone()),
            _ => Value::Int(row.issued_on),
        };
        paging.sorts.iter().map(value).chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |row| memo_summary(ctx, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

// Paper

/// The PDF of a document with the name that its file should have.
#[derive(Debug)]
pub struct Paper {
    /// For saving it.
    pub file_name: String,
    /// The PDF.
    pub bytes: Vec<u8>,
}

/// A sales order on paper.
pub fn sales_order_pdf(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId) -> Result<Paper> {
    sales_order_with_code(ctx, tx, id, None)
}

/// The same with the code of a link to it.
pub(crate) fn sales_order_with_code(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId, link: Option<&str>) -> Result<Paper> {
    let order = sales_order(ctx, tx, id)?;
    prices_needed(ctx)?;
    let said = order.document.ok_or_else(Error::not_found)?;
    let signatures =
        crate::events::signatures::on_paper(ctx, tx, order.head.event_id.uuid(), &said, SignedDocument::Order)?;
    let mut paper = order_paper(&order.head, &said);
    paper.signatures = signatures;
    with_code(&mut paper, link);
    finished(ctx, tx, order.head.customer_id, paper)
}

/// Prints the code of a link, and says what it is for.
fn with_code(paper: &mut Document, link: Option<&str>) {
    if let Some(link) = link {
        paper.qr = Some(link.to_owned());
        paper.words.code = "Code with which the purchase order can be given without an account".to_owned();
        paper.notes.push("Scan the code to give us the purchase order: no account is needed.".to_owned());
    }
}

/// The same for a guest: what was ordered and what it costs, and nothing of the patient, the procedure or what was noted.
pub(crate) fn sales_order_for_guest(
    ctx: &Ctx,
    tx: &mut Tx,
    head: &SalesOrderSummary,
    said: &OrderDocument,
) -> Result<Paper> {
    finished(ctx, tx, head.customer_id, order_paper(head, &for_guest(said)))
}

/// What a guest may know of a document.
pub(crate) fn for_guest(said: &OrderDocument) -> OrderDocument {
    OrderDocument {
        event_name: String::new(),
        physician: None,
        procedure: None,
        patient_reference: String::new(),
        note: String::new(),
        ..said.clone()
    }
}

fn order_paper(head: &SalesOrderSummary, said: &OrderDocument) -> Document {
    let mut paper = page_of(Kind::SalesOrder, &head.number, said, head.issued_at);
    paper.revision = u32::try_from(head.revision).unwrap_or(1);
    paper.standing = match head.status.as_str() {
        "cancelled" => Some("Cancelled".to_owned()),
        "reversed" => Some("Reversed".to_owned()),
        "replaced" => Some("Superseded".to_owned()),
        _ => None,
    };
    paper.meta.push(("Submitted".to_owned(), domain::text::day_words(head.submitted_on)));
    paper
}

/// An invoice on paper that carries its electronic form.
pub fn invoice_pdf_with_xml(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<Paper> {
    let (number, text) = crate::accounting::electronic(ctx, tx, id)?;
    let (customer, mut paper) = invoice_paper(ctx, tx, id)?;
    paper.attachment = Some(print::document::Attachment {
        name: format!("{}.xml", print::books::file_stem(&number)),
        media_type: "text/xml",
        description: format!("Electronic invoice {number} (UBL 2.1)"),
        bytes: text.into_bytes(),
    });
    finished(ctx, tx, customer, paper)
}

/// An invoice on paper.
pub fn invoice_pdf(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<Paper> {
    let (customer, paper) = invoice_paper(ctx, tx, id)?;
    finished(ctx, tx, customer, paper)
}

fn invoice_paper(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<(Option<CustomerId>, Document)> {
    let Invoice { head, document, .. } = invoice(ctx, tx, id)?;
    Ok((head.customer_id, paper_of_invoice(ctx, &head, &document)))
}

fn paper_of_invoice(ctx: &Ctx, head: &InvoiceSummary, document: &OrderDocument) -> Document {
    let issued_at = head.issued_on.starts_in(&ctx.organization.time_zone);
    let mut paper = page_of(Kind::Invoice, &head.number, document, issued_at);
    paper.standing = (head.status == "void").then(|| "Void".to_owned());
    paper.meta.push(("Issued".to_owned(), domain::text::day_words(head.issued_on)));
    let due = head.due_on.map_or_else(|| head.due_state.label(), domain::text::day_words);
    paper.meta.push(("Due".to_owned(), due));
    paper
}

/// An invoice for a guest: nothing of the patient.
pub(crate) fn invoice_for_guest(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<Paper> {
    let Invoice { head, document, .. } = invoice(ctx, tx, id)?;
    finished(ctx, tx, head.customer_id, paper_of_invoice(ctx, &head, &for_guest(&document)))
}

/// A credit memo on paper.
pub fn credit_memo_pdf(ctx: &Ctx, tx: &mut Tx, id: CreditMemoId) -> Result<Paper> {
    let memo = credit_memo(ctx, tx, id)?;
    let head = memo.head;
    let said = OrderDocument {
        seller: memo.seller,
        customer: memo.customer,
        currency: head.currency.clone(),
        lines_total_minor: memo.lines.iter().map(|line| line.amount_minor).sum(),
        lines: memo.lines,
        charges: memo.charges,
        total_minor: head.amount_minor.unwrap_or_default(),
        ..OrderDocument::default()
    };
    let issued_at = head.issued_on.starts_in(&ctx.organization.time_zone);
    let mut paper = page_of(Kind::CreditNote, &head.number, &said, issued_at);
    let write_off = head.kind == "write_off";
    if write_off {
        paper.words.title = "Write-off".to_owned();
    }
    let does = if write_off { "Writes off what is open of invoice" } else { "Credits invoice" };
    paper.title_lines = vec![format!("{does} {}", memo.invoice.number)];
    paper.meta = vec![
        ("Issued".to_owned(), domain::text::day_words(head.issued_on)),
        ("Invoice".to_owned(), memo.invoice.number.clone()),
        ("Invoiced".to_owned(), domain::text::day_words(memo.invoice.issued_on)),
    ];
    if paper.lines.is_empty() {
        let currency = domain::money::Currency::parse(&head.currency).unwrap_or(domain::money::Currency::USD);
        let amount = Minor(said.total_minor).display(currency);
        let cells = vec![String::new(), head.reason.clone(), String::new(), String::new(), amount];
        paper.lines.push(Line::Item { cells, details: Vec::new() });
    }
    paper.notes = vec![format!("Reason: {}", head.reason)];
    if head.to_balance_minor.is_some_and(|minor| minor > 0) {
        paper.notes.push("What was paid already is kept as credit balance.".to_owned());
    }
    if head.rebilled_as_id.is_some() {
        paper.notes.push("The same is billed anew.".to_owned());
    }
    finished(ctx, tx, head.customer_id, paper)
}

/// A paper to a customer, or to nobody in particular, ready to be printed.
pub(crate) fn finished(ctx: &Ctx, tx: &mut Tx, customer: Option<CustomerId>, mut paper: Document) -> Result<Paper> {
    crate::documents::dress(ctx, tx, customer.map(Id::uuid), &mut paper)?;
    let bytes = print::document::pdf(&paper).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Paper { file_name: paper.file_name(), bytes })
}

/// Units that read alike stand in one line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    number: String,
    lot: String,
    expires_on: Option<Day>,
    usage: domain::event::Usage,
    price: i64,
    amount: i64,
    facility_stock: bool,
}

/// Serial numbers that one line of paper names.
const SERIALS_SHOWN: usize = 40;

pub(crate) fn page_of(kind: Kind, number: &str, said: &OrderDocument, issued_at: Instant) -> Document {
    let currency = domain::money::Currency::parse(&said.currency).unwrap_or(domain::money::Currency::USD);
    let words = |minor: i64| Minor(minor).display(currency);
    let mut paper = Document::new(kind, number);
    paper.issued_at = issued_at.0;
    paper.title_lines = vec![format!("{} {}", said.event_number, said.event_name).trim_end().to_owned()];
    let party = |heading: &str, it: &contract::billing::DocumentParty| Party {
        heading: heading.to_owned(),
        name: it.name.clone(),
        lines: [it.number.clone(), it.address.clone()].into_iter().filter(|line| !line.is_empty()).collect(),
    };
    paper.seller = party("From", &said.seller);
    paper.buyer = said.customer.as_ref().map(|it| party("Bill to", it)).unwrap_or_default();
    if let Some(location) = &said.location {
        paper.meta.push(("Facility".to_owned(), location.name.clone()));
    }
    paper.meta.push(("Date".to_owned(), said.event_on.clone()));
    for (label, value) in [
        ("Physician", said.physician.clone().unwrap_or_default()),
        ("Procedure", said.procedure.clone().unwrap_or_default()),
        ("Patient reference", said.patient_reference.clone()),
        ("Representative", said.representative.clone()),
        ("With", said.sub_representatives.join(", ")),
        ("Purchase order", said.purchase_orders.join(", ")),
    ] {
        if !value.is_empty() {
            paper.meta.push((label.to_owned(), value));
        }
    }
    paper.columns = vec![
        Column::new("Number", ColumnKind::Code),
        Column::new("Description", ColumnKind::Text),
        Column::new("Qty", ColumnKind::Number),
        Column::new("Price", ColumnKind::Number),
        Column::new("Amount", ColumnKind::Number),
    ];
    let mut alike: BTreeMap<(String, Alike), Vec<&contract::billing::DocumentLine>> = BTreeMap::new();
    for line in &said.lines {
        let key = Alike {
            number: line.catalog_number.clone(),
            lot: line.lot.clone(),
            expires_on: line.expires_on,
            usage: line.usage,
            price: line.unit_price_minor,
            amount: line.amount_minor,
            facility_stock: line.facility_stock,
        };
        alike.entry((line.manufacturer.clone(), key)).or_default().push(line);
    }
    let mut maker = None;
    for ((manufacturer, key), lines) in &alike {
        if maker != Some(manufacturer) {
            paper.lines.push(Line::Group(manufacturer.clone()));
            maker = Some(manufacturer);
        }
        paper.lines.push(item(key, lines, &words));
    }
    for charge in &said.charges {
        let cells = vec![
            String::new(),
            format!("{} ({})", charge.label, charge.kind.label().to_lowercase()),
            String::new(),
            String::new(),
            words(charge.amount_minor),
        ];
        paper.lines.push(Line::Item { cells, details: Vec::new() });
    }
    if !said.charges.is_empty() {
        paper.totals.push(Total::new("Units", words(said.lines_total_minor)));
        let charges = said.charges.iter().map(|charge| charge.amount_minor).sum();
        paper.totals.push(Total::new("Charges", words(charges)));
    }
    paper.totals.push(Total::grand("Total", words(said.total_minor)));
    if !said.note.is_empty() {
        paper.notes.push(said.note.clone());
    }
    if said.keep_as_facility_stock {
        paper.notes.push(
            "The units stay on the facility's shelf as facility stock. Using them later is not billed again."
                .to_owned(),
        );
    }
    paper.notes.push(format!("Terms: {}", said.terms));
    paper
}

fn item(key: &Alike, lines: &[&contract::billing::DocumentLine], words: &impl Fn(i64) -> String) -> Line {
    let amount: i64 = lines.iter().map(|line| line.amount_minor).sum();
    let mut details = Vec::new();
    let lot = if key.lot.is_empty() { String::new() } else { format!("Lot {}", key.lot) };
    let expiry = key.expires_on.map(|day| format!("expires {}", domain::text::day_words(day))).unwrap_or_default();
    let first: Vec<String> = [lot, expiry].into_iter().filter(|part| !part.is_empty()).collect();
    if !first.is_empty() {
        details.push(first.join(", "));
    }
    let serials: Vec<&str> =
        lines.iter().map(|line| line.serial.as_str()).filter(|it| !it.is_empty()).take(SERIALS_SHOWN).collect();
    if !serials.is_empty() {
        details.push(format!("Serial {}", serials.join(", ")));
    }
    if let Some(udi) = lines.first().map(|line| line.udi.as_str()).filter(|udi| !udi.is_empty() && lines.len() == 1) {
        details.push(format!("UDI {udi}"));
    }
    if key.facility_stock {
        details.push("Facility stock, sold before".to_owned());
    } else if lines.iter().all(|line| line.no_charge) {
        details.push("No charge".to_owned());
    } else if key.usage != domain::event::Usage::Used {
        details.push(key.usage.label().to_owned());
    }
    let description = lines.first().map(|line| line.description.clone()).unwrap_or_default();
    let cells = vec![key.number.clone(), description, lines.len().to_string(), words(key.price), words(amount)];
    Line::Item { cells, details }
}
