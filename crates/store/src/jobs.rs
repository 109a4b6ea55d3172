//! Long work that goes on by itself, chunk by chunk, and what became of each of its rows.

use crate::bulk;
use crate::page::{Keyset, Query, Sort};
use db::{Result, Sql, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A job as stored, without its selection.
    #[derive(Clone, Debug)]
    pub struct JobRow {
        pub id: Uuid, pub actor_id: Uuid, pub kind: String, pub entity: String, pub status: String, pub waits_for: String,
        pub run_at: i64, pub lease_until: i64, pub rows_total: i64, pub rows_done: i64, pub counts: String,
        pub payload: String, pub undo_of: Option<Uuid>, pub undone_by: Option<Uuid>, pub approved_by: Option<Uuid>,
        pub created_at: i64, pub finished_at: Option<i64>, pub version: i64,
    }
}

macro_rules! job {
    ($rest:literal) => {
        concat!(
            "SELECT id, actor_id, kind, entity, status, waits_for, run_at, lease_until, rows_total, rows_done, counts, payload, \
            undo_of, undone_by, approved_by, created_at, finished_at, version FROM engine_job WHERE organization_id = $1 AND ",
            $rest
        )
    };
}

const JOB: &str = job!("id = $2");
const LOCK: Sql = Sql { lite: job!("id = $2"), pg: job!("id = $2 FOR UPDATE") };
const FROZEN: &str = "SELECT frozen FROM engine_job WHERE organization_id = $1 AND id = $2";
const INSERT: &str = "INSERT INTO engine_job (organization_id, id, actor_id, kind, entity, status, waits_for, run_at, \
    lease_until, rows_total, rows_done, counts, payload, undo_of, undone_by, approved_by, created_at, finished_at, version, frozen) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
const SAVE: &str = "UPDATE engine_job SET status = $3, waits_for = $4, run_at = $5, lease_until = $6, rows_done = $7, \
    counts = $8, payload = $9, undone_by = $10, approved_by = $11, finished_at = $12, version = $13 + 1 \
    WHERE organization_id = $1 AND id = $2";

/// One job, whoever asks.
pub fn job(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<JobRow>> {
    tx.one(JOB, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<JobRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Makes a job. `frozen` is its selection.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &JobRow, frozen: &str) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.actor_id,
            row.kind,
            row.entity,
            row.status,
            row.waits_for,
            row.run_at,
            row.lease_until,
            row.rows_total,
            row.rows_done,
            row.counts,
            row.payload,
            row.undo_of,
            row.undone_by,
            row.approved_by,
            row.created_at,
            row.finished_at,
            row.version,
            frozen
        ],
    )?;
    Ok(())
}

/// Saves a locked job, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &mut JobRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.status,
            row.waits_for,
            row.run_at,
            row.lease_until,
            row.rows_done,
            row.counts,
            row.payload,
            row.undone_by,
            row.approved_by,
            row.finished_at,
            row.version
        ],
    )?;
    row.version += 1;
    Ok(())
}

/// A selected row: its id, and the version that it had; 0 for any.
pub type Selected = (Uuid, i64);

/// A selection as a text.
pub fn freeze(rows: &[Selected]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(rows.len() * 48);
    for (id, version) in rows {
        let _ = write!(text, "{}{version:016x}", id.simple());
    }
    text
}

/// Some rows of a frozen selection, from a place on.
pub fn thaw(frozen: &str, from: usize, count: usize) -> Vec<Selected> {
    let bytes = frozen.as_bytes();
    let row = |bytes: &[u8]| {
        let (id, version) = std::str::from_utf8(bytes).ok()?.split_at(32);
        Some((Uuid::try_parse(id).ok()?, i64::from_str_radix(version, 16).ok()?))
    };
    bytes.chunks_exact(48).skip(from).take(count).filter_map(row).collect()
}

/// The selection of a job.
pub fn frozen(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<String> {
    Ok(tx.one::<(String,)>(FROZEN, args![organization, id])?.map(|(text,)| text).unwrap_or_default())
}

const DUE: &str = "SELECT id FROM engine_job WHERE organization_id = $1 AND status IN ('queued', 'running') \
    AND waits_for IN ('', 'date') AND run_at <= $2 AND lease_until <= $2 ORDER BY run_at, id LIMIT 1";
const TAKE: &str = "UPDATE engine_job SET status = 'running', waits_for = '', lease_until = $3 \
    WHERE organization_id = $1 AND id = $2 AND status IN ('queued', 'running') AND lease_until <= $4";

/// The next job that may run and on which nobody works.
pub fn due(tx: &mut Tx, organization: Uuid, now: i64) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(DUE, args![organization, now])?.map(|(id,)| id))
}

/// Takes a job until a moment; false when somebody else was quicker.
pub fn take(tx: &mut Tx, organization: Uuid, id: Uuid, until: i64, now: i64) -> Result<bool> {
    Ok(tx.exec(TAKE, args![organization, id, until, now])? == 1)
}

db::record! {
    /// What became of a row.
    #[derive(Clone, Debug)]
    pub struct OutcomeRow {
        pub n: i64, pub entity: String, pub subject_id: Uuid, pub version: i64, pub outcome: String, pub code: String,
        pub reason: String, pub changes: String,
    }
}

