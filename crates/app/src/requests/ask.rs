//! Asking for stock: for oneself or for those in reach, item by item, by bills of materials, by names of containers.

use super::{number, propose, view};
use crate::units::{Holder, holder, must_reach, notify};
use crate::{Ctx, Error, Result, labels};
use contract::CustodianRef;
use contract::requests::{AskLine, CreateRequest, StockRequest};
use contract::units::BomLine;
use domain::id::{CatalogItemId, Id};
use domain::people::{Permission, Role};
use domain::request::{LINES_MAX, QUANTITY_MAX, RequestKind, RequestStatus};
use domain::stock::{Custodian, CustodianType};
use domain::text::{fold, identifier_key};
use store::Tx;
use store::events::EventRow;
use store::requests::{LineRow, NO_DAY, RequestRow};
use uuid::Uuid;

/// Asks for stock.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateRequest) -> Result<StockRequest> {
    ctx.require(Permission::RequestInventory)?;
    let kind = body.kind.unwrap_or(RequestKind::Inventory);
    if kind == RequestKind::Supplier {
        ctx.require(Permission::FulfillRequests)?;
    }
    let event = event(ctx, tx, kind, body)?;
    let receives = recipient(ctx, tx, kind, body.to, event.as_ref())?;
    let note = labels::note("note", &body.note)?;
    if body.needed_on.is_some_and(|day| day < ctx.today()) {
        return Err(Error::field("needed_on", "day_past", "This day is over. Give today or a later one."));
    }
    let lines = match (kind, event.as_ref()) {
        (RequestKind::Replenishment, Some(event)) => replenished(ctx, tx, event, &body.lines)?,
        _ => lines(ctx, tx, &body.lines)?,
    };
    let manufacturer_id = match kind {
        RequestKind::Supplier => Some(supplier(ctx, tx, body, &lines)?),
        _ if body.manufacturer_id.is_some() => {
            let message = "Only a supplier request goes to a manufacturer. Leave it out, or make it one.";
            return Err(Error::field("manufacturer_id", "not_a_supplier_request", message));
        }
        _ => None,
    };
    let row = RequestRow {
        id: ctx.id::<domain::id::Request>().uuid(),
        number: store::engine::next_number(tx, ctx.org(), "request")?,
        kind: kind.as_str().to_owned(),
        status: RequestStatus::Submitted.as_str().to_owned(),
        to_type: receives.custodian.kind.as_str().to_owned(),
        to_id: receives.custodian.id,
        event_id: event.as_ref().map(|event| event.id),
        manufacturer_id,
        needed_on: body.needed_on.map(|day| i64::from(day.0)),
        needed_key: body.needed_on.map_or(NO_DAY, |day| i64::from(day.0)),
        note,
        lines_count: lines.len() as i64,
        asked: lines.iter().map(|line| line.quantity).sum(),
        sent: 0,
        received: 0,
        back_ordered: 0,
        expected_on: None,
        answered_at: None,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        version: 1,
    };
    store::requests::insert(tx, ctx.org(), &row)?;
    store::requests::insert_lines(tx, ctx.org(), row.id, &lines)?;
    let mut entry = ctx.entry("request_submitted").subject(row.id);
    if receives.custodian.kind == CustodianType::User {
        entry = entry.subject(receives.custodian.id);
    }
    if let Some(event) = &event {
        entry = entry.subject(event.id);
    }
    for line in &lines {
        let field = format!("line.{}", CatalogItemId::from_uuid(line.item));
        entry.change(row.id, &field, None, Some(line.quantity.to_string()));
    }
    entry.append(ctx, tx)?;
    tell(ctx, tx, &row, &receives)?;
    if kind == RequestKind::Supplier {
        crate::links::asking::deliver(ctx, tx, &row, &lines)?;
    }
    view(ctx, tx, row)
}

/// Asks in the right of the organisation: what somebody plans or submits makes it ask, whoever that is.
pub(crate) fn for_organization(ctx: &Ctx, tx: &mut Tx, body: &CreateRequest) -> Result<StockRequest> {
    let mut actor = (*ctx.actor).clone();
    (actor.role, actor.custodian_only, actor.delegate_of) = (Role::PrimaryAdmin, false, None);
    create(&Ctx { actor: std::sync::Arc::new(actor), ..ctx.clone() }, tx, body)
}

