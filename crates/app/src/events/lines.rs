//! Marking units on an open event, pricing them, taking them off; which units may be marked.

pub mod many;

use super::plan::{reaches_custody, typed};
use super::{
    Usability, bare_facts, kind, line_view, managed, name_other, prices, readable, recount, save, sees_prices,
    unit_name, view, writable,
};
use crate::{Ctx, Error, Result, list};
use contract::events::{AddLines, AddedLines, ChangedLine, Event, PatchLine, UsableUnit};
use contract::{ListParams, Page, Patch};
use domain::clock::Day;
use domain::event::lifecycle::{self, EventFacts, LineFacts, Standing};
use domain::event::{EventStatus, EventType, LineMoney};
use domain::id::{EventId, Id, LineId, UnitId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use domain::pricing::{self, Price, PriceEditor, PriceSource};
use domain::refusal::Refusal;
use domain::stock::{CustodianType, UnitKind};
use std::collections::{HashMap, HashSet};
use store::custody::{Step, lock_units, move_units};
use store::events::{EventRow, ItemRow, LineRow, NewLine};
use store::page::{Query, Sort};
use store::stock::{Extras, UNIT_COLUMNS, UnitRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Marks units on an open event.
pub fn add(ctx: &Ctx, tx: &mut Tx, id: EventId, new: AddLines) -> Result<AddedLines> {
    let mut row = managed(ctx, tx, id)?;
    let facts = bare_facts(&row)?;
    lifecycle::edit(&facts)?;
    let note = typed("note", domain::text::clean_note(&new.note, limits::NOTE_MAX))?;
    let reason =
        typed("accept_expired_reason", domain::text::clean_note(&new.accept_expired_reason, limits::REASON_MAX))?;
    let units = wanted(ctx, tx, &new.unit_ids)?;
    not_twice(ctx, tx, &row, &units)?;
    let items = items_of(ctx, tx, &units)?;
    let usage = new.usage.unwrap_or(facts.event_type.default_usage());
    let money = LineMoney { usage, price: Price::NONE, no_charge: false, facility_stock: false };
    let marking =
        Marking { usability: Usability::of(ctx, tx, &row)?, facts, items: &items, money, reason: &reason, note: &note };
    for unit in &units {
        marking.check(unit)?;
    }
    crate::cleared::for_event(ctx, tx, &row, &units)?;
    crate::recalls::freeze::refuse_rows(ctx, tx, &units, "marked as used", None)?;
    free_units(ctx, tx, &row, &units)?;
    let place = match row.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let known: Vec<ItemRow> = items.into_values().collect();
    let resolved = prices(ctx, tx, place.as_ref(), facts.day, &known)?;
    let packs: HashSet<Uuid> =
        units.iter().filter(|unit| unit.kind == UnitKind::Pack.as_str()).map(|unit| unit.id).collect();
    let lines: Vec<NewLine> = units
        .iter()
        .map(|unit| {
            let no_charge = unit.container_id.is_some_and(|pack| packs.contains(&pack));
            let facility_stock = unit.facility_stock_location_id.is_some();
            let found = resolved.get(&unit.catalog_item_id).copied().unwrap_or(Price::NONE);
            let price = pricing::line_price(facts.event_type, usage, facility_stock, found, None);
            let money = LineMoney { price, facility_stock, no_charge, ..money };
            NewLine {
                id: ctx.id::<domain::id::Line>().uuid(),
                unit: unit.id,
                item: unit.catalog_item_id,
                manufacturer: unit.manufacturer_id,
                usage: usage.as_str(),
                price: price.minor.0,
                source: price.source.as_str(),
                amount: money.amount(facts.event_type).0,
                shelf: unit.facility_stock_location_id,
                reusable: unit.reusable,
                custodian: unit.custodian_id,
                note: note.clone(),
                expiry_reason: if is_past(unit, facts.day) { reason.clone() } else { String::new() },
                no_charge,
            }
        })
        .collect();
    let mut entry = ctx.entry("lines_added").reason(&reason).subject(row.id);
    for movement in move_units(tx, ctx.org(), &marked(&units, &row), ctx.now.0)? {
        entry.movement(movement);
    }
    for (unit, line) in units.iter().zip(&lines).filter(|(unit, _)| unit.reusable) {
        entry.change(line.id, "unit_id", None, Some(UnitId::from_uuid(unit.id).to_string()));
    }
    store::events::insert_lines(tx, ctx.org(), row.id, &lines)?;
    let makers: HashSet<Uuid> = units.iter().map(|unit| unit.manufacturer_id).collect();
    store::events::add_manufacturers(tx, ctx.org(), row.id, &makers.into_iter().collect::<Vec<_>>())?;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    entry.append(ctx, tx)?;
    let event = view(ctx, tx, row.id)?;
    let made: HashSet<Uuid> = lines.iter().map(|line| line.id).collect();
    let items = event.lines.iter().filter(|line| made.contains(&line.id.uuid())).cloned().collect();
    Ok(AddedLines { event, items })
}

/// The units of a request, locked, each within reach.
fn wanted(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId]) -> Result<Vec<UnitRow>> {
    if ids.is_empty() {
        return Err(Error::field("unit_ids", "required", "Say which units."));
    }
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Mark at most {} units at a time.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("unit_ids", "too_many", message));
    }
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    // What lies in a pack is marked with it.
    let all = crate::packs::with_contents(ctx, tx, &wanted)?;
    let units = lock_units(tx, ctx.org(), &all)?;
    let found: HashMap<Uuid, &UnitRow> = units.iter().map(|unit| (unit.id, unit)).collect();
    let mut reached: HashMap<Uuid, bool> = HashMap::new();
    for (at, id) in wanted.iter().enumerate() {
        let unknown = || Error::unknown(format!("unit_ids[{at}]"));
        let unit = found.get(id).ok_or_else(unknown)?;
        let known = match reached.get(&unit.custodian_id) {
            Some(known) => *known,
            None => {
                let known = reaches_custody(ctx, tx, unit)?;
                reached.insert(unit.custodian_id, known);
                known
            }
        };
        if !known {
            return Err(unknown());
        }
    }
    crate::packs::whole(ctx, tx, &units)?;
    Ok(units)
}

