//! Cover: who can take a case over, what moves for it, offers, absences, tasks, readiness, proposals.

use crate::events::Event;
use domain::clock::{Day, Instant};
use domain::coverage::candidates::ReasonCode;
use domain::coverage::readiness::{Lack, State};
use domain::coverage::{MoveKind, PlanRole, Relation};
use domain::id::{
    AbsenceId, CatalogItemId, CoverageId, EventId, LocationId, ManufacturerId, OfferId, PhysicianId, PreferenceCardId,
    PreviewId, ProcedureId, ProposalId, TaskId, TransferId, UnitId, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One reason for or against somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverReason {
    /// Which.
    pub code: ReasonCode,
    /// A sentence.
    pub text: String,
    /// What it adds to the score.
    pub points: i64,
    /// The most that it could have added.
    pub of: i64,
}

/// Something that stands in somebody's way.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverConflict {
    /// `busy`, `away` or `not_trained`.
    pub code: String,
    /// The other event.
    pub event_id: Option<EventId>,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub ends_at: Instant,
    /// A sentence.
    pub text: String,
}

/// Somebody who could take a case over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverCandidate {
    /// Whom.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Out of a hundred.
    pub score: i64,
    /// How many of the needed units they hold or may use.
    pub units_within_reach: i64,
    /// Minutes from their place to the facility.
    pub travel_minutes: i64,
    /// What speaks for and against them.
    pub reasons: Vec<CoverReason>,
    /// What stands in their way; empty when nothing does.
    pub conflicts: Vec<CoverConflict>,
    /// They were asked already, and what they said: open, accepted, declined, closed.
    pub offer_state: Option<String>,
}

/// Who could take a case over, best first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverCandidates {
    /// Best first: those without conflicts before those with.
    pub items: Vec<CoverCandidate>,
    /// How many units the case needs.
    pub units_needed: i64,
    /// How many units are marked on it already.
    pub units_marked: i64,
    /// How many containers are booked for it.
    pub containers: i64,
}

/// A case that does not exist yet: who could take it?
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftCase {
    /// Begins.
    pub starts_at: Instant,
    /// Ends; two hours later when absent.
    #[serde(default)]
    pub ends_at: Option<Instant>,
    /// Where.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// With whom.
    #[serde(default)]
    pub physician_id: Option<PhysicianId>,
    /// Which procedure.
    #[serde(default)]
    pub procedure_id: Option<ProcedureId>,
    /// Whose products are expected.
    #[serde(default)]
    pub manufacturer_ids: Vec<ManufacturerId>,
    /// What the surgeon usually takes.
    #[serde(default)]
    pub preference_card_id: Option<PreferenceCardId>,
    /// What is needed besides.
    #[serde(default)]
    pub needs: Vec<NeedLine>,
    /// Who was meant to represent it; left out of the list, and the one whose group and region count.
    #[serde(default)]
    pub representative_id: Option<UserId>,
}

/// Something that a case needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedLine {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many, 1 to 10,000.
    pub quantity: i64,
}

/// Sets what a case needs.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutNeeds {
    /// The lines of this card become needs.
    #[serde(default)]
    pub preference_card_id: Option<PreferenceCardId>,
    /// These, besides the card's; a quantity here stands instead of the card's.
    #[serde(default)]
    pub needs: Vec<NeedLine>,
}

/// What a case needs and how much of it is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventNeeds {
    /// The card from which they came.
    pub preference_card_id: Option<PreferenceCardId>,
    /// Item by item.
    pub items: Vec<EventNeed>,
    /// For If-Match: the event's.
    pub version: i64,
}

/// A need and how much of it is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventNeed {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// In words.
    pub description: String,
    /// How many are needed.
    pub quantity: i64,
    /// How many are marked or booked on the case.
    pub on_case: i64,
    /// How many more the representative may use.
    pub within_reach: i64,
    /// How many are missing.
    pub missing: i64,
}

