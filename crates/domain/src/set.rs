//! Sets: what lies in a container against its bill of materials, what to put in and take out, how many more could be built.

use crate::words::words;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A line of a bill of materials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Want {
    /// The item.
    pub item: Uuid,
    /// Fewer than this is short.
    pub min: u32,
    /// How many there should be.
    pub required: u32,
    /// More than this is too many.
    pub max: u32,
}

words! {
    /// How a line of a set stands.
    pub enum LineState {
        /// Fewer than the least: the set cannot go out.
        Short = "short", "Short";
        /// Enough to go out, fewer than there should be.
        Low = "low", "To be filled up";
        /// As it should be.
        Complete = "complete", "Complete";
        /// More than there may be.
        Over = "over", "Too many";
    }
    /// Which loose unit goes into a set first.
    pub enum FillOrder {
        /// What expires first.
        Fifo = "fifo", "First to expire first";
        /// What expires last: for a set that lies long.
        Lifo = "lifo", "Last to expire first";
    }
}

impl Want {
    /// How this line stands with so many pieces.
    pub const fn state(&self, have: u32) -> LineState {
        if have < self.min {
            LineState::Short
        } else if have < self.required {
            LineState::Low
        } else if have > self.max {
            LineState::Over
        } else {
            LineState::Complete
        }
    }

    /// How many are missing to what there should be.
    pub const fn missing(&self, have: u32) -> u32 {
        self.required.saturating_sub(have)
    }

    /// How many are too many.
    pub const fn surplus(&self, have: u32) -> u32 {
        have.saturating_sub(self.max)
    }
}

/// A unit that lies in a set, or could.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The unit. Ids rise with time, so that of two that expire alike the older one is known.
    pub id: Uuid,
    /// What it is.
    pub item: Uuid,
    /// Its last day; what does not expire comes after every day.
    pub expires: Option<i64>,
}

fn age(piece: &Piece) -> (i64, Uuid) {
    (piece.expires.unwrap_or(i64::MAX), piece.id)
}

/// How many pieces of each item there are.
pub fn counted<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> HashMap<Uuid, u32> {
    let mut found = HashMap::new();
    for piece in pieces {
        *found.entry(piece.item).or_default() += 1;
    }
    found
}

/// Which loose pieces fill a set up to what it should hold.
pub fn refill(wants: &[Want], inside: &[Piece], loose: &[Piece], order: FillOrder) -> Vec<Uuid> {
    let have = counted(inside);
    let mut chosen = Vec::new();
    for want in wants {
        let missing = want.missing(have.get(&want.item).copied().unwrap_or_default()) as usize;
        let mut fits: Vec<&Piece> = loose.iter().filter(|piece| piece.item == want.item).collect();
        fits.sort_by_key(|piece| age(piece));
        if order == FillOrder::Lifo {
            fits.reverse();
        }
        chosen.extend(fits.into_iter().take(missing).map(|piece| piece.id));
    }
    chosen
}

/// Which pieces to take out so that no line has more than it may: those that expire first, which are used first elsewhere. With
/// `foreign`, also what no line names.
pub fn overages(wants: &[Want], inside: &[Piece], foreign: bool) -> Vec<Uuid> {
    let have = counted(inside);
    let mut chosen = Vec::new();
    for want in wants {
        let surplus = want.surplus(have.get(&want.item).copied().unwrap_or_default()) as usize;
        let mut there: Vec<&Piece> = inside.iter().filter(|piece| piece.item == want.item).collect();
        there.sort_by_key(|piece| age(piece));
        chosen.extend(there.into_iter().take(surplus).map(|piece| piece.id));
    }
    if foreign {
        let named = |item: Uuid| wants.iter().any(|want| want.item == item);
        chosen.extend(inside.iter().filter(|piece| !named(piece.item)).map(|piece| piece.id));
    }
    chosen
}

/// How many sets could be built.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Buildable {
    /// So many whole ones.
    pub sets: u32,
    /// (item, how many are missing) for one set more.
    pub missing: BTreeMap<Uuid, u32>,
}

/// How many sets could be built of what is free, and what is missing for one more. A bill without lines builds none.
pub fn buildable(wants: &[Want], free: &HashMap<Uuid, u32>) -> Buildable {
    let of = |item: Uuid| free.get(&item).copied().unwrap_or_default();
    let sets = wants.iter().map(|want| of(want.item) / want.required.max(1)).min().unwrap_or_default();
    let missing = wants
        .iter()
        .map(|want| (want.item, want.required.saturating_mul(sets + 1).saturating_sub(of(want.item))))
        .filter(|(_, n)| *n > 0)
        .collect();
    Buildable { sets, missing }
}

