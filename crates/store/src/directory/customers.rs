//! Customers: rows, lists with figures, search words.

use super::{any_or_none, archived, customer_in_reach, location_in_reach, locations_in_reach, searched, words_of};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{FromRow, Result, Row, Tx, Value, args};
use domain::clock::Day;
use domain::engagement::{EngagementRules, EngagementStage, Window, engaged_since};
use uuid::Uuid;

db::record! {
    /// A customer as stored.
    #[derive(Clone, Debug)]
    pub struct CustomerRow {
        pub id: Uuid, pub number: String, pub number_key: String, pub name: String, pub name_key: String, pub kind: String,
        pub parent_customer_id: Option<Uuid>, pub default_sales_rep_id: Option<Uuid>, pub rep_key: String,
        pub payment_terms_id: Option<Uuid>, pub terms_key: String, pub basis_date: String, pub billing_status: String,
        pub billing_rank: i64, pub billing_status_reason: String, pub credit_limit_minor: Option<i64>,
        pub price_list_id: Option<Uuid>, pub locations_count: i64, pub billing_address: String, pub shipping_address: String,
        pub phone: String, pub email: String, pub contacts: String, pub external_ids: String, pub tags: String, pub note: String,
        pub archived_at: Option<i64>, pub version: i64, pub created_at: i64, pub updated_at: i64,
    }
}

const COLUMNS: usize = 30;

macro_rules! columns {
    () => {
        "customer.id, customer.number, customer.number_key, customer.name, customer.name_key, customer.kind, \
        customer.parent_customer_id, customer.default_sales_rep_id, customer.rep_key, customer.payment_terms_id, \
        customer.terms_key, customer.basis_date, customer.billing_status, customer.billing_rank, \
        customer.billing_status_reason, customer.credit_limit_minor, customer.price_list_id, customer.locations_count, \
        customer.billing_address, customer.shipping_address, customer.phone, customer.email, customer.contacts, \
        customer.external_ids, customer.tags, customer.note, customer.archived_at, customer.version, customer.created_at, \
        customer.updated_at"
    };
}

const BY_ID: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_customer customer WHERE customer.organization_id = $1 AND customer.id = $2"
);
const LOCK: db::Sql = db::Sql {
    lite: BY_ID,
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM directory_customer customer WHERE customer.organization_id = $1 AND customer.id = $2 FOR UPDATE"
    ),
};

/// One customer, whoever asks: callers apply reach.
pub fn customer_row(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CustomerRow>> {
    tx.one(BY_ID, args![organization, id])
}

/// The same, locked.
pub fn lock_customer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CustomerRow>> {
    tx.one(LOCK, args![organization, id])
}

const BY_NUMBER: &str = "SELECT id FROM directory_customer WHERE organization_id = $1 AND number_key = $2";
const BY_NAME: &str =
    "SELECT id FROM directory_customer WHERE organization_id = $1 AND name_key = $2 ORDER BY id LIMIT 2";

/// The customer with a number (as a key: lower case).
pub fn by_number(tx: &mut Tx, organization: Uuid, number_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_NUMBER, args![organization, number_key])?.map(|(id,)| id))
}

/// Customers of a folded name, at most two: enough to tell one from several.
pub fn by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(BY_NAME, args![organization, name_key])?.into_iter().map(|(id,)| id).collect())
}

const ALL_KEYS: &str = "SELECT id, number_key, name_key FROM directory_customer WHERE organization_id = $1";

/// (id, number, folded name) of every customer: references of an import, loaded once.
pub fn keys(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, String, String)>> {
    tx.all(ALL_KEYS, args![organization])
}

const INSERT: &str = "INSERT INTO directory_customer (organization_id, id, number, number_key, name, name_key, kind, \
    parent_customer_id, default_sales_rep_id, rep_key, payment_terms_id, terms_key, basis_date, billing_status, billing_rank, \
    billing_status_reason, credit_limit_minor, price_list_id, locations_count, billing_address, shipping_address, phone, email, \
    contacts, external_ids, tags, note, archived_at, version, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
    $26, $27, $28, $29, $30, $31)";
