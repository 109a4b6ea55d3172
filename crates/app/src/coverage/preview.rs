//! A plan to look at: nothing is written but the plan itself, which ends after half an hour.

use super::case::Case;
use super::sources::{self, Sources, Taken};
use super::{rank, settings};
use crate::events::writable;
use crate::{Ctx, Error, Result};
use contract::coverage::{
    CoverEdits, CoverMove, CoverNextBest, CoverPreview, CoverSummary, CoverUnit, CoverUnresolved, PreviewCover,
};
use domain::clock::Day;
use domain::coverage::plan::{Holder, Move, NextBest, Plan, Planned, Unresolved, plan};
use domain::coverage::{MoveKind, PlanRole as Why};
use domain::event::lifecycle;
use domain::id::{CatalogItemId, EventId, Id, PreviewId, UnitId, UserId};
use domain::limits;
use domain::people::Permission;
use domain::stock::{Custodian, CustodianType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use store::Tx;
use store::coverage::load::PersonRow;
use store::engine::PreviewRow;
use store::events::EventRow;
use uuid::Uuid;

/// The kind of preview that this is.
const KIND: &str = "coverage";

/// A plan for one case with what it was made from.
pub(crate) struct Made {
    pub case: Case,
    pub to: PersonRow,
    pub sources: Sources,
    pub plan: Plan,
}

/// What a preview remembers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    pub event: EventId,
    pub to: UserId,
    pub edits: CoverEdits,
    pub shape: Shape,
}

/// A plan without its times: what has to be the same for it still to hold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub(crate) struct Shape {
    pub from: UserId,
    pub to: UserId,
    pub starts_at: i64,
    pub moves: Vec<ShapeMove>,
    pub open: Vec<(CatalogItemId, u32, Option<UnitId>)>,
}

/// One move without its times.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub(crate) struct ShapeMove {
    pub kind: String,
    /// Printed id.
    pub from: String,
    pub at_once: bool,
    pub units: Vec<(CatalogItemId, Option<UnitId>)>,
}

/// Plans a case for somebody in the right of `right`.
pub(crate) fn make(
    right: &Ctx,
    tx: &mut Tx,
    row: &EventRow,
    to: Uuid,
    edits: &CoverEdits,
    taken: &Taken,
) -> Result<Made> {
    let case = Case::of(right, tx, row)?;
    let to = store::coverage::load::people(tx, right.org(), &[to])?.into_iter().next().ok_or_else(Error::not_found)?;
    let sources = sources::read(right, tx, &case, &to, edits, taken)?;
    let plan = plan(&sources.situation, &settings::of(right));
    Ok(Made { case, to, sources, plan })
}

/// A custodian's id as it is printed.
pub(crate) fn printed(holder: &Holder) -> String {
    match holder.kind {
        CustodianType::User => UserId::from_uuid(holder.id).to_string(),
        _ => domain::id::OrganizationId::from_uuid(holder.id).to_string(),
    }
}

impl Made {
    pub fn holder(&self, one: &Move) -> Option<&Holder> {
        one.holder.map(|at| &self.sources.situation.holders[at])
    }

    /// What has to be the same when the plan is carried out.
    pub fn shape(&self) -> Shape {
        let mut moves: Vec<ShapeMove> = self
            .plan
            .moves
            .iter()
            .map(|one| {
                let from = match (self.holder(one), one.maker) {
                    (Some(holder), _) => printed(holder),
                    (None, maker) => domain::id::ManufacturerId::from_uuid(maker.unwrap_or_default()).to_string(),
                };
                let unit = |it: &Planned| (CatalogItemId::from_uuid(it.item), it.unit.map(UnitId::from_uuid));
                let mut units: Vec<_> = one.units.iter().map(unit).collect();
                units.sort_unstable();
                ShapeMove { kind: one.kind.as_str().to_owned(), from, at_once: one.at_once, units }
            })
            .collect();
        moves.sort_by(|a, b| (&a.kind, &a.from).cmp(&(&b.kind, &b.from)));
        let open = self
            .plan
            .unresolved
            .iter()
            .map(|it| (CatalogItemId::from_uuid(it.item), it.quantity, it.unit.map(UnitId::from_uuid)));
        Shape {
            from: Id::from_uuid(self.case.representative.unwrap_or_default()),
            to: Id::from_uuid(self.to.id),
            starts_at: self.case.starts_at.0,
            moves,
            open: open.collect(),
        }
    }

