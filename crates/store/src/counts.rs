//! Counts: what the books said when somebody began, what was counted, what was done about the difference; plans.

use crate::bulk;
use crate::page::{Query, Sort};
use crate::reach::{Side, Viewer, condition};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

db::record! {
    /// A count.
    #[derive(Clone, Debug)]
    pub struct CountRow {
        pub id: Uuid, pub custodian_type: String, pub custodian_id: Uuid, pub place_id: Option<Uuid>,
        pub container_id: Option<Uuid>, pub counter_id: Option<Uuid>, pub blind: bool, pub status: String, pub note: String,
        pub due_on: Option<i64>, pub plan_id: Option<Uuid>, pub created_by: Uuid, pub created_at: i64,
        pub started_at: Option<i64>, pub completed_by: Option<Uuid>, pub completed_at: Option<i64>,
        pub reconciled_by: Option<Uuid>, pub reconciled_at: Option<i64>, pub undone: bool, pub expected: i64, pub found: i64,
        pub missing: i64, pub moved: i64, pub unexpected: i64, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "id, custodian_type, custodian_id, place_id, container_id, counter_id, blind, status, note, due_on, plan_id, created_by, \
        created_at, started_at, completed_by, completed_at, reconciled_by, reconciled_at, undone, expected, found, missing, moved, \
        unexpected, version"
    };
}

const COUNT: &str = concat!("SELECT ", columns!(), " FROM stock_count WHERE organization_id = $1 AND id = $2");
const LOCK_COUNT: db::Sql = crate::locking!(
    "SELECT id, custodian_type, custodian_id, place_id, container_id, counter_id, blind, status, note, due_on, plan_id, created_by, \
    created_at, started_at, completed_by, completed_at, reconciled_by, reconciled_at, undone, expected, found, missing, moved, \
    unexpected, version FROM stock_count WHERE organization_id = $1 AND id = $2"
);
const INSERT: &str = concat!(
    "INSERT INTO stock_count (organization_id, ",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
    $25, $26)"
);
const SAVE: &str = "UPDATE stock_count SET status = $3, started_at = $4, completed_by = $5, completed_at = $6, reconciled_by = $7, \
    reconciled_at = $8, undone = $9, expected = $10, found = $11, missing = $12, moved = $13, unexpected = $14, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";
const TOUCH: &str = "UPDATE stock_count SET version = version + 1 WHERE organization_id = $1 AND id = $2";

/// One count, whoever asks: callers apply reach through its custodian and its counter.
pub fn count(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CountRow>> {
    tx.one(COUNT, args![organization, id])
}

/// The same, locked. A count is locked before its units.
pub fn lock_count(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CountRow>> {
    tx.one(LOCK_COUNT, args![organization, id])
}

/// Makes a count.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &CountRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.custodian_type,
            row.custodian_id,
            row.place_id,
            row.container_id,
            row.counter_id,
            row.blind,
            row.status,
            row.note,
            row.due_on,
            row.plan_id,
            row.created_by,
            row.created_at,
            row.started_at,
            row.completed_by,
            row.completed_at,
            row.reconciled_by,
            row.reconciled_at,
            row.undone,
            row.expected,
            row.found,
            row.missing,
            row.moved,
            row.unexpected,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves where a count stands, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &CountRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.status,
            row.started_at,
            row.completed_by,
            row.completed_at,
            row.reconciled_by,
            row.reconciled_at,
            row.undone,
            row.expected,
            row.found,
            row.missing,
            row.moved,
            row.unexpected
        ],
    )?;
    Ok(())
}

/// Counts the version up after lines were sent.
pub fn touch(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<()> {
    tx.exec(TOUCH, args![organization, id])?;
    Ok(())
}

/// What is asked of the list of counts.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Where they stand.
    pub statuses: Vec<&'static str>,
    /// Of whom.
    pub custodians: Vec<Uuid>,
    /// Counted by.
    pub counters: Vec<Uuid>,
    /// For the viewer to count: theirs, or of their own stock.
    pub mine: bool,
}

