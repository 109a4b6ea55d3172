//! Figures: how are we doing, and which rows make this number? The dashboard, and every report as a table and as a file.

use super::words;
use crate::edge::{Fail, Out, Visit};
use crate::ui::{
    Banner, Button, Cell, Chip, Column, Empty, Figure, FilterBar, FilterField, HBar, Header, Icon, Line, Menu, Page,
    Point, Room, Row, Table, Text, banner, bar_chart, figures, hbars, lines, section_block,
};
use app::export::Format;
use app::figures::Quarter;
use app::{App, Ctx, Error, Tx};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use contract::ListParams;
use contract::figures::{Card, Report, ReportInfo};
use domain::event::{EventStatus, EventType};
use domain::people::Permission;
use domain::stock::UnitState;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/figures", get(index))
        .route("/figures/{name}", get(report_page))
        .route("/figures/{name}/file", get(file))
}

/// Rows of a report on a page; its file holds them all.
const ROWS: u32 = 500;

/// The other reports, to go to from one.
fn others(ctx: &Ctx, now: &str) -> Menu {
    let menu = Menu::new("Reports").item(Button::link("Overview", "/figures")).rule();
    let all = app::reports::all(ctx).into_iter().filter(|it| it.name != now);
    all.fold(menu, |menu, it| menu.item(Button::link(it.label, format!("/figures/{}", it.name))))
}

// ---- overview -------------------------------------------------------------------------------------------------------

struct Overview {
    cards: Vec<Card>,
    /// Sold and wanted, quarter by quarter.
    quarters: [(i64, i64); 4],
    /// Sold this year, by person.
    people: Vec<(String, String, i64)>,
    year: i64,
}

fn number(row: &BTreeMap<String, Value>, key: &str) -> i64 {
    row.get(key).and_then(Value::as_i64).unwrap_or_default()
}

