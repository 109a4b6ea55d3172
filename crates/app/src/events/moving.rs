//! Another time for an event, and what follows from it, before anything is changed.

use super::{bare_facts, named_summary, readable};
use crate::{Ctx, Result};
use contract::ListParams;
use contract::events::EventSummary;
use domain::clock::{Day, Instant};
use domain::event::{EventStatus, lifecycle};
use domain::id::EventId;
use std::collections::BTreeMap;
use store::Tx;
use store::events::EventRow;

const DAY_MICROS: i64 = 86_400_000_000;
/// So far around the new time other events are looked at: nights away and long ways between two cases fit in.
const AROUND_DAYS: i64 = 2;

/// An event at another time.
#[derive(Debug)]
pub struct Moved {
    /// The event as it stands now.
    pub event: EventSummary,
    /// When it would begin.
    pub starts_at: Instant,
    /// When it would end: it stays as long as it is.
    pub ends_at: Instant,
    /// The day of its beginning, where the facility is.
    pub day: Day,
    /// What would collide: people, containers, ways between cases, days off. One sentence each.
    pub clashes: Vec<String>,
    /// Marked units that are past their date on the new day: "Femoral component 3 left, lot L24-182B, expires 2026-12-19".
    pub expired: Vec<String>,
    /// Prices are agreed by the day and are looked up anew.
    pub reprices: bool,
}

/// What would follow from moving an open event in reach to another beginning. Writes nothing.
///
/// # Errors
/// Not found out of reach; conflict when the event is no longer open.
pub fn preview(ctx: &Ctx, tx: &mut Tx, id: EventId, starts_at: Instant) -> Result<Moved> {
    let row = readable(ctx, tx, id.uuid())?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let event = named_summary(ctx, tx, row.id)?;
    let ends_at = Instant(starts_at.0 + (row.ends_at - row.starts_at));
    let day = starts_at.day_in(&row.time_zone);
    let moved = EventSummary { starts_at, ends_at, event_on: day, ..event.clone() };
    let clashes = clashes(ctx, tx, &row, moved)?;
    let expired = expired(ctx, tx, &row, day)?;
    let (lines, _, _) = store::events::sums(tx, ctx.org(), row.id)?;
    let reprices = lines > 0 && i64::from(day.0) != row.day;
    Ok(Moved { event, starts_at, ends_at, day, clashes, expired, reprices })
}

/// The calendar around the new time, as it would be, and what collides in it with this event.
pub(super) fn clashes(ctx: &Ctx, tx: &mut Tx, row: &EventRow, moved: EventSummary) -> Result<Vec<String>> {
    let mut around: BTreeMap<EventId, EventSummary> = BTreeMap::new();
    let containers = store::events::containers(tx, ctx.org(), row.id)?;
    let containers: Vec<String> =
        containers.into_iter().map(|id| domain::id::UnitId::from_uuid(id).to_string()).collect();
    let filters = [("people", moved.representative_id.to_string()), ("units", containers.join(","))];
    for (name, ids) in filters.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let mut params = ListParams::default();
        let at = |instant: i64| Instant(instant).rfc3339();
        params.filters.insert("from".into(), at(moved.starts_at.0 - AROUND_DAYS * DAY_MICROS));
        params.filters.insert("to".into(), at(moved.ends_at.0 + AROUND_DAYS * DAY_MICROS));
        params.filters.insert(name.into(), ids);
        around.extend(super::calendar::events(ctx, tx, &params)?.into_iter().map(|it| (it.id, it)));
    }
    let (id, later) = (moved.id, moved.starts_at.0 - row.starts_at);
    around.insert(id, moved);
    let mut items: Vec<EventSummary> = around.into_values().filter(|event| event.status == EventStatus::Open).collect();
    items.sort_by_key(|event| (event.starts_at, event.id));
    let events: Vec<uuid::Uuid> = items.iter().map(|event| event.id.uuid()).collect();
    let bookings = store::events::bookings(tx, ctx.org(), &events)?;
    let found = super::calendar::conflicts(ctx, tx, &items, bookings, Some((id, later)))?;
    Ok(found.into_iter().filter(|it| it.event_ids.contains(&id)).map(|it| it.sentence).collect())
}

fn expired(ctx: &Ctx, tx: &mut Tx, row: &EventRow, day: Day) -> Result<Vec<String>> {
    let lines = store::events::lines(tx, ctx.org(), row.id)?;
    let past = lines.into_iter().filter(|line| line.expires_on.is_some_and(|last| last < i64::from(day.0)));
    Ok(past
        .map(|line| {
            let last = line.expires_on.map_or(day, |days| Day(days as i32));
            let which = if line.serial.is_empty() { ("lot", line.lot) } else { ("serial", line.serial) };
            format!("{}, {} {}, expires {last}", line.description, which.0, which.1)
        })
        .collect())
}
