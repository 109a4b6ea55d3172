//! Packs: made of loose units by a bill of materials, sold as one at one price, taken apart again. What lies in a pack goes where it
//! goes: it is sent, used and sold with it, and is offered to nobody without it.

use crate::recalls::freeze;
use crate::units::{default_custodian, free_serial, holder, level, must_act, must_reach, view};
use crate::{Ctx, Error, Result, labels};
use contract::Items;
use contract::sets::{MakePacks, TakeApart};
use contract::units::{BomLine, Unit};
use domain::id::{BomId, UnitId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::set::FillOrder;
use domain::stock::{Custodian, UnitKind, UnitState};
use domain::text::identifier_key;
use std::collections::{BTreeSet, HashMap, HashSet};
use store::Tx;
use store::custody::{Step, lock_units, move_units};
use store::stock::{BomRow, Extras, ItemRow, NewUnit, UnitRow};
use uuid::Uuid;

/// Most packs that are made at once.
const PACKS_MAX: u32 = 100;

/// A bill by which packs can be made, locked, with the item that they are sold as and what one of them holds.
fn bill(ctx: &Ctx, tx: &mut Tx, id: BomId) -> Result<(BomRow, ItemRow, Vec<BomLine>)> {
    let row = store::stock::lock_bom(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if row.kind != UnitKind::Pack.as_str() {
        let message = "This bill is for containers. A pack is made by a bill for packs.";
        return Err(Error::conflict("bom_not_for_packs", message));
    }
    if row.archived_at.is_some() {
        let message = "This bill of materials was put away. Bring it back first, or choose another one.";
        return Err(Error::conflict("bom_archived", message));
    }
    let unsold = || {
        let message = "The bill does not say which item of the catalog its packs are sold as. Say so first.";
        Error::conflict("pack_without_item", message)
    };
    let item = store::stock::item(tx, ctx.org(), row.sold_as_id.ok_or_else(unsold)?)?.ok_or_else(unsold)?;
    if item.archived_at.is_some() {
        return Err(Error::conflict("item_archived", "The item that these packs are sold as was put away."));
    }
    let lines: Vec<BomLine> = serde_json::from_str(&row.lines).unwrap_or_default();
    if lines.is_empty() {
        return Err(Error::conflict("bom_empty", "The bill has no lines, so nothing would lie in the pack."));
    }
    Ok((row, item, lines))
}

fn many(body: &MakePacks) -> Result<u32> {
    let count = body.quantity.unwrap_or(1);
    if !(1..=PACKS_MAX).contains(&count) {
        let message = format!("Make from 1 to {PACKS_MAX} packs at a time.");
        return Err(Error::field("quantity", "invalid_quantity", message));
    }
    if count > 1 && (body.serial.is_some() || !body.unit_ids.is_empty()) {
        let message = "Packs with a serial number, or of units that you name, are made one by one.";
        return Err(Error::field("quantity", "one_at_a_time", message));
    }
    Ok(count)
}

/// Loose units of the custodian for so many packs: what lies in each.
fn choose(
    ctx: &Ctx,
    tx: &mut Tx,
    from: (Custodian, &str),
    lines: &[BomLine],
    count: u32,
    order: FillOrder,
) -> Result<Vec<Vec<Uuid>>> {
    let mut packs = vec![Vec::new(); count as usize];
    let (today, last) = (i64::from(ctx.today().0), order == FillOrder::Lifo);
    let mut lacks = Vec::new();
    for line in lines {
        let wanted = line.required * count;
        let item = line.catalog_item_id.uuid();
        let found = store::sets::loose(tx, ctx.org(), from.0.id, item, today, last, i64::from(wanted))?;
        if (found.len() as u32) < wanted {
            let number = store::stock::item(tx, ctx.org(), item)?.map(|it| it.number).unwrap_or_default();
            lacks.push(format!("{} of {wanted} {number}", found.len()));
            continue;
        }
        for (pack, chosen) in packs.iter_mut().zip(found.chunks(line.required.max(1) as usize)) {
            pack.extend(chosen.iter().map(|(id, ..)| *id));
        }
    }
    if lacks.is_empty() {
        return Ok(packs);
    }
    let message = format!("{} has too little that is loose and in date: {}.", from.1, lacks.join(", "));
    Err(Error::conflict("pack_incomplete", message))
}

/// The units that somebody named, against the bill: nothing else, and of each from the least to the most.
fn named(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId], lines: &[BomLine]) -> Result<Vec<Vec<Uuid>>> {
    let places = crate::units::indexed("unit_ids", ids)?;
    let ids: Vec<Uuid> = places.keys().copied().collect();
    let mut have: HashMap<Uuid, u32> = HashMap::new();
    for row in store::stock::units(tx, ctx.org(), &ids)? {
        if lines.iter().all(|line| line.catalog_item_id.uuid() != row.catalog_item_id) {
            let field = format!("unit_ids[{}]", places.get(&row.id).copied().unwrap_or_default());
            return Err(Error::field(field, "not_in_bom", "No line of the bill names what this unit is."));
        }
        *have.entry(row.catalog_item_id).or_default() += 1;
    }
    for line in lines {
        let n = have.get(&line.catalog_item_id.uuid()).copied().unwrap_or_default();
        if !(line.min..=line.max).contains(&n) {
            let item = store::stock::item(tx, ctx.org(), line.catalog_item_id.uuid())?;
            let number = item.map(|it| it.number).unwrap_or_default();
            let message = format!("Of {number} a pack holds from {} to {}, and {n} are named.", line.min, line.max);
            return Err(Error::conflict("pack_incomplete", message));
        }
    }
    Ok(vec![ids])
}

/// What goes into the packs, locked: loose devices for single use, with the custodian, in date, of no recall.
fn contents(ctx: &Ctx, tx: &mut Tx, from: Custodian, packs: &[Vec<Uuid>]) -> Result<HashMap<Uuid, UnitRow>> {
    let ids: Vec<Uuid> = packs.iter().flatten().copied().collect();
    let rows = lock_units(tx, ctx.org(), &ids)?;
    if rows.len() != ids.len() {
        return Err(Error::unknown("unit_ids"));
    }
    for row in &rows {
        let facts = row.facts();
        if facts.custodian != from {
            if level(ctx, tx, facts.custodian)? < Level::See {
                return Err(Error::unknown("unit_ids"));
            }
            let message = "What lies in a pack is with whoever has the pack. Transfer it there first.";
            return Err(Error::conflict("unit_not_with_custodian", message));
        }
        facts.may_be_sent()?;
        let refused = if facts.kind != UnitKind::Device {
            Some(("container_in_container", "Only devices lie in a pack: no container, and no other pack."))
        } else if facts.container.is_some() {
            Some(("unit_in_container", "One of these units lies in a container already. Take it out there first."))
        } else if facts.state() != UnitState::Available {
            Some(("unit_in_event", "One of these units is marked on an open event. Take it off there first."))
        } else if facts.reusable {
            Some(("reusable_in_pack", "A pack is used up as a whole, so nothing reusable lies in it."))
        } else if facts.expires_on.is_some_and(|day| day < ctx.today()) {
            Some(("unit_expired", "One of these units is past its date, and a pack is sold."))
        } else {
            None
        };
        if let Some((code, message)) = refused {
            return Err(Error::conflict(code, message));
        }
    }
    freeze::refuse_rows(ctx, tx, &rows, "put into a pack", None)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Makes packs of loose units: by the bill, the first to expire first, or of units that are named.
pub fn make(ctx: &Ctx, tx: &mut Tx, id: BomId, body: &MakePacks) -> Result<Items<Unit>> {
    ctx.require(Permission::CreateInventory)?;
    ctx.require(Permission::EditInventory)?;
    let org = ctx.org();
    let (bom, item, lines) = bill(ctx, tx, id)?;
    let count = many(body)?;
    let wanted = body.custodian.unwrap_or_else(|| default_custodian(ctx));
    if let Some(custodian) = wanted.custodian() {
        must_reach(ctx, tx, "custodian", custodian)?;
    }
    let holder = holder(ctx, tx, "custodian", wanted)?;
    let serial = labels::line("serial", body.serial.as_deref(), limits::LOT_MAX)?;
    let serial_key = identifier_key(&serial);
    free_serial(ctx, tx, item.id, &serial_key, None)?;
    let order = body.order.unwrap_or(FillOrder::Fifo);
    let packs = match body.unit_ids.is_empty() {
        true => choose(ctx, tx, (holder.custodian, &holder.name), &lines, count, order)?,
        false => named(ctx, tx, &body.unit_ids, &lines)?,
    };
    let rows = contents(ctx, tx, holder.custodian, &packs)?;
    let made: Vec<NewUnit> = packs
        .iter()
        .map(|inside| NewUnit {
            id: ctx.id::<domain::id::Unit>().uuid(),
            kind: UnitKind::Pack,
            catalog_item: item.id,
            manufacturer: item.manufacturer_id,
            lot: String::new(),
            lot_key: String::new(),
            serial: serial.clone(),
            serial_key: serial_key.clone(),
            udi: String::new(),
            // A pack is good for as long as everything in it.
            expires_on: inside.iter().filter_map(|id| rows[id].facts().expires_on).min(),
            manufactured_on: None,
            custodian: holder.custodian,
            facility_stock_location: None,
            place: None,
            container: None,
            reusable: false,
            due_back_on: None,
            tags: labels::stored_tags(&[]),
            note: String::new(),
            sold_event: None,
        })
        .collect();
    let mut entry = ctx.entry("pack_made").subject(holder.custodian.id).subject(bom.id);
    for movement in store::stock::insert_units(tx, org, &made, ctx.now.0)? {
        entry.movement(movement);
    }
    for (pack, inside) in made.iter().zip(&packs) {
        store::custody::set_container(tx, org, inside, Some(pack.id))?;
        store::sets::assign(tx, org, pack.id, Some(bom.id), ctx.now.0)?;
        for unit in inside {
            entry.about(*unit);
            entry.change(*unit, "container_id", None, Some(UnitId::from_uuid(pack.id).to_string()));
        }
    }
    entry.append(ctx, tx)?;
    crate::units::assign(ctx, tx, holder.custodian, [item.manufacturer_id])?;
    let ids: Vec<Uuid> = made.iter().map(|pack| pack.id).collect();
    shown(ctx, tx, &ids)
}

fn shown(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid]) -> Result<Items<Unit>> {
    let mut items: Vec<Unit> = store::stock::units(tx, ctx.org(), ids)?.into_iter().map(view).collect();
    freeze::mark(ctx, tx, &mut items)?;
    Ok(Items { items })
}

/// Takes a pack apart: what lay in it is loose again with the same custodian, and the pack is no more. Gives what lay in it.
pub fn take_apart(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &TakeApart) -> Result<Items<Unit>> {
    let org = ctx.org();
    let inside: Vec<Uuid> = store::packs::inside(tx, org, &[id.uuid()])?.into_iter().map(|(unit, _)| unit).collect();
    let all: Vec<Uuid> = inside.iter().copied().chain([id.uuid()]).collect();
    let rows = lock_units(tx, org, &all)?;
    let row = rows.iter().find(|row| row.id == id.uuid()).ok_or_else(Error::not_found)?;
    let reached = level(ctx, tx, row.facts().custodian)?;
    if reached < Level::See {
        return Err(Error::not_found());
    }
    must_act(ctx, reached)?;
    ctx.require(Permission::EditInventory)?;
    ctx.check_version(row.version, || Ok(view(row.clone())))?;
    if row.facts().kind != UnitKind::Pack {
        return Err(Error::conflict("not_a_pack", "This unit is no pack."));
    }
    row.facts().may_be_deactivated()?;
    if row.facts().on_hold {
        let message = "This pack is on hold. Ask the office to release it before it is taken apart.";
        return Err(Error::conflict("unit_on_hold", message));
    }
    whole(ctx, tx, &rows)?;
    if inside.is_empty() {
        let message = "Nothing is known to lie in this pack, so it cannot be taken apart. Deactivate it if it is gone.";
        return Err(Error::conflict("pack_empty", message));
    }
    let reason = labels::note("reason", body.reason.as_deref().unwrap_or_default())?;
    let mut after = row.facts();
    after.active = false;
    after.container = None;
    let extras = Extras { deactivated_reason: Some("Taken apart".to_owned()), ..Extras::default() };
    let mut entry = ctx.entry("pack_taken_apart").reason(&reason).subject(row.custodian_id);
    for movement in move_units(tx, org, &[Step { before: row, after, extras }], ctx.now.0)? {
        entry.movement(movement);
    }
    store::custody::set_container(tx, org, &inside, None)?;
    for unit in &inside {
        entry.about(*unit);
        entry.change(*unit, "container_id", Some(id.to_string()), None);
    }
    entry.append(ctx, tx)?;
    shown(ctx, tx, &inside)
}

/// These units and what lies in the packs among them.
pub(crate) fn with_contents(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let packs = store::packs::packs(tx, ctx.org(), ids)?;
    let inside = store::packs::inside(tx, ctx.org(), &packs)?;
    let all: BTreeSet<Uuid> = ids.iter().copied().chain(inside.into_iter().map(|(unit, _)| unit)).collect();
    Ok(all.into_iter().collect())
}

/// 409 for a part of a pack without the pack. The rows are locked; where a pack was changed before that, the whole is tried anew.
pub(crate) fn whole(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<()> {
    let ids: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
    let packs: Vec<Uuid> = rows.iter().filter(|row| row.kind == UnitKind::Pack.as_str()).map(|row| row.id).collect();
    if store::packs::inside(tx, ctx.org(), &packs)?.iter().any(|(unit, _)| !ids.contains(unit)) {
        return Err(Error::Db(store::Error::Conflict));
    }
    let alone: Vec<&UnitRow> =
        rows.iter().filter(|row| row.container_id.is_some_and(|pack| !ids.contains(&pack))).collect();
    no_part(ctx, tx, &alone)
}

/// 409 for units that lie in a pack.
pub(crate) fn no_part(ctx: &Ctx, tx: &mut Tx, rows: &[&UnitRow]) -> Result<()> {
    let around: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.container_id).collect();
    if around.is_empty() {
        return Ok(());
    }
    let around: Vec<Uuid> = around.into_iter().collect();
    if store::packs::packs(tx, ctx.org(), &around)?.is_empty() {
        return Ok(());
    }
    let message =
        "One of these units lies in a pack, which is sold and used as one. Choose the pack, or take it apart first.";
    Err(Error::conflict("unit_in_pack", message))
}

/// 409 for a pack that is put into a container while something lies in it: nothing lies two deep.
pub(crate) fn no_nesting(ctx: &Ctx, tx: &mut Tx, rows: &[&UnitRow]) -> Result<()> {
    let packs: Vec<Uuid> = rows.iter().filter(|row| row.kind == UnitKind::Pack.as_str()).map(|row| row.id).collect();
    if store::packs::inside(tx, ctx.org(), &packs)?.is_empty() {
        return Ok(());
    }
    let message =
        "A pack with something in it does not lie in a container. Send it beside the container, or take it apart.";
    Err(Error::conflict("pack_in_container", message))
}

/// What the sold item of a bill must be: of kind pack, and of the catalog.
pub(crate) fn sold_as(ctx: &Ctx, tx: &mut Tx, kind: &str, item: Option<Uuid>) -> Result<()> {
    let Some(id) = item else { return Ok(()) };
    let field = "sold_as_item_id";
    if kind != UnitKind::Pack.as_str() {
        let message = "Only packs are sold. A container is moved, and what lies in it is sold.";
        return Err(Error::field(field, "kind_mismatch", message));
    }
    let row = store::stock::item(tx, ctx.org(), id)?.ok_or_else(|| Error::unknown(field))?;
    if row.kind != UnitKind::Pack.as_str() {
        let message = "This item is no pack. Choose an item of the catalog whose kind is pack.";
        return Err(Error::field(field, "kind_mismatch", message));
    }
    Ok(())
}

/// The id of a bill's sold item, as it is told.
pub(crate) fn printed(item: Option<Uuid>) -> Option<String> {
    item.map(|id| domain::id::CatalogItemId::from_uuid(id).to_string())
}

/// The line of the pack in which a line's unit lies decides about it.
pub(crate) fn refuse_part_of_line(pack_line: Option<Uuid>) -> Result<()> {
    if pack_line.is_none() {
        return Ok(());
    }
    let message = "This unit lies in a pack, and its line follows the line of the pack. Change that one.";
    Err(Error::conflict("line_in_pack", message))
}

/// The lines of what lies in a pack among all of an event.
pub(crate) fn follow(lines: &[store::events::LineRow], packs: &HashSet<Uuid>) -> Vec<store::events::LineRow> {
    let follows = |line: &&store::events::LineRow| line.pack_line_id.is_some_and(|pack| packs.contains(&pack));
    lines.iter().filter(follows).cloned().collect()
}

/// Whether what is named is a pack with what lies in it on the event: its lines are looked at only then.
pub(crate) fn are_packs<'a>(lines: impl IntoIterator<Item = &'a store::events::LineRow>) -> HashSet<Uuid> {
    let pack = UnitKind::Pack.as_str();
    lines.into_iter().filter(|line| line.kind == pack).map(|line| line.id).collect()
}
