//! Who could take a case over, best first.

use super::case::{Case, Groups, home, place_of};
use super::settings;
use crate::events::readable;
use crate::{Ctx, Result};
use contract::coverage::{CoverCandidate, CoverCandidates, CoverConflict, CoverReason};
use domain::clock::{Day, Instant};
use domain::coverage::candidates::{self, Candidate, Conflict, Engagement, Person};
use domain::coverage::travel::Spot;
use domain::id::{EventId, Id};
use domain::people::Permission;
use domain::stock::CustodianType;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::Tx;
use store::coverage::load::{CountRow, EngagedRow, PersonRow};
use uuid::Uuid;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Cases that end longer before this one, or begin longer after it, are in nobody's way.
const NEAR: i64 = 8 * HOUR;
/// How far back cases with a surgeon count.
const RECENT_DAYS: i64 = 365;

/// Who could take an event over, best first.
pub fn candidates(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<CoverCandidates> {
    let row = readable(ctx, tx, id.uuid())?;
    ctx.require(Permission::CoverEvents)?;
    let case = Case::of(ctx, tx, &row)?;
    let offers = store::coverage::keep::offers_of_event(tx, ctx.org(), row.id)?;
    let mut states: HashMap<Uuid, String> = HashMap::new();
    for offer in offers {
        states.entry(offer.user_id).or_insert(offer.state);
    }
    let ranked = ranked(ctx, tx, &case)?;
    Ok(view(&case, ranked, &states))
}

/// Ranks everybody in reach but whoever represents the case now.
pub(crate) fn ranked(ctx: &Ctx, tx: &mut Tx, case: &Case) -> Result<Vec<Candidate>> {
    let mut desk = Desk::for_case(ctx, tx, case)?;
    desk.people = store::coverage::load::coverers(tx, ctx.viewer())?;
    desk.rank(ctx, tx, case)
}

/// What stands in somebody's way: for plans, offers and readiness.
pub(crate) fn conflicts(ctx: &Ctx, tx: &mut Tx, case: &Case, who: &PersonRow) -> Result<Vec<Conflict>> {
    Desk::for_case(ctx, tx, case)?.conflicts(ctx, tx, case, who)
}

/// Monday to Monday around a day.
pub(crate) fn week_of(day: Day, time_zone: &str) -> (i64, i64) {
    let monday = day.plus(-(day.0 + 3).rem_euclid(7));
    (monday.starts_in(time_zone).0, monday.plus(7).starts_in(time_zone).0)
}

/// What is read once for many people, and for many cases of some days.
pub(crate) struct Desk {
    org: Uuid,
    pub people: Vec<PersonRow>,
    pub groups: Groups,
    engaged: Vec<EngagedRow>,
    away: HashMap<Uuid, Vec<(Instant, Instant)>>,
    assigned: HashMap<(&'static str, Uuid), HashSet<Uuid>>,
    recent: HashMap<Uuid, BTreeMap<Uuid, u32>>,
    /// What other cases are called and where they are.
    places: HashMap<Uuid, (String, Option<Spot>)>,
    seconded: HashMap<Uuid, Vec<Uuid>>,
}

/// What of it concerns one case.
struct Around {
    engaged: HashMap<Uuid, Vec<Engagement>>,
    week: HashMap<Uuid, u32>,
    group: Option<Uuid>,
    region: Option<Uuid>,
    supply: Supply,
}

impl Desk {
    /// For one case.
    pub fn for_case(ctx: &Ctx, tx: &mut Tx, case: &Case) -> Result<Self> {
        Self::read(ctx, tx, &[(case.starts_at.0, case.ends_at.0, case.day, &case.time_zone)])
    }

    /// For some cases: (begins, ends, day, zone) of each. Nobody is on it yet.
    pub fn read(ctx: &Ctx, tx: &mut Tx, cases: &[(i64, i64, Day, &str)]) -> Result<Self> {
        let org = ctx.org();
        let (mut from, mut to) = (i64::MAX, i64::MIN);
        for (starts, ends, day, zone) in cases {
            let (monday, sunday) = week_of(*day, zone);
            // A case is some hours long: one that began two days ago is over.
            from = from.min(monday).min(starts - 2 * DAY);
            to = to.max(sunday).max(ends + NEAR);
        }
        let mut desk = Self {
            org,
            people: Vec::new(),
            groups: Groups::read(tx, org)?,
            engaged: Vec::new(),
            away: HashMap::new(),
            assigned: HashMap::new(),
            recent: HashMap::new(),
            places: HashMap::new(),
            seconded: HashMap::new(),
        };
        if cases.is_empty() {
            return Ok(desk);
        }
        desk.engaged = store::coverage::load::engaged(tx, org, from, to)?;
        for (who, from, to) in store::coverage::load::away(tx, org, from, to)? {
            desk.away.entry(who).or_default().push((Instant(from), Instant(to)));
        }
        Ok(desk)
    }

    /// Ranks the people on the desk but whoever represents the case now.
    pub fn rank(&mut self, ctx: &Ctx, tx: &mut Tx, case: &Case) -> Result<Vec<Candidate>> {
        self.learn(ctx, tx, case)?;
        let mut around = self.around(tx, case, None)?;
        around.supply = Supply::read(tx, self.org, case)?;
        if let Some(now) = case.representative {
            around.group = Some(self.groups.group_of(now));
            let row = store::coverage::load::people(tx, self.org, &[now])?.into_iter().next();
            around.region = row.and_then(|row| row.region_id);
        }
        let others = self.people.iter().filter(|row| Some(row.id) != case.representative);
        let persons: Vec<Person> = others.map(|row| self.person(case, &around, row)).collect();
        Ok(candidates::rank(&facts(case), &persons, &settings::of(ctx)))
    }

    /// What stands in somebody's way.
    pub fn conflicts(&mut self, ctx: &Ctx, tx: &mut Tx, case: &Case, who: &PersonRow) -> Result<Vec<Conflict>> {
        let around = self.around(tx, case, Some(who.id))?;
        let person = self.person(case, &around, who);
        let travel = settings::of(ctx).travel;
        Ok(candidates::conflicts(&facts(case), &person, &travel, candidates::TURNAROUND_MINUTES))
    }

    /// How many cases people have between two moments.
    pub fn load(&self, from: i64, to: i64) -> HashMap<Uuid, u32> {
        let mut load = HashMap::new();
        for row in self.engaged.iter().filter(|row| (from..to).contains(&row.starts_at)) {
            *load.entry(row.user_id).or_default() += 1;
        }
        load
    }

    /// Reads who is assigned to what of a case, and who worked with its surgeon, unless that is known.
    fn learn(&mut self, ctx: &Ctx, tx: &mut Tx, case: &Case) -> Result<()> {
        let physician = case.physician.as_ref().map(|(id, _)| ("physician", *id));
        let location = case.location.map(|id| ("location", id));
        let makers = case.manufacturers.iter().map(|id| ("manufacturer", *id));
        for (kind, target) in physician.into_iter().chain(location).chain(makers) {
            if !self.assigned.contains_key(&(kind, target)) {
                let who = store::coverage::load::assigned(tx, self.org, kind, target)?;
                self.assigned.insert((kind, target), who.into_iter().collect());
            }
        }
        if let Some((_, id)) = physician
            && !self.recent.contains_key(&id)
        {
            let from = ctx.now.0 - RECENT_DAYS * DAY;
            self.recent.insert(id, store::coverage::load::recent(tx, self.org, id, from, ctx.now.0)?);
        }
        Ok(())
    }

    /// Who has what to do around a case: everybody, or one person alone.
    fn around(&mut self, tx: &mut Tx, case: &Case, only: Option<Uuid>) -> Result<Around> {
        let concerns = |who: Uuid| only.is_none_or(|only| only == who);
        let (monday, sunday) = week_of(case.day, &case.time_zone);
        let mut week: HashMap<Uuid, u32> = HashMap::new();
        let mut near: Vec<EngagedRow> = Vec::new();
        for row in self.engaged.iter().filter(|row| row.event_id != case.event) {
            if concerns(row.user_id) && (monday..sunday).contains(&row.starts_at) {
                *week.entry(row.user_id).or_default() += 1;
            }
            if row.starts_at < case.ends_at.0 + NEAR && row.ends_at > case.starts_at.0 - NEAR {
                near.push(*row);
            }
        }
        self.find(tx, &near)?;
        let mut engaged: HashMap<Uuid, Vec<Engagement>> = HashMap::new();
        for row in near {
            let Some((name, spot)) = self.places.get(&row.event_id) else { continue };
            let seconded = self.seconded.get(&row.event_id).into_iter().flatten().copied();
            for who in seconded.chain([row.user_id]).filter(|who| concerns(*who)) {
                engaged.entry(who).or_default().push(Engagement {
                    event: row.event_id,
                    name: name.clone(),
                    starts_at: Instant(row.starts_at),
                    ends_at: Instant(row.ends_at),
                    spot: *spot,
                });
            }
        }
        Ok(Around { engaged, week, group: None, region: None, supply: Supply::default() })
    }

    /// Reads where other cases are and who goes along, unless that is known.
    fn find(&mut self, tx: &mut Tx, near: &[EngagedRow]) -> Result<()> {
        let unknown: Vec<Uuid> =
            near.iter().map(|row| row.event_id).filter(|id| !self.places.contains_key(id)).collect();
        for row in store::coverage::load::event_places(tx, self.org, &unknown)? {
            let number = crate::events::number(row.number);
            let name = row.location_name.as_ref().map(|at| format!("{number} at {at}")).unwrap_or(number);
            self.places.insert(row.event_id, (name, place_of(&row)));
        }
        for (who, event) in store::coverage::load::seconded(tx, self.org, &unknown)? {
            self.seconded.entry(event).or_default().push(who);
        }
        Ok(())
    }

    fn is_assigned(&self, kind: &'static str, target: Option<Uuid>, who: Uuid) -> bool {
        target.and_then(|target| self.assigned.get(&(kind, target))).is_some_and(|all| all.contains(&who))
    }

    fn person(&self, case: &Case, around: &Around, row: &PersonRow) -> Person {
        let physician = case.physician.as_ref().map(|(id, _)| *id);
        let recent = physician.and_then(|id| self.recent.get(&id)?.get(&row.id).copied());
        let makers = case.manufacturers.iter().filter(|id| self.is_assigned("manufacturer", Some(**id), row.id));
        Person {
            id: row.id,
            name: row.name.clone(),
            trained: row.training_completed_at.is_some(),
            spot: home(row),
            engagements: around.engaged.get(&row.id).cloned().unwrap_or_default(),
            away: self.away.get(&row.id).cloned().unwrap_or_default(),
            units: around.supply.for_person(case, row.id, self.groups.sharers(row.id)),
            physician: self.is_assigned("physician", physician, row.id),
            recent: recent.unwrap_or(0),
            location: self.is_assigned("location", case.location, row.id),
            default_rep: case.default_rep == Some(row.id),
            manufacturers: makers.count(),
            group: around.group.is_some_and(|group| self.groups.group_of(row.id) == group),
            region: around.region.is_some() && row.region_id == around.region,
            week: around.week.get(&row.id).copied().unwrap_or(0),
        }
    }
}

/// The case, as far as candidates are concerned.
fn facts(case: &Case) -> candidates::Case {
    candidates::Case {
        starts_at: case.starts_at,
        ends_at: case.ends_at,
        time_zone: case.time_zone.clone(),
        spot: case.spot,
        location_name: case.location_name.clone(),
        physician_name: case.physician.as_ref().map(|(_, name)| name.clone()),
        manufacturers: case.manufacturers.len(),
        units: case.units(),
    }
}

/// How many free units of needed items everybody has: by the counters, less what has expired by the day of the case or is frozen by
/// a recall; the plan looks at each unit.
#[derive(Default)]
pub(crate) struct Supply {
    stock: HashMap<(Uuid, Uuid), u32>,
    shelf: HashMap<(Uuid, Uuid), u32>,
}

impl Supply {
    /// Reads what there is of a case's needs.
    pub fn read(tx: &mut Tx, org: Uuid, case: &Case) -> Result<Self> {
        let items: Vec<Uuid> = case.needs.iter().map(|wish| wish.item).collect();
        let mut supply = Self::default();
        let mut shelves = BTreeSet::new();
        for CountRow { item, custodian, shelf, n } in store::coverage::load::counts(tx, org, &items)? {
            if shelf {
                shelves.insert(item);
            } else {
                supply.stock.insert((item, custodian), u32::try_from(n).unwrap_or(u32::MAX));
            }
        }
        let day = i64::from(case.day.0);
        for (item, custodian, n) in store::coverage::load::useless(tx, org, &items, day)? {
            if let Some(held) = supply.stock.get_mut(&(item, custodian)) {
                *held = held.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
            }
        }
        if let Some(location) = case.location.filter(|_| case.rules.allows_facility_stock && !shelves.is_empty()) {
            let items: Vec<Uuid> = shelves.into_iter().collect();
            for (item, custodian, n) in store::coverage::load::on_shelf(tx, org, location, &items, day)? {
                supply.shelf.insert((item, custodian), u32::try_from(n).unwrap_or(u32::MAX));
            }
        }
        Ok(supply)
    }

    /// How many units of an item somebody holds or may use.
    pub fn of_item(&self, item: Uuid, who: Uuid, sharers: &[Uuid]) -> u32 {
        let all = [who].into_iter().chain(sharers.iter().copied());
        let both = all.flat_map(|holder| [self.stock.get(&(item, holder)), self.shelf.get(&(item, holder))]);
        both.flatten().fold(0, |sum: u32, n| sum.saturating_add(*n))
    }

    /// How many of the needed units somebody holds or may use.
    pub fn for_person(&self, case: &Case, who: Uuid, sharers: &[Uuid]) -> u32 {
        let all = || [who].into_iter().chain(sharers.iter().copied());
        let needs: u32 = case.needs.iter().map(|wish| self.of_item(wish.item, who, sharers).min(wish.quantity)).sum();
        let theirs = |kind: &str, holder: Uuid| kind == CustodianType::User.as_str() && all().any(|it| it == holder);
        let lines = case.lines.iter().filter(|line| theirs(&line.custodian_type, line.custodian_id)).count();
        let boxes = case.containers.iter().filter(|unit| theirs(&unit.custodian_type, unit.custodian_id)).count();
        needs + (lines + boxes) as u32
    }
}

/// Conflicts as they are shown.
pub(crate) fn conflict_view(conflict: Conflict) -> CoverConflict {
    CoverConflict {
        code: conflict.code.to_owned(),
        event_id: conflict.event.map(Id::from_uuid),
        starts_at: conflict.from,
        ends_at: conflict.to,
        text: conflict.text,
    }
}

/// A list as it is shown.
pub(crate) fn view(case: &Case, ranked: Vec<Candidate>, offers: &HashMap<Uuid, String>) -> CoverCandidates {
    let items = ranked.into_iter().map(|it| CoverCandidate {
        user_id: Id::from_uuid(it.id),
        name: it.name,
        score: it.score,
        units_within_reach: i64::from(it.units),
        travel_minutes: it.travel_minutes,
        reasons: it
            .reasons
            .into_iter()
            .map(|reason| CoverReason { code: reason.code, text: reason.text, points: reason.points, of: reason.of })
            .collect(),
        conflicts: it.conflicts.into_iter().map(conflict_view).collect(),
        offer_state: offers.get(&it.id).cloned(),
    });
    CoverCandidates {
        items: items.collect(),
        units_needed: i64::from(case.units()),
        units_marked: case.lines.len() as i64,
        containers: case.containers.len() as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        let day = |text: &str| Day::parse(text).unwrap();
        for any in ["2026-11-16", "2026-11-18", "2026-11-22"] {
            let (from, to) = week_of(day(any), "UTC");
            assert_eq!((from, to), (day("2026-11-16").starts_in("UTC").0, day("2026-11-23").starts_in("UTC").0));
        }
    }
}
