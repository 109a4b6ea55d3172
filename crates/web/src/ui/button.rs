//! Buttons and menus. The one primary action of a page is filled; everything else is quiet.

use super::{Icon, Text};
use maud::{Markup, Render, html};

#[derive(Clone, Debug)]
enum Act {
    Link(Text),
    Submit,
    Open(Text),
    Close,
}

/// A verb a person can press: a link, a submit button, or one that opens a dialog.
#[derive(Clone, Debug)]
pub struct Button {
    label: Text,
    act: Act,
    class: &'static str,
    size: &'static str,
    icon: Option<Icon>,
    icon_only: bool,
    key: Option<&'static str>,
    dialog: bool,
    look: bool,
    download: bool,
    disabled: bool,
    extra: bool,
    form: Option<Text>,
    action: Option<Text>,
    get: bool,
    uploads: bool,
    unfinished: bool,
    name: Option<(Text, Text)>,
    hotkey: Option<&'static str>,
}

impl Button {
    fn new(label: Text, act: Act) -> Self {
        Button {
            label,
            act,
            class: "",
            size: "",
            icon: None,
            icon_only: false,
            key: None,
            dialog: false,
            look: false,
            download: false,
            disabled: false,
            extra: false,
            form: None,
            action: None,
            get: false,
            uploads: false,
            unfinished: false,
            name: None,
            hotkey: None,
        }
    }

    /// Goes to an address.
    pub fn link(label: impl Into<Text>, href: impl Into<Text>) -> Self {
        Self::new(label.into(), Act::Link(href.into()))
    }

    /// Sends the form it stands in.
    pub fn submit(label: impl Into<Text>) -> Self {
        Self::new(label.into(), Act::Submit)
    }

    /// Opens the dialog with this id, which is on the page (see [`super::Confirm`]).
    pub fn open(label: impl Into<Text>, dialog_id: impl Into<Text>) -> Self {
        Self::new(label.into(), Act::Open(dialog_id.into()))
    }

    /// Closes the dialog it stands in.
    pub fn close(label: impl Into<Text>) -> Self {
        Self::new(label.into(), Act::Close).quiet()
    }

    /// The page's one primary action.
    pub fn primary(mut self) -> Self {
        self.class = " primary";
        self
    }

    /// No border: for actions beside the work.
    pub fn quiet(mut self) -> Self {
        self.class = " quiet";
        self
    }

    /// Takes something away.
    pub fn danger(mut self) -> Self {
        self.class = " danger";
        self
    }

    /// Takes something away, and is the answer of a dialog that asks about it.
    pub fn danger_solid(mut self) -> Self {
        self.class = " danger solid";
        self
    }

    /// 28 px, for use inside rows.
    pub fn small(mut self) -> Self {
        self.size = " small";
        self
    }

    /// 44 px, for pages with one action.
    pub fn big(mut self) -> Self {
        self.size = " big";
        self
    }

    /// Takes the whole width.
    pub fn full(mut self) -> Self {
        self.size = " full";
        self
    }

    /// An icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The icon alone; the label is for readers and hover.
    pub fn icon_only(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self.icon_only = true;
        self
    }

    /// Shows a key beside the label.
    pub fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// The key that presses it from anywhere on the page: `e` for edit, `n` for new.
    pub fn hotkey(mut self, key: &'static str) -> Self {
        self.hotkey = Some(key);
        self
    }

    /// The link's page is shown in a dialog when scripts run.
    pub fn in_dialog(mut self) -> Self {
        self.dialog = true;
        self
    }

    /// The link's page is shown in the drawer when scripts run.
    pub fn in_drawer(mut self) -> Self {
        self.look = true;
        self
    }

    /// The link answers with a file.
    pub fn download(mut self) -> Self {
        self.download = true;
        self
    }

    /// Shown, but cannot be pressed.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Left out on the phone, where only the main actions have room.
    pub fn wide_only(mut self) -> Self {
        self.extra = true;
        self
    }

    /// Sends the form with this id.
    pub fn form(mut self, form_id: impl Into<Text>) -> Self {
        self.form = Some(form_id.into());
        self
    }

