//! Applying a bulk change: what was selected is locked, judged again, written, and told to the journal.

use super::of_customers::{self, CustomerSet, Reps};
use super::of_locations::{self, LocationSet};
use super::of_units::{self, UnitSet};
use super::preview::{KIND, Payload};
use super::{Change, Entity, Left, Task, changes_json, jobs};
use crate::billing::reapply;
use crate::context::Source;
use crate::{App, Ctx, Error, Result};
use contract::bulk::{ApplyBulk, Job};
use domain::bulk::{BulkMode, JobStatus, JobWait, RowOutcome};
use domain::id::{Id, JobId, OrganizationId, UserId};
use domain::limits;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::directory::{customers as customer_rows, locations as location_rows};
use store::jobs::{JobRow, OutcomeRow, Selected, thaw};
use uuid::Uuid;

/// How long whoever works on a job has it without a sign of life, in seconds.
pub(super) const LEASE_SECONDS: i64 = 60;

/// Applies a preview: few rows at once, more as a job. The same preview gives the same job again.
pub fn apply(ctx: &Ctx, tx: &mut Tx, entity: Entity, ask: &ApplyBulk) -> Result<Job> {
    applied(ctx, tx, entity.as_str(), ask, |ctx| require_any(ctx, entity))
}

/// Applies the preview of terms that orders get again.
pub(super) fn apply_orders(ctx: &Ctx, tx: &mut Tx, ask: &ApplyBulk) -> Result<Job> {
    applied(ctx, tx, reapply::ENTITY, ask, reapply::require)
}

fn applied(
    ctx: &Ctx,
    tx: &mut Tx,
    entity: &str,
    ask: &ApplyBulk,
    require: impl FnOnce(&Ctx) -> Result<()>,
) -> Result<Job> {
    let unknown = || Error::unknown("preview_token");
    let id = JobId::from_uuid(ask.preview_token.uuid());
    if let Some(job) = store::jobs::job(tx, ctx.org(), id.uuid())? {
        let same = job.actor_id == ctx.actor.id.uuid() && job.entity == entity;
        return if same { jobs::view(ctx, tx, job) } else { Err(unknown()) };
    }
    require(ctx)?;
    let row = store::engine::preview(tx, ctx.org(), ask.preview_token.uuid())?
        .filter(|row| row.actor_id == ctx.actor.id.uuid() && row.kind == KIND)
        .ok_or_else(unknown)?;
    let Payload { task, frozen } =
        serde_json::from_str(&row.payload).map_err(|error| Error::Internal(format!("a stored preview: {error}")))?;
    if task.entity != entity {
        return Err(unknown());
    }
    if row.expires_at <= ctx.now.0 {
        return Err(Error::conflict("preview_expired", "This preview is older than half an hour. Look at a new one."));
    }
    confirm(ctx, &task, ask.confirm_rows)?;
    store::engine::drop_preview(tx, ctx.org(), ask.preview_token.uuid())?;
    begin(ctx, tx, id, task, frozen)
}

/// Whoever may change nothing of this in bulk is told so before anything is looked up.
fn require_any(ctx: &Ctx, entity: Entity) -> Result<()> {
    use domain::people::Permission as P;
    if entity == Entity::Units {
        return ctx.require(P::EditInventory);
    }
    ctx.require(P::BulkUpdate)?;
    let any: &[P] = match entity {
        Entity::Customers => {
            &[P::ManageTerms, P::AssignReps, P::WatchCustomers, P::ManageDirectory, P::ManagePrices, P::WorkCustomers]
        }
        Entity::Locations => &[P::AssignReps, P::ManageDirectory, P::ManagePrices],
        Entity::Units => &[P::EditInventory],
    };
    if any.iter().any(|permission| ctx.may(*permission)) { Ok(()) } else { ctx.require(any[0]) }
}