fn not_twice(ctx: &Ctx, tx: &mut Tx, row: &EventRow, units: &[UnitRow]) -> Result<()> {
    let ids: Vec<Uuid> = units.iter().map(|unit| unit.id).collect();
    if store::events::on_event(tx, ctx.org(), row.id, &ids)?.is_empty() {
        return Ok(());
    }
    Err(Error::conflict("unit_already_on_event", "A unit of these is on this event already. Change its line instead."))
}

fn items_of(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow]) -> Result<HashMap<Uuid, ItemRow>> {
    let mut ids: Vec<Uuid> = units.iter().map(|unit| unit.catalog_item_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(store::events::items(tx, ctx.org(), &ids)?.into_iter().map(|item| (item.id, item)).collect())
}

fn is_past(unit: &UnitRow, day: Day) -> bool {
    domain::event::is_expired(unit.expires_on.map(|day| Day(day as i32)), day)
}

/// What every unit of a request is asked.
struct Marking<'a> {
    usability: Usability,
    facts: EventFacts<'static>,
    items: &'a HashMap<Uuid, ItemRow>,
    money: LineMoney,
    reason: &'a str,
    note: &'a str,
}

impl Marking<'_> {
    fn check(&self, unit: &UnitRow) -> Result<(), Refusal> {
        let facts = unit.facts();
        let number = self.items.get(&unit.catalog_item_id).map_or("This unit", |item| item.number.as_str());
        let name = unit_name(number, &unit.lot, &unit.serial);
        let naming = |refusal: Refusal| Refusal::new(refusal.code, format!("{name}: {}", refusal.message));
        facts.may_be_marked().map_err(naming)?;
        self.usability.check(&facts).map_err(naming)?;
        let line = LineFacts {
            name: &name,
            money: LineMoney { facility_stock: facts.facility_stock.is_some(), ..self.money },
            reusable: facts.reusable,
            has_note: !self.note.is_empty(),
            expires_on: facts.expires_on,
            expiry_accepted: !self.reason.is_empty(),
            standing: Standing::Ready,
        };
        lifecycle::add_line(&self.facts, &line)
    }
}

