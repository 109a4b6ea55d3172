//! The history of anything, from the journal, in sentences with names.

use crate::subjects::{Prefixes, printed};
use crate::{Ctx, Error, Result, list};
use contract::{ChangeView, CustodianRef, HistoryEntry, ListParams, MovementView, Page};
use domain::clock::{Day, Instant};
use domain::id::{Id, Kind, UnitId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::stock::{Custodian, UnitState};
use std::collections::{HashMap, HashSet};
use store::Tx;
use store::figures::Entries;
use store::journal::{ChangeRow, EntryRow, MovementRow};
use store::page::Keyset;
use uuid::Uuid;

/// Most movements that one entry shows.
const MOVEMENTS_SHOWN: i64 = 20;
/// Most changes that one entry shows.
const CHANGES_SHOWN: i64 = 100;

/// Names of accounts, of the organisation and of companies it was linked with, and kinds of what changed, each looked up
/// once.
#[derive(Default)]
pub(crate) struct Names {
    people: HashMap<Uuid, Option<String>>,
    companies: Option<HashMap<Uuid, String>>,
    prefixes: Prefixes,
}

impl Names {
    /// The name of a custodian or an actor.
    pub(crate) fn of(&mut self, ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<String> {
        if id == ctx.org() {
            return Ok(ctx.organization.name.clone());
        }
        if id == ctx.actor.id.uuid() {
            return Ok(ctx.actor.name.clone());
        }
        if let Some(name) = self.person(ctx, tx, id)? {
            return Ok(name);
        }
        Ok(self.company(ctx, tx, id)?.unwrap_or_else(|| "somebody".to_owned()))
    }

    /// The name of an account; None for anything else.
    pub(crate) fn person(&mut self, ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Option<String>> {
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let name = store::people::name(tx, ctx.org(), id)?;
        self.people.insert(id, name.clone());
        Ok(name)
    }

    /// The name of a linked company; None for anything else.
    pub(crate) fn company(&mut self, ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<Option<String>> {
        if self.companies.is_none() {
            self.companies = Some(store::links::companies(tx, ctx.org())?.into_iter().collect());
        }
        Ok(self.companies.as_ref().and_then(|all| all.get(&id).cloned()))
    }

    /// A stored custodian id as a custodian: the organisation, an account, or a linked company.
    pub(crate) fn custodian(&mut self, ctx: &Ctx, tx: &mut Tx, id: Uuid) -> Result<CustodianRef> {
        let custodian = if id == ctx.org() {
            Custodian::organization(ctx.organization.id)
        } else if self.person(ctx, tx, id)?.is_none() && self.company(ctx, tx, id)?.is_some() {
            Custodian::linked(Id::from_uuid(id))
        } else {
            Custodian::user(Id::from_uuid(id))
        };
        Ok(custodian.into())
    }
}

/// Which part of a history is wanted: so many entries, those before one of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    limit: u32,
    before: Option<Uuid>,
    count: bool,
    bound: list::Bound,
}

impl From<u32> for Past {
    fn from(limit: u32) -> Self {
        Self { limit: limit.clamp(1, limits::LIST_MAX as u32), ..Self::default() }
    }
}

impl Past {
    /// What is asked of a history as of any other list.
    pub fn asked(params: &ListParams) -> Result<Self> {
        list::only(params, &[])?;
        let paging = list::paging("history", params, &[], &[])?;
        Ok(Self { limit: paging.limit, before: before(paging.after), count: params.count, bound: paging.bound })
    }

    /// A page of rows of which one more than wanted was read.
    fn page(self, rows: &mut Vec<EntryRow>, total: impl FnOnce() -> Result<i64>) -> Result<Page<HistoryEntry>> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor =
            rows.last().filter(|_| more).map(|row| list::cursor(self.bound, &[store::Value::Uuid(row.id)]));
        let total = if self.count { Some(total()?) } else { None };
        Ok(Page { items: Vec::with_capacity(rows.len()), next_cursor, total })
    }
}

/// The entry that a page begins after.
fn before(after: Option<Keyset>) -> Option<Uuid> {
    after.and_then(|key| match key.0.first() {
        Some(store::Value::Uuid(id)) => Some(*id),
        _ => None,
    })
}

/// A page of the entries about something, newest first. Reach is the caller's.
pub fn page_of_subject<K: Kind>(ctx: &Ctx, tx: &mut Tx, subject: Id<K>, past: Past) -> Result<Page<HistoryEntry>> {
    let (org, id) = (ctx.org(), subject.uuid());
    let mut rows = store::journal::by_subject(tx, org, id, past.before, i64::from(past.limit) + 1)?;
    let mut page = past.page(&mut rows, || Ok(store::journal::count_by_subject(tx, org, id)?))?;
    let mut names = Names::default();
    for entry in rows {
        let movements = store::journal::movements_of(tx, org, entry.id, MOVEMENTS_SHOWN)?;
        page.items.push(view(ctx, tx, &mut names, entry, movements, (id, K::PREFIX), None)?);
    }
    Ok(page)
}

/// The latest entries about something, newest first. Reach is the caller's.
pub fn of_subject<K: Kind>(ctx: &Ctx, tx: &mut Tx, subject: Id<K>, limit: u32) -> Result<Vec<HistoryEntry>> {
    Ok(page_of_subject(ctx, tx, subject, limit.into())?.items)
}

/// A page of the entries that moved or changed a unit, newest first. Reach is the caller's.
pub fn page_of_unit(ctx: &Ctx, tx: &mut Tx, unit: UnitId, past: Past) -> Result<Page<HistoryEntry>> {
    let (org, id, limit) = (ctx.org(), unit.uuid(), i64::from(past.limit) + 1);
    let mut rows = store::journal::by_unit(tx, org, id, past.before, limit)?;
    let moved: Vec<Uuid> = rows.iter().map(|entry| entry.id).collect();
    let about = store::journal::by_subject(tx, org, id, past.before, limit)?;
    rows.extend(about.into_iter().filter(|entry| !moved.contains(&entry.id)));
    rows.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    let mut page = past.page(&mut rows, || Ok(store::journal::count_by_unit(tx, org, id)?))?;
    let mut names = Names::default();
    for entry in rows {
        let movements = store::journal::movement_of(tx, org, entry.id, id)?.into_iter().collect();
        page.items.push(view(ctx, tx, &mut names, entry, movements, (id, "unt"), Some(id))?);
    }
    Ok(page)
}

/// What the list of entries can be filtered by.
pub const JOURNAL_FILTERS: &[&str] = &["unit_id", "event_id", "actor_id", "from", "to"];

/// The journal, newest first: all of it for those who may see it; for everybody else the entries about one unit or one
/// event in reach, with what concerns that alone.
pub fn journal(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<HistoryEntry>> {
    list::only(params, JOURNAL_FILTERS)?;
    let paging = list::paging("journal", params, &[], &[])?;
    let whole = ctx.may(Permission::ViewJournal);
    let unit = one::<domain::id::Unit>(params, "unit_id")?;
    let event = one::<domain::id::Event>(params, "event_id")?;
    if unit.is_none() && event.is_none() {
        ctx.require(Permission::ViewJournal)?;
    }
    if let Some(unit) = unit {
        let row = store::stock::unit(tx, ctx.org(), unit)?.ok_or_else(Error::not_found)?;
        if store::reach::of(tx, ctx.viewer(), row.custodian_id)?.custody < Level::See {
            return Err(Error::not_found());
        }
    }
    if let Some(event) = event {
        let within = crate::events::within(ctx);
        if store::search::events_within(tx, ctx.org(), &[event], within)?.is_empty() {
            return Err(Error::not_found());
        }
    }
    let actors = list::ids::<domain::id::User>(params, "actor_id")?;
    let asked = Entries {
        unit,
        subject: event,
        actors: actors.map(|ids| ids.into_iter().map(Id::uuid).collect()),
        from: moment(ctx, params, "from", 0)?,
        to: moment(ctx, params, "to", 1)?,
    };
    let after = before(paging.after);
    let (rows, more) = store::figures::entries(tx, ctx.org(), &asked, after, paging.limit)?;
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &[store::Value::Uuid(row.id)]));
    let total = if params.count { Some(store::figures::count_entries(tx, ctx.org(), &asked)?) } else { None };
    let about = match (unit, event) {
        (Some(unit), _) => (unit, "unt"),
        (None, Some(event)) => (event, "evt"),
        (None, None) => (Uuid::nil(), ""),
    };
    let mut names = Names::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let movements = match (whole, unit) {
            (true, _) | (false, None) => store::journal::movements_of(tx, ctx.org(), row.id, MOVEMENTS_SHOWN)?,
            (false, Some(unit)) => store::journal::movement_of(tx, ctx.org(), row.id, unit)?.into_iter().collect(),
        };
        items.push(view(ctx, tx, &mut names, row, movements, about, unit.filter(|_| !whole))?);
    }
    Ok(Page { items, next_cursor, total })
}

