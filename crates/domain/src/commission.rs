//! Commission: which rate, of what, split among whom.

use crate::money::{Currency, Minor, MoneyError, WHOLE_BP, percent_words};
use crate::refusal::Refusal;
use crate::words::words;

words! {
    /// Where a commission rate comes from.
    pub enum RateSource {
        /// Set for the representative with this physician.
        Physician = "physician", "Rate for the physician";
        /// Set for the representative.
        User = "user", "Rate of the representative";
        /// No rate is set.
        None = "none", "No rate";
    }
}

/// A commission rate in basis points and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rate {
    /// Basis points: 500 is 5 %.
    pub bp: i32,
    /// Where it comes from.
    pub source: RateSource,
}

/// The rate for an event: the override for the physician if there is one, else the representative's.
pub const fn resolve_rate(physician_override_bp: Option<i32>, user_bp: Option<i32>) -> Rate {
    match (physician_override_bp, user_bp) {
        (Some(bp), _) => Rate { bp, source: RateSource::Physician },
        (None, Some(bp)) => Rate { bp, source: RateSource::User },
        (None, None) => Rate { bp: 0, source: RateSource::None },
    }
}

/// Whether a rate makes sense.
///
/// # Errors
/// Below zero or above the whole, with code `invalid_rate`.
pub fn check_rate(bp: i32) -> Result<(), Refusal> {
    if (0..=WHOLE_BP).contains(&bp) {
        return Ok(());
    }
    Err(Refusal::new("invalid_rate", "A commission rate is from 0 to 10,000 basis points (0% to 100%)."))
}

/// The weights of a split: the representative first with what the others leave, then the others in basis points as given.
///
/// # Errors
/// A share below zero, or together more than the whole, with code `shares_over_whole`.
pub fn split_weights(others_bp: &[i32]) -> Result<Vec<u64>, Refusal> {
    let given: i64 = others_bp.iter().map(|bp| i64::from(*bp)).sum();
    if others_bp.iter().any(|bp| *bp < 0) || given > i64::from(WHOLE_BP) {
        let message = "The shares of the other representatives must be 0% or more, and together at most 100%.";
        return Err(Refusal::new("shares_over_whole", message));
    }
    let rest = (i64::from(WHOLE_BP) - given).unsigned_abs();
    Ok(std::iter::once(rest).chain(others_bp.iter().map(|bp| u64::from(bp.unsigned_abs()))).collect())
}

/// The part of the commission of somebody besides the representative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// In basis points of what fixed parts leave.
    Percent(i32),
    /// An amount, taken off first.
    Fixed(Minor),
}

/// Whether parts make sense, whatever there is to be divided.
///
/// # Errors
/// A percentage below zero, or together more than the whole, with code `shares_over_whole`; an amount below zero, with
/// `amount_negative`.
pub fn check_parts(others: &[Part]) -> Result<(), Refusal> {
    if others.iter().any(|part| matches!(part, Part::Fixed(amount) if *amount < Minor::ZERO)) {
        return Err(Refusal::new("amount_negative", "A part of the commission must not be below zero."));
    }
    weights_of(others).map(drop)
}

fn weights_of(others: &[Part]) -> Result<Vec<u64>, Refusal> {
    let percent = |part: &Part| match part {
        Part::Percent(bp) => *bp,
        Part::Fixed(_) => 0,
    };
    split_weights(&others.iter().map(percent).collect::<Vec<_>>())
}

/// A commission that was divided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divided {
    /// The representative's part, then the others'; together exactly the commission.
    pub shares: Vec<Minor>,
    /// The fixed parts are more than there is, so that they were cut in proportion.
    pub short: bool,
}

