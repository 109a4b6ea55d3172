//! Succession: another account takes over everything that an account does, holds and oversees, in one action. E-mail and
//! role never change, so this is how turnover, promotion and mistakes are dealt with.

use super::accounts::{Subject, end, judged, must_not_be_the_last, need, shown, subject, user_text};
use super::organization::{hand_over_discrepancies, takes_discrepancies};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::people::{ApplyPreview, PreviewSuccessor, Succession, SuccessorPreview};
use domain::id::{PreviewId, UserId};
use domain::limits;
use domain::people::Role;
use domain::stock::Custodian;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::Tx;
use store::engine::PreviewRow;
use store::people::{Assignable, Estate, UserRow};
use store::stock::Extras;
use uuid::Uuid;

/// The kind of preview that this is.
const KIND: &str = "successor";

/// What a preview remembers: whom it is about, and a digest of all that was counted.
#[derive(Serialize, Deserialize)]
struct Payload {
    from: UserId,
    to: UserId,
    digest: String,
}

/// Both accounts and what goes from one to the other.
struct Plan {
    from: Subject,
    to: Subject,
    estate: Estate,
    discrepancies: bool,
    notes: Vec<String>,
}

/// Shows what a successor would take over, and refuses what its role cannot.
pub fn preview_successor(ctx: &Ctx, tx: &mut Tx, id: UserId, ask: &PreviewSuccessor) -> Result<SuccessorPreview> {
    let from = subject(ctx, tx, id)?;
    must_not_be_the_last(ctx, &from)?;
    need(from.rights.activity, "who succeeds it")?;
    let to = match store::people::user(tx, ctx.org(), ask.to_user_id.uuid())? {
        Some(row) => judged(ctx, tx, row)?,
        None => return Err(Error::unknown("to_user_id")),
    };
    let plan = plan(ctx, tx, from, to)?;
    let token = ctx.id::<domain::id::Preview>();
    let expires_at = ctx.now.plus_seconds(limits::PREVIEW_SECONDS);
    let payload = Payload { from: id, to: ask.to_user_id, digest: plan.digest() };
    let row = PreviewRow {
        actor_id: ctx.actor.id.uuid(),
        kind: KIND.to_owned(),
        payload: super::fields::json(&payload)?,
        expires_at: expires_at.0,
    };
    store::engine::insert_preview(tx, ctx.org(), token.uuid(), &row)?;
    Ok(SuccessorPreview {
        preview_token: token,
        expires_at,
        from_user_id: id,
        to_user_id: ask.to_user_id,
        counts: plan.counts(),
        notes: plan.notes,
    })
}

