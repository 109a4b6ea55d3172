//! Submission, and what comes after it: reopening, amending, reversing. Stock, documents, figures and commission follow in
//! the same unit of work.

use super::lines::{LineChange, apply, line_changes, resolved_of};
use super::plan::{self, field_changes, typed};
use super::{Loaded, index, kind, managed, number, recount, save, status, unit_name, view, writable};
use crate::billing::{self, Standing};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::events::{AmendChanges, AmendEvent, AmendLine, Event, SubRepresentativeRef, SubmitEvent};
use domain::event::lifecycle::{self, EventFacts};
use domain::event::{EventStatus, EventType, Fate, Usage, fate};
use domain::id::{EventId, Id, LocationId, UnitId};
use domain::limits;
use domain::people::Permission;
use domain::pricing::Price;
use std::collections::{HashMap, HashSet};
use store::Tx;
use store::custody::{Step, lock_units_of_event, move_units};
use store::events::{EventRow, LineRow};
use store::stock::{Extras, UnitRow};
use uuid::Uuid;

/// Where a unit is when its event is submitted, or is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whereabouts {
    /// Free with its custodian, or back on the shelf it came from.
    Stock,
    /// Marked on the open event.
    Marked,
    /// Out of stock.
    Gone,
    /// Sold, on the shelf of this location.
    Shelf(Uuid),
}

fn usage(line: &LineRow) -> Usage {
    Usage::parse(&line.usage).unwrap_or(Usage::Used)
}

/// Where a line's unit is once its event is submitted.
fn after_submission(kind: EventType, row: &EventRow, line: &LineRow) -> Whereabouts {
    match (fate(kind, usage(line), line.reusable, row.facility_stock), row.location_id) {
        (Fate::BecomesFacilityStock, Some(location)) => Whereabouts::Shelf(location),
        (Fate::Stays, _) => Whereabouts::Stock,
        _ => Whereabouts::Gone,
    }
}

/// Whether the unit is still where this event left it.
fn is_still(unit: &UnitRow, place: Whereabouts, event: Uuid) -> bool {
    let free = unit.active && unit.transfer_id.is_none() && unit.event_id.is_none();
    match place {
        Whereabouts::Gone => !unit.active,
        Whereabouts::Stock => free,
        Whereabouts::Marked => unit.active && unit.event_id == Some(event),
        Whereabouts::Shelf(location) => {
            free && unit.facility_stock_location_id == Some(location) && unit.sold_event_id == Some(event)
        }
    }
}

/// Why a unit left stock, for its own page.
fn why(kind: EventType, line: &LineRow, row: &EventRow) -> String {
    let what = match kind {
        EventType::Case | EventType::Other | EventType::Trial => usage(line).label(),
        EventType::StockingOrder if matches!(usage(line), Usage::Damaged | Usage::Missing) => usage(line).label(),
        EventType::StockingOrder => "Sold",
        other => other.label(),
    };
    format!("{what} ({})", number(row.number))
}

/// The step that brings a unit where it is to be.
fn step<'a>(kind: EventType, row: &EventRow, line: &LineRow, unit: &'a UnitRow, to: Whereabouts) -> Step<'a> {
    let mut after = unit.facts();
    let mut extras = Extras::default();
    after.active = to != Whereabouts::Gone;
    after.event = (to == Whereabouts::Marked && !line.reusable).then(|| Id::from_uuid(row.id));
    match to {
        Whereabouts::Gone => {
            after.facility_stock = None;
            extras.deactivated_reason = Some(why(kind, line, row));
        }
        Whereabouts::Stock | Whereabouts::Marked => {
            after.facility_stock = line.shelf_location_id.map(LocationId::from_uuid);
            if line.shelf_location_id.is_none() {
                extras.sold_event = Some(None);
            }
        }
        Whereabouts::Shelf(location) => {
            after.facility_stock = Some(LocationId::from_uuid(location));
            // What lies in a pack stays in it.
            if line.pack_line_id.is_none() {
                after.container = None;
            }
            extras.sold_event = Some(Some(row.id));
        }
    }
    Step { before: unit, after, extras }
}

