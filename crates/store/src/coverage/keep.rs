//! What was carried out for cover, what was promised, what was offered, what was proposed.

use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// A case that changed hands.
    #[derive(Clone, Debug)]
    pub struct CaseRow {
        pub id: Uuid, pub event_id: Uuid, pub from_user_id: Uuid, pub to_user_id: Uuid, pub actor_id: Uuid,
        pub absence_id: Option<Uuid>, pub state: String, pub record: String, pub applied_at: i64, pub undone_at: Option<i64>,
    }
}

macro_rules! case {
    () => {
        "SELECT id, event_id, from_user_id, to_user_id, actor_id, absence_id, state, record, applied_at, undone_at \
        FROM coverage_case WHERE organization_id = $1 "
    };
}

const CASES: &str = concat!(case!(), "AND event_id = $2 ORDER BY id DESC LIMIT 50");
const CASES_OF_ABSENCE: &str = concat!(case!(), "AND absence_id = $2 AND state = 'applied' ORDER BY id LIMIT 1000");
const INSERT_CASE: &str = "INSERT INTO coverage_case (organization_id, id, event_id, from_user_id, to_user_id, actor_id, absence_id, \
    state, record, applied_at, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";
const UNDO_CASE: &str = "UPDATE coverage_case SET state = 'undone', undone_at = $3 WHERE organization_id = $1 AND id = $2 AND state = 'applied'";

