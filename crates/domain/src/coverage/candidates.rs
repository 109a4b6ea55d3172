//! Who could take a case over, best first, each with reasons that a person would give and what each counts.

use super::travel::{Spot, Travel};
use super::{Settings, count};
use crate::clock::Instant;
use crate::words::words;
use uuid::Uuid;

words! {
    /// What speaks for or against somebody.
    pub enum ReasonCode {
        /// Has the time, ways included.
        Free = "free", "Free at that time";
        /// Has another case at that time, or could not be there in time.
        Busy = "busy", "Busy at that time";
        /// Is away.
        Away = "away", "Away";
        /// Holds or may use what is needed.
        Stock = "stock", "Has what is needed";
        /// How far away.
        Travel = "travel", "Travel";
        /// Works with the surgeon.
        Physician = "assigned_physician", "Assigned to the physician";
        /// Worked with the surgeon lately.
        Recent = "recent_work", "Worked with the physician";
        /// Works at the facility.
        Location = "assigned_location", "Assigned to the location";
        /// Cares for the facility.
        DefaultRep = "default_rep", "Default rep of the location";
        /// Works with the manufacturers.
        Manufacturers = "assigned_manufacturers", "Assigned to the manufacturers";
        /// May work.
        Trained = "trained", "Trained";
        /// Of the same group.
        Group = "same_group", "Same group";
        /// Of the same region.
        Region = "same_region", "Same region";
        /// How full the week is.
        Load = "load", "Load of the week";
    }
}

/// How much each reason counts at most, in points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Weights {
    /// Free at that time.
    pub free: i64,
    /// Has what is needed.
    pub stock: i64,
    /// Near.
    pub travel: i64,
    /// Assigned to the physician.
    pub physician: i64,
    /// Worked with the physician lately.
    pub recent: i64,
    /// Assigned to the location.
    pub location: i64,
    /// Default rep of the location.
    pub default_rep: i64,
    /// Assigned to the manufacturers.
    pub manufacturers: i64,
    /// Trained.
    pub trained: i64,
    /// Same group.
    pub group: i64,
    /// Same region.
    pub region: i64,
    /// An empty week.
    pub load: i64,
}

impl Weights {
    /// The usual weights: a hundred points together.
    pub const USUAL: Self = Self {
        free: 30,
        stock: 22,
        travel: 8,
        physician: 8,
        recent: 6,
        location: 6,
        default_rep: 3,
        manufacturers: 4,
        trained: 5,
        group: 3,
        region: 2,
        load: 3,
    };

