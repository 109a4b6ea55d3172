//! Documents on their way out: which there are, who signs them, and when a facility is reminded of its purchase order.

use crate::clock::Day;
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// A document that can be sent.
    pub enum DocumentKind {
        /// The edition of a sales order.
        SalesOrder = "sales_order", "Sales order";
        /// An invoice.
        Invoice = "invoice", "Invoice";
        /// The quote of an event.
        Quote = "quote", "Quote";
        /// What an event handed over.
        DeliveryNote = "delivery_note", "Delivery note";
        /// A customer's account over a time.
        Statement = "statement", "Statement of account";
    }

    /// What a signature stands under.
    pub enum SignedDocument {
        /// What was used and what it costs: the event, and the sales order that it becomes.
        Order = "order", "What was used";
        /// What was handed over.
        DeliveryNote = "delivery_note", "Delivery note";
    }

    /// For whom somebody signs.
    pub enum SignatureRole {
        /// For whoever sells.
        Representative = "representative", "Representative";
        /// For the hospital that was served.
        Provider = "provider", "For the hospital";
        /// Whoever took the goods.
        Receiver = "receiver", "Received by";
    }

    /// How often a facility is reminded of a purchase order that has not come.
    pub enum ReminderMode {
        /// As the organisation has set it: every seven days, or not at all.
        Inherit = "inherit", "As the organisation has it";
        /// Never.
        Off = "off", "Never";
        /// Once a week on one day.
        Weekly = "weekly", "Once a week";
        /// Every so many days.
        Every = "every", "Every few days";
    }

    /// Whose signature a facility wants before an event there is submitted.
    pub enum SigningMode {
        /// As the type of the event says.
        ByType = "by_type", "As the type of the event says";
        /// The representative's and the hospital's, whatever the type of the event says.
        Always = "always", "Always: the representative and the hospital";
        /// The hospital's, whatever the type of the event says.
        Provider = "provider", "Always: the hospital alone";
        /// Nobody's, whatever the type of the event says.
        Never = "never", "Never";
    }
}

/// Who is to sign an event before it is submitted, and who says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signing {
    /// The representative.
    pub representative: bool,
    /// Somebody of the hospital.
    pub provider: bool,
    /// The facility says so, and not the type of the event.
    pub by_facility: bool,
}

impl SigningMode {
    /// Who is to sign: what the type wants of (the representative, the hospital), unless the facility says something else. A facility
    /// has a say in what is sold there; what is only noted in one's own books is the type's alone.
    pub const fn wanted(self, of_type: (bool, bool), sold: bool) -> Signing {
        let (representative, provider) = match self {
            Self::Always if sold => (true, true),
            Self::Provider if sold => (false, true),
            Self::Never if sold => (false, false),
            _ => of_type,
        };
        Signing { representative, provider, by_facility: sold && !matches!(self, Self::ByType) }
    }
}

impl DocumentKind {
    /// What a contact must receive to be sent it.
    pub const fn contact_kind(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Statement => "statement",
            Self::SalesOrder | Self::Quote | Self::DeliveryNote => "order",
        }
    }
}

/// Days between reminders where the organisation reminds and the facility says nothing else.
pub const REMINDER_DAYS: i64 = 7;
/// Most days between reminders.
pub const REMINDER_DAYS_MAX: i64 = 90;

/// When a facility is reminded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// Never.
    Off,
    /// On this day of the week, 1 Monday to 7 Sunday.
    Weekly(u8),
    /// Every so many days.
    Every(i64),
}

