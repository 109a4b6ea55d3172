//! Labels of units, to be stuck on and scanned again: the code says what the unit's own label would, or names the unit where
//! nothing else does.

use crate::{Ctx, Error, Result, labels};
use contract::ListParams;
use contract::units::Unit;
use domain::clock::Day;
use domain::stock::UnitKind;
pub use print::label::Label;
use print::label::{Code, Stock};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use store::Tx;
use uuid::Uuid;

/// Most labels of one file.
pub const LABELS_MAX: u32 = 500;

/// What a file of labels is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// PDF for a sheet of labels.
    Sheet,
    /// PDF for a roll of labels.
    Roll,
    /// ZPL for a label printer.
    Zpl,
}

/// Labels of the units that a list would show, in its order; at most [`LABELS_MAX`].
pub fn file(ctx: &Ctx, tx: &mut Tx, params: &ListParams, format: Format) -> Result<Vec<u8>> {
    let params = ListParams { limit: Some(LABELS_MAX), cursor: None, count: false, ..params.clone() };
    let page = crate::unit_lists::list(ctx, tx, &params)?;
    if page.items.is_empty() {
        return Err(Error::conflict("nothing_to_print", "No unit is selected, so there is no label to print."));
    }
    if page.next_cursor.is_some() {
        let message = format!("At most {LABELS_MAX} labels are printed at once. Narrow the list with a filter.");
        return Err(Error::field("id", "too_many", message));
    }
    let labels = of_units(ctx, tx, &page.items)?;
    let wrong = |error: print::document::PrintError| Error::Internal(error.to_string());
    match format {
        Format::Sheet => print::label::pdf(&labels, Stock::Sheet).map_err(wrong),
        Format::Roll => print::label::pdf(&labels, Stock::Roll).map_err(wrong),
        Format::Zpl => Ok(print::label::zpl(&labels).into_bytes()),
    }
}

/// The label of each unit.
pub fn of_units(ctx: &Ctx, tx: &mut Tx, units: &[Unit]) -> Result<Vec<Label>> {
    let containers: Vec<Uuid> =
        units.iter().filter(|unit| unit.kind == UnitKind::Container).map(|unit| unit.id.uuid()).collect();
    let sets = store::sets::of_units(tx, ctx.org(), &containers)?;
    let mut items: HashMap<Uuid, store::stock::ItemRow> = HashMap::new();
    let mut made = Vec::with_capacity(units.len());
    for unit in units {
        let id = unit.catalog_item_id.uuid();
        let item = match items.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(store::stock::item(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?),
        };
        let (code, printed) = code(ctx, unit, &item.udi_di);
        let mut lines = vec![("REF".to_owned(), item.number.clone())];
        let mut tell = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                lines.push((name.to_owned(), value));
            }
        };
        tell("LOT", unit.lot.clone());
        tell("SN", unit.serial.clone());
        tell("EXP", unit.expires_on.map(|day| day.to_string()));
        let title = match sets.get(&unit.id.uuid()) {
            Some(set) => domain::set::set_name(&set.name, set.number, set.of),
            None if item.description.is_empty() => item.number.clone(),
            None => item.description.clone(),
        };
        made.push(Label { title, lines, code, printed, owner: ctx.organization.name.clone() });
    }
    Ok(made)
}

/// The code of a label as SVG, for the screen.
pub fn drawn(label: &Label) -> Option<String> {
    print::label::svg(&label.code, &label.printed)
}

/// Two figures of a year, a month and a day, as element strings hold them.
fn yymmdd(day: Day) -> String {
    let text = day.to_string();
    text.get(2..).unwrap_or_default().replace('-', "")
}

/// A value that fits a field of variable length.
fn fits(value: &str) -> bool {
    (1..=20).contains(&value.chars().count()) && value.chars().all(udi::is_element_character)
}

/// The element string of a unit with a GTIN: fields of fixed length first. None where one of its numbers does not fit.
fn element_string(unit: &Unit, gtin: &str) -> Option<(String, String)> {
    if gtin.len() != 14 || !gtin.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (mut code, mut printed) = (format!("01{gtin}"), format!("(01){gtin}"));
    if let Some(day) = unit.expires_on {
        let day = yymmdd(day);
        code.push_str(&format!("17{day}"));
        printed.push_str(&format!("(17){day}"));
    }
    let rest = [("10", &unit.lot), ("21", &unit.serial)];
    let mut open = false;
    for (ai, value) in rest {
        let Some(value) = value else { continue };
        if !fits(value) {
            return None;
        }
        if open {
            code.push('\u{1d}');
        }
        code.push_str(&format!("{ai}{value}"));
        printed.push_str(&format!("({ai}){value}"));
        open = true;
    }
    Some((code, printed))
}

/// The code of a unit, and the same for people. What has neither lot nor serial number is named itself, so that a scan finds this
/// one: above all containers.
fn code(ctx: &Ctx, unit: &Unit, di: &str) -> (Code, String) {
    let named = unit.lot.is_some() || unit.serial.is_some();
    if let Some((code, printed)) = named.then(|| element_string(unit, di)).flatten() {
        return (Code::Gs1(code), printed);
    }
    // Another agency's label, as it was scanned.
    if let Some(udi) = unit.udi.as_deref().filter(|udi| udi.is_ascii() && udi.starts_with(['+', '=']))
        && labels::read(ctx, "udi", &[udi]).is_ok()
    {
        return (Code::Plain(udi.to_owned()), udi.to_owned());
    }
    let id = unit.id.to_string();
    (Code::Plain(id.clone()), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_fields_come_first_and_variable_ones_are_parted() {
        let day = Day::parse("2028-03-09").unwrap();
        assert_eq!(yymmdd(day), "280309");
        assert!(fits("A-1/9") && !fits("") && !fits("ä") && !fits(&"9".repeat(21)));
    }
}
