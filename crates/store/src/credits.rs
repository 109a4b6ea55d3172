//! Credit memos, and the credit balance of customers.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A credit memo.
    #[derive(Clone)]
    pub struct CreditMemoRow {
        pub id: Uuid, pub number: String, pub invoice_id: Uuid, pub event_id: Uuid, pub customer_id: Option<Uuid>,
        pub location_id: Option<Uuid>, pub amount_minor: i64, pub net_minor: i64, pub to_balance_minor: i64,
        pub reason: String, pub line_ids: String, pub issued_on: i64, pub rebilled_as_id: Option<Uuid>,
        pub created_by: Uuid, pub created_at: i64,
        // credit, write_off
        pub kind: String,
    }
}

/// The columns of [`CreditMemoRow`], for statements that list memos (`memo` is the table's name).
pub const CREDIT_MEMO_COLUMNS: &str = "memo.id, memo.number, memo.invoice_id, memo.event_id, memo.customer_id, \
    memo.location_id, memo.amount_minor, memo.net_minor, memo.to_balance_minor, memo.reason, memo.line_ids, memo.issued_on, \
    memo.rebilled_as_id, memo.created_by, memo.created_at, memo.kind";

macro_rules! memo {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, invoice_id, event_id, customer_id, location_id, amount_minor, net_minor, to_balance_minor, \
            reason, line_ids, issued_on, rebilled_as_id, created_by, created_at, kind \
            FROM billing_credit_memo WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const MEMO: &str = memo!("id = $2");
const OF_INVOICE: &str = memo!("invoice_id = $2 ORDER BY id");
const OF_EVENT: &str = memo!("event_id = $2 ORDER BY id");
const INSERT_MEMO: &str = "INSERT INTO billing_credit_memo (organization_id, id, number, invoice_id, event_id, customer_id, \
    location_id, amount_minor, net_minor, to_balance_minor, reason, line_ids, issued_on, rebilled_as_id, created_by, created_at, \
    kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

const EFFECTIVE: &str = "SELECT CAST(COALESCE(SUM(memo.amount_minor), 0) AS BIGINT) FROM billing_credit_memo memo \
    JOIN billing_invoice invoice ON invoice.organization_id = memo.organization_id AND invoice.id = memo.invoice_id \
    WHERE memo.organization_id = $1 AND memo.event_id = $2 AND memo.kind = 'credit' AND invoice.rebilled_as_id IS NULL";

/// What of an event is credited for good: without invoices that were credited whole and billed anew, and without what was written
/// off, which was earned all the same.
pub fn effective(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(EFFECTIVE, args![organization, event])?.map_or(0, |(minor,)| minor))
}

/// One memo, whoever asks.
pub fn memo(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CreditMemoRow>> {
    tx.one(MEMO, args![organization, id])
}

/// The memos of an invoice, the first first.
pub fn of_invoice(tx: &mut Tx, organization: Uuid, invoice: Uuid) -> Result<Vec<CreditMemoRow>> {
    tx.all(OF_INVOICE, args![organization, invoice])
}

/// The memos of an event, the first first. Its row is locked before anything is credited, so that this is all there is.
pub fn of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<CreditMemoRow>> {
    tx.all(OF_EVENT, args![organization, event])
}

/// Issues a memo. It never changes.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &CreditMemoRow) -> Result<()> {
    tx.exec(
        INSERT_MEMO,
        args![
            organization,
            row.id,
            row.number,
            row.invoice_id,
            row.event_id,
            row.customer_id,
            row.location_id,
            row.amount_minor,
            row.net_minor,
            row.to_balance_minor,
            row.reason,
            row.line_ids,
            row.issued_on,
            row.rebilled_as_id,
            row.created_by,
            row.created_at,
            row.kind
        ],
    )?;
    Ok(())
}

db::record! {
    /// A step of a customer's credit balance.
    #[derive(Clone)]
    pub struct BalanceRow {
        pub id: Uuid, pub kind: String, pub amount_minor: i64, pub day: i64, pub invoice_id: Option<Uuid>,
        pub memo_id: Option<Uuid>, pub reference: String, pub created_by: Uuid, pub created_at: i64,
    }
}

const BALANCE: &str = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM billing_balance \
    WHERE organization_id = $1 AND customer_id = $2";
const STEPS: &str = "SELECT id, kind, amount_minor, day, invoice_id, memo_id, reference, created_by, created_at \
    FROM billing_balance WHERE organization_id = $1 AND customer_id = $2 ORDER BY id DESC LIMIT $3";
const INSERT_STEP: &str = "INSERT INTO billing_balance (organization_id, customer_id, id, kind, amount_minor, day, invoice_id, \
    memo_id, reference, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// What a customer has. Whoever takes from it holds the customer's row.
pub fn balance(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(BALANCE, args![organization, customer])?.map_or(0, |(minor,)| minor))
}

