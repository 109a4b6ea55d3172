//! Lists of units, their export, what a scan matches, where a lot is.

use crate::history::Names;
use crate::units::{tag_key, view};
use crate::{Ctx, Error, Result, labels, list};
use contract::units::{
    LabelWarning, ParsedLabel, Scan, Scanned, ScannedItem, Trace, TraceEvent, TraceHolder, TraceMovement, Unit,
};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, EventId, Id, LocationId, ManufacturerId, PlaceId, ProductLineId, TransferId, UnitId};
use domain::limits;
use domain::people::Level;
use domain::stock::{Custodian, CustodianType, UnitKind, UnitState};
use domain::text::{identifier_key, tokens};
use print::table::{Cell, Column, Csv, Header, Kind, Sheet};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;
use std::sync::{Arc, Mutex};
use store::page::{Keyset, Sort};
use store::reach::{FEW_SUBJECTS, Side};
use store::search::after_prefix;
use store::stock::UnitRow;
use store::unit_list::{Condition, Counted, Driver, Narrow, SORTS, Size, UnitList, Within, counted};
use store::{Tx, Value};
use uuid::Uuid;

/// What this list can be filtered by.
pub const FILTERS: &[&str] = &[
    "id",
    "kind",
    "catalog_item_id",
    "manufacturer_id",
    "product_line_id",
    "lot",
    "serial",
    "udi",
    "expires_on",
    "expires_from",
    "expires_before",
    "state",
    "active",
    "event_id",
    "transfer_id",
    "custodian_id",
    "scope",
    "facility_stock_location_id",
    "facility_stock",
    "place_id",
    "container_id",
    "reusable",
    "due_back_on",
    "due_back_before",
    "tags",
    "usable_for",
    "recall_id",
    "hold_status",
    "country",
];

/// Items of one search that are listed one by one; more are searched for in the statement.
const ITEMS_NAMED: usize = 200;

/// Of so many items at most, an index holds their units in the order of expiry: see `store::unit_list`.
const ORDERED_ITEMS: usize = 50;

/// A list in the making.
struct Build {
    list: UnitList,
    /// What the counters could tell; None once a filter is asked for that they do not know.
    counted: Option<Counted>,
    /// What recalls freeze stands in other states than the counters have it: in these of the books, and whether it comes on top.
    frozen: Option<(Vec<i64>, bool)>,
}

impl Build {
    fn condition(&mut self, text: impl Into<String>, args: Vec<Value>) {
        self.list.conditions.push((text.into(), args));
        self.counted = None;
    }

    /// The first way in that is asked for stays: filters are read in the order of how much they narrow down. Whether it is
    /// this one.
    fn drive(&mut self, ways: Vec<Narrow>, sure: bool) -> bool {
        let first = self.list.driver.is_none();
        if first {
            let size = if sure { Size::Small } else { Size::Unknown };
            self.list.driver = Some(Driver { ways, size, held: false, implied: None });
        }
        first
    }

    /// A way in that is a condition as well: what comes by it is not asked again.
    fn drive_by(&mut self, condition: Condition, active: bool, sure: bool) {
        self.drive_or(vec![Narrow { condition: condition.clone(), active }], condition, sure);
    }

    /// Ways in that together are a condition.
    fn drive_or(&mut self, ways: Vec<Narrow>, condition: Condition, sure: bool) {
        if self.drive(ways, sure)
            && let Some(driver) = &mut self.list.driver
        {
            driver.implied = Some(self.list.conditions.len());
        }
        self.condition(condition.0, condition.1);
    }

    /// The way in asks for items or manufacturers alone.
    fn held(&mut self) {
        let only = self.list.conditions.len().checked_sub(1);
        if let Some(driver) = self.list.driver.as_mut().filter(|driver| driver.implied == only) {
            driver.held = true;
        }
    }

    /// `column IN (…)` as a condition and as the narrow side.
    fn narrow_in(&mut self, column: &str, guard: &str, values: Vec<Value>, sure: bool) {
        self.drive_by(any(column, guard, values), false, sure);
    }
}

fn any(column: &str, guard: &str, values: Vec<Value>) -> Condition {
    if values.is_empty() {
        return ("1 = 0".to_owned(), Vec::new());
    }
    let marks = vec!["?"; values.len()].join(", ");
    (format!("{guard}{column} IN ({marks})"), values)
}

fn uuids<K: domain::id::Kind>(ids: &[Id<K>]) -> Vec<Value> {
    ids.iter().map(|id| Value::Uuid(id.uuid())).collect()
}

fn prefix(column: &str, guard: &str, key: &str) -> Condition {
    let args = vec![Value::Text(key.to_owned()), Value::Text(after_prefix(key))];
    (format!("{guard}{column} >= ? AND {column} < ?"), args)
}

/// Lots or serial numbers, comma separated, folded as identifiers; two with `..` between them mean all from one to the other, as
/// a recall counts them. `guard` is what the index of the column asks for.
fn numbers(params: &ListParams, field: &'static str, column: &str, guard: &str, it: &mut Build) -> Result<()> {
    let Some(text) = params.filters.get(field) else { return Ok(()) };
    let (mut keys, mut spans) = (Vec::new(), Vec::new());
    for part in text.split(',') {
        match part.split_once("..") {
            Some((from, to)) => {
                let found = domain::recall::range(from.trim(), to.trim());
                spans.extend(found.map_err(|it| Error::field(field, it.code, it.message))?);
            }
            None => keys.extend(Some(identifier_key(part)).filter(|key| !key.is_empty()).map(Value::Text)),
        }
    }
    bounded(field, keys.len() + spans.len())?;
    if spans.is_empty() {
        it.narrow_in(column, guard, keys, true);
        return Ok(());
    }
    let mut parts: Vec<Condition> = spans
        .into_iter()
        .map(|span| {
            let text = format!("{guard}{column} >= ? AND {column} <= ? AND LENGTH({column}) = {}", span.length);
            (text, vec![Value::Text(span.from), Value::Text(span.to)])
        })
        .collect();
    if !keys.is_empty() {
        parts.push(any(column, guard, keys));
    }
    let ways = parts.iter().map(|condition| Narrow { condition: condition.clone(), active: false }).collect();
    let text = parts.iter().map(|(text, _)| format!("({text})")).collect::<Vec<_>>().join(" OR ");
    it.drive_or(ways, (format!("({text})"), parts.into_iter().flat_map(|(_, args)| args).collect()), false);
    Ok(())
}

fn bounded(field: &str, values: usize) -> Result<()> {
    if values > limits::FILTER_VALUES_MAX {
        let message = format!("Ask for at most {} at once.", limits::FILTER_VALUES_MAX);
        return Err(Error::field(field, "too_many", message));
    }
    Ok(())
}

fn ids<K: domain::id::Kind>(params: &ListParams, field: &str) -> Result<Option<Vec<Id<K>>>> {
    let found = list::ids::<K>(params, field)?;
    bounded(field, found.as_ref().map_or(0, Vec::len))?;
    Ok(found)
}

