//! Tables that come in. A kind tells its columns and turns each row into a step; here the rows are tried, counted and carried
//! out.
//!
//! Every row is tried first, in units of work that are rolled back: what a person typing the same would be told, the table is
//! told, row by row. Nothing is kept unless every row is good, or the caller says that failures are skipped. What is kept is
//! kept in chunks that let other writes pass. A kind that can tell what is wrong with a row without writing is tried by reading. An import that was cut off is simply sent again: under its key it goes on where
//! it ended, and without one rows that are there already change nothing.

mod cases;
mod catalog;
mod claim;
mod directory;
mod job;
pub mod mapping;
mod opening;
mod sheet;
mod units;
mod users;
mod watch;

pub use job::undo_step;
pub use mapping::Mapping;
pub use sheet::{Row, Sheet, rows_of};
pub use watch::{run, runs, stop};

use crate::answer::{Answer, RequestKey};
use crate::journal::Draft;
use crate::{App, Ctx, Error, Result};
use claim::{Begun, Claim};
use contract::imports::{Import, RowError};
use domain::bulk::ImportState;
use domain::id;
use domain::limits;
use domain::people::Permission;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use store::Tx;
use watch::Watch;

/// A column of a kind of table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// How it is called in the head of the table.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// Whether the table must have it.
    pub required: bool,
    /// What it holds, for people.
    pub help: &'static str,
}

impl Column {
    /// A column that may be left out.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, aliases: &[], required: false, help }
    }

    /// A column that the table must have.
    pub const fn required(name: &'static str, help: &'static str) -> Self {
        Self { name, aliases: &[], required: true, help }
    }

    /// The same with further names.
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

/// How a table is taken.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Only told, nothing kept.
    pub dry_run: bool,
    /// Rows with an error are left out, the others kept. Otherwise it is all or nothing.
    pub skip_failures: bool,
    /// Unknown manufacturers, product lines and price lists are made.
    pub create_missing: bool,
}

/// What a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Something new is there.
    Created,
    /// Something is different.
    Updated,
    /// It was so already.
    Unchanged,
}

impl Effect {
    /// What a change of something known did; the entry tells of it when it did anything.
    pub fn of_change(draft: &mut Draft, subject: uuid::Uuid, changed: bool) -> Self {
        if !changed {
            return Self::Unchanged;
        }
        draft.about(subject);
        Self::Updated
    }
}

/// Carries out one row within an entry that tells of the whole chunk. It may be run more than once, and runs once more to try
/// the row: it has no effect outside the transaction.
pub type Apply = Box<dyn Fn(&Ctx, &mut Tx, &mut Draft) -> Result<Effect> + Send + Sync>;

/// One row to carry out.
pub struct Step {
    /// Its number as a person sees it.
    pub row: usize,
    /// What to do.
    pub apply: Apply,
}

/// Rows that are looked at and carried out many at a time. They are named by their place among them.
pub trait Together: Send + Sync {
    /// What each of some rows would do, without writing anything. Rows are asked in the order of the table, each once.
    fn check(&self, ctx: &Ctx, tx: &mut Tx, places: &[usize]) -> Result<Vec<Result<Effect>>>;

    /// Carries rows out within an entry that tells of them; nothing of them when one fails. It may be run more than once.
    fn keep(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, places: &[usize]) -> Result<Vec<Effect>>;
}

/// A table turned into steps.
#[derive(Default)]
pub struct Plan {
    /// Rows that can be tried.
    pub steps: Vec<Step>,
    /// Rows that cannot.
    pub errors: Vec<RowError>,
    /// How the steps are carried out together, for kinds that know how; their places are those of `steps`.
    pub together: Option<Arc<dyn Together>>,
}

impl Plan {
    /// A row that can be tried.
    pub fn step(
        &mut self,
        row: usize,
        apply: impl Fn(&Ctx, &mut Tx, &mut Draft) -> Result<Effect> + Send + Sync + 'static,
    ) {
        self.steps.push(Step { row, apply: Box::new(apply) });
    }
}

