//! Units and their custody: locking, the one way to move, counters.

use crate::bulk;
use crate::directory::standing;
use crate::journal::Movement;
use db::{Error, Result, Tx, Value, args};
use domain::clock::Day;
use domain::hold::HoldStatus;
use domain::id::{EventId, LocationId, TransferId, UnitId};
use domain::stock::{Custodian, CustodianType, Unit, UnitKind};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What lists sort units without an expiry by: after every real day.
pub const NEVER_EXPIRES: i64 = 9_999_999;

db::record! {
    /// A unit as stored.
    #[derive(Clone, Debug)]
    pub struct UnitRow {
        pub id: Uuid, pub kind: String, pub catalog_item_id: Uuid, pub manufacturer_id: Uuid, pub lot: String, pub serial: String,
        pub udi: String, pub expires_on: Option<i64>, pub custodian_type: String, pub custodian_id: Uuid,
        pub facility_stock_location_id: Option<Uuid>, pub place_id: Option<Uuid>, pub container_id: Option<Uuid>, pub reusable: bool,
        pub due_back_on: Option<i64>, pub tags: String, pub note: String, pub hold_reason: Option<String>, pub event_id: Option<Uuid>,
        pub transfer_id: Option<Uuid>, pub sold_event_id: Option<Uuid>, pub state: i64, pub active: bool,
        pub deactivated_at: Option<i64>, pub deactivated_reason: Option<String>, pub moves: i64, pub version: i64,
        pub created_at: i64, pub expires_key: i64, pub lot_key: String, pub hold_status: Option<String>, pub hold_since: Option<i64>,
    }
}

/// The columns of [`UnitRow`], for statements that list units (`unit` is the table's name).
pub const UNIT_COLUMNS: &str = "unit.id, unit.kind, unit.catalog_item_id, unit.manufacturer_id, unit.lot, unit.serial, unit.udi, \
    unit.expires_on, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, unit.place_id, unit.container_id, \
    unit.reusable, unit.due_back_on, unit.tags, unit.note, unit.hold_reason, unit.event_id, unit.transfer_id, unit.sold_event_id, \
    unit.state, unit.active, unit.deactivated_at, unit.deactivated_reason, unit.moves, unit.version, unit.created_at, \
    unit.expires_key, unit.lot_key, unit.hold_status, unit.hold_since";

macro_rules! unit_by_id {
    () => {
        "SELECT unit.id, unit.kind, unit.catalog_item_id, unit.manufacturer_id, unit.lot, unit.serial, unit.udi, \
        unit.expires_on, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, unit.place_id, unit.container_id, \
        unit.reusable, unit.due_back_on, unit.tags, unit.note, unit.hold_reason, unit.event_id, unit.transfer_id, unit.sold_event_id, \
        unit.state, unit.active, unit.deactivated_at, unit.deactivated_reason, unit.moves, unit.version, unit.created_at, \
        unit.expires_key, unit.lot_key, unit.hold_status, unit.hold_since FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id = $2"
    };
}

const UNIT: &str = unit_by_id!();
const LOCK_UNIT: db::Sql = db::Sql { lite: unit_by_id!(), pg: concat!(unit_by_id!(), " FOR UPDATE") };

