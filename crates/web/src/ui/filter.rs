//! Filters: chips that can be taken away, a popover that adds one, a chooser of columns. All plain links and GET forms.

use super::{Column, Icon, Link, Text};
use maud::{Markup, Render, html};

/// A filter that is on: "Status available, in transfer".
#[derive(Clone, Debug)]
pub struct Chip {
    /// What is filtered.
    pub label: Text,
    /// By which values.
    pub value: Text,
    /// The list without it.
    pub remove: Text,
}

impl Chip {
    /// A chip for one parameter of the address.
    pub fn new(label: impl Into<Text>, value: impl Into<Text>, link: &Link, key: &str) -> Self {
        Chip { label: label.into(), value: value.into(), remove: Text::Owned(link.without(key).to_string()) }
    }
}

/// A filter that can be added: a parameter and how it is asked for.
#[derive(Clone, Debug)]
pub struct FilterField {
    key: Text,
    label: Text,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Date,
    Choice(Vec<(Text, Text)>),
}

impl FilterField {
    /// Words.
    pub fn text(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        FilterField { key: key.into(), label: label.into(), kind: Kind::Text }
    }

    /// A date.
    pub fn date(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        FilterField { key: key.into(), label: label.into(), kind: Kind::Date }
    }

    /// One of some values, given as value and label.
    pub fn choice(key: impl Into<Text>, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        FilterField { key: key.into(), label: label.into(), kind: Kind::Choice(values) }
    }

    fn paint(&self, link: &Link, id: &str) -> Markup {
        let now = link.get(&self.key).unwrap_or("");
        let id = format!("{id}-{}", self.key);
        html! {
            div class="field" {
                label class="label" for=(id) { (self.label) }
                @match &self.kind {
                    Kind::Text => { input class="input" id=(id) name=(self.key) value=(now) autocomplete="off"; }
                    Kind::Date => { input class="input" type="date" id=(id) name=(self.key) value=(now); }
                    Kind::Choice(values) => {
                        select class="select" id=(id) name=(self.key) {
                            option value="" { "Any" }
                            @for (value, label) in values { option value=(value) selected[value == now] { (label) } }
                        }
                    }
                }
            }
        }
    }
}

/// The bar above a list: search, chips, "Filter", and at the right whatever the screen adds (columns, export).
pub struct FilterBar {
    link: Link,
    search: Option<Text>,
    chips: Vec<Chip>,
    fields: Vec<FilterField>,
    right: Vec<Markup>,
}

impl FilterBar {
    /// For the page at this address.
    pub fn new(link: &Link) -> Self {
        FilterBar { link: link.clone(), search: None, chips: Vec::new(), fields: Vec::new(), right: Vec::new() }
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

    /// Something at the right, such as [`columns_menu`].
    pub fn right(mut self, markup: impl Render) -> Self {
        self.right.push(markup.render());
        self
    }
}

/// What the address holds besides these parameters, as hidden fields of a GET form.
fn kept(link: &Link, but: impl Fn(&str) -> bool) -> Markup {
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
                        input class="input" type="search" name="q" value=[self.link.get("q")] placeholder=(placeholder)
                            aria-label=(placeholder) autocomplete="off" data-find;
                        span class="kbd" aria-hidden="true" { "/" }
                    }
                }
                @for chip in &self.chips {
                    span class="chip" {
                        span { (chip.label) " " b { (chip.value) } }
                        a href=(chip.remove) aria-label={ "Remove the filter " (chip.label) } { (Icon::Close) }
                    }
                }
                @if !self.fields.is_empty() {
                    details class="pop" {
                        summary class="btn quiet" { (Icon::Filter) "Filter" }
                        form class="panel pad" method="get" action=(self.link.path()) data-trim {
                            (kept(&self.link, |key| self.fields.iter().any(|field| field.key == key)))
                            @for field in &self.fields { (field.paint(&self.link, "filter")) }
                            button class="btn primary" type="submit" { "Show" }
                        }
                    }
                }
                @if self.chips.len() > 1 { a class="btn quiet" href=(self.link.only(&["sort", "col", "view"])) { "Clear" } }
                @if !self.right.is_empty() { div class="right" { @for markup in &self.right { (markup) } } }
            }
        }
    }
}

/// The chooser of columns: a GET form that sends `col` once for each chosen column.
pub fn columns_menu(all: &[Column], shown: &[Column], link: &Link) -> Markup {
    html! {
        details class="pop rightwards wide-only" {
            summary class="btn quiet" { (Icon::Columns) "Columns" }
            form class="panel" method="get" action=(link.path()) {
                (kept(link, |key| key == "col"))
                @for column in all {
                    label class="it" {
                        input class="box" type="checkbox" name="col" value=(column.key) checked[shown.iter().any(|one| one.key == column.key)];
                        (column.label)
                    }
                }
                hr;
                button class="it" type="submit" { (Icon::Check) "Show these" }
                a class="it" href=(link.without("col")) { (Icon::Undo) "As it was" }
            }
        }
    }
}

/// The columns that the address asks for (`col`), in the list's own order; without any, the usual ones. The first column is
/// always there, because it carries the link.
pub fn pick_columns(all: &[Column], link: &Link) -> Vec<Column> {
    let wanted: Vec<&str> = link.get_all("col").collect();
    let shown = |index: usize, column: &Column| match wanted.is_empty() {
        true => column.is_default(),
        false => index == 0 || wanted.contains(&column.key.as_ref()),
    };
    all.iter().enumerate().filter(|(index, column)| shown(*index, column)).map(|(_, column)| column.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(columns: &[Column]) -> Vec<&str> {
        columns.iter().map(|column| column.key.as_ref()).collect()
    }

    #[test]
    fn the_address_chooses_the_columns() {
        let all = vec![Column::new("item", "Item"), Column::new("lot", "Lot"), Column::new("udi", "UDI").optional()];
        assert_eq!(keys(&pick_columns(&all, &Link::new("/units"))), ["item", "lot"]);
        assert_eq!(keys(&pick_columns(&all, &Link::parse("/units", Some("col=udi&col=nonsense")))), ["item", "udi"]);
    }

    #[test]
    fn adding_a_filter_keeps_the_others_but_not_the_position() {
        let link = Link::parse("/units", Some("status=on_hold&lot=L1&cursor=zz"));
        let html = FilterBar::new(&link).fields(vec![FilterField::text("lot", "Lot")]).render().into_string();
        assert!(html.contains("<input type=\"hidden\" name=\"status\" value=\"on_hold\">"), "{html}");
        assert!(!html.contains("cursor") && html.matches("name=\"lot\"").count() == 1, "{html}");
    }
}
