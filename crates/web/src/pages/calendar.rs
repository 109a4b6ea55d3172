//! The calendar: who is where, with which set, and where does it clash?

use super::events;
use super::words;
use crate::edge::{Out, Visit, get};
use crate::ui::{
    Banner, BoardDay, Button, Empty, FilterBar, FilterField, Header, Icon, Lane, Link, Page, Room, Slot, Status, Tab,
    Text, Tone, banner, board, tabs,
};
use app::App;
use app::events::calendar::Whole as Calendar;
use axum::Router;
use contract::ListParams;
use contract::events::{CalendarConflict, EventSummary};
use domain::clock::Day;
use domain::event::EventStatus;
use domain::id::EventId;
use domain::people::{Permission, Role};
use maud::{Markup, Render, html};
use std::collections::{BTreeMap, HashMap};

/// So many events of a day stand in a month; the day itself shows all of them.
const OF_A_DAY: usize = 6;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/calendar", get(page))
}

/// How many days are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Span {
    Day,
    Week,
    Month,
}

impl Span {
    fn of(visit: &Visit) -> Self {
        match visit.link.get("span") {
            Some("day") => Self::Day,
            Some("month") => Self::Month,
            _ => Self::Week,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
        }
    }

    /// The first day, and the day after the last one.
    fn days(self, on: Day) -> (Day, Day) {
        match self {
            Self::Day => (on, on.plus(1)),
            Self::Week => {
                let first = monday(on);
                (first, first.plus(7))
            }
            Self::Month => {
                let date = on.civil();
                let first = on.plus(1 - i32::from(date.day()));
                let last = first.plus(i32::from(date.days_in_month()) - 1);
                (monday(first), monday(last).plus(7))
            }
        }
    }

    /// The same span before or after.
    fn beside(self, on: Day, by: i32) -> Day {
        match self {
            Self::Day => on.plus(by),
            Self::Week => on.plus(7 * by),
            // From the middle of a month, 30 days lead into the next one.
            Self::Month => on.plus(15 - i32::from(on.civil().day())).plus(30 * by),
        }
    }
}

fn monday(day: Day) -> Day {
    // 1 January 1970 was a Thursday.
    day.plus(-(day.0 + 3).rem_euclid(7))
}

/// Who or what the lanes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    People,
    Locations,
    Containers,
}

async fn page(visit: Visit) -> Out {
    let (span, today) = (Span::of(&visit), visit.ctx.today());
    let by = match visit.link.get("by") {
        Some("locations") => By::Locations,
        Some("containers") => By::Containers,
        _ => By::People,
    };
    let on = visit.link.get("on").and_then(Day::parse).unwrap_or(today);
    let (first, end) = span.days(on);
    let mut params = ListParams::default();
    params.filters.insert("from".into(), first.to_string());
    params.filters.insert("to".into(), end.to_string());
    if let Some(people) = visit.link.get("people").filter(|ids| !ids.is_empty()) {
        params.filters.insert("people".into(), people.to_owned());
    }
    if let Some(units) = visit.link.get("units").filter(|ids| !ids.is_empty()) {
        params.filters.insert("units".into(), units.to_owned());
    }
    let wide = !matches!(visit.ctx.actor.role, Role::Sales | Role::FacilityManager);
    let (calendar, people) = visit
        .read(move |ctx, tx| {
            let calendar = app::events::calendar::whole(ctx, tx, &params)?;
            let mut people: Vec<(Text, Text)> = Vec::new();
            if wide {
                let mut params = ListParams { limit: Some(200), ..ListParams::default() };
                params.filters.insert("role".into(), "sales,distributor,facility_manager".into());
                params.filters.insert("active".into(), "true".into());
                let found = app::people::list_users(ctx, tx, &params)?.items;
                people.extend(found.into_iter().map(|it| (it.id.to_string().into(), it.name.into())));
            }
            Ok((calendar, people))
        })
        .await?;
    let link = visit.link.clone();
    let to = |on: Day| link.with("on", on).to_string();
    let mut header = Header::new("Calendar").lead(lead(span, on, first, &calendar));
    header = header
        .action(Button::link("Earlier", to(span.beside(on, -1))).icon_only(Icon::Left))
        .action(Button::link("Today", link.without("on").to_string()).quiet())
        .action(Button::link("Later", to(span.beside(on, 1))).icon_only(Icon::Right));
    header = header.action(Button::link("Subscribe", "/calendar/subscribe").icon(Icon::Link).wide_only().in_dialog());
    header = header.action(Button::link("Readiness", "/readiness").icon(Icon::Check).wide_only());
    if visit.may(Permission::ManageEvents) {
        header = header.action(
            Button::link("New event", format!("/events/new?starts_at={}T08:00", on.max(today))).primary().hotkey("n"),
        );
    }
    let spans = [Span::Day, Span::Week, Span::Month].map(|it| {
        let label = it.label();
        Tab::new(label, link.with("span", it.word()).to_string(), it == span)
    });
    let mut all = spans.to_vec();
    if span != Span::Month {
        all.push(Tab::new("By person", link.without("by").to_string(), by == By::People));
        all.push(Tab::new("By location", link.with("by", "locations").to_string(), by == By::Locations));
        all.push(Tab::new("By container", link.with("by", "containers").to_string(), by == By::Containers));
    }
    let mut bar = FilterBar::new(&link);
    if !people.is_empty() {
        let chosen = link
            .get("people")
            .and_then(|id| people.iter().find(|(known, _)| known == id))
            .map(|(_, name)| name.clone());
        bar = bar
            .chips(chosen.map(|name| crate::ui::Chip::new("Person", name, &link, "people")).into_iter().collect())
            .fields(vec![FilterField::choice("people", "Person", people.clone())]);
    }
    let days: Vec<Day> = (first.0..end.0).map(Day).collect();
    let one = link.get("units").and_then(|id| calendar.bookings.iter().find(|it| it.unit_id.to_string() == id));
    let body = html! {
        (header)
        (tabs(&all, None))
        @if !people.is_empty() { (bar) }
        @if link.get("units").is_some() {
            p class="pad-x sub" {
                "Only events with " (one.map_or("one container", |it| it.name.as_str())) ". "
                a class="link" href=(link.without("units")) { "Show all" }
            }
        }
        (clashes(&calendar))
        @if calendar.items.is_empty() { (nothing(&visit)) }
        @else if span == Span::Month { (month(&visit, &calendar, first, end)) }
        @else if by == By::Containers && calendar.bookings.is_empty() { (no_containers()) }
        @else { (board("Calendar", &board_days(&days, today), &lanes(&visit, &calendar, &days, by))) }
    };
    let page = Page::list("Calendar", Room::Calendar, &visit.viewer, body);
    Ok(visit.render(Page { scripts: &["calendar.js"], styles: &["calendar.css"], ..page }))
}

