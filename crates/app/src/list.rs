//! Reading what is asked of a list: limits, cursors, sorts from a closed list, filters by name.

use crate::{Error, Result};
use contract::{ListParams, Page};
use domain::id::{Id, Kind};
use store::Value;
use store::page::{Keyset, Sort};
use uuid::Uuid;

/// Rows a page, unless asked otherwise.
pub const LIMIT_DEFAULT: u32 = 50;
/// Most rows a page.
pub const LIMIT_MAX: u32 = 500;

/// A list's closed list of sorts: the name outside and the stored column.
pub type Sorts = &'static [(&'static str, &'static str)];

/// What a page of a list is made from.
#[derive(Debug)]
pub struct Paging {
    /// Rows a page.
    pub limit: u32,
    /// In which order.
    pub sorts: Vec<Sort>,
    /// After which row.
    pub after: Option<Keyset>,
    /// What the cursors of this list are bound to.
    pub bound: Bound,
}

/// What a cursor is good for: one list in one order with one set of filters. Anywhere else it would silently leave rows
/// out, so it is refused there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bound(u64);

impl Bound {
    fn of(list: &str, sorts: &[Sort], params: &ListParams) -> Self {
        let mut bound = Self(0xcbf2_9ce4_8422_2325).with(list.as_bytes());
        for sort in sorts {
            bound = bound.with(sort.column.as_bytes()).with(&[u8::from(sort.descending)]);
        }
        bound = bound.with(b"?").with(params.q.as_deref().unwrap_or_default().as_bytes());
        for (name, value) in &params.filters {
            bound = bound.with(name.as_bytes()).with(value.as_bytes());
        }
        bound
    }

    /// FNV-1a, the same on every server and in every version; the length keeps two texts apart from their concatenation.
    fn with(self, bytes: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        let length = (bytes.len() as u64).to_be_bytes();
        Self(length.iter().chain(bytes).fold(self.0, step))
    }
}

/// Reads limit, sort and cursor of a list, which has a name of its own. `default` is used when no order is asked for; empty
/// means by id alone.
pub fn paging(
    list: &str,
    params: &ListParams,
    sorts: &[(&'static str, &'static str)],
    default: &[Sort],
) -> Result<Paging> {
    let limit = params.limit.unwrap_or(LIMIT_DEFAULT);
    if limit == 0 || limit > LIMIT_MAX {
        return Err(Error::field("limit", "invalid_limit", format!("Give a limit from 1 to {LIMIT_MAX}.")));
    }
    let sorts = match &params.sort {
        None => default.to_vec(),
        Some(text) => read_sorts(text, sorts)?,
    };
    let bound = Bound::of(list, &sorts, params);
    let after = params.cursor.as_deref().map(|cursor| read_cursor(bound, cursor, sorts.len() + 1)).transpose()?;
    Ok(Paging { limit, sorts, after, bound })
}

fn read_sorts(text: &str, known: &[(&'static str, &'static str)]) -> Result<Vec<Sort>> {
    let mut sorts = Vec::new();
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let (name, descending) = name.strip_prefix('-').map_or((name, false), |rest| (rest, true));
        let Some((_, column)) = known.iter().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let message = format!("This list can be sorted by {}.", names.join(", "));
            return Err(Error::field("sort", "sort_not_supported", message));
        };
        sorts.push(Sort { column, descending });
    }
    if sorts.len() > 3 {
        return Err(Error::field("sort", "sort_not_supported", "Sort by at most three fields."));
    }
    Ok(sorts)
}

/// The cursor after a row: its sort values, then its id.
pub fn cursor(bound: Bound, values: &[Value]) -> String {
    let mut bytes = Vec::new();
    for value in values {
        match value {
            Value::Int(number) => {
                bytes.push(1);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Value::Uuid(id) => {
                bytes.push(2);
                bytes.extend_from_slice(id.as_bytes());
            }
            Value::Text(text) => {
                bytes.push(3);
                bytes.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            Value::Null | Value::Bytes(_) => {}
        }
    }
    hex(&[&bound.with(&bytes).0.to_be_bytes(), bytes.as_slice()].concat())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn read_cursor(bound: Bound, text: &str, wanted: usize) -> Result<Keyset> {
    let bad = || {
        let message = "Give back next_cursor of the page before, unchanged, to the same list in the same order with the \
                       same filters.";
        Error::field("cursor", "invalid_cursor", message)
    };
    if !text.len().is_multiple_of(2) || text.len() > 4096 || !text.is_ascii() {
        return Err(bad());
    }
    let bytes: Vec<u8> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16))
        .collect::<Result<_, _>>()
        .map_err(|_| bad())?;
    let (seal, bytes) = bytes.split_first_chunk::<8>().ok_or_else(bad)?;
    if *seal != bound.with(bytes).0.to_be_bytes() {
        return Err(bad());
    }
    let mut values = Vec::new();
    let mut rest = bytes;
    while let Some((tag, tail)) = rest.split_first() {
        let (value, tail) = read_value(*tag, tail).ok_or_else(bad)?;
        values.push(value);
        rest = tail;
    }
    if values.len() == wanted { Ok(Keyset(values)) } else { Err(bad()) }
}

fn read_value(tag: u8, bytes: &[u8]) -> Option<(Value, &[u8])> {
    match tag {
        1 => bytes.split_first_chunk::<8>().map(|(head, tail)| (Value::Int(i64::from_be_bytes(*head)), tail)),
        2 => bytes.split_first_chunk::<16>().map(|(head, tail)| (Value::Uuid(Uuid::from_bytes(*head)), tail)),
        3 => {
            let (length, tail) = bytes.split_first_chunk::<2>()?;
            let (text, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            Some((Value::Text(String::from_utf8(text.to_vec()).ok()?), tail))
        }
        _ => None,
    }
}

/// A page from its rows. `key` gives a row's sort values and its id.
pub fn page<R, T>(
    bound: Bound,
    rows: Vec<R>,
    more: bool,
    key: impl Fn(&R) -> Vec<Value>,
    view: impl FnMut(R) -> T,
) -> Page<T> {
    let next_cursor = if more { rows.last().map(|row| cursor(bound, &key(row))) } else { None };
    Page { items: rows.into_iter().map(view).collect(), next_cursor, total: None }
}

/// A page of a short list that was read whole: the rows after the one that the cursor names.
pub fn whole<T>(params: &ListParams, mut items: Vec<T>, id: impl Fn(&T) -> String) -> Result<Page<T>> {
    let limit = paging("whole", &ListParams { cursor: None, ..params.clone() }, &[], &[])?.limit as usize;
    let total = params.count.then_some(items.len() as i64);
    if let Some(cursor) = &params.cursor {
        let at = items.iter().position(|it| id(it) == *cursor);
        let at = at.ok_or_else(|| {
            Error::field("cursor", "invalid_cursor", "Give back next_cursor of the page before, unchanged.")
        })?;
        items.drain(..=at);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(&id);
    Ok(Page { items, next_cursor, total })
}

/// The ids of a filter, comma separated. None when the filter was not given.
pub fn ids<K: Kind>(params: &ListParams, field: &str) -> Result<Option<Vec<Id<K>>>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse().map_err(|error: domain::id::BadId| Error::field(field, "invalid_id", error.to_string()))
        })
        .collect::<Result<Vec<_>>>()
        .map(Some)
}

