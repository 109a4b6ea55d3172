//! Locations: rows, effective reps, search words; lists with figures are in [`list`].

mod list;

pub use list::{Filter, Listed, Scope, count, ids, one, open_cases, overrides, page, reached, sums};

use super::words_of;
use crate::page::Query;
use crate::reach::Viewer;
use crate::search;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A location as stored.
    #[derive(Clone, Debug)]
    pub struct LocationRow {
        pub id: Uuid, pub customer_id: Uuid, pub code: String, pub code_key: String, pub name: String, pub name_key: String,
        pub sort_key: String, pub kind: String, pub time_zone: String, pub address: String, pub phone: String, pub contacts: String,
        pub delivery_instructions: String, pub price_list_id: Option<Uuid>, pub sales_rep_mode: String,
        pub sales_rep_id: Option<Uuid>, pub effective_rep_id: Option<Uuid>, pub rep_key: String, pub external_ids: String,
        pub tags: String, pub archived_at: Option<i64>, pub version: i64, pub created_at: i64, pub updated_at: i64,
        pub licence_no: String, pub receiving_hours: String, pub custom: String, pub rep_source: String, pub city_key: String,
        pub state_key: String, pub postal_key: String, pub price_key: String, pub tags_key: String,
    }
}

const COLUMNS: usize = 33;

macro_rules! columns {
    () => {
        "location.id, location.customer_id, location.code, location.code_key, location.name, location.name_key, \
        location.sort_key, location.kind, location.time_zone, location.address, location.phone, location.contacts, \
        location.delivery_instructions, location.price_list_id, location.sales_rep_mode, location.sales_rep_id, \
        location.effective_rep_id, location.rep_key, location.external_ids, location.tags, location.archived_at, \
        location.version, location.created_at, location.updated_at, location.licence_no, location.receiving_hours, \
        location.custom, location.rep_source, location.city_key, location.state_key, location.postal_key, location.price_key, \
        location.tags_key"
    };
}

const COLUMN_NAMES: &str = columns!();

const BY_ID: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_location location WHERE location.organization_id = $1 AND location.id = $2"
);
const LOCK: db::Sql = db::Sql {
    lite: BY_ID,
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM directory_location location WHERE location.organization_id = $1 AND location.id = $2 FOR UPDATE"
    ),
};

/// One location, whoever asks: callers apply reach.
pub fn location_row(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<LocationRow>> {
    tx.one(BY_ID, args![organization, id])
}

/// The same, locked.
pub fn lock_location(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<LocationRow>> {
    tx.one(LOCK, args![organization, id])
}

const BY_CODE: &str =
    "SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2 AND code_key = $3";
const BY_NAME: &str = "SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2 AND name_key = $3 \
    ORDER BY id LIMIT 2";
const KEYS: &str = "SELECT id, customer_id, code_key, name_key FROM directory_location WHERE organization_id = $1";
const OF_CUSTOMER: &str =
    "SELECT id FROM directory_location WHERE organization_id = $1 AND customer_id = $2 ORDER BY code_key, id";

/// The location of a customer with a code (as a key: lower case).
pub fn by_code(tx: &mut Tx, organization: Uuid, customer: Uuid, code_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_CODE, args![organization, customer, code_key])?.map(|(id,)| id))
}

/// Locations of a customer with a folded name, at most two.
pub fn by_name(tx: &mut Tx, organization: Uuid, customer: Uuid, name_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(BY_NAME, args![organization, customer, name_key])?.into_iter().map(|(id,)| id).collect())
}

/// (id, customer, code, folded name) of every location: references of an import, loaded once.
pub fn keys(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, Uuid, String, String)>> {
    tx.all(KEYS, args![organization])
}

/// Ids of a customer's locations, archived ones included.
pub fn of_customer(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(OF_CUSTOMER, args![organization, customer])?.into_iter().map(|(id,)| id).collect())
}

const INSERT: &str = "INSERT INTO directory_location (organization_id, id, customer_id, code, code_key, name, name_key, sort_key, \
    kind, time_zone, address, phone, contacts, delivery_instructions, price_list_id, sales_rep_mode, sales_rep_id, \
    effective_rep_id, rep_key, external_ids, tags, archived_at, version, created_at, updated_at, licence_no, receiving_hours, \
    custom, rep_source, city_key, state_key, postal_key, price_key, tags_key, indexed) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
    $26, $27, $28, $29, $30, $31, $32, $33, $34, 1)";
