//! Purchase orders of the hospital, days of shipment and delivery, payments: what moves a submitted event on.

use super::{Booking, Standing, accounts, bill, billed_manufacturers, book, dates, standing};
use crate::events::plan::typed;
use crate::events::{self, Loaded, index, level, purchase_order_view, save, settle::settled_status, status, view};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::billing::{AddPayment, Invoice, PatchSalesOrder, SalesOrder};
use contract::events::{AddPurchaseOrder, ChangedPurchaseOrder, Event, PatchPurchaseOrder};
use domain::clock::Day;
use domain::event::EventStatus;
use domain::event::lifecycle::{self, EventFacts};
use domain::id::{EventId, FileId, InvoiceId, PurchaseOrderId, SalesOrderId};
use domain::limits;
use domain::people::{Level, Permission, Role};
use store::Tx;
use store::billing::PurchaseOrderRow;
use store::events::EventRow;
use uuid::Uuid;

/// The event of a purchase order, locked: whoever may change it, and managers of the facility, whose order it is.
fn ordering(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventRow> {
    let row = store::events::lock_event(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ordered_by(ctx, tx, &row)?;
    Ok(row)
}

/// Whether the caller is among those who order for an event.
pub(super) fn ordered_by(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<()> {
    match level(ctx, tx, row)? {
        Level::Act => Ok(()),
        Level::See | Level::Use if ctx.actor.role == Role::FacilityManager => Ok(()),
        Level::Name => Err(Error::not_found()),
        Level::See | Level::Use => Err(Error::forbidden(
            "not_your_event",
            "You see this event, but it is its representative's to change. Ask them or the office.",
        )),
    }
}

fn order_number(text: &str) -> Result<String> {
    typed("number", domain::text::clean_name(text, limits::CODE_MAX))
}

fn amount(minor: Option<i64>) -> Result<Option<i64>> {
    match minor {
        Some(minor) if minor < 0 => {
            Err(Error::field("amount_minor", "amount_negative", "An order is over zero or more."))
        }
        minor => Ok(minor),
    }
}

/// What changes of purchase orders come down to: the rule, the invoices, the status.
fn follow(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut EventRow,
    entry: &mut Draft,
    rule: impl Fn(&EventFacts<'_>) -> Result<EventStatus, domain::refusal::Refusal>,
) -> Result<()> {
    let loaded = Loaded::of(ctx, tx, row)?;
    let order = store::billing::latest_order(tx, ctx.org(), row.id)?.filter(|order| order.status == "open");
    let standing = bill(ctx, tx, row, &loaded, order.as_ref(), entry)?;
    let next = loaded.ask(row, |facts, _| rule(&standing.of(*facts)))??;
    let settled = settled_status(&loaded, row, next, standing)?;
    entry.change(row.id, "status", Some(row.status.clone()), Some(settled.as_str().into()));
    row.status = settled.as_str().into();
    save(ctx, tx, row)?;
    index(ctx, tx, row)
}

/// Asks a rule before anything is written, with the standing as it is.
fn ask_first(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    rule: impl Fn(&EventFacts<'_>) -> Result<EventStatus, domain::refusal::Refusal>,
) -> Result<Loaded> {
    let loaded = Loaded::of(ctx, tx, row)?;
    let invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let standing: Standing = standing(ctx, tx, row.id, &invoices, false)?;
    loaded.ask(row, |facts, _| rule(&standing.of(*facts)))??;
    Ok(loaded)
}

/// Enters a purchase order; the last one that was missing issues the invoices.
pub fn add(ctx: &Ctx, tx: &mut Tx, id: EventId, new: AddPurchaseOrder) -> Result<ChangedPurchaseOrder> {
    let mut row = ordering(ctx, tx, id)?;
    ctx.require(Permission::AddPurchaseOrders)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    enter(ctx, tx, &mut row, new, None)
}

/// Whoever gave a purchase order through a link.
pub(crate) struct Giver {
    /// Their name.
    pub name: String,
    /// The link.
    pub link: Uuid,
    /// The order itself, a file of the event.
    pub file: Option<Uuid>,
}

/// The same in the right of whoever made a link, for somebody who gave the order through it.
pub(crate) fn add_given(
    ctx: &Ctx,
    tx: &mut Tx,
    id: EventId,
    new: AddPurchaseOrder,
    giver: Giver,
) -> Result<ChangedPurchaseOrder> {
    let mut row = ordering(ctx, tx, id)?;
    enter(ctx, tx, &mut row, new, Some(giver))
}

/// A file of the event that may stand for a purchase order.
pub(super) fn order_file(ctx: &Ctx, tx: &mut Tx, event: Uuid, id: FileId) -> Result<store::files::FileRow> {
    let found = store::files::file(tx, ctx.org(), id.uuid())?;
    let here =
        |it: &store::files::FileRow| it.subject_kind == "evt" && it.subject_id == event && it.removed_at.is_none();
    let file = found.filter(here).ok_or_else(|| Error::unknown("file_id"))?;
    if file.patient_data {
        let message = "A patient can be told from this file, so it cannot stand beside the order. Choose another one.";
        return Err(Error::field("file_id", "file_holds_patient_data", message));
    }
    Ok(file)
}

fn enter(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut EventRow,
    new: AddPurchaseOrder,
    giver: Option<Giver>,
) -> Result<ChangedPurchaseOrder> {
    ctx.require(Permission::AddPurchaseOrders)?;
    let loaded = ask_first(ctx, tx, row, lifecycle::add_purchase_order)?;
    let number = order_number(&new.number)?;
    let manufacturer = new.manufacturer_id.map(|id| id.uuid());
    if let Some(id) = manufacturer
        && !billed_manufacturers(&loaded).contains(&id)
    {
        if store::events::known_manufacturers(tx, ctx.org(), &[id])?.is_empty() {
            return Err(Error::unknown("manufacturer_id"));
        }
        let message = "Nothing of this manufacturer is billed on this event.";
        return Err(Error::field("manufacturer_id", "manufacturer_not_billed", message));
    }
    let orders = store::billing::purchase_orders(tx, ctx.org(), row.id)?;
    if orders.iter().any(|order| order.manufacturer_id == manufacturer) {
        let message = "There is a purchase order for this already. Correct its number instead.";
        return Err(Error::conflict("purchase_order_exists", message));
    }
    let order = PurchaseOrderRow {
        id: ctx.id::<domain::id::PurchaseOrder>().uuid(),
        manufacturer_id: manufacturer,
        number,
        amount_minor: amount(new.amount_minor)?,
        received_at: ctx.now.0,
        received_by: ctx.actor.id.uuid(),
        source: if giver.is_some() { "link" } else { "user" }.into(),
        given_by: giver.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
        link_id: giver.as_ref().map(|it| it.link),
        file_id: match (giver.as_ref().and_then(|it| it.file), new.file_id) {
            (Some(file), _) => Some(file),
            (None, Some(id)) => Some(order_file(ctx, tx, row.id, id)?.id),
            (None, None) => None,
        },
    };
    let key = domain::text::identifier_key(&order.number);
    store::billing::insert_purchase_order(tx, ctx.org(), row.id, &order, &key)?;
    let kind = if giver.is_some() { "purchase_order_given" } else { "purchase_order_added" };
    let said = giver.as_ref().map(|it| format!("Given by {} through the link", it.name)).unwrap_or_default();
    let mut entry = ctx.entry(kind).reason(&said).subject(row.id);
    let waited = row.status == EventStatus::PendingPo.as_str();
    entry.change(order.id, "number", None, Some(order.number.clone()));
    follow(ctx, tx, row, &mut entry, lifecycle::add_purchase_order)?;
    entry.append(ctx, tx)?;
    let came = format!("Purchase order {} came in for {}.", order.number, events::number(row.number));
    let misfit = misfit(ctx, &loaded, row, &order)?;
    match &giver {
        None => events::notify_office(ctx, tx, "purchase_order_added", row, &format!("{came}{misfit}"))?,
        Some(giver) => {
            let came = format!("{came} {} gave it through the link.", giver.name);
            tell_of_given(ctx, tx, row, &came, &misfit)?;
        }
    }
    if waited && row.status != EventStatus::PendingPo.as_str() && ctx.organization.toggle("auto_send_invoice_on_po") {
        for invoice in store::billing::lock_invoices(tx, ctx.org(), row.id)?.iter().filter(|it| it.status == "open") {
            crate::documents::sends::leave(ctx, tx, domain::document::DocumentKind::Invoice, invoice.id)?;
        }
    }
    changed(ctx, tx, row, order)
}

/// What does not fit about an order that says an amount, for the notice of it: ` It is over 90.00 USD, 10.00 USD less than is billed.`
fn misfit(ctx: &Ctx, loaded: &Loaded, row: &EventRow, order: &PurchaseOrderRow) -> Result<String> {
    let Some(amount) = order.amount_minor else { return Ok(String::new()) };
    let expected = match order.manufacturer_id {
        Some(maker) => events::charges::billed_of(loaded, maker)?,
        None => row.total_minor,
    };
    let word = match amount.cmp(&expected) {
        std::cmp::Ordering::Equal => return Ok(String::new()),
        std::cmp::Ordering::Less => "less",
        std::cmp::Ordering::Greater => "more",
    };
    let shown = |minor: i64| domain::money::Minor(minor).display(super::currency(ctx));
    Ok(format!(" It is over {}, {} {word} than is billed.", shown(amount), shown((amount - expected).abs())))
}

/// Tells whoever made the link, the representative and the office; of amounts the office alone, for others may not see prices.
fn tell_of_given(ctx: &Ctx, tx: &mut Tx, row: &EventRow, sentence: &str, amounts: &str) -> Result<()> {
    let office = store::events::office(tx, ctx.org())?;
    let mut whom = [office.as_slice(), &[ctx.actor.id.uuid(), row.representative_id]].concat();
    whom.sort_unstable();
    whom.dedup();
    for one in whom {
        let id = ctx.id::<domain::id::Entry>().uuid();
        let said = if office.contains(&one) { format!("{sentence}{amounts}") } else { sentence.to_owned() };
        store::engine::notify(tx, ctx.org(), one, id, "purchase_order_added", row.id, &said, ctx.now.0)?;
    }
    Ok(())
}

/// What an order is over, less what it is for; None when it says no amount, or prices are not shown.
fn difference(ctx: &Ctx, tx: &mut Tx, row: &EventRow, order: &PurchaseOrderRow) -> Result<Option<i64>> {
    let Some(amount) = order.amount_minor.filter(|_| events::sees_prices(ctx)) else { return Ok(None) };
    let expected = match order.manufacturer_id {
        None => row.total_minor,
        Some(maker) => events::charges::billed_of(&Loaded::of(ctx, tx, row)?, maker)?,
    };
    Ok(Some(amount - expected))
}

fn changed(ctx: &Ctx, tx: &mut Tx, row: &EventRow, order: PurchaseOrderRow) -> Result<ChangedPurchaseOrder> {
    let difference = difference(ctx, tx, row, &order)?;
    Ok(ChangedPurchaseOrder {
        purchase_order: purchase_order_view(order, difference),
        event_status: status(row)?,
        version: row.version,
    })
}

fn found(ctx: &Ctx, tx: &mut Tx, event: Uuid, id: PurchaseOrderId) -> Result<PurchaseOrderRow> {
    let orders = store::billing::purchase_orders(tx, ctx.org(), event)?;
    orders.into_iter().find(|order| order.id == id.uuid()).ok_or_else(Error::not_found)
}

/// Corrects a purchase order.
pub fn patch(
    ctx: &Ctx,
    tx: &mut Tx,
    id: EventId,
    order: PurchaseOrderId,
    change: PatchPurchaseOrder,
) -> Result<ChangedPurchaseOrder> {
    let mut row = ordering(ctx, tx, id)?;
    ctx.require(Permission::ManageBilling)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let mut it = found(ctx, tx, row.id, order)?;
    ask_first(ctx, tx, &row, lifecycle::add_purchase_order)?;
    let before = it.clone();
    if let Some(number) = &change.number {
        it.number = order_number(number)?;
    }
    it.amount_minor = amount(change.amount_minor.or(it.amount_minor))?;
    match change.file_id {
        Patch::Leave => {}
        Patch::Clear => it.file_id = None,
        Patch::Set(id) => it.file_id = Some(order_file(ctx, tx, row.id, id)?.id),
    }
    let key = domain::text::identifier_key(&it.number);
    store::billing::save_purchase_order(tx, ctx.org(), row.id, &it, &key)?;
    save(ctx, tx, &mut row)?;
    index(ctx, tx, &row)?;
    let mut entry = ctx.entry("purchase_order_changed").subject(row.id);
    entry.change(it.id, "number", Some(before.number), Some(it.number.clone()));
    let shown = |minor: Option<i64>| minor.map(|minor| minor.to_string());
    entry.change(it.id, "amount_minor", shown(before.amount_minor), shown(it.amount_minor));
    let file = |id: Option<Uuid>| id.map(|id| FileId::from_uuid(id).to_string());
    entry.change(it.id, "file_id", file(before.file_id), file(it.file_id));
    entry.append(ctx, tx)?;
    changed(ctx, tx, &row, it)
}

/// Removes a purchase order, which stays on record; invoices that it allowed are void.
pub fn remove(ctx: &Ctx, tx: &mut Tx, id: EventId, order: PurchaseOrderId) -> Result<Event> {
    let mut row = ordering(ctx, tx, id)?;
    ctx.require(Permission::ManageBilling)?;
    ctx.check_version(row.version, || view(ctx, tx, row.id))?;
    let it = found(ctx, tx, row.id, order)?;
    ask_first(ctx, tx, &row, lifecycle::remove_purchase_order)?;
    store::billing::remove_purchase_order(tx, ctx.org(), row.id, it.id, ctx.now.0)?;
    let mut entry = ctx.entry("purchase_order_removed").subject(row.id);
    entry.change(it.id, "number", Some(it.number), None);
    follow(ctx, tx, &mut row, &mut entry, lifecycle::remove_purchase_order)?;
    entry.append(ctx, tx)?;
    view(ctx, tx, row.id)
}

/// Says when an order was shipped and delivered; due dates that wait for it follow, on invoices that are not paid.
pub fn patch_sales_order(ctx: &Ctx, tx: &mut Tx, id: SalesOrderId, change: PatchSalesOrder) -> Result<SalesOrder> {
    let known = store::billing::sales_order(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let event = store::events::lock_event(tx, ctx.org(), known.event_id)?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, &event)? < Level::See {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageBilling)?;
    let mut order = store::billing::lock_sales_order(tx, ctx.org(), known.id)?.ok_or_else(Error::not_found)?;
    ctx.check_version(order.version, || super::documents::sales_order(ctx, tx, id))?;
    if order.status != "open" {
        let message = "This edition is no longer in force. Change the standing one.";
        return Err(Error::conflict("sales_order_not_open", message));
    }
    let reason = typed("reason", domain::text::clean_note(&change.reason, limits::REASON_MAX))?;
    let before = order.clone();
    let set = |stored: &mut Option<i64>, patch: Patch<Day>| {
        *stored = patch.or(stored.map(|day| Day(day as i32))).map(|day| i64::from(day.0));
    };
    set(&mut order.shipped_on, change.shipped_on);
    set(&mut order.delivered_on, change.delivered_on);
    if let (Some(shipped), Some(delivered)) = (order.shipped_on, order.delivered_on)
        && delivered < shipped
    {
        let message = "It cannot be delivered before it was shipped.";
        return Err(Error::field("delivered_on", "delivered_before_shipped", message));
    }
    store::billing::save_order(tx, ctx.org(), &mut order)?;
    let mut entry = ctx.entry("sales_order_changed").reason(&reason).subject(order.id).subject(event.id);
    let shown = |day: Option<i64>| day.map(|day| Day(day as i32).to_string());
    entry.change(order.id, "shipped_on", shown(before.shipped_on), shown(order.shipped_on));
    entry.change(order.id, "delivered_on", shown(before.delivered_on), shown(order.delivered_on));
    for mut invoice in store::billing::lock_invoices(tx, ctx.org(), event.id)? {
        dates::recompute(ctx, tx, &event, &order, &mut invoice, &mut entry)?;
    }
    entry.append(ctx, tx)?;
    super::documents::sales_order(ctx, tx, id)
}

/// Books a payment; the last one that was missing, with the commission paid, makes the event paid.
pub fn pay(ctx: &Ctx, tx: &mut Tx, id: InvoiceId, new: AddPayment) -> Result<Invoice> {
    let known = store::billing::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let mut row = store::events::lock_event(tx, ctx.org(), known.event_id)?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, &row)? < Level::See {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageBilling)?;
    let invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let mut invoice = invoices.into_iter().find(|it| it.id == known.id).ok_or_else(Error::not_found)?;
    ctx.check_version(invoice.version, || super::documents::invoice(ctx, tx, id))?;
    match invoice.status.as_str() {
        "void" => {
            let message = "This invoice is void. Book the payment on the one that replaces it.";
            return Err(Error::conflict("invoice_void", message));
        }
        "paid" => return Err(Error::conflict("invoice_paid", "This invoice is paid already.")),
        "credited" => return Err(Error::conflict("invoice_credited", "This invoice was credited: nothing is open.")),
        _ => {}
    }
    let open = invoice.open();
    if new.amount_minor <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    if new.amount_minor > open {
        let open = domain::money::Minor(open).display(super::currency(ctx));
        return Err(Error::field("amount_minor", "overpayment", format!("Only {open} is still open on this invoice.")));
    }
    let received_on = new.received_on.unwrap_or(ctx.today());
    let reference = typed("reference", domain::text::clean_note(&new.reference, limits::REASON_MAX))?;
    let before = invoice.paid_minor;
    let kind = if new.from_balance { "balance" } else { "payment" };
    if new.from_balance {
        accounts::take_from_balance(ctx, tx, &invoice, new.amount_minor, received_on, &reference)?;
    }
    let booking = Booking { amount: new.amount_minor, on: received_on, reference, kind };
    book(ctx, tx, &mut invoice, &booking)?;
    let mut entry = ctx.entry("payment_booked").subject(invoice.id).subject(row.id);
    entry.change(invoice.id, "paid_minor", Some(before.to_string()), Some(invoice.paid_minor.to_string()));
    let invoices = store::billing::lock_invoices(tx, ctx.org(), row.id)?;
    let standing = standing(ctx, tx, row.id, &invoices, true)?;
    let loaded = Loaded::of(ctx, tx, &row)?;
    let next = settled_status(&loaded, &row, status(&row)?, standing)?;
    if next.as_str() != row.status {
        entry.change(row.id, "status", Some(row.status.clone()), Some(next.as_str().into()));
        row.status = next.as_str().into();
        save(ctx, tx, &mut row)?;
        events::tell_of_paid(ctx, tx, &row)?;
    }
    entry.append(ctx, tx)?;
    super::documents::invoice(ctx, tx, id)
}
