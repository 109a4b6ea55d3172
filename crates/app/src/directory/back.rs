//! The way back: what the journal says that a field was, as a change that makes it so again. Everything goes through the same
//! rules as if a person had typed the old value: who left is not asked to care again, what is gone is not referred to.

use super::bulk::Change;
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::directory::{Customer, PatchCustomer, PatchLocation, SalesRep};
use domain::billing::{AutoHoldMode, BillingStatus};
use domain::directory::{CustomerKind, LocationKind, SalesRepMode};
use domain::id::{CustomerId, EntryId};
use domain::terms::BasisDate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Tx;
use store::directory::{CustomerRow, LocationRow};

/// Most changes of one entry that are looked at.
const CHANGES_MAX: i64 = 200;

fn parsed<T: std::str::FromStr>(old: Option<&str>) -> Patch<T> {
    old.and_then(|text| text.parse().ok()).map_or(Patch::Clear, Patch::Set)
}

fn read<T: DeserializeOwned + Default>(old: Option<&str>) -> T {
    old.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn text(old: Option<&str>) -> Option<String> {
    Some(old.unwrap_or_default().to_owned())
}

fn day(old: Option<&str>) -> Patch<domain::clock::Day> {
    old.and_then(domain::clock::Day::parse).map_or(Patch::Clear, Patch::Set)
}

/// A change that gives a customer its old values back. Fields that nobody types are left out.
pub(crate) fn customer_patch(changes: &[Change]) -> PatchCustomer {
    let mut patch = PatchCustomer::default();
    for (field, old, _) in changes {
        let old = old.as_deref();
        match field.as_str() {
            "name" => patch.name = text(old),
            "number" => patch.number = text(old),
            "kind" => patch.kind = old.and_then(CustomerKind::parse),
            "parent_customer_id" => patch.parent_customer_id = parsed(old),
            "default_sales_rep_id" => patch.default_sales_rep_id = parsed(old),
            "payment_terms_id" => patch.payment_terms_id = parsed(old),
            "basis_date" => patch.basis_date = old.and_then(BasisDate::parse).map_or(Patch::Clear, Patch::Set),
            "billing_status" => patch.billing_status = old.and_then(BillingStatus::parse),
            "billing_status_reason" => patch.billing_status_reason = text(old),
            "billing_review_on" => patch.billing_review_on = day(old),
            "credit_limit_minor" => patch.credit_limit_minor = parsed(old),
            "price_list_id" => patch.price_list_id = parsed(old),
            "billing_address" => patch.billing_address = Some(read(old)),
            "shipping_address" => patch.shipping_address = Some(read(old)),
            "phone" => patch.phone = text(old),
            "email" => patch.email = text(old),
            "contacts" => patch.contacts = Some(read(old)),
            "external_ids" => patch.external_ids = Some(read(old)),
            "tags" => patch.tags = Some(read(old)),
            "note" => patch.note = text(old),
            "archived_at" => patch.archived = Some(old.is_some()),
            "legal_name" => patch.legal_name = text(old),
            "nickname" => patch.nickname = text(old),
            "website" => patch.website = text(old),
            "tax_ids" => patch.tax_ids = Some(read(old)),
            "custom" => patch.custom = Some(read(old)),
            "auto_hold" => patch.auto_hold = old.and_then(AutoHoldMode::parse),
            "next_contact_on" => patch.next_contact_on = day(old),
            _ => {}
        }
    }
    patch
}

/// A change that gives a location its old values back.
pub(crate) fn location_patch(changes: &[Change]) -> PatchLocation {
    let mut patch = PatchLocation::default();
    for (field, old, _) in changes {
        let old = old.as_deref();
        match field.as_str() {
            "customer_id" => patch.customer_id = old.and_then(|id| id.parse().ok()),
            "name" => patch.name = text(old),
            "code" => patch.code = text(old),
            "kind" => patch.kind = old.and_then(LocationKind::parse),
            "time_zone" => patch.time_zone = text(old),
            "address" => patch.address = Some(read(old)),
            "phone" => patch.phone = text(old),
            "contacts" => patch.contacts = Some(read(old)),
            "delivery_instructions" => patch.delivery_instructions = text(old),
            "price_list_id" => patch.price_list_id = parsed(old),
            "external_ids" => patch.external_ids = Some(read(old)),
            "tags" => patch.tags = Some(read(old)),
            "archived_at" => patch.archived = Some(old.is_some()),
            "licence_no" => patch.licence_no = text(old),
            "receiving_hours" => patch.receiving_hours = text(old),
            "custom" => patch.custom = Some(read(old)),
            "sales_rep_mode" => {
                let id = patch.sales_rep.take().and_then(|rep| rep.id);
                let mode = old.and_then(SalesRepMode::parse).unwrap_or(SalesRepMode::Inherit);
                patch.sales_rep = Some(SalesRep { mode, id });
            }
            "sales_rep_id" => {
                let id = old.and_then(|id| id.parse().ok());
                let before = patch.sales_rep.take().map(|rep| rep.mode);
                let mode = before.unwrap_or(if id.is_some() { SalesRepMode::Assigned } else { SalesRepMode::Inherit });
                patch.sales_rep = Some(SalesRep { mode, id });
            }
            _ => {}
        }
    }
    // With a mode that names nobody there is nobody to name.
    if let Some(rep) = patch.sales_rep.as_mut().filter(|rep| rep.mode != SalesRepMode::Assigned) {
        rep.id = None;
    }
    patch
}

/// What the journal holds of a row now.
fn now(facts: &Value, field: &str) -> Option<String> {
    match facts.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() || text == "[]" || text == "{}" => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }
}

