//! What a purchase order says, from its words: its number and what it is over. A proposal for a person to look at, never more: papers
//! of hospitals are as many as hospitals.

use crate::money::{Currency, Minor};

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrderText {
    /// The number of the order.
    pub number: Option<String>,
    /// What it is over.
    pub amount: Option<Minor>,
}

/// What stands before the number of an order, the clearest first.
const NUMBER_LABELS: &[&str] = &[
    "purchase order number",
    "purchase order no",
    "purchase order #",
    "purchase order id",
    "po number",
    "po no",
    "po #",
    "p.o. number",
    "p.o. no",
    "p.o. #",
    "order number",
    "order no",
    "order #",
    "bestellnummer",
    "bestell-nr",
    "numéro de commande",
    "n° de commande",
    "número de pedido",
    "purchase order",
    "p.o.",
    "po",
    "bon de commande",
    "bestellung",
    "pedido",
];

/// What stands before what an order is over, the clearest first.
const AMOUNT_LABELS: &[&str] = &[
    "grand total",
    "order total",
    "total order value",
    "po total",
    "total amount",
    "purchase order total",
    "gesamtbetrag",
    "gesamtsumme",
    "montant total",
    "importe total",
    "total due",
    "net total",
    "total",
    "gesamt",
];

/// Sums on the way to the whole.
const PARTS: &[&str] = &[
    "subtotal",
    "sub total",
    "sub-total",
    "zwischensumme",
    "sous-total",
    "total tax",
    "total quantity",
    "total lines",
    "total qty",
];

/// So many of them say that a number follows; behind the others, which are headings as well, only what stands alone is one.
const CLEAR_LABELS: usize = 18;
/// Lines behind a label in which its value may stand.
const LINES_BELOW: usize = 2;
const NUMBER_MAX: usize = 40;

/// Where words stand in a line by themselves: what follows them.
fn after<'a>(line: &'a str, folded: &str, label: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = folded.get(from..)?.find(label) {
        let (start, end) = (from + found, from + found + label.len());
        let edge = |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric());
        let begins = edge(folded.get(..start)?.chars().next_back());
        // A label that ends with a sign needs no space behind it.
        let ends = edge(folded.get(end..)?.chars().next()) || !label.ends_with(char::is_alphanumeric);
        if begins && ends {
            return line.get(end..);
        }
        from = end;
    }
    None
}

/// In small letters, sign by sign as long as before.
fn folded(line: &str) -> String {
    line.chars()
        .map(|sign| {
            let mut small = sign.to_lowercase();
            match (small.next(), small.next()) {
                (Some(one), None) if one.len_utf8() == sign.len_utf8() => one,
                _ => sign,
            }
        })
        .collect()
}

/// Whether a word may be the number of an order: it has figures, and is neither a day nor an amount.
fn is_number(word: &str) -> bool {
    let figures = word.chars().filter(char::is_ascii_digit).count();
    let allowed = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '/' | '.' | '_');
    let (slashes, dashes) = (word.matches('/').count(), word.matches('-').count());
    let is_day = figures == word.len() - slashes - dashes - word.matches('.').count()
        && (slashes == 2 || (dashes == 2 && figures <= 8) || word.matches('.').count() == 2);
    let is_amount = word.rsplit_once('.').is_some_and(|(_, cents)| cents.len() == 2) && figures + 1 == word.len();
    figures >= 3 && word.len() <= NUMBER_MAX && word.chars().all(allowed) && !is_day && !is_amount
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let trimmed = |word: &str| word.trim_matches(|sign: char| !sign.is_ascii_alphanumeric()).len();
    text.split([' ', '\t', ',', ';', '(', ')', '|', ':', '#']).filter(move |word| trimmed(word) > 0)
}

fn number_in(text: &str) -> Option<String> {
    let clean = |word: &str| word.trim_matches(|sign: char| !sign.is_ascii_alphanumeric()).to_owned();
    words(text).map(clean).find(|word| is_number(word))
}

/// The number of the order: behind its label, or below it.
fn number(lines: &[String], folded: &[String]) -> Option<String> {
    for (rank, label) in NUMBER_LABELS.iter().enumerate() {
        for (at, (line, small)) in lines.iter().zip(folded).enumerate() {
            let Some(rest) = after(line, small, label) else { continue };
            if let Some(found) = number_in(rest) {
                return Some(found);
            }
            // Labels that stand side by side have their values below them.
            let alone = |line: &&String| rank < CLEAR_LABELS || words(line).count() == 1;
            let below = lines.iter().skip(at + 1).take(LINES_BELOW).filter(alone);
            if let Some(found) = below.filter_map(|line| number_in(line)).next() {
                return Some(found);
            }
        }
    }
    None
}

