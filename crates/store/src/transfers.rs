//! Transfers and their lines, quick-transfer sources, recipients.

use crate::reach::{Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

db::record! {
    /// A transfer.
    #[derive(Clone, Debug)]
    pub struct TransferRow {
        pub id: Uuid, pub from_type: String, pub from_id: Uuid, pub to_type: String, pub to_id: Uuid, pub status: String,
        pub note: String, pub due_back_on: Option<i64>, pub place_id: Option<Uuid>, pub event_id: Option<Uuid>,
        pub units_count: i64, pub created_by: Uuid, pub created_at: i64, pub decided_by: Option<Uuid>,
        pub decided_at: Option<i64>, pub decline_reason: Option<String>, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "transfer.id, transfer.from_type, transfer.from_id, transfer.to_type, transfer.to_id, transfer.status, transfer.note, \
        transfer.due_back_on, transfer.place_id, transfer.event_id, transfer.units_count, transfer.created_by, \
        transfer.created_at, transfer.decided_by, transfer.decided_at, transfer.decline_reason, transfer.version"
    };
}

/// The columns of [`TransferRow`] (`transfer` is the table's name).
pub const TRANSFER_COLUMNS: &str = columns!();

const TRANSFER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM stock_transfer transfer WHERE transfer.organization_id = $1 AND transfer.id = $2"
);
const LOCK_TRANSFER: db::Sql = db::Sql {
    lite: TRANSFER,
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM stock_transfer transfer WHERE transfer.organization_id = $1 AND transfer.id = $2 FOR UPDATE"
    ),
};

/// One transfer, whoever asks: callers apply reach through both sides.
pub fn transfer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TransferRow>> {
    tx.one(TRANSFER, args![organization, id])
}

/// The same, locked. The transfer is locked before its units.
pub fn lock_transfer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TransferRow>> {
    tx.one(LOCK_TRANSFER, args![organization, id])
}

const INSERT: &str = "INSERT INTO stock_transfer (organization_id, id, from_type, from_id, to_type, to_id, status, note, \
    due_back_on, place_id, event_id, units_count, created_by, created_at, decided_by, decided_at, decline_reason, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// Makes a transfer.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &TransferRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.from_type,
            row.from_id,
            row.to_type,
            row.to_id,
            row.status,
            row.note,
            row.due_back_on,
            row.place_id,
            row.event_id,
            row.units_count,
            row.created_by,
            row.created_at,
            row.decided_by,
            row.decided_at,
            row.decline_reason,
            row.version
        ],
    )?;
    Ok(())
}

const DECIDE: &str = "UPDATE stock_transfer SET status = $3, decided_by = $4, decided_at = $5, decline_reason = $6, \
    version = version + 1 WHERE organization_id = $1 AND id = $2";

/// Saves where a transfer stands, and counts its version up.
pub fn decide(tx: &mut Tx, organization: Uuid, row: &TransferRow) -> Result<()> {
    tx.exec(DECIDE, args![organization, row.id, row.status, row.decided_by, row.decided_at, row.decline_reason])?;
    Ok(())
}

db::record! {
    /// A line of a transfer.
    pub struct LineRow { pub unit_id: Uuid, pub status: String, pub reason: String }
}

const LINES: &str = "SELECT unit_id, status, reason FROM stock_transfer_line \
    WHERE organization_id = $1 AND transfer_id = $2 ORDER BY unit_id";
const INSERT_LINE: &str = "INSERT INTO stock_transfer_line (organization_id, transfer_id, unit_id, status, reason) \
    VALUES ($1, $2, $3, $4, '')";
const SET_LINE: &str = "UPDATE stock_transfer_line SET status = $4, reason = $5 \
    WHERE organization_id = $1 AND transfer_id = $2 AND unit_id = $3";

/// The lines of a transfer in the order of units.
pub fn lines(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Vec<LineRow>> {
    tx.all(LINES, args![organization, transfer])
}

/// Adds a line.
pub fn insert_line(tx: &mut Tx, organization: Uuid, transfer: Uuid, unit: Uuid, status: &str) -> Result<()> {
    tx.exec(INSERT_LINE, args![organization, transfer, unit, status])?;
    Ok(())
}

const LINE_HEAD: &str =
    "INSERT INTO stock_transfer_line (organization_id, transfer_id, unit_id, status, reason) VALUES";
const SET_LINES: &str = "UPDATE stock_transfer_line SET status = $3, reason = $4 \
    WHERE organization_id = $1 AND transfer_id = $2 AND unit_id IN ({ids})";

/// Adds the lines of many units.
pub fn insert_lines(tx: &mut Tx, organization: Uuid, transfer: Uuid, units: &[Uuid], status: &str) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(units.len() * 5);
    for unit in units {
        values.extend_from_slice(args![organization, transfer, *unit, status, ""]);
    }
    crate::bulk::insert(tx, LINE_HEAD, "", 5, &values)?;
    Ok(())
}

