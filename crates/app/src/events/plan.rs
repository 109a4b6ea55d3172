//! Planning: making, changing, calling off and copying events; booking containers.

use super::{
    Usability, bare_facts, index, kind, managed, name_other, number, prices, products, recount, save, view, writable,
};
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::events::{CopyEvent, CreateEvent, Event, PatchEvent, SubRepresentative, SubRepresentativeRef};
use domain::clock::{Day, Instant};
use domain::event::lifecycle::{self, EventFacts};
use domain::event::{EventStatus, EventType, auto_name, event_day};
use domain::id::{EventId, Id, LocationId, ManufacturerId, PhysicianId, ProcedureId, UnitId, UserId};
use domain::limits;
use domain::people::{Level, Permission, Role};
use domain::stock::{UnitKind, UnitState};
use domain::text::TextProblem;
use sha2::{Digest, Sha256};
use store::Tx;
use store::custody::{Step, lock_units, lock_units_of_event, move_units};
use store::events::{EventRow, PlaceRow};
use store::people::UserRow;
use store::stock::{Extras, UnitRow};
use uuid::Uuid;

/// Events are at most this long, in days.
pub const LONGEST_DAYS: i64 = 92;
const DAY_MICROS: i64 = 86_400_000_000;
const TWO_HOURS: i64 = 7_200;

/// A text that a person typed, or what is wrong with it.
pub(crate) fn typed<T>(field: &str, text: Result<T, TextProblem>) -> Result<T> {
    text.map_err(|problem| Error::field(field, problem.code(), format!("The text {problem}.")))
}

/// Who is to be the representative: themselves unless somebody else in reach is named.
pub(crate) fn representative(ctx: &Ctx, tx: &mut Tx, kind: EventType, given: Option<UserId>) -> Result<UserRow> {
    const FIELD: &str = "representative_id";
    let id = match given {
        Some(id) => id,
        None if ctx.actor.role.holds_stock() => ctx.principal(),
        None => {
            let message = "Say who represents this event: a sales, distributor or facility manager account.";
            return Err(Error::field(FIELD, "required", message));
        }
    };
    let person = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(FIELD))?;
    if store::reach::of(tx, ctx.viewer(), person.id)?.person < Level::Act {
        return Err(Error::unknown(FIELD));
    }
    let holds = Role::parse(&person.role).is_some_and(Role::holds_stock) && person.delegate_of.is_none();
    if !holds {
        let message = "An event draws on its representative's stock, and this account holds none. Name a sales, distributor \
            or facility manager account.";
        return Err(Error::field(FIELD, "role_cannot_hold_stock", message));
    }
    if !person.active {
        return Err(Error::field(
            FIELD,
            "representative_inactive",
            "This account was deactivated. Name somebody else.",
        ));
    }
    if person.custodian_only && !(kind == EventType::StockingOrder && ctx.actor.role.is_office()) {
        let message = "This account only pools stock. The office may sell from it by a stocking order; nothing else.";
        return Err(Error::field(FIELD, "custodian_only", message));
    }
    Ok(person)
}

/// A location that the actor reaches.
pub(crate) fn place(ctx: &Ctx, tx: &mut Tx, field: &str, id: LocationId) -> Result<PlaceRow> {
    let row = store::events::place(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(field))?;
    if !store::directory::sees_location(tx, ctx.viewer(), row.id)? {
        return Err(Error::unknown(field));
    }
    if row.archived_at.is_some() {
        return Err(Error::field(
            field,
            "archived",
            "This location, or its customer, was archived. Choose another one, or bring it back.",
        ));
    }
    Ok(row)
}

/// A physician whom the actor reaches.
pub(crate) fn physician(ctx: &Ctx, tx: &mut Tx, field: &str, id: PhysicianId) -> Result<String> {
    let (name, archived) = store::events::physician(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(field))?;
    if !store::directory::sees_physician(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::unknown(field));
    }
    if archived.is_some() {
        return Err(Error::field(field, "archived", "This physician was archived. Choose another one."));
    }
    Ok(name)
}

