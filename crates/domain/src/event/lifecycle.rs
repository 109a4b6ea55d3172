//! What may be done with an event next. Each step takes the facts and gives the new status, or says why not.
//!
//! ```text
//! open ── submit ──> pending_po ── add PO ──> pending_payment ── settled ──> paid
//!   │                    <── remove PO ──
//!   └─ cancel ──> cancelled       submitted ── reopen ──> open      stocking order ── reverse ──> cancelled
//! ```
//! What is submitted and not for sale ends as adjusted, what adds up to nothing as paid. Paid is derived from invoices and
//! commission, so that it comes and goes with them.

use super::{Charge, EventStatus, EventType, LineMoney, ReusableFate, Usage, is_expired, status_after_submission};
use crate::billing::{BillingAction, BillingStatus, Verdict};
use crate::clock::Day;
use crate::money::Minor;
use crate::pricing::PriceSource;
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// What a person may want to do with an event as a whole.
    pub enum Action {
        /// Change its fields, lines and charges.
        Edit = "edit", "Edit";
        /// Submit it for billing.
        Submit = "submit", "Submit";
        /// Call it off.
        Cancel = "cancel", "Cancel";
        /// Take it back to work on it.
        Reopen = "reopen", "Reopen";
        /// Correct it by a new revision.
        Amend = "amend", "Amend";
        /// Undo a stocking order.
        Reverse = "reverse", "Reverse";
        /// Add or change a purchase order.
        AddPurchaseOrder = "add_purchase_order", "Add purchase order";
        /// Remove a purchase order.
        RemovePurchaseOrder = "remove_purchase_order", "Remove purchase order";
        /// Book what is missing until it is paid.
        MarkPaid = "mark_paid", "Mark as paid";
    }

    /// How a unit stands to the event it is on.
    pub enum Standing {
        /// The event's representative may use it here; or this event has taken it out of stock already.
        Ready = "ready", "Ready";
        /// On its way in a pending transfer.
        InTransfer = "in_transfer", "In transfer";
        /// With somebody whose units the representative may not use in this event.
        NotWithRepresentative = "not_with_representative", "Not with the representative";
        /// On hold or recalled.
        OnHold = "on_hold", "On hold";
        /// No longer in stock.
        Inactive = "inactive", "Inactive";
        /// On another open event, or booked for a time that overlaps.
        TakenElsewhere = "taken_elsewhere", "On another event";
        /// Facility stock of another location.
        AtOtherLocation = "at_other_location", "At another location";
    }
}

/// What the rules want to know of one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineFacts<'a> {
    /// How a person recognises the unit: number and lot or serial.
    pub name: &'a str,
    /// Usage and price.
    pub money: LineMoney,
    /// Whether the unit is reusable.
    pub reusable: bool,
    /// Whether a note was written.
    pub has_note: bool,
    /// The unit's expiry.
    pub expires_on: Option<Day>,
    /// Somebody accepted the expired unit with a reason.
    pub expiry_accepted: bool,
    /// How the unit stands to the event.
    pub standing: Standing,
}

/// What the rules want to know of an event. Start from [`EventFacts::new`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventFacts<'a> {
    /// Its type.
    pub event_type: EventType,
    /// Its status now.
    pub status: EventStatus,
    /// Its day, where the facility is.
    pub day: Day,
    /// Whether a location is set.
    pub has_location: bool,
    /// Whether a physician is set.
    pub has_physician: bool,
    /// Whether something says why: a note on the event or on every line.
    pub has_reason: bool,
    /// Whether containers are booked for it.
    pub has_containers: bool,
    /// Its lines.
    pub lines: &'a [LineFacts<'a>],
    /// Its charges.
    pub charges: &'a [Charge],
    /// What it adds up to.
    pub total: Minor,
    /// Usages that want a note, by the organisation's settings.
    pub note_required_for: &'a [Usage],
    /// A picture of the patient sticker is wanted and missing.
    pub lacks_patient_sticker: bool,
    /// A picture of the device labels is wanted and missing.
    pub lacks_device_label: bool,
    /// The customer's effective billing status.
    pub billing: BillingStatus,
    /// The office released this order from the hold.
    pub hold_released: bool,
    /// Whether the purchase orders, after the step in question, cover the event.
    pub purchase_orders_complete: bool,
    /// Whether money has come in for it.
    pub has_payments: bool,
    /// Whether every invoice is settled and there is one for everything that is billed.
    pub invoices_settled: bool,
    /// Whether the commission is paid.
    pub commission_paid: bool,
    /// Units of this stocking order that were used, returned or adjusted since.
    pub units_used_since: usize,
}

impl EventFacts<'_> {
    /// An event about which nothing more is known: empty, in good standing, with the organisation's default settings.
    pub const fn new(event_type: EventType, status: EventStatus, day: Day) -> Self {
        Self {
            event_type,
            status,
            day,
            has_location: false,
            has_physician: false,
            has_reason: false,
            has_containers: false,
            lines: &[],
            charges: &[],
            total: Minor::ZERO,
            note_required_for: &[Usage::Damaged, Usage::Missing],
            lacks_patient_sticker: false,
            lacks_device_label: false,
            billing: BillingStatus::Good,
            hold_released: false,
            purchase_orders_complete: false,
            has_payments: false,
            invoices_settled: false,
            commission_paid: false,
            units_used_since: 0,
        }
    }

    /// The status of a submitted event, from what is ordered, invoiced and paid.
    const fn standing_status(&self) -> EventStatus {
        match status_after_submission(self.event_type, self.total) {
            EventStatus::PendingPo if !self.purchase_orders_complete => EventStatus::PendingPo,
            EventStatus::PendingPo if self.invoices_settled && self.commission_paid => EventStatus::Paid,
            EventStatus::PendingPo => EventStatus::PendingPayment,
            other => other,
        }
    }
}