/// Reusable units are wanted by one event at a time.
fn free_units(ctx: &Ctx, tx: &mut Tx, row: &EventRow, units: &[UnitRow]) -> Result<()> {
    let reusable: Vec<Uuid> = units.iter().filter(|unit| unit.reusable).map(|unit| unit.id).collect();
    if let Some(busy) = store::events::busy_units(tx, ctx.org(), row, &reusable)?.first() {
        let other = name_other(ctx, tx, busy)?;
        let message = format!("A reusable unit of these is wanted for {other} at that time. Take another one.");
        return Err(Error::conflict("unit_on_other_event", message));
    }
    Ok(())
}

/// Single-use units stand on one open event; reusable ones stay in stock and are booked by their line.
fn marked<'a>(units: &'a [UnitRow], row: &EventRow) -> Vec<Step<'a>> {
    units
        .iter()
        .filter(|unit| !unit.reusable)
        .map(|before| {
            let mut after = before.facts();
            after.event = Some(Id::from_uuid(row.id));
            Step { before, after, extras: Extras::default() }
        })
        .collect()
}

/// Gives a line a price, and what that adds to the total.
pub(crate) fn set_price(event_type: EventType, line: &mut LineRow, price: Price) {
    line.unit_price_minor = price.minor.0;
    line.price_source = price.source.as_str().into();
    line.amount_minor = super::money(line).amount(event_type).0;
}

fn editor(ctx: &Ctx) -> PriceEditor {
    let modify_prices = ctx.may(Permission::ModifyPrices);
    if ctx.actor.role.is_office() && modify_prices { PriceEditor::Office } else { PriceEditor::Field { modify_prices } }
}

/// 403 unless the actor may set the price of something that is billed.
pub fn may_type_price(ctx: &Ctx) -> Result<()> {
    pricing::may_change_price(editor(ctx), domain::event::Usage::Used, false).map_err(price_refused)
}

/// 403 unless the actor may see agreed prices.
pub(crate) fn must_see_prices(ctx: &Ctx) -> Result<()> {
    ctx.require(Permission::ViewContractPrices)
}

/// A refusal of a price: 403 where somebody else may, 409 where nobody may.
fn price_refused(refusal: Refusal) -> Error {
    if refusal.code == "price_locked" { Error::forbidden(refusal.code, refusal.message) } else { refusal.into() }
}

/// What somebody wants of a line.
#[derive(Clone)]
pub(crate) struct LineChange {
    /// What happened to the unit.
    pub usage: Option<domain::event::Usage>,
    /// Its price.
    pub price: Patch<i64>,
    /// Given free of charge.
    pub no_charge: Option<bool>,
    /// A note.
    pub note: Option<String>,
}

/// Applies a change to a line in memory, with the rules of who may price it. `resolved` is the agreed or list price.
pub(crate) fn apply(
    ctx: &Ctx,
    event_type: EventType,
    line: &mut LineRow,
    change: LineChange,
    resolved: Price,
) -> Result<()> {
    let before = super::money(line);
    let usage = change.usage.unwrap_or(before.usage);
    line.usage = usage.as_str().into();
    // A price stays what it was when the unit was marked, unless what happened to it changes.
    let mut price = match change.usage.filter(|usage| *usage != before.usage) {
        Some(_) => pricing::line_price(event_type, usage, line.facility_stock, resolved, Some(before.price)),
        None => before.price,
    };
    match change.price {
        Patch::Leave => {}
        Patch::Clear if before.price.source == PriceSource::Manual => {
            pricing::may_change_price(editor(ctx), usage, line.facility_stock).map_err(price_refused)?;
            price = pricing::line_price(event_type, usage, line.facility_stock, resolved, None);
        }
        Patch::Clear => {}
        Patch::Set(minor) => {
            pricing::check_price(Minor(minor))
                .map_err(|refusal| Error::field("unit_price_minor", refusal.code, refusal.message))?;
            if !event_type.rules().billable {
                let message = "An event of this type is not billed, so its lines have no prices.";
                return Err(Error::conflict("nothing_to_bill", message));
            }
            pricing::may_change_price(editor(ctx), usage, line.facility_stock).map_err(price_refused)?;
            price = Price::manual(Minor(minor));
        }
    }
    if let Some(no_charge) = change.no_charge.filter(|no_charge| *no_charge != line.no_charge) {
        pricing::may_change_price(editor(ctx), usage, line.facility_stock).map_err(price_refused)?;
        line.no_charge = no_charge;
    }
    if let Some(note) = change.note {
        line.note = typed("note", domain::text::clean_note(&note, limits::NOTE_MAX))?;
    }
    set_price(event_type, line, price);
    Ok(())
}

