//! Loans: what has to come back, asking to keep it longer and the answer with its history, reminders, and how it was used since
//! somebody has it.

use crate::history::Names;
use crate::units::{level, notify, view as unit_view};
use crate::{App, Ctx, Error, Result, labels, list};
use contract::loans::{AskExtension, Booking, DecideExtension, Extension, Loan, Utilization};
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::id::{ExtensionId, Id, OrganizationId, UnitId};
use domain::loan::{ExtensionStatus, REMIND_BEFORE, days_late, may_extend, reminder};
use domain::people::{Level, Permission};
use domain::stock::UnitKind;
use std::collections::BTreeMap;
use store::loans::ExtensionRow;
use store::page::{Query, Sort};
use store::reach::Side;
use store::stock::{UNIT_COLUMNS, UnitRow};
use store::{Tx, Value};
use uuid::Uuid;

/// Units that one unit of work reminds of.
const REMINDED_AT_ONCE: i64 = 200;
const DAY: i64 = 86_400_000_000;

fn status(row: &ExtensionRow) -> ExtensionStatus {
    ExtensionStatus::parse(&row.status).unwrap_or(ExtensionStatus::Withdrawn)
}

fn view(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: &ExtensionRow) -> Result<Extension> {
    Ok(Extension {
        id: Id::from_uuid(row.id),
        unit_id: Id::from_uuid(row.unit_id),
        old_due_on: Day(row.old_due_on as i32),
        new_due_on: Day(row.new_due_on as i32),
        reason: row.reason.clone(),
        status: status(row),
        requested_by: Id::from_uuid(row.requested_by),
        requested_by_name: names.of(ctx, tx, row.requested_by)?,
        requested_at: Instant(row.requested_at),
        decided_by: row.decided_by.map(Id::from_uuid),
        decided_by_name: row.decided_by.map(|id| names.of(ctx, tx, id)).transpose()?,
        decided_at: row.decided_at.map(Instant),
        answer: row.answer.clone(),
        version: row.version,
    })
}

fn due(row: &UnitRow) -> Option<Day> {
    row.due_back_on.map(|day| Day(day as i32))
}

const SOONEST: &[Sort] = &[Sort { column: "unit.due_back_on", descending: false }];