/// Above a hundred rows a person types their number; a program may, and must not be wrong.
fn confirm(ctx: &Ctx, task: &Task, typed: Option<i64>) -> Result<()> {
    let many = task.will_change > limits::BULK_CONFIRM as i64;
    match typed {
        None if many && ctx.source == Source::Console => {
            let message = format!("Type the number of rows that will change: {}.", task.will_change);
            Err(Error::field("confirm_rows", "confirmation_required", message))
        }
        Some(typed) if typed != task.will_change => {
            let message = format!("{typed} is not the number of rows that will change: it is {}.", task.will_change);
            Err(Error::field("confirm_rows", "confirmation_mismatch", message))
        }
        _ => Ok(()),
    }
}

/// Makes the job; one of few rows that waits for nothing is carried out at once.
fn begin(ctx: &Ctx, tx: &mut Tx, id: JobId, task: Task, frozen: String) -> Result<Job> {
    let rows = frozen.len() / 48;
    let waits = match (task.needs_approval, task.effective_on) {
        (true, _) => JobWait::Approval,
        (false, Some(_)) => JobWait::Date,
        (false, None) => JobWait::Nothing,
    };
    let at_once = waits == JobWait::Nothing && rows <= limits::BULK_AT_ONCE;
    let mut job = JobRow {
        id: id.uuid(),
        actor_id: ctx.actor.id.uuid(),
        kind: if task.entity == reapply::ENTITY { "reapply_terms" } else { "bulk" }.into(),
        entity: task.entity.clone(),
        status: if at_once { JobStatus::Running } else { JobStatus::Queued }.as_str().into(),
        waits_for: waits.as_str().into(),
        run_at: task.effective_on.map_or(ctx.now.0, |day| day.starts_in(&ctx.organization.time_zone).0),
        lease_until: 0,
        rows_total: rows as i64,
        rows_done: 0,
        counts: "{}".into(),
        payload: super::super::check::json(&task)?,
        undo_of: None,
        undone_by: None,
        approved_by: None,
        created_at: ctx.now.0,
        finished_at: None,
        version: 1,
    };
    store::jobs::insert(tx, ctx.org(), &job, &frozen)?;
    if at_once {
        let mut task = task;
        let selected = thaw(&frozen, 0, rows);
        step(ctx, tx, &mut job, &mut task, &selected)?;
    }
    jobs::view(ctx, tx, job)
}

/// Rows of a job with what becomes of each, written unless all-or-nothing fails.
pub(super) fn step(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow, task: &mut Task, rows: &[Selected]) -> Result<()> {
    let outcomes = match Entity::parse(&job.entity) {
        Some(Entity::Customers) => customers(ctx, tx, job, task, rows)?,
        Some(Entity::Locations) => locations(ctx, tx, job, task, rows)?,
        Some(Entity::Units) => units(ctx, tx, job, task, rows)?,
        None if job.entity == reapply::ENTITY => reapply::carry_out(ctx, tx, job, task, rows)?,
        None => return Err(Error::Internal(format!("a job about {}", job.entity))),
    };
    store::jobs::insert_outcomes(tx, ctx.org(), job.id, &outcomes)?;
    jobs::count(job, &outcomes);
    job.rows_done += rows.len() as i64;
    let failed = task.mode == BulkMode::AllOrNothing && outcomes.iter().any(is_failure);
    if job.rows_done >= job.rows_total || failed {
        finish(ctx, tx, job, task, if failed { JobStatus::Failed } else { JobStatus::Done })?;
    } else {
        job.lease_until = ctx.now.plus_seconds(LEASE_SECONDS).0;
    }
    job.payload = super::super::check::json(task)?;
    store::jobs::save(tx, ctx.org(), job)?;
    Ok(())
}

fn is_failure(row: &OutcomeRow) -> bool {
    RowOutcome::parse(&row.outcome).is_some_and(RowOutcome::is_failure)
}

