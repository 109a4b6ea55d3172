//! The quote of an event: its lines with their prices and why, how likely the event is, what the customer said, and the way
//! from quoted items to marked units. It has no version of its own: the event is locked first, and counts.

pub mod guest;
pub mod paper;

use super::{bare_facts, day, kind, lines, managed, readable, save, sees_prices};
use crate::directory::ladder::Ladder;
use crate::{Ctx, Error, Result, labels};
use contract::coverage::NeedLine;
use contract::events::{AddLines, AddedLines};
use contract::quotes::{DecideQuote, FillQuote, MakeQuote, Quote, QuoteLine};
use domain::clock::{Day, Instant};
use domain::event::{Usage, lifecycle};
use domain::id::{CatalogItemId, EventId, Id, UnitId};
use domain::limits;
use domain::money::Minor;
use domain::pricing::{self, Price, PriceSource};
use domain::quote::{self, LINES_MAX, QuoteState};
use std::collections::HashMap;
use store::Tx;
use store::events::EventRow;
use store::quotes::{LineRow, QuoteRow};
use uuid::Uuid;

/// The running number of a quote as it is shown.
pub fn number(number: i64) -> String {
    format!("QUO-{number:06}")
}

pub(crate) fn state(row: &QuoteRow) -> QuoteState {
    QuoteState::parse(&row.state).unwrap_or(QuoteState::Draft)
}

fn shown(stored: i64) -> Day {
    Day(stored as i32)
}

/// The quote of an event as it is shown to somebody who sees the event.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, event: &EventRow) -> Result<Quote> {
    let org = ctx.org();
    let row = store::quotes::quote(tx, org, event.id)?;
    let rows = store::quotes::lines(tx, org, event.id)?;
    let marked: HashMap<Uuid, i64> = store::quotes::marked(tx, org, event.id)?.into_iter().collect();
    let lines = rows.into_iter().map(|line| line_view(ctx, line, &marked)).collect();
    let link = store::quotes::link_of(tx, org, event.id, ctx.now.0)?.filter(|link| link.used_at.is_none());
    let prices = sees_prices(ctx);
    let total = row.as_ref().map_or(0, |row| row.total_minor);
    let probability = row.as_ref().and_then(|row| row.probability);
    Ok(Quote {
        id: row.as_ref().map(|row| Id::from_uuid(row.id)),
        number: row.as_ref().map(|row| number(row.number)),
        event_id: Id::from_uuid(event.id),
        revision: row.as_ref().map_or(1, |row| row.revision),
        state: row.as_ref().map_or(QuoteState::Draft, state),
        probability_percent: probability,
        weighted_minor: prices.then(|| quote::weighted(total, probability)),
        valid_until: row.as_ref().and_then(|row| row.valid_until).map(shown),
        note: row.as_ref().map(|row| row.note.clone()).unwrap_or_default(),
        preference_card_id: row.as_ref().and_then(|row| row.preference_card_id).map(Id::from_uuid),
        lines,
        total_minor: prices.then_some(total),
        currency: ctx.organization.currency.clone(),
        decided_at: row.as_ref().and_then(|row| row.decided_at).map(Instant),
        decided_name: row.as_ref().map(|row| row.decided_name.clone()).unwrap_or_default(),
        decided_note: row.as_ref().map(|row| row.decided_note.clone()).unwrap_or_default(),
        decided_by: row.as_ref().and_then(|row| row.decided_by).map(Id::from_uuid),
        link_expires_at: link.map(|link| Instant(link.expires_at)),
        updated_at: row.as_ref().map(|row| Instant(row.updated_at)),
        version: event.version,
    })
}

