//! Transfers that are being put together. A draft holds nothing: its units can be used and sent elsewhere until it is sent, and
//! what is not free any more then is named.

use super::{create_as, from_ref, receiver, sender};
use crate::history::Names as Holders;
use crate::names::{self, Names, Wanted};
use crate::units::{Holder, indexed, level, may_use_in_event};
use crate::{Ctx, Error, Result, labels, list};
use contract::drafts::{CreateDraft, DraftLine, PatchDraft, SendDraft, TransferDraft};
use contract::transfers::{CreateTransfer, CreatedTransfer};
use contract::{CustodianRef, Done, ListParams, Page, Patch};
use domain::clock::{Day, Instant};
use domain::id::{self, Id, TransferId, UnitId, UserId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::stock::{Custodian, CustodianType};
use std::collections::{HashMap, HashSet};
use store::drafts::{self as rows, DraftRow};
use store::page::Sort;
use store::stock::UnitRow;
use store::{Tx, Value};
use uuid::Uuid;

/// Units that a refusal names one by one.
const NAMED: usize = 10;

fn from(row: &DraftRow) -> Custodian {
    super::custodian(&row.from_type, row.from_id)
}

fn to(row: &DraftRow) -> Option<Custodian> {
    Some(super::custodian(row.to_type.as_deref()?, row.to_id?))
}

/// Whoever began it sees a draft, and whoever may act for the sender.
fn sees(ctx: &Ctx, tx: &mut Tx, row: &DraftRow) -> Result<bool> {
    let own = [ctx.actor.id.uuid(), ctx.principal().uuid()].contains(&row.created_by);
    Ok(own || level(ctx, tx, from(row))? >= Level::Act)
}

fn lock(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<DraftRow> {
    ctx.require(Permission::SendTransfers)?;
    let row = rows::lock(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, &row)? {
        return Err(Error::not_found());
    }
    if ctx.expected_version.is_some_and(|expected| expected != row.version) {
        let current = get(ctx, tx, id)?;
        ctx.check_version(row.version, || Ok(current))?;
    }
    Ok(row)
}

// Looking.

/// By what drafts can be sorted.
pub const SORTS: list::Sorts = &[("created_at", "draft.id")];

/// Drafts in sight, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<TransferDraft>> {
    list::only(params, &[])?;
    let newest = [Sort { column: "draft.id", descending: true }];
    let paging = list::paging("transfer_drafts", params, SORTS, &newest)?;
    let actor = ctx.actor.id.uuid();
    let (found, more) = rows::page(tx, ctx.viewer(), actor, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count(tx, ctx.viewer(), actor)).transpose()?;
    let key = |row: &DraftRow| vec![Value::Uuid(row.id); paging.sorts.len() + 1];
    let next_cursor = found.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let mut holders = Holders::default();
    let items = found.into_iter().map(|row| head(ctx, tx, &mut holders, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor, total })
}

fn head(ctx: &Ctx, tx: &mut Tx, holders: &mut Holders, row: DraftRow) -> Result<TransferDraft> {
    let receives = to(&row);
    Ok(TransferDraft {
        id: Id::from_uuid(row.id),
        from: from(&row).into(),
        from_name: holders.of(ctx, tx, row.from_id)?,
        to: receives.map(Into::into),
        to_name: receives.map(|it| holders.of(ctx, tx, it.id)).transpose()?,
        note: row.note,
        due_back_on: row.due_back_on.map(|day| Day(day as i32)),
        place_id: row.place_id.map(Id::from_uuid),
        event_id: row.event_id.map(Id::from_uuid),
        units_count: row.units_count,
        lines: None,
        created_by: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
        updated_at: Instant(row.updated_at),
        version: row.version,
    })
}

/// One draft with its units, and what stands against sending each of them now.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<TransferDraft> {
    let row = rows::draft(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, &row)? {
        return Err(Error::not_found());
    }
    view(ctx, tx, row)
}

fn view(ctx: &Ctx, tx: &mut Tx, row: DraftRow) -> Result<TransferDraft> {
    let chosen = rows::units(tx, ctx.org(), row.id)?;
    let looked = Looked::at(ctx, tx, &row, &chosen)?;
    let mut lines = Vec::with_capacity(chosen.len());
    for id in chosen {
        let problem = looked.problem(id);
        let unit = looked.units.get(&id).filter(|unit| looked.sees(unit));
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        lines.push(DraftLine {
            unit_id: Id::from_uuid(id),
            catalog_item_id: unit.map(|unit| Id::from_uuid(unit.catalog_item_id)),
            lot: unit.and_then(|unit| text(&unit.lot)),
            serial: unit.and_then(|unit| text(&unit.serial)),
            problem,
        });
    }
    let draft = head(ctx, tx, &mut Holders::default(), row)?;
    Ok(TransferDraft { lines: Some(lines), ..draft })
}

