//! Saved views: what the address of a list holds, kept under a name as a tab of it. The address stays the whole truth: a
//! view's tab is the address written out, with its id in `saved`; whatever is changed on the way is offered to be kept.

use super::acts::{self, Ask};
use super::common::{press_with, version_field};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Icon, Link, Menu, Room, Tab};
use app::{App, Error};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use contract::directory::{View, ViewColumn, ViewState, WriteView};
use contract::{ListParams, Patch};
use domain::id::ViewId;
use domain::limits::NAME_MAX;
use domain::people::Permission;
use maud::{Markup, Render, html};
use serde_json::Value;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/views/new", get(new_page).post(create))
        .route("/views/{id}", get(edit_page).post(edit))
        .route("/views/{id}/keep", axum::routing::post(keep))
        .route("/views/{id}/delete", get(delete_page).post(delete))
}

/// Where the list of each kind stands, and in which room.
fn list_of(entity: &str) -> Option<(&'static str, Room)> {
    Some(match entity {
        "units" => ("/units", Room::Stock),
        "events" => ("/events", Room::Events),
        "transfers" => ("/transfers", Room::Transfers),
        "customers" => ("/customers", Room::Customers),
        "locations" => ("/locations", Room::Customers),
        "physicians" => ("/physicians", Room::Customers),
        "catalog_items" => ("/catalog", Room::Catalog),
        "users" => ("/people", Room::People),
        _ => return None,
    })
}

/// The part of an address that is not state: where one is in the list, and which view is open.
fn is_state(key: &str) -> bool {
    !matches!(key, "cursor" | "saved")
}

/// What an address says, as it is kept.
fn state_of(link: &Link) -> ViewState {
    let mut state = ViewState::default();
    for (key, value) in link.pairs().filter(|(key, value)| is_state(key) && !value.is_empty()) {
        match key {
            "col" => state.columns.push(ViewColumn { key: value.to_owned(), width: None, pinned: false }),
            "sort" => state.sort = value.split(',').map(str::to_owned).collect(),
            "q" => state.q = Some(value.to_owned()),
            _ => drop(state.filters.insert(key.to_owned(), Value::from(value))),
        }
    }
    state
}

/// The address that a view stands for, without its name.
fn query_of(path: &str, state: &ViewState) -> Link {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for (key, value) in &state.filters {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::Null => continue,
            other => other.to_string(),
        };
        pairs.push((key, text));
    }
    pairs.extend(state.q.iter().map(|q| ("q", q.clone())));
    if !state.sort.is_empty() {
        pairs.push(("sort", state.sort.join(",")));
    }
    pairs.extend(state.columns.iter().map(|column| ("col", column.key.clone())));
    Link::of(path, &pairs)
}

fn address_of(path: &str, view: &View) -> Link {
    query_of(path, &view.state).with("saved", view.id)
}

/// Whether the address still says what the view keeps.
fn is_as_kept(link: &Link, view: &View) -> bool {
    state_of(link) == state_of(&query_of("", &view.state))
}

/// The saved views of a list, and which of them is open.
#[derive(Default)]
pub struct Saved {
    entity: &'static str,
    views: Vec<View>,
    current: Option<ViewId>,
}

/// Reads the views of a list. A bare address opens the view that somebody chose to open by itself, and an address with
/// nothing but a view's id opens that view: the visit goes on as if the whole address had been asked for.
pub async fn open(visit: &mut Visit, entity: &'static str) -> Result<Saved, Fail> {
    if visit.hx.partial {
        return Ok(Saved { entity, ..Saved::default() });
    }
    let asked: Option<ViewId> = visit.link.get("saved").and_then(|id| id.parse().ok());
    let views = visit
        .read(move |ctx, tx| {
            let mut params = ListParams::default();
            params.filters.insert("entity".into(), entity.to_owned());
            params.filters.insert("scope".into(), "personal,shared,organization".into());
            let mut views = app::directory::views::list(ctx, tx, &params)?.items;
            if let Some(id) = asked.filter(|id| views.iter().all(|view| view.id != *id))
                && let Ok(other) = app::directory::views::get(ctx, tx, id)
                && other.entity == entity
            {
                views.push(other);
            }
            Ok(views)
        })
        .await?;
    let bare = visit.link.pairs().next().is_none();
    let only_named = asked.is_some() && visit.link.pairs().all(|(key, _)| !is_state(key));
    let opened = match (bare, only_named) {
        (true, _) => views.iter().find(|view| view.state.is_default && is_own(visit, view)),
        (_, true) => views.iter().find(|view| Some(view.id) == asked),
        _ => None,
    };
    if let Some(view) = opened {
        visit.link = address_of(visit.link.path(), view);
    }
    let current = visit.link.get("saved").and_then(|id| id.parse().ok());
    let current = current.filter(|id| views.iter().any(|view| view.id == *id));
    Ok(Saved { entity, views, current })
}

