//! Items of the catalog that are likely one: found anew each time, manufacturer by manufacturer.

use crate::{Ctx, Error, Result, list};
use contract::item_merges::{ItemSide, ItemTwins, PutTwinsApart, TwinReason, TwinsApart};
use contract::{ListParams, Page};
use domain::id::{self, CatalogItemId, Id};
use domain::people::Permission;
use domain::stock::UnitKind;
use domain::twin::{Item, Twins, twins};
use std::collections::{HashMap, HashSet};
use store::item_merges::{self as rows, TwinRow};
use store::page::{Keyset, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// By what the list can be filtered.
pub const FILTERS: &[&str] = &["manufacturer_id", "apart"];
/// Items that one page looks at: where many manufacturers have no twins the page ends early, and says where to go on.
const LOOKED_AT: usize = 60_000;

/// Likely twins, by manufacturer; for whoever may change the catalog.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<ItemTwins>> {
    ctx.require(Permission::ManageCatalog)?;
    list::only(params, FILTERS)?;
    let paging = list::paging("item_twins", params, &[], &[Sort { column: "place", descending: false }])?;
    let makers = makers(ctx, tx, params)?;
    let apart = list::yes_no(params, "apart")?.unwrap_or(false);
    let (mut at, mut place) = begin(&makers, paging.after.as_ref())?;
    let limit = paging.limit as usize;
    let mut found: Vec<(Twins, TwinRow, TwinRow, Uuid)> = Vec::new();
    let mut looked_at = 0;
    while at < makers.len() && found.len() < limit && looked_at < LOOKED_AT {
        let items = rows::of_manufacturer(tx, ctx.org(), makers[at])?;
        looked_at += items.len().max(1);
        let all = of(ctx, tx, makers[at], &items, apart)?;
        let more = all.len() > place + (limit - found.len());
        for it in all.into_iter().skip(place).take(limit - found.len()) {
            let (one, other) = (items[it.one].clone(), items[it.other].clone());
            found.push((it, one, other, makers[at]));
            place += 1;
        }
        if more {
            break;
        }
        (at, place) = (at + 1, 0);
    }
    let next_cursor =
        (at < makers.len()).then(|| list::cursor(paging.bound, &[Value::Int(place as i64), Value::Uuid(makers[at])]));
    let total = if params.count { Some(count(ctx, tx, &makers, apart)?) } else { None };
    Ok(Page { items: shown(ctx, tx, found)?, next_cursor, total })
}

