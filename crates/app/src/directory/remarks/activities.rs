//! Activities: what somebody did with or for a customer. A contact settles the day on which somebody was to call.

use super::{
    Names, blank, body, entry, far_day, locked, of_customer, page, readable, require_author, set_next_contact, writable,
};
use crate::list;
use crate::{Ctx, Error, Result};
use contract::remarks::{CreateActivity, CustomerActivity, PatchActivity};
use contract::{Done, ListParams, Page};
use domain::clock::Instant;
use domain::id::{self, ActivityId, CustomerId};
use domain::remark::{self, RemarkKind};
use store::Tx;
use store::directory::remarks::{self as rows, RemarkRow};

/// What was done with a customer, latest first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: CustomerId, params: &ListParams) -> Result<Page<CustomerActivity>> {
    readable(ctx, tx, id.uuid())?;
    list::only(params, &["location_id"])?;
    let wanted = of_customer(id, &[RemarkKind::Activity], params)?;
    page(ctx, tx, "customer_activities", &wanted, params, Names::activity)
}

fn shown(ctx: &Ctx, tx: &mut Tx, row: RemarkRow) -> Result<CustomerActivity> {
    Ok(Names::of(ctx, tx, std::slice::from_ref(&row))?.activity(ctx, row))
}

/// When it was: never later than now, because what is still to come is a task.
fn moment(ctx: &Ctx, at: Instant) -> Result<i64> {
    if at > ctx.now {
        let message = "This is still to come. Make a task of it, or give the time at which it was done.";
        return Err(Error::field("at", "in_the_future", message));
    }
    Ok(at.0)
}

/// One activity.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: ActivityId) -> Result<CustomerActivity> {
    let row = super::one(ctx, tx, id.uuid(), RemarkKind::Activity)?;
    shown(ctx, tx, row)
}

/// Writes an activity down.
pub fn create(ctx: &Ctx, tx: &mut Tx, customer: CustomerId, new: &CreateActivity) -> Result<CustomerActivity> {
    let customer = writable(ctx, tx, customer, new.location_id)?;
    let id = ctx.id::<id::Activity>().uuid();
    let mut row = blank(ctx, id, RemarkKind::Activity, customer.id, new.location_id);
    row.activity = new.r#type.as_str().to_owned();
    row.body = body("text", &new.text)?;
    if let Some(at) = new.at {
        row.at = moment(ctx, at)?;
    }
    rows::insert(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "activity_logged", &row);
    draft.change(row.id, new.r#type.as_str(), None, Some(row.body.clone()));
    if new.r#type.is_contact() || new.next_contact_on.is_some() {
        let on = Instant(row.at).day_in(&ctx.organization.time_zone);
        let planned = far_day(customer.next_contact_on);
        // A task that is still open keeps its day.
        let earliest = rows::earliest_due(tx, ctx.org(), customer.id)?.and_then(far_day);
        let next = remark::next_contact(remark::next_contact_after(planned, on, new.next_contact_on), None, earliest);
        set_next_contact(ctx, tx, &mut draft, &customer, next)?;
    }
    draft.append(ctx, tx)?;
    shown(ctx, tx, row)
}

/// Corrects an activity: its author may, and whoever keeps the directory.
pub fn patch(ctx: &Ctx, tx: &mut Tx, id: ActivityId, patch: &PatchActivity) -> Result<CustomerActivity> {
    let (_, before) = locked(ctx, tx, id.uuid(), RemarkKind::Activity)?;
    require_author(ctx, &before, "activity")?;
    ctx.check_version(before.version, || shown(ctx, tx, before.clone()))?;
    let mut row = before.clone();
    if let Some(kind) = patch.r#type {
        row.activity = kind.as_str().to_owned();
    }
    if let Some(text) = &patch.text {
        row.body = body("text", text)?;
    }
    if let Some(at) = patch.at {
        row.at = moment(ctx, at)?;
    }
    let mut draft = entry(ctx, "activity_changed", &row);
    let at = |row: &RemarkRow| Some(Instant(row.at).rfc3339());
    draft.change(row.id, "type", Some(before.activity.clone()), Some(row.activity.clone()));
    draft.change(row.id, "text", Some(before.body.clone()), Some(row.body.clone()));
    draft.change(row.id, "at", at(&before), at(&row));
    if draft.is_empty() {
        return shown(ctx, tx, before);
    }
    row.edited_at = Some(ctx.now.0);
    rows::save(tx, ctx.org(), &row)?;
    draft.append(ctx, tx)?;
    row.version += 1;
    shown(ctx, tx, row)
}

/// Takes an activity back that was written down by mistake. What it said stays in the history.
pub fn delete(ctx: &Ctx, tx: &mut Tx, id: ActivityId) -> Result<Done> {
    let (_, row) = locked(ctx, tx, id.uuid(), RemarkKind::Activity)?;
    require_author(ctx, &row, "activity")?;
    ctx.check_version(row.version, || shown(ctx, tx, row.clone()))?;
    rows::delete(tx, ctx.org(), &row)?;
    let mut draft = entry(ctx, "activity_removed", &row);
    draft.change(row.id, &row.activity, Some(row.body.clone()), None);
    draft.append(ctx, tx)?;
    Ok(Done { done: true })
}
