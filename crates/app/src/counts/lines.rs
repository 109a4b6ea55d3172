//! Lines of a count: by label, as a ticked unit, or in words. A line has a name that the counting device gives it, so that one
//! that was sent twice counts once.

use super::{check_version, lock, look, must_count, view};
use crate::labels::{self, Said};
use crate::{Ctx, Error, Result};
use contract::counts::{AddCountLines, Count, NewCountLine};
use domain::clock::Day;
use domain::count::{CountStatus, Line, Piece, matched};
use domain::id::{CatalogItemId, CountId, Id, UnitId};
use domain::limits;
use domain::text::identifier_key;
use store::Tx;
use store::counts::{CountRow, LineRow, UnitRow};

/// Most pieces of one line.
const QUANTITY_MAX: u32 = 10_000;

pub(super) fn piece(row: &UnitRow) -> Piece {
    Piece { unit: row.unit_id, item: row.catalog_item_id, lot: row.lot_key.clone(), serial: row.serial_key.clone() }
}

pub(super) fn counted(row: &LineRow) -> Line {
    Line {
        unit: row.unit_id,
        item: row.catalog_item_id,
        lot: row.lot_key.clone(),
        serial: row.serial_key.clone(),
        quantity: u32::try_from(row.quantity).unwrap_or(QUANTITY_MAX),
    }
}

/// Adds what was counted, and takes back what was not.
pub fn add(ctx: &Ctx, tx: &mut Tx, id: CountId, body: &AddCountLines) -> Result<Count> {
    let mut row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    if body.lines.len() + body.unit_ids.len() + body.remove.len() > limits::COUNT_LINES_AT_ONCE {
        let message = format!("Send at most {} lines at once.", limits::COUNT_LINES_AT_ONCE);
        return Err(Error::field("lines", "too_many", message));
    }
    open(ctx, tx, &mut row)?;
    for (at, line) in body.lines.iter().enumerate() {
        let line = read(ctx, tx, &row, line, &format!("lines[{at}]"))?;
        store::counts::insert_line(tx, ctx.org(), row.id, &line)?;
    }
    for (at, unit) in body.unit_ids.iter().enumerate() {
        let line = NewCountLine { unit_id: Some(*unit), ..NewCountLine::default() };
        let line = read(ctx, tx, &row, &line, &format!("unit_ids[{at}]"))?;
        store::counts::insert_line(tx, ctx.org(), row.id, &line)?;
    }
    for (at, name) in body.remove.iter().enumerate() {
        if !store::counts::remove_line(tx, ctx.org(), row.id, name)?
            && !store::counts::has_line(tx, ctx.org(), row.id, name)?
        {
            return Err(Error::unknown(format!("remove[{at}]")));
        }
    }
    store::counts::touch(tx, ctx.org(), row.id)?;
    let row = look(ctx, tx, id)?;
    view(ctx, tx, &row)
}

/// The first line begins a count that somebody was asked for.
fn open(ctx: &Ctx, tx: &mut Tx, row: &mut CountRow) -> Result<()> {
    match super::status(row) {
        CountStatus::Assigned => super::begin(ctx, tx, row),
        CountStatus::Counting => Ok(()),
        other => Err(other.over().into()),
    }
}

fn named(ctx: &Ctx, line: &NewCountLine, field: &str) -> Result<String> {
    let field = format!("{field}.id");
    let name = labels::line(&field, line.id.as_deref(), limits::COUNT_LINE_ID_MAX)?;
    Ok(match (name.is_empty(), line.unit_id) {
        (false, _) => name,
        // A unit that is ticked twice is one line.
        (true, Some(unit)) => unit.to_string(),
        (true, None) => ctx.id::<domain::id::Line>().to_string(),
    })
}

