//! Keeping what a list shows as a view: named, shared with whom it is for, opened by default.

use super::common::Values;
use super::list::read_state;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::session::here;
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Link, Room, Text};
use app::App;
use app::directory::views;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use contract::directory::WriteView;
use domain::id::ViewId;
use domain::people::Permission;
use maud::{Render, html};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/views", post(create))
        .route("/views/new", get(new_page))
        .route("/views/{id}", get(edit_page).merge(post(edit)))
        .route("/views/{id}/state", post(keep))
        .route("/views/{id}/delete", post(delete))
}

/// The list that a view belongs to, as the address says; only a page of this server.
fn list_of(visit: &Visit, sent: Option<&Sent>) -> String {
    let asked = sent.and_then(|sent| sent.maybe("list")).or_else(|| visit.link.get("list")).unwrap_or("/");
    here(asked).to_owned()
}

fn scopes(visit: &Visit) -> Vec<Choice> {
    let mut all = vec![
        Choice::new("personal", "Only you"),
        Choice::new("shared", "Whoever has its link").help("It does not stand among other people's tabs."),
    ];
    if visit.may(Permission::ManageDirectory) {
        all.push(
            Choice::new("organization", "Everybody here").help("A tab for all. Each still sees only their own rows."),
        );
    }
    all
}

/// The form: for a new view, or for one that there is.
struct Ask<'a> {
    title: Text,
    action: String,
    list: String,
    values: &'a Values,
    errors: &'a [FieldError],
    verb: &'static str,
    /// Deleting it.
    delete: Option<String>,
}

impl Ask<'_> {
    fn show(&self, visit: &Visit) -> Response {
        let values = self.values;
        let scope = values.get("scope");
        let fields = html! {
            input type="hidden" name="list" value=(self.list);
            @for key in ["entity", "state", "version"] {
                @if !values.get(key).is_empty() { input type="hidden" name=(key) value=(values.get(key)); }
            }
            (Field::text("name", "Name").value(values.get("name")).errors(self.errors).required().autofocus().limit(80).placeholder("Hip accounts in the north"))
            (Field::radio("scope", "Who sees it", scopes(visit)).value(if scope.is_empty() { "personal".to_owned() } else { scope }).errors(self.errors))
            (Field::check("is_default", "Open the list with it").on(values.on("is_default")).help("For you alone."))
        };
        let mut form = Form::post(self.action.clone(), visit.csrf())
            .errors(self.errors)
            .body(fields)
            .button(Button::submit(self.verb).primary());
        form = match visit.hx.partial {
            true => form.swap_into("#dialog-body").button(Button::close("Cancel")),
            false => form.button(Button::link("Cancel", self.list.clone()).quiet()),
        };
        if let Some(delete) = &self.delete {
            form =
                form.button(html! { span class="end" { (Button::submit("Delete").danger().action(delete.clone())) } });
        }
        visit.dialog(self.title.clone(), Room::Customers, form.render())
    }
}

async fn new_page(visit: Visit) -> Out {
    let given = |key: &str| visit.link.get(key).unwrap_or_default().to_owned();
    let values = Values::new().with("entity", given("entity")).with("state", given("state"));
    Ok(ask_new(&visit, list_of(&visit, None), &values, &[]))
}

fn ask_new(visit: &Visit, list: String, values: &Values, errors: &[FieldError]) -> Response {
    let action = "/views".to_owned();
    Ask { title: "Save as a view".into(), action, list, values, errors, verb: "Save view", delete: None }.show(visit)
}

fn read(sent: &Sent) -> WriteView {
    let state = sent.maybe("state").and_then(read_state).unwrap_or_default();
    WriteView {
        name: Some(sent.text("name").to_owned()),
        scope: sent.maybe("scope").map(str::to_owned),
        is_default: Some(sent.on("is_default")),
        ..state
    }
}

async fn create(visit: Visit, sent: Sent) -> Out {
    let list = list_of(&visit, Some(&sent));
    let new = WriteView { entity: Some(sent.text("entity").to_owned()), ..read(&sent) };
    match visit.save(&sent, move |ctx, tx| views::create(ctx, tx, new.clone())).await {
        Ok(made) => {
            let to = Link::new(&list).with("view", super::common::id_of(&made)).to_string();
            Ok(visit.go(&to, Flash::done(format!("View {} saved", sent.text("name")))))
        }
        Err(error) => {
            let errors = super::acts::known(visit.complaints(error)?, &["name", "scope"]);
            Ok(ask_new(&visit, list, &Values::of(&sent), &errors))
        }
    }
}

async fn keep(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let view: ViewId = visit.id(&id)?;
    let list = list_of(&visit, Some(&sent));
    let patch = sent.maybe("state").and_then(read_state);
    let patch = patch
        .ok_or_else(|| app::Error::Malformed("The view could not be read. Reload the page and try again.".into()))?;
    let done = visit.save(&sent, move |ctx, tx| views::patch(ctx, tx, view, patch.clone())).await;
    super::common::answered(&visit, &Link::new(list).with("view", view).to_string(), done, "View saved")
}

async fn edit_page(visit: Visit, Path(id): Path<String>) -> Out {
    let view: ViewId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| views::get(ctx, tx, view)).await?;
    let values = Values::new()
        .with("name", &it.name)
        .with("scope", &it.scope)
        .flag("is_default", it.state.is_default)
        .with("version", it.version.to_string());
    Ok(ask_edit(&visit, &id, list_of(&visit, None), &values, &[]))
}

fn ask_edit(visit: &Visit, id: &str, list: String, values: &Values, errors: &[FieldError]) -> Response {
    let action = format!("/views/{id}");
    let delete = Some(format!("{action}/delete"));
    Ask { title: "View".into(), action, list, values, errors, verb: "Save", delete }.show(visit)
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let view: ViewId = visit.id(&id)?;
    let list = list_of(&visit, Some(&sent));
    let patch = read(&sent);
    match visit.save(&sent, move |ctx, tx| views::patch(ctx, tx, view, patch.clone())).await {
        Ok(_) => Ok(visit.go(&Link::new(list).with("view", view).to_string(), Flash::done("View saved"))),
        Err(error) => {
            let errors = super::acts::known(visit.complaints(error)?, &["name", "scope"]);
            Ok(ask_edit(&visit, &id, list, &Values::of(&sent), &errors))
        }
    }
}

async fn delete(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let view: ViewId = visit.id(&id)?;
    let list = list_of(&visit, Some(&sent));
    let done = visit.save(&sent, move |ctx, tx| views::delete(ctx, tx, view)).await;
    super::common::answered(&visit, &list, done, "View deleted")
}
