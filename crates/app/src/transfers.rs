//! Transfers: sent, accepted, declined, taken back; units pulled from a source; who may receive.
//!
//! While a transfer is pending its units stay with the sender and nobody else can take them. Whoever decides about a transfer
//! locks it first, then its units in the order of their ids.

pub mod drafts;
pub mod shipping;

use crate::history::Names;
use crate::labels;
use crate::links::across;
use crate::recalls::freeze;
use crate::unit_lists::custodians;
use crate::units::{Holder, assign, holder, indexed, level, may_use_in_event, notify};
use crate::{Ctx, Error, Result, list};
use contract::transfers::{
    AcceptTransfer, CreateTransfer, CreatedTransfer, MissingUnit, QuickTransfer, Recipient, Suggestion, Transfer,
    TransferLine, TransferRow as Row,
};
use contract::{CustodianRef, ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{Id, TransferId, UnitId, UserId};
use domain::limits;
use domain::link;
use domain::people::{Level, Permission, Role};
use domain::stock::{Custodian, CustodianType, TransferLineStatus, TransferStatus, Unit as Facts, UnitKind};
use domain::text::fold;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Tx;
use store::links::LinkRow;
use store::page::{Keyset, Sort};
use store::stock::{Extras, Move, UnitRow};
use store::transfers::{Filter, LineRow, TransferRow};
use uuid::Uuid;

fn custodian(kind: &str, id: Uuid) -> Custodian {
    Custodian { kind: CustodianType::parse(kind).unwrap_or(CustodianType::User), id }
}

pub(crate) fn from(row: &TransferRow) -> Custodian {
    custodian(&row.from_type, row.from_id)
}

pub(crate) fn to(row: &TransferRow) -> Custodian {
    custodian(&row.to_type, row.to_id)
}

/// A custodian's id as it is printed, for the journal.
fn printed(custodian: Custodian) -> String {
    match custodian.kind {
        CustodianType::User => UserId::from_uuid(custodian.id).to_string(),
        _ => domain::id::OrganizationId::from_uuid(custodian.id).to_string(),
    }
}

pub(crate) fn units(count: usize) -> String {
    if count == 1 { "1 unit".to_owned() } else { format!("{count} units") }
}

fn status(row: &TransferRow) -> TransferStatus {
    TransferStatus::parse(&row.status).unwrap_or(TransferStatus::Cancelled)
}

fn row_view(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: TransferRow) -> Result<Row> {
    let account = |id: Uuid| (!across::is_company(&row, id)).then(|| Id::from_uuid(id));
    let (created_by, decided_by) = (account(row.created_by), row.decided_by.and_then(account));
    Ok(Row {
        id: Id::from_uuid(row.id),
        from: from(&row).into(),
        from_name: names.of(ctx, tx, row.from_id)?,
        to: to(&row).into(),
        to_name: names.of(ctx, tx, row.to_id)?,
        status: status(&row),
        note: row.note,
        due_back_on: row.due_back_on.map(|day| Day(day as i32)),
        place_id: row.place_id.map(Id::from_uuid),
        event_id: row.event_id.map(Id::from_uuid),
        units_count: row.units_count,
        created_by,
        created_at: Instant(row.created_at),
        decided_by,
        decided_at: row.decided_at.map(Instant),
        decline_reason: row.decline_reason,
        version: row.version,
    })
}

fn view(ctx: &Ctx, tx: &mut Tx, row: TransferRow) -> Result<Transfer> {
    let lines = match across::is_incoming(&row) {
        true => crate::links::labels::labelled(ctx, tx, &row)?,
        false => store::transfers::lines(tx, ctx.org(), row.id)?.into_iter().map(line_view).collect(),
    };
    let row = row_view(ctx, tx, &mut Names::default(), row)?;
    Ok(Transfer {
        id: row.id,
        from: row.from,
        from_name: row.from_name,
        to: row.to,
        to_name: row.to_name,
        status: row.status,
        note: row.note,
        due_back_on: row.due_back_on,
        place_id: row.place_id,
        event_id: row.event_id,
        units_count: row.units_count,
        lines,
        created_by: row.created_by,
        created_at: row.created_at,
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        decline_reason: row.decline_reason,
        shipment: shipping::of(ctx, tx, row.id.uuid())?,
        version: row.version,
    })
}

fn line_view(row: LineRow) -> TransferLine {
    TransferLine {
        unit_id: Id::from_uuid(row.unit_id),
        status: TransferLineStatus::parse(&row.status).unwrap_or(TransferLineStatus::Cancelled),
        reason: row.reason,
        label: None,
    }
}

/// The lines of a transfer, whichever side holds them.
fn lines_of(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<Vec<LineRow>> {
    if across::is_incoming(row) {
        return across::lines(ctx, tx, row);
    }
    Ok(store::transfers::lines(tx, ctx.org(), row.id)?)
}

/// What lies in these containers, as the transfer knows it.
fn inside(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, containers: &BTreeSet<Uuid>) -> Result<Vec<Uuid>> {
    if across::is_incoming(row) {
        let mut found = Vec::new();
        for container in containers {
            found.extend(across::contents(ctx, tx, row, *container)?);
        }
        return Ok(found);
    }
    let ids: Vec<Uuid> = containers.iter().copied().collect();
    Ok(store::packs::inside(tx, ctx.org(), &ids)?.into_iter().map(|(unit, _)| unit).collect())
}

/// Whether the viewer sees a transfer: through either side, or as whoever made it.
fn sees(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<bool> {
    let made = row.created_by == ctx.actor.id.uuid() || row.created_by == ctx.principal().uuid();
    Ok(made || level(ctx, tx, from(row))? >= Level::See || level(ctx, tx, to(row))? >= Level::See)
}

fn lock(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<TransferRow> {
    let row = store::transfers::lock_transfer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if sees(ctx, tx, &row)? { Ok(row) } else { Err(Error::not_found()) }
}

fn must_be_pending(row: &TransferRow) -> Result<()> {
    match status(row) {
        TransferStatus::Pending => Ok(()),
        other => Err(Error::conflict(
            "transfer_not_pending",
            format!("This transfer is {} already. Look at it as it is now.", other.label().to_lowercase()),
        )),
    }
}

/// One transfer with its units.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<Transfer> {
    let row = store::transfers::transfer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, &row)? {
        return Err(Error::not_found());
    }
    view(ctx, tx, row)
}

/// What the list of transfers can be filtered by.
pub const FILTERS: &[&str] = &["status", "from", "to", "direction", "unit_id", "event_id", "created_by"];

/// Transfers in reach, the latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Row>> {
    list::only(params, FILTERS)?;
    let newest = [Sort { column: "transfer.id", descending: true }];
    let paging = list::paging("transfers", params, &[("created_at", "transfer.id")], &newest)?;
    let descending = paging.sorts.first().is_none_or(|sort| sort.descending);
    let after = match &paging.after {
        None => None,
        Some(Keyset(values)) => match values.last() {
            Some(store::Value::Uuid(id)) => Some(*id),
            _ => {
                let message = "Give back next_cursor of the page before, unchanged.";
                return Err(Error::field("cursor", "invalid_cursor", message));
            }
        },
    };
    let filter = filter(ctx, params)?;
    let (rows, more) = store::transfers::page(tx, ctx.viewer(), &filter, descending, after, paging.limit)?;
    let (mut names, mut items) = (Names::default(), Vec::with_capacity(rows.len()));
    let width = paging.sorts.len() + 1;
    let next_cursor =
        rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &vec![store::Value::Uuid(row.id); width]));
    for row in rows {
        items.push(row_view(ctx, tx, &mut names, row)?);
    }
    let total = if params.count { Some(store::transfers::count(tx, ctx.viewer(), &filter)?) } else { None };
    Ok(Page { items, next_cursor, total })
}

