//! Recalls: their lines as spans to search by, the units they cover, who was told.
//!
//! Nothing here touches a unit: it is frozen while a span that freezes finds it. Units are found from the spans, through the
//! lots of an item, and never by looking at everything.

use crate::bulk;
use crate::reach::{Side, Viewer};
use crate::stock::NEVER_EXPIRES;
use db::{Result, Tx, Value, args};
use domain::people::Level;
use domain::recall::{By, DAYS, Rule};
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// A recall.
    #[derive(Clone, Debug)]
    pub struct RecallRow {
        pub id: Uuid, pub number: i64, pub title: String, pub reference: String, pub classification: String,
        pub notice: String, pub instructions: String, pub status: String, pub lines: String, pub unplaced: String,
        pub return_type: Option<String>, pub return_id: Option<Uuid>, pub return_address: String, pub opened_by: Uuid,
        pub opened_at: i64, pub ended_by: Option<Uuid>, pub ended_at: Option<i64>, pub reason: String, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "recall.id, recall.number, recall.title, recall.reference, recall.classification, recall.notice, recall.instructions, \
        recall.status, recall.lines, recall.unplaced, recall.return_type, recall.return_id, recall.return_address, \
        recall.opened_by, recall.opened_at, recall.ended_by, recall.ended_at, recall.reason, recall.version"
    };
}

/// The columns of [`RecallRow`] (`recall` is the table's name).
pub const RECALL_COLUMNS: &str = columns!();

macro_rules! by_id {
    () => {
        concat!("SELECT ", columns!(), " FROM stock_recall recall WHERE recall.organization_id = $1 AND recall.id = $2")
    };
}

const RECALL: &str = by_id!();
const LOCK_RECALL: db::Sql = db::Sql { lite: by_id!(), pg: concat!(by_id!(), " FOR UPDATE") };

/// One recall, whoever asks.
pub fn recall(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RecallRow>> {
    tx.one(RECALL, args![organization, id])
}

/// The same, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RecallRow>> {
    tx.one(LOCK_RECALL, args![organization, id])
}

const INSERT: &str = "INSERT INTO stock_recall (organization_id, id, number, title, reference, classification, notice, \
    instructions, status, lines, unplaced, return_type, return_id, return_address, opened_by, opened_at, ended_by, ended_at, \
    reason, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

/// Opens a recall.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &RecallRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.number,
            row.title,
            row.reference,
            row.classification,
            row.notice,
            row.instructions,
            row.status,
            row.lines,
            row.unplaced,
            row.return_type,
            row.return_id,
            row.return_address,
            row.opened_by,
            row.opened_at,
            row.ended_by,
            row.ended_at,
            row.reason,
            row.version
        ],
    )?;
    Ok(())
}

const SAVE: &str = "UPDATE stock_recall SET title = $3, reference = $4, classification = $5, instructions = $6, status = $7, \
    lines = $8, unplaced = $9, return_type = $10, return_id = $11, return_address = $12, ended_by = $13, ended_at = $14, \
    reason = $15, version = version + 1 WHERE organization_id = $1 AND id = $2";

/// Saves a recall, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &mut RecallRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.title,
            row.reference,
            row.classification,
            row.instructions,
            row.status,
            row.lines,
            row.unplaced,
            row.return_type,
            row.return_id,
            row.return_address,
            row.ended_by,
            row.ended_at,
            row.reason
        ],
    )?;
    row.version += 1;
    Ok(())
}

const SPAN_HEAD: &str = "INSERT INTO stock_recall_span (organization_id, catalog_item_id, kind, from_key, recall_id, place, \
    to_key, length, sure, expires_from, expires_to, made_from, made_to, dated, freezes) VALUES";
const DROP_SPANS: &str = "DELETE FROM stock_recall_span WHERE organization_id = $1 AND recall_id = $2";
const SET_FREEZES: &str = "UPDATE stock_recall_span SET freezes = $3 WHERE organization_id = $1 AND recall_id = $2";

const LOT: i64 = 0;
const SERIAL: i64 = 1;
const LOTS: i64 = 2;
const SERIALS: i64 = 3;

