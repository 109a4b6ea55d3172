//! Whether a customer still orders: a plain yes or no over a year, and a finer stage for whom to call.
//!
//! Both change with the calendar, so they are computed when read and never stored.

use crate::clock::Day;
use crate::text::day_words;
use crate::words::words;
use jiff::Span;

words! {
    /// How alive the business with a customer is.
    pub enum EngagementStage {
        /// Nothing yet.
        NeverOrdered = "never_ordered", "Never ordered";
        /// Began not long ago.
        New = "new", "New";
        /// Orders as usual.
        Active = "active", "Active";
        /// Still engaged, but later than usual: worth a call.
        Slipping = "slipping", "Slipping";
        /// Nothing for longer than a year.
        Lapsed = "lapsed", "Lapsed";
    }
}

words! {
    /// Over which time orders are summed.
    pub enum Window {
        /// Since ever.
        All = "all", "All time";
        /// From 1 January.
        ThisYear = "this_year", "This year";
        /// From the same date a year ago, that day included.
        Last12Months = "last_12_months", "Last 12 months";
        /// From 90 days ago, that day included.
        Last90Days = "last_90_days", "Last 90 days";
    }
}

impl Window {
    /// The first day that counts; none when every day does.
    pub fn since(self, today: Day) -> Option<Day> {
        let date = today.civil();
        match self {
            Self::All => None,
            Self::ThisYear => Some(Day::from_civil(date.first_of_year())),
            Self::Last12Months => Some(Day::from_civil(date.saturating_sub(Span::new().years(1)))),
            Self::Last90Days => Some(today.plus(-90)),
        }
    }
}

/// The time over which orders are summed: one of the windows, or any days.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Period {
    /// A window that moves with the calendar.
    Window(Window),
    /// From one day to another, both included; open where there is none.
    Custom {
        /// The first day.
        from: Option<Day>,
        /// The last day.
        to: Option<Day>,
    },
}

impl From<Window> for Period {
    fn from(window: Window) -> Self {
        Self::Window(window)
    }
}

impl Period {
    /// Everything.
    pub const ALL: Self = Self::Window(Window::All);

    /// Whether figures over it are kept: always over everything, over the other windows while these hold today.
    pub const fn is_kept(self, windows_hold: bool) -> bool {
        match self {
            Self::Window(Window::All) => true,
            Self::Window(_) => windows_hold,
            Self::Custom { .. } => false,
        }
    }

    /// The window under which figures are kept that it can be told from: its own, or everything.
    pub const fn span(self) -> &'static str {
        match self {
            Self::Window(window) => window.as_str(),
            Self::Custom { .. } => Window::All.as_str(),
        }
    }

    /// The first day that counts; none when every day does.
    pub fn since(self, today: Day) -> Option<Day> {
        match self {
            Self::Window(window) => window.since(today),
            Self::Custom { from, .. } => from,
        }
    }

    /// The last day that counts; none when there is no end.
    pub const fn until(self) -> Option<Day> {
        match self {
            Self::Window(_) => None,
            Self::Custom { to, .. } => to,
        }
    }

    /// As it stands in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Window(window) => window.as_str(),
            Self::Custom { .. } => "custom",
        }
    }
}

/// The numbers of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EngagementRules {
    /// Years without an order after which a customer is lapsed.
    pub lapse_years: i16,
    /// Days since the first order for which a customer is new, and the least that counts as active.
    pub recent_days: i32,
    /// Active up to this many hundredths of the usual gap.
    pub gap_percent: i32,
    /// How many of the last order days make the usual gap.
    pub gap_days_looked_at: usize,
    /// Fewer order days than this have no usual gap.
    pub gap_days_needed: usize,
}

impl Default for EngagementRules {
    fn default() -> Self {
        Self { lapse_years: 1, recent_days: 90, gap_percent: 150, gap_days_looked_at: 12, gap_days_needed: 4 }
    }
}

/// When a customer was active. For the stage, case usage may count as an order day; for [`is_engaged`], orders alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rhythm {
    /// First day.
    pub first_on: Option<Day>,
    /// Last day.
    pub last_on: Option<Day>,
    /// Days usually between two, see [`usual_gap`].
    pub usual_gap: Option<i32>,
}

impl Rhythm {
    /// From all days, in any order, each as often as it occurs.
    pub fn of(days: &[Day], rules: &EngagementRules) -> Self {
        Self {
            first_on: days.iter().min().copied(),
            last_on: days.iter().max().copied(),
            usual_gap: usual_gap(days, rules),
        }
    }
}

/// The median of the days between the last distinct order days, rounded up from a half; none with too few of them.
pub fn usual_gap(days: &[Day], rules: &EngagementRules) -> Option<i32> {
    let mut distinct = days.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < rules.gap_days_needed.max(2) {
        return None;
    }
    let recent = &distinct[distinct.len() - distinct.len().min(rules.gap_days_looked_at.max(2))..];
    let mut gaps: Vec<i32> = recent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    let upper = gaps[gaps.len() / 2];
    let lower = gaps[(gaps.len() - 1) / 2];
    Some((lower + upper + 1) / 2)
}

