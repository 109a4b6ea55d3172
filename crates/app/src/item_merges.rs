//! Two items of the catalog that are one: everything of the one goes over to the other, and can go back for thirty days.
//!
//! The loser keeps its row and its number: it is an archived alias, and whoever scans its label, imports its number or opens its old
//! address comes to the survivor. Issued documents keep what was printed. What names an item is listed in [`store::item_merges`].

mod apart;
mod lines;

pub(crate) use apart::undo;

use crate::catalog::search_names;
use crate::directory::bulk::{Change, jobs};
use crate::directory::merges::write_job;
use crate::{Ctx, Error, Result};
use contract::ChangeView;
use contract::bulk::Consequence;
use contract::item_merges::{ItemMerge, ItemSide, MergeItem};
use contract::merges::MergeCount;
use domain::bulk::RowOutcome;
use domain::clock::Instant;
use domain::id::{self, CatalogItemId, Id, JobId};
use domain::limits;
use domain::people::Permission;
use domain::stock::UnitKind;
use store::Tx;
use store::catalog::{self as items, ItemRow};
use store::item_merges::{self as rows, MergeRow};
use store::jobs::{JobRow, OutcomeRow};
use uuid::Uuid;

/// Rows that one merge may move: more would hold up everybody else's work.
const ROWS_MAX: i64 = 50_000;

/// Makes an item a part of another one, or tells what that would be.
pub fn merge(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId, ask: &MergeItem) -> Result<ItemMerge> {
    ctx.require(Permission::ManageCatalog)?;
    let (loser, survivor) = both(ctx, tx, id, ask)?;
    ctx.check_version(loser.version, || crate::catalog::item(ctx, tx, id))?;
    may(ctx, tx, &loser, &survivor)?;
    let mut told = look(ctx, tx, &loser, &survivor)?;
    if !ask.dry_run {
        let job = carry_out(ctx, tx, &loser, &survivor, &told)?;
        told.dry_run = false;
        told.job_id = Some(Id::from_uuid(job.id));
        told.undo_until = jobs::undo_until(&job);
    }
    Ok(told)
}

/// Both, locked in the order of their ids unless nothing is written.
fn both(ctx: &Ctx, tx: &mut Tx, loser: CatalogItemId, ask: &MergeItem) -> Result<(ItemRow, ItemRow)> {
    if loser == ask.into {
        items::item(tx, ctx.org(), loser.uuid())?.ok_or_else(Error::not_found)?;
        return Err(Error::field("into", "same_item", "An item cannot become a part of itself. Choose another one."));
    }
    let mut ids = [loser.uuid(), ask.into.uuid()];
    ids.sort_unstable();
    let mut found = Vec::with_capacity(2);
    for id in ids {
        let row = match ask.dry_run {
            true => items::item(tx, ctx.org(), id)?,
            false => items::lock_item(tx, ctx.org(), id)?,
        };
        let field = (id != loser.uuid()).then(|| "into".to_owned());
        found.push(row.ok_or(Error::NotFound(field))?);
    }
    if found[0].id != loser.uuid() {
        found.reverse();
    }
    let survivor = found.pop().ok_or_else(Error::not_found)?;
    Ok((found.pop().ok_or_else(Error::not_found)?, survivor))
}

