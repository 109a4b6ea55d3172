//! Reminders of purchase orders that have not come: how often, by facility; sent once a day at most, until the order is there; who
//! else is written to and told when nobody answers; and the list of what waits.

use super::sends::{self, Why, order_of, tell_nobody_receives};
use crate::events::{number, sees_prices, within};
use crate::{App, Ctx, Error, Result, list};
use contract::documents::{PoReminder, SetPoReminder, WaitingForPo};
use contract::remarks::MailRecipient;
use contract::{ListParams, Page};
use domain::clock::{Day, Instant};
use domain::document::{ESCALATE_AFTER, Ladder, REMINDER_DAYS, ReminderMode, Rung, Schedule, nth_words};
use domain::event::EventStatus;
use domain::id::{Id, LocationId, OrganizationId};
use domain::people::Permission;
use std::sync::Arc;
use store::documents::{ScheduleRow, WAITING_COLUMNS, WAITING_JOINS, WaitingRow};
use store::events::EventRow;
use store::page::{Keyset, Query, Sort};
use store::{Tx, Value};
use uuid::Uuid;

/// Under which the day is remembered.
const KIND: &str = "po_reminder";
/// From this hour on, where the organisation is.
const HOUR: i64 = 8;
/// Events looked at at a time.
const PAGE: u32 = 100;
/// The setting that holds where a facility says nothing.
const TOGGLE: &str = "weekly_po_reminder";
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn mode(row: Option<&ScheduleRow>) -> (ReminderMode, i64) {
    let set = row.and_then(|row| Some((ReminderMode::parse(&row.mode)?, row.value)));
    set.unwrap_or((ReminderMode::Inherit, 0))
}

/// `every 7 days, as the organization has it`.
fn words(mode: ReminderMode, value: i64, reminds: bool) -> String {
    match mode {
        ReminderMode::Inherit if reminds => format!("Every {REMINDER_DAYS} days, as the organization has it"),
        ReminderMode::Inherit => "Never, as the organization has it".to_owned(),
        ReminderMode::Off => "Never".to_owned(),
        ReminderMode::Weekly => {
            let day = usize::try_from(value - 1).ok().and_then(|at| WEEKDAYS.get(at)).copied().unwrap_or("Monday");
            format!("Every {day}")
        }
        ReminderMode::Every if value == 1 => "Every day".to_owned(),
        ReminderMode::Every => format!("Every {value} days"),
    }
}

/// What the organisation does when nobody answers, from its settings.
pub(crate) fn house_ladder(settings: &serde_json::Value) -> Ladder {
    let of = |key: &str, usual: Option<i64>| match settings.get(key) {
        None => usual,
        Some(said) => said.as_i64().filter(|nth| *nth > 0),
    };
    Ladder { escalate_after: of("po_escalate_after", Some(ESCALATE_AFTER)), stop_after: of("po_stop_after", None) }
}

/// Addresses of a facility for when nobody answers, at most.
const ESCALATE_TO_MAX: usize = 5;

fn addresses(stored: &str) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// `from the third reminder on also to cfo@mercy.example, and the office is told; it ends after the sixth`
fn ladder_words(ladder: Ladder, to: &[String]) -> String {
    let climbs = match ladder.escalate_after {
        None => "Nobody else is told".to_owned(),
        Some(nth) if to.is_empty() => format!("From the {} reminder on the office is told", nth_words(nth)),
        Some(nth) => {
            format!("From the {} reminder on also to {}, and the office is told", nth_words(nth), to.join(", "))
        }
    };
    match ladder.stop_after {
        None => climbs,
        Some(nth) => format!("{climbs}; it ends after the {}", nth_words(nth)),
    }
}

fn view(ctx: &Ctx, location: LocationId, row: Option<ScheduleRow>) -> PoReminder {
    let (mode, value) = mode(row.as_ref());
    let own = row.as_ref().map_or((None, None), |row| (row.escalate_after, row.stop_after));
    let to = row.as_ref().map(|row| addresses(&row.escalate_to)).unwrap_or_default();
    PoReminder {
        location_id: location,
        mode,
        value: matches!(mode, ReminderMode::Weekly | ReminderMode::Every).then_some(value),
        words: words(mode, value, ctx.organization.toggle(TOGGLE)),
        escalate_after: own.0,
        stop_after: own.1,
        ladder_words: ladder_words(Ladder::of(own, house_ladder(&ctx.organization.settings)), &to),
        escalate_to: to,
        version: row.map_or(0, |row| row.version),
    }
}

/// How often a facility in reach is reminded.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: LocationId) -> Result<PoReminder> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let row = store::documents::schedule(tx, ctx.org(), id.uuid())?;
    Ok(view(ctx, id, row))
}

