//! Tables that come in: choose a file, see what would happen with each row, then do it. The file stays chosen in the
//! browser between the two, so the server keeps nothing.

mod columns;
mod under_way;

use super::common::press_with;
use super::words as say;
use crate::edge::{Fail, Out, Sent, Visit, get, post};
use crate::ui::{
    Banner, Button, Cell, Column, Empty, FieldError, Figure, Flash, Header, Icon, Room, Row, Table, Tone, banner,
    csrf_field, figures,
};
use app::App;
use app::imports::{ImportKind, ImportOptions, KINDS};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/imports", get(all))
        .route("/imports/{kind}", get(page).merge(post(take)))
        .route("/imports/{kind}/template.csv", get(template))
        .merge(under_way::routes())
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
        "open_invoices" => ("Open invoices of another program", Room::Customers, "/opening-invoices"),
        "order_figures" => ("Orders of the past, as figures", Room::Customers, "/customers"),
        "prices_append" => ("Prices that are added", Room::Customers, "/price-lists"),
        "prices_replace" => ("Whole price sheets", Room::Customers, "/price-lists"),
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
    #[serde(default)]
    stopped: bool,
    errors: Vec<Wrong>,
    ignored_columns: Vec<String>,
    #[serde(default)]
    preview: Vec<Difference>,
    job_id: Option<String>,
}

/// One row with what it does.
#[derive(Debug, Deserialize)]
struct Difference {
    row: usize,
    creates: bool,
    changes: Vec<Step>,
}

/// One changed field.
#[derive(Debug, Deserialize)]
struct Step {
    field: String,
    old: Option<String>,
    new: Option<String>,
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
    let run = visit.ctx.id::<domain::id::Import>();
    let body = html! {
        (Header::new(title.clone()).crumb(label, list)
            .under("The first row names the columns, in any order and under any names: you say which is which. An empty cell leaves what is there; rows that are there already change nothing.")
            .action(Button::link("Template", format!("/imports/{}/template.csv", kind.name)).icon(Icon::Download).download()))
        div class="content" {
            // The file stays chosen while the answer is swapped in below; without scripts it is chosen once more.
            form id="import-form" class="form" method="post" action={ "/imports/" (kind.name) } enctype="multipart/form-data"
                hx-post={ "/imports/" (kind.name) } hx-target="#import-result" hx-swap="innerHTML" hx-config="{\"timeout\":0}" hx-indicator="#import-wait" {
                (csrf_field(&visit.csrf()))
                input type="hidden" name="run" value=(run);
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
            (under_way::place(run))
            div id="import-result" class="pad-top" aria-live="polite" { (result) }
            section class="sec pad-top" {
                h2 { "Columns" }
                (all_columns(kind))
            }
        }
    };
    visit.page(title, room, body)
}

fn all_columns(kind: &ImportKind) -> Markup {
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
    let refused = |errors: Vec<FieldError>| {
        html! { @for error in &errors { (banner(Banner::Error, error.message.as_ref(), None)) } }
    };
    let look = match columns::look(&visit, kind, &sent, &file.bytes).await {
        Ok(look) => look,
        Err(error) => return Ok(answer(refused(visit.complaints(error)?))),
    };
    if !look.missing.is_empty() {
        return Ok(answer(columns::choose(kind, &look)));
    }
    let key = if dry_run { None } else { sent.key() };
    let run = sent.id::<domain::id::Import>("run").ok().flatten();
    let table = file.bytes.to_vec();
    let done = visit.app.import_watched(&visit.ctx, kind, options, look.mapping(), table, key, run).await;
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            let errors = visit.complaints(error)?;
            return Ok(answer(html! { (refused(errors)) (columns::choose(kind, &look)) }));
        }
    };
    let told: Told = serde_json::from_slice(&done.body).map_err(|error| app::Error::Internal(error.to_string()))?;
    let written = !told.dry_run && (told.failed == 0 || options.skip_failures);
    if written && !visit.hx.partial {
        let mut flash =
            Flash::done(format!("{} imported", say::count((told.created + told.updated) as i64, "row", "rows")));
        if let Some(job) = &told.job_id {
            flash = flash.undo(format!("/jobs/{job}/undo"));
        }
        return Ok(visit.go(words(kind.name).2, flash));
    }
    let failed = failed_rows(&file.bytes, &told);
    Ok(answer(html! {
        (result(&visit, kind, &told, options, failed.as_deref()))
        @if !written { (columns::choose(kind, &look)) }
    }))
}