/// What shall be otherwise than planned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverEdits {
    /// Nothing from these people.
    #[serde(default)]
    pub without_user_ids: Vec<UserId>,
    /// Nothing from the organisation's own stock.
    #[serde(default)]
    pub without_warehouse: bool,
    /// Nothing from these manufacturers.
    #[serde(default)]
    pub without_manufacturer_ids: Vec<ManufacturerId>,
    /// None of these units.
    #[serde(default)]
    pub without_unit_ids: Vec<UnitId>,
    /// These units in any case.
    #[serde(default)]
    pub with_unit_ids: Vec<UnitId>,
    /// Items that stand in the place of others.
    #[serde(default)]
    pub substitutes: Vec<Substitute>,
}

/// An item in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// What is needed.
    pub catalog_item_id: CatalogItemId,
    /// What is taken instead: one that the surgeon's card allows.
    pub substitute_id: CatalogItemId,
}

/// Asks for a plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewCover {
    /// Who takes the case over.
    pub representative_id: UserId,
    /// What shall be otherwise than planned.
    #[serde(default)]
    pub edits: CoverEdits,
}

/// Carries a plan out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyCover {
    /// The plan that was looked at.
    pub preview_token: PreviewId,
    /// Why, for the journal and for those who are told.
    #[serde(default)]
    pub reason: String,
}

/// One unit of a move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverUnit {
    /// Which; null for what is asked for by number alone.
    pub unit_id: Option<UnitId>,
    /// What it is.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// In words.
    pub description: String,
    /// Lot as printed.
    pub lot: String,
    /// Serial as printed.
    pub serial: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Why it is part of the plan.
    pub role: PlanRole,
    /// The container that it has to be taken out of.
    pub out_of_container_id: Option<UnitId>,
}

/// One source and what comes from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverMove {
    /// How.
    pub kind: MoveKind,
    /// Who answers for it now: null for a manufacturer.
    pub from: Option<crate::CustodianRef>,
    /// From which manufacturer.
    pub manufacturer_id: Option<ManufacturerId>,
    /// That name.
    pub from_name: String,
    /// Who answers for it afterwards.
    pub to_user_id: UserId,
    /// That name.
    pub to_name: String,
    /// What the source is to the new representative; null for a manufacturer.
    pub relation: Option<Relation>,
    /// Facility stock at the place of the case.
    pub facility_stock: bool,
    /// What.
    pub units: Vec<CoverUnit>,
    /// Done when the plan is applied; else somebody has to confirm it.
    pub at_once: bool,
    /// When it must set out; null when nothing travels.
    pub leave_by: Option<Instant>,
    /// When it can be there; null when nothing travels.
    pub arrives_at: Option<Instant>,
    /// Minutes on the road.
    pub travel_minutes: Option<i64>,
    /// Not in time.
    pub late: bool,
    /// Its part of the plan's cost, in points.
    pub points: i64,
    /// In words.
    pub text: String,
}

/// What could be done about something that is missing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverNextBest {
    /// `substitute`, `late`, `borrow` or `order`.
    pub kind: String,
    /// Which item, for a substitute.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Who has it, when you may know.
    pub from: Option<crate::CustodianRef>,
    /// When it could be there.
    pub arrives_at: Option<Instant>,
    /// In words.
    pub text: String,
}

/// Something that the plan could not settle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverUnresolved {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// Its number.
    pub catalog_number: String,
    /// In words.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// A unit on the case that cannot be moved.
    pub unit_id: Option<UnitId>,
    /// Why.
    pub text: String,
    /// What is next best.
    pub next_best: Vec<CoverNextBest>,
}

/// A plan, not carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverPreview {
    /// Give it back to carry the plan out.
    pub preview_token: PreviewId,
    /// Until when that is possible.
    pub expires_at: Instant,
    /// The case.
    pub event_id: EventId,
    /// Who represents it now.
    pub from_user_id: UserId,
    /// That name.
    pub from_name: String,
    /// Who takes it over.
    pub representative_id: UserId,
    /// That name.
    pub representative_name: String,
    /// What is used where it is, what moves, what is asked for.
    pub moves: Vec<CoverMove>,
    /// What is left open.
    pub unresolved: Vec<CoverUnresolved>,
    /// What stands in the new representative's way.
    pub conflicts: Vec<CoverConflict>,
    /// The sums.
    pub summary: CoverSummary,
    /// Who will be told.
    pub tells: Vec<UserId>,
}