fn tell(ctx: &Ctx, tx: &mut Tx, row: &RequestRow, receives: &Holder) -> Result<()> {
    let what = if row.asked == 1 { "1 unit".to_owned() } else { format!("{} units", row.asked) };
    let whom = if ctx.principal().uuid() == row.to_id { String::new() } else { format!(" for {}", receives.name) };
    let sentence = format!("{} asks for {what}{whom}: {}.", ctx.actor.name, number(row.number));
    if !ctx.actor.role.is_office() {
        for person in store::stock::office(tx, ctx.org())? {
            notify(ctx, tx, person, "request_submitted", row.id, &sentence)?;
        }
    }
    if receives.custodian.kind == CustodianType::User && ctx.principal().uuid() != row.to_id {
        let sentence = format!("{} asked for {what} for you: {}.", ctx.actor.name, number(row.number));
        notify(ctx, tx, row.to_id, "request_submitted", row.id, &sentence)?;
    }
    Ok(())
}

/// The event of a request, where it has one, must have one, or should have been submitted.
fn event(ctx: &Ctx, tx: &mut Tx, kind: RequestKind, body: &CreateRequest) -> Result<Option<EventRow>> {
    let Some(id) = body.event_id else {
        let wanted = ctx.organization.toggle("request_requires_event") && !ctx.actor.role.is_office();
        let message = match kind {
            RequestKind::Replenishment => "Say which event used the stock.",
            RequestKind::Inventory if wanted => "In this organisation a request names the event it is for. Choose it.",
            _ => return Ok(None),
        };
        return Err(Error::field("event_id", "event_required", message));
    };
    let row = crate::events::readable(ctx, tx, id.uuid()).map_err(|error| match error {
        Error::NotFound(_) => Error::unknown("event_id"),
        other => other,
    })?;
    if kind == RequestKind::Replenishment {
        propose::must_be_submitted(&row)?;
    }
    Ok(Some(row))
}

fn recipient(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: RequestKind,
    given: Option<CustodianRef>,
    event: Option<&EventRow>,
) -> Result<Holder> {
    let organization = Custodian::organization(ctx.organization.id);
    let of_event = event.map(|event| Custodian::user(Id::from_uuid(event.representative_id)));
    let wanted = match (given, kind) {
        (Some(given), _) => given,
        (None, RequestKind::Supplier) => organization.into(),
        (None, RequestKind::Replenishment) => of_event.unwrap_or(organization).into(),
        (None, RequestKind::Inventory) => match of_event {
            _ if ctx.actor.role.holds_stock() => Custodian::user(ctx.principal()).into(),
            Some(representative) => representative.into(),
            None => return Err(Error::field("to", "required", "Say who is to receive the units.")),
        },
    };
    if let Some(custodian) = wanted.custodian() {
        must_reach(ctx, tx, "to", custodian)?;
    }
    let receives = holder(ctx, tx, "to", wanted)?;
    if receives.custodian == organization && kind != RequestKind::Supplier {
        let message = "The organisation asks a manufacturer: make it a supplier request.";
        return Err(Error::field("to", "not_a_supplier_request", message));
    }
    Ok(receives)
}

/// What is asked for, item by item: a bill of materials brings what it requires, a container is known by its name.
fn lines(ctx: &Ctx, tx: &mut Tx, asked: &[AskLine]) -> Result<Vec<LineRow>> {
    if asked.is_empty() {
        return Err(Error::field("lines", "required", "Say what is wanted."));
    }
    let mut found: Vec<LineRow> = Vec::new();
    for (at, line) in asked.iter().enumerate() {
        let field = |name: &str| format!("lines[{at}].{name}");
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            let message = "Give a quantity from 1 to 10,000.";
            return Err(Error::field(field("quantity"), "invalid_quantity", message));
        }
        match (line.catalog_item_id, line.bom_id, line.container_name.as_deref()) {
            (Some(item), None, None) => {
                let known = known_item(ctx, tx, item.uuid(), || field("catalog_item_id"))?;
                if found.iter().any(|it| it.item == known && it.bom_id.is_none()) {
                    let message = "This item is in the list twice. Add its quantities up.";
                    return Err(Error::field(field("catalog_item_id"), "repeated", message));
                }
                add(&mut found, known, line.quantity, None);
            }
            (None, Some(bom), None) => {
                let row = store::stock::bom(tx, ctx.org(), bom.uuid())?.filter(|bom| bom.archived_at.is_none());
                let row = row.ok_or_else(|| Error::unknown(field("bom_id")))?;
                let parts: Vec<BomLine> = serde_json::from_str(&row.lines).unwrap_or_default();
                if parts.is_empty() {
                    let message = "This bill of materials holds nothing yet.";
                    return Err(Error::field(field("bom_id"), "empty_bom", message));
                }
                for part in parts {
                    add(
                        &mut found,
                        part.catalog_item_id.uuid(),
                        i64::from(part.required) * line.quantity,
                        Some(row.id),
                    );
                }
            }
            (None, None, Some(name)) => {
                let item = container(ctx, tx, name, field("container_name"))?;
                add(&mut found, item, line.quantity, None);
            }
            _ => {
                let message = "Name an item, a bill of materials or a container: one of them.";
                return Err(Error::field(format!("lines[{at}]"), "one_of_three", message));
            }
        }
    }
    bounded(found)
}