fn one<K: Kind>(params: &ListParams, field: &str) -> Result<Option<Uuid>> {
    match list::ids::<K>(params, field)?.as_deref() {
        None => Ok(None),
        Some([one]) => Ok(Some(one.uuid())),
        Some(_) => Err(Error::field(field, "invalid_value", "Give one id.")),
    }
}

/// A moment, or a day where the organisation is, as so many days later it begins.
fn moment(ctx: &Ctx, params: &ListParams, field: &str, later: i32) -> Result<Option<i64>> {
    let Some(text) = params.filters.get(field) else { return Ok(None) };
    let day = Day::parse(text).map(|day| day.plus(later).starts_in(&ctx.organization.time_zone));
    let wrong =
        || Error::field(field, "invalid_value", "Give a date like 2026-11-22 or a moment like 2026-11-22T08:00:00Z.");
    day.or_else(|| Instant::parse(text)).map(|at| Some(at.0)).ok_or_else(wrong)
}

/// One entry as it is shown. `about` is whose history this is, with the prefix of its ids; `unit` when it is a unit's.
pub(crate) fn view(
    ctx: &Ctx,
    tx: &mut Tx,
    names: &mut Names,
    entry: EntryRow,
    movements: Vec<MovementRow>,
    about: (Uuid, &str),
    unit: Option<Uuid>,
) -> Result<HistoryEntry> {
    let of_many = matches!(
        entry.kind.as_str(),
        "bulk_changed" | "bulk_undone" | "import_undone" | "imported" | "terms_reapplied"
    );
    let mut changes = if of_many && !about.0.is_nil() {
        store::journal::changes_about(tx, ctx.org(), entry.id, about.0, CHANGES_SHOWN)?
    } else {
        store::journal::changes_of(tx, ctx.org(), entry.id, CHANGES_SHOWN)?
    };
    let batch_id = changes.iter().find(|it| it.field == "batch_id").and_then(|it| it.new.clone());
    changes.retain(|it| it.field != "batch_id");
    let told = Told {
        actor: names.of(ctx, tx, entry.actor_id)?,
        from: side(ctx, tx, names, &changes, "from", movements.first().and_then(|it| it.from_custodian_id))?,
        to: side(ctx, tx, names, &changes, "to", movements.first().map(|it| it.to_custodian_id))?,
        acted_for: acted_for(&entry, &movements, &changes, ctx),
        // What is made and moved in one entry is one unit.
        units: movements.iter().map(|it| it.unit_id).collect::<HashSet<_>>().len(),
        one: unit.is_some(),
        state: movements
            .first()
            .map(|it| (it.from_state.map(UnitState::from_stored), UnitState::from_stored(it.to_state))),
        fields: changes.iter().filter(|it| it.subject_id == about.0).map(|it| it.field.replace('_', " ")).collect(),
    };
    let sentence = sentence(&entry.kind, &told);
    let on_behalf_of_name = entry.on_behalf_of_id.map(|id| names.of(ctx, tx, id)).transpose()?;
    if unit.is_some() {
        // An entry about many units tells each of them only what concerns it.
        changes.retain(|it| it.subject_id == about.0 || it.field == "from" || it.field == "to");
    }
    let mut shown = Vec::with_capacity(changes.len());
    for it in changes {
        let subject_id = if it.subject_id == about.0 && !about.1.is_empty() {
            printed(about.1, it.subject_id)
        } else {
            names.prefixes.print(ctx, tx, &entry.kind, &it.field, it.subject_id)?
        };
        shown.push(ChangeView { subject_id, field: it.field, old: it.old, new: it.new });
    }
    Ok(HistoryEntry {
        id: Id::from_uuid(entry.id),
        at: Instant(entry.at),
        kind: entry.kind,
        actor_id: names.person(ctx, tx, entry.actor_id)?.map(|_| Id::from_uuid(entry.actor_id)),
        actor_name: told.actor,
        on_behalf_of_id: entry.on_behalf_of_id.map(Id::from_uuid),
        on_behalf_of_name,
        sentence,
        reason: entry.reason,
        source: entry.source,
        request_id: entry.request_id,
        seq: entry.seq,
        batch_id,
        movements: movements.into_iter().map(|it| movement(ctx, tx, names, it)).collect::<Result<_>>()?,
        changes: shown,
    })
}

