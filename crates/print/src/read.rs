//! Tables coming in: a CSV or XLSX file that somebody uploaded, told apart by what is in it.
//!
//! The file is untrusted. Everything has a limit: bytes, expanded bytes, how far it expands, entries, rows, columns, cells
//! and the text that they hold together, because a spreadsheet of half a megabyte can ask for gigabytes. Every refusal is a
//! sentence that says what to do. The importer trims and judges the values; here they only become text.

use crate::civil;
use crate::formula::unguard;
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use thiserror::Error;
use zip::ZipArchive;

/// Bytes of a CSV file.
pub const CSV_BYTES_MAX: usize = 64 << 20;
/// Bytes of an XLSX file.
pub const XLSX_BYTES_MAX: usize = 10 << 20;
/// Bytes of everything in an XLSX file, unpacked.
pub const XLSX_EXPANDED_MAX: u64 = 100 << 20;
/// How many times larger an entry of an XLSX file may become when unpacked.
pub const XLSX_RATIO_MAX: u64 = 100;
/// Entries of an XLSX file.
pub const XLSX_ENTRIES_MAX: usize = 1_000;
/// Cells of a sheet.
pub const CELLS_MAX: usize = 1_000_000;
/// Rows below the head.
pub const ROWS_MAX: usize = 200_000;
/// Columns.
pub const COLUMNS_MAX: usize = 200;
/// Characters of one cell: as many as a spreadsheet holds.
pub const CELL_CHARS_MAX: usize = 32_767;
/// Bytes of all cells together; cells of a spreadsheet may share one long text.
pub const TEXT_BYTES_MAX: usize = 128 << 20;

/// Elements of one part of an XLSX file, counted as `<`: a million cells take at most ten each.
const MARKUP_MAX: u64 = 10_000_000;
/// An entry that is smaller than this when unpacked may be packed as well as it likes.
const RATIO_FREE: u64 = 64 << 10;
/// The last row and column that a sheet has: XFD1048576 (ECMA-376).
const LAST_ROW: u32 = 1_048_576;
const LAST_COLUMN: u32 = 16_384;

/// A table as it was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Names of the columns: trimmed, lower case, `_` for spaces.
    pub headers: Vec<String>,
    /// The number of each row as the person sees it in a spreadsheet program (the head is usually row 1), and its cells, one
    /// for each column. Rows without any text are left out.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Where a column stands.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }
}

/// Why a file was not read, in words for the person who sent it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("The file is empty. Send a table with the names of its columns in the first row.")]
    Empty,
    /// A format that is not read.
    #[error(
        "This is {0}, not a table that can be read here. Save it as CSV or as an Excel workbook (.xlsx) and send that."
    )]
    Format(&'static str),
    /// Too many bytes.
    #[error("The file is larger than {limit_mb} MB. Split it into several files, or send it as CSV (up to 64 MB).")]
    TooLarge {
        /// What is allowed.
        limit_mb: usize,
    },
    /// An XLSX file that would unpack into more than is reasonable.
    #[error(
        "This workbook unpacks into far more than a table needs. Copy the rows into a new workbook, or send them as CSV."
    )]
    Bomb,
    /// A damaged XLSX file.
    #[error(
        "This workbook is damaged or not complete. Open it in a spreadsheet program, save it again as .xlsx or CSV, and send that."
    )]
    Damaged,
    /// No sheet with a table.
    #[error(
        "This workbook has no visible sheet with rows. Put the table on the first sheet, with the names of its columns in the first row."
    )]
    NoSheet,
    /// Too many rows.
    #[error("The table has more than {ROWS_MAX} rows. Split it into several files.")]
    TooManyRows,
    /// Too many columns.
    #[error("Row {row} has more than {COLUMNS_MAX} columns. Remove the columns that are not imported.")]
    TooManyColumns {
        /// As the person sees it.
        row: usize,
    },
    /// Too many cells.
    #[error("The sheet has more than {CELLS_MAX} cells. Split it into several files, or send it as CSV.")]
    TooManyCells,
    /// Too much text in all cells together.
    #[error("The cells hold more than 128 MB of text. Split the table into several files.")]
    TooMuchText,
    /// A cell that holds more than a cell does, usually behind a quotation mark that never ends.
    #[error(
        "Row {row} has a cell with more than {CELL_CHARS_MAX} characters. Look for a quotation mark (\") there that has no partner."
    )]
    CellTooLong {
        /// As the person sees it.
        row: usize,
    },
    /// A quotation mark that never ends.
    #[error("A quotation mark (\") that begins in row {row} has no partner. Add the missing one, or remove it.")]
    OpenQuote {
        /// As the person sees it.
        row: usize,
    },
    /// Two columns of one name.
    #[error("Two columns are called \"{name}\". Rename or remove one of them.")]
    SameName {
        /// The name, as it is compared.
        name: String,
    },
    /// Cells under no name.
    #[error(
        "Row {row} has a value in column {column}, which has no name in the head row. Name the column, or clear it."
    )]
    NoName {
        /// As the person sees it.
        row: usize,
        /// In letters, as in a spreadsheet.
        column: String,
    },
    /// A formula that came to nothing.
    #[error("Cell {cell} shows the error {error}. Correct the formula there, or type the value.")]
    Formula {
        /// Its address, such as `C7`.
        cell: String,
        /// What it shows.
        error: String,
    },
}