/// A job came to its end; reps who gained or lost something are told once.
pub(super) fn finish(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow, task: &mut Task, status: JobStatus) -> Result<()> {
    job.status = status.as_str().into();
    job.finished_at = Some(ctx.now.0);
    job.lease_until = 0;
    for (rep, gained, lost) in std::mem::take(&mut task.reps) {
        let Some(entity) = Entity::parse(&job.entity) else { continue };
        let told = match (gained, lost) {
            (gained, 0) => format!("You care for {} more now.", entity.counted(gained)),
            (0, lost) => format!("You no longer care for {}.", entity.counted(lost)),
            (gained, lost) => format!("You care for {} more now, and no longer for {}.", entity.counted(gained), lost),
        };
        let notice = ctx.id::<domain::id::Entry>().uuid();
        let sentence = format!("{} changed many at once: {told}", ctx.actor.name);
        store::engine::notify(tx, ctx.org(), rep.uuid(), notice, "bulk_changed", job.id, &sentence, ctx.now.0)?;
    }
    Ok(())
}

/// Judged rows in the order of the selection.
type Judged<R> = Vec<(Selected, Result<(R, R, Vec<Change>), Left>)>;

/// In all-or-nothing one row that fails keeps all others as they are.
fn all_or_nothing<R>(task: &Task, judged: &mut Judged<R>) {
    let fails = |fate: &Result<(R, R, Vec<Change>), Left>| matches!(fate, Err(left) if left.outcome.is_failure());
    if task.mode == BulkMode::AllOrNothing && judged.iter().any(|(_, fate)| fails(fate)) {
        for (_, fate) in judged.iter_mut().filter(|(_, fate)| fate.is_ok()) {
            let message = "Left as it is, because other rows could not be changed.";
            *fate = Err(Left::new(RowOutcome::Cancelled, "all_or_nothing", message));
        }
    }
}

fn customers(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &mut Task, rows: &[Selected]) -> Result<Vec<OutcomeRow>> {
    let set = match readable(ctx, CustomerSet::read(ctx, tx, task))? {
        Ok(set) => set,
        Err(left) => return Ok(all_left(job, rows, Entity::Customers, &left)),
    };
    let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    let found = customer_rows::lock_many(tx, ctx.org(), &ids)?;
    let reached = in_reach(ctx, tx, Entity::Customers, &ids)?;
    let mut reps = Reps::of(ctx, tx, found.iter().map(|row| row.default_sales_rep_id))?;
    reps.unseen = super::tasks::unseen(ctx, tx, set.task.as_ref(), &ids)?;
    let overrides: HashMap<Uuid, i64> = if set.clears_overrides() {
        location_rows::overriding_counts(tx, ctx.org(), &ids)?.into_iter().collect()
    } else {
        HashMap::new()
    };
    let mut known: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut judged: Judged<store::directory::CustomerRow> = Vec::with_capacity(rows.len());
    for (id, version) in rows {
        let row = known.remove(id).filter(|_| reached.as_ref().is_none_or(|all| all.contains(id)));
        let fate = match row {
            None => Err(Left::gone(Entity::Customers)),
            Some(row) if *version != 0 && row.version != *version => Err(Left::stale()),
            Some(row) => {
                let own = overrides.get(id).copied().unwrap_or(0) as usize;
                set.judge(ctx, &reps, &row, own).map(|(after, changes)| (row, after, changes))
            }
        };
        judged.push(((*id, *version), fate));
    }
    all_or_nothing(task, &mut judged);
    let changed: Vec<_> = judged
        .iter()
        .filter_map(|(_, fate)| fate.as_ref().ok().map(|(before, after, _)| (before.clone(), after.clone())))
        .collect();
    of_customers::save(ctx, tx, &changed)?;
    let had = if set.clears_overrides() { of_customers::clear_overrides(ctx, tx, &changed)? } else { HashMap::new() };
    let made = match &set.task {
        Some(new) => super::tasks::make(ctx, tx, new, &changed)?,
        None => HashMap::new(),
    };
    for (before, after) in &changed {
        tally(task, before.default_sales_rep_id, after.default_sales_rep_id);
    }
    write_down(ctx, tx, job, task, Entity::Customers, judged, &Beside { had, made })
}

