//! Prices in depth: the ladder of who agreed what, prices by quantity, and a cap on what a set of items costs together.
//!
//! The ladder goes from the nearest to the farthest: what was agreed with the location, its price list, the price list of its
//! customer, those of the customers above it (a purchasing group), the catalog's list price. The first rung on which a price
//! holds decides. Nothing here depends on the order of lines.

use crate::clock::Day;
use crate::money::{Minor, MoneyError};
use crate::pricing::{Agreed, Price, PriceSource};
use crate::refusal::Refusal;
use std::cmp::Reverse;
use uuid::Uuid;

/// A price for so many and more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tier {
    /// From how many of the item on one event, at least two.
    pub from_quantity: i64,
    /// The price of one unit.
    pub minor: Minor,
}

impl Tier {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// `tier_too_small` or `price_negative`.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.from_quantity < 2 {
            let message = "A price by quantity begins at 2 or more: the price itself is the one for a single unit.";
            return Err(Refusal::new("tier_too_small", message));
        }
        crate::pricing::check_price(self.minor)
    }
}

/// An agreed price with its prices by quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// For one, and the days on which all of it holds.
    pub agreed: Agreed,
    /// For more.
    pub tiers: Vec<Tier>,
}

impl Offer {
    /// The tier that counts for so many; nothing below the first.
    pub fn tier(&self, quantity: i64) -> Option<Tier> {
        self.tiers
            .iter()
            .filter(|tier| tier.from_quantity <= quantity)
            .max_by_key(|tier| (tier.from_quantity, Reverse(tier.minor)))
            .copied()
    }
}

/// What the ladder says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The price of one.
    pub price: Price,
    /// On which rung it was found, from the nearest; nothing for the list price and for none.
    pub rung: Option<usize>,
    /// The price by quantity that counts.
    pub tier: Option<Tier>,
    /// Until when it holds.
    pub valid_to: Option<Day>,
}

/// The price of one of so many of an item on a day. On one rung the price that began last wins, then the one that ends first, then the
/// lower one.
pub fn climb(rungs: &[&[Offer]], list_price: Option<Minor>, day: Day, quantity: i64) -> Found {
    for (at, rung) in rungs.iter().enumerate() {
        let best = rung.iter().filter(|offer| offer.agreed.holds_on(day)).max_by_key(|offer| {
            (
                offer.agreed.valid_from.map_or(i32::MIN, |from| from.0),
                Reverse(offer.agreed.valid_to.map_or(i32::MAX, |to| to.0)),
                Reverse(offer.agreed.minor),
            )
        });
        if let Some(offer) = best {
            let tier = offer.tier(quantity);
            let minor = tier.map_or(offer.agreed.minor, |tier| tier.minor);
            let price = Price { minor, source: PriceSource::Contract };
            return Found { price, rung: Some(at), tier, valid_to: offer.agreed.valid_to };
        }
    }
    let price = list_price.map_or(Price::NONE, |minor| Price { minor, source: PriceSource::List });
    Found { price, rung: None, tier: None, valid_to: None }
}

/// A set of items that costs at most so much together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Construct {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// On which rung it was agreed.
    pub rung: usize,
    /// What lines of the set cost together at most.
    pub cap: Minor,
    /// The days on which it holds.
    pub valid_from: Option<Day>,
    /// The last of them.
    pub valid_to: Option<Day>,
    /// The set.
    pub items: Vec<Uuid>,
}

impl Construct {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// A line that may fall under a cap: one unit with its price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CapLine {
    /// Tells it from others, whatever the order.
    pub id: Uuid,
    /// Of what.
    pub item: Uuid,
    /// What it costs without a cap.
    pub minor: Minor,
}

/// What a line costs under a cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capped {
    /// Which line.
    pub line: Uuid,
    /// Which construct.
    pub construct: Uuid,
    /// What it costs now.
    pub minor: Minor,
}

