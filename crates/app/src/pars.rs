//! Par levels of people, of shelves, of places and of regions: said by the office, seen by those whom they concern, and what is below them.

use crate::{Ctx, Error, Result};
use contract::Items;
use contract::pars::{ParLevel, ParShortage, PutParLevels};
use domain::id::{CatalogItemId, Id, LocationId, PlaceId, RegionId, UserId};
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

/// The par levels of a place, by catalog number. What lies at a place is many people's, so the office alone looks.
pub fn of_place(ctx: &Ctx, tx: &mut Tx, id: PlaceId) -> Result<Items<ParLevel>> {
    crate::directory::named::place(ctx, tx, id)?;
    ctx.require(Permission::FulfillRequests)?;
    let rows = store::pars::of_place(tx, ctx.org(), id.uuid())?;
    Ok(Items { items: rows.into_iter().map(view).collect() })
}

/// Whether somebody sees how a region stands: the office, and whoever oversees it.
fn oversees(ctx: &Ctx, manager: Option<Uuid>) -> bool {
    ctx.actor.role.is_office() || manager == Some(ctx.principal().uuid())
}

/// The par levels of a region, by catalog number: against what its people have, all together.
pub fn of_region(ctx: &Ctx, tx: &mut Tx, id: RegionId) -> Result<Items<ParLevel>> {
    let row = store::people::region(tx, ctx.org(), id.uuid())?;
    row.filter(|row| oversees(ctx, row.manager_id)).ok_or_else(Error::not_found)?;
    let rows = store::pars::of_region(tx, ctx.org(), id.uuid())?;
    Ok(Items { items: rows.into_iter().map(view).collect() })
}

/// Says the par levels of a region anew.
pub fn put_region(ctx: &Ctx, tx: &mut Tx, id: RegionId, body: &PutParLevels) -> Result<Items<ParLevel>> {
    of_region(ctx, tx, id)?;
    put(ctx, tx, "region", id.uuid(), body)?;
    of_region(ctx, tx, id)
}

/// Says the par levels of a place anew.
pub fn put_place(ctx: &Ctx, tx: &mut Tx, id: PlaceId, body: &PutParLevels) -> Result<Items<ParLevel>> {
    of_place(ctx, tx, id)?;
    put(ctx, tx, "place", id.uuid(), body)?;
    of_place(ctx, tx, id)
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

/// Whose par levels: their name, who asks for what is missing, and how they stand.
struct Owner {
    name: String,
    ask_for: Option<UserId>,
    rows: Vec<ParRow>,
}

fn owner(ctx: &Ctx, tx: &mut Tx, owner: Uuid, kind: &str) -> Result<Owner> {
    let org = ctx.org();
    Ok(match kind {
        "user" => {
            let row = store::people::user(tx, org, owner)?;
            let active = row.as_ref().is_some_and(|row| row.active);
            Owner {
                name: row.map(|row| row.name).unwrap_or_default(),
                ask_for: active.then(|| UserId::from_uuid(owner)),
                rows: store::pars::of_user(tx, org, owner)?,
            }
        }
        "place" => Owner {
            name: store::stock::place_name(tx, org, owner)?.unwrap_or_default(),
            ask_for: store::pars::keeper(tx, org, owner)?.map(UserId::from_uuid),
            rows: store::pars::of_place(tx, org, owner)?,
        },
        "region" => {
            let row = store::people::region(tx, org, owner)?;
            Owner {
                name: row.map(|row| row.name).unwrap_or_default(),
                ask_for: None,
                rows: store::pars::of_region(tx, org, owner)?,
            }
        }
        _ => {
            let id = LocationId::from_uuid(owner);
            let it = crate::directory::locations::list::get(ctx, tx, id, domain::engagement::Window::All)?;
            Owner { name: it.name, ask_for: it.effective_sales_rep_id, rows: store::pars::of_location(tx, org, owner)? }
        }
    })
}

/// Everybody in reach who is below a par level, regions that one oversees, and for the office every shelf and place, the most
/// missing first.
pub fn shortages(ctx: &Ctx, tx: &mut Tx) -> Result<Items<ParShortage>> {
    ctx.require(Permission::RequestInventory)?;
    Ok(Items { items: all_short(ctx, tx)? })
}

/// The same for whoever asks within their reach, without asking what they may do.
pub(crate) fn all_short(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<ParShortage>> {
    let office = ctx.actor.role.is_office();
    let mut found = Vec::new();
    for (id, kind) in store::pars::owners(tx, ctx.org(), OWNERS)? {
        let person = kind == "user";
        let concerned = match kind.as_str() {
            _ if office => true,
            "user" => store::reach::of(tx, ctx.viewer(), id)?.custody >= Level::Act,
            "region" => store::people::region(tx, ctx.org(), id)?.is_some_and(|row| oversees(ctx, row.manager_id)),
            _ => false,
        };
        if !concerned {
            continue;
        }
        let it = owner(ctx, tx, id, &kind)?;
        let levels: Vec<ParLevel> = it.rows.into_iter().map(view).filter(|level| level.short > 0).collect();
        if levels.is_empty() {
            continue;
        }
        found.push(ParShortage {
            user_id: person.then(|| Id::from_uuid(id)),
            location_id: (kind == "location").then(|| Id::from_uuid(id)),
            place_id: (kind == "place").then(|| Id::from_uuid(id)),
            region_id: (kind == "region").then(|| Id::from_uuid(id)),
            name: it.name,
            ask_for_id: it.ask_for,
            short: levels.iter().map(|level| level.short).sum(),
            levels,
        });
    }
    found.sort_by(|one, other| (-one.short, &one.name).cmp(&(-other.short, &other.name)));
    Ok(found)
}
