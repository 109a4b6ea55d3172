//! One report: its rows on a page within limits, and all of them as a file.

use super::number;
use crate::edge::{Fail, Out, Visit};
use crate::pages::words;
use crate::ui::{
    Banner, Button, Cell, Chip, Column, Empty, FilterBar, FilterField, Header, Icon, Menu, Page, Room, Row, Status,
    Table, Text, banner, columns_menu, pick_columns,
};
use app::export::Format;
use app::{Ctx, Error, Tx};
use axum::extract::Path;
use contract::ListParams;
use contract::figures::{Report, ReportColumn, ReportInfo};
use domain::event::{EventStatus, EventType};
use domain::people::Permission;
use domain::stock::UnitState;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows of a report on a page; its file holds them all.
const ROWS: u32 = 500;

/// The other reports, to go to from one.
fn others(ctx: &Ctx, now: &str) -> Menu {
    let menu = Menu::new("Reports").item(Button::link("Overview", "/figures")).rule();
    let all = app::reports::all(ctx).into_iter().filter(|it| it.name != now);
    all.fold(menu, |menu, it| menu.item(Button::link(it.label, format!("/figures/{}", it.name))))
}

/// Filters that are chosen from a list.
fn choices(key: &str, report: &str) -> Option<Vec<(Text, Text)>> {
    let words = |pairs: &[(&'static str, &'static str)]| {
        pairs.iter().map(|(word, label)| ((*word).into(), (*label).into())).collect()
    };
    Some(match (key, report) {
        ("type", _) => EventType::ALL.iter().map(|it| (it.as_str().into(), it.label().into())).collect(),
        ("status", "transfers") => words(&[
            ("pending", "Pending"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("cancelled", "Cancelled"),
        ]),
        ("status", _) => EventStatus::ALL.iter().map(|it| (it.as_str().into(), it.label().into())).collect(),
        ("state", "commission") => {
            words(&[("accrued", "Earned, not paid"), ("paid", "Paid"), ("reversed", "Taken back")])
        }
        ("state", _) => UnitState::ALL.iter().map(|it| (it.as_str().into(), it.label().into())).collect(),
        ("facility_stock" | "reusable", _) => words(&[("true", "Yes"), ("false", "No")]),
        ("quarter", _) => words(&[("1", "Q1"), ("2", "Q2"), ("3", "Q3"), ("4", "Q4")]),
        _ => return None,
    })
}

fn label_of(key: &str) -> Text {
    match key {
        "from" => "From".into(),
        "to" => "To".into(),
        _ => words::sentence(key.trim_end_matches("_id")),
    }
}

/// Filters by people, places and items, with the names of those in reach.
#[derive(Default)]
struct Offers(BTreeMap<String, Vec<(Text, Text)>>);

fn offers(ctx: &Ctx, tx: &mut Tx, info: &ReportInfo) -> app::Result<Offers> {
    let some = || ListParams { limit: Some(300), ..ListParams::default() };
    let pair = |id: String, name: String| (Text::Owned(id), Text::Owned(name));
    let mut found = BTreeMap::new();
    for key in &info.filters {
        let list = match key.as_str() {
            "representative_id" | "user_id" | "custodian_id" | "actor_id" => app::people::list_users(ctx, tx, &some())?
                .items
                .into_iter()
                .map(|it| pair(it.id.to_string(), it.name))
                .collect(),
            "customer_id" => app::directory::customers::list(ctx, tx, &some())?
                .items
                .into_iter()
                .map(|it| pair(it.id.to_string(), it.name))
                .collect(),
            "location_id" => app::directory::locations::list(ctx, tx, &some())?
                .items
                .into_iter()
                .map(|it| pair(it.id.to_string(), it.name))
                .collect(),
            "manufacturer_id" => app::catalog::manufacturers(ctx, tx, &some())?
                .items
                .into_iter()
                .map(|it| pair(it.id.to_string(), it.name))
                .collect(),
            "catalog_item_id" => app::catalog::items(ctx, tx, &some())?
                .items
                .into_iter()
                .map(|it| {
                    pair(
                        it.id.to_string(),
                        if it.description.is_empty() {
                            it.number
                        } else {
                            format!("{} ({})", it.description, it.number)
                        },
                    )
                })
                .collect(),
            _ => continue,
        };
        found.insert(key.clone(), list);
    }
    Ok(Offers(found))
}

fn params_of(visit: &Visit, info: &ReportInfo, limit: Option<u32>) -> ListParams {
    let given = |key: &String| {
        visit
            .link
            .get(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(|value| (key.clone(), value.to_owned()))
    };
    ListParams { limit, filters: info.filters.iter().filter_map(given).collect(), ..ListParams::default() }
}

fn info_of(visit: &Visit, name: &str) -> Result<ReportInfo, Fail> {
    app::reports::all(&visit.ctx).into_iter().find(|it| it.name == name).ok_or_else(Fail::not_found)
}

/// A cell as people read it. Ids are links elsewhere, not texts.
fn cell(ctx: &Ctx, kind: &str, key: &str, value: &Value) -> Cell {
    match (kind, value) {
        (_, Value::Null) => Cell::none(),
        ("money", Value::Number(minor)) => Cell::text(words::amount(ctx, minor.as_i64().unwrap_or_default())),
        ("integer", Value::Number(number)) if key == "rate_bp" => {
            Cell::text(format!("{} %", words::percent_plain(number.as_i64().unwrap_or_default())))
        }
        ("integer", Value::Number(number)) if key == "year" => Cell::text(number.to_string()),
        ("integer", Value::Number(number)) => Cell::text(words::number(number.as_i64().unwrap_or_default())),
        (_, Value::String(name)) if key == "name" => {
            // A name that was made begins with its day, which has a column of its own.
            let made = name.get(..10).and_then(domain::clock::Day::parse).is_some();
            Cell::text(if made { name[10..].trim_start().to_owned() } else { name.clone() })
        }
        ("date", Value::String(day)) => {
            Cell::text(domain::clock::Day::parse(day).map_or_else(|| day.clone(), words::day))
        }
        ("instant", Value::String(at)) => match domain::clock::Instant::parse(at) {
            Some(at) => Cell::text(words::exact(ctx, at)),
            None => Cell::text(at.clone()),
        },
        ("boolean", Value::Bool(yes)) => Cell::text(if *yes { "Yes" } else { "No" }),
        (_, Value::String(text)) if text.is_empty() => Cell::none(),
        (_, Value::String(text)) if matches!(key, "status" | "state" | "line_status" | "event_status") => {
            Cell::status(Status::of(text))
        }
        (_, Value::String(text)) if matches!(key, "type" | "usage" | "price_source" | "kind" | "quote_state") => {
            Cell::of(words::sentence(text).as_ref())
        }
        (_, Value::String(text)) => Cell::text(text.clone()),
        (_, other) => Cell::text(other.to_string()),
    }
}

/// Where a row leads: to the first thing that it names.
fn leads_to(row: &BTreeMap<String, Value>) -> Option<String> {
    const KNOWN: [(&str, &str); 8] = [
        ("event_id", "/events/"),
        ("transfer_id", "/transfers/"),
        ("unit_id", "/units/"),
        ("invoice_id", "/invoices/"),
        ("catalog_item_id", "/catalog/"),
        ("location_id", "/locations/"),
        ("customer_id", "/customers/"),
        ("representative_id", "/people/"),
    ];
    let own = row.get("id").and_then(Value::as_str).and_then(|id| {
        let path = match domain::id::prefix_of(id)? {
            "evt" => "/events/",
            "trf" => "/transfers/",
            "unt" => "/units/",
            _ => return None,
        };
        Some(format!("{path}{id}"))
    });
    own.or_else(|| {
        KNOWN.iter().find_map(|(key, path)| row.get(*key).and_then(Value::as_str).map(|id| format!("{path}{id}")))
    })
}

/// What a report shows on a page unless other columns are chosen: the first names the row. The file always holds every
/// column.
fn layout(report: &str) -> &'static [&'static str] {
    match report {
        "cases" => &[
            "name",
            "day_on",
            "representative",
            "customer",
            "physician",
            "procedure",
            "lines_count",
            "total_minor",
            "status",
        ],
        "usage_lines" => &[
            "description",
            "lot",
            "usage",
            "day_on",
            "representative",
            "location",
            "unit_price_minor",
            "facility_stock",
        ],
        "sales" => {
            &["representative", "customer", "orders_count", "orders_total_minor", "first_order_on", "last_order_on"]
        }
        "sales_targets" => &["user", "year", "quarter", "target_minor", "sold_minor"],
        "commission" => &["user", "day_on", "customer", "base_minor", "rate_bp", "amount_minor", "state"],
        "inventory_on_hand" | "expiring" => &[
            "description",
            "catalog_number",
            "lot",
            "serial",
            "custodian",
            "facility_stock_location",
            "expires_on",
            "state",
        ],
        "transfers" => &["description", "lot", "from", "to", "created_at", "decided_at", "line_status", "reason"],
        "facility_stock" => &["description", "location", "custodian", "sold", "used", "left", "expiring"],
        "po_ageing" => {
            &["name", "day_on", "representative", "customer", "submitted_at", "days_since_event", "total_minor"]
        }
        "forecast" => &[
            "name",
            "day_on",
            "representative",
            "customer",
            "quote_state",
            "probability_percent",
            "quoted_minor",
            "weighted_minor",
        ],
        "lot_trace" => {
            &["description", "lot", "custodian", "state", "event_number", "usage", "day_on", "event_location"]
        }
        _ => &[],
    }
}

/// What stands under the name of a row on the phone, and at its right in the first and the second line.
fn on_phone(report: &str) -> [&'static str; 3] {
    match report {
        "cases" | "po_ageing" => ["representative", "total_minor", "day_on"],
        "forecast" => ["representative", "weighted_minor", "quote_state"],
        "usage_lines" => ["lot", "unit_price_minor", "day_on"],
        "sales" => ["customer", "orders_total_minor", "last_order_on"],
        "sales_targets" => ["quarter", "sold_minor", "target_minor"],
        "commission" => ["customer", "amount_minor", "day_on"],
        "inventory_on_hand" | "expiring" => ["custodian", "state", "expires_on"],
        "transfers" => ["to", "line_status", "created_at"],
        "facility_stock" => ["location", "left", "expiring"],
        "lot_trace" => ["custodian", "state", "day_on"],
        _ => ["", "", ""],
    }
}

/// Columns that nobody reads as words.
fn is_shown(column: &ReportColumn) -> bool {
    column.kind != "id" && !column.key.ends_with("_type")
}

fn column(ctx: &Ctx, report: &str, column: &ReportColumn, first: bool) -> Column {
    let label = match (column.kind.as_str(), column.key.as_str()) {
        ("money", _) => format!("{}, {}", column.label, ctx.organization.currency),
        (_, "rate_bp") => "Rate".to_owned(),
        (_, "expiring") => "Expiring".to_owned(),
        (_, "days_since_event") => "Days".to_owned(),
        _ => column.label.clone(),
    };
    let it = Column::new(column.key.clone(), label);
    let it = match column.kind.as_str() {
        "money" => it.number().width(124),
        "integer" => it.number().width(92),
        "date" => it.width(112),
        "instant" => it.width(160),
        "boolean" => it.width(110),
        _ if first => it.width(216),
        _ if matches!(column.key.as_str(), "state" | "status" | "line_status" | "usage" | "lot" | "serial") => {
            it.width(132)
        }
        _ => it.width(152),
    };
    let [sub, side, side_sub] = on_phone(report);
    match column.key.as_str() {
        _ if first => it,
        key if key == sub => it.phone_sub(),
        key if key == side => it.phone_side(),
        key if key == side_sub => it.phone_side_sub(),
        _ => it.phone_hidden(),
    }
}

/// All columns of a report, those of its page first; the rest can be chosen.
fn columns(ctx: &Ctx, name: &str, all: &[ReportColumn]) -> Vec<Column> {
    let wanted = layout(name);
    let shown: Vec<&ReportColumn> = all.iter().filter(|column| is_shown(column)).collect();
    let first = wanted.iter().filter_map(|key| shown.iter().find(|column| column.key == *key).copied());
    let mut columns: Vec<Column> = first.enumerate().map(|(at, it)| column(ctx, name, it, at == 0)).collect();
    for it in shown.iter().filter(|it| !wanted.contains(&it.key.as_str())) {
        let made = column(ctx, name, it, columns.is_empty());
        columns.push(if wanted.is_empty() { made } else { made.optional() });
    }
    columns
}

fn table(ctx: &Ctx, report: &Report, columns: &[Column]) -> Table {
    let of = |column: &Column| report.columns.iter().find(|it| it.key == column.key);
    let kinds: Vec<&ReportColumn> = columns.iter().filter_map(of).collect();
    let rows = report.items.iter().enumerate().map(|(at, row)| {
        let value = |it: &&ReportColumn| cell(ctx, &it.kind, &it.key, row.get(&it.key).unwrap_or(&Value::Null));
        let made = Row::new(format!("row-{at}"), kinds.iter().map(value).collect());
        match leads_to(row) {
            Some(href) => made.href(href),
            None => made,
        }
    });
    let mut table = Table::new("report", "Rows", columns.to_vec()).rows(rows.collect());
    let sums = kinds.iter().any(|it| it.kind == "money") && !report.items.is_empty() && !report.truncated;
    if sums {
        let foot = kinds.iter().enumerate().map(|(at, it)| match it.kind.as_str() {
            "money" => Cell::text(words::amount(ctx, report.items.iter().map(|row| number(row, &it.key)).sum())),
            _ if at == 0 => Cell::text(words::count(report.items.len() as i64, "row", "rows")),
            _ => Cell::text(""),
        });
        table = table.foot(foot.collect());
    }
    table
}

pub(super) async fn page(visit: Visit, Path(name): Path<String>) -> Out {
    visit.ctx.require(Permission::ViewReports)?;
    let info = info_of(&visit, &name)?;
    let params = params_of(&visit, &info, Some(ROWS));
    let (asked_for, of) = (info.clone(), name.clone());
    let (report, offered) = visit
        .app
        .read(&visit.ctx, move |ctx, tx| Ok((report_or_why(ctx, tx, &of, &params)?, offers(ctx, tx, &asked_for)?)))
        .await?;
    let ctx = &visit.ctx;
    let fields: Vec<FilterField> = info
        .filters
        .iter()
        .filter(|key| !matches!(key.as_str(), "format" | "limit"))
        .map(|key| match (choices(key, &name), offered.0.get(key)) {
            (Some(values), _) => FilterField::choice(key.clone(), label_of(key), values),
            (None, Some(values)) => FilterField::choice(key.clone(), label_of(key), values.clone()),
            _ if matches!(key.as_str(), "from" | "to") || key.ends_with("_before") || key.ends_with("_on") => {
                FilterField::date(key.clone(), label_of(key))
            }
            _ => FilterField::text(key.clone(), label_of(key)),
        })
        .collect();
    let said = |key: &String, value: &str| -> Text {
        let list = choices(key, &name).or_else(|| offered.0.get(key).cloned()).unwrap_or_default();
        list.into_iter().find(|(known, _)| known == value).map_or_else(|| value.to_owned().into(), |(_, label)| label)
    };
    let chips = info
        .filters
        .iter()
        .filter_map(|key| {
            visit
                .link
                .get(key)
                .filter(|value| !value.is_empty())
                .map(|value| Chip::new(label_of(key), said(key, value), &visit.link, key))
        })
        .collect();
    let download = |format: &'static str, label: &'static str| {
        let mut link = crate::ui::Link::new(format!("/figures/{name}/file")).with("format", format);
        for (key, value) in visit.link.pairs().filter(|(key, _)| !matches!(*key, "format" | "col")) {
            link = link.with(key, value);
        }
        Button::link(label, link.to_string()).icon(Icon::Download).download()
    };
    let header = Header::new(info.label.clone())
        .crumb("Figures", "/figures")
        .under(info.description.clone())
        .action(others(ctx, &name))
        .action(download("csv", "CSV"))
        .action(download("xlsx", "XLSX"));
    let all = report.as_ref().map(|report| columns(ctx, &name, &report.columns)).unwrap_or_default();
    let picked = pick_columns(&all, &visit.link);
    let mut bar = FilterBar::new(&visit.link).chips(chips).fields(fields);
    if all.len() > picked.len() || visit.link.get("col").is_some() {
        bar = bar.right(columns_menu(&all, &picked, &visit.link));
    }
    let body = html! {
        (header)
        (bar)
        @match &report {
            Ok(report) => {
                @if report.truncated { div class="pad-x" { (banner(Banner::Info, html! { "The first " (words::number(i64::from(ROWS))) " rows are shown. The file holds them all." }, None)) } }
                (shown(ctx, report, &picked))
            }
            Err(message) => { div class="pad-x" { (banner(Banner::Info, message, None)) } }
        }
    };
    Ok(visit.render(Page::list(info.label, Room::Figures, &visit.viewer, body)))
}

/// A report that wants a filter first says so instead of failing.
fn report_or_why(ctx: &Ctx, tx: &mut Tx, name: &str, params: &ListParams) -> app::Result<Result<Report, String>> {
    match app::reports::report(ctx, tx, name, params) {
        Ok(report) => Ok(Ok(report)),
        Err(Error::Invalid { message, .. }) => Ok(Err(message)),
        Err(other) => Err(other),
    }
}

fn shown(ctx: &Ctx, report: &Report, columns: &[Column]) -> Markup {
    html! {
        @if report.items.is_empty() {
            (Empty::new(Icon::Figures, "No rows").text("Nothing in your reach matches. Take a filter away, or choose other days."))
        } @else { (table(ctx, report, columns)) }
    }
}

pub(super) async fn file(visit: Visit, Path(name): Path<String>) -> Out {
    visit.ctx.require(Permission::ViewReports)?;
    let info = info_of(&visit, &name)?;
    let format = if visit.link.get("format") == Some("xlsx") { Format::Xlsx } else { Format::Csv };
    let params = params_of(&visit, &info, None);
    let ready = visit.read(move |ctx, tx| app::reports::prepare(ctx, tx, &name, &params)).await?;
    let table = app::export::Table::of_report(ready);
    Ok(crate::pages::export::download(&visit, table, format))
}
