//! Transfers between linked companies. Both halves of a step are written in one unit of work: the sender's units leave, the
//! receiver's arrive, and each side's journal tells of its own half, in the other company's name where that acted.
//!
//! While a transfer is pending the receiving side knows the units by their labels alone; accepting makes them there, or takes
//! up those that had gone. The sender's half is locked before the receiver's, and the halves are written in the order of
//! their organisations.

use super::labels::{adopt, find_item, item_key, labels_of};
use crate::context::Organization;
use crate::transfers::{Arrived, Fate, carry, close, discrepancies, entry, from, settle, tell_sender, to, units};
use crate::units::{Holder, notify};
use crate::{Ctx, Error, Result};
use contract::transfers::Transfer;
use domain::clock::Day;
use domain::id::{Id, TransferId, UnitId};
use domain::link::{self, LinkDirection, LinkStatus};
use domain::stock::{Custodian, CustodianType, TransferLineStatus, TransferStatus, UnitKind};
use domain::text::identifier_key;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Tx;
use store::catalog::ItemRow;
use store::crossings::CrossingLineRow;
use store::links::LinkRow;
use store::stock::{Extras, Move, NewUnit, UnitRow};
use store::transfers::{LineRow, TransferRow};
use uuid::Uuid;

/// The same request as a linked company sees it; None for an organisation that is not there.
pub(crate) fn other_side(ctx: &Ctx, tx: &mut Tx, other: Uuid) -> Result<Option<Ctx>> {
    tx.admit(other)?;
    let row = store::people::organization(tx, other)?;
    Ok(row.map(|row| {
        ctx.across(Organization {
            id: Id::from_uuid(row.organization_id),
            name: row.name,
            kind: row.kind,
            currency: row.currency,
            time_zone: row.time_zone,
            settings: serde_json::from_str(&row.settings).unwrap_or_default(),
        })
    }))
}

fn the_other_side(ctx: &Ctx, tx: &mut Tx, other: Uuid) -> Result<Ctx> {
    other_side(ctx, tx, other)?.ok_or_else(|| Error::Internal("a linked company is not there".into()))
}

/// Whether a transfer comes from a linked company.
pub(crate) fn is_incoming(row: &TransferRow) -> bool {
    row.from_type == CustodianType::LinkedOrganization.as_str()
}

/// Whether a transfer goes to a linked company.
pub(crate) fn is_outgoing(row: &TransferRow) -> bool {
    row.to_type == CustodianType::LinkedOrganization.as_str()
}

/// Whether it was this id's company that acted, and not an account of the organisation.
pub(crate) fn is_company(row: &TransferRow, id: Uuid) -> bool {
    (is_incoming(row) && id == row.from_id) || (is_outgoing(row) && id == row.to_id)
}

/// A linked company that is to receive: for the office, while the link holds. The link is locked, so that it does not end
/// meanwhile.
pub(crate) fn recipient(ctx: &Ctx, tx: &mut Tx, field: &str, company: Uuid) -> Result<(Holder, LinkRow)> {
    if !ctx.actor.role.is_office() {
        return Err(Error::unknown(field));
    }
    let Some(link) = store::links::lock_active(tx, ctx.org(), company)? else {
        if store::links::companies(tx, ctx.org())?.iter().any(|(id, _)| *id == company) {
            link::must_be_active(LinkStatus::Ended)?;
        }
        return Err(Error::unknown(field));
    };
    let custodian = Custodian::linked(Id::from_uuid(company));
    Ok((Holder { custodian, name: link.other_name.clone(), role: None, custodian_only: false }, link))
}