impl ReadError {
    /// A stable name for the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::Format(_) => "file_format_unknown",
            Self::TooLarge { .. } => "file_too_large",
            Self::Bomb => "file_expands_too_far",
            Self::Damaged => "file_damaged",
            Self::NoSheet => "file_has_no_sheet",
            Self::TooManyRows => "table_too_many_rows",
            Self::TooManyColumns { .. } => "table_too_many_columns",
            Self::TooManyCells => "table_too_many_cells",
            Self::TooMuchText => "table_too_much_text",
            Self::CellTooLong { .. } => "cell_too_long",
            Self::OpenQuote { .. } => "quote_not_closed",
            Self::SameName { .. } => "column_twice",
            Self::NoName { .. } => "column_without_name",
            Self::Formula { .. } => "cell_formula_error",
        }
    }

    /// Whether the file is too much rather than wrong (HTTP 413 rather than 422).
    pub const fn is_too_large(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. }
                | Self::Bomb
                | Self::TooManyRows
                | Self::TooManyColumns { .. }
                | Self::TooManyCells
                | Self::TooMuchText
        )
    }
}

/// Reads an uploaded table.
pub fn read(bytes: &[u8]) -> Result<Table, ReadError> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return read_xlsx(bytes);
    }
    refuse_other_formats(bytes)?;
    if bytes.len() > CSV_BYTES_MAX {
        return Err(ReadError::TooLarge { limit_mb: CSV_BYTES_MAX >> 20 });
    }
    read_csv(&decode(bytes))
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), ReadError> {
    const KNOWN: [(&[u8], &str); 8] = [
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\x1f\x8b", "a compressed file"),
        (b"7z\xbc\xaf", "a compressed file"),
        (b"{\\rtf", "a text document"),
    ];
    match KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        Some((_, what)) => Err(ReadError::Format(what)),
        None => Ok(()),
    }
}

/// The text of a file: by its byte order mark, else UTF-8, else the encoding of older spreadsheet programs.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    for (mark, encoding) in [(&b"\xef\xbb\xbf"[..], UTF_8), (b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return encoding.decode_without_bom_handling(rest).0;
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Puts rows together into a table, whatever they come from; keeps the limits.
#[derive(Default)]
struct Builder {
    table: Table,
    text_bytes: usize,
}

