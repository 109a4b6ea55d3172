//! What a list can be filtered by: how it is asked for, how its value reads, how it is written for the use case.

use super::super::words as say;
use crate::edge::Visit;
use crate::ui::{Chip, FilterField, Link, Text};
use domain::clock::Day;
use domain::money::{Currency, Minor};

/// A day said from today on, as views keep it: `today`, `today+90`, `today-14`.
pub(super) fn relative(value: &str) -> Option<i32> {
    match value.strip_prefix("today")? {
        "" => Some(0),
        days if days.starts_with(['+', '-']) && days.len() <= 6 => days.parse().ok(),
        _ => None,
    }
}

/// The same as a day; anything else stays as it is.
pub(super) fn resolved(value: String, today: Day) -> String {
    relative(&value).map_or(value, |days| today.plus(days).to_string())
}

/// A day in words, whichever way it is said.
fn day_words(value: &str) -> String {
    match relative(value) {
        Some(0) => "today".to_owned(),
        Some(1) => "tomorrow".to_owned(),
        Some(-1) => "yesterday".to_owned(),
        Some(days @ 1..) => format!("in {days} days"),
        Some(days) => format!("{} days ago", -days),
        None => Day::parse(value).map_or_else(|| value.to_owned(), say::day),
    }
}

/// In what the ends of a range are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things that are counted.
    Count,
    /// Days.
    Days,
    /// An amount: read and written with its decimals, minor units to the use case.
    Money(Currency),
    /// A share: percent outside, basis points inside.
    Percent,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Date,
    Choice(Vec<(Text, Text)>),
    Many(Vec<(Text, Text)>),
    Range(Unit),
    Days,
    People { suggest: Text, known: Vec<(Text, Text)> },
    Given(Option<Text>),
}

/// A filter: its name in addresses is the one that the use case knows.
#[derive(Clone, Debug)]
pub struct Filter {
    pub(super) key: &'static str,
    pub(super) label: Text,
    kind: Kind,
    aside: bool,
}

impl Filter {
    fn new(key: &'static str, label: impl Into<Text>, kind: Kind) -> Self {
        Self { key, label: label.into(), kind, aside: false }
    }

    /// Words.
    pub fn text(key: &'static str, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Text)
    }

    /// A date.
    pub fn date(key: &'static str, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Date)
    }

    /// One of some values, given as value and label.
    pub fn choice(key: &'static str, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        Self::new(key, label, Kind::Choice(values))
    }

    /// Any of some values, given as value and label; one of them may be `none`.
    pub fn many(key: &'static str, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        Self::new(key, label, Kind::Many(values))
    }

    /// A number from and to: the use case knows `{key}_from` and `{key}_to`.
    pub fn range(key: &'static str, label: impl Into<Text>, unit: Unit) -> Self {
        Self::new(key, label, Kind::Range(unit))
    }

    /// A day from and to.
    pub fn days(key: &'static str, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Days)
    }

    /// Any of very many people: `known` are those offered at once and those in the address, as value and name.
    pub fn people(
        key: &'static str,
        label: impl Into<Text>,
        suggest: impl Into<Text>,
        known: Vec<(Text, Text)>,
    ) -> Self {
        Self::new(key, label, Kind::People { suggest: suggest.into(), known })
    }

    /// Yes or no.
    pub fn yes_no(key: &'static str, label: impl Into<Text>) -> Self {
        Self::choice(key, label, vec![("true".into(), "Yes".into()), ("false".into(), "No".into())])
    }

    /// Only by links from elsewhere ("all units of this person"); `shown` is the name behind the value.
    pub fn given(key: &'static str, label: impl Into<Text>, shown: Option<impl Into<Text>>) -> Self {
        Self::new(key, label, Kind::Given(shown.map(Into::into)))
    }

    /// Has a switch of its own on the page: neither chip nor field.
    pub const fn aside(mut self) -> Self {
        self.aside = true;
        self
    }

    pub(super) const fn is_aside(&self) -> bool {
        self.aside
    }

    /// Its parameters in the address.
    pub(super) fn keys(&self) -> Vec<String> {
        match self.kind {
            Kind::Range(_) | Kind::Days => vec![format!("{}_from", self.key), format!("{}_to", self.key)],
            _ => vec![self.key.to_owned()],
        }
    }

    pub(super) fn is_given(&self) -> bool {
        matches!(self.kind, Kind::Given(_))
    }

    /// Whether several values may come as several parameters.
    pub(super) fn is_many(&self) -> bool {
        matches!(self.kind, Kind::Many(_) | Kind::People { .. })
    }

    /// The list of `suggest` that finds somebody by a typed name.
    pub(super) fn found_by_name(&self) -> bool {
        matches!(self.kind, Kind::People { .. })
    }

    /// The form of it; `kept` when the view sets it.
    pub(super) fn field(&self, kept: bool) -> Option<FilterField> {
        let (key, label) = (self.key, self.label.clone());
        let field = match &self.kind {
            Kind::Text => FilterField::text(key, label),
            Kind::Date => FilterField::date(key, label),
            Kind::Choice(values) => FilterField::choice(key, label, values.clone()),
            Kind::Many(values) => FilterField::many(key, label, values.clone()),
            Kind::Range(unit) => FilterField::range(key, label, unit.word()),
            Kind::Days => FilterField::days(key, label),
            Kind::People { suggest, known } => FilterField::people(key, label, suggest.clone(), known.clone()),
            Kind::Given(_) => return None,
        };
        Some(field.kept(kept))
    }