fn query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = Query::new(concat!("SELECT ", columns!(), " FROM stock_count"));
    query.and("stock_count.organization_id = ?", [Value::Uuid(viewer.organization)]);
    if let Some((sql, args)) = condition(viewer, Side::Custody, Level::See, "stock_count.custodian_id") {
        let args = args.into_iter().chain([Value::Uuid(viewer.principal)]);
        query.and(&format!("({sql} OR stock_count.counter_id = ?)"), args);
    }
    if !filter.statuses.is_empty() {
        query.any_of("status", filter.statuses.iter().map(|word| Value::Text((*word).to_owned())).collect());
    }
    if !filter.custodians.is_empty() {
        query.any_of("custodian_id", filter.custodians.iter().copied().map(Value::Uuid).collect());
    }
    if !filter.counters.is_empty() {
        query.any_of("counter_id", filter.counters.iter().copied().map(Value::Uuid).collect());
    }
    if filter.mine {
        let me = if viewer.office { viewer.organization } else { viewer.principal };
        query.and(
            "(counter_id = ? OR (counter_id IS NULL AND custodian_id = ?))",
            [Value::Uuid(viewer.principal), Value::Uuid(me)],
        );
    }
    query
}

/// A page of counts in the viewer's reach, or given to the viewer, and whether there are more.
pub fn page(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&crate::page::Keyset>,
    limit: u32,
) -> Result<(Vec<CountRow>, bool)> {
    query(viewer, filter).page(tx, sorts, "id", after, limit)
}

/// How many counts match.
pub fn total(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    query(viewer, filter).count(tx)
}

/// (unit, steps, state) of what the books have with a custodian, at a place, in a container; shelves of facilities apart.
pub fn scope(tx: &mut Tx, organization: Uuid, row: &CountRow, limit: i64) -> Result<Vec<(Uuid, i64, i64)>> {
    let mut query = Query::new("SELECT id, moves, state FROM stock_unit");
    query.and("organization_id = ?", [Value::Uuid(organization)]);
    query.and("custodian_id = ? AND active = 1", [Value::Uuid(row.custodian_id)]);
    query.and("facility_stock_location_id IS NULL", []);
    if let Some(place) = row.place_id {
        query.and("place_id = ?", [Value::Uuid(place)]);
    }
    if let Some(container) = row.container_id {
        query.and("container_id = ?", [Value::Uuid(container)]);
    }
    let sql = format!("{} ORDER BY id LIMIT {limit}", query.text());
    tx.all(sql.as_str(), query.args())
}

const UNITS_HEAD: &str =
    "INSERT INTO stock_count_unit (organization_id, count_id, unit_id, moves, due, outcome, action, reason) VALUES";

/// Writes down what the books say: (unit, steps, whether it must be there).
pub fn insert_units(tx: &mut Tx, organization: Uuid, count: Uuid, units: &[(Uuid, i64, bool)]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(units.len() * 8);
    for (unit, moves, due) in units {
        values.extend_from_slice(args![organization, count, *unit, *moves, *due, "expected", "", ""]);
    }
    bulk::insert(tx, UNITS_HEAD, "", 8, &values)?;
    Ok(())
}

db::record! {
    /// A unit of a count, with what it is now.
    #[derive(Clone, Debug)]
    pub struct UnitRow {
        pub unit_id: Uuid, pub moves: i64, pub due: bool, pub outcome: String, pub action: String, pub reason: String,
        pub catalog_item_id: Uuid, pub lot: String, pub lot_key: String, pub serial: String, pub serial_key: String,
        pub expires_on: Option<i64>, pub moves_now: i64,
    }
}

const UNITS: &str = "SELECT counted.unit_id, counted.moves, counted.due, counted.outcome, counted.action, counted.reason, \
    unit.catalog_item_id, unit.lot, unit.lot_key, unit.serial, unit.serial_key, unit.expires_on, unit.moves \
    FROM stock_count_unit counted JOIN stock_unit unit ON unit.organization_id = counted.organization_id \
    AND unit.id = counted.unit_id WHERE counted.organization_id = $1 AND counted.count_id = $2 ORDER BY counted.unit_id";
const SET_OUTCOME: &str =
    "UPDATE stock_count_unit SET outcome = $3 WHERE organization_id = $1 AND count_id = $2 AND unit_id IN ({ids})";
const SET_ACTION: &str = "UPDATE stock_count_unit SET action = $4, reason = $5 \
    WHERE organization_id = $1 AND count_id = $2 AND unit_id = $3";
const CLEAR_ACTIONS: &str = "UPDATE stock_count_unit SET action = '', reason = '' WHERE organization_id = $1 AND count_id = $2 AND action <> ''";
const CLEAR_LINE_ACTIONS: &str = "UPDATE stock_count_line SET action = '', reason = '', settled = 0 WHERE organization_id = $1 AND count_id = $2 AND action <> ''";