/// Says of many lines what became of them.
pub fn set_lines(
    tx: &mut Tx,
    organization: Uuid,
    transfer: Uuid,
    units: &[Uuid],
    status: &str,
    reason: &str,
) -> Result<()> {
    crate::bulk::exec(tx, SET_LINES, args![organization, transfer, status, reason], units)?;
    Ok(())
}

/// Says what became of a line.
pub fn set_line(tx: &mut Tx, organization: Uuid, transfer: Uuid, unit: Uuid, status: &str, reason: &str) -> Result<()> {
    tx.exec(SET_LINE, args![organization, transfer, unit, status, reason])?;
    Ok(())
}

const QUICK: &str = "SELECT 1 FROM people_quick_source \
    WHERE organization_id = $1 AND user_id = $2 AND source_type = $3 AND source_id = $4";

/// Whether somebody may pull units from a source.
pub fn is_quick_source(tx: &mut Tx, organization: Uuid, user: Uuid, kind: &str, source: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(QUICK, args![organization, user, kind, source])?.is_some())
}

/// What is asked of the list of transfers.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Where they stand.
    pub statuses: Vec<&'static str>,
    /// Who sends.
    pub from: Vec<Uuid>,
    /// Who is to receive.
    pub to: Vec<Uuid>,
    /// One that has this unit on it.
    pub unit: Option<Uuid>,
    /// For this event.
    pub event: Option<Uuid>,
    /// Made by.
    pub created_by: Vec<Uuid>,
}

struct Text {
    sql: String,
    args: Vec<Value>,
}

impl Text {
    fn arg(&mut self, value: Value) -> String {
        self.args.push(value);
        format!("${}", self.args.len())
    }

    fn any(&mut self, column: &str, values: &[Uuid]) -> Option<String> {
        if values.is_empty() {
            return None;
        }
        let marks: Vec<String> = values.iter().map(|id| self.arg(Value::Uuid(*id))).collect();
        Some(format!("{column} IN ({})", marks.join(", ")))
    }
}

fn conditions(text: &mut Text, filter: &Filter) -> Vec<String> {
    let mut found = Vec::new();
    if !filter.statuses.is_empty() {
        let words: Vec<String> = filter.statuses.iter().map(|word| text.arg(Value::Text((*word).to_owned()))).collect();
        found.push(format!("transfer.status IN ({})", words.join(", ")));
    }
    found.extend(text.any("transfer.from_id", &filter.from));
    found.extend(text.any("transfer.to_id", &filter.to));
    found.extend(text.any("transfer.created_by", &filter.created_by));
    if let Some(event) = filter.event {
        let mark = text.arg(Value::Uuid(event));
        found.push(format!("transfer.event_id = {mark}"));
    }
    if let Some(unit) = filter.unit {
        let mark = text.arg(Value::Uuid(unit));
        found.push(format!(
            "transfer.id IN (SELECT line.transfer_id FROM stock_transfer_line line \
             WHERE line.organization_id = $1 AND line.unit_id = {mark})"
        ));
    }
    found
}

/// Which transfers a viewer sees: those of a side in reach and those they made. `few` holds the subjects while they are few.
fn arms(text: &mut Text, viewer: Viewer, few: Option<&[Uuid]>) -> Vec<String> {
    if viewer.office {
        return vec!["1 = 1".to_owned()];
    }
    let me = text.arg(Value::Uuid(viewer.principal));
    let mut found = vec![format!("transfer.created_by = {me}")];
    for column in ["transfer.to_id", "transfer.from_id"] {
        match few {
            Some(subjects) => {
                for subject in subjects {
                    let mark = text.arg(Value::Uuid(*subject));
                    found.push(format!("{column} = {mark}"));
                }
            }
            None => found.push(format!(
                "EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = $1 AND reach.actor_id = {me} \
                 AND reach.subject_id = {column} AND reach.custody >= 1)"
            )),
        }
    }
    found
}

