//! Units and their custody: locking, the one way to move, counters.

use crate::journal::Movement;
use db::{Error, Result, Tx, args};
use domain::clock::Day;
use domain::id::{EventId, LocationId, TransferId, UnitId};
use domain::stock::{Custodian, CustodianType, Unit, UnitKind};
use uuid::Uuid;

/// What lists sort units without an expiry by: after every real day.
pub const NEVER_EXPIRES: i64 = 9_999_999;

db::record! {
    /// A unit as stored.
    pub struct UnitRow {
        pub id: Uuid, pub kind: String, pub catalog_item_id: Uuid, pub manufacturer_id: Uuid, pub lot: String, pub serial: String,
        pub udi: String, pub expires_on: Option<i64>, pub custodian_type: String, pub custodian_id: Uuid,
        pub facility_stock_location_id: Option<Uuid>, pub place_id: Option<Uuid>, pub container_id: Option<Uuid>, pub reusable: bool,
        pub due_back_on: Option<i64>, pub tags: String, pub note: String, pub hold_reason: Option<String>, pub event_id: Option<Uuid>,
        pub transfer_id: Option<Uuid>, pub sold_event_id: Option<Uuid>, pub state: i64, pub active: bool,
        pub deactivated_at: Option<i64>, pub deactivated_reason: Option<String>, pub moves: i64, pub version: i64,
        pub created_at: i64, pub expires_key: i64, pub lot_key: String,
    }
}

/// The columns of [`UnitRow`], for statements that list units (`unit` is the table's name).
pub const UNIT_COLUMNS: &str = "unit.id, unit.kind, unit.catalog_item_id, unit.manufacturer_id, unit.lot, unit.serial, unit.udi, \
    unit.expires_on, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, unit.place_id, unit.container_id, \
    unit.reusable, unit.due_back_on, unit.tags, unit.note, unit.hold_reason, unit.event_id, unit.transfer_id, unit.sold_event_id, \
    unit.state, unit.active, unit.deactivated_at, unit.deactivated_reason, unit.moves, unit.version, unit.created_at, \
    unit.expires_key, unit.lot_key";

macro_rules! unit_by_id {
    () => {
        "SELECT unit.id, unit.kind, unit.catalog_item_id, unit.manufacturer_id, unit.lot, unit.serial, unit.udi, \
        unit.expires_on, unit.custodian_type, unit.custodian_id, unit.facility_stock_location_id, unit.place_id, unit.container_id, \
        unit.reusable, unit.due_back_on, unit.tags, unit.note, unit.hold_reason, unit.event_id, unit.transfer_id, unit.sold_event_id, \
        unit.state, unit.active, unit.deactivated_at, unit.deactivated_reason, unit.moves, unit.version, unit.created_at, \
        unit.expires_key, unit.lot_key FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id = $2"
    };
}

const UNIT: &str = unit_by_id!();
const LOCK_UNIT: db::Sql = db::Sql { lite: unit_by_id!(), pg: concat!(unit_by_id!(), " FOR UPDATE") };

/// One unit, whoever asks: callers apply reach through its custodian.
pub fn unit(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<UnitRow>> {
    tx.one(UNIT, args![organization, id])
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

const INSERT_UNIT: &str = "INSERT INTO stock_unit (organization_id, id, kind, catalog_item_id, manufacturer_id, lot, lot_key, serial, \
    serial_key, udi, expires_on, expires_key, manufactured_on, custodian_type, custodian_id, facility_stock_location_id, place_id, \
    container_id, reusable, due_back_on, tags, note, hold_reason, event_id, transfer_id, sold_event_id, state, active, \
    deactivated_at, deactivated_reason, moves, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, NULL, NULL, NULL, \
    $23, 0, 1, NULL, NULL, 1, 1, $24)";

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
    let expires = unit.expires_on.map(|day| i64::from(day.0));
    tx.exec(
        INSERT_UNIT,
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
            now
        ],
    )?;
    count(tx, organization, unit.custodian.id, unit.catalog_item, 0, unit.facility_stock_location.is_some(), 1)?;
    Ok(Movement {
        unit: unit.id,
        seq: 1,
        from_custodian: None,
        to_custodian: unit.custodian.id,
        from_state: None,
        to_state: 0,
        from_location: None,
        to_location: unit.facility_stock_location,
    })
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
    /// Why it was deactivated; needed when it is.
    pub deactivated_reason: Option<String>,
    /// The stocking order that sold it; `Some(None)` clears it.
    pub sold_event: Option<Option<Uuid>>,
}

const MOVE_UNIT: &str = "UPDATE stock_unit SET custodian_type = $4, custodian_id = $5, facility_stock_location_id = $6, \
    place_id = $7, container_id = $8, due_back_on = $9, hold_reason = $10, event_id = $11, transfer_id = $12, sold_event_id = $13, \
    state = $14, active = $15, deactivated_at = $16, deactivated_reason = $17, reusable = $18, moves = moves + 1, version = version + 1 \
    WHERE organization_id = $1 AND id = $2 AND moves = $3";

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
    let old = before.facts();
    let state = after.state().stored();
    let shelf = after.facility_stock.map(LocationId::uuid);
    let hold_reason =
        after.on_hold.then(|| extras.hold_reason.clone().or_else(|| before.hold_reason.clone()).unwrap_or_default());
    let deactivated = (!after.active).then(|| {
        let reason = extras.deactivated_reason.clone().or_else(|| before.deactivated_reason.clone());
        (before.deactivated_at.unwrap_or(now), reason.unwrap_or_default())
    });
    let due_back = match extras.due_back_on {
        Some(day) => day.map(|day| i64::from(day.0)),
        None => before.due_back_on,
    };
    let changed = tx.exec(
        MOVE_UNIT,
        args![
            organization,
            before.id,
            before.moves,
            after.custodian.kind.as_str(),
            after.custodian.id,
            shelf,
            extras.place.unwrap_or(before.place_id),
            after.container.map(UnitId::uuid),
            due_back,
            hold_reason,
            after.event.map(EventId::uuid),
            after.transfer.map(TransferId::uuid),
            extras.sold_event.unwrap_or(before.sold_event_id),
            state,
            after.active,
            deactivated.as_ref().map(|(at, _)| *at),
            deactivated.as_ref().map(|(_, reason)| reason.as_str()),
            after.reusable
        ],
    )?;
    if changed != 1 {
        return Err(Error::Conflict);
    }
    let item = before.catalog_item_id;
    let was = (old.custodian.id, before.state, old.facility_stock.is_some());
    let is = (after.custodian.id, state, shelf.is_some());
    if was != is {
        // Hot rows are touched in one order, so that two units of work never wait for each other.
        let mut steps = [(was, -1), (is, 1)];
        steps.sort_unstable();
        for ((custodian, state, shelf), delta) in steps {
            count(tx, organization, custodian, item, state, shelf, delta)?;
        }
    }
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

const COUNT: &str = "INSERT INTO stock_counter (organization_id, custodian_id, catalog_item_id, state, facility_stock, n) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, custodian_id, catalog_item_id, state, facility_stock) \
    DO UPDATE SET n = stock_counter.n + excluded.n";

fn count(
    tx: &mut Tx,
    organization: Uuid,
    custodian: Uuid,
    item: Uuid,
    state: i64,
    shelf: bool,
    delta: i64,
) -> Result<()> {
    tx.exec(COUNT, args![organization, custodian, item, state, shelf, delta])?;
    Ok(())
}
