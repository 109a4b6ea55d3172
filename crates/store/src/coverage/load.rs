//! What candidates and plans are made from: few statements, each on an index, each with a limit.

use crate::bulk;
use crate::reach::Viewer;
use db::{Result, Tx, args};
use domain::people::Level;
use std::collections::BTreeMap;
use uuid::Uuid;

/// People who are looked at for one case.
pub const PEOPLE_MAX: i64 = 2_000;
/// Links between distributors and reps that are read.
const LINKS_MAX: i64 = 50_000;
/// Cases around one day that are read.
const ENGAGEMENTS_MAX: i64 = 20_000;
/// Cases with a surgeon that are counted.
const RECENT_MAX: i64 = 400;
/// Holders of needed items that are counted.
const COUNTS_MAX: i64 = 200_000;

db::record! {
    /// Somebody who could represent a case or answers for stock.
    #[derive(Clone, Debug)]
    pub struct PersonRow {
        pub id: Uuid, pub name: String, pub role: String, pub region_id: Option<Uuid>, pub shares_inventory: bool,
        pub custodian_only: bool, pub active: bool, pub training_completed_at: Option<i64>, pub shipping_address: String,
        pub latitude_e6: Option<i64>, pub longitude_e6: Option<i64>, pub postal_code: Option<String>,
        pub state: Option<String>, pub country: Option<String>,
    }
}

macro_rules! person {
    ($from:literal) => {
        concat!(
            "SELECT person.id, person.name, person.role, person.region_id, person.shares_inventory, person.custodian_only, \
            person.active, person.training_completed_at, person.shipping_address, place.latitude_e6, place.longitude_e6, \
            place.postal_code, place.state, place.country FROM ",
            $from,
            " LEFT JOIN coverage_place place ON place.organization_id = person.organization_id AND place.subject_id = person.id "
        )
    };
}

const COVERERS: &str = concat!(
    person!("people_user person"),
    "WHERE person.organization_id = $1 AND person.active = 1 AND person.role IN ('sales', 'distributor') \
    AND person.custodian_only = 0 AND person.delegate_of IS NULL ORDER BY person.id LIMIT $2"
);
const COVERERS_IN_REACH: &str = concat!(
    person!(
        "people_reach reach JOIN people_user person ON person.organization_id = reach.organization_id \
        AND person.id = reach.subject_id"
    ),
    "WHERE reach.organization_id = $1 AND reach.actor_id = $3 AND reach.person >= $4 AND person.active = 1 \
    AND person.role IN ('sales', 'distributor') AND person.custodian_only = 0 AND person.delegate_of IS NULL \
    ORDER BY person.id LIMIT $2"
);
const PEOPLE: &str =
    concat!(person!("people_user person"), "WHERE person.organization_id = $1 AND person.id IN ({ids})");

/// Reps and distributors for whom the viewer may act.
pub fn coverers(tx: &mut Tx, viewer: Viewer) -> Result<Vec<PersonRow>> {
    if viewer.office {
        return tx.all(COVERERS, args![viewer.organization, PEOPLE_MAX]);
    }
    let args = args![viewer.organization, PEOPLE_MAX, viewer.principal, Level::Act as i64];
    tx.all(COVERERS_IN_REACH, args)
}

