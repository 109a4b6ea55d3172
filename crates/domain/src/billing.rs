//! What a customer's billing status allows, and the signal that credit sends.
//!
//! A person sets a status; the credit signal may ask for a stricter one; the stricter of both counts. Whatever it is, a case,
//! a return or a recall is always recorded: money never stands between a patient and the truth.

use crate::clock::Day;
use crate::money::{Currency, Minor, MoneyError, WHOLE_BP};
use crate::words::words;

words! {
    /// How far a customer may run up new debt, from the mildest to the strictest.
    pub enum BillingStatus {
        /// Everything.
        Good = "good", "Good";
        /// Everything, with a warning.
        Watch = "watch", "Watch";
        /// Only against payment in advance.
        Prepay = "prepay", "Prepay";
        /// New sales wait for a release.
        Hold = "hold", "On hold";
        /// No new sales.
        Blocked = "blocked", "Blocked";
        /// No longer a customer.
        Closed = "closed", "Closed";
    }

    /// What somebody wants to do with a customer.
    pub enum BillingAction {
        /// Draw up a quote or a draft of an order.
        Quote = "quote", "Quote or draft order";
        /// Submit a stocking order.
        SubmitStockingOrder = "submit_stocking_order", "Submit a stocking order";
        /// Ship an order that was approved before.
        ShipApprovedOrder = "ship_approved_order", "Ship an approved order";
        /// Bring consigned stock to a facility.
        PlaceConsignedStock = "place_consigned_stock", "Place consigned stock";
        /// Record a case, usage, a return or a recall.
        RecordUsage = "record_usage", "Record a case, return or recall";
        /// Invoice what was used.
        IssueInvoice = "issue_invoice", "Invoice past usage";
        /// Take a payment or give credit.
        TakePayment = "take_payment", "Take a payment or give credit";
    }

    /// The answer of a status to an action.
    pub enum Verdict {
        /// Go ahead.
        Allowed = "allowed", "Allowed";
        /// Go ahead, and say so.
        Warn = "warn", "Allowed with a warning";
        /// Go ahead once it is paid.
        NeedsPayment = "needs_payment", "Needs payment first";
        /// Wait until the office releases it.
        NeedsRelease = "needs_release", "Needs a release";
        /// No.
        Refused = "refused", "Not allowed";
    }

    /// What a customer's credit says, from harmless to grave.
    pub enum CreditSignal {
        /// Nothing.
        Ok = "ok", "Within credit";
        /// Cannot be told.
        Unknown = "unknown", "Unknown";
        /// Exposure nears the limit.
        NearLimit = "near_limit", "Near the limit";
        /// The oldest debt is 1 to 30 days late.
        PastDue1To30 = "past_due_1_30", "1 to 30 days past due";
        /// Exposure is above the limit.
        OverLimit = "over_limit", "Over the limit";
        /// 31 to 60 days late.
        PastDue31To60 = "past_due_31_60", "31 to 60 days past due";
        /// 61 to 90 days late.
        PastDue61To90 = "past_due_61_90", "61 to 90 days past due";
        /// More than 90 days late.
        PastDueOver90 = "past_due_over_90", "More than 90 days past due";
    }
}

words! {
    /// Whether the credit signal may hold a customer.
    pub enum AutoHoldMode {
        /// As the organisation says.
        Inherit = "inherit", "As the organisation";
        /// It may.
        On = "on", "On";
        /// It may not.
        Off = "off", "Off";
    }
}

impl BillingStatus {
    /// How strict, from 0.
    pub fn rank(self) -> i64 {
        self as i64
    }

    /// What this status answers to an action.
    pub const fn answers(self, action: BillingAction) -> Verdict {
        use BillingAction as A;
        match (action, self) {
            (A::RecordUsage | A::IssueInvoice | A::TakePayment, _) => Verdict::Allowed,
            (_, Self::Good) => Verdict::Allowed,
            (_, Self::Blocked | Self::Closed) => Verdict::Refused,
            (A::Quote, Self::Watch | Self::Prepay | Self::Hold) => Verdict::Allowed,
            (A::ShipApprovedOrder, Self::Watch) => Verdict::Allowed,
            (A::SubmitStockingOrder | A::PlaceConsignedStock, Self::Watch) => Verdict::Warn,
            (A::SubmitStockingOrder | A::ShipApprovedOrder, Self::Prepay) => Verdict::NeedsPayment,
            (A::PlaceConsignedStock, Self::Prepay) => Verdict::Warn,
            (A::SubmitStockingOrder | A::ShipApprovedOrder | A::PlaceConsignedStock, Self::Hold) => {
                Verdict::NeedsRelease
            }
        }
    }

