//! After the counting: what it comes to, what is done about what differs, and the way back.
//!
//! A reconciliation locks the count, then every unit that it may touch in the order of their ids. A unit that moved since it
//! was counted is left alone.

use super::{check_version, custodian, entry, get, lines, lock, must_count, status};
use crate::history::Names;
use crate::labels;
use crate::transfers::discrepancies;
use crate::units::{level, notify};
use crate::{Ctx, Error, Result};
use contract::counts::{Count, ReconcileCount};
use domain::count::{CountStatus, MissingAction, UnexpectedAction, UnitOutcome, matched, outcome};
use domain::id::{CountId, Id, UnitId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::stock::{Custodian, UnitKind, UnitState};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use store::counts::{CountRow, LineRow, StepRow, UnitRow};
use store::journal::Movement;
use store::stock::{Extras, Move, NewUnit, UnitRow as Stored};
use uuid::Uuid;

/// Candidates that are looked at for one unexpected line.
const CANDIDATES: i64 = 200;
/// What is said where nobody gave a reason.
const NOT_FOUND: &str = "Not found when it was counted";
const NOT_EXPECTED: &str = "Found when it was counted";

/// Completes a count: compares what was counted with what the books said when it began. Where nothing differs it is settled.
pub fn complete(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Count> {
    let mut row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    status(&row).may_be_completed()?;
    let units = store::counts::units(tx, ctx.org(), row.id)?;
    let counted: Vec<LineRow> =
        store::counts::lines(tx, ctx.org(), row.id)?.into_iter().filter(|line| !line.removed).collect();
    let pieces: Vec<_> = units.iter().map(lines::piece).collect();
    let said: Vec<_> = counted.iter().map(lines::counted).collect();
    let it = matched(&pieces, &said);
    let mut by_outcome: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
    for unit in &units {
        let became = outcome(it.found.contains(&unit.unit_id), unit.due, unit.moves_now != unit.moves);
        by_outcome.entry(became.as_str()).or_default().push(unit.unit_id);
    }
    for (became, ids) in &by_outcome {
        store::counts::set_outcome(tx, ctx.org(), row.id, became, ids)?;
    }
    let mut unexpected = 0;
    for (line, over) in counted.iter().zip(&it.surplus).filter(|(_, over)| **over > 0) {
        store::counts::set_surplus(tx, ctx.org(), row.id, &line.id, i64::from(*over))?;
        unexpected += i64::from(*over);
    }
    let of = |became: UnitOutcome| by_outcome.get(became.as_str()).map_or(0, Vec::len) as i64;
    (row.found, row.missing, row.moved) = (of(UnitOutcome::Found), of(UnitOutcome::Missing), of(UnitOutcome::Moved));
    row.unexpected = unexpected;
    let differs = row.missing + row.unexpected > 0;
    row.status = if differs { CountStatus::Counted } else { CountStatus::Reconciled }.as_str().to_owned();
    row.completed_by = Some(ctx.actor.id.uuid());
    row.completed_at = Some(ctx.now.0);
    row.reconciled_at = (!differs).then_some(ctx.now.0);
    store::counts::save(tx, ctx.org(), &row)?;
    let mut entry = entry(ctx, "count_completed", &row, "");
    entry.change(row.id, "found", None, Some(row.found.to_string()));
    entry.change(row.id, "missing", None, Some(row.missing.to_string()));
    entry.change(row.id, "unexpected", None, Some(row.unexpected.to_string()));
    entry.append(ctx, tx)?;
    if differs {
        tell_office(ctx, tx, &row)?;
    }
    get(ctx, tx, id)
}

fn tell_office(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
    let whose = Names::default().of(ctx, tx, row.custodian_id)?;
    let sentence = format!(
        "{} counted the stock of {whose}: {} missing, {} unexpected. Settle what differs.",
        ctx.actor.name, row.missing, row.unexpected
    );
    for person in store::stock::office(tx, ctx.org())? {
        notify(ctx, tx, person, "count_completed", row.id, &sentence)?;
    }
    Ok(())
}

/// What is done about one missing unit, and why.
type Missing = (MissingAction, String);
/// What is done about one unexpected line, and why; None where nobody said.
type Unexpected = (Option<UnexpectedAction>, String);

struct Decisions {
    missing: BTreeMap<Uuid, Missing>,
    unexpected: BTreeMap<String, Unexpected>,
}

/// What is to be done about everything that differs: as it was said, else as it goes without saying.
fn decisions(units: &[UnitRow], counted: &[LineRow], body: &ReconcileCount) -> Result<Decisions> {
    let general = labels::line("reason", Some(&body.reason), limits::REASON_MAX)?;
    let or_general = |given: String, otherwise: &str| match (given.is_empty(), general.is_empty()) {
        (false, _) => given,
        (true, false) => general.clone(),
        (true, true) => otherwise.to_owned(),
    };
    let mut all = Decisions { missing: BTreeMap::new(), unexpected: BTreeMap::new() };
    for unit in units.iter().filter(|unit| unit.outcome == UnitOutcome::Missing.as_str()) {
        all.missing.insert(unit.unit_id, (MissingAction::ToDiscrepancy, or_general(String::new(), NOT_FOUND)));
    }
    for line in counted.iter().filter(|line| line.surplus > 0) {
        all.unexpected.insert(line.id.clone(), (None, or_general(String::new(), NOT_EXPECTED)));
    }
    for (at, it) in body.missing.iter().enumerate() {
        let reason = labels::line(&format!("missing[{at}].reason"), Some(&it.reason), limits::REASON_MAX)?;
        let known = all.missing.get_mut(&it.unit_id.uuid());
        *known.ok_or_else(|| Error::unknown(format!("missing[{at}].unit_id")))? =
            (it.action, or_general(reason, NOT_FOUND));
    }
    for (at, it) in body.unexpected.iter().enumerate() {
        let reason = labels::line(&format!("unexpected[{at}].reason"), Some(&it.reason), limits::REASON_MAX)?;
        let known = all.unexpected.get_mut(&it.line_id);
        *known.ok_or_else(|| Error::unknown(format!("unexpected[{at}].line_id")))? =
            (Some(it.action), or_general(reason, NOT_EXPECTED));
    }
    Ok(all)
}

/// A reconciliation in the making.
struct Work {
    row: CountRow,
    /// Who takes over what is missing.
    lost: Custodian,
    /// Every unit that may be touched, locked.
    locked: BTreeMap<Uuid, Stored>,
    moves: BTreeMap<String, Vec<Move>>,
    made: BTreeMap<String, Vec<NewUnit>>,
    steps: Vec<StepRow>,
    used: BTreeSet<Uuid>,
}

/// Settles what differs.
pub fn reconcile(ctx: &Ctx, tx: &mut Tx, id: CountId, body: &ReconcileCount) -> Result<Count> {
    let row = lock(ctx, tx, id)?;
    may_reconcile(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    status(&row).may_be_reconciled()?;
    let units = store::counts::units(tx, ctx.org(), row.id)?;
    let counted: Vec<LineRow> =
        store::counts::lines(tx, ctx.org(), row.id)?.into_iter().filter(|line| !line.removed).collect();
    let decided = decisions(&units, &counted, body)?;
    let lost = discrepancies(ctx, tx, custodian(&row))?;
    let here: BTreeSet<Uuid> = units.iter().map(|unit| unit.unit_id).collect();
    let candidates = candidates(ctx, tx, &row, &counted, &decided, lost, &here)?;
    let mut work = Work {
        lost,
        locked: lock_all(ctx, tx, &decided, &candidates)?,
        moves: BTreeMap::new(),
        made: BTreeMap::new(),
        steps: Vec::new(),
        used: BTreeSet::new(),
        row,
    };
    // Containers last: by then it is known what of their contents goes its own way.
    let is_container = |id: Uuid| work.locked.get(&id).is_some_and(|it| it.kind != UnitKind::Device.as_str());
    let mut gone: Vec<&UnitRow> = units.iter().filter(|unit| decided.missing.contains_key(&unit.unit_id)).collect();
    gone.sort_by_key(|unit| is_container(unit.unit_id));
    for unit in gone {
        missing(ctx, tx, &mut work, unit, &decided.missing[&unit.unit_id])?;
    }
    for line in counted.iter().filter(|line| decided.unexpected.contains_key(&line.id)) {
        let (action, reason) = &decided.unexpected[&line.id];
        let known = candidates.get(&line.id).map(Vec::as_slice).unwrap_or_default();
        unexpected(ctx, tx, &mut work, line, *action, reason, known)?;
    }
    carry(ctx, tx, &mut work)?;
    let Work { mut row, .. } = work;
    row.status = CountStatus::Reconciled.as_str().to_owned();
    row.undone = false;
    row.reconciled_by = Some(ctx.actor.id.uuid());
    row.reconciled_at = Some(ctx.now.0);
    store::counts::save(tx, ctx.org(), &row)?;
    tell_custodian(ctx, tx, &row, "settled what your count found")?;
    get(ctx, tx, id)
}

fn may_reconcile(ctx: &Ctx, tx: &mut Tx, row: &CountRow) -> Result<()> {
    ctx.require(Permission::ReconcileCounts)?;
    if level(ctx, tx, custodian(row))? >= Level::Act {
        return Ok(());
    }
    Err(Error::forbidden("not_yours_to_reconcile", "What a count found is settled by the office."))
}

fn tell_custodian(ctx: &Ctx, tx: &mut Tx, row: &CountRow, did: &str) -> Result<()> {
    for who in [Some(row.custodian_id), row.completed_by].into_iter().flatten().collect::<BTreeSet<_>>() {
        notify(ctx, tx, who, "count_reconciled", row.id, &format!("{} {did}.", ctx.actor.name))?;
    }
    Ok(())
}

/// Units that could be what an unexpected line is, line by line, the nearest first.
fn candidates(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &CountRow,
    counted: &[LineRow],
    decided: &Decisions,
    lost: Custodian,
    here: &BTreeSet<Uuid>,
) -> Result<BTreeMap<String, Vec<Uuid>>> {
    let mut all = BTreeMap::new();
    for line in counted {
        let Some((action, _)) = decided.unexpected.get(&line.id) else { continue };
        if !matches!(action, None | Some(UnexpectedAction::Bring)) {
            continue;
        }
        let found = match (line.unit_id, line.catalog_item_id) {
            (Some(unit), _) => vec![unit],
            (None, Some(item)) => store::counts::elsewhere(
                tx,
                ctx.org(),
                item,
                &line.lot_key,
                &line.serial_key,
                row.custodian_id,
                lost.id,
                CANDIDATES,
            )?,
            (None, None) => Vec::new(),
        };
        all.insert(line.id.clone(), found.into_iter().filter(|id| !here.contains(id)).collect());
    }
    Ok(all)
}

fn lock_all(
    ctx: &Ctx,
    tx: &mut Tx,
    decided: &Decisions,
    candidates: &BTreeMap<String, Vec<Uuid>>,
) -> Result<BTreeMap<Uuid, Stored>> {
    let mut ids: BTreeSet<Uuid> = decided.missing.keys().copied().collect();
    ids.extend(candidates.values().flatten());
    // What lies in a container is touched when the container is.
    let around: Vec<Uuid> = ids.iter().copied().collect();
    ids.extend(store::packs::inside(tx, ctx.org(), &around)?.into_iter().map(|(unit, _)| unit));
    let all: Vec<Uuid> = ids.into_iter().collect();
    let rows = store::custody::lock_units(tx, ctx.org(), &all)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

impl Work {
    /// Plans a step of a unit, with what is needed to take it back.
    fn step(&mut self, before: &Stored, after: domain::stock::Unit, extras: Extras, reason: &str) {
        self.used.insert(before.id);
        self.steps.push(StepRow {
            unit_id: before.id,
            kind: "moved".to_owned(),
            moves: before.moves + 1,
            custodian_type: before.custodian_type.clone(),
            custodian_id: before.custodian_id,
            on_hold: before.hold_reason.is_some(),
            hold_reason: before.hold_reason.clone().unwrap_or_default(),
            place_id: before.place_id,
            container_id: before.container_id,
        });
        let moves = self.moves.entry(reason.to_owned()).or_default();
        moves.push(Move { before: before.clone(), after, extras });
    }

    fn contents(&self, container: Uuid) -> Vec<Stored> {
        self.locked.values().filter(|row| row.container_id == Some(container)).cloned().collect()
    }
}

fn missing(ctx: &Ctx, tx: &mut Tx, work: &mut Work, unit: &UnitRow, decided: &Missing) -> Result<()> {
    let (org, (action, reason)) = (ctx.org(), decided);
    let Some(before) = work.locked.get(&unit.unit_id).cloned() else { return Ok(()) };
    if before.moves != unit.moves {
        // It showed up, or was used, between the count and its approval.
        let moved = UnitOutcome::Moved.as_str();
        store::counts::set_outcome(tx, org, work.row.id, moved, &[unit.unit_id])?;
        work.row.missing -= 1;
        work.row.moved += 1;
        return Ok(());
    }
    store::counts::set_action(tx, org, work.row.id, unit.unit_id, action.as_str(), reason)?;
    if *action == MissingAction::Keep {
        return Ok(());
    }
    let mut after = before.facts();
    after.custodian = work.lost;
    after.on_hold = true;
    after.container = None;
    let extras = Extras {
        hold_reason: Some(format!("Missing in a count: {reason}")),
        hold_status: Some(domain::hold::HoldStatus::Lost),
        place: Some(None),
        ..Extras::default()
    };
    work.step(&before, after, extras, reason);
    // A container that is not there does not take along what was found beside it.
    let left: Vec<Stored> = work.contents(before.id).into_iter().filter(|row| !work.used.contains(&row.id)).collect();
    for row in left {
        let mut after = row.facts();
        after.container = None;
        work.step(&row, after, Extras::default(), reason);
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn unexpected(
    ctx: &Ctx,
    tx: &mut Tx,
    work: &mut Work,
    line: &LineRow,
    action: Option<UnexpectedAction>,
    reason: &str,
    candidates: &[Uuid],
) -> Result<()> {
    let mut settled = 0;
    let action = match action {
        Some(UnexpectedAction::Create) => {
            settled = create(ctx, tx, work, line, reason)?;
            UnexpectedAction::Create
        }
        Some(UnexpectedAction::Leave) => UnexpectedAction::Leave,
        asked => {
            // Without a word only what nobody else answers for comes here.
            let near = |it: &Stored| {
                it.custodian_id == work.row.custodian_id || (it.custodian_id == work.lost.id && it.active)
            };
            let fits: Vec<Stored> = candidates
                .iter()
                .filter_map(|id| work.locked.get(id))
                .filter(|it| asked.is_some() || near(it))
                .filter(|it| may_come(work, it))
                .take(usize::try_from(line.surplus).unwrap_or_default())
                .cloned()
                .collect();
            settled += fits.len() as i64;
            for before in fits {
                bring(work, &before, reason);
            }
            if settled > 0 || asked.is_some() { UnexpectedAction::Bring } else { UnexpectedAction::Leave }
        }
    };
    store::counts::set_line_action(tx, ctx.org(), work.row.id, &line.id, action.as_str(), reason, settled)?;
    Ok(())
}

/// What is free, or on hold, and not dealt with already.
fn may_come(work: &Work, it: &Stored) -> bool {
    let facts = it.facts();
    let free = matches!(facts.state(), UnitState::Available | UnitState::OnHold);
    free && facts.event.is_none() && facts.facility_stock.is_none() && !work.used.contains(&it.id)
}

fn bring(work: &mut Work, before: &Stored, reason: &str) {
    let to = custodian(&work.row);
    let into = work.row.container_id.map(Id::from_uuid);
    let place = work.row.place_id;
    for row in work.contents(before.id) {
        if may_come(work, &row) {
            let mut after = row.facts();
            after.custodian = to;
            work.step(&row, after, Extras { place: Some(place), ..Extras::default() }, reason);
        }
    }
    let mut after = before.facts();
    after.custodian = to;
    // What was given up comes back; what the office holds for another reason stays on hold.
    after.on_hold &= before.custodian_id != work.lost.id;
    let full = !work.contents(before.id).is_empty();
    after.container = into.filter(|_| after.kind != UnitKind::Container && !full);
    work.step(before, after, Extras { place: Some(place), ..Extras::default() }, reason);
}

/// Makes what the books never had; gives how many.
fn create(ctx: &Ctx, tx: &mut Tx, work: &mut Work, line: &LineRow, reason: &str) -> Result<i64> {
    ctx.require(Permission::CreateInventory)?;
    let unknown = || {
        let message = "The catalog does not know this item. Add it to the catalog first, or leave the line open.";
        Error::conflict("item_unknown", message)
    };
    let item = store::stock::item(tx, ctx.org(), line.catalog_item_id.ok_or_else(unknown)?)?.ok_or_else(unknown)?;
    if !line.serial_key.is_empty() && !store::stock::active_serial(tx, ctx.org(), item.id, &line.serial_key)?.is_empty()
    {
        let message = "Another active unit of this item has this serial number. Bring that one here instead.";
        return Err(Error::conflict("serial_already_exists", message));
    }
    let template = NewUnit {
        id: Uuid::nil(),
        kind: UnitKind::parse(&item.kind).unwrap_or(UnitKind::Device),
        catalog_item: item.id,
        manufacturer: item.manufacturer_id,
        lot: line.lot.clone(),
        lot_key: line.lot_key.clone(),
        serial: line.serial.clone(),
        serial_key: line.serial_key.clone(),
        udi: String::new(),
        expires_on: line.expires_on.map(|day| domain::clock::Day(day as i32)),
        manufactured_on: None,
        custodian: custodian(&work.row),
        facility_stock_location: None,
        place: work.row.place_id,
        container: work.row.container_id.filter(|_| item.kind != UnitKind::Container.as_str()),
        reusable: item.reusable,
        due_back_on: None,
        tags: "[]".to_owned(),
        note: String::new(),
        sold_event: None,
    };
    for _ in 0..line.surplus {
        let unit = NewUnit { id: ctx.id::<domain::id::Unit>().uuid(), ..template.clone() };
        work.steps.push(StepRow {
            unit_id: unit.id,
            kind: "created".to_owned(),
            moves: 1,
            custodian_type: work.row.custodian_type.clone(),
            custodian_id: work.row.custodian_id,
            on_hold: false,
            hold_reason: String::new(),
            place_id: None,
            container_id: None,
        });
        work.made.entry(reason.to_owned()).or_default().push(unit);
    }
    Ok(line.surplus)
}

/// Carries everything out: one entry for each reason.
fn carry(ctx: &Ctx, tx: &mut Tx, work: &mut Work) -> Result<()> {
    let org = ctx.org();
    let moves = std::mem::take(&mut work.moves);
    let made = std::mem::take(&mut work.made);
    let reasons: BTreeSet<String> = moves.keys().chain(made.keys()).cloned().collect();
    let mut moved: BTreeSet<Uuid> = BTreeSet::new();
    for reason in reasons {
        let mut entry = entry(ctx, "count_reconciled", &work.row, &reason);
        let mut movements: Vec<Movement> = Vec::new();
        for it in moves.get(&reason).into_iter().flatten() {
            moved.insert(it.before.id);
            told(&mut entry, it);
        }
        if let Some(all) = moves.get(&reason) {
            movements.extend(store::stock::move_units(tx, org, all, ctx.now.0)?);
        }
        if let Some(all) = made.get(&reason) {
            movements.extend(store::stock::insert_units(tx, org, all, ctx.now.0)?);
        }
        for movement in movements {
            entry.movement(movement);
        }
        entry.append(ctx, tx)?;
    }
    if moved.is_empty() && made.is_empty() {
        let mut entry = entry(ctx, "count_reconciled", &work.row, "");
        entry.change(work.row.id, "status", Some("counted".into()), Some("reconciled".into()));
        entry.append(ctx, tx)?;
    }
    for step in &work.steps {
        store::counts::insert_step(tx, org, work.row.id, step)?;
    }
    Ok(())
}

/// What changes besides custody.
fn told(entry: &mut crate::journal::Draft, it: &Move) {
    let place = |id: Option<Uuid>| id.map(|id| domain::id::PlaceId::from_uuid(id).to_string());
    let unit = |id: Option<UnitId>| id.map(|id| id.to_string());
    let id = it.before.id;
    let told = [
        ("place_id", place(it.before.place_id), place(it.extras.place.unwrap_or(it.before.place_id))),
        ("container_id", unit(it.before.facts().container), unit(it.after.container)),
    ];
    if told.iter().any(|(_, old, new)| old != new) {
        entry.about(id);
    }
    for (field, old, new) in told {
        entry.change(id, field, old, new);
    }
}

/// Takes a reconciliation back: every unit that has not moved since is as it was before.
pub fn undo(ctx: &Ctx, tx: &mut Tx, id: CountId) -> Result<Count> {
    let mut row = lock(ctx, tx, id)?;
    may_reconcile(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    if status(&row) != CountStatus::Reconciled || row.missing + row.unexpected == 0 {
        let message = "There is no reconciliation to take back.";
        return Err(Error::conflict("count_not_reconciled", message));
    }
    let mut moves = Vec::new();
    for step in store::counts::steps(tx, ctx.org(), row.id)? {
        let Some(before) = store::stock::lock_unit(tx, ctx.org(), step.unit_id)? else { continue };
        if before.moves == step.moves && before.transfer_id.is_none() {
            moves.push(back(ctx, tx, before, &step)?);
        }
    }
    let mut entry = entry(ctx, "count_undone", &row, "");
    for it in &moves {
        told(&mut entry, it);
    }
    for movement in store::stock::move_units(tx, ctx.org(), &moves, ctx.now.0)? {
        entry.movement(movement);
    }
    entry.change(row.id, "status", Some("reconciled".into()), Some("counted".into()));
    entry.append(ctx, tx)?;
    // What is as it was can be missing again; the next approval compares with its steps of now.
    store::counts::clear_actions(tx, ctx.org(), row.id)?;
    store::counts::follow(
        tx,
        ctx.org(),
        row.id,
        &moves.iter().map(|it| (it.before.id, it.before.moves + 1)).collect::<Vec<_>>(),
    )?;
    store::counts::drop_steps(tx, ctx.org(), row.id)?;
    row.status = CountStatus::Counted.as_str().to_owned();
    row.undone = true;
    (row.reconciled_by, row.reconciled_at) = (None, None);
    store::counts::save(tx, ctx.org(), &row)?;
    tell_custodian(ctx, tx, &row, "took back what was settled after your count")?;
    get(ctx, tx, id)
}

/// The step that takes another one back.
fn back(ctx: &Ctx, tx: &mut Tx, before: Stored, step: &StepRow) -> Result<Move> {
    let mut after = before.facts();
    let mut extras = Extras::default();
    if step.kind == "created" {
        after.active = false;
        after.on_hold = false;
        after.container = None;
        extras.deactivated_reason = Some("The count that made it was taken back".to_owned());
        return Ok(Move { before, after, extras });
    }
    after.custodian = super::custodian_of(&step.custodian_type, step.custodian_id);
    after.on_hold = step.on_hold;
    extras.hold_reason = step.on_hold.then(|| step.hold_reason.clone());
    extras.place = Some(step.place_id);
    after.container = match step.container_id {
        // Only into a container that is still where it was.
        Some(container) => store::stock::unit(tx, ctx.org(), container)?
            .filter(|it| it.active && it.custodian_id == step.custodian_id && it.transfer_id.is_none())
            .map(|it| Id::from_uuid(it.id)),
        None => None,
    };
    Ok(Move { before, after, extras })
}
