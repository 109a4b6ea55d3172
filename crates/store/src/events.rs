//! Events with their people, containers, lines and charges, and what the rules want to know about them.

use crate::bulk;
use crate::page::Query;
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use std::collections::BTreeMap;
use uuid::Uuid;

db::record! {
    /// An event as stored.
    #[derive(Clone)]
    pub struct EventRow {
        pub id: Uuid, pub number: i64, pub r#type: String, pub status: String, pub name: String, pub name_auto: bool,
        pub representative_id: Uuid, pub location_id: Option<Uuid>, pub customer_id: Option<Uuid>,
        pub physician_id: Option<Uuid>, pub procedure_id: Option<Uuid>, pub starts_at: i64, pub ends_at: i64,
        pub time_zone: String, pub day: i64, pub patient_reference: String, pub note: String, pub facility_stock: bool,
        pub total_minor: i64, pub lines_count: i64, pub prices_edited: bool, pub revision: i64,
        pub submitted_at: Option<i64>, pub submitted_by: Option<Uuid>, pub hold_released: bool, pub closed_reason: String,
        pub created_by: Uuid, pub created_at: i64, pub updated_at: i64, pub version: i64, pub processed_at: Option<i64>,
        pub print_note: String,
    }
}

db::record! {
    /// An event with the names that a list shows.
    pub struct NamedRow {
        pub id: Uuid, pub number: i64, pub r#type: String, pub status: String, pub name: String,
        pub representative_id: Uuid, pub location_id: Option<Uuid>, pub customer_id: Option<Uuid>,
        pub physician_id: Option<Uuid>, pub procedure_id: Option<Uuid>, pub starts_at: i64, pub ends_at: i64,
        pub time_zone: String, pub day: i64, pub total_minor: i64, pub lines_count: i64, pub prices_edited: bool,
        pub revision: i64, pub submitted_at: Option<i64>, pub created_at: i64, pub updated_at: i64, pub version: i64,
        pub processed_at: Option<i64>, pub representative_name: String, pub location_name: Option<String>, pub customer_name: Option<String>,
        pub physician_name: Option<String>, pub procedure_name: Option<String>,
    }
}

/// The columns of [`NamedRow`], for statements that list events.
pub const NAMED_COLUMNS: &str = "event.id AS id, event.number AS number, event.type AS type, event.status AS status, \
    event.name AS name, event.representative_id AS representative_id, event.location_id AS location_id, \
    event.customer_id AS customer_id, event.physician_id AS physician_id, event.procedure_id AS procedure_id, \
    event.starts_at AS starts_at, event.ends_at AS ends_at, event.time_zone AS time_zone, event.day AS day, \
    event.total_minor AS total_minor, event.lines_count AS lines_count, event.prices_edited AS prices_edited, \
    event.revision AS revision, event.submitted_at AS submitted_at, event.created_at AS created_at, \
    event.updated_at AS updated_at, event.version AS version, event.processed_at AS processed_at, \
    representative.name AS representative_name, \
    location.name AS location_name, customer.name AS customer_name, physician.name AS physician_name, \
    medical_procedure.name AS procedure_name";

/// The same columns without names, for many events at once: their names are few, and [`fill_names`] looks each up once.
pub const UNNAMED_COLUMNS: &str = "event.id AS id, event.number AS number, event.type AS type, event.status AS status, \
    event.name AS name, event.representative_id AS representative_id, event.location_id AS location_id, \
    event.customer_id AS customer_id, event.physician_id AS physician_id, event.procedure_id AS procedure_id, \
    event.starts_at AS starts_at, event.ends_at AS ends_at, event.time_zone AS time_zone, event.day AS day, \
    event.total_minor AS total_minor, event.lines_count AS lines_count, event.prices_edited AS prices_edited, \
    event.revision AS revision, event.submitted_at AS submitted_at, event.created_at AS created_at, \
    event.updated_at AS updated_at, event.version AS version, event.processed_at AS processed_at, \
    '' AS representative_name, NULL AS location_name, \
    NULL AS customer_name, NULL AS physician_name, NULL AS procedure_name";