/// The people of these ids.
pub fn people(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<PersonRow>> {
    bulk::all(tx, PEOPLE, args![organization], ids)
}

const LINKS: &str = "SELECT link.distributor_id, link.sales_id, link.hub, distributor.shares_inventory \
    FROM people_representative link JOIN people_user distributor ON distributor.organization_id = link.organization_id \
    AND distributor.id = link.distributor_id WHERE link.organization_id = $1 AND distributor.active = 1 \
    ORDER BY link.distributor_id, link.sales_id LIMIT $2";

db::record! {
    /// A rep of a distributor or hub.
    #[derive(Clone, Copy, Debug)]
    pub struct LinkRow { pub distributor_id: Uuid, pub sales_id: Uuid, pub hub: bool, pub shares: bool }
}

/// Who belongs to whose group.
pub fn links(tx: &mut Tx, organization: Uuid) -> Result<Vec<LinkRow>> {
    tx.all(LINKS, args![organization, LINKS_MAX])
}

const ASSIGNED: &str = "SELECT user_id FROM people_assignment WHERE organization_id = $1 AND kind = $2 AND target_id = $3 \
    ORDER BY user_id LIMIT $4";

/// Who is assigned to something.
pub fn assigned(tx: &mut Tx, organization: Uuid, kind: &str, target: Uuid) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(ASSIGNED, args![organization, kind, target, PEOPLE_MAX])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const AWAY: &str = "SELECT user_id, starts_at, ends_at FROM people_absence WHERE organization_id = $1 AND removed_at IS NULL \
    AND ends_at > $2 AND starts_at < $3 ORDER BY ends_at LIMIT $4";

/// (who, from, to) of everybody who is away at some time between two moments.
pub fn away(tx: &mut Tx, organization: Uuid, from: i64, to: i64) -> Result<Vec<(Uuid, i64, i64)>> {
    tx.all(AWAY, args![organization, from, to, ENGAGEMENTS_MAX])
}

const ENGAGED: &str = "SELECT event.representative_id, event.id, event.starts_at, event.ends_at FROM event \
    WHERE event.organization_id = $1 AND event.status = 'open' AND event.starts_at >= $2 AND event.starts_at < $3 \
    AND event.type IN ('case', 'trial', 'sample', 'other') ORDER BY event.starts_at LIMIT $4";

db::record! {
    /// An open event of somebody.
    #[derive(Clone, Copy, Debug)]
    pub struct EngagedRow { pub user_id: Uuid, pub event_id: Uuid, pub starts_at: i64, pub ends_at: i64 }
}

/// Open events for which somebody has to be there that begin between two moments, with their representatives.
pub fn engaged(tx: &mut Tx, organization: Uuid, from: i64, to: i64) -> Result<Vec<EngagedRow>> {
    tx.all(ENGAGED, args![organization, from, to, ENGAGEMENTS_MAX])
}

const SECONDED: &str = "SELECT person.user_id, person.event_id FROM event_person person \
    WHERE person.organization_id = $1 AND person.role = 'sub' AND person.event_id IN ({ids})";

/// (who, event) of those who share these events.
pub fn seconded(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    bulk::all(tx, SECONDED, args![organization], events)
}

db::record! {
    /// What a sentence about an event needs, with where it is.
    #[derive(Clone, Debug)]
    pub struct EventPlaceRow {
        pub event_id: Uuid, pub number: i64, pub location_id: Option<Uuid>, pub location_name: Option<String>,
        pub address: Option<String>, pub latitude_e6: Option<i64>, pub longitude_e6: Option<i64>,
        pub postal_code: Option<String>, pub state: Option<String>, pub country: Option<String>,
    }
}

const EVENT_PLACES: &str = "SELECT event.id, event.number, location.id, location.name, location.address, place.latitude_e6, \
    place.longitude_e6, place.postal_code, place.state, place.country FROM event \
    LEFT JOIN directory_location location ON location.organization_id = event.organization_id AND location.id = event.location_id \
    LEFT JOIN coverage_place place ON place.organization_id = event.organization_id AND place.subject_id = event.location_id \
    WHERE event.organization_id = $1 AND event.id IN ({ids})";

/// Where these events are.
pub fn event_places(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<EventPlaceRow>> {
    bulk::all(tx, EVENT_PLACES, args![organization], events)
}

const RECENT: &str = "SELECT representative_id FROM event WHERE organization_id = $1 AND physician_id = $2 \
    AND starts_at >= $3 AND starts_at < $4 AND status <> 'cancelled' ORDER BY starts_at DESC LIMIT $5";

/// How many cases people had with a physician, among the last few hundred.
pub fn recent(tx: &mut Tx, organization: Uuid, physician: Uuid, from: i64, to: i64) -> Result<BTreeMap<Uuid, u32>> {
    let rows = tx.all::<(Uuid,)>(RECENT, args![organization, physician, from, to, RECENT_MAX])?;
    let mut counts = BTreeMap::new();
    for (id,) in rows {
        *counts.entry(id).or_default() += 1;
    }
    Ok(counts)
}

db::record! {
    /// How many free units of an item somebody has.
    #[derive(Clone, Copy, Debug)]
    pub struct CountRow { pub item: Uuid, pub custodian: Uuid, pub shelf: bool, pub n: i64 }
}

const COUNTS: &str = "SELECT catalog_item_id, custodian_id, facility_stock, n FROM stock_counter \
    WHERE organization_id = $1 AND state = 0 AND n > 0 AND catalog_item_id IN ({ids})";

/// Who has how many free units of these items.
pub fn counts(tx: &mut Tx, organization: Uuid, items: &[Uuid]) -> Result<Vec<CountRow>> {
    let mut rows = bulk::all::<CountRow>(tx, COUNTS, args![organization], items)?;
    rows.truncate(COUNTS_MAX as usize);
    rows.sort_unstable_by_key(|row| (row.item, row.custodian, row.shelf));
    Ok(rows)
}

macro_rules! loose {
    ($condition:expr) => {
        concat!(
            "SELECT unit.catalog_item_id, unit.custodian_id, COUNT(*) FROM stock_unit unit \
            WHERE unit.organization_id = $1 AND unit.active = 1 AND unit.state = 0 AND unit.facility_stock_location_id IS NULL \
            AND unit.catalog_item_id IN ({ids}) AND ",
            $condition,
            " GROUP BY unit.catalog_item_id, unit.custodian_id"
        )
    };
}
const EXPIRED: &str = loose!("unit.expires_key < $2");
const RECALLED: &str = loose!(concat!("unit.expires_key >= $2 AND ", crate::is_frozen!()));
const RECALLED_ITEMS: &str = "SELECT DISTINCT catalog_item_id FROM stock_recall_span \
    WHERE organization_id = $1 AND freezes = 1 AND catalog_item_id IN ({ids})";

/// (item, custodian, how many) of the units that [`counts`] has and that are of no use on a day: expired by then, or frozen by a
/// recall. Only items that an open recall names have their units looked at one by one.
pub fn useless(tx: &mut Tx, organization: Uuid, items: &[Uuid], day: i64) -> Result<Vec<(Uuid, Uuid, i64)>> {
    let mut rows: Vec<(Uuid, Uuid, i64)> = bulk::all(tx, EXPIRED, args![organization, day], items)?;
    if crate::recalls::any(tx, organization)? {
        let recalled: Vec<(Uuid,)> = bulk::all(tx, RECALLED_ITEMS, args![organization], items)?;
        let recalled: Vec<Uuid> = recalled.into_iter().map(|(id,)| id).collect();
        rows.extend(bulk::all::<(Uuid, Uuid, i64)>(tx, RECALLED, args![organization, day], &recalled)?);
    }
    Ok(rows)
}

/// Which units of an item somebody has that could be used.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Of which item.
    pub item: Uuid,
    /// With whom.
    pub custodian: Uuid,
    /// At most so many, those that expire first.
    pub limit: i64,
}

db::record! {
    /// A unit that could be used.
    #[derive(Clone, Debug)]
    pub struct FreeRow {
        pub id: Uuid, pub item: Uuid, pub manufacturer: Uuid, pub custodian: Uuid, pub expires_on: Option<i64>,
        pub container: Option<Uuid>, pub shelf: Option<Uuid>, pub kind: String, pub reusable: bool, pub moves: i64,
    }
}

/// Asks of one statement, largest first.
const ARMS: [usize; 4] = [32, 8, 4, 1];

/// Free units, soonest expiry first: those in ordinary stock and those on this shelf. Units that a plan keeps for another open
/// event are left out.
pub fn free_units(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    shelf: Option<Uuid>,
    from_day: i64,
    asks: &[Ask],
) -> Result<Vec<FreeRow>> {
    let mut found = Vec::new();
    let loose = if crate::recalls::any(tx, organization)? {
        format!("AND NOT {} ", crate::recalls::IS_FROZEN)
    } else {
        String::new()
    };
    let not_packed = crate::packs::NOT_PACKED;
    let mut rest = asks;
    while !rest.is_empty() {
        let size = ARMS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (now, later) = rest.split_at(size);
        let mut values = args![organization, event, shelf, from_day].to_vec();
        let mut text = String::with_capacity(size * 700);
        for (arm, ask) in now.iter().enumerate() {
            let first = values.len() + 1;
            values.extend_from_slice(args![ask.item, ask.custodian, ask.limit]);
            if arm > 0 {
                text.push_str(" UNION ALL ");
            }
            text.push_str(&format!(
                "SELECT * FROM (SELECT unit.id, unit.catalog_item_id, unit.manufacturer_id, unit.custodian_id, unit.expires_on, \
                 unit.container_id, unit.facility_stock_location_id, unit.kind, unit.reusable, unit.moves FROM stock_unit unit \
                 WHERE unit.organization_id = $1 AND unit.catalog_item_id = ${first} AND unit.active = 1 \
                 AND unit.custodian_id = ${} AND unit.expires_key >= $4 AND unit.state = 0 {loose}AND {not_packed} \
                 AND (unit.facility_stock_location_id IS NULL OR unit.facility_stock_location_id = $3) \
                 AND (unit.reusable = 1 OR NOT EXISTS (SELECT 1 FROM event_claim claim JOIN event other \
                 ON other.organization_id = claim.organization_id AND other.id = claim.event_id \
                 WHERE claim.organization_id = $1 AND claim.unit_id = unit.id AND claim.event_id <> $2 AND other.status = 'open')) \
                 ORDER BY unit.expires_key, unit.id LIMIT ${}) arm{arm}",
                first + 1,
                first + 2
            ));
        }
        found.extend(tx.all::<FreeRow>(text.as_str(), &values)?);
        rest = later;
    }
    Ok(found)
}

const NAMED_UNITS: &str = concat!(
    "SELECT unit.id, unit.catalog_item_id, unit.manufacturer_id, unit.custodian_id, unit.expires_on, \
    unit.container_id, unit.facility_stock_location_id, unit.kind, unit.reusable, unit.moves FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.state = 0 AND unit.id IN ({ids}) AND NOT ",
    crate::is_frozen!(),
    " AND ",
    crate::packs::not_packed!()
);

/// The free ones among these units.
pub fn named_units(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<FreeRow>> {
    let mut rows = bulk::all::<FreeRow>(tx, NAMED_UNITS, args![organization], ids)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

const WANTED_UNITS: &str = "SELECT line.unit_id FROM event_line line JOIN event other \
    ON other.organization_id = line.organization_id AND other.id = line.event_id \
    WHERE line.organization_id = $1 AND line.open = 1 AND line.event_id <> $2 AND other.starts_at < $4 \
    AND other.ends_at > $3 AND line.unit_id IN ({ids})";
const CLAIMED_UNITS: &str = "SELECT claim.unit_id FROM event_claim claim JOIN event other \
    ON other.organization_id = claim.organization_id AND other.id = claim.event_id \
    WHERE claim.organization_id = $1 AND claim.event_id <> $2 AND other.status = 'open' AND other.starts_at < $4 \
    AND other.ends_at > $3 AND claim.unit_id IN ({ids})";
const BOOKED_UNITS: &str = "SELECT booking.unit_id FROM event_container booking \
    WHERE booking.organization_id = $1 AND booking.open = 1 AND booking.event_id <> $2 AND booking.starts_at < $4 \
    AND booking.ends_at > $3 AND booking.unit_id IN ({ids})";

/// Which of these reusable units and containers other open events want between two moments.
pub fn wanted_units(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    (from, to): (i64, i64),
    ids: &[Uuid],
) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for sql in [WANTED_UNITS, CLAIMED_UNITS, BOOKED_UNITS] {
        found.extend(bulk::all::<(Uuid,)>(tx, sql, args![organization, event, from, to], ids)?);
    }
    let mut found: Vec<Uuid> = found.into_iter().map(|(id,)| id).collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

db::record! {
    /// A container and what lies in it.
    #[derive(Clone, Debug)]
    pub struct ContainerRow {
        pub id: Uuid, pub item: Uuid, pub custodian: Uuid, pub state: i64, pub moves: i64, pub pieces: i64, pub free: i64,
    }
}

const CONTAINERS: &str = "SELECT unit.id, unit.catalog_item_id, unit.custodian_id, unit.state, unit.moves, \
    (SELECT COUNT(*) FROM stock_unit inside WHERE inside.organization_id = unit.organization_id AND inside.container_id = unit.id \
    AND inside.active = 1), \
    (SELECT COUNT(*) FROM stock_unit inside WHERE inside.organization_id = unit.organization_id AND inside.container_id = unit.id \
    AND inside.state = 0) \
    FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN ({ids})";
const CONTENTS: &str = concat!(
    "SELECT unit.id, unit.catalog_item_id, unit.manufacturer_id, unit.custodian_id, unit.expires_on, \
    unit.container_id, unit.facility_stock_location_id, unit.kind, unit.reusable, unit.moves FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.state = 0 AND unit.container_id IN ({ids}) AND NOT ",
    crate::is_frozen!()
);
const INSIDE: &str = "SELECT unit.id, unit.container_id FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.container_id IN ({ids})";

/// These containers.
pub fn containers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<ContainerRow>> {
    let mut rows = bulk::all::<ContainerRow>(tx, CONTAINERS, args![organization], ids)?;
    if crate::recalls::any(tx, organization)? {
        // A container that is recalled, or that holds something recalled, goes nowhere.
        let inside: Vec<(Uuid, Uuid)> = bulk::all(tx, INSIDE, args![organization], ids)?;
        let mut asked = ids.to_vec();
        asked.extend(inside.iter().map(|(unit, _)| *unit));
        let frozen = crate::recalls::frozen(tx, organization, &asked)?;
        for row in &mut rows {
            let held = inside.iter().any(|(unit, container)| *container == row.id && frozen.contains_key(unit));
            if held || frozen.contains_key(&row.id) {
                row.state = domain::stock::UnitState::OnHold.stored();
            }
        }
    }
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// The free units in these containers.
pub fn contents(tx: &mut Tx, organization: Uuid, containers: &[Uuid]) -> Result<Vec<FreeRow>> {
    let mut rows = bulk::all::<FreeRow>(tx, CONTENTS, args![organization], containers)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

db::record! {
    /// An item, as far as plans need it.
    #[derive(Clone, Debug)]
    pub struct ItemRow {
        pub id: Uuid, pub number: String, pub description: String, pub manufacturer_id: Uuid, pub geography: String,
        pub manufacturer_name: String, pub manufacturer_email: String, pub kind: String,
    }
}

const ITEMS: &str = "SELECT item.id, item.number, item.description, item.manufacturer_id, item.geography, maker.name, \
    maker.email, item.kind FROM catalog_item item JOIN catalog_manufacturer maker \
    ON maker.organization_id = item.organization_id AND maker.id = item.manufacturer_id \
    WHERE item.organization_id = $1 AND item.id IN ({ids})";

/// The items of these ids with their manufacturers.
pub fn items(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<ItemRow>> {
    let mut rows = bulk::all::<ItemRow>(tx, ITEMS, args![organization], ids)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

const LABELS: &str = "SELECT unit.id, unit.lot, unit.serial, unit.expires_on FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN ({ids})";

/// (unit, lot, serial, expiry) of these units.
#[allow(clippy::type_complexity)]
pub fn labels(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String, String, Option<i64>)>> {
    bulk::all(tx, LABELS, args![organization], ids)
}

const EFFECTIVE_REP: &str =
    "SELECT effective_rep_id, address, name FROM directory_location WHERE organization_id = $1 AND id = $2";

/// (who cares for it, address, name) of a location.
pub fn location(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<(Option<Uuid>, String, String)>> {
    tx.one(EFFECTIVE_REP, args![organization, id])
}

const ON_SHELF: &str = concat!(
    "SELECT unit.catalog_item_id, unit.custodian_id, COUNT(*) FROM stock_unit unit \
    WHERE unit.organization_id = $1 AND unit.facility_stock_location_id = $2 AND unit.active = 1 AND unit.state = 0 \
    AND unit.expires_key >= $3 AND unit.catalog_item_id IN ({ids}) AND NOT ",
    crate::is_frozen!(),
    " GROUP BY unit.catalog_item_id, unit.custodian_id"
);

/// (item, custodian, how many) of the free facility stock at a location that is good on a day.
pub fn on_shelf(
    tx: &mut Tx,
    organization: Uuid,
    location: Uuid,
    items: &[Uuid],
    day: i64,
) -> Result<Vec<(Uuid, Uuid, i64)>> {
    bulk::all(tx, ON_SHELF, args![organization, location, day], items)
}