impl Builder {
    /// The next row with its number; the first one with any text is the head.
    fn row(&mut self, number: usize, mut cells: Vec<String>) -> Result<(), ReadError> {
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > COLUMNS_MAX {
            return Err(ReadError::TooManyColumns { row: number });
        }
        self.text_bytes += cells.iter().map(String::len).sum::<usize>();
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(ReadError::TooMuchText);
        }
        let long = |cell: &String| cell.len() > CELL_CHARS_MAX && cell.chars().count() > CELL_CHARS_MAX;
        if cells.iter().any(long) {
            return Err(ReadError::CellTooLong { row: number });
        }
        if self.table.headers.is_empty() { self.head(&cells) } else { self.body(number, cells) }
    }

    fn head(&mut self, cells: &[String]) -> Result<(), ReadError> {
        let headers: Vec<String> = cells.iter().map(|cell| header(cell)).collect();
        let mut seen = HashSet::new();
        for name in headers.iter().filter(|name| !name.is_empty()) {
            if !seen.insert(name) {
                return Err(ReadError::SameName { name: name.clone() });
            }
        }
        self.table.headers = headers;
        Ok(())
    }

    fn body(&mut self, number: usize, mut cells: Vec<String>) -> Result<(), ReadError> {
        if self.table.rows.len() >= ROWS_MAX {
            return Err(ReadError::TooManyRows);
        }
        let name = |at: usize| self.table.headers.get(at).map_or("", String::as_str);
        if let Some(at) = (0..cells.len()).find(|&at| name(at).is_empty() && !cells[at].trim().is_empty()) {
            return Err(ReadError::NoName { row: number, column: letters(at) });
        }
        cells.resize(self.table.headers.len(), String::new());
        self.table.rows.push((number, cells));
        Ok(())
    }

    /// Columns without a name hold nothing (or the row was refused) and are left out.
    fn finish(mut self) -> Result<Table, ReadError> {
        if self.table.headers.iter().all(String::is_empty) {
            return Err(ReadError::Empty);
        }
        if self.table.headers.iter().any(String::is_empty) {
            let named: Vec<bool> = self.table.headers.iter().map(|name| !name.is_empty()).collect();
            let keep = |cells: &mut Vec<String>| {
                let mut at = 0..;
                cells.retain(|_| named[at.next().unwrap_or(0)]);
            };
            keep(&mut self.table.headers);
            self.table.rows.iter_mut().for_each(|(_, cells)| keep(cells));
        }
        Ok(self.table)
    }
}

/// How names of columns are compared: " Expires  On " is `expires_on`.
fn header(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join("_")
}

/// The name of a column in a spreadsheet: A to Z, AA to XFD.
fn letters(column: usize) -> String {
    let (mut number, mut name) = (column + 1, Vec::new());
    while number > 0 {
        name.push(b'A' + ((number - 1) % 26) as u8);
        number = (number - 1) / 26;
    }
    name.iter().rev().map(|&byte| char::from(byte)).collect()
}

fn read_csv(text: &str) -> Result<Table, ReadError> {
    let (delimiter, body, mut number) = delimiter(text);
    let bytes = body.as_bytes();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut builder = Builder::default();
    let mut record = csv::ByteRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        // The bytes are in memory and any number of cells is allowed: there is nothing left that could fail.
        if !reader.read_byte_record(&mut record).map_err(|_| ReadError::Damaged)? {
            break;
        }
        number += 1 + blank_lines(bytes, start);
        if record.len() > COLUMNS_MAX && record.iter().skip(COLUMNS_MAX).any(|cell| !cell.is_empty()) {
            return Err(ReadError::TooManyColumns { row: number });
        }
        let end = reader.position().byte() as usize;
        if end >= bytes.len() && ends_open(&bytes[start..], delimiter) {
            return Err(ReadError::OpenQuote { row: number });
        }
        let cells = record.iter().take(COLUMNS_MAX).map(|cell| unguard(&String::from_utf8_lossy(cell)).to_owned());
        builder.row(number, cells.collect())?;
    }
    builder.finish()
}

/// Lines without anything that the CSV reader steps over before the record that begins at `start`. The end of the line
/// before may still stand there when it has two characters.
fn blank_lines(bytes: &[u8], start: usize) -> usize {
    let second_half = start > 0 && bytes[start - 1] == b'\r' && bytes.get(start) == Some(&b'\n');
    let mut at = start + usize::from(second_half);
    let mut lines = 0;
    while let Some(&byte @ (b'\r' | b'\n')) = bytes.get(at) {
        let pair = byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        at += 1 + usize::from(pair);
        lines += 1;
    }
    lines
}

/// Whether the last record of a file ends inside quotation marks.
fn ends_open(record: &[u8], delimiter: u8) -> bool {
    let (mut quoted, mut fresh) = (false, true);
    let mut at = 0;
    while at < record.len() {
        let byte = record[at];
        if quoted {
            if byte == b'"' {
                let doubled = record.get(at + 1) == Some(&b'"');
                quoted = doubled;
                at += usize::from(doubled);
            }
        } else if byte == b'"' && fresh {
            quoted = true;
            fresh = false;
        } else {
            fresh = byte == delimiter || byte == b'\r' || byte == b'\n';
        }
        at += 1;
    }
    quoted
}

