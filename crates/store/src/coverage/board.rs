//! How upcoming cases stand, as last looked at.

use crate::bulk;
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

// What claims to have changed after this moment comes from a wrong clock, and would be looked at again and again.
const STALE: &str = "SELECT event.id FROM event LEFT JOIN coverage_readiness known \
    ON known.organization_id = event.organization_id AND known.event_id = event.id \
    WHERE event.organization_id = $1 AND event.status = 'open' AND event.starts_at >= $2 AND event.starts_at < $3 \
    AND event.type = 'case' AND (known.checked_at IS NULL OR known.checked_at < $4 \
    OR (known.checked_at < event.updated_at AND event.updated_at <= $2)) ORDER BY event.starts_at, event.id LIMIT $5";
const SAVE_HEAD: &str = "INSERT INTO coverage_readiness (organization_id, event_id, state, starts_at, representative_id, checked_at) VALUES";
const SAVE_TAIL: &str = "ON CONFLICT (organization_id, event_id) DO UPDATE SET state = excluded.state, \
    starts_at = excluded.starts_at, representative_id = excluded.representative_id, checked_at = excluded.checked_at";
const KNOWN: &str = "SELECT event_id, state FROM coverage_readiness WHERE organization_id = $1 AND event_id IN ({ids})";
const FORGET: &str = "DELETE FROM coverage_readiness WHERE organization_id = $1 AND event_id IN \
    (SELECT known.event_id FROM coverage_readiness known CROSS JOIN event WHERE event.organization_id = known.organization_id \
    AND event.id = known.event_id AND known.organization_id = $1 AND (event.status <> 'open' OR event.starts_at < $2) LIMIT $3)";

/// Upcoming cases that were not looked at since a moment, or changed since.
pub fn stale(tx: &mut Tx, organization: Uuid, (from, to): (i64, i64), since: i64, limit: i64) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(STALE, args![organization, from, to, since, limit])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How a case stands, to be remembered.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The case.
    pub event: Uuid,
    /// ready, at_risk or not_ready.
    pub state: &'static str,
    /// When it begins.
    pub starts_at: i64,
    /// Who represents it.
    pub representative: Uuid,
}

/// Remembers how cases stand.
pub fn save(tx: &mut Tx, organization: Uuid, rows: &[Standing], now: i64) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 6);
    for row in rows {
        values.extend_from_slice(args![organization, row.event, row.state, row.starts_at, row.representative, now]);
    }
    bulk::insert(tx, SAVE_HEAD, SAVE_TAIL, 6, &values)?;
    Ok(())
}

/// (event, state) of these events as last looked at.
pub fn known(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    bulk::all(tx, KNOWN, args![organization], events)
}

/// Drops what is remembered of cases that are over or closed; gives how many.
pub fn forget(tx: &mut Tx, organization: Uuid, before: i64, limit: i64) -> Result<u64> {
    tx.exec(FORGET, args![organization, before, limit])
}

/// What is asked of the board.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Begins at or after.
    pub from: i64,
    /// Begins before.
    pub to: i64,
    /// Only in these states, as last looked at.
    pub states: Vec<&'static str>,
    /// Only of these representatives.
    pub representatives: Vec<Uuid>,
    /// After this row: (begins, id).
    pub after: Option<(i64, Uuid)>,
}

const REACHED: &str = "EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = $1 AND reach.actor_id = {me} \
    AND reach.subject_id = {column} AND reach.person >= 1)";

struct Text {
    sql: String,
    args: Vec<Value>,
}

impl Text {
    fn arg(&mut self, value: Value) -> String {
        self.args.push(value);
        format!("${}", self.args.len())
    }

    fn any(&mut self, column: &str, values: impl IntoIterator<Item = Value>) {
        let marks: Vec<String> = values.into_iter().map(|value| self.arg(value)).collect();
        self.sql.push_str(&format!(" AND {column} IN ({})", marks.join(", ")));
    }

    fn reach(&mut self, viewer: Viewer, column: &str) {
        if !viewer.office {
            let me = self.arg(Value::Uuid(viewer.principal));
            self.sql.push_str(" AND ");
            self.sql.push_str(&REACHED.replace("{me}", &me).replace("{column}", column));
        }
    }
}

/// Upcoming open cases in reach, the soonest first: (id, begins). With states, by what is remembered of them.
pub fn page(tx: &mut Tx, viewer: Viewer, filter: &Filter, limit: i64) -> Result<Vec<(Uuid, i64)>> {
    let mut text = Text { sql: String::new(), args: vec![Value::Uuid(viewer.organization)] };
    if filter.states.is_empty() {
        text.sql.push_str(
            "SELECT event.id, event.starts_at FROM event WHERE event.organization_id = $1 AND event.status = 'open' \
             AND event.type = 'case'",
        );
    } else {
        text.sql.push_str(
            "SELECT event.id, event.starts_at FROM coverage_readiness known JOIN event \
             ON event.organization_id = known.organization_id AND event.id = known.event_id \
             WHERE known.organization_id = $1 AND event.status = 'open' AND event.type = 'case'",
        );
        text.any("known.state", filter.states.iter().map(|it| Value::Text((*it).to_owned())));
    }
    let column = if filter.states.is_empty() { "event.starts_at" } else { "known.starts_at" };
    let (from, to) = (text.arg(Value::Int(filter.from)), text.arg(Value::Int(filter.to)));
    text.sql.push_str(&format!(" AND {column} >= {from} AND {column} < {to}"));
    if let Some((starts, id)) = filter.after {
        let (starts, id) = (text.arg(Value::Int(starts)), text.arg(Value::Uuid(id)));
        text.sql.push_str(&format!(" AND (event.starts_at, event.id) > ({starts}, {id})"));
    }
    if !filter.representatives.is_empty() {
        text.any("event.representative_id", filter.representatives.iter().map(|id| Value::Uuid(*id)));
    }
    text.reach(viewer, "event.representative_id");
    let limit = text.arg(Value::Int(limit));
    text.sql.push_str(&format!(" ORDER BY event.starts_at, event.id LIMIT {limit}"));
    tx.all(text.sql.as_str(), &text.args)
}

/// (state, how many) of upcoming cases in reach, as last looked at.
pub fn counts(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<Vec<(String, i64)>> {
    let mut text = Text { sql: String::new(), args: vec![Value::Uuid(viewer.organization)] };
    text.sql.push_str("SELECT known.state, COUNT(*) FROM coverage_readiness known WHERE known.organization_id = $1");
    let states = ["ready", "at_risk", "not_ready"];
    text.any("known.state", states.iter().map(|it| Value::Text((*it).to_owned())));
    let (from, to) = (text.arg(Value::Int(filter.from)), text.arg(Value::Int(filter.to)));
    text.sql.push_str(&format!(" AND known.starts_at >= {from} AND known.starts_at < {to}"));
    if !filter.representatives.is_empty() {
        text.any("known.representative_id", filter.representatives.iter().map(|id| Value::Uuid(*id)));
    }
    text.reach(viewer, "known.representative_id");
    text.sql.push_str(" GROUP BY known.state");
    tx.all(text.sql.as_str(), &text.args)
}