fn movement(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: MovementRow) -> Result<MovementView> {
    Ok(MovementView {
        unit_id: Id::from_uuid(row.unit_id),
        seq: row.seq,
        from_custodian: row.from_custodian_id.map(|id| names.custodian(ctx, tx, id)).transpose()?,
        to_custodian: names.custodian(ctx, tx, row.to_custodian_id)?,
        from_state: row.from_state.map(UnitState::from_stored),
        to_state: UnitState::from_stored(row.to_state),
    })
}

/// One end of a transfer: as the entry says, else as the units moved.
fn side(
    ctx: &Ctx,
    tx: &mut Tx,
    names: &mut Names,
    changes: &[ChangeRow],
    field: &str,
    moved: Option<Uuid>,
) -> Result<Option<(Uuid, String)>> {
    let said = changes.iter().find(|it| it.field == field).and_then(|it| it.new.as_deref()).and_then(custodian_id);
    let Some(id) = said.or(moved) else { return Ok(None) };
    Ok(Some((id, names.of(ctx, tx, id)?)))
}

fn custodian_id(text: &str) -> Option<Uuid> {
    let user = text.parse::<domain::id::UserId>().map(Id::uuid);
    user.or_else(|_| text.parse::<domain::id::OrganizationId>().map(Id::uuid)).ok()
}

