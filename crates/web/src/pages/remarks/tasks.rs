//! Tasks for customers: a line with its tick, and the list of one's own.

use super::super::common::press;
use super::super::customers::subnav;
use super::super::words as say;
use super::{back, writes};
use crate::edge::{Fail, Out, Sent, Visit};
use crate::ui::{Button, Empty, Flash, Header, Icon, Line, Room, Status, Tab, Tone, lines, tabs};
use app::directory::remarks::tasks;
use axum::extract::Path;
use contract::ListParams;
use contract::remarks::{CustomerTask, PatchCustomerTask};
use domain::id::CustomerTaskId;
use domain::remark::TaskState;
use maud::{Markup, html};

fn tick(visit: &Visit, it: &CustomerTask) -> Markup {
    let open = it.state == TaskState::Open;
    let (verb, label) = if open { ("done", "Tick off") } else { ("reopen", "Open again") };
    let icon = if open { Icon::Check } else { Icon::Undo };
    let label = format!("{label}: {}", it.title);
    press(visit, format!("/customer-tasks/{}/{verb}", it.id), Button::submit(label).icon_only(icon).small())
}

fn due(visit: &Visit, it: &CustomerTask) -> Option<Status> {
    match (it.state, it.due_on) {
        (TaskState::Done, _) => Some(Status::new(Tone::Green, "Done")),
        (TaskState::Dropped, _) => Some(Status::new(Tone::Grey, "Dropped")),
        (TaskState::Open, None) => None,
        (TaskState::Open, Some(day)) => {
            let tone = if it.overdue { Tone::Red } else { Tone::Amber };
            Some(Status::new(tone, format!("due {}", say::distance(visit.ctx.today(), day))))
        }
    }
}

/// A task with its tick; `named` says whose customer it is about.
pub(super) fn line(visit: &Visit, it: &CustomerTask, named: bool) -> Line {
    let open = it.state == TaskState::Open;
    let title = html! { @if open { (it.title) } @else { s { (it.title) } } };
    let mut line = Line::new(title).below(html! {
        @if named { (it.customer_name) " · " }
        @if let Some(place) = &it.location_name { (place) " · " }
        @match (&it.assignee_name, it.assignee_id == Some(visit.ctx.principal())) {
            (_, true) => { "you" }
            (Some(name), false) => { (name) }
            (None, _) => { "nobody yet" }
        }
        @if let Some(by) = it.closed_by_name.as_ref().filter(|_| !open) { " · by " (by) }
        @if let Some(at) = it.closed_at { " " (say::when(&visit.ctx, at)) }
        @if !it.note.is_empty() { " · " (it.note) }
    });
    if named {
        line = line.href(format!("/customers/{}/timeline", it.customer_id));
    }
    if let Some(status) = due(visit, it) {
        line = line.side(status);
    }
    if writes(visit) {
        line = line.lead(tick(visit, it));
        let edit = format!("/customer-tasks/{}/edit", it.id);
        if !named {
            line = line.href(edit.clone());
        }
        line = line.action(Button::link("Edit", edit).small().quiet().in_dialog().wide_only());
    }
    line
}

/// A task on the first page.
pub fn due_line(visit: &Visit, it: &CustomerTask) -> Line {
    line(visit, it, true)
}

/// `POST /customer-tasks/{id}/done`, `drop`, `reopen`, `remove`.
pub(super) async fn decide(visit: Visit, Path((id, verb)): Path<(String, String)>, sent: Sent) -> Out {
    let task: CustomerTaskId = visit.id(&id)?;
    let (state, said, undo) = match verb.as_str() {
        "done" => (TaskState::Done, "Ticked off", Some("reopen")),
        "drop" => (TaskState::Dropped, "Dropped", Some("reopen")),
        "reopen" => (TaskState::Open, "Open again", None),
        "remove" => {
            let done = visit.save(&sent, move |ctx, tx| tasks::delete(ctx, tx, task)).await;
            return back(&visit, done, Flash::done("Taken back"));
        }
        _ => return Err(Fail::not_found()),
    };
    let patch = PatchCustomerTask { state: Some(state), ..PatchCustomerTask::default() };
    let done = visit.save(&sent, move |ctx, tx| tasks::patch(ctx, tx, task, &patch)).await;
    let flash = Flash::done(said);
    back(
        &visit,
        done,
        match undo {
            Some(verb) => flash.undo(format!("/customer-tasks/{id}/{verb}")),
            None => flash,
        },
    )
}

const VIEWS: &[(&str, &str, &str, &str)] = &[
    ("mine", "Yours", "mine", "open"),
    ("all", "Everybody's", "all", "open"),
    ("done", "Done", "all", "done"),
    ("dropped", "Dropped", "all", "dropped"),
];

/// `GET /customer-tasks`.
pub(super) async fn index(visit: Visit) -> Out {
    let asked = visit.link.get("view").unwrap_or("mine").to_owned();
    let (key, _, scope, state) = VIEWS.iter().find(|it| it.0 == asked).copied().unwrap_or(VIEWS[0]);
    let mut params = ListParams {
        limit: Some(60),
        cursor: visit.link.get("cursor").map(str::to_owned),
        count: true,
        ..ListParams::default()
    };
    params.filters.insert("scope".into(), scope.into());
    params.filters.insert("state".into(), state.into());
    let page = visit.read(move |ctx, tx| tasks::list(ctx, tx, &params)).await?;
    let rows: Vec<Line> = page.items.iter().map(|it| line(&visit, it, true)).collect();
    let late = page.items.iter().filter(|it| it.overdue).count() as i64;
    let lead = match (page.total.unwrap_or_default(), late) {
        (0, _) => String::new(),
        (n, 0) => say::count(n, "task", "tasks"),
        (n, late) => format!("{}, {} overdue", say::count(n, "task", "tasks"), say::number(late)),
    };
    let views: Vec<Tab> = VIEWS
        .iter()
        .map(|(view, label, ..)| Tab::new(*label, format!("/customer-tasks?view={view}"), *view == key))
        .collect();
    let empty = Empty::new(Icon::Check, if key == "mine" { "Nothing is left to do" } else { "None of these" })
        .text("Tasks for customers appear here: make one on a customer's page, for many customers from their list, or from the call list.");
    let body = html! {
        (Header::new("Tasks for customers").lead(lead))
        div class="pad-x" { (subnav(&visit, "Tasks")) }
        (tabs(&views, None))
        div class="content" {
            @if rows.is_empty() { (empty) } @else { (lines(&rows)) }
            @if let Some(next) = &page.next_cursor { p { (Button::link("Later ones", visit.link.page(next).to_string())) } }
        }
    };
    Ok(visit.page("Tasks for customers", Room::Customers, body))
}
