//! Days on which somebody is away, and one plan for all cases of that time.

use super::apply::carry_out;
use super::case::Case;
use super::changed::{must_hold, outdated};
use super::preview::{Made, Shape, keep, make, opened};
use super::rank::Desk;
use super::sources::Taken;
use crate::events::plan::typed;
use crate::people::{need, subject};
use crate::units::notify;
use crate::{Answer, App, Ctx, Error, RequestKey, Result};
use contract::Items;
use contract::coverage::{
    Absence, AbsenceCase, AbsenceCoverPreview, AbsenceCovered, ApplyCover, CoverEdits, CoverShare, CreateAbsence,
    PreviewAbsenceCover,
};
use domain::clock::{Day, Instant};
use domain::coverage::absence::{self, Choice, Load};
use domain::coverage::candidates::{Candidate, TURNAROUND_MINUTES};
use domain::id::{AbsenceId, EventId, Id, UserId};
use domain::limits;
use domain::people::{Level, Permission};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Tx;
use store::coverage::people::AbsenceRow;
use store::events::EventRow;
use uuid::Uuid;

/// The kind of preview that this is.
const KIND: &str = "absence_coverage";
const DAY: i64 = 86_400_000_000;
/// The longest absence, in days.
const LONGEST_DAYS: i64 = 370;
/// Cases of one absence that are planned at once.
const CASES_MAX: i64 = 200;
/// Absences that ended longer ago are not listed, in days.
const SHOWN_DAYS: i64 = 90;
/// The way between two cases of a day, as far as the spread goes; each plan looks at the real one. In minutes.
const USUAL_WAY: i64 = 40;

fn view(ctx: &Ctx, tx: &mut Tx, row: &AbsenceRow) -> Result<Absence> {
    let org = ctx.org();
    let open = store::coverage::people::open_cases(tx, org, row.user_id, row.starts_at, row.ends_at, CASES_MAX)?;
    Ok(Absence {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        starts_at: Instant(row.starts_at),
        ends_at: Instant(row.ends_at),
        note: row.note.clone(),
        cases_open: open.len() as i64,
        cases_covered: store::coverage::people::covered(tx, org, row.id)?,
        hand_back: row.hand_back,
        created_by_id: Id::from_uuid(row.created_by),
        created_at: Instant(row.created_at),
    })
}

