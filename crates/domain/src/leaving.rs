//! Somebody leaves: what they hold, and what must be decided about each kind of it before the account ends.

use crate::words::words;

words! {
    /// What somebody holds, by kind.
    pub enum Holding {
        /// Customers whose default rep they are.
        Customers = "customers", "Customers";
        /// Locations that have them as a rep of their own.
        Locations = "locations", "Locations with them as own rep";
        /// Territories.
        Territories = "territories", "Territories";
        /// Open tasks for customers.
        Tasks = "tasks", "Open tasks";
        /// Open events that they represent or stand by in.
        OpenEvents = "open_events", "Open cases and orders";
        /// Transfers that wait at either end.
        PendingTransfers = "pending_transfers", "Pending transfers";
        /// Units that they answer for.
        Units = "units", "Units in custody";
    }
}

impl Holding {
    /// Whether it can be given to somebody by itself. Cases, transfers and units belong together: they go to one successor
    /// with everything else, or stay where they are, in the sight of those who may move them.
    pub const fn goes_alone(self) -> bool {
        matches!(self, Self::Customers | Self::Locations | Self::Territories | Self::Tasks)
    }

    /// What becomes of it when nobody takes it.
    pub const fn without_anybody(self) -> &'static str {
        match self {
            Self::Customers => "They have no default rep any more",
            Self::Locations => "They are nobody's, whatever their customer says",
            Self::Territories => "The territories end",
            Self::Tasks => "They stay open for nobody yet",
            Self::OpenEvents => "They stay as they are until somebody covers them",
            Self::PendingTransfers => "They wait until somebody decides",
            Self::Units => "They stay where they are; others can move them",
        }
    }
}

/// What is held and not decided yet, in the order of the list.
pub fn undecided(held: &[(Holding, i64)], decided: &[Holding]) -> Vec<Holding> {
    held.iter().filter(|(kind, count)| *count > 0 && !decided.contains(kind)).map(|(kind, _)| *kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_held_must_be_decided() {
        let held = [(Holding::Customers, 3), (Holding::Tasks, 0), (Holding::Units, 1)];
        assert_eq!(undecided(&held, &[]), [Holding::Customers, Holding::Units]);
        assert_eq!(undecided(&held, &[Holding::Customers]), [Holding::Units]);
        assert!(undecided(&held, Holding::ALL).is_empty());
        assert!(Holding::Tasks.goes_alone() && !Holding::Units.goes_alone());
    }
}
