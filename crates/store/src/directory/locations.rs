//! Locations: rows, lists with figures, effective reps, search words.

use super::customers::{FigureRow, Range};
use super::{any_or_none, archived, location_in_reach, locations_in_reach, searched, words_of};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{FromRow, Result, Row, Tx, Value, args};
use domain::clock::Day;
use domain::engagement::{EngagementStage, Window};
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
    }
}

const COLUMNS: usize = 24;

macro_rules! columns {
    () => {
        "location.id, location.customer_id, location.code, location.code_key, location.name, location.name_key, \
        location.sort_key, location.kind, location.time_zone, location.address, location.phone, location.contacts, \
        location.delivery_instructions, location.price_list_id, location.sales_rep_mode, location.sales_rep_id, \
        location.effective_rep_id, location.rep_key, location.external_ids, location.tags, location.archived_at, \
        location.version, location.created_at, location.updated_at"
    };
}

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
    effective_rep_id, rep_key, external_ids, tags, archived_at, version, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)";
const SAVE: &str = "UPDATE directory_location SET customer_id = $3, code = $4, code_key = $5, name = $6, name_key = $7, \
    sort_key = $8, kind = $9, time_zone = $10, address = $11, phone = $12, contacts = $13, delivery_instructions = $14, \
    price_list_id = $15, sales_rep_mode = $16, sales_rep_id = $17, effective_rep_id = $18, rep_key = $19, external_ids = $20, \
    tags = $21, archived_at = $22, version = $23 + 1, created_at = $24, updated_at = $25 WHERE organization_id = $1 AND id = $2";

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
        row.updated_at
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
    words
}

/// Makes a location with its figures and search words; the customer counts it.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &LocationRow, customer_name: &str) -> Result<()> {
    tx.exec(INSERT, &values(organization, row))?;
    super::figures::begin(tx, organization, super::figures::LOCATION, row.id)?;
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
    tx.exec(SAVE, &values(organization, row))?;
    let (was, is) = (i64::from(before.archived_at.is_none()), i64::from(row.archived_at.is_none()));
    if before.customer_id != row.customer_id {
        super::customers::add_locations(tx, organization, before.customer_id, -was)?;
        super::customers::add_locations(tx, organization, row.customer_id, is)?;
        super::figures::location_moved(tx, organization, row.id, row.customer_id)?;
    } else if was != is {
        super::customers::add_locations(tx, organization, row.customer_id, is - was)?;
    }
    search::index(tx, organization, "loc", row.id, &tokens(row, customer_name))
}

const INHERIT: &str = "UPDATE directory_location SET effective_rep_id = $3, rep_key = $4 \
    WHERE organization_id = $1 AND customer_id = $2 AND sales_rep_mode = 'inherit'";

/// The customer's default rep is another one now: every location that inherits follows. Gives how many.
pub fn follow_customer(tx: &mut Tx, organization: Uuid, customer: Uuid, rep: Option<Uuid>, key: &str) -> Result<u64> {
    tx.exec(INHERIT, args![organization, customer, rep, key])
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

/// A location in a list with its figures.
#[derive(Clone, Debug)]
pub struct Listed {
    pub row: LocationRow,
    pub figure: FigureRow,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { row: LocationRow::from_row(row)?, figure: FigureRow::read(row, COLUMNS)? })
    }
}

impl Listed {
    /// The value by which a sort column orders this row.
    pub fn key(&self, column: &str) -> Value {
        let row = &self.row;
        match column {
            "location.sort_key" => Value::Text(row.sort_key.clone()),
            "location.name_key" => Value::Text(row.name_key.clone()),
            "location.rep_key" => Value::Text(row.rep_key.clone()),
            "location.created_at" => Value::Int(row.created_at),
            other => self.figure.key(other).map_or(Value::Uuid(row.id), Value::Int),
        }
    }
}

/// What a list of locations is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub customers: Option<Vec<Uuid>>,
    pub codes: Option<Vec<String>>,
    /// Effective reps, and whether nobody counts.
    pub reps: Option<(Vec<Uuid>, bool)>,
    pub modes: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub price_lists: Option<(Vec<Uuid>, bool)>,
    pub archived: Option<bool>,
    pub engaged: Option<bool>,
    pub stages: Option<Vec<EngagementStage>>,
    pub orders_total: Range,
    pub orders_count: Range,
    pub last_order_on: Range,
}

/// For whom, over which window, as of which day.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub viewer: Viewer,
    pub window: Window,
    pub today: Day,
    /// Only this one: reach is asked row by row.
    pub only: Option<Uuid>,
}

fn by_figure(sorts: &[Sort]) -> bool {
    sorts.first().is_some_and(|sort| sort.column.starts_with("figure."))
}