/// Says how often a facility is reminded.
pub fn set(ctx: &Ctx, tx: &mut Tx, id: LocationId, body: &SetPoReminder) -> Result<PoReminder> {
    if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    ctx.require(Permission::ManageDirectory)?;
    let before = store::documents::schedule(tx, ctx.org(), id.uuid())?;
    let now = view(ctx, id, before.clone());
    ctx.check_version(now.version, || Ok(now.clone()))?;
    let value = body.value.unwrap_or_default();
    let reminds = ctx.organization.toggle(TOGGLE);
    Schedule::of(body.mode, value, reminds).map_err(|it| Error::field("value", it.code, it.message))?;
    for (field, nth) in [("escalate_after", body.escalate_after), ("stop_after", body.stop_after)] {
        Ladder::check(nth).map_err(|it| Error::field(field, it.code, it.message))?;
    }
    let escalate_to = typed_addresses(&body.escalate_to)?;
    let plain = body.escalate_after.is_none() && body.stop_after.is_none() && escalate_to.is_empty();
    if body.mode == ReminderMode::Inherit && plain {
        store::documents::drop_schedule(tx, ctx.org(), id.uuid())?;
    } else {
        let row = ScheduleRow {
            mode: body.mode.as_str().into(),
            value,
            version: 0,
            escalate_after: body.escalate_after,
            stop_after: body.stop_after,
            escalate_to: serde_json::to_string(&escalate_to).map_err(|error| Error::Internal(error.to_string()))?,
        };
        let by = (ctx.actor.id.uuid(), ctx.now.0);
        store::documents::save_schedule(tx, ctx.org(), id.uuid(), &row, by)?;
    }
    let row = store::documents::schedule(tx, ctx.org(), id.uuid())?;
    let after = view(ctx, id, row);
    let mut entry = ctx.entry("location_changed").subject(id.uuid());
    entry.change(id.uuid(), "po_reminder", Some(now.words), Some(after.words.clone()));
    entry.change(id.uuid(), "po_reminder_ladder", Some(now.ladder_words), Some(after.ladder_words.clone()));
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    Ok(after)
}

/// Addresses as they were typed, cleaned, each once.
fn typed_addresses(given: &[String]) -> Result<Vec<String>> {
    if given.len() > ESCALATE_TO_MAX {
        let message = format!("Give {ESCALATE_TO_MAX} addresses at most.");
        return Err(Error::field("escalate_to", "too_many", message));
    }
    let mut all: Vec<String> = Vec::new();
    for (at, text) in given.iter().enumerate() {
        let email = domain::text::email(text).map_err(|_| {
            Error::field(format!("escalate_to[{at}]"), "invalid_email", format!("{text} is not an e-mail address."))
        })?;
        if !all.iter().any(|known| known.eq_ignore_ascii_case(&email)) {
            all.push(email);
        }
    }
    Ok(all)
}

const OLDEST: &[Sort] = &[Sort { column: "event.starts_at", descending: false }];