type Step = Result<EventStatus, Refusal>;

/// Whether fields, lines and charges may be changed directly.
///
/// # Errors
/// `event_not_open`.
pub fn edit(event: &EventFacts<'_>) -> Step {
    match event.status {
        EventStatus::Open => Ok(EventStatus::Open),
        EventStatus::Cancelled => {
            Err(Refusal::new("event_not_open", "The event was cancelled. Copy it to start again."))
        }
        _ => Err(Refusal::new("event_not_open", "The event was submitted. Amend it with a reason, or reopen it.")),
    }
}

/// Whether the representative may simply be exchanged.
///
/// # Errors
/// `event_not_open`, or `use_coverage` once there are lines or containers.
pub fn change_representative(event: &EventFacts<'_>) -> Step {
    edit(event)?;
    if event.lines.is_empty() && !event.has_containers {
        return Ok(EventStatus::Open);
    }
    let message = "Units or containers are on this event. Hand it over by coverage, which plans their movements too.";
    Err(Refusal::new("use_coverage", message))
}

/// Whether a unit may be put on an event that is open or being amended.
///
/// # Errors
/// `facility_stock_not_allowed`, `facility_stock_elsewhere`, `usage_not_for_reusable`, `unit_expired`, `unit_in_transfer`,
/// `unit_not_with_representative`, `unit_on_hold`, `unit_inactive`, `unit_on_other_event`.
pub fn add_line(event: &EventFacts<'_>, line: &LineFacts<'_>) -> Result<(), Refusal> {
    if line.standing == Standing::InTransfer {
        let message =
            format!("{} is in a transfer that was not accepted yet. Have it accepted or cancelled first.", line.name);
        return Err(Refusal::new("unit_in_transfer", message));
    }
    check_line(event, line)
}

fn check_line(event: &EventFacts<'_>, line: &LineFacts<'_>) -> Result<(), Refusal> {
    let rules = event.event_type.rules();
    let (name, usage) = (line.name, line.money.usage);
    if line.money.facility_stock && !rules.allows_facility_stock {
        let message =
            format!("{name} was sold to the facility before. Use it in a case, a return or a stock adjustment.");
        return Err(Refusal::new("facility_stock_not_allowed", message));
    }
    if line.reusable && usage.rule().reusable == ReusableFate::CannotBe {
        let message = format!("{name} is reusable, so it cannot be marked {}.", usage.label().to_lowercase());
        return Err(Refusal::new("usage_not_for_reusable", message));
    }
    check_standing(line)?;
    if rules.refuses_expired && usage.is_served() && !line.expiry_accepted && is_expired(line.expires_on, event.day) {
        let expiry = line.expires_on.map(|day| day.to_string()).unwrap_or_default();
        let message = format!(
            "{name} expired on {expiry}, before the event on {}. Take another one, or give a reason.",
            event.day
        );
        return Err(Refusal::new("unit_expired", message));
    }
    Ok(())
}

fn check_standing(line: &LineFacts<'_>) -> Result<(), Refusal> {
    let name = line.name;
    let (code, message) = match line.standing {
        Standing::Ready => return Ok(()),
        Standing::InTransfer => (
            "unit_not_with_representative",
            format!("{name} is still on its way. Have the transfer accepted, or take the unit off the event."),
        ),
        Standing::NotWithRepresentative => (
            "unit_not_with_representative",
            format!("{name} is not with the representative of this event. Transfer it first, or take another one."),
        ),
        Standing::OnHold => ("unit_on_hold", format!("{name} is on hold. Have it released, or take another one.")),
        Standing::Inactive => ("unit_inactive", format!("{name} is no longer in stock. Take another one.")),
        Standing::TakenElsewhere => (
            "unit_on_other_event",
            format!("{name} is on another open event. Take it off there first, or take another one."),
        ),
        Standing::AtOtherLocation => (
            "facility_stock_elsewhere",
            format!("{name} belongs to another facility's shelf and can be used only there."),
        ),
    };
    Err(Refusal::new(code, message))
}

fn check_note(event: &EventFacts<'_>, line: &LineFacts<'_>) -> Result<(), Refusal> {
    let usage = line.money.usage;
    if line.has_note || !event.note_required_for.contains(&usage) {
        return Ok(());
    }
    let message = format!("Write a note for {}: it is marked {}.", line.name, usage.label().to_lowercase());
    Err(Refusal::new("note_required", message))
}

/// Lines, charges and total as a document may show them.
fn check_content(event: &EventFacts<'_>) -> Result<(), Refusal> {
    if event.lines.is_empty() && event.charges.is_empty() {
        return Err(Refusal::new("event_empty", "There is nothing on this event. Add units or charges, or cancel it."));
    }
    if event.event_type.rules().requires_location && !event.has_location {
        let message = format!("Set the location: a {} needs one.", event.event_type.label().to_lowercase());
        return Err(Refusal::new("location_required", message));
    }
    for line in event.lines {
        check_line(event, line)?;
        check_note(event, line)?;
    }
    if event.total < Minor::ZERO {
        return Err(Refusal::new("total_negative", "The discount is larger than the rest. Lower it."));
    }
    Ok(())
}