/// A line as it is stored, from what was sent.
fn read(ctx: &Ctx, tx: &mut Tx, count: &CountRow, line: &NewCountLine, field: &str) -> Result<LineRow> {
    let quantity_field = format!("{field}.quantity");
    let mut found = LineRow {
        id: named(ctx, line, field)?,
        unit_id: None,
        catalog_item_id: None,
        lot: String::new(),
        lot_key: String::new(),
        serial: String::new(),
        serial_key: String::new(),
        expires_on: None,
        quantity: 0,
        counted_by: ctx.actor.id.uuid(),
        counted_at: ctx.now.0,
        removed: false,
        surplus: 0,
        settled: 0,
        action: String::new(),
        reason: String::new(),
    };
    let mut package = 1;
    match (line.unit_id, &line.barcode) {
        (Some(unit), None) => of_unit(ctx, tx, count, unit, field, &mut found)?,
        (None, Some(code)) => package = of_label(ctx, tx, code, field, &mut found)?,
        (None, None) => of_words(ctx, tx, line, field, &mut found)?,
        (Some(_), Some(_)) => {
            let message = "Give the unit, or its label, or what it is in words: one of them.";
            return Err(Error::field(field, "invalid_line", message));
        }
    }
    let alone = found.unit_id.is_some() || !found.serial_key.is_empty();
    let quantity = line.quantity.unwrap_or(if alone { 1 } else { package });
    if quantity == 0 || quantity > QUANTITY_MAX || (alone && quantity > 1) {
        let message = if alone {
            "A unit and a serial number name one thing.".to_owned()
        } else {
            format!("Give a quantity from 1 to {QUANTITY_MAX}.")
        };
        return Err(Error::field(quantity_field, "invalid_quantity", message));
    }
    found.quantity = i64::from(quantity);
    Ok(found)
}

/// A ticked unit: one that the books have here, or another one that the viewer reaches.
fn of_unit(ctx: &Ctx, tx: &mut Tx, count: &CountRow, id: UnitId, field: &str, found: &mut LineRow) -> Result<()> {
    let unknown =
        || Error::unknown(if field.starts_with("unit_ids") { field.to_owned() } else { format!("{field}.unit_id") });
    let row = store::stock::unit(tx, ctx.org(), id.uuid())?.ok_or_else(unknown)?;
    let here = row.custodian_id == count.custodian_id;
    if !here && crate::units::level(ctx, tx, row.facts().custodian)? < domain::people::Level::See {
        return Err(unknown());
    }
    found.unit_id = Some(row.id);
    found.catalog_item_id = Some(row.catalog_item_id);
    found.lot_key.clone_from(&row.lot_key);
    found.serial_key = identifier_key(&row.serial);
    found.expires_on = row.expires_on;
    (found.lot, found.serial) = (row.lot, row.serial);
    Ok(())
}

/// A label; gives how many pieces its package holds.
fn of_label(ctx: &Ctx, tx: &mut Tx, code: &str, field: &str, found: &mut LineRow) -> Result<u32> {
    let parsed = labels::read(ctx, &format!("{field}.barcode"), &[code])?;
    let said = Said::from(parsed);
    let item = match &said.di {
        Some(di) => store::stock::item_by_identifier(tx, ctx.org(), di)?,
        None => None,
    };
    found.catalog_item_id = item.map(|(id, _)| id);
    found.lot = said.lot.unwrap_or_default();
    found.serial = said.serial.unwrap_or_default();
    found.lot_key = identifier_key(&found.lot);
    found.serial_key = identifier_key(&found.serial);
    found.expires_on = said.expires_on.map(|day| i64::from(day.0));
    Ok(item.map_or(1, |(_, package)| u32::try_from(package).unwrap_or(1).max(1)))
}

fn of_words(ctx: &Ctx, tx: &mut Tx, line: &NewCountLine, field: &str, found: &mut LineRow) -> Result<()> {
    let Some(item) = line.catalog_item_id else {
        let message = "Scan the label, tick the unit, or name the item of the catalog.";
        return Err(Error::field(format!("{field}.catalog_item_id"), "required", message));
    };
    if store::stock::item(tx, ctx.org(), item.uuid())?.is_none() {
        return Err(Error::unknown(format!("{field}.catalog_item_id")));
    }
    found.catalog_item_id = Some(item.uuid());
    found.lot = labels::line(&format!("{field}.lot"), line.lot.as_deref(), limits::LOT_MAX)?;
    found.serial = labels::line(&format!("{field}.serial"), line.serial.as_deref(), limits::LOT_MAX)?;
    found.lot_key = identifier_key(&found.lot);
    found.serial_key = identifier_key(&found.serial);
    Ok(())
}

