//! What waits for somebody, as numbers beside the rooms.

use crate::ui::{Room, Waiting};
use app::{Ctx, Result, Tx};
use contract::ListParams;

/// The rooms where something waits for this account.
pub fn counts(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Waiting>> {
    let filters = [("direction", "in"), ("status", "pending")];
    let filters = filters.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let params = ListParams { limit: Some(1), count: true, filters, ..ListParams::default() };
    let transfers = app::transfers::list(ctx, tx, &params)?.total.unwrap_or_default();
    let (_, asked) = super::requests::waiting(ctx, tx, 1)?;
    let mut all =
        vec![Waiting { room: Room::Transfers, count: u64::try_from(transfers + asked).unwrap_or_default(), hot: true }];
    // Invitations of other companies wait for an admin.
    let invited = app::links::waiting(ctx, tx)?;
    if invited > 0 {
        all.push(Waiting { room: Room::Settings, count: u64::try_from(invited).unwrap_or_default(), hot: true });
    }
    Ok(all)
}

/// For whom a delegate acts, by name.
pub fn principal(ctx: &Ctx, tx: &mut Tx) -> Result<Option<String>> {
    match ctx.actor.delegate_of {
        Some(id) => Ok(app::glance::names(ctx, tx, &[id])?.remove(&id)),
        None => Ok(None),
    }
}
