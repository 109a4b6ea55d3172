//! Where time and ids come from, and calendar words. Nothing in the house reads the machine's clock except [`SystemClock`].

use jiff::civil;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(pub i64);

impl Instant {
    /// RFC 3339 in UTC, to the microsecond.
    pub fn rfc3339(self) -> String {
        match self.write(&mut [0; 27]) {
            Some(text) => text.to_owned(),
            None => self.rare(),
        }
    }

    /// The same into a buffer: lists print thousands of instants, none of which should allocate. None outside the years 0 to 9999.
    pub fn write(self, text: &mut [u8; 27]) -> Option<&str> {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        write_day(days, text.first_chunk_mut()?)?;
        text[10] = b'T';
        let times = [(11, of_day / 3_600, b':'), (14, of_day / 60 % 60, b':'), (17, of_day % 60, b'.')];
        for (at, value, after) in times {
            digits(value, &mut text[at..at + 2]);
            text[at + 2] = after;
        }
        digits(micros, &mut text[20..26]);
        let mut end = if micros == 0 { 19 } else { 26 };
        while micros != 0 && text[end - 1] == b'0' {
            end -= 1;
        }
        text[end] = b'Z';
        std::str::from_utf8(&text[..=end]).ok()
    }

    /// As the calendar library says it, which knows other years too.
    fn rare(self) -> String {
        jiff::Timestamp::from_microsecond(self.0).map_or_else(|_| "invalid".to_owned(), |t| t.to_string())
    }

    /// Reads RFC 3339; an offset is converted to UTC.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    /// The calendar day of this instant in an IANA time zone; UTC when the zone is unknown.
    pub fn day_in(self, time_zone: &str) -> Day {
        let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        Day::from_civil(zone.to_datetime(at).date())
    }

    /// Local date and time in an IANA time zone, `YYYY-MM-DD HH:MM`.
    pub fn local(self, time_zone: &str) -> String {
        let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// This instant moved by whole seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000_000)
    }
}

/// A calendar day, as days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(pub i32);

impl Day {
    /// From a civil date.
    pub fn from_civil(date: civil::Date) -> Self {
        let epoch = civil::date(1970, 1, 1);
        Self((date - epoch).get_days())
    }

    /// As a civil date. Out of range days are clamped to jiff's range.
    pub fn civil(self) -> civil::Date {
        civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0))
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        text.parse::<civil::Date>().ok().map(Self::from_civil)
    }

    /// This day moved by whole days.
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// The instant at which this day begins in a time zone.
    pub fn starts_in(self, time_zone: &str) -> Instant {
        let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        zone.to_zoned(self.civil().at(0, 0, 0, 0))
            .map_or(Instant(i64::from(self.0) * 86_400_000_000), |z| Instant(z.timestamp().as_microsecond()))
    }
}

impl Day {
    /// `YYYY-MM-DD` into a buffer. None outside the years 0 to 9999.
    pub fn write(self, text: &mut [u8; 10]) -> Option<&str> {
        write_day(i64::from(self.0), text)?;
        std::str::from_utf8(text).ok()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.write(&mut [0; 10]) {
            Some(text) => f.write_str(text),
            None => write!(f, "{}", self.civil()),
        }
    }
}

/// A number with leading zeros, as many digits as there is room for.
fn digits(mut value: i64, room: &mut [u8]) {
    for slot in room.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// A day since 1970-01-01 as `YYYY-MM-DD`, in the calendar that repeats itself every 400 years. None outside the years 0 to 9999.
fn write_day(days: i64, text: &mut [u8; 10]) -> Option<()> {
    // Years are counted from the first of March of the year 0, so that a leap day is the last of its year.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + later;
    if !(0..=9_999).contains(&year) {
        return None;
    }
    text.copy_from_slice(b"0000-00-00");
    digits(year, &mut text[..4]);
    digits(month, &mut text[5..7]);
    digits(day, &mut text[8..]);
    Some(())
}

/// Whether an IANA time zone name is known.
pub fn is_time_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Local wall-clock time (`YYYY-MM-DDTHH:MM`) in a zone, as an instant.
pub fn local_instant(text: &str, time_zone: &str) -> Option<Instant> {
    let zone = jiff::tz::TimeZone::get(time_zone).ok()?;
    let at = text.parse::<civil::DateTime>().ok()?;
    zone.to_zoned(at).ok().map(|z| Instant(z.timestamp().as_microsecond()))
}

/// Gives the present moment.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> Instant {
        Instant(jiff::Timestamp::now().as_microsecond())
    }
}

