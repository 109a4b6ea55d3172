//! Sets: a container that follows a bill of materials, what it lacks, filling it up and relieving it, how many could be built.

use crate::history::Names;
use crate::{Ctx, Error, Result, list};
use contract::ListParams;
use contract::sets::{
    AssignSet, Buildable, BuildableLine, BuiltSet, RefillSet, Refilled, RelieveSet, Relieved, SetCheck, SetGap, SetLine,
};
use contract::units::{BomLine, ChangeContents, Unit};
use domain::id::{BomId, Id, UnitId};
use domain::people::{Level, Permission};
use domain::set::{FillOrder, LineState, Piece, Want, counted, overages, refill, set_name};
use domain::stock::{UnitKind, UnitState};
use std::collections::HashMap;
use store::Tx;
use store::sets::SetRow;
use uuid::Uuid;

/// What expires within so many days is told.
const SOON: i32 = 30;
/// Sets of a bill that are listed.
const BUILT: i64 = 200;

fn wants(lines: &[BomLine]) -> Vec<Want> {
    let want = |line: &BomLine| Want {
        item: line.catalog_item_id.uuid(),
        min: line.min,
        required: line.required,
        max: line.max,
    };
    lines.iter().map(want).collect()
}

fn lines_of(text: &str) -> Vec<Want> {
    wants(&serde_json::from_str::<Vec<BomLine>>(text).unwrap_or_default())
}

fn piece(unit: &Unit) -> Piece {
    let expires = unit.expires_on.map(|day| i64::from(day.0));
    Piece { id: unit.id.uuid(), item: unit.catalog_item_id.uuid(), expires }
}