const SAVE: &str = "UPDATE directory_customer SET number = $3, number_key = $4, name = $5, name_key = $6, kind = $7, \
    parent_customer_id = $8, default_sales_rep_id = $9, rep_key = $10, payment_terms_id = $11, terms_key = $12, basis_date = $13, \
    billing_status = $14, billing_rank = $15, billing_status_reason = $16, credit_limit_minor = $17, price_list_id = $18, \
    locations_count = $19, billing_address = $20, shipping_address = $21, phone = $22, email = $23, contacts = $24, \
    external_ids = $25, tags = $26, note = $27, archived_at = $28, version = $29 + 1, created_at = $30, updated_at = $31 \
    WHERE organization_id = $1 AND id = $2";

fn values(organization: Uuid, row: &CustomerRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.number,
        row.number_key,
        row.name,
        row.name_key,
        row.kind,
        row.parent_customer_id,
        row.default_sales_rep_id,
        row.rep_key,
        row.payment_terms_id,
        row.terms_key,
        row.basis_date,
        row.billing_status,
        row.billing_rank,
        row.billing_status_reason,
        row.credit_limit_minor,
        row.price_list_id,
        row.locations_count,
        row.billing_address,
        row.shipping_address,
        row.phone,
        row.email,
        row.contacts,
        row.external_ids,
        row.tags,
        row.note,
        row.archived_at,
        row.version,
        row.created_at,
        row.updated_at
    ]
    .to_vec()
}

fn tokens(row: &CustomerRow) -> Vec<String> {
    let ids: std::collections::BTreeMap<String, String> = serde_json::from_str(&row.external_ids).unwrap_or_default();
    let mut words = words_of([row.name.as_str(), row.number.as_str(), row.email.as_str()]);
    words.extend(words_of(ids.values().map(String::as_str)));
    let further = [domain::text::identifier_key(&row.number), domain::text::phone_digits(&row.phone)];
    words.extend(further.into_iter().filter(|word| !word.is_empty()));
    words
}

/// Makes a customer with its figures and search words.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &CustomerRow) -> Result<()> {
    tx.exec(INSERT, &values(organization, row))?;
    super::figures::begin(tx, organization, super::figures::CUSTOMER, row.id)?;
    search::add(tx, organization, "cus", row.id, &tokens(row))
}

/// Saves a locked customer as `row` has it, and counts its version up. `before` is the row as it was locked.
pub fn save(tx: &mut Tx, organization: Uuid, before: &CustomerRow, row: &CustomerRow) -> Result<()> {
    tx.exec(SAVE, &values(organization, row))?;
    let words = tokens(row);
    if words != tokens(before) {
        search::index(tx, organization, "cus", row.id, &words)?;
    }
    Ok(())
}

const ADD_LOCATIONS: &str =
    "UPDATE directory_customer SET locations_count = locations_count + $3 WHERE organization_id = $1 AND id = $2";

/// Counts active locations of a customer up or down.
pub fn add_locations(tx: &mut Tx, organization: Uuid, id: Uuid, delta: i64) -> Result<()> {
    tx.exec(ADD_LOCATIONS, args![organization, id, delta])?;
    Ok(())
}

const PARENT: &str = "SELECT parent_customer_id FROM directory_customer WHERE organization_id = $1 AND id = $2";

/// The parents of a customer from the nearest up, at most `limit`.
pub fn parents(tx: &mut Tx, organization: Uuid, id: Uuid, limit: usize) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    let mut at = id;
    while found.len() < limit {
        let Some((Some(parent),)) = tx.one::<(Option<Uuid>,)>(PARENT, args![organization, at])? else { break };
        found.push(parent);
        at = parent;
    }
    Ok(found)
}

const TERMS_RENAMED: &str =
    "UPDATE directory_customer SET terms_key = $3 WHERE organization_id = $1 AND payment_terms_id = $2";

/// Follows payment terms that were renamed.
pub fn terms_renamed(tx: &mut Tx, organization: Uuid, terms: Uuid, name_key: &str) -> Result<()> {
    tx.exec(TERMS_RENAMED, args![organization, terms, name_key])?;
    Ok(())
}

/// Figures as a list shows them.
#[derive(Clone, Copy, Debug, Default)]
pub struct FigureRow {
    pub orders_count: i64,
    pub orders_total_minor: i64,
    pub orders_avg_minor: i64,
    pub orders_avg_last: i64,
    pub first_order_on: i64,
    pub last_order_on: i64,
    pub usual_gap: Option<i64>,
}

