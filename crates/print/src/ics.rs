//! A calendar feed (iCalendar, RFC 5545) that a person's own calendar program subscribes to.
//!
//! The feed leaves the house and lies on phones and in clouds: what stands in it is the caller's duty, and nothing about a
//! patient ever does. Times are those of the place, with the shifts of its clock, so that seven in the morning stays seven in
//! the morning whatever a program thinks of time zones.

use crate::civil;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use std::fmt::Write as _;

/// The most characters of a text in the feed.
const TEXT_CHARS_MAX: usize = 2_000;

/// One entry of the feed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CalendarEvent {
    /// Names the entry for ever, the same in every edition of the feed.
    pub uid: String,
    /// Rises with every change of time, place or standing.
    pub sequence: u32,
    /// Microseconds since 1970, UTC.
    pub starts_at: i64,
    /// Microseconds since 1970, UTC. Not after `starts_at` means that no length is known.
    pub ends_at: i64,
    /// What it is.
    pub summary: String,
    /// Where it is.
    pub location: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// It does not take place; it stays in the feed so that programs take it away.
    pub cancelled: bool,
    /// When it was last changed, microseconds since 1970, UTC.
    pub updated_at: i64,
    /// The name of the [`Zone`] in which its times are written; empty, or not among the zones of the feed: UTC.
    pub zone: String,
}

/// How the clocks go where something takes place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// IANA name.
    pub name: String,
    /// Its shifts, oldest first; the first one holds for everything earlier too. Without any, the zone is left out.
    pub shifts: Vec<Shift>,
}

/// A moment from which a clock shows another time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shift {
    /// Microseconds since 1970, UTC.
    pub at: i64,
    /// Seconds ahead of UTC before.
    pub before_seconds: i32,
    /// Seconds ahead of UTC from then on.
    pub after_seconds: i32,
    /// Daylight saving time begins.
    pub daylight: bool,
    /// What the new time is called.
    pub name: String,
}

impl Zone {
    fn offset_seconds(&self, at: i64) -> i64 {
        let holding = self.shifts.iter().rev().find(|shift| shift.at <= at).or(self.shifts.first());
        i64::from(holding.map_or(0, |shift| shift.after_seconds))
    }

    fn write(&self, out: &mut String) {
        let _ = write!(out, "BEGIN:VTIMEZONE\r\nTZID:{}\r\n", self.name);
        for shift in &self.shifts {
            let kind = if shift.daylight { "DAYLIGHT" } else { "STANDARD" };
            // The beginning is said in the time that held until then (RFC 5545 3.6.5).
            let starts = local(shift.at + i64::from(shift.before_seconds) * MICROS);
            let (from, to) = (offset(shift.before_seconds), offset(shift.after_seconds));
            let _ = write!(
                out,
                "BEGIN:{kind}\r\nDTSTART:{starts}\r\nTZOFFSETFROM:{from}\r\nTZOFFSETTO:{to}\r\nTZNAME:{}\r\nEND:{kind}\r\n",
                one_line(&shift.name)
            );
        }
        out.push_str("END:VTIMEZONE\r\n");
    }
}

const MICROS: i64 = 1_000_000;

/// Hours, minutes and, where there are any, seconds ahead of UTC: `-0600`.
fn offset(seconds: i32) -> String {
    let (sign, ahead) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let (hours, minutes, rest) = (ahead / 3600, ahead / 60 % 60, ahead % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}

/// The whole feed as text: lines end in CR LF and are folded at 75 octets.
pub fn feed(name: &str, zones: &[Zone], events: &[CalendarEvent]) -> String {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Caseload//Calendar//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", "PUBLISH"))
        .append_property(("REFRESH-INTERVAL;VALUE=DURATION", "PT30M"))
        .append_property(("X-PUBLISHED-TTL", "PT30M"))
        .name(&one_line(name));
    let zones: Vec<&Zone> = zones.iter().filter(|zone| !zone.shifts.is_empty() && is_name(&zone.name)).collect();
    calendar.extend(events.iter().map(|event| entry(event, &zones)));
    let mut written = calendar.to_string();
    if let Some(first) = written.find("\r\nBEGIN:VEVENT\r\n") {
        let mut clocks = String::new();
        zones.iter().for_each(|zone| zone.write(&mut clocks));
        written.insert_str(first + 2, &clocks);
    }
    folded(&written)
}

/// Whether a zone's name can stand in a parameter without quotes.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
}