fn values(organization: Uuid, row: &LocationRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.customer_id,
        row.code,
        row.code_key,
        row.name,
        row.name_key,
        row.sort_key,
        row.kind,
        row.time_zone,
        row.address,
        row.phone,
        row.contacts,
        row.delivery_instructions,
        row.price_list_id,
        row.sales_rep_mode,
        row.sales_rep_id,
        row.effective_rep_id,
        row.rep_key,
        row.external_ids,
        row.tags,
        row.archived_at,
        row.version,
        row.created_at,
        row.updated_at,
        row.licence_no,
        row.receiving_hours,
        row.custom,
        row.rep_source,
        row.city_key,
        row.state_key,
        row.postal_key,
        row.price_key,
        row.tags_key
    ]
    .to_vec()
}

/// How locations are ordered: by their customer first. A tab sorts before every character of a folded name.
pub fn sort_key(customer_name_key: &str, name_key: &str) -> String {
    format!("{customer_name_key}\t{name_key}")
}

fn tokens(row: &LocationRow, customer_name: &str) -> Vec<String> {
    let ids: std::collections::BTreeMap<String, String> = serde_json::from_str(&row.external_ids).unwrap_or_default();
    let address: serde_json::Value = serde_json::from_str(&row.address).unwrap_or_default();
    let city = address.get("city").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let mut words = words_of([row.name.as_str(), row.code.as_str(), customer_name, city.as_str()]);
    words.extend(words_of(ids.values().map(String::as_str)));
    let phone = domain::text::phone_digits(&row.phone);
    words.extend((!phone.is_empty()).then_some(phone));
    words.extend(super::address_tokens([&row.address]));
    words.sort_unstable();
    words.dedup();
    words
}

/// Makes a location with its figures and search words; the customer counts it.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &LocationRow, customer_name: &str) -> Result<()> {
    tx.exec(INSERT, &values(organization, row))?;
    super::figures::begin(tx, organization, super::figures::LOCATION, row.id)?;
    super::standing::begin(tx, organization, super::figures::LOCATION, row.id)?;
    super::beside::write(tx, organization, "loc", row.id, &row.tags, &row.external_ids)?;
    super::customers::add_locations(tx, organization, row.customer_id, i64::from(row.archived_at.is_none()))?;
    search::add(tx, organization, "loc", row.id, &tokens(row, customer_name))
}

/// Saves a locked location as `row` has it, and counts its version up. `before` is the row as it was locked.
pub fn save(
    tx: &mut Tx,
    organization: Uuid,
    before: &LocationRow,
    row: &LocationRow,
    customer_name: &str,
) -> Result<()> {
    save_row(tx, organization, before, row)?;
    let (was, is) = (i64::from(before.archived_at.is_none()), i64::from(row.archived_at.is_none()));
    if before.customer_id != row.customer_id {
        super::customers::add_locations(tx, organization, before.customer_id, -was)?;
        super::customers::add_locations(tx, organization, row.customer_id, is)?;
        super::figures::location_moved(tx, organization, row.id, row.customer_id)?;
        super::standing::location_moved(tx, organization, row.id, before.customer_id, row.customer_id)?;
    } else if was != is {
        super::customers::add_locations(tx, organization, row.customer_id, is - was)?;
    }
    let words = tokens(row, customer_name);
    if before.customer_id != row.customer_id || words != tokens(before, customer_name) {
        search::index(tx, organization, "loc", row.id, &words)?;
    }
    Ok(())
}

/// The same for a change that leaves its customer, its archive and everything that is searched as it was: for many rows at once.
pub fn save_row(tx: &mut Tx, organization: Uuid, before: &LocationRow, row: &LocationRow) -> Result<()> {
    let (old, new) = (values(organization, before), values(organization, row));
    crate::bulk::save_changed(tx, "directory_location", organization, COLUMN_NAMES, &old[1..], &new[1..])?;
    if (&row.tags, &row.external_ids) != (&before.tags, &before.external_ids) {
        super::beside::write(tx, organization, "loc", row.id, &row.tags, &row.external_ids)?;
    }
    Ok(())
}

