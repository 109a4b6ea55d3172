//! Units: made, looked at, corrected, held, taken off the books; containers; facility stock.

use crate::history::{self, Names, Past};
use crate::labels::{self, Said};
use crate::recalls::freeze;
use crate::{Ctx, Error, Result};
use contract::units::{ChangeContents, CreateUnits, PatchUnit, ReassignFacilityStock, Unit, UnitAsOf};
use contract::{CustodianRef, HistoryEntry, Items, Page, Patch};
use domain::clock::{Day, Instant};
use domain::id::{Id, UnitId, UserId};
use domain::limits;
use domain::people::{Level, Permission, Role};
use domain::stock::{Custodian, CustodianType, UnitKind, UnitState};
use domain::text::{fold, identifier_key};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::Tx;
use store::stock::{Extras, ItemRow, NewUnit, UnitRow};
use uuid::Uuid;

/// A stored unit as it is shown.
pub(crate) fn view(row: UnitRow) -> Unit {
    let text = |text: String| if text.is_empty() { None } else { Some(text) };
    let day = |day: i64| Day(day as i32);
    let kind = CustodianType::parse(&row.custodian_type).unwrap_or(CustodianType::Organization);
    let hold_status = crate::holds::status(&row);
    Unit {
        id: Id::from_uuid(row.id),
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        lot: text(row.lot),
        serial: text(row.serial),
        udi: text(row.udi),
        expires_on: row.expires_on.map(day),
        state: UnitState::from_stored(row.state),
        hold_reason: row.hold_reason,
        hold_status,
        hold_since: row.hold_since.map(Instant),
        recall_id: None,
        event_id: row.event_id.map(Id::from_uuid),
        transfer_id: row.transfer_id.map(Id::from_uuid),
        custodian: Custodian { kind, id: row.custodian_id }.into(),
        facility_stock_location_id: row.facility_stock_location_id.map(Id::from_uuid),
        place_id: row.place_id.map(Id::from_uuid),
        container_id: row.container_id.map(Id::from_uuid),
        reusable: row.reusable,
        due_back_on: row.due_back_on.map(day),
        tags: labels::shown_tags(&row.tags),
        note: row.note,
        deactivated_at: row.deactivated_at.map(Instant),
        deactivated_reason: row.deactivated_reason,
        created_at: Instant(row.created_at),
        version: row.version,
    }
}

/// How far the viewer reaches what a custodian answers for. The organisation's own stock is the office's. What is with a
/// linked company is theirs: the office sees that it went there.
pub(crate) fn level(ctx: &Ctx, tx: &mut Tx, custodian: Custodian) -> Result<Level> {
    if ctx.actor.role.is_office() {
        let linked = custodian.kind == CustodianType::LinkedOrganization;
        return Ok(if linked { Level::See } else { Level::Act });
    }
    match custodian.kind {
        CustodianType::User => Ok(store::reach::of(tx, ctx.viewer(), custodian.id)?.custody),
        CustodianType::Organization | CustodianType::LinkedOrganization => Ok(Level::Name),
    }
}

/// A unit in reach, with how far.
fn lock(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<(UnitRow, Level)> {
    let row = store::stock::lock_unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let level = level(ctx, tx, row.facts().custodian)?;
    if level < Level::See { Err(Error::not_found()) } else { Ok((row, level)) }
}

fn look(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<UnitRow> {
    let row = store::stock::unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let level = level(ctx, tx, row.facts().custodian)?;
    if level < Level::See { Err(Error::not_found()) } else { Ok(row) }
}

/// 403 unless the viewer may do with this unit what its custodian may.
pub(crate) fn must_act(ctx: &Ctx, level: Level) -> Result<()> {
    if level >= Level::Act {
        return Ok(());
    }
    if ctx.actor.role.is_office() {
        let message =
            "A linked company answers for this unit now, so nothing can be done about it here until it comes back.";
        return Err(Error::forbidden("unit_with_linked_company", message));
    }
    Err(Error::forbidden(
        "not_yours_to_edit",
        "You may use this unit, but it is not yours to change. Ask whoever answers for it, or the office.",
    ))
}

/// One unit.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<Unit> {
    let row = look(ctx, tx, id)?;
    freeze::marked(ctx, tx, view(row))
}

/// Those of these units that the actor sees: a line of an event tells of units whose own page is another's.
pub fn seen(ctx: &Ctx, tx: &mut Tx, ids: &[UnitId]) -> Result<HashSet<UnitId>> {
    if ctx.actor.role.is_office() {
        return Ok(ids.iter().copied().collect());
    }
    let all: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut levels = HashMap::new();
    let mut found = HashSet::new();
    for row in store::stock::units(tx, ctx.org(), &all)? {
        let custodian = row.facts().custodian;
        let known = levels.get(&custodian.id).copied();
        let level = match known {
            Some(level) => level,
            None => level(ctx, tx, custodian)?,
        };
        levels.insert(custodian.id, level);
        if level >= Level::See {
            found.insert(UnitId::from_uuid(row.id));
        }
    }
    Ok(found)
}

/// The history of a unit, newest first.
pub fn history(ctx: &Ctx, tx: &mut Tx, id: UnitId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    look(ctx, tx, id)?;
    history::page_of_unit(ctx, tx, id, past.into())
}

/// Who may be given units: an account that holds stock, or the organisation. Whether it is in reach is asked apart.
pub(crate) fn holder(ctx: &Ctx, tx: &mut Tx, field: &str, wanted: CustodianRef) -> Result<Holder> {
    let Some(custodian) = wanted.custodian() else {
        return Err(Error::field(
            field,
            "invalid_custodian",
            "The type and the id of this custodian do not fit together.",
        ));
    };
    match custodian.kind {
        CustodianType::Organization if custodian.id == ctx.org() => {
            Ok(Holder { custodian, name: ctx.organization.name.clone(), role: None, custodian_only: false })
        }
        CustodianType::Organization | CustodianType::LinkedOrganization => Err(Error::unknown(field)),
        CustodianType::User => {
            let row = store::people::user(tx, ctx.org(), custodian.id)?.ok_or_else(|| Error::unknown(field))?;
            let role = Role::parse(&row.role).filter(|role| role.holds_stock() && row.delegate_of.is_none());
            let Some(role) = role else {
                let message = format!(
                    "{} has a role that holds no stock. Choose a rep, a distributor or a facility manager.",
                    row.name
                );
                return Err(Error::field(field, "role_cannot_hold_stock", message));
            };
            if !row.active {
                let message = format!("The account of {} is deactivated, so it can take nothing on.", row.name);
                return Err(Error::conflict("custodian_deactivated", message));
            }
            Ok(Holder { custodian, name: row.name, role: Some(role), custodian_only: row.custodian_only })
        }
    }
}

/// A custodian who may be given units.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub custodian: Custodian,
    pub name: String,
    pub role: Option<Role>,
    pub custodian_only: bool,
}