/// What separates the cells, the text to read, and how many rows were stepped over: a first line `sep=;` (which spreadsheet
/// programs write and obey) says it, else the one that is most frequent in the first line outside of quotation marks.
fn delimiter(text: &str) -> (u8, &str, usize) {
    if let Some(rest) = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))
        && let [byte @ (b',' | b';' | b'\t' | b'|'), ..] = rest.as_bytes()
    {
        let rest = &rest[1..];
        let body = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r']));
        if let Some(body) = body {
            return (*byte, body, 1);
        }
    }
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            b',' => counts[0] += 1,
            b';' => counts[1] += 1,
            b'\t' => counts[2] += 1,
            b'|' => counts[3] += 1,
            _ => {}
        }
    }
    // The first of the most frequent: a comma when there is none at all.
    let best = (0..4).rev().max_by_key(|&at| counts[at]).unwrap_or(0);
    (b",;\t|"[best], text, 0)
}

fn read_xlsx(bytes: &[u8]) -> Result<Table, ReadError> {
    if bytes.len() > XLSX_BYTES_MAX {
        return Err(ReadError::TooLarge { limit_mb: XLSX_BYTES_MAX >> 20 });
    }
    inspect(bytes)?;
    // The container is now known to be small and whole; a malformed sheet in it must not be able to take a request down.
    catch_unwind(AssertUnwindSafe(|| read_sheet(bytes))).unwrap_or(Err(ReadError::Damaged))
}

/// Unpacks every entry into nothing, and stops at a limit. What an entry says about its own size is not believed.
fn inspect(bytes: &[u8]) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::Damaged)?;
    if archive.len() > XLSX_ENTRIES_MAX {
        return Err(ReadError::Bomb);
    }
    let mut is_workbook = false;
    let mut total = 0;
    let mut buffer = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|_| ReadError::Damaged)?;
        is_workbook |= entry.name_raw().to_ascii_lowercase().ends_with(b"workbook.xml");
        let allowed = entry.compressed_size().saturating_mul(XLSX_RATIO_MAX).max(RATIO_FREE);
        let (mut size, mut markup) = (0, 0);
        loop {
            let length = entry.read(&mut buffer).map_err(|_| ReadError::Damaged)?;
            if length == 0 {
                break;
            }
            size += length as u64;
            total += length as u64;
            markup += buffer[..length].iter().filter(|byte| **byte == b'<').count() as u64;
            if size > allowed || total > XLSX_EXPANDED_MAX || markup > MARKUP_MAX {
                return Err(ReadError::Bomb);
            }
        }
    }
    if is_workbook { Ok(()) } else { Err(ReadError::Format("a compressed file or another kind of document")) }
}

fn read_sheet(bytes: &[u8]) -> Result<Table, ReadError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReadError::Damaged)?;
    let visible =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let name = book.sheets_metadata().iter().find(visible).map(|sheet| sheet.name.clone()).ok_or(ReadError::NoSheet)?;
    let is_1904 = book.has_1904_epoch();
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| ReadError::Damaged)?;

    let mut builder = Builder::default();
    let mut row: Vec<String> = Vec::new();
    let mut row_at = 0;
    let (mut cells, mut text_bytes) = (0, 0);
    while let Some(cell) = reader.next_cell().map_err(|_| ReadError::Damaged)? {
        let (at, column) = cell.get_position();
        cells += 1;
        if cells > CELLS_MAX {
            return Err(ReadError::TooManyCells);
        }
        if at >= LAST_ROW || column >= LAST_COLUMN || at < row_at {
            return Err(ReadError::Damaged);
        }
        if at > row_at {
            builder.row(row_at as usize + 1, std::mem::take(&mut row))?;
            row_at = at;
        }
        let text = cell_text(cell.get_value(), is_1904, at, column)?;
        if text.is_empty() {
            continue;
        }
        let column = column as usize;
        if column >= COLUMNS_MAX {
            return Err(ReadError::TooManyColumns { row: at as usize + 1 });
        }
        text_bytes += text.len();
        if text_bytes > TEXT_BYTES_MAX {
            return Err(ReadError::TooMuchText);
        }
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = text;
    }
    builder.row(row_at as usize + 1, row)?;
    match builder.finish() {
        Err(ReadError::Empty) => Err(ReadError::NoSheet),
        result => result,
    }
}