fn by_id(units: &[UnitRow]) -> HashMap<Uuid, &UnitRow> {
    units.iter().map(|unit| (unit.id, unit)).collect()
}

/// What comes back into stock lies in its old container only where that is still with the same custodian, or comes back with it.
fn leave_containers(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, steps: &mut [Step<'_>]) -> Result<()> {
    let back = |step: &Step<'_>| !step.before.active && step.after.active;
    let around: Vec<Uuid> =
        steps.iter().filter(|step| back(step)).filter_map(|step| step.after.container.map(UnitId::uuid)).collect();
    if around.is_empty() {
        return Ok(());
    }
    let together: HashSet<Uuid> = steps.iter().filter(|step| step.after.active).map(|step| step.before.id).collect();
    let here: HashMap<Uuid, UnitRow> =
        store::stock::units(tx, ctx.org(), &around)?.into_iter().map(|row| (row.id, row)).collect();
    for step in steps.iter_mut().filter(|step| back(step)) {
        let Some(container) = step.after.container.filter(|id| !together.contains(&id.uuid())) else { continue };
        let fits = here.get(&container.uuid()).is_some_and(|row| {
            row.active && row.transfer_id.is_none() && row.facts().custodian == step.after.custodian
        });
        if !fits {
            step.after.container = None;
            entry.about(step.before.id);
            entry.change(step.before.id, "container_id", Some(container.to_string()), None);
        }
    }
    Ok(())
}

/// Moves units and tells the journal; steps that change nothing are left out.
fn carry_out(ctx: &Ctx, tx: &mut Tx, entry: &mut Draft, steps: Vec<Step<'_>>) -> Result<()> {
    let mut steps: Vec<Step<'_>> = steps.into_iter().filter(|step| step.after != step.before.facts()).collect();
    leave_containers(ctx, tx, entry, &mut steps)?;
    for movement in move_units(tx, ctx.org(), &steps, ctx.now.0)? {
        entry.movement(movement);
    }
    Ok(())
}

/// Submits an open event: units leave stock or become facility stock, the sales order is issued, commission is accrued, the
/// customer's figures count it.
pub fn submit(ctx: &Ctx, tx: &mut Tx, id: EventId, wish: &SubmitEvent) -> Result<Event> {
    let mut row = managed(ctx, tx, id)?;
    let kind = kind(&row)?;
    if kind == EventType::StockAdjustment {
        ctx.require(Permission::AdjustInventory)?;
    }
    let stocking = kind == EventType::StockingOrder;
    if wish.keep_as_facility_stock == Some(true) && !stocking {
        let message = "Only the units of a stocking order stay on a facility's shelf.";
        return Err(Error::field("keep_as_facility_stock", "not_a_stocking_order", message));
    }
    let units = lock_units_of_event(tx, ctx.org(), row.id)?;
    let mut loaded = Loaded::of(ctx, tx, &row)?;
    loaded.judge(ctx, tx, &row)?;
    loaded.ask_for_pictures(ctx, tx, &row)?;
    super::types::may_be_submitted(ctx, tx, &row, &loaded)?;
    let next = loaded.ask(&row, |facts, _| lifecycle::submit(facts))??;
    let before = row.clone();
    row.facility_stock = stocking && wish.keep_as_facility_stock.unwrap_or(true);
    row.revision += 1;
    row.submitted_at = Some(ctx.now.0);
    row.submitted_by = Some(ctx.actor.id.uuid());
    row.closed_reason = String::new();
    row.total_minor = loaded.totals()?.total.0;
    row.status = next.as_str().into();
    let mut entry = ctx.entry("event_submitted").subject(row.id);
    entry.change(row.id, "status", Some(before.status), Some(row.status.clone()));
    let found = by_id(&units);
    let steps = loaded
        .lines
        .iter()
        .filter_map(|line| found.get(&line.unit_id).map(|unit| (line, *unit)))
        .map(|(line, unit)| step(kind, &row, line, unit, after_submission(kind, &row, line)))
        .collect();
    carry_out(ctx, tx, &mut entry, steps)?;
    for line in loaded.lines.iter().filter(|line| line.line_custodian_id != line.custodian_id) {
        store::events::set_line_custodian(tx, ctx.org(), row.id, line.id, line.custodian_id)?;
    }
    store::events::open_lines(tx, ctx.org(), row.id, false)?;
    store::events::open_containers(tx, ctx.org(), row.id, false)?;
    let order = billing::issue_order(ctx, tx, &row, &loaded)?;
    billing::accrue(ctx, tx, &row, &loaded)?;
    // Purchase orders from before a reopening still stand.
    if next == EventStatus::PendingPo {
        let standing = billing::bill(ctx, tx, &row, &loaded, order.as_ref(), &mut entry)?;
        if standing.purchase_orders_complete {
            row.status = settled_status(&loaded, &row, EventStatus::PendingPayment, standing)?.as_str().into();
        }
    }
    save(ctx, tx, &mut row)?;
    if let Some(order) = &order {
        entry.change(order.id, "number", None, Some(order.number.clone()));
        billing::count(ctx, tx, order, 1)?;
        if ctx.organization.toggle("auto_send_sales_order") {
            crate::documents::sends::leave(ctx, tx, domain::document::DocumentKind::SalesOrder, order.id)?;
        }
    }
    entry.append(ctx, tx)?;
    // What was sold is asked for again where a linked company supplies its maker; a reopened event has asked before.
    if order.is_some() && row.revision == 1 {
        crate::links::asking::replenish(ctx, tx, &row)?;
    }
    let sentence = format!("{} was submitted: {}.", number(row.number), row.name);
    super::notify_office(ctx, tx, "event_submitted", &row, &sentence)?;
    super::notify(ctx, tx, row.representative_id, "event_submitted", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// The status that orders, invoices and commission lead to, for an event in `from`.
pub(crate) fn settled_status(
    loaded: &Loaded,
    row: &EventRow,
    from: EventStatus,
    standing: Standing,
) -> Result<EventStatus> {
    loaded.ask(row, |facts, _| lifecycle::settle(&standing.of(EventFacts { status: from, ..*facts })))
}

fn moved_since(line: &LineRow) -> Error {
    let name = unit_name(&line.number, &line.lot, &line.serial);
    Error::conflict(
        "unit_moved_since",
        format!("{name} was moved or used since, so this cannot be undone as a whole. Put that right first."),
    )
}

/// Takes a submitted event back to work on it: its units are marked on it again, its order no longer counts.
pub fn reopen(ctx: &Ctx, tx: &mut Tx, id: EventId, reason: &str) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ReopenEvents)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let next = lifecycle::reopen(&super::bare_facts(&row)?)?;
    let reason = typed("reason", domain::text::clean_note(reason, limits::REASON_MAX))?;
    billing::refuse_credited(ctx, tx, row.id)?;
    let kind = kind(&row)?;
    let mut entry = ctx.entry("event_reopened").reason(&reason).subject(row.id);
    let units = lock_units_of_event(tx, ctx.org(), row.id)?;
    let loaded = Loaded::of(ctx, tx, &row)?;
    let found = by_id(&units);
    let mut steps = Vec::new();
    for line in &loaded.lines {
        let Some(unit) = found.get(&line.unit_id) else { continue };
        let left = after_submission(kind, &row, line);
        // A reusable unit that stayed in stock lives its own life; submitting again asks how it stands.
        if line.reusable && left == Whereabouts::Stock {
            continue;
        }
        if !is_still(unit, left, row.id) {
            return Err(moved_since(line));
        }
        steps.push(step(kind, &row, line, unit, Whereabouts::Marked));
    }
    let reusable: Vec<Uuid> = loaded.lines.iter().filter(|line| line.reusable).map(|line| line.unit_id).collect();
    let containers = store::events::containers(tx, ctx.org(), row.id)?;
    let mut busy = store::events::busy_units(tx, ctx.org(), &row, &reusable)?;
    busy.extend(store::events::busy_containers(tx, ctx.org(), &row, &containers)?);
    if let Some(busy) = busy.first() {
        let other = super::name_other(ctx, tx, busy)?;
        let message = format!("A container or reusable unit of this event is wanted for {other} at that time.");
        return Err(Error::conflict("container_booked", message));
    }
    carry_out(ctx, tx, &mut entry, steps)?;
    store::events::open_lines(tx, ctx.org(), row.id, true)?;
    store::events::open_containers(tx, ctx.org(), row.id, true)?;
    let order = billing::withdraw_order(ctx, tx, &row, "cancelled")?;
    billing::reverse_commission(ctx, tx, &row)?;
    billing::void_invoices(ctx, tx, row.id)?;
    entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
    row.status = next.as_str().into();
    row.submitted_at = None;
    row.submitted_by = None;
    row.processed_at = None;
    row.closed_reason = reason;
    recount(ctx, tx, &mut row)?;
    save(ctx, tx, &mut row)?;
    if let Some(order) = &order {
        billing::count(ctx, tx, order, -1)?;
    }
    entry.append(ctx, tx)?;
    let sentence = format!("{} was reopened: {}.", number(row.number), row.name);
    super::notify(ctx, tx, row.representative_id, "event_reopened", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// Undoes a stocking order whose units are all still where it left them.
pub fn reverse(ctx: &Ctx, tx: &mut Tx, id: EventId, reason: &str) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::AmendEvents)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let reason = typed("reason", domain::text::clean_note(reason, limits::REASON_MAX))?;
    let kind = kind(&row)?;
    let units = lock_units_of_event(tx, ctx.org(), row.id)?;
    let loaded = Loaded::of(ctx, tx, &row)?;
    let found = by_id(&units);
    let pairs: Vec<(&LineRow, &UnitRow)> =
        loaded.lines.iter().filter_map(|line| found.get(&line.unit_id).map(|unit| (line, *unit))).collect();
    let used = pairs.iter().filter(|(line, unit)| !is_still(unit, after_submission(kind, &row, line), row.id)).count();
    let next = loaded
        .ask(&row, |facts, _| lifecycle::reverse(&EventFacts { units_used_since: used, ..*facts }, &reason))??;
    billing::refuse_credited(ctx, tx, row.id)?;
    let mut entry = ctx.entry("event_reversed").reason(&reason).subject(row.id);
    let steps = pairs.iter().map(|(line, unit)| step(kind, &row, line, unit, Whereabouts::Stock)).collect();
    carry_out(ctx, tx, &mut entry, steps)?;
    let order = billing::withdraw_order(ctx, tx, &row, "reversed")?;
    billing::reverse_commission(ctx, tx, &row)?;
    billing::void_invoices(ctx, tx, row.id)?;
    billing::free_leftovers(ctx, tx, &row)?;
    entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
    row.status = next.as_str().into();
    row.closed_reason = reason;
    save(ctx, tx, &mut row)?;
    if let Some(order) = &order {
        billing::count(ctx, tx, order, -1)?;
    }
    entry.append(ctx, tx)?;
    let sentence = format!("{} was reversed: {}.", number(row.number), row.name);
    super::notify(ctx, tx, row.representative_id, "event_reversed", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// Corrects a submitted event: the next edition of its order replaces the one before, stock and figures follow.
pub fn amend(ctx: &Ctx, tx: &mut Tx, id: EventId, wish: AmendEvent) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::AmendEvents)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let reason = typed("reason", domain::text::clean_note(&wish.reason, limits::REASON_MAX))?;
    let kind = kind(&row)?;
    let old = row.clone();
    let units = lock_units_of_event(tx, ctx.org(), row.id)?;
    let mut loaded = Loaded::of(ctx, tx, &row)?;
    // Nothing is looked at before the event may be amended at all.
    loaded
        .ask(&row, |facts, _| lifecycle::amend(&EventFacts { lines: &[], ..*facts }, &reason))
        .and_then(only_standing)?;
    let before = loaded.lines.clone();
    change_fields(ctx, tx, &mut row, &wish.changes)?;
    let shared = change_shares(ctx, tx, &row, wish.changes.sub_representatives)?;
    let touched = !wish.changes.lines.is_empty() || row.location_id != old.location_id;
    let removed = change_lines(ctx, tx, &row, &mut loaded, wish.changes.lines, &old)?;
    let charges = super::charges::amend(ctx, tx, &row, &mut loaded, &wish.changes.charges)?;
    if touched {
        super::pricing::settle_amended(ctx, tx, &row, &mut loaded.lines)?;
    }
    if let Some(location) = row.location_id {
        loaded.place = store::events::place(tx, ctx.org(), location)?;
    }
    loaded.name_lines();
    if loaded.facility_stock_elsewhere(row.location_id) {
        let message = "Facility stock of the old location is on this event. It was used there and nowhere else.";
        return Err(Error::conflict("facility_stock_elsewhere", message));
    }
    loaded.ask(&row, |facts, _| lifecycle::amend(facts, &reason))??;
    let mut entry = ctx.entry("event_amended").reason(&reason).subject(row.id);
    field_changes(&mut entry, &old, &row);
    if let Some((was, is)) = shared {
        entry.change(row.id, "sub_representatives", was, is);
    }
    let steps = compensations(kind, (&old, &before), (&row, &loaded.lines), &units)?;
    carry_out(ctx, tx, &mut entry, steps)?;
    save_lines(ctx, tx, row.id, &before, &loaded.lines, &removed, &mut entry)?;
    super::charges::save_amended(ctx, tx, row.id, &charges, &mut entry)?;
    row.total_minor = loaded.totals()?.total.0;
    row.lines_count = loaded.lines.len() as i64;
    row.prices_edited = loaded.lines.iter().any(|line| line.price_source == "manual");
    row.revision += 1;
    entry.change(row.id, "revision", Some(old.revision.to_string()), Some(row.revision.to_string()));
    if let Some(refusal) = billing::fixed_parts(ctx, tx, &row, &loaded)? {
        return Err(refusal.into());
    }
    let replaced = billing::withdraw_order(ctx, tx, &row, "replaced")?;
    let order = billing::issue_order(ctx, tx, &row, &loaded)?;
    billing::accrue(ctx, tx, &row, &loaded)?;
    let standing = billing::bill(ctx, tx, &row, &loaded, order.as_ref(), &mut entry)?;
    let next = loaded.ask(&row, |facts, _| lifecycle::amend(&standing.of(*facts), &reason))??;
    entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
    row.status = next.as_str().into();
    save(ctx, tx, &mut row)?;
    if row.name != old.name {
        index(ctx, tx, &row)?;
    }
    for (order, sign) in replaced.iter().map(|order| (order, -1)).chain(order.iter().map(|order| (order, 1))) {
        billing::count(ctx, tx, order, sign)?;
    }
    entry.append(ctx, tx)?;
    let was = |line: &LineRow| before.iter().find(|old| old.id == line.id).cloned();
    let pairs: Vec<_> = loaded.lines.iter().filter_map(|line| Some((was(line)?, line.clone()))).collect();
    super::asks::tell_of_edited(ctx, tx, &row, &pairs)?;
    let sentence = format!("{} was amended: {}.", number(row.number), row.name);
    super::notify(ctx, tx, row.representative_id, "event_amended", &row, &sentence)?;
    view(ctx, tx, row.id)
}

/// Of what an amendment may refuse, only what holds before anything is changed.
fn only_standing(step: Result<EventStatus, domain::refusal::Refusal>) -> Result<()> {
    match step {
        Err(refusal) if matches!(refusal.code, "event_not_submitted" | "event_cancelled") => Err(refusal.into()),
        Err(refusal) if refusal.code == "reason_required" => Err(Error::field("reason", refusal.code, refusal.message)),
        _ => Ok(()),
    }
}

fn change_fields(ctx: &Ctx, tx: &mut Tx, row: &mut EventRow, change: &AmendChanges) -> Result<()> {
    if let Some(id) = change.location_id.filter(|id| Some(id.uuid()) != row.location_id) {
        let place = plan::place(ctx, tx, "changes.location_id", id)?;
        (row.location_id, row.customer_id) = (Some(place.id), Some(place.customer_id));
    }
    match change.physician_id {
        Patch::Leave => {}
        Patch::Clear => row.physician_id = None,
        Patch::Set(id) => {
            plan::physician(ctx, tx, "changes.physician_id", id)?;
            row.physician_id = Some(id.uuid());
        }
    }
    match change.procedure_id {
        Patch::Leave => {}
        Patch::Clear => row.procedure_id = None,
        Patch::Set(id) => {
            plan::procedure(ctx, tx, "changes.procedure_id", id, row.physician_id)?;
            row.procedure_id = Some(id.uuid());
        }
    }
    if let Some(name) = &change.name {
        row.name = typed("changes.name", domain::text::clean_name(name, limits::NAME_MAX))?;
        row.name_auto = false;
    }
    if let Some(text) = &change.patient_reference {
        let cleaned = domain::text::clean_optional(Some(text), limits::PATIENT_REFERENCE_MAX);
        row.patient_reference = typed("changes.patient_reference", cleaned.map(Option::unwrap_or_default))?;
    }
    if let Some(text) = &change.note {
        row.note = typed("changes.note", domain::text::clean_note(text, limits::NOTE_MAX))?;
    }
    if let Some(text) = &change.print_note {
        row.print_note = typed("changes.print_note", domain::text::clean_note(text, limits::NOTE_MAX))?;
    }
    Ok(())
}

/// Says anew who shares the commission; gives who did and who does, in words.
fn change_shares(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    given: Option<Vec<SubRepresentativeRef>>,
) -> Result<Option<(Option<String>, Option<String>)>> {
    let Some(given) = given else { return Ok(None) };
    let before = plan::shares_of(&store::events::people(tx, ctx.org(), row.id)?);
    let shares = plan::subs(ctx, tx, row.representative_id, given, &before)?;
    store::events::set_people(tx, ctx.org(), row, &shares)?;
    Ok(Some((plan::share_words(&before), plan::share_words(&shares))))
}

/// Changes the lines in memory and gives those that were taken off.
fn change_lines(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    loaded: &mut Loaded,
    changes: Vec<AmendLine>,
    old: &EventRow,
) -> Result<HashSet<Uuid>> {
    if row.location_id != old.location_id {
        plan::reprice_lines(ctx, tx, row, &mut loaded.lines)?;
    }
    let places: HashMap<Uuid, usize> = loaded.lines.iter().enumerate().map(|(at, line)| (line.id, at)).collect();
    let mut seen: HashSet<Uuid> = HashSet::new();
    let mut removed: HashSet<Uuid> = HashSet::new();
    let priced = |change: &&AmendLine| change.usage.is_some() || change.unit_price_minor.is_mentioned();
    let items = changes.iter().filter(priced).filter_map(|change| places.get(&change.id.uuid()));
    let items: Vec<Uuid> = items.map(|at| loaded.lines[*at].catalog_item_id).collect();
    let resolved = resolved_of(ctx, tx, row, &items)?;
    for (at, change) in changes.into_iter().enumerate() {
        let field = format!("changes.lines[{at}].id");
        let id = change.id.uuid();
        let place = *places.get(&id).ok_or_else(|| Error::unknown(field.clone()))?;
        if !seen.insert(id) {
            return Err(Error::field(field, "named_twice", "This line is named twice."));
        }
        crate::packs::refuse_part_of_line(loaded.lines[place].pack_line_id)?;
        let packs = crate::packs::are_packs([&loaded.lines[place]]);
        let inside = crate::packs::follow(&loaded.lines, &packs);
        if change.remove {
            removed.insert(id);
            removed.extend(inside.iter().map(|line| line.id));
            continue;
        }
        for line in &inside {
            let Some(at) = places.get(&line.id) else { continue };
            let follows =
                LineChange { usage: change.usage, price: Patch::Leave, no_charge: None, note: change.note.clone() };
            apply(ctx, loaded.kind, &mut loaded.lines[*at], follows, Price::NONE)?;
        }
        let line = &mut loaded.lines[place];
        let found = resolved.get(&line.catalog_item_id).copied().unwrap_or(Price::NONE);
        let AmendLine { usage, unit_price_minor, no_charge, note, .. } = change;
        apply(ctx, loaded.kind, line, LineChange { usage, price: unit_price_minor, no_charge, note }, found)?;
    }
    loaded.lines.retain(|line| !removed.contains(&line.id));
    Ok(removed)
}

/// The steps that bring every unit from where the edition before left it to where this one wants it.
fn compensations<'a>(
    kind: EventType,
    (old, before): (&EventRow, &[LineRow]),
    (new, after): (&EventRow, &[LineRow]),
    units: &'a [UnitRow],
) -> Result<Vec<Step<'a>>> {
    let found = by_id(units);
    let kept: HashMap<Uuid, &LineRow> = after.iter().map(|line| (line.id, line)).collect();
    let mut steps = Vec::new();
    for line in before {
        let Some(unit) = found.get(&line.unit_id) else { continue };
        let left = after_submission(kind, old, line);
        let to = kept.get(&line.id).map_or(Whereabouts::Stock, |line| after_submission(kind, new, line));
        if left == to {
            continue;
        }
        if !is_still(unit, left, old.id) {
            return Err(match left {
                Whereabouts::Shelf(_) => {
                    let name = unit_name(&line.number, &line.lot, &line.serial);
                    Error::conflict("unit_already_used", format!("{name} was used or moved since it was sold."))
                }
                _ => moved_since(line),
            });
        }
        steps.push(step(kind, new, kept.get(&line.id).copied().unwrap_or(line), unit, to));
    }
    Ok(steps)
}

