//! Counts: what was counted against what the books say. The physical count is the truth; what moved while somebody counted
//! is not judged.

use crate::refusal::Refusal;
use crate::words::words;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

words! {
    /// Where a count stands.
    pub enum CountStatus {
        /// Somebody was asked to count, and has not begun.
        Assigned = "assigned", "To be counted";
        /// Somebody is at it.
        Counting = "counting", "Being counted";
        /// Counted; what differs waits for approval.
        Counted = "counted", "To approve";
        /// What differed was settled, or nothing did.
        Reconciled = "reconciled", "Settled";
        /// Called off.
        Cancelled = "cancelled", "Cancelled";
    }

    /// What became of a unit that the books say is here.
    pub enum UnitOutcome {
        /// Not judged yet.
        Expected = "expected", "Expected";
        /// Counted.
        Found = "found", "Found";
        /// Must be here, and was not counted.
        Missing = "missing", "Missing";
        /// It left, came or was used while somebody counted: not judged.
        Moved = "moved", "Moved meanwhile";
    }

    /// What is done about a unit that is missing.
    pub enum MissingAction {
        /// It goes to whoever answers for discrepancies, on hold.
        ToDiscrepancy = "to_discrepancy", "To discrepancies";
        /// It stays as the books have it.
        Keep = "keep", "Leave as it is";
    }

    /// What is done about something that was counted and is not in the books here.
    pub enum UnexpectedAction {
        /// The unit that the books have elsewhere comes here.
        Bring = "bring", "Bring it here";
        /// A unit is made.
        Create = "create", "Make it";
        /// Nothing: it stays unresolved.
        Leave = "leave", "Leave it open";
    }
}

impl CountStatus {
    /// Lines may be sent.
    pub const fn takes_lines(self) -> bool {
        matches!(self, Self::Assigned | Self::Counting)
    }

    /// May be completed: somebody has begun.
    pub fn may_be_completed(self) -> Result<(), Refusal> {
        match self {
            Self::Counting => Ok(()),
            Self::Assigned => Err(Refusal::new(
                "count_not_started",
                "Nobody has begun to count yet. Start the count, even if there is nothing to be found.",
            )),
            _ => Err(self.over()),
        }
    }

    /// May be reconciled: it waits for that.
    pub fn may_be_reconciled(self) -> Result<(), Refusal> {
        match self {
            Self::Counted => Ok(()),
            Self::Assigned | Self::Counting => Err(Refusal::new(
                "count_not_completed",
                "This count is not completed yet. Complete it first, then settle what differs.",
            )),
            _ => Err(self.over()),
        }
    }

    /// The refusal of whatever comes too late.
    pub fn over(self) -> Refusal {
        Refusal::new(
            "count_over",
            format!("This count is {} already. Look at it as it is now.", self.label().to_lowercase()),
        )
    }
}

/// A unit that may be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The unit.
    pub unit: Uuid,
    /// What it is.
    pub item: Uuid,
    /// Lot, folded; empty without one.
    pub lot: String,
    /// Serial, folded; empty without one.
    pub serial: String,
}

/// Something that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The unit itself, when somebody ticked it.
    pub unit: Option<Uuid>,
    /// What it is, as far as the label says.
    pub item: Option<Uuid>,
    /// Lot, folded; empty when the label has none.
    pub lot: String,
    /// Serial, folded; empty when the label has none.
    pub serial: String,
    /// How many.
    pub quantity: u32,
}

/// What a count comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Units that were counted.
    pub found: BTreeSet<Uuid>,
    /// Line by line, in the order given: how many of it are in no book here.
    pub surplus: Vec<u32>,
}

/// Which lines name which units. Lines that say more come first: a unit itself, a serial number, a lot, an item alone. Each
/// of these is part of the next, so that taking them one after the other finds as many as can be found.
pub fn matched(pieces: &[Piece], lines: &[Line]) -> Matched {
    let mut free = Free::of(pieces);
    let mut surplus: Vec<u32> = lines.iter().map(|line| line.quantity).collect();
    let mut ticked = BTreeSet::new();
    for step in [Step::Unit, Step::Serial, Step::Lot, Step::Item] {
        for (line, left) in lines.iter().zip(&mut surplus).filter(|(line, _)| Step::of(line) == step) {
            // One thing that was seen twice is still one thing.
            if let Step::Unit | Step::Serial = step {
                let said = (line.unit, line.item, line.serial.clone());
                if !ticked.insert(said) {
                    *left = 0;
                    continue;
                }
                *left = (*left).min(1);
            }
            while *left > 0 && free.take(line, step) {
                *left -= 1;
            }
            // Its label was scanned after the thing itself had been ticked.
            if step == Step::Serial && free.knows(line) {
                *left = 0;
            }
        }
    }
    Matched { found: free.taken, surplus }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Unit,
    Serial,
    Lot,
    Item,
}