    /// Whether setting this status needs a reason.
    pub fn needs_reason(self) -> bool {
        self >= Self::Hold
    }
}

/// How a customer's credit is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CreditPolicy {
    /// Exposure from this share of the limit, in basis points, is near the limit.
    pub near_limit_bp: i32,
}

impl Default for CreditPolicy {
    fn default() -> Self {
        Self { near_limit_bp: 9_000 }
    }
}

/// What a customer owes or is about to owe, in one currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exposure {
    /// Unpaid invoices.
    pub open_invoices: Minor,
    /// Shipped and not invoiced yet.
    pub shipped: Minor,
    /// Approved and not shipped yet.
    pub approved: Minor,
    /// Used and not billed yet.
    pub unbilled_usage: Minor,
}

impl Exposure {
    /// All of it.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn total(&self) -> Result<Minor, MoneyError> {
        Minor::sum([self.open_invoices, self.shipped, self.approved, self.unbilled_usage])
    }
}

/// What a customer's credit says: about the limit and about lateness, apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CreditSignals {
    /// Ok, near or over.
    pub limit: CreditSignal,
    /// Ok or past due.
    pub lateness: CreditSignal,
}

impl CreditSignals {
    /// The graver of both: what a list shows.
    pub fn worst(self) -> CreditSignal {
        self.limit.max(self.lateness)
    }
}

/// What the credit of a customer says today. No limit is an unlimited one; a due date that is not known is no debt yet.
pub fn credit_signals(
    exposure: Minor,
    limit: Option<Minor>,
    oldest_due_on: Option<Day>,
    today: Day,
    policy: CreditPolicy,
) -> CreditSignals {
    CreditSignals { limit: limit_signal(exposure, limit, policy), lateness: lateness(oldest_due_on, today) }
}

fn limit_signal(exposure: Minor, limit: Option<Minor>, policy: CreditPolicy) -> CreditSignal {
    let Some(limit) = limit else { return CreditSignal::Ok };
    if exposure > limit {
        return CreditSignal::OverLimit;
    }
    // In whole numbers: exposure / limit >= share.
    let near = i128::from(exposure.0) * i128::from(WHOLE_BP) >= i128::from(limit.0) * i128::from(policy.near_limit_bp);
    if near && exposure > Minor::ZERO { CreditSignal::NearLimit } else { CreditSignal::Ok }
}

fn lateness(oldest_due_on: Option<Day>, today: Day) -> CreditSignal {
    match oldest_due_on.map_or(0, |due| days_late(due, today)) {
        0 => CreditSignal::Ok,
        1..=30 => CreditSignal::PastDue1To30,
        31..=60 => CreditSignal::PastDue31To60,
        61..=90 => CreditSignal::PastDue61To90,
        _ => CreditSignal::PastDueOver90,
    }
}

/// Days since a due date, 0 until it has passed.
pub const fn days_late(due_on: Day, today: Day) -> i32 {
    let late = today.0.saturating_sub(due_on.0);
    if late > 0 { late } else { 0 }
}

/// Which signal asks for which status.
pub type AutoHold<'a> = &'a [(CreditSignal, BillingStatus)];

/// The policy of an organisation that switches automatic holds on and says nothing more.
pub const DEFAULT_AUTO_HOLD: AutoHold<'static> = &[
    (CreditSignal::OverLimit, BillingStatus::Hold),
    (CreditSignal::PastDue61To90, BillingStatus::Hold),
    (CreditSignal::PastDueOver90, BillingStatus::Hold),
];

/// What an organisation has decided about credit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditRules {
    /// How exposure is judged against the limit.
    pub policy: CreditPolicy,
    /// Automatic holds are on for customers that do not say otherwise.
    pub auto_hold: bool,
    /// Which signal asks for which status.
    pub holds: Vec<(CreditSignal, BillingStatus)>,
}

impl Default for CreditRules {
    fn default() -> Self {
        Self { policy: CreditPolicy::default(), auto_hold: false, holds: DEFAULT_AUTO_HOLD.to_vec() }
    }
}

impl CreditRules {
    /// What the signals may ask for with a customer of this mode.
    pub fn holds_for(&self, mode: AutoHoldMode) -> AutoHold<'_> {
        match mode {
            AutoHoldMode::On => &self.holds,
            AutoHoldMode::Inherit if self.auto_hold => &self.holds,
            AutoHoldMode::Inherit | AutoHoldMode::Off => &[],
        }
    }
}

