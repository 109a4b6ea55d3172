//! Jobs: how they stand, what became of their rows, stopping and approving them.

use super::{Entity, Labels, Task, run};
use crate::{App, Ctx, Error, Result, list};
use contract::bulk::{ApplyBulk, BulkPreview, Job, JobRow as JobRowView, PreviewBulk};
use contract::{ChangeView, ListParams, Page};
use domain::bulk::{BulkMode, JobStatus, JobWait, RowOutcome};
use domain::clock::Instant;
use domain::id::{Id, JobId};
use domain::limits;
use domain::people::Permission;
use std::collections::BTreeMap;
use store::Tx;
use store::jobs::{Filter, JobRow, OutcomeRow};
use store::page::Sort;
use uuid::Uuid;

/// By what jobs can be sorted.
pub const SORTS: list::Sorts = &[("created_at", "job.created_at")];
const DEFAULT: &[Sort] = &[Sort { column: "job.created_at", descending: true }];
/// By what jobs can be filtered.
pub const FILTERS: &[&str] = &["status", "kind", "entity", "waits_for", "mine"];
/// By what the rows of a job can be filtered.
pub const ROW_FILTERS: &[&str] = &["outcome"];

/// What a job does.
pub(crate) fn task(job: &JobRow) -> Result<Task> {
    serde_json::from_str(&job.payload).map_err(|error| Error::Internal(format!("a stored job: {error}")))
}

/// Rows by what became of them.
pub(crate) fn counted(job: &JobRow) -> BTreeMap<String, i64> {
    serde_json::from_str(&job.counts).unwrap_or_default()
}

/// Adds what became of rows to a job's counts.
pub(crate) fn count(job: &mut JobRow, outcomes: &[OutcomeRow]) {
    let mut counts = counted(job);
    for row in outcomes {
        *counts.entry(row.outcome.clone()).or_default() += 1;
    }
    job.counts = serde_json::to_string(&counts).unwrap_or_default();
}

/// Until when a job can be undone; None when there is nothing to undo, or it was undone.
pub(crate) fn undo_until(job: &JobRow) -> Option<Instant> {
    let undoable = matches!(job.kind.as_str(), "bulk" | "reapply_terms" | "merge" | "import");
    let over = JobStatus::parse(&job.status).is_some_and(JobStatus::is_over);
    let changed = counted(job).get(RowOutcome::Done.as_str()).copied().unwrap_or(0) > 0;
    if !undoable || !over || !changed || job.undone_by.is_some() {
        return None;
    }
    job.finished_at.map(|at| Instant(at).plus_seconds(i64::from(limits::UNDO_DAYS) * 86_400))
}

/// Whoever asked for it sees a job, and the office, whose reach is everybody's.
fn sees(ctx: &Ctx, job: &JobRow) -> bool {
    job.actor_id == ctx.actor.id.uuid() || ctx.viewer().office
}

