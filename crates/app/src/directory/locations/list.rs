//! Lists of locations: sorts, filters, and what a row shows.

use super::super::customers::list::{folded, range_names};
use super::super::customers::{RangeKind, either, empties_last, external, ids_or_none, ranges};
use super::super::{archived, judged, uuids, window, words_of};
use super::{code_key, mode_of};
use crate::{Ctx, Error, Result, list};
use contract::directory::{Location, SalesRep, Sums};
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::directory::{LocationKind, SalesRepMode, SalesRepSource, area_key};
use domain::engagement::{EngagementStage, Period};
use domain::id::{self, Id, LocationId};
use std::collections::HashMap;
use store::Tx;
use store::directory::locations::{self as rows, Filter, Listed, Scope};
use store::directory::standing;
use store::page::Sort;
use uuid::Uuid;

/// By what locations can be sorted.
pub const SORTS: list::Sorts = &[
    ("customer", "location.sort_key"),
    ("customer_name", "location.sort_key"),
    ("name", "location.name_key"),
    ("kind", "location.kind"),
    ("city", "location.city_key"),
    ("state", "location.state_key"),
    ("sales_rep", "location.rep_key"),
    ("effective_sales_rep", "location.rep_key"),
    ("effective_sales_rep_id", "location.rep_key"),
    ("sales_rep_source", "location.rep_source"),
    ("effective_sales_rep_source", "location.rep_source"),
    ("price_list", "location.price_key"),
    ("tags", "location.tags_key"),
    ("orders_total", "figure.orders_total_minor"),
    ("orders_total_minor", "figure.orders_total_minor"),
    ("orders_count", "figure.orders_count"),
    ("orders_avg", "figure.orders_avg_minor"),
    ("orders_avg_minor", "figure.orders_avg_minor"),
    ("engagement", "figure.last_order_on"),
    ("engagement_stage", "figure.last_order_on"),
    ("engaged", "figure.last_order_on"),
    ("last_order_on", "figure.last_order_on"),
    ("first_order_on", "figure.first_order_on"),
    ("expected_next", "figure.expected_next_on"),
    ("expected_next_on", "figure.expected_next_on"),
    ("overdue_by", "figure.overdue"),
    ("tasks_open", "standing.tasks_open"),
    ("stock_on_site_units", "standing.site_units"),
    ("stock_on_site_value", "standing.site_value_minor"),
    ("stock_on_site_value_minor", "standing.site_value_minor"),
    ("units_expiring_90d", "standing.site_expiring"),
    ("created_at", "location.created_at"),
    ("updated_at", "location.updated_at"),
];
const DEFAULT: &[Sort] = &[Sort { column: "location.sort_key", descending: false }];

/// Filters with two bounds.
const RANGES: &[(&str, &str, RangeKind, bool)] = &[
    ("orders_total", "figure.orders_total_minor", RangeKind::Number, false),
    ("orders_count", "figure.orders_count", RangeKind::Number, false),
    ("orders_avg", "figure.orders_avg_minor", RangeKind::Average, false),
    ("first_order_on", "figure.first_order_on", RangeKind::Past, false),
    ("last_order_on", "figure.last_order_on", RangeKind::Past, false),
    ("expected_next", "figure.expected_next_on", RangeKind::Future, false),
    ("overdue_by", "figure.expected_next_on", RangeKind::Overdue, false),
    ("tasks_open", "standing.tasks_open", RangeKind::Number, false),
    ("stock_on_site_units", "standing.site_units", RangeKind::Number, false),
    ("stock_on_site_value", "standing.site_value_minor", RangeKind::Number, false),
    ("units_expiring_90d", "standing.site_expiring", RangeKind::Number, false),
    ("created_at", "location.created_at", RangeKind::Moment, false),
    ("updated_at", "location.updated_at", RangeKind::Moment, false),
];

/// By what locations can be filtered besides the ranges.
pub const FILTERS: &[&str] = &[
    "id",
    "customer_id",
    "code",
    "kind",
    "city",
    "state",
    "postal_code",
    "sales_rep",
    "effective_sales_rep_id",
    "sales_rep_mode",
    "sales_rep_source",
    "price_list",
    "price_list_id",
    "tags",
    "external_id",
    "delivery_instructions",
    "engaged",
    "engagement",
    "engagement_stage",
    "archived",
    "window",
    "window_from",
    "window_to",
];

/// Days ahead in which open events are counted.
const CASES_DAYS: i32 = 14;

/// Every filter.
pub fn filters() -> Vec<String> {
    let mut all: Vec<String> = FILTERS.iter().map(|name| (*name).to_owned()).collect();
    all.extend(range_names(RANGES, true));
    all
}

