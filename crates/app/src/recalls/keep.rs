//! Recalls are opened, changed and ended by the office. Freezing is one statement about the rule, whatever it covers.

use super::{check_version, lines, lock, number, rule, status, tell, view};
use crate::units::holder;
use crate::{Ctx, Error, Result, labels};
use contract::CustodianRef;
use contract::recalls::{CreateRecall, PatchRecall, Recall, RecallLine, UnplacedText};
use domain::id::{Id, RecallId};
use domain::limits;
use domain::people::Permission;
use domain::recall::{LINES_MAX, NUMBERS_MAX, RecallStatus, Rule};
use domain::stock::Custodian;
use store::Tx;
use store::recalls::RecallRow;
use uuid::Uuid;

/// Most that a notice may be.
const NOTICE_MAX: usize = 60_000;

fn printed<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}

/// Lines as rules; what is wrong is named by its field.
fn rules(ctx: &Ctx, tx: &mut Tx, lines: &[RecallLine]) -> Result<Vec<(Uuid, Rule)>> {
    if lines.is_empty() {
        return Err(Error::field("lines", "required", "Say what is recalled: at least one item."));
    }
    if lines.len() > LINES_MAX {
        return Err(Error::field("lines", "too_many", format!("Give at most {LINES_MAX} lines.")));
    }
    let mut found = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let field = format!("lines[{at}]");
        let item = line.catalog_item_id.uuid();
        if store::stock::item(tx, ctx.org(), item)?.is_none() {
            return Err(Error::unknown(format!("{field}.catalog_item_id")));
        }
        let rule = rule(&field, line)?;
        if line.lots.len() + line.lot_ranges.len() + line.serials.len() + line.serial_ranges.len() > NUMBERS_MAX {
            let message = format!("Give at most {NUMBERS_MAX} numbers and ranges in one line.");
            return Err(Error::field(field, "too_many", message));
        }
        found.push((item, rule));
    }
    Ok(found)
}

fn home(ctx: &Ctx, tx: &mut Tx, to: Option<CustodianRef>) -> Result<Option<Custodian>> {
    match to {
        Some(to) => Ok(Some(holder(ctx, tx, "return_to", to)?.custodian)),
        None => Ok(None),
    }
}

fn long(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Error::field(field, "too_long", format!("Give at most {max} characters.")));
    }
    Ok(text.replace("\r\n", "\n"))
}

/// Opens a recall, or puts it down as a draft.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateRecall) -> Result<Recall> {
    ctx.require(Permission::ManageRecalls)?;
    let rules = rules(ctx, tx, &body.lines)?;
    let return_to = home(ctx, tx, body.return_to)?;
    let status = if body.draft { RecallStatus::Draft } else { RecallStatus::Open };
    let row = RecallRow {
        id: ctx.id::<domain::id::Recall>().uuid(),
        number: store::engine::next_number(tx, ctx.org(), "recall")?,
        title: labels::required("title", &body.title, limits::NAME_MAX)?,
        reference: labels::line("reference", Some(&body.reference), limits::NAME_MAX)?,
        classification: labels::line("classification", Some(&body.classification), limits::NAME_MAX)?,
        notice: long("notice", &body.notice, NOTICE_MAX)?,
        instructions: labels::note("instructions", &body.instructions)?,
        status: status.as_str().to_owned(),
        lines: printed(&body.lines)?,
        unplaced: printed(&body.unplaced)?,
        return_type: return_to.map(|it| it.kind.as_str().to_owned()),
        return_id: return_to.map(|it| it.id),
        return_address: labels::note("return_address", &body.return_address)?,
        opened_by: ctx.actor.id.uuid(),
        opened_at: ctx.now.0,
        ended_by: None,
        ended_at: None,
        reason: String::new(),
        version: 1,
    };
    store::recalls::insert(tx, ctx.org(), &row)?;
    store::recalls::set_spans(tx, ctx.org(), row.id, &rules, status.freezes())?;
    let kind = if body.draft { "recall_drafted" } else { "recall_opened" };
    let mut entry = ctx.entry(kind).subject(row.id);
    entry.change(row.id, "title", None, Some(row.title.clone()));
    entry.change(row.id, "lines", None, Some(row.lines.clone()));
    entry.append(ctx, tx)?;
    if !body.draft {
        tell::everybody(ctx, tx, &row)?;
    }
    view(ctx, tx, &row)
}