/// The custodian of what somebody makes unless they say otherwise.
pub(crate) fn default_custodian(ctx: &Ctx) -> CustodianRef {
    if ctx.actor.role.is_office() {
        Custodian::organization(ctx.organization.id).into()
    } else {
        Custodian::user(ctx.principal()).into()
    }
}

/// 404 for a field whose custodian is out of reach, 403 for one who may only be drawn upon.
pub(crate) fn must_reach(ctx: &Ctx, tx: &mut Tx, field: &str, custodian: Custodian) -> Result<()> {
    if custodian.kind == CustodianType::LinkedOrganization {
        return Err(Error::unknown(field));
    }
    match level(ctx, tx, custodian)? {
        Level::Act => Ok(()),
        Level::Use | Level::See => Err(Error::forbidden(
            "not_yours_to_edit",
            "You may use what this custodian answers for, but not add to it or change it. Ask them, or the office.",
        )),
        Level::Name => Err(Error::unknown(field)),
    }
}

/// The serial numbers that a range means; none when it is one number or nothing.
fn series_of(body: &CreateUnits) -> Result<Vec<String>> {
    let Some((from, to)) = body.serial.as_deref().and_then(|text| text.split_once("..")) else { return Ok(Vec::new()) };
    let end = |text: &str| labels::line("serial", Some(text), limits::LOT_MAX);
    let refused = |it: domain::refusal::Refusal| Error::field("serial", it.code, it.message);
    domain::stock::series(&end(from)?, &end(to)?).map_err(refused)
}

/// What is needed to make units.
struct Making {
    item: ItemRow,
    kind: UnitKind,
    quantity: u32,
}

