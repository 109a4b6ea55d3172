//! What a recall freezes: shown as on hold wherever a unit is shown, refused wherever one is used, sent or planned. The books
//! are left alone, so that opening a recall of a hundred thousand units touches none of them.

use crate::{Ctx, Result};
use contract::units::Unit;
use domain::recall::frozen;
use domain::stock::{Custodian, UnitState};
use std::collections::HashSet;
use store::Tx;
use store::recalls::FrozenRow;
use store::stock::UnitRow;
use uuid::Uuid;

fn may_go_to(row: &FrozenRow, to: Custodian) -> bool {
    row.return_id == Some(to.id) && row.return_type.as_deref() == Some(to.kind.as_str())
}

/// 409 `unit_recalled` when one of these units falls under a recall. `doing` is what cannot be done. To the return address of
/// every recall that freezes it a unit may go.
pub(crate) fn refuse(ctx: &Ctx, tx: &mut Tx, units: &[Uuid], doing: &str, to: Option<Custodian>) -> Result<()> {
    let found = store::recalls::frozen(tx, ctx.org(), units)?;
    let against = units.iter().filter_map(|id| found.get(id)).find(|row| !to.is_some_and(|to| may_go_to(row, to)));
    match against {
        Some(row) => Err(frozen(&super::number(row.number), &row.title, doing).into()),
        None => Ok(()),
    }
}

/// Which of these units fall under a recall and may not go to this custodian.
pub(crate) fn frozen_units(ctx: &Ctx, tx: &mut Tx, units: &[Uuid], to: Option<Custodian>) -> Result<HashSet<Uuid>> {
    let found = store::recalls::frozen(tx, ctx.org(), units)?;
    let against = |(_, row): &(&Uuid, &FrozenRow)| !to.is_some_and(|to| may_go_to(row, to));
    Ok(found.iter().filter(against).map(|(id, _)| *id).collect())
}

/// The same for rows.
pub(crate) fn refuse_rows(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow], doing: &str, to: Option<Custodian>) -> Result<()> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    refuse(ctx, tx, &ids, doing, to)
}

/// Whether the books call a unit free, or on an open event: what a recall puts on hold.
const fn is_loose(state: UnitState) -> bool {
    matches!(state, UnitState::Available | UnitState::InEvent)
}

/// Says of units that fall under a recall which one it is, and that they wait.
pub(crate) fn mark(ctx: &Ctx, tx: &mut Tx, units: &mut [Unit]) -> Result<()> {
    let ids: Vec<Uuid> =
        units.iter().filter(|unit| unit.state != UnitState::Inactive).map(|unit| unit.id.uuid()).collect();
    let found = store::recalls::frozen(tx, ctx.org(), &ids)?;
    if found.is_empty() {
        return Ok(());
    }
    for unit in units {
        let Some(row) = found.get(&unit.id.uuid()).filter(|_| unit.state != UnitState::Inactive) else { continue };
        unit.recall_id = Some(domain::id::Id::from_uuid(row.id));
        if is_loose(unit.state) {
            unit.state = UnitState::OnHold;
            let check = if row.sure { "" } else { ": to be checked, its number is not known" };
            unit.hold_reason = Some(format!("Recall {} ({}){check}", super::number(row.number), row.title));
        }
    }
    Ok(())
}

/// The same for one.
pub(crate) fn marked(ctx: &Ctx, tx: &mut Tx, mut unit: Unit) -> Result<Unit> {
    mark(ctx, tx, std::slice::from_mut(&mut unit))?;
    Ok(unit)
}

/// The states of rows as they are shown, for exports.
pub(crate) fn states(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<Vec<UnitState>> {
    let ids: Vec<Uuid> = rows.iter().filter(|row| row.active).map(|row| row.id).collect();
    let found = store::recalls::frozen(tx, ctx.org(), &ids)?;
    let shown = rows.iter().map(|row| match UnitState::from_stored(row.state) {
        state if is_loose(state) && found.contains_key(&row.id) => UnitState::OnHold,
        state => state,
    });
    Ok(shown.collect())
}