/// The lines that cost less because of a cap. An item belongs to the nearest construct that holds and names it: of several on one
/// rung to the lowest cap. Where the lines of a construct exceed its cap, the cap is split over them in proportion to their
/// prices; cents left over go to the largest remainders, and between equal ones to the line with the smaller id.
///
/// # Errors
/// When a sum does not fit.
pub fn cap(constructs: &[Construct], lines: &[CapLine], day: Day) -> Result<Vec<Capped>, MoneyError> {
    let mut holding: Vec<&Construct> = constructs.iter().filter(|construct| construct.holds_on(day)).collect();
    holding.sort_by_key(|construct| (construct.rung, construct.cap, construct.id));
    let mut ordered: Vec<&CapLine> = lines.iter().collect();
    ordered.sort_by_key(|line| line.id);
    let belongs =
        |line: &CapLine| holding.iter().find(|construct| construct.items.contains(&line.item)).map(|it| it.id);
    let mut capped = Vec::new();
    for construct in &holding {
        let set: Vec<&&CapLine> = ordered.iter().filter(|line| belongs(line) == Some(construct.id)).collect();
        let sum = Minor::sum(set.iter().map(|line| line.minor))?;
        if sum <= construct.cap {
            continue;
        }
        let weights: Vec<u64> = set.iter().map(|line| line.minor.0.unsigned_abs()).collect();
        // The sum exceeds a cap that is not below zero, so that there is a weight.
        for (line, minor) in set.iter().zip(construct.cap.allocate(&weights).unwrap_or_default()) {
            capped.push(Capped { line: line.id, construct: construct.id, minor });
        }
    }
    Ok(capped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(minor: i64, from: Option<i32>, to: Option<i32>, tiers: &[(i64, i64)]) -> Offer {
        Offer {
            agreed: Agreed { minor: Minor(minor), valid_from: from.map(Day), valid_to: to.map(Day) },
            tiers: tiers
                .iter()
                .map(|(from_quantity, minor)| Tier { from_quantity: *from_quantity, minor: Minor(*minor) })
                .collect(),
        }
    }

    fn construct(id: u128, rung: usize, cap: i64, items: &[u128]) -> Construct {
        Construct {
            id: Uuid::from_u128(id),
            name: String::new(),
            rung,
            cap: Minor(cap),
            valid_from: None,
            valid_to: None,
            items: items.iter().map(|item| Uuid::from_u128(*item)).collect(),
        }
    }

    fn line(id: u128, item: u128, minor: i64) -> CapLine {
        CapLine { id: Uuid::from_u128(id), item: Uuid::from_u128(item), minor: Minor(minor) }
    }

    #[test]
    fn the_ladder_is_climbed_from_the_nearest_rung() {
        let (location, list) = ([offer(80, Some(10), Some(20), &[])], [offer(90, None, None, &[(3, 85), (10, 70)])]);
        let group = [offer(60, None, None, &[])];
        let at = |day, quantity| climb(&[&location, &list, &group], Some(Minor(100)), Day(day), quantity);
        assert_eq!(
            (at(15, 50).price.minor, at(15, 50).rung),
            (Minor(80), Some(0)),
            "a nearer price without tiers wins"
        );
        assert_eq!(
            (at(5, 1).price.minor, at(5, 2).price.minor, at(5, 3).price.minor),
            (Minor(90), Minor(90), Minor(85))
        );
        assert_eq!((at(5, 10).price.minor, at(5, 99).tier.map(|tier| tier.from_quantity)), (Minor(70), Some(10)));
        let alone = climb(&[&[], &[], &group], Some(Minor(100)), Day(1), 1);
        assert_eq!((alone.price.minor, alone.rung), (Minor(60), Some(2)));
        let listed = climb(&[&[], &[]], Some(Minor(100)), Day(1), 1);
        assert_eq!((listed.price.source, listed.rung), (PriceSource::List, None));
        assert_eq!(climb(&[], None, Day(1), 1).price, Price::NONE);
    }

    #[test]
    fn tiers_are_checked() {
        let code =
            |from_quantity, minor| Tier { from_quantity, minor: Minor(minor) }.check().err().map_or("ok", |it| it.code);
        assert_eq!((code(2, 0), code(1, 5), code(3, -1)), ("ok", "tier_too_small", "price_negative"));
    }

    #[test]
    fn a_set_never_costs_more_than_its_cap() {
        let set = construct(1, 0, 100, &[7, 8]);
        let lines = [line(1, 7, 60), line(2, 7, 60), line(3, 8, 60), line(4, 9, 500)];
        let capped = cap(std::slice::from_ref(&set), &lines, Day(1)).unwrap();
        let shown: Vec<(u128, i64)> = capped.iter().map(|it| (it.line.as_u128(), it.minor.0)).collect();
        assert_eq!(shown, [(1, 34), (2, 33), (3, 33)], "the cent left over goes to the smallest id");
        let cheap = [line(1, 7, 50), line(2, 8, 50)];
        assert!(cap(&[set], &cheap, Day(1)).unwrap().is_empty(), "exactly the cap is no excess");
    }

    #[test]
    fn an_item_belongs_to_the_nearest_construct() {
        let all = [construct(1, 1, 10, &[7]), construct(2, 0, 50, &[7]), construct(3, 0, 80, &[7])];
        let capped = cap(&all, &[line(1, 7, 60)], Day(1)).unwrap();
        assert_eq!((capped[0].construct.as_u128(), capped[0].minor), (2, Minor(50)));
        let ended = Construct { valid_to: Some(Day(0)), ..construct(2, 0, 50, &[7]) };
        let capped = cap(&[construct(1, 1, 10, &[7]), ended], &[line(1, 7, 60)], Day(1)).unwrap();
        assert_eq!((capped[0].construct.as_u128(), capped[0].minor), (1, Minor(10)));
    }

    proptest! {
        #[test]
        fn what_lines_cost_never_depends_on_their_order(
            prices in prop::collection::vec((0u128..4, 0i64..10_000), 1..14), caps in prop::collection::vec((0usize..3, 0i64..20_000), 0..4),
            turn in 0usize..14,
        ) {
            let lines: Vec<CapLine> = prices.iter().enumerate().map(|(n, (item, minor))| line(n as u128, *item, *minor)).collect();
            let constructs: Vec<Construct> =
                caps.iter().enumerate().map(|(n, (rung, minor))| construct(n as u128 + 100, *rung, *minor, &[n as u128, n as u128 + 1])).collect();
            let mut one = cap(&constructs, &lines, Day(1)).unwrap();
            let mut turned = lines.clone();
            turned.rotate_left(turn % lines.len());
            turned.reverse();
            let mut backwards = constructs.clone();
            backwards.reverse();
            let mut other = cap(&backwards, &turned, Day(1)).unwrap();
            one.sort_by_key(|it| it.line);
            other.sort_by_key(|it| it.line);
            prop_assert_eq!(&one, &other);
            for construct in &constructs {
                let set: Vec<&Capped> = one.iter().filter(|it| it.construct == construct.id).collect();
                if !set.is_empty() {
                    prop_assert_eq!(set.iter().map(|it| it.minor.0).sum::<i64>(), construct.cap.0, "the set costs its cap, to the cent");
                }
            }
            for it in &one {
                let before = lines.iter().find(|line| line.id == it.line).unwrap().minor;
                prop_assert!(it.minor <= before && it.minor >= Minor::ZERO);
            }
        }

        #[test]
        fn buying_more_of_falling_tiers_never_costs_more_a_piece(
            steps in prop::collection::btree_map(2i64..50, 1i64..100, 0..5), quantity in 1i64..60,
        ) {
            let mut price = 1_000;
            let tiers: Vec<(i64, i64)> = steps.iter().map(|(from, off)| { price -= off; (*from, price) }).collect();
            let rung = [offer(1_000, None, None, &tiers)];
            let at = |quantity| climb(&[&rung], None, Day(1), quantity).price.minor;
            prop_assert!(at(quantity + 1) <= at(quantity));
        }
    }
}
