//! An import of customers or locations as a job: what each row did is kept, so that it can be looked at and taken back for
//! thirty days, row by row, as a change of many rows is.
//!
//! What was changed becomes what it was, unless somebody changed it since. What was made is archived: its history stays, and
//! the same table brings it back.

use super::{Did, Effect, ImportKind};
use crate::directory::bulk::{Change, Entity, Left, Task, changes_json, jobs, undo as undoing};
use crate::directory::{back, customers, locations};
use crate::journal::Draft;
use crate::{App, Ctx, Error, Result};
use contract::directory::{PatchCustomer, PatchLocation};
use domain::bulk::{BulkMode, JobStatus, JobWait, RowOutcome};
use domain::clock::Instant;
use domain::id::{ImportId, JobId};
use domain::limits;
use store::Tx;
use store::jobs::{JobRow, OutcomeRow};
use uuid::Uuid;

/// The field under which a job notes that a row made something.
const CREATED: &str = "created";

/// What the rows of a kind are, when it makes a job.
pub(super) fn entity(kind: &ImportKind) -> Option<Entity> {
    // What came in as units may have moved since: it is corrected, not taken back.
    Entity::parse(kind.name).filter(|entity| *entity != Entity::Units)
}

/// An id of such a row.
pub(super) fn printed(kind: &ImportKind, subject: Uuid) -> Option<String> {
    entity(kind).map(|entity| entity.printed(subject))
}

/// Until when an import that ends now can be taken back.
pub(super) fn undo_until(now: Instant) -> Instant {
    now.plus_seconds(i64::from(limits::UNDO_DAYS) * 86_400)
}

impl App {
    /// Makes the job of an import. It stands as done from the start: an import that is cut off has done what it did until then,
    /// and that can be taken back.
    pub(super) async fn begin_import_job(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        import: ImportId,
        rows: i64,
    ) -> Result<JobId> {
        let summary = format!("Imported {} {}", rows, if rows == 1 { "row" } else { "rows" });
        let task = Task::plain(kind.name, &format!("{summary} of {}", kind.name), BulkMode::SkipFailures);
        let job = JobRow {
            id: import.uuid(),
            actor_id: ctx.actor.id.uuid(),
            kind: "import".into(),
            entity: kind.name.into(),
            status: JobStatus::Done.as_str().into(),
            waits_for: JobWait::Nothing.as_str().into(),
            run_at: ctx.now.0,
            lease_until: 0,
            rows_total: rows,
            rows_done: 0,
            counts: "{}".into(),
            payload: super::json(&task)?,
            undo_of: None,
            undone_by: None,
            approved_by: None,
            created_at: ctx.now.0,
            finished_at: Some(ctx.now.0),
            version: 1,
        };
        // An import that goes on where it was cut off has its job already.
        self.write(ctx, move |ctx, tx| match store::jobs::lock(tx, ctx.org(), job.id)? {
            Some(_) => Ok(()),
            None => Ok(store::jobs::insert(tx, ctx.org(), &job, "")?),
        })
        .await?;
        Ok(JobId::from_uuid(import.uuid()))
    }
}

/// Keeps what rows did with the job, in the unit of work in which they did it.
pub(super) fn note(ctx: &Ctx, tx: &mut Tx, job: JobId, rows: &[(i64, &Did)]) -> Result<()> {
    let mut job =
        store::jobs::lock(tx, ctx.org(), job.uuid())?.ok_or_else(|| Error::Internal("an import's job".into()))?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for (n, did) in rows {
        let Some(subject) = did.subject else { continue };
        let made: Vec<Change> = vec![(CREATED.to_owned(), None, Some("true".to_owned()))];
        let (changes, version) = match did.effect {
            Effect::Created => (&made, 1),
            _ => (&did.changes, 0),
        };
        outcomes.push(OutcomeRow {
            n: *n,
            entity: job.entity.clone(),
            subject_id: subject,
            version,
            outcome: RowOutcome::Done.as_str().into(),
            code: String::new(),
            reason: String::new(),
            changes: changes_json(changes)?,
        });
    }
    store::jobs::insert_outcomes(tx, ctx.org(), job.id, &outcomes)?;
    jobs::count(&mut job, &outcomes);
    job.rows_done += rows.len() as i64;
    job.finished_at = Some(ctx.now.0);
    store::jobs::save(tx, ctx.org(), &mut job)?;
    Ok(())
}

/// The next rows of an import that is taken back.
pub fn undo_step(ctx: &Ctx, tx: &mut Tx, job: &JobRow, entity: Entity, rows: &[OutcomeRow]) -> Result<Vec<OutcomeRow>> {
    let mut entry = ctx.entry("import_undone").subject(job.id);
    entry.change(job.id, "batch_id", None, Some(JobId::from_uuid(job.id).to_string()));
    let (mut outcomes, mut any) = (Vec::with_capacity(rows.len()), false);
    for row in rows {
        let changes = undoing::changes(row)?;
        let done = match entity {
            Entity::Customers => customer(ctx, tx, &mut entry, row, &changes),
            Entity::Locations => location(ctx, tx, &mut entry, row, &changes),
            Entity::Units => return Err(Error::Internal("an import of units is no job".into())),
        };
        outcomes.push(match done {
            Ok(None) => {
                any = true;
                entry.about(row.subject_id);
                undoing::restored(row, &changes)?
            }
            Ok(Some(left)) => undoing::left(row, &left),
            Err(error) => undoing::left(row, &Left::of(error)?),
        });
    }
    if any {
        entry.append(ctx, tx)?;
    }
    Ok(outcomes)
}

fn made(changes: &[Change]) -> bool {
    changes.iter().any(|(field, _, _)| field == CREATED)
}

/// Gives why a row stays as it is; nothing when it went back.
fn customer(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, row: &OutcomeRow, changes: &[Change]) -> Result<Option<Left>> {
    let Some(before) = store::directory::lock_customer(tx, ctx.org(), row.subject_id)? else {
        return Ok(Some(Left::gone(Entity::Customers)));
    };
    let patch = if made(changes) {
        if before.version != row.version || before.locations_count > 0 {
            return Ok(Some(undoing::changed_since()));
        }
        PatchCustomer { archived: Some(true), ..PatchCustomer::default() }
    } else {
        if !back::customer_stands(&before, changes) {
            return Ok(Some(undoing::changed_since()));
        }
        back::customer_patch(changes)
    };
    customers::patch_in(ctx, tx, entry, before, patch)?;
    Ok(None)
}

fn location(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, row: &OutcomeRow, changes: &[Change]) -> Result<Option<Left>> {
    let Some(peek) = store::directory::location_row(tx, ctx.org(), row.subject_id)? else {
        return Ok(Some(Left::gone(Entity::Locations)));
    };
    store::directory::lock_customer(tx, ctx.org(), peek.customer_id)?;
    let before = store::directory::lock_location(tx, ctx.org(), row.subject_id)?.ok_or_else(Error::not_found)?;
    let patch = if made(changes) {
        let used = store::directory::leaving::left_at(tx, ctx.org(), before.id)? != (0, 0);
        if before.version != row.version || used {
            return Ok(Some(undoing::changed_since()));
        }
        PatchLocation { archived: Some(true), ..PatchLocation::default() }
    } else {
        if !back::location_stands(&before, changes) {
            return Ok(Some(undoing::changed_since()));
        }
        back::location_patch(changes)
    };
    locations::patch_in(ctx, tx, entry, before, patch)?;
    Ok(None)
}
