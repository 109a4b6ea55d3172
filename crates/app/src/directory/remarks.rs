//! Notes, tasks and activities of customers and their locations, on one line of time.
//!
//! They are the sellers' own: people of the hospital never see them. What is about a location is seen by those who reach
//! the location, what is about the whole customer by everybody who reaches the customer.

pub mod activities;
pub mod notes;
pub mod tasks;

use super::clean_name;
use crate::journal::Draft;
use crate::list::{self, Paging};
use crate::{Ctx, Error, Result};
use contract::remarks::{CustomerActivity, CustomerNote, CustomerTask, TimelineEntry};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{self, CustomerId, Id, LocationId};
use domain::limits;
use domain::people::{Permission, Role};
use domain::remark::{self, ActivityType, RemarkKind, TaskSource, TaskState};
use std::collections::HashMap;
use store::directory::CustomerRow;
use store::directory::customers::NO_DAY;
use store::directory::remarks::{self as rows, RemarkRow, Wanted};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

/// People of the hospital do not read what the sellers write about it.
fn require_reader(ctx: &Ctx) -> Result<()> {
    if ctx.actor.role == Role::FacilityManager {
        let message = "Notes, tasks and activities are for the people who sell to this customer.";
        return Err(Error::forbidden("not_allowed", message));
    }
    Ok(())
}

/// 404 unless the customer is in reach, then 403 unless the caller may read what is written about it.
fn readable(ctx: &Ctx, tx: &mut Tx, customer: Uuid) -> Result<()> {
    if !store::directory::sees_customer(tx, ctx.viewer(), customer)? {
        return Err(Error::not_found());
    }
    require_reader(ctx)
}

/// The customer, locked and in reach, of somebody who may write about it; and the location, if it is one of its own in reach.
fn writable(ctx: &Ctx, tx: &mut Tx, customer: CustomerId, location: Option<LocationId>) -> Result<CustomerRow> {
    let row = store::directory::lock_customer(tx, ctx.org(), customer.uuid())?.ok_or_else(Error::not_found)?;
    if !store::directory::sees_customer(tx, ctx.viewer(), row.id)? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::WorkCustomers)?;
    if let Some(location) = location {
        let known = store::directory::location_row(tx, ctx.org(), location.uuid())?;
        let own = known.is_some_and(|known| known.customer_id == row.id);
        if !own || !store::directory::sees_location(tx, ctx.viewer(), location.uuid())? {
            return Err(Error::unknown("location_id"));
        }
    }
    Ok(row)
}

/// One remark of a kind, locked after its customer, in reach of somebody who may write about it.
fn locked(ctx: &Ctx, tx: &mut Tx, id: Uuid, kind: RemarkKind) -> Result<(CustomerRow, RemarkRow)> {
    let of_kind = |row: &RemarkRow| row.kind == kind.as_str();
    let known = rows::one(tx, ctx.org(), id)?.filter(of_kind).ok_or_else(Error::not_found)?;
    let customer = store::directory::lock_customer(tx, ctx.org(), known.customer_id)?.ok_or_else(Error::not_found)?;
    let row = rows::lock(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
    if !rows::sees(tx, ctx.viewer(), &row)? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::WorkCustomers)?;
    Ok((customer, row))
}

/// One remark of a kind, in reach of somebody who may read it.
fn one(ctx: &Ctx, tx: &mut Tx, id: Uuid, kind: RemarkKind) -> Result<RemarkRow> {
    let row = rows::one(tx, ctx.org(), id)?.filter(|row| row.kind == kind.as_str()).ok_or_else(Error::not_found)?;
    if !rows::sees(tx, ctx.viewer(), &row)? {
        return Err(Error::not_found());
    }
    require_reader(ctx)?;
    Ok(row)
}

/// Whether the caller may change what somebody wrote: their own words, or with the right to keep the directory.
fn may_change(ctx: &Ctx, row: &RemarkRow) -> bool {
    let own = row.author_id == ctx.actor.id.uuid() || row.author_id == ctx.principal().uuid();
    ctx.may(Permission::WorkCustomers) && (own || ctx.may(Permission::ManageDirectory))
}

fn require_author(ctx: &Ctx, row: &RemarkRow, what: &str) -> Result<()> {
    if may_change(ctx, row) {
        return Ok(());
    }
    let message = format!("This {what} is somebody else's. Its author can change it, or whoever keeps the directory.");
    Err(Error::forbidden("not_the_author", message))
}

/// A remark in the making.
fn blank(ctx: &Ctx, id: Uuid, kind: RemarkKind, customer: Uuid, location: Option<LocationId>) -> RemarkRow {
    RemarkRow {
        id,
        kind: kind.as_str().to_owned(),
        customer_id: customer,
        location_id: location.map(Id::uuid),
        at: ctx.now.0,
        author_id: ctx.actor.id.uuid(),
        body: String::new(),
        pinned: 0,
        activity: String::new(),
        title: String::new(),
        due_on: NO_DAY,
        assignee_id: None,
        state: String::new(),
        source: String::new(),
        created_at: ctx.now.0,
        edited_at: None,
        closed_at: None,
        closed_by: None,
        version: 1,
    }
}

