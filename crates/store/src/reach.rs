//! Who reads: the part of a statement that keeps a viewer inside their reach.

use db::{Result, Tx, Value, args};
use domain::people::{Level, Reach};
use uuid::Uuid;

/// The reader of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Whose rows.
    pub organization: Uuid,
    /// Whose reach: the account, or the distributor for whom a delegate acts.
    pub principal: Uuid,
    /// The back office reaches everybody, without a join.
    pub office: bool,
}

/// Which side of a colleague is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The account and its events.
    Person,
    /// What it answers for.
    Custody,
}

/// A list with at most this many subjects merges the top rows of each instead of walking the sort index.
pub const FEW_SUBJECTS: usize = 50;

const SUBJECTS_PERSON: &str = "SELECT subject_id FROM people_reach \
    WHERE organization_id = $1 AND actor_id = $2 AND person >= $3 ORDER BY subject_id LIMIT $4";
const SUBJECTS_CUSTODY: &str = "SELECT subject_id FROM people_reach \
    WHERE organization_id = $1 AND actor_id = $2 AND custody >= $3 ORDER BY subject_id LIMIT $4";

/// The colleagues whom a viewer reaches at a level, at most `limit`. Meaningless for the office.
pub fn subjects(tx: &mut Tx, viewer: Viewer, side: Side, level: Level, limit: usize) -> Result<Vec<Uuid>> {
    let sql = match side {
        Side::Person => SUBJECTS_PERSON,
        Side::Custody => SUBJECTS_CUSTODY,
    };
    let rows = tx.all::<(Uuid,)>(sql, args![viewer.organization, viewer.principal, level as i64, limit as i64])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const ONE: &str =
    "SELECT person, custody FROM people_reach WHERE organization_id = $1 AND actor_id = $2 AND subject_id = $3";

/// How far a viewer reaches one colleague.
pub fn of(tx: &mut Tx, viewer: Viewer, subject: Uuid) -> Result<Reach> {
    if viewer.office {
        return Ok(Reach::ACT);
    }
    let row = tx.one::<(i64, i64)>(ONE, args![viewer.organization, viewer.principal, subject])?;
    Ok(row.map_or(Reach::NAME, |(person, custody)| Reach {
        person: Level::from_stored(person),
        custody: Level::from_stored(custody),
    }))
}

const REACHING: &str = "SELECT actor_id FROM people_reach WHERE organization_id = $1 AND subject_id = $2 AND person >= 1 \
    AND actor_id IN ({ids})";

/// Which of these accounts see somebody. The office, which sees everybody, is not among them.
pub fn reaching(tx: &mut Tx, organization: Uuid, subject: Uuid, accounts: &[Uuid]) -> Result<Vec<Uuid>> {
    let found = crate::bulk::all::<(Uuid,)>(tx, REACHING, args![organization, subject], accounts)?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// A condition on a column that holds an account, for statements that are composed: `?` stands for the next argument.
/// Empty for the office.
pub fn condition(viewer: Viewer, side: Side, level: Level, column: &str) -> Option<(String, Vec<Value>)> {
    if viewer.office {
        return None;
    }
    let field = match side {
        Side::Person => "person",
        Side::Custody => "custody",
    };
    let sql = format!(
        "EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = ? AND reach.actor_id = ? \
         AND reach.subject_id = {column} AND reach.{field} >= {})",
        level as i64
    );
    Some((sql, vec![Value::Uuid(viewer.organization), Value::Uuid(viewer.principal)]))
}
