//! HIBC supplier labels (ANSI/HIBC 2.6): primary, secondary, both concatenated, supplements.
//!
//! Provider labels (`+/…`: patients, assets, orders) are refused: what they hold is about people.

use crate::check::{HIBC_43, hibc_check_character};
use crate::dates::{self, Date, UdiDate};
use crate::parsed::{Agency, Parsed, Rejected, Warning, code};
use crate::text::Text;

/// The longest lot or serial of the standard.
const MAX_LOT: usize = 18;

/// One HIBC symbol, its check character verified.
#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    /// Labeler, product and unit of measure; absent in a secondary symbol.
    pub di: Option<String>,
    /// The check character of the primary that a secondary symbol belongs to.
    link: Option<char>,
    /// Secondary data and supplements, with their positions.
    segments: Vec<(usize, String)>,
    warnings: Vec<Warning>,
}

impl Symbol {
    /// How many fields this makes.
    pub fn len(&self) -> usize {
        self.segments.len() + 1
    }
}

/// Whether a text starts like an HIBC symbol.
pub(crate) fn starts(text: Text<'_>) -> bool {
    text.starts_with("+") || text.starts_with("*+")
}

/// Verifies the check character and splits the symbol.
pub(crate) fn read(text: Text<'_>) -> Result<Symbol, Rejected> {
    let text = without_stars(text);
    if text.starts_with("+/") {
        return Err(Rejected::PatientData);
    }
    if let Some(i) = text.position(|c| c != '_' && !HIBC_43.contains(c.to_ascii_uppercase())) {
        return Err(Rejected::unreadable("a character that HIBC does not know", text.at(i)));
    }
    let upper = text.to_string().to_ascii_uppercase();
    let (body, warning) = split_check(&upper, text)?;
    let mut symbol = Symbol { di: None, link: None, segments: Vec::new(), warnings: Vec::from_iter(warning) };
    match body.as_bytes().get(1) {
        Some(b'A'..=b'Z') => read_primary(&body, text, &mut symbol)?,
        Some(b'$' | b'0'..=b'9') => read_secondary(&body, text, &mut symbol)?,
        _ => return Err(Rejected::unreadable("neither a primary nor a secondary symbol", text.at(1))),
    }
    Ok(symbol)
}