/// One unit, whoever asks: callers apply reach through its custodian.
pub fn unit(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<UnitRow>> {
    tx.one(UNIT, args![organization, id])
}

/// Several units, in the order of their ids.
pub fn units(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<UnitRow>> {
    let sql =
        format!("SELECT {UNIT_COLUMNS} FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN ({{ids}})");
    let mut rows = bulk::all::<UnitRow>(tx, &sql, args![organization], ids)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// One unit, locked. Lock several in the order of their ids.
pub fn lock_unit(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<UnitRow>> {
    tx.one(LOCK_UNIT, args![organization, id])
}

impl UnitRow {
    /// The facts that the custody rules look at.
    pub fn facts(&self) -> Unit {
        Unit {
            id: UnitId::from_uuid(self.id),
            kind: UnitKind::parse(&self.kind).unwrap_or(UnitKind::Device),
            custodian: Custodian {
                kind: CustodianType::parse(&self.custodian_type).unwrap_or(CustodianType::Organization),
                id: self.custodian_id,
            },
            facility_stock: self.facility_stock_location_id.map(LocationId::from_uuid),
            transfer: self.transfer_id.map(TransferId::from_uuid),
            event: self.event_id.map(EventId::from_uuid),
            on_hold: self.hold_reason.is_some(),
            active: self.active,
            reusable: self.reusable,
            expires_on: self.expires_on.map(|day| Day(day as i32)),
            container: self.container_id.map(UnitId::from_uuid),
        }
    }
}

const INSERT_UNITS: &str = "INSERT INTO stock_unit (organization_id, id, kind, catalog_item_id, manufacturer_id, lot, lot_key, \
    serial, serial_key, udi, expires_on, expires_key, manufactured_on, custodian_type, custodian_id, facility_stock_location_id, \
    place_id, container_id, reusable, due_back_on, tags, note, sold_event_id, state, active, moves, version, created_at) VALUES";

/// A unit to be made.
#[derive(Clone, Debug)]
pub struct NewUnit {
    /// Its id.
    pub id: Uuid,
    /// device, container or pack.
    pub kind: UnitKind,
    /// What it is.
    pub catalog_item: Uuid,
    /// Who made it.
    pub manufacturer: Uuid,
    /// Lot as printed; empty when it has none.
    pub lot: String,
    /// Lot, folded.
    pub lot_key: String,
    /// Serial as printed; empty when it has none.
    pub serial: String,
    /// Serial, folded.
    pub serial_key: String,
    /// The whole UDI as scanned.
    pub udi: String,
    /// Last day of use.
    pub expires_on: Option<Day>,
    /// Day of manufacture.
    pub manufactured_on: Option<Day>,
    /// Who answers for it.
    pub custodian: Custodian,
    /// Opening balances: on this shelf already.
    pub facility_stock_location: Option<Uuid>,
    /// Where it lies.
    pub place: Option<Uuid>,
    /// In which container.
    pub container: Option<Uuid>,
    /// Comes back after use.
    pub reusable: bool,
    /// Loaned until.
    pub due_back_on: Option<Day>,
    /// JSON list of tags.
    pub tags: String,
    /// A note.
    pub note: String,
    /// The stocking order that sold it.
    pub sold_event: Option<Uuid>,
}

/// Makes a unit, counts it, and gives its first movement for the journal entry.
pub fn insert_unit(tx: &mut Tx, organization: Uuid, unit: &NewUnit, now: i64) -> Result<Movement> {
    insert_units(tx, organization, std::slice::from_ref(unit), now).map(|mut movements| movements.remove(0))
}

/// Makes many units and counts them together; the movements come in the same order.
pub fn insert_units(tx: &mut Tx, organization: Uuid, units: &[NewUnit], now: i64) -> Result<Vec<Movement>> {
    let mut counts = Counts::default();
    let mut values = Vec::with_capacity(units.len() * 28);
    for unit in units {
        values.extend(new_row(organization, unit, now));
        counts.add((unit.custodian.id, unit.catalog_item, 0, unit.facility_stock_location.is_some()), 1);
    }
    bulk::insert(tx, INSERT_UNITS, "", 28, &values)?;
    counts.save(tx, organization)?;
    let movements: Vec<Movement> = units.iter().map(first_movement).collect();
    standing::units_moved(tx, organization, &movements)?;
    Ok(movements)
}

fn new_row(organization: Uuid, unit: &NewUnit, now: i64) -> Vec<Value> {
    let expires = unit.expires_on.map(|day| i64::from(day.0));
    args![
        organization,
        unit.id,
        unit.kind.as_str(),
        unit.catalog_item,
        unit.manufacturer,
        unit.lot,
        unit.lot_key,
        unit.serial,
        unit.serial_key,
        unit.udi,
        expires,
        expires.unwrap_or(NEVER_EXPIRES),
        unit.manufactured_on.map(|day| i64::from(day.0)),
        unit.custodian.kind.as_str(),
        unit.custodian.id,
        unit.facility_stock_location,
        unit.place,
        unit.container,
        unit.reusable,
        unit.due_back_on.map(|day| i64::from(day.0)),
        unit.tags,
        unit.note,
        unit.sold_event,
        0,
        1,
        1,
        1,
        now
    ]
    .to_vec()
}

fn first_movement(unit: &NewUnit) -> Movement {
    Movement {
        unit: unit.id,
        seq: 1,
        from_custodian: None,
        to_custodian: unit.custodian.id,
        from_state: None,
        to_state: 0,
        from_location: None,
        to_location: unit.facility_stock_location,
    }
}

/// What follows a change of custody besides the facts: kept with the unit, not part of the rules.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// A new place; `Some(None)` clears it.
    pub place: Option<Option<Uuid>>,
    /// A new day to be back; `Some(None)` clears it.
    pub due_back_on: Option<Option<Day>>,
    /// Why it is on hold; needed when it is put on hold.
    pub hold_reason: Option<String>,
    /// The same in a word; for review when nothing is said.
    pub hold_status: Option<HoldStatus>,
    /// Why it was deactivated; needed when it is.
    pub deactivated_reason: Option<String>,
    /// The stocking order that sold it; `Some(None)` clears it.
    pub sold_event: Option<Option<Uuid>>,
}

// Three statements for one thing: an index is only written when one of its columns is named, and sending a unit names none
// of the custodian's.
const MOVE_STATE: &str = "UPDATE stock_unit SET hold_reason = $4, event_id = $5, transfer_id = $6, state = $7, \
    hold_status = $8, hold_since = $9, \
    moves = moves + 1, version = version + 1 WHERE organization_id = $1 AND id = $2 AND moves = $3";
const MOVE_CUSTODY: &str = "UPDATE stock_unit SET hold_reason = $4, event_id = $5, transfer_id = $6, state = $7, \
    hold_status = $8, hold_since = $9, \
    custodian_type = $10, custodian_id = $11, facility_stock_location_id = $12, place_id = $13, container_id = $14, \
    due_back_on = $15, sold_event_id = $16, moves = moves + 1, version = version + 1 \
    WHERE organization_id = $1 AND id = $2 AND moves = $3";
const MOVE_ALL: &str = "UPDATE stock_unit SET hold_reason = $4, event_id = $5, transfer_id = $6, state = $7, \
    hold_status = $8, hold_since = $9, \
    custodian_type = $10, custodian_id = $11, facility_stock_location_id = $12, place_id = $13, container_id = $14, \
    due_back_on = $15, sold_event_id = $16, active = $17, deactivated_at = $18, deactivated_reason = $19, reusable = $20, \
    moves = moves + 1, version = version + 1 WHERE organization_id = $1 AND id = $2 AND moves = $3";

/// The word and the beginning of a hold: kept while it lasts, gone with it.
pub(crate) fn held_as(before: &UnitRow, after: &Unit, extras: &Extras, now: i64) -> (Option<String>, Option<i64>) {
    if !after.on_hold {
        return (None, None);
    }
    let was = before.hold_reason.is_some();
    let word = extras.hold_status.map(|word| word.as_str().to_owned());
    let word = word.or_else(|| before.hold_status.clone().filter(|_| was));
    let since = before.hold_since.filter(|_| was).unwrap_or(now);
    (Some(word.unwrap_or_else(|| HoldStatus::Review.as_str().to_owned())), Some(since))
}

/// Moves a unit: the one way in which custody, shelf, hold, event, transfer or activity change. Gives the movement for the
/// journal entry, which must be appended in the same unit of work. The row must be locked; a row that moved meanwhile is
/// an error that retries the unit of work.
pub fn move_unit(
    tx: &mut Tx,
    organization: Uuid,
    before: &UnitRow,
    after: &Unit,
    extras: &Extras,
    now: i64,
) -> Result<Movement> {
    let mut counts = Counts::default();
    let movement = move_uncounted(tx, organization, before, after, extras, now, &mut counts)?;
    counts.save(tx, organization)?;
    standing::units_moved(tx, organization, std::slice::from_ref(&movement))?;
    Ok(movement)
}

/// A unit with what becomes of it.
#[derive(Clone, Debug)]
pub struct Move {
    /// As it is stored and locked.
    pub before: UnitRow,
    /// The facts afterwards.
    pub after: Unit,
    /// What follows besides.
    pub extras: Extras,
}

/// Moves several units in few statements, and counts them together and last: counters are hot, and everybody takes them in one
/// order. The rows must be locked by this unit of work.
pub fn move_units(tx: &mut Tx, organization: Uuid, moves: &[Move], now: i64) -> Result<Vec<Movement>> {
    let steps: Vec<crate::custody::Step<'_>> = moves
        .iter()
        .map(|it| crate::custody::Step { before: &it.before, after: it.after.clone(), extras: it.extras.clone() })
        .collect();
    crate::custody::move_units(tx, organization, &steps, now)
}

/// What counters change by: (custodian, item, state, shelf).
#[derive(Default)]
struct Counts(BTreeMap<(Uuid, Uuid, i64, bool), i64>);

impl Counts {
    fn add(&mut self, key: (Uuid, Uuid, i64, bool), delta: i64) {
        *self.0.entry(key).or_default() += delta;
    }

    fn save(self, tx: &mut Tx, organization: Uuid) -> Result<()> {
        let mut values: Vec<Value> = Vec::new();
        for ((custodian, item, state, shelf), delta) in self.0.into_iter().filter(|(_, delta)| *delta != 0) {
            values.extend_from_slice(args![organization, custodian, item, state, shelf, delta]);
        }
        bulk::insert(tx, COUNT_HEAD, COUNT_TAIL, 6, &values)?;
        Ok(())
    }
}

fn move_uncounted(
    tx: &mut Tx,
    organization: Uuid,
    before: &UnitRow,
    after: &Unit,
    extras: &Extras,
    now: i64,
    counts: &mut Counts,
) -> Result<Movement> {
    let old = before.facts();
    let state = after.state().stored();
    let shelf = after.facility_stock.map(LocationId::uuid);
    let hold_reason =
        after.on_hold.then(|| extras.hold_reason.clone().or_else(|| before.hold_reason.clone()).unwrap_or_default());
    let (hold_status, hold_since) = held_as(before, after, extras, now);
    let deactivated = (!after.active).then(|| {
        let reason = extras.deactivated_reason.clone().or_else(|| before.deactivated_reason.clone());
        (before.deactivated_at.unwrap_or(now), reason.unwrap_or_default())
    });
    let due_back = match extras.due_back_on {
        Some(day) => day.map(|day| i64::from(day.0)),
        None => before.due_back_on,
    };
    let place = extras.place.unwrap_or(before.place_id);
    let container = after.container.map(UnitId::uuid);
    let sold_event = extras.sold_event.unwrap_or(before.sold_event_id);
    let mut args = args![
        organization,
        before.id,
        before.moves,
        hold_reason,
        after.event.map(EventId::uuid),
        after.transfer.map(TransferId::uuid),
        state,
        hold_status,
        hold_since
    ]
    .to_vec();
    let whole = after.active != before.active || after.reusable != before.reusable;
    let custody = whole
        || after.custodian != old.custodian
        || (shelf, place, container, due_back, sold_event)
            != (
                before.facility_stock_location_id,
                before.place_id,
                before.container_id,
                before.due_back_on,
                before.sold_event_id,
            );
    if custody {
        args.extend_from_slice(args![
            after.custodian.kind.as_str(),
            after.custodian.id,
            shelf,
            place,
            container,
            due_back,
            sold_event
        ]);
    }
    if whole {
        args.extend_from_slice(args![
            after.active,
            deactivated.as_ref().map(|(at, _)| *at),
            deactivated.as_ref().map(|(_, reason)| reason.as_str()),
            after.reusable
        ]);
    }
    let sql = if whole {
        MOVE_ALL
    } else if custody {
        MOVE_CUSTODY
    } else {
        MOVE_STATE
    };
    let changed = tx.exec(sql, &args)?;
    if changed != 1 {
        return Err(Error::Conflict);
    }
    counts.add((old.custodian.id, before.catalog_item_id, before.state, old.facility_stock.is_some()), -1);
    counts.add((after.custodian.id, before.catalog_item_id, state, shelf.is_some()), 1);
    Ok(Movement {
        unit: before.id,
        seq: before.moves + 1,
        from_custodian: Some(old.custodian.id),
        to_custodian: after.custodian.id,
        from_state: Some(before.state),
        to_state: state,
        from_location: before.facility_stock_location_id,
        to_location: shelf,
    })
}

pub(crate) const COUNT_HEAD: &str =
    "INSERT INTO stock_counter (organization_id, custodian_id, catalog_item_id, state, facility_stock, n) VALUES";
pub(crate) const COUNT_TAIL: &str = "ON CONFLICT (organization_id, custodian_id, catalog_item_id, state, facility_stock) \
    DO UPDATE SET n = stock_counter.n + excluded.n";

const SAVE_UNIT: &str = "UPDATE stock_unit SET lot = $3, lot_key = $4, serial = $5, serial_key = $6, udi = $7, expires_on = $8, \
    expires_key = $9, place_id = $10, reusable = $11, due_back_on = $12, tags = $13, note = $14, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";

/// Saves what may be edited of a unit, and counts its version up. Custody and state are not among it.
pub fn save_unit(tx: &mut Tx, organization: Uuid, row: &UnitRow, lot_key: &str, serial_key: &str) -> Result<()> {
    tx.exec(
        SAVE_UNIT,
        args![
            organization,
            row.id,
            row.lot,
            lot_key,
            row.serial,
            serial_key,
            row.udi,
            row.expires_on,
            row.expires_on.unwrap_or(NEVER_EXPIRES),
            row.place_id,
            row.reusable,
            row.due_back_on,
            row.tags,
            row.note
        ],
    )?;
    // It may expire at another time now.
    match row.facility_stock_location_id {
        Some(shelf) => standing::shelves_changed(tx, organization, &[shelf]),
        None => Ok(()),
    }
}

const DROP_TAGS: &str = "DELETE FROM stock_unit_tag WHERE organization_id = $1 AND unit_id = $2";
const ADD_TAG: &str = "INSERT INTO stock_unit_tag (organization_id, tag_key, unit_id) VALUES ($1, $2, $3) \
    ON CONFLICT DO NOTHING";

/// Makes a unit found by these folded tags and no others.
pub fn replace_tags(tx: &mut Tx, organization: Uuid, unit: Uuid, keys: &[String]) -> Result<()> {
    tx.exec(DROP_TAGS, args![organization, unit])?;
    add_tags(tx, organization, unit, keys)
}

/// Makes a new unit found by its folded tags.
pub fn add_tags(tx: &mut Tx, organization: Uuid, unit: Uuid, keys: &[String]) -> Result<()> {
    for key in keys {
        tx.exec(ADD_TAG, args![organization, key, unit])?;
    }
    Ok(())
}

const SET_CONTAINER: &str =
    "UPDATE stock_unit SET container_id = $3, version = version + 1 WHERE organization_id = $1 AND id = $2";
const CONTENTS: &str =
    "SELECT id FROM stock_unit WHERE organization_id = $1 AND container_id = $2 AND active = 1 ORDER BY id LIMIT 10001";

/// Puts a unit into a container, or takes it out. Custody does not change with it.
pub fn set_container(tx: &mut Tx, organization: Uuid, unit: Uuid, container: Option<Uuid>) -> Result<()> {
    tx.exec(SET_CONTAINER, args![organization, unit, container])?;
    Ok(())
}

/// What lies in a container, in the order of ids. What was used up keeps the name of its container and lies there no more.
pub fn contents(tx: &mut Tx, organization: Uuid, container: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(CONTENTS, args![organization, container])?.into_iter().map(|(id,)| id).collect())
}

const SAME_SERIAL: &str = "SELECT id FROM stock_unit WHERE organization_id = $1 AND serial_key = $3 AND serial_key <> '' \
    AND catalog_item_id = $2 AND active = 1 LIMIT 2";

/// Active units of an item with this folded serial number: at most one, kept so by an index.
pub fn active_serial(tx: &mut Tx, organization: Uuid, item: Uuid, serial_key: &str) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(SAME_SERIAL, args![organization, item, serial_key])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// What units need to know of their item.
    #[derive(Clone, Debug)]
    pub struct ItemRow {
        pub id: Uuid, pub manufacturer_id: Uuid, pub number: String, pub description: String, pub kind: String,
        pub udi_di: String, pub reusable: bool, pub archived_at: Option<i64>,
    }
}

const ITEM: &str = "SELECT id, manufacturer_id, number, description, kind, udi_di, reusable, archived_at FROM catalog_item \
    WHERE organization_id = $1 AND id = $2";
const ITEM_BY_IDENTIFIER: &str =
    "SELECT catalog_item_id, quantity FROM catalog_identifier WHERE organization_id = $1 AND identifier = $2";
const HAS_IDENTIFIER: &str =
    "SELECT 1 FROM catalog_identifier WHERE organization_id = $1 AND catalog_item_id = $2 LIMIT 1";
const ITEMS: &str = "SELECT id, manufacturer_id, number, description, kind, udi_di, reusable, archived_at FROM catalog_item \
    WHERE organization_id = $1 ORDER BY id";

/// One item.
pub fn item(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ItemRow>> {
    tx.one(ITEM, args![organization, id])
}

/// Every item, for imports and exports.
pub fn items(tx: &mut Tx, organization: Uuid) -> Result<Vec<ItemRow>> {
    tx.all(ITEMS, args![organization])
}

/// (item, base units in the package) that a device identifier names.
pub fn item_by_identifier(tx: &mut Tx, organization: Uuid, identifier: &str) -> Result<Option<(Uuid, i64)>> {
    tx.one(ITEM_BY_IDENTIFIER, args![organization, identifier])
}

/// Whether any identifier is known of an item.
pub fn has_identifier(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(HAS_IDENTIFIER, args![organization, item])?.is_some())
}

const PLACE: &str = "SELECT name FROM directory_place WHERE organization_id = $1 AND id = $2 AND archived_at IS NULL";
const PLACE_NAME: &str = "SELECT name FROM directory_place WHERE organization_id = $1 AND id = $2";
const LOCATION_NAME: &str = "SELECT location.name, location.code, customer.number FROM directory_location location \
    JOIN directory_customer customer ON customer.organization_id = location.organization_id AND customer.id = location.customer_id \
    WHERE location.organization_id = $1 AND location.id = $2";

/// Whether a place is there and in use.
pub fn place_exists(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<bool> {
    Ok(tx.one::<(String,)>(PLACE, args![organization, id])?.is_some())
}

/// The name of a place.
pub fn place_name(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(PLACE_NAME, args![organization, id])?.map(|(name,)| name))
}

/// (name, code, customer number) of a location.
pub fn location_name(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<(String, String, String)>> {
    tx.one(LOCATION_NAME, args![organization, id])
}

const ASSIGN: &str = "INSERT INTO people_assignment (organization_id, user_id, kind, target_id, commission_bp) \
    VALUES ($1, $2, 'manufacturer', $3, NULL) ON CONFLICT DO NOTHING";

/// Whoever receives something may work with its manufacturer from then on.
pub fn assign_manufacturer(tx: &mut Tx, organization: Uuid, user: Uuid, manufacturer: Uuid) -> Result<()> {
    tx.exec(ASSIGN, args![organization, user, manufacturer])?;
    Ok(())
}

const OFFICE: &str = "SELECT id FROM people_user WHERE organization_id = $1 AND active = 1 \
    AND role IN ('primary_admin', 'admin', 'operations') ORDER BY id LIMIT 20";

/// The people of the back office, for notices: at most 20.
pub fn office(tx: &mut Tx, organization: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(OFFICE, args![organization])?.into_iter().map(|(id,)| id).collect())
}

const EVENT_OF_UNIT: &str = "SELECT event.representative_id, event.location_id, event.type, event.day, event.status, event.number \
    FROM event WHERE event.organization_id = $1 AND event.id = $2";
const SHARERS: &str = "SELECT distributor.id, distributor.name, distributor.custodian_only FROM people_representative link \
    JOIN people_user distributor ON distributor.organization_id = link.organization_id AND distributor.id = link.distributor_id \
    WHERE link.organization_id = $1 AND link.sales_id = $2 AND distributor.shares_inventory = 1 AND distributor.active = 1 \
    ORDER BY distributor.custodian_only, distributor.name_key, distributor.id";
const SHARING: &str = "SELECT id FROM people_user WHERE organization_id = $1 AND shares_inventory = 1 ORDER BY id";

db::record! {
    /// What custody needs to know of an event.
    pub struct UsingEventRow {
        pub representative_id: Uuid, pub location_id: Option<Uuid>, pub event_type: String, pub day: i64, pub status: String,
        pub number: i64,
    }
}

/// The event that uses a unit.
pub fn using_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Option<UsingEventRow>> {
    tx.one(EVENT_OF_UNIT, args![organization, event])
}

/// (id, name, custodian only) of the distributors who share with a rep, the full one first.
pub fn sharers(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<Vec<(Uuid, String, bool)>> {
    tx.all(SHARERS, args![organization, rep])
}

/// Every distributor who shares.
pub fn sharing(tx: &mut Tx, organization: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(SHARING, args![organization])?.into_iter().map(|(id,)| id).collect())
}

const MOVEMENT_AT: &str = "SELECT movement.seq, movement.entry_id, movement.to_custodian_id, movement.to_state, \
    movement.to_location_id, entry.at FROM journal_movement movement \
    JOIN journal_entry entry ON entry.organization_id = movement.organization_id AND entry.id = movement.entry_id \
    WHERE movement.organization_id = $1 AND movement.unit_id = $2 AND entry.at <= $3 ORDER BY movement.seq DESC LIMIT 1";
const CHANGES_AFTER: &str = "SELECT change.entry_id, change.subject_id, change.field, change.old, change.new \
    FROM journal_subject subject \
    JOIN journal_entry entry ON entry.organization_id = subject.organization_id AND entry.id = subject.entry_id \
    JOIN journal_change change ON change.organization_id = subject.organization_id AND change.entry_id = subject.entry_id \
    AND change.subject_id = subject.subject_id \
    WHERE subject.organization_id = $1 AND subject.subject_id = $2 AND entry.at > $3 \
    ORDER BY entry.at DESC, entry.id DESC, change.n DESC";

db::record! {
    /// A unit's last step by some moment.
    pub struct StepRow {
        pub seq: i64, pub entry_id: Uuid, pub custodian_id: Uuid, pub state: i64, pub location_id: Option<Uuid>, pub at: i64,
    }
}

/// The last step of a unit by a moment; None before it was made.
pub fn step_at(tx: &mut Tx, organization: Uuid, unit: Uuid, at: i64) -> Result<Option<StepRow>> {
    tx.one(MOVEMENT_AT, args![organization, unit, at])
}

/// What was changed about something after a moment, the latest first.
pub fn changes_after(
    tx: &mut Tx,
    organization: Uuid,
    subject: Uuid,
    at: i64,
) -> Result<Vec<crate::journal::ChangeRow>> {
    tx.all(CHANGES_AFTER, args![organization, subject, at])
}

db::record! {
    /// A bill of materials.
    #[derive(Clone, Debug)]
    pub struct BomRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub kind: String, pub lines: String, pub created_by: Uuid,
        pub archived_at: Option<i64>, pub created_at: i64, pub version: i64, pub sold_as_id: Option<Uuid>,
    }
}