/// Whether the actor decided in the place of the recipient or the sender.
fn acted_for(entry: &EntryRow, movements: &[MovementRow], changes: &[ChangeRow], ctx: &Ctx) -> bool {
    let field = if entry.kind == "transfer_sent" || entry.kind == "transfer_cancelled" { "from" } else { "to" };
    let said = changes.iter().find(|it| it.field == field).and_then(|it| it.new.as_deref()).and_then(custodian_id);
    let side = said.or_else(|| movements.first().map(|it| it.to_custodian_id));
    side.is_some_and(|id| id != entry.actor_id && id != ctx.org())
}

/// What a sentence is made from.
struct Told {
    actor: String,
    from: Option<(Uuid, String)>,
    to: Option<(Uuid, String)>,
    acted_for: bool,
    units: usize,
    one: bool,
    state: Option<(Option<UnitState>, UnitState)>,
    fields: Vec<String>,
}

impl Told {
    fn what(&self) -> String {
        match (self.one, self.units) {
            (true, _) => "it".to_owned(),
            (false, 0) => "the units".to_owned(),
            (false, 1) => "1 unit".to_owned(),
            (false, n) if n as i64 >= MOVEMENTS_SHOWN => "many units".to_owned(),
            (false, n) => format!("{n} units"),
        }
    }

    fn to(&self) -> String {
        self.to.as_ref().map_or_else(String::new, |(_, name)| format!(" to {name}"))
    }

    fn from(&self) -> String {
        self.from.as_ref().map_or_else(String::new, |(_, name)| format!(" from {name}"))
    }

    /// ` for Ann Reyes`, when somebody else than Ann Reyes acted.
    fn on_behalf(&self, side: &Option<(Uuid, String)>) -> String {
        match side {
            Some((_, name)) if self.acted_for => format!(" for {name}"),
            _ => String::new(),
        }
    }
}

