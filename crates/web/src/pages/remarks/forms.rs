//! The forms of notes, tasks and activities; and the one line under which everything can be written quickly.

use super::super::acts::{Ask, day, known};
use super::super::common::{Values, id_of};
use super::super::suggest::chosen;
use super::{timeline_of, writes};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Button, Choice, Field, FieldError, Flash, Form, Icon, Room, Text, csrf_field};
use app::directory::remarks::{activities, notes, tasks};
use app::directory::{customers, locations};
use axum::extract::Path;
use axum::response::Response;
use contract::remarks::{CreateActivity, CreateCustomerTask, CreateNote, PatchActivity, PatchCustomerTask, PatchNote};
use contract::{ListParams, Patch};
use domain::clock::Instant;
use domain::engagement::Window;
use domain::id::{self, ActivityId, CustomerId, CustomerTaskId, LocationId, NoteId};
use domain::remark::{ActivityType, TaskSource};
use maud::{Markup, Render, html};

/// About whom a form is: the customer's name and the locations to choose from.
struct About {
    id: CustomerId,
    name: String,
    places: Vec<Choice>,
}

async fn about(visit: &Visit, id: CustomerId) -> Result<About, Fail> {
    if !writes(visit) {
        visit.ctx.require(domain::people::Permission::WorkCustomers)?;
    }
    visit
        .read(move |ctx, tx| {
            let name = customers::get(ctx, tx, id, Window::All)?.name;
            let mut ask = ListParams { limit: Some(200), ..ListParams::default() };
            ask.filters.insert("customer_id".into(), id.to_string());
            let places = locations::list(ctx, tx, &ask)?.items;
            let places = places.into_iter().map(|it| Choice::new(it.id.to_string(), it.name)).collect();
            Ok(About { id, name, places })
        })
        .await
}

fn place_field(about: &About, values: &Values) -> Markup {
    if about.places.len() < 2 && values.get("location_id").is_empty() {
        return html! {};
    }
    let field = Field::select("location_id", "About", about.places.clone()).value(values.get("location_id")).optional();
    html! { (field.help("Empty for the whole customer.")) }
}

fn ask(
    visit: &Visit,
    about: &About,
    title: &str,
    action: String,
    fields: Markup,
    verb: &str,
    errors: &[FieldError],
) -> Response {
    Ask {
        title: title.to_owned().into(),
        text: html! { p class="sub" { (about.name) } },
        room: Room::Customers,
        action,
        fields,
        verb: verb.to_owned().into(),
        danger: false,
        back: timeline_of(about.id),
        errors,
    }
    .show(visit)
}

fn asked(visit: &Visit) -> Values {
    Values::new().maybe("location_id", visit.link.get("location_id")).maybe("title", visit.link.get("title"))
}

fn where_to(visit: &Visit, customer: CustomerId, flash: Flash) -> Response {
    visit.back(&timeline_of(customer), flash)
}

// ---- notes ----------------------------------------------------------------------------------------------------------

fn note_fields(about: Option<&About>, values: &Values, errors: &[FieldError]) -> Markup {
    html! {
        (Field::area("body", "Note").value(values.get("body")).required().limit(4000).errors(errors).autofocus())
        @if let Some(about) = about { (place_field(about, values)) }
        (Field::check("pinned", "Pin it: it stays on top").on(values.on("pinned")))
    }
}

pub(super) async fn new_note(visit: Visit, Path(id): Path<String>) -> Out {
    let about = about(&visit, visit.id(&id)?).await?;
    let fields = note_fields(Some(&about), &asked(&visit), &[]);
    Ok(ask(&visit, &about, "New note", format!("/customers/{id}/notes/new"), fields, "Save note", &[]))
}

pub(super) async fn add_note(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let new = match sent.id::<id::Location>("location_id") {
        Ok(location_id) => {
            Ok(CreateNote { body: sent.text("body").to_owned(), pinned: sent.on("pinned"), location_id })
        }
        Err(error) => Err(error),
    };
    let done = match new {
        Ok(new) => visit.save(&sent, move |ctx, tx| notes::create(ctx, tx, customer, &new)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let undo = format!("/notes/{}/remove", id_of(&made));
            Ok(where_to(&visit, customer, Flash::done("Note saved").undo(undo)))
        }
        Err(error) => {
            let errors = known(visit.complaints(error)?, &["body", "location_id"]);
            let about = about(&visit, customer).await?;
            let fields = note_fields(Some(&about), &Values::of(&sent), &errors);
            Ok(ask(&visit, &about, "New note", format!("/customers/{id}/notes/new"), fields, "Save note", &errors))
        }
    }
}

