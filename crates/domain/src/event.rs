//! Events: the records through which units leave stock. Their types, what happened to each unit, what is billed.
//!
//! Two tables carry the rules: [`EventType::rules`] by type and [`Usage::rule`] by what happened to a unit. Everything else
//! reads them. What may be done next with an event is in [`lifecycle`].

pub mod lifecycle;
pub mod marks;

use crate::clock::{Day, Instant};
use crate::limits;
use crate::money::{Minor, MoneyError};
use crate::pricing::{Price, PriceSource};
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// Why units leave stock.
    pub enum EventType {
        /// A surgery.
        Case = "case", "Case";
        /// A sale to a facility's shelf.
        StockingOrder = "stocking_order", "Stocking order";
        /// Given away or used up in a demonstration.
        Sample = "sample", "Sample";
        /// Lent: a record only, the units stay.
        Loan = "loan", "Loan";
        /// Damaged outside a case.
        Damage = "damage", "Damage";
        /// Sent back to the maker.
        Return = "return", "Return";
        /// Used in a clinical trial.
        Trial = "trial", "Trial";
        /// Taken out to correct a count.
        StockAdjustment = "stock_adjustment", "Stock adjustment";
        /// Anything else that is sold.
        Other = "other", "Other";
    }

    /// How far an event is.
    pub enum EventStatus {
        /// Planned or being worked on.
        Open = "open", "Open";
        /// Submitted; the hospital's purchase order is awaited.
        PendingPo = "pending_po", "Pending PO";
        /// The purchase orders are there; money is awaited.
        PendingPayment = "pending_payment", "Pending payment";
        /// Invoices settled and commission paid, or nothing to bill.
        Paid = "paid", "Paid";
        /// Called off, or reversed.
        Cancelled = "cancelled", "Cancelled";
        /// Submitted and not for sale: stock was adjusted.
        Adjusted = "adjusted", "Adjusted";
    }

    /// What happened to a unit in an event.
    pub enum Usage {
        /// Used.
        Used = "used", "Used";
        /// Left in the patient.
        Implanted = "implanted", "Implanted";
        /// Taken out of the patient.
        Explanted = "explanted", "Explanted";
        /// Opened or brought in, and not left in.
        InOut = "in_out", "In and out";
        /// Damaged or wasted.
        Damaged = "damaged", "Damaged";
        /// Not found afterwards.
        Missing = "missing", "Missing";
    }

    /// Whether a usage is billed.
    pub enum Billed {
        /// At its price.
        Yes = "yes", "Yes";
        /// Only when somebody sets a price.
        OnlyIfSet = "only_if_set", "Only if a price is set";
        /// Never.
        No = "no", "No";
    }

    /// What a usage does to a reusable unit when the event is submitted.
    pub enum ReusableFate {
        /// It goes back to stock.
        Stays = "stays", "Back to stock";
        /// It leaves stock.
        Leaves = "leaves", "Leaves stock";
        /// It cannot be reusable.
        CannotBe = "cannot_be", "Cannot be reusable";
    }

    /// Whether somebody in the field may price a usage.
    pub enum RepPrice {
        /// Always, even over an agreed price.
        Yes = "yes", "Yes";
        /// With the right to change prices.
        WithToggle = "with_toggle", "With the right to change prices";
        /// Never.
        No = "no", "No";
    }

    /// Which units an event type takes out of stock when it is submitted.
    pub enum Removal {
        /// As the usage of each says.
        ByUsage = "by_usage", "As used";
        /// Every one.
        All = "all", "All";
        /// Only what was damaged or is missing.
        LostOnly = "lost_only", "Only damaged and missing";
    }

    /// What becomes of a unit when its event is submitted.
    pub enum Fate {
        /// It stays with its custodian.
        Stays = "stays", "Stays in stock";
        /// It leaves stock.
        Leaves = "leaves", "Leaves stock";
        /// It is sold and stays on the facility's shelf.
        BecomesFacilityStock = "becomes_facility_stock", "Becomes facility stock";
    }

    /// What an amount besides the units is for.
    pub enum ChargeKind {
        /// Freight.
        Freight = "freight", "Freight";
        /// Handling.
        Handling = "handling", "Handling";
        /// Tax.
        Tax = "tax", "Tax";
        /// A service.
        Service = "service", "Service";
        /// Taken off the total.
        Discount = "discount", "Discount";
        /// Rental.
        Rental = "rental", "Rental";
        /// Anything else.
        Other = "other", "Other";
    }
}

