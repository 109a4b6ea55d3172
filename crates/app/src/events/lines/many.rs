//! Lines of an open event by the page, and many of them changed together: one look at the event, one entry in the journal.

use super::{LineChange, apply, follow_packs, line_changes, may_price, resolved_of, whole_or_nothing, with_inside};
use crate::events::{
    EventRow, Loaded, bare_facts, line_view, managed, money, noted, readable, recount, save, sees_prices, status, view,
    writable,
};
use crate::{Ctx, Error, Result, list};
use contract::events::{ChangeLines, ChangedLines, Line};
use contract::{ListParams, Page};
use domain::event::lifecycle::{self, LineFacts, Standing};
use domain::event::{EventStatus, Usage};
use domain::id::{CatalogItem, EventId, LineId, Manufacturer, UnitId};
use domain::limits;
use domain::people::Permission;
use domain::pricing::Price;
use std::collections::HashSet;
use store::custody::{Step, lock_units, move_units};
use store::events::LineRow;
use store::stock::Extras;
use store::{Tx, Value};
use uuid::Uuid;

/// The lines that a request names, none of them twice, each on the event.
fn wanted(ctx: &Ctx, tx: &mut Tx, event: &EventRow, ids: &[LineId]) -> Result<Vec<LineRow>> {
    if ids.is_empty() {
        return Err(Error::field("line_ids", "required", "Say which lines."));
    }
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Change at most {} lines at a time.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("line_ids", "too_many", message));
    }
    let asked: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let lines = store::events::lines_of(tx, ctx.org(), event.id, &asked)?;
    let found: HashSet<Uuid> = lines.iter().map(|line| line.id).collect();
    match asked.iter().position(|id| !found.contains(id)) {
        Some(at) => Err(Error::unknown(format!("line_ids[{at}]"))),
        None => Ok(lines),
    }
}

/// Changes lines of an open event alike, or takes them off: all of them, or none.
pub fn change(ctx: &Ctx, tx: &mut Tx, id: EventId, ask: &ChangeLines) -> Result<ChangedLines> {
    if ask.remove {
        return take_off(ctx, tx, id, ask);
    }
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageEvents)?;
    let mut lines = wanted(ctx, tx, &row, &ask.line_ids)?;
    for line in &lines {
        may_price(ctx, line, ask.usage, &ask.unit_price_minor)?;
    }
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let facts = bare_facts(&row)?;
    lifecycle::edit(&facts)?;
    for line in &lines {
        crate::packs::refuse_part_of_line(line.pack_line_id)?;
    }
    let wish = LineChange {
        usage: ask.usage,
        price: ask.unit_price_minor.clone(),
        no_charge: ask.no_charge,
        note: ask.note.clone(),
    };
    let items: Vec<Uuid> = lines.iter().map(|line| line.catalog_item_id).collect();
    let resolved = resolved_of(ctx, tx, &row, &items)?;
    let mut entry = ctx.entry("lines_changed").subject(row.id);
    let mut pairs = Vec::with_capacity(lines.len());
    for line in &mut lines {
        let old = line.clone();
        let found = resolved.get(&line.catalog_item_id).copied().unwrap_or(Price::NONE);
        apply(ctx, facts.event_type, line, wish.clone(), found)?;
        let name = crate::events::unit_name(&line.number, &line.lot, &line.serial);
        let naming = |error| whole_or_nothing(error, &name);
        lifecycle::add_line(&facts, &asked(line, &name, ask.usage)).map_err(|refusal| naming(refusal.into()))?;
        line_changes(&mut entry, &old, line);
        pairs.push((old, line.clone()));
    }
    store::events::save_lines(tx, ctx.org(), row.id, &lines)?;
    follow_packs(ctx, tx, &row, &lines, (ask.usage, ask.note.clone()), &mut entry)?;
    finish(ctx, tx, &mut row, entry)?;
    crate::events::asks::tell_of_edited(ctx, tx, &row, &pairs)?;
    // Prices by quantity and under a cap may have changed with the others.
    let asked: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    let now = store::events::lines_of(tx, ctx.org(), row.id, &asked)?;
    Ok(answer(ctx, &row, now.iter().map(|line| line_view(ctx, line, None)).collect()))
}

