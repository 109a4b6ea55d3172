//! Answering requests: sent by transfers from one or several sources, delivered by a supplier, declined, taken back.

use super::{check_version, kind, lock, number, progress, propose, status, to, view};
use crate::units::{indexed, level, notify};
use crate::{Ctx, Error, Result, labels};
use contract::requests::{FulfillRequest, ReceiveDelivery, SendLine, StockRequest};
use contract::transfers::CreateTransfer;
use contract::units::CreateUnits;
use domain::clock::Day;
use domain::id::{Id, RequestId, UnitId};
use domain::limits;
use domain::people::{Level, Permission};
use domain::request::{self, RequestKind, RequestStatus};
use domain::stock::{Custodian, CustodianType};
use std::collections::BTreeMap;
use store::Tx;
use store::coverage::load::Ask;
use store::requests::{LineRow, RequestRow};
use store::transfers::TransferRow;
use uuid::Uuid;

/// A unit that will be sent.
struct Picked {
    unit: Uuid,
    item: Uuid,
    from: Custodian,
}

fn must_be_answerable(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<()> {
    ctx.require(Permission::FulfillRequests)?;
    check_version(ctx, tx, row)?;
    request::must_be_open(status(row))?;
    Ok(())
}

/// Sends units for a request: one transfer from each source. What is not sent is on back order.
pub fn fulfill(ctx: &Ctx, tx: &mut Tx, id: RequestId, body: &FulfillRequest) -> Result<StockRequest> {
    let mut row = lock(ctx, tx, id)?;
    must_be_answerable(ctx, tx, &row)?;
    if kind(&row) == RequestKind::Supplier {
        let message = "A manufacturer answers this request. Enter what was delivered.";
        return Err(Error::conflict("supplier_request", message));
    }
    let lines = store::requests::lines(tx, ctx.org(), row.id)?;
    let picked = match &body.unit_ids {
        Some(ids) => named(ctx, tx, &lines, ids)?,
        None => taken(ctx, tx, &row, &lines, body)?,
    };
    may_send(ctx, tx, &lines, &picked)?;
    let sent = send(ctx, tx, &row, body, picked)?;
    row.expected_on = body.expected_on.map(|day| i64::from(day.0));
    let owed = answered(ctx, tx, &mut row, "request_fulfilled")?;
    if sent > 0 || owed > 0 {
        tell(ctx, tx, &row, "request_fulfilled", &told(&row, sent, owed))?;
    }
    view(ctx, tx, row)
}

fn told(row: &RequestRow, sent: i64, owed: i64) -> String {
    let number = number(row.number);
    let when = row.expected_on.map(|day| format!(", expected on {}", Day(day as i32))).unwrap_or_default();
    match (sent, owed) {
        (0, owed) => format!("{number}: {owed} on back order{when}."),
        (sent, 0) => format!("{number}: {sent} sent, nothing is owed any more."),
        (sent, owed) => format!("{number}: {sent} sent, {owed} on back order{when}."),
    }
}

/// The units of a request, locked in the order of their ids; each is of an item that was asked for.
fn named(ctx: &Ctx, tx: &mut Tx, lines: &[LineRow], ids: &[UnitId]) -> Result<Vec<Picked>> {
    if ids.len() > limits::ROWS_PER_REQUEST {
        let message = format!("Send at most {} units at once.", limits::ROWS_PER_REQUEST);
        return Err(Error::field("unit_ids", "too_many", message));
    }
    let places = indexed("unit_ids", ids)?;
    let wanted: Vec<Uuid> = places.keys().copied().collect();
    let rows = store::custody::lock_units(tx, ctx.org(), &wanted)?;
    let mut found: BTreeMap<Uuid, Picked> = BTreeMap::new();
    for unit in rows {
        found.insert(unit.id, Picked { unit: unit.id, item: unit.catalog_item_id, from: unit.facts().custodian });
    }
    for (id, place) in &places {
        let field = format!("unit_ids[{place}]");
        let picked = found.get(id).ok_or_else(|| Error::unknown(field.clone()))?;
        if !lines.iter().any(|line| line.item == picked.item) {
            let message = "This unit is of an item that was not asked for. Take it off, or send it by a transfer.";
            return Err(Error::field(field, "other_item", message));
        }
    }
    Ok(found.into_values().collect())
}

/// What the server takes by itself: what expires first, from one custodian.
fn taken(ctx: &Ctx, tx: &mut Tx, row: &RequestRow, lines: &[LineRow], body: &FulfillRequest) -> Result<Vec<Picked>> {
    let from = source(ctx, tx, body)?;
    let mut asks = Vec::new();
    for (at, SendLine { catalog_item_id, quantity }) in body.lines.iter().enumerate() {
        let field = |name: &str| format!("lines[{at}].{name}");
        if !lines.iter().any(|line| line.item == catalog_item_id.uuid()) {
            return Err(Error::unknown(field("catalog_item_id")));
        }
        if !(1..=request::QUANTITY_MAX).contains(quantity) {
            return Err(Error::field(field("quantity"), "invalid_quantity", "Give a quantity from 1 to 10,000."));
        }
        if asks.iter().any(|ask: &Ask| ask.item == catalog_item_id.uuid()) {
            return Err(Error::field(field("catalog_item_id"), "repeated", "This item is in the list twice."));
        }
        asks.push(Ask { item: catalog_item_id.uuid(), custodian: from.id, limit: *quantity });
    }
    let exactly = !asks.is_empty();
    if !exactly {
        let open = lines.iter().map(|line| (line.item, progress(line).open())).filter(|(_, open)| *open > 0);
        asks = open.map(|(item, limit)| Ask { item, custodian: from.id, limit }).collect();
    }
    let good_on = propose::good_on(ctx, tx, row)?;
    let found = propose::loose(ctx, tx, row, &asks, good_on)?;
    if found.is_empty() || (exactly && (found.len() as i64) < asks.iter().map(|ask| ask.limit).sum()) {
        let message = match found.len() {
            0 => "None of it is free there. Choose units of somebody else, or leave it on back order.".to_owned(),
            n => format!("Only {n} of these are free there. Send fewer, or choose the units yourself."),
        };
        return Err(Error::conflict("not_enough_stock", message));
    }
    Ok(found.into_iter().map(|unit| Picked { unit: unit.id, item: unit.item, from }).collect())
}

fn source(ctx: &Ctx, tx: &mut Tx, body: &FulfillRequest) -> Result<Custodian> {
    let Some(given) = body.from else { return Ok(Custodian::organization(ctx.organization.id)) };
    let custodian = given.custodian().ok_or_else(|| Error::unknown("from"))?;
    let known = match custodian.kind {
        CustodianType::Organization => custodian.id == ctx.org(),
        CustodianType::User => store::people::name(tx, ctx.org(), custodian.id)?.is_some(),
        CustodianType::LinkedOrganization => false,
    };
    if known { Ok(custodian) } else { Err(Error::unknown("from")) }
}

fn may_send(ctx: &Ctx, tx: &mut Tx, lines: &[LineRow], picked: &[Picked]) -> Result<()> {
    for line in lines {
        let more = picked.iter().filter(|it| it.item == line.item).count() as i64;
        if more > progress(line).open() {
            let name = propose::item_name(tx, ctx.org(), line.item)?;
            request::may_send(progress(line), more, &name)?;
        }
    }
    Ok(())
}

/// One transfer from each source. Gives how many units were sent for the request.
fn send(ctx: &Ctx, tx: &mut Tx, row: &RequestRow, body: &FulfillRequest, picked: Vec<Picked>) -> Result<i64> {
    let count = picked.len() as i64;
    let mut groups: BTreeMap<Uuid, (Custodian, Vec<Picked>)> = BTreeMap::new();
    for it in picked {
        groups.entry(it.from.id).or_insert_with(|| (it.from, Vec::new())).1.push(it);
    }
    let note = if body.note.trim().is_empty() { number(row.number) } else { body.note.clone() };
    for (from, units) in groups.into_values() {
        let transfer = CreateTransfer {
            from: Some(from.into()),
            to: to(row).into(),
            unit_ids: units.iter().map(|it| Id::from_uuid(it.unit)).collect(),
            note: note.clone(),
            due_back_on: body.due_back_on,
            place_id: None,
            event_id: row.event_id.map(Id::from_uuid),
            only_for_this_person: true,
        };
        let made = crate::transfers::create(ctx, tx, &transfer)?.transfer.id.uuid();
        let notes: Vec<(Uuid, Uuid, Uuid, Option<Uuid>)> =
            units.iter().map(|it| (ctx.id::<domain::id::Line>().uuid(), it.unit, it.item, Some(made))).collect();
        store::requests::insert_units(tx, ctx.org(), row.id, &notes)?;
    }
    Ok(count)
}

/// Notes that the office has answered; gives what is still owed.
fn answered(ctx: &Ctx, tx: &mut Tx, row: &mut RequestRow, what: &'static str) -> Result<i64> {
    let before = row.clone();
    row.answered_at = Some(row.answered_at.unwrap_or(ctx.now.0));
    (row.decided_by, row.decided_at) = (Some(ctx.actor.id.uuid()), Some(ctx.now.0));
    refresh(ctx, tx, row, RequestStatus::Declined)?;
    tell_journal(ctx, tx, what, &before, row, "")?;
    Ok(row.back_ordered)
}

/// Brings lines, sums and status up to what was sent, and saves them.
fn refresh(ctx: &Ctx, tx: &mut Tx, row: &mut RequestRow, ended: RequestStatus) -> Result<()> {
    let mut lines = store::requests::lines(tx, ctx.org(), row.id)?;
    let sent = store::requests::progress(tx, ctx.org(), row.id)?;
    // What a linked company answers is counted in its half.
    let theirs = crate::links::asking::answered(tx, ctx.org(), row.id)?;
    for line in &mut lines {
        let (_, out, there) = sent.iter().find(|(item, ..)| *item == line.item).copied().unwrap_or_default();
        let (more, arrived, closed) = theirs.get(&line.item).copied().unwrap_or_default();
        let now = (out + more, there + arrived, line.closed.max(closed));
        if (line.sent, line.received, line.closed) != now {
            (line.sent, line.received, line.closed) = now;
            store::requests::save_line(tx, ctx.org(), row.id, line)?;
        }
    }
    settle(ctx, tx, row, &lines, ended)
}

fn settle(ctx: &Ctx, tx: &mut Tx, row: &mut RequestRow, lines: &[LineRow], ended: RequestStatus) -> Result<()> {
    let all: Vec<request::Progress> = lines.iter().map(progress).collect();
    row.sent = all.iter().map(|it| it.sent).sum();
    row.received = all.iter().map(|it| it.received).sum();
    row.back_ordered = request::back_ordered(&all, row.answered_at.is_some());
    row.status = request::status(&all, ended).as_str().to_owned();
    if row.back_ordered == 0 {
        row.expected_on = None;
    }
    store::requests::save(tx, ctx.org(), row)?;
    crate::links::asking::follow(ctx, tx, row)
}

/// The half of a request at the company that asked follows what was answered.
pub(crate) fn follow(ctx: &Ctx, tx: &mut Tx, row: &mut RequestRow, answer: &RequestRow) -> Result<()> {
    if status(row) == RequestStatus::Cancelled {
        return Ok(());
    }
    let before = row.clone();
    row.answered_at = row.answered_at.or(answer.answered_at);
    row.decided_at = answer.decided_at.or(row.decided_at);
    row.expected_on = answer.expected_on;
    if !answer.reason.is_empty() {
        row.reason.clone_from(&answer.reason);
    }
    refresh(ctx, tx, row, RequestStatus::Declined)?;
    let moved = |it: &RequestRow| (it.status.clone(), it.sent, it.received, it.back_ordered, it.expected_on);
    if moved(&before) == moved(row) {
        return Ok(());
    }
    tell_journal(ctx, tx, "request_moved", &before, row, &row.reason.clone())?;
    let name = &ctx.actor.name;
    let sentence = match status(row) {
        RequestStatus::Declined => format!("{name} declined {}: {}", number(row.number), row.reason),
        RequestStatus::Fulfilled => format!("{}: all of it has arrived.", number(row.number)),
        _ => format!("{name} answered. {}", told(row, row.sent, row.back_ordered)),
    };
    notify(ctx, tx, row.created_by, "request_moved", row.id, &sentence)
}

fn tell_journal(
    ctx: &Ctx,
    tx: &mut Tx,
    what: &'static str,
    before: &RequestRow,
    now: &RequestRow,
    reason: &str,
) -> Result<()> {
    let mut entry = ctx.entry(what).reason(reason).subject(now.id);
    if to(now).kind == CustodianType::User {
        entry = entry.subject(now.to_id);
    }
    let day = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(now.id, "status", Some(before.status.clone()), Some(now.status.clone()));
    entry.change(now.id, "sent", Some(before.sent.to_string()), Some(now.sent.to_string()));
    entry.change(now.id, "received", Some(before.received.to_string()), Some(now.received.to_string()));
    entry.change(now.id, "expected_on", day(before.expected_on), day(now.expected_on));
    entry.append(ctx, tx)
}

/// Tells whoever asked and whoever is to receive.
fn tell(ctx: &Ctx, tx: &mut Tx, row: &RequestRow, kind: &str, sentence: &str) -> Result<()> {
    // A linked company that asked is told by its own half.
    if to(row).kind == CustodianType::LinkedOrganization {
        return Ok(());
    }
    notify(ctx, tx, row.created_by, kind, row.id, sentence)?;
    if row.to_id != row.created_by && row.to_type == CustodianType::User.as_str() {
        notify(ctx, tx, row.to_id, kind, row.id, sentence)?;
    }
    Ok(())
}

/// What is owed will not be sent: with a reason.
pub fn decline(ctx: &Ctx, tx: &mut Tx, id: RequestId, reason: &str) -> Result<StockRequest> {
    let reason = labels::reason(reason)?;
    let mut row = lock(ctx, tx, id)?;
    must_be_answerable(ctx, tx, &row)?;
    close(ctx, tx, &mut row, RequestStatus::Declined, "request_declined", &reason)?;
    let what = if row.sent > 0 { "declined the rest of" } else { "declined" };
    let sentence = format!("{} {what} {}: {reason}", ctx.actor.name, number(row.number));
    tell(ctx, tx, &row, "request_declined", &sentence)?;
    view(ctx, tx, row)
}

/// Whether the viewer may take a request back: whoever made it, or may act for whoever is to receive.
pub(super) fn may_cancel(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<bool> {
    let made = row.created_by == ctx.actor.id.uuid() && !ctx.actor.custodian_only;
    Ok(made || (ctx.may(Permission::RequestInventory) && level(ctx, tx, to(row))? >= Level::Act))
}

/// What is owed is not wanted any more.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<StockRequest> {
    let mut row = lock(ctx, tx, id)?;
    if !may_cancel(ctx, tx, &row)? {
        let message = "Only whoever asked, whoever acts for them, or the office may take this request back.";
        return Err(Error::forbidden("not_yours_to_cancel", message));
    }
    check_version(ctx, tx, &row)?;
    request::must_be_open(status(&row))?;
    close(ctx, tx, &mut row, RequestStatus::Cancelled, "request_cancelled", "")?;
    crate::links::asking::withdrawn(ctx, tx, &row)?;
    let sentence = format!("{} took back {}.", ctx.actor.name, number(row.number));
    tell(ctx, tx, &row, "request_cancelled", &sentence)?;
    view(ctx, tx, row)
}

pub(crate) fn close(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut RequestRow,
    ended: RequestStatus,
    what: &'static str,
    reason: &str,
) -> Result<()> {
    let before = row.clone();
    let mut lines = store::requests::lines(tx, ctx.org(), row.id)?;
    for line in &mut lines {
        let open = progress(line).open();
        if open > 0 {
            line.closed += open;
            store::requests::save_line(tx, ctx.org(), row.id, line)?;
        }
    }
    (row.decided_by, row.decided_at) = (Some(ctx.actor.id.uuid()), Some(ctx.now.0));
    reason.clone_into(&mut row.reason);
    settle(ctx, tx, row, &lines, ended)?;
    tell_journal(ctx, tx, what, &before, row, reason)
}

/// Makes what a supplier delivered, in the custody of whoever it is for.
pub fn receive(ctx: &Ctx, tx: &mut Tx, id: RequestId, body: &ReceiveDelivery) -> Result<StockRequest> {
    let mut row = lock(ctx, tx, id)?;
    must_be_answerable(ctx, tx, &row)?;
    if kind(&row) != RequestKind::Supplier {
        let message = "The organisation answers this request itself: send units for it.";
        return Err(Error::conflict("not_a_supplier_request", message));
    }
    if body.arrived.is_empty() {
        return Err(Error::field("arrived", "required", "Say what arrived."));
    }
    if body.arrived.len() > limits::BULK_AT_ONCE {
        return Err(Error::field("arrived", "too_many", "Enter so many lots by an import."));
    }
    let lines = store::requests::lines(tx, ctx.org(), row.id)?;
    let mut notes = Vec::new();
    let mut so_far: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (at, it) in body.arrived.iter().enumerate() {
        let item = it.catalog_item_id.uuid();
        let line = lines.iter().find(|line| line.item == item);
        let line = line.ok_or_else(|| Error::unknown(format!("arrived[{at}].catalog_item_id")))?;
        let quantity = u32::try_from(it.quantity).ok().filter(|n| i64::from(*n) <= request::QUANTITY_MAX && *n > 0);
        let quantity = quantity.ok_or_else(|| {
            Error::field(format!("arrived[{at}].quantity"), "invalid_quantity", "Give a quantity from 1 to 10,000.")
        })?;
        let more = so_far.entry(item).or_default();
        *more += i64::from(quantity);
        request::may_send(progress(line), *more, &propose::item_name(tx, ctx.org(), item)?)?;
        let units = CreateUnits {
            catalog_item_id: Some(it.catalog_item_id),
            quantity: Some(quantity),
            lot: it.lot.clone(),
            serial: it.serial.clone(),
            expires_on: it.expires_on,
            custodian: Some(to(&row).into()),
            ..CreateUnits::default()
        };
        let made = crate::units::create(ctx, tx, units).map_err(|error| placed(error, at))?;
        let note = |unit: &contract::units::Unit| (ctx.id::<domain::id::Line>().uuid(), unit.id.uuid(), item, None);
        notes.extend(made.items.iter().map(note));
    }
    store::requests::insert_units(tx, ctx.org(), row.id, &notes)?;
    row.expected_on = body.expected_on.map(|day| i64::from(day.0));
    answered(ctx, tx, &mut row, "request_received")?;
    view(ctx, tx, row)
}

/// A field of one lot, told as such.
fn placed(error: Error, at: usize) -> Error {
    let here = |field: String| format!("arrived[{at}].{field}");
    match error {
        Error::NotFound(Some(field)) => Error::NotFound(Some(here(field))),
        Error::Invalid { code, message, mut errors } => {
            for problem in &mut errors {
                problem.field = here(std::mem::take(&mut problem.field));
            }
            Error::Invalid { code, message, errors }
        }
        other => other,
    }
}

/// A transfer was decided about, in part or whole: the requests for which it was sent stand where it left them.
pub(crate) fn transfer_moved(ctx: &Ctx, tx: &mut Tx, transfer: &TransferRow) -> Result<()> {
    for id in store::requests::of_transfer(tx, ctx.org(), transfer.id)? {
        let Some(mut row) = store::requests::lock_request(tx, ctx.org(), id)? else { continue };
        let before = row.clone();
        let ended = match status(&row) {
            RequestStatus::Cancelled => RequestStatus::Cancelled,
            _ => RequestStatus::Declined,
        };
        refresh(ctx, tx, &mut row, ended)?;
        let moved = (&before.status, before.sent, before.received) != (&row.status, row.sent, row.received);
        if moved {
            tell_journal(ctx, tx, "request_moved", &before, &row, "")?;
        }
        let ours = to(&row).kind != CustodianType::LinkedOrganization;
        if ours && status(&row) == RequestStatus::Fulfilled && status(&before) != RequestStatus::Fulfilled {
            let sentence = format!("{}: all of it has arrived.", number(row.number));
            notify(ctx, tx, row.created_by, "request_arrived", row.id, &sentence)?;
        }
    }
    Ok(())
}
