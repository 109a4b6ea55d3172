//! Files: contents by their digest, and links that say where they belong. The content leaves the database only by
//! [`content`], so that another place for contents changes nothing else.

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// A file of something.
    #[derive(Clone, Debug)]
    pub struct FileRow {
        pub id: Uuid, pub subject_kind: String, pub subject_id: Uuid, pub digest: String, pub name: String,
        pub media_type: String, pub size_bytes: i64, pub uploaded_by: Uuid, pub uploaded_at: i64,
        pub removed_at: Option<i64>, pub version: i64, pub kind: String, pub patient_data: bool,
        pub thumb_digest: Option<String>, pub purged_at: Option<i64>,
    }
}

macro_rules! files {
    ($rest:literal) => {
        concat!(
            "SELECT id, subject_kind, subject_id, digest, name, media_type, size_bytes, uploaded_by, uploaded_at, removed_at, \
             version, kind, patient_data, thumb_digest, purged_at FROM file_link WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const FILE: &str = files!("id = $2");
const LOCK: Sql = Sql { lite: files!("id = $2"), pg: files!("id = $2 FOR UPDATE") };
const OF_SUBJECT: &str =
    files!("subject_id = $2 AND subject_kind = $3 AND removed_at IS NULL ORDER BY uploaded_at DESC, id DESC LIMIT $4");
const INSERT: &str = "INSERT INTO file_link (organization_id, id, subject_kind, subject_id, digest, name, media_type, \
    size_bytes, uploaded_by, uploaded_at, removed_at, version, kind, patient_data, thumb_digest) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const REMOVED: &str = "UPDATE file_link SET removed_at = $3, removed_by = $4, removed_reason = $5, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";
const KINDS: &str = "SELECT DISTINCT kind FROM file_link WHERE organization_id = $1 AND subject_id = $2 AND subject_kind = 'evt' \
    AND removed_at IS NULL";
const KEEP: &str = "INSERT INTO file_content (organization_id, digest, size_bytes, sealed, content, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, digest) DO UPDATE SET size_bytes = excluded.size_bytes, \
    sealed = excluded.sealed, content = excluded.content WHERE file_content.size_bytes < 0";
const CONTENT: &str = "SELECT sealed, content FROM file_content WHERE organization_id = $1 AND digest = $2";

/// Keeps a content under its digest; the same content is kept once. One that was destroyed is there again.
pub fn keep(
    tx: &mut Tx,
    organization: Uuid,
    digest: &str,
    size: i64,
    sealed: bool,
    content: &[u8],
    now: i64,
) -> Result<()> {
    tx.exec(KEEP, args![organization, digest, size, i64::from(sealed), content, now])?;
    Ok(())
}

/// A content, and whether it is sealed.
pub fn content(tx: &mut Tx, organization: Uuid, digest: &str) -> Result<Option<(bool, Vec<u8>)>> {
    let found = tx.one::<(i64, Vec<u8>)>(CONTENT, args![organization, digest])?;
    Ok(found.map(|(sealed, content)| (sealed == 1, content)))
}

/// Links a content to something.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &FileRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.subject_kind,
            row.subject_id,
            row.digest,
            row.name,
            row.media_type,
            row.size_bytes,
            row.uploaded_by,
            row.uploaded_at,
            row.removed_at,
            row.version,
            row.kind,
            row.patient_data,
            row.thumb_digest
        ],
    )?;
    Ok(())
}

