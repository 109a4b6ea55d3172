//! Customers: rows and their search words; lists with figures are in [`list`].

mod list;

pub use list::{FigureRow, Filter, Listed, Range, Scope, Shown, count, ids, one, page, reached, sums};
pub(super) use list::{engagement, is_plain, known_outside, marks, tagged, within};

use super::{customer_in_reach, words_of};
use crate::page::Query;
use crate::reach::Viewer;
use crate::search;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A customer as stored.
    #[derive(Clone, Debug)]
    pub struct CustomerRow {
        pub id: Uuid, pub number: String, pub number_key: String, pub name: String, pub name_key: String, pub kind: String,
        pub parent_customer_id: Option<Uuid>, pub default_sales_rep_id: Option<Uuid>, pub rep_key: String,
        pub payment_terms_id: Option<Uuid>, pub terms_key: String, pub basis_date: String, pub billing_status: String,
        pub billing_rank: i64, pub billing_status_reason: String, pub credit_limit_minor: Option<i64>,
        pub price_list_id: Option<Uuid>, pub locations_count: i64, pub billing_address: String, pub shipping_address: String,
        pub phone: String, pub email: String, pub contacts: String, pub external_ids: String, pub tags: String, pub note: String,
        pub archived_at: Option<i64>, pub version: i64, pub created_at: i64, pub updated_at: i64, pub legal_name: String,
        pub nickname: String, pub website: String, pub tax_ids: String, pub custom: String, pub auto_hold: String,
        pub billing_review_on: Option<i64>, pub next_contact_on: i64, pub price_key: String, pub parent_key: String,
        pub tags_key: String, pub merged_into_id: Option<Uuid>,
    }
}

const COLUMNS: usize = 42;
/// Stands for no day in columns that lists sort by.
pub const NO_DAY: i64 = 9_999_999;

macro_rules! columns {
    () => {
        "customer.id, customer.number, customer.number_key, customer.name, customer.name_key, customer.kind, \
        customer.parent_customer_id, customer.default_sales_rep_id, customer.rep_key, customer.payment_terms_id, \
        customer.terms_key, customer.basis_date, customer.billing_status, customer.billing_rank, \
        customer.billing_status_reason, customer.credit_limit_minor, customer.price_list_id, customer.locations_count, \
        customer.billing_address, customer.shipping_address, customer.phone, customer.email, customer.contacts, \
        customer.external_ids, customer.tags, customer.note, customer.archived_at, customer.version, customer.created_at, \
        customer.updated_at, customer.legal_name, customer.nickname, customer.website, customer.tax_ids, customer.custom, \
        customer.auto_hold, customer.billing_review_on, customer.next_contact_on, customer.price_key, customer.parent_key, \
        customer.tags_key, customer.merged_into_id"
    };
}

const COLUMN_NAMES: &str = columns!();

const BY_ID: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_customer customer WHERE customer.organization_id = $1 AND customer.id = $2"
);
const LOCK: db::Sql = db::Sql {
    lite: BY_ID,
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM directory_customer customer WHERE customer.organization_id = $1 AND customer.id = $2 FOR UPDATE"
    ),
};

/// One customer, whoever asks: callers apply reach.
pub fn customer_row(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CustomerRow>> {
    tx.one(BY_ID, args![organization, id])
}

/// The same, locked.
pub fn lock_customer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CustomerRow>> {
    tx.one(LOCK, args![organization, id])
}

const BY_NUMBER: &str = "SELECT id FROM directory_customer WHERE organization_id = $1 AND number_key = $2";
const BY_NAME: &str =
    "SELECT id FROM directory_customer WHERE organization_id = $1 AND name_key = $2 ORDER BY id LIMIT 2";

/// The customer with a number (as a key: lower case).
pub fn by_number(tx: &mut Tx, organization: Uuid, number_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(BY_NUMBER, args![organization, number_key])?.map(|(id,)| id))
}

/// Customers of a folded name, at most two: enough to tell one from several.
pub fn by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(BY_NAME, args![organization, name_key])?.into_iter().map(|(id,)| id).collect())
}

const ALL_KEYS: &str = "SELECT id, number_key, name_key FROM directory_customer WHERE organization_id = $1";

/// (id, number, folded name) of every customer: references of an import, loaded once.
pub fn keys(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, String, String)>> {
    tx.all(ALL_KEYS, args![organization])
}

const INSERT: &str = "INSERT INTO directory_customer (organization_id, id, number, number_key, name, name_key, kind, \
    parent_customer_id, default_sales_rep_id, rep_key, payment_terms_id, terms_key, basis_date, billing_status, billing_rank, \
    billing_status_reason, credit_limit_minor, price_list_id, locations_count, billing_address, shipping_address, phone, email, \
    contacts, external_ids, tags, note, archived_at, version, created_at, updated_at, legal_name, nickname, website, tax_ids, \
    custom, auto_hold, billing_review_on, next_contact_on, price_key, parent_key, tags_key, merged_into_id, indexed) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, 1)";
