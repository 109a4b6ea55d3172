//! Prices of an event as a whole: by quantity, under the cap of a set, why each is what it is, and what has none agreed.

use super::{day, kind, managed, money, readable, recount, save, sees_prices, status, view};
use crate::directory::ladder::Ladder;
use crate::{Ctx, Result, list};
use contract::events::Event;
use contract::prices::{EventPrice, EventPrices, PriceGap};
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::event::lifecycle;
use domain::event::{EventStatus, EventType};
use domain::id::{EventId, Id};
use domain::ladder::{CapLine, cap};
use domain::money::Minor;
use domain::people::Permission;
use domain::pricing::{Price, PriceSource, line_price};
use std::collections::HashMap;
use store::directory::prices::GapRow;
use store::events::{EventRow, ItemRow, LineRow};
use store::{Tx, Value};
use uuid::Uuid;

/// What each line would cost by the ladder, with why; typed prices and lines that are not billed stay as they are.
struct Worked {
    price: Price,
    why: String,
}

/// Whether the ladder decides the price of a line.
fn is_agreed(event_type: EventType, line: &LineRow) -> bool {
    let it = money(line);
    let typed = it.price.source == PriceSource::Manual;
    let plain = line_price(event_type, it.usage, line.facility_stock, Price::manual(Minor(1)), Some(it.price));
    !typed && !line.facility_stock && plain.source == PriceSource::Manual
}

fn work_out(
    ctx: &Ctx,
    ladder: &Ladder,
    row: &EventRow,
    lines: &[LineRow],
    items: &[ItemRow],
) -> Result<HashMap<Uuid, Worked>> {
    let event_type = kind(row)?;
    let known: HashMap<Uuid, &ItemRow> = items.iter().map(|item| (item.id, item)).collect();
    let agreed: Vec<&LineRow> = lines.iter().filter(|line| is_agreed(event_type, line)).collect();
    let mut counts: HashMap<Uuid, i64> = HashMap::new();
    for line in &agreed {
        *counts.entry(line.catalog_item_id).or_default() += 1;
    }
    let mut worked = HashMap::new();
    let mut set = Vec::new();
    for line in &agreed {
        let Some(item) = known.get(&line.catalog_item_id) else { continue };
        let found = ladder.find(item, day(row), counts.get(&item.id).copied().unwrap_or(1));
        // What is given free of charge takes no part of a cap.
        if !line.no_charge {
            set.push(CapLine { id: line.id, item: item.id, minor: found.price.minor });
        }
        worked.insert(line.id, Worked { price: found.price, why: ladder.why(&found) });
    }
    let currency = crate::billing::currency(ctx);
    for capped in cap(ladder.constructs(), &set, day(row)).map_err(super::too_large)? {
        let construct = ladder.constructs().iter().find(|it| it.id == capped.construct);
        if let (Some(it), Some(construct)) = (worked.get_mut(&capped.line), construct) {
            let whole = construct.cap.display(currency);
            let alone = it.price.minor.display(currency);
            it.why = format!(
                "{} costs at most {whole} together: this part of it stands in place of {alone}. {}",
                construct.name, it.why
            );
            it.price = Price { minor: capped.minor, source: PriceSource::Contract };
        }
    }
    Ok(worked)
}

struct Whole {
    lines: Vec<LineRow>,
    items: Vec<ItemRow>,
    ladder: Ladder,
}

