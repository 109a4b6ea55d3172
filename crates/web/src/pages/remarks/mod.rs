//! What is written about customers, to be done for them and done with them: one line of time, with three forms.

mod forms;
mod tasks;

pub use tasks::due_line;

use super::common::press;
use super::words as say;
use crate::edge::{Out, Sent, Visit, get, post};
use crate::ui::{Button, Flash, Icon, Line, Status, Tone, lines, section_block};
use app::directory::remarks::{self, activities, notes, tasks as use_tasks};
use app::{App, Ctx, Tx};
use axum::Router;
use axum::extract::Path;
use contract::ListParams;
use contract::remarks::{CustomerActivity, CustomerNote, CustomerTask, PatchNote, TimelineEntry};
use domain::id::{ActivityId, CustomerId, LocationId, NoteId};
use domain::people::{Permission, Role};
use domain::remark::{RemarkKind, TaskState};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/customers/{id}/notes/new", get(forms::new_note).merge(post(forms::add_note)))
        .route("/customers/{id}/tasks/new", get(forms::new_task).merge(post(forms::add_task)))
        .route("/customers/{id}/activities/new", get(forms::new_activity).merge(post(forms::add_activity)))
        .route("/customers/{id}/quick", post(forms::quick))
        .route("/notes/{id}/edit", get(forms::edit_note).merge(post(forms::save_note)))
        .route("/notes/{id}/pin", post(pin))
        .route("/notes/{id}/unpin", post(unpin))
        .route("/notes/{id}/remove", post(remove_note))
        .route("/activities/{id}/edit", get(forms::edit_activity).merge(post(forms::save_activity)))
        .route("/activities/{id}/remove", post(remove_activity))
        .route("/customer-tasks", get(tasks::index))
        .route("/customer-tasks/{id}/edit", get(forms::edit_task).merge(post(forms::save_task)))
        .route("/customer-tasks/{id}/{verb}", post(tasks::decide))
}

/// Whether somebody reads what is written about customers.
pub fn reads(visit: &Visit) -> bool {
    visit.ctx.actor.role != Role::FacilityManager
}

/// Whether somebody writes it.
pub fn writes(visit: &Visit) -> bool {
    visit.may(Permission::WorkCustomers)
}

/// The three buttons of a header, with their keys: `t`, `n`, `l`.
pub fn buttons(customer: CustomerId, location: Option<LocationId>) -> [Button; 3] {
    let at = |what: &str| match location {
        Some(location) => format!("/customers/{customer}/{what}/new?location_id={location}"),
        None => format!("/customers/{customer}/{what}/new"),
    };
    [
        Button::link("Task", at("tasks")).icon(Icon::Check).hotkey("t").in_dialog().wide_only(),
        Button::link("Note", at("notes")).icon(Icon::Edit).hotkey("n").in_dialog().wide_only(),
        Button::link("Log activity", at("activities")).icon(Icon::Clock).hotkey("l").in_dialog().wide_only(),
    ]
}

/// The same in the menu of the phone.
pub fn menu(customer: CustomerId, location: Option<LocationId>) -> [Button; 3] {
    let at = |what: &str| match location {
        Some(location) => format!("/customers/{customer}/{what}/new?location_id={location}"),
        None => format!("/customers/{customer}/{what}/new"),
    };
    [
        Button::link("New task", at("tasks")).icon(Icon::Check).in_dialog(),
        Button::link("New note", at("notes")).icon(Icon::Edit).in_dialog(),
        Button::link("Log activity", at("activities")).icon(Icon::Clock).in_dialog(),
    ]
}

/// What stands on top of a customer or a location, and the latest of the rest.
pub struct Around {
    customer: CustomerId,
    location: Option<LocationId>,
    open: Vec<CustomerTask>,
    pinned: Vec<CustomerNote>,
    rest: Vec<TimelineEntry>,
    next: Option<String>,
}

fn params(limit: u32, filters: &[(&str, String)], cursor: Option<&str>) -> ListParams {
    let filters: BTreeMap<String, String> =
        filters.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    ListParams { limit: Some(limit), filters, cursor: cursor.map(str::to_owned), ..ListParams::default() }
}

