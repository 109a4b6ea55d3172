//! Lists: from the address to what is asked of a use case, and from its page back to a table. The whole state of a list is
//! in its address: view, words, filters, columns, order, position.

use super::views::Saved;
use super::words::number;
use crate::edge::Visit;
use crate::ui::{
    Bulk, Button, Cell, Chip, Column, Empty, FilterBar, FilterField, Header, Icon, Link, Page, Room, Row, Tab, Table,
    Text, columns_menu, pick_columns, tabs,
};
use axum::response::{IntoResponse, Response};
use contract::ListParams;
use maud::{Markup, Render, html};

/// Rows that are asked for at once.
const ROWS: u32 = 60;

/// A view of a list: a tab with filters of its own.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name in addresses (`?view=`).
    pub key: &'static str,
    /// Its name on the tab.
    pub label: &'static str,
    /// The filters that make it.
    pub filters: &'static [(&'static str, &'static str)],
    /// Its order, unless it is the list's own.
    pub sort: Option<&'static str>,
}

impl View {
    /// A view in the list's own order.
    pub const fn new(key: &'static str, label: &'static str, filters: &'static [(&'static str, &'static str)]) -> Self {
        Self { key, label, filters, sort: None }
    }

    /// The same in its own order.
    pub const fn sort(self, sort: &'static str) -> Self {
        Self { sort: Some(sort), ..self }
    }
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Date,
    Choice(Vec<(Text, Text)>),
    Given(Option<Text>),
}

/// A filter: its name in addresses is the one that the use case knows.
#[derive(Clone, Debug)]
pub struct Filter {
    key: &'static str,
    label: Text,
    kind: Kind,
}

impl Filter {
    /// Words.
    pub fn text(key: &'static str, label: impl Into<Text>) -> Self {
        Self { key, label: label.into(), kind: Kind::Text }
    }

    /// A date.
    pub fn date(key: &'static str, label: impl Into<Text>) -> Self {
        Self { key, label: label.into(), kind: Kind::Date }
    }

    /// One of some values, given as value and label.
    pub fn choice(key: &'static str, label: impl Into<Text>, values: Vec<(Text, Text)>) -> Self {
        Self { key, label: label.into(), kind: Kind::Choice(values) }
    }

    /// Yes or no.
    pub fn yes_no(key: &'static str, label: impl Into<Text>) -> Self {
        Self::choice(key, label, vec![("true".into(), "Yes".into()), ("false".into(), "No".into())])
    }

    /// Only by links from elsewhere ("all units of this person"); `shown` is the name behind the value.
    pub fn given(key: &'static str, label: impl Into<Text>, shown: Option<impl Into<Text>>) -> Self {
        Self { key, label: label.into(), kind: Kind::Given(shown.map(Into::into)) }
    }

    fn field(&self) -> Option<FilterField> {
        Some(match &self.kind {
            Kind::Text => FilterField::text(self.key, self.label.clone()),
            Kind::Date => FilterField::date(self.key, self.label.clone()),
            Kind::Choice(values) => FilterField::choice(self.key, self.label.clone(), values.clone()),
            Kind::Given(_) => return None,
        })
    }

    fn words(&self, value: &str) -> Text {
        match &self.kind {
            Kind::Choice(values) => {
                let one = |part: &str| {
                    let found = values.iter().find(|(known, _)| *known == part);
                    found.map_or_else(|| part.to_owned(), |(_, label)| label.to_string())
                };
                value.split(',').map(one).collect::<Vec<_>>().join(", ").into()
            }
            Kind::Given(Some(shown)) => shown.clone(),
            Kind::Date => domain::clock::Day::parse(value).map_or(value.to_owned(), super::words::day).into(),
            Kind::Text | Kind::Given(None) => value.to_owned().into(),
        }
    }
}

/// A list at an address.
pub struct List {
    id: &'static str,
    label: &'static str,
    room: Room,
    link: Link,
    all: Vec<Column>,
    /// The columns that are shown, in order.
    pub columns: Vec<Column>,
    views: Vec<View>,
    filters: Vec<Filter>,
    search: Option<Text>,
    sort: &'static str,
    more: Vec<(&'static str, String)>,
}

/// What came back, and what stands around it.
pub struct Shown {
    /// Title, number, actions.
    pub header: Header,
    /// The rows; see [`List::row`].
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: Option<i64>,
    /// What to say when there is nothing at all.
    pub empty: Empty,
    /// What can be done with selected rows.
    pub bulk: Vec<Button>,
    /// At the right of the filters, before the columns.
    pub right: Vec<Markup>,
    /// A row of sums, a cell for each key.
    pub foot: Vec<(&'static str, Cell)>,
    /// Between the tabs and the filters, such as a banner.
    pub above: Option<Markup>,
    /// Dialogs and the like.
    pub below: Option<Markup>,
    /// The views that were saved of this list.
    pub saved: Saved,
}

impl Shown {
    /// Rows under a header.
    pub fn new(header: Header, rows: Vec<Row>, empty: Empty) -> Self {
        Self {
            header,
            rows,
            next: None,
            total: None,
            empty,
            bulk: Vec::new(),
            right: Vec::new(),
            foot: Vec::new(),
            above: None,
            below: None,
            saved: Saved::default(),
        }
    }

