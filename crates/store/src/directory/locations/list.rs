//! Lists of locations with their figures and standing.

use super::super::customers::{FigureRow, Range, Shown, engagement, is_plain, known_outside, marks, tagged, within};
use super::super::picking::{self, Three, Wish};
use super::super::standing::{self, Standing};
use super::super::{any_or_none, archived, location_in_reach, locations_in_reach, searched};
use super::{COLUMN_NAMES, COLUMNS, LocationRow};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{FromRow, Result, Row, Tx, Value, args};
use domain::clock::Day;
use domain::engagement::{EngagementStage, Period};
use std::collections::HashMap;
use uuid::Uuid;

/// A location in a list with its figures.
#[derive(Clone, Debug)]
pub struct Listed {
    pub row: LocationRow,
    pub figure: FigureRow,
    pub standing: Standing,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            row: LocationRow::from_row(row)?,
            figure: FigureRow::read(row, COLUMNS)?,
            standing: standing::read_at(row, COLUMNS + FigureRow::WIDTH)?,
        })
    }
}

impl Listed {
    /// The value by which a sort column orders this row.
    pub fn key(&self, column: &str) -> Value {
        let row = &self.row;
        let text = |text: &str| Value::Text(text.to_owned());
        match column {
            "location.sort_key" => text(&row.sort_key),
            "location.name_key" => text(&row.name_key),
            "location.rep_key" => text(&row.rep_key),
            "location.rep_source" => text(&row.rep_source),
            "location.kind" => text(&row.kind),
            "location.city_key" => text(&row.city_key),
            "location.state_key" => text(&row.state_key),
            "location.price_key" => text(&row.price_key),
            "location.tags_key" => text(&row.tags_key),
            "location.created_at" => Value::Int(row.created_at),
            "location.updated_at" => Value::Int(row.updated_at),
            other => {
                let figure = self.figure.key(other);
                figure.or_else(|| self.standing.key(other)).map_or(Value::Uuid(row.id), Value::Int)
            }
        }
    }
}

/// What a list of locations is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    /// Words are looked up for each row on its own: for walks that look at few.
    pub row_by_row: bool,
    pub customers: Option<Vec<Uuid>>,
    pub codes: Option<Vec<String>>,
    /// Effective reps, and whether nobody counts.
    pub reps: Option<(Vec<Uuid>, bool)>,
    pub modes: Option<Vec<String>>,
    pub sources: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    /// Folded.
    pub cities: Option<Vec<String>>,
    pub states: Option<Vec<String>>,
    /// Beginnings.
    pub postal_code: Option<String>,
    pub price_lists: Option<(Vec<Uuid>, bool)>,
    pub tags: Option<Vec<String>>,
    pub external: Option<(Option<String>, String)>,
    /// Whether there are delivery instructions.
    pub instructed: Option<bool>,
    pub archived: Option<bool>,
    pub engaged: Option<bool>,
    pub stages: Option<Vec<EngagementStage>>,
    /// Bounds by column.
    pub ranges: Vec<(&'static str, Range)>,
}

