//! What a customer or a location that is archived leaves behind: open events, units on its shelves.

use crate::bulk;
use db::{Result, Tx, args};
use uuid::Uuid;

const LOCATIONS: &str = "SELECT location.id, standing.site_units FROM directory_location location \
    JOIN directory_standing standing ON standing.organization_id = location.organization_id AND standing.kind = 'loc' \
    AND standing.subject_id = location.id WHERE location.organization_id = $1 AND location.archived_at IS NULL \
    AND location.customer_id IN ({ids})";
const EVENTS: &str = "SELECT event.id FROM event WHERE event.organization_id = $1 AND event.customer_id IN ({ids}) \
    AND event.status = 'open'";
const EVENTS_AT: &str =
    "SELECT COUNT(*) FROM event WHERE organization_id = $1 AND location_id = $2 AND status = 'open'";
const UNITS_AT: &str =
    "SELECT site_units FROM directory_standing WHERE organization_id = $1 AND kind = 'loc' AND subject_id = $2";

/// What customers leave behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Locations in use.
    pub locations: i64,
    /// Events that are not closed.
    pub events: i64,
    /// Units on their shelves.
    pub units: i64,
}

/// What these customers leave behind.
pub fn left_by(tx: &mut Tx, organization: Uuid, customers: &[Uuid]) -> Result<Left> {
    let places = bulk::all::<(Uuid, i64)>(tx, LOCATIONS, args![organization], customers)?;
    let events = bulk::all::<(Uuid,)>(tx, EVENTS, args![organization], customers)?;
    let units = places.iter().map(|(_, units)| units).sum();
    Ok(Left { locations: places.len() as i64, events: events.len() as i64, units })
}

/// (open events, units on the shelf) of a location.
pub fn left_at(tx: &mut Tx, organization: Uuid, location: Uuid) -> Result<(i64, i64)> {
    let one = |tx: &mut Tx, sql: &'static str| -> Result<i64> {
        Ok(tx.one::<(i64,)>(sql, args![organization, location])?.map_or(0, |(n,)| n))
    };
    Ok((one(tx, EVENTS_AT)?, one(tx, UNITS_AT)?))
}