fn values(organization: Uuid, row: &CustomerRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.number,
        row.number_key,
        row.name,
        row.name_key,
        row.kind,
        row.parent_customer_id,
        row.default_sales_rep_id,
        row.rep_key,
        row.payment_terms_id,
        row.terms_key,
        row.basis_date,
        row.billing_status,
        row.billing_rank,
        row.billing_status_reason,
        row.credit_limit_minor,
        row.price_list_id,
        row.locations_count,
        row.billing_address,
        row.shipping_address,
        row.phone,
        row.email,
        row.contacts,
        row.external_ids,
        row.tags,
        row.note,
        row.archived_at,
        row.version,
        row.created_at,
        row.updated_at,
        row.legal_name,
        row.nickname,
        row.website,
        row.tax_ids,
        row.custom,
        row.auto_hold,
        row.billing_review_on,
        row.next_contact_on,
        row.price_key,
        row.parent_key,
        row.tags_key,
        row.merged_into_id
    ]
    .to_vec()
}

fn tokens(row: &CustomerRow) -> Vec<String> {
    let ids: std::collections::BTreeMap<String, String> = serde_json::from_str(&row.external_ids).unwrap_or_default();
    let names = [&row.name, &row.number, &row.email, &row.legal_name, &row.nickname];
    let mut words = words_of(names.into_iter().map(String::as_str));
    words.extend(words_of(ids.values().map(String::as_str)));
    let further = [domain::text::identifier_key(&row.number), domain::text::phone_digits(&row.phone)];
    words.extend(further.into_iter().filter(|word| !word.is_empty()));
    words.extend(super::address_tokens([&row.billing_address, &row.shipping_address]));
    words.sort_unstable();
    words.dedup();
    words
}

/// Makes a customer with its figures and search words.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &CustomerRow) -> Result<()> {
    tx.exec(INSERT, &values(organization, row))?;
    super::figures::begin(tx, organization, super::figures::CUSTOMER, row.id)?;
    super::standing::begin(tx, organization, super::figures::CUSTOMER, row.id)?;
    super::standing::credit_of(tx, organization, row)?;
    super::beside::write(tx, organization, "cus", row.id, &row.tags, &row.external_ids)?;
    search::add(tx, organization, "cus", row.id, &tokens(row))
}

/// Saves a locked customer as `row` has it, and counts its version up. `before` is the row as it was locked.
pub fn save(tx: &mut Tx, organization: Uuid, before: &CustomerRow, row: &CustomerRow) -> Result<()> {
    save_row(tx, organization, before, row)?;
    let words = tokens(row);
    if words != tokens(before) {
        search::index(tx, organization, "cus", row.id, &words)?;
    }
    if row.name_key != before.name_key {
        tx.exec(PARENT_RENAMED, args![organization, row.id, row.name_key])?;
    }
    Ok(())
}

const PARENT_RENAMED: &str =
    "UPDATE directory_customer SET parent_key = $3 WHERE organization_id = $1 AND parent_customer_id = $2";

/// The same for a change that leaves name, number and everything else that is searched as it was: for many rows at once.
pub fn save_row(tx: &mut Tx, organization: Uuid, before: &CustomerRow, row: &CustomerRow) -> Result<()> {
    let (old, new) = (values(organization, before), values(organization, row));
    crate::bulk::save_changed(tx, "directory_customer", organization, COLUMN_NAMES, &old[1..], &new[1..])?;
    if (&row.tags, &row.external_ids) != (&before.tags, &before.external_ids) {
        super::beside::write(tx, organization, "cus", row.id, &row.tags, &row.external_ids)?;
    }
    let credit = |it: &CustomerRow| (it.billing_rank, it.credit_limit_minor, it.auto_hold.clone());
    if credit(row) != credit(before) {
        super::standing::credit_of(tx, organization, row)?;
    }
    Ok(())
}

const LOCK_MANY: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM directory_customer customer WHERE customer.organization_id = $1 AND customer.id IN ({ids}) ORDER BY customer.id"
);

/// Customers of these ids, locked in the order of their ids; unknown ones are left out.
pub fn lock_many(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<CustomerRow>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let sql = match tx.engine() {
        db::Engine::Sqlite => LOCK_MANY.to_owned(),
        db::Engine::Postgres => format!("{LOCK_MANY} FOR UPDATE"),
    };
    crate::bulk::all(tx, &sql, args![organization], &ids)
}

