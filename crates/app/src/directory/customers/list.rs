//! Lists of customers: sorts, filters, and what a row shows to whom.

use super::super::{archived, judged, uuids, window, words_of};
use super::number_key;
use crate::{Ctx, Error, Result, list};
use contract::directory::{Customer, Sums};
use contract::{ListParams, Page};
use domain::billing::{AutoHoldMode, BillingStatus, CreditSignal, CreditSignals, EffectiveStatus, status_words};
use domain::clock::{Day, Instant};
use domain::directory::CustomerKind;
use domain::engagement::{EngagementStage, Period};
use domain::id::{self, CustomerId, Id, Kind};
use domain::money::{Currency, Minor};
use domain::people::Permission;
use domain::terms::BasisDate;
use std::collections::HashMap;
use store::Tx;
use store::directory::customers::{self as rows, Filter, Listed, NO_DAY, Range, Scope};
use store::directory::standing::{self, NO_LIMIT, Standing};
use store::page::Sort;
use uuid::Uuid;

/// By what customers can be sorted: name, column, whether it is for those alone who may see receivables. Amounts of locations
/// stand elsewhere for whoever reaches a part: see [`of_part`].
const SORTABLE: &[(&str, &str, bool)] = &[
    ("name", "customer.name_key", false),
    ("number", "customer.number_key", false),
    ("kind", "customer.kind", false),
    ("locations_count", "customer.locations_count", false),
    ("orders_total", "figure.orders_total_minor", false),
    ("orders_total_minor", "figure.orders_total_minor", false),
    ("orders_count", "figure.orders_count", false),
    ("orders_avg", "figure.orders_avg_minor", false),
    ("orders_avg_minor", "figure.orders_avg_minor", false),
    ("engagement", "figure.last_order_on", false),
    ("engagement_stage", "figure.last_order_on", false),
    ("engaged", "figure.last_order_on", false),
    ("last_order_on", "figure.last_order_on", false),
    ("first_order_on", "figure.first_order_on", false),
    ("expected_next", "figure.expected_next_on", false),
    ("expected_next_on", "figure.expected_next_on", false),
    ("overdue_by", OVERDUE, false),
    ("credits_total", "figure.credits_minor", false),
    ("credits_total_minor", "figure.credits_minor", false),
    ("net_sales", "figure.net_sales_minor", false),
    ("net_sales_minor", "figure.net_sales_minor", false),
    ("billing_status", "standing.effective_rank", false),
    ("effective_billing_status", "standing.effective_rank", false),
    ("default_sales_rep", "customer.rep_key", false),
    ("default_sales_rep_id", "customer.rep_key", false),
    ("payment_terms", "customer.terms_key", false),
    ("payment_terms_id", "customer.terms_key", false),
    ("basis_date", "customer.basis_date", false),
    ("price_list", "customer.price_key", false),
    ("price_list_id", "customer.price_key", false),
    ("parent", "customer.parent_key", false),
    ("parent_customer_id", "customer.parent_key", false),
    ("tags", "customer.tags_key", false),
    ("next_contact_on", "customer.next_contact_on", false),
    ("tasks_open", "standing.tasks_open", false),
    ("stock_on_site_value", "standing.site_value_minor", false),
    ("stock_on_site_value_minor", "standing.site_value_minor", false),
    ("stock_on_site_units", "standing.site_units", false),
    ("units_expiring_90d", "standing.site_expiring", false),
    ("avg_days_usage_to_po", "standing.days_to_po", false),
    ("created_at", "customer.created_at", false),
    ("updated_at", "customer.updated_at", false),
    ("open_balance", "standing.open_minor", true),
    ("open_balance_minor", "standing.open_minor", true),
    ("past_due", "standing.past_due_minor", true),
    ("past_due_minor", "standing.past_due_minor", true),
    ("oldest_due", "standing.oldest_due_on", true),
    ("oldest_due_on", "standing.oldest_due_on", true),
    ("exposure", "standing.exposure_minor", true),
    ("exposure_minor", "standing.exposure_minor", true),
    ("credit_limit", "standing.credit_limit_key", true),
    ("credit_limit_minor", "standing.credit_limit_key", true),
    ("available_credit", "standing.available_credit_key", true),
    ("available_credit_minor", "standing.available_credit_key", true),
    ("avg_days_to_pay", "standing.days_to_pay", true),
];