impl Step {
    fn of(line: &Line) -> Self {
        if line.unit.is_some() {
            Self::Unit
        } else if !line.serial.is_empty() {
            Self::Serial
        } else if !line.lot.is_empty() {
            Self::Lot
        } else {
            Self::Item
        }
    }
}

/// Units that no line has taken yet. Those without a serial number stand in front: a label that names only the lot is theirs.
struct Free<'a> {
    by_unit: BTreeMap<Uuid, &'a Piece>,
    by_item: BTreeMap<Uuid, Vec<&'a Piece>>,
    taken: BTreeSet<Uuid>,
}

impl<'a> Free<'a> {
    fn of(pieces: &'a [Piece]) -> Self {
        let mut by_item: BTreeMap<Uuid, Vec<&Piece>> = BTreeMap::new();
        for piece in pieces {
            by_item.entry(piece.item).or_default().push(piece);
        }
        for all in by_item.values_mut() {
            all.sort_by_key(|piece| (!piece.serial.is_empty(), piece.unit));
        }
        Self { by_unit: pieces.iter().map(|piece| (piece.unit, piece)).collect(), by_item, taken: BTreeSet::new() }
    }

    fn take(&mut self, line: &Line, step: Step) -> bool {
        let found = match step {
            Step::Unit => line.unit.filter(|unit| self.by_unit.contains_key(unit) && !self.taken.contains(unit)),
            Step::Serial => self.first(line, |piece| same_serial(piece, line)),
            Step::Lot => self.first(line, |piece| piece.lot == line.lot),
            Step::Item => self.first(line, |_| true),
        };
        found.is_some_and(|unit| self.taken.insert(unit))
    }

    fn knows(&self, line: &Line) -> bool {
        let all = line.item.and_then(|item| self.by_item.get(&item));
        all.is_some_and(|all| all.iter().any(|piece| same_serial(piece, line)))
    }

    fn first(&self, line: &Line, fits: impl Fn(&Piece) -> bool) -> Option<Uuid> {
        let all = self.by_item.get(&line.item?)?;
        all.iter().find(|piece| !self.taken.contains(&piece.unit) && fits(piece)).map(|piece| piece.unit)
    }
}

fn same_serial(piece: &Piece, line: &Line) -> bool {
    piece.serial == line.serial && (line.lot.is_empty() || piece.lot.is_empty() || piece.lot == line.lot)
}

/// What becomes of a unit that the books had here when the counting began. `due`: it had to be here then; `moved`: it took a
/// step since.
pub const fn outcome(counted: bool, due: bool, moved: bool) -> UnitOutcome {
    if counted {
        UnitOutcome::Found
    } else if due && !moved {
        UnitOutcome::Missing
    } else {
        UnitOutcome::Moved
    }
}