fn filter(ctx: &Ctx, params: &ListParams) -> Result<Filter> {
    let statuses = list::words(params, "status", TransferStatus::parse)?.unwrap_or_default();
    let mut filter = Filter {
        statuses: statuses.into_iter().map(TransferStatus::as_str).collect(),
        from: custodians(params, "from")?.unwrap_or_default(),
        to: custodians(params, "to")?.unwrap_or_default(),
        unit: list::ids::<domain::id::Unit>(params, "unit_id")?.unwrap_or_default().first().map(|id| id.uuid()),
        event: list::ids::<domain::id::Event>(params, "event_id")?.unwrap_or_default().first().map(|id| id.uuid()),
        created_by: custodians(params, "created_by")?.unwrap_or_default(),
    };
    let own = if ctx.actor.role.is_office() { ctx.org() } else { ctx.principal().uuid() };
    match params.filters.get("direction").map(String::as_str) {
        None | Some("") => {}
        Some("in") => filter.to = vec![own],
        Some("out") => filter.from = vec![own],
        Some(_) => return Err(Error::field("direction", "invalid_value", "The direction is in or out.")),
    }
    Ok(filter)
}

/// Units to be sent, with what lies in their containers: locked in the order of their ids, and all with the sender.
fn gather(ctx: &Ctx, tx: &mut Tx, places: &BTreeMap<Uuid, usize>, sender: Custodian) -> Result<Vec<UnitRow>> {
    let org = ctx.org();
    let mut ids: BTreeSet<Uuid> = places.keys().copied().collect();
    // A look before the locks: what lies in a container is locked in its place among the others.
    let named: Vec<Uuid> = ids.iter().copied().collect();
    ids.extend(store::packs::inside(tx, org, &named)?.into_iter().map(|(unit, _)| unit));
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Send at most {} units at once.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("unit_ids", "too_many", message));
    }
    let all: Vec<Uuid> = ids.iter().copied().collect();
    let mut found: BTreeMap<Uuid, UnitRow> =
        store::custody::lock_units(tx, org, &all)?.into_iter().map(|row| (row.id, row)).collect();
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        let field = || format!("unit_ids[{}]", places.get(id).copied().unwrap_or_default());
        let row = found.remove(id).ok_or_else(|| Error::unknown(field()))?;
        if row.facts().custodian != sender {
            if level(ctx, tx, row.facts().custodian)? < Level::See {
                return Err(Error::unknown(field()));
            }
            let message = "One of these units is not with the sender any more. Look at it as it is now.";
            return Err(Error::conflict("unit_not_with_sender", message));
        }
        row.facts().may_be_sent()?;
        rows.push(row);
    }
    for row in &rows {
        let inside = row.container_id.filter(|id| !ids.contains(id));
        if inside.is_some() {
            let message =
                "One of these units lies in a container and moves with it. Take it out first, or send the container.";
            return Err(Error::conflict("unit_in_container", message));
        }
    }
    let holding: Vec<Uuid> =
        rows.iter().filter(|row| row.kind != UnitKind::Device.as_str()).map(|row| row.id).collect();
    if store::packs::inside(tx, org, &holding)?.iter().any(|(unit, _)| !ids.contains(unit)) {
        // Something was put in between the look and the lock: look again.
        return Err(Error::Db(store::Error::Conflict));
    }
    Ok(rows)
}

/// A unit on an open event travels only to somebody who may use it there.
fn keep_for_events(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow], to: Custodian) -> Result<()> {
    let mut asked: HashMap<Uuid, bool> = HashMap::new();
    for event in rows.iter().filter_map(|row| row.event_id) {
        if let std::collections::hash_map::Entry::Vacant(slot) = asked.entry(event) {
            let fits = match store::stock::using_event(tx, ctx.org(), event)? {
                Some(it) => may_use_in_event(ctx, tx, to, UserId::from_uuid(it.representative_id))?,
                None => true,
            };
            slot.insert(fits);
        }
    }
    if asked.values().all(|fits| *fits) {
        return Ok(());
    }
    let message = "One of these units is marked on an open event, and the recipient could not use it there. \
                   Take it off the event first, or find cover for the event.";
    Err(Error::conflict("unit_in_event", message))
}

