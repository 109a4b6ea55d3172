//! Tables going out: CSV and XLSX, written row by row, so that a million rows need no more memory than one.
//!
//! Text that a spreadsheet would take for a formula is written behind an apostrophe, in both formats; [`crate::read()`] takes
//! it away again. Numbers stay numbers. Article numbers (GTIN) and the like are text and keep their leading zeros.

use crate::civil;
use crate::formula::guard;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet};
use std::borrow::Cow;
use std::io::{self, Seek, Write};
use thiserror::Error;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text, identifiers of digits included.
    Text,
    /// A whole number.
    Int,
    /// An amount in minor units of a currency.
    Money {
        /// Digits after the decimal point (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD.
        exponent: u8,
    },
    /// A calendar day.
    Date,
    /// A moment, written in UTC.
    Instant,
    /// Yes or no.
    Bool,
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// The name by which an import finds it, `snake_case`.
    pub key: Cow<'static, str>,
    /// The name that people read.
    pub label: Cow<'static, str>,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(key: impl Into<Cow<'static, str>>, label: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        Self { key: key.into(), label: label.into(), kind }
    }
}

/// The head of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// What the table shows.
    pub title: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// One cell; text is borrowed from the row that is being written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// An amount in minor units; its column says how many digits they are.
    Money(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970, UTC.
    Instant(i64),
    /// Yes or no.
    Bool(bool),
}

impl<'a> Cell<'a> {
    /// Text, or an empty cell.
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }

    /// A day, or an empty cell.
    pub fn date(days: Option<i32>) -> Self {
        days.map_or(Self::Empty, Self::Date)
    }

    /// An instant, or an empty cell.
    pub fn instant(micros: Option<i64>) -> Self {
        micros.map_or(Self::Empty, Self::Instant)
    }

    /// An amount, or an empty cell.
    pub fn money(minor: Option<i64>) -> Self {
        minor.map_or(Self::Empty, Self::Money)
    }

    /// A number, or an empty cell.
    pub fn int(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Int)
    }
}

/// Which names stand in the first row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Header {
    /// The keys: what is exported can be imported.
    Keys,
    /// The labels.
    Labels,
}

impl Header {
    fn of(self, column: &Column) -> &str {
        match self {
            Self::Keys => &column.key,
            Self::Labels => &column.label,
        }
    }
}

/// A table could not be written.
#[derive(Debug, Error)]
pub enum TableError {
    /// The other side does not take any more, or the disk is full.
    #[error("the table could not be written")]
    Io(#[from] io::Error),
    /// The spreadsheet could not be made.
    #[error("the spreadsheet could not be written")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// More rows than a sheet can hold.
    #[error("A spreadsheet holds at most 1,048,575 rows below its head. Narrow the list, or export it as CSV.")]
    TooManyRows,
    /// A row with another number of cells than there are columns: a mistake of the caller.
    #[error("a row has {cells} cells for {columns} columns")]
    Width {
        /// Cells of the row.
        cells: usize,
        /// Columns of the sheet.
        columns: usize,
    },
}

fn check_width(cells: usize, columns: usize) -> Result<(), TableError> {
    if cells == columns { Ok(()) } else { Err(TableError::Width { cells, columns }) }
}

/// Writes CSV (RFC 4180): UTF-8 without a mark, commas, lines that end in CR LF, a head row.
pub struct Csv<W: Write> {
    out: csv::Writer<W>,
    kinds: Vec<Kind>,
}

impl<W: Write> Csv<W> {
    /// Begins a file with its head row.
    pub fn new(sheet: &Sheet, header: Header, out: W) -> Result<Self, TableError> {
        let mut out =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 16).from_writer(out);
        for column in &sheet.columns {
            out.write_field(guard(header.of(column)).as_bytes()).map_err(io::Error::from)?;
        }
        end_record(&mut out)?;
        Ok(Self { out, kinds: sheet.columns.iter().map(|column| column.kind).collect() })
    }

