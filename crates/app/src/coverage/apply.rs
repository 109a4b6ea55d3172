//! Carrying a plan out: one unit of work that changes the representative, keeps every marked unit on the case, moves what has to
//! move, asks for what has to be asked for, and tells everybody concerned.

use super::changed::{must_hold, outdated};
use super::preview::{Made, Payload, coverable, make, payload, preview, subs, taker};
use super::sources::Taken;
use super::tasks::{self, Errand, Kind};
use super::undo::{Record, Stepped};
use crate::events::plan::typed;
use crate::journal::Draft;
use crate::units::{assign, notify};
use crate::{Answer, App, Ctx, Error, RequestKey, Result};
use contract::coverage::{ApplyCover, CoveredEvent, NeedLine, PreviewCover};
use domain::coverage::plan::{Move, Planned};
use domain::coverage::{MoveKind, PlanRole as Why};
use domain::event::lifecycle;
use domain::id::{EventId, Id, TransferId, UnitId, UserId};
use domain::limits;
use domain::stock::{Custodian, CustodianType, TransferLineStatus, TransferStatus, UnitKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Tx;
use store::coverage::keep::CaseRow;
use store::custody::{Step, lock_units, move_units};
use store::events::EventRow;
use store::stock::{Extras, UnitRow};
use store::transfers::TransferRow;
use uuid::Uuid;

impl App {
    /// Carries a plan out. When it does not hold any more, the problem brings the plan as it would be now, ready to be applied.
    pub async fn apply_cover(
        &self,
        ctx: &Ctx,
        key: Option<RequestKey>,
        id: EventId,
        body: ApplyCover,
    ) -> Result<Answer> {
        let token = body.preview_token;
        let done = self.answer(ctx, key, 200, move |ctx, tx| apply(ctx, tx, id, &body)).await;
        let message = match done {
            Err(Error::Conflict { code: "plan_outdated", message }) => message,
            other => return other,
        };
        let again = move |ctx: &Ctx, tx: &mut Tx| {
            let Payload { to, edits, .. } = payload(ctx, tx, id, token)?;
            preview(ctx, tx, id, &PreviewCover { representative_id: to, edits })
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

/// Carries a plan out as it was looked at, or says what moved since.
pub fn apply(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &ApplyCover) -> Result<CoveredEvent> {
    let mut row = coverable(ctx, tx, id)?;
    let reason = typed("reason", domain::text::clean_note(&body.reason, limits::REASON_MAX))?;
    let seen = payload(ctx, tx, id, body.preview_token)?;
    ctx.check_version(row.version, || crate::events::view(ctx, tx, row.id))?;
    lifecycle::edit(&crate::events::bare_facts(&row)?)?;
    if row.representative_id == seen.to.uuid() {
        return Err(outdated("the case is with the one whom you chose already."));
    }
    let to = taker(ctx, tx, &row, seen.to)?;
    let made = make(ctx, tx, &row, to, &seen.edits, &Taken::default())?;
    must_hold(ctx, tx, &seen.shape, &made.shape())?;
    if !store::engine::drop_preview(tx, ctx.org(), body.preview_token.uuid())? {
        return Err(Error::unknown("preview_token"));
    }
    let case = carry_out(ctx, tx, &mut row, &made, &reason, None)?;
    covered(ctx, tx, &row, &case)
}

/// The event as it is now, and what was done.
pub(crate) fn covered(ctx: &Ctx, tx: &mut Tx, row: &EventRow, case: &CaseRow) -> Result<CoveredEvent> {
    let event = crate::events::view(ctx, tx, row.id)?;
    let coverage = super::undo::view(ctx, tx, row, case)?;
    let tasks = store::coverage::keep::tasks_of_case(tx, ctx.org(), row.id, case.id)?;
    let tasks = tasks.into_iter().map(|task| tasks::view(ctx, tx, task)).collect::<Result<_>>()?;
    Ok(CoveredEvent { event, coverage, tasks })
}

/// What is done while a plan is carried out.
struct Work<'a> {
    ctx: &'a Ctx,
    made: &'a Made,
    row: &'a EventRow,
    id: Uuid,
    to: Custodian,
    /// The locked units.
    units: BTreeMap<Uuid, UnitRow>,
    /// What lies in the containers that travel.
    inside: HashMap<Uuid, Vec<Uuid>>,
    record: Record,
    /// What each unit comes to.
    steps: Vec<(Uuid, domain::stock::Unit)>,
    transfers: Vec<Uuid>,
    links: Vec<Uuid>,
    errands: Vec<Errand>,
}

const fn travels(kind: MoveKind) -> bool {
    matches!(kind, MoveKind::HandOver | MoveKind::Courier)
}

/// Carries a plan out. The event is locked, and the plan was made in this unit of work.
pub(crate) fn carry_out(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &mut EventRow,
    made: &Made,
    reason: &str,
    absence: Option<Uuid>,
) -> Result<CaseRow> {
    let org = ctx.org();
    let from = row.representative_id;
    let to = made.to.id;
    let mut entry = ctx.entry("case_covered").reason(reason).subject(row.id).subject(from).subject(to);
    let people = store::events::people(tx, org, row.id)?;
    let shares = crate::events::plan::shares_of(&people);
    let mut work = Work::begin(ctx, tx, row, made)?;
    work.record.from = Id::from_uuid(from);
    work.record.subs = shares.iter().map(|it| (Id::from_uuid(it.user_id), it.split_bp)).collect();
    work.record.fixed = shares.iter().filter_map(|it| Some((Id::from_uuid(it.user_id), it.split_minor?))).collect();
    for one in &made.plan.moves {
        work.one(tx, &mut entry, one)?;
    }
    work.book(tx)?;
    work.claim(tx)?;
    work.carry(tx, &mut entry)?;
    let case = work.finish(tx, entry, absence)?;
    row.representative_id = to;
    let shares: Vec<_> = shares.into_iter().filter(|it| it.user_id != to).collect();
    store::events::set_people(tx, org, row, &shares)?;
    crate::events::plan::reprice(ctx, tx, row)?;
    crate::events::recount(ctx, tx, row)?;
    crate::events::save(ctx, tx, row)?;
    store::coverage::keep::close_offers(tx, org, row.id, ctx.now.0)?;
    tasks::close_wanted(ctx, tx, row.id)?;
    tell(ctx, tx, row, made, reason)?;
    Ok(case)
}

impl<'a> Work<'a> {
    /// Locks what moves, in the order of ids, and makes sure that it is as it was when the plan was made.
    fn begin(ctx: &'a Ctx, tx: &mut Tx, row: &'a EventRow, made: &'a Made) -> Result<Self> {
        let org = ctx.org();
        let mut ids: BTreeSet<Uuid> = made.plan.units().collect();
        let mut inside: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for one in made.plan.moves.iter().filter(|one| travels(one.kind)) {
            for unit in one.units.iter().filter_map(|unit| unit.unit) {
                let contents = store::stock::contents(tx, org, unit)?;
                ids.extend(&contents);
                if !contents.is_empty() {
                    inside.insert(unit, contents);
                }
            }
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let units: BTreeMap<Uuid, UnitRow> =
            lock_units(tx, org, &ids)?.into_iter().map(|unit| (unit.id, unit)).collect();
        // What was on the case before it was recalled does not travel with it.
        crate::recalls::freeze::refuse(ctx, tx, &ids, "handed over with a case: take it off first", None)?;
        let planned = made.plan.moves.iter().flat_map(|one| one.units.iter().map(move |unit| (one, unit)));
        for (one, unit) in planned {
            let Some(id) = unit.unit else { continue };
            let holder = made.holder(one).map(|it| it.id);
            let known = made.sources.units.get(&id);
            let as_planned = units.get(&id).is_some_and(|row| {
                Some(row.custodian_id) == holder && known.is_none_or(|known| known.moves == row.moves)
            });
            if !as_planned {
                // Somebody was quicker: the whole is tried again, and a new plan compared with the old.
                return Err(Error::Db(store::Error::Conflict));
            }
        }
        Ok(Self {
            ctx,
            made,
            row,
            id: ctx.id::<domain::id::Coverage>().uuid(),
            to: Custodian::user(Id::from_uuid(made.to.id)),
            units,
            inside,
            record: Record::default(),
            steps: Vec::new(),
            transfers: Vec::new(),
            links: Vec::new(),
            errands: Vec::new(),
        })
    }

    fn over(&self) -> bool {
        self.made.case.starts_at <= self.ctx.now
    }

    fn due(&self) -> domain::clock::Instant {
        let prepare = super::settings::of(self.ctx).prepare_minutes;
        self.made.case.starts_at.plus_seconds(-prepare * 60).max(self.ctx.now)
    }

    fn one(&mut self, tx: &mut Tx, entry: &mut Draft, one: &Move) -> Result<()> {
        let giver = self.made.holder(one).filter(|it| it.kind == CustodianType::User && one.kind != MoveKind::Stays);
        if let Some(giver) = giver {
            entry.about(giver.id);
        }
        match one.kind {
            MoveKind::Stays => Ok(()),
            MoveKind::Link => {
                self.links.extend(self.made.holder(one).map(|it| it.id));
                Ok(())
            }
            MoveKind::Reassign => {
                for unit in one.units.iter().filter_map(|it| it.unit) {
                    let mut after = self.units[&unit].facts();
                    after.custodian = self.to;
                    self.steps.push((unit, after));
                }
                Ok(())
            }
            MoveKind::HandOver | MoveKind::Courier => self.hand_over(tx, entry, one),
            MoveKind::Request | MoveKind::MakerRequest | MoveKind::CreateOnArrival => self.ask(tx, one),
        }
    }

    /// One transfer from one holder: accepted at once, or for the new representative to accept.
    fn hand_over(&mut self, tx: &mut Tx, entry: &mut Draft, one: &Move) -> Result<()> {
        let org = self.ctx.org();
        let Some(holder) = self.made.holder(one) else { return Ok(()) };
        let id = self.ctx.id::<domain::id::Transfer>().uuid();
        let (moving, left) = self.moving(one);
        let status = if one.at_once { TransferStatus::Accepted } else { TransferStatus::Pending };
        let decided = one.at_once.then_some(self.ctx.actor.id.uuid());
        let transfer = TransferRow {
            id,
            from_type: holder.kind.as_str().to_owned(),
            from_id: holder.id,
            to_type: self.to.kind.as_str().to_owned(),
            to_id: self.to.id,
            status: status.as_str().to_owned(),
            note: format!("Cover of {}", crate::events::number(self.row.number)),
            due_back_on: None,
            place_id: None,
            event_id: Some(self.row.id),
            units_count: moving.len() as i64,
            created_by: self.ctx.actor.id.uuid(),
            created_at: self.ctx.now.0,
            decided_by: decided,
            decided_at: decided.map(|_| self.ctx.now.0),
            decline_reason: None,
            version: 1,
        };
        store::transfers::insert(tx, org, &transfer)?;
        entry.about(id);
        let line = if one.at_once { TransferLineStatus::Accepted } else { TransferLineStatus::Pending };
        for (unit, out_of) in &moving {
            store::transfers::insert_line(tx, org, id, *unit, line.as_str())?;
            let mut after = self.units[unit].facts();
            if one.at_once {
                after.custodian = self.to;
            } else {
                after.transfer = Some(TransferId::from_uuid(id));
            }
            if *out_of {
                let shown = |id: Option<UnitId>| id.map(|id| id.to_string());
                entry.change(*unit, "container_id", shown(after.container), None);
                entry.about(*unit);
                after.container = None;
            }
            self.steps.push((*unit, after));
        }
        for unit in left {
            let container = self.units[&unit].container_id.map(|id| UnitId::from_uuid(id).to_string());
            entry.about(unit);
            entry.change(unit, "container_id", container, None);
            store::stock::set_container(tx, org, unit, None)?;
        }
        self.transfers.push(id);
        if one.at_once {
            self.record.transfers.push(Id::from_uuid(id));
        } else {
            self.record.pending.push(Id::from_uuid(id));
        }
        if !self.over() {
            let kind = if one.at_once { Kind::HandOver } else { Kind::Accept };
            self.errands.push(Errand {
                kind,
                assignee: Some(self.to.id),
                transfer: Some(id),
                maker: None,
                goods: goods(&one.units),
                due_at: self.due(),
                sentence: if one.at_once {
                    format!("{} Confirm when you have it.", one.text)
                } else {
                    one.text.clone()
                },
            });
        }
        Ok(())
    }

    /// The units of a move with what lies in its containers: (unit, whether it leaves its container); and what stays behind
    /// because another event or the office has it.
    fn moving(&self, one: &Move) -> (Vec<(Uuid, bool)>, Vec<Uuid>) {
        let mut moving: BTreeMap<Uuid, bool> = BTreeMap::new();
        let mut left = Vec::new();
        for unit in &one.units {
            let Some(id) = unit.unit else { continue };
            moving.insert(id, unit.out_of.is_some());
            for content in self.inside.get(&id).into_iter().flatten() {
                let Some(row) = self.units.get(content).filter(|row| row.active) else { continue };
                let facts = row.facts();
                let elsewhere = facts.event.is_some_and(|event| event.uuid() != self.row.id);
                if elsewhere || facts.on_hold || facts.transfer.is_some() {
                    left.push(*content);
                } else {
                    moving.entry(*content).or_insert(false);
                }
            }
        }
        (moving.into_iter().collect(), left)
    }

    /// What cannot be moved from here is asked for.
    fn ask(&mut self, tx: &mut Tx, one: &Move) -> Result<()> {
        let goods = goods(&one.units);
        let leave_by = one.leave_by.unwrap_or_else(|| self.due());
        let maker = one.maker;
        let errand = |kind, assignee, due_at, sentence: String| Errand {
            kind,
            assignee,
            transfer: None,
            maker,
            goods: goods.clone(),
            due_at,
            sentence,
        };
        match one.kind {
            MoveKind::Request => {
                let holder = self.made.holder(one).filter(|it| it.kind == CustodianType::User).map(|it| it.id);
                self.errands.push(errand(Kind::Send, holder, leave_by, one.text.clone()));
            }
            MoveKind::MakerRequest => {
                if self.ask_company(tx, one)? {
                    // It arrives at the organisation, which sends it on.
                    self.errands.push(errand(Kind::Send, None, leave_by, one.text.clone()));
                } else {
                    self.mail(tx, one)?;
                }
                self.errands.push(errand(Kind::Receive, Some(self.to.id), self.due(), one.text.clone()));
            }
            _ => {
                self.errands.push(errand(Kind::Request, None, leave_by, one.text.clone()));
                self.errands.push(errand(Kind::Receive, Some(self.to.id), self.due(), one.text.clone()));
            }
        }
        Ok(())
    }

    /// A manufacturer whom a linked company supplies is asked there; gives whether that is so.
    fn ask_company(&self, tx: &mut Tx, one: &Move) -> Result<bool> {
        let Some(maker) = one.maker else { return Ok(false) };
        if crate::links::asking::supplier(self.ctx, tx, maker)?.is_none() {
            return Ok(false);
        }
        let mut wanted = BTreeMap::new();
        for line in goods(&one.units) {
            *wanted.entry(line.catalog_item_id.uuid()).or_insert(0) += line.quantity;
        }
        let needed = self.due().day_in(&self.made.case.time_zone);
        let why = format!("Needed for {}.", crate::events::number(self.row.number));
        Ok(crate::links::asking::for_event(self.ctx, tx, self.row.id, &wanted, Some(needed), &why)? > 0)
    }

    /// A manufacturer who takes orders by mail is asked by mail.
    fn mail(&self, tx: &mut Tx, one: &Move) -> Result<()> {
        let rows = self.made.sources.items.values();
        let Some(email) =
            rows.filter(|row| Some(row.manufacturer_id) == one.maker).map(|row| &row.manufacturer_email).next()
        else {
            return Ok(());
        };
        let mut wanted = String::new();
        for line in goods(&one.units) {
            let row = self.made.sources.items.get(&line.catalog_item_id.uuid());
            let (number, description) = row.map(|it| (it.number.as_str(), it.description.as_str())).unwrap_or_default();
            wanted.push_str(&format!("{} x {number}  {description}\n", line.quantity));
        }
        let by = self.due().local(&self.made.case.time_zone);
        let number = crate::events::number(self.row.number);
        let (organization, to) = (&self.ctx.organization.name, &self.made.to.name);
        let address: contract::Address = serde_json::from_str(&self.made.to.shipping_address).unwrap_or_default();
        let mail = crate::mail::Mail {
            to: email.clone(),
            subject: format!("{organization} needs this for {number}"),
            text: format!(
                "Please send to {to}, {}:\n\n{wanted}\nIt must be there by {by}. Our reference: {number}.\n\n{organization}\n",
                address.one_line()
            ),
        };
        crate::mail::queue(self.ctx, tx, &mail)
    }

    /// Containers that the plan brings are booked for the case.
    fn book(&mut self, tx: &mut Tx) -> Result<()> {
        let mut booked: BTreeSet<Uuid> = self.made.case.containers.iter().map(|unit| unit.id).collect();
        for unit in self.made.plan.moves.iter().flat_map(|one| &one.units).filter(|unit| unit.role == Why::Need) {
            let Some(id) = unit.unit else { continue };
            let whole = self.units.get(&id).is_some_and(|row| row.facts().kind == UnitKind::Container);
            if whole && booked.insert(id) {
                self.record.booked.push(Id::from_uuid(id));
            }
        }
        if !self.record.booked.is_empty() {
            let all: Vec<Uuid> = booked.into_iter().collect();
            store::events::set_containers(tx, self.ctx.org(), self.row, &all)?;
        }
        Ok(())
    }

    /// What fills needs is kept for the case until it is marked.
    fn claim(&self, tx: &mut Tx) -> Result<()> {
        let taken = |error: store::Error| match error.is_unique_violation() {
            Some(_) => outdated("a unit of it was taken for another case."),
            None => Error::Db(error),
        };
        store::coverage::needs::claim(tx, self.ctx.org(), self.row.id, &self.made.claims()).map_err(taken)
    }

    /// Moves everything in one go, and notes who answers for marked units now.
    fn carry(&mut self, tx: &mut Tx, entry: &mut Draft) -> Result<()> {
        let org = self.ctx.org();
        let moved: Vec<(&UnitRow, domain::stock::Unit)> =
            self.steps.iter().map(|(id, after)| (&self.units[id], after.clone())).collect();
        let steps: Vec<Step<'_>> = moved
            .iter()
            .map(|(before, after)| Step { before, after: after.clone(), extras: Extras::default() })
            .collect();
        for movement in move_units(tx, org, &steps, self.ctx.now.0)? {
            entry.movement(movement);
        }
        let mut manufacturers = BTreeSet::new();
        for (before, after) in &moved {
            let custodian = before.facts().custodian;
            if after.custodian != custodian {
                manufacturers.insert(before.manufacturer_id);
                for line in self.made.case.lines.iter().filter(|line| line.unit_id == before.id) {
                    store::events::set_line_custodian(tx, org, self.row.id, line.id, after.custodian.id)?;
                }
            }
            self.record.steps.push(Stepped {
                unit: Id::from_uuid(before.id),
                from: custodian.into(),
                container: before.container_id.map(Id::from_uuid),
                moves: before.moves + 1,
            });
        }
        assign(self.ctx, tx, self.to, manufacturers)
    }

    /// Links, tasks, and the record by which all of it can be taken back.
    fn finish(mut self, tx: &mut Tx, mut entry: Draft, absence: Option<Uuid>) -> Result<CaseRow> {
        let (ctx, org) = (self.ctx, self.ctx.org());
        let shown = |id: Uuid| Some(UserId::from_uuid(id).to_string());
        entry.change(self.row.id, "representative_id", shown(self.row.representative_id), shown(self.to.id));
        entry.append(ctx, tx)?;
        for distributor in std::mem::take(&mut self.links) {
            link(ctx, tx, distributor, self.to.id)?;
            self.record.links.push(Id::from_uuid(distributor));
        }
        for errand in std::mem::take(&mut self.errands) {
            tasks::make(ctx, tx, self.row, Some(self.id), self.to.id, errand)?;
        }
        let case = CaseRow {
            id: self.id,
            event_id: self.row.id,
            from_user_id: self.row.representative_id,
            to_user_id: self.to.id,
            actor_id: ctx.actor.id.uuid(),
            absence_id: absence,
            state: "applied".to_owned(),
            record: serde_json::to_string(&self.record).map_err(|error| Error::Internal(error.to_string()))?,
            applied_at: ctx.now.0,
            undone_at: None,
        };
        store::coverage::keep::insert_case(tx, org, &case)?;
        Ok(case)
    }
}

/// Links a rep to a distributor who shares.
fn link(ctx: &Ctx, tx: &mut Tx, distributor: Uuid, rep: Uuid) -> Result<()> {
    let org = ctx.org();
    let mut both = [distributor, rep];
    both.sort_unstable();
    let mut hub = false;
    for id in both {
        let row = store::people::lock_user(tx, org, id)?.ok_or_else(Error::not_found)?;
        hub |= id == distributor && row.custodian_only;
    }
    if !hub {
        crate::people::no_other_group(ctx, tx, rep, distributor)?;
    }
    store::people::link_rep(tx, org, distributor, rep, hub)?;
    store::people::touch_user(tx, org, distributor)?;
    store::people::refresh_reach(tx, org)?;
    let mut entry = ctx.entry("group_changed").subject(distributor).subject(rep);
    entry.change(distributor, "representative_id", None, Some(UserId::from_uuid(rep).to_string()));
    entry.append(ctx, tx)
}

/// How many of what.
fn goods(units: &[Planned]) -> Vec<NeedLine> {
    let mut goods: BTreeMap<Uuid, i64> = BTreeMap::new();
    for unit in units {
        *goods.entry(unit.item).or_default() += 1;
    }
    let line = |(item, quantity)| NeedLine { catalog_item_id: Id::from_uuid(item), quantity };
    goods.into_iter().map(line).collect()
}

/// Tells everybody concerned but whoever did it.
fn tell(ctx: &Ctx, tx: &mut Tx, row: &EventRow, made: &Made, reason: &str) -> Result<()> {
    let number = crate::events::number(row.number);
    let at = made.case.starts_at.local(&made.case.time_zone);
    let why = if reason.is_empty() { String::new() } else { format!(" {reason}") };
    let subs = subs(ctx, tx, row)?;
    for whom in made.tells(ctx, &subs) {
        let sentence = if whom == made.to.id {
            format!("{number} is yours now: {}, {at}. {}{why}", row.name, what_moves(made))
        } else if Some(whom) == made.case.representative {
            format!("{} takes {number} over from you: {}, {at}.{}{why}", made.to.name, row.name, theirs(made, whom))
        } else {
            format!("{} takes {number} over: {}, {at}.{}{why}", made.to.name, row.name, theirs(made, whom))
        };
        notify(ctx, tx, whom, "case_covered", row.id, sentence.trim_end())?;
    }
    if !ctx.actor.role.is_office() {
        let sentence = format!("{} gave {number} to {}: {}, {at}.{why}", ctx.actor.name, made.to.name, row.name);
        for person in store::stock::office(tx, ctx.org())? {
            notify(ctx, tx, person, "case_covered", row.id, &sentence)?;
        }
    }
    Ok(())
}

fn what_moves(made: &Made) -> String {
    match made.plan.hand_overs() {
        0 => "Nothing has to move.".to_owned(),
        _ => {
            let moves = made.plan.moves.iter().filter(|one| one.kind != MoveKind::Stays);
            moves.map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ")
        }
    }
}

/// What somebody has to give.
fn theirs(made: &Made, whom: Uuid) -> String {
    let moves = made.plan.moves.iter().filter(|one| one.kind != MoveKind::Stays);
    let mine = moves.filter(|one| made.holder(one).is_some_and(|holder| holder.id == whom));
    mine.map(|one| format!(" {}", one.text)).collect()
}