/// Stands for the day on which the next order is expected, in the opposite order.
const OVERDUE: &str = "figure.overdue";

const DEFAULT: &[Sort] = &[
    Sort { column: "customer.name_key", descending: false },
    Sort { column: "customer.number_key", descending: false },
];

/// What a bound is given in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum RangeKind {
    /// A whole number; minor units.
    Number,
    /// A day that stands for none as 0: a bound from above leaves those out.
    Past,
    /// A day that stands for none as [`NO_DAY`]: a bound from below leaves those out.
    Future,
    /// Days by which an expected day has passed.
    Overdue,
    /// Days, kept in tenths; below zero for none.
    Tenths,
    /// Like a number, where -1 stands for none.
    Average,
    /// Like a number, where a far one stands for no limit.
    Limit,
    /// A day on which something was done.
    Moment,
}

/// Filters with two bounds, `…_from` and `…_to`: name, column, what it is given in, whether it is for those alone who may see
/// receivables.
pub(in super::super) type RangeRow = (&'static str, &'static str, RangeKind, bool);

const RANGES: &[RangeRow] = &[
    ("locations_count", "locations_count", RangeKind::Number, false),
    ("orders_total", "figure.orders_total_minor", RangeKind::Number, false),
    ("orders_count", "figure.orders_count", RangeKind::Number, false),
    ("orders_avg", "figure.orders_avg_minor", RangeKind::Average, false),
    ("first_order_on", "figure.first_order_on", RangeKind::Past, false),
    ("last_order_on", "figure.last_order_on", RangeKind::Past, false),
    ("expected_next", "figure.expected_next_on", RangeKind::Future, false),
    ("overdue_by", "figure.expected_next_on", RangeKind::Overdue, false),
    ("credits_total", "figure.credits_minor", RangeKind::Number, false),
    ("net_sales", "figure.net_sales_minor", RangeKind::Number, false),
    ("next_contact_on", "customer.next_contact_on", RangeKind::Future, false),
    ("tasks_open", "standing.tasks_open", RangeKind::Number, false),
    ("stock_on_site_value", "standing.site_value_minor", RangeKind::Number, false),
    ("stock_on_site_units", "standing.site_units", RangeKind::Number, false),
    ("units_expiring_90d", "standing.site_expiring", RangeKind::Number, false),
    ("avg_days_usage_to_po", "standing.days_to_po", RangeKind::Tenths, false),
    ("created_at", "customer.created_at", RangeKind::Moment, false),
    ("updated_at", "customer.updated_at", RangeKind::Moment, false),
    ("open_balance", "standing.open_minor", RangeKind::Number, true),
    ("past_due", "standing.past_due_minor", RangeKind::Number, true),
    ("oldest_due", "standing.oldest_due_on", RangeKind::Future, true),
    ("exposure", "standing.exposure_minor", RangeKind::Number, true),
    ("credit_limit", "standing.credit_limit_key", RangeKind::Limit, true),
    ("available_credit", "standing.available_credit_key", RangeKind::Number, true),
    ("avg_days_to_pay", "standing.days_to_pay", RangeKind::Tenths, true),
];

/// By what customers can be filtered besides the ranges.
pub const FILTERS: &[&str] = &[
    "id",
    "name",
    "number",
    "kind",
    "default_sales_rep",
    "default_sales_rep_id",
    "payment_terms",
    "payment_terms_id",
    "basis_date",
    "terms_differ",
    "billing_status",
    "effective_billing_status",
    "billing_status_set",
    "billing_status_auto",
    "price_list",
    "price_list_id",
    "parent",
    "parent_customer_id",
    "tags",
    "external_id",
    "engaged",
    "engagement",
    "engagement_stage",
    "archived",
    "window",
    "window_from",
    "window_to",
];
/// Of these and the like, what is for those alone who may see receivables.
const FINANCE_FILTERS: &[&str] = &["credit_signal"];