fn check_billing(event: &EventFacts<'_>) -> Result<(), Refusal> {
    if event.event_type != EventType::StockingOrder {
        return Ok(());
    }
    match event.billing.answers(BillingAction::SubmitStockingOrder) {
        Verdict::NeedsRelease if !event.hold_released => {
            let message = "The customer is on a billing hold. The office can release this order, or lift the hold.";
            Err(Refusal::new("billing_hold", message))
        }
        Verdict::Refused => {
            let status = event.billing.label().to_lowercase();
            let message =
                format!("The customer's billing status is {status}: no new orders until the office changes it.");
            Err(Refusal::new("billing_hold", message))
        }
        _ => Ok(()),
    }
}

/// Submits an event.
///
/// # Errors
/// `event_not_open`, `event_empty`, `location_required`, everything that [`add_line`] says of a line, `note_required`,
/// `total_negative`, `patient_sticker_required`, `device_label_required`, `billing_hold`.
pub fn submit(event: &EventFacts<'_>) -> Step {
    if event.status != EventStatus::Open {
        let message =
            format!("Only an open event can be submitted; this one is {}.", event.status.label().to_lowercase());
        return Err(Refusal::new("event_not_open", message));
    }
    check_content(event)?;
    if event.lacks_patient_sticker {
        return Err(Refusal::new("patient_sticker_required", "Add a picture of the patient sticker first."));
    }
    if event.lacks_device_label {
        return Err(Refusal::new("device_label_required", "Add a picture of the device labels first."));
    }
    check_billing(event)?;
    Ok(status_after_submission(event.event_type, event.total))
}

/// Calls off an open event; its units and containers are free again.
///
/// # Errors
/// `event_not_open`.
pub fn cancel(event: &EventFacts<'_>) -> Step {
    match event.status {
        EventStatus::Open => Ok(EventStatus::Cancelled),
        EventStatus::Cancelled => Err(Refusal::new("event_not_open", "The event is cancelled already.")),
        _ if event.event_type == EventType::StockingOrder => {
            Err(Refusal::new("event_not_open", "The order was submitted. Reverse it instead."))
        }
        _ => Err(Refusal::new("event_not_open", "The event was submitted. Amend it, or reopen it first.")),
    }
}

/// What every change after submission asks first.
fn submitted(event: &EventFacts<'_>) -> Result<(), Refusal> {
    match event.status {
        EventStatus::Open => Err(Refusal::new("event_not_submitted", "The event is still open. Submit it first.")),
        EventStatus::Cancelled => {
            Err(Refusal::new("event_cancelled", "The event was cancelled. Copy it to start again."))
        }
        _ => Ok(()),
    }
}

fn reasoned(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::new("reason_required", "Give a reason. It is kept with the change."));
    }
    Ok(())
}

/// Takes a submitted event back to work on it. A stocking order never.
///
/// # Errors
/// `event_not_submitted`, `event_cancelled`, `stocking_order_final`.
pub fn reopen(event: &EventFacts<'_>) -> Step {
    if event.event_type == EventType::StockingOrder && event.status != EventStatus::Open {
        let message = "A stocking order cannot be reopened. Amend it, or reverse it.";
        return Err(Refusal::new("stocking_order_final", message));
    }
    submitted(event)?;
    Ok(EventStatus::Open)
}

/// Corrects a submitted event by a new revision. The facts are those after the change; units that this event took out of stock
/// stand [`Standing::Ready`].
///
/// # Errors
/// `event_not_submitted`, `event_cancelled`, `reason_required`, and what [`submit`] says of lines, notes and total.
pub fn amend(event: &EventFacts<'_>, reason: &str) -> Step {
    submitted(event)?;
    reasoned(reason)?;
    check_content(event)?;
    Ok(event.standing_status())
}

/// Undoes a stocking order whose units are all still on the shelf.
///
/// # Errors
/// `not_a_stocking_order`, `event_not_submitted`, `event_cancelled`, `reason_required`, `unit_already_used`.
pub fn reverse(event: &EventFacts<'_>, reason: &str) -> Step {
    if event.event_type != EventType::StockingOrder {
        let message = "Only a stocking order can be reversed. Amend this event, or reopen it.";
        return Err(Refusal::new("not_a_stocking_order", message));
    }
    submitted(event)?;
    reasoned(reason)?;
    match event.units_used_since {
        0 => Ok(EventStatus::Cancelled),
        1 => {
            Err(Refusal::new("unit_already_used", "One unit of this order was used already. Amend the order instead."))
        }
        used => {
            let message = format!("{used} units of this order were used already. Amend the order instead.");
            Err(Refusal::new("unit_already_used", message))
        }
    }
}

/// What every change of purchase orders asks first.
fn billed(event: &EventFacts<'_>) -> Result<(), Refusal> {
    submitted(event)?;
    if status_after_submission(event.event_type, event.total) != EventStatus::PendingPo {
        return Err(Refusal::new(
            "nothing_to_bill",
            "There is nothing to bill on this event, so it takes no purchase order.",
        ));
    }
    Ok(())
}

/// Adds or changes a purchase order; `purchase_orders_complete` tells of the state after it.
///
/// # Errors
/// `event_not_submitted`, `event_cancelled`, `nothing_to_bill`, `event_paid`.
pub fn add_purchase_order(event: &EventFacts<'_>) -> Step {
    billed(event)?;
    unpaid(event)?;
    Ok(ordered_status(event))
}

/// Removes a purchase order; `purchase_orders_complete` tells of the state after it.
///
/// # Errors
/// `event_not_submitted`, `event_cancelled`, `nothing_to_bill`, `event_paid`, `payment_recorded`.
pub fn remove_purchase_order(event: &EventFacts<'_>) -> Step {
    billed(event)?;
    unpaid(event)?;
    if event.has_payments {
        let message = "Money came in for this event. Change the purchase order instead of removing it.";
        return Err(Refusal::new("payment_recorded", message));
    }
    Ok(ordered_status(event))
}