/// The status that counts, and why when it is not the one set by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EffectiveStatus {
    /// The stricter of both.
    pub status: BillingStatus,
    /// The signal that made it stricter than what was set by hand.
    pub because: Option<CreditSignal>,
}

/// The stricter of the status set by hand and what the signals ask for. An empty policy asks for nothing.
pub fn effective_status(by_hand: BillingStatus, signals: CreditSignals, policy: AutoHold<'_>) -> EffectiveStatus {
    let sent = [signals.limit, signals.lateness];
    let asked =
        policy.iter().filter(|(signal, _)| sent.contains(signal)).max_by_key(|(signal, status)| (*status, *signal));
    match asked {
        Some((signal, status)) if *status > by_hand => EffectiveStatus { status: *status, because: Some(*signal) },
        _ => EffectiveStatus { status: by_hand, because: None },
    }
}

/// What is left of a credit limit, below zero when it is exceeded; nothing without a limit.
///
/// # Errors
/// When it does not fit.
pub fn available_credit(limit: Option<Minor>, exposure: Minor) -> Result<Option<Minor>, MoneyError> {
    limit.map(|limit| limit.minus(exposure)).transpose()
}

/// One sentence for a tooltip: the status and where it comes from.
pub fn status_words(
    effective: EffectiveStatus,
    reason: Option<&str>,
    exposure: Minor,
    limit: Option<Minor>,
    currency: Currency,
) -> String {
    let status = effective.status.label();
    match (effective.because, limit, reason) {
        (Some(CreditSignal::OverLimit), Some(limit), _) => {
            format!("{status}: owes {} of a limit of {}.", exposure.display(currency), limit.display(currency))
        }
        (Some(signal), _, _) => format!("{status}: {}.", signal.label().to_lowercase()),
        (None, _, Some(reason)) if !reason.is_empty() => format!("{status}: {reason}"),
        (None, _, _) => format!("{status}, set by hand."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_of_statuses_is_as_reviewed() {
        let mut table = String::new();
        for action in BillingAction::ALL {
            let row: Vec<&str> = BillingStatus::ALL.iter().map(|status| status.answers(*action).as_str()).collect();
            table.push_str(&format!("{:<22} {}\n", action.as_str(), row.join(" ")));
        }
        assert_eq!(
            table,
            "\
quote                  allowed allowed allowed allowed refused refused
submit_stocking_order  allowed warn needs_payment needs_release refused refused
ship_approved_order    allowed allowed needs_payment needs_release refused refused
place_consigned_stock  allowed warn warn needs_release refused refused
record_usage           allowed allowed allowed allowed allowed allowed
issue_invoice          allowed allowed allowed allowed allowed allowed
take_payment           allowed allowed allowed allowed allowed allowed
"
        );
    }

    #[test]
    fn statuses_are_ordered_by_strictness() {
        let names: Vec<&str> = BillingStatus::ALL.iter().map(|status| status.as_str()).collect();
        assert_eq!(names, ["good", "watch", "prepay", "hold", "blocked", "closed"]);
        assert!(BillingStatus::ALL.is_sorted());
        assert!(
            BillingStatus::Hold.needs_reason()
                && BillingStatus::Closed.needs_reason()
                && !BillingStatus::Prepay.needs_reason()
        );
        for status in BillingStatus::ALL {
            assert_eq!(BillingStatus::parse(status.as_str()), Some(*status));
        }
    }

    fn signals(exposure: i64, limit: Option<i64>, late: Option<i32>) -> CreditSignals {
        let due = late.map(|days| Day(20_000 - days));
        credit_signals(Minor(exposure), limit.map(Minor), due, Day(20_000), CreditPolicy::default())
    }

    #[test]
    fn the_limit_is_near_from_nine_tenths() {
        let limit = |exposure| signals(exposure, Some(1_000), None).limit;
        assert_eq!(limit(0), CreditSignal::Ok);
        assert_eq!(limit(899), CreditSignal::Ok);
        assert_eq!(limit(900), CreditSignal::NearLimit);
        assert_eq!(limit(1_000), CreditSignal::NearLimit);
        assert_eq!(limit(1_001), CreditSignal::OverLimit);
        assert_eq!(signals(i64::MAX, None, None).worst(), CreditSignal::Ok, "no limit is unlimited");
        assert_eq!(signals(0, Some(0), None).limit, CreditSignal::Ok);
        assert_eq!(signals(1, Some(0), None).limit, CreditSignal::OverLimit);
    }

    #[test]
    fn lateness_falls_into_buckets() {
        let late = |days| signals(0, None, Some(days)).lateness.as_str();
        assert_eq!((late(-5), late(0), late(1), late(30)), ("ok", "ok", "past_due_1_30", "past_due_1_30"));
        assert_eq!((late(31), late(60), late(61)), ("past_due_31_60", "past_due_31_60", "past_due_61_90"));
        assert_eq!((late(90), late(91)), ("past_due_61_90", "past_due_over_90"));
        assert_eq!(signals(0, None, None).worst(), CreditSignal::Ok);
    }

    #[test]
    fn the_stricter_status_counts() {
        let over = signals(1_001, Some(1_000), Some(10));
        let effective = |by_hand, policy| effective_status(by_hand, over, policy);
        let held = EffectiveStatus { status: BillingStatus::Hold, because: Some(CreditSignal::OverLimit) };
        assert_eq!(effective(BillingStatus::Good, DEFAULT_AUTO_HOLD), held);
        let blocked = EffectiveStatus { status: BillingStatus::Blocked, because: None };
        assert_eq!(effective(BillingStatus::Blocked, DEFAULT_AUTO_HOLD), blocked);
        let by_hand = EffectiveStatus { status: BillingStatus::Hold, because: None };
        assert_eq!(effective(BillingStatus::Hold, DEFAULT_AUTO_HOLD), by_hand);
        assert_eq!(effective(BillingStatus::Good, &[]).status, BillingStatus::Good);
        let paid_down = signals(1_000, Some(1_000), Some(10));
        assert_eq!(effective_status(BillingStatus::Good, paid_down, DEFAULT_AUTO_HOLD).status, BillingStatus::Good);
        let late = signals(0, None, Some(61));
        assert_eq!(
            effective_status(BillingStatus::Watch, late, DEFAULT_AUTO_HOLD).because,
            Some(CreditSignal::PastDue61To90)
        );
    }

    #[test]
    fn a_customer_may_differ_from_the_organisation() {
        let off = CreditRules::default();
        let on = CreditRules { auto_hold: true, ..CreditRules::default() };
        let asked = |rules: &CreditRules, mode| !rules.holds_for(mode).is_empty();
        assert!(!asked(&off, AutoHoldMode::Inherit) && asked(&off, AutoHoldMode::On));
        assert!(asked(&on, AutoHoldMode::Inherit) && !asked(&on, AutoHoldMode::Off));
        let ranks: Vec<i64> = BillingStatus::ALL.iter().map(|status| status.rank()).collect();
        assert_eq!(ranks, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn exposure_and_credit_add_up() {
        let exposure =
            Exposure { open_invoices: Minor(1), shipped: Minor(2), approved: Minor(4), unbilled_usage: Minor(8) };
        assert_eq!(exposure.total(), Ok(Minor(15)));
        assert_eq!(available_credit(Some(Minor(10)), Minor(15)), Ok(Some(Minor(-5))));
        assert_eq!(available_credit(None, Minor(15)), Ok(None));
    }

    #[test]
    fn a_status_explains_itself() {
        let auto = |because| EffectiveStatus { status: BillingStatus::Hold, because };
        let words =
            |effective, reason| status_words(effective, reason, Minor(150_000), Some(Minor(100_000)), Currency::USD);
        assert_eq!(
            words(auto(Some(CreditSignal::OverLimit)), None),
            "On hold: owes 1,500.00 USD of a limit of 1,000.00 USD."
        );
        assert_eq!(words(auto(Some(CreditSignal::PastDueOver90)), None), "On hold: more than 90 days past due.");
        assert_eq!(words(auto(None), Some("Cheque returned")), "On hold: Cheque returned");
        assert_eq!(words(auto(None), None), "On hold, set by hand.");
    }

    proptest! {
        #[test]
        fn no_status_ever_stops_a_record(status in prop::sample::select(BillingStatus::ALL)) {
            prop_assert_eq!(status.answers(BillingAction::RecordUsage), Verdict::Allowed);
        }

        #[test]
        fn a_stricter_status_never_answers_more_mildly(
            one in prop::sample::select(BillingStatus::ALL), two in prop::sample::select(BillingStatus::ALL),
            action in prop::sample::select(BillingAction::ALL),
        ) {
            prop_assert!(one.min(two).answers(action) <= one.max(two).answers(action));
        }

        #[test]
        fn a_policy_never_makes_a_status_milder(
            by_hand in prop::sample::select(BillingStatus::ALL), exposure in 0i64..2_000, limit in prop::option::of(0i64..2_000),
            late in prop::option::of(0i32..120),
        ) {
            prop_assert!(effective_status(by_hand, signals(exposure, limit, late), DEFAULT_AUTO_HOLD).status >= by_hand);
        }
    }
}
