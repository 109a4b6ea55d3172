//! Contract prices: of price lists, of locations, and which one holds.

use super::note_changes;
use crate::{Ctx, Error, Result, list};
use contract::directory::ContractPrice;
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::id::{self, CatalogItemId, Id, LocationId, PriceListId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use domain::pricing::{Agreed, Price};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use store::directory::prices::{self as rows, FOR_EVER, PriceRow, SINCE_EVER};
use store::{Tx, Value};
use uuid::Uuid;

/// By what prices can be filtered.
pub const FILTERS: &[&str] = &["catalog_item_id"];

fn day(stored: i64, open: i64) -> Option<Day> {
    (stored != open).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

fn view(row: PriceRow) -> ContractPrice {
    ContractPrice {
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        price_minor: row.price_minor,
        valid_from: day(row.valid_from, SINCE_EVER),
        valid_to: day(row.valid_to, FOR_EVER),
    }
}

fn page(ctx: &Ctx, tx: &mut Tx, owner: Uuid, params: &ListParams) -> Result<Page<ContractPrice>> {
    list::only(params, FILTERS)?;
    let items = list::ids::<id::CatalogItem>(params, "catalog_item_id")?.map(super::uuids);
    let paging = list::paging(&format!("prices of {owner}"), params, &[], rows::ORDER)?;
    let (found, more) = rows::page(tx, ctx.org(), owner, items.as_deref(), paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, ctx.org(), owner, items.as_deref())).transpose()?;
    let key = |row: &PriceRow| vec![Value::Uuid(row.catalog_item_id), Value::Int(row.valid_from)];
    Ok(Page { total, ..list::page(paging.bound, found, more, key, view) })
}

fn visible_location(ctx: &Ctx, tx: &mut Tx, location: LocationId) -> Result<()> {
    if !store::directory::sees_location(tx, ctx.viewer(), location.uuid())? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ViewContractPrices)
}

/// Prices of a price list in reach.
pub fn of_price_list(ctx: &Ctx, tx: &mut Tx, id: PriceListId, params: &ListParams) -> Result<Page<ContractPrice>> {
    super::named::price_list(ctx, tx, id)?;
    page(ctx, tx, id.uuid(), params)
}

/// A location's own prices.
pub fn of_location(ctx: &Ctx, tx: &mut Tx, id: LocationId, params: &ListParams) -> Result<Page<ContractPrice>> {
    visible_location(ctx, tx, id)?;
    page(ctx, tx, id.uuid(), params)
}