/// Octets of a line, its end not counted (RFC 5545 3.1).
const LINE_OCTETS_MAX: usize = 75;

/// Folds every line anew: the library forgets the leading space of the last part, which makes some lines an octet too long.
fn folded(written: &str) -> String {
    let mut out = String::with_capacity(written.len() + written.len() / 50);
    for line in written.replace("\r\n ", "").split_terminator("\r\n") {
        let mut used = 0;
        for c in line.chars() {
            if used + c.len_utf8() > LINE_OCTETS_MAX {
                out.push_str("\r\n ");
                used = 1;
            }
            out.push(c);
            used += c.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}

fn entry(event: &CalendarEvent, zones: &[&Zone]) -> Event {
    let mut entry = Event::new();
    let zone = zones.iter().find(|zone| zone.name == event.zone);
    let moment = |name: &str, at: i64| match zone {
        Some(zone) => Property::new(name, local(at.saturating_add(zone.offset_seconds(at) * MICROS)))
            .add_parameter("TZID", &zone.name)
            .done(),
        None => Property::new(name, utc(at)),
    };
    entry
        .uid(&one_line(&event.uid))
        .sequence(event.sequence)
        .add_property("DTSTAMP", utc(event.updated_at))
        .add_property("LAST-MODIFIED", utc(event.updated_at))
        .append_property(moment("DTSTART", event.starts_at))
        .summary(&plain(&event.summary))
        .status(if event.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if event.ends_at > event.starts_at {
        entry.append_property(moment("DTEND", event.ends_at));
    }
    if let Some(location) = &event.location {
        entry.location(&plain(location));
    }
    if let Some(description) = &event.description {
        entry.description(&plain(description));
    }
    entry
}

/// A moment as `20261122T023400Z`.
fn utc(micros: i64) -> String {
    format!("{}Z", local(micros))
}

/// A clock's time as `20261122T023400`. Years outside of four digits have no form and become the nearest that has.
fn local(micros: i64) -> String {
    const FIRST: i64 = -62_167_219_200_000_000;
    const LAST: i64 = 253_402_300_799_000_000;
    let at = civil::moment(micros.clamp(FIRST, LAST));
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}", at.year, at.month, at.day, at.hour, at.minute, at.second)
}

/// Text with one kind of line break and no other control characters, which the format has no way to say.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(TEXT_CHARS_MAX).collect()
}

/// For the properties that are no text to the format, in which a line break could not be said.
fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> CalendarEvent {
        CalendarEvent {
            uid: "evt_01jc@caseload".to_owned(),
            sequence: 3,
            starts_at: 1_795_314_840_000_000,
            ends_at: 1_795_322_040_000_000,
            summary: "Total knee, left; room 4".to_owned(),
            location: Some("St. Mary\\North".to_owned()),
            description: Some("Trays:\r\n2 sets".to_owned()),
            cancelled: false,
            updated_at: 1_795_000_000_000_000,
            zone: String::new(),
        }
    }

    fn chicago() -> Zone {
        let shift = |at, before_seconds, after_seconds, daylight, name: &str| Shift {
            at,
            before_seconds,
            after_seconds,
            daylight,
            name: name.to_owned(),
        };
        Zone {
            name: "America/Chicago".to_owned(),
            // 2026-11-01T07:00:00Z and 2027-03-14T08:00:00Z.
            shifts: vec![
                shift(1_793_516_400_000_000, -18_000, -21_600, false, "CST"),
                shift(1_805_011_200_000_000, -21_600, -18_000, true, "CDT"),
            ],
        }
    }

    #[test]
    fn times_are_those_of_the_place_on_either_side_of_a_shift() {
        let winter = CalendarEvent { zone: "America/Chicago".to_owned(), ..sample() };
        // 2027-03-14T12:00:00Z.
        let summer = CalendarEvent { starts_at: 1_805_025_600_000_000, ends_at: 0, ..winter.clone() };
        let lines = unfolded(&feed("F", &[chicago()], &[winter, summer]));
        for expected in [
            "TZID:America/Chicago",
            "DTSTART:20261101T020000",
            "DTSTART:20270314T020000",
            "TZOFFSETFROM:-0600",
            "TZNAME:CDT",
            "DTSTART;TZID=America/Chicago:20261121T203400",
            "DTEND;TZID=America/Chicago:20261121T223400",
            "DTSTART;TZID=America/Chicago:20270314T070000",
        ] {
            assert_eq!(lines.iter().filter(|line| *line == expected).count(), 1, "{expected} in {lines:#?}");
        }
    }

    #[test]
    fn an_offset_has_a_sign_and_seconds_only_where_it_needs_them() {
        assert_eq!([offset(0), offset(-21_600), offset(20_700), offset(-75)], ["+0000", "-0600", "+0545", "-000115"]);
    }

    fn unfolded(feed: &str) -> Vec<String> {
        feed.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_says_when_where_and_which_edition() {
        let lines = unfolded(&feed("Ana, cases", &[], &[sample()]));
        for expected in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "METHOD:PUBLISH",
            "X-WR-CALNAME:Ana\\, cases",
            "UID:evt_01jc@caseload",
            "SEQUENCE:3",
            "DTSTAMP:20261118T110640Z",
            "DTSTART:20261122T023400Z",
            "DTEND:20261122T043400Z",
            "SUMMARY:Total knee\\, left\\; room 4",
            "LOCATION:St. Mary\\\\North",
            "DESCRIPTION:Trays:\\n2 sets",
            "STATUS:CONFIRMED",
            "END:VEVENT",
            "END:VCALENDAR",
        ] {
            assert_eq!(lines.iter().filter(|line| *line == expected).count(), 1, "{expected} in {lines:#?}");
        }
    }

    #[test]
    fn a_cancelled_entry_stays_and_says_so() {
        let event = CalendarEvent { cancelled: true, ..sample() };
        assert!(unfolded(&feed("F", &[], &[event])).contains(&"STATUS:CANCELLED".to_owned()));
    }

    #[test]
    fn without_a_length_there_is_no_end() {
        let event = CalendarEvent { ends_at: 0, ..sample() };
        assert!(!feed("F", &[], &[event]).contains("DTEND"));
    }

    #[test]
    fn the_same_events_give_the_same_feed() {
        assert_eq!(feed("F", &[], &[sample()]), feed("F", &[], &[sample()]));
    }

    #[test]
    fn moments_at_the_edge_of_time_have_a_form() {
        assert_eq!(utc(i64::MIN), "00000101T000000Z");
        assert_eq!(utc(i64::MAX), "99991231T235959Z");
    }

    #[test]
    fn a_long_line_is_folded_between_characters() {
        let event = CalendarEvent { summary: "é".repeat(100), ..sample() };
        let written = feed("F", &[], &[event]);
        let lengths: Vec<usize> = written.split("\r\n").map(str::len).collect();
        assert_eq!(lengths.iter().max(), Some(&75));
        assert!(unfolded(&written).contains(&format!("SUMMARY:{}", "é".repeat(100))));
    }

    proptest! {
        #[test]
        fn text_cannot_break_out_of_its_line(text in "[\r\n:;,BEGIN\\\\éの🦴 ]{0,200}") {
            let event = CalendarEvent { summary: text.clone(), description: Some(text.clone()), ..sample() };
            let written = feed(&text, &[], &[event]);
            prop_assert!(written.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
            prop_assert_eq!(unfolded(&written).iter().filter(|line| line.starts_with("BEGIN:")).count(), 2);
            let summary = format!("SUMMARY:{}", plain(&text).replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;").replace('\n', "\\n"));
            prop_assert!(unfolded(&written).contains(&summary));
        }
    }
}
