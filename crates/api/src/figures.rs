//! The dashboard, reports, search over everything.

use crate::edge::{Edge, Out};
use crate::export;
use crate::problem::Failure;
use crate::rooms::{Routes, routes};
use app::Error;
use app::export::{Format, Table};
use axum::extract::Path;
use contract::figures::{Dashboard, Hits, Report, Reports};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(dashboard)).routes(routes!(reports)).routes(routes!(report)).routes(routes!(search))
}

/// The figures of whoever asks. A number equals the rows behind its address.
#[utoipa::path(get, path = "/dashboard", tag = "figures", responses((status = 200, body = Dashboard)))]
async fn dashboard(edge: Edge) -> Out {
    edge.read(app::figures::dashboard).await
}

/// Which reports there are, with their columns and filters.
#[utoipa::path(get, path = "/reports", tag = "figures", responses((status = 200, body = Reports)))]
async fn reports(edge: Edge) -> Out {
    edge.read(|ctx, _| Ok(Reports { items: app::reports::all(ctx) })).await
}

/// A report as JSON (at most 10,000 rows), CSV or XLSX (every row, streamed). Its further parameters are its filters, as
/// the list of reports names them.
#[utoipa::path(get, path = "/reports/{name}", tag = "figures",
    params(
        ("name" = String, Path, description = "Which report."),
        ("format" = Option<String>, Query, description = "json, csv or xlsx; csv also with `Accept: text/csv`."),
        ("limit" = Option<u32>, Query, description = "Rows of a JSON answer, 1 to 10,000; 1,000 unless given."),
        ("from" = Option<String>, Query, description = "The first day."),
        ("to" = Option<String>, Query, description = "The last day."),
        ("include_patient" = Option<bool>, Query, description = "References to patients; for the office."),
    ),
    responses(
        (status = 200, content(
            (Report = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
    )
)]
async fn report(edge: Edge, Path(name): Path<String>) -> Out {
    let params = edge.list()?;
    let format = format(&edge, params.filters.get("format").map(String::as_str))?;
    match format {
        None => edge.read(move |ctx, tx| app::reports::report(ctx, tx, &name, &params)).await,
        Some(format) => {
            let ready = edge.app.read(&edge.ctx, move |ctx, tx| app::reports::prepare(ctx, tx, &name, &params)).await;
            let ready = ready.map_err(|error| edge.fail(error))?;
            Ok(export::file(&edge, Table::of_report(ready), format))
        }
    }
}

fn format(edge: &Edge, asked: Option<&str>) -> Result<Option<Format>, Failure> {
    match asked {
        None if edge.wants_csv() => Ok(Some(Format::Csv)),
        None | Some("json") => Ok(None),
        Some("csv") => Ok(Some(Format::Csv)),
        Some("xlsx") => Ok(Some(Format::Xlsx)),
        Some(_) => Err(edge.fail(Error::field("format", "invalid_value", "The format is json, csv or xlsx."))),
    }
}

/// Everything in reach that fits some words: units by lot, serial or a scanned code, items, customers, locations, events,
/// people, physicians. At most eight of a kind.
#[utoipa::path(get, path = "/search", tag = "figures",
    params(("q" = String, Query, description = "Words, a number, or what a scanner read.")),
    responses(
        (status = 200, body = Hits),
    )
)]
async fn search(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::search::everything(ctx, tx, params.q.as_deref().unwrap_or_default())).await
}
