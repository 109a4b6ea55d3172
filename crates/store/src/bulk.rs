//! Many rows in few statements: multi-row inserts and lists of keys, cut into a few fixed sizes so that the engines prepare
//! few texts.

use db::{FromRow, Result, Tx, Value};
use uuid::Uuid;

/// Rows of one insert, largest first.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];
/// More arguments than this make a statement slower than two: the engines infer their types.
const MOST_ARGS: usize = 1_800;

/// Inserts rows of `width` values each. `head` is `INSERT INTO t (columns) VALUES`, `tail` what follows the rows.
pub fn insert(tx: &mut Tx, head: &str, tail: &str, width: usize, values: &[Value]) -> Result<u64> {
    debug_assert_eq!(values.len() % width, 0, "whole rows");
    let mut rest = values;
    let mut done = 0;
    while !rest.is_empty() {
        let rows = rest.len() / width;
        let size = SIZES.into_iter().find(|size| *size <= rows && size * width <= MOST_ARGS).unwrap_or(1);
        let (now, later) = rest.split_at(size * width);
        let mut text = String::with_capacity(head.len() + tail.len() + size * width * 6);
        text.push_str(head);
        for row in 0..size {
            text.push_str(if row == 0 { " (" } else { ", (" });
            marks(&mut text, row * width + 1, width);
            text.push(')');
        }
        text.push(' ');
        text.push_str(tail);
        done += tx.exec(text.as_str(), now)?;
        rest = later;
    }
    Ok(done)
}

/// Saves a row whose key is organisation and id, and counts its version up. Only columns whose values differ are named: an
/// engine writes anew each index with a named column, whether its value changed or not. `columns` are those of `before` and
/// `after`, each with its table's name in front; the id is the first of them.
pub(crate) fn save_changed(
    tx: &mut Tx,
    table: &'static str,
    organization: Uuid,
    columns: &'static str,
    before: &[Value],
    after: &[Value],
) -> Result<u64> {
    let mut values = vec![Value::Uuid(organization), after[0].clone()];
    let mut text = format!("UPDATE {table} SET version = version + 1");
    let names = columns.split(',').map(|name| name.trim().rsplit('.').next().unwrap_or_default());
    for ((name, old), new) in names.zip(before).zip(after) {
        if old != new && name != "version" {
            values.push(new.clone());
            text.push_str(&format!(", {name} = ${}", values.len()));
        }
    }
    text.push_str(" WHERE organization_id = $1 AND id = $2");
    tx.exec(text.as_str(), &values)
}

/// `$first, $first+1, …`, so many.
fn marks(text: &mut String, first: usize, count: usize) {
    use std::fmt::Write;
    for at in 0..count {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}${}", first + at);
    }
}

/// Cuts keys into lists for `IN`: each has a fixed length, filled up with its last key, and says how many it really holds.
fn lists(ids: &[Uuid]) -> impl Iterator<Item = (usize, Vec<Value>)> {
    ids.chunks(SIZES[0]).map(|chunk| {
        let size = SIZES.into_iter().rev().find(|size| *size >= chunk.len()).unwrap_or(SIZES[0]);
        let mut values: Vec<Value> = chunk.iter().map(|id| Value::Uuid(*id)).collect();
        while let Some(last) = values.last().filter(|_| values.len() < size).cloned() {
            values.push(last);
        }
        (chunk.len(), values)
    })
}

/// A statement with a list of keys in the place of `{ids}`; the other arguments are `$1…` and come first.
fn with_ids(sql: &str, args: &[Value], ids: Vec<Value>) -> (String, Vec<Value>) {
    let mut list = String::with_capacity(ids.len() * 5);
    marks(&mut list, args.len() + 1, ids.len());
    let mut all = args.to_vec();
    all.extend(ids);
    (sql.replace("{ids}", &list), all)
}

/// Every row that a statement finds for the keys, list by list.
pub fn all<T: FromRow>(tx: &mut Tx, sql: &str, args: &[Value], ids: &[Uuid]) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    for (_, list) in lists(ids) {
        let (text, args) = with_ids(sql, args, list);
        rows.extend(tx.all::<T>(text.as_str(), &args)?);
    }
    Ok(rows)
}

/// Runs a statement for its effect on the keys; gives how many rows it changed.
pub fn exec(tx: &mut Tx, sql: &str, args: &[Value], ids: &[Uuid]) -> Result<u64> {
    let mut changed = 0;
    for (_, list) in lists(ids) {
        let (text, args) = with_ids(sql, args, list);
        changed += tx.exec(text.as_str(), &args)?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_lists_of_few_lengths() {
        let ids: Vec<Uuid> = (0..300).map(Uuid::from_u128).collect();
        let made: Vec<(usize, usize)> = lists(&ids).map(|(real, list)| (real, list.len())).collect();
        assert_eq!(made, [(256, 256), (44, 64)]);
        assert_eq!(lists(&[]).count(), 0);
        let (text, args) = with_ids("id = $1 AND k IN ({ids})", &[Value::Int(1)], vec![Value::Int(2), Value::Int(3)]);
        assert_eq!((text.as_str(), args.len()), ("id = $1 AND k IN ($2, $3)", 3));
    }
}