/// How a scanned thing stands, for whoever scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Counted. While it is counted blind no more is said.
    Counted,
    /// Counted, and the books do not have it here.
    NotExpected,
    /// This very thing was counted already: nothing was added.
    Already,
    /// Neither a label nor the lot or serial number of anything here: nothing was added.
    Unknown,
}

/// What a scan came to.
#[derive(Clone, Debug)]
pub struct Counting {
    /// How it stands.
    pub standing: Standing,
    /// What it is, when the catalog knows it.
    pub item: Option<CatalogItemId>,
    /// Lot.
    pub lot: String,
    /// Serial number.
    pub serial: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Pieces that it added.
    pub quantity: i64,
}

impl Counting {
    fn of(standing: Standing, line: &LineRow) -> Self {
        Self {
            standing,
            item: line.catalog_item_id.map(Id::from_uuid),
            lot: line.lot.clone(),
            serial: line.serial.clone(),
            expires_on: line.expires_on.map(|day| Day(day as i32)),
            quantity: line.quantity,
        }
    }
}

/// Counts one scanned or typed code at once, and says how it stands. `name` names the line.
pub fn scan(ctx: &Ctx, tx: &mut Tx, id: CountId, name: &str, code: &str) -> Result<Counting> {
    let mut row = lock(ctx, tx, id)?;
    must_count(ctx, tx, &row)?;
    open(ctx, tx, &mut row)?;
    let units = store::counts::units(tx, ctx.org(), row.id)?;
    let sent = NewCountLine { id: Some(name.to_owned()), barcode: Some(code.to_owned()), ..NewCountLine::default() };
    let line = match read(ctx, tx, &row, &sent, "lines[0]") {
        Ok(line) => line,
        Err(Error::Invalid { code: "barcode_rejected", .. }) => match in_words(&units, code) {
            Some((item, lot, serial)) => {
                let words = NewCountLine { catalog_item_id: Some(item), lot, serial, barcode: None, ..sent };
                read(ctx, tx, &row, &words, "lines[0]")?
            }
            None => return Ok(nothing()),
        },
        Err(error) => return Err(error),
    };
    let before: Vec<LineRow> =
        store::counts::lines(tx, ctx.org(), row.id)?.into_iter().filter(|line| !line.removed).collect();
    if let Some(known) = before.iter().find(|it| it.id == line.id) {
        return Ok(Counting::of(Standing::Counted, known));
    }
    let same = |it: &LineRow| it.catalog_item_id == line.catalog_item_id && it.serial_key == line.serial_key;
    if !line.serial_key.is_empty() && before.iter().any(same) {
        return Ok(Counting::of(Standing::Already, &line));
    }
    store::counts::insert_line(tx, ctx.org(), row.id, &line)?;
    store::counts::touch(tx, ctx.org(), row.id)?;
    if row.blind {
        return Ok(Counting::of(Standing::Counted, &line));
    }
    let pieces: Vec<Piece> = units.iter().map(piece).collect();
    let all: Vec<Line> = before.iter().chain([&line]).map(counted).collect();
    let over = matched(&pieces, &all).surplus.last().copied().unwrap_or_default();
    Ok(Counting::of(if over > 0 { Standing::NotExpected } else { Standing::Counted }, &line))
}

fn nothing() -> Counting {
    Counting {
        standing: Standing::Unknown,
        item: None,
        lot: String::new(),
        serial: String::new(),
        expires_on: None,
        quantity: 0,
    }
}

/// A typed lot or serial number of something that the books have here.
type InWords = (CatalogItemId, Option<String>, Option<String>);

fn in_words(units: &[UnitRow], typed: &str) -> Option<InWords> {
    let key = identifier_key(typed);
    if key.is_empty() {
        return None;
    }
    if let Some(row) = units.iter().find(|row| row.serial_key == key) {
        return Some((Id::from_uuid(row.catalog_item_id), text(&row.lot), text(&row.serial)));
    }
    units.iter().find(|row| row.lot_key == key).map(|row| (Id::from_uuid(row.catalog_item_id), text(&row.lot), None))
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
