//! The symbols of one label become one device.

use crate::gs1::{self, Fields};
use crate::parsed::{Agency, Parsed, Rejected, code};
use crate::symbol::{self, Content, Symbol};
use crate::text::{self, Text};
use crate::{Date, MAX_FIELDS, MAX_INPUT, Options, check, hibc, iccbba};

/// Reads all inputs and joins them.
pub(crate) fn parse_all(inputs: &[&str], today: Date, options: &Options) -> Result<Parsed, Rejected> {
    let size: usize = inputs.iter().map(|input| input.len()).sum();
    if size > MAX_INPUT || inputs.len() > MAX_FIELDS {
        return Err(Rejected::unreadable(format!("more than {MAX_INPUT} bytes"), 0));
    }
    let read: Vec<_> = inputs.iter().map(|input| symbol::read(input, today, options)).collect();
    if read.iter().any(|r| matches!(r, Err(Rejected::PatientData))) {
        return Err(Rejected::PatientData);
    }
    let mut symbols = Vec::new();
    let mut texts = Vec::new();
    let mut failure = None;
    for (input, result) in inputs.iter().zip(read) {
        match (result, plain_text(input)) {
            (Ok(symbol), _) => symbols.push((*input, symbol)),
            (Err(why), Some(text)) => {
                texts.push(text);
                failure.get_or_insert(why);
            }
            (Err(why), None) => return Err(why),
        }
    }
    sort_out_numbers(&mut symbols, &mut texts, options);
    let symbols: Vec<Symbol> = symbols.into_iter().map(|(_, symbol)| symbol).collect();
    if symbols.iter().map(Symbol::len).sum::<usize>() > MAX_FIELDS {
        return Err(Rejected::unreadable(format!("more than {MAX_FIELDS} fields"), 0));
    }
    let Some(mut parsed) = join(&symbols, today)? else {
        return Err(failure.unwrap_or_else(|| Rejected::unreadable("there is nothing to read", 0)));
    };
    // Text alone says nothing; beside a device identifier it is the rest of the label.
    if parsed.di.is_none()
        && let Some(why) = failure
    {
        return Err(why);
    }
    place_texts(&mut parsed, &texts);
    parsed.symbology = symbols.iter().find_map(|s| s.symbology.clone());
    parsed.raw = inputs.join("\n");
    Ok(parsed)
}

/// A plain text on a label, such as a catalog number in Code 128. What starts like a code that failed is none.
fn plain_text(input: &str) -> Option<String> {
    let text = input.trim();
    if text.starts_with(['+', '*', ']', '(', '=', '&', '[']) || text.contains("://") {
        return None;
    }
    let text = text.strip_prefix("REF").map_or(text, |rest| rest.trim_start_matches([':', ' ', '#']));
    let allowed = |c: char| c == ' ' || c == '#' || check::CSET_82.contains(c);
    (!text.is_empty() && text.len() <= 30 && text.chars().all(allowed)).then(|| text.to_owned())
}

/// Plain numbers can be read in several ways. Beside a symbol that names the item, a number that was taken as another
/// item is rather the second half of the label or its catalog number.
fn sort_out_numbers(symbols: &mut Vec<(&str, Symbol)>, texts: &mut Vec<String>, options: &Options) {
    let named = |(_, symbol): &(&str, Symbol)| {
        !is_bare(symbol) && matches!(&symbol.content, Content::Gs1(f) if f.list.iter().any(|f| f.code == "01"))
            || matches!(&symbol.content, Content::Hibc(h) if h.di.is_some())
    };
    if !symbols.iter().any(named) {
        return;
    }
    let fields: Vec<(String, String)> = symbols.iter().filter(|s| named(s)).flat_map(|(_, s)| pairs(s)).collect();
    let contradicts =
        |symbol: &Symbol| pairs(symbol).iter().any(|(code, value)| fields.iter().any(|(c, v)| c == code && v != value));
    let candidates = std::mem::take(symbols);
    for (input, mut symbol) in candidates {
        let doubtful = is_bare(&symbol) || (is_keyless_gs1(&symbol) && symbol.symbology.is_none());
        if doubtful && contradicts(&symbol) {
            match split_again(input, options).filter(|_| is_bare(&symbol)) {
                Some(again) => symbol.content = Content::Gs1(again),
                None => {
                    texts.extend(plain_text(input));
                    continue;
                }
            }
        }
        symbols.push((input, symbol));
    }
}

fn split_again(input: &str, options: &Options) -> Option<Fields> {
    let marks = text::marks(input, options).ok()?;
    gs1::element_string(Text::new(&marks), options).ok()
}

