//! Undoing a bulk change: each row goes back to what it was before, if it still is what the change made of it.

use super::of_customers::{self};
use super::of_locations::{self};
use super::of_units::{self};
use super::{Change, Entity, Left, Task, changes_json, jobs, run};
use crate::billing::reapply;
use crate::{Ctx, Error, Result};
use contract::bulk::Job;
use domain::bulk::{BulkMode, JobStatus, JobWait, RowOutcome};
use domain::id::{self, JobId};
use domain::limits;
use domain::people::Level;
use std::collections::{HashMap, HashSet};
use store::Tx;
use store::directory::{customers as customer_rows, locations as location_rows};
use store::jobs::{JobRow, OutcomeRow};
use uuid::Uuid;

/// Begins to undo a job; few rows at once, more as a job of its own.
pub fn undo(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<Job> {
    let mut job = jobs::lock(ctx, tx, id)?;
    if let Some(undone) = job.undone_by {
        let message = format!("This was undone already, by {}.", JobId::from_uuid(undone));
        return Err(Error::conflict("already_undone", message));
    }
    if jobs::undo_until(&job).is_none() {
        let message = "Only a change that has come to its end and changed something can be undone.";
        return Err(Error::conflict("cannot_be_undone", message));
    }
    if jobs::undo_until(&job).is_some_and(|until| until <= ctx.now) {
        let message = format!("A change can be undone for {} days.", limits::UNDO_DAYS);
        return Err(Error::conflict("undo_expired", message));
    }
    if job.kind == "merge" && job.entity == crate::item_merges::ENTITY {
        return crate::item_merges::undo(ctx, tx, &mut job);
    }
    if job.kind == "merge" {
        return crate::directory::merges::undo(ctx, tx, &mut job);
    }
    let mut task = jobs::task(&job)?;
    require(ctx, tx, &job, &task)?;
    let done = jobs::counted(&job).get(RowOutcome::Done.as_str()).copied().unwrap_or(0);
    let at_once = done <= limits::BULK_AT_ONCE as i64;
    task.mode = BulkMode::SkipFailures;
    task.summary = format!("Undoes: {}", task.summary);
    (task.cursor, task.reps, task.effective_on) = (0, Vec::new(), None);
    let mut undoing = JobRow {
        id: ctx.id::<id::Job>().uuid(),
        actor_id: ctx.actor.id.uuid(),
        kind: "undo".into(),
        entity: job.entity.clone(),
        status: if at_once { JobStatus::Running } else { JobStatus::Queued }.as_str().into(),
        waits_for: JobWait::Nothing.as_str().into(),
        run_at: ctx.now.0,
        lease_until: 0,
        rows_total: done,
        rows_done: 0,
        counts: "{}".into(),
        payload: super::super::check::json(&task)?,
        undo_of: Some(job.id),
        undone_by: None,
        approved_by: None,
        created_at: ctx.now.0,
        finished_at: None,
        version: 1,
    };
    store::jobs::insert(tx, ctx.org(), &undoing, "")?;
    job.undone_by = Some(undoing.id);
    store::jobs::save(tx, ctx.org(), &mut job)?;
    if at_once {
        while undoing.status == JobStatus::Running.as_str() {
            step(ctx, tx, &mut undoing, &mut task)?;
        }
    }
    jobs::view(ctx, tx, undoing)
}

/// Whoever may change this in bulk may undo it.
fn require(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &Task) -> Result<()> {
    if job.kind == "import" {
        return ctx.require(domain::people::Permission::ManageDirectory);
    }
    let read = match Entity::parse(&job.entity) {
        Some(Entity::Customers) => of_customers::CustomerSet::read(ctx, tx, task).map(drop),
        Some(Entity::Locations) => of_locations::LocationSet::read(ctx, tx, task).map(drop),
        Some(Entity::Units) => of_units::UnitSet::read(ctx, tx, task).map(drop),
        None if job.entity == reapply::ENTITY => reapply::require(ctx),
        None => Ok(()),
    };
    match read {
        Err(error @ Error::Forbidden { .. }) => Err(error),
        Err(Error::Db(error)) => Err(Error::Db(error)),
        // What was set then may be gone by now; undoing does not need it.
        _ => Ok(()),
    }
}

/// The next rows of an undoing.
pub(super) fn step(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow, task: &mut Task) -> Result<()> {
    let of = job.undo_of.ok_or_else(|| Error::Internal("an undoing of nothing".into()))?;
    let rows = store::jobs::done_after(tx, ctx.org(), of, task.cursor, limits::JOB_CHUNK as i64)?;
    let of_import = store::jobs::job(tx, ctx.org(), of)?.is_some_and(|it| it.kind == "import");
    let outcomes = match Entity::parse(&job.entity) {
        Some(entity) if of_import => crate::imports::undo_step(ctx, tx, job, entity, &rows)?,
        Some(Entity::Customers) => customers(ctx, tx, job, task, &rows)?,
        Some(Entity::Locations) => locations(ctx, tx, job, task, &rows)?,
        Some(Entity::Units) => units(ctx, tx, job, task, &rows)?,
        None if job.entity == reapply::ENTITY => reapply::restore(ctx, tx, job, task, &rows)?,
        None => return Err(Error::Internal(format!("a job about {}", job.entity))),
    };
    store::jobs::insert_outcomes(tx, ctx.org(), job.id, &outcomes)?;
    jobs::count(job, &outcomes);
    job.rows_done += rows.len() as i64;
    task.cursor = rows.last().map_or(task.cursor, |row| row.n);
    if rows.len() < limits::JOB_CHUNK {
        run::finish(ctx, tx, job, task, JobStatus::Done)?;
    } else {
        job.lease_until = ctx.now.plus_seconds(run::LEASE_SECONDS).0;
    }
    job.payload = super::super::check::json(task)?;
    store::jobs::save(tx, ctx.org(), job)?;
    Ok(())
}

pub(crate) fn changes(row: &OutcomeRow) -> Result<Vec<Change>> {
    serde_json::from_str(&row.changes).map_err(|error| Error::Internal(format!("a stored row of a job: {error}")))
}

pub(crate) fn changed_since() -> Left {
    let message = "Somebody changed it since, so it stays as it is.";
    Left::new(RowOutcome::ChangedSince, "changed_since", message)
}

/// What was put back, as the undoing keeps it.
pub(crate) fn restored(row: &OutcomeRow, changes: &[Change]) -> Result<OutcomeRow> {
    let back: Vec<Change> = changes.iter().map(|(field, old, new)| (field.clone(), new.clone(), old.clone())).collect();
    Ok(OutcomeRow {
        outcome: RowOutcome::Restored.as_str().to_owned(),
        code: String::new(),
        reason: String::new(),
        changes: changes_json(&back)?,
        ..row.clone()
    })
}

pub(crate) fn left(row: &OutcomeRow, left: &Left) -> OutcomeRow {
    OutcomeRow {
        outcome: left.outcome.as_str().to_owned(),
        code: left.code.clone(),
        reason: left.reason.clone(),
        changes: "[]".into(),
        ..row.clone()
    }
}

fn customers(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &Task, rows: &[OutcomeRow]) -> Result<Vec<OutcomeRow>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.subject_id).collect();
    let mut known: HashMap<Uuid, _> =
        customer_rows::lock_many(tx, ctx.org(), &ids)?.into_iter().map(|row| (row.id, row)).collect();
    let mut told = Told::begin(ctx, job, task);
    let mut saved = Vec::new();
    let mut overrides = Vec::new();
    let mut taken = Vec::new();
    for row in rows {
        let Some(before) = known.remove(&row.subject_id) else {
            told.leave(row, &Left::gone(Entity::Customers));
            continue;
        };
        let changes = changes(row)?;
        let task = changes.iter().find(|(field, _, _)| field == "task").map(|(_, _, made)| made.clone());
        let beside = |field: &str| matches!(field, "location_overrides" | "task");
        let same = |(field, _, new): &Change| beside(field) || of_customers::fact(&before, field) == *new;
        let untouched = match &task {
            Some(made) => super::tasks::untouched(ctx, tx, made.as_deref())?,
            None => true,
        };
        if !untouched || !changes.iter().all(same) {
            told.leave(row, &changed_since());
            continue;
        }
        let mut after = before.clone();
        match put_back(&changes, |field, old| of_customers::restore(ctx, tx, &mut after, field, old))? {
            Some(problem) => told.leave(row, &problem),
            None => {
                let own = changes.iter().find(|(field, _, _)| field == "location_overrides");
                overrides.extend(own.and_then(|(_, old, _)| old.clone()));
                taken.extend(task.map(|made| (after.clone(), made)));
                saved.push((before, after));
                told.restore(row, &changes)?;
            }
        }
    }
    of_customers::save(ctx, tx, &saved)?;
    for (customer, made) in taken {
        super::tasks::take_back(ctx, tx, &customer, made.as_deref())?;
    }
    for had in overrides {
        of_customers::restore_overrides(ctx, tx, &had)?;
    }
    told.end(ctx, tx)
}