fn lead(span: Span, on: Day, first: Day, calendar: &Calendar) -> String {
    let when = match span {
        Span::Day => words::day_short(on),
        Span::Week => format!("{} to {}", words::day_short(first), words::day_short(first.plus(6))),
        Span::Month => format!("{} {}", words::month(on.civil().month()), on.civil().year()),
    };
    let events = words::count(calendar.items.len() as i64, "event", "events");
    match calendar.conflicts.len() {
        0 => format!("{when}, {events}"),
        clashes => format!("{when}, {events}, {}", words::count(clashes as i64, "clash", "clashes")),
    }
}

fn nothing(visit: &Visit) -> Markup {
    let empty =
        Empty::new(Icon::Calendar, "Nothing in these days").text("Cases and other events of your reach appear here.");
    if visit.may(Permission::ManageEvents) {
        return empty.action(Button::link("New event", "/events/new").primary()).render();
    }
    empty.render()
}

fn no_containers() -> Markup {
    Empty::new(Icon::Box, "No container is booked in these days")
        .text("Containers that are put on an event appear here, each with its days.")
        .render()
}

/// What collides, said once above the board.
fn clashes(calendar: &Calendar) -> Markup {
    html! {
        @if !calendar.conflicts.is_empty() {
            div class="pad-x" {
                (banner(Banner::Warning, html! {
                    b { (words::count(calendar.conflicts.len() as i64, "clash", "clashes")) }
                    ul { @for clash in calendar.conflicts.iter().take(4) { li { a class="link" href={ "/events/" (clash.event_ids[1]) } data-look { (clash.sentence) } } } }
                }, None))
            }
        }
    }
}

/// The first clash of each event.
type Clashes<'a> = HashMap<EventId, &'a CalendarConflict>;

fn clashes_of(calendar: &Calendar) -> Clashes<'_> {
    let mut found = Clashes::new();
    for clash in &calendar.conflicts {
        for id in clash.event_ids {
            found.entry(id).or_insert(clash);
        }
    }
    found
}