    /// Writes one row. Numbers and dates are put together on the stack, text is passed on as it is.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableError> {
        check_width(cells.len(), self.kinds.len())?;
        for (cell, kind) in cells.iter().zip(&self.kinds) {
            let mut scratch = Scratch::default();
            let bytes = match *cell {
                Cell::Empty => &[],
                Cell::Text(text) => {
                    self.out.write_field(guard(text).as_bytes()).map_err(io::Error::from)?;
                    continue;
                }
                Cell::Int(number) => scratch.decimal(number, 0),
                Cell::Money(minor) => scratch.decimal(minor, exponent(*kind)),
                Cell::Date(days) => scratch.date(i64::from(days)),
                Cell::Instant(micros) => scratch.instant(micros),
                Cell::Bool(yes) => scratch.put(if yes { b"true" } else { b"false" }),
            };
            self.out.write_field(bytes).map_err(io::Error::from)?;
        }
        end_record(&mut self.out)
    }

    /// Ends the file and gives the writer back.
    pub fn finish(self) -> Result<W, TableError> {
        self.out.into_inner().map_err(|error| TableError::Io(error.into_error()))
    }
}

fn end_record<W: Write>(out: &mut csv::Writer<W>) -> Result<(), TableError> {
    out.write_record(None::<&[u8]>).map_err(io::Error::from)?;
    Ok(())
}

const fn exponent(kind: Kind) -> u8 {
    match kind {
        Kind::Money { exponent } => exponent,
        _ => 0,
    }
}

/// Room for one number, date or instant in writing.
struct Scratch {
    bytes: [u8; 48],
    length: usize,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { bytes: [0; 48], length: 0 }
    }
}

impl Scratch {
    fn put(&mut self, bytes: &[u8]) -> &[u8] {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
        &self.bytes[..self.length]
    }

    /// A number with at least so many digits.
    fn digits(&mut self, mut number: u64, width: usize) {
        let mut reversed = [b'0'; 20];
        let mut length = 0;
        while number > 0 || length < width {
            reversed[length] = b'0' + (number % 10) as u8;
            number /= 10;
            length += 1;
        }
        reversed[..length].reverse();
        self.put(&reversed[..length]);
    }

    /// A decimal number of so many minor digits.
    fn decimal(&mut self, number: i64, exponent: u8) -> &[u8] {
        if number < 0 {
            self.put(b"-");
        }
        // An exponent beyond the currencies of this world would divide by nothing sensible.
        let exponent = exponent.min(9);
        let unit = 10_u64.pow(u32::from(exponent));
        self.digits(number.unsigned_abs() / unit, 1);
        if exponent > 0 {
            self.put(b".");
            self.digits(number.unsigned_abs() % unit, usize::from(exponent));
        }
        &self.bytes[..self.length]
    }

    fn date(&mut self, days: i64) -> &[u8] {
        let (year, month, day) = civil::from_days(days);
        if year < 0 {
            self.put(b"-");
        }
        self.digits(year.unsigned_abs(), 4);
        self.put(b"-");
        self.digits(u64::from(month), 2);
        self.put(b"-");
        self.digits(u64::from(day), 2);
        &self.bytes[..self.length]
    }

    /// RFC 3339 in UTC; the fraction only when there is one.
    fn instant(&mut self, micros: i64) -> &[u8] {
        let at = civil::moment(micros);
        self.date(micros.div_euclid(86_400_000_000));
        for (before, number) in [(b"T", at.hour), (b":", at.minute), (b":", at.second)] {
            self.put(before);
            self.digits(u64::from(number), 2);
        }
        if at.micros > 0 {
            self.put(b".");
            self.digits(u64::from(at.micros), 6);
        }
        self.put(b"Z")
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("only ASCII is put in")
    }
}

