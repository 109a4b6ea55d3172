//! Loans: requests to keep something longer, reminders, use since a custodian has something, bookings of containers.

use crate::stock::{UNIT_COLUMNS, UnitRow};
use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A request to keep something longer.
    #[derive(Clone, Debug)]
    pub struct ExtensionRow {
        pub id: Uuid, pub unit_id: Uuid, pub custodian_id: Uuid, pub old_due_on: i64, pub new_due_on: i64, pub reason: String,
        pub status: String, pub requested_by: Uuid, pub requested_at: i64, pub decided_by: Option<Uuid>,
        pub decided_at: Option<i64>, pub answer: String, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "extension.id, extension.unit_id, extension.custodian_id, extension.old_due_on, extension.new_due_on, extension.reason, \
        extension.status, extension.requested_by, extension.requested_at, extension.decided_by, extension.decided_at, \
        extension.answer, extension.version"
    };
}

/// The columns of [`ExtensionRow`] (`extension` is the table's name).
pub const EXTENSION_COLUMNS: &str = columns!();

macro_rules! by_id {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM stock_extension extension WHERE extension.organization_id = $1 AND extension.id = $2"
        )
    };
}

const LOCK: db::Sql = db::Sql { lite: by_id!(), pg: concat!(by_id!(), " FOR UPDATE") };
const EXTENSION: &str = by_id!();
const OF_UNIT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM stock_extension extension WHERE extension.organization_id = $1 AND extension.unit_id = $2 \
    ORDER BY extension.id DESC LIMIT 200"
);
const INSERT: &str = "INSERT INTO stock_extension (organization_id, id, unit_id, custodian_id, old_due_on, new_due_on, reason, \
    status, requested_by, requested_at, decided_by, decided_at, answer, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const SAVE: &str = "UPDATE stock_extension SET status = $3, decided_by = $4, decided_at = $5, answer = $6, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";