impl FigureRow {
    pub(super) const COLUMNS: &'static str = "figure.orders_count, figure.orders_total_minor, figure.orders_avg_minor, \
        figure.orders_avg_last, figure.first_order_on, figure.last_order_on, figure.usual_gap";

    /// Reads the figures from column `at` on.
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        Ok(Self {
            orders_count: row.get(at)?,
            orders_total_minor: row.get(at + 1)?,
            orders_avg_minor: row.get(at + 2)?,
            orders_avg_last: row.get(at + 3)?,
            first_order_on: row.get(at + 4)?,
            last_order_on: row.get(at + 5)?,
            usual_gap: row.get(at + 6)?,
        })
    }

    /// The value of a sort column of the figures.
    pub(super) fn key(&self, column: &str) -> Option<i64> {
        Some(match column {
            "figure.orders_count" => self.orders_count,
            "figure.orders_total_minor" => self.orders_total_minor,
            "figure.orders_avg_minor" => self.orders_avg_minor,
            "figure.orders_avg_last" => self.orders_avg_last,
            "figure.last_order_on" => self.last_order_on,
            _ => return None,
        })
    }
}

/// A customer in a list, with the figures that the viewer may see.
#[derive(Clone, Debug)]
pub struct Listed {
    pub row: CustomerRow,
    pub figure: FigureRow,
    /// Active locations that the viewer reaches.
    pub locations_count: i64,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            row: CustomerRow::from_row(row)?,
            figure: FigureRow::read(row, COLUMNS)?,
            locations_count: row.get(COLUMNS + 7)?,
        })
    }
}

impl Listed {
    /// The value by which a sort column orders this row.
    pub fn key(&self, column: &str) -> Value {
        let row = &self.row;
        match column {
            "customer.name_key" => Value::Text(row.name_key.clone()),
            "customer.number_key" => Value::Text(row.number_key.clone()),
            "customer.rep_key" => Value::Text(row.rep_key.clone()),
            "customer.terms_key" => Value::Text(row.terms_key.clone()),
            "customer.basis_date" => Value::Text(row.basis_date.clone()),
            "customer.billing_rank" => Value::Int(row.billing_rank),
            "customer.created_at" => Value::Int(row.created_at),
            "customer.updated_at" => Value::Int(row.updated_at),
            "customer.locations_count" | "figure.locations_count" => Value::Int(self.locations_count),
            other => self.figure.key(other).map_or(Value::Uuid(row.id), Value::Int),
        }
    }
}

/// A bound from below and from above, both included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Range {
    pub(super) fn add(self, query: &mut Query, column: &str) {
        if let Some(from) = self.from {
            query.and(&format!("{column} >= ?"), [Value::Int(from)]);
        }
        if let Some(to) = self.to {
            query.and(&format!("{column} <= ?"), [Value::Int(to)]);
        }
    }
}

/// What a list of customers is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub name_words: Vec<String>,
    pub number_keys: Option<Vec<String>>,
    /// Ids, and whether none counts.
    pub reps: Option<(Vec<Uuid>, bool)>,
    pub terms: Option<(Vec<Uuid>, bool)>,
    pub price_lists: Option<(Vec<Uuid>, bool)>,
    pub parents: Option<(Vec<Uuid>, bool)>,
    /// Stable names; an empty one for none.
    pub basis: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    /// The default rep is deactivated.
    pub inactive_rep: Option<bool>,
    pub archived: Option<bool>,
    pub engaged: Option<bool>,
    pub stages: Option<Vec<EngagementStage>>,
    pub locations_count: Range,
    pub orders_total: Range,
    pub orders_count: Range,
    pub orders_avg: Range,
    pub first_order_on: Range,
    pub last_order_on: Range,
    pub credit_limit: Range,
    pub created_at: Range,
}

/// For whom, over which window, as of which day.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub viewer: Viewer,
    pub window: Window,
    pub today: Day,
    /// The stored windows hold today: see [`super::figures::windows_hold`].
    pub stored: bool,
    /// Only this one: reach is asked row by row.
    pub only: Option<Uuid>,
}

