//! What the rooms share: running numbers, repeated requests, the outbox, notices, previews.

use db::{Result, Tx, args};
use uuid::Uuid;

const NEXT_NUMBER: &str = "INSERT INTO engine_number (organization_id, kind, last) VALUES ($1, $2, 1) \
    ON CONFLICT (organization_id, kind) DO UPDATE SET last = engine_number.last + 1 RETURNING last";

/// The next number of a kind, without gaps: it is taken in the unit of work that uses it.
pub fn next_number(tx: &mut Tx, organization: Uuid, kind: &str) -> Result<i64> {
    Ok(tx.one::<(i64,)>(NEXT_NUMBER, args![organization, kind])?.map_or(1, |(n,)| n))
}

const NEXT_NUMBERS: &str = "INSERT INTO engine_number (organization_id, kind, last) VALUES ($1, $2, $3) \
    ON CONFLICT (organization_id, kind) DO UPDATE SET last = engine_number.last + $3 RETURNING last";

/// So many numbers of a kind at once; gives the first.
pub fn next_numbers(tx: &mut Tx, organization: Uuid, kind: &str, count: i64) -> Result<i64> {
    let last = tx.one::<(i64,)>(NEXT_NUMBERS, args![organization, kind, count])?.map_or(count, |(n,)| n);
    Ok(last - count + 1)
}

db::record! {
    /// The first answer to a request with a key.
    pub struct Remembered { pub body_digest: Vec<u8>, pub status: i64, pub answer: Vec<u8> }
}

const REMEMBERED: &str = "SELECT body_digest, status, answer FROM engine_idempotency \
    WHERE organization_id = $1 AND actor_id = $2 AND request_key = $3";
const REMEMBER: &str = "INSERT INTO engine_idempotency \
    (organization_id, actor_id, request_key, body_digest, status, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// The answer that a key was given before.
pub fn remembered(tx: &mut Tx, organization: Uuid, actor: Uuid, key: &str) -> Result<Option<Remembered>> {
    tx.one(REMEMBERED, args![organization, actor, key])
}

/// Remembers an answer. Two requests with one key at the same moment meet here: the second fails and is tried again.
#[allow(clippy::too_many_arguments)]
pub fn remember(
    tx: &mut Tx,
    organization: Uuid,
    actor: Uuid,
    key: &str,
    digest: &[u8],
    status: u16,
    answer: &[u8],
    now: i64,
) -> Result<()> {
    tx.exec(REMEMBER, args![organization, actor, key, digest, i64::from(status), answer, now])?;
    Ok(())
}

const REMEMBER_INSTEAD: &str = "UPDATE engine_idempotency SET status = $5, answer = $6 \
    WHERE organization_id = $1 AND actor_id = $2 AND request_key = $3 AND answer = $4";
const FORGET_ONE: &str =
    "DELETE FROM engine_idempotency WHERE organization_id = $1 AND actor_id = $2 AND request_key = $3";

/// Replaces what is remembered under a key, if it still is what it was; whether it was.
pub fn remember_instead(
    tx: &mut Tx,
    organization: Uuid,
    actor: Uuid,
    key: &str,
    before: &[u8],
    status: i64,
    answer: &[u8],
) -> Result<bool> {
    Ok(tx.exec(REMEMBER_INSTEAD, args![organization, actor, key, before, status, answer])? > 0)
}

/// Forgets a key.
pub fn forget_one(tx: &mut Tx, organization: Uuid, actor: Uuid, key: &str) -> Result<()> {
    tx.exec(FORGET_ONE, args![organization, actor, key])?;
    Ok(())
}

const PUSH: &str = "INSERT INTO engine_outbox (organization_id, id, kind, payload, run_at, attempts, last_error) \
    VALUES ($1, $2, $3, $4, $5, 0, '')";

/// Leaves work for after the commit: mail, a webhook.
pub fn push(tx: &mut Tx, organization: Uuid, id: Uuid, kind: &str, payload: &str, run_at: i64) -> Result<()> {
    tx.exec(PUSH, args![organization, id, kind, payload, run_at])?;
    Ok(())
}

db::record! {
    /// Work that is due: what kind, what for, and how often it was tried.
    pub struct Due { pub id: Uuid, pub kind: String, pub payload: String, pub attempts: i64 }
}

const IS_DUE: &str = "SELECT 1 FROM engine_outbox WHERE organization_id = $1 AND kind = $2 AND run_at <= $3 LIMIT 1";
const DUE: db::Sql = db::Sql {
    lite: "SELECT id, kind, payload, attempts FROM engine_outbox \
        WHERE organization_id = $1 AND kind = $2 AND run_at <= $3 ORDER BY run_at, id LIMIT $4",
    pg: "SELECT id, kind, payload, attempts FROM engine_outbox \
        WHERE organization_id = $1 AND kind = $2 AND run_at <= $3 ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED",
};
const LEASE: &str =
    "UPDATE engine_outbox SET run_at = $3, attempts = attempts + 1 WHERE organization_id = $1 AND id = $2";
const DONE: &str = "DELETE FROM engine_outbox WHERE organization_id = $1 AND id = $2";
const LATER: &str = "UPDATE engine_outbox SET run_at = $3, last_error = $4 WHERE organization_id = $1 AND id = $2";

/// Whether work of a kind is due.
pub fn is_due(tx: &mut Tx, organization: Uuid, kind: &str, now: i64) -> Result<bool> {
    Ok(tx.one::<(i64,)>(IS_DUE, args![organization, kind, now])?.is_some())
}

