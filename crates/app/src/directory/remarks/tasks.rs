//! Tasks: something that somebody has to do for a customer, by a day or at some time.

use super::{
    Names, blank, body, entry, far_day, follow_tasks, locked, of_customer, page, readable, require_reader, title,
    writable,
};
use crate::list;
use crate::units::notify;
use crate::{Ctx, Error, Result};
use contract::remarks::{CreateCustomerTask, CustomerTask, PatchCustomerTask};
use contract::{Done, ListParams, Page, Patch};
use domain::clock::Day;
use domain::id::{self, CustomerId, CustomerTaskId, Id, UserId};
use domain::people::Role;
use domain::remark::{RemarkKind, TaskSource, TaskState};
use domain::text::day_words;
use store::directory::CustomerRow;
use store::directory::customers::NO_DAY;
use store::directory::remarks::{self as rows, RemarkRow, Wanted};
use store::page::Sort;
use store::reach::Viewer;
use store::{Tx, Value};
use uuid::Uuid;

fn states(params: &ListParams, default: &[TaskState]) -> Result<Vec<&'static str>> {
    let asked = list::words(params, "state", TaskState::parse)?;
    Ok(asked.unwrap_or_else(|| default.to_vec()).into_iter().map(TaskState::as_str).collect())
}

/// Tasks for a customer in any state, latest first; `state` narrows them.
pub fn of(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Page<CustomerTask>> {
    readable(ctx, tx, id.uuid())?;
    list::only(params, &["location_id", "state"])?;
    let mut wanted = of_customer(id, &[RemarkKind::Task], params)?;
    wanted.states = states(params, TaskState::ALL)?;
    page(ctx, tx, "tasks_of_customer", &wanted, params, Names::task)
}

const BY_DUE: &[Sort] = &[Sort { column: "remark.due_on", descending: false }];

/// Open tasks, the most urgent first: the caller's own, or those of others whose customers are in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CustomerTask>> {
    require_reader(ctx)?;
    list::only(params, &["assignee_id", "customer_id", "due_to", "scope", "state"])?;
    let paging = list::paging("customer_tasks", params, &[("due_on", "remark.due_on")], BY_DUE)?;
    let assignees = match params.filters.get("scope").map(String::as_str) {
        None | Some("mine") => Some(vec![ctx.principal().uuid()]),
        Some("all") => None,
        Some(_) => return Err(Error::field("scope", "invalid_value", "Give mine or all.")),
    };
    let named = list::ids::<id::User>(params, "assignee_id")?.map(|all| all.into_iter().map(Id::uuid).collect());
    let customers = list::ids::<id::Customer>(params, "customer_id")?;
    let wanted = Wanted {
        kinds: vec![RemarkKind::Task.as_str()],
        customers: customers.map(|all| all.into_iter().map(Id::uuid).collect()),
        assignees: named.or(assignees),
        states: states(params, &[TaskState::Open])?,
        due_to: list::day(params, "due_to")?.map(|day| i64::from(day.0)),
        ..Wanted::default()
    };
    let total = if params.count { Some(rows::count(tx, ctx.viewer(), &wanted)?) } else { None };
    let (found, more) = rows::page(tx, ctx.viewer(), &wanted, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let names = Names::of(ctx, tx, &found)?;
    let width = paging.sorts.len();
    let key = |row: &RemarkRow| {
        std::iter::repeat_n(Value::Int(row.due_on), width).chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let page = list::page(paging.bound, found, more, key, |row| names.task(ctx, row));
    Ok(Page { total, ..page })
}

fn shown(ctx: &Ctx, tx: &mut Tx, row: RemarkRow) -> Result<CustomerTask> {
    Ok(Names::of(ctx, tx, std::slice::from_ref(&row))?.task(ctx, row))
}

/// One task.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CustomerTaskId) -> Result<CustomerTask> {
    let row = super::one(ctx, tx, id.uuid(), RemarkKind::Task)?;
    shown(ctx, tx, row)
}

/// Whoever is to do it: an active colleague who sells, and who reaches what it is about.
fn assignee(ctx: &Ctx, tx: &mut Tx, id: UserId, row: &RemarkRow) -> Result<Uuid> {
    let person = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown("assignee_id"))?;
    let role = Role::parse(&person.role).ok_or_else(|| Error::unknown("assignee_id"))?;
    let refused = |code, message| Err(Error::field("assignee_id", code, message));
    if !person.active {
        return refused(
            "user_inactive",
            format!("The account of {} is deactivated. Choose somebody else.", person.name),
        );
    }
    if role == Role::FacilityManager || person.custodian_only {
        return refused(
            "cannot_have_tasks",
            format!("{} does not work with customers. Choose somebody else.", person.name),
        );
    }
    let principal = person.delegate_of.unwrap_or(person.id);
    let viewer = Viewer { organization: ctx.org(), principal, office: role.is_office() };
    if !rows::sees(tx, viewer, row)? {
        let message =
            format!("{} does not see this customer. Choose somebody who does, or assign it first.", person.name);
        return refused("assignee_out_of_reach", message);
    }
    Ok(principal)
}

fn tell(ctx: &Ctx, tx: &mut Tx, row: &RemarkRow, customer: &CustomerRow) -> Result<()> {
    let Some(whom) = row.assignee_id.filter(|id| *id != ctx.principal().uuid()) else { return Ok(()) };
    let due = far_day(row.due_on).map(|day| format!(", by {}", day_words(day))).unwrap_or_default();
    let sentence = format!("For {}: {}{due}.", customer.name, row.title);
    notify(ctx, tx, whom, "customer_task", customer.id, &sentence)
}