/// What the rules ask of a line whose unit is on the event already.
pub(super) fn asked<'a>(line: &LineRow, name: &'a str, usage: Option<Usage>) -> LineFacts<'a> {
    LineFacts {
        name,
        money: money(line),
        reusable: line.reusable,
        has_note: !line.note.is_empty(),
        expires_on: line.expires_on.map(|day| domain::clock::Day(day as i32)),
        expiry_accepted: !line.expiry_reason.is_empty() || usage.is_none(),
        standing: Standing::Ready,
    }
}

fn take_off(ctx: &Ctx, tx: &mut Tx, id: EventId, ask: &ChangeLines) -> Result<ChangedLines> {
    let mut row = managed(ctx, tx, id)?;
    let others =
        ask.usage.is_some() || ask.unit_price_minor.is_mentioned() || ask.no_charge.is_some() || ask.note.is_some();
    if others {
        let message = "Lines that are taken off cannot be changed in the same breath. Leave one of both out.";
        return Err(Error::field("remove", "remove_and_change", message));
    }
    lifecycle::edit(&bare_facts(&row)?)?;
    let lines = wanted(ctx, tx, &row, &ask.line_ids)?;
    let lines = with_inside(ctx, tx, &row, lines)?;
    let units: Vec<Uuid> = lines.iter().map(|line| line.unit_id).collect();
    let units = lock_units(tx, ctx.org(), &units)?;
    let mut entry = ctx.entry("lines_removed").subject(row.id);
    let steps: Vec<Step<'_>> = units
        .iter()
        .filter(|unit| unit.event_id == Some(row.id))
        .map(|before| {
            let mut after = before.facts();
            after.event = None;
            Step { before, after, extras: Extras::default() }
        })
        .collect();
    for movement in move_units(tx, ctx.org(), &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    for line in &lines {
        entry.change(line.id, "unit_id", Some(UnitId::from_uuid(line.unit_id).to_string()), None);
    }
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    store::events::drop_lines(tx, ctx.org(), row.id, &ids)?;
    finish(ctx, tx, &mut row, entry)?;
    Ok(answer(ctx, &row, Vec::new()))
}

fn finish(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow, entry: crate::journal::Draft) -> Result<()> {
    recount(ctx, tx, row)?;
    save(ctx, tx, row)?;
    entry.append(ctx, tx)
}

fn answer(ctx: &Ctx, row: &EventRow, items: Vec<Line>) -> ChangedLines {
    ChangedLines {
        items,
        lines_count: row.lines_count,
        total_minor: sees_prices(ctx).then_some(row.total_minor),
        version: row.version,
    }
}

const FILTERS: &[&str] = &["usage", "catalog_item_id", "manufacturer_id"];

/// The lines of an event in the order in which they were marked, by the page.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: EventId, params: &ListParams) -> Result<Page<Line>> {
    list::only(params, FILTERS)?;
    let paging = list::paging(&format!("lines of {id}"), params, &[], &[])?;
    let row = readable(ctx, tx, id.uuid())?;
    let mut query = store::events::list_of_lines(ctx.org(), row.id);
    if let Some(usages) = list::words(params, "usage", Usage::parse)? {
        query.any_of("line.usage", usages.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(ids) = list::ids::<CatalogItem>(params, "catalog_item_id")? {
        query.any_of("line.catalog_item_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    if let Some(ids) = list::ids::<Manufacturer>(params, "manufacturer_id")? {
        query.any_of("line.manufacturer_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    let (found, more) = query.page::<LineRow>(tx, &[], "line.id", paging.after.as_ref(), paging.limit)?;
    let loaded = Loaded::of_lines(&row, found, noted(ctx))?;
    let loaded = if status(&row)? == EventStatus::Open { loaded.judged(ctx, tx, &row)? } else { loaded };
    let warnings = loaded.warned(&row)?;
    let cursor = |line: &(LineRow, _)| vec![Value::Uuid(line.0.id)];
    let rows: Vec<_> = loaded.lines.into_iter().zip(warnings).collect();
    let mut page = list::page(paging.bound, rows, more, cursor, |(line, warning)| line_view(ctx, &line, warning));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}