/// An amount as it is written on either side of the ocean.
fn amount_of(word: &str, currency: Currency) -> Option<Minor> {
    let bare: String = word.chars().filter(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ',')).collect();
    let foreign = word.chars().any(|sign| sign.is_alphanumeric() && !sign.is_ascii_digit());
    let (figures, cents) = bare.rsplit_once(['.', ','])?;
    if foreign || cents.len() != 2 || figures.is_empty() || currency.exponent() != 2 {
        return None;
    }
    let whole: String = figures.chars().filter(char::is_ascii_digit).collect();
    Minor::parse(&format!("{whole}.{cents}"), currency).ok()
}

fn amounts(text: &str, currency: Currency) -> Vec<Minor> {
    let signs = [' ', '\t', '$', '€', '£', '|', ':'];
    text.split(signs).filter_map(|word| amount_of(word, currency)).collect()
}

/// What the order is over: behind the clearest label that stands last; an amount that is expected is taken wherever a total says it.
fn amount(lines: &[String], folded: &[String], currency: Currency, expected: Option<Minor>) -> Option<Minor> {
    let mut totals: Vec<(usize, usize, Minor)> = Vec::new();
    for (at, (line, small)) in lines.iter().zip(folded).enumerate() {
        if PARTS.iter().any(|part| small.contains(part)) {
            continue;
        }
        let known = AMOUNT_LABELS.iter().enumerate();
        let Some((rank, rest)) = known.filter_map(|(rank, label)| Some((rank, after(line, small, label)?))).next()
        else {
            continue;
        };
        let mut found = amounts(rest, currency);
        if found.is_empty()
            && let Some(below) = lines.get(at + 1)
        {
            found = amounts(below, currency);
        }
        if let Some(last) = found.last() {
            totals.push((rank, at, *last));
        }
    }
    if let Some(expected) = expected.filter(|expected| totals.iter().any(|(.., minor)| minor == expected)) {
        return Some(expected);
    }
    totals.into_iter().min_by_key(|(rank, at, _)| (*rank, std::cmp::Reverse(*at))).map(|(.., minor)| minor)
}

/// Reads an order; `expected` is what is billed.
pub fn read(lines: &[String], currency: Currency, expected: Option<Minor>) -> OrderText {
    let small: Vec<String> = lines.iter().map(|line| folded(line)).collect();
    OrderText { number: number(lines, &small), amount: amount(lines, &small, currency, expected) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> (Option<String>, Option<i64>) {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let found = read(&lines, Currency::USD, None);
        (found.number, found.amount.map(|minor| minor.0))
    }

    fn is(number: &str, minor: i64) -> (Option<String>, Option<i64>) {
        (Some(number.to_owned()), Some(minor))
    }

    #[test]
    fn a_label_is_followed_by_its_value() {
        let text = "Mercy Health  PURCHASE ORDER\nPO Number: 4500-1234567  Date: 11/28/2026\nSubtotal  $1,150.00\nTax  50.00\nTotal  $1,200.00";
        assert_eq!(said(text), is("4500-1234567", 120_000));
    }

    #[test]
    fn labels_side_by_side_have_their_values_below() {
        let text = "Order date  Purchase Order No.  Buyer\n2026-11-28  HX-00981  P. Ortiz\nGrand total (USD)\n2.400,50";
        assert_eq!(said(text), is("HX-00981", 240_050));
    }

    #[test]
    fn the_clearest_label_counts_and_the_last_total() {
        let text = "Vendor order no 777001\nP.O. # PO778812\nTotal 10.00\nOrder total 99.95\nTotal 12.00";
        assert_eq!(said(text), is("PO778812", 9_995));
        assert_eq!(said("Purchase order 88123\nTotal 5.00\nTotal 7.00"), is("88123", 700));
        assert_eq!(said("Bestellnummer: B/2026/0042\nGesamtbetrag 1.234,56 EUR"), is("B/2026/0042", 123_456));
    }

    #[test]
    fn days_amounts_and_words_are_no_numbers() {
        for text in
            ["PO 11/28/2026", "PO 28.11.2026", "PO date 2026-11-28", "PO total 1234.00", "Report 12345", "PO box", ""]
        {
            assert_eq!(said(text).0, None, "{text}");
        }
        assert_eq!(said("PURCHASE ORDER\n4500123").0.as_deref(), Some("4500123"));
        assert_eq!(said("PURCHASE ORDER\nCall 555-1234 before noon").0, None);
        assert_eq!(said("Total quantity 12.00\nTotal lines 3").1, None);
        assert_eq!(said("Total twelve"), (None, None));
    }

    #[test]
    fn what_is_expected_is_taken_where_a_total_says_it() {
        let lines: Vec<String> = ["PO 12345", "Total 100.00", "Grand total 119.00"].map(str::to_owned).into();
        let of = |expected| read(&lines, Currency::USD, expected).amount;
        assert_eq!((of(None), of(Some(Minor(10_000)))), (Some(Minor(11_900)), Some(Minor(10_000))));
        assert_eq!(of(Some(Minor(1))), Some(Minor(11_900)));
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(lines in prop::collection::vec("\\PC{0,60}", 0..8)) {
            let _ = read(&lines, Currency::USD, Some(Minor(1)));
        }
    }
}
