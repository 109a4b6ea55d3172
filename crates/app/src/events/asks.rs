//! Asking the office for a price: from a line that has none agreed; the office agrees one or says why not, and whoever asked is told.

use super::plan::typed;
use super::{bare_facts, day, kind, managed, money, notify, notify_office, number, unit_name};
use crate::directory::ladder::Ladder;
use crate::{Ctx, Error, Result, list};
use contract::prices::{AskForPrice, DeclinePrice, PriceAsk};
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::event::lifecycle;
use domain::event::{Billed, EventStatus};
use domain::id::{EventId, Id, LineId, PriceAskId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use domain::pricing::{PriceAskState, PriceSource};
use store::asks::{ASKS, AskRow, NewAsk, OpenRow};
use store::events::{EventRow, LineRow};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// So many that wait are looked at when a price list begins to hold somewhere else.
const LOOKED_AT: i64 = 1_000;

fn view(row: AskRow) -> PriceAsk {
    PriceAsk {
        id: Id::from_uuid(row.id),
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        catalog_number: row.number,
        description: row.description,
        location_id: Id::from_uuid(row.location_id),
        location_name: row.location_name,
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: row.customer_name,
        event_id: Id::from_uuid(row.event_id),
        event_number: number(row.event_number),
        note: row.note,
        asked_by_id: Id::from_uuid(row.asked_by),
        asked_by_name: row.asked_by_name,
        asked_at: Instant(row.asked_at),
        state: PriceAskState::parse(&row.state).unwrap_or(PriceAskState::Open),
        answer: row.answer,
        answered_at: row.answered_at.map(Instant),
    }
}

fn get(ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<PriceAsk> {
    store::asks::ask(tx, ctx.org(), id)?.map(view).ok_or_else(Error::not_found)
}

/// Whether a line lacks an agreed price: it is billed, and costs what the catalog says or nothing.
pub(crate) fn lacks_price(row: &EventRow, line: &LineRow) -> Result<bool> {
    let it = money(line);
    let billed = kind(row)?.rules().billable && it.usage.rule().billed == Billed::Yes;
    let open = matches!(it.price.source, PriceSource::List | PriceSource::None);
    Ok(billed && open && !line.facility_stock && !line.no_charge)
}

/// Asks the office to agree a price for the item of a line, where the event takes place. Asking once more says something else.
pub fn ask(ctx: &Ctx, tx: &mut Tx, id: EventId, line: LineId, body: &AskForPrice) -> Result<PriceAsk> {
    let row = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let it = store::events::line(tx, ctx.org(), row.id, line.uuid())?.ok_or_else(Error::not_found)?;
    let note = typed("note", domain::text::clean_note(&body.note, limits::NOTE_MAX))?;
    let Some(location) = row.location_id else {
        let message = "Prices are agreed for a location, and this event has none. Choose one first.";
        return Err(Error::conflict("location_required", message));
    };
    if !lacks_price(&row, &it)? {
        let message = "This line has its price, or is not billed. There is nothing to ask for.";
        return Err(Error::conflict("price_known", message));
    }
    let by = ctx.actor.id.uuid();
    if let Some(known) = store::asks::standing(tx, ctx.org(), it.catalog_item_id, location, by)? {
        store::asks::again(tx, ctx.org(), known, &note, row.id)?;
        return get(ctx, tx, known);
    }
    let new = NewAsk {
        id: ctx.id::<domain::id::PriceAsk>().uuid(),
        item: it.catalog_item_id,
        location,
        event: row.id,
        note: &note,
        by,
        at: ctx.now.0,
    };
    store::asks::insert(tx, ctx.org(), &new)?;
    let mut entry = ctx.entry("price_asked").reason(&note).subject(row.id);
    entry.change(it.id, "price", None, Some(it.number.clone()));
    entry.append(ctx, tx)?;
    let made = get(ctx, tx, new.id)?;
    let said = if note.is_empty() { String::new() } else { format!(" \u{201c}{note}\u{201d}") };
    let sentence = format!(
        "{} asks for a price of {} at {}, for {}.{said}",
        ctx.actor.name, it.number, made.location_name, made.event_number
    );
    notify_office(ctx, tx, "price_asked", &row, &sentence)?;
    Ok(made)
}

const OLDEST: &[Sort] = &[];

/// What was asked for, the oldest first: the office sees everything, others what they asked for themselves.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PriceAsk>> {
    list::only(params, &["state", "event_id"])?;
    let paging = list::paging("price_asks", params, &[], OLDEST)?;
    let mut query = Query::new(ASKS);
    query.and("ask.organization_id = ?", [Value::Uuid(ctx.org())]);
    if !ctx.may(Permission::ManagePrices) {
        query.and("ask.asked_by = ?", [Value::Uuid(ctx.actor.id.uuid())]);
    }
    match list::words(params, "state", PriceAskState::parse)?.as_deref() {
        // The words of the index, so that it is used.
        Some([PriceAskState::Open]) => {
            query.and("ask.state = 'open'", []);
        }
        Some(states) => {
            query.any_of("ask.state", states.iter().map(|it| Value::Text(it.as_str().into())).collect());
        }
        None => {}
    }
    if let Some(events) = list::ids::<domain::id::Event>(params, "event_id")? {
        query.any_of("ask.event_id", events.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    let (rows, more) = query.page::<AskRow>(tx, &paging.sorts, "ask.id", paging.after.as_ref(), paging.limit)?;
    let mut page = list::page(paging.bound, rows, more, |row| vec![Value::Uuid(row.id)], view);
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// Says that no price will be agreed, and why; whoever asked is told.
pub fn decline(ctx: &Ctx, tx: &mut Tx, id: PriceAskId, body: &DeclinePrice) -> Result<PriceAsk> {
    ctx.require(Permission::ManagePrices)?;
    let state = store::asks::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if state != PriceAskState::Open.as_str() {
        return Err(Error::conflict("price_answered", "This was answered already."));
    }
    let reason = typed("reason", domain::text::clean_note(&body.reason, limits::REASON_MAX))?;
    if reason.is_empty() {
        return Err(Error::field("reason", "required", "Say why, so that whoever asked knows what to do."));
    }
    let by = (ctx.actor.id.uuid(), ctx.now.0);
    store::asks::answer(tx, ctx.org(), id.uuid(), (PriceAskState::Declined.as_str(), &reason), by)?;
    let done = get(ctx, tx, id.uuid())?;
    let mut entry = ctx.entry("price_declined").reason(&reason).subject(done.event_id.uuid());
    entry.change(done.event_id.uuid(), "price", Some(done.catalog_number.clone()), None);
    entry.append(ctx, tx)?;
    let sentence = format!(
        "No price of {} at {} will be agreed: \u{201c}{reason}\u{201d}",
        done.catalog_number, done.location_name
    );
    tell(ctx, tx, done.event_id.uuid(), done.asked_by_id.uuid(), "price_declined", &sentence)?;
    Ok(done)
}

fn tell(ctx: &Ctx, tx: &mut Tx, event: Uuid, whom: Uuid, kind: &str, sentence: &str) -> Result<()> {
    match store::events::event(tx, ctx.org(), event)? {
        Some(row) => notify(ctx, tx, whom, kind, &row, sentence),
        None => Ok(()),
    }
}

/// After prices of these items were changed: what waited for one that is agreed now is answered, and whoever asked is told.
pub(crate) fn settle(ctx: &Ctx, tx: &mut Tx, items: &[Uuid]) -> Result<()> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    let waiting = store::asks::open_of(tx, ctx.org(), &items)?;
    waiting.iter().try_for_each(|it| settle_one(ctx, tx, it))
}

/// The same after a price list began to hold somewhere.
pub(crate) fn settle_all(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    let waiting = store::asks::open(tx, ctx.org(), LOOKED_AT)?;
    waiting.iter().try_for_each(|it| settle_one(ctx, tx, it))
}

fn settle_one(ctx: &Ctx, tx: &mut Tx, it: &OpenRow) -> Result<()> {
    let Some(row) = store::events::event(tx, ctx.org(), it.event_id)? else { return Ok(()) };
    let place = store::events::place(tx, ctx.org(), it.location_id)?;
    let ladder = Ladder::of(ctx, tx, place.as_ref(), &[it.catalog_item_id])?;
    let items = store::events::items(tx, ctx.org(), &[it.catalog_item_id])?;
    let agreed = items.first().is_some_and(|item| ladder.price(item, day(&row), 1).source == PriceSource::Contract);
    if !agreed {
        return Ok(());
    }
    let by = (ctx.actor.id.uuid(), ctx.now.0);
    store::asks::answer(tx, ctx.org(), it.id, (PriceAskState::Agreed.as_str(), ""), by)?;
    let item = items.first().map(|item| item.number.clone()).unwrap_or_default();
    let at = place.map(|place| place.name).unwrap_or_default();
    let then = match super::status(&row)? {
        EventStatus::Open => format!("Price {} anew to take it.", number(row.number)),
        _ => format!("{} was submitted before: amend it to take it.", number(row.number)),
    };
    notify(ctx, tx, it.asked_by, "price_agreed", &row, &format!("A price of {item} at {at} is agreed now. {then}"))
}

/// Tells the office that somebody in the field set prices by hand: lines as they were, and as they are.
pub(crate) fn tell_of_edited(ctx: &Ctx, tx: &mut Tx, row: &EventRow, lines: &[(LineRow, LineRow)]) -> Result<()> {
    let edited: Vec<&(LineRow, LineRow)> = lines.iter().filter(|(old, new)| is_edited(old, new)).collect();
    let Some((old, new)) = edited.first() else { return Ok(()) };
    let currency = crate::billing::currency(ctx);
    let what = match edited.len() {
        1 => format!("the price of {}", unit_name(&new.number, &new.lot, &new.serial)),
        count => format!("the prices of {count} units"),
    };
    let same = |of: fn(&LineRow) -> i64, whose: fn(&(LineRow, LineRow)) -> &LineRow| {
        edited.iter().all(|pair| of(whose(pair)) == of(whose(edited[0])))
    };
    let shown = |line: &LineRow| match line.no_charge {
        true => "free of charge".to_owned(),
        false => Minor(line.unit_price_minor).display(currency),
    };
    let worth = |line: &LineRow| if line.no_charge { -1 } else { line.unit_price_minor };
    let from = if same(worth, |pair| &pair.0) { format!(" from {}", shown(old)) } else { String::new() };
    let to = if same(worth, |pair| &pair.1) { format!(" to {}", shown(new)) } else { String::new() };
    let sentence = format!("{} changed {what} on {}{from}{to} by hand.", ctx.actor.name, number(row.number));
    notify_office(ctx, tx, "price_edited", row, &sentence)
}

/// Whether a price was set by hand, or a unit given free of charge.
fn is_edited(old: &LineRow, new: &LineRow) -> bool {
    let manual = new.price_source == PriceSource::Manual.as_str();
    let moved = old.unit_price_minor != new.unit_price_minor || old.price_source != new.price_source;
    (manual && moved) || (new.no_charge && !old.no_charge)
}
