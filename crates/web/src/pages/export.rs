//! A list as a file.

use app::Error;
use print::table::{Cell, Column, Header, Kind, Sheet};

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
