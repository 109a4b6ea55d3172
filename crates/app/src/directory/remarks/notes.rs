//! Notes: something to know about a customer. Pinned ones stay on top.

use super::{Names, blank, entry, locked, of_customer, page, readable, require_author, said, writable};
use crate::list;
use crate::{Ctx, Result};
use contract::remarks::{CreateNote, CustomerNote, PatchNote};
use contract::{Done, ListParams, Page};
use domain::id::{self, CustomerId, NoteId};
use domain::remark::RemarkKind;
use store::Tx;
use store::directory::remarks::{self as rows, RemarkRow};

/// Notes about a customer, latest first; `pinned=true` gives those that stay on top.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Page<CustomerNote>> {
    readable(ctx, tx, id.uuid())?;
    list::only(params, &["location_id", "pinned"])?;
    let mut wanted = of_customer(id, &[RemarkKind::Note], params)?;
    wanted.pinned = list::yes_no(params, "pinned")?;
    page(ctx, tx, "customer_notes", &wanted, params, Names::note)
}

fn shown(ctx: &Ctx, tx: &mut Tx, row: RemarkRow) -> Result<CustomerNote> {
    Ok(Names::of(ctx, tx, std::slice::from_ref(&row))?.note(ctx, row))
}

/// One note.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: NoteId) -> Result<CustomerNote> {
    let row = super::one(ctx, tx, id.uuid(), RemarkKind::Note)?;
    shown(ctx, tx, row)
}

/// Writes a note.
pub fn create(ctx: &Ctx, tx: &mut Tx, customer: CustomerId, new: &CreateNote) -> Result<CustomerNote> {
    let customer = writable(ctx, tx, customer, new.location_id)?;
    let id = ctx.id::<id::Note>().uuid();
    let mut row = blank(ctx, id, RemarkKind::Note, customer.id, new.location_id);
    row.body = said("body", &new.body)?;
    row.pinned = i64::from(new.pinned);
    rows::insert(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "note_added", &row);
    draft.change(row.id, "note", None, Some(row.body.clone()));
    draft.append(ctx, tx)?;
    shown(ctx, tx, row)
}

/// Changes a note: its author may, and whoever keeps the directory. Anybody who writes here may pin it.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: NoteId, patch: &PatchNote) -> Result<CustomerNote> {
    let (_, before) = locked(ctx, tx, id.uuid(), RemarkKind::Note)?;
    if patch.body.is_some() {
        require_author(ctx, &before, "note")?;
    }
    ctx.check_version(before.version, || shown(ctx, tx, before.clone()))?;
    let mut row = before.clone();
    if let Some(text) = &patch.body {
        row.body = said("body", text)?;
        row.edited_at = if row.body == before.body { before.edited_at } else { Some(ctx.now.0) };
    }
    if let Some(pinned) = patch.pinned {
        row.pinned = i64::from(pinned);
    }
    let mut draft = entry(ctx, "note_changed", &row);
    let flag = |pinned: i64| Some((pinned == 1).to_string());
    draft.change(row.id, "note", Some(before.body.clone()), Some(row.body.clone()));
    draft.change(row.id, "pinned", flag(before.pinned), flag(row.pinned));
    if draft.is_empty() {
        return shown(ctx, tx, before);
    }
    rows::save(tx, ctx.org(), &row)?;
    draft.append(ctx, tx)?;
    row.version += 1;
    shown(ctx, tx, row)
}

/// Takes a note back. What it said stays in the history.
pub fn delete(ctx: &Ctx, tx: &mut Tx, id: NoteId) -> Result<Done> {
    let (_, row) = locked(ctx, tx, id.uuid(), RemarkKind::Note)?;
    require_author(ctx, &row, "note")?;
    ctx.check_version(row.version, || shown(ctx, tx, row.clone()))?;
    rows::delete(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "note_removed", &row);
    draft.change(row.id, "note", Some(row.body.clone()), None);
    draft.append(ctx, tx)?;
    Ok(Done { done: true })
}
