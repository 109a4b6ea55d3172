//! What customers, items and manufacturers are called in the other program.

use super::settings::plain_account;
use crate::{Ctx, Error, Result, list};
use contract::accounting::{AccountingName, SetAccountingName};
use contract::{Items, ListParams, Page};
use domain::accounting::{ExportKind, plain_name};
use domain::id::{CatalogItemId, CustomerId, ManufacturerId, prefix_of};
use domain::limits;
use domain::people::Permission;
use std::collections::HashMap;
use store::accounting::NameRow;
use store::{Tx, Value};
use uuid::Uuid;

/// Kinds of subjects: a prefix of ids each.
const SUBJECTS: [&str; 3] = ["cus", "mfr", "cat"];

fn printed(row: &NameRow) -> String {
    match row.subject_kind.as_str() {
        "cus" => CustomerId::from_uuid(row.subject_id).to_string(),
        "mfr" => ManufacturerId::from_uuid(row.subject_id).to_string(),
        _ => CatalogItemId::from_uuid(row.subject_id).to_string(),
    }
}

fn read_subject(text: &str) -> Option<(&'static str, Uuid)> {
    match prefix_of(text)? {
        "cus" => Some(("cus", text.parse::<CustomerId>().ok()?.uuid())),
        "mfr" => Some(("mfr", text.parse::<ManufacturerId>().ok()?.uuid())),
        "cat" => Some(("cat", text.parse::<CatalogItemId>().ok()?.uuid())),
        _ => None,
    }
}

/// What they are called here.
fn labels(ctx: &Ctx, tx: &mut Tx, subject: &str, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    Ok(match subject {
        "cus" => store::directory::names_of_customers(tx, ctx.org(), ids)?,
        "mfr" => {
            let known = store::events::known_manufacturers(tx, ctx.org(), ids)?;
            known.into_iter().map(|(id, name, _)| (id, name)).collect()
        }
        _ => {
            let known = store::catalog::items_by_ids(tx, ctx.org(), ids)?;
            known.into_iter().map(|(id, item)| (id, format!("{} {}", item.number, item.description))).collect()
        }
    })
}

/// Names of one kind of subject (`subject=customers|manufacturers|catalog_items`), by id.
pub fn names(ctx: &Ctx, tx: &mut Tx, kind: ExportKind, params: &ListParams) -> Result<Page<AccountingName>> {
    ctx.require(Permission::ManageBilling)?;
    list::only(params, &["subject"])?;
    let subject = match params.filters.get("subject").map(String::as_str) {
        None | Some("customers") => "cus",
        Some("manufacturers") => "mfr",
        Some("catalog_items") => "cat",
        Some(_) => {
            return Err(Error::field("subject", "invalid_value", "Give customers, manufacturers or catalog_items."));
        }
    };
    let bound = format!("accounting names {kind} {subject}");
    let paging = list::paging(&bound, params, &[], &[])?;
    let after = match paging.after.as_ref().map(|after| after.0.as_slice()) {
        Some([Value::Uuid(id)]) => *id,
        _ => Uuid::nil(),
    };
    let most = i64::from(paging.limit) + 1;
    let mut rows = store::accounting::names(tx, ctx.org(), kind.as_str(), subject, after, most)?;
    let more = rows.len() > paging.limit as usize;
    rows.truncate(paging.limit as usize);
    let ids: Vec<Uuid> = rows.iter().map(|row| row.subject_id).collect();
    let known = labels(ctx, tx, subject, &ids)?;
    let key = |row: &NameRow| vec![Value::Uuid(row.subject_id)];
    Ok(list::page(paging.bound, rows, more, key, |row| view(&known, row)))
}

fn view(known: &HashMap<Uuid, String>, row: NameRow) -> AccountingName {
    AccountingName {
        subject_id: printed(&row),
        label: known.get(&row.subject_id).cloned().unwrap_or_default(),
        name: row.name,
        account: row.account,
    }
}

/// Says what subjects are called there; those that are not named stay as they are.
pub fn set_names(
    ctx: &Ctx,
    tx: &mut Tx,
    kind: ExportKind,
    asked: &[SetAccountingName],
) -> Result<Items<AccountingName>> {
    ctx.require(Permission::ManageBilling)?;
    if asked.len() > limits::LIST_MAX {
        return Err(Error::TooLarge(format!("Name at most {} at once.", limits::LIST_MAX)));
    }
    let mut rows = Vec::with_capacity(asked.len());
    for (at, ask) in asked.iter().enumerate() {
        let field = |name: &str| format!("[{at}].{name}");
        let (subject, id) = read_subject(&ask.subject_id).ok_or_else(|| Error::unknown(field("subject_id")))?;
        rows.push(NameRow {
            subject_kind: subject.to_owned(),
            subject_id: id,
            name: plain_name(&ask.name, limits::NAME_MAX),
            account: plain_account(&field("account"), &ask.account)?,
        });
    }
    let mut entry = ctx.entry("accounting_names_changed").subject(ctx.org());
    let mut views = Vec::with_capacity(rows.len());
    for subject in SUBJECTS {
        let of: Vec<(usize, &NameRow)> = rows.iter().enumerate().filter(|(_, it)| it.subject_kind == subject).collect();
        let ids: Vec<Uuid> = of.iter().map(|(_, row)| row.subject_id).collect();
        if ids.is_empty() {
            continue;
        }
        let known = labels(ctx, tx, subject, &ids)?;
        let before: HashMap<Uuid, NameRow> = store::accounting::names_of(tx, ctx.org(), kind.as_str(), subject, &ids)?
            .into_iter()
            .map(|row| (row.subject_id, row))
            .collect();
        for (at, row) in of {
            if !known.contains_key(&row.subject_id) {
                return Err(Error::unknown(format!("[{at}].subject_id")));
            }
            store::accounting::set_name(tx, ctx.org(), kind.as_str(), row)?;
            let shown = |row: &NameRow| format!("{kind}: {} {}", row.name, row.account).trim_end().to_owned();
            entry.change(row.subject_id, "accounting_name", before.get(&row.subject_id).map(shown), Some(shown(row)));
            views.push((at, view(&known, row.clone())));
        }
    }
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    views.sort_by_key(|(at, _)| *at);
    Ok(Items { items: views.into_iter().map(|(_, it)| it).collect() })
}