fn locations(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &mut Task, rows: &[Selected]) -> Result<Vec<OutcomeRow>> {
    let set = match readable(ctx, LocationSet::read(ctx, tx, task))? {
        Ok(set) => set,
        Err(left) => return Ok(all_left(job, rows, Entity::Locations, &left)),
    };
    let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    // Customers are locked before their locations, everywhere.
    let peek = location_rows::many(tx, ctx.org(), &ids)?;
    let owners: Vec<Uuid> = peek.iter().map(|row| row.customer_id).collect();
    customer_rows::lock_many(tx, ctx.org(), &owners)?;
    let found = location_rows::lock_many(tx, ctx.org(), &ids)?;
    let reached = in_reach(ctx, tx, Entity::Locations, &ids)?;
    let around = of_locations::around(ctx, tx, &found)?;
    let mut known: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut judged: Judged<store::directory::LocationRow> = Vec::with_capacity(rows.len());
    for (id, version) in rows {
        let row = known.remove(id).filter(|_| reached.as_ref().is_none_or(|all| all.contains(id)));
        let fate = match row {
            None => Err(Left::gone(Entity::Locations)),
            Some(row) if *version != 0 && row.version != *version => Err(Left::stale()),
            Some(row) => set.judge(ctx, &around, &row).map(|(after, changes)| (row, after, changes)),
        };
        judged.push(((*id, *version), fate));
    }
    all_or_nothing(task, &mut judged);
    let changed: Vec<_> = judged
        .iter()
        .filter_map(|(_, fate)| fate.as_ref().ok().map(|(before, after, _)| (before.clone(), after.clone())))
        .collect();
    of_locations::save(ctx, tx, &changed)?;
    for (before, after) in &changed {
        tally(task, before.effective_rep_id, after.effective_rep_id);
    }
    write_down(ctx, tx, job, task, Entity::Locations, judged, &Beside::default())
}

fn units(ctx: &Ctx, tx: &mut Tx, job: &JobRow, task: &Task, rows: &[Selected]) -> Result<Vec<OutcomeRow>> {
    let set = match readable(ctx, UnitSet::read(ctx, tx, task))? {
        Ok(set) => set,
        Err(left) => return Ok(all_left(job, rows, Entity::Units, &left)),
    };
    let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    let found = store::custody::lock_units(tx, ctx.org(), &ids)?;
    let around = set.around(ctx, tx, &found)?;
    let mut known: HashMap<Uuid, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut judged: Judged<store::stock::UnitRow> = Vec::with_capacity(rows.len());
    for (id, version) in rows {
        let fate = match known.remove(id) {
            None => Err(Left::gone(Entity::Units)),
            Some(row) if *version != 0 && row.version != *version => Err(Left::stale()),
            Some(row) => set.judge(ctx, tx, &around, &row)?.map(|(after, changes)| (row, after, changes)),
        };
        judged.push(((*id, *version), fate));
    }
    all_or_nothing(task, &mut judged);
    let changed: Vec<_> = judged
        .iter()
        .filter_map(|(_, fate)| fate.as_ref().ok().map(|(before, after, _)| (before.clone(), after.clone())))
        .collect();
    of_units::save(ctx, tx, &changed)?;
    write_down(ctx, tx, job, task, Entity::Units, judged, &Beside::default())
}

/// What was asked may no longer be possible: a rep has left, terms are gone. Then that is the fate of every row.
fn readable<S>(_: &Ctx, read: Result<S>) -> Result<Result<S, Left>> {
    match read {
        Ok(set) => Ok(Ok(set)),
        Err(error) => Left::of(error).map(Err),
    }
}