/// Reads it: open tasks and pinned notes once, and so many of everything else from a cursor on.
pub fn read(
    ctx: &Ctx,
    tx: &mut Tx,
    customer: CustomerId,
    location: Option<LocationId>,
    limit: u32,
    cursor: Option<&str>,
) -> app::Result<Around> {
    let of: Vec<(&str, String)> = location.iter().map(|id| ("location_id", id.to_string())).collect();
    let with = |more: &[(&'static str, &str)]| -> Vec<(&str, String)> {
        of.iter().cloned().chain(more.iter().map(|(key, value)| (*key, (*value).to_owned()))).collect()
    };
    let mut open = use_tasks::of(ctx, tx, customer, &params(100, &with(&[("state", "open")]), None))?.items;
    open.sort_by_key(|task| (task.due_on.is_none(), task.due_on, task.created_at));
    let pinned = notes::list(ctx, tx, customer, &params(50, &with(&[("pinned", "true")]), None))?.items;
    let page = remarks::timeline(ctx, tx, customer, &params(limit, &of, cursor))?;
    let on_top = |entry: &TimelineEntry| {
        entry.task.as_ref().is_some_and(|task| task.state == TaskState::Open)
            || entry.note.as_ref().is_some_and(|note| note.pinned)
    };
    let rest = page.items.into_iter().filter(|entry| !on_top(entry)).collect();
    Ok(Around { customer, location, open, pinned, rest, next: page.next_cursor })
}

impl Around {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.pinned.is_empty() && self.rest.is_empty()
    }

    /// The part of an overview: what is to be done, what to know, the last few things.
    pub fn overview(&self, visit: &Visit, all: &str) -> Markup {
        let rest = &self.rest[..self.rest.len().min(4)];
        let action = Button::link("All of it", all.to_owned()).small();
        let body = html! {
            @if self.is_empty() {
                p class="sub" {
                    "Nothing yet."
                    @if writes(visit) { " Press " kbd { "t" } " for a task, " kbd { "n" } " for a note, " kbd { "l" } " for a call or a visit." }
                }
            }
            @if !self.open.is_empty() { (lines(&self.open.iter().map(|it| tasks::line(visit, it, false)).collect::<Vec<_>>())) }
            @if !self.pinned.is_empty() { (lines(&self.pinned.iter().map(|it| note_line(visit, it)).collect::<Vec<_>>())) }
            @if !rest.is_empty() { (lines(&rest.iter().map(|it| entry_line(visit, it)).collect::<Vec<_>>())) }
        };
        section_block("To do and to know", &[action], body)
    }

    /// The whole line of time.
    pub fn whole(&self, visit: &Visit) -> Markup {
        html! {
            @if writes(visit) { (forms::quick_form(visit, self.customer, self.location)) }
            @if self.is_empty() {
                p class="sub" { "Nothing yet: notes, tasks and what was done with the customer stand here, for everybody who cares for it." }
            }
            @if !self.open.is_empty() {
                (section_block("To do", &[], lines(&self.open.iter().map(|it| tasks::line(visit, it, false)).collect::<Vec<_>>())))
            }
            @if !self.pinned.is_empty() {
                (section_block("To know", &[], lines(&self.pinned.iter().map(|it| note_line(visit, it)).collect::<Vec<_>>())))
            }
            @for (month, entries) in months(visit, &self.rest) {
                (section_block(month, &[], lines(&entries.into_iter().map(|it| entry_line(visit, it)).collect::<Vec<_>>())))
            }
            @if let Some(next) = &self.next { p { (Button::link("Earlier", visit.link.page(next).to_string())) } }
        }
    }
}

fn months<'e>(visit: &Visit, entries: &'e [TimelineEntry]) -> Vec<(String, Vec<&'e TimelineEntry>)> {
    let zone = &visit.ctx.organization.time_zone;
    let mut all: Vec<(String, Vec<&TimelineEntry>)> = Vec::new();
    for entry in entries {
        let date = entry.at.day_in(zone).civil();
        let month = format!("{} {}", say::month(date.month()), date.year());
        match all.last_mut().filter(|(known, _)| *known == month) {
            Some((_, of_month)) => of_month.push(entry),
            None => all.push((month, vec![entry])),
        }
    }
    all
}