fn is_own(visit: &Visit, view: &View) -> bool {
    view.owner_id == Some(visit.ctx.actor.id)
}

/// Whether this account may change a view.
fn may_change(visit: &Visit, view: &View) -> bool {
    match view.scope.as_str() {
        "organization" => visit.may(Permission::ManageDirectory),
        _ => is_own(visit, view),
    }
}

impl Saved {
    /// Whether a view opens by itself, so that the list's own first view needs its name in the address.
    pub fn has_default(&self, visit: &Visit) -> bool {
        self.views.iter().any(|view| view.state.is_default && is_own(visit, view))
    }

    /// Whether one of them is open.
    pub const fn is_open(&self) -> bool {
        self.current.is_some()
    }

    /// A tab for each.
    pub fn tabs(&self, path: &str) -> Vec<Tab> {
        let tab = |view: &View| {
            Tab::new(view.name.clone(), address_of(path, view).to_string(), self.current == Some(view.id))
        };
        self.views.iter().map(tab).collect()
    }

    /// What can be done with the view that is open, and with what was changed in it. `bare` are the parameters that say
    /// nothing more than the list's own view does.
    pub fn actions(&self, visit: &Visit, link: &Link, bare: &[&str]) -> Option<Markup> {
        if self.entity.is_empty() {
            return None;
        }
        let state = link.pairs().any(|(key, _)| is_state(key) && !bare.contains(&key));
        let at = link.without("saved").to_string();
        let new = Link::new("/views/new").with("entity", self.entity).with("at", &at).to_string();
        let Some(view) = self.views.iter().find(|view| self.current == Some(view.id)) else {
            return state.then(|| html! { (Button::link("Save view", new).quiet().small().in_dialog()) });
        };
        let changed = !is_as_kept(link, view);
        let may = may_change(visit, view);
        let version = view.version.to_string();
        Some(html! {
            @if changed {
                @if may {
                    (press_with(visit, format!("/views/{}/keep", view.id), &[("at", at.as_str()), ("version", version.as_str())], Button::submit("Save").small()))
                }
                (Button::link("Save as", new).quiet().small().in_dialog())
                (Button::link("Reset", address_of(link.path(), view).to_string()).quiet().small())
            }
            @if may {
                (Menu::more("This view")
                    .item(Button::link("Name and sharing", format!("/views/{}", view.id)).icon(Icon::Edit).in_dialog())
                    .rule()
                    .item(Button::link("Delete the view", format!("/views/{}/delete", view.id)).danger().in_dialog()))
            }
        })
    }
}

// ---- keeping one ----------------------------------------------------------------------------------------------------

/// An address of a list of ours, as a form carries it.
fn list_address(text: &str, path: &str) -> Link {
    let (found, query) = text.split_once('?').unwrap_or((text, ""));
    if found == path { Link::parse(path, Some(query)) } else { Link::new(path) }
}

fn fields(visit: &Visit, values: &[(&str, String)], errors: &[FieldError]) -> Markup {
    let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, text)| text.clone());
    let mut scopes = vec![
        Choice::new("personal", "Only you"),
        Choice::new("shared", "Whoever has its address").help("Copy the address of the tab and send it."),
    ];
    if visit.may(Permission::ManageDirectory) {
        scopes.push(
            Choice::new("organization", "Everybody").help("A tab for everyone. Each sees only what is in reach."),
        );
    }
    let scope = value("scope").filter(|scope| !scope.is_empty()).unwrap_or_else(|| "personal".into());
    html! {
        (Field::text("name", "Name").value(value("name").unwrap_or_default()).limit(NAME_MAX as u32).errors(errors).required().autofocus())
        (Field::radio("scope", "Who sees it", scopes).value(scope).errors(errors))
        (Field::check("is_default", "Open it first").help("The list begins with this view, for you.").on(value("is_default").as_deref() == Some("true")))
    }
}