/// The units of a draft as they are now.
struct Looked {
    units: HashMap<Uuid, UnitRow>,
    chosen: HashSet<Uuid>,
    sender: Custodian,
    /// Custodians whose units the viewer sees.
    seen: HashSet<Uuid>,
    /// Under a recall, and not on the way to its return address.
    recalled: HashSet<Uuid>,
    /// Open events in which the recipient could not use what is marked there.
    elsewhere: HashSet<Uuid>,
    /// Items that may not be used in the recipient's country.
    barred: std::collections::BTreeSet<Uuid>,
}

impl Looked {
    fn at(ctx: &Ctx, tx: &mut Tx, row: &DraftRow, chosen: &[Uuid]) -> Result<Self> {
        let found = store::stock::units(tx, ctx.org(), chosen)?;
        let (sender, receives) = (from(row), to(row));
        let recalled = crate::recalls::freeze::frozen_units(ctx, tx, chosen, receives)?;
        let mut seen = HashSet::new();
        let holders: HashSet<Custodian> = found.iter().map(|unit| unit.facts().custodian).collect();
        for holder in holders {
            if holder == sender || level(ctx, tx, holder)? >= Level::See {
                seen.insert(holder.id);
            }
        }
        let elsewhere = match receives.filter(|it| it.kind != CustodianType::LinkedOrganization) {
            Some(receives) => unusable_events(ctx, tx, &found, receives)?,
            None => HashSet::new(),
        };
        let barred = match receives {
            Some(receives) => crate::cleared::not_for(ctx, tx, &found, receives)?,
            None => std::collections::BTreeSet::new(),
        };
        Ok(Self {
            units: found.into_iter().map(|unit| (unit.id, unit)).collect(),
            chosen: chosen.iter().copied().collect(),
            sender,
            seen,
            recalled,
            elsewhere,
            barred,
        })
    }

    fn sees(&self, unit: &UnitRow) -> bool {
        self.seen.contains(&unit.custodian_id)
    }

    /// Why a unit cannot be sent as things are.
    fn problem(&self, id: Uuid) -> Option<String> {
        let Some(unit) = self.units.get(&id) else { return Some("This unit is not there any more.".to_owned()) };
        if unit.facts().custodian != self.sender {
            return Some("This unit is not with the sender any more.".to_owned());
        }
        if let Err(refusal) = unit.facts().may_be_sent() {
            return Some(refusal.message);
        }
        if unit.container_id.is_some_and(|container| !self.chosen.contains(&container)) {
            return Some("This unit lies in a container and moves with it.".to_owned());
        }
        if self.barred.contains(&unit.catalog_item_id) {
            return Some("This item may not be used in the recipient's country.".to_owned());
        }
        if self.recalled.contains(&id) {
            return Some("This unit falls under a recall.".to_owned());
        }
        if unit.event_id.is_some_and(|event| self.elsewhere.contains(&event)) {
            return Some("This unit is marked on an open event, where the recipient could not use it.".to_owned());
        }
        None
    }
}

fn unusable_events(ctx: &Ctx, tx: &mut Tx, units: &[UnitRow], receives: Custodian) -> Result<HashSet<Uuid>> {
    let events: HashSet<Uuid> = units.iter().filter_map(|unit| unit.event_id).collect();
    let mut unusable = HashSet::new();
    for event in events {
        if let Some(it) = store::stock::using_event(tx, ctx.org(), event)?
            && !may_use_in_event(ctx, tx, receives, UserId::from_uuid(it.representative_id))?
        {
            unusable.insert(event);
        }
    }
    Ok(unusable)
}

// Putting together.

/// Begins a draft.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateDraft) -> Result<TransferDraft> {
    ctx.require(Permission::SendTransfers)?;
    let wanted = match (body.from, body.unit_ids.first()) {
        (Some(from), _) => from,
        (None, Some(first)) => from_ref(ctx, tx, *first)?,
        (None, None) => {
            return Err(Error::field("from", "required", "Say who will send, or choose a unit."));
        }
    };
    let (sends, _) = sender(ctx, tx, wanted)?;
    let mut row = DraftRow {
        id: ctx.id::<id::Transfer>().uuid(),
        from_type: sends.kind.as_str().to_owned(),
        from_id: sends.id,
        to_type: None,
        to_id: None,
        note: labels::note("note", &body.note)?,
        due_back_on: body.due_back_on.map(|day| i64::from(day.0)),
        place_id: body.place_id.map(Id::uuid),
        event_id: body.event_id.map(Id::uuid),
        units_count: 0,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        updated_at: ctx.now.0,
        version: 1,
    };
    set_receiver(ctx, tx, &mut row, body.to)?;
    check_references(ctx, tx, &row)?;
    let chosen = indexed("unit_ids", &body.unit_ids)?;
    let units: Vec<Uuid> = body.unit_ids.iter().map(|id| id.uuid()).collect();
    check_units(ctx, tx, sends, "unit_ids", &units, &chosen.into_iter().collect())?;
    row.units_count = units.len() as i64;
    rows::insert(tx, ctx.org(), &row)?;
    rows::set_units(tx, ctx.org(), row.id, &units)?;
    entry(ctx, "transfer_draft_begun", &row).append(ctx, tx)?;
    view(ctx, tx, row)
}