fn locations(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &Task, rows: &[OutcomeRow]) -> Result<Vec<OutcomeRow>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.subject_id).collect();
    let peek = location_rows::many(tx, ctx.org(), &ids)?;
    let owners: Vec<Uuid> = peek.iter().map(|row| row.customer_id).collect();
    customer_rows::lock_many(tx, ctx.org(), &owners)?;
    let found = location_rows::lock_many(tx, ctx.org(), &ids)?;
    let around = of_locations::around(ctx, tx, &found)?;
    let mut known: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut told = Told::begin(ctx, job, task);
    let mut saved = Vec::new();
    for row in rows {
        let Some(before) = known.remove(&row.subject_id) else {
            told.leave(row, &Left::gone(Entity::Locations));
            continue;
        };
        let changes = changes(row)?;
        if !changes.iter().all(|(field, _, new)| of_locations::fact(&before, field) == *new) {
            told.leave(row, &changed_since());
            continue;
        }
        let mut after = before.clone();
        match put_back(&changes, |field, old| of_locations::restore(ctx, tx, &around, &mut after, field, old))? {
            Some(problem) => told.leave(row, &problem),
            None => {
                saved.push((before, after));
                told.restore(row, &changes)?;
            }
        }
    }
    of_locations::save(ctx, tx, &saved)?;
    told.end(ctx, tx)
}

