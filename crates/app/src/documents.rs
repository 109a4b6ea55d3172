//! Documents on their way out: links for people without an account ([`links`], [`guest`]), sending and what was sent
//! ([`sends`]), delivery notes ([`delivery`]), reminders of purchase orders ([`reminders`]).

pub mod delivery;
pub mod guest;
pub mod links;
pub mod reminders;
pub mod sends;
mod tongue;

use crate::billing::profile;
use crate::events::{managed, readable};
use crate::{Ctx, Error, Result};
use domain::id::{Id, SalesOrderId};
use domain::language::Language;
use print::document::{Document, Kind};
use store::Tx;
use store::billing::SalesOrderRow;
use store::events::EventRow;
use uuid::Uuid;

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

/// What every paper says for its organisation, and to this customer: the legal text at the foot, whether the customer is exempt from
/// tax, and all of it in the customer's language.
pub(crate) fn dress(ctx: &Ctx, tx: &mut Tx, customer: Option<Uuid>, paper: &mut Document) -> Result<()> {
    let text = |key: &str| ctx.organization.settings.get(key).and_then(serde_json::Value::as_str);
    paper.legal_footer.extend(text("document_footer").into_iter().flat_map(str::lines).map(str::to_owned));
    let known = match customer {
        Some(customer) => profile::of(ctx, tx, customer)?,
        None => None,
    };
    let sold = matches!(paper.kind, Kind::SalesOrder | Kind::Invoice | Kind::Quote);
    if let Some(row) = known.as_ref().filter(|row| sold && profile::is_exempt(row, ctx.today())) {
        paper.meta.push(("Tax exempt".to_owned(), profile::exemption_words(row)));
    }
    let language = known.as_ref().and_then(|row| Language::parse(&row.language));
    let house = text("document_language").and_then(Language::parse);
    tongue::put_into(paper, language.or(house).unwrap_or(Language::English));
    Ok(())
}
