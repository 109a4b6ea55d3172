//! A task for each selected customer: one of the things that a bulk change may do, and that undoing takes back.

use super::Left;
use super::ask::{Set, Tri};
use crate::directory::clean_name;
use crate::units::notify;
use crate::{Ctx, Error, Result};
use domain::bulk::RowOutcome;
use domain::clock::Day;
use domain::id::{CustomerTaskId, UserId};
use domain::people::Role;
use domain::remark::{RemarkKind, TaskSource, TaskState};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;
use store::directory::CustomerRow;
use store::directory::customers::{self as customer_rows, NO_DAY};
use store::directory::remarks::{self, RemarkRow};
use store::reach::Viewer;
use uuid::Uuid;

/// The task that each customer gets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTask {
    /// What, in a line.
    pub title: String,
    #[serde(default)]
    due_on: Option<Day>,
    /// Who; absent for whoever cares for the customer, or else the actor.
    #[serde(default)]
    assignee_id: Option<UserId>,
}

/// Reads it.
pub(super) fn read(ctx: &Ctx, tx: &mut Tx, set: &Set<'_>) -> Result<Option<NewTask>> {
    let asked = match set.value::<NewTask>(&["task"], "a task with its title, and due_on and assignee_id if wanted")? {
        Tri::Leave => return Ok(None),
        Tri::Clear => return Err(Error::field("set.task.op", "invalid_value", "Here op is set.")),
        Tri::Set(asked) => asked,
    };
    let title = clean_name("set.task.title", &asked.title, domain::limits::NAME_MAX)?;
    if let Some(id) = asked.assignee_id {
        let path = "set.task.assignee_id";
        let person = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown(path))?;
        if !person.active || Role::parse(&person.role).is_none_or(|role| role == Role::FacilityManager) {
            let message = format!("{} cannot have tasks for customers now. Choose somebody else.", person.name);
            return Err(Error::field(path, "cannot_have_tasks", message));
        }
    }
    Ok(Some(NewTask { title, ..asked }))
}

/// Which of these customers whoever is named for the task does not see; none when nobody is named.
pub(super) fn unseen(ctx: &Ctx, tx: &mut Tx, task: Option<&NewTask>, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let Some(id) = task.and_then(|task| task.assignee_id) else { return Ok(HashSet::new()) };
    let person = store::people::user(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let office = Role::parse(&person.role).is_some_and(Role::is_office);
    let principal = person.delegate_of.unwrap_or(person.id);
    if office {
        return Ok(HashSet::new());
    }
    let viewer = Viewer { organization: ctx.org(), principal, office };
    let seen: HashSet<Uuid> = customer_rows::reached(tx, viewer, ids)?.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !seen.contains(id)).collect())
}

/// Why a customer cannot have a task of somebody who does not see it.
pub(super) fn left() -> Left {
    let message = "Whoever is to do it does not see this customer. Leave the name out, so that its own rep has it.";
    Left::new(RowOutcome::Invalid, "assignee_out_of_reach", message)
}

/// Makes the task of each of these locked customers. Gives their ids by customer; whoever has new ones is told once.
pub(super) fn make(
    ctx: &Ctx,
    tx: &mut Tx,
    task: &NewTask,
    customers: &[(CustomerRow, CustomerRow)],
) -> Result<HashMap<Uuid, String>> {
    let mut made = HashMap::with_capacity(customers.len());
    let mut rows = Vec::with_capacity(customers.len());
    let mut told: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (_, customer) in customers {
        let whom = match task.assignee_id {
            Some(id) => id.uuid(),
            None => carer(ctx, tx, customer)?,
        };
        let row = row(ctx, task, customer.id, whom);
        *told.entry(whom).or_default() += 1;
        made.insert(customer.id, CustomerTaskId::from_uuid(row.id).to_string());
        rows.push(row);
    }
    remarks::insert_many(tx, ctx.org(), &rows)?;
    if let Some(due) = task.due_on {
        for (_, customer) in customers.iter().filter(|(_, it)| it.next_contact_on > i64::from(due.0)) {
            remarks::set_next_contact(tx, ctx.org(), customer.id, i64::from(due.0))?;
        }
    }
    for (whom, n) in told {
        let what = if n == 1 { "a task".to_owned() } else { format!("{n} tasks") };
        let sentence = format!("{} gave you {what}: {}.", ctx.actor.name, task.title);
        notify(ctx, tx, whom, "customer_tasks", ctx.org(), &sentence)?;
    }
    Ok(made)
}

