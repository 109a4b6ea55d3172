//! Plans of counts: who counts what how often. On its day the server asks for the next one; one that is still to be done is
//! not asked for twice.

use super::{ask, counter, custodian_of, printed, whose};
use crate::history::Names;
use crate::units::level;
use crate::{App, Ctx, Error, Result, list};
use contract::counts::{CountPlan, CreateCountPlan, PatchCountPlan};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::count::CountStatus;
use domain::id::{CountPlanId, Id, OrganizationId, UserId};
use domain::people::{Level, Permission};
use store::counts::{CountRow, PlanRow};
use store::{Tx, Value};

/// Plans that are looked after in one unit of work.
const AT_ONCE: i64 = 50;
/// The longest time between two counts, in days.
const EVERY_MAX: u32 = 730;
/// How long whoever is asked has, in days.
const DAYS_TO_COUNT: i32 = 7;

fn view(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &PlanRow) -> Result<CountPlan> {
    Ok(CountPlan {
        id: Id::from_uuid(row.id),
        custodian: custodian_of(&row.custodian_type, row.custodian_id).into(),
        custodian_name: names.of(ctx, tx, row.custodian_id)?,
        place_id: row.place_id.map(Id::from_uuid),
        counter_id: row.counter_id.map(Id::from_uuid),
        counter_name: row.counter_id.map(|id| names.of(ctx, tx, id)).transpose()?,
        blind: row.blind,
        every_days: row.every_days,
        next_on: Day(row.next_on as i32),
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    })
}

/// Plans in use in reach.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CountPlan>> {
    list::only(params, &[])?;
    let paging = list::paging("count_plans", params, &[], &[])?;
    let (rows, more) = store::counts::plans(tx, ctx.viewer(), paging.after.as_ref(), paging.limit)?;
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &[Value::Uuid(row.id)]));
    let (mut names, mut items) = (Names::default(), Vec::with_capacity(rows.len()));
    for row in rows {
        items.push(view(ctx, tx, &mut names, &row)?);
    }
    let total = params.count.then_some(items.len() as i64).filter(|_| next_cursor.is_none());
    Ok(Page { items, next_cursor, total })
}

/// One plan.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: CountPlanId) -> Result<CountPlan> {
    let row = store::counts::plan(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, custodian_of(&row.custodian_type, row.custodian_id))? < Level::See {
        return Err(Error::not_found());
    }
    view(ctx, tx, &mut Names::default(), &row)
}

fn every(days: u32) -> Result<i64> {
    if days == 0 || days > EVERY_MAX {
        return Err(Error::field("every_days", "invalid_value", format!("Give 1 to {EVERY_MAX} days.")));
    }
    Ok(i64::from(days))
}

