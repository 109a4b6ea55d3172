//! Files that belong to something: contracts, certificates, pictures.

use domain::clock::Instant;
use domain::id::{FileId, UserId};
use serde::Serialize;
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
    /// Whether the caller may take it off.
    pub may_remove: bool,
    /// For If-Match.
    pub version: i64,
}
