//! Asking a linked company: a supplier request for a manufacturer that it supplies arrives there as a request of this company,
//! and its answers come back. Both halves have the same id; the asking side counts what the answering side has sent.

use super::across::other_side;
use super::labels::find_item;
use crate::requests::{self, answer};
use crate::units::notify;
use crate::{Ctx, Error, Result};
use contract::requests::{AskLine, CreateRequest};
use domain::id::{Id, ManufacturerId};
use domain::limits;
use domain::link::LinkDirection;
use domain::request::{RequestKind, RequestStatus};
use domain::stock::{Custodian, CustodianType};
use std::collections::BTreeMap;
use store::Tx;
use store::crossings::CrossingLineRow;
use store::requests::{LineRow, RequestRow};
use uuid::Uuid;

/// Who supplies a manufacturer now: (company, name).
pub(crate) fn supplier(ctx: &Ctx, tx: &mut Tx, manufacturer: Uuid) -> Result<Option<(Uuid, String)>> {
    Ok(store::asking::supplier(tx, ctx.org(), manufacturer)?)
}

/// Asks again for what an event sold, where a linked company supplies its maker.
pub(crate) fn replenish(ctx: &Ctx, tx: &mut Tx, event: &store::events::EventRow) -> Result<()> {
    // Most organisations are linked with nobody: they read nothing more.
    if !store::asking::any(tx, ctx.org())? {
        return Ok(());
    }
    let used = requests::propose::used(ctx, tx, event)?;
    let why = format!("Used in {}.", crate::events::number(event.number));
    for_event(ctx, tx, event.id, &used, None, &why)?;
    Ok(())
}

/// Puts a supplier request down at the linked company that supplies the manufacturer, if one does. What its catalog does not
/// hold is said in words, so that nobody takes it for asked.
pub(crate) fn deliver(ctx: &Ctx, tx: &mut Tx, row: &RequestRow, lines: &[LineRow]) -> Result<()> {
    let Some(maker) = row.manufacturer_id else { return Ok(()) };
    let Some((company, _)) = supplier(ctx, tx, maker)? else { return Ok(()) };
    let Some(there) = other_side(ctx, tx, company)? else { return Ok(()) };
    let items: Vec<Uuid> = lines.iter().map(|line| line.item).collect();
    let own = store::catalog::items_by_ids(tx, ctx.org(), &items)?;
    let name = store::catalog::manufacturer(tx, ctx.org(), maker)?.map(|it| it.name).unwrap_or_default();
    let mut theirs: Vec<LineRow> = Vec::new();
    let (mut pairs, mut unknown) = (Vec::new(), Vec::new());
    for line in lines {
        let Some(item) = own.get(&line.item) else { continue };
        let found = find_item(&there, tx, &label(item, &name))?.filter(|it| it.archived_at.is_none());
        match found {
            // Two items here may be one there: the first is asked for, the other is said in words.
            Some(it) if theirs.iter().all(|known| known.item != it.id) => {
                pairs.push((it.id, line.item));
                theirs.push(LineRow { item: it.id, place: theirs.len() as i64, bom_id: None, ..line.clone() });
            }
            _ => unknown.push(format!("{} x {} {}", line.quantity, item.number, item.description)),
        }
    }
    if theirs.is_empty() {
        return Ok(());
    }
    let half = RequestRow {
        number: store::engine::next_number(tx, company, "request")?,
        kind: RequestKind::Inventory.as_str().to_owned(),
        to_type: CustodianType::LinkedOrganization.as_str().to_owned(),
        to_id: ctx.org(),
        event_id: None,
        manufacturer_id: None,
        note: note(row, &unknown),
        lines_count: theirs.len() as i64,
        asked: theirs.iter().map(|line| line.quantity).sum(),
        created_by: ctx.org(),
        ..row.clone()
    };
    store::requests::insert(tx, company, &half)?;
    store::requests::insert_lines(tx, company, half.id, &theirs)?;
    store::asking::insert(tx, ctx.org(), row.id, company, LinkDirection::Out.as_str())?;
    store::asking::insert(tx, company, row.id, ctx.org(), LinkDirection::In.as_str())?;
    for (item, other) in pairs {
        store::asking::insert_line(tx, company, row.id, item, other)?;
    }
    let mut entry = there.entry("request_submitted").subject(half.id);
    for line in &theirs {
        let field = format!("line.{}", domain::id::CatalogItemId::from_uuid(line.item));
        entry.change(half.id, &field, None, Some(line.quantity.to_string()));
    }
    entry.append(&there, tx)?;
    let what = if half.asked == 1 { "1 unit".to_owned() } else { format!("{} units", half.asked) };
    let sentence = format!("{} asks for {what}: {}.", ctx.organization.name, requests::number(half.number));
    for person in store::stock::office(tx, company)? {
        notify(&there, tx, person, "request_submitted", half.id, &sentence)?;
    }
    Ok(())
}

fn note(row: &RequestRow, unknown: &[String]) -> String {
    let mut text = row.note.clone();
    if !unknown.is_empty() {
        let more = format!("Also wanted, not in your catalog: {}.", unknown.join(", "));
        text = if text.is_empty() { more } else { format!("{text}\n{more}") };
    }
    text.chars().take(limits::NOTE_MAX).collect()
}

/// An item as its label names it.
pub(super) fn label(item: &store::catalog::ItemRow, manufacturer: &str) -> CrossingLineRow {
    CrossingLineRow {
        unit_id: Uuid::nil(),
        from_unit_id: Uuid::nil(),
        status: String::new(),
        reason: String::new(),
        kind: item.kind.clone(),
        manufacturer: manufacturer.to_owned(),
        number: item.number.clone(),
        description: item.description.clone(),
        udi_di: item.udi_di.clone(),
        gtins: item.gtins.clone(),
        lot: String::new(),
        serial: String::new(),
        udi: String::new(),
        expires_on: None,
        manufactured_on: None,
        reusable: item.reusable,
        container_unit_id: None,
    }
}

