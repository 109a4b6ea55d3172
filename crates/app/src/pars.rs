//! Par levels of people and of shelves: said by the office, seen by those whom they concern, and what is below them.

use crate::{Ctx, Error, Result};
use contract::Items;
use contract::pars::{ParLevel, ParShortage, PutParLevels};
use domain::id::{CatalogItemId, Id, LocationId, UserId};
use domain::people::{Level, Permission, Role};
use domain::request::below_par;
use std::collections::BTreeMap;
use store::Tx;
use store::pars::ParRow;
use uuid::Uuid;

/// Most levels of one owner.
const LEVELS_MAX: usize = 1_000;
/// Most of one item that should be there.
const LEVEL_MAX: i64 = 100_000;
/// Owners that are looked through for shortages.
const OWNERS: i64 = 2_000;

fn view(row: ParRow) -> ParLevel {
    ParLevel {
        catalog_item_id: Id::from_uuid(row.item),
        catalog_number: row.number,
        description: row.description,
        level: row.level,
        held: row.held,
        coming: row.coming,
        short: below_par(row.level, row.held, row.coming),
    }
}

/// An account whose stock the viewer sees, and that may hold some.
fn holder(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<()> {
    let row = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if store::reach::of(tx, ctx.viewer(), row.id)?.custody < Level::See {
        return Err(Error::not_found());
    }
    match Role::parse(&row.role).filter(|role| role.holds_stock() && row.delegate_of.is_none()) {
        Some(_) => Ok(()),
        None => {
            let message = format!("{} has a role that holds no stock, so it has no par levels.", row.name);
            Err(Error::conflict("role_cannot_hold_stock", message))
        }
    }
}

/// The par levels of an account, by catalog number.
pub fn of_user(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Items<ParLevel>> {
    holder(ctx, tx, id)?;
    let rows = store::pars::of_user(tx, ctx.org(), id.uuid())?;
    Ok(Items { items: rows.into_iter().map(view).collect() })
}

/// The par levels of a location's shelf, by catalog number.
pub fn of_location(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<Items<ParLevel>> {
    crate::directory::locations::list::get(ctx, tx, id, domain::engagement::Window::All)?;
    let rows = store::pars::of_location(tx, ctx.org(), id.uuid())?;
    Ok(Items { items: rows.into_iter().map(view).collect() })
}

/// Says the par levels of an account anew.
pub fn put_user(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &PutParLevels) -> Result<Items<ParLevel>> {
    holder(ctx, tx, id)?;
    put(ctx, tx, "user", id.uuid(), body)?;
    of_user(ctx, tx, id)
}

/// Says the par levels of a location's shelf anew.
pub fn put_location(ctx: &Ctx, tx: &mut Tx, id: LocationId, body: &PutParLevels) -> Result<Items<ParLevel>> {
    of_location(ctx, tx, id)?;
    put(ctx, tx, "location", id.uuid(), body)?;
    of_location(ctx, tx, id)
}

fn put(ctx: &Ctx, tx: &mut Tx, owner_type: &str, owner: Uuid, body: &PutParLevels) -> Result<()> {
    ctx.require(Permission::FulfillRequests)?;
    if body.levels.len() > LEVELS_MAX {
        return Err(Error::field("levels", "too_many", format!("Give at most {LEVELS_MAX} levels.")));
    }
    let mut wanted: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (at, it) in body.levels.iter().enumerate() {
        let field = |name: &str| format!("levels[{at}].{name}");
        if store::stock::item(tx, ctx.org(), it.catalog_item_id.uuid())?.is_none() {
            return Err(Error::unknown(field("catalog_item_id")));
        }
        if !(1..=LEVEL_MAX).contains(&it.level) {
            let message = format!("A par level is from 1 to {LEVEL_MAX}. Leave the item out for none.");
            return Err(Error::field(field("level"), "invalid_quantity", message));
        }
        if wanted.insert(it.catalog_item_id.uuid(), it.level).is_some() {
            return Err(Error::field(field("catalog_item_id"), "repeated", "This item has a level already."));
        }
    }
    let before: BTreeMap<Uuid, i64> = store::pars::levels(tx, ctx.org(), owner)?.into_iter().collect();
    let mut entry = ctx.entry("par_changed").subject(owner);
    for item in before.keys().chain(wanted.keys()).collect::<std::collections::BTreeSet<_>>() {
        let text = |levels: &BTreeMap<Uuid, i64>| levels.get(item).map(ToString::to_string);
        entry.change(owner, &format!("par {}", CatalogItemId::from_uuid(*item)), text(&before), text(&wanted));
    }
    if !entry.is_empty() {
        let levels: Vec<(Uuid, i64)> = wanted.into_iter().collect();
        store::pars::set(tx, ctx.org(), owner_type, owner, &levels)?;
        entry.append(ctx, tx)?;
    }
    Ok(())
}

/// Everybody in reach who is below a par level, and for the office every shelf, the most missing first.
pub fn shortages(ctx: &Ctx, tx: &mut Tx) -> Result<Items<ParShortage>> {
    ctx.require(Permission::RequestInventory)?;
    let office = ctx.actor.role.is_office();
    let mut found = Vec::new();
    for (owner, owner_type) in store::pars::owners(tx, ctx.org(), OWNERS)? {
        let person = owner_type == "user";
        let sees = match person {
            true => office || store::reach::of(tx, ctx.viewer(), owner)?.custody >= Level::Act,
            false => office,
        };
        if !sees {
            continue;
        }
        let rows = match person {
            true => store::pars::of_user(tx, ctx.org(), owner)?,
            false => store::pars::of_location(tx, ctx.org(), owner)?,
        };
        let levels: Vec<ParLevel> = rows.into_iter().map(view).filter(|level| level.short > 0).collect();
        if levels.is_empty() {
            continue;
        }
        let (name, ask_for) = match person {
            true => {
                let row = store::people::user(tx, ctx.org(), owner)?;
                let active = row.as_ref().is_some_and(|row| row.active);
                (row.map(|row| row.name).unwrap_or_default(), active.then(|| UserId::from_uuid(owner)))
            }
            false => {
                let id = LocationId::from_uuid(owner);
                let it = crate::directory::locations::list::get(ctx, tx, id, domain::engagement::Window::All)?;
                (it.name, it.effective_sales_rep_id)
            }
        };
        found.push(ParShortage {
            user_id: person.then(|| Id::from_uuid(owner)),
            location_id: (!person).then(|| Id::from_uuid(owner)),
            name,
            ask_for_id: ask_for,
            short: levels.iter().map(|level| level.short).sum(),
            levels,
        });
    }
    found.sort_by(|one, other| (-one.short, &one.name).cmp(&(-other.short, &other.name)));
    Ok(Items { items: found })
}
