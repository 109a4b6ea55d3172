//! The packages in which an item is sold: a code that stands for so many pieces of it.

use crate::{Ctx, Error, Result, catalog};
use contract::Items;
use contract::catalog::{Package, PutPackages};
use domain::id::CatalogItemId;
use domain::people::Permission;
use std::collections::BTreeMap;
use store::Tx;
use store::catalog as rows;

/// Most packages of one item.
const PACKAGES_MAX: usize = 50;
/// Most pieces of one package.
const PIECES_MAX: i64 = 10_000;

/// The packages of an item, the smallest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId) -> Result<Items<Package>> {
    rows::item(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let found = rows::packages(tx, ctx.org(), id.uuid())?;
    Ok(Items { items: found.into_iter().map(|(identifier, quantity)| Package { identifier, quantity }).collect() })
}

/// Says the packages of an item anew.
pub fn put(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId, body: &PutPackages) -> Result<Items<Package>> {
    let item = rows::lock_item(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageCatalog)?;
    if body.packages.len() > PACKAGES_MAX {
        return Err(Error::field("packages", "too_many", format!("Give at most {PACKAGES_MAX} packages.")));
    }
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for (at, it) in body.packages.iter().enumerate() {
        let field = |name: &str| format!("packages[{at}].{name}");
        let identifier = catalog::identifier(it.identifier.trim(), ctx.today()).ok_or_else(|| {
            let message = "This is no device identifier. Scan the box into the field, or type the digits of its GTIN.";
            Error::field(field("identifier"), "invalid_identifier", message)
        })?;
        if !(2..=PIECES_MAX).contains(&it.quantity) {
            let message =
                format!("A package holds from 2 to {PIECES_MAX} pieces. The code of one piece stands with the item.");
            return Err(Error::field(field("quantity"), "invalid_quantity", message));
        }
        if item.identifiers().contains(&identifier) {
            let message = "This code names one piece of the item. Take it off there first.";
            return Err(Error::field(field("identifier"), "identifier_taken", message));
        }
        if let Some(other) = rows::by_identifier(tx, ctx.org(), &identifier)?.filter(|other| other.id != item.id) {
            let message = format!("This code names the item {} already.", other.number);
            return Err(Error::field(field("identifier"), "identifier_taken", message));
        }
        if wanted.insert(identifier, it.quantity).is_some() {
            return Err(Error::field(field("identifier"), "repeated", "This code is in the list twice."));
        }
    }
    let before: BTreeMap<String, i64> = rows::packages(tx, ctx.org(), item.id)?.into_iter().collect();
    if before != wanted {
        let words = |all: &BTreeMap<String, i64>| {
            let parts: Vec<String> = all.iter().map(|(code, n)| format!("{code} ({n})")).collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        };
        rows::set_packages(tx, ctx.org(), item.id, &wanted)?;
        let mut entry = ctx.entry("catalog_item_changed").subject(item.id);
        entry.change(item.id, "packages", words(&before), words(&wanted));
        entry.append(ctx, tx)?;
    }
    list(ctx, tx, id)
}
