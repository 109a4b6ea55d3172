//! How a transfer travels, and what of it arrived damaged.

use super::{cancelling, get, lock, status, to};
use crate::links::across;
use crate::units::notify;
use crate::{Ctx, Error, Result, labels};
use contract::transfers::{AcceptTransfer, Shipment, Transfer};
use domain::clock::Day;
use domain::hold::HoldStatus;
use domain::id::{TransferId, UnitId};
use domain::limits;
use domain::stock::{CustodianType, TransferLineStatus, TransferStatus};
use std::collections::BTreeMap;
use store::Tx;
use store::shipments::ShipmentRow;
use uuid::Uuid;

/// Most parcels of one transfer.
const PARCELS_MAX: i64 = 1_000;

/// What is known of how a transfer travels.
pub(super) fn of(ctx: &Ctx, tx: &mut Tx, transfer: Uuid) -> Result<Option<Shipment>> {
    let row = store::shipments::of(tx, ctx.org(), transfer)?;
    Ok(row.map(|row| Shipment {
        carrier: row.carrier,
        tracking: row.tracking,
        shipped_on: row.shipped_on.map(|day| Day(day as i32)),
        parcels: row.parcels,
    }))
}

/// Says how a transfer travels: the sender's side, or the office. The recipient is told.
pub fn ship(ctx: &Ctx, tx: &mut Tx, id: TransferId, body: &Shipment) -> Result<Transfer> {
    let row = lock(ctx, tx, id)?;
    if !cancelling(ctx, tx, &row)? {
        let message = "Only whoever sent this transfer, or the office, may say how it travels.";
        return Err(Error::forbidden("not_yours_to_ship", message));
    }
    if matches!(status(&row), TransferStatus::Cancelled | TransferStatus::Declined) {
        let message = "This transfer did not come about, so nothing of it travels.";
        return Err(Error::conflict("transfer_not_pending", message));
    }
    if body.parcels.is_some_and(|n| !(1..=PARCELS_MAX).contains(&n)) {
        let message = format!("Give a number of parcels from 1 to {PARCELS_MAX}.");
        return Err(Error::field("parcels", "invalid_quantity", message));
    }
    let after = ShipmentRow {
        carrier: labels::line("carrier", Some(&body.carrier), limits::NAME_MAX)?,
        tracking: labels::line("tracking", Some(&body.tracking), limits::NAME_MAX)?,
        shipped_on: body.shipped_on.map(|day| i64::from(day.0)),
        parcels: body.parcels,
    };
    let before = store::shipments::of(tx, ctx.org(), row.id)?;
    if before.as_ref() == Some(&after) {
        return get(ctx, tx, id);
    }
    let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let mut entry = super::entry(ctx, "transfer_shipped", &row, "");
    entry.change(row.id, "carrier", text(before.as_ref().map(|it| &it.carrier)), text(Some(&after.carrier)));
    entry.change(row.id, "tracking", text(before.as_ref().map(|it| &it.tracking)), text(Some(&after.tracking)));
    store::shipments::put(tx, ctx.org(), row.id, &after)?;
    if across::is_outgoing(&row) {
        // The other company reads it in its own half.
        tx.admit(row.to_id)?;
        store::shipments::put(tx, row.to_id, row.id, &after)?;
    }
    entry.append(ctx, tx)?;
    if to(&row).kind == CustodianType::User {
        let with = if after.carrier.is_empty() { String::new() } else { format!(" with {}", after.carrier) };
        let number = if after.tracking.is_empty() { String::new() } else { format!(", {}", after.tracking) };
        let sentence = format!("What {} sent you is on its way{with}{number}.", ctx.actor.name);
        notify(ctx, tx, row.to_id, "transfer_shipped", row.id, &sentence)?;
    }
    get(ctx, tx, id)
}

/// What arrived damaged is accepted and waits on hold, with what is known about it.
pub(super) fn damaged(ctx: &Ctx, tx: &mut Tx, done: &Transfer, body: &AcceptTransfer) -> Result<()> {
    let mut reasons: BTreeMap<String, Vec<UnitId>> = BTreeMap::new();
    for (at, it) in body.damaged.iter().enumerate() {
        let field = |name: &str| format!("damaged[{at}].{name}");
        let came = |line: &contract::transfers::TransferLine| {
            line.unit_id == it.unit_id && line.status == TransferLineStatus::Accepted
        };
        if !done.lines.iter().any(came) {
            let message = "Only what arrived can be damaged. Say of the rest that it did not arrive.";
            return Err(Error::field(field("unit_id"), "not_received", message));
        }
        let reason = labels::line("reason", Some(&it.reason), limits::REASON_MAX)?;
        if reason.is_empty() {
            return Err(Error::field(field("reason"), "required", "Say what is wrong with it."));
        }
        reasons.entry(reason).or_default().push(it.unit_id);
    }
    for (reason, units) in reasons {
        crate::unit_bulk::steps(ctx, tx, &units, "unit_held", &reason, |_, row, after, extras| {
            row.facts().may_be_held()?;
            after.on_hold = true;
            extras.hold_reason = Some(reason.clone());
            extras.hold_status = Some(HoldStatus::Damaged);
            Ok(())
        })?;
    }
    Ok(())
}