fn entry_line(visit: &Visit, entry: &TimelineEntry) -> Line {
    match (entry.kind, &entry.note, &entry.task, &entry.activity) {
        (RemarkKind::Note, Some(note), ..) => note_line(visit, note),
        (_, _, Some(task), _) => tasks::line(visit, task, false),
        (.., Some(activity)) => activity_line(visit, activity),
        _ => Line::new(entry.kind.label()),
    }
}

fn text(text: &str) -> Markup {
    html! { span class="remark" { (text) } }
}

fn note_line(visit: &Visit, it: &CustomerNote) -> Line {
    let mut line = Line::new(text(&it.body)).below(html! {
        (it.author_name) " · " (say::when(&visit.ctx, it.created_at))
        @if it.edited_at.is_some() { " · changed" }
        @if let Some(place) = &it.location_name { " · " (place) }
    });
    if it.pinned {
        line = line.side(Status::new(Tone::Amber, "Pinned"));
    }
    if !writes(visit) {
        return line;
    }
    let (verb, path) = if it.pinned { ("Unpin", "unpin") } else { ("Pin", "pin") };
    line = line.control(press(
        visit,
        format!("/notes/{}/{path}", it.id),
        Button::submit(verb).small().quiet().wide_only(),
    ));
    if it.yours {
        // On the phone the line itself leads there.
        let edit = format!("/notes/{}/edit", it.id);
        line = line.href(edit.clone()).action(Button::link("Edit", edit).small().quiet().in_dialog().wide_only());
    }
    line
}

fn activity_line(visit: &Visit, it: &CustomerActivity) -> Line {
    let title = html! {
        strong { (it.r#type.label()) } @if !it.text.is_empty() { " " (text(&it.text)) }
    };
    let mut line = Line::new(title).below(html! {
        (it.by_name) " · " (say::when(&visit.ctx, it.at))
        @if let Some(place) = &it.location_name { " · " (place) }
    });
    if it.yours {
        let edit = format!("/activities/{}/edit", it.id);
        line = line.href(edit.clone()).action(Button::link("Edit", edit).small().quiet().in_dialog().wide_only());
    }
    line
}

/// Where the line of time of a customer is.
fn timeline_of(customer: impl std::fmt::Display) -> String {
    format!("/customers/{customer}/timeline")
}

async fn set_pin(visit: Visit, id: &str, sent: Sent, pinned: bool) -> Out {
    let note: NoteId = visit.id(id)?;
    let patch = PatchNote { pinned: Some(pinned), ..PatchNote::default() };
    let done = visit.save(&sent, move |ctx, tx| notes::patch(ctx, tx, note, &patch)).await;
    back(&visit, done, Flash::done(if pinned { "Pinned: it stays on top" } else { "Not pinned any more" }))
}

async fn pin(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    set_pin(visit, &id, sent, true).await
}

async fn unpin(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    set_pin(visit, &id, sent, false).await
}

async fn remove_note(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let note: NoteId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| notes::delete(ctx, tx, note)).await;
    back(&visit, done, Flash::done("Taken back. The history keeps what it said."))
}

async fn remove_activity(visit: Visit, Path(id): Path<String>, sent: Sent) -> Out {
    let activity: ActivityId = visit.id(&id)?;
    let done = visit.save(&sent, move |ctx, tx| activities::delete(ctx, tx, activity)).await;
    back(&visit, done, Flash::done("Taken back. The history keeps what it said."))
}

/// Back to where it was pressed, with a message or with what stands against it.
fn back<T>(visit: &Visit, done: app::Result<T>, flash: Flash) -> Out {
    match done {
        Ok(_) => Ok(visit.back("/customers", flash)),
        Err(error) => {
            let said = super::acts::sentence(visit, error)?;
            Ok(visit.back("/customers", Flash::failed(said)))
        }
    }
}
