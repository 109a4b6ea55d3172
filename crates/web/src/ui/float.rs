//! What floats above a page: the drawer with the quick look, dialogs, the palette, the help of keys, toasts.

use super::link::{decode, encode};
use super::{Button, Icon, Room, Text, Viewer};
use maud::{Markup, Render, html};

/// The drawer that every page of the console has; `data-look` links and the space key in lists fill it.
pub(super) fn drawer() -> Markup {
    html! {
        dialog class="drawer" id="drawer" aria-label="Quick look" {
            div class="drawer-x" { (Button::close("Close").icon_only(Icon::Close)) }
            div class="drawer-in" id="drawer-body" hx-sync="this:replace" {}
        }
    }
}

/// Everything else that every page has.
pub(super) fn globals(viewer: &Viewer, flash: Option<&Flash>) -> Markup {
    html! {
        dialog class="box-d" id="dialog" { div id="dialog-body" hx-sync="this:replace" {} }
        (palette(viewer))
        (keys())
        (toasts(flash))
    }
}

/// The content of the quick look: what it is, its facts, what can be done, what happened. `href` is its own page.
pub fn drawer_body(title: impl Into<Text>, href: &str, body: impl Render) -> Markup {
    html! { h2 { a href=(href) { (title.into()) } } (body) }
}

/// The content of a dialog that was asked for by `data-dialog`: a heading and usually a [`super::Form`] that swaps into
/// `#dialog-body`.
pub fn dialog_body(title: impl Into<Text>, body: impl Render) -> Markup {
    html! { h2 id="dialog-title" { (title.into()) } (body) }
}

/// A question before something that cannot be undone: a dialog on the page, opened with [`Button::open`].
pub struct Confirm {
    /// The dialog's id.
    pub id: Text,
    /// The question: "Cancel this case?"
    pub title: Text,
    /// What will happen.
    pub text: Text,
    /// Where the answer is posted.
    pub action: Text,
    /// The verb of the answer: "Cancel the case".
    pub verb: Text,
    /// It takes something away.
    pub danger: bool,
    /// The token of the session's forms.
    pub csrf: Text,
    /// Fields that the answer needs, such as a reason.
    pub fields: Option<Markup>,
}

impl Render for Confirm {
    fn render(&self) -> Markup {
        let verb = Button::submit(self.verb.clone());
        let title_id = format!("{}-title", self.id);
        html! {
            dialog class="box-d" id=(self.id) aria-labelledby=(title_id) {
                form method="post" action=(self.action) {
                    (super::csrf_field(&self.csrf))
                    h2 id=(title_id) { (self.title) }
                    p { (self.text) }
                    @if let Some(fields) = &self.fields { div class="form" { (fields) } }
                    div class="dlg-foot" {
                        (Button::close("Keep it as it is"))
                        @if self.danger { (verb.danger_solid()) } @else { (verb.primary()) }
                    }
                }
            }
        }
    }
}

fn palette(viewer: &Viewer) -> Markup {
    let rooms: Vec<Hit> = Room::ALL
        .into_iter()
        .filter(|room| viewer.rooms.is_empty() || viewer.rooms.contains(room))
        .map(|room| Hit::new(room.icon(), room.label(), room.href()).keys(format!("g {}", room.key())))
        .collect();
    html! {
        dialog class="palette" id="palette" aria-label="Search or jump to" {
            form class="in" action="/search" method="get" role="search" {
                (Icon::Search)
                input id="palette-q" type="text" name="q" placeholder="Item, lot, serial, case, person, or a page" autocomplete="off" spellcheck="false"
                    role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label="Search or jump to"
                    hx-get="/palette" hx-trigger="input changed delay:90ms" hx-target="#palette-list" hx-sync="this:replace";
                span class="kbd" aria-hidden="true" { "Esc" }
            }
            div class="res" id="palette-list" role="listbox" aria-label="Results" { (palette_results(&[("Go to", &rooms)])) }
            div class="hints" aria-hidden="true" {
                span { span class="kbd" { "↑" } " " span class="kbd" { "↓" } " choose" }
                span { span class="kbd" { "Enter" } " open" }
                span { span class="kbd" { "?" } " all keys" }
            }
        }
    }
}

/// Something the palette found.
#[derive(Clone, Debug)]
pub struct Hit {
    icon: Icon,
    label: Text,
    href: Text,
    detail: Option<Text>,
    keys: Option<Text>,
}

impl Hit {
    /// What it is, and where.
    pub fn new(icon: Icon, label: impl Into<Text>, href: impl Into<Text>) -> Self {
        Hit { icon, label: label.into(), href: href.into(), detail: None, keys: None }
    }