/// A form about something that is there: with its version and a way to take it back.
fn edit(
    visit: &Visit,
    title: &'static str,
    at: &str,
    back: String,
    fields: Markup,
    taken: &[(&'static str, String)],
    errors: &[FieldError],
) -> Response {
    let cancel = if visit.hx.partial { Button::close("Cancel") } else { Button::link("Cancel", back).quiet() };
    let mut form = Form::post(at.to_owned(), visit.csrf())
        .errors(errors)
        .body(fields)
        .button(Button::submit("Save").primary())
        .button(cancel);
    for (label, action) in taken {
        form = form.button(Button::submit(*label).danger().quiet().action(action.clone()));
    }
    if visit.hx.partial {
        form = form.swap_into("#dialog-body");
    }
    visit.dialog(title, Room::Customers, form.render())
}

fn version(values: &Values) -> Markup {
    html! { input type="hidden" name="version" value=(values.get("version")); }
}

fn note_form(visit: &Visit, id: &str, customer: CustomerId, values: &Values, errors: &[FieldError]) -> Response {
    let fields = html! { (version(values)) (note_fields(None, values, errors)) };
    let taken = [("Take it back", format!("/notes/{id}/remove"))];
    edit(visit, "Edit note", &format!("/notes/{id}/edit"), timeline_of(customer), fields, &taken, errors)
}

pub(super) async fn edit_note(visit: Visit, Path(id): Path<String>) -> Out {
    let note: NoteId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| notes::get(ctx, tx, note)).await?;
    let values = Values::new().with("body", &it.body).flag("pinned", it.pinned).with("version", it.version.to_string());
    Ok(note_form(&visit, &id, it.customer_id, &values, &[]))
}

pub(super) async fn save_note(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let note: NoteId = visit.id(&id)?;
    let customer = visit.read(move |ctx, tx| notes::get(ctx, tx, note)).await?.customer_id;
    let patch = PatchNote { body: Some(sent.text("body").to_owned()), pinned: Some(sent.on("pinned")) };
    match visit.save(&sent, move |ctx, tx| notes::patch(ctx, tx, note, &patch)).await {
        Ok(_) => Ok(where_to(&visit, customer, Flash::done("Note saved"))),
        Err(error) => {
            let errors = known(visit.complaints(error)?, &["body"]);
            Ok(note_form(&visit, &id, customer, &Values::of(&sent), &errors))
        }
    }
}

// ---- tasks ----------------------------------------------------------------------------------------------------------

fn task_fields(visit: &Visit, about: Option<&About>, values: &Values, errors: &[FieldError]) -> Markup {
    let me = values.get("assignee_id").is_empty() && values.get("assignee_id_text").is_empty() && about.is_some();
    let (whom, name) = if me {
        (visit.ctx.principal().to_string(), visit.ctx.actor.name.clone())
    } else {
        (values.get("assignee_id"), values.get("assignee_id_text"))
    };
    html! {
        (Field::text("title", "What is to be done").value(values.get("title")).required().limit(200).errors(errors).autofocus())
        div class="pair" {
            (Field::date("due_on", "By").value(values.get("due_on")).optional().errors(errors))
            (Field::combo("assignee_id", "Who", "/suggest/people?active=true", name).value(whom).optional().errors(errors))
        }
        @if let Some(about) = about { (place_field(about, values)) }
        (Field::area("note", "More about it").value(values.get("note")).optional().limit(4000).errors(errors))
    }
}

pub(super) async fn new_task(visit: Visit, Path(id): Path<String>) -> Out {
    let about = about(&visit, visit.id(&id)?).await?;
    let values = asked(&visit).maybe("due_on", visit.link.get("due_on")).maybe("note", visit.link.get("note"));
    let fields = task_fields(&visit, Some(&about), &values, &[]);
    Ok(ask(&visit, &about, "New task", format!("/customers/{id}/tasks/new"), fields, "Make task", &[]))
}

async fn read_task(visit: &Visit, sent: &Sent) -> app::Result<CreateCustomerTask> {
    Ok(CreateCustomerTask {
        title: sent.text("title").to_owned(),
        note: sent.text("note").to_owned(),
        due_on: day(sent, "due_on")?,
        assignee_id: chosen::<id::User>(visit, sent, "assignee_id", "people").await?,
        location_id: sent.id::<id::Location>("location_id")?,
        source: sent.maybe("source").and_then(TaskSource::parse),
    })
}

const TASK_FIELDS: &[&str] = &["title", "due_on", "assignee_id", "location_id", "note"];

pub(super) async fn add_task(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let done = match read_task(&visit, &sent).await {
        Ok(new) => visit.save(&sent, move |ctx, tx| tasks::create(ctx, tx, customer, &new)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let said = match made["assignee_name"]
                .as_str()
                .filter(|_| made["assignee_id"] != visit.ctx.principal().to_string())
            {
                Some(name) => format!("Task made: {name} was told"),
                None => "Task made".to_owned(),
            };
            let undo = format!("/customer-tasks/{}/remove", id_of(&made));
            Ok(where_to(&visit, customer, Flash::done(said).undo(undo)))
        }
        Err(error) => {
            let errors = known(visit.complaints(error)?, TASK_FIELDS);
            let about = about(&visit, customer).await?;
            let fields = task_fields(&visit, Some(&about), &Values::of(&sent), &errors);
            Ok(ask(&visit, &about, "New task", format!("/customers/{id}/tasks/new"), fields, "Make task", &errors))
        }
    }
}

fn task_form(visit: &Visit, id: &str, customer: CustomerId, values: &Values, errors: &[FieldError]) -> Response {
    let fields = html! { (version(values)) (task_fields(visit, None, values, errors)) };
    let taken = match values.get("state").as_str() {
        "open" | "" => vec![("Drop it", format!("/customer-tasks/{id}/drop"))],
        _ => vec![],
    };
    edit(visit, "Edit task", &format!("/customer-tasks/{id}/edit"), timeline_of(customer), fields, &taken, errors)
}

pub(super) async fn edit_task(visit: Visit, Path(id): Path<String>) -> Out {
    let task: CustomerTaskId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| tasks::get(ctx, tx, task)).await?;
    let values = Values::new()
        .with("title", &it.title)
        .with("note", &it.note)
        .with("state", it.state.as_str())
        .maybe("due_on", it.due_on)
        .maybe("assignee_id", it.assignee_id)
        .maybe("assignee_id_text", it.assignee_name.as_ref())
        .with("version", it.version.to_string());
    Ok(task_form(&visit, &id, it.customer_id, &values, &[]))
}

