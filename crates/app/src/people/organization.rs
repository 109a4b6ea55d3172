//! The organisation itself and its settings.

use super::accounts::user_text;
use super::fields;
use crate::context::Organization as Known;
use crate::{Ctx, Error, Result};
use contract::people::{Organization, OrganizationSettings, PatchOrganization, PatchOrganizationSettings};
use domain::event::Usage;
use domain::id::{Id, UserId};
use domain::limits;
use domain::people::{ORGANIZATION_TOGGLES, Permission, Role};
use serde_json::{Map, Value};
use store::Tx;
use store::people::OrganizationRow;

/// The organisation.
pub fn organization(ctx: &Ctx, tx: &mut Tx) -> Result<Organization> {
    store::people::organization(tx, ctx.org())?.map(organization_view).ok_or_else(Error::not_found)
}

fn organization_view(row: OrganizationRow) -> Organization {
    Organization {
        id: Id::from_uuid(row.organization_id),
        name: row.name,
        kind: row.kind,
        currency: row.currency,
        time_zone: row.time_zone,
        address: serde_json::from_str(&row.address).unwrap_or_default(),
        version: row.version,
    }
}

/// Changes the organisation.
pub fn patch_organization(ctx: &Ctx, tx: &mut Tx, patch: &PatchOrganization) -> Result<Organization> {
    ctx.require(Permission::ManageOrganization)?;
    let old = store::people::lock_organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    ctx.check_version(old.version, || Ok(organization_view(old.clone())))?;
    let mut row = old.clone();
    if let Some(name) = &patch.name {
        row.name = fields::line("name", name, limits::NAME_MAX)?;
    }
    if let Some(zone) = &patch.time_zone {
        if !domain::clock::is_time_zone(zone) {
            let message = "Give an IANA time zone such as America/Chicago.";
            return Err(Error::field("time_zone", "invalid_value", message));
        }
        zone.clone_into(&mut row.time_zone);
    }
    if let Some(address) = &patch.address {
        row.address = fields::json(&fields::address("address", address)?)?;
    }
    let mut entry = ctx.entry("organization_changed").subject(row.organization_id);
    entry.change(row.organization_id, "name", Some(old.name.clone()), Some(row.name.clone()));
    entry.change(row.organization_id, "time_zone", Some(old.time_zone.clone()), Some(row.time_zone.clone()));
    let line = |row: &OrganizationRow| {
        let address: contract::Address = serde_json::from_str(&row.address).unwrap_or_default();
        Some(address.one_line()).filter(|line| !line.is_empty())
    };
    entry.change(row.organization_id, "address", line(&old), line(&row));
    if !entry.is_empty() {
        store::people::save_organization(tx, &row)?;
        entry.append(ctx, tx)?;
        row.version += 1;
    }
    Ok(organization_view(row))
}

impl Known {
    /// Every setting, defaults filled in; the version is that of storage and stays 0 here.
    pub fn all_settings(&self) -> OrganizationSettings {
        read_settings(&self.settings, 0)
    }
}

/// Settings as stored, with their defaults.
fn read_settings(stored: &Value, version: i64) -> OrganizationSettings {
    let toggle = |key: &str| {
        let default = ORGANIZATION_TOGGLES.iter().find(|(name, _)| *name == key).is_some_and(|(_, default)| *default);
        stored.get(key).and_then(Value::as_bool).unwrap_or(default)
    };
    let words = |key: &str| {
        let words = stored.get(key)?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(words.collect::<Vec<String>>())
    };
    let usages = words("note_required_for").map(|all| all.iter().filter_map(|word| Usage::parse(word)).collect());
    let roles = words("require_second_factor_for").unwrap_or_default();
    OrganizationSettings {
        field_transfers: toggle("field_transfers"),
        field_adjustments: toggle("field_adjustments"),
        field_reopen: toggle("field_reopen"),
        request_requires_event: toggle("request_requires_event"),
        note_required_for: usages.unwrap_or_else(|| vec![Usage::Damaged, Usage::Missing]),
        auto_send_sales_order: toggle("auto_send_sales_order"),
        auto_send_invoice_on_po: toggle("auto_send_invoice_on_po"),
        limit_procedures_to_physician: toggle("limit_procedures_to_physician"),
        weekly_po_reminder: toggle("weekly_po_reminder"),
        discrepancy_custodian_id: stored
            .get("discrepancy_custodian_id")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok()),
        require_second_factor_for: roles.iter().filter_map(|word| Role::parse(word)).collect(),
        version,
    }
}

/// Settings of the organisation, defaults filled in.
pub fn settings(ctx: &Ctx, tx: &mut Tx) -> Result<OrganizationSettings> {
    let row = store::people::organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    Ok(stored_settings(&row))
}