/// The rules of one event type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeRules {
    /// Makes a sales order, and is invoiced when its total is above zero.
    pub billable: bool,
    /// Cannot be submitted without a location.
    pub requires_location: bool,
    /// Which units leave stock.
    pub removal: Removal,
    /// Its units may stay on the facility's shelf as sold.
    pub creates_facility_stock: bool,
    /// Units that were sold before may be on it.
    pub allows_facility_stock: bool,
    /// Wants a word about why.
    pub needs_reason: bool,
    /// Enters the figures of customers when its total is above zero.
    pub counts_for_customers: bool,
    /// Units reach somebody, so that expired ones are refused.
    pub refuses_expired: bool,
}

impl TypeRules {
    /// Whether submission takes single-use units out of stock.
    pub fn consumes(&self) -> bool {
        self.removal != Removal::LostOnly
    }
}

impl EventType {
    /// The rules of this type.
    pub const fn rules(self) -> TypeRules {
        // A non-sale whose units reach somebody; the other types say in what they differ.
        const PLAIN: TypeRules = TypeRules {
            billable: false,
            requires_location: false,
            removal: Removal::ByUsage,
            creates_facility_stock: false,
            allows_facility_stock: false,
            needs_reason: false,
            counts_for_customers: false,
            refuses_expired: true,
        };
        const SALE: TypeRules = TypeRules { billable: true, counts_for_customers: true, ..PLAIN };
        const WRITE_OFF: TypeRules =
            TypeRules { removal: Removal::All, needs_reason: true, refuses_expired: false, ..PLAIN };
        match self {
            Self::Case => TypeRules { requires_location: true, allows_facility_stock: true, ..SALE },
            Self::StockingOrder => {
                TypeRules { requires_location: true, removal: Removal::All, creates_facility_stock: true, ..SALE }
            }
            Self::Other => TypeRules { allows_facility_stock: true, ..SALE },
            Self::Sample | Self::Trial => PLAIN,
            Self::Loan => TypeRules { removal: Removal::LostOnly, ..PLAIN },
            Self::Damage => WRITE_OFF,
            Self::Return | Self::StockAdjustment => TypeRules { allows_facility_stock: true, ..WRITE_OFF },
        }
    }

    /// The usage of a line when nobody says otherwise.
    pub const fn default_usage(self) -> Usage {
        match self {
            Self::Damage => Usage::Damaged,
            _ => Usage::Used,
        }
    }
}

impl EventStatus {
    /// Whether the event was submitted and stands.
    pub const fn is_submitted(self) -> bool {
        matches!(self, Self::PendingPo | Self::PendingPayment | Self::Paid | Self::Adjusted)
    }

    /// Whether nothing leads out of it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// Whether the event tells that a container or a reusable unit was really used.
    pub const fn counts_as_utilisation(self) -> bool {
        matches!(self, Self::PendingPo | Self::PendingPayment | Self::Paid)
    }
}

/// The rules of one usage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UsageRule {
    /// Whether it is billed.
    pub billed: Billed,
    /// Whether a single-use unit leaves stock.
    pub single_use_leaves: bool,
    /// What becomes of a reusable unit.
    pub reusable: ReusableFate,
    /// Whether the field may price it.
    pub rep_may_price: RepPrice,
    /// Whether a note is wanted unless the organisation says otherwise.
    pub note_required: bool,
}

