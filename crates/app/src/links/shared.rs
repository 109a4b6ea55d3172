//! Shared catalogs: what a linked company shows of its items, and how they are taken over. Numbers, descriptions and device
//! identifiers cross; prices, costs and ids stay.

use super::labels::{adopt, find_item};
use super::{asking, get, only_office, status};
use crate::{Ctx, Error, Result, catalog, list};
use contract::catalog::CatalogItem;
use contract::links::{SharedItem, TakeItems};
use contract::{Items, ListParams, Page};
use domain::id::{Id, OrganizationLinkId};
use domain::limits;
use domain::link;
use domain::people::Permission;
use domain::stock::UnitKind;
use domain::text::fold;
use std::collections::HashMap;
use store::catalog::{ItemFilter, ItemRow, number_key};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

const BY_NUMBER: &[Sort] = &[Sort { column: "item.number_key", descending: false }];

/// The other company of a link that holds and whose catalog is shown.
fn sharing(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId) -> Result<Uuid> {
    only_office(ctx)?;
    let row = store::links::link(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    link::must_be_active(status(&row))?;
    let other = row.other_id.ok_or_else(Error::not_found)?;
    tx.admit(other)?;
    let theirs = store::links::link(tx, other, row.id)?;
    if theirs.is_some_and(|it| it.shares_catalog) {
        return Ok(other);
    }
    let message = format!("{} does not show its catalog to you. Ask them to switch it on.", row.other_name);
    Err(Error::conflict("catalog_not_shared", message))
}

/// Items of the other company's catalog, by number.
pub fn items(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId, params: &ListParams) -> Result<Page<SharedItem>> {
    let other = sharing(ctx, tx, id)?;
    list::only(params, &[])?;
    let paging = list::paging("shared_items", &ListParams { sort: None, ..params.clone() }, &[], BY_NUMBER)?;
    let filter =
        ItemFilter { words: crate::directory::words_of(params)?, archived: Some(false), ..ItemFilter::default() };
    let (rows, more) = store::catalog::items(tx, other, &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = if params.count { Some(store::catalog::count_items(tx, other, &filter)?) } else { None };
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|row| list::cursor(paging.bound, &[Value::Text(row.number_key.clone()), Value::Uuid(row.id)]));
    let names = makers(tx, other, &rows)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let maker = names.get(&row.manufacturer_id).cloned().unwrap_or_default();
        let own = find_item(ctx, tx, &asking::label(&row, &maker))?;
        items.push(SharedItem {
            manufacturer: maker,
            number: row.number,
            description: row.description,
            kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
            udi_di: Some(row.udi_di).filter(|di| !di.is_empty()),
            reusable: row.reusable,
            catalog_item_id: own.map(|it| Id::from_uuid(it.id)),
        });
    }
    Ok(Page { items, next_cursor, total })
}

fn makers(tx: &mut Tx, org: Uuid, rows: &[ItemRow]) -> Result<HashMap<Uuid, String>> {
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.manufacturer_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(store::catalog::names_of_manufacturers(tx, org, &ids)?)
}

/// Takes items over into the own catalog; those that it holds already are answered as they are.
pub fn take(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId, body: &TakeItems) -> Result<Items<CatalogItem>> {
    let other = sharing(ctx, tx, id)?;
    ctx.require(Permission::ManageCatalog)?;
    if body.items.is_empty() {
        return Err(Error::field("items", "required", "Name at least one item."));
    }
    if body.items.len() > limits::BULK_AT_ONCE {
        let message = format!("Take over at most {} items at once.", limits::BULK_AT_ONCE);
        return Err(Error::field("items", "too_many", message));
    }
    let mut taken = Vec::with_capacity(body.items.len());
    for (at, it) in body.items.iter().enumerate() {
        let maker = store::catalog::manufacturer_by_name(tx, other, &fold(&it.manufacturer))?;
        let found = match maker {
            Some(maker) => store::catalog::by_number(tx, other, maker, &number_key(&it.number))?,
            None => None,
        };
        let found = found.ok_or_else(|| Error::unknown(format!("items[{at}].number")))?;
        let row = store::catalog::item(tx, other, found)?.filter(|row| row.archived_at.is_none());
        let row = row.ok_or_else(|| Error::unknown(format!("items[{at}].number")))?;
        let name = makers(tx, other, std::slice::from_ref(&row))?.remove(&row.manufacturer_id).unwrap_or_default();
        let label = asking::label(&row, &name);
        let own = match find_item(ctx, tx, &label)? {
            Some(own) => own,
            None => adopt(ctx, tx, &label)?,
        };
        taken.push(catalog::view(ctx, tx, own)?);
    }
    Ok(Items { items: taken })
}

/// Whether the other company shows its catalog: for links to it.
pub fn is_shown(ctx: &Ctx, tx: &mut Tx, id: OrganizationLinkId) -> Result<bool> {
    get(ctx, tx, id)?;
    Ok(sharing(ctx, tx, id).is_ok())
}
