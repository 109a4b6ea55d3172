//! Opening balances: invoices of another program that were open when the organisation began here. They come by import, count in
//! what a customer owes, and are paid; nothing is sold, and no order is made.

use crate::billing::credits;
use crate::events::plan::typed;
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::opening::{CreditOpeningInvoice, OpeningFigure, OpeningInvoice, OpeningInvoiceStep, PayOpeningInvoice};
use contract::{Items, ListParams, Page};
use domain::clock::Day;
use domain::id::{CustomerId, Id, OpeningInvoiceId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use std::collections::HashMap;
use store::opening::{self as rows, OPENING_COLUMNS, OpeningInvoiceRow, OpeningStepRow};
use store::page::{Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

fn view(ctx: &Ctx, names: &HashMap<Uuid, String>, row: OpeningInvoiceRow) -> OpeningInvoice {
    OpeningInvoice {
        open_minor: row.open(),
        id: Id::from_uuid(row.id),
        number: row.number,
        customer_id: Id::from_uuid(row.customer_id),
        customer_name: names.get(&row.customer_id).cloned().unwrap_or_default(),
        location_id: row.location_id.map(Id::from_uuid),
        issued_on: Day(row.issued_on as i32),
        due_on: row.due_on.map(|day| Day(day as i32)),
        total_minor: row.total_minor,
        paid_minor: row.paid_minor,
        currency: ctx.organization.currency.clone(),
        status: row.status,
        note: row.note,
        version: row.version,
    }
}

/// Days of figures that are shown at most.
const FIGURES_MOST: i64 = 2_000;

const SORTS: Sorts = &[("issued_on", "opening.issued_on")];
const LATEST: &[Sort] = &[Sort { column: "opening.issued_on", descending: true }];

/// Opening invoices, latest first: for whoever keeps the organisation's money.
pub fn invoices(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<OpeningInvoice>> {
    ctx.require(Permission::ManageBilling)?;
    list::only(params, &["customer_id", "status"])?;
    let paging = list::paging("opening_invoices", params, SORTS, LATEST)?;
    let mut query = Query::new(format!("SELECT {OPENING_COLUMNS} FROM billing_opening_invoice opening"));
    query.and("opening.organization_id = ?", [Value::Uuid(ctx.org())]);
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("opening.customer_id", ids.into_iter().map(|id| Value::Uuid(id.uuid())).collect());
    }
    let known = |text: &str| ["open", "paid"].into_iter().find(|known| *known == text);
    if let Some(words) = list::words(params, "status", known)? {
        query.any_of("opening.status", words.into_iter().map(|it| Value::Text(it.into())).collect());
    }
    let (found, more) =
        query.page::<OpeningInvoiceRow>(tx, &paging.sorts, "opening.id", paging.after.as_ref(), paging.limit)?;
    let customers: Vec<Uuid> = found.iter().map(|row| row.customer_id).collect();
    let names = store::directory::names_of_customers(tx, ctx.org(), &customers)?;
    let key = |row: &OpeningInvoiceRow| {
        let sorted = paging.sorts.iter().map(|_| Value::Int(row.issued_on));
        sorted.chain([Value::Uuid(row.id)]).collect()
    };
    let mut page = list::page(paging.bound, found, more, key, |row| view(ctx, &names, row));
    if params.count {
        page.total = Some(query.count(tx)?);
    }
    Ok(page)
}

/// One of them.
pub fn invoice(ctx: &Ctx, tx: &mut Tx, id: OpeningInvoiceId) -> Result<OpeningInvoice> {
    ctx.require(Permission::ManageBilling)?;
    let row = rows::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let names = store::directory::names_of_customers(tx, ctx.org(), &[row.customer_id])?;
    Ok(view(ctx, &names, row))
}

/// Books a payment of one.
pub fn pay(ctx: &Ctx, tx: &mut Tx, id: OpeningInvoiceId, ask: &PayOpeningInvoice) -> Result<OpeningInvoice> {
    ctx.require(Permission::ManageBilling)?;
    let known = rows::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    store::directory::lock_customer(tx, ctx.org(), known.customer_id)?.ok_or_else(Error::not_found)?;
    let mut row = rows::lock_invoice(tx, ctx.org(), known.id)?.ok_or_else(Error::not_found)?;
    ctx.check_version(row.version, || invoice(ctx, tx, id))?;
    if row.status == "paid" {
        return Err(Error::conflict("invoice_paid", "This invoice is paid already."));
    }
    if ask.amount_minor <= 0 {
        return Err(Error::field("amount_minor", "invalid_amount", "Give an amount above zero."));
    }
    if ask.amount_minor > row.open() {
        let open = Minor(row.open()).display(crate::billing::currency(ctx));
        return Err(Error::field("amount_minor", "overpayment", format!("Only {open} is still open on this invoice.")));
    }
    let reference = typed("reference", domain::text::clean_note(&ask.reference, limits::REASON_MAX))?;
    let on = i64::from(ask.received_on.unwrap_or(ctx.today()).0);
    let payment = ctx.id::<domain::id::Payment>().uuid();
    let by = ctx.actor.id.uuid();
    rows::insert_payment(tx, ctx.org(), row.id, payment, (ask.amount_minor, on), &reference, by, ctx.now.0)?;
    let before = row.paid_minor;
    row.paid_minor += ask.amount_minor;
    if row.open() == 0 {
        row.status = "paid".to_owned();
    }
    rows::save(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("payment_booked").subject(row.id).subject(row.customer_id);
    entry.change(row.id, "paid_minor", Some(before.to_string()), Some(row.paid_minor.to_string()));
    entry.append(ctx, tx)?;
    invoice(ctx, tx, id)
}

/// Credits a part of one, or writes it off.
pub fn credit(ctx: &Ctx, tx: &mut Tx, id: OpeningInvoiceId, ask: &CreditOpeningInvoice) -> Result<OpeningInvoice> {
    ctx.require(Permission::ManageBilling)?;
    let known = rows::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    store::directory::lock_customer(tx, ctx.org(), known.customer_id)?.ok_or_else(Error::not_found)?;
    let mut row = rows::lock_invoice(tx, ctx.org(), known.id)?.ok_or_else(Error::not_found)?;
    ctx.check_version(row.version, || invoice(ctx, tx, id))?;
    let reason = typed("reason", domain::text::clean_note(&ask.reason, limits::REASON_MAX))?;
    if reason.is_empty() {
        return Err(Error::field("reason", "reason_required", "Say why: it is kept in the history."));
    }
    let amount = credits::open_part(ctx, row.open(), ask.amount_minor)?;
    let (kind, number) = credits::opening_number(ctx, tx, ask.write_off)?;
    let step = OpeningStepRow {
        id: ctx.id::<domain::id::Payment>().uuid(),
        kind: kind.to_owned(),
        number: number.clone(),
        amount_minor: amount,
        received_on: i64::from(ctx.today().0),
        reference: reason.clone(),
    };
    rows::insert_step(tx, ctx.org(), row.id, &step, ctx.actor.id.uuid(), ctx.now.0)?;
    let before = row.open();
    row.paid_minor += amount;
    if row.open() == 0 {
        row.status = "paid".to_owned();
    }
    rows::save(tx, ctx.org(), &row)?;
    let what = if ask.write_off { "invoice_written_off" } else { "invoice_credited" };
    let mut entry = ctx.entry(what).reason(&reason).subject(row.id).subject(row.customer_id);
    entry.change(row.id, "number", None, Some(number));
    entry.change(row.id, "open_minor", Some(before.to_string()), Some(row.open().to_string()));
    entry.append(ctx, tx)?;
    invoice(ctx, tx, id)
}

/// What was taken off one, the first first.
pub fn steps(ctx: &Ctx, tx: &mut Tx, id: OpeningInvoiceId) -> Result<Items<OpeningInvoiceStep>> {
    ctx.require(Permission::ManageBilling)?;
    rows::invoice(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let found = rows::steps(tx, ctx.org(), id.uuid())?;
    let view = |row: OpeningStepRow| OpeningInvoiceStep {
        kind: row.kind,
        number: Some(row.number).filter(|number| !number.is_empty()),
        amount_minor: row.amount_minor,
        on: Day(row.received_on as i32),
        reference: row.reference,
    };
    Ok(Items { items: found.into_iter().map(view).collect() })
}

/// What a customer ordered before the organisation began here, the latest day first: the rows behind that part of its figures, at
/// the locations in reach.
pub fn figures(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Page<OpeningFigure>> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    list::only(params, &["location_id"])?;
    let within = crate::billing::accounts::locations_of(ctx, tx, id)?;
    let wanted = list::ids::<domain::id::Location>(params, "location_id")?;
    let found = rows::figures_of(tx, ctx.org(), id.uuid(), FIGURES_MOST)?;
    let shown = found.into_iter().filter(|row| {
        let there = |all: &[Uuid]| all.contains(&row.location_id);
        let asked = |all: &Vec<domain::id::LocationId>| all.iter().any(|it| it.uuid() == row.location_id);
        within.as_deref().is_none_or(there) && wanted.as_ref().is_none_or(asked)
    });
    let view = |row: rows::FigureRow| OpeningFigure {
        location_id: (!row.location_id.is_nil()).then(|| Id::from_uuid(row.location_id)),
        location_name: row.location_name,
        on: Day(row.day as i32),
        orders_count: row.orders_count,
        orders_total_minor: row.orders_total_minor,
        currency: ctx.organization.currency.clone(),
    };
    list::whole(params, shown.map(view).collect(), |it: &OpeningFigure| {
        format!("{}{}", it.on, it.location_id.map(|id| id.to_string()).unwrap_or_default())
    })
}
