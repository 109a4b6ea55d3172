//! Opening balances: invoices that were open, and figures of orders, when the organisation began here.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// An invoice that was open.
    #[derive(Clone, Debug)]
    pub struct OpeningInvoiceRow {
        pub id: Uuid, pub number: String, pub customer_id: Uuid, pub location_id: Option<Uuid>, pub issued_on: i64,
        pub due_on: Option<i64>, pub total_minor: i64, pub open_minor: i64, pub paid_minor: i64, pub status: String,
        pub note: String, pub created_by: Uuid, pub created_at: i64, pub version: i64,
    }
}

impl OpeningInvoiceRow {
    /// What is still to be paid.
    pub fn open(&self) -> i64 {
        self.open_minor - self.paid_minor
    }
}

/// The columns of [`OpeningInvoiceRow`], for statements that list them (`opening` is the table's name).
pub const OPENING_COLUMNS: &str = "opening.id, opening.number, opening.customer_id, opening.location_id, opening.issued_on, \
    opening.due_on, opening.total_minor, opening.open_minor, opening.paid_minor, opening.status, opening.note, \
    opening.created_by, opening.created_at, opening.version";

macro_rules! opening {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, customer_id, location_id, issued_on, due_on, total_minor, open_minor, paid_minor, status, note, \
             created_by, created_at, version FROM billing_opening_invoice WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const INVOICE: &str = opening!("id = $2");
const LOCK_INVOICE: Sql = Sql { lite: opening!("id = $2"), pg: opening!("id = $2 FOR UPDATE") };
const BY_NUMBER: &str = opening!("customer_id = $2 AND number_key = $3 ORDER BY id LIMIT 1");
const INSERT: &str = "INSERT INTO billing_opening_invoice (organization_id, id, number, number_key, customer_id, location_id, \
    issued_on, due_on, total_minor, open_minor, paid_minor, status, note, created_by, created_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const SAVE: &str = "UPDATE billing_opening_invoice SET location_id = $3, issued_on = $4, due_on = $5, total_minor = $6, \
    open_minor = $7, paid_minor = $8, status = $9, note = $10, version = version + 1 WHERE organization_id = $1 AND id = $2";
const INSERT_PAYMENT: &str = "INSERT INTO billing_opening_payment (organization_id, opening_invoice_id, id, amount_minor, \
    received_on, reference, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// One of them.
pub fn invoice(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<OpeningInvoiceRow>> {
    tx.one(INVOICE, args![organization, id])
}

/// The same, locked. Its customer is locked before.
pub fn lock_invoice(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<OpeningInvoiceRow>> {
    tx.one(LOCK_INVOICE, args![organization, id])
}

/// The one of a customer with a number.
pub fn by_number(tx: &mut Tx, organization: Uuid, customer: Uuid, key: &str) -> Result<Option<OpeningInvoiceRow>> {
    tx.one(BY_NUMBER, args![organization, customer, key])
}

/// Enters one. Its customer is locked.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &OpeningInvoiceRow, key: &str) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.number,
            key,
            row.customer_id,
            row.location_id,
            row.issued_on,
            row.due_on,
            row.total_minor,
            row.open_minor,
            row.paid_minor,
            row.status,
            row.note,
            row.created_by,
            row.created_at,
            row.version
        ],
    )?;
    crate::directory::standing::refresh(tx, organization, row.customer_id, row.location_id)
}

/// Saves one. Its customer is locked.
pub fn save(tx: &mut Tx, organization: Uuid, row: &OpeningInvoiceRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.location_id,
            row.issued_on,
            row.due_on,
            row.total_minor,
            row.open_minor,
            row.paid_minor,
            row.status,
            row.note
        ],
    )?;
    crate::directory::standing::refresh(tx, organization, row.customer_id, row.location_id)
}

/// Books a payment of one.
#[allow(clippy::too_many_arguments)]
pub fn insert_payment(
    tx: &mut Tx,
    organization: Uuid,
    invoice: Uuid,
    id: Uuid,
    (amount, on): (i64, i64),
    reference: &str,
    by: Uuid,
    at: i64,
) -> Result<()> {
    tx.exec(INSERT_PAYMENT, args![organization, invoice, id, amount, on, reference, by, at])?;
    Ok(())
}