/// One request, whoever asks.
pub fn extension(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ExtensionRow>> {
    tx.one(EXTENSION, args![organization, id])
}

/// The same, locked. The unit is locked before it.
pub fn lock_extension(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ExtensionRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Requests about a unit, the latest first.
pub fn extensions(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<Vec<ExtensionRow>> {
    tx.all(OF_UNIT, args![organization, unit])
}

/// Makes a request.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &ExtensionRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.unit_id,
            row.custodian_id,
            row.old_due_on,
            row.new_due_on,
            row.reason,
            row.status,
            row.requested_by,
            row.requested_at,
            row.decided_by,
            row.decided_at,
            row.answer,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves where a request stands, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &mut ExtensionRow) -> Result<()> {
    tx.exec(SAVE, args![organization, row.id, row.status, row.decided_by, row.decided_at, row.answer])?;
    row.version += 1;
    Ok(())
}

const SINCE: &str = "SELECT entry.at FROM journal_movement step CROSS JOIN journal_entry entry \
    WHERE step.organization_id = $1 AND step.unit_id = $2 AND entry.organization_id = step.organization_id \
    AND entry.id = step.entry_id AND (step.from_custodian_id IS NULL OR step.from_custodian_id <> step.to_custodian_id) \
    ORDER BY step.seq DESC LIMIT 1";

/// Since when whoever answers for a unit now has it.
pub fn since(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<Option<i64>> {
    Ok(tx.one::<(i64,)>(SINCE, args![organization, unit])?.map(|(at,)| at))
}

const USED: &str = "SELECT COUNT(*) FROM (SELECT event.id FROM event_line line CROSS JOIN event \
    WHERE line.organization_id = $1 AND line.unit_id = $2 AND event.organization_id = line.organization_id \
    AND event.id = line.event_id AND event.starts_at >= $3 AND event.status IN ('pending_po', 'pending_payment', 'paid') \
    UNION SELECT event.id FROM stock_unit inside CROSS JOIN event_line line CROSS JOIN event \
    WHERE inside.organization_id = $1 AND inside.container_id = $2 AND line.organization_id = inside.organization_id \
    AND line.unit_id = inside.id AND event.organization_id = line.organization_id AND event.id = line.event_id \
    AND event.starts_at >= $3 AND event.status IN ('pending_po', 'pending_payment', 'paid') \
    UNION SELECT event.id FROM event_container booking CROSS JOIN event \
    WHERE booking.organization_id = $1 AND booking.unit_id = $2 AND event.organization_id = booking.organization_id \
    AND event.id = booking.event_id AND event.starts_at >= $3 \
    AND event.status IN ('pending_po', 'pending_payment', 'paid')) used";

/// Submitted events from a moment on that used a unit, what lies in it, or booked it.
pub fn used(tx: &mut Tx, organization: Uuid, unit: Uuid, since: i64) -> Result<i64> {
    Ok(tx.one::<(i64,)>(USED, args![organization, unit, since])?.map_or(0, |(n,)| n))
}

db::record! {
    /// A booking of a container.
    #[derive(Clone, Debug)]
    pub struct BookingRow {
        pub event: Uuid, pub name: String, pub representative: Uuid, pub starts_at: i64, pub ends_at: i64,
        pub time_zone: String, pub status: String,
    }
}

const BOOKINGS: &str = "SELECT event.id, event.name, event.representative_id, booking.starts_at, booking.ends_at, \
    event.time_zone, event.status FROM event_container booking CROSS JOIN event \
    WHERE booking.organization_id = $1 AND booking.unit_id = $2 AND booking.open IN (0, 1) AND booking.starts_at >= $3 \
    AND event.organization_id = booking.organization_id AND event.id = booking.event_id AND event.status <> 'cancelled' \
    ORDER BY booking.starts_at, event.id LIMIT 100";

/// Bookings of a container that begin from a moment on.
pub fn bookings(tx: &mut Tx, organization: Uuid, unit: Uuid, from: i64) -> Result<Vec<BookingRow>> {
    tx.all(BOOKINGS, args![organization, unit, from])
}

/// Active units due back until a day that were not reminded of at this stage yet are found from here on, some at a time.
pub fn due(tx: &mut Tx, organization: Uuid, until: i64, after: (i64, Uuid), limit: i64) -> Result<Vec<UnitRow>> {
    let sql = format!(
        "SELECT {UNIT_COLUMNS} FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.due_back_on IS NOT NULL \
         AND unit.due_back_on <= $2 AND (unit.due_back_on, unit.id) > ($3, $4) ORDER BY unit.due_back_on, unit.id LIMIT {limit}"
    );
    tx.all(sql.as_str(), args![organization, until, after.0, after.1])
}

const REMINDED: &str = "INSERT INTO stock_loan_reminder (organization_id, unit_id, due_on, stage, told_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, unit_id, due_on, stage) DO NOTHING";

/// Notes a reminder; false when it was given before.
pub fn remind(tx: &mut Tx, organization: Uuid, unit: Uuid, due_on: i64, stage: i64, now: i64) -> Result<bool> {
    Ok(tx.exec(REMINDED, args![organization, unit, due_on, stage, now])? == 1)
}

const TOLD: &str =
    "SELECT 1 FROM stock_loan_reminder WHERE organization_id = $1 AND unit_id = $2 AND due_on = $3 AND stage = $4";

/// Whether a reminder was given.
pub fn was_reminded(tx: &mut Tx, organization: Uuid, unit: Uuid, due_on: i64, stage: i64) -> Result<bool> {
    Ok(tx.one::<(i64,)>(TOLD, args![organization, unit, due_on, stage])?.is_some())
}

const HAND_OVER: &str = "UPDATE stock_extension SET custodian_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND custodian_id = $2 AND status = 'requested'";

/// A successor waits for the answers to what somebody asked to keep longer.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(HAND_OVER, args![organization, from, to])?;
    Ok(())
}
