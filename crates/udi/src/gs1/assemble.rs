//! From GS1 fields to a device: which identifier fills which place, and what is worth a warning.

use super::ais::{self, Ai, Kind, Rule};
use super::{Field, Fields};
use crate::check;
use crate::dates::{self, Date, UdiDate};
use crate::parsed::{Agency, Parsed, Rejected, code};

/// Gives the fields of one label, whatever number of symbols they came in, their places.
pub(crate) fn assemble(fields: Fields, today: Date) -> Result<Parsed, Rejected> {
    let mut parsed = Parsed::new(Agency::Gs1);
    parsed.warnings = fields.warnings;
    for field in &fields.list {
        check_parts(&mut parsed, field, today);
        place(&mut parsed, field, today)?;
    }
    let is_key = |f: &Field| f.ai.qualifiers.is_some() || matches!(f.code.as_str(), "02" | "03");
    let has_key = fields.list.iter().any(is_key);
    if !has_key {
        parsed.warn(code::NO_DI, "the code does not tell which item this is");
    }
    check_pairs(&mut parsed, &fields.list, has_key);
    Ok(parsed)
}

fn place(parsed: &mut Parsed, field: &Field, today: Date) -> Result<(), Rejected> {
    let (code, value) = (field.code.as_str(), field.value.as_str());
    match code {
        "01" => match &parsed.di {
            Some(known) if known != value => {
                return Err(Rejected::unreadable("two different device identifiers: these are two labels", 0));
            }
            _ => {
                parsed.di = Some(value.to_owned());
                let printed = field.printed.as_deref().unwrap_or(value);
                parsed.di_as_printed.get_or_insert_with(|| printed.to_owned());
            }
        },
        "10" => parsed.set_lot(code, value),
        "21" => parsed.set_serial(code, value),
        "240" => parsed.set_reference(code, value),
        "17" => parsed.set_expires(code, value, dates::yymmd0(value, today)),
        "7003" => parsed.set_expires(code, value, day_and_hour(value, today)),
        "11" => parsed.set_manufactured(code, value, dates::yymmd0(value, today)),
        // A count of pieces; the shape of the field keeps it within eight digits.
        "30" | "37" => parsed.set_quantity(code, value.parse().unwrap_or(u32::MAX)),
        _ => keep(parsed, code, value),
    }
    Ok(())
}

/// Keeps any other field; the same field may come from two symbols of one label.
fn keep(parsed: &mut Parsed, code: &str, value: &str) {
    let differs = parsed.others.iter().any(|(c, v)| c == code && v != value);
    parsed.other(code, value);
    if differs {
        parsed.warn(code::REPEATED_FIELD, format!("the field {code} stands there twice with different values"));
    }
}

fn day_and_hour(value: &str, today: Date) -> Option<UdiDate> {
    dates::two(value, 8).filter(|minute| *minute < 60)?;
    dates::yymmdd(value, today)?.at_hour(dates::two(value, 6)?)
}

/// Check digits, check pairs, dates and characters of one field. The dates that have a place of their own are checked
/// where they are placed.
fn check_parts(parsed: &mut Parsed, field: &Field, today: Date) {
    let title = field.ai.title;
    let mut from = 0;
    for part in field.ai.parts {
        let value = tail_of(&field.value, from, part.max);
        from += part.max;
        if value.is_empty() {
            continue;
        }
        match part.rule {
            Rule::CheckDigit if !check::check_digit_is_valid(value) => {
                let expected = value.get(..value.len() - 1).and_then(check::check_digit).unwrap_or_default();
                parsed.warn(code::CHECK_DIGIT, format!("the check digit of the {title} should be {expected}"));
            }
            Rule::CheckPair if !check::gmn_is_valid(value) => {
                parsed.warn(code::CHECK_PAIR, format!("the check characters of the {title} are wrong"));
            }
            Rule::Month if !has_place(&field.code) && dates::yymmd0(value, today).is_none() => {
                parsed.warn(code::INVALID_DATE, format!("the date in field {} does not exist", field.code));
            }
            Rule::Day if !has_place(&field.code) && dates::yymmdd(value, today).is_none() => {
                parsed.warn(code::INVALID_DATE, format!("the date in field {} does not exist", field.code));
            }
            _ => {}
        }
    }
    if foreign_character(field.ai, &field.value).is_some() {
        parsed.warn(code::CHARACTER_SET, format!("the {title} holds a character that GS1 does not allow"));
    }
}

fn has_place(code: &str) -> bool {
    matches!(code, "11" | "17" | "7003")
}

/// Up to `length` characters from a position; parts before the last have a fixed length.
fn tail_of(value: &str, from: usize, length: usize) -> &str {
    let byte = |nth: usize| value.char_indices().nth(nth).map_or(value.len(), |(i, _)| i);
    &value[byte(from)..byte(from + length)]
}

/// The first character outside the character set of its part.
pub(crate) fn foreign_character(ai: &Ai, value: &str) -> Option<char> {
    let mut from = 0;
    for part in ai.parts {
        let allowed = |c: char| match part.kind {
            Kind::N => c.is_ascii_digit(),
            Kind::X => check::CSET_82.contains(c),
            Kind::Y => c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '#' | '-' | '/'),
            Kind::Z => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '='),
        };
        if let Some(c) = tail_of(value, from, part.max).chars().find(|c| !allowed(*c)) {
            return Some(c);
        }
        from += part.max;
    }
    None
}

/// Fields that exclude each other or miss their partner. Sources disagree on these rules, so they never refuse a scan.
fn check_pairs(parsed: &mut Parsed, fields: &[Field], has_key: bool) {
    let has = |pattern: &str| fields.iter().any(|f| ais::fits(pattern, &f.code));
    for (i, field) in fields.iter().enumerate() {
        if fields[..i].iter().any(|f| f.code == field.code) {
            continue;
        }
        let excluded = |p: &&str| !ais::fits(p, &field.code) && has(p);
        for other in field.ai.excludes.split(',').filter(|p| !p.is_empty()).filter(excluded) {
            let message = format!("the fields {} and {other} do not belong into one code", field.code);
            parsed.warn(code::INVALID_PAIR, message);
        }
        // Without any key, `no_di` has said it already.
        let needs = if has_key { field.ai.needs } else { "" };
        if !needs.is_empty() && !needs.split(',').any(|all| all.split('+').all(has)) {
            parsed.warn(code::MISSING_PAIR, format!("the field {} lacks the one it belongs to", field.code));
        }
    }
}