/// The same for a location that goes to another customer together with all that happened there: both customers count it, the
/// figures are for the caller to make anew.
pub fn rehome(
    tx: &mut Tx,
    organization: Uuid,
    before: &LocationRow,
    row: &LocationRow,
    customer_name: &str,
) -> Result<()> {
    save_row(tx, organization, before, row)?;
    let active = i64::from(row.archived_at.is_none());
    super::customers::add_locations(tx, organization, before.customer_id, -i64::from(before.archived_at.is_none()))?;
    super::customers::add_locations(tx, organization, row.customer_id, active)?;
    search::index(tx, organization, "loc", row.id, &tokens(row, customer_name))
}

/// Every location of a customer, archived ones included, locked.
pub fn lock_of_customer(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<Vec<LocationRow>> {
    let ids = of_customer(tx, organization, customer)?;
    lock_many(tx, organization, &ids)
}

const MANY: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_location location WHERE location.organization_id = $1 AND location.id IN ({ids}) ORDER BY location.id"
);

/// Locations of these ids, locked in the order of their ids; unknown ones are left out. Their customers are locked before.
pub fn lock_many(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<LocationRow>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let sql = match tx.engine() {
        db::Engine::Sqlite => MANY.to_owned(),
        db::Engine::Postgres => format!("{MANY} FOR UPDATE"),
    };
    crate::bulk::all(tx, &sql, args![organization], &ids)
}