fn listed<T: ToString>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn may(ctx: &Ctx, tx: &mut Tx, loser: &ItemRow, survivor: &ItemRow) -> Result<()> {
    let refused = |code: &'static str, message: String| Err(Error::conflict(code, message));
    for row in [loser, survivor] {
        if row.merged_into_id.is_some() {
            return refused("catalog_item_merged", format!("{} became a part of another item already.", row.number));
        }
    }
    if loser.manufacturer_id != survivor.manufacturer_id {
        return refused("other_manufacturer", "Only items of one manufacturer can be one.".to_owned());
    }
    if loser.kind != survivor.kind {
        return refused("other_kind", format!("One is a {}, the other a {}.", loser.kind, survivor.kind));
    }
    if survivor.archived_at.is_some() {
        let message = format!("{} is archived. Bring it back first, or merge the other way round.", survivor.number);
        return refused("survivor_archived", message);
    }
    let serials = rows::same_serials(tx, ctx.org(), loser.id, survivor.id)?;
    if !serials.is_empty() {
        let message = format!(
            "Both have an active unit with the serial number {}: one thing that was entered twice. Deactivate one of each \
             pair first.",
            listed(&serials)
        );
        return refused("same_serial_number", message);
    }
    let quotes = rows::quotes_of_both(tx, ctx.org(), loser.id, survivor.id)?;
    if !quotes.is_empty() {
        let events: Vec<String> = quotes.into_iter().map(crate::events::number).collect();
        let message = format!("The quote of {} has a line of each. Take one of the lines off first.", listed(&events));
        return refused("both_on_one_quote", message);
    }
    for item in [loser.id, survivor.id] {
        let asked = rows::asked_across(tx, ctx.org(), item)?;
        if !asked.is_empty() {
            let requests: Vec<String> = asked.into_iter().map(crate::requests::number).collect();
            let message = format!(
                "{} is under way with a linked company, which knows the item as it is. Merge when it is over.",
                listed(&requests)
            );
            return refused("asked_of_linked_company", message);
        }
    }
    Ok(())
}

// What it would be.

fn side(row: &ItemRow, units: &[(Uuid, i64)]) -> ItemSide {
    ItemSide {
        id: Id::from_uuid(row.id),
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        number: row.number.clone(),
        description: row.description.clone(),
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
        udi_di: (!row.udi_di.is_empty()).then(|| row.udi_di.clone()),
        active_units: units.iter().find(|(id, _)| *id == row.id).map_or(0, |(_, n)| *n),
    }
}

fn look(ctx: &Ctx, tx: &mut Tx, loser: &ItemRow, survivor: &ItemRow) -> Result<ItemMerge> {
    let mut moves = rows::counts(tx, ctx.org(), loser.id)?;
    moves.extend(lines::counts(ctx, tx, loser.id)?);
    let total: i64 = moves.iter().map(|(_, count)| count).sum();
    if total > ROWS_MAX {
        let message = format!(
            "{} has {total} records. At most {ROWS_MAX} go over at once: merge the other way round.",
            loser.number
        );
        return Err(Error::conflict("merge_too_large", message));
    }
    let units = rows::active_units(tx, ctx.org(), &[loser.id, survivor.id])?;
    let consequences = consequences(ctx, tx, loser, survivor, &moves)?;
    let (_, changes) = filled(loser, survivor)?;
    let counted = |(kind, count): (&str, i64)| MergeCount { kind: kind.to_owned(), count };
    let shown = |(field, old, new): Change| ChangeView {
        subject_id: CatalogItemId::from_uuid(survivor.id).to_string(),
        field,
        old,
        new,
    };
    // What an item costs is for the office, which is whoever may do this; others would not come here.
    Ok(ItemMerge {
        dry_run: true,
        survivor: side(survivor, &units),
        merged: side(loser, &units),
        moves: moves.into_iter().filter(|(_, count)| *count > 0).map(counted).collect(),
        filled: changes.into_iter().map(shown).collect(),
        consequences,
        job_id: None,
        undo_until: None,
    })
}

/// The survivor as it would be, and what is different: empty fields are filled, identifiers are united.
fn filled(loser: &ItemRow, survivor: &ItemRow) -> Result<(ItemRow, Vec<Change>)> {
    let mut row = survivor.clone();
    if row.description.is_empty() {
        (row.description, row.description_key) = (loser.description.clone(), loser.description_key.clone());
    }
    row.list_price_minor = row.list_price_minor.or(loser.list_price_minor);
    row.cost_minor = row.cost_minor.or(loser.cost_minor);
    row.par_level = row.par_level.or(loser.par_level);
    let mut further: Vec<String> = serde_json::from_str(&row.gtins).unwrap_or_default();
    for identifier in loser.identifiers() {
        if row.udi_di.is_empty() && identifier == loser.udi_di {
            row.udi_di = identifier;
        } else if !further.contains(&identifier) && row.udi_di != identifier {
            further.push(identifier);
        }
    }
    row.gtins = crate::imports::json(&further)?;
    let changes = differences(survivor, &row);
    Ok((row, changes))
}

