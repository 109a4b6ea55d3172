//! A notice read for a person to confirm: pasted text, or openFDA's recall and enforcement reports. Nothing is kept.

use crate::{Ctx, Error, Result};
use contract::recalls::{NoticeReading, NumberRange, ProposedLine, ReadNotice, RecallLine, UnplacedText};
use domain::id::Id;
use domain::people::Permission;
use domain::recall::notice::{Section, read};
use domain::recall::{LINES_MAX, range};
use domain::text::identifier_key;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use store::Tx;
use uuid::Uuid;

/// Most that a notice may be.
const NOTICE_MAX: usize = 500_000;
/// Numbers of one section that are looked up.
const LOOKED_UP: usize = 60;

/// A product of a notice, before its items are known.
struct Product {
    /// How it is described, for whoever has to place it.
    text: String,
    section: Section,
}

/// Reads a notice and looks its items and lots up.
pub fn propose(ctx: &Ctx, tx: &mut Tx, body: &ReadNotice) -> Result<NoticeReading> {
    ctx.require(Permission::ManageRecalls)?;
    let text = body.notice.trim();
    if text.is_empty() {
        return Err(Error::field("notice", "required", "Paste the notice, or an openFDA report as JSON."));
    }
    if text.len() > NOTICE_MAX {
        return Err(Error::field("notice", "too_long", "This is longer than a notice. Paste its essential pages."));
    }
    // Pages that were pasted carry all sorts of marks; what no page has is a NUL.
    if text.contains('\0') {
        return Err(Error::field("notice", "control_characters", "The notice must not contain control characters."));
    }
    let (mut reading, products) = match serde_json::from_str::<Json>(text) {
        Ok(json @ (Json::Object(_) | Json::Array(_))) => of_openfda(&json)?,
        _ if text.starts_with('{') || text.starts_with('[') => {
            let message = "This looks like JSON and cannot be read. Paste the whole report, or the text of the notice.";
            return Err(Error::field("notice", "invalid_json", message));
        }
        _ => of_text(text),
    };
    for product in products {
        place(ctx, tx, &mut reading, product)?;
    }
    Ok(reading)
}

fn blank(source: &str) -> NoticeReading {
    NoticeReading {
        source: source.to_owned(),
        title: String::new(),
        reference: String::new(),
        classification: String::new(),
        lines: Vec::new(),
        unplaced: Vec::new(),
        unread: Vec::new(),
    }
}

fn short(text: &str, max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= max {
        text
    } else {
        format!("{}\u{2026}", text.chars().take(max - 1).collect::<String>())
    }
}

fn of_text(text: &str) -> (NoticeReading, Vec<Product>) {
    let mut reading = blank("text");
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    reading.title = short(first, 120);
    let lower = text.to_lowercase();
    // The most serious class that is named.
    for class in ["Class III", "Class II", "Class I"] {
        let at = lower.find(&class.to_lowercase());
        if at.is_some_and(|at| !lower[at + class.len()..].starts_with('i')) {
            class.clone_into(&mut reading.classification);
        }
    }
    let sections = read(text);
    let all = sections.len();
    let products = sections.into_iter().map(|section| {
        let text = if all == 1 { short(text, 300) } else { short(&section.numbers.join(", "), 300) };
        Product { text, section }
    });
    (reading, products.collect())
}

fn text_of<'a>(json: &'a Json, names: &[&str]) -> &'a str {
    names.iter().find_map(|name| json.get(name)?.as_str()).unwrap_or_default()
}

/// Reports as openFDA gives them: `{"results": […]}`, a list, or one.
fn of_openfda(json: &Json) -> Result<(NoticeReading, Vec<Product>)> {
    let results: Vec<&Json> = match (json.get("results").and_then(Json::as_array), json.as_array()) {
        (Some(all), _) | (None, Some(all)) => all.iter().collect(),
        (None, None) => vec![json],
    };
    let known = |it: &&Json| {
        ["product_description", "code_info", "product_ndc", "recall_number", "res_event_number"]
            .iter()
            .any(|name| it.get(name).is_some())
    };
    let results: Vec<&Json> = results.into_iter().filter(known).collect();
    let Some(first) = results.first() else {
        let message = "This JSON is no openFDA report: it has neither product_description nor code_info.";
        return Err(Error::field("notice", "not_a_report", message));
    };
    let mut reading = blank("openfda");
    reading.reference = text_of(first, &["recall_number", "product_res_number", "res_event_number"]).to_owned();
    reading.classification = text_of(first, &["classification", "openfda_class"]).to_owned();
    let why = text_of(first, &["reason_for_recall", "root_cause_description"]);
    let firm = text_of(first, &["recalling_firm"]);
    let name = short(text_of(first, &["product_description"]), 80);
    reading.title = short(&[firm, &name].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(": "), 150);
    if !why.is_empty() {
        reading.title = short(&format!("{} ({why})", reading.title), 200);
    }
    let products = results.iter().flat_map(|it| {
        let (described, codes) =
            (text_of(it, &["product_description"]), text_of(it, &["code_info", "product_code_info"]));
        let mut numbers: Vec<String> = Vec::new();
        for name in ["product_ndc", "upc", "gtin", "udi_di"] {
            for place in [it.get(name), it.get("openfda").and_then(|inner| inner.get(name))].into_iter().flatten() {
                match place {
                    Json::String(one) => numbers.push(one.clone()),
                    Json::Array(all) => numbers.extend(all.iter().filter_map(Json::as_str).map(str::to_owned)),
                    _ => {}
                }
            }
        }
        // What describes the product names items; what stands under its codes names lots and serial numbers.
        let mut named: Vec<String> = Vec::new();
        for section in read(described) {
            named.extend(section.numbers.into_iter().chain(section.lots).chain(section.serials));
            numbers.extend(section.identifiers);
        }
        let mut sections = read(codes);
        if sections.is_empty() {
            sections.push(Section::default());
        }
        sections.into_iter().map(move |mut section| {
            section.numbers.extend(named.iter().cloned());
            section.identifiers.extend(numbers.iter().cloned());
            Product { text: short(&format!("{described} {codes}"), 400), section }
        })
    });
    Ok((reading, products.collect()))
}