const OUTCOMES: &str = "INSERT INTO engine_job_row (organization_id, job_id, n, entity, subject_id, version, outcome, code, \
    reason, changes) VALUES";
const OUTCOME_COLUMNS: &str = "SELECT row.n, row.entity, row.subject_id, row.version, row.outcome, row.code, row.reason, \
    row.changes FROM engine_job_row row";

/// Writes what became of rows.
pub fn insert_outcomes(tx: &mut Tx, organization: Uuid, job: Uuid, rows: &[OutcomeRow]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 10);
    for row in rows {
        values.extend_from_slice(args![
            organization,
            job,
            row.n,
            row.entity,
            row.subject_id,
            row.version,
            row.outcome,
            row.code,
            row.reason,
            row.changes
        ]);
    }
    bulk::insert(tx, OUTCOMES, "", 10, &values)?;
    Ok(())
}

fn outcomes_of(organization: Uuid, job: Uuid, outcomes: Option<&[String]>) -> Query {
    let mut query = Query::new(OUTCOME_COLUMNS);
    query.and("row.organization_id = ? AND row.job_id = ?", [Value::Uuid(organization), Value::Uuid(job)]);
    if let Some(outcomes) = outcomes {
        query.any_of("row.outcome", outcomes.iter().cloned().map(Value::Text).collect());
    }
    query
}

/// A page of what became of rows, in their order; `outcomes` narrows them.
pub fn outcomes(
    tx: &mut Tx,
    organization: Uuid,
    job: Uuid,
    outcomes: Option<&[String]>,
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<OutcomeRow>, bool)> {
    let sorts = [Sort { column: "row.n", descending: false }];
    outcomes_of(organization, job, outcomes).page(tx, &sorts, "row.subject_id", after, limit)
}

/// How many such rows there are.
pub fn count_outcomes(tx: &mut Tx, organization: Uuid, job: Uuid, outcomes: Option<&[String]>) -> Result<i64> {
    outcomes_of(organization, job, outcomes).count(tx)
}

const DONE_FROM: &str = "SELECT n, entity, subject_id, version, outcome, code, reason, changes FROM engine_job_row \
    WHERE organization_id = $1 AND job_id = $2 AND outcome = 'done' AND n > $3 ORDER BY n LIMIT $4";

/// Rows that a job changed, after a place.
pub fn done_after(tx: &mut Tx, organization: Uuid, job: Uuid, after: i64, limit: i64) -> Result<Vec<OutcomeRow>> {
    tx.all(DONE_FROM, args![organization, job, after, limit])
}

const CHANGES_OF: &str = "SELECT changes FROM engine_job_row WHERE organization_id = $1 AND job_id = $2 AND subject_id = $3 ORDER BY n LIMIT 1";

/// What a job of few rows wrote of one of them; an empty list when it is none of its rows.
pub fn changes_of(tx: &mut Tx, organization: Uuid, job: Uuid, subject: Uuid) -> Result<String> {
    Ok(tx
        .one::<(String,)>(CHANGES_OF, args![organization, job, subject])?
        .map_or_else(|| "[]".to_owned(), |(text,)| text))
}

/// What a list of jobs is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: Option<Uuid>,
    pub statuses: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub entities: Option<Vec<String>>,
    pub waits: Option<Vec<String>>,
}

const JOBS: &str = "SELECT job.id, job.actor_id, job.kind, job.entity, job.status, job.waits_for, job.run_at, job.lease_until, \
    job.rows_total, job.rows_done, job.counts, job.payload, job.undo_of, job.undone_by, job.approved_by, job.created_at, \
    job.finished_at, job.version FROM engine_job job";

fn jobs(organization: Uuid, filter: &Filter) -> Query {
    let mut query = Query::new(JOBS);
    query.and("job.organization_id = ?", [Value::Uuid(organization)]);
    if let Some(actor) = filter.actor {
        query.and("job.actor_id = ?", [Value::Uuid(actor)]);
    }
    for (column, wanted) in [
        ("job.status", &filter.statuses),
        ("job.kind", &filter.kinds),
        ("job.entity", &filter.entities),
        ("job.waits_for", &filter.waits),
    ] {
        if let Some(words) = wanted {
            query.any_of(column, words.iter().cloned().map(Value::Text).collect());
        }
    }
    query
}

/// A page of jobs.
pub fn page(
    tx: &mut Tx,
    organization: Uuid,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<JobRow>, bool)> {
    jobs(organization, filter).page(tx, sorts, "job.id", after, limit)
}

/// How many jobs match.
pub fn count(tx: &mut Tx, organization: Uuid, filter: &Filter) -> Result<i64> {
    jobs(organization, filter).count(tx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_selection_comes_back_in_pieces() {
        let rows: Vec<Selected> = (0..5).map(|n| (Uuid::from_u128(n * 7 + 1), n as i64 + 3)).collect();
        let text = freeze(&rows);
        assert_eq!(text.len(), 240);
        assert_eq!(thaw(&text, 0, 10), rows);
        assert_eq!(thaw(&text, 3, 1), rows[3..4]);
        assert_eq!(thaw(&text, 5, 1), []);
        assert_eq!(thaw("zz", 0, 1), []);
    }
}
