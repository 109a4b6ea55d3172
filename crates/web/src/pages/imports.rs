//! Tables that come in: choose a file, see what would happen with each row, then do it. The file stays chosen in the
//! browser between the two, so the server keeps nothing.

use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, Figure, Flash, Header, Icon, Room, Row, Table, Tone, banner, csrf_field,
    figures,
};
use app::App;
use app::imports::{ImportKind, ImportOptions, KINDS};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/imports", get(all))
        .route("/imports/{kind}", get(page).post(take))
        .route("/imports/{kind}/template.csv", get(template))
}

/// What a kind is called, in which room it belongs, and where its rows are looked at.
fn words(kind: &str) -> (&'static str, Room, &'static str) {
    match kind {
        "catalog_items" => ("Catalog items", Room::Catalog, "/catalog"),
        "units" => ("Stock", Room::Stock, "/units"),
        "customers" => ("Customers", Room::Customers, "/customers"),
        "locations" => ("Locations", Room::Customers, "/locations"),
        "physicians" => ("Physicians", Room::Customers, "/physicians"),
        "procedures" => ("Procedures", Room::Customers, "/procedures"),
        "cases" => ("Open cases", Room::Events, "/events"),
        "users" => ("People", Room::People, "/people"),
        "prices" => ("Prices", Room::Customers, "/price-lists"),
        _ => ("Rows", Room::Settings, "/"),
    }
}

fn of(visit: &Visit, name: &str) -> Result<&'static ImportKind, Fail> {
    let kind = app::imports::kind(name).ok_or_else(Fail::not_found)?;
    visit.ctx.require(kind.permission)?;
    Ok(kind)
}

/// What became of an import, as the use case tells it.
#[derive(Debug, Default, Deserialize)]
struct Told {
    dry_run: bool,
    rows: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    failed: usize,
    errors: Vec<Wrong>,
    ignored_columns: Vec<String>,
}

/// What is wrong with a row.
#[derive(Debug, Deserialize)]
struct Wrong {
    row: usize,
    column: Option<String>,
    message: String,
}

async fn all(visit: Visit) -> Out {
    let may = KINDS.iter().filter(|kind| visit.may(kind.permission));
    let rows: Vec<crate::ui::Line> = may
        .map(|kind| {
            let columns: Vec<&str> = kind.columns.iter().map(|column| column.name).collect();
            crate::ui::Line::new(words(kind.name).0)
                .below(say::names(&columns, 8))
                .href(format!("/imports/{}", kind.name))
        })
        .collect();
    let body = html! {
        (Header::new("Import").under("Tables from a spreadsheet or another system: CSV or XLSX. Nothing is written before you have seen what would happen."))
        div class="content narrow" {
            @if rows.is_empty() { (Empty::new(Icon::File, "Nothing to import").text("Your account may not import tables. The office can do it for you.")) }
            @else { (crate::ui::lines(&rows)) }
        }
    };
    Ok(visit.page("Import", Room::Settings, body))
}

async fn page(visit: Visit, Path(kind): Path<String>) -> Out {
    let kind = of(&visit, &kind)?;
    Ok(whole(&visit, kind, html! {}))
}

fn whole(visit: &Visit, kind: &ImportKind, result: Markup) -> Response {
    let (label, room, list) = words(kind.name);
    let title = format!("Import {}", label.to_lowercase());
    let body = html! {
        (Header::new(title.clone()).crumb(label, list)
            .under("The first row names the columns, in any order. An empty cell leaves what is there; rows that are there already change nothing.")
            .action(Button::link("Template", format!("/imports/{}/template.csv", kind.name)).icon(Icon::Download).download()))
        div class="content" {
            // The file stays chosen while the answer is swapped in below; without scripts it is chosen once more.
            form id="import-form" class="form" method="post" action={ "/imports/" (kind.name) } enctype="multipart/form-data"
                hx-post={ "/imports/" (kind.name) } hx-target="#import-result" hx-swap="innerHTML" hx-config="{\"timeout\":0}" hx-indicator="#import-wait" {
                (csrf_field(&visit.csrf()))
                div class="field" {
                    label class="label" for="f-file" { "Table" }
                    div class="file" { input type="file" id="f-file" name="file" accept=".csv,.xlsx,text/csv" required aria-describedby="f-file-help"; }
                    div class="help" id="f-file-help" { "CSV or XLSX, up to 64 MB and 200,000 rows." }
                }
                (crate::ui::Field::check("create_missing", "Make what is missing").help("Manufacturers, product lines and price lists that are not known yet are made on the way."))
                (crate::ui::Field::check("skip_failures", "Leave out rows with an error").help("Otherwise nothing is written unless every row is good."))
                div class="form-foot" {
                    (Button::submit("Check the table").primary().named("step", "check"))
                    span id="import-wait" class="htmx-indicator sub" { span class="spin" {} " Reading…" }
                }
            }
            div id="import-result" class="pad-top" aria-live="polite" { (result) }
            section class="sec pad-top" {
                h2 { "Columns" }
                (columns(kind))
            }
        }
    };
    visit.page(title, room, body)
}