/// Makes ids: UUIDv7, rising within one process. More than 4,096 of one millisecond borrow from the next ones, so that what is
/// made together lies together in every table, however many there are and even while a clock stands still.
#[derive(Debug)]
pub struct Ids {
    /// Mixed into the low bits, so that two processes do not meet.
    seed: u64,
    /// The millisecond of the last id and, in the low 12 bits, its place there.
    last: AtomicU64,
}

impl Ids {
    /// A source with a seed of its own; give real randomness outside tests.
    pub const fn new(seed: u64) -> Self {
        Self { seed, last: AtomicU64::new(0) }
    }

    /// The next id for this moment.
    pub fn next(&self, now: Instant) -> Uuid {
        let first = (now.0.max(0) as u64 / 1000) << 12;
        let next = |last: u64| first.max(last + 1);
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        let at = next(before.unwrap_or_else(|last| last));
        let millis = u128::from(at >> 12) & 0xffff_ffff_ffff;
        let order = u128::from(at & 0xfff);
        let tail = mix(self.seed ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u128 & 0x3fff_ffff_ffff_ffff;
        Uuid::from_u128((millis << 80) | (7 << 76) | (order << 64) | (0b10 << 62) | tail)
    }
}

/// SplitMix64's finaliser.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A moment from which the clocks of a time zone show another time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ZoneShift {
    /// When.
    pub at: Instant,
    /// Seconds that the clock was ahead of UTC before.
    pub before_seconds: i32,
    /// Seconds that it is ahead of UTC from then on.
    pub after_seconds: i32,
    /// Daylight saving time begins; otherwise standard time does.
    pub daylight: bool,
    /// What the new time is called: "CST".
    pub name: String,
}