/// Names for events that were read without.
pub fn fill_names(tx: &mut Tx, organization: Uuid, rows: &mut [NamedRow]) -> Result<()> {
    use crate::directory as names;
    let distinct = |of: &dyn Fn(&NamedRow) -> Option<Uuid>, rows: &[NamedRow]| {
        let mut ids: Vec<Uuid> = rows.iter().filter_map(of).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let people = names::names_of_people(tx, organization, &distinct(&|row| Some(row.representative_id), rows))?;
    let locations = names::names_of_locations(tx, organization, &distinct(&|row| row.location_id, rows))?;
    let customers = names::names_of_customers(tx, organization, &distinct(&|row| row.customer_id, rows))?;
    let physicians = names::names_of_physicians(tx, organization, &distinct(&|row| row.physician_id, rows))?;
    let procedures = names::names_of_procedures(tx, organization, &distinct(&|row| row.procedure_id, rows))?;
    for row in rows {
        row.representative_name = people.get(&row.representative_id).cloned().unwrap_or_default();
        row.location_name = row.location_id.and_then(|id| locations.get(&id).cloned());
        row.customer_name = row.customer_id.and_then(|id| customers.get(&id).cloned());
        row.physician_name = row.physician_id.and_then(|id| physicians.get(&id).cloned());
        row.procedure_name = row.procedure_id.and_then(|id| procedures.get(&id).cloned());
    }
    Ok(())
}

/// What [`NAMED_COLUMNS`] joins to `event`.
pub const NAMED_JOINS: &str = "JOIN people_user representative ON representative.organization_id = event.organization_id \
    AND representative.id = event.representative_id \
    LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id \
    LEFT JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
    LEFT JOIN directory_physician physician ON physician.organization_id = event.organization_id AND physician.id = event.physician_id \
    LEFT JOIN directory_procedure medical_procedure ON medical_procedure.organization_id = event.organization_id \
    AND medical_procedure.id = event.procedure_id";

db::record! {
    /// An event as a calendar feed tells of it: nothing about a patient, no money, no note, no name that somebody typed.
    #[derive(Clone, Debug)]
    pub struct FeedRow {
        pub id: Uuid, pub number: i64, pub r#type: String, pub status: String, pub starts_at: i64, pub ends_at: i64,
        pub time_zone: String, pub updated_at: i64, pub version: i64, pub representative_id: Uuid,
        pub representative_name: String, pub location_name: Option<String>, pub location_address: Option<String>,
        pub physician_name: Option<String>, pub procedure_name: Option<String>,
    }
}

/// The columns of [`FeedRow`], beside [`NAMED_JOINS`].
pub const FEED_COLUMNS: &str = "event.id AS id, event.number AS number, event.type AS type, event.status AS status, \
    event.starts_at AS starts_at, event.ends_at AS ends_at, event.time_zone AS time_zone, event.updated_at AS updated_at, \
    event.version AS version, event.representative_id AS representative_id, representative.name AS representative_name, \
    location.name AS location_name, location.address AS location_address, physician.name AS physician_name, \
    medical_procedure.name AS procedure_name";

/// Events of one person between two moments, first things first; `limit` of them at most.
pub fn feed_of(tx: &mut Tx, organization: Uuid, user: Uuid, from: i64, to: i64, limit: u32) -> Result<Vec<FeedRow>> {
    let sql = format!(
        "SELECT {FEED_COLUMNS} FROM event_person own JOIN event ON event.organization_id = own.organization_id \
        AND event.id = own.event_id {NAMED_JOINS} WHERE own.organization_id = $1 AND own.user_id = $2 \
        AND own.starts_at >= $3 AND own.starts_at < $4 ORDER BY own.starts_at, own.event_id LIMIT $5"
    );
    tx.all(sql.as_str(), args![organization, user, from, to, i64::from(limit)])
}

db::record! {
    /// An event as people are told of it in the morning.
    #[derive(Clone, Debug)]
    pub struct DailyRow {
        pub id: Uuid, pub number: i64, pub representative_id: Uuid, pub starts_at: i64, pub time_zone: String,
        pub location_name: Option<String>,
    }
}

const DAILY: &str = "SELECT event.id, event.number, event.representative_id, event.starts_at, event.time_zone, location.name \
    FROM event LEFT JOIN directory_location location ON location.organization_id = event.organization_id \
    AND location.id = event.location_id WHERE event.organization_id = $1 AND event.status = $2 AND event.starts_at >= $3 \
    AND event.starts_at < $4 ORDER BY event.starts_at, event.id LIMIT $5";
const AWAITED: &str = "SELECT event.id, event.number, event.representative_id, event.starts_at, event.time_zone, location.name \
    FROM event LEFT JOIN directory_location location ON location.organization_id = event.organization_id \
    AND location.id = event.location_id WHERE event.organization_id = $1 AND event.status = 'pending_po' \
    AND event.submitted_at >= $2 AND event.submitted_at < $3 ORDER BY event.starts_at, event.id LIMIT $4";

/// Events of a status that begin between two moments, the first ones first.
pub fn daily(
    tx: &mut Tx,
    organization: Uuid,
    status: &str,
    (from, to): (i64, i64),
    most: i64,
) -> Result<Vec<DailyRow>> {
    tx.all(DAILY, args![organization, status, from, to, most])
}

/// Events that wait for their purchase order and were submitted between two moments.
pub fn awaited(tx: &mut Tx, organization: Uuid, (from, to): (i64, i64), most: i64) -> Result<Vec<DailyRow>> {
    tx.all(AWAITED, args![organization, from, to, most])
}

macro_rules! event_by_id {
    () => {
        "SELECT id, number, type, status, name, name_auto, representative_id, location_id, customer_id, physician_id, \
        procedure_id, starts_at, ends_at, time_zone, day, patient_reference, note, facility_stock, total_minor, lines_count, \
        prices_edited, revision, submitted_at, submitted_by, hold_released, closed_reason, created_by, created_at, updated_at, \
        version, processed_at, print_note FROM event WHERE organization_id = $1 AND id = $2"
    };
}

const EVENT: &str = event_by_id!();
const LOCK_EVENT: db::Sql = db::Sql { lite: event_by_id!(), pg: concat!(event_by_id!(), " FOR UPDATE") };

/// One event, whoever asks: callers apply reach.
pub fn event(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<EventRow>> {
    tx.one(EVENT, args![organization, id])
}

const CASE_AT: &str = "SELECT id FROM event WHERE organization_id = $1 AND representative_id = $2 AND starts_at = $4 \
    AND location_id = $3 AND type = 'case' AND status <> 'cancelled' LIMIT 1";

/// A case of a representative at a location that begins at this moment and was not called off.
pub fn case_at(
    tx: &mut Tx,
    organization: Uuid,
    representative: Uuid,
    location: Uuid,
    starts_at: i64,
) -> Result<Option<Uuid>> {
    let found = tx.one::<(Uuid,)>(CASE_AT, args![organization, representative, location, starts_at])?;
    Ok(found.map(|(id,)| id))
}

/// The same, locked. Events are locked before their units.
pub fn lock_event(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<EventRow>> {
    tx.one(LOCK_EVENT, args![organization, id])
}

/// One event with its names.
pub fn named(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<NamedRow>> {
    let sql =
        format!("SELECT {NAMED_COLUMNS} FROM event {NAMED_JOINS} WHERE event.organization_id = $1 AND event.id = $2");
    tx.one(sql.as_str(), args![organization, id])
}

const INSERT_EVENT: &str = "INSERT INTO event (organization_id, id, number, type, status, name, name_auto, representative_id, \
    location_id, customer_id, physician_id, procedure_id, starts_at, ends_at, time_zone, day, patient_reference, note, \
    facility_stock, total_minor, lines_count, prices_edited, revision, submitted_at, submitted_by, hold_released, closed_reason, \
    created_by, created_at, updated_at, version, print_note) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
    $26, $27, $28, $29, $30, $31, $32)";
const SAVE_EVENT: &str = "UPDATE event SET status = $3, name = $4, name_auto = $5, representative_id = $6, location_id = $7, \
    customer_id = $8, physician_id = $9, procedure_id = $10, starts_at = $11, ends_at = $12, time_zone = $13, day = $14, \
    patient_reference = $15, note = $16, facility_stock = $17, total_minor = $18, lines_count = $19, prices_edited = $20, \
    revision = $21, submitted_at = $22, submitted_by = $23, hold_released = $24, closed_reason = $25, updated_at = $26, \
    processed_at = $27, print_note = $28, version = version + 1 WHERE organization_id = $1 AND id = $2";

/// Makes an event.
pub fn insert_event(tx: &mut Tx, organization: Uuid, row: &EventRow) -> Result<()> {
    tx.exec(
        INSERT_EVENT,
        args![
            organization,
            row.id,
            row.number,
            row.r#type,
            row.status,
            row.name,
            row.name_auto,
            row.representative_id,
            row.location_id,
            row.customer_id,
            row.physician_id,
            row.procedure_id,
            row.starts_at,
            row.ends_at,
            row.time_zone,
            row.day,
            row.patient_reference,
            row.note,
            row.facility_stock,
            row.total_minor,
            row.lines_count,
            row.prices_edited,
            row.revision,
            row.submitted_at,
            row.submitted_by,
            row.hold_released,
            row.closed_reason,
            row.created_by,
            row.created_at,
            row.updated_at,
            row.version,
            row.print_note
        ],
    )?;
    Ok(())
}

/// Saves what may change of an event, counts its version up, here and in the row.
pub fn save_event(tx: &mut Tx, organization: Uuid, row: &mut EventRow) -> Result<()> {
    tx.exec(
        SAVE_EVENT,
        args![
            organization,
            row.id,
            row.status,
            row.name,
            row.name_auto,
            row.representative_id,
            row.location_id,
            row.customer_id,
            row.physician_id,
            row.procedure_id,
            row.starts_at,
            row.ends_at,
            row.time_zone,
            row.day,
            row.patient_reference,
            row.note,
            row.facility_stock,
            row.total_minor,
            row.lines_count,
            row.prices_edited,
            row.revision,
            row.submitted_at,
            row.submitted_by,
            row.hold_released,
            row.closed_reason,
            row.updated_at,
            row.processed_at,
            row.print_note
        ],
    )?;
    row.version += 1;
    Ok(())
}

db::record! {
    /// Somebody on an event.
    #[derive(Clone)]
    pub struct PersonRow {
        pub user_id: Uuid, pub role: String, pub split_bp: Option<i64>, pub name: String, pub split_minor: Option<i64>,
    }
}

/// The part of the commission of somebody besides the representative: a percentage, an amount, or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Whose.
    pub user_id: Uuid,
    /// In basis points.
    pub split_bp: Option<i64>,
    /// As an amount.
    pub split_minor: Option<i64>,
}

impl PersonRow {
    /// Their part of the commission.
    pub const fn share(&self) -> Share {
        Share { user_id: self.user_id, split_bp: self.split_bp, split_minor: self.split_minor }
    }
}

const PEOPLE: &str = "SELECT person.user_id, person.role, person.split_bp, account.name, person.split_minor FROM event_person person \
    JOIN people_user account ON account.organization_id = person.organization_id AND account.id = person.user_id \
    WHERE person.organization_id = $1 AND person.event_id = $2 ORDER BY person.role, person.user_id";
const DROP_PEOPLE: &str = "DELETE FROM event_person WHERE organization_id = $1 AND event_id = $2";
const ADD_PERSON: &str = "INSERT INTO event_person (organization_id, event_id, user_id, role, split_bp, starts_at, \
    split_minor) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// The representative and the sub-representatives.
pub fn people(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<PersonRow>> {
    tx.all(PEOPLE, args![organization, event])
}

/// Replaces who is on an event: the representative, then whoever shares the commission.
pub fn set_people(tx: &mut Tx, organization: Uuid, row: &EventRow, subs: &[Share]) -> Result<()> {
    tx.exec(DROP_PEOPLE, args![organization, row.id])?;
    let none = None::<i64>;
    tx.exec(ADD_PERSON, args![organization, row.id, row.representative_id, "rep", none, row.starts_at, none])?;
    for it in subs {
        let args = args![organization, row.id, it.user_id, "sub", it.split_bp, row.starts_at, it.split_minor];
        tx.exec(ADD_PERSON, args)?;
    }
    Ok(())
}

const MANUFACTURERS: &str = "SELECT manufacturer_id FROM event_manufacturer WHERE organization_id = $1 AND event_id = $2 \
    ORDER BY manufacturer_id";
const DROP_MANUFACTURERS: &str = "DELETE FROM event_manufacturer WHERE organization_id = $1 AND event_id = $2";
const ADD_MANUFACTURER: &str = "INSERT INTO event_manufacturer (organization_id, event_id, manufacturer_id) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// Whose products are expected.
pub fn manufacturers(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(MANUFACTURERS, args![organization, event])?.into_iter().map(|(id,)| id).collect())
}

/// Replaces whose products are expected.
pub fn set_manufacturers(tx: &mut Tx, organization: Uuid, event: Uuid, ids: &[Uuid]) -> Result<()> {
    tx.exec(DROP_MANUFACTURERS, args![organization, event])?;
    add_manufacturers(tx, organization, event, ids)
}

/// Adds to whose products are expected.
pub fn add_manufacturers(tx: &mut Tx, organization: Uuid, event: Uuid, ids: &[Uuid]) -> Result<()> {
    for id in ids {
        tx.exec(ADD_MANUFACTURER, args![organization, event, *id])?;
    }
    Ok(())
}

const PRODUCT_LINES: &str = "SELECT product_line_id FROM event_product_line WHERE organization_id = $1 AND event_id = $2 \
    ORDER BY product_line_id";
const DROP_PRODUCT_LINES: &str = "DELETE FROM event_product_line WHERE organization_id = $1 AND event_id = $2";
const ADD_PRODUCT_LINE: &str =
    "INSERT INTO event_product_line (organization_id, event_id, product_line_id) VALUES ($1, $2, $3)";

/// Which product lines an event is about.
pub fn product_lines(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(PRODUCT_LINES, args![organization, event])?.into_iter().map(|(id,)| id).collect())
}

/// Replaces which product lines an event is about.
pub fn set_product_lines(tx: &mut Tx, organization: Uuid, event: Uuid, ids: &[Uuid]) -> Result<()> {
    tx.exec(DROP_PRODUCT_LINES, args![organization, event])?;
    for id in ids {
        tx.exec(ADD_PRODUCT_LINE, args![organization, event, *id])?;
    }
    Ok(())
}

const CONTAINERS: &str =
    "SELECT unit_id FROM event_container WHERE organization_id = $1 AND event_id = $2 ORDER BY unit_id";
const DROP_CONTAINERS: &str = "DELETE FROM event_container WHERE organization_id = $1 AND event_id = $2";
const ADD_CONTAINER: &str = "INSERT INTO event_container (organization_id, event_id, unit_id, starts_at, ends_at, open) \
    VALUES ($1, $2, $3, $4, $5, 1)";
const CLOSE_CONTAINERS: &str = "UPDATE event_container SET open = $3 WHERE organization_id = $1 AND event_id = $2";

/// Containers booked for an event.
pub fn containers(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(CONTAINERS, args![organization, event])?.into_iter().map(|(id,)| id).collect())
}

