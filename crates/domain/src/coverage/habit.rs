//! Who hands over to whom again and again: better served by a shared pool.

use crate::clock::Instant;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A hand-over of units between two people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandOver {
    /// Who gave.
    pub from: Uuid,
    /// Who got.
    pub to: Uuid,
    /// When.
    pub at: Instant,
    /// How many units.
    pub units: u32,
}

/// People between whom things go back and forth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Habit {
    /// Who, in the order of their ids.
    pub people: Vec<Uuid>,
    /// How often.
    pub times: u32,
    /// How many units.
    pub units: u32,
    /// The last time.
    pub last_at: Instant,
}

/// So many hand-overs between two people are a habit.
pub const TIMES: u32 = 3;
/// Within so many days.
pub const DAYS: i64 = 90;

/// Habits among these hand-overs, the strongest first. People whose habits meet are one habit. `pooled` says whether two share a
/// pool already, so that nothing has to be proposed for them.
pub fn habits(hand_overs: &[HandOver], now: Instant, pooled: impl Fn(Uuid, Uuid) -> bool) -> Vec<Habit> {
    let since = now.plus_seconds(-DAYS * 86_400);
    let mut pairs: BTreeMap<(Uuid, Uuid), (u32, u32, Instant)> = BTreeMap::new();
    for it in hand_overs.iter().filter(|it| it.at >= since && it.from != it.to) {
        let pair = (it.from.min(it.to), it.from.max(it.to));
        let seen = pairs.entry(pair).or_insert((0, 0, it.at));
        *seen = (seen.0 + 1, seen.1 + it.units, seen.2.max(it.at));
    }
    pairs.retain(|(a, b), seen| seen.0 >= TIMES && !pooled(*a, *b));
    let mut circles: Vec<BTreeSet<Uuid>> = Vec::new();
    for (a, b) in pairs.keys() {
        let (mut joined, rest): (Vec<_>, Vec<_>) =
            circles.into_iter().partition(|circle| circle.contains(a) || circle.contains(b));
        let mut circle: BTreeSet<Uuid> = joined.drain(..).flatten().collect();
        circle.extend([*a, *b]);
        circles = rest;
        circles.push(circle);
    }
    let mut found: Vec<Habit> = circles
        .into_iter()
        .map(|circle| {
            let mine = pairs.iter().filter(|((a, _), _)| circle.contains(a)).map(|(_, seen)| *seen);
            let (times, units, last_at) =
                mine.fold((0, 0, Instant(i64::MIN)), |sum, seen| (sum.0 + seen.0, sum.1 + seen.1, sum.2.max(seen.2)));
            Habit { people: circle.into_iter().collect(), times, units, last_at }
        })
        .collect();
    found.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.people.cmp(&b.people)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_is_a_habit_and_circles_are_joined() {
        let who = |n: u128| Uuid::from_u128(n);
        let day = |n: i64| Instant(n * 86_400_000_000);
        let give = |from, to, at| HandOver { from: who(from), to: who(to), at: day(at), units: 2 };
        let all = [
            give(1, 2, 100),
            give(2, 1, 110),
            give(1, 2, 120),
            give(2, 3, 100),
            give(2, 3, 105),
            give(3, 2, 106),
            give(4, 5, 100),
            give(4, 5, 101),
            give(6, 7, 1),
            give(6, 7, 2),
            give(6, 7, 3),
        ];
        let found = habits(&all, day(121), |_, _| false);
        assert_eq!(found, [Habit { people: vec![who(1), who(2), who(3)], times: 6, units: 12, last_at: day(120) }]);
        let found = habits(&all, day(121), |a, b| (a, b) == (who(1), who(2)));
        assert_eq!(found[0].people, [who(2), who(3)]);
    }
}
