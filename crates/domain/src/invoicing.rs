//! Who bills what of an event: each manufacturer in its own name, the organisation for the others; and whose charges are whose.

use crate::money::{Minor, MoneyError};
use std::collections::BTreeMap;

/// For whose units a charge is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChargeFor<M> {
    /// The event as a whole: it stands on one bill.
    Event,
    /// One manufacturer's: it goes with them.
    Maker(M),
    /// Everybody's: each bears it in proportion to what is billed.
    Everybody,
}

/// What a manufacturer bears of a charge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Borne<M> {
    /// Which charge, by its place.
    pub charge: usize,
    /// Who; None for the event as a whole.
    pub maker: Option<M>,
    /// How much of it.
    pub amount: Minor,
}

/// Says who bears which charge. A charge for a manufacturer of whom nothing is billed is the event's, and so is one for everybody
/// where nothing is billed. What does not divide goes by largest remainder, so that the parts are the charge.
pub fn bear<M: Copy + Ord>(makers: &BTreeMap<M, Minor>, charges: &[(ChargeFor<M>, Minor)]) -> Vec<Borne<M>> {
    let billed: Vec<(M, Minor)> =
        makers.iter().map(|(maker, sum)| (*maker, *sum)).filter(|(_, sum)| *sum > Minor::ZERO).collect();
    let weights: Vec<u64> = billed.iter().map(|(_, sum)| sum.0.unsigned_abs()).collect();
    let mut all = Vec::new();
    for (charge, (whose, amount)) in charges.iter().enumerate() {
        let whole = Borne { charge, maker: None, amount: *amount };
        match whose {
            ChargeFor::Maker(maker) if billed.iter().any(|(known, _)| known == maker) => {
                all.push(Borne { maker: Some(*maker), ..whole });
            }
            ChargeFor::Event | ChargeFor::Maker(_) => all.push(whole),
            ChargeFor::Everybody => match amount.allocate(&weights) {
                None => all.push(whole),
                Some(parts) => {
                    let shares = billed.iter().zip(parts).filter(|(_, amount)| !amount.is_zero());
                    all.extend(shares.map(|((maker, _), amount)| Borne { charge, maker: Some(*maker), amount }));
                }
            },
        }
    }
    all
}

/// On which bill a part of a charge stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bill<M> {
    /// The organisation's, or the largest where it bills nothing.
    Any,
    /// That of this name; None for the organisation.
    Of(Option<M>),
}

/// A part of an event that is billed in one name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part<M> {
    /// In whose name; None for the organisation.
    pub manufacturer: Option<M>,
    /// Over how much.
    pub total: Minor,
    /// Which lines stand on it.
    pub lines: Vec<usize>,
    /// Which charges stand on it, each with how much of it.
    pub charges: BTreeMap<usize, Minor>,
}

impl<M> Part<M> {
    fn empty(manufacturer: Option<M>) -> Self {
        Self { manufacturer, total: Minor::ZERO, lines: Vec::new(), charges: BTreeMap::new() }
    }

    fn charge(&mut self, charge: usize, amount: Minor) -> Result<(), MoneyError> {
        self.total = self.total.plus(amount)?;
        let stands = self.charges.entry(charge).or_insert(Minor::ZERO);
        *stands = stands.plus(amount)?;
        Ok(())
    }
}

