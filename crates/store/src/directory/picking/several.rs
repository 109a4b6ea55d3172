//! An order by several columns, of one table or of several: no index gives it, but the one of its first column leads.
//!
//! Where few rows share a value of that column, the first so many rows hold whole groups of them, which are sorted as they are.
//! Where many share one, the page lies within a group or two, and the next column leads within each.

use super::{ALL, FEW, Three, Wish, further, is_few, picked, table_of, walked};
use crate::page::{Keyset, Query, Sort};
use db::{Cell, FromValue, Result, Tx, Value};
use uuid::Uuid;

/// So many rows are looked at for whole groups.
const BLOCK: u32 = 2_000;
/// So many groups are gone through before it is given up.
const GROUPS: usize = 8;

/// A value of a sort column.
struct Key(Value);

impl FromValue for Key {
    const WANTED: &'static str = "a sort value";
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(Self(Value::Int(number))),
            Cell::Text(text) => Some(Self(Value::Text(text.to_owned()))),
            Cell::Bytes(_) | Cell::Null => None,
        }
    }
}

/// The ids of the page and of the row behind it; None when neither way leads there soon.
pub(super) fn ids(tx: &mut Tx, three: &Three, wish: &Wish<'_>) -> Result<Option<Vec<Uuid>>> {
    let Some((first, at)) = wish.sorts.first().and_then(|sort| Some((*sort, table_of(three, sort)?))) else {
        return Ok(None);
    };
    // A few rows are sorted as they are.
    if wish.narrowing.any_condition(|_| true) && is_few(tx, three, wish.narrowing, FEW)? {
        return Ok(None);
    }
    match block(tx, three, wish, first, at)? {
        Some(ids) => Ok(Some(ids)),
        None => groups(tx, three, wish, first, at),
    }
}

/// The value of the first column in the `n`th row whose value is behind, or not before, another one.
fn value(
    tx: &mut Tx,
    three: &Three,
    (first, at): (Sort, usize),
    from: Option<(&Value, bool)>,
    n: u32,
) -> Result<Option<Value>> {
    let mut query = Query::new(format!("SELECT {} FROM {}", first.column, three.from(at)));
    three.belong(&mut query, at);
    if let Some((from, included)) = from {
        query.and(&bound(first, included), [from.clone()]);
    }
    let walk = query.bounded(&[first], &three.id(at), None, 1);
    let found = tx.one::<(Key,)>(format!("{} OFFSET {n}", walk.text()).as_str(), walk.args())?;
    Ok(found.map(|(Key(value),)| value))
}

/// That a row's value comes behind another one, or is that.
fn bound(sort: Sort, included: bool) -> String {
    let sign = match (sort.descending, included) {
        (false, false) => ">",
        (false, true) => ">=",
        (true, false) => "<",
        (true, true) => "<=",
    };
    format!("{} {sign} ?", sort.column)
}

/// The page, if the groups that lie wholly within the first rows fill it.
fn block(tx: &mut Tx, three: &Three, wish: &Wish<'_>, first: Sort, at: usize) -> Result<Option<Vec<Uuid>>> {
    let from = wish.after.map(|Keyset(values)| &values[0]);
    let Some(end) = value(tx, three, (first, at), from.map(|from| (from, true)), BLOCK)? else { return Ok(None) };
    let mut needed = three.spoken_of(&wish.narrowing.conditions_text());
    wish.sorts.iter().filter_map(|sort| table_of(three, sort)).for_each(|table| needed[table] = true);
    let order: Vec<usize> =
        [at].into_iter().chain([1, 2, 0].into_iter().filter(|it| *it != at && needed[*it])).collect();
    let keys: String = wish.sorts.iter().enumerate().map(|(n, sort)| format!(", {} AS k{n}", sort.column)).collect();
    let id = three.id(at);
    let mut slim = three.joined(&format!("SELECT {id} AS id{keys}"), &order);
    // Before the value with which the rows end: its group may go on behind them.
    slim.and(&bound(Sort { descending: !first.descending, ..first }, false), [end]);
    wish.narrowing.conditions_where(&mut slim, |_| true);
    if let Some((alive, args)) = wish.alive {
        slim.and(&alive.replace("{id}", &id), args.clone());
    }
    let found = slim.sorted_apart(wish.sorts, &id, wish.after, ALL, wish.limit + 1).all::<(Uuid,)>(tx)?;
    let filled = found.len() > wish.limit as usize;
    Ok(filled.then(|| found.into_iter().map(|(id,)| id).collect()))
}

/// The page, group by group of rows that share the first column's value.
fn groups(tx: &mut Tx, three: &Three, wish: &Wish<'_>, first: Sort, at: usize) -> Result<Option<Vec<Uuid>>> {
    let wanted = wish.limit as usize + 1;
    let mut found = Vec::with_capacity(wanted);
    let mut within = wish.after.map(|Keyset(values)| (values[0].clone(), Keyset(values[1..].to_vec())));
    let mut last: Option<Value> = None;
    for _ in 0..GROUPS {
        let (group, after) = match within.take() {
            Some((group, after)) => (group, Some(after)),
            None => match value(tx, three, (first, at), last.as_ref().map(|last| (last, false)), 0)? {
                Some(group) => (group, None),
                None => return Ok(Some(found)),
            },
        };
        let mut narrowing = wish.narrowing.clone();
        narrowing.and(&format!("{} = ?", first.column), [group.clone()]);
        let inner = Wish {
            sorts: &wish.sorts[1..],
            after: after.as_ref(),
            limit: (wanted - found.len() - 1) as u32,
            narrowing: &narrowing,
            each: None,
            ..*wish
        };
        found.extend(of_group(tx, three, &inner)?);
        if found.len() >= wanted {
            return Ok(Some(found));
        }
        last = Some(group);
    }
    Ok(None)
}

/// The first rows of one group and the row behind them.
fn of_group(tx: &mut Tx, three: &Three, wish: &Wish<'_>) -> Result<Vec<Uuid>> {
    let found = match walked(three, wish.sorts) {
        Some(at) if !is_few(tx, three, wish.narrowing, FEW)? => further(tx, three, wish, at)?,
        Some(_) => None,
        None => ids(tx, three, wish)?,
    };
    if let Some(ids) = found {
        return Ok(ids);
    }
    Ok(picked(tx, three, wish)?.all::<(Uuid,)>(tx)?.into_iter().map(|(id,)| id).collect())
}
