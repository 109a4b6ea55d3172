//! What the team says about an event, in any state of it. It changes nothing of the event, and is not for the people of the hospital.

use super::plan::typed;
use super::{notify, notify_office, number, readable};
use crate::{Ctx, Error, Result};
use contract::Items;
use contract::events::{AddEventComment, EventComment};
use domain::clock::Instant;
use domain::id::{EventId, Id};
use domain::limits;
use domain::people::Role;
use std::collections::BTreeSet;
use store::Tx;
use store::comments::CommentRow;
use store::events::EventRow;
use uuid::Uuid;

/// So much is said about one event at most.
const COMMENTS_MAX: usize = 500;

fn view(row: CommentRow) -> EventComment {
    EventComment {
        id: Id::from_uuid(row.id),
        text: row.said,
        by_id: Id::from_uuid(row.said_by),
        by_name: row.name,
        at: Instant(row.said_at),
    }
}

/// Whether somebody takes part: everybody but the people of the hospital.
pub fn takes_part(ctx: &Ctx) -> bool {
    ctx.actor.role != Role::FacilityManager
}

/// An event in reach of somebody who takes part.
fn among_us(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventRow> {
    let row = readable(ctx, tx, id.uuid())?;
    if takes_part(ctx) {
        return Ok(row);
    }
    Err(Error::forbidden("not_allowed", "What the team says about an event is not for the people of the hospital."))
}

/// What was said about an event in reach, the first first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<EventComment>> {
    let row = among_us(ctx, tx, id)?;
    Ok(Items { items: store::comments::list(tx, ctx.org(), row.id)?.into_iter().map(view).collect() })
}

/// Says something about an event. Whoever is on it, and whoever said something before, is told; the office when the field says it.
pub fn add(ctx: &Ctx, tx: &mut Tx, id: EventId, new: &AddEventComment) -> Result<EventComment> {
    let row = among_us(ctx, tx, id)?;
    let said = typed("text", domain::text::clean_note(&new.text, limits::NOTE_MAX))?;
    if said.is_empty() {
        return Err(Error::field("text", "required", "Say something."));
    }
    let before = store::comments::list(tx, ctx.org(), row.id)?;
    if before.len() >= COMMENTS_MAX {
        return Err(Error::conflict("too_many_comments", "As much was said about this event as can be kept."));
    }
    let made = ctx.id::<domain::id::EventComment>().uuid();
    store::comments::insert(tx, ctx.org(), row.id, made, &said, (ctx.actor.id.uuid(), ctx.now.0))?;
    let mut entry = ctx.entry("event_commented").subject(row.id);
    entry.change(made, "comment", None, Some("added".into()));
    entry.append(ctx, tx)?;
    let sentence = format!("{} on {}: \u{201c}{}\u{201d}", ctx.actor.name, number(row.number), short(&said));
    let office: Vec<Uuid> = store::events::office(tx, ctx.org())?;
    let spoke: BTreeSet<Uuid> = before.iter().map(|it| it.said_by).collect();
    // Whoever spoke before may see the event no longer.
    let (inside, outside): (Vec<Uuid>, Vec<Uuid>) = spoke.into_iter().partition(|it| office.contains(it));
    let mut whom: BTreeSet<Uuid> = inside.into_iter().collect();
    whom.extend(store::reach::reaching(tx, ctx.org(), row.representative_id, &outside)?);
    whom.extend(store::events::people(tx, ctx.org(), row.id)?.into_iter().map(|it| it.user_id));
    for person in whom.iter().filter(|it| ctx.actor.role.is_office() || !office.contains(it)) {
        notify(ctx, tx, *person, "event_commented", &row, &sentence)?;
    }
    notify_office(ctx, tx, "event_commented", &row, &sentence)?;
    let all = store::comments::list(tx, ctx.org(), row.id)?;
    all.into_iter().find(|it| it.id == made).map(view).ok_or_else(Error::not_found)
}

/// The beginning of what was said, for a notice.
fn short(said: &str) -> String {
    const MOST: usize = 160;
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}\u{2026}", &line[..end]),
        None => line,
    }
}
