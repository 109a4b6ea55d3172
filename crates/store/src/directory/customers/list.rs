//! Lists of customers with their figures and standing, for whoever reaches all of them or a part.

use super::super::picking::{self, Three, Wish};
use super::super::standing::{self, Standing};
use super::super::{
    any_or_none, archived, customer_in_reach, customers_in_reach, location_in_reach, locations_in_reach, searched,
};
use super::{COLUMN_NAMES, COLUMNS, CustomerRow};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{FromRow, Result, Row, Tx, Value};
use domain::billing::BillingStatus;
use domain::clock::Day;
use domain::engagement::{EngagementRules, EngagementStage, Period, Window, engaged_since};
use uuid::Uuid;

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
    pub credits_minor: i64,
    pub net_sales_minor: i64,
    pub expected_next_on: i64,
}

impl FigureRow {
    pub(in super::super) const COLUMNS: &'static str = "figure.orders_count, figure.orders_total_minor, \
        figure.orders_avg_minor, figure.orders_avg_last, figure.first_order_on, figure.last_order_on, figure.usual_gap, \
        figure.credits_minor, figure.net_sales_minor, figure.expected_next_on";
    /// How many columns.
    pub(in super::super) const WIDTH: usize = 10;

    /// Reads the figures from column `at` on.
    pub(in super::super) fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        Ok(Self {
            orders_count: row.get(at)?,
            orders_total_minor: row.get(at + 1)?,
            orders_avg_minor: row.get(at + 2)?,
            orders_avg_last: row.get(at + 3)?,
            first_order_on: row.get(at + 4)?,
            last_order_on: row.get(at + 5)?,
            usual_gap: row.get(at + 6)?,
            credits_minor: row.get(at + 7)?,
            net_sales_minor: row.get(at + 8)?,
            expected_next_on: row.get(at + 9)?,
        })
    }

    /// The value of a sort column of the figures.
    pub(in super::super) fn key(&self, column: &str) -> Option<i64> {
        Some(match column {
            "figure.orders_count" => self.orders_count,
            "figure.orders_total_minor" => self.orders_total_minor,
            "figure.orders_avg_minor" => self.orders_avg_minor,
            "figure.orders_avg_last" => self.orders_avg_last,
            "figure.first_order_on" => self.first_order_on,
            "figure.last_order_on" => self.last_order_on,
            "figure.credits_minor" => self.credits_minor,
            "figure.net_sales_minor" => self.net_sales_minor,
            "figure.expected_next_on" => self.expected_next_on,
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
    /// Amounts are those of the locations that the viewer reaches; what follows from credit is the customer's.
    pub standing: Standing,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let figures = COLUMNS;
        let locations = figures + FigureRow::WIDTH;
        Ok(Self {
            row: CustomerRow::from_row(row)?,
            figure: FigureRow::read(row, figures)?,
            locations_count: row.get(locations)?,
            standing: standing::read_at(row, locations + 1)?,
        })
    }
}

impl Listed {
    /// The value by which a sort column orders this row.
    pub fn key(&self, column: &str) -> Value {
        let row = &self.row;
        let text = |text: &str| Value::Text(text.to_owned());
        match column {
            "customer.name_key" => text(&row.name_key),
            "customer.number_key" => text(&row.number_key),
            "customer.kind" => text(&row.kind),
            "customer.rep_key" => text(&row.rep_key),
            "customer.terms_key" => text(&row.terms_key),
            "customer.basis_date" => text(&row.basis_date),
            "customer.price_key" => text(&row.price_key),
            "customer.parent_key" => text(&row.parent_key),
            "customer.tags_key" => text(&row.tags_key),
            "customer.next_contact_on" => Value::Int(row.next_contact_on),
            "customer.created_at" => Value::Int(row.created_at),
            "customer.updated_at" => Value::Int(row.updated_at),
            "customer.locations_count" | "figure.locations_count" => Value::Int(self.locations_count),
            other => {
                let figure = self.figure.key(other);
                let whole = other.replace("figure.", "standing.");
                figure.or_else(|| self.standing.key(&whole)).map_or(Value::Uuid(row.id), Value::Int)
            }
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
    pub(in super::super) fn add(self, query: &mut Query, column: &str) {
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
    /// Words are looked up for each row on its own: for walks that look at few.
    pub row_by_row: bool,
    pub number_keys: Option<Vec<String>>,
    /// Ids, and whether none counts.
    pub reps: Option<(Vec<Uuid>, bool)>,
    pub terms: Option<(Vec<Uuid>, bool)>,
    pub price_lists: Option<(Vec<Uuid>, bool)>,
    pub parents: Option<(Vec<Uuid>, bool)>,
    /// Stable names; an empty one for none.
    pub basis: Option<Vec<String>>,
    /// As set by hand.
    pub statuses: Option<Vec<String>>,
    /// The stricter of that and what credit asks for.
    pub effective: Option<Vec<String>>,
    /// Whether credit made it stricter.
    pub auto: Option<bool>,
    pub kinds: Option<Vec<String>>,
    /// Folded; any of them.
    pub tags: Option<Vec<String>>,
    /// (system, number); without a system in any.
    pub external: Option<(Option<String>, String)>,
    /// The default rep is deactivated.
    pub inactive_rep: Option<bool>,
    /// Terms, or basis date, are its own.
    pub own_terms: Option<bool>,
    pub archived: Option<bool>,
    pub engaged: Option<bool>,
    pub stages: Option<Vec<EngagementStage>>,
    /// What credit says.
    pub signals: Option<Vec<String>>,
    /// Bounds by column, as [`Scope::column`] knows them.
    pub ranges: Vec<(&'static str, Range)>,
}

impl Filter {
    /// The same with the rarest of its words first.
    fn weighed(&self, tx: &mut Tx, scope: &Scope) -> Result<Self> {
        let mut rarest_first = |words| search::rarest_first(tx, scope.viewer.organization, "cus", words);
        let (words, name_words) = (rarest_first(&self.words)?, rarest_first(&self.name_words)?);
        Ok(Self { words, name_words, ..self.clone() })
    }
}

/// For whom, over which time, as of which day.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub viewer: Viewer,
    pub window: Period,
    pub today: Day,
    /// The stored windows hold today: see [`super::super::figures::windows_hold`].
    pub stored: bool,
    /// Only this one: reach is asked row by row.
    pub only: Option<Uuid>,
}

/// So many customers have their figures summed sooner than a page of them is looked for.
const SUMMED: i64 = 1_000;

/// Amounts that belong to locations: whoever reaches a part sees the sum of that part.
const OF_LOCATIONS: [&str; 8] = [
    "open_minor",
    "past_due_minor",
    "pending_minor",
    "oldest_due_on",
    "tasks_open",
    "site_units",
    "site_value_minor",
    "site_expiring",
];

impl Scope {
    /// Whether the figures stand in a table with sort indexes. For whoever reaches a part they are summed when asked for.
    pub const fn is_stored(&self) -> bool {
        self.viewer.office && self.window.is_kept(self.stored)
    }

    /// Where a column stands for this viewer.
    fn column(&self, column: &'static str) -> String {
        match column.strip_prefix("standing.") {
            Some(name) if !self.viewer.office && OF_LOCATIONS.contains(&name) => format!("figure.{name}"),
            _ if column == "locations_count" => self.locations().to_owned(),
            _ => column.to_owned(),
        }
    }

    const fn locations(&self) -> &'static str {
        if self.viewer.office { "customer.locations_count" } else { "figure.locations_count" }
    }

    fn standing(&self) -> String {
        if self.viewer.office {
            return Standing::COLUMNS.to_owned();
        }
        let mut text = Standing::COLUMNS.to_owned();
        for name in OF_LOCATIONS {
            text = text.replace(&format!("standing.{name}"), &format!("figure.{name}"));
        }
        text
    }
}

/// Integer average, half up, of sums named in the statement; -1 (or a far number) without orders.
fn average(count: &str, total: &str, none: i64) -> String {
    format!("CASE WHEN {count} <= 0 THEN {none} ELSE (2 * {total} + {count}) / (2 * {count}) END")
}

/// `AND days.day …` for a period.
pub(in super::super) fn within(period: Period, today: Day, column: &str) -> String {
    let mut text = String::new();
    if let Some(since) = period.since(today) {
        text.push_str(&format!(" AND {column} >= {}", since.0));
    }
    if let Some(until) = period.until() {
        text.push_str(&format!(" AND {column} <= {}", until.0));
    }
    text
}

/// Sums over days that a list shows besides those of orders.
const SUMS: &str = "CAST(COALESCE(SUM(days.orders_count), 0) AS BIGINT) AS n, \
    CAST(COALESCE(SUM(days.orders_total_minor), 0) AS BIGINT) AS total, \
    CAST(COALESCE(SUM(days.credits_minor), 0) AS BIGINT) AS credits";

/// A sub-select of figures summed for this viewer: subject_id, the figures, locations_count, and amounts of locations.
fn computed(scope: &Scope, among: Option<&[Uuid]>) -> (String, Vec<Value>) {
    let (inner, args) = if scope.viewer.office { of_everybody(scope, among) } else { of_a_part(scope, among) };
    let none = super::super::figures::NO_AVERAGE;
    let never = standing::NEVER;
    let amounts: String = OF_LOCATIONS.iter().map(|name| format!(", sums.{name}")).collect();
    let sql = format!(
        "(SELECT sums.subject_id, sums.n AS orders_count, sums.total AS orders_total_minor, {} AS orders_avg_minor, \
         {} AS orders_avg_last, sums.first_order_on, sums.last_order_on, sums.usual_gap, sums.credits AS credits_minor, \
         sums.total - sums.credits AS net_sales_minor, CASE WHEN sums.usual_gap IS NULL OR sums.last_order_on = 0 THEN {never} \
         ELSE sums.last_order_on + sums.usual_gap END AS expected_next_on, sums.locations_count{amounts} FROM ({inner}) sums)",
        average("sums.n", "sums.total", -1),
        average("sums.n", "sums.total", none)
    );
    (sql, args)
}

/// A window that is not stored: every customer with its own days.
fn of_everybody(scope: &Scope, among: Option<&[Uuid]>) -> (String, Vec<Value>) {
    let organization = Value::Uuid(scope.viewer.organization);
    let mut args = vec![Value::Uuid(Uuid::nil()), organization];
    let zeros: String = OF_LOCATIONS.iter().map(|name| format!(", CAST(0 AS BIGINT) AS {name}")).collect();
    let mut sql = format!(
        "SELECT base.subject_id AS subject_id, {SUMS}, MAX(base.first_order_on) AS first_order_on, \
         MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap, CAST(0 AS BIGINT) AS locations_count{zeros} \
         FROM directory_figure base LEFT JOIN billing_customer_day days ON days.organization_id = base.organization_id \
         AND days.customer_id = base.subject_id AND days.location_id = ?{} \
         WHERE base.organization_id = ? AND base.kind = 'cus' AND base.span = 'all'",
        within(scope.window, scope.today, "days.day")
    );
    if let Some(only) = scope.only {
        sql.push_str(" AND base.subject_id = ?");
        args.push(Value::Uuid(only));
    }
    if let Some(ids) = among {
        sql.push_str(&format!(" AND base.subject_id IN ({})", marks(ids)));
        args.extend(uuids(ids));
    }
    sql.push_str(" GROUP BY base.subject_id");
    (sql, args)
}

/// The locations in reach, summed by customer; and customers without locations.
fn of_a_part(scope: &Scope, among: Option<&[Uuid]>) -> (String, Vec<Value>) {
    let organization = Value::Uuid(scope.viewer.organization);
    let mut args = Vec::new();
    let kept = scope.window.is_kept(scope.stored);
    let span = if kept { scope.window.span() } else { Window::All.as_str() };
    let (figures, join) = if kept {
        let all =
            "MAX(base.orders_count) AS n, MAX(base.orders_total_minor) AS total, MAX(base.credits_minor) AS credits";
        (all, String::new())
    } else {
        let join = format!(
            " LEFT JOIN billing_customer_day days ON days.organization_id = owned.organization_id \
             AND days.customer_id = owned.customer_id AND days.location_id = owned.id{}",
            within(scope.window, scope.today, "days.day")
        );
        (SUMS, join)
    };
    let only = scope.only.map(|only| vec![only]);
    let (reach, reach_args) = match among.or(only.as_deref()) {
        Some(ids) => {
            let (sql, tail) = location_in_reach(scope.viewer, "owned").unwrap_or_default();
            (format!("owned.customer_id IN ({}) AND {sql}", marks(ids)), uuids(ids).into_iter().chain(tail).collect())
        }
        None => locations_in_reach(scope.viewer, "owned.id").unwrap_or_default(),
    };
    args.push(organization.clone());
    args.extend(reach_args);
    args.push(organization.clone());
    args.extend([organization, Value::Uuid(scope.viewer.principal)]);
    let lonely = match among.or(only.as_deref()) {
        Some(ids) => {
            args.extend(uuids(ids));
            format!(" AND lonely.id IN ({})", marks(ids))
        }
        None => String::new(),
    };
    let never = standing::NEVER;
    // Location by location first, so that joined days do not multiply what belongs to the location.
    let sql = format!(
        "SELECT own.customer_id AS subject_id, CAST(SUM(own.n) AS BIGINT) AS n, CAST(SUM(own.total) AS BIGINT) AS total, \
         CAST(SUM(own.credits) AS BIGINT) AS credits, \
         COALESCE(MIN(CASE WHEN own.first_order_on > 0 THEN own.first_order_on END), 0) AS first_order_on, \
         MAX(own.last_order_on) AS last_order_on, MIN(own.usual_gap) AS usual_gap, \
         CAST(SUM(own.active) AS BIGINT) AS locations_count, CAST(SUM(own.open_minor) AS BIGINT) AS open_minor, \
         CAST(SUM(own.past_due_minor) AS BIGINT) AS past_due_minor, CAST(SUM(own.pending_minor) AS BIGINT) AS pending_minor, \
         MIN(own.oldest_due_on) AS oldest_due_on, CAST(SUM(own.tasks_open) + (SELECT COUNT(*) FROM directory_remark task \
         WHERE task.organization_id = own.organization_id AND task.customer_id = own.customer_id AND task.location_id IS NULL \
         AND task.kind = 'task' AND task.state = 'open') AS BIGINT) AS tasks_open, \
         CAST(SUM(own.site_units) AS BIGINT) AS site_units, CAST(SUM(own.site_value_minor) AS BIGINT) AS site_value_minor, \
         CAST(SUM(own.site_expiring) AS BIGINT) AS site_expiring FROM \
         (SELECT owned.organization_id, owned.id, owned.customer_id, {figures}, MAX(base.first_order_on) AS first_order_on, \
         MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap, \
         MAX(CASE WHEN owned.archived_at IS NULL THEN 1 ELSE 0 END) AS active, MAX(COALESCE(amounts.open_minor, 0)) AS open_minor, \
         MAX(COALESCE(amounts.past_due_minor, 0)) AS past_due_minor, MAX(COALESCE(amounts.pending_minor, 0)) AS pending_minor, \
         MIN(COALESCE(amounts.oldest_due_on, {never})) AS oldest_due_on, MAX(COALESCE(amounts.tasks_open, 0)) AS tasks_open, \
         MAX(COALESCE(amounts.site_units, 0)) AS site_units, MAX(COALESCE(amounts.site_value_minor, 0)) AS site_value_minor, \
         MAX(COALESCE(amounts.site_expiring, 0)) AS site_expiring FROM directory_location owned \
         JOIN directory_figure base ON base.organization_id = owned.organization_id AND base.kind = 'loc' \
         AND base.span = '{span}' AND base.subject_id = owned.id \
         LEFT JOIN directory_standing amounts ON amounts.organization_id = owned.organization_id AND amounts.kind = 'loc' \
         AND amounts.subject_id = owned.id{join} \
         WHERE owned.organization_id = ? AND {reach} GROUP BY owned.organization_id, owned.id, owned.customer_id) own \
         GROUP BY own.organization_id, own.customer_id \
         UNION ALL SELECT lonely.id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
         CAST(0 AS BIGINT), CAST(NULL AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
         CAST({never} AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT) \
         FROM directory_customer lonely WHERE lonely.organization_id = ? AND lonely.default_sales_rep_id IN \
         (SELECT reach.subject_id FROM people_reach reach WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1) \
         AND NOT EXISTS (SELECT 1 FROM directory_location had WHERE had.organization_id = lonely.organization_id \
         AND had.customer_id = lonely.id){lonely}"
    );
    (sql, args)
}

/// The stage of a row of figures as SQL, the same rule as `domain::engagement::engagement`.
pub(in super::super) fn stage_case(today: Day) -> String {
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
pub(in super::super) fn engagement(
    query: &mut Query,
    today: Day,
    engaged: Option<bool>,
    stages: Option<&[EngagementStage]>,
) {
    let since = engaged_since(today, &EngagementRules::default()).0;
    match engaged {
        Some(true) => query.and(&format!("figure.last_order_on >= {since} AND figure.last_order_on > 0"), []),
        // A zero stands for never.
        Some(false) => query.and(&format!("figure.last_order_on < {since}"), []),
        None => query,
    };
    if let Some(stages) = stages {
        let values = stages.iter().map(|stage| Value::Text(stage.as_str().to_owned())).collect();
        query.any_of(&format!("({})", stage_case(today)), values);
        // Where they lie on the indexes of last and first orders, as far as days alone tell.
        let any = |wanted: &[EngagementStage]| stages.iter().any(|stage| wanted.contains(stage));
        use EngagementStage::{Active, Lapsed, NeverOrdered, New, Slipping};
        let recent = today.0 - EngagementRules::default().recent_days;
        if !any(&[NeverOrdered]) {
            query.and("figure.last_order_on > 0", []);
        }
        if !any(&[NeverOrdered, Lapsed]) {
            query.and(&format!("figure.last_order_on >= {since}"), []);
        }
        if !any(&[New, Active]) {
            query.and(&format!("figure.last_order_on < {recent}"), []);
        }
        if !any(&[New, Active, Slipping]) {
            query.and(&format!("figure.last_order_on < {since}"), []);
        }
        if !any(&[NeverOrdered, Active, Slipping, Lapsed]) {
            query.and(&format!("figure.first_order_on >= {recent}"), []);
        }
    }
}

/// A question mark for each; nothing is in an empty list.
pub(in super::super) fn marks(ids: &[Uuid]) -> String {
    if ids.is_empty() { "NULL".to_owned() } else { vec!["?"; ids.len()].join(", ") }
}

fn texts(values: &[String]) -> Vec<Value> {
    values.iter().cloned().map(Value::Text).collect()
}

fn uuids(values: &[Uuid]) -> Vec<Value> {
    values.iter().copied().map(Value::Uuid).collect()
}

/// The table in whose order a list is walked.
fn walked(sorts: &[Sort]) -> &'static str {
    match sorts.first().map(|sort| sort.column) {
        Some(column) if column.starts_with("figure.") => "figure",
        Some(column) if column.starts_with("standing.") => "standing",
        _ => "customer",
    }
}

fn query(scope: &Scope, filter: &Filter, sorts: &[Sort]) -> Query {
    selecting(scope, filter, sorts, &head(scope))
}

fn head(scope: &Scope) -> String {
    format!("SELECT {COLUMN_NAMES}, {}, {}, {}", FigureRow::COLUMNS, scope.locations(), scope.standing())
}

/// These customers with figures that are summed for them.
fn among(scope: &Scope, ids: &[Uuid], head: &str) -> Query {
    let organization = Value::Uuid(scope.viewer.organization);
    let (figures, args) = computed(scope, Some(ids));
    let from = format!(
        "{head} FROM {figures} figure CROSS JOIN directory_customer customer CROSS JOIN directory_standing standing"
    );
    let mut query = Query::with(&from, args);
    query.and("customer.organization_id = ? AND customer.id = figure.subject_id", [organization.clone()]);
    let standing = "standing.organization_id = ? AND standing.kind = 'cus' AND standing.subject_id = customer.id";
    query.and(standing, [organization]);
    query
}

fn selecting(scope: &Scope, filter: &Filter, sorts: &[Sort], head: &str) -> Query {
    let organization = scope.viewer.organization;
    let id = || Value::Uuid(organization);
    let mut query = if scope.is_stored() {
        // The outer table is the one whose index gives the order.
        let from = match walked(sorts) {
            "figure" => {
                "directory_figure figure CROSS JOIN directory_customer customer CROSS JOIN directory_standing standing"
            }
            "standing" => {
                "directory_standing standing CROSS JOIN directory_customer customer CROSS JOIN directory_figure figure"
            }
            _ => {
                "directory_customer customer CROSS JOIN directory_figure figure CROSS JOIN directory_standing standing"
            }
        };
        let mut query = Query::new(format!("{head} FROM {from}"));
        let span = scope.window.span();
        query.and(&format!("figure.organization_id = ? AND figure.kind = 'cus' AND figure.span = '{span}'"), [id()]);
        query
    } else {
        let (figures, args) = computed(scope, None);
        let from = format!(
            "{head} FROM {figures} figure CROSS JOIN directory_customer customer CROSS JOIN directory_standing standing"
        );
        Query::with(&from, args)
    };
    query.and("customer.organization_id = ?", [id()]);
    query.and("standing.organization_id = ? AND standing.kind = 'cus'", [id()]);
    if scope.is_stored() && walked(sorts) == "standing" {
        query.and("customer.id = standing.subject_id AND figure.subject_id = standing.subject_id", []);
    } else {
        query.and("customer.id = figure.subject_id AND standing.subject_id = customer.id", []);
    }
    if let Some(only) = scope.only {
        query.and("customer.id = ?", [Value::Uuid(only)]);
    }
    narrow(&mut query, scope, filter);
    query
}

/// What the stored list stands in.
const fn three(scope: &Scope) -> Three {
    let organization = scope.viewer.organization;
    Three { own: "customer", table: "directory_customer", kind: "cus", span: scope.window.span(), organization }
}

/// That the customer of an id is not archived: those that are, are few.
fn alive(scope: &Scope) -> (String, Vec<Value>) {
    let sql = "{id} NOT IN (SELECT gone.id FROM directory_customer gone WHERE gone.organization_id = ? \
               AND gone.archived_at IS NOT NULL)";
    (sql.to_owned(), vec![Value::Uuid(scope.viewer.organization)])
}

fn narrow(query: &mut Query, scope: &Scope, filter: &Filter) {
    let organization = scope.viewer.organization;
    if let Some(ids) = &filter.ids {
        query.any_of("customer.id", uuids(ids));
    }
    for words in [&filter.words, &filter.name_words] {
        searched(query, organization, "cus", words, "customer.id", filter.row_by_row);
    }
    if let Some(numbers) = &filter.number_keys {
        query.any_of("customer.number_key", texts(numbers));
    }
    for (column, wanted) in [
        (["customer.default_sales_rep_id", "customer.rep_key"], &filter.reps),
        (["customer.payment_terms_id", "customer.terms_key"], &filter.terms),
        (["customer.price_list_id", "customer.price_key"], &filter.price_lists),
        (["customer.parent_customer_id", "customer.parent_key"], &filter.parents),
    ] {
        if let Some((ids, none)) = wanted {
            any_or_none(query, column, uuids(ids), *none);
        }
    }
    for (column, wanted) in [("customer.basis_date", &filter.basis), ("customer.kind", &filter.kinds)] {
        if let Some(words) = wanted {
            query.any_of(column, texts(words));
        }
    }
    // By their ranks, which have indexes.
    for (column, wanted) in
        [("customer.billing_rank", &filter.statuses), ("standing.effective_rank", &filter.effective)]
    {
        if let Some(words) = wanted {
            let rank = |word: &String| BillingStatus::parse(word).map(|it| Value::Int(it.rank()));
            query.any_of(column, words.iter().filter_map(rank).collect());
        }
    }
    match filter.auto {
        Some(true) => query.and("standing.held_because <> ''", []),
        Some(false) => query.and("standing.held_because = ''", []),
        None => query,
    };
    if let Some(signals) = &filter.signals {
        let marks = vec!["?"; signals.len()].join(", ");
        let condition = format!("(standing.limit_signal IN ({marks}) OR standing.lateness_signal IN ({marks}))");
        query.and(&condition, texts(signals).into_iter().chain(texts(signals)));
    }
    match filter.own_terms {
        Some(true) => query.and("(customer.payment_terms_id IS NOT NULL OR customer.basis_date <> '')", []),
        Some(false) => query.and("customer.payment_terms_id IS NULL AND customer.basis_date = ''", []),
        None => query,
    };
    if let Some(inactive) = filter.inactive_rep {
        query.and(
            "EXISTS (SELECT 1 FROM people_user rep WHERE rep.organization_id = customer.organization_id \
             AND rep.id = customer.default_sales_rep_id AND rep.active = ?)",
            [Value::Int(i64::from(!inactive))],
        );
    }
    tagged(query, organization, "cus", "customer.id", filter.tags.as_deref());
    known_outside(query, organization, "cus", "customer.id", filter.external.as_ref());
    archived(query, "customer.archived_at", filter.archived);
    engagement(query, scope.today, filter.engaged, filter.stages.as_deref());
    for (column, range) in &filter.ranges {
        range.add(query, &scope.column(column));
    }
}

/// Whether a selection asks about nothing but what stands in the row itself.
pub(in super::super) fn is_plain(query: &Query) -> bool {
    let text = query.text();
    !text.contains("figure.") && !text.contains("standing.")
}

/// Adds that a row has any of these tags.
pub(in super::super) fn tagged(query: &mut Query, organization: Uuid, kind: &str, id: &str, tags: Option<&[String]>) {
    let Some(tags) = tags else { return };
    let marks = vec!["?"; tags.len().max(1)].join(", ");
    let condition = format!(
        "{id} IN (SELECT tag.subject_id FROM directory_tag tag WHERE tag.organization_id = ? AND tag.kind = '{kind}' \
         AND tag.tag_key IN ({marks}))"
    );
    let wanted = if tags.is_empty() { vec![Value::Text("\u{1}".into())] } else { texts(tags) };
    query.and(&condition, std::iter::once(Value::Uuid(organization)).chain(wanted));
}

/// Adds that a row has a number in another system.
pub(in super::super) fn known_outside(
    query: &mut Query,
    organization: Uuid,
    kind: &str,
    id: &str,
    wanted: Option<&(Option<String>, String)>,
) {
    let Some((system, number)) = wanted else { return };
    let of_system = if system.is_some() { " AND outside.system = ?" } else { "" };
    let condition = format!(
        "{id} IN (SELECT outside.subject_id FROM directory_external outside WHERE outside.organization_id = ? \
         AND outside.kind = '{kind}' AND outside.external_key = ?{of_system})"
    );
    let mut args = vec![Value::Uuid(organization), Value::Text(number.clone())];
    args.extend(system.clone().map(Value::Text));
    query.and(&condition, args);
}

fn id_of(scope: &Scope, sorts: &[Sort]) -> &'static str {
    match walked(sorts) {
        "figure" => "figure.subject_id",
        "standing" if scope.is_stored() => "standing.subject_id",
        _ => "customer.id",
    }
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
    let filter = &filter.weighed(tx, scope)?;
    if scope.only.is_none() {
        let (narrowing, live) = conditions(scope, filter);
        let alive = (filter.archived == Some(false)).then(|| alive(scope));
        let (head, few) = (head(scope), !scope.viewer.office);
        let each = customer_in_reach(scope.viewer, "customer");
        let wish = Wish {
            head: &head,
            sorts,
            after,
            limit,
            narrowing: &narrowing,
            live: &live,
            alive: alive.as_ref(),
            few,
            each,
        };
        if !scope.is_stored() {
            let kept = scope.window.is_kept(scope.stored);
            let summed =
                few && kept && walked(sorts) != "figure" && picking::is_few(tx, &three(scope), &narrowing, SUMMED)?;
            let found = if summed { None } else { picking::ids(tx, &three(scope), &wish)? };
            let Some((ids, more)) = found else {
                return query(scope, filter, sorts).page(tx, sorts, id_of(scope, sorts), after, limit);
            };
            let (rows, _) = among(scope, &ids, &head).page(tx, sorts, "customer.id", None, limit)?;
            return Ok((rows, more));
        }
        if let Some(found) = picking::page(tx, &three(scope), &wish)? {
            return Ok(found);
        }
    }
    query(scope, filter, sorts).page(tx, sorts, id_of(scope, sorts), after, limit)
}

/// What narrows a list: without what is said of archived rows when they are to be left out, and with it.
fn conditions(scope: &Scope, filter: &Filter) -> (Query, Query) {
    let (mut narrowing, mut live) = (Query::new(""), Query::new(""));
    narrow(&mut live, scope, &Filter { row_by_row: true, ..filter.clone() });
    let archived = filter.archived.filter(|wanted| *wanted);
    narrow(&mut narrowing, scope, &Filter { archived, ..filter.clone() });
    narrowing.and_some(customers_in_reach(scope.viewer, "customer.id"));
    (narrowing, live)
}

/// How many customers match. Where no figure is asked about, the figures stay out of it.
pub fn count(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<i64> {
    let filter = &filter.weighed(tx, scope)?;
    let organization = || Value::Uuid(scope.viewer.organization);
    if scope.is_stored() && scope.only.is_none() {
        let (three, (narrowing, _)) = (three(scope), conditions(scope, filter));
        let all = picking::count(tx, &three, &narrowing)?;
        if filter.archived != Some(false) {
            return Ok(all);
        }
        let mut gone = Query::new("SELECT customer.id FROM directory_customer customer");
        gone.and("customer.organization_id = ? AND customer.archived_at IS NOT NULL", [organization()]);
        return Ok(all - picking::count_among(tx, &three, &gone, &narrowing)?);
    }
    let mut plain = Query::new("SELECT customer.id FROM directory_customer customer");
    plain.and("customer.organization_id = ?", [organization()]);
    if let Some(only) = scope.only {
        plain.and("customer.id = ?", [Value::Uuid(only)]);
    }
    narrow(&mut plain, scope, filter);
    if is_plain(&plain) {
        if scope.only.is_none() {
            plain.and_some(customers_in_reach(scope.viewer, "customer.id"));
        }
        return plain.count(tx);
    }
    selecting(scope, filter, &[], "SELECT customer.id").count(tx)
}

db::record! {
    /// What everything that matches adds up to.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Shown {
        pub rows: i64, pub locations_count: i64, pub orders_count: i64, pub orders_total_minor: i64, pub credits_minor: i64,
        pub open_minor: i64, pub past_due_minor: i64, pub exposure_minor: i64, pub tasks_open: i64, pub site_units: i64,
        pub site_value_minor: i64, pub site_expiring: i64,
    }
}

/// Sums over everything that matches.
pub fn sums(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<Shown> {
    let sum = |column: &'static str| format!("CAST(COALESCE(SUM({}), 0) AS BIGINT)", scope.column(column));
    let columns = [
        "locations_count",
        "figure.orders_count",
        "figure.orders_total_minor",
        "figure.credits_minor",
        "standing.open_minor",
        "standing.past_due_minor",
        "standing.exposure_minor",
        "standing.tasks_open",
        "standing.site_units",
        "standing.site_value_minor",
        "standing.site_expiring",
    ]
    .map(sum);
    let head = format!("SELECT COUNT(*), {}", columns.join(", "));
    Ok(selecting(scope, filter, &[], &head).all::<Shown>(tx)?.into_iter().next().unwrap_or_default())
}

/// Ids of every match with their versions, ordered, at most so many: what a bulk change freezes.
pub fn ids(tx: &mut Tx, scope: &Scope, filter: &Filter, most: usize) -> Result<Vec<(Uuid, i64)>> {
    let query = selecting(scope, filter, &[], "SELECT customer.id, customer.version");
    query.first(tx, "customer.id", most)
}

/// One customer in reach with its figures.
pub fn one(tx: &mut Tx, viewer: Viewer, id: Uuid, window: Period, today: Day) -> Result<Option<Listed>> {
    let stored = super::super::figures::windows_hold(tx, viewer.organization, today)?;
    let scope = Scope { viewer, window, today, stored, only: Some(id) };
    Ok(query(&scope, &Filter::default(), &[]).all::<Listed>(tx)?.into_iter().next())
}

/// Which of these customers are in reach.
pub fn reached(tx: &mut Tx, viewer: Viewer, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let mut query = Query::new("SELECT customer.id FROM directory_customer customer");
        query.and("customer.organization_id = ?", [Value::Uuid(viewer.organization)]);
        query.any_of("customer.id", uuids(chunk));
        query.and_some(customer_in_reach(viewer, "customer"));
        found.extend(query.all::<(Uuid,)>(tx)?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}