fn wrong_state(row: &RecallRow) -> Error {
    let message = format!(
        "Recall {} is {} already. Look at it as it is now.",
        number(row.number),
        status(row).label().to_lowercase()
    );
    Error::conflict("recall_not_open", message)
}

/// Opens a draft: what it covers is frozen, everybody concerned is told.
pub fn open(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<Recall> {
    let mut row = lock(ctx, tx, id)?;
    ctx.require(Permission::ManageRecalls)?;
    check_version(ctx, tx, &row)?;
    if status(&row) != RecallStatus::Draft {
        return Err(wrong_state(&row));
    }
    step(ctx, tx, &mut row, RecallStatus::Open, "recall_opened", "")?;
    tell::everybody(ctx, tx, &row)?;
    view(ctx, tx, &row)
}

fn step(ctx: &Ctx, tx: &mut Tx, row: &mut RecallRow, to: RecallStatus, kind: &'static str, reason: &str) -> Result<()> {
    let mut entry = ctx.entry(kind).reason(reason).subject(row.id);
    entry.change(row.id, "status", Some(row.status.clone()), Some(to.as_str().to_owned()));
    to.as_str().clone_into(&mut row.status);
    if matches!(to, RecallStatus::Closed | RecallStatus::Lifted) {
        row.ended_by = Some(ctx.actor.id.uuid());
        row.ended_at = Some(ctx.now.0);
        reason.clone_into(&mut row.reason);
    }
    store::recalls::save(tx, ctx.org(), row)?;
    store::recalls::set_freezes(tx, ctx.org(), row.id, to.freezes())?;
    entry.append(ctx, tx)
}

/// Closes a recall when the work is done. What it covers stays frozen: it was recalled.
pub fn close(ctx: &Ctx, tx: &mut Tx, id: RecallId, reason: &str) -> Result<Recall> {
    let reason = labels::reason(reason)?;
    let mut row = lock(ctx, tx, id)?;
    ctx.require(Permission::ManageRecalls)?;
    check_version(ctx, tx, &row)?;
    if status(&row) != RecallStatus::Open {
        return Err(wrong_state(&row));
    }
    step(ctx, tx, &mut row, RecallStatus::Closed, "recall_closed", &reason)?;
    tell::ended(ctx, tx, &row, "is closed. Affected units stay frozen.")?;
    view(ctx, tx, &row)
}

/// Lifts a recall that was withdrawn, or throws a draft away: nothing is frozen by it any more.
pub fn lift(ctx: &Ctx, tx: &mut Tx, id: RecallId, reason: &str) -> Result<Recall> {
    let reason = labels::reason(reason)?;
    let mut row = lock(ctx, tx, id)?;
    ctx.require(Permission::ManageRecalls)?;
    check_version(ctx, tx, &row)?;
    if status(&row) == RecallStatus::Lifted {
        return Err(wrong_state(&row));
    }
    step(ctx, tx, &mut row, RecallStatus::Lifted, "recall_lifted", &reason)?;
    tell::ended(ctx, tx, &row, "was lifted. The units it covered are free again.")?;
    view(ctx, tx, &row)
}

/// Changes what a recall says or covers. Whoever comes to hold affected units by it is told.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: RecallId, body: &PatchRecall) -> Result<Recall> {
    let mut row = lock(ctx, tx, id)?;
    ctx.require(Permission::ManageRecalls)?;
    check_version(ctx, tx, &row)?;
    let at = status(&row);
    if at == RecallStatus::Lifted {
        return Err(wrong_state(&row));
    }
    let before = row.clone();
    let line = |field: &'static str, given: &Option<String>, old: &str, max| match given {
        Some(text) => labels::line(field, Some(text), max),
        None => Ok(old.to_owned()),
    };
    if let Some(title) = &body.title {
        row.title = labels::required("title", title, limits::NAME_MAX)?;
    }
    row.reference = line("reference", &body.reference, &row.reference, limits::NAME_MAX)?;
    row.classification = line("classification", &body.classification, &row.classification, limits::NAME_MAX)?;
    if let Some(text) = &body.instructions {
        row.instructions = labels::note("instructions", text)?;
    }
    if let Some(text) = &body.return_address {
        row.return_address = labels::note("return_address", text)?;
    }
    if let Some(to) = home(ctx, tx, body.return_to)? {
        row.return_type = Some(to.kind.as_str().to_owned());
        row.return_id = Some(to.id);
    }
    let mut reason = String::new();
    if let Some(new) = &body.lines {
        let rules = rules(ctx, tx, new)?;
        row.lines = printed(new)?;
        if row.lines != before.lines && at != RecallStatus::Draft {
            // Somebody relies on what was frozen: why it changes is kept.
            reason = labels::reason(&body.reason)?;
        }
        place(&mut row, new)?;
        store::recalls::set_spans(tx, ctx.org(), row.id, &rules, at.freezes())?;
    }
    let mut entry = ctx.entry("recall_changed").reason(&reason).subject(row.id);
    let told = [
        ("title", &before.title, &row.title),
        ("reference", &before.reference, &row.reference),
        ("classification", &before.classification, &row.classification),
        ("instructions", &before.instructions, &row.instructions),
        ("return_address", &before.return_address, &row.return_address),
        ("lines", &before.lines, &row.lines),
    ];
    for (field, old, new) in told {
        entry.change(row.id, field, Some(old.clone()), Some(new.clone()));
    }
    let home = |row: &RecallRow| {
        super::return_to(row).map(|it| match it.kind {
            domain::stock::CustodianType::User => domain::id::UserId::from_uuid(it.id).to_string(),
            _ => domain::id::OrganizationId::from_uuid(it.id).to_string(),
        })
    };
    entry.change(row.id, "return_to", home(&before), home(&row));
    if entry.is_empty() {
        return view(ctx, tx, &before);
    }
    store::recalls::save(tx, ctx.org(), &mut row)?;
    entry.append(ctx, tx)?;
    if at == RecallStatus::Open && before.lines != row.lines {
        tell::newcomers(ctx, tx, &row)?;
    }
    view(ctx, tx, &row)
}