/// The rows with an error as a table of their own, each with what is wrong, to correct and send again: an address that holds
/// it, so that nothing is kept here.
fn failed_rows(table: &[u8], told: &Told) -> Option<String> {
    if told.errors.is_empty() {
        return None;
    }
    let numbers: Vec<usize> = told.errors.iter().map(|wrong| wrong.row).collect();
    let (mut head, rows) = app::imports::rows_of(table, &numbers).ok()?;
    head.push("what_is_wrong".to_owned());
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |cells: &[String]| cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
    let mut csv = format!("{}\r\n", line(&head));
    for (number, mut cells) in rows {
        let wrong = told.errors.iter().filter(|it| it.row == number);
        let wrong: Vec<String> = wrong
            .map(|it| {
                it.column.as_ref().map_or_else(|| it.message.clone(), |column| format!("{column}: {}", it.message))
            })
            .collect();
        cells.push(wrong.join(" "));
        csv.push_str(&format!("{}\r\n", line(&cells)));
    }
    let mut address = String::with_capacity(csv.len() * 2);
    for byte in csv.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => address.push(char::from(byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    Some(format!("data:text/csv;charset=utf-8,%EF%BB%BF{address}"))
}

fn differences(told: &Told) -> Markup {
    let head = vec![
        Column::new("row", "Row").number().width(80),
        Column::new("what", "").width(110).phone_side(),
        Column::new("changes", "What would be different").phone_sub(),
    ];
    let plain = |value: &Option<String>| value.clone().unwrap_or_else(|| "\u{2013}".to_owned());
    let rows = told.preview.iter().map(|it| {
        let changes = html! {
            @for (at, step) in it.changes.iter().enumerate() {
                @if at > 0 { "; " }
                (say::sentence(step.field.trim_end_matches("_id").trim_end_matches("_minor"))) ": "
                @if !it.creates { (plain(&step.old)) " \u{2192} " }
                strong { (plain(&step.new)) }
            }
        };
        let what = if it.creates { "new" } else { "changes" };
        Row::new(it.row.to_string(), vec![Cell::text(say::number(it.row as i64)), Cell::text(what), Cell::of(changes)])
    });
    html! {
        h3 { "Row by row" }
        (Table::new("differences", "What would be different", head).rows(rows.collect()).inside())
        @if told.created + told.updated > told.preview.len() { p class="sub" { "The first " (say::number(told.preview.len() as i64)) " are shown." } }
    }
}

fn result(visit: &Visit, kind: &ImportKind, told: &Told, options: ImportOptions, refused: Option<&str>) -> Markup {
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
                @if told.stopped {
                    (banner(Banner::Warning, html! { b { "Stopped on the way" } (say::count(work as i64, "row is", "rows are")) " in; the others were not reached. Import the table again and it goes on: what is there already changes nothing." }, Some(Button::link("Look at them", words(kind.name).2))))
                } @else {
                (banner(Banner::Success, html! { (say::count(told.rows.saturating_sub(told.failed) as i64, "row", "rows")) " of the table " @if told.rows.saturating_sub(told.failed) == 1 { "is" } @else { "are" } " in." @if told.failed > 0 { " " (say::count(told.failed as i64, "row was", "rows were")) " left out." } }, Some(Button::link("Look at them", words(kind.name).2))))
                }
                @if let Some(job) = &told.job_id {
                    div class="acts pad-top" {
                        (Button::link("What each row did", format!("/jobs/{job}")).icon(Icon::Clock))
                        (press_with(visit, format!("/jobs/{job}/undo"), &[], Button::submit("Undo the import")))
                    }
                    p class="sub" { "It can be taken back for 30 days: what was changed becomes what it was, what is new is archived." }
                }
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
        @if !told.errors.is_empty() {
            div class="pad-top" { (errors(told)) }
            @if let Some(address) = refused {
                p class="pad-top" { a class="link" href=(address) download="rows-with-an-error.csv" { "Download these rows with what is wrong" } }
            }
        }
        @if !written && !told.preview.is_empty() { div class="pad-top" { (differences(told)) } }
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
