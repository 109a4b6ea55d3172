//! Opening balances as tables: invoices that are open elsewhere, and what customers ordered before. Neither makes an order.

use super::directory::{find_customer, find_location};
use super::sheet::{CellError, Row, Seen, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use domain::clock::Day;
use domain::limits;
use domain::people::Permission;
use domain::text::fold;
use store::Tx;
use store::opening::{self as rows, OpeningFigureRow, OpeningInvoiceRow};
use uuid::Uuid;

/// Invoices of another program that are open. One is found again by customer and number.
pub(super) const OPEN_INVOICES: ImportKind = ImportKind {
    name: "open_invoices",
    permission: Permission::ManageBilling,
    columns: &[
        Column::required("customer", "number or name of the customer"),
        Column::new("location", "code or name of the customer's location").also(&["facility"]),
        Column::required("number", "number of the invoice").also(&["invoice", "invoice_number"]),
        Column::required("issued_on", "day of issue, such as 2026-11-03").also(&["invoice_date", "date"]),
        Column::new("due_on", "due day; not known when empty").also(&["due_date"]),
        Column::new("open", "what is still to be paid, such as 1250.00").also(&["open_balance", "balance"]),
        Column::new("open_minor", "the same in the smallest unit of the currency"),
        Column::new("total", "as it was issued; what is open when empty").also(&["amount"]),
        Column::new("total_minor", "the same in the smallest unit of the currency"),
        Column::new("note", "a note"),
    ],
    plan: plan_invoices,
    tried: true,
};

/// What customers ordered before, by day. A row is found again by customer, location and day.
pub(super) const ORDER_FIGURES: ImportKind = ImportKind {
    name: "order_figures",
    permission: Permission::ManageBilling,
    columns: &[
        Column::required("customer", "number or name of the customer"),
        Column::new("location", "code or name of the customer's location; counts for the customer alone when empty")
            .also(&["facility"]),
        Column::required("on", "a day; for figures of a month its last day").also(&["date", "day", "month"]),
        Column::required("orders", "how many orders").also(&["orders_count", "count"]),
        Column::new("total", "what they came to, without tax and freight").also(&["net", "amount"]),
        Column::new("total_minor", "the same in the smallest unit of the currency"),
    ],
    plan: plan_figures,
    tried: true,
};

/// Whose, as the table names them.
struct Whose {
    customer: String,
    location: Option<String>,
}

impl Whose {
    fn read(row: &Row<'_>) -> Result<Self, CellError> {
        Ok(Self { customer: row.need("customer")?.to_owned(), location: row.owned("location") })
    }

    fn key(&self) -> String {
        format!("{}\u{1f}{}", fold(&self.customer), fold(self.location.as_deref().unwrap_or_default()))
    }

    /// Customer and location; the customer is locked.
    fn find(&self, ctx: &Ctx, tx: &mut Tx) -> Result<(Uuid, Option<Uuid>)> {
        let customer = find_customer(ctx, tx, "customer", &self.customer)?;
        let location = match &self.location {
            Some(location) => Some(find_location(ctx, tx, &self.customer, location)?),
            None => None,
        };
        store::directory::lock_customer(tx, ctx.org(), customer)?.ok_or_else(|| Error::unknown("customer"))?;
        Ok((customer, location))
    }
}

/// A day of the past, or today.
fn past(ctx: &Ctx, row: &Row<'_>, column: &'static str) -> Result<i64, CellError> {
    let day: Day = row.day(column)?.ok_or_else(|| (column, "required", "This cell must not be empty.".to_owned()))?;
    if day > ctx.today() {
        return Err((column, "in_the_future", "What is entered here is of the past.".to_owned()));
    }
    Ok(i64::from(day.0))
}

struct InvoiceLine {
    whose: Whose,
    number: String,
    issued_on: i64,
    due_on: Option<i64>,
    open_minor: i64,
    total_minor: i64,
    note: String,
}

fn plan_invoices(ctx: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_invoice(ctx, &row, &mut seen) {
            Ok(line) => plan.step(row.number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read_invoice(ctx: &Ctx, row: &Row<'_>, seen: &mut Seen) -> Result<InvoiceLine, CellError> {
    let whose = Whose::read(row)?;
    let number = row.need("number")?.to_owned();
    if number.chars().count() > limits::CODE_MAX {
        return Err(("number", "too_long", format!("A number has at most {} characters.", limits::CODE_MAX)));
    }
    let open_minor = row
        .amount(ctx, "open", "open_minor")?
        .ok_or_else(|| ("open", "required", "This cell must not be empty.".to_owned()))?;
    let total_minor = row.amount(ctx, "total", "total_minor")?.unwrap_or(open_minor);
    if open_minor <= 0 {
        return Err((
            "open",
            "invalid_amount",
            "Only what is still to be paid is entered: give more than zero.".to_owned(),
        ));
    }
    if total_minor < open_minor {
        return Err(("total", "invalid_amount", "More is open than the invoice was over.".to_owned()));
    }
    let issued_on = past(ctx, row, "issued_on")?;
    let due_on = row.day("due_on")?.map(|day| i64::from(day.0));
    let key = format!("{}\u{1f}{}", fold(&whose.customer), domain::text::identifier_key(&number));
    seen.note("number", key, row.number)?;
    let note: String = row.text("note").chars().take(limits::NOTE_MAX).collect();
    Ok(InvoiceLine { whose, number, issued_on, due_on, open_minor, total_minor, note })
}

impl InvoiceLine {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        ctx.require(Permission::ManageBilling)?;
        let (customer, location) = self.whose.find(ctx, tx)?;
        let key = domain::text::identifier_key(&self.number);
        let told = |open: i64| Some(format!("{} open {open}", self.number));
        if let Some(known) = rows::by_number(tx, ctx.org(), customer, &key)? {
            let same = (known.issued_on, known.due_on, known.open_minor, known.total_minor)
                == (self.issued_on, self.due_on, self.open_minor, self.total_minor)
                && (location.is_none() || known.location_id == location);
            if same {
                return Ok(Effect::Unchanged);
            }
            if known.paid_minor != 0 {
                let message =
                    "Something of this invoice was paid here already, so it is not corrected by a table any more.";
                return Err(Error::field("number", "payment_recorded", message));
            }
            let before = known.open_minor;
            let row = OpeningInvoiceRow {
                location_id: location.or(known.location_id),
                issued_on: self.issued_on,
                due_on: self.due_on,
                total_minor: self.total_minor,
                open_minor: self.open_minor,
                ..known
            };
            rows::save(tx, ctx.org(), &row)?;
            draft.about(customer);
            draft.change(customer, "opening_invoice", told(before), told(self.open_minor));
            return Ok(Effect::Updated);
        }
        let row = OpeningInvoiceRow {
            id: ctx.id::<domain::id::OpeningInvoice>().uuid(),
            number: self.number.clone(),
            customer_id: customer,
            location_id: location,
            issued_on: self.issued_on,
            due_on: self.due_on,
            total_minor: self.total_minor,
            open_minor: self.open_minor,
            paid_minor: 0,
            status: "open".to_owned(),
            note: self.note.clone(),
            created_by: ctx.actor.id.uuid(),
            created_at: ctx.now.0,
            version: 1,
        };
        rows::insert(tx, ctx.org(), &row, &key)?;
        draft.about(customer);
        draft.change(customer, "opening_invoice", None, told(self.open_minor));
        Ok(Effect::Created)
    }
}

struct FigureLine {
    whose: Whose,
    day: i64,
    orders: i64,
    total_minor: i64,
}

fn plan_figures(ctx: &Ctx, _: &mut Tx, sheet: &Sheet, _: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_figure(ctx, &row, &mut seen) {
            Ok(line) => plan.step(row.number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read_figure(ctx: &Ctx, row: &Row<'_>, seen: &mut Seen) -> Result<FigureLine, CellError> {
    let whose = Whose::read(row)?;
    let orders =
        row.whole("orders")?.ok_or_else(|| ("orders", "required", "This cell must not be empty.".to_owned()))?;
    let total_minor = row
        .amount(ctx, "total", "total_minor")?
        .ok_or_else(|| ("total", "required", "This cell must not be empty.".to_owned()))?;
    if orders <= 0 {
        return Err(("orders", "invalid_value", "Give how many orders there were, at least one.".to_owned()));
    }
    if total_minor <= 0 {
        return Err(("total", "invalid_amount", "Give an amount above zero.".to_owned()));
    }
    let day = past(ctx, row, "on")?;
    seen.note("on", format!("{}\u{1f}{day}", whose.key()), row.number)?;
    Ok(FigureLine { whose, day, orders, total_minor })
}

impl FigureLine {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        ctx.require(Permission::ManageBilling)?;
        let (customer, location) = self.whose.find(ctx, tx)?;
        let location = location.unwrap_or_default();
        let known = rows::figure(tx, ctx.org(), customer, location, self.day)?;
        let (count, total) = known.map_or((0, 0), |row| (row.orders_count, row.orders_total_minor));
        if (count, total) == (self.orders, self.total_minor) {
            return Ok(Effect::Unchanged);
        }
        let row = OpeningFigureRow {
            id: known.map_or_else(|| ctx.id::<domain::id::OpeningInvoice>().uuid(), |row| row.id),
            orders_count: self.orders,
            orders_total_minor: self.total_minor,
        };
        let by = ctx.actor.id.uuid();
        match known {
            Some(_) => rows::save_figure(tx, ctx.org(), &row)?,
            None => rows::insert_figure(tx, ctx.org(), &row, customer, location, self.day, by, ctx.now.0)?,
        }
        draft.about(customer);
        let told = |count: i64, total: i64| Some(format!("{} {count} orders {total}", Day(self.day as i32)));
        draft.change(
            customer,
            "opening_figures",
            known.and_then(|_| told(count, total)),
            told(self.orders, self.total_minor),
        );
        // Last, because these rows are hot.
        let (day, steps) = (Day(self.day as i32), (self.orders - count, self.total_minor - total));
        store::directory::add_order_figures(tx, ctx.org(), customer, location, day, steps.0, steps.1)?;
        Ok(if known.is_some() { Effect::Updated } else { Effect::Created })
    }
}
