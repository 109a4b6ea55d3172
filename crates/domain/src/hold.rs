//! Why a unit is on hold, in a word: who may say so, and who may lift it. A unit that falls under a recall is on hold without any
//! of these.

use crate::words::words;

words! {
    /// Why a unit waits.
    pub enum HoldStatus {
        /// Somebody has to look at it.
        Review = "review", "For review";
        /// Kept apart until it is clear what becomes of it.
        Quarantine = "quarantine", "Quarantine";
        /// Being inspected.
        Inspection = "inspection", "Inspection";
        /// Broken, or its package is.
        Damaged = "damaged", "Damaged";
        /// Not where it should be.
        Lost = "lost", "Lost";
        /// Set aside to go back to whoever supplied it.
        ReturnToSupplier = "return_to_supplier", "Back to supplier";
    }
}

impl HoldStatus {
    /// Whether whoever answers for a unit may say so; anything else the office says.
    pub const fn is_seen_in_the_field(self) -> bool {
        matches!(self, Self::Damaged | Self::Lost)
    }

    /// Whether it has to be said why.
    pub const fn needs_reason(self) -> bool {
        !matches!(self, Self::Review)
    }

    /// Whether whoever reported it may take it back: what was lost may turn up again. What is damaged the office looks at.
    pub const fn is_lifted_in_the_field(self) -> bool {
        matches!(self, Self::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_says_what_it_sees_and_lifts_what_turned_up() {
        let seen: Vec<_> = HoldStatus::ALL.iter().filter(|it| it.is_seen_in_the_field()).collect();
        assert_eq!(seen, [&HoldStatus::Damaged, &HoldStatus::Lost]);
        assert!(HoldStatus::ALL.iter().all(|it| !it.is_lifted_in_the_field() || it.is_seen_in_the_field()));
        assert!(HoldStatus::ALL.iter().all(|it| it.needs_reason() != (*it == HoldStatus::Review)));
    }
}
