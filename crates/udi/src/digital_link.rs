//! GS1 Digital Link: element strings written as web addresses. The address is only read, never visited.
//!
//! Not supported: compressed links, and words in place of numbers (`/gtin/`), which the standard has withdrawn.

use crate::gs1::{self, Field, Fields, ais};
use crate::parsed::{Rejected, code};
use crate::text::Text;
use crate::{Date, Options};

/// Whether a text starts like a web address, in whatever case.
pub(crate) fn is_address(text: Text<'_>) -> bool {
    let start = text.slice(0, 8).to_string().to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Splits a Digital Link into fields.
pub(crate) fn read(text: Text<'_>, options: &Options) -> Result<Fields, Rejected> {
    let text = text.trim(|c| c == ' ');
    let schemes = ["https://", "http://", "HTTPS://", "HTTP://"];
    let Some(rest) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return Err(Rejected::unreadable("the scheme of an address is http or https in one case", text.at(0)));
    };
    let rest = rest.split(|c| c == '#')[0];
    let (address, query) = rest.split_at(rest.position(|c| c == '?').unwrap_or(rest.len()));
    let segments = address.split(|c| c == '/');
    if segments[0].is_empty() {
        return Err(Rejected::unreadable("the address names no host", address.at(0)));
    }
    let path = &segments[1..];
    if path.last().is_some_and(|s| s.is_empty()) {
        return Err(Rejected::unreadable("the address ends in a slash", address.at(address.len())));
    }
    let mut fields = Fields::default();
    let key = read_path(path, &mut fields, options)?
        .ok_or_else(|| Rejected::unreadable("the address holds no GS1 key", address.at(segments[0].len())))?;
    read_query(query.split_at(1).1, key, &mut fields, options)?;
    Ok(fields)
}

/// Reads the path from its right-most primary key on. Gives that key, or nothing if there is none.
fn read_path<'a>(
    path: &[Text<'a>],
    fields: &mut Fields,
    options: &Options,
) -> Result<Option<&'static ais::Ai>, Rejected> {
    let pairs = path.rchunks_exact(2).map(|pair| (pair[0], pair[1]));
    let mut found: Vec<(Text<'a>, Text<'a>)> = Vec::new();
    let mut key = None;
    for (name, value) in pairs {
        let Some(ai) = ais::get(&name.to_string()) else { break };
        found.push((name, value));
        if ai.qualifiers.is_some() {
            key = Some(ai);
            break;
        }
    }
    let Some(key) = key else { return Ok(None) };
    // What stands before the key is no data, but it would be kept with the raw address.
    let before = &path[..path.len() - 2 * found.len()];
    let is_patient = |pair: &[Text<'_>]| ais::get(&pair[0].to_string()).is_some_and(|ai| ai.patient);
    if before.windows(2).any(is_patient) {
        return Err(Rejected::PatientData);
    }
    for (name, value) in found.iter().rev() {
        push(fields, *name, *value, false, options)?;
    }
    let order: Vec<&str> = fields.list[1..].iter().map(|f| f.code.as_str()).collect();
    if !in_order(key.qualifiers.unwrap_or_default(), &order) {
        fields.warn(code::QUALIFIER_ORDER, "the parts of the address are not in the order of the standard");
    }
    Ok(Some(key))
}

fn read_query(query: Text<'_>, key: &ais::Ai, fields: &mut Fields, options: &Options) -> Result<(), Rejected> {
    for part in query.split(|c| c == '&' || c == ';') {
        let (name, value) = part.split_at(part.position(|c| c == '=').unwrap_or(part.len()));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let is_qualifier = key.qualifiers.unwrap_or_default().split([',', '|']).any(|q| q == name.to_string());
        if is_qualifier {
            fields.warn(code::QUALIFIER_ORDER, "a qualifier stands in the query of the address, not in its path");
        }
        push(fields, name, value.split_at(1).1, true, options)?;
    }
    Ok(())
}