/// The sums of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverSummary {
    /// Units that are used where they are.
    pub units_in_place: i64,
    /// Units that change hands.
    pub units_moving: i64,
    /// From how many sources something has to come.
    pub hand_overs: i64,
    /// How many units are left open.
    pub units_unresolved: i64,
    /// When everything can be there; null when nothing travels.
    pub ready_at: Option<Instant>,
    /// Minutes between that and the case.
    pub spare_minutes: Option<i64>,
    /// What the plan costs, in points.
    pub cost: i64,
    /// Whether no other plan costs less.
    pub exact: bool,
}

/// A case that changed hands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Coverage {
    /// Its id.
    pub id: CoverageId,
    /// The case.
    pub event_id: EventId,
    /// From whom.
    pub from_user_id: UserId,
    /// To whom.
    pub to_user_id: UserId,
    /// Who did it.
    pub actor_id: UserId,
    /// When.
    pub applied_at: Instant,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
    /// Transfers that it made.
    pub transfer_ids: Vec<TransferId>,
    /// Whether it can be taken back now.
    pub can_undo: bool,
}

/// The event as it is now, and what was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoveredEvent {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// What was done.
    pub coverage: Coverage,
    /// What people have to do now.
    pub tasks: Vec<Task>,
}

/// Something that somebody has to do for a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The case.
    pub event_id: EventId,
    /// Its number.
    pub event_number: String,
    /// `hand_over`, `accept`, `send`, `request`, `receive` or `cover_wanted`.
    pub kind: String,
    /// Who has to do it; null for the office.
    pub assignee_id: Option<UserId>,
    /// That name.
    pub assignee_name: String,
    /// For whom.
    pub for_user_id: UserId,
    /// The transfer that it waits for.
    pub transfer_id: Option<TransferId>,
    /// The manufacturer from whom it comes.
    pub manufacturer_id: Option<ManufacturerId>,
    /// What.
    pub needs: Vec<NeedLine>,
    /// By when.
    pub due_at: Instant,
    /// open, done or cancelled.
    pub state: String,
    /// In words.
    pub text: String,
    /// Whether you may do it.
    pub yours: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// Says that a task is done.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteTask {
    /// What arrived, for a delivery from outside: it is made in the custody of whoever it is for.
    #[serde(default)]
    pub arrived: Vec<Arrived>,
    /// A note.
    #[serde(default)]
    pub note: String,
}

/// Units that arrived, alike.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    /// What.
    pub catalog_item_id: CatalogItemId,
    /// How many; 1 with a serial number.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Lot as printed.
    #[serde(default)]
    pub lot: Option<String>,
    /// Serial as printed.
    #[serde(default)]
    pub serial: Option<String>,
    /// Last day of use.
    #[serde(default)]
    pub expires_on: Option<Day>,
}

/// Asks several people.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferCase {
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// What to tell them.
    #[serde(default)]
    pub note: String,
}

/// A case offered to somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// The case.
    pub event_id: EventId,
    /// Its number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// When it begins.
    pub starts_at: Instant,
    /// To whom.
    pub user_id: UserId,
    /// That name.
    pub user_name: String,
    /// Who asks.
    pub created_by_id: UserId,
    /// When.
    pub created_at: Instant,
    /// open, accepted, declined or closed.
    pub state: String,
    /// When they answered, or somebody else had it.
    pub decided_at: Option<Instant>,
    /// What they were told.
    pub note: String,
    /// Why they declined.
    pub reason: String,
}

/// Asks for cover: a rep can no more than ask.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestCover {
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Days on which somebody is away.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who.
    pub user_id: UserId,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub ends_at: Instant,
    /// Why, as far as they say.
    pub note: String,
    /// Open cases in that time that are still theirs.
    pub cases_open: i64,
    /// Cases that were handed over for it.
    pub cases_covered: i64,
    /// What was lent for it comes back afterwards.
    pub hand_back: bool,
    /// Who entered it.
    pub created_by_id: UserId,
    /// When.
    pub created_at: Instant,
}

