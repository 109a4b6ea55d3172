//! The case that somebody has to take over: planned already, or only drafted.

use super::needs::Wish;
use crate::{Ctx, Error, Result};
use contract::Address;
use domain::clock::{Day, Instant};
use domain::coverage::travel::Spot;
use domain::event::{EventType, TypeRules};
use std::collections::BTreeMap;
use store::Tx;
use store::coverage::load::{EventPlaceRow, PersonRow};
use store::events::{EventRow, LineRow};
use store::stock::UnitRow;
use uuid::Uuid;

/// What is known of the case.
pub(crate) struct Case {
    /// Its id; nil for a draft.
    pub event: Uuid,
    /// Who represents it now.
    pub representative: Option<Uuid>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub day: Day,
    pub time_zone: String,
    pub rules: TypeRules,
    pub location: Option<Uuid>,
    pub location_name: Option<String>,
    /// Who cares for the location.
    pub default_rep: Option<Uuid>,
    pub spot: Option<Spot>,
    /// ISO code; empty when unknown.
    pub country: String,
    pub physician: Option<(Uuid, String)>,
    pub manufacturers: Vec<Uuid>,
    /// What is needed and not on the case yet.
    pub needs: Vec<Wish>,
    pub lines: Vec<LineRow>,
    pub containers: Vec<UnitRow>,
}

impl Case {
    /// A stored event.
    pub fn of(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Self> {
        let org = ctx.org();
        let lines = store::events::lines(tx, org, row.id)?;
        let mut containers = Vec::new();
        for id in store::events::containers(tx, org, row.id)? {
            containers.extend(store::stock::unit(tx, org, id)?);
        }
        let mut needs = super::needs::wishes(tx, org, row.id)?;
        for wish in &mut needs {
            let on_case = lines.iter().filter(|line| line.catalog_item_id == wish.item).count()
                + containers.iter().filter(|unit| unit.catalog_item_id == wish.item).count();
            wish.quantity = wish.quantity.saturating_sub(on_case as u32);
        }
        needs.retain(|wish| wish.quantity > 0);
        let mut case = Self {
            event: row.id,
            representative: Some(row.representative_id),
            starts_at: Instant(row.starts_at),
            ends_at: Instant(row.ends_at),
            day: Day(row.day as i32),
            time_zone: row.time_zone.clone(),
            rules: crate::events::kind(row)?.rules(),
            manufacturers: store::events::manufacturers(tx, org, row.id)?,
            needs,
            lines,
            containers,
            ..Self::empty(Instant(row.starts_at))
        };
        case.set_place(tx, org, row.location_id)?;
        case.set_physician(tx, org, row.physician_id)?;
        Ok(case)
    }

    /// A case at a time about which nothing more is known.
    pub fn empty(starts_at: Instant) -> Self {
        Self {
            event: Uuid::nil(),
            representative: None,
            starts_at,
            ends_at: starts_at,
            day: Day(0),
            time_zone: "UTC".to_owned(),
            rules: EventType::Case.rules(),
            location: None,
            location_name: None,
            default_rep: None,
            spot: None,
            country: String::new(),
            physician: None,
            manufacturers: Vec::new(),
            needs: Vec::new(),
            lines: Vec::new(),
            containers: Vec::new(),
        }
    }

    /// Where it is.
    pub fn set_place(&mut self, tx: &mut Tx, org: Uuid, location: Option<Uuid>) -> Result<()> {
        let Some(id) = location else { return Ok(()) };
        let Some((rep, address, name)) = store::coverage::load::location(tx, org, id)? else { return Ok(()) };
        let address: Address = serde_json::from_str(&address).unwrap_or_default();
        let known = store::coverage::people::place(tx, org, id)?;
        self.spot = match &known {
            Some(row) => {
                spot(row.latitude_e6, row.longitude_e6, (&row.country, &row.postal_code, &row.state), &address)
            }
            None => of_address(&address),
        };
        let of_place = known.and_then(|row| crate::cleared::code(&row.country));
        self.country = of_place.or_else(|| crate::cleared::code(&address.country)).unwrap_or_default();
        (self.location, self.location_name, self.default_rep) = (Some(id), Some(name), rep);
        Ok(())
    }

    /// With whom.
    pub fn set_physician(&mut self, tx: &mut Tx, org: Uuid, physician: Option<Uuid>) -> Result<()> {
        if let Some(id) = physician {
            let name = store::events::physician(tx, org, id)?.map(|(name, _)| name).unwrap_or_default();
            self.physician = Some((id, name));
        }
        Ok(())
    }

    /// How many units it needs, those that are on it already among them.
    pub fn units(&self) -> u32 {
        let open: u32 = self.needs.iter().map(|wish| wish.quantity).sum();
        open + (self.lines.len() + self.containers.len()) as u32
    }
}

/// The country of somebody's address; empty when unknown.
pub(crate) fn country(row: &PersonRow) -> String {
    crate::cleared::country(&row.shipping_address).unwrap_or_default()
}

fn of_address(address: &Address) -> Option<Spot> {
    if address.postal_code.is_empty() && address.state.is_empty() {
        return None;
    }
    Spot::of_address(&address.country, &address.postal_code, &address.state)
}

/// Where something is: by coordinates, by what was said of it, by its address.
pub(crate) fn spot(
    latitude: Option<i64>,
    longitude: Option<i64>,
    (country, postal_code, state): (&str, &str, &str),
    address: &Address,
) -> Option<Spot> {
    let exact = latitude.zip(longitude).and_then(|(latitude, longitude)| Spot::new(latitude, longitude));
    let said = || {
        let said = !postal_code.is_empty() || !state.is_empty();
        said.then(|| Spot::of_address(country, postal_code, state)).flatten()
    };
    exact.or_else(said).or_else(|| of_address(address))
}

/// Where somebody sets out from.
pub(crate) fn home(row: &PersonRow) -> Option<Spot> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let said = (text(&row.country), text(&row.postal_code), text(&row.state));
    let address = serde_json::from_str(&row.shipping_address).unwrap_or_default();
    spot(row.latitude_e6, row.longitude_e6, (&said.0, &said.1, &said.2), &address)
}