/// The sorts that somebody has. What may not be seen cannot be sorted by: it is as unknown as any other word.
pub fn sorts(ctx: &Ctx) -> Vec<(&'static str, &'static str)> {
    let (office, finance) = (ctx.viewer().office, ctx.may(Permission::ViewReceivables));
    let mine = SORTABLE.iter().filter(|(_, _, money)| finance || !money);
    mine.map(|(name, column, _)| (*name, if office { *column } else { of_part(column) })).collect()
}

/// Where a column stands for whoever reaches a part: what belongs to locations is summed with the figures.
fn of_part(column: &'static str) -> &'static str {
    match column {
        "customer.locations_count" => "figure.locations_count",
        "standing.open_minor" => "figure.open_minor",
        "standing.past_due_minor" => "figure.past_due_minor",
        "standing.oldest_due_on" => "figure.oldest_due_on",
        "standing.tasks_open" => "figure.tasks_open",
        "standing.site_units" => "figure.site_units",
        "standing.site_value_minor" => "figure.site_value_minor",
        "standing.site_expiring" => "figure.site_expiring",
        other => other,
    }
}

/// The filters that somebody has.
pub fn filters(ctx: &Ctx) -> Vec<String> {
    let finance = ctx.may(Permission::ViewReceivables);
    let mut all: Vec<String> = FILTERS.iter().map(|name| (*name).to_owned()).collect();
    if finance {
        all.extend(FINANCE_FILTERS.iter().map(|name| (*name).to_owned()));
    }
    all.extend(range_names(RANGES, finance));
    all
}

/// The names of filters with two bounds.
pub(in super::super) fn range_names(ranges: &[RangeRow], finance: bool) -> Vec<String> {
    let mine = ranges.iter().filter(|(_, _, _, money)| finance || !money);
    mine.flat_map(|(name, ..)| [format!("{name}_from"), format!("{name}_to")]).collect()
}

/// The filter under either of its names.
pub(in super::super) fn either<'p>(params: &'p ListParams, names: [&'p str; 2]) -> &'p str {
    if params.filters.contains_key(names[0]) { names[0] } else { names[1] }
}

/// Ids of a filter, in which `none` (or `inherited`) stands for nothing there.
pub(in super::super) fn ids_or_none<K: Kind>(params: &ListParams, field: &str) -> Result<Option<(Vec<Uuid>, bool)>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let empty = |part: &&str| matches!(*part, "none" | "inherited");
    let none = text.split(',').any(|part| empty(&part));
    let rest: Vec<&str> = text.split(',').filter(|part| !empty(part)).collect();
    let mut only_ids = params.clone();
    only_ids.filters.insert(field.to_owned(), rest.join(","));
    Ok(list::ids::<K>(&only_ids, field)?.map(|ids| (uuids(ids), none)))
}

fn number(params: &ListParams, field: &str) -> Result<Option<i64>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::field(field, "invalid_value", "Give a whole number."))
}

fn tenths(params: &ListParams, field: &str) -> Result<Option<i64>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let days: f64 = text.parse().map_err(|_| Error::field(field, "invalid_value", "Give a number of days."))?;
    if !(0.0..100_000.0).contains(&days) {
        return Err(Error::field(field, "invalid_value", "Give a number of days."));
    }
    Ok(Some((days * 10.0).round() as i64))
}

/// A bound of days on which something was: 0 stands for never.
pub(in super::super) fn days(params: &ListParams, from: &str, to: &str) -> Result<Range> {
    let day = |field| list::day(params, field).map(|day| day.map(|day| i64::from(day.0)));
    let (from, to) = (day(from)?, day(to)?);
    // A bound from above leaves out those that never ordered, which are stored as day 0.
    Ok(Range { from: from.or(to.map(|_| 1)), to })
}

