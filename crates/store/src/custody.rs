//! Many units at once: the same custody rules as for one, in few statements.

use crate::bulk;
use crate::journal::Movement;
use crate::stock::{COUNT_HEAD, COUNT_TAIL, Extras, NEVER_EXPIRES, UNIT_COLUMNS, UnitRow};
use db::{Engine, Error, Result, Tx, Value, args};
use domain::id::{EventId, LocationId, TransferId, UnitId};
use domain::stock::Unit;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

fn locking(tx: &Tx) -> &'static str {
    match tx.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE OF unit",
    }
}

/// The units of these ids, locked in the order of their ids; unknown ones are left out.
pub fn lock_units(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<UnitRow>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let sql = format!(
        "SELECT {UNIT_COLUMNS} FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN ({{ids}}) ORDER BY unit.id{}",
        locking(tx)
    );
    bulk::all(tx, &sql, args![organization], &ids)
}

/// The units on an event, locked in the order of their ids. The event's row is locked already, so that its lines stand still.
pub fn lock_units_of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<UnitRow>> {
    let sql = format!(
        "SELECT {UNIT_COLUMNS} FROM stock_unit unit WHERE unit.organization_id = $1 AND unit.id IN \
         (SELECT line.unit_id FROM event_line line WHERE line.organization_id = $1 AND line.event_id = $2) ORDER BY unit.id{}",
        locking(tx)
    );
    tx.all(sql.as_str(), args![organization, event])
}

/// One unit's step: as it is, as it shall be.
#[derive(Clone)]
pub struct Step<'a> {
    /// The locked row.
    pub before: &'a UnitRow,
    /// The facts afterwards.
    pub after: Unit,
    /// What goes with them.
    pub extras: Extras,
}

/// Everything that a move sets. Units with the same target share a statement.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Target {
    custodian_type: &'static str,
    custodian: Uuid,
    shelf: Option<Uuid>,
    place: Option<Uuid>,
    container: Option<Uuid>,
    due_back: Option<i64>,
    hold_reason: Option<String>,
    hold_status: Option<String>,
    hold_since: Option<i64>,
    event: Option<Uuid>,
    transfer: Option<Uuid>,
    sold_event: Option<Uuid>,
    state: i64,
    active: bool,
    deactivated_at: Option<i64>,
    deactivated_reason: Option<String>,
    reusable: bool,
}

impl Target {
    fn of(step: &Step<'_>, now: i64) -> Self {
        let Step { before, after, extras } = step;
        let hold_reason = after
            .on_hold
            .then(|| extras.hold_reason.clone().or_else(|| before.hold_reason.clone()).unwrap_or_default());
        let reason = extras.deactivated_reason.clone().or_else(|| before.deactivated_reason.clone());
        let (hold_status, hold_since) = crate::stock::held_as(before, after, extras, now);
        Self {
            custodian_type: after.custodian.kind.as_str(),
            custodian: after.custodian.id,
            shelf: after.facility_stock.map(LocationId::uuid),
            place: extras.place.unwrap_or(before.place_id),
            container: after.container.map(UnitId::uuid),
            due_back: extras.due_back_on.map_or(before.due_back_on, |day| day.map(|day| i64::from(day.0))),
            hold_reason,
            hold_status,
            hold_since,
            event: after.event.map(EventId::uuid),
            transfer: after.transfer.map(TransferId::uuid),
            sold_event: extras.sold_event.unwrap_or(before.sold_event_id),
            state: after.state().stored(),
            active: after.active,
            deactivated_at: (!after.active).then(|| before.deactivated_at.unwrap_or(now)),
            deactivated_reason: (!after.active).then(|| reason.unwrap_or_default()),
            reusable: after.reusable,
        }
    }
}

// An engine writes an index anew when one of its columns is named, whether its value changes or not, and marking or sending a unit
// changes none of the custodian's: what does not change is not named. As in `stock::move_unit`.
const MOVE_STATE: &str = "UPDATE stock_unit SET hold_reason = $2, event_id = $3, transfer_id = $4, state = $5, hold_status = $6, \
    hold_since = $7, moves = moves + 1, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";