    /// Sends to this address instead of the form's own.
    pub fn action(mut self, action: impl Into<Text>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Sends with GET, although the form posts.
    pub fn by_get(mut self) -> Self {
        self.get = true;
        self
    }

    /// Sends the form also while fields that are wanted are empty: something is kept that goes on later.
    pub fn unfinished(mut self) -> Self {
        self.unfinished = true;
        self
    }

    /// Sends the files that were chosen in the form with it, although the form by itself sends none.
    pub fn uploads(mut self) -> Self {
        self.uploads = true;
        self
    }

    /// Adds a name and a value to what the form sends.
    pub fn named(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.name = Some((name.into(), value.into()));
        self
    }

    fn inner(&self) -> Markup {
        html! {
            @if let Some(icon) = self.icon { (icon) }
            @if !self.icon_only { (self.label) }
            @if let Some(key) = self.key { span class="kbd" aria-hidden="true" { (key) } }
        }
    }

    fn paint(&self, class: &str) -> Markup {
        let label = self.icon_only.then_some(&self.label);
        match &self.act {
            Act::Link(href) => html! {
                a class=(class) href=(href) title=[label] aria-label=[label] data-dialog[self.dialog] data-look[self.look]
                    download[self.download] aria-disabled=[self.disabled.then_some("true")] data-hotkey=[self.hotkey] {
                    (self.inner())
                }
            },
            Act::Submit => html! {
                button class=(class) type="submit" title=[label] aria-label=[label] disabled[self.disabled]
                    form=[self.form.as_ref()] formaction=[self.action.as_ref()] formmethod=[self.get.then_some("get")]
                    formenctype=[self.uploads.then_some("multipart/form-data")] formnovalidate[self.unfinished]
                    name=[self.name.as_ref().map(|(name, _)| name)] value=[self.name.as_ref().map(|(_, value)| value)]
                    data-hotkey=[self.hotkey] {
                    (self.inner())
                }
            },
            Act::Open(id) => html! {
                button class=(class) type="button" title=[label] aria-label=[label] disabled[self.disabled]
                    data-open=(id) aria-haspopup="dialog" data-hotkey=[self.hotkey] {
                    (self.inner())
                }
            },
            Act::Close => html! {
                button class=(class) type="button" data-close title=[label] aria-label=[label] { (self.inner()) }
            },
        }
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        let icon = if self.icon_only { " icon" } else { "" };
        let extra = if self.extra { " extra" } else { "" };
        self.paint(&format!("btn{}{}{icon}{extra}", self.class, self.size))
    }
}

/// Buttons side by side.
pub fn buttons(buttons: &[Button]) -> Markup {
    html! { div class="acts" { @for button in buttons { (button) } } }
}

enum Item {
    Button(Box<Button>),
    Rule,
    Cap(Text),
    Raw(Markup),
}

/// A menu that opens from a button. Works without scripts; with them it also closes on a click elsewhere and on Escape.
pub struct Menu {
    label: Text,
    icon: Option<Icon>,
    icon_only: bool,
    rightwards: bool,
    quiet: bool,
    items: Vec<Item>,
}

impl Menu {
    /// A menu with a label.
    pub fn new(label: impl Into<Text>) -> Self {
        Menu { label: label.into(), icon: None, icon_only: false, rightwards: true, quiet: false, items: Vec::new() }
    }

    /// The menu behind three dots.
    pub fn more(label: impl Into<Text>) -> Self {
        Menu { icon: Some(Icon::More), icon_only: true, quiet: true, ..Menu::new(label) }
    }

    /// An icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// No border.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Opens from the left edge instead of the right one.
    pub fn from_left(mut self) -> Self {
        self.rightwards = false;
        self
    }

    /// Adds an entry.
    pub fn item(mut self, button: Button) -> Self {
        self.items.push(Item::Button(Box::new(button)));
        self
    }

    /// Adds a line between groups.
    pub fn rule(mut self) -> Self {
        self.items.push(Item::Rule);
        self
    }

    /// Adds a caption above a group.
    pub fn caption(mut self, text: impl Into<Text>) -> Self {
        self.items.push(Item::Cap(text.into()));
        self
    }

    /// Adds something of one's own, such as a form with one button.
    pub fn raw(mut self, markup: Markup) -> Self {
        self.items.push(Item::Raw(markup));
        self
    }
}

impl Render for Menu {
    fn render(&self) -> Markup {
        let label = self.icon_only.then_some(&self.label);
        html! {
            details class={ "pop" @if self.rightwards { " rightwards" } } {
                summary class={ "btn" @if self.quiet { " quiet" } @if self.icon_only { " icon" } } title=[label] aria-label=[label] {
                    @if let Some(icon) = self.icon { (icon) }
                    @if !self.icon_only { (self.label) (Icon::Down) }
                }
                div class="panel" {
                    @for item in &self.items {
                        @match item {
                            Item::Button(button) => {
                                (button.paint(if button.class.contains("danger") { "it danger" } else { "it" }))
                            }
                            Item::Rule => { hr; }
                            Item::Cap(text) => { div class="cap" { (text) } }
                            Item::Raw(markup) => { (markup) }
                        }
                    }
                }
            }
        }
    }
}