    /// What further plans of the same action must leave alone.
    pub fn take(&self, taken: &mut Taken) {
        taken.units.extend(self.plan.units());
        for one in &self.plan.moves {
            for unit in one.units.iter().filter_map(|it| it.unit) {
                if self.sources.situation.containers.iter().any(|container| container.unit == unit) {
                    taken.containers.insert(unit);
                }
            }
        }
        taken.containers.extend(self.case.containers.iter().map(|unit| unit.id));
    }

    /// Whoever the plan concerns, but whoever makes it.
    pub fn tells(&self, ctx: &Ctx, subs: &[Uuid]) -> BTreeSet<Uuid> {
        let mut whom: BTreeSet<Uuid> = subs.iter().copied().collect();
        whom.extend(self.case.representative);
        whom.insert(self.to.id);
        for one in self.plan.moves.iter().filter(|one| one.kind != MoveKind::Stays) {
            whom.extend(self.holder(one).filter(|it| it.kind == CustodianType::User).map(|it| it.id));
        }
        whom.remove(&ctx.actor.id.uuid());
        whom
    }

    /// Units that somebody wanted by name and cannot have.
    pub fn must_have_wishes(&self) -> Result<()> {
        if self.plan.refused.is_empty() {
            return Ok(());
        }
        let message = "A unit that you chose cannot be had for this case: it is needed elsewhere, would come too late, or is \
                       not what the case needs. Choose another one.";
        Err(Error::conflict("unit_not_available", message))
    }

    /// Moves and what is left open, as they are shown.
    pub fn views(&self, ctx: &Ctx, tx: &mut Tx) -> Result<(Vec<CoverMove>, Vec<CoverUnresolved>)> {
        let ids: Vec<Uuid> = self.plan.units().collect();
        let labels: HashMap<Uuid, Label> = store::coverage::load::labels(tx, ctx.org(), &ids)?
            .into_iter()
            .map(|(id, lot, serial, expires_on)| (id, Label { lot, serial, expires_on }))
            .collect();
        let moves = self.plan.moves.iter().map(|one| self.move_view(one, &labels)).collect();
        Ok((moves, self.plan.unresolved.iter().map(|open| self.open_view(open)).collect()))
    }

    fn item(&self, id: Uuid) -> (String, String) {
        let row = self.sources.items.get(&id);
        row.map(|row| (row.number.clone(), row.description.clone())).unwrap_or_default()
    }

    fn move_view(&self, one: &Move, labels: &HashMap<Uuid, Label>) -> CoverMove {
        let holder = self.holder(one);
        let maker = one.maker.and_then(|id| self.sources.situation.makers.iter().find(|maker| maker.id == id));
        let name = holder.map(|it| it.name.clone()).or_else(|| maker.map(|it| it.name.clone()));
        CoverMove {
            kind: one.kind,
            from: holder.map(|it| Custodian { kind: it.kind, id: it.id }.into()),
            manufacturer_id: one.maker.map(Id::from_uuid),
            from_name: name.unwrap_or_default(),
            to_user_id: Id::from_uuid(self.to.id),
            to_name: self.to.name.clone(),
            relation: holder.map(|it| it.relation),
            facility_stock: one.shelf,
            units: one.units.iter().map(|unit| self.unit_view(unit, labels)).collect(),
            at_once: one.at_once,
            leave_by: one.leave_by,
            arrives_at: one.arrives_at,
            travel_minutes: one.minutes,
            late: one.late,
            points: one.points,
            text: one.text.clone(),
        }
    }

    fn unit_view(&self, unit: &Planned, labels: &HashMap<Uuid, Label>) -> CoverUnit {
        let (catalog_number, description) = self.item(unit.item);
        let label = unit.unit.and_then(|id| labels.get(&id));
        CoverUnit {
            unit_id: unit.unit.map(Id::from_uuid),
            catalog_item_id: Id::from_uuid(unit.item),
            catalog_number,
            description,
            lot: label.map(|it| it.lot.clone()).unwrap_or_default(),
            serial: label.map(|it| it.serial.clone()).unwrap_or_default(),
            expires_on: label.and_then(|it| it.expires_on).map(|day| Day(day as i32)),
            role: unit.role,
            out_of_container_id: unit.out_of.map(Id::from_uuid),
        }
    }