/// Begins the entry of a remark: it shows in the history of the location, or else of the customer, so that nobody reads there
/// what the line of time would not show.
fn entry(ctx: &Ctx, kind: &'static str, row: &RemarkRow) -> Draft {
    ctx.entry(kind).subject(row.location_id.unwrap_or(row.customer_id)).subject(row.id)
}

/// Leaves out of a history what its reader would not be shown on the line of time.
pub(super) fn hide_from_history(ctx: &Ctx, entries: &mut Vec<contract::HistoryEntry>) {
    if require_reader(ctx).is_err() {
        entries.retain(|entry| !["note_", "task_", "activity_"].iter().any(|kind| entry.kind.starts_with(kind)));
    }
}

fn far_day(stored: i64) -> Option<Day> {
    (stored < NO_DAY).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

/// Open tasks of a locked customer changed: the day of the next contact follows. `gone` is the due day of a task that no
/// longer waits for that day.
fn follow_tasks(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, customer: &CustomerRow, gone: Option<Day>) -> Result<()> {
    let earliest = rows::earliest_due(tx, ctx.org(), customer.id)?.and_then(far_day);
    let next = remark::next_contact(far_day(customer.next_contact_on), gone, earliest);
    set_next_contact(ctx, tx, draft, customer, next)
}

fn set_next_contact(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    customer: &CustomerRow,
    next: Option<Day>,
) -> Result<()> {
    let before = far_day(customer.next_contact_on);
    if next != before {
        let day = next.map_or(NO_DAY, |day| i64::from(day.0));
        store::directory::remarks::set_next_contact(tx, ctx.org(), customer.id, day)?;
        draft.change(customer.id, "next_contact_on", before.map(|it| it.to_string()), next.map(|it| it.to_string()));
    }
    Ok(())
}

/// Names that remarks are shown with.
struct Names {
    people: HashMap<Uuid, String>,
    customers: HashMap<Uuid, String>,
    locations: HashMap<Uuid, String>,
}

impl Names {
    fn of(ctx: &Ctx, tx: &mut Tx, all: &[RemarkRow]) -> Result<Self> {
        let people: Vec<Uuid> = all
            .iter()
            .flat_map(|row| [Some(row.author_id), row.assignee_id, row.closed_by].into_iter().flatten())
            .collect();
        let customers: Vec<Uuid> = all.iter().map(|row| row.customer_id).collect();
        let locations: Vec<Uuid> = all.iter().filter_map(|row| row.location_id).collect();
        Ok(Self {
            people: store::directory::names_of_people(tx, ctx.org(), &people)?,
            customers: store::directory::names_of_customers(tx, ctx.org(), &customers)?,
            locations: store::directory::names_of_locations(tx, ctx.org(), &locations)?,
        })
    }

    fn person(&self, id: Uuid) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }

    fn location(&self, row: &RemarkRow) -> Option<String> {
        row.location_id.and_then(|id| self.locations.get(&id).cloned())
    }

    fn note(&self, ctx: &Ctx, row: RemarkRow) -> CustomerNote {
        CustomerNote {
            id: Id::from_uuid(row.id),
            customer_id: Id::from_uuid(row.customer_id),
            location_id: row.location_id.map(Id::from_uuid),
            location_name: self.location(&row),
            pinned: row.pinned == 1,
            author_id: Id::from_uuid(row.author_id),
            author_name: self.person(row.author_id),
            created_at: Instant(row.created_at),
            edited_at: row.edited_at.map(Instant),
            yours: may_change(ctx, &row),
            version: row.version,
            body: row.body,
        }
    }

    fn task(&self, ctx: &Ctx, row: RemarkRow) -> CustomerTask {
        let state = TaskState::parse(&row.state).unwrap_or(TaskState::Open);
        let due_on = far_day(row.due_on);
        CustomerTask {
            id: Id::from_uuid(row.id),
            customer_id: Id::from_uuid(row.customer_id),
            customer_name: self.customers.get(&row.customer_id).cloned().unwrap_or_default(),
            location_id: row.location_id.map(Id::from_uuid),
            location_name: self.location(&row),
            overdue: state == TaskState::Open && due_on.is_some_and(|day| day < ctx.today()),
            due_on,
            assignee_id: row.assignee_id.map(Id::from_uuid),
            assignee_name: row.assignee_id.map(|id| self.person(id)),
            state,
            source: TaskSource::parse(&row.source).unwrap_or(TaskSource::Manual),
            author_id: Id::from_uuid(row.author_id),
            author_name: self.person(row.author_id),
            created_at: Instant(row.created_at),
            closed_at: row.closed_at.map(Instant),
            closed_by_name: row.closed_by.map(|id| self.person(id)),
            version: row.version,
            title: row.title,
            note: row.body,
        }
    }

    fn activity(&self, ctx: &Ctx, row: RemarkRow) -> CustomerActivity {
        CustomerActivity {
            id: Id::from_uuid(row.id),
            customer_id: Id::from_uuid(row.customer_id),
            location_id: row.location_id.map(Id::from_uuid),
            location_name: self.location(&row),
            r#type: ActivityType::parse(&row.activity).unwrap_or(ActivityType::Other),
            at: Instant(row.at),
            by_id: Id::from_uuid(row.author_id),
            by_name: self.person(row.author_id),
            created_at: Instant(row.created_at),
            edited_at: row.edited_at.map(Instant),
            yours: may_change(ctx, &row),
            version: row.version,
            text: row.body,
        }
    }

    fn entry(&self, ctx: &Ctx, row: RemarkRow) -> TimelineEntry {
        let kind = RemarkKind::parse(&row.kind).unwrap_or(RemarkKind::Note);
        let mut it = TimelineEntry { kind, at: Instant(row.at), note: None, task: None, activity: None };
        match kind {
            RemarkKind::Note => it.note = Some(self.note(ctx, row)),
            RemarkKind::Task => it.task = Some(self.task(ctx, row)),
            RemarkKind::Activity => it.activity = Some(self.activity(ctx, row)),
        }
        it
    }
}

