//! Counts: what somebody answers for, looked at piece by piece.

use crate::CustodianRef;
use domain::clock::{Day, Instant};
use domain::count::{CountStatus, MissingAction, UnexpectedAction, UnitOutcome};
use domain::id::{CatalogItemId, CountId, CountPlanId, PlaceId, UnitId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A count without its units and lines: a row of the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountRow {
    /// Its id.
    pub id: CountId,
    /// Whose stock is counted.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// Only what lies at this place.
    pub place_id: Option<PlaceId>,
    /// Only what lies in this container.
    pub container_id: Option<UnitId>,
    /// Who counts; null for whoever may act for the custodian.
    pub counter_id: Option<UserId>,
    /// That name now.
    pub counter_name: Option<String>,
    /// Whoever counts does not see what is expected.
    pub blind: bool,
    /// Where it stands.
    pub status: CountStatus,
    /// What whoever counts should know.
    pub note: String,
    /// To be counted by this day.
    pub due_on: Option<Day>,
    /// The plan that it came from.
    pub plan_id: Option<CountPlanId>,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Instant,
    /// When the counting began: what the books said then is what is compared.
    pub started_at: Option<Instant>,
    /// Who completed it.
    pub completed_by: Option<UserId>,
    /// When that was.
    pub completed_at: Option<Instant>,
    /// Who reconciled it.
    pub reconciled_by: Option<UserId>,
    /// When that was.
    pub reconciled_at: Option<Instant>,
    /// A reconciliation was taken back, and it waits for another.
    pub undone: bool,
    /// Units that must be there; null before it begins, and while it is counted blind.
    pub expected_count: Option<i64>,
    /// Pieces counted so far.
    pub counted_count: i64,
    /// Units that were found; null until it is completed, like the next three.
    pub found_count: Option<i64>,
    /// Units that were not.
    pub missing_count: Option<i64>,
    /// Units that moved while somebody counted: they are not judged.
    pub moved_count: Option<i64>,
    /// Pieces that are in no book here.
    pub unexpected_count: Option<i64>,
    /// For If-Match.
    pub version: i64,
}

/// A count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Count {
    /// What it is.
    #[serde(flatten)]
    pub head: CountRow,
    /// What the books say, unit by unit; empty while it is counted blind.
    pub units: Vec<CountedUnit>,
    /// What was counted.
    pub lines: Vec<CountLine>,
}

/// A unit that the books have here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountedUnit {
    /// The unit.
    pub unit_id: UnitId,
    /// What it is.
    pub catalog_item_id: CatalogItemId,
    /// Lot as printed.
    pub lot: Option<String>,
    /// Serial number as printed.
    pub serial: Option<String>,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// It must be here: it is neither on its way nor on an open event.
    pub due: bool,
    /// What became of it.
    pub outcome: UnitOutcome,
    /// What was done about it, once reconciled.
    pub action: Option<MissingAction>,
    /// Why.
    pub reason: String,
}

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountLine {
    /// As whoever counts named it.
    pub id: String,
    /// The unit itself, when it was ticked.
    pub unit_id: Option<UnitId>,
    /// What it is; null when the catalog does not know it.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Lot on the label.
    pub lot: Option<String>,
    /// Serial number on the label.
    pub serial: Option<String>,
    /// Last day of use on the label.
    pub expires_on: Option<Day>,
    /// How many.
    pub quantity: i64,
    /// Who counted it.
    pub counted_by: UserId,
    /// When.
    pub counted_at: Instant,
    /// How many of them are in no book here; 0 until the count is completed.
    pub unexpected: i64,
    /// How many of those a reconciliation settled.
    pub settled: i64,
    /// What was done about those, once reconciled.
    pub action: Option<UnexpectedAction>,
    /// Why.
    pub reason: String,
}

/// Begins a count, or asks somebody to count.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCount {
    /// Whose stock; by default one's own, for the office that of the organisation, and for a container its custodian's.
    #[serde(default)]
    pub custodian: Option<CustodianRef>,
    /// Only what lies at this place.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
    /// Only what lies in this container.
    #[serde(default)]
    pub container_id: Option<UnitId>,
    /// Who counts. Somebody else than oneself is asked to; oneself, or nobody, begins at once.
    #[serde(default)]
    pub counter_id: Option<UserId>,
    /// Whoever counts does not see what is expected.
    #[serde(default)]
    pub blind: bool,
    /// To be counted by this day.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// What whoever counts should know.
    #[serde(default)]
    pub note: String,
}