/// A kind of table.
pub struct ImportKind {
    /// As it stands in the address.
    pub name: &'static str,
    /// Who may.
    pub permission: Permission,
    /// Its columns.
    pub columns: &'static [Column],
    /// Turns rows into steps. References are loaded once, in one snapshot.
    pub plan: fn(&Ctx, &mut Tx, &Sheet, ImportOptions) -> Result<Plan>,
    /// Whether rows are tried before any is kept. A kind whose plan finds every error itself need not.
    pub tried: bool,
}

/// Every kind.
pub const KINDS: &[&ImportKind] = &[
    &catalog::CATALOG_ITEMS,
    &directory::CUSTOMERS,
    &directory::LOCATIONS,
    &directory::PHYSICIANS,
    &directory::PROCEDURES,
    &catalog::PRICES,
    &catalog::PRICES_APPEND,
    &catalog::PRICES_REPLACE,
    &units::UNITS,
    &cases::CASES,
    &users::USERS,
    &opening::OPEN_INVOICES,
    &opening::ORDER_FIGURES,
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static ImportKind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// What is kept as JSON in a text.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

impl App {
    /// Takes a table whose columns are found by their names. With a key, a repetition gets the first answer again.
    pub async fn import(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        options: ImportOptions,
        table: Vec<u8>,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        self.import_mapped(ctx, kind, options, Mapping::default(), table, key).await
    }

    /// The same with columns as a mapping says; what is written is remembered for the next table with this head.
    pub async fn import_mapped(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        options: ImportOptions,
        mapping: Mapping,
        table: Vec<u8>,
        key: Option<RequestKey>,
    ) -> Result<Answer> {
        self.import_watched(ctx, kind, options, mapping, table, key, None).await
    }

    /// The same under an id that its caller has chosen, to ask how far it is while it goes on.
    #[allow(clippy::too_many_arguments)]
    pub async fn import_watched(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        options: ImportOptions,
        mapping: Mapping,
        table: Vec<u8>,
        key: Option<RequestKey>,
        run: Option<id::ImportId>,
    ) -> Result<Answer> {
        ctx.require(kind.permission)?;
        let Some(key) = key else {
            let done = self.import_table(ctx, kind, options, mapping, table, &mut None, run).await?;
            return self.answer(ctx, None, 200, move |_, _| Ok(done.clone())).await;
        };
        let mut claim = match self.claim_import(ctx, key).await? {
            Begun::Answered(answer) => return Ok(answer),
            Begun::Mine(claim) => Some(claim),
        };
        let done = self.import_table(ctx, kind, options, mapping, table, &mut claim, run).await;
        let claim = claim.ok_or_else(|| Error::Internal("an import lost its claim".into()))?;
        match done {
            Ok(done) => self.finish_import(ctx, claim, &done).await,
            Err(error) => {
                if let Err(failed) = self.release_import(ctx, claim).await {
                    tracing::warn!(request_id = &*ctx.request_id, error = %failed, "an import was not let go of");
                }
                Err(error)
            }
        }
    }

    /// Takes a table, tells how far it is as it goes on, and what was done with each row.
    #[allow(clippy::too_many_arguments)]
    async fn import_table(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        options: ImportOptions,
        mapping: Mapping,
        table: Vec<u8>,
        claim: &mut Option<Claim>,
        run: Option<id::ImportId>,
    ) -> Result<Import> {
        let said = mapping.clone();
        let sheet = tokio::task::spawn_blocking(move || sheet::read(&table, kind, &said))
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        let named = run.or_else(|| claim.as_ref().map(|it| it.progress.import));
        let run = named.unwrap_or_else(|| ctx.id::<id::Import>());
        let mut watch = Watch::begin(self, ctx, kind, options, sheet.len(), run).await?;
        let done = self.import_sheet(ctx, kind, options, mapping, sheet, claim, &mut watch).await;
        let state = match &done {
            Ok(import) if import.stopped => ImportState::Stopped,
            Ok(_) => ImportState::Done,
            Err(Error::Conflict { code: watch::STOPPED, .. }) => ImportState::Stopped,
            Err(_) => ImportState::Failed,
        };
        watch.end(self, ctx, state).await?;
        done
    }

    #[allow(clippy::too_many_arguments)]
    async fn import_sheet(
        &self,
        ctx: &Ctx,
        kind: &'static ImportKind,
        options: ImportOptions,
        mapping: Mapping,
        sheet: Sheet,
        claim: &mut Option<Claim>,
        watch: &mut Watch,
    ) -> Result<Import> {
        let mut import = Import {
            id: claim.as_ref().map_or_else(|| ctx.id::<id::Import>(), |it| it.progress.import),
            kind: kind.name.to_owned(),
            dry_run: options.dry_run,
            rows: sheet.len(),
            created: 0,
            updated: 0,
            unchanged: 0,
            failed: 0,
            errors: Vec::new(),
            ignored_columns: sheet.ignored.clone(),
            stopped: false,
            preview: Vec::new(),
            job_id: None,
            undo_until: None,
        };
        let (headers, head) = (sheet.headers.clone(), sheet.head.clone());
        let plan = self.read(ctx, move |ctx, tx| (kind.plan)(ctx, tx, &sheet, options)).await?;
        // What an earlier try under this key has kept is done.
        let done = claim.as_ref().map(|it| it.progress.done.clone()).unwrap_or_default();
        let mut errors = plan.errors;
        errors.retain(|error| !done.contains_key(&error.row));
        let (places, steps): (Vec<usize>, Vec<Step>) =
            plan.steps.into_iter().enumerate().filter(|(_, step)| !done.contains_key(&step.row)).unzip();
        let steps = Arc::new(Steps { all: steps, places, together: plan.together });
        let mut good: Vec<usize> = (0..steps.all.len()).collect();
        let mut effects = vec![Effect::Created; steps.all.len()];
        if kind.tried {
            let mut tried = 0;
            for chunk in chunks(std::mem::take(&mut good), steps.tried_at_once()) {
                tried += chunk.len();
                for (n, outcome) in self.try_chunk(ctx, &steps, chunk, import.id).await? {
                    match outcome {
                        Ok(did) => {
                            effects[n] = did.effect;
                            good.push(n);
                            if did.effect != Effect::Unchanged && import.preview.len() < limits::PREVIEW_ROWS {
                                import.preview.push(did.shown(kind, steps.all[n].row));
                            }
                        }
                        Err(error) => errors.push(row_error(kind, steps.all[n].row, error)?),
                    }
                }
                if watch.at(self, ctx, ImportState::Checking, tried, steps.all.len()).await? {
                    return Err(watch::stopped());
                }
            }
        }
        if !options.dry_run && (errors.is_empty() || options.skip_failures) {
            let wanted: Vec<usize> =
                good.iter().copied().filter(|n| effects[*n] != Effect::Unchanged || !kind.tried).collect();
            if !mapping.0.is_empty() {
                self.keep_mapping(ctx, kind, &head, &mapping).await?;
            }
            if !wanted.is_empty() && job::entity(kind).is_some() {
                let job = self.begin_import_job(ctx, kind, import.id, wanted.len() as i64).await?;
                import.job_id = Some(job);
                import.undo_until = Some(job::undo_until(ctx.now));
            }
            let (mut kept, of, mut unreached) = (0, wanted.len(), HashSet::new());
            for chunk in chunks(wanted, steps.kept_at_once()) {
                if import.stopped {
                    unreached.extend(chunk);
                    continue;
                }
                kept += chunk.len();
                for (n, outcome) in self.keep_chunk(ctx, &steps, chunk, (import.id, import.job_id), claim).await? {
                    match outcome {
                        Ok(did) => effects[n] = did.effect,
                        Err(error) => {
                            good.retain(|it| *it != n);
                            errors.push(row_error(kind, steps.all[n].row, error)?);
                        }
                    }
                }
                import.stopped = watch.at(self, ctx, ImportState::Writing, kept, of).await? && kept < of;
            }
            good.retain(|n| !unreached.contains(n));
        }
        let went_on = !done.is_empty();
        for effect in good.iter().map(|n| effects[*n]).chain(done.into_values()) {
            match effect {
                Effect::Created => import.created += 1,
                Effect::Updated => import.updated += 1,
                Effect::Unchanged => import.unchanged += 1,
            }
        }
        if !errors.is_empty() && !options.skip_failures && !options.dry_run && kind.tried && !went_on {
            // All or nothing: what would have been done was not.
            (import.created, import.updated, import.unchanged) = (0, 0, 0);
        }
        errors.sort_by(|a, b| (a.row, &a.column).cmp(&(b.row, &b.column)));
        let mut failed: Vec<usize> = errors.iter().map(|error| error.row).collect();
        failed.dedup();
        import.failed = failed.len();
        errors.truncate(limits::IMPORT_ERRORS);
        for error in &mut errors {
            // A column is named as the table names it.
            if let Some(column) = &mut error.column
                && let Some(header) = headers.get(column.as_str())
            {
                header.clone_into(column);
            }
        }
        import.errors = errors;
        Ok(import)
    }

    /// Tries rows together and takes everything back. A row that the storage itself refuses is tried alone.
    async fn try_chunk(&self, ctx: &Ctx, steps: &Arc<Steps>, chunk: Vec<usize>, id: id::ImportId) -> Result<Outcomes> {
        if let Some(together) = steps.together.clone() {
            let steps = steps.clone();
            return self
                .read(ctx, move |ctx, tx| {
                    let checked = together.check(ctx, tx, &steps.places_of(&chunk))?;
                    let did = |effect| Did::of(effect, &[]);
                    Ok(chunk.into_iter().zip(checked).map(|(n, checked)| (n, checked.map(did))).collect())
                })
                .await;
        }
        match self.rehearse(ctx, steps, chunk.clone(), id).await {
            Ok(outcomes) => Ok(outcomes),
            Err(error) if is_row_error(&error) && chunk.len() > 1 => {
                let mut outcomes = Vec::with_capacity(chunk.len());
                for n in chunk {
                    match self.rehearse(ctx, steps, vec![n], id).await {
                        Ok(one) => outcomes.extend(one),
                        Err(error) if is_row_error(&error) => outcomes.push((n, Err(error))),
                        Err(error) => return Err(error),
                    }
                }
                Ok(outcomes)
            }
            Err(error) if is_row_error(&error) => Ok(chunk.into_iter().map(|n| (n, Err(taken()))).collect()),
            Err(error) => Err(error),
        }
    }

    async fn rehearse(&self, ctx: &Ctx, steps: &Arc<Steps>, chunk: Vec<usize>, id: id::ImportId) -> Result<Outcomes> {
        // What was learned leaves the unit beside it, because the unit itself is rolled back.
        let learned: Arc<Mutex<Outcomes>> = Arc::default();
        let (ctx, steps, notes) = (ctx.clone(), steps.clone(), learned.clone());
        let ended = self
            .db()
            .write(move |tx| -> std::result::Result<(), Rehearsal> {
                let mut draft = ctx.entry("imported").reason(&id.to_string());
                let mut outcomes = Vec::with_capacity(chunk.len());
                for n in &chunk {
                    let mark = draft.mark();
                    match (steps.all[*n].apply)(&ctx, tx, &mut draft) {
                        Err(Error::Db(error)) => return Err(Rehearsal::Failed(Error::Db(error))),
                        outcome => outcomes.push((*n, outcome.map(|effect| Did::of(effect, draft.since(mark))))),
                    }
                }
                *notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = outcomes;
                Err(Rehearsal::Over)
            })
            .await;
        match ended {
            Ok(()) | Err(Rehearsal::Over) => {
                Ok(std::mem::take(&mut *learned.lock().unwrap_or_else(std::sync::PoisonError::into_inner)))
            }
            Err(Rehearsal::Failed(error)) => Err(error),
        }
    }

    /// Keeps rows together; when one of them fails after all, each alone.
    async fn keep_chunk(
        &self,
        ctx: &Ctx,
        steps: &Arc<Steps>,
        chunk: Vec<usize>,
        (id, job): (id::ImportId, Option<id::JobId>),
        claim: &mut Option<Claim>,
    ) -> Result<Outcomes> {
        match self.keep(ctx, steps, chunk.clone(), (id, job), claim).await {
            Ok(outcomes) => Ok(outcomes.into_iter().map(|(n, did)| (n, Ok(did))).collect()),
            Err(error) if is_row_error(&error) => {
                let mut outcomes = Vec::with_capacity(chunk.len());
                for n in chunk {
                    match self.keep(ctx, steps, vec![n], (id, job), claim).await {
                        Ok(one) => outcomes.extend(one.into_iter().map(|(n, did)| (n, Ok(did)))),
                        Err(error) if is_row_error(&error) => outcomes.push((n, Err(error))),
                        Err(error) => return Err(error),
                    }
                }
                Ok(outcomes)
            }
            Err(error) => Err(error),
        }
    }

    async fn keep(
        &self,
        ctx: &Ctx,
        steps: &Arc<Steps>,
        chunk: Vec<usize>,
        (id, job): (id::ImportId, Option<id::JobId>),
        claim: &mut Option<Claim>,
    ) -> Result<Vec<(usize, Did)>> {
        let steps = steps.clone();
        let held = claim.clone();
        let written = self.write(ctx, move |ctx, tx| {
            let mut draft = ctx.entry("imported").reason(&id.to_string());
            if let Some(job) = job {
                draft.change(job.uuid(), "batch_id", None, Some(job.to_string()));
                draft.about(job.uuid());
            }
            let mut outcomes = Vec::with_capacity(chunk.len());
            if let Some(together) = &steps.together {
                let effects = together.keep(ctx, tx, &mut draft, &steps.places_of(&chunk))?;
                outcomes.extend(chunk.iter().zip(effects).map(|(n, effect)| (*n, Did::of(effect, &[]))));
            } else {
                for n in &chunk {
                    let mark = draft.mark();
                    let effect = (steps.all[*n].apply)(ctx, tx, &mut draft)?;
                    outcomes.push((*n, Did::of(effect, draft.since(mark))));
                }
            }
            if outcomes.iter().any(|(_, did)| did.effect != Effect::Unchanged) {
                draft.append(ctx, tx)?;
            }
            if let Some(job) = job {
                let rows: Vec<(i64, &Did)> = outcomes.iter().map(|(n, did)| (steps.all[*n].row as i64, did)).collect();
                job::note(ctx, tx, job, &rows)?;
            }
            let rows = outcomes.iter().map(|(n, did)| (steps.all[*n].row, did.effect));
            let progress = held.as_ref().map(|claim| claim.note(ctx, tx, rows)).transpose()?;
            Ok((outcomes, progress))
        });
        let (outcomes, progress) = written.await?;
        if let (Some(claim), Some(progress)) = (claim.as_mut(), progress) {
            claim.progress = progress;
        }
        Ok(outcomes)
    }
}

fn chunks(all: Vec<usize>, rows: usize) -> Vec<Vec<usize>> {
    all.chunks(rows).map(<[usize]>::to_vec).collect()
}

/// The steps of a table that are still to be done.
struct Steps {
    all: Vec<Step>,
    /// The place of each in the plan.
    places: Vec<usize>,
    together: Option<Arc<dyn Together>>,
}

/// Rows that are read about at once; nobody waits for a reader.
const CHECKED_AT_ONCE: usize = 5_000;
/// Rows that are kept at once where that takes a few statements. Larger than [`limits::JOB_CHUNK`], because the leaves of the
/// indexes that they share are written once for all of them; other writes wait some tenths of a second at most.
const KEPT_AT_ONCE: usize = 1_000;

impl Steps {
    fn tried_at_once(&self) -> usize {
        if self.together.is_some() { CHECKED_AT_ONCE } else { limits::JOB_CHUNK }
    }

    fn kept_at_once(&self) -> usize {
        if self.together.is_some() { KEPT_AT_ONCE } else { limits::JOB_CHUNK }
    }

    fn places_of(&self, chunk: &[usize]) -> Vec<usize> {
        chunk.iter().map(|n| self.places[*n]).collect()
    }
}

/// What became of rows, by their place among the steps.
type Outcomes = Vec<(usize, Result<Did>)>;

/// What a row did, and to what.
#[derive(Debug, Clone)]
pub(crate) struct Did {
    pub effect: Effect,
    /// Nobody when nothing changed.
    pub subject: Option<uuid::Uuid>,
    /// Field, before, after.
    pub changes: Vec<crate::directory::bulk::Change>,
}

impl Did {
    fn of(effect: Effect, told: &[store::journal::Change]) -> Self {
        let subject = told.first().map(|it| it.subject);
        let own = told.iter().filter(|it| Some(it.subject) == subject);
        let changes = own.map(|it| (it.field.clone(), it.old.clone(), it.new.clone())).collect();
        Self { effect, subject, changes }
    }

    fn shown(&self, kind: &ImportKind, row: usize) -> contract::imports::ImportRow {
        // What a rehearsal makes is taken back, with its id.
        let known = self.subject.filter(|_| self.effect == Effect::Updated);
        let change = |(field, old, new): &crate::directory::bulk::Change| contract::imports::ImportChange {
            field: field.clone(),
            old: old.clone(),
            new: new.clone(),
        };
        contract::imports::ImportRow {
            row,
            creates: self.effect == Effect::Created,
            subject_id: known.and_then(|subject| job::printed(kind, subject)),
            changes: self.changes.iter().map(change).collect(),
        }
    }
}

/// How a rehearsal ends: never with a commit.
enum Rehearsal {
    Over,
    Failed(Error),
}

impl From<store::Error> for Rehearsal {
    fn from(error: store::Error) -> Self {
        Self::Failed(Error::Db(error))
    }
}

impl db::UnitError for Rehearsal {
    fn db(&self) -> Option<&store::Error> {
        match self {
            Self::Failed(Error::Db(error)) => Some(error),
            _ => None,
        }
    }
}

/// Whether an error is about a row rather than about the server.
fn is_row_error(error: &Error) -> bool {
    match error {
        Error::Db(error) => error.is_unique_violation().is_some() || matches!(error, store::Error::NulInText { .. }),
        Error::Internal(_) | Error::Unauthorized | Error::TooMany(_) => false,
        _ => true,
    }
}

fn taken() -> Error {
    Error::conflict("already_exists", "Something with this name or number exists already.")
}

/// An error of a use case as an error of a row, at the column that stands for its field.
fn row_error(kind: &ImportKind, row: usize, error: Error) -> Result<RowError> {
    let (field, code, message) = match error {
        Error::Invalid { code, message, errors } => {
            let first = errors.into_iter().next();
            let code = first.as_ref().map_or_else(|| code.to_owned(), |it| it.code.clone());
            (first.map(|it| it.field), code, message)
        }
        Error::NotFound(field) => {
            let message = "There is no such thing, or it is not within your reach.";
            (field, "not_found".to_owned(), message.to_owned())
        }
        Error::Conflict { code, message } | Error::Forbidden { code, message } => (None, code.to_owned(), message),
        Error::Malformed(message) | Error::TooLarge(message) => (None, "invalid_value".to_owned(), message),
        Error::Db(_) => (None, "already_exists".to_owned(), taken().to_string()),
        other => return Err(other),
    };
    let column = field.and_then(|field| column_of(kind, &field)).map(str::to_owned);
    Ok(RowError { row, column, code, message })
}

/// `product_line_ids[0]` stands in the column `product_line`.
fn column_of(kind: &ImportKind, field: &str) -> Option<&'static str> {
    let stem = field.split(['[', '.']).next().unwrap_or(field);
    let exact = kind.columns.iter().find(|column| column.name == field.rsplit('.').next().unwrap_or(field));
    let near =
        || kind.columns.iter().filter(|column| stem.starts_with(column.name)).max_by_key(|column| column.name.len());
    exact.or_else(near).map(|column| column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_their_columns() {
        assert_eq!(column_of(&catalog::CATALOG_ITEMS, "product_line_ids[0]"), Some("product_line"));
        assert_eq!(column_of(&catalog::CATALOG_ITEMS, "udi_di"), Some("udi_di"));
        assert_eq!(column_of(&directory::CUSTOMERS, "default_sales_rep_id"), Some("default_sales_rep"));
        assert_eq!(column_of(&directory::CUSTOMERS, "billing_address.city"), Some("city"));
        assert_eq!(column_of(&directory::CUSTOMERS, "nowhere"), None);
    }

    #[test]
    fn columns_have_one_name_each() {
        for kind in KINDS {
            let mut names: Vec<&str> =
                kind.columns.iter().flat_map(|it| [&[it.name][..], it.aliases].concat()).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", kind.name);
        }
    }
}
