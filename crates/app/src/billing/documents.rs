//! Reading sales orders and invoices, in lists, one by one, and on paper.

use crate::events::{level, sees_prices};
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::billing::{Invoice, InvoiceSummary, OrderDocument, Payment, SalesOrder, SalesOrderSummary};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::engagement::Window;
use domain::event::EventType;
use domain::id::{Id, InvoiceId, SalesOrderId};
use domain::money::Minor;
use domain::people::Level;
use domain::terms::DueState;
use print::document::{Column, ColumnKind, Document, Kind, Line, Party, Total};
use std::collections::BTreeMap;
use store::billing::{INVOICE_COLUMNS, InvoiceRow, SALES_ORDER_COLUMNS, SalesOrderRow};
use store::page::{Query, Sort};
use store::{Tx, Value};

fn order_summary(ctx: &Ctx, row: SalesOrderRow) -> SalesOrderSummary {
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
        status: row.status,
        counts: row.counts,
        issued_at: Instant(row.issued_at),
        version: row.version,
    }
}

fn invoice_summary(ctx: &Ctx, row: InvoiceRow) -> InvoiceSummary {
    let shown = sees_prices(ctx);
    let open = if row.status == "void" { 0 } else { row.total_minor - row.paid_minor };
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
        total_minor: shown.then_some(row.total_minor),
        paid_minor: shown.then_some(row.paid_minor),
        open_minor: shown.then_some(open),
        currency: ctx.organization.currency.clone(),
        status: row.status,
        version: row.version,
    }
}

/// Whether the viewer sees the event of a document.
fn sees_event(ctx: &Ctx, tx: &mut Tx, event: uuid::Uuid) -> Result<bool> {
    Ok(match store::events::event(tx, ctx.org(), event)? {
        Some(row) => level(ctx, tx, &row)? >= Level::See,
        None => false,
    })
}

fn read_document(text: Option<String>) -> Result<OrderDocument> {
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
            received_on: Day(row.received_on as i32),
            reference: row.reference,
            created_at: Instant(row.created_at),
            created_by_id: Id::from_uuid(row.created_by),
        })
        .collect();
    Ok(Invoice { head: invoice_summary(ctx, row), document, payments })
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
const ORDER_FILTERS: &[&str] =
    &["customer_id", "location_id", "representative_id", "event_id", "status", "counts", "window", "from", "to"];
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

const INVOICE_FILTERS: &[&str] =
    &["customer_id", "event_id", "sales_order_id", "manufacturer_id", "status", "due_before", "from", "to"];
const INVOICE_SORTS: Sorts = &[("issued_on", "invoice.issued_on"), ("number", "invoice.number")];
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
    let known = |text: &str| ["open", "paid", "void"].into_iter().find(|known| *known == text);
    if let Some(words) = list::words(params, "status", known)? {
        query.any_of("invoice.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
    }
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
    let order = sales_order(ctx, tx, id)?;
    prices_needed(ctx)?;
    let said = order.document.ok_or_else(Error::not_found)?;
    let head = order.head;
    let mut paper = page_of(Kind::SalesOrder, &head.number, &said, head.issued_at);
    paper.revision = u32::try_from(head.revision).unwrap_or(1);
    paper.standing = match head.status.as_str() {
        "cancelled" => Some("Cancelled".to_owned()),
        "reversed" => Some("Reversed".to_owned()),
        "replaced" => Some("Superseded".to_owned()),
        _ => None,
    };
    paper.meta.push(("Submitted".to_owned(), domain::text::day_words(head.submitted_on)));
    finished(&paper)
}

/// An invoice on paper.
pub fn invoice_pdf(ctx: &Ctx, tx: &mut Tx, id: InvoiceId) -> Result<Paper> {
    let Invoice { head, document, .. } = invoice(ctx, tx, id)?;
    let issued_at = head.issued_on.starts_in(&ctx.organization.time_zone);
    let mut paper = page_of(Kind::Invoice, &head.number, &document, issued_at);
    paper.standing = (head.status == "void").then(|| "Void".to_owned());
    paper.meta.push(("Issued".to_owned(), domain::text::day_words(head.issued_on)));
    let due = head.due_on.map_or_else(|| head.due_state.label(), domain::text::day_words);
    paper.meta.push(("Due".to_owned(), due));
    finished(&paper)
}

pub(crate) fn finished(paper: &Document) -> Result<Paper> {
    let bytes = print::document::pdf(paper).map_err(|error| Error::Internal(error.to_string()))?;
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

fn page_of(kind: Kind, number: &str, said: &OrderDocument, issued_at: Instant) -> Document {
    let currency = domain::money::Currency::parse(&said.currency).unwrap_or(domain::money::Currency::USD);
    let words = |minor: i64| Minor(minor).display(currency);
    let mut paper = Document::new(kind, number);
    paper.issued_at = issued_at.0;
    paper.title_lines = vec![format!("{} {}", said.event_number, said.event_name)];
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