    /// A remark at the right: lot, date, state.
    pub fn detail(mut self, detail: impl Into<Text>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn keys(mut self, keys: impl Into<Text>) -> Self {
        self.keys = Some(keys.into());
        self
    }
}

/// The answer to `GET /palette?q=…`: hits in groups with a caption each.
pub fn palette_results(groups: &[(&str, &[Hit])]) -> Markup {
    let empty = groups.iter().all(|(_, hits)| hits.is_empty());
    html! {
        @for (caption, hits) in groups.iter().filter(|(_, hits)| !hits.is_empty()) {
            div role="group" aria-label=(caption) {
                div class="cap" aria-hidden="true" { (caption) }
                @for hit in *hits {
                    a class="hit" role="option" aria-selected="false" tabindex="-1" href=(hit.href) {
                        (hit.icon) span { (hit.label) }
                        @if let Some(detail) = &hit.detail { span class="sub" { (detail) } }
                        @if let Some(keys) = &hit.keys { span class="sub" { @for key in keys.split(' ') { span class="kbd" { (key) } " " } } }
                    }
                }
            }
        }
        @if empty { div class="none" role="option" aria-disabled="true" aria-selected="false" { "Nothing found in your reach" } }
    }
}

fn keys() -> Markup {
    let group = |title: &'static str, rows: &[(&'static str, &'static [&'static str])]| {
        html! {
            div {
                h3 { (title) }
                @for (label, keys) in rows { div { span { (label) } span { @for key in *keys { span class="kbd" { (key) } } } } }
            }
        }
    };
    let go: Vec<(&'static str, &'static [&'static str])> = vec![
        ("Today", &["g", "t"]),
        ("Calendar", &["g", "c"]),
        ("Events", &["g", "e"]),
        ("Stock", &["g", "s"]),
        ("Transfers", &["g", "r"]),
        ("Customers", &["g", "u"]),
        ("Figures", &["g", "f"]),
        ("People", &["g", "p"]),
        ("Catalog", &["g", "a"]),
    ];
    html! {
        dialog class="box-d wide" id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keyboard" }
            div class="keys" {
                (group("Go to", &go))
                (group("In lists", &[
                    ("Next, previous row", &["j", "k"]), ("Select", &["x"]), ("Select a range", &["Shift", "x"]),
                    ("Quick look", &["Space"]), ("Open", &["Enter"]), ("Search this list", &["/"]),
                    ("Edit", &["e"]), ("New", &["n"]), ("Search everything", &["Ctrl", "K"]), ("These keys", &["?"]),
                ]))
            }
            div class="dlg-foot" { (Button::close("Close")) }
        }
    }
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashKind {
    /// It worked.
    Done,
    /// It did not.
    Failed,
}

/// A message about what just happened, shown once as a toast: "Transfer sent to Ann Reyes", with "Undo".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub kind: FlashKind,
    /// The sentence.
    pub text: Text,
    /// The address that takes it back when posted to.
    pub undo: Option<Text>,
}

impl Flash {
    /// The cookie that carries it over a redirect.
    pub const COOKIE: &'static str = "flash";

    /// It worked.
    pub fn done(text: impl Into<Text>) -> Self {
        Flash { kind: FlashKind::Done, text: text.into(), undo: None }
    }

    /// It did not.
    pub fn failed(text: impl Into<Text>) -> Self {
        Flash { kind: FlashKind::Failed, text: text.into(), undo: None }
    }

    /// With a way back.
    pub fn undo(mut self, action: impl Into<Text>) -> Self {
        self.undo = Some(action.into());
        self
    }

    /// The cookie's value.
    pub fn to_cookie(&self) -> String {
        let mut out = String::from(if self.kind == FlashKind::Done { "d." } else { "f." });
        // Writing to a string cannot fail.
        let _ = encode(&self.text, &mut out);
        out = out.replace(',', "%2C");
        if let Some(undo) = &self.undo {
            out.push('|');
            let _ = encode(undo, &mut out);
        }
        out
    }

    /// From the cookie's value; nothing for one that was not written here. An address to undo leads to this server only.
    pub fn from_cookie(value: &str) -> Option<Self> {
        let (kind, rest) = value.split_at_checked(2)?;
        let kind = match kind {
            "d." => FlashKind::Done,
            "f." => FlashKind::Failed,
            _ => return None,
        };
        let (text, undo) = match rest.split_once('|') {
            Some((text, undo)) => (text, Some(decode(undo))),
            None => (rest, None),
        };
        let undo = undo.filter(|path| path.starts_with('/') && !path.starts_with("//")).map(Text::Owned);
        Some(Flash { kind, text: Text::Owned(decode(text)), undo })
    }

    /// The value of an `HX-Trigger` header that shows it after an answer to the script.
    pub fn to_trigger(&self) -> String {
        let kind = if self.kind == FlashKind::Done { "done" } else { "failed" };
        let undo = self.undo.as_deref().map(|undo| format!(",\"undo\":{}", json_string(undo))).unwrap_or_default();
        format!("{{\"toast\":{{\"kind\":\"{kind}\",\"text\":{}{undo}}}}}", json_string(&self.text))
    }
}

/// A JSON string in ASCII, because it travels in a header.
fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(letter @ (' '..='~')) if letter != '"' && letter != '\\' => out.push(letter),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}

/// Where toasts appear, with the one that came with the page.
pub(super) fn toasts(flash: Option<&Flash>) -> Markup {
    html! {
        div class="toasts" id="toasts" role="status" aria-live="polite" {
            @if let Some(flash) = flash {
                div class={ "toast" @if flash.kind == FlashKind::Failed { " error" } } data-toast {
                    (if flash.kind == FlashKind::Done { Icon::Check } else { Icon::Error })
                    span { (flash.text) }
                    @if let Some(undo) = &flash.undo {
                        form method="post" action=(undo) data-csrf { (Button::submit("Undo").small()) }
                    }
                    (Button::close("Dismiss").icon_only(Icon::Close))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flash_survives_its_cookie() {
        let flash = Flash::done("Sent 3 units to Ann; 50 % | \"cups\", ä").undo("/jobs/job_1/undo");
        let cookie = flash.to_cookie();
        assert!(
            cookie.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"' | b'\\')),
            "{cookie}"
        );
        assert_eq!(Flash::from_cookie(&cookie), Some(flash));
    }

    #[test]
    fn a_foreign_cookie_is_nothing_and_undo_stays_here() {
        assert_eq!(Flash::from_cookie("x"), None);
        assert_eq!(Flash::from_cookie("d.hi|//evil.example").unwrap().undo, None);
    }

    #[test]
    fn a_trigger_is_ascii_json() {
        assert_eq!(
            Flash::failed("\"ä\"\n").to_trigger(),
            r#"{"toast":{"kind":"failed","text":"\u0022\u00e4\u0022\u000a"}}"#
        );
    }
}