fn line_view(ctx: &Ctx, line: LineRow, marked: &HashMap<Uuid, i64>) -> QuoteLine {
    let source = PriceSource::parse(&line.price_source).unwrap_or(PriceSource::None);
    let prices = sees_prices(ctx) || source != PriceSource::Contract;
    let (filled, open) = quote::fill(line.quantity, marked.get(&line.item).copied().unwrap_or(0));
    QuoteLine {
        catalog_item_id: Id::from_uuid(line.item),
        catalog_number: line.number,
        description: line.description,
        manufacturer_id: Id::from_uuid(line.manufacturer_id),
        quantity: line.quantity,
        unit_price_minor: prices.then_some(line.unit_price_minor),
        price_source: source,
        why: if prices { line.why } else { "Agreed with the customer.".to_owned() },
        amount_minor: prices.then(|| line.unit_price_minor.saturating_mul(line.quantity)),
        filled,
        open,
    }
}

/// The quote of an event in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Quote> {
    let event = readable(ctx, tx, id.uuid())?;
    view(ctx, tx, &event)
}

/// Makes the quote of an open event, or its next edition.
pub fn make(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &MakeQuote) -> Result<Quote> {
    let mut event = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&event)?)?;
    if !kind(&event)?.rules().billable {
        let message = "An event of this type is not billed, so there is nothing to quote.";
        return Err(Error::conflict("nothing_to_bill", message));
    }
    if let Some(percent) = body.probability_percent {
        quote::check_probability(percent)
            .map_err(|refusal| Error::field("probability_percent", refusal.code, refusal.message))?;
    }
    if body.valid_until.is_some_and(|day| day < ctx.today()) {
        return Err(Error::field("valid_until", "day_past", "This day is over. Give today or a later one."));
    }
    let note = labels::note("note", &body.note)?;
    let before = store::quotes::quote(tx, ctx.org(), event.id)?;
    let card = match (body.preference_card_id, body.lines.is_empty()) {
        (Some(card), _) => Some(card),
        (None, true) => store::coverage::needs::card(tx, ctx.org(), event.id)?.map(Id::from_uuid),
        (None, false) => None,
    };
    let lines = priced(ctx, tx, &event, card, body)?;
    let total = lines.iter().try_fold(Minor::ZERO, |sum, line| {
        Minor(line.unit_price_minor).times(line.quantity).and_then(|amount| sum.plus(amount)).map_err(super::too_large)
    })?;
    let row = QuoteRow {
        event_id: event.id,
        id: before.as_ref().map_or_else(|| ctx.id::<domain::id::Quote>().uuid(), |row| row.id),
        number: match &before {
            Some(row) => row.number,
            None => store::engine::next_number(tx, ctx.org(), "quote")?,
        },
        revision: before.as_ref().map_or(1, |row| row.revision + 1),
        state: QuoteState::Draft.as_str().to_owned(),
        probability: body.probability_percent,
        valid_until: body.valid_until.map(|day| i64::from(day.0)),
        note,
        preference_card_id: card.map(Id::uuid),
        lines_count: lines.len() as i64,
        total_minor: total.0,
        decided_at: None,
        decided_name: String::new(),
        decided_note: String::new(),
        decided_by: None,
        created_by: before.as_ref().map_or(ctx.actor.id.uuid(), |row| row.created_by),
        created_at: before.as_ref().map_or(ctx.now.0, |row| row.created_at),
        updated_at: ctx.now.0,
    };
    match &before {
        Some(_) => store::quotes::save(tx, ctx.org(), &row)?,
        None => store::quotes::insert(tx, ctx.org(), &row)?,
    }
    // What the customer has in hand is not this edition.
    store::quotes::end_links(tx, ctx.org(), event.id)?;
    let old = store::quotes::lines(tx, ctx.org(), event.id)?;
    store::quotes::replace_lines(tx, ctx.org(), event.id, &lines)?;
    let mut entry = ctx.entry("quote_made").subject(event.id);
    let worth = |row: &QuoteRow| Some(row.total_minor.to_string());
    entry.change(
        event.id,
        "quote",
        before.as_ref().map(|row| row.revision.to_string()),
        Some(row.revision.to_string()),
    );
    entry.change(event.id, "quote_total_minor", before.as_ref().and_then(worth), worth(&row));
    let likely = |row: &QuoteRow| row.probability.map(|percent| percent.to_string());
    entry.change(event.id, "probability_percent", before.as_ref().and_then(likely), likely(&row));
    for (item, was, is) in differences(&old, &lines) {
        entry.change(event.id, &format!("quote.{}", CatalogItemId::from_uuid(item)), was, is);
    }
    save(ctx, tx, &mut event)?;
    entry.append(ctx, tx)?;
    view(ctx, tx, &event)
}

