//! Facts that are changed where they stand: a value with its source, and a form that takes its place.

use super::{Button, FieldError, Icon, Text, csrf_field, error_summary};
use maud::{Markup, Render, html};

/// A fact that can be changed. Without scripts the pencil leads to a page with the same form.
pub struct Inline {
    key: Text,
    label: Text,
    value: Markup,
    why: Option<Markup>,
    edit: Option<Text>,
}

impl Inline {
    /// A fact under a name; `key` tells it from the others on the page.
    pub fn new(key: impl Into<Text>, label: impl Into<Text>, value: impl Render) -> Self {
        Inline { key: key.into(), label: label.into(), value: value.render(), why: None, edit: None }
    }

    /// Where it comes from, or why it is so.
    pub fn why(mut self, why: impl Render) -> Self {
        self.why = Some(why.render());
        self
    }

    /// Where its form is; none for those who may not change it.
    pub fn edit(mut self, href: Option<impl Into<Text>>) -> Self {
        self.edit = href.map(Into::into);
        self
    }

    /// Whether the viewer may change it.
    pub fn may_change(&self) -> bool {
        self.edit.is_some()
    }

    fn id(&self) -> String {
        format!("inl-{}", self.key)
    }
}

impl Render for Inline {
    fn render(&self) -> Markup {
        html! {
            div class="inl" id=(self.id()) {
                dt {
                    (self.label)
                    @if let Some(href) = &self.edit {
                        a class="mini" href=(href) hx-get=(href) hx-target={ "#" (self.id()) } hx-swap="outerHTML" aria-label={ "Change " (self.label) } { (Icon::Edit) }
                    }
                }
                dd { (self.value) @if let Some(why) = &self.why { span class="sub" { (why) } } }
            }
        }
    }
}

/// Facts that have no value yet: a word each, which opens its form.
pub fn missing(all: &[Inline]) -> Markup {
    html! {
        @if !all.is_empty() {
            div class="missing" {
                span class="sub" { "Not there yet: " }
                @for one in all.iter() {
                    @if let Some(href) = &one.edit {
                        span class="inl" id=(one.id()) {
                            a class="link" href=(href) hx-get=(href) hx-target={ "#" (one.id()) } hx-swap="outerHTML" { (one.label) }
                        }
                    }
                }
            }
        }
    }
}

/// Facts that can be changed, under each other or side by side.
pub fn inlines(all: &[Inline]) -> Markup {
    html! { dl class="inls" { @for one in all { (one) } } }
}

/// The form that takes a fact's place.
pub struct InlineForm<'a> {
    /// As of the fact.
    pub key: &'a str,
    /// As of the fact.
    pub label: &'a str,
    /// Where it is sent.
    pub action: &'a str,
    /// The token of the session's forms.
    pub csrf: Text,
    /// Hidden fields: the version, and what the value was.
    pub hidden: &'a [(&'a str, String)],
    /// What follows from the change, or what somebody else did meanwhile.
    pub note: Option<Markup>,
    /// The controls.
    pub fields: Markup,
    /// What is wrong.
    pub errors: &'a [FieldError],
    /// The verb of the button.
    pub verb: &'static str,
}

impl Render for InlineForm<'_> {
    fn render(&self) -> Markup {
        let id = format!("inl-{}", self.key);
        let unplaced: Vec<FieldError> = self.errors.iter().filter(|error| error.field.is_empty()).cloned().collect();
        html! {
            form class="inl open" id=(id) method="post" action=(self.action) hx-post=(self.action) hx-target="this" hx-swap="outerHTML"
                data-check aria-label={ "Change " (self.label) } {
                (csrf_field(&self.csrf))
                @for (name, value) in self.hidden { input type="hidden" name=(name) value=(value); }
                (error_summary(&unplaced))
                (self.fields)
                @if let Some(note) = &self.note { div class="sub" { (note) } }
                div class="row" {
                    (Button::submit(self.verb).primary().small())
                    a class="btn quiet small" href=(self.action) hx-get={ (self.action) "?as=fact" } hx-target={ "#" (id) } hx-swap="outerHTML" data-cancel { "Cancel" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_leads_to_its_form_and_the_form_comes_back_in_its_place() {
        let html =
            Inline::new("terms", "Terms", "Net 30").why("set here").edit(Some("/x/terms")).render().into_string();
        assert!(html.contains("id=\"inl-terms\"") && html.contains("hx-target=\"#inl-terms\""), "{html}");
        let fixed = Inline::new("terms", "Terms", "Net 30").edit(None::<&str>).render().into_string();
        assert!(!fixed.contains("href"), "{fixed}");
    }
}