/// Words of a closed list, comma separated.
pub fn words<T>(params: &ListParams, field: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            parse(part).ok_or_else(|| {
                Error::field(field, "invalid_value", format!("\u{201c}{part}\u{201d} is not known here."))
            })
        })
        .collect::<Result<Vec<_>>>()
        .map(Some)
}

/// A yes-or-no filter.
pub fn yes_no(params: &ListParams, field: &str) -> Result<Option<bool>> {
    match params.filters.get(field).map(String::as_str) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(Error::field(field, "invalid_value", "Give true or false.")),
    }
}

/// A day as a filter.
pub fn day(params: &ListParams, field: &str) -> Result<Option<domain::clock::Day>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let day = domain::clock::Day::parse(text);
    day.map(Some).ok_or_else(|| Error::field(field, "invalid_date", "Give a date like 2026-11-22."))
}

/// 422 for a filter that this list does not know: a misspelt one must not show everything.
pub fn only(params: &ListParams, known: &[&str]) -> Result<()> {
    match params.filters.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let message = format!("This list cannot be filtered by {name}. It can be by {}.", known.join(", "));
            Err(Error::field(name.clone(), "filter_not_supported", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(list: &str, sort: &str, state: &str) -> Bound {
        let known: Sorts = &[("name", "name_key"), ("number", "number_key")];
        let filters = [("state".to_owned(), state.to_owned())].into();
        let params = ListParams { sort: Some(sort.into()), filters, ..ListParams::default() };
        paging(list, &params, known, &[]).unwrap().bound
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let values = vec![Value::Int(-5), Value::Text("é".into()), Value::Uuid(Uuid::from_u128(9))];
        let here = bound("units", "name", "available");
        let text = cursor(here, &values);
        assert_eq!(read_cursor(here, &text, 3).unwrap().0, values);
        let longer = format!("{text}00");
        let altered = text.replace("09", "0a");
        for bad in ["", "0", "zz", "01", "0300ff", "é0", &text[16..], &longer, &altered] {
            assert!(read_cursor(here, bad, 3).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_order_and_filters() {
        let here = bound("units", "name", "available");
        let text = cursor(here, &[Value::Text("a".into()), Value::Uuid(Uuid::from_u128(9))]);
        for other in [
            bound("people", "name", "available"),
            bound("units", "-name", "available"),
            bound("units", "number", "available"),
            bound("units", "name", "on_hold"),
        ] {
            assert!(read_cursor(other, &text, 2).is_err());
        }
        assert!(read_cursor(bound("units", "name", "available"), &text, 2).is_ok());
    }

    #[test]
    fn a_short_list_is_paged_too() {
        let ask = |cursor: Option<&str>| ListParams {
            limit: Some(2),
            count: true,
            cursor: cursor.map(str::to_owned),
            ..ListParams::default()
        };
        let page = |cursor| whole(&ask(cursor), vec!["a", "b", "c"], |it| (*it).to_owned());
        let first = page(None).unwrap();
        assert_eq!((first.items, first.next_cursor.as_deref(), first.total), (vec!["a", "b"], Some("b"), Some(3)));
        let second = page(Some("b")).unwrap();
        assert_eq!((second.items, second.next_cursor, second.total), (vec!["c"], None, Some(3)));
        assert!(page(Some("x")).is_err());
    }

    #[test]
    fn only_listed_sorts_are_taken() {
        let known: Sorts = &[("name", "name_key")];
        let paging = |params: &ListParams| paging("units", params, known, &[]);
        let params = ListParams { sort: Some("-name".into()), ..ListParams::default() };
        assert_eq!(paging(&params).unwrap().sorts, vec![Sort { column: "name_key", descending: true }]);
        let params = ListParams { sort: Some("price".into()), ..ListParams::default() };
        assert!(matches!(paging(&params), Err(Error::Invalid { code: "sort_not_supported", .. })));
        let params = ListParams { limit: Some(501), ..ListParams::default() };
        assert!(paging(&params).is_err());
    }
}
