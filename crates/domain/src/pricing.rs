//! What a line costs, where the price comes from, and who may change it.

use crate::clock::Day;
use crate::event::{Billed, EventType, RepPrice, Usage};
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::words::words;
use std::cmp::Reverse;

words! {
    /// What became of a price that was asked for.
    pub enum PriceAskState {
        /// The office has not answered.
        Open = "open", "Asked for";
        /// A price is agreed.
        Agreed = "agreed", "Agreed";
        /// None will be.
        Declined = "declined", "Declined";
    }

    /// How the contract of a facility stands.
    pub enum ContractState {
        /// Nobody has said.
        Unknown = "unknown", "Nothing is said";
        /// All prices are agreed.
        Complete = "complete", "Contract complete";
        /// Prices are missing.
        Incomplete = "incomplete", "Incomplete contract";
        /// It is negotiated anew soon, or should have been.
        Review = "review", "Review the contract";
    }

    /// Where the price of a line comes from.
    pub enum PriceSource {
        /// Agreed with the location or by a price list.
        Contract = "contract", "Contract";
        /// The catalog's list price.
        List = "list", "List price";
        /// No price is known.
        None = "none", "No price";
        /// Typed by a person.
        Manual = "manual", "Changed by hand";
        /// Sold before: never billed again.
        FacilityStock = "facility_stock", "Facility stock";
    }
}

/// From so many days before its renewal on a contract is to be looked at.
pub const CONTRACT_REVIEW_DAYS: i32 = 30;

impl ContractState {
    /// How a contract stands on a day, when somebody has said whether its prices are complete and when it is negotiated anew.
    pub fn of(complete: bool, renews_on: Option<Day>, today: Day) -> Self {
        match renews_on {
            Some(day) if day <= today.plus(CONTRACT_REVIEW_DAYS) => Self::Review,
            _ if complete => Self::Complete,
            _ => Self::Incomplete,
        }
    }
}

/// A price and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Price {
    /// The amount of one unit.
    pub minor: Minor,
    /// Where it comes from.
    pub source: PriceSource,
}

impl Price {
    /// No price is known.
    pub const NONE: Self = Self { minor: Minor::ZERO, source: PriceSource::None };
    /// A unit that was sold before.
    pub const FACILITY_STOCK: Self = Self { minor: Minor::ZERO, source: PriceSource::FacilityStock };

    /// Typed by a person.
    pub const fn manual(minor: Minor) -> Self {
        Self { minor, source: PriceSource::Manual }
    }
}

/// An agreed price with the days on which it holds, both included; an open end has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Agreed {
    /// The price of one unit.
    pub minor: Minor,
    /// First day.
    pub valid_from: Option<Day>,
    /// Last day.
    pub valid_to: Option<Day>,
}

impl Agreed {
    /// Whether the price holds on a day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Whether the days make sense.
    ///
    /// # Errors
    /// A negative price, or a last day before the first, with codes `price_negative` and `period_reversed`.
    pub fn check(&self) -> Result<(), Refusal> {
        check_price(self.minor)?;
        match (self.valid_from, self.valid_to) {
            (Some(from), Some(to)) if to < from => {
                Err(Refusal::new("period_reversed", format!("The last day {to} is before the first day {from}.")))
            }
            _ => Ok(()),
        }
    }
}

/// Whether an amount can be a price.
///
/// # Errors
/// Below zero, with code `price_negative`.
pub fn check_price(minor: Minor) -> Result<(), Refusal> {
    if minor < Minor::ZERO {
        return Err(Refusal::new("price_negative", "A price must not be below zero."));
    }
    Ok(())
}

/// The price of an item on a day.
///
/// `levels` are the agreed prices from the nearest to the farthest: the location's own, its price list, the customer's price
/// list. The first level with a price that holds wins; within a level the one that began last, then the one that ends first,
/// then the lower. Without any, the list price; without that, none.
pub fn resolve(levels: &[&[Agreed]], list_price: Option<Minor>, day: Day) -> Price {
    let agreed = levels.iter().find_map(|level| {
        level
            .iter()
            .filter(|price| price.holds_on(day))
            .max_by_key(|price| {
                (
                    price.valid_from.map_or(i32::MIN, |from| from.0),
                    Reverse(price.valid_to.map_or(i32::MAX, |to| to.0)),
                    Reverse(price.minor),
                )
            })
            .map(|price| Price { minor: price.minor, source: PriceSource::Contract })
    });
    let listed = || list_price.map(|minor| Price { minor, source: PriceSource::List });
    agreed.or_else(listed).unwrap_or(Price::NONE)
}

