//! Whom a case is for and what shall be otherwise than planned: all of it stands in the address, so that every change of a
//! plan is a link, going back works, and a plan can be sent to a colleague.

use super::plan::Source;
use crate::edge::Sent;
use crate::ui::Link;
use contract::coverage::{CoverEdits, PreviewCover, Substitute};
use domain::id::{CatalogItemId, EventId, Id, Kind, UnitId, UserId};
use maud::{Markup, html};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Who shall take the case.
    pub to: Option<UserId>,
    /// What shall be otherwise than planned.
    pub edits: CoverEdits,
}

fn id<K: Kind>(text: &str) -> Option<Id<K>> {
    text.parse().ok()
}

impl Wish {
    /// For somebody, as planned.
    pub fn of(to: UserId) -> Self {
        Self { to: Some(to), edits: CoverEdits::default() }
    }

    /// As an address has it. What is no id is left out: the plan is shown without it.
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut wish = Self::default();
        for (key, value) in pairs {
            let edits = &mut wish.edits;
            match key {
                "to" => wish.to = id(value),
                "not_from" => edits.without_user_ids.extend(id(value)),
                "not_maker" => edits.without_manufacturer_ids.extend(id(value)),
                "no_warehouse" => edits.without_warehouse = value == "true",
                "not_unit" => edits.without_unit_ids.extend(id(value)),
                "unit" => edits.with_unit_ids.extend(id(value)),
                "swap" => edits.substitutes.extend(
                    value
                        .split_once(':')
                        .and_then(|(from, to)| Some(Substitute { catalog_item_id: id(from)?, substitute_id: id(to)? })),
                ),
                _ => {}
            }
        }
        wish
    }

    /// As a form has it.
    pub fn sent(sent: &Sent) -> Self {
        Self::read(sent.pairs())
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let edits = &self.edits;
        let mut all: Vec<(&'static str, String)> = self.to.iter().map(|id| ("to", id.to_string())).collect();
        all.extend(edits.without_user_ids.iter().map(|id| ("not_from", id.to_string())));
        all.extend(edits.without_manufacturer_ids.iter().map(|id| ("not_maker", id.to_string())));
        all.extend(edits.without_warehouse.then(|| ("no_warehouse", "true".to_owned())));
        all.extend(edits.without_unit_ids.iter().map(|id| ("not_unit", id.to_string())));
        all.extend(edits.with_unit_ids.iter().map(|id| ("unit", id.to_string())));
        all.extend(edits.substitutes.iter().map(|it| ("swap", format!("{}:{}", it.catalog_item_id, it.substitute_id))));
        all
    }

    /// Its address under a path.
    pub fn link(&self, path: impl Into<String>) -> Link {
        self.pairs().into_iter().fold(Link::new(path), |link, (key, value)| link.and(key, value))
    }

    /// Its address on the screen of an event.
    pub fn href(&self, event: EventId) -> String {
        self.link(format!("/events/{event}/cover")).to_string()
    }

    /// The same for a form.
    pub fn hidden(&self) -> Markup {
        html! { @for (key, value) in self.pairs() { input type="hidden" name=(key) value=(value); } }
    }

    /// Nothing shall be otherwise.
    pub fn is_as_planned(&self) -> bool {
        self.edits == CoverEdits::default()
    }

    /// As the planner is asked.
    pub fn ask(&self) -> Option<PreviewCover> {
        Some(PreviewCover { representative_id: self.to?, edits: self.edits.clone() })
    }

    /// Nothing from there, or again something from there.
    pub fn source(mut self, source: Source, wanted: bool) -> Self {
        fn toggle<T: PartialEq + Copy>(list: &mut Vec<T>, it: T, wanted: bool) {
            list.retain(|known| *known != it);
            if !wanted {
                list.push(it);
            }
        }
        match source {
            Source::Person(id) => toggle(&mut self.edits.without_user_ids, id, wanted),
            Source::Maker(id) => toggle(&mut self.edits.without_manufacturer_ids, id, wanted),
            Source::Warehouse => self.edits.without_warehouse = !wanted,
        }
        self
    }

    /// Without a unit; with another in its place, if there is one.
    pub fn instead(mut self, unit: UnitId, other: Option<UnitId>) -> Self {
        let edits = &mut self.edits;
        edits.with_unit_ids.retain(|id| *id != unit);
        edits.without_unit_ids.retain(|id| Some(*id) != other && *id != unit);
        edits.without_unit_ids.push(unit);
        edits.with_unit_ids.extend(other);
        self
    }

    /// A unit that was left out may be taken again.
    pub fn again(mut self, unit: UnitId) -> Self {
        self.edits.without_unit_ids.retain(|id| *id != unit);
        self
    }

    /// A unit that was chosen need not be taken any more.
    pub fn not_chosen(mut self, unit: UnitId) -> Self {
        self.edits.with_unit_ids.retain(|id| *id != unit);
        self
    }

    /// An item in the place of another, or none.
    pub fn swap(mut self, item: CatalogItemId, substitute: Option<CatalogItemId>) -> Self {
        let list = &mut self.edits.substitutes;
        list.retain(|it| it.catalog_item_id != item);
        list.extend(substitute.map(|substitute_id| Substitute { catalog_item_id: item, substitute_id }));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number<K: Kind>(n: u128) -> Id<K> {
        format!("{}_{n:026}", K::PREFIX).parse().unwrap()
    }

    #[test]
    fn a_wish_reads_back_from_its_address() {
        let wish = Wish::of(number(1))
            .source(Source::Person(number(2)), false)
            .source(Source::Warehouse, false)
            .source(Source::Maker(number(3)), false)
            .instead(number(4), Some(number(5)))
            .swap(number(6), Some(number(7)));
        let text = wish.href(number(9));
        let (_, query) = text.split_once('?').unwrap();
        assert_eq!(Wish::read(Link::parse("/", Some(query)).pairs()), wish);
    }

    #[test]
    fn changes_are_taken_back_one_by_one() {
        let plain = Wish::of(number(1));
        assert!(plain.is_as_planned());
        let changed = plain.clone().source(Source::Person(number(2)), false).instead(number(4), Some(number(5)));
        assert!(!changed.is_as_planned());
        let back = changed.source(Source::Person(number(2)), true).again(number(4)).not_chosen(number(5));
        assert_eq!(back, plain);
    }

    #[test]
    fn what_is_no_id_is_left_out() {
        let pairs = [("to", "x"), ("unit", "usr_1"), ("swap", "a:b"), ("swap", "a"), ("other", "1")];
        assert_eq!(Wish::read(pairs.into_iter()), Wish::default());
    }
}
