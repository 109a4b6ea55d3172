//! The palette: search and commands from anywhere; and the pages that stand for it where no script runs.

use crate::edge::{Out, Visit};
use crate::ui::{Header, Hit, Icon, Room, palette_results};
use app::App;
use axum::Router;
use axum::routing::get;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/palette", get(palette)).route("/search", get(search)).route("/shortcuts", get(shortcuts))
}

/// What can be done from anywhere: verb, address, and whether this account may.
fn commands(visit: &Visit) -> Vec<(Icon, &'static str, &'static str, bool)> {
    let may = |permission| visit.may(permission);
    vec![
        (Icon::Scan, "Scan", "/scan", true),
        (Icon::Events, "New case", "/events/new", may(Permission::ManageEvents)),
        (Icon::Transfers, "Send transfer", "/transfers/new", may(Permission::SendTransfers)),
        (Icon::People, "New person", "/people/new", may(Permission::InviteUsers)),
        (Icon::Customers, "New customer", "/customers/new", may(Permission::ManageDirectory)),
        (Icon::Catalog, "New catalog item", "/catalog/new", may(Permission::ManageCatalog)),
        (Icon::Catalog, "Import catalog items", "/imports/catalog_items", may(Permission::ManageCatalog)),
        (Icon::Me, "Your account", "/me", true),
        (Icon::Help, "Keyboard", "/shortcuts", true),
    ]
}

/// Whether every word of the question begins a word of the text.
fn matches(text: &str, q: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = q.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| text.split_whitespace().any(|known| known.starts_with(&word.to_lowercase())))
}

async fn found(visit: &Visit, q: &str) -> Markup {
    let rooms: Vec<Hit> = visit
        .viewer
        .rooms
        .iter()
        .filter(|room| q.is_empty() || matches(room.label(), q))
        .map(|room| Hit::new(room.icon(), room.label(), room.href()))
        .collect();
    let verbs: Vec<Hit> = commands(visit)
        .into_iter()
        .filter(|(_, label, _, may)| *may && !q.is_empty() && matches(label, q))
        .map(|(icon, label, href, _)| Hit::new(icon, label, href))
        .collect();
    palette_results(&[("Go to", &rooms), ("Do", &verbs)])
}

async fn palette(visit: Visit) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let body = found(&visit, &q).await;
    Ok(visit.part(body))
}

async fn search(visit: Visit) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let results = found(&visit, &q).await;
    let body = html! {
        (Header::new("Search"))
        div class="content narrow" {
            form class="form" action="/search" method="get" role="search" {
                div class="field" {
                    label class="label" for="q" { "Item, lot, serial, case, person, or a page" }
                    input class="input" id="q" type="search" name="q" value=(q) autocomplete="off" autofocus;
                }
            }
            div class="pad-top" role="listbox" aria-label="Results" { (results) }
        }
    };
    Ok(visit.render(crate::ui::Page { room: None, ..crate::ui::Page::new("Search", Room::Today, &visit.viewer, body) }))
}

async fn shortcuts(visit: Visit) -> Out {
    let row = |label: &str, keys: &[&str]| {
        html! { dt { @for key in keys { span class="kbd" { (key) } " " } } dd { (label) } }
    };
    let body = html! {
        (Header::new("Keyboard").under("These keys work wherever you are not typing."))
        div class="content narrow" {
            section class="sec" { h2 { "Go to" } dl class="facts" {
                @for room in &visit.viewer.rooms { (row(room.label(), &["g", room.key()])) }
            } }
            section class="sec" { h2 { "In lists" } dl class="facts" {
                (row("Next row", &["j"])) (row("Previous row", &["k"])) (row("Select", &["x"])) (row("Select a range", &["Shift", "x"]))
                (row("Quick look", &["Space"])) (row("Open", &["Enter"])) (row("Search this list", &["/"]))
            } }
            section class="sec" { h2 { "Anywhere" } dl class="facts" {
                (row("Search or jump to", &["Ctrl", "K"])) (row("Edit", &["e"])) (row("New", &["n"])) (row("Show all keys", &["?"])) (row("Close what floats", &["Esc"]))
            } }
        }
    };
    Ok(visit
        .render(crate::ui::Page { room: None, ..crate::ui::Page::new("Keyboard", Room::Today, &visit.viewer, body) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_from_their_beginning() {
        assert!(matches("New catalog item", "cat ne"));
        assert!(!matches("New catalog item", "log"));
        assert!(!matches("New catalog item", " "));
    }
}
