//! How receivables would move: invoices as they fall due, and as they would under other terms.

use crate::clock::Day;
use std::collections::BTreeMap;

/// An invoice with the day on which it falls due as it is, and as it would be; none while that cannot be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Falling {
    /// Minor units.
    pub amount: i64,
    /// As it is.
    pub before: Option<Day>,
    /// As it would be.
    pub after: Option<Day>,
}

/// What falls due in a week.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Week {
    /// Its Monday.
    pub monday: Day,
    /// As it is, minor units.
    pub before: i64,
    /// As it would be.
    pub after: i64,
}

/// How receivables would move.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shift {
    /// Invoices that were looked at.
    pub invoices: i64,
    /// What they add up to.
    pub total: i64,
    /// Of that, what has no day under the other terms, because the event that it waits for is not known.
    pub pending: i64,
    /// Days by which they fall due later, weighted by amount, in tenths; below zero for earlier.
    pub later_by_tenths: i64,
    /// What is owed more at any moment, on average over a year; below zero for less.
    pub tied_up: i64,
    /// Week by week, without a gap from the first to the last.
    pub weeks: Vec<Week>,
}

/// The Monday of a day's week.
pub fn monday(day: Day) -> Day {
    let back = day.civil().weekday().to_monday_zero_offset();
    day.plus(-i32::from(back))
}

/// Weeks that are told at most.
const WEEKS_MOST: usize = 120;
const YEAR: i128 = 365;

/// Adds up invoices of about a year.
pub fn shift(all: impl IntoIterator<Item = Falling>) -> Shift {
    let mut it = Shift::default();
    let mut weeks: BTreeMap<Day, (i64, i64)> = BTreeMap::new();
    let (mut moved, mut weight) = (0i128, 0i128);
    for one in all {
        it.invoices += 1;
        it.total += one.amount;
        if let Some(day) = one.before {
            weeks.entry(monday(day)).or_default().0 += one.amount;
        }
        match one.after {
            Some(day) => weeks.entry(monday(day)).or_default().1 += one.amount,
            None => it.pending += one.amount,
        }
        if let (Some(before), Some(after)) = (one.before, one.after) {
            moved += i128::from(one.amount) * i128::from(after.0 - before.0);
            weight += i128::from(one.amount);
        }
    }
    let rounded = |number: i128, by: i128| {
        let half = if number < 0 { -by / 2 } else { by / 2 };
        i64::try_from((number + half) / by).unwrap_or(i64::MAX)
    };
    if weight > 0 {
        it.later_by_tenths = rounded(moved * 10, weight);
    }
    it.tied_up = rounded(moved, YEAR);
    if let (Some(first), Some(last)) = (weeks.keys().next().copied(), weeks.keys().next_back().copied()) {
        let mut week = first;
        while week <= last && it.weeks.len() < WEEKS_MOST {
            let (before, after) = weeks.get(&week).copied().unwrap_or_default();
            it.weeks.push(Week { monday: week, before, after });
            week = week.plus(7);
        }
    }
    it
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn on(text: &str) -> Option<Day> {
        Some(Day::parse(text).unwrap())
    }

    #[test]
    fn invoices_fall_into_their_weeks() {
        // A Friday, the Sunday after it, the Monday after that.
        let days: Vec<String> =
            ["2026-11-20", "2026-11-22", "2026-11-23"].map(|day| monday(on(day).unwrap()).to_string()).to_vec();
        assert_eq!(days, ["2026-11-16", "2026-11-16", "2026-11-23"]);
        let it = shift([
            Falling { amount: 300, before: on("2026-11-20"), after: on("2026-12-01") },
            Falling { amount: 100, before: on("2026-11-23"), after: on("2026-11-24") },
            Falling { amount: 50, before: on("2026-11-23"), after: None },
        ]);
        assert_eq!((it.invoices, it.total, it.pending), (3, 450, 50));
        let weeks: Vec<(String, i64, i64)> =
            it.weeks.iter().map(|week| (week.monday.to_string(), week.before, week.after)).collect();
        let told = |day: &str, before, after| (day.to_owned(), before, after);
        assert_eq!(weeks, [told("2026-11-16", 300, 0), told("2026-11-23", 150, 100), told("2026-11-30", 0, 300)]);
        // 300 by eleven days, 100 by one: 3,400 / 400.
        assert_eq!((it.later_by_tenths, it.tied_up), (85, 9));
        assert_eq!(shift([]), Shift::default());
    }

    proptest! {
        #[test]
        fn nothing_appears_or_is_lost(all in prop::collection::vec((1i64..1_000_000, 20_000i32..20_400, prop::option::of(20_000i32..20_400)), 0..60)) {
            let falling: Vec<Falling> = all
                .iter()
                .map(|(amount, before, after)| Falling { amount: *amount, before: Some(Day(*before)), after: after.map(Day) })
                .collect();
            let it = shift(falling);
            let total: i64 = all.iter().map(|(amount, ..)| amount).sum();
            prop_assert_eq!(it.total, total);
            prop_assert_eq!(it.weeks.iter().map(|week| week.before).sum::<i64>(), total);
            prop_assert_eq!(it.weeks.iter().map(|week| week.after).sum::<i64>() + it.pending, total);
            for pair in it.weeks.windows(2) {
                prop_assert_eq!(pair[1].monday.0 - pair[0].monday.0, 7);
            }
        }
    }
}