/// (item, before, after) of lines that differ, as "3 x 50000".
fn differences(old: &[LineRow], new: &[LineRow]) -> Vec<(Uuid, Option<String>, Option<String>)> {
    let words = |lines: &[LineRow], item: Uuid| {
        lines.iter().find(|line| line.item == item).map(|line| format!("{} x {}", line.quantity, line.unit_price_minor))
    };
    let mut items: Vec<Uuid> = old.iter().chain(new).map(|line| line.item).collect();
    items.sort_unstable();
    items.dedup();
    let all = items.into_iter().map(|item| (item, words(old, item), words(new, item)));
    all.filter(|(_, was, is)| was != is).collect()
}

/// The lines of a quote with their prices: a typed price where somebody may, the agreed or list price otherwise.
fn priced(
    ctx: &Ctx,
    tx: &mut Tx,
    event: &EventRow,
    card: Option<domain::id::PreferenceCardId>,
    body: &MakeQuote,
) -> Result<Vec<LineRow>> {
    let own: Vec<NeedLine> = body
        .lines
        .iter()
        .map(|line| NeedLine { catalog_item_id: line.catalog_item_id, quantity: line.quantity })
        .collect();
    let wishes = crate::coverage::needs::wanted(ctx, tx, card, &own).map_err(of_lines)?;
    if wishes.is_empty() {
        return Err(Error::field("lines", "required", "Say what is quoted, or choose a preference card."));
    }
    if wishes.len() > LINES_MAX {
        return Err(Error::field("lines", "too_many", format!("Quote at most {LINES_MAX} items.")));
    }
    let ids: Vec<Uuid> = wishes.iter().map(|wish| wish.item).collect();
    let items = store::events::items(tx, ctx.org(), &ids)?;
    let place = match event.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let ladder = Ladder::of(ctx, tx, place.as_ref(), &ids)?;
    let mut lines = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let Some(item) = items.iter().find(|item| item.id == wish.item) else { continue };
        let agreed = ladder.find(item, day(event), i64::from(wish.quantity));
        let (found, why) = (agreed.price, ladder.why(&agreed));
        let asked = body.lines.iter().position(|line| line.catalog_item_id.uuid() == wish.item);
        let typed = asked.and_then(|at| body.lines[at].unit_price_minor.map(|minor| (at, Minor(minor))));
        let (price, why) = match typed {
            Some((at, minor)) if minor != found.minor => {
                let field = format!("lines[{at}].unit_price_minor");
                pricing::check_price(minor).map_err(|refusal| Error::field(field, refusal.code, refusal.message))?;
                lines::may_type_price(ctx)?;
                (Price::manual(minor), format!("Set by {}. Before: {}", ctx.actor.name, lower(&why)))
            }
            _ => (found, why),
        };
        lines.push(LineRow {
            item: wish.item,
            place: asked.map_or(LINES_MAX as i64, |at| at as i64),
            quantity: i64::from(wish.quantity),
            unit_price_minor: price.minor.0,
            price_source: price.source.as_str().to_owned(),
            why,
            number: item.number.clone(),
            description: item.description.clone(),
            manufacturer_id: Uuid::nil(),
        });
    }
    lines.sort_by(|one, other| (one.place, &one.number).cmp(&(other.place, &other.number)));
    for (place, line) in lines.iter_mut().enumerate() {
        line.place = place as i64;
    }
    Ok(lines)
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// `needs[2].quantity` is the field `lines[2].quantity` of a quote.
fn of_lines(error: Error) -> Error {
    let here = |field: String| field.replacen("needs", "lines", 1);
    match error {
        Error::NotFound(Some(field)) => Error::NotFound(Some(here(field))),
        Error::Invalid { code, message, mut errors } => {
            for problem in &mut errors {
                problem.field = here(std::mem::take(&mut problem.field));
            }
            Error::Invalid { code, message, errors }
        }
        other => other,
    }
}