impl Usage {
    /// The rules of this usage.
    pub const fn rule(self) -> UsageRule {
        let (billed, reusable, rep_may_price, note_required) = match self {
            Self::Used => (Billed::Yes, ReusableFate::Stays, RepPrice::WithToggle, false),
            Self::Implanted => (Billed::Yes, ReusableFate::CannotBe, RepPrice::WithToggle, false),
            Self::Explanted => (Billed::No, ReusableFate::CannotBe, RepPrice::No, false),
            Self::InOut => (Billed::OnlyIfSet, ReusableFate::Stays, RepPrice::Yes, false),
            Self::Damaged => (Billed::OnlyIfSet, ReusableFate::Leaves, RepPrice::Yes, true),
            Self::Missing => (Billed::No, ReusableFate::Leaves, RepPrice::No, true),
        };
        UsageRule { billed, single_use_leaves: true, reusable, rep_may_price, note_required }
    }

    /// The usages that want a note unless the organisation says otherwise.
    pub fn noted() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|usage| usage.rule().note_required).collect()
    }

    /// Whether the unit served and was not lost.
    const fn is_served(self) -> bool {
        matches!(self, Self::Used | Self::Implanted | Self::InOut)
    }

    /// Whether the unit is gone whatever it was.
    const fn is_lost(self) -> bool {
        matches!(self, Self::Damaged | Self::Missing)
    }
}

/// What becomes of a unit when its event is submitted.
///
/// `keep` asks a stocking order to leave its units on the facility's shelf, as sold and still tracked.
pub fn fate(event_type: EventType, usage: Usage, reusable: bool, keep: bool) -> Fate {
    let rules = event_type.rules();
    let leaves = match rules.removal {
        Removal::All => true,
        Removal::LostOnly => usage.is_lost(),
        Removal::ByUsage if reusable => usage.rule().reusable != ReusableFate::Stays,
        Removal::ByUsage => usage.rule().single_use_leaves,
    };
    match leaves {
        true if keep && rules.creates_facility_stock && usage.is_served() => Fate::BecomesFacilityStock,
        true => Fate::Leaves,
        false => Fate::Stays,
    }
}

/// The day of an event: judged where the facility is.
pub fn event_day(starts_at: Instant, time_zone: &str) -> Day {
    starts_at.day_in(time_zone)
}

/// Whether a unit was past its date on the day of the event. The last day of its date is still good.
pub fn is_expired(expires_on: Option<Day>, event_day: Day) -> bool {
    expires_on.is_some_and(|expiry| expiry < event_day)
}

/// The name of an event that was given none: day, physician, location; the type where both are unknown.
pub fn auto_name(event_type: EventType, day: Day, physician: Option<&str>, location: Option<&str>) -> String {
    let known: Vec<&str> = [physician, location].into_iter().flatten().filter(|part| !part.trim().is_empty()).collect();
    let what = if known.is_empty() { event_type.label().to_owned() } else { known.join(", ") };
    format!("{day} {what}").chars().take(limits::NAME_MAX).collect::<String>().trim_end().to_owned()
}

/// What one line says about money. A line is one unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineMoney {
    /// What happened to the unit.
    pub usage: Usage,
    /// Its price.
    pub price: Price,
    /// Given free of charge.
    pub no_charge: bool,
    /// Sold before, by another event.
    pub facility_stock: bool,
}

impl LineMoney {
    /// Whether the line stands on the sales order. A line without charge does, at nothing.
    pub fn is_billed(&self, event_type: EventType) -> bool {
        event_type.rules().billable
            && !self.facility_stock
            && match self.usage.rule().billed {
                Billed::Yes => true,
                Billed::OnlyIfSet => self.price.source == PriceSource::Manual,
                Billed::No => false,
            }
    }

    /// What the line adds to the total, and to the base of commission.
    pub fn amount(&self, event_type: EventType) -> Minor {
        if self.is_billed(event_type) && !self.no_charge { self.price.minor } else { Minor::ZERO }
    }

    /// Whether a price is expected and none is known.
    pub fn lacks_price(&self, event_type: EventType) -> bool {
        self.is_billed(event_type) && !self.no_charge && self.price.source == PriceSource::None
    }
}

/// An amount besides the units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Charge {
    /// What for.
    pub kind: ChargeKind,
    /// How much, zero or more; a discount is taken off.
    pub amount: Minor,
    /// Whether it counts for commission.
    pub commissionable: bool,
}

