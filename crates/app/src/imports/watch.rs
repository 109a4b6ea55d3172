//! A long import as it goes on: how far it is, for whoever waits, and stopping it between two chunks.

use super::{ImportKind, ImportOptions};
use crate::{App, Ctx, Error, Result};
use contract::imports::{ImportRun, ImportRuns};
use domain::bulk::ImportState;
use domain::clock::Instant;
use domain::id::{Id, ImportId};
use domain::limits;
use store::Tx;
use store::import_runs::{self as rows, RunRow};

/// A run of which nothing was heard for so long has ended with its server.
const SILENT_SECONDS: i64 = 150;
/// How many runs are listed.
const LISTED: i64 = 20;
/// How many chunks pass between two words about it.
const CHUNKS: usize = 4;

/// Who tells how far an import is. A short table is over before anybody could ask: nothing is written down of it.
pub(super) struct Watch {
    row: Option<RunRow>,
    silent: usize,
}

impl Watch {
    /// Begins to tell of an import of so many rows.
    pub async fn begin(
        app: &App,
        ctx: &Ctx,
        kind: &ImportKind,
        options: ImportOptions,
        rows: usize,
        run: ImportId,
    ) -> Result<Self> {
        if rows <= limits::JOB_CHUNK {
            return Ok(Self { row: None, silent: 0 });
        }
        let at = app.now().0;
        let row = RunRow {
            id: run.uuid(),
            kind: kind.name.to_owned(),
            dry_run: options.dry_run,
            state: ImportState::Checking.as_str().to_owned(),
            rows_total: rows as i64,
            rows_done: 0,
            stop_asked: false,
            begun_at: at,
            updated_at: at,
        };
        let kept = row.clone();
        let free = app.write(ctx, move |ctx, tx| Ok(rows::begin(tx, ctx.org(), ctx.actor.id.uuid(), &kept)?)).await?;
        if !free {
            return Err(Error::field("run", "already_used", "Another import has this id. Make a new one."));
        }
        Ok(Self { row: Some(row), silent: 0 })
    }

    /// Tells that so many of so many rows are done; gives whether somebody asked to stop it.
    pub async fn at(&mut self, app: &App, ctx: &Ctx, state: ImportState, done: usize, of: usize) -> Result<bool> {
        let Some(row) = self.row.as_mut() else { return Ok(false) };
        self.silent += 1;
        let same = row.state == state.as_str();
        if same && self.silent < CHUNKS && done < of {
            // Whether to stop is asked after each chunk; that costs no write.
            let id = row.id;
            let asked = move |ctx: &Ctx, tx: &mut Tx| Ok(rows::run(tx, ctx.org(), ctx.actor.id.uuid(), id)?);
            if !app.read(ctx, asked).await?.is_some_and(|it| it.stop_asked) {
                return Ok(false);
            }
        }
        self.silent = 0;
        (row.rows_done, row.rows_total, row.updated_at) = (done as i64, of as i64, app.now().0);
        state.as_str().clone_into(&mut row.state);
        let kept = row.clone();
        app.write(ctx, move |ctx, tx| Ok(rows::step(tx, ctx.org(), ctx.actor.id.uuid(), &kept)?)).await
    }

    /// Tells how it ended.
    pub async fn end(mut self, app: &App, ctx: &Ctx, state: ImportState) -> Result<()> {
        let Some(row) = self.row.as_mut() else { return Ok(()) };
        state.as_str().clone_into(&mut row.state);
        row.updated_at = app.now().0;
        let kept = row.clone();
        app.write(ctx, move |ctx, tx| Ok(rows::step(tx, ctx.org(), ctx.actor.id.uuid(), &kept)?)).await?;
        Ok(())
    }
}

/// The code of an import that was stopped before anything was written.
pub(super) const STOPPED: &str = "import_stopped";

/// Stopped before anything was written.
pub(super) fn stopped() -> Error {
    Error::conflict(STOPPED, "The import was stopped. Nothing was written.")
}

fn view(ctx: &Ctx, row: RunRow) -> ImportRun {
    let known = ImportState::parse(&row.state).unwrap_or(ImportState::Failed);
    let lost = !known.is_over() && Instant(row.updated_at).plus_seconds(SILENT_SECONDS) < ctx.now;
    let state = if lost { ImportState::Failed } else { known };
    ImportRun {
        id: Id::from_uuid(row.id),
        kind: row.kind,
        dry_run: row.dry_run,
        state,
        rows_total: row.rows_total,
        rows_done: row.rows_done,
        stopping: row.stop_asked && !state.is_over(),
        begun_at: Instant(row.begun_at),
        updated_at: Instant(row.updated_at),
    }
}

/// One's own import as it stands.
pub fn run(ctx: &Ctx, tx: &mut Tx, id: ImportId) -> Result<ImportRun> {
    let row = rows::run(tx, ctx.org(), ctx.actor.id.uuid(), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok(view(ctx, row))
}

/// One's own imports of the last day that took a while, the latest first.
pub fn runs(ctx: &Ctx, tx: &mut Tx) -> Result<ImportRuns> {
    let rows = rows::runs(tx, ctx.org(), ctx.actor.id.uuid(), LISTED)?;
    Ok(ImportRuns { items: rows.into_iter().map(|row| view(ctx, row)).collect() })
}

/// Asks one's own import to stop after the chunk that it is at. What is written until then stays, and can be undone.
pub fn stop(ctx: &Ctx, tx: &mut Tx, id: ImportId) -> Result<ImportRun> {
    let known = run(ctx, tx, id)?;
    if known.state.is_over() || !rows::stop(tx, ctx.org(), ctx.actor.id.uuid(), id.uuid())? {
        return Err(Error::conflict("import_over", "It is over already."));
    }
    run(ctx, tx, id)
}
