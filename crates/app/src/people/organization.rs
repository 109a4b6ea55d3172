//! The organisation itself and its settings.

use super::accounts::user_text;
use super::fields;
use crate::context::Organization as Known;
use crate::{Ctx, Error, Result};
use contract::people::{Organization, OrganizationSettings, PatchOrganization, PatchOrganizationSettings};
use domain::clock::Day;
use domain::event::Usage;
use domain::id::{Id, UserId};
use domain::language::Language;
use domain::limits;
use domain::people::{ORGANIZATION_TOGGLES, Permission, Role};
use domain::terms::BasisDate;
use serde_json::{Map, Value};
use store::Tx;
use store::people::OrganizationRow;

/// For how long pictures of patients may be kept: long enough to settle a case, and not for ever by mistake.
const PATIENT_FILES_DAYS: (i64, i64) = (7, 3_650);

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
        if row.name != old.name {
            crate::links::renamed(ctx, tx, &row.name)?;
        }
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
        po_escalate_after: crate::documents::reminders::house_ladder(stored).escalate_after,
        po_stop_after: crate::documents::reminders::house_ladder(stored).stop_after,
        discrepancy_custodian_id: stored
            .get("discrepancy_custodian_id")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok()),
        require_second_factor_for: roles.iter().filter_map(|word| Role::parse(word)).collect(),
        managers_set_terms: toggle("managers_set_terms"),
        auto_hold: toggle("auto_hold"),
        version,
        ..of_customers(stored)
    }
}

/// What the organisation has decided about its customers; the other settings are left empty.
fn of_customers(stored: &Value) -> OrganizationSettings {
    let text = |key: &str| stored.get(key).and_then(Value::as_str);
    let number = |key: &str, default: i64| stored.get(key).and_then(Value::as_i64).unwrap_or(default);
    let rules = store::directory::standing::credit_rules(stored);
    let grace = domain::terms::Grace::default();
    let holidays = stored.get("holidays").and_then(Value::as_array);
    OrganizationSettings {
        auto_hold_rules: rules.holds.into_iter().collect(),
        near_limit_bp: i64::from(rules.policy.near_limit_bp),
        default_payment_terms_id: text("default_payment_terms_id").and_then(|id| id.parse().ok()),
        default_basis_date: text("default_basis_date").and_then(BasisDate::parse).unwrap_or(BasisDate::DEFAULT),
        holidays: holidays.into_iter().flatten().filter_map(|day| Day::parse(day.as_str()?)).collect(),
        receipt_grace_days: number("receipt_grace_days", i64::from(grace.receipt_days)),
        basis_fallback_days: number("basis_fallback_days", i64::from(grace.fallback_days)),
        house_account_id: text("house_account_id").and_then(|id| id.parse().ok()),
        bulk_approval_rows: stored.get("bulk_approval_rows").and_then(Value::as_i64),
        call_list_digest: text("call_list_digest").unwrap_or("weekly").to_owned(),
        document_language: text("document_language").and_then(Language::parse).unwrap_or(Language::English),
        document_footer: text("document_footer").unwrap_or_default().to_owned(),
        patient_files_days: stored.get("patient_files_days").and_then(Value::as_i64),
        field_transfers: false,
        field_adjustments: false,
        field_reopen: false,
        request_requires_event: false,
        note_required_for: Vec::new(),
        auto_send_sales_order: false,
        auto_send_invoice_on_po: false,
        limit_procedures_to_physician: false,
        weekly_po_reminder: false,
        po_escalate_after: None,
        po_stop_after: None,
        discrepancy_custodian_id: None,
        require_second_factor_for: Vec::new(),
        managers_set_terms: false,
        auto_hold: false,
        version: 0,
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
    check_customers(ctx, tx, patch)?;
    let mut stored: Map<String, Value> = serde_json::from_str(&old.settings).unwrap_or_default();
    for (key, value) in given(patch)?.into_iter().chain(given_of_customers(patch)?) {
        stored.insert(key.to_owned(), value);
    }
    let before = stored_settings(&old);
    let after = save_settings(ctx, tx, "settings_changed", &old, stored)?;
    customers_follow(ctx, tx, &before, &after)?;
    Ok(after)
}

/// What is set about customers must make sense.
fn check_customers(ctx: &Ctx, tx: &mut Tx, patch: &PatchOrganizationSettings) -> Result<()> {
    let within = |field: &'static str, value: Option<i64>, most: i64| match value {
        Some(value) if !(0..=most).contains(&value) => {
            Err(Error::field(field, "invalid_value", format!("Give a number from 0 to {most}.")))
        }
        _ => Ok(()),
    };
    within("near_limit_bp", patch.near_limit_bp, 10_000)?;
    within("receipt_grace_days", patch.receipt_grace_days, 90)?;
    within("basis_fallback_days", patch.basis_fallback_days, 365)?;
    within("bulk_approval_rows", patch.bulk_approval_rows.clone().or(None), limits::BULK_ROWS as i64)?;
    if let contract::Patch::Set(days) = patch.patient_files_days
        && !(PATIENT_FILES_DAYS.0..=PATIENT_FILES_DAYS.1).contains(&days)
    {
        let message = format!("Give a number of days from {} to {}.", PATIENT_FILES_DAYS.0, PATIENT_FILES_DAYS.1);
        return Err(Error::field("patient_files_days", "invalid_value", message));
    }
    if patch.document_footer.as_ref().is_some_and(|text| text.lines().count() > 4 || text.chars().count() > 600) {
        return Err(Error::field("document_footer", "too_long", "Keep it to four lines and 600 characters."));
    }
    if patch.holidays.as_ref().is_some_and(|days| days.len() > 1_000) {
        return Err(Error::field("holidays", "too_many", "Keep at most 1,000 days."));
    }
    if let Some(words) = &patch.call_list_digest
        && !["off", "daily", "weekly"].contains(&words.as_str())
    {
        return Err(Error::field("call_list_digest", "invalid_value", "Give off, daily or weekly."));
    }
    if let contract::Patch::Set(terms) = &patch.default_payment_terms_id
        && store::directory::named::terms_row(tx, ctx.org(), terms.uuid())?.is_none()
    {
        return Err(Error::unknown("default_payment_terms_id"));
    }
    if let contract::Patch::Set(house) = &patch.house_account_id {
        crate::directory::check_rep(ctx, tx, "house_account_id", *house)?;
    }
    Ok(())
}