impl Scope {
    /// Whether the figures stand in a table with sort indexes. For whoever reaches a part they are summed when asked for.
    pub const fn is_stored(&self) -> bool {
        self.viewer.office && (self.stored || matches!(self.window, Window::All))
    }
}

/// Integer average, half up, of sums named in the statement; -1 (or a far number) without orders.
fn average(count: &str, total: &str, none: i64) -> String {
    format!("CASE WHEN {count} <= 0 THEN {none} ELSE (2 * {total} + {count}) / (2 * {count}) END")
}

/// A sub-select of figures summed for this viewer: subject_id, the figures, locations_count.
fn computed(scope: &Scope) -> (String, Vec<Value>) {
    let organization = Value::Uuid(scope.viewer.organization);
    let since = scope.window.since(scope.today);
    let mut args = Vec::new();
    let inner = if scope.viewer.office {
        // A stale window: every customer with its own days.
        args.extend([Value::Int(i64::from(since.map_or(i32::MIN, |day| day.0))), organization.clone()]);
        let mut sql = "SELECT base.subject_id AS subject_id, CAST(COALESCE(SUM(days.orders_count), 0) AS BIGINT) AS n, \
            CAST(COALESCE(SUM(days.orders_total_minor), 0) AS BIGINT) AS total, MAX(base.first_order_on) AS first_order_on, \
            MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap, CAST(0 AS BIGINT) AS locations_count \
            FROM directory_figure base LEFT JOIN billing_customer_day days ON days.organization_id = base.organization_id \
            AND days.customer_id = base.subject_id AND days.location_id = ? AND days.day >= ? \
            WHERE base.organization_id = ? AND base.kind = 'cus' AND base.span = 'all'"
            .to_owned();
        args.insert(0, Value::Uuid(Uuid::nil()));
        if let Some(only) = scope.only {
            sql.push_str(" AND base.subject_id = ?");
            args.push(Value::Uuid(only));
        }
        sql.push_str(" GROUP BY base.subject_id");
        sql
    } else {
        let (figures, join) = match since {
            None => ("MAX(base.orders_count) AS n, MAX(base.orders_total_minor) AS total", String::new()),
            Some(day) => (
                "COALESCE(SUM(days.orders_count), 0) AS n, COALESCE(SUM(days.orders_total_minor), 0) AS total",
                format!(
                    " LEFT JOIN billing_customer_day days ON days.organization_id = owned.organization_id \
                     AND days.customer_id = owned.customer_id AND days.location_id = owned.id AND days.day >= {}",
                    day.0
                ),
            ),
        };
        let (reach, reach_args) = match scope.only {
            Some(only) => {
                let (sql, mut tail) = location_in_reach(scope.viewer, "owned").unwrap_or_default();
                tail.insert(0, Value::Uuid(only));
                (format!("owned.customer_id = ? AND {sql}"), tail)
            }
            None => locations_in_reach(scope.viewer, "owned.id").unwrap_or_default(),
        };
        args.push(organization.clone());
        args.extend(reach_args);
        args.push(organization.clone());
        args.extend([organization.clone(), Value::Uuid(scope.viewer.principal)]);
        // Location by location first, so that joined days do not multiply what belongs to the location.
        format!(
            "SELECT own.customer_id AS subject_id, CAST(SUM(own.n) AS BIGINT) AS n, CAST(SUM(own.total) AS BIGINT) AS total, \
             COALESCE(MIN(CASE WHEN own.first_order_on > 0 THEN own.first_order_on END), 0) AS first_order_on, \
             MAX(own.last_order_on) AS last_order_on, MIN(own.usual_gap) AS usual_gap, \
             CAST(SUM(own.active) AS BIGINT) AS locations_count FROM \
             (SELECT owned.id, owned.customer_id, {figures}, MAX(base.first_order_on) AS first_order_on, \
             MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap, \
             MAX(CASE WHEN owned.archived_at IS NULL THEN 1 ELSE 0 END) AS active FROM directory_location owned \
             JOIN directory_figure base ON base.organization_id = owned.organization_id AND base.kind = 'loc' \
             AND base.span = 'all' AND base.subject_id = owned.id{join} \
             WHERE owned.organization_id = ? AND {reach} GROUP BY owned.id, owned.customer_id) own GROUP BY own.customer_id \
             UNION ALL SELECT lonely.id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
             CAST(NULL AS BIGINT), CAST(0 AS BIGINT) FROM directory_customer lonely \
             WHERE lonely.organization_id = ? AND lonely.default_sales_rep_id IN \
             (SELECT reach.subject_id FROM people_reach reach WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1) \
             AND NOT EXISTS (SELECT 1 FROM directory_location had WHERE had.organization_id = lonely.organization_id \
             AND had.customer_id = lonely.id)"
        )
    };
    let sql = format!(
        "(SELECT sums.subject_id, sums.n AS orders_count, sums.total AS orders_total_minor, {} AS orders_avg_minor, \
         {} AS orders_avg_last, sums.first_order_on, sums.last_order_on, sums.usual_gap, sums.locations_count FROM ({inner}) sums)",
        average("sums.n", "sums.total", -1),
        average("sums.n", "sums.total", super::figures::NO_AVERAGE)
    );
    (sql, args)
}

