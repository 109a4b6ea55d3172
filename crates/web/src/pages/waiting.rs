//! What waits for somebody, as numbers beside the rooms.

use crate::ui::Waiting;
use app::{Ctx, Result, Tx};

/// The rooms where something waits for this account.
pub fn counts(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Waiting>> {
    let _ = (ctx, tx);
    Ok(Vec::new())
}
