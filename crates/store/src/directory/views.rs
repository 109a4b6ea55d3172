//! Saved views of lists.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A view as stored; the state is JSON.
    #[derive(Clone, Debug)]
    pub struct ViewRow {
        pub id: Uuid, pub owner_id: Uuid, pub entity: String, pub name: String, pub scope: String, pub state: String,
        pub version: i64, pub created_at: i64,
    }
}

const SEEN: &str = "SELECT id, owner_id, entity, name, scope, state, version, created_at FROM directory_view \
    WHERE organization_id = $1 AND (owner_id = $2 OR scope IN ('organization', 'role')) ORDER BY entity, id LIMIT 2000";
const ONE: db::Sql = crate::locking!(
    "SELECT id, owner_id, entity, name, scope, state, version, created_at FROM directory_view WHERE organization_id = $1 AND id = $2"
);
const INSERT: &str = "INSERT INTO directory_view (organization_id, id, owner_id, entity, name, scope, state, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE: &str = "UPDATE directory_view SET name = $3, scope = $4, state = $5, version = $6 + 1 \
    WHERE organization_id = $1 AND id = $2";
const DROP: &str = "DELETE FROM directory_view WHERE organization_id = $1 AND id = $2";

/// An account's own views and those of the organisation.
pub fn seen(tx: &mut Tx, organization: Uuid, owner: Uuid) -> Result<Vec<ViewRow>> {
    tx.all(SEEN, args![organization, owner])
}

const READ_ONE: &str = "SELECT id, owner_id, entity, name, scope, state, version, created_at FROM directory_view WHERE organization_id = $1 AND id = $2";

/// One view, whoever asks.
pub fn one(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ViewRow>> {
    tx.one(READ_ONE, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ViewRow>> {
    tx.one(ONE, args![organization, id])
}

/// Makes a view.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &ViewRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.owner_id,
            row.entity,
            row.name,
            row.scope,
            row.state,
            row.version,
            row.created_at
        ],
    )?;
    Ok(())
}

/// Saves a locked view, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &ViewRow) -> Result<()> {
    tx.exec(SAVE, args![organization, row.id, row.name, row.scope, row.state, row.version])?;
    Ok(())
}

/// Drops a view.
pub fn drop(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DROP, args![organization, id])?;
    Ok(())
}
