//! Where people set out from, and where facilities are.

use super::case::spot;
use crate::events::plan::typed;
use crate::people::{need, subject};
use crate::{Ctx, Error, Result};
use contract::Address;
use contract::coverage::{PlaceOnMap, PutPlaceOnMap};
use domain::coverage::travel::Spot;
use domain::id::{LocationId, UserId};
use domain::limits;
use domain::people::Permission;
use store::Tx;
use store::coverage::people::PlaceRow;
use uuid::Uuid;

const NOWHERE: PlaceRow = PlaceRow {
    latitude_e6: None,
    longitude_e6: None,
    postal_code: String::new(),
    state: String::new(),
    country: String::new(),
};

fn view(tx: &mut Tx, org: Uuid, subject: Uuid, address: &str) -> Result<PlaceOnMap> {
    let row = store::coverage::people::place(tx, org, subject)?.unwrap_or(NOWHERE);
    let address: Address = serde_json::from_str(address).unwrap_or_default();
    let said = (row.country.as_str(), row.postal_code.as_str(), row.state.as_str());
    let known_by = if row.latitude_e6.is_some() {
        "coordinates"
    } else if !row.postal_code.is_empty() && spot(None, None, (said.0, said.1, ""), &Address::default()).is_some() {
        "postal_code"
    } else if spot(None, None, said, &Address::default()).is_some() {
        "state"
    } else if spot(None, None, ("", "", ""), &address).is_some() {
        "address"
    } else {
        "nowhere"
    };
    Ok(PlaceOnMap {
        latitude_e6: row.latitude_e6,
        longitude_e6: row.longitude_e6,
        postal_code: row.postal_code,
        state: row.state,
        country: row.country,
        known_by: known_by.to_owned(),
    })
}

fn given(body: &PutPlaceOnMap) -> Result<PlaceRow> {
    let text = |field: &str, text: &str| -> Result<String> {
        let cleaned = typed(field, domain::text::clean_optional(Some(text), limits::CODE_MAX))?;
        Ok(cleaned.unwrap_or_default().to_uppercase())
    };
    match (body.latitude_e6, body.longitude_e6) {
        (None, None) => {}
        (Some(latitude), Some(longitude)) if Spot::new(latitude, longitude).is_some() => {}
        (Some(_), Some(_)) => {
            let message = "Latitudes lie from -90 to 90 degrees and longitudes from -180 to 180, in millionths.";
            return Err(Error::field("latitude_e6", "out_of_range", message));
        }
        _ => return Err(Error::field("longitude_e6", "required", "Give both coordinates, or none.")),
    }
    Ok(PlaceRow {
        latitude_e6: body.latitude_e6,
        longitude_e6: body.longitude_e6,
        postal_code: text("postal_code", &body.postal_code)?,
        state: text("state", &body.state)?,
        country: text("country", &body.country)?,
    })
}

fn save(ctx: &Ctx, tx: &mut Tx, subject: Uuid, row: &PlaceRow) -> Result<()> {
    let before = store::coverage::people::place(tx, ctx.org(), subject)?.unwrap_or(NOWHERE);
    if before == *row {
        return Ok(());
    }
    store::coverage::people::save_place(tx, ctx.org(), subject, row)?;
    let mut entry = ctx.entry("place_changed").subject(subject);
    // Where somebody lives is nobody's business but theirs: the journal tells that it changed.
    entry.change(subject, "place", Some("before".into()), Some("changed".into()));
    entry.append(ctx, tx)
}

/// Where somebody sets out from.
pub fn home(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<PlaceOnMap> {
    let account = subject(ctx, tx, id)?;
    view(tx, ctx.org(), account.row.id, &account.row.shipping_address)
}

/// Says where somebody sets out from.
pub fn put_home(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &PutPlaceOnMap) -> Result<PlaceOnMap> {
    let account = subject(ctx, tx, id)?;
    need(account.rights.contact, "where it sets out from")?;
    account.check_version(ctx)?;
    let row = given(body)?;
    save(ctx, tx, account.row.id, &row)?;
    view(tx, ctx.org(), account.row.id, &account.row.shipping_address)
}

fn address_of(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<String> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let (_, address, _) = store::coverage::load::location(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok(address)
}

/// Where a location is.
pub fn position(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<PlaceOnMap> {
    let address = address_of(ctx, tx, id)?;
    view(tx, ctx.org(), id.uuid(), &address)
}

/// Says where a location is.
pub fn put_position(ctx: &Ctx, tx: &mut Tx, id: LocationId, body: &PutPlaceOnMap) -> Result<PlaceOnMap> {
    let address = address_of(ctx, tx, id)?;
    ctx.require(Permission::ManageDirectory)?;
    let row = given(body)?;
    save(ctx, tx, id.uuid(), &row)?;
    view(tx, ctx.org(), id.uuid(), &address)
}