/// Every unit of a count, in the order of their ids.
pub fn units(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<Vec<UnitRow>> {
    tx.all(UNITS, args![organization, count])
}

/// Says what became of units.
pub fn set_outcome(tx: &mut Tx, organization: Uuid, count: Uuid, outcome: &str, units: &[Uuid]) -> Result<()> {
    bulk::exec(tx, SET_OUTCOME, args![organization, count, outcome], units)?;
    Ok(())
}

/// Says what was done about a missing unit.
pub fn set_action(tx: &mut Tx, organization: Uuid, count: Uuid, unit: Uuid, action: &str, reason: &str) -> Result<()> {
    tx.exec(SET_ACTION, args![organization, count, unit, action, reason])?;
    Ok(())
}

/// Forgets what was done about every difference: it was taken back.
pub fn clear_actions(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<()> {
    tx.exec(CLEAR_ACTIONS, args![organization, count])?;
    tx.exec(CLEAR_LINE_ACTIONS, args![organization, count])?;
    Ok(())
}

const FOLLOW: &str =
    "UPDATE stock_count_unit SET moves = $4 WHERE organization_id = $1 AND count_id = $2 AND unit_id = $3";

/// Compares units with these steps from now on: they were moved and moved back by the count itself.
pub fn follow(tx: &mut Tx, organization: Uuid, count: Uuid, units: &[(Uuid, i64)]) -> Result<()> {
    for (unit, moves) in units {
        tx.exec(FOLLOW, args![organization, count, *unit, *moves])?;
    }
    Ok(())
}

db::record! {
    /// A line of a count.
    #[derive(Clone, Debug)]
    pub struct LineRow {
        pub id: String, pub unit_id: Option<Uuid>, pub catalog_item_id: Option<Uuid>, pub lot: String, pub lot_key: String,
        pub serial: String, pub serial_key: String, pub expires_on: Option<i64>, pub quantity: i64, pub counted_by: Uuid,
        pub counted_at: i64, pub removed: bool, pub surplus: i64, pub settled: i64, pub action: String,
        pub reason: String,
    }
}

const LINES: &str = "SELECT id, unit_id, catalog_item_id, lot, lot_key, serial, serial_key, expires_on, quantity, counted_by, \
    counted_at, removed, surplus, settled, action, reason FROM stock_count_line WHERE organization_id = $1 AND count_id = $2 \
    ORDER BY counted_at, id";
const INSERT_LINE: &str = "INSERT INTO stock_count_line (organization_id, count_id, id, unit_id, catalog_item_id, lot, lot_key, \
    serial, serial_key, expires_on, quantity, counted_by, counted_at, removed, surplus, settled, action, reason) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, '', '') ON CONFLICT DO NOTHING";
const REMOVE_LINE: &str =
    "UPDATE stock_count_line SET removed = 1 WHERE organization_id = $1 AND count_id = $2 AND id = $3 AND removed = 0";
const SET_SURPLUS: &str =
    "UPDATE stock_count_line SET surplus = $4 WHERE organization_id = $1 AND count_id = $2 AND id = $3";
const SET_LINE_ACTION: &str = "UPDATE stock_count_line SET action = $4, reason = $5, settled = $6 WHERE organization_id = $1 AND count_id = $2 AND id = $3";
const HAS_LINE: &str = "SELECT 1 FROM stock_count_line WHERE organization_id = $1 AND count_id = $2 AND id = $3";
const SUM: &str = "SELECT COUNT(*), COALESCE(SUM(quantity), 0) FROM stock_count_line WHERE organization_id = $1 AND count_id = $2 AND removed = 0";

/// The lines of a count as they came, removed ones among them.
pub fn lines(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<Vec<LineRow>> {
    tx.all(LINES, args![organization, count])
}

/// Adds a line; false when one of this name is there already.
pub fn insert_line(tx: &mut Tx, organization: Uuid, count: Uuid, row: &LineRow) -> Result<bool> {
    let added = tx.exec(
        INSERT_LINE,
        args![
            organization,
            count,
            row.id,
            row.unit_id,
            row.catalog_item_id,
            row.lot,
            row.lot_key,
            row.serial,
            row.serial_key,
            row.expires_on,
            row.quantity,
            row.counted_by,
            row.counted_at
        ],
    )?;
    Ok(added == 1)
}

/// Whether a line of this name is there.
pub fn has_line(tx: &mut Tx, organization: Uuid, count: Uuid, id: &str) -> Result<bool> {
    Ok(tx.one::<(i64,)>(HAS_LINE, args![organization, count, id])?.is_some())
}

/// Takes a line back; false when there is none to take back.
pub fn remove_line(tx: &mut Tx, organization: Uuid, count: Uuid, id: &str) -> Result<bool> {
    Ok(tx.exec(REMOVE_LINE, args![organization, count, id])? == 1)
}

/// How many lines a count has, and how many pieces they name.
pub fn counted(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<(i64, i64)> {
    Ok(tx.one(SUM, args![organization, count])?.unwrap_or_default())
}

/// Says how many of a line are in no book here.
pub fn set_surplus(tx: &mut Tx, organization: Uuid, count: Uuid, id: &str, surplus: i64) -> Result<()> {
    tx.exec(SET_SURPLUS, args![organization, count, id, surplus])?;
    Ok(())
}

/// Says what was done about something unexpected, and how many of it that settled.
pub fn set_line_action(
    tx: &mut Tx,
    organization: Uuid,
    count: Uuid,
    id: &str,
    action: &str,
    reason: &str,
    settled: i64,
) -> Result<()> {
    tx.exec(SET_LINE_ACTION, args![organization, count, id, action, reason, settled])?;
    Ok(())
}

db::record! {
    /// What a reconciliation did to one unit, with what was before.
    #[derive(Clone, Debug)]
    pub struct StepRow {
        pub unit_id: Uuid, pub kind: String, pub moves: i64, pub custodian_type: String, pub custodian_id: Uuid,
        pub on_hold: bool, pub hold_reason: String, pub place_id: Option<Uuid>, pub container_id: Option<Uuid>,
    }
}

const STEPS: &str = "SELECT unit_id, kind, moves, custodian_type, custodian_id, on_hold, hold_reason, place_id, container_id \
    FROM stock_count_step WHERE organization_id = $1 AND count_id = $2 ORDER BY unit_id";
const INSERT_STEP: &str = "INSERT INTO stock_count_step (organization_id, count_id, unit_id, kind, moves, custodian_type, \
    custodian_id, on_hold, hold_reason, place_id, container_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const DROP_STEPS: &str = "DELETE FROM stock_count_step WHERE organization_id = $1 AND count_id = $2";

/// What the last reconciliation did, in the order of units.
pub fn steps(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<Vec<StepRow>> {
    tx.all(STEPS, args![organization, count])
}

/// Keeps what is needed to take one step back.
pub fn insert_step(tx: &mut Tx, organization: Uuid, count: Uuid, row: &StepRow) -> Result<()> {
    tx.exec(
        INSERT_STEP,
        args![
            organization,
            count,
            row.unit_id,
            row.kind,
            row.moves,
            row.custodian_type,
            row.custodian_id,
            row.on_hold,
            row.hold_reason,
            row.place_id,
            row.container_id
        ],
    )?;
    Ok(())
}

/// Forgets the steps: they were taken back. The journal keeps both.
pub fn drop_steps(tx: &mut Tx, organization: Uuid, count: Uuid) -> Result<()> {
    tx.exec(DROP_STEPS, args![organization, count])?;
    Ok(())
}

const ELSEWHERE: &str = "SELECT id FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2 AND active = 1 \
    AND facility_stock_location_id IS NULL AND state IN (0, 2) AND lot_key = $3 AND ($4 = '' OR serial_key = $4) \
    ORDER BY CASE WHEN custodian_id = $5 THEN 0 WHEN custodian_id = $6 THEN 1 ELSE 2 END, id LIMIT $7";

/// Units of an item, lot and serial that could be brought to a count: with the custodian but elsewhere first, then with whoever
/// answers for discrepancies, then with anybody.
#[allow(clippy::too_many_arguments)]
pub fn elsewhere(
    tx: &mut Tx,
    organization: Uuid,
    item: Uuid,
    lot_key: &str,
    serial_key: &str,
    custodian: Uuid,
    discrepancies: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let rows =
        tx.all::<(Uuid,)>(ELSEWHERE, args![organization, item, lot_key, serial_key, custodian, discrepancies, limit])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// How exact somebody's books were found.
    #[derive(Clone, Debug)]
    pub struct AccuracyRow {
        pub custodian_type: String, pub custodian_id: Uuid, pub counts: i64, pub found: i64, pub missing: i64,
        pub unexpected: i64, pub last_at: i64,
    }
}

/// What counts that were completed since a moment found, by custodian, in the viewer's reach; at most `limit`.
pub fn accuracy(tx: &mut Tx, viewer: Viewer, since: i64, limit: u32) -> Result<Vec<AccuracyRow>> {
    let mut query = Query::new(
        "SELECT custodian_type, custodian_id, COUNT(*), CAST(SUM(found) AS BIGINT), CAST(SUM(missing) AS BIGINT), \
         CAST(SUM(unexpected) AS BIGINT), MAX(completed_at) FROM stock_count",
    );
    query.and("stock_count.organization_id = ?", [Value::Uuid(viewer.organization)]);
    query.and("completed_at IS NOT NULL AND completed_at >= ?", [Value::Int(since)]);
    query.and("status IN ('counted', 'reconciled')", []);
    query.and_some(condition(viewer, Side::Custody, Level::See, "stock_count.custodian_id"));
    let sql = format!("{} GROUP BY custodian_type, custodian_id ORDER BY custodian_id LIMIT {limit}", query.text());
    tx.all(sql.as_str(), query.args())
}

db::record! {
    /// A plan of counts.
    #[derive(Clone, Debug)]
    pub struct PlanRow {
        pub id: Uuid, pub custodian_type: String, pub custodian_id: Uuid, pub place_id: Option<Uuid>,
        pub counter_id: Option<Uuid>, pub blind: bool, pub every_days: i64, pub next_on: i64, pub created_by: Uuid,
        pub created_at: i64, pub archived_at: Option<i64>, pub version: i64,
    }
}

macro_rules! plan_columns {
    () => {
        "id, custodian_type, custodian_id, place_id, counter_id, blind, every_days, next_on, created_by, created_at, archived_at, \
        version"
    };
}

const PLAN: &str = concat!("SELECT ", plan_columns!(), " FROM stock_count_plan WHERE organization_id = $1 AND id = $2");
const LOCK_PLAN: db::Sql = crate::locking!(
    "SELECT id, custodian_type, custodian_id, place_id, counter_id, blind, every_days, next_on, created_by, created_at, \
    archived_at, version FROM stock_count_plan WHERE organization_id = $1 AND id = $2"
);
const PLANS_DUE: &str = concat!(
    "SELECT ",
    plan_columns!(),
    " FROM stock_count_plan WHERE organization_id = $1 AND archived_at IS NULL AND next_on <= $2 ORDER BY next_on, id LIMIT $3"
);
const INSERT_PLAN: &str = concat!(
    "INSERT INTO stock_count_plan (organization_id, ",
    plan_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);
const SAVE_PLAN: &str = "UPDATE stock_count_plan SET counter_id = $3, blind = $4, every_days = $5, next_on = $6, \
    archived_at = $7, version = version + 1 WHERE organization_id = $1 AND id = $2";
const OPEN_OF_PLAN: &str = "SELECT 1 FROM stock_count WHERE organization_id = $1 AND custodian_id = $2 AND plan_id = $3 \
    AND status IN ('assigned', 'counting') LIMIT 1";

/// A plan.
pub fn plan(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PlanRow>> {
    tx.one(PLAN, args![organization, id])
}

/// The same, locked.
pub fn lock_plan(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PlanRow>> {
    tx.one(LOCK_PLAN, args![organization, id])
}

/// Plans in use whose day has come, at most `limit`.
pub fn plans_due(tx: &mut Tx, organization: Uuid, today: i64, limit: i64) -> Result<Vec<PlanRow>> {
    tx.all(PLANS_DUE, args![organization, today, limit])
}

/// A page of plans in use in the viewer's reach.
pub fn plans(
    tx: &mut Tx,
    viewer: Viewer,
    after: Option<&crate::page::Keyset>,
    limit: u32,
) -> Result<(Vec<PlanRow>, bool)> {
    let mut query = Query::new(concat!("SELECT ", plan_columns!(), " FROM stock_count_plan"));
    query.and("stock_count_plan.organization_id = ?", [Value::Uuid(viewer.organization)]);
    query.and("archived_at IS NULL", []);
    query.and_some(condition(viewer, Side::Custody, Level::See, "stock_count_plan.custodian_id"));
    query.page(tx, &[], "id", after, limit)
}

/// Makes a plan.
pub fn insert_plan(tx: &mut Tx, organization: Uuid, row: &PlanRow) -> Result<()> {
    tx.exec(
        INSERT_PLAN,
        args![
            organization,
            row.id,
            row.custodian_type,
            row.custodian_id,
            row.place_id,
            row.counter_id,
            row.blind,
            row.every_days,
            row.next_on,
            row.created_by,
            row.created_at,
            row.archived_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Saves a plan, and counts its version up.
pub fn save_plan(tx: &mut Tx, organization: Uuid, row: &PlanRow) -> Result<()> {
    let PlanRow { id, counter_id, blind, every_days, next_on, archived_at, .. } = row;
    tx.exec(SAVE_PLAN, args![organization, *id, *counter_id, *blind, *every_days, *next_on, *archived_at])?;
    Ok(())
}

/// Whether a count of this plan is still to be done.
pub fn is_open(tx: &mut Tx, organization: Uuid, row: &PlanRow) -> Result<bool> {
    Ok(tx.one::<(i64,)>(OPEN_OF_PLAN, args![organization, row.custodian_id, row.id])?.is_some())
}