    /// Its chip, when it is on; `remove` is the list without it.
    pub(super) fn chip(&self, state: &Link, kept: bool, remove: Link) -> Option<Chip> {
        let set = |key: &str| state.get(key).filter(|value| !value.is_empty());
        let value: Text = match self.keys().as_slice() {
            [from, to] => match (set(from), set(to)) {
                (None, None) => return None,
                (Some(from), None) => format!("from {}", self.end(from)).into(),
                (None, Some(to)) => format!("to {}", self.end(to)).into(),
                (Some(from), Some(to)) if from == to => self.end(from).into(),
                (Some(from), Some(to)) => format!("{} to {}", self.end(from), self.end(to)).into(),
            },
            _ => self.words(set(self.key)?),
        };
        let chip = Chip { label: self.label.clone(), value, remove: remove.to_string().into(), edit: None };
        Some(chip.edit(self.field(kept)))
    }

    fn end(&self, value: &str) -> String {
        match &self.kind {
            Kind::Days => day_words(value),
            Kind::Range(Unit::Days) => format!("{value} days"),
            Kind::Range(Unit::Percent) => format!("{value} %"),
            _ => value.to_owned(),
        }
    }

    fn words(&self, value: &str) -> Text {
        match &self.kind {
            Kind::Choice(values) | Kind::Many(values) | Kind::People { known: values, .. } => {
                let one = |part: &str| {
                    let found = values.iter().find(|(known, _)| *known == part);
                    found.map_or_else(|| part.to_owned(), |(_, label)| label.to_string())
                };
                value.split(',').map(one).collect::<Vec<_>>().join(", ").into()
            }
            Kind::Given(Some(shown)) => shown.clone(),
            Kind::Date => day_words(value).into(),
            Kind::Text | Kind::Given(None) | Kind::Range(_) | Kind::Days => value.to_owned().into(),
        }
    }

    /// What the use case is asked for when the address says `value`. What cannot be read is handed on as it stands, so
    /// that the use case says what is wrong with it.
    pub(super) fn inside(&self, value: &str) -> String {
        match self.kind {
            Kind::Range(Unit::Money(currency)) => {
                Minor::parse(value, currency).map_or_else(|_| value.to_owned(), |minor| minor.0.to_string())
            }
            Kind::Range(Unit::Percent) => {
                say::read_percent(self.key, value).map_or(value.to_owned(), |bp| bp.to_string())
            }
            _ => value.to_owned(),
        }
    }

    /// The way back: what the address says for a value of the use case.
    pub(super) fn outside(&self, value: &str) -> String {
        match (self.kind_unit(), value.parse::<i64>()) {
            (Some(Unit::Money(currency)), Ok(minor)) => {
                let text = Minor(minor).plain(currency);
                text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
            }
            (Some(Unit::Percent), Ok(bp)) => say::percent_plain(bp),
            _ => value.to_owned(),
        }
    }

    fn kind_unit(&self) -> Option<Unit> {
        match self.kind {
            Kind::Range(unit) => Some(unit),
            _ => None,
        }
    }
}

impl Unit {
    /// Amounts of the organisation.
    pub fn money(visit: &Visit) -> Self {
        Self::Money(say::currency(&visit.ctx))
    }

    fn word(self) -> Option<Text> {
        match self {
            Self::Count => None,
            Self::Days => Some("days".into()),
            Self::Money(currency) => Some(Text::Owned(currency.code().to_owned())),
            Self::Percent => Some("%".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(filter: &Filter, query: &str) -> Option<String> {
        let link = Link::parse("/customers", Some(query));
        filter.chip(&link, false, link.clone()).map(|chip| chip.value.into_owned())
    }

    #[test]
    fn a_range_reads_as_it_is_meant() {
        let filter = Filter::range("orders_count", "Orders", Unit::Count);
        assert_eq!(chip(&filter, "orders_count_from=3").as_deref(), Some("from 3"));
        assert_eq!(chip(&filter, "orders_count_to=9").as_deref(), Some("to 9"));
        assert_eq!(chip(&filter, "orders_count_from=3&orders_count_to=9").as_deref(), Some("3 to 9"));
        assert_eq!(chip(&filter, "orders_count_from=&orders_count_to="), None);
    }

    #[test]
    fn days_may_be_said_from_today_on() {
        let filter = Filter::date("expires_before", "Expires before");
        assert_eq!(chip(&filter, "expires_before=today%2B90").as_deref(), Some("in 90 days"));
        assert_eq!(chip(&filter, "expires_before=today-14").as_deref(), Some("14 days ago"));
        assert_eq!(chip(&filter, "expires_before=today").as_deref(), Some("today"));
        assert_eq!(chip(&filter, "expires_before=2026-11-22").as_deref(), Some("22 Nov 2026"));
        let today = Day::parse("2026-11-22").unwrap();
        assert_eq!(resolved("today+8".into(), today), "2026-11-30");
        for other in ["today+", "today8", "todays", "today+999999", "2026-11-22", ""] {
            assert_eq!(resolved(other.into(), today), other);
        }
    }

    #[test]
    fn amounts_are_minor_units_inside() {
        let filter = Filter::range("orders_total", "Orders", Unit::Money(Currency::USD));
        assert_eq!(filter.inside("1250"), "125000");
        assert_eq!(filter.inside("1250.5"), "125050");
        assert_eq!(filter.inside("much"), "much", "the use case says what is wrong");
        assert_eq!(filter.outside("125000"), "1250");
        assert_eq!(filter.outside("125050"), "1250.50");
    }

    #[test]
    fn any_of_some_values_are_said_by_their_labels() {
        let values = vec![("none".into(), "Nobody".into()), ("usr_1".into(), "Ann Reyes".into())];
        let filter = Filter::people("default_sales_rep", "Default sales rep", "/suggest/people", values);
        assert_eq!(chip(&filter, "default_sales_rep=usr_1,none,usr_2").as_deref(), Some("Ann Reyes, Nobody, usr_2"));
    }
}
