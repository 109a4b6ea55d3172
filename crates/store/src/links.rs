//! Linked organisations: each side's own half of a link. A statement touches the rows of one organisation; what concerns
//! both is two statements in one unit of work.

use crate::locking;
use crate::page::Query;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// One side's half of a link.
    #[derive(Clone, Debug)]
    pub struct LinkRow {
        pub organization_id: Uuid, pub id: Uuid, pub other_id: Option<Uuid>, pub other_name: String, pub direction: String,
        pub status: String, pub address: String, pub note: String, pub invited_at: i64, pub invited_by: Option<Uuid>,
        pub invited_by_name: String, pub accepted_at: Option<i64>, pub accepted_by: Option<Uuid>, pub ended_at: Option<i64>,
        pub ended_by: Option<Uuid>, pub ended_reason: String, pub version: i64, pub shares_catalog: bool,
    }
}

const LINKS: &str = "SELECT link.organization_id, link.id, link.other_id, link.other_name, link.direction, link.status, \
    link.address, link.note, link.invited_at, link.invited_by, link.invited_by_name, link.accepted_at, link.accepted_by, \
    link.ended_at, link.ended_by, link.ended_reason, link.version, link.shares_catalog FROM organization_link link";
const LINK: &str = "SELECT organization_id, id, other_id, other_name, direction, status, address, note, invited_at, invited_by, \
    invited_by_name, accepted_at, accepted_by, ended_at, ended_by, ended_reason, version, shares_catalog FROM organization_link \
    WHERE organization_id = $1 AND id = $2";
const LOCK_LINK: db::Sql = locking!(
    "SELECT organization_id, id, other_id, other_name, direction, status, address, note, invited_at, invited_by, \
    invited_by_name, accepted_at, accepted_by, ended_at, ended_by, ended_reason, version, shares_catalog FROM organization_link \
    WHERE organization_id = $1 AND id = $2"
);
const LOCK_ACTIVE: db::Sql = locking!(
    "SELECT organization_id, id, other_id, other_name, direction, status, address, note, invited_at, invited_by, \
    invited_by_name, accepted_at, accepted_by, ended_at, ended_by, ended_reason, version, shares_catalog FROM organization_link \
    WHERE organization_id = $1 AND other_id = $2 AND status = 'active'"
);
const INSERT: &str = "INSERT INTO organization_link (organization_id, id, other_id, other_name, direction, status, address, note, \
    invited_at, invited_by, invited_by_name, accepted_at, accepted_by, ended_at, ended_by, ended_reason, version, \
    shares_catalog) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const SAVE: &str = "UPDATE organization_link SET other_name = $3, status = $4, accepted_at = $5, accepted_by = $6, ended_at = $7, \
    ended_by = $8, ended_reason = $9, shares_catalog = $10, version = version + 1 WHERE organization_id = $1 AND id = $2";
const OPEN_OUT: &str =
    "SELECT COUNT(*) FROM organization_link WHERE organization_id = $1 AND status = 'invited' AND direction = 'out'";
const ASKED: &str = "SELECT 1 FROM organization_link \
    WHERE organization_id = $1 AND address = $2 AND status = 'invited' AND direction = 'out'";
const INVITED_WITH: &str =
    "SELECT id FROM organization_link WHERE organization_id = $1 AND other_id = $2 AND status = 'invited' ORDER BY id";
const COMPANIES: &str = "SELECT other_id, other_name FROM organization_link WHERE organization_id = $1 \
    AND other_id IS NOT NULL AND (accepted_at IS NOT NULL OR direction = 'in') ORDER BY invited_at, id";
const ACTIVE: &str = "SELECT other_id, other_name, id FROM organization_link \
    WHERE organization_id = $1 AND status = 'active' ORDER BY invited_at, id";
const RENAME: &str = "UPDATE organization_link SET other_name = $3, version = version + 1 \
    WHERE organization_id = $1 AND other_id = $2 AND status IN ('active', 'invited')";