pub(super) async fn save_task(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let task: CustomerTaskId = visit.id(&id)?;
    let customer = visit.read(move |ctx, tx| tasks::get(ctx, tx, task)).await?.customer_id;
    let done = match read_task(&visit, &sent).await {
        Ok(new) => {
            let patch = PatchCustomerTask {
                title: Some(new.title),
                note: Some(new.note),
                due_on: new.due_on.map_or(Patch::Clear, Patch::Set),
                assignee_id: new.assignee_id.map_or(Patch::Clear, Patch::Set),
                state: None,
            };
            visit.save(&sent, move |ctx, tx| tasks::patch(ctx, tx, task, &patch)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(where_to(&visit, customer, Flash::done("Task saved"))),
        Err(error) => {
            let errors = known(visit.complaints(error)?, TASK_FIELDS);
            Ok(task_form(&visit, &id, customer, &Values::of(&sent), &errors))
        }
    }
}

// ---- activities -----------------------------------------------------------------------------------------------------

fn types() -> Vec<Choice> {
    ActivityType::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect()
}

fn activity_fields(about: Option<&About>, values: &Values, errors: &[FieldError]) -> Markup {
    html! {
        (Field::select("type", "What", types()).value(values.get("type")).required().errors(errors))
        (Field::area("text", "What came of it").value(values.get("text")).optional().limit(4000).errors(errors).autofocus())
        (Field::datetime("at", "When").value(values.get("at")).optional().errors(errors).help("Empty for now."))
        @if let Some(about) = about {
            (place_field(about, values))
            (Field::date("next_contact_on", "Call again on").value(values.get("next_contact_on")).optional().errors(errors))
        }
    }
}

fn moment(visit: &Visit, sent: &Sent) -> app::Result<Option<Instant>> {
    let zone = &visit.ctx.organization.time_zone;
    sent.maybe("at").map(|text| super::super::events::moment("at", text, zone)).transpose()
}

fn read_type(sent: &Sent) -> app::Result<ActivityType> {
    ActivityType::parse(sent.text("type")).ok_or_else(|| app::Error::field("type", "required", "Say what it was."))
}

const ACTIVITY_FIELDS: &[&str] = &["type", "text", "at", "location_id", "next_contact_on"];

pub(super) async fn new_activity(visit: Visit, Path(id): Path<String>) -> Out {
    let about = about(&visit, visit.id(&id)?).await?;
    let values = asked(&visit).with("type", visit.link.get("type").unwrap_or("call"));
    let fields = activity_fields(Some(&about), &values, &[]);
    Ok(ask(&visit, &about, "Log activity", format!("/customers/{id}/activities/new"), fields, "Log it", &[]))
}

fn read_activity(visit: &Visit, sent: &Sent) -> app::Result<CreateActivity> {
    Ok(CreateActivity {
        r#type: read_type(sent)?,
        at: moment(visit, sent)?,
        text: sent.text("text").to_owned(),
        location_id: sent.id::<id::Location>("location_id")?,
        next_contact_on: day(sent, "next_contact_on")?,
    })
}

pub(super) async fn add_activity(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let done = match read_activity(&visit, &sent) {
        Ok(new) => visit.save(&sent, move |ctx, tx| activities::create(ctx, tx, customer, &new)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let undo = format!("/activities/{}/remove", id_of(&made));
            Ok(where_to(&visit, customer, Flash::done("Logged").undo(undo)))
        }
        Err(error) => {
            let errors = known(visit.complaints(error)?, ACTIVITY_FIELDS);
            let about = about(&visit, customer).await?;
            let fields = activity_fields(Some(&about), &Values::of(&sent), &errors);
            Ok(ask(
                &visit,
                &about,
                "Log activity",
                format!("/customers/{id}/activities/new"),
                fields,
                "Log it",
                &errors,
            ))
        }
    }
}

fn activity_form(visit: &Visit, id: &str, customer: CustomerId, values: &Values, errors: &[FieldError]) -> Response {
    let fields = html! { (version(values)) (activity_fields(None, values, errors)) };
    let taken = [("Take it back", format!("/activities/{id}/remove"))];
    edit(visit, "Edit activity", &format!("/activities/{id}/edit"), timeline_of(customer), fields, &taken, errors)
}

pub(super) async fn edit_activity(visit: Visit, Path(id): Path<String>) -> Out {
    let activity: ActivityId = visit.id(&id)?;
    let it = visit.read(move |ctx, tx| activities::get(ctx, tx, activity)).await?;
    let values = Values::new()
        .with("type", it.r#type.as_str())
        .with("text", &it.text)
        .with("at", it.at.local(&visit.ctx.organization.time_zone).replace(' ', "T"))
        .with("version", it.version.to_string());
    Ok(activity_form(&visit, &id, it.customer_id, &values, &[]))
}

pub(super) async fn save_activity(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let activity: ActivityId = visit.id(&id)?;
    let customer = visit.read(move |ctx, tx| activities::get(ctx, tx, activity)).await?.customer_id;
    let patch = read_activity(&visit, &sent).map(|it| PatchActivity {
        r#type: Some(it.r#type),
        at: it.at,
        text: Some(it.text),
    });
    let done = match patch {
        Ok(patch) => visit.save(&sent, move |ctx, tx| activities::patch(ctx, tx, activity, &patch)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(where_to(&visit, customer, Flash::done("Saved"))),
        Err(error) => {
            let errors = known(visit.complaints(error)?, ACTIVITY_FIELDS);
            Ok(activity_form(&visit, &id, customer, &Values::of(&sent), &errors))
        }
    }
}

// ---- the quick line -------------------------------------------------------------------------------------------------

/// One line on top of the line of time: what it says, and which of the three it is. Enter saves it.
pub(super) fn quick_form(visit: &Visit, customer: CustomerId, location: Option<LocationId>) -> Markup {
    html! {
        form class="quick" method="post" action={ "/customers/" (customer) "/quick" } {
            (csrf_field(&visit.csrf()))
            @if let Some(location) = location { input type="hidden" name="location_id" value=(location); }
            label class="sr" for="quick-text" { "Write something about this customer" }
            input id="quick-text" class="input" name="text" required maxlength="4000" autocomplete="off" placeholder="A note, a task, or what came of a call" data-find;
            (Button::submit("Note").named("as", "note").icon(Icon::Edit))
            (Button::submit("Task").named("as", "task").icon(Icon::Check))
            (Button::submit("Call").named("as", "call").icon(Icon::Clock))
        }
    }
}

/// `POST /customers/{id}/quick`.
pub(super) async fn quick(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let customer: CustomerId = visit.id(&id)?;
    let text = sent.text("text").to_owned();
    let location = sent.id::<id::Location>("location_id")?;
    let (done, said, path): (_, Text, &str) = match sent.text("as") {
        "task" => {
            let new = CreateCustomerTask { title: text, location_id: location, ..CreateCustomerTask::default() };
            let done = visit.save(&sent, move |ctx, tx| tasks::create(ctx, tx, customer, &new)).await;
            (done, "Task made".into(), "customer-tasks")
        }
        "call" => {
            let new = CreateActivity {
                r#type: ActivityType::Call,
                at: None,
                text,
                location_id: location,
                next_contact_on: None,
            };
            let done = visit.save(&sent, move |ctx, tx| activities::create(ctx, tx, customer, &new)).await;
            (done, "Call logged".into(), "activities")
        }
        _ => {
            let new = CreateNote { body: text, pinned: false, location_id: location };
            (
                visit.save(&sent, move |ctx, tx| notes::create(ctx, tx, customer, &new)).await,
                "Note saved".into(),
                "notes",
            )
        }
    };
    let flash = match done {
        Ok(made) => Flash::done(said).undo(format!("/{path}/{}/remove", id_of(&made))),
        Err(error) => Flash::failed(super::super::acts::sentence(&visit, error)?),
    };
    Ok(where_to(&visit, customer, flash))
}