/// Puts the lines of a recall down as spans: (item, rule) each. What was there before is dropped.
pub fn set_spans(tx: &mut Tx, organization: Uuid, recall: Uuid, rules: &[(Uuid, Rule)], freezes: bool) -> Result<()> {
    tx.exec(DROP_SPANS, args![organization, recall])?;
    let mut values: Vec<Value> = Vec::new();
    let mut place = 0_i64;
    for (item, rule) in rules {
        let day = |day: Option<domain::clock::Day>, far: i64| day.map_or(far, |day| i64::from(day.0));
        let dated = i64::from(rule.expires != (None, None)) + 2 * i64::from(rule.made != (None, None));
        for it in rule.spans() {
            let kind = match (it.by, it.span.is_exact()) {
                (By::Lot, true) => LOT,
                (By::Serial, true) => SERIAL,
                (By::Lot, false) => LOTS,
                (By::Serial, false) => SERIALS,
            };
            values.extend_from_slice(args![
                organization,
                *item,
                kind,
                it.span.from,
                recall,
                place,
                it.span.to,
                it.span.length as i64,
                it.sure,
                day(rule.expires.0, DAYS.0),
                day(rule.expires.1, DAYS.1),
                day(rule.made.0, DAYS.0),
                day(rule.made.1, DAYS.1),
                dated,
                freezes
            ]);
            place += 1;
        }
    }
    bulk::insert(tx, SPAN_HEAD, "", 15, &values)?;
    Ok(())
}

/// Freezes what a recall covers, or frees it.
pub fn set_freezes(tx: &mut Tx, organization: Uuid, recall: Uuid, freezes: bool) -> Result<()> {
    tx.exec(SET_FREEZES, args![organization, recall, freezes])?;
    Ok(())
}

/// The days of a span hold for a unit, or the unit has none.
macro_rules! in_days {
    () => {
        "(unit.expires_key = 9999999 OR (unit.expires_key >= span.expires_from AND unit.expires_key <= span.expires_to)) \
        AND (unit.manufactured_on IS NULL OR (unit.manufactured_on >= span.made_from AND unit.manufactured_on <= span.made_to))"
    };
}

const _: () = assert!(NEVER_EXPIRES == 9_999_999, "the text above names it");

/// True of a unit (`unit` is the table's name) that a recall freezes. Of an item under no recall it is three looks at an index.
#[macro_export]
macro_rules! is_frozen {
    () => {
        concat!(
            "(EXISTS (SELECT 1 FROM stock_recall_span span WHERE span.organization_id = unit.organization_id \
            AND span.catalog_item_id = unit.catalog_item_id AND span.kind = 0 AND span.from_key = unit.lot_key \
            AND span.freezes = 1 AND (unit.expires_key = 9999999 OR (unit.expires_key >= span.expires_from \
            AND unit.expires_key <= span.expires_to)) AND (unit.manufactured_on IS NULL OR (unit.manufactured_on >= span.made_from \
            AND unit.manufactured_on <= span.made_to))) ",
            "OR EXISTS (SELECT 1 FROM stock_recall_span span WHERE span.organization_id = unit.organization_id \
            AND span.catalog_item_id = unit.catalog_item_id AND span.kind = 1 AND span.from_key = unit.serial_key \
            AND span.freezes = 1 AND (unit.expires_key = 9999999 OR (unit.expires_key >= span.expires_from \
            AND unit.expires_key <= span.expires_to)) AND (unit.manufactured_on IS NULL OR (unit.manufactured_on >= span.made_from \
            AND unit.manufactured_on <= span.made_to))) ",
            "OR EXISTS (SELECT 1 FROM stock_recall_span span WHERE span.organization_id = unit.organization_id \
            AND span.catalog_item_id = unit.catalog_item_id AND span.kind IN (2, 3) AND span.freezes = 1 \
            AND CASE WHEN span.kind = 2 THEN unit.lot_key ELSE unit.serial_key END >= span.from_key \
            AND CASE WHEN span.kind = 2 THEN unit.lot_key ELSE unit.serial_key END <= span.to_key \
            AND (span.length = 0 OR span.length = LENGTH(CASE WHEN span.kind = 2 THEN unit.lot_key ELSE unit.serial_key END)) \
            AND (unit.expires_key = 9999999 OR (unit.expires_key >= span.expires_from \
            AND unit.expires_key <= span.expires_to)) AND (unit.manufactured_on IS NULL OR (unit.manufactured_on >= span.made_from \
            AND unit.manufactured_on <= span.made_to))))"
        )
    };
}

