//! The board of the next days, and how it is kept: every upcoming case is looked at again and again as stock and calendars
//! change, and whoever is responsible hears when one gets worse.

use super::readiness::{judge, view};
use crate::events::number;
use crate::units::notify;
use crate::{App, Ctx, Error, Result, list};
use contract::ListParams;
use contract::coverage::{ReadinessBoard, ReadinessCounts};
use domain::coverage::readiness::State;
use domain::id::OrganizationId;
use std::collections::HashMap;
use store::coverage::board::{Filter, Standing};
use store::{Tx, Value};
use uuid::Uuid;

const DAY: i64 = 86_400_000_000;
/// Days that a board shows unless asked otherwise.
const DAYS: i64 = 14;
/// Days that a board shows at most.
const DAYS_MAX: i64 = 92;
/// Cases that are looked at in one unit of work.
const AT_ONCE: i64 = 60;
/// Units of work of one turn: a clock that is wrong elsewhere keeps nobody here forever.
const ROUNDS_MAX: usize = 500;
/// How long what is remembered of a case is good for, in minutes.
const FRESH_MINUTES: i64 = 10;

/// Upcoming open cases in reach, the soonest first, each as it stands now. Narrowed to states, by how they stood when last
/// looked at: at most ten minutes ago.
pub fn board(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<ReadinessBoard> {
    list::only(params, &["days", "state", "representative_id"])?;
    let wrong = || Error::field("days", "invalid_value", format!("Give a number of days from 1 to {DAYS_MAX}."));
    let days = match params.filters.get("days") {
        None => DAYS,
        Some(text) => text.parse::<i64>().ok().filter(|days| (1..=DAYS_MAX).contains(days)).ok_or_else(wrong)?,
    };
    let by_id = ListParams { sort: None, ..params.clone() };
    let paging =
        list::paging("readiness", &by_id, &[], &[store::page::Sort { column: "event.starts_at", descending: false }])?;
    let after = match paging.after.as_ref().map(|keyset| keyset.0.as_slice()) {
        None => None,
        Some([Value::Int(starts), Value::Uuid(id)]) => Some((*starts, *id)),
        Some(_) => {
            let message = "Give back next_cursor of the page before, unchanged.";
            return Err(Error::field("cursor", "invalid_cursor", message));
        }
    };
    let states = list::words(params, "state", State::parse)?.unwrap_or_default();
    let whom = list::ids::<domain::id::User>(params, "representative_id")?.unwrap_or_default();
    let filter = Filter {
        from: ctx.now.0,
        to: ctx.now.0 + days * DAY,
        states: states.into_iter().map(State::as_str).collect(),
        representatives: whom.into_iter().map(|id| id.uuid()).collect(),
        after,
    };
    let limit = paging.limit.min(100);
    let mut found = store::coverage::board::page(tx, ctx.viewer(), &filter, i64::from(limit) + 1)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|(id, starts)| [Value::Int(*starts), Value::Uuid(*id)]);
    let mut rows = Vec::with_capacity(found.len());
    for (id, _) in &found {
        rows.extend(store::events::event(tx, ctx.org(), *id)?);
    }
    let mut items = Vec::with_capacity(rows.len());
    for judged in judge(ctx, tx, rows)? {
        items.push(view(ctx, tx, judged)?);
    }
    let mut counts = ReadinessCounts::default();
    for (state, n) in store::coverage::board::counts(tx, ctx.viewer(), &filter)? {
        match State::parse(&state) {
            Some(State::Ready) => counts.ready = n,
            Some(State::AtRisk) => counts.at_risk = n,
            Some(State::NotReady) => counts.not_ready = n,
            None => {}
        }
    }
    Ok(ReadinessBoard { items, next_cursor: last.map(|values| list::cursor(paging.bound, &values)), counts })
}

const fn badness(state: State) -> u8 {
    match state {
        State::Ready => 0,
        State::AtRisk => 1,
        State::NotReady => 2,
    }
}

impl App {
    /// Looks at upcoming cases that changed or were not looked at for a while; gives how many.
    pub async fn refresh_readiness(&self, organization: OrganizationId) -> Result<usize> {
        let mut ctx: Option<Ctx> = None;
        let mut done = 0;
        for _ in 0..ROUNDS_MAX {
            let (id, now) = (organization.uuid(), self.now().0);
            let stale = self.db().read(move |tx| stale(tx, id, now, 1)).await?;
            if stale.is_empty() {
                let before = now - DAY;
                self.db().write(move |tx| store::coverage::board::forget(tx, id, before, 1_000)).await?;
                return Ok(done);
            }
            if ctx.is_none() {
                ctx = self.job_context(organization).await?;
            }
            let Some(ctx) = &ctx else { return Ok(done) };
            let ctx = ctx.at(self.now());
            // Looking takes long, and nobody waits for the writer meanwhile. What changes before it is kept is looked at again:
            // it then changed after the moment of this look.
            let seen = self.read(&ctx, look).await?;
            if seen.is_empty() {
                return Ok(done);
            }
            done += seen.len();
            self.write(&ctx, move |ctx, tx| keep(ctx, tx, &seen)).await?;
        }
        Ok(done)
    }
}

fn stale(tx: &mut Tx, org: Uuid, now: i64, limit: i64) -> store::Result<Vec<Uuid>> {
    let since = now - FRESH_MINUTES * 60_000_000;
    store::coverage::board::stale(tx, org, (now, now + DAYS * DAY), since, limit)
}

/// How a case was found, and what is said when that is worse than before.
struct Seen {
    standing: Standing,
    state: State,
    sentence: String,
}

/// Looks at some cases that changed or were not looked at for a while.
fn look(ctx: &Ctx, tx: &mut Tx) -> Result<Vec<Seen>> {
    let org = ctx.org();
    let ids = stale(tx, org, ctx.now.0, AT_ONCE)?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        rows.extend(store::events::event(tx, org, *id)?);
    }
    let seen = judge(ctx, tx, rows)?.into_iter().map(|judged| {
        let why = judged.risks.first().map(|risk| risk.text.as_str()).unwrap_or_default();
        let (number, name) = (number(judged.row.number), &judged.row.name);
        Seen {
            standing: Standing {
                event: judged.row.id,
                state: judged.state.as_str(),
                starts_at: judged.row.starts_at,
                representative: judged.row.representative_id,
            },
            state: judged.state,
            sentence: format!("{number} is {} now: {name}. {why}", judged.state.label().to_lowercase()),
        }
    });
    Ok(seen.collect())
}

/// Remembers how cases stand, and tells whoever is responsible which of them got worse.
fn keep(ctx: &Ctx, tx: &mut Tx, seen: &[Seen]) -> Result<()> {
    let org = ctx.org();
    let ids: Vec<Uuid> = seen.iter().map(|it| it.standing.event).collect();
    let known: HashMap<Uuid, String> = store::coverage::board::known(tx, org, &ids)?.into_iter().collect();
    for Seen { standing, state, sentence } in seen {
        let before = known.get(&standing.event).and_then(|word| State::parse(word));
        if before.is_some_and(|before| badness(*state) > badness(before)) {
            let mut whom = store::coverage::people::superiors(tx, org, standing.representative)?;
            whom.push(standing.representative);
            for person in whom {
                notify(ctx, tx, person, "case_at_risk", standing.event, sentence)?;
            }
        }
    }
    let standings: Vec<Standing> = seen.iter().map(|it| it.standing).collect();
    store::coverage::board::save(tx, org, &standings, ctx.now.0)?;
    Ok(())
}
