//! What a screen shows beside an object: names instead of ids, and small sums. Reading only.

use crate::{Ctx, Result};
use contract::ListParams;
use contract::people::Region;
use domain::id::{CatalogItemId, CustomerId, Id, Kind, LocationId, ManufacturerId, ProductLineId, RegionId, UserId};
use domain::people::{Level, Role};
use std::collections::BTreeMap;
use store::Tx;
use store::people::Assignable;
use uuid::Uuid;

/// For whom a rep works.
#[derive(Debug, Clone)]
pub struct Leader {
    /// The distributor or hub.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// It only pools stock.
    pub hub: bool,
    /// Its stock may be used by the rep.
    pub shares: bool,
    /// The actor may look at it.
    pub seen: bool,
}

/// For whom these reps work, the full distributor of each first. Ask for reps that the actor sees.
pub fn leaders(ctx: &Ctx, tx: &mut Tx, reps: &[UserId]) -> Result<BTreeMap<UserId, Vec<Leader>>> {
    let ids: Vec<Uuid> = reps.iter().map(|id| id.uuid()).collect();
    let mut seen: BTreeMap<Uuid, bool> = BTreeMap::new();
    let mut all: BTreeMap<UserId, Vec<Leader>> = BTreeMap::new();
    for row in store::glance::leaders(tx, ctx.org(), &ids)? {
        let seen = match seen.get(&row.distributor_id) {
            Some(seen) => *seen,
            None => {
                let may = store::reach::of(tx, ctx.viewer(), row.distributor_id)?.person >= Level::See;
                seen.insert(row.distributor_id, may);
                may
            }
        };
        all.entry(UserId::from_uuid(row.sales_id)).or_default().push(Leader {
            id: UserId::from_uuid(row.distributor_id),
            name: row.name,
            hub: row.hub,
            shares: row.shares_inventory,
            seen,
        });
    }
    Ok(all)
}

/// Names of colleagues, which everybody in the organisation may address.
pub fn names(ctx: &Ctx, tx: &mut Tx, ids: &[UserId]) -> Result<BTreeMap<UserId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = store::people::users(tx, ctx.org(), &ids)?;
    Ok(rows.into_iter().map(|row| (UserId::from_uuid(row.id), row.name)).collect())
}

/// A region that the actor sees, and the name of whoever oversees it.
pub fn region(ctx: &Ctx, tx: &mut Tx, id: RegionId) -> Result<Option<(Region, Option<String>)>> {
    let params = ListParams { limit: Some(crate::list::LIMIT_MAX), ..ListParams::default() };
    let found = crate::people::list_regions(ctx, tx, &params)?.items.into_iter().find(|region| region.id == id);
    let Some(region) = found else { return Ok(None) };
    let manager = match region.manager_id {
        Some(manager) => names(ctx, tx, &[manager])?.remove(&manager),
        None => None,
    };
    Ok(Some((region, manager)))
}

/// What an account works with, as (id, name), by name.
#[derive(Debug, Clone, Default)]
pub struct Assigned {
    /// Manufacturers.
    pub manufacturers: Vec<(String, String)>,
    /// Locations.
    pub locations: Vec<(String, String)>,
    /// Physicians.
    pub physicians: Vec<(String, String)>,
    /// Product lines.
    pub product_lines: Vec<(String, String)>,
}

/// What an account that the actor sees works with.
pub fn assigned(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Assigned> {
    let all = crate::people::assignments(ctx, tx, id)?;
    Ok(Assigned {
        manufacturers: named(ctx, tx, Assignable::Manufacturer, &all.manufacturer_ids)?,
        locations: named(ctx, tx, Assignable::Location, &all.location_ids)?,
        physicians: named(ctx, tx, Assignable::Physician, &all.physician_ids)?,
        product_lines: named(ctx, tx, Assignable::ProductLine, &all.product_line_ids)?,
    })
}

fn named<K: Kind>(ctx: &Ctx, tx: &mut Tx, kind: Assignable, ids: &[Id<K>]) -> Result<Vec<(String, String)>> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let names = store::glance::names(tx, ctx.org(), kind, &uuids)?;
    let mut all: Vec<(String, String)> =
        ids.iter().filter_map(|id| Some((id.to_string(), names.get(&id.uuid())?.clone()))).collect();
    all.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(all)
}

/// Active units in somebody's custody; None where the actor may not look at them.
pub fn units_held(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Option<i64>> {
    let own = id == ctx.principal();
    if !own && store::reach::of(tx, ctx.viewer(), id.uuid())?.custody < Level::See {
        return Ok(None);
    }
    store::glance::units_held(tx, ctx.org(), id.uuid()).map(Some).map_err(Into::into)
}

/// What stands beside accounts in a list.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// For whom each works.
    pub leaders: BTreeMap<UserId, Vec<Leader>>,
    /// How many reps each leads.
    pub led: BTreeMap<UserId, i64>,
    /// For whom each acts, by name.
    pub principals: BTreeMap<UserId, String>,
    /// Active units each answers for, where the actor may look at them; as of a second ago.
    pub units: BTreeMap<UserId, i64>,
}

