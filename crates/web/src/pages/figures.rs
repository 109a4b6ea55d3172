//! Figures: how are we doing, and which rows make this number? The dashboard; every report is in [`report`].

mod report;

use super::words;
use crate::edge::{Out, Visit, get};
use crate::ui::{
    Button, Figure, HBar, Header, Line, Point, Room, bar_chart, figures_in_grid, hbars, lines, section_block,
};
use app::figures::Quarter;
use app::{App, Ctx, Tx};
use axum::Router;
use contract::ListParams;
use contract::figures::Card;
use domain::people::Permission;
use maud::html;
use serde_json::Value;
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/figures", get(index))
        .route("/figures/{name}", get(report::page))
        .route("/figures/{name}/file", get(report::file))
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
        (Header::new("Figures").lead(format!("{} sold in {}{against}", words::money_round(ctx, sold), seen.year)).action(Button::link("Commission", "/commission")))
        div class="content" {
            (figures_in_grid(&cards))
            div class="pad-top" { (crate::ui::two(charts, section_block("Reports", &[], lines(&reports)), false)) }
        }
    };
    Ok(visit.page("Figures", Room::Figures, body))
}
