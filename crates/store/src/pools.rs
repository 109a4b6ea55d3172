//! Named pools: whose stock is in them, who may use it, until when. A pool that has ended is put away by the server.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A pool.
    #[derive(Clone, Debug)]
    pub struct PoolRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub note: String, pub until_on: Option<i64>, pub created_by: Uuid,
        pub created_at: i64, pub archived_at: Option<i64>, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "pool.id, pool.name, pool.name_key, pool.note, pool.until_on, pool.created_by, pool.created_at, pool.archived_at, \
        pool.version"
    };
}

/// The columns of [`PoolRow`] (`pool` is the table's name).
pub const POOL_COLUMNS: &str = columns!();

macro_rules! by_id {
    () => {
        concat!("SELECT ", columns!(), " FROM stock_pool pool WHERE pool.organization_id = $1 AND pool.id = $2")
    };
}

const POOL: &str = by_id!();
const LOCK: db::Sql = db::Sql { lite: by_id!(), pg: concat!(by_id!(), " FOR UPDATE") };
const INSERT: &str = "INSERT INTO stock_pool (organization_id, id, name, name_key, note, until_on, created_by, created_at, \
    archived_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SAVE: &str = "UPDATE stock_pool SET name = $3, name_key = $4, note = $5, until_on = $6, archived_at = $7, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";

/// One pool.
pub fn pool(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PoolRow>> {
    tx.one(POOL, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PoolRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Makes a pool.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &PoolRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.name,
            row.name_key,
            row.note,
            row.until_on,
            row.created_by,
            row.created_at,
            row.archived_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves a pool, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &mut PoolRow) -> Result<()> {
    tx.exec(SAVE, args![organization, row.id, row.name, row.name_key, row.note, row.until_on, row.archived_at])?;
    row.version += 1;
    Ok(())
}

const BY_NAME: &str = "SELECT id FROM stock_pool WHERE organization_id = $1 AND name_key = $2 AND archived_at IS NULL ORDER BY id LIMIT 1";

/// Which pool in use has this folded name.
pub fn by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

const PEOPLE: &str = "SELECT person.user_id, person.holds, person.uses, account.name FROM stock_pool_person person \
    JOIN people_user account ON account.organization_id = person.organization_id AND account.id = person.user_id \
    WHERE person.organization_id = $1 AND person.pool_id = $2 ORDER BY account.name_key, person.user_id";
const DROP_PEOPLE: &str = "DELETE FROM stock_pool_person WHERE organization_id = $1 AND pool_id = $2";
const ADD_PERSON: &str =
    "INSERT INTO stock_pool_person (organization_id, pool_id, user_id, holds, uses) VALUES ($1, $2, $3, $4, $5)";

/// (who, stock is in it, may use it, name) of a pool, by name.
pub fn people(tx: &mut Tx, organization: Uuid, pool: Uuid) -> Result<Vec<(Uuid, bool, bool, String)>> {
    tx.all(PEOPLE, args![organization, pool])
}

/// Says anew who is in a pool.
pub fn set_people(tx: &mut Tx, organization: Uuid, pool: Uuid, people: &[(Uuid, bool, bool)]) -> Result<()> {
    tx.exec(DROP_PEOPLE, args![organization, pool])?;
    for (user, holds, uses) in people {
        tx.exec(ADD_PERSON, args![organization, pool, *user, *holds, *uses])?;
    }
    Ok(())
}

const PAIRS: &str = "SELECT holder.user_id, member.user_id FROM stock_pool pool \
    JOIN stock_pool_person holder ON holder.organization_id = pool.organization_id AND holder.pool_id = pool.id AND holder.holds = 1 \
    JOIN stock_pool_person member ON member.organization_id = pool.organization_id AND member.pool_id = pool.id AND member.uses = 1 \
    WHERE pool.organization_id = $1 AND pool.archived_at IS NULL AND holder.user_id <> member.user_id";

/// (whose stock, who may use it) over all pools in use.
pub fn pairs(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    tx.all(PAIRS, args![organization])
}

const OF_MEMBER: &str = "SELECT DISTINCT holder.user_id, account.name FROM stock_pool_person member \
    JOIN stock_pool pool ON pool.organization_id = member.organization_id AND pool.id = member.pool_id AND pool.archived_at IS NULL \
    JOIN stock_pool_person holder ON holder.organization_id = member.organization_id AND holder.pool_id = member.pool_id \
    AND holder.holds = 1 \
    JOIN people_user account ON account.organization_id = holder.organization_id AND account.id = holder.user_id \
    WHERE member.organization_id = $1 AND member.user_id = $2 AND member.uses = 1 AND holder.user_id <> $2 \
    ORDER BY holder.user_id";

/// (whose stock, name) that somebody may use through pools.
pub fn of_member(tx: &mut Tx, organization: Uuid, member: Uuid) -> Result<Vec<(Uuid, String)>> {
    tx.all(OF_MEMBER, args![organization, member])
}

const ENDED: &str =
    "SELECT id FROM stock_pool WHERE organization_id = $1 AND archived_at IS NULL AND until_on < $2 LIMIT 100";

/// Pools in use whose last day has gone by.
pub fn ended(tx: &mut Tx, organization: Uuid, today: i64) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ENDED, args![organization, today])?.into_iter().map(|(id,)| id).collect())
}

const TAKE_OVER: &str = "INSERT INTO stock_pool_person (organization_id, pool_id, user_id, holds, uses) \
    SELECT organization_id, pool_id, $3, holds, uses FROM stock_pool_person WHERE organization_id = $1 AND user_id = $2 \
    ON CONFLICT (organization_id, pool_id, user_id) DO NOTHING";
const LEAVE: &str = "DELETE FROM stock_pool_person WHERE organization_id = $1 AND user_id = $2";

/// A successor takes somebody's places in pools.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(TAKE_OVER, args![organization, from, to])?;
    tx.exec(LEAVE, args![organization, from])?;
    Ok(())
}