/// Enters days on which somebody is away: two instants, or two days of which both count.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAbsence {
    /// From when.
    #[serde(default)]
    pub starts_at: Option<Instant>,
    /// Until when.
    #[serde(default)]
    pub ends_at: Option<Instant>,
    /// The first day.
    #[serde(default)]
    pub from_on: Option<Day>,
    /// The last day.
    #[serde(default)]
    pub to_on: Option<Day>,
    /// Why, as far as you wish to say.
    #[serde(default)]
    pub note: String,
}

/// Asks for one plan over all cases of an absence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewAbsenceCover {
    /// Only these people take cases; everybody in your reach when empty.
    #[serde(default)]
    pub user_ids: Vec<UserId>,
    /// These cases to these people, whatever the plan would say.
    #[serde(default)]
    pub fixed: Vec<CaseFor>,
    /// These cases stay as they are.
    #[serde(default)]
    pub without_event_ids: Vec<EventId>,
    /// What was lent and not used comes back after the absence.
    #[serde(default)]
    pub hand_back: bool,
}

/// A case for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFor {
    /// The case.
    pub event_id: EventId,
    /// For whom.
    pub representative_id: UserId,
}

/// One case of an absence, planned.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AbsenceCase {
    /// The case.
    pub event_id: EventId,
    /// Its number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// When it begins.
    pub starts_at: Instant,
    /// Who takes it; null where nobody is free.
    pub representative_id: Option<UserId>,
    /// That name.
    pub representative_name: String,
    /// Out of a hundred.
    pub score: i64,
    /// What moves for it.
    pub moves: Vec<CoverMove>,
    /// What is left open.
    pub unresolved: Vec<CoverUnresolved>,
    /// Why nobody takes it.
    pub text: String,
}

/// How many cases somebody takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverShare {
    /// Who.
    pub user_id: UserId,
    /// That name.
    pub name: String,
    /// How many of these cases.
    pub cases: i64,
    /// How many cases they have in that time besides.
    pub own_cases: i64,
}

/// A plan over all cases of an absence, not carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AbsenceCoverPreview {
    /// Give it back to carry the plan out.
    pub preview_token: PreviewId,
    /// Until when that is possible.
    pub expires_at: Instant,
    /// The absence.
    pub absence_id: AbsenceId,
    /// Case by case.
    pub cases: Vec<AbsenceCase>,
    /// Who takes how many.
    pub shares: Vec<CoverShare>,
    /// Cases for which nobody is free.
    pub uncovered: i64,
    /// Sources over all cases from which something has to come.
    pub hand_overs: i64,
    /// What was lent and not used comes back after the absence.
    pub hand_back: bool,
}

/// What was done about an absence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AbsenceCovered {
    /// The absence.
    pub absence_id: AbsenceId,
    /// The cases that changed hands.
    pub coverages: Vec<Coverage>,
    /// Cases that stay as they are.
    pub uncovered_event_ids: Vec<EventId>,
}

/// Where somebody sets out from, or where a facility is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlaceOnMap {
    /// Degrees north, in millionths.
    pub latitude_e6: Option<i64>,
    /// Degrees east, in millionths.
    pub longitude_e6: Option<i64>,
    /// Postal code, when no coordinates are given.
    pub postal_code: String,
    /// State, when no postal code is given.
    pub state: String,
    /// ISO 3166 code.
    pub country: String,
    /// From where it is known: coordinates, postal_code, state, address or nowhere.
    pub known_by: String,
}

/// Says where somebody sets out from, or where a facility is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPlaceOnMap {
    /// Degrees north, in millionths.
    #[serde(default)]
    pub latitude_e6: Option<i64>,
    /// Degrees east, in millionths.
    #[serde(default)]
    pub longitude_e6: Option<i64>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: String,
    /// State.
    #[serde(default)]
    pub state: String,
    /// ISO 3166 code.
    #[serde(default)]
    pub country: String,
}