/// Who sends: in reach for use at least. The organisation's own stock is sent by the office.
fn sender(ctx: &Ctx, tx: &mut Tx, wanted: CustodianRef) -> Result<(Custodian, String)> {
    let Some(custodian) = wanted.custodian() else {
        let message = "The type and the id of this custodian do not fit together.";
        return Err(Error::field("from", "invalid_custodian", message));
    };
    if level(ctx, tx, custodian)? < Level::Use {
        return Err(Error::unknown("from"));
    }
    let name = match custodian.kind {
        CustodianType::Organization if custodian.id == ctx.org() => Some(ctx.organization.name.clone()),
        CustodianType::User => store::people::name(tx, ctx.org(), custodian.id)?,
        _ => None,
    };
    Ok((custodian, name.ok_or_else(|| Error::unknown("from"))?))
}

/// Whoever answers for a unit.
fn from_ref(ctx: &Ctx, tx: &mut Tx, unit: UnitId) -> Result<CustodianRef> {
    let row = store::stock::unit(tx, ctx.org(), unit.uuid())?.ok_or_else(|| Error::unknown("unit_ids[0]"))?;
    if level(ctx, tx, row.facts().custodian)? < Level::See {
        return Err(Error::unknown("unit_ids[0]"));
    }
    Ok(row.facts().custodian.into())
}

fn named(unit_ids: &[UnitId]) -> Result<BTreeMap<Uuid, usize>> {
    let places = indexed("unit_ids", unit_ids)?;
    if places.is_empty() {
        return Err(Error::field("unit_ids", "required", "Name at least one unit."));
    }
    Ok(places)
}

/// An entry about a transfer: it shows in the history of the transfer and of both sides.
pub(crate) fn entry(ctx: &Ctx, kind: &'static str, row: &TransferRow, reason: &str) -> crate::journal::Draft {
    let mut entry = ctx.entry(kind).reason(reason).subject(row.id);
    for side in [from(row), to(row)] {
        if side.kind == CustodianType::User {
            entry = entry.subject(side.id);
        }
    }
    entry.change(row.id, "from", None, Some(printed(from(row))));
    entry.change(row.id, "to", None, Some(printed(to(row))));
    entry
}

/// Sends units to another custodian.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateTransfer) -> Result<CreatedTransfer> {
    create_as(ctx, tx, ctx.id::<domain::id::Transfer>(), body)
}

/// The same, as a transfer that is known by this id already.
fn create_as(ctx: &Ctx, tx: &mut Tx, id: TransferId, body: &CreateTransfer) -> Result<CreatedTransfer> {
    ctx.require(Permission::SendTransfers)?;
    let places = named(&body.unit_ids)?;
    let wanted = match body.from {
        Some(from) => from,
        None => from_ref(ctx, tx, body.unit_ids[0])?,
    };
    let (sends, from_name) = sender(ctx, tx, wanted)?;
    let (receives, link) = receiver(ctx, tx, body.to)?;
    if receives.custodian == sends {
        let message = "Sender and recipient are the same. Choose somebody else.";
        return Err(Error::field("to", "same_custodian", message));
    }
    let place_id = body.place_id.map(Id::uuid);
    if link.is_some() && place_id.is_some() {
        let message = "Where the units will lie is for the linked company to say. Leave the place out.";
        return Err(Error::field("place_id", "not_your_place", message));
    }
    if let Some(place) = place_id
        && !store::stock::place_exists(tx, ctx.org(), place)?
    {
        return Err(Error::unknown("place_id"));
    }
    if let Some(event) = body.event_id {
        crate::events::readable(ctx, tx, event.uuid()).map_err(|error| match error {
            Error::NotFound(_) => Error::unknown("event_id"),
            other => other,
        })?;
    }
    let note = labels::note("note", &body.note)?;
    let rows = gather(ctx, tx, &places, sends)?;
    freeze::refuse_rows(ctx, tx, &rows, "sent to anybody else", Some(receives.custodian))?;
    crate::cleared::for_recipient(ctx, tx, &rows, receives.custodian)?;
    match &link {
        Some(_) => across::may_leave(ctx, tx, &rows)?,
        None => keep_for_events(ctx, tx, &rows, receives.custodian)?,
    }
    let row = TransferRow {
        id: id.uuid(),
        from_type: sends.kind.as_str().to_owned(),
        from_id: sends.id,
        to_type: receives.custodian.kind.as_str().to_owned(),
        to_id: receives.custodian.id,
        status: TransferStatus::Pending.as_str().to_owned(),
        note,
        due_back_on: body.due_back_on.map(|day| i64::from(day.0)),
        place_id,
        event_id: body.event_id.map(Id::uuid),
        units_count: rows.len() as i64,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        decided_by: None,
        decided_at: None,
        decline_reason: None,
        version: 1,
    };
    store::transfers::insert(tx, ctx.org(), &row)?;
    if let Some(link) = &link {
        across::announce(ctx, tx, &row, &rows, link)?;
    }
    let ids: Vec<Uuid> = rows.iter().map(|it| it.id).collect();
    store::transfers::insert_lines(tx, ctx.org(), row.id, &ids, TransferLineStatus::Pending.as_str())?;
    let mut moves = Vec::with_capacity(rows.len());
    for before in rows {
        let mut after = before.facts();
        after.transfer = Some(Id::from_uuid(row.id));
        moves.push(Move { before, after, extras: Extras::default() });
    }
    let mut entry = entry(ctx, "transfer_sent", &row, "");
    for movement in store::stock::move_units(tx, ctx.org(), &moves, ctx.now.0)? {
        entry.movement(movement);
    }
    entry.append(ctx, tx)?;
    if link.is_none() {
        tell_recipient(ctx, tx, &row, &receives, &from_name, moves.len())?;
    }
    let suggestion = if body.only_for_this_person { None } else { suggestion(ctx, tx, sends, &receives)? };
    Ok(CreatedTransfer { transfer: view(ctx, tx, row)?, suggestion })
}

