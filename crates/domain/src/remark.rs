//! Notes, tasks and activities of customers: what is written down about them, what is to be done, what was done.

use crate::clock::Day;
use crate::words::words;

words! {
    /// What stands on the line of time of a customer.
    pub enum RemarkKind {
        /// Something to know.
        Note = "note", "Note";
        /// Something to do.
        Task = "task", "Task";
        /// Something that was done.
        Activity = "activity", "Activity";
    }

    /// What somebody did with or for a customer.
    pub enum ActivityType {
        /// Spoke on the telephone.
        Call = "call", "Call";
        /// Was there.
        Visit = "visit", "Visit";
        /// Wrote.
        Email = "email", "E-mail";
        /// Taught.
        Training = "training", "Training";
        /// Stood by in a case.
        CaseSupport = "case_support", "Case support";
        /// Anything else.
        Other = "other", "Other";
    }

    /// How a task stands.
    pub enum TaskState {
        /// To be done.
        Open = "open", "Open";
        /// Done.
        Done = "done", "Done";
        /// Not to be done after all.
        Dropped = "dropped", "Dropped";
    }

    /// Where a task comes from.
    pub enum TaskSource {
        /// Somebody made it.
        Manual = "manual", "By hand";
        /// It was suggested by a rule, such as the call list.
        Rule = "rule", "By a rule";
    }
}

impl ActivityType {
    /// Whether the customer was spoken to, so that a contact that was planned has happened.
    pub const fn is_contact(self) -> bool {
        matches!(self, Self::Call | Self::Visit | Self::Email | Self::Training | Self::CaseSupport)
    }
}

/// When somebody should call next, after the due days of open tasks changed: the day follows a task that is due before it,
/// and lets go of a task that carried it. `gone` is the due day of a task that is no longer open or due on that day,
/// `earliest` the first due day among the open ones.
pub fn next_contact(planned: Option<Day>, gone: Option<Day>, earliest: Option<Day>) -> Option<Day> {
    let kept = planned.filter(|day| Some(*day) != gone);
    match (kept, earliest) {
        (Some(kept), Some(earliest)) => Some(kept.min(earliest)),
        (kept, earliest) => kept.or(earliest),
    }
}

/// The same after the customer was spoken to on a day: what was planned until then has happened.
pub fn next_contact_after(planned: Option<Day>, on: Day, wish: Option<Day>) -> Option<Day> {
    wish.or(planned.filter(|day| *day > on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_next_contact_follows_the_earliest_task_and_lets_go_of_it() {
        let day = |n| Some(Day(n));
        assert_eq!(next_contact(None, None, day(20)), day(20), "a task is the first plan");
        assert_eq!(next_contact(day(30), None, day(20)), day(20), "an earlier task comes first");
        assert_eq!(next_contact(day(10), None, day(20)), day(10), "a day that was set stays before a later task");
        assert_eq!(next_contact(day(20), day(20), day(25)), day(25), "done: on to the next one");
        assert_eq!(next_contact(day(20), day(20), None), None, "done, and nothing else is open");
        assert_eq!(next_contact(day(10), day(20), None), day(10), "a day that was set by hand stays");
    }

    #[test]
    fn a_contact_settles_what_was_planned_until_then() {
        assert_eq!(next_contact_after(Some(Day(10)), Day(10), None), None);
        assert_eq!(next_contact_after(Some(Day(11)), Day(10), None), Some(Day(11)));
        assert_eq!(next_contact_after(Some(Day(5)), Day(10), Some(Day(40))), Some(Day(40)));
        assert!(ActivityType::Call.is_contact() && !ActivityType::Other.is_contact());
    }

    proptest! {
        #[test]
        fn the_next_contact_is_never_after_an_open_task(
            planned in proptest::option::of(0..100), gone in proptest::option::of(0..100), earliest in proptest::option::of(0..100)
        ) {
            let next = next_contact(planned.map(Day), gone.map(Day), earliest.map(Day));
            if let Some(earliest) = earliest {
                prop_assert!(next.is_some_and(|day| day <= Day(earliest)));
            }
        }
    }
}
