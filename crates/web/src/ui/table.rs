//! Lists: a table with a sticky header and first column, sort by header, selection with a bulk bar from below, more rows as
//! one scrolls. On the phone each row becomes two lines with the status at the right; no table is squeezed.

use super::{Button, Empty, Icon, Link, Status, Text, Tone};
use maud::{Markup, Render, html};
use std::collections::HashMap;

/// What a column without a width of its own needs at least, in pixels.
const SHARING: u32 = 200;

/// How a column is set. Numbers and money stand at the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
    /// Marks.
    Middle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phone {
    Main,
    Sub,
    Side,
    SideSub,
    Hidden,
}

impl Phone {
    fn class(self) -> Option<&'static str> {
        match self {
            Phone::Main => Some("p-main"),
            Phone::Sub => Some("p-sub"),
            Phone::Side => Some("p-side"),
            Phone::SideSub => Some("p-side2"),
            Phone::Hidden => None,
        }
    }
}

/// A column: its key (also the sort key and the key in `?col=`), its label, its width.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in addresses.
    pub key: Text,
    /// The name in the header.
    pub label: Text,
    align: Align,
    sortable: bool,
    width: u16,
    dragged: Option<u16>,
    pinned: bool,
    phone: Option<Phone>,
    optional: bool,
    spare: bool,
    help: Option<Text>,
}

impl Column {
    /// A column that shares the width that is left.
    pub fn new(key: impl Into<Text>, label: impl Into<Text>) -> Self {
        Column {
            key: key.into(),
            label: label.into(),
            align: Align::Left,
            sortable: false,
            width: 0,
            dragged: None,
            pinned: false,
            phone: None,
            optional: false,
            spare: false,
            help: None,
        }
    }

    /// Numbers, at the right.
    pub fn number(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// Marks, in the middle.
    pub fn middle(mut self) -> Self {
        self.align = Align::Middle;
        self
    }

    /// Can be sorted by.
    pub fn sort(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// A fixed width in pixels, so that rows loaded later do not move anything.
    pub fn width(mut self, pixels: u16) -> Self {
        self.width = pixels;
        self
    }

    /// Not shown until chosen.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Left out when the list is narrow, such as beside the drawer.
    pub fn spare(mut self) -> Self {
        self.spare = true;
        self
    }

    /// What the column means, on hover.
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// On the phone: the second line at the left. (The first column is the first line at the left, the column with the
    /// key `status` the first line at the right; the others are left out.)
    pub fn phone_sub(mut self) -> Self {
        self.phone = Some(Phone::Sub);
        self
    }

    /// On the phone: the first line at the right.
    pub fn phone_side(mut self) -> Self {
        self.phone = Some(Phone::Side);
        self
    }

    /// On the phone: the second line at the right.
    pub fn phone_side_sub(mut self) -> Self {
        self.phone = Some(Phone::SideSub);
        self
    }

    /// On the phone: left out, whatever its key.
    pub fn phone_hidden(mut self) -> Self {
        self.phone = Some(Phone::Hidden);
        self
    }

    /// Whether the column is shown unless chosen otherwise.
    pub fn is_default(&self) -> bool {
        !self.optional
    }

    /// Whether the list can be sorted by it.
    pub fn is_sortable(&self) -> bool {
        self.sortable
    }

    /// Whether it stays beside the first column when the list is scrolled sideways.
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// Stays beside the first column.
    pub(super) fn pin(&mut self) {
        self.pinned = true;
    }

    /// The width that a person gave it.
    pub fn own_width(&self) -> Option<u16> {
        self.dragged
    }

    pub(super) fn set_width(&mut self, width: Option<u16>) {
        self.dragged = width;
    }

    /// In pixels; 0 shares what is left.
    fn pixels(&self) -> u16 {
        self.dragged.unwrap_or(self.width)
    }

    /// A column that somebody chose is not left out where the list is narrow.
    fn is_spare(&self) -> bool {
        self.spare && self.dragged.is_none() && !self.pinned
    }

    fn class(&self) -> Option<&'static str> {
        match (self.align, self.is_spare()) {
            (Align::Left, false) => None,
            (Align::Right, false) => Some("num"),
            (Align::Middle, false) => Some("mid"),
            (Align::Left, true) => Some("spare"),
            (Align::Right, true) => Some("num spare"),
            (Align::Middle, true) => Some("mid spare"),
        }
    }

    fn pin_class(&self, first: bool) -> Option<&'static str> {
        match (first, self.pinned) {
            (true, _) => Some("pin"),
            (false, true) => Some("pin also"),
            (false, false) => None,
        }
    }