fn item_of(ctx: &Ctx, tx: &mut Tx, body: &CreateUnits, said: &Said) -> Result<Making> {
    let org = ctx.org();
    let named = match &said.di {
        Some(di) => store::stock::item_by_identifier(tx, org, di)?,
        None => None,
    };
    let id = match (body.catalog_item_id, named) {
        (Some(given), Some((found, _))) if given.uuid() != found => {
            let message = "The UDI belongs to another item of the catalog. Correct one of the two.";
            return Err(Error::field("catalog_item_id", "udi_mismatch", message));
        }
        (Some(given), None) if said.di.is_some() && store::stock::has_identifier(tx, org, given.uuid())? => {
            let message = "The UDI does not belong to this item: the catalog knows it by another device identifier.";
            return Err(Error::field("udi", "udi_mismatch", message));
        }
        (Some(given), _) => given.uuid(),
        (None, Some((found, _))) => found,
        (None, None) if said.di.is_some() => {
            let message =
                "No item of the catalog has this device identifier. Add it to the catalog first, or name the item.";
            return Err(Error::field("udi", "udi_item_unknown", message));
        }
        (None, None) => {
            return Err(Error::field("catalog_item_id", "required", "Name the item of the catalog, or give a UDI."));
        }
    };
    let item = store::stock::item(tx, org, id)?.ok_or_else(|| Error::unknown("catalog_item_id"))?;
    if item.archived_at.is_some() {
        return Err(Error::conflict("item_archived", "This item of the catalog was put away. Bring it back first."));
    }
    let kind = UnitKind::parse(&item.kind).unwrap_or(UnitKind::Device);
    if body.kind.is_some_and(|given| given != kind) {
        let message =
            format!("The item is a {}. Leave the kind out, or choose another item.", kind.label().to_lowercase());
        return Err(Error::field("kind", "kind_mismatch", message));
    }
    let package = named.map_or(1, |(_, quantity)| u32::try_from(quantity).unwrap_or(1).max(1));
    let quantity = body.quantity.unwrap_or(if said.serial.is_some() || body.serial.is_some() { 1 } else { package });
    if quantity == 0 || quantity as usize > limits::ROWS_PER_REQUEST {
        let message = format!("Give a quantity from 1 to {}.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("quantity", "invalid_quantity", message));
    }
    Ok(Making { item, kind, quantity })
}

/// Makes units that are alike.
pub fn create(ctx: &Ctx, tx: &mut Tx, mut body: CreateUnits) -> Result<Items<Unit>> {
    ctx.require(Permission::CreateInventory)?;
    let org = ctx.org();
    let wanted = body.custodian.unwrap_or_else(|| default_custodian(ctx));
    if let Some(custodian) = wanted.custodian() {
        must_reach(ctx, tx, "custodian", custodian)?;
    }
    let holder = holder(ctx, tx, "custodian", wanted)?;
    let udi = body.udi.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or_default();
    let said = if udi.is_empty() { Said::default() } else { labels::read(ctx, "udi", &[udi])?.into() };
    let series = series_of(&body)?;
    if !series.is_empty() {
        body.serial = None;
    }
    let mut making = item_of(ctx, tx, &body, &said)?;
    if !series.is_empty() {
        if said.serial.is_some() {
            let message = "The UDI names one serial number. Leave it out to make units with others.";
            return Err(Error::field("serial", "udi_mismatch", message));
        }
        let count = series.len() as u32;
        if body.quantity.is_some_and(|quantity| quantity != count) {
            let message = format!("These are {count} serial numbers: leave the quantity out.");
            return Err(Error::field("quantity", "serial_with_quantity", message));
        }
        making.quantity = count;
    }
    let given = |field, text: &Option<String>| labels::line(field, text.as_deref(), limits::LOT_MAX);
    let or_said = |given: String, said: &Option<String>| match said {
        Some(said) if given.is_empty() => said.clone(),
        _ => given,
    };
    let lot = or_said(given("lot", &body.lot)?, &said.lot);
    let serial = or_said(given("serial", &body.serial)?, &said.serial);
    let expires_on = body.expires_on.or(said.expires_on);
    said.agree(&lot, &serial, expires_on)?;
    if !serial.is_empty() && making.quantity > 1 {
        let message = "A serial number names one unit. Give a range, such as SN-001..SN-050, to make one for each.";
        return Err(Error::field("quantity", "serial_with_quantity", message));
    }
    let serial_key = identifier_key(&serial);
    free_serial(ctx, tx, making.item.id, &serial_key, None)?;
    for one in &series {
        if !store::stock::active_serial(tx, org, making.item.id, &identifier_key(one))?.is_empty() {
            let message = format!("{one} is the serial number of another active unit of this item. Nothing was made.");
            return Err(Error::conflict("serial_already_exists", message));
        }
    }
    check_place(ctx, tx, body.place_id.map(Id::uuid))?;
    if let Some(container) = body.container_id {
        check_container(ctx, tx, container, holder.custodian, making.kind)?;
    }
    let (tags, keys) = labels::tags(&body.tags)?;
    let template = NewUnit {
        id: Uuid::nil(),
        kind: making.kind,
        catalog_item: making.item.id,
        manufacturer: making.item.manufacturer_id,
        lot_key: identifier_key(&lot),
        lot,
        serial,
        serial_key,
        udi: udi.to_owned(),
        expires_on,
        manufactured_on: body.manufactured_on.or(said.manufactured_on),
        custodian: holder.custodian,
        facility_stock_location: None,
        place: body.place_id.map(Id::uuid),
        container: body.container_id.map(Id::uuid),
        reusable: body.reusable.unwrap_or(making.item.reusable),
        due_back_on: body.due_back_on,
        tags: labels::stored_tags(&tags),
        note: labels::note("note", &body.note)?,
        sold_event: None,
    };
    let make = |place: usize| {
        let mut unit = NewUnit { id: ctx.id::<domain::id::Unit>().uuid(), ..template.clone() };
        if let Some(serial) = series.get(place) {
            (unit.serial, unit.serial_key) = (serial.clone(), identifier_key(serial));
        }
        unit
    };
    let units: Vec<NewUnit> = (0..making.quantity as usize).map(make).collect();
    let mut entry = ctx.entry("unit_created").subject(holder.custodian.id);
    for movement in store::stock::insert_units(tx, org, &units, ctx.now.0)? {
        entry.movement(movement);
    }
    entry.append(ctx, tx)?;
    assign(ctx, tx, holder.custodian, [making.item.manufacturer_id])?;
    for unit in &units {
        store::stock::add_tags(tx, org, unit.id, &keys)?;
    }
    let ids: Vec<Uuid> = units.iter().map(|unit| unit.id).collect();
    let mut items: Vec<Unit> = store::stock::units(tx, org, &ids)?.into_iter().map(view).collect();
    // One that arrives under a recall is frozen from the first moment.
    freeze::mark(ctx, tx, &mut items)?;
    Ok(Items { items })
}

/// Whoever answers for something may work with its manufacturer.
pub(crate) fn assign(
    ctx: &Ctx,
    tx: &mut Tx,
    custodian: Custodian,
    manufacturers: impl IntoIterator<Item = Uuid>,
) -> Result<()> {
    if custodian.kind == CustodianType::User {
        for manufacturer in manufacturers {
            store::stock::assign_manufacturer(tx, ctx.org(), custodian.id, manufacturer)?;
        }
    }
    Ok(())
}

/// 409 when another active unit of the item has this serial number.
pub(crate) fn free_serial(ctx: &Ctx, tx: &mut Tx, item: Uuid, serial_key: &str, but: Option<Uuid>) -> Result<()> {
    if serial_key.is_empty() {
        return Ok(());
    }
    let others = store::stock::active_serial(tx, ctx.org(), item, serial_key)?;
    if others.iter().all(|id| Some(*id) == but) {
        return Ok(());
    }
    let message = "Another active unit of this item has this serial number. Look for it before making a second one.";
    Err(Error::conflict("serial_already_exists", message))
}

fn check_place(ctx: &Ctx, tx: &mut Tx, place: Option<Uuid>) -> Result<()> {
    match place {
        Some(id) if !store::stock::place_exists(tx, ctx.org(), id)? => Err(Error::unknown("place_id")),
        _ => Ok(()),
    }
}

/// A container that something of this custodian may be put into.
fn check_container(ctx: &Ctx, tx: &mut Tx, id: UnitId, custodian: Custodian, kind: UnitKind) -> Result<()> {
    let found = store::stock::lock_unit(tx, ctx.org(), id.uuid())?;
    let Some(container) = found.filter(|row| row.facts().custodian == custodian) else {
        return Err(Error::unknown("container_id"));
    };
    takes_contents(&container)?;
    if kind == UnitKind::Container {
        return Err(no_nesting());
    }
    Ok(())
}

fn no_nesting() -> Error {
    Error::conflict("container_in_container", "A container does not lie in another one.")
}

/// A container that is here, so that something may be put in or taken out.
fn takes_contents(container: &UnitRow) -> Result<()> {
    let facts = container.facts();
    if facts.kind != UnitKind::Container {
        return Err(Error::conflict("not_a_container", "This unit is no container."));
    }
    match facts.state() {
        UnitState::Inactive => Err(Error::conflict("unit_inactive", "This container is no longer active.")),
        UnitState::InTransfer => Err(Error::conflict(
            "unit_in_transfer",
            "This container is in a pending transfer. Accept, decline or cancel that before changing what lies in it.",
        )),
        _ => Ok(()),
    }
}

/// Corrects a unit.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: PatchUnit) -> Result<Unit> {
    let (before, level) = lock(ctx, tx, id)?;
    must_act(ctx, level)?;
    ctx.require(Permission::EditInventory)?;
    if before.expires_on.is_some() && body.expires_on == Patch::Clear {
        ctx.require(Permission::RemoveExpirationDates)?;
    }
    ctx.check_version(before.version, || Ok(view(before.clone())))?;
    let mut row = before.clone();
    let only_words = !(body.lot.is_mentioned()
        || body.serial.is_mentioned()
        || body.udi.is_mentioned()
        || body.expires_on.is_mentioned()
        || body.place_id.is_mentioned()
        || body.due_back_on.is_mentioned()
        || body.reusable.is_some());
    if !before.active && !only_words {
        let message = "This unit is no longer active: only its tags and its note may change.";
        return Err(Error::conflict("unit_inactive", message));
    }
    let relabelled = body.lot.is_mentioned()
        || body.serial.is_mentioned()
        || body.udi.is_mentioned()
        || body.expires_on.is_mentioned();
    if relabelled && !ctx.may(Permission::HoldInventory) {
        // Whoever could rename a lot could take it out of a recall.
        freeze::refuse(ctx, tx, &[row.id], "relabelled by you: the office corrects its numbers", None)?;
    }
    relabel(ctx, tx, &mut row, &body)?;
    if body.place_id.is_mentioned() {
        row.place_id = body.place_id.or(row.place_id.map(Id::from_uuid)).map(Id::uuid);
        check_place(ctx, tx, row.place_id)?;
    }
    let due = row.due_back_on.map(|day| Day(day as i32));
    row.due_back_on = body.due_back_on.or(due).map(|day| i64::from(day.0));
    if let Some(reusable) = body.reusable
        && reusable != row.reusable
    {
        if row.event_id.is_some() {
            let message = "This unit is marked on an open event. Take it off there before changing this.";
            return Err(Error::conflict("unit_in_event", message));
        }
        row.reusable = reusable;
    }
    if let Some(note) = &body.note {
        row.note = labels::note("note", note)?;
    }
    let keys = match &body.tags {
        Some(tags) => {
            let (tags, keys) = labels::tags(tags)?;
            row.tags = labels::stored_tags(&tags);
            Some(keys)
        }
        None => None,
    };
    let entry = edited(ctx, &before, &row);
    if entry.is_empty() {
        return Ok(view(before));
    }
    store::stock::save_unit(tx, ctx.org(), &row, &identifier_key(&row.lot), &identifier_key(&row.serial))?;
    if let Some(keys) = keys {
        store::stock::replace_tags(tx, ctx.org(), row.id, &keys)?;
    }
    entry.append(ctx, tx)?;
    get(ctx, tx, id)
}