/// Divides a commission: fixed parts first, what they leave by the percentages, the rest of that to the representative. Fixed parts
/// that are more than the whole are cut in proportion, and it says so.
///
/// # Errors
/// `shares_over_whole` or `amount_negative`.
pub fn divide(amount: Minor, others: &[Part]) -> Result<Divided, Refusal> {
    check_parts(others)?;
    let weights = weights_of(others)?;
    let fixed: Vec<Minor> = std::iter::once(Minor::ZERO)
        .chain(others.iter().map(|part| match part {
            Part::Percent(_) => Minor::ZERO,
            Part::Fixed(fixed) => *fixed,
        }))
        .collect();
    let too_large = |problem: MoneyError| Refusal::new(problem.code(), "The commission is too large to be divided.");
    let taken = Minor::sum(fixed.iter().copied()).map_err(too_large)?;
    if taken > amount {
        let parts: Vec<u64> = fixed.iter().map(|it| it.0.unsigned_abs()).collect();
        let shares = amount.max(Minor::ZERO).allocate(&parts).unwrap_or_else(|| vec![Minor::ZERO; parts.len()]);
        return Ok(Divided { shares, short: true });
    }
    let rest = amount.minus(taken).map_err(too_large)?;
    // The weights make the whole, so that there always is an allocation.
    let rest = rest.allocate(&weights).unwrap_or_default();
    let whole = |(part, fixed): (Minor, Minor)| part.plus(fixed).map_err(too_large);
    let shares = rest.into_iter().zip(fixed).map(whole).collect::<Result<Vec<_>, _>>()?;
    Ok(Divided { shares, short: false })
}

/// Divides what is left of a commission after credits: fixed parts are taken back in the same proportion as everything else.
///
/// # Errors
/// As [`divide`].
pub fn divide_after_credit(whole: Minor, left: Minor, others: &[Part]) -> Result<Divided, Refusal> {
    let is_fixed = |part: &Part| matches!(part, Part::Fixed(_));
    if left == whole || !others.iter().any(is_fixed) {
        return divide(left, others);
    }
    let before = divide(whole, others)?;
    let weights: Vec<u64> = before.shares.iter().map(|it| it.0.max(0).unsigned_abs()).collect();
    let shares = left.allocate(&weights).unwrap_or_else(|| vec![Minor::ZERO; weights.len()]);
    Ok(Divided { shares, short: before.short })
}

/// What an event earns its representatives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commission {
    /// The commissionable total.
    pub base: Minor,
    /// The rate.
    pub rate: Rate,
    /// The whole commission, rounded once, half away from zero.
    pub amount: Minor,
    /// Its parts, the representative's first; together exactly the amount.
    pub shares: Vec<Minor>,
    /// How it was reached, for a person.
    pub explanation: String,
}

/// The commission on a commissionable total. A base below zero earns nothing.
///
/// `others_bp` are the shares of the other representatives in basis points.
///
/// # Errors
/// `shares_over_whole`, `invalid_rate`, or `amount_too_large`.
pub fn commission(base: Minor, rate: Rate, others_bp: &[i32], currency: Currency) -> Result<Commission, Refusal> {
    check_rate(rate.bp)?;
    let weights = split_weights(others_bp)?;
    let too_large = |problem: MoneyError| Refusal::new(problem.code(), "The commission is too large to be computed.");
    let amount = base.max(Minor::ZERO).basis_points(rate.bp).map_err(too_large)?;
    // The weights make the whole, so that there always is an allocation.
    let shares = amount.allocate(&weights).unwrap_or_default();
    let explanation = explain(base, rate, amount, &shares, currency);
    Ok(Commission { base, rate, amount, shares, explanation })
}

/// The commissionable total after something of the whole was credited: it is taken back in the same proportion, whatever the
/// credit was for. Nothing is left once all is credited; below nothing it never goes.
pub fn after_credit(commissionable: Minor, total: Minor, credited: Minor) -> Minor {
    if credited <= Minor::ZERO || total <= Minor::ZERO {
        return commissionable;
    }
    let kept = Minor(total.0.saturating_sub(credited.0).max(0));
    commissionable.ratio(kept.0, total.0).unwrap_or(Minor::ZERO)
}

/// What a credit takes off a customer's net sales: the part of an order without tax and freight that all its credits together
/// come to. Of the difference between two such parts no cent is ever lost or counted twice, and a whole credit takes exactly
/// what the order had added.
pub fn net_credited(net: Minor, total: Minor, credited: Minor) -> Minor {
    if total <= Minor::ZERO {
        return Minor::ZERO;
    }
    net.ratio(credited.0, total.0).unwrap_or(Minor::ZERO)
}

