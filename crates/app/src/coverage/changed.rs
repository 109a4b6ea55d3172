//! What moved since somebody looked at a plan, in sentences.

use super::preview::Shape;
use crate::{Ctx, Error, Result};
use domain::id::UnitId;
use domain::stock::UnitState;
use std::collections::BTreeSet;
use store::Tx;

/// Things that are told at most.
const TOLD: usize = 4;

/// 409 that says what moved; nothing when the plan still holds.
pub(crate) fn must_hold(ctx: &Ctx, tx: &mut Tx, then: &Shape, now: &Shape) -> Result<()> {
    if then == now {
        return Ok(());
    }
    let mut told = Vec::new();
    if then.from != now.from {
        let name = store::people::name(tx, ctx.org(), now.from.uuid())?.unwrap_or_default();
        told.push(format!("The case is with {name} now."));
    }
    if then.starts_at != now.starts_at {
        told.push("The time of the case changed.".to_owned());
    }
    let units = |shape: &Shape| -> BTreeSet<UnitId> {
        shape.moves.iter().flat_map(|it| it.units.iter().filter_map(|unit| unit.1)).collect()
    };
    let (before, after) = (units(then), units(now));
    for unit in before.difference(&after) {
        told.extend(lost(ctx, tx, *unit)?);
    }
    let open = |shape: &Shape| shape.open.iter().map(|it| it.1).sum::<u32>();
    if open(now) > open(then) {
        told.push("More is missing than before.".to_owned());
    }
    if told.is_empty() {
        told.push("There is a better way by now, or the old one takes too long.".to_owned());
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    if more > 0 {
        told.push(format!("{more} more changes."));
    }
    Err(outdated(&told.join(" ")))
}

/// Why a unit is not part of the plan any more.
fn lost(ctx: &Ctx, tx: &mut Tx, unit: UnitId) -> Result<Option<String>> {
    let Some(row) = store::stock::unit(tx, ctx.org(), unit.uuid())? else { return Ok(None) };
    let item = store::stock::item(tx, ctx.org(), row.catalog_item_id)?;
    let number = item.map(|item| item.number).unwrap_or_default();
    let name = crate::events::unit_name(&number, &row.lot, &row.serial);
    let why = match row.facts().state() {
        UnitState::InTransfer => "is in a transfer now".to_owned(),
        UnitState::OnHold => "is on hold now".to_owned(),
        UnitState::Inactive => "is no longer in stock".to_owned(),
        UnitState::InEvent => "is marked on an event now".to_owned(),
        UnitState::Available => "went elsewhere, or is needed elsewhere now".to_owned(),
    };
    Ok(Some(format!("{name} {why}.")))
}

/// 409 with what moved.
pub(crate) fn outdated(what: &str) -> Error {
    Error::conflict("plan_outdated", format!("The plan does not hold any more: {what} Look at the new one."))
}
