//! The calendar of a person's own program: it reads a secret address, without a cookie and without signing in.
//!
//! The feed lies on phones and in clouds outside the house. Only what [`FeedRow`] holds can stand in it: when, where, which
//! procedure with which physician, who covers it. It is made anew for each reading, with the reach of that moment.

use super::within;
use crate::context::Source;
use crate::session::{Incoming, outside};
use crate::{App, Ctx, Error, Result};
use auth::{Kind, SystemRandom};
use contract::Address;
use contract::people::CalendarFeed;
use domain::clock::{Instant, zone_shifts};
use domain::event::{EventStatus, EventType};
use domain::id::EventId;
use print::ics::{CalendarEvent, Shift, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::events::{FEED_COLUMNS, FeedRow, NAMED_JOINS};
use store::page::{Query, Sort};
use store::{Tx, Value};

/// Where feeds are read, in front of the secret.
pub const PATH: &str = "/feeds/";
/// How a feed's address ends.
pub const ENDING: &str = ".ics";

const DAY_MICROS: i64 = 86_400_000_000;
/// Events stay in the feed for so many days after they began.
const PAST_DAYS: i64 = 30;
/// Events come into the feed so many days before they begin.
const AHEAD_DAYS: i64 = 365;
/// A feed holds at most this many events: the first ones.
const MOST_EVENTS: u32 = 1_000;
/// A feed lives until it is ended: a calendar program cannot ask for a new one. Tokens carry an end, so it is far away.
const LIFETIME_DAYS: i64 = 36_500;

/// Whose events are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Those on which the account itself is, as representative or beside one. Of a delegate: its distributor's.
    Own,
    /// Every event in reach.
    All,
}

/// Makes the address of the actor's calendar feed; one that was made before stops working.
pub fn renew(ctx: &Ctx, tx: &mut Tx, public_url: &str) -> Result<CalendarFeed> {
    let user = ctx.actor.id.uuid();
    let (secret, digest) = Kind::Feed.generate(&mut SystemRandom);
    store::people::drop_feed(tx, ctx.org(), user)?;
    let (id, ends_at) = (ctx.ids.next(ctx.now), ctx.now.0 + LIFETIME_DAYS * DAY_MICROS);
    let (now, digest) = (ctx.now.0, digest.as_bytes());
    store::people::insert_token(tx, ctx.org(), id, user, "feed", digest, "Calendar feed", now, ends_at)?;
    ctx.entry("calendar_feed_made").subject(user).append(ctx, tx)?;
    Ok(CalendarFeed { url: format!("{public_url}{PATH}{}{ENDING}", outside(&secret, ctx.org())), created_at: ctx.now })
}

/// Ends the actor's calendar feed. Not found when there is none.
pub fn end(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    let user = ctx.actor.id.uuid();
    if !store::people::drop_feed(tx, ctx.org(), user)? {
        return Err(Error::not_found());
    }
    ctx.entry("calendar_feed_ended").subject(user).append(ctx, tx)
}

impl App {
    /// The feed behind a secret, as iCalendar text. Anything that opens nothing is not found.
    pub async fn calendar_feed(&self, secret: &str, scope: Scope, request_id: Arc<str>) -> Result<String> {
        let incoming = Incoming { request_id, source: Source::Api, expected_version: None };
        let ctx = match self.recognise(secret, Kind::Feed, incoming, false).await {
            Err(Error::Unauthorized | Error::Forbidden { .. }) => return Err(Error::not_found()),
            other => other?,
        };
        let url = self.config().public_url.clone();
        self.read(&ctx, move |ctx, tx| {
            let rows = rows(ctx, tx, scope)?;
            Ok(written(ctx, &rows, scope, &url))
        })
        .await
    }
}

fn rows(ctx: &Ctx, tx: &mut Tx, scope: Scope) -> Result<Vec<FeedRow>> {
    let (from, to) = (ctx.now.0 - PAST_DAYS * DAY_MICROS, ctx.now.0 + AHEAD_DAYS * DAY_MICROS);
    if scope == Scope::Own {
        return Ok(store::events::feed_of(tx, ctx.org(), ctx.viewer().principal, from, to, MOST_EVENTS)?);
    }
    let mut query = Query::new(format!("SELECT {FEED_COLUMNS} FROM event {NAMED_JOINS}"));
    query.and("event.organization_id = ?", [Value::Uuid(ctx.org())]);
    query.and("event.starts_at >= ?", [Value::Int(from)]);
    query.and("event.starts_at < ?", [Value::Int(to)]);
    query.and_some(within(ctx));
    let by_start = [Sort { column: "event.starts_at", descending: false }];
    Ok(query.page(tx, &by_start, "event.id", None, MOST_EVENTS)?.0)
}

fn written(ctx: &Ctx, rows: &[FeedRow], scope: Scope, public_url: &str) -> String {
    let mut spans: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let span = spans.entry(&row.time_zone).or_insert((row.starts_at, row.ends_at));
        *span = (span.0.min(row.starts_at), span.1.max(row.ends_at));
    }
    let zones: Vec<Zone> = spans.into_iter().map(|(name, (from, to))| zone(name, from, to)).collect();
    let events: Vec<CalendarEvent> = rows.iter().map(|row| told(ctx, row, public_url)).collect();
    let whose = if scope == Scope::Own { ctx.actor.name.as_str() } else { ctx.organization.name.as_str() };
    print::ics::feed(&format!("{whose}, cases"), &zones, &events)
}

fn zone(name: &str, from: i64, to: i64) -> Zone {
    let shifts = zone_shifts(name, Instant(from), Instant(to)).into_iter().map(|it| Shift {
        at: it.at.0,
        before_seconds: it.before_seconds,
        after_seconds: it.after_seconds,
        daylight: it.daylight,
        name: it.name,
    });
    Zone { name: name.to_owned(), shifts: shifts.collect() }
}

fn told(ctx: &Ctx, row: &FeedRow, public_url: &str) -> CalendarEvent {
    let id = EventId::from_uuid(row.id);
    let status = EventStatus::parse(&row.status);
    let kind = EventType::parse(&row.r#type).map_or("Event", EventType::label);
    let what = [row.procedure_name.as_deref(), row.physician_name.as_deref()];
    let what = what.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut summary = if what.is_empty() { kind.to_owned() } else { what };
    if row.representative_id != ctx.viewer().principal {
        summary = format!("{summary} ({})", row.representative_name);
    }
    let state = status.map_or("", EventStatus::label);
    CalendarEvent {
        uid: format!("{id}@caseload"),
        sequence: u32::try_from(row.version).unwrap_or(u32::MAX),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        summary,
        location: row.location_name.as_ref().map(|name| place(name, row.location_address.as_deref())),
        description: Some(format!(
            "{kind} {}, {state}\nCovered by {}\n{public_url}/events/{id}",
            super::number(row.number),
            row.representative_name
        )),
        cancelled: status == Some(EventStatus::Cancelled),
        updated_at: row.updated_at,
        zone: row.time_zone.clone(),
    }
}

/// A location's name and address in one line, so that a phone finds the way.
fn place(name: &str, address: Option<&str>) -> String {
    let address = address.and_then(|text| serde_json::from_str::<Address>(text).ok()).unwrap_or_default();
    if address.is_empty() { name.to_owned() } else { format!("{name}, {}", address.one_line()) }
}
