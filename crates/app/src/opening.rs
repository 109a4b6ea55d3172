//! Opening balances: invoices of another program that were open when the organisation began here. They come by import, count in
//! what a customer owes, and are paid; nothing is sold, and no order is made.

use crate::events::plan::typed;
use crate::list::{self, Sorts};
use crate::{Ctx, Error, Result};
use contract::opening::{OpeningInvoice, PayOpeningInvoice};
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::id::{Id, OpeningInvoiceId};
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use std::collections::HashMap;
use store::opening::{self as rows, OPENING_COLUMNS, OpeningInvoiceRow};
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
