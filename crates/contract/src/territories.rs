//! Territories: who cares for locations without another rep, by state and postal code.

use domain::id::{TerritoryId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule: locations of these states and postal codes that have no other rep are this person's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Territory {
    /// Its id: ter_…
    pub id: TerritoryId,
    /// Its name.
    pub name: String,
    /// Who cares.
    pub rep_id: UserId,
    /// Their name.
    pub rep_name: String,
    /// Codes of states; empty for any.
    pub states: Vec<String>,
    /// Beginnings of postal codes (606) or ranges (60600-60699); empty for any.
    pub postal_codes: Vec<String>,
    /// The lowest that fits counts.
    pub rank: i64,
    /// For If-Match.
    pub version: i64,
}

/// Makes a territory, or says how it is from now on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteTerritory {
    /// Its name.
    pub name: String,
    /// Who cares.
    pub rep_id: UserId,
    /// Codes of states.
    #[serde(default)]
    pub states: Vec<String>,
    /// Beginnings of postal codes, or ranges.
    #[serde(default)]
    pub postal_codes: Vec<String>,
    /// The lowest that fits counts; last when absent.
    #[serde(default)]
    pub rank: Option<i64>,
}

/// Asks what would change. Nothing is written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewTerritory {
    /// The territory that would be changed or taken away; a new one when absent.
    #[serde(default)]
    pub id: Option<TerritoryId>,
    /// As it would be; taken away when absent.
    #[serde(default)]
    pub territory: Option<WriteTerritory>,
}

/// So many locations would go from one person to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TerritoryShift {
    /// From whom; null for nobody.
    pub from_id: Option<UserId>,
    /// Their name.
    pub from_name: String,
    /// To whom; null for nobody.
    pub to_id: Option<UserId>,
    /// Their name.
    pub to_name: String,
    /// How many locations.
    pub locations: i64,
}

/// What would change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TerritoryPreview {
    /// Locations that would have another rep.
    pub locations: i64,
    /// From whom to whom, the most first.
    pub shifts: Vec<TerritoryShift>,
    /// Some of them by name, at most 20.
    pub names: Vec<String>,
}
