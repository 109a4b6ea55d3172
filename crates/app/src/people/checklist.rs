//! The set-up of an account: what is there and what is missing. It blocks nothing.

use super::accounts::{role_of, subject};
use crate::{Ctx, Result};
use contract::people::{Checklist, ChecklistItem};
use domain::id::UserId;
use domain::people::Role;
use store::Tx;
use store::people::{SetUpRow, UserRow};

/// How far the set-up of an account is.
pub fn checklist(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Checklist> {
    let subject = subject(ctx, tx, id)?;
    let found = store::people::set_up(tx, ctx.org(), subject.row.id)?;
    let items = items(&subject.row, role_of(&subject.row)?, found);
    Ok(Checklist { complete: items.iter().all(|item| item.done || !item.needed), items })
}

fn items(row: &UserRow, role: Role, found: SetUpRow) -> Vec<ChecklistItem> {
    let delegate = row.delegate_of.is_some();
    let sells = matches!(role, Role::Sales | Role::Distributor) && !delegate;
    let leads = role == Role::Distributor && !delegate;
    let works = !row.custodian_only;
    let address: contract::Address = serde_json::from_str(&row.shipping_address).unwrap_or_default();
    let directory = match role {
        // A facility manager works for locations, whatever the manufacturer.
        Role::FacilityManager => found.locations > 0,
        _ => found.locations > 0 && found.manufacturers > 0,
    };
    let group = if leads { found.reps > 0 } else { found.distributors > 0 };
    let sharing = if leads { row.shares_inventory } else { found.sharing_distributors > 0 };
    // Reps who draw on a pool need no stock of their own.
    let pooled = role == Role::Sales && sharing;
    let item = |key: &str, label: &str, done: bool, needed: bool| ChecklistItem {
        key: key.to_owned(),
        label: label.to_owned(),
        done,
        needed,
    };
    vec![
        item("shipping_address", "Shipping address", !address.is_empty(), role.holds_stock() && !delegate),
        item("commission_rate", "Commission rate", row.commission_rate_bp.is_some(), sells && works),
        item("directory", "Directory assignments", directory, (sells && works) || role == Role::FacilityManager),
        item("group", "Distributor group", group, leads),
        item("sharing", "Shared stock", sharing, leads && row.custodian_only),
        item("stock", "Stock in custody", found.units > 0, sells && !pooled),
        item("training", "Training complete", trained(row, role), role.needs_training()),
        item("invitation", "Invitation", row.invited_at.is_some() || row.claimed_at.is_some(), works),
    ]
}

fn trained(row: &UserRow, role: Role) -> bool {
    row.training_completed_at.is_some() || !role.needs_training()
}
