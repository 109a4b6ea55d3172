//! Calendar arithmetic on plain integers: days and microseconds since 1970 to year, month, day and back to nothing else.

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.
pub(crate) fn from_days(days: i64) -> (i64, u8, u8) {
    // Counted from 0000-03-01 in eras of 400 years, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u8, day as u8)
}

/// An instant taken apart, UTC.
pub(crate) struct Moment {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) micros: u32,
}

/// Takes microseconds since 1970 apart.
pub(crate) fn moment(micros: i64) -> Moment {
    const DAY: i64 = 86_400_000_000;
    let (year, month, day) = from_days(micros.div_euclid(DAY));
    let in_day = micros.rem_euclid(DAY);
    let seconds = in_day / 1_000_000;
    Moment {
        year,
        month,
        day,
        hour: (seconds / 3600) as u8,
        minute: (seconds / 60 % 60) as u8,
        second: (seconds % 60) as u8,
        micros: (in_day % 1_000_000) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(from_days(0), (1970, 1, 1));
        assert_eq!(from_days(-1), (1969, 12, 31));
        assert_eq!(from_days(21_243), (2028, 2, 29));
        assert_eq!(from_days(11_016), (2000, 2, 29));
        assert_eq!(from_days(47_541), (2100, 3, 1));
        assert_eq!(from_days(47_540), (2100, 2, 28));
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = from_days(-200_000);
        for days in -199_999..200_000 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + u8::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (day < length, month < 12) {
                (true, _) => (year, month, day + 1),
                (false, true) => (year, month + 1, 1),
                (false, false) => (year + 1, 1, 1),
            };
            assert_eq!(from_days(days), (year, month, day));
        }
    }

    #[test]
    fn a_moment_before_1970() {
        let at = moment(-1);
        assert_eq!((at.year, at.month, at.day, at.hour, at.minute, at.second), (1969, 12, 31, 23, 59, 59));
        assert_eq!(at.micros, 999_999);
    }
}
