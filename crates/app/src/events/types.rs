//! Types of events as an organisation wants them: which it uses, and what must be said before one is submitted. What a type does to
//! stock and money is the same for everybody.

use super::{Loaded, kind};
use crate::{Ctx, Error, Result};
use contract::Items;
use contract::event_types::{EventTypeSetting, SetEventType};
use domain::event::EventType;
use domain::people::Permission;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use store::Tx;
use store::events::EventRow;

/// Under which the organisation's settings keep it.
const KEY: &str = "event_types";

/// What is wanted of one type; what is as usual is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Wanted {
    enabled: bool,
    physician: bool,
    procedure: bool,
    reason: bool,
    #[serde(default)]
    representative_signs: bool,
    #[serde(default)]
    provider_signs: bool,
}

const USUAL: Wanted = Wanted {
    enabled: true,
    physician: false,
    procedure: false,
    reason: false,
    representative_signs: false,
    provider_signs: false,
};

fn of_settings(settings: &Value, kind: EventType) -> Wanted {
    let stored = settings.get(KEY).and_then(|all| all.get(kind.as_str()));
    stored.and_then(|it| serde_json::from_value(it.clone()).ok()).unwrap_or(USUAL)
}

fn views(settings: &Value) -> Items<EventTypeSetting> {
    let view = |kind: &EventType| {
        let (wanted, rules) = (of_settings(settings, *kind), kind.rules());
        EventTypeSetting {
            r#type: *kind,
            label: kind.label().to_owned(),
            enabled: wanted.enabled,
            requires_physician: wanted.physician,
            requires_procedure: wanted.procedure,
            needs_reason: wanted.reason || rules.needs_reason,
            requires_representative_signature: wanted.representative_signs,
            requires_provider_signature: wanted.provider_signs,
            billable: rules.billable,
            consumes: rules.consumes(),
            creates_facility_stock: rules.creates_facility_stock,
            allows_facility_stock: rules.allows_facility_stock,
            appears_in_sales_reports: rules.counts_for_customers,
        }
    };
    Items { items: EventType::ALL.iter().map(view).collect() }
}

/// Every type, with what is wanted of it.
pub fn list(ctx: &Ctx, _: &mut Tx) -> Result<Items<EventTypeSetting>> {
    Ok(views(&ctx.organization.settings))
}

/// Says what is wanted of some types; the others stay as they are. One type at least stays in use.
pub fn put(ctx: &Ctx, tx: &mut Tx, wishes: &[SetEventType]) -> Result<Items<EventTypeSetting>> {
    ctx.require(Permission::ManageOrganization)?;
    let old = store::people::lock_organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    let mut stored: Map<String, Value> = serde_json::from_str(&old.settings).unwrap_or_default();
    let before = Value::Object(stored.clone());
    let mut all: BTreeMap<EventType, Wanted> =
        EventType::ALL.iter().map(|kind| (*kind, of_settings(&before, *kind))).collect();
    for (at, it) in wishes.iter().enumerate() {
        if wishes[..at].iter().any(|earlier| earlier.r#type == it.r#type) {
            return Err(Error::field(format!("[{at}].type"), "named_twice", "This type is named twice."));
        }
        let wanted = Wanted {
            enabled: it.enabled,
            physician: it.requires_physician,
            procedure: it.requires_procedure,
            reason: it.needs_reason,
            representative_signs: it.requires_representative_signature,
            provider_signs: it.requires_provider_signature,
        };
        all.insert(it.r#type, wanted);
    }
    if all.values().all(|it| !it.enabled) {
        return Err(Error::conflict("no_event_type", "Leave at least one type in use."));
    }
    let mut entry = ctx.entry("settings_changed").subject(old.organization_id);
    let mut kept = Map::new();
    for (kind, wanted) in all {
        let words = |it: Wanted| serde_json::to_string(&it).map_err(|error| Error::Internal(error.to_string()));
        let was = of_settings(&before, kind);
        entry.change(old.organization_id, kind.as_str(), Some(words(was)?), Some(words(wanted)?));
        if wanted != USUAL {
            let value = serde_json::to_value(wanted).map_err(|error| Error::Internal(error.to_string()))?;
            kept.insert(kind.as_str().to_owned(), value);
        }
    }
    stored.insert(KEY.to_owned(), Value::Object(kept));
    let after = Value::Object(stored);
    if !entry.is_empty() {
        let settings = serde_json::to_string(&after).map_err(|error| Error::Internal(error.to_string()))?;
        store::people::save_organization(tx, &store::people::OrganizationRow { settings, ..old })?;
        entry.append(ctx, tx)?;
    }
    Ok(views(&after))
}

/// Whether the representative and somebody of the hospital are to sign events of a type.
pub(super) fn signers(ctx: &Ctx, kind: EventType) -> (bool, bool) {
    let wanted = of_settings(&ctx.organization.settings, kind);
    (wanted.representative_signs, wanted.provider_signs)
}

/// The types that new events may be of.
pub fn in_use(ctx: &Ctx) -> Vec<EventType> {
    let used = |kind: &EventType| of_settings(&ctx.organization.settings, *kind).enabled;
    EventType::ALL.iter().copied().filter(used).collect()
}

/// Refuses a new event of a type that is not used here.
pub(super) fn may_begin(ctx: &Ctx, kind: EventType) -> Result<()> {
    if of_settings(&ctx.organization.settings, kind).enabled {
        return Ok(());
    }
    let message = format!("Your organization does not use events of type {}.", kind.label().to_lowercase());
    Err(Error::field("type", "event_type_off", message))
}

/// What an event lacks of what the organisation wants said before it is submitted: (code, sentence).
pub(super) fn lacking(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<Vec<(&'static str, String)>> {
    let wanted = of_settings(&ctx.organization.settings, kind(row)?);
    let noted = !loaded.lines.is_empty() && loaded.lines.iter().all(|line| !line.note.is_empty());
    let mut found = Vec::new();
    for (lacks, code, what) in [
        (wanted.physician && row.physician_id.is_none(), "physician_required", "a physician"),
        (wanted.procedure && row.procedure_id.is_none(), "procedure_required", "a procedure"),
        (wanted.reason && row.note.is_empty() && !noted, "reason_required", "a word about why, in its note"),
    ] {
        if lacks {
            found.push((code, format!("Your organization wants {what} on every event of this type. Edit it first.")));
        }
    }
    found.extend(super::signing::lacking(ctx, tx, row)?);
    if !loaded.lines.is_empty() || !loaded.charges.is_empty() {
        let refusal = crate::billing::fixed_parts(ctx, tx, row, loaded)?;
        found.extend(refusal.map(|refusal| (refusal.code, refusal.message)));
    }
    Ok(found)
}

/// Refuses what lacks what the organisation wants said before it is submitted.
pub(super) fn may_be_submitted(ctx: &Ctx, tx: &mut Tx, row: &EventRow, loaded: &Loaded) -> Result<()> {
    match lacking(ctx, tx, row, loaded)?.into_iter().next() {
        Some((code, message)) => Err(Error::conflict(code, message)),
        None => Ok(()),
    }
}
