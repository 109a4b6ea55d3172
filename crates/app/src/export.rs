//! Files: any table as CSV or XLSX, read in short keyed steps and handed out in pieces, so that a million rows need no
//! more memory than a page and no snapshot is held while a slow reader reads.

use crate::reports::{Field, Kind, Ready};
use crate::{App, Ctx, Error, Result, list};
use contract::{ListParams, Page};
use domain::money::Currency;
use print::table::{Cell, Column, Csv, Header, Sheet, TableError, Xlsx};
use serde::Serialize;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use store::Tx;
use store::figures::Place;
use tokio::sync::mpsc;

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for a slow reader.
const PIECES_WAITING: usize = 8;

/// A file in pieces; an error ends it, and with it the answer.
pub type Pieces = mpsc::Receiver<io::Result<Vec<u8>>>;

/// What a file is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma separated values (RFC 4180).
    Csv,
    /// A spreadsheet (ECMA-376).
    Xlsx,
    /// An array of objects; amounts in minor units, as the API has them.
    Json,
}

impl Format {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }

    /// How names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    /// From the end of a name.
    pub fn of_ending(ending: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx, Self::Json].into_iter().find(|format| format.ending() == ending)
    }
}

/// Gives page after page; None at the end.
type Pages = Box<dyn FnMut(&App, &Ctx) -> Result<Option<Vec<Vec<Field>>>> + Send>;

/// A table on its way out.
pub struct Table {
    name: String,
    sheet: Sheet,
    pages: Pages,
}

impl Table {
    /// A report.
    pub fn of_report(ready: Ready) -> Self {
        let exponent = Currency::parse(&ready.currency).map_or(2, Currency::exponent);
        let columns = ready.columns().map(|(key, label, kind)| {
            // An amount is written with its decimals, so its name says nothing of minor units.
            let key = if matches!(kind, Kind::Money | Kind::Price) { key.trim_end_matches("_minor") } else { key };
            Column::new(key, label, printed_kind(kind, exponent))
        });
        let sheet = Sheet { title: ready.definition.label.into(), columns: columns.collect() };
        let (name, ready) = (ready.definition.name.replace('_', "-"), Arc::new(ready));
        let mut place = Some(Place::default());
        let pages: Pages = Box::new(move |app, ctx| {
            let Some(from) = place.take() else { return Ok(None) };
            let ready = ready.clone();
            let (rows, next) = app.read_blocking(ctx, move |_, tx| ready.page(tx, &from, ready.chunk()))?;
            place = next;
            Ok(Some(rows))
        });
        Self { name, sheet, pages }
    }

    /// A list, as its JSON has it: `columns` are paths of fields, with dots for nested ones. `first` is its first page, so
    /// that what is asked wrongly was told before.
    pub fn of_list<T, F>(name: &str, columns: &[&str], params: ListParams, first: Page<T>, rows: F) -> Result<Self>
    where
        T: Serialize + Send + 'static,
        F: Fn(&Ctx, &mut Tx, &ListParams) -> Result<Page<T>> + Send + Sync + 'static,
    {
        let (columns, name) = (columns.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>(), name.to_owned());
        let title = name.replace(['-', '_'], " ");
        let sheet = Sheet {
            title,
            columns: columns
                .iter()
                .map(|path| Column::new(path.clone(), path.clone(), print::table::Kind::Text))
                .collect(),
        };
        let pages = walk(params, first, rows, move |_, item| flat(item, &columns));
        Ok(Self { name, sheet, pages })
    }

    /// A list as somebody looks at it: `columns` are key, label and kind of what is shown, and `row` gives a field for
    /// each.
    pub fn of_view<T, F, R>(
        name: &str,
        currency: &str,
        columns: Vec<(String, String, Kind)>,
        params: ListParams,
        first: Page<T>,
        rows: F,
        row: R,
    ) -> Self
    where
        T: Send + 'static,
        F: Fn(&Ctx, &mut Tx, &ListParams) -> Result<Page<T>> + Send + Sync + 'static,
        R: Fn(&Ctx, &T) -> Vec<Field> + Send + 'static,
    {
        let exponent = Currency::parse(currency).map_or(2, Currency::exponent);
        let columns =
            columns.into_iter().map(|(key, label, kind)| Column::new(key, label, printed_kind(kind, exponent)));
        let sheet = Sheet { title: name.replace(['-', '_'], " "), columns: columns.collect() };
        let pages = walk(params, first, rows, move |ctx, item| Ok(row(ctx, item)));
        Self { name: name.to_owned(), sheet, pages }
    }