/// Tells the journal what changed of a line.
pub(crate) fn line_changes(entry: &mut crate::journal::Draft, old: &LineRow, new: &LineRow) {
    let id = new.id;
    let mut text = |field: &str, old: String, new: String| entry.change(id, field, Some(old), Some(new));
    text("usage", old.usage.clone(), new.usage.clone());
    text("unit_price_minor", old.unit_price_minor.to_string(), new.unit_price_minor.to_string());
    text("price_source", old.price_source.clone(), new.price_source.clone());
    text("no_charge", old.no_charge.to_string(), new.no_charge.to_string());
    text("note", old.note.clone(), new.note.clone());
}

/// The agreed or list prices of the items of lines.
pub(crate) fn resolved_of(ctx: &Ctx, tx: &mut Tx, row: &EventRow, items: &[Uuid]) -> Result<HashMap<Uuid, Price>> {
    let place = match row.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    let items = store::events::items(tx, ctx.org(), &items)?;
    prices(ctx, tx, place.as_ref(), Day(row.day as i32), &items)
}

/// Says of which of many units a refusal speaks.
fn whole_or_nothing(error: Error, name: &str) -> Error {
    match error {
        Error::Conflict { code, message } if !message.contains(name) => {
            Error::conflict(code, format!("{name}: {message}"))
        }
        other => other,
    }
}

/// 403 for a price that the actor may never change: asked before the version, as every right is.
fn may_price(ctx: &Ctx, line: &LineRow, usage: Option<domain::event::Usage>, price: &Patch<i64>) -> Result<()> {
    let usage = usage.unwrap_or(super::money(line).usage);
    if price.is_mentioned()
        && let Err(refusal) = pricing::may_change_price(editor(ctx), usage, line.facility_stock)
        && refusal.code == "price_locked"
    {
        return Err(price_refused(refusal));
    }
    Ok(())
}

/// Changes a line of an open event.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: EventId, line: LineId, change: PatchLine) -> Result<ChangedLine> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageEvents)?;
    let mut it = store::events::line(tx, ctx.org(), row.id, line.uuid())?.ok_or_else(Error::not_found)?;
    may_price(ctx, &it, change.usage, &change.unit_price_minor)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let facts = bare_facts(&row)?;
    lifecycle::edit(&facts)?;
    crate::packs::refuse_part_of_line(it.pack_line_id)?;
    let old = it.clone();
    let found = resolved_of(ctx, tx, &row, &[it.catalog_item_id])?.get(&it.catalog_item_id).copied();
    let PatchLine { usage, unit_price_minor, no_charge, note } = change;
    let told = (usage, note.clone());
    apply(
        ctx,
        facts.event_type,
        &mut it,
        LineChange { usage, price: unit_price_minor, no_charge, note },
        found.unwrap_or(Price::NONE),
    )?;
    let name = unit_name(&it.number, &it.lot, &it.serial);
    lifecycle::add_line(&facts, &many::asked(&it, &name, usage))?;
    store::events::save_line(tx, ctx.org(), row.id, &it)?;
    let mut entry = ctx.entry("line_changed").subject(row.id);
    line_changes(&mut entry, &old, &it);
    follow_packs(ctx, tx, &row, std::slice::from_ref(&it), told, &mut entry)?;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    entry.append(ctx, tx)?;
    super::asks::tell_of_edited(ctx, tx, &row, &[(old, it.clone())])?;
    let total_minor = sees_prices(ctx).then_some(row.total_minor);
    Ok(ChangedLine { line: line_view(ctx, &it, None), total_minor, version: row.version })
}

