//! Files that belong to something: contracts, certificates, pictures.

use domain::clock::Instant;
use domain::file::FileKind;
use domain::id::{FileId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct File {
    /// Its id; its content is at `/files/{id}/content`.
    pub id: FileId,
    /// What it is called, for people. The server has cleaned it.
    pub name: String,
    /// What it is by its first bytes.
    pub media_type: String,
    /// How large it is.
    pub size_bytes: i64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Who brought it.
    pub uploaded_by_id: UserId,
    /// Their name.
    pub uploaded_by_name: String,
    /// When.
    pub uploaded_at: Instant,
    /// What it is, for a file of an event; null for files of customers.
    pub kind: Option<FileKind>,
    /// A patient can be told from it: it is left out of tables and never leaves through a link.
    pub patient_data: bool,
    /// It is a picture with a small one at `/files/{id}/thumbnail`; never where it shows a patient. Pictures are written anew when they come in: what a camera
    /// wrote into them (where, when, with what) is gone.
    pub has_thumbnail: bool,
    /// Whether the caller may take it off.
    pub may_remove: bool,
    /// For If-Match.
    pub version: i64,
    /// When its content was destroyed, because patients' pictures are kept for a time only.
    pub purged_at: Option<Instant>,
}

/// Why a file is taken off.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFile {
    /// Required for files of events; kept in the history.
    #[serde(default)]
    pub reason: String,
}