/// Finds the items of a product: by device identifier, by catalog number, by lots that are known here.
fn items(ctx: &Ctx, tx: &mut Tx, section: &Section) -> Result<(BTreeSet<Uuid>, BTreeSet<String>, String)> {
    let org = ctx.org();
    let (mut found, mut used) = (BTreeSet::new(), BTreeSet::new());
    let mut by = "Its device identifier is in the catalog.";
    for number in section.identifiers.iter().chain(&section.numbers).take(LOOKED_UP) {
        let di: String = number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
        let padded =
            if di.len() < 14 && di.bytes().all(|b| b.is_ascii_digit()) { format!("{di:0>14}") } else { di.clone() };
        for key in [&di, &padded] {
            if let Some((item, _)) = store::stock::item_by_identifier(tx, org, key)? {
                found.insert(item);
                used.insert(number.clone());
            }
        }
    }
    if found.is_empty() {
        by = "The notice names its catalog number.";
        for number in section.numbers.iter().take(LOOKED_UP) {
            for item in store::recalls::items_of_number(tx, org, &identifier_key(number))? {
                found.insert(item);
                used.insert(number.clone());
            }
        }
    }
    if found.is_empty() {
        by = "Units of it have a lot that the notice names. Look whether it is the item that is meant.";
        for lot in section.lots.iter().take(LOOKED_UP) {
            found.extend(store::recalls::items_of_lot(tx, org, &identifier_key(lot))?);
        }
    }
    Ok((found, used, by.to_owned()))
}

fn place(ctx: &Ctx, tx: &mut Tx, reading: &mut NoticeReading, product: Product) -> Result<()> {
    let section = &product.section;
    let (items, used, by) = items(ctx, tx, section)?;
    let (lot_ranges, mut odd) = ranges(&section.lot_ranges);
    let (serial_ranges, more) = ranges(&section.serial_ranges);
    odd.extend(more);
    let rest = section.numbers.iter().chain(&section.identifiers).filter(|number| !used.contains(*number)).cloned();
    let mut unread: Vec<String> = rest.chain(section.unread.iter().cloned()).collect();
    if items.is_empty() {
        let numbers = section.lots.iter().chain(&section.serials).cloned();
        let numbers: Vec<String> = numbers.chain(odd).collect();
        if !numbers.is_empty() || !section.numbers.is_empty() || !section.identifiers.is_empty() || section.all {
            let why = "No item of the catalog was recognised. Choose it, or keep this to be looked at.".to_owned();
            reading.unplaced.push(UnplacedText { text: product.text, numbers, why });
        }
        reading.unread.append(&mut section.unread.clone());
        return Ok(());
    }
    // A range whose ends nobody can read as a range covers everything: too much rather than too little.
    let whole = !odd.is_empty() || !section.narrows();
    for item in items {
        if reading.lines.len() >= LINES_MAX {
            break;
        }
        let Some(known) = store::stock::item(tx, ctx.org(), item)? else { continue };
        let mut line = RecallLine::whole(Id::from_uuid(item));
        let mut why = by.clone();
        if whole {
            why.push_str(match (odd.is_empty(), section.all) {
                (false, _) => {
                    " A range of numbers could not be read, so all of it counts as affected until you say which."
                }
                (true, true) => " The notice says that all are affected.",
                (true, false) => {
                    " No lot and no serial number could be read, so all of it counts as affected until you name some."
                }
            });
            unread.append(&mut odd.clone());
        } else {
            line.lots.clone_from(&section.lots);
            line.serials.clone_from(&section.serials);
            line.lot_ranges.clone_from(&lot_ranges);
            line.serial_ranges.clone_from(&serial_ranges);
        }
        let missing = super::without_units(ctx, tx, std::slice::from_ref(&line))?;
        reading.lines.push(ProposedLine {
            line,
            catalog_number: known.number,
            description: known.description,
            why,
            without_units: missing.into_iter().flat_map(|it| it.numbers).collect(),
        });
    }
    unread.retain(|number| !reading.unread.contains(number));
    unread.dedup();
    reading.unread.append(&mut unread);
    Ok(())
}

/// Ranges whose ends fit together, and the others as they stand.
fn ranges(all: &[(String, String)]) -> (Vec<NumberRange>, Vec<String>) {
    let (mut good, mut odd) = (Vec::new(), Vec::new());
    for (from, to) in all {
        match range(from, to) {
            Ok(_) => good.push(NumberRange { from: from.clone(), to: to.clone() }),
            Err(_) => odd.push(format!("{from} to {to}")),
        }
    }
    (good, odd)
}