/// Replaces the bookings of an event by these, for its time.
pub fn set_containers(tx: &mut Tx, organization: Uuid, row: &EventRow, ids: &[Uuid]) -> Result<()> {
    tx.exec(DROP_CONTAINERS, args![organization, row.id])?;
    for id in ids {
        tx.exec(ADD_CONTAINER, args![organization, row.id, *id, row.starts_at, row.ends_at])?;
    }
    Ok(())
}

/// Ends or takes up the bookings of an event.
pub fn open_containers(tx: &mut Tx, organization: Uuid, event: Uuid, open: bool) -> Result<()> {
    tx.exec(CLOSE_CONTAINERS, args![organization, event, open])?;
    Ok(())
}

db::record! {
    /// Something that another event wants at an overlapping time.
    pub struct BusyRow { pub unit_id: Uuid, pub event_id: Uuid, pub number: i64, pub name: String }
}

const BUSY_CONTAINERS: &str = "SELECT booking.unit_id, event.id, event.number, event.name FROM event_container booking \
    JOIN event ON event.organization_id = booking.organization_id AND event.id = booking.event_id \
    WHERE booking.organization_id = $1 AND booking.open = 1 AND booking.event_id <> $2 AND booking.starts_at < $4 \
    AND booking.ends_at > $3 AND booking.unit_id IN ({ids})";
