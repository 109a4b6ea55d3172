//! Sales orders, purchase orders, invoices, payments, commission, and the figures of customers that they add to.

use crate::directory::standing;
use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// An edition of a sales order, without its document.
    #[derive(Clone)]
    pub struct SalesOrderRow {
        pub id: Uuid, pub number: String, pub revision: i64, pub event_id: Uuid, pub event_type: String,
        pub customer_id: Option<Uuid>, pub location_id: Option<Uuid>, pub representative_id: Uuid, pub submitted_on: i64,
        pub shipped_on: Option<i64>, pub delivered_on: Option<i64>, pub total_minor: i64, pub net_minor: i64,
        pub terms: String, pub status: String, pub counts: bool, pub issued_at: i64, pub version: i64,
        pub uninvoiced_minor: i64,
    }
}

/// The columns of [`SalesOrderRow`], for statements that list orders (`sales_order` is the table's name).
pub const SALES_ORDER_COLUMNS: &str = "sales_order.id, sales_order.number, sales_order.revision, sales_order.event_id, \
    sales_order.event_type, sales_order.customer_id, sales_order.location_id, sales_order.representative_id, \
    sales_order.submitted_on, sales_order.shipped_on, sales_order.delivered_on, sales_order.total_minor, \
    sales_order.net_minor, sales_order.terms, sales_order.status, sales_order.counts, sales_order.issued_at, \
    sales_order.version, sales_order.uninvoiced_minor";