/// How the clocks of a zone go between two moments: the shift that holds at `from`, then those until `to`. A zone whose clock
/// never shifted gives one shift at the beginning of 1970, from its time to the same. An unknown zone is UTC.
pub fn zone_shifts(time_zone: &str, from: Instant, to: Instant) -> Vec<ZoneShift> {
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = |instant: Instant| jiff::Timestamp::from_microsecond(instant.0).unwrap_or_default();
    let seconds_before = |moment: jiff::Timestamp| {
        let before = moment.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(moment);
        zone.to_offset(before).seconds()
    };
    let shift = |it: jiff::tz::TimeZoneTransition<'_>| ZoneShift {
        at: Instant(it.timestamp().as_microsecond()),
        before_seconds: seconds_before(it.timestamp()),
        after_seconds: it.offset().seconds(),
        daylight: it.dst().is_dst(),
        name: it.abbreviation().to_owned(),
    };
    // `preceding` is strict: a shift at `from` itself holds at `from` too.
    let just_after = at(Instant(from.0.saturating_add(1)));
    let holding = zone.preceding(just_after).next().map_or_else(
        || {
            let info = zone.to_offset_info(at(from));
            let seconds = info.offset().seconds();
            ZoneShift {
                at: Instant(0),
                before_seconds: seconds,
                after_seconds: seconds,
                daylight: false,
                name: info.abbreviation().to_owned(),
            }
        },
        &shift,
    );
    let later = zone.following(at(from)).take_while(|it| it.timestamp() <= at(to)).map(&shift);
    std::iter::once(holding).chain(later).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn days_and_instants_round_trip() {
        let day = Day::parse("2028-02-29").unwrap();
        assert_eq!(day.to_string(), "2028-02-29");
        assert_eq!(day.plus(1).to_string(), "2028-03-01");
        assert!(Day::parse("2027-02-29").is_none());
        let at = Instant::parse("2026-11-22T23:30:00-05:00").unwrap();
        assert_eq!(at.rfc3339(), "2026-11-23T04:30:00Z");
        assert_eq!(at.day_in("America/New_York").to_string(), "2026-11-22");
        assert_eq!(Day::parse("2026-11-22").unwrap().starts_in("America/New_York").rfc3339(), "2026-11-22T05:00:00Z");
    }

    #[test]
    fn fractions_of_seconds_end_where_they_end() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1, "1970-01-01T00:00:00.000001Z"),
            (1_500_000, "1970-01-01T00:00:01.5Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00Z"),
            (253_402_300_799_000_000, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Instant(micros).rfc3339(), text);
        }
        assert_eq!(Instant(i64::MAX).rfc3339(), "invalid");
    }

    proptest::proptest! {
        #[test]
        fn days_and_instants_are_written_as_the_calendar_library_does(
            micros in -80_000_000_000_000_000i64..260_000_000_000_000_000, whole in proptest::bool::ANY, days in -800_000i32..3_000_000,
        ) {
            let at = Instant(if whole { micros / 1_000_000 * 1_000_000 } else { micros });
            proptest::prop_assert_eq!(at.rfc3339(), at.rare());
            proptest::prop_assert_eq!(Day(days).to_string(), Day(days).civil().to_string());
        }
    }

    #[test]
    fn ids_are_unique_version_seven() {
        let ids = Ids::new(42);
        let made: Vec<Uuid> = (0..5000).map(|_| ids.next(Instant(1_700_000_000_000_000))).collect();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn ids_rise_while_the_clock_stands_still_and_when_it_is_set_back() {
        let ids = Ids::new(42);
        let mut made: Vec<Uuid> = (0..9000).map(|_| ids.next(Instant(1_700_000_000_000_000))).collect();
        made.push(ids.next(Instant(1_600_000_000_000_000)));
        made.push(ids.next(Instant(1_800_000_000_000_000)));
        assert!(made.is_sorted());
        let millis = |id: &Uuid| id.as_u128() >> 80;
        assert_eq!(made.first().map(millis), Some(1_700_000_000_000));
        assert_eq!(made.last().map(millis), Some(1_800_000_000_000), "a moment of its own");
    }

    #[test]
    fn a_zone_tells_when_its_clocks_shift() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let shifts = zone_shifts("America/Chicago", at("2026-11-27T00:00:00Z"), at("2027-12-01T00:00:00Z"));
        let told: Vec<(String, i32, i32, bool, &str)> = shifts
            .iter()
            .map(|it| (it.at.rfc3339(), it.before_seconds, it.after_seconds, it.daylight, it.name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("2026-11-01T07:00:00Z".to_owned(), -18_000, -21_600, false, "CST"),
                ("2027-03-14T08:00:00Z".to_owned(), -21_600, -18_000, true, "CDT"),
                ("2027-11-07T07:00:00Z".to_owned(), -18_000, -21_600, false, "CST"),
            ]
        );
        let steady = zone_shifts("Etc/UTC", at("2026-11-27T00:00:00Z"), at("2027-12-01T00:00:00Z"));
        assert_eq!(steady.len(), 1);
        assert_eq!((steady[0].before_seconds, steady[0].after_seconds), (0, 0));
    }

    #[test]
    fn a_shift_at_the_first_moment_holds_at_it() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let shifts = zone_shifts("America/Chicago", at("2027-03-14T08:00:00Z"), at("2027-03-15T00:00:00Z"));
        assert_eq!(shifts.len(), 1);
        assert!(shifts[0].daylight);
    }
}
