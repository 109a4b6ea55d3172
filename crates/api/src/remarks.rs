//! Notes, tasks and activities of customers, and the line of time that they make.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::directory::recipients;
use app::directory::remarks::{self, activities, notes, tasks};
use axum::extract::Path;
use contract::remarks::{
    CreateActivity, CreateCustomerTask, CreateNote, CustomerActivity, CustomerNote, CustomerTask, MailRecipient,
    PatchActivity, PatchCustomerTask, PatchNote, TimelineEntry,
};
use contract::{Done, Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(customer_recipients))
        .routes(routes!(customer_timeline))
        .routes(routes!(location_timeline))
        .routes(routes!(list_customer_notes, create_customer_note))
        .routes(routes!(patch_note, delete_note))
        .routes(routes!(list_tasks_of_customer, create_customer_task))
        .routes(routes!(list_customer_tasks))
        .routes(routes!(get_customer_task, patch_customer_task, delete_customer_task))
        .routes(routes!(list_customer_activities, create_customer_activity))
        .routes(routes!(patch_activity, delete_activity))
}

/// Everything that was written about a customer, to be done for it and done with it, latest first.
#[utoipa::path(get, path = "/customers/{id}/timeline", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("sort" = Option<String>, Query, description = "at; a minus falls. Default: -at"),
    ("kind" = Option<String>, Query, description = "note, task, activity"),
    ("location_id" = Option<String>, Query, description = "About these locations"),
), responses((status = 200, body = Page<TimelineEntry>)))]
async fn customer_timeline(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, remarks::timeline).await
}

/// The same of one location.
#[utoipa::path(get, path = "/locations/{id}/timeline", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("sort" = Option<String>, Query, description = "at; a minus falls. Default: -at"),
    ("kind" = Option<String>, Query, description = "note, task, activity"),
), responses((status = 200, body = Page<TimelineEntry>)))]
async fn location_timeline(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, remarks::timeline_of_location).await
}

/// Notes about a customer, latest first.
#[utoipa::path(get, path = "/customers/{id}/notes", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("sort" = Option<String>, Query, description = "at; a minus falls. Default: -at"),
    ("location_id" = Option<String>, Query, description = "About these locations"),
    ("pinned" = Option<bool>, Query, description = "true for those that stay on top"),
), responses((status = 200, body = Page<CustomerNote>)))]
async fn list_customer_notes(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, notes::list).await
}

/// Writes a note.
#[utoipa::path(post, path = "/customers/{id}/notes", tag = "directory", params(("id" = String, Path)), request_body = CreateNote, responses(
    (status = 201, body = CustomerNote)
))]
async fn create_customer_note(edge: Edge, Path(id): Path<String>, body: Key<CreateNote>) -> Out {
    edge.change(201, &id, body, notes::create).await
}

/// Changes a note, or pins it.
#[utoipa::path(patch, path = "/notes/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchNote, responses(
    (status = 200, body = CustomerNote)
))]
async fn patch_note(edge: Edge, Path(id): Path<String>, body: Key<PatchNote>) -> Out {
    edge.change(200, &id, body, notes::patch).await
}

/// Takes a note back; what it said stays in the history.
#[utoipa::path(delete, path = "/notes/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn delete_note(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, notes::delete).await
}

/// Tasks for a customer in any state, latest first.
#[utoipa::path(get, path = "/customers/{id}/tasks", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("sort" = Option<String>, Query, description = "at; a minus falls. Default: -at"),
    ("location_id" = Option<String>, Query, description = "About these locations"),
    ("state" = Option<String>, Query, description = "open, done, dropped"),
), responses((status = 200, body = Page<CustomerTask>)))]
async fn list_tasks_of_customer(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, tasks::of).await
}

/// Makes a task; whoever has to do it is told.
#[utoipa::path(post, path = "/customers/{id}/tasks", tag = "directory", params(("id" = String, Path)), request_body = CreateCustomerTask, responses(
    (status = 201, body = CustomerTask)
))]
async fn create_customer_task(edge: Edge, Path(id): Path<String>, body: Key<CreateCustomerTask>) -> Out {
    edge.change(201, &id, body, tasks::create).await
}

/// Tasks for customers, the most urgent first: the caller's own, or all in reach.
#[utoipa::path(get, path = "/customer-tasks", tag = "directory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "due_on; a minus falls. Default: due_on"),
    ("scope" = Option<String>, Query, description = "mine (the default) or all in reach"),
    ("assignee_id" = Option<String>, Query, description = "Tasks of these people instead"),
    ("customer_id" = Option<String>, Query, description = "For these customers"),
    ("due_to" = Option<String>, Query, description = "Due on this day or before"),
    ("state" = Option<String>, Query, description = "open (the default), done, dropped"),
), responses((status = 200, body = Page<CustomerTask>)))]
async fn list_customer_tasks(edge: Edge) -> Out {
    edge.read_list(tasks::list).await
}

/// One task.
#[utoipa::path(get, path = "/customer-tasks/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = CustomerTask)
))]
async fn get_customer_task(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, tasks::get).await
}

/// Changes a task, ticks it off, drops it or opens it again.
#[utoipa::path(patch, path = "/customer-tasks/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchCustomerTask, responses(
    (status = 200, body = CustomerTask)
))]
async fn patch_customer_task(edge: Edge, Path(id): Path<String>, body: Key<PatchCustomerTask>) -> Out {
    edge.change(200, &id, body, tasks::patch).await
}

/// Takes back an open task that was made by mistake.
#[utoipa::path(delete, path = "/customer-tasks/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn delete_customer_task(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, tasks::delete).await
}

/// What was done with a customer, latest first.
#[utoipa::path(get, path = "/customers/{id}/activities", tag = "directory", params(
    ("id" = String, Path),
    Paging,
    ("sort" = Option<String>, Query, description = "at; a minus falls. Default: -at"),
    ("location_id" = Option<String>, Query, description = "About these locations"),
), responses((status = 200, body = Page<CustomerActivity>)))]
async fn list_customer_activities(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, activities::list).await
}

/// Writes an activity down. A contact settles the day on which somebody was to call.
#[utoipa::path(post, path = "/customers/{id}/activities", tag = "directory", params(("id" = String, Path)), request_body = CreateActivity, responses(
    (status = 201, body = CustomerActivity)
))]
async fn create_customer_activity(edge: Edge, Path(id): Path<String>, body: Key<CreateActivity>) -> Out {
    edge.change(201, &id, body, activities::create).await
}

/// Corrects an activity.
#[utoipa::path(patch, path = "/activities/{id}", tag = "directory", params(("id" = String, Path)), request_body = PatchActivity, responses(
    (status = 200, body = CustomerActivity)
))]
async fn patch_activity(edge: Edge, Path(id): Path<String>, body: Key<PatchActivity>) -> Out {
    edge.change(200, &id, body, activities::patch).await
}

/// Takes an activity back; what it said stays in the history.
#[utoipa::path(delete, path = "/activities/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn delete_activity(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, activities::delete).await
}

/// Who gets a kind of mail: contacts of the location that receive it, else of the customer, else the customer's own address.
#[utoipa::path(get, path = "/customers/{id}/recipients", tag = "directory", params(
    ("id" = String, Path),
    ("kind" = String, Query, description = "order, invoice, recall or statement"),
    ("location_id" = Option<String>, Query, description = "About this location")
), responses((status = 200, body = Items<MailRecipient>)))]
async fn customer_recipients(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_list_of(&id, recipients::list).await
}