/// Makes a task. Whoever has to do it is told.
pub fn create(ctx: &Ctx, tx: &mut Tx, customer: CustomerId, new: &CreateCustomerTask) -> Result<CustomerTask> {
    let customer = writable(ctx, tx, customer, new.location_id)?;
    let id = ctx.id::<id::CustomerTask>().uuid();
    let mut row = blank(ctx, id, RemarkKind::Task, customer.id, new.location_id);
    row.title = title(&new.title)?;
    row.body = body("note", &new.note)?;
    row.due_on = new.due_on.map_or(NO_DAY, |day| i64::from(day.0));
    row.state = TaskState::Open.as_str().to_owned();
    row.source = new.source.unwrap_or(TaskSource::Manual).as_str().to_owned();
    row.assignee_id = match new.assignee_id {
        Some(id) => Some(assignee(ctx, tx, id, &row)?),
        None => Some(ctx.principal().uuid()),
    };
    rows::insert(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "task_added", &row);
    draft.change(row.id, "task", None, Some(row.title.clone()));
    follow_tasks(ctx, tx, &mut draft, &customer, None)?;
    draft.append(ctx, tx)?;
    tell(ctx, tx, &row, &customer)?;
    shown(ctx, tx, row)
}

/// Changes a task, ticks it off, drops it or opens it again: everybody who works with the customer may.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: CustomerTaskId, patch: &PatchCustomerTask) -> Result<CustomerTask> {
    let (customer, before) = locked(ctx, tx, id.uuid(), RemarkKind::Task)?;
    ctx.check_version(before.version, || shown(ctx, tx, before.clone()))?;
    let mut row = before.clone();
    if let Some(text) = &patch.title {
        row.title = title(text)?;
    }
    if let Some(text) = &patch.note {
        row.body = body("note", text)?;
    }
    match patch.due_on {
        Patch::Leave => {}
        Patch::Clear => row.due_on = NO_DAY,
        Patch::Set(day) => row.due_on = i64::from(day.0),
    }
    match patch.assignee_id {
        Patch::Leave => {}
        Patch::Clear => row.assignee_id = None,
        Patch::Set(id) if row.assignee_id == Some(id.uuid()) => {}
        Patch::Set(id) => row.assignee_id = Some(assignee(ctx, tx, id, &row)?),
    }
    if let Some(state) = patch.state {
        set_state(ctx, &mut row, state);
    }
    let mut draft = entry(ctx, kind_of(&before, &row), &row);
    note_changes(&mut draft, &before, &row);
    if draft.is_empty() {
        return shown(ctx, tx, before);
    }
    rows::save(tx, ctx.org(), &row)?;
    let moved = row.due_on != before.due_on || row.state != before.state;
    if moved {
        let gone = (before.state == TaskState::Open.as_str()).then(|| far_day(before.due_on)).flatten();
        follow_tasks(ctx, tx, &mut draft, &customer, gone)?;
    }
    draft.append(ctx, tx)?;
    if row.assignee_id != before.assignee_id {
        tell(ctx, tx, &row, &customer)?;
    }
    row.version += 1;
    shown(ctx, tx, row)
}

fn set_state(ctx: &Ctx, row: &mut RemarkRow, state: TaskState) {
    if row.state == state.as_str() {
        return;
    }
    row.state = state.as_str().to_owned();
    let closed = state != TaskState::Open;
    row.closed_at = closed.then_some(ctx.now.0);
    row.closed_by = closed.then(|| ctx.actor.id.uuid());
    row.at = row.closed_at.unwrap_or(row.created_at);
}

fn kind_of(before: &RemarkRow, after: &RemarkRow) -> &'static str {
    match TaskState::parse(&after.state) {
        _ if before.state == after.state => "task_changed",
        Some(TaskState::Done) => "task_finished",
        Some(TaskState::Dropped) => "task_dropped",
        _ => "task_reopened",
    }
}

fn note_changes(draft: &mut crate::journal::Draft, before: &RemarkRow, after: &RemarkRow) {
    let day = |stored: i64| far_day(stored).map(|day: Day| day.to_string());
    let person = |id: Option<Uuid>| id.map(|id| UserId::from_uuid(id).to_string());
    draft.change(after.id, "title", Some(before.title.clone()), Some(after.title.clone()));
    draft.change(after.id, "note", Some(before.body.clone()), Some(after.body.clone()));
    draft.change(after.id, "due_on", day(before.due_on), day(after.due_on));
    draft.change(after.id, "assignee_id", person(before.assignee_id), person(after.assignee_id));
    draft.change(after.id, "state", Some(before.state.clone()), Some(after.state.clone()));
}

/// Takes back a task that was made by mistake. One that was worked on is dropped instead.
pub fn delete(ctx: &Ctx, tx: &mut Tx, id: CustomerTaskId) -> Result<Done> {
    let (customer, row) = locked(ctx, tx, id.uuid(), RemarkKind::Task)?;
    super::require_author(ctx, &row, "task")?;
    ctx.check_version(row.version, || shown(ctx, tx, row.clone()))?;
    if row.state != TaskState::Open.as_str() {
        let message = "Only an open task can be taken back. This one stays, so that the history tells what was done.";
        return Err(Error::conflict("task_not_open", message));
    }
    rows::delete(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "task_removed", &row);
    draft.change(row.id, "task", Some(row.title.clone()), None);
    follow_tasks(ctx, tx, &mut draft, &customer, far_day(row.due_on))?;
    draft.append(ctx, tx)?;
    Ok(Done { done: true })
}
