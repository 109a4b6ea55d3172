//! Asking instead of assigning: a case is offered to several people, and the first to accept has it, once. It is handed over in
//! the right of whoever made the offer.

use super::apply::{carry_out, covered};
use super::preview::{coverable, make, taker};
use super::sources::Taken;
use super::{authority, rank};
use crate::events::plan::typed;
use crate::events::readable;
use crate::units::notify;
use crate::{Ctx, Error, Result};
use contract::coverage::{CoverEdits, CoveredEvent, Offer, OfferCase};
use contract::{Items, Page};
use domain::clock::Instant;
use domain::event::lifecycle;
use domain::id::{EventId, Id, OfferId};
use domain::limits;
use domain::people::{Level, Permission};
use std::collections::BTreeSet;
use store::Tx;
use store::coverage::keep::OfferRow;
use store::events::EventRow;
use uuid::Uuid;

/// People who are asked at once.
const ASKED_MAX: usize = 50;

fn view(ctx: &Ctx, tx: &mut Tx, row: OfferRow, event: &EventRow) -> Result<Offer> {
    Ok(Offer {
        id: Id::from_uuid(row.id),
        event_id: Id::from_uuid(row.event_id),
        event_number: crate::events::number(event.number),
        event_name: event.name.clone(),
        starts_at: Instant(event.starts_at),
        user_id: Id::from_uuid(row.user_id),
        user_name: store::people::name(tx, ctx.org(), row.user_id)?.unwrap_or_default(),
        created_by_id: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
        state: row.state,
        decided_at: row.decided_at.map(Instant),
        note: row.note,
        reason: row.reason,
    })
}

/// Offers of an event, the last first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<Offer>> {
    let event = readable(ctx, tx, id.uuid())?;
    ctx.require(Permission::CoverEvents)?;
    let rows = store::coverage::keep::offers_of_event(tx, ctx.org(), event.id)?;
    let items = rows.into_iter().map(|row| view(ctx, tx, row, &event)).collect::<Result<_>>()?;
    Ok(Items { items })
}

/// Open offers to the viewer, the last first.
pub fn mine(ctx: &Ctx, tx: &mut Tx) -> Result<Page<Offer>> {
    let mut items = Vec::new();
    for row in store::coverage::keep::offers_to(tx, ctx.org(), ctx.principal().uuid())? {
        if let Some(event) = store::events::event(tx, ctx.org(), row.event_id)? {
            items.push(view(ctx, tx, row, &event)?);
        }
    }
    Ok(Page { items, next_cursor: None, total: None })
}