fn all_left(job: &JobRow, rows: &[Selected], entity: Entity, left: &Left) -> Vec<OutcomeRow> {
    let first = job.rows_done + 1;
    let row = |(n, (id, version)): (usize, &Selected)| left.row(first + n as i64, entity, *id, *version);
    rows.iter().enumerate().map(row).collect()
}

/// Which of the rows are in reach; None for everybody.
fn in_reach(ctx: &Ctx, tx: &mut Tx, entity: Entity, ids: &[Uuid]) -> Result<Option<Vec<Uuid>>> {
    let viewer = ctx.viewer();
    if viewer.office {
        return Ok(None);
    }
    let reached = match entity {
        Entity::Customers => customer_rows::reached(tx, viewer, ids)?,
        Entity::Locations => location_rows::reached(tx, viewer, ids)?,
        Entity::Units => of_units::reached(ctx, tx, ids, domain::people::Level::See)?,
    };
    Ok(Some(reached))
}

fn tally(task: &mut Task, old: Option<Uuid>, new: Option<Uuid>) {
    if old == new {
        return;
    }
    for (rep, gained, lost) in [(new, 1, 0), (old, 0, 1)] {
        let Some(rep) = rep.map(UserId::from_uuid) else { continue };
        match task.reps.iter_mut().find(|(known, _, _)| *known == rep) {
            Some((_, more, less)) => (*more, *less) = (*more + gained, *less + lost),
            None => task.reps.push((rep, gained, lost)),
        }
    }
}

/// What undoing must know of a row besides its fields.
#[derive(Default)]
struct Beside {
    /// The reps that its locations had.
    had: HashMap<Uuid, String>,
    /// The task that it got.
    made: HashMap<Uuid, String>,
}

/// One entry of the journal for the chunk, and one outcome for each row.
fn write_down<R>(
    ctx: &Ctx,
    tx: &mut Tx,
    job: &JobRow,
    task: &Task,
    entity: Entity,
    judged: Judged<R>,
    beside: &Beside,
) -> Result<Vec<OutcomeRow>> {
    let batch = JobId::from_uuid(job.id).to_string();
    let mut entry = ctx.entry("bulk_changed").reason(&task.reason).subject(job.id);
    entry.change(job.id, "batch_id", None, Some(batch));
    let mut outcomes = Vec::with_capacity(judged.len());
    let mut any = false;
    for (place, ((id, version), fate)) in judged.into_iter().enumerate() {
        let n = job.rows_done + 1 + place as i64;
        let mut changes = match fate {
            Err(left) => {
                outcomes.push(left.row(n, entity, id, version));
                continue;
            }
            Ok((_, _, changes)) => changes,
        };
        any = true;
        entry.about(id);
        for (field, old, new) in &changes {
            entry.change(id, field, old.clone(), new.clone());
        }
        if let Some(made) = beside.made.get(&id) {
            changes.iter_mut().filter(|it| it.0 == "task").for_each(|it| it.2 = Some(made.clone()));
        }
        if let Some(had) = beside.had.get(&id) {
            changes.iter_mut().filter(|it| it.0 == "location_overrides").for_each(|it| it.1 = Some(had.clone()));
        }
        outcomes.push(OutcomeRow {
            n,
            entity: entity.as_str().to_owned(),
            subject_id: id,
            version,
            outcome: RowOutcome::Done.as_str().to_owned(),
            code: String::new(),
            reason: String::new(),
            changes: changes_json(&changes)?,
        });
    }
    if any {
        entry.append(ctx, tx)?;
    }
    Ok(outcomes)
}