/// Credit that is judged otherwise, and another house account, change customers and locations.
fn customers_follow(ctx: &Ctx, tx: &mut Tx, before: &OrganizationSettings, after: &OrganizationSettings) -> Result<()> {
    let credit = |it: &OrganizationSettings| (it.auto_hold, it.auto_hold_rules.clone(), it.near_limit_bp);
    if credit(before) != credit(after) {
        store::directory::standing::rules_changed(tx, ctx.org())?;
    }
    if before.house_account_id != after.house_account_id {
        store::directory::territories::settle_all(tx, ctx.org())?;
    }
    Ok(())
}

/// The settings about customers that a change mentions, as they are stored.
fn given_of_customers(patch: &PatchOrganizationSettings) -> Result<Vec<(&'static str, Value)>> {
    fn json<T: serde::Serialize>(value: T) -> Result<Value> {
        serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()))
    }
    let mut all = Vec::new();
    for (key, value) in [("managers_set_terms", patch.managers_set_terms), ("auto_hold", patch.auto_hold)] {
        all.extend(value.map(|on| (key, Value::Bool(on))));
    }
    for (key, value) in [
        ("near_limit_bp", patch.near_limit_bp),
        ("receipt_grace_days", patch.receipt_grace_days),
        ("basis_fallback_days", patch.basis_fallback_days),
    ] {
        all.extend(value.map(|number| (key, Value::from(number))));
    }
    if let Some(rules) = &patch.auto_hold_rules {
        all.push(("auto_hold_rules", json(rules)?));
    }
    if let Some(basis) = patch.default_basis_date {
        all.push(("default_basis_date", json(basis)?));
    }
    if let Some(days) = &patch.holidays {
        all.push(("holidays", json(days)?));
    }
    if let Some(language) = patch.document_language {
        all.push(("document_language", json(language)?));
    }
    if let Some(text) = &patch.document_footer {
        let kept = crate::events::plan::typed("document_footer", domain::text::clean_note(text, 600))?;
        all.push(("document_footer", json(kept)?));
    }
    if patch.patient_files_days.is_mentioned() {
        all.push(("patient_files_days", json(patch.patient_files_days.clone().or(None))?));
    }
    if let Some(words) = &patch.call_list_digest {
        all.push(("call_list_digest", json(words)?));
    }
    if patch.default_payment_terms_id.is_mentioned() {
        all.push(("default_payment_terms_id", json(patch.default_payment_terms_id.clone().or(None))?));
    }
    if patch.house_account_id.is_mentioned() {
        all.push(("house_account_id", json(patch.house_account_id.clone().or(None))?));
    }
    if patch.bulk_approval_rows.is_mentioned() {
        all.push(("bulk_approval_rows", json(patch.bulk_approval_rows.clone().or(None))?));
    }
    Ok(all)
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
    let number = |value: Option<i64>| serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()));
    let json = |value| serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()));
    for (key, given) in [("po_escalate_after", &patch.po_escalate_after), ("po_stop_after", &patch.po_stop_after)] {
        if given.is_mentioned() {
            let nth = given.clone().or(None).filter(|nth| *nth != 0);
            domain::document::Ladder::check(nth).map_err(|it| Error::field(key, it.code, it.message))?;
            all.push((key, number(nth)?));
        }
    }
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
