//! Rules of commission: which rate an item earns at a place with somebody, and how an event adds up when its lines earn
//! at different rates.
//!
//! A rule that names something of the line or of the place comes before the general rates of a person. Of several rules
//! that fit, the most particular decides: item before product line before manufacturer before location before customer before
//! physician before person; of equal ones the one that began last, then the one with the smaller id.

use crate::clock::Day;
use crate::commission::{Divided, Part, Rate, RateSource, check_parts, check_rate, divide_after_credit};
use crate::money::{Currency, Minor, MoneyError, percent_words};
use crate::refusal::Refusal;
use std::cmp::Reverse;
use uuid::Uuid;

/// A rule: what it names must fit, what it leaves open fits anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Which.
    pub id: Uuid,
    /// Its name, for explanations.
    pub name: String,
    /// The rate in basis points.
    pub rate_bp: i32,
    /// Whose.
    pub user: Option<Uuid>,
    /// With whom.
    pub physician: Option<Uuid>,
    /// Of which customer.
    pub customer: Option<Uuid>,
    /// Where.
    pub location: Option<Uuid>,
    /// Of which manufacturer.
    pub manufacturer: Option<Uuid>,
    /// Of which product line.
    pub product_line: Option<Uuid>,
    /// Which item.
    pub item: Option<Uuid>,
    /// First day.
    pub valid_from: Option<Day>,
    /// Last day.
    pub valid_to: Option<Day>,
}

/// What a line is, for rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFacts {
    /// Which item.
    pub item: Uuid,
    /// Its manufacturer.
    pub manufacturer: Uuid,
    /// Its product lines.
    pub product_lines: Vec<Uuid>,
    /// What it adds to the total.
    pub amount: Minor,
}

/// What an event is, for rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventFacts {
    /// Who sold.
    pub user: Uuid,
    /// With whom.
    pub physician: Option<Uuid>,
    /// Whose.
    pub customer: Option<Uuid>,
    /// Where.
    pub location: Option<Uuid>,
    /// When.
    pub day: Day,
}

impl Rule {
    /// Whether the rule makes sense.
    ///
    /// # Errors
    /// `invalid_rate`, `period_reversed`, or `rule_names_nothing`.
    pub fn check(&self) -> Result<(), Refusal> {
        check_rate(self.rate_bp)?;
        if let (Some(from), Some(to)) = (self.valid_from, self.valid_to)
            && to < from
        {
            return Err(Refusal::new("period_reversed", format!("The last day {to} is before the first day {from}.")));
        }
        if self.particular() == 0 {
            let message =
                "Name at least one thing that the rule is for. What holds for everything is the person's own rate.";
            return Err(Refusal::new("rule_names_nothing", message));
        }
        Ok(())
    }

    /// How particular it is: every thing that it names weighs more than all less particular ones together.
    fn particular(&self) -> u32 {
        let named = [
            self.item.is_some(),
            self.product_line.is_some(),
            self.manufacturer.is_some(),
            self.location.is_some(),
            self.customer.is_some(),
            self.physician.is_some(),
            self.user.is_some(),
        ];
        named.iter().fold(0, |sum, named| sum * 2 + u32::from(*named))
    }

    fn fits(&self, event: &EventFacts, line: &LineFacts) -> bool {
        let same = |wanted: Option<Uuid>, is: Option<Uuid>| wanted.is_none_or(|wanted| is == Some(wanted));
        self.valid_from.is_none_or(|from| from <= event.day)
            && self.valid_to.is_none_or(|to| event.day <= to)
            && same(self.user, Some(event.user))
            && same(self.physician, event.physician)
            && same(self.customer, event.customer)
            && same(self.location, event.location)
            && same(self.manufacturer, Some(line.manufacturer))
            && same(self.item, Some(line.item))
            && self.product_line.is_none_or(|wanted| line.product_lines.contains(&wanted))
    }
}

/// The rule that decides for a line; nothing where the general rate does.
pub fn decide<'a>(rules: &'a [Rule], event: &EventFacts, line: &LineFacts) -> Option<&'a Rule> {
    rules
        .iter()
        .filter(|rule| rule.fits(event, line))
        .max_by_key(|rule| (rule.particular(), rule.valid_from.map_or(i32::MIN, |from| from.0), Reverse(rule.id)))
}

/// A part of an event that earns at one rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Earning {
    /// What it earns on.
    pub base: Minor,
    /// The rate.
    pub bp: i32,
    /// Where it comes from.
    pub source: String,
    /// What it earns, rounded once.
    pub amount: Minor,
}