/// Latest first.
const BY_TIME: &[Sort] = &[Sort { column: "remark.at", descending: true }];

fn time_key(paging: &Paging, row: &RemarkRow) -> Vec<Value> {
    std::iter::repeat_n(Value::Int(row.at), paging.sorts.len()).chain([Value::Uuid(row.id)]).collect()
}

/// A page of one customer's remarks, latest first.
fn page<T>(
    ctx: &Ctx,
    tx: &mut Tx,
    list: &str,
    wanted: &Wanted,
    params: &ListParams,
    shown: fn(&Names, &Ctx, RemarkRow) -> T,
) -> Result<Page<T>> {
    let paging = list::paging(list, params, &[("at", "remark.at")], BY_TIME)?;
    let total = if params.count { Some(rows::count(tx, ctx.viewer(), wanted)?) } else { None };
    let (found, more) = rows::page(tx, ctx.viewer(), wanted, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let names = Names::of(ctx, tx, &found)?;
    let page = list::page(paging.bound, found, more, |row| time_key(&paging, row), |row| shown(&names, ctx, row));
    Ok(Page { total, ..page })
}

/// What is asked of the remarks of one customer: its locations may be named.
fn of_customer(customer: CustomerId, kinds: &[RemarkKind], params: &ListParams) -> Result<Wanted> {
    let locations = list::ids::<id::Location>(params, "location_id")?;
    Ok(Wanted {
        kinds: kinds.iter().map(|kind| kind.as_str()).collect(),
        customers: Some(vec![customer.uuid()]),
        locations: locations.map(|all| all.into_iter().map(Id::uuid).collect()),
        ..Wanted::default()
    })
}

fn kinds(params: &ListParams) -> Result<Vec<RemarkKind>> {
    Ok(list::words(params, "kind", RemarkKind::parse)?.unwrap_or_default())
}

/// Everything that was written about a customer, to be done for it and done with it, latest first.
pub fn timeline(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Page<TimelineEntry>> {
    readable(ctx, tx, id.uuid())?;
    list::only(params, &["kind", "location_id"])?;
    let wanted = of_customer(id, &kinds(params)?, params)?;
    page(ctx, tx, "timeline", &wanted, params, Names::entry)
}

/// The same of one location.
pub fn timeline_of_location(
    ctx: &Ctx,
    tx: &mut Tx,
    id: LocationId,
    params: &ListParams,
) -> Result<Page<TimelineEntry>> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    require_reader(ctx)?;
    list::only(params, &["kind"])?;
    let wanted = Wanted {
        kinds: kinds(params)?.iter().map(|kind| kind.as_str()).collect(),
        locations: Some(vec![id.uuid()]),
        ..Wanted::default()
    };
    page(ctx, tx, "location_timeline", &wanted, params, Names::entry)
}

fn title(text: &str) -> Result<String> {
    clean_name("title", text, limits::NAME_MAX)
}

fn body(field: &str, text: &str) -> Result<String> {
    super::Cleaner::note(field, text)
}

/// A text that must say something.
fn said(field: &str, text: &str) -> Result<String> {
    let text = body(field, text)?;
    if text.is_empty() {
        return Err(Error::field(field, "required", "Write something first."));
    }
    Ok(text)
}
