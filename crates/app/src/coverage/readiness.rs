//! How upcoming cases stand: ready, at risk, not ready, with what is missing and by when something must happen.

use super::case::{Case, Groups};
use super::rank::Desk;
use super::settings;
use super::tasks::Kind;
use crate::events::{Loaded, readable};
use crate::{Ctx, Error, Result};
use contract::coverage::{Readiness, Risk as RiskView};
use domain::clock::{Day, Instant};
use domain::coverage::Settings;
use domain::coverage::candidates::Conflict;
use domain::coverage::readiness::{self as rule, Lack, Risk, State};
use domain::event::is_expired;
use domain::event::lifecycle::{self, Standing};
use domain::id::{EventId, Id};
use domain::people::{Level, Permission};
use domain::stock::UnitState;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::coverage::load::{Ask, PersonRow};
use store::events::EventRow;
use uuid::Uuid;

/// What is known of one case.
pub(crate) struct Judged {
    pub row: EventRow,
    pub state: State,
    pub risks: Vec<Risk>,
    units_needed: u32,
    units_there: u32,
    location_name: Option<String>,
}

/// How many units of each open need a representative may really use on the day: good until then, kept for nobody else, and not
/// needed for an earlier case.
pub(crate) fn within_reach(
    tx: &mut Tx,
    org: Uuid,
    case: &Case,
    representative: Uuid,
    groups: &Groups,
) -> Result<BTreeMap<Uuid, u32>> {
    let holders: Vec<Uuid> =
        [representative].into_iter().chain(groups.sharers(representative).iter().copied()).collect();
    let earlier = earlier(tx, org, case, representative)?;
    let asks: Vec<Ask> = case
        .needs
        .iter()
        .flat_map(|wish| {
            let limit = i64::from(wish.quantity) + i64::from(earlier.get(&wish.item).copied().unwrap_or(0));
            holders.iter().map(move |holder| Ask { item: wish.item, custodian: *holder, limit })
        })
        .collect();
    let from_day = if case.rules.refuses_expired { i64::from(case.day.0) } else { 0 };
    let shelf = case.location.filter(|_| case.rules.allows_facility_stock);
    let mut found: BTreeMap<Uuid, u32> = BTreeMap::new();
    let rows = store::coverage::load::free_units(tx, org, case.event, shelf, from_day, &asks)?;
    let reusable: Vec<Uuid> = rows.iter().filter(|row| row.reusable).map(|row| row.id).collect();
    let span = (case.starts_at.0, case.ends_at.0);
    let busy = store::coverage::load::wanted_units(tx, org, case.event, span, &reusable)?;
    for row in rows.iter().filter(|row| !busy.contains(&row.id)) {
        *found.entry(row.item).or_default() += 1;
    }
    for (item, n) in earlier {
        if let Some(there) = found.get_mut(&item) {
            *there = there.saturating_sub(n);
        }
    }
    Ok(found)
}

/// What earlier cases of the same representative still need.
fn earlier(tx: &mut Tx, org: Uuid, case: &Case, representative: Uuid) -> Result<BTreeMap<Uuid, u32>> {
    let items: Vec<Uuid> = case.needs.iter().map(|wish| wish.item).collect();
    let span = (case.starts_at.0 - 14 * 86_400_000_000, case.starts_at.0);
    let mut others = store::coverage::needs::of_others(tx, org, case.event, span, &items)?;
    others.retain(|row| row.representative == representative);
    let mut events: Vec<Uuid> = others.iter().map(|row| row.event).collect();
    events.dedup();
    let mut filled: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    for (event, item, n) in store::coverage::needs::filled(tx, org, &events)? {
        *filled.entry((event, item)).or_default() += n;
    }
    let mut open: BTreeMap<Uuid, u32> = BTreeMap::new();
    for row in others {
        let has = filled.get(&(row.event, row.item)).copied().unwrap_or(0);
        *open.entry(row.item).or_default() += u32::try_from(row.quantity - has).unwrap_or(0);
    }
    Ok(open)
}

/// Judges some cases together.
pub(crate) fn judge(ctx: &Ctx, tx: &mut Tx, rows: Vec<EventRow>) -> Result<Vec<Judged>> {
    let org = ctx.org();
    let mut cases = Vec::with_capacity(rows.len());
    for row in &rows {
        cases.push(Case::of(ctx, tx, row)?);
    }
    let times: Vec<(i64, i64, Day, &str)> =
        cases.iter().map(|case| (case.starts_at.0, case.ends_at.0, case.day, case.time_zone.as_str())).collect();
    let mut desk = Desk::read(ctx, tx, &times)?;
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.representative_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people: HashMap<Uuid, PersonRow> =
        store::coverage::load::people(tx, org, &ids)?.into_iter().map(|row| (row.id, row)).collect();
    let settings = settings::of(ctx);
    let mut found = Vec::with_capacity(rows.len());
    for (row, case) in rows.into_iter().zip(&cases) {
        found.push(Judge { ctx, case, settings: &settings, risks: Vec::new() }.judge(tx, row, &mut desk, &people)?);
    }
    Ok(found)
}