fn units(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &Task, rows: &[OutcomeRow]) -> Result<Vec<OutcomeRow>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.subject_id).collect();
    let own: HashSet<Uuid> = of_units::reached(ctx, tx, &ids, Level::Act)?.into_iter().collect();
    let frozen = of_units::frozen(ctx, tx, &ids)?;
    let mut known: HashMap<Uuid, _> =
        store::custody::lock_units(tx, ctx.org(), &ids)?.into_iter().map(|row| (row.id, row)).collect();
    let mut told = Told::begin(ctx, job, task);
    let mut saved = Vec::new();
    for row in rows {
        let Some(before) = known.remove(&row.subject_id).filter(|row| own.contains(&row.id)) else {
            told.leave(row, &Left::gone(Entity::Units));
            continue;
        };
        let changes = changes(row)?;
        let tags_alone = changes.iter().all(|(field, _, _)| field == "tags");
        let same = changes.iter().all(|(field, _, new)| of_units::fact(&before, field) == *new);
        let relabels = changes.iter().any(|(field, _, _)| field == "expires_on");
        if !same || !(before.active || tags_alone) || relabels && frozen.contains(&before.id) {
            told.leave(row, &changed_since());
            continue;
        }
        let mut after = before.clone();
        match put_back(&changes, |field, old| of_units::restore(ctx, tx, &mut after, field, old))? {
            Some(problem) => told.leave(row, &problem),
            None => {
                saved.push((before, after));
                told.restore(row, &changes)?;
            }
        }
    }
    of_units::save(ctx, tx, &saved)?;
    told.end(ctx, tx)
}

/// Puts every field back; gives why that is not possible.
fn put_back(changes: &[Change], mut restore: impl FnMut(&str, Option<&str>) -> Result<()>) -> Result<Option<Left>> {
    for (field, old, _) in changes {
        if let Err(error) = restore(field, old.as_deref()) {
            return Left::of(error).map(Some);
        }
    }
    Ok(None)
}

/// The journal's entry and the outcomes of a chunk.
struct Told {
    entry: crate::journal::Draft,
    outcomes: Vec<OutcomeRow>,
    any: bool,
}

impl Told {
    fn begin(ctx: &Ctx, job: &JobRow, task: &Task) -> Self {
        let mut entry = ctx.entry("bulk_undone").reason(&task.reason).subject(job.id);
        entry.change(job.id, "batch_id", None, Some(JobId::from_uuid(job.id).to_string()));
        Self { entry, outcomes: Vec::new(), any: false }
    }

    fn leave(&mut self, row: &OutcomeRow, why: &Left) {
        self.outcomes.push(left(row, why));
    }

    fn restore(&mut self, row: &OutcomeRow, changes: &[Change]) -> Result<()> {
        self.any = true;
        self.entry.about(row.subject_id);
        for (field, old, new) in changes.iter().filter(|(field, _, _)| field != "location_overrides") {
            self.entry.change(row.subject_id, field, new.clone(), old.clone());
        }
        self.outcomes.push(restored(row, changes)?);
        Ok(())
    }

    fn end(self, ctx: &Ctx, tx: &mut Tx) -> Result<Vec<OutcomeRow>> {
        if self.any {
            self.entry.append(ctx, tx)?;
        }
        Ok(self.outcomes)
    }
}