/// Enters what the customer said.
pub fn decide(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &DecideQuote) -> Result<Quote> {
    let mut event = managed(ctx, tx, id)?;
    let name = labels::required("name", &body.name, limits::NAME_MAX)?;
    let note = labels::note("note", &body.note)?;
    let row = store::quotes::quote(tx, ctx.org(), event.id)?.ok_or_else(no_quote)?;
    quote::may_decide(state(&row), (row.revision, row.revision), row.valid_until.map(shown), ctx.today())?;
    answer(ctx, tx, row, (body.approved, &name, &note), Some(ctx.actor.id.uuid()))?;
    save(ctx, tx, &mut event)?;
    view(ctx, tx, &event)
}

pub(crate) fn no_quote() -> Error {
    Error::conflict("no_quote", "Nothing was quoted for this event yet. Make the quote first.")
}

/// Saves an answer, ends the links and tells the journal; the caller has asked whether it may be given.
fn answer(
    ctx: &Ctx,
    tx: &mut Tx,
    mut row: QuoteRow,
    (approved, name, note): (bool, &str, &str),
    by: Option<Uuid>,
) -> Result<()> {
    let now = if approved { QuoteState::Approved } else { QuoteState::Declined };
    let mut entry = ctx.entry(if approved { "quote_approved" } else { "quote_declined" }).subject(row.event_id);
    let reason = if note.is_empty() { name.to_owned() } else { format!("{name}: {note}") };
    entry = entry.reason(&reason);
    entry.change(row.event_id, "quote_state", Some(row.state.clone()), Some(now.as_str().to_owned()));
    now.as_str().clone_into(&mut row.state);
    row.decided_at = Some(ctx.now.0);
    row.decided_by = by;
    name.clone_into(&mut row.decided_name);
    note.clone_into(&mut row.decided_note);
    row.updated_at = ctx.now.0;
    store::quotes::save(tx, ctx.org(), &row)?;
    if by.is_some() {
        store::quotes::end_links(tx, ctx.org(), row.event_id)?;
    }
    entry.append(ctx, tx)
}

/// Marks units for the open lines of the quote. A price that was set by hand in the quote is the line's price.
pub fn fill(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &FillQuote) -> Result<AddedLines> {
    let event = managed(ctx, tx, id)?;
    let quoted = view(ctx, tx, &event)?;
    if quoted.id.is_none() {
        return Err(no_quote());
    }
    let unit_ids = match &body.unit_ids {
        Some(ids) => chosen(ctx, tx, &quoted, ids)?,
        None => first_to_expire(ctx, tx, id, day(&event), &quoted)?,
    };
    if unit_ids.is_empty() {
        let open: i64 = quoted.lines.iter().map(|line| line.open).sum();
        let message = match open {
            0 => "Everything that was quoted is marked already.",
            _ => {
                "None of what is still open is with the representative or with whoever shares with them. Request it, or mark something else."
            }
        };
        return Err(Error::conflict("nothing_to_mark", message));
    }
    let lines = AddLines { unit_ids, usage: None, accept_expired_reason: String::new(), note: String::new() };
    let added = lines::add(&Ctx { expected_version: None, ..ctx.clone() }, tx, id, lines)?;
    priced_as_quoted(ctx, tx, id, added)
}

