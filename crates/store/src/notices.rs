//! Notices: the list of what somebody was told, how people want to be told, and what a mail still has to say.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// Something that somebody was told.
    #[derive(Clone, Debug)]
    pub struct NoticeRow {
        pub id: Uuid, pub kind: String, pub subject_id: Uuid, pub sentence: String, pub created_at: i64,
        pub read_at: Option<i64>,
    }
}

/// The columns of [`NoticeRow`], for statements that list them (`notice` is the table's name).
pub const NOTICE_COLUMNS: &str =
    "notice.id, notice.kind, notice.subject_id, notice.sentence, notice.created_at, notice.read_at";

const UNREAD: &str = "SELECT topic, CAST(COUNT(*) AS BIGINT) FROM (SELECT topic FROM engine_notice \
    WHERE organization_id = $1 AND user_id = $2 AND read_at IS NULL LIMIT $3) unread GROUP BY topic";
const READ: &str = "UPDATE engine_notice SET read_at = $4 \
    WHERE organization_id = $1 AND user_id = $2 AND id = $3 AND read_at IS NULL";
const UNREAD_AGAIN: &str =
    "UPDATE engine_notice SET read_at = NULL WHERE organization_id = $1 AND user_id = $2 AND id = $3";
const READ_ALL: &str =
    "UPDATE engine_notice SET read_at = $3 WHERE organization_id = $1 AND user_id = $2 AND read_at IS NULL";
const NOTICE: &str = "SELECT id, kind, subject_id, sentence, created_at, read_at FROM engine_notice \
    WHERE organization_id = $1 AND user_id = $2 AND id = $3";

/// How many unread ones of each topic somebody has; at most so many are looked at.
pub fn unread(tx: &mut Tx, organization: Uuid, user: Uuid, most: i64) -> Result<Vec<(String, i64)>> {
    tx.all(UNREAD, args![organization, user, most])
}

/// One of somebody's.
pub fn notice(tx: &mut Tx, organization: Uuid, user: Uuid, id: Uuid) -> Result<Option<NoticeRow>> {
    tx.one(NOTICE, args![organization, user, id])
}

/// Marks one as read, or as unread.
pub fn mark(tx: &mut Tx, organization: Uuid, user: Uuid, id: Uuid, read_at: Option<i64>) -> Result<()> {
    match read_at {
        Some(at) => tx.exec(READ, args![organization, user, id, at])?,
        None => tx.exec(UNREAD_AGAIN, args![organization, user, id])?,
    };
    Ok(())
}

/// Marks all of somebody's as read; gives how many.
pub fn mark_all(tx: &mut Tx, organization: Uuid, user: Uuid, at: i64) -> Result<u64> {
    tx.exec(READ_ALL, args![organization, user, at])
}

db::record! {
    /// How somebody wants to be told, as stored.
    #[derive(Clone, Debug)]
    pub struct WishRow { pub wishes: String, pub version: i64 }
}

const WISH: &str = "SELECT wishes, version FROM engine_notice_wish WHERE organization_id = $1 AND user_id = $2";
const LOCK_WISH: Sql =
    crate::locking!("SELECT wishes, version FROM engine_notice_wish WHERE organization_id = $1 AND user_id = $2");
const SAVE_WISH: &str = "INSERT INTO engine_notice_wish (organization_id, user_id, wishes, updated_at, version) \
    VALUES ($1, $2, $3, $4, 1) ON CONFLICT (organization_id, user_id) \
    DO UPDATE SET wishes = excluded.wishes, updated_at = excluded.updated_at, version = engine_notice_wish.version + 1";
const DROP_WISH: &str = "DELETE FROM engine_notice_wish WHERE organization_id = $1 AND user_id = $2";

/// What somebody, or the organisation under its own id, has said.
pub fn wish(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Option<WishRow>> {
    tx.one(WISH, args![organization, user])
}

/// The same, locked.
pub fn lock_wish(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Option<WishRow>> {
    tx.one(LOCK_WISH, args![organization, user])
}

/// Keeps it.
pub fn save_wish(tx: &mut Tx, organization: Uuid, user: Uuid, wishes: &str, now: i64) -> Result<()> {
    tx.exec(SAVE_WISH, args![organization, user, wishes, now])?;
    Ok(())
}

/// Forgets it: what the organisation has holds again.
pub fn drop_wish(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<()> {
    tx.exec(DROP_WISH, args![organization, user])?;
    Ok(())
}

const WAITING: &str = "SELECT DISTINCT user_id FROM engine_notice WHERE organization_id = $1 AND mailed = 0 \
    AND user_id > $2 ORDER BY user_id LIMIT $3";
const OPEN: Sql = Sql {
    lite: "SELECT id, kind, subject_id, sentence, created_at, read_at FROM engine_notice \
        WHERE organization_id = $1 AND user_id = $2 AND mailed = 0 ORDER BY id LIMIT $3",
    pg: "SELECT id, kind, subject_id, sentence, created_at, read_at FROM engine_notice \
        WHERE organization_id = $1 AND user_id = $2 AND mailed = 0 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED",
};
const SETTLED: &str = "UPDATE engine_notice SET mailed = 1 WHERE organization_id = $1 AND user_id = $2 AND id = $3";
const LAST: &str = "SELECT mailed_at, digest_day FROM engine_notice_mail WHERE organization_id = $1 AND user_id = $2";
const SENT: &str = "INSERT INTO engine_notice_mail (organization_id, user_id, mailed_at, digest_day) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (organization_id, user_id) DO UPDATE SET mailed_at = excluded.mailed_at, digest_day = excluded.digest_day";

/// Some of those for whom it is open whether a mail goes out, after one of them.
pub fn waiting(tx: &mut Tx, organization: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(WAITING, args![organization, after, limit])?.into_iter().map(|(id,)| id).collect())
}

/// What is open for somebody, the oldest first. On a server that shares its database nobody else gets the same.
pub fn open(tx: &mut Tx, organization: Uuid, user: Uuid, limit: i64) -> Result<Vec<NoticeRow>> {
    tx.all(OPEN, args![organization, user, limit])
}

/// It is settled whether a mail goes out for this.
pub fn settled(tx: &mut Tx, organization: Uuid, user: Uuid, id: Uuid) -> Result<()> {
    tx.exec(SETTLED, args![organization, user, id])?;
    Ok(())
}

/// When somebody had the last mail, and on which day the last digest.
pub fn last_mail(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Option<(i64, Option<i64>)>> {
    tx.one(LAST, args![organization, user])
}

/// A mail goes out.
pub fn mail_goes(tx: &mut Tx, organization: Uuid, user: Uuid, at: i64, digest_day: Option<i64>) -> Result<()> {
    tx.exec(SENT, args![organization, user, at, digest_day])?;
    Ok(())
}