/// The fields that a merge writes, as text.
fn fields(row: &ItemRow) -> [(&'static str, Option<String>); 6] {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let number = |value: Option<i64>| value.map(|it| it.to_string());
    [
        ("description", some(&row.description)),
        ("list_price_minor", number(row.list_price_minor)),
        ("cost_minor", number(row.cost_minor)),
        ("par_level", number(row.par_level)),
        ("udi_di", some(&row.udi_di)),
        ("gtins", some(&row.gtins)),
    ]
}

fn differences(before: &ItemRow, after: &ItemRow) -> Vec<Change> {
    let pairs = fields(before).into_iter().zip(fields(after));
    pairs.filter(|(old, new)| old != new).map(|((field, old), (_, new))| (field.to_owned(), old, new)).collect()
}

fn consequences(
    ctx: &Ctx,
    tx: &mut Tx,
    loser: &ItemRow,
    survivor: &ItemRow,
    moves: &[(&str, i64)],
) -> Result<Vec<Consequence>> {
    let mut all = Vec::new();
    let mut told = |code: &str, count: i64, message: String| {
        all.push(Consequence { code: code.to_owned(), count, message });
    };
    let stay = rows::prices_that_stay(tx, ctx.org(), loser.id, survivor.id)?;
    if stay > 0 {
        let message = format!(
            "{stay} agreed {} with {}, because {} has a price of the same customer or list, which counts.",
            if stay == 1 { "price stays" } else { "prices stay" },
            loser.number,
            survivor.number
        );
        told("prices_stay", stay, message);
    }
    if loser.list_price_minor != survivor.list_price_minor && survivor.list_price_minor.is_some() {
        told("list_price_of_survivor", 1, format!("The list price is that of {}.", survivor.number));
    }
    if loser.geography != survivor.geography {
        let message = format!("Where it may be used is what {} says.", survivor.number);
        told("countries_of_survivor", 1, message);
    }
    if loser.reusable != survivor.reusable {
        let message =
            format!("New units are {} as {}; those there are stay as they are.", reuse(survivor), survivor.number);
        told("reuse_of_survivor", 1, message);
    }
    let recalled = moves.iter().find(|(kind, _)| *kind == "recall_line").map_or(0, |(_, n)| *n);
    let also = rows::counts(tx, ctx.org(), survivor.id)?;
    let also = also.iter().find(|(kind, _)| *kind == "recall_line").map_or(0, |(_, n)| *n);
    if recalled + also > 0 {
        told(
            "recalls_cover_both",
            recalled + also,
            "Recalls that name one of the two cover the same lots and serial numbers of both.".to_owned(),
        );
    }
    told(
        "documents_keep_names",
        1,
        format!("Issued orders and invoices, and what was signed, keep what was printed: {}.", loser.number),
    );
    told(
        "alias_stays",
        1,
        format!("{} is archived. Its number, its labels and old links lead to {}.", loser.number, survivor.number),
    );
    Ok(all)
}

const fn reuse(row: &ItemRow) -> &'static str {
    if row.reusable { "reusable" } else { "for single use" }
}

// Doing it.