/// What a line was made for needs no looking at any more.
fn place(row: &mut RecallRow, new: &[RecallLine]) -> Result<()> {
    let old = lines(row);
    if old.len() == new.len() {
        return Ok(());
    }
    let mut unplaced: Vec<UnplacedText> = serde_json::from_str(&row.unplaced).unwrap_or_default();
    let named = |number: &String| new.iter().any(|line| line.lots.contains(number) || line.serials.contains(number));
    unplaced.retain(|it| it.numbers.is_empty() || !it.numbers.iter().all(named));
    row.unplaced = printed(&unplaced)?;
    Ok(())
}

/// The id of a recall for a filter of units.
pub(crate) fn known(ctx: &Ctx, tx: &mut Tx, id: RecallId) -> Result<()> {
    super::look(ctx, tx, id).map(drop).map_err(|error| match error {
        Error::NotFound(_) => Error::unknown("recall_id"),
        other => other,
    })
}

/// The recall a unit falls under, for a sentence.
pub fn of_unit(ctx: &Ctx, tx: &mut Tx, unit: domain::id::UnitId) -> Result<Option<(RecallId, String)>> {
    let found = store::recalls::frozen(tx, ctx.org(), &[unit.uuid()])?;
    Ok(found.get(&unit.uuid()).map(|row| (Id::from_uuid(row.id), format!("{} {}", number(row.number), row.title))))
}
