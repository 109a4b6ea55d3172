//! What a merge of items joins and writes anew: rows of which both have one, and documents whose lines name items.

use crate::{Ctx, Result};
use domain::id::{BomId, CatalogItemId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Tx;
use store::item_merges::{self as rows, BothRow, DOCUMENTS, JOINED, Joined, MergeRow};
use uuid::Uuid;

/// A row that was joined: the loser's own, and what the survivor's became.
#[derive(Serialize, Deserialize)]
struct Was {
    place: i64,
    amounts: [i64; 4],
    text: String,
    /// The bill of materials from which a line of a request came.
    other: Option<BomId>,
    became: [i64; 4],
}

/// A document, before and after.
#[derive(Serialize, Deserialize)]
struct Written {
    before: String,
    after: String,
}

const SUBSTITUTE: &str = "substitute";

fn printed(item: Uuid) -> String {
    CatalogItemId::from_uuid(item).to_string()
}

fn joined(kind: &str) -> String {
    format!("{kind}_joined")
}

/// How many documents name an item, by kind.
pub(super) fn counts(ctx: &Ctx, tx: &mut Tx, item: Uuid) -> Result<Vec<(&'static str, i64)>> {
    let item = printed(item);
    let mut all = Vec::with_capacity(DOCUMENTS.len() + 1);
    for document in DOCUMENTS {
        all.push((document.kind, document.naming(tx, ctx.org(), &item)?.len() as i64));
    }
    all.push((SUBSTITUTE, rows::substitutes_naming(tx, ctx.org(), &item)?.len() as i64));
    Ok(all)
}

/// Rows of which both have one become one, with the amounts of both.
pub(super) fn join(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<()> {
    for table in JOINED {
        for row in table.both(tx, ctx.org(), merge)? {
            let amounts = [row.first, row.second, row.third, row.fourth];
            let mine = [row.mine_first, row.mine_second, row.mine_third, row.mine_fourth];
            let became = std::array::from_fn(|n| amounts[n] + mine[n]);
            table.set(tx, ctx.org(), row.owner, merge.survivor_id, became)?;
            table.drop(tx, ctx.org(), row.owner, merge.loser_id)?;
            let was = Was { place: row.place, amounts, text: row.text, other: row.other.map(BomId::from_uuid), became };
            let was = crate::imports::json(&was)?;
            rows::remember(tx, ctx.org(), merge.id, &joined(table.kind), row.owner, "", &was)?;
        }
    }
    Ok(())
}

/// Documents that name the loser name the survivor.
pub(super) fn rewrite(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<()> {
    let (loser, survivor) = (printed(merge.loser_id), printed(merge.survivor_id));
    for document in DOCUMENTS {
        for (id, before) in document.naming(tx, ctx.org(), &loser)? {
            let Some(after) = renamed(&before, &loser, &survivor, document.adds_up) else { continue };
            document.save(tx, ctx.org(), id, &after)?;
            let was = crate::imports::json(&Written { before, after })?;
            rows::remember(tx, ctx.org(), merge.id, document.kind, id, "", &was)?;
        }
    }
    for (event, item, before) in rows::substitutes_naming(tx, ctx.org(), &loser)? {
        let Some(after) = renamed_ids(&before, &loser, &survivor) else { continue };
        rows::set_substitutes(tx, ctx.org(), event, item, &after)?;
        let was = crate::imports::json(&Written { before, after })?;
        rows::remember(tx, ctx.org(), merge.id, SUBSTITUTE, event, &printed(item), &was)?;
    }
    Ok(())
}

/// What was written anew is as it was before, unless somebody changed it since; gives how much was.
pub(super) fn write_back(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<usize> {
    let mut left = 0;
    let stored = |text: &str| serde_json::from_str::<Written>(text).ok();
    for document in DOCUMENTS {
        for (id, _, was) in rows::remembered(tx, ctx.org(), merge.id, document.kind)? {
            let now = document.lines(tx, ctx.org(), id)?;
            match stored(&was).filter(|it| now.as_ref() == Some(&it.after)) {
                Some(it) => document.save(tx, ctx.org(), id, &it.before)?,
                None => left += 1,
            }
        }
    }
    for (event, item, was) in rows::remembered(tx, ctx.org(), merge.id, SUBSTITUTE)? {
        let Ok(item) = item.parse::<CatalogItemId>() else { continue };
        let now = rows::substitutes(tx, ctx.org(), event, item.uuid())?;
        match stored(&was).filter(|it| now.as_ref() == Some(&it.after)) {
            Some(it) => rows::set_substitutes(tx, ctx.org(), event, item.uuid(), &it.before)?,
            None => left += 1,
        }
    }
    Ok(left)
}

/// What came of parting rows that had been joined.
#[derive(Default)]
pub(super) struct Parted {
    /// Rows that somebody changed since, and that stay joined.
    pub left: usize,
    /// Such a row is a line of a request, which cannot stay joined while its units go back.
    pub request: bool,
}

/// Rows that were joined are two again, unless somebody changed them since.
pub(super) fn part(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<Parted> {
    let mut parted = Parted::default();
    for table in JOINED {
        for (owner, _, was) in rows::remembered(tx, ctx.org(), merge.id, &joined(table.kind))? {
            let Ok(was) = serde_json::from_str::<Was>(&was) else { continue };
            if table.amounts(tx, ctx.org(), owner, merge.survivor_id)? == Some(was.became) {
                split(ctx, tx, table, merge, owner, was)?;
            } else {
                parted.left += 1;
                parted.request |= table.kind == "request_line";
            }
        }
    }
    Ok(parted)
}

fn split(ctx: &Ctx, tx: &mut Tx, table: &Joined, merge: &MergeRow, owner: Uuid, was: Was) -> Result<()> {
    let mine = std::array::from_fn(|n| was.became[n] - was.amounts[n]);
    table.set(tx, ctx.org(), owner, merge.survivor_id, mine)?;
    let [first, second, third, fourth] = was.amounts;
    let row = BothRow {
        owner,
        place: was.place,
        first,
        second,
        third,
        fourth,
        text: was.text,
        other: was.other.map(BomId::uuid),
        mine_first: mine[0],
        mine_second: mine[1],
        mine_third: mine[2],
        mine_fourth: mine[3],
    };
    Ok(table.restore(tx, ctx.org(), merge.loser_id, &row)?)
}

/// A list of ids with one in the place of another, each once.
fn renamed_ids(stored: &str, loser: &str, survivor: &str) -> Option<String> {
    let ids: Vec<String> = serde_json::from_str(stored).ok()?;
    let mut kept: Vec<&str> = Vec::with_capacity(ids.len());
    for id in &ids {
        let id = if id == loser { survivor } else { id };
        if !kept.contains(&id) {
            kept.push(id);
        }
    }
    serde_json::to_string(&kept).ok()
}

/// Lines with one item in the place of another. Where both have a line and lines add up, the first one has the amounts of both.
fn renamed(stored: &str, loser: &str, survivor: &str, adds_up: bool) -> Option<String> {
    let lines: Vec<Value> = serde_json::from_str(stored).ok()?;
    let mut kept: Vec<Value> = Vec::with_capacity(lines.len());
    for mut line in lines {
        if line["catalog_item_id"] == *loser {
            line["catalog_item_id"] = survivor.into();
        }
        if let Some(ids) = line.get_mut("substitute_ids").filter(|ids| ids.is_array()) {
            let text = renamed_ids(&ids.to_string(), loser, survivor)?;
            *ids = serde_json::from_str(&text).ok()?;
        }
        let known = kept.iter_mut().find(|it| adds_up && it["catalog_item_id"] == *survivor);
        match known.filter(|_| line["catalog_item_id"] == *survivor) {
            Some(known) => add(known, &line),
            None => kept.push(line),
        }
    }
    // What stands for itself needs no substitute of the same name.
    for line in &mut kept {
        let own = line["catalog_item_id"].clone();
        if let Some(ids) = line.get_mut("substitute_ids").and_then(Value::as_array_mut) {
            ids.retain(|id| *id != own);
        }
    }
    serde_json::to_string(&kept).ok()
}

fn add(known: &mut Value, line: &Value) {
    let Some(fields) = line.as_object() else { return };
    for (field, value) in fields {
        match (&mut known[field.as_str()], value) {
            (Value::Number(mine), Value::Number(theirs)) => {
                let sum = mine.as_i64().unwrap_or(0) + theirs.as_i64().unwrap_or(0);
                *mine = sum.into();
            }
            (Value::Array(mine), Value::Array(theirs)) => {
                let new: Vec<Value> = theirs.iter().filter(|it| !mine.contains(it)).cloned().collect();
                mine.extend(new);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_item_add_up() {
        let stored = r#"[{"catalog_item_id":"a","min":1,"required":2,"max":3},{"catalog_item_id":"c","min":1,"required":1,"max":1},
            {"catalog_item_id":"b","min":0,"required":1,"max":4}]"#;
        let after: Value = serde_json::from_str(&renamed(stored, "b", "a", true).unwrap()).unwrap();
        assert_eq!(after.as_array().unwrap().len(), 2);
        assert_eq!(after[0], serde_json::json!({"catalog_item_id": "a", "min": 1, "required": 3, "max": 7}));
        let apart: Value = serde_json::from_str(&renamed(stored, "b", "a", false).unwrap()).unwrap();
        assert_eq!(apart.as_array().unwrap().len(), 3, "each line of a recall stays a line");
    }

    #[test]
    fn an_item_is_no_substitute_of_itself() {
        let stored = r#"[{"catalog_item_id":"a","quantity":1,"substitute_ids":["b","c"]}]"#;
        let after: Value = serde_json::from_str(&renamed(stored, "b", "a", true).unwrap()).unwrap();
        assert_eq!(after[0]["substitute_ids"], serde_json::json!(["c"]));
        assert_eq!(renamed_ids(r#"["b","a"]"#, "b", "a").unwrap(), r#"["a"]"#);
    }
}
