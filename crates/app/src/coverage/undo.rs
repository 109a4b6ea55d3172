//! Taking a change of hands back: until a hand-over has been confirmed, or the case was submitted.

use super::preview::coverable;
use super::tasks;
use crate::events::{bare_facts, readable};
use crate::units::notify;
use crate::{Ctx, Error, Result};
use contract::coverage::Coverage;
use contract::events::Event;
use contract::{CustodianRef, Items};
use domain::clock::Instant;
use domain::event::lifecycle;
use domain::id::{EventId, Id, TransferId, UnitId, UserId};
use domain::people::Permission;
use domain::refusal::Refusal;
use domain::stock::{Custodian, TransferLineStatus, TransferStatus};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use store::coverage::keep::CaseRow;
use store::custody::{Step, lock_units, move_units};
use store::events::EventRow;
use store::stock::{Extras, UnitRow};
use store::transfers::TransferRow;
use uuid::Uuid;

/// What was done, as far as it can be taken back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub from: UserId,
    pub subs: Vec<(UserId, Option<i64>)>,
    /// Those of them whose part of the commission is an amount.
    #[serde(default)]
    pub fixed: Vec<(UserId, i64)>,
    pub steps: Vec<Stepped>,
    /// Transfers that were accepted at once.
    pub transfers: Vec<TransferId>,
    /// Transfers that wait.
    pub pending: Vec<TransferId>,
    pub links: Vec<UserId>,
    pub booked: Vec<UnitId>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            from: Id::from_uuid(Uuid::nil()),
            subs: Vec::new(),
            fixed: Vec::new(),
            steps: Vec::new(),
            transfers: Vec::new(),
            pending: Vec::new(),
            links: Vec::new(),
            booked: Vec::new(),
        }
    }
}

/// A unit that moved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stepped {
    pub unit: UnitId,
    /// Who answered for it.
    pub from: CustodianRef,
    /// What it lay in.
    pub container: Option<UnitId>,
    /// Its last step after the move.
    pub moves: i64,
}

/// What was done and the units that it moved, locked when asked so.
struct Open {
    record: Record,
    units: BTreeMap<Uuid, UnitRow>,
}

fn read(case: &CaseRow) -> Result<Record> {
    serde_json::from_str(&case.record).map_err(|error| Error::Internal(format!("a stored record: {error}")))
}

fn refusal(message: &str) -> Refusal {
    Refusal::new("undo_not_possible", message)
}

/// Whether a change of hands can still be taken back.
fn must_be_open(ctx: &Ctx, tx: &mut Tx, row: &EventRow, case: &CaseRow, units: &Open) -> Result<(), Error> {
    lifecycle::edit(&bare_facts(row)?)?;
    let again = row.representative_id != case.to_user_id;
    if case.state != "applied" || again {
        return Err(refusal("The case changed hands again since, or this was taken back already.").into());
    }
    let tasks = store::coverage::keep::tasks_of_case(tx, ctx.org(), row.id, case.id)?;
    if tasks.iter().any(|task| task.state == "done" && task.kind != "cover_wanted") {
        return Err(refusal("A hand-over was confirmed already. Find cover again instead.").into());
    }
    for id in &units.record.pending {
        let transfer = store::transfers::transfer(tx, ctx.org(), id.uuid())?;
        if transfer.is_none_or(|it| it.status != TransferStatus::Pending.as_str()) {
            return Err(refusal("A transfer of it was accepted or declined already. Find cover again instead.").into());
        }
    }
    for step in &units.record.steps {
        let stands = units.units.get(&step.unit.uuid()).is_some_and(|unit| {
            let facts = unit.facts();
            let ours = unit.event_id.is_none() || unit.event_id == Some(row.id);
            let waits = facts.transfer.is_some_and(|id| units.record.pending.contains(&id));
            let here = waits || (facts.transfer.is_none() && unit.custodian_id == case.to_user_id);
            // What was marked on this case since goes back with its mark.
            unit.active && !facts.on_hold && ours && here && (unit.moves == step.moves || unit.event_id == Some(row.id))
        });
        if !stands {
            return Err(refusal("Some of it moved on or was used since. Find cover again instead.").into());
        }
    }
    Ok(())
}

/// A change of hands as it is shown.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, row: &EventRow, case: &CaseRow) -> Result<Coverage> {
    let record = read(case)?;
    let mut units = BTreeMap::new();
    for step in &record.steps {
        units.extend(store::stock::unit(tx, ctx.org(), step.unit.uuid())?.map(|unit| (unit.id, unit)));
    }
    let transfer_ids = record.transfers.iter().chain(&record.pending).copied().collect();
    let may = ctx.may(Permission::CoverEvents);
    let open = must_be_open(ctx, tx, row, case, &Open { record, units });
    Ok(Coverage {
        id: Id::from_uuid(case.id),
        event_id: Id::from_uuid(case.event_id),
        from_user_id: Id::from_uuid(case.from_user_id),
        to_user_id: Id::from_uuid(case.to_user_id),
        actor_id: Id::from_uuid(case.actor_id),
        applied_at: Instant(case.applied_at),
        undone_at: case.undone_at.map(Instant),
        transfer_ids,
        can_undo: may && open.is_ok(),
    })
}

