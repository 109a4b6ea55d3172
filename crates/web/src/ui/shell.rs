//! The frame of every page: the rail of rooms, the phone's dock, the header with its one number, and the pages that stand
//! alone (signing in, errors).

use super::{Button, Flash, Icon, Link, Prefs, Status, Text, Theme, prefs::Density};
use crate::assets::asset;
use maud::{DOCTYPE, Markup, Render, html};

/// The rooms of the console, in the order of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// What needs me now.
    Today,
    /// Who is where, with which set.
    Calendar,
    /// Cases, stocking orders and the rest.
    Events,
    /// Units and containers.
    Stock,
    /// What is on its way.
    Transfers,
    /// Customers and their locations.
    Customers,
    /// Reports.
    Figures,
    /// Accounts.
    People,
    /// Items, product lines, bills of materials.
    Catalog,
    /// The organisation's settings.
    Settings,
}

impl Room {
    /// Every room.
    pub const ALL: [Room; 10] = [
        Room::Today,
        Room::Calendar,
        Room::Events,
        Room::Stock,
        Room::Transfers,
        Room::Customers,
        Room::Figures,
        Room::People,
        Room::Catalog,
        Room::Settings,
    ];

    /// The name in the rail.
    pub const fn label(self) -> &'static str {
        match self {
            Room::Today => "Today",
            Room::Calendar => "Calendar",
            Room::Events => "Events",
            Room::Stock => "Stock",
            Room::Transfers => "Transfers",
            Room::Customers => "Customers",
            Room::Figures => "Figures",
            Room::People => "People",
            Room::Catalog => "Catalog",
            Room::Settings => "Settings",
        }
    }

    /// Where the room is.
    pub const fn href(self) -> &'static str {
        match self {
            Room::Today => "/",
            Room::Calendar => "/calendar",
            Room::Events => "/events",
            Room::Stock => "/units",
            Room::Transfers => "/transfers",
            Room::Customers => "/customers",
            Room::Figures => "/figures",
            Room::People => "/people",
            Room::Catalog => "/catalog",
            Room::Settings => "/settings",
        }
    }

    /// The key after `g` that goes there.
    pub const fn key(self) -> &'static str {
        match self {
            Room::Today => "t",
            Room::Calendar => "c",
            Room::Events => "e",
            Room::Stock => "s",
            Room::Transfers => "r",
            Room::Customers => "u",
            Room::Figures => "f",
            Room::People => "p",
            Room::Catalog => "a",
            Room::Settings => ",",
        }
    }

    /// The room's icon.
    pub const fn icon(self) -> Icon {
        match self {
            Room::Today => Icon::Today,
            Room::Calendar => Icon::Calendar,
            Room::Events => Icon::Events,
            Room::Stock => Icon::Stock,
            Room::Transfers => Icon::Transfers,
            Room::Customers => Icon::Customers,
            Room::Figures => Icon::Figures,
            Room::People => Icon::People,
            Room::Catalog => Icon::Catalog,
            Room::Settings => Icon::Settings,
        }
    }
}

/// Something waits in a room: shown as a number beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where.
    pub room: Room,
    /// How many; nothing is shown for zero.
    pub count: u64,
    /// It waits for this person, not for somebody else.
    pub hot: bool,
}

/// Who looks at the page.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// The account's id: what waits on a device is sent for whoever put it there.
    pub id: Text,
    /// Full name.
    pub name: Text,
    /// Role and group in words, such as "Distributor, Lakeshore group".
    pub role_label: Text,
    /// The organisation's name.
    pub organization: Text,
    /// Two letters for the avatar.
    pub initials: Text,
    /// What waits, by room.
    pub waiting: Vec<Waiting>,
    /// Notices that were not read yet.
    pub unread: u64,
    /// The rooms this person may enter; empty means all.
    pub rooms: Vec<Room>,
    /// Theme, density, rail.
    pub prefs: Prefs,
    /// The token that forms of this session carry; empty for none.
    pub csrf: Text,
}

impl Viewer {
    fn sees(&self, room: Room) -> bool {
        self.rooms.is_empty() || self.rooms.contains(&room)
    }

    fn waiting(&self, room: Room) -> Option<Waiting> {
        self.waiting.iter().copied().find(|waiting| waiting.room == room && waiting.count > 0)
    }
}