const BUSY_UNITS: &str = "SELECT line.unit_id, event.id, event.number, event.name FROM event_line line \
    JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
    WHERE line.organization_id = $1 AND line.open = 1 AND line.reusable = 1 AND line.event_id <> $2 AND event.starts_at < $4 \
    AND event.ends_at > $3 AND line.unit_id IN ({ids})";

/// Which of these containers other events have booked for an overlapping time. The containers are locked by the caller.
pub fn busy_containers(tx: &mut Tx, organization: Uuid, row: &EventRow, ids: &[Uuid]) -> Result<Vec<BusyRow>> {
    bulk::all(tx, BUSY_CONTAINERS, args![organization, row.id, row.starts_at, row.ends_at], ids)
}

/// Which of these reusable units other open events use at an overlapping time. The units are locked by the caller.
pub fn busy_units(tx: &mut Tx, organization: Uuid, row: &EventRow, ids: &[Uuid]) -> Result<Vec<BusyRow>> {
    bulk::all(tx, BUSY_UNITS, args![organization, row.id, row.starts_at, row.ends_at], ids)
}

db::record! {
    /// A line with what it is and how its unit stands.
    #[derive(Clone)]
    pub struct LineRow {
        pub id: Uuid, pub unit_id: Uuid, pub catalog_item_id: Uuid, pub manufacturer_id: Uuid, pub usage: String,
        pub unit_price_minor: i64, pub price_source: String, pub no_charge: bool, pub amount_minor: i64,
        pub facility_stock: bool, pub shelf_location_id: Option<Uuid>, pub reusable: bool, pub line_custodian_id: Uuid,
        pub note: String, pub expiry_reason: String, pub open: bool,
        pub number: String, pub description: String,
        pub lot: String, pub serial: String, pub udi: String, pub expires_on: Option<i64>, pub custodian_type: String,
        pub custodian_id: Uuid, pub active: bool, pub transfer_id: Option<Uuid>, pub hold_reason: Option<String>,
        pub event_id: Option<Uuid>, pub facility_stock_location_id: Option<Uuid>, pub sold_event_id: Option<Uuid>,
        pub kind: String, pub container_id: Option<Uuid>, pub pack_line_id: Option<Uuid>,
    }
}