/// What lies in packs follows what happened to them, and their notes; its price stays in theirs.
fn follow_packs(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    changed: &[LineRow],
    (usage, note): (Option<domain::event::Usage>, Option<String>),
    entry: &mut crate::journal::Draft,
) -> Result<()> {
    let packs = crate::packs::are_packs(changed);
    if packs.is_empty() || (usage.is_none() && note.is_none()) {
        return Ok(());
    }
    let event_type = kind(row)?;
    let mut inside = crate::packs::follow(&store::events::lines(tx, ctx.org(), row.id)?, &packs);
    for line in &mut inside {
        let old = line.clone();
        let change = LineChange { usage, price: Patch::Leave, no_charge: None, note: note.clone() };
        apply(ctx, event_type, line, change, Price::NONE)?;
        line_changes(entry, &old, line);
    }
    store::events::save_lines(tx, ctx.org(), row.id, &inside)?;
    Ok(())
}

/// These lines with those of what lies in the packs among them; 409 for one of those without its pack.
fn with_inside(ctx: &Ctx, tx: &mut Tx, row: &EventRow, mut lines: Vec<LineRow>) -> Result<Vec<LineRow>> {
    let named: HashSet<Uuid> = lines.iter().map(|line| line.id).collect();
    for line in &lines {
        crate::packs::refuse_part_of_line(line.pack_line_id.filter(|pack| !named.contains(pack)))?;
    }
    let packs = crate::packs::are_packs(&lines);
    if !packs.is_empty() {
        let inside = crate::packs::follow(&store::events::lines(tx, ctx.org(), row.id)?, &packs);
        lines.extend(inside.into_iter().filter(|line| !named.contains(&line.id)));
    }
    Ok(lines)
}

/// Takes a unit off an open event: it is free again.
pub fn remove(ctx: &Ctx, tx: &mut Tx, id: EventId, line: LineId) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let it = store::events::line(tx, ctx.org(), row.id, line.uuid())?.ok_or_else(Error::not_found)?;
    let all = with_inside(ctx, tx, &row, vec![it])?;
    let units: Vec<Uuid> = all.iter().map(|line| line.unit_id).collect();
    let units = lock_units(tx, ctx.org(), &units)?;
    let mut entry = ctx.entry("line_removed").subject(row.id);
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
    for it in &all {
        entry.change(it.id, "unit_id", Some(UnitId::from_uuid(it.unit_id).to_string()), None);
    }
    let ids: Vec<Uuid> = all.iter().map(|line| line.id).collect();
    store::events::drop_lines(tx, ctx.org(), row.id, &ids)?;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    entry.append(ctx, tx)?;
    view(ctx, tx, row.id)
}

const UNIT_FILTERS: &[&str] =
    &["manufacturer_id", "product_line_id", "catalog_item_id", "container_id", "facility_stock", "own"];
const BY_EXPIRY: &[Sort] = &[Sort { column: "unit.expires_key", descending: false }];

