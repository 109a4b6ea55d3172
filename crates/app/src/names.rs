//! Names of things by their ids, many at a time: what a screen writes where a use case answers with ids.
//!
//! It names only what the caller was shown already, so reach was decided before; events alone are asked for within reach,
//! because a unit may be seen by people who do not see the event it is on.

use crate::{Ctx, Result};
use domain::clock::{Day, Instant};
use domain::event::EventType;
use domain::id::{CatalogItemId, EventId, Id, LocationId, ManufacturerId, PlaceId, UnitId, UserId};
use domain::stock::{Custodian, CustodianType, UnitKind};
use std::collections::{HashMap, HashSet};
use store::Tx;
use uuid::Uuid;

/// An item of the catalog, as it is named.
#[derive(Debug, Clone)]
pub struct Item {
    /// Catalog number.
    pub number: String,
    /// What it is; the number where there is no description.
    pub title: String,
    /// Which kind of thing.
    pub kind: UnitKind,
    /// Comes back after use.
    pub reusable: bool,
    /// Who makes it.
    pub manufacturer: String,
    /// Where it may be used; empty for everywhere.
    pub countries: Vec<String>,
}

/// A unit, as it is named.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What it is one of.
    pub item: CatalogItemId,
    /// Lot as printed, or empty.
    pub lot: String,
    /// Serial number as printed, or empty.
    pub serial: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
}

/// An event, as it is named.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its running number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: EventType,
    /// When it begins.
    pub starts_at: Instant,
    /// Where the facility is.
    pub time_zone: String,
    /// Its day there.
    pub day: Day,
}

/// What is to be named.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    items: HashSet<Uuid>,
    people: HashSet<Uuid>,
    locations: HashSet<Uuid>,
    places: HashSet<Uuid>,
    events: HashSet<Uuid>,
    manufacturers: HashSet<Uuid>,
    units: HashSet<Uuid>,
    companies: bool,
}

impl Wanted {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An item.
    pub fn item(&mut self, id: CatalogItemId) -> &mut Self {
        self.items.insert(id.uuid());
        self
    }

    /// A unit, with its item.
    pub fn unit(&mut self, id: UnitId) -> &mut Self {
        self.units.insert(id.uuid());
        self
    }

    /// An account.
    pub fn person(&mut self, id: UserId) -> &mut Self {
        self.people.insert(id.uuid());
        self
    }

    /// A custodian.
    pub fn custodian(&mut self, custodian: Custodian) -> &mut Self {
        match custodian.kind {
            CustodianType::User => drop(self.people.insert(custodian.id)),
            CustodianType::LinkedOrganization => self.companies = true,
            CustodianType::Organization => {}
        }
        self
    }

    /// A location, if there is one.
    pub fn location(&mut self, id: Option<LocationId>) -> &mut Self {
        self.locations.extend(id.map(Id::uuid));
        self
    }

    /// A place, if there is one.
    pub fn place(&mut self, id: Option<PlaceId>) -> &mut Self {
        self.places.extend(id.map(Id::uuid));
        self
    }

    /// An event, if there is one.
    pub fn event(&mut self, id: Option<EventId>) -> &mut Self {
        self.events.extend(id.map(Id::uuid));
        self
    }

