//! Settled orders of the past as whole rows, many at once: as submission, invoice and payment leave them, without the steps in
//! between. For data of any size; figures and standing are made once, from the rows.

use crate::{bulk, directory};
use db::{Result, Tx, Value, args};
use uuid::Uuid;

/// An order with its event, its invoice and, when it is paid, its payment.
#[derive(Clone, Debug)]
pub struct PastOrder {
    /// Ids of the event, its charge, the order, the invoice and the payment.
    pub ids: [Uuid; 5],
    pub event_number: i64,
    pub order_number: String,
    pub invoice_number: String,
    pub location_id: Uuid,
    pub representative_id: Uuid,
    /// Noon of the day, where the location is.
    pub starts_at: i64,
    pub day: i64,
    pub amount_minor: i64,
    pub due_on: i64,
    /// The day on which all of it was paid.
    pub paid_on: Option<i64>,
    /// What order and invoice say, as JSON.
    pub document: String,
}

/// What orders of one customer have in common.
#[derive(Clone, Debug)]
pub struct Whose {
    pub customer_id: Uuid,
    /// Who is said to have entered them.
    pub by: Uuid,
    pub time_zone: String,
    /// The terms as JSON, and in words.
    pub terms: String,
    pub explanation: String,
}

const EVENTS: &str = "INSERT INTO event (organization_id, id, number, type, status, name, name_auto, representative_id, \
    location_id, customer_id, starts_at, ends_at, time_zone, day, patient_reference, note, facility_stock, total_minor, \
    lines_count, prices_edited, revision, submitted_at, submitted_by, hold_released, closed_reason, created_by, created_at, \
    updated_at, version) VALUES";
const PEOPLE: &str = "INSERT INTO event_person (organization_id, event_id, user_id, role, starts_at) VALUES";
const CHARGES: &str =
    "INSERT INTO event_charge (organization_id, event_id, id, kind, label, amount_minor, commissionable) VALUES";
const ORDERS: &str = "INSERT INTO billing_sales_order (organization_id, id, number, revision, event_id, event_type, customer_id, \
    location_id, representative_id, submitted_on, shipped_on, delivered_on, total_minor, net_minor, terms, status, counts, \
    document, issued_at, version) VALUES";
const INVOICES: &str = "INSERT INTO billing_invoice (organization_id, id, number, event_id, sales_order_id, customer_id, \
    issued_on, due_on, due_state, explanation, total_minor, paid_minor, status, document, version, paid_on) VALUES";
const PAYMENTS: &str = "INSERT INTO billing_payment (organization_id, invoice_id, id, amount_minor, received_on, reference, \
    created_by, created_at) VALUES";

/// Puts down orders of one customer; [`settle`] makes what follows from them.
pub fn insert(tx: &mut Tx, organization: Uuid, whose: &Whose, orders: &[PastOrder]) -> Result<()> {
    let rows = |width: usize| Vec::<Value>::with_capacity(orders.len() * width);
    let mut events = rows(29);
    let (mut people, mut charges, mut sold, mut invoices, mut payments) =
        (rows(5), rows(7), rows(20), rows(16), rows(8));
    for it in orders {
        let [event, charge, order, invoice, payment] = it.ids;
        let (status, bill) = if it.paid_on.is_some() { ("paid", "paid") } else { ("pending_payment", "open") };
        let ends_at = it.starts_at + 7_200_000_000;
        events.extend_from_slice(args![
            organization,
            event,
            it.event_number,
            "case",
            status,
            format!("Case {}", it.event_number),
            true,
            it.representative_id,
            it.location_id,
            whose.customer_id,
            it.starts_at,
            ends_at,
            whose.time_zone,
            it.day,
            "",
            "",
            false,
            it.amount_minor,
            0,
            false,
            1,
            it.starts_at,
            whose.by,
            false,
            "",
            whose.by,
            it.starts_at,
            it.starts_at,
            1
        ]);
        people.extend_from_slice(args![organization, event, it.representative_id, "rep", it.starts_at]);
        charges.extend_from_slice(args![organization, event, charge, "service", "As sold", it.amount_minor, false]);
        sold.extend_from_slice(args![
            organization,
            order,
            it.order_number,
            1,
            event,
            "case",
            whose.customer_id,
            it.location_id,
            it.representative_id,
            it.day,
            it.day,
            it.day,
            it.amount_minor,
            it.amount_minor,
            whose.terms,
            "open",
            true,
            it.document,
            it.starts_at,
            1
        ]);
        let paid = it.paid_on.map_or(0, |_| it.amount_minor);
        invoices.extend_from_slice(args![
            organization,
            invoice,
            it.invoice_number,
            event,
            order,
            whose.customer_id,
            it.day,
            it.due_on,
            "due",
            whose.explanation,
            it.amount_minor,
            paid,
            bill,
            it.document,
            1,
            it.paid_on
        ]);
        if let Some(day) = it.paid_on {
            payments.extend_from_slice(args![
                organization,
                invoice,
                payment,
                it.amount_minor,
                day,
                "Wire",
                whose.by,
                it.starts_at
            ]);
        }
    }
    for (head, width, values) in [
        (EVENTS, 29, events),
        (PEOPLE, 5, people),
        (CHARGES, 7, charges),
        (ORDERS, 20, sold),
        (INVOICES, 16, invoices),
        (PAYMENTS, 8, payments),
    ] {
        bulk::insert(tx, head, "", width, &values)?;
    }
    Ok(())
}

/// Makes the figures and the standing of a customer and of its locations anew from its orders.
pub fn settle(tx: &mut Tx, organization: Uuid, customer: Uuid) -> Result<()> {
    directory::figures::rebuild(tx, organization, customer)?;
    directory::standing::refresh_all(tx, organization, customer)
}
