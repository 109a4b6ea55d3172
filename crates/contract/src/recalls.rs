//! Recalls: what a notice covers, what is frozen by it, who was told and what they answered.

use crate::{CustodianRef, HistoryEntry};
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EventId, LocationId, RecallId, UnitId, UserId};
use domain::recall::{Answer, RecallStatus};
use domain::stock::UnitState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Numbers from one to another, both included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberRange {
    /// The first.
    pub from: String,
    /// The last.
    pub to: String,
}

/// What is recalled of one item: without lots and serial numbers all of it. A unit that has no lot where lots are named counts
/// as affected until somebody looked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecallLine {
    /// The item.
    pub catalog_item_id: CatalogItemId,
    /// Lots.
    #[serde(default)]
    pub lots: Vec<String>,
    /// Lots from one to another.
    #[serde(default)]
    pub lot_ranges: Vec<NumberRange>,
    /// Serial numbers.
    #[serde(default)]
    pub serials: Vec<String>,
    /// Serial numbers from one to another.
    #[serde(default)]
    pub serial_ranges: Vec<NumberRange>,
    /// Only what expires from this day on.
    #[serde(default)]
    pub expires_from: Option<Day>,
    /// Only what expires until this day.
    #[serde(default)]
    pub expires_to: Option<Day>,
    /// Only what was made from this day on.
    #[serde(default)]
    pub made_from: Option<Day>,
    /// Only what was made until this day.
    #[serde(default)]
    pub made_to: Option<Day>,
}

impl RecallLine {
    /// The whole of an item.
    pub fn whole(item: CatalogItemId) -> Self {
        Self {
            catalog_item_id: item,
            lots: Vec::new(),
            lot_ranges: Vec::new(),
            serials: Vec::new(),
            serial_ranges: Vec::new(),
            expires_from: None,
            expires_to: None,
            made_from: None,
            made_to: None,
        }
    }
}

/// A notice to read: pasted text, or the JSON of an openFDA recall or enforcement report.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadNotice {
    /// The notice.
    pub notice: String,
}

/// A line that a notice seems to mean: a person confirms it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProposedLine {
    /// The line.
    #[serde(flatten)]
    pub line: RecallLine,
    /// The item's number.
    pub catalog_number: String,
    /// The item's description.
    pub description: String,
    /// Why this item, and what to look at, in a sentence.
    pub why: String,
    /// Lots and serial numbers that no unit of the item has here. They stay in the rule: what arrives later is frozen.
    pub without_units: Vec<String>,
}

/// A piece of a notice that names no item of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnplacedText {
    /// The text.
    pub text: String,
    /// Its lots and serial numbers.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Why it stands here.
    #[serde(default)]
    pub why: String,
}

/// What a notice seems to mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeReading {
    /// `openfda` or `text`.
    pub source: String,
    /// A title.
    pub title: String,
    /// The recall's number with whoever issued it.
    pub reference: String,
    /// An authority's class.
    pub classification: String,
    /// Lines to confirm.
    pub lines: Vec<ProposedLine>,
    /// What names no item here: choose one, or say that it is none of yours.
    pub unplaced: Vec<UnplacedText>,
    /// Figures that were not understood.
    pub unread: Vec<String>,
}

/// Opens a recall: what it covers is frozen at once, everybody concerned is told. As a draft nothing of that happens before
/// it is opened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRecall {
    /// What it is called.
    pub title: String,
    /// Only to be looked at so far.
    #[serde(default)]
    pub draft: bool,
    /// The recall's number with whoever issued it.
    #[serde(default)]
    pub reference: String,
    /// An authority's class.
    #[serde(default)]
    pub classification: String,
    /// The notice as it came.
    #[serde(default)]
    pub notice: String,
    /// What whoever has affected units shall do.
    #[serde(default)]
    pub instructions: String,
    /// What is recalled.
    pub lines: Vec<RecallLine>,
    /// What of the notice names no item here, kept to be looked at.
    #[serde(default)]
    pub unplaced: Vec<UnplacedText>,
    /// To whom affected units may still be sent: the quarantine account or the organisation.
    #[serde(default)]
    pub return_to: Option<CustodianRef>,
    /// Where they are to be shipped.
    #[serde(default)]
    pub return_address: String,
}

/// Changes what a recall covers or says.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRecall {
    /// What it is called.
    #[serde(default)]
    pub title: Option<String>,
    /// The recall's number with whoever issued it.
    #[serde(default)]
    pub reference: Option<String>,
    /// An authority's class.
    #[serde(default)]
    pub classification: Option<String>,
    /// What whoever has affected units shall do.
    #[serde(default)]
    pub instructions: Option<String>,
    /// What is recalled, in place of what was. What is no longer covered is free again.
    #[serde(default)]
    pub lines: Option<Vec<RecallLine>>,
    /// To whom affected units may still be sent.
    #[serde(default)]
    pub return_to: Option<CustodianRef>,
    /// Where they are to be shipped.
    #[serde(default)]
    pub return_address: Option<String>,
    /// Why, where the lines change.
    #[serde(default)]
    pub reason: String,
}