/// The stage of a row of figures as SQL, the same rule as `domain::engagement::engagement`.
pub(super) fn stage_case(today: Day) -> String {
    let rules = EngagementRules::default();
    let (today_n, recent, percent) = (today.0, rules.recent_days, rules.gap_percent);
    let since = engaged_since(today, &rules).0;
    format!(
        "CASE WHEN figure.last_order_on = 0 THEN 'never_ordered' WHEN figure.last_order_on < {since} THEN 'lapsed' \
         WHEN {today_n} - figure.first_order_on <= {recent} THEN 'new' \
         WHEN ({today_n} - figure.last_order_on) * 100 <= \
         CASE WHEN COALESCE(figure.usual_gap, 0) * {percent} > {recent} * 100 THEN figure.usual_gap * {percent} ELSE {recent} * 100 END \
         THEN 'active' ELSE 'slipping' END"
    )
}

/// Adds what is asked about engagement.
pub(super) fn engagement(query: &mut Query, today: Day, engaged: Option<bool>, stages: Option<&[EngagementStage]>) {
    let since = engaged_since(today, &EngagementRules::default()).0;
    match engaged {
        Some(true) => query.and(&format!("figure.last_order_on >= {since} AND figure.last_order_on > 0"), []),
        Some(false) => query.and(&format!("(figure.last_order_on < {since} OR figure.last_order_on = 0)"), []),
        None => query,
    };
    if let Some(stages) = stages {
        let values = stages.iter().map(|stage| Value::Text(stage.as_str().to_owned())).collect();
        query.any_of(&format!("({})", stage_case(today)), values);
    }
}

fn texts(values: &[String]) -> Vec<Value> {
    values.iter().cloned().map(Value::Text).collect()
}

fn uuids(values: &[Uuid]) -> Vec<Value> {
    values.iter().copied().map(Value::Uuid).collect()
}

/// Whether a list is walked in the order of its figures.
fn by_figure(sorts: &[Sort]) -> bool {
    sorts.first().is_some_and(|sort| sort.column.starts_with("figure."))
}

fn query(scope: &Scope, filter: &Filter, sorts: &[Sort]) -> Query {
    let organization = scope.viewer.organization;
    let locations = if scope.viewer.office { "customer.locations_count" } else { "figure.locations_count" };
    let columns = format!(concat!("SELECT ", columns!(), ", {}, {}"), FigureRow::COLUMNS, locations);
    let mut query = if scope.is_stored() {
        // The outer table is the one whose index gives the order.
        let from = if by_figure(sorts) {
            "directory_figure figure CROSS JOIN directory_customer customer"
        } else {
            "directory_customer customer CROSS JOIN directory_figure figure"
        };
        let mut query = Query::new(format!("{columns} FROM {from}"));
        let organization = Value::Uuid(organization);
        query.and(
            &format!(
                "figure.organization_id = ? AND figure.kind = 'cus' AND figure.span = '{}'",
                scope.window.as_str()
            ),
            [organization.clone()],
        );
        query.and("customer.organization_id = ? AND figure.subject_id = customer.id", [organization]);
        query
    } else {
        let (figures, args) = computed(scope);
        let mut query =
            Query::with(&format!("{columns} FROM {figures} figure CROSS JOIN directory_customer customer"), args);
        query.and("customer.organization_id = ? AND customer.id = figure.subject_id", [Value::Uuid(organization)]);
        query
    };
    if let Some(only) = scope.only {
        query.and("customer.id = ?", [Value::Uuid(only)]);
    }
    narrow(&mut query, organization, filter, scope.today, locations);
    query
}

