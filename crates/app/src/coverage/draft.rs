//! Who could take a case that is not scheduled yet.

use super::case::Case;
use super::{needs, rank};
use crate::events::plan;
use crate::{Ctx, Error, Result};
use contract::coverage::{CoverCandidates, DraftCase};
use domain::people::{Level, Permission};
use std::collections::HashMap;
use store::Tx;
use uuid::Uuid;

const TWO_HOURS: i64 = 7_200;

/// Who could take a case that is being drafted, best first.
pub fn candidates_for_draft(ctx: &Ctx, tx: &mut Tx, draft: &DraftCase) -> Result<CoverCandidates> {
    ctx.require(Permission::CoverEvents)?;
    let ends_at = draft.ends_at.unwrap_or(draft.starts_at.plus_seconds(TWO_HOURS));
    if !(0..=4_102_444_800_000_000).contains(&draft.starts_at.0) {
        return Err(Error::field("starts_at", "out_of_range", "Give a moment between 1970 and 2100."));
    }
    if ends_at <= draft.starts_at || ends_at.0 - draft.starts_at.0 > plan::LONGEST_DAYS * 86_400_000_000 {
        return Err(Error::field("ends_at", "invalid_range", "The case ends after it begins, within three months."));
    }
    let place = draft.location_id.map(|id| plan::place(ctx, tx, "location_id", id)).transpose()?;
    if let Some(id) = draft.physician_id {
        plan::physician(ctx, tx, "physician_id", id)?;
    }
    if let Some(id) = draft.procedure_id {
        plan::procedure(ctx, tx, "procedure_id", id, draft.physician_id.map(|id| id.uuid()))?;
    }
    let representative = match draft.representative_id {
        None => None,
        Some(id) => {
            let known = store::people::user(tx, ctx.org(), id.uuid())?;
            let row = known.ok_or_else(|| Error::unknown("representative_id"))?;
            if store::reach::of(tx, ctx.viewer(), row.id)?.person < Level::Act {
                return Err(Error::unknown("representative_id"));
            }
            Some(row.id)
        }
    };
    let makers: Vec<Uuid> = draft.manufacturer_ids.iter().map(|id| id.uuid()).collect();
    let known = store::events::known_manufacturers(tx, ctx.org(), &makers)?;
    if let Some(at) = makers.iter().position(|id| !known.iter().any(|(found, _, _)| found == id)) {
        return Err(Error::unknown(format!("manufacturer_ids[{at}]")));
    }
    let zone = place.as_ref().map_or_else(|| ctx.organization.time_zone.clone(), |place| place.time_zone.clone());
    let mut case = Case {
        representative,
        ends_at,
        day: draft.starts_at.day_in(&zone),
        time_zone: zone,
        manufacturers: makers,
        needs: needs::wanted(ctx, tx, draft.preference_card_id, &draft.needs)?,
        ..Case::empty(draft.starts_at)
    };
    case.set_place(tx, ctx.org(), place.map(|place| place.id))?;
    case.set_physician(tx, ctx.org(), draft.physician_id.map(|id| id.uuid()))?;
    let ranked = rank::ranked(ctx, tx, &case)?;
    Ok(rank::view(&case, ranked, &HashMap::new()))
}