impl Schedule {
    /// What a setting says; `reminds` is the organisation's own.
    ///
    /// # Errors
    /// `invalid_value` when the value does not fit the mode.
    pub fn of(mode: ReminderMode, value: i64, reminds: bool) -> Result<Self, Refusal> {
        let wrong = |message: &str| Refusal::new("invalid_value", message);
        match mode {
            ReminderMode::Inherit if reminds => Ok(Self::Every(REMINDER_DAYS)),
            ReminderMode::Inherit | ReminderMode::Off => Ok(Self::Off),
            ReminderMode::Weekly => match u8::try_from(value) {
                Ok(day @ 1..=7) => Ok(Self::Weekly(day)),
                _ => Err(wrong("Give a day of the week from 1 (Monday) to 7 (Sunday).")),
            },
            ReminderMode::Every if (1..=REMINDER_DAYS_MAX).contains(&value) => Ok(Self::Every(value)),
            ReminderMode::Every => Err(wrong("Give a number of days from 1 to 90.")),
        }
    }

    /// The first day after `since` on which it reminds: the day of submission, or of the last reminder.
    pub fn next(self, since: Day) -> Option<Day> {
        match self {
            Self::Off => None,
            Self::Every(days) => i32::try_from(days).ok().map(|days| since.plus(days.max(1))),
            Self::Weekly(day) => {
                let tomorrow = since.plus(1);
                let from = i32::from(tomorrow.civil().weekday().to_monday_one_offset());
                Some(tomorrow.plus((i32::from(day) - from).rem_euclid(7)))
            }
        }
    }

    /// Whether a reminder is due today. One that was missed, because the server stood still, is made up for.
    pub fn is_due(self, since: Day, today: Day) -> bool {
        self.next(since).is_some_and(|day| day <= today)
    }
}

/// So many reminders are more than anybody hears.
pub const REMINDERS_MAX: i64 = 50;
/// From this reminder on the office is told, where nobody says otherwise.
pub const ESCALATE_AFTER: i64 = 3;

/// What happens when reminders are not heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ladder {
    /// From this reminder on others are written to as well, and the office is told.
    pub escalate_after: Option<i64>,
    /// After so many it ends.
    pub stop_after: Option<i64>,
}

/// Where on the ladder a reminder stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rung {
    /// Others are written to as well.
    pub escalated: bool,
    /// For the first time: the office is told.
    pub begins: bool,
    /// None comes after it.
    pub last: bool,
}

impl Ladder {
    /// What a facility says, each part from the organisation where it says nothing; 0 is never.
    pub fn of(own: (Option<i64>, Option<i64>), house: Self) -> Self {
        let part = |own: Option<i64>, house: Option<i64>| own.or(house).filter(|nth| *nth > 0);
        Self { escalate_after: part(own.0, house.escalate_after), stop_after: part(own.1, house.stop_after) }
    }

    /// Whether a number of reminders makes sense; 0 is never.
    ///
    /// # Errors
    /// `invalid_value`.
    pub fn check(nth: Option<i64>) -> Result<(), Refusal> {
        match nth {
            Some(nth) if !(0..=REMINDERS_MAX).contains(&nth) => {
                Err(Refusal::new("invalid_value", "Give a number of reminders from 1 to 50, or 0 for never."))
            }
            _ => Ok(()),
        }
    }

    /// Where the reminder stands that comes after so many; nothing when it has ended.
    pub fn next(self, reminders: i64) -> Option<Rung> {
        let nth = reminders + 1;
        if self.stop_after.is_some_and(|stop| nth > stop) {
            return None;
        }
        Some(Rung {
            escalated: self.escalate_after.is_some_and(|from| nth >= from),
            begins: self.escalate_after == Some(nth),
            last: self.stop_after == Some(nth),
        })
    }
}

