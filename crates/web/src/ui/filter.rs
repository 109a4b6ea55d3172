//! Filters: chips that can be changed and taken away, and a popover that adds one. All plain links and GET forms.

use super::{Field, Icon, Link, Text};
use maud::{Markup, Render, html};

/// A filter that is on: "Status available, in transfer". Pressed, it opens where its values can be changed.
#[derive(Clone, Debug)]
pub struct Chip {
    /// What is filtered.
    pub label: Text,
    /// By which values.
    pub value: Text,
    /// The list without it.
    pub remove: Text,
    /// How its values are changed; none for filters that only links set.
    pub edit: Option<FilterField>,
}

impl Chip {
    /// A chip for one parameter of the address.
    pub fn new(label: impl Into<Text>, value: impl Into<Text>, link: &Link, key: &str) -> Self {
        Chip {
            label: label.into(),
            value: value.into(),
            remove: Text::Owned(link.without(key).to_string()),
            edit: None,
        }
    }

    /// With a form that changes it.
    pub fn edit(mut self, field: Option<FilterField>) -> Self {
        self.edit = field;
        self
    }
}

/// A filter that can be added: a parameter and how it is asked for.
#[derive(Clone, Debug)]
pub struct FilterField {
    key: Text,
    label: Text,
    kind: Kind,
    kept: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Date,
    Choice(Vec<(Text, Text)>),
    Many(Vec<(Text, Text)>),
    Range(Option<Text>),
    Days,
    People { suggest: Text, chosen: Vec<(Text, Text)> },
}

impl FilterField {
    fn new(key: impl Into<Text>, label: impl Into<Text>, kind: Kind) -> Self {
        FilterField { key: key.into(), label: label.into(), kind, kept: false }
    }

    /// Words.
    pub fn text(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Text)
    }

    /// A date.
    pub fn date(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Date)
    }

    /// One of some values, given as value and label.
    pub fn choice(key: impl Into<Text>, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        Self::new(key, label, Kind::Choice(values))
    }

    /// Any of some values, given as value and label.
    pub fn many(key: impl Into<Text>, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        Self::new(key, label, Kind::Many(values))
    }

    /// A number from (`{key}_from`) and to (`{key}_to`), with its unit.
    pub fn range(key: impl Into<Text>, label: impl Into<Text>, unit: Option<Text>) -> Self {
        Self::new(key, label, Kind::Range(unit))
    }

    /// A day from and to.
    pub fn days(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(key, label, Kind::Days)
    }

    /// Any of very many: those who are chosen or offered at once, as value and label, and a field that finds others.
    pub fn people(
        key: impl Into<Text>,
        label: impl Into<Text>,
        suggest: impl Into<Text>,
        chosen: Vec<(Text, Text)>,
    ) -> Self {
        Self::new(key, label, Kind::People { suggest: suggest.into(), chosen })
    }

    /// The list's view sets it: leaving it empty is an answer too, and is sent.
    pub fn kept(mut self, kept: bool) -> Self {
        self.kept = kept;
        self
    }

    /// The parameters that it sends.
    pub fn parameters(&self) -> Vec<String> {
        match self.kind {
            Kind::Range(_) | Kind::Days => vec![format!("{}_from", self.key), format!("{}_to", self.key)],
            Kind::People { .. } => vec![self.key.to_string(), format!("{}_text", self.key)],
            _ => vec![self.key.to_string()],
        }
    }

    fn owns(&self, key: &str) -> bool {
        self.parameters().iter().any(|own| own == key)
    }

    fn is_on(&self, state: &Link) -> bool {
        self.parameters().iter().any(|key| state.get(key).is_some_and(|value| !value.is_empty()))
    }

    /// The controls; `id` makes their ids unique on the page.
    fn paint(&self, state: &Link, id: &str) -> Markup {
        let value = |key: &str| state.get(key).unwrap_or("").to_owned();
        let now = value(&self.key);
        let id = format!("{id}-{}", self.key);
        let keep = self.kept.then_some("");
        match &self.kind {
            Kind::Text => {
                html! { input class="input" id=(id) name=(self.key) value=(now) autocomplete="off" aria-label=(self.label) data-keep=[keep]; }
            }
            Kind::Date => {
                // A day may be said from today on (`today+90`), which no calendar shows.
                let kind = if now.starts_with("today") { "text" } else { "date" };
                html! { input class="input" type=(kind) id=(id) name=(self.key) value=(now) aria-label=(self.label) data-keep=[keep]; }
            }
            Kind::Choice(values) => html! {
                select class="select" id=(id) name=(self.key) aria-label=(self.label) data-keep=[keep] {
                    option value="" { "Any" }
                    @for (value, label) in values { option value=(value) selected[*value == now] { (label) } }
                }
            },
            Kind::Many(values) => html! {
                @if self.kept { input type="hidden" name=(self.key) value="" data-keep; }
                div class="ticks" role="group" aria-label=(self.label) { (ticks(&self.key, values, &now)) }
            },
            Kind::Range(unit) => self.two_ends(state, &id, "text", unit.as_ref()),
            Kind::Days => self.two_ends(state, &id, "date", None),
            Kind::People { suggest, chosen } => html! {
                @if self.kept { input type="hidden" name=(self.key) value="" data-keep; }
                div class="ticks" role="group" aria-label=(self.label) { (ticks(&self.key, chosen, &now)) }
                (Field::combo(self.key.clone(), "Somebody else", suggest.clone(), "").id(format!("{id}-more")))
            },
        }
    }

    fn two_ends(&self, state: &Link, id: &str, kind: &str, unit: Option<&Text>) -> Markup {
        let one = |word: &str, label: &str| {
            let key = format!("{}_{word}", self.key);
            html! {
                label class="field" {
                    span class="label" { (label) @if let Some(unit) = unit { span class="opt" { (unit) } } }
                    input class="input" type=(kind) inputmode=[(kind == "text").then_some("decimal")] id={ (id) "-" (word) } name=(key)
                        value=(state.get(&key).unwrap_or("")) autocomplete="off" data-keep=[self.kept.then_some("")];
                }
            }
        };
        html! { div class="pair" { (one("from", "From")) (one("to", "To")) } }
    }
}