    fn open_view(&self, open: &Unresolved) -> CoverUnresolved {
        let (catalog_number, description) = self.item(open.item);
        let next = |it: &NextBest| CoverNextBest {
            kind: it.kind.to_owned(),
            catalog_item_id: it.item.map(Id::from_uuid),
            from: it.holder.map(|at| {
                let holder = &self.sources.situation.holders[at];
                Custodian { kind: holder.kind, id: holder.id }.into()
            }),
            arrives_at: it.arrives_at,
            text: it.text.clone(),
        };
        CoverUnresolved {
            catalog_item_id: Id::from_uuid(open.item),
            catalog_number,
            description,
            quantity: i64::from(open.quantity),
            unit_id: open.unit.map(Id::from_uuid),
            text: open.text.clone(),
            next_best: open.next_best.iter().map(next).collect(),
        }
    }

    fn summary(&self) -> CoverSummary {
        let units = |stays: bool| -> i64 {
            let of_kind = self.plan.moves.iter().filter(|one| (one.kind == MoveKind::Stays) == stays);
            of_kind.map(|one| one.units.len() as i64).sum()
        };
        let spare = self.plan.ready_at.map(|at| (self.case.starts_at.0 - at.0) / 60_000_000);
        CoverSummary {
            units_in_place: units(true),
            units_moving: units(false),
            hand_overs: self.plan.hand_overs() as i64,
            units_unresolved: self.plan.unresolved.iter().map(|it| i64::from(it.quantity)).sum(),
            ready_at: self.plan.ready_at,
            spare_minutes: spare,
            cost: self.plan.cost,
            exact: self.plan.exact,
        }
    }

    /// Units that fill needs: kept for the case until they are marked.
    pub fn claims(&self) -> Vec<(Uuid, bool)> {
        let needed = self.plan.moves.iter().flat_map(|one| &one.units);
        let needed = needed.filter(|unit| matches!(unit.role, Why::Need | Why::Content));
        let known = needed.filter_map(|unit| self.sources.units.get(&unit.unit?));
        let devices = known.filter(|row| row.kind != domain::stock::UnitKind::Container.as_str());
        devices.map(|row| (row.id, row.reusable)).collect()
    }
}

struct Label {
    lot: String,
    serial: String,
    expires_on: Option<i64>,
}