/// How often a case changed hands, the last first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Items<Coverage>> {
    let row = readable(ctx, tx, id.uuid())?;
    let cases = store::coverage::keep::cases(tx, ctx.org(), row.id)?;
    let items = cases.iter().map(|case| view(ctx, tx, &row, case)).collect::<Result<_>>()?;
    Ok(Items { items })
}

/// Takes the last change of hands of a case back.
pub fn undo(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Event> {
    let mut row = coverable(ctx, tx, id)?;
    ctx.check_version(row.version, || crate::events::view(ctx, tx, row.id))?;
    let cases = store::coverage::keep::cases(tx, ctx.org(), row.id)?;
    let case = cases.into_iter().find(|case| case.state == "applied");
    let case = case.ok_or_else(|| Error::from(refusal("This case did not change hands, or it was taken back.")))?;
    take_back(ctx, tx, &mut row, &case)?;
    crate::events::view(ctx, tx, row.id)
}

/// Takes one change of hands back. The event is locked.
pub(crate) fn take_back(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow, case: &CaseRow) -> Result<()> {
    let org = ctx.org();
    let record = read(case)?;
    // Transfers before units, as everybody locks.
    for id in &record.pending {
        store::transfers::lock_transfer(tx, org, id.uuid())?;
    }
    let ids: Vec<Uuid> = record.steps.iter().map(|step| step.unit.uuid()).collect();
    let units = lock_units(tx, org, &ids)?.into_iter().map(|unit| (unit.id, unit)).collect();
    let open = Open { record, units };
    must_be_open(ctx, tx, row, case, &open)?;
    if !store::coverage::keep::undo_case(tx, org, case.id, ctx.now.0)? {
        return Err(Error::Db(store::Error::Conflict));
    }
    let (from, to) = (case.from_user_id, case.to_user_id);
    let mut entry = ctx.entry("cover_undone").subject(row.id).subject(from).subject(to);
    give_back(ctx, tx, row, case, &open, &mut entry)?;
    cancel_pending(ctx, tx, &open.record)?;
    unbook(ctx, tx, row, &open.record)?;
    store::coverage::needs::claim(tx, org, row.id, &[])?;
    row.representative_id = from;
    let fixed = |id: &UserId| open.record.fixed.iter().find(|(whose, _)| whose == id).map(|(_, minor)| *minor);
    let share = |(id, split): &(UserId, Option<i64>)| store::events::Share {
        user_id: id.uuid(),
        split_bp: *split,
        split_minor: fixed(id),
    };
    let subs: Vec<store::events::Share> = open.record.subs.iter().map(share).collect();
    store::events::set_people(tx, org, row, &subs)?;
    let shown = |id: Uuid| Some(UserId::from_uuid(id).to_string());
    entry.change(row.id, "representative_id", shown(to), shown(from));
    entry.append(ctx, tx)?;
    unlink(ctx, tx, &open.record, to)?;
    tasks::cancel_of_case(ctx, tx, row.id, case.id)?;
    crate::events::recount(ctx, tx, row)?;
    crate::events::save(ctx, tx, row)?;
    let number = crate::events::number(row.number);
    let mut whom: BTreeSet<Uuid> = [from, to].into();
    whom.extend(open.record.steps.iter().filter_map(|step| step.from.custodian()).map(|it| it.id));
    for person in whom {
        let sentence = format!("{} took back that {number} changed hands. It is as it was before.", ctx.actor.name);
        notify(ctx, tx, person, "cover_undone", row.id, &sentence)?;
    }
    Ok(())
}

/// Units go back to whoever had them, into what they lay in.
fn give_back(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    case: &CaseRow,
    open: &Open,
    entry: &mut crate::journal::Draft,
) -> Result<()> {
    let org = ctx.org();
    let mut back: BTreeMap<(String, Uuid), Vec<Uuid>> = BTreeMap::new();
    let mut steps = Vec::with_capacity(open.record.steps.len());
    let returning: BTreeSet<UnitId> = open.record.steps.iter().map(|step| step.unit).collect();
    for step in &open.record.steps {
        let before = &open.units[&step.unit.uuid()];
        let custodian = step.from.custodian().ok_or_else(|| Error::Internal("a stored custodian".into()))?;
        let mut after = before.facts();
        after.transfer = None;
        if after.custodian != custodian {
            back.entry((custodian.kind.as_str().to_owned(), custodian.id)).or_default().push(before.id);
        }
        after.custodian = custodian;
        if after.container != step.container && fits(ctx, tx, step, custodian, &returning)? {
            let shown = |id: Option<UnitId>| id.map(|id| id.to_string());
            entry.about(before.id);
            entry.change(before.id, "container_id", shown(after.container), shown(step.container));
            after.container = step.container;
        }
        steps.push(Step { before, after, extras: Extras::default() });
    }
    for movement in move_units(tx, org, &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    for line in store::events::lines(tx, org, row.id)? {
        if let Some(step) = open.record.steps.iter().find(|step| step.unit.uuid() == line.unit_id)
            && let Some(custodian) = step.from.custodian()
        {
            store::events::set_line_custodian(tx, org, row.id, line.id, custodian.id)?;
        }
    }
    for ((kind, id), units) in back {
        let travelled = units.iter().any(|unit| open.units[unit].facility_stock_location_id.is_none());
        if travelled {
            let transfer = returned(ctx, row, case, (&kind, id), units.len());
            store::transfers::insert(tx, org, &transfer)?;
            entry.about(transfer.id);
            for unit in units {
                let line = TransferLineStatus::Accepted.as_str();
                store::transfers::insert_line(tx, org, transfer.id, unit, line)?;
            }
        }
    }
    Ok(())
}

/// Whether a unit can lie in its container again: when that comes back too, or is still there.
fn fits(ctx: &Ctx, tx: &mut Tx, step: &Stepped, custodian: Custodian, returning: &BTreeSet<UnitId>) -> Result<bool> {
    let Some(container) = step.container else { return Ok(true) };
    if returning.contains(&container) {
        return Ok(true);
    }
    let row = store::stock::unit(tx, ctx.org(), container.uuid())?;
    Ok(row.is_some_and(|row| row.active && row.transfer_id.is_none() && row.facts().custodian == custodian))
}

fn returned(ctx: &Ctx, row: &EventRow, case: &CaseRow, to: (&str, Uuid), count: usize) -> TransferRow {
    TransferRow {
        id: ctx.id::<domain::id::Transfer>().uuid(),
        from_type: "user".to_owned(),
        from_id: case.to_user_id,
        to_type: to.0.to_owned(),
        to_id: to.1,
        status: TransferStatus::Accepted.as_str().to_owned(),
        note: format!("Cover of {} taken back", crate::events::number(row.number)),
        due_back_on: None,
        place_id: None,
        event_id: Some(row.id),
        units_count: count as i64,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        decided_by: Some(ctx.actor.id.uuid()),
        decided_at: Some(ctx.now.0),
        decline_reason: None,
        version: 1,
    }
}

fn cancel_pending(ctx: &Ctx, tx: &mut Tx, record: &Record) -> Result<()> {
    let org = ctx.org();
    for id in &record.pending {
        let Some(mut row) = store::transfers::transfer(tx, org, id.uuid())? else { continue };
        for line in store::transfers::lines(tx, org, row.id)? {
            let cancelled = TransferLineStatus::Cancelled.as_str();
            store::transfers::set_line(tx, org, row.id, line.unit_id, cancelled, "")?;
        }
        row.status = TransferStatus::Cancelled.as_str().to_owned();
        row.decided_by = Some(ctx.actor.id.uuid());
        row.decided_at = Some(ctx.now.0);
        store::transfers::decide(tx, org, &row)?;
    }
    Ok(())
}

fn unbook(ctx: &Ctx, tx: &mut Tx, row: &EventRow, record: &Record) -> Result<()> {
    if record.booked.is_empty() {
        return Ok(());
    }
    let now = store::events::containers(tx, ctx.org(), row.id)?;
    let kept: Vec<Uuid> = now.into_iter().filter(|id| !record.booked.contains(&Id::from_uuid(*id))).collect();
    store::events::set_containers(tx, ctx.org(), row, &kept)?;
    Ok(())
}

/// Ends the links that were made for it.
pub(crate) fn unlink(ctx: &Ctx, tx: &mut Tx, record: &Record, rep: Uuid) -> Result<()> {
    let org = ctx.org();
    for distributor in &record.links {
        if !store::people::unlink_rep(tx, org, distributor.uuid(), rep)? {
            continue;
        }
        store::people::touch_user(tx, org, distributor.uuid())?;
        store::people::refresh_reach(tx, org)?;
        let mut entry = ctx.entry("group_changed").subject(distributor.uuid()).subject(rep);
        entry.change(distributor.uuid(), "representative_id", Some(UserId::from_uuid(rep).to_string()), None);
        entry.append(ctx, tx)?;
    }
    Ok(())
}

/// What was done for a case, as far as it can be taken back.
pub(crate) fn record_of(case: &CaseRow) -> Result<Record> {
    read(case)
}
