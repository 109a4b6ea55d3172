//! The part of ISBT 128 that device identifiers use, as FDA and NLM document it: tissue and cell products, blood bags.
//! All fields have a fixed length behind their data identifier. Everything else of ISBT 128 is left alone: the standard
//! is licensed by ICCBBA, and some of it is about patients and donors.

use crate::dates::{self, Date, UdiDate};
use crate::parsed::{Agency, Parsed, Rejected, code};
use crate::text::Text;

/// Data identifiers and the length of their data. The donation identification number has `=` alone, its first character
/// being part of the number.
const STRUCTURES: &[(&str, usize)] =
    &[("=/", 16), ("=,", 6), ("=>", 6), ("=}", 6), ("=)", 10), ("&,1", 18), ("&)", 10), ("=", 15)];

/// A data identifier with its data.
pub(crate) type Field = (&'static str, String);

/// Whether a text starts like ISBT 128.
pub(crate) fn starts(text: Text<'_>) -> bool {
    text.starts_with("=") || text.starts_with("&")
}

/// Splits the text.
pub(crate) fn read(text: Text<'_>) -> Result<Vec<Field>, Rejected> {
    let mut rest = text.trim(|c| c == ' ');
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let known = STRUCTURES.iter().find(|(identifier, _)| rest.starts_with(identifier));
        let known = known
            .filter(|(identifier, _)| *identifier != "=" || rest.get(1).is_some_and(|c| c.is_ascii_alphanumeric()));
        let Some((identifier, length)) = known else {
            return Err(Rejected::unreadable("no data identifier of an ISBT 128 device code here", rest.at(0)));
        };
        let (value, tail) = rest.split_at(identifier.len()).1.split_at(*length);
        if value.len() < *length {
            return Err(Rejected::unreadable(format!("the field needs {length} characters"), rest.at(0)));
        }
        if let Some(i) = value.position(|c| !c.is_ascii_graphic()) {
            return Err(Rejected::unreadable("a character that ISBT 128 does not know", value.at(i)));
        }
        fields.push((*identifier, value.to_string()));
        rest = tail;
    }
    Ok(fields)
}

/// Gives the fields of one label their places.
pub(crate) fn assemble(fields: &[Field]) -> Result<Parsed, Rejected> {
    let mut parsed = Parsed::new(Agency::Iccbba);
    for (identifier, value) in fields {
        if !value.bytes().all(|b| b.is_ascii_alphanumeric()) {
            parsed.warn(code::CHARACTER_SET, "a field holds other characters than letters and digits");
        }
        match *identifier {
            "=/" | "=)" => {
                if parsed.di.get_or_insert_with(|| value.clone()) != value {
                    return Err(Rejected::unreadable("two different device identifiers: these are two labels", 0));
                }
                parsed.di_as_printed = Some(format!("{identifier}{value}"));
            }
            "=," => parsed.set_serial(identifier, value),
            "&,1" | "&)" => parsed.set_lot(identifier, value),
            "=>" => parsed.set_expires(identifier, value, century_day(value)),
            "=}" => parsed.set_manufactured(identifier, value, century_day(value)),
            _ => parsed.other("DIN", value.as_str()),
        }
    }
    if parsed.di.is_none() {
        parsed.warn(code::NO_DI, "the code does not tell which item this is");
    }
    Ok(parsed)
}

/// `cYYJJJ`: century digit (9 the nineteen hundreds, 0 the two thousands), year, number of the day.
fn century_day(value: &str) -> Option<UdiDate> {
    let century = match dates::number(value, 0, 1)? {
        9 => 1900,
        digit => 2000 + 100 * i32::try_from(digit).ok()?,
    };
    let year = century + i32::from(dates::two(value, 1)?);
    let ordinal = u16::try_from(dates::number(value, 3, 3)?).ok()?;
    Date::from_ordinal(year, ordinal).map(Into::into)
}