/// Lot, serial number, expiry and UDI, which must say the same.
pub(crate) fn relabel(ctx: &Ctx, tx: &mut Tx, row: &mut UnitRow, body: &PatchUnit) -> Result<()> {
    let touched = body.lot.is_mentioned() || body.serial.is_mentioned() || body.expires_on.is_mentioned();
    if !touched && !body.udi.is_mentioned() {
        return Ok(());
    }
    let (mut udi, mut fresh) = (row.udi.clone(), false);
    match &body.udi {
        Patch::Leave => {}
        Patch::Clear => udi.clear(),
        Patch::Set(text) => {
            text.trim().clone_into(&mut udi);
            fresh = !udi.is_empty();
        }
    }
    let said = if udi.is_empty() { Said::default() } else { Said::from(labels::read(ctx, "udi", &[&udi])?) };
    if let (true, Some(di)) = (fresh, &said.di) {
        let same = match store::stock::item_by_identifier(tx, ctx.org(), di)? {
            Some((item, _)) => item == row.catalog_item_id,
            None => !store::stock::has_identifier(tx, ctx.org(), row.catalog_item_id)?,
        };
        if !same {
            let message =
                "The UDI belongs to another item. A unit keeps its item: deactivate this one and make the right one.";
            return Err(Error::field("udi", "udi_mismatch", message));
        }
    }
    let text = |field, patch: &Patch<String>, old: &str, said: &Option<String>| match patch {
        Patch::Set(text) => labels::line(field, Some(text), limits::LOT_MAX),
        Patch::Clear => Ok(String::new()),
        Patch::Leave => Ok(said.clone().filter(|_| fresh).unwrap_or_else(|| old.to_owned())),
    };
    let lot = text("lot", &body.lot, &row.lot, &said.lot)?;
    let serial = text("serial", &body.serial, &row.serial, &said.serial)?;
    let old = row.expires_on.map(|day| Day(day as i32));
    let expires_on = match &body.expires_on {
        Patch::Set(day) => Some(*day),
        Patch::Clear => None,
        Patch::Leave => said.expires_on.filter(|_| fresh).or(old),
    };
    let blanked = old.is_some() && expires_on.is_none();
    // Blanking is the way around an expiry, so the label has no say in it.
    said.agree(&lot, &serial, if expires_on.is_none() { said.expires_on.filter(|_| blanked) } else { expires_on })?;
    let serial_key = identifier_key(&serial);
    if serial_key != identifier_key(&row.serial) && row.active {
        free_serial(ctx, tx, row.catalog_item_id, &serial_key, Some(row.id))?;
    }
    row.lot = lot;
    row.serial = serial;
    row.udi = udi;
    row.expires_on = expires_on.map(|day| i64::from(day.0));
    Ok(())
}