fn carry_out(ctx: &Ctx, tx: &mut Tx, loser: &ItemRow, survivor: &ItemRow, told: &ItemMerge) -> Result<JobRow> {
    let merge = MergeRow {
        id: ctx.id::<id::Job>().uuid(),
        loser_id: loser.id,
        survivor_id: survivor.id,
        loser_archived_at: loser.archived_at,
        merged_at: ctx.now.0,
        undone_at: None,
    };
    rows::insert(tx, ctx.org(), &merge)?;
    rows::follow(tx, ctx.org(), &merge)?;
    lines::join(ctx, tx, &merge)?;
    lines::rewrite(ctx, tx, &merge)?;
    rows::over(tx, ctx.org(), &merge)?;
    let (kept, changes) = filled(loser, survivor)?;
    // Its identifiers went over already.
    let alias = ItemRow {
        udi_di: String::new(),
        gtins: "[]".to_owned(),
        archived_at: loser.archived_at.or(Some(ctx.now.0)),
        ..loser.clone()
    };
    for row in [&kept, &alias] {
        save(ctx, tx, row)?;
    }
    rows::lead(tx, ctx.org(), &merge)?;
    for item in [loser.id, survivor.id] {
        store::directory::standing::price_changed(tx, ctx.org(), item)?;
    }
    let mut entry = ctx.entry("catalog_item_merged").subject(loser.id).subject(survivor.id);
    entry.change(merge.id, "batch_id", None, Some(JobId::from_uuid(merge.id).to_string()));
    let into = Some(CatalogItemId::from_uuid(survivor.id).to_string());
    entry.change(loser.id, "merged_into_id", None, into.clone());
    for (field, old, new) in &changes {
        entry.change(survivor.id, field, old.clone(), new.clone());
    }
    for it in &told.moves {
        entry.change(survivor.id, &format!("{}s_taken_over", it.kind), None, Some(it.count.to_string()));
    }
    entry.append(ctx, tx)?;
    let mut gone: Vec<Change> = vec![("merged_into_id".to_owned(), None, into)];
    gone.extend(differences(loser, &alias));
    let summary = format!("{} became a part of {}", loser.number, survivor.number);
    let outcomes = [outcome(1, loser, false, &gone)?, outcome(2, survivor, false, &changes)?];
    let outcomes = outcomes.map(|row| OutcomeRow { outcome: RowOutcome::Done.as_str().into(), ..row });
    write_job(ctx, tx, ENTITY, merge.id, "merge", None, &summary, &outcomes)
}

/// What jobs about items of the catalog are about.
pub(crate) const ENTITY: &str = "catalog_items";

/// Saves an item whose identifiers are in their table already.
fn save(ctx: &Ctx, tx: &mut Tx, row: &ItemRow) -> Result<()> {
    let lines = items::lines_of(tx, ctx.org(), &[row.id])?.remove(&row.id).unwrap_or_default();
    let named = items::lines_by_ids(tx, ctx.org(), &lines)?;
    let maker = items::manufacturer(tx, ctx.org(), row.manufacturer_id)?.ok_or_else(Error::not_found)?;
    items::save_item(tx, ctx.org(), row, row, &lines, &search_names(&maker, &named))?;
    Ok(())
}

fn outcome(n: i64, row: &ItemRow, left: bool, changes: &[Change]) -> Result<OutcomeRow> {
    let (outcome, code, reason) = match left {
        false => (RowOutcome::Restored, "", ""),
        true => (RowOutcome::ChangedSince, "changed_since", "What somebody changed since stays as it is."),
    };
    Ok(OutcomeRow {
        n,
        entity: ENTITY.into(),
        subject_id: row.id,
        version: row.version,
        outcome: outcome.as_str().into(),
        code: code.into(),
        reason: reason.into(),
        changes: crate::imports::json(&changes)?,
    })
}

/// Items that became a part of this one, latest first: the numbers that it also goes by.
pub fn parts(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId) -> Result<Vec<Part>> {
    let found = rows::of_survivor(tx, ctx.org(), id.uuid(), limits::PREVIEW_ROWS as i64)?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.loser_id).collect();
    let mut losers = items::items_by_ids(tx, ctx.org(), &ids)?;
    let mut all = Vec::with_capacity(found.len());
    for row in found {
        let Some(loser) = losers.remove(&row.loser_id) else { continue };
        let until = store::jobs::job(tx, ctx.org(), row.id)?.and_then(|job| jobs::undo_until(&job));
        all.push(Part {
            job: Id::from_uuid(row.id),
            id: Id::from_uuid(loser.id),
            number: loser.number,
            merged_at: Instant(row.merged_at),
            undo_until: until.filter(|until| *until > ctx.now),
        });
    }
    Ok(all)
}

/// An item that became a part of another one.
#[derive(Debug, Clone)]
pub struct Part {
    /// The job of the merge.
    pub job: JobId,
    /// Which.
    pub id: CatalogItemId,
    /// Its number.
    pub number: String,
    /// When.
    pub merged_at: Instant,
    /// Until when it can be taken back.
    pub undo_until: Option<Instant>,
}
