//! Customers that became a part of another one: rows that belong to a customer go over to the survivor, are remembered, and
//! go back when the merge is taken back. Locations go one by one, see [`super::locations::rehome`].

use db::{Result, Sql, Tx, args};
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// A merge as stored; its id is that of its job.
    #[derive(Clone, Debug)]
    pub struct MergeRow {
        pub id: Uuid, pub loser_id: Uuid, pub survivor_id: Uuid, pub loser_archived_at: Option<i64>, pub merged_at: i64,
        pub undone_at: Option<i64>,
    }
}

/// Rows made after the merge that go back too, because they belong to what goes back.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// None do.
    Nothing,
    /// With the moment of the merge as `$4`.
    Moment(&'static str),
    /// Whatever the moment.
    Following(&'static str),
}

/// A table whose rows belong to a customer.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// As merges name it.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    count: &'static str,
    remember: &'static str,
    over: &'static str,
    back: &'static str,
    since: Since,
}

macro_rules! moved {
    ($kind:literal, $table:literal, $column:literal, $since:expr) => {
        Moved {
            kind: $kind,
            table: $table,
            count: concat!("SELECT COUNT(*) FROM ", $table, " WHERE organization_id = $1 AND ", $column, " = $2"),
            remember: concat!(
                "INSERT INTO directory_merge_row (organization_id, merge_id, kind, subject_id, was) \
                 SELECT it.organization_id, merge.id, '",
                $kind,
                "', it.id, '' FROM ",
                $table,
                " it JOIN directory_merge merge ON merge.organization_id = it.organization_id AND merge.id = $2 \
                 WHERE it.organization_id = $1 AND it.",
                $column,
                " = $3"
            ),
            over: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $3 WHERE organization_id = $1 AND ",
                $column,
                " = $2"
            ),
            back: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $3 WHERE organization_id = $1 AND ",
                $column,
                " = $4 AND id IN (SELECT moved.subject_id FROM directory_merge_row moved \
                 WHERE moved.organization_id = $1 AND moved.merge_id = $2 AND moved.kind = '",
                $kind,
                "')"
            ),
            since: $since,
        }
    };
}

/// Every table whose rows belong to a customer, besides locations. What follows another table stands after it.
pub const MOVED: &[Moved] = &[
    moved!("event", "event", "customer_id", Since::Moment(EVENTS_SINCE)),
    moved!("order", "billing_sales_order", "customer_id", Since::Moment(ORDERS_SINCE)),
    moved!("invoice", "billing_invoice", "customer_id", Since::Following(INVOICES_SINCE)),
    moved!("credit_memo", "billing_credit_memo", "customer_id", Since::Following(MEMOS_SINCE)),
    moved!("credit_balance", "billing_balance", "customer_id", Since::Following(BALANCE_SINCE)),
    moved!("opening_invoice", "billing_opening_invoice", "customer_id", Since::Nothing),
    moved!("opening_figure", "billing_opening_figure", "customer_id", Since::Nothing),
    moved!("billing_profile", "billing_profile", "customer_id", Since::Nothing),
    moved!("commission_rule", "commission_rule", "customer_id", Since::Nothing),
    moved!("remark", "directory_remark", "customer_id", Since::Moment(REMARKS_SINCE)),
    moved!("file", "file_link", "subject_id", Since::Nothing),
    moved!("document_send", "document_send", "subject_id", Since::Nothing),
    moved!("subsidiary", "directory_customer", "parent_customer_id", Since::Nothing),
];

const EVENTS_SINCE: &str = "UPDATE event SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND created_at >= $4 AND location_id IN (SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2)";
const ORDERS_SINCE: &str = "UPDATE billing_sales_order SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND issued_at >= $4 AND event_id IN (SELECT id FROM event WHERE organization_id = $1 AND customer_id = $2)";
const INVOICES_SINCE: &str = "UPDATE billing_invoice SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND sales_order_id IN (SELECT id FROM billing_sales_order WHERE organization_id = $1 AND customer_id = $2)";
const MEMOS_SINCE: &str = "UPDATE billing_credit_memo SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND invoice_id IN (SELECT id FROM billing_invoice WHERE organization_id = $1 AND customer_id = $2)";
const BALANCE_SINCE: &str = "UPDATE billing_balance SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND invoice_id IN (SELECT id FROM billing_invoice WHERE organization_id = $1 AND customer_id = $2)";
const REMARKS_SINCE: &str = "UPDATE directory_remark SET customer_id = $2 WHERE organization_id = $1 AND customer_id = $3 \
    AND created_at >= $4 AND location_id IN (SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2)";

