//! Recalls: which units a notice is about, judged by rule. A unit is never called unaffected for want of a number: what is not
//! known counts as affected until somebody looked.
//!
//! A rule says what a person can read; [`Rule::spans`] is the same in a form that a table can be searched by. Both give the
//! same answer, which a property test holds.

pub mod notice;

use crate::clock::Day;
use crate::refusal::Refusal;
use crate::text::identifier_key;
use crate::words::words;

words! {
    /// Where a recall stands.
    pub enum RecallStatus {
        /// Being looked at: nothing is frozen, nobody was told.
        Draft = "draft", "Draft";
        /// At work: affected units are frozen, people are asked.
        Open = "open", "Open";
        /// The work is done. What the rule covers stays frozen, and so does what arrives later.
        Closed = "closed", "Closed";
        /// Withdrawn: nothing is frozen by it any more.
        Lifted = "lifted", "Lifted";
    }
    /// How a unit stands to a recall.
    pub enum Affected {
        /// Not covered.
        No = "no", "Not affected";
        /// Covered, though not by a number that is known of it: somebody has to look.
        ToCheck = "to_check", "To check";
        /// Covered.
        Yes = "yes", "Affected";
    }
    /// What somebody who was told answers.
    pub enum Answer {
        /// The affected units are there and set aside.
        HaveIt = "have_it", "Has them";
        /// None was found.
        NoneFound = "none_found", "None found";
        /// They were sent back.
        Returned = "returned", "Returned";
    }
}

impl RecallStatus {
    /// Whether what it covers is frozen.
    pub const fn freezes(self) -> bool {
        matches!(self, Self::Open | Self::Closed)
    }
}

/// Most lines of one recall.
pub const LINES_MAX: usize = 200;
/// Most numbers and ranges of one line.
pub const NUMBERS_MAX: usize = 2_000;
/// The number of digits up to which a range is told from its neighbours, zeros in front included.
const DIGITS_MAX: usize = 24;
/// After every key.
pub const LAST_KEY: &str = "\u{10ffff}";
/// A day before every day, and one after.
pub const DAYS: (i64, i64) = (-1_000_000, 9_999_998);

/// Keys from one to another, both included; of one length only when `length` is not 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first key.
    pub from: String,
    /// The last key.
    pub to: String,
    /// How many characters a key must have; 0 for any.
    pub length: usize,
}

impl Span {
    /// One key.
    pub fn exact(key: &str) -> Self {
        Self { from: key.to_owned(), to: key.to_owned(), length: 0 }
    }

    /// Every key.
    pub fn every() -> Self {
        Self { from: String::new(), to: LAST_KEY.to_owned(), length: 0 }
    }

    /// Whether it is about one key alone.
    pub fn is_exact(&self) -> bool {
        self.from == self.to
    }

    /// Whether a key lies in it.
    pub fn holds(&self, key: &str) -> bool {
        *self.from <= *key && *key <= *self.to && (self.length == 0 || self.length == key.chars().count())
    }
}

/// The folded text before its last digits, and these digits.
fn split_digits(key: &str) -> (&str, &str) {
    let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
    key.split_at(key.len() - digits)
}

/// A range of lots or serial numbers as printed: by the number at the end after the same beginning, whatever zeros stand in
/// front of it; otherwise by the order of signs between two of the same length.
///
/// # Errors
/// `range_unclear` when the ends have nothing in common, `range_backwards` when the last comes before the first.
pub fn range(from: &str, to: &str) -> Result<Vec<Span>, Refusal> {
    let (first, last) = (identifier_key(from), identifier_key(to));
    let unclear = || {
        let message = format!(
            "From {from} to {to}: these have no form in common, so nobody can say what lies between. List the numbers, or \
             give both ends in the same form."
        );
        Refusal::new("range_unclear", message)
    };
    let backwards = || Refusal::new("range_backwards", format!("{to} comes before {from}. Swap the two."));
    if first.is_empty() || last.is_empty() {
        return Err(unclear());
    }
    let ((head, low), (other, high)) = (split_digits(&first), split_digits(&last));
    let number = |digits: &str| digits.parse::<u128>().ok().filter(|_| digits.len() <= DIGITS_MAX);
    if let (true, Some(low), Some(high)) = (head == other, number(low), number(high)) {
        if high < low {
            return Err(backwards());
        }
        return Ok(numbered(head, low, high));
    }
    let length = first.chars().count();
    if length != last.chars().count() {
        return Err(unclear());
    }
    if last < first {
        return Err(backwards());
    }
    Ok(vec![Span { from: first, to: last, length }])
}