/// Plans counts of somebody's stock.
pub fn create(ctx: &Ctx, tx: &mut Tx, body: &CreateCountPlan) -> Result<CountPlan> {
    ctx.require(Permission::ReconcileCounts)?;
    let custodian = whose(ctx, tx, body.custodian)?;
    if let Some(place) = body.place_id
        && !store::stock::place_exists(tx, ctx.org(), place.uuid())?
    {
        return Err(Error::unknown("place_id"));
    }
    let row = PlanRow {
        id: ctx.id::<domain::id::CountPlan>().uuid(),
        custodian_type: custodian.kind.as_str().to_owned(),
        custodian_id: custodian.id,
        place_id: body.place_id.map(Id::uuid),
        counter_id: counter(ctx, tx, body.counter_id)?,
        blind: body.blind,
        every_days: every(body.every_days)?,
        next_on: i64::from(body.next_on.unwrap_or_else(|| ctx.today()).0),
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        archived_at: None,
        version: 1,
    };
    store::counts::insert_plan(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("count_plan_created").subject(row.id);
    entry.change(row.id, "custodian", None, Some(printed(custodian)));
    entry.change(row.id, "counter_id", None, row.counter_id.map(|id| UserId::from_uuid(id).to_string()));
    entry.change(row.id, "every_days", None, Some(row.every_days.to_string()));
    entry.append(ctx, tx)?;
    view(ctx, tx, &mut Names::default(), &row)
}

/// Changes a plan, or puts it away.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: CountPlanId, body: &PatchCountPlan) -> Result<CountPlan> {
    let mut row = store::counts::lock_plan(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let reached = level(ctx, tx, custodian_of(&row.custodian_type, row.custodian_id))?;
    if reached < Level::See {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ReconcileCounts)?;
    let now = view(ctx, tx, &mut Names::default(), &row)?;
    ctx.check_version(row.version, || Ok(now))?;
    let mut entry = ctx.entry("count_plan_changed").subject(row.id);
    if let Some(blind) = body.blind {
        entry.change(row.id, "blind", Some(row.blind.to_string()), Some(blind.to_string()));
        row.blind = blind;
    }
    if let Some(days) = body.every_days {
        let days = every(days)?;
        entry.change(row.id, "every_days", Some(row.every_days.to_string()), Some(days.to_string()));
        row.every_days = days;
    }
    if let Some(day) = body.next_on {
        entry.change(row.id, "next_on", Some(Day(row.next_on as i32).to_string()), Some(day.to_string()));
        row.next_on = i64::from(day.0);
    }
    if let Some(archived) = body.archived {
        entry.change(row.id, "archived", Some(row.archived_at.is_some().to_string()), Some(archived.to_string()));
        row.archived_at = archived.then(|| row.archived_at.unwrap_or(ctx.now.0));
    }
    if !entry.is_empty() {
        store::counts::save_plan(tx, ctx.org(), &row)?;
        entry.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}

impl App {
    /// Asks for the counts whose day has come; gives how many.
    pub async fn plan_counts(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let due = self
            .db()
            .read(move |tx| -> store::Result<bool> {
                let Some(row) = store::people::organization(tx, id)? else { return Ok(false) };
                let today = i64::from(now.day_in(&row.time_zone).0);
                Ok(!store::counts::plans_due(tx, id, today, 1)?.is_empty())
            })
            .await?;
        if !due {
            return Ok(0);
        }
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        self.write(&ctx, |ctx, tx| {
            let mut asked = 0;
            for plan in store::counts::plans_due(tx, ctx.org(), i64::from(ctx.today().0), AT_ONCE)? {
                asked += usize::from(one(ctx, tx, plan)?);
            }
            Ok(asked)
        })
        .await
    }
}

/// Asks for the next count of a plan; false when the last one is still to be done.
fn one(ctx: &Ctx, tx: &mut Tx, plan: PlanRow) -> Result<bool> {
    // Another server may be at it: whoever holds the row decides.
    let plan = store::counts::lock_plan(tx, ctx.org(), plan.id)?;
    let today = ctx.today();
    let Some(mut plan) = plan.filter(|it| it.archived_at.is_none() && it.next_on <= i64::from(today.0)) else {
        return Ok(false);
    };
    // Days that went by while no server ran are not made up for.
    plan.next_on = i64::from(today.0) + plan.every_days;
    store::counts::save_plan(tx, ctx.org(), &plan)?;
    if store::counts::is_open(tx, ctx.org(), &plan)? {
        return Ok(false);
    }
    let row = CountRow {
        id: ctx.id::<domain::id::Count>().uuid(),
        custodian_type: plan.custodian_type,
        custodian_id: plan.custodian_id,
        place_id: plan.place_id,
        container_id: None,
        counter_id: plan.counter_id,
        blind: plan.blind,
        status: CountStatus::Assigned.as_str().to_owned(),
        note: String::new(),
        due_on: Some(i64::from(today.plus(DAYS_TO_COUNT).0)),
        plan_id: Some(plan.id),
        created_by: plan.created_by,
        created_at: ctx.now.0,
        started_at: None,
        completed_by: None,
        completed_at: None,
        reconciled_by: None,
        reconciled_at: None,
        undone: false,
        expected: 0,
        found: 0,
        missing: 0,
        moved: 0,
        unexpected: 0,
        version: 1,
    };
    store::counts::insert(tx, ctx.org(), &row)?;
    super::entry(ctx, "count_created", &row, "").append_changed(ctx, tx, &row)?;
    ask(ctx, tx, &row)?;
    Ok(true)
}