    fn place(&self, first: bool) -> Phone {
        self.phone.unwrap_or(match (first, self.key.as_ref()) {
            (true, _) => Phone::Main,
            (_, "status") => Phone::Side,
            _ => Phone::Hidden,
        })
    }
}

/// What stands in one field of a row: a line, and a quieter one under it.
#[derive(Clone, Debug)]
pub struct Cell {
    main: Markup,
    sub: Option<Markup>,
    hover: Option<Text>,
    tone: Option<Tone>,
}

impl Cell {
    /// Anything.
    pub fn of(main: impl Render) -> Self {
        Cell { main: main.render(), sub: None, hover: None, tone: None }
    }

    /// Text.
    pub fn text(text: impl Into<Text>) -> Self {
        Cell::of(&*text.into())
    }

    /// Two lines.
    pub fn two(main: impl Render, sub: impl Render) -> Self {
        Cell { sub: Some(sub.render()), ..Cell::of(main) }
    }

    /// A status.
    pub fn status(status: Status) -> Self {
        Cell::of(status)
    }

    /// A name of somebody who shares with the viewer, in teal.
    pub fn owner(name: impl Into<Text>) -> Self {
        let name = name.into();
        Cell::of(html! { span class="owner" { (name) } })
    }

    /// Nothing there, said quietly.
    pub fn none() -> Self {
        Cell::of(html! { span class="muted" { "–" } })
    }

    /// With a second, quieter line.
    pub fn below(mut self, sub: impl Render) -> Self {
        self.sub = Some(sub.render());
        self
    }

    /// With something to read on hover, such as the exact time.
    pub fn hover(mut self, text: impl Into<Text>) -> Self {
        self.hover = Some(text.into());
        self
    }

    /// In a colour; the words must say the same.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }
}

/// A row: its id (what is sent when it is selected), where it leads, and a cell for each column in their order.
#[derive(Clone, Debug)]
pub struct Row {
    id: Text,
    href: Option<Text>,
    look: Option<Text>,
    name: Option<Text>,
    cells: Vec<Cell>,
    off: bool,
    group: bool,
    selected: bool,
    alike: Option<Vec<u8>>,
}

impl Row {
    /// A row.
    pub fn new(id: impl Into<Text>, cells: Vec<Cell>) -> Self {
        Row {
            id: id.into(),
            href: None,
            look: None,
            name: None,
            cells,
            off: false,
            group: false,
            selected: false,
            alike: None,
        }
    }

    /// A heading between rows.
    pub fn group(label: impl Render) -> Self {
        Row { group: true, ..Row::new("", vec![Cell::of(label)]) }
    }