/// The same without locks: for previews.
pub fn many(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<CustomerRow>> {
    crate::bulk::all(tx, LOCK_MANY, args![organization], ids)
}

const PRICE_LIST_RENAMED: [&str; 2] = [
    "UPDATE directory_customer SET price_key = $3 WHERE organization_id = $1 AND price_list_id = $2",
    "UPDATE directory_location SET price_key = $3 WHERE organization_id = $1 AND price_list_id = $2",
];

/// Follows a price list that was renamed.
pub fn price_list_renamed(tx: &mut Tx, organization: Uuid, price_list: Uuid, name_key: &str) -> Result<()> {
    for sql in PRICE_LIST_RENAMED {
        tx.exec(sql, args![organization, price_list, name_key])?;
    }
    Ok(())
}

const ADD_LOCATIONS: &str =
    "UPDATE directory_customer SET locations_count = locations_count + $3 WHERE organization_id = $1 AND id = $2";

/// Counts active locations of a customer up or down.
pub fn add_locations(tx: &mut Tx, organization: Uuid, id: Uuid, delta: i64) -> Result<()> {
    tx.exec(ADD_LOCATIONS, args![organization, id, delta])?;
    Ok(())
}

const PARENT: &str = "SELECT parent_customer_id FROM directory_customer WHERE organization_id = $1 AND id = $2";

/// The parents of a customer from the nearest up, at most `limit`.
pub fn parents(tx: &mut Tx, organization: Uuid, id: Uuid, limit: usize) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    let mut at = id;
    while found.len() < limit {
        let Some((Some(parent),)) = tx.one::<(Option<Uuid>,)>(PARENT, args![organization, at])? else { break };
        found.push(parent);
        at = parent;
    }
    Ok(found)
}

const LOCK_PARENT: db::Sql =
    crate::locking!("SELECT parent_customer_id FROM directory_customer WHERE organization_id = $1 AND id = $2");

/// A customer's parent and those above it, from the nearest up, at most `limit`, each locked on the way: two customers
/// that are put below each other at the same time do not both succeed.
pub fn lock_line(tx: &mut Tx, organization: Uuid, parent: Uuid, limit: usize) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    let mut at = Some(parent);
    while let Some(id) = at.filter(|_| found.len() < limit) {
        found.push(id);
        at = tx.one::<(Option<Uuid>,)>(LOCK_PARENT, args![organization, id])?.and_then(|(parent,)| parent);
    }
    Ok(found)
}

const BELOW: &str = "SELECT id FROM directory_customer WHERE organization_id = $1 AND parent_customer_id IN ({ids}) \
    AND merged_into_id IS NULL";

/// Customers below one, level by level, at most `levels` deep; those that became a part of another one are left out.
pub fn below(tx: &mut Tx, organization: Uuid, id: Uuid, levels: usize) -> Result<Vec<Vec<Uuid>>> {
    let mut all = Vec::new();
    let mut at = vec![id];
    while all.len() < levels {
        let next: Vec<Uuid> =
            crate::bulk::all::<(Uuid,)>(tx, BELOW, args![organization], &at)?.into_iter().map(|(id,)| id).collect();
        if next.is_empty() {
            break;
        }
        all.push(next.clone());
        at = next;
    }
    Ok(all)
}

const TERMS_RENAMED: &str =
    "UPDATE directory_customer SET terms_key = $3 WHERE organization_id = $1 AND payment_terms_id = $2";

/// Follows payment terms that were renamed.
pub fn terms_renamed(tx: &mut Tx, organization: Uuid, terms: Uuid, name_key: &str) -> Result<()> {
    tx.exec(TERMS_RENAMED, args![organization, terms, name_key])?;
    Ok(())
}

/// Whether a locked customer is in reach; the office reaches all.
pub fn reaches(tx: &mut Tx, viewer: Viewer, id: Uuid) -> Result<bool> {
    if viewer.office {
        return Ok(true);
    }
    let mut query = Query::new("SELECT 1 FROM directory_customer customer");
    query.and("customer.organization_id = ? AND customer.id = ?", [Value::Uuid(viewer.organization), Value::Uuid(id)]);
    query.and_some(customer_in_reach(viewer, "customer"));
    Ok(!query.all::<(i64,)>(tx)?.is_empty())
}

const DEFAULT_REPS: &str = "SELECT id, default_sales_rep_id, rep_key FROM directory_customer \
    WHERE organization_id = $1 AND id IN ({ids})";

/// (id, default rep, folded name) of these customers.
pub fn default_reps(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<Uuid>, String)>> {
    crate::bulk::all(tx, DEFAULT_REPS, args![organization], ids)
}

const PRICE_LISTS: &str = "SELECT id, price_list_id FROM directory_customer \
    WHERE organization_id = $1 AND price_list_id IS NOT NULL AND id IN ({ids})";

/// Price lists of these customers; those without one are left out.
pub fn price_lists(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<std::collections::HashMap<Uuid, Uuid>> {
    Ok(crate::bulk::all::<(Uuid, Uuid)>(tx, PRICE_LISTS, args![organization], ids)?.into_iter().collect())
}