    /// With the views that were saved of this list (see [`super::views::open`]).
    pub fn saved(mut self, saved: Saved) -> Self {
        self.saved = saved;
        self
    }

    /// With the next page's cursor and, where it was counted, the total.
    pub fn paged(mut self, next: Option<String>, total: Option<i64>) -> Self {
        self.next = next;
        self.total = total;
        self
    }
}

impl List {
    /// A list in a room; `id` names its table on the page, `label` what it lists.
    pub fn new(visit: &Visit, room: Room, id: &'static str, label: &'static str, columns: Vec<Column>) -> Self {
        let link = visit.link.clone();
        Self {
            id,
            label,
            room,
            columns: pick_columns(&columns, &link),
            all: columns,
            link,
            views: Vec::new(),
            filters: Vec::new(),
            search: None,
            sort: "",
            more: Vec::new(),
        }
    }

    /// Its views; the first is shown unless another is asked for.
    pub fn views(mut self, views: &[View]) -> Self {
        self.views = views.to_vec();
        self
    }

    /// What it can be filtered by.
    pub fn filters(mut self, filters: Vec<Filter>) -> Self {
        self.filters = filters;
        self
    }

    /// Its order unless another is asked for (`-expires_on,lot`).
    pub const fn sort(mut self, sort: &'static str) -> Self {
        self.sort = sort;
        self
    }

    /// A search field with its placeholder.
    pub fn search(mut self, placeholder: impl Into<Text>) -> Self {
        self.search = Some(placeholder.into());
        self
    }

    /// A filter that always holds and is not shown.
    pub fn always(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.more.push((key, value.into()));
        self
    }

    /// The view that is shown.
    pub fn view(&self) -> Option<&View> {
        let asked = self.link.get("view").unwrap_or_default();
        self.views.iter().find(|view| view.key == asked).or_else(|| self.views.first())
    }

    /// The address.
    pub const fn link(&self) -> &Link {
        &self.link
    }

    fn default_sort(&self) -> &'static str {
        self.view().and_then(|view| view.sort).unwrap_or(self.sort)
    }

    /// Whether words or filters were added to the view.
    pub fn is_narrowed(&self) -> bool {
        self.link.get("q").is_some_and(|q| !q.trim().is_empty())
            || self.filters.iter().any(|filter| self.link.get(filter.key).is_some_and(|value| !value.is_empty()))
    }