fn cell_text(value: &DataRef<'_>, is_1904: bool, row: u32, column: u32) -> Result<String, ReadError> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => unguard(text).to_owned(),
        DataRef::SharedString(text) => unguard(text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) if at.is_duration() => number_text(at.as_f64()),
        DataRef::DateTime(at) => date_text(at.as_f64(), is_1904),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => {
            let cell = format!("{}{}", letters(column as usize), row + 1);
            return Err(ReadError::Formula { cell, error: error.to_string() });
        }
    })
}

/// A number as the person sees it: without a trailing `.0`, to the 15 digits that spreadsheets show.
fn number_text(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Adding zero turns minus zero into zero.
    (shown + 0.0).to_string()
}

/// `YYYY-MM-DD`; with the time behind a `T` when it is not midnight; the time alone when there is no day.
fn date_text(serial: f64, is_1904: bool) -> String {
    /// Days from a spreadsheet's day 0 (of 1900, and of 1904) to 1970-01-01.
    const EPOCH: i64 = 25_569;
    const EPOCH_1904: i64 = 24_107;
    /// 9999-12-31.
    const LAST: f64 = 2_958_466.0;
    if !(0.0..LAST).contains(&serial) {
        return number_text(serial);
    }
    // To the nearest second: fractions of a day have no exact seconds.
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, in_day) = (seconds / 86_400, seconds % 86_400);
    let time = format!("{:02}:{:02}:{:02}", in_day / 3600, in_day / 60 % 60, in_day % 60);
    if days == 0 && !is_1904 {
        return time;
    }
    // Spreadsheets believe that 1900 had a 29 February, so that the days before it are one off.
    let before_leap = i64::from(!is_1904 && days < 60);
    let epoch = if is_1904 { EPOCH_1904 } else { EPOCH };
    let (year, month, day) = civil::from_days(days - epoch + before_leap);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if in_day == 0 { date } else { format!("{date}T{time}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    fn rows(table: &Table) -> Vec<(usize, Vec<&str>)> {
        table.rows.iter().map(|(number, row)| (*number, row.iter().map(String::as_str).collect())).collect()
    }

    fn csv(text: &str) -> Table {
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn names_of_columns_are_made_alike() {
        assert_eq!(csv(" UDI-DI ,Expires  On,Lot\n1,2,3\n").headers, ["udi-di", "expires_on", "lot"]);
    }

    #[test]
    fn what_separates_the_cells_is_found_out() {
        for separator in [",", ";", "\t", "|"] {
            let text = ["name", "note", "lot"].join(separator) + "\n" + &["Ana", "\"a,b;c|d\te\"", "7"].join(separator);
            let table = csv(&text);
            assert_eq!(table.headers, ["name", "note", "lot"], "{separator:?}");
            assert_eq!(rows(&table), [(2, vec!["Ana", "a,b;c|d\te", "7"])]);
        }
        assert_eq!(csv("\"a;b;c\",d\n1,2").headers, ["a;b;c", "d"]);
        assert_eq!(csv("sep=|\r\na|b,c\r\n1|2\r\n").headers, ["a", "b,c"]);
        assert_eq!(csv("sep=|\r\na|b,c\r\n1|2\r\n").rows[0].0, 3);
        assert_eq!(csv("one\nx;y\n").headers, ["one"]);
    }

    #[test]
    fn rows_are_numbered_as_a_person_sees_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["", "a,b", "1,\"two", "lines\"", "", "", ",,", "3,4"].join(end);
            // The head is row 2; the row with a line break in it is one row; empty rows count.
            let expected = format!("two{end}lines");
            assert_eq!(rows(&csv(&text)), [(3, vec!["1", &expected]), (7, vec!["3", "4"])], "{end:?}");
        }
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_program_is_read() {
        let utf16 = |text: &str, le: bool| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(|unit| if le { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        let text = "name\nJosé Ångström";
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            b"name\nJos\xe9 \xc5ngstr\xf6m".to_vec(),
            [b"\xff\xfe", &utf16(text, true)[..]].concat(),
            [b"\xfe\xff", &utf16(text, false)[..]].concat(),
        ];
        for file in files {
            assert_eq!(rows(&read(&file).unwrap()), [(2, vec!["José Ångström"])]);
        }
        assert_eq!(rows(&read(b"price\n\x80 5").unwrap()), [(2, vec!["€ 5"])]);
    }

    #[test]
    fn one_apostrophe_goes_and_no_more() {
        let table = csv("a,b,c,d\n'+H123,''=x,'tis,-5\n");
        assert_eq!(rows(&table), [(2, vec!["+H123", "'=x", "'tis", "-5"])]);
    }

    #[test]
    fn short_rows_are_filled_and_nameless_columns_refused() {
        assert_eq!(rows(&csv("a,b,c\n1\n")), [(2, vec!["1", "", ""])]);
        assert_eq!(rows(&csv("a,,c,\n1,,3,\n")), [(2, vec!["1", "3"])]);
        assert_eq!(read(b"a,b\n1,2\n1,2,3\n"), Err(ReadError::NoName { row: 3, column: "C".to_owned() }));
        assert_eq!(read(b"a,,c\n1,2,3\n"), Err(ReadError::NoName { row: 2, column: "B".to_owned() }));
        assert_eq!(read(b"Lot, LOT\n1,2\n"), Err(ReadError::SameName { name: "lot".to_owned() }));
    }

    #[test]
    fn an_open_quotation_mark_is_found_where_it_begins() {
        assert_eq!(read(b"a,b\n1,2\n3,\"four\n5,6\n"), Err(ReadError::OpenQuote { row: 3 }));
        assert_eq!(rows(&csv("a,b\n3,\"fo\"\"ur\"\n"))[0].1, ["3", "fo\"ur"]);
        assert_eq!(rows(&csv("a\n4\" screw\n"))[0].1, ["4\" screw"]);
    }

    #[test]
    fn limits_of_a_csv_file() {
        let many = "a\n".to_owned() + &"1\n".repeat(ROWS_MAX);
        assert_eq!(csv(&many).rows.len(), ROWS_MAX);
        assert_eq!(read((many + "1\n").as_bytes()), Err(ReadError::TooManyRows));
        let wide: Vec<String> = (0..=COLUMNS_MAX).map(|at| format!("c{at}")).collect();
        assert_eq!(csv(&wide[..COLUMNS_MAX].join(",")).headers.len(), COLUMNS_MAX);
        assert_eq!(read(wide.join(",").as_bytes()), Err(ReadError::TooManyColumns { row: 1 }));
        let long = format!("a\n{}\n", "x".repeat(CELL_CHARS_MAX + 1));
        assert_eq!(read(long.as_bytes()), Err(ReadError::CellTooLong { row: 2 }));
        let large = vec![b'x'; CSV_BYTES_MAX + 1];
        assert_eq!(read(&large), Err(ReadError::TooLarge { limit_mb: 64 }));
    }

    #[test]
    fn other_files_are_named() {
        for (bytes, word) in [(&b"%PDF-1.7"[..], "PDF"), (b"\xd0\xcf\x11\xe0....", ".xls"), (b"\x89PNG\r\n", "picture")]
        {
            let error = read(bytes).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert_eq!(read(b""), Err(ReadError::Empty));
        assert_eq!(read(b"\n\n,,\n"), Err(ReadError::Empty));
        assert_eq!(read(&zipped(&[("word/document.xml", b"<w/>")])).unwrap_err().code(), "file_format_unknown");
    }

    #[test]
    fn every_refusal_is_a_sentence() {
        let column = "C".to_owned();
        for error in [
            ReadError::Empty,
            ReadError::Bomb,
            ReadError::Damaged,
            ReadError::NoSheet,
            ReadError::TooLarge { limit_mb: 10 },
            ReadError::NoName { row: 3, column },
            ReadError::OpenQuote { row: 3 },
        ] {
            let text = error.to_string();
            assert!(text.ends_with('.') && text.chars().next().unwrap().is_uppercase(), "{text}");
        }
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn numbers_look_as_in_the_spreadsheet() {
        let shown = [1.0, -0.0, 0.1 + 0.2, 614_141_123_452.0, 1e15, 12.5, -3.25, 1e-7].map(number_text);
        assert_eq!(shown, ["1", "0", "0.3", "614141123452", "1000000000000000", "12.5", "-3.25", "0.0000001"]);
    }

    #[test]
    fn days_of_both_epochs() {
        assert_eq!(date_text(46_812.0, false), "2028-02-29");
        assert_eq!(date_text(45_350.0, true), "2028-02-29");
        assert_eq!(date_text(45_943.541, false), "2025-10-13T12:59:02");
        assert_eq!(date_text(0.75, false), "18:00:00");
        assert_eq!(date_text(1.0, false), "1900-01-01");
        assert_eq!(date_text(61.0, false), "1900-03-01");
        assert_eq!(date_text(45_943.999_999_9, false), "2025-10-14");
        assert_eq!(date_text(-1.0, false), "-1");
        assert_eq!(date_text(f64::NAN, false), "NaN");
    }

    // Workbooks by hand, as nobody's spreadsheet program would write them.

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in entries {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn book(strings: &str, sheet: &str) -> Vec<u8> {
        book_with(strings, sheet, &[])
    }

    fn book_with(strings: &str, sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        const SPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let workbook = format!(
            r#"<workbook xmlns="{SPACE}" xmlns:r="{RELATION}"><sheets><sheet name="Hidden" sheetId="1" state="hidden" r:id="h"/><sheet name="S" sheetId="2" r:id="s"/></sheets></workbook>"#
        );
        let relations = format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="h" Type="{RELATION}/worksheet" Target="worksheets/hidden.xml"/><Relationship Id="s" Type="{RELATION}/worksheet" Target="worksheets/sheet.xml"/><Relationship Id="t" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#
        );
        let page = |data: &str| format!(r#"<worksheet xmlns="{SPACE}"><sheetData>{data}</sheetData></worksheet>"#);
        let strings = format!(r#"<sst xmlns="{SPACE}">{strings}</sst>"#);
        let hidden = page(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>secret</t></is></c></row>"#);
        let sheet = page(sheet);
        let root = format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="b" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        );
        let mut entries: Vec<(&str, &[u8])> = vec![
            ("_rels/.rels", root.as_bytes()),
            ("xl/workbook.xml", workbook.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/worksheets/hidden.xml", hidden.as_bytes()),
            ("xl/worksheets/sheet.xml", sheet.as_bytes()),
        ];
        entries.extend_from_slice(more);
        zipped(&entries)
    }

    const HEAD: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Lot</t></is></c><c r="C1" t="inlineStr"><is><t>Note</t></is></c></row>"#;

    #[test]
    fn a_workbook_is_read_from_its_first_visible_sheet() {
        let sheet = format!(
            r#"{HEAD}<row r="4"><c r="A4" t="s"><v>0</v></c><c r="C4"><v>7.0</v></c></row><row r="5"><c r="C5" t="b"><v>1</v></c></row>"#
        );
        let table = read(&book("<si><t>'-A7</t></si>", &sheet)).unwrap();
        assert_eq!(table.headers, ["lot", "note"]);
        assert_eq!(rows(&table), [(4, vec!["-A7", "7"]), (5, vec!["", "true"])]);
    }

    #[test]
    fn an_error_in_a_cell_is_named_by_its_address() {
        let sheet = format!(r#"{HEAD}<row r="7"><c r="C7" t="e"><v>#N/A</v></c></row>"#);
        let expected = ReadError::Formula { cell: "C7".to_owned(), error: "#N/A".to_owned() };
        assert_eq!(read(&book("", &sheet)), Err(expected));
    }

    #[test]
    fn a_cell_at_the_far_end_costs_nothing_and_one_beyond_is_refused() {
        let far = format!(r#"{HEAD}<row r="1048576"><c r="A1048576"><v>1</v></c></row>"#);
        assert_eq!(rows(&read(&book("", &far)).unwrap()), [(1_048_576, vec!["1", ""])]);
        let wide = format!(r#"{HEAD}<row r="2"><c r="XFD2"><v>1</v></c></row>"#);
        assert_eq!(read(&book("", &wide)), Err(ReadError::TooManyColumns { row: 2 }));
        for address in ["A1048577", "XFE2", "ZZZZZZZ9", "A0", "A99999999999999999999", "7", ""] {
            let sheet = format!(r#"{HEAD}<row r="2"><c r="{address}"><v>1</v></c></row>"#);
            assert!(read(&book("", &sheet)).is_err(), "{address}");
        }
    }

    #[test]
    fn bombs_are_refused_before_they_go_off() {
        let zeros = vec![b'0'; 2 << 20];
        assert_eq!(read(&book_with("", HEAD, &[("xl/media/a.bin", &zeros)])), Err(ReadError::Bomb));
        let markup = "<a/>".repeat(10_000_001);
        assert_eq!(inspect(&book("", &markup)), Err(ReadError::Bomb));
        // Under the ratio each, over the total together: bytes that pack only a little.
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        let dull: Vec<u8> = (0..26 << 20).map(|at: usize| if at.is_multiple_of(64) { noise() } else { b'x' }).collect();
        let many: Vec<(&str, &[u8])> =
            ["xl/1", "xl/2", "xl/3", "xl/4"].iter().map(|name| (*name, dull.as_slice())).collect();
        let file = book_with("", HEAD, &many);
        assert!(file.len() < XLSX_BYTES_MAX);
        assert_eq!(read(&file), Err(ReadError::Bomb));
        let names: Vec<String> = (0..XLSX_ENTRIES_MAX).map(|at| format!("xl/{at}")).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        assert_eq!(read(&book_with("", HEAD, &entries)), Err(ReadError::Bomb));
        let mut large = book("", HEAD);
        large.resize(XLSX_BYTES_MAX + 1, 0);
        assert_eq!(read(&large), Err(ReadError::TooLarge { limit_mb: 10 }));
    }

    #[test]
    fn one_long_text_shared_by_many_cells_is_counted_every_time() {
        let cells: String =
            (2..20_000).map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#)).collect();
        let strings = format!("<si><t>{}</t></si>", "long and dull ".repeat(2_000));
        assert_eq!(read(&stored(&strings, &format!("{HEAD}{cells}"))), Err(ReadError::TooMuchText));
    }

    /// Like [`book`], not packed at all.
    fn stored(strings: &str, sheet: &str) -> Vec<u8> {
        let packed = book(strings, sheet);
        let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let name = String::from_utf8(entry.name_raw().to_vec()).unwrap();
            zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
            std::io::copy(&mut entry, &mut zip).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn more_cells_than_a_million_are_refused() {
        let row = |at: usize| format!(r#"<row r="{at}">{}</row>"#, "<c></c>".repeat(5_000));
        let sheet: String = (1..=201).map(row).collect();
        assert_eq!(read(&stored("", &sheet)), Err(ReadError::TooManyCells));
        let narrow: String = (1..=200_002).map(|at| format!(r#"<row r="{at}"><c t="b"><v>1</v></c></row>"#)).collect();
        assert_eq!(read(&stored("", &narrow)), Err(ReadError::TooManyRows));
    }

    #[test]
    fn damaged_workbooks_are_refused_in_words() {
        let whole = book("<si><t>x</t></si>", HEAD);
        assert!(read(&whole).is_ok());
        for cut in (4..whole.len()).step_by(97) {
            assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
        }
        let mut changed = whole.clone();
        for at in (30..whole.len()).step_by(53) {
            changed[at] ^= 0x55;
            // Whatever it says, it says it: no panic, no endless loop.
            let _ = read(&changed);
            changed[at] ^= 0x55;
        }
        let backwards = r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#;
        assert_eq!(read(&book("", backwards)), Err(ReadError::Damaged));
        assert_eq!(read(&book("", "")), Err(ReadError::NoSheet));
        let no_such_string = r#"<row r="1"><c r="A1" t="s"><v>9</v></c></row>"#;
        assert!(read(&book("", no_such_string)).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(table) = read(&bytes) {
                prop_assert!(table.rows.iter().all(|(_, row)| row.len() == table.headers.len()));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a,;|\t\"'\r\n ]{0,40}") {
            if let Ok(table) = read(text.as_bytes()) {
                prop_assert!(table.rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
            }
        }
    }
}
