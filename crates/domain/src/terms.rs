//! Payment terms: which event starts the clock (the basis) and how far it runs (the rule), kept apart.
//!
//! The basis follows the terms basis date of ANSI X12 (segment ITD, element 333). A due date whose basis has not happened is
//! pending, with an estimate; it is never guessed. Every answer comes with a sentence that shows how it was reached.

use crate::clock::Day;
use crate::money::percent_words;
use crate::refusal::Refusal;
use crate::text::day_words;
use crate::words::words;
use jiff::Span;
use jiff::civil::{Date, Weekday};

words! {
    /// Which event starts the period of the terms.
    pub enum BasisDate {
        /// The day the order was submitted.
        OrderDate = "order_date", "Order date";
        /// The day of the case. Without a case, the shipment counts.
        UsageDate = "usage_date", "Usage date";
        /// The day of the shipment (X12: 1).
        ShipDate = "ship_date", "Ship date";
        /// The day of the delivery (X12: 2).
        DeliveryDate = "delivery_date", "Delivery date";
        /// The day on the invoice (X12: 3).
        InvoiceDate = "invoice_date", "Invoice date";
        /// The day the invoice was received (X12: 5).
        InvoiceReceiptDate = "invoice_receipt_date", "Invoice receipt date";
        /// A day typed on the document (X12: 4).
        SpecifiedDate = "specified_date", "Specified date";
    }

    /// What happens to a due date that is no business day.
    pub enum Roll {
        /// It stays.
        None = "none", "No rolling";
        /// The next business day.
        NextBusinessDay = "next_business_day", "Next business day";
        /// The business day before, but never one before the period began.
        PreviousBusinessDay = "previous_business_day", "Previous business day";
    }
}

impl BasisDate {
    /// The basis when nothing else is chosen.
    pub const DEFAULT: Self = Self::InvoiceDate;

    /// The event in one word or two: what is waited for while the date is unknown.
    pub const fn event_words(self) -> &'static str {
        match self {
            Self::OrderDate => "order",
            Self::UsageDate => "usage",
            Self::ShipDate => "shipment",
            Self::DeliveryDate => "delivery",
            Self::InvoiceDate => "invoice",
            Self::InvoiceReceiptDate => "receipt of the invoice",
            Self::SpecifiedDate => "the date on the document",
        }
    }
}

/// How far the period runs from its basis.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TermsRule {
    /// So many days after the basis.
    NetDays {
        /// Days, 0 to 3,650.
        days: u16,
    },
    /// So many days after the end of the month of the basis.
    EndOfMonth {
        /// Days, 0 to 3,650.
        plus_days: u16,
    },
    /// The same day so many months later, at most the last of that month.
    Months {
        /// Months, 0 to 120.
        months: u16,
    },
    /// A fixed day of a month.
    DayOfMonth {
        /// 1 to 31; a day past the month's end is its last day.
        day: u8,
        /// A basis after this day of its month counts for the month after. 31 for no such day.
        cutoff_day: u8,
        /// Months after the month of the basis.
        months_ahead: u16,
    },
    /// At once.
    DueOnReceipt,
    /// With the order, before anything is released.
    Prepaid,
    /// On delivery, whatever the basis.
    Cod,
}