/// How cover is found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverSettings {
    /// Kilometres in an hour, door to door.
    pub travel_kmh: i64,
    /// What every way takes besides, in minutes.
    pub travel_overhead_minutes: i64,
    /// The way between places of which one is unknown, in minutes.
    pub travel_unknown_minutes: i64,
    /// Everything is there so long before the case, in minutes.
    pub prepare_minutes: i64,
    /// Somebody who was asked sets out after so long, in minutes.
    pub notice_minutes: i64,
    /// How long a courier takes, in hours.
    pub courier_hours: i64,
    /// How long a manufacturer takes, in hours.
    pub maker_hours: i64,
    /// What other cases need until so many days after a case is left for them.
    pub reserve_days: i64,
    /// Hand-overs for both of whose sides the actor may act are accepted at once.
    pub accept_at_once: bool,
    /// What each reason counts at most, by name: `weight_free`, `weight_stock`, …
    pub weights: std::collections::BTreeMap<String, i64>,
    /// For If-Match: the organisation's.
    pub version: i64,
}

/// Changes how cover is found. Absent fields stay as they are.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCoverSettings {
    /// Kilometres in an hour, door to door.
    #[serde(default)]
    pub travel_kmh: Option<i64>,
    /// What every way takes besides, in minutes.
    #[serde(default)]
    pub travel_overhead_minutes: Option<i64>,
    /// The way between places of which one is unknown, in minutes.
    #[serde(default)]
    pub travel_unknown_minutes: Option<i64>,
    /// Everything is there so long before the case, in minutes.
    #[serde(default)]
    pub prepare_minutes: Option<i64>,
    /// Somebody who was asked sets out after so long, in minutes.
    #[serde(default)]
    pub notice_minutes: Option<i64>,
    /// How long a courier takes, in hours.
    #[serde(default)]
    pub courier_hours: Option<i64>,
    /// How long a manufacturer takes, in hours.
    #[serde(default)]
    pub maker_hours: Option<i64>,
    /// What other cases need until so many days after a case is left for them.
    #[serde(default)]
    pub reserve_days: Option<i64>,
    /// Hand-overs for both of whose sides the actor may act are accepted at once.
    #[serde(default)]
    pub accept_at_once: Option<bool>,
    /// What reasons count at most, by name.
    #[serde(default)]
    pub weights: std::collections::BTreeMap<String, i64>,
}

/// One thing that is wrong with an upcoming case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Risk {
    /// What kind.
    pub lack: Lack,
    /// By when something must happen; null when it is too late.
    pub act_by: Option<Instant>,
    /// In words.
    pub text: String,
}

/// How an upcoming case stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    /// The case.
    pub event_id: EventId,
    /// Its number.
    pub event_number: String,
    /// Its name.
    pub event_name: String,
    /// Who represents it.
    pub representative_id: UserId,
    /// That name.
    pub representative_name: String,
    /// Where.
    pub location_name: Option<String>,
    /// When it begins.
    pub starts_at: Instant,
    /// IANA name.
    pub time_zone: String,
    /// How it stands.
    pub state: State,
    /// What is wrong, the most urgent first.
    pub risks: Vec<Risk>,
    /// The first moment by which something must happen.
    pub act_by: Option<Instant>,
    /// How many units are needed.
    pub units_needed: i64,
    /// How many of them are on the case or within the representative's reach.
    pub units_there: i64,
    /// Whether you may find cover for it.
    pub may_cover: bool,
}

/// The board of the next days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadinessBoard {
    /// Cases, the soonest first.
    pub items: Vec<Readiness>,
    /// Give it back as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many cases of these days stand how, as last looked at.
    pub counts: ReadinessCounts,
}

/// How many cases stand how.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ReadinessCounts {
    /// Ready.
    pub ready: i64,
    /// At risk.
    pub at_risk: i64,
    /// Not ready.
    pub not_ready: i64,
}

/// People who hand over to each other again and again: a shared pool would save it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PoolProposal {
    /// Its id.
    pub id: ProposalId,
    /// Who.
    pub user_ids: Vec<UserId>,
    /// Their names.
    pub names: Vec<String>,
    /// How many hand-overs in the last 90 days.
    pub hand_overs: i64,
    /// How many units.
    pub units: i64,
    /// The last one.
    pub last_at: Instant,
    /// The name that the pool would have.
    pub pool_name: String,
    /// The e-mail that its account would have: nobody signs in with it.
    pub pool_email: String,
    /// Why.
    pub text: String,
}

/// Makes the pool that was proposed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptProposal {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another e-mail.
    #[serde(default)]
    pub email: Option<String>,
}