fn whole(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Whole> {
    let lines = store::events::lines(tx, ctx.org(), row.id)?;
    let (items, ladder) = situation(ctx, tx, row, &lines)?;
    Ok(Whole { lines, items, ladder })
}

/// The items of lines, and what was agreed where they are used.
fn situation(ctx: &Ctx, tx: &mut Tx, row: &EventRow, lines: &[LineRow]) -> Result<(Vec<ItemRow>, Ladder)> {
    let mut ids: Vec<Uuid> = lines.iter().map(|line| line.catalog_item_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let items = store::events::items(tx, ctx.org(), &ids)?;
    let place = match row.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let ladder = Ladder::of(ctx, tx, place.as_ref(), &ids)?;
    Ok((items, ladder))
}

/// Brings the prices of an open event in line with each other where what was agreed depends on the whole event: by quantity, or
/// under a cap. Elsewhere a price stays what it was when the unit was marked.
pub(crate) fn settle(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    if row.location_id.is_none() || status(row)? != EventStatus::Open || !kind(row)?.rules().billable {
        return Ok(());
    }
    let all = whole(ctx, tx, row)?;
    if all.ladder.depends_on_the_whole() {
        apply(ctx, tx, row, all)?;
    }
    Ok(())
}

/// The same for the lines of an amendment, in memory: what of a set was taken off, added or given free changes the share of the
/// rest. Prices that stand alone stay what they were when their unit was marked.
pub(crate) fn settle_amended(ctx: &Ctx, tx: &mut Tx, row: &EventRow, lines: &mut [LineRow]) -> Result<()> {
    if row.location_id.is_none() || !kind(row)?.rules().billable {
        return Ok(());
    }
    let (items, ladder) = situation(ctx, tx, row, lines)?;
    if !ladder.depends_on_the_whole() {
        return Ok(());
    }
    let worked = work_out(ctx, &ladder, row, lines, &items)?;
    let event_type = kind(row)?;
    for line in lines.iter_mut().filter(|line| ladder.is_of_the_whole(line.catalog_item_id)) {
        if let Some(it) = worked.get(&line.id).filter(|it| it.price != money(line).price) {
            super::lines::set_price(event_type, line, it.price);
        }
    }
    Ok(())
}

/// Gives lines the prices of the ladder; says how many changed.
fn apply(ctx: &Ctx, tx: &mut Tx, row: &EventRow, mut all: Whole) -> Result<usize> {
    let worked = work_out(ctx, &all.ladder, row, &all.lines, &all.items)?;
    let event_type = kind(row)?;
    let mut changed: Vec<&LineRow> = Vec::new();
    for line in &mut all.lines {
        let Some(it) = worked.get(&line.id).filter(|it| it.price != money(line).price) else { continue };
        super::lines::set_price(event_type, line, it.price);
        changed.push(line);
    }
    let count = changed.len();
    store::events::save_lines(tx, ctx.org(), row.id, changed)?;
    Ok(count)
}

/// Prices an open event by what is agreed now; typed prices stay.
pub fn reprice(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&super::bare_facts(&row)?)?;
    let all = whole(ctx, tx, &row)?;
    let before = row.total_minor;
    if apply(ctx, tx, &row, all)? > 0 {
        recount(ctx, tx, &mut row)?;
        save(ctx, tx, &mut row)?;
        let mut entry = ctx.entry("event_repriced").subject(row.id);
        entry.change(row.id, "total_minor", Some(before.to_string()), Some(row.total_minor.to_string()));
        entry.append(ctx, tx)?;
    }
    view(ctx, tx, row.id)
}

/// Why each line of an event costs what it costs.
pub fn why(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventPrices> {
    let row = readable(ctx, tx, id.uuid())?;
    let all = whole(ctx, tx, &row)?;
    let worked = work_out(ctx, &all.ladder, &row, &all.lines, &all.items)?;
    let event_type = kind(&row)?;
    let items = all.lines.iter().map(|line| price_view(ctx, event_type, line, worked.get(&line.id))).collect();
    Ok(EventPrices { items, currency: ctx.organization.currency.clone() })
}

fn price_view(ctx: &Ctx, event_type: EventType, line: &LineRow, worked: Option<&Worked>) -> EventPrice {
    let it = money(line);
    let currency = crate::billing::currency(ctx);
    let now = worked.map(|it| it.price);
    let shown = sees_prices(ctx)
        || (it.price.source != PriceSource::Contract && now.is_none_or(|it| it.source != PriceSource::Contract));
    let why = match (it.price.source, worked) {
        (PriceSource::FacilityStock, _) => "It was sold to the facility before, and is not billed again.".to_owned(),
        (PriceSource::Manual, _) => "It was changed by hand.".to_owned(),
        _ if !event_type.rules().billable => "An event of this type is not billed.".to_owned(),
        (_, None) if it.usage.rule().billed == domain::event::Billed::No => {
            format!("A unit marked {} is never billed.", it.usage.label().to_lowercase())
        }
        (_, None) => {
            format!("A unit marked {} is billed only at a price that somebody sets.", it.usage.label().to_lowercase())
        }
        (_, Some(worked)) if worked.price == it.price => worked.why.clone(),
        (_, Some(worked)) => format!(
            "It was {} when it was marked. By what is agreed now it would be {}: {}",
            it.price.minor.display(currency),
            worked.price.minor.display(currency),
            worked.why
        ),
    };
    EventPrice {
        line_id: Id::from_uuid(line.id),
        unit_price_minor: shown.then_some(it.price.minor.0),
        price_source: it.price.source,
        agreed_minor: now.filter(|_| shown).map(|price| price.minor.0),
        why: if shown { why } else { "Agreed with the customer.".to_owned() },
    }
}

/// What open events use at locations without an agreed price, item by item: the office's queue.
pub fn gaps(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PriceGap>> {
    ctx.require(Permission::ManagePrices)?;
    list::only(params, &[])?;
    let paging = list::paging(
        "price_gaps",
        params,
        &[],
        &[store::page::Sort { column: "line.catalog_item_id", descending: false }],
    )?;
    let after = match paging.after.as_ref().map(|after| after.0.as_slice()) {
        Some([Value::Uuid(item), Value::Uuid(location)]) => (*item, *location),
        _ => (Uuid::nil(), Uuid::nil()),
    };
    let mut rows = store::directory::prices::gaps(tx, ctx.org(), after, i64::from(paging.limit) + 1)?;
    let more = rows.len() > paging.limit as usize;
    rows.truncate(paging.limit as usize);
    let key = |row: &GapRow| vec![Value::Uuid(row.catalog_item_id), Value::Uuid(row.location_id)];
    let mut page = list::page(paging.bound, rows, more, key, |row| gap_view(ctx, row));
    if params.count {
        page.total = (!more && params.cursor.is_none()).then_some(page.items.len() as i64);
    }
    Ok(page)
}

fn gap_view(ctx: &Ctx, row: GapRow) -> PriceGap {
    PriceGap {
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        catalog_number: row.number,
        description: row.description,
        location_id: Id::from_uuid(row.location_id),
        location_name: row.location_name,
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: row.customer_name,
        lines_count: row.lines_count,
        events_count: row.events_count,
        amount_minor: row.amount_minor,
        currency: ctx.organization.currency.clone(),
        first_on: Day(row.first_day as i32),
    }
}