/// One span for every number of digits in which numbers from `low` to `high` can be written.
fn numbered(head: &str, low: u128, high: u128) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut beyond: u128 = 1;
    for digits in 1..=DIGITS_MAX {
        beyond *= 10;
        if low >= beyond {
            continue;
        }
        let top = high.min(beyond - 1);
        spans.push(Span {
            from: format!("{head}{low:0digits$}"),
            to: format!("{head}{top:0digits$}"),
            length: head.chars().count() + digits,
        });
    }
    spans
}

/// What a line of a notice covers of one item. Without lots and serial numbers it is the whole item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Lots; empty when it names none.
    pub lots: Vec<Span>,
    /// Serial numbers; empty when it names none.
    pub serials: Vec<Span>,
    /// Only what expires from one day to another.
    pub expires: (Option<Day>, Option<Day>),
    /// Only what was made from one day to another.
    pub made: (Option<Day>, Option<Day>),
}

/// What is known of a unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks<'a> {
    /// Its lot, folded; empty when it has none.
    pub lot_key: &'a str,
    /// Its serial number, folded; empty when it has none.
    pub serial_key: &'a str,
    /// Its last day.
    pub expires_on: Option<Day>,
    /// When it was made.
    pub manufactured_on: Option<Day>,
}

/// By which of its numbers a span finds a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its lot.
    Lot,
    /// Its serial number.
    Serial,
}

/// A span as it is searched by: `sure` when what it finds is affected, not only to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// By lot or by serial number.
    pub by: By,
    /// The keys.
    pub span: Span,
    /// It names the number.
    pub sure: bool,
}

impl Rule {
    /// How a unit of the item stands to it.
    pub fn judge(&self, marks: &Marks<'_>) -> Affected {
        let windows = [(self.expires, marks.expires_on), (self.made, marks.manufactured_on)];
        let mut doubt = false;
        for ((from, to), day) in windows {
            match day {
                Some(day) if from.is_some_and(|from| day < from) || to.is_some_and(|to| day > to) => {
                    return Affected::No;
                }
                None if from.is_some() || to.is_some() => doubt = true,
                _ => {}
            }
        }
        let named = |spans: &[Span], key: &str| !key.is_empty() && spans.iter().any(|span| span.holds(key));
        let unknown = |spans: &[Span], key: &str| !spans.is_empty() && key.is_empty();
        let whole = self.lots.is_empty() && self.serials.is_empty();
        if whole || named(&self.lots, marks.lot_key) || named(&self.serials, marks.serial_key) {
            return if doubt { Affected::ToCheck } else { Affected::Yes };
        }
        if unknown(&self.lots, marks.lot_key) || unknown(&self.serials, marks.serial_key) {
            return Affected::ToCheck;
        }
        Affected::No
    }

    /// The same as spans: whatever one of them finds, inside the days, is covered.
    pub fn spans(&self) -> Vec<Find> {
        if self.lots.is_empty() && self.serials.is_empty() {
            return vec![Find { by: By::Lot, span: Span::every(), sure: true }];
        }
        let mut found = Vec::new();
        for (by, spans) in [(By::Lot, &self.lots), (By::Serial, &self.serials)] {
            if !spans.is_empty() {
                found.push(Find { by, span: Span::exact(""), sure: false });
            }
            found.extend(spans.iter().map(|span| Find { by, span: span.clone(), sure: true }));
        }
        found
    }
}