/// Absences of somebody, those that end first first.
pub fn list(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<Items<Absence>> {
    let account = subject(ctx, tx, id)?;
    let from = ctx.now.0 - SHOWN_DAYS * DAY;
    let rows = store::coverage::people::absences(tx, ctx.org(), account.row.id, from)?;
    let items = rows.iter().map(|row| view(ctx, tx, row)).collect::<Result<_>>()?;
    Ok(Items { items })
}

/// From when until when: two instants, or two days of which both count.
fn span(ctx: &Ctx, body: &CreateAbsence) -> Result<(Instant, Instant)> {
    let zone = &ctx.organization.time_zone;
    let begins = body.starts_at.or_else(|| body.from_on.map(|day| day.starts_in(zone)));
    let last = body.to_on.or(body.from_on);
    let ends = body.ends_at.or_else(|| last.map(|day| day.plus(1).starts_in(zone)));
    let missing = |field| Error::field(field, "required", "Say from when until when: two days, or two moments.");
    let (begins, ends) = (begins.ok_or_else(|| missing("from_on"))?, ends.ok_or_else(|| missing("to_on"))?);
    if !(0..=4_102_444_800_000_000).contains(&begins.0) {
        return Err(Error::field("starts_at", "out_of_range", "Give a day between 1970 and 2100."));
    }
    if ends <= begins || ends.0 - begins.0 > LONGEST_DAYS * DAY {
        let message = format!("The end comes after the beginning, at most {LONGEST_DAYS} days later.");
        return Err(Error::field("ends_at", "invalid_range", message));
    }
    Ok((begins, ends))
}

/// Enters days on which somebody is away.
pub fn create(ctx: &Ctx, tx: &mut Tx, id: UserId, body: &CreateAbsence) -> Result<Absence> {
    let account = crate::people::locked(ctx, tx, id)?;
    need(account.rights.contact, "when it is away")?;
    let (starts_at, ends_at) = span(ctx, body)?;
    let note = typed("note", domain::text::clean_note(&body.note, limits::REASON_MAX))?;
    let (org, user) = (ctx.org(), account.row.id);
    if let Some(other) = store::coverage::people::overlapping(tx, org, user, starts_at.0, ends_at.0)? {
        let zone = &ctx.organization.time_zone;
        let (from, to) = (Instant(other.starts_at).local(zone), Instant(other.ends_at).local(zone));
        let message = format!("{} is away from {from} to {to} already. Remove that first.", account.row.name);
        return Err(Error::conflict("absence_overlaps", message));
    }
    let row = AbsenceRow {
        id: ctx.id::<domain::id::Absence>().uuid(),
        user_id: user,
        starts_at: starts_at.0,
        ends_at: ends_at.0,
        note,
        hand_back: false,
        created_by: ctx.actor.id.uuid(),
        created_at: ctx.now.0,
        removed_at: None,
    };
    store::coverage::people::insert_absence(tx, org, &row)?;
    let mut entry = ctx.entry("absence_entered").subject(user).subject(row.id);
    entry.change(row.id, "starts_at", None, Some(starts_at.rfc3339()));
    entry.change(row.id, "ends_at", None, Some(ends_at.rfc3339()));
    entry.append(ctx, tx)?;
    let shown = view(ctx, tx, &row)?;
    tell(ctx, tx, &account.row.name, &row, shown.cases_open)?;
    Ok(shown)
}

fn tell(ctx: &Ctx, tx: &mut Tx, name: &str, row: &AbsenceRow, cases: i64) -> Result<()> {
    let zone = &ctx.organization.time_zone;
    let (from, to) = (Instant(row.starts_at).local(zone), Instant(row.ends_at).local(zone));
    let open = match cases {
        0 => "No case is planned in that time.".to_owned(),
        1 => "One case has to be covered.".to_owned(),
        n => format!("{n} cases have to be covered."),
    };
    let sentence = format!("{name} is away from {from} to {to}. {open}");
    notify(ctx, tx, row.user_id, "absence_entered", row.id, &sentence)?;
    if cases > 0 {
        for whom in store::coverage::people::superiors(tx, ctx.org(), row.user_id)? {
            notify(ctx, tx, whom, "absence_entered", row.id, &sentence)?;
        }
    }
    Ok(())
}

/// An absence of the account in the path.
fn of_user(ctx: &Ctx, tx: &mut Tx, user: Uuid, id: AbsenceId) -> Result<AbsenceRow> {
    let row = store::coverage::people::lock_absence(tx, ctx.org(), id.uuid())?;
    row.filter(|row| row.user_id == user && row.removed_at.is_none()).ok_or_else(Error::not_found)
}

/// Takes an absence back. Cases that were handed over for it stay where they are.
pub fn remove(ctx: &Ctx, tx: &mut Tx, user: UserId, id: AbsenceId) -> Result<Items<Absence>> {
    let account = subject(ctx, tx, user)?;
    let row = of_user(ctx, tx, account.row.id, id)?;
    need(account.rights.contact, "when it is away")?;
    store::coverage::people::remove_absence(tx, ctx.org(), row.id, ctx.now.0)?;
    let mut entry = ctx.entry("absence_removed").subject(row.user_id).subject(row.id);
    entry.change(row.id, "state", Some("entered".into()), Some("removed".into()));
    entry.append(ctx, tx)?;
    list(ctx, tx, user)
}

/// What a preview remembers.
#[derive(Serialize, Deserialize)]
struct Payload {
    absence: AbsenceId,
    ask: PreviewAbsenceCover,
    shapes: Vec<(EventId, Option<Shape>)>,
}

/// One case of the absence with its plan.
struct Planned {
    row: EventRow,
    candidate: Option<Candidate>,
    made: Option<Made>,
}

/// All cases, planned.
struct Whole {
    cases: Vec<Planned>,
    own: HashMap<Uuid, u32>,
}

/// The absence in the path, for those who may find cover for whoever is away.
fn coverable(ctx: &Ctx, tx: &mut Tx, user: UserId, id: AbsenceId) -> Result<AbsenceRow> {
    let account = subject(ctx, tx, user)?;
    let row = of_user(ctx, tx, account.row.id, id)?;
    ctx.require(Permission::CoverEvents)?;
    if store::reach::of(tx, ctx.viewer(), row.user_id)?.person < Level::Act {
        let message = "You see this person, but may not give their cases away. Ask their distributor or the office.";
        return Err(Error::forbidden("not_allowed", message));
    }
    Ok(row)
}

/// One plan for all cases of an absence, spread over colleagues.
pub fn preview(
    ctx: &Ctx,
    tx: &mut Tx,
    user: UserId,
    id: AbsenceId,
    ask: &PreviewAbsenceCover,
) -> Result<AbsenceCoverPreview> {
    let row = coverable(ctx, tx, user, id)?;
    let whole = plan(ctx, tx, &row, ask)?;
    let payload = Payload { absence: id, ask: ask.clone(), shapes: whole.shapes() };
    let (token, expires_at) = keep(ctx, tx, KIND, &payload)?;
    let mut cases = Vec::with_capacity(whole.cases.len());
    for planned in &whole.cases {
        cases.push(planned.view(ctx, tx)?);
    }
    let hand_overs = whole.made().map(|made| made.plan.hand_overs() as i64).sum();
    Ok(AbsenceCoverPreview {
        preview_token: token,
        expires_at,
        absence_id: id,
        uncovered: whole.cases.iter().filter(|it| it.made.is_none()).count() as i64,
        shares: whole.shares(),
        cases,
        hand_overs,
        hand_back: ask.hand_back,
    })
}

/// Carries the plan out in one unit of work: all cases that somebody takes change hands, or none.
pub fn apply(ctx: &Ctx, tx: &mut Tx, user: UserId, id: AbsenceId, body: &ApplyCover) -> Result<AbsenceCovered> {
    let row = coverable(ctx, tx, user, id)?;
    let reason = typed("reason", domain::text::clean_note(&body.reason, limits::REASON_MAX))?;
    let seen: Payload = opened(ctx, tx, KIND, body.preview_token)?;
    if seen.absence != id {
        return Err(Error::unknown("preview_token"));
    }
    // Every case before anything of it, in the order of ids, as everybody locks.
    let mut events: Vec<Uuid> = seen.shapes.iter().map(|(event, _)| event.uuid()).collect();
    events.sort_unstable();
    for event in &events {
        store::events::lock_event(tx, ctx.org(), *event)?;
    }
    let whole = plan(ctx, tx, &row, &seen.ask)?;
    same(ctx, tx, &seen.shapes, &whole.shapes())?;
    if !store::engine::drop_preview(tx, ctx.org(), body.preview_token.uuid())? {
        return Err(Error::unknown("preview_token"));
    }
    let mut coverages = Vec::new();
    let mut uncovered = Vec::new();
    for planned in whole.cases {
        let mut event = planned.row;
        let Some(made) = planned.made else {
            uncovered.push(Id::from_uuid(event.id));
            continue;
        };
        let case = carry_out(ctx, tx, &mut event, &made, &reason, Some(row.id))?;
        coverages.push(super::undo::view(ctx, tx, &event, &case)?);
    }
    store::coverage::people::set_hand_back(tx, ctx.org(), row.id, seen.ask.hand_back)?;
    Ok(AbsenceCovered { absence_id: id, coverages, uncovered_event_ids: uncovered })
}

fn same(ctx: &Ctx, tx: &mut Tx, then: &[(EventId, Option<Shape>)], now: &[(EventId, Option<Shape>)]) -> Result<()> {
    let before: BTreeMap<EventId, &Option<Shape>> = then.iter().map(|(event, shape)| (*event, shape)).collect();
    let after: BTreeMap<EventId, &Option<Shape>> = now.iter().map(|(event, shape)| (*event, shape)).collect();
    if before.keys().ne(after.keys()) {
        return Err(outdated("there are other cases in that time now."));
    }
    for (event, shape) in before {
        match (shape, after[&event]) {
            (Some(then), Some(now)) if then.to == now.to => must_hold(ctx, tx, then, now)?,
            (None, None) => {}
            _ => return Err(outdated("somebody else is the better choice for one of the cases now.")),
        }
    }
    Ok(())
}

impl App {
    /// Carries the plan for an absence out; when it does not hold any more, the problem brings the plan as it would be now.
    pub async fn apply_absence_cover(
        &self,
        ctx: &Ctx,
        key: Option<RequestKey>,
        user: UserId,
        id: AbsenceId,
        body: ApplyCover,
    ) -> Result<Answer> {
        let token = body.preview_token;
        let done = self.answer(ctx, key, 200, move |ctx, tx| apply(ctx, tx, user, id, &body)).await;
        let message = match done {
            Err(Error::Conflict { code: "plan_outdated", message }) => message,
            other => return other,
        };
        let again = move |ctx: &Ctx, tx: &mut Tx| {
            let seen: Payload = opened(ctx, tx, KIND, token)?;
            preview(ctx, tx, user, id, &seen.ask)
        };
        match self.write(ctx, again).await {
            Ok(new) => {
                let current = serde_json::to_value(new).map_err(|error| Error::Internal(error.to_string()))?;
                Err(Error::Outdated { code: "plan_outdated", message, current: Box::new(current) })
            }
            Err(_) => Err(Error::conflict("plan_outdated", message)),
        }
    }
}

/// Plans all cases: who takes which, then what moves for each, one after the other.
fn plan(ctx: &Ctx, tx: &mut Tx, absence: &AbsenceRow, ask: &PreviewAbsenceCover) -> Result<Whole> {
    let org = ctx.org();
    let without: BTreeSet<Uuid> = ask.without_event_ids.iter().map(|id| id.uuid()).collect();
    // What has begun is not given to somebody else any more.
    let from = absence.starts_at.max(ctx.now.0);
    let ids = store::coverage::people::open_cases(tx, org, absence.user_id, from, absence.ends_at, CASES_MAX)?;
    if let Some(at) = ask.without_event_ids.iter().position(|id| !ids.contains(&id.uuid())) {
        return Err(Error::unknown(format!("without_event_ids[{at}]")));
    }
    let mut rows = Vec::new();
    for id in ids.into_iter().filter(|id| !without.contains(id)) {
        rows.extend(store::events::event(tx, org, id)?);
    }
    let fixed = fixed(&rows, ask)?;
    let mut cases = Vec::with_capacity(rows.len());
    for row in &rows {
        cases.push(Case::of(ctx, tx, row)?);
    }
    let times: Vec<(i64, i64, Day, &str)> =
        cases.iter().map(|case| (case.starts_at.0, case.ends_at.0, case.day, case.time_zone.as_str())).collect();
    let mut desk = Desk::read(ctx, tx, &times)?;
    desk.people = store::coverage::load::coverers(tx, ctx.viewer())?;
    desk.people.retain(|person| person.id != absence.user_id);
    for (at, id) in ask.user_ids.iter().enumerate() {
        if !desk.people.iter().any(|person| person.id == id.uuid()) {
            return Err(Error::unknown(format!("user_ids[{at}]")));
        }
    }
    let chosen: BTreeSet<Uuid> = ask.user_ids.iter().map(|id| id.uuid()).collect();
    let mut ranked = Vec::with_capacity(cases.len());
    for case in &cases {
        ranked.push(desk.rank(ctx, tx, case)?);
    }
    let own = desk.load(absence.starts_at, absence.ends_at);
    for (at, one) in ask.fixed.iter().enumerate() {
        if !desk.people.iter().any(|person| person.id == one.representative_id.uuid()) {
            return Err(Error::unknown(format!("fixed[{at}].representative_id")));
        }
    }
    let taken_by = spread(&cases, &ranked, &chosen, &fixed, &own);
    let mut taken = Taken::default();
    let mut planned = Vec::with_capacity(rows.len());
    for ((row, ranked), who) in rows.into_iter().zip(ranked).zip(taken_by) {
        let candidate = who.and_then(|who| ranked.into_iter().find(|it| it.id == who));
        let made = match who {
            Some(who) => Some(make(ctx, tx, &row, who, &CoverEdits::default(), &taken)?),
            None => None,
        };
        if let Some(made) = &made {
            made.take(&mut taken);
        }
        planned.push(Planned { row, candidate, made });
    }
    Ok(Whole { cases: planned, own })
}

/// Cases that somebody gave to somebody by hand.
fn fixed(rows: &[EventRow], ask: &PreviewAbsenceCover) -> Result<HashMap<Uuid, Uuid>> {
    let mut fixed = HashMap::new();
    for (at, one) in ask.fixed.iter().enumerate() {
        if !rows.iter().any(|row| row.id == one.event_id.uuid()) {
            return Err(Error::unknown(format!("fixed[{at}].event_id")));
        }
        fixed.insert(one.event_id.uuid(), one.representative_id.uuid());
    }
    Ok(fixed)
}

/// Whom each case goes to.
fn spread(
    cases: &[Case],
    ranked: &[Vec<Candidate>],
    chosen: &BTreeSet<Uuid>,
    fixed: &HashMap<Uuid, Uuid>,
    own: &HashMap<Uuid, u32>,
) -> Vec<Option<Uuid>> {
    let mut people: BTreeSet<Uuid> = ranked.iter().flatten().map(|it| it.id).collect();
    people.retain(|id| chosen.is_empty() || chosen.contains(id) || fixed.values().any(|it| it == id));
    let people: Vec<Uuid> = people.into_iter().collect();
    let place: HashMap<Uuid, usize> = people.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let load: Vec<Load> = people.iter().map(|id| Load { cases: own.get(id).copied().unwrap_or(0) }).collect();
    let mut problem = Vec::with_capacity(cases.len());
    for (case, ranked) in cases.iter().zip(ranked) {
        let by_hand = fixed.get(&case.event);
        let mine = ranked.iter().filter(|it| match by_hand {
            Some(who) => it.id == *who,
            None => chosen.is_empty() || chosen.contains(&it.id),
        });
        let choices = mine.map(|it| Choice {
            person: place[&it.id],
            score: it.score,
            free: it.conflicts.is_empty() || by_hand.is_some(),
        });
        problem.push(absence::Case {
            event: case.event,
            starts_at: case.starts_at,
            ends_at: case.ends_at,
            choices: choices.collect(),
        });
    }
    let found = absence::spread(&problem, &load, TURNAROUND_MINUTES + USUAL_WAY);
    found.into_iter().map(|who| who.map(|at| people[at])).collect()
}

impl Whole {
    fn made(&self) -> impl Iterator<Item = &Made> {
        self.cases.iter().filter_map(|it| it.made.as_ref())
    }

    fn shapes(&self) -> Vec<(EventId, Option<Shape>)> {
        self.cases.iter().map(|it| (Id::from_uuid(it.row.id), it.made.as_ref().map(Made::shape))).collect()
    }

    fn shares(&self) -> Vec<CoverShare> {
        let mut shares: BTreeMap<Uuid, (String, i64)> = BTreeMap::new();
        for made in self.made() {
            let share = shares.entry(made.to.id).or_insert_with(|| (made.to.name.clone(), 0));
            share.1 += 1;
        }
        let share = |(id, (name, cases)): (Uuid, (String, i64))| CoverShare {
            user_id: Id::from_uuid(id),
            name,
            cases,
            own_cases: i64::from(self.own.get(&id).copied().unwrap_or(0)),
        };
        let mut shares: Vec<CoverShare> = shares.into_iter().map(share).collect();
        shares.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.name.cmp(&b.name)));
        shares
    }
}

impl Planned {
    fn view(&self, ctx: &Ctx, tx: &mut Tx) -> Result<AbsenceCase> {
        let (moves, unresolved) = match &self.made {
            Some(made) => made.views(ctx, tx)?,
            None => (Vec::new(), Vec::new()),
        };
        let text = match &self.made {
            Some(_) => String::new(),
            None => "Nobody within your reach is free at that time.".to_owned(),
        };
        Ok(AbsenceCase {
            event_id: Id::from_uuid(self.row.id),
            event_number: crate::events::number(self.row.number),
            event_name: self.row.name.clone(),
            starts_at: Instant(self.row.starts_at),
            representative_id: self.made.as_ref().map(|made| Id::from_uuid(made.to.id)),
            representative_name: self.made.as_ref().map(|made| made.to.name.clone()).unwrap_or_default(),
            score: self.candidate.as_ref().map_or(0, |it| it.score),
            moves,
            unresolved,
            text,
        })
    }
}