/// How often a case changed hands, the last first.
pub fn cases(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<CaseRow>> {
    tx.all(CASES, args![organization, event])
}

/// Cases that were handed over for an absence and stand.
pub fn cases_of_absence(tx: &mut Tx, organization: Uuid, absence: Uuid) -> Result<Vec<CaseRow>> {
    tx.all(CASES_OF_ABSENCE, args![organization, absence])
}

/// Notes that a case changed hands.
pub fn insert_case(tx: &mut Tx, organization: Uuid, row: &CaseRow) -> Result<()> {
    tx.exec(
        INSERT_CASE,
        args![
            organization,
            row.id,
            row.event_id,
            row.from_user_id,
            row.to_user_id,
            row.actor_id,
            row.absence_id,
            row.state,
            row.record,
            row.applied_at
        ],
    )?;
    Ok(())
}

/// Notes that this was taken back; false when it was already.
pub fn undo_case(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<bool> {
    Ok(tx.exec(UNDO_CASE, args![organization, id, now])? == 1)
}

db::record! {
    /// Something that somebody has to do.
    #[derive(Clone, Debug)]
    pub struct TaskRow {
        pub id: Uuid, pub event_id: Uuid, pub coverage_id: Option<Uuid>, pub kind: String, pub assignee_id: Option<Uuid>,
        pub for_user_id: Uuid, pub transfer_id: Option<Uuid>, pub manufacturer_id: Option<Uuid>, pub goods: String,
        pub due_at: i64, pub state: String, pub sentence: String, pub note: String, pub created_by: Uuid, pub created_at: i64,
    }
}

macro_rules! task {
    () => {
        "SELECT task.id, task.event_id, task.coverage_id, task.kind, task.assignee_id, task.for_user_id, task.transfer_id, \
        task.manufacturer_id, task.goods, task.due_at, task.state, task.sentence, task.note, task.created_by, task.created_at \
        FROM coverage_task task WHERE task.organization_id = $1 "
    };
}

const TASK: &str = concat!(task!(), "AND task.id = $2");
const LOCK_TASK: db::Sql = db::Sql { lite: TASK, pg: concat!(task!(), "AND task.id = $2 FOR UPDATE") };
const TASKS_OF_EVENT: &str = concat!(task!(), "AND task.event_id = $2 ORDER BY task.id LIMIT 500");
const TASKS_OF_CASE: &str =
    concat!(task!(), "AND task.event_id = $2 AND task.coverage_id = $3 ORDER BY task.id LIMIT 500");
const TASKS_OF_TRANSFER: &str = concat!(task!(), "AND task.transfer_id = $2 ORDER BY task.id LIMIT 50");
/// The columns of [`TaskRow`] for lists that are composed.
pub const TASK_COLUMNS: &str = "task.id, task.event_id, task.coverage_id, task.kind, task.assignee_id, task.for_user_id, \
    task.transfer_id, task.manufacturer_id, task.goods, task.due_at, task.state, task.sentence, task.note, task.created_by, \
    task.created_at";
const INSERT_TASK: &str = "INSERT INTO coverage_task (organization_id, id, event_id, coverage_id, kind, assignee_id, for_user_id, \
    transfer_id, manufacturer_id, goods, due_at, state, sentence, note, created_by, created_at, decided_by, decided_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, NULL, NULL)";
const DECIDE_TASK: &str = "UPDATE coverage_task SET state = $3, note = $4, decided_by = $5, decided_at = $6 \
    WHERE organization_id = $1 AND id = $2 AND state = 'open'";

/// One task.
pub fn task(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TaskRow>> {
    tx.one(TASK, args![organization, id])
}

/// The same, locked.
pub fn lock_task(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TaskRow>> {
    tx.one(LOCK_TASK, args![organization, id])
}

/// Tasks of an event, the first made first.
pub fn tasks_of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<TaskRow>> {
    tx.all(TASKS_OF_EVENT, args![organization, event])
}

/// Tasks that one change of hands made.
pub fn tasks_of_case(tx: &mut Tx, organization: Uuid, event: Uuid, coverage: Uuid) -> Result<Vec<TaskRow>> {
    tx.all(TASKS_OF_CASE, args![organization, event, coverage])
}

/// Tasks that wait for a transfer.
pub fn tasks_of_transfer(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Vec<TaskRow>> {
    tx.all(TASKS_OF_TRANSFER, args![organization, transfer])
}

/// Makes a task.
pub fn insert_task(tx: &mut Tx, organization: Uuid, row: &TaskRow) -> Result<()> {
    tx.exec(
        INSERT_TASK,
        args![
            organization,
            row.id,
            row.event_id,
            row.coverage_id,
            row.kind,
            row.assignee_id,
            row.for_user_id,
            row.transfer_id,
            row.manufacturer_id,
            row.goods,
            row.due_at,
            row.state,
            row.sentence,
            row.note,
            row.created_by,
            row.created_at
        ],
    )?;
    Ok(())
}

/// Says what became of an open task; false when it is not open any more.
pub fn decide_task(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    state: &str,
    note: &str,
    by: Uuid,
    now: i64,
) -> Result<bool> {
    Ok(tx.exec(DECIDE_TASK, args![organization, id, state, note, by, now])? == 1)
}

db::record! {
    /// A case offered to somebody.
    #[derive(Clone, Debug)]
    pub struct OfferRow {
        pub id: Uuid, pub event_id: Uuid, pub round_id: Uuid, pub user_id: Uuid, pub state: String, pub note: String,
        pub reason: String, pub created_by: Uuid, pub created_at: i64, pub decided_at: Option<i64>,
    }
}

macro_rules! offer {
    () => {
        "SELECT id, event_id, round_id, user_id, state, note, reason, created_by, created_at, decided_at FROM coverage_offer \
        WHERE organization_id = $1 "
    };
}

const OFFER: &str = concat!(offer!(), "AND id = $2");
const OFFERS_OF_EVENT: &str = concat!(offer!(), "AND event_id = $2 ORDER BY id DESC LIMIT 500");
const OFFERS_TO: &str = concat!(offer!(), "AND user_id = $2 AND state = 'open' ORDER BY id DESC LIMIT 200");
const INSERT_OFFER: &str = "INSERT INTO coverage_offer (organization_id, id, event_id, round_id, user_id, state, note, reason, \
    created_by, created_at, decided_at) VALUES ($1, $2, $3, $4, $5, 'open', $6, '', $7, $8, NULL)";
const DECIDE_OFFER: &str = "UPDATE coverage_offer SET state = $3, reason = $4, decided_at = $5 \
    WHERE organization_id = $1 AND id = $2 AND state = 'open'";
const CLOSE_OFFERS: &str = "UPDATE coverage_offer SET state = 'closed', decided_at = $3 \
    WHERE organization_id = $1 AND event_id = $2 AND state = 'open'";

/// One offer.
pub fn offer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<OfferRow>> {
    tx.one(OFFER, args![organization, id])
}

/// Offers of an event, the last first.
pub fn offers_of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<OfferRow>> {
    tx.all(OFFERS_OF_EVENT, args![organization, event])
}

/// Open offers to somebody.
pub fn offers_to(tx: &mut Tx, organization: Uuid, user: Uuid) -> Result<Vec<OfferRow>> {
    tx.all(OFFERS_TO, args![organization, user])
}

/// Makes an offer.
pub fn insert_offer(tx: &mut Tx, organization: Uuid, row: &OfferRow) -> Result<()> {
    let args =
        args![organization, row.id, row.event_id, row.round_id, row.user_id, row.note, row.created_by, row.created_at];
    tx.exec(INSERT_OFFER, args)?;
    Ok(())
}

/// Says what became of an open offer; false when it is not open any more.
pub fn decide_offer(tx: &mut Tx, organization: Uuid, id: Uuid, state: &str, reason: &str, now: i64) -> Result<bool> {
    Ok(tx.exec(DECIDE_OFFER, args![organization, id, state, reason, now])? == 1)
}

/// Closes what is still open of an event's offers.
pub fn close_offers(tx: &mut Tx, organization: Uuid, event: Uuid, now: i64) -> Result<()> {
    tx.exec(CLOSE_OFFERS, args![organization, event, now])?;
    Ok(())
}

const ACCEPTED: &str = "SELECT transfer.id, transfer.from_id, transfer.to_id, transfer.created_at, transfer.units_count \
    FROM stock_transfer transfer WHERE transfer.organization_id = $1 AND transfer.status = 'accepted' AND transfer.id >= $2 \
    AND transfer.from_type = 'user' AND transfer.to_type = 'user' ORDER BY transfer.id DESC LIMIT 5000";

/// Accepted transfers between people since a moment, as (from, to, when, how many units): the last few thousand. `since` is the
/// least id of that moment.
pub fn hand_overs(tx: &mut Tx, organization: Uuid, since: Uuid) -> Result<Vec<(Uuid, Uuid, i64, i64)>> {
    let rows = tx.all::<(Uuid, Uuid, Uuid, i64, i64)>(ACCEPTED, args![organization, since])?;
    Ok(rows.into_iter().map(|(_, from, to, at, units)| (from, to, at, units)).collect())
}

const DECIDED: &str = "SELECT people_key FROM coverage_proposal WHERE organization_id = $1 LIMIT 5000";
const DECIDE_PROPOSAL: &str = "INSERT INTO coverage_proposal (organization_id, id, people_key, state, decided_by, decided_at, pool_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, people_key) DO NOTHING";

/// For which people a pool was decided about already.
pub fn decided_proposals(tx: &mut Tx, organization: Uuid) -> Result<Vec<String>> {
    Ok(tx.all::<(String,)>(DECIDED, args![organization])?.into_iter().map(|(key,)| key).collect())
}

/// Remembers what was decided about a proposal; false when it was decided already.
#[allow(clippy::too_many_arguments)]
pub fn decide_proposal(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    people_key: &str,
    state: &str,
    by: Uuid,
    now: i64,
    pool: Option<Uuid>,
) -> Result<bool> {
    Ok(tx.exec(DECIDE_PROPOSAL, args![organization, id, people_key, state, by, now, pool])? == 1)
}