fn is_bare(symbol: &Symbol) -> bool {
    matches!(&symbol.content, Content::Gs1(f) if f.warnings.iter().any(|w| w.code == code::BARE_GTIN))
}

fn is_keyless_gs1(symbol: &Symbol) -> bool {
    !symbol.is_marked_gs1()
        && matches!(&symbol.content, Content::Gs1(f) if f.list.iter().all(|f| f.ai.qualifiers.is_none()))
}

fn pairs(symbol: &Symbol) -> Vec<(String, String)> {
    match &symbol.content {
        Content::Gs1(fields) => fields.list.iter().map(|f| (f.code.clone(), f.value.clone())).collect(),
        _ => Vec::new(),
    }
}

/// Joins what belongs to one agency, then the agencies. Nothing if there are no symbols.
fn join(symbols: &[Symbol], today: Date) -> Result<Option<Parsed>, Rejected> {
    let mut gs1 = Fields::default();
    let mut hibc: Vec<hibc::Symbol> = Vec::new();
    let mut iccbba: Vec<iccbba::Field> = Vec::new();
    let mut ifa: Vec<(String, String)> = Vec::new();
    for symbol in symbols {
        match &symbol.content {
            Content::Gs1(fields) => add_new(&mut gs1, fields),
            Content::Hibc(symbol) => hibc.push(symbol.clone()),
            Content::Iccbba(fields) => iccbba.extend(fields.iter().cloned()),
            Content::Ifa(fields) => ifa.extend(fields.iter().cloned()),
        }
    }
    let mut parts = Vec::new();
    if !gs1.list.is_empty() {
        parts.push(gs1::assemble::assemble(gs1, today)?);
    }
    if !hibc.is_empty() {
        parts.push(hibc::assemble(&hibc, today)?);
    }
    if !iccbba.is_empty() {
        parts.push(iccbba::assemble(&iccbba)?);
    }
    if !ifa.is_empty() {
        parts.push(ifa_as_it_is(ifa));
    }
    // The part with an identifier leads; among several, the order of agencies above.
    parts.sort_by_key(|part| part.di.is_none());
    let mut parts = parts.into_iter();
    let Some(mut first) = parts.next() else { return Ok(None) };
    for part in parts {
        merge(&mut first, part);
    }
    Ok(Some(first))
}

/// A label may repeat a field in its second symbol; within one symbol a repetition is kept as it is.
fn add_new(all: &mut Fields, fields: &Fields) {
    let known = all.list.len();
    for field in &fields.list {
        if !all.list[..known].iter().any(|f| f.code == field.code && f.value == field.value) {
            all.list.push(field.clone());
        }
    }
    all.warnings.extend(fields.warnings.iter().cloned());
}

fn ifa_as_it_is(fields: Vec<(String, String)>) -> Parsed {
    let mut parsed = Parsed::new(Agency::Ifa);
    parsed.others = fields;
    parsed.warn(code::NOT_INTERPRETED, "an IFA code is kept as it is, its fields are not interpreted");
    parsed
}

fn merge(into: &mut Parsed, from: Parsed) {
    let key = from.agency.as_str();
    if let Some(di) = &from.di {
        into.other(key, di.as_str());
        into.warn(code::SECOND_IDENTIFIER, "the label carries identifiers of two agencies; the first one counts");
    }
    if let Some(lot) = &from.lot {
        into.set_lot(key, lot);
    }
    if let Some(serial) = &from.serial {
        into.set_serial(key, serial);
    }
    if let Some(reference) = &from.reference {
        into.set_reference(key, reference);
    }
    if let Some(quantity) = from.quantity {
        into.set_quantity(key, quantity);
    }
    if let Some(date) = from.expires {
        into.set_expires(key, &date.to_string(), Some(date));
    }
    if let Some(date) = from.manufactured {
        into.set_manufactured(key, &date.to_string(), Some(date));
    }
    into.others.extend(from.others);
    into.warnings.extend(from.warnings.into_iter().filter(|w| w.code != code::NO_DI));
}

fn place_texts(parsed: &mut Parsed, texts: &[String]) {
    match texts {
        [] => {}
        [text] if parsed.reference.as_ref().is_none_or(|known| known == text) => {
            parsed.reference = Some(text.clone());
            parsed.warn(code::PLAIN_REFERENCE, "a plain text on the label was taken as the manufacturer's reference");
        }
        _ => {
            for text in texts {
                parsed.other("text", text.as_str());
            }
            parsed.warn(code::PLAIN_TEXT, "plain texts on the label are kept; which one is the reference is not clear");
        }
    }
}
