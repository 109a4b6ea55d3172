//! Contracts of facilities: whether all prices are agreed, when that is negotiated anew, and which of them somebody should look at.

use crate::{Ctx, Error, Result};
use contract::Items;
use contract::prices::{ContractToReview, FacilityContract, SetFacilityContract};
use domain::clock::Day;
use domain::id::{Id, LocationId};
use domain::people::Permission;
use domain::pricing::{CONTRACT_REVIEW_DAYS, ContractState};
use std::collections::BTreeMap;
use store::Tx;
use store::contracts::{ContractRow, NamedRow};
use uuid::Uuid;

/// So many are shown at once.
const SHOWN: i64 = 500;

fn day(stored: Option<i64>) -> Option<Day> {
    stored.map(|day| Day(day as i32))
}

fn state(ctx: &Ctx, row: Option<(bool, Option<i64>)>) -> ContractState {
    match row {
        None => ContractState::Unknown,
        Some((complete, renews_on)) => ContractState::of(complete, day(renews_on), ctx.today()),
    }
}

fn view(ctx: &Ctx, location: LocationId, row: Option<ContractRow>) -> FacilityContract {
    let state = state(ctx, row.as_ref().map(|row| (row.complete, row.renews_on)));
    FacilityContract {
        location_id: location,
        complete: row.as_ref().is_some_and(|row| row.complete),
        renews_on: row.as_ref().and_then(|row| day(row.renews_on)),
        state,
        version: row.map_or(0, |row| row.version),
    }
}

/// How the contract of a facility in reach stands.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<FacilityContract> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ViewContractPrices)?;
    let row = store::contracts::contract(tx, ctx.org(), id.uuid())?;
    Ok(view(ctx, id, row))
}

/// Says how it stands.
pub fn set(ctx: &Ctx, tx: &mut Tx, id: LocationId, body: &SetFacilityContract) -> Result<FacilityContract> {
    let before = get(ctx, tx, id)?;
    ctx.require(Permission::ManagePrices)?;
    ctx.check_version(before.version, || Ok(before.clone()))?;
    if before.version > 0 && (before.complete, before.renews_on) == (body.complete, body.renews_on) {
        return Ok(before);
    }
    let (by, renews_on) = ((ctx.actor.id.uuid(), ctx.now.0), body.renews_on.map(|day| i64::from(day.0)));
    store::contracts::save(tx, ctx.org(), id.uuid(), (body.complete, renews_on), by)?;
    let mut entry = ctx.entry("location_changed").subject(id.uuid());
    let known = before.version > 0;
    entry.change(
        id.uuid(),
        "contract_complete",
        known.then(|| before.complete.to_string()),
        Some(body.complete.to_string()),
    );
    entry.change(
        id.uuid(),
        "contract_renews_on",
        before.renews_on.map(|day| day.to_string()),
        body.renews_on.map(|day| day.to_string()),
    );
    entry.append(ctx, tx)?;
    get(ctx, tx, id)
}

fn listed(ctx: &Ctx, row: NamedRow) -> ContractToReview {
    ContractToReview {
        state: state(ctx, Some((row.complete, row.renews_on))),
        location_id: Id::from_uuid(row.location_id),
        location_name: row.location_name,
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: row.customer_name,
        renews_on: day(row.renews_on),
    }
}

/// Contracts that somebody should look at: those that are negotiated anew within thirty days or should have been, the first first; then
/// those whose prices are not complete.
pub fn to_review(ctx: &Ctx, tx: &mut Tx) -> Result<Items<ContractToReview>> {
    ctx.require(Permission::ManagePrices)?;
    let until = i64::from(ctx.today().0) + i64::from(CONTRACT_REVIEW_DAYS);
    let mut rows = store::contracts::renewing(tx, ctx.org(), (i64::MIN, until), SHOWN)?;
    let known: BTreeMap<Uuid, ()> = rows.iter().map(|row| (row.location_id, ())).collect();
    let incomplete = store::contracts::incomplete(tx, ctx.org(), SHOWN)?;
    rows.extend(incomplete.into_iter().filter(|row| !known.contains_key(&row.location_id)));
    Ok(Items { items: rows.into_iter().map(|row| listed(ctx, row)).collect() })
}

/// The names of the facilities whose contracts began to want a look after one day and up to another.
pub(crate) fn begun(ctx: &Ctx, tx: &mut Tx, since: Day, today: Day) -> Result<Vec<String>> {
    let ahead = i64::from(CONTRACT_REVIEW_DAYS);
    let span = (i64::from(since.0) + ahead + 1, i64::from(today.0) + ahead);
    let rows = store::contracts::renewing(tx, ctx.org(), span, SHOWN)?;
    Ok(rows.into_iter().map(|row| row.location_name).collect())
}
