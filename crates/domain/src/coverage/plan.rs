//! Where each thing that a case needs comes from: the cheapest way over the whole case, explained line by line.
//!
//! What need not move does not; what moves comes from few people, in time, soonest expiry first, whole containers before
//! picked pieces; what other cases of those days need is left for them. The choice itself is made by [`super::solve`].

mod build;
mod routes;
mod tell;
#[cfg(test)]
mod tests;

use super::{Costs, MoveKind, PlanRole, Relation, Settings, solve};
use crate::clock::{Day, Instant};
use crate::coverage::travel::Spot;
use crate::stock::CustodianType;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the actor may do about a holder's stock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rights {
    /// Send it, as the holder could.
    pub send: bool,
    /// Have it accepted at once for the new representative.
    pub at_once: bool,
    /// Make the new representative answer for its facility stock.
    pub reassign: bool,
    /// Link the new representative to this distributor, who shares.
    pub link: bool,
    /// Ask whoever answers for it.
    pub ask: bool,
}

/// Somebody who answers for stock.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The account or organisation.
    pub id: Uuid,
    /// Which of the two.
    pub kind: CustodianType,
    /// The name.
    pub name: String,
    /// What it is to the new representative.
    pub relation: Relation,
    /// Where it is.
    pub spot: Option<Spot>,
    /// When nobody is there: (from, to).
    pub away: Vec<(Instant, Instant)>,
    /// What the actor may.
    pub rights: Rights,
}

/// An item, as far as plans tell of it.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Its catalog number.
    pub number: String,
    /// In words.
    pub description: String,
    /// Who makes it.
    pub manufacturer: Uuid,
    /// ISO codes of the countries where it may be used; empty for everywhere.
    pub countries: Vec<String>,
}

/// A unit that is on the case already: it stays on it, whatever happens.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The unit.
    pub unit: Uuid,
    /// What it is.
    pub item: Uuid,
    /// With whom, by place in [`Situation::holders`].
    pub holder: usize,
    /// Facility stock of this location.
    pub shelf: bool,
    /// What it lies in, unless that is on the case too.
    pub container: Option<Uuid>,
    /// Marked or booked.
    pub role: PlanRole,
    /// Why it cannot move now, in words: on hold, on its way elsewhere.
    pub stuck: Option<String>,
}

/// Something that is needed and not on the case yet.
#[derive(Clone, Debug)]
pub struct Need {
    /// What.
    pub item: Uuid,
    /// How many.
    pub quantity: u32,
    /// What the surgeon's card allows in its place.
    pub substitutes: Vec<Uuid>,
}

/// A unit that is free to be used or moved.
#[derive(Clone, Debug)]
pub struct Stock {
    /// The unit.
    pub unit: Uuid,
    /// What it is.
    pub item: Uuid,
    /// With whom, by place in [`Situation::holders`].
    pub holder: usize,
    /// The last day of use.
    pub expires_on: Option<Day>,
    /// What it lies in.
    pub container: Option<Uuid>,
    /// Facility stock of the case's location. That of others is not listed.
    pub shelf: bool,
}

/// A container that is free to move.
#[derive(Clone, Debug)]
pub struct Container {
    /// The unit.
    pub unit: Uuid,
    /// With whom, by place in [`Situation::holders`].
    pub holder: usize,
    /// How many pieces lie in it.
    pub pieces: u32,
    /// How many lie in the fullest of its kind.
    pub full: u32,
    /// It holds something that another case needs.
    pub wanted_elsewhere: bool,
}

/// Who could deliver an item.
#[derive(Clone, Debug)]
pub struct Maker {
    /// The manufacturer.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// It takes requests from here.
    pub linked: bool,
}

/// What somebody wants to be otherwise than planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Nothing from these holders.
    pub without_holders: BTreeSet<Uuid>,
    /// None of these units.
    pub without_units: BTreeSet<Uuid>,
    /// These units in any case.
    pub with_units: BTreeSet<Uuid>,
}