/// Who is to receive, and the link when that is a linked company.
fn receiver(ctx: &Ctx, tx: &mut Tx, wanted: CustodianRef) -> Result<(Holder, Option<LinkRow>)> {
    match wanted.custodian() {
        Some(it) if it.kind == CustodianType::LinkedOrganization => {
            let (holder, link) = across::recipient(ctx, tx, "to", it.id)?;
            Ok((holder, Some(link)))
        }
        _ => Ok((holder(ctx, tx, "to", wanted)?, None)),
    }
}

fn tell_recipient(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &TransferRow,
    receives: &Holder,
    from_name: &str,
    count: usize,
) -> Result<()> {
    let what = units(count);
    if receives.custodian.kind == CustodianType::User && !receives.custodian_only {
        let sentence = format!("{from_name} sent you {what}. Accept or decline them.");
        return notify(ctx, tx, receives.custodian.id, "transfer_sent", row.id, &sentence);
    }
    // Nobody signs in for the organisation or for a hub: the office receives for them.
    let sentence = format!("{from_name} sent {what} to {}. Accept or decline them.", receives.name);
    for person in store::stock::office(tx, ctx.org())? {
        notify(ctx, tx, person, "transfer_sent", row.id, &sentence)?;
    }
    Ok(())
}

/// Another recipient who would serve better: the distributor who shares with the group of the rep who is to receive. A
/// suggestion alone; nothing follows from it.
pub fn suggest(ctx: &Ctx, tx: &mut Tx, from: Option<CustodianRef>, to: CustodianRef) -> Result<Option<Suggestion>> {
    let (receives, _) = receiver(ctx, tx, to)?;
    let sends = from.and_then(CustodianRef::custodian).unwrap_or_else(|| Custodian::organization(ctx.organization.id));
    suggestion(ctx, tx, sends, &receives)
}

fn suggestion(ctx: &Ctx, tx: &mut Tx, sends: Custodian, receives: &Holder) -> Result<Option<Suggestion>> {
    if receives.role != Some(Role::Sales) {
        return Ok(None);
    }
    let sharers = store::stock::sharers(tx, ctx.org(), receives.custodian.id)?;
    // Out of the pool itself it is meant.
    if sharers.iter().any(|(id, ..)| *id == sends.id) {
        return Ok(None);
    }
    let Some((id, name, _)) = sharers.into_iter().next() else { return Ok(None) };
    let rep = &receives.name;
    Ok(Some(Suggestion {
        to: Custodian::user(Id::from_uuid(id)).into(),
        sentence: format!(
            "{name} shares stock with the group of {rep}. Sent to {name}, the whole group can use these units; \
             sent to {rep}, only {rep} can."
        ),
    }))
}

/// Whoever receives decides: oneself, or those who may do so for others in their reach.
fn must_decide(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<()> {
    let receives = to(row);
    let oneself = receives == Custodian::user(ctx.principal()) && !ctx.actor.custodian_only;
    if oneself || (ctx.may(Permission::DecideForOthers) && level(ctx, tx, receives)? >= Level::Act) {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_yours_to_decide",
        "This transfer is for somebody else to accept or decline: the recipient, their distributor or regional manager, \
         or the office.",
    ))
}

/// What becomes of one unit of a transfer.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    /// What its line says.
    pub line: TransferLineStatus,
    /// Who answers for it afterwards.
    pub custodian: Custodian,
    /// Put on hold, and why.
    pub hold: Option<String>,
    /// Said on the line.
    pub reason: String,
}

/// Settles some lines of a pending transfer: units move, lines say so, containers stay with what stays in them.
pub(crate) fn settle(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, fates: &BTreeMap<Uuid, Fate>) -> Result<Vec<Move>> {
    let org = ctx.org();
    let company = match across::is_outgoing(row) {
        true => Some(Names::default().of(ctx, tx, row.to_id)?),
        false => None,
    };
    let ids: Vec<Uuid> = fates.keys().copied().collect();
    let rows = store::custody::lock_units(tx, org, &ids)?;
    if rows.len() != ids.len() || rows.iter().any(|it| it.transfer_id != Some(row.id)) {
        return Err(Error::Db(store::Error::Conflict));
    }
    let around = around(ctx, tx, &rows, fates)?;
    let mut said: BTreeMap<(&str, &str), Vec<Uuid>> = BTreeMap::new();
    let mut moves = Vec::with_capacity(rows.len());
    for before in rows {
        let fate = &fates[&before.id];
        let mut after = before.facts();
        after.transfer = None;
        after.custodian = fate.custodian;
        after.on_hold = fate.hold.is_some();
        let lost = (fate.line == TransferLineStatus::Missing).then_some(domain::hold::HoldStatus::Lost);
        let mut extras = Extras { hold_reason: fate.hold.clone(), hold_status: lost, ..Extras::default() };
        if fate.line == TransferLineStatus::Accepted {
            extras.place = row.place_id.map(Some);
            extras.due_back_on = match row.due_back_on {
                Some(day) => Some(Some(Day(day as i32))),
                // A loan that came home is no loan any more.
                None => (fate.custodian.kind == CustodianType::Organization).then_some(None),
            };
        }
        if let Some(container) = before.container_id
            && !stays_together(container, fate, fates, &around)
        {
            after.container = None;
        }
        if let Some(company) = company.as_ref().filter(|_| fate.line == TransferLineStatus::Accepted) {
            after = Facts { container: after.container, ..link::left(&after, Id::from_uuid(row.to_id)) };
            extras.deactivated_reason = Some(format!("Went to {company}"));
        }
        said.entry((fate.line.as_str(), fate.reason.as_str())).or_default().push(before.id);
        moves.push(Move { before, after, extras });
    }
    for ((line, reason), units) in said {
        store::transfers::set_lines(tx, org, row.id, &units, line, reason)?;
    }
    Ok(moves)
}