/// The columns of [`BomRow`].
pub const BOM_COLUMNS: &str =
    "id, name, name_key, kind, lines, created_by, archived_at, created_at, version, sold_as_id";

const BOM: &str = "SELECT id, name, name_key, kind, lines, created_by, archived_at, created_at, version, sold_as_id FROM stock_bom \
    WHERE organization_id = $1 AND id = $2";
const LOCK_BOM: db::Sql = crate::locking!(
    "SELECT id, name, name_key, kind, lines, created_by, archived_at, created_at, version, sold_as_id FROM stock_bom \
    WHERE organization_id = $1 AND id = $2"
);
const BOM_BY_NAME: &str = "SELECT id FROM stock_bom WHERE organization_id = $1 AND name_key = $2";
const INSERT_BOM: &str = "INSERT INTO stock_bom (organization_id, id, name, name_key, kind, lines, created_by, archived_at, \
    created_at, version, sold_as_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const SAVE_BOM: &str = "UPDATE stock_bom SET name = $3, name_key = $4, lines = $5, archived_at = $6, sold_as_id = $7, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";

/// One bill of materials.
pub fn bom(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<BomRow>> {
    tx.one(BOM, args![organization, id])
}

/// The same, locked.
pub fn lock_bom(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<BomRow>> {
    tx.one(LOCK_BOM, args![organization, id])
}

/// Which bill of materials has this folded name.
pub fn bom_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BOM_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

/// Makes a bill of materials.
pub fn insert_bom(tx: &mut Tx, organization: Uuid, row: &BomRow) -> Result<()> {
    tx.exec(
        INSERT_BOM,
        args![
            organization,
            row.id,
            row.name,
            row.name_key,
            row.kind,
            row.lines,
            row.created_by,
            row.archived_at,
            row.created_at,
            row.version,
            row.sold_as_id
        ],
    )?;
    Ok(())
}

/// Saves a bill of materials, and counts its version up.
pub fn save_bom(tx: &mut Tx, organization: Uuid, row: &BomRow) -> Result<()> {
    tx.exec(SAVE_BOM, args![organization, row.id, row.name, row.name_key, row.lines, row.archived_at, row.sold_as_id])?;
    Ok(())
}

const TRACE_HOLDERS: &str = "SELECT unit.custodian_type, unit.custodian_id, unit.state, unit.facility_stock_location_id, COUNT(*) \
    FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.lot_key = $2 ";

/// The tail of every statement of a trace: the item, when one was asked for, and the viewer's reach.
fn trace_tail(
    organization: Uuid,
    lot_key: &str,
    item: Option<Uuid>,
    viewer: crate::reach::Viewer,
) -> (String, Vec<db::Value>) {
    let mut args = args![organization, lot_key].to_vec();
    let mut text = String::new();
    if let Some(item) = item {
        args.push(db::Value::Uuid(item));
        text.push_str(&format!("AND unit.catalog_item_id = ${} ", args.len()));
    }
    if !viewer.office {
        args.push(db::Value::Uuid(viewer.principal));
        text.push_str(&format!(
            "AND EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = $1 AND reach.actor_id = ${} \
             AND reach.subject_id = unit.custodian_id AND reach.custody >= 1) ",
            args.len()
        ));
    }
    (text, args)
}

/// A holder of units of a lot: (custodian type, custodian, state, shelf, how many).
pub type Holder = (String, Uuid, i64, Option<Uuid>, i64);

/// Who answers for how many units of a lot.
pub fn trace_holders(
    tx: &mut Tx,
    viewer: crate::reach::Viewer,
    lot_key: &str,
    item: Option<Uuid>,
) -> Result<Vec<Holder>> {
    let (tail, args) = trace_tail(viewer.organization, lot_key, item, viewer);
    let sql = format!(
        "{TRACE_HOLDERS}{tail}GROUP BY unit.custodian_type, unit.custodian_id, unit.state, unit.facility_stock_location_id \
         ORDER BY 3, 5 DESC, 2"
    );
    tx.all(sql.as_str(), &args)
}

/// A hand-over of a lot: (entry, when, kind, from, to, how many).
pub type HandOver = (Uuid, i64, String, Option<Uuid>, Uuid, i64);

/// Hand-overs of units of a lot, first to last, at most 2,000.
pub fn trace_movements(
    tx: &mut Tx,
    viewer: crate::reach::Viewer,
    lot_key: &str,
    item: Option<Uuid>,
) -> Result<Vec<HandOver>> {
    let (tail, args) = trace_tail(viewer.organization, lot_key, item, viewer);
    let sql = format!(
        "SELECT entry.id, entry.at, entry.kind, movement.from_custodian_id, movement.to_custodian_id, COUNT(*) \
         FROM stock_unit unit \
         JOIN journal_movement movement ON movement.organization_id = unit.organization_id AND movement.unit_id = unit.id \
         JOIN journal_entry entry ON entry.organization_id = movement.organization_id AND entry.id = movement.entry_id \
         WHERE unit.organization_id = $1 AND unit.lot_key = $2 \
         AND (movement.from_custodian_id IS NULL OR movement.from_custodian_id <> movement.to_custodian_id) {tail}\
         GROUP BY entry.id, entry.at, entry.kind, movement.from_custodian_id, movement.to_custodian_id \
         ORDER BY entry.at, entry.id, 5 LIMIT 2000"
    );
    tx.all(sql.as_str(), &args)
}

db::record! {
    /// An event with units of a lot.
    pub struct TraceEventRow {
        pub id: Uuid, pub number: i64, pub name: String, pub event_type: String, pub status: String,
        pub location_id: Option<Uuid>, pub starts_at: i64, pub units: i64,
    }
}

/// Events with units of a lot on them, the latest first, at most 2,000: for the office all, for others those of people in
/// their reach.
pub fn trace_events(
    tx: &mut Tx,
    viewer: crate::reach::Viewer,
    lot_key: &str,
    item: Option<Uuid>,
) -> Result<Vec<TraceEventRow>> {
    let mut args = args![viewer.organization, lot_key].to_vec();
    let mut tail = String::new();
    if let Some(item) = item {
        args.push(db::Value::Uuid(item));
        tail.push_str(&format!("AND unit.catalog_item_id = ${} ", args.len()));
    }
    if !viewer.office {
        args.push(db::Value::Uuid(viewer.principal));
        tail.push_str(&format!(
            "AND EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = $1 AND reach.actor_id = ${} \
             AND reach.subject_id = event.representative_id AND reach.person >= 1) ",
            args.len()
        ));
    }
    let sql = format!(
        "SELECT event.id, event.number, event.name, event.type, event.status, event.location_id, event.starts_at, COUNT(*) \
         FROM stock_unit unit \
         JOIN event_line line ON line.organization_id = unit.organization_id AND line.unit_id = unit.id \
         JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
         WHERE unit.organization_id = $1 AND unit.lot_key = $2 {tail}\
         GROUP BY event.id, event.number, event.name, event.type, event.status, event.location_id, event.starts_at \
         ORDER BY event.starts_at DESC, event.id DESC LIMIT 2000"
    );
    tx.all(sql.as_str(), &args)
}

const ITEMS_BY_NUMBER: &str = "SELECT id FROM catalog_item WHERE organization_id = $1 AND number_key >= $2 AND number_key < $3 \
    ORDER BY number_key LIMIT $4";
const ITEMS_BY_IDENTIFIER: &str = "SELECT catalog_item_id FROM catalog_identifier WHERE organization_id = $1 AND identifier >= $2 \
    AND identifier < $3 ORDER BY identifier LIMIT $4";

/// Items whose folded number, or one of whose identifiers, begins so; at most `limit` of each.
pub fn items_by_prefix(tx: &mut Tx, organization: Uuid, prefix: &str, limit: i64) -> Result<Vec<Uuid>> {
    let end = crate::search::after_prefix(prefix);
    let mut found = tx.all::<(Uuid,)>(ITEMS_BY_NUMBER, args![organization, prefix, end, limit])?;
    let upper = prefix.to_uppercase();
    let end = crate::search::after_prefix(&upper);
    found.extend(tx.all::<(Uuid,)>(ITEMS_BY_IDENTIFIER, args![organization, upper, end, limit])?);
    let mut ids: Vec<Uuid> = found.into_iter().map(|(id,)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Items under which every folded word is found, at most `limit`: those of the rarest word are looked at, one by one.
pub fn items_by_words(tx: &mut Tx, organization: Uuid, words: &[String], limit: usize) -> Result<Vec<Uuid>> {
    let Some(rarest) = crate::search::rarest(tx, organization, "cat", words, crate::search::COUNTED)? else {
        return Ok(Vec::new());
    };
    let mut query = crate::page::Query::new("SELECT DISTINCT first.subject_id FROM search_token first");
    query.and("first.organization_id = ? AND first.kind = 'cat'", [db::Value::Uuid(organization)]);
    for (at, word) in words.iter().enumerate() {
        let ends = [db::Value::Text(word.clone()), db::Value::Text(crate::search::after_prefix(word))];
        if at == rarest {
            query.and("first.token >= ? AND first.token < ?", ends);
        } else {
            let [from, to] = ends;
            query.and(
                "EXISTS (SELECT 1 FROM search_token other WHERE other.organization_id = ? AND other.subject_id = first.subject_id \
                 AND other.token >= ? AND other.token < ?)",
                [db::Value::Uuid(organization), from, to],
            );
        }
    }
    let sql = format!("{} LIMIT {limit}", query.text());
    Ok(tx.all::<(Uuid,)>(sql.as_str(), query.args())?.into_iter().map(|(id,)| id).collect())
}

const ANY_LOT: &str = "SELECT 1 FROM stock_unit WHERE organization_id = $1 AND lot_key >= $2 AND lot_key < $3 LIMIT 1";
const ANY_SERIAL: &str = "SELECT 1 FROM stock_unit \
    WHERE organization_id = $1 AND serial_key <> '' AND serial_key >= $2 AND serial_key < $3 LIMIT 1";

/// Whether any unit's lot begins so.
pub fn any_lot(tx: &mut Tx, organization: Uuid, key: &str) -> Result<bool> {
    let end = crate::search::after_prefix(key);
    Ok(tx.one::<(i64,)>(ANY_LOT, args![organization, key, end])?.is_some())
}

/// Whether any unit's serial number begins so.
pub fn any_serial(tx: &mut Tx, organization: Uuid, key: &str) -> Result<bool> {
    let end = crate::search::after_prefix(key);
    Ok(tx.one::<(i64,)>(ANY_SERIAL, args![organization, key, end])?.is_some())
}

const HELD: &str =
    "SELECT COALESCE(SUM(n), 0) FROM stock_total WHERE organization_id = $1 AND custodian_id = $2 AND state <> 4";

/// About how many active units some custodians answer for: as of the last sealing.
pub fn held_about(tx: &mut Tx, organization: Uuid, custodians: &[Uuid]) -> Result<i64> {
    let mut held = 0;
    for id in custodians {
        held += tx.one::<(i64,)>(HELD, args![organization, *id])?.map_or(0, |(n,)| n);
    }
    Ok(held)
}

const ITEMS_OF_LINE: &str = "SELECT catalog_item_id FROM catalog_item_line WHERE organization_id = $1 AND product_line_id = $2 \
    ORDER BY catalog_item_id LIMIT $3";

/// Items of a product line, at most `limit`.
pub fn items_of_line(tx: &mut Tx, organization: Uuid, line: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let rows = tx.all::<(Uuid,)>(ITEMS_OF_LINE, args![organization, line, limit])?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const PLACE_BY_NAME: &str = "SELECT id FROM directory_place \
    WHERE organization_id = $1 AND name_key = $2 AND archived_at IS NULL ORDER BY id LIMIT 1";

/// The place with this folded name.
pub fn place_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(PLACE_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}