    /// What is asked of the use case. The total is counted with the first page.
    pub fn params(&self) -> ListParams {
        let given = |key: &str| self.link.get(key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut params = ListParams {
            limit: Some(ROWS),
            cursor: given("cursor"),
            count: given("cursor").is_none(),
            sort: given("sort").or_else(|| Some(self.default_sort().to_owned())).filter(|sort| !sort.is_empty()),
            q: given("q"),
            ..ListParams::default()
        };
        let preset = self.view().map(|view| view.filters).unwrap_or_default();
        params.filters.extend(preset.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let asked = self.filters.iter().filter_map(|filter| Some((filter.key.to_owned(), given(filter.key)?)));
        params.filters.extend(asked);
        params.filters.extend(self.more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        params
    }

    /// A row with a cell for each column that is shown.
    pub fn row(&self, id: impl Into<Text>, cell: impl FnMut(&str) -> Cell) -> Row {
        Row::new(id, self.columns.iter().map(|column| column.key.as_ref()).map(cell).collect())
    }

    fn tabs(&self, visit: &Visit, saved: &Saved) -> Vec<Tab> {
        let now = self.view().map(|view| view.key);
        // Columns go along from tab to tab, but not out of a saved view, whose own they are.
        let base = if saved.is_open() { Link::new(self.link.path()) } else { self.link.only(&["col"]) };
        let named = saved.has_default(visit);
        let own = self.views.iter().enumerate().map(|(index, view)| {
            let link = if index == 0 && !named { base.clone() } else { base.with("view", view.key) };
            Tab::new(view.label, link.to_string(), now == Some(view.key) && !saved.is_open())
        });
        let more = saved.tabs(self.link.path());
        // A list without views of its own is itself the first tab, once there are others.
        let first = (self.views.is_empty() && !more.is_empty()).then(|| {
            let link = if named { base.with("view", "all") } else { base.clone() };
            Tab::new("All", link.to_string(), !saved.is_open())
        });
        first.into_iter().chain(own).chain(more).collect()
    }

    fn chips(&self) -> Vec<Chip> {
        let asked = self.filters.iter().filter_map(|filter| {
            let value = self.link.get(filter.key).filter(|value| !value.is_empty())?;
            Some(Chip::new(filter.label.clone(), filter.words(value), &self.link, filter.key))
        });
        asked.collect()
    }

    /// The table alone, with its filters: for pages that have more than a list.
    pub fn table(&self, visit: &Visit, shown: &mut Shown) -> Table {
        let narrowed = self.is_narrowed();
        let empty = if narrowed {
            let clear = self.link.only(&["view", "col"]);
            Empty::new(Icon::Search, "Nothing matches")
                .text("Take a filter away, or look with other words.")
                .action(Button::link("Show all", clear.to_string()))
        } else {
            shown.empty.clone()
        };
        let mut table = Table::new(self.id, self.label, self.columns.clone())
            .link(&self.link, self.default_sort())
            .rows(std::mem::take(&mut shown.rows))
            .next(shown.next.take())
            .empty(empty);
        if !shown.bulk.is_empty() {
            let total = shown.total.and_then(|total| u64::try_from(total).ok());
            table = table.bulk(Bulk { total, actions: std::mem::take(&mut shown.bulk), csrf: visit.csrf() });
        }
        if !shown.foot.is_empty() {
            let cell = |column: &Column| {
                let found = shown.foot.iter().find(|(key, _)| *key == column.key);
                found.map_or_else(|| Cell::text(""), |(_, cell)| cell.clone())
            };
            table = table.foot(self.columns.iter().map(cell).collect());
        }
        table
    }

    /// The bar with search, chips, filters and columns.
    pub fn bar(&self, right: Vec<Markup>) -> Markup {
        let columns = self.all.iter().any(|column| !column.is_default()) || self.all.len() > 4;
        if self.search.is_none() && self.filters.is_empty() && right.is_empty() && !columns {
            return html! {};
        }
        let mut bar = FilterBar::new(&self.link)
            .chips(self.chips())
            .fields(self.filters.iter().filter_map(Filter::field).collect());
        if let Some(search) = &self.search {
            bar = bar.search(search.clone());
        }
        for markup in right {
            bar = bar.right(markup);
        }
        if columns {
            bar = bar.right(columns_menu(&self.all, &self.columns, &self.link));
        }
        bar.render()
    }

    /// The answer: the whole page, or the next rows when the script asks for them.
    pub fn answer(&self, visit: &Visit, mut shown: Shown) -> Response {
        if visit.hx.partial && self.link.get("cursor").is_some() {
            return visit.part(self.table(visit, &mut shown).rows_only());
        }
        let table = self.table(visit, &mut shown);
        let saved = std::mem::take(&mut shown.saved);
        let mut all = self.tabs(visit, &saved);
        let aside = saved.actions(visit, &self.link, &["view"]);
        if let (Some(total), Some(tab)) = (shown.total, all.iter_mut().find(|tab| tab.current)) {
            tab.count = Some(number(total).into());
        }
        let body = html! {
            (shown.header)
            @if !all.is_empty() || aside.is_some() { (tabs(&all, aside)) }
            @if let Some(above) = &shown.above { (above) }
            (self.bar(shown.right))
            (table)
            @if let Some(below) = &shown.below { (below) }
        };
        visit.render(Page::list(self.label, self.room, &visit.viewer, body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(query: &str) -> List {
        List {
            id: "people",
            label: "People",
            room: Room::People,
            link: Link::parse("/people", Some(query)),
            all: Vec::new(),
            columns: Vec::new(),
            views: vec![
                View::new("active", "Active", &[("active", "true")]),
                View::new("off", "Deactivated", &[("active", "false")]).sort("-created_at"),
            ],
            filters: vec![Filter::choice("role", "Role", vec![("sales".into(), "Sales".into())])],
            search: None,
            sort: "name",
            more: Vec::new(),
        }
    }

    #[test]
    fn the_first_view_holds_unless_another_is_asked_for() {
        let params = list("").params();
        assert_eq!((params.filters["active"].as_str(), params.sort.as_deref()), ("true", Some("name")));
        let params = list("view=off&q=+ann+&role=sales&col=name&unknown=1").params();
        assert_eq!((params.filters["active"].as_str(), params.sort.as_deref()), ("false", Some("-created_at")));
        assert_eq!((params.q.as_deref(), params.filters["role"].as_str()), (Some("ann"), "sales"));
        assert!(!params.filters.contains_key("col") && !params.filters.contains_key("unknown"));
    }

    #[test]
    fn the_total_is_counted_once() {
        assert!(list("").params().count);
        assert!(!list("cursor=00").params().count);
    }

    #[test]
    fn a_chip_says_the_value_in_words() {
        let chips = list("role=sales,other").chips();
        assert_eq!(chips[0].value, "Sales, other");
        assert!(list("role=sales").is_narrowed() && !list("view=off&sort=-name").is_narrowed());
    }
}
