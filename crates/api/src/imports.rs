//! Imports: a table in, what was done with each row out.

use crate::edge::{Edge, Out, rendered};
use crate::problem::Failure;
use crate::rooms::{Routes, routes};
use app::Error;
use app::imports::{ImportOptions, KINDS, Mapping};
use axum::body::{Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request};
use axum::http::header;
use contract::ListParams;
use contract::imports::{Import, ImportMappings, ImportRun, ImportRuns};
use domain::id::ImportId;
use domain::limits;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(import))
        .routes(routes!(list_import_mappings))
        .routes(routes!(list_import_runs))
        .routes(routes!(get_import_run))
        .routes(routes!(stop_import_run))
        .layer(DefaultBodyLimit::max(limits::IMPORT_BODY_BYTES + limits::BODY_BYTES))
        .amend(|document| {
            let import = document.paths.paths.get_mut("/imports/{kind}");
            if let Some(operation) = import.and_then(|item| item.post.as_mut()) {
                operation.description = Some(description());
            }
        })
}

/// What each kind of table holds, from the same declarations that read it.
fn description() -> String {
    let mut text = String::from(
        "Takes a table: CSV or XLSX as the body, or as a file of a multipart form. The first row names the columns, in any \
         order. An empty cell leaves what is there. Rows that are there already change nothing, so that a file can be sent \
         again. Nothing is written unless every row is good, or `mode=skip_failures` says otherwise.\n",
    );
    for kind in KINDS {
        text.push_str(&format!("\n**{}**\n\n| column | | holds |\n|---|---|---|\n", kind.name));
        for column in kind.columns {
            let needed = if column.required { "required" } else { "" };
            let aliases = match column.aliases {
                [] => String::new(),
                aliases => format!(" (or {})", aliases.join(", ")),
            };
            text.push_str(&format!("| `{}`{aliases} | {needed} | {} |\n", column.name, column.help));
        }
    }
    text
}

/// Takes a table.
#[utoipa::path(post, path = "/imports/{kind}", tag = "imports", params(
    ("kind" = String, Path, description = "Which kind of table"),
    ("dry_run" = Option<bool>, Query, description = "Only tells what would be done"),
    ("mode" = Option<String>, Query, description = "all_or_nothing (default) or skip_failures"),
    ("create_missing" = Option<bool>, Query, description = "Makes unknown manufacturers, product lines and price lists"),
    ("mapping" = Option<String>, Query, description = "How the table calls the columns: the key of a ready mapping, or a JSON object of its columns to those below (empty leaves one out, external_id=system names the system); what was written is remembered"),
    ("run" = Option<String>, Query, description = "An id of your own making (imp_…) under which to ask how far it is: GET /import-runs/{id}")
), request_body(content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (Object = "multipart/form-data"))), responses((status = 200, body = Import)))]
async fn import(edge: Edge, Path(kind): Path<String>, request: Request) -> Out {
    let kind = app::imports::kind(&kind).ok_or_else(|| edge.fail(Error::not_found()))?;
    let params = edge.list()?;
    let options = options(&params).map_err(|error| edge.fail(error))?;
    let mapping = match params.filters.get("mapping") {
        Some(text) => Mapping::parse(kind, text).map_err(|error| edge.fail(error))?,
        None => Mapping::default(),
    };
    let run = match params.filters.get("run") {
        Some(text) => Some(text.parse::<ImportId>().map_err(|_| edge.fail(not_an_id()))?),
        None => None,
    };
    let table = table(&edge, request).await?;
    let key = edge.request_key(&table);
    let answer = edge.app.import_watched(&edge.ctx, kind, options, mapping, table.to_vec(), key, run).await;
    let answer = answer.map_err(|error| edge.fail(error))?;
    Ok(rendered(answer))
}

/// How the columns of a kind of table are called elsewhere: ready mappings for what common programs write, and those that were
/// used here, by the head of the table.
#[utoipa::path(get, path = "/imports/{kind}/mappings", tag = "imports", params(
    ("kind" = String, Path, description = "Which kind of table")
), responses((status = 200, body = ImportMappings)))]
async fn list_import_mappings(edge: Edge, Path(kind): Path<String>) -> Out {
    let kind = app::imports::kind(&kind).ok_or_else(|| edge.fail(Error::not_found()))?;
    edge.read(move |ctx, tx| app::imports::mapping::mappings(ctx, tx, kind)).await
}

fn not_an_id() -> Error {
    Error::field("run", "invalid_value", "Give an id of an import, imp_ and 26 letters and digits.")
}

/// Your own imports of the last day that took a while, the latest first, each with how far it is.
#[utoipa::path(get, path = "/import-runs", tag = "imports", responses((status = 200, body = ImportRuns)))]
async fn list_import_runs(edge: Edge) -> Out {
    edge.read(app::imports::runs).await
}

/// How far one of your own imports is. A table of 500 rows or less is over before it could be asked about.
#[utoipa::path(get, path = "/import-runs/{id}", tag = "imports", params(
    ("id" = String, Path, description = "The run")
), responses((status = 200, body = ImportRun)))]
async fn get_import_run(edge: Edge, Path(id): Path<String>) -> Out {
    let id: ImportId = edge.id(&id)?;
    edge.read(move |ctx, tx| app::imports::run(ctx, tx, id)).await
}

/// Stops one of your own imports after the rows that it is at. What is written until then stays, and can be undone.
#[utoipa::path(post, path = "/import-runs/{id}/cancel", tag = "imports", params(
    ("id" = String, Path, description = "The run")
), responses((status = 200, body = ImportRun)))]
async fn stop_import_run(edge: Edge, Path(id): Path<String>) -> Out {
    let id: ImportId = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::imports::stop(ctx, tx, id)).await
}

fn options(params: &ListParams) -> Result<ImportOptions, Error> {
    app::list::only(params, &["dry_run", "mode", "create_missing", "mapping", "run"])?;
    let skip_failures = match params.filters.get("mode").map(String::as_str) {
        None | Some("all_or_nothing") => false,
        Some("skip_failures") => true,
        Some(_) => return Err(Error::field("mode", "invalid_value", "The mode is all_or_nothing or skip_failures.")),
    };
    Ok(ImportOptions {
        dry_run: app::list::yes_no(params, "dry_run")?.unwrap_or(false),
        skip_failures,
        create_missing: app::list::yes_no(params, "create_missing")?.unwrap_or(false),
    })
}

/// The file: the body, or the first file of a form.
async fn table(edge: &Edge, request: Request) -> Result<Bytes, Failure> {
    let too_large = || edge.fail(Error::TooLarge("The file is larger than 64 MB. Split it into several files.".into()));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        return to_bytes(request.into_body(), limits::IMPORT_BODY_BYTES).await.map_err(|_| too_large());
    }
    let malformed = || edge.fail(Error::Malformed("The form is not well formed. Send it with one file.".into()));
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
    while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
        if field.file_name().is_some() || field.name() == Some("file") {
            return field.bytes().await.map_err(|_| too_large());
        }
    }
    Err(malformed())
}