fn entry(ctx: &Ctx, kind: &'static str, row: &DraftRow) -> crate::journal::Draft {
    let mut entry = ctx.entry(kind).subject(row.id);
    if row.from_type == CustodianType::User.as_str() {
        entry = entry.subject(row.from_id);
    }
    entry.change(row.id, "units_count", None, Some(row.units_count.to_string()));
    entry
}

fn set_receiver(ctx: &Ctx, tx: &mut Tx, row: &mut DraftRow, wanted: Option<CustodianRef>) -> Result<()> {
    let receives: Option<Holder> = wanted.map(|wanted| receiver(ctx, tx, wanted).map(|(it, _)| it)).transpose()?;
    if receives.as_ref().is_some_and(|it| it.custodian == from(row)) {
        let message = "Sender and recipient are the same. Choose somebody else.";
        return Err(Error::field("to", "same_custodian", message));
    }
    row.to_type = receives.as_ref().map(|it| it.custodian.kind.as_str().to_owned());
    row.to_id = receives.map(|it| it.custodian.id);
    Ok(())
}

fn check_references(ctx: &Ctx, tx: &mut Tx, row: &DraftRow) -> Result<()> {
    if let Some(place) = row.place_id
        && !store::stock::place_exists(tx, ctx.org(), place)?
    {
        return Err(Error::unknown("place_id"));
    }
    if let Some(event) = row.event_id {
        crate::events::readable(ctx, tx, event).map_err(|error| match error {
            Error::NotFound(_) => Error::unknown("event_id"),
            other => other,
        })?;
    }
    Ok(())
}

/// What is chosen is with the sender; whether it is free is asked when it is sent.
fn check_units(
    ctx: &Ctx,
    tx: &mut Tx,
    sends: Custodian,
    field: &str,
    units: &[Uuid],
    places: &HashMap<Uuid, usize>,
) -> Result<()> {
    let found: HashMap<Uuid, UnitRow> =
        store::stock::units(tx, ctx.org(), units)?.into_iter().map(|unit| (unit.id, unit)).collect();
    for id in units {
        let unknown = || Error::unknown(format!("{field}[{}]", places.get(id).copied().unwrap_or_default()));
        let unit = found.get(id).ok_or_else(unknown)?;
        if unit.facts().custodian == sends {
            continue;
        }
        if level(ctx, tx, unit.facts().custodian)? < Level::See {
            return Err(unknown());
        }
        let message = "One of these units is not with the sender. A draft holds the units of one sender.";
        return Err(Error::conflict("unit_not_with_sender", message));
    }
    Ok(())
}

/// Changes a draft.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: TransferId, patch: &PatchDraft) -> Result<TransferDraft> {
    let mut row = lock(ctx, tx, id)?;
    match &patch.to {
        Patch::Leave => {}
        Patch::Clear => (row.to_type, row.to_id) = (None, None),
        Patch::Set(wanted) => set_receiver(ctx, tx, &mut row, Some(*wanted))?,
    }
    if let Some(note) = &patch.note {
        row.note = labels::note("note", note)?;
    }
    row.due_back_on = patched(&patch.due_back_on, row.due_back_on, |day| i64::from(day.0));
    row.place_id = patched(&patch.place_id, row.place_id, |id| id.uuid());
    row.event_id = patched(&patch.event_id, row.event_id, |id| id.uuid());
    check_references(ctx, tx, &row)?;
    let units = rechosen(ctx, tx, &row, patch)?;
    if units.len() > limits::ROWS_PER_REQUEST {
        let message = format!("A draft holds at most {} units.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("add_unit_ids", "too_many", message));
    }
    row.units_count = units.len() as i64;
    row.updated_at = ctx.now.0;
    rows::save(tx, ctx.org(), &row)?;
    rows::set_units(tx, ctx.org(), row.id, &units)?;
    entry(ctx, "transfer_draft_changed", &row).append(ctx, tx)?;
    get(ctx, tx, id)
}

fn patched<T, V: Copy>(patch: &Patch<T>, before: Option<V>, value: impl Fn(&T) -> V) -> Option<V> {
    match patch {
        Patch::Leave => before,
        Patch::Clear => None,
        Patch::Set(new) => Some(value(new)),
    }
}