impl TermsRule {
    /// The names of the kinds.
    pub const KINDS: &'static [&'static str] =
        &["net_days", "end_of_month", "months", "day_of_month", "due_on_receipt", "prepaid", "cod"];

    /// The stable name of the kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::NetDays { .. } => "net_days",
            Self::EndOfMonth { .. } => "end_of_month",
            Self::Months { .. } => "months",
            Self::DayOfMonth { .. } => "day_of_month",
            Self::DueOnReceipt => "due_on_receipt",
            Self::Prepaid => "prepaid",
            Self::Cod => "cod",
        }
    }

    /// The rule in a few words, `Net 30`.
    pub fn words(self) -> String {
        match self {
            Self::NetDays { days } => format!("Net {days}"),
            Self::EndOfMonth { plus_days: 0 } => "End of month".to_owned(),
            Self::EndOfMonth { plus_days } => format!("End of month plus {}", counted(plus_days, "day")),
            Self::Months { months } => counted(months, "month"),
            Self::DayOfMonth { day, cutoff_day, months_ahead } => {
                let month = match months_ahead {
                    0 => "the same month".to_owned(),
                    1 => "the next month".to_owned(),
                    more => format!("the month {more} months ahead"),
                };
                let cutoff =
                    if cutoff_day < 31 { format!(", after day {cutoff_day} one month later") } else { String::new() };
                format!("Day {day} of {month}{cutoff}")
            }
            Self::DueOnReceipt => "Due on receipt".to_owned(),
            Self::Prepaid => "Prepaid".to_owned(),
            Self::Cod => "Cash on delivery".to_owned(),
        }
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// A number out of its range, with code `invalid_terms`.
    pub fn check(self) -> Result<(), Refusal> {
        let sound = match self {
            Self::NetDays { days } => days <= MAX_DAYS,
            Self::EndOfMonth { plus_days } => plus_days <= MAX_DAYS,
            Self::Months { months } => months <= MAX_MONTHS,
            Self::DayOfMonth { day, cutoff_day, months_ahead } => {
                (1..=31).contains(&day) && (1..=31).contains(&cutoff_day) && months_ahead <= MAX_MONTHS
            }
            Self::DueOnReceipt | Self::Prepaid | Self::Cod => true,
        };
        if sound {
            return Ok(());
        }
        let message =
            format!("Use days from 0 to {MAX_DAYS}, months from 0 to {MAX_MONTHS}, and days of a month from 1 to 31.");
        Err(Refusal::new("invalid_terms", message))
    }

    /// The event that starts the clock under this rule.
    fn basis(self, chosen: BasisDate, dates: &Dates) -> BasisDate {
        match self {
            Self::Cod => BasisDate::DeliveryDate,
            Self::Prepaid if dates.order_date.is_some() => BasisDate::OrderDate,
            _ if chosen == BasisDate::UsageDate && dates.usage_date.is_none() && !dates.has_case => BasisDate::ShipDate,
            _ => chosen,
        }
    }

    /// The due date, unrolled, and the day from which discount days count.
    fn run(self, base: Date) -> (Date, Date) {
        match self {
            Self::NetDays { days } => (ahead(base, days), base),
            // "2/10 EOM": both periods count from the end of the month.
            Self::EndOfMonth { plus_days } => (ahead(base.last_of_month(), plus_days), base.last_of_month()),
            Self::Months { months } => (base.saturating_add(Span::new().months(i64::from(months))), base),
            Self::DayOfMonth { day, cutoff_day, months_ahead } => {
                (day_of_month(base, day, cutoff_day, months_ahead), base)
            }
            Self::DueOnReceipt | Self::Prepaid | Self::Cod => (base, base),
        }
    }

    /// Money before or against the goods knows no weekend.
    const fn rolls(self) -> bool {
        !matches!(self, Self::Prepaid | Self::Cod)
    }
}

const MAX_DAYS: u16 = 3_650;
const MAX_MONTHS: u16 = 120;

fn ahead(date: Date, days: u16) -> Date {
    date.saturating_add(Span::new().days(i64::from(days)))
}

fn day_of_month(base: Date, day: u8, cutoff_day: u8, months_ahead: u16) -> Date {
    let late = i64::from(base.day().unsigned_abs() > cutoff_day);
    let in_month = |months: i64| {
        let month = base.first_of_month().saturating_add(Span::new().months(months));
        let last = month.days_in_month();
        month.saturating_add(Span::new().days(i64::from(day.clamp(1, last.unsigned_abs())) - 1))
    };
    let due = in_month(i64::from(months_ahead) + late);
    // Day 10 of the same month, from a basis on the 20th: the first such day that has not passed.
    if due < base { in_month(i64::from(months_ahead) + late + 1) } else { due }
}

/// A discount for paying early.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Discount {
    /// In basis points: 200 is 2 %.
    pub percent_bp: i32,
    /// Days from where the period begins; for end-of-month rules, from the end of the month.
    pub days: u16,
}

impl Discount {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// A number out of its range, with code `invalid_discount`.
    pub fn check(self) -> Result<(), Refusal> {
        if (1..=10_000).contains(&self.percent_bp) && self.days <= MAX_DAYS {
            return Ok(());
        }
        Err(Refusal::new(
            "invalid_discount",
            format!("Use a discount above 0% and up to 100%, within 0 to {MAX_DAYS} days."),
        ))
    }
}

/// Rule, rolling and discount together: what is copied onto an order when it is submitted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Terms {
    /// How far the period runs.
    pub rule: TermsRule,
    /// What happens on days without business.
    pub roll: Roll,
    /// For paying early.
    pub discount: Option<Discount>,
}

impl Terms {
    /// A rule without rolling and discount.
    pub const fn plain(rule: TermsRule) -> Self {
        Self { rule, roll: Roll::None, discount: None }
    }
}

