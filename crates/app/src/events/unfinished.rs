//! What somebody typed into the form of an event and has not saved yet: kept while they type, so that a lost tab loses nothing. It is
//! theirs alone, is no event, and is forgotten when they save, when they throw it away, and after two weeks.

use crate::{Ctx, Error, Result};
use domain::clock::Instant;
use domain::id::EventId;
use domain::people::Permission;
use store::Tx;
use store::unfinished::{self as rows, UnfinishedRow};
use uuid::Uuid;

/// For so long it is kept.
pub const KEPT_DAYS: i64 = 14;
/// Larger than any form of an event that a person fills in.
const SIZE_MAX: usize = 32_000;

/// What was typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfinished {
    /// Names and values in the order of the form.
    pub fields: Vec<(String, String)>,
    /// When it was kept last.
    pub kept_at: Instant,
    /// Somebody changed the event since.
    pub changed_since: bool,
}

/// Whose it is and what it is about, and the version of that; an event that the caller does not see is not found.
fn about(ctx: &Ctx, tx: &mut Tx, event: Option<EventId>) -> Result<(Uuid, i64)> {
    ctx.require(Permission::ManageEvents)?;
    match event {
        None => Ok((Uuid::nil(), 0)),
        Some(id) => super::readable(ctx, tx, id.uuid()).map(|row| (row.id, row.version)),
    }
}

/// Keeps what was typed, in the place of what was typed before.
pub fn keep(ctx: &Ctx, tx: &mut Tx, event: Option<EventId>, fields: &[(String, String)]) -> Result<Instant> {
    let (subject, version) = about(ctx, tx, event)?;
    let fields = serde_json::to_string(fields).map_err(|error| Error::Internal(error.to_string()))?;
    if fields.len() > SIZE_MAX {
        return Err(Error::TooLarge("This is more than a draft holds. Save it.".into()));
    }
    let row = UnfinishedRow { fields, version, updated_at: ctx.now.0 };
    rows::keep(tx, ctx.org(), ctx.actor.id.uuid(), subject, &row)?;
    Ok(ctx.now)
}

/// What was typed and not saved; None when there is nothing, or it is too old.
pub fn get(ctx: &Ctx, tx: &mut Tx, event: Option<EventId>) -> Result<Option<Unfinished>> {
    let (subject, version) = about(ctx, tx, event)?;
    let Some(row) = rows::get(tx, ctx.org(), ctx.actor.id.uuid(), subject)? else { return Ok(None) };
    if row.updated_at < ctx.now.plus_seconds(-KEPT_DAYS * 86_400).0 {
        return Ok(None);
    }
    Ok(Some(Unfinished {
        fields: serde_json::from_str(&row.fields).unwrap_or_default(),
        kept_at: Instant(row.updated_at),
        changed_since: row.version != version,
    }))
}

/// Forgets it: it was saved, or is not wanted.
pub fn forget(ctx: &Ctx, tx: &mut Tx, event: Option<EventId>) -> Result<()> {
    let subject = event.map_or(Uuid::nil(), |id| id.uuid());
    rows::forget(tx, ctx.org(), ctx.actor.id.uuid(), subject)?;
    Ok(())
}
