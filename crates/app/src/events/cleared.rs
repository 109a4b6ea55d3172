//! In which countries an item may be used: what is not cleared for the country of a facility is not marked there.

use crate::{Ctx, Error, Result};
use contract::Address;
use std::collections::BTreeSet;
use store::Tx;
use store::events::EventRow;
use store::stock::UnitRow;
use uuid::Uuid;

/// 409 for a unit whose item may not be used in the country of the event's location. Where the address names no country, nothing
/// is known, and nothing is refused.
pub(super) fn for_country(ctx: &Ctx, tx: &mut Tx, row: &EventRow, units: &[UnitRow]) -> Result<()> {
    let Some(location) = row.location_id else { return Ok(()) };
    let Some(place) = store::directory::location_row(tx, ctx.org(), location)? else { return Ok(()) };
    let address: Address = serde_json::from_str(&place.address).unwrap_or_default();
    let country = address.country.trim().to_uppercase();
    if country.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<Uuid> = units.iter().map(|unit| unit.catalog_item_id).collect();
    for item in store::catalog::items_by_ids(tx, ctx.org(), &ids.into_iter().collect::<Vec<_>>())?.into_values() {
        let cleared: Vec<String> = serde_json::from_str(&item.geography).unwrap_or_default();
        if !cleared.is_empty() && !cleared.contains(&country) {
            let message = format!(
                "{} may be used in {} alone, and {} is in {country}. Take another item, or correct its countries in the catalog.",
                item.number,
                cleared.join(", "),
                place.name
            );
            return Err(Error::conflict("not_cleared_for_country", message));
        }
    }
    Ok(())
}
