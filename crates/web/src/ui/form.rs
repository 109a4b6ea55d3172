//! Forms: one column, labels above, help where it prevents an error, the error under its field and once more at the top.

use super::{Icon, Text};
use maud::{Markup, Render, html};

/// A complaint about a field; an empty `field` is about the whole form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: Text,
    /// What is wrong and what to do, as a sentence.
    pub message: Text,
}

impl FieldError {
    /// A complaint.
    pub fn new(field: impl Into<Text>, message: impl Into<Text>) -> Self {
        FieldError { field: field.into(), message: message.into() }
    }
}

/// A value to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: Text,
    /// What is read.
    pub label: Text,
    /// A remark under it (radio buttons) or none.
    pub help: Option<Text>,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<Text>, label: impl Into<Text>) -> Self {
        Choice { value: value.into(), label: label.into(), help: None }
    }

    /// With a remark.
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[derive(Clone, Debug)]
enum Kind {
    Input(&'static str),
    Money { currency: Text, decimals: u8 },
    Unit(Text),
    Area,
    Select(Vec<Choice>),
    Radio(Vec<Choice>),
    Segment(Vec<Choice>),
    Combo { suggest: Text, shown: Text },
    Check,
    Switch,
    File { accept: Text, multiple: bool, camera: bool },
}

/// One field of a form: label, control, help, error.
#[derive(Clone, Debug)]
pub struct Field {
    name: Text,
    label: Text,
    kind: Kind,
    value: Text,
    help: Option<Text>,
    error: Option<Text>,
    optional: bool,
    required: bool,
    autofocus: bool,
    disabled: bool,
    readonly: bool,
    placeholder: Option<Text>,
    autocomplete: Option<&'static str>,
    width: &'static str,
    limit: Option<u32>,
    range: Option<(Text, Text)>,
    validate: Option<Text>,
    save: Option<Text>,
    id: Option<Text>,
}

impl Field {
    fn new(name: impl Into<Text>, label: impl Into<Text>, kind: Kind) -> Self {
        Field {
            name: name.into(),
            label: label.into(),
            kind,
            value: Text::Borrowed(""),
            help: None,
            error: None,
            optional: false,
            required: false,
            autofocus: false,
            disabled: false,
            readonly: false,
            placeholder: None,
            autocomplete: Some("off"),
            width: "",
            limit: None,
            range: None,
            validate: None,
            save: None,
            id: None,
        }
    }

    /// A line of text.
    pub fn text(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::Input("text"))
    }

    /// A whole number.
    pub fn number(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { width: " w-num", ..Self::new(name, label, Kind::Input("number")) }
    }

    /// An amount in the currency's main unit, such as `1250.00`; `decimals` as the currency has (2 for EUR, 0 for JPY).
    pub fn money(name: impl Into<Text>, label: impl Into<Text>, currency: impl Into<Text>, decimals: u8) -> Self {
        Self::new(name, label, Kind::Money { currency: currency.into(), decimals })
    }