/// Whether units may leave: none is needed for an open event.
pub(crate) fn may_leave(ctx: &Ctx, tx: &mut Tx, rows: &[UnitRow]) -> Result<()> {
    for row in rows {
        link::may_leave(&row.facts())?;
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    if store::crossings::needed(tx, ctx.org(), &ids)?.is_empty() {
        return Ok(());
    }
    let message = "One of these units is marked on, booked for or kept for an open event. Take it off there before it leaves \
                   for a linked company.";
    Err(Error::conflict("unit_in_event", message))
}

/// Tells the other side that units are on their way: its half of the transfer, with what stands on the labels.
pub(crate) fn announce(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, rows: &[UnitRow], link: &LinkRow) -> Result<()> {
    let there = the_other_side(ctx, tx, row.to_id)?;
    let half = TransferRow {
        from_type: CustodianType::LinkedOrganization.as_str().to_owned(),
        from_id: ctx.org(),
        to_type: CustodianType::Organization.as_str().to_owned(),
        to_id: there.org(),
        place_id: None,
        event_id: None,
        created_by: ctx.org(),
        ..row.clone()
    };
    store::crossings::insert(tx, ctx.org(), row.id, link.id, there.org(), LinkDirection::Out.as_str())?;
    store::transfers::insert(tx, there.org(), &half)?;
    store::crossings::insert(tx, there.org(), row.id, link.id, ctx.org(), LinkDirection::In.as_str())?;
    let lines = labels_of(ctx, tx, &there, rows)?;
    store::crossings::insert_lines(tx, there.org(), row.id, &lines)?;
    entry(&there, "transfer_sent", &half, "").append(&there, tx)?;
    let sentence = format!("{} sent {}. Accept or decline them.", ctx.organization.name, units(rows.len()));
    tell_office(&there, tx, row.id, "transfer_sent", &sentence)
}

fn tell_office(ctx: &Ctx, tx: &mut Tx, transfer: Uuid, kind: &str, sentence: &str) -> Result<()> {
    for person in store::stock::office(tx, ctx.org())? {
        notify(ctx, tx, person, kind, transfer, sentence)?;
    }
    Ok(())
}

/// The lines of an incoming transfer as every transfer has them.
pub(crate) fn lines(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<Vec<LineRow>> {
    let rows = store::crossings::lines(tx, ctx.org(), row.id)?;
    Ok(rows.into_iter().map(|it| LineRow { unit_id: it.unit_id, status: it.status, reason: it.reason }).collect())
}

/// What lies in a container of an incoming transfer.
pub(crate) fn contents(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, container: Uuid) -> Result<Vec<Uuid>> {
    let rows = store::crossings::lines(tx, ctx.org(), row.id)?;
    Ok(rows.into_iter().filter(|it| it.container_unit_id == Some(container)).map(|it| it.unit_id).collect())
}

/// Locks the sender's half of an incoming transfer, before the receiver's own: one order for everybody. Nothing for any other
/// transfer.
pub(crate) fn lock_sender(ctx: &Ctx, tx: &mut Tx, id: TransferId) -> Result<()> {
    match store::crossings::crossing(tx, ctx.org(), id.uuid())? {
        Some(half) if half.direction == LinkDirection::In.as_str() => {
            tx.admit(half.other_id)?;
            Ok(store::crossings::lock(tx, half.other_id, id.uuid())?)
        }
        _ => Ok(()),
    }
}

/// Both sides of an incoming transfer.
struct Sides {
    there: Ctx,
    /// The sender's half, locked.
    theirs: TransferRow,
    /// The lines that still wait.
    waiting: Vec<CrossingLineRow>,
}

fn sides(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<Sides> {
    let half = store::crossings::crossing(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    let there = the_other_side(ctx, tx, half.other_id)?;
    let theirs = store::transfers::lock_transfer(tx, there.org(), row.id)?.ok_or_else(Error::not_found)?;
    let pending = TransferLineStatus::Pending.as_str();
    let mut waiting = store::crossings::lines(tx, ctx.org(), row.id)?;
    waiting.retain(|line| line.status == pending);
    Ok(Sides { there, theirs, waiting })
}

/// Accepts an incoming transfer, or a part of it: what arrived leaves the sender's books and enters these.
pub(crate) fn accept(ctx: &Ctx, tx: &mut Tx, row: TransferRow, arrived: &Arrived) -> Result<Transfer> {
    let it = sides(ctx, tx, &row)?;
    if it.there.org() < ctx.org() {
        leave(ctx, tx, &it, arrived)?;
        arrive(ctx, tx, &row, &it, arrived)?;
    } else {
        arrive(ctx, tx, &row, &it, arrived)?;
        leave(ctx, tx, &it, arrived)?;
    }
    close(ctx, tx, row, TransferStatus::Accepted)
}

/// The sender's half: what arrived is the other company's now, what did not is looked for.
fn leave(ctx: &Ctx, tx: &mut Tx, it: &Sides, arrived: &Arrived) -> Result<()> {
    let (there, theirs) = (&it.there, &it.theirs);
    let lost = discrepancies(there, tx, from(theirs))?;
    let mut fates = BTreeMap::new();
    let mut came = BTreeSet::new();
    for line in &it.waiting {
        if arrived.accepted.contains(&line.unit_id) {
            let (custodian, reason) = (to(theirs), String::new());
            fates.insert(line.from_unit_id, Fate { line: TransferLineStatus::Accepted, custodian, hold: None, reason });
            came.insert(line.from_unit_id);
        } else if let Some(reason) = arrived.missing.get(&line.unit_id) {
            let hold = Some(format!("Reported missing by {}: {reason}", ctx.organization.name));
            let fate = Fate { line: TransferLineStatus::Missing, custodian: lost, hold, reason: reason.clone() };
            fates.insert(line.from_unit_id, fate);
        }
    }
    let moves = settle(there, tx, theirs, &fates)?;
    let (left, gone): (Vec<Move>, Vec<Move>) = moves.into_iter().partition(|it| came.contains(&it.before.id));
    if !left.is_empty() {
        carry(there, tx, entry(there, "transfer_accepted", theirs, ""), &left)?;
    }
    if !gone.is_empty() {
        let reason = arrived.missing.values().next().cloned().unwrap_or_default();
        carry(there, tx, entry(there, "transfer_missing", theirs, &reason), &gone)?;
    }
    let mut sentence = format!("{} received {}.", ctx.organization.name, units(left.len()));
    if !gone.is_empty() {
        sentence.push_str(&format!(" {} did not arrive: look into it.", units(gone.len())));
    }
    tell_sender(there, tx, theirs, "transfer_accepted", &sentence)?;
    close(there, tx, theirs.clone(), TransferStatus::Accepted)?;
    Ok(())
}

/// The receiver's half: units are made with the identity on their labels, in the sender's custody, or those that had gone are
/// taken up; then they pass to this organisation.
fn arrive(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, it: &Sides, arrived: &Arrived) -> Result<()> {
    let org = ctx.org();
    let lines: Vec<&CrossingLineRow> =
        it.waiting.iter().filter(|line| arrived.accepted.contains(&line.unit_id)).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.unit_id).collect();
    let known: BTreeSet<Uuid> = store::custody::lock_units(tx, org, &ids)?.into_iter().map(|it| it.id).collect();
    let made = make(ctx, tx, it, lines.iter().filter(|line| !known.contains(&line.unit_id)).copied())?;
    let mut told = entry(ctx, "transfer_received", row, "");
    for movement in store::stock::insert_units(tx, org, &made, ctx.now.0)? {
        told.movement(movement);
    }
    for (unit, reason) in &arrived.missing {
        store::crossings::set_line(tx, org, row.id, *unit, TransferLineStatus::Missing.as_str(), reason)?;
    }
    for line in &lines {
        note(ctx, tx, row, it, line)?;
    }
    let mut moves = Vec::with_capacity(lines.len());
    for (before, line) in store::stock::units(tx, org, &ids)?.into_iter().zip(&lines) {
        let facts = before.facts();
        if known.contains(&before.id) {
            link::may_come_back(&facts)?;
            free_serial(ctx, tx, before.catalog_item_id, &before.serial)?;
        }
        let mut after = link::arrived(&facts, to(row));
        after.container = container(ctx, tx, row, line, arrived)?;
        let due_back_on = Some(row.due_back_on.map(|day| Day(day as i32)));
        moves.push(Move { before, after, extras: Extras { due_back_on, place: Some(None), ..Extras::default() } });
    }
    if moves.is_empty() {
        return Ok(());
    }
    carry(ctx, tx, told, &moves)
}

/// Both sides remember that two units are one, and the line says that it arrived.
fn note(ctx: &Ctx, tx: &mut Tx, row: &TransferRow, it: &Sides, line: &CrossingLineRow) -> Result<()> {
    let (org, other, accepted) = (ctx.org(), it.there.org(), TransferLineStatus::Accepted.as_str());
    store::crossings::pair(tx, org, other, line.from_unit_id, line.unit_id)?;
    store::crossings::pair(tx, other, org, line.unit_id, line.from_unit_id)?;
    store::crossings::set_line(tx, org, row.id, line.unit_id, accepted, "")?;
    store::transfers::insert_line(tx, org, row.id, line.unit_id, accepted)?;
    Ok(())
}

/// The container in which a unit came, where it came too or is here already.
fn container(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &TransferRow,
    line: &CrossingLineRow,
    arrived: &Arrived,
) -> Result<Option<UnitId>> {
    let Some(id) = line.container_unit_id else { return Ok(None) };
    if arrived.accepted.contains(&id) {
        return Ok(Some(UnitId::from_uuid(id)));
    }
    let here = store::stock::unit(tx, ctx.org(), id)?.map(|it| it.facts());
    let fits = here.is_some_and(|it| it.active && it.custodian == to(row) && it.transfer.is_none());
    Ok(fits.then(|| UnitId::from_uuid(id)))
}

/// Units to be made from their labels, with the sender as their first custodian.
fn make<'a>(
    ctx: &Ctx,
    tx: &mut Tx,
    it: &Sides,
    lines: impl Iterator<Item = &'a CrossingLineRow>,
) -> Result<Vec<NewUnit>> {
    let mut items: HashMap<_, ItemRow> = HashMap::new();
    let mut made = Vec::new();
    for line in lines {
        let item = match items.get(&item_key(line)) {
            Some(item) => item.clone(),
            None => {
                let item = match find_item(ctx, tx, line)? {
                    Some(item) => item,
                    None => adopt(ctx, tx, line)?,
                };
                items.insert(item_key(line), item.clone());
                item
            }
        };
        if item.kind != line.kind {
            let message = format!(
                "The item {} is a {} in your catalog and a {} in theirs. Correct one of the two catalogs first.",
                item.number, item.kind, line.kind
            );
            return Err(Error::conflict("item_kind_differs", message));
        }
        free_serial(ctx, tx, item.id, &line.serial)?;
        made.push(new_unit(line, &item, Custodian::linked(it.there.organization.id)));
    }
    Ok(made)
}

fn new_unit(line: &CrossingLineRow, item: &ItemRow, custodian: Custodian) -> NewUnit {
    let day = |day: Option<i64>| day.map(|day| Day(day as i32));
    NewUnit {
        id: line.unit_id,
        kind: UnitKind::parse(&line.kind).unwrap_or(UnitKind::Device),
        catalog_item: item.id,
        manufacturer: item.manufacturer_id,
        lot: line.lot.clone(),
        lot_key: identifier_key(&line.lot),
        serial: line.serial.clone(),
        serial_key: identifier_key(&line.serial),
        udi: line.udi.clone(),
        expires_on: day(line.expires_on),
        manufactured_on: day(line.manufactured_on),
        custodian,
        facility_stock_location: None,
        place: None,
        container: None,
        reusable: line.reusable,
        due_back_on: None,
        tags: "[]".into(),
        note: String::new(),
        sold_event: None,
    }
}

/// 409 when a unit of this serial number is active here already: the same thing is not taken in twice.
fn free_serial(ctx: &Ctx, tx: &mut Tx, item: Uuid, serial: &str) -> Result<()> {
    let key = identifier_key(serial);
    if key.is_empty() || store::stock::active_serial(tx, ctx.org(), item, &key)?.is_empty() {
        return Ok(());
    }
    let message = format!(
        "A unit with the serial number {serial} is active in your books already. Deactivate that one if it left without an \
         entry, or report this one missing."
    );
    Err(Error::conflict("serial_already_exists", message))
}

/// Declines what is pending of an incoming transfer: the sender has it back, on hold until it is there.
pub(crate) fn decline(ctx: &Ctx, tx: &mut Tx, mut row: TransferRow, reason: &str) -> Result<Transfer> {
    let it = sides(ctx, tx, &row)?;
    let (there, theirs) = (&it.there, &it.theirs);
    let hold = Some(format!("Declined by {}: {reason}", ctx.organization.name));
    let status = TransferLineStatus::Declined;
    let fate = Fate { line: status, custodian: from(theirs), hold, reason: reason.to_owned() };
    let fates: BTreeMap<Uuid, Fate> = it.waiting.iter().map(|line| (line.from_unit_id, fate.clone())).collect();
    let moves = settle(there, tx, theirs, &fates)?;
    carry(there, tx, entry(there, "transfer_declined", theirs, reason), &moves)?;
    let sentence = format!(
        "{} declined {}: {reason} They are on hold until the office releases them.",
        ctx.organization.name,
        units(moves.len())
    );
    tell_sender(there, tx, theirs, "transfer_declined", &sentence)?;
    let half = TransferRow { decline_reason: Some(reason.to_owned()), ..theirs.clone() };
    close(there, tx, half, TransferStatus::Declined)?;
    for line in &it.waiting {
        store::crossings::set_line(tx, ctx.org(), row.id, line.unit_id, status.as_str(), reason)?;
    }
    entry(ctx, "transfer_declined", &row, reason).append(ctx, tx)?;
    row.decline_reason = Some(reason.to_owned());
    close(ctx, tx, row, TransferStatus::Declined)
}

/// The receiver's half of what the sender took back or off an outgoing transfer.
pub(crate) fn withdrawn(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &TransferRow,
    moves: &[Move],
    status: TransferLineStatus,
    kind: &'static str,
) -> Result<()> {
    let there = the_other_side(ctx, tx, row.to_id)?;
    let half = store::transfers::lock_transfer(tx, there.org(), row.id)?.ok_or_else(Error::not_found)?;
    let gone: BTreeSet<Uuid> = moves.iter().map(|it| it.before.id).collect();
    for line in store::crossings::lines(tx, there.org(), row.id)? {
        if gone.contains(&line.from_unit_id) {
            store::crossings::set_line(tx, there.org(), row.id, line.unit_id, status.as_str(), "")?;
        }
    }
    entry(&there, kind, &half, "").append(&there, tx)?;
    let sentence = format!("{} took back {} that were on the way to you.", ctx.organization.name, units(gone.len()));
    tell_office(&there, tx, row.id, kind, &sentence)?;
    close(&there, tx, half, TransferStatus::Cancelled)?;
    Ok(())
}