macro_rules! sales_order {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, revision, event_id, event_type, customer_id, location_id, representative_id, submitted_on, \
            shipped_on, delivered_on, total_minor, net_minor, terms, status, counts, issued_at, version, uninvoiced_minor \
            FROM billing_sales_order WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const SALES_ORDER: &str = sales_order!("id = $2");
const LOCK_SALES_ORDER: db::Sql = db::Sql { lite: sales_order!("id = $2"), pg: sales_order!("id = $2 FOR UPDATE") };
const LATEST_ORDER: &str = sales_order!("event_id = $2 ORDER BY revision DESC LIMIT 1");
const ORDER_DOCUMENT: &str = "SELECT document FROM billing_sales_order WHERE organization_id = $1 AND id = $2";
const INSERT_ORDER: &str = "INSERT INTO billing_sales_order (organization_id, id, number, revision, event_id, event_type, \
    customer_id, location_id, representative_id, submitted_on, shipped_on, delivered_on, total_minor, net_minor, terms, status, \
    counts, document, issued_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
const SAVE_ORDER: &str = "UPDATE billing_sales_order SET shipped_on = $3, delivered_on = $4, status = $5, counts = $6, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";

/// One edition, whoever asks.
pub fn sales_order(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<SalesOrderRow>> {
    tx.one(SALES_ORDER, args![organization, id])
}

/// The same, locked. Its event is locked before.
pub fn lock_sales_order(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<SalesOrderRow>> {
    tx.one(LOCK_SALES_ORDER, args![organization, id])
}

/// The last edition of an event's order, whatever became of it.
pub fn latest_order(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Option<SalesOrderRow>> {
    tx.one(LATEST_ORDER, args![organization, event])
}

/// What an edition says, as JSON.
pub fn order_document(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(ORDER_DOCUMENT, args![organization, id])?.map(|(document,)| document))
}

/// Issues an edition.
pub fn insert_order(tx: &mut Tx, organization: Uuid, row: &SalesOrderRow, document: &str) -> Result<()> {
    tx.exec(
        INSERT_ORDER,
        args![
            organization,
            row.id,
            row.number,
            row.revision,
            row.event_id,
            row.event_type,
            row.customer_id,
            row.location_id,
            row.representative_id,
            row.submitted_on,
            row.shipped_on,
            row.delivered_on,
            row.total_minor,
            row.net_minor,
            row.terms,
            row.status,
            row.counts,
            document,
            row.issued_at,
            row.version
        ],
    )?;
    standing::event_changed(tx, organization, row.event_id)
}

/// Saves what may change of an edition: days, standing, whether it counts. What it says never changes.
pub fn save_order(tx: &mut Tx, organization: Uuid, row: &mut SalesOrderRow) -> Result<()> {
    tx.exec(SAVE_ORDER, args![organization, row.id, row.shipped_on, row.delivered_on, row.status, row.counts])?;
    row.version += 1;
    standing::event_changed(tx, organization, row.event_id)
}

const SAVE_TERMS: &str =
    "UPDATE billing_sales_order SET terms = $3, version = version + 1 WHERE organization_id = $1 AND id = $2";
const ORDER_NUMBERS: &str = "SELECT id, number FROM billing_sales_order WHERE organization_id = $1 AND id IN ({ids})";

/// Gives an order other terms: the snapshot that its invoices will follow. What it says on paper never changes.
pub fn save_terms(tx: &mut Tx, organization: Uuid, id: Uuid, terms: &str) -> Result<()> {
    tx.exec(SAVE_TERMS, args![organization, id, terms])?;
    Ok(())
}

/// Numbers of orders.
pub fn order_numbers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    crate::bulk::all(tx, ORDER_NUMBERS, args![organization], ids)
}

db::record! {
    /// A purchase order.
    #[derive(Clone)]
    pub struct PurchaseOrderRow {
        pub id: Uuid, pub manufacturer_id: Option<Uuid>, pub number: String, pub amount_minor: Option<i64>,
        pub received_at: i64, pub received_by: Uuid, pub source: String, pub given_by: String, pub link_id: Option<Uuid>,
        pub file_id: Option<Uuid>,
    }
}

const PURCHASE_ORDERS: &str = "SELECT id, manufacturer_id, number, amount_minor, received_at, received_by, source, \
    given_by, link_id, file_id FROM billing_purchase_order WHERE organization_id = $1 AND event_id = $2 AND removed_at IS NULL ORDER BY id";
const INSERT_PURCHASE_ORDER: &str = "INSERT INTO billing_purchase_order (organization_id, event_id, id, manufacturer_id, number, \
    number_key, amount_minor, received_at, received_by, removed_at, source, given_by, link_id, file_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, $11, $12, $13)";
const SAVE_PURCHASE_ORDER: &str = "UPDATE billing_purchase_order SET number = $4, number_key = $5, amount_minor = $6, \
    file_id = $7 WHERE organization_id = $1 AND event_id = $2 AND id = $3";
const REMOVE_PURCHASE_ORDER: &str =
    "UPDATE billing_purchase_order SET removed_at = $4 WHERE organization_id = $1 AND event_id = $2 AND id = $3";

/// The purchase orders of an event that were not removed.
pub fn purchase_orders(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<PurchaseOrderRow>> {
    tx.all(PURCHASE_ORDERS, args![organization, event])
}

/// Enters a purchase order.
pub fn insert_purchase_order(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    row: &PurchaseOrderRow,
    key: &str,
) -> Result<()> {
    tx.exec(
        INSERT_PURCHASE_ORDER,
        args![
            organization,
            event,
            row.id,
            row.manufacturer_id,
            row.number,
            key,
            row.amount_minor,
            row.received_at,
            row.received_by,
            row.source,
            row.given_by,
            row.link_id,
            row.file_id
        ],
    )?;
    standing::event_changed(tx, organization, event)
}

/// Corrects a purchase order.
pub fn save_purchase_order(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    row: &PurchaseOrderRow,
    key: &str,
) -> Result<()> {
    tx.exec(SAVE_PURCHASE_ORDER, args![organization, event, row.id, row.number, key, row.amount_minor, row.file_id])?;
    Ok(())
}

/// Removes a purchase order; its row stays on record.
pub fn remove_purchase_order(tx: &mut Tx, organization: Uuid, event: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(REMOVE_PURCHASE_ORDER, args![organization, event, id, now])?;
    standing::event_changed(tx, organization, event)
}

db::record! {
    /// An invoice, without its document.
    #[derive(Clone)]
    pub struct InvoiceRow {
        pub id: Uuid, pub number: String, pub event_id: Uuid, pub sales_order_id: Uuid, pub customer_id: Option<Uuid>,
        pub manufacturer_id: Option<Uuid>, pub issued_on: i64, pub due_on: Option<i64>, pub due_state: String,
        pub explanation: String, pub total_minor: i64, pub paid_minor: i64, pub status: String, pub version: i64,
        pub credited_minor: i64, pub rebilled_as_id: Option<Uuid>, pub estimated_due_on: Option<i64>,
        pub received_on: Option<i64>, pub specified_on: Option<i64>, pub due_manual: bool,
    }
}

impl InvoiceRow {
    /// It stands: neither void nor credited whole to bill the same anew.
    pub fn is_live(&self) -> bool {
        self.status != "void" && self.rebilled_as_id.is_none()
    }

    /// What is still to be paid.
    pub fn open(&self) -> i64 {
        if self.status == "void" { 0 } else { self.total_minor - self.paid_minor - self.credited_minor }
    }
}

/// The columns of [`InvoiceRow`], for statements that list invoices (`invoice` is the table's name).
pub const INVOICE_COLUMNS: &str = "invoice.id, invoice.number, invoice.event_id, invoice.sales_order_id, invoice.customer_id, \
    invoice.manufacturer_id, invoice.issued_on, invoice.due_on, invoice.due_state, invoice.explanation, invoice.total_minor, \
    invoice.paid_minor, invoice.status, invoice.version, invoice.credited_minor, invoice.rebilled_as_id, \
    invoice.estimated_due_on, invoice.received_on, invoice.specified_on, invoice.due_manual";

macro_rules! invoice {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, event_id, sales_order_id, customer_id, manufacturer_id, issued_on, due_on, due_state, \
            explanation, total_minor, paid_minor, status, version, credited_minor, rebilled_as_id, estimated_due_on, received_on, \
            specified_on, due_manual FROM billing_invoice WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const INVOICE: &str = invoice!("id = $2");
const LOCK_INVOICES: db::Sql =
    db::Sql { lite: invoice!("event_id = $2 ORDER BY id"), pg: invoice!("event_id = $2 ORDER BY id FOR UPDATE") };
const INVOICE_DOCUMENT: &str = "SELECT document FROM billing_invoice WHERE organization_id = $1 AND id = $2";
const INSERT_INVOICE: &str = "INSERT INTO billing_invoice (organization_id, id, number, event_id, sales_order_id, customer_id, \
    manufacturer_id, issued_on, due_on, due_state, explanation, total_minor, paid_minor, status, document, version, \
    estimated_due_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const SAVE_INVOICE: &str = "UPDATE billing_invoice SET due_on = $3, due_state = $4, explanation = $5, paid_minor = $6, \
    status = $7, credited_minor = $8, rebilled_as_id = $9, estimated_due_on = $10, received_on = $11, specified_on = $12, \
    due_manual = $13, version = version + 1 WHERE organization_id = $1 AND id = $2";

/// One invoice, whoever asks.
pub fn invoice(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<InvoiceRow>> {
    tx.one(INVOICE, args![organization, id])
}

const INVOICES_OF: &str = invoice!("event_id = $2 ORDER BY id");

/// Every invoice of an event, void ones included, as they stand.
pub fn invoices_of(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<InvoiceRow>> {
    tx.all(INVOICES_OF, args![organization, event])
}

/// Every invoice of an event, void ones included, locked. The event is locked before.
pub fn lock_invoices(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<InvoiceRow>> {
    tx.all(LOCK_INVOICES, args![organization, event])
}

const PENDING: &str = invoice!(
    "status = 'open' AND due_on IS NULL AND (issued_on, id) > ($2, $3) AND issued_on <= $4 ORDER BY issued_on, id LIMIT $5"
);

/// Open invoices whose due date is not known, issued until a day; after a place in their order.
pub fn pending_invoices(
    tx: &mut Tx,
    organization: Uuid,
    (issued_on, id): (i64, Uuid),
    until: i64,
    most: i64,
) -> Result<Vec<InvoiceRow>> {
    tx.all(PENDING, args![organization, issued_on, id, until, most])
}

/// What an invoice says, as JSON.
pub fn invoice_document(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(INVOICE_DOCUMENT, args![organization, id])?.map(|(document,)| document))
}

/// Issues an invoice.
pub fn insert_invoice(tx: &mut Tx, organization: Uuid, row: &InvoiceRow, document: &str) -> Result<()> {
    tx.exec(
        INSERT_INVOICE,
        args![
            organization,
            row.id,
            row.number,
            row.event_id,
            row.sales_order_id,
            row.customer_id,
            row.manufacturer_id,
            row.issued_on,
            row.due_on,
            row.due_state,
            row.explanation,
            row.total_minor,
            row.paid_minor,
            row.status,
            document,
            row.version,
            row.estimated_due_on
        ],
    )?;
    standing::event_changed(tx, organization, row.event_id)
}

/// Saves what may change of an invoice: due date, what was paid and credited, standing. What it says never changes.
pub fn save_invoice(tx: &mut Tx, organization: Uuid, row: &mut InvoiceRow) -> Result<()> {
    let args = args![
        organization,
        row.id,
        row.due_on,
        row.due_state,
        row.explanation,
        row.paid_minor,
        row.status,
        row.credited_minor,
        row.rebilled_as_id,
        row.estimated_due_on,
        row.received_on,
        row.specified_on,
        row.due_manual
    ];
    tx.exec(SAVE_INVOICE, args)?;
    row.version += 1;
    standing::event_changed(tx, organization, row.event_id)
}

db::record! {
    /// A payment.
    #[derive(Clone)]
    pub struct PaymentRow {
        pub id: Uuid, pub amount_minor: i64, pub received_on: i64, pub reference: String, pub created_by: Uuid,
        pub created_at: i64, pub kind: String,
    }
}

const PAYMENTS: &str = "SELECT id, amount_minor, received_on, reference, created_by, created_at, kind FROM billing_payment \
    WHERE organization_id = $1 AND invoice_id = $2 ORDER BY id";
const INSERT_PAYMENT: &str = "INSERT INTO billing_payment (organization_id, invoice_id, id, amount_minor, received_on, reference, \
    created_by, created_at, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// The payments of an invoice.
pub fn payments(tx: &mut Tx, organization: Uuid, invoice: Uuid) -> Result<Vec<PaymentRow>> {
    tx.all(PAYMENTS, args![organization, invoice])
}

/// Books a payment.
pub fn insert_payment(tx: &mut Tx, organization: Uuid, invoice: Uuid, row: &PaymentRow) -> Result<()> {
    tx.exec(
        INSERT_PAYMENT,
        args![
            organization,
            invoice,
            row.id,
            row.amount_minor,
            row.received_on,
            row.reference,
            row.created_by,
            row.created_at,
            row.kind
        ],
    )?;
    Ok(())
}

db::record! {
    /// A part of somebody's commission.
    #[derive(Clone)]
    pub struct CommissionRow {
        pub id: Uuid, pub user_id: Uuid, pub day: i64, pub base_minor: i64, pub rate_bp: i64, pub amount_minor: i64,
        pub state: String, pub explanation: String, pub paid_at: Option<i64>,
    }
}

const COMMISSIONS: &str = "SELECT id, user_id, day, base_minor, rate_bp, amount_minor, state, explanation, paid_at \
    FROM billing_commission WHERE organization_id = $1 AND event_id = $2 ORDER BY id";
const INSERT_COMMISSION: &str = "INSERT INTO billing_commission (organization_id, id, event_id, user_id, day, base_minor, rate_bp, \
    amount_minor, state, explanation, paid_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const MARK_COMMISSIONS: &str = "UPDATE billing_commission SET state = $3, paid_at = $4 \
    WHERE organization_id = $1 AND event_id = $2 AND state = 'accrued'";

/// Every part of commission of an event, reversed ones included.
pub fn commissions(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<CommissionRow>> {
    tx.all(COMMISSIONS, args![organization, event])
}

/// Books a part of commission.
pub fn insert_commission(tx: &mut Tx, organization: Uuid, event: Uuid, row: &CommissionRow) -> Result<()> {
    tx.exec(
        INSERT_COMMISSION,
        args![
            organization,
            row.id,
            event,
            row.user_id,
            row.day,
            row.base_minor,
            row.rate_bp,
            row.amount_minor,
            row.state,
            row.explanation,
            row.paid_at
        ],
    )?;
    Ok(())
}

/// Marks what was accrued as paid or reversed.
pub fn mark_commissions(tx: &mut Tx, organization: Uuid, event: Uuid, state: &str, paid_at: Option<i64>) -> Result<()> {
    tx.exec(MARK_COMMISSIONS, args![organization, event, state, paid_at])?;
    Ok(())
}

db::record! {
    /// An invoice with what is open on it.
    #[derive(Clone, Debug)]
    pub struct OpenRow { pub id: Uuid, pub event_id: Uuid, pub number: String, pub open_minor: i64 }
}

const FELL_DUE: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(total_minor - paid_minor - credited_minor), 0) AS BIGINT) \
    FROM billing_invoice WHERE organization_id = $1 AND status = 'open' AND due_on >= $2 AND due_on < $3";

/// How many open invoices were due from one day on and before another, and what is open on them.
pub fn fell_due(tx: &mut Tx, organization: Uuid, from: i64, before: i64) -> Result<(i64, i64)> {
    Ok(tx.one(FELL_DUE, args![organization, from, before])?.unwrap_or((0, 0)))
}

const OPEN_OF: &str = "SELECT id, event_id, number, total_minor - paid_minor - credited_minor FROM billing_invoice \
    WHERE organization_id = $1 AND customer_id = $2 AND status = 'open' \
    ORDER BY CASE WHEN due_on IS NULL THEN 1 ELSE 0 END, due_on, issued_on, id LIMIT $3";

/// Open invoices of a customer, what is due first first.
pub fn open_of_customer(tx: &mut Tx, organization: Uuid, customer: Uuid, most: i64) -> Result<Vec<OpenRow>> {
    tx.all(OPEN_OF, args![organization, customer, most])
}