/// The containers of these units that are not settled with them: who answers for those that are here.
fn around(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow], fates: &BTreeMap<Uuid, Fate>) -> Result<HashMap<Uuid, Custodian>> {
    let ids: BTreeSet<Uuid> =
        rows.iter().filter_map(|row| row.container_id).filter(|id| !fates.contains_key(id)).collect();
    let found = store::stock::units(tx, ctx.org(), &ids.into_iter().collect::<Vec<_>>())?;
    let here = found.into_iter().filter(|it| it.transfer_id.is_none());
    Ok(here.map(|it| (it.id, it.facts().custodian)).collect())
}

fn stays_together(
    container: Uuid,
    fate: &Fate,
    fates: &BTreeMap<Uuid, Fate>,
    around: &HashMap<Uuid, Custodian>,
) -> bool {
    match fates.get(&container) {
        Some(other) => other.custodian == fate.custodian,
        None => around.get(&container) == Some(&fate.custodian),
    }
}

/// Moves what was settled and tells of it in one entry; what changed besides custody is told by unit.
pub(crate) fn carry(ctx: &Ctx, tx: &mut Tx, mut entry: crate::journal::Draft, moves: &[Move]) -> Result<()> {
    for movement in store::stock::move_units(tx, ctx.org(), moves, ctx.now.0)? {
        entry.movement(movement);
    }
    let place = |id: Option<Uuid>| id.map(|id| domain::id::PlaceId::from_uuid(id).to_string());
    let unit = |id: Option<UnitId>| id.map(|id| id.to_string());
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    for it in moves {
        let (id, before) = (it.before.id, &it.before);
        let due = before.due_back_on.map(|day| Day(day as i32));
        let told = [
            ("place_id", place(before.place_id), place(it.extras.place.unwrap_or(before.place_id))),
            ("due_back_on", day(due), day(it.extras.due_back_on.unwrap_or(due))),
            ("container_id", unit(before.facts().container), unit(it.after.container)),
        ];
        if told.iter().any(|(_, old, new)| old != new) {
            entry = entry.subject(id);
        }
        for (field, old, new) in told {
            entry.change(id, field, old, new);
        }
    }
    entry.append(ctx, tx)
}