/// (number, description) of items.
fn item_words(ctx: &Ctx, tx: &mut Tx, items: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, (String, String)>> {
    let mut found = HashMap::new();
    for item in items {
        if let Some(row) = store::stock::item(tx, ctx.org(), item)? {
            found.insert(item, (row.number, row.description));
        }
    }
    Ok(found)
}

/// A container in reach, with what lies in it.
fn look(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<(Unit, Vec<Unit>)> {
    let unit = crate::units::get(ctx, tx, id)?;
    if unit.kind == UnitKind::Device {
        return Err(Error::conflict("not_a_container", "This unit is no container."));
    }
    let inside = crate::units::contents(ctx, tx, id)?.items;
    Ok((unit, inside))
}

fn called(row: &SetRow) -> String {
    set_name(&row.name, row.number, row.of)
}

/// A container against the bill that it follows.
pub fn check(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<SetCheck> {
    let (unit, inside) = look(ctx, tx, id)?;
    let row = store::sets::of_unit(tx, ctx.org(), id.uuid())?;
    compare(ctx, tx, &unit, &inside, row.as_ref())
}

/// Of containers those that lack something: (name, "2 of 4 CUP-52"). Containers that follow no bill lack nothing.
pub(crate) fn short(ctx: &Ctx, tx: &mut Tx, containers: &[Uuid]) -> Result<Vec<(String, Vec<String>)>> {
    let sets = store::sets::of_units(tx, ctx.org(), containers)?;
    if sets.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<Uuid> = containers.iter().copied().filter(|id| sets.contains_key(id)).collect();
    let inside = store::sets::inside(tx, ctx.org(), &known)?;
    let mut found = Vec::new();
    for (id, row) in known.iter().filter_map(|id| sets.get(id).map(|row| (id, row))) {
        let have = |want: &Want| inside.get(&(*id, want.item)).copied().unwrap_or(0);
        let lacking: Vec<Want> =
            lines_of(&row.lines).into_iter().filter(|want| want.state(have(want)) == LineState::Short).collect();
        if lacking.is_empty() {
            continue;
        }
        let words = item_words(ctx, tx, lacking.iter().map(|want| want.item))?;
        let said = lacking.iter().map(|want| {
            let number = words.get(&want.item).map_or("an item", |(number, _)| number.as_str());
            format!("{} of {} {number}", have(want), want.required)
        });
        found.push((called(row), said.collect()));
    }
    Ok(found)
}

fn compare(ctx: &Ctx, tx: &mut Tx, unit: &Unit, inside: &[Unit], row: Option<&SetRow>) -> Result<SetCheck> {
    let today = ctx.today();
    let soon = |unit: &&Unit| unit.expires_on.is_some_and(|day| day.0 < today.0 + SOON);
    let expired = inside.iter().any(|unit| unit.expires_on.is_some_and(|day| day < today));
    let blocked = inside.iter().filter(|unit| unit.state == UnitState::OnHold).count() as u32;
    let mut check = SetCheck {
        unit_id: unit.id,
        bom_id: row.map(|row| Id::from_uuid(row.bom_id)),
        name: row.map(called),
        ready: false,
        missing: 0,
        surplus: 0,
        expiring: inside.iter().filter(soon).count() as u32,
        blocked,
        lines: Vec::new(),
        foreign: Vec::new(),
    };
    let Some(row) = row else { return Ok(check) };
    let wants = lines_of(&row.lines);
    let pieces: Vec<Piece> = inside.iter().map(piece).collect();
    let have = counted(&pieces);
    let words = item_words(ctx, tx, wants.iter().map(|want| want.item))?;
    for want in &wants {
        let have = have.get(&want.item).copied().unwrap_or_default();
        let of_line = inside.iter().filter(|unit| unit.catalog_item_id.uuid() == want.item);
        let loose = if want.missing(have) > 0 {
            let day = i64::from(today.0);
            store::sets::count_loose(tx, ctx.viewer(), Some(unit.custodian.id.id), want.item, day)?
        } else {
            0
        };
        let (number, description) = words.get(&want.item).cloned().unwrap_or_default();
        check.missing += want.missing(have);
        check.surplus += want.surplus(have);
        check.lines.push(SetLine {
            catalog_item_id: Id::from_uuid(want.item),
            catalog_number: number,
            description,
            min: want.min,
            required: want.required,
            max: want.max,
            have,
            expiring: of_line.filter(soon).count() as u32,
            state: want.state(have),
            loose,
        });
    }
    check.lines.sort_by(|one, other| one.catalog_number.cmp(&other.catalog_number));
    let named = |unit: &&Unit| wants.iter().all(|want| want.item != unit.catalog_item_id.uuid());
    check.foreign = inside.iter().filter(named).map(|unit| unit.id).collect();
    let short = check.lines.iter().any(|line| line.state == LineState::Short);
    check.ready = !wants.is_empty() && !short && !expired && blocked == 0;
    Ok(check)
}

/// Who may say what a container should hold, and change what lies in it.
fn must_pack(ctx: &Ctx, tx: &mut Tx, unit: &Unit) -> Result<()> {
    crate::units::must_reach(ctx, tx, "id", unit.custodian.id)?;
    ctx.require(Permission::EditInventory)
}

/// What lies in a pack is said when it is made: it is taken apart and made anew.
fn must_be_container(unit: &Unit) -> Result<()> {
    if unit.kind == UnitKind::Container {
        return Ok(());
    }
    let message = "This is a pack: what lies in it was said when it was made. Take it apart and make another one.";
    Err(Error::conflict("not_a_container", message))
}

/// Lets a container follow a bill of materials, or none.
pub fn assign(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &AssignSet) -> Result<SetCheck> {
    store::stock::lock_unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let (unit, _) = look(ctx, tx, id)?;
    must_pack(ctx, tx, &unit)?;
    must_be_container(&unit)?;
    if unit.state == UnitState::Inactive {
        return Err(Error::conflict("unit_inactive", "This container is no longer active."));
    }
    let before = store::sets::of_unit(tx, ctx.org(), id.uuid())?;
    if let Some(bom) = body.bom_id {
        let row = store::stock::lock_bom(tx, ctx.org(), bom.uuid())?.ok_or_else(|| Error::unknown("bom_id"))?;
        if row.archived_at.is_some() {
            let message = "This bill of materials was put away. Bring it back first, or choose another one.";
            return Err(Error::conflict("bom_archived", message));
        }
        if row.kind != UnitKind::Container.as_str() {
            return Err(Error::field("bom_id", "kind_mismatch", "This bill is for packs. Choose one for containers."));
        }
    }
    let printed = |id: Option<Uuid>| id.map(|id| BomId::from_uuid(id).to_string());
    let mut entry = ctx.entry("set_assigned").subject(id.uuid());
    entry.change(id.uuid(), "bom_id", printed(before.map(|row| row.bom_id)), body.bom_id.map(|id| id.to_string()));
    if !entry.is_empty() {
        store::sets::assign(tx, ctx.org(), id.uuid(), body.bom_id.map(Id::uuid), ctx.now.0)?;
        entry.append(ctx, tx)?;
    }
    check(ctx, tx, id)
}

/// The set that a container is, locked unless it is only looked at; 409 when it follows no bill.
fn followed(ctx: &Ctx, tx: &mut Tx, id: UnitId, look_only: bool) -> Result<(Unit, Vec<Unit>, SetRow)> {
    if !look_only {
        store::stock::lock_unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    }
    let (unit, inside) = look(ctx, tx, id)?;
    must_pack(ctx, tx, &unit)?;
    must_be_container(&unit)?;
    let row = store::sets::of_unit(tx, ctx.org(), id.uuid())?;
    let row = row.ok_or_else(|| {
        let message = "This container follows no bill of materials, so nobody knows what it lacks. Choose one first.";
        Error::conflict("no_bom", message)
    })?;
    Ok((unit, inside, row))
}

/// Fills a set up from loose units of its custodian. What they do not fill is told with how many others have.
pub fn fill(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &RefillSet) -> Result<Refilled> {
    let (unit, inside, row) = followed(ctx, tx, id, body.dry_run)?;
    let order = body.order.unwrap_or(FillOrder::Fifo);
    let (wants, today) = (lines_of(&row.lines), i64::from(ctx.today().0));
    let pieces: Vec<Piece> = inside.iter().map(piece).collect();
    let have = counted(&pieces);
    let missing = |want: &Want| want.missing(have.get(&want.item).copied().unwrap_or_default());
    let mut loose: Vec<Piece> = Vec::new();
    for want in wants.iter().filter(|want| missing(want) > 0) {
        let limit = i64::from(missing(want));
        let last = order == FillOrder::Lifo;
        let found = store::sets::loose(tx, ctx.org(), unit.custodian.id.id, want.item, today, last, limit)?;
        loose.extend(found.into_iter().map(|(id, item, expires)| Piece { id, item, expires }));
    }
    let chosen = refill(&wants, &pieces, &loose, order);
    let filled = counted(loose.iter().filter(|piece| chosen.contains(&piece.id)));
    let words = item_words(ctx, tx, wants.iter().map(|want| want.item))?;
    let mut gaps = Vec::new();
    for want in &wants {
        let quantity = missing(want).saturating_sub(filled.get(&want.item).copied().unwrap_or_default());
        if quantity == 0 {
            continue;
        }
        let (catalog_number, description) = words.get(&want.item).cloned().unwrap_or_default();
        let all = store::sets::count_loose(tx, ctx.viewer(), None, want.item, today)?;
        let own = store::sets::count_loose(tx, ctx.viewer(), Some(unit.custodian.id.id), want.item, today)?;
        gaps.push(SetGap {
            catalog_item_id: Id::from_uuid(want.item),
            catalog_number,
            description,
            quantity,
            with_others: (all - own).max(0),
        });
    }
    gaps.sort_by(|one, other| one.catalog_number.cmp(&other.catalog_number));
    let ids: Vec<UnitId> = chosen.iter().map(|id| Id::from_uuid(*id)).collect();
    if !body.dry_run && !ids.is_empty() {
        crate::units::change_contents(ctx, tx, id, &ChangeContents { add: ids.clone(), remove: Vec::new() })?;
    }
    let mut added = Vec::with_capacity(ids.len());
    for id in ids {
        added.push(crate::units::get(ctx, tx, id)?);
    }
    Ok(Refilled { added, missing: gaps, set: check(ctx, tx, id)? })
}

/// Takes out of a set what is too many, and on request what does not belong there.
pub fn relieve(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &RelieveSet) -> Result<Relieved> {
    let (_, inside, row) = followed(ctx, tx, id, false)?;
    let pieces: Vec<Piece> = inside.iter().map(piece).collect();
    let chosen = overages(&lines_of(&row.lines), &pieces, body.foreign);
    let removed: Vec<UnitId> = chosen.into_iter().map(Id::from_uuid).collect();
    if !removed.is_empty() {
        crate::units::change_contents(ctx, tx, id, &ChangeContents { add: Vec::new(), remove: removed.clone() })?;
    }
    Ok(Relieved { removed, set: check(ctx, tx, id)? })
}

/// Of whose stock: nobody's in particular for what is not said.
fn whose(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Option<Uuid>> {
    let asked = crate::unit_lists::custodians(params, "custodian_id")?.unwrap_or_default();
    let Some(id) = asked.first().copied() else { return Ok(None) };
    let own = id == ctx.org();
    if ctx.actor.role.is_office() || (!own && store::reach::of(tx, ctx.viewer(), id)?.custody >= Level::Use) {
        return Ok(Some(id));
    }
    Err(Error::unknown("custodian_id"))
}

/// How many sets of a bill could be built of what is free, and what is missing for one more.
pub fn buildable(ctx: &Ctx, tx: &mut Tx, id: BomId, params: &ListParams) -> Result<Buildable> {
    list::only(params, &["custodian_id"])?;
    let bom = store::stock::bom(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let custodian = whose(ctx, tx, params)?;
    let (wants, today) = (lines_of(&bom.lines), i64::from(ctx.today().0));
    let mut free: HashMap<Uuid, u32> = HashMap::new();
    for want in &wants {
        let n = store::sets::count_loose(tx, ctx.viewer(), custodian, want.item, today)?;
        free.insert(want.item, u32::try_from(n).unwrap_or_default());
    }
    let told = domain::set::buildable(&wants, &free);
    let words = item_words(ctx, tx, wants.iter().map(|want| want.item))?;
    let lines = wants.iter().map(|want| {
        let (catalog_number, description) = words.get(&want.item).cloned().unwrap_or_default();
        let free = free.get(&want.item).copied().unwrap_or_default();
        BuildableLine {
            catalog_item_id: Id::from_uuid(want.item),
            catalog_number,
            description,
            required: want.required,
            free: i64::from(free),
            sets: free / want.required.max(1),
            missing: told.missing.get(&want.item).copied().unwrap_or_default(),
        }
    });
    let mut lines: Vec<BuildableLine> = lines.collect();
    lines.sort_by(|one, other| (one.sets, &one.catalog_number).cmp(&(other.sets, &other.catalog_number)));
    let rows = store::sets::built(tx, ctx.viewer(), id.uuid(), BUILT)?;
    let of = rows.iter().map(|row| row.number).max().unwrap_or_default();
    let mut names = Names::default();
    let mut built = Vec::with_capacity(rows.len());
    for row in rows {
        built.push(BuiltSet {
            unit_id: Id::from_uuid(row.unit_id),
            name: set_name(&bom.name, row.number, of),
            serial: row.serial,
            custodian: names.custodian(ctx, tx, row.custodian_id)?,
            custodian_name: names.of(ctx, tx, row.custodian_id)?,
            state: UnitState::from_stored(row.state),
        });
    }
    let custodian = custodian.map(|id| names.custodian(ctx, tx, id)).transpose()?;
    Ok(Buildable { bom_id: id, custodian, sets: told.sets, lines, built })
}