const INCOMING: &str =
    "SELECT COUNT(*) FROM organization_link WHERE organization_id = $1 AND status = 'invited' AND direction = 'in'";
const HALVES: &str = "SELECT organization_id, id, other_id, other_name, direction, status, address, note, invited_at, invited_by, \
    invited_by_name, accepted_at, accepted_by, ended_at, ended_by, ended_reason, version, shares_catalog FROM organization_link \
    WHERE organization_id = $1 AND other_id IS NOT NULL ORDER BY invited_at, id";

/// The list of links, to be narrowed and paged.
pub fn query(organization: Uuid) -> Query {
    let mut query = Query::new(LINKS);
    query.and("link.organization_id = ?", [Value::Uuid(organization)]);
    query
}

/// One side's half of a link.
pub fn link(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<LinkRow>> {
    tx.one(LINK, args![organization, id])
}

/// The same, locked. Both halves are locked in the order of their organisations.
pub fn lock_link(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<LinkRow>> {
    tx.one(LOCK_LINK, args![organization, id])
}

/// The half of the link that holds with another company now, locked: nobody ends it meanwhile.
pub fn lock_active(tx: &mut Tx, organization: Uuid, other: Uuid) -> Result<Option<LinkRow>> {
    tx.one(LOCK_ACTIVE, args![organization, other])
}

/// Makes a half.
pub fn insert(tx: &mut Tx, row: &LinkRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            row.organization_id,
            row.id,
            row.other_id,
            row.other_name,
            row.direction,
            row.status,
            row.address,
            row.note,
            row.invited_at,
            row.invited_by,
            row.invited_by_name,
            row.accepted_at,
            row.accepted_by,
            row.ended_at,
            row.ended_by,
            row.ended_reason,
            row.version,
            row.shares_catalog
        ],
    )?;
    Ok(())
}

/// Saves a locked half, and counts its version up.
pub fn save(tx: &mut Tx, row: &LinkRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            row.organization_id,
            row.id,
            row.other_name,
            row.status,
            row.accepted_at,
            row.accepted_by,
            row.ended_at,
            row.ended_by,
            row.ended_reason,
            row.shares_catalog
        ],
    )?;
    Ok(())
}

/// How many invitations of an organisation nobody has answered.
pub fn open_invitations(tx: &mut Tx, organization: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(OPEN_OUT, args![organization])?.map_or(0, |(n,)| n))
}

/// How many invitations wait for an organisation.
pub fn waiting(tx: &mut Tx, organization: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(INCOMING, args![organization])?.map_or(0, |(n,)| n))
}

/// Whether this address is invited already.
pub fn is_asked(tx: &mut Tx, organization: Uuid, address: &str) -> Result<bool> {
    Ok(tx.one::<(i64,)>(ASKED, args![organization, address])?.is_some())
}

/// Invitations between two companies that nobody has answered.
pub fn invited_with(tx: &mut Tx, organization: Uuid, other: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(INVITED_WITH, args![organization, other])?.into_iter().map(|(id,)| id).collect())
}

/// (company, name) of everybody that an organisation knows by a link or an invitation, the latest last.
pub fn companies(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, String)>> {
    tx.all(COMPANIES, args![organization])
}

/// (company, name, link) of those it is linked with now.
pub fn active(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, String, Uuid)>> {
    tx.all(ACTIVE, args![organization])
}

/// Tells one linked company another's new name.
pub fn rename(tx: &mut Tx, organization: Uuid, other: Uuid, name: &str) -> Result<()> {
    tx.exec(RENAME, args![organization, other, name])?;
    Ok(())
}

/// Every half whose other side is known, for the proof.
pub fn halves(tx: &mut Tx, organization: Uuid) -> Result<Vec<LinkRow>> {
    tx.all(HALVES, args![organization])
}