fn found(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<JobRow> {
    store::jobs::job(tx, ctx.org(), id.uuid())?.filter(|job| sees(ctx, job)).ok_or_else(Error::not_found)
}

/// A job in sight, locked, with the version that the caller believes in.
pub(super) fn lock(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<JobRow> {
    let job = store::jobs::lock(tx, ctx.org(), id.uuid())?.filter(|job| sees(ctx, job)).ok_or_else(Error::not_found)?;
    ctx.check_version(job.version, || view(ctx, tx, job.clone()))?;
    Ok(job)
}

/// Whether somebody may stop a job.
fn may_stop(ctx: &Ctx, job: &JobRow) -> bool {
    job.actor_id == ctx.actor.id.uuid() || ctx.may(Permission::ManageOrganization) || may_approve_at_all(ctx)
}

fn may_approve_at_all(ctx: &Ctx) -> bool {
    ctx.may(Permission::ManageTerms) && ctx.may(Permission::ManageCredit)
}

fn may_approve(ctx: &Ctx, job: &JobRow) -> bool {
    job.actor_id != ctx.actor.id.uuid() && may_approve_at_all(ctx)
}

/// A job as it is shown.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, job: JobRow) -> Result<Job> {
    let names = run::people(ctx, tx, &[job.actor_id])?;
    let task = task(&job)?;
    let status = JobStatus::parse(&job.status).unwrap_or(JobStatus::Failed);
    let stored = counted(&job);
    let get = |key: RowOutcome| stored.get(key.as_str()).copied().unwrap_or(0);
    let failed: i64 = RowOutcome::ALL.iter().filter(|it| it.is_failure()).map(|it| get(*it)).sum();
    let mut counts = stored.clone();
    counts.insert("selected".into(), job.rows_total);
    counts.insert("done".into(), get(RowOutcome::Done) + get(RowOutcome::Restored));
    counts.insert("skipped".into(), get(RowOutcome::Already));
    counts.insert("failed".into(), failed);
    if status == JobStatus::Cancelled {
        counts.insert("cancelled".into(), job.rows_total - job.rows_done);
    }
    let summary = if task.problem.is_empty() { task.summary } else { format!("{} {}", task.summary, task.problem) };
    Ok(Job {
        id: Id::from_uuid(job.id),
        kind: job.kind.clone(),
        entity: job.entity.clone(),
        status,
        waits_for: Some(job.waits_for.clone()).filter(|text| !text.is_empty() && status == JobStatus::Queued),
        counts,
        rows_total: job.rows_total,
        rows_done: job.rows_done,
        summary,
        reason: task.reason,
        mode: task.mode,
        effective_on: task.effective_on,
        created_by_id: Id::from_uuid(job.actor_id),
        created_by_name: names.get(&Id::from_uuid(job.actor_id)).cloned().unwrap_or_default(),
        created_at: Instant(job.created_at),
        approved_by_id: job.approved_by.map(Id::from_uuid),
        finished_at: job.finished_at.map(Instant),
        undo_of: job.undo_of.map(Id::from_uuid),
        undone_by: job.undone_by.map(Id::from_uuid),
        undo_until: undo_until(&job).filter(|until| *until > ctx.now),
        can_cancel: !status.is_over() && may_stop(ctx, &job),
        can_approve: status == JobStatus::Queued
            && job.waits_for == JobWait::Approval.as_str()
            && may_approve(ctx, &job),
        version: job.version,
    })
}

/// One job.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<Job> {
    let job = found(ctx, tx, id)?;
    view(ctx, tx, job)
}

/// Jobs, the latest first: one's own, and for the office everybody's.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Job>> {
    list::only(params, FILTERS)?;
    let paging = list::paging("jobs", params, SORTS, DEFAULT)?;
    let words = |field: &str| -> Option<Vec<String>> {
        params.filters.get(field).map(|text| text.split(',').map(str::to_owned).collect())
    };
    let mine = list::yes_no(params, "mine")?.unwrap_or(false) || !ctx.viewer().office;
    let filter = Filter {
        actor: mine.then(|| ctx.actor.id.uuid()),
        statuses: list::words(params, "status", JobStatus::parse)?
            .map(|all| all.into_iter().map(|it| it.as_str().to_owned()).collect()),
        kinds: words("kind"),
        entities: words("entity"),
        waits: words("waits_for"),
    };
    let (rows, more) = store::jobs::page(tx, ctx.org(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| store::jobs::count(tx, ctx.org(), &filter)).transpose()?;
    let last = rows
        .last()
        .map(|row| list::cursor(paging.bound, &[store::Value::Int(row.created_at), store::Value::Uuid(row.id)]));
    let items = rows.into_iter().map(|row| view(ctx, tx, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: last.filter(|_| more), total })
}

/// What became of a job's rows.
pub fn rows(ctx: &Ctx, tx: &mut Tx, id: JobId, params: &ListParams) -> Result<Page<JobRowView>> {
    let job = found(ctx, tx, id)?;
    list::only(params, ROW_FILTERS)?;
    let paging = list::paging(
        &format!("rows of {id}"),
        params,
        &[("n", "row.n")],
        &[Sort { column: "row.n", descending: false }],
    )?;
    let outcomes = list::words(params, "outcome", RowOutcome::parse)?;
    let outcomes: Option<Vec<String>> = outcomes.map(|all| all.into_iter().map(|it| it.as_str().to_owned()).collect());
    let (found, more) =
        store::jobs::outcomes(tx, ctx.org(), job.id, outcomes.as_deref(), paging.after.as_ref(), paging.limit)?;
    let total =
        params.count.then(|| store::jobs::count_outcomes(tx, ctx.org(), job.id, outcomes.as_deref())).transpose()?;
    let last = found
        .last()
        .map(|row| list::cursor(paging.bound, &[store::Value::Int(row.n), store::Value::Uuid(row.subject_id)]));
    let items = row_views(ctx, tx, &job, found)?;
    Ok(Page { items, next_cursor: last.filter(|_| more), total })
}