fn sentence(kind: &str, told: &Told) -> String {
    let (actor, what) = (&told.actor, told.what());
    match kind {
        "unit_created" => match &told.to {
            Some((_, name)) if name != actor => format!("{actor} created {what} with {name}"),
            _ => format!("{actor} created {what}"),
        },
        "opening_balance" => match &told.to {
            Some((_, name)) => format!("{actor} entered {what} as an opening balance with {name}"),
            None => format!("{actor} entered {what} as an opening balance"),
        },
        "unit_edited" => format!("{actor} changed {}", listed(&told.fields)),
        "unit_held" => format!("{actor} put {what} on hold"),
        "unit_released" => format!("{actor} released {what} from hold"),
        "unit_deactivated" => format!("{actor} deactivated {what}"),
        "unit_reactivated" => format!("{actor} reactivated {what}"),
        "container_filled" => format!("{actor} put {what} into a container"),
        "container_emptied" => format!("{actor} took {what} out of its container"),
        "pack_made" => format!("{actor} made {what} of loose units"),
        "pack_taken_apart" => format!("{actor} took the pack apart"),
        "container_changed" => format!("{actor} changed what lies in the container"),
        "par_changed" => format!("{actor} changed par levels"),
        "set_assigned" => format!("{actor} said what it should hold"),
        "pool_created" => format!("{actor} made the pool"),
        "pool_changed" => format!("{actor} changed {} of the pool", listed(&told.fields)),
        "facility_stock_reassigned" => format!("{actor} reassigned {what}{}{}", told.from(), told.to()),
        "transfer_sent" => format!("{actor} sent {what}{}{}", told.to(), told.on_behalf(&told.from)),
        "transfer_accepted" => format!("{actor} accepted {what}{}", told.on_behalf(&told.to)),
        "transfer_declined" => format!("{actor} declined {what}{}", told.on_behalf(&told.to)),
        "transfer_cancelled" => format!("{actor} took back {what}{}", told.on_behalf(&told.from)),
        "transfer_lines_removed" => format!("{actor} removed {what} from the transfer{}", told.to()),
        "transfer_missing" => format!("{actor} reported {what} missing{}", told.on_behalf(&told.to)),
        "transfer_shipped" => format!("{actor} said how it travels"),
        "transfer_received" => format!("{actor} accepted {what}{}", told.from()),
        "link_invited" => format!("{actor} asked to link the companies"),
        "link_accepted" => format!("{actor} agreed to the link"),
        "link_ended" => format!("{actor} ended it"),
        "item_shared" => format!("{actor} took it over from the catalog of a linked company"),
        "quick_transfer" => format!("{actor} pulled {what}{}", told.from()),
        "count_created" => format!("{actor} asked for it to be counted"),
        "count_started" => format!("{actor} began to count"),
        "count_completed" => format!("{actor} completed the count"),
        "count_cancelled" => format!("{actor} called the count off"),
        "count_file_added" => format!("{actor} added a picture"),
        "count_file_removed" => format!("{actor} took a picture off"),
        "count_file_restored" => format!("{actor} put a picture back"),
        "count_reconciled" if told.one => match (&told.from, &told.to) {
            (Some((from, from_name)), Some((to, to_name))) if from != to => {
                format!("{actor} settled a count: it passed from {from_name} to {to_name}")
            }
            _ => format!("{actor} settled a count"),
        },
        "count_reconciled" if told.units == 0 => format!("{actor} settled the count"),
        "count_reconciled" => format!("{actor} settled the count: {what} moved"),
        "count_undone" if told.one => format!("{actor} took back what a count had settled: it is as it was"),
        "count_undone" => format!("{actor} took the settling back"),
        "request_submitted" => format!("{actor} asked for stock"),
        "request_fulfilled" => format!("{actor} answered the request"),
        "request_received" => format!("{actor} received a delivery for the request"),
        "request_moved" => format!("{actor} decided about what was sent for the request"),
        "request_cancelled" => format!("{actor} took the request back"),
        "bulk_changed" => format!("{actor} changed {} of many at once", listed(&told.fields)),
        "bulk_undone" => format!("{actor} undid a change of many: {}", listed(&told.fields)),
        "import_undone" => format!("{actor} undid an import: {}", listed(&told.fields)),
        "imported" => format!("{actor} imported {}", listed(&told.fields)),
        "transfer_draft_begun" => format!("{actor} began a transfer"),
        "transfer_draft_changed" => format!("{actor} changed a transfer that was not sent yet"),
        "transfer_draft_discarded" => format!("{actor} threw away a transfer that was not sent yet"),
        "catalog_twins_apart" => format!("{actor} said whether it is the same as another item"),
        "catalog_item_merged" => format!("{actor} merged two items into one"),
        "catalog_item_unmerged" => format!("{actor} took the merge of two items back"),
        "customer_merged" => format!("{actor} merged two customers into one"),
        "customer_unmerged" => format!("{actor} took the merge of two customers back"),
        _ => on_event(kind, told).unwrap_or_else(|| general(kind, told)),
    }
}