db::record! {
    /// Orders of a day that were placed before.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpeningFigureRow { pub id: Uuid, pub orders_count: i64, pub orders_total_minor: i64 }
}

const FIGURE: &str = "SELECT id, orders_count, orders_total_minor FROM billing_opening_figure \
    WHERE organization_id = $1 AND customer_id = $2 AND location_id = $3 AND day = $4 ORDER BY id LIMIT 1";
const INSERT_FIGURE: &str = "INSERT INTO billing_opening_figure (organization_id, id, customer_id, location_id, day, \
    orders_count, orders_total_minor, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE_FIGURE: &str = "UPDATE billing_opening_figure SET orders_count = $3, orders_total_minor = $4 \
    WHERE organization_id = $1 AND id = $2";

/// What was entered for a location and a day.
pub fn figure(
    tx: &mut Tx,
    organization: Uuid,
    customer: Uuid,
    location: Uuid,
    day: i64,
) -> Result<Option<OpeningFigureRow>> {
    tx.one(FIGURE, args![organization, customer, location, day])
}

/// Enters orders of a day. The figures follow by `directory::add_order_figures`.
#[allow(clippy::too_many_arguments)]
pub fn insert_figure(
    tx: &mut Tx,
    organization: Uuid,
    row: &OpeningFigureRow,
    customer: Uuid,
    location: Uuid,
    day: i64,
    by: Uuid,
    at: i64,
) -> Result<()> {
    let kept = args![organization, row.id, customer, location, day, row.orders_count, row.orders_total_minor, by, at];
    tx.exec(INSERT_FIGURE, kept)?;
    Ok(())
}

/// Corrects them.
pub fn save_figure(tx: &mut Tx, organization: Uuid, row: &OpeningFigureRow) -> Result<()> {
    tx.exec(SAVE_FIGURE, args![organization, row.id, row.orders_count, row.orders_total_minor])?;
    Ok(())
}

db::record! {
    /// What was taken off an invoice: money, a credit, a write-off.
    #[derive(Clone, Debug)]
    pub struct OpeningStepRow {
        pub id: Uuid, pub kind: String, pub number: String, pub amount_minor: i64, pub received_on: i64,
        pub reference: String,
    }
}

db::record! {
    /// Orders of a day at a location; the nil location where nobody knows.
    #[derive(Clone, Debug)]
    pub struct FigureRow {
        pub location_id: Uuid, pub location_name: Option<String>, pub day: i64, pub orders_count: i64,
        pub orders_total_minor: i64,
    }
}

const INSERT_STEP: &str = "INSERT INTO billing_opening_payment (organization_id, opening_invoice_id, id, amount_minor, \
    received_on, reference, created_by, created_at, kind, number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const STEPS: &str = "SELECT id, kind, number, amount_minor, received_on, reference FROM billing_opening_payment \
    WHERE organization_id = $1 AND opening_invoice_id = $2 ORDER BY id";
const FIGURES_OF: &str = "SELECT figure.location_id, place.name, figure.day, figure.orders_count, figure.orders_total_minor \
    FROM billing_opening_figure figure LEFT JOIN directory_location place ON place.organization_id = figure.organization_id \
    AND place.id = figure.location_id WHERE figure.organization_id = $1 AND figure.customer_id = $2 \
    ORDER BY figure.day DESC, figure.id LIMIT $3";

/// Takes something off an invoice.
pub fn insert_step(
    tx: &mut Tx,
    organization: Uuid,
    invoice: Uuid,
    row: &OpeningStepRow,
    by: Uuid,
    at: i64,
) -> Result<()> {
    let kept = args![
        organization,
        invoice,
        row.id,
        row.amount_minor,
        row.received_on,
        row.reference,
        by,
        at,
        row.kind,
        row.number
    ];
    tx.exec(INSERT_STEP, kept)?;
    Ok(())
}

/// What was taken off an invoice, the first first.
pub fn steps(tx: &mut Tx, organization: Uuid, invoice: Uuid) -> Result<Vec<OpeningStepRow>> {
    tx.all(STEPS, args![organization, invoice])
}

/// What a customer ordered before, the latest day first.
pub fn figures_of(tx: &mut Tx, organization: Uuid, customer: Uuid, most: i64) -> Result<Vec<FigureRow>> {
    tx.all(FIGURES_OF, args![organization, customer, most])
}