const LINE_COLUMNS: &str = "line.id, line.unit_id, line.catalog_item_id, line.manufacturer_id, line.usage, \
    line.unit_price_minor, line.price_source, line.no_charge, line.amount_minor, line.facility_stock, line.shelf_location_id, \
    line.reusable, line.custodian_id, line.note, line.expiry_reason, line.open, item.number, item.description, unit.lot, \
    unit.serial, unit.udi, unit.expires_on, unit.custodian_type, unit.custodian_id, unit.active, unit.transfer_id, \
    unit.hold_reason, unit.event_id, unit.facility_stock_location_id, unit.sold_event_id, unit.kind, unit.container_id, \
    pack_line.id FROM event_line line \
    JOIN stock_unit unit ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
    JOIN catalog_item item ON item.organization_id = line.organization_id AND item.id = line.catalog_item_id \
    LEFT JOIN event_line pack_line ON pack_line.organization_id = line.organization_id AND pack_line.event_id = line.event_id \
    AND pack_line.unit_id = unit.container_id \
    WHERE line.organization_id = $1 AND line.event_id = $2";

/// The lines of an event in the order in which they were made.
pub fn lines(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<LineRow>> {
    tx.all(format!("SELECT {LINE_COLUMNS} ORDER BY line.id").as_str(), args![organization, event])
}

/// These lines of an event, in the order in which they were made.
pub fn lines_of(tx: &mut Tx, organization: Uuid, event: Uuid, ids: &[Uuid]) -> Result<Vec<LineRow>> {
    let sql = format!("SELECT {LINE_COLUMNS} AND line.id IN ({{ids}})");
    let mut rows: Vec<LineRow> = bulk::all(tx, &sql, args![organization, event], ids)?;
    rows.sort_unstable_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// A statement for lists of lines (`line`) of an event, with what they are (`item`) and their units (`unit`).
pub fn list_of_lines(organization: Uuid, event: Uuid) -> Query {
    let (columns, _) = LINE_COLUMNS.split_once(" WHERE ").unwrap_or((LINE_COLUMNS, ""));
    let mut query = Query::new(format!("SELECT {columns}"));
    query.and("line.organization_id = ?", [Value::Uuid(organization)]);
    query.and("line.event_id = ?", [Value::Uuid(event)]);
    query
}

/// One line of an event.
pub fn line(tx: &mut Tx, organization: Uuid, event: Uuid, line: Uuid) -> Result<Option<LineRow>> {
    tx.one(format!("SELECT {LINE_COLUMNS} AND line.id = $3").as_str(), args![organization, event, line])
}

const LINE_HEAD: &str = "INSERT INTO event_line (organization_id, event_id, id, unit_id, catalog_item_id, manufacturer_id, \
    usage, unit_price_minor, price_source, no_charge, amount_minor, facility_stock, shelf_location_id, reusable, custodian_id, \
    note, expiry_reason, open) VALUES";

/// A line to be made.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Its id.
    pub id: Uuid,
    /// The unit.
    pub unit: Uuid,
    /// What it is.
    pub item: Uuid,
    /// Who made it.
    pub manufacturer: Uuid,
    /// What happened to it.
    pub usage: &'static str,
    /// Its price.
    pub price: i64,
    /// Where that comes from.
    pub source: &'static str,
    /// What it adds to the total.
    pub amount: i64,
    /// The shelf of facility stock.
    pub shelf: Option<Uuid>,
    /// Comes back after use.
    pub reusable: bool,
    /// Who answers for it.
    pub custodian: Uuid,
    /// A note.
    pub note: String,
    /// Why an expired unit was accepted.
    pub expiry_reason: String,
    /// Given free of charge: what lies in a pack is paid with it.
    pub no_charge: bool,
}

/// Makes the lines of an open event.
pub fn insert_lines(tx: &mut Tx, organization: Uuid, event: Uuid, lines: &[NewLine]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 18);
    for line in lines {
        values.extend_from_slice(args![
            organization,
            event,
            line.id,
            line.unit,
            line.item,
            line.manufacturer,
            line.usage,
            line.price,
            line.source,
            line.no_charge,
            line.amount,
            line.shelf.is_some(),
            line.shelf,
            line.reusable,
            line.custodian,
            line.note,
            line.expiry_reason,
            true
        ]);
    }
    bulk::insert(tx, LINE_HEAD, "", 18, &values)?;
    Ok(())
}

const ON_EVENT: &str = "SELECT unit_id FROM event_line WHERE organization_id = $1 AND event_id = $2 AND unit_id IN ({ids}) ORDER BY unit_id";
const SAVE_LINE: &str = "UPDATE event_line SET usage = $4, unit_price_minor = $5, price_source = $6, no_charge = $7, \
    amount_minor = $8, note = $9 WHERE organization_id = $1 AND event_id = $2 AND id = $3";