/// What an event did: to one unit, or as its own story.
fn on_event(kind: &str, told: &Told) -> Option<String> {
    let (actor, what) = (&told.actor, told.what());
    let after = told.state.map(|(_, after)| after);
    let left = after == Some(UnitState::Inactive);
    Some(match (kind, told.one) {
        ("lines_added", true) => format!("{actor} marked it on an event"),
        ("lines_added", false) if told.units > 0 => format!("{actor} marked {what}"),
        ("line_removed", true) => format!("{actor} took it off an event"),
        ("line_removed", false) => format!("{actor} took a unit off"),
        ("lines_removed", true) => format!("{actor} took it off an event"),
        ("lines_removed", false) if told.units > 0 => format!("{actor} took {what} off"),
        ("lines_removed", false) => format!("{actor} took units off"),
        ("lines_changed", true) => format!("{actor} corrected what happened to it in an event"),
        ("lines_changed", false) => format!("{actor} corrected what happened to several units"),
        ("line_changed", true) => format!("{actor} corrected what happened to it in an event"),
        ("line_changed", false) => format!("{actor} corrected what happened to a unit"),
        ("event_submitted", true) if left => format!("{actor} submitted its event: it left stock"),
        ("event_submitted", true) => format!("{actor} submitted its event: it stayed in sight"),
        ("event_amended", true) if left => format!("{actor} amended its event: it left stock"),
        ("event_amended", true) => format!("{actor} amended its event: it is back in stock"),
        ("event_cancelled", true) => format!("{actor} cancelled its event: it is free again"),
        ("event_reopened", true) => format!("{actor} reopened its event"),
        ("event_reversed", true) => format!("{actor} reversed its stocking order"),
        ("event_created", false) => format!("{actor} planned it"),
        ("event_changed", false) if !told.fields.is_empty() => format!("{actor} changed {}", listed(&told.fields)),
        ("event_submitted", false) => format!("{actor} submitted it"),
        ("event_amended", false) => format!("{actor} amended it: the next revision was issued"),
        ("event_cancelled", false) => format!("{actor} cancelled it"),
        ("event_reopened", false) => format!("{actor} reopened it"),
        ("event_reversed", false) => format!("{actor} reversed the order"),
        ("event_processed", _) => format!("{actor} changed whether the office is done with it"),
        ("event_paid", false) => format!("{actor} marked it as paid"),
        ("event_file_added", _) => format!("{actor} added a file"),
        ("patient_file_opened", _) => format!("{actor} looked at a file that shows a patient"),
        ("event_file_removed", _) => format!("{actor} took a file off"),
        ("event_file_restored", _) => format!("{actor} put a file back"),
        ("purchase_order_added", _) => format!("{actor} entered a purchase order"),
        ("purchase_order_given", _) => "A purchase order came in through the link".to_owned(),
        ("purchase_order_reminded", _) => "The facility was reminded of the purchase order".to_owned(),
        ("document_link_made", _) => format!("{actor} made a link to the sales order"),
        ("document_link_ended", _) => format!("{actor} ended a link to the sales order"),
        ("document_sent", _) => format!("{actor} sent a document"),
        ("document_marked_sent", _) => format!("{actor} marked a document as sent"),
        ("event_signed", _) => format!("{actor} had it signed"),
        ("event_signed_by_link", _) => "It was signed through the link".to_owned(),
        ("po_reminder_changed", _) => format!("{actor} changed how often the facility is reminded of purchase orders"),
        ("purchase_order_changed", _) => format!("{actor} corrected a purchase order"),
        ("purchase_order_removed", _) => format!("{actor} took a purchase order off"),
        ("charge_added", _) => format!("{actor} added a charge"),
        ("charge_removed", _) => format!("{actor} took a charge off"),
        ("billing_hold_released", _) => format!("{actor} let it pass the billing hold"),
        ("quote_shared", _) => format!("{actor} made a link to the quote for the customer"),
        ("quote_link_ended", _) => format!("{actor} ended the link to the quote"),
        ("quote_approved", _) => "The quote was approved".to_owned(),
        ("quote_declined", _) => "The quote was declined".to_owned(),
        ("payment_booked", _) => format!("{actor} entered a payment"),
        ("payment_received", _) => format!("{actor} booked a payment of the customer"),
        ("invoice_written_off", _) => format!("{actor} wrote off an invoice"),
        ("notices_set", _) => format!("{actor} changed how people are told"),
        ("patient_files_purged", _) => {
            "Pictures of the patient were destroyed: they are kept for a time only".to_owned()
        }
        ("invoice_credited", _) => format!("{actor} credited an invoice"),
        ("due_date_corrected", _) => format!("{actor} corrected a due date"),
        ("due_date_fallen_back", _) => "A due date no longer waits: it is counted from the invoice".to_owned(),
        ("accounting_exported", _) => format!("{actor} exported documents to accounting"),
        ("accounting_export_undone", _) => format!("{actor} took an accounting export back"),
        ("accounting_settings_changed", _) => format!("{actor} changed how documents are exported to accounting"),
        ("accounting_names_changed", _) => format!("{actor} changed names of accounting exports"),
        ("price_asked", _) => format!("{actor} asked the office for a price"),
        ("price_declined", _) => format!("{actor} declined to agree a price"),
        ("event_commented", _) => format!("{actor} said something about it"),
        ("event_repriced", false) => format!("{actor} priced it by what is agreed now"),
        ("commission_rule_created", _) => format!("{actor} made a rule of commission"),
        ("commission_rule_changed", _) => format!("{actor} changed a rule of commission"),
        ("commission_statement_issued", _) => format!("{actor} issued a commission statement"),
        ("commission_statement_paid", _) => format!("{actor} paid a commission statement"),
        ("commission_statement_cancelled", _) => format!("{actor} cancelled a commission statement"),
        ("balance_refunded", _) => format!("{actor} refunded credit balance"),
        ("terms_reapplied", _) => format!("{actor} applied the customer's terms again"),
        _ => return None,
    })
}