/// The bounds that are asked for, each with its column.
pub(in super::super) fn ranges(
    ctx: &Ctx,
    params: &ListParams,
    known: &'static [RangeRow],
) -> Result<Vec<(&'static str, Range)>> {
    let mut all = Vec::new();
    for (name, column, kind, _) in known {
        let (from, to) = (format!("{name}_from"), format!("{name}_to"));
        let range = range(ctx, params, *kind, &from, &to)?;
        if range.from.is_some() || range.to.is_some() {
            all.push((*column, range));
        }
    }
    Ok(all)
}

fn range(ctx: &Ctx, params: &ListParams, kind: RangeKind, from: &str, to: &str) -> Result<Range> {
    Ok(match kind {
        RangeKind::Number => Range { from: number(params, from)?, to: number(params, to)? },
        RangeKind::Average => {
            let (from, to) = (number(params, from)?, number(params, to)?);
            Range { from: from.or(to.map(|_| 0)), to }
        }
        RangeKind::Limit => {
            let (from, to) = (number(params, from)?, number(params, to)?);
            Range { from, to: to.or(from.map(|_| NO_LIMIT - 1)) }
        }
        RangeKind::Tenths => {
            let (from, to) = (tenths(params, from)?, tenths(params, to)?);
            Range { from: from.or(to.map(|_| 0)), to }
        }
        RangeKind::Past => days(params, from, to)?,
        RangeKind::Future => {
            let day = |field| list::day(params, field).map(|day| day.map(|day| i64::from(day.0)));
            let (from, to) = (day(from)?, day(to)?);
            Range { from, to: to.or(from.map(|_| NO_DAY - 1)) }
        }
        RangeKind::Overdue => {
            let today = i64::from(ctx.today().0);
            let (least, most) = (number(params, from)?, number(params, to)?);
            // Overdue by at least 10 days: expected at the latest 10 days ago.
            Range { from: most.map(|days| today - days), to: least.map(|days| today - days) }
        }
        RangeKind::Moment => {
            let zone = &ctx.organization.time_zone;
            let from = list::day(params, from)?.map(|day| day.starts_in(zone).0);
            let to = list::day(params, to)?.map(|day| day.plus(1).starts_in(zone).0 - 1);
            Range { from, to }
        }
    })
}

/// `external_id=` a number, or `system=number`.
pub(in super::super) fn external(params: &ListParams) -> Option<(Option<String>, String)> {
    let text = params.filters.get("external_id")?;
    let (system, id) = match text.split_once('=') {
        Some((system, id)) => (Some(system.trim().to_owned()), id),
        None => (None, text.as_str()),
    };
    Some((system, store::directory::beside::external_key(id)))
}

/// Folded words of a list between commas.
pub(in super::super) fn folded(params: &ListParams, field: &str) -> Option<Vec<String>> {
    let text = params.filters.get(field)?;
    Some(text.split(',').map(domain::text::fold).filter(|word| !word.is_empty()).collect())
}

fn strings(words: Option<Vec<&'static str>>) -> Option<Vec<String>> {
    words.map(|it| it.into_iter().map(str::to_owned).collect())
}