fn ticks(key: &str, values: &[(Text, Text)], now: &str) -> Markup {
    html! {
        @for (value, label) in values {
            label class="tick" {
                input class="box" type="checkbox" name=(key) value=(value) checked[now.split(',').any(|one| one == value)];
                span { (label) }
            }
        }
    }
}

/// The bar above a list: search, chips, "Filter", and at the right whatever the screen adds (columns, export).
pub struct FilterBar {
    link: Link,
    state: Link,
    search: Option<Text>,
    chips: Vec<Chip>,
    fields: Vec<FilterField>,
    right: Vec<Markup>,
}

impl FilterBar {
    /// For the page at this address.
    pub fn new(link: &Link) -> Self {
        FilterBar {
            link: link.clone(),
            state: link.clone(),
            search: None,
            chips: Vec::new(),
            fields: Vec::new(),
            right: Vec::new(),
        }
    }

    /// What holds now, where it is more than the address says: a view has filters of its own.
    pub fn state(mut self, state: &Link) -> Self {
        self.state = state.clone();
        self
    }

    /// A search field for `q`, with its placeholder ("Item, lot, serial").
    pub fn search(mut self, placeholder: impl Into<Text>) -> Self {
        self.search = Some(placeholder.into());
        self
    }

    /// The filters that are on.
    pub fn chips(mut self, chips: Vec<Chip>) -> Self {
        self.chips = chips;
        self
    }

    /// The filters that can be added.
    pub fn fields(mut self, fields: Vec<FilterField>) -> Self {
        self.fields = fields;
        self
    }

    /// Something at the right, such as [`super::columns_menu`].
    pub fn right(mut self, markup: impl Render) -> Self {
        self.right.push(markup.render());
        self
    }

    fn chip(&self, chip: &Chip) -> Markup {
        let words = html! { (chip.label) " " b { (chip.value) } };
        html! {
            span class="chip" {
                @match &chip.edit {
                    Some(field) => {
                        details class="pop" {
                            summary title={ "Change the filter " (chip.label) } { (words) }
                            form class="panel pad" method="get" action=(self.link.path()) data-trim {
                                (kept(&self.link, |key| field.owns(key)))
                                h3 { (chip.label) }
                                (field.paint(&self.state, "chip"))
                                button class="btn primary" type="submit" { "Show" }
                            }
                        }
                    }
                    None => { span { (words) } }
                }
                a href=(chip.remove) aria-label={ "Remove the filter " (chip.label) } { (Icon::Close) }
            }
        }
    }