const INSERT: &str = "INSERT INTO directory_merge \
    (organization_id, id, loser_id, survivor_id, loser_archived_at, merged_at, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LOCK: Sql = crate::locking!(
    "SELECT id, loser_id, survivor_id, loser_archived_at, merged_at, undone_at FROM directory_merge \
    WHERE organization_id = $1 AND id = $2"
);
const UNDONE: &str = "UPDATE directory_merge SET undone_at = $3 WHERE organization_id = $1 AND id = $2";
const OF_SURVIVOR: &str = "SELECT merge.id, merge.loser_id, merge.survivor_id, merge.loser_archived_at, merge.merged_at, \
    merge.undone_at FROM directory_merge merge WHERE merge.organization_id = $1 AND merge.survivor_id = $2 \
    AND merge.undone_at IS NULL ORDER BY merge.merged_at DESC, merge.id DESC LIMIT $3";
const REMEMBER: &str = "INSERT INTO directory_merge_row (organization_id, merge_id, kind, subject_id, was) \
    VALUES ($1, $2, $3, $4, $5)";
const REMEMBERED: &str = "SELECT subject_id, was FROM directory_merge_row \
    WHERE organization_id = $1 AND merge_id = $2 AND kind = $3";

/// Remembers that a customer becomes a part of another one.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &MergeRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![organization, row.id, row.loser_id, row.survivor_id, row.loser_archived_at, row.merged_at, row.undone_at],
    )?;
    Ok(())
}

/// A merge, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<MergeRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Says that a merge was taken back.
pub fn undone(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(UNDONE, args![organization, id, now])?;
    Ok(())
}

/// Merges that made a customer what it is, latest first, without those that were taken back.
pub fn of_survivor(tx: &mut Tx, organization: Uuid, survivor: Uuid, limit: i64) -> Result<Vec<MergeRow>> {
    tx.all(OF_SURVIVOR, args![organization, survivor, limit])
}

/// Remembers one row with what it has to give up.
pub fn remember(tx: &mut Tx, organization: Uuid, merge: Uuid, kind: &str, subject: Uuid, was: &str) -> Result<()> {
    tx.exec(REMEMBER, args![organization, merge, kind, subject, was])?;
    Ok(())
}

/// Rows of a kind that a merge moved, with what they gave up.
pub fn remembered(tx: &mut Tx, organization: Uuid, merge: Uuid, kind: &str) -> Result<HashMap<Uuid, String>> {
    Ok(tx.all::<(Uuid, String)>(REMEMBERED, args![organization, merge, kind])?.into_iter().collect())
}

/// How many rows of each table belong to a customer, in the order of [`MOVED`].
pub fn counts(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Vec<(&'static str, i64)>> {
    let count = |tx: &mut Tx, it: &Moved| -> Result<(&'static str, i64)> {
        Ok((it.kind, tx.one::<(i64,)>(it.count, args![organization, customer])?.map_or(0, |(n,)| n)))
    };
    MOVED.iter().map(|it| count(tx, it)).collect()
}

const PARENT_KEYS: &str =
    "UPDATE directory_customer SET parent_key = $3 WHERE organization_id = $1 AND parent_customer_id = $2";

/// Rows of the loser become the survivor's and are remembered. `survivor_key` is its folded name.
pub fn over(tx: &mut Tx, organization: Uuid, merge: &MergeRow, survivor_key: &str) -> Result<()> {
    for it in MOVED {
        tx.exec(it.remember, args![organization, merge.id, merge.loser_id])?;
        tx.exec(it.over, args![organization, merge.loser_id, merge.survivor_id])?;
    }
    tx.exec(PARENT_KEYS, args![organization, merge.survivor_id, survivor_key])?;
    Ok(())
}

/// Remembered rows that are still the survivor's become the loser's again, and with them what came to its locations since.
/// Its locations have gone back before.
pub fn back(tx: &mut Tx, organization: Uuid, merge: &MergeRow, loser_key: &str) -> Result<()> {
    for it in MOVED {
        tx.exec(it.back, args![organization, merge.id, merge.loser_id, merge.survivor_id])?;
        match it.since {
            Since::Nothing => {}
            Since::Moment(sql) => {
                tx.exec(sql, args![organization, merge.loser_id, merge.survivor_id, merge.merged_at])?;
            }
            Since::Following(sql) => {
                tx.exec(sql, args![organization, merge.loser_id, merge.survivor_id])?;
            }
        }
    }
    tx.exec(PARENT_KEYS, args![organization, merge.loser_id, loser_key])?;
    Ok(())
}
