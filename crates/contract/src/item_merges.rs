//! Two items of the catalog that are one: which are likely, what would move, how it is taken back.

use crate::ChangeView;
use crate::bulk::Consequence;
use crate::merges::MergeCount;
use domain::clock::Instant;
use domain::id::{CatalogItemId, JobId, ManufacturerId};
use domain::stock::UnitKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes an item a part of another one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeItem {
    /// The item that stays.
    pub into: CatalogItemId,
    /// Only tells what would move; nothing is written.
    #[serde(default)]
    pub dry_run: bool,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemSide {
    /// Which.
    pub id: CatalogItemId,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// Its catalog number.
    pub number: String,
    /// What it is.
    pub description: String,
    /// Which kind of thing.
    pub kind: UnitKind,
    /// The device identifier of one base unit.
    pub udi_di: Option<String>,
    /// Active units, whoever holds them.
    pub active_units: i64,
}

/// A merge as it would be, or as it was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemMerge {
    /// Nothing was written.
    pub dry_run: bool,
    /// The item that stays, as it is before the merge.
    pub survivor: ItemSide,
    /// The one that becomes a part of it: archived, still found by its number and its labels, which lead to the survivor.
    pub merged: ItemSide,
    /// What goes over: unit, identifier, price, construct_item, par_level, need, request_line, quote_line, recall_line,
    /// commission_rule, file, event_line, bom, preference_card and others; kinds of which there is nothing are left out.
    pub moves: Vec<MergeCount>,
    /// Fields that the survivor takes over because it had nothing there, and lists that are united.
    pub filled: Vec<ChangeView>,
    /// What follows besides.
    pub consequences: Vec<Consequence>,
    /// The job that stands for it; it is undone with `POST /jobs/{id}/undo`.
    pub job_id: Option<JobId>,
    /// Until when.
    pub undo_until: Option<Instant>,
}

/// Two items in use that are likely one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemTwins {
    /// The one.
    pub one: ItemSide,
    /// The other.
    pub other: ItemSide,
    /// Why, at least one reason.
    pub reasons: Vec<TwinReason>,
}

/// Says of two items that they are two, or that they may be one after all.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutTwinsApart {
    /// The other item, of the same manufacturer.
    pub other_id: CatalogItemId,
    /// They are two: the pair is not listed any more. false takes that back.
    pub apart: bool,
}

/// What was said of two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TwinsApart {
    /// The one.
    pub one_id: CatalogItemId,
    /// The other.
    pub other_id: CatalogItemId,
    /// They are two.
    pub apart: bool,
}

/// Why two items are likely one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TwinReason {
    /// same_reference, same_package_number or nearly_same_name.
    pub code: String,
    /// A sentence.
    pub message: String,
}