fn save_lines(
    ctx: &Ctx,
    tx: &mut Tx,
    event: Uuid,
    before: &[LineRow],
    after: &[LineRow],
    removed: &HashSet<Uuid>,
    entry: &mut Draft,
) -> Result<()> {
    let old: HashMap<Uuid, &LineRow> = before.iter().map(|line| (line.id, line)).collect();
    let mut changed: Vec<&LineRow> = Vec::new();
    for line in after {
        let Some(was) = old.get(&line.id) else { continue };
        let same = (&was.usage, was.unit_price_minor, &was.price_source, was.no_charge, &was.note)
            == (&line.usage, line.unit_price_minor, &line.price_source, line.no_charge, &line.note);
        if !same {
            changed.push(line);
            line_changes(entry, was, line);
        }
    }
    store::events::save_lines(tx, ctx.org(), event, changed)?;
    for line in before.iter().filter(|line| removed.contains(&line.id)) {
        entry.change(line.id, "unit_id", Some(UnitId::from_uuid(line.unit_id).to_string()), None);
    }
    let ids: Vec<Uuid> = removed.iter().copied().collect();
    store::events::drop_lines(tx, ctx.org(), event, &ids)?;
    Ok(())
}

/// Books what is missing until the event is paid: open invoices and commission.
pub fn mark_paid(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Event> {
    let mut row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::ManageBilling)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let loaded = Loaded::of(ctx, tx, &row)?;
    let next = loaded.ask(&row, |facts, _| lifecycle::mark_paid(facts))??;
    if status(&row)? == EventStatus::Paid {
        return view(ctx, tx, row.id);
    }
    let mut entry = ctx.entry("event_paid").subject(row.id);
    billing::settle_all(ctx, tx, row.id, &mut entry)?;
    entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
    row.status = next.as_str().into();
    save(ctx, tx, &mut row)?;
    super::tell_of_paid(ctx, tx, &row)?;
    entry.append(ctx, tx)?;
    view(ctx, tx, row.id)
}