    fn adding(&self) -> Markup {
        html! {
            details class="pop" {
                summary class="btn quiet" { (Icon::Filter) "Filter" }
                form class="panel pad" method="get" action=(self.link.path()) data-trim {
                    (kept(&self.link, |key| self.fields.iter().any(|field| field.owns(key))))
                    @if self.fields.len() > FEW {
                        input class="input js-only" type="search" placeholder="Find a filter" aria-label="Find a filter" autocomplete="off" data-sift;
                        div class="folds" {
                            @for field in &self.fields {
                                details class="fold" name="filter" data-word=(field.label) {
                                    summary { (Icon::Right) (field.label) @if field.is_on(&self.state) { span class="dot" title="On" {} } }
                                    div class="field" { (field.paint(&self.state, "filter")) }
                                }
                            }
                        }
                    } @else {
                        @for field in &self.fields {
                            fieldset class="field" { legend class="label" { (field.label) } (field.paint(&self.state, "filter")) }
                        }
                    }
                    button class="btn primary" type="submit" { "Show" }
                }
            }
        }
    }
}

/// More filters than these are folded, so that one sees them all before opening one.
const FEW: usize = 6;

/// What the address holds besides these parameters, as hidden fields of a GET form.
pub(super) fn kept(link: &Link, but: impl Fn(&str) -> bool) -> Markup {
    html! {
        @for (key, value) in link.pairs().filter(|(key, _)| !but(key) && *key != "cursor") {
            input type="hidden" name=(key) value=(value);
        }
    }
}

impl Render for FilterBar {
    fn render(&self) -> Markup {
        html! {
            div class="chips" {
                @if let Some(placeholder) = &self.search {
                    form class="lookup" method="get" action=(self.link.path()) role="search" {
                        (kept(&self.link, |key| key == "q"))
                        (Icon::Search)
                        input class="input" type="search" name="q" value=[self.state.get("q")] placeholder=(placeholder)
                            aria-label=(placeholder) autocomplete="off" data-find;
                        span class="kbd" aria-hidden="true" { "/" }
                    }
                }
                @for chip in &self.chips { (self.chip(chip)) }
                @if !self.fields.is_empty() { (self.adding()) }
                @if !self.right.is_empty() { div class="right" { @for markup in &self.right { (markup) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(query: &str, field: FilterField) -> String {
        FilterBar::new(&Link::parse("/units", Some(query))).fields(vec![field]).render().into_string()
    }

    #[test]
    fn adding_a_filter_keeps_the_others_but_not_the_position() {
        let html = bar("status=on_hold&lot=L1&cursor=zz", FilterField::text("lot", "Lot"));
        assert!(html.contains("<input type=\"hidden\" name=\"status\" value=\"on_hold\">"), "{html}");
        assert!(!html.contains("cursor") && html.matches("name=\"lot\"").count() == 1, "{html}");
    }

    #[test]
    fn any_of_some_values_is_ticked_and_a_range_has_two_ends() {
        let values = vec![("good".into(), "Good".into()), ("hold".into(), "On hold".into())];
        let html = bar("billing=hold,x", FilterField::many("billing", "Billing", values));
        assert!(html.contains("value=\"hold\" checked") && !html.contains("value=\"good\" checked"), "{html}");
        let html = bar("n_from=3&n_to=9", FilterField::range("n", "Orders", None));
        assert!(html.contains("name=\"n_from\" value=\"3\"") && html.contains("name=\"n_to\" value=\"9\""), "{html}");
        assert!(!html.contains("type=\"hidden\""), "both ends belong to the filter: {html}");
    }

    #[test]
    fn a_filter_of_the_view_can_be_answered_with_nothing() {
        let html = bar("", FilterField::many("stage", "Stage", Vec::new()).kept(true));
        assert!(html.contains("name=\"stage\" value=\"\" data-keep"), "{html}");
    }

    #[test]
    fn a_chip_opens_where_it_can_be_changed() {
        let link = Link::parse("/units", Some("lot=L1&q=a"));
        let chip = Chip::new("Lot", "L1", &link, "lot").edit(Some(FilterField::text("lot", "Lot")));
        let html = FilterBar::new(&link).chips(vec![chip]).render().into_string();
        assert!(html.contains("href=\"/units?q=a\"") && html.contains("id=\"chip-lot\""), "{html}");
    }
}
