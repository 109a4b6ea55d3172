//! Sets: containers that follow a bill of materials, filled up, relieved, and how many more could be built.

use crate::CustodianRef;
use crate::units::Unit;
use domain::id::{BomId, CatalogItemId, UnitId};
use domain::set::{FillOrder, LineState};
use domain::stock::UnitState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A container against its bill of materials.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetCheck {
    /// The container.
    pub unit_id: UnitId,
    /// The bill that it follows; null for none, and then nothing is compared.
    pub bom_id: Option<BomId>,
    /// What this set is called among those of its bill: "Spine Set 3 of 8".
    pub name: Option<String>,
    /// Every line has its least, nothing is expired and nothing is on hold: it can go out.
    pub ready: bool,
    /// How many pieces are missing to what there should be.
    pub missing: u32,
    /// How many are too many.
    pub surplus: u32,
    /// How many pieces expire within 30 days, or have expired.
    pub expiring: u32,
    /// How many cannot be used: on hold, or recalled.
    pub blocked: u32,
    /// The bill's lines.
    pub lines: Vec<SetLine>,
    /// Units that no line names.
    pub foreign: Vec<UnitId>,
}

/// A line of a set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetLine {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// The least.
    pub min: u32,
    /// How many there should be.
    pub required: u32,
    /// The most.
    pub max: u32,
    /// How many lie in it.
    pub have: u32,
    /// Of those, how many expire within 30 days, or have expired.
    pub expiring: u32,
    /// short, low, complete or over.
    pub state: LineState,
    /// Free units of the same custodian that could fill it up; at most 2,000 are counted.
    pub loose: i64,
}

/// Which bill a container follows.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignSet {
    /// The bill; null for none.
    pub bom_id: Option<BomId>,
}

/// Fills a set up.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefillSet {
    /// fifo (the default) or lifo, by the last day of use.
    #[serde(default)]
    pub order: Option<FillOrder>,
    /// Only says what would be put in.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was put into a set, and what it still lacks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Refilled {
    /// What was put in, or would be.
    pub added: Vec<Unit>,
    /// What nobody loose fills: where it could come from.
    pub missing: Vec<SetGap>,
    /// The set afterwards; before, when nothing was done.
    pub set: SetCheck,
}

/// What a set lacks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetGap {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// How many are missing.
    pub quantity: u32,
    /// Free units of others whom the actor may draw upon: a transfer or a request brings them.
    pub with_others: i64,
}

/// Takes out of a set what is too many.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelieveSet {
    /// Also what no line names.
    #[serde(default)]
    pub foreign: bool,
}

/// What was taken out of a set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Relieved {
    /// The units: they are loose now, with the same custodian.
    pub removed: Vec<UnitId>,
    /// The set afterwards.
    pub set: SetCheck,
}

/// How many sets of a bill could be built of what is free.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Buildable {
    /// The bill.
    pub bom_id: BomId,
    /// Of whose stock; null for everybody whom the viewer may draw upon.
    pub custodian: Option<CustodianRef>,
    /// So many whole ones.
    pub sets: u32,
    /// Each line, and what one more set lacks.
    pub lines: Vec<BuildableLine>,
    /// The active containers that follow the bill, within reach; at most 200.
    pub built: Vec<BuiltSet>,
}

/// A line of a bill against what is free.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuildableLine {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Its catalog number.
    pub catalog_number: String,
    /// What it is.
    pub description: String,
    /// How many one set needs.
    pub required: u32,
    /// Free units in no container; at most 2,000 are counted.
    pub free: i64,
    /// For how many sets that is enough.
    pub sets: u32,
    /// How many are missing for one set more than can be built.
    pub missing: u32,
}

/// A container that follows a bill.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuiltSet {
    /// The container.
    pub unit_id: UnitId,
    /// What it is called among its like.
    pub name: String,
    /// Its serial number; empty for none.
    pub serial: String,
    /// Who answers for it.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// Where it stands.
    pub state: UnitState,
}

/// Makes packs of loose units.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakePacks {
    /// Of whose stock, and with whom they are then: the organisation's for the office, otherwise one's own.
    #[serde(default)]
    pub custodian: Option<CustodianRef>,
    /// How many; 1 when absent.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// fifo (the default) takes what expires first, lifo what expires last.
    #[serde(default)]
    pub order: Option<FillOrder>,
    /// For one pack: exactly these units, for example as they were scanned.
    #[serde(default)]
    pub unit_ids: Vec<UnitId>,
    /// The serial number that stands on the pack.
    #[serde(default)]
    pub serial: Option<String>,
}

/// Takes a pack apart.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeApart {
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}