/// Where an event is.
pub(crate) fn place_of(row: &EventPlaceRow) -> Option<Spot> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let said = (text(&row.country), text(&row.postal_code), text(&row.state));
    let address = row.address.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    spot(row.latitude_e6, row.longitude_e6, (&said.0, &said.1, &said.2), &address)
}

/// Where the organisation is: its warehouse.
pub(crate) fn warehouse(ctx: &Ctx, tx: &mut Tx) -> Result<Option<Spot>> {
    let row = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    Ok(of_address(&serde_json::from_str(&row.address).unwrap_or_default()))
}

/// Who belongs to whom, read once for a plan or a list.
pub(crate) struct Groups {
    /// The distributors and hubs of a rep who share: in their order.
    pub sharing: BTreeMap<Uuid, Vec<Uuid>>,
    /// The full distributor of a rep.
    pub leader: BTreeMap<Uuid, Uuid>,
}

impl Groups {
    /// Reads all links.
    pub fn read(tx: &mut Tx, org: Uuid) -> Result<Self> {
        let mut groups = Self { sharing: BTreeMap::new(), leader: BTreeMap::new() };
        for link in store::coverage::load::links(tx, org)? {
            if link.shares {
                groups.sharing.entry(link.sales_id).or_default().push(link.distributor_id);
            }
            if !link.hub {
                groups.leader.insert(link.sales_id, link.distributor_id);
            }
        }
        Ok(groups)
    }

    /// Who shares with somebody.
    pub fn sharers(&self, rep: Uuid) -> &[Uuid] {
        self.sharing.get(&rep).map_or(&[], Vec::as_slice)
    }

    /// The group somebody belongs to, by its distributor.
    pub fn group_of(&self, who: Uuid) -> Uuid {
        self.leader.get(&who).copied().unwrap_or(who)
    }
}