const DROP_LINES: &str = "DELETE FROM event_line WHERE organization_id = $1 AND event_id = $2 AND id IN ({ids})";
const OPEN_LINES: &str = "UPDATE event_line SET open = $3 WHERE organization_id = $1 AND event_id = $2";
const SUMS: &str = "SELECT COUNT(*), COALESCE(SUM(amount_minor), 0), \
    COALESCE(SUM(CASE WHEN price_source = 'manual' THEN 1 ELSE 0 END), 0) \
    FROM event_line WHERE organization_id = $1 AND event_id = $2";

/// Which of these units stand on the event already.
pub fn on_event(tx: &mut Tx, organization: Uuid, event: Uuid, units: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = bulk::all::<(Uuid,)>(tx, ON_EVENT, args![organization, event], units)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Saves what may change of a line.
pub fn save_line(tx: &mut Tx, organization: Uuid, event: Uuid, line: &LineRow) -> Result<()> {
    tx.exec(
        SAVE_LINE,
        args![
            organization,
            event,
            line.id,
            line.usage,
            line.unit_price_minor,
            line.price_source,
            line.no_charge,
            line.amount_minor,
            line.note
        ],
    )?;
    Ok(())
}

const SAVE_LINES: &str = "UPDATE event_line SET usage = $3, unit_price_minor = $4, price_source = $5, no_charge = $6, \
    amount_minor = $7, note = $8 WHERE organization_id = $1 AND event_id = $2 AND id IN ({ids})";

/// Saves what may change of many lines. Lines that say the same share a statement.
pub fn save_lines<'a>(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    lines: impl IntoIterator<Item = &'a LineRow>,
) -> Result<()> {
    type Said<'a> = (&'a str, i64, &'a str, bool, i64, &'a str);
    let mut alike: BTreeMap<Said<'_>, Vec<Uuid>> = BTreeMap::new();
    for line in lines {
        let said: Said<'_> =
            (&line.usage, line.unit_price_minor, &line.price_source, line.no_charge, line.amount_minor, &line.note);
        alike.entry(said).or_default().push(line.id);
    }
    for ((usage, price, source, no_charge, amount, note), ids) in alike {
        bulk::exec(tx, SAVE_LINES, args![organization, event, usage, price, source, no_charge, amount, note], &ids)?;
    }
    Ok(())
}

/// Takes lines off an event.
pub fn drop_lines(tx: &mut Tx, organization: Uuid, event: Uuid, ids: &[Uuid]) -> Result<()> {
    bulk::exec(tx, DROP_LINES, args![organization, event], ids)?;
    Ok(())
}

/// Marks the lines of an event as those of an open one, or not.
pub fn open_lines(tx: &mut Tx, organization: Uuid, event: Uuid, open: bool) -> Result<()> {
    tx.exec(OPEN_LINES, args![organization, event, open])?;
    Ok(())
}

const SET_CUSTODIAN: &str =
    "UPDATE event_line SET custodian_id = $4 WHERE organization_id = $1 AND event_id = $2 AND id = $3";

/// Notes who answers for a line's unit, when that changed since it was marked.
pub fn set_line_custodian(tx: &mut Tx, organization: Uuid, event: Uuid, line: Uuid, custodian: Uuid) -> Result<()> {
    tx.exec(SET_CUSTODIAN, args![organization, event, line, custodian])?;
    Ok(())
}