impl Filter {
    /// The same with its rarest word first.
    fn weighed(&self, tx: &mut Tx, scope: &Scope) -> Result<Self> {
        let words = search::rarest_first(tx, scope.viewer.organization, "loc", &self.words)?;
        Ok(Self { words, ..self.clone() })
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

impl Scope {
    /// Whether the figures stand in a table with sort indexes.
    const fn is_stored(&self) -> bool {
        self.window.is_kept(self.stored)
    }
}

/// Figures of locations over a period, summed from their days.
fn computed(scope: &Scope, among: Option<&[Uuid]>) -> (String, Vec<Value>) {
    let mut args = vec![Value::Uuid(scope.viewer.organization)];
    let mut one = String::new();
    if let Some(only) = scope.only {
        " AND base.subject_id = ?".clone_into(&mut one);
        args.push(Value::Uuid(only));
    }
    if let Some(ids) = among {
        one.push_str(&format!(" AND base.subject_id IN ({})", marks(ids)));
        args.extend(ids.iter().copied().map(Value::Uuid));
    }
    let (none, never) = (super::super::figures::NO_AVERAGE, standing::NEVER);
    let days = within(scope.window, scope.today, "days.day");
    let sql = format!(
        "(SELECT sums.subject_id, sums.n AS orders_count, sums.total AS orders_total_minor, \
         CASE WHEN sums.n <= 0 THEN -1 ELSE (2 * sums.total + sums.n) / (2 * sums.n) END AS orders_avg_minor, \
         CASE WHEN sums.n <= 0 THEN {none} ELSE (2 * sums.total + sums.n) / (2 * sums.n) END AS orders_avg_last, \
         sums.first_order_on, sums.last_order_on, sums.usual_gap, sums.credits AS credits_minor, \
         sums.total - sums.credits AS net_sales_minor, CASE WHEN sums.usual_gap IS NULL OR sums.last_order_on = 0 THEN {never} \
         ELSE sums.last_order_on + sums.usual_gap END AS expected_next_on FROM \
         (SELECT base.subject_id, CAST(COALESCE(SUM(days.orders_count), 0) AS BIGINT) AS n, \
         CAST(COALESCE(SUM(days.orders_total_minor), 0) AS BIGINT) AS total, \
         CAST(COALESCE(SUM(days.credits_minor), 0) AS BIGINT) AS credits, MAX(base.first_order_on) AS first_order_on, \
         MAX(base.last_order_on) AS last_order_on, MAX(base.usual_gap) AS usual_gap FROM directory_figure base \
         JOIN directory_location place ON place.organization_id = base.organization_id AND place.id = base.subject_id \
         LEFT JOIN billing_customer_day days ON days.organization_id = base.organization_id \
         AND days.customer_id = place.customer_id AND days.location_id = base.subject_id{days} \
         WHERE base.organization_id = ? AND base.kind = 'loc' AND base.span = 'all'{one} GROUP BY base.subject_id) sums)"
    );
    (sql, args)
}

/// The table in whose order a list is walked.
fn walked(sorts: &[Sort]) -> &'static str {
    match sorts.first().map(|sort| sort.column) {
        Some(column) if column.starts_with("figure.") => "figure",
        Some(column) if column.starts_with("standing.") => "standing",
        _ => "location",
    }
}

fn head() -> String {
    format!("SELECT {COLUMN_NAMES}, {}, {}", FigureRow::COLUMNS, Standing::COLUMNS)
}

fn query(scope: &Scope, filter: &Filter, sorts: &[Sort]) -> Query {
    selecting(scope, filter, sorts, &head())
}

/// What the stored list stands in.
const fn three(scope: &Scope) -> Three {
    let organization = scope.viewer.organization;
    Three { own: "location", table: "directory_location", kind: "loc", span: scope.window.span(), organization }
}

/// Customers that are archived: their locations are left out with them.
const GONE: &str =
    "SELECT gone.id FROM directory_customer gone WHERE gone.organization_id = ? AND gone.archived_at IS NOT NULL";

/// That the location of an id is not archived, nor, where that counts, its customer: those that are, are few.
fn alive(scope: &Scope, filter: &Filter) -> (String, Vec<Value>) {
    let organization = Value::Uuid(scope.viewer.organization);
    let own = "{id} NOT IN (SELECT shut.id FROM directory_location shut WHERE shut.organization_id = ? \
               AND shut.archived_at IS NOT NULL)";
    if !leaves_gone(filter) {
        return (own.to_owned(), vec![organization]);
    }
    let with = "{id} NOT IN (SELECT left_with.id FROM directory_customer gone CROSS JOIN directory_location left_with \
                WHERE gone.organization_id = ? AND gone.archived_at IS NOT NULL AND left_with.organization_id = ? \
                AND left_with.customer_id = gone.id)";
    (format!("{own} AND {with}"), vec![organization.clone(), organization.clone(), organization])
}

/// The locations of an archived customer are left out with it, unless one asks for them by the customer or by themselves.
fn leaves_gone(filter: &Filter) -> bool {
    filter.archived == Some(false) && filter.customers.is_none() && filter.ids.is_none()
}

/// What narrows a list: without what is said of archived rows when they are to be left out, and with it.
fn conditions(scope: &Scope, filter: &Filter) -> (Query, Query) {
    let (mut narrowing, mut live) = (Query::new(""), Query::new(""));
    reached_and_narrowed(&mut live, scope, &Filter { row_by_row: true, ..filter.clone() });
    let archived = filter.archived.filter(|wanted| *wanted);
    reached_and_narrowed(&mut narrowing, scope, &Filter { archived, ..filter.clone() });
    (narrowing, live)
}

/// These locations with figures that are summed for them.
fn among(scope: &Scope, ids: &[Uuid]) -> Query {
    let organization = Value::Uuid(scope.viewer.organization);
    let (figures, args) = computed(scope, Some(ids));
    let from = format!(
        "{} FROM {figures} figure CROSS JOIN directory_location location CROSS JOIN directory_standing standing",
        head()
    );
    let mut query = Query::with(&from, args);
    query.and("location.organization_id = ? AND location.id = figure.subject_id", [organization.clone()]);
    let standing = "standing.organization_id = ? AND standing.kind = 'loc' AND standing.subject_id = location.id";
    query.and(standing, [organization]);
    query
}

fn selecting(scope: &Scope, filter: &Filter, sorts: &[Sort], head: &str) -> Query {
    let organization = Value::Uuid(scope.viewer.organization);
    let mut query = if scope.is_stored() {
        let from = match walked(sorts) {
            "figure" => {
                "directory_figure figure CROSS JOIN directory_location location CROSS JOIN directory_standing standing"
            }
            "standing" => {
                "directory_standing standing CROSS JOIN directory_location location CROSS JOIN directory_figure figure"
            }
            _ => {
                "directory_location location CROSS JOIN directory_figure figure CROSS JOIN directory_standing standing"
            }
        };
        let mut query = Query::new(format!("{head} FROM {from}"));
        let span = scope.window.span();
        query.and(
            &format!("figure.organization_id = ? AND figure.kind = 'loc' AND figure.span = '{span}'"),
            [organization.clone()],
        );
        query
    } else {
        let (figures, args) = computed(scope, None);
        let from = format!(
            "{head} FROM {figures} figure CROSS JOIN directory_location location CROSS JOIN directory_standing standing"
        );
        Query::with(&from, args)
    };
    query.and("location.organization_id = ?", [organization.clone()]);
    query.and("standing.organization_id = ? AND standing.kind = 'loc'", [organization]);
    if scope.is_stored() && walked(sorts) == "standing" {
        query.and("location.id = standing.subject_id AND figure.subject_id = standing.subject_id", []);
    } else {
        query.and("location.id = figure.subject_id AND standing.subject_id = location.id", []);
    }
    reached_and_narrowed(&mut query, scope, filter);
    query
}

fn reached_and_narrowed(query: &mut Query, scope: &Scope, filter: &Filter) {
    match scope.only {
        Some(only) => {
            query.and("location.id = ?", [Value::Uuid(only)]);
            query.and_some(location_in_reach(scope.viewer, "location"));
        }
        None => {
            query.and_some(locations_in_reach(scope.viewer, "location.id"));
        }
    }
    narrow(query, scope, filter);
}

fn narrow(query: &mut Query, scope: &Scope, filter: &Filter) {
    let organization = scope.viewer.organization;
    let uuids = |ids: &[Uuid]| ids.iter().copied().map(Value::Uuid).collect::<Vec<_>>();
    for (column, wanted) in [("location.id", &filter.ids), ("location.customer_id", &filter.customers)] {
        if let Some(ids) = wanted {
            query.any_of(column, uuids(ids));
        }
    }
    searched(query, organization, "loc", &filter.words, "location.id", filter.row_by_row);
    for (column, wanted) in [
        ("location.code_key", &filter.codes),
        ("location.sales_rep_mode", &filter.modes),
        ("location.rep_source", &filter.sources),
        ("location.kind", &filter.kinds),
        ("location.city_key", &filter.cities),
        ("location.state_key", &filter.states),
    ] {
        if let Some(words) = wanted {
            query.any_of(column, words.iter().cloned().map(Value::Text).collect());
        }
    }
    if filter.modes.as_ref().is_some_and(|modes| modes.iter().all(|mode| mode != "inherit")) {
        // The words of the index of those few.
        query.and("location.sales_rep_mode <> 'inherit'", []);
    }
    for (column, wanted) in [
        (["location.effective_rep_id", "location.rep_key"], &filter.reps),
        (["location.price_list_id", "location.price_key"], &filter.price_lists),
    ] {
        if let Some((ids, none)) = wanted {
            any_or_none(query, column, uuids(ids), *none);
        }
    }
    if let Some(start) = &filter.postal_code {
        // Whatever begins with it lies before it with the last character of all behind.
        let end = format!("{start}\u{10ffff}");
        query.and(
            "location.postal_key >= ? AND location.postal_key < ?",
            [Value::Text(start.clone()), Value::Text(end)],
        );
    }
    match filter.instructed {
        Some(true) => query.and("location.delivery_instructions <> ''", []),
        Some(false) => query.and("location.delivery_instructions = ''", []),
        None => query,
    };
    tagged(query, organization, "loc", "location.id", filter.tags.as_deref());
    known_outside(query, organization, "loc", "location.id", filter.external.as_ref());
    archived(query, "location.archived_at", filter.archived);
    if leaves_gone(filter) {
        query.and(&format!("location.customer_id NOT IN ({GONE})"), [Value::Uuid(organization)]);
    }
    engagement(query, scope.today, filter.engaged, filter.stages.as_deref());
    for (column, range) in &filter.ranges {
        range.add(query, column);
    }
}

fn id_of(scope: &Scope, sorts: &[Sort]) -> &'static str {
    match walked(sorts) {
        "figure" => "figure.subject_id",
        "standing" if scope.is_stored() => "standing.subject_id",
        _ => "location.id",
    }
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
    let filter = &filter.weighed(tx, scope)?;
    if scope.only.is_none() {
        let (narrowing, live) = conditions(scope, filter);
        let alive = (filter.archived == Some(false)).then(|| alive(scope, filter));
        let (head, few) = (head(), !scope.viewer.office);
        let wish = Wish {
            head: &head,
            sorts,
            after,
            limit,
            narrowing: &narrowing,
            live: &live,
            alive: alive.as_ref(),
            few,
            each: None,
        };
        if scope.is_stored() {
            if let Some(found) = picking::page(tx, &three(scope), &wish)? {
                return Ok(found);
            }
        } else if let Some((ids, more)) = picking::ids(tx, &three(scope), &wish)? {
            let (rows, _) = among(scope, &ids).page(tx, sorts, "location.id", None, limit)?;
            return Ok((rows, more));
        }
    }
    query(scope, filter, sorts).page(tx, sorts, id_of(scope, sorts), after, limit)
}