/// Replaces every price of a price list.
pub fn set_price_list(
    ctx: &Ctx,
    tx: &mut Tx,
    id: PriceListId,
    prices: Vec<ContractPrice>,
) -> Result<Page<ContractPrice>> {
    let row = store::directory::named::lock_price_list(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let seen = super::named::price_list(ctx, tx, id)?;
    ctx.require(Permission::ManagePrices)?;
    ctx.check_version(row.version, || Ok(seen))?;
    if replace(ctx, tx, id.uuid(), prices)? {
        store::directory::named::save_price_list(tx, ctx.org(), &row)?;
    }
    page(ctx, tx, id.uuid(), &ListParams { limit: Some(limits::LIST_MAX as u32), ..ListParams::default() })
}

/// Replaces every price of a location.
pub fn set_location(ctx: &Ctx, tx: &mut Tx, id: LocationId, prices: Vec<ContractPrice>) -> Result<Page<ContractPrice>> {
    let row = store::directory::lock_location(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    visible_location(ctx, tx, id)?;
    ctx.require(Permission::ManagePrices)?;
    ctx.check_version(row.version, || super::locations::get(ctx, tx, id, domain::engagement::Window::All))?;
    if replace(ctx, tx, id.uuid(), prices)? {
        let customer = store::directory::customer_row(tx, ctx.org(), row.customer_id)?.ok_or_else(Error::not_found)?;
        store::directory::locations::save(tx, ctx.org(), &row, &row, &customer.name)?;
    }
    page(ctx, tx, id.uuid(), &ListParams { limit: Some(limits::LIST_MAX as u32), ..ListParams::default() })
}

/// Checks one price; `n` is its place in the list.
fn stored(n: usize, price: &ContractPrice) -> Result<PriceRow> {
    let agreed = Agreed { minor: Minor(price.price_minor), valid_from: price.valid_from, valid_to: price.valid_to };
    agreed.check().map_err(|refusal| {
        let field = if refusal.code == "price_negative" { "price_minor" } else { "valid_to" };
        Error::field(format!("[{n}].{field}"), refusal.code, refusal.message)
    })?;
    Ok(PriceRow {
        catalog_item_id: price.catalog_item_id.uuid(),
        valid_from: price.valid_from.map_or(SINCE_EVER, |day| i64::from(day.0)),
        valid_to: price.valid_to.map_or(FOR_EVER, |day| i64::from(day.0)),
        price_minor: price.price_minor,
    })
}

/// 422 when two prices of one item hold on the same day. `rows` come with their places in the list.
pub(crate) fn refuse_overlaps(rows: &[(usize, PriceRow)]) -> Result<()> {
    let mut sorted: Vec<&(usize, PriceRow)> = rows.iter().collect();
    sorted.sort_by_key(|(n, row)| (row.catalog_item_id, row.valid_from, *n));
    for pair in sorted.windows(2) {
        let ((_, first), (n, second)) = (pair[0], pair[1]);
        if first.catalog_item_id == second.catalog_item_id && second.valid_from <= first.valid_to {
            let message = "Two prices of this item hold on the same day. End the first before the second begins.";
            return Err(Error::field(format!("[{n}].valid_from"), "prices_overlap", message));
        }
    }
    Ok(())
}

/// Replaces the prices of an owner; gives whether anything changed.
fn replace(ctx: &Ctx, tx: &mut Tx, owner: Uuid, prices: Vec<ContractPrice>) -> Result<bool> {
    if prices.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Send at most {} prices at once; import more as a table.", limits::ROWS_PER_REQUEST);
        return Err(Error::TooLarge(message));
    }
    let numbered =
        prices.iter().enumerate().map(|(n, price)| Ok((n, stored(n, price)?))).collect::<Result<Vec<_>>>()?;
    refuse_overlaps(&numbered)?;
    let ids: Vec<Uuid> = prices.iter().map(|price| price.catalog_item_id.uuid()).collect();
    let known = store::catalog::items_by_ids(tx, ctx.org(), &ids)?;
    if let Some(n) = ids.iter().position(|id| !known.contains_key(id)) {
        return Err(Error::unknown(format!("[{n}].catalog_item_id")));
    }
    let before = rows::all(tx, ctx.org(), owner, None)?;
    let after: Vec<PriceRow> = numbered.into_iter().map(|(_, row)| row).collect();
    let mut draft = ctx.entry("prices_changed").subject(owner);
    if !note_changes(&mut draft, owner, &told(&before, &after), &told(&after, &before)) {
        return Ok(false);
    }
    let starts: std::collections::HashSet<(Uuid, i64)> =
        after.iter().map(|row| (row.catalog_item_id, row.valid_from)).collect();
    for gone in before.iter().filter(|row| !starts.contains(&(row.catalog_item_id, row.valid_from))) {
        rows::drop(tx, ctx.org(), owner, gone)?;
    }
    let was: HashMap<(Uuid, i64), PriceRow> =
        before.iter().map(|row| ((row.catalog_item_id, row.valid_from), *row)).collect();
    for row in after.iter().filter(|row| was.get(&(row.catalog_item_id, row.valid_from)) != Some(row)) {
        rows::set(tx, ctx.org(), owner, row)?;
    }
    draft.append(ctx, tx)?;
    crate::events::asks::settle(ctx, tx, &ids)?;
    Ok(true)
}

/// Prices in words by item, for the journal; items that only the `others` have are there without a price.
fn told(prices: &[PriceRow], others: &[PriceRow]) -> Json {
    let mut texts: HashMap<Uuid, Vec<(i64, String)>> = HashMap::new();
    for other in others {
        texts.entry(other.catalog_item_id).or_default();
    }
    for row in prices {
        texts.entry(row.catalog_item_id).or_default().push((row.valid_from, price_words(row)));
    }
    let mut object = Map::new();
    for (item, mut lines) in texts {
        lines.sort();
        let text = lines.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ");
        object.insert(price_field(item), Json::String(text));
    }
    Json::Object(object)
}

/// The name of a price of an item in the journal.
pub(crate) fn price_field(item: Uuid) -> String {
    format!("price {}", CatalogItemId::from_uuid(item))
}

/// A price in the journal: minor units and days.
pub(crate) fn price_words(row: &PriceRow) -> String {
    let mut text = row.price_minor.to_string();
    if let Some(from) = day(row.valid_from, SINCE_EVER) {
        text.push_str(&format!(" from {from}"));
    }
    if let Some(to) = day(row.valid_to, FOR_EVER) {
        text.push_str(&format!(" until {to}"));
    }
    text
}

/// The price of an item at a location on a day, whoever asks: the location's own, then its price list, then the
/// customer's, then the list price. No location has no agreement.
pub fn price_for(ctx: &Ctx, tx: &mut Tx, location: Option<LocationId>, item: CatalogItemId, day: Day) -> Result<Price> {
    let prices = prices_for(ctx, tx, location, &[item], day)?;
    Ok(prices.get(&item).copied().unwrap_or(Price::NONE))
}

/// The same for many items at once. Unknown items are left out.
pub fn prices_for(
    ctx: &Ctx,
    tx: &mut Tx,
    location: Option<LocationId>,
    items: &[CatalogItemId],
    day: Day,
) -> Result<HashMap<CatalogItemId, Price>> {
    let mut ids: Vec<Uuid> = items.iter().map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = store::events::items(tx, ctx.org(), &ids)?;
    let place = match location {
        Some(location) => store::events::place(tx, ctx.org(), location.uuid())?,
        None => None,
    };
    let ladder = super::ladder::Ladder::of(ctx, tx, place.as_ref(), &ids)?;
    Ok(known.iter().map(|item| (Id::from_uuid(item.id), ladder.price(item, day, 1))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(item: u128, from: i64, to: i64) -> PriceRow {
        PriceRow { catalog_item_id: Uuid::from_u128(item), valid_from: from, valid_to: to, price_minor: 1 }
    }

    #[test]
    fn prices_of_one_item_never_hold_on_one_day() {
        let fits = |rows: &[PriceRow]| refuse_overlaps(&rows.iter().copied().enumerate().collect::<Vec<_>>()).is_ok();
        assert!(fits(&[row(1, 10, 20), row(1, 21, FOR_EVER), row(1, SINCE_EVER, 9)]));
        assert!(fits(&[row(1, 10, 20), row(2, 10, 20)]));
        assert!(!fits(&[row(1, 10, 20), row(1, 20, 30)]));
        assert!(!fits(&[row(1, 10, 10), row(1, 10, 10)]));
        assert!(!fits(&[row(1, SINCE_EVER, FOR_EVER), row(1, 500, 501)]));
    }
}
