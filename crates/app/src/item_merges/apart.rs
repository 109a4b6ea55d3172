//! Taking a merge of items back: everything goes where it was, and with the units what was done with them since.

use super::{ENTITY, differences, lines, outcome, save};
use crate::directory::bulk::{Change, changes_of, jobs};
use crate::directory::merges::write_job;
use crate::{Ctx, Error, Result};
use contract::bulk::Job;
use domain::id::{self, CatalogItemId, JobId};
use domain::people::Permission;
use store::Tx;
use store::catalog::{self as items, ItemRow};
use store::item_merges::{self as rows, MergeRow};
use store::jobs::JobRow;
use uuid::Uuid;

/// Takes a merge back.
pub(crate) fn undo(ctx: &Ctx, tx: &mut Tx, job: &mut JobRow) -> Result<Job> {
    ctx.require(Permission::ManageCatalog)?;
    let merge = rows::lock(tx, ctx.org(), job.id)?.ok_or_else(|| Error::Internal("a merge without a record".into()))?;
    let (loser, survivor) = both(ctx, tx, &merge)?;
    if survivor.merged_into_id.is_some() {
        let message = format!("{} became a part of another item since. Undo that merge first.", survivor.number);
        return Err(Error::conflict("survivor_merged", message));
    }
    let had = changes_of(tx, ctx.org(), job.id, loser.id)?;
    let took = changes_of(tx, ctx.org(), job.id, survivor.id)?;
    let moved = rows::identifiers_moved(tx, ctx.org(), merge.id)?;
    go_back(ctx, tx, &merge)?;
    let mut left = lines::write_back(ctx, tx, &merge)?;
    let parted = lines::part(ctx, tx, &merge)?;
    if parted.request {
        let message =
            "A request for both was changed or sent since, so that it cannot be parted any more. They stay one item.";
        return Err(Error::conflict("changed_since", message));
    }
    left += parted.left;
    let now: Vec<String> = rows::identifiers_of(tx, ctx.org(), loser.id)?;
    let free = regained(&loser, &had, &now)?;
    let (kept, stayed) = emptied(&survivor, &took, &moved, &now)?;
    let free = ItemRow { archived_at: merge.loser_archived_at, ..free };
    for row in [&kept, &free] {
        save(ctx, tx, row)?;
    }
    rows::let_go(tx, ctx.org(), &merge)?;
    rows::undone(tx, ctx.org(), merge.id, ctx.now.0)?;
    for item in [loser.id, survivor.id] {
        store::directory::standing::price_changed(tx, ctx.org(), item)?;
    }
    let given_back = differences(&survivor, &kept);
    let undoing = ctx.id::<id::Job>().uuid();
    let mut entry = ctx.entry("catalog_item_unmerged").subject(loser.id).subject(survivor.id);
    entry.change(undoing, "batch_id", None, Some(JobId::from_uuid(undoing).to_string()));
    let from = Some(CatalogItemId::from_uuid(survivor.id).to_string());
    entry.change(loser.id, "merged_into_id", from.clone(), None);
    for (field, old, new) in &given_back {
        entry.change(survivor.id, field, old.clone(), new.clone());
    }
    entry.append(ctx, tx)?;
    let back = vec![("merged_into_id".to_owned(), from, None)];
    let outcomes = [outcome(1, &loser, false, &back)?, outcome(2, &survivor, stayed || left > 0, &given_back)?];
    let summary = format!("{} stands by itself again, apart from {}", loser.number, survivor.number);
    let made = write_job(ctx, tx, ENTITY, undoing, "unmerge", Some(job.id), &summary, &outcomes)?;
    job.undone_by = Some(made.id);
    store::jobs::save(tx, ctx.org(), job)?;
    jobs::view(ctx, tx, made)
}

fn both(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<(ItemRow, ItemRow)> {
    let mut ids = [merge.loser_id, merge.survivor_id];
    ids.sort_unstable();
    let mut locked =
        |id: Uuid| -> Result<ItemRow> { items::lock_item(tx, ctx.org(), id)?.ok_or_else(Error::not_found) };
    let (first, second) = (locked(ids[0])?, locked(ids[1])?);
    Ok(if first.id == merge.loser_id { (first, second) } else { (second, first) })
}

/// Rows go back. Where the old item has got a row of its own since, nothing is overwritten.
fn go_back(ctx: &Ctx, tx: &mut Tx, merge: &MergeRow) -> Result<()> {
    match rows::back(tx, ctx.org(), merge) {
        Err(store::Error::Unique(_)) => Err(Error::conflict(
            "changed_since",
            "The old item was used again since: it has a price or a level of its own. Take that off first.",
        )),
        other => Ok(other?),
    }
}

fn text_of<'a>(changes: &'a [Change], field: &str) -> Option<&'a Change> {
    changes.iter().find(|(name, ..)| name == field)
}

/// The old item with the identifiers that it had, as far as they are its own again.
fn regained(loser: &ItemRow, had: &[Change], now: &[String]) -> Result<ItemRow> {
    let mut row = loser.clone();
    let old = |field: &str| text_of(had, field).and_then(|(_, old, _)| old.clone());
    row.udi_di = old("udi_di").filter(|di| now.contains(di)).unwrap_or_default();
    let further: Vec<String> = old("gtins").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let further: Vec<String> = further.into_iter().filter(|it| now.contains(it)).collect();
    row.gtins = crate::imports::json(&further)?;
    Ok(row)
}

/// The survivor without what it took over, where that still is as the merge wrote it; whether something is not.
fn emptied(survivor: &ItemRow, took: &[Change], moved: &[String], back: &[String]) -> Result<(ItemRow, bool)> {
    let mut row = survivor.clone();
    let mut stayed = false;
    let gone = |identifier: &String| moved.contains(identifier) && back.contains(identifier);
    if gone(&row.udi_di) {
        row.udi_di = String::new();
    }
    let further: Vec<String> = serde_json::from_str(&row.gtins).unwrap_or_default();
    row.gtins = crate::imports::json(&further.into_iter().filter(|it| !gone(it)).collect::<Vec<_>>())?;
    for (field, old, new) in took {
        let now = super::fields(survivor).into_iter().find(|(name, _)| name == field).and_then(|(_, value)| value);
        if matches!(field.as_str(), "udi_di" | "gtins") {
            continue;
        }
        if now != *new {
            stayed = true;
            continue;
        }
        let number = old.as_ref().and_then(|text| text.parse().ok());
        match field.as_str() {
            "description" => {
                row.description = old.clone().unwrap_or_default();
                row.description_key = crate::catalog::description_key(&row.description);
            }
            "list_price_minor" => row.list_price_minor = number,
            "cost_minor" => row.cost_minor = number,
            "par_level" => row.par_level = number,
            other => return Err(Error::Internal(format!("a merge took over {other}"))),
        }
    }
    Ok((row, stayed))
}
