//! Exports to the books of other programs.

use crate::billing::paper;
use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use contract::accounting::{
    AccountingDocument, AccountingExport, AccountingExportFiles, AccountingName, AccountingPreview, AccountingSettings,
    PutAccountingSettings, RunAccountingExport, SetAccountingName, UndoAccountingExport,
};
use contract::{Items, Page};
use domain::accounting::ExportKind;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_exports, run_export))
        .routes(routes!(preview_export))
        .routes(routes!(get_export))
        .routes(routes!(list_documents))
        .routes(routes!(export_file))
        .routes(routes!(undo_export))
        .routes(routes!(get_settings, put_settings))
        .routes(routes!(list_names, set_names))
}

fn kind(edge: &Edge, text: &str) -> Result<ExportKind, crate::Failure> {
    ExportKind::parse(text).ok_or_else(|| edge.fail(app::Error::not_found()))
}

/// Runs of exports, latest first.
#[utoipa::path(get, path = "/accounting-exports", tag = "accounting", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at; a minus falls. Default: -created_at"),
    ("kind" = Option<String>, Query, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
    ("status" = Option<String>, Query, description = "done, undone"),
), responses((status = 200, body = Page<AccountingExport>)))]
async fn list_exports(edge: Edge) -> Out {
    edge.read_list(app::accounting::exports).await
}

/// Exports every invoice, credit memo, payment and refund that was not exported to this kind of program yet, at most 2,000 at once.
/// The run keeps its files as they are; invoices that were exported and became void are taken back in it.
#[utoipa::path(post, path = "/accounting-exports", tag = "accounting", request_body = RunAccountingExport, responses(
    (status = 201, body = AccountingExportFiles)
))]
async fn run_export(edge: Edge, body: Key<RunAccountingExport>) -> Out {
    edge.make(201, body, app::accounting::run).await
}

/// What a run would hold now, with the documents that stand against it.
#[utoipa::path(get, path = "/accounting-exports/preview", tag = "accounting", params(
    ("kind" = String, Query, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
    ("through_on" = Option<String>, Query, description = "The last day of its documents; today when absent"),
), responses((status = 200, body = AccountingPreview)))]
async fn preview_export(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| {
        app::list::only(&params, &["kind", "through_on"])?;
        let kinds = app::list::words(&params, "kind", ExportKind::parse)?.unwrap_or_default();
        let [kind] = kinds.as_slice() else {
            return Err(app::Error::field("kind", "required", "Say for which program."));
        };
        let through = app::list::day(&params, "through_on")?;
        app::accounting::preview(ctx, tx, *kind, through)
    })
    .await
}

/// One run with its files.
#[utoipa::path(get, path = "/accounting-exports/{id}", tag = "accounting", params(("id" = String, Path, description = "acx_…")), responses(
    (status = 200, body = AccountingExportFiles)
))]
async fn get_export(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::accounting::export).await
}

/// The documents of a run, in the order of its files.
#[utoipa::path(get, path = "/accounting-exports/{id}/documents", tag = "accounting", params(
    ("id" = String, Path, description = "acx_…"),
    Paging,
), responses((status = 200, body = Page<AccountingDocument>)))]
async fn list_documents(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, app::accounting::documents).await
}

/// A file of a run: the same bytes whenever it is asked for.
#[utoipa::path(get, path = "/accounting-exports/{id}/files/{name}", tag = "accounting", params(
    ("id" = String, Path, description = "acx_…"),
    ("name" = String, Path, description = "As the run names it"),
), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn export_file(edge: Edge, Path((id, name)): Path<(String, String)>) -> Out {
    let id = edge.id(&id)?;
    let wanted = name.clone();
    let read = move |ctx: &app::Ctx, tx: &mut app::Tx| app::accounting::file(ctx, tx, id, &wanted);
    let (media_type, bytes) = edge.app.read(&edge.ctx, read).await.map_err(|error| edge.fail(error))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&app::files::disposition(&name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Takes the last run of its kind back, so that its documents may be exported again.
#[utoipa::path(post, path = "/accounting-exports/{id}/undo", tag = "accounting", params(("id" = String, Path, description = "acx_…")), request_body = UndoAccountingExport, responses(
    (status = 200, body = AccountingExportFiles)
))]
async fn undo_export(edge: Edge, Path(id): Path<String>, body: Key<UndoAccountingExport>) -> Out {
    edge.change(200, &id, body, app::accounting::undo).await
}

/// How exports to a kind of program are set up.
#[utoipa::path(get, path = "/accounting-settings/{kind}", tag = "accounting", params(
    ("kind" = String, Path, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
), responses((status = 200, body = AccountingSettings)))]
async fn get_settings(edge: Edge, Path(text): Path<String>) -> Out {
    let kind = kind(&edge, &text)?;
    edge.read(move |ctx, tx| app::accounting::settings(ctx, tx, kind)).await
}

/// Sets exports to a kind of program up: accounts, facts that are sent along, the first day.
#[utoipa::path(put, path = "/accounting-settings/{kind}", tag = "accounting", params(
    ("kind" = String, Path, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
), request_body = PutAccountingSettings, responses((status = 200, body = AccountingSettings)))]
async fn put_settings(edge: Edge, Path(text): Path<String>, body: Key<PutAccountingSettings>) -> Out {
    let kind = kind(&edge, &text)?;
    edge.make_of(200, body, move |ctx, tx, value| app::accounting::put_settings(ctx, tx, kind, value)).await
}

/// What customers, manufacturers or items are called there; those without a name of their own are left out.
#[utoipa::path(get, path = "/accounting-settings/{kind}/names", tag = "accounting", params(
    ("kind" = String, Path, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
    ("subject" = Option<String>, Query, description = "customers, manufacturers or catalog_items"),
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
), responses((status = 200, body = Page<AccountingName>)))]
async fn list_names(edge: Edge, Path(text): Path<String>) -> Out {
    let kind = kind(&edge, &text)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::accounting::names(ctx, tx, kind, &params)).await
}

/// Says what customers, manufacturers or items are called there; those that are not named stay as they are.
#[utoipa::path(patch, path = "/accounting-settings/{kind}/names", tag = "accounting", params(
    ("kind" = String, Path, description = "quickbooks_iif, quickbooks_csv, netsuite_csv, general_ledger, ubl"),
), request_body = Vec<SetAccountingName>, responses((status = 200, body = Items<AccountingName>)))]
async fn set_names(edge: Edge, Path(text): Path<String>, body: Key<Vec<SetAccountingName>>) -> Out {
    let kind = kind(&edge, &text)?;
    edge.make_of(200, body, move |ctx, tx, value| app::accounting::set_names(ctx, tx, kind, value)).await
}

/// The electronic form of an invoice (UBL 2.1, EN 16931) as the answer.
pub(crate) async fn invoice_xml(edge: Edge, id: &str) -> Out {
    let id = edge.id(id)?;
    let mut response = paper(&edge, move |ctx, tx| app::accounting::invoice_xml(ctx, tx, id)).await?;
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