/// What has to come back within reach, the soonest first. `overdue=true` for what is late, `asked=true` for what somebody asks to
/// keep longer.
pub fn list(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Loan>> {
    list::only(params, &["overdue", "asked", "custodian_id"])?;
    let paging = list::paging("loans", params, &[("due_back_on", "unit.due_back_on")], SOONEST)?;
    let mut query = Query::new(format!("SELECT {UNIT_COLUMNS} FROM stock_unit unit"));
    query.and("unit.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("unit.due_back_on IS NOT NULL AND +unit.active = 1", []);
    query.and_some(store::reach::condition(ctx.viewer(), Side::Custody, Level::See, "unit.custodian_id"));
    if list::yes_no(params, "overdue")? == Some(true) {
        query.and("unit.due_back_on < ?", [Value::Int(i64::from(ctx.today().0))]);
    }
    if list::yes_no(params, "asked")? == Some(true) {
        query.and(
            "EXISTS (SELECT 1 FROM stock_extension extension WHERE extension.organization_id = unit.organization_id \
             AND extension.unit_id = unit.id AND extension.status = 'requested')",
            [],
        );
    }
    if let Some(ids) = crate::unit_lists::custodians(params, "custodian_id")? {
        query.any_of("unit.custodian_id", ids.into_iter().map(Value::Uuid).collect());
    }
    let (rows, more) = query.page::<UnitRow>(tx, &paging.sorts, "unit.id", paging.after.as_ref(), paging.limit)?;
    let key = |row: &UnitRow| {
        let sorts = paging.sorts.iter().map(|_| Value::Int(row.due_back_on.unwrap_or_default()));
        sorts.chain([Value::Uuid(row.id)]).collect::<Vec<_>>()
    };
    let next_cursor = rows.last().filter(|_| more).map(|row| list::cursor(paging.bound, &key(row)));
    let mut names = Names::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(loan(ctx, tx, &mut names, row)?);
    }
    let total = if params.count { Some(query.count(tx)?) } else { None };
    Ok(Page { items, next_cursor, total })
}

fn loan(ctx: &Ctx, tx: &mut Tx, names: &mut Names, row: UnitRow) -> Result<Loan> {
    let history = store::loans::extensions(tx, ctx.org(), row.id)?;
    let requested = history.iter().find(|it| status(it) == ExtensionStatus::Requested);
    let requested = requested.map(|it| view(ctx, tx, names, it)).transpose()?;
    let approved = |it: &&ExtensionRow| status(it) == ExtensionStatus::Approved && it.custodian_id == row.custodian_id;
    let acts = level(ctx, tx, row.facts().custodian)? >= Level::Act;
    Ok(Loan {
        custodian_name: names.of(ctx, tx, row.custodian_id)?,
        days_late: due(&row).map_or(0, |due| days_late(due, ctx.today())),
        extensions: history.iter().filter(approved).count() as i64,
        may_ask: acts && requested.is_none() && ctx.may(Permission::RequestInventory),
        may_decide: acts && requested.is_some() && ctx.may(Permission::FulfillRequests),
        requested,
        unit: crate::recalls::freeze::marked(ctx, tx, unit_view(row))?,
    })
}

fn lock(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<(UnitRow, Level)> {
    let row = store::stock::lock_unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let level = level(ctx, tx, row.facts().custodian)?;
    if level < Level::See { Err(Error::not_found()) } else { Ok((row, level)) }
}

/// Asks to keep something longer.
pub fn ask(ctx: &Ctx, tx: &mut Tx, id: UnitId, body: &AskExtension) -> Result<Extension> {
    let (unit, level) = lock(ctx, tx, id)?;
    if level < Level::Act {
        return Err(Error::forbidden("not_yours_to_edit", "Whoever answers for this unit asks to keep it longer."));
    }
    ctx.require(Permission::RequestInventory)?;
    if !unit.active {
        return Err(Error::conflict("unit_inactive", "This unit is no longer in stock."));
    }
    let old = may_extend(due(&unit), body.new_due_on, ctx.today()).map_err(|refusal| match refusal.code {
        "invalid_date" => Error::field("new_due_on", refusal.code, refusal.message),
        _ => refusal.into(),
    })?;
    let reason = labels::reason(&body.reason)?;
    let waits = store::loans::extensions(tx, ctx.org(), unit.id)?;
    if waits.iter().any(|it| status(it) == ExtensionStatus::Requested) {
        let message = "A request for this unit waits already. Take it back first, or wait for the answer.";
        return Err(Error::conflict("extension_waits", message));
    }
    let row = ExtensionRow {
        id: ctx.id::<domain::id::Extension>().uuid(),
        unit_id: unit.id,
        custodian_id: unit.custodian_id,
        old_due_on: i64::from(old.0),
        new_due_on: i64::from(body.new_due_on.0),
        reason: reason.clone(),
        status: ExtensionStatus::Requested.as_str().to_owned(),
        requested_by: ctx.actor.id.uuid(),
        requested_at: ctx.now.0,
        decided_by: None,
        decided_at: None,
        answer: String::new(),
        version: 1,
    };
    store::loans::insert(tx, ctx.org(), &row)?;
    let mut entry = ctx.entry("unit_extension_asked").reason(&reason).subject(unit.id);
    entry.change(unit.id, "extension", None, Some(format!("{old} to {}", body.new_due_on)));
    entry.append(ctx, tx)?;
    let sentence =
        format!("{} asks to keep {} until {}: {reason}", ctx.actor.name, said(ctx, tx, &unit)?, body.new_due_on);
    for person in store::stock::office(tx, ctx.org())? {
        notify(ctx, tx, person, "extension_asked", unit.id, &sentence)?;
    }
    view(ctx, tx, &mut Names::default(), &row)
}

/// What a unit is, in a few words.
fn said(ctx: &Ctx, tx: &mut Tx, unit: &UnitRow) -> Result<String> {
    let item = store::stock::item(tx, ctx.org(), unit.catalog_item_id)?;
    let mark = if unit.serial.is_empty() { &unit.lot } else { &unit.serial };
    let name = item.map(|item| if item.description.is_empty() { item.number } else { item.description });
    Ok(format!("{} {mark}", name.unwrap_or_default()).trim().to_owned())
}

fn known(ctx: &Ctx, tx: &mut Tx, id: ExtensionId) -> Result<(UnitRow, Level, ExtensionRow)> {
    let found = store::loans::extension(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let (unit, level) = lock(ctx, tx, Id::from_uuid(found.unit_id))?;
    let row = store::loans::lock_extension(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    Ok((unit, level, row))
}

fn must_wait(row: &ExtensionRow) -> Result<()> {
    match status(row) {
        ExtensionStatus::Requested => Ok(()),
        other => {
            let message = format!("This request is {} already.", other.label().to_lowercase());
            Err(Error::conflict("extension_decided", message))
        }
    }
}

/// Answers a request: with a yes the unit, and what lies in it with the same day, is due on the new one.
pub fn decide(ctx: &Ctx, tx: &mut Tx, id: ExtensionId, body: &DecideExtension) -> Result<Extension> {
    let (unit, _, mut row) = known(ctx, tx, id)?;
    ctx.require(Permission::FulfillRequests)?;
    let current = view(ctx, tx, &mut Names::default(), &row)?;
    ctx.check_version(row.version, || Ok(current))?;
    must_wait(&row)?;
    let answer = if body.approve {
        labels::line("answer", Some(&body.answer), domain::limits::REASON_MAX)?
    } else {
        labels::required("answer", &body.answer, domain::limits::REASON_MAX)?
    };
    let to = if body.approve { ExtensionStatus::Approved } else { ExtensionStatus::Denied };
    to.as_str().clone_into(&mut row.status);
    (row.decided_by, row.decided_at) = (Some(ctx.actor.id.uuid()), Some(ctx.now.0));
    row.answer.clone_from(&answer);
    store::loans::save(tx, ctx.org(), &mut row)?;
    let kind = if body.approve { "unit_extended" } else { "unit_extension_denied" };
    let mut entry = ctx.entry(kind).reason(&answer).subject(unit.id).subject(unit.custodian_id);
    entry.change(unit.id, "extension", Some(ExtensionStatus::Requested.as_str().to_owned()), Some(row.status.clone()));
    if body.approve {
        let mut all = vec![unit.clone()];
        if unit.facts().kind != UnitKind::Device {
            for inside in store::stock::contents(tx, ctx.org(), unit.id)? {
                let inside = store::stock::lock_unit(tx, ctx.org(), inside)?;
                all.extend(inside.filter(|it| it.due_back_on == unit.due_back_on));
            }
        }
        for mut it in all {
            let old = due(&it);
            it.due_back_on = Some(row.new_due_on);
            entry.change(it.id, "due_back_on", old.map(|day| day.to_string()), due(&it).map(|day| day.to_string()));
            let (lot, serial) = (it.lot_key.clone(), domain::text::identifier_key(&it.serial));
            store::stock::save_unit(tx, ctx.org(), &it, &lot, &serial)?;
            entry.about(it.id);
        }
    }
    entry.append(ctx, tx)?;
    let what = said(ctx, tx, &unit)?;
    let sentence = if body.approve {
        format!("You may keep {what} until {}.", Day(row.new_due_on as i32))
    } else {
        format!("{what} has to be back on {}: {answer}", Day(row.old_due_on as i32))
    };
    notify(ctx, tx, row.requested_by, "extension_decided", unit.id, &sentence)?;
    if row.custodian_id != row.requested_by {
        notify(ctx, tx, row.custodian_id, "extension_decided", unit.id, &sentence)?;
    }
    view(ctx, tx, &mut Names::default(), &row)
}

/// Takes a request back: whoever asked, or may act for whoever has the unit.
pub fn withdraw(ctx: &Ctx, tx: &mut Tx, id: ExtensionId) -> Result<Extension> {
    let (unit, level, mut row) = known(ctx, tx, id)?;
    if level < Level::Act && row.requested_by != ctx.actor.id.uuid() {
        return Err(Error::forbidden("not_yours_to_edit", "Whoever asked takes it back."));
    }
    ctx.require(Permission::RequestInventory)?;
    let current = view(ctx, tx, &mut Names::default(), &row)?;
    ctx.check_version(row.version, || Ok(current))?;
    must_wait(&row)?;
    ExtensionStatus::Withdrawn.as_str().clone_into(&mut row.status);
    (row.decided_by, row.decided_at) = (Some(ctx.actor.id.uuid()), Some(ctx.now.0));
    store::loans::save(tx, ctx.org(), &mut row)?;
    let mut entry = ctx.entry("unit_extension_withdrawn").subject(unit.id);
    entry.change(unit.id, "extension", Some(ExtensionStatus::Requested.as_str().to_owned()), Some(row.status.clone()));
    entry.append(ctx, tx)?;
    view(ctx, tx, &mut Names::default(), &row)
}

/// How a unit was used since its custodian has it, its extensions, and when it is booked.
pub fn utilization(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<Utilization> {
    let row = store::stock::unit(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if level(ctx, tx, row.facts().custodian)? < Level::See {
        return Err(Error::not_found());
    }
    let since = store::loans::since(tx, ctx.org(), row.id)?.unwrap_or(row.created_at);
    let mut names = Names::default();
    let history = store::loans::extensions(tx, ctx.org(), row.id)?;
    let counts = |it: &&ExtensionRow| status(it) == ExtensionStatus::Approved && it.requested_at >= since;
    let extensions = history.iter().filter(counts).count() as i64;
    let mut bookings = Vec::new();
    for it in store::loans::bookings(tx, ctx.org(), row.id, ctx.now.0 - 30 * DAY)? {
        // Of a colleague's event the time is told, so that nobody books it twice; not what it is.
        let seen =
            ctx.actor.role.is_office() || store::reach::of(tx, ctx.viewer(), it.representative)?.person >= Level::See;
        bookings.push(Booking {
            event_id: Id::from_uuid(it.event),
            name: seen.then_some(it.name),
            starts_at: Instant(it.starts_at),
            ends_at: Instant(it.ends_at),
            time_zone: it.time_zone,
            status: it.status,
        });
    }
    Ok(Utilization {
        since: Instant(since),
        days: (ctx.now.0 - since).max(0) / DAY,
        events: store::loans::used(tx, ctx.org(), row.id, since)?,
        due_back_on: due(&row),
        extensions,
        history: history.iter().map(|it| view(ctx, tx, &mut names, it)).collect::<Result<_>>()?,
        bookings,
    })
}

impl App {
    /// Reminds of what is due back soon or late, each time once; gives of how many units.
    pub async fn remind_loans(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let waits = self
            .db()
            .read(move |tx| -> store::Result<bool> {
                let Some(row) = store::people::organization(tx, id)? else { return Ok(false) };
                let today = now.day_in(&row.time_zone);
                Ok(!unreminded(tx, id, today)?.is_empty())
            })
            .await?;
        if !waits {
            return Ok(0);
        }
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        self.write(&ctx, remind).await
    }
}

/// Units of which nobody was reminded at their stage, some of them.
fn unreminded(tx: &mut Tx, org: Uuid, today: Day) -> store::Result<Vec<(UnitRow, i64)>> {
    let until = i64::from(today.0 + REMIND_BEFORE);
    let (mut found, mut after) = (Vec::new(), (i64::MIN / 2, Uuid::nil()));
    loop {
        let rows = store::loans::due(tx, org, until, after, REMINDED_AT_ONCE)?;
        let last = rows.len() < REMINDED_AT_ONCE as usize;
        if let Some(row) = rows.last() {
            after = (row.due_back_on.unwrap_or_default(), row.id);
        }
        for row in rows.into_iter().filter(|row| row.active) {
            let Some(stage) = due(&row).and_then(|due| reminder(due, today)) else { continue };
            // What lies in a container comes back with it.
            if row.container_id.is_some() || row.custodian_type != "user" {
                continue;
            }
            if !store::loans::was_reminded(tx, org, row.id, row.due_back_on.unwrap_or_default(), stage)? {
                found.push((row, stage));
            }
            if found.len() >= REMINDED_AT_ONCE as usize {
                return Ok(found);
            }
        }
        if last {
            return Ok(found);
        }
    }
}

fn remind(ctx: &Ctx, tx: &mut Tx) -> Result<usize> {
    let today = ctx.today();
    let mut told: BTreeMap<Uuid, Vec<(UnitRow, i64)>> = BTreeMap::new();
    let mut count = 0;
    for (row, stage) in unreminded(tx, ctx.org(), today)? {
        let due_on = row.due_back_on.unwrap_or_default();
        // Another server may have told meanwhile.
        if store::loans::remind(tx, ctx.org(), row.id, due_on, stage, ctx.now.0)? {
            count += 1;
            told.entry(row.custodian_id).or_default().push((row, stage));
        }
    }
    let mut late = 0;
    for (person, rows) in &told {
        let overdue = rows.iter().filter(|(_, stage)| *stage > 0).count();
        late += overdue;
        let (first, _) = &rows[0];
        let what = said(ctx, tx, first)?;
        let day = due(first).map(|day| day.to_string()).unwrap_or_default();
        let more = match rows.len() - 1 {
            0 => String::new(),
            1 => " One more is due with it.".to_owned(),
            n => format!(" {n} more are due with it."),
        };
        let verb = if overdue > 0 { "was due back" } else { "is due back" };
        let sentence = format!("{what} {verb} on {day}.{more} Send it, or ask to keep it longer.");
        notify(ctx, tx, *person, "loan_due", first.id, &sentence)?;
    }
    if late > 0 {
        let sentence = if late == 1 { "1 loan is overdue.".to_owned() } else { format!("{late} loans are overdue.") };
        for person in store::stock::office(tx, ctx.org())? {
            notify(ctx, tx, person, "loans_overdue", ctx.org(), &sentence)?;
        }
    }
    Ok(count)
}