/// How many lines an event has, what they add up to, and how many prices were typed.
pub fn sums(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<(i64, i64, i64)> {
    Ok(tx.one(SUMS, args![organization, event])?.unwrap_or((0, 0, 0)))
}

db::record! {
    /// An amount besides the units.
    #[derive(Clone)]
    pub struct ChargeRow {
        pub id: Uuid, pub kind: String, pub label: String, pub amount_minor: i64, pub commissionable: bool,
        pub manufacturer_id: Option<Uuid>, pub shared: bool,
    }
}

const CHARGES: &str = "SELECT id, kind, label, amount_minor, commissionable, manufacturer_id, shared FROM event_charge \
    WHERE organization_id = $1 AND event_id = $2 ORDER BY id";
const ADD_CHARGE: &str = "INSERT INTO event_charge (organization_id, event_id, id, kind, label, amount_minor, commissionable, \
    manufacturer_id, shared) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE_CHARGE: &str = "UPDATE event_charge SET kind = $4, label = $5, amount_minor = $6, commissionable = $7, \
    manufacturer_id = $8, shared = $9 WHERE organization_id = $1 AND event_id = $2 AND id = $3";
const DROP_SHARES: &str = "DELETE FROM event_charge_share WHERE organization_id = $1 AND event_id = $2";
const ADD_SHARE: &str = "INSERT INTO event_charge_share (organization_id, event_id, manufacturer_id, amount_minor) \
    VALUES ($1, $2, $3, $4)";
const DROP_CHARGE: &str = "DELETE FROM event_charge WHERE organization_id = $1 AND event_id = $2 AND id = $3";

/// The charges of an event.
pub fn charges(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<ChargeRow>> {
    tx.all(CHARGES, args![organization, event])
}

/// Adds a charge.
pub fn insert_charge(tx: &mut Tx, organization: Uuid, event: Uuid, row: &ChargeRow) -> Result<()> {
    write_charge(tx, ADD_CHARGE, organization, event, row)
}

/// Saves what may change of a charge: all of it.
pub fn save_charge(tx: &mut Tx, organization: Uuid, event: Uuid, row: &ChargeRow) -> Result<()> {
    write_charge(tx, SAVE_CHARGE, organization, event, row)
}

fn write_charge(tx: &mut Tx, sql: &'static str, organization: Uuid, event: Uuid, row: &ChargeRow) -> Result<()> {
    let ChargeRow { id, kind, label, amount_minor, commissionable, manufacturer_id, shared } = row;
    tx.exec(
        sql,
        args![organization, event, *id, *kind, *label, *amount_minor, *commissionable, *manufacturer_id, *shared],
    )?;
    Ok(())
}

/// Replaces what each manufacturer bears of the charges of an event.
pub fn set_charge_shares(tx: &mut Tx, organization: Uuid, event: Uuid, shares: &[(Uuid, i64)]) -> Result<()> {
    tx.exec(DROP_SHARES, args![organization, event])?;
    for (manufacturer, amount) in shares {
        tx.exec(ADD_SHARE, args![organization, event, *manufacturer, *amount])?;
    }
    Ok(())
}

/// Takes a charge off an event.
pub fn drop_charge(tx: &mut Tx, organization: Uuid, event: Uuid, id: Uuid) -> Result<()> {
    tx.exec(DROP_CHARGE, args![organization, event, id])?;
    Ok(())
}

db::record! {
    /// A location with its customer, as far as events need them.
    #[derive(Clone)]
    pub struct PlaceRow {
        pub id: Uuid, pub name: String, pub code: String, pub time_zone: String, pub address: String,
        pub price_list_id: Option<Uuid>, pub archived_at: Option<i64>, pub customer_id: Uuid, pub customer_name: String,
        pub customer_number: String, pub customer_price_list_id: Option<Uuid>, pub billing_address: String,
        pub billing_status: String, pub payment_terms_id: Option<Uuid>, pub basis_date: String,
    }
}

db::record! {
    /// An open stocking order of a customer that may be held.
    pub struct HeldRow {
        pub event_id: Uuid, pub number: i64, pub name: String, pub day: i64, pub representative_id: Uuid,
        pub representative_name: String, pub customer_id: Uuid, pub customer_name: String,
        pub billing_status_reason: String, pub total_minor: i64, pub hold_released: bool,
    }
}

/// Open stocking orders of customers whose status stops new ones, or may do so once the calendar is looked at; of those in reach.
pub fn held(tx: &mut Tx, organization: Uuid, within: Option<(String, Vec<Value>)>, most: i64) -> Result<Vec<HeldRow>> {
    let mut query = Query::new(
        "SELECT event.id, event.number, event.name, event.day, event.representative_id, person.name, customer.id, \
         customer.name, customer.billing_status_reason, event.total_minor, event.hold_released FROM event \
         JOIN directory_customer customer ON customer.organization_id = event.organization_id AND customer.id = event.customer_id \
         JOIN directory_standing standing ON standing.organization_id = event.organization_id AND standing.kind = 'cus' \
         AND standing.subject_id = event.customer_id \
         JOIN people_user person ON person.organization_id = event.organization_id AND person.id = event.representative_id",
    );
    query.and("event.organization_id = ?", [Value::Uuid(organization)]);
    query.and("event.type = 'stocking_order' AND event.status = 'open'", []);
    query.and("standing.effective_rank >= 3", []);
    query.and_some(within);
    query.first(tx, "event.day, event.id", usize::try_from(most).unwrap_or(usize::MAX))
}

const PLACE: &str = "SELECT location.id, location.name, location.code, location.time_zone, location.address, \
    location.price_list_id, COALESCE(location.archived_at, customer.archived_at), customer.id, customer.name, customer.number, customer.price_list_id, \
    customer.billing_address, customer.billing_status, customer.payment_terms_id, customer.basis_date \
    FROM directory_location location \
    JOIN directory_customer customer ON customer.organization_id = location.organization_id AND customer.id = location.customer_id \
    WHERE location.organization_id = $1 AND location.id = $2";
const PHYSICIAN: &str = "SELECT name, archived_at FROM directory_physician WHERE organization_id = $1 AND id = $2";
const PROCEDURE: &str = "SELECT name, archived_at FROM directory_procedure WHERE organization_id = $1 AND id = $2";
const LINKED_PROCEDURES: &str = "SELECT target_id FROM directory_physician_link \
    WHERE organization_id = $1 AND physician_id = $2 AND kind = 'procedure' ORDER BY target_id";
const KNOWN_MANUFACTURERS: &str =
    "SELECT id, name, billed_as_organization FROM catalog_manufacturer WHERE organization_id = $1 AND id IN ({ids})";

/// A location with its customer.
pub fn place(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PlaceRow>> {
    tx.one(PLACE, args![organization, id])
}

/// A physician's name, and when they were archived.
pub fn physician(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<(String, Option<i64>)>> {
    tx.one(PHYSICIAN, args![organization, id])
}

/// A procedure's name, and when it was archived.
pub fn procedure(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<(String, Option<i64>)>> {
    tx.one(PROCEDURE, args![organization, id])
}

/// The procedures that a physician is said to do.
pub fn procedures_of(tx: &mut Tx, organization: Uuid, physician: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(LINKED_PROCEDURES, args![organization, physician])?.into_iter().map(|(id,)| id).collect())
}

/// (id, name, billed by the organisation) of the manufacturers among these.
pub fn known_manufacturers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String, bool)>> {
    bulk::all(tx, KNOWN_MANUFACTURERS, args![organization], ids)
}

const ASSIGNED: &str = "SELECT target_id FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = $3 \
    ORDER BY target_id";
const IS_ASSIGNED: &str =
    "SELECT 1 FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = $3 AND target_id = $4";
const COMMISSION_OVERRIDE: &str = "SELECT commission_bp FROM people_assignment WHERE organization_id = $1 AND user_id = $2 \
    AND kind = 'physician' AND target_id = $3";

/// What somebody is assigned to, by kind (location, physician, manufacturer, product_line).
pub fn assigned(tx: &mut Tx, organization: Uuid, user: Uuid, kind: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ASSIGNED, args![organization, user, kind])?.into_iter().map(|(id,)| id).collect())
}

/// Whether somebody is assigned to something.
pub fn is_assigned(tx: &mut Tx, organization: Uuid, user: Uuid, kind: &str, target: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(IS_ASSIGNED, args![organization, user, kind, target])?.is_some())
}

