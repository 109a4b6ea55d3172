//! Imports under way: how far each is, and whether somebody asked to stop it.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// An import under way, or one that ended lately.
    #[derive(Clone, Debug)]
    pub struct RunRow {
        pub id: Uuid, pub kind: String, pub dry_run: bool, pub state: String, pub rows_total: i64, pub rows_done: i64,
        pub stop_asked: bool, pub begun_at: i64, pub updated_at: i64,
    }
}

const BEGIN: &str = "INSERT INTO engine_import (organization_id, id, actor_id, kind, dry_run, state, rows_total, rows_done, \
    stop_asked, begun_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'checking', $6, 0, 0, $7, $7) \
    ON CONFLICT (organization_id, id) DO UPDATE SET kind = excluded.kind, dry_run = excluded.dry_run, state = excluded.state, \
    rows_total = excluded.rows_total, rows_done = 0, stop_asked = 0, begun_at = excluded.begun_at, \
    updated_at = excluded.updated_at WHERE engine_import.actor_id = excluded.actor_id";
const STEP: &str = "UPDATE engine_import SET state = $4, rows_total = $5, rows_done = $6, updated_at = $7 \
    WHERE organization_id = $1 AND id = $2 AND actor_id = $3 RETURNING stop_asked";
const STOP: &str = "UPDATE engine_import SET stop_asked = 1 \
    WHERE organization_id = $1 AND id = $2 AND actor_id = $3 AND state IN ('checking', 'writing')";
const RUN: &str = "SELECT id, kind, dry_run, state, rows_total, rows_done, stop_asked, begun_at, updated_at FROM engine_import \
    WHERE organization_id = $1 AND id = $2 AND actor_id = $3";
const RUNS: &str = "SELECT id, kind, dry_run, state, rows_total, rows_done, stop_asked, begun_at, updated_at FROM engine_import \
    WHERE organization_id = $1 AND actor_id = $2 ORDER BY begun_at DESC, id DESC LIMIT $3";

/// Begins a run, or begins one anew under its id; gives whether the id was free or the actor's own.
pub fn begin(tx: &mut Tx, organization: Uuid, actor: Uuid, row: &RunRow) -> Result<bool> {
    let args = args![organization, row.id, actor, row.kind, row.dry_run, row.rows_total, row.begun_at];
    Ok(tx.exec(BEGIN, args)? > 0)
}

/// Writes down how far a run is; gives whether somebody asked to stop it.
pub fn step(tx: &mut Tx, organization: Uuid, actor: Uuid, row: &RunRow) -> Result<bool> {
    let args = args![organization, row.id, actor, row.state, row.rows_total, row.rows_done, row.updated_at];
    Ok(tx.one::<(bool,)>(STEP, args)?.is_some_and(|(asked,)| asked))
}

/// Asks a run to stop; gives whether it is under way.
pub fn stop(tx: &mut Tx, organization: Uuid, actor: Uuid, id: Uuid) -> Result<bool> {
    Ok(tx.exec(STOP, args![organization, id, actor])? > 0)
}

/// One's own run.
pub fn run(tx: &mut Tx, organization: Uuid, actor: Uuid, id: Uuid) -> Result<Option<RunRow>> {
    tx.one(RUN, args![organization, id, actor])
}

/// One's own latest runs.
pub fn runs(tx: &mut Tx, organization: Uuid, actor: Uuid, most: i64) -> Result<Vec<RunRow>> {
    tx.all(RUNS, args![organization, actor, most])
}