    /// What the file is called, with the day.
    pub fn file_name(&self, ctx: &Ctx, format: Format) -> String {
        format!("{}-{}.{}", self.name, ctx.today(), format.ending())
    }

    /// Writes the whole table; blocks.
    pub fn write_csv(mut self, app: &App, ctx: &Ctx, out: impl Write) -> Result<()> {
        let mut csv = Csv::new(&self.sheet, Header::Keys, out).map_err(unwritten)?;
        while let Some(rows) = (self.pages)(app, ctx)? {
            for row in &rows {
                csv.row(&row.iter().map(cell).collect::<Vec<_>>()).map_err(unwritten)?;
            }
        }
        csv.finish().map_err(unwritten)?.flush().map_err(|error| unwritten(error.into()))
    }

    /// Writes the whole table; blocks.
    pub fn write_xlsx(mut self, app: &App, ctx: &Ctx, out: impl Write + Seek + Send) -> Result<()> {
        let mut xlsx = Xlsx::new(&self.sheet, Header::Labels, ctx.now.0).map_err(unwritten)?;
        while let Some(rows) = (self.pages)(app, ctx)? {
            for row in &rows {
                xlsx.row(&row.iter().map(cell).collect::<Vec<_>>()).map_err(unwritten)?;
            }
        }
        xlsx.finish(out).map_err(unwritten)
    }

    /// Writes the whole table; blocks.
    pub fn write_json(mut self, app: &App, ctx: &Ctx, mut out: impl Write) -> Result<()> {
        let broken = |error: io::Error| unwritten(error.into());
        let mut before = "[";
        while let Some(rows) = (self.pages)(app, ctx)? {
            for row in &rows {
                let named = self.sheet.columns.iter().zip(row);
                let object: serde_json::Map<String, serde_json::Value> =
                    named.map(|(column, field)| (column.key.clone().into_owned(), field.json())).collect();
                let text = serde_json::to_string(&object).map_err(|error| Error::Internal(error.to_string()))?;
                out.write_all(before.as_bytes()).and_then(|()| out.write_all(text.as_bytes())).map_err(broken)?;
                before = ",\n";
            }
        }
        let end = if before == "[" { "[]" } else { "]" };
        out.write_all(end.as_bytes()).and_then(|()| out.flush()).map_err(broken)
    }

    /// The file in pieces, made while it is read. Ends early when nobody reads any more.
    pub fn stream(self, app: App, ctx: Ctx, format: Format) -> Pieces {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        tokio::task::spawn_blocking(move || {
            let done = match format {
                Format::Csv => self.write_csv(&app, &ctx, Outlet::to(&sender)),
                Format::Json => self.write_json(&app, &ctx, Outlet::to(&sender)),
                Format::Xlsx => self.spreadsheet(&app, &ctx, &sender),
            };
            if let Err(error) = done {
                if !sender.is_closed() {
                    tracing::error!(request_id = %ctx.request_id, %error, "a file broke off");
                }
                let _ = sender.blocking_send(Err(io::Error::other("the file broke off")));
            }
        });
        pieces
    }

    /// A spreadsheet is put together from its end, so it is a file before it goes out.
    fn spreadsheet(self, app: &App, ctx: &Ctx, sender: &mpsc::Sender<io::Result<Vec<u8>>>) -> Result<()> {
        let broken = |error: io::Error| Error::Internal(error.to_string());
        let mut file = tempfile::tempfile().map_err(broken)?;
        self.write_xlsx(app, ctx, &mut file)?;
        file.seek(SeekFrom::Start(0)).map_err(broken)?;
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut piece).map_err(broken)?;
            if piece.is_empty() || sender.blocking_send(Ok(piece)).is_err() {
                return Ok(());
            }
        }
    }
}