    /// Each with the name of its setting.
    pub const fn named(&self) -> [(&'static str, i64); 12] {
        [
            ("weight_free", self.free),
            ("weight_stock", self.stock),
            ("weight_travel", self.travel),
            ("weight_physician", self.physician),
            ("weight_recent", self.recent),
            ("weight_location", self.location),
            ("weight_default_rep", self.default_rep),
            ("weight_manufacturers", self.manufacturers),
            ("weight_trained", self.trained),
            ("weight_group", self.group),
            ("weight_region", self.region),
            ("weight_load", self.load),
        ]
    }

    /// Each as `known` has it by its name; it is told the usual weight too.
    pub fn from_names(known: impl Fn(&str, i64) -> i64) -> Self {
        let usual = Self::USUAL;
        Self {
            free: known("weight_free", usual.free),
            stock: known("weight_stock", usual.stock),
            travel: known("weight_travel", usual.travel),
            physician: known("weight_physician", usual.physician),
            recent: known("weight_recent", usual.recent),
            location: known("weight_location", usual.location),
            default_rep: known("weight_default_rep", usual.default_rep),
            manufacturers: known("weight_manufacturers", usual.manufacturers),
            trained: known("weight_trained", usual.trained),
            group: known("weight_group", usual.group),
            region: known("weight_region", usual.region),
            load: known("weight_load", usual.load),
        }
    }

    /// The most that anybody can have.
    pub fn most(&self) -> i64 {
        self.named().iter().map(|(_, weight)| weight).sum()
    }
}

/// The case, as far as candidates are concerned.
#[derive(Clone, Debug)]
pub struct Case {
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// IANA name, for sentences.
    pub time_zone: String,
    /// Where.
    pub spot: Option<Spot>,
    /// The facility, for sentences.
    pub location_name: Option<String>,
    /// The surgeon, for sentences.
    pub physician_name: Option<String>,
    /// How many manufacturers' products are expected.
    pub manufacturers: usize,
    /// How many units are needed.
    pub units: u32,
}

/// A case that somebody has.
#[derive(Clone, Debug)]
pub struct Engagement {
    /// Which event.
    pub event: Uuid,
    /// How a person calls it.
    pub name: String,
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// Where.
    pub spot: Option<Spot>,
}

/// What is known of somebody who might take it.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// May work.
    pub trained: bool,
    /// Where they set out from.
    pub spot: Option<Spot>,
    /// Their cases around that time.
    pub engagements: Vec<Engagement>,
    /// When they are away: (from, to).
    pub away: Vec<(Instant, Instant)>,
    /// How many of the needed units they hold or may use.
    pub units: u32,
    /// Assigned to the physician.
    pub physician: bool,
    /// How many cases they had with the physician in the past year.
    pub recent: u32,
    /// Assigned to the location.
    pub location: bool,
    /// Cares for the location.
    pub default_rep: bool,
    /// To how many of the manufacturers they are assigned.
    pub manufacturers: usize,
    /// Belongs to the group of whoever had the case.
    pub group: bool,
    /// Belongs to the region of whoever had the case.
    pub region: bool,
    /// How many cases they have in that week.
    pub week: u32,
}

/// One reason with what it counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Which.
    pub code: ReasonCode,
    /// A sentence.
    pub text: String,
    /// What it adds to the score.
    pub points: i64,
    /// The most that it could have added.
    pub of: i64,
}

/// Something that stands in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// `busy`, `away` or `not_trained`.
    pub code: &'static str,
    /// The other event.
    pub event: Option<Uuid>,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// A sentence.
    pub text: String,
}

/// Somebody, ranked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Who.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Out of a hundred.
    pub score: i64,
    /// How many of the needed units they hold or may use.
    pub units: u32,
    /// Minutes from their place.
    pub travel_minutes: i64,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What stands in the way.
    pub conflicts: Vec<Conflict>,
}

/// Cases in a week that make it full.
const FULL_WEEK: i64 = 10;
/// Cases with a surgeon that make somebody known.
const KNOWN: i64 = 5;
/// A way that counts for nothing, in minutes.
const FAR: i64 = 240;

/// Ranks people: without conflicts first, then by score, then by name and id.
pub fn rank(case: &Case, people: &[Person], settings: &Settings) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = people.iter().map(|person| judge(case, person, settings)).collect();
    found.sort_by(|a, b| {
        let order = |it: &Candidate| (!it.conflicts.is_empty(), -it.score);
        order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
    });
    found
}