/// The units that somebody chose: each of an item that is still open, and no more than are open.
fn chosen(ctx: &Ctx, tx: &mut Tx, quoted: &Quote, ids: &[UnitId]) -> Result<Vec<UnitId>> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = store::stock::units(tx, ctx.org(), &wanted)?;
    let mut left: HashMap<Uuid, i64> =
        quoted.lines.iter().map(|line| (line.catalog_item_id.uuid(), line.open)).collect();
    for (at, id) in wanted.iter().enumerate() {
        // Units out of reach are told by whoever marks them.
        let Some(row) = rows.iter().find(|row| row.id == *id) else { continue };
        let Some(open) = left.get_mut(&row.catalog_item_id) else {
            let message = "This unit is of an item that was not quoted. Mark it by itself.";
            return Err(Error::field(format!("unit_ids[{at}]"), "other_item", message));
        };
        *open -= 1;
        if *open < 0 {
            let message = "More units of this item than are still open. Mark further ones by themselves.";
            return Err(Error::field(format!("unit_ids[{at}]"), "more_than_quoted", message));
        }
    }
    Ok(ids.to_vec())
}

/// Units that would fill the open lines: with the representative or whoever shares, good on the day, the first to expire first.
fn first_to_expire(ctx: &Ctx, tx: &mut Tx, id: EventId, on: Day, quoted: &Quote) -> Result<Vec<UnitId>> {
    let mut found = Vec::new();
    for line in quoted.lines.iter().filter(|line| line.open > 0) {
        // Units past their date stand first in the list, and are not taken without a reason.
        let limit = (line.open.min(400) * 2 + 50).min(i64::from(crate::list::LIMIT_MAX));
        let mut params = contract::ListParams { limit: u32::try_from(limit).ok(), ..contract::ListParams::default() };
        params.filters.insert("catalog_item_id".to_owned(), line.catalog_item_id.to_string());
        let usable = lines::usable_units(ctx, tx, id, &params)?.items.into_iter();
        let good = usable.filter(|unit| !domain::event::is_expired(unit.expires_on, on));
        found.extend(good.take(usize::try_from(line.open).unwrap_or_default()).map(|unit| unit.id));
    }
    Ok(found)
}

/// Prices of the quote that were set by hand go over to the lines that fill it.
fn priced_as_quoted(ctx: &Ctx, tx: &mut Tx, id: EventId, mut added: AddedLines) -> Result<AddedLines> {
    let manual: HashMap<Uuid, i64> = store::quotes::lines(tx, ctx.org(), id.uuid())?
        .into_iter()
        .filter(|line| line.price_source == PriceSource::Manual.as_str())
        .map(|line| (line.item, line.unit_price_minor))
        .collect();
    let mut event = store::events::lock_event(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let event_type = kind(&event)?;
    let mut entry = ctx.entry("line_changed").subject(event.id);
    for line in &added.items {
        let Some(minor) = manual.get(&line.catalog_item_id.uuid()).copied() else { continue };
        let stored = store::events::line(tx, ctx.org(), event.id, line.id.uuid())?;
        let Some(mut stored) = stored.filter(|it| !it.facility_stock && may_bill(&it.usage)) else { continue };
        let old = stored.clone();
        lines::set_price(event_type, &mut stored, Price::manual(Minor(minor)));
        store::events::save_line(tx, ctx.org(), event.id, &stored)?;
        lines::line_changes(&mut entry, &old, &stored);
    }
    if entry.is_empty() {
        return Ok(added);
    }
    super::recount(ctx, tx, &mut event)?;
    save(ctx, tx, &mut event)?;
    entry.append(ctx, tx)?;
    let made: Vec<_> = added.items.iter().map(|line| line.id).collect();
    added.event = super::view(ctx, tx, event.id)?;
    added.items = added.event.lines.iter().filter(|line| made.contains(&line.id)).cloned().collect();
    Ok(added)
}

fn may_bill(usage: &str) -> bool {
    Usage::parse(usage).is_some_and(|usage| usage.rule().billed == domain::event::Billed::Yes)
}