fn row_views(ctx: &Ctx, tx: &mut Tx, job: &JobRow, found: Vec<OutcomeRow>) -> Result<Vec<JobRowView>> {
    let ids: Vec<Uuid> = found.iter().map(|row| row.subject_id).collect();
    let entity = Entity::parse(&job.entity);
    let of_items = job.entity == crate::item_merges::ENTITY;
    let names = match entity {
        None if of_items => {
            let rows = store::catalog::items_by_ids(tx, ctx.org(), &ids)?;
            rows.into_iter().map(|(id, row)| (id, row.number)).collect()
        }
        Some(Entity::Customers) => store::directory::names_of_customers(tx, ctx.org(), &ids)?,
        Some(Entity::Locations) => store::directory::names_of_locations(tx, ctx.org(), &ids)?,
        Some(Entity::Units) => {
            let rows = store::stock::units(tx, ctx.org(), &ids)?;
            super::of_units::names(ctx, tx, &rows)?.into_iter().map(|(id, (_, mark))| (id, mark)).collect()
        }
        None => store::billing::order_numbers(tx, ctx.org(), &ids)?.into_iter().collect(),
    };
    let printed = |id: Uuid| match entity {
        None if of_items => domain::id::CatalogItemId::from_uuid(id).to_string(),
        Some(entity) => entity.printed(id),
        None => domain::id::SalesOrderId::from_uuid(id).to_string(),
    };
    let mut changes: Vec<Vec<super::Change>> =
        found.iter().map(|row| serde_json::from_str(&row.changes).unwrap_or_default()).collect();
    // What the locations had is for undoing; people are told how many there were.
    for (field, old, _) in changes.iter_mut().flatten().filter(|(field, _, _)| field == "location_overrides") {
        let had: Vec<serde_json::Value> =
            old.as_deref().and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default();
        (*field, *old) = ("location_overrides".to_owned(), Some(had.len().to_string()));
    }
    let labels = Labels::of(ctx, tx, changes.iter().flatten())?;
    let shown = |(row, changes): (OutcomeRow, Vec<super::Change>)| JobRowView {
        n: row.n,
        id: printed(row.subject_id),
        name: names.get(&row.subject_id).cloned().unwrap_or_default(),
        outcome: RowOutcome::parse(&row.outcome).unwrap_or(RowOutcome::Failed),
        code: row.code,
        reason: row.reason,
        changes: changes
            .into_iter()
            .map(|(field, old, new)| ChangeView {
                subject_id: printed(row.subject_id),
                old: old.map(|old| labels.label(ctx, &field, Some(&old))),
                new: new.map(|new| labels.label(ctx, &field, Some(&new))),
                field,
            })
            .collect(),
    };
    Ok(found.into_iter().zip(changes).map(shown).collect())
}

/// Stops a job between two chunks. What it did until then stays, and can be undone.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<Job> {
    let mut job = lock(ctx, tx, id)?;
    if !may_stop(ctx, &job) {
        return Err(Error::forbidden("not_allowed", "Whoever asked for it may stop it, and the office."));
    }
    stop(ctx, tx, &mut job, "job_cancelled", "")?;
    view(ctx, tx, job)
}

fn stop(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow, kind: &'static str, reason: &str) -> Result<()> {
    let status = JobStatus::parse(&job.status).unwrap_or(JobStatus::Failed);
    if status.is_over() {
        let message = format!("It is {} already.", status.label().to_lowercase());
        return Err(Error::conflict("job_over", message));
    }
    let mut task = task(job)?;
    run::finish(ctx, tx, job, &mut task, JobStatus::Cancelled)?;
    job.waits_for = String::new();
    job.payload = super::super::check::json(&task)?;
    store::jobs::save(tx, ctx.org(), job)?;
    let mut entry = ctx.entry(kind).reason(reason).subject(job.id);
    entry.change(job.id, "status", Some(status.as_str().into()), Some(job.status.clone()));
    entry.append(ctx, tx)
}

