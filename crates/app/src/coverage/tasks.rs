//! What people have to do for a case: get a hand-over, accept a transfer, send what was asked for, order, make known what
//! arrived, find cover. Each has a deadline.

use crate::events::{managed, readable};
use crate::list;
use crate::units::notify;
use crate::{Ctx, Error, Result};
use contract::coverage::{CompleteTask, NeedLine, RequestCover, Task};
use contract::transfers::CreateTransfer;
use contract::units::CreateUnits;
use contract::{ListParams, Page};
use domain::clock::Instant;
use domain::event::lifecycle;
use domain::id::{EventId, Id, TaskId, UnitId};
use domain::limits;
use domain::people::{Level, Permission, Role};
use domain::stock::{Custodian, TransferStatus};
use store::coverage::keep::{TASK_COLUMNS, TaskRow};
use store::events::EventRow;
use store::page::{Query, Sort};
use store::reach::Side;
use store::transfers::TransferRow;
use store::{Tx, Value};
use uuid::Uuid;

/// What kind of thing has to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Get what somebody hands over, and say that it is there.
    HandOver,
    /// Accept a transfer.
    Accept,
    /// Send what was asked for.
    Send,
    /// Order from outside.
    Request,
    /// Make known what arrived.
    Receive,
    /// Find cover.
    CoverWanted,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandOver => "hand_over",
            Self::Accept => "accept",
            Self::Send => "send",
            Self::Request => "request",
            Self::Receive => "receive",
            Self::CoverWanted => "cover_wanted",
        }
    }
}

/// A task to be made.
pub(crate) struct Errand {
    pub kind: Kind,
    /// Who; None for the office.
    pub assignee: Option<Uuid>,
    pub transfer: Option<Uuid>,
    pub maker: Option<Uuid>,
    pub goods: Vec<NeedLine>,
    pub due_at: Instant,
    pub sentence: String,
}

/// Makes a task and tells whoever has it.
pub(crate) fn make(
    ctx: &Ctx,
    tx: &mut Tx,
    event: &EventRow,
    coverage: Option<Uuid>,
    for_user: Uuid,
    errand: Errand,
) -> Result<TaskRow> {
    let row = TaskRow {
        id: ctx.id::<domain::id::Task>().uuid(),
        event_id: event.id,
        coverage_id: coverage,
        kind: errand.kind.as_str().to_owned(),
        assignee_id: errand.assignee,
        for_user_id: for_user,
        transfer_id: errand.transfer,
        manufacturer_id: errand.maker,
        goods: serde_json::to_string(&errand.goods).map_err(|error| Error::Internal(error.to_string()))?,
        due_at: errand.due_at.0,
        state: "open".to_owned(),
        sentence: errand.sentence,
        note: String::new(),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
    };
    store::coverage::keep::insert_task(tx, ctx.org(), &row)?;
    let number = crate::events::number(event.number);
    let sentence = format!("For {number}: {}", row.sentence);
    match row.assignee_id {
        Some(whom) if whom != for_user => notify(ctx, tx, whom, "task", row.event_id, &sentence)?,
        Some(_) => {}
        None => {
            for whom in store::stock::office(tx, ctx.org())? {
                notify(ctx, tx, whom, "task", row.event_id, &sentence)?;
            }
        }
    }
    Ok(row)
}

/// Whether a task is the viewer's to do: their own, or that of somebody for whom they may act; the office's is the office's.
fn is_mine(ctx: &Ctx, tx: &mut Tx, row: &TaskRow) -> Result<bool> {
    if ctx.actor.custodian_only {
        return Ok(false);
    }
    if row.kind == Kind::CoverWanted.as_str() {
        let acts = store::reach::of(tx, ctx.viewer(), row.for_user_id)?.person >= Level::Act;
        return Ok(acts && ctx.may(Permission::CoverEvents));
    }
    match row.assignee_id {
        None => Ok(ctx.actor.role.is_office()),
        Some(id) if id == ctx.principal().uuid() => Ok(true),
        Some(id) => Ok(store::reach::of(tx, ctx.viewer(), id)?.person >= Level::Act),
    }
}

fn sees(ctx: &Ctx, tx: &mut Tx, row: &TaskRow) -> Result<bool> {
    if is_mine(ctx, tx, row)? {
        return Ok(true);
    }
    let concerned = row.for_user_id == ctx.principal().uuid() || row.created_by == ctx.actor.id.uuid();
    match readable(ctx, tx, row.event_id) {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(concerned),
        Err(error) => Err(error),
    }
}

