//! Named pools: whose stock several people may use, and until when.

use domain::clock::{Day, Instant};
use domain::id::{PoolId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// A note.
    pub note: String,
    /// Whose stock is in it, and who may use it.
    pub people: Vec<PoolPerson>,
    /// The last day on which it may be used; null for good.
    pub until_on: Option<Day>,
    /// It has ended.
    pub archived_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// For If-Match.
    pub version: i64,
}

/// Somebody in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PoolPerson {
    /// Who.
    pub user_id: UserId,
    /// That name now.
    pub name: String,
    /// Their stock may be used by the others.
    pub holds: bool,
    /// They may use what others have in it: in their events, and sent on. Facility stock is not part of it.
    pub uses: bool,
}

/// Who is in a pool.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPoolPerson {
    /// Who: somebody who holds stock.
    pub user_id: UserId,
    /// Their stock may be used by the others.
    #[serde(default)]
    pub holds: bool,
    /// They may use what others have in it.
    #[serde(default)]
    pub uses: bool,
}

/// Makes a pool.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePool {
    /// Its name.
    pub name: String,
    /// A note.
    #[serde(default)]
    pub note: String,
    /// Whose stock is in it, and who may use it.
    pub people: Vec<PutPoolPerson>,
    /// The last day on which it may be used.
    #[serde(default)]
    pub until_on: Option<Day>,
}

/// Changes a pool.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchPool {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
    /// Everybody who is in it, in place of those who were.
    #[serde(default)]
    pub people: Option<Vec<PutPoolPerson>>,
    /// The last day on which it may be used; null for good.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub until_on: crate::Patch<Day>,
    /// true ends it.
    #[serde(default)]
    pub archived: Option<bool>,
}
