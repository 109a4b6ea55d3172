//! Documents on their way: links for people without an account, what was sent to whom, signatures, reminders of purchase orders.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A link to one document.
    #[derive(Clone, Debug)]
    pub struct LinkRow {
        pub id: Uuid, pub kind: String, pub subject_id: Uuid, pub event_id: Uuid, pub created_by: Uuid, pub created_at: i64,
        pub expires_at: i64, pub revoked_at: Option<i64>, pub used_at: Option<i64>, pub opened_count: i64,
        pub first_opened_at: Option<i64>, pub last_opened_at: Option<i64>,
    }
}

macro_rules! links {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, subject_id, event_id, created_by, created_at, expires_at, revoked_at, used_at, opened_count, \
             first_opened_at, last_opened_at FROM document_link WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const INSERT_LINK: &str = "INSERT INTO document_link (organization_id, digest, id, kind, subject_id, event_id, created_by, \
    created_at, expires_at, revoked_at, used_at, opened_count, first_opened_at, last_opened_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, 0, NULL, NULL)";
const LINK: &str = links!("digest = $2 AND expires_at > $3 AND revoked_at IS NULL");
const LINKS_OF: &str = links!("event_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3");
const REVOKE: &str = "UPDATE document_link SET revoked_at = $4 WHERE organization_id = $1 AND event_id = $2 AND id = $3 \
    AND revoked_at IS NULL";
const USE: &str = "UPDATE document_link SET used_at = $3 WHERE organization_id = $1 AND digest = $2 AND used_at IS NULL \
    AND revoked_at IS NULL AND expires_at > $3";
const OPENED: &str = "UPDATE document_link SET opened_count = opened_count + 1, \
    first_opened_at = COALESCE(first_opened_at, $3), last_opened_at = $3 WHERE organization_id = $1 AND digest = $2";

const FIRST_OPENED: &str = "UPDATE document_link SET first_opened_at = $3 \
    WHERE organization_id = $1 AND digest = $2 AND first_opened_at IS NULL";

/// Makes a link.
pub fn insert_link(tx: &mut Tx, organization: Uuid, digest: &[u8], row: &LinkRow) -> Result<()> {
    let args = args![
        organization,
        digest,
        row.id,
        row.kind,
        row.subject_id,
        row.event_id,
        row.created_by,
        row.created_at,
        row.expires_at
    ];
    tx.exec(INSERT_LINK, args)?;
    Ok(())
}

/// What a link opens, while it works.
pub fn link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<Option<LinkRow>> {
    tx.one(LINK, args![organization, digest, now])
}

/// The links of an event's documents, the latest first.
pub fn links_of(tx: &mut Tx, organization: Uuid, event: Uuid, most: i64) -> Result<Vec<LinkRow>> {
    tx.all(LINKS_OF, args![organization, event, most])
}

/// Ends a link; gives whether it worked until now.
pub fn revoke(tx: &mut Tx, organization: Uuid, event: Uuid, id: Uuid, now: i64) -> Result<bool> {
    Ok(tx.exec(REVOKE, args![organization, event, id, now])? == 1)
}

/// Uses a link up for giving a purchase order; gives whether that was still to be done.
pub fn use_link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<bool> {
    Ok(tx.exec(USE, args![organization, digest, now])? == 1)
}

/// Counts an opening; gives whether it was the first.
pub fn opened(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<bool> {
    let first = tx.exec(FIRST_OPENED, args![organization, digest, now])? > 0;
    tx.exec(OPENED, args![organization, digest, now])?;
    Ok(first)
}

db::record! {
    /// Something that was sent.
    #[derive(Clone, Debug)]
    pub struct SendRow {
        pub id: Uuid, pub kind: String, pub subject_id: Uuid, pub event_id: Option<Uuid>, pub number: String,
        pub recipient_name: String, pub recipient_email: String, pub source: String, pub channel: String, pub note: String,
        pub digest: Option<String>, pub file_name: String, pub link_id: Option<Uuid>, pub automatic: bool, pub sent_by: Uuid,
        pub sent_at: i64, pub left_at: Option<i64>,
    }
}

db::record! {
    /// Something that was sent, and what became of it.
    #[derive(Clone, Debug)]
    pub struct SentRow {
        pub id: Uuid, pub kind: String, pub subject_id: Uuid, pub event_id: Option<Uuid>, pub number: String,
        pub recipient_name: String, pub recipient_email: String, pub source: String, pub channel: String, pub note: String,
        pub digest: Option<String>, pub file_name: String, pub link_id: Option<Uuid>, pub automatic: bool, pub sent_by: Uuid,
        pub sent_at: i64, pub left_at: Option<i64>, pub opened_count: Option<i64>, pub last_opened_at: Option<i64>,
        pub last_error: Option<String>,
    }
}

macro_rules! sends {
    ($rest:literal) => {
        concat!(
            "SELECT send.id, send.kind, send.subject_id, send.event_id, send.number, send.recipient_name, send.recipient_email, \
             send.source, send.channel, send.note, send.digest, send.file_name, send.link_id, send.automatic, send.sent_by, \
             send.sent_at, send.left_at, link.opened_count, link.last_opened_at, waiting.last_error FROM document_send send \
             LEFT JOIN document_link link ON link.organization_id = send.organization_id AND link.id = send.link_id \
             LEFT JOIN engine_outbox waiting ON waiting.organization_id = send.organization_id AND waiting.id = send.id \
             WHERE send.organization_id = $1 AND ",
            $rest
        )
    };
}

const INSERT_SEND: &str = "INSERT INTO document_send (organization_id, id, kind, subject_id, event_id, number, recipient_name, \
    recipient_email, source, channel, note, digest, file_name, link_id, automatic, sent_by, sent_at, left_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, NULL)";
const SENDS_OF_SUBJECT: &str = sends!(
    "send.subject_id = $2 AND send.kind = $3 AND (send.sent_at, send.id) < ($4, $5) \
    ORDER BY send.sent_at DESC, send.id DESC LIMIT $6"
);
const SENDS_OF_EVENT: &str = sends!(
    "send.event_id = $2 AND (send.sent_at, send.id) < ($3, $4) ORDER BY send.sent_at DESC, send.id DESC LIMIT $5"
);
const LEFT: &str = "UPDATE document_send SET left_at = $3 WHERE organization_id = $1 AND id = $2";

/// Remembers that something was sent.
pub fn insert_send(tx: &mut Tx, organization: Uuid, row: &SendRow) -> Result<()> {
    let args = args![
        organization,
        row.id,
        row.kind,
        row.subject_id,
        row.event_id,
        row.number,
        row.recipient_name,
        row.recipient_email,
        row.source,
        row.channel,
        row.note,
        row.digest,
        row.file_name,
        row.link_id,
        row.automatic,
        row.sent_by,
        row.sent_at
    ];
    tx.exec(INSERT_SEND, args)?;
    Ok(())
}

/// What was sent of a document, the latest first, before a place in that order.
pub fn sends_of_subject(
    tx: &mut Tx,
    organization: Uuid,
    subject: Uuid,
    kind: &str,
    (at, id): (i64, Uuid),
    most: i64,
) -> Result<Vec<SentRow>> {
    tx.all(SENDS_OF_SUBJECT, args![organization, subject, kind, at, id, most])
}

/// What was sent of the documents of an event, the latest first, before a place in that order.
pub fn sends_of_event(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    (at, id): (i64, Uuid),
    most: i64,
) -> Result<Vec<SentRow>> {
    tx.all(SENDS_OF_EVENT, args![organization, event, at, id, most])
}

/// The mail left this server.
pub fn left(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(LEFT, args![organization, id, now])?;
    Ok(())
}

db::record! {
    /// A signature.
    #[derive(Clone, Debug)]
    pub struct SignatureRow {
        pub id: Uuid, pub document: String, pub role: String, pub name: String, pub title: String, pub strokes: String,
        pub content: String, pub signed_at: i64, pub recorded_by: Uuid, pub link_id: Option<Uuid>,
    }
}

const SIGNATURES: &str = "SELECT id, document, role, name, title, strokes, content, signed_at, recorded_by, link_id \
    FROM event_signature WHERE organization_id = $1 AND event_id = $2 ORDER BY id";
const SIGN: &str = "INSERT INTO event_signature (organization_id, event_id, id, document, role, name, title, strokes, content, \
    signed_at, recorded_by, link_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Every signature of an event, void ones included, the first first.
pub fn signatures(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<SignatureRow>> {
    tx.all(SIGNATURES, args![organization, event])
}

/// Keeps a signature.
pub fn insert_signature(tx: &mut Tx, organization: Uuid, event: Uuid, row: &SignatureRow) -> Result<()> {
    let args = args![
        organization,
        event,
        row.id,
        row.document,
        row.role,
        row.name,
        row.title,
        row.strokes,
        row.content,
        row.signed_at,
        row.recorded_by,
        row.link_id
    ];
    tx.exec(SIGN, args)?;
    Ok(())
}

db::record! {
    /// Whose signature a facility wants.
    #[derive(Clone, Debug)]
    pub struct SigningRow { pub mode: String, pub version: i64 }
}

const SIGNING: &str = "SELECT mode, version FROM location_signing WHERE organization_id = $1 AND location_id = $2";
const SAVE_SIGNING: &str = "INSERT INTO location_signing (organization_id, location_id, mode, updated_by, updated_at, version) \
    VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (organization_id, location_id) DO UPDATE SET mode = $3, updated_by = $4, \
    updated_at = $5, version = location_signing.version + 1";
const DROP_SIGNING: &str = "DELETE FROM location_signing WHERE organization_id = $1 AND location_id = $2";

/// Whose signature a facility wants; None when the type of the event says it.
pub fn signing(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<Option<SigningRow>> {
    tx.one(SIGNING, args![organization, location])
}

/// Says whose signature a facility wants.
pub fn save_signing(tx: &mut Tx, organization: Uuid, location: Uuid, mode: &str, (by, now): (Uuid, i64)) -> Result<()> {
    tx.exec(SAVE_SIGNING, args![organization, location, mode, by, now])?;
    Ok(())
}

/// Leaves it to the type of the event.
pub fn drop_signing(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<()> {
    tx.exec(DROP_SIGNING, args![organization, location])?;
    Ok(())
}

db::record! {
    /// How often a facility is reminded.
    #[derive(Clone, Debug)]
    pub struct ScheduleRow {
        pub mode: String, pub value: i64, pub version: i64, pub escalate_after: Option<i64>, pub stop_after: Option<i64>,
        pub escalate_to: String,
    }
}

const SCHEDULE: &str = "SELECT mode, value, version, escalate_after, stop_after, escalate_to FROM location_po_reminder \
    WHERE organization_id = $1 AND location_id = $2";
const SAVE_SCHEDULE: &str = "INSERT INTO location_po_reminder (organization_id, location_id, mode, value, updated_by, updated_at, \
    escalate_after, stop_after, escalate_to, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) \
    ON CONFLICT (organization_id, location_id) DO UPDATE SET mode = $3, value = $4, updated_by = $5, updated_at = $6, \
    escalate_after = $7, stop_after = $8, escalate_to = $9, version = location_po_reminder.version + 1";
const DROP_SCHEDULE: &str = "DELETE FROM location_po_reminder WHERE organization_id = $1 AND location_id = $2";

/// How often a facility is reminded; None when the organisation's setting holds.
pub fn schedule(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<Option<ScheduleRow>> {
    tx.one(SCHEDULE, args![organization, location])
}

/// Says how often a facility is reminded.
pub fn save_schedule(
    tx: &mut Tx,
    organization: Uuid,
    location: Uuid,
    row: &ScheduleRow,
    (by, now): (Uuid, i64),
) -> Result<()> {
    let ScheduleRow { mode, value, escalate_after, stop_after, escalate_to, .. } = row;
    tx.exec(
        SAVE_SCHEDULE,
        args![organization, location, *mode, *value, by, now, *escalate_after, *stop_after, *escalate_to],
    )?;
    Ok(())
}

/// Goes back to the organisation's setting.
pub fn drop_schedule(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<()> {
    tx.exec(DROP_SCHEDULE, args![organization, location])?;
    Ok(())
}

db::record! {
    /// An event that waits for its purchase order, with its schedule and its last reminder.
    #[derive(Clone, Debug)]
    pub struct WaitingRow {
        pub id: Uuid, pub number: i64, pub name: String, pub starts_at: i64, pub representative_id: Uuid,
        pub representative_name: String, pub location_id: Option<Uuid>, pub location_name: Option<String>,
        pub customer_id: Option<Uuid>, pub total_minor: i64, pub submitted_at: Option<i64>, pub submitted_by: Option<Uuid>,
        pub mode: Option<String>, pub value: Option<i64>, pub reminders: Option<i64>, pub reminded_day: Option<i64>,
        pub reminded_at: Option<i64>, pub reminded_whom: Option<String>, pub escalate_after: Option<i64>,
        pub stop_after: Option<i64>, pub escalate_to: Option<String>,
    }
}

/// The columns of [`WaitingRow`], for statements over `event` with [`WAITING_JOINS`].
pub const WAITING_COLUMNS: &str = "event.id, event.number, event.name, event.starts_at, event.representative_id, \
    person_of.name AS representative_name, event.location_id, place.name AS location_name, event.customer_id, \
    event.total_minor, event.submitted_at, event.submitted_by, schedule.mode, schedule.value, reminder.reminders, \
    reminder.day AS reminded_day, reminder.at AS reminded_at, reminder.recipients AS reminded_whom, \
    schedule.escalate_after, schedule.stop_after, schedule.escalate_to";
/// What they come from.
pub const WAITING_JOINS: &str = "JOIN people_user person_of ON person_of.organization_id = event.organization_id \
    AND person_of.id = event.representative_id \
    LEFT JOIN directory_location place ON place.organization_id = event.organization_id AND place.id = event.location_id \
    LEFT JOIN location_po_reminder schedule ON schedule.organization_id = event.organization_id \
    AND schedule.location_id = event.location_id \
    LEFT JOIN event_po_reminder reminder ON reminder.organization_id = event.organization_id AND reminder.event_id = event.id";

const REMINDED: &str = "INSERT INTO event_po_reminder (organization_id, event_id, reminders, day, at, recipients) \
    VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT (organization_id, event_id) DO UPDATE SET \
    reminders = event_po_reminder.reminders + 1, day = $3, at = $4, recipients = $5 WHERE event_po_reminder.day < $3";

/// Remembers a reminder of a day; gives whether it is the first of that day.
pub fn reminded(tx: &mut Tx, organization: Uuid, event: Uuid, (day, at): (i64, i64), whom: &str) -> Result<bool> {
    Ok(tx.exec(REMINDED, args![organization, event, day, at, whom])? == 1)
}

const DAY: &str = "SELECT day FROM engine_day WHERE organization_id = $1 AND kind = $2";
const SET_DAY: &str = "INSERT INTO engine_day (organization_id, kind, day) VALUES ($1, $2, $3) \
    ON CONFLICT (organization_id, kind) DO UPDATE SET day = $3";

/// The day on which something was last done.
pub fn day(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<Option<i64>> {
    Ok(tx.one::<(i64,)>(DAY, args![organization, kind])?.map(|(day,)| day))
}

/// Remembers the day on which something was done.
pub fn set_day(tx: &mut Tx, organization: Uuid, kind: &str, day: i64) -> Result<()> {
    tx.exec(SET_DAY, args![organization, kind, day])?;
    Ok(())
}

const SEND: &str = sends!("send.id = $2");

/// Something that was sent.
pub fn send(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<SentRow>> {
    tx.one(SEND, args![organization, id])
}

const PRIMARY_ADMIN: &str =
    "SELECT id FROM people_user WHERE organization_id = $1 AND role = 'primary_admin' AND active = 1 LIMIT 1";

/// The primary admin of an organisation.
pub fn primary_admin(tx: &mut Tx, organization: Uuid) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(PRIMARY_ADMIN, args![organization])?.map(|(id,)| id))
}

const MAILS_SINCE: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT id FROM document_send WHERE organization_id = $1 \
    AND sent_by = $2 AND sent_at >= $3 AND channel = 'mail' AND automatic = 0 LIMIT $4) sent";

/// How many mails somebody sent by hand since a moment; at most so many are counted.
pub fn mails_since(tx: &mut Tx, organization: Uuid, by: Uuid, since: i64, most: i64) -> Result<i64> {
    Ok(tx.one::<(i64,)>(MAILS_SINCE, args![organization, by, since, most])?.map_or(0, |(n,)| n))
}