/// The entry of a correction, field by field.
fn edited(ctx: &Ctx, before: &UnitRow, after: &UnitRow) -> crate::journal::Draft {
    let mut entry = ctx.entry("unit_edited").subject(before.id);
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let day = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    let place = |id: Option<Uuid>| id.map(|id| domain::id::PlaceId::from_uuid(id).to_string());
    let id = before.id;
    entry.change(id, "lot", text(&before.lot), text(&after.lot));
    entry.change(id, "serial", text(&before.serial), text(&after.serial));
    entry.change(id, "udi", text(&before.udi), text(&after.udi));
    entry.change(id, "expires_on", day(before.expires_on), day(after.expires_on));
    entry.change(id, "place_id", place(before.place_id), place(after.place_id));
    entry.change(id, "due_back_on", day(before.due_back_on), day(after.due_back_on));
    entry.change(id, "reusable", Some(before.reusable.to_string()), Some(after.reusable.to_string()));
    entry.change(id, "tags", Some(before.tags.clone()), Some(after.tags.clone()));
    entry.change(id, "note", text(&before.note), text(&after.note));
    entry
}

/// One step of one unit: the row locked inside reach, the permission asked, the rule obeyed, the movement kept.
pub(crate) fn step(
    ctx: &Ctx,
    tx: &mut Tx,
    id: UnitId,
    permission: Permission,
    kind: &'static str,
    reason: &str,
    decide: impl FnOnce(&mut Tx, &UnitRow, &mut domain::stock::Unit, &mut Extras) -> Result<()>,
) -> Result<Unit> {
    let (row, level) = lock(ctx, tx, id)?;
    must_act(ctx, level)?;
    ctx.require(permission)?;
    ctx.check_version(row.version, || Ok(view(row.clone())))?;
    let (mut after, mut extras) = (row.facts(), Extras::default());
    decide(tx, &row, &mut after, &mut extras)?;
    let mut entry = ctx.entry(kind).reason(reason).subject(row.custodian_id);
    let word = |status: Option<domain::hold::HoldStatus>| status.map(|it| it.as_str().to_owned());
    let before_word = crate::holds::status(&row);
    let after_word =
        after.on_hold.then(|| extras.hold_status.or(before_word).unwrap_or(domain::hold::HoldStatus::Review));
    if before_word != after_word {
        entry = entry.subject(row.id);
        entry.change(row.id, "hold_status", word(before_word), word(after_word));
    }
    if after.container != row.facts().container {
        let printed = |id: Option<UnitId>| id.map(|id| id.to_string());
        entry = entry.subject(row.id);
        entry.change(row.id, "container_id", printed(row.facts().container), printed(after.container));
    }
    entry.movement(store::stock::move_unit(tx, ctx.org(), &row, &after, &extras, ctx.now.0)?);
    entry.append(ctx, tx)?;
    get(ctx, tx, id)
}

