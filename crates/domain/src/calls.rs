//! The call list: what a customer usually takes, and whom to call because the usual order has not come.

use crate::clock::Day;
use std::collections::BTreeMap;

/// A customer is called when its next order is at least so many days late.
pub const LATE_DAYS: i32 = 7;
/// So many of the last orders tell what is usual.
pub const ORDERS_LOOKED_AT: usize = 12;
/// So many items are named.
pub const ITEMS_NAMED: usize = 5;

/// What a customer usually takes of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usual<K> {
    /// Of what.
    pub item: K,
    /// How much an order usually has of it, when it has any: the median, rounded up from a half.
    pub quantity: i64,
    /// In how many of the orders that were looked at.
    pub orders: usize,
}

/// What is usual, from orders with their quantities by item: what most orders have comes first. Something that only one of
/// several orders had is not usual.
pub fn usual_items<K: Ord + Copy>(orders: &[BTreeMap<K, i64>]) -> Vec<Usual<K>> {
    let mut by_item: BTreeMap<K, Vec<i64>> = BTreeMap::new();
    for (item, quantity) in orders.iter().flatten().filter(|(_, quantity)| **quantity > 0) {
        by_item.entry(*item).or_default().push(*quantity);
    }
    let least = if orders.len() > 1 { 2 } else { 1 };
    let mut all: Vec<Usual<K>> = by_item
        .into_iter()
        .filter(|(_, quantities)| quantities.len() >= least)
        .map(|(item, quantities)| Usual { item, orders: quantities.len(), quantity: median(quantities) })
        .collect();
    all.sort_by(|a, b| (b.orders, b.quantity, a.item).cmp(&(a.orders, a.quantity, b.item)));
    all.truncate(ITEMS_NAMED);
    all
}

fn median(mut quantities: Vec<i64>) -> i64 {
    quantities.sort_unstable();
    let (upper, lower) = (quantities[quantities.len() / 2], quantities[(quantities.len() - 1) / 2]);
    (lower + upper + 1) / 2
}

/// The last day on which a next order may have been expected for a customer to be called today.
pub fn expected_until(today: Day, late_by: i32) -> Day {
    today.plus(-late_by)
}

/// Whether the call list goes out on a day: every day but the weekend, or on Mondays.
pub fn digest_goes_out(setting: &str, today: Day) -> bool {
    use jiff::civil::Weekday;
    match (setting, today.civil().weekday()) {
        ("daily", Weekday::Saturday | Weekday::Sunday) => false,
        ("daily", _) => true,
        ("weekly", Weekday::Monday) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(lines: &[(char, i64)]) -> BTreeMap<char, i64> {
        lines.iter().copied().collect()
    }

    #[test]
    fn what_most_orders_have_comes_first_with_its_median() {
        let orders =
            [order(&[('a', 2), ('b', 10)]), order(&[('a', 4), ('b', 1)]), order(&[('a', 2)]), order(&[('c', 50)])];
        let usual = usual_items(&orders);
        assert_eq!(usual[0], Usual { item: 'a', quantity: 2, orders: 3 });
        assert_eq!(usual[1], Usual { item: 'b', quantity: 6, orders: 2 }, "5.5 is rounded up");
        assert_eq!(usual.len(), 2, "what came once is not usual");
        assert_eq!(usual_items(&orders[3..]).len(), 1, "of a single order everything is");
        assert!(usual_items::<char>(&[]).is_empty());
    }

    #[test]
    fn the_digest_keeps_to_its_days() {
        let monday = Day::parse("2026-11-23").unwrap();
        let sent =
            |setting: &str| -> Vec<i32> { (0..7).filter(|n| digest_goes_out(setting, monday.plus(*n))).collect() };
        assert_eq!(sent("weekly"), [0]);
        assert_eq!(sent("daily"), [0, 1, 2, 3, 4]);
        assert!(sent("off").is_empty());
        assert_eq!(expected_until(monday, LATE_DAYS), Day::parse("2026-11-16").unwrap());
    }

    proptest! {
        #[test]
        fn a_usual_quantity_lies_between_those_that_were_ordered(quantities in proptest::collection::vec(1i64..100, 2..12)) {
            let orders: Vec<BTreeMap<u8, i64>> = quantities.iter().map(|n| BTreeMap::from([(1, *n)])).collect();
            let usual = usual_items(&orders);
            prop_assert_eq!(usual.len(), 1);
            prop_assert!(usual[0].quantity >= *quantities.iter().min().unwrap());
            prop_assert!(usual[0].quantity <= *quantities.iter().max().unwrap());
        }
    }
}