/// The rate that somebody has with a physician, when it differs from the usual one.
pub fn commission_override(tx: &mut Tx, organization: Uuid, user: Uuid, physician: Uuid) -> Result<Option<i64>> {
    let found = tx.one::<(Option<i64>,)>(COMMISSION_OVERRIDE, args![organization, user, physician])?;
    Ok(found.and_then(|(bp,)| bp))
}

const SUB_REACH: &str = "SELECT 1 FROM event_person person \
    JOIN people_reach reach ON reach.organization_id = person.organization_id AND reach.subject_id = person.user_id \
    WHERE person.organization_id = $1 AND person.event_id = $3 AND reach.actor_id = $2 AND reach.person >= 1 LIMIT 1";

/// Whether a viewer reaches anybody on the event.
pub fn reaches_anybody(tx: &mut Tx, viewer: Viewer, event: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(SUB_REACH, args![viewer.organization, viewer.principal, event])?.is_some())
}

const SHARING_WITH: &str = "SELECT distributor.id, distributor.name FROM people_representative link \
    JOIN people_user distributor ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
    WHERE link.organization_id = $1 AND link.sales_id = $2 AND distributor.shares_inventory = 1 ORDER BY distributor.id";
const GROUP_OF: &str = "SELECT distributor.id, distributor.name, distributor.shares_inventory FROM people_representative link \
    JOIN people_user distributor ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
    WHERE link.organization_id = $1 AND link.sales_id = $2 AND link.hub = 0";
const OFFICE: &str = "SELECT id FROM people_user WHERE organization_id = $1 AND active = 1 \
    AND role IN ('primary_admin', 'admin', 'operations') ORDER BY id LIMIT 200";

/// (id, name) of the distributors and hubs who share with a rep.
pub fn sharing_with(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<Vec<(Uuid, String)>> {
    tx.all(SHARING_WITH, args![organization, rep])
}

/// (id, name, shares) of the full distributor of a rep.
pub fn distributor_of(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<Option<(Uuid, String, bool)>> {
    tx.one(GROUP_OF, args![organization, rep])
}

/// The back office: whom notices of events go to.
pub fn office(tx: &mut Tx, organization: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(OFFICE, args![organization])?.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// A catalog item, as far as lines need it.
    pub struct ItemRow { pub id: Uuid, pub number: String, pub description: String, pub list_price_minor: Option<i64> }
}

db::record! {
    /// An agreed price.
    pub struct PriceRow {
        pub owner_id: Uuid, pub catalog_item_id: Uuid, pub price_minor: i64, pub valid_from: i64, pub valid_to: i64,
    }
}

const ITEMS: &str =
    "SELECT id, number, description, list_price_minor FROM catalog_item WHERE organization_id = $1 AND id IN ({ids})";
const PRICES: &str = "SELECT owner_id, catalog_item_id, price_minor, valid_from, valid_to FROM directory_price \
    WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id IN ({ids})";

/// The catalog items of these ids.
pub fn items(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<ItemRow>> {
    bulk::all(tx, ITEMS, args![organization], ids)
}

/// What an owner of prices (a location or a price list) agreed for these items.
pub fn prices(tx: &mut Tx, organization: Uuid, owner: Uuid, items: &[Uuid]) -> Result<Vec<PriceRow>> {
    bulk::all(tx, PRICES, args![organization, owner], items)
}

const BY_IDENTIFIER: &str =
    "SELECT catalog_item_id FROM catalog_identifier WHERE organization_id = $1 AND identifier = $2";

/// The item that a device identifier names.
pub fn item_of_identifier(tx: &mut Tx, organization: Uuid, identifier: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_IDENTIFIER, args![organization, identifier])?.map(|(id,)| id))
}

db::record! {
    /// A container that is booked for an event, open or over.
    #[derive(Clone, Debug)]
    pub struct BookingRow {
        pub unit_id: Uuid, pub event_id: Uuid, pub starts_at: i64, pub ends_at: i64, pub open: bool, pub number: String,
        pub serial: String,
    }
}

const BOOKINGS: &str = "SELECT booking.unit_id, booking.event_id, booking.starts_at, booking.ends_at, booking.open, item.number, \
    unit.serial FROM event_container booking \
    JOIN stock_unit unit ON unit.organization_id = booking.organization_id AND unit.id = booking.unit_id \
    JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
    WHERE booking.organization_id = $1 AND booking.event_id IN ({ids})";

const BOOKINGS_BETWEEN: &str = "SELECT booking.unit_id, booking.event_id, booking.starts_at, booking.ends_at, booking.open, \
    item.number, unit.serial FROM event_container booking \
    JOIN stock_unit unit ON unit.organization_id = booking.organization_id AND unit.id = booking.unit_id \
    JOIN catalog_item item ON item.organization_id = unit.organization_id AND item.id = unit.catalog_item_id \
    WHERE booking.organization_id = $1 AND booking.starts_at >= $2 AND booking.starts_at <= $3";

/// The containers that are or were booked for events that begin between two moments, both included. A booking begins with its event.
pub fn bookings_between(tx: &mut Tx, organization: Uuid, from: i64, to: i64) -> Result<Vec<BookingRow>> {
    tx.all(BOOKINGS_BETWEEN, args![organization, from, to])
}

/// The containers that are or were booked for these events.
pub fn bookings(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<BookingRow>> {
    bulk::all(tx, BOOKINGS, args![organization], events)
}
