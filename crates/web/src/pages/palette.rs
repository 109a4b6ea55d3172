//! The palette: search and commands from anywhere; and the pages that stand for it where no script runs.

use super::words;
use crate::edge::{Fail, Out, Visit, get};
use crate::ui::{Header, Hit, Icon, Link, Room, palette_results};
use app::{App, Ctx, Error, Tx};
use axum::Router;
use contract::ListParams;
use domain::people::Permission;
use maud::{Markup, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/palette", get(palette)).route("/search", get(search)).route("/shortcuts", get(shortcuts))
}

/// What can be done from anywhere: verb, address, and whether this account may.
fn commands(visit: &Visit) -> Vec<(Icon, &'static str, &'static str, bool)> {
    let may = |permission| visit.may(permission);
    let holds = visit.ctx.actor.role.holds_stock() && !visit.ctx.actor.custodian_only;
    vec![
        (Icon::Scan, "Scan", "/scan", true),
        (Icon::Events, "New case", "/events/new", may(Permission::ManageEvents)),
        (Icon::Events, "New stocking order", "/events/new?type=stocking_order", may(Permission::ManageEvents)),
        (Icon::Transfers, "Send transfer", "/transfers/new", may(Permission::SendTransfers)),
        (Icon::Truck, "Request stock", "/requests/new", may(Permission::RequestInventory)),
        (Icon::Download, "Take stock from a source", "/quick-transfer", holds),
        (Icon::Stock, "New units", "/units/new", may(Permission::CreateInventory)),
        (Icon::Scan, "Receive new stock by scanning", "/scan?mode=receive", may(Permission::CreateInventory)),
        (Icon::Download, "Import units", "/imports/units", may(Permission::CreateInventory)),
        (Icon::Swap, "Trace a lot", "/trace", may(Permission::ViewReports)),
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

/// What search found, kind by kind, and where the whole list of a kind stands.
struct Kind {
    caption: &'static str,
    icon: Icon,
    hits: Vec<Hit>,
    /// How many fit in all, and the list that holds them.
    more: Option<More>,
}

/// More than is shown: what the line says, how many, as it is to be read, and the list that holds them.
struct More {
    label: String,
    shown: String,
    href: String,
}

/// Rows that are counted to say how many fit.
const COUNTED: u32 = 100;
/// Hits of one kind among others.
const FEW: usize = 5;

/// How the console calls a kind, where it shows one, and where the list of all stands.
fn place_of(kind: &str) -> Option<(&'static str, Icon, &'static str, Option<&'static str>)> {
    Some(match kind {
        "unit" => ("Units", Icon::Stock, "/units", Some("/units")),
        "catalog_item" => ("Catalog", Icon::Catalog, "/catalog", Some("/catalog")),
        "event" => ("Events", Icon::Events, "/events", Some("/events")),
        "customer" => ("Customers", Icon::Customers, "/customers", Some("/customers")),
        "location" => ("Locations", Icon::Place, "/locations", Some("/locations")),
        "user" => ("People", Icon::People, "/people", Some("/people")),
        "physician" => ("Physicians", Icon::Me, "/physicians", Some("/physicians")),
        _ => return None,
    })
}

/// How many rows of a list fit, as it is to be read.
fn counted(ctx: &Ctx, tx: &mut Tx, kind: &str, q: &str) -> app::Result<Option<(String, u32)>> {
    let params = || ListParams { limit: Some(COUNTED), q: Some(q.to_owned()), ..ListParams::default() };
    fn size<T>(page: contract::Page<T>) -> (usize, bool) {
        (page.items.len(), page.next_cursor.is_some())
    }
    let (n, more) = match kind {
        "unit" => size(app::unit_lists::list(ctx, tx, &params())?),
        "catalog_item" => size(app::catalog::items(ctx, tx, &params())?),
        "event" => size(app::events::list(ctx, tx, &params())?),
        _ => return Ok(None),
    };
    let shown = if more { format!("more than {n}") } else { n.to_string() };
    Ok((n > 0).then_some((shown, u32::try_from(n).unwrap_or(u32::MAX))))
}

/// Archived customers and locations are left out of what is found; how many fit is said, with the list that shows them.
fn archived(ctx: &Ctx, tx: &mut Tx, kind: &str, list: Option<&str>, q: &str) -> app::Result<Option<More>> {
    let Some(list) = list.filter(|_| matches!(kind, "customer" | "location")) else { return Ok(None) };
    let mut params = ListParams { limit: Some(COUNTED), q: Some(q.to_owned()), ..ListParams::default() };
    params.filters.insert("archived".into(), "true".into());
    let n = match kind {
        "customer" => app::directory::customers::list(ctx, tx, &params)?.items.len(),
        _ => app::directory::locations::list(ctx, tx, &params)?.items.len(),
    };
    let href = Link::new(list).with("view", "all").with("q", q).with("archived", "true").to_string();
    Ok((n > 0).then(|| More { label: format!("Archived {kind}s that match"), shown: n.to_string(), href }))
}

fn search_all(ctx: &Ctx, tx: &mut Tx, q: &str) -> app::Result<Vec<Kind>> {
    let mut kinds: Vec<Kind> = Vec::new();
    if q.chars().count() < 2 {
        return Ok(kinds);
    }
    let hits = match app::search::everything(ctx, tx, q) {
        Ok(hits) => hits.items,
        // Too long, or a label that cannot be read: nothing is found by it.
        Err(Error::Invalid { .. }) => return Ok(kinds),
        Err(other) => return Err(other),
    };
    for kind in ["unit", "catalog_item", "event", "customer", "location", "user", "physician"] {
        let Some((caption, icon, path, list)) = place_of(kind) else { continue };
        let found: Vec<Hit> = hits
            .iter()
            .filter(|hit| hit.kind == kind)
            .map(|hit| {
                // A generated name begins with its day as machines write it.
                let made = Hit::new(icon, hit.title.clone(), format!("{path}/{}", hit.id));
                if hit.subtitle.is_empty() { made } else { made.detail(hit.subtitle.clone()) }
            })
            .collect();
        let more = match list {
            Some(list) => {
                counted(ctx, tx, kind, q)?.filter(|(_, n)| *n as usize > found.len().min(FEW)).map(|(shown, _)| More {
                    label: format!("All {} that match", words::lower(caption)),
                    shown,
                    href: Link::new(list).with("view", "all").with("q", q).to_string(),
                })
            }
            None => None,
        };
        let more = match more {
            Some(more) => Some(more),
            None => archived(ctx, tx, kind, list, q)?,
        };
        if !found.is_empty() || more.is_some() {
            kinds.push(Kind { caption, icon, hits: found, more });
        }
    }
    Ok(kinds)
}

async fn found(visit: &Visit, q: &str) -> Result<Markup, Fail> {
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
    let words = q.to_owned();
    let kinds = visit.read(move |ctx, tx| search_all(ctx, tx, &words)).await?;
    let mut groups: Vec<(&str, Vec<Hit>)> = vec![("Go to", rooms), ("Do", verbs)];
    for Kind { caption, icon, hits, more } in kinds {
        let mut hits: Vec<Hit> = hits.into_iter().take(FEW).collect();
        if let Some(More { label, shown, href }) = more {
            hits.push(Hit::new(icon, label, href).detail(shown));
        }
        groups.push((caption, hits));
    }
    let groups: Vec<(&str, &[Hit])> = groups.iter().map(|(caption, hits)| (*caption, hits.as_slice())).collect();
    Ok(palette_results(&groups))
}

async fn palette(visit: Visit) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let body = found(&visit, &q).await?;
    Ok(visit.part(body))
}

async fn search(visit: Visit) -> Out {
    let q = visit.link.get("q").unwrap_or_default().trim().to_owned();
    let results = found(&visit, &q).await?;
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