fn unpaid(event: &EventFacts<'_>) -> Result<(), Refusal> {
    if event.status == EventStatus::Paid {
        return Err(Refusal::new("event_paid", "The event is paid. Its purchase orders stay as they are."));
    }
    Ok(())
}

const fn ordered_status(event: &EventFacts<'_>) -> EventStatus {
    if event.purchase_orders_complete { EventStatus::PendingPayment } else { EventStatus::PendingPo }
}

/// Books what is missing until the event is paid. A paid one stays paid.
///
/// # Errors
/// `event_not_submitted`, `event_cancelled`, `nothing_to_bill`, `purchase_order_missing`.
pub fn mark_paid(event: &EventFacts<'_>) -> Step {
    submitted(event)?;
    match event.status {
        EventStatus::Paid | EventStatus::PendingPayment => Ok(EventStatus::Paid),
        EventStatus::PendingPo => {
            let message = "The purchase order is missing. Add its number first.";
            Err(Refusal::new("purchase_order_missing", message))
        }
        _ => Err(Refusal::new("nothing_to_bill", "There is nothing to pay on this event.")),
    }
}

/// The status after a payment, a credit or a commission was booked, or taken back.
pub const fn settle(event: &EventFacts<'_>) -> EventStatus {
    match event.status {
        EventStatus::PendingPayment | EventStatus::Paid => event.standing_status(),
        other => other,
    }
}

/// What an action would lead to, reasons taken as given: for buttons and tables.
///
/// # Errors
/// As the action itself.
pub fn decide(action: Action, event: &EventFacts<'_>) -> Step {
    const REASON: &str = "given";
    match action {
        Action::Edit => edit(event),
        Action::Submit => submit(event),
        Action::Cancel => cancel(event),
        Action::Reopen => reopen(event),
        Action::Amend => amend(event, REASON),
        Action::Reverse => reverse(event, REASON),
        Action::AddPurchaseOrder => add_purchase_order(event),
        Action::RemovePurchaseOrder => remove_purchase_order(event),
        Action::MarkPaid => mark_paid(event),
    }
}

/// Something a person should look at before submitting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// The place of the line it is about.
    pub line: Option<usize>,
}

/// What should be looked at before submitting: everything that would be refused, prices that are unknown or not agreed, and
/// what is usually there and is not.
pub fn warnings(event: &EventFacts<'_>) -> Vec<Warning> {
    let whole = |code, message: &str| Warning { code, message: message.to_owned(), line: None };
    let mut found: Vec<Warning> = Vec::new();
    for (place, line) in event.lines.iter().enumerate() {
        line_warnings(event, line, |code, message| found.push(Warning { code, message, line: Some(place) }));
    }
    let rules = event.event_type.rules();
    if rules.requires_location && !event.has_location {
        found.push(whole("location_required", "The location is not set."));
    }
    if event.event_type == EventType::Case && !event.has_physician {
        found.push(whole("physician_missing", "The physician is not set."));
    }
    if rules.needs_reason && !event.has_reason {
        found.push(whole("reason_missing", "Nothing says why. Write a note."));
    }
    if event.lacks_patient_sticker {
        found.push(whole("patient_sticker_required", "A picture of the patient sticker is missing."));
    }
    if event.lacks_device_label {
        found.push(whole("device_label_required", "A picture of the device labels is missing."));
    }
    if let Err(refusal) = check_billing(event) {
        found.push(Warning { code: refusal.code, message: refusal.message, line: None });
    } else if event.event_type == EventType::StockingOrder && event.billing > BillingStatus::Good {
        let message = format!("The customer's billing status is {}.", event.billing.label().to_lowercase());
        found.push(Warning { code: "billing_status", message, line: None });
    }
    found
}

/// A purchase order that does not come within so many days is late.
pub const ORDER_LATE_DAYS: i64 = 7;

/// The warning of a submitted event whose purchase order has been awaited for so many days.
pub fn late_order(days: i64) -> Option<Warning> {
    (days > ORDER_LATE_DAYS).then(|| Warning {
        code: "purchase_order_late",
        message: format!("The purchase order has been awaited for {days} days. Ask the customer for it."),
        line: None,
    })
}