/// What a list of locations is narrowed to; also what a bulk change selects.
pub fn filter(ctx: &Ctx, params: &ListParams) -> Result<Filter> {
    let known = filters();
    list::only(params, &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    let strings = |words: Option<Vec<&'static str>>| words.map(|it| it.into_iter().map(str::to_owned).collect());
    let areas = |field: &str| {
        params.filters.get(field).map(|text| text.split(',').map(area_key).filter(|it| !it.is_empty()).collect())
    };
    let postal_code = params.filters.get("postal_code").map(|text| area_key(text)).filter(|it| !it.is_empty());
    Ok(Filter {
        ids: list::ids::<id::Location>(params, "id")?.map(uuids),
        words: words_of(params)?,
        row_by_row: false,
        customers: list::ids::<id::Customer>(params, "customer_id")?.map(uuids),
        codes: params.filters.get("code").map(|text| text.split(',').map(code_key).collect()),
        reps: ids_or_none::<id::User>(params, either(params, ["sales_rep", "effective_sales_rep_id"]))?,
        modes: strings(list::words(params, "sales_rep_mode", |word| {
            SalesRepMode::parse(word).map(SalesRepMode::as_str)
        })?),
        sources: strings(list::words(params, "sales_rep_source", |word| {
            SalesRepSource::parse(word).map(SalesRepSource::as_str)
        })?),
        kinds: strings(list::words(params, "kind", |word| LocationKind::parse(word).map(LocationKind::as_str))?),
        cities: folded(params, "city"),
        states: areas("state"),
        postal_code,
        price_lists: ids_or_none::<id::PriceList>(params, either(params, ["price_list", "price_list_id"]))?,
        tags: folded(params, "tags"),
        external: external(params),
        instructed: list::yes_no(params, "delivery_instructions")?,
        archived: archived(params)?,
        engaged: list::yes_no(params, "engaged")?,
        stages: list::words(params, either(params, ["engagement", "engagement_stage"]), EngagementStage::parse)?,
        ranges: ranges(ctx, params, RANGES)?,
    })
}

/// For whom and over which time a list is made.
pub fn scope(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Scope> {
    let today = ctx.today();
    let stored = store::directory::figures::windows_hold(tx, ctx.org(), today)?;
    Ok(Scope { viewer: ctx.viewer(), window: window(params)?, today, stored, only: None })
}

/// Locations in reach, by customer and name unless asked otherwise.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Location>> {
    let (filter, scope) = (filter(ctx, params)?, scope(ctx, tx, params)?);
    let mut paging = list::paging("locations", params, SORTS, DEFAULT)?;
    empties_last(&mut paging.sorts);
    let (found, more) = rows::page(tx, &scope, &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, &scope, &filter)).transpose()?;
    let key = |row: &Listed| {
        let mut values: Vec<_> = paging.sorts.iter().map(|sort| row.key(sort.column)).collect();
        values.push(store::Value::Uuid(row.row.id));
        values
    };
    let next_cursor = if more { found.last().map(|row| list::cursor(paging.bound, &key(row))) } else { None };
    let around = Around::of(ctx, tx, &found)?;
    let found = found.into_iter().map(|row| fresh(ctx, tx, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items: found.into_iter().map(|row| view(ctx, row, &around)).collect(), next_cursor, total })
}