/// What stands beside these accounts, which the actor sees.
pub fn beside(ctx: &Ctx, tx: &mut Tx, users: &[contract::people::User]) -> Result<Beside> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let principals: Vec<UserId> = users.iter().filter_map(|user| user.delegate_of).collect();
    let leads: Vec<Uuid> =
        users.iter().filter(|user| user.role == Role::Distributor).map(|user| user.id.uuid()).collect();
    let mut holders = Vec::new();
    for user in users.iter().filter(|user| user.role.holds_stock() && user.delegate_of.is_none()) {
        let own = user.id == ctx.principal();
        if own || store::reach::of(tx, ctx.viewer(), user.id.uuid())?.custody >= Level::See {
            holders.push(user.id.uuid());
        }
    }
    let numbers = |found: std::collections::HashMap<Uuid, i64>| {
        found.into_iter().map(|(id, n)| (UserId::from_uuid(id), n)).collect()
    };
    Ok(Beside {
        leaders: leaders(ctx, tx, &ids)?,
        principals: names(ctx, tx, &principals)?,
        led: numbers(store::glance::led(tx, ctx.org(), &leads)?),
        units: numbers(store::glance::units_held_by(tx, ctx.org(), &holders)?),
    })
}

/// Names of manufacturers.
pub fn manufacturers(ctx: &Ctx, tx: &mut Tx, ids: &[ManufacturerId]) -> Result<BTreeMap<ManufacturerId, String>> {
    by_id(ctx, tx, Assignable::Manufacturer, ids)
}

/// Names of product lines.
pub fn product_lines(ctx: &Ctx, tx: &mut Tx, ids: &[ProductLineId]) -> Result<BTreeMap<ProductLineId, String>> {
    by_id(ctx, tx, Assignable::ProductLine, ids)
}

/// Names of customers that orders and invoices in reach refer to.
pub fn customers(ctx: &Ctx, tx: &mut Tx, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, String>> {
    let mut uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    uuids.sort_unstable();
    uuids.dedup();
    let found = store::directory::names_of_customers(tx, ctx.org(), &uuids)?;
    Ok(found.into_iter().map(|(id, name)| (Id::from_uuid(id), name)).collect())
}

/// Names of locations that a physician or another object in reach refers to.
pub fn locations(ctx: &Ctx, tx: &mut Tx, ids: &[LocationId]) -> Result<BTreeMap<LocationId, String>> {
    by_id(ctx, tx, Assignable::Location, ids)
}

fn by_id<K: Kind>(ctx: &Ctx, tx: &mut Tx, kind: Assignable, ids: &[Id<K>]) -> Result<BTreeMap<Id<K>, String>> {
    let mut uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    uuids.sort_unstable();
    uuids.dedup();
    let found = store::glance::names(tx, ctx.org(), kind, &uuids)?;
    Ok(found.into_iter().map(|(id, name)| (Id::from_uuid(id), name)).collect())
}

/// How many active units of each of these items the actor can look at.
pub fn items_held(ctx: &Ctx, tx: &mut Tx, ids: &[CatalogItemId]) -> Result<BTreeMap<CatalogItemId, i64>> {
    let mut found = BTreeMap::new();
    for id in ids {
        let n = store::glance::item_held(tx, ctx.viewer(), id.uuid())?;
        found.insert(*id, n);
    }
    Ok(found)
}

/// Who has how many of something.
#[derive(Debug, Clone)]
pub struct Holding {
    /// `usr_…` or `org_…`.
    pub id: String,
    /// The custodian's name.
    pub name: String,
    /// Active units.
    pub units: i64,
}

/// Who has units of an item, the most first, as far as the actor reaches.
pub fn holders(ctx: &Ctx, tx: &mut Tx, item: CatalogItemId, most: i64) -> Result<Vec<Holding>> {
    let rows = store::glance::holders(tx, ctx.viewer(), item.uuid(), most)?;
    let people: Vec<UserId> = rows.iter().map(|(id, _)| UserId::from_uuid(*id)).collect();
    let names = names(ctx, tx, &people)?;
    let holding = |(id, units): (Uuid, i64)| {
        if id == ctx.org() {
            return Holding { id: ctx.organization.id.to_string(), name: ctx.organization.name.clone(), units };
        }
        let user = UserId::from_uuid(id);
        Holding { id: user.to_string(), name: names.get(&user).cloned().unwrap_or_default(), units }
    };
    Ok(rows.into_iter().map(holding).collect())
}