/// What one of several sets of the same bill is called: "Spine Set 3 of 8".
pub fn set_name(bom: &str, number: i64, of: i64) -> String {
    format!("{bom} {number} of {}", of.max(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn want(item: u128, min: u32, required: u32, max: u32) -> Want {
        Want { item: Uuid::from_u128(item), min, required, max }
    }

    fn piece(id: u128, item: u128, expires: Option<i64>) -> Piece {
        Piece { id: Uuid::from_u128(id), item: Uuid::from_u128(item), expires }
    }

    #[test]
    fn a_line_is_short_below_its_least_and_over_above_its_most() {
        let it = want(1, 2, 4, 6);
        let states = [1, 3, 4, 5, 7].map(|have| it.state(have));
        let known = [LineState::Short, LineState::Low, LineState::Complete, LineState::Complete, LineState::Over];
        assert_eq!(states, known);
        assert_eq!(set_name("Spine Set", 3, 8), "Spine Set 3 of 8");
    }

    #[test]
    fn refill_takes_what_expires_first_or_last() {
        let loose = [piece(1, 1, Some(30)), piece(2, 1, Some(10)), piece(3, 1, None), piece(4, 2, Some(1))];
        let wants = [want(1, 1, 2, 2)];
        let ids = |order| refill(&wants, &[], &loose, order);
        assert_eq!(ids(FillOrder::Fifo), [Uuid::from_u128(2), Uuid::from_u128(1)]);
        assert_eq!(ids(FillOrder::Lifo), [Uuid::from_u128(3), Uuid::from_u128(1)]);
        // Seven of at most six: one comes out, the first to expire; what belongs to no line only when asked.
        let inside: Vec<Piece> = (0..7).map(|n| piece(n, 5, Some(50 - n as i64))).chain([piece(9, 9, None)]).collect();
        let wants = [want(5, 2, 4, 6)];
        assert_eq!(overages(&wants, &inside, false), [Uuid::from_u128(6)]);
        assert_eq!(overages(&wants, &inside, true), [Uuid::from_u128(6), Uuid::from_u128(9)]);
    }

    proptest! {
        #[test]
        fn so_many_sets_can_be_built_and_not_one_more(
            lines in prop::collection::vec((0_u128..6, 1_u32..5), 1..6),
            free in prop::collection::hash_map(0_u128..6, 0_u32..40, 0..6),
        ) {
            let mut lines: Vec<Want> = lines.into_iter().map(|(item, n)| want(item, n, n, n)).collect();
            lines.sort_by_key(|it| it.item);
            lines.dedup_by_key(|it| it.item);
            let free: HashMap<Uuid, u32> = free.into_iter().map(|(item, n)| (Uuid::from_u128(item), n)).collect();
            let of = |item| free.get(&item).copied().unwrap_or_default();
            let it = buildable(&lines, &free);
            prop_assert!(lines.iter().all(|want| want.required * it.sets <= of(want.item)));
            prop_assert!(lines.iter().any(|want| want.required * (it.sets + 1) > of(want.item)));
            prop_assert!(!it.missing.is_empty());
            for (item, n) in &it.missing {
                let want = lines.iter().find(|want| want.item == *item).unwrap();
                prop_assert_eq!(of(*item) + n, want.required * (it.sets + 1));
            }
        }

        #[test]
        fn filling_up_never_overfills_and_taking_out_never_empties_below_the_most(
            inside in prop::collection::vec((0_u128..4, prop::option::of(0_i64..9)), 0..20),
            loose in prop::collection::vec((0_u128..4, prop::option::of(0_i64..9)), 0..20),
            required in 1_u32..6, more in 0_u32..3, lifo in any::<bool>(),
        ) {
            let made = |list: Vec<(u128, Option<i64>)>, from: u128| -> Vec<Piece> {
                list.into_iter().enumerate().map(|(at, (item, day))| piece(from + at as u128, item, day)).collect()
            };
            let (mut inside, loose) = (made(inside, 0), made(loose, 1_000));
            let wants: Vec<Want> = (0..3).map(|item| want(item, 0, required, required + more)).collect();
            let before = counted(&inside);
            let order = if lifo { FillOrder::Lifo } else { FillOrder::Fifo };
            let added = refill(&wants, &inside, &loose, order);
            inside.extend(loose.iter().filter(|piece| added.contains(&piece.id)));
            let after = counted(&inside);
            for want in &wants {
                let of = |map: &HashMap<Uuid, u32>| map.get(&want.item).copied().unwrap_or_default();
                prop_assert!(of(&after) <= want.required.max(of(&before)));
            }
            let taken = overages(&wants, &inside, true);
            inside.retain(|piece| !taken.contains(&piece.id));
            let rest = counted(&inside);
            for want in &wants {
                let of = |map: &HashMap<Uuid, u32>| map.get(&want.item).copied().unwrap_or_default();
                prop_assert_eq!(of(&rest), of(&after).min(want.max));
            }
            prop_assert!(inside.iter().all(|piece| wants.iter().any(|want| want.item == piece.item)));
        }
    }
}