/// The price that a new line gets, or one whose usage changed: what was resolved where the line is billed by default, nothing
/// otherwise. A price typed by a person stays as long as the line can be billed at all.
pub fn line_price(
    event_type: EventType,
    usage: Usage,
    facility_stock: bool,
    resolved: Price,
    current: Option<Price>,
) -> Price {
    let typed = current.filter(|price| price.source == PriceSource::Manual);
    match (event_type.rules().billable, usage.rule().billed) {
        _ if facility_stock => Price::FACILITY_STOCK,
        (false, _) | (_, Billed::No) => Price::NONE,
        (true, Billed::OnlyIfSet) => typed.unwrap_or(Price::NONE),
        (true, Billed::Yes) => typed.unwrap_or(resolved),
    }
}

/// Who wants to change a price.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PriceEditor {
    /// Primary admin, admin, operations.
    Office,
    /// Anybody else who may change the event.
    Field {
        /// The setting of that name.
        modify_prices: bool,
    },
}

/// Whether a person may change the price of a line.
///
/// # Errors
/// `facility_stock_price`, `usage_not_billed` for anybody (409: the state forbids it), `price_locked` without the right (403).
pub fn may_change_price(editor: PriceEditor, usage: Usage, facility_stock: bool) -> Result<(), Refusal> {
    if facility_stock {
        let message = "This unit was sold to the facility before, so it is not billed again.";
        return Err(Refusal::new("facility_stock_price", message));
    }
    let rule = usage.rule();
    if rule.billed == Billed::No {
        let message = format!(
            "A unit marked {} is never billed. Change what happened to it first.",
            usage.label().to_lowercase()
        );
        return Err(Refusal::new("usage_not_billed", message));
    }
    let allowed = match editor {
        PriceEditor::Office => true,
        PriceEditor::Field { modify_prices } => match rule.rep_may_price {
            RepPrice::Yes => true,
            RepPrice::WithToggle => modify_prices,
            RepPrice::No => false,
        },
    };
    if allowed {
        return Ok(());
    }
    let message = "You may not change this price. Ask the office, or ask for the right to change prices.";
    Err(Refusal::new("price_locked", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agreed(minor: i64, from: Option<i32>, to: Option<i32>) -> Agreed {
        Agreed { minor: Minor(minor), valid_from: from.map(Day), valid_to: to.map(Day) }
    }

    fn contract(minor: i64) -> Price {
        Price { minor: Minor(minor), source: PriceSource::Contract }
    }

    #[test]
    fn a_contract_is_looked_at_from_thirty_days_before_its_renewal_on() {
        let today = Day::parse("2026-11-22").unwrap();
        let of = |complete, days: Option<i32>| ContractState::of(complete, days.map(|days| today.plus(days)), today);
        assert_eq!((of(true, None), of(false, None)), (ContractState::Complete, ContractState::Incomplete));
        assert_eq!((of(true, Some(31)), of(false, Some(31))), (ContractState::Complete, ContractState::Incomplete));
        for days in [30, 0, -400] {
            assert_eq!((of(true, Some(days)), of(false, Some(days))), (ContractState::Review, ContractState::Review));
        }
    }

    #[test]
    fn the_nearest_agreed_price_wins() {
        let location = [agreed(80, None, None)];
        let customer = [agreed(90, None, None)];
        let list = Some(Minor(100));
        assert_eq!(resolve(&[&location, &[], &customer], list, Day(5)), contract(80));
        assert_eq!(resolve(&[&[], &[], &customer], list, Day(5)), contract(90));
        assert_eq!(resolve(&[&[], &[], &[]], list, Day(5)), Price { minor: Minor(100), source: PriceSource::List });
        assert_eq!(resolve(&[], None, Day(5)), Price::NONE);
        assert_eq!(
            resolve(&[&[agreed(0, None, None)]], list, Day(5)),
            contract(0),
            "an agreed price of nothing is a price"
        );
    }

    #[test]
    fn prices_hold_on_their_first_and_last_day() {
        let level = [agreed(80, Some(10), Some(20))];
        let at = |day| resolve(&[&level], Some(Minor(100)), Day(day)).source;
        assert_eq!(at(9), PriceSource::List);
        assert_eq!(at(10), PriceSource::Contract);
        assert_eq!(at(20), PriceSource::Contract);
        assert_eq!(at(21), PriceSource::List);
        let ended = [agreed(80, None, Some(4))];
        assert_eq!(resolve(&[&ended, &level], None, Day(15)), contract(80));
    }

    #[test]
    fn of_several_the_one_that_began_last_wins() {
        let level = [
            agreed(70, None, None),
            agreed(80, Some(1), None),
            agreed(90, Some(5), Some(9)),
            agreed(95, Some(5), Some(30)),
        ];
        let at = |day| resolve(&[&level], None, Day(day)).minor.0;
        assert_eq!((at(0), at(3), at(7), at(10), at(31)), (70, 80, 90, 95, 80));
    }

    #[test]
    fn agreed_prices_are_checked() {
        assert!(agreed(0, Some(1), Some(1)).check().is_ok());
        assert_eq!(agreed(-1, None, None).check().unwrap_err().code, "price_negative");
        assert_eq!(agreed(1, Some(2), Some(1)).check().unwrap_err().code, "period_reversed");
    }

    #[test]
    fn a_line_gets_a_price_only_where_it_is_billed() {
        let resolved = contract(500);
        let price = |usage, current| line_price(EventType::Case, usage, false, resolved, current);
        assert_eq!(price(Usage::Used, None), resolved);
        assert_eq!(price(Usage::Implanted, None), resolved);
        assert_eq!(price(Usage::InOut, None), Price::NONE);
        assert_eq!(price(Usage::Damaged, Some(contract(500))), Price::NONE, "only a typed price counts");
        assert_eq!(price(Usage::Damaged, Some(Price::manual(Minor(7)))), Price::manual(Minor(7)));
        assert_eq!(price(Usage::Used, Some(Price::manual(Minor(7)))), Price::manual(Minor(7)));
        assert_eq!(price(Usage::Missing, Some(Price::manual(Minor(7)))), Price::NONE);
        assert_eq!(price(Usage::Explanted, None), Price::NONE);
        assert_eq!(line_price(EventType::Case, Usage::Used, true, resolved, Some(resolved)), Price::FACILITY_STOCK);
        assert_eq!(line_price(EventType::Sample, Usage::Used, false, resolved, None), Price::NONE);
    }

    #[test]
    fn who_may_change_a_price() {
        const WITH: PriceEditor = PriceEditor::Field { modify_prices: true };
        const WITHOUT: PriceEditor = PriceEditor::Field { modify_prices: false };
        let code = |editor, usage| may_change_price(editor, usage, false).err().map_or("ok", |refusal| refusal.code);
        for (usage, office, with, without) in [
            (Usage::Used, "ok", "ok", "price_locked"),
            (Usage::Implanted, "ok", "ok", "price_locked"),
            (Usage::InOut, "ok", "ok", "ok"),
            (Usage::Damaged, "ok", "ok", "ok"),
            (Usage::Explanted, "usage_not_billed", "usage_not_billed", "usage_not_billed"),
            (Usage::Missing, "usage_not_billed", "usage_not_billed", "usage_not_billed"),
        ] {
            assert_eq!(
                (code(PriceEditor::Office, usage), code(WITH, usage), code(WITHOUT, usage)),
                (office, with, without),
                "{usage}"
            );
            assert_eq!(may_change_price(PriceEditor::Office, usage, true).unwrap_err().code, "facility_stock_price");
        }
    }

    proptest! {
        #[test]
        fn a_resolved_price_is_one_that_was_agreed_for_the_day(
            prices in prop::collection::vec((0i64..1_000, prop::option::of(0i32..50), prop::option::of(0i32..50)), 0..8), day in 0i32..50,
        ) {
            let level: Vec<Agreed> = prices.iter().map(|(minor, from, to)| agreed(*minor, *from, *to)).collect();
            let price = resolve(&[&level], None, Day(day));
            let holding: Vec<i64> = level.iter().filter(|p| p.holds_on(Day(day))).map(|p| p.minor.0).collect();
            prop_assert_eq!(price.source == PriceSource::Contract, !holding.is_empty());
            prop_assert!(holding.is_empty() || holding.contains(&price.minor.0));
            // The order of the rows has no say.
            let mut turned = level.clone();
            turned.reverse();
            prop_assert_eq!(resolve(&[&turned], None, Day(day)), price);
        }
    }
}