    /// The page it opens.
    pub fn href(mut self, href: impl Into<Text>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// The address whose answer is the quick look in the drawer (see [`super::drawer_body`]); by default the page itself,
    /// asked with `HX-Target: drawer-body`.
    pub fn look(mut self, look: impl Into<Text>) -> Self {
        self.look = Some(look.into());
        self
    }

    /// What its checkbox is called for readers; by default "Select".
    pub fn name(mut self, name: impl Into<Text>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Shown in grey: inactive, cancelled.
    pub fn off(mut self, off: bool) -> Self {
        self.off = off;
        self
    }

    /// Rows with the same key look the same to a person and are sorted alike: they are folded into the first, which says how many
    /// there are and selects them all. Without scripts each stands for itself.
    pub fn alike(mut self, key: Option<impl Into<Vec<u8>>>) -> Self {
        self.alike = key.map(Into::into);
        self
    }

    /// Selected from the start.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
}

/// A line under a list: how many are shown, of how many. It is left out on the phone.
pub fn page_info(text: impl Render) -> Markup {
    html! { div class="pageinfo" { (text) } }
}

/// What can be done with the selected rows: a bar that comes from below. Its buttons send `id=…` for each selected row,
/// or `all=1` when everything that matches the filters is meant (the filters are in the address the buttons send to).
#[derive(Clone, Debug, Default)]
pub struct Bulk {
    /// How many rows match the filters, where it is known: offers to select them all.
    pub total: Option<u64>,
    /// Submit buttons with an action each.
    pub actions: Vec<Button>,
    /// The token of the session's forms.
    pub csrf: Text,
}

/// A list.
pub struct Table {
    id: Text,
    label: Text,
    columns: Vec<Column>,
    rows: Vec<Row>,
    link: Link,
    sort: Text,
    bulk: Option<Bulk>,
    next: Option<String>,
    empty: Option<Empty>,
    foot: Vec<Cell>,
    foot_at: Option<String>,
    inside: bool,
    keep: bool,
    shaped: bool,
}

impl Table {
    /// A list with these columns, in this order. `label` says what it lists.
    pub fn new(id: impl Into<Text>, label: impl Into<Text>, columns: Vec<Column>) -> Self {
        Table {
            id: id.into(),
            label: label.into(),
            columns,
            rows: Vec::new(),
            link: Link::default(),
            sort: Text::Borrowed(""),
            bulk: None,
            next: None,
            empty: None,
            foot: Vec::new(),
            foot_at: None,
            inside: false,
            keep: false,
            shaped: false,
        }
    }

    /// The page's address, which the headers change, and the order without a `sort` of its own (`-expires_on,lot`).
    pub fn link(mut self, link: &Link, default_sort: impl Into<Text>) -> Self {
        self.sort = link.get("sort").map(|sort| Text::Owned(sort.to_owned())).unwrap_or(default_sort.into());
        self.link = link.clone();
        self
    }

    /// The rows.
    pub fn rows(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self
    }

    /// Rows can be selected.
    pub fn bulk(mut self, bulk: Bulk) -> Self {
        self.bulk = Some(bulk);
        self
    }

    /// The cursor of the next page, where there is one. Scripts load it when the end comes into view.
    pub fn next(mut self, cursor: Option<impl Into<String>>) -> Self {
        self.next = cursor.map(Into::into);
        self
    }

    /// What to say when there are no rows.
    pub fn empty(mut self, empty: Empty) -> Self {
        self.empty = Some(empty);
        self
    }

    /// The row of sums, a cell for each column.
    pub fn foot(mut self, cells: Vec<Cell>) -> Self {
        self.foot = cells;
        self
    }

    /// The row of sums is at this address: adding up takes longer than showing the rows. Scripts fetch it by themselves.
    pub fn foot_at(mut self, url: String) -> Self {
        self.foot_at = Some(url);
        self
    }

    /// The answer to a script that asked for the sums.
    pub fn foot_only(&self) -> Markup {
        html! {
            tfoot {
                tr {
                    @if self.bulk.is_some() { td class="pickcell pin" {} }
                    @for (index, (column, cell)) in self.columns.iter().zip(&self.foot).enumerate() {
                        td class=[class_of(column.class(), column.pin_class(index == 0))] title=[cell.hover.as_ref()] { (cell.main) }
                    }
                }
            }
        }
    }

    /// Stands inside a page with other things and scrolls with it, instead of taking the rest of the window.
    pub fn inside(mut self) -> Self {
        self.inside = true;
        self
    }

    /// Stays a table on the phone and scrolls sideways: for matrices of numbers.
    pub fn keep_on_phone(mut self) -> Self {
        self.keep = true;
        self
    }

    /// Its columns can be dragged wider; their widths are kept in the address.
    pub fn shaped(mut self) -> Self {
        self.shaped = true;
        self
    }

    /// The answer to a script that asked for the next page: rows only.
    pub fn rows_only(&self) -> Markup {
        let looks = Looks {
            form: self.form_id(),
            classes: self.columns.iter().enumerate().map(|(index, column)| body_class(column, index == 0)).collect(),
        };
        html! {
            @let rows = gathered(&self.rows);
            @for (row, fold) in rows.iter().zip(folds(&rows)) { (self.row(row, fold, &looks)) }
            (self.more())
        }
    }

    fn form_id(&self) -> String {
        format!("{}-bulk", self.id)
    }

    fn span(&self) -> usize {
        // Spare columns are not counted: where they are hidden, a wider span would make a column of its own.
        self.columns.iter().filter(|column| !column.is_spare()).count() + usize::from(self.bulk.is_some())
    }

    /// The least width at which every column can be read, in steps that the stylesheet knows: without those that are spare,
    /// and with them where there is room for them.
    fn min_width(&self) -> Option<String> {
        let hundreds = (self.least_pixels(false) / 100).clamp(4, 24);
        let step = match hundreds {
            0..=16 => hundreds,
            17..=20 => hundreds.next_multiple_of(2),
            _ => 24,
        };
        let whole = self.least_pixels(true).div_ceil(100);
        let wide = (11..=16).contains(&whole) && whole > step;
        (!self.inside || hundreds > 6)
            .then(|| if wide { format!(" mw-{step} sw-{whole}") } else { format!(" mw-{step}") })
    }

    fn least_pixels(&self, spare: bool) -> u32 {
        let width = |column: &Column| if column.pixels() == 0 { SHARING } else { u32::from(column.pixels()) };
        let sum: u32 = self.columns.iter().filter(|column| spare || !column.is_spare()).map(width).sum();
        sum + if self.bulk.is_some() { 56 } else { 0 }
    }

    /// The `width` of a `col`. Beyond the last step of the stylesheet a column that shares what is left would get nothing.
    fn col_width(&self, column: &Column) -> Option<u32> {
        match column.pixels() {
            0 => (self.least_pixels(false) > 2400).then_some(SHARING),
            pixels => Some(u32::from(pixels)),
        }
    }

    fn head(&self) -> Markup {
        html! {
            colgroup {
                @if self.bulk.is_some() { col width=(if self.inside { 44 } else { 56 }); }
                @for column in &self.columns { col class=[column.is_spare().then_some("spare")] width=[self.col_width(column)] data-key=(column.key); }
            }
            thead data-sorted=(self.sort) {
                tr {
                    @if let Some(bulk) = &self.bulk {
                        th class="pickcell pin" {
                            @if !bulk.actions.is_empty() {
                                label class="pick" { input class="box" type="checkbox" data-all aria-label="Select all rows"; }
                            }
                        }
                    }
                    @for (index, column) in self.columns.iter().enumerate() { (self.head_cell(column, index == 0)) }
                }
            }
        }
    }

    fn head_cell(&self, column: &Column, first: bool) -> Markup {
        let keys: Vec<&str> = self.sort.split(',').filter(|key| !key.is_empty()).collect();
        let place = keys.iter().position(|key| key.strip_prefix('-').unwrap_or(key) == column.key);
        let down = place.is_some_and(|place| keys[place].starts_with('-'));
        let direction = place.map(|_| if down { "descending" } else { "ascending" });
        let next = if place == Some(0) && !down { format!("-{}", column.key) } else { column.key.to_string() };
        let class = class_of(column.class(), column.pin_class(first));
        if column.label.is_empty() {
            // A heading that says nothing is none.
            return html! { td class=[class_of(class.as_deref(), Some("th"))] {} };
        }
        html! {
            th class=[class] scope="col" aria-sort=[direction] title=[column.help.as_ref()] data-key=(column.key) {
                @if column.sortable {
                    a href=(self.link.with("sort", next)) data-sort=(column.key) {
                        (column.label)
                        (if down { Icon::SortDown } else { Icon::SortUp })
                        @if let (Some(place), true) = (place, keys.len() > 1) { sup { (place + 1) } }
                    }
                } @else if column.label.is_empty() { span class="sr" { "More" } } @else { (column.label) }
                @if self.shaped { span class="drag" data-drag aria-hidden="true" {} }
            }
        }
    }

    fn row(&self, row: &Row, fold: Fold, looks: &Looks) -> Markup {
        if row.group {
            return html! {
                tr class="group" { th scope="rowgroup" colspan=(self.span()) { @for cell in &row.cells { (cell.main) } } }
            };
        }
        html! {
            tr class=[class_of(row.off.then_some("off"), (fold == Fold::Under).then_some("alike"))] data-href=[row.href.as_ref()] data-look=[row.look.as_ref().or(row.href.as_ref())] {
                @if self.bulk.is_some() {
                    td class="pickcell pin" {
                        label class="pick" {
                            input class="box" type="checkbox" name="id" value=(row.id) form=(looks.form) checked[row.selected]
                                aria-label={ "Select" @if let Some(name) = &row.name { " " (name) } @if let Fold::Lead(n) = fold { ", " (n) " alike" } };
                        }
                    }
                }
                @for (index, (class, cell)) in looks.classes.iter().zip(&row.cells).enumerate() {
                    (body_cell(class.as_deref(), cell, index == 0, row.href.as_ref(), fold))
                }
            }
        }
    }

    fn more(&self) -> Markup {
        let Some(cursor) = &self.next else { return html! {} };
        let next = self.link.page(cursor);
        html! {
            tr class="more" {
                td colspan=(self.span()) {
                    a href=(next) hx-get=(next) hx-trigger="revealed, click" hx-target="closest tr" hx-swap="outerHTML" {
                        span class="spin htmx-indicator" {} "Load more"
                    }
                }
            }
        }
    }

    fn bulk_bar(&self, bulk: &Bulk) -> Markup {
        html! {
            form class="bulk" id=(self.form_id()) method="post" aria-label="Selected rows" data-total=[bulk.total] {
                (super::csrf_field(&bulk.csrf))
                span data-count role="status" { "Selected" }
                span class="of" data-of {}
                input type="hidden" name="all" value="" data-everything;
                @for (index, button) in bulk.actions.iter().enumerate() {
                    @if index == 0 { (button.clone().primary()) } @else { (button) }
                }
                (Button::close("Clear selection").icon_only(Icon::Close))
            }
        }
    }

    fn table(&self) -> Markup {
        let width = self.min_width().unwrap_or_default();
        html! {
            table class={ "t" (width) @if self.keep { " keep" } } id=(self.id) aria-label=(self.label) {
                (self.head())
                tbody { (self.rows_only()) }
                @if !self.foot.is_empty() { (self.foot_only()) }
                @else if let Some(url) = &self.foot_at {
                    tfoot hx-get=(url) hx-trigger="load" hx-swap="outerHTML" {
                        tr {
                            @if self.bulk.is_some() { td class="pickcell pin" {} }
                            td colspan=(self.columns.len()) { a class="muted" href=(url) { "Add up every row" } }
                        }
                    }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return html! { div class={ @if self.inside { "scroll" } @else { "list" } } { (empty) } };
        }
        html! {
            div class="lists" data-list {
                @if self.inside {
                    div class="scroll" { (self.table()) }
                } @else {
                    div class="list" tabindex="0" role="region" aria-label=(self.label) { (self.table()) }
                }
                @if let Some(bulk) = &self.bulk { @if !bulk.actions.is_empty() { (self.bulk_bar(bulk)) } }
            }
        }
    }
}

/// A row among those that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    /// It stands for itself.
    No,
    /// It stands for so many.
    Lead(usize),
    /// It is folded into the one above.
    Under,
}

/// Rows that are alike next to each other: they share whatever a list is sorted by, so the order holds.
fn gathered(rows: &[Row]) -> Vec<&Row> {
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut groups: Vec<Vec<&Row>> = Vec::with_capacity(rows.len());
    for row in rows {
        let known = row.alike.as_deref().and_then(|key| places.get(key).copied());
        match (known, row.alike.as_deref()) {
            (Some(at), _) => groups[at].push(row),
            (None, key) => {
                if let Some(key) = key {
                    places.insert(key, groups.len());
                }
                groups.push(vec![row]);
            }
        }
    }
    groups.into_iter().flatten().collect()
}

fn folds(rows: &[&Row]) -> Vec<Fold> {
    let mut folds = vec![Fold::No; rows.len()];
    let mut at = 0;
    while at < rows.len() {
        let same = |row: &Row| row.alike.is_some() && row.alike == rows[at].alike;
        let n = rows[at..].iter().take_while(|row| same(row)).count();
        if n > 1 {
            folds[at] = Fold::Lead(n);
            folds[at + 1..at + n].fill(Fold::Under);
        }
        at += n.max(1);
    }
    folds
}

/// What the rows of a table share.
struct Looks {
    /// The id of the form that selects rows.
    form: String,
    /// The class of each column's cells.
    classes: Vec<Option<String>>,
}

fn body_class(column: &Column, first: bool) -> Option<String> {
    class_of(class_of(column.class(), column.pin_class(first)).as_deref(), column.place(first).class())
}

fn body_cell(class: Option<&str>, cell: &Cell, first: bool, href: Option<&Text>, fold: Fold) -> Markup {
    html! {
        td class=[class] title=[cell.hover.as_ref()] {
            @match (first, href) {
                (true, Some(href)) => { a class="go" href=(href) { (cell.main) } }
                _ => {
                    @if let Some(tone) = cell.tone { span class=(tone.ink()) { (cell.main) } } @else { (cell.main) }
                }
            }
            @if let (true, Fold::Lead(n)) = (first, fold) {
                button class="unfold-n" type="button" data-unfold aria-expanded="false" { (n) " alike" }
            }
            @if let Some(sub) = &cell.sub {
                span class={ "sub" @if let Some(tone) = cell.tone { " " (tone.ink()) } } { (sub) }
            }
        }
    }
}

fn class_of(one: Option<&str>, two: Option<&str>) -> Option<String> {
    match (one, two) {
        (Some(one), Some(two)) => Some(format!("{one} {two}")),
        (Some(only), None) | (None, Some(only)) => Some(only.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = vec![Column::new("item", "Item").sort(), Column::new("expires_on", "Expires").sort()];
        Table::new("units", "Units", columns)
            .link(&Link::parse("/units", Some("status=available&sort=-expires_on,item&cursor=x")), "item")
            .rows(vec![Row::new("unt_1", vec![Cell::text("Cup <52>"), Cell::none()]).href("/units/unt_1")])
            .next(Some("abc"))
    }

    #[test]
    fn a_header_sorts_and_turns_around_and_keeps_the_filters() {
        let html = table().render().into_string();
        assert!(html.contains("href=\"/units?status=available&amp;sort=item\""), "{html}");
        assert!(
            html.contains("href=\"/units?status=available&amp;sort=expires_on\""),
            "descending turns to ascending: {html}"
        );
        assert!(html.contains("aria-sort=\"descending\"") && html.contains("aria-sort=\"ascending\""));
    }

    #[test]
    fn the_next_page_is_a_link_that_works_without_scripts() {
        let html = table().render().into_string();
        assert!(html.contains("href=\"/units?status=available&amp;sort=-expires_on,item&amp;cursor=abc\""), "{html}");
    }

    #[test]
    fn a_row_escapes_what_it_shows() {
        let html = table().rows_only().into_string();
        assert!(html.contains("<a class=\"go\" href=\"/units/unt_1\">Cup &lt;52&gt;</a>"), "{html}");
    }

    #[test]
    fn selected_rows_belong_to_the_form_of_the_bulk_bar() {
        let bulk =
            Bulk { total: Some(9), actions: vec![Button::submit("Send").action("/transfers/new")], csrf: "".into() };
        let html = table().bulk(bulk).render().into_string();
        assert!(html.contains("form=\"units-bulk\"") && html.contains("id=\"units-bulk\""), "{html}");
    }

    #[test]
    fn rows_that_look_the_same_are_folded_into_the_first() {
        let row =
            |key: &str| Row::new(key.to_owned(), vec![]).alike(Some(key.to_owned()).filter(|key| !key.is_empty()));
        let rows: Vec<Row> = ["a", "a", "a", "b", "", "", "a"].into_iter().map(row).collect();
        let rows = gathered(&rows);
        let wanted = [Fold::Lead(4), Fold::Under, Fold::Under, Fold::Under, Fold::No, Fold::No, Fold::No];
        assert_eq!(folds(&rows), wanted);
    }

    #[test]
    fn nothing_is_styled_inline() {
        assert!(!table().render().into_string().contains("style="));
    }
}