/// How far the answering side is, by the asking side's items: (sent, received, closed).
pub(crate) fn answered(tx: &mut Tx, org: Uuid, request: Uuid) -> Result<BTreeMap<Uuid, (i64, i64, i64)>> {
    let Some((company, direction)) = store::asking::half(tx, org, request)? else { return Ok(BTreeMap::new()) };
    if direction != LinkDirection::Out.as_str() {
        return Ok(BTreeMap::new());
    }
    tx.admit(company)?;
    let pairs: BTreeMap<Uuid, Uuid> = store::asking::lines(tx, company, request)?.into_iter().collect();
    let lines = store::requests::lines(tx, company, request)?;
    let found =
        lines.into_iter().filter_map(|line| Some((*pairs.get(&line.item)?, (line.sent, line.received, line.closed))));
    Ok(found.collect())
}

/// The answering side has answered, or what it sent was decided about: the asking side's half follows.
pub(crate) fn follow(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<()> {
    let Some((company, direction)) = store::asking::half(tx, ctx.org(), row.id)? else { return Ok(()) };
    if direction != LinkDirection::In.as_str() {
        return Ok(());
    }
    let Some(there) = other_side(ctx, tx, company)? else { return Ok(()) };
    let Some(mut theirs) = store::requests::lock_request(tx, company, row.id)? else { return Ok(()) };
    answer::follow(&there, tx, &mut theirs, row)
}

/// The asking side does not want the rest any more: the answering side's half is over too.
pub(crate) fn withdrawn(ctx: &Ctx, tx: &mut Tx, row: &RequestRow) -> Result<()> {
    let Some((company, direction)) = store::asking::half(tx, ctx.org(), row.id)? else { return Ok(()) };
    if direction != LinkDirection::Out.as_str() {
        return Ok(());
    }
    let Some(there) = other_side(ctx, tx, company)? else { return Ok(()) };
    let Some(mut theirs) = store::requests::lock_request(tx, company, row.id)? else { return Ok(()) };
    if !requests::status(&theirs).is_open() {
        return Ok(());
    }
    answer::close(&there, tx, &mut theirs, RequestStatus::Cancelled, "request_cancelled", "")?;
    let sentence = format!("{} took back {}.", ctx.organization.name, requests::number(theirs.number));
    for person in store::stock::office(tx, company)? {
        notify(&there, tx, person, "request_cancelled", theirs.id, &sentence)?;
    }
    Ok(())
}

/// The link ends: what one of the two still owes the other is declined, on both sides, so that nobody waits for it.
pub(super) fn end_all(ctx: &Ctx, there: &Ctx, tx: &mut Tx) -> Result<()> {
    for (side, other) in [(ctx, there), (there, ctx)] {
        for id in store::asking::open(tx, side.org(), other.org(), LinkDirection::In.as_str())? {
            let Some(mut row) = store::requests::lock_request(tx, side.org(), id)? else { continue };
            if !requests::status(&row).is_open() {
                continue;
            }
            answer::close(side, tx, &mut row, RequestStatus::Declined, "request_declined", "The link has ended.")?;
            follow(side, tx, &row)?;
        }
    }
    Ok(())
}

/// What an event needs or used of manufacturers that linked companies supply is asked for there. Gives how many requests
/// were made. Whoever plans or submits the event asks for the organisation by it.
pub(crate) fn for_event(
    ctx: &Ctx,
    tx: &mut Tx,
    event: Uuid,
    wanted: &BTreeMap<Uuid, i64>,
    needed_on: Option<domain::clock::Day>,
    why: &str,
) -> Result<usize> {
    let items: Vec<Uuid> = wanted.keys().copied().collect();
    let known = store::catalog::items_by_ids(tx, ctx.org(), &items)?;
    let mut groups: BTreeMap<Uuid, Vec<AskLine>> = BTreeMap::new();
    for (item, quantity) in wanted.iter().filter(|(_, quantity)| **quantity > 0) {
        let Some(row) = known.get(item).filter(|row| row.archived_at.is_none()) else { continue };
        let line = AskLine { catalog_item_id: Some(Id::from_uuid(*item)), quantity: *quantity, ..AskLine::default() };
        groups.entry(row.manufacturer_id).or_default().push(line);
    }
    let mut made = 0;
    for (maker, lines) in groups {
        if supplier(ctx, tx, maker)?.is_none() {
            continue;
        }
        let body = CreateRequest {
            kind: Some(RequestKind::Supplier),
            to: Some(Custodian::organization(ctx.organization.id).into()),
            event_id: Some(Id::from_uuid(event)),
            manufacturer_id: Some(ManufacturerId::from_uuid(maker)),
            needed_on: needed_on.filter(|day| *day >= ctx.today()),
            note: why.to_owned(),
            lines,
        };
        requests::ask::for_organization(ctx, tx, &body)?;
        made += 1;
    }
    Ok(made)
}

/// The manufacturers that the company of a link supplies, checked.
pub(crate) fn check_manufacturers(ctx: &Ctx, tx: &mut Tx, ids: &[ManufacturerId]) -> Result<Vec<Uuid>> {
    let mut found = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        store::catalog::manufacturer(tx, ctx.org(), id.uuid())?
            .ok_or_else(|| Error::unknown(format!("manufacturer_ids[{at}]")))?;
        if !found.contains(&id.uuid()) {
            found.push(id.uuid());
        }
    }
    Ok(found)
}