fn explain(base: Minor, rate: Rate, amount: Minor, shares: &[Minor], currency: Currency) -> String {
    let origin = match rate.source {
        RateSource::Physician => "rate for the physician",
        RateSource::User => "rate of the representative",
        RateSource::None => return "No commission: no rate is set for the representative.".to_owned(),
    };
    let mut text =
        format!("{} ({origin}) of {} is {}", percent_words(rate.bp), base.display(currency), amount.display(currency));
    if shares.len() > 1 {
        let parts: Vec<String> = shares.iter().map(|share| share.display(currency)).collect();
        text.push_str(&format!(", split into {}", parts.join(" + ")));
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credit_takes_commission_back_in_proportion() {
        let kept =
            |commissionable, total, credited| after_credit(Minor(commissionable), Minor(total), Minor(credited)).0;
        assert_eq!(kept(100_000, 100_000, 25_000), 75_000);
        // Freight of 5,000 earns nothing: a fifth of the whole is a fifth of what earns.
        assert_eq!(kept(95_000, 100_000, 20_000), 76_000);
        assert_eq!((kept(95_000, 100_000, 100_000), kept(95_000, 100_000, 120_000)), (0, 0));
        assert_eq!((kept(95_000, 100_000, 0), kept(95_000, 0, 10)), (95_000, 95_000));
    }

    proptest::proptest! {
        #[test]
        fn credits_in_any_parts_come_to_the_same(net in 0i64..1_000_000, more in 0i64..100_000, parts in proptest::collection::vec(1i64..50_000, 1..8)) {
            let total = net + more;
            let (mut credited, mut taken) = (0, 0);
            for part in parts {
                let after = (credited + part).min(total);
                let step = net_credited(Minor(net), Minor(total), Minor(after)).0 - taken;
                proptest::prop_assert!(step >= 0);
                (credited, taken) = (after, taken + step);
            }
            let rest = net_credited(Minor(net), Minor(total), Minor(total)).0 - taken;
            proptest::prop_assert_eq!(taken + rest, if total == 0 { 0 } else { net });
            proptest::prop_assert!(after_credit(Minor(net), Minor(total), Minor(credited)).0 <= net);
        }
    }
    use proptest::prelude::*;

    const USER_5: Rate = Rate { bp: 500, source: RateSource::User };

    fn of(base: i64, rate: Rate, others: &[i32]) -> Commission {
        commission(Minor(base), rate, others, Currency::USD).unwrap()
    }

    #[test]
    fn the_physician_override_comes_first() {
        assert_eq!(resolve_rate(Some(700), Some(500)), Rate { bp: 700, source: RateSource::Physician });
        assert_eq!(resolve_rate(Some(0), Some(500)), Rate { bp: 0, source: RateSource::Physician }, "zero is a rate");
        assert_eq!(resolve_rate(None, Some(500)), USER_5);
        assert_eq!(resolve_rate(None, None), Rate { bp: 0, source: RateSource::None });
    }

    #[test]
    fn the_amount_is_rounded_once_and_then_split() {
        let alone = of(123_456, USER_5, &[]);
        assert_eq!((alone.amount, alone.shares.as_slice()), (Minor(6_173), [Minor(6_173)].as_slice()));
        assert_eq!(alone.explanation, "5% (rate of the representative) of 1,234.56 USD is 61.73 USD.");
        let shared = of(123_456, Rate { bp: 500, source: RateSource::Physician }, &[2_500]);
        assert_eq!(shared.shares, [Minor(4_630), Minor(1_543)]);
        assert_eq!(
            shared.explanation,
            "5% (rate for the physician) of 1,234.56 USD is 61.73 USD, split into 46.30 USD + 15.43 USD."
        );
        assert_eq!(of(10, USER_5, &[]).amount, Minor(1), "half a cent goes up");
        assert_eq!(of(100, Rate { bp: 10_000, ..USER_5 }, &[10_000]).shares, [Minor(0), Minor(100)]);
    }

    #[test]
    fn nothing_is_earned_without_a_rate_or_below_zero() {
        let none = of(100_000, resolve_rate(None, None), &[]);
        assert_eq!(
            (none.amount, none.explanation.as_str()),
            (Minor(0), "No commission: no rate is set for the representative.")
        );
        assert_eq!(of(-100_000, USER_5, &[]).amount, Minor(0));
    }

    #[test]
    fn impossible_shares_and_rates_are_refused() {
        let code = |rate: i32, others: &[i32]| {
            commission(Minor(1), Rate { bp: rate, ..USER_5 }, others, Currency::USD).unwrap_err().code
        };
        assert_eq!(code(500, &[6_000, 4_001]), "shares_over_whole");
        assert_eq!(code(500, &[-1]), "shares_over_whole");
        assert_eq!(code(-1, &[]), "invalid_rate");
        assert_eq!(code(10_001, &[]), "invalid_rate");
    }

    #[test]
    fn amounts_are_taken_off_before_percentages() {
        let of = |amount, others: &[Part]| divide(Minor(amount), others).unwrap();
        let parts = [Part::Fixed(Minor(3_000)), Part::Percent(2_500)];
        assert_eq!(of(10_000, &parts).shares, [Minor(5_250), Minor(3_000), Minor(1_750)]);
        assert_eq!(of(3_000, &parts), Divided { shares: vec![Minor(0), Minor(3_000), Minor(0)], short: false });
        // One cent less than they come to, and it says so.
        let two = [Part::Fixed(Minor(2_000)), Part::Fixed(Minor(1_000))];
        assert_eq!(of(2_999, &two), Divided { shares: vec![Minor(0), Minor(1_999), Minor(1_000)], short: true });
        assert_eq!(of(0, &two).shares, [Minor(0); 3]);
        let code = |others: &[Part]| divide(Minor(1), others).unwrap_err().code;
        assert_eq!(code(&[Part::Fixed(Minor(-1))]), "amount_negative");
        assert_eq!(code(&[Part::Percent(6_000), Part::Fixed(Minor(1)), Part::Percent(4_001)]), "shares_over_whole");
    }

    #[test]
    fn a_credit_takes_fixed_parts_back_in_proportion() {
        let parts = [Part::Fixed(Minor(3_000)), Part::Percent(2_500)];
        let half = divide_after_credit(Minor(10_000), Minor(5_000), &parts).unwrap();
        assert_eq!(half.shares, [Minor(2_625), Minor(1_500), Minor(875)]);
        assert_eq!(divide_after_credit(Minor(10_000), Minor(0), &parts).unwrap().shares, [Minor(0); 3]);
        assert_eq!(
            divide_after_credit(Minor(10_000), Minor(10_000), &parts).unwrap(),
            divide(Minor(10_000), &parts).unwrap()
        );
    }

    proptest! {
        #[test]
        fn fixed_parts_and_percentages_make_the_whole(
            whole in 0i64..1_000_000_000, kept in 0i64..=10_000,
            others in prop::collection::vec((any::<bool>(), 0i64..2_000), 0..6),
        ) {
            let parts: Vec<Part> = others
                .iter()
                .map(|(fixed, n)| if *fixed { Part::Fixed(Minor(*n)) } else { Part::Percent((*n).min(1_600) as i32) })
                .collect();
            let left = Minor(whole).ratio(kept, 10_000).unwrap();
            for (amount, divided) in [
                (Minor(whole), divide(Minor(whole), &parts).unwrap()),
                (left, divide_after_credit(Minor(whole), left, &parts).unwrap()),
            ] {
                prop_assert_eq!(Minor::sum(divided.shares.iter().copied()).unwrap(), amount);
                prop_assert_eq!(divided.shares.len(), parts.len() + 1);
                prop_assert!(divided.shares.iter().all(|share| *share >= Minor::ZERO));
            }
            let divided = divide(Minor(whole), &parts).unwrap();
            for (part, share) in parts.iter().zip(&divided.shares[1..]) {
                if let (Part::Fixed(amount), false) = (part, divided.short) {
                    prop_assert_eq!(amount, share);
                }
            }
        }

        #[test]
        fn shares_make_the_whole(base in 0i64..1_000_000_000_000, bp in 0i32..=10_000, others in prop::collection::vec(0i32..2_000, 0..6)) {
            prop_assume!(others.iter().sum::<i32>() <= 10_000);
            let earned = of(base, Rate { bp, ..USER_5 }, &others);
            prop_assert_eq!(Minor::sum(earned.shares.iter().copied()).unwrap(), earned.amount);
            prop_assert_eq!(earned.shares.len(), others.len() + 1);
            prop_assert!(earned.amount <= Minor(base) && earned.shares.iter().all(|share| *share >= Minor::ZERO));
        }
    }
}