/// Manufacturers to be looked at, by name.
fn makers(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Vec<Uuid>> {
    let wanted = list::ids::<id::Manufacturer>(params, "manufacturer_id")?;
    let mut all = store::catalog::manufacturer_keys(tx, ctx.org())?;
    all.sort_unstable_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
    let asked = |id: &Uuid| wanted.as_ref().is_none_or(|ids| ids.iter().any(|it| it.uuid() == *id));
    Ok(all.into_iter().map(|(id, _)| id).filter(asked).collect())
}

/// Where a page begins: a manufacturer and a place among its twins.
fn begin(makers: &[Uuid], after: Option<&Keyset>) -> Result<(usize, usize)> {
    match after.map(|keyset| keyset.0.as_slice()) {
        None => Ok((0, 0)),
        Some([Value::Int(place), Value::Uuid(id)]) => {
            // A manufacturer does not go away; should it, the list begins anew.
            Ok((makers.iter().position(|it| it == id).unwrap_or(0), usize::try_from(*place).unwrap_or(0)))
        }
        Some(_) => {
            Err(Error::field("cursor", "invalid_cursor", "Give back next_cursor of the page before, unchanged."))
        }
    }
}

/// Likely twins of a manufacturer: those of which nobody said that they are two, or those alone.
fn of(ctx: &Ctx, tx: &mut Tx, maker: Uuid, items: &[TwinRow], apart: bool) -> Result<Vec<Twins>> {
    let compared = |row: &TwinRow| {
        let mut identifiers: Vec<String> = serde_json::from_str(&row.gtins).unwrap_or_default();
        identifiers.extend((!row.udi_di.is_empty()).then(|| row.udi_di.clone()));
        Item { number: row.number.clone(), description: row.description.clone(), kind: row.kind.clone(), identifiers }
    };
    let ids: Vec<Uuid> = items.iter().map(|row| row.id).collect();
    let items: Vec<Item> = items.iter().map(compared).collect();
    let said: HashSet<(Uuid, Uuid)> = rows::apart(tx, ctx.org(), maker)?.into_iter().collect();
    let fits = |it: &Twins| said.contains(&sorted(ids[it.one], ids[it.other])) == apart;
    Ok(twins(&items).into_iter().filter(fits).collect())
}

fn sorted(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    (one.min(other), one.max(other))
}

fn count(ctx: &Ctx, tx: &mut Tx, makers: &[Uuid], apart: bool) -> Result<i64> {
    let mut all = 0;
    for maker in makers {
        let items = rows::of_manufacturer(tx, ctx.org(), *maker)?;
        all += of(ctx, tx, *maker, &items, apart)?.len() as i64;
    }
    Ok(all)
}

fn shown(ctx: &Ctx, tx: &mut Tx, found: Vec<(Twins, TwinRow, TwinRow, Uuid)>) -> Result<Vec<ItemTwins>> {
    let ids: Vec<Uuid> = found.iter().flat_map(|(_, one, other, _)| [one.id, other.id]).collect();
    let units: HashMap<Uuid, i64> = rows::active_units(tx, ctx.org(), &ids)?.into_iter().collect();
    let side = |row: TwinRow, maker: Uuid| ItemSide {
        active_units: units.get(&row.id).copied().unwrap_or(0),
        id: Id::from_uuid(row.id),
        manufacturer_id: Id::from_uuid(maker),
        number: row.number,
        description: row.description,
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
        udi_di: (!row.udi_di.is_empty()).then_some(row.udi_di),
    };
    let told = |(twins, one, other, maker): (Twins, TwinRow, TwinRow, Uuid)| ItemTwins {
        one: side(one, maker),
        other: side(other, maker),
        reasons: twins
            .reasons
            .into_iter()
            .map(|it| TwinReason { code: it.code().to_owned(), message: it.sentence().to_owned() })
            .collect(),
    };
    Ok(found.into_iter().map(told).collect())
}

/// Says of two items of a manufacturer that they are two, so that they are not listed any more; or takes that back.
pub fn set_apart(ctx: &Ctx, tx: &mut Tx, one: CatalogItemId, body: &PutTwinsApart) -> Result<TwinsApart> {
    let here = store::stock::item(tx, ctx.org(), one.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageCatalog)?;
    let there = store::stock::item(tx, ctx.org(), body.other_id.uuid())?.ok_or_else(|| Error::unknown("other_id"))?;
    if here.id == there.id {
        return Err(Error::field("other_id", "same_item", "These are one and the same item. Name another one."));
    }
    if here.manufacturer_id != there.manufacturer_id {
        let message = "Items of two manufacturers are never taken for one.";
        return Err(Error::conflict("other_manufacturer", message));
    }
    let pair = sorted(here.id, there.id);
    if rows::set_apart(tx, ctx.org(), pair, here.manufacturer_id, body.apart)? {
        let mut entry = ctx.entry("catalog_twins_apart").subject(here.id).subject(there.id);
        for (item, other) in [(&here, &there), (&there, &here)] {
            let told = Some(CatalogItemId::from_uuid(other.id).to_string());
            let (old, new) = if body.apart { (None, told) } else { (told, None) };
            entry.change(item.id, "not_the_same_as", old, new);
        }
        entry.append(ctx, tx)?;
    }
    Ok(TwinsApart { one_id: one, other_id: body.other_id, apart: body.apart })
}
