//! A table with its columns by name.

use super::mapping::{Mapping, target};
use super::{ImportKind, Plan};
use crate::{Ctx, Error, Result};
use contract::FieldProblem;
use contract::imports::RowError;
use domain::clock::Day;
use domain::money::{Currency, Minor};
use std::collections::HashMap;

/// A table as it came in.
pub struct Sheet {
    /// Where each known column stands.
    places: HashMap<&'static str, usize>,
    /// How the table names each known column.
    pub(super) headers: HashMap<&'static str, String>,
    /// Columns that are not known.
    pub(super) ignored: Vec<String>,
    /// The system that numbers without one belong to.
    pub(super) system: Option<String>,
    /// The whole head.
    pub(super) head: Vec<String>,
    rows: Vec<Numbered>,
}

/// A row's number and its cells.
pub type Numbered = (usize, Vec<String>);

/// The head of a table and the rows with these numbers: for a file of what was refused.
pub fn rows_of(bytes: &[u8], numbers: &[usize]) -> Result<(Vec<String>, Vec<Numbered>)> {
    let table = print::read::read(bytes).map_err(unreadable)?;
    let rows = table.rows.into_iter().filter(|(number, _)| numbers.contains(number)).collect();
    Ok((table.headers, rows))
}

/// Why a table cannot be read, as an answer.
pub(super) fn unreadable(error: print::read::ReadError) -> Error {
    if error.is_too_large() {
        Error::TooLarge(error.to_string())
    } else {
        Error::Invalid { code: error.code(), message: error.to_string(), errors: Vec::new() }
    }
}

/// Reads a table and finds the columns of a kind in it: as the mapping says, else by their names.
pub(super) fn read(bytes: &[u8], kind: &ImportKind, mapping: &Mapping) -> Result<Sheet> {
    let table = print::read::read(bytes).map_err(unreadable)?;
    let (mut places, mut headers) = (HashMap::new(), HashMap::new());
    let (mut ignored, mut system) = (Vec::new(), None);
    for (at, header) in table.headers.iter().enumerate() {
        let named = || kind.columns.iter().find(|it| it.name == header || it.aliases.contains(&header.as_str()));
        let known = match mapping.0.get(header) {
            Some(wanted) => target(kind, wanted),
            None => named().map(|column| (column, None)),
        };
        match known {
            Some((column, of)) if !places.contains_key(column.name) => {
                places.insert(column.name, at);
                headers.insert(column.name, header.clone());
                system = system.or(of);
            }
            _ => ignored.push(header.clone()),
        }
    }
    let missing: Vec<FieldProblem> = kind
        .columns
        .iter()
        .filter(|column| column.required && !places.contains_key(column.name))
        .map(|column| FieldProblem {
            field: column.name.to_owned(),
            code: "column_missing".into(),
            message: format!("The table has no column \u{201c}{}\u{201d}: {}", column.name, column.help),
        })
        .collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|it| it.field.as_str()).collect();
        let known: Vec<&str> = kind.columns.iter().map(|it| it.name).collect();
        let message = format!("The table needs the column {}. It may have {}.", names.join(" and "), known.join(", "));
        return Err(Error::Invalid { code: "column_missing", message, errors: missing });
    }
    Ok(Sheet { places, headers, ignored, system, head: table.headers, rows: table.rows })
}

impl Sheet {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the table has a column.
    pub fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// The rows, first to last.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let system = self.system.as_deref();
        self.rows.iter().map(move |(number, cells)| Row { number: *number, cells, places: &self.places, system })
    }
}

/// One row of a table.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    /// As a person sees it.
    pub number: usize,
    cells: &'t [String],
    places: &'t HashMap<&'static str, usize>,
    system: Option<&'t str>,
}

/// What is wrong with a cell: column, code, sentence.
pub type CellError = (&'static str, &'static str, String);