impl Charge {
    /// The amount as it enters the total.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn signed(&self) -> Result<Minor, MoneyError> {
        match self.kind {
            ChargeKind::Discount => self.amount.negated(),
            _ => Ok(self.amount),
        }
    }

    /// Whether the charge makes sense on an event of this type.
    ///
    /// # Errors
    /// `charge_negative`, or `nothing_to_bill` for a type without a bill.
    pub fn check(&self, event_type: EventType) -> Result<(), Refusal> {
        if self.amount < Minor::ZERO {
            let message = "A charge must not be below zero. To take something off, use a discount.";
            return Err(Refusal::new("charge_negative", message));
        }
        if !event_type.rules().billable {
            let message = format!(
                "An event of type {} is not billed, so it takes no charges.",
                event_type.label().to_lowercase()
            );
            return Err(Refusal::new("nothing_to_bill", message));
        }
        Ok(())
    }
}

/// The sums of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// The units.
    pub lines: Minor,
    /// The charges, discounts taken off.
    pub charges: Minor,
    /// Both: what is billed.
    pub total: Minor,
    /// What customers' figures count: without tax and freight.
    pub net: Minor,
    /// The base of commission, never below zero.
    pub commissionable: Minor,
}

/// Adds up an event. A type that is not billed adds up to nothing.
///
/// # Errors
/// When a sum does not fit.
pub fn totals<'a>(
    event_type: EventType,
    lines: impl IntoIterator<Item = &'a LineMoney>,
    charges: &[Charge],
) -> Result<Totals, MoneyError> {
    if !event_type.rules().billable {
        return Ok(Totals::default());
    }
    let lines = Minor::sum(lines.into_iter().map(|line| line.amount(event_type)))?;
    let sum_of = |wanted: fn(&Charge) -> bool| -> Result<Minor, MoneyError> {
        let amounts = charges.iter().filter(|charge| wanted(charge)).map(Charge::signed);
        Minor::sum(amounts.collect::<Result<Vec<Minor>, MoneyError>>()?)
    };
    let charged = sum_of(|_| true)?;
    let net_charges = sum_of(|charge| !matches!(charge.kind, ChargeKind::Tax | ChargeKind::Freight))?;
    let commissioned = sum_of(|charge| charge.commissionable)?;
    Ok(Totals {
        lines,
        charges: charged,
        total: lines.plus(charged)?,
        net: lines.plus(net_charges)?,
        commissionable: lines.plus(commissioned)?.max(Minor::ZERO),
    })
}

/// Whether an event enters the figures of its customer.
pub const fn counts_for_customers(event_type: EventType, status: EventStatus, total: Minor) -> bool {
    event_type.rules().counts_for_customers && status.is_submitted() && total.0 > 0
}

/// The status that submission leads to.
pub const fn status_after_submission(event_type: EventType, total: Minor) -> EventStatus {
    if !event_type.rules().billable {
        EventStatus::Adjusted
    } else if total.0 == 0 {
        EventStatus::Paid
    } else {
        EventStatus::PendingPo
    }
}