/// Carries a preview out: everything is handed over, and the old account is deactivated.
pub fn apply_successor(ctx: &Ctx, tx: &mut Tx, id: UserId, ask: &ApplyPreview) -> Result<Succession> {
    let seen = subject(ctx, tx, id)?;
    need(seen.rights.activity, "who succeeds it")?;
    let payload = opened(ctx, tx, ask.preview_token, id)?;
    // Both rows in the order of their ids, as everybody locks.
    let mut ids = [id.uuid(), payload.to.uuid()];
    ids.sort_unstable();
    let mut rows = BTreeMap::new();
    for id in ids {
        let row = store::people::lock_user(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
        rows.insert(id, judged(ctx, tx, row)?);
    }
    let mut take = |id: UserId| rows.remove(&id.uuid()).ok_or_else(Error::not_found);
    let (from, to) = (take(id)?, take(payload.to)?);
    from.check_version(ctx)?;
    let plan = plan(ctx, tx, from, to)?;
    if plan.digest() != payload.digest {
        return Err(outdated());
    }
    if !store::engine::drop_preview(tx, ctx.org(), ask.preview_token.uuid())? {
        return Err(Error::unknown("preview_token"));
    }
    plan.carry_out(ctx, tx)
}

fn outdated() -> Error {
    Error::conflict("preview_outdated", "Something changed since the preview. Look at a new one, then decide again.")
}

fn opened(ctx: &Ctx, tx: &mut Tx, token: PreviewId, from: UserId) -> Result<Payload> {
    let unknown = || Error::unknown("preview_token");
    let row = store::engine::preview(tx, ctx.org(), token.uuid())?
        .filter(|row| row.actor_id == ctx.actor.id.uuid() && row.kind == KIND)
        .ok_or_else(unknown)?;
    let payload: Payload =
        serde_json::from_str(&row.payload).map_err(|error| Error::Internal(format!("a stored preview: {error}")))?;
    if payload.from != from {
        return Err(unknown());
    }
    if row.expires_at <= ctx.now.0 {
        return Err(Error::conflict("preview_expired", "This preview is older than half an hour. Look at a new one."));
    }
    Ok(payload)
}

/// Reads what there is and judges whether the successor can take all of it.
fn plan(ctx: &Ctx, tx: &mut Tx, from: Subject, to: Subject) -> Result<Plan> {
    if from.row.id == to.row.id {
        return Err(Error::field("to_user_id", "same_account", "An account cannot succeed itself."));
    }
    need(to.rights.activity, "what it takes over")?;
    if !to.row.active {
        let message = format!("{} is deactivated. Reactivate that account, or choose another one.", to.row.name);
        return Err(Error::conflict("successor_inactive", message));
    }
    let id = UserId::from_uuid(from.row.id);
    let estate = store::people::estate(tx, ctx.org(), from.row.id, limits::ROWS_PER_REQUEST as i64)?;
    let discrepancies = takes_discrepancies(ctx, tx, id)?;
    let mut plan = Plan { from, to, estate, discrepancies, notes: Vec::new() };
    plan.judge_stock()?;
    plan.judge_work()?;
    plan.judge_group(ctx, tx)?;
    Ok(plan)
}

impl Plan {
    fn refuse(&self, code: &'static str, what: &str) -> Error {
        let (from, to, role) = (&self.from.row.name, &self.to.row.name, self.to.role.label());
        Error::conflict(
            code,
            format!("{from} {what}, which {to} cannot take over (role {role}). Choose another account."),
        )
    }

    fn heir_holds(&self) -> bool {
        self.to.role.holds_stock() && self.to.row.delegate_of.is_none()
    }

    fn heir_sells(&self) -> bool {
        matches!(self.to.role, Role::Sales | Role::Distributor) && self.to.row.delegate_of.is_none()
    }

    fn heir_leads(&self) -> bool {
        self.to.role == Role::Distributor && self.to.row.delegate_of.is_none()
    }

    fn judge_stock(&self) -> Result<()> {
        let it = &self.estate;
        if it.units.len() > limits::ROWS_PER_REQUEST {
            let message = format!(
                "{} answers for more than {} units. Transfer a part of them first.",
                self.from.row.name,
                limits::ROWS_PER_REQUEST
            );
            return Err(Error::conflict("too_much_at_once", message));
        }
        let moving = !it.outgoing.is_empty() || !it.incoming.is_empty() || !it.requests.is_empty();
        let stock = !it.units.is_empty() || moving || self.discrepancies;
        if stock && !self.heir_holds() {
            super::groups::must_hold_stock("to_user_id", &self.to.row)?;
        }
        let heir = self.to.row.id;
        if it.outgoing.iter().chain(&it.incoming).any(|(_, other)| *other == heir) {
            let message = format!(
                "A transfer between {} and {} is pending. Accept, decline or cancel it first.",
                self.from.row.name, self.to.row.name
            );
            return Err(Error::conflict("transfer_between_both", message));
        }
        Ok(())
    }

    fn judge_work(&self) -> Result<()> {
        let it = &self.estate;
        let represents = !it.events.is_empty() || !it.seconded.is_empty();
        if represents && !self.heir_holds() {
            return Err(self.refuse("successor_cannot_represent", "represents open events"));
        }
        let cares = !it.customers.is_empty() || !it.locations.is_empty() || !it.territories.is_empty();
        if !it.tasks.is_empty() && self.to.role == Role::FacilityManager {
            return Err(self.refuse("successor_cannot_have_tasks", "has tasks for customers"));
        }
        if cares && !self.heir_sells() {
            return Err(self.refuse("successor_cannot_be_sales_rep", "is the sales rep of customers"));
        }
        if !it.regions.is_empty() && self.to.role != Role::RegionalManager {
            return Err(self.refuse("successor_cannot_manage_region", "manages a region"));
        }
        Ok(())
    }

    fn judge_group(&mut self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        if !self.estate.reps.is_empty() && !self.heir_leads() {
            return Err(self.refuse("successor_cannot_lead_group", "leads a group of reps"));
        }
        let full = self.heir_leads() && !self.to.row.custodian_only;
        if !self.estate.delegates.is_empty() && !full {
            return Err(self.refuse("successor_cannot_have_delegates", "has delegates"));
        }
        if full && self.from.row.custodian_only {
            // A rep may belong to many hubs, but to one full distributor.
            for rep in &self.estate.reps {
                super::groups::no_other_group(ctx, tx, *rep, self.to.row.id)?;
            }
        }
        if self.to.role == Role::Sales {
            let own = store::people::distributors_of(tx, ctx.org(), self.to.row.id)?;
            let left = self.estate.memberships.iter().find(|(_, hub)| !hub);
            if let Some((distributor, _)) = left
                && own.iter().any(|(other, hub)| !hub && other != distributor)
            {
                super::groups::no_other_group(ctx, tx, self.to.row.id, *distributor)?;
            }
            return Ok(());
        }
        for (distributor, _) in &self.estate.memberships {
            let name = store::people::name(tx, ctx.org(), *distributor)?.unwrap_or_default();
            self.notes
                .push(format!("{} leaves the group of {name}: only sales users belong to one.", self.from.row.name));
        }
        Ok(())
    }

    /// Groups that the successor joins.
    fn joined(&self) -> &[(Uuid, bool)] {
        if self.to.role == Role::Sales { &self.estate.memberships } else { &[] }
    }

    fn counts(&self) -> BTreeMap<String, i64> {
        let it = &self.estate;
        [
            ("representatives", it.reps.len()),
            ("groups", self.joined().len()),
            ("delegates", it.delegates.len()),
            ("regions", it.regions.len()),
            ("assignments", it.assignments.len()),
            ("quick_transfer_sources", it.sources.len() + it.source_of.len()),
            ("customers", it.customers.len()),
            ("locations", it.locations.len()),
            ("territories", it.territories.len()),
            ("tasks", it.tasks.len()),
            ("open_events", it.events.len() + it.seconded.len()),
            ("pending_transfers", it.outgoing.len() + it.incoming.len()),
            ("open_requests", it.requests.len()),
            ("units", it.units.len()),
        ]
        .into_iter()
        .map(|(key, count)| (key.to_owned(), count as i64))
        .collect()
    }

    /// Of everything that was counted: apply refuses when it is not what the preview showed.
    fn digest(&self) -> String {
        let text = format!("{:?} {:?} {:?} {}", self.from.row.id, self.to.row.id, self.estate, self.discrepancies);
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn carry_out(self, ctx: &Ctx, tx: &mut Tx) -> Result<Succession> {
        let (organization, from, to) = (ctx.org(), self.from.row.id, self.to.row.id);
        let counts = self.counts();
        let mut entry = ctx.entry("successor_applied").subject(from).subject(to);
        self.hand_over_people(ctx, tx, &mut entry)?;
        self.hand_over_links(ctx, tx, &mut entry)?;
        self.hand_over_work(ctx, tx, &mut entry)?;
        for id in &self.estate.units {
            let unit = store::stock::lock_unit(tx, organization, *id)?.ok_or_else(outdated)?;
            if unit.custodian_id != from || !unit.active {
                return Err(outdated());
            }
            let mut after = unit.facts();
            after.custodian = Custodian::user(UserId::from_uuid(to));
            entry.movement(store::stock::move_unit(tx, organization, &unit, &after, &Extras::default(), ctx.now.0)?);
        }
        for subject in self.touched() {
            entry = entry.subject(subject);
        }
        entry.append(ctx, tx)?;
        if self.discrepancies {
            hand_over_discrepancies(ctx, tx, UserId::from_uuid(from), UserId::from_uuid(to))?;
        }
        let heir = self.save_heir(ctx, tx)?;
        let reason = format!("Succeeded by {}", self.to.row.name);
        let left = end(ctx, tx, "user_deactivated", &reason, &self.from.row)?;
        store::people::refresh_reach(tx, organization)?;
        let sentence = format!("You take over everything from {}.", left.name);
        let notice = ctx.id::<domain::id::Entry>().uuid();
        store::engine::notify(tx, organization, to, notice, "successor_applied", from, &sentence, ctx.now.0)?;
        Ok(Succession { from: shown(ctx, left)?, to: shown(ctx, heir)?, counts })
    }

    /// What shows the hand-over in its own history.
    fn touched(&self) -> impl Iterator<Item = Uuid> {
        let it = &self.estate;
        let lists = [&it.reps, &it.delegates, &it.regions, &it.customers, &it.locations, &it.events, &it.seconded];
        let transfers = it.outgoing.iter().chain(&it.incoming).map(|(transfer, _)| *transfer);
        lists.into_iter().flatten().copied().chain(transfers).chain(it.requests.iter().copied())
    }

    fn hand_over_people(&self, ctx: &Ctx, tx: &mut Tx, entry: &mut Draft) -> Result<()> {
        let (organization, from, to) = (ctx.org(), self.from.row.id, self.to.row.id);
        for rep in &self.estate.reps {
            store::people::unlink_rep(tx, organization, from, *rep)?;
            store::people::link_rep(tx, organization, to, *rep, self.to.row.custodian_only)?;
            entry.change(*rep, "distributor_id", Some(user_text(from)), Some(user_text(to)));
        }
        for (distributor, _) in &self.estate.memberships {
            store::people::unlink_rep(tx, organization, *distributor, from)?;
            entry.change(*distributor, "representative_id", Some(user_text(from)), None);
        }
        for (distributor, hub) in self.joined() {
            store::people::link_rep(tx, organization, *distributor, to, *hub)?;
            entry.change(*distributor, "representative_id", None, Some(user_text(to)));
        }
        if !self.estate.delegates.is_empty() {
            store::people::hand_over_delegates(tx, organization, from, to)?;
        }
        self.told(entry, &self.estate.delegates, "delegate_of");
        if !self.estate.regions.is_empty() {
            store::people::hand_over_regions(tx, organization, from, to)?;
        }
        self.told(entry, &self.estate.regions, "manager_id");
        Ok(())
    }

    fn hand_over_links(&self, ctx: &Ctx, tx: &mut Tx, entry: &mut Draft) -> Result<()> {
        let (organization, from, to) = (ctx.org(), self.from.row.id, self.to.row.id);
        for (kind, target, commission_bp) in &self.estate.assignments {
            let Some(kind) = Assignable::parse(kind) else { continue };
            store::people::unassign(tx, organization, from, kind, *target)?;
            store::people::assign(tx, organization, to, kind, *target, *commission_bp)?;
            entry.change(*target, "assigned_to", Some(user_text(from)), Some(user_text(to)));
        }
        for (kind, source) in &self.estate.sources {
            store::people::drop_quick_source(tx, organization, from, *source)?;
            if *source != to && self.heir_holds() {
                store::people::add_quick_source(tx, organization, to, kind, *source)?;
            }
        }
        for user in &self.estate.source_of {
            store::people::drop_quick_source(tx, organization, *user, from)?;
            if *user != to && self.heir_holds() {
                store::people::add_quick_source(tx, organization, *user, "user", to)?;
            }
            entry.change(*user, "quick_transfer_source", Some(user_text(from)), Some(user_text(to)));
        }
        Ok(())
    }

    fn hand_over_work(&self, ctx: &Ctx, tx: &mut Tx, entry: &mut Draft) -> Result<()> {
        let (organization, from, to, now) = (ctx.org(), self.from.row.id, self.to.row.id, ctx.now.0);
        let it = &self.estate;
        // Inherited reps are handed over too, and those are not listed one by one.
        if self.heir_sells() {
            store::directory::hand_over(tx, organization, from, to, &self.to.row.name_key, now)?;
        }
        // Tasks go along: who reaches the customers now reaches what is to be done for them.
        store::directory::remarks::hand_over(tx, organization, from, Some(to))?;
        self.told(entry, &it.tasks, "assignee_id");
        self.told(entry, &it.customers, "default_sales_rep_id");
        self.told(entry, &it.locations, "sales_rep_id");
        if self.heir_holds() {
            store::pools::hand_over(tx, organization, from, to)?;
            store::pars::hand_over(tx, organization, from, to)?;
            store::recalls::hand_over(tx, organization, from, to)?;
            store::loans::hand_over(tx, organization, from, to)?;
            store::people::hand_over_events(tx, organization, from, to, now)?;
            store::people::hand_over_transfers(tx, organization, from, to)?;
            store::people::hand_over_requests(tx, organization, from, to)?;
        }
        self.told(entry, &it.events, "representative_id");
        self.told(entry, &it.seconded, "sub_representative_id");
        let ids = |transfers: &[(Uuid, Uuid)]| transfers.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        self.told(entry, &ids(&it.outgoing), "from");
        self.told(entry, &ids(&it.incoming), "to");
        self.told(entry, &it.requests, "to");
        Ok(())
    }

    fn told(&self, entry: &mut Draft, subjects: &[Uuid], field: &str) {
        for subject in subjects {
            entry.change(*subject, field, Some(user_text(self.from.row.id)), Some(user_text(self.to.row.id)));
        }
    }

    /// Region, sharing and rate go with the work, where the successor has none of its own.
    fn save_heir(&self, ctx: &Ctx, tx: &mut Tx) -> Result<UserRow> {
        let (from, to) = (&self.from.row, &self.to.row);
        let mut heir = to.clone();
        heir.region_id = to.region_id.or(from.region_id);
        heir.shares_inventory = to.shares_inventory || (from.shares_inventory && self.heir_leads());
        if self.heir_sells() {
            heir.commission_rate_bp = to.commission_rate_bp.or(from.commission_rate_bp);
        }
        super::accounts::save(ctx, tx, "user_changed", &format!("Succeeds {}", from.name), to, heir)
    }
}