/// Puts a unit on hold for review: nobody uses or moves it until the office releases it. Other words are said in
/// [`crate::holds::hold`].
pub fn hold(ctx: &Ctx, tx: &mut Tx, id: UnitId, reason: Option<String>) -> Result<Unit> {
    crate::holds::hold(ctx, tx, id, &contract::units::HoldReason { status: None, reason })
}

/// Releases a unit from hold.
pub fn release(ctx: &Ctx, tx: &mut Tx, id: UnitId, reason: Option<String>) -> Result<Unit> {
    crate::holds::release(ctx, tx, id, reason)
}

/// Takes a unit off the books.
pub fn deactivate(ctx: &Ctx, tx: &mut Tx, id: UnitId, reason: &str) -> Result<Unit> {
    let reason = labels::reason(reason)?;
    step(ctx, tx, id, Permission::AdjustInventory, "unit_deactivated", &reason, |tx, row, after, extras| {
        row.facts().may_be_deactivated()?;
        crate::packs::no_part(ctx, tx, &[row])?;
        if after.kind != UnitKind::Device && !store::stock::contents(tx, ctx.org(), row.id)?.is_empty() {
            let message = "There is something in it. Take it out before deactivating what it lies in.";
            return Err(Error::conflict("container_not_empty", message));
        }
        after.active = false;
        after.on_hold = false;
        after.container = None;
        extras.deactivated_reason = Some(reason.clone());
        Ok(())
    })
}

/// Kinds of entries whose deactivation was a hand's doing and can be taken back by hand.
const UNDONE_BY_HAND: &[&str] = &["unit_deactivated"];

/// Brings a unit back that was deactivated by mistake. What an event took is brought back by correcting the event.
pub fn reactivate(ctx: &Ctx, tx: &mut Tx, id: UnitId, reason: &str) -> Result<Unit> {
    let reason = labels::reason(reason)?;
    step(ctx, tx, id, Permission::AdjustInventory, "unit_reactivated", &reason, |tx, row, after, _| {
        if row.active {
            return Err(Error::conflict("unit_active", "This unit is active already."));
        }
        let last = store::journal::by_unit(tx, ctx.org(), row.id, None, 1)?;
        if !last.iter().all(|entry| UNDONE_BY_HAND.contains(&entry.kind.as_str())) {
            let message =
                "This unit was not deactivated by hand: an event took it. Amend, reopen or reverse that event instead.";
            return Err(Error::conflict("unit_left_by_event", message));
        }
        free_serial(ctx, tx, row.catalog_item_id, &identifier_key(&row.serial), Some(row.id))?;
        after.active = true;
        Ok(())
    })
}

/// A unit as it was at one moment, from the journal.
pub fn as_of(ctx: &Ctx, tx: &mut Tx, id: UnitId, at: Instant) -> Result<UnitAsOf> {
    let row = look(ctx, tx, id)?;
    let step = store::stock::step_at(tx, ctx.org(), row.id, at.0)?.ok_or_else(Error::not_found)?;
    let now = view(row);
    let mut then = UnitAsOf {
        id,
        at,
        custodian: Names::default().custodian(ctx, tx, step.custodian_id)?,
        state: UnitState::from_stored(step.state),
        facility_stock_location_id: step.location_id.map(Id::from_uuid),
        lot: now.lot,
        serial: now.serial,
        udi: now.udi,
        expires_on: now.expires_on,
        place_id: now.place_id,
        container_id: now.container_id,
        reusable: now.reusable,
        due_back_on: now.due_back_on,
        tags: now.tags,
        note: now.note,
        seq: step.seq,
        since: Instant(step.at),
        entry_id: Id::from_uuid(step.entry_id),
    };
    for change in store::stock::changes_after(tx, ctx.org(), id.uuid(), at.0)? {
        undo(&mut then, &change.field, change.old);
    }
    Ok(then)
}