/// Stars frame the text below a symbol (and Code 39); they are no data.
fn without_stars(text: Text<'_>) -> Text<'_> {
    let Some(inner) = text.strip_prefix("*") else { return text };
    let inner = inner.trim(|c| c == '\u{1d}');
    let end = if inner.chars().next_back() == Some('*') { inner.len() - 1 } else { inner.len() };
    inner.slice(0, end)
}

/// The symbol without its check character. A check character that is a space may be printed as `_`, may have been lost
/// on the way, and spaces may have been added.
fn split_check(upper: &str, text: Text<'_>) -> Result<(String, Option<Warning>), Rejected> {
    let checked = |symbol: &str| {
        let (body, check) = symbol.split_at_checked(symbol.len().checked_sub(1)?)?;
        let expected = hibc_check_character(body)?;
        let check = check.replace('_', " ");
        (check.starts_with(expected)).then(|| body.to_owned())
    };
    if let Some(body) = checked(upper).or_else(|| checked(upper.trim_end_matches(' '))) {
        return Ok((body, None));
    }
    if hibc_check_character(upper) == Some(' ') {
        let message = "the check character is a space that the reader left out";
        return Ok((upper.to_owned(), Some(Warning::new(code::CHECK_SPACE_RESTORED, message))));
    }
    let trimmed = upper.trim_end_matches(' ');
    let body = &trimmed[..trimmed.len().saturating_sub(1)];
    let reason = match hibc_check_character(body) {
        Some(expected) if body.len() > 1 => format!("the check character is wrong, expected {expected}"),
        _ => "too short for an HIBC symbol".to_owned(),
    };
    Err(Rejected::unreadable(reason, text.at(body.len())))
}

fn read_primary(body: &str, text: Text<'_>, symbol: &mut Symbol) -> Result<(), Rejected> {
    let end = body.find('/').unwrap_or(body.len());
    let di = &body[1..end];
    if let Some(i) = di.bytes().position(|b| !b.is_ascii_alphanumeric()) {
        return Err(Rejected::unreadable("only letters and digits may stand in the primary data", text.at(1 + i)));
    }
    // Labeler 4, product 1 to 18, unit of measure 1.
    if !(6..=23).contains(&di.len()) {
        return Err(Rejected::unreadable("the primary data has 6 to 23 characters", text.at(1)));
    }
    if !di.ends_with(|c: char| c.is_ascii_digit()) {
        return Err(Rejected::unreadable("the unit of measure is a digit", text.at(end - 1)));
    }
    symbol.di = Some(di.to_owned());
    if end < body.len() {
        symbol.segments = split_segments(&body[end + 1..], end + 1, text)?;
    }
    Ok(())
}

fn read_secondary(body: &str, text: Text<'_>, symbol: &mut Symbol) -> Result<(), Rejected> {
    let (data, link) = body[1..].split_at(body.len() - 2);
    symbol.link = link.chars().next();
    symbol.segments = split_segments(data, 1, text)?;
    Ok(())
}

fn split_segments(data: &str, from: usize, text: Text<'_>) -> Result<Vec<(usize, String)>, Rejected> {
    let mut at = from;
    let mut segments = Vec::new();
    for segment in data.split('/') {
        if segment.is_empty() {
            return Err(Rejected::unreadable("an empty field", text.at(at)));
        }
        segments.push((text.at(at), segment.to_owned()));
        at += segment.len() + 1;
    }
    Ok(segments)
}

/// Puts the symbols of one label together. A secondary symbol must carry the check character of its primary.
pub(crate) fn assemble(symbols: &[Symbol], today: Date) -> Result<Parsed, Rejected> {
    let mut parsed = Parsed::new(Agency::Hibcc);
    for di in symbols.iter().filter_map(|s| s.di.as_deref()) {
        if parsed.di.get_or_insert_with(|| di.to_owned()) != di {
            return Err(Rejected::unreadable("two different device identifiers: these are two labels", 0));
        }
        parsed.di_as_printed = Some(format!("+{di}"));
    }
    let check = parsed.di_as_printed.as_deref().and_then(hibc_check_character);
    for symbol in symbols {
        parsed.warnings.extend(symbol.warnings.iter().cloned());
        match (symbol.link, check) {
            (Some(link), Some(check)) if link != check => {
                let reason = "the secondary symbol does not belong to this primary symbol: their link differs";
                return Err(Rejected::unreadable(reason, 0));
            }
            (Some(link), None) => parsed.other("link", link),
            _ => {}
        }
        for (at, segment) in &symbol.segments {
            place(&mut parsed, segment, *at, today)?;
        }
    }
    if parsed.di.is_none() {
        parsed.warn(code::NO_DI, "a secondary symbol alone does not tell which item this is");
    }
    Ok(parsed)
}

/// Secondary data or a supplement.
fn place(parsed: &mut Parsed, segment: &str, at: usize, today: Date) -> Result<(), Rejected> {
    if segment.starts_with('$') {
        return place_secondary(parsed, segment, at, today);
    }
    if let Some(value) = segment.strip_prefix("14D") {
        parsed.set_expires("14D", value, exactly(value, 8).and_then(dates::yyyymmdd));
    } else if let Some(value) = segment.strip_prefix("16D") {
        parsed.set_manufactured("16D", value, exactly(value, 8).and_then(dates::yyyymmdd));
    } else if let Some(value) = segment.strip_prefix('S') {
        set_name(parsed, Name::Serial, "S", value);
    } else if let Some(count) = segment.strip_prefix('Q').and_then(count) {
        parsed.set_quantity("Q", count);
    } else if dates::number(segment, 0, 5).is_some() {
        // The form of the first editions: YYJJJ and the lot.
        parsed.set_expires("YYJJJ", &segment[..5], dates::yyjjj(segment, today));
        set_name(parsed, Name::Lot, "YYJJJ", &segment[5..]);
    } else {
        parsed.other("supplement", segment);
        parsed.warn(code::UNKNOWN_SUPPLEMENT, "a supplement that is not known is kept as it is");
    }
    Ok(())
}

fn exactly(value: &str, length: usize) -> Option<&str> {
    (value.len() == length).then_some(value)
}

fn count(value: &str) -> Option<u32> {
    value.parse().ok().filter(|_| value.bytes().all(|b| b.is_ascii_digit()))
}

/// `$`lot, `$+`serial, `$$`[quantity][date]lot, `$$+`[quantity][date]serial.
fn place_secondary(parsed: &mut Parsed, segment: &str, at: usize, today: Date) -> Result<(), Rejected> {
    let rest = segment.trim_start_matches('$');
    let flag = segment.len() - rest.len();
    let (name, rest) = match rest.strip_prefix('+') {
        Some(rest) => (Name::Serial, rest),
        None => (Name::Lot, rest),
    };
    match flag {
        1 => set_name(parsed, name, "$", rest),
        2 => {
            let rest = place_quantity(parsed, rest, at)?;
            let rest = place_expiry(parsed, rest, at, today)?;
            set_name(parsed, name, "$$", rest);
        }
        _ => return Err(Rejected::unreadable("an unknown flag of secondary data", at)),
    }
    Ok(())
}

/// Takes `8qq` or `9qqqqq` off.
fn place_quantity<'a>(parsed: &mut Parsed, rest: &'a str, at: usize) -> Result<&'a str, Rejected> {
    let digits = match rest.as_bytes().first() {
        Some(b'8') => 2,
        Some(b'9') => 5,
        _ => return Ok(rest),
    };
    let Some(quantity) = dates::number(rest, 1, digits) else {
        return Err(Rejected::unreadable("the quantity is incomplete", at));
    };
    parsed.set_quantity("$$", quantity);
    Ok(&rest[1 + digits..])
}

