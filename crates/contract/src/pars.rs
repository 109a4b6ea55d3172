//! Par levels of people, of the shelves of locations, and of places.

use domain::id::{CatalogItemId, LocationId, PlaceId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many of an item should be there, and how many are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParLevel {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// How many should be there.
    pub level: i64,
    /// How many are.
    pub held: i64,
    /// How many were asked for and not sent yet, or are on their way. Of a shelf nothing is known.
    pub coming: i64,
    /// How many are missing.
    pub short: i64,
}

/// Says par levels anew; what is not named has none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutParLevels {
    /// One for each item, at most 1,000.
    pub levels: Vec<PutParLevel>,
}

/// A par level.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutParLevel {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// How many should be there, from 1 to 100,000.
    pub level: i64,
}

/// Somebody, or a shelf, that is below a par level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParShortage {
    /// Whose stock; null for a shelf and for a place.
    pub user_id: Option<UserId>,
    /// Whose shelf; null for a person and for a place.
    pub location_id: Option<LocationId>,
    /// Which place; null for a person and for a shelf.
    pub place_id: Option<PlaceId>,
    /// That name now.
    pub name: String,
    /// Who would ask for it: the person, whoever cares for the location, or whoever answers for most of what lies at the place.
    pub ask_for_id: Option<UserId>,
    /// What is missing: only these levels are listed.
    pub levels: Vec<ParLevel>,
    /// How many pieces altogether.
    pub short: i64,
}