/// What was counted. The same line sent twice counts once, so that a device without a connection may send again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCountLines {
    /// Lines, at most 500.
    #[serde(default)]
    pub lines: Vec<NewCountLine>,
    /// Units that were ticked; each is a line named after the unit.
    #[serde(default)]
    pub unit_ids: Vec<UnitId>,
    /// Lines that are taken back, by their names.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// One thing that was counted: by its label, as a unit, or in words.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCountLine {
    /// A name that whoever counts gives it, unique in this count: at most 64 characters.
    #[serde(default)]
    pub id: Option<String>,
    /// The unit itself.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// Its label as scanned.
    #[serde(default)]
    pub barcode: Option<String>,
    /// What it is, when there is no label.
    #[serde(default)]
    pub catalog_item_id: Option<CatalogItemId>,
    /// Its lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// Its serial number.
    #[serde(default)]
    pub serial: Option<String>,
    /// How many; 1 by default, for a package as many as it holds.
    #[serde(default)]
    pub quantity: Option<u32>,
}

/// Settles what differs. Without a word about a unit it goes to whoever answers for discrepancies; without a word about a line
/// what the discrepancy holder or another place of the same custodian has comes here, and the rest stays open.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileCount {
    /// Why, for everything that is not given a reason of its own.
    #[serde(default)]
    pub reason: String,
    /// What is done about missing units.
    #[serde(default)]
    pub missing: Vec<DecideMissing>,
    /// What is done about unexpected lines.
    #[serde(default)]
    pub unexpected: Vec<DecideUnexpected>,
}

/// What is done about a missing unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideMissing {
    /// The unit.
    pub unit_id: UnitId,
    /// What is done.
    pub action: MissingAction,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What is done about an unexpected line.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideUnexpected {
    /// The line.
    pub line_id: String,
    /// What is done.
    pub action: UnexpectedAction,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// How exact somebody's books were found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountAccuracy {
    /// Whose.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// Counts completed in the last 365 days.
    pub counts: i64,
    /// Units found in them.
    pub found_count: i64,
    /// Units missing.
    pub missing_count: i64,
    /// Pieces in no book.
    pub unexpected_count: i64,
    /// Found, of everything that was judged, in basis points; null when nothing was.
    pub accuracy_bp: Option<i64>,
    /// When the last one was completed.
    pub last_counted_at: Instant,
}

/// Who counts what how often.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountPlan {
    /// Its id.
    pub id: CountPlanId,
    /// Whose stock.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// Only what lies at this place.
    pub place_id: Option<PlaceId>,
    /// Who counts; null for whoever may act for the custodian.
    pub counter_id: Option<UserId>,
    /// That name now.
    pub counter_name: Option<String>,
    /// Whoever counts does not see what is expected.
    pub blind: bool,
    /// Every so many days.
    pub every_days: i64,
    /// The next one is asked for on this day.
    pub next_on: Day,
    /// Put away: no more counts come from it.
    pub archived_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// Plans counts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCountPlan {
    /// Whose stock.
    pub custodian: CustodianRef,
    /// Only what lies at this place.
    #[serde(default)]
    pub place_id: Option<PlaceId>,
    /// Who counts.
    #[serde(default)]
    pub counter_id: Option<UserId>,
    /// Whoever counts does not see what is expected.
    #[serde(default)]
    pub blind: bool,
    /// Every so many days, 1 to 730.
    pub every_days: u32,
    /// The first on this day; today by default.
    #[serde(default)]
    pub next_on: Option<Day>,
}

/// Changes a plan.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCountPlan {
    /// Whoever counts does not see what is expected.
    #[serde(default)]
    pub blind: Option<bool>,
    /// Every so many days, 1 to 730.
    #[serde(default)]
    pub every_days: Option<u32>,
    /// The next one on this day.
    #[serde(default)]
    pub next_on: Option<Day>,
    /// Put away.
    #[serde(default)]
    pub archived: Option<bool>,
}
