//! What somebody typed into the form of an event and has not saved yet.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// It, with the version of the event at that time.
    #[derive(Clone, Debug)]
    pub struct UnfinishedRow { pub fields: String, pub version: i64, pub updated_at: i64 }
}

const KEEP: &str = "INSERT INTO form_draft (organization_id, user_id, subject_id, fields, version, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, user_id, subject_id) DO UPDATE SET fields = $4, version = $5, \
    updated_at = $6";
const ONE: &str = "SELECT fields, version, updated_at FROM form_draft WHERE organization_id = $1 AND user_id = $2 AND subject_id = $3";
const FORGET: &str = "DELETE FROM form_draft WHERE organization_id = $1 AND user_id = $2 AND subject_id = $3";
const SWEEP: &str = "DELETE FROM form_draft WHERE organization_id = $1 AND updated_at < $2";

/// Keeps it in the place of what was typed before.
pub fn keep(tx: &mut Tx, organization: Uuid, user: Uuid, subject: Uuid, row: &UnfinishedRow) -> Result<()> {
    let UnfinishedRow { fields, version, updated_at } = row;
    tx.exec(KEEP, args![organization, user, subject, *fields, *version, *updated_at])?;
    Ok(())
}

/// What somebody typed.
pub fn get(tx: &mut Tx, organization: Uuid, user: Uuid, subject: Uuid) -> Result<Option<UnfinishedRow>> {
    tx.one(ONE, args![organization, user, subject])
}

/// Forgets it.
pub fn forget(tx: &mut Tx, organization: Uuid, user: Uuid, subject: Uuid) -> Result<()> {
    tx.exec(FORGET, args![organization, user, subject])?;
    Ok(())
}

/// Forgets what is older than that; gives how many.
pub fn sweep(tx: &mut Tx, organization: Uuid, before: i64) -> Result<u64> {
    tx.exec(SWEEP, args![organization, before])
}