fn text(row: &BTreeMap<String, Value>, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn asked(limit: u32, filters: &[(&str, String)]) -> ListParams {
    let filters = filters.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    ListParams { limit: Some(limit), filters, ..ListParams::default() }
}

fn overview(ctx: &Ctx, tx: &mut Tx) -> app::Result<Overview> {
    let now = Quarter::of(ctx.today());
    let cards = app::figures::dashboard(ctx, tx)?.cards;
    let mut quarters = [(0, 0); 4];
    let targets = app::reports::report(ctx, tx, "sales_targets", &asked(10_000, &[("year", now.year.to_string())]))?;
    for row in &targets.items {
        if let Some(slot) = usize::try_from(number(row, "quarter") - 1).ok().and_then(|at| quarters.get_mut(at)) {
            slot.1 += number(row, "target_minor");
        }
    }
    let mut people: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for (at, slot) in quarters.iter_mut().enumerate() {
        let quarter = Quarter::new(now.year, at as i64 + 1);
        if quarter.number > now.number {
            break;
        }
        let range = [("from", quarter.first.to_string()), ("to", quarter.last.to_string())];
        for row in &app::reports::report(ctx, tx, "sales", &asked(10_000, &range))?.items {
            let sold = sold_of(row);
            slot.0 += sold;
            let id = text(row, "representative_id");
            let entry = people.entry(id).or_insert_with(|| (text(row, "representative"), 0));
            entry.1 += sold;
        }
    }
    let mut people: Vec<(String, String, i64)> =
        people.into_iter().map(|(id, (name, sold))| (id, name, sold)).collect();
    people.sort_by_key(|(_, _, sold)| -sold);
    Ok(Overview { cards, quarters, people, year: now.year })
}

/// What a row of the sales report adds up to.
fn sold_of(row: &BTreeMap<String, Value>) -> i64 {
    number(row, "orders_total_minor")
}

async fn index(visit: Visit) -> Out {
    visit.ctx.require(Permission::ViewReports)?;
    let seen = visit.read(overview).await?;
    let ctx = &visit.ctx;
    let figure = |card: &Card| {
        let shown =
            if card.currency.is_some() { words::money_round(ctx, card.value) } else { words::number(card.value) };
        let figure = Figure::new(shown, words::lower(&card.label));
        match super::today::rows_of(&visit, &card.key).filter(|href| href != "/figures") {
            Some(href) => figure.href(href),
            None => figure,
        }
    };
    let cards: Vec<Figure> = seen.cards.iter().map(figure).collect();
    let now = Quarter::of(ctx.today()).number as usize;
    let thousand = |minor: i64| minor as f64 / 100_000.0;
    let points: Vec<Point> = seen
        .quarters
        .iter()
        .enumerate()
        .map(|(at, (sold, _))| {
            let quarter = Quarter::new(seen.year, at as i64 + 1);
            Point {
                label: format!("Q{}", at + 1).into(),
                value: thousand(*sold),
                shown: if *sold > 0 { format!("{:.0}k", thousand(*sold)).into() } else { "".into() },
                href: Some(format!("/figures/sales?from={}&to={}", quarter.first, quarter.last).into()),
                dim: at + 1 >= now,
            }
        })
        .collect();
    let wanted = seen.quarters.get(now.saturating_sub(1)).map_or(0, |(_, wanted)| *wanted);
    let bars: Vec<HBar> = seen
        .people
        .iter()
        .take(15)
        .map(|(id, name, sold)| HBar {
            label: name.clone().into(),
            value: thousand(*sold),
            shown: words::money_round(ctx, *sold).into(),
            href: (!id.is_empty())
                .then(|| format!("/figures/sales?from={}-01-01&representative_id={id}", seen.year).into()),
        })
        .collect();
    let sold: i64 = seen.quarters.iter().map(|(sold, _)| sold).sum();
    let goal: i64 = seen.quarters.iter().map(|(_, wanted)| wanted).sum();
    let against = if goal > 0 { format!(", {} % of the year's target", sold * 100 / goal) } else { String::new() };
    let reports: Vec<Line> = app::reports::all(ctx)
        .into_iter()
        .map(|it| Line::new(it.label).below(it.description).href(format!("/figures/{}", it.name)))
        .collect();
    let charts = html! {
        (section_block(format!("Sales by quarter, {}, in thousand {}", seen.year, ctx.organization.currency), &[Button::link("Targets", "/figures/sales_targets").quiet().small()],
            html! {
                (bar_chart("Sales by quarter", &points, (wanted > 0).then(|| thousand(wanted))))
                @if wanted > 0 { p class="sub" { "The dashed line is this quarter's target, " (words::money_round(ctx, wanted)) "." } }
            }))
        @if !bars.is_empty() { (section_block("By representative, this year", &[], hbars(&bars))) }
    };
    let body = html! {
        (Header::new("Figures").lead(format!("{} sold in {}{against}", words::money_round(ctx, sold), seen.year)))
        div class="content" {
            (figures(&cards))
            div class="pad-top" { (crate::ui::two(charts, section_block("Reports", &[], lines(&reports)), false)) }
        }
    };
    Ok(visit.page("Figures", Room::Figures, body))
}

// ---- one report -----------------------------------------------------------------------------------------------------

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
        ("integer", Value::Number(number)) if key == "year" => Cell::text(number.to_string()),
        ("integer", Value::Number(number)) => Cell::text(words::number(number.as_i64().unwrap_or_default())),
        ("date", Value::String(day)) => {
            Cell::text(domain::clock::Day::parse(day).map_or_else(|| day.clone(), words::day))
        }
        ("instant", Value::String(at)) => match domain::clock::Instant::parse(at) {
            Some(at) => Cell::text(words::exact(ctx, at)),
            None => Cell::text(at.clone()),
        },
        ("boolean", Value::Bool(yes)) => Cell::text(if *yes { "Yes" } else { "No" }),
        (_, Value::String(text)) if text.is_empty() => Cell::none(),
        (_, Value::String(text)) if matches!(key, "status" | "state" | "type" | "usage" | "price_source" | "kind") => {
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

fn table(ctx: &Ctx, report: &Report) -> Table {
    let shown: Vec<_> = report.columns.iter().filter(|column| column.kind != "id").collect();
    let columns = shown
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let label = match column.kind.as_str() {
                "money" => format!("{}, {}", column.label, ctx.organization.currency),
                _ => column.label.clone(),
            };
            let it = Column::new(column.key.clone(), label);
            let it = match column.kind.as_str() {
                "money" => it.number().width(132),
                "integer" => it.number().width(90),
                "date" => it.width(120),
                "instant" => it.width(170),
                "boolean" => it.width(90),
                _ if at == 0 => it.width(220),
                _ => it.width(160),
            };
            match (at, column.kind.as_str()) {
                (1, _) => it.phone_sub(),
                (_, "money") => it.phone_side(),
                (_, "date") => it.phone_side_sub(),
                _ => it,
            }
        })
        .collect();
    let rows = report.items.iter().enumerate().map(|(at, row)| {
        let cells = shown
            .iter()
            .map(|column| cell(ctx, &column.kind, &column.key, row.get(&column.key).unwrap_or(&Value::Null)))
            .collect();
        let made = Row::new(format!("row-{at}"), cells);
        match leads_to(row) {
            Some(href) => made.href(href),
            None => made,
        }
    });
    let mut table = Table::new("report", "Rows", columns).rows(rows.collect());
    let sums = shown.iter().any(|column| column.kind == "money") && !report.items.is_empty() && !report.truncated;
    if sums {
        let foot = shown.iter().enumerate().map(|(at, column)| match column.kind.as_str() {
            "money" => Cell::text(words::amount(ctx, report.items.iter().map(|row| number(row, &column.key)).sum())),
            _ if at == 0 => Cell::text(words::count(report.items.len() as i64, "row", "rows")),
            _ => Cell::text(""),
        });
        table = table.foot(foot.collect());
    }
    table
}

async fn report_page(visit: Visit, Path(name): Path<String>) -> Out {
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
        for (key, value) in visit.link.pairs().filter(|(key, _)| *key != "format") {
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
    let body = html! {
        (header)
        (FilterBar::new(&visit.link).chips(chips).fields(fields))
        @match &report {
            Ok(report) => {
                @if report.truncated { div class="pad-x" { (banner(Banner::Info, html! { "The first " (words::number(i64::from(ROWS))) " rows are shown. The file holds them all." }, None)) } }
                (shown(ctx, report))
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

fn shown(ctx: &Ctx, report: &Report) -> Markup {
    html! {
        @if report.items.is_empty() {
            (Empty::new(Icon::Figures, "No rows").text("Nothing in your reach matches. Take a filter away, or choose other days."))
        } @else { (table(ctx, report)) }
    }
}

async fn file(visit: Visit, Path(name): Path<String>) -> Out {
    visit.ctx.require(Permission::ViewReports)?;
    let info = info_of(&visit, &name)?;
    let format = if visit.link.get("format") == Some("xlsx") { Format::Xlsx } else { Format::Csv };
    let params = params_of(&visit, &info, None);
    let ready = visit.read(move |ctx, tx| app::reports::prepare(ctx, tx, &name, &params)).await?;
    let table = app::export::Table::of_report(ready);
    Ok(super::export::download(&visit, table, format))
}