fn bounded(found: Vec<LineRow>) -> Result<Vec<LineRow>> {
    if found.len() > LINES_MAX {
        return Err(Error::field("lines", "too_many", format!("Ask for at most {LINES_MAX} items at once.")));
    }
    if found.iter().any(|line| line.quantity > QUANTITY_MAX) {
        return Err(Error::field("lines", "invalid_quantity", "Ask for at most 10,000 of one item."));
    }
    Ok(found)
}

/// Lines of one item become one.
fn add(found: &mut Vec<LineRow>, item: Uuid, quantity: i64, bom_id: Option<Uuid>) {
    match found.iter_mut().find(|line| line.item == item) {
        Some(line) => {
            line.quantity += quantity;
            line.bom_id = line.bom_id.filter(|id| Some(*id) == bom_id);
        }
        None => {
            let place = found.len() as i64;
            found.push(LineRow { item, place, quantity, sent: 0, received: 0, closed: 0, bom_id });
        }
    }
}

fn known_item(ctx: &Ctx, tx: &mut Tx, item: Uuid, field: impl Fn() -> String) -> Result<Uuid> {
    let row = store::stock::item(tx, ctx.org(), item)?.ok_or_else(|| Error::unknown(field()))?;
    if row.archived_at.is_some() {
        let message = "This item of the catalog was put away. Ask for another one.";
        return Err(Error::conflict("item_archived", message));
    }
    Ok(row.id)
}

fn container(ctx: &Ctx, tx: &mut Tx, name: &str, field: String) -> Result<Uuid> {
    let name = labels::required(&field, name, domain::limits::NAME_MAX)?;
    match store::requests::containers(tx, ctx.org(), &fold(&name), &identifier_key(&name))?.as_slice() {
        [only] => Ok(*only),
        [] => {
            let message = "No container of the catalog has this name. Look it up in the catalog.";
            Err(Error::field(field, "unknown_container", message))
        }
        _ => {
            let message = "Several containers of the catalog have this name. Name the item instead.";
            Err(Error::field(field, "ambiguous_container", message))
        }
    }
}

/// What an event used, or what somebody who may made of it.
fn replenished(ctx: &Ctx, tx: &mut Tx, event: &EventRow, asked: &[AskLine]) -> Result<Vec<LineRow>> {
    let used = propose::used(ctx, tx, event)?;
    if asked.is_empty() {
        if used.is_empty() {
            let message = "This event used nothing that was not asked for again already.";
            return Err(Error::conflict("nothing_to_replenish", message));
        }
        let mut found = Vec::with_capacity(used.len());
        used.into_iter().for_each(|(item, quantity)| add(&mut found, item, quantity, None));
        return bounded(found);
    }
    let found = lines(ctx, tx, asked)?;
    let as_used = found.len() == used.len() && found.iter().all(|line| used.get(&line.item) == Some(&line.quantity));
    if !as_used {
        ctx.require(Permission::ModifyReplenishment)?;
    }
    Ok(found)
}

/// Who is asked: the one who makes everything that is asked for.
fn supplier(ctx: &Ctx, tx: &mut Tx, body: &CreateRequest, lines: &[LineRow]) -> Result<Uuid> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.item).collect();
    let known = store::coverage::load::items(tx, ctx.org(), &ids)?;
    let maker = match body.manufacturer_id.map(Id::uuid) {
        Some(maker) => {
            store::catalog::manufacturer(tx, ctx.org(), maker)?.ok_or_else(|| Error::unknown("manufacturer_id"))?.id
        }
        None => known.first().map(|item| item.manufacturer_id).unwrap_or_default(),
    };
    if known.iter().any(|item| item.manufacturer_id != maker) {
        let message =
            "One supplier request goes to one manufacturer, and some of these items are made by another. Split it.";
        return Err(Error::field("lines", "other_manufacturer", message));
    }
    Ok(maker)
}