/// Asks several people whether they take a case. Whoever was asked before and has not answered is not asked twice.
pub fn create(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &OfferCase) -> Result<Items<Offer>> {
    let event = coverable(ctx, tx, id)?;
    ctx.check_version(event.version, || crate::events::view(ctx, tx, event.id))?;
    lifecycle::edit(&crate::events::bare_facts(&event)?)?;
    let note = typed("note", domain::text::clean_note(&body.note, limits::REASON_MAX))?;
    if body.user_ids.is_empty() || body.user_ids.len() > ASKED_MAX {
        return Err(Error::field("user_ids", "invalid_count", format!("Ask 1 to {ASKED_MAX} people.")));
    }
    let mut whom = BTreeSet::new();
    for (at, user) in body.user_ids.iter().enumerate() {
        whom.insert(taker(ctx, tx, &event, *user).map_err(|error| placed(error, at))?);
    }
    let rows = store::coverage::keep::offers_of_event(tx, ctx.org(), event.id)?;
    let open: BTreeSet<Uuid> = rows.iter().filter(|row| row.state == "open").map(|row| row.user_id).collect();
    // Those who still think about it and those who are asked now are one round: one of them has it.
    let running = rows.iter().find(|row| row.state == "open").map(|row| row.round_id);
    let round = running.unwrap_or_else(|| ctx.id::<domain::id::Offer>().uuid());
    let number = crate::events::number(event.number);
    let at = Instant(event.starts_at).local(&event.time_zone);
    let mut entry = ctx.entry("cover_offered").reason(&note).subject(event.id);
    for user in whom.into_iter().filter(|user| !open.contains(user)) {
        let row = OfferRow {
            id: ctx.id::<domain::id::Offer>().uuid(),
            event_id: event.id,
            round_id: round,
            user_id: user,
            state: "open".to_owned(),
            note: note.clone(),
            reason: String::new(),
            created_by: ctx.actor.id.uuid(),
            created_at: ctx.now.0,
            decided_at: None,
        };
        store::coverage::keep::insert_offer(tx, ctx.org(), &row)?;
        entry = entry.subject(user);
        entry.change(row.id, "state", None, Some("open".into()));
        let why = if note.is_empty() { String::new() } else { format!(" {note}") };
        let sentence = format!("{} asks whether you can take {number}: {}, {at}.{why}", ctx.actor.name, event.name);
        notify(ctx, tx, user, "case_offered", event.id, &sentence)?;
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    list(ctx, tx, id)
}

/// A field of the list, told as such.
fn placed(error: Error, at: usize) -> Error {
    let field = format!("user_ids[{at}]");
    match error {
        Error::NotFound(Some(_)) => Error::NotFound(Some(field)),
        Error::Invalid { code, message, .. } => Error::field(field, code, message),
        other => other,
    }
}

/// An offer to the viewer, with its event locked.
fn own(ctx: &Ctx, tx: &mut Tx, id: OfferId) -> Result<(OfferRow, EventRow)> {
    let known = store::coverage::keep::offer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let reach = store::reach::of(tx, ctx.viewer(), known.user_id)?.person;
    let itself = known.user_id == ctx.principal().uuid() && !ctx.actor.custodian_only;
    if !itself && reach < Level::Act {
        return Err(Error::not_found());
    }
    let event = store::events::lock_event(tx, ctx.org(), known.event_id)?.ok_or_else(Error::not_found)?;
    if !itself {
        let message = "This was offered to somebody else. Only they can answer; give them the case instead.";
        return Err(Error::forbidden("not_your_offer", message));
    }
    // Read again behind the lock: somebody may have been quicker.
    let row = store::coverage::keep::offer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok((row, event))
}

fn must_be_open(row: &OfferRow) -> Result<()> {
    let message = match row.state.as_str() {
        "open" => return Ok(()),
        "closed" => "Somebody else has this case by now. Thank you all the same.",
        "declined" => "You declined this already.",
        _ => "You accepted this already.",
    };
    Err(Error::conflict("offer_taken", message))
}

/// Takes an offered case: the first to do so has it.
pub fn accept(ctx: &Ctx, tx: &mut Tx, id: OfferId) -> Result<CoveredEvent> {
    let (row, mut event) = own(ctx, tx, id)?;
    must_be_open(&row)?;
    lifecycle::edit(&crate::events::bare_facts(&event)?)?;
    let gone = || {
        let message = "Whoever offered you this case may not give it away any more. Ask the office.";
        Error::conflict("offer_void", message)
    };
    let right = authority::of(ctx, tx, row.created_by)?.ok_or_else(gone)?;
    let still = crate::events::level(&right, tx, &event)? >= Level::Act && right.may(Permission::CoverEvents);
    if !still {
        return Err(gone());
    }
    if event.representative_id == row.user_id {
        return Err(Error::conflict("offer_taken", "The case is yours already."));
    }
    let made = make(&right, tx, &event, row.user_id, &CoverEdits::default(), &Taken::default())?;
    if !store::coverage::keep::decide_offer(tx, ctx.org(), row.id, "accepted", "", ctx.now.0)? {
        return Err(Error::Db(store::Error::Conflict));
    }
    let reason = format!("Offered by {}.", right.actor.name);
    let case = carry_out(ctx, tx, &mut event, &made, &reason, None)?;
    let sentence = format!(
        "{} accepted {}: {}, {}.",
        made.to.name,
        crate::events::number(event.number),
        event.name,
        made.case.starts_at.local(&made.case.time_zone)
    );
    notify(ctx, tx, row.created_by, "offer_accepted", event.id, &sentence)?;
    tell_others(ctx, tx, &row, &sentence)?;
    covered(ctx, tx, &event, &case)
}

/// Those who did not answer hear that it is settled.
fn tell_others(ctx: &Ctx, tx: &mut Tx, taken: &OfferRow, sentence: &str) -> Result<()> {
    let rows = store::coverage::keep::offers_of_event(tx, ctx.org(), taken.event_id)?;
    for row in rows.iter().filter(|row| row.round_id == taken.round_id && row.state == "closed") {
        notify(ctx, tx, row.user_id, "offer_closed", taken.event_id, sentence)?;
    }
    Ok(())
}

/// Declines an offered case.
pub fn decline(ctx: &Ctx, tx: &mut Tx, id: OfferId, reason: &str) -> Result<Offer> {
    let (row, event) = own(ctx, tx, id)?;
    must_be_open(&row)?;
    let reason = typed("reason", domain::text::clean_note(reason, limits::REASON_MAX))?;
    if !store::coverage::keep::decide_offer(tx, ctx.org(), row.id, "declined", &reason, ctx.now.0)? {
        return Err(Error::Db(store::Error::Conflict));
    }
    let mut entry = ctx.entry("cover_declined").reason(&reason).subject(event.id).subject(row.user_id);
    entry.change(row.id, "state", Some("open".into()), Some("declined".into()));
    entry.append(ctx, tx)?;
    let number = crate::events::number(event.number);
    let why = if reason.is_empty() { String::new() } else { format!(" {reason}") };
    let left = store::coverage::keep::offers_of_event(tx, ctx.org(), event.id)?;
    let left = left.iter().filter(|it| it.round_id == row.round_id && it.state == "open").count();
    let rest = if left == 0 { " Nobody is left who was asked.".to_owned() } else { String::new() };
    let sentence = format!("{} cannot take {number}.{why}{rest}", ctx.actor.name);
    notify(ctx, tx, row.created_by, "offer_declined", event.id, &sentence)?;
    let row = store::coverage::keep::offer(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    view(ctx, tx, row, &event)
}

/// What stands in the viewer's way, for an offer to them.
pub fn conflicts(ctx: &Ctx, tx: &mut Tx, id: OfferId) -> Result<Items<contract::coverage::CoverConflict>> {
    let row = store::coverage::keep::offer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if row.user_id != ctx.principal().uuid() {
        return Err(Error::not_found());
    }
    let event = store::events::event(tx, ctx.org(), row.event_id)?.ok_or_else(Error::not_found)?;
    let case = super::case::Case::of(ctx, tx, &event)?;
    let who = store::coverage::load::people(tx, ctx.org(), &[row.user_id])?;
    let who = who.into_iter().next().ok_or_else(Error::not_found)?;
    let found = rank::conflicts(ctx, tx, &case, &who)?;
    Ok(Items { items: found.into_iter().map(rank::conflict_view).collect() })
}