/// Whether every field still is what a change made of it. What only follows from others is not asked.
fn stands(facts: &Value, changes: &[Change]) -> bool {
    let follows = |field: &str| field == "effective_sales_rep_id";
    changes.iter().all(|(field, _, new)| follows(field) || now(facts, field) == *new)
}

/// Whether a customer still is as a change left it.
pub(crate) fn customer_stands(row: &CustomerRow, changes: &[Change]) -> bool {
    stands(&super::customers::facts(row), changes)
}

/// Whether a location still is as a change left it.
pub(crate) fn location_stands(row: &LocationRow, changes: &[Change]) -> bool {
    stands(&super::locations::facts(row), changes)
}

/// Fields of a customer whose change by one person is taken back from its history.
pub const UNDOABLE: &[&str] = &[
    "payment_terms_id",
    "basis_date",
    "billing_status",
    "billing_status_reason",
    "billing_review_on",
    "default_sales_rep_id",
    "billing_address",
    "shipping_address",
    "credit_limit_minor",
    "price_list_id",
    "parent_customer_id",
    "archived_at",
    "name",
    "number",
    "kind",
    "phone",
    "email",
    "tags",
    "note",
];

/// Whether an entry of a customer's history can be taken back by itself: one person's change of the customer alone.
pub fn is_undoable(kind: &str, fields: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
    let mut fields = fields.into_iter().peekable();
    kind == "customer_changed" && fields.peek().is_some() && fields.all(|field| UNDOABLE.contains(&field.as_ref()))
}

/// Takes one change of a customer back: every field that it changed becomes what it was before, unless somebody changed it
/// since.
pub fn undo_change(ctx: &Ctx, tx: &mut Tx, id: CustomerId, entry: EntryId) -> Result<Customer> {
    if !store::directory::sees_customer(tx, ctx.viewer(), id.uuid())? {
        return Err(Error::not_found());
    }
    let about =
        store::journal::by_subject_and_id(tx, ctx.org(), id.uuid(), entry.uuid())?.ok_or_else(Error::not_found)?;
    let rows = store::journal::changes_about(tx, ctx.org(), entry.uuid(), id.uuid(), CHANGES_MAX)?;
    let changes: Vec<Change> = rows.into_iter().map(|it| (it.field, it.old, it.new)).collect();
    if !is_undoable(&about.kind, changes.iter().map(|(field, _, _)| field.as_str())) {
        let message = "Only a person's change of the customer's own fields is taken back here. A change of many rows is taken \
             back as a whole, from its own page.";
        return Err(Error::conflict("cannot_be_undone", message));
    }
    if domain::clock::Instant(about.at).plus_seconds(i64::from(domain::limits::UNDO_DAYS) * 86_400) <= ctx.now {
        let message = format!("A change can be undone for {} days.", domain::limits::UNDO_DAYS);
        return Err(Error::conflict("undo_expired", message));
    }
    let row = store::directory::lock_customer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    if !customer_stands(&row, &changes) {
        let message = "Somebody changed this since, so it stays as it is. Change it by hand.";
        return Err(Error::conflict("changed_since", message));
    }
    super::customers::patch(ctx, tx, id, customer_patch(&changes))
}

/// One entry of a customer's history, in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// Which.
    pub entry: EntryId,
    /// When.
    pub at: domain::clock::Instant,
    /// Who, and for whom.
    pub actor: String,
    /// What happened, a sentence.
    pub sentence: String,
    /// Why, as given.
    pub reason: String,
    /// The job that it was a part of.
    pub batch: Option<String>,
    /// It can be taken back by itself, now.
    pub undoable: bool,
    /// Changed fields: name, before, after; words instead of codes, names instead of ids.
    pub changes: Vec<(String, String, String)>,
}

