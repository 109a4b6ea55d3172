//! Lists and reports as files, streamed.

use crate::edge::{Edge, Out};
use app::export::{Format, Pieces, Table};
use app::{Ctx, Tx};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use contract::{ListParams, Page};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use serde::Serialize;

/// A list as CSV: `columns` are the fields of its rows in order, with dots for nested ones. `rows` is the use case that
/// answers the list as JSON; it is asked page by page, with the filters and the sort that were given.
pub async fn csv_list<T, F>(edge: &Edge, name: &str, columns: &[&str], rows: F) -> Out
where
    T: Serialize + Send + 'static,
    F: Fn(&Ctx, &mut Tx, &ListParams) -> app::Result<Page<T>> + Send + Sync + Clone + 'static,
{
    let params = ListParams { limit: Some(app::list::LIMIT_MAX), count: false, ..edge.list()? };
    let (begin, asked) = (rows.clone(), params.clone());
    let first = edge.app.read(&edge.ctx, move |ctx, tx| begin(ctx, tx, &asked)).await;
    let table = first.and_then(|first| Table::of_list(name, columns, params, first, rows));
    Ok(file(edge, table.map_err(|error| edge.fail(error))?, Format::Csv))
}

/// A table as an answer.
pub fn file(edge: &Edge, table: Table, format: Format) -> Response {
    let name = table.file_name(&edge.ctx, format);
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut response = body(table.stream(edge.app.clone(), edge.ctx.clone(), format)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(disposition) = disposition {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn body(pieces: Pieces) -> Body {
    // Fused, because the compressing layer asks once more after the end.
    let pieces = unfold(pieces, async |mut pieces| {
        let piece = pieces.recv().await?;
        Some((piece.map(Bytes::from), pieces))
    })
    .fuse();
    Body::from_stream(pieces)
}