/// Rows of a sheet, the head included (ECMA-376).
const XLSX_ROWS: u32 = 1_048_576;
/// Characters of a cell.
const XLSX_TEXT: usize = 32_767;
/// Beyond this a spreadsheet's numbers lose digits.
const XLSX_EXACT: u64 = 1 << 53;
/// Days from the spreadsheet's day 0 to 1970-01-01.
const XLSX_EPOCH: i64 = 25_569;
/// The first day that all spreadsheet programs agree on: 1900-03-01, as 1900 had no 29 February.
const XLSX_FIRST: i64 = 61;
/// The last: 9999-12-31.
const XLSX_LAST: i64 = 2_958_465;

/// Writes XLSX: one sheet with a bold, frozen, filtered head row. Rows go to a temporary file, not into memory.
pub struct Xlsx {
    workbook: Workbook,
    kinds: Vec<Kind>,
    formats: Vec<Format>,
    next_row: u32,
}

impl Xlsx {
    /// Begins a file. `made_at` is written into its properties, microseconds since 1970, UTC.
    pub fn new(sheet: &Sheet, header: Header, made_at: i64) -> Result<Self, TableError> {
        let mut workbook = Workbook::new();
        let at = civil::moment(made_at);
        let year = u16::try_from(at.year).unwrap_or(1970);
        let made = ExcelDateTime::from_ymd(year, at.month, at.day)?.and_hms(at.hour.into(), at.minute, at.second)?;
        workbook.set_properties(&DocProperties::new().set_title(&sheet.title).set_creation_datetime(&made));

        let kinds: Vec<Kind> = sheet.columns.iter().map(|column| column.kind).collect();
        let formats: Vec<Format> =
            kinds.iter().map(|kind| Format::new().set_num_format(number_format(*kind))).collect();
        let head = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
        let page = workbook.add_worksheet_with_constant_memory()?;
        page.set_name(sheet_name(&sheet.title))?;
        page.set_freeze_panes(1, 0)?;
        for (at, column) in (0_u16..).zip(&sheet.columns) {
            let label = header.of(column);
            let utc = header == Header::Labels && column.kind == Kind::Instant;
            let label = if utc { Cow::Owned(format!("{label} (UTC)")) } else { Cow::Borrowed(label) };
            page.set_column_width(at, width(column.kind, &label))?;
            page.write_string_with_format(0, at, guard(&label), &head)?;
        }
        Ok(Self { workbook, kinds, formats, next_row: 1 })
    }

    /// Writes one row.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableError> {
        check_width(cells.len(), self.kinds.len())?;
        if self.next_row >= XLSX_ROWS {
            return Err(TableError::TooManyRows);
        }
        let row = self.next_row;
        self.next_row += 1;
        let page = self.workbook.worksheet_from_index(0)?;
        for (at, cell) in cells.iter().enumerate() {
            write_cell(page, row, at as u16, *cell, self.kinds[at], &self.formats[at])?;
        }
        Ok(())
    }

    /// Ends the file and writes it out.
    pub fn finish<W: Write + Seek + Send>(mut self, out: W) -> Result<(), TableError> {
        let last_column = self.kinds.len().saturating_sub(1) as u16;
        let last_row = self.next_row - 1;
        self.workbook.worksheet_from_index(0)?.autofilter(0, 0, last_row, last_column)?;
        self.workbook.save_to_writer(out)?;
        Ok(())
    }
}