    /// A number with its unit behind it: "%", "days".
    pub fn with_unit(name: impl Into<Text>, label: impl Into<Text>, unit: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::Unit(unit.into()))
    }

    /// A calendar date, sent as `YYYY-MM-DD`.
    pub fn date(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { width: " w-date", ..Self::new(name, label, Kind::Input("date")) }
    }

    /// A local date and time, sent as `YYYY-MM-DDTHH:MM`; the form says in which time zone.
    pub fn datetime(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { width: " w-short", ..Self::new(name, label, Kind::Input("datetime-local")) }
    }

    /// A time of day.
    pub fn time(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { width: " w-num", ..Self::new(name, label, Kind::Input("time")) }
    }

    /// An e-mail address.
    pub fn email(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { autocomplete: Some("email"), ..Self::new(name, label, Kind::Input("email")) }
    }

    /// A telephone number.
    pub fn phone(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Field { width: " w-short", autocomplete: Some("tel"), ..Self::new(name, label, Kind::Input("tel")) }
    }

    /// A password: `current` for signing in, otherwise a new one. Its value is never written back.
    pub fn password(name: impl Into<Text>, label: impl Into<Text>, current: bool) -> Self {
        let autocomplete = Some(if current { "current-password" } else { "new-password" });
        Field { autocomplete, ..Self::new(name, label, Kind::Input("password")) }
    }

    /// Several lines of text.
    pub fn area(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::Area)
    }

    /// One of some values. When the field is optional, the first entry is empty.
    pub fn select(name: impl Into<Text>, label: impl Into<Text>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Select(choices))
    }

    /// One of a few values, all in sight, each with a remark.
    pub fn radio(name: impl Into<Text>, label: impl Into<Text>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Radio(choices))
    }

    /// One of two to four short values, side by side.
    pub fn segment(name: impl Into<Text>, label: impl Into<Text>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Segment(choices))
    }

    /// One of very many: typing asks `suggest?q=…` for [`suggestions`]. `value` is the id that is chosen, `shown` its name.
    /// Without scripts the name that was typed arrives as `{name}_text` and the server looks it up.
    pub fn combo(
        name: impl Into<Text>,
        label: impl Into<Text>,
        suggest: impl Into<Text>,
        shown: impl Into<Text>,
    ) -> Self {
        Self::new(name, label, Kind::Combo { suggest: suggest.into(), shown: shown.into() })
    }

    /// Yes or no; sends `value` (by default `true`) when ticked. Tick it with [`Field::on`].
    pub fn check(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::Check)
    }

    /// A setting that is on or off.
    pub fn switch(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::Switch)
    }

    /// A file; `accept` as in HTML (`.csv,.xlsx`). The form must be [`Form::multipart`].
    pub fn file(name: impl Into<Text>, label: impl Into<Text>, accept: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::File { accept: accept.into(), multiple: false, camera: false })
    }

    /// A photograph: the phone offers its camera.
    pub fn photo(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self::new(name, label, Kind::File { accept: "image/*".into(), multiple: true, camera: true })
    }

    /// What is in it.
    pub fn value(mut self, value: impl Into<Text>) -> Self {
        self.value = value.into();
        self
    }

    /// Ticked or switched on.
    pub fn on(mut self, on: bool) -> Self {
        self.value = Text::Borrowed(if on { "true" } else { "" });
        self
    }

    /// A sentence that prevents an error.
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong with it, when something is.
    pub fn error(mut self, error: Option<impl Into<Text>>) -> Self {
        self.error = error.map(Into::into);
        self
    }

    /// Takes its own complaint out of those of the whole form.
    pub fn errors(mut self, errors: &[FieldError]) -> Self {
        if let Some(error) = errors.iter().find(|error| error.field == self.name) {
            self.error = Some(error.message.clone());
        }
        self
    }

    /// May stay empty, and says so.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Must be filled; the browser checks it too.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The cursor starts here.
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// Shown, but not to be changed, and not sent.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Shown and sent, but not to be changed.
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// An example in grey; never the only place where something is said.
    pub fn placeholder(mut self, placeholder: impl Into<Text>) -> Self {
        self.placeholder = Some(placeholder.into());
        self
    }

    /// The browser's own word for what belongs here (`username`, `one-time-code`).
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = Some(word);
        self
    }

    /// At most 240 px wide, because what belongs here is short.
    pub fn short(mut self) -> Self {
        self.width = " w-short";
        self
    }

    /// At most so many characters.
    pub fn limit(mut self, characters: u32) -> Self {
        self.limit = Some(characters);
        self
    }

    /// Least and most, for numbers and dates; an empty one is open.
    pub fn range(mut self, least: impl Into<Text>, most: impl Into<Text>) -> Self {
        self.range = Some((least.into(), most.into()));
        self
    }

    /// Leaving the field posts it to this address, whose answer is this field again.
    pub fn validate(mut self, url: impl Into<Text>) -> Self {
        self.validate = Some(url.into());
        self
    }

    /// A change is posted to this address at once: for settings that do no harm.
    pub fn autosave(mut self, url: impl Into<Text>) -> Self {
        self.save = Some(url.into());
        self
    }

    /// Its id, where the name is not unique on the page.
    pub fn id(mut self, id: impl Into<Text>) -> Self {
        self.id = Some(id.into());
        self
    }

    fn the_id(&self) -> String {
        match &self.id {
            Some(id) => id.to_string(),
            None => format!("f-{}", self.name.replace(['[', ']', '.'], "-")),
        }
    }

    fn described(&self) -> Option<String> {
        let id = self.the_id();
        let parts =
            [self.help.as_ref().map(|_| format!("{id}-help")), self.error.as_ref().map(|_| format!("{id}-error"))];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    fn control(&self) -> Markup {
        match &self.kind {
            Kind::Input(kind) => self.input(kind, &self.value),
            Kind::Money { currency, decimals } => html! {
                div class="affix" { (self.input(if *decimals == 0 { "numeric" } else { "decimal" }, &self.value)) span { (currency) } }
            },
            Kind::Unit(unit) => html! { div class="affix" { (self.input("decimal", &self.value)) span { (unit) } } },
            Kind::Area => html! {
                textarea class="input" id=(self.the_id()) name=(self.name) rows="3" maxlength=[self.limit]
                    placeholder=[self.placeholder.as_ref()] aria-describedby=[self.described()] required[self.required]
                    aria-invalid=[self.error.as_ref().map(|_| "true")] disabled[self.disabled] readonly[self.readonly]
                    autofocus[self.autofocus] { (self.value) }
            },
            Kind::Select(choices) => html! {
                select class={ "select" (self.width) } id=(self.the_id()) name=(self.name) aria-describedby=[self.described()]
                    aria-invalid=[self.error.as_ref().map(|_| "true")] required[self.required] disabled[self.disabled]
                    autofocus[self.autofocus] {
                    @if self.optional || self.required && self.value.is_empty() { option value="" { (self.placeholder.as_deref().unwrap_or("")) } }
                    @for choice in choices { option value=(choice.value) selected[choice.value == self.value] { (choice.label) } }
                }
            },
            Kind::Combo { suggest, shown } => self.combo_box(suggest, shown),
            Kind::File { accept, multiple, camera } => html! {
                div class="file" {
                    input type="file" id=(self.the_id()) name=(self.name) accept=(accept) multiple[*multiple] required[self.required]
                        capture=[camera.then_some("environment")] aria-describedby=[self.described()];
                }
            },
            Kind::Radio(_) | Kind::Segment(_) | Kind::Check | Kind::Switch => html! {},
        }
    }

    fn input(&self, kind: &str, value: &str) -> Markup {
        let (kind, mode) = match kind {
            "number" => ("text", Some("numeric")),
            "numeric" | "decimal" => ("text", Some(kind)),
            other => (other, None),
        };
        let value = (kind != "password" && !value.is_empty()).then_some(value);
        let (least, most) = self.range.as_ref().map_or((None, None), |(least, most)| (Some(least), Some(most)));
        html! {
            input class={ "input" (self.width) } type=(kind) id=(self.the_id()) name=(self.name) value=[value] inputmode=[mode]
                min=[least.filter(|text| !text.is_empty())] max=[most.filter(|text| !text.is_empty())] maxlength=[self.limit]
                placeholder=[self.placeholder.as_ref()] autocomplete=[self.autocomplete] aria-describedby=[self.described()]
                aria-invalid=[self.error.as_ref().map(|_| "true")] required[self.required] disabled[self.disabled]
                readonly[self.readonly] autofocus[self.autofocus];
        }
    }

    fn combo_box(&self, suggest: &str, shown: &str) -> Markup {
        let id = self.the_id();
        html! {
            div class="combo" data-combo {
                input type="hidden" name=(self.name) value=(self.value);
                @if let Some(from) = suggest.strip_prefix("/suggest/") {
                    // What a typed name means is looked up here when the form arrives, unless it is still what was chosen.
                    input type="hidden" name={ (self.name) "_from" } value=(from);
                    input type="hidden" name={ (self.name) "_was" } value=(shown) data-was;
                }
                input class="input" type="text" id=(id) name={ (self.name) "_text" } value=(shown) role="combobox" autocomplete="off"
                    aria-expanded="false" aria-controls={ (id) "-list" } aria-autocomplete="list" spellcheck="false"
                    placeholder=[self.placeholder.as_ref()] aria-describedby=[self.described()] required[self.required]
                    aria-invalid=[self.error.as_ref().map(|_| "true")] disabled[self.disabled] autofocus[self.autofocus]
                    data-suggest=(suggest);
                (Icon::Search)
                div class="options" id={ (id) "-list" } role="listbox" aria-label=(self.label) hx-sync="this:replace" {}
            }
        }
    }

    fn under(&self) -> Markup {
        let id = self.the_id();
        html! {
            @if let Some(help) = &self.help { div class="help" id={ (id) "-help" } { (help) } }
            @if let Some(error) = &self.error { div class="oops" id={ (id) "-error" } { (Icon::Error) (error) } }
        }
    }

    fn tick(&self, class: &str, row: bool) -> Markup {
        let value = if self.value.is_empty() { "true" } else { self.value.as_ref() };
        html! {
            label class={ "tick" @if row { " row2" } } {
                @if row { (self.tick_text()) }
                input class=(class) type="checkbox" role=[row.then_some("switch")] id=(self.the_id()) name=(self.name) value=(value)
                    checked[!self.value.is_empty()] disabled[self.disabled]
                    hx-post=[self.save.as_ref()] hx-swap=[self.save.as_ref().map(|_| "none")];
                @if !row { (self.tick_text()) }
            }
        }
    }

    fn tick_text(&self) -> Markup {
        html! { span { (self.label) @if let Some(help) = &self.help { span class="help" { (help) } } } }
    }

    fn group(&self, choices: &[Choice], segment: bool) -> Markup {
        let id = self.the_id();
        let radio = |index: usize, choice: &Choice| {
            html! {
                input class=[(!segment).then_some("box")] type="radio" id={ (id) "-" (index) } name=(self.name) value=(choice.value)
                    checked[choice.value == self.value] required[self.required] disabled[self.disabled];
            }
        };
        html! {
            fieldset class={ "field" @if self.error.is_some() { " bad" } } id=(id) aria-describedby=[self.described()] {
                legend class="label" { (self.label) @if self.optional { span class="opt" { "optional" } } }
                @if segment {
                    div class="seg" { @for (index, choice) in choices.iter().enumerate() { label { (radio(index, choice)) (choice.label) } } }
                } @else {
                    div class="choices" {
                        @for (index, choice) in choices.iter().enumerate() {
                            label class="tick" {
                                (radio(index, choice))
                                span { (choice.label) @if let Some(help) = &choice.help { span class="help" { (help) } } }
                            }
                        }
                    }
                }
                (self.under())
            }
        }
    }
}

