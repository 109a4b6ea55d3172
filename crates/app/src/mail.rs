//! Mail that goes out after the commit: queued with the change that it tells of.

use crate::{Ctx, Error, Result};
use store::Tx;

pub use crate::work::{Along, Attachment, Letter, Mail};

/// Queues a mail in the unit of work that it tells of.
pub fn queue(ctx: &Ctx, tx: &mut Tx, mail: &Mail) -> Result<()> {
    let payload = serde_json::to_string(mail).map_err(|error| Error::Internal(error.to_string()))?;
    let id = ctx.id::<domain::id::Job>().uuid();
    store::engine::push(tx, ctx.org(), id, "mail", &payload, ctx.now.0)?;
    Ok(())
}

/// The same with something that goes along, under an id of one's own: it is told apart when it has left.
pub(crate) fn queue_letter(ctx: &Ctx, tx: &mut Tx, id: uuid::Uuid, letter: &Letter) -> Result<()> {
    let payload = serde_json::to_string(letter).map_err(|error| Error::Internal(error.to_string()))?;
    store::engine::push(tx, ctx.org(), id, "mail", &payload, ctx.now.0)?;
    Ok(())
}
