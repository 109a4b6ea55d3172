//! Civil days and the dates that labels carry. No clock: "today" is always a parameter, because the century of a
//! two-digit year depends on it.

use std::fmt;

/// A civil day in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, all digits.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day, if it exists.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// The day with this number within its year, counted from 1.
    pub(crate) fn from_ordinal(year: i32, ordinal: u16) -> Option<Self> {
        let mut left = ordinal;
        for month in 1..=12 {
            let length = u16::from(days_in_month(year, month));
            if left <= length {
                return Self::new(year, month, left as u8);
            }
            left -= length;
        }
        None
    }
}

impl fmt::Display for Date {
    /// `YYYY-MM-DD`, the form that 21 CFR 801.18 asks of labels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// How exactly a label states a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Day and hour.
    Hour,
    /// A day.
    Day,
    /// A month: the label gives no day.
    Month,
}

impl Precision {
    /// `hour`, `day` or `month`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// A date as a label states it. A day that is not on the label is never made up: see [`UdiDate::effective`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UdiDate {
    /// The year, century resolved.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// The day, absent with [`Precision::Month`].
    pub day: Option<u8>,
    /// The hour (0 to 23), present with [`Precision::Hour`] only.
    pub hour: Option<u8>,
    /// How exact the label is.
    pub precision: Precision,
}

impl UdiDate {
    /// The day that counts: the stated one, or the last of the month where the label names only a month.
    #[must_use]
    pub fn effective(&self) -> Date {
        let day = self.day.unwrap_or_else(|| days_in_month(self.year, self.month));
        Date { year: self.year, month: self.month, day }
    }

    fn of_month(year: i32, month: u8) -> Option<Self> {
        (1..=12).contains(&month).then_some(Self { year, month, day: None, hour: None, precision: Precision::Month })
    }

    /// The same day with an hour, if that hour exists.
    pub(crate) fn at_hour(self, hour: u8) -> Option<Self> {
        (hour < 24).then_some(Self { hour: Some(hour), precision: Precision::Hour, ..self })
    }
}

impl From<Date> for UdiDate {
    fn from(date: Date) -> Self {
        let Date { year, month, day } = date;
        Self { year, month, day: Some(day), hour: None, precision: Precision::Day }
    }
}

impl fmt::Display for UdiDate {
    /// `YYYY-MM-DD`, or `YYYY-MM` where the label names no day; an hour is appended as `THH`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        match self.hour {
            Some(hour) => write!(f, "T{hour:02}"),
            None => Ok(()),
        }
    }
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month; a month that does not exist has 31, so that no caller has to fail.
pub(crate) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The year meant by two digits: within 49 years back and 50 ahead of this one (GS1 General Specifications 7.12).
pub(crate) fn full_year(two_digits: u8, today: Date) -> i32 {
    let this_year = today.year.clamp(100, 9_899);
    let year = this_year - this_year % 100 + i32::from(two_digits);
    match i32::from(two_digits) - this_year % 100 {
        51.. => year - 100,
        -49..=50 => year,
        _ => year + 100,
    }
}

/// Two decimal digits at a byte position.
pub(crate) fn two(text: &str, at: usize) -> Option<u8> {
    number(text, at, 2).and_then(|n| u8::try_from(n).ok())
}

/// A decimal number of exactly `digits` digits at a byte position.
pub(crate) fn number(text: &str, at: usize, digits: usize) -> Option<u32> {
    let part = text.get(at..at.checked_add(digits)?)?;
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    part.parse().ok()
}

/// `YYMMDD` where day 00 stands for the month.
pub(crate) fn yymmd0(text: &str, today: Date) -> Option<UdiDate> {
    let (year, month) = (full_year(two(text, 0)?, today), two(text, 2)?);
    match two(text, 4)? {
        0 => UdiDate::of_month(year, month),
        day => Date::new(year, month, day).map(Into::into),
    }
}

/// `YYMMDD` with a real day.
pub(crate) fn yymmdd(text: &str, today: Date) -> Option<UdiDate> {
    yymmd0(text, today).filter(|date| date.day.is_some())
}

/// `MMDDYY`.
pub(crate) fn mmddyy(text: &str, today: Date) -> Option<UdiDate> {
    Date::new(full_year(two(text, 4)?, today), two(text, 0)?, two(text, 2)?).map(Into::into)
}

/// `MMYY`, a month.
pub(crate) fn mmyy(text: &str, today: Date) -> Option<UdiDate> {
    UdiDate::of_month(full_year(two(text, 2)?, today), two(text, 0)?)
}

/// `YYJJJ`: year and number of the day within it.
pub(crate) fn yyjjj(text: &str, today: Date) -> Option<UdiDate> {
    let ordinal = number(text, 2, 3)?;
    Date::from_ordinal(full_year(two(text, 0)?, today), u16::try_from(ordinal).ok()?).map(Into::into)
}

/// `YYYYMMDD`.
pub(crate) fn yyyymmdd(text: &str) -> Option<UdiDate> {
    let year = i32::try_from(number(text, 0, 4)?).ok()?;
    Date::new(year, two(text, 4)?, two(text, 6)?).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u8, day: u8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(Date::new(2023, 2, 29).is_none());
        assert!(Date::new(1900, 2, 29).is_none());
        assert!(Date::new(2000, 2, 29).is_some());
        assert!(Date::new(2024, 13, 1).is_none());
        assert!(Date::new(2024, 4, 31).is_none());
        assert!(Date::new(2024, 4, 0).is_none());
    }

    #[test]
    fn the_century_window_moves_with_today() {
        assert_eq!(full_year(76, day(2026, 11, 22)), 2076);
        assert_eq!(full_year(77, day(2026, 11, 22)), 1977);
        assert_eq!(full_year(9, day(2060, 1, 1)), 2109);
        assert_eq!(full_year(10, day(2060, 1, 1)), 2110);
        assert_eq!(full_year(11, day(2060, 1, 1)), 2011);
    }

    #[test]
    fn numbered_days_know_leap_years() {
        assert_eq!(Date::from_ordinal(2025, 330), Some(day(2025, 11, 26)));
        assert_eq!(Date::from_ordinal(2024, 60), Some(day(2024, 2, 29)));
        assert_eq!(Date::from_ordinal(2024, 366), Some(day(2024, 12, 31)));
        assert_eq!(Date::from_ordinal(2025, 366), None);
        assert_eq!(Date::from_ordinal(2025, 0), None);
    }

    #[test]
    fn a_month_counts_until_its_last_day_and_is_never_printed_as_one() {
        let date = yymmd0("280200", day(2026, 1, 1)).unwrap();
        assert_eq!((date.to_string().as_str(), date.precision), ("2028-02", Precision::Month));
        assert_eq!(date.effective(), day(2028, 2, 29));
        assert_eq!(yymmdd("280200", day(2026, 1, 1)), None);
    }
}