impl Render for Field {
    fn render(&self) -> Markup {
        match &self.kind {
            Kind::Radio(choices) => return self.group(choices, false),
            Kind::Segment(choices) => return self.group(choices, true),
            Kind::Check | Kind::Switch => {
                let row = matches!(self.kind, Kind::Switch);
                let error = Field { help: None, ..self.clone() };
                return html! { div class="field" { (self.tick(if row { "switch" } else { "box" }, row)) (error.under()) } };
            }
            _ => {}
        }
        let url = self.validate.as_ref().or(self.save.as_ref());
        html! {
            div class={ "field" @if self.error.is_some() { " bad" } } hx-post=[url] hx-trigger=[url.map(|_| "change")]
                hx-swap=[url.map(|_| if self.validate.is_some() { "outerHTML" } else { "none" })] {
                label class="label" for=(self.the_id()) { (self.label) @if self.optional { span class="opt" { "optional" } } }
                (self.control())
                (self.under())
            }
        }
    }
}

/// What a combobox offers: the answer to `GET suggest?q=…`.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The id that is sent.
    pub value: Text,
    /// What is read, and written into the field.
    pub label: Text,
    /// A remark at the right.
    pub detail: Text,
}

/// The list of suggestions; says so when there are none.
pub fn suggestions(found: &[Suggestion]) -> Markup {
    html! {
        @for (index, one) in found.iter().enumerate() {
            div class="opt-row" role="option" id={ "opt-" (index) } aria-selected="false" data-value=(one.value) data-label=(one.label) {
                span { (one.label) } @if !one.detail.is_empty() { small { (one.detail) } }
            }
        }
        @if found.is_empty() { div class="opt-none" role="option" aria-disabled="true" aria-selected="false" { "Nothing found" } }
    }
}

