//! Mail that goes out after the commit: queued with the change that it tells of.

use crate::{Ctx, Error, Result};
use serde::{Deserialize, Serialize};
use store::Tx;

/// The kind of outbox work that is a mail.
pub const KIND: &str = "mail";

/// A mail in plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// What about, in one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Queues a mail in the unit of work that it tells of.
pub fn queue(ctx: &Ctx, tx: &mut Tx, mail: &Mail) -> Result<()> {
    let payload = serde_json::to_string(mail).map_err(|error| Error::Internal(error.to_string()))?;
    let id = ctx.id::<domain::id::Job>().uuid();
    store::engine::push(tx, ctx.org(), id, KIND, &payload, ctx.now.0)?;
    Ok(())
}
