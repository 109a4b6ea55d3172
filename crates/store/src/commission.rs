//! Rules and statements of commission.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// A rule.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RuleRow {
        pub id: Uuid, pub name: String, pub rate_bp: i64, pub user_id: Option<Uuid>, pub physician_id: Option<Uuid>,
        pub customer_id: Option<Uuid>, pub location_id: Option<Uuid>, pub manufacturer_id: Option<Uuid>,
        pub product_line_id: Option<Uuid>, pub catalog_item_id: Option<Uuid>, pub valid_from: Option<i64>,
        pub valid_to: Option<i64>, pub archived_at: Option<i64>, pub version: i64,
    }
}

macro_rules! rule {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, rate_bp, user_id, physician_id, customer_id, location_id, manufacturer_id, product_line_id, \
             catalog_item_id, valid_from, valid_to, archived_at, version FROM commission_rule WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const STANDING: &str = rule!("archived_at IS NULL ORDER BY id LIMIT $2");
const LISTED: &str = rule!("id > $2 ORDER BY id LIMIT $3");
const RULE: &str = rule!("id = $2");
const LOCK_RULE: Sql = Sql { lite: rule!("id = $2"), pg: rule!("id = $2 FOR UPDATE") };
const INSERT_RULE: &str = "INSERT INTO commission_rule (organization_id, id, name, rate_bp, user_id, physician_id, customer_id, \
    location_id, manufacturer_id, product_line_id, catalog_item_id, valid_from, valid_to, archived_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const SAVE_RULE: &str = "UPDATE commission_rule SET name = $3, rate_bp = $4, valid_from = $5, valid_to = $6, archived_at = $7, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";
const LINES_OF_ITEMS: &str = "SELECT catalog_item_id, product_line_id FROM catalog_item_line \
    WHERE organization_id = $1 AND catalog_item_id IN ({ids})";

/// Rules that hold at most, in all of an organisation.
pub const RULES_MAX: i64 = 2_000;

/// Every rule that was not taken out.
pub fn standing_rules(tx: &mut Tx, organization: Uuid) -> Result<Vec<RuleRow>> {
    tx.all(STANDING, args![organization, RULES_MAX])
}

/// Rules, those that were taken out too, after an id.
pub fn rules(tx: &mut Tx, organization: Uuid, after: Uuid, most: i64) -> Result<Vec<RuleRow>> {
    tx.all(LISTED, args![organization, after, most])
}

/// One rule.
pub fn rule(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RuleRow>> {
    tx.one(RULE, args![organization, id])
}

/// The same, locked.
pub fn lock_rule(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RuleRow>> {
    tx.one(LOCK_RULE, args![organization, id])
}

/// Keeps a rule.
pub fn insert_rule(tx: &mut Tx, organization: Uuid, row: &RuleRow) -> Result<()> {
    tx.exec(
        INSERT_RULE,
        args![
            organization,
            row.id,
            row.name,
            row.rate_bp,
            row.user_id,
            row.physician_id,
            row.customer_id,
            row.location_id,
            row.manufacturer_id,
            row.product_line_id,
            row.catalog_item_id,
            row.valid_from,
            row.valid_to,
            row.archived_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves what may change of a rule: what it is for never does.
pub fn save_rule(tx: &mut Tx, organization: Uuid, row: &RuleRow) -> Result<()> {
    let kept = args![organization, row.id, row.name, row.rate_bp, row.valid_from, row.valid_to, row.archived_at];
    tx.exec(SAVE_RULE, kept)?;
    Ok(())
}

/// (item, product line) of these items.
pub fn lines_of_items(tx: &mut Tx, organization: Uuid, items: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    crate::bulk::all(tx, LINES_OF_ITEMS, args![organization], items)
}

db::record! {
    /// A part of somebody's commission with what it is for.
    #[derive(Clone, Debug)]
    pub struct PartRow {
        pub id: Uuid, pub event_id: Uuid, pub event_number: i64, pub event_name: String, pub customer_name: Option<String>,
        pub day: i64, pub base_minor: i64, pub rate_bp: i64, pub amount_minor: i64, pub state: String,
        pub explanation: String, pub paid_at: Option<i64>, pub settled: bool,
    }
}

/// `settled`: the customer owes nothing of the event any more.
macro_rules! parts {
    ($rest:literal) => {
        concat!(
            "SELECT earned.id, earned.event_id, event.number, event.name, customer.name, earned.day, earned.base_minor, \
             earned.rate_bp, earned.amount_minor, earned.state, earned.explanation, earned.paid_at, \
             CASE WHEN EXISTS (SELECT 1 FROM billing_invoice billed WHERE billed.organization_id = earned.organization_id \
             AND billed.event_id = earned.event_id AND billed.status <> 'void') AND NOT EXISTS (SELECT 1 FROM billing_invoice owed \
             WHERE owed.organization_id = earned.organization_id AND owed.event_id = earned.event_id AND owed.status = 'open') \
             THEN 1 ELSE 0 END FROM billing_commission earned \
             JOIN event ON event.organization_id = earned.organization_id AND event.id = earned.event_id \
             LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id \
             AND customer.id = event.customer_id WHERE earned.organization_id = $1 AND ",
            $rest
        )
    };
}

const OF_USER: &str = parts!(
    "earned.user_id = $2 AND earned.day >= $3 AND earned.day <= $4 AND earned.state <> 'reversed' \
     ORDER BY earned.day, earned.id LIMIT $5"
);
const TO_STATE: &str = parts!(
    "earned.user_id = $2 AND earned.day <= $3 AND earned.state = 'accrued' AND earned.statement_id IS NULL \
     ORDER BY earned.day, earned.id LIMIT $4"
);
const OF_STATEMENT: &str = parts!("earned.statement_id = $2 ORDER BY earned.id");

/// What somebody earned between two days, without what was reversed before it was paid.
pub fn parts_of(tx: &mut Tx, organization: Uuid, user: Uuid, from: i64, to: i64, most: i64) -> Result<Vec<PartRow>> {
    tx.all(OF_USER, args![organization, user, from, to, most])
}

/// What of it until a day is not paid and stands on no statement.
pub fn to_state(tx: &mut Tx, organization: Uuid, user: Uuid, to: i64, most: i64) -> Result<Vec<PartRow>> {
    tx.all(TO_STATE, args![organization, user, to, most])
}

/// What stands on a statement.
pub fn parts_on(tx: &mut Tx, organization: Uuid, statement: Uuid) -> Result<Vec<PartRow>> {
    tx.all(OF_STATEMENT, args![organization, statement])
}

db::record! {
    /// A statement.
    #[derive(Clone, Debug)]
    pub struct StatementRow {
        pub id: Uuid, pub number: String, pub user_id: Uuid, pub period_from: i64, pub period_to: i64, pub status: String,
        pub total_minor: i64, pub reason: String, pub created_by: Uuid, pub created_at: i64, pub paid_at: Option<i64>,
        pub version: i64,
    }
}

/// The columns of [`StatementRow`], for statements that list them (`statement` is the table's name).
pub const STATEMENT_COLUMNS: &str = "statement.id, statement.number, statement.user_id, statement.period_from, \
    statement.period_to, statement.status, statement.total_minor, statement.reason, statement.created_by, \
    statement.created_at, statement.paid_at, statement.version";

macro_rules! statement {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, user_id, period_from, period_to, status, total_minor, reason, created_by, created_at, paid_at, \
             version FROM commission_statement WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const STATEMENT: &str = statement!("id = $2");
const LOCK_STATEMENT: Sql = Sql { lite: statement!("id = $2"), pg: statement!("id = $2 FOR UPDATE") };
const INSERT_STATEMENT: &str = "INSERT INTO commission_statement (organization_id, id, number, user_id, period_from, period_to, \
    status, total_minor, reason, created_by, created_at, paid_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const SAVE_STATEMENT: &str = "UPDATE commission_statement SET status = $3, reason = $4, paid_at = $5, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";
const PUT_ON: &str = "UPDATE billing_commission SET statement_id = $2 WHERE organization_id = $1 AND state = 'accrued' AND id IN ({ids})";
const TAKE_OFF: &str =
    "UPDATE billing_commission SET statement_id = NULL WHERE organization_id = $1 AND statement_id = $2";
const PAY: &str = "UPDATE billing_commission SET state = 'paid', paid_at = $3 \
    WHERE organization_id = $1 AND statement_id = $2 AND state = 'accrued'";

/// One statement.
pub fn statement(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<StatementRow>> {
    tx.one(STATEMENT, args![organization, id])
}

/// The same, locked.
pub fn lock_statement(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<StatementRow>> {
    tx.one(LOCK_STATEMENT, args![organization, id])
}

/// Issues a statement over these parts.
pub fn insert_statement(tx: &mut Tx, organization: Uuid, row: &StatementRow, parts: &[Uuid]) -> Result<()> {
    tx.exec(
        INSERT_STATEMENT,
        args![
            organization,
            row.id,
            row.number,
            row.user_id,
            row.period_from,
            row.period_to,
            row.status,
            row.total_minor,
            row.reason,
            row.created_by,
            row.created_at,
            row.paid_at,
            row.version
        ],
    )?;
    crate::bulk::exec(tx, PUT_ON, args![organization, row.id], parts)?;
    Ok(())
}

/// Saves how a statement stands.
pub fn save_statement(tx: &mut Tx, organization: Uuid, row: &StatementRow) -> Result<()> {
    tx.exec(SAVE_STATEMENT, args![organization, row.id, row.status, row.reason, row.paid_at])?;
    Ok(())
}

/// Everything on a statement may be stated again.
pub fn take_off(tx: &mut Tx, organization: Uuid, statement: Uuid) -> Result<()> {
    tx.exec(TAKE_OFF, args![organization, statement])?;
    Ok(())
}

/// Marks what stands on a statement as paid.
pub fn pay(tx: &mut Tx, organization: Uuid, statement: Uuid, at: i64) -> Result<()> {
    tx.exec(PAY, args![organization, statement, at])?;
    Ok(())
}
