//! How the columns of somebody's table are called, remembered by what the table's head says.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A mapping as stored.
    #[derive(Clone, Debug)]
    pub struct MappingRow { pub head: String, pub name: String, pub mapping: String, pub used_by: Uuid, pub used_at: i64 }
}

const OF_HEAD: &str = "SELECT head, name, mapping, used_by, used_at FROM directory_import_mapping \
    WHERE organization_id = $1 AND kind = $2 AND head = $3";
const OF_KIND: &str = "SELECT head, name, mapping, used_by, used_at FROM directory_import_mapping \
    WHERE organization_id = $1 AND kind = $2 ORDER BY used_at DESC, head LIMIT $3";
const KEEP: &str = "INSERT INTO directory_import_mapping (organization_id, kind, head, name, mapping, used_by, used_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, kind, head) DO UPDATE SET \
    name = excluded.name, mapping = excluded.mapping, used_by = excluded.used_by, used_at = excluded.used_at";

/// The mapping of a head.
pub fn of_head(tx: &mut Tx, organization: Uuid, kind: &str, head: &str) -> Result<Option<MappingRow>> {
    tx.one(OF_HEAD, args![organization, kind, head])
}

/// Mappings of a kind of table, the latest first.
pub fn of_kind(tx: &mut Tx, organization: Uuid, kind: &str, limit: i64) -> Result<Vec<MappingRow>> {
    tx.all(OF_KIND, args![organization, kind, limit])
}

/// Remembers a mapping under its head.
pub fn keep(tx: &mut Tx, organization: Uuid, kind: &str, row: &MappingRow) -> Result<()> {
    tx.exec(KEEP, args![organization, kind, row.head, row.name, row.mapping, row.used_by, row.used_at])?;
    Ok(())
}