/// What an event earns when its lines earn at different rates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Earned {
    /// Rate by rate.
    pub parts: Vec<Earning>,
    /// What all of it earns on.
    pub base: Minor,
    /// All together.
    pub amount: Minor,
    /// Its shares, the representative's first; together exactly the amount.
    pub shares: Vec<Minor>,
    /// Fixed parts come to more than it earns, credits left aside.
    pub short: bool,
    /// How it was reached, for a person.
    pub explanation: String,
}

impl Earned {
    /// The rate on the whole: the only one, or what the parts come to, rounded half away from zero.
    pub fn blended_bp(&self) -> i32 {
        match self.parts.as_slice() {
            [only] => only.bp,
            _ if self.base <= Minor::ZERO => 0,
            _ => Minor(10_000).ratio(self.amount.0, self.base.0).map_or(0, |bp| bp.0 as i32),
        }
    }
}

/// What an event earns. `kept` is the commissionable total that is left after credits; it is spread over the lines with a rule of their
/// own and what else is commissionable, in proportion. Each rate is applied to its sum and rounded once, half away from zero.
///
/// # Errors
/// `shares_over_whole`, `amount_negative`, `invalid_rate`, or `amount_too_large`.
pub fn earn(
    commissionable: Minor,
    kept: Minor,
    general: Rate,
    ruled: &[(&Rule, Minor)],
    others: &[Part],
    currency: Currency,
) -> Result<Earned, Refusal> {
    check_parts(others)?;
    let parts = earnings(commissionable, kept, general, ruled)?;
    let amount = together(&parts)?;
    let is_fixed = |part: &Part| matches!(part, Part::Fixed(_));
    let whole = match kept < commissionable && others.iter().any(is_fixed) {
        true => together(&earnings(commissionable, commissionable, general, ruled)?)?,
        false => amount,
    };
    let Divided { shares, short } = divide_after_credit(whole, amount, others)?;
    let mut earned = Earned { parts, base: kept.max(Minor::ZERO), amount, shares, short, explanation: String::new() };
    earned.explanation = explain(&earned, general, others, currency);
    Ok(earned)
}

fn too_large(problem: MoneyError) -> Refusal {
    Refusal::new(problem.code(), "The commission is too large to be computed.")
}

fn together(parts: &[Earning]) -> Result<Minor, Refusal> {
    Minor::sum(parts.iter().map(|part| part.amount)).map_err(too_large)
}

/// What each rate earns.
fn earnings(
    commissionable: Minor,
    kept: Minor,
    general: Rate,
    ruled: &[(&Rule, Minor)],
) -> Result<Vec<Earning>, Refusal> {
    check_rate(general.bp)?;
    let mut sums: Vec<(&Rule, Minor)> = Vec::new();
    for (rule, amount) in ruled {
        match sums.iter_mut().find(|(known, _)| known.id == rule.id) {
            Some((_, sum)) => *sum = sum.plus(*amount).map_err(too_large)?,
            None => sums.push((rule, *amount)),
        }
    }
    // Whatever the order of the lines, the parts stand in one order.
    sums.sort_by_key(|(rule, _)| rule.id);
    let named = Minor::sum(sums.iter().map(|(_, sum)| *sum)).map_err(too_large)?;
    // A discount beyond what earns at the general rate is taken off the others, in proportion.
    let rest = commissionable.minus(named).map_err(too_large)?.max(Minor::ZERO);
    let bases: Vec<u64> =
        std::iter::once(rest).chain(sums.iter().map(|(_, sum)| *sum)).map(|it| it.0.max(0).unsigned_abs()).collect();
    let spread = kept.max(Minor::ZERO).allocate(&bases).unwrap_or_else(|| vec![Minor::ZERO; bases.len()]);
    let mut parts = Vec::new();
    for (at, base) in spread.into_iter().enumerate() {
        let (bp, source) = match at.checked_sub(1) {
            None => (general.bp, source_words(general.source).to_owned()),
            Some(at) => (sums[at].0.rate_bp, format!("rule \u{201c}{}\u{201d}", sums[at].0.name)),
        };
        check_rate(bp)?;
        if base > Minor::ZERO || (at == 0 && sums.is_empty()) {
            parts.push(Earning { base, bp, source, amount: base.basis_points(bp).map_err(too_large)? });
        }
    }
    Ok(parts)
}

const fn source_words(source: RateSource) -> &'static str {
    match source {
        RateSource::Physician => "rate for the physician",
        RateSource::User => "rate of the representative",
        RateSource::None => "no rate is set",
    }
}