/// What is known of the days of an order, and what is planned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Dates {
    /// Submitted.
    pub order_date: Option<Day>,
    /// Used in a case.
    pub usage_date: Option<Day>,
    /// Shipped.
    pub ship_date: Option<Day>,
    /// Delivered; of several deliveries the last.
    pub delivery_date: Option<Day>,
    /// Invoiced.
    pub invoice_date: Option<Day>,
    /// Invoice received.
    pub invoice_receipt_date: Option<Day>,
    /// Typed on the document.
    pub specified_date: Option<Day>,
    /// Whether the order comes from a case: then its usage date is waited for. Otherwise the shipment stands in.
    pub has_case: bool,
    /// Planned day of the case.
    pub planned_usage_date: Option<Day>,
    /// Planned shipment.
    pub planned_ship_date: Option<Day>,
    /// Planned delivery.
    pub planned_delivery_date: Option<Day>,
    /// Planned invoice.
    pub planned_invoice_date: Option<Day>,
}

impl Dates {
    /// The day of an event, when it has happened.
    pub const fn of(&self, basis: BasisDate) -> Option<Day> {
        match basis {
            BasisDate::OrderDate => self.order_date,
            BasisDate::UsageDate => self.usage_date,
            BasisDate::ShipDate => self.ship_date,
            BasisDate::DeliveryDate => self.delivery_date,
            BasisDate::InvoiceDate => self.invoice_date,
            BasisDate::InvoiceReceiptDate => self.invoice_receipt_date,
            BasisDate::SpecifiedDate => self.specified_date,
        }
    }

    /// The day for which an event is planned.
    fn planned(&self, basis: BasisDate) -> Option<Day> {
        match basis {
            BasisDate::UsageDate => self.planned_usage_date,
            BasisDate::ShipDate => self.planned_ship_date,
            BasisDate::DeliveryDate => self.planned_delivery_date,
            BasisDate::InvoiceDate => self.planned_invoice_date,
            BasisDate::InvoiceReceiptDate => {
                self.invoice_date.or(self.planned_invoice_date).map(|day| day.plus(Grace::default().receipt_days))
            }
            BasisDate::OrderDate | BasisDate::SpecifiedDate => None,
        }
    }
}

/// How far along a due date is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DueState {
    /// Known.
    Due,
    /// Waiting for an event.
    Pending(BasisDate),
    /// Known, but counted from the invoice because the event of the basis did not come in time.
    BasisFallback,
}

impl DueState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Due,
        Self::Pending(BasisDate::OrderDate),
        Self::Pending(BasisDate::UsageDate),
        Self::Pending(BasisDate::ShipDate),
        Self::Pending(BasisDate::DeliveryDate),
        Self::Pending(BasisDate::InvoiceDate),
        Self::Pending(BasisDate::InvoiceReceiptDate),
        Self::Pending(BasisDate::SpecifiedDate),
        Self::BasisFallback,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Pending(BasisDate::OrderDate) => "pending_order",
            Self::Pending(BasisDate::UsageDate) => "pending_usage",
            Self::Pending(BasisDate::ShipDate) => "pending_shipment",
            Self::Pending(BasisDate::DeliveryDate) => "pending_delivery",
            Self::Pending(BasisDate::InvoiceDate) => "pending_invoice",
            Self::Pending(BasisDate::InvoiceReceiptDate) => "pending_receipt",
            Self::Pending(BasisDate::SpecifiedDate) => "pending_specified_date",
            Self::BasisFallback => "basis_fallback",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }

    /// Words for a screen.
    pub fn label(self) -> String {
        match self {
            Self::Due => "Due".to_owned(),
            Self::Pending(basis) => format!("Awaiting {}", basis.event_words()),
            Self::BasisFallback => "Due, counted from the invoice".to_owned(),
        }
    }
}

crate::wire_word!(DueState);

/// When something is due, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// The day, when it is known.
    pub due_on: Option<Day>,
    /// How far along.
    pub state: DueState,
    /// While pending, the day by the plan. Never used for ageing.
    pub estimated_due_on: Option<Day>,
    /// Last day of the discount.
    pub discount_until: Option<Day>,
    /// The event that started the clock, or is waited for.
    pub basis: BasisDate,
    /// The day the clock started.
    pub base_on: Option<Day>,
    /// How the day was reached, for a person.
    pub explanation: String,
}