/// The units that may be marked on an event now, soonest expiry first: the representative's, those of distributors who share,
/// facility stock of theirs at this location. `q` takes words, lots, serials or a scanned code.
pub fn usable_units(ctx: &Ctx, tx: &mut Tx, id: EventId, params: &ListParams) -> Result<Page<UsableUnit>> {
    list::only(params, UNIT_FILTERS)?;
    let paging = list::paging(&format!("units for {id}"), params, &[("expires_on", "unit.expires_key")], BY_EXPIRY)?;
    let row = readable(ctx, tx, id.uuid())?;
    if super::level(ctx, tx, &row)? < domain::people::Level::Act {
        let message = "Only who may change this event sees what could be used in it.";
        return Err(Error::forbidden("not_your_event", message));
    }
    let usability = Usability::of(ctx, tx, &row)?;
    let mut custodians = vec![row.representative_id];
    if list::yes_no(params, "own")? != Some(true) {
        custodians.extend(usability.sharing.iter().map(|(id, _)| *id));
    }
    let mut query = usable_query(ctx, tx, &row, params)?;
    not_pooled(&mut query, &usability.pooled);
    let (after, limit) = (paging.after.as_ref(), paging.limit);
    let (rows, more) =
        query.page_merged::<UnitRow>(tx, "unit.custodian_id", &custodians, &paging.sorts, "unit.id", after, limit)?;
    let total = if params.count {
        let mut counted = query;
        counted.any_of("unit.custodian_id", custodians.iter().map(|id| Value::Uuid(*id)).collect());
        Some(counted.count(tx)?)
    } else {
        None
    };
    let items = items_of(ctx, tx, &rows)?;
    let place = match row.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let known: Vec<ItemRow> = items.into_values().collect();
    let resolved = prices(ctx, tx, place.as_ref(), Day(row.day as i32), &known)?;
    let names: HashMap<Uuid, (String, String)> =
        known.into_iter().map(|item| (item.id, (item.number, item.description))).collect();
    let mut people: HashMap<Uuid, String> = usability.sharing.iter().cloned().collect();
    let own = store::people::name(tx, ctx.org(), row.representative_id)?.unwrap_or_default();
    people.insert(row.representative_id, own);
    let event_type = kind(&row)?;
    let key = |row: &UnitRow| {
        let sorts = paging.sorts.iter().map(|_| Value::Int(row.expires_key));
        sorts.chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |unit| {
        let found = resolved.get(&unit.catalog_item_id).copied().unwrap_or(Price::NONE);
        let facility_stock = unit.facility_stock_location_id.is_some();
        let price = pricing::line_price(event_type, event_type.default_usage(), facility_stock, found, None);
        let (number, description) = names.get(&unit.catalog_item_id).cloned().unwrap_or_default();
        let shown = sees_prices(ctx) || price.source != PriceSource::Contract;
        UsableUnit {
            id: Id::from_uuid(unit.id),
            catalog_item_id: Id::from_uuid(unit.catalog_item_id),
            catalog_number: number,
            description,
            manufacturer_id: Id::from_uuid(unit.manufacturer_id),
            custodian: unit.facts().custodian.into(),
            custodian_name: people.get(&unit.custodian_id).cloned().unwrap_or_default(),
            lot: unit.lot,
            serial: unit.serial,
            expires_on: unit.expires_on.map(|day| Day(day as i32)),
            facility_stock_location_id: unit.facility_stock_location_id.map(Id::from_uuid),
            container_id: unit.container_id.map(Id::from_uuid),
            reusable: unit.reusable,
            unit_price_minor: shown.then_some(price.minor.0),
            price_source: price.source,
        }
    });
    page.total = total;
    Ok(page)
}

/// Facility stock of those who are here through a pool alone is not for this event.
fn not_pooled(query: &mut Query, pooled: &[Uuid]) {
    if !pooled.is_empty() {
        let marks = vec!["?"; pooled.len()].join(", ");
        let text = format!("(unit.facility_stock_location_id IS NULL OR unit.custodian_id NOT IN ({marks}))");
        query.and(&text, pooled.iter().map(|id| Value::Uuid(*id)));
    }
}

