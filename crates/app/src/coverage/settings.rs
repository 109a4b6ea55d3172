//! How an organisation wants cover to be found: kept among its settings, changed by its admins.

use crate::{Ctx, Error, Result};
use contract::coverage::{CoverSettings, PatchCoverSettings};
use domain::coverage::Settings;
use domain::coverage::candidates::Weights;
use domain::people::Permission;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use store::Tx;

/// The key under which they are kept.
const KEY: &str = "coverage";

/// The settings that hold for this organisation.
pub(crate) fn of(ctx: &Ctx) -> Settings {
    read(ctx.organization.settings.get(KEY))
}

fn read(stored: Option<&Value>) -> Settings {
    let number = |key: &str, usual: i64| stored.and_then(|it| it.get(key)).and_then(Value::as_i64).unwrap_or(usual);
    let mut settings = Settings::USUAL;
    let travel = &mut settings.travel;
    travel.kmh = number("travel_kmh", travel.kmh);
    travel.overhead_minutes = number("travel_overhead_minutes", travel.overhead_minutes);
    travel.unknown_minutes = number("travel_unknown_minutes", travel.unknown_minutes);
    settings.prepare_minutes = number("prepare_minutes", settings.prepare_minutes);
    settings.notice_minutes = number("notice_minutes", settings.notice_minutes);
    settings.courier_hours = number("courier_hours", settings.courier_hours);
    settings.maker_hours = number("maker_hours", settings.maker_hours);
    settings.reserve_days = number("reserve_days", i64::from(settings.reserve_days)) as i32;
    let at_once = stored.and_then(|it| it.get("accept_at_once")).and_then(Value::as_bool);
    settings.accept_at_once = at_once.unwrap_or(settings.accept_at_once);
    settings.weights = Weights::from_names(|name, usual| number(name, usual));
    settings
}

fn view(settings: &Settings, version: i64) -> CoverSettings {
    CoverSettings {
        travel_kmh: settings.travel.kmh,
        travel_overhead_minutes: settings.travel.overhead_minutes,
        travel_unknown_minutes: settings.travel.unknown_minutes,
        prepare_minutes: settings.prepare_minutes,
        notice_minutes: settings.notice_minutes,
        courier_hours: settings.courier_hours,
        maker_hours: settings.maker_hours,
        reserve_days: i64::from(settings.reserve_days),
        accept_at_once: settings.accept_at_once,
        weights: settings.weights.named().into_iter().map(|(name, weight)| (name.to_owned(), weight)).collect(),
        version,
    }
}

fn stored(row: &store::people::OrganizationRow) -> Map<String, Value> {
    serde_json::from_str(&row.settings).unwrap_or_default()
}

/// The settings, defaults filled in.
pub fn get(ctx: &Ctx, tx: &mut Tx) -> Result<CoverSettings> {
    let row = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    Ok(view(&read(stored(&row).get(KEY)), row.version))
}

/// Changes settings.
pub fn patch(ctx: &Ctx, tx: &mut Tx, patch: &PatchCoverSettings) -> Result<CoverSettings> {
    ctx.require(Permission::ManageOrganization)?;
    let mut row = store::people::lock_organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    let mut all = stored(&row);
    let before = read(all.get(KEY));
    ctx.check_version(row.version, || Ok(view(&before, row.version)))?;
    let mut own = all.get(KEY).and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in given(patch)? {
        own.insert(name, value);
    }
    let after = read(Some(&Value::Object(own.clone())));
    after.check().map_err(|(field, refusal)| Error::field(field, refusal.code, refusal.message))?;
    all.insert(KEY.to_owned(), Value::Object(own));
    let mut entry = ctx.entry("settings_changed").subject(row.organization_id);
    let texts = |settings: &Settings| -> BTreeMap<String, String> {
        let shown = serde_json::to_value(view(settings, 0)).unwrap_or_default();
        shown.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.to_string())).collect()
    };
    let (old, new) = (texts(&before), texts(&after));
    for (key, value) in new {
        entry.change(row.organization_id, &format!("coverage.{key}"), old.get(&key).cloned(), Some(value));
    }
    if !entry.is_empty() {
        row.settings = serde_json::to_string(&all).map_err(|error| Error::Internal(error.to_string()))?;
        store::people::save_organization(tx, &row)?;
        entry.append(ctx, tx)?;
        row.version += 1;
    }
    Ok(view(&after, row.version))
}

/// What a change mentions, as it is kept.
fn given(patch: &PatchCoverSettings) -> Result<Vec<(String, Value)>> {
    let numbers = [
        ("travel_kmh", patch.travel_kmh),
        ("travel_overhead_minutes", patch.travel_overhead_minutes),
        ("travel_unknown_minutes", patch.travel_unknown_minutes),
        ("prepare_minutes", patch.prepare_minutes),
        ("notice_minutes", patch.notice_minutes),
        ("courier_hours", patch.courier_hours),
        ("maker_hours", patch.maker_hours),
        ("reserve_days", patch.reserve_days),
    ];
    let mut all: Vec<(String, Value)> =
        numbers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))).collect();
    if let Some(at_once) = patch.accept_at_once {
        all.push(("accept_at_once".to_owned(), Value::Bool(at_once)));
    }
    let known = Weights::USUAL.named();
    for (name, weight) in &patch.weights {
        if !known.iter().any(|(known, _)| known == name) {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let message = format!("Weights are {}.", names.join(", "));
            return Err(Error::field(format!("weights.{name}"), "unknown_weight", message));
        }
        all.push((name.clone(), Value::from(*weight)));
    }
    // A number that does not fit is out of range like any other.
    if let Some((name, _)) = all.iter().find(|(_, it)| it.as_i64().is_some_and(|n| i32::try_from(n).is_err())) {
        return Err(Error::field(name.clone(), "out_of_range", "Give a smaller number."));
    }
    Ok(all)
}