/// The first day that still counts as within the year: the same date, and 28 February for a 29 February.
pub fn engaged_since(today: Day, rules: &EngagementRules) -> Day {
    Day::from_civil(today.civil().saturating_sub(Span::new().years(rules.lapse_years)))
}

/// Whether the last countable order is within the year, the day exactly a year ago included.
pub fn is_engaged(last_order_on: Option<Day>, today: Day, rules: &EngagementRules) -> bool {
    last_order_on.is_some_and(|last| last >= engaged_since(today, rules))
}

/// The stage of a customer, with its reasons.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Engagement {
    /// The stage.
    pub stage: EngagementStage,
    /// When the next order is usually due.
    pub expected_next_on: Option<Day>,
    /// Days since then, 0 until it has passed.
    pub overdue_by: i32,
    /// Why, in a sentence.
    pub reason: String,
}

/// The stage of a customer today.
pub fn engagement(rhythm: &Rhythm, today: Day, rules: &EngagementRules) -> Engagement {
    let Some(last) = rhythm.last_on else {
        let reason = "No order yet.".to_owned();
        return Engagement { stage: EngagementStage::NeverOrdered, expected_next_on: None, overdue_by: 0, reason };
    };
    let first = rhythm.first_on.unwrap_or(last);
    let expected_next_on = rhythm.usual_gap.map(|gap| last.plus(gap));
    let overdue_by = expected_next_on.map_or(0, |expected| (today.0 - expected.0).max(0));
    let stage = stage(first, last, rhythm.usual_gap, today, rules);
    let reason = reason(stage, first, last, rhythm.usual_gap, overdue_by);
    Engagement { stage, expected_next_on, overdue_by, reason }
}

fn stage(first: Day, last: Day, gap: Option<i32>, today: Day, rules: &EngagementRules) -> EngagementStage {
    let since = |day: Day| i64::from(today.0) - i64::from(day.0);
    let usual = gap.map_or(0, |gap| i64::from(gap) * i64::from(rules.gap_percent));
    let patience = (i64::from(rules.recent_days) * 100).max(usual);
    if last < engaged_since(today, rules) {
        EngagementStage::Lapsed
    } else if since(first) <= i64::from(rules.recent_days) {
        EngagementStage::New
    } else if since(last) * 100 <= patience {
        EngagementStage::Active
    } else {
        EngagementStage::Slipping
    }
}

fn reason(stage: EngagementStage, first: Day, last: Day, gap: Option<i32>, overdue_by: i32) -> String {
    if stage == EngagementStage::New {
        return format!("First order {}, last order {}.", day_words(first), day_words(last));
    }
    let mut text = format!("Last order {}", day_words(last));
    if let Some(gap) = gap {
        text.push_str(&format!(", usually every {}", days(gap)));
        if overdue_by > 0 {
            text.push_str(&format!(", {} late", days(overdue_by)));
        }
    }
    text.push('.');
    text
}