type ReadDate = fn(&str, Date) -> Option<UdiDate>;

/// Takes the date with its code off. The codes 0 and 1 are the first digit of the month itself.
fn place_expiry<'a>(parsed: &mut Parsed, rest: &'a str, at: usize, today: Date) -> Result<&'a str, Rejected> {
    let (skip, length, read): (usize, usize, ReadDate) = match rest.as_bytes().first() {
        None => return Ok(rest),
        Some(b'0' | b'1') => (0, 4, dates::mmyy),
        Some(b'2') => (1, 6, dates::mmddyy),
        Some(b'3') => (1, 6, dates::yymmdd),
        Some(b'4') => (1, 8, |d, today| dates::yymmdd(d, today)?.at_hour(dates::two(d, 6)?)),
        Some(b'5') => (1, 5, dates::yyjjj),
        Some(b'6') => (1, 7, |d, today| dates::yyjjj(d, today)?.at_hour(dates::two(d, 5)?)),
        Some(b'7') => return Ok(&rest[1..]),
        Some(_) => {
            parsed.warn(code::UNKNOWN_DATE_CODE, "an unknown date code: all that follows was taken as the lot");
            return Ok(rest);
        }
    };
    let Some(date) = rest.get(skip..skip + length) else {
        return Err(Rejected::unreadable("the expiry date is incomplete", at));
    };
    parsed.set_expires("$$", date, read(date, today));
    Ok(&rest[skip + length..])
}

#[derive(Clone, Copy)]
enum Name {
    Lot,
    Serial,
}

fn set_name(parsed: &mut Parsed, name: Name, key: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let title = match name {
        Name::Lot => "lot",
        Name::Serial => "serial",
    };
    if value.len() > MAX_LOT {
        parsed.warn(code::TOO_LONG, format!("the {title} has more than {MAX_LOT} characters"));
    }
    if !value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        parsed.warn(code::CHARACTER_SET, format!("the {title} holds other characters than letters and digits"));
    }
    match name {
        Name::Lot => parsed.set_lot(key, value),
        Name::Serial => parsed.set_serial(key, value),
    }
}

