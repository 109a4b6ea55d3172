//! One symbol: strips what a reader adds (symbology identifier, envelope) and finds out whose code it is.

use crate::gs1::{self, Field, Fields};
use crate::parsed::{Rejected, Warning, code};
use crate::text::{self, EOT, GS, RS, Text};
use crate::{Date, Options, digital_link, hibc, iccbba};

/// What a symbol holds, split but not yet interpreted.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Gs1(Fields),
    Hibc(hibc::Symbol),
    Iccbba(Vec<iccbba::Field>),
    Ifa(Vec<(String, String)>),
}

#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    /// The AIM symbology identifier.
    pub symbology: Option<String>,
    pub content: Content,
}

impl Symbol {
    /// How many fields the symbol has.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Gs1(fields) => fields.list.len(),
            Content::Hibc(symbol) => symbol.len(),
            Content::Iccbba(fields) => fields.len(),
            Content::Ifa(fields) => fields.len(),
        }
    }

    /// Whether the reader said that this is a GS1 symbol.
    pub fn is_marked_gs1(&self) -> bool {
        self.symbology.as_deref().is_some_and(is_gs1_carrier)
    }
}

/// GS1-128, GS1 DataMatrix, GS1 QR, DataBar and composite, GS1 DotCode (GS1 General Specifications 5.10).
fn is_gs1_carrier(symbology: &str) -> bool {
    matches!(symbology, "]C1" | "]d2" | "]Q3" | "]e0" | "]J1")
}

/// Reads one input.
pub(crate) fn read(input: &str, today: Date, options: &Options) -> Result<Symbol, Rejected> {
    let marks = text::marks(input, options)?;
    let (symbology, text) = split_symbology(Text::new(&marks));
    let content = match symbology.as_deref() {
        Some(carrier) if is_gs1_carrier(carrier) => gs1_carrier(text, options)?,
        Some("]E0" | "]E4" | "]I1") => article_number(text)?,
        other => plain(text, other.is_some(), today, options)?,
    };
    Ok(Symbol { symbology, content })
}

/// Takes the AIM symbology identifier off: `]`, a letter, a digit or letter (ISO/IEC 15424).
fn split_symbology(text: Text<'_>) -> (Option<String>, Text<'_>) {
    let shaped = text.starts_with("]")
        && text.get(1).is_some_and(|c| c.is_ascii_alphabetic())
        && text.get(2).is_some_and(|c| c.is_ascii_alphanumeric());
    if !shaped {
        return (None, text);
    }
    let (identifier, rest) = text.split_at(3);
    (Some(identifier.to_string()), rest)
}

/// Never tried as HIBC: the symbol itself says that it is GS1.
fn gs1_carrier(text: Text<'_>, options: &Options) -> Result<Content, Rejected> {
    if digital_link::is_address(text) {
        return digital_link::read(text, options).map(Content::Gs1);
    }
    if text.starts_with("(") {
        return gs1::bracketed(text, options).map(Content::Gs1);
    }
    gs1::element_string(text, options).map(Content::Gs1)
}

/// EAN, UPC and ITF-14 symbols hold a GTIN and nothing else.
fn article_number(text: Text<'_>) -> Result<Content, Rejected> {
    let digits = text.trim(|c| c == ' ').to_string();
    if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Rejected::unreadable("this symbol holds a GTIN of 8, 12, 13 or 14 digits", text.at(0)));
    }
    let list = Vec::from_iter(Field::gtin(format!("{digits:0>14}"), &digits));
    Ok(Content::Gs1(Fields { list, warnings: Vec::new() }))
}

fn plain(text: Text<'_>, has_symbology: bool, today: Date, options: &Options) -> Result<Content, Rejected> {
    if let Some(content) = envelope(text, options) {
        return content;
    }
    if hibc::starts(text) {
        return hibc::read(text).map(Content::Hibc);
    }
    if iccbba::starts(text) {
        return iccbba::read(text).map(Content::Iccbba);
    }
    if digital_link::is_address(text) {
        return digital_link::read(text, options).map(Content::Gs1);
    }
    if text.trim(|c| c == ' ').starts_with("(") {
        return gs1::bracketed(text, options).map(Content::Gs1);
    }
    if text.starts_with("9N") {
        return Ok(Content::Ifa(ifa_fields(text)));
    }
    if let Some(field) = bare_gtin(text, today) {
        let message = "a plain number with a right check digit was taken as the item's GTIN";
        return Ok(Content::Gs1(Fields { list: vec![field], warnings: vec![Warning::new(code::BARE_GTIN, message)] }));
    }
    let mut fields = gs1::element_string(text, options)?;
    if has_symbology {
        fields.warn(code::NOT_A_GS1_SYMBOL, "GS1 data in a symbol that is not marked as GS1");
    }
    Ok(Content::Gs1(fields))
}

fn bare_gtin(text: Text<'_>, today: Date) -> Option<Field> {
    if text.len() > 20 {
        return None;
    }
    let digits = text.trim(|c| c == ' ').to_string();
    Field::gtin(gs1::bare_gtin(&digits, today)?, &digits)
}

/// The envelope of ISO/IEC 15434: format 05 holds GS1 fields, format 06 holds data identifiers (HIBC, IFA). Some
/// readers leave the record separator or the end out.
fn envelope(text: Text<'_>, options: &Options) -> Option<Result<Content, Rejected>> {
    let inner = text.strip_prefix("[)>")?;
    let inner = inner.trim(|c| matches!(c, RS | EOT));
    let (format, rest) = inner.split_at(2);
    let data = rest.strip_prefix("\u{1d}").unwrap_or(rest).trim(|c| c == GS);
    Some(match format.to_string().as_str() {
        "05" => gs1::element_string(data, options).map(Content::Gs1),
        "06" if hibc::starts(data) => hibc::read(data).map(Content::Hibc),
        "06" if data.starts_with("9N") => Ok(Content::Ifa(ifa_fields(data))),
        _ => Err(Rejected::unreadable("an envelope whose content is not known here", inner.at(0))),
    })
}

/// IFA codes are kept, not interpreted: each field under its data identifier (digits and one letter).
fn ifa_fields(text: Text<'_>) -> Vec<(String, String)> {
    let parts = text.split(|c| c == GS).into_iter().filter(|part| !part.is_empty());
    let split = |part: Text<'_>| {
        let digits = part.position(|c| !c.is_ascii_digit()).unwrap_or(0);
        let (identifier, value) = part.split_at(digits + 1);
        (identifier.to_string(), value.to_string())
    };
    parts.map(split).collect()
}