/// [`is_frozen`] as a text for statements that are put together.
pub const IS_FROZEN: &str = is_frozen!();

const ANY_FREEZES: &str = "SELECT 1 FROM stock_recall_span WHERE organization_id = $1 AND freezes = 1 LIMIT 1";

/// Whether anything is frozen by a recall: asked before whatever a recall makes dearer.
pub fn any(tx: &mut Tx, organization: Uuid) -> Result<bool> {
    let ask = |tx: &mut Tx| Ok(tx.one::<(i64,)>(ANY_FREEZES, args![organization])?.is_some());
    tx.remembered(&format!("freezes {organization}"), ask)
}

db::record! {
    /// A unit with the recall that freezes it.
    #[derive(Clone, Debug)]
    pub struct FrozenRow {
        pub unit: Uuid, pub id: Uuid, pub number: i64, pub title: String, pub return_type: Option<String>,
        pub return_id: Option<Uuid>, pub sure: bool,
    }
}

const FROZEN: &str = concat!(
    "SELECT unit.id, recall.id, recall.number, recall.title, recall.return_type, recall.return_id, \
    MAX(CASE WHEN span.sure = 1 AND (span.dated NOT IN (1, 3) OR unit.expires_key <> 9999999) \
    AND (span.dated NOT IN (2, 3) OR unit.manufactured_on IS NOT NULL) THEN 1 ELSE 0 END) FROM stock_unit unit CROSS JOIN stock_recall_span span CROSS JOIN stock_recall recall \
    WHERE unit.organization_id = $1 AND span.organization_id = unit.organization_id \
    AND span.catalog_item_id = unit.catalog_item_id AND span.freezes = 1 \
    AND recall.organization_id = span.organization_id AND recall.id = span.recall_id \
    AND CASE span.kind WHEN 0 THEN unit.lot_key WHEN 2 THEN unit.lot_key ELSE unit.serial_key END >= span.from_key \
    AND CASE span.kind WHEN 0 THEN unit.lot_key WHEN 2 THEN unit.lot_key ELSE unit.serial_key END <= span.to_key \
    AND (span.length = 0 OR span.length = LENGTH(CASE span.kind WHEN 2 THEN unit.lot_key ELSE unit.serial_key END)) AND ",
    in_days!(),
    " AND unit.id IN ({ids}) GROUP BY unit.id, recall.id, recall.number, recall.title, recall.return_type, recall.return_id"
);

/// Those of these units that recalls freeze, with the first recall of each. Nothing is asked of units where no recall is open.
pub fn frozen(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<HashMap<Uuid, FrozenRow>> {
    if units.is_empty() || !any(tx, organization)? {
        return Ok(HashMap::new());
    }
    let mut rows = bulk::all::<FrozenRow>(tx, FROZEN, args![organization], units)?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.number));
    Ok(rows.into_iter().map(|row| (row.unit, row)).collect())
}

/// The ids of all that a recall covers, used up or not: `$1` is the organisation and `$2` the recall. From its spans to the
/// lots of their items; serial numbers are looked for among the units of the item.
macro_rules! covered {
    () => {
        concat!(
            "SELECT unit.id FROM stock_recall_span span CROSS JOIN stock_unit unit WHERE span.organization_id = $1 \
            AND span.recall_id = $2 AND span.kind IN (0, 2) AND unit.organization_id = span.organization_id \
            AND unit.catalog_item_id = span.catalog_item_id AND unit.lot_key >= span.from_key AND unit.lot_key <= span.to_key \
            AND (span.length = 0 OR span.length = LENGTH(unit.lot_key)) AND ",
            in_days!(),
            " UNION SELECT unit.id FROM stock_recall_span span CROSS JOIN stock_unit unit WHERE span.organization_id = $1 \
            AND span.recall_id = $2 AND span.kind IN (1, 3) AND unit.organization_id = span.organization_id \
            AND unit.catalog_item_id = span.catalog_item_id AND unit.serial_key >= span.from_key \
            AND unit.serial_key <= span.to_key AND (span.length = 0 OR span.length = LENGTH(unit.serial_key)) AND ",
            in_days!()
        )
    };
}