fn slot(visit: &Visit, clashes: &Clashes<'_>, event: &EventSummary, by: By) -> Slot {
    let clash = clashes.get(&event.id);
    let place = event.location_name.clone().unwrap_or_default();
    let detail = match by {
        By::People => place,
        By::Locations => event.representative_name.clone(),
        By::Containers if place.is_empty() => event.representative_name.clone(),
        By::Containers => format!("{place}, {}", event.representative_name),
    };
    let what = [event.procedure_name.as_deref(), event.physician_name.as_deref()];
    let title = what.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let status = match clash {
        Some(clash) => Status::new(
            Tone::Red,
            if clash.kind == "container" {
                format!("{} twice", clash.subject_name)
            } else {
                "Two at a time".to_owned()
            },
        ),
        None => events::status(&visit.ctx, event),
    };
    Slot {
        time: words::clock_in(&event.time_zone, event.starts_at).into(),
        title: if title.is_empty() { event.r#type.label().into() } else { title.into() },
        detail: detail.into(),
        href: format!("/events/{}", event.id).into(),
        status,
        clash: clash.is_some(),
        moves: (event.status == EventStatus::Open && visit.may(Permission::ManageEvents))
            .then(|| format!("/events/{}/move", event.id).into()),
    }
}

fn board_days(days: &[Day], today: Day) -> Vec<BoardDay> {
    days.iter()
        .map(|day| BoardDay { label: words::day_short(*day).into(), note: "".into(), today: *day == today })
        .collect()
}

fn lanes(visit: &Visit, calendar: &Calendar, days: &[Day], by: By) -> Vec<Lane> {
    let mut lanes: BTreeMap<String, Vec<&EventSummary>> = BTreeMap::new();
    let mut booked: BTreeMap<EventId, Vec<&str>> = BTreeMap::new();
    for it in &calendar.bookings {
        booked.entry(it.event_id).or_default().push(&it.name);
    }
    for event in &calendar.items {
        let names = match by {
            By::People => vec![event.representative_name.clone()],
            By::Locations => vec![event.location_name.clone().unwrap_or_else(|| "No location".to_owned())],
            By::Containers => booked.get(&event.id).into_iter().flatten().map(|name| (*name).to_owned()).collect(),
        };
        for name in names {
            lanes.entry(name).or_default().push(event);
        }
    }
    let clashes = clashes_of(calendar);
    let lane = |(name, events): (String, Vec<&EventSummary>)| {
        let on = |day: &Day| {
            events.iter().filter(|event| event.event_on == *day).map(|event| slot(visit, &clashes, event, by)).collect()
        };
        Lane {
            name: name.into(),
            note: words::count(events.len() as i64, "event", "events").into(),
            days: days.iter().map(on).collect(),
            dates: days.iter().map(|day| day.to_string().into()).collect(),
            more: Vec::new(),
        }
    };
    lanes.into_iter().map(lane).collect()
}

/// A month: a lane for each week.
fn month(visit: &Visit, calendar: &Calendar, first: Day, end: Day) -> Markup {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let today = visit.ctx.today();
    let heads: Vec<BoardDay> = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| BoardDay {
            label: Text::Borrowed(name),
            note: "".into(),
            today: (first.0..end.0).contains(&today.0) && (today.0 + 3).rem_euclid(7) == at as i32,
        })
        .collect();
    let clashes = clashes_of(calendar);
    let mut by_day: BTreeMap<Day, Vec<&EventSummary>> = BTreeMap::new();
    for event in calendar.items.iter().filter(|event| event.status != EventStatus::Cancelled) {
        by_day.entry(event.event_on).or_default().push(event);
    }
    let of = |day: Day| by_day.get(&day).map_or(&[][..], Vec::as_slice);
    let weeks = (first.0..end.0).step_by(7).map(Day).map(|week| {
        let shown = |day: Day| {
            let slots = of(day).iter().take(OF_A_DAY).map(|event| Slot {
                detail: event.representative_name.clone().into(),
                ..slot(visit, &clashes, event, By::Locations)
            });
            slots.collect()
        };
        let more = |day: Day| {
            let rest = of(day).len().checked_sub(OF_A_DAY).filter(|rest| *rest > 0)?;
            let all = visit.link.with("span", Span::Day.word()).with("on", day).to_string();
            Some((format!("{rest} more").into(), all.into()))
        };
        let date = |day: Day| format!("{} {}", day.civil().day(), words::month(day.civil().month()));
        Lane {
            name: date(week).into(),
            note: format!("to {}", date(week.plus(6))).into(),
            days: (0..7).map(|at| shown(week.plus(at))).collect(),
            dates: (0..7).map(|at| week.plus(at).to_string().into()).collect(),
            more: (0..7).map(|at| more(week.plus(at))).collect(),
        }
    });
    board("Calendar", &heads, &weeks.collect::<Vec<_>>())
}

/// The address of a day.
pub fn on(day: Day) -> String {
    Link::new("/calendar").with("span", "day").with("on", day).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_where_they_should() {
        let day = Day::parse("2026-11-22").unwrap();
        assert_eq!(Span::Week.days(day), (Day::parse("2026-11-16").unwrap(), Day::parse("2026-11-23").unwrap()));
        assert_eq!(Span::Month.days(day), (Day::parse("2026-10-26").unwrap(), Day::parse("2026-12-07").unwrap()));
        assert_eq!(Span::Month.beside(Day::parse("2026-01-31").unwrap(), 1).civil().month(), 2);
        assert_eq!(Span::Month.beside(Day::parse("2026-03-01").unwrap(), -1).civil().month(), 2);
    }
}
