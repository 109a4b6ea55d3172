//! A list as a file.

use crate::edge::Visit;
use app::Error;
use app::export::{Format, Table};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use print::table::{Cell, Column, Header, Kind, Sheet};

/// A table as a file that is written while it is fetched.
pub fn download(visit: &Visit, table: Table, format: Format) -> Response {
    let name = table.file_name(&visit.ctx, format);
    // Fused, because the compressing layer asks once more after the end.
    let pieces = unfold(table.stream(visit.app.clone(), visit.ctx.clone(), format), async |mut pieces| {
        let piece = pieces.recv().await?;
        Some((piece.map(Bytes::from), pieces))
    })
    .fuse();
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// A CSV file in the making, all columns text.
pub struct Csv(print::table::Csv<Vec<u8>>);

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

impl Csv {
    /// Begins it with these names in its first row.
    pub fn new(title: &str, columns: &[&'static str]) -> app::Result<Self> {
        let columns = columns.iter().map(|name| Column::new(*name, *name, Kind::Text)).collect();
        let sheet = Sheet { title: title.to_owned(), columns };
        Ok(Self(print::table::Csv::new(&sheet, Header::Keys, Vec::new()).map_err(failed)?))
    }

    /// A row.
    pub fn row(&mut self, cells: &[String]) -> app::Result<()> {
        let cells: Vec<Cell<'_>> = cells.iter().map(|text| Cell::text(Some(text.as_str()))).collect();
        self.0.row(&cells).map_err(failed)
    }

    /// The file.
    pub fn finish(self) -> app::Result<Vec<u8>> {
        self.0.finish().map_err(failed)
    }
}