const MOVE_ACTIVITY: &str = "UPDATE stock_unit SET hold_reason = $2, event_id = $3, transfer_id = $4, state = $5, \
    hold_status = $6, hold_since = $7, active = $8, deactivated_at = $9, deactivated_reason = $10, reusable = $11, \
    moves = moves + 1, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";
const MOVE_ALL: &str = "UPDATE stock_unit SET hold_reason = $2, event_id = $3, transfer_id = $4, state = $5, hold_status = $6, \
    hold_since = $7, active = $8, deactivated_at = $9, deactivated_reason = $10, reusable = $11, custodian_type = $12, \
    custodian_id = $13, facility_stock_location_id = $14, place_id = $15, container_id = $16, due_back_on = $17, \
    sold_event_id = $18, moves = moves + 1, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";

/// How much of a unit a move changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    /// What it is wanted for.
    State,
    /// Also whether it is in stock.
    Activity,
    /// Also who has it, and where.
    All,
}

impl Scope {
    fn of(before: &UnitRow, to: &Target) -> Self {
        let was = (&*before.custodian_type, before.custodian_id, before.facility_stock_location_id);
        let lay = (before.place_id, before.container_id, before.due_back_on, before.sold_event_id);
        if was != (to.custodian_type, to.custodian, to.shelf)
            || lay != (to.place, to.container, to.due_back, to.sold_event)
        {
            return Self::All;
        }
        let is = (before.active, before.reusable, before.deactivated_at, before.deactivated_reason.as_ref());
        if is == (to.active, to.reusable, to.deactivated_at, to.deactivated_reason.as_ref()) {
            Self::State
        } else {
            Self::Activity
        }
    }

    const fn statement(self) -> (&'static str, usize) {
        match self {
            Self::State => (MOVE_STATE, 7),
            Self::Activity => (MOVE_ACTIVITY, 11),
            Self::All => (MOVE_ALL, 18),
        }
    }
}

