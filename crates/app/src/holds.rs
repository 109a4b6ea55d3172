//! Holding and releasing units: quarantine, inspection, damage, loss, return to the supplier; one or many, and the queue of what
//! waits, the oldest first.

use crate::history::Names;
use crate::units::{step, view};
use crate::{Ctx, Error, Result, labels, list};
use contract::units::{HeldUnit, HoldReason, HoldUnits, Unit};
use contract::{Items, ListParams, Page};
use domain::hold::HoldStatus;
use domain::id::UnitId;
use domain::limits;
use domain::people::{Level, Permission};
use domain::stock::UnitState;
use store::page::{Query, Sort};
use store::reach::Side;
use store::stock::{Extras, UNIT_COLUMNS, UnitRow};
use store::{Tx, Value};

/// What the stored word says; whatever was held before there were words waits for review.
pub(crate) fn status(row: &UnitRow) -> Option<HoldStatus> {
    row.hold_reason.as_ref()?;
    Some(row.hold_status.as_deref().and_then(HoldStatus::parse).unwrap_or(HoldStatus::Review))
}

/// Whoever may hold: the office, and for what one sees in the own stock whoever answers for it.
fn permission(ctx: &Ctx, field: bool) -> Permission {
    if field && !ctx.may(Permission::HoldInventory) { Permission::EditInventory } else { Permission::HoldInventory }
}

/// Puts a unit on hold, or says another word of one that is.
pub fn hold(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &HoldReason) -> Result<Unit> {
    let status = body.status.unwrap_or(HoldStatus::Review);
    let reason = labels::line("reason", body.reason.as_deref(), limits::REASON_MAX)?;
    let permission = permission(ctx, status.is_seen_in_the_field());
    step(ctx, tx, id, permission, "unit_held", &reason, |_, row, after, extras| {
        if status.needs_reason() && reason.is_empty() {
            return Err(Error::field("reason", "required", "Say why: it is kept with the unit."));
        }
        put(ctx, row, body.status, &reason, after, extras)
    })
}

/// What becomes of one unit that is put on hold.
fn put(
    ctx: &Ctx,
    row: &UnitRow,
    word: Option<HoldStatus>,
    reason: &str,
    after: &mut domain::stock::Unit,
    extras: &mut Extras,
) -> Result<()> {
    if status(row).is_none() || word.is_none() || row.facts().state() != UnitState::OnHold {
        row.facts().may_be_held()?;
    } else if !ctx.may(Permission::HoldInventory) {
        let message = "This unit is on hold already. The office says what becomes of it.";
        return Err(Error::forbidden("not_yours_to_edit", message));
    }
    after.on_hold = true;
    extras.hold_reason = Some(reason.to_owned());
    extras.hold_status = Some(word.unwrap_or(HoldStatus::Review));
    Ok(())
}

/// Releases a unit from hold.
pub fn release(ctx: &Ctx, tx: &mut Tx, id: UnitId, reason: Option<String>) -> Result<Unit> {
    let reason = labels::line("reason", reason.as_deref(), limits::REASON_MAX)?;
    let known = store::stock::unit(tx, ctx.org(), id.uuid())?.and_then(|row| status(&row));
    let permission = permission(ctx, known.is_some_and(HoldStatus::is_lifted_in_the_field));
    step(ctx, tx, id, permission, "unit_released", &reason, |_, row, after, _| {
        row.facts().may_be_released()?;
        after.on_hold = false;
        Ok(())
    })
}

/// Puts many units on hold: all of them, or none.
pub fn hold_many(ctx: &Ctx, tx: &mut Tx, body: &HoldUnits) -> Result<Items<Unit>> {
    let status = body.status.unwrap_or(HoldStatus::Review);
    ctx.require(permission(ctx, status.is_seen_in_the_field()))?;
    let reason = labels::line("reason", body.reason.as_deref(), limits::REASON_MAX)?;
    if status.needs_reason() && reason.is_empty() {
        return Err(Error::field("reason", "required", "Say why: it is kept with the units."));
    }
    crate::unit_bulk::steps(ctx, tx, &body.unit_ids, "unit_held", &reason, |_, row, after, extras| {
        put(ctx, row, body.status, &reason, after, extras)
    })
}

/// Releases many units: all of them, or none.
pub fn release_many(ctx: &Ctx, tx: &mut Tx, body: &HoldUnits) -> Result<Items<Unit>> {
    let reason = labels::line("reason", body.reason.as_deref(), limits::REASON_MAX)?;
    crate::unit_bulk::steps(ctx, tx, &body.unit_ids, "unit_released", &reason, |_, row, after, _| {
        let lifts = status(row).is_some_and(HoldStatus::is_lifted_in_the_field);
        ctx.require(permission(ctx, lifts))?;
        row.facts().may_be_released()?;
        after.on_hold = false;
        Ok(())
    })
}

const OLDEST: &[Sort] = &[Sort { column: "unit.hold_since", descending: false }];

/// What waits on hold within reach, the oldest first, with how long. What a recall freezes is in the recall.
pub fn queue(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<HeldUnit>> {
    list::only(params, &["hold_status", "custodian_id"])?;
    let paging = list::paging("held units", params, &[("hold_since", "unit.hold_since")], OLDEST)?;
    let mut query = Query::new(format!("SELECT {UNIT_COLUMNS} FROM stock_unit unit"));
    query.and("unit.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("unit.hold_since IS NOT NULL", []);
    query.and_some(store::reach::condition(ctx.viewer(), Side::Custody, Level::See, "unit.custodian_id"));
    if let Some(words) = list::words(params, "hold_status", HoldStatus::parse)? {
        query.any_of("unit.hold_status", words.iter().map(|it| Value::Text(it.as_str().into())).collect());
    }
    if let Some(ids) = crate::unit_lists::custodians(params, "custodian_id")? {
        query.any_of("unit.custodian_id", ids.into_iter().map(Value::Uuid).collect());
    }
    let (rows, more) = query.page::<UnitRow>(tx, &paging.sorts, "unit.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &UnitRow| {
        let sorts = paging.sorts.iter().map(|_| Value::Int(row.hold_since.unwrap_or_default()));
        sorts.chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let mut names = Names::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let since = row.hold_since.unwrap_or(row.created_at);
        let custodian_name = names.of(ctx, tx, row.custodian_id)?;
        let may_release = ctx.may(permission(ctx, status(&row).is_some_and(HoldStatus::is_lifted_in_the_field)))
            && crate::units::level(ctx, tx, row.facts().custodian)? >= Level::Act;
        items.push(HeldUnit {
            days: (ctx.now.0 - since).max(0) / 86_400_000_000,
            custodian_name,
            may_release,
            unit: view(row),
        });
    }
    let total = if params.count { Some(query.count(tx)?) } else { None };
    Ok(Page { items, next_cursor, total })
}