/// The same among the spans that freeze, with `?` for the organisation: a way in for lists.
pub const FROZEN_IDS: &str = "unit.id IN (SELECT hit.id FROM stock_recall_span span CROSS JOIN stock_unit hit WHERE span.organization_id = ? \
    AND span.freezes = 1 AND hit.organization_id = span.organization_id AND hit.catalog_item_id = span.catalog_item_id \
    AND span.kind IN (0, 2) AND hit.lot_key >= span.from_key AND hit.lot_key <= span.to_key \
    UNION SELECT hit.id FROM stock_recall_span span CROSS JOIN stock_unit hit WHERE span.organization_id = ? \
    AND span.freezes = 1 AND hit.organization_id = span.organization_id AND hit.catalog_item_id = span.catalog_item_id \
    AND span.kind IN (1, 3) AND hit.serial_key >= span.from_key AND hit.serial_key <= span.to_key)";

/// What one recall covers, as a condition of lists: `?` stands for organisation and recall, twice.
pub const COVERED_IDS: &str = "unit.id IN (SELECT hit.id FROM stock_recall_span span CROSS JOIN stock_unit hit WHERE span.organization_id = ? \
    AND span.recall_id = ? AND span.kind IN (0, 2) AND hit.organization_id = span.organization_id \
    AND hit.catalog_item_id = span.catalog_item_id AND hit.lot_key >= span.from_key AND hit.lot_key <= span.to_key \
    AND (span.length = 0 OR span.length = LENGTH(hit.lot_key)) \
    AND (hit.expires_key = 9999999 OR (hit.expires_key >= span.expires_from AND hit.expires_key <= span.expires_to)) \
    AND (hit.manufactured_on IS NULL OR (hit.manufactured_on >= span.made_from AND hit.manufactured_on <= span.made_to)) \
    UNION SELECT hit.id FROM stock_recall_span span CROSS JOIN stock_unit hit WHERE span.organization_id = ? \
    AND span.recall_id = ? AND span.kind IN (1, 3) AND hit.organization_id = span.organization_id \
    AND hit.catalog_item_id = span.catalog_item_id AND hit.serial_key >= span.from_key AND hit.serial_key <= span.to_key \
    AND (span.length = 0 OR span.length = LENGTH(hit.serial_key)) \
    AND (hit.expires_key = 9999999 OR (hit.expires_key >= span.expires_from AND hit.expires_key <= span.expires_to)) \
    AND (hit.manufactured_on IS NULL OR (hit.manufactured_on >= span.made_from AND hit.manufactured_on <= span.made_to)))";

/// Reach into what is counted: nothing for the office.
fn reached(viewer: Viewer, side: Side, column: &str, args: &mut Vec<Value>) -> String {
    let Some((text, values)) = crate::reach::condition(viewer, side, Level::See, column) else { return String::new() };
    format!(" AND {}", crate::page::numbered(&text, args, values))
}

db::record! {
    /// Covered units that are alike in where they are.
    #[derive(Clone, Debug)]
    pub struct GroupRow {
        pub item: Uuid, pub custodian_type: String, pub custodian: Uuid, pub shelf: Option<Uuid>, pub container: Option<Uuid>,
        pub state: i64, pub units: i64, pub to_check: i64,
    }
}

/// Where covered units are: by item, custodian, shelf, container and state, within the viewer's reach.
pub fn groups(tx: &mut Tx, viewer: Viewer, recall: Uuid) -> Result<Vec<GroupRow>> {
    let mut args = args![viewer.organization, recall].to_vec();
    let reach = reached(viewer, Side::Custody, "unit.custodian_id", &mut args);
    let sql = format!(
        "SELECT unit.catalog_item_id, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, unit.container_id, \
         unit.state, COUNT(*), CAST(SUM(CASE WHEN {} \
         THEN 0 ELSE 1 END) AS BIGINT) FROM ({}) hit CROSS JOIN stock_unit unit \
         WHERE unit.organization_id = $1 AND unit.id = hit.id{reach} \
         GROUP BY unit.catalog_item_id, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, \
         unit.container_id, unit.state ORDER BY 1, 3, 4 NULLS FIRST, 5 NULLS FIRST, 6",
        is_sure(),
        covered!()
    );
    tx.all(sql.as_str(), &args)
}