const ALL_ACTIVE: &str = "SELECT CAST(COALESCE(SUM(locations_count), 0) AS BIGINT) FROM directory_customer \
    WHERE organization_id = $1 AND archived_at IS NULL";

/// Whether a list is narrowed by nothing: all active locations of active customers.
fn is_everything(scope: &Scope, filter: &Filter) -> bool {
    let mut rest = Query::new("");
    narrow(&mut rest, scope, &Filter { archived: None, ..filter.clone() });
    scope.viewer.office && scope.only.is_none() && leaves_gone(filter) && !rest.any_condition(|_| true)
}

/// How many locations match. Where no figure is asked about, the figures stay out of it.
pub fn count(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<i64> {
    let filter = &filter.weighed(tx, scope)?;
    if is_everything(scope, filter) {
        // Customers know how many they have.
        return Ok(tx.one::<(i64,)>(ALL_ACTIVE, args![scope.viewer.organization])?.map_or(0, |(n,)| n));
    }
    if scope.is_stored() && scope.only.is_none() && scope.viewer.office {
        let (three, (narrowing, _)) = (three(scope), conditions(scope, filter));
        let all = picking::count(tx, &three, &narrowing)?;
        if filter.archived != Some(false) {
            return Ok(all);
        }
        let organization = || Value::Uuid(scope.viewer.organization);
        let mut gone = Query::new("SELECT location.id FROM directory_location location");
        gone.and("location.organization_id = ? AND location.archived_at IS NOT NULL", [organization()]);
        let mut left = all - picking::count_among(tx, &three, &gone, &narrowing)?;
        if leaves_gone(filter) {
            let mut with =
                Query::new("SELECT location.id FROM directory_customer gone CROSS JOIN directory_location location");
            with.and("gone.organization_id = ? AND gone.archived_at IS NOT NULL", [organization()]);
            with.and("location.organization_id = ? AND location.customer_id = gone.id", [organization()]);
            with.and("location.archived_at IS NULL", []);
            left -= picking::count_among(tx, &three, &with, &narrowing)?;
        }
        return Ok(left);
    }
    let mut plain = Query::new("SELECT location.id FROM directory_location location");
    plain.and("location.organization_id = ?", [Value::Uuid(scope.viewer.organization)]);
    reached_and_narrowed(&mut plain, scope, filter);
    if is_plain(&plain) {
        return plain.count(tx);
    }
    selecting(scope, filter, &[], "SELECT location.id").count(tx)
}

/// Sums over everything that matches.
pub fn sums(tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<Shown> {
    let sum = |column: &str| format!("CAST(COALESCE(SUM({column}), 0) AS BIGINT)");
    let columns = [
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
    let head = format!("SELECT COUNT(*), COUNT(*), {}", columns.join(", "));
    Ok(selecting(scope, filter, &[], &head).all::<Shown>(tx)?.into_iter().next().unwrap_or_default())
}

/// Ids of every match with their versions, ordered, at most so many: what a bulk change freezes.
pub fn ids(tx: &mut Tx, scope: &Scope, filter: &Filter, most: usize) -> Result<Vec<(Uuid, i64)>> {
    selecting(scope, filter, &[], "SELECT location.id, location.version").first(tx, "location.id", most)
}

/// One location in reach with its figures.
pub fn one(tx: &mut Tx, viewer: Viewer, id: Uuid, window: Period, today: Day) -> Result<Option<Listed>> {
    let stored = super::super::figures::windows_hold(tx, viewer.organization, today)?;
    let scope = Scope { viewer, window, today, stored, only: Some(id) };
    Ok(query(&scope, &Filter::default(), &[]).all::<Listed>(tx)?.into_iter().next())
}

/// Which of these locations are in reach.
pub fn reached(tx: &mut Tx, viewer: Viewer, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(256) {
        let mut query = Query::new("SELECT location.id FROM directory_location location");
        query.and("location.organization_id = ?", [Value::Uuid(viewer.organization)]);
        query.any_of("location.id", chunk.iter().copied().map(Value::Uuid).collect());
        query.and_some(location_in_reach(viewer, "location"));
        found.extend(query.all::<(Uuid,)>(tx)?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

const OPEN_CASES: &str = "SELECT location_id, COUNT(*) FROM event WHERE organization_id = $1 AND status = 'open' \
    AND starts_at >= $2 AND starts_at < $3 AND location_id IN ({ids}) GROUP BY location_id";

/// How many open events locations have between two moments.
pub fn open_cases(
    tx: &mut Tx,
    organization: Uuid,
    locations: &[Uuid],
    from: i64,
    to: i64,
) -> Result<HashMap<Uuid, i64>> {
    let mut counts = HashMap::new();
    let rows = crate::bulk::all::<(Uuid, i64)>(tx, OPEN_CASES, args![organization, from, to], locations)?;
    // The list of keys is filled up with its last one, which is one row all the same.
    counts.extend(rows);
    Ok(counts)
}

/// How many active locations of these customers do not inherit the default rep, as far as the viewer reaches.
pub fn overrides(tx: &mut Tx, viewer: Viewer, customers: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let mut counts = HashMap::new();
    for chunk in customers.chunks(256) {
        let mut query = Query::new("SELECT location.customer_id, location.id FROM directory_location location");
        query.and("location.organization_id = ?", [Value::Uuid(viewer.organization)]);
        query.any_of("location.customer_id", chunk.iter().copied().map(Value::Uuid).collect());
        query.and("location.sales_rep_mode <> 'inherit' AND location.archived_at IS NULL", []);
        query.and_some(location_in_reach(viewer, "location"));
        for (customer, _) in query.all::<(Uuid, Uuid)>(tx)? {
            *counts.entry(customer).or_default() += 1;
        }
    }
    Ok(counts)
}