/// How exact a custodian's books are, in basis points: of what was expected and of what came on top, how much was right.
/// None when there was nothing to judge.
pub const fn accuracy_bp(found: i64, missing: i64, unexpected: i64) -> Option<i64> {
    let all = found + missing + unexpected;
    if all == 0 { None } else { Some(found * 10_000 / all) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn piece(unit: u128, item: u128, lot: &str, serial: &str) -> Piece {
        Piece { unit: id(unit), item: id(item), lot: lot.into(), serial: serial.into() }
    }

    fn line(item: u128, lot: &str, serial: &str, quantity: u32) -> Line {
        Line { unit: None, item: Some(id(item)), lot: lot.into(), serial: serial.into(), quantity }
    }

    #[test]
    fn five_in_the_books_and_three_counted_leaves_two() {
        let pieces: Vec<Piece> = (1..=5).map(|n| piece(n, 9, "l1", "")).collect();
        let it = matched(&pieces, &[line(9, "l1", "", 1), line(9, "l1", "", 2)]);
        assert_eq!((it.found.len(), it.surplus), (3, vec![0, 0]));
    }

    #[test]
    fn three_in_the_books_and_five_counted_leaves_two_over() {
        let pieces: Vec<Piece> = (1..=3).map(|n| piece(n, 9, "l1", "")).collect();
        let it = matched(&pieces, &[line(9, "l1", "", 4), line(9, "l1", "", 1)]);
        assert_eq!((it.found.len(), it.surplus), (3, vec![1, 1]));
    }

    #[test]
    fn a_label_that_says_less_never_takes_what_another_needs() {
        // The item alone comes first in the list, and still leaves lot and serial to those who name them.
        let pieces = [piece(1, 9, "l1", ""), piece(2, 9, "l2", ""), piece(3, 9, "l1", "s1")];
        let it = matched(&pieces, &[line(9, "", "", 1), line(9, "l1", "", 1), line(9, "l1", "s1", 1)]);
        assert_eq!((it.found.len(), it.surplus), (3, vec![0, 0, 0]));
    }

    #[test]
    fn one_thing_that_is_seen_twice_is_one_thing() {
        let tick = Line { unit: Some(id(1)), ..line(9, "", "", 1) };
        let pieces = [piece(1, 9, "l1", "s1"), piece(2, 9, "l1", "s2")];
        let it = matched(&pieces, &[tick.clone(), tick, line(9, "l1", "s2", 3), line(9, "l1", "s2", 1)]);
        assert_eq!((it.found.len(), it.surplus), (2, vec![0, 0, 0, 0]));
        // Ticked by hand, and scanned besides.
        let tick = Line { unit: Some(id(2)), ..line(9, "", "", 1) };
        assert_eq!(matched(&pieces, &[line(9, "l1", "s2", 1), tick]).surplus, vec![0, 0]);
        // Another lot on the label than in the books is another thing.
        let it = matched(&pieces[1..], &[line(9, "l7", "s2", 1)]);
        assert_eq!((it.found.len(), it.surplus), (0, vec![1]));
    }

    #[test]
    fn what_moved_is_not_judged() {
        assert_eq!(outcome(true, false, true), UnitOutcome::Found);
        assert_eq!(outcome(false, true, false), UnitOutcome::Missing);
        assert_eq!(outcome(false, true, true), UnitOutcome::Moved);
        assert_eq!(outcome(false, false, false), UnitOutcome::Moved);
    }

    #[test]
    fn accuracy_counts_both_kinds_of_error() {
        assert_eq!(accuracy_bp(0, 0, 0), None);
        assert_eq!(accuracy_bp(9, 1, 0), Some(9_000));
        assert_eq!(accuracy_bp(8, 1, 1), Some(8_000));
    }

    proptest! {
        #[test]
        fn nothing_is_counted_twice_and_nothing_is_lost(
            pieces in proptest::collection::vec((1..3_u128, 0..3_u8, any::<bool>()), 0..12),
            lines in proptest::collection::vec((1..3_u128, 0..3_u8, 0..4_u32), 0..12),
        ) {
            let pieces: Vec<Piece> = pieces.iter().enumerate().map(|(n, (item, lot, serial))| {
                let lot = if *lot == 0 { String::new() } else { format!("l{lot}") };
                piece(n as u128 + 100, *item, &lot, &if *serial { format!("s{n}") } else { String::new() })
            }).collect();
            let lines: Vec<Line> = lines.iter().map(|(item, lot, quantity)| {
                let lot = if *lot == 0 { String::new() } else { format!("l{lot}") };
                line(*item, &lot, "", *quantity)
            }).collect();
            let it = matched(&pieces, &lines);
            let counted: u32 = lines.iter().map(|line| line.quantity).sum();
            let over: u32 = it.surplus.iter().sum();
            prop_assert_eq!(it.found.len() as u32 + over, counted);
            // As many as can be found are found: by lot first, then whatever remains of the item for lines without one.
            for item in 1..3_u128 {
                let of = |lot: &str| pieces.iter().filter(|piece| piece.item == id(item) && piece.lot == lot).count() as u32;
                let said = |lot: &str| lines.iter().filter(|line| line.item == Some(id(item)) && line.lot == lot).map(|line| line.quantity).sum::<u32>();
                let exact: u32 = ["l1", "l2"].iter().map(|lot| of(lot).min(said(lot))).sum();
                let all = pieces.iter().filter(|piece| piece.item == id(item)).count() as u32;
                let most = exact + said("").min(all - exact);
                let found = pieces.iter().filter(|piece| piece.item == id(item) && it.found.contains(&piece.unit)).count() as u32;
                prop_assert_eq!(found, most);
            }
        }
    }
}
