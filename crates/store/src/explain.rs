//! Why a count is what it is: the movements of an item and a lot through one holder, what is on its way, where else it is.
//!
//! Everything begins at the lots of an item; the journal is read for those units alone.

use crate::reach::{Side, Viewer};
use db::{Result, Tx, Value, args};
use domain::people::Level;
use uuid::Uuid;

/// Which units: of an item, of one lot of it when one is given (empty: without a lot), at one holder.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The organisation.
    pub organization: Uuid,
    /// The item.
    pub item: Uuid,
    /// Its folded lot.
    pub lot: Option<&'a str>,
    /// Whose count.
    pub holder: Uuid,
}

impl About<'_> {
    /// The condition on units, with its arguments: `$1` organisation, `$2` item, `$3` holder and, where asked for, `$4` lot.
    fn units(&self) -> (&'static str, Vec<Value>) {
        let mut args = args![self.organization, self.item, self.holder].to_vec();
        match self.lot {
            Some(lot) => {
                args.push(Value::Text(lot.to_owned()));
                ("unit.organization_id = $1 AND unit.catalog_item_id = $2 AND unit.lot_key = $4", args)
            }
            None => ("unit.organization_id = $1 AND unit.catalog_item_id = $2", args),
        }
    }
}

db::record! {
    /// What an entry did to a holder's count.
    #[derive(Clone, Debug)]
    pub struct StepRow {
        pub entry: Uuid, pub at: i64, pub kind: String, pub reason: String, pub actor: Uuid, pub came: i64, pub went: i64,
        pub other: Option<Uuid>,
    }
}

/// Entries that changed a holder's count of these units, the latest first.
pub fn steps(tx: &mut Tx, it: &About<'_>, limit: i64) -> Result<Vec<StepRow>> {
    let (units, args) = it.units();
    let here_after = "step.to_custodian_id = $3 AND step.to_state <> 4";
    let here_before = "step.from_custodian_id = $3 AND step.from_state <> 4";
    let sql = format!(
        "SELECT entry.id, entry.at, entry.kind, entry.reason, entry.actor_id, \
         CAST(SUM(CASE WHEN {here_after} THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN {here_before} THEN 1 ELSE 0 END) AS BIGINT), \
         CASE WHEN step.to_custodian_id = $3 THEN step.from_custodian_id ELSE step.to_custodian_id END \
         FROM stock_unit unit CROSS JOIN journal_movement step CROSS JOIN journal_entry entry WHERE {units} \
         AND step.organization_id = unit.organization_id AND step.unit_id = unit.id \
         AND (step.to_custodian_id = $3 OR step.from_custodian_id = $3) \
         AND (CASE WHEN {here_after} THEN 1 ELSE 0 END) <> (CASE WHEN {here_before} THEN 1 ELSE 0 END) \
         AND entry.organization_id = step.organization_id AND entry.id = step.entry_id \
         GROUP BY entry.id, entry.at, entry.kind, entry.reason, entry.actor_id, \
         CASE WHEN step.to_custodian_id = $3 THEN step.from_custodian_id ELSE step.to_custodian_id END \
         ORDER BY entry.at DESC, entry.id DESC LIMIT {limit}"
    );
    tx.all(sql.as_str(), &args)
}

/// (state, how many, how many of them without a lot) that the holder has of these units.
pub fn held(tx: &mut Tx, it: &About<'_>) -> Result<Vec<(i64, i64)>> {
    let (units, args) = it.units();
    let sql = format!(
        "SELECT unit.state, COUNT(*) FROM stock_unit unit WHERE {units} AND unit.custodian_id = $3 AND unit.active = 1 \
         GROUP BY unit.state ORDER BY unit.state"
    );
    tx.all(sql.as_str(), &args)
}

db::record! {
    /// A pending transfer with some of these units.
    #[derive(Clone, Debug)]
    pub struct WayRow { pub transfer: Uuid, pub from: Uuid, pub to: Uuid, pub created_at: i64, pub units: i64 }
}

/// Pending transfers with some of these units, from or to the holder.
pub fn on_the_way(tx: &mut Tx, it: &About<'_>) -> Result<Vec<WayRow>> {
    let (units, args) = it.units();
    let sql = format!(
        "SELECT transfer.id, transfer.from_id, transfer.to_id, transfer.created_at, COUNT(*) FROM stock_unit unit \
         CROSS JOIN stock_transfer transfer WHERE {units} AND unit.state = 1 \
         AND transfer.organization_id = unit.organization_id AND transfer.id = unit.transfer_id \
         AND (transfer.from_id = $3 OR transfer.to_id = $3) \
         GROUP BY transfer.id, transfer.from_id, transfer.to_id, transfer.created_at ORDER BY transfer.created_at LIMIT 50"
    );
    tx.all(sql.as_str(), &args)
}

/// (custodian, how many): who else has some of these units, as far as the viewer reaches; most first.
pub fn elsewhere(tx: &mut Tx, viewer: Viewer, it: &About<'_>) -> Result<Vec<(Uuid, i64)>> {
    let (units, mut args) = it.units();
    let reach = match crate::reach::condition(viewer, Side::Custody, Level::See, "unit.custodian_id") {
        Some((text, values)) => format!(" AND {}", crate::page::numbered(&text, &mut args, values)),
        None => String::new(),
    };
    let sql = format!(
        "SELECT unit.custodian_id, COUNT(*) FROM stock_unit unit WHERE {units} AND unit.active = 1 \
         AND unit.custodian_id <> $3{reach} GROUP BY unit.custodian_id ORDER BY 2 DESC, 1 LIMIT 20"
    );
    tx.all(sql.as_str(), &args)
}

db::record! {
    /// A case past its day that nobody submitted.
    #[derive(Clone, Debug)]
    pub struct CaseRow {
        pub id: Uuid, pub number: i64, pub name: String, pub day: i64, pub marked: i64,
    }
}

/// Cases of the holder that are past their day and not submitted, the latest first, with how many of these units are marked.
pub fn past_cases(tx: &mut Tx, it: &About<'_>, before: i64) -> Result<Vec<CaseRow>> {
    let lot = match it.lot {
        Some(_) => " AND unit.lot_key = $4",
        None => "",
    };
    let (_, mut args) = it.units();
    args.push(Value::Int(before));
    let sql = format!(
        "SELECT event.id, event.number, event.name, event.day, (SELECT COUNT(*) FROM event_line line CROSS JOIN stock_unit unit \
         WHERE line.organization_id = event.organization_id AND line.event_id = event.id AND line.catalog_item_id = $2 \
         AND unit.organization_id = line.organization_id AND unit.id = line.unit_id{lot}) FROM event \
         WHERE event.organization_id = $1 AND event.representative_id = $3 AND event.status = 'open' AND event.starts_at < ${} \
         ORDER BY event.starts_at DESC, event.id DESC LIMIT 20",
        args.len()
    );
    tx.all(sql.as_str(), &args)
}
