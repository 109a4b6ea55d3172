//! After an absence: what was lent for it and not used goes back, links that were made for it end, and cases that were put off
//! until after it are again with whoever had them. Done by the server, in the right of whoever arranged the cover.

use super::{authority, undo};
use crate::units::notify;
use crate::{App, Ctx, Error, Result, Source};
use contract::transfers::CreateTransfer;
use domain::event::EventStatus;
use domain::id::{Id, OrganizationId, UnitId};
use domain::stock::{Custodian, UnitState};
use store::Tx;
use store::coverage::keep::CaseRow;
use store::coverage::people::AbsenceRow;
use uuid::Uuid;

/// Absences that are looked after in one unit of work.
const AT_ONCE: i64 = 5;

impl App {
    /// A context for what the server does by itself: in the name of the primary admin. None in an organisation without one.
    pub(crate) async fn job_context(&self, organization: OrganizationId) -> Result<Option<Ctx>> {
        let id = organization.uuid();
        let Some(email) = self.db().read(move |tx| store::people::primary_admin(tx, id)).await? else {
            return Ok(None);
        };
        self.context_of(&email, Source::Job).await
    }

    /// Sends back what was lent for absences that are over; gives for how many.
    pub async fn hand_back(&self, organization: OrganizationId) -> Result<usize> {
        let (id, now) = (organization.uuid(), self.now().0);
        let due = self.db().read(move |tx| store::coverage::people::ended(tx, id, now, 1)).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let Some(ctx) = self.job_context(organization).await? else { return Ok(0) };
        self.write(&ctx, |ctx, tx| {
            let ended = store::coverage::people::ended(tx, ctx.org(), ctx.now.0, AT_ONCE)?;
            for absence in &ended {
                one(ctx, tx, absence)?;
            }
            Ok(ended.len())
        })
        .await
    }
}

fn one(ctx: &Ctx, tx: &mut Tx, absence: &AbsenceRow) -> Result<()> {
    store::coverage::people::set_hand_back(tx, ctx.org(), absence.id, false)?;
    let mut returned = 0;
    for case in store::coverage::keep::cases_of_absence(tx, ctx.org(), absence.id)? {
        // Whoever arranged it may be gone by now: then the server does it in its own name.
        let right = authority::of(ctx, tx, case.actor_id)?.unwrap_or_else(|| ctx.clone());
        returned += case_of(&right, tx, absence, &case)?;
    }
    if returned > 0 {
        let sentence = format!("Welcome back: {returned} units that were lent for your cases are on their way to you.");
        notify(ctx, tx, absence.user_id, "hand_back", absence.id, &sentence)?;
    }
    Ok(())
}

/// Gives how many units go back.
fn case_of(right: &Ctx, tx: &mut Tx, absence: &AbsenceRow, case: &CaseRow) -> Result<usize> {
    let org = right.org();
    let Some(mut event) = store::events::lock_event(tx, org, case.event_id)? else { return Ok(0) };
    let open = event.status == EventStatus::Open.as_str();
    if open && event.starts_at >= absence.ends_at && event.representative_id == case.to_user_id {
        // It was put off until after the absence: as if it had never changed hands, if nothing was confirmed yet.
        match undo::take_back(right, tx, &mut event, case) {
            Ok(()) => return Ok(0),
            // Refused before anything was written: then what was not used goes back below.
            Err(Error::Conflict { code: "undo_not_possible", .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let record = undo::record_of(case)?;
    undo::unlink(right, tx, &record, case.to_user_id)?;
    let units = unused(tx, org, case, &record, absence.user_id)?;
    if units.is_empty() {
        return Ok(0);
    }
    let count = units.len();
    let transfer = CreateTransfer {
        from: Some(Custodian::user(Id::from_uuid(case.to_user_id)).into()),
        to: Custodian::user(Id::from_uuid(absence.user_id)).into(),
        unit_ids: units,
        note: format!("Back after the absence: {}", crate::events::number(event.number)),
        due_back_on: None,
        place_id: None,
        event_id: None,
        only_for_this_person: true,
    };
    crate::transfers::create(right, tx, &transfer)?;
    Ok(count)
}

/// What of it is still with whoever covered, and free.
fn unused(tx: &mut Tx, org: Uuid, case: &CaseRow, record: &undo::Record, owner: Uuid) -> Result<Vec<UnitId>> {
    let mut found = Vec::new();
    for step in &record.steps {
        let theirs = step.from.custodian().is_some_and(|it| it == Custodian::user(Id::from_uuid(owner)));
        let Some(row) = store::stock::unit(tx, org, step.unit.uuid())? else { continue };
        let facts = row.facts();
        let free = facts.state() == UnitState::Available && row.custodian_id == case.to_user_id;
        // What lies in a container goes back with it, if that does.
        if theirs && free && facts.facility_stock.is_none() && facts.container.is_none() {
            found.push(step.unit);
        }
    }
    Ok(found)
}
