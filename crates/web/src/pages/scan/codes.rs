//! What a code that was scanned or typed stands for: a line that says what it is and whether it fits.

use super::super::{stock, words};
use super::TYPED_AT_ONCE;
use crate::ui::{ScanLine, Status, Tone};
use app::names::{Names, Wanted};
use app::{Ctx, Error, Tx};
use contract::ListParams;
use contract::events::UsableUnit;
use contract::transfers::TransferLine;
use contract::units::{Scan, Scanned, Unit};
use domain::id::{EventId, TransferId, UnitId};
use domain::stock::{TransferLineStatus, UnitState};

pub(super) fn read_label(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<Scanned> {
    app::unit_lists::scan(ctx, tx, &Scan { barcode: Some(code.to_owned()), barcodes: None })
}

/// The same, or nothing for text that is no label, such as a lot that was typed. A patient's code is still refused.
fn label_or_text(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<Option<Scanned>> {
    match read_label(ctx, tx, code) {
        Ok(scanned) => Ok(Some(scanned)),
        Err(Error::Invalid { code: "barcode_rejected", .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Units whose lot, serial or item the typed text names, the first to expire first.
fn named(ctx: &Ctx, tx: &mut Tx, text: &str) -> app::Result<Vec<Unit>> {
    let params = ListParams {
        limit: Some(TYPED_AT_ONCE as u32),
        q: Some(text.to_owned()),
        sort: Some("expires_on".into()),
        ..ListParams::default()
    };
    Ok(app::unit_lists::list(ctx, tx, &params)?.items)
}

/// Typed text that names nothing in reach.
fn nobody(code: &str) -> ScanLine {
    bad(code, "Nothing found", "No label, and no lot, serial number or item in your reach.", Tone::Amber, "Unknown")
}

/// A line of a code that cannot be taken: what it is and why not.
pub fn bad(code: &str, title: impl Into<String>, sub: impl Into<String>, tone: Tone, word: &'static str) -> ScanLine {
    ScanLine {
        code: code.to_owned().into(),
        title: title.into().into(),
        sub: sub.into().into(),
        status: Status::new(tone, word),
        good: false,
        pieces: 1,
    }
}

fn facts(ctx: &Ctx, names: &Names, unit: &Unit) -> String {
    let mut parts = Vec::new();
    if let Some(lot) = &unit.lot {
        parts.push(format!("Lot {lot}"));
    }
    if let Some(serial) = &unit.serial {
        parts.push(format!("serial {serial}"));
    }
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    if unit.custodian.id.id != ctx.principal().uuid() {
        parts.push(names.custodian(unit.custodian.id).to_owned());
    }
    parts.join(" · ")
}

pub(super) fn what_label_says(scanned: &Scanned) -> String {
    let parsed = &scanned.parsed;
    let mut parts = Vec::new();
    if let Some(lot) = &parsed.lot {
        parts.push(format!("Lot {lot}"));
    }
    if let Some(serial) = &parsed.serial {
        parts.push(format!("serial {serial}"));
    }
    if let Some(day) = parsed.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    if let (true, Some(di)) = (parts.is_empty(), &parsed.di) {
        parts.push(format!("DI {di}"));
    }
    parts.join(" · ")
}

pub(super) fn item_of(scanned: &Scanned) -> Option<String> {
    scanned
        .catalog_item
        .as_ref()
        .map(|item| if item.description.is_empty() { item.number.clone() } else { item.description.clone() })
}

/// A label of which no unit can be taken: why not.
fn nothing(code: &str, scanned: &Scanned, again: usize) -> ScanLine {
    let says = what_label_says(scanned);
    match item_of(scanned) {
        Some(item) if again > 0 => {
            bad(code, item, format!("{says} · no further one in your reach"), Tone::Amber, "No more")
        }
        Some(item) => bad(code, item, format!("{says} · none in your reach"), Tone::Amber, "Not in stock"),
        None => bad(code, "Unknown label", format!("{says} · no such item in the catalog"), Tone::Red, "Unknown"),
    }
}

fn good(id: UnitId, title: &str, sub: String, status: Status) -> ScanLine {
    ScanLine {
        code: id.to_string().into(),
        title: title.to_owned().into(),
        sub: sub.into(),
        status,
        good: true,
        pieces: 1,
    }
}

pub(super) fn look_up(ctx: &Ctx, tx: &mut Tx, code: &str, again: usize, sends: bool) -> app::Result<ScanLine> {
    let scanned = label_or_text(ctx, tx, code)?;
    let matches = match &scanned {
        Some(scanned) => scanned.matches.clone(),
        None => named(ctx, tx, code)?,
    };
    let fits = |unit: &&Unit| {
        !sends
            || (matches!(unit.state, UnitState::Available | UnitState::InEvent)
                && unit.facility_stock_location_id.is_none())
    };
    let Some(unit) = matches.iter().filter(fits).nth(again) else {
        return Ok(match matches.get(again) {
            Some(unit) => {
                let names = stock::names_of(ctx, tx, &matches)?;
                let status = stock::status(ctx, &names, unit);
                ScanLine {
                    good: false,
                    ..good(unit.id, names.item_title(unit.catalog_item_id), facts(ctx, &names, unit), status)
                }
            }
            None => scanned.map_or_else(|| nobody(code), |scanned| nothing(code, &scanned, again)),
        });
    };
    let names = stock::names_of(ctx, tx, &matches)?;
    let status = stock::status(ctx, &names, unit);
    Ok(good(unit.id, names.item_title(unit.catalog_item_id), facts(ctx, &names, unit), status))
}

pub(super) fn usable(ctx: &Ctx, tx: &mut Tx, event: EventId, code: &str, again: usize) -> app::Result<ScanLine> {
    let scanned = label_or_text(ctx, tx, code)?;
    let params = ListParams { limit: Some(50), q: Some(code.to_owned()), ..ListParams::default() };
    let found = app::events::lines::usable_units(ctx, tx, event, &params)?;
    if let Some(unit) = found.items.get(again) {
        return Ok(good(unit.id, title_of(unit), usable_facts(ctx, unit), usable_status(unit)));
    }
    let matches = match &scanned {
        Some(scanned) => scanned.matches.clone(),
        None => named(ctx, tx, code)?,
    };
    let Some(unit) = matches.iter().find(|unit| found.items.iter().all(|one| one.id != unit.id)) else {
        return Ok(scanned.map_or_else(|| nobody(code), |scanned| nothing(code, &scanned, again)));
    };
    let names = stock::names_of(ctx, tx, std::slice::from_ref(unit))?;
    let title = names.item_title(unit.catalog_item_id).to_owned();
    if unit.event_id == Some(event) {
        return Ok(bad(code, title, facts(ctx, &names, unit), Tone::Violet, "On this case already"));
    }
    let status = stock::status(ctx, &names, unit);
    let sub = format!("{} · cannot be used in this case", facts(ctx, &names, unit));
    Ok(ScanLine { status, ..bad(code, title, sub, Tone::Amber, "") })
}

/// What a unit that may be marked is called.
pub fn title_of(unit: &UsableUnit) -> &str {
    if unit.description.is_empty() { &unit.catalog_number } else { &unit.description }
}

fn usable_facts(ctx: &Ctx, unit: &UsableUnit) -> String {
    let mut parts = Vec::new();
    if !unit.lot.is_empty() {
        parts.push(format!("Lot {}", unit.lot));
    }
    if let Some(day) = unit.expires_on {
        parts.push(format!("expires {}", words::day(day)));
    }
    match unit.unit_price_minor {
        _ if unit.facility_stock_location_id.is_some() => parts.push("facility stock, no charge".to_owned()),
        Some(minor) => parts.push(words::money(ctx, minor)),
        None => {}
    }
    parts.join(" · ")
}

fn usable_status(unit: &UsableUnit) -> Status {
    if unit.facility_stock_location_id.is_some() { Status::of("facility_stock") } else { Status::of("available") }
}

pub(super) fn arriving(
    ctx: &Ctx,
    tx: &mut Tx,
    transfer: TransferId,
    code: &str,
    again: usize,
) -> app::Result<ScanLine> {
    let scanned = read_label(ctx, tx, code)?;
    let transfer = app::transfers::get(ctx, tx, transfer)?;
    let mut wanted = Wanted::new();
    for line in &transfer.lines {
        wanted.unit(line.unit_id);
    }
    let names = app::names::look_up(ctx, tx, &wanted)?;
    // The recipient does not see the sender's units: the label is compared with the lines of the transfer.
    let key = domain::text::identifier_key;
    let parsed = &scanned.parsed;
    let same = |lot: &str, serial: &str| {
        parsed.lot.as_deref().is_none_or(|said| key(said) == key(lot))
            && parsed.serial.as_deref().is_none_or(|said| key(said) == key(serial))
    };
    let item = scanned.catalog_item.as_ref().map(|item| item.id);
    // (unit, what it is, its lot): of what a linked company sends by its label, which may be of an item that is new here.
    let fits = |line: &TransferLine| -> Option<(UnitId, String, String)> {
        if let Some(label) = &line.label {
            let (lot, serial) = (label.lot.clone().unwrap_or_default(), label.serial.clone().unwrap_or_default());
            let known = item.is_some() && item == label.catalog_item_id;
            let named = parsed.di.is_some() && parsed.di == label.udi_di;
            let title = if label.description.is_empty() { &label.catalog_number } else { &label.description };
            return ((known || named) && same(&lot, &serial)).then(|| (line.unit_id, title.clone(), lot));
        }
        let unit = names.unit(line.unit_id)?;
        let fits = item == Some(unit.item) && same(&unit.lot, &unit.serial);
        fits.then(|| (line.unit_id, names.item_title(unit.item).to_owned(), unit.lot.clone()))
    };
    let waiting = transfer.lines.iter().filter(|line| line.status == TransferLineStatus::Pending);
    Ok(match waiting.filter_map(fits).nth(again) {
        Some((id, title, lot)) => {
            let mut says = what_label_says(&scanned);
            if says.is_empty() {
                says = lot;
            }
            good(id, &title, says, Status::new(Tone::Green, "Arrived"))
        }
        None => {
            let title = item_of(&scanned).unwrap_or_else(|| "Unknown label".to_owned());
            let word = if again > 0 { "No more of these" } else { "Not in this transfer" };
            bad(code, title, what_label_says(&scanned), Tone::Amber, word)
        }
    })
}

pub(super) fn incoming(ctx: &Ctx, tx: &mut Tx, code: &str) -> app::Result<ScanLine> {
    let scanned = read_label(ctx, tx, code)?;
    let says = what_label_says(&scanned);
    let Some(item) = item_of(&scanned) else {
        return Ok(bad(
            code,
            "Unknown label",
            format!("{says} · add the item to the catalog first"),
            Tone::Red,
            "Unknown",
        ));
    };
    let known = scanned.parsed.serial.is_some() && !scanned.matches.is_empty();
    if known {
        return Ok(bad(code, item, format!("{says} · this serial number is in stock already"), Tone::Amber, "Known"));
    }
    let late = scanned.parsed.expires_on.is_some_and(|day| day < ctx.today());
    let status = if late { Status::of("expired") } else { Status::new(Tone::Green, "New") };
    let pieces = scanned
        .package_quantity
        .filter(|pieces| *pieces > 1)
        .map(|pieces| format!(" · package of {pieces}"))
        .unwrap_or_default();
    Ok(ScanLine {
        code: code.to_owned().into(),
        title: item.into(),
        sub: format!("{says}{pieces}").into(),
        status,
        good: true,
        pieces: 1,
    })
}

/// The unit that a code stands for in a case: its id, what a label says of one that may be marked, or a lot or serial number that
/// was typed whole. Nobody looks at it before it is taken, so what only resembles it is not enough.
pub(super) fn unit_for(ctx: &Ctx, tx: &mut Tx, event: EventId, code: &str) -> app::Result<UnitId> {
    if let Ok(id) = code.parse::<UnitId>() {
        return Ok(id);
    }
    let refused = |why: String| Error::conflict("not_usable", why);
    let key = domain::text::identifier_key;
    let typed = label_or_text(ctx, tx, code)?.is_none().then(|| key(code));
    if typed.as_ref().is_some_and(String::is_empty) {
        return Err(refused("Nothing can be read from this code.".to_owned()));
    }
    let params = ListParams { limit: Some(50), q: Some(code.to_owned()), ..ListParams::default() };
    let found = app::events::lines::usable_units(ctx, tx, event, &params)?.items;
    let fits = |unit: &&UsableUnit| {
        typed.as_ref().is_none_or(|typed| [&unit.lot, &unit.serial].into_iter().any(|said| key(said) == *typed))
    };
    let mut fitting = found.iter().filter(fits);
    let Some(first) = fitting.next() else {
        let line = usable(ctx, tx, event, code, 0)?;
        let says = if line.good { nobody(code) } else { line };
        return Err(refused(format!("{}: {}.", says.title, says.sub.trim_end_matches('.'))));
    };
    if fitting.any(|other| other.catalog_item_id != first.catalog_item_id) {
        return Err(refused("More than one item has this number. Choose the unit in the case.".to_owned()));
    }
    Ok(first.id)
}