/// Moves units, each of them once, and gives the movements for the journal entry, which must be appended in the same unit of
/// work. The rows must be locked by this unit of work. The counters are touched last, in the order of their keys.
pub fn move_units(tx: &mut Tx, organization: Uuid, steps: &[Step<'_>], now: i64) -> Result<Vec<Movement>> {
    let mut groups: Vec<((Scope, Target), Vec<Uuid>)> = Vec::new();
    let mut places: HashMap<(Scope, Target), usize> = HashMap::new();
    let mut movements = Vec::with_capacity(steps.len());
    let mut counts: BTreeMap<(Uuid, Uuid, i64, bool), i64> = BTreeMap::new();
    for step in steps {
        let target = Target::of(step, now);
        let (before, item) = (step.before, step.before.catalog_item_id);
        *counts
            .entry((before.custodian_id, item, before.state, before.facility_stock_location_id.is_some()))
            .or_default() -= 1;
        *counts.entry((target.custodian, item, target.state, target.shelf.is_some())).or_default() += 1;
        movements.push(Movement {
            unit: before.id,
            seq: before.moves + 1,
            from_custodian: Some(before.custodian_id),
            to_custodian: target.custodian,
            from_state: Some(before.state),
            to_state: target.state,
            from_location: before.facility_stock_location_id,
            to_location: target.shelf,
        });
        let key = (Scope::of(before, &target), target);
        let place = match places.get(&key) {
            Some(place) => *place,
            None => {
                places.insert(key.clone(), groups.len());
                groups.push((key, Vec::new()));
                groups.len() - 1
            }
        };
        groups[place].1.push(before.id);
    }
    for ((scope, to), ids) in &groups {
        let all = args![
            organization,
            to.hold_reason,
            to.event,
            to.transfer,
            to.state,
            to.hold_status,
            to.hold_since,
            to.active,
            to.deactivated_at,
            to.deactivated_reason,
            to.reusable,
            to.custodian_type,
            to.custodian,
            to.shelf,
            to.place,
            to.container,
            to.due_back,
            to.sold_event
        ];
        let (statement, named) = scope.statement();
        if bulk::exec(tx, statement, &all[..named], ids)? != ids.len() as u64 {
            return Err(Error::Conflict);
        }
    }
    let mut values: Vec<Value> = Vec::new();
    for ((custodian, item, state, shelf), delta) in counts.into_iter().filter(|(_, delta)| *delta != 0) {
        values.extend_from_slice(args![organization, custodian, item, state, shelf, delta]);
    }
    bulk::insert(tx, COUNT_HEAD, COUNT_TAIL, 6, &values)?;
    crate::directory::standing::units_moved(tx, organization, &movements)?;
    Ok(movements)
}

const SET_CONTAINER: &str =
    "UPDATE stock_unit SET container_id = $2, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";

/// Puts units into a container or a pack of the same custodian, or takes them out. They are locked by this unit of work.
pub fn set_container(tx: &mut Tx, organization: Uuid, ids: &[Uuid], container: Option<Uuid>) -> Result<()> {
    bulk::exec(tx, SET_CONTAINER, args![organization, container], ids)?;
    Ok(())
}

const SET_PLACE: &str =
    "UPDATE stock_unit SET place_id = $2, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";

/// Says where units are. They are locked by this unit of work.
pub fn set_place(tx: &mut Tx, organization: Uuid, ids: &[Uuid], place: Option<Uuid>) -> Result<()> {
    bulk::exec(tx, SET_PLACE, args![organization, place], ids)?;
    Ok(())
}

const SAVE_EDITS: &str = "UPDATE stock_unit SET tags = $2, expires_on = $3, expires_key = $4, due_back_on = $5, place_id = $6, \
    version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";
const SAVE_TAGS: &str =
    "UPDATE stock_unit SET tags = $2, version = version + 1 WHERE organization_id = $1 AND id IN ({ids})";
const DROP_TAGS: &str = "DELETE FROM stock_unit_tag WHERE organization_id = $1 AND unit_id IN ({ids})";
const TAG_HEAD: &str = "INSERT INTO stock_unit_tag (organization_id, tag_key, unit_id) VALUES";

/// Saves tags, expiry, day to be back and place of units, as (before, after): those that come to say the same share a statement.
/// `keys` folds stored tags to what they are found by. They are locked by this unit of work.
pub fn save_edits(
    tx: &mut Tx,
    organization: Uuid,
    rows: &[(&UnitRow, &UnitRow)],
    keys: impl Fn(&str) -> Vec<String>,
) -> Result<()> {
    type Said<'a> = (bool, &'a str, Option<i64>, Option<i64>, Option<Uuid>);
    let mut groups: BTreeMap<Said<'_>, Vec<Uuid>> = BTreeMap::new();
    let (mut retagged, mut tags, mut shelves) = (Vec::new(), Vec::new(), Vec::new());
    for (before, after) in rows {
        let dated = (before.expires_on, before.due_back_on, before.place_id)
            != (after.expires_on, after.due_back_on, after.place_id);
        // With tags alone no index of dates and places is named.
        let said = if dated {
            (true, after.tags.as_str(), after.expires_on, after.due_back_on, after.place_id)
        } else {
            (false, after.tags.as_str(), None, None, None)
        };
        groups.entry(said).or_default().push(after.id);
        if before.tags != after.tags {
            retagged.push(after.id);
            for key in keys(&after.tags) {
                tags.extend_from_slice(args![organization, key, after.id]);
            }
        }
        if before.expires_on != after.expires_on {
            shelves.extend(after.facility_stock_location_id);
        }
    }
    for ((dated, tags, expires_on, due_back_on, place), ids) in groups {
        if dated {
            let expires_key = expires_on.unwrap_or(NEVER_EXPIRES);
            let said = args![organization, tags, expires_on, expires_key, due_back_on, place];
            bulk::exec(tx, SAVE_EDITS, said, &ids)?;
        } else {
            bulk::exec(tx, SAVE_TAGS, args![organization, tags], &ids)?;
        }
    }
    bulk::exec(tx, DROP_TAGS, args![organization], &retagged)?;
    bulk::insert(tx, TAG_HEAD, "ON CONFLICT DO NOTHING", 3, &tags)?;
    shelves.sort_unstable();
    shelves.dedup();
    if shelves.is_empty() { Ok(()) } else { crate::directory::standing::shelves_changed(tx, organization, &shelves) }
}
