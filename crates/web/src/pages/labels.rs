//! Labels of units: on a sheet, a roll, or for a label printer.

use super::acts;
use super::words;
use crate::edge::{Out, Visit, get};
use crate::ui::{Button, Icon, Link, Room};
use app::App;
use app::unit_labels::{Format, LABELS_MAX};
use axum::Router;
use contract::ListParams;
use domain::id::UnitId;
use maud::{PreEscaped, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/units/labels", get(ask)).route("/units/labels/{file}", get(file))
}

/// Filters that labels are asked for by.
const KEYS: [&str; 5] = ["id", "transfer_id", "container_id", "lot", "catalog_item_id"];

fn params(visit: &Visit) -> ListParams {
    let mut params = ListParams::default();
    for key in KEYS {
        if let Some(value) = visit.link.get(key).filter(|value| !value.is_empty()) {
            params.filters.insert(key.to_owned(), value.to_owned());
        }
    }
    params
}

fn address(visit: &Visit, file: &str) -> String {
    let mut link = Link::new(format!("/units/labels/{file}"));
    for key in KEYS {
        if let Some(value) = visit.link.get(key) {
            link = link.with(key, value);
        }
    }
    link.to_string()
}

/// The page for a selection.
pub fn of(visit: &Visit, ids: &[UnitId]) -> Out {
    if ids.len() > LABELS_MAX as usize {
        let said = format!("At most {LABELS_MAX} labels are printed at once.");
        return Ok(visit.back("/units", crate::ui::Flash::failed(said)));
    }
    let all = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    Ok(visit.leave(&Link::new("/units/labels").with("id", all).to_string()))
}

async fn ask(visit: Visit) -> Out {
    let wanted = ListParams { limit: Some(1), count: true, ..params(&visit) };
    let (total, first) = visit
        .read(move |ctx, tx| {
            let page = app::unit_lists::list(ctx, tx, &wanted)?;
            let label = app::unit_labels::of_units(ctx, tx, &page.items)?.into_iter().next();
            Ok((page.total.unwrap_or_default(), label))
        })
        .await?;
    let code = first.as_ref().and_then(app::unit_labels::drawn);
    let body = html! {
        @if let (Some(label), Some(code)) = (&first, code) {
            div class="label-look" {
                div class="label-code" { (PreEscaped(code)) }
                div {
                    strong { (label.title) }
                    @for (name, value) in &label.lines { div class="sub" { (name) " " (value) } }
                    div class="mono wrap sub" { (label.printed) }
                }
            }
            p { @if total > 1 { "The first of " (words::number(total)) " labels. " } "A scan of the code finds the unit again." }
        } @else { p { "Nothing is selected." } }
        div class="row" {
            (Button::link("Sheet (A4, 3 by 8)", address(&visit, "sheet.pdf")).primary().icon(Icon::Export).download())
            (Button::link("Roll (60 by 30 mm)", address(&visit, "roll.pdf")).icon(Icon::Export).download())
            (Button::link("Label printer (ZPL)", address(&visit, "labels.zpl")).icon(Icon::Export).download())
        }
    };
    Ok(visit.dialog("Print labels", Room::Stock, body))
}

async fn file(visit: Visit, axum::extract::Path(file): axum::extract::Path<String>) -> Out {
    let (format, kind) = match file.as_str() {
        "sheet.pdf" => (Format::Sheet, "application/pdf"),
        "roll.pdf" => (Format::Roll, "application/pdf"),
        "labels.zpl" => (Format::Zpl, "application/zpl"),
        _ => return Err(crate::edge::Fail::not_found()),
    };
    let params = params(&visit);
    let bytes = visit.read(move |ctx, tx| app::unit_labels::file(ctx, tx, &params, format)).await?;
    Ok(acts::file(&file, kind, bytes))
}