fn waiting_for_approval(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<JobRow> {
    let job = lock(ctx, tx, id)?;
    if job.status != JobStatus::Queued.as_str() || job.waits_for != JobWait::Approval.as_str() {
        return Err(Error::conflict("not_waiting", "This does not wait for an approval."));
    }
    if job.actor_id == ctx.actor.id.uuid() {
        return Err(Error::forbidden("own_change", "A second person has to look at it: not whoever asked for it."));
    }
    if !may_approve_at_all(ctx) {
        return Err(Error::forbidden("not_allowed", "Whoever manages terms and credit may approve this."));
    }
    Ok(job)
}

/// Lets a job go on that waits for a second person.
pub fn approve(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<Job> {
    let mut job = waiting_for_approval(ctx, tx, id)?;
    let task = task(&job)?;
    let waits = if task.effective_on.is_some() && job.run_at > ctx.now.0 { JobWait::Date } else { JobWait::Nothing };
    job.waits_for = waits.as_str().into();
    job.approved_by = Some(ctx.actor.id.uuid());
    store::jobs::save(tx, ctx.org(), &mut job)?;
    let mut entry = ctx.entry("job_approved").subject(job.id);
    entry.change(job.id, "waits_for", Some(JobWait::Approval.as_str().into()), Some(job.waits_for.clone()));
    entry.append(ctx, tx)?;
    tell(ctx, tx, &job, "job_approved", "approved")?;
    view(ctx, tx, job)
}

/// Ends a job that waits for a second person, with a reason.
pub fn decline(ctx: &Ctx, tx: &mut Tx, id: JobId, reason: &str) -> Result<Job> {
    let mut job = waiting_for_approval(ctx, tx, id)?;
    let reason = super::super::Cleaner::note("reason", reason)?;
    if reason.is_empty() {
        return Err(Error::field("reason", "reason_required", "Say why it is declined."));
    }
    job.approved_by = Some(ctx.actor.id.uuid());
    stop(ctx, tx, &mut job, "job_declined", &reason)?;
    tell(ctx, tx, &job, "job_declined", "declined")?;
    view(ctx, tx, job)
}

fn tell(ctx: &Ctx, tx: &mut Tx, job: &JobRow, kind: &str, verb: &str) -> Result<()> {
    let sentence = format!("{} {verb} your change of many rows.", ctx.actor.name);
    let notice = ctx.id::<domain::id::Entry>().uuid();
    store::engine::notify(tx, ctx.org(), job.actor_id, notice, kind, job.id, &sentence, ctx.now.0)?;
    Ok(())
}

/// Which mode a job of so many rows has when nobody says otherwise.
pub const fn default_mode(rows: usize) -> BulkMode {
    BulkMode::of_rows(rows)
}

impl App {
    /// Looks at what a bulk change would do on a snapshot, and remembers it for half an hour.
    pub async fn preview_bulk(&self, ctx: &Ctx, entity: Entity, ask: PreviewBulk) -> Result<BulkPreview> {
        let looked = self.read(ctx, move |ctx, tx| super::look(ctx, tx, entity, &ask)).await?;
        self.write(ctx, move |ctx, tx| super::remember(ctx, tx, &looked)).await
    }
}

/// Applies a preview of a bulk change.
pub fn apply(ctx: &Ctx, tx: &mut Tx, entity: Entity, ask: &ApplyBulk) -> Result<Job> {
    run::apply(ctx, tx, entity, ask)
}

/// Applies the preview of terms that orders get again.
pub fn apply_orders(ctx: &Ctx, tx: &mut Tx, ask: &ApplyBulk) -> Result<Job> {
    run::apply_orders(ctx, tx, ask)
}

/// Undoes a job.
pub fn undo(ctx: &Ctx, tx: &mut Tx, id: JobId) -> Result<Job> {
    super::undo::undo(ctx, tx, id)
}
