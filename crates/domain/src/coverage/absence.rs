//! Many cases at once: who takes which while somebody is away, fairly spread and without anybody in two places.

use crate::clock::Instant;
use uuid::Uuid;

/// A case that somebody has to take.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which.
    pub event: Uuid,
    /// Begins.
    pub starts_at: Instant,
    /// Ends.
    pub ends_at: Instant,
    /// Who could, with what speaks for them and whether something stands in the way; people by place.
    pub choices: Vec<Choice>,
}

/// Somebody who could take a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// By place among the people.
    pub person: usize,
    /// Out of a hundred.
    pub score: i64,
    /// Has no other case and is not away.
    pub free: bool,
}

/// Somebody, and how full their time is already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Load {
    /// Cases that they have in that time.
    pub cases: u32,
}

/// What each further case counts against somebody, in points: the spread is worth about as much as the better colleague.
const EACH: i64 = 6;

/// Whom each case goes to; None where nobody is free. `apart` is the least time between two cases of one person, in minutes.
pub fn spread(cases: &[Case], people: &[Load], apart: i64) -> Vec<Option<usize>> {
    let mut load: Vec<i64> = people.iter().map(|person| i64::from(person.cases)).collect();
    let mut taken: Vec<Vec<(Instant, Instant)>> = vec![Vec::new(); people.len()];
    let mut order: Vec<usize> = (0..cases.len()).collect();
    // Those with the fewest choices choose first.
    order.sort_by_key(|at| {
        let free = cases[*at].choices.iter().filter(|it| it.free).count();
        (free, cases[*at].starts_at, cases[*at].event)
    });
    let mut found = vec![None; cases.len()];
    for at in order {
        let case = &cases[at];
        let fits = |it: &&Choice| it.free && !collides(&taken[it.person], case, apart);
        let value = |it: &Choice| it.score - EACH * load[it.person];
        let best = case.choices.iter().filter(fits).min_by_key(|it| (-value(it), it.person));
        if let Some(choice) = best {
            found[at] = Some(choice.person);
            load[choice.person] += 1;
            taken[choice.person].push((case.starts_at, case.ends_at));
        }
    }
    improve(cases, &mut found, &mut load, &mut taken, apart);
    found
}

fn collides(taken: &[(Instant, Instant)], case: &Case, apart: i64) -> bool {
    let gap = apart * 60_000_000;
    taken.iter().any(|(from, to)| from.0 < case.ends_at.0 + gap && to.0 + gap > case.starts_at.0)
}

/// Gives a case for which nobody is left to somebody who can pass one of theirs on.
fn improve(
    cases: &[Case],
    found: &mut [Option<usize>],
    load: &mut [i64],
    taken: &mut [Vec<(Instant, Instant)>],
    apart: i64,
) {
    for at in 0..cases.len() {
        if found[at].is_some() {
            continue;
        }
        'people: for choice in cases[at].choices.iter().filter(|it| it.free) {
            let person = choice.person;
            let theirs: Vec<usize> = (0..cases.len()).filter(|it| found[*it] == Some(person)).collect();
            for other in theirs {
                let span = (cases[other].starts_at, cases[other].ends_at);
                let mut rest = taken[person].clone();
                rest.retain(|it| *it != span);
                if collides(&rest, &cases[at], apart) {
                    continue;
                }
                let fits =
                    |it: &&Choice| it.free && it.person != person && !collides(&taken[it.person], &cases[other], apart);
                let Some(next) = cases[other].choices.iter().filter(fits).min_by_key(|it| (-it.score, it.person))
                else {
                    continue;
                };
                found[other] = Some(next.person);
                load[next.person] += 1;
                taken[next.person].push(span);
                rest.push((cases[at].starts_at, cases[at].ends_at));
                taken[person] = rest;
                found[at] = Some(person);
                break 'people;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn case(n: u128, from: i64, to: i64, choices: &[(usize, i64, bool)]) -> Case {
        let at = |hour: i64| Instant(hour * 3_600_000_000);
        let choices =
            choices.iter().map(|(person, score, free)| Choice { person: *person, score: *score, free: *free });
        Case { event: Uuid::from_u128(n), starts_at: at(from), ends_at: at(to), choices: choices.collect() }
    }

    #[test]
    fn cases_are_spread_and_nobody_is_in_two_places() {
        let both = [(0, 90, true), (1, 85, true)];
        let cases: Vec<Case> = (0..6).map(|n| case(n, n as i64 * 10, n as i64 * 10 + 2, &both)).collect();
        let found = spread(&cases, &[Load::default(); 2], 60);
        let of = |who: usize| found.iter().filter(|it| **it == Some(who)).count();
        assert_eq!((of(0), of(1)), (3, 3));
        let at_once = [case(1, 8, 10, &both), case(2, 9, 11, &both), case(3, 9, 10, &both)];
        let found = spread(&at_once, &[Load::default(); 2], 0);
        assert_eq!(found.iter().flatten().count(), 2);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn whoever_can_pass_one_on_takes_what_nobody_else_can() {
        // The first would take both if asked in order; only the first may take the late one.
        let cases = [case(1, 8, 10, &[(0, 90, true), (1, 10, true)]), case(2, 9, 11, &[(0, 90, true), (1, 99, false)])];
        assert_eq!(spread(&cases, &[Load::default(); 2], 0), [Some(1), Some(0)]);
    }

    proptest! {
        #[test]
        fn everybody_is_free_for_what_they_take(
            raw in prop::collection::vec((0i64..200, 1i64..6, prop::collection::vec((0i64..100, any::<bool>()), 4)), 0..30), apart in 0i64..120,
        ) {
            let cases: Vec<Case> = raw.iter().enumerate().map(|(n, (from, long, people))| {
                let choices: Vec<(usize, i64, bool)> = people.iter().enumerate().map(|(at, it)| (at, it.0, it.1)).collect();
                case(n as u128, *from, from + long, &choices)
            }).collect();
            let found = spread(&cases, &[Load::default(); 4], apart);
            for (a, who) in found.iter().enumerate() {
                let Some(who) = who else { continue };
                prop_assert!(cases[a].choices.iter().any(|it| it.person == *who && it.free));
                for (b, other) in found.iter().enumerate().filter(|(b, _)| *b != a) {
                    if other == &Some(*who) {
                        prop_assert!(!collides(&[(cases[b].starts_at, cases[b].ends_at)], &cases[a], apart));
                    }
                }
            }
        }
    }
}