/// True of a covered unit that the recall `$2` names by a number that is known of it: one look at an index for a single lot or
/// serial number, however many the recall has, and a walk of its ranges.
fn is_sure() -> String {
    let found = |kinds: &str| {
        format!(
            "EXISTS (SELECT 1 FROM stock_recall_span span WHERE span.organization_id = unit.organization_id \
             AND span.catalog_item_id = unit.catalog_item_id AND {kinds} AND span.recall_id = $2 AND span.sure = 1 \
             AND (span.dated NOT IN (1, 3) OR unit.expires_key <> 9999999) \
             AND (span.dated NOT IN (2, 3) OR unit.manufactured_on IS NOT NULL) AND {})",
            in_days!()
        )
    };
    let key = "CASE WHEN span.kind = 2 THEN unit.lot_key ELSE unit.serial_key END";
    let lot = found("span.kind = 0 AND span.from_key = unit.lot_key");
    let serial = found("span.kind = 1 AND span.from_key = unit.serial_key");
    let range = found(&format!(
        "span.kind IN (2, 3) AND {key} >= span.from_key AND {key} <= span.to_key \
         AND (span.length = 0 OR span.length = LENGTH({key}))"
    ));
    format!("({lot} OR {serial} OR {range})")
}

db::record! {
    /// An event that covered units are on.
    #[derive(Clone, Debug)]
    pub struct EventRow {
        pub id: Uuid, pub number: i64, pub name: String, pub event_type: String, pub status: String,
        pub representative: Uuid, pub location: Option<Uuid>, pub starts_at: i64, pub units: i64,
    }
}

/// Most events that are listed.
const EVENTS_MAX: i64 = 2_000;

/// Events that covered units are on, the latest first: those of people in reach.
pub fn events(tx: &mut Tx, viewer: Viewer, recall: Uuid) -> Result<Vec<EventRow>> {
    let mut args = args![viewer.organization, recall].to_vec();
    let reach = reached(viewer, Side::Person, "event.representative_id", &mut args);
    let sql = format!(
        "SELECT event.id, event.number, event.name, event.type, event.status, event.representative_id, event.location_id, \
         event.starts_at, COUNT(*) FROM ({}) hit CROSS JOIN event_line line CROSS JOIN event \
         WHERE line.organization_id = $1 AND line.unit_id = hit.id AND event.organization_id = line.organization_id \
         AND event.id = line.event_id AND event.status <> 'cancelled'{reach} \
         GROUP BY event.id, event.number, event.name, event.type, event.status, event.representative_id, event.location_id, \
         event.starts_at ORDER BY event.starts_at DESC, event.id DESC LIMIT {EVENTS_MAX}",
        covered!()
    );
    tx.all(sql.as_str(), &args)
}

const KNOWN_LOTS: &str = "SELECT DISTINCT lot_key FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2 \
    AND lot_key >= $3 AND lot_key <= $4 LIMIT 1";

/// Whether any unit of an item has a lot between these keys.
pub fn has_lot(tx: &mut Tx, organization: Uuid, item: Uuid, from: &str, to: &str) -> Result<bool> {
    Ok(tx.one::<(String,)>(KNOWN_LOTS, args![organization, item, from, to])?.is_some())
}

const ITEMS_OF_LOT: &str =
    "SELECT DISTINCT catalog_item_id FROM stock_unit WHERE organization_id = $1 AND lot_key = $2 LIMIT 6";

/// Items of which units have this lot, a few.
pub fn items_of_lot(tx: &mut Tx, organization: Uuid, lot_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ITEMS_OF_LOT, args![organization, lot_key])?.into_iter().map(|(id,)| id).collect())
}

const ITEMS_OF_NUMBER: &str = "SELECT DISTINCT COALESCE(merged_into_id, id) FROM catalog_item WHERE organization_id = $1 AND number_key = $2 LIMIT 6";

/// Items with exactly this folded number; what became a part of another item is that one.
pub fn items_of_number(tx: &mut Tx, organization: Uuid, number_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ITEMS_OF_NUMBER, args![organization, number_key])?.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// Somebody who was told.
    #[derive(Clone, Debug)]
    pub struct ContactRow {
        pub person_type: String, pub person: Uuid, pub units: i64, pub cases: i64, pub told_at: i64, pub told: i64,
        pub answer: Option<String>, pub found: Option<i64>, pub note: String, pub answered_by: Option<Uuid>,
        pub answered_at: Option<i64>,
    }
}