fn sent_values(sent: &Sent) -> Vec<(&'static str, String)> {
    vec![
        ("name", sent.text("name").to_owned()),
        ("scope", sent.text("scope").to_owned()),
        ("is_default", if sent.on("is_default") { "true".into() } else { String::new() }),
    ]
}

fn ask_for_new(visit: &Visit, entity: &str, at: &str, values: &[(&str, String)], errors: &[FieldError]) -> Out {
    let (path, room) = list_of(entity).ok_or_else(Fail::not_found)?;
    let at = list_address(at, path).to_string();
    Ok(Ask {
        title: "Save this view".into(),
        text: html! { p { "Filters, words, order and columns of now become a tab of this list." } },
        room,
        action: "/views/new".into(),
        fields: html! {
            input type="hidden" name="entity" value=(entity);
            input type="hidden" name="at" value=(at);
            (fields(visit, values, errors))
        },
        verb: "Save view".into(),
        danger: false,
        back: at,
        errors,
    }
    .show(visit))
}

async fn new_page(visit: Visit) -> Out {
    let get = |key| visit.link.get(key).unwrap_or_default().to_owned();
    ask_for_new(&visit, &get("entity"), &get("at"), &[], &[])
}

fn write(state: ViewState) -> WriteView {
    WriteView {
        columns: Some(state.columns),
        filters: Some(state.filters),
        sort: Some(state.sort),
        q: state.q.map_or(Patch::Clear, Patch::Set),
        ..WriteView::default()
    }
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let (entity, at) = (sent.text("entity").to_owned(), sent.text("at").to_owned());
    let (path, _) = list_of(&entity).ok_or_else(Fail::not_found)?;
    let body = WriteView {
        entity: Some(entity.clone()),
        name: Some(sent.text("name").to_owned()),
        scope: sent.maybe("scope").map(str::to_owned),
        is_default: Some(sent.on("is_default")),
        ..write(state_of(&list_address(&at, path)))
    };
    let done = visit.save(&sent, move |ctx, tx| app::directory::views::create(ctx, tx, body.clone())).await;
    match done {
        Ok(made) => {
            let id = made["id"].as_str().unwrap_or_default();
            let to = Link::new(path).with("saved", id).to_string();
            Ok(visit.go(&to, Flash::done(format!("View {} saved", sent.text("name")))))
        }
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["name", "scope"]);
            ask_for_new(&visit, &entity, &at, &sent_values(&sent), &errors)
        }
    }
}

async fn read_view(visit: &Visit, id: ViewId) -> Result<View, Fail> {
    visit.read(move |ctx, tx| app::directory::views::get(ctx, tx, id)).await
}

fn ask_to_edit(visit: &Visit, view: &View, values: &[(&str, String)], errors: &[FieldError]) -> Out {
    let (path, room) = list_of(&view.entity).ok_or_else(Fail::not_found)?;
    Ok(Ask {
        title: format!("View {}", view.name).into(),
        text: html! {},
        room,
        action: format!("/views/{}", view.id),
        fields: html! { (version_field(view.version)) (fields(visit, values, errors)) },
        verb: "Save".into(),
        danger: false,
        back: address_of(path, view).to_string(),
        errors,
    }
    .show(visit))
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::View>(&id)?;
    let view = read_view(&visit, id).await?;
    let values = [
        ("name", view.name.clone()),
        ("scope", view.scope.clone()),
        ("is_default", if view.state.is_default { "true".into() } else { String::new() }),
    ];
    ask_to_edit(&visit, &view, &values, &[])
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::View>(&id)?;
    let body = WriteView {
        name: Some(sent.text("name").to_owned()),
        scope: sent.maybe("scope").map(str::to_owned),
        is_default: Some(sent.on("is_default")),
        ..WriteView::default()
    };
    let done = visit.save(&sent, move |ctx, tx| app::directory::views::patch(ctx, tx, id, body.clone())).await;
    let view = read_view(&visit, id).await?;
    let (path, _) = list_of(&view.entity).ok_or_else(Fail::not_found)?;
    match done {
        Ok(_) => Ok(visit.go(&address_of(path, &view).to_string(), Flash::done("View saved"))),
        Err(error) => {
            let errors = acts::known(visit.complaints(error)?, &["name", "scope"]);
            ask_to_edit(&visit, &view, &sent_values(&sent), &errors)
        }
    }
}