/// One file, removed or not.
pub fn file(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<FileRow>> {
    tx.one(FILE, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<FileRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Files of something, the latest first.
pub fn of_subject(tx: &mut Tx, organization: Uuid, kind: &str, subject: Uuid, limit: i64) -> Result<Vec<FileRow>> {
    tx.all(OF_SUBJECT, args![organization, subject, kind, limit])
}

/// Kinds of the files of an event.
pub fn kinds_of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<String>> {
    Ok(tx.all::<(String,)>(KINDS, args![organization, event])?.into_iter().map(|(kind,)| kind).collect())
}

/// Takes a file off (when, who, why), or puts it back.
pub fn set_removed(tx: &mut Tx, organization: Uuid, id: Uuid, off: Option<(i64, Uuid, &str)>) -> Result<()> {
    let (at, by, why) = match off {
        Some((at, by, why)) => (Some(at), Some(by), why),
        None => (None, None, ""),
    };
    tx.exec(REMOVED, args![organization, id, at, by, why])?;
    Ok(())
}

const AFTER: &str = "SELECT digest, sealed, content FROM file_content WHERE organization_id = $1 AND digest > $2 \
    AND size_bytes >= 0 ORDER BY digest LIMIT $3";
const FIRST_SEALED: &str = "SELECT digest, sealed, content FROM file_content WHERE organization_id = $1 AND sealed = 1 \
    ORDER BY digest LIMIT 1";
const RESEAL: &str = "UPDATE file_content SET sealed = 1, content = $3 WHERE organization_id = $1 AND digest = $2 \
    AND size_bytes >= 0";

/// Contents after a digest: (digest, whether it is sealed, content).
pub fn contents_after(
    tx: &mut Tx,
    organization: Uuid,
    digest: &str,
    limit: i64,
) -> Result<Vec<(String, bool, Vec<u8>)>> {
    let found = tx.all::<(String, i64, Vec<u8>)>(AFTER, args![organization, digest, limit])?;
    Ok(found.into_iter().map(|(digest, sealed, content)| (digest, sealed == 1, content)).collect())
}

/// Some content that is sealed, to try a key on.
pub fn first_sealed(tx: &mut Tx, organization: Uuid) -> Result<Option<(String, Vec<u8>)>> {
    let found = tx.one::<(String, i64, Vec<u8>)>(FIRST_SEALED, args![organization])?;
    Ok(found.map(|(digest, _, content)| (digest, content)))
}

/// Puts the same content there under another key.
pub fn reseal(tx: &mut Tx, organization: Uuid, digest: &str, content: &[u8]) -> Result<()> {
    tx.exec(RESEAL, args![organization, digest, content])?;
    Ok(())
}

db::record! {
    /// A file that shows a patient and was kept long enough.
    #[derive(Clone, Debug)]
    pub struct AgedRow { pub id: Uuid, pub subject_id: Uuid, pub digest: String, pub name: String, pub uploaded_at: i64 }
}

const AGED: &str = "SELECT link.id, link.subject_id, link.digest, link.name, link.uploaded_at FROM file_link link \
    JOIN event ON event.organization_id = link.organization_id AND event.id = link.subject_id \
    WHERE link.organization_id = $1 AND link.patient_data = 1 AND link.purged_at IS NULL AND link.uploaded_at < $2 \
    AND link.subject_kind = 'evt' AND event.status <> 'open' AND event.ends_at < $2 \
    ORDER BY link.uploaded_at, link.id LIMIT $3";
const PURGED: &str =
    "UPDATE file_link SET purged_at = $3, version = version + 1 WHERE organization_id = $1 AND id = $2";
const STILL_USED: &str =
    "SELECT 1 FROM file_link WHERE organization_id = $1 AND digest = $2 AND purged_at IS NULL LIMIT 1";
const STILL_SENT: &str = "SELECT 1 FROM document_send WHERE organization_id = $1 AND digest = $2 LIMIT 1";
const DESTROY: &str =
    "UPDATE file_content SET content = $3, sealed = 0, size_bytes = -1 WHERE organization_id = $1 AND digest = $2";

/// Files of events that are over, which show a patient and were there before a moment.
pub fn aged(tx: &mut Tx, organization: Uuid, before: i64, limit: i64) -> Result<Vec<AgedRow>> {
    tx.all(AGED, args![organization, before, limit])
}

/// A file shows nothing any more; its content is destroyed unless another file has the same.
pub fn purge(tx: &mut Tx, organization: Uuid, row: &AgedRow, now: i64) -> Result<()> {
    tx.exec(PURGED, args![organization, row.id, now])?;
    let used = tx.one::<(i64,)>(STILL_USED, args![organization, row.digest])?.is_some();
    let sent = tx.one::<(i64,)>(STILL_SENT, args![organization, row.digest])?.is_some();
    if !used && !sent {
        let nothing: &[u8] = &[];
        tx.exec(DESTROY, args![organization, row.digest, nothing])?;
    }
    Ok(())
}
