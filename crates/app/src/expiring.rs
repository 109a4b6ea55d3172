//! What expires soon by date and holder, which open cases could still use it, and what to send where so that they do.

use crate::history::Names;
use crate::{Ctx, Error, Result, list};
use contract::expiring::{ExpiringLot, ExpiringUse, Swap};
use contract::{Items, ListParams};
use domain::clock::Day;
use domain::id::{Id, UserId};
use domain::stock::{Custodian, CustodianType};
use store::expiring::GroupRow;
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// Days that are looked ahead unless said otherwise, and at most.
const DAYS: i64 = 90;
const DAYS_MAX: i64 = 730;
/// Groups that are listed.
const GROUPS: i64 = 200;
/// Cases that are listed with each.
const USES: u32 = 3;

/// (event, name, day, representative, how many).
type Use = (Uuid, String, i64, Uuid, i64);

/// Open cases by a day that need an item, the next first, as far as the viewer sees them.
fn uses(ctx: &Ctx, tx: &mut Tx, item: Uuid, by: i64) -> Result<Vec<Use>> {
    let mut query = Query::new(
        "SELECT event.id, event.name, event.day, event.representative_id, need.quantity FROM event_need need \
         JOIN event ON event.organization_id = need.organization_id AND event.id = need.event_id",
    );
    query.and("need.organization_id = ? AND need.catalog_item_id = ?", [Value::Uuid(ctx.org()), Value::Uuid(item)]);
    query.and("need.starts_at >= ?", [Value::Int(ctx.now.0)]);
    query.and("event.status = 'open' AND event.day <= ?", [Value::Int(by)]);
    query.and_some(crate::events::within(ctx));
    let next = [Sort { column: "need.starts_at", descending: false }];
    Ok(query.page::<Use>(tx, &next, "need.event_id", None, USES)?.0)
}

/// What expires within so many days, the first first; at most 200 lots.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Items<ExpiringLot>> {
    list::only(params, &["days", "custodian_id"])?;
    let days = match params.filters.get("days").map(|text| text.parse::<i64>()) {
        None => DAYS,
        Some(Ok(days)) if (0..=DAYS_MAX).contains(&days) => days,
        Some(_) => {
            let message = format!("Give a number of days from 0 to {DAYS_MAX}.");
            return Err(Error::field("days", "invalid_value", message));
        }
    };
    let custodians = crate::unit_lists::custodians(params, "custodian_id")?;
    let today = i64::from(ctx.today().0);
    let span = (today, today + days);
    let rows = store::expiring::groups(tx, ctx.viewer(), custodians.as_deref(), span, GROUPS)?;
    let mut names = Names::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(one(ctx, tx, &mut names, &row)?);
    }
    Ok(Items { items })
}

fn one(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &GroupRow) -> Result<ExpiringLot> {
    let item = store::stock::item(tx, ctx.org(), row.item)?.ok_or_else(Error::not_found)?;
    let holder =
        Custodian { kind: CustodianType::parse(&row.custodian_type).unwrap_or(CustodianType::User), id: row.custodian };
    let mut found = Vec::new();
    let mut swap = None;
    for (event, name, day, representative, quantity) in uses(ctx, tx, row.item, row.expires_on)? {
        let to = Custodian::user(UserId::from_uuid(representative));
        let to_name = names.of(ctx, tx, representative)?;
        let same_holder = to == holder;
        // Facility stock stays on its shelf.
        if swap.is_none() && !same_holder && row.shelf.is_none() {
            let units = store::expiring::units(tx, ctx.org(), row, quantity.min(row.units))?;
            if !units.is_empty() {
                swap = Some(Swap {
                    event_id: Id::from_uuid(event),
                    to: to.into(),
                    to_name: to_name.clone(),
                    unit_ids: units.into_iter().map(Id::from_uuid).collect(),
                });
            }
        }
        found.push(ExpiringUse {
            event_id: Id::from_uuid(event),
            name,
            event_on: Day(day as i32),
            representative_id: Id::from_uuid(representative),
            representative_name: to_name,
            quantity,
            same_holder,
        });
    }
    // Whoever has a case of their own for it needs no swap.
    let swap = swap.filter(|_| !found.iter().any(|it| it.same_holder));
    Ok(ExpiringLot {
        catalog_item_id: Id::from_uuid(row.item),
        catalog_number: item.number,
        description: item.description,
        lot: row.lot.clone(),
        expires_on: Day(row.expires_on as i32),
        custodian: holder.into(),
        custodian_name: names.of(ctx, tx, row.custodian)?,
        facility_stock_location_id: row.shelf.map(Id::from_uuid),
        units: row.units,
        uses: found,
        swap,
    })
}