/// What happened to a customer, latest first, and which fields were ever changed; narrowed to one field when asked for.
pub fn told(ctx: &Ctx, tx: &mut Tx, id: CustomerId, field: Option<&str>) -> Result<(Vec<Told>, Vec<String>)> {
    let page = super::customers::history(ctx, tx, id, domain::limits::LIST_MAX as u32)?;
    let mine = id.to_string();
    let own = |changes: &[contract::ChangeView]| -> Vec<Change> {
        let own = changes.iter().filter(|it| it.subject_id == mine);
        own.map(|it| (it.field.clone(), it.old.clone(), it.new.clone())).collect()
    };
    let all: Vec<(contract::HistoryEntry, Vec<Change>)> =
        page.items.into_iter().map(|entry| (own(&entry.changes), entry)).map(|(own, entry)| (entry, own)).collect();
    let mut fields: Vec<String> =
        all.iter().flat_map(|(_, own)| own.iter().map(|(field, _, _)| field.clone())).collect();
    fields.sort_unstable();
    fields.dedup();
    let labels = super::bulk::Labels::of(ctx, tx, all.iter().flat_map(|(_, own)| own.iter()))?;
    let oldest = ctx.now.plus_seconds(-i64::from(domain::limits::UNDO_DAYS) * 86_400);
    let may = ctx.may(domain::people::Permission::ManageDirectory) || ctx.may(domain::people::Permission::ManageTerms);
    let row = store::directory::customer_row(tx, ctx.org(), id.uuid())?;
    let word = |field: &str, value: Option<&str>| match value {
        Some(text) if text.starts_with('{') || text.starts_with('[') => spelled(field, text),
        value => labels.label(ctx, field, value),
    };
    let wanted = |own: &[Change]| field.is_none_or(|field| own.iter().any(|(it, _, _)| it == field));
    let entries = all.into_iter().filter(|(_, own)| wanted(own)).map(|(entry, own)| Told {
        undoable: may
            && entry.at > oldest
            && is_undoable(&entry.kind, own.iter().map(|(field, _, _)| field.as_str()))
            && row.as_ref().is_some_and(|row| row.merged_into_id.is_none() && customer_stands(row, &own)),
        changes: own
            .iter()
            .filter(|(it, _, _)| field.is_none_or(|field| it == field))
            .map(|(field, old, new)| (field.clone(), word(field, old.as_deref()), word(field, new.as_deref())))
            .collect(),
        entry: entry.id,
        at: entry.at,
        actor: match entry.on_behalf_of_name {
            Some(name) => format!("{} for {name}", entry.actor_name),
            None => entry.actor_name,
        },
        sentence: entry.sentence,
        reason: entry.reason,
        batch: entry.batch_id,
    });
    Ok((entries.collect(), fields))
}

/// An address, contacts, tags and numbers in a line.
fn spelled(field: &str, text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let words = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let parts: Vec<String> = match (&value, field) {
        (Value::Object(parts), "billing_address" | "shipping_address" | "address") => {
            ["line1", "line2", "city", "state", "postal_code", "country"]
                .iter()
                .filter_map(|key| parts.get(*key))
                .map(words)
                .collect()
        }
        (Value::Object(parts), _) => parts.iter().map(|(key, value)| format!("{key} {}", words(value))).collect(),
        (Value::Array(all), "contacts") => all.iter().filter_map(|it| it.get("name")).map(words).collect(),
        (Value::Array(all), _) => all.iter().map(words).collect(),
        _ => vec![text.to_owned()],
    };
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "\u{2013}".to_owned() } else { parts.join(", ") }
}

/// The latest change of a customer, when it can be taken back: what a screen offers after it was made.
pub fn latest(ctx: &Ctx, tx: &mut Tx, id: CustomerId) -> Result<Option<EntryId>> {
    let page = super::customers::history(ctx, tx, id, 1)?;
    let mine = id.to_string();
    let entry = page.items.into_iter().find(|entry| {
        let own = entry.changes.iter().filter(|it| it.subject_id == mine);
        is_undoable(&entry.kind, own.map(|it| it.field.as_str()))
    });
    Ok(entry.map(|entry| entry.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_values_become_a_change() {
        let change = |field: &str, old: Option<&str>| (field.to_owned(), old.map(str::to_owned), Some("x".to_owned()));
        let patch = customer_patch(&[
            change("phone", None),
            change("basis_date", None),
            change("billing_status", Some("hold")),
            change("tags", Some(r#"["a","b"]"#)),
            change("archived_at", None),
        ]);
        assert_eq!(patch.phone.as_deref(), Some(""));
        assert_eq!(patch.basis_date, Patch::Clear);
        assert_eq!(patch.billing_status, Some(BillingStatus::Hold));
        assert_eq!(patch.tags, Some(vec!["a".into(), "b".into()]));
        assert_eq!(patch.archived, Some(false));
        let place = location_patch(&[change("sales_rep_id", None), change("sales_rep_mode", Some("none"))]);
        assert_eq!(place.sales_rep.map(|rep| (rep.mode, rep.id)), Some((SalesRepMode::None, None)));
    }

    #[test]
    fn what_many_rows_share_is_taken_back_as_a_whole() {
        assert!(is_undoable("customer_changed", ["payment_terms_id"]));
        assert!(!is_undoable("bulk_changed", ["payment_terms_id"]));
        assert!(!is_undoable("customer_changed", ["payment_terms_id", "merged_into_id"]));
        assert!(!is_undoable("customer_changed", [""; 0]));
    }
}