/// What a list of customers is narrowed to; also what a bulk change selects.
pub fn filter(ctx: &Ctx, params: &ListParams) -> Result<Filter> {
    let known = filters(ctx);
    list::only(params, &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    let reps = either(params, ["default_sales_rep", "default_sales_rep_id"]);
    let inactive = params.filters.get(reps).is_some_and(|text| text == "inactive");
    let statuses =
        |field: &str| list::words(params, field, |word| BillingStatus::parse(word).map(BillingStatus::as_str));
    let mut ranges = ranges(ctx, params, RANGES)?;
    if params.filters.get("next_contact_on").is_some_and(|text| text == "none") {
        ranges.push(("customer.next_contact_on", Range { from: Some(NO_DAY), to: None }));
    }
    Ok(Filter {
        ids: list::ids::<id::Customer>(params, "id")?.map(uuids),
        words: words_of(params)?,
        row_by_row: false,
        name_words: params
            .filters
            .get("name")
            .map(|text| super::super::check::search_words(text))
            .transpose()?
            .unwrap_or_default(),
        number_keys: params.filters.get("number").map(|text| text.split(',').map(number_key).collect()),
        reps: if inactive { None } else { ids_or_none::<id::User>(params, reps)? },
        inactive_rep: inactive.then_some(true),
        terms: ids_or_none::<id::PaymentTerms>(params, either(params, ["payment_terms", "payment_terms_id"]))?,
        price_lists: ids_or_none::<id::PriceList>(params, either(params, ["price_list", "price_list_id"]))?,
        parents: ids_or_none::<id::Customer>(params, either(params, ["parent", "parent_customer_id"]))?,
        basis: strings(list::words(params, "basis_date", |word| match word {
            "none" | "inherited" => Some(""),
            word => BasisDate::parse(word).map(BasisDate::as_str),
        })?),
        own_terms: list::yes_no(params, "terms_differ")?,
        statuses: strings(statuses("billing_status_set")?),
        effective: strings(statuses(either(params, ["billing_status", "effective_billing_status"]))?),
        auto: list::yes_no(params, "billing_status_auto")?,
        signals: strings(list::words(params, "credit_signal", |word| {
            CreditSignal::parse(word).map(CreditSignal::as_str)
        })?),
        kinds: strings(list::words(params, "kind", |word| CustomerKind::parse(word).map(CustomerKind::as_str))?),
        tags: folded(params, "tags"),
        external: external(params),
        archived: archived(params)?,
        engaged: list::yes_no(params, "engaged")?,
        stages: list::words(params, either(params, ["engagement", "engagement_stage"]), EngagementStage::parse)?,
        ranges,
    })
}

/// Averages that are empty come last in either direction; what is overdue is sorted by the day on which it was expected.
pub(in super::super) fn empties_last(sorts: &mut [Sort]) {
    for sort in sorts {
        if sort.column == "figure.orders_avg_minor" && !sort.descending {
            sort.column = "figure.orders_avg_last";
        }
        if sort.column == OVERDUE {
            *sort = Sort { column: "figure.expected_next_on", descending: !sort.descending };
        }
    }
}

/// For whom and over which time a list is made.
pub fn scope(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Scope> {
    let today = ctx.today();
    let stored = store::directory::figures::windows_hold(tx, ctx.org(), today)?;
    Ok(Scope { viewer: ctx.viewer(), window: window(params)?, today, stored, only: None })
}

/// Customers in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Customer>> {
    let filter = filter(ctx, params)?;
    let scope = scope(ctx, tx, params)?;
    let mut paging = list::paging("customers", params, &sorts(ctx), DEFAULT)?;
    empties_last(&mut paging.sorts);
    let (found, more) = rows::page(tx, &scope, &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, &scope, &filter)).transpose()?;
    let names = Named::of(ctx, tx, &found)?;
    let key = |row: &Listed| {
        let mut values: Vec<_> = paging.sorts.iter().map(|sort| row.key(sort.column)).collect();
        values.push(store::Value::Uuid(row.row.id));
        values
    };
    let next_cursor = if more { found.last().map(|row| list::cursor(paging.bound, &key(row))) } else { None };
    let found = found.into_iter().map(|row| fresh(ctx, tx, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items: found.into_iter().map(|row| view(ctx, row, &names)).collect(), next_cursor, total })
}