impl<'t> Row<'t> {
    /// The system that a number elsewhere without one belongs to.
    pub fn system(&self) -> &'t str {
        self.system.unwrap_or("default")
    }

    /// The text of a cell without white space around; empty when the column is not there.
    pub fn text(&self, column: &str) -> &'t str {
        self.places.get(column).and_then(|at| self.cells.get(*at)).map_or("", |cell| cell.trim())
    }

    /// The same; None when empty.
    pub fn some(&self, column: &str) -> Option<&'t str> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    /// An owned text; None when empty.
    pub fn owned(&self, column: &str) -> Option<String> {
        self.some(column).map(str::to_owned)
    }

    /// The parts of a cell between semicolons.
    pub fn parts(&self, column: &str) -> Option<Vec<String>> {
        let text = self.some(column)?;
        Some(text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// A text that must be there.
    pub fn need(&self, column: &'static str) -> Result<&'t str, CellError> {
        self.some(column).ok_or_else(|| (column, "required", "This cell must not be empty.".to_owned()))
    }

    /// A whole number.
    pub fn whole(&self, column: &'static str) -> Result<Option<i64>, CellError> {
        let Some(text) = self.some(column) else { return Ok(None) };
        let text = text.strip_suffix(".0").unwrap_or(text);
        text.parse()
            .map(Some)
            .map_err(|_| (column, "invalid_number", format!("\u{201c}{text}\u{201d} is no whole number.")))
    }

    /// Yes or no.
    pub fn yes_no(&self, column: &'static str) -> Result<Option<bool>, CellError> {
        match self.text(column).to_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "y" | "1" | "x" => Ok(Some(true)),
            "false" | "no" | "n" | "0" => Ok(Some(false)),
            _ => Err((column, "invalid_value", "Write yes or no.".to_owned())),
        }
    }

    /// A date, `YYYY-MM-DD`.
    pub fn day(&self, column: &'static str) -> Result<Option<Day>, CellError> {
        let Some(text) = self.some(column) else { return Ok(None) };
        // Spreadsheets write midnight behind their dates.
        let date = text.get(..10).filter(|_| text.get(10..11).is_none_or(|next| next == " " || next == "T"));
        let day = date.and_then(Day::parse);
        day.map(Some).ok_or_else(|| (column, "invalid_date", "Write the date as 2026-11-22.".to_owned()))
    }

    /// A word of a closed list.
    pub fn word<T>(
        &self,
        column: &'static str,
        parse: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<Option<T>, CellError> {
        let Some(text) = self.some(column) else { return Ok(None) };
        let word = text.to_lowercase().replace([' ', '-'], "_");
        let message = || format!("\u{201c}{text}\u{201d} is not known here. Write {}.", known.join(", "));
        parse(&word).map(Some).ok_or_else(|| (column, "invalid_value", message()))
    }

    /// An amount: `whole` in the currency's unit (`12.50`), `minor` in its smallest.
    pub fn amount(&self, ctx: &Ctx, whole: &'static str, minor: &'static str) -> Result<Option<i64>, CellError> {
        if let Some(amount) = self.whole(minor)? {
            return Ok(Some(amount));
        }
        let Some(text) = self.some(whole) else { return Ok(None) };
        let currency = Currency::parse(&ctx.organization.currency)
            .ok_or_else(|| (whole, "invalid_amount", "The organisation's currency is not known.".to_owned()))?;
        let amount =
            Minor::parse(text, currency).map_err(|error| (whole, error.code(), format!("This amount {error}.")))?;
        Ok(Some(amount.0))
    }
}

impl Plan {
    /// A row with a cell that cannot be taken.
    pub fn refuse(&mut self, row: usize, (column, code, message): CellError) {
        let column = (!column.is_empty()).then(|| column.to_owned());
        self.errors.push(RowError { row, column, code: code.to_owned(), message });
    }
}

/// Tells rows that stand twice in a table: the key of each and the row where it stood first.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, usize>);

impl Seen {
    /// Notes a row; an error when the same was there before.
    pub fn note(&mut self, column: &'static str, key: String, row: usize) -> Result<(), CellError> {
        match self.0.get(&key) {
            Some(first) => Err((column, "duplicate_row", format!("Row {first} is about the same. Keep one of them."))),
            None => {
                self.0.insert(key, row);
                Ok(())
            }
        }
    }
}
