//! What the script says about a request, and what an answer can tell it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Whether a page or a part of it is asked for. Without scripts it is always the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hx {
    /// The request was made by the script and wants a fragment.
    pub partial: bool,
    /// The id of the element that will take the answer, such as `drawer-body` or `dialog-body`.
    pub target: Option<String>,
}

impl Hx {
    /// The answer to a script: closes the dialog that the form stands in.
    pub const CLOSE_DIALOG: &'static str = "close-dialog";

    /// Reads the request's headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let target = text("hx-target").map(|value| value.rsplit('#').next().unwrap_or(value).to_owned());
        Hx { partial: text("hx-request") == Some("true") && text("hx-request-type") != Some("full"), target }
    }

    /// The quick look beside a list is asked for.
    pub fn for_drawer(&self) -> bool {
        self.partial && self.target.as_deref() == Some("drawer-body")
    }

    /// The content of a dialog is asked for.
    pub fn for_dialog(&self) -> bool {
        self.partial && self.target.as_deref() == Some("dialog-body")
    }

    /// Tells the browser to go to another page after a form that the script sent: a header pair for the answer (200).
    pub fn redirect(to: &str) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("hx-redirect"), HeaderValue::from_str(to).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_wants_the_page() {
        assert_eq!(Hx::of(&HeaderMap::new()), Hx::default());
    }

    #[test]
    fn the_target_is_an_id() {
        let mut headers = HeaderMap::new();
        headers.insert("hx-request", HeaderValue::from_static("true"));
        headers.insert("hx-request-type", HeaderValue::from_static("partial"));
        headers.insert("hx-target", HeaderValue::from_static("div#drawer-body"));
        let hx = Hx::of(&headers);
        assert!(hx.for_drawer() && !hx.for_dialog());
    }
}