/// `second`, for a reminder.
pub fn nth_words(nth: i64) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let at = usize::try_from(nth - 1).unwrap_or(usize::MAX);
    WORDS.get(at).map_or_else(|| format!("{nth}."), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn every_few_days_counts_from_the_last_one() {
        let weekly = Schedule::of(ReminderMode::Inherit, 0, true).unwrap();
        assert_eq!(weekly, Schedule::Every(7));
        assert!(!weekly.is_due(day("2026-11-02"), day("2026-11-08")));
        assert!(
            weekly.is_due(day("2026-11-02"), day("2026-11-09")) && weekly.is_due(day("2026-11-02"), day("2026-11-20"))
        );
    }

    #[test]
    fn a_ladder_climbs_and_ends() {
        let house = Ladder { escalate_after: Some(3), stop_after: None };
        let ladder = Ladder::of((None, Some(4)), house);
        assert_eq!(ladder, Ladder { escalate_after: Some(3), stop_after: Some(4) });
        let climbed: Vec<Option<(bool, bool, bool)>> =
            (0..5).map(|sent| ladder.next(sent).map(|it| (it.escalated, it.begins, it.last))).collect();
        assert_eq!(
            climbed,
            [
                Some((false, false, false)),
                Some((false, false, false)),
                Some((true, true, false)),
                Some((true, false, true)),
                None
            ]
        );
        assert_eq!(Ladder::of((Some(0), None), house).next(99), Some(Rung::default()), "never, and without an end");
        assert!(Ladder::check(Some(51)).is_err() && Ladder::check(Some(-1)).is_err());
        assert!(Ladder::check(None).is_ok() && Ladder::check(Some(0)).is_ok());
        assert_eq!((nth_words(2), nth_words(11)), ("second".to_owned(), "11.".to_owned()));
    }

    #[test]
    fn a_day_of_the_week_is_the_next_one_and_not_the_same_day() {
        // 2026-11-22 is a Sunday.
        let monday = Schedule::Weekly(1);
        assert_eq!(monday.next(day("2026-11-22")), Some(day("2026-11-23")));
        assert_eq!(monday.next(day("2026-11-23")), Some(day("2026-11-30")));
        assert_eq!(Schedule::Weekly(7).next(day("2026-11-22")), Some(day("2026-11-29")));
    }

    #[test]
    fn what_is_off_stays_off_and_nonsense_is_refused() {
        assert_eq!(Schedule::of(ReminderMode::Off, 3, true), Ok(Schedule::Off));
        assert_eq!(Schedule::of(ReminderMode::Inherit, 0, false), Ok(Schedule::Off));
        assert!(!Schedule::Off.is_due(day("2020-01-01"), day("2026-11-22")));
        for (mode, value) in
            [(ReminderMode::Weekly, 0), (ReminderMode::Weekly, 8), (ReminderMode::Every, 0), (ReminderMode::Every, 91)]
        {
            assert_eq!(Schedule::of(mode, value, true).unwrap_err().code, "invalid_value");
        }
    }

    #[test]
    fn a_facility_overrides_what_the_type_wants_of_what_is_sold_there() {
        let who = |mode: SigningMode, of_type, sold| {
            let it = mode.wanted(of_type, sold);
            (it.representative, it.provider, it.by_facility)
        };
        for of_type in [(false, false), (true, false), (false, true), (true, true)] {
            assert_eq!(who(SigningMode::ByType, of_type, true), (of_type.0, of_type.1, false));
            assert_eq!(who(SigningMode::Always, of_type, true), (true, true, true));
            assert_eq!(who(SigningMode::Provider, of_type, true), (false, true, true));
            assert_eq!(who(SigningMode::Never, of_type, true), (false, false, true));
            for mode in SigningMode::ALL {
                assert_eq!(who(*mode, of_type, false), (of_type.0, of_type.1, false), "{mode:?} of what is not sold");
            }
        }
    }

    proptest! {
        #[test]
        fn the_next_one_is_later_and_within_its_step(since in 0_i32..40_000, weekday in 1_u8..=7, days in 1_i64..=90) {
            let since = Day(since);
            let next = Schedule::Weekly(weekday).next(since).unwrap();
            prop_assert!(next > since && next <= since.plus(7));
            prop_assert_eq!(next.civil().weekday().to_monday_one_offset(), weekday as i8);
            prop_assert_eq!(Schedule::Every(days).next(since).unwrap(), since.plus(days as i32));
        }
    }
}