/// The units as they are to be: those before or those given, with those added, without those taken off.
fn rechosen(ctx: &Ctx, tx: &mut Tx, row: &DraftRow, patch: &PatchDraft) -> Result<Vec<Uuid>> {
    let before = rows::units(tx, ctx.org(), row.id)?;
    let mut units = before.clone();
    let mut new = |field: &'static str, ids: &[UnitId]| -> Result<Vec<Uuid>> {
        let places: HashMap<Uuid, usize> = indexed(field, ids)?.into_iter().collect();
        let all: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        // What was chosen before may be elsewhere by now; that is told when it is sent.
        let fresh: Vec<Uuid> = all.iter().copied().filter(|id| !before.contains(id)).collect();
        check_units(ctx, tx, from(row), field, &fresh, &places)?;
        Ok(all)
    };
    if let Some(ids) = &patch.unit_ids {
        units = new("unit_ids", ids)?;
    }
    let added = new("add_unit_ids", &patch.add_unit_ids)?;
    let known: HashSet<Uuid> = units.iter().copied().collect();
    units.extend(added.into_iter().filter(|id| !known.contains(id)));
    let gone: HashSet<Uuid> = patch.remove_unit_ids.iter().map(|id| id.uuid()).collect();
    units.retain(|id| !gone.contains(id));
    Ok(units)
}

/// Throws a draft away. Nothing was held, so nothing is set free.
pub fn discard(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<Done> {
    let row = lock(ctx, tx, id)?;
    rows::delete(tx, ctx.org(), row.id)?;
    entry(ctx, "transfer_draft_discarded", &row).append(ctx, tx)?;
    Ok(Done { done: true })
}

// Sending.

/// Sends a draft: it becomes a transfer with the same id. What is not free any more is named, or left out.
pub fn send(ctx: &Ctx, tx: &mut Tx, id: TransferId, body: &SendDraft) -> Result<CreatedTransfer> {
    let row = lock(ctx, tx, id)?;
    let Some(receives) = to(&row) else {
        return Err(Error::field("to", "required", "Choose who receives it before you send it."));
    };
    let chosen = rows::units(tx, ctx.org(), row.id)?;
    if chosen.is_empty() {
        return Err(Error::field("unit_ids", "required", "Choose at least one unit before you send it."));
    }
    let looked = Looked::at(ctx, tx, &row, &chosen)?;
    let (free, not): (Vec<Uuid>, Vec<Uuid>) = chosen.into_iter().partition(|id| looked.problem(*id).is_none());
    if !not.is_empty() && (!body.only_free || free.is_empty()) {
        return Err(not_free(ctx, tx, &looked, &not)?);
    }
    let transfer = CreateTransfer {
        from: Some(from(&row).into()),
        to: receives.into(),
        unit_ids: free.into_iter().map(Id::from_uuid).collect(),
        note: row.note.clone(),
        due_back_on: row.due_back_on.map(|day| Day(day as i32)),
        place_id: row.place_id.map(Id::from_uuid),
        event_id: row.event_id.map(Id::from_uuid),
        only_for_this_person: body.only_for_this_person,
    };
    rows::delete(tx, ctx.org(), row.id)?;
    // Here what was looked at is locked, and refused if it moved since.
    create_as(ctx, tx, id, &transfer)
}

/// 409 that names what cannot be sent any more, and why.
fn not_free(ctx: &Ctx, tx: &mut Tx, looked: &Looked, units: &[Uuid]) -> Result<Error> {
    let mut wanted = Wanted::new();
    let seen = |id: &Uuid| looked.units.get(id).filter(|unit| looked.sees(unit));
    units.iter().filter_map(seen).for_each(|unit| {
        wanted.item(Id::from_uuid(unit.catalog_item_id));
    });
    let names = names::look_up(ctx, tx, &wanted)?;
    let told: Vec<String> = units
        .iter()
        .take(NAMED)
        .map(|id| {
            let why = looked.problem(*id).unwrap_or_default();
            seen(id).map_or_else(|| format!("One unit: {why}"), |unit| format!("{}: {why}", title(&names, unit)))
        })
        .collect();
    let rest = units.len().saturating_sub(NAMED);
    let rest = if rest > 0 { format!(" And {rest} more.") } else { String::new() };
    let message =
        format!("{} of this draft cannot be sent as things are. {}{rest}", super::units(units.len()), told.join(" "));
    Ok(Error::conflict("not_free_any_more", message))
}

fn title(names: &Names, unit: &UnitRow) -> String {
    let item = names.item_title(Id::from_uuid(unit.catalog_item_id));
    match (unit.serial.as_str(), unit.lot.as_str()) {
        ("", "") => item.to_owned(),
        ("", lot) => format!("{item}, lot {lot}"),
        (serial, _) => format!("{item}, serial {serial}"),
    }
}