/// A task as it is shown.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, row: TaskRow) -> Result<Task> {
    let event = store::events::event(tx, ctx.org(), row.event_id)?.ok_or_else(Error::not_found)?;
    let assignee_name = match row.assignee_id {
        Some(id) => store::people::name(tx, ctx.org(), id)?.unwrap_or_default(),
        None => "The office".to_owned(),
    };
    let yours = row.state == "open" && is_mine(ctx, tx, &row)?;
    Ok(Task {
        id: Id::from_uuid(row.id),
        event_id: Id::from_uuid(row.event_id),
        event_number: crate::events::number(event.number),
        kind: row.kind,
        assignee_id: row.assignee_id.map(Id::from_uuid),
        assignee_name,
        for_user_id: Id::from_uuid(row.for_user_id),
        transfer_id: row.transfer_id.map(Id::from_uuid),
        manufacturer_id: row.manufacturer_id.map(Id::from_uuid),
        needs: serde_json::from_str(&row.goods).unwrap_or_default(),
        due_at: Instant(row.due_at),
        state: row.state,
        text: row.sentence,
        yours,
        created_at: Instant(row.created_at),
    })
}

const STATES: &[&str] = &["open", "done", "cancelled"];

/// Tasks of the viewer and of those for whom they may act, the most urgent first; of one event, all of them.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Task>> {
    list::only(params, &["event_id", "state"])?;
    let by_due = [Sort { column: "task.due_at", descending: false }];
    let paging = list::paging("tasks", params, &[("due_at", "task.due_at")], &by_due)?;
    let states = list::words(params, "state", |word| STATES.iter().find(|it| **it == word).copied())?;
    let states = states.unwrap_or_else(|| vec!["open"]);
    let mut query = Query::new(format!("SELECT {TASK_COLUMNS} FROM coverage_task task"));
    query.and("task.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.any_of("task.state", states.into_iter().map(|it| Value::Text(it.to_owned())).collect());
    match list::ids::<domain::id::Event>(params, "event_id")? {
        Some(ids) => {
            let mut events = Vec::new();
            for id in ids.into_iter().take(limits::FILTER_VALUES_MAX) {
                match readable(ctx, tx, id.uuid()) {
                    Ok(row) => events.push(Value::Uuid(row.id)),
                    Err(Error::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            query.any_of("task.event_id", events);
        }
        None => {
            query.and_some(mine(ctx));
        }
    }
    let (rows, more) = query.page::<TaskRow>(tx, &paging.sorts, "task.id", paging.after.as_ref(), paging.limit)?;
    let width = paging.sorts.len();
    let key = |row: &TaskRow| {
        std::iter::repeat_n(Value::Int(row.due_at), width).chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let items = rows.into_iter().map(|row| view(ctx, tx, row)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor, total: None })
}

/// The condition that keeps a list to what the viewer may do; None for the office, which may do everything.
fn mine(ctx: &Ctx) -> Option<(String, Vec<Value>)> {
    let viewer = ctx.viewer();
    let (text, args) = store::reach::condition(viewer, Side::Person, Level::Act, "task.assignee_id")?;
    let (wanted, more) = store::reach::condition(viewer, Side::Person, Level::Act, "task.for_user_id")?;
    let covers = if ctx.may(Permission::CoverEvents) { "1 = 1" } else { "1 = 0" };
    let text =
        format!("((task.assignee_id = ?) OR ({text}) OR (task.kind = 'cover_wanted' AND {covers} AND {wanted}))");
    let all = [Value::Uuid(viewer.principal)].into_iter().chain(args).chain(more);
    Some((text, all.collect()))
}

fn locked(ctx: &Ctx, tx: &mut Tx, id: TaskId) -> Result<TaskRow> {
    let row = store::coverage::keep::lock_task(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !sees(ctx, tx, &row)? {
        return Err(Error::not_found());
    }
    if !is_mine(ctx, tx, &row)? {
        let message = "This is for somebody else to do: whoever it is assigned to, or whoever may act for them.";
        return Err(Error::forbidden("not_your_task", message));
    }
    if row.state != "open" {
        let message = format!("This is {} already.", row.state);
        return Err(Error::conflict("task_not_open", message));
    }
    Ok(row)
}

fn decide(ctx: &Ctx, tx: &mut Tx, row: &TaskRow, state: &'static str, note: &str) -> Result<()> {
    let note = crate::events::plan::typed("note", domain::text::clean_note(note, limits::NOTE_MAX))?;
    let by = ctx.actor.id.uuid();
    if !store::coverage::keep::decide_task(tx, ctx.org(), row.id, state, &note, by, ctx.now.0)? {
        return Err(Error::Db(store::Error::Conflict));
    }
    let mut entry = ctx.entry("task_decided").reason(&note).subject(row.event_id).subject(row.id);
    entry.change(row.id, row.kind.as_str(), Some("open".into()), Some(state.into()));
    entry.append(ctx, tx)
}

/// Says that something is done: a hand-over is there, a transfer accepted, what was asked for sent, a delivery made known.
pub fn complete(ctx: &Ctx, tx: &mut Tx, id: TaskId, body: &CompleteTask) -> Result<Task> {
    let known = store::coverage::keep::task(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    // The event before its tasks, transfers and units, as everybody locks.
    store::events::lock_event(tx, ctx.org(), known.event_id)?;
    let row = locked(ctx, tx, id)?;
    if !body.arrived.is_empty() && row.kind != Kind::Receive.as_str() {
        let message = "Nothing arrives by this task. Leave the units out.";
        return Err(Error::field("arrived", "not_a_delivery", message));
    }
    match (row.kind.as_str(), row.transfer_id) {
        ("accept", Some(transfer)) => {
            crate::transfers::accept(ctx, tx, Id::from_uuid(transfer), &Default::default())?;
        }
        ("send", _) => send(ctx, tx, &row)?,
        ("receive", _) => arrive(ctx, tx, &row, body)?,
        _ => {}
    }
    // An accepted transfer has closed its own task.
    let now = store::coverage::keep::task(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    if now.state == "open" {
        decide(ctx, tx, &now, "done", &body.note)?;
    }
    let now = store::coverage::keep::task(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    view(ctx, tx, now)
}

/// Says that something will not be done.
pub fn cancel(ctx: &Ctx, tx: &mut Tx, id: TaskId, note: &str) -> Result<Task> {
    let row = locked(ctx, tx, id)?;
    decide(ctx, tx, &row, "cancelled", note)?;
    let sentence = format!("{} will not be able to: {}", ctx.actor.name, row.sentence);
    notify(ctx, tx, row.created_by, "task_cancelled", row.event_id, &sentence)?;
    notify(ctx, tx, row.for_user_id, "task_cancelled", row.event_id, &sentence)?;
    let now = store::coverage::keep::task(tx, ctx.org(), row.id)?.ok_or_else(Error::not_found)?;
    view(ctx, tx, now)
}

/// Sends what was asked for: the units that expire first, of those that are still good on the day.
fn send(ctx: &Ctx, tx: &mut Tx, row: &TaskRow) -> Result<()> {
    let event = store::events::event(tx, ctx.org(), row.event_id)?.ok_or_else(Error::not_found)?;
    let goods: Vec<NeedLine> = serde_json::from_str(&row.goods).unwrap_or_default();
    let custodian = match row.assignee_id {
        Some(id) => Custodian::user(Id::from_uuid(id)),
        None => Custodian::organization(ctx.organization.id),
    };
    let asks: Vec<store::coverage::load::Ask> = goods
        .iter()
        .map(|line| store::coverage::load::Ask {
            item: line.catalog_item_id.uuid(),
            custodian: custodian.id,
            limit: line.quantity,
        })
        .collect();
    let found = store::coverage::load::free_units(tx, ctx.org(), event.id, None, event.day, &asks)?;
    let wanted: i64 = goods.iter().map(|line| line.quantity).sum();
    if (found.len() as i64) < wanted {
        let message = format!(
            "{} of {wanted} are there. Send what there is by a transfer and say so, or cancel this.",
            found.len()
        );
        return Err(Error::conflict("not_enough_stock", message));
    }
    let loose: Vec<UnitId> = found.iter().map(|unit| Id::from_uuid(unit.id)).collect();
    let mut entry = ctx.entry("container_changed").subject(row.event_id);
    for unit in found.iter().filter(|unit| unit.container.is_some()) {
        store::stock::set_container(tx, ctx.org(), unit.id, None)?;
        entry.about(unit.id);
        entry.change(unit.id, "container_id", unit.container.map(|id| UnitId::from_uuid(id).to_string()), None);
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    let transfer = CreateTransfer {
        from: Some(custodian.into()),
        to: Custodian::user(Id::from_uuid(row.for_user_id)).into(),
        unit_ids: loose,
        note: format!("Cover of {}", crate::events::number(event.number)),
        due_back_on: None,
        place_id: None,
        event_id: None,
        only_for_this_person: true,
    };
    crate::transfers::create(ctx, tx, &transfer)?;
    Ok(())
}

/// What arrived from outside is made in the custody of whoever it is for.
fn arrive(ctx: &Ctx, tx: &mut Tx, row: &TaskRow, body: &CompleteTask) -> Result<()> {
    if body.arrived.len() > limits::BULK_AT_ONCE {
        return Err(Error::field("arrived", "too_many", "Make so many units by an import."));
    }
    for (at, it) in body.arrived.iter().enumerate() {
        let units = CreateUnits {
            catalog_item_id: Some(it.catalog_item_id),
            quantity: it.quantity,
            lot: it.lot.clone(),
            serial: it.serial.clone(),
            expires_on: it.expires_on,
            custodian: Some(Custodian::user(Id::from_uuid(row.for_user_id)).into()),
            ..CreateUnits::default()
        };
        crate::units::create(ctx, tx, units).map_err(|error| placed(error, at))?;
    }
    Ok(())
}

/// A field of one line, told as such.
fn placed(error: Error, at: usize) -> Error {
    let here = |field: String| format!("arrived[{at}].{field}");
    match error {
        Error::NotFound(Some(field)) => Error::NotFound(Some(here(field))),
        Error::Invalid { code, message, mut errors } => {
            for problem in &mut errors {
                problem.field = here(std::mem::take(&mut problem.field));
            }
            Error::Invalid { code, message, errors }
        }
        other => other,
    }
}

/// A transfer was decided about: what waited for it is done, or will not be.
pub(crate) fn transfer_closed(ctx: &Ctx, tx: &mut Tx, transfer: &TransferRow) -> Result<()> {
    if transfer.status == TransferStatus::Pending.as_str() {
        return Ok(());
    }
    let state = if transfer.status == TransferStatus::Accepted.as_str() { "done" } else { "cancelled" };
    for task in store::coverage::keep::tasks_of_transfer(tx, ctx.org(), transfer.id)? {
        if task.kind == Kind::Accept.as_str() && task.state == "open" {
            decide(ctx, tx, &task, state, "")?;
        }
    }
    Ok(())
}

/// A change of hands was taken back: nothing of it has to be done any more.
pub(crate) fn cancel_of_case(ctx: &Ctx, tx: &mut Tx, event: Uuid, coverage: Uuid) -> Result<()> {
    for task in store::coverage::keep::tasks_of_case(tx, ctx.org(), event, coverage)? {
        if task.state == "open" {
            let by = ctx.actor.id.uuid();
            store::coverage::keep::decide_task(tx, ctx.org(), task.id, "cancelled", "", by, ctx.now.0)?;
        }
    }
    Ok(())
}

/// Cover was found: nobody has to look for it any more.
pub(crate) fn close_wanted(ctx: &Ctx, tx: &mut Tx, event: Uuid) -> Result<()> {
    for task in store::coverage::keep::tasks_of_event(tx, ctx.org(), event)? {
        if task.state == "open" && task.kind == Kind::CoverWanted.as_str() {
            let by = ctx.actor.id.uuid();
            store::coverage::keep::decide_task(tx, ctx.org(), task.id, "done", "", by, ctx.now.0)?;
        }
    }
    Ok(())
}

/// Asks for cover: whoever may find it is told, and it stands among their tasks.
pub fn request(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &RequestCover) -> Result<Task> {
    let row = managed(ctx, tx, id)?;
    lifecycle::edit(&crate::events::bare_facts(&row)?)?;
    let reason = crate::events::plan::typed("reason", domain::text::clean_note(&body.reason, limits::REASON_MAX))?;
    let open = store::coverage::keep::tasks_of_event(tx, ctx.org(), row.id)?;
    if open.iter().any(|task| task.state == "open" && task.kind == Kind::CoverWanted.as_str()) {
        let message = "Cover was asked for already. Whoever can find it knows.";
        return Err(Error::conflict("cover_already_requested", message));
    }
    let at = Instant(row.starts_at).local(&row.time_zone);
    let name = store::people::name(tx, ctx.org(), row.representative_id)?.unwrap_or_default();
    let why = if reason.is_empty() { String::new() } else { format!(" {reason}") };
    let sentence = format!("{name} cannot cover {} on {at}: find somebody.{why}", row.name);
    let errand = Errand {
        kind: Kind::CoverWanted,
        assignee: None,
        transfer: None,
        maker: None,
        goods: Vec::new(),
        due_at: Instant(row.starts_at),
        sentence,
    };
    let task = make(ctx, tx, &row, None, row.representative_id, errand)?;
    let mut entry = ctx.entry("cover_requested").reason(&reason).subject(row.id).subject(row.representative_id);
    entry.change(row.id, "cover_wanted", None, Some("true".into()));
    entry.append(ctx, tx)?;
    for whom in store::coverage::people::superiors(tx, ctx.org(), row.representative_id)? {
        notify(ctx, tx, whom, "cover_requested", row.id, &task.sentence)?;
    }
    view(ctx, tx, task)
}

/// Whether the viewer could ask for cover: for buttons.
pub fn may_request(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<bool> {
    if ctx.may(Permission::CoverEvents) || ctx.actor.role == Role::RegionalManager {
        return Ok(false);
    }
    match managed(ctx, tx, id) {
        Ok(row) => Ok(lifecycle::edit(&crate::events::bare_facts(&row)?).is_ok()),
        Err(Error::Forbidden { .. } | Error::NotFound(_) | Error::Stale(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