/// The same without locks: for previews.
pub fn many(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<LocationRow>> {
    crate::bulk::all(tx, MANY, args![organization], ids)
}

// Those that inherit from their customers already, and the others: a column that is named has its index written anew. The source is
// no plain column here: nearly all locations have the same, and its index would lead through all of them.
const INHERIT: [&str; 2] = [
    "UPDATE directory_location SET effective_rep_id = $2, rep_key = $3 \
    WHERE organization_id = $1 AND sales_rep_mode = 'inherit' AND rep_source || '' = 'customer' AND customer_id IN ({ids})",
    "UPDATE directory_location SET effective_rep_id = $2, rep_key = $3, rep_source = 'customer' \
    WHERE organization_id = $1 AND sales_rep_mode = 'inherit' AND rep_source || '' <> 'customer' AND customer_id IN ({ids})",
];

/// The default rep of these customers is another one now: every location that inherits follows. Gives how many. A customer
/// without a default rep leaves its locations to territories: see [`super::territories::settle`].
pub fn follow_customers(tx: &mut Tx, organization: Uuid, customers: &[Uuid], rep: Uuid, key: &str) -> Result<u64> {
    let mut followed = 0;
    for sql in INHERIT {
        followed += crate::bulk::exec(tx, sql, args![organization, rep, key], customers)?;
    }
    Ok(followed)
}

const INHERITING: &str = "SELECT id, state_key, postal_key FROM directory_location \
    WHERE organization_id = $1 AND sales_rep_mode = 'inherit' AND customer_id IN ({ids})";

/// (id, state, postal code) of the locations that inherit from these customers.
pub fn inheriting(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Vec<(Uuid, String, String)>> {
    crate::bulk::all(tx, INHERITING, args![organization], customers)
}

const SET_EFFECTIVE: &str = "UPDATE directory_location SET effective_rep_id = $2, rep_key = $3, rep_source = $4 \
    WHERE organization_id = $1 AND id IN ({ids})";

/// Says who cares for locations now, and where that comes from.
pub fn set_effective(
    tx: &mut Tx,
    organization: Uuid,
    ids: &[Uuid],
    rep: Option<Uuid>,
    key: &str,
    source: &str,
) -> Result<u64> {
    crate::bulk::exec(tx, SET_EFFECTIVE, args![organization, rep, key, source], ids)
}

const OWN_REPS: &str = "SELECT id, sales_rep_mode, sales_rep_id FROM directory_location \
    WHERE organization_id = $1 AND sales_rep_mode <> 'inherit' AND customer_id IN ({ids})";

/// (id, mode, rep) of the locations of these customers that do not inherit.
pub fn overriding(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Vec<(Uuid, String, Option<Uuid>)>> {
    crate::bulk::all(tx, OWN_REPS, args![organization], customers)
}

const ROWS_OF_CUSTOMER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_location location WHERE location.organization_id = $1 AND location.customer_id = $2"
);
const SET_SORT_KEY: &str = "UPDATE directory_location SET sort_key = $3 WHERE organization_id = $1 AND id = $2";

/// The customer was renamed: its locations are sorted and found under the new name.
pub fn customer_renamed(tx: &mut Tx, organization: Uuid, customer: Uuid, name: &str, name_key: &str) -> Result<()> {
    for row in tx.all::<LocationRow>(ROWS_OF_CUSTOMER, args![organization, customer])? {
        tx.exec(SET_SORT_KEY, args![organization, row.id, sort_key(name_key, &row.name_key)])?;
        search::index(tx, organization, "loc", row.id, &tokens(&row, name))?;
    }
    Ok(())
}

const OPEN_WORK: &str = "SELECT 1 FROM event WHERE organization_id = $1 AND location_id = $2 \
    AND status IN ('open', 'pending_po', 'pending_payment') LIMIT 1";

/// Whether events of a location are still open or not yet paid.
pub fn has_open_work(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(OPEN_WORK, args![organization, location])?.is_some())
}

const INHERIT_AGAIN: &str = "UPDATE directory_location SET sales_rep_mode = 'inherit', sales_rep_id = NULL, \
    version = version + 1, updated_at = $2 WHERE organization_id = $1 AND id IN ({ids})";
const OVERRIDE_AGAIN: &str = "UPDATE directory_location SET sales_rep_mode = $3, sales_rep_id = $4, effective_rep_id = $4, \
    rep_key = $5, rep_source = $6, version = version + 1, updated_at = $7 \
    WHERE organization_id = $1 AND id = $2 AND sales_rep_mode = 'inherit'";

/// These locations inherit from their customers again; who cares for them is to be settled afterwards.
pub fn inherit_again(tx: &mut Tx, organization: Uuid, ids: &[Uuid], now: i64) -> Result<u64> {
    crate::bulk::exec(tx, INHERIT_AGAIN, args![organization, now], ids)
}

/// A location that inherits gets a rep of its own, or deliberately nobody.
pub fn override_again(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    mode: &str,
    rep: Option<Uuid>,
    key: &str,
    now: i64,
) -> Result<u64> {
    let source = if rep.is_some() { "location" } else { "none" };
    tx.exec(OVERRIDE_AGAIN, args![organization, id, mode, rep, key, source, now])
}

const INHERITING_REPS: &str = "SELECT customer_id, id, effective_rep_id FROM directory_location \
    WHERE organization_id = $1 AND sales_rep_mode = 'inherit' AND archived_at IS NULL AND customer_id IN ({ids})";

/// (customer, location, rep) of the active locations that inherit from these customers.
pub fn inheriting_reps(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Vec<(Uuid, Uuid, Option<Uuid>)>> {
    crate::bulk::all(tx, INHERITING_REPS, args![organization], customers)
}

const OVERRIDING_COUNTS: &str = "SELECT customer_id, COUNT(*) FROM directory_location \
    WHERE organization_id = $1 AND sales_rep_mode <> 'inherit' AND customer_id IN ({ids}) GROUP BY customer_id";

/// How many locations of each of these customers do not inherit; customers without any are left out.
pub fn overriding_counts(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    crate::bulk::all(tx, OVERRIDING_COUNTS, args![organization], customers)
}

/// (id, name) of the locations in reach, by customer and name, when they are at most `limit`: a list to choose from.
pub fn choices(tx: &mut Tx, viewer: Viewer, limit: usize) -> Result<Option<Vec<(Uuid, String)>>> {
    let mut query = Query::new("SELECT location.id, location.name FROM directory_location location");
    query.and("location.organization_id = ? AND location.archived_at IS NULL", [Value::Uuid(viewer.organization)]);
    query.and_some(super::locations_in_reach(viewer, "location.id"));
    let rows = query.first(tx, "location.sort_key, location.id", limit + 1)?;
    Ok(Some(rows).filter(|rows| rows.len() <= limit))
}
