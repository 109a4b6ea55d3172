//! Documents on their way out: links for people without an account ([`links`], [`guest`]), sending and what was sent
//! ([`sends`]), delivery notes ([`delivery`]), reminders of purchase orders ([`reminders`]).

pub mod delivery;
pub mod guest;
pub mod links;
pub mod reminders;
pub mod sends;

use crate::events::{managed, readable};
use crate::{Ctx, Error, Result};
use domain::id::{Id, SalesOrderId};
use store::Tx;
use store::billing::SalesOrderRow;
use store::events::EventRow;

/// The event of a sales order that the caller may work on, and the order's standing edition.
pub(crate) fn order_at_work(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId) -> Result<(EventRow, SalesOrderRow)> {
    let order = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let event = managed(ctx, tx, Id::from_uuid(order.event_id))?;
    crate::events::lines::must_see_prices(ctx)?;
    if order.status != "open" {
        let message = "This edition is no longer in force. Take the standing one.";
        return Err(Error::conflict("sales_order_not_open", message));
    }
    Ok((event, order))
}

/// The same for whoever sees it.
pub(crate) fn order_in_sight(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId) -> Result<(EventRow, SalesOrderRow)> {
    let order = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok((readable(ctx, tx, order.event_id)?, order))
}