fn stored_settings(row: &OrganizationRow) -> OrganizationSettings {
    read_settings(&serde_json::from_str(&row.settings).unwrap_or_default(), row.version)
}

/// Changes settings of the organisation.
pub fn patch_settings(ctx: &Ctx, tx: &mut Tx, patch: &PatchOrganizationSettings) -> Result<OrganizationSettings> {
    ctx.require(Permission::ManageOrganization)?;
    let old = store::people::lock_organization(tx, ctx.org())?.ok_or_else(Error::not_found)?;
    ctx.check_version(old.version, || Ok(stored_settings(&old)))?;
    if let contract::Patch::Set(custodian) = &patch.discrepancy_custodian_id {
        let row = store::people::user(tx, ctx.org(), custodian.uuid())?;
        let row = row.ok_or_else(|| Error::unknown("discrepancy_custodian_id"))?;
        super::groups::must_hold_stock("discrepancy_custodian_id", &row)?;
    }
    let mut stored: Map<String, Value> = serde_json::from_str(&old.settings).unwrap_or_default();
    for (key, value) in given(patch)? {
        stored.insert(key.to_owned(), value);
    }
    save_settings(ctx, tx, "settings_changed", &old, stored)
}

/// The settings that a change mentions, as they are stored.
fn given(patch: &PatchOrganizationSettings) -> Result<Vec<(&'static str, Value)>> {
    let toggles = [
        ("field_transfers", patch.field_transfers),
        ("field_adjustments", patch.field_adjustments),
        ("field_reopen", patch.field_reopen),
        ("request_requires_event", patch.request_requires_event),
        ("auto_send_sales_order", patch.auto_send_sales_order),
        ("auto_send_invoice_on_po", patch.auto_send_invoice_on_po),
        ("limit_procedures_to_physician", patch.limit_procedures_to_physician),
        ("weekly_po_reminder", patch.weekly_po_reminder),
    ];
    let mut all: Vec<(&'static str, Value)> =
        toggles.into_iter().filter_map(|(key, value)| Some((key, Value::Bool(value?)))).collect();
    let json = |value| serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()));
    if let Some(usages) = &patch.note_required_for {
        all.push(("note_required_for", words(usages.iter().map(|usage| usage.as_str()))));
    }
    if let Some(roles) = &patch.require_second_factor_for {
        all.push(("require_second_factor_for", words(roles.iter().map(|role| role.as_str()))));
    }
    if patch.discrepancy_custodian_id.is_mentioned() {
        all.push(("discrepancy_custodian_id", json(patch.discrepancy_custodian_id.clone().or(None::<UserId>))?));
    }
    Ok(all)
}

/// Words as a JSON list, each once.
fn words(words: impl Iterator<Item = &'static str>) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for word in words {
        if !kept.iter().any(|it| it.as_str() == Some(word)) {
            kept.push(Value::from(word));
        }
    }
    Value::Array(kept)
}

fn save_settings(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: &'static str,
    old: &OrganizationRow,
    stored: Map<String, Value>,
) -> Result<OrganizationSettings> {
    let mut row = OrganizationRow { settings: fields::json(&stored)?, ..old.clone() };
    let mut entry = ctx.entry(kind).subject(row.organization_id);
    let texts = |row: &OrganizationRow| serde_json::to_value(stored_settings(row)).unwrap_or_default();
    let (before, after) = (texts(old), texts(&row));
    for (key, value) in after.as_object().into_iter().flatten().filter(|(key, _)| *key != "version") {
        let print = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        entry.change(row.organization_id, key, before.get(key).and_then(print), print(value));
    }
    if !entry.is_empty() {
        store::people::save_organization(tx, &row)?;
        entry.append(ctx, tx)?;
        row.version += 1;
    }
    Ok(stored_settings(&row))
}

/// Who takes over what a count does not find becomes another account, if it was this one.
pub(crate) fn hand_over_discrepancies(ctx: &Ctx, tx: &mut Tx, from: UserId, to: UserId) -> Result<()> {
    let Some(old) = store::people::lock_organization(tx, ctx.org())? else { return Ok(()) };
    if stored_settings(&old).discrepancy_custodian_id == Some(from) {
        let mut stored: Map<String, Value> = serde_json::from_str(&old.settings).unwrap_or_default();
        stored.insert("discrepancy_custodian_id".into(), Value::String(user_text(to.uuid())));
        save_settings(ctx, tx, "settings_changed", &old, stored)?;
    }
    Ok(())
}

/// Whether an account takes over what a count does not find.
pub(crate) fn takes_discrepancies(ctx: &Ctx, tx: &mut Tx, id: UserId) -> Result<bool> {
    Ok(settings(ctx, tx)?.discrepancy_custodian_id == Some(id))
}