/// What was changed on the way becomes the view.
async fn keep(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::View>(&id)?;
    let before = read_view(&visit, id).await?;
    let (path, _) = list_of(&before.entity).ok_or_else(Fail::not_found)?;
    let at = list_address(sent.text("at"), path);
    let body = write(state_of(&at));
    let done = visit.save(&sent, move |ctx, tx| app::directory::views::patch(ctx, tx, id, body.clone())).await;
    let flash = Flash::done(format!("View {} saved", before.name));
    acts::told(&visit, done, &at.with("saved", id).to_string(), flash)
}

async fn delete_page(visit: Visit, Path(id): Path<String>) -> Out {
    let id = visit.id::<domain::id::View>(&id)?;
    let view = read_view(&visit, id).await?;
    let (path, room) = list_of(&view.entity).ok_or_else(Fail::not_found)?;
    let others = view.scope != "personal";
    Ok(Ask {
        title: format!("Delete the view {}?", view.name).into(),
        text: html! { p { "Only the tab goes: nothing in the list changes." @if others { " It goes for everybody who uses it." } } },
        room,
        action: format!("/views/{id}/delete"),
        fields: version_field(view.version).render(),
        verb: "Delete the view".into(),
        danger: true,
        back: address_of(path, &view).to_string(),
        errors: &[],
    }
    .show(&visit))
}

async fn delete(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let id = visit.id::<domain::id::View>(&id)?;
    let view = match read_view(&visit, id).await {
        Ok(view) => view,
        // Sent twice: it is gone already.
        Err(_) => return Err(Error::not_found().into()),
    };
    let (path, _) = list_of(&view.entity).ok_or_else(Fail::not_found)?;
    let done = visit.save(&sent, move |ctx, tx| app::directory::views::delete(ctx, tx, id)).await;
    acts::told(&visit, done, path, Flash::done(format!("View {} deleted", view.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(query: &str) -> View {
        View {
            id: ViewId::from_uuid(Default::default()),
            entity: "units".into(),
            name: "Mine".into(),
            scope: "personal".into(),
            owner_id: None,
            state: state_of(&Link::parse("/units", Some(query))),
            version: 1,
        }
    }

    #[test]
    fn an_address_is_kept_and_given_back() {
        let query = "view=hold&lot=L1&sort=-expires_on,lot&col=item&col=lot&q=cup&cursor=zz&saved=viw_x";
        let kept = view(query);
        let link = address_of("/units", &kept);
        assert!(is_as_kept(&link, &kept), "{link}");
        assert_eq!(link.get_all("col").collect::<Vec<_>>(), ["item", "lot"]);
        assert_eq!((link.get("sort"), link.get("q"), link.get("cursor")), (Some("-expires_on,lot"), Some("cup"), None));
        assert_eq!((link.get("view"), link.get("lot")), (Some("hold"), Some("L1")));
    }

    #[test]
    fn a_change_is_noticed() {
        let kept = view("state=on_hold");
        assert!(is_as_kept(&Link::parse("/units", Some("state=on_hold&saved=viw_x&cursor=1")), &kept));
        assert!(!is_as_kept(&Link::parse("/units", Some("state=on_hold&sort=lot")), &kept));
        assert!(!is_as_kept(&Link::parse("/units", None), &kept));
    }

    #[test]
    fn a_form_leads_to_no_other_list() {
        assert_eq!(list_address("/units?lot=1", "/units").to_string(), "/units?lot=1");
        assert_eq!(list_address("//evil.example/?x=1", "/units").to_string(), "/units");
    }
}