/// Ids of accounts or of the organisation.
pub(crate) fn custodians(params: &ListParams, field: &str) -> Result<Option<Vec<Uuid>>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let found: Vec<Uuid> = text
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let user = part.parse::<domain::id::UserId>().map(Id::uuid);
            user.or_else(|_| part.parse::<domain::id::OrganizationId>().map(Id::uuid))
                .map_err(|_| Error::field(field, "invalid_id", "Give ids that start with usr_ or org_."))
        })
        .collect::<Result<_>>()?;
    bounded(field, found.len())?;
    Ok(Some(found))
}

fn build(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Build> {
    list::only(params, FILTERS)?;
    let within = within(ctx, tx, params)?;
    let mut it = Build {
        list: UnitList {
            viewer: ctx.viewer(),
            within,
            active: Some(true),
            conditions: Vec::new(),
            driver: None,
            items: Vec::new(),
            manufacturers: Vec::new(),
            states: Vec::new(),
            on_shelves: false,
            reusable: false,
        },
        counted: Some(Counted::default()),
        frozen: None,
    };
    // Those that narrow down the most come first.
    if let Some(found) = ids::<domain::id::Unit>(params, "id")? {
        it.narrow_in("unit.id", "", uuids(&found), true);
    }
    numbers(params, "serial", "unit.serial_key", "unit.serial_key <> '' AND ", &mut it)?;
    if let Some(text) = params.filters.get("udi") {
        udi(ctx, tx, &mut it, text)?;
    }
    numbers(params, "lot", "unit.lot_key", "", &mut it)?;
    if let Some(found) = ids::<domain::id::Transfer>(params, "transfer_id")? {
        transfers(ctx, &mut it, &found);
    }
    if let Some(found) = ids::<domain::id::Event>(params, "event_id")? {
        it.narrow_in("unit.event_id", "unit.event_id IS NOT NULL AND ", uuids::<domain::id::Event>(&found), true);
    }
    if let Some(found) = ids::<domain::id::Unit>(params, "container_id")? {
        it.narrow_in("unit.container_id", "unit.container_id IS NOT NULL AND ", uuids(&found), true);
    }
    if let Some(text) = params.q.as_deref() {
        words(ctx, tx, &mut it, text)?;
    }
    if let Some(found) = ids::<domain::id::Recall>(params, "recall_id")? {
        recalled(ctx, tx, &mut it, &found)?;
    }
    states(ctx, tx, params, &mut it)?;
    if let Some(words) = list::words(params, "hold_status", domain::hold::HoldStatus::parse)? {
        let words = words.iter().map(|it| Value::Text(it.as_str().to_owned())).collect();
        let condition = any("unit.hold_status", "unit.hold_status IS NOT NULL AND ", words);
        let held = ("unit.hold_since IS NOT NULL".to_owned(), Vec::new());
        it.drive(vec![Narrow { condition: held, active: false }], true);
        it.condition(condition.0, condition.1);
    }
    catalog(ctx, tx, params, &mut it)?;
    shelves(params, &mut it)?;
    if let Some(found) = ids::<domain::id::Place>(params, "place_id")? {
        it.narrow_in("unit.place_id", "unit.place_id IS NOT NULL AND ", uuids::<domain::id::Place>(&found), false);
    }
    tags(ctx, params, &mut it)?;
    days(params, &mut it)?;
    if let Some(kinds) = list::words(params, "kind", UnitKind::parse)? {
        let words: Vec<Value> = kinds.iter().map(|kind| Value::Text(kind.as_str().to_owned())).collect();
        if kinds.iter().all(|kind| *kind != UnitKind::Device) {
            let condition = any("unit.kind", "unit.kind <> 'device' AND ", words.clone());
            it.drive(vec![Narrow { condition, active: true }], false);
        }
        let (text, args) = any("unit.kind", "", words);
        it.condition(text, args);
    }
    if let Some(reusable) = list::yes_no(params, "reusable")? {
        if reusable {
            it.list.reusable = it.list.driver.is_none();
            it.drive_by(("unit.reusable = 1".to_owned(), Vec::new()), true, false);
        } else {
            it.condition("unit.reusable = 0", Vec::new());
        }
    }
    match crate::cleared::asked(params)? {
        None => {}
        Some(None) => it.condition(crate::cleared::EVERYWHERE, Vec::new()),
        Some(Some(country)) => {
            let (text, wanted) = crate::cleared::condition(&country);
            it.condition(text, vec![Value::Text(wanted)]);
        }
    }
    if let Some(event) = ids::<domain::id::Event>(params, "usable_for")? {
        usable_for(ctx, tx, &mut it, &event)?;
    }
    Ok(it)
}

/// Whose units: reach, then what is asked for inside it.
fn within(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Within> {
    let office = ctx.actor.role.is_office();
    let mut within = if office { Within::Everyone } else { reached(ctx, tx, Level::See)? };
    match params.filters.get("scope").map(String::as_str) {
        None | Some("all" | "") => {}
        Some("mine") => {
            let own = if office { ctx.org() } else { ctx.principal().uuid() };
            within = Within::Few(vec![own]);
        }
        Some("shared") => within = Within::Few(shared(ctx, tx)?),
        Some("group") if office => {}
        Some("group") => {
            // Whom one acts for; with more than a few, everybody in reach is of the own group.
            let subjects = store::reach::subjects(tx, ctx.viewer(), Side::Custody, Level::Act, FEW_SUBJECTS + 1)?;
            if subjects.len() <= FEW_SUBJECTS {
                within = Within::Few(subjects);
            }
        }
        Some(_) => {
            return Err(Error::field("scope", "invalid_value", "The scope is mine, shared, group or all."));
        }
    }
    let Some(wanted) = custodians(params, "custodian_id")? else { return Ok(within) };
    let mut kept = Vec::with_capacity(wanted.len());
    for id in wanted {
        let inside = match &within {
            Within::Everyone => true,
            Within::Few(subjects) => subjects.contains(&id),
            Within::Reach => store::reach::of(tx, ctx.viewer(), id)?.custody >= Level::See,
        };
        if inside && !kept.contains(&id) {
            kept.push(id);
        }
    }
    Ok(Within::Few(kept))
}

fn reached(ctx: &Ctx, tx: &mut Tx, level: Level) -> Result<Within> {
    let viewer = ctx.viewer();
    let key = format!("subjects {viewer:?} {level:?}");
    let subjects =
        tx.remembered(&key, |tx| store::reach::subjects(tx, viewer, Side::Custody, level, FEW_SUBJECTS + 1))?;
    Ok(if subjects.len() > FEW_SUBJECTS { Within::Reach } else { Within::Few(subjects) })
}

/// The pools: of those who share with the viewer, and the viewer's own when it shares.
fn shared(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Uuid>> {
    let mut sharing = store::stock::sharing(tx, ctx.org())?;
    if !ctx.actor.role.is_office() {
        let own = ctx.principal().uuid();
        let pooled = store::pools::of_member(tx, ctx.org(), own)?.into_iter().map(|(id, _)| id);
        sharing.extend(pooled.collect::<Vec<_>>());
        sharing.sort_unstable();
        sharing.dedup();
    }
    if ctx.actor.role.is_office() {
        return Ok(sharing);
    }
    let mut kept = Vec::new();
    for id in sharing {
        if store::reach::of(tx, ctx.viewer(), id)?.custody >= Level::Use {
            kept.push(id);
        }
    }
    Ok(kept)
}

/// A whole UDI: found by what it says, compared letter by letter.
fn udi(ctx: &Ctx, tx: &mut Tx, it: &mut Build, text: &str) -> Result<()> {
    let parsed = labels::read(ctx, "udi", &[text.trim()])?;
    let item = match &parsed.di {
        Some(di) => store::stock::item_by_identifier(tx, ctx.org(), di)?.map(|(item, _)| item),
        None => None,
    };
    let key = |text: &Option<String>| text.as_deref().map(identifier_key).unwrap_or_default();
    let (serial, lot) = (key(&parsed.serial), key(&parsed.lot));
    if !serial.is_empty() {
        it.narrow_in("unit.serial_key", "unit.serial_key <> '' AND ", vec![Value::Text(serial)], true);
    } else if !lot.is_empty() {
        it.narrow_in("unit.lot_key", "", vec![Value::Text(lot)], true);
    } else {
        let item = item.map(Value::Uuid).into_iter().collect();
        it.narrow_in("unit.catalog_item_id", "", item, false);
    }
    it.condition("unit.udi = ?", vec![Value::Text(text.trim().to_owned())]);
    Ok(())
}

fn transfers(ctx: &Ctx, it: &mut Build, found: &[TransferId]) {
    let marks = vec!["?"; found.len()].join(", ");
    let mut args = vec![Value::Uuid(ctx.org())];
    args.extend(uuids(found));
    if found.is_empty() {
        return it.condition("1 = 0", Vec::new());
    }
    let condition = format!(
        "unit.id IN (SELECT line.unit_id FROM stock_transfer_line line WHERE line.organization_id = ? \
         AND line.transfer_id IN ({marks}))"
    );
    it.drive(vec![Narrow { condition: (condition, args), active: false }], true);
    let (text, args) = any("unit.transfer_id", "", uuids(found));
    it.condition(text, args);
}

/// Units that recalls cover, used up or not.
fn recalled(ctx: &Ctx, tx: &mut Tx, it: &mut Build, found: &[domain::id::RecallId]) -> Result<()> {
    let (mut texts, mut args) = (Vec::new(), Vec::new());
    for id in found {
        crate::recalls::keep::known(ctx, tx, *id)?;
        texts.push(store::recalls::COVERED_IDS.to_owned());
        let (org, recall) = (Value::Uuid(ctx.org()), Value::Uuid(id.uuid()));
        args.extend([org.clone(), recall.clone(), org, recall]);
    }
    let text = if texts.is_empty() { "1 = 0".to_owned() } else { format!("({})", texts.join(" OR ")) };
    // One recall is a way in of its own; several are looked through one by one.
    let ways: Vec<Narrow> = texts
        .iter()
        .zip(args.chunks(4))
        .map(|(text, args)| Narrow { condition: (text.clone(), args.to_vec()), active: false })
        .collect();
    if !ways.is_empty() {
        it.drive(ways, true);
    }
    it.condition(text, args);
    Ok(())
}

/// The books' states that show as on hold while a recall covers a unit.
const LOOSE: [i64; 2] = [UnitState::Available as i64, UnitState::InEvent as i64];
const HELD: i64 = UnitState::OnHold as i64;

/// A condition on states as they are shown: what a recall freezes is on hold, whatever the books say.
fn shown_states(ctx: &Ctx, it: &mut Build, stored: &[i64]) {
    let words = |states: &[i64]| states.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let frozen = store::recalls::IS_FROZEN;
    let (mine, others): (Vec<i64>, Vec<i64>) = LOOSE.iter().partition(|state| stored.contains(*state));
    let before = it.counted.take();
    if stored.contains(&HELD) {
        let org = Value::Uuid(ctx.org());
        let all: Vec<i64> = stored.iter().copied().filter(|state| (1..=3).contains(state)).collect();
        if all.len() == stored.len() && !others.is_empty() {
            let of_books = format!("unit.state IN (1, 2, 3) AND unit.state IN ({})", words(&all));
            it.drive(
                vec![
                    Narrow { condition: (of_books, Vec::new()), active: false },
                    Narrow {
                        condition: (store::recalls::FROZEN_IDS.to_owned(), vec![org.clone(), org]),
                        active: false,
                    },
                ],
                true,
            );
        }
        it.condition(
            format!("(unit.state IN ({}) OR (unit.state IN ({}) AND {frozen}))", words(stored), words(&others)),
            Vec::new(),
        );
        it.frozen = (!others.is_empty()).then_some((others, true));
    } else {
        it.condition(
            format!("unit.state IN ({}) AND NOT (unit.state IN ({}) AND {frozen})", words(stored), words(&mine)),
            Vec::new(),
        );
        it.frozen = (!mine.is_empty()).then_some((mine, false));
    }
    it.counted = before;
}

fn states(ctx: &Ctx, tx: &mut Tx, params: &ListParams, it: &mut Build) -> Result<()> {
    let states = list::words(params, "state", UnitState::parse)?;
    let stored: Vec<i64> = states.iter().flatten().map(|state| state.stored()).collect();
    it.list.active = match params.filters.get("active").map(String::as_str) {
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        Some("all") => None,
        Some(_) => return Err(Error::field("active", "invalid_value", "Give true, false or all.")),
        None if stored.is_empty() => Some(true),
        None if stored.iter().all(|state| *state == UnitState::Inactive.stored()) => Some(false),
        None if stored.contains(&UnitState::Inactive.stored()) => None,
        None => Some(true),
    };
    let by_activity: &[i64] = match it.list.active {
        Some(true) => &[0, 1, 2, 3],
        Some(false) => &[4],
        None => &[],
    };
    let mut counted_states = by_activity.to_vec();
    if !stored.is_empty() {
        counted_states =
            stored.iter().copied().filter(|state| by_activity.is_empty() || by_activity.contains(state)).collect();
        if counted_states.is_empty() {
            // Asked for a state that the activity excludes.
            counted_states = vec![-1];
        }
        // Asked for all three, or for none of them, it makes no difference which of them a frozen unit shows.
        let touched = [LOOSE[0], LOOSE[1], HELD].iter().filter(|state| stored.contains(*state)).count();
        if matches!(touched, 1 | 2) && store::recalls::any(tx, ctx.org())? {
            shown_states(ctx, it, &stored);
        } else {
            let words: Vec<String> = stored.iter().map(ToString::to_string).collect();
            let before = it.counted.take();
            it.condition(format!("unit.state IN ({})", words.join(", ")), Vec::new());
            it.counted = before;
            if stored.iter().all(|state| (1..=3).contains(state)) {
                it.list.states = stored;
            }
        }
    }
    if let Some(counted) = &mut it.counted {
        counted.states = counted_states;
    }
    Ok(())
}

fn catalog(ctx: &Ctx, tx: &mut Tx, params: &ListParams, it: &mut Build) -> Result<()> {
    let mut items = ids::<domain::id::CatalogItem>(params, "catalog_item_id")?.map(|ids| {
        let found: Vec<Uuid> = ids.into_iter().map(CatalogItemId::uuid).collect();
        found
    });
    if let Some(items) = &items {
        let condition = any("unit.catalog_item_id", "", items.iter().map(|id| Value::Uuid(*id)).collect());
        let before = it.counted.take();
        it.drive_by(condition, true, false);
        it.held();
        it.counted = before.map(|counted| Counted { items: items.clone(), ..counted });
        if items.is_empty() {
            it.counted = None;
        }
    }
    let lines = ids::<domain::id::ProductLine>(params, "product_line_id")?;
    if let Some(lines) = &lines {
        let marks = vec!["?"; lines.len()].join(", ");
        let mut args = vec![Value::Uuid(ctx.org())];
        args.extend(uuids::<domain::id::ProductLine>(lines));
        let condition = if lines.is_empty() {
            ("1 = 0".to_owned(), Vec::new())
        } else {
            let text = format!(
                "unit.catalog_item_id IN (SELECT line.catalog_item_id FROM catalog_item_line line \
                 WHERE line.organization_id = ? AND line.product_line_id IN ({marks}))"
            );
            (text, args)
        };
        it.drive_by(condition, true, false);
        it.held();
        if items.is_none() && lines.len() == 1 {
            let found = store::stock::items_of_line(tx, ctx.org(), ProductLineId::uuid(lines[0]), 51)?;
            items = (found.len() <= 50).then_some(found);
        }
    }
    if let Some(items) = items {
        it.list.items = items;
    }
    if let Some(manufacturers) = ids::<domain::id::Manufacturer>(params, "manufacturer_id")? {
        let condition = any("unit.manufacturer_id", "", uuids::<domain::id::Manufacturer>(&manufacturers));
        it.drive_by(condition, true, false);
        it.held();
        it.list.manufacturers = manufacturers.into_iter().map(ManufacturerId::uuid).collect();
    }
    Ok(())
}

fn shelves(params: &ListParams, it: &mut Build) -> Result<()> {
    const SHELF: &str = "unit.facility_stock_location_id IS NOT NULL";
    if let Some(found) = ids::<domain::id::Location>(params, "facility_stock_location_id")? {
        let values = found.iter().map(|id| Value::Uuid(LocationId::uuid(*id))).collect();
        it.drive_by(any("unit.facility_stock_location_id", &format!("{SHELF} AND "), values), true, false);
    }
    if let Some(yes) = list::yes_no(params, "facility_stock")? {
        let before = it.counted.take();
        if yes {
            // Activity would lead to an index of everything active.
            it.list.on_shelves = it.list.driver.is_none();
            it.drive(vec![Narrow { condition: (SHELF.to_owned(), Vec::new()), active: false }], false);
            it.condition(SHELF, Vec::new());
        } else {
            it.condition("unit.facility_stock_location_id IS NULL", Vec::new());
        }
        it.counted = before.map(|counted| Counted { facility_stock: Some(yes), ..counted });
    }
    Ok(())
}

fn tags(ctx: &Ctx, params: &ListParams, it: &mut Build) -> Result<()> {
    let Some(text) = params.filters.get("tags") else { return Ok(()) };
    let found: Vec<Value> = text.split(',').map(tag_key).filter(|key| !key.is_empty()).map(Value::Text).collect();
    bounded("tags", found.len())?;
    let marks = vec!["?"; found.len().max(1)].join(", ");
    if found.is_empty() {
        return Ok(());
    }
    let mut args = vec![Value::Uuid(ctx.org())];
    args.extend(found);
    let text = format!(
        "unit.id IN (SELECT tag.unit_id FROM stock_unit_tag tag WHERE tag.organization_id = ? AND tag.tag_key IN ({marks}))"
    );
    it.drive_by((text, args), false, false);
    Ok(())
}

fn days(params: &ListParams, it: &mut Build) -> Result<()> {
    let value = |day: Day| vec![Value::Int(i64::from(day.0))];
    if let Some(day) = list::day(params, "expires_on")? {
        it.condition("unit.expires_key = ?", value(day));
    }
    if let Some(day) = list::day(params, "expires_from")? {
        it.condition("unit.expires_key >= ?", value(day));
    }
    if let Some(day) = list::day(params, "expires_before")? {
        it.condition("unit.expires_key < ?", value(day));
    }
    if let Some(day) = list::day(params, "due_back_on")? {
        let guard = "unit.due_back_on IS NOT NULL AND ";
        it.narrow_in("unit.due_back_on", guard, value(day), false);
    }
    if let Some(day) = list::day(params, "due_back_before")? {
        let text = "unit.due_back_on IS NOT NULL AND unit.due_back_on < ?";
        it.drive_by((text.to_owned(), value(day)), false, false);
    }
    Ok(())
}

/// Beside other words, a shorter one is no beginning of a lot or serial number: the 4 of "cup 4 mm" is not.
const MARK_BYTES: usize = 3;

/// Free text: the beginning of a lot, a serial number, a catalog number or a device identifier, or words of the item; one
/// word may be the lot or serial number and the others words of the item.
fn words(ctx: &Ctx, tx: &mut Tx, it: &mut Build, text: &str) -> Result<()> {
    if text.chars().count() > limits::SEARCH_MAX {
        let message = format!("Search for at most {} characters.", limits::SEARCH_MAX);
        return Err(Error::field("q", "too_long", message));
    }
    let mut found = tokens(text);
    found.truncate(limits::SEARCH_TOKENS_MAX);
    let key = identifier_key(text);
    if key.is_empty() {
        return Ok(());
    }
    let mut said = Said::default();
    for condition in marked(ctx, tx, &key)? {
        said.way(condition, false);
    }
    let marks = said.ways.len();
    let mut items = store::stock::items_by_words(tx, ctx.org(), &found, ITEMS_NAMED + 1)?;
    let many = items.len() > ITEMS_NAMED;
    if many {
        // Of so many items there is always a page among the first units: each unit is asked, and nothing is gathered.
        let way = store::search::condition(ctx.org(), "cat", &found, "unit.catalog_item_id");
        let each = store::search::condition_of_each(ctx.org(), "cat", &found, "unit.catalog_item_id");
        said.ways.push(Narrow { condition: way, active: true });
        said.parts.push(each);
        items.clear();
    }
    items.extend(store::stock::items_by_prefix(tx, ctx.org(), &key, 50)?);
    items.sort_unstable();
    items.dedup();
    if !items.is_empty() {
        let condition = any("unit.catalog_item_id", "", items.iter().copied().map(Value::Uuid).collect());
        said.way(condition, true);
    }
    let by_items = marks == 0;
    let mut mixed = false;
    if (2..=4).contains(&found.len()) {
        for place in 0..found.len() {
            if found[place].len() < MARK_BYTES {
                continue;
            }
            let marked = marked(ctx, tx, &found[place])?;
            if marked.is_empty() {
                continue;
            }
            mixed = true;
            let others: Vec<String> =
                found.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, word)| word.clone()).collect();
            let items = store::stock::items_by_words(tx, ctx.org(), &others, ITEMS_NAMED)?;
            if items.is_empty() {
                continue;
            }
            let items = any("unit.catalog_item_id", "", items.into_iter().map(Value::Uuid).collect());
            for (text, args) in marked {
                let args = items.1.iter().cloned().chain(args).collect();
                // Hidden from the planner: the lot or serial number is the way in.
                said.way((format!("CASE WHEN {} THEN 1 ELSE 0 END = 1 AND {text}", items.0), args), false);
            }
        }
    }
    if said.parts.is_empty() {
        it.condition("1 = 0", Vec::new());
        return Ok(());
    }
    if by_items && !many && !mixed && items.len() <= ORDERED_ITEMS {
        it.list.items = items;
    }
    let text = said.parts.iter().map(|(text, _)| format!("({text})")).collect::<Vec<_>>().join(" OR ");
    let args = said.parts.into_iter().flat_map(|(_, args)| args).collect();
    it.drive_or(said.ways, (format!("({text})"), args), false);
    if by_items && !mixed {
        it.held();
    }
    if let Some(driver) = it.list.driver.as_mut().filter(|_| many) {
        driver.size = if driver.size == Size::Unknown { Size::Large } else { driver.size };
    }
    Ok(())
}

/// What words may mean: ways in, and the same as conditions.
#[derive(Default)]
struct Said {
    ways: Vec<Narrow>,
    parts: Vec<Condition>,
}

impl Said {
    fn way(&mut self, condition: Condition, active: bool) {
        self.ways.push(Narrow { condition: condition.clone(), active });
        self.parts.push(condition);
    }
}

/// The beginning of a lot or of a serial number, where any unit has such a one.
fn marked(ctx: &Ctx, tx: &mut Tx, key: &str) -> Result<Vec<Condition>> {
    let mut found = Vec::new();
    if store::stock::any_lot(tx, ctx.org(), key)? {
        found.push(prefix("unit.lot_key", "", key));
    }
    if store::stock::any_serial(tx, ctx.org(), key)? {
        found.push(prefix("unit.serial_key", "unit.serial_key <> '' AND ", key));
    }
    Ok(found)
}

/// Units that the representative of an event may use there: at hand, in date, of its manufacturers; facility stock of its
/// location alone.
fn usable_for(ctx: &Ctx, tx: &mut Tx, it: &mut Build, wanted: &[EventId]) -> Result<()> {
    let [event] = wanted else {
        return Err(Error::field("usable_for", "invalid_value", "Name one event."));
    };
    let row = store::stock::using_event(tx, ctx.org(), event.uuid())?.ok_or_else(|| Error::unknown("usable_for"))?;
    let seen =
        ctx.actor.role.is_office() || store::reach::of(tx, ctx.viewer(), row.representative_id)?.person >= Level::See;
    if !seen {
        return Err(Error::unknown("usable_for"));
    }
    let mut holders = vec![row.representative_id];
    holders.extend(store::stock::sharers(tx, ctx.org(), row.representative_id)?.into_iter().map(|(id, ..)| id));
    let pooled: Vec<Uuid> = store::pools::of_member(tx, ctx.org(), row.representative_id)?
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| !holders.contains(id))
        .collect();
    if !pooled.is_empty() {
        let marks = vec!["?"; pooled.len()].join(", ");
        let text = format!("(unit.facility_stock_location_id IS NULL OR unit.custodian_id NOT IN ({marks}))");
        it.condition(text, pooled.iter().map(|id| Value::Uuid(*id)).collect());
    }
    holders.extend(pooled);
    let mut kept = Vec::new();
    for id in holders {
        let inside = match &it.list.within {
            Within::Everyone => true,
            Within::Few(subjects) => subjects.contains(&id),
            Within::Reach => store::reach::of(tx, ctx.viewer(), id)?.custody >= Level::See,
        };
        if inside {
            kept.push(id);
        }
    }
    it.list.within = Within::Few(kept);
    let sells = domain::event::EventType::parse(&row.event_type);
    let takes_shelf = sells.is_some_and(|kind| kind.rules().allows_facility_stock);
    match row.location_id.filter(|_| takes_shelf) {
        Some(location) => it.condition(
            "(unit.facility_stock_location_id IS NULL OR unit.facility_stock_location_id = ?)",
            vec![Value::Uuid(location)],
        ),
        None => it.condition("unit.facility_stock_location_id IS NULL", Vec::new()),
    }
    it.condition("(unit.state = 0 OR (unit.state = 3 AND unit.reusable = 1))", Vec::new());
    it.condition("unit.kind <> 'container'", Vec::new());
    it.condition(store::packs::NOT_PACKED, Vec::new());
    if let Some(event) = store::events::event(tx, ctx.org(), event.uuid())?
        && let Some((country, _)) = crate::cleared::of_event(ctx, tx, &event)?
    {
        let (text, wanted) = crate::cleared::condition(&country);
        it.condition(text, vec![Value::Text(wanted)]);
    }
    it.condition(store::free::not_recalled(tx, ctx.org())?, Vec::new());
    if sells.is_some_and(|kind| kind.rules().refuses_expired) {
        it.condition("unit.expires_key >= ?", vec![Value::Int(row.day)]);
    }
    it.condition(
        "(NOT EXISTS (SELECT 1 FROM event_manufacturer maker WHERE maker.organization_id = ? AND maker.event_id = ?) \
         OR unit.manufacturer_id IN (SELECT maker.manufacturer_id FROM event_manufacturer maker \
         WHERE maker.organization_id = ? AND maker.event_id = ?))",
        vec![Value::Uuid(ctx.org()), Value::Uuid(event.uuid()), Value::Uuid(ctx.org()), Value::Uuid(event.uuid())],
    );
    it.condition(
        "NOT EXISTS (SELECT 1 FROM event_line line WHERE line.organization_id = ? AND line.event_id = ? \
         AND line.unit_id = unit.id)",
        vec![Value::Uuid(ctx.org()), Value::Uuid(event.uuid())],
    );
    Ok(())
}