    /// A manufacturer, if there is one.
    pub fn manufacturer(&mut self, id: Option<ManufacturerId>) -> &mut Self {
        self.manufacturers.extend(id.map(Id::uuid));
        self
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Names {
    items: HashMap<Uuid, Item>,
    people: HashMap<Uuid, String>,
    locations: HashMap<Uuid, String>,
    places: HashMap<Uuid, String>,
    events: HashMap<Uuid, Event>,
    manufacturers: HashMap<Uuid, String>,
    units: HashMap<Uuid, Unit>,
    companies: HashMap<Uuid, String>,
    organization: (Uuid, String),
}

impl Names {
    /// An item.
    pub fn item(&self, id: CatalogItemId) -> Option<&Item> {
        self.items.get(&id.uuid())
    }

    /// What an item is called.
    pub fn item_title(&self, id: CatalogItemId) -> &str {
        self.item(id).map_or("Unknown item", |item| item.title.as_str())
    }

    /// A unit.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id.uuid())
    }

    /// An account.
    pub fn person(&self, id: UserId) -> &str {
        self.people.get(&id.uuid()).map_or("Somebody", String::as_str)
    }

    /// A custodian.
    pub fn custodian(&self, custodian: Custodian) -> &str {
        if custodian.kind == CustodianType::User {
            return self.people.get(&custodian.id).map_or("Somebody", String::as_str);
        }
        if custodian.id == self.organization.0 {
            return self.organization.1.as_str();
        }
        self.companies.get(&custodian.id).map_or("A linked company", String::as_str)
    }

    /// A location.
    pub fn location(&self, id: LocationId) -> &str {
        self.locations.get(&id.uuid()).map_or("A facility", String::as_str)
    }

    /// A place.
    pub fn place(&self, id: PlaceId) -> &str {
        self.places.get(&id.uuid()).map_or("A place", String::as_str)
    }

    /// An event in reach.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(&id.uuid())
    }

    /// A manufacturer.
    pub fn manufacturer(&self, id: ManufacturerId) -> &str {
        self.manufacturers.get(&id.uuid()).map_or("A manufacturer", String::as_str)
    }
}

/// Looks them all up.
pub fn look_up(ctx: &Ctx, tx: &mut Tx, wanted: &Wanted) -> Result<Names> {
    let org = ctx.org();
    let list = |set: &HashSet<Uuid>| {
        let mut ids: Vec<Uuid> = set.iter().copied().collect();
        ids.sort_unstable();
        ids
    };
    let units: HashMap<Uuid, Unit> =
        store::names::units(tx, org, &list(&wanted.units))?.into_iter().map(unit).collect();
    let mut kinds = wanted.items.clone();
    kinds.extend(units.values().map(|unit| unit.item.uuid()));
    let rows = store::names::items(tx, org, &list(&kinds))?;
    let mut makers = wanted.manufacturers.clone();
    makers.extend(rows.iter().map(|row| row.manufacturer_id));
    let manufacturers: HashMap<Uuid, String> =
        store::names::manufacturers(tx, org, &list(&makers))?.into_iter().collect();
    let items = rows.into_iter().map(|row| {
        let item = Item {
            title: if row.description.is_empty() { row.number.clone() } else { row.description },
            number: row.number,
            kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
            reusable: row.reusable,
            manufacturer: manufacturers.get(&row.manufacturer_id).cloned().unwrap_or_default(),
            countries: if row.geography.len() > 2 {
                serde_json::from_str(&row.geography).unwrap_or_default()
            } else {
                Vec::new()
            },
        };
        (row.id, item)
    });
    let items = items.collect();
    let events = store::names::events(tx, ctx.viewer(), &list(&wanted.events))?.into_iter().map(|row| {
        let event = Event {
            number: row.number,
            name: row.name,
            r#type: EventType::parse(&row.r#type).unwrap_or(EventType::Other),
            starts_at: Instant(row.starts_at),
            time_zone: row.time_zone,
            day: Day(i32::try_from(row.day).unwrap_or_default()),
        };
        (row.id, event)
    });
    let events = events.collect();
    Ok(Names {
        items,
        people: store::names::people(tx, org, &list(&wanted.people))?.into_iter().collect(),
        locations: store::names::locations(tx, org, &list(&wanted.locations))?.into_iter().collect(),
        places: store::names::places(tx, org, &list(&wanted.places))?.into_iter().collect(),
        events,
        manufacturers,
        units,
        companies: match wanted.companies {
            true => store::links::companies(tx, org)?.into_iter().collect(),
            false => HashMap::new(),
        },
        organization: (org, ctx.organization.name.clone()),
    })
}

fn unit(row: store::names::UnitRow) -> (Uuid, Unit) {
    let day = |day: i64| Day(i32::try_from(day).unwrap_or_default());
    let unit = Unit {
        item: Id::from_uuid(row.catalog_item_id),
        lot: row.lot,
        serial: row.serial,
        expires_on: row.expires_on.map(day),
    };
    (row.id, unit)
}