fn write_cell(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell<'_>,
    kind: Kind,
    format: &Format,
) -> Result<(), TableError> {
    let mut scratch = Scratch::default();
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            page.write_string_with_format(row, column, shortened(&guard(text)), format)?;
        }
        Cell::Bool(yes) => {
            page.write_boolean(row, column, yes)?;
        }
        Cell::Int(number) | Cell::Money(number) if number.unsigned_abs() >= XLSX_EXACT => {
            let exponent = if matches!(cell, Cell::Money(_)) { exponent(kind) } else { 0 };
            scratch.decimal(number, exponent);
            page.write_string(row, column, scratch.text())?;
        }
        Cell::Int(number) => {
            page.write_number_with_format(row, column, number as f64, format)?;
        }
        Cell::Money(minor) => {
            let value = minor as f64 / 10_f64.powi(i32::from(exponent(kind)));
            page.write_number_with_format(row, column, value, format)?;
        }
        Cell::Date(days) => {
            let serial = i64::from(days) + XLSX_EPOCH;
            if (XLSX_FIRST..=XLSX_LAST).contains(&serial) {
                page.write_number_with_format(row, column, serial as f64, format)?;
            } else {
                scratch.date(i64::from(days));
                page.write_string(row, column, scratch.text())?;
            }
        }
        Cell::Instant(micros) => {
            let serial = micros.div_euclid(86_400_000_000) + XLSX_EPOCH;
            if (XLSX_FIRST..=XLSX_LAST).contains(&serial) {
                let part = micros.rem_euclid(86_400_000_000) as f64 / 86_400_000_000.0;
                page.write_number_with_format(row, column, serial as f64 + part, format)?;
            } else {
                scratch.instant(micros);
                page.write_string(row, column, scratch.text())?;
            }
        }
    }
    Ok(())
}

/// How a spreadsheet shows a column. `@` is text, so that a number typed over an identifier stays text too.
fn number_format(kind: Kind) -> String {
    match kind {
        Kind::Text => "@".to_owned(),
        Kind::Int => "0".to_owned(),
        Kind::Money { exponent: 0 } => "#,##0".to_owned(),
        Kind::Money { exponent } => format!("#,##0.{}", "0".repeat(usize::from(exponent.min(9)))),
        Kind::Date => "yyyy-mm-dd".to_owned(),
        Kind::Instant => "yyyy-mm-dd hh:mm:ss".to_owned(),
        Kind::Bool => "General".to_owned(),
    }
}

fn width(kind: Kind, label: &str) -> f64 {
    let content = match kind {
        Kind::Text => 22,
        Kind::Int | Kind::Bool => 9,
        Kind::Money { .. } => 14,
        Kind::Date => 12,
        Kind::Instant => 20,
    };
    // Two characters more than the label leave room for the filter's arrow.
    (label.chars().count() + 3).clamp(content, 60) as f64
}

/// A sheet's name has at most 31 characters and none of `[ ] : * ? / \`, and does not begin or end with an apostrophe.
fn sheet_name(title: &str) -> String {
    let allowed = title.chars().map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c });
    let name: String = allowed.take(31).collect();
    let name = name.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    // "History" is a name that spreadsheet programs keep to themselves.
    if name.is_empty() || name.eq_ignore_ascii_case("history") { "Table".to_owned() } else { name.to_owned() }
}

