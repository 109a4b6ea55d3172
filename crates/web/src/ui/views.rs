//! Views of a list: a tab for each, what was changed since, and what can be done with the one that is shown.

use super::{Button, Icon, Link, Menu, Tab, Text, csrf_field};
use maud::{Markup, Render, html};

/// What differs from the view that is shown.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Where the view takes over what is shown, if the viewer may write it: address and the session's token.
    pub save: Option<(Text, Text)>,
    /// The state as it is sent there.
    pub state: Text,
    /// Its version, so that nobody else's change is lost.
    pub version: i64,
    /// Where another view is made of it.
    pub save_as: Text,
    /// The view as it was.
    pub reset: Text,
}

/// The row under a header: tabs, and at the right what was changed and a menu.
#[derive(Default)]
pub struct Views {
    tabs: Vec<Tab>,
    changed: Option<Changed>,
    menu: Vec<Button>,
}

impl Views {
    /// Views as tabs.
    pub fn new(tabs: Vec<Tab>) -> Self {
        Views { tabs, ..Views::default() }
    }

    /// Something was changed.
    pub fn changed(mut self, changed: Option<Changed>) -> Self {
        self.changed = changed;
        self
    }

    /// What can be done with the view that is shown.
    pub fn menu(mut self, menu: Vec<Button>) -> Self {
        self.menu = menu;
        self
    }

    fn modified(changed: &Changed) -> Markup {
        html! {
            span class="modified" { "Modified" }
            @if let Some((action, csrf)) = &changed.save {
                form method="post" action=(action) {
                    (csrf_field(csrf))
                    input type="hidden" name="state" value=(changed.state);
                    input type="hidden" name="version" value=(changed.version);
                    button class="btn quiet small" type="submit" { "Save" }
                }
            }
            (Button::link("Save as", changed.save_as.clone()).quiet().small().in_dialog())
            (Button::link("Reset", changed.reset.clone()).quiet().small())
        }
    }
}

impl Render for Views {
    fn render(&self) -> Markup {
        let menu = self.menu.iter().fold(Menu::more("This view"), |menu, item| menu.item(item.clone()));
        html! {
            div class="views" {
                (super::tabs(&self.tabs, None))
                @if self.changed.is_some() || !self.menu.is_empty() {
                    div class="views-side" {
                        @if let Some(changed) = &self.changed { (Self::modified(changed)) }
                        @if !self.menu.is_empty() { (menu) }
                    }
                }
            }
        }
    }
}

/// By what a list is sorted, as a form: up to three keys, each up or down. `sorts` are key and label.
pub fn sort_menu(sorts: &[(Text, Text)], now: &str, link: &Link) -> Markup {
    let keys: Vec<&str> = now.split(',').filter(|key| !key.is_empty()).collect();
    let label = |key: &str| sorts.iter().find(|(known, _)| *known == key).map(|(_, label)| label.clone());
    let first = keys.first().and_then(|key| Some((label(key.trim_start_matches('-'))?, key.starts_with('-'))));
    let one = |at: usize| {
        let now = keys.get(at).copied().unwrap_or_default();
        let word = ["Sort by", "then by", "then by"][at];
        html! {
            label class="field" {
                span class="label" { (word) }
                select class="select" name="sort" {
                    option value="" { "–" }
                    @for (key, label) in sorts {
                        @let down = format!("-{key}");
                        option value=(key) selected[now == key] { (label) ", rising" }
                        option value=(down) selected[now == down] { (label) ", falling" }
                    }
                }
            }
        }
    };
    html! {
        details class="pop rightwards" {
            summary class="btn quiet" {
                @match &first {
                    Some((label, down)) => { (if *down { Icon::SortDown } else { Icon::SortUp }) (label) @if keys.len() > 1 { small class="muted" { "+" (keys.len() - 1) } } }
                    None => { (Icon::SortUp) "Sort" }
                }
            }
            form class="panel pad" method="get" action=(link.path()) {
                (super::filter::kept(link, |key| key == "sort"))
                (one(0)) (one(1)) (one(2))
                button class="btn primary" type="submit" { "Sort" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_can_be_kept_or_taken_back() {
        let changed = Changed {
            save: Some(("/views/viw_1".into(), "tok".into())),
            state: "{\"q\":\"a\"}".into(),
            version: 4,
            save_as: "/views/new".into(),
            reset: "/customers?view=viw_1".into(),
        };
        let html = Views::new(vec![Tab::new("Mine", "/customers", true)]).changed(Some(changed)).render().into_string();
        for part in ["Modified", "action=\"/views/viw_1\"", "name=\"version\" value=\"4\"", "Save as", "Reset"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let html = Views::new(vec![Tab::new("Mine", "/customers", true)]).render().into_string();
        assert!(!html.contains("Modified"), "{html}");
    }

    #[test]
    fn the_menu_says_by_what_the_list_is_sorted() {
        let sorts = [("name".into(), "Name".into()), ("total".into(), "Total".into())];
        let html =
            sort_menu(&sorts, "-total,name", &Link::parse("/customers", Some("q=a&sort=-total,name"))).into_string();
        assert!(html.contains("<option value=\"-total\" selected>") && html.contains("+1"), "{html}");
        assert!(html.contains("name=\"q\"") && !html.contains("type=\"hidden\" name=\"sort\""), "{html}");
    }
}
