//! Why a count is what it is: what came and went, what is on its way, what is not entered yet, what would mend it.

use crate::CustodianRef;
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EntryId, EventId, TransferId, UserId};
use domain::stock::UnitState;
use serde::Serialize;
use utoipa::ToSchema;

/// The books' count of an item, or of one lot of it, at one holder, explained.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountExplained {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// Its description.
    pub description: String,
    /// The lot; null for all of the item.
    pub lot: Option<String>,
    /// Whose count.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// How many the books have here, on their way out included: they count here until they are accepted.
    pub books: i64,
    /// What somebody counted, where that was said.
    pub counted: Option<i64>,
    /// The books' count by state.
    pub states: Vec<StateCount>,
    /// What came and went, the latest first, with the count after each.
    pub steps: Vec<CountStep>,
    /// There was more before.
    pub more_steps: bool,
    /// What is on its way here or from here.
    pub on_the_way: Vec<CountOnTheWay>,
    /// Cases past their day that nobody submitted.
    pub past_cases: Vec<CountPastCase>,
    /// Who else has some, in reach.
    pub elsewhere: Vec<CountElsewhere>,
    /// Likely causes of a difference, the likeliest first, each with what would mend it.
    pub causes: Vec<CountCause>,
}

/// How many in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StateCount {
    /// The state in the books.
    pub state: UnitState,
    /// How many.
    pub units: i64,
}

/// One entry of the journal that changed the count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountStep {
    /// The entry.
    pub entry_id: EntryId,
    /// When.
    pub at: Instant,
    /// What kind.
    pub kind: String,
    /// Why, as given.
    pub reason: String,
    /// Who did it.
    pub actor_id: UserId,
    /// That name now.
    pub actor_name: String,
    /// The other side, where there is one.
    pub other: Option<CustodianRef>,
    /// That name now.
    pub other_name: Option<String>,
    /// How many more, or fewer.
    pub change: i64,
    /// The count afterwards.
    pub balance: i64,
}

/// A pending transfer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountOnTheWay {
    /// The transfer.
    pub transfer_id: TransferId,
    /// Whether it comes here.
    pub incoming: bool,
    /// The other side.
    pub other: CustodianRef,
    /// That name now.
    pub other_name: String,
    /// How many of these units.
    pub units: i64,
    /// Since when.
    pub created_at: Instant,
}

/// A case past its day that nobody submitted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountPastCase {
    /// The case.
    pub event_id: EventId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its day.
    pub day: Day,
    /// How many of these units are marked on it.
    pub marked: i64,
}

/// Somebody else who has some.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountElsewhere {
    /// Who.
    pub custodian: CustodianRef,
    /// That name now.
    pub name: String,
    /// How many.
    pub units: i64,
}

/// What could be behind a difference.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountCause {
    /// Stable: incoming_not_accepted, outgoing_not_accepted, case_not_submitted, marked_not_submitted, went_astray,
    /// lost_on_hold, without_lot, discrepancy_account, unknown.
    pub code: String,
    /// A sentence.
    pub sentence: String,
    /// How many units it would explain, as far as that can be told.
    pub units: Option<i64>,
    /// It would explain that fewer (negative) or more (positive) are there than the books say; 0 for either.
    pub direction: i64,
    /// What would mend it, in a few words.
    pub mend: String,
    /// Where that is done in the console.
    pub link: Option<String>,
}