/// The latest steps of it, the last first.
pub fn steps(tx: &mut Tx, organization: Uuid, customer: Uuid, most: i64) -> Result<Vec<BalanceRow>> {
    tx.all(STEPS, args![organization, customer, most])
}

/// Takes a step.
pub fn add_step(tx: &mut Tx, organization: Uuid, customer: Uuid, row: &BalanceRow) -> Result<()> {
    tx.exec(
        INSERT_STEP,
        args![
            organization,
            customer,
            row.id,
            row.kind,
            row.amount_minor,
            row.day,
            row.invoice_id,
            row.memo_id,
            row.reference,
            row.created_by,
            row.created_at
        ],
    )?;
    Ok(())
}

db::record! {
    /// Something that happened to a customer's account.
    #[derive(Clone)]
    pub struct AccountRow {
        pub day: i64, pub at: i64, pub kind: String, pub number: String, pub invoice_id: Option<Uuid>,
        pub memo_id: Option<Uuid>, pub due_on: Option<i64>, pub amount_minor: i64, pub location_id: Option<Uuid>,
    }
}

/// Invoices that stand or were credited, memos, money of the customer, refunds; never what only moved from one invoice to
/// another or to the balance and back. Invoices that were replaced took no part in what is owed.
const ACCOUNT: &str = "SELECT day, at, kind, number, invoice_id, memo_id, due_on, amount_minor, location_id FROM (\
    SELECT invoice.issued_on AS day, CAST(0 AS BIGINT) AS at, 'invoice' AS kind, invoice.number AS number, invoice.id AS invoice_id, \
    NULL AS memo_id, invoice.due_on AS due_on, invoice.total_minor AS amount_minor, sold.location_id AS location_id \
    FROM billing_invoice invoice LEFT JOIN billing_sales_order sold ON sold.organization_id = invoice.organization_id \
    AND sold.id = invoice.sales_order_id \
    WHERE invoice.organization_id = $1 AND invoice.customer_id = $2 AND invoice.status <> 'void' AND invoice.issued_on <= $3 \
    UNION ALL SELECT memo.issued_on, memo.created_at, \
    CASE WHEN memo.kind = 'write_off' THEN 'write_off' ELSE 'credit_memo' END, memo.number, memo.invoice_id, memo.id, NULL, \
    -memo.amount_minor, memo.location_id FROM billing_credit_memo memo \
    WHERE memo.organization_id = $1 AND memo.customer_id = $2 AND memo.issued_on <= $3 \
    UNION ALL SELECT payment.received_on, payment.created_at, 'payment', payment.reference, payment.invoice_id, NULL, NULL, \
    -payment.amount_minor, sold.location_id FROM billing_payment payment \
    JOIN billing_invoice invoice ON invoice.organization_id = payment.organization_id AND invoice.id = payment.invoice_id \
    LEFT JOIN billing_sales_order sold ON sold.organization_id = invoice.organization_id AND sold.id = invoice.sales_order_id \
    WHERE invoice.organization_id = $1 AND invoice.customer_id = $2 AND payment.kind = 'payment' AND payment.received_on <= $3 \
    UNION ALL SELECT step.day, step.created_at, CASE WHEN step.kind = 'paid' THEN 'payment' ELSE 'refund' END, step.reference, \
    NULL, NULL, NULL, -step.amount_minor, NULL FROM billing_balance step WHERE step.organization_id = $1 AND step.customer_id = $2 \
    AND step.kind IN ('refunded', 'paid') AND step.day <= $3 \
    UNION ALL SELECT opening.issued_on, CAST(0 AS BIGINT), 'invoice', opening.number, NULL, NULL, opening.due_on, opening.open_minor, \
    opening.location_id FROM billing_opening_invoice opening \
    WHERE opening.organization_id = $1 AND opening.customer_id = $2 AND opening.issued_on <= $3 \
    UNION ALL SELECT paid.received_on, paid.created_at, \
    CASE paid.kind WHEN 'credit' THEN 'credit_memo' WHEN 'write_off' THEN 'write_off' ELSE 'payment' END, \
    CASE WHEN paid.number = '' THEN paid.reference ELSE paid.number END, NULL, NULL, NULL, -paid.amount_minor, \
    opening.location_id FROM billing_opening_payment paid JOIN billing_opening_invoice opening \
    ON opening.organization_id = paid.organization_id AND opening.id = paid.opening_invoice_id \
    WHERE opening.organization_id = $1 AND opening.customer_id = $2 AND paid.received_on <= $3) \
    account ORDER BY day, at, number";

/// Everything that happened to a customer's account until a day, the first first.
pub fn account(tx: &mut Tx, organization: Uuid, customer: Uuid, until: i64) -> Result<Vec<AccountRow>> {
    tx.all(ACCOUNT, args![organization, customer, until])
}