/// When an order is due.
///
/// `holidays` are the organisation's days without business besides Saturday and Sunday. A due date is never before the day
/// that started its period.
pub fn due(terms: &Terms, basis: BasisDate, dates: &Dates, holidays: &[Day]) -> Due {
    let basis = terms.rule.basis(basis, dates);
    match dates.of(basis) {
        Some(base) => known(terms, basis, base, holidays),
        None => pending(terms, basis, dates, holidays),
    }
}

/// How long an event of the basis is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Grace {
    /// Days after the invoice at which it counts as received.
    pub receipt_days: i32,
    /// Days after the invoice at which the invoice date stands in for any other basis.
    pub fallback_days: i32,
}

impl Default for Grace {
    fn default() -> Self {
        Self { receipt_days: 3, fallback_days: 14 }
    }
}

/// As [`due`], but an event that did not come in time after the invoice is given up: an invoice counts as received after the
/// receipt days, and after the fallback days the invoice date is used and the answer says so.
pub fn due_by(terms: &Terms, basis: BasisDate, dates: &Dates, holidays: &[Day], today: Day, grace: Grace) -> Due {
    let waiting = due(terms, basis, dates, holidays);
    let (DueState::Pending(awaited), Some(invoiced)) = (waiting.state, dates.invoice_date) else {
        return waiting;
    };
    let received = invoiced.plus(grace.receipt_days);
    if awaited == BasisDate::InvoiceReceiptDate && today >= received {
        return known(terms, awaited, received, holidays);
    }
    if today < invoiced.plus(grace.fallback_days) {
        return waiting;
    }
    let mut fallback = known(terms, BasisDate::InvoiceDate, invoiced, holidays);
    fallback.state = DueState::BasisFallback;
    let reason =
        format!(" (no {} within {})", awaited.event_words(), counted(grace.fallback_days.unsigned_abs() as u16, "day"));
    fallback.explanation.push_str(&reason);
    fallback
}

fn known(terms: &Terms, basis: BasisDate, base: Day, holidays: &[Day]) -> Due {
    let (unrolled, period) = terms.rule.run(base.civil());
    let unrolled = Day::from_civil(unrolled);
    let due_on = if terms.rule.rolls() { roll(unrolled, base, terms.roll, holidays) } else { unrolled };
    let discount_until = terms.discount.map(|discount| Day::from_civil(ahead(period, discount.days)).min(due_on));
    let mut explanation =
        format!("{} from {} {} → {}", terms.rule.words(), basis.event_words(), day_words(base), day_words(unrolled));
    if due_on != unrolled {
        explanation.push_str(&rolled_words(unrolled, due_on));
    }
    if let (Some(discount), Some(until)) = (terms.discount, discount_until) {
        explanation.push_str(&format!("; {} off until {}", percent_words(discount.percent_bp), day_words(until)));
    }
    let (due_on, base_on) = (Some(due_on), Some(base));
    Due { due_on, state: DueState::Due, estimated_due_on: None, discount_until, basis, base_on, explanation }
}

fn pending(terms: &Terms, basis: BasisDate, dates: &Dates, holidays: &[Day]) -> Due {
    let planned = dates.planned(basis);
    let estimated_due_on = planned.and_then(|base| known(terms, basis, base, holidays).due_on);
    let mut explanation =
        format!("{} from {}, awaiting {}", terms.rule.words(), basis.event_words(), basis.event_words());
    if let (Some(planned), Some(estimate)) = (planned, estimated_due_on) {
        explanation.push_str(&format!("; planned {}, so about {}", day_words(planned), day_words(estimate)));
    }
    let state = DueState::Pending(basis);
    Due { due_on: None, state, estimated_due_on, discount_until: None, basis, base_on: None, explanation }
}

fn roll(day: Day, base: Day, how: Roll, holidays: &[Day]) -> Day {
    // Far more than any run of holidays; a calendar of nothing but holidays leaves the day as it is.
    const REACH: i32 = 400;
    let first = |step: i32| (0..REACH).map(|count| day.plus(count * step)).find(|day| is_business_day(*day, holidays));
    let rolled = match how {
        Roll::None => None,
        Roll::NextBusinessDay => first(1),
        Roll::PreviousBusinessDay => first(-1).filter(|rolled| *rolled >= base).or_else(|| first(1)),
    };
    rolled.unwrap_or(day)
}

/// Whether a day is neither Saturday nor Sunday nor one of the holidays.
pub fn is_business_day(day: Day, holidays: &[Day]) -> bool {
    !matches!(day.civil().weekday(), Weekday::Saturday | Weekday::Sunday) && !holidays.contains(&day)
}

