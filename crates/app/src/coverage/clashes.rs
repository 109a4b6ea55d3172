//! What stands in the way of a day, for the calendar: representatives who are away, and cases too close for the way between.

use super::case::place_of;
use super::settings;
use crate::{Ctx, Result};
use contract::events::{CalendarConflict, EventSummary};
use domain::clock::Instant;
use domain::coverage::candidates::TURNAROUND_MINUTES;
use domain::coverage::travel::Spot;
use domain::event::EventStatus;
use domain::id::UserId;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use uuid::Uuid;

/// Between cases that are longer apart there is time for every way, in minutes.
const NEAR: i64 = 8 * 60;

/// Absences of representatives, and cases that are too close to each other.
pub(crate) fn clashes(ctx: &Ctx, tx: &mut Tx, items: &[EventSummary]) -> Result<Vec<CalendarConflict>> {
    let mut by_person: BTreeMap<UserId, Vec<&EventSummary>> = BTreeMap::new();
    for item in items.iter().filter(|item| item.status == EventStatus::Open) {
        by_person.entry(item.representative_id).or_default().push(item);
    }
    let mut found = away(ctx, tx, &by_person)?;
    found.extend(too_close(ctx, tx, &by_person)?);
    Ok(found)
}

fn away(ctx: &Ctx, tx: &mut Tx, by_person: &BTreeMap<UserId, Vec<&EventSummary>>) -> Result<Vec<CalendarConflict>> {
    let all = || by_person.values().flatten();
    let (Some(from), Some(to)) = (all().map(|it| it.starts_at.0).min(), all().map(|it| it.ends_at.0).max()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (who, begins, ends) in store::coverage::load::away(tx, ctx.org(), from, to)? {
        for item in by_person.get(&UserId::from_uuid(who)).into_iter().flatten() {
            if item.starts_at.0 < ends && item.ends_at.0 > begins {
                found.push(CalendarConflict {
                    kind: "absence".to_owned(),
                    subject_id: item.representative_id.to_string(),
                    subject_name: item.representative_name.clone(),
                    event_ids: [item.id, item.id],
                    starts_at: item.starts_at.max(Instant(begins)),
                    ends_at: item.ends_at.min(Instant(ends)),
                    sentence: format!("{} is away and has {}: find cover.", item.representative_name, item.number),
                });
            }
        }
    }
    Ok(found)
}

fn too_close(
    ctx: &Ctx,
    tx: &mut Tx,
    by_person: &BTreeMap<UserId, Vec<&EventSummary>>,
) -> Result<Vec<CalendarConflict>> {
    let mut pairs: Vec<(&EventSummary, &EventSummary, i64)> = Vec::new();
    for items in by_person.values() {
        for pair in items.windows(2) {
            let gap = (pair[1].starts_at.0 - pair[0].ends_at.0) / 60_000_000;
            let same = pair[0].location_id.is_some() && pair[0].location_id == pair[1].location_id;
            if (0..NEAR).contains(&gap) && pair[1].starts_at >= pair[0].ends_at && !same {
                pairs.push((pair[0], pair[1], gap));
            }
        }
    }
    let mut ids: Vec<Uuid> = pairs.iter().flat_map(|(a, b, _)| [a.id.uuid(), b.id.uuid()]).collect();
    ids.sort_unstable();
    ids.dedup();
    let spots: HashMap<Uuid, Option<Spot>> = store::coverage::load::event_places(tx, ctx.org(), &ids)?
        .into_iter()
        .map(|row| (row.event_id, place_of(&row)))
        .collect();
    let travel = settings::of(ctx).travel;
    let mut found = Vec::new();
    for (first, second, gap) in pairs {
        let spot = |event: &EventSummary| spots.get(&event.id.uuid()).copied().flatten();
        // Where one of the places is not known, nothing is said: a calendar must not cry wolf.
        let (Some(from), Some(to)) = (spot(first), spot(second)) else { continue };
        let way = travel.minutes(Some(from), Some(to));
        if gap < way + TURNAROUND_MINUTES {
            found.push(CalendarConflict {
                kind: "travel".to_owned(),
                subject_id: first.representative_id.to_string(),
                subject_name: first.representative_name.clone(),
                event_ids: [first.id, second.id],
                starts_at: first.ends_at,
                ends_at: second.starts_at,
                sentence: format!(
                    "{} has {gap} minutes between {} and {}, which are {way} minutes apart.",
                    first.representative_name, first.number, second.number
                ),
            });
        }
    }
    Ok(found)
}