/// A page of the console.
pub struct Page<'a> {
    /// The title of the window and of the history.
    pub title: Text,
    /// The room that is lit in the rail.
    pub room: Option<Room>,
    /// Who looks.
    pub viewer: &'a Viewer,
    /// The page takes exactly the window's height, because its list scrolls inside. For lists.
    pub fill: bool,
    /// No rail and no dock: for the scanner.
    pub bare: bool,
    /// Scripts besides the console's own, by asset name, such as `scan.js`.
    pub scripts: &'a [&'static str],
    /// Styles besides the console's own, by asset name, such as `cover.css`.
    pub styles: &'a [&'static str],
    /// What just happened, shown once.
    pub flash: Option<Flash>,
    /// The content: header first.
    pub body: Markup,
}

impl<'a> Page<'a> {
    /// A page in a room.
    pub fn new(title: impl Into<Text>, room: Room, viewer: &'a Viewer, body: Markup) -> Self {
        Page {
            title: title.into(),
            room: Some(room),
            viewer,
            fill: false,
            bare: false,
            scripts: &[],
            styles: &[],
            flash: None,
            body,
        }
    }

    /// A page with one list that scrolls inside it.
    pub fn list(title: impl Into<Text>, room: Room, viewer: &'a Viewer, body: Markup) -> Self {
        Page { fill: true, ..Page::new(title, room, viewer, body) }
    }

    /// With the message of what just happened.
    pub fn flash(mut self, flash: Option<Flash>) -> Self {
        self.flash = flash;
        self
    }
}

impl Render for Page<'_> {
    fn render(&self) -> Markup {
        shell(self)
    }
}

const HTMX_CONFIG: &str = r#"{"includeIndicatorCSS":false,"defaultTimeout":20000,"history":false}"#;