/// Who cares for a customer and sees it; else whoever makes the task.
fn carer(ctx: &Ctx, tx: &mut Tx, customer: &CustomerRow) -> Result<Uuid> {
    let me = ctx.principal().uuid();
    let Some(rep) = customer.default_sales_rep_id else { return Ok(me) };
    let known = store::directory::rep(tx, ctx.org(), rep)?.is_some_and(|rep| rep.active);
    let viewer = Viewer { organization: ctx.org(), principal: rep, office: false };
    let sees = known && store::directory::sees_customer(tx, viewer, customer.id)?;
    Ok(if sees { rep } else { me })
}

fn row(ctx: &Ctx, task: &NewTask, customer: Uuid, whom: Uuid) -> RemarkRow {
    RemarkRow {
        id: ctx.id::<domain::id::CustomerTask>().uuid(),
        kind: RemarkKind::Task.as_str().to_owned(),
        customer_id: customer,
        location_id: None,
        at: ctx.now.0,
        author_id: ctx.actor.id.uuid(),
        body: String::new(),
        pinned: 0,
        activity: String::new(),
        title: task.title.clone(),
        due_on: task.due_on.map_or(NO_DAY, |day| i64::from(day.0)),
        assignee_id: Some(whom),
        state: TaskState::Open.as_str().to_owned(),
        source: TaskSource::Manual.as_str().to_owned(),
        created_at: ctx.now.0,
        edited_at: None,
        closed_at: None,
        closed_by: None,
        version: 1,
    }
}

fn of(tx: &mut Tx, ctx: &Ctx, id: Option<&str>) -> Result<Option<RemarkRow>> {
    let Some(id) = id.and_then(|id| id.parse::<CustomerTaskId>().ok()) else { return Ok(None) };
    Ok(remarks::lock(tx, ctx.org(), id.uuid())?)
}

/// Whether a task that a bulk change made is still as it was made.
pub(super) fn untouched(ctx: &Ctx, tx: &mut Tx, id: Option<&str>) -> Result<bool> {
    Ok(of(tx, ctx, id)?.is_some_and(|row| row.version == 1 && row.state == TaskState::Open.as_str()))
}

/// Takes such a task back, and the day of the next contact that came with it.
pub(super) fn take_back(ctx: &Ctx, tx: &mut Tx, customer: &CustomerRow, id: Option<&str>) -> Result<()> {
    let Some(row) = of(tx, ctx, id)? else { return Ok(()) };
    remarks::delete(tx, ctx.org(), &row)?;
    if row.due_on < NO_DAY && row.due_on == customer.next_contact_on {
        let next = remarks::earliest_due(tx, ctx.org(), customer.id)?.unwrap_or(NO_DAY);
        remarks::set_next_contact(tx, ctx.org(), customer.id, next)?;
    }
    Ok(())
}

/// Names of tasks, for the rows of a job.
pub(super) fn titles(ctx: &Ctx, tx: &mut Tx, ids: &[CustomerTaskId]) -> Result<HashMap<String, String>> {
    let mut all = HashMap::new();
    for id in ids {
        if let Some(row) = remarks::one(tx, ctx.org(), id.uuid())? {
            all.insert(id.to_string(), row.title);
        }
    }
    Ok(all)
}