const CONTACTS: &str = "SELECT person_type, person_id, units, cases, told_at, told, answer, found, note, answered_by, answered_at \
    FROM stock_recall_contact WHERE organization_id = $1 AND recall_id = $2 ORDER BY person_id";
const TELL: &str = "INSERT INTO stock_recall_contact (organization_id, recall_id, person_type, person_id, units, cases, told_at, \
    told, answer, found, note, answered_by, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, NULL, NULL, '', NULL, NULL) \
    ON CONFLICT (organization_id, recall_id, person_id) DO UPDATE SET units = excluded.units, cases = excluded.cases, \
    told_at = excluded.told_at, told = stock_recall_contact.told + 1";
const ANSWER: &str = "UPDATE stock_recall_contact SET answer = $4, found = $5, note = $6, answered_by = $7, answered_at = $8 \
    WHERE organization_id = $1 AND recall_id = $2 AND person_id = $3";

/// Everybody who was told of a recall.
pub fn contacts(tx: &mut Tx, organization: Uuid, recall: Uuid) -> Result<Vec<ContactRow>> {
    tx.all(CONTACTS, args![organization, recall])
}

/// Notes that somebody was told, once more if they were before; an answer stays.
pub fn tell(tx: &mut Tx, organization: Uuid, recall: Uuid, who: &ContactRow) -> Result<()> {
    tx.exec(TELL, args![organization, recall, who.person_type, who.person, who.units, who.cases, who.told_at])?;
    Ok(())
}

/// Keeps an answer.
pub fn answer(tx: &mut Tx, organization: Uuid, recall: Uuid, it: &ContactRow) -> Result<()> {
    tx.exec(
        ANSWER,
        args![organization, recall, it.person, it.answer, it.found, it.note, it.answered_by, it.answered_at],
    )?;
    Ok(())
}

const TAKE_CONTACTS: &str = "INSERT INTO stock_recall_contact (organization_id, recall_id, person_type, person_id, units, cases, \
    told_at, told, answer, found, note, answered_by, answered_at) \
    SELECT contact.organization_id, contact.recall_id, contact.person_type, $3, contact.units, contact.cases, contact.told_at, \
    contact.told, NULL, NULL, '', NULL, NULL FROM stock_recall_contact contact \
    JOIN stock_recall recall ON recall.organization_id = contact.organization_id AND recall.id = contact.recall_id \
    WHERE contact.organization_id = $1 AND contact.person_id = $2 AND contact.answer IS NULL AND recall.status = 'open' \
    ON CONFLICT (organization_id, recall_id, person_id) DO UPDATE SET units = stock_recall_contact.units + excluded.units, \
    cases = stock_recall_contact.cases + excluded.cases, answer = NULL, answered_by = NULL, answered_at = NULL";
const DROP_CONTACTS: &str = "DELETE FROM stock_recall_contact WHERE organization_id = $1 AND person_id = $2 AND answer IS NULL \
    AND recall_id IN (SELECT id FROM stock_recall WHERE organization_id = $1 AND status = 'open')";

/// A successor answers for what somebody has not answered yet: whoever takes the units over is asked about them, again if need be.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    tx.exec(TAKE_CONTACTS, args![organization, from, to])?;
    tx.exec(DROP_CONTACTS, args![organization, from])?;
    Ok(())
}

const UNANSWERED: &str = "SELECT contact.recall_id FROM stock_recall_contact contact JOIN stock_recall recall \
    ON recall.organization_id = contact.organization_id AND recall.id = contact.recall_id \
    WHERE contact.organization_id = $1 AND contact.person_id = $2 AND contact.answer IS NULL AND recall.status = 'open' \
    ORDER BY contact.recall_id DESC LIMIT 20";

/// Open recalls that wait for somebody's answer.
pub fn unanswered(tx: &mut Tx, organization: Uuid, person: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(UNANSWERED, args![organization, person])?.into_iter().map(|(id,)| id).collect())
}

const DISTRIBUTORS: &str = "SELECT link.distributor_id FROM people_representative link JOIN people_user distributor \
    ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
    WHERE link.organization_id = $1 AND link.sales_id = $2 AND distributor.custodian_only = 0 AND distributor.active = 1";

/// The distributors in whose group somebody sells.
pub fn distributors(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(DISTRIBUTORS, args![organization, rep])?.into_iter().map(|(id,)| id).collect())
}