/// Whether a unit may be used, sent or planned while a recall covers it.
///
/// # Errors
/// `unit_recalled`, with the recall's number and title. `doing` is what cannot be done: "sent", "used".
pub fn frozen(number: &str, title: &str, doing: &str) -> Refusal {
    let message = format!(
        "This unit falls under recall {number} ({title}), so it cannot be {doing}. Set it aside and answer the recall; it may \
         only go to the address the recall names."
    );
    Refusal::new("unit_recalled", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lots(lots: &[&str]) -> Rule {
        Rule { lots: lots.iter().map(|lot| Span::exact(&identifier_key(lot))).collect(), ..Rule::default() }
    }

    #[test]
    fn what_has_no_number_is_never_called_unaffected() {
        let rule = lots(&["A-1", "A-2"]);
        let judge = |lot| rule.judge(&Marks { lot_key: lot, ..Marks::default() });
        assert_eq!((judge("a1"), judge("a3"), judge("")), (Affected::Yes, Affected::No, Affected::ToCheck));
        let both = Rule { serials: vec![Span::exact("s9")], ..rule };
        let judge = |lot, serial| both.judge(&Marks { lot_key: lot, serial_key: serial, ..Marks::default() });
        assert_eq!(judge("a3", "s8"), Affected::No);
        assert_eq!(judge("a3", "s9"), Affected::Yes);
        assert_eq!(judge("a3", ""), Affected::ToCheck, "its serial number could be the named one");
    }

    #[test]
    fn days_narrow_and_an_unknown_day_does_not_free() {
        let rule = Rule { expires: (Day::parse("2027-01-01"), Day::parse("2027-12-31")), ..lots(&["A1"]) };
        let judge = |day: Option<&str>| {
            rule.judge(&Marks { lot_key: "a1", expires_on: day.and_then(Day::parse), ..Marks::default() })
        };
        assert_eq!(judge(Some("2027-06-01")), Affected::Yes);
        assert_eq!(judge(Some("2028-01-01")), Affected::No);
        assert_eq!(judge(None), Affected::ToCheck);
    }

    #[test]
    fn a_range_counts_instead_of_comparing_letters() {
        let rule = |from, to| Rule { serials: range(from, to).unwrap(), ..Rule::default() };
        let judge = |rule: &Rule, serial: &str| {
            rule.judge(&Marks { serial_key: &identifier_key(serial), ..Marks::default() }) == Affected::Yes
        };
        let few = rule("SN98", "SN-102");
        for inside in ["SN98", "SN099", "sn 100", "SN-00102"] {
            assert!(judge(&few, inside), "{inside}");
        }
        for outside in ["SN97", "SN103", "SN9", "SN1000", "TN100"] {
            assert!(!judge(&few, outside), "{outside}");
        }
        assert!(judge(&rule("A10B", "A19B"), "A15B"), "without digits at the end the signs decide");
        assert_eq!(range("SN5", "SN4").unwrap_err().code, "range_backwards");
        assert_eq!(range("AB1", "CDE22").unwrap_err().code, "range_unclear");
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![1 => Just(String::new()), 6 => "[ab]{0,2}[0-9]{1,3}", 1 => "[ab1]{1,4}"]
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let one = prop_oneof![
            "[ab]{0,1}[0-9]{1,2}".prop_map(|key| vec![Span::exact(&key)]),
            ("[ab]{0,1}", 0_u32..60, 0_u32..60).prop_map(|(head, low, more)| {
                range(&format!("{head}{low}"), &format!("{head}{}", low + more)).unwrap()
            }),
        ];
        prop::collection::vec(one, 0..3).prop_map(|all| all.concat())
    }

    fn day() -> impl Strategy<Value = Option<Day>> {
        prop::option::of((20_000_i32..20_020).prop_map(Day))
    }

    proptest! {
        #[test]
        fn a_range_of_numbers_holds_exactly_its_numbers(head in "[a-z]{0,3}", low in 0_u32..5_000, more in 0_u32..5_000, asked in 0_u32..12_000, zeros in 0_usize..3) {
            let spans = range(&format!("{head}{low}"), &format!("{head}{}", low + more)).unwrap();
            let key = format!("{head}{}{asked}", "0".repeat(zeros));
            prop_assert_eq!(spans.iter().any(|span| span.holds(&key)), (low..=low + more).contains(&asked));
        }

        #[test]
        fn searching_by_spans_finds_what_the_rule_covers(
            lots in spans(), serials in spans(), expires in (day(), day()), made in (day(), day()),
            lot in key(), serial in key(), expires_on in day(), manufactured_on in day(),
        ) {
            let rule = Rule { lots, serials, expires, made };
            let marks = Marks { lot_key: &lot, serial_key: &serial, expires_on, manufactured_on };
            let inside = |(from, to): (Option<Day>, Option<Day>), day: Option<Day>| day.is_none_or(|day| {
                from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
            });
            let found = rule.spans().iter().any(|it| it.span.holds(if it.by == By::Lot { &lot } else { &serial }))
                && inside(expires, expires_on) && inside(made, manufactured_on);
            prop_assert_eq!(found, rule.judge(&marks) != Affected::No);
        }
    }
}
