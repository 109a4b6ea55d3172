//! Loans: what was given until a day. When it is late, when somebody is reminded, and how the day is moved.

use crate::clock::Day;
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// Where a request to keep something longer stands.
    pub enum ExtensionStatus {
        /// Waits for the office.
        Requested = "requested", "Asked";
        /// The day was moved.
        Approved = "approved", "Approved";
        /// It has to come back.
        Denied = "denied", "Denied";
        /// Taken back by whoever asked.
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

/// So many days before the day somebody is reminded for the first time.
pub const REMIND_BEFORE: i32 = 3;
/// Overdue, somebody is reminded every so many days.
pub const REMIND_EVERY: i32 = 7;
/// The longest that a loan may be asked to go on.
pub const EXTENSION_MAX_DAYS: i32 = 730;

/// Which reminder is due on a day: 0 shortly before, 1 on the day it is due and the days after, then one more for each week. None
/// when it is too early.
pub const fn reminder(due: Day, today: Day) -> Option<i64> {
    let late = today.0 - due.0;
    if late < -REMIND_BEFORE {
        None
    } else if late < 0 {
        Some(0)
    } else {
        Some(1 + (late / REMIND_EVERY) as i64)
    }
}

/// By how many days it is late; negative while there is time.
pub const fn days_late(due: Day, today: Day) -> i32 {
    today.0 - due.0
}

/// Whether somebody may ask to keep it until another day.
///
/// # Errors
/// `not_on_loan` without a day to be back, `invalid_date` for a day that is not later, or too far away.
pub fn may_extend(due: Option<Day>, wanted: Day, today: Day) -> Result<Day, Refusal> {
    let Some(due) = due else {
        return Err(Refusal::new("not_on_loan", "This unit has no day to be back, so there is nothing to extend."));
    };
    if wanted <= due || wanted < today {
        return Err(Refusal::new("invalid_date", format!("It is due on {due}. Ask for a later day, from today on.")));
    }
    if wanted.0 - today.0 > EXTENSION_MAX_DAYS {
        let message = "This is more than two years away. Ask for a nearer day, or to keep it for good.";
        return Err(Refusal::new("invalid_date", message));
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reminders_come_before_on_the_day_and_each_week_after() {
        let due = Day(1_000);
        let at = |day: i32| reminder(due, Day(day));
        assert_eq!((at(996), at(997), at(999)), (None, Some(0), Some(0)));
        assert_eq!((at(1_000), at(1_006), at(1_007), at(1_014)), (Some(1), Some(1), Some(2), Some(3)));
    }

    proptest! {
        #[test]
        fn reminders_never_go_back(due in 0_i32..2_000, today in 0_i32..2_000) {
            prop_assert!(reminder(Day(due), Day(today)) <= reminder(Day(due), Day(today + 1)));
        }

        #[test]
        fn a_granted_day_is_later_and_not_past(due in 0_i32..2_000, wanted in 0_i32..4_000, today in 0_i32..2_000) {
            if may_extend(Some(Day(due)), Day(wanted), Day(today)).is_ok() {
                prop_assert!(wanted > due && wanted >= today && wanted - today <= EXTENSION_MAX_DAYS);
            }
        }
    }
}