/// Takes work that is due. Nobody else gets it until `until`; whoever took it says before that what became of it, or it is
/// due again.
pub fn claim(tx: &mut Tx, organization: Uuid, kind: &str, now: i64, until: i64, limit: i64) -> Result<Vec<Due>> {
    let due = tx.all::<Due>(DUE, args![organization, kind, now, limit])?;
    for it in &due {
        tx.exec(LEASE, args![organization, it.id, until])?;
    }
    Ok(due)
}

/// The work is done.
pub fn done(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DONE, args![organization, id])?;
    Ok(())
}

/// The work failed: why, and when to try again.
pub fn later(tx: &mut Tx, organization: Uuid, id: Uuid, run_at: i64, error: &str) -> Result<()> {
    tx.exec(LATER, args![organization, id, run_at, error])?;
    Ok(())
}

const FORGET: &str = "DELETE FROM engine_idempotency WHERE organization_id = $1 AND (actor_id, request_key) IN \
    (SELECT actor_id, request_key FROM engine_idempotency WHERE organization_id = $1 AND created_at < $2 LIMIT $3)";
const END_TOKENS: &str = "DELETE FROM auth_token WHERE organization_id = $1 AND id IN \
    (SELECT id FROM auth_token WHERE organization_id = $1 AND expires_at < $2 LIMIT $3)";
const END_LINKS: &str = "DELETE FROM auth_link WHERE organization_id = $1 AND digest IN \
    (SELECT digest FROM auth_link WHERE organization_id = $1 AND expires_at < $2 LIMIT $3)";
const END_QUOTE_LINKS: &str = "DELETE FROM event_quote_link WHERE organization_id = $1 AND digest IN \
    (SELECT digest FROM event_quote_link WHERE organization_id = $1 AND expires_at < $2 LIMIT $3)";
const END_PREVIEWS: &str = "DELETE FROM engine_preview WHERE organization_id = $1 AND id IN \
    (SELECT id FROM engine_preview WHERE organization_id = $1 AND expires_at < $2 LIMIT $3)";
const END_RUNS: &str = "DELETE FROM engine_import WHERE organization_id = $1 AND id IN \
    (SELECT id FROM engine_import WHERE organization_id = $1 AND updated_at < $2 LIMIT $3)";
const END_ATTEMPTS: &str = "DELETE FROM sign_in_attempt WHERE subject IN \
    (SELECT subject FROM sign_in_attempt WHERE window_start < $1 LIMIT $2)";

/// Forgets some answers older than `before` (microseconds); gives how many.
pub fn forget(tx: &mut Tx, organization: Uuid, before: i64, limit: i64) -> Result<u64> {
    tx.exec(FORGET, args![organization, before, limit])
}

/// Drops some tokens, links and previews that ended before a moment; gives how many.
pub fn drop_ended(tx: &mut Tx, organization: Uuid, before: i64, limit: i64) -> Result<u64> {
    let mut dropped = 0;
    for sql in [END_TOKENS, END_LINKS, END_QUOTE_LINKS, END_PREVIEWS] {
        dropped += tx.exec(sql, args![organization, before, limit])?;
    }
    Ok(dropped)
}

/// Drops some imports that ended before a moment, as far as they are told of; gives how many.
pub fn drop_runs(tx: &mut Tx, organization: Uuid, before: i64, limit: i64) -> Result<u64> {
    tx.exec(END_RUNS, args![organization, before, limit])
}

/// Drops some counts of failed attempts whose window began before a moment; gives how many.
pub fn drop_attempts(tx: &mut Tx, before: i64, limit: i64) -> Result<u64> {
    tx.exec(END_ATTEMPTS, args![before, limit])
}

const NOTICE: &str = "INSERT INTO engine_notice \
    (organization_id, user_id, id, kind, topic, subject_id, sentence, created_at, read_at, mailed) \
    VALUES ($1, $2, $3, $4, $8, $5, $6, $7, NULL, 0)";

/// Tells somebody something inside the product.
#[allow(clippy::too_many_arguments)]
pub fn notify(
    tx: &mut Tx,
    organization: Uuid,
    user: Uuid,
    id: Uuid,
    kind: &str,
    subject: Uuid,
    sentence: &str,
    now: i64,
) -> Result<()> {
    let topic = domain::notice::Topic::of(kind).as_str();
    tx.exec(NOTICE, args![organization, user, id, kind, subject, sentence, now, topic])?;
    Ok(())
}

const ORGANIZATIONS: &str = "SELECT organization_id FROM organization ORDER BY organization_id";

/// Every organisation on this server: for the jobs that serve each in turn.
pub fn organizations(tx: &mut Tx) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ORGANIZATIONS, args![])?.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// A preview that waits to be applied.
    #[derive(Clone, Debug)]
    pub struct PreviewRow { pub actor_id: Uuid, pub kind: String, pub payload: String, pub expires_at: i64 }
}

const INSERT_PREVIEW: &str = "INSERT INTO engine_preview (organization_id, id, actor_id, kind, payload, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const PREVIEW: &str =
    "SELECT actor_id, kind, payload, expires_at FROM engine_preview WHERE organization_id = $1 AND id = $2";
const DROP_PREVIEW: &str = "DELETE FROM engine_preview WHERE organization_id = $1 AND id = $2";

/// Keeps a preview until it is applied or too old.
pub fn insert_preview(tx: &mut Tx, organization: Uuid, id: Uuid, row: &PreviewRow) -> Result<()> {
    tx.exec(INSERT_PREVIEW, args![organization, id, row.actor_id, row.kind, row.payload, row.expires_at])?;
    Ok(())
}

/// A preview, expired or not.
pub fn preview(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PreviewRow>> {
    tx.one(PREVIEW, args![organization, id])
}

/// Uses a preview up; gives whether it was still there.
pub fn drop_preview(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<bool> {
    Ok(tx.exec(DROP_PREVIEW, args![organization, id])? > 0)
}