/// A procedure, one of the physician's where the organisation wants that.
pub(crate) fn procedure(ctx: &Ctx, tx: &mut Tx, field: &str, id: ProcedureId, physician: Option<Uuid>) -> Result<()> {
    let (_, archived) = store::events::procedure(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(field))?;
    if archived.is_some() {
        return Err(Error::field(field, "archived", "This procedure was archived. Choose another one."));
    }
    if let Some(physician) = physician
        && ctx.organization.toggle("limit_procedures_to_physician")
    {
        let known = store::events::procedures_of(tx, ctx.org(), physician)?;
        if !known.is_empty() && !known.contains(&id.uuid()) {
            let message = "This physician does not do this procedure, as far as the directory knows.";
            return Err(Error::field(field, "procedure_not_of_physician", message));
        }
    }
    Ok(())
}

fn manufacturers(ctx: &Ctx, tx: &mut Tx, ids: &[ManufacturerId]) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    if ids.len() > limits::BULK_AT_ONCE {
        return Err(Error::field("manufacturer_ids", "too_many", "These are too many manufacturers."));
    }
    let known = store::events::known_manufacturers(tx, ctx.org(), &ids)?;
    match ids.iter().position(|id| !known.iter().any(|(found, _, _)| found == id)) {
        Some(at) => Err(Error::unknown(format!("manufacturer_ids[{at}]"))),
        None => {
            let mut ids = ids;
            ids.sort_unstable();
            ids.dedup();
            Ok(ids)
        }
    }
}

pub(crate) use store::events::Share;

