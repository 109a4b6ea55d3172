//! Cover: who can take a case over, what must move for it, will it be there in time? And what stands around that: tasks,
//! what a case needs, how upcoming cases stand.

mod absence_plan;
mod absences;
pub mod around;
mod board;
pub mod draft;
mod give;
pub mod needs;
pub mod offers;
mod places;
mod plan;
mod pools;
mod screen;
mod settings;
pub mod tasks;
pub mod today;
mod units;
pub mod who;
mod wish;

use super::words;
use crate::edge::Visit;
use crate::ui::{Page, Room, Status, Text, Tone};
use app::{App, Ctx};
use axum::Router;
use axum::response::Response;
use contract::events::EventSummary;
use domain::clock::{Day, Instant};
use domain::coverage::readiness::State;
use maud::Markup;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(screen::routes())
        .merge(give::routes())
        .merge(units::routes())
        .merge(needs::routes())
        .merge(tasks::routes())
        .merge(offers::routes())
        .merge(absences::routes())
        .merge(absence_plan::routes())
        .merge(board::routes())
        .merge(pools::routes())
        .merge(settings::routes())
        .merge(places::routes())
}

/// A page of this room: with its own styles.
fn sheet<'a>(visit: &'a Visit, title: impl Into<Text>, room: Room, body: Markup) -> Page<'a> {
    Page { styles: &["cover.css"], ..Page::new(title, room, &visit.viewer, body) }
}

/// The page as the answer.
pub fn shown(visit: &Visit, title: impl Into<Text>, room: Room, body: Markup) -> Response {
    visit.render(sheet(visit, title, room, body))
}

/// A day as it is said among days near it: "today", "Tue", "Tue 14 Dec".
pub fn day_said(today: Day, day: Day) -> String {
    match day.0 - today.0 {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        2..=6 => words::weekday(day).to_owned(),
        _ => words::day_short(day),
    }
}

/// A moment as it is said in a plan: "today 14:00", "Tue 14:00", "Tue 14 Dec 14:00".
pub fn moment(now: Instant, zone: &str, at: Instant) -> String {
    format!("{} {}", day_said(now.day_in(zone), at.day_in(zone)), words::clock_in(zone, at))
}

/// The name of an event where its day is said beside it: a name that was made begins with the day.
pub fn undated(name: &str) -> &str {
    let Some((first, rest)) = name.split_once(' ') else { return name };
    if Day::parse(first).is_some() && !rest.trim().is_empty() { rest.trim_start() } else { name }
}

/// A sentence of the planner, its moments as people say them: "by 2026-12-15 14:00" is "by Tue 14:00".
pub fn said(today: Day, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        match stamp(rest) {
            Some((day, clock)) => {
                out.push_str(&day_said(today, day));
                out.push(' ');
                out.push_str(clock);
                rest = &rest[STAMP..];
            }
            // A day before a name is part of the name, and stands in the sentence once more.
            None if letter.is_ascii_digit() && is_dated(rest) => rest = &rest[DATE..],
            None => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}

const STAMP: usize = "2026-12-15 14:00".len();

const DATE: usize = "2026-12-15 ".len();

fn is_dated(text: &str) -> bool {
    let name = text.get(DATE..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphabetic);
    name && text.as_bytes()[DATE - 1] == b' ' && text.get(..DATE - 1).and_then(Day::parse).is_some()
}

/// The day and the time of day that a text begins with.
fn stamp(text: &str) -> Option<(Day, &str)> {
    let whole = text.get(..STAMP)?;
    let digit = |at: usize| whole.as_bytes()[at].is_ascii_digit();
    let clock = [11, 12, 14, 15].into_iter().all(digit) && whole.as_bytes()[10] == b' ' && whole.as_bytes()[13] == b':';
    if !digit(0) || !clock {
        return None;
    }
    Some((Day::parse(&whole[..10])?, &whole[11..]))
}

/// A span of minutes: "45 min", "15 h", "3 days".
fn span(minutes: i64) -> String {
    match minutes.abs() {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => words::count(minutes / 1_440, "day", "days"),
    }
}

/// How an upcoming case stands.
pub fn status(state: State) -> Status {
    let tone = match state {
        State::Ready => Tone::Green,
        State::AtRisk => Tone::Amber,
        State::NotReady => Tone::Red,
    };
    Status::new(tone, state.label())
}

/// When and where a case is, and who has it, in one line.
fn place(ctx: &Ctx, event: &EventSummary) -> String {
    let when = moment(ctx.now, &event.time_zone, event.starts_at);
    let mut parts = vec![when];
    parts.extend(event.location_name.clone());
    parts.extend(event.physician_name.clone());
    parts.push(event.representative_name.clone());
    let line = parts.join(" · ");
    let mut letters = line.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_sentences_are_said_as_people_say_them() {
        let today = Day::parse("2026-12-13").unwrap();
        assert_eq!(said(today, "Bob hands Ann 2 units by 2026-12-13 17:00."), "Bob hands Ann 2 units by today 17:00.");
        assert_eq!(said(today, "there at 2026-12-15 09:30"), "there at Tue 09:30");
        assert_eq!(said(today, "Away until 2027-01-04 08:00."), "Away until Mon 4 Jan 08:00.");
        assert_eq!(said(today, "Ann cannot cover 2026-12-14 Dr. Rivera."), "Ann cannot cover Dr. Rivera.");
        assert_eq!((undated("2026-12-14 Dr. Rivera"), undated("Hip, left")), ("Dr. Rivera", "Hip, left"));
        for text in ["2026-12-1", "2026-12-13 1x:00", "ä 2026-13-40 10:00", "12345678901234567890", ""] {
            assert_eq!(said(today, text), text);
        }
    }

    #[test]
    fn spans_are_short() {
        assert_eq!([span(45), span(900), span(4_400)], ["45 min", "15 h", "3 days"]);
    }
}