/// What everything that matches adds up to.
pub fn sums(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Sums> {
    let (filter, scope) = (filter(ctx, params)?, scope(ctx, tx, params)?);
    Ok(summed(ctx, rows::sums(tx, &scope, &filter)?))
}

/// The same of rows that are at hand: where a page holds everything that matches.
pub fn added_up(items: &[Customer]) -> Sums {
    let sum = |of: fn(&Customer) -> i64| items.iter().map(of).sum::<i64>();
    let maybe = |of: fn(&Customer) -> Option<i64>| items.iter().map(of).sum::<Option<i64>>();
    let (orders_count, orders_total_minor) = (sum(|it| it.orders_count), sum(|it| it.orders_total_minor));
    Sums {
        rows: items.len() as i64,
        locations_count: sum(|it| it.locations_count),
        orders_count,
        orders_total_minor,
        orders_avg_minor: average(orders_total_minor, orders_count),
        credits_total_minor: sum(|it| it.credits_total_minor),
        net_sales_minor: sum(|it| it.net_sales_minor),
        open_balance_minor: maybe(|it| it.open_balance_minor),
        past_due_minor: maybe(|it| it.past_due_minor),
        exposure_minor: maybe(|it| it.exposure_minor),
        tasks_open: sum(|it| it.tasks_open),
        stock_on_site_units: sum(|it| it.stock_on_site_units),
        stock_on_site_value_minor: sum(|it| it.stock_on_site_value_minor),
        units_expiring_90d: sum(|it| it.units_expiring_90d),
    }
}

pub(in super::super) fn summed(ctx: &Ctx, it: rows::Shown) -> Sums {
    let finance = ctx.may(Permission::ViewReceivables);
    Sums {
        rows: it.rows,
        locations_count: it.locations_count,
        orders_count: it.orders_count,
        orders_total_minor: it.orders_total_minor,
        orders_avg_minor: average(it.orders_total_minor, it.orders_count),
        credits_total_minor: it.credits_minor,
        net_sales_minor: it.orders_total_minor - it.credits_minor,
        open_balance_minor: finance.then_some(it.open_minor),
        past_due_minor: finance.then_some(it.past_due_minor),
        exposure_minor: finance.then_some(it.exposure_minor),
        tasks_open: it.tasks_open,
        stock_on_site_units: it.site_units,
        stock_on_site_value_minor: it.site_value_minor,
        units_expiring_90d: it.site_expiring,
    }
}

/// Half up; none without orders.
pub(in super::super) fn average(total: i64, count: i64) -> Option<i64> {
    (count > 0).then(|| (2 * total + count).div_euclid(2 * count))
}

/// A row whose amounts the calendar has changed since they were written is made anew before it is shown.
fn fresh(ctx: &Ctx, tx: &mut Tx, row: Listed) -> Result<Listed> {
    let today = ctx.today();
    if row.standing.next_change_on > i64::from(today.0) {
        return Ok(row);
    }
    let whole = standing::customer_today(tx, ctx.org(), row.row.id, today)?;
    if ctx.viewer().office {
        return Ok(Listed { standing: whole, ..row });
    }
    let part = row.standing.clone();
    let standing = Standing {
        open_minor: part.open_minor,
        past_due_minor: part.past_due_minor,
        pending_minor: part.pending_minor,
        oldest_due_on: part.oldest_due_on,
        tasks_open: part.tasks_open,
        site_units: part.site_units,
        site_value_minor: part.site_value_minor,
        site_expiring: part.site_expiring,
        ..whole
    };
    Ok(Listed { standing, ..row })
}

/// Names of what a page refers to, and what the organisation has chosen for those that have not.
struct Named {
    names: HashMap<Uuid, String>,
    overrides: HashMap<Uuid, i64>,
    terms: Option<Uuid>,
    basis: BasisDate,
    currency: Currency,
}

impl Named {
    fn of(ctx: &Ctx, tx: &mut Tx, found: &[Listed]) -> Result<Self> {
        let pick = |pick: fn(&Listed) -> Option<Uuid>| found.iter().filter_map(pick).collect::<Vec<_>>();
        let default = super::super::defaults(ctx);
        let mut names = store::directory::names_of_people(tx, ctx.org(), &pick(|it| it.row.default_sales_rep_id))?;
        let mut terms = pick(|it| it.row.payment_terms_id);
        terms.extend(default.terms);
        names.extend(store::directory::names_of_terms(tx, ctx.org(), &terms)?);
        names.extend(store::directory::names_of_price_lists(tx, ctx.org(), &pick(|it| it.row.price_list_id))?);
        names.extend(store::directory::names_of_customers(tx, ctx.org(), &pick(|it| it.row.parent_customer_id))?);
        let ids: Vec<Uuid> = found.iter().map(|it| it.row.id).collect();
        let overrides = store::directory::locations::overrides(tx, ctx.viewer(), &ids)?;
        let currency = Currency::parse(&ctx.organization.currency).unwrap_or(Currency::USD);
        Ok(Self { names, overrides, terms: default.terms, basis: default.basis, currency })
    }

    fn name(&self, id: Option<Uuid>) -> Option<String> {
        id.and_then(|id| self.names.get(&id).cloned())
    }
}

fn tenths_of(stored: i64) -> Option<f64> {
    (stored >= 0).then(|| stored as f64 / 10.0)
}

fn far_day(stored: i64) -> Option<Day> {
    (stored < NO_DAY).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

/// The status that counts, and why.
fn effective(row: &rows::Listed, currency: Currency, finance: bool) -> (EffectiveStatus, CreditSignal, String) {
    let it = &row.standing;
    let signal = |text: &str| CreditSignal::parse(text).unwrap_or(CreditSignal::Unknown);
    let signals = CreditSignals { limit: signal(&it.limit_signal), lateness: signal(&it.lateness_signal) };
    let effective = EffectiveStatus {
        status: BillingStatus::parse(&it.effective_status).unwrap_or(BillingStatus::Good),
        because: CreditSignal::parse(&it.held_because),
    };
    let reason = Some(row.row.billing_status_reason.as_str());
    // Whoever may not see amounts is told that credit is the reason, and no more.
    let words = match effective.because {
        Some(_) if !finance => format!("{}, because of its credit.", effective.status.label()),
        _ => status_words(effective, reason, Minor(it.exposure_minor), row.row.credit_limit_minor.map(Minor), currency),
    };
    (effective, signals.worst(), words)
}

fn view(ctx: &Ctx, listed: Listed, named: &Named) -> Customer {
    let finance = ctx.may(Permission::ViewReceivables);
    let (engagement, orders_avg_minor) = judged(&listed.figure, ctx.today());
    let (effective, signal, billing_status_explanation) = effective(&listed, named.currency, finance);
    let Listed { row, figure, locations_count, standing: it } = listed;
    let own_basis = BasisDate::parse(&row.basis_date);
    let terms = row.payment_terms_id.or(named.terms);
    let source = |own: bool| if own { "customer" } else { "organization" }.to_owned();
    Customer {
        id: Id::from_uuid(row.id),
        number: row.number,
        name: row.name,
        kind: CustomerKind::parse(&row.kind).unwrap_or(CustomerKind::Other),
        parent_customer_id: row.parent_customer_id.map(Id::from_uuid),
        parent_customer_name: named.name(row.parent_customer_id),
        default_sales_rep_id: row.default_sales_rep_id.map(Id::from_uuid),
        default_sales_rep_name: named.name(row.default_sales_rep_id),
        rep_overrides_count: named.overrides.get(&row.id).copied().unwrap_or(0),
        payment_terms_id: row.payment_terms_id.map(Id::from_uuid),
        effective_payment_terms_id: terms.map(Id::from_uuid),
        effective_payment_terms_name: named.name(terms).unwrap_or_else(|| "Net 30".to_owned()),
        payment_terms_source: source(row.payment_terms_id.is_some()),
        basis_date: own_basis,
        effective_basis_date: own_basis.unwrap_or(named.basis),
        basis_date_source: source(own_basis.is_some()),
        billing_status: BillingStatus::parse(&row.billing_status).unwrap_or(BillingStatus::Good),
        billing_status_reason: row.billing_status_reason,
        effective_billing_status: effective.status,
        billing_status_auto: effective.because.is_some(),
        billing_status_explanation,
        billing_review_on: row.billing_review_on.map(|day| Day(day as i32)),
        auto_hold: AutoHoldMode::parse(&row.auto_hold).unwrap_or(AutoHoldMode::Inherit),
        credit_limit_minor: finance.then_some(row.credit_limit_minor),
        credit_signal: finance.then_some(signal),
        exposure_minor: finance.then_some(it.exposure_minor),
        available_credit_minor: finance
            .then(|| (it.available_credit_key < NO_LIMIT).then_some(it.available_credit_key)),
        open_balance_minor: finance.then_some(it.open_minor),
        past_due_minor: finance.then_some(it.past_due_minor),
        pending_minor: finance.then_some(it.pending_minor),
        oldest_due_on: finance.then(|| far_day(it.oldest_due_on)),
        avg_days_to_pay: finance.then(|| tenths_of(it.days_to_pay)),
        avg_days_usage_to_po: tenths_of(it.days_to_po),
        price_list_id: row.price_list_id.map(Id::from_uuid),
        price_list_name: named.name(row.price_list_id),
        billing_address: serde_json::from_str(&row.billing_address).unwrap_or_default(),
        shipping_address: serde_json::from_str(&row.shipping_address).unwrap_or_default(),
        phone: row.phone,
        email: row.email,
        contacts: serde_json::from_str(&row.contacts).unwrap_or_default(),
        external_ids: serde_json::from_str(&row.external_ids).unwrap_or_default(),
        tags: serde_json::from_str(&row.tags).unwrap_or_default(),
        note: row.note,
        legal_name: row.legal_name,
        nickname: row.nickname,
        website: row.website,
        tax_ids: serde_json::from_str(&row.tax_ids).unwrap_or_default(),
        custom: serde_json::from_str(&row.custom).unwrap_or_default(),
        next_contact_on: far_day(row.next_contact_on),
        tasks_open: it.tasks_open,
        stock_on_site_units: it.site_units,
        stock_on_site_value_minor: it.site_value_minor,
        units_expiring_90d: it.site_expiring,
        locations_count,
        orders_total_minor: figure.orders_total_minor,
        orders_count: figure.orders_count,
        orders_avg_minor,
        engaged: matches!(engagement.stage, EngagementStage::New | EngagementStage::Active | EngagementStage::Slipping),
        engagement_stage: engagement.stage,
        engagement_reason: engagement.reason,
        first_order_on: super::super::day(figure.first_order_on),
        last_order_on: super::super::day(figure.last_order_on),
        usual_gap_days: figure.usual_gap,
        expected_next_on: engagement.expected_next_on,
        overdue_by: i64::from(engagement.overdue_by),
        credits_total_minor: figure.credits_minor,
        net_sales_minor: figure.net_sales_minor,
        your_locations_only: !ctx.viewer().office,
        archived_at: row.archived_at.map(Instant),
        merged_into_id: row.merged_into_id.map(Id::from_uuid),
        created_at: Instant(row.created_at),
        updated_at: Instant(row.updated_at),
        consequences: Vec::new(),
        warnings: Vec::new(),
        version: row.version,
    }
}

/// One row as it is shown.
pub(super) fn shown(ctx: &Ctx, tx: &mut Tx, found: Listed) -> Result<Customer> {
    let found = fresh(ctx, tx, found)?;
    let names = Named::of(ctx, tx, std::slice::from_ref(&found))?;
    Ok(view(ctx, found, &names))
}

/// One customer in reach.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CustomerId, window: impl Into<Period>) -> Result<Customer> {
    let found = rows::one(tx, ctx.viewer(), id.uuid(), window.into(), ctx.today())?.ok_or_else(Error::not_found)?;
    shown(ctx, tx, found)
}