const NEWEST: &[Sort] = &[Sort { column: "unit.id", descending: true }];

/// The sort values of a row and its id, for the cursor.
fn cursor_of(sorts: &[Sort], row: &UnitRow) -> Vec<Value> {
    let mut values: Vec<Value> = sorts
        .iter()
        .map(|sort| match sort.column {
            "unit.expires_key" => Value::Int(row.expires_key),
            "unit.lot_key" => Value::Text(row.lot_key.clone()),
            _ => Value::Uuid(row.id),
        })
        .collect();
    values.push(Value::Uuid(row.id));
    values
}

/// Units in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Unit>> {
    let paging = list::paging("units", params, SORTS, NEWEST)?;
    let it = build(ctx, tx, params)?;
    let (rows, more) = it.list.page(tx, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let mut page = list::page(paging.bound, rows, more, |row| cursor_of(&paging.sorts, row), view);
    crate::recalls::freeze::mark(ctx, tx, &mut page.items)?;
    if params.count {
        page.total = Some(total(tx, &it)?);
    }
    Ok(page)
}

/// Units that the actor may pull to itself from a source that was set up for the own account (see
/// [`crate::transfers::quick`]): they need not be in reach otherwise. Filters narrow them down as in [`list()`].
pub fn at_source(ctx: &Ctx, tx: &mut Tx, source: Custodian, params: &ListParams) -> Result<Page<Unit>> {
    let own = ctx.principal().uuid();
    if !store::transfers::is_quick_source(tx, ctx.org(), own, source.kind.as_str(), source.id)? {
        return Err(Error::unknown("from"));
    }
    let paging = list::paging("units_at_source", params, SORTS, NEWEST)?;
    let mut it = build(ctx, tx, params)?;
    it.list.within = Within::Few(vec![source.id]);
    it.counted = None;
    let (rows, more) = it.list.page(tx, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let mut page = list::page(paging.bound, rows, more, |row| cursor_of(&paging.sorts, row), view);
    crate::recalls::freeze::mark(ctx, tx, &mut page.items)?;
    Ok(page)
}

fn total(tx: &mut Tx, it: &Build) -> Result<i64> {
    let Some(what) = &it.counted else { return Ok(it.list.count(tx)?) };
    // The books of everybody are a long sum, and asked for with every first page.
    let (viewer, within) = (it.list.viewer, &it.list.within);
    let key = format!("units counted {viewer:?} {within:?} {what:?}");
    let of_books = tx.remembered(&key, |tx| counted(tx, viewer, within, what))?;
    let Some((states, on_top)) = &it.frozen else { return Ok(of_books) };
    let frozen = frozen_count(tx, it, what, states)?;
    Ok(if *on_top { of_books + frozen } else { of_books - frozen })
}

/// How many units in these states of the books recalls freeze, of what a list is about.
fn frozen_count(tx: &mut Tx, it: &Build, what: &Counted, states: &[i64]) -> Result<i64> {
    let org = Value::Uuid(it.list.viewer.organization);
    let words: Vec<String> = states.iter().map(ToString::to_string).collect();
    let way = Narrow { condition: (store::recalls::FROZEN_IDS.to_owned(), vec![org.clone(), org]), active: false };
    let mut conditions = vec![
        (format!("unit.state IN ({})", words.join(", ")), Vec::new()),
        (store::recalls::IS_FROZEN.to_owned(), Vec::new()),
    ];
    if !what.items.is_empty() {
        conditions.push(any("unit.catalog_item_id", "", what.items.iter().map(|id| Value::Uuid(*id)).collect()));
    }
    if let Some(shelf) = what.facility_stock {
        let not = if shelf { "NOT " } else { "" };
        conditions.push((format!("unit.facility_stock_location_id IS {not}NULL"), Vec::new()));
    }
    let list = UnitList {
        viewer: it.list.viewer,
        within: it.list.within.clone(),
        active: Some(true),
        conditions,
        driver: Some(Driver { ways: vec![way], size: Size::Small, held: false, implied: None }),
        items: Vec::new(),
        manufacturers: Vec::new(),
        states: Vec::new(),
        on_shelves: false,
        reusable: false,
    };
    Ok(list.count(tx)?)
}

/// How many free units, and how many on open events, recalls freeze within the viewer's reach: what counters of the books have
/// to be corrected by.
pub(crate) fn frozen_in_reach(ctx: &Ctx, tx: &mut Tx) -> Result<(i64, i64)> {
    if !store::recalls::any(tx, ctx.org())? {
        return Ok((0, 0));
    }
    let it = build(ctx, tx, &ListParams::default())?;
    let what = Counted::default();
    Ok((frozen_count(tx, &it, &what, &LOOSE[..1])?, frozen_count(tx, &it, &what, &LOOSE[1..])?))
}

/// The units that a list holds, with their versions; one more than `most` tells that there are too many.
pub(crate) fn selected(ctx: &Ctx, tx: &mut Tx, params: &ListParams, most: usize) -> Result<Vec<(Uuid, i64)>> {
    let it = build(ctx, tx, params)?;
    let (mut found, mut after) = (Vec::new(), None::<Keyset>);
    loop {
        let (rows, more) = it.list.page(tx, NEWEST, after.as_ref(), limits::EXPORT_CHUNK as u32)?;
        after = rows.last().map(|row| Keyset(cursor_of(NEWEST, row)));
        found.extend(rows.iter().map(|row| (row.id, row.version)));
        if !more || found.len() >= most {
            return Ok(found);
        }
    }
}

/// How many units in reach a list holds.
pub fn count(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<i64> {
    let it = build(ctx, tx, params)?;
    total(tx, &it)
}

/// The names that a table of units shows beside their ids.
#[derive(Clone, Debug, Default)]
pub struct UnitNames {
    /// (catalog number, description) by item.
    pub items: HashMap<Uuid, (String, String)>,
    /// Custodians.
    pub custodians: HashMap<Uuid, String>,
    /// (name, code, customer number) of facility stock locations.
    pub locations: HashMap<Uuid, (String, String, String)>,
    /// Places.
    pub places: HashMap<Uuid, String>,
}

impl UnitNames {
    /// The number of a unit's item.
    pub fn number(&self, unit: &Unit) -> &str {
        self.items.get(&unit.catalog_item_id.uuid()).map_or("", |(number, _)| number)
    }

    /// What a unit is.
    pub fn description(&self, unit: &Unit) -> &str {
        self.items.get(&unit.catalog_item_id.uuid()).map_or("", |(_, description)| description)
    }

    /// Who answers for a unit.
    pub fn custodian(&self, unit: &Unit) -> &str {
        self.custodians.get(&unit.custodian.id.id).map_or("", String::as_str)
    }

    /// On which shelf a unit is facility stock.
    pub fn shelf(&self, unit: &Unit) -> &str {
        let location = unit.facility_stock_location_id.and_then(|id| self.locations.get(&id.uuid()));
        location.map_or("", |(name, ..)| name)
    }

    /// Where a unit lies.
    pub fn place(&self, unit: &Unit) -> &str {
        unit.place_id.and_then(|id| self.places.get(&id.uuid())).map_or("", String::as_str)
    }

    fn learn(
        &mut self,
        ctx: &Ctx,
        tx: &mut Tx,
        item: Uuid,
        custodian: Uuid,
        shelf: Option<Uuid>,
        place: Option<Uuid>,
    ) -> Result<()> {
        if let Entry::Vacant(place) = self.items.entry(item) {
            let row = store::stock::item(tx, ctx.org(), item)?;
            place.insert(row.map_or_else(Default::default, |row| (row.number, row.description)));
        }
        if let Entry::Vacant(place) = self.custodians.entry(custodian) {
            place.insert(Names::default().of(ctx, tx, custodian)?);
        }
        if let Some(id) = shelf.filter(|id| !self.locations.contains_key(id)) {
            self.locations.insert(id, store::stock::location_name(tx, ctx.org(), id)?.unwrap_or_default());
        }
        if let Some(id) = place.filter(|id| !self.places.contains_key(id)) {
            self.places.insert(id, store::stock::place_name(tx, ctx.org(), id)?.unwrap_or_default());
        }
        Ok(())
    }
}

/// The names for a page of units.
pub fn names(ctx: &Ctx, tx: &mut Tx, units: &[Unit]) -> Result<UnitNames> {
    let mut names = UnitNames::default();
    for unit in units {
        let shelf = unit.facility_stock_location_id.map(LocationId::uuid);
        let place = unit.place_id.map(PlaceId::uuid);
        names.learn(ctx, tx, unit.catalog_item_id.uuid(), unit.custodian.id.id, shelf, place)?;
    }
    Ok(names)
}

/// What is written between two chunks of an export.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Units as CSV, chunk by chunk: each chunk is a read of its own, so that a long export holds nothing up.
pub struct Export {
    params: ListParams,
    sorts: Vec<Sort>,
    after: Option<Keyset>,
    names: UnitNames,
    buffer: Buffer,
    /// None once the last row is written.
    csv: Option<Csv<Buffer>>,
}

fn sheet() -> Sheet {
    let text = |key: &'static str, label: &'static str| Column::new(key, label, Kind::Text);
    Sheet {
        title: "Units".to_owned(),
        columns: vec![
            text("id", "Unit"),
            text("kind", "Kind"),
            text("catalog_number", "Catalog number"),
            text("description", "Description"),
            text("lot", "Lot"),
            text("serial", "Serial number"),
            text("udi", "UDI"),
            Column::new("expires_on", "Expires", Kind::Date),
            text("state", "State"),
            text("custodian", "Custodian"),
            text("facility_stock_location", "Facility stock at"),
            text("facility_stock_location_name", "Facility"),
            text("place", "Place"),
            text("container_id", "Container"),
            Column::new("reusable", "Reusable", Kind::Bool),
            Column::new("due_back_on", "Due back", Kind::Date),
            text("tags", "Tags"),
            text("note", "Note"),
            Column::new("created_at", "Created", Kind::Instant),
        ],
    }
}

impl Export {
    /// Checks what is asked for.
    pub fn new(ctx: &Ctx, tx: &mut Tx, params: ListParams) -> Result<Self> {
        let sorts =
            list::paging("units", &ListParams { limit: None, cursor: None, ..params.clone() }, SORTS, NEWEST)?.sorts;
        build(ctx, tx, &params)?;
        let buffer = Buffer::default();
        let csv =
            Csv::new(&sheet(), Header::Keys, buffer.clone()).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self { params, sorts, after: None, names: UnitNames::default(), buffer, csv: Some(csv) })
    }

    /// The next piece of the file; None after the last one.
    pub fn next(&mut self, ctx: &Ctx, tx: &mut Tx) -> Result<Option<Vec<u8>>> {
        let Some(mut csv) = self.csv.take() else { return Ok(None) };
        // Reach is looked at afresh: it may have changed since the chunk before.
        let it = build(ctx, tx, &self.params)?;
        let (rows, more) = it.list.page(tx, &self.sorts, self.after.as_ref(), limits::EXPORT_CHUNK as u32)?;
        self.after = rows.last().map(|row| Keyset(cursor_of(&self.sorts, row)));
        let states = crate::recalls::freeze::states(ctx, tx, &rows)?;
        for (row, state) in rows.into_iter().zip(states) {
            self.names.learn(
                ctx,
                tx,
                row.catalog_item_id,
                row.custodian_id,
                row.facility_stock_location_id,
                row.place_id,
            )?;
            write_row(&mut csv, &self.names, &row, state).map_err(|error| Error::Internal(error.to_string()))?;
        }
        if more {
            self.csv = Some(csv);
        } else {
            csv.finish().map_err(|error| Error::Internal(error.to_string()))?;
        }
        Ok(Some(self.buffer.take()))
    }
}

fn write_row(
    csv: &mut Csv<Buffer>,
    names: &UnitNames,
    row: &UnitRow,
    state: UnitState,
) -> Result<(), print::table::TableError> {
    let empty = (String::new(), String::new());
    let (number, description) = names.items.get(&row.catalog_item_id).unwrap_or(&empty);
    let shelf = row.facility_stock_location_id.and_then(|id| names.locations.get(&id));
    let code = shelf.map(|(_, code, customer)| format!("{customer}/{code}"));
    let place = row.place_id.and_then(|id| names.places.get(&id));
    let container = row.container_id.map(|id| UnitId::from_uuid(id).to_string());
    let tags = labels::shown_tags(&row.tags).join(", ");
    csv.row(&[
        Cell::Text(UnitId::from_uuid(row.id).write(&mut [0; 30])),
        Cell::Text(&row.kind),
        Cell::Text(number),
        Cell::Text(description),
        Cell::Text(&row.lot),
        Cell::Text(&row.serial),
        Cell::Text(&row.udi),
        Cell::date(row.expires_on.map(|day| day as i32)),
        Cell::Text(state.as_str()),
        Cell::text(names.custodians.get(&row.custodian_id).map(String::as_str)),
        Cell::text(code.as_deref()),
        Cell::text(shelf.map(|(name, ..)| name.as_str())),
        Cell::text(place.map(String::as_str)),
        Cell::text(container.as_deref()),
        Cell::Bool(row.reusable),
        Cell::date(row.due_back_on.map(|day| day as i32)),
        Cell::Text(&tags),
        Cell::Text(&row.note),
        Cell::Instant(row.created_at),
    ])
}

/// Reads a label and looks for what it may belong to. Nothing is kept.
pub fn scan(ctx: &Ctx, tx: &mut Tx, body: &Scan) -> Result<Scanned> {
    let symbols: Vec<&str> = match (&body.barcode, &body.barcodes) {
        (Some(one), None) => vec![one.as_str()],
        (None, Some(many)) => many.iter().map(String::as_str).collect(),
        _ => {
            let message = "Give barcode, or barcodes for a label with several symbols.";
            return Err(Error::field("barcode", "required", message));
        }
    };
    if symbols.is_empty() || symbols.len() > limits::BARCODES_PER_SCAN {
        let message = format!("Give 1 to {} barcodes of one label.", limits::BARCODES_PER_SCAN);
        return Err(Error::field("barcodes", "too_many", message));
    }
    if let [one] = symbols.as_slice()
        && let Some(id) = own_label(one)
    {
        return named_itself(ctx, tx, id);
    }
    let field = if body.barcode.is_some() { "barcode" } else { "barcodes" };
    let parsed = labels::read(ctx, field, &symbols)?;
    let named = match &parsed.di {
        Some(di) => store::stock::item_by_identifier(tx, ctx.org(), di)?,
        None => None,
    };
    let item = match named {
        Some((id, _)) => store::stock::item(tx, ctx.org(), id)?,
        None => None,
    };
    let matches = matches(ctx, tx, &parsed, item.as_ref().map(|row| row.id))?;
    Ok(Scanned {
        matches,
        catalog_item: item.map(scanned_item),
        package_quantity: named.map(|(_, quantity)| quantity),
        parsed: ParsedLabel {
            agency: parsed.agency.as_str().to_owned(),
            expires_on: parsed.expires.and_then(labels::day_of),
            expires_precision: parsed.expires.map(|date| date.precision.as_str().to_owned()),
            manufactured_on: parsed.manufactured.and_then(labels::day_of),
            di: parsed.di,
            lot: parsed.lot,
            serial: parsed.serial,
            quantity: parsed.quantity,
            reference: parsed.reference,
            warnings: parsed
                .warnings
                .into_iter()
                .map(|it| LabelWarning { code: it.code.to_owned(), message: it.message })
                .collect(),
        },
    })
}

/// A label of ours that names a unit itself, with or without the mark of the symbology before it.
pub(crate) fn own_label(symbol: &str) -> Option<UnitId> {
    let text = symbol.trim();
    let text = if text.starts_with(']') { text.get(3..)? } else { text };
    text.parse().ok()
}

fn named_itself(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<Scanned> {
    let unit = crate::units::get(ctx, tx, id).map_err(|error| match error {
        Error::NotFound(_) => {
            Error::field("barcode", "barcode_rejected", "This label names a unit that is not within your reach.")
        }
        other => other,
    })?;
    let item = store::stock::item(tx, ctx.org(), unit.catalog_item_id.uuid())?;
    Ok(Scanned {
        parsed: ParsedLabel {
            agency: "none".to_owned(),
            di: None,
            lot: unit.lot.clone(),
            serial: unit.serial.clone(),
            expires_on: unit.expires_on,
            expires_precision: None,
            manufactured_on: None,
            quantity: None,
            reference: None,
            warnings: Vec::new(),
        },
        catalog_item: item.map(scanned_item),
        package_quantity: None,
        matches: if unit.state == UnitState::Inactive { Vec::new() } else { vec![unit] },
    })
}

fn scanned_item(row: store::stock::ItemRow) -> ScannedItem {
    ScannedItem {
        id: Id::from_uuid(row.id),
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        number: row.number,
        description: row.description,
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
        reusable: row.reusable,
        udi_di: (!row.udi_di.is_empty()).then_some(row.udi_di),
    }
}

/// Active units in reach that a label may belong to: exact spelling before folded.
fn matches(ctx: &Ctx, tx: &mut Tx, parsed: &udi::Parsed, item: Option<Uuid>) -> Result<Vec<Unit>> {
    // A device identifier that the catalog does not know is on no unit.
    if parsed.di.is_some() && item.is_none() || item.is_none() && parsed.lot.is_none() && parsed.serial.is_none() {
        return Ok(Vec::new());
    }
    let mut params = ListParams { sort: Some("expires_on".into()), ..ListParams::default() };
    let mut filter = |field: &str, value: String| params.filters.insert(field.to_owned(), value);
    if let Some(item) = item {
        filter("catalog_item_id", CatalogItemId::from_uuid(item).to_string());
    }
    match (&parsed.serial, &parsed.lot) {
        (Some(serial), _) => filter("serial", identifier_key(serial)),
        (None, Some(lot)) => filter("lot", identifier_key(lot)),
        (None, None) => None,
    };
    let found = list(ctx, tx, &params)?.items;
    let exact = |unit: &Unit| match (&parsed.serial, &parsed.lot) {
        (Some(serial), _) => unit.serial.as_ref() == Some(serial),
        (None, Some(lot)) => unit.lot.as_ref() == Some(lot),
        (None, None) => true,
    };
    if found.iter().any(exact) { Ok(found.into_iter().filter(exact).collect()) } else { Ok(found) }
}

/// Most units that a trace lists one by one.
const TRACED: u32 = 500;

/// Where a lot is, where it went, and which events took it, inside the viewer's reach.
pub fn trace(ctx: &Ctx, tx: &mut Tx, item: Option<CatalogItemId>, lot: &str) -> Result<Trace> {
    let lot_key = identifier_key(lot);
    if lot_key.is_empty() {
        return Err(Error::field("lot", "required", "Give the lot to trace."));
    }
    if let Some(item) = item
        && store::stock::item(tx, ctx.org(), item.uuid())?.is_none()
    {
        return Err(Error::unknown("catalog_item_id"));
    }
    let mut params = ListParams { limit: Some(TRACED), ..ListParams::default() };
    params.filters.insert("lot".into(), lot_key.clone());
    params.filters.insert("active".into(), "all".into());
    if let Some(item) = item {
        params.filters.insert("catalog_item_id".into(), item.to_string());
    }
    let units = list(ctx, tx, &params)?.items;
    let (viewer, wanted) = (ctx.viewer(), item.map(CatalogItemId::uuid));
    let mut names = Names::default();
    let mut holders = Vec::new();
    for (kind, id, state, shelf, units) in store::stock::trace_holders(tx, viewer, &lot_key, wanted)? {
        let kind = CustodianType::parse(&kind).unwrap_or(CustodianType::User);
        holders.push(TraceHolder {
            custodian: Custodian { kind, id }.into(),
            name: names.of(ctx, tx, id)?,
            state: UnitState::from_stored(state),
            facility_stock_location_id: shelf.map(Id::from_uuid),
            units,
        });
    }
    let mut movements = Vec::new();
    for (entry, at, kind, from, to, units) in store::stock::trace_movements(tx, viewer, &lot_key, wanted)? {
        movements.push(TraceMovement {
            at: Instant(at),
            kind,
            entry_id: Id::from_uuid(entry),
            from: from.map(|id| names.custodian(ctx, tx, id)).transpose()?,
            from_name: from.map(|id| names.of(ctx, tx, id)).transpose()?,
            to: names.custodian(ctx, tx, to)?,
            to_name: names.of(ctx, tx, to)?,
            units,
        });
    }
    let events = store::stock::trace_events(tx, viewer, &lot_key, wanted)?
        .into_iter()
        .map(|row| TraceEvent {
            event_id: Id::from_uuid(row.id),
            number: row.number,
            name: row.name,
            r#type: row.event_type,
            status: row.status,
            location_id: row.location_id.map(Id::from_uuid),
            starts_at: Instant(row.starts_at),
            units: row.units,
        })
        .collect();
    Ok(Trace {
        catalog_item_id: item,
        lot: lot.trim().to_owned(),
        units_total: holders.iter().map(|holder| holder.units).sum(),
        units,
        holders,
        movements,
        events,
    })
}