/// The parts of an HIBC device identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Primary {
    /// Labeler identification code, four characters.
    pub labeler: String,
    /// Product or catalog number.
    pub product: String,
    /// Unit of measure: 0 a single use, 1 to 8 levels of packaging, 9 a variable quantity.
    pub unit: u8,
}

/// Splits a device identifier; with or without `+`, in either case, without check character.
#[must_use]
pub fn primary(di: &str) -> Option<Primary> {
    let di = normalised_di(di)?;
    let (labeler, rest) = di.split_at(4);
    let (product, unit) = rest.split_at(rest.len() - 1);
    Some(Primary { labeler: labeler.to_owned(), product: product.to_owned(), unit: unit.parse().ok()? })
}

/// The one form of a device identifier in which it is compared: upper case, without `+`. No check character is expected.
#[must_use]
pub fn normalised_di(di: &str) -> Option<String> {
    let di = di.strip_prefix('+').unwrap_or(di).to_ascii_uppercase();
    let plain = di.bytes().all(|b| b.is_ascii_alphanumeric());
    let ends = di.starts_with(|c: char| c.is_ascii_uppercase()) && di.ends_with(|c: char| c.is_ascii_digit());
    (plain && ends && (6..=23).contains(&di.len())).then_some(di)
}

/// A concatenated HIBC code with its check character: primary data, then expiry and lot, then the serial. Lower case is
/// folded, since HIBC has none; characters outside its alphabet, and `/`, are left out.
#[must_use]
pub fn build_hibc(di: &str, expires: Option<Date>, lot: Option<&str>, serial: Option<&str>) -> String {
    let clean = |text: &str| {
        let upper = text.chars().map(|c| c.to_ascii_uppercase());
        upper.filter(|c| *c != '/' && HIBC_43.contains(*c)).collect::<String>()
    };
    let date = expires.map(|d| format!("3{:02}{:02}{:02}", d.year.rem_euclid(100), d.month, d.day));
    let (lot, serial) = (clean(lot.unwrap_or_default()), clean(serial.unwrap_or_default()));
    let flag = if date.is_some() { "$$" } else { "$" };
    let date = date.unwrap_or_default();
    let mut out = format!("+{}", clean(di).trim_start_matches('+'));
    if !lot.is_empty() || (serial.is_empty() && !date.is_empty()) {
        out.push_str(&format!("/{flag}{date}{lot}"));
        if !serial.is_empty() {
            out.push_str(&format!("/S{serial}"));
        }
    } else if !serial.is_empty() {
        out.push_str(&format!("/{flag}+{date}{serial}"));
    }
    out.extend(hibc_check_character(&out));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H21: the lower case primary is the same item.
    #[test]
    fn device_identifiers_are_folded() {
        let expected = Primary { labeler: "A999".into(), product: "1234".into(), unit: 5 };
        assert_eq!(primary("a99912345"), Some(expected.clone()));
        assert_eq!(primary("+A99912345"), Some(expected));
        assert_eq!(build_hibc("a99912345", None, None, None), "+A999123457");
        for bad in ["", "+", "A9995", "9A9912345", "A9991234X", "A999-2345", "A99912345678901234567890", "é99912345"] {
            assert_eq!(primary(bad), None, "{bad}");
        }
    }

    /// H1, H5 and H12 the other way around.
    #[test]
    fn codes_are_built_as_the_standard_writes_them() {
        let day = Date::new(2023, 12, 31);
        assert_eq!(build_hibc("J123AQ3451", day, Some("BC34567"), Some("4012")), "+J123AQ3451/$$3231231BC34567/S4012R");
        assert!(build_hibc("J123AQ3451", None, Some("bc-1"), None).starts_with("+J123AQ3451/$BC-1"));
        assert!(build_hibc("J123AQ3451", day, None, None).starts_with("+J123AQ3451/$$3231231"));
        assert!(build_hibc("J123AQ3451", day, None, Some("7")).starts_with("+J123AQ3451/$$+32312317"));
        assert!(build_hibc("J123AQ3451", None, None, Some("7")).starts_with("+J123AQ3451/$+7"));
    }
}
