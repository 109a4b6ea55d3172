//! In which countries an item may be used: what is not cleared for a country is not marked at a facility there, and is not sent to
//! somebody whose address is there. Where an address names no country, nothing is known, and nothing is refused.

use crate::{Ctx, Error, Result};
use contract::{Address, ListParams};
use domain::stock::{Custodian, CustodianType};
use std::collections::{BTreeSet, HashMap};
use store::Tx;
use store::events::EventRow;
use store::stock::UnitRow;
use uuid::Uuid;

/// The country of an address as it is stored: two letters, or nothing.
pub(crate) fn country(address: &str) -> Option<String> {
    let address: Address = serde_json::from_str(address).unwrap_or_default();
    code(&address.country)
}

/// A country as items name it: a code of two letters. Anything else says nothing.
pub(crate) fn code(country: &str) -> Option<String> {
    let country = country.trim().to_ascii_uppercase();
    (country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(country)
}

/// Of these items those that may not be used in a country, with where they may.
fn barred(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow], country: &str) -> Result<HashMap<Uuid, (String, String)>> {
    let ids: BTreeSet<Uuid> = units.iter().map(|unit| unit.catalog_item_id).collect();
    let items = store::catalog::items_by_ids(tx, ctx.org(), &ids.into_iter().collect::<Vec<_>>())?;
    let mut found = HashMap::new();
    for item in items.into_values() {
        let cleared: Vec<String> = serde_json::from_str(&item.geography).unwrap_or_default();
        if !cleared.is_empty() && !cleared.iter().any(|it| it == country) {
            found.insert(item.id, (item.number, cleared.join(", ")));
        }
    }
    Ok(found)
}

fn refuse(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow], country: &str, who: &str) -> Result<()> {
    match barred(ctx, tx, units, country)?.into_values().min() {
        None => Ok(()),
        Some((number, cleared)) => {
            let message = format!(
                "{number} may be used in {cleared} alone, and {who} is in {country}. Take another item, or correct its countries \
                 in the catalog."
            );
            Err(Error::conflict("not_cleared_for_country", message))
        }
    }
}

/// The country in which an event takes place, and the name of the location.
pub(crate) fn of_event(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Option<(String, String)>> {
    let Some(location) = row.location_id else { return Ok(None) };
    let Some(place) = store::directory::location_row(tx, ctx.org(), location)? else { return Ok(None) };
    Ok(country(&place.address).map(|country| (country, place.name)))
}

/// 409 for a unit whose item may not be used in the country of the event's location.
pub(crate) fn for_event(ctx: &Ctx, tx: &mut Tx, row: &EventRow, units: &[UnitRow]) -> Result<()> {
    match of_event(ctx, tx, row)? {
        Some((country, name)) => refuse(ctx, tx, units, &country, &name),
        None => Ok(()),
    }
}

/// The country in which a custodian works, and the name; the organisation takes everything back.
fn of_custodian(ctx: &Ctx, tx: &mut Tx, to: Custodian) -> Result<Option<(String, String)>> {
    if to.kind != CustodianType::User {
        return Ok(None);
    }
    let row = store::people::user(tx, ctx.org(), to.id)?;
    Ok(row.and_then(|row| country(&row.shipping_address).map(|country| (country, row.name))))
}

/// 409 for a unit whose item may not be used in the country of whoever is to receive it.
pub(crate) fn for_recipient(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow], to: Custodian) -> Result<()> {
    match of_custodian(ctx, tx, to)? {
        Some((country, name)) => refuse(ctx, tx, units, &country, &name),
        None => Ok(()),
    }
}

/// Of these units the items that their recipient may not be sent.
pub(crate) fn not_for(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow], to: Custodian) -> Result<BTreeSet<Uuid>> {
    match of_custodian(ctx, tx, to)? {
        Some((country, _)) => Ok(barred(ctx, tx, units, &country)?.into_keys().collect()),
        None => Ok(BTreeSet::new()),
    }
}

/// The country that a list is narrowed to: what may be used there. `any` (None) means what may be used everywhere.
pub(crate) fn asked(params: &ListParams) -> Result<Option<Option<String>>> {
    let Some(text) = params.filters.get("country").map(|text| text.trim()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.eq_ignore_ascii_case("any") {
        return Ok(Some(None));
    }
    let message =
        "Give a country by its ISO 3166 code of two letters, such as US; or any for what may be used everywhere.";
    let code = code(text).ok_or_else(|| Error::field("country", "invalid_country", message))?;
    Ok(Some(Some(code)))
}

/// Of these containers those in which something lies that may not be used in a country.
pub(crate) fn holding_barred(ctx: &Ctx, tx: &mut Tx, containers: &[Uuid], country: &str) -> Result<BTreeSet<Uuid>> {
    let listed = format!("%\"{country}\"%");
    Ok(store::packs::holding_barred(tx, ctx.org(), containers, &listed)?.into_iter().collect())
}

/// True of a unit whose item may be used in every country.
pub(crate) const EVERYWHERE: &str = "NOT EXISTS (SELECT 1 FROM catalog_item barred WHERE \
    barred.organization_id = unit.organization_id AND barred.id = unit.catalog_item_id AND barred.geography NOT IN ('', '[]'))";

/// True of a unit (`unit` is the table's name) whose item may be used in a country: the text, and its argument.
pub(crate) fn condition(country: &str) -> (&'static str, String) {
    const CLEARED: &str = "NOT EXISTS (SELECT 1 FROM catalog_item barred WHERE barred.organization_id = unit.organization_id \
        AND barred.id = unit.catalog_item_id AND barred.geography NOT IN ('', '[]') AND barred.geography NOT LIKE ?)";
    (CLEARED, format!("%\"{country}\"%"))
}