/// Answers a recall for somebody who was told.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRecall {
    /// For whom; oneself when absent.
    #[serde(default)]
    pub custodian: Option<CustodianRef>,
    /// What was found.
    pub answer: Answer,
    /// How many.
    #[serde(default)]
    pub found: Option<i64>,
    /// A note.
    #[serde(default)]
    pub note: String,
}

/// How many units, and how many of them have to be checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecallCounts {
    /// Covered units, used up or not.
    pub units: i64,
    /// Of them, those that are covered only because a number is not known.
    pub to_check: i64,
    /// Of them, those still in stock: frozen.
    pub in_stock: i64,
    /// Of them, those on a facility's shelf.
    pub on_shelves: i64,
    /// Of them, those on their way.
    pub in_transfer: i64,
    /// Of them, those that left stock: used, sold or written off.
    pub gone: i64,
    /// Events that covered units are on.
    pub events: i64,
    /// People and places that hold some.
    pub holders: i64,
}

/// Covered units that are alike in where they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallGroup {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Who answers for them.
    pub custodian: CustodianRef,
    /// That name now.
    pub custodian_name: String,
    /// The facility on whose shelf they are.
    pub facility_stock_location_id: Option<LocationId>,
    /// The container they lie in.
    pub container_id: Option<UnitId>,
    /// Their state in the books, the recall left aside.
    pub state: UnitState,
    /// How many.
    pub units: i64,
    /// Of them, those to check.
    pub to_check: i64,
}

/// An event that covered units are on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallEvent {
    /// The event.
    pub event_id: EventId,
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: String,
    /// Where it stands.
    pub status: String,
    /// Its representative.
    pub representative_id: UserId,
    /// Where.
    pub location_id: Option<LocationId>,
    /// When.
    pub starts_at: Instant,
    /// How many covered units.
    pub units: i64,
}

/// Somebody who was told, and the answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallContact {
    /// Who.
    pub custodian: CustodianRef,
    /// That name now.
    pub name: String,
    /// Units held when told.
    pub units: i64,
    /// Units held now.
    pub units_now: i64,
    /// Cases that used some.
    pub cases: i64,
    /// When they were told last; null when they came to hold some since and were not told yet.
    pub told_at: Option<Instant>,
    /// How often.
    pub told: i64,
    /// Their answer.
    pub answer: Option<Answer>,
    /// How many they found.
    pub found: Option<i64>,
    /// Their note.
    pub note: String,
    /// Who answered.
    pub answered_by: Option<UserId>,
    /// That name now.
    pub answered_by_name: Option<String>,
    /// When.
    pub answered_at: Option<Instant>,
    /// The viewer may answer for them.
    pub may_answer: bool,
}

/// How well it works: who was reached, what was accounted for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecallEffect {
    /// People and places concerned.
    pub concerned: i64,
    /// Of them, told.
    pub told: i64,
    /// Of them, answered.
    pub answered: i64,
    /// Answered, in hundredths of a percent of those concerned.
    pub answered_bp: i64,
    /// Covered units that are used up, or with the return address, or whose holder answered that they have or returned them.
    pub accounted: i64,
    /// In hundredths of a percent of all covered units.
    pub accounted_bp: i64,
}

/// A row of the list of recalls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallRow {
    /// Its id.
    pub id: RecallId,
    /// Its running number as it is shown.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// The recall's number with whoever issued it.
    pub reference: String,
    /// An authority's class.
    pub classification: String,
    /// Where it stands.
    pub status: RecallStatus,
    /// How many were told.
    pub told: i64,
    /// How many of them answered.
    pub answered: i64,
    /// When it was opened.
    pub opened_at: Instant,
    /// Who opened it.
    pub opened_by: UserId,
    /// That name now.
    pub opened_by_name: String,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// For If-Match.
    pub version: i64,
}

/// A recall, as far as the viewer reaches.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recall {
    /// The recall.
    #[serde(flatten)]
    pub head: RecallRow,
    /// The notice as it came.
    pub notice: String,
    /// What whoever has affected units shall do.
    pub instructions: String,
    /// What is recalled.
    pub lines: Vec<RecallLine>,
    /// What of the notice names no item here.
    pub unplaced: Vec<UnplacedText>,
    /// Lots and serial numbers of its lines that no unit has here: they stay in the rule.
    pub without_units: Vec<UnplacedText>,
    /// To whom affected units may still be sent.
    pub return_to: Option<CustodianRef>,
    /// That name now.
    pub return_to_name: Option<String>,
    /// Where they are to be shipped.
    pub return_address: String,
    /// Who ended it.
    pub ended_by: Option<UserId>,
    /// Why it ended.
    pub reason: String,
    /// Numbers.
    pub counts: RecallCounts,
    /// How well it works.
    pub effect: RecallEffect,
    /// Where covered units are.
    pub groups: Vec<RecallGroup>,
    /// Events that covered units are on.
    pub events: Vec<RecallEvent>,
    /// Who was told.
    pub contacts: Vec<RecallContact>,
    /// What happened.
    pub history: Vec<HistoryEntry>,
    /// The viewer may change and end it.
    pub may_manage: bool,
}