/// What stands in somebody's way.
pub fn conflicts(case: &Case, person: &Person, travel: &Travel, turnaround_minutes: i64) -> Vec<Conflict> {
    let mut found = Vec::new();
    for (from, to) in person.away.iter().filter(|(from, to)| *from < case.ends_at && *to > case.starts_at) {
        let until = to.local(&case.time_zone);
        found.push(Conflict {
            code: "away",
            event: None,
            from: *from,
            to: *to,
            text: format!("{} is away until {until}.", person.name),
        });
    }
    for other in &person.engagements {
        let way = travel.minutes(other.spot, case.spot);
        let gap = if same_place(other.spot, case.spot) { 0 } else { way + turnaround_minutes };
        let overlaps = other.starts_at < case.ends_at && other.ends_at > case.starts_at;
        let close = minutes_between(other.ends_at, case.starts_at) < gap && other.ends_at <= case.starts_at;
        let after = minutes_between(case.ends_at, other.starts_at) < gap && other.starts_at >= case.ends_at;
        if !overlaps && !close && !after {
            continue;
        }
        let hours = format!("{} to {}", clock(other.starts_at, case), clock(other.ends_at, case));
        let text = if overlaps {
            format!("{} has {} from {hours}.", person.name, other.name)
        } else {
            format!("{} has {} from {hours}, {way} minutes away: too close.", person.name, other.name)
        };
        found.push(Conflict { code: "busy", event: Some(other.event), from: other.starts_at, to: other.ends_at, text });
    }
    if !person.trained {
        let text = format!("{} has not completed the training yet.", person.name);
        found.push(Conflict { code: "not_trained", event: None, from: case.starts_at, to: case.ends_at, text });
    }
    found
}

fn same_place(a: Option<Spot>, b: Option<Spot>) -> bool {
    a.is_some() && a == b
}

fn minutes_between(earlier: Instant, later: Instant) -> i64 {
    (later.0 - earlier.0) / 60_000_000
}

/// The time of day, with the date when it is another day than the case's.
fn clock(at: Instant, case: &Case) -> String {
    let (local, day) = (at.local(&case.time_zone), case.starts_at.local(&case.time_zone));
    if local[..10] == day[..10] { local[11..].to_owned() } else { local }
}

/// A part of a weight: `got` of `all`.
fn share(weight: i64, got: i64, all: i64) -> i64 {
    if all <= 0 { weight } else { weight * got.clamp(0, all) / all }
}

fn judge(case: &Case, person: &Person, settings: &Settings) -> Candidate {
    let weights = &settings.weights;
    let conflicts = conflicts(case, person, &settings.travel, TURNAROUND_MINUTES);
    let travel_minutes = settings.travel.minutes(person.spot, case.spot);
    let mut reasons = vec![time(case, person, &conflicts, weights, travel_minutes)];
    reasons.push(stock(case, person, weights));
    let mut add = |code, points, of, text: String| {
        if !text.is_empty() {
            reasons.push(Reason { code, text, points, of });
        }
    };
    let near = share(weights.travel, FAR - travel_minutes, FAR);
    let way = match (person.spot, case.spot) {
        (Some(_), Some(_)) => format!("About {travel_minutes} minutes away."),
        _ => "The way is not known: give a home place and the facility's address.".to_owned(),
    };
    add(ReasonCode::Travel, near, weights.travel, way);
    if let Some(surgeon) = &case.physician_name {
        let (points, text) = match person.physician {
            true => (weights.physician, format!("Works with {surgeon}.")),
            false => (0, format!("Not assigned to {surgeon} yet.")),
        };
        add(ReasonCode::Physician, points, weights.physician, text);
        let n = i64::from(person.recent);
        let text = match person.recent {
            0 => String::new(),
            n => format!("Knows {surgeon}: {} in the past year.", count(n as usize, "case", "cases")),
        };
        add(ReasonCode::Recent, share(weights.recent, n, KNOWN), weights.recent, text);
    }
    if let Some(place) = &case.location_name {
        let (points, text) = match person.location {
            true => (weights.location, format!("Works at {place}.")),
            false => (0, format!("Not assigned to {place} yet.")),
        };
        add(ReasonCode::Location, points, weights.location, text);
        let text = if person.default_rep { format!("Cares for {place}.") } else { String::new() };
        add(ReasonCode::DefaultRep, weights.default_rep, weights.default_rep, text);
    }
    if case.manufacturers > 0 {
        let (got, all) = (person.manufacturers.min(case.manufacturers), case.manufacturers);
        let text = if got == all {
            "Works with all manufacturers of this case.".to_owned()
        } else {
            format!("Works with {got} of {all} manufacturers of this case.")
        };
        let points = share(weights.manufacturers, got as i64, all as i64);
        add(ReasonCode::Manufacturers, points, weights.manufacturers, text);
    }
    if person.trained {
        add(ReasonCode::Trained, weights.trained, weights.trained, "Trained and ready to work.".to_owned());
    }
    if person.group {
        add(ReasonCode::Group, weights.group, weights.group, "Same group as the representative until now.".to_owned());
    }
    if person.region {
        add(ReasonCode::Region, weights.region, weights.region, "Same region.".to_owned());
    }
    let load = share(weights.load, FULL_WEEK - i64::from(person.week), FULL_WEEK);
    let week = match person.week {
        0 => "No other case that week.".to_owned(),
        n => format!("{} that week.", count(n as usize, "other case", "other cases")),
    };
    add(ReasonCode::Load, load, weights.load, week);
    let points: i64 = reasons.iter().map(|reason| reason.points).sum();
    let score = points * 100 / weights.most().max(1);
    Candidate {
        id: person.id,
        name: person.name.clone(),
        score,
        units: person.units,
        travel_minutes,
        reasons,
        conflicts,
    }
}