fn line_warnings(event: &EventFacts<'_>, line: &LineFacts<'_>, mut warn: impl FnMut(&'static str, String)) {
    for refusal in [check_line(event, line), check_note(event, line)].into_iter().filter_map(Result::err) {
        warn(refusal.code, refusal.message);
    }
    if line.money.lacks_price(event.event_type) {
        warn("price_missing", format!("No price is known for {}.", line.name));
    } else if line.money.is_billed(event.event_type)
        && line.money.price.source == PriceSource::List
        && !line.money.no_charge
    {
        warn("no_contract_price", format!("No price is agreed for {}; the list price is used.", line.name));
    }
    if line.expiry_accepted && is_expired(line.expires_on, event.day) {
        warn(
            "expired_accepted",
            format!("{} was expired on the day of the event, and accepted with a reason.", line.name),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_snapshot;
    use super::super::{ChargeKind, totals};
    use super::*;
    use crate::pricing::Price;
    use proptest::prelude::*;

    const DAY: Day = Day(20_000);

    fn line(usage: Usage) -> LineFacts<'static> {
        let price = Price { minor: Minor(500), source: PriceSource::Contract };
        LineFacts {
            name: "HX-100 lot A1",
            money: LineMoney { usage, price, no_charge: false, facility_stock: false },
            reusable: false,
            has_note: false,
            expires_on: None,
            expiry_accepted: false,
            standing: Standing::Ready,
        }
    }

    const USED: LineFacts<'static> = LineFacts {
        name: "HX-100 lot A1",
        money: LineMoney {
            usage: Usage::Used,
            price: Price { minor: Minor(500), source: PriceSource::Contract },
            no_charge: false,
            facility_stock: false,
        },
        reusable: false,
        has_note: false,
        expires_on: None,
        expiry_accepted: false,
        standing: Standing::Ready,
    };

    /// An event with one used unit at a location.
    fn event(event_type: EventType, status: EventStatus) -> EventFacts<'static> {
        let total = if event_type.rules().billable { Minor(500) } else { Minor::ZERO };
        EventFacts { has_location: true, lines: &[USED], total, ..EventFacts::new(event_type, status, DAY) }
    }

    #[test]
    fn an_order_is_late_after_a_week() {
        assert_eq!(late_order(ORDER_LATE_DAYS), None);
        let late = late_order(8).unwrap();
        assert_eq!((late.code, late.line), ("purchase_order_late", None));
        assert!(late.message.contains("8 days"));
    }

    fn code(step: Step) -> &'static str {
        step.unwrap_err().code
    }

    /// Why a case with just this line is not submitted.
    fn refused(line: LineFacts<'_>) -> &'static str {
        let lines = [line];
        let facts = EventFacts { lines: &lines, ..event(EventType::Case, EventStatus::Open) };
        submit(&facts).err().map_or("ok", |refusal| refusal.code)
    }

    /// An event as it really stands in a status, before or after the step in question.
    fn lived(event_type: EventType, status: EventStatus, action: Action) -> EventFacts<'static> {
        let ordered = matches!(status, EventStatus::PendingPayment | EventStatus::Paid);
        let paid = status == EventStatus::Paid;
        EventFacts {
            purchase_orders_complete: (ordered || action == Action::AddPurchaseOrder)
                && action != Action::RemovePurchaseOrder,
            invoices_settled: paid,
            commission_paid: paid,
            ..event(event_type, status)
        }
    }

    #[test]
    fn the_table_of_steps_is_as_reviewed() {
        let mut table = String::new();
        for event_type in [EventType::Case, EventType::StockingOrder, EventType::Sample] {
            let billable = event_type.rules().billable;
            let reached = |status: &&EventStatus| match status {
                EventStatus::PendingPo | EventStatus::PendingPayment | EventStatus::Paid => billable,
                EventStatus::Adjusted => !billable,
                EventStatus::Open | EventStatus::Cancelled => true,
            };
            for status in EventStatus::ALL.iter().filter(reached) {
                table.push_str(&format!("{event_type}, {status}\n"));
                for action in Action::ALL {
                    let outcome = match decide(*action, &lived(event_type, *status, *action)) {
                        Ok(next) => format!("-> {next}"),
                        Err(refusal) => refusal.code.to_owned(),
                    };
                    table.push_str(&format!("  {:<22} {outcome}\n", action.as_str()));
                }
            }
        }
        assert_snapshot("event_steps.txt", &table);
    }

    #[test]
    fn submission_leads_to_the_right_status() {
        use EventStatus::{Adjusted, Open, Paid, PendingPo};
        for (event_type, expected) in [
            (EventType::Case, PendingPo),
            (EventType::StockingOrder, PendingPo),
            (EventType::Other, PendingPo),
            (EventType::Sample, Adjusted),
            (EventType::Loan, Adjusted),
            (EventType::Damage, Adjusted),
            (EventType::Return, Adjusted),
            (EventType::Trial, Adjusted),
            (EventType::StockAdjustment, Adjusted),
        ] {
            assert_eq!(submit(&event(event_type, Open)), Ok(expected), "{event_type}");
        }
        assert_eq!(submit(&EventFacts { total: Minor::ZERO, ..event(EventType::Case, Open) }), Ok(Paid));
    }

    #[test]
    fn an_empty_event_is_not_submitted() {
        let empty = EventFacts { lines: &[], ..event(EventType::Case, EventStatus::Open) };
        assert_eq!(code(submit(&empty)), "event_empty");
        let service = [Charge { kind: ChargeKind::Service, amount: Minor(500), commissionable: false }];
        assert_eq!(submit(&EventFacts { charges: &service, ..empty }), Ok(EventStatus::PendingPo));
        let nowhere = EventFacts { has_location: false, ..event(EventType::Case, EventStatus::Open) };
        assert_eq!(code(submit(&nowhere)), "location_required");
        assert!(submit(&EventFacts { has_location: false, ..event(EventType::Sample, EventStatus::Open) }).is_ok());
        let below = EventFacts { total: Minor(-1), ..event(EventType::Case, EventStatus::Open) };
        assert_eq!(code(submit(&below)), "total_negative");
    }

    #[test]
    fn notes_are_wanted_for_what_was_lost() {
        assert_eq!(refused(line(Usage::Damaged)), "note_required");
        assert_eq!(refused(line(Usage::Missing)), "note_required");
        assert_eq!(refused(LineFacts { has_note: true, ..line(Usage::Missing) }), "ok");
        assert_eq!(refused(line(Usage::InOut)), "ok");
        let lines = [line(Usage::Damaged)];
        let relaxed = EventFacts { lines: &lines, note_required_for: &[], ..event(EventType::Case, EventStatus::Open) };
        assert!(submit(&relaxed).is_ok());
    }

    #[test]
    fn units_must_be_at_hand() {
        for (standing, expected) in [
            (Standing::Ready, "ok"),
            (Standing::InTransfer, "unit_not_with_representative"),
            (Standing::NotWithRepresentative, "unit_not_with_representative"),
            (Standing::OnHold, "unit_on_hold"),
            (Standing::Inactive, "unit_inactive"),
            (Standing::TakenElsewhere, "unit_on_other_event"),
            (Standing::AtOtherLocation, "facility_stock_elsewhere"),
        ] {
            assert_eq!(refused(LineFacts { standing, ..line(Usage::Used) }), expected, "{standing}");
        }
        let travelling = LineFacts { standing: Standing::InTransfer, ..line(Usage::Used) };
        let open = event(EventType::Case, EventStatus::Open);
        assert_eq!(add_line(&open, &travelling).unwrap_err().code, "unit_in_transfer");
        assert!(add_line(&open, &line(Usage::Used)).is_ok());
    }

    #[test]
    fn an_expired_unit_is_refused_by_the_day_of_the_event() {
        let expiring = |days: i32, usage| LineFacts { expires_on: Some(DAY.plus(days)), ..line(usage) };
        assert_eq!(refused(expiring(0, Usage::Implanted)), "ok", "the last day is good");
        assert_eq!(refused(expiring(-1, Usage::Implanted)), "unit_expired");
        assert_eq!(refused(expiring(-1, Usage::InOut)), "unit_expired");
        assert_eq!(refused(expiring(-1, Usage::Explanted)), "ok", "what is taken out may be old");
        assert_eq!(refused(LineFacts { has_note: true, ..expiring(-1, Usage::Damaged) }), "ok");
        assert_eq!(refused(LineFacts { expiry_accepted: true, ..expiring(-1, Usage::Used) }), "ok");
        let lines = [expiring(-1, Usage::Used)];
        for event_type in EventType::ALL {
            let facts = EventFacts { lines: &lines, ..event(*event_type, EventStatus::Open) };
            let write_off = matches!(event_type, EventType::Damage | EventType::Return | EventType::StockAdjustment);
            assert_eq!(submit(&facts).is_ok(), write_off, "{event_type}");
        }
    }

    #[test]
    fn implants_cannot_be_reusable() {
        let reusable = |usage| refused(LineFacts { reusable: true, has_note: true, ..line(usage) });
        assert_eq!(
            (reusable(Usage::Implanted), reusable(Usage::Explanted)),
            ("usage_not_for_reusable", "usage_not_for_reusable")
        );
        for usage in [Usage::Used, Usage::InOut, Usage::Damaged, Usage::Missing] {
            assert_eq!(reusable(usage), "ok");
        }
    }

    #[test]
    fn facility_stock_is_not_sold_twice() {
        let mut sold = line(Usage::Used);
        sold.money.facility_stock = true;
        let lines = [sold];
        for event_type in EventType::ALL {
            let facts = EventFacts { lines: &lines, total: Minor::ZERO, ..event(*event_type, EventStatus::Open) };
            let allowed = matches!(
                event_type,
                EventType::Case | EventType::Other | EventType::Return | EventType::StockAdjustment
            );
            assert_eq!(submit(&facts).is_ok(), allowed, "{event_type}");
        }
        let used = EventFacts { lines: &lines, total: Minor::ZERO, ..event(EventType::Case, EventStatus::Open) };
        assert_eq!(submit(&used), Ok(EventStatus::Paid), "nothing to bill");
    }

    #[test]
    fn a_hold_stops_stocking_orders_and_nothing_else() {
        for billing in BillingStatus::ALL {
            let order = EventFacts { billing: *billing, ..event(EventType::StockingOrder, EventStatus::Open) };
            assert_eq!(
                submit(&order).err().map(|r| r.code),
                (*billing >= BillingStatus::Hold).then_some("billing_hold")
            );
            let released = EventFacts { hold_released: true, ..order };
            assert_eq!(
                submit(&released).is_ok(),
                *billing <= BillingStatus::Hold,
                "a block is not released order by order"
            );
            for event_type in EventType::ALL.iter().filter(|event_type| **event_type != EventType::StockingOrder) {
                assert!(submit(&EventFacts { billing: *billing, ..event(*event_type, EventStatus::Open) }).is_ok());
            }
        }
    }

    #[test]
    fn wanted_pictures_are_waited_for() {
        let open = event(EventType::Case, EventStatus::Open);
        assert_eq!(code(submit(&EventFacts { lacks_patient_sticker: true, ..open })), "patient_sticker_required");
        assert_eq!(code(submit(&EventFacts { lacks_device_label: true, ..open })), "device_label_required");
    }

    #[test]
    fn the_representative_is_exchanged_only_while_nothing_is_on_the_event() {
        let empty = EventFacts { lines: &[], ..event(EventType::Case, EventStatus::Open) };
        assert!(change_representative(&empty).is_ok());
        assert_eq!(code(change_representative(&event(EventType::Case, EventStatus::Open))), "use_coverage");
        assert_eq!(code(change_representative(&EventFacts { has_containers: true, ..empty })), "use_coverage");
        assert_eq!(code(change_representative(&EventFacts { status: EventStatus::Paid, ..empty })), "event_not_open");
    }

    #[test]
    fn a_stocking_order_is_final_but_can_be_reversed() {
        for status in [EventStatus::PendingPo, EventStatus::PendingPayment, EventStatus::Paid] {
            let order = event(EventType::StockingOrder, status);
            assert_eq!(code(reopen(&order)), "stocking_order_final");
            assert_eq!(reverse(&order, "wrong facility"), Ok(EventStatus::Cancelled));
            assert_eq!(code(reverse(&order, "  ")), "reason_required");
            let used = EventFacts { units_used_since: 2, ..order };
            assert_eq!(code(reverse(&used, "wrong facility")), "unit_already_used");
            assert_eq!(code(reverse(&event(EventType::Case, status), "x")), "not_a_stocking_order");
        }
    }

    #[test]
    fn an_amendment_follows_the_total() {
        use EventStatus::{Adjusted, Paid, PendingPayment, PendingPo};
        let case = event(EventType::Case, PendingPo);
        assert_eq!(amend(&case, "typo"), Ok(PendingPo));
        assert_eq!(code(amend(&case, "")), "reason_required");
        assert_eq!(amend(&EventFacts { total: Minor::ZERO, ..case }, "no charge"), Ok(Paid));
        let ordered = EventFacts { status: PendingPayment, purchase_orders_complete: true, ..case };
        assert_eq!(amend(&ordered, "typo"), Ok(PendingPayment));
        assert_eq!(amend(&EventFacts { purchase_orders_complete: false, ..ordered }, "another maker"), Ok(PendingPo));
        let paid = EventFacts { status: Paid, invoices_settled: true, commission_paid: true, ..ordered };
        assert_eq!(amend(&paid, "typo"), Ok(Paid));
        assert_eq!(amend(&EventFacts { invoices_settled: false, ..paid }, "one more"), Ok(PendingPayment));
        assert_eq!(amend(&event(EventType::Sample, Adjusted), "typo"), Ok(Adjusted));
        assert_eq!(code(amend(&event(EventType::Case, EventStatus::Open), "x")), "event_not_submitted");
        let lines = [line(Usage::Damaged)];
        assert_eq!(code(amend(&EventFacts { lines: &lines, ..case }, "broke")), "note_required");
        assert_eq!(code(amend(&EventFacts { lines: &[], ..case }, "all off")), "event_empty");
    }

    #[test]
    fn purchase_orders_move_a_case_on_and_back() {
        use EventStatus::{Paid, PendingPayment, PendingPo};
        let case = event(EventType::Case, PendingPo);
        assert_eq!(add_purchase_order(&case), Ok(PendingPo), "one manufacturer's is still missing");
        assert_eq!(add_purchase_order(&EventFacts { purchase_orders_complete: true, ..case }), Ok(PendingPayment));
        let ordered = EventFacts { status: PendingPayment, ..case };
        assert_eq!(remove_purchase_order(&ordered), Ok(PendingPo));
        assert_eq!(
            remove_purchase_order(&EventFacts { purchase_orders_complete: true, ..ordered }),
            Ok(PendingPayment)
        );
        assert_eq!(code(remove_purchase_order(&EventFacts { has_payments: true, ..ordered })), "payment_recorded");
        assert_eq!(code(remove_purchase_order(&EventFacts { status: Paid, ..case })), "event_paid");
        assert_eq!(code(add_purchase_order(&event(EventType::Case, EventStatus::Open))), "event_not_submitted");
        let free = EventFacts { status: Paid, total: Minor::ZERO, ..case };
        assert_eq!(code(add_purchase_order(&free)), "nothing_to_bill");
    }

    #[test]
    fn paid_comes_and_goes_with_the_money() {
        use EventStatus::{Cancelled, Paid, PendingPayment, PendingPo};
        let ordered = EventFacts { purchase_orders_complete: true, ..event(EventType::Case, PendingPayment) };
        assert_eq!(settle(&ordered), PendingPayment);
        assert_eq!(settle(&EventFacts { invoices_settled: true, ..ordered }), PendingPayment);
        assert_eq!(settle(&EventFacts { commission_paid: true, ..ordered }), PendingPayment);
        let settled = EventFacts { invoices_settled: true, commission_paid: true, ..ordered };
        assert_eq!(settle(&settled), Paid);
        assert_eq!(settle(&EventFacts { status: Paid, ..ordered }), PendingPayment, "a payment was taken back");
        assert_eq!(settle(&EventFacts { status: Cancelled, ..settled }), Cancelled);
        assert_eq!(settle(&EventFacts { status: PendingPo, ..settled }), PendingPo);
        assert_eq!(mark_paid(&ordered), Ok(Paid));
        assert_eq!(mark_paid(&EventFacts { status: Paid, ..ordered }), Ok(Paid));
        assert_eq!(code(mark_paid(&event(EventType::Case, PendingPo))), "purchase_order_missing");
    }

    #[test]
    fn warnings_tell_what_to_look_at() {
        let mut unpriced = line(Usage::Used);
        unpriced.money.price = Price::NONE;
        let mut listed = line(Usage::Used);
        listed.money.price.source = PriceSource::List;
        let travelling = LineFacts { standing: Standing::InTransfer, ..line(Usage::Used) };
        let old = LineFacts { expires_on: Some(DAY.plus(-1)), expiry_accepted: true, ..line(Usage::Used) };
        let lines = [unpriced, listed, travelling, old, line(Usage::Missing)];
        let facts = EventFacts { has_location: false, lines: &lines, ..event(EventType::Case, EventStatus::Open) };
        let found: Vec<(&str, Option<usize>)> = warnings(&facts).iter().map(|w| (w.code, w.line)).collect();
        assert_eq!(
            found,
            [
                ("price_missing", Some(0)),
                ("no_contract_price", Some(1)),
                ("unit_not_with_representative", Some(2)),
                ("expired_accepted", Some(3)),
                ("note_required", Some(4)),
                ("location_required", None),
                ("physician_missing", None),
            ]
        );
        let order = EventFacts { billing: BillingStatus::Watch, ..event(EventType::StockingOrder, EventStatus::Open) };
        assert_eq!(warnings(&order)[0].code, "billing_status");
        let held = EventFacts { billing: BillingStatus::Hold, ..order };
        assert_eq!(warnings(&held)[0].code, "billing_hold");
        assert_eq!(warnings(&event(EventType::StockAdjustment, EventStatus::Open))[0].code, "reason_missing");
        assert!(warnings(&EventFacts { has_physician: true, ..event(EventType::Case, EventStatus::Open) }).is_empty());
    }

    fn any_line() -> impl Strategy<Value = LineFacts<'static>> {
        let standing = prop_oneof![4 => Just(Standing::Ready), 1 => prop::sample::select(Standing::ALL)];
        let flags = prop::array::uniform5(any::<bool>());
        (
            prop::sample::select(Usage::ALL),
            standing,
            flags,
            prop::option::of(-3i32..3),
            prop::sample::select(PriceSource::ALL),
        )
            .prop_map(
                |(
                    usage,
                    standing,
                    [reusable, has_note, expiry_accepted, no_charge, facility_stock],
                    expiry,
                    source,
                )| {
                    LineFacts {
                        money: LineMoney {
                            usage,
                            price: Price { minor: Minor(500), source },
                            no_charge,
                            facility_stock,
                        },
                        reusable,
                        has_note,
                        expires_on: expiry.map(|days| DAY.plus(days)),
                        expiry_accepted,
                        standing,
                        ..USED
                    }
                },
            )
    }

    /// Everything about an event that is chosen at random, lines apart.
    fn any_event() -> impl Strategy<Value = (EventFacts<'static>, Vec<LineFacts<'static>>)> {
        let kinds = (
            prop::sample::select(EventType::ALL),
            prop::sample::select(EventStatus::ALL),
            prop::sample::select(BillingStatus::ALL),
        );
        (kinds, prop::collection::vec(any_line(), 0..4), prop::array::uniform8(any::<bool>()), 0usize..3).prop_map(
            |((event_type, status, billing), lines, flags, units_used_since)| {
                let total = totals(event_type, lines.iter().map(|line| &line.money), &[]).unwrap().total;
                let facts = EventFacts {
                    has_location: flags[0],
                    has_containers: flags[1],
                    hold_released: flags[2],
                    purchase_orders_complete: flags[3],
                    has_payments: flags[4],
                    invoices_settled: flags[5],
                    commission_paid: flags[6],
                    lacks_device_label: flags[7],
                    total,
                    billing,
                    units_used_since,
                    ..EventFacts::new(event_type, status, DAY)
                };
                (facts, lines)
            },
        )
    }

    /// The moves that the machine knows, written down a second time.
    fn is_known_move(event_type: EventType, action: Action, from: EventStatus, to: EventStatus) -> bool {
        use EventStatus::{Adjusted, Cancelled, Open, Paid, PendingPayment, PendingPo};
        let sale = matches!(event_type, EventType::Case | EventType::StockingOrder | EventType::Other);
        match action {
            Action::Edit => from == Open && to == Open,
            Action::Submit => from == Open && if sale { matches!(to, PendingPo | Paid) } else { to == Adjusted },
            Action::Cancel => from == Open && to == Cancelled,
            Action::Reopen => event_type != EventType::StockingOrder && !matches!(from, Open | Cancelled) && to == Open,
            Action::Amend => {
                !matches!(from, Open | Cancelled)
                    && if sale { matches!(to, PendingPo | PendingPayment | Paid) } else { to == Adjusted }
            }
            Action::Reverse => {
                event_type == EventType::StockingOrder && !matches!(from, Open | Cancelled) && to == Cancelled
            }
            Action::AddPurchaseOrder | Action::RemovePurchaseOrder => {
                sale && !matches!(from, Open | Cancelled | Paid) && matches!(to, PendingPo | PendingPayment)
            }
            Action::MarkPaid => matches!(from, PendingPayment | Paid) && to == Paid,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn nothing_leads_out_of_a_final_status((facts, lines) in any_event(), action in prop::sample::select(Action::ALL)) {
            let facts = EventFacts { lines: &lines, ..facts };
            if facts.status.is_final() {
                prop_assert!(decide(action, &facts).is_err());
                prop_assert_eq!(settle(&facts), facts.status);
            }
        }

        #[test]
        fn only_known_moves_are_made((facts, lines) in any_event(), action in prop::sample::select(Action::ALL)) {
            let facts = EventFacts { lines: &lines, ..facts };
            match decide(action, &facts) {
                Ok(next) => prop_assert!(is_known_move(facts.event_type, action, facts.status, next), "{action} {} -> {next}", facts.status),
                Err(refusal) => {
                    prop_assert!(refusal.code.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
                    prop_assert!(refusal.message.ends_with('.') && refusal.message.len() > 15, "{}", refusal.message);
                }
            }
        }

        #[test]
        fn what_is_submitted_is_fit_to_be_submitted((facts, lines) in any_event()) {
            let facts = EventFacts { lines: &lines, ..facts };
            if submit(&facts).is_ok() {
                prop_assert!(!lines.is_empty());
                prop_assert!(lines.iter().all(|line| line.standing == Standing::Ready));
                prop_assert!(lines.iter().all(|line| line.has_note || !matches!(line.money.usage, Usage::Damaged | Usage::Missing)));
                prop_assert!(facts.event_type != EventType::StockingOrder || lines.iter().all(|line| !line.money.facility_stock));
            }
        }

        #[test]
        fn what_is_refused_for_a_line_was_warned_about((facts, lines) in any_event()) {
            let facts = EventFacts { lines: &lines, status: EventStatus::Open, has_location: true, ..facts };
            if let Err(refusal) = submit(&facts) && refusal.code != "event_empty" {
                prop_assert!(warnings(&facts).iter().any(|warning| warning.code == refusal.code), "{}", refusal.code);
            }
        }
    }
}
