//! Lists: from the address to what is asked of a use case, and from its page back to a table. The whole state of a list is
//! in its address: view, words, filters, columns with their order and widths, sorting, position.

mod filter;
mod view;

pub use filter::{Filter, Unit};
pub use view::{View, read_state};

use super::words::number;
use crate::edge::{Fail, Visit};
use crate::ui::{
    self, Bulk, Button, Cell, Changed, Chip, Column, Empty, FilterBar, FilterField, Header, Icon, Link, Menu, Room,
    Row, Tab, Table, Text, Views, columns_menu, moved, pick_columns, sort_menu,
};
use app::export::Format;
use app::reports::{Field, Kind};
use app::{Ctx, Tx};
use axum::response::{IntoResponse, Response};
use contract::directory::View as SavedView;
use contract::{ListParams, Page};
use domain::id::ViewId;
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use view::{Kept, Known};

/// Rows that are asked for at once.
const ROWS: u32 = 60;

/// A list at an address.
pub struct List {
    id: &'static str,
    label: &'static str,
    room: Room,
    link: Link,
    all: Vec<Column>,
    /// The columns that are shown, in order.
    pub columns: Vec<Column>,
    views: Vec<Known>,
    filters: Vec<Filter>,
    search: Option<Text>,
    sort: &'static str,
    more: Vec<(&'static str, String)>,
    /// The list whose views are kept on the server.
    entity: Option<&'static str>,
    /// What filters that are said from today on count from.
    today: domain::clock::Day,
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
    /// The sums are fetched when the rows are there: see [`List::adds_up`].
    pub foot_later: bool,
    /// Under the header, where the list is a part of something: the tabs of that.
    pub nav: Option<Markup>,
    /// Between the tabs and the filters, such as a banner.
    pub above: Option<Markup>,
    /// Dialogs and the like.
    pub below: Option<Markup>,
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
            foot_later: false,
            nav: None,
            above: None,
            below: None,
        }
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
        let link = moved(&columns, &visit.link.joined("sort"));
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
            entity: None,
            today: visit.ctx.today(),
        }
    }

    /// Its views; the first is shown unless another is asked for.
    pub fn views(mut self, views: &[View]) -> Self {
        self.views = views.iter().map(Known::of).collect();
        self
    }

    /// What it can be filtered by.
    pub fn filters(mut self, filters: Vec<Filter>) -> Self {
        for filter in filters.iter().filter(|filter| filter.is_many()) {
            self.link = self.link.joined(filter.key);
        }
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

    /// With the views that the server keeps of this list, after those of its own: columns, filters and order can be kept,
    /// given to others and opened by default. Comes after the filters, which say how their values are written.
    pub async fn saved(self, visit: &Visit, entity: &'static str) -> Result<Self, Fail> {
        let asked = asked_view(&self.link);
        let all = visit.read(move |ctx, tx| saved_views(ctx, tx, entity, asked)).await?;
        self.with_saved(visit, entity, all).await
    }

    /// The same with views that were read already.
    pub async fn with_saved(mut self, visit: &Visit, entity: &'static str, all: Vec<SavedView>) -> Result<Self, Fail> {
        self.entity = Some(entity);
        let may_share = visit.may(domain::people::Permission::ManageDirectory);
        for it in all {
            let own = match it.scope.as_str() {
                "personal" | "shared" => it.owner_id == Some(visit.ctx.actor.id),
                _ => may_share,
            };
            let known = Known::saved(it, &self.filters, own);
            if !self.views.iter().any(|other| other.key == known.key) {
                self.views.push(known);
            }
        }
        self.settle(visit).await?;
        Ok(self)
    }

    /// Opens the viewer's own view where the address says nothing, finds people by typed names, and takes the columns
    /// from the view.
    async fn settle(&mut self, visit: &Visit) -> Result<(), Fail> {
        let says_nothing = self.link.pairs().all(|(key, _)| key == "cursor");
        let own = self.views.iter().find(|view| view.kept.as_ref().is_some_and(|kept| kept.opens && kept.own));
        if let (true, Some(own)) = (says_nothing, own) {
            let cursor = self.link.get("cursor").map(str::to_owned);
            let link = own.href(self.link.path(), false);
            self.link = cursor.map_or(link.clone(), |cursor| link.page(cursor));
        }
        for filter in self.filters.iter().filter(|filter| filter.found_by_name()) {
            let text = format!("{}_text", filter.key);
            let Some(typed) = self.link.get(&text).map(str::to_owned) else { continue };
            let chosen = self.link.get(filter.key).unwrap_or_default().to_owned();
            self.link = self.link.without(&text);
            // With the script the id came too, as the last of the values.
            let found = if typed.is_empty() { None } else { super::suggest::named(visit, "people", &typed).await? };
            if let Some(id) = found.filter(|id| !chosen.split(',').any(|one| one == id)) {
                let all = if chosen.is_empty() { id } else { format!("{chosen},{id}") };
                self.link = self.link.with(filter.key, all);
            }
        }
        self.columns = pick_columns(&self.all, &self.state());
        Ok(())
    }

    /// The view that is shown.
    fn known(&self) -> Option<&Known> {
        let asked = self.link.get("view").unwrap_or_default();
        self.views.iter().find(|view| view.key == asked).or_else(|| self.views.first())
    }

    /// The name of the view that is shown, as addresses have it.
    pub fn view_key(&self) -> Option<&str> {
        self.known().map(|view| view.key.as_str())
    }

    /// What holds: what the view sets, and over it what the address says.
    pub fn state(&self) -> Link {
        self.known().map_or_else(|| self.link.clone(), |view| view.overlaid(&self.link))
    }

    /// The address.
    pub const fn link(&self) -> &Link {
        &self.link
    }

    /// The order without one of the address.
    fn default_sort(&self) -> String {
        let own = self.known().and_then(|view| view.pairs.iter().find(|(key, _)| key == "sort"));
        own.map_or_else(|| self.sort.to_owned(), |(_, sort)| sort.clone())
    }

    /// The order that holds.
    fn sorted(&self) -> String {
        self.link.get("sort").filter(|sort| !sort.is_empty()).map_or_else(|| self.default_sort(), str::to_owned)
    }

    /// Whether words or filters were added to the view.
    pub fn is_narrowed(&self) -> bool {
        self.link.get("q").is_some_and(|q| !q.trim().is_empty())
            || self
                .filters
                .iter()
                .flat_map(Filter::keys)
                .any(|key| self.link.get(&key).is_some_and(|it| !it.is_empty()))
    }

    /// Whether columns or filters differ from the view that is shown.
    pub fn is_modified(&self) -> bool {
        let given = |key: &str| self.filters.iter().any(|filter| filter.is_given() && filter.key == key);
        self.known().is_some_and(|view| view.differs(&self.state(), self.sort, given))
    }

    /// Filters that hold, as the use case has them.
    fn asked(&self) -> BTreeMap<String, String> {
        let state = self.state();
        let mut all = BTreeMap::new();
        // What a view sets holds whether or not the list has a field for it.
        let preset = self.known().map(|view| view.pairs.as_slice()).unwrap_or_default();
        let preset = preset.iter().map(|(key, _)| key.as_str()).filter(|key| !STATE.contains(key));
        for key in preset {
            if let Some(value) = state.get(key) {
                all.insert(key.to_owned(), value.to_owned());
            }
        }
        for filter in &self.filters {
            for key in filter.keys() {
                if let Some(value) = state.get(&key).map(str::trim).filter(|value| !value.is_empty()) {
                    all.insert(key, filter.inside(value));
                }
            }
        }
        all
    }

    /// What is asked of the use case. The total is counted with the first page.
    pub fn params(&self) -> ListParams {
        let cursor = self.link.get("cursor").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let state = self.state();
        let mut params = ListParams {
            limit: Some(ROWS),
            count: cursor.is_none(),
            cursor,
            sort: Some(self.sorted()).filter(|sort| !sort.is_empty()),
            q: state.get("q").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            filters: self.asked().into_iter().map(|(key, value)| (key, filter::resolved(value, self.today))).collect(),
            ..ListParams::default()
        };
        params.filters.extend(self.more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        params
    }

    /// A row with a cell for each column that is shown.
    pub fn row(&self, id: impl Into<Text>, cell: impl FnMut(&str) -> Cell) -> Row {
        Row::new(id, self.columns.iter().map(|column| column.key.as_ref()).map(cell).collect())
    }

    /// The view's own address. Filters that came by a link from elsewhere stay, whichever view is looked at.
    fn tab_link(&self, at: usize, view: &Known) -> Link {
        let opens_otherwise = self.views.iter().any(|view| view.kept.as_ref().is_some_and(|kept| kept.opens));
        let link = view.href(self.link.path(), at == 0 && !opens_otherwise);
        let given = self.filters.iter().filter(|filter| filter.is_given());
        let mut link = given.fold(link, |link, filter| match self.link.get(filter.key) {
            Some(value) if !value.is_empty() && !view.sets(filter.key) => link.and(filter.key, value),
            _ => link,
        });
        if self.entity.is_none() {
            link = self.link.get_all("col").fold(link, |link, column| link.and("col", column));
        }
        link
    }

    fn tabs(&self, total: Option<i64>) -> Vec<Tab> {
        let now = self.view_key();
        let tab = |(at, view): (usize, &Known)| {
            let current = now == Some(view.key.as_str());
            let tab = Tab::new(view.label.clone(), self.tab_link(at, view).to_string(), current);
            match total {
                Some(total) if current => tab.count(number(total)),
                _ => tab,
            }
        };
        self.views.iter().enumerate().map(tab).collect()
    }

    /// The list without a filter: one that the view sets is answered with nothing.
    fn without(&self, filter: &Filter) -> Link {
        let preset = |key: &str| self.known().is_some_and(|view| view.sets(key));
        filter.keys().iter().fold(self.link.clone(), |link, key| match preset(key) {
            true => link.with(key, ""),
            false => link.without(key),
        })
    }

    fn is_preset(&self, filter: &Filter) -> bool {
        filter.keys().iter().any(|key| self.known().is_some_and(|view| view.sets(key)))
    }

    fn chips(&self) -> Vec<Chip> {
        let state = self.state();
        let chip = |filter: &Filter| filter.chip(&state, self.is_preset(filter), self.without(filter));
        self.filters.iter().filter(|filter| !filter.is_aside()).filter_map(chip).collect()
    }

    fn fields(&self) -> Vec<FilterField> {
        let fields = self.filters.iter().filter(|filter| !filter.is_aside());
        fields.filter_map(|filter| filter.field(self.is_preset(filter))).collect()
    }

    /// What the list becomes a view of: as JSON for the form that keeps it.
    fn state_json(&self) -> String {
        let usual = pick_columns(&self.all, &Link::default());
        let same = usual.iter().map(|column| &column.key).eq(self.columns.iter().map(|column| &column.key))
            && self.columns.iter().all(|column| column.own_width().is_none() && !column.is_pinned());
        let state = self.state();
        view::state_json(&self.columns, same, self.asked(), &self.sorted(), state.get("q"))
    }

    /// The row of views.
    fn view_row(&self, visit: &Visit, total: Option<i64>) -> Markup {
        let Some(entity) = self.entity else {
            let tabs = self.tabs(total);
            return html! { @if !tabs.is_empty() { (Views::new(tabs)) } };
        };
        let state = self.state_json();
        let save_as = Link::new("/views/new")
            .with("entity", entity)
            .with("list", self.link.path())
            .with("state", &state)
            .to_string();
        let known = self.known();
        let kept = known.and_then(|view| view.kept.as_ref());
        let reset = known.map(|view| self.tab_link(1, view)).unwrap_or_default();
        let changed = self.is_modified().then(|| Changed {
            save: kept
                .filter(|kept| kept.own)
                .map(|kept| (format!("/views/{}/state?list={}", kept.id, self.link.path()).into(), visit.csrf())),
            version: kept.map_or(0, |kept| kept.version),
            state: state.into(),
            save_as: save_as.clone().into(),
            reset: reset.to_string().into(),
        });
        Views::new(self.tabs(total)).changed(changed).menu(self.view_menu(kept, save_as)).render()
    }

    fn view_menu(&self, kept: Option<&Kept>, save_as: String) -> Vec<Button> {
        let mut menu = vec![Button::link("Save as another view", save_as).icon(Icon::Save).in_dialog()];
        if let Some(kept) = kept.filter(|kept| kept.own) {
            let at = format!("/views/{}?list={}", kept.id, self.link.path());
            menu.push(Button::link("Rename, share, delete", at).icon(Icon::Edit).in_dialog());
        }
        menu
    }

    /// The table alone, with its filters: for pages that have more than a list.
    pub fn table(&self, visit: &Visit, shown: &mut Shown) -> Table {
        let narrowed = self.is_narrowed();
        let empty = if narrowed {
            let clear = self.link.only(&["view", "col", "pin"]);
            Empty::new(Icon::Search, "Nothing matches")
                .text("Take a filter away, or look with other words.")
                .action(Button::link("Show all", clear.to_string()))
        } else if self.known().is_some_and(|view| view.kept.is_some()) && !self.asked().is_empty() {
            Empty::new(Icon::Check, "Nothing in this view").text("No row fits its filters now.")
        } else {
            shown.empty.clone()
        };
        let mut table = Table::new(self.id, self.label, self.columns.clone())
            .link(&self.link, self.default_sort())
            .rows(std::mem::take(&mut shown.rows))
            .next(shown.next.take())
            .shaped()
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
        } else if shown.foot_later {
            table = table.foot_at(self.link.without("cursor").with("sums", "1").to_string());
        }
        table
    }

    /// The bar with search, chips, filters, order and columns.
    pub fn bar(&self, right: Vec<Markup>) -> Markup {
        let columns = self.all.iter().any(|column| !column.is_default()) || self.all.len() > 4;
        if self.search.is_none() && self.filters.is_empty() && right.is_empty() && !columns {
            return html! {};
        }
        let state = self.state();
        let mut bar = FilterBar::new(&self.link).state(&state).chips(self.chips()).fields(self.fields());
        if let Some(search) = &self.search {
            bar = bar.search(search.clone());
        }
        for markup in right {
            bar = bar.right(markup);
        }
        let sorts: Vec<(Text, Text)> =
            self.all.iter().filter(|it| it.is_sortable()).map(|it| (it.key.clone(), it.label.clone())).collect();
        if sorts.len() > 1 {
            bar = bar.right(sort_menu(&sorts, &self.sorted(), &self.link));
        }
        if columns {
            bar = bar.right(columns_menu(&self.all, &self.columns, &self.link));
        }
        bar.render()
    }

    /// The list as it is seen, as a file: every row in the order and with the columns of now. `kind` says what a column
    /// holds, `field` gives it.
    pub fn file<T, F, R>(
        &self,
        visit: &Visit,
        format: Format,
        first: Page<T>,
        rows: F,
        kind: impl Fn(&str) -> Kind,
        field: R,
    ) -> Response
    where
        T: Send + 'static,
        F: Fn(&Ctx, &mut Tx, &ListParams) -> app::Result<Page<T>> + Send + Sync + 'static,
        R: Fn(&Ctx, &T, &str) -> Field + Send + 'static,
    {
        // An amount is written with its decimals where people read it, and in minor units where programs do.
        let minor =
            |kind| if format == Format::Json && matches!(kind, Kind::Money | Kind::Price) { "_minor" } else { "" };
        let named = |column: &Column| {
            let kind = kind(&column.key);
            (format!("{}{}", column.key, minor(kind)), column.label.to_string(), kind)
        };
        let columns = self.columns.iter().map(named).collect();
        let keys: Vec<String> = self.columns.iter().map(|column| column.key.to_string()).collect();
        let row = move |ctx: &Ctx, item: &T| keys.iter().map(|key| field(ctx, item, key)).collect();
        let params = ListParams { limit: Some(app::list::LIMIT_MAX), count: false, ..self.params() };
        let currency = &visit.ctx.organization.currency;
        let table = app::export::Table::of_view(self.id, currency, columns, params, first, rows, row);
        super::export::download(visit, table, format)
    }

    /// The formats it can be fetched in.
    pub fn export_menu(&self) -> Markup {
        let link = self.link.without("cursor");
        let at = |format: Format| {
            let path = format!("{}.{}", link.path(), format.ending());
            link.pairs().fold(Link::new(path), |link, (key, value)| link.and(key, value)).to_string()
        };
        let item = |label: &'static str, format| Button::link(label, at(format)).download();
        Menu::new("Export")
            .quiet()
            .icon(Icon::Export)
            .caption("As it is seen, every row")
            .item(item("CSV", Format::Csv))
            .item(item("Spreadsheet (XLSX)", Format::Xlsx))
            .item(item("JSON", Format::Json))
            .render()
    }

    /// Whether the sums are asked for.
    pub fn adds_up(&self) -> bool {
        self.link.get("sums").is_some()
    }

    /// The answer: the whole page, or the next rows when the script asks for them.
    pub fn answer(&self, visit: &Visit, mut shown: Shown) -> Response {
        if visit.hx.partial && self.link.get("cursor").is_some() {
            return visit.part(self.table(visit, &mut shown).rows_only());
        }
        if visit.hx.partial && self.adds_up() {
            return visit.part(self.table(visit, &mut shown).foot_only());
        }
        let views = self.view_row(visit, shown.total);
        let table = self.table(visit, &mut shown);
        let body = html! {
            (shown.header)
            @if let Some(nav) = &shown.nav { (nav) }
            div class="part" data-part="views" { (views) }
            @if let Some(above) = &shown.above { (above) }
            div class="part" data-part="bar" { (self.bar(shown.right)) }
            div class="part" data-part="table" { (table) }
            @if let Some(below) = &shown.below { (below) }
        };
        let page = ui::Page { scripts: &["lists.js"], ..ui::Page::list(self.label, self.room, &visit.viewer, body) };
        visit.render(page).into_response()
    }
}