/// The case in the path and the rule that it is open, for those who may find cover.
pub(crate) fn coverable(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventRow> {
    let row = writable(ctx, tx, id.uuid())?;
    ctx.require(Permission::CoverEvents)?;
    Ok(row)
}

/// Makes a plan and keeps it for half an hour.
pub fn preview(ctx: &Ctx, tx: &mut Tx, id: EventId, ask: &PreviewCover) -> Result<CoverPreview> {
    let row = coverable(ctx, tx, id)?;
    lifecycle::edit(&crate::events::bare_facts(&row)?)?;
    let to = taker(ctx, tx, &row, ask.representative_id)?;
    check_edits(ctx, tx, &ask.edits)?;
    let made = make(ctx, tx, &row, to, &ask.edits, &Taken::default())?;
    made.must_have_wishes()?;
    let (moves, unresolved) = made.views(ctx, tx)?;
    let conflicts = rank::conflicts(ctx, tx, &made.case, &made.to)?;
    let payload = Payload { event: id, to: ask.representative_id, edits: ask.edits.clone(), shape: made.shape() };
    let (token, expires_at) = keep(ctx, tx, KIND, &payload)?;
    let from_name = store::people::name(tx, ctx.org(), row.representative_id)?.unwrap_or_default();
    let subs = subs(ctx, tx, &row)?;
    Ok(CoverPreview {
        preview_token: token,
        expires_at,
        event_id: id,
        from_user_id: Id::from_uuid(row.representative_id),
        from_name,
        representative_id: ask.representative_id,
        representative_name: made.to.name.clone(),
        moves,
        unresolved,
        conflicts: conflicts.into_iter().map(rank::conflict_view).collect(),
        summary: made.summary(),
        tells: made.tells(ctx, &subs).into_iter().map(Id::from_uuid).collect(),
    })
}

/// Who shares the case.
pub(crate) fn subs(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Vec<Uuid>> {
    let people = store::events::people(tx, ctx.org(), row.id)?;
    Ok(people.into_iter().filter(|it| it.role == "sub").map(|it| it.user_id).collect())
}

/// Whoever takes a case over: in reach, active, somebody who holds stock, and not who has it already.
pub(crate) fn taker(ctx: &Ctx, tx: &mut Tx, row: &EventRow, id: UserId) -> Result<Uuid> {
    let kind = crate::events::kind(row)?;
    let person = crate::events::plan::representative(ctx, tx, kind, Some(id))?;
    if person.id == row.representative_id {
        let message = format!("{} represents this event already. Choose somebody else.", person.name);
        return Err(Error::field("representative_id", "already_representative", message));
    }
    Ok(person.id)
}

/// What an edit leaves out must be known: people by name, units within reach. What it wants is looked for by the plan.
fn check_edits(ctx: &Ctx, tx: &mut Tx, edits: &CoverEdits) -> Result<()> {
    let lists = [
        ("without_user_ids", edits.without_user_ids.len()),
        ("without_manufacturer_ids", edits.without_manufacturer_ids.len()),
        ("without_unit_ids", edits.without_unit_ids.len()),
        ("with_unit_ids", edits.with_unit_ids.len()),
        ("substitutes", edits.substitutes.len()),
    ];
    if let Some((field, _)) = lists.into_iter().find(|(_, n)| *n > limits::BULK_AT_ONCE) {
        let message = format!("Give at most {} of these.", limits::BULK_AT_ONCE);
        return Err(Error::field(format!("edits.{field}"), "too_many", message));
    }
    let unknown = |field: &str, at: usize| Error::unknown(format!("edits.{field}[{at}]"));
    for (at, id) in edits.without_user_ids.iter().enumerate() {
        store::people::name(tx, ctx.org(), id.uuid())?.ok_or_else(|| unknown("without_user_ids", at))?;
    }
    let makers: Vec<Uuid> = edits.without_manufacturer_ids.iter().map(|id| id.uuid()).collect();
    let known = store::events::known_manufacturers(tx, ctx.org(), &makers)?;
    if let Some(at) = makers.iter().position(|id| !known.iter().any(|(found, _, _)| found == id)) {
        return Err(unknown("without_manufacturer_ids", at));
    }
    for (at, id) in edits.without_unit_ids.iter().enumerate() {
        crate::units::get(ctx, tx, *id).map_err(|error| match error {
            Error::NotFound(_) => unknown("without_unit_ids", at),
            other => other,
        })?;
    }
    Ok(())
}

/// Keeps what a preview remembers; gives its token and when it ends.
pub(crate) fn keep<T: Serialize>(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: &str,
    payload: &T,
) -> Result<(PreviewId, domain::clock::Instant)> {
    let token = ctx.id::<domain::id::Preview>();
    let expires_at = ctx.now.plus_seconds(limits::PREVIEW_SECONDS);
    let row = PreviewRow {
        actor_id: ctx.actor.id.uuid(),
        kind: kind.to_owned(),
        payload: serde_json::to_string(payload).map_err(|error| Error::Internal(error.to_string()))?,
        expires_at: expires_at.0,
    };
    store::engine::insert_preview(tx, ctx.org(), token.uuid(), &row)?;
    Ok((token, expires_at))
}

/// What a preview of a kind remembers: the actor's own, and not too old.
pub(crate) fn opened<T: serde::de::DeserializeOwned>(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: &str,
    token: PreviewId,
) -> Result<T> {
    let row = store::engine::preview(tx, ctx.org(), token.uuid())?
        .filter(|row| row.actor_id == ctx.actor.id.uuid() && row.kind == kind)
        .ok_or_else(|| Error::unknown("preview_token"))?;
    if row.expires_at <= ctx.now.0 {
        return Err(Error::conflict("preview_expired", "This plan is older than half an hour. Look at a new one."));
    }
    serde_json::from_str(&row.payload).map_err(|error| Error::Internal(format!("a stored preview: {error}")))
}

/// The plan of a preview for this event.
pub(crate) fn payload(ctx: &Ctx, tx: &mut Tx, id: EventId, token: PreviewId) -> Result<Payload> {
    let payload: Payload = opened(ctx, tx, KIND, token)?;
    if payload.event == id { Ok(payload) } else { Err(Error::unknown("preview_token")) }
}