fn narrow(query: &mut Query, organization: Uuid, filter: &Filter, today: Day, locations: &str) {
    if let Some(ids) = &filter.ids {
        query.any_of("customer.id", uuids(ids));
    }
    searched(query, organization, "cus", &filter.words, "customer.id");
    searched(query, organization, "cus", &filter.name_words, "customer.id");
    if let Some(numbers) = &filter.number_keys {
        query.any_of("customer.number_key", texts(numbers));
    }
    for (column, wanted) in [
        ("customer.default_sales_rep_id", &filter.reps),
        ("customer.payment_terms_id", &filter.terms),
        ("customer.price_list_id", &filter.price_lists),
        ("customer.parent_customer_id", &filter.parents),
    ] {
        if let Some((ids, none)) = wanted {
            any_or_none(query, column, uuids(ids), *none);
        }
    }
    for (column, wanted) in [
        ("customer.basis_date", &filter.basis),
        ("customer.billing_status", &filter.statuses),
        ("customer.kind", &filter.kinds),
    ] {
        if let Some(words) = wanted {
            query.any_of(column, texts(words));
        }
    }
    if let Some(inactive) = filter.inactive_rep {
        query.and(
            "EXISTS (SELECT 1 FROM people_user rep WHERE rep.organization_id = customer.organization_id \
             AND rep.id = customer.default_sales_rep_id AND rep.active = ?)",
            [Value::Int(i64::from(!inactive))],
        );
    }
    archived(query, "customer.archived_at", filter.archived);
    engagement(query, today, filter.engaged, filter.stages.as_deref());
    filter.locations_count.add(query, locations);
    filter.orders_total.add(query, "figure.orders_total_minor");
    filter.orders_count.add(query, "figure.orders_count");
    filter.orders_avg.add(query, "figure.orders_avg_minor");
    filter.first_order_on.add(query, "figure.first_order_on");
    filter.last_order_on.add(query, "figure.last_order_on");
    filter.credit_limit.add(query, "customer.credit_limit_minor");
    filter.created_at.add(query, "customer.created_at");
}

/// A page of customers in reach.
pub fn page(
    tx: &mut Tx,
    scope: &Scope,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<Listed>, bool)> {
    let id = if by_figure(sorts) { "figure.subject_id" } else { "customer.id" };
    query(scope, filter, sorts).page(tx, sorts, id, after, limit)
}

/// How many customers match.
pub fn count(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<i64> {
    query(scope, filter, &[]).count(tx)
}

/// Ids of every match, ordered: what a bulk change freezes.
pub fn ids(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    query(scope, filter, &[]).each(tx, &[], "customer.id", |row| {
        ids.push(row.get(0)?);
        Ok(())
    })?;
    Ok(ids)
}

/// One customer in reach with its figures.
pub fn one(tx: &mut Tx, viewer: Viewer, id: Uuid, window: Window, today: Day) -> Result<Option<Listed>> {
    let stored = super::figures::windows_hold(tx, viewer.organization, today)?;
    let scope = Scope { viewer, window, today, stored, only: Some(id) };
    Ok(query(&scope, &Filter::default(), &[]).all::<Listed>(tx)?.into_iter().next())
}

/// Whether a locked customer is in reach; the office reaches all.
pub fn reaches(tx: &mut Tx, viewer: Viewer, id: Uuid) -> Result<bool> {
    if viewer.office {
        return Ok(true);
    }
    let mut query = Query::new("SELECT 1 FROM directory_customer customer");
    query.and("customer.organization_id = ? AND customer.id = ?", [Value::Uuid(viewer.organization), Value::Uuid(id)]);
    query.and_some(customer_in_reach(viewer, "customer"));
    Ok(!query.all::<(i64,)>(tx)?.is_empty())
}