/// Figures of locations over a window, summed from their days.
fn computed(organization: Uuid, since: Day, only: Option<Uuid>) -> (String, Vec<Value>) {
    let mut args = vec![Value::Uuid(organization)];
    let mut one = "";
    if let Some(only) = only {
        one = " AND base.subject_id = ?";
        args.push(Value::Uuid(only));
    }
    let none = super::figures::NO_AVERAGE;
    let sql = format!(
        "(SELECT sums.subject_id, sums.n AS orders_count, sums.total AS orders_total_minor, \
         CASE WHEN sums.n <= 0 THEN -1 ELSE (2 * sums.total + sums.n) / (2 * sums.n) END AS orders_avg_minor, \
         CASE WHEN sums.n <= 0 THEN {none} ELSE (2 * sums.total + sums.n) / (2 * sums.n) END AS orders_avg_last, \
         sums.first_order_on, sums.last_order_on, sums.usual_gap FROM \
         (SELECT base.subject_id, CAST(COALESCE(SUM(days.orders_count), 0) AS BIGINT) AS n, \
         CAST(COALESCE(SUM(days.orders_total_minor), 0) AS BIGINT) AS total, MAX(base.first_order_on) AS first_order_on, \
         MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap FROM directory_figure base \
         JOIN directory_location place ON place.organization_id = base.organization_id AND place.id = base.subject_id \
         LEFT JOIN billing_customer_day days ON days.organization_id = base.organization_id \
         AND days.customer_id = place.customer_id AND days.location_id = base.subject_id AND days.day >= {} \
         WHERE base.organization_id = ? AND base.kind = 'loc' AND base.span = 'all'{one} GROUP BY base.subject_id) sums)",
        since.0
    );
    (sql, args)
}

fn query(scope: &Scope, filter: &Filter, sorts: &[Sort]) -> Query {
    let organization = scope.viewer.organization;
    let columns = format!(concat!("SELECT ", columns!(), ", {}"), FigureRow::COLUMNS);
    let mut query = match scope.window.since(scope.today) {
        None => {
            let from = if by_figure(sorts) {
                "directory_figure figure CROSS JOIN directory_location location"
            } else {
                "directory_location location CROSS JOIN directory_figure figure"
            };
            let mut query = Query::new(format!("{columns} FROM {from}"));
            query.and(
                "figure.organization_id = ? AND figure.kind = 'loc' AND figure.span = 'all'",
                [Value::Uuid(organization)],
            );
            query
        }
        Some(since) => {
            let (figures, args) = computed(organization, since, scope.only);
            Query::with(&format!("{columns} FROM {figures} figure CROSS JOIN directory_location location"), args)
        }
    };
    query.and("location.organization_id = ? AND figure.subject_id = location.id", [Value::Uuid(organization)]);
    match scope.only {
        Some(only) => {
            query.and("location.id = ?", [Value::Uuid(only)]);
            query.and_some(location_in_reach(scope.viewer, "location"));
        }
        None => {
            query.and_some(locations_in_reach(scope.viewer, "location.id"));
        }
    }
    narrow(&mut query, organization, filter, scope.today);
    query
}

fn narrow(query: &mut Query, organization: Uuid, filter: &Filter, today: Day) {
    let uuids = |ids: &[Uuid]| ids.iter().copied().map(Value::Uuid).collect::<Vec<_>>();
    for (column, wanted) in [("location.id", &filter.ids), ("location.customer_id", &filter.customers)] {
        if let Some(ids) = wanted {
            query.any_of(column, uuids(ids));
        }
    }
    searched(query, organization, "loc", &filter.words, "location.id");
    for (column, wanted) in [
        ("location.code_key", &filter.codes),
        ("location.sales_rep_mode", &filter.modes),
        ("location.kind", &filter.kinds),
    ] {
        if let Some(words) = wanted {
            query.any_of(column, words.iter().cloned().map(Value::Text).collect());
        }
    }
    for (column, wanted) in
        [("location.effective_rep_id", &filter.reps), ("location.price_list_id", &filter.price_lists)]
    {
        if let Some((ids, none)) = wanted {
            any_or_none(query, column, uuids(ids), *none);
        }
    }
    archived(query, "location.archived_at", filter.archived);
    super::customers::engagement(query, today, filter.engaged, filter.stages.as_deref());
    filter.orders_total.add(query, "figure.orders_total_minor");
    filter.orders_count.add(query, "figure.orders_count");
    filter.last_order_on.add(query, "figure.last_order_on");
}

/// A page of locations in reach.
pub fn page(
    tx: &mut Tx,
    scope: &Scope,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<Listed>, bool)> {
    let id = if by_figure(sorts) { "figure.subject_id" } else { "location.id" };
    query(scope, filter, sorts).page(tx, sorts, id, after, limit)
}

/// How many locations match.
pub fn count(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<i64> {
    query(scope, filter, &[]).count(tx)
}

/// Ids of every match, ordered: what a bulk change freezes.
pub fn ids(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    query(scope, filter, &[]).each(tx, &[], "location.id", |row| {
        ids.push(row.get(0)?);
        Ok(())
    })?;
    Ok(ids)
}

/// One location in reach with its figures.
pub fn one(tx: &mut Tx, viewer: Viewer, id: Uuid, window: Window, today: Day) -> Result<Option<Listed>> {
    let scope = Scope { viewer, window, today, only: Some(id) };
    Ok(query(&scope, &Filter::default(), &[]).all::<Listed>(tx)?.into_iter().next())
}