fn push(
    fields: &mut Fields,
    name: Text<'_>,
    value: Text<'_>,
    in_query: bool,
    options: &Options,
) -> Result<(), Rejected> {
    let code = name.to_string();
    let Some(ai) = ais::get(&code) else {
        return Err(Rejected::unreadable("no known application identifier here", name.at(0)));
    };
    if ai.patient {
        return Err(Rejected::PatientData);
    }
    let printed = decode(value, in_query)?;
    let is_short = matches!(printed.len(), 8 | 12 | 13) && printed.bytes().all(|byte| byte.is_ascii_digit());
    let short = code == "01" && options.short_gtins && is_short;
    let digits = if short { format!("{printed:0>14}") } else { printed.clone() };
    let mut field = Field::new(ai, &code, digits, value.at(0))?;
    field.printed = short.then_some(printed);
    fields.push(field, name.at(0))
}

/// Whether the qualifiers of a path are one of the alternatives, possibly with gaps.
fn in_order(alternatives: &str, codes: &[&str]) -> bool {
    alternatives.split('|').any(|sequence| {
        let mut sequence = sequence.split(',');
        codes.iter().all(|code| sequence.any(|q| q == *code))
    })
}

/// Resolves percent escapes, once. A plus is a plus in the path and a space in the query.
fn decode(text: Text<'_>, in_query: bool) -> Result<String, Rejected> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut i = 0;
    while let Some(c) = text.get(i) {
        if c == '%' {
            let hex = |at: usize| text.get(at).and_then(|c| c.to_digit(16));
            let (Some(high), Some(low)) = (hex(i + 1), hex(i + 2)) else {
                return Err(Rejected::unreadable("a broken percent escape", text.at(i)));
            };
            bytes.push((high * 16 + low) as u8);
            i += 3;
        } else {
            let c = if c == '+' && in_query { ' ' } else { c };
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            i += 1;
        }
    }
    String::from_utf8(bytes).map_err(|_| Rejected::unreadable("percent escapes that are no text", text.at(0)))
}

/// Writes fields as a Digital Link below `stem` (such as `https://id.gs1.org`): the first primary key and its qualifiers
/// in the path, everything else in the query. `None` if there is no key, an identifier is unknown or about a person, or
/// a value does not fit its identifier.
#[must_use]
pub fn build(stem: &str, fields: &[(&str, &str)]) -> Option<String> {
    let all_known = fields.iter().all(|(code, value)| gs1::known(code, value).is_some());
    let key = fields.iter().find(|(code, _)| ais::get(code).is_some_and(|ai| ai.qualifiers.is_some()));
    let key = key.filter(|_| all_known)?;
    let has = |code: &str| fields.iter().any(|(c, _)| *c == code);
    let alternatives = ais::get(key.0)?.qualifiers?;
    let sequence = alternatives.split('|').find(|s| s.split(',').any(has)).unwrap_or_default();
    let in_path: Vec<&str> = std::iter::once(key.0).chain(sequence.split(',').filter(|code| has(code))).collect();

    let mut out = stem.trim_end_matches('/').to_owned();
    for code in &in_path {
        let (_, value) = fields.iter().find(|(c, _)| c == code)?;
        out.push_str(&format!("/{code}/{}", encode(value)));
    }
    let mut divider = '?';
    for (code, value) in fields.iter().filter(|(code, _)| !in_path.contains(code)) {
        out.push_str(&format!("{divider}{code}={}", encode(value)));
        divider = '&';
    }
    Some(out)
}

/// A Digital Link for an item: DI, lot and serial in the path, expiry in the query. `None` as with [`build`].
#[must_use]
pub fn build_item(
    stem: &str,
    di: &str,
    expires: Option<Date>,
    lot: Option<&str>,
    serial: Option<&str>,
) -> Option<String> {
    let fields = gs1::item_fields(di, expires, lot, serial);
    let borrowed: Vec<(&str, &str)> = fields.iter().map(|(code, value)| (*code, value.as_str())).collect();
    build(stem, &borrowed)
}

fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