impl App {
    /// Works on an organisation's jobs that may run, one chunk after the other, until none is left; gives how many chunks.
    pub async fn work_jobs(&self, organization: OrganizationId) -> Result<usize> {
        let id = organization.uuid();
        let mut chunks = 0;
        loop {
            let now = self.now();
            let Some(job) = self.db().read(move |tx| store::jobs::due(tx, id, now.0)).await? else { return Ok(chunks) };
            let until = now.plus_seconds(LEASE_SECONDS).0;
            if !self.db().write(move |tx| store::jobs::take(tx, id, job, until, now.0)).await? {
                continue;
            }
            chunks += self.work_job(id, job).await?;
        }
    }

    /// Works on one job that was taken.
    async fn work_job(&self, organization: Uuid, id: Uuid) -> Result<usize> {
        let (job, frozen) = self
            .db()
            .read(move |tx| -> store::Result<_> {
                Ok((store::jobs::job(tx, organization, id)?, store::jobs::frozen(tx, organization, id)?))
            })
            .await?;
        let Some(job) = job else { return Ok(0) };
        let ctx = self.context_of_account(organization, job.actor_id, &format!("job {}", JobId::from_uuid(id))).await?;
        let frozen = std::sync::Arc::new(frozen);
        let mut chunks = 0;
        loop {
            let (frozen, ctx) = (frozen.clone(), ctx.at(self.now()));
            let goes_on = self.write(&ctx, move |ctx, tx| chunk(ctx, tx, id, &frozen)).await?;
            chunks += 1;
            if !goes_on {
                return Ok(chunks);
            }
        }
    }

    /// The context of an account for work that the server does in its name.
    pub(crate) async fn context_of_account(&self, organization: Uuid, user: Uuid, request: &str) -> Result<Ctx> {
        let row = self.db().read(move |tx| store::people::user(tx, organization, user)).await?;
        let email = row.ok_or_else(Error::not_found)?.email;
        let ctx = self.context_of(&email, Source::Job).await?.ok_or_else(Error::not_found)?;
        Ok(Ctx { request_id: request.into(), ..ctx })
    }
}

/// The next rows of a job, in one unit of work; gives whether there are more.
fn chunk(ctx: &Ctx, tx: &mut Tx, id: Uuid, frozen: &str) -> Result<bool> {
    let Some(mut job) = store::jobs::lock(tx, ctx.org(), id)? else { return Ok(false) };
    // Somebody stopped it, or it came to its end elsewhere.
    if job.status != JobStatus::Running.as_str() {
        return Ok(false);
    }
    let mut task: Task =
        serde_json::from_str(&job.payload).map_err(|error| Error::Internal(format!("a stored job: {error}")))?;
    if !is_active(ctx, tx)? {
        task.problem = format!("The account of {} is deactivated.", ctx.actor.name);
        finish(ctx, tx, &mut job, &mut task, JobStatus::Failed)?;
        job.payload = super::super::check::json(&task)?;
        store::jobs::save(tx, ctx.org(), &mut job)?;
        return Ok(false);
    }
    match job.kind.as_str() {
        "undo" => super::undo::step(ctx, tx, &mut job, &mut task)?,
        _ => {
            let done = usize::try_from(job.rows_done).unwrap_or(0);
            let size = if task.mode == BulkMode::AllOrNothing { limits::ROWS_PER_REQUEST } else { limits::JOB_CHUNK };
            step(ctx, tx, &mut job, &mut task, &thaw(frozen, done, size))?;
        }
    }
    Ok(job.status == JobStatus::Running.as_str())
}

fn is_active(ctx: &Ctx, tx: &mut Tx) -> Result<bool> {
    Ok(store::people::user(tx, ctx.org(), ctx.actor.id.uuid())?.is_some_and(|row| row.active))
}

/// Names of accounts that jobs were asked for or approved by.
pub(super) fn people(ctx: &Ctx, tx: &mut Tx, ids: &[Uuid]) -> Result<BTreeMap<UserId, String>> {
    let names = store::directory::names_of_people(tx, ctx.org(), ids)?;
    Ok(names.into_iter().map(|(id, name)| (Id::from_uuid(id), name)).collect())
}
