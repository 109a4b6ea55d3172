//! Days at a glance: which events, and who or what is wanted twice at a time.

use super::plan::LONGEST_DAYS;
use super::{moment, summary, within};
use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use contract::events::{Calendar, CalendarBooking, CalendarConflict, EventSummary};
use domain::clock::Instant;
use domain::event::EventStatus;
use domain::id::{EventId, Id, Kind, UnitId};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::events::{BookingRow, NamedRow, UNNAMED_COLUMNS};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// A calendar shows at most this many days at a time.
const SPAN_DAYS: i64 = 92;
/// A calendar shows at most this many events at a time.
const MOST_EVENTS: u32 = 10_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// A calendar with everything that lists know of its events.
#[derive(Debug)]
pub struct Whole {
    /// The events, by their beginning.
    pub items: Vec<EventSummary>,
    /// Whoever or whatever is wanted twice at a time.
    pub conflicts: Vec<CalendarConflict>,
    /// Which containers are booked for which of the events.
    pub bookings: Vec<CalendarBooking>,
}

/// The events in reach between two moments that were not cancelled, and where they collide. `people` narrows it to events of
/// these representatives and sub-representatives, `units` to those for which these are booked or on which they are marked.
pub fn calendar(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Calendar> {
    let Whole { items, conflicts, bookings } = whole(ctx, tx, params)?;
    Ok(Calendar { items: items.into_iter().map(Into::into).collect(), conflicts, bookings })
}

/// The same with everything that lists know of its events.
pub fn whole(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Whole> {
    let items = events(ctx, tx, params)?;
    let booked = booked(ctx, tx, &items)?;
    let mut bookings: Vec<CalendarBooking> = booked
        .iter()
        .map(|it| CalendarBooking {
            unit_id: Id::from_uuid(it.unit_id),
            name: super::unit_name(&it.number, "", &it.serial),
            event_id: Id::from_uuid(it.event_id),
            starts_at: Instant(it.starts_at),
            ends_at: Instant(it.ends_at),
        })
        .collect();
    bookings.sort_by_key(|it| (it.starts_at, it.unit_id));
    let conflicts = conflicts(ctx, tx, &items, booked, None)?;
    Ok(Whole { items, conflicts, bookings })
}

/// What is booked for events that are sorted by their beginning: read by its time, because most events of a month have no containers.
fn booked(ctx: &Ctx, tx: &mut Tx, items: &[EventSummary]) -> Result<Vec<BookingRow>> {
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Ok(Vec::new()) };
    let shown: HashSet<Uuid> = items.iter().map(|item| item.id.uuid()).collect();
    let mut rows = store::events::bookings_between(tx, ctx.org(), first.starts_at.0, last.starts_at.0)?;
    rows.retain(|row| shown.contains(&row.event_id));
    Ok(rows)
}

/// The events of [`calendar`].
pub(super) fn events(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Vec<EventSummary>> {
    list::only(params, &["from", "to", "people", "units"])?;
    let missing = |field: &str| Error::field(field, "required", "Give from and to.");
    let from = moment(ctx, params, "from")?.ok_or_else(|| missing("from"))?;
    let to = moment(ctx, params, "to")?.ok_or_else(|| missing("to"))?;
    if to <= from || to.0 - from.0 > SPAN_DAYS * DAY_MICROS {
        let message = format!("Give a time of at most {SPAN_DAYS} days, its end after its beginning.");
        return Err(Error::field("to", "invalid_range", message));
    }
    let mut query = Query::new(format!("SELECT {UNNAMED_COLUMNS} FROM event"));
    query.and("event.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("event.starts_at < ?", [Value::Int(to.0)]);
    // No event is longer, so that the index knows where to begin.
    query.and("event.starts_at > ?", [Value::Int(from.0 - LONGEST_DAYS * DAY_MICROS)]);
    query.and("event.ends_at > ?", [Value::Int(from.0)]);
    query.and("event.status <> ?", [Value::Text(EventStatus::Cancelled.as_str().into())]);
    query.and_some(within(ctx));
    if let Some(people) = list::ids::<domain::id::User>(params, "people")? {
        having(ctx, &mut query, &[("event_person", "user_id")], &people);
    }
    if let Some(units) = list::ids::<domain::id::Unit>(params, "units")? {
        having(ctx, &mut query, &[("event_container", "unit_id"), ("event_line", "unit_id")], &units);
    }
    let by_start = [Sort { column: "event.starts_at", descending: false }];
    let (mut rows, more) = query.page::<NamedRow>(tx, &by_start, "event.id", None, MOST_EVENTS)?;
    if more {
        let message = format!("There are more than {MOST_EVENTS} events in this time. Choose fewer days or people.");
        return Err(Error::field("to", "too_many_events", message));
    }
    store::events::fill_names(tx, ctx.org(), &mut rows)?;
    Ok(rows.into_iter().map(|row| summary(ctx, row)).collect())
}

/// Narrows a calendar to events that have one of these in a column of one of the tables.
fn having<K: Kind>(ctx: &Ctx, query: &mut Query, places: &[(&str, &str)], ids: &[Id<K>]) {
    let marks = vec!["?"; ids.len().max(1)].join(", ");
    let (mut texts, mut args) = (Vec::new(), Vec::new());
    for (table, column) in places {
        texts.push(format!(
            "EXISTS (SELECT 1 FROM {table} wanted WHERE wanted.organization_id = ? AND wanted.event_id = event.id \
             AND wanted.{column} IN ({marks}))"
        ));
        args.push(Value::Uuid(ctx.org()));
        args.extend(ids.iter().map(|id| Value::Uuid(id.uuid())));
        if ids.is_empty() {
            args.push(Value::Uuid(Uuid::nil()));
        }
    }
    query.and(&format!("({})", texts.join(" OR ")), args);
}

/// Something wanted from one moment to another.
struct Wanted {
    event: EventId,
    starts_at: i64,
    ends_at: i64,
}

/// What collides among events that are sorted by their beginning. The bookings of `moved` are taken as that much later, in
/// microseconds.
pub(super) fn conflicts(
    ctx: &Ctx,
    tx: &mut Tx,
    items: &[EventSummary],
    mut bookings: Vec<BookingRow>,
    moved: Option<(EventId, i64)>,
) -> Result<Vec<CalendarConflict>> {
    let mut people: BTreeMap<Uuid, Vec<Wanted>> = BTreeMap::new();
    let mut names: HashMap<Uuid, String> = HashMap::new();
    for item in items.iter().filter(|item| item.status == EventStatus::Open) {
        let id = item.representative_id.uuid();
        names.entry(id).or_insert_with(|| item.representative_name.clone());
        let wanted = Wanted { event: item.id, starts_at: item.starts_at.0, ends_at: item.ends_at.0 };
        people.entry(id).or_default().push(wanted);
    }
    let mut containers: BTreeMap<Uuid, Vec<Wanted>> = BTreeMap::new();
    bookings.retain(|it| it.open);
    for it in &mut bookings {
        let later = moved.filter(|(event, _)| event.uuid() == it.event_id).map_or(0, |(_, later)| later);
        (it.starts_at, it.ends_at) = (it.starts_at + later, it.ends_at + later);
    }
    bookings.sort_by_key(|it| it.starts_at);
    for it in bookings {
        names.insert(it.unit_id, super::unit_name(&it.number, "", &it.serial));
        let wanted = Wanted { event: Id::from_uuid(it.event_id), starts_at: it.starts_at, ends_at: it.ends_at };
        containers.entry(it.unit_id).or_default().push(wanted);
    }
    let numbers: HashMap<EventId, &str> = items.iter().map(|item| (item.id, item.number.as_str())).collect();
    let mut found = Vec::new();
    for (kind, wanted) in [("representative", people), ("container", containers)] {
        for (subject, times) in wanted {
            let name = names.get(&subject).cloned().unwrap_or_default();
            let id = match kind {
                "container" => UnitId::from_uuid(subject).to_string(),
                _ => domain::id::UserId::from_uuid(subject).to_string(),
            };
            for (first, second, starts_at, ends_at) in overlaps(&times) {
                let number = |id| numbers.get(&id).copied().unwrap_or_default();
                found.push(CalendarConflict {
                    kind: kind.to_owned(),
                    subject_id: id.clone(),
                    subject_name: name.clone(),
                    event_ids: [first, second],
                    starts_at: Instant(starts_at),
                    ends_at: Instant(ends_at),
                    sentence: format!(
                        "{name} is wanted for {} and {} at the same time.",
                        number(first),
                        number(second)
                    ),
                });
            }
        }
    }
    found.extend(crate::coverage::clashes(ctx, tx, items)?);
    found.sort_by_key(|conflict| conflict.starts_at);
    Ok(found)
}

/// Pairs that overlap, of times sorted by their beginning. Touching is not overlapping.
fn overlaps(times: &[Wanted]) -> Vec<(EventId, EventId, i64, i64)> {
    let mut found = Vec::new();
    for (at, first) in times.iter().enumerate() {
        for second in times[at + 1..].iter().take_while(|second| second.starts_at < first.ends_at) {
            found.push((first.event, second.event, second.starts_at, first.ends_at.min(second.ends_at)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_overlaps_are_found() {
        let wanted =
            |n: u128, starts_at, ends_at| Wanted { event: Id::from_uuid(Uuid::from_u128(n)), starts_at, ends_at };
        let times = [wanted(1, 0, 10), wanted(2, 5, 7), wanted(3, 9, 20), wanted(4, 20, 30)];
        let found: Vec<(u128, u128, i64, i64)> = overlaps(&times)
            .into_iter()
            .map(|(a, b, from, to)| (a.uuid().as_u128(), b.uuid().as_u128(), from, to))
            .collect();
        assert_eq!(found, [(1, 2, 5, 7), (1, 3, 9, 10)]);
    }
}