/// Splits billed lines (which, in whose name, how much) and parts of charges (which, where, how much) by who bills. A discount
/// larger than its part makes all of it one bill. Together the parts come to exactly the lines and the charges; what comes to
/// nothing is not billed.
///
/// # Errors
/// When a sum does not fit.
pub fn split<M: Copy + Ord>(
    lines: &[(usize, Option<M>, Minor)],
    charges: &[(usize, Bill<M>, Minor)],
) -> Result<Vec<Part<M>>, MoneyError> {
    let mut parts: BTreeMap<Option<M>, Part<M>> = BTreeMap::new();
    for (at, manufacturer, amount) in lines {
        let part = parts.entry(*manufacturer).or_insert_with(|| Part::empty(*manufacturer));
        part.total = part.total.plus(*amount)?;
        part.lines.push(*at);
    }
    let largest = parts.values().max_by_key(|part| part.total).map(|part| part.manufacturer);
    let any = if parts.contains_key(&None) { None } else { largest.flatten() };
    for (charge, bill, amount) in charges {
        let bearer = match bill {
            Bill::Of(name) if parts.contains_key(name) => *name,
            Bill::Of(_) | Bill::Any => any,
        };
        parts.entry(bearer).or_insert_with(|| Part::empty(bearer)).charge(*charge, *amount)?;
    }
    if parts.values().any(|part| part.total < Minor::ZERO) {
        let mut one = Part::empty(None);
        for part in parts.into_values() {
            for (charge, amount) in &part.charges {
                one.charge(*charge, *amount)?;
            }
            let charged = Minor::sum(part.charges.values().copied())?;
            one.total = one.total.plus(part.total.minus(charged)?)?;
            one.lines.extend(part.lines);
        }
        one.lines.sort_unstable();
        return Ok(vec![one]);
    }
    Ok(parts.into_values().filter(|part| part.total > Minor::ZERO).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn makers(sums: &[(u8, i64)]) -> BTreeMap<u8, Minor> {
        sums.iter().map(|(maker, sum)| (*maker, Minor(*sum))).collect()
    }

    /// Whose, over how much, and its charges.
    type Said = (Option<u8>, i64, Vec<(usize, i64)>);

    fn borne(all: &[Borne<u8>]) -> Vec<(usize, Option<u8>, i64)> {
        all.iter().map(|it| (it.charge, it.maker, it.amount.0)).collect()
    }

    #[test]
    fn a_charge_is_the_events_one_makers_or_everybodys() {
        let two = makers(&[(1, 20_000), (2, 10_000), (3, 0)]);
        let charges = [
            (ChargeFor::Event, Minor(500)),
            (ChargeFor::Maker(2), Minor(70)),
            (ChargeFor::Everybody, Minor(-1_000)),
            (ChargeFor::Maker(3), Minor(9)),
            (ChargeFor::Maker(4), Minor(8)),
        ];
        assert_eq!(
            borne(&bear(&two, &charges)),
            [
                (0, None, 500),
                (1, Some(2), 70),
                (2, Some(1), -667),
                (2, Some(2), -333),
                // Of whom nothing is billed bears nothing.
                (3, None, 9),
                (4, None, 8)
            ]
        );
        assert_eq!(borne(&bear(&makers(&[]), &[(ChargeFor::Everybody, Minor(10))])), [(0, None, 10)]);
    }

    #[test]
    fn charges_stand_on_the_bill_that_they_belong_to() {
        let lines = [(0, Some(1), Minor(20_000)), (1, None, Minor(5_000)), (2, Some(2), Minor(10_000))];
        let charges = [
            (0, Bill::Any, Minor(100)),
            (1, Bill::Of(Some(2)), Minor(70)),
            (2, Bill::Of(Some(1)), Minor(-667)),
            (2, Bill::Of(Some(2)), Minor(-333)),
            // Two makers that the organisation bills for stand on one bill together.
            (3, Bill::Of(None), Minor(4)),
            (3, Bill::Of(None), Minor(3)),
        ];
        let said: Vec<Said> = split(&lines, &charges)
            .unwrap()
            .into_iter()
            .map(|part| (part.manufacturer, part.total.0, part.charges.iter().map(|(at, sum)| (*at, sum.0)).collect()))
            .collect();
        assert_eq!(
            said,
            [
                (None, 5_107, vec![(0, 100), (3, 7)]),
                (Some(1), 19_333, vec![(2, -667)]),
                (Some(2), 9_737, vec![(1, 70), (2, -333)])
            ]
        );
        let alone = split(&lines[..1], &[(0, Bill::Any, Minor(5)), (1, Bill::Of(Some(9)), Minor(6))]).unwrap();
        assert_eq!(
            (alone[0].manufacturer, alone[0].total),
            (Some(1), Minor(20_011)),
            "the largest bears what is nobody's"
        );
        let one = split(&lines, &[(0, Bill::Of(Some(2)), Minor(-15_000))]).unwrap();
        assert_eq!((one.len(), one[0].manufacturer, one[0].total), (1, None, Minor(20_000)));
        assert_eq!((one[0].lines.as_slice(), one[0].charges[&0]), ([0, 1, 2].as_slice(), Minor(-15_000)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_makers(
            sums in prop::collection::btree_map(0u8..6, 0i64..1_000_000, 0..5),
            charges in prop::collection::vec((0u8..9, -90_000i64..90_000), 0..5),
        ) {
            let makers: BTreeMap<u8, Minor> = sums.iter().map(|(maker, sum)| (*maker, Minor(*sum))).collect();
            let charges: Vec<(ChargeFor<u8>, Minor)> = charges.iter().map(|(whose, amount)| {
                let whose = match whose { 0..=2 => ChargeFor::Everybody, 3 => ChargeFor::Event, maker => ChargeFor::Maker(maker - 4) };
                (whose, Minor(*amount))
            }).collect();
            let all = bear(&makers, &charges);
            for (at, (_, amount)) in charges.iter().enumerate() {
                let parts: i64 = all.iter().filter(|it| it.charge == at).map(|it| it.amount.0).sum();
                prop_assert_eq!(parts, amount.0);
            }
        }
    }
}
