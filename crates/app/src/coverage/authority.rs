//! In whose right something is done: an offer that is accepted is carried out in the right of whoever made it.

use crate::{Actor, Ctx, Error, Result};
use domain::id::Id;
use domain::people::Role;
use std::sync::Arc;
use store::Tx;
use store::people::UserRow;
use uuid::Uuid;

/// The context of a colleague at this moment: whose rights and reach are asked, while somebody else acts. None when that
/// account may not work any more.
pub(crate) fn of(ctx: &Ctx, tx: &mut Tx, account: Uuid) -> Result<Option<Ctx>> {
    let Some(row) = store::people::user(tx, ctx.org(), account)? else { return Ok(None) };
    let principal = match row.delegate_of {
        Some(id) => store::people::user(tx, ctx.org(), id)?,
        None => None,
    };
    let works = |row: &UserRow| {
        let role = Role::parse(&row.role);
        row.active && role.is_some_and(|role| row.training_completed_at.is_some() || !role.needs_training())
    };
    let stands = row.delegate_of.is_none() || principal.as_ref().is_some_and(works);
    let trained = row.delegate_of.is_some() || works(&row);
    if !row.active || !stands || !trained {
        return Ok(None);
    }
    let settings = principal.as_ref().map_or(&row.settings, |principal| &principal.settings);
    let role = Role::parse(&row.role).ok_or_else(|| Error::Internal("a stored role is unknown".into()))?;
    let actor = Actor {
        id: Id::from_uuid(row.id),
        settings: serde_json::from_str(settings).unwrap_or_default(),
        email: row.email,
        name: row.name,
        role,
        delegate_of: row.delegate_of.map(Id::from_uuid),
        custodian_only: row.custodian_only,
        ready: true,
        token: None,
    };
    Ok(Some(Ctx { actor: Arc::new(actor), expected_version: None, ..ctx.clone() }))
}