/// Lines that still wait.
fn pending(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<BTreeSet<Uuid>> {
    let lines = lines_of(ctx, tx, row)?;
    let waits = TransferLineStatus::Pending.as_str();
    Ok(lines.into_iter().filter(|line| line.status == waits).map(|line| line.unit_id).collect())
}

/// Saves where a transfer stands now. It is closed once nothing waits: accepted when anything of it was.
pub(crate) fn close(ctx: &Ctx, tx: &mut Tx, mut row: TransferRow, otherwise: TransferStatus) -> Result<Transfer> {
    let lines = lines_of(ctx, tx, &row)?;
    let has = |status: TransferLineStatus| lines.iter().any(|line| line.status == status.as_str());
    let status = if has(TransferLineStatus::Pending) {
        TransferStatus::Pending
    } else if has(TransferLineStatus::Accepted) {
        TransferStatus::Accepted
    } else {
        otherwise
    };
    row.status = status.as_str().to_owned();
    if status != TransferStatus::Pending {
        row.decided_by = Some(ctx.actor.id.uuid());
        row.decided_at = Some(ctx.now.0);
        if across::is_incoming(&row) || across::is_outgoing(&row) {
            store::crossings::close(tx, ctx.org(), row.id)?;
        }
    }
    store::transfers::decide(tx, ctx.org(), &row)?;
    let row = store::transfers::transfer(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    crate::coverage::tasks::transfer_closed(ctx, tx, &row)?;
    crate::requests::answer::transfer_moved(ctx, tx, &row)?;
    view(ctx, tx, row)
}

/// 412 with the transfer as it is now.
fn check_version(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<()> {
    if ctx.expected_version.is_none_or(|expected| expected == row.version) {
        return Ok(());
    }
    let current = get(ctx, tx, Id::from_uuid(row.id))?;
    ctx.check_version(row.version, || Ok(current))
}

/// What of a transfer arrived and what did not.
pub(crate) struct Arrived {
    /// Units that came.
    pub accepted: BTreeSet<Uuid>,
    /// Units that did not, with what is known about them.
    pub missing: BTreeMap<Uuid, String>,
}

fn arrived(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, body: &AcceptTransfer) -> Result<Arrived> {
    let waits = pending(ctx, tx, row)?;
    let mut missing = BTreeMap::new();
    for (place, MissingUnit { unit_id, reason }) in body.missing.iter().enumerate() {
        let field = format!("missing[{place}].unit_id");
        if !waits.contains(&unit_id.uuid()) {
            return Err(Error::unknown(field));
        }
        let reason = labels::line("reason", Some(reason), limits::REASON_MAX)?;
        if reason.is_empty() {
            let message = "Say what is known about the missing unit.";
            return Err(Error::field(format!("missing[{place}].reason"), "required", message));
        }
        if missing.insert(unit_id.uuid(), reason).is_some() {
            return Err(Error::field(field, "repeated", "This unit is in the list twice."));
        }
    }
    let accepted = match &body.unit_ids {
        None => waits.iter().copied().filter(|id| !missing.contains_key(id)).collect(),
        Some(ids) => {
            let mut accepted = BTreeSet::new();
            for (id, place) in indexed("unit_ids", ids)? {
                let field = format!("unit_ids[{place}]");
                if !waits.contains(&id) {
                    return Err(Error::unknown(field));
                }
                if missing.contains_key(&id) {
                    return Err(Error::field(field, "repeated", "This unit cannot have arrived and be missing."));
                }
                accepted.insert(id);
            }
            // A container brings what lies in it.
            for inside in inside(ctx, tx, row, &accepted)? {
                if waits.contains(&inside) && !missing.contains_key(&inside) {
                    accepted.insert(inside);
                }
            }
            accepted
        }
    };
    if accepted.is_empty() && missing.is_empty() {
        return Err(Error::field("unit_ids", "required", "Name at least one unit that arrived or is missing."));
    }
    Ok(Arrived { accepted, missing })
}

/// Who answers for what did not arrive: the organisation's discrepancy custodian, or still the sender.
fn discrepancy(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<Custodian> {
    discrepancies(ctx, tx, from(row))
}

/// The organisation's discrepancy custodian, or somebody else where there is none who could take anything over.
pub(crate) fn discrepancies(ctx: &Ctx, tx: &mut Tx, otherwise: Custodian) -> Result<Custodian> {
    let setting = ctx.organization.settings.get("discrepancy_custodian_id").and_then(|value| value.as_str());
    let Some(user) = setting.and_then(|text| text.parse::<UserId>().ok()) else { return Ok(otherwise) };
    let known = holder(ctx, tx, "discrepancy_custodian_id", Custodian::user(user).into());
    Ok(known.map_or(otherwise, |holder| holder.custodian))
}

/// Accepts a transfer, or a part of it; reports what is missing.
pub fn accept(ctx: &Ctx, tx: &mut Tx, id: TransferId, body: &AcceptTransfer) -> Result<Transfer> {
    let done = take(ctx, tx, id, body)?;
    if body.damaged.is_empty() {
        return Ok(done);
    }
    shipping::damaged(ctx, tx, &done, body)?;
    Ok(done)
}

fn take(ctx: &Ctx, tx: &mut Tx, id: TransferId, body: &AcceptTransfer) -> Result<Transfer> {
    across::lock_sender(ctx, tx, id)?;
    let row = lock(ctx, tx, id)?;
    must_decide(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    must_be_pending(&row)?;
    let arrived = arrived(ctx, tx, &row, body)?;
    if across::is_incoming(&row) {
        return across::accept(ctx, tx, row, &arrived);
    }
    let Arrived { accepted, missing } = arrived;
    let lost = discrepancy(ctx, tx, &row)?;
    let mut fates = BTreeMap::new();
    for id in &accepted {
        let fate = Fate { line: TransferLineStatus::Accepted, custodian: to(&row), hold: None, reason: String::new() };
        fates.insert(*id, fate);
    }
    for (id, reason) in &missing {
        let hold = Some(format!("Reported missing by {}: {reason}", ctx.actor.name));
        let fate = Fate { line: TransferLineStatus::Missing, custodian: lost, hold, reason: reason.clone() };
        fates.insert(*id, fate);
    }
    let moves = settle(ctx, tx, &row, &fates)?;
    let (came, gone): (Vec<Move>, Vec<Move>) = moves.into_iter().partition(|it| accepted.contains(&it.before.id));
    if !came.is_empty() {
        carry(ctx, tx, entry(ctx, "transfer_accepted", &row, ""), &came)?;
        let manufacturers: BTreeSet<Uuid> = came.iter().map(|it| it.before.manufacturer_id).collect();
        assign(ctx, tx, to(&row), manufacturers)?;
    }
    if !gone.is_empty() {
        let reason = missing.values().next().cloned().unwrap_or_default();
        carry(ctx, tx, entry(ctx, "transfer_missing", &row, &reason), &gone)?;
    }
    let mut names = Names::default();
    let receiver = names.of(ctx, tx, row.to_id)?;
    let mut sentence = format!("{receiver} received {}.", units(came.len()));
    if ctx.actor.id.uuid() != row.to_id {
        sentence = format!("{} accepted {} for {receiver}.", ctx.actor.name, units(came.len()));
    }
    if !gone.is_empty() {
        sentence.push_str(&format!(" {} did not arrive: look into it.", units(gone.len())));
    }
    tell_sender(ctx, tx, &row, "transfer_accepted", &sentence)?;
    close(ctx, tx, row, TransferStatus::Accepted)
}

/// Tells whoever made a transfer and whoever sent it.
pub(crate) fn tell_sender(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, kind: &str, sentence: &str) -> Result<()> {
    notify(ctx, tx, row.created_by, kind, row.id, sentence)?;
    if row.from_id != row.created_by {
        notify(ctx, tx, row.from_id, kind, row.id, sentence)?;
    }
    Ok(())
}

/// Declines what is still pending of a transfer. By the recipient's side the units go back on hold, for the office to look
/// at; by the office they are free at once.
pub fn decline(ctx: &Ctx, tx: &mut Tx, id: TransferId, reason: &str) -> Result<Transfer> {
    let reason = labels::reason(reason)?;
    across::lock_sender(ctx, tx, id)?;
    let mut row = lock(ctx, tx, id)?;
    must_decide(ctx, tx, &row)?;
    check_version(ctx, tx, &row)?;
    must_be_pending(&row)?;
    if across::is_incoming(&row) {
        return across::decline(ctx, tx, row, &reason);
    }
    let office = ctx.actor.role.is_office();
    let hold = (!office).then(|| format!("Declined by {}: {reason}", ctx.actor.name));
    let fate = Fate { line: TransferLineStatus::Declined, custodian: from(&row), hold, reason: reason.clone() };
    let fates = pending(ctx, tx, &row)?.into_iter().map(|id| (id, fate.clone())).collect();
    let moves = settle(ctx, tx, &row, &fates)?;
    carry(ctx, tx, entry(ctx, "transfer_declined", &row, &reason), &moves)?;
    let mut sentence = format!("{} declined {}: {reason}", ctx.actor.name, units(moves.len()));
    if !office {
        sentence.push_str(" They are on hold until the office releases them.");
        let to_look_at = format!("{} declined {}: {reason} They wait on hold.", ctx.actor.name, units(moves.len()));
        for person in store::stock::office(tx, ctx.org())? {
            if person != row.created_by {
                notify(ctx, tx, person, "transfer_declined", row.id, &to_look_at)?;
            }
        }
    }
    tell_sender(ctx, tx, &row, "transfer_declined", &sentence)?;
    if row.to_id != ctx.actor.id.uuid() && row.to_type == CustodianType::User.as_str() {
        notify(
            ctx,
            tx,
            row.to_id,
            "transfer_declined",
            row.id,
            &format!("{} declined a transfer to you: {reason}", ctx.actor.name),
        )?;
    }
    row.decline_reason = Some(reason);
    close(ctx, tx, row, TransferStatus::Declined)
}

/// Whether the actor is of the sender's side, or of the office.
fn cancelling(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<bool> {
    let made = row.created_by == ctx.actor.id.uuid() && !ctx.actor.custodian_only;
    Ok(made || ctx.may(Permission::SendTransfers) && level(ctx, tx, from(row))? >= Level::Act)
}

/// Takes back what is still pending of a transfer: the sender's side, or the office.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<Transfer> {
    let row = lock(ctx, tx, id)?;
    if !cancelling(ctx, tx, &row)? {
        let message =
            "Only whoever sent this transfer, or the office, may take it back. You may decline it if it is for you.";
        return Err(Error::forbidden("not_yours_to_cancel", message));
    }
    check_version(ctx, tx, &row)?;
    must_be_pending(&row)?;
    let fate = Fate { line: TransferLineStatus::Cancelled, custodian: from(&row), hold: None, reason: String::new() };
    let fates = pending(ctx, tx, &row)?.into_iter().map(|id| (id, fate.clone())).collect();
    let moves = settle(ctx, tx, &row, &fates)?;
    carry(ctx, tx, entry(ctx, "transfer_cancelled", &row, ""), &moves)?;
    if across::is_outgoing(&row) {
        across::withdrawn(ctx, tx, &row, &moves, TransferLineStatus::Cancelled, "transfer_cancelled")?;
    }
    if row.to_type == CustodianType::User.as_str() {
        let sentence = format!("{} took back {} that were on the way to you.", ctx.actor.name, units(moves.len()));
        notify(ctx, tx, row.to_id, "transfer_cancelled", row.id, &sentence)?;
    }
    tell_sender(ctx, tx, &row, "transfer_cancelled", &format!("{} took the transfer back.", ctx.actor.name))?;
    close(ctx, tx, row, TransferStatus::Cancelled)
}

/// Takes units off a pending transfer: they are back with the sender as they were. The office alone.
pub fn remove_lines(ctx: &Ctx, tx: &mut Tx, id: TransferId, unit_ids: &[UnitId]) -> Result<Transfer> {
    let row = lock(ctx, tx, id)?;
    ctx.require(Permission::RemoveTransferLines)?;
    if across::is_incoming(&row) {
        let message =
            "A linked company sent these units: report as missing what did not arrive, or decline the transfer.";
        return Err(Error::forbidden("not_yours_to_remove", message));
    }
    check_version(ctx, tx, &row)?;
    must_be_pending(&row)?;
    let waits = pending(ctx, tx, &row)?;
    let mut removed = BTreeSet::new();
    for (id, place) in named(unit_ids)? {
        if !waits.contains(&id) {
            return Err(Error::unknown(format!("unit_ids[{place}]")));
        }
        removed.insert(id);
    }
    let inside = inside(ctx, tx, &row, &removed)?;
    removed.extend(inside.into_iter().filter(|id| waits.contains(id)));
    let fate = Fate { line: TransferLineStatus::Removed, custodian: from(&row), hold: None, reason: String::new() };
    let fates = removed.into_iter().map(|id| (id, fate.clone())).collect();
    let moves = settle(ctx, tx, &row, &fates)?;
    carry(ctx, tx, entry(ctx, "transfer_lines_removed", &row, ""), &moves)?;
    if across::is_outgoing(&row) {
        across::withdrawn(ctx, tx, &row, &moves, TransferLineStatus::Removed, "transfer_lines_removed")?;
    }
    let sentence = format!("{} removed {} from the transfer.", ctx.actor.name, units(moves.len()));
    tell_sender(ctx, tx, &row, "transfer_lines_removed", &sentence)?;
    if row.to_id != row.created_by && row.to_id != row.from_id && !across::is_outgoing(&row) {
        notify(ctx, tx, row.to_id, "transfer_lines_removed", row.id, &sentence)?;
    }
    close(ctx, tx, row, TransferStatus::Cancelled)
}

/// Pulls units from a source that was set up for the own account: a transfer that is accepted at once.
pub fn quick(ctx: &Ctx, tx: &mut Tx, body: &QuickTransfer) -> Result<Transfer> {
    let places = named(&body.unit_ids)?;
    let receives = holder(ctx, tx, "to", Custodian::user(ctx.principal()).into())?;
    if ctx.actor.custodian_only {
        return Err(Error::forbidden("not_allowed", "This account only pools stock. Ask the office to move it."));
    }
    let source = body.from.custodian().ok_or_else(|| Error::unknown("from"))?;
    let listed =
        store::transfers::is_quick_source(tx, ctx.org(), receives.custodian.id, source.kind.as_str(), source.id)?;
    if !listed || source == receives.custodian {
        return Err(Error::unknown("from"));
    }
    let rows = gather_from_source(ctx, tx, &places, source)?;
    freeze::refuse_rows(ctx, tx, &rows, "pulled", Some(receives.custodian))?;
    crate::cleared::for_recipient(ctx, tx, &rows, receives.custodian)?;
    keep_for_events(ctx, tx, &rows, receives.custodian)?;
    let row = TransferRow {
        id: ctx.id::<domain::id::Transfer>().uuid(),
        from_type: source.kind.as_str().to_owned(),
        from_id: source.id,
        to_type: receives.custodian.kind.as_str().to_owned(),
        to_id: receives.custodian.id,
        status: TransferStatus::Accepted.as_str().to_owned(),
        note: String::new(),
        due_back_on: None,
        place_id: None,
        event_id: None,
        units_count: rows.len() as i64,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        decided_by: Some(ctx.actor.id.uuid()),
        decided_at: Some(ctx.now.0),
        decline_reason: None,
        version: 1,
    };
    store::transfers::insert(tx, ctx.org(), &row)?;
    let manufacturers: BTreeSet<Uuid> = rows.iter().map(|it| it.manufacturer_id).collect();
    let ids: Vec<Uuid> = rows.iter().map(|it| it.id).collect();
    store::transfers::insert_lines(tx, ctx.org(), row.id, &ids, TransferLineStatus::Accepted.as_str())?;
    let mut moves = Vec::with_capacity(rows.len());
    for before in rows {
        let mut after = before.facts();
        after.custodian = receives.custodian;
        moves.push(Move { before, after, extras: Extras::default() });
    }
    carry(ctx, tx, entry(ctx, "quick_transfer", &row, ""), &moves)?;
    assign(ctx, tx, receives.custodian, manufacturers)?;
    let sentence = format!("{} pulled {} from you.", ctx.actor.name, units(moves.len()));
    notify(ctx, tx, source.id, "quick_transfer", row.id, &sentence)?;
    view(ctx, tx, row)
}

/// Units of a source that is not in reach otherwise: those of anybody else are unknown.
fn gather_from_source(
    ctx: &Ctx,
    tx: &mut Tx,
    places: &BTreeMap<Uuid, usize>,
    source: Custodian,
) -> Result<Vec<UnitRow>> {
    let ids: Vec<Uuid> = places.keys().copied().collect();
    let found = store::stock::units(tx, ctx.org(), &ids)?;
    let known: BTreeSet<Uuid> = found.iter().filter(|row| row.facts().custodian == source).map(|row| row.id).collect();
    if let Some(place) = places.iter().find(|(id, _)| !known.contains(id)).map(|(_, place)| place) {
        return Err(Error::unknown(format!("unit_ids[{place}]")));
    }
    gather(ctx, tx, places, source)
}

/// Whoever may receive from a sender: active accounts that hold stock, and the organisation; by name.
pub fn recipients(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Recipient>> {
    list::only(params, &["from"])?;
    let but = custodians(params, "from")?.unwrap_or_default().first().copied().unwrap_or_default();
    let paging = list::paging(
        "recipients",
        &ListParams { sort: None, ..params.clone() },
        &[],
        &[Sort { column: "name_key", descending: false }],
    )?;
    let words = fold(params.q.as_deref().unwrap_or_default());
    let (name, id) = match paging.after.as_ref().map(|keyset| keyset.0.as_slice()) {
        None => (String::new(), Uuid::nil()),
        Some([store::Value::Text(name), store::Value::Uuid(id)]) => (name.clone(), *id),
        Some(_) => {
            let message = "Give back next_cursor of the page before, unchanged.";
            return Err(Error::field("cursor", "invalid_cursor", message));
        }
    };
    let mut items = Vec::new();
    let own = fold(&ctx.organization.name);
    let asked = but != ctx.org() && (own.starts_with(&words) || own.contains(&format!(" {words}")));
    let companies = linked_recipients(ctx, tx, &words)?;
    let linked = companies.len() as i64;
    if paging.after.is_none() && asked {
        items.push(Recipient {
            id: ctx.organization.id.to_string(),
            name: ctx.organization.name.clone(),
            r#type: CustodianType::Organization,
        });
    }
    if paging.after.is_none() {
        items.extend(companies);
        items.truncate(paging.limit as usize);
    }
    let room = paging.limit as usize - items.len();
    let mut rows = store::transfers::recipients(tx, ctx.org(), but, &words, (&name, id), room as i64 + 1)?;
    let more = rows.len() > room;
    rows.truncate(room);
    let next_cursor = more.then(|| {
        // With room for the organisation alone the next page begins with the first account.
        let (id, key) = rows.last().map_or((Uuid::nil(), String::new()), |(id, _, key)| (*id, key.clone()));
        list::cursor(paging.bound, &[store::Value::Text(key), store::Value::Uuid(id)])
    });
    let total = match params.count {
        true => Some(store::transfers::count_recipients(tx, ctx.org(), but, &words)? + i64::from(asked) + linked),
        false => None,
    };
    items.extend(rows.into_iter().map(|(id, name, _)| Recipient {
        id: UserId::from_uuid(id).to_string(),
        name,
        r#type: CustodianType::User,
    }));
    Ok(Page { items, next_cursor, total })
}

/// Linked companies whose name has a word that begins so: for the office, which alone sends to them.
fn linked_recipients(ctx: &Ctx, tx: &mut Tx, words: &str) -> Result<Vec<Recipient>> {
    if !ctx.actor.role.is_office() {
        return Ok(Vec::new());
    }
    let fits = |name: &str| {
        let key = fold(name);
        key.starts_with(words) || key.contains(&format!(" {words}"))
    };
    let rows = store::links::active(tx, ctx.org())?.into_iter().filter(|(_, name, _)| fits(name));
    Ok(rows
        .map(|(id, name, _)| Recipient {
            id: crate::links::printed(id),
            name,
            r#type: CustodianType::LinkedOrganization,
        })
        .collect())
}

/// What the viewer may do about a transfer now: for buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Accept or decline it.
    pub decide: bool,
    /// Take it back.
    pub cancel: bool,
    /// Take units off it.
    pub remove_lines: bool,
}

/// What the viewer may do about a transfer now.
pub fn choices(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<Choices> {
    let row = store::transfers::transfer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, &row)? {
        return Err(Error::not_found());
    }
    if status(&row) != TransferStatus::Pending {
        return Ok(Choices::default());
    }
    let made = row.created_by == ctx.actor.id.uuid() && !ctx.actor.custodian_only;
    let sends = ctx.may(Permission::SendTransfers) && level(ctx, tx, from(&row))? >= Level::Act;
    Ok(Choices {
        decide: must_decide(ctx, tx, &row).is_ok(),
        cancel: made || sends,
        remove_lines: ctx.may(Permission::RemoveTransferLines) && !across::is_incoming(&row),
    })
}