/// Everything that the planner looks at.
#[derive(Clone, Debug)]
pub struct Situation {
    /// This moment.
    pub now: Instant,
    /// The case begins.
    pub starts_at: Instant,
    /// Its day, where the facility is: expiry is judged by it.
    pub day: Day,
    /// Whether expired units are refused.
    pub refuses_expired: bool,
    /// IANA name, for sentences.
    pub time_zone: String,
    /// ISO code of the facility's country; empty when unknown.
    pub country: String,
    /// ISO code of the country of whoever takes the case over; empty when unknown. What is not cleared for it is not sent there.
    pub to_country: String,
    /// Whose stock is looked at; whoever takes the case over comes first.
    pub holders: Vec<Holder>,
    /// What items are.
    pub items: BTreeMap<Uuid, Item>,
    /// On the case already.
    pub kept: Vec<Kept>,
    /// Not there yet.
    pub needs: Vec<Need>,
    /// What there is.
    pub stock: Vec<Stock>,
    /// Containers among it.
    pub containers: Vec<Container>,
    /// Who makes what is needed.
    pub makers: Vec<Maker>,
    /// How many units of an item a holder needs for other cases of those days.
    pub reserved: BTreeMap<(usize, Uuid), u32>,
    /// How many units of an item are with people whom the actor does not reach.
    pub out_of_reach: BTreeMap<Uuid, u32>,
    /// What somebody wants otherwise.
    pub edits: Edits,
}

/// One unit of a move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// Which; None for what is asked for by number alone.
    pub unit: Option<Uuid>,
    /// What it is.
    pub item: Uuid,
    /// Why it is part of the plan.
    pub role: PlanRole,
    /// What it has to be taken out of.
    pub out_of: Option<Uuid>,
}

/// One source and what comes from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// How.
    pub kind: MoveKind,
    /// From whom: by place in [`Situation::holders`]; None for a manufacturer.
    pub holder: Option<usize>,
    /// From which manufacturer.
    pub maker: Option<Uuid>,
    /// Facility stock at the place of the case.
    pub shelf: bool,
    /// What.
    pub units: Vec<Planned>,
    /// Done with the plan; else somebody has to confirm it.
    pub at_once: bool,
    /// When it must set out at the latest; None when nothing travels.
    pub leave_by: Option<Instant>,
    /// When it can be there; None when nothing travels.
    pub arrives_at: Option<Instant>,
    /// Minutes on the road, when somebody drives.
    pub minutes: Option<i64>,
    /// Too late for the case, planned all the same because it is on the case.
    pub late: bool,
    /// Its part of the cost.
    pub points: i64,
    /// In words.
    pub text: String,
}

/// What could be done about something that is missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextBest {
    /// `late`, `borrow`, `substitute` or `order`.
    pub kind: &'static str,
    /// Which item, for a substitute.
    pub item: Option<Uuid>,
    /// From whom, when the actor may know.
    pub holder: Option<usize>,
    /// When it could be there.
    pub arrives_at: Option<Instant>,
    /// In words.
    pub text: String,
}

/// Something that the plan could not settle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unresolved {
    /// What.
    pub item: Uuid,
    /// How many.
    pub quantity: u32,
    /// A unit on the case that cannot be moved.
    pub unit: Option<Uuid>,
    /// Why, in words.
    pub text: String,
    /// What is next best.
    pub next_best: Vec<NextBest>,
}

/// The plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// What is used where it is, what moves, what is asked for.
    pub moves: Vec<Move>,
    /// What is left open.
    pub unresolved: Vec<Unresolved>,
    /// Units that somebody wanted and that are not to be had.
    pub refused: Vec<Uuid>,
    /// What it costs, in points.
    pub cost: i64,
    /// Whether no other plan costs less.
    pub exact: bool,
    /// When everything can be there; None when nothing travels.
    pub ready_at: Option<Instant>,
}

impl Plan {
    /// How many times something changes hands, or has to be asked for.
    pub fn hand_overs(&self) -> usize {
        self.moves.iter().filter(|it| it.kind != MoveKind::Stays).count()
    }

    /// Every unit that the plan uses or moves.
    pub fn units(&self) -> impl Iterator<Item = Uuid> {
        self.moves.iter().flat_map(|it| it.units.iter().filter_map(|unit| unit.unit))
    }
}

/// Makes the plan.
pub fn plan(situation: &Situation, settings: &Settings) -> Plan {
    plan_with(situation, settings, &Costs::USUAL)
}

/// The same with other costs.
pub fn plan_with(situation: &Situation, settings: &Settings, costs: &Costs) -> Plan {
    let built = build::build(situation, settings, costs);
    let solution = solve::solve(&built.problem);
    tell::tell(situation, settings, costs, built, &solution)
}