/// Any other kind: `event_submitted` reads "submitted the event", with what it did to the unit.
fn general(kind: &str, told: &Told) -> String {
    let words = kind
        .rsplit_once('_')
        .map_or_else(|| kind.to_owned(), |(thing, verb)| format!("{verb} the {}", thing.replace('_', " ")));
    let mut text = format!("{} {words}", told.actor);
    if told.one {
        if let (Some((from, from_name)), Some((to, to_name))) = (&told.from, &told.to)
            && from != to
        {
            text.push_str(&format!(": it passed from {from_name} to {to_name}"));
        } else if let Some((Some(before), after)) = told.state
            && before != after
        {
            text.push_str(&format!(": {}, before {}", after.label().to_lowercase(), before.label().to_lowercase()));
        }
    }
    text
}

fn listed(fields: &[String]) -> String {
    match fields {
        [] => "it".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(actor: &str, to: &str, acted_for: bool) -> Told {
        Told {
            actor: actor.into(),
            from: Some((Uuid::from_u128(1), "Bob Lind".into())),
            to: Some((Uuid::from_u128(2), to.into())),
            acted_for,
            units: 1,
            one: true,
            state: Some((Some(UnitState::Available), UnitState::InEvent)),
            fields: vec!["lot".into(), "serial".into(), "expires on".into()],
        }
    }

    #[test]
    fn sentences_name_people() {
        assert_eq!(sentence("transfer_sent", &told("Bob Lind", "Ann Reyes", false)), "Bob Lind sent it to Ann Reyes");
        assert_eq!(
            sentence("transfer_accepted", &told("Dana Moore", "Ann Reyes", true)),
            "Dana Moore accepted it for Ann Reyes"
        );
        assert_eq!(sentence("transfer_accepted", &told("Ann Reyes", "Ann Reyes", false)), "Ann Reyes accepted it");
        assert_eq!(sentence("unit_edited", &told("Ann", "Ann", false)), "Ann changed lot, serial and expires on");
    }

    #[test]
    fn other_rooms_get_a_sentence_too() {
        let mut it = told("Ann Reyes", "Cy Okoye", false);
        assert_eq!(sentence("cover_applied", &it), "Ann Reyes applied the cover: it passed from Bob Lind to Cy Okoye");
        it.from.clone_from(&it.to);
        assert_eq!(sentence("event_lines_added", &it), "Ann Reyes added the event lines: in event, before available");
        it.one = false;
        assert_eq!(sentence("customer_edited", &it), "Ann Reyes edited the customer");
    }
}