struct Judge<'a> {
    ctx: &'a Ctx,
    case: &'a Case,
    settings: &'a Settings,
    risks: Vec<Risk>,
}

impl Judge<'_> {
    /// The last moment at which something that is still to be found can set out: by courier, or at least by car.
    fn act_by(&self) -> Option<Instant> {
        let latest = self.case.starts_at.plus_seconds(-self.settings.prepare_minutes * 60);
        let courier = latest.plus_seconds(-self.settings.courier_hours * 3_600);
        let way = self.settings.notice_minutes + self.settings.travel.unknown_minutes;
        let car = latest.plus_seconds(-way * 60);
        [courier, car].into_iter().find(|at| *at > self.ctx.now)
    }

    fn add(&mut self, lack: Lack, act_by: Option<Instant>, text: String) {
        self.risks.push(Risk { lack, act_by, text });
    }

    fn judge(
        mut self,
        tx: &mut Tx,
        row: EventRow,
        desk: &mut Desk,
        people: &HashMap<Uuid, PersonRow>,
    ) -> Result<Judged> {
        let there = self.needs(tx, &row, desk)?;
        self.lines(tx, &row)?;
        self.containers(tx, &row, desk)?;
        match people.get(&row.representative_id) {
            Some(who) => self.person(tx, who, desk)?,
            None => self.add(Lack::Representative, self.act_by(), "Nobody represents this case.".into()),
        }
        self.promises(tx, &row)?;
        let key = |risk: &Risk| (risk.act_by.map_or(i64::MIN, |at| at.0), risk.lack);
        self.risks.sort_by_key(key);
        let on_case = (self.case.lines.len() + self.case.containers.len()) as u32;
        Ok(Judged {
            state: rule::state(&self.risks, self.ctx.now),
            units_needed: self.case.units(),
            units_there: on_case + there,
            location_name: self.case.location_name.clone(),
            risks: self.risks,
            row,
        })
    }

    /// What is needed and not there; gives how much is.
    fn needs(&mut self, tx: &mut Tx, row: &EventRow, desk: &Desk) -> Result<u32> {
        let org = self.ctx.org();
        if self.case.needs.is_empty() {
            return Ok(0);
        }
        let there = within_reach(tx, org, self.case, row.representative_id, &desk.groups)?;
        let items: Vec<Uuid> = self.case.needs.iter().map(|wish| wish.item).collect();
        let names: HashMap<Uuid, String> =
            store::events::items(tx, org, &items)?.into_iter().map(|item| (item.id, item.number)).collect();
        let mut sum = 0;
        for wish in &self.case.needs {
            let has = there.get(&wish.item).copied().unwrap_or(0).min(wish.quantity);
            sum += has;
            if has < wish.quantity {
                let name = names.get(&wish.item).map_or("an item", String::as_str);
                self.add(Lack::Units, self.act_by(), rule::short(name, wish.quantity, has));
            }
        }
        Ok(sum)
    }

    /// Units that are marked already.
    fn lines(&mut self, tx: &mut Tx, row: &EventRow) -> Result<()> {
        if self.case.lines.is_empty() {
            return Ok(());
        }
        let mut loaded = Loaded::of(self.ctx, tx, row)?;
        loaded.judge(self.ctx, tx, row)?;
        let found = loaded.ask(row, |facts, lines| {
            let refused = facts.event_type.rules().refuses_expired;
            let expired = |line: &lifecycle::LineFacts<'_>| {
                refused && !line.expiry_accepted && is_expired(line.expires_on, facts.day)
            };
            lines.iter().map(|line| (line.name.to_owned(), line.standing, expired(line))).collect::<Vec<_>>()
        })?;
        for (name, standing, expired) in found {
            let (lack, text) = match standing {
                Standing::Ready if expired => (Lack::Expired, format!("{name} is past its date on the day.")),
                Standing::Ready => continue,
                Standing::InTransfer => (Lack::Transfer, format!("{name} is in a transfer that was not accepted yet.")),
                Standing::OnHold => (Lack::Held, format!("{name} is on hold.")),
                Standing::Inactive => (Lack::Held, format!("{name} is no longer in stock.")),
                Standing::TakenElsewhere => {
                    (Lack::Container, format!("{name} is wanted for another case at that time."))
                }
                Standing::NotWithRepresentative | Standing::AtOtherLocation => {
                    (Lack::NotHere, format!("{name} is not with the representative of this case."))
                }
            };
            self.add(lack, self.act_by(), text);
        }
        Ok(())
    }

    /// Containers that are booked.
    fn containers(&mut self, tx: &mut Tx, row: &EventRow, desk: &Desk) -> Result<()> {
        let ids: Vec<Uuid> = self.case.containers.iter().map(|unit| unit.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let items: Vec<Uuid> = self.case.containers.iter().map(|unit| unit.catalog_item_id).collect();
        let names: HashMap<Uuid, String> =
            store::events::items(tx, self.ctx.org(), &items)?.into_iter().map(|item| (item.id, item.number)).collect();
        let busy = store::events::busy_containers(tx, self.ctx.org(), row, &ids)?;
        let near =
            |who: Uuid| who == row.representative_id || desk.groups.sharers(row.representative_id).contains(&who);
        for unit in &self.case.containers {
            let number = names.get(&unit.catalog_item_id).cloned().unwrap_or_default();
            let name = crate::events::unit_name(&number, &unit.lot, &unit.serial);
            let wanted = busy.iter().any(|it| it.unit_id == unit.id);
            let (lack, text) = match unit.facts().state() {
                UnitState::InTransfer => {
                    (Lack::Transfer, format!("{name} is in a transfer that was not accepted yet."))
                }
                UnitState::OnHold => (Lack::Held, format!("{name} is on hold.")),
                UnitState::Inactive => (Lack::Held, format!("{name} is no longer in stock.")),
                _ if wanted => (Lack::Container, format!("{name} is booked for another case at that time.")),
                _ if !near(unit.custodian_id) => {
                    (Lack::NotHere, format!("{name} is not with the representative of this case."))
                }
                _ => continue,
            };
            self.add(lack, self.act_by(), text);
        }
        Ok(())
    }

    /// The representative.
    fn person(&mut self, tx: &mut Tx, who: &PersonRow, desk: &mut Desk) -> Result<()> {
        if !who.active {
            self.add(Lack::Representative, self.act_by(), format!("The account of {} was deactivated.", who.name));
        }
        for Conflict { code, text, .. } in desk.conflicts(self.ctx, tx, self.case, who)? {
            let lack = match code {
                "away" => Lack::Away,
                "busy" => Lack::Busy,
                _ => Lack::Representative,
            };
            self.add(lack, self.act_by(), text);
        }
        Ok(())
    }

    /// What was promised for it and is not done.
    fn promises(&mut self, tx: &mut Tx, row: &EventRow) -> Result<()> {
        for task in store::coverage::keep::tasks_of_event(tx, self.ctx.org(), row.id)? {
            if task.state != "open" {
                continue;
            }
            let lack = if task.kind == Kind::CoverWanted.as_str() { Lack::Away } else { Lack::Task };
            let due = Instant(task.due_at);
            let act_by = if due > self.ctx.now { Some(due) } else { self.act_by() };
            self.add(lack, act_by, task.sentence);
        }
        Ok(())
    }
}