/// Whether the purchase orders cover an event: one for all manufacturers, or one for each that is billed.
pub fn purchase_orders_complete<M: PartialEq>(billed_manufacturers: &[M], orders: &[Option<M>]) -> bool {
    let covered = |manufacturer: &M| orders.iter().flatten().any(|ordered| ordered == manufacturer);
    !orders.is_empty() && (orders.iter().any(Option::is_none) || billed_manufacturers.iter().all(covered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares with a file that a person reviews; `UPDATE_SNAPSHOTS=1` writes it.
    pub(super) fn assert_snapshot(file: &str, actual: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(file);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, actual).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            actual,
            expected,
            "{} differs; review it, then run the tests with UPDATE_SNAPSHOTS=1",
            path.display()
        );
    }

    fn yes(flag: bool) -> &'static str {
        if flag { "yes" } else { "-" }
    }

    #[test]
    fn the_usage_table_is_as_reviewed() {
        let mut table = "usage      billed       single-use  reusable   rep may price  note\n".to_owned();
        for usage in Usage::ALL {
            let rule = usage.rule();
            let row = format!(
                "{:<10} {:<12} {:<11} {:<10} {:<14} {}",
                usage.as_str(),
                rule.billed.as_str(),
                if rule.single_use_leaves { "leaves" } else { "stays" },
                rule.reusable.as_str(),
                rule.rep_may_price.as_str(),
                if rule.note_required { "required" } else { "-" },
            );
            table.push_str(row.trim_end());
            table.push('\n');
        }
        assert_snapshot("usage.txt", &table);
        assert_eq!(Usage::noted(), [Usage::Damaged, Usage::Missing]);
    }

    #[test]
    fn the_type_table_is_as_reviewed() {
        let mut table = "type              billable  location  removal    makes facility stock  takes facility stock  \
                         reason  counts  refuses expired  after submission\n"
            .to_owned();
        for event_type in EventType::ALL {
            let rules = event_type.rules();
            table.push_str(&format!(
                "{:<17} {:<9} {:<9} {:<10} {:<21} {:<21} {:<7} {:<7} {:<16} {}\n",
                event_type.as_str(),
                yes(rules.billable),
                yes(rules.requires_location),
                rules.removal.as_str(),
                yes(rules.creates_facility_stock),
                yes(rules.allows_facility_stock),
                yes(rules.needs_reason),
                yes(rules.counts_for_customers),
                yes(rules.refuses_expired),
                status_after_submission(*event_type, Minor(1)),
            ));
        }
        assert_snapshot("event_types.txt", &table);
    }

    #[test]
    fn submission_with_nothing_to_bill_is_paid_at_once() {
        use EventStatus::{Adjusted, Paid, PendingPo};
        for event_type in EventType::ALL {
            let statuses =
                (status_after_submission(*event_type, Minor(1)), status_after_submission(*event_type, Minor(0)));
            let expected = match event_type {
                EventType::Case | EventType::StockingOrder | EventType::Other => (PendingPo, Paid),
                _ => (Adjusted, Adjusted),
            };
            assert_eq!(statuses, expected, "{event_type}");
        }
    }

    #[test]
    fn units_meet_their_fate() {
        use Fate::{BecomesFacilityStock, Leaves, Stays};
        let case = |usage, reusable| fate(EventType::Case, usage, reusable, false);
        assert!(
            Usage::ALL.iter().all(|usage| case(*usage, false) == Leaves),
            "a single-use unit never comes back from a case"
        );
        assert_eq!((case(Usage::Used, true), case(Usage::InOut, true)), (Stays, Stays));
        assert_eq!((case(Usage::Damaged, true), case(Usage::Missing, true)), (Leaves, Leaves));
        let order = |usage, keep| fate(EventType::StockingOrder, usage, false, keep);
        assert_eq!((order(Usage::Used, true), order(Usage::Used, false)), (BecomesFacilityStock, Leaves));
        assert_eq!((order(Usage::Damaged, true), order(Usage::Missing, true)), (Leaves, Leaves));
        assert_eq!(fate(EventType::StockingOrder, Usage::Used, true, true), BecomesFacilityStock);
        assert_eq!(fate(EventType::Case, Usage::Used, false, true), Leaves, "only a stocking order keeps");
        assert_eq!(fate(EventType::Loan, Usage::Used, false, false), Stays);
        assert_eq!(fate(EventType::Loan, Usage::Missing, true, false), Leaves);
        assert_eq!(fate(EventType::StockAdjustment, Usage::Used, true, false), Leaves);
        assert_eq!(fate(EventType::Return, Usage::Used, true, false), Leaves);
        assert_eq!(fate(EventType::Sample, Usage::Used, true, false), Stays);
    }

    #[test]
    fn expiry_is_judged_where_the_facility_is() {
        let expires = Day::parse("2026-11-22");
        // Half past eleven in the evening in New York; the next day in UTC.
        let start = Instant::parse("2026-11-23T04:30:00Z").unwrap();
        assert!(!is_expired(expires, event_day(start, "America/New_York")));
        assert!(is_expired(expires, event_day(start, "UTC")));
        assert!(!is_expired(None, event_day(start, "UTC")));
    }

    #[test]
    fn an_event_without_a_name_gets_one() {
        let day = Day::parse("2026-11-22").unwrap();
        let name = |physician, location| auto_name(EventType::Case, day, physician, location);
        assert_eq!(name(Some("Dr. Ana Ruiz"), Some("Mercy General")), "2026-11-22 Dr. Ana Ruiz, Mercy General");
        assert_eq!(name(None, Some("Mercy General")), "2026-11-22 Mercy General");
        assert_eq!(name(Some(" "), None), "2026-11-22 Case");
        assert_eq!(name(Some(&"é".repeat(300)), None).chars().count(), limits::NAME_MAX);
    }

    fn line(usage: Usage, price: Price) -> LineMoney {
        LineMoney { usage, price, no_charge: false, facility_stock: false }
    }

    const CONTRACT: Price = Price { minor: Minor(500), source: PriceSource::Contract };

    #[test]
    fn a_line_is_billed_by_its_usage() {
        let amount = |line: LineMoney| line.amount(EventType::Case).0;
        assert_eq!(amount(line(Usage::Used, CONTRACT)), 500);
        assert_eq!(amount(line(Usage::Implanted, CONTRACT)), 500);
        assert_eq!(amount(line(Usage::Explanted, CONTRACT)), 0);
        assert_eq!(amount(line(Usage::Missing, Price::manual(Minor(9)))), 0);
        for usage in [Usage::InOut, Usage::Damaged] {
            assert_eq!(amount(line(usage, CONTRACT)), 0);
            assert_eq!(amount(line(usage, Price::manual(Minor(9)))), 9);
        }
        assert_eq!(amount(LineMoney { no_charge: true, ..line(Usage::Used, CONTRACT) }), 0);
        let sold_before = LineMoney { facility_stock: true, ..line(Usage::Used, Price::manual(Minor(9))) };
        assert_eq!((amount(sold_before), sold_before.is_billed(EventType::Case)), (0, false));
        assert_eq!(line(Usage::Used, CONTRACT).amount(EventType::Sample), Minor::ZERO);
        assert!(line(Usage::Used, Price::NONE).lacks_price(EventType::Case));
        assert!(!line(Usage::InOut, Price::NONE).lacks_price(EventType::Case));
        assert!(!LineMoney { no_charge: true, ..line(Usage::Used, Price::NONE) }.lacks_price(EventType::Case));
    }

    #[test]
    fn an_event_adds_up() {
        let lines = [line(Usage::Used, CONTRACT), line(Usage::InOut, CONTRACT), line(Usage::Implanted, CONTRACT)];
        let charge = |kind, amount, commissionable| Charge { kind, amount: Minor(amount), commissionable };
        let charges = [
            charge(ChargeKind::Freight, 70, false),
            charge(ChargeKind::Tax, 30, false),
            charge(ChargeKind::Service, 200, true),
            charge(ChargeKind::Discount, 100, false),
        ];
        let sums = totals(EventType::Case, &lines, &charges).unwrap();
        assert_eq!((sums.lines.0, sums.charges.0, sums.total.0), (1_000, 200, 1_200));
        assert_eq!((sums.net.0, sums.commissionable.0), (1_100, 1_200));
        let taken_off = [charge(ChargeKind::Discount, 5_000, true)];
        let below = totals(EventType::Case, &lines, &taken_off).unwrap();
        assert_eq!((below.total.0, below.commissionable.0), (-4_000, 0));
        assert_eq!(totals(EventType::Trial, &lines, &charges).unwrap(), Totals::default());
        let huge = [charge(ChargeKind::Service, i64::MAX, false)];
        assert_eq!(totals(EventType::Case, &lines, &huge), Err(MoneyError::Overflow));
    }

    #[test]
    fn charges_are_checked() {
        let freight = |amount| Charge { kind: ChargeKind::Freight, amount: Minor(amount), commissionable: false };
        assert!(freight(0).check(EventType::Case).is_ok());
        assert_eq!(freight(-1).check(EventType::Case).unwrap_err().code, "charge_negative");
        assert_eq!(freight(1).check(EventType::Loan).unwrap_err().code, "nothing_to_bill");
    }

    #[test]
    fn what_counts_for_customers() {
        use EventStatus::{Adjusted, Cancelled, Open, Paid, PendingPayment, PendingPo};
        for event_type in EventType::ALL {
            let sold = matches!(event_type, EventType::Case | EventType::StockingOrder | EventType::Other);
            for status in EventStatus::ALL {
                let submitted = matches!(status, PendingPo | PendingPayment | Paid | Adjusted);
                assert_eq!(submitted, !matches!(status, Open | Cancelled));
                assert_eq!(
                    counts_for_customers(*event_type, *status, Minor(1)),
                    sold && submitted,
                    "{event_type} {status}"
                );
                assert!(!counts_for_customers(*event_type, *status, Minor(0)));
            }
        }
    }

    #[test]
    fn purchase_orders_cover_all_or_each() {
        assert!(!purchase_orders_complete::<u8>(&[], &[]));
        assert!(purchase_orders_complete(&[1, 2], &[None]));
        assert!(!purchase_orders_complete(&[1, 2], &[Some(1)]));
        assert!(purchase_orders_complete(&[1, 2], &[Some(2), Some(1)]));
        assert!(purchase_orders_complete(&[], &[Some(1)]));
    }

    #[test]
    fn names_are_read_back() {
        for event_type in EventType::ALL {
            assert_eq!(EventType::parse(event_type.as_str()), Some(*event_type));
        }
        for status in EventStatus::ALL {
            assert_eq!(EventStatus::parse(status.as_str()), Some(*status));
        }
        for usage in Usage::ALL {
            assert_eq!(Usage::parse(usage.as_str()), Some(*usage));
        }
        for kind in ChargeKind::ALL {
            assert_eq!(ChargeKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventType::parse("Case"), None);
    }

    fn any_line() -> impl Strategy<Value = LineMoney> {
        let sources = prop::sample::select(PriceSource::ALL);
        (prop::sample::select(Usage::ALL), 0i64..10_000, sources, any::<bool>(), any::<bool>()).prop_map(
            |(usage, minor, source, no_charge, facility_stock)| LineMoney {
                usage,
                price: Price { minor: Minor(minor), source },
                no_charge,
                facility_stock,
            },
        )
    }

    proptest! {
        #[test]
        fn facility_stock_never_adds_to_a_total(
            lines in prop::collection::vec(any_line(), 0..20), event_type in prop::sample::select(EventType::ALL),
        ) {
            let fresh: Vec<LineMoney> = lines.iter().copied().filter(|line| !line.facility_stock).collect();
            prop_assert_eq!(totals(event_type, &lines, &[]), totals(event_type, &fresh, &[]));
        }

        #[test]
        fn sums_agree(lines in prop::collection::vec(any_line(), 0..20), charges in prop::collection::vec((prop::sample::select(ChargeKind::ALL), 0i64..5_000, any::<bool>()), 0..6)) {
            let charges: Vec<Charge> = charges.into_iter().map(|(kind, amount, commissionable)| Charge { kind, amount: Minor(amount), commissionable }).collect();
            let sums = totals(EventType::Case, &lines, &charges).unwrap();
            prop_assert_eq!(sums.total, sums.lines.plus(sums.charges).unwrap());
            prop_assert!(sums.commissionable >= Minor::ZERO);
            let outside: i64 = charges.iter().filter(|c| matches!(c.kind, ChargeKind::Tax | ChargeKind::Freight)).map(|c| c.amount.0).sum();
            prop_assert_eq!(sums.net.0 + outside, sums.total.0);
        }

        #[test]
        fn only_kept_stocking_orders_make_facility_stock(
            event_type in prop::sample::select(EventType::ALL), usage in prop::sample::select(Usage::ALL), reusable: bool, keep: bool,
        ) {
            if fate(event_type, usage, reusable, keep) == Fate::BecomesFacilityStock {
                prop_assert!(event_type == EventType::StockingOrder && keep);
            }
        }
    }
}