fn waiting_query(ctx: &Ctx) -> Query {
    let mut query = Query::new(format!("SELECT {WAITING_COLUMNS} FROM event {WAITING_JOINS}"));
    query.and("event.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("event.status = ?", [Value::Text(EventStatus::PendingPo.as_str().into())]);
    query
}

/// Since when reminders of an event are counted: the last one, or its submission.
fn since(ctx: &Ctx, row: &WaitingRow) -> Option<Day> {
    let submitted = row.submitted_at.map(|at| Instant(at).day_in(&ctx.organization.time_zone));
    row.reminded_day.map(|day| Day(day as i32)).into_iter().chain(submitted).max()
}

fn schedule(ctx: &Ctx, row: &WaitingRow) -> Schedule {
    let mode = row.mode.as_deref().and_then(ReminderMode::parse).unwrap_or(ReminderMode::Inherit);
    let value = row.value.unwrap_or_default();
    Schedule::of(mode, value, ctx.organization.toggle(TOGGLE)).unwrap_or(Schedule::Off)
}

fn ladder(ctx: &Ctx, row: &WaitingRow) -> Ladder {
    Ladder::of((row.escalate_after, row.stop_after), house_ladder(&ctx.organization.settings))
}

/// Where on the ladder the next reminder of an event stands; nothing when there is none any more.
fn rung(ctx: &Ctx, row: &WaitingRow) -> Option<Rung> {
    ladder(ctx, row).next(row.reminders.unwrap_or_default())
}

fn shown(ctx: &Ctx, tx: &mut Tx, row: WaitingRow) -> Result<WaitingForPo> {
    let (climbs, reminders) = (ladder(ctx, &row), row.reminders.unwrap_or_default());
    let ended = climbs.next(reminders).is_none();
    let order = store::billing::latest_order(tx, ctx.org(), row.id)?.filter(|order| order.status == "open");
    let submitted = row.submitted_at.map(|at| Instant(at).day_in(&ctx.organization.time_zone));
    let next = match row.location_id {
        Some(_) if ended => None,
        Some(_) => since(ctx, &row).and_then(|since| schedule(ctx, &row).next(since)),
        None => None,
    };
    Ok(WaitingForPo {
        event_id: Id::from_uuid(row.id),
        number: number(row.number),
        name: row.name,
        representative_id: Id::from_uuid(row.representative_id),
        representative_name: row.representative_name,
        location_id: row.location_id.map(Id::from_uuid),
        location_name: row.location_name,
        customer_id: row.customer_id.map(Id::from_uuid),
        sales_order_id: order.map(|order| Id::from_uuid(order.id)),
        total_minor: sees_prices(ctx).then_some(row.total_minor),
        currency: ctx.organization.currency.clone(),
        submitted_on: submitted,
        days: submitted.map_or(0, |day| i64::from(ctx.today().0 - day.0)),
        reminders: row.reminders.unwrap_or_default(),
        reminded_at: row.reminded_at.map(Instant),
        reminded_whom: row.reminded_whom.unwrap_or_default(),
        next_reminder_on: next.map(|day| day.max(ctx.today())),
        escalated: climbs.escalate_after.is_some_and(|from| reminders >= from),
        reminders_ended: ended,
    })
}

/// Events in reach that wait for their purchase order, the oldest first.
pub fn waiting(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<WaitingForPo>> {
    list::only(params, &["representative_id", "location_id", "customer_id"])?;
    let paging = list::paging("waiting_for_po", params, &[("starts_at", "event.starts_at")], OLDEST)?;
    let mut query = waiting_query(ctx);
    let uuids = |ids: Vec<Uuid>| ids.into_iter().map(Value::Uuid).collect::<Vec<_>>();
    if let Some(ids) = list::ids::<domain::id::User>(params, "representative_id")? {
        query.any_of("event.representative_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Location>(params, "location_id")? {
        query.any_of("event.location_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    if let Some(ids) = list::ids::<domain::id::Customer>(params, "customer_id")? {
        query.any_of("event.customer_id", uuids(ids.into_iter().map(Id::uuid).collect()));
    }
    query.and_some(within(ctx));
    let (rows, more) = query.page::<WaitingRow>(tx, &paging.sorts, "event.id", paging.after.as_ref(), paging.limit)?;
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|row| list::cursor(paging.bound, &[Value::Int(row.starts_at), Value::Uuid(row.id)]));
    let total = if params.count { Some(query.count(tx)?) } else { None };
    let items = rows.into_iter().map(|row| shown(ctx, tx, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next_cursor, total })
}

/// Tells the office, the representative and their distributor that nobody answers, when that begins and when no further reminder
/// comes.
fn tell_of_silence(ctx: &Ctx, tx: &mut Tx, row: &EventRow, nth: i64, rung: Rung) -> Result<()> {
    if !rung.begins && !rung.last {
        return Ok(());
    }
    let end = if rung.last { " It was the last one: ask them yourself." } else { "" };
    let sentence = format!(
        "{} still waits for its purchase order, the {} reminder went out.{end}",
        number(row.number),
        nth_words(nth)
    );
    let mut whom = store::events::office(tx, ctx.org())?;
    whom.push(row.representative_id);
    whom.extend(store::events::distributor_of(tx, ctx.org(), row.representative_id)?.map(|(id, ..)| id));
    whom.sort_unstable();
    whom.dedup();
    for one in whom {
        let id = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, ctx.org(), one, id, "purchase_order_escalated", row.id, &sentence, ctx.now.0)?;
    }
    Ok(())
}

/// What is done about one event that is due.
enum Step {
    /// The order is not awaited any more, or there is none.
    Nothing,
    /// Nobody receives orders there.
    Nobody(sends::Subject),
    /// It is sent.
    Send(Box<(sends::Subject, Vec<MailRecipient>)>),
}

impl App {
    /// Reminds the facilities whose purchase orders are due today, once a day, from the morning on; gives how many mails go out.
    pub async fn remind_purchase_orders(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now());
        let found = self.db().read(move |tx| -> store::Result<_> {
            Ok((store::people::organization(tx, id)?, store::documents::day(tx, id, KIND)?))
        });
        let (Some(house), last) = found.await? else { return Ok(0) };
        let today = now.day_in(&house.time_zone);
        let morning = today.starts_in(&house.time_zone).plus_seconds(HOUR * 3600);
        if now < morning || last.is_some_and(|day| day >= i64::from(today.0)) {
            return Ok(0);
        }
        let mut sent = 0;
        let mut after: Option<Keyset> = None;
        // In whose right the list is read: that of the primary admin, who sees all of it.
        let reader = self.db().read(move |tx| store::documents::primary_admin(tx, id)).await?;
        let Some(reader) = reader else { return Ok(0) };
        let reader = self.context_of_account(id, reader, "reminders").await?;
        loop {
            let from = after.clone();
            let rows = self
                .read(&reader, move |ctx, tx| {
                    let query = waiting_query(ctx);
                    Ok(query.page::<WaitingRow>(tx, OLDEST, "event.id", from.as_ref(), PAGE)?.0)
                })
                .await?;
            let Some(last) = rows.last() else { break };
            after = Some(Keyset(vec![Value::Int(last.starts_at), Value::Uuid(last.id)]));
            let full = rows.len() == PAGE as usize;
            for row in rows {
                let due = row.location_id.is_some()
                    && rung(&reader, &row).is_some()
                    && since(&reader, &row).is_some_and(|since| schedule(&reader, &row).is_due(since, today));
                if due {
                    sent += self.remind(&reader, id, &row, today).await?;
                }
            }
            if !full {
                break;
            }
        }
        self.db().write(move |tx| store::documents::set_day(tx, id, KIND, i64::from(today.0))).await?;
        Ok(sent)
    }

    /// Reminds of one event, in the right of whoever submitted it as long as they may work, else of whoever keeps the house.
    async fn remind(&self, reader: &Ctx, organization: Uuid, row: &WaitingRow, today: Day) -> Result<usize> {
        let submitter = match row.submitted_by {
            Some(by) => self.context_of_account(organization, by, "reminders").await.ok(),
            None => None,
        };
        let ctx = submitter.filter(|ctx| ctx.actor.ready && sees_prices(ctx)).unwrap_or_else(|| reader.clone());
        let event = row.id;
        let nth = row.reminders.unwrap_or_default() + 1;
        let rung = rung(&ctx, row).unwrap_or_default();
        let further = if rung.escalated { addresses(row.escalate_to.as_deref().unwrap_or("[]")) } else { Vec::new() };
        let alone = further.is_empty();
        let step = self
            .read(&ctx, move |ctx, tx| {
                Ok(match order_of(ctx, tx, event)? {
                    None => Step::Nothing,
                    Some((it, to)) if to.is_empty() && alone => Step::Nobody(it),
                    Some(found) => Step::Send(Box::new(found)),
                })
            })
            .await;
        let step = match step {
            // Whoever submitted it does not reach it any more.
            Err(Error::NotFound(_) | Error::Forbidden { .. }) => Step::Nothing,
            other => other?,
        };
        let day = (i64::from(today.0), ctx.now.0);
        match step {
            Step::Nothing => Ok(0),
            Step::Nobody(it) => {
                self.write(&ctx, move |ctx, tx| {
                    if store::documents::reminded(tx, ctx.org(), event, day, "")? {
                        tell_nobody_receives(ctx, tx, &it)?;
                    }
                    Ok(0)
                })
                .await
            }
            Step::Send(found) => {
                let (it, mut to) = *found;
                for email in further {
                    if !to.iter().any(|known| known.email.eq_ignore_ascii_case(&email)) {
                        to.push(MailRecipient { name: String::new(), email, source: sends::ESCALATED.into() });
                    }
                }
                let whom = to.iter().map(|it| it.email.as_str()).collect::<Vec<_>>().join(", ");
                let ready = Arc::new(self.pack(&ctx, it, to, String::new(), Why::Reminder(nth)).await?);
                let config = self.config().clone();
                self.write(&ctx, move |ctx, tx| {
                    let row = store::events::lock_event(tx, ctx.org(), event)?.ok_or_else(Error::not_found)?;
                    // It came meanwhile; or another server was quicker today.
                    if row.status != EventStatus::PendingPo.as_str()
                        || !store::documents::reminded(tx, ctx.org(), event, day, &whom)?
                    {
                        return Ok(0);
                    }
                    let sent = sends::post(ctx, tx, &config, &ready)?.len();
                    let sentence = format!("{whom} was reminded of the purchase order for {}.", number(row.number));
                    let id = ctx.id::<domain::id::Entry>().uuid();
                    let whom = row.representative_id;
                    store::engine::notify(tx, ctx.org(), whom, id, KIND, row.id, &sentence, ctx.now.0)?;
                    tell_of_silence(ctx, tx, &row, nth, rung)?;
                    Ok(sent)
                })
                .await
            }
        }
    }
}