/// All complaints at the top of a form, each a link to its field.
pub fn error_summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="banner error" role="alert" tabindex="-1" data-focus {
                (Icon::Error)
                div {
                    b { @if errors.len() == 1 { "One thing needs a change" } @else { (errors.len()) " things need a change" } }
                    ul {
                        @for error in errors {
                            li {
                                @if error.field.is_empty() { (error.message) }
                                @else { a href={ "#f-" (error.field.replace(['[', ']', '.'], "-")) } { (error.message) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The hidden field that proves that a form is from this session; nothing for an empty token.
pub fn csrf_field(token: &str) -> Markup {
    html! { @if !token.is_empty() { input type="hidden" name="csrf" value=(token); } }
}

/// A part of a long form with a heading.
pub fn section(title: impl Into<Text>, help: Option<&str>, body: impl Render) -> Markup {
    html! {
        section class="form-sec" {
            header { h2 { (title.into()) } @if let Some(help) = help { p class="sub" { (help) } } }
            (body)
        }
    }
}

/// A form: complaints first, then the fields, then the buttons (the one that sends it first).
pub struct Form {
    id: Option<Text>,
    action: Text,
    get: bool,
    csrf: Text,
    wide: bool,
    multipart: bool,
    swap: Option<Text>,
    errors: Vec<FieldError>,
    keep: Option<Text>,
    body: Markup,
    foot: Vec<Markup>,
}

impl Form {
    /// A form that posts to this address.
    pub fn post(action: impl Into<Text>, csrf: impl Into<Text>) -> Self {
        Form {
            id: None,
            action: action.into(),
            get: false,
            csrf: csrf.into(),
            wide: false,
            multipart: false,
            swap: None,
            errors: Vec::new(),
            keep: None,
            body: html! {},
            foot: Vec::new(),
        }
    }

    /// A form that only asks.
    pub fn get(action: impl Into<Text>) -> Self {
        Form { get: true, ..Form::post(action, "") }
    }

    /// Its id.
    pub fn id(mut self, id: impl Into<Text>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// 720 px instead of 520.
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// With files.
    pub fn multipart(mut self) -> Self {
        self.multipart = true;
        self
    }

    /// Sent by the script; the answer replaces the inside of the element with this selector (`#dialog-body`). Without
    /// scripts it is an ordinary form.
    pub fn swap_into(mut self, selector: impl Into<Text>) -> Self {
        self.swap = Some(selector.into());
        self
    }

    /// What is wrong.
    pub fn errors(mut self, errors: &[FieldError]) -> Self {
        self.errors = errors.to_vec();
        self
    }

    /// While somebody types, the script keeps what they typed at this address, and says so.
    pub fn keep(mut self, url: impl Into<Text>) -> Self {
        self.keep = Some(url.into());
        self
    }

    /// The fields.
    pub fn body(mut self, body: impl Render) -> Self {
        self.body = body.render();
        self
    }

    /// A button under the fields.
    pub fn button(mut self, button: impl Render) -> Self {
        self.foot.push(button.render());
        self
    }
}

impl Render for Form {
    fn render(&self) -> Markup {
        html! {
            form class={ "form" @if self.wide { " wide" } } id=[self.id.as_ref()] action=(self.action)
                method=(if self.get { "get" } else { "post" }) enctype=[self.multipart.then_some("multipart/form-data")]
                hx-post=[self.swap.as_ref().map(|_| &self.action)] hx-target=[self.swap.as_ref()]
                hx-swap=[self.swap.as_ref().map(|_| "innerHTML")] data-check data-keep=[self.keep.as_ref()]
                novalidate[!self.errors.is_empty()] {
                (csrf_field(&self.csrf))
                (error_summary(&self.errors))
                (self.body)
                @if self.keep.is_some() { p class="sub" data-kept role="status" {} }
                @if !self.foot.is_empty() { div class="form-foot" { @for button in &self.foot { (button) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stands_at_its_field_and_in_the_summary_with_a_link_to_it() {
        let errors = [FieldError::new("lot", "Enter the lot as on the label.")];
        let html = Form::post("/units", "tok")
            .errors(&errors)
            .body(Field::text("lot", "Lot").errors(&errors))
            .render()
            .into_string();
        assert!(html.contains("href=\"#f-lot\"") && html.contains("id=\"f-lot\""), "{html}");
        assert!(html.contains("aria-describedby=\"f-lot-error\"") && html.contains("id=\"f-lot-error\""), "{html}");
        assert!(html.contains("name=\"csrf\" value=\"tok\""));
    }

    #[test]
    fn a_password_is_never_written_back() {
        let html = Field::password("password", "Password", true).value("secret").render().into_string();
        assert!(!html.contains("secret"), "{html}");
    }

    #[test]
    fn a_ticked_box_sends_true() {
        let html = Field::check("sterile", "Sterile").on(true).render().into_string();
        assert!(html.contains("value=\"true\"") && html.contains("checked"), "{html}");
        assert!(!Field::check("sterile", "Sterile").on(false).render().into_string().contains("checked"));
    }

    #[test]
    fn hostile_values_stay_text() {
        let html = Field::area("note", "Note").value("</textarea><script>").render().into_string();
        assert!(!html.contains("<script>"), "{html}");
    }
}