/// A list page after page, each read in a snapshot of its own.
fn walk<T, F, R>(params: ListParams, first: Page<T>, rows: F, row: R) -> Pages
where
    T: Send + 'static,
    F: Fn(&Ctx, &mut Tx, &ListParams) -> Result<Page<T>> + Send + Sync + 'static,
    R: Fn(&Ctx, &T) -> Result<Vec<Field>> + Send + 'static,
{
    let rows = Arc::new(rows);
    let mut first = Some(first);
    let mut cursor = None;
    let mut ended = false;
    Box::new(move |app, ctx| {
        if ended {
            return Ok(None);
        }
        let page = match first.take() {
            Some(page) => page,
            None => {
                let params =
                    ListParams { cursor: cursor.take(), limit: Some(list::LIMIT_MAX), count: false, ..params.clone() };
                let rows = rows.clone();
                app.read_blocking(ctx, move |ctx, tx| rows(ctx, tx, &params))?
            }
        };
        cursor = page.next_cursor;
        ended = cursor.is_none();
        page.items.iter().map(|item| row(ctx, item)).collect::<Result<Vec<_>>>().map(Some)
    })
}

/// Gathers what is written into pieces.
struct Outlet {
    sender: mpsc::Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
}

impl Outlet {
    fn to(sender: &mpsc::Sender<io::Result<Vec<u8>>>) -> Self {
        Self { sender: sender.clone(), piece: Vec::with_capacity(PIECE) }
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

fn unwritten(error: TableError) -> Error {
    match error {
        TableError::TooManyRows => Error::TooLarge(error.to_string()),
        error => Error::Internal(error.to_string()),
    }
}

const fn printed_kind(kind: Kind, exponent: u8) -> print::table::Kind {
    match kind {
        Kind::Int => print::table::Kind::Int,
        Kind::Money | Kind::Price => print::table::Kind::Money { exponent },
        Kind::Date => print::table::Kind::Date,
        Kind::Instant => print::table::Kind::Instant,
        Kind::Bool => print::table::Kind::Bool,
        Kind::Hidden | Kind::Id(_) | Kind::Text | Kind::State | Kind::Patient => print::table::Kind::Text,
    }
}

fn cell(field: &Field) -> Cell<'_> {
    match field {
        Field::Empty => Cell::Empty,
        Field::Text(text) => Cell::Text(text),
        Field::Int(number) => Cell::Int(*number),
        Field::Money(minor) => Cell::Money(*minor),
        Field::Date(day) => Cell::Date(day.0),
        Field::Instant(at) => Cell::Instant(at.0),
        Field::Bool(yes) => Cell::Bool(*yes),
    }
}

/// The wanted fields of a row as its JSON has them.
fn flat<T: Serialize>(item: &T, columns: &[String]) -> Result<Vec<Field>> {
    let value = serde_json::to_value(item).map_err(|error| Error::Internal(error.to_string()))?;
    let at = |path: &String| path.split('.').try_fold(&value, |value, key| value.get(key));
    Ok(columns.iter().map(|path| at(path).map_or(Field::Empty, field)).collect())
}

fn field(value: &serde_json::Value) -> Field {
    use serde_json::Value as Json;
    match value {
        Json::Null => Field::Empty,
        Json::Bool(yes) => Field::Bool(*yes),
        Json::Number(number) => number.as_i64().map_or_else(|| Field::Text(number.to_string()), Field::Int),
        Json::String(text) => Field::Text(text.clone()),
        Json::Array(items) => {
            let words: Vec<String> =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            Field::Text(words.join("; "))
        }
        Json::Object(_) => Field::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_row_are_found_by_path() {
        let item = serde_json::json!({"id": "unt_1", "custodian": {"type": "user", "id": "usr_1"}, "tags": ["a", "b"], "n": 3});
        let columns = ["id", "custodian.id", "tags", "n", "custodian.none"].map(str::to_owned);
        let text = |text: &str| Field::Text(text.to_owned());
        let row = flat(&item, &columns).unwrap();
        assert_eq!(row, [text("unt_1"), text("usr_1"), text("a; b"), Field::Int(3), Field::Empty]);
    }
}