fn explain(earned: &Earned, general: Rate, others: &[Part], currency: Currency) -> String {
    if general.source == RateSource::None && earned.parts.iter().all(|part| part.bp == 0) {
        return "No commission: no rate is set for the representative.".to_owned();
    }
    if earned.parts.is_empty() {
        return "Nothing is left that earns commission.".to_owned();
    }
    let one = |part: &Earning| {
        let (base, amount) = (part.base.display(currency), part.amount.display(currency));
        format!("{} ({}) of {base} is {amount}", percent_words(part.bp), part.source)
    };
    let mut text = earned.parts.iter().map(one).collect::<Vec<_>>().join("; ");
    if earned.parts.len() > 1 {
        text.push_str(&format!("; together {}", earned.amount.display(currency)));
    }
    if earned.shares.len() > 1 {
        let fixed = |at: usize| at.checked_sub(1).and_then(|at| others.get(at)).copied();
        let share = |(at, share): (usize, &Minor)| match fixed(at) {
            Some(Part::Fixed(amount)) if amount == *share => format!("{} (fixed)", share.display(currency)),
            Some(Part::Fixed(amount)) => {
                format!("{} (of {} fixed)", share.display(currency), amount.display(currency))
            }
            _ => share.display(currency),
        };
        let parts: Vec<String> = earned.shares.iter().enumerate().map(share).collect();
        text.push_str(&format!(", split into {}", parts.join(" + ")));
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commission::commission;
    use proptest::prelude::*;

    const USER_5: Rate = Rate { bp: 500, source: RateSource::User };

    fn rule(id: u128, rate_bp: i32) -> Rule {
        Rule {
            id: Uuid::from_u128(id),
            name: format!("R{id}"),
            rate_bp,
            user: None,
            physician: None,
            customer: None,
            location: None,
            manufacturer: None,
            product_line: None,
            item: None,
            valid_from: None,
            valid_to: None,
        }
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn event() -> EventFacts {
        EventFacts { user: id(1), physician: Some(id(2)), customer: Some(id(3)), location: Some(id(4)), day: Day(10) }
    }

    fn line(amount: i64) -> LineFacts {
        LineFacts { item: id(5), manufacturer: id(6), product_lines: vec![id(7), id(8)], amount: Minor(amount) }
    }

    #[test]
    fn the_most_particular_rule_decides() {
        let maker = Rule { manufacturer: Some(id(6)), ..rule(10, 100) };
        let maker_here = Rule { manufacturer: Some(id(6)), location: Some(id(4)), ..rule(11, 200) };
        let of_line = Rule { product_line: Some(id(8)), ..rule(12, 300) };
        let item = Rule { item: Some(id(5)), ..rule(13, 400) };
        let whose = Rule {
            user: Some(id(1)),
            physician: Some(id(2)),
            customer: Some(id(3)),
            location: Some(id(4)),
            ..rule(14, 500)
        };
        let decided = |rules: &[Rule]| decide(rules, &event(), &line(1)).map(|rule| rule.rate_bp);
        assert_eq!(
            decided(&[maker.clone(), maker_here.clone(), of_line.clone(), item.clone(), whose.clone()]),
            Some(400)
        );
        assert_eq!(decided(&[maker.clone(), maker_here.clone(), of_line, whose.clone()]), Some(300));
        assert_eq!(decided(&[whose, maker.clone(), maker_here]), Some(200));
        let elsewhere = Rule { item: Some(id(99)), ..rule(15, 900) };
        assert_eq!(decided(&[elsewhere, maker.clone()]), Some(100));
        let later = Rule { valid_from: Some(Day(5)), ..Rule { id: id(16), rate_bp: 150, ..maker.clone() } };
        let over = Rule { valid_to: Some(Day(9)), ..Rule { id: id(17), rate_bp: 160, ..maker.clone() } };
        assert_eq!(decided(&[maker, later, over]), Some(150), "of equal ones the one that began last, if it holds");
        assert_eq!(decided(&[]), None);
    }

    #[test]
    fn rules_are_checked() {
        assert_eq!(rule(1, 500).check().unwrap_err().code, "rule_names_nothing");
        let named = Rule { item: Some(id(1)), ..rule(1, 500) };
        assert!(named.check().is_ok());
        assert_eq!(Rule { rate_bp: 10_001, ..named.clone() }.check().unwrap_err().code, "invalid_rate");
        assert_eq!(
            Rule { valid_from: Some(Day(2)), valid_to: Some(Day(1)), ..named }.check().unwrap_err().code,
            "period_reversed"
        );
    }

    #[test]
    fn lines_earn_at_their_own_rates() {
        let special = rule(1, 1_000);
        let earned = earn(
            Minor(100_000),
            Minor(100_000),
            USER_5,
            &[(&special, Minor(40_000))],
            &[Part::Percent(2_500)],
            Currency::USD,
        )
        .unwrap();
        assert_eq!((earned.amount, earned.shares.as_slice()), (Minor(7_000), [Minor(5_250), Minor(1_750)].as_slice()));
        assert_eq!(
            earned.explanation,
            "5% (rate of the representative) of 600.00 USD is 30.00 USD; 10% (rule \u{201c}R1\u{201d}) of 400.00 USD is 40.00 USD; \
             together 70.00 USD, split into 52.50 USD + 17.50 USD."
        );
        assert_eq!(earned.blended_bp(), 700);
        let half =
            earn(Minor(100_000), Minor(50_000), USER_5, &[(&special, Minor(40_000))], &[], Currency::USD).unwrap();
        assert_eq!(half.amount, Minor(3_500), "what was credited is taken back in proportion");
        let cut = earn(Minor(30_000), Minor(30_000), USER_5, &[(&special, Minor(40_000))], &[], Currency::USD).unwrap();
        assert_eq!(cut.amount, Minor(3_000), "a discount beyond the rest is taken off what has a rule");
    }

    #[test]
    fn a_fixed_part_is_told_and_stands_unless_something_is_credited() {
        let of = |kept, others: &[Part]| earn(Minor(100_000), Minor(kept), USER_5, &[], others, Currency::USD).unwrap();
        let parts = [Part::Fixed(Minor(2_000)), Part::Percent(5_000)];
        let whole = of(100_000, &parts);
        assert_eq!(whole.shares, [Minor(1_500), Minor(2_000), Minor(1_500)]);
        assert_eq!(
            whole.explanation,
            "5% (rate of the representative) of 1,000.00 USD is 50.00 USD, split into 15.00 USD + 20.00 USD (fixed) + 15.00 USD."
        );
        let half = of(50_000, &parts);
        assert_eq!((half.shares.as_slice(), half.short), ([Minor(750), Minor(1_000), Minor(750)].as_slice(), false));
        assert!(
            half.explanation.ends_with("7.50 USD + 10.00 USD (of 20.00 USD fixed) + 7.50 USD."),
            "{}",
            half.explanation
        );
        // What was credited later does not make parts too large that were not.
        assert!(!of(10_000, &[Part::Fixed(Minor(5_000))]).short && of(100_000, &[Part::Fixed(Minor(5_001))]).short);
    }

    proptest! {
        #[test]
        fn without_rules_it_is_the_plain_commission(
            base in 0i64..1_000_000_000, kept in 0i64..1_000_000_000, bp in 0i32..=10_000, others in prop::collection::vec(0i32..2_000, 0..4),
        ) {
            let kept = kept.min(base);
            let rate = Rate { bp, ..USER_5 };
            let plain = commission(Minor(kept), rate, &others, Currency::USD).unwrap();
            let parts: Vec<Part> = others.iter().copied().map(Part::Percent).collect();
            let earned = earn(Minor(base), Minor(kept), rate, &[], &parts, Currency::USD).unwrap();
            prop_assert_eq!((earned.amount, &earned.shares, &earned.explanation), (plain.amount, &plain.shares, &plain.explanation));
        }

        #[test]
        fn shares_make_the_whole_and_bases_make_what_is_kept(
            general in 0i64..1_000_000, sums in prop::collection::vec((0i64..1_000_000, 0i32..=10_000), 0..5), credited in 0i64..1_000_000, bp in 0i32..=10_000,
        ) {
            let rules: Vec<Rule> = sums.iter().enumerate().map(|(n, (_, bp))| rule(n as u128, *bp)).collect();
            let ruled: Vec<(&Rule, Minor)> = rules.iter().zip(&sums).map(|(rule, (sum, _))| (rule, Minor(*sum))).collect();
            let whole = general + sums.iter().map(|(sum, _)| sum).sum::<i64>();
            let kept = (whole - credited).max(0);
            let earned = earn(Minor(whole), Minor(kept), Rate { bp, ..USER_5 }, &ruled, &[Part::Percent(3_000)], Currency::USD).unwrap();
            prop_assert_eq!(earned.shares.iter().map(|it| it.0).sum::<i64>(), earned.amount.0);
            prop_assert_eq!(earned.parts.iter().map(|it| it.base.0).sum::<i64>(), if whole == 0 { 0 } else { kept });
            prop_assert!(earned.amount.0 <= kept && earned.amount >= Minor::ZERO);
            let mut turned = ruled.clone();
            turned.reverse();
            let again = earn(Minor(whole), Minor(kept), Rate { bp, ..USER_5 }, &turned, &[Part::Percent(3_000)], Currency::USD).unwrap();
            prop_assert_eq!(again, earned, "the order of lines has no say");
        }
    }
}