fn days(count: i32) -> String {
    format!("{count} day{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: EngagementRules = EngagementRules {
        lapse_years: 1,
        recent_days: 90,
        gap_percent: 150,
        gap_days_looked_at: 12,
        gap_days_needed: 4,
    };

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn at(days: &[Day], today: Day) -> Engagement {
        engagement(&Rhythm::of(days, &RULES), today, &RULES)
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        assert_eq!(EngagementRules::default(), RULES);
    }

    #[test]
    fn exactly_a_year_ago_is_still_engaged() {
        let today = day("2026-03-12");
        assert!(is_engaged(Some(day("2025-03-12")), today, &RULES));
        assert!(!is_engaged(Some(day("2025-03-11")), today, &RULES));
        assert!(!is_engaged(None, today, &RULES));
        assert_eq!(at(&[day("2025-03-12")], today).stage, EngagementStage::Slipping);
        assert_eq!(at(&[day("2025-03-11")], today).stage, EngagementStage::Lapsed);
    }

    #[test]
    fn windows_begin_with_the_day_they_name() {
        let today = day("2028-02-29");
        assert_eq!(Window::All.since(today), None);
        assert_eq!(Window::ThisYear.since(today), Some(day("2028-01-01")));
        assert_eq!(Window::Last12Months.since(today), Some(day("2027-02-28")));
        assert_eq!(Window::Last90Days.since(today), Some(day("2027-12-01")));
        assert_eq!(Window::ThisYear.since(day("2028-01-01")), Some(day("2028-01-01")));
    }

    #[test]
    fn a_leap_day_looks_back_to_the_28th() {
        let leap = day("2028-02-29");
        assert_eq!(engaged_since(leap, &RULES), day("2027-02-28"));
        assert!(is_engaged(Some(day("2027-02-28")), leap, &RULES));
        assert!(!is_engaged(Some(day("2027-02-27")), leap, &RULES));
        assert!(is_engaged(Some(leap), day("2029-02-28"), &RULES));
        assert!(!is_engaged(Some(leap), day("2029-03-01"), &RULES));
    }

    #[test]
    fn stages_follow_the_calendar() {
        let today = Day(20_000);
        assert_eq!(at(&[], today).stage, EngagementStage::NeverOrdered);
        assert_eq!(at(&[Day(19_910)], today).stage, EngagementStage::New, "90 days ago");
        assert_eq!(at(&[Day(19_909)], today).stage, EngagementStage::Slipping, "91 days ago");
        assert_eq!(at(&[Day(19_800), Day(19_910)], today).stage, EngagementStage::Active);
        assert_eq!(at(&[Day(19_800), Day(19_909)], today).stage, EngagementStage::Slipping);
    }

    #[test]
    fn a_slow_rhythm_earns_patience() {
        // Every 100 days: active until 150 days after the last.
        let days = [Day(1_000), Day(1_100), Day(1_200), Day(1_300)];
        assert_eq!(usual_gap(&days, &RULES), Some(100));
        assert_eq!(at(&days, Day(1_450)).stage, EngagementStage::Active);
        let late = at(&days, Day(1_451));
        assert_eq!(
            (late.stage, late.expected_next_on, late.overdue_by),
            (EngagementStage::Slipping, Some(Day(1_400)), 51)
        );
        // A year without orders is a year, whatever the rhythm.
        let yearly = [Day(0), Day(400), Day(800), Day(1_200)];
        assert_eq!(at(&yearly, Day(1_600)).stage, EngagementStage::Lapsed);
    }

    #[test]
    fn the_usual_gap_is_the_median_of_the_last_twelve_days() {
        assert_eq!(usual_gap(&[Day(1), Day(2), Day(3)], &RULES), None);
        assert_eq!(
            usual_gap(&[Day(1), Day(1), Day(2), Day(3)], &RULES),
            None,
            "two orders of one day are one order day"
        );
        assert_eq!(usual_gap(&[Day(30), Day(0), Day(10), Day(20)], &RULES), Some(10));
        assert_eq!(usual_gap(&[Day(0), Day(10), Day(20), Day(40), Day(61)], &RULES), Some(15));
        assert_eq!(usual_gap(&[Day(0), Day(10), Day(20), Day(31), Day(61)], &RULES), Some(11), "10.5 is rounded up");
        let mut days: Vec<Day> = (0..20).map(|n| Day(n * 100)).collect();
        days.extend((1..12).map(|n| Day(1_900 + n * 7)));
        assert_eq!(usual_gap(&days, &RULES), Some(7), "older days are not looked at");
    }

    #[test]
    fn the_reason_is_a_sentence() {
        let days: Vec<Day> = (0..4).map(|n| day("2025-01-08").plus(n * 21)).collect();
        let overdue = at(&days, day("2025-03-12").plus(21 + 40));
        assert_eq!(overdue.reason, "Last order 12 Mar 2025, usually every 21 days, 40 days late.");
        assert_eq!(at(&days, day("2025-04-20")).reason, "Last order 12 Mar 2025, usually every 21 days, 18 days late.");
        assert_eq!(
            at(&[day("2025-03-12")], day("2025-03-20")).reason,
            "First order 12 Mar 2025, last order 12 Mar 2025."
        );
        assert_eq!(at(&[], day("2025-03-20")).reason, "No order yet.");
    }

    proptest! {
        #[test]
        fn lapsed_and_engaged_exclude_each_other(days in prop::collection::vec(10_000i32..12_000, 0..20), today in 10_000i32..13_000) {
            let days: Vec<Day> = days.into_iter().map(Day).filter(|day| day.0 <= today).collect();
            let rhythm = Rhythm::of(&days, &RULES);
            let stage = engagement(&rhythm, Day(today), &RULES).stage;
            let engaged = is_engaged(rhythm.last_on, Day(today), &RULES);
            prop_assert_eq!(engaged, !matches!(stage, EngagementStage::Lapsed | EngagementStage::NeverOrdered));
            prop_assert_eq!(stage == EngagementStage::NeverOrdered, days.is_empty());
        }

        #[test]
        fn the_usual_gap_lies_among_the_gaps(days in prop::collection::btree_set(0i32..3_000, 4..12)) {
            let days: Vec<Day> = days.into_iter().map(Day).collect();
            let gap = usual_gap(&days, &RULES).unwrap();
            let gaps: Vec<i32> = days.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
            prop_assert!(gaps.iter().min().unwrap() <= &gap && &gap <= gaps.iter().max().unwrap());
        }
    }
}