fn columns(kind: &ImportKind) -> Markup {
    let head = vec![
        Column::new("name", "Column").width(220),
        Column::new("status", "").width(100),
        Column::new("help", "Holds").phone_sub(),
    ];
    let rows = kind.columns.iter().map(|column| {
        let mut name = Cell::of(html! { span class="mono" { (column.name) } });
        if !column.aliases.is_empty() {
            name = name.below(format!("or {}", column.aliases.join(", ")));
        }
        let needed = if column.required { Cell::text("Required") } else { Cell::text("") };
        Row::new(column.name, vec![name, needed, Cell::text(column.help)])
    });
    html! { (Table::new("columns", "Columns", head).rows(rows.collect()).inside()) }
}

async fn take(visit: Visit, Path(kind): Path<String>, sent: Sent) -> Out {
    let kind = of(&visit, &kind)?;
    let dry_run = sent.text("step") != "apply";
    let options =
        ImportOptions { dry_run, skip_failures: sent.on("skip_failures"), create_missing: sent.on("create_missing") };
    let answer = |result: Markup| if visit.hx.partial { visit.part(result) } else { whole(&visit, kind, result) };
    let Some(file) = sent.file("file").filter(|file| !file.bytes.is_empty()) else {
        let again = if dry_run { "Choose a file first." } else { "Choose the same file once more, then import it." };
        return Ok(answer(banner(Banner::Error, again, None)));
    };
    let key = if dry_run { None } else { sent.key() };
    let done = visit.app.import(&visit.ctx, kind, options, file.bytes.to_vec(), key).await;
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            let errors = visit.complaints(error)?;
            return Ok(answer(
                html! { @for error in &errors { (banner(Banner::Error, error.message.as_ref(), None)) } },
            ));
        }
    };
    let told: Told = serde_json::from_slice(&done.body).map_err(|error| app::Error::Internal(error.to_string()))?;
    let written = !told.dry_run && (told.failed == 0 || options.skip_failures);
    if written && !visit.hx.partial {
        let said = format!("{} imported", say::count((told.created + told.updated) as i64, "row", "rows"));
        return Ok(visit.go(words(kind.name).2, Flash::done(said)));
    }
    Ok(answer(result(kind, &told, options)))
}

fn result(kind: &ImportKind, told: &Told, options: ImportOptions) -> Markup {
    let n = |count: usize| say::number(count as i64);
    let work = told.created + told.updated;
    let written = !told.dry_run && (told.failed == 0 || options.skip_failures);
    let mut all = vec![
        Figure::new(n(told.created), if written { "created" } else { "would be created" }),
        Figure::new(n(told.updated), if written { "changed" } else { "would change" }),
        Figure::new(n(told.unchanged), "as they are"),
    ];
    let failed = Figure::new(n(told.failed), "with an error");
    all.push(if told.failed > 0 { failed.note(Tone::Red, "Listed below") } else { failed });
    html! {
        h2 class="gap-below" { @if written { "Imported" } @else if told.dry_run { "What would happen" } @else { "Nothing was written" } }
        (figures(&all))
        div class="pad-top" {
            @if written {
                (banner(Banner::Success, html! { (say::count(told.rows as i64, "row", "rows")) " of the table are in." }, Some(Button::link("Look at them", words(kind.name).2))))
            } @else if told.failed > 0 && !options.skip_failures {
                (banner(Banner::Warning, html! { b { "Nothing is written while a row has an error" } "Correct the rows below in your table and check it again. Or tick \u{201c}Leave out rows with an error\u{201d}, and check again." }, None))
            } @else if work == 0 {
                (banner(Banner::Info, "Every row is there already. There is nothing to import.", None))
            } @else {
                div class="acts" { (Button::submit(format!("Import {}", say::count(work as i64, "row", "rows"))).primary().form("import-form").named("step", "apply")) }
            }
        }
        @if !told.ignored_columns.is_empty() {
            p class="sub pad-top" { "Not looked at: " (told.ignored_columns.join(", ")) "." }
        }
        @if !told.errors.is_empty() { div class="pad-top" { (errors(told)) } }
    }
}

fn errors(told: &Told) -> Markup {
    let head = vec![
        Column::new("row", "Row").number().width(80),
        Column::new("column", "Column").width(200).phone_side(),
        Column::new("message", "What is wrong").phone_sub(),
    ];
    let rows = told.errors.iter().enumerate().map(|(at, wrong)| {
        let column = match &wrong.column {
            Some(column) => Cell::of(html! { span class="mono" { (column) } }),
            None => Cell::of(html! { span class="muted" { "the whole row" } }),
        };
        Row::new(
            at.to_string(),
            vec![Cell::text(say::number(wrong.row as i64)), column, Cell::text(wrong.message.clone())],
        )
    });
    html! {
        (Table::new("errors", "Rows with an error", head).rows(rows.collect()).inside())
        @if told.failed > told.errors.len() { p class="sub" { "The first " (say::number(told.errors.len() as i64)) " are shown." } }
    }
}

async fn template(visit: Visit, Path(kind): Path<String>) -> Out {
    let kind = of(&visit, &kind)?;
    let head: Vec<&str> = kind.columns.iter().map(|column| column.name).collect();
    let mut response = format!("{}\r\n", head.join(",")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}.csv\"", kind.name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