/// Takes one later change back.
fn undo(then: &mut UnitAsOf, field: &str, old: Option<String>) {
    let day = |old: &Option<String>| old.as_deref().and_then(Day::parse);
    match field {
        "lot" => then.lot = old,
        "serial" => then.serial = old,
        "udi" => then.udi = old,
        "expires_on" => then.expires_on = day(&old),
        "place_id" => then.place_id = old.and_then(|text| text.parse().ok()),
        "container_id" => then.container_id = old.and_then(|text| text.parse().ok()),
        "due_back_on" => then.due_back_on = day(&old),
        "reusable" => then.reusable = old.as_deref() == Some("true"),
        "tags" => then.tags = labels::shown_tags(old.as_deref().unwrap_or("[]")),
        "note" => then.note = old.unwrap_or_default(),
        _ => {}
    }
}

/// What lies in a container or a pack, in the order of ids.
pub fn contents(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<Items<Unit>> {
    let row = look(ctx, tx, id)?;
    if row.facts().kind == UnitKind::Device {
        return Err(Error::conflict("not_a_container", "This unit is no container."));
    }
    let inside = store::stock::contents(tx, ctx.org(), row.id)?;
    let mut items: Vec<Unit> = store::stock::units(tx, ctx.org(), &inside)?.into_iter().map(view).collect();
    freeze::mark(ctx, tx, &mut items)?;
    Ok(Items { items })
}

/// Puts units into a container and takes others out.
pub fn change_contents(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &ChangeContents) -> Result<Items<Unit>> {
    let org = ctx.org();
    let add = indexed("add", &body.add)?;
    let remove = indexed("remove", &body.remove)?;
    if let Some((unit, place)) = add.iter().find(|(unit, _)| remove.contains_key(*unit)) {
        let _ = unit;
        return Err(Error::field(
            format!("add[{place}]"),
            "repeated",
            "This unit is to be put in and taken out at once.",
        ));
    }
    // One order for every lock, the container among them.
    let ids: BTreeSet<Uuid> = add.keys().chain(remove.keys()).copied().chain([id.uuid()]).collect();
    let mut rows = BTreeMap::new();
    for unit in ids {
        if let Some(row) = store::stock::lock_unit(tx, org, unit)? {
            rows.insert(unit, row);
        }
    }
    let container = rows.remove(&id.uuid()).ok_or_else(Error::not_found)?;
    let reached = level(ctx, tx, container.facts().custodian)?;
    if reached < Level::See {
        return Err(Error::not_found());
    }
    must_act(ctx, reached)?;
    ctx.require(Permission::EditInventory)?;
    ctx.check_version(container.version, || Ok(view(container.clone())))?;
    takes_contents(&container)?;
    let mut entry = ctx.entry("container_changed").subject(container.id);
    let printed = |id: Option<Uuid>| id.map(|id| UnitId::from_uuid(id).to_string());
    for (unit, place) in &remove {
        let field = format!("remove[{place}]");
        let row = rows.get(unit).filter(|row| row.facts().custodian == container.facts().custodian);
        let row = row.ok_or_else(|| Error::unknown(field))?;
        if row.container_id != Some(container.id) {
            return Err(Error::conflict("unit_not_in_container", "One of these units does not lie in this container."));
        }
        store::stock::set_container(tx, org, row.id, None)?;
        entry.change(row.id, "container_id", printed(row.container_id), None);
        entry = entry.subject(row.id);
    }
    for (unit, place) in &add {
        let field = format!("add[{place}]");
        let row = rows.get(unit).ok_or_else(|| Error::unknown(field.clone()))?;
        if row.facts().custodian != container.facts().custodian {
            let reached = level(ctx, tx, row.facts().custodian)?;
            if reached < Level::See {
                return Err(Error::unknown(field));
            }
            let message = "A unit in a container has the container's custodian. Transfer it there first.";
            return Err(Error::conflict("unit_not_with_custodian", message));
        }
        may_be_packed(row)?;
        store::stock::set_container(tx, org, row.id, Some(container.id))?;
        entry.change(row.id, "container_id", None, printed(Some(container.id)));
        entry = entry.subject(row.id);
    }
    let added: Vec<Uuid> = add.keys().copied().collect();
    let rows: Vec<&UnitRow> = added.iter().filter_map(|id| rows.get(id)).collect();
    crate::packs::no_nesting(ctx, tx, &rows)?;
    freeze::refuse(ctx, tx, &added, "put into a container", None)?;
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    contents(ctx, tx, id)
}

fn may_be_packed(row: &UnitRow) -> Result<()> {
    let facts = row.facts();
    if facts.kind == UnitKind::Container {
        return Err(no_nesting());
    }
    if facts.container.is_some() {
        let message = "One of these units lies in a container already. Take it out there first.";
        return Err(Error::conflict("unit_in_container", message));
    }
    // Whatever may be sent may be packed: it is here, not on hold, and not sold.
    facts.may_be_sent()?;
    Ok(())
}

/// The place of each id in its list; 422 for one that is there twice.
pub(crate) fn indexed(field: &str, ids: &[UnitId]) -> Result<BTreeMap<Uuid, usize>> {
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Give at most {} units.", limits::ROWS_PER_REQUEST);
        return Err(Error::field(field, "too_many", message));
    }
    let mut places = BTreeMap::new();
    for (place, id) in ids.iter().enumerate() {
        if places.insert(id.uuid(), place).is_some() {
            return Err(Error::field(format!("{field}[{place}]"), "repeated", "This unit is in the list twice."));
        }
    }
    Ok(places)
}

