//! A field of many rows at once: it stays as each row has it, is set, or is emptied.

use super::{FieldError, Icon, Text};
use maud::{Markup, Render, html};

/// A field with what may become of it. Its controls are in sight only where they are needed.
pub struct Tri {
    name: Text,
    label: Text,
    ops: Vec<(Text, Text, bool)>,
    now: Text,
    controls: Markup,
    error: Option<Text>,
}

impl Tri {
    /// A field; it sends `op.{name}`. Without an answer it is left.
    pub fn new(name: impl Into<Text>, label: impl Into<Text>) -> Self {
        Tri {
            name: name.into(),
            label: label.into(),
            ops: vec![("leave".into(), "Leave".into(), false)],
            now: "leave".into(),
            controls: html! {},
            error: None,
        }
    }

    /// Something that may become of it: what is sent, and what is read.
    pub fn op(mut self, value: impl Into<Text>, label: impl Into<Text>) -> Self {
        self.ops.push((value.into(), label.into(), false));
        self
    }

    /// The same, and then the controls say what.
    pub fn asks(mut self, value: impl Into<Text>, label: impl Into<Text>) -> Self {
        self.ops.push((value.into(), label.into(), true));
        self
    }

    /// What was chosen.
    pub fn now(mut self, now: impl Into<Text>) -> Self {
        let now = now.into();
        if self.ops.iter().any(|(value, ..)| *value == now) {
            self.now = now;
        }
        self
    }

    /// Fields that say what it becomes.
    pub fn controls(mut self, controls: impl Render) -> Self {
        self.controls = controls.render();
        self
    }

    /// What is wrong with the choice itself.
    pub fn errors(mut self, errors: &[FieldError]) -> Self {
        let name = format!("op.{}", self.name);
        self.error = errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
        self
    }
}

impl Render for Tri {
    fn render(&self) -> Markup {
        let id = format!("f-op-{}", self.name);
        html! {
            fieldset class={ "tri" @if self.error.is_some() { " bad" } } id=(id) {
                legend { (self.label) }
                div class="seg" {
                    @for (index, (value, label, asks)) in self.ops.iter().enumerate() {
                        label {
                            input type="radio" id={ (id) "-" (index) } name={ "op." (self.name) } value=(value)
                                checked[*value == self.now] data-asks=[asks.then_some("")];
                            (label)
                        }
                    }
                }
                div class="tri-more" { (self.controls) }
                @if let Some(error) = &self.error { div class="oops" { (Icon::Error) (error) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_left_unless_something_else_was_chosen() {
        let tri = || Tri::new("terms", "Terms").asks("set", "Set").op("clear", "Clear");
        assert!(tri().render().into_string().contains("value=\"leave\" checked"));
        let html = tri().now("set").render().into_string();
        assert!(
            html.contains("name=\"op.terms\" value=\"set\" checked") && !html.contains("\"leave\" checked"),
            "{html}"
        );
        assert!(tri().now("nonsense").render().into_string().contains("value=\"leave\" checked"));
    }
}