/// Shares in words, for the journal.
pub(crate) fn share_words(shares: &[Share]) -> Option<String> {
    let one = |share: &Share| match share.split_minor {
        Some(minor) => format!("{} {minor} fixed", UserId::from_uuid(share.user_id)),
        None => format!("{} {}", UserId::from_uuid(share.user_id), share.split_bp.unwrap_or(0)),
    };
    (!shares.is_empty()).then(|| shares.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Those of the people on an event who share its commission.
pub(crate) fn shares_of(people: &[store::events::PersonRow]) -> Vec<Share> {
    people.iter().filter(|it| it.role == "sub").map(store::events::PersonRow::share).collect()
}

/// Colleagues who share the commission: anybody active who could represent an event, and whoever shares it already; they need not be
/// in reach.
pub(crate) fn subs(
    ctx: &Ctx,
    tx: &mut Tx,
    representative: Uuid,
    given: Vec<SubRepresentativeRef>,
    known: &[Share],
) -> Result<Vec<Share>> {
    const FIELD: &str = "sub_representatives";
    let given: Vec<SubRepresentative> = given.into_iter().map(Into::into).collect();
    if given.len() > 10 {
        return Err(Error::field(FIELD, "too_many", "At most ten people share one event."));
    }
    let mut found: Vec<Share> = Vec::new();
    for (at, sub) in given.iter().enumerate() {
        let field = format!("{FIELD}[{at}].user_id");
        let person = store::people::user(tx, ctx.org(), sub.user_id.uuid())?
            .filter(|person| person.active || known.iter().any(|it| it.user_id == person.id))
            .ok_or_else(|| Error::unknown(field.clone()))?;
        if !Role::parse(&person.role).is_some_and(Role::holds_stock) || person.custodian_only {
            let message = "Only sales, distributor and facility manager accounts share an event.";
            return Err(Error::field(field, "role_cannot_share", message));
        }
        if person.id == representative || found.iter().any(|it| it.user_id == person.id) {
            return Err(Error::field(field, "already_on_event", "This person is on the event already."));
        }
        if sub.split_bp.is_some() && sub.split_minor.is_some() {
            let message = "Say the part as a percentage or as an amount, not both.";
            return Err(Error::field(format!("{FIELD}[{at}].split_minor"), "share_said_twice", message));
        }
        found.push(Share { user_id: person.id, split_bp: sub.split_bp.map(i64::from), split_minor: sub.split_minor });
    }
    let parts: Vec<_> = found.iter().map(crate::billing::part_of).collect();
    domain::commission::check_parts(&parts).map_err(|refusal| Error::field(FIELD, refusal.code, refusal.message))?;
    Ok(found)
}

fn times(row: &mut EventRow, starts: Instant, ends: Option<Instant>, zone: Option<String>) -> Result<()> {
    if let Some(zone) = zone {
        if !domain::clock::is_time_zone(&zone) {
            return Err(Error::field("time_zone", "invalid_value", "Give an IANA time zone such as America/Chicago."));
        }
        row.time_zone = zone;
    }
    row.starts_at = starts.0;
    row.ends_at = ends.unwrap_or(starts.plus_seconds(TWO_HOURS)).0;
    // The calendar library knows the years -9999 to 9999; an event far from now is a slip of the pen.
    if !(0..=4_102_444_800_000_000).contains(&row.starts_at) {
        return Err(Error::field("starts_at", "out_of_range", "Give a moment between 1970 and 2100."));
    }
    if row.ends_at <= row.starts_at {
        return Err(Error::field("ends_at", "ends_before_start", "The event ends before it begins."));
    }
    if row.ends_at - row.starts_at > LONGEST_DAYS * DAY_MICROS {
        let message = format!("An event lasts at most {LONGEST_DAYS} days.");
        return Err(Error::field("ends_at", "too_long", message));
    }
    row.day = i64::from(event_day(starts, &row.time_zone).0);
    Ok(())
}

/// Gives an event without a name of its own one that follows day, physician and location.
fn rename(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow) -> Result<()> {
    if row.name_auto {
        let place = match row.location_id {
            Some(id) => store::events::place(tx, ctx.org(), id)?.map(|place| place.name),
            None => None,
        };
        let physician = match row.physician_id {
            Some(id) => store::events::physician(tx, ctx.org(), id)?.map(|(name, _)| name),
            None => None,
        };
        row.name = auto_name(kind(row)?, Day(row.day as i32), physician.as_deref(), place.as_deref());
    }
    Ok(())
}

/// Books containers for an event: those of the list, nothing else.
fn book(ctx: &Ctx, tx: &mut Tx, row: &EventRow, ids: &[UnitId], before: &[Uuid]) -> Result<Vec<Uuid>> {
    if ids.len() > limits::BULK_AT_ONCE {
        return Err(Error::field("container_ids", "too_many", "These are too many containers for one event."));
    }
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let units = lock_units(tx, ctx.org(), &wanted)?;
    let usability = Usability::of(ctx, tx, row)?;
    for (at, id) in wanted.iter().enumerate() {
        let field = format!("container_ids[{at}]");
        let unit = units.iter().find(|unit| unit.id == *id).ok_or_else(|| Error::unknown(field.clone()))?;
        if before.contains(id) {
            continue;
        }
        if !reaches_custody(ctx, tx, unit)? {
            return Err(Error::unknown(field));
        }
        let facts = unit.facts();
        if facts.kind != UnitKind::Container {
            return Err(Error::field(field, "not_a_container", "Only containers are booked. Mark devices as lines."));
        }
        let state = facts.state();
        if !matches!(state, UnitState::Available | UnitState::InEvent) {
            let code = match state {
                UnitState::InTransfer => "unit_in_transfer",
                UnitState::OnHold => "unit_on_hold",
                _ => "unit_inactive",
            };
            let message = format!("This container is {}, so it cannot be booked.", state.label().to_lowercase());
            return Err(Error::conflict(code, message));
        }
        usability.check(&facts)?;
    }
    let new: Vec<Uuid> = wanted.iter().copied().filter(|id| !before.contains(id)).collect();
    crate::recalls::freeze::refuse(ctx, tx, &new, "booked", None)?;
    free_containers(ctx, tx, row, &wanted)?;
    Ok(units.into_iter().map(|unit| unit.id).collect())
}

fn free_containers(ctx: &Ctx, tx: &mut Tx, row: &EventRow, ids: &[Uuid]) -> Result<()> {
    if let Some(busy) = store::events::busy_containers(tx, ctx.org(), row, ids)?.first() {
        let other = name_other(ctx, tx, busy)?;
        let message =
            format!("A container is booked for {other} at that time. Take another one, or move one of the events.");
        return Err(Error::conflict("container_booked", message));
    }
    Ok(())
}

/// Whether the actor may use what the custodian of a unit answers for.
pub(crate) fn reaches_custody(ctx: &Ctx, tx: &mut Tx, unit: &UnitRow) -> Result<bool> {
    let viewer = ctx.viewer();
    Ok(viewer.office
        || (unit.custodian_type == "user" && store::reach::of(tx, viewer, unit.custodian_id)?.custody >= Level::Use))
}

/// Makes an event.
pub fn create(ctx: &Ctx, tx: &mut Tx, new: CreateEvent) -> Result<Event> {
    ctx.require(Permission::ManageEvents)?;
    if new.r#type == EventType::StockAdjustment {
        ctx.require(Permission::AdjustInventory)?;
    }
    super::types::may_begin(ctx, new.r#type)?;
    let person = representative(ctx, tx, new.r#type, new.representative_id)?;
    let location = new.location_id.map(|id| place(ctx, tx, "location_id", id)).transpose()?;
    if ctx.actor.role == Role::FacilityManager && location.is_none() {
        return Err(Error::field("location_id", "required", "Choose one of the locations that are assigned to you."));
    }
    if let Some(id) = new.physician_id {
        physician(ctx, tx, "physician_id", id)?;
    }
    if let Some(id) = new.procedure_id {
        procedure(ctx, tx, "procedure_id", id, new.physician_id.map(|id| id.uuid()))?;
    }
    let subs = subs(ctx, tx, person.id, new.sub_representatives, &[])?;
    let manufacturers = manufacturers(ctx, tx, &new.manufacturer_ids)?;
    let expected = products::Expected::of(ctx, tx, manufacturers, &new.product_line_ids, &[])?;
    let name =
        typed("name", domain::text::clean_optional(Some(&new.name), limits::NAME_MAX).map(Option::unwrap_or_default))?;
    let zone = location.as_ref().map(|place| place.time_zone.clone());
    let mut row = EventRow {
        id: ctx.id::<domain::id::Event>().uuid(),
        number: 0,
        r#type: new.r#type.as_str().into(),
        status: EventStatus::Open.as_str().into(),
        name_auto: name.is_empty(),
        name,
        representative_id: person.id,
        location_id: location.as_ref().map(|place| place.id),
        customer_id: location.as_ref().map(|place| place.customer_id),
        physician_id: new.physician_id.map(|id| id.uuid()),
        procedure_id: new.procedure_id.map(|id| id.uuid()),
        starts_at: 0,
        ends_at: 0,
        time_zone: zone.unwrap_or_else(|| ctx.organization.time_zone.clone()),
        day: 0,
        patient_reference: patient(&new.patient_reference)?,
        note: typed("note", domain::text::clean_note(&new.note, limits::NOTE_MAX))?,
        facility_stock: false,
        total_minor: 0,
        lines_count: 0,
        prices_edited: false,
        revision: 0,
        submitted_at: None,
        submitted_by: None,
        hold_released: false,
        closed_reason: String::new(),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        updated_at: ctx.now.0,
        version: 1,
        processed_at: None,
        print_note: typed("print_note", domain::text::clean_note(&new.print_note, limits::NOTE_MAX))?,
    };
    times(&mut row, new.starts_at, new.ends_at, new.time_zone)?;
    rename(ctx, tx, &mut row)?;
    let containers = book(ctx, tx, &row, &new.container_ids, &[])?;
    insert(ctx, tx, row, &subs, &expected, &containers)
}

fn patient(text: &str) -> Result<String> {
    let cleaned = domain::text::clean_optional(Some(text), limits::PATIENT_REFERENCE_MAX);
    typed("patient_reference", cleaned.map(Option::unwrap_or_default))
}

fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    mut row: EventRow,
    subs: &[Share],
    expected: &products::Expected,
    containers: &[Uuid],
) -> Result<Event> {
    row.number = store::engine::next_number(tx, ctx.org(), "event")?;
    store::events::insert_event(tx, ctx.org(), &row)?;
    store::events::set_people(tx, ctx.org(), &row, subs)?;
    expected.save(ctx, tx, row.id)?;
    store::events::set_containers(tx, ctx.org(), &row, containers)?;
    index(ctx, tx, &row)?;
    let mut entry = ctx.entry("event_created").subject(row.id);
    entry.change(row.id, "status", None, Some(row.status.clone()));
    entry.change(row.id, "representative_id", None, Some(UserId::from_uuid(row.representative_id).to_string()));
    entry.append(ctx, tx)?;
    let sentence = format!("{} was planned for you: {}.", number(row.number), row.name);
    super::notify(ctx, tx, row.representative_id, "event_created", &row, &sentence)?;
    let sentence = format!("{} planned {}: {}.", ctx.actor.name, number(row.number), row.name);
    super::notify_office(ctx, tx, "event_planned", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// Changes an open event.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: EventId, change: PatchEvent) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let old = row.clone();
    let booked = store::events::containers(tx, ctx.org(), row.id)?;
    let mut people_changed = false;
    if let Some(id) = change.representative_id.filter(|id| id.uuid() != row.representative_id) {
        let person = representative(ctx, tx, kind(&row)?, Some(id))?;
        exchangeable(ctx, tx, &row, &booked)?;
        row.representative_id = person.id;
        people_changed = true;
    }
    change_places(ctx, tx, &mut row, &change)?;
    if let Some(name) = &change.name {
        let name = typed("name", domain::text::clean_optional(Some(name), limits::NAME_MAX))?;
        row.name_auto = name.is_none();
        row.name = name.unwrap_or_default();
    }
    if let Some(text) = &change.patient_reference {
        row.patient_reference = patient(text)?;
    }
    if let Some(text) = &change.note {
        row.note = typed("note", domain::text::clean_note(text, limits::NOTE_MAX))?;
    }
    if let Some(text) = &change.print_note {
        row.print_note = typed("print_note", domain::text::clean_note(text, limits::NOTE_MAX))?;
    }
    let starts = change.starts_at.unwrap_or(Instant(row.starts_at));
    let ends = change.ends_at.unwrap_or(Instant(starts.0 + (old.ends_at - old.starts_at)));
    times(&mut row, starts, Some(ends), change.time_zone.clone())?;
    rename(ctx, tx, &mut row)?;
    rebook(ctx, tx, &old, &row, change.container_ids.as_deref(), &booked)?;
    let people = store::events::people(tx, ctx.org(), row.id)?;
    let kept = people.iter().filter(|person| person.role == "sub" && person.user_id != row.representative_id);
    let mut shares: Vec<Share> = kept.map(store::events::PersonRow::share).collect();
    if let Some(given) = change.sub_representatives {
        shares = subs(ctx, tx, row.representative_id, given, &shares_of(&people))?;
        people_changed = true;
    }
    if people_changed || row.starts_at != old.starts_at {
        store::events::set_people(tx, ctx.org(), &row, &shares)?;
    }
    let before = products::Expected::now(ctx, tx, row.id)?;
    let mut expected = before.clone();
    if change.manufacturer_ids.is_some() || change.product_line_ids.is_some() {
        let makers = match &change.manufacturer_ids {
            Some(given) => manufacturers(ctx, tx, given)?,
            None => before.manufacturers.clone(),
        };
        let lines = change.product_line_ids.unwrap_or_else(|| before.line_ids());
        expected = products::Expected::of(ctx, tx, makers, &lines, &before.product_lines)?;
        expected.save(ctx, tx, row.id)?;
    }
    if row.location_id != old.location_id || row.day != old.day {
        reprice(ctx, tx, &row)?;
    }
    if row.starts_at != old.starts_at {
        store::coverage::needs::follow(tx, ctx.org(), row.id, row.starts_at)?;
    }
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    if row.name != old.name {
        index(ctx, tx, &row)?;
    }
    let mut entry = ctx.entry("event_changed").subject(row.id);
    field_changes(&mut entry, &old, &row);
    entry.change(row.id, "sub_representatives", share_words(&shares_of(&people)), share_words(&shares));
    before.changes(&expected, &mut entry, row.id);
    entry.append(ctx, tx)?;
    if row.representative_id != old.representative_id {
        let sentence = format!("{} is yours now: {}.", number(row.number), row.name);
        super::notify(ctx, tx, row.representative_id, "event_assigned", &row, &sentence)?;
    } else if row.starts_at != old.starts_at {
        tell_of_move(ctx, tx, &row, &old)?;
    }
    view(ctx, tx, row.id)
}

/// Tells everybody on an event of its new time.
fn tell_of_move(ctx: &Ctx, tx: &mut Tx, row: &EventRow, old: &EventRow) -> Result<()> {
    let when = |row: &EventRow| Instant(row.starts_at).local(&row.time_zone);
    let sentence = format!("{} was moved from {} to {}: {}.", number(row.number), when(old), when(row), row.name);
    for person in store::events::people(tx, ctx.org(), row.id)? {
        super::notify(ctx, tx, person.user_id, "event_moved", row, &sentence)?;
    }
    Ok(())
}

/// 409 once units or containers are on the event.
fn exchangeable(ctx: &Ctx, tx: &mut Tx, row: &EventRow, booked: &[Uuid]) -> Result<()> {
    let (lines, _, _) = store::events::sums(tx, ctx.org(), row.id)?;
    let facts = EventFacts { has_containers: !booked.is_empty() || lines > 0, ..bare_facts(row)? };
    lifecycle::change_representative(&facts)?;
    Ok(())
}

fn change_places(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow, change: &PatchEvent) -> Result<()> {
    match change.location_id {
        Patch::Leave => {}
        Patch::Clear if ctx.actor.role == Role::FacilityManager => {
            return Err(Error::field(
                "location_id",
                "required",
                "Choose one of the locations that are assigned to you.",
            ));
        }
        Patch::Clear => (row.location_id, row.customer_id) = (None, None),
        Patch::Set(id) if Some(id.uuid()) == row.location_id => {}
        Patch::Set(id) => {
            let place = place(ctx, tx, "location_id", id)?;
            (row.location_id, row.customer_id) = (Some(place.id), Some(place.customer_id));
            row.time_zone = place.time_zone;
        }
    }
    match change.physician_id {
        Patch::Leave => {}
        Patch::Clear => row.physician_id = None,
        Patch::Set(id) => {
            if Some(id.uuid()) != row.physician_id {
                physician(ctx, tx, "physician_id", id)?;
            }
            row.physician_id = Some(id.uuid());
        }
    }
    match change.procedure_id {
        Patch::Leave => {}
        Patch::Clear => row.procedure_id = None,
        Patch::Set(id) => {
            procedure(ctx, tx, "procedure_id", id, row.physician_id)?;
            row.procedure_id = Some(id.uuid());
        }
    }
    let lines = store::events::lines(tx, ctx.org(), row.id)?;
    if lines.iter().any(|line| line.facility_stock && line.shelf_location_id != row.location_id) {
        let message = "Facility stock of the old location is on this event. Take it off before the location changes.";
        return Err(Error::conflict("facility_stock_elsewhere", message));
    }
    Ok(())
}

/// Containers and reusable units follow the time of the event, or hold it back.
fn rebook(
    ctx: &Ctx,
    tx: &mut Tx,
    old: &EventRow,
    row: &EventRow,
    wanted: Option<&[UnitId]>,
    booked: &[Uuid],
) -> Result<()> {
    let moved = (row.starts_at, row.ends_at) != (old.starts_at, old.ends_at);
    if let Some(ids) = wanted {
        let containers = book(ctx, tx, row, ids, booked)?;
        store::events::set_containers(tx, ctx.org(), row, &containers)?;
    } else if moved && !booked.is_empty() {
        lock_units(tx, ctx.org(), booked)?;
        free_containers(ctx, tx, row, booked)?;
        store::events::set_containers(tx, ctx.org(), row, booked)?;
    }
    if moved {
        let lines = store::events::lines(tx, ctx.org(), row.id)?;
        let reusable: Vec<Uuid> = lines.iter().filter(|line| line.reusable).map(|line| line.unit_id).collect();
        lock_units(tx, ctx.org(), &reusable)?;
        if let Some(busy) = store::events::busy_units(tx, ctx.org(), row, &reusable)?.first() {
            let other = name_other(ctx, tx, busy)?;
            let message = format!("A reusable unit of this event is wanted for {other} at that time.");
            return Err(Error::conflict("unit_on_other_event", message));
        }
    }
    Ok(())
}

/// Prices that nobody typed follow location and day.
pub(crate) fn reprice(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    let mut lines = store::events::lines(tx, ctx.org(), row.id)?;
    for line in reprice_lines(ctx, tx, row, &mut lines)? {
        store::events::save_line(tx, ctx.org(), row.id, &lines[line])?;
    }
    Ok(())
}

/// The same in memory; gives the places of the lines that changed.
pub(crate) fn reprice_lines(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    lines: &mut [store::events::LineRow],
) -> Result<Vec<usize>> {
    let place = match row.location_id {
        Some(id) => store::events::place(tx, ctx.org(), id)?,
        None => None,
    };
    let mut ids: Vec<Uuid> = lines.iter().map(|line| line.catalog_item_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let items = store::events::items(tx, ctx.org(), &ids)?;
    let resolved = prices(ctx, tx, place.as_ref(), Day(row.day as i32), &items)?;
    let event_type = kind(row)?;
    let mut changed = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let now = super::money(line);
        let found = resolved.get(&line.catalog_item_id).copied().unwrap_or(domain::pricing::Price::NONE);
        let price = domain::pricing::line_price(event_type, now.usage, line.facility_stock, found, Some(now.price));
        if price != now.price {
            super::lines::set_price(event_type, line, price);
            changed.push(at);
        }
    }
    Ok(changed)
}

/// Tells the journal which fields changed. What refers to a patient stands there only as a digest.
pub(crate) fn field_changes(entry: &mut crate::journal::Draft, old: &EventRow, new: &EventRow) {
    let id = new.id;
    let mut text =
        |field: &str, old: &str, new: &str| entry.change(id, field, Some(old.to_owned()), Some(new.to_owned()));
    text("name", &old.name, &new.name);
    text("note", &old.note, &new.note);
    text("print_note", &old.print_note, &new.print_note);
    text("time_zone", &old.time_zone, &new.time_zone);
    text("starts_at", &Instant(old.starts_at).rfc3339(), &Instant(new.starts_at).rfc3339());
    text("ends_at", &Instant(old.ends_at).rfc3339(), &Instant(new.ends_at).rfc3339());
    text("patient_reference", &digest(old), &digest(new));
    text("status", &old.status, &new.status);
    let mut person = |field: &str, old: Uuid, new: Uuid| {
        entry.change(id, field, Some(UserId::from_uuid(old).to_string()), Some(UserId::from_uuid(new).to_string()));
    };
    person("representative_id", old.representative_id, new.representative_id);
    fn shown<K: domain::id::Kind>(id: Option<Uuid>) -> Option<String> {
        id.map(|id| Id::<K>::from_uuid(id).to_string())
    }
    type L = domain::id::Location;
    entry.change(id, "location_id", shown::<L>(old.location_id), shown::<L>(new.location_id));
    type P = domain::id::Physician;
    entry.change(id, "physician_id", shown::<P>(old.physician_id), shown::<P>(new.physician_id));
    type O = domain::id::Procedure;
    entry.change(id, "procedure_id", shown::<O>(old.procedure_id), shown::<O>(new.procedure_id));
}

fn digest(row: &EventRow) -> String {
    if row.patient_reference.is_empty() {
        return String::new();
    }
    let mut digest = Sha256::new();
    digest.update(row.id.as_bytes());
    digest.update(row.patient_reference.as_bytes());
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Calls off an open event; its units and containers are free again.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: EventId, reason: &str) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    let next = lifecycle::cancel(&bare_facts(&row)?)?;
    let reason = typed("reason", domain::text::clean_note(reason, limits::REASON_MAX))?;
    let mut entry = ctx.entry("event_cancelled").reason(&reason).subject(row.id);
    let units = lock_units_of_event(tx, ctx.org(), row.id)?;
    let steps: Vec<Step<'_>> = units
        .iter()
        .filter(|unit| unit.event_id == Some(row.id))
        .map(|before| {
            let mut after = before.facts();
            after.event = None;
            Step { before, after, extras: Extras::default() }
        })
        .collect();
    for movement in move_units(tx, ctx.org(), &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    store::events::open_lines(tx, ctx.org(), row.id, false)?;
    store::events::open_containers(tx, ctx.org(), row.id, false)?;
    entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
    row.status = next.as_str().into();
    row.closed_reason = reason;
    save(ctx, tx, &mut row)?;
    entry.append(ctx, tx)?;
    let sentence = format!("{} was cancelled: {}.", number(row.number), row.name);
    super::notify(ctx, tx, row.representative_id, "event_cancelled", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// Makes a new open event from an old one: its people, places, manufacturers and product lines; not its day, name, patient, units, documents.
pub fn copy(ctx: &Ctx, tx: &mut Tx, id: EventId, wish: CopyEvent) -> Result<Event> {
    let old = managed(ctx, tx, id)?;
    let week_later = Instant(old.starts_at + 7 * DAY_MICROS);
    let default = if week_later > ctx.now { week_later } else { ctx.now.plus_seconds(86_400) };
    let starts = wish.starts_at.unwrap_or(default);
    let subs = store::events::people(tx, ctx.org(), old.id)?
        .into_iter()
        .filter(|person| person.role == "sub")
        .map(|person| {
            SubRepresentativeRef::Share(SubRepresentative {
                user_id: Id::from_uuid(person.user_id),
                split_bp: person.split_bp.and_then(|bp| i32::try_from(bp).ok()),
                split_minor: person.split_minor,
            })
        })
        .collect();
    let expected = products::Expected::now(ctx, tx, old.id)?;
    let new = CreateEvent {
        r#type: kind(&old)?,
        name: String::new(),
        representative_id: Some(Id::from_uuid(old.representative_id)),
        sub_representatives: subs,
        location_id: old.location_id.map(Id::from_uuid),
        physician_id: old.physician_id.map(Id::from_uuid),
        procedure_id: old.procedure_id.map(Id::from_uuid),
        starts_at: starts,
        ends_at: Some(Instant(starts.0 + (old.ends_at - old.starts_at))),
        time_zone: Some(old.time_zone.clone()),
        manufacturer_ids: expected.manufacturers.iter().copied().map(Id::from_uuid).collect(),
        product_line_ids: products::in_use(ctx, tx, &expected.product_lines)?,
        container_ids: Vec::new(),
        patient_reference: String::new(),
        note: String::new(),
        print_note: String::new(),
    };
    create(ctx, tx, new)
}

/// Lets a stocking order pass in spite of its customer's billing hold.
pub fn release_hold(ctx: &Ctx, tx: &mut Tx, id: EventId, reason: &str) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageBilling)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    lifecycle::edit(&bare_facts(&row)?)?;
    let place = match row.location_id {
        Some(location) => store::events::place(tx, ctx.org(), location)?,
        None => None,
    };
    let held = match place {
        Some(place) => {
            let status = super::effective_status(ctx, tx, place.customer_id)?;
            status == domain::billing::BillingStatus::Hold.as_str()
        }
        None => false,
    };
    if kind(&row)? != EventType::StockingOrder || !held {
        let message = "Only a stocking order of a customer on a billing hold is released.";
        return Err(Error::conflict("not_on_hold", message));
    }
    let reason = typed("reason", domain::text::clean_note(reason, limits::REASON_MAX))?;
    let mut entry = ctx.entry("billing_hold_released").reason(&reason).subject(row.id);
    entry.change(row.id, "hold_released", Some(row.hold_released.to_string()), Some("true".into()));
    row.hold_released = true;
    save(ctx, tx, &mut row)?;
    entry.append(ctx, tx)?;
    let sentence = format!("The billing hold of {} was released. It can be submitted.", number(row.number));
    super::notify(ctx, tx, row.representative_id, "billing_hold_released", &row, &sentence)?;
    view(ctx, tx, row.id)
}