/// A judged case as it is shown.
pub(crate) fn view(ctx: &Ctx, tx: &mut Tx, judged: Judged) -> Result<Readiness> {
    let row = judged.row;
    let representative_name = store::people::name(tx, ctx.org(), row.representative_id)?.unwrap_or_default();
    let acts = crate::events::level(ctx, tx, &row)? >= Level::Act;
    Ok(Readiness {
        event_id: Id::from_uuid(row.id),
        event_number: crate::events::number(row.number),
        event_name: row.name,
        representative_id: Id::from_uuid(row.representative_id),
        representative_name,
        location_name: judged.location_name,
        starts_at: Instant(row.starts_at),
        time_zone: row.time_zone,
        state: judged.state,
        act_by: rule::act_by(&judged.risks),
        risks: judged
            .risks
            .into_iter()
            .map(|risk| RiskView { lack: risk.lack, act_by: risk.act_by, text: risk.text })
            .collect(),
        units_needed: i64::from(judged.units_needed),
        units_there: i64::from(judged.units_there),
        may_cover: acts && ctx.may(Permission::CoverEvents),
    })
}

/// How one open case stands.
pub fn one(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<Readiness> {
    let row = readable(ctx, tx, id.uuid())?;
    lifecycle::edit(&crate::events::bare_facts(&row)?)?;
    let judged = judge(ctx, tx, vec![row])?.into_iter().next().ok_or_else(Error::not_found)?;
    view(ctx, tx, judged)
}
