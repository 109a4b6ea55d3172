//! Purchase orders over another amount than what they are for: the list that the office works through before it is paid less.

use crate::events::{number, sees_prices, within};
use crate::list;
use crate::{Ctx, Error, Result};
use contract::documents::PoMismatch;
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::id::Id;
use store::mismatches::{DIFFERS, MISMATCHES, MismatchRow};
use store::page::{Query, Sort};
use store::{Tx, Value};

const LATEST: &[Sort] = &[Sort { column: "ordered.received_at", descending: true }];

fn view(ctx: &Ctx, row: MismatchRow) -> PoMismatch {
    PoMismatch {
        id: Id::from_uuid(row.id),
        number: row.number,
        event_id: Id::from_uuid(row.event_id),
        event_number: number(row.event_number),
        event_name: row.event_name,
        manufacturer_name: row.manufacturer_name,
        representative_name: row.representative_name,
        location_name: row.location_name,
        amount_minor: row.amount_minor,
        expected_minor: row.expected_minor,
        difference_minor: row.amount_minor - row.expected_minor,
        currency: ctx.organization.currency.clone(),
        received_at: Instant(row.received_at),
    }
}

/// Purchase orders in reach over another amount than what they are for, the latest first, until their event is paid.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<PoMismatch>> {
    if !sees_prices(ctx) {
        return Err(Error::forbidden("not_allowed", "Amounts are shown to those who may see agreed prices."));
    }
    list::only(params, &["representative_id", "location_id", "customer_id"])?;
    let paging = list::paging("po_mismatches", params, &[("received_at", "ordered.received_at")], LATEST)?;
    let mut query = Query::new(MISMATCHES);
    query.and("ordered.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("ordered.removed_at IS NULL", []);
    query.and("ordered.amount_minor IS NOT NULL", []);
    query.and("event.status IN ('pending_po', 'pending_payment')", []);
    query.and(DIFFERS, []);
    let uuids = |ids: Vec<uuid::Uuid>| ids.into_iter().map(Value::Uuid).collect::<Vec<_>>();
    if let Some(ids) = list::ids::<domain::id::User>(params, "representative_id")? {
        query.any_of("event.representative_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Location>(params, "location_id")? {
        query.any_of("event.location_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("event.customer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    query.and_some(within(ctx));
    let (rows, more) =
        query.page::<MismatchRow>(tx, &paging.sorts, "ordered.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &MismatchRow| {
        let sorted = paging.sorts.iter().map(|_| Value::Int(row.received_at));
        sorted.chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, rows, more, key, |row| view(ctx, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}