/// What one case takes after its end before the next can begin elsewhere, in minutes.
pub const TURNAROUND_MINUTES: i64 = 30;

fn time(case: &Case, person: &Person, conflicts: &[Conflict], weights: &Weights, travel_minutes: i64) -> Reason {
    let blocking = conflicts.iter().find(|it| it.code != "not_trained");
    if let Some(conflict) = blocking {
        let code = if conflict.code == "away" { ReasonCode::Away } else { ReasonCode::Busy };
        return Reason { code, text: conflict.text.clone(), points: 0, of: weights.free };
    }
    let before = person.engagements.iter().filter(|it| it.ends_at <= case.starts_at).map(|it| it.ends_at).max();
    let today = case.starts_at.local(&case.time_zone);
    let text = match before.filter(|at| at.local(&case.time_zone)[..10] == today[..10]) {
        Some(ends) => {
            let there = ends.plus_seconds((travel_minutes + TURNAROUND_MINUTES) * 60);
            format!("Free from {}: can be there at {}.", clock(ends, case), clock(there, case))
        }
        None => "Free at that time, travel included.".to_owned(),
    };
    Reason { code: ReasonCode::Free, text, points: weights.free, of: weights.free }
}

fn stock(case: &Case, person: &Person, weights: &Weights) -> Reason {
    let (got, all) = (person.units.min(case.units), case.units);
    let text = match all {
        0 => "Nothing is needed yet.".to_owned(),
        all => format!("Has {got} of {} within reach.", count(all as usize, "needed unit", "needed units")),
    };
    let points = share(weights.stock, i64::from(got), i64::from(all));
    Reason { code: ReasonCode::Stock, text, points, of: weights.stock }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hour: i64) -> Instant {
        Instant::parse("2026-12-14T00:00:00Z").unwrap().plus_seconds(hour * 3_600)
    }

    fn case() -> Case {
        Case {
            starts_at: at(8),
            ends_at: at(10),
            time_zone: "UTC".into(),
            spot: Spot::new(41_000_000, -87_000_000),
            location_name: Some("St. Elm Main".into()),
            physician_name: Some("Dr. Rivera".into()),
            manufacturers: 2,
            units: 9,
        }
    }

    fn somebody(n: u128, name: &str) -> Person {
        let spot = Spot::new(41_000_000, -87_000_000);
        Person { id: Uuid::from_u128(n), name: name.into(), trained: true, spot, ..Person::default() }
    }

    fn engaged(from: i64, to: i64, spot: Option<Spot>) -> Engagement {
        let (starts_at, ends_at) = (at(from), at(to));
        Engagement { event: Uuid::from_u128(77), name: "EV-000077".into(), starts_at, ends_at, spot }
    }

    #[test]
    fn the_perfect_colleague_has_a_hundred_and_every_reason_says_its_part() {
        let ann = Person {
            units: 9,
            physician: true,
            recent: 11,
            location: true,
            default_rep: true,
            manufacturers: 2,
            group: true,
            region: true,
            ..somebody(1, "Ann")
        };
        let mut free = Settings::USUAL;
        free.travel.overhead_minutes = 0;
        let ranked = rank(&case(), std::slice::from_ref(&ann), &free);
        assert_eq!((ranked[0].score, ranked[0].conflicts.len()), (100, 0));
        assert_eq!(ranked[0].reasons.iter().map(|it| it.points).sum::<i64>(), 100);
        let told: Vec<&str> = ranked[0].reasons.iter().map(|it| it.text.as_str()).collect();
        assert!(told.contains(&"Has 9 of 9 needed units within reach."), "{told:?}");
        assert!(told.contains(&"Knows Dr. Rivera: 11 cases in the past year."), "{told:?}");
    }

    #[test]
    fn a_case_at_that_time_one_too_close_and_days_off_are_conflicts() {
        let far = Spot::new(42_000_000, -87_000_000);
        let check = |person: Person| {
            let found = conflicts(&case(), &person, &Travel::USUAL, TURNAROUND_MINUTES);
            found.iter().map(|it| it.code).collect::<Vec<_>>()
        };
        let with = |it: Engagement| Person { engagements: vec![it], ..somebody(1, "Bob") };
        assert_eq!(check(with(engaged(9, 11, None))), ["busy"]);
        assert_eq!(check(with(engaged(4, 6, far))), ["busy"], "two hours away, one hour between");
        assert!(check(with(engaged(1, 4, far))).is_empty());
        assert!(check(with(engaged(6, 8, case().spot))).is_empty(), "the same house, touching");
        assert_eq!(check(with(engaged(11, 12, far))), ["busy"]);
        assert_eq!(check(Person { away: vec![(at(0), at(9))], ..somebody(1, "Bob") }), ["away"]);
        assert!(check(Person { away: vec![(at(0), at(8))], ..somebody(1, "Bob") }).is_empty());
        assert_eq!(check(Person { trained: false, ..somebody(1, "Bob") }), ["not_trained"]);
    }

    #[test]
    fn whoever_is_busy_stands_after_whoever_is_free() {
        let rich = Person { units: 9, engagements: vec![engaged(8, 10, None)], ..somebody(1, "Rich") };
        let poor = somebody(2, "Poor");
        let names: Vec<String> = rank(&case(), &[rich, poor], &Settings::USUAL).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["Poor", "Rich"]);
    }

    #[test]
    fn weights_are_read_by_their_names() {
        assert_eq!(Weights::from_names(|_, usual| usual), Weights::USUAL);
        let doubled = Weights::from_names(|_, usual| usual * 2);
        assert_eq!(doubled.named().map(|(_, weight)| weight), Weights::USUAL.named().map(|(_, weight)| weight * 2));
    }

    proptest! {
        #[test]
        fn scores_stay_within_a_hundred_and_are_the_sum_of_their_parts(
            units in 0u32..20, recent in 0u32..30, week in 0u32..40, physician: bool, location: bool, group: bool, trained: bool,
            manufacturers in 0usize..5, latitude in 30_000_000i64..50_000_000,
        ) {
            let person = Person {
                units, recent, week, physician, location, group, trained, manufacturers,
                spot: Spot::new(latitude, -87_000_000), ..somebody(1, "Ann")
            };
            let found = judge(&case(), &person, &Settings::USUAL);
            prop_assert!((0..=100).contains(&found.score));
            prop_assert!(found.reasons.iter().all(|it| (0..=it.of).contains(&it.points) && !it.text.is_empty()));
            let more = judge(&case(), &Person { units: units + 1, ..person }, &Settings::USUAL);
            prop_assert!(more.score >= found.score);
        }
    }
}