/// `, Sunday → Mon 17 Feb`; with the year where it turns.
fn rolled_words(from: Day, to: Day) -> String {
    let (from, to) = (from.civil(), to.civil());
    let why = match from.weekday() {
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
        _ => "holiday",
    };
    let format = if from.year() == to.year() { "%a %-d %b" } else { "%a %-d %b %Y" };
    format!(", {why} → {}", to.strftime(format))
}

fn counted(count: u16, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn on(text: &str) -> Option<Day> {
        Some(day(text))
    }

    /// The order of the reference vectors.
    fn order() -> Dates {
        Dates {
            order_date: on("2025-01-10"),
            ship_date: on("2025-01-15"),
            delivery_date: on("2025-01-17"),
            invoice_date: on("2025-01-20"),
            ..Dates::default()
        }
    }

    const NET_30: Terms = Terms::plain(TermsRule::NetDays { days: 30 });

    /// The due date of a rule from an invoice of that day.
    fn from(rule: TermsRule, base: &str) -> String {
        let dates = Dates { invoice_date: on(base), ..Dates::default() };
        due(&Terms::plain(rule), BasisDate::InvoiceDate, &dates, &[]).due_on.unwrap().to_string()
    }

    #[test]
    fn net_days_run_from_the_chosen_basis() {
        for (basis, expected) in [
            (BasisDate::OrderDate, "2025-02-09"),
            (BasisDate::ShipDate, "2025-02-14"),
            (BasisDate::DeliveryDate, "2025-02-16"),
            (BasisDate::InvoiceDate, "2025-02-19"),
        ] {
            let answer = due(&NET_30, basis, &order(), &[]);
            assert_eq!((answer.due_on, answer.state, answer.basis), (on(expected), DueState::Due, basis));
            assert_eq!(answer.estimated_due_on, None);
        }
    }

    #[test]
    fn a_due_date_rolls_over_weekends_and_holidays() {
        let next = Terms { roll: Roll::NextBusinessDay, ..NET_30 };
        assert_eq!(due(&next, BasisDate::OrderDate, &order(), &[]).due_on, on("2025-02-10"));
        assert_eq!(due(&next, BasisDate::DeliveryDate, &order(), &[]).due_on, on("2025-02-17"));
        assert_eq!(due(&next, BasisDate::DeliveryDate, &order(), &[day("2025-02-17")]).due_on, on("2025-02-18"));
        assert_eq!(due(&next, BasisDate::ShipDate, &order(), &[]).due_on, on("2025-02-14"), "a Friday stays");
        let previous = Terms { roll: Roll::PreviousBusinessDay, ..NET_30 };
        assert_eq!(due(&previous, BasisDate::DeliveryDate, &order(), &[]).due_on, on("2025-02-14"));
        assert_eq!(due(&previous, BasisDate::DeliveryDate, &order(), &[day("2025-02-14")]).due_on, on("2025-02-13"));
    }

    #[test]
    fn rolling_back_never_passes_the_basis() {
        let receipt = Terms { roll: Roll::PreviousBusinessDay, ..Terms::plain(TermsRule::DueOnReceipt) };
        let sunday = Dates { invoice_date: on("2025-02-16"), ..Dates::default() };
        assert_eq!(due(&receipt, BasisDate::InvoiceDate, &sunday, &[]).due_on, on("2025-02-17"));
    }

    #[test]
    fn the_other_rules_give_their_reference_dates() {
        assert_eq!(from(TermsRule::EndOfMonth { plus_days: 30 }, "2025-01-20"), "2025-03-02");
        assert_eq!(from(TermsRule::EndOfMonth { plus_days: 0 }, "2025-01-20"), "2025-01-31");
        assert_eq!(from(TermsRule::Months { months: 1 }, "2025-01-31"), "2025-02-28");
        let tenth = TermsRule::DayOfMonth { day: 10, cutoff_day: 25, months_ahead: 1 };
        assert_eq!(from(tenth, "2025-01-25"), "2025-02-10");
        assert_eq!(from(tenth, "2025-01-26"), "2025-03-10");
    }

    #[test]
    fn calendars_are_followed_to_their_corners() {
        assert_eq!(from(TermsRule::NetDays { days: 30 }, "2026-11-22"), "2026-12-22");
        assert_eq!(from(TermsRule::NetDays { days: 30 }, "2027-01-30"), "2027-03-01");
        assert_eq!(from(TermsRule::EndOfMonth { plus_days: 0 }, "2028-02-10"), "2028-02-29");
        assert_eq!(from(TermsRule::EndOfMonth { plus_days: 30 }, "2026-05-11"), "2026-06-30");
        assert_eq!(from(TermsRule::EndOfMonth { plus_days: 10 }, "2026-07-14"), "2026-08-10");
        assert_eq!(from(TermsRule::Months { months: 1 }, "2026-01-31"), "2026-02-28");
        assert_eq!(
            from(TermsRule::DayOfMonth { day: 31, cutoff_day: 31, months_ahead: 1 }, "2026-01-31"),
            "2026-02-28"
        );
        assert_eq!(
            from(TermsRule::DayOfMonth { day: 31, cutoff_day: 31, months_ahead: 0 }, "2028-02-01"),
            "2028-02-29"
        );
        assert_eq!(
            from(TermsRule::DayOfMonth { day: 10, cutoff_day: 31, months_ahead: 0 }, "2026-01-20"),
            "2026-02-10"
        );
        assert_eq!(
            from(TermsRule::DayOfMonth { day: 10, cutoff_day: 31, months_ahead: 0 }, "2026-01-10"),
            "2026-01-10"
        );
        assert_eq!(
            from(TermsRule::DayOfMonth { day: 15, cutoff_day: 20, months_ahead: 1 }, "2026-12-21"),
            "2027-02-15"
        );
    }

    #[test]
    fn a_discount_has_its_own_last_day() {
        let terms = Terms { discount: Some(Discount { percent_bp: 200, days: 10 }), ..NET_30 };
        let answer = due(&terms, BasisDate::DeliveryDate, &order(), &[]);
        assert_eq!((answer.discount_until, answer.due_on), (on("2025-01-27"), on("2025-02-16")));
        assert_eq!(answer.explanation, "Net 30 from delivery 17 Jan 2025 → 16 Feb 2025; 2% off until 27 Jan 2025");
        let dates = Dates { invoice_date: on("2026-11-22"), ..Dates::default() };
        let answer = due(&terms, BasisDate::InvoiceDate, &dates, &[]);
        assert_eq!((answer.discount_until, answer.due_on), (on("2026-12-02"), on("2026-12-22")));
    }

    #[test]
    fn end_of_month_discounts_count_from_the_end_of_the_month() {
        let terms = Terms {
            discount: Some(Discount { percent_bp: 200, days: 10 }),
            ..Terms::plain(TermsRule::EndOfMonth { plus_days: 30 })
        };
        let dates = Dates { invoice_date: on("2026-06-16"), ..Dates::default() };
        let answer = due(&terms, BasisDate::InvoiceDate, &dates, &[]);
        assert_eq!((answer.discount_until, answer.due_on), (on("2026-07-10"), on("2026-07-30")));
    }

    #[test]
    fn an_unknown_basis_is_pending_with_an_estimate() {
        let dates = Dates { delivery_date: None, planned_delivery_date: on("2025-01-24"), ..order() };
        let answer = due(&NET_30, BasisDate::DeliveryDate, &dates, &[]);
        assert_eq!(answer.due_on, None);
        assert_eq!(answer.state, DueState::Pending(BasisDate::DeliveryDate));
        assert_eq!(answer.state.as_str(), "pending_delivery");
        assert_eq!(answer.state.label(), "Awaiting delivery");
        assert_eq!(answer.estimated_due_on, on("2025-02-23"));
        assert_eq!((answer.discount_until, answer.base_on), (None, None));
        assert_eq!(
            answer.explanation,
            "Net 30 from delivery, awaiting delivery; planned 24 Jan 2025, so about 23 Feb 2025"
        );
        let unplanned = due(&NET_30, BasisDate::SpecifiedDate, &order(), &[]);
        assert_eq!((unplanned.state, unplanned.estimated_due_on), (DueState::Pending(BasisDate::SpecifiedDate), None));
    }

    #[test]
    fn without_a_case_the_shipment_stands_in_for_the_usage() {
        let shipped = due(&NET_30, BasisDate::UsageDate, &order(), &[]);
        assert_eq!((shipped.basis, shipped.due_on), (BasisDate::ShipDate, on("2025-02-14")));
        let unshipped = due(&NET_30, BasisDate::UsageDate, &Dates::default(), &[]);
        assert_eq!(unshipped.state, DueState::Pending(BasisDate::ShipDate));
        let case = Dates { has_case: true, planned_usage_date: on("2025-02-01"), ..order() };
        let waiting = due(&NET_30, BasisDate::UsageDate, &case, &[]);
        assert_eq!(waiting.state, DueState::Pending(BasisDate::UsageDate));
        assert_eq!(waiting.estimated_due_on, on("2025-03-03"));
        let used = due(&NET_30, BasisDate::UsageDate, &Dates { usage_date: on("2025-01-12"), ..case }, &[]);
        assert_eq!(used.due_on, on("2025-02-11"));
    }

    #[test]
    fn money_before_or_against_the_goods_has_its_own_basis() {
        let cod = Terms { roll: Roll::NextBusinessDay, ..Terms::plain(TermsRule::Cod) };
        assert_eq!(due(&cod, BasisDate::InvoiceDate, &order(), &[]).due_on, on("2025-01-17"));
        let undelivered = Dates { delivery_date: None, ..order() };
        assert_eq!(
            due(&cod, BasisDate::InvoiceDate, &undelivered, &[]).state,
            DueState::Pending(BasisDate::DeliveryDate)
        );
        let saturday = Dates { delivery_date: on("2025-01-18"), ..order() };
        assert_eq!(due(&cod, BasisDate::InvoiceDate, &saturday, &[]).due_on, on("2025-01-18"));
        let prepaid = Terms::plain(TermsRule::Prepaid);
        assert_eq!(due(&prepaid, BasisDate::InvoiceDate, &order(), &[]).due_on, on("2025-01-10"));
        let invoice_only = Dates { invoice_date: on("2025-01-20"), ..Dates::default() };
        assert_eq!(due(&prepaid, BasisDate::InvoiceDate, &invoice_only, &[]).due_on, on("2025-01-20"));
        assert_eq!(from(TermsRule::DueOnReceipt, "2025-01-20"), "2025-01-20");
    }

    #[test]
    fn what_does_not_come_in_time_is_given_up() {
        let dates = Dates { delivery_date: None, ..order() };
        let at = |basis, today| due_by(&NET_30, basis, &dates, &[], day(today), Grace::default());
        assert_eq!(at(BasisDate::DeliveryDate, "2025-02-02").state, DueState::Pending(BasisDate::DeliveryDate));
        let given_up = at(BasisDate::DeliveryDate, "2025-02-03");
        assert_eq!((given_up.state, given_up.due_on), (DueState::BasisFallback, on("2025-02-19")));
        assert_eq!(given_up.explanation, "Net 30 from invoice 20 Jan 2025 → 19 Feb 2025 (no delivery within 14 days)");
        assert_eq!(at(BasisDate::InvoiceReceiptDate, "2025-01-22").estimated_due_on, on("2025-02-22"));
        let received = at(BasisDate::InvoiceReceiptDate, "2025-01-23");
        assert_eq!((received.state, received.due_on), (DueState::Due, on("2025-02-22")));
        let uninvoiced = Dates { invoice_date: None, ..dates };
        let waiting = due_by(&NET_30, BasisDate::DeliveryDate, &uninvoiced, &[], day("2030-01-01"), Grace::default());
        assert_eq!(waiting.due_on, None);
    }

    #[test]
    fn the_explanation_shows_every_step() {
        let next = Terms { roll: Roll::NextBusinessDay, ..NET_30 };
        let answer = due(&next, BasisDate::DeliveryDate, &order(), &[]);
        assert_eq!(answer.explanation, "Net 30 from delivery 17 Jan 2025 → 16 Feb 2025, Sunday → Mon 17 Feb");
        let holiday = due(&next, BasisDate::ShipDate, &order(), &[day("2025-02-14")]);
        assert_eq!(holiday.explanation, "Net 30 from shipment 15 Jan 2025 → 14 Feb 2025, holiday → Mon 17 Feb");
        let turn = Dates { invoice_date: on("2022-12-31"), ..Dates::default() };
        let turned = due(&Terms { rule: TermsRule::DueOnReceipt, ..next }, BasisDate::InvoiceDate, &turn, &[]);
        assert_eq!(
            turned.explanation,
            "Due on receipt from invoice 31 Dec 2022 → 31 Dec 2022, Saturday → Mon 2 Jan 2023"
        );
        assert_eq!(
            TermsRule::DayOfMonth { day: 10, cutoff_day: 25, months_ahead: 1 }.words(),
            "Day 10 of the next month, after day 25 one month later"
        );
        assert_eq!(TermsRule::EndOfMonth { plus_days: 1 }.words(), "End of month plus 1 day");
    }

    #[test]
    fn senseless_numbers_are_refused() {
        assert!(TermsRule::NetDays { days: 3_650 }.check().is_ok());
        assert_eq!(TermsRule::NetDays { days: 3_651 }.check().unwrap_err().code, "invalid_terms");
        for day in [0, 32] {
            assert!(TermsRule::DayOfMonth { day, cutoff_day: 31, months_ahead: 0 }.check().is_err());
            assert!(TermsRule::DayOfMonth { day: 1, cutoff_day: day, months_ahead: 0 }.check().is_err());
        }
        assert!(TermsRule::Months { months: 121 }.check().is_err());
        assert!(Discount { percent_bp: 200, days: 10 }.check().is_ok());
        assert_eq!(Discount { percent_bp: 0, days: 10 }.check().unwrap_err().code, "invalid_discount");
        assert!(Discount { percent_bp: 10_001, days: 10 }.check().is_err());
    }

    #[test]
    fn names_are_read_back() {
        for basis in BasisDate::ALL {
            assert_eq!(BasisDate::parse(basis.as_str()), Some(*basis));
            assert!(DueState::ALL.contains(&DueState::Pending(*basis)));
        }
        for state in DueState::ALL {
            assert_eq!(DueState::parse(state.as_str()), Some(*state));
        }
        for roll in Roll::ALL {
            assert_eq!(Roll::parse(roll.as_str()), Some(*roll));
        }
        assert_eq!(BasisDate::parse("Invoice_date"), None);
    }

    fn any_rule() -> impl Strategy<Value = TermsRule> {
        prop_oneof![
            (0u16..=3_650).prop_map(|days| TermsRule::NetDays { days }),
            (0u16..=3_650).prop_map(|plus_days| TermsRule::EndOfMonth { plus_days }),
            (0u16..=120).prop_map(|months| TermsRule::Months { months }),
            (1u8..=31, 1u8..=31, 0u16..=120).prop_map(|(day, cutoff_day, months_ahead)| TermsRule::DayOfMonth {
                day,
                cutoff_day,
                months_ahead
            }),
            Just(TermsRule::DueOnReceipt),
            Just(TermsRule::Prepaid),
            Just(TermsRule::Cod),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_due_before_its_basis(
            rule in any_rule(), roll in prop::sample::select(Roll::ALL), basis in prop::sample::select(BasisDate::ALL),
            base in 0i32..40_000, holidays in prop::collection::vec(0i32..60, 0..10), discount in prop::option::of(0u16..100),
        ) {
            let base = Day(base);
            let dates = Dates {
                order_date: Some(base), usage_date: Some(base), ship_date: Some(base), delivery_date: Some(base),
                invoice_date: Some(base), invoice_receipt_date: Some(base), specified_date: Some(base), ..Dates::default()
            };
            let holidays: Vec<Day> = holidays.into_iter().map(|offset| base.plus(offset)).collect();
            let discount = discount.map(|days| Discount { percent_bp: 100, days });
            let answer = due(&Terms { rule, roll, discount }, basis, &dates, &holidays);
            let due_on = answer.due_on.unwrap();
            prop_assert!(due_on >= base);
            prop_assert!(answer.discount_until.is_none_or(|until| until >= base && until <= due_on));
            if roll != Roll::None && rule.rolls() {
                prop_assert!(is_business_day(due_on, &holidays));
            }
        }

        #[test]
        fn a_later_basis_is_never_due_earlier(rule in any_rule(), base in 0i32..40_000, later in 0i32..400) {
            let terms = Terms::plain(rule);
            let at = |base| due(&terms, BasisDate::SpecifiedDate, &Dates { specified_date: Some(Day(base)), delivery_date: Some(Day(base)), ..Dates::default() }, &[]);
            prop_assert!(at(base).due_on <= at(base + later).due_on);
        }

        #[test]
        fn a_date_is_known_or_waited_for(rule in any_rule(), basis in prop::sample::select(BasisDate::ALL), known: [bool; 7], has_case: bool) {
            let day = |place: usize| known[place].then_some(Day(20_000 + place as i32));
            let dates = Dates {
                order_date: day(0), usage_date: day(1), ship_date: day(2), delivery_date: day(3), invoice_date: day(4),
                invoice_receipt_date: day(5), specified_date: day(6), has_case, ..Dates::default()
            };
            let answer = due(&Terms::plain(rule), basis, &dates, &[]);
            prop_assert_eq!(answer.due_on.is_some(), answer.state == DueState::Due);
            prop_assert_eq!(answer.due_on.is_none(), matches!(answer.state, DueState::Pending(_)));
            prop_assert_eq!(answer.base_on, dates.of(answer.basis));
        }
    }
}