/// The view that an address asks for, if it may be one that the server keeps.
pub fn asked_view(link: &Link) -> Option<ViewId> {
    link.get("view").and_then(|key| key.parse().ok())
}

/// The views that the server keeps of a list, and the one that is asked for.
pub fn saved_views(ctx: &Ctx, tx: &mut Tx, entity: &'static str, asked: Option<ViewId>) -> app::Result<Vec<SavedView>> {
    let mut all = ctx.remembered(tx, entity, |ctx, tx| {
        let filters = BTreeMap::from([("entity".to_owned(), entity.to_owned())]);
        Ok(app::directory::views::list(ctx, tx, &ListParams { filters, ..ListParams::default() })?.items)
    })?;
    // One that was shared by its link is not in the list; one that is out of reach is as good as none.
    let linked = asked.filter(|id| !all.iter().any(|it| it.id == *id));
    let linked = linked.and_then(|id| app::directory::views::get(ctx, tx, id).ok());
    all.extend(linked.filter(|it| it.entity == entity));
    Ok(all)
}

/// Parameters that say how a list is shown, not which rows.
const STATE: &[&str] = &["view", "cursor", "col", "pin", "sort", "q", "density", "sums"];

#[cfg(test)]
mod tests {
    use super::*;

    fn list(query: &str) -> List {
        let views = [
            View::new("active", "Active", &[("active", "true")]),
            View::new("off", "Deactivated", &[("active", "false")]).sort("-created_at"),
        ];
        List {
            id: "people",
            label: "People",
            room: Room::People,
            link: Link::parse("/people", Some(query)),
            all: vec![Column::new("name", "Name"), Column::new("role", "Role")],
            columns: Vec::new(),
            views: views.iter().map(Known::of).collect(),
            filters: vec![
                Filter::choice("role", "Role", vec![("sales".into(), "Sales".into())]),
                Filter::yes_no("active", "Active"),
                Filter::given("region_id", "Region", Some("North")),
            ],
            search: None,
            sort: "name",
            more: Vec::new(),
            entity: None,
            today: domain::clock::Day(20_000),
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
        assert!(!list("view=off&active=").params().filters.contains_key("active"), "taken away");
    }

    #[test]
    fn the_total_is_counted_once() {
        assert!(list("").params().count);
        assert!(!list("cursor=00").params().count);
    }

    #[test]
    fn a_chip_says_the_value_in_words_and_how_to_take_it_away() {
        let list_ = list("role=sales,other&q=a");
        let chips = list_.chips();
        assert_eq!((chips[0].value.as_ref(), chips[0].remove.as_ref()), ("Sales, other", "/people?q=a"));
        assert_eq!(
            (chips[1].label.as_ref(), chips[1].remove.as_ref()),
            ("Active", "/people?role=sales,other&q=a&active=")
        );
        assert!(list("role=sales").is_narrowed() && !list("view=off&sort=-name").is_narrowed());
    }

    #[test]
    fn a_change_can_be_taken_back_and_a_given_filter_is_no_change() {
        assert!(!list("view=off").is_modified() && !list("region_id=rgn_1&q=x").is_modified());
        assert!(list("view=off&role=sales").is_modified() && list("col=name").is_modified());
    }

    #[test]
    fn a_tab_keeps_what_came_by_a_link() {
        let tabs = list("region_id=rgn_1&role=sales&sort=role").tabs(Some(1200));
        assert_eq!((tabs[0].href.as_ref(), tabs[0].count.as_deref()), ("/people?region_id=rgn_1", Some("1,200")));
        assert_eq!(tabs[1].href, "/people?view=off&region_id=rgn_1");
    }
}