/// What everything that matches adds up to.
pub fn sums(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Sums> {
    let (filter, scope) = (filter(ctx, params)?, scope(ctx, tx, params)?);
    Ok(super::super::customers::list::summed(ctx, rows::sums(tx, &scope, &filter)?))
}

/// The same of rows that are at hand: where a page holds everything that matches.
pub fn added_up(items: &[Location]) -> Sums {
    let sum = |of: fn(&Location) -> i64| items.iter().map(of).sum::<i64>();
    let (orders_count, orders_total_minor) = (sum(|it| it.orders_count), sum(|it| it.orders_total_minor));
    Sums {
        rows: items.len() as i64,
        locations_count: items.len() as i64,
        orders_count,
        orders_total_minor,
        orders_avg_minor: super::super::customers::list::average(orders_total_minor, orders_count),
        credits_total_minor: 0,
        net_sales_minor: orders_total_minor,
        open_balance_minor: None,
        past_due_minor: None,
        exposure_minor: None,
        tasks_open: sum(|it| it.tasks_open),
        stock_on_site_units: sum(|it| it.stock_on_site_units),
        stock_on_site_value_minor: sum(|it| it.stock_on_site_value_minor),
        units_expiring_90d: sum(|it| it.units_expiring_90d),
    }
}

/// A row whose amounts the calendar has changed since they were written is made anew before it is shown.
fn fresh(ctx: &Ctx, tx: &mut Tx, row: Listed) -> Result<Listed> {
    let today = ctx.today();
    if row.standing.next_change_on > i64::from(today.0) {
        return Ok(row);
    }
    let standing = standing::location_today(tx, ctx.org(), row.row.id, today)?;
    Ok(Listed { standing, ..row })
}

/// What a page's rows refer to.
struct Around {
    names: HashMap<Uuid, String>,
    prices: HashMap<Uuid, Uuid>,
    cases: HashMap<Uuid, i64>,
}

impl Around {
    fn of(ctx: &Ctx, tx: &mut Tx, found: &[Listed]) -> Result<Self> {
        let reps: Vec<Uuid> = found.iter().filter_map(|it| it.row.effective_rep_id).collect();
        let customers: Vec<Uuid> = found.iter().map(|it| it.row.customer_id).collect();
        let mut names = store::directory::names_of_people(tx, ctx.org(), &reps)?;
        names.extend(store::directory::names_of_customers(tx, ctx.org(), &customers)?);
        let prices = store::directory::customers::price_lists(tx, ctx.org(), &customers)?;
        let lists: Vec<Uuid> =
            found.iter().filter_map(|it| it.row.price_list_id).chain(prices.values().copied()).collect();
        names.extend(store::directory::names_of_price_lists(tx, ctx.org(), &lists)?);
        let ids: Vec<Uuid> = found.iter().map(|it| it.row.id).collect();
        let zone = &ctx.organization.time_zone;
        let (from, to) = (ctx.today().starts_in(zone), ctx.today().plus(CASES_DAYS + 1).starts_in(zone));
        let cases = rows::open_cases(tx, ctx.org(), &ids, from.0, to.0)?;
        Ok(Self { names, prices, cases })
    }
}

fn view(ctx: &Ctx, listed: Listed, around: &Around) -> Location {
    let Listed { row, figure, standing: it } = listed;
    let (engagement, orders_avg_minor) = judged(&figure, ctx.today());
    let names = &around.names;
    let inherited = around.prices.get(&row.customer_id).copied();
    let price_list_source = match (row.price_list_id, inherited) {
        (Some(_), _) => "location",
        (None, Some(_)) => "customer",
        (None, None) => "none",
    };
    let prices = row.price_list_id.or(inherited);
    Location {
        id: Id::from_uuid(row.id),
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: names.get(&row.customer_id).cloned().unwrap_or_default(),
        sales_rep: SalesRep { mode: mode_of(&row), id: row.sales_rep_id.map(Id::from_uuid) },
        name: row.name,
        code: row.code,
        kind: LocationKind::parse(&row.kind).unwrap_or(LocationKind::Facility),
        time_zone: row.time_zone,
        address: serde_json::from_str(&row.address).unwrap_or_default(),
        phone: row.phone,
        contacts: serde_json::from_str(&row.contacts).unwrap_or_default(),
        delivery_instructions: row.delivery_instructions,
        price_list_id: row.price_list_id.map(Id::from_uuid),
        effective_price_list_id: prices.map(Id::from_uuid),
        effective_price_list_name: prices.and_then(|id| names.get(&id).cloned()),
        price_list_source: price_list_source.to_owned(),
        licence_no: row.licence_no,
        receiving_hours: row.receiving_hours,
        custom: serde_json::from_str(&row.custom).unwrap_or_default(),
        open_cases_14d: around.cases.get(&row.id).copied().unwrap_or(0),
        tasks_open: it.tasks_open,
        stock_on_site_units: it.site_units,
        stock_on_site_value_minor: it.site_value_minor,
        units_expiring_90d: it.site_expiring,
        effective_sales_rep_id: row.effective_rep_id.map(Id::from_uuid),
        effective_sales_rep_name: row.effective_rep_id.and_then(|id| names.get(&id).cloned()),
        effective_sales_rep_source: SalesRepSource::parse(&row.rep_source).unwrap_or(SalesRepSource::None),
        external_ids: serde_json::from_str(&row.external_ids).unwrap_or_default(),
        tags: serde_json::from_str(&row.tags).unwrap_or_default(),
        orders_total_minor: figure.orders_total_minor,
        orders_count: figure.orders_count,
        orders_avg_minor,
        engaged: matches!(engagement.stage, EngagementStage::New | EngagementStage::Active | EngagementStage::Slipping),
        engagement_stage: engagement.stage,
        engagement_reason: engagement.reason,
        first_order_on: super::super::day(figure.first_order_on),
        last_order_on: super::super::day(figure.last_order_on),
        expected_next_on: engagement.expected_next_on,
        overdue_by: i64::from(engagement.overdue_by),
        archived_at: row.archived_at.map(Instant),
        created_at: Instant(row.created_at),
        updated_at: Instant(row.updated_at),
        consequences: Vec::new(),
        warnings: Vec::new(),
        version: row.version,
    }
}

/// One row as it is shown.
pub(super) fn shown(ctx: &Ctx, tx: &mut Tx, found: Listed) -> Result<Location> {
    let found = fresh(ctx, tx, found)?;
    let around = Around::of(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &around))
}

/// One location in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: LocationId, window: impl Into<Period>) -> Result<Location> {
    let found = rows::one(tx, ctx.viewer(), id.uuid(), window.into(), ctx.today())?.ok_or_else(Error::not_found)?;
    shown(ctx, tx, found)
}
