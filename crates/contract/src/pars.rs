//! Par levels of people, of the shelves of locations, of places, and of regions.

use domain::id::{CatalogItemId, LocationId, PlaceId, RegionId, UserId};
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

/// Somebody, a shelf, a place or a region that is below a par level: one of the four ids is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParShortage {
    /// Whose stock.
    pub user_id: Option<UserId>,
    /// Whose shelf.
    pub location_id: Option<LocationId>,
    /// Which place.
    pub place_id: Option<PlaceId>,
    /// Whose people, all together.
    pub region_id: Option<RegionId>,
    /// That name now.
    pub name: String,
    /// Who would ask for it: the person, whoever cares for the location, or whoever answers for most of what lies
    /// at the place; null for a region.
    pub ask_for_id: Option<UserId>,
    /// What is missing: only these levels are listed.
    pub levels: Vec<ParLevel>,
    /// How many pieces altogether.
    pub short: i64,
}