fn document(
    title: &str,
    prefs: Prefs,
    (viewer, csrf): (&str, &str),
    own: [&[&'static str]; 2],
    class: &str,
    body: Markup,
) -> Markup {
    let [scripts, styles] = own;
    let density = (prefs.density != Density::Normal).then(|| prefs.density_word());
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[prefs.theme_word()] data-density=[density] data-rail=[prefs.folded.then_some("folded")] {
            head {
                meta charset="utf-8";
                title { (title) " · Caseload" }
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
                meta name="htmx-config" content=(HTMX_CONFIG);
                @if !csrf.is_empty() { meta name="csrf" content=(csrf); }
                @if !viewer.is_empty() { meta name="viewer" content=(viewer); }
                link rel="preload" href=(asset("inter-latin.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(asset("app.css"));
                @for style in styles { link rel="stylesheet" href=(asset(style)); }
                link rel="manifest" href=(crate::assets::MANIFEST);
                link rel="icon" href=(asset("favicon.svg")) type="image/svg+xml";
                meta name="theme-color" content="#f5f7f9" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#121518" media="(prefers-color-scheme: dark)";
                script src=(asset("htmx.js")) defer {}
                script src=(asset("app.js")) type="module" {}
                script src=(asset("offline.js")) type="module" {}
                @for script in scripts { script src=(asset(script)) type="module" {} }
            }
            body class=[(!class.is_empty()).then_some(class)] { (body) }
        }
    }
}

/// The whole page: rail, content, dock, and the dialogs that every page has.
pub fn shell(page: &Page<'_>) -> Markup {
    let viewer = page.viewer;
    let class = if page.bare { "bare" } else { "" };
    let body = html! {
        a class="skip" href="#main" { "Skip to content" }
        @if page.bare {
            main id="main" tabindex="-1" { (page.body) }
        } @else {
            div class="app" {
                (rail(viewer, page.room))
                main id="main" tabindex="-1" class={ "main" @if page.fill { " fill" } } { (page.body) }
                (super::float::drawer())
            }
            (dock(viewer, page.room))
        }
        (super::float::globals(viewer, page.flash.as_ref()))
    };
    document(&page.title, viewer.prefs, (&viewer.id, &viewer.csrf), [page.scripts, page.styles], class, body)
}

fn rail(viewer: &Viewer, current: Option<Room>) -> Markup {
    let initial = viewer.organization.chars().next().unwrap_or('C');
    html! {
        header class="rail" {
            a class="org" href="/" title=(viewer.organization) { span class="logo" { (initial) } span { (viewer.organization) } }
            a class="find" href="/search" data-palette title="Search or jump to" { (Icon::Search) span { "Search" } span class="kbd" aria-hidden="true" { "Ctrl K" } }
            nav aria-label="Rooms" {
                @for room in Room::ALL.into_iter().filter(|room| *room != Room::Settings && viewer.sees(*room)) {
                    (nav_item(viewer, room, current))
                }
            }
            div class="gap" {}
            a class="nav" href="/notices" data-go="n" title="Notices" {
                (Icon::Bell) span class="nav-t" { "Notices" }
                @if viewer.unread > 0 { span class="n hot" { (unread_words(viewer.unread)) span class="sr" { " unread" } } }
            }
            @if viewer.sees(Room::Settings) { (nav_item(viewer, Room::Settings, current)) }
            form method="post" action="/prefs" data-prefs {
                button class="nav full fold" type="submit" name="set" value=(if viewer.prefs.folded { "open" } else { "folded" }) title="Fold or unfold the rail" {
                    span class="i-fold" { (Icon::Fold) } span class="nav-t" { "Fold" }
                }
            }
            details class="pop upwards" {
                summary class="who" title=(viewer.name) {
                    span class="av" { (viewer.initials) }
                    span class="who-t" { (viewer.name) small { (viewer.role_label) } }
                }
                div class="panel" { (account_menu(viewer)) }
            }
        }
    }
}

/// `7`, `99+`.
fn unread_words(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

fn nav_item(viewer: &Viewer, room: Room, current: Option<Room>) -> Markup {
    html! {
        a class="nav" href=(room.href()) data-go=(room.key()) title=(room.label()) aria-current=[(current == Some(room)).then_some("page")] {
            (room.icon()) span class="nav-t" { (room.label()) }
            @if let Some(waiting) = viewer.waiting(room) {
                span class={ "n" @if waiting.hot { " hot" } } { (waiting.count) span class="sr" { " waiting" } }
            }
        }
    }
}

fn account_menu(viewer: &Viewer) -> Markup {
    let theme = |value: Theme, word: &'static str, label: &'static str| {
        html! { button type="submit" name="set" value=(word) aria-pressed=(viewer.prefs.theme == value) { (label) } }
    };
    let density = |value: Density, word: &'static str, label: &'static str| {
        html! { button type="submit" name="set" value=(word) aria-pressed=(viewer.prefs.density == value) { (label) } }
    };
    html! {
        a class="it" href="/me" { (Icon::Me) "Your account" }
        a class="it" href="/shortcuts" data-open="keys" { (Icon::Help) "Keyboard" span class="kbd" aria-hidden="true" { "?" } }
        hr;
        form method="post" action="/prefs" data-prefs {
            div class="cap" { "Theme" }
            div class="seg" role="group" aria-label="Theme" {
                (theme(Theme::Auto, "auto", "Device")) (theme(Theme::Light, "light", "Light")) (theme(Theme::Dark, "dark", "Dark"))
            }
            div class="cap" { "Rows" }
            div class="seg" role="group" aria-label="Rows" {
                (density(Density::Compact, "compact", "Compact")) (density(Density::Normal, "normal", "Normal"))
                (density(Density::Comfortable, "comfortable", "Roomy"))
            }
        }
        hr;
        form method="post" action="/logout" {
            (super::csrf_field(&viewer.csrf))
            button class="it" type="submit" { (Icon::Out) "Sign out" }
        }
    }
}

fn dock(viewer: &Viewer, current: Option<Room>) -> Markup {
    let item = |href: &'static str, icon: Icon, label: &'static str, room: Option<Room>| {
        let here = room.is_some() && room == current;
        html! {
            a href=(href) aria-current=[here.then_some("page")] {
                (icon) (label)
                @if let Some(waiting) = room.and_then(|room| viewer.waiting(room)).filter(|waiting| waiting.hot) {
                    span class="n" { (waiting.count) }
                }
            }
        }
    };
    html! {
        nav class="dock" aria-label="Main" {
            (item("/", Icon::Today, "Today", Some(Room::Today)))
            (item("/units", Icon::Stock, "Stock", Some(Room::Stock)))
            a class="scan-b" href="/scan" { (Icon::Scan) "Scan" }
            (item("/events", Icon::Events, "Cases", Some(Room::Events)))
            a href="/me" {
                (Icon::Me) "Me"
                @if viewer.unread > 0 { span class="n" { (unread_words(viewer.unread)) span class="sr" { " unread notices" } } }
            }
        }
    }
}

/// The top of a page: where one is, the title, the one number or sentence that matters, and what can be done.
#[derive(Default)]
pub struct Header {
    title: Text,
    crumbs: Vec<(Text, Text)>,
    status: Option<Status>,
    badges: Vec<Markup>,
    lead: Option<Markup>,
    under: Option<Markup>,
    actions: Vec<Markup>,
}

impl Header {
    /// A header with a title.
    pub fn new(title: impl Into<Text>) -> Self {
        Header { title: title.into(), ..Header::default() }
    }

    /// A step above: name and address.
    pub fn crumb(mut self, label: impl Into<Text>, href: impl Into<Text>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// The state, beside the title.
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// A small mark beside the title (see [`super::badge`]).
    pub fn badge(mut self, badge: Markup) -> Self {
        self.badges.push(badge);
        self
    }

    /// The one number that matters, beside the title of a list: "1,284 units you may use".
    pub fn lead(mut self, lead: impl Render) -> Self {
        self.lead = Some(lead.render());
        self
    }

    /// The line under the title of a detail page that answers the first question.
    pub fn under(mut self, under: impl Render) -> Self {
        self.under = Some(under.render());
        self
    }

    /// A [`Button`] or [`super::Menu`] at the right; the primary one last.
    pub fn action(mut self, action: impl Render) -> Self {
        self.actions.push(action.render());
        self
    }
}

impl Render for Header {
    fn render(&self) -> Markup {
        html! {
            header class="top" {
                @if !self.crumbs.is_empty() {
                    nav aria-label="Where you are" {
                        ol class="crumb" { @for (label, href) in &self.crumbs { li { a href=(href) { (label) } } } }
                    }
                }
                div class="top-row" {
                    div class="top-title" {
                        h1 { (self.title) }
                        @if let Some(status) = &self.status { (status) }
                        @for badge in &self.badges { (badge) }
                        @if let Some(lead) = &self.lead { span class="lead" { (lead) } }
                        @if let Some(under) = &self.under { div class="top-under" { (under) } }
                    }
                    @if !self.actions.is_empty() { div class="acts" { @for action in &self.actions { (action) } } }
                }
            }
        }
    }
}

/// A view of the same things: a tab under the header.
#[derive(Clone, Debug)]
pub struct Tab {
    /// The view's name.
    pub label: Text,
    /// Its address.
    pub href: Text,
    /// How many things it holds, as it is to be read ("1,284").
    pub count: Option<Text>,
    /// It is the one shown.
    pub current: bool,
}

impl Tab {
    /// A tab.
    pub fn new(label: impl Into<Text>, href: impl Into<Text>, current: bool) -> Self {
        Tab { label: label.into(), href: href.into(), count: None, current }
    }

    /// With a number.
    pub fn count(mut self, count: impl Into<Text>) -> Self {
        self.count = Some(count.into());
        self
    }
}

/// The row of tabs; `save_view` is the address that keeps the filters of now as another view.
pub fn tabs(tabs: &[Tab], save_view: Option<&Link>) -> Markup {
    html! {
        nav class="tabs" aria-label="Views" {
            @for tab in tabs {
                a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                    (tab.label) @if let Some(count) = &tab.count { small { (count) } }
                }
            }
            @if let Some(link) = save_view { a class="aside" href=(link) data-dialog { "Save view" } }
        }
    }
}

/// A page outside the rooms: one narrow column in the middle. For signing in, invitations, new passwords.
pub struct Alone {
    /// The window's title and the heading.
    pub title: Text,
    /// A sentence under the heading.
    pub lead: Option<Text>,
    /// The organisation's name, where it is known.
    pub organization: Option<Text>,
    /// The look.
    pub prefs: Prefs,
    /// The form.
    pub body: Markup,
    /// Scripts and styles besides the console's own, by asset name.
    pub own: [&'static [&'static str]; 2],
    /// What just happened, shown once.
    pub flash: Option<Flash>,
}

impl Render for Alone {
    fn render(&self) -> Markup {
        let name = self.organization.clone().unwrap_or(Text::Borrowed("Caseload"));
        let initial = name.chars().next().unwrap_or('C').to_string();
        let body = html! {
            div class="alone" {
                main id="main" {
                    div class="mark" { span class="logo" aria-hidden="true" { (initial) } (name) }
                    h1 { (self.title) }
                    @if let Some(lead) = &self.lead { p class="lead" { (lead) } } @else { p class="lead" {} }
                    (self.body)
                }
                footer { span { "Caseload" } }
            }
            (super::float::toasts(self.flash.as_ref()))
        };
        document(&self.title, self.prefs, ("", ""), self.own, "bare", body)
    }
}

/// A page that says what went wrong and what to do: `code` is the HTTP status, `request_id` what to tell support.
pub fn error_page(code: u16, title: &str, sentence: &str, request_id: Option<&str>, prefs: Prefs) -> Markup {
    let body = html! {
        div class="alone" {
            main id="main" {
                p class="code" { "Error " (code) }
                h1 { (title) }
                p class="lead" { (sentence) }
                (Button::link("Go to Today", "/").primary())
            }
            footer { @if let Some(id) = request_id { span { "Request " span class="mono" { (id) } } } }
        }
    };
    document(title, prefs, ("", ""), [&[], &[]], "bare", body)
}
