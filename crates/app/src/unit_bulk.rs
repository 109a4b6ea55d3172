//! One step of many units: locked together in one order, moved and counted together, told in one entry. All of them, or none.

use crate::recalls::freeze;
use crate::units::{indexed, level, must_act, view};
use crate::{Ctx, Error, Result, labels};
use contract::Items;
use contract::units::{DeactivateUnits, PlaceUnits, Unit};
use domain::hold::HoldStatus;
use domain::id::{Id, UnitId};
use domain::people::{Level, Permission};
use domain::stock::UnitKind;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;
use store::custody::Step;
use store::stock::{Extras, UnitRow};
use uuid::Uuid;

/// Most units that are changed at once.
pub const AT_ONCE: usize = 5_000;

/// The rows of a selection, locked, each within the viewer's reach and theirs to act upon.
fn gather(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId]) -> Result<Vec<(usize, UnitRow)>> {
    if ids.is_empty() {
        return Err(Error::field("unit_ids", "required", "Name at least one unit."));
    }
    if ids.len() > AT_ONCE {
        return Err(Error::field("unit_ids", "too_many", format!("Name at most {AT_ONCE} units at once.")));
    }
    let places = indexed("unit_ids", ids)?;
    let sorted: Vec<Uuid> = places.keys().copied().collect();
    let mut rows: BTreeMap<Uuid, UnitRow> = BTreeMap::new();
    for row in store::custody::lock_units(tx, ctx.org(), &sorted)? {
        rows.insert(row.id, row);
    }
    let mut levels: HashMap<Uuid, Level> = HashMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for (id, place) in &places {
        let unknown = || Error::unknown(format!("unit_ids[{place}]"));
        let row = rows.remove(id).ok_or_else(unknown)?;
        let custodian = row.facts().custodian;
        let reached = match levels.get(&custodian.id) {
            Some(level) => *level,
            None => level(ctx, tx, custodian)?,
        };
        levels.insert(custodian.id, reached);
        if reached < Level::See {
            return Err(unknown());
        }
        must_act(ctx, reached)?;
        found.push((*place, row));
    }
    Ok(found)
}

/// Does one step with every row. `decide` says what becomes of one.
pub(crate) fn steps(
    ctx: &Ctx,
    tx: &mut Tx,
    ids: &[UnitId],
    kind: &'static str,
    reason: &str,
    decide: impl Fn(&mut Tx, &UnitRow, &mut domain::stock::Unit, &mut Extras) -> Result<()>,
) -> Result<Items<Unit>> {
    let rows = gather(ctx, tx, ids)?;
    let mut entry = ctx.entry(kind).reason(reason);
    let mut custodians: Vec<Uuid> = rows.iter().map(|(_, row)| row.custodian_id).collect();
    custodians.sort_unstable();
    custodians.dedup();
    for custodian in custodians {
        entry = entry.subject(custodian);
    }
    let word = |status: Option<HoldStatus>| status.map(|it| it.as_str().to_owned());
    let mut steps = Vec::with_capacity(rows.len());
    for (_, row) in &rows {
        let (mut after, mut extras) = (row.facts(), Extras::default());
        decide(tx, row, &mut after, &mut extras)?;
        let before_word = crate::holds::status(row);
        let after_word = after.on_hold.then(|| extras.hold_status.or(before_word).unwrap_or(HoldStatus::Review));
        if before_word != after_word {
            entry = entry.subject(row.id);
            entry.change(row.id, "hold_status", word(before_word), word(after_word));
        }
        if after.container != row.facts().container {
            let printed = |id: Option<UnitId>| id.map(|id| id.to_string());
            entry = entry.subject(row.id);
            entry.change(row.id, "container_id", printed(row.facts().container), printed(after.container));
        }
        steps.push(Step { before: row, after, extras });
    }
    for movement in store::custody::move_units(tx, ctx.org(), &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    entry.append(ctx, tx)?;
    shown(ctx, tx, ids)
}

/// The units as they are now, in the order in which they were named.
fn shown(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId]) -> Result<Items<Unit>> {
    let all: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut rows: HashMap<Uuid, UnitRow> =
        store::stock::units(tx, ctx.org(), &all)?.into_iter().map(|row| (row.id, row)).collect();
    let mut items: Vec<Unit> = all.iter().filter_map(|id| rows.remove(id)).map(view).collect();
    freeze::mark(ctx, tx, &mut items)?;
    Ok(Items { items })
}

/// Takes many units off the books.
pub fn deactivate(ctx: &Ctx, tx: &mut Tx, body: &DeactivateUnits) -> Result<Items<Unit>> {
    ctx.require(Permission::AdjustInventory)?;
    let reason = labels::reason(&body.reason)?;
    let all: Vec<Uuid> = body.unit_ids.iter().take(AT_ONCE).map(|id| id.uuid()).collect();
    let full: HashSet<Uuid> =
        store::packs::inside(tx, ctx.org(), &all)?.into_iter().map(|(_, around)| around).collect();
    let parts: HashSet<Uuid> = store::packs::parts(tx, ctx.org(), &all)?.into_iter().collect();
    steps(ctx, tx, &body.unit_ids, "unit_deactivated", &reason, |tx, row, after, extras| {
        row.facts().may_be_deactivated()?;
        if parts.contains(&row.id) {
            crate::packs::no_part(ctx, tx, &[row])?;
        }
        if after.kind != UnitKind::Device && full.contains(&row.id) {
            let message = "There is something in one of these units. Take it out before deactivating what it lies in.";
            return Err(Error::conflict("container_not_empty", message));
        }
        after.active = false;
        after.on_hold = false;
        after.container = None;
        extras.deactivated_reason = Some(reason.clone());
        Ok(())
    })
}

/// Says where many units are, or that they are nowhere in particular.
pub fn place(ctx: &Ctx, tx: &mut Tx, body: &PlaceUnits) -> Result<Items<Unit>> {
    ctx.require(Permission::EditInventory)?;
    let place = body.place_id.map(Id::uuid);
    if let Some(id) = place
        && !store::stock::place_exists(tx, ctx.org(), id)?
    {
        return Err(Error::unknown("place_id"));
    }
    let rows = gather(ctx, tx, &body.unit_ids)?;
    if rows.iter().any(|(_, row)| !row.active) {
        let message = "One of these units is no longer active, so it is at no place.";
        return Err(Error::conflict("unit_inactive", message));
    }
    let printed = |id: Option<Uuid>| id.map(|id| domain::id::PlaceId::from_uuid(id).to_string());
    let mut entry = ctx.entry("unit_edited");
    let mut changed = Vec::new();
    for (_, row) in rows.iter().filter(|(_, row)| row.place_id != place) {
        entry = entry.subject(row.id);
        entry.change(row.id, "place_id", printed(row.place_id), printed(place));
        changed.push(row.id);
    }
    if !changed.is_empty() {
        store::custody::set_place(tx, ctx.org(), &changed, place)?;
        entry.append(ctx, tx)?;
    }
    shown(ctx, tx, &body.unit_ids)
}