/// A page of transfers, by when they were made. `after` is the id of the last row before.
pub fn page(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    descending: bool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<(Vec<TransferRow>, bool)> {
    let subjects = if viewer.office {
        Vec::new()
    } else {
        crate::reach::subjects(tx, viewer, Side::Custody, Level::See, crate::reach::FEW_SUBJECTS + 1)?
    };
    let few = (subjects.len() <= crate::reach::FEW_SUBJECTS).then_some(subjects.as_slice());
    let mut text = Text { sql: String::new(), args: vec![Value::Uuid(viewer.organization)] };
    let mut all = conditions(&mut text, filter);
    if let Some(id) = after {
        let mark = text.arg(Value::Uuid(id));
        all.push(format!("transfer.id {} {mark}", if descending { "<" } else { ">" }));
    }
    let arms = arms(&mut text, viewer, few);
    let order = if descending { " DESC" } else { "" };
    let rest = all.iter().map(|it| format!(" AND {it}")).collect::<String>();
    if arms.len() == 1 || few.is_none() {
        text.sql = format!(
            "SELECT {TRANSFER_COLUMNS} FROM stock_transfer transfer WHERE transfer.organization_id = $1 AND ({}){rest} \
             ORDER BY transfer.id{order} LIMIT {}",
            arms.join(" OR "),
            limit + 1
        );
    } else {
        let each: Vec<String> = arms
            .iter()
            .map(|arm| {
                format!(
                    "SELECT * FROM (SELECT transfer.id FROM stock_transfer transfer WHERE transfer.organization_id = $1 \
                     AND {arm}{rest} ORDER BY transfer.id{order} LIMIT {}) arm",
                    limit + 1
                )
            })
            .collect();
        text.sql = format!(
            "SELECT {TRANSFER_COLUMNS} FROM (SELECT id FROM ({}) merged ORDER BY id{order} LIMIT {}) page \
             JOIN stock_transfer transfer ON transfer.organization_id = $1 AND transfer.id = page.id ORDER BY transfer.id{order}",
            each.join(" UNION "),
            limit + 1
        );
    }
    let mut rows = tx.all::<TransferRow>(text.sql.as_str(), &text.args)?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    Ok((rows, more))
}

/// How many transfers match.
pub fn count(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    let mut text = Text { sql: String::new(), args: vec![Value::Uuid(viewer.organization)] };
    let all = conditions(&mut text, filter);
    let arms = arms(&mut text, viewer, None);
    let rest = all.iter().map(|it| format!(" AND {it}")).collect::<String>();
    text.sql = format!(
        "SELECT COUNT(*) FROM stock_transfer transfer WHERE transfer.organization_id = $1 AND ({}){rest}",
        arms.join(" OR ")
    );
    Ok(tx.one::<(i64,)>(text.sql.as_str(), &text.args)?.map_or(0, |(n,)| n))
}

const RECIPIENTS: &str = "SELECT id, name, name_key FROM people_user WHERE organization_id = $1 AND active = 1 \
    AND role IN ('sales', 'distributor', 'facility_manager') AND delegate_of IS NULL AND id <> $2 \
    AND (name_key, id) > ($3, $4) AND (name_key LIKE $5 OR name_key LIKE $6) ORDER BY name_key, id LIMIT $7";

const COUNT_RECIPIENTS: &str = "SELECT COUNT(*) FROM people_user WHERE organization_id = $1 AND active = 1 \
    AND role IN ('sales', 'distributor', 'facility_manager') AND delegate_of IS NULL AND id <> $2 \
    AND (name_key LIKE $3 OR name_key LIKE $4)";

/// How many there are of [`recipients`].
pub fn count_recipients(tx: &mut Tx, organization: Uuid, but: Uuid, words: &str) -> Result<i64> {
    let (first, inner) = (format!("{words}%"), format!("% {words}%"));
    Ok(tx.one::<(i64,)>(COUNT_RECIPIENTS, args![organization, but, first, inner])?.map_or(0, |(n,)| n))
}

/// (id, name, folded name) of active accounts that hold stock, by name. `words` is folded: letters, digits and spaces.
pub fn recipients(
    tx: &mut Tx,
    organization: Uuid,
    but: Uuid,
    words: &str,
    after: (&str, Uuid),
    limit: i64,
) -> Result<Vec<(Uuid, String, String)>> {
    let (first, inner) = (format!("{words}%"), format!("% {words}%"));
    tx.all(RECIPIENTS, args![organization, but, after.0, after.1, first, inner, limit])
}