/// Gives facility stock another custodian: an entry, never a sale.
pub fn reassign(ctx: &Ctx, tx: &mut Tx, body: &ReassignFacilityStock) -> Result<Items<Unit>> {
    ctx.require(Permission::ReassignFacilityStock)?;
    let org = ctx.org();
    let reason = labels::reason(&body.reason)?;
    let places = indexed("unit_ids", &body.unit_ids)?;
    if places.is_empty() {
        return Err(Error::field("unit_ids", "required", "Name at least one unit."));
    }
    let to = holder(ctx, tx, "to_user_id", Custodian::user(body.to_user_id).into())?;
    must_reach(ctx, tx, "to_user_id", to.custodian)?;
    let asked: Vec<Uuid> = places.keys().copied().collect();
    // What lies in a pack goes with it.
    let all = crate::packs::with_contents(ctx, tx, &asked)?;
    let rows = store::custody::lock_units(tx, org, &all)?;
    let found: HashMap<Uuid, &UnitRow> = rows.iter().map(|row| (row.id, row)).collect();
    let mut reached: HashSet<Uuid> = HashSet::new();
    for (unit, place) in &places {
        let field = format!("unit_ids[{place}]");
        let row = found.get(unit).ok_or_else(|| Error::unknown(field.clone()))?;
        if !reached.contains(&row.custodian_id) {
            must_reach(ctx, tx, &field, row.facts().custodian)?;
            reached.insert(row.custodian_id);
        }
        row.facts().may_be_reassigned()?;
        if row.facts().custodian == to.custodian {
            let message = format!("{} answers for one of these units already.", to.name);
            return Err(Error::conflict("already_custodian", message));
        }
    }
    crate::packs::whole(ctx, tx, &rows)?;
    freeze::refuse_rows(ctx, tx, &rows, "given to somebody else", Some(to.custodian))?;
    let mut entry = ctx.entry("facility_stock_reassigned").reason(&reason).subject(to.custodian.id);
    let givers: BTreeSet<Uuid> = rows.iter().map(|row| row.custodian_id).collect();
    for giver in &givers {
        entry = entry.subject(*giver);
    }
    let steps: Vec<store::custody::Step<'_>> = rows
        .iter()
        .map(|before| {
            let mut after = before.facts();
            after.custodian = to.custodian;
            store::custody::Step { before, after, extras: Extras::default() }
        })
        .collect();
    for movement in store::custody::move_units(tx, org, &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    entry.append(ctx, tx)?;
    assign(ctx, tx, to.custodian, rows.iter().map(|row| row.manufacturer_id).collect::<BTreeSet<_>>())?;
    let count = rows.len();
    let what = if count == 1 { "1 unit".to_owned() } else { format!("{count} units") };
    let gave = format!("{} made you answer for {what} of facility stock.", ctx.actor.name);
    notify(ctx, tx, to.custodian.id, "facility_stock_reassigned", body.unit_ids[0].uuid(), &gave)?;
    for giver in givers {
        let took = format!("{} gave {what} of your facility stock to {}.", ctx.actor.name, to.name);
        notify(ctx, tx, giver, "facility_stock_reassigned", body.unit_ids[0].uuid(), &took)?;
    }
    let mut known: HashMap<Uuid, UnitRow> =
        store::stock::units(tx, org, &asked)?.into_iter().map(|row| (row.id, row)).collect();
    let mut items: Vec<Unit> = body.unit_ids.iter().filter_map(|id| known.remove(&id.uuid())).map(view).collect();
    freeze::mark(ctx, tx, &mut items)?;
    Ok(Items { items })
}

/// Tells somebody, unless it is whoever did it.
pub(crate) fn notify(ctx: &Ctx, tx: &mut Tx, user: Uuid, kind: &str, subject: Uuid, sentence: &str) -> Result<()> {
    if user != ctx.actor.id.uuid() && user != ctx.org() {
        let id = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), user, id, kind, subject, sentence, ctx.now.0)?;
    }
    Ok(())
}

/// Whether somebody may mark a unit of this custodian in an event of this representative.
pub(crate) fn may_use_in_event(ctx: &Ctx, tx: &mut Tx, custodian: Custodian, representative: UserId) -> Result<bool> {
    if custodian == Custodian::user(representative) {
        return Ok(true);
    }
    if custodian.kind != CustodianType::User {
        return Ok(false);
    }
    let shares = store::people::shares_with(tx, ctx.org(), custodian.id, representative.uuid())?;
    let pools = store::pools::of_member(tx, ctx.org(), representative.uuid())?;
    Ok(shares || pools.iter().any(|(holder, _)| *holder == custodian.id))
}

/// A tag as it is found.
pub(crate) fn tag_key(tag: &str) -> String {
    fold(tag)
}