/// What fits into a cell; an ellipsis says that there was more.
fn shortened(text: &str) -> Cow<'_, str> {
    // Counted in UTF-16 as the format does; every character takes at least as many bytes as units.
    if text.len() <= XLSX_TEXT || text.encode_utf16().count() <= XLSX_TEXT {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fitting = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < XLSX_TEXT
    });
    Cow::Owned(fitting.chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn sheet() -> Sheet {
        Sheet {
            title: "Units / on hand".to_owned(),
            columns: vec![
                Column::new("gtin", "GTIN", Kind::Text),
                Column::new("quantity", "Quantity", Kind::Int),
                Column::new("price", "Price", Kind::Money { exponent: 2 }),
                Column::new("expires_on", "Expires on", Kind::Date),
                Column::new("seen_at", "Seen at", Kind::Instant),
                Column::new("reusable", "Reusable", Kind::Bool),
            ],
        }
    }

    fn csv_of(sheet: &Sheet, rows: &[Vec<Cell<'_>>]) -> String {
        let mut csv = Csv::new(sheet, Header::Keys, Vec::new()).unwrap();
        rows.iter().for_each(|row| csv.row(row).unwrap());
        String::from_utf8(csv.finish().unwrap()).unwrap()
    }

    fn xlsx_of(sheet: &Sheet, rows: &[Vec<Cell<'_>>]) -> Vec<u8> {
        let mut xlsx = Xlsx::new(sheet, Header::Keys, 1_795_314_840_000_000).unwrap();
        rows.iter().for_each(|row| xlsx.row(row).unwrap());
        let mut out = Cursor::new(Vec::new());
        xlsx.finish(&mut out).unwrap();
        out.into_inner()
    }

    fn sample<'a>() -> Vec<Vec<Cell<'a>>> {
        vec![
            vec![
                Cell::Text("00810001234567"),
                Cell::Int(-3),
                Cell::Money(-123_405),
                Cell::Date(21_243),
                Cell::Instant(1_795_314_840_000_000),
                Cell::Bool(true),
            ],
            vec![
                Cell::Text("+H123PARTNO1234567890120"),
                Cell::Int(0),
                Cell::Money(5),
                Cell::Empty,
                Cell::Empty,
                Cell::Bool(false),
            ],
        ]
    }

    #[test]
    fn csv_keeps_numbers_numbers_and_disarms_text() {
        let text = csv_of(&sheet(), &sample());
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "gtin,quantity,price,expires_on,seen_at,reusable");
        assert_eq!(lines[1], "00810001234567,-3,-1234.05,2028-02-29,2026-11-22T02:34:00Z,true");
        assert_eq!(lines[2], "'+H123PARTNO1234567890120,0,0.05,,,false");
        assert_eq!(lines[3..], [""]);
    }

    #[test]
    fn amounts_follow_their_currency() {
        let decimal = |number, exponent| {
            let mut scratch = Scratch::default();
            scratch.decimal(number, exponent);
            scratch.text().to_owned()
        };
        assert_eq!(decimal(1234, 0), "1234");
        assert_eq!(decimal(1234, 3), "1.234");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(i64::MIN, 2), "-92233720368547758.08");
        assert_eq!(decimal(i64::MAX, 0), "9223372036854775807");
        assert_eq!(decimal(0, 2), "0.00");
    }

    #[test]
    fn the_widest_values_fit() {
        let mut scratch = Scratch::default();
        assert_eq!(scratch.instant(i64::MIN).last(), Some(&b'Z'));
        assert_eq!(Scratch::default().instant(i64::MAX).last(), Some(&b'Z'));
        assert_eq!(Scratch::default().instant(1), b"1970-01-01T00:00:00.000001Z");
        Scratch::default().date(i64::from(i32::MAX));
        Scratch::default().date(i64::from(i32::MIN));
    }

    #[test]
    fn xlsx_reads_back_as_it_was() {
        let table = read::read(&xlsx_of(&sheet(), &sample())).unwrap();
        assert_eq!(table.headers, ["gtin", "quantity", "price", "expires_on", "seen_at", "reusable"]);
        let expected: [[&str; 6]; 2] = [
            ["00810001234567", "-3", "-1234.05", "2028-02-29", "2026-11-22T02:34:00", "true"],
            ["+H123PARTNO1234567890120", "0", "0.05", "", "", "false"],
        ];
        assert_eq!(table.rows.len(), 2);
        for ((number, row), expected) in table.rows.iter().zip(expected) {
            assert_eq!(row, &expected, "row {number}");
        }
        assert_eq!(table.rows[0].0, 2);
    }

    #[test]
    fn xlsx_text_is_text_and_dates_are_dates_for_the_program_that_opens_it() {
        use calamine::{Data, Reader, Xlsx as Book};
        let mut book: Book<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx_of(&sheet(), &sample()))).unwrap();
        let range = book.worksheet_range("Units   on hand").unwrap();
        let cell = |row, column| range.get_value((row, column)).unwrap();
        assert_eq!(cell(1, 0), &Data::String("00810001234567".to_owned()));
        assert_eq!(cell(2, 0), &Data::String("'+H123PARTNO1234567890120".to_owned()));
        assert_eq!(cell(1, 2), &Data::Float(-1234.05));
        assert!(matches!(cell(1, 3), Data::DateTime(_)));
        assert_eq!(cell(1, 5), &Data::Bool(true));
    }

    #[test]
    fn what_a_spreadsheet_cannot_count_exactly_is_written_out() {
        let sheet = Sheet {
            title: String::new(),
            columns: vec![Column::new("n", "N", Kind::Int), Column::new("d", "D", Kind::Date)],
        };
        let rows = [vec![Cell::Int(i64::MAX), Cell::Date(-30_000)]];
        let table = read::read(&xlsx_of(&sheet, &rows)).unwrap();
        assert_eq!(table.rows[0].1, ["9223372036854775807", "1887-11-12"]);
    }

    #[test]
    fn long_text_is_cut_where_the_format_ends_and_says_so() {
        let long = "é".repeat(40_000);
        let cut = shortened(&long);
        assert_eq!(cut.encode_utf16().count(), 32_767);
        assert!(cut.ends_with('…'));
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn a_sheet_always_has_a_name_that_is_allowed() {
        assert_eq!(sheet_name("Units: on/hand [all]"), "Units  on hand  all");
        assert_eq!(sheet_name("'?'"), "Table");
        assert_eq!(sheet_name("History"), "Table");
        assert_eq!(sheet_name(&"x".repeat(50)).len(), 31);
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let mut csv = Csv::new(&sheet(), Header::Labels, Vec::new()).unwrap();
        assert!(matches!(csv.row(&[Cell::Empty]), Err(TableError::Width { cells: 1, columns: 6 })));
    }

    #[test]
    fn a_single_empty_cell_is_still_a_row() {
        let sheet = Sheet { title: String::new(), columns: vec![Column::new("note", "Note", Kind::Text)] };
        assert_eq!(csv_of(&sheet, &[vec![Cell::Empty], vec![Cell::Text("x")]]), "note\r\n\"\"\r\nx\r\n");
    }

    fn two_columns() -> Sheet {
        Sheet {
            title: "T".to_owned(),
            columns: vec![Column::new("a", "A", Kind::Text), Column::new("b", "B", Kind::Text)],
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_csv(rows in prop::collection::vec((any::<String>(), "[-'\"=+@,;\t\r\n\u{0}a ]{0,8}"), 0..8)) {
            // A row of nothing but empty cells is no row to a person.
            let rows: Vec<_> = rows.into_iter().filter(|(a, b)| !a.is_empty() || !b.is_empty()).collect();
            let cells: Vec<Vec<Cell<'_>>> = rows.iter().map(|(a, b)| vec![Cell::Text(a), Cell::Text(b)]).collect();
            let table = read::read(csv_of(&two_columns(), &cells).as_bytes()).unwrap();
            prop_assert_eq!(table.headers, ["a", "b"]);
            let back: Vec<_> = table.rows.iter().map(|(_, row)| (row[0].clone(), row[1].clone())).collect();
            prop_assert_eq!(&back, &rows);
            let numbers: Vec<usize> = table.rows.iter().map(|(number, _)| *number).collect();
            prop_assert_eq!(numbers, (2..2 + cells.len()).collect::<Vec<_>>());
        }

        #[test]
        fn any_number_survives_csv(number in any::<i64>(), exponent in 0_u8..4) {
            let sheet = Sheet { title: String::new(), columns: vec![Column::new("m", "M", Kind::Money { exponent })] };
            let table = read::read(csv_of(&sheet, &[vec![Cell::Money(number)]]).as_bytes()).unwrap();
            let back: String = table.rows[0].1[0].replace('.', "");
            prop_assert_eq!(back.parse::<i64>().unwrap(), number);
        }
    }

    /// A million rows in seconds; run with `cargo test --release -p print -- --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement"]
    fn a_million_rows() {
        let mut row = sample().remove(0);
        row[0] = Cell::Text("Knee system, tibial tray, size 4");
        let begin = std::time::Instant::now();
        let mut csv = Csv::new(&sheet(), Header::Keys, io::sink()).unwrap();
        for _ in 0..1_000_000 {
            csv.row(&row).unwrap();
        }
        csv.finish().unwrap();
        println!("1,000,000 rows of {} cells: {:?}", row.len(), begin.elapsed());
    }
}