fn usable_query(ctx: &Ctx, tx: &mut Tx, row: &EventRow, params: &ListParams) -> Result<Query> {
    let rules = kind(row)?.rules();
    let mut query = Query::new(format!("SELECT {UNIT_COLUMNS} FROM stock_unit unit"));
    query.and("unit.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("unit.active = 1", []);
    let user = Value::Text(CustodianType::User.as_str().into());
    query.and("unit.custodian_type = ?", [user]);
    query.and("unit.transfer_id IS NULL AND unit.hold_reason IS NULL AND unit.event_id IS NULL", []);
    query.and("unit.kind <> ?", [Value::Text(UnitKind::Container.as_str().into())]);
    query.and(store::free::not_recalled(tx, ctx.org())?, []);
    query.and(store::packs::NOT_PACKED, []);
    if let Some((country, _)) = crate::cleared::of_event(ctx, tx, row)? {
        let (text, wanted) = crate::cleared::condition(&country);
        query.and(text, [Value::Text(wanted)]);
    }
    if rules.refuses_expired {
        query.and("unit.expires_key >= ?", [Value::Int(row.day)]);
    }
    match row.location_id.filter(|_| rules.allows_facility_stock) {
        Some(location) => {
            let text = "(unit.facility_stock_location_id IS NULL OR unit.facility_stock_location_id = ?)";
            query.and(text, [Value::Uuid(location)]);
        }
        None => {
            query.and("unit.facility_stock_location_id IS NULL", []);
        }
    }
    let org = Value::Uuid(ctx.org());
    query.and(
        "(unit.reusable = 0 OR NOT EXISTS (SELECT 1 FROM event_line line JOIN event other \
         ON other.organization_id = line.organization_id AND other.id = line.event_id WHERE line.organization_id = ? \
         AND line.unit_id = unit.id AND (line.event_id = ? OR (line.open = 1 AND other.starts_at < ? AND other.ends_at > ?))))",
        [org, Value::Uuid(row.id), Value::Int(row.ends_at), Value::Int(row.starts_at)],
    );
    let ids = |ids: Vec<Uuid>| ids.into_iter().map(Value::Uuid).collect();
    if let Some(given) = list::ids::<domain::id::Manufacturer>(params, "manufacturer_id")? {
        query.any_of("unit.manufacturer_id", ids(given.into_iter().map(|id| id.uuid()).collect()));
    }
    if let Some(given) = list::ids::<domain::id::CatalogItem>(params, "catalog_item_id")? {
        query.any_of("unit.catalog_item_id", ids(given.into_iter().map(|id| id.uuid()).collect()));
    }
    if let Some(given) = list::ids::<domain::id::Unit>(params, "container_id")? {
        query.any_of("unit.container_id", ids(given.into_iter().map(|id| id.uuid()).collect()));
    }
    if let Some(given) = list::ids::<domain::id::ProductLine>(params, "product_line_id")? {
        let marks = vec!["?"; given.len().max(1)].join(", ");
        let mut args = vec![Value::Uuid(ctx.org())];
        args.extend(given.iter().map(|id| Value::Uuid(id.uuid())));
        if given.is_empty() {
            args.push(Value::Uuid(Uuid::nil()));
        }
        let text = format!(
            "EXISTS (SELECT 1 FROM catalog_item_line of_line WHERE of_line.organization_id = ? \
             AND of_line.catalog_item_id = unit.catalog_item_id AND of_line.product_line_id IN ({marks}))"
        );
        query.and(&text, args);
    }
    match list::yes_no(params, "facility_stock")? {
        Some(true) => {
            query.and("unit.facility_stock_location_id IS NOT NULL", []);
        }
        Some(false) => {
            query.and("unit.facility_stock_location_id IS NULL", []);
        }
        None => {}
    }
    if let Some(q) = params.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        search(ctx, tx, &mut query, q)?;
    }
    Ok(query)
}

/// A scanned code finds by item, lot and serial; words find by catalog item, lot or serial.
fn search(ctx: &Ctx, tx: &mut Tx, query: &mut Query, q: &str) -> Result<()> {
    let today = ctx.today().civil();
    let scanned = udi::Date::new(i32::from(today.year()), today.month().unsigned_abs(), today.day().unsigned_abs())
        .and_then(|today| udi::parse(q, today).ok())
        .filter(|code| code.di.is_some() && q.len() >= 12);
    if let Some(code) = scanned
        && let Some(item) = store::events::item_of_identifier(tx, ctx.org(), code.di.as_deref().unwrap_or_default())?
    {
        query.and("unit.catalog_item_id = ?", [Value::Uuid(item)]);
        if let Some(lot) = &code.lot {
            query.and("unit.lot_key = ?", [Value::Text(domain::text::identifier_key(lot))]);
        }
        if let Some(serial) = &code.serial {
            query.and("unit.serial_key = ?", [Value::Text(domain::text::identifier_key(serial))]);
        }
        return Ok(());
    }
    let key = domain::text::identifier_key(q);
    let end = store::search::after_prefix(&key);
    let (text, words) = store::search::condition(ctx.org(), "cat", &domain::text::tokens(q), "unit.catalog_item_id");
    let mut args: Vec<Value> = [&key, &end, &key, &end].into_iter().map(|text| Value::Text(text.clone())).collect();
    args.extend(words);
    query.and(
        &format!(
            "((unit.lot_key >= ? AND unit.lot_key < ?) OR (unit.serial_key >= ? AND unit.serial_key < ?) OR ({text}))"
        ),
        args,
    );
    Ok(())
}

/// Whether the actor may still change an event's lines: for buttons.
pub fn may_edit(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<bool> {
    let row = readable(ctx, tx, id.uuid())?;
    let open = super::status(&row)? == EventStatus::Open;
    let level = super::level(ctx, tx, &row)?;
    Ok(open && level >= domain::people::Level::Act && ctx.may(Permission::ManageEvents))
}
