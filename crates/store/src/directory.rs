//! The directory: customers and locations with their figures, physicians, procedures, places, prices, terms, views; and who
//! reaches which of them.
//!
//! A location is reached by those assigned to it and through its effective rep, each within the viewer's person-reach; a
//! customer through any such location; a physician by assignment or through such a location. The conditions come in two
//! forms: sets for lists, single rows for looking one up.

pub mod beside;
pub mod calls;
pub mod customers;
pub mod figures;
pub mod leaving;
pub mod locations;
pub mod mappings;
pub mod merges;
pub mod named;
pub mod physicians;
mod picking;
pub mod prices;
pub mod remarks;
pub mod standing;
pub mod terms_of;
pub mod territories;
pub mod views;

pub use customers::{CustomerRow, customer_row, lock_customer};
pub use figures::{add_order_figures, roll_figures};
pub use locations::{LocationRow, location_row, lock_location};

use crate::page::Query;
use crate::reach::Viewer;
use db::{Result, Tx, Value, args};
use std::collections::HashMap;
use uuid::Uuid;

/// A condition with its arguments; None restricts nothing.
pub type Condition = Option<(String, Vec<Value>)>;

// From the people to their locations, which `CROSS JOIN` holds SQLite to: there are fewer of them.
const LOCATION_SET: &str = "SELECT reached.id FROM people_reach reach CROSS JOIN directory_location reached \
    WHERE reached.organization_id = reach.organization_id AND reached.effective_rep_id = reach.subject_id \
    AND reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1 \
    UNION SELECT given.target_id FROM people_reach reach \
    JOIN people_assignment given ON given.organization_id = reach.organization_id AND given.user_id = reach.subject_id \
    AND given.kind = 'location' WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1";

const LONELY_SET: &str = "SELECT lonely.id FROM people_reach reach CROSS JOIN directory_customer lonely \
    WHERE lonely.organization_id = reach.organization_id AND lonely.default_sales_rep_id = reach.subject_id \
    AND reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1 \
    AND NOT EXISTS (SELECT 1 FROM directory_location had WHERE had.organization_id = lonely.organization_id AND had.customer_id = lonely.id)";

fn twice(viewer: Viewer) -> [Value; 4] {
    let (organization, principal) = (Value::Uuid(viewer.organization), Value::Uuid(viewer.principal));
    [organization.clone(), principal.clone(), organization, principal]
}

fn once(viewer: Viewer) -> [Value; 2] {
    [Value::Uuid(viewer.organization), Value::Uuid(viewer.principal)]
}

/// That a column holds a location in reach, for lists.
pub fn locations_in_reach(viewer: Viewer, column: &str) -> Condition {
    (!viewer.office).then(|| (format!("{column} IN ({LOCATION_SET})"), twice(viewer).to_vec()))
}

/// That one location is in reach: `table` is the name under which directory_location stands in the statement.
pub fn location_in_reach(viewer: Viewer, table: &str) -> Condition {
    if viewer.office {
        return None;
    }
    let sql = format!(
        "(EXISTS (SELECT 1 FROM people_reach reach WHERE reach.organization_id = ? AND reach.actor_id = ? \
         AND reach.subject_id = {table}.effective_rep_id AND reach.person >= 1) \
         OR EXISTS (SELECT 1 FROM people_assignment given JOIN people_reach reach \
         ON reach.organization_id = given.organization_id AND reach.subject_id = given.user_id \
         WHERE given.organization_id = ? AND reach.actor_id = ? AND given.kind = 'location' \
         AND given.target_id = {table}.id AND reach.person >= 1))"
    );
    Some((sql, twice(viewer).to_vec()))
}

/// That a column holds a customer in reach, for lists. One without locations is reached through its default rep, so that
/// whoever made it can go on with it.
pub fn customers_in_reach(viewer: Viewer, column: &str) -> Condition {
    if viewer.office {
        return None;
    }
    let sql = format!(
        "{column} IN (SELECT owned.customer_id FROM directory_location owned WHERE owned.organization_id = ? \
         AND owned.id IN ({LOCATION_SET}) UNION {LONELY_SET})"
    );
    let mut args = vec![Value::Uuid(viewer.organization)];
    args.extend(twice(viewer));
    args.extend(once(viewer));
    Some((sql, args))
}

/// That one customer is in reach: `table` is the name under which directory_customer stands in the statement.
pub fn customer_in_reach(viewer: Viewer, table: &str) -> Condition {
    let (inner, inner_args) = location_in_reach(viewer, "owned")?;
    let sql = format!(
        "(EXISTS (SELECT 1 FROM directory_location owned WHERE owned.organization_id = ? AND owned.customer_id = {table}.id \
         AND {inner}) OR (NOT EXISTS (SELECT 1 FROM directory_location had WHERE had.organization_id = {table}.organization_id \
         AND had.customer_id = {table}.id) AND EXISTS (SELECT 1 FROM people_reach reach \
         WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.subject_id = {table}.default_sales_rep_id \
         AND reach.person >= 1)))"
    );
    let mut args = vec![Value::Uuid(viewer.organization)];
    args.extend(inner_args);
    args.extend(once(viewer));
    Some((sql, args))
}

/// That a column holds a physician in reach.
pub fn physicians_in_reach(viewer: Viewer, column: &str) -> Condition {
    if viewer.office {
        return None;
    }
    let sql = format!(
        "{column} IN (SELECT given.target_id FROM people_reach reach \
         JOIN people_assignment given ON given.organization_id = reach.organization_id AND given.user_id = reach.subject_id \
         AND given.kind = 'physician' WHERE reach.organization_id = ? AND reach.actor_id = ? AND reach.person >= 1 \
         UNION SELECT link.physician_id FROM directory_physician_link link \
         WHERE link.organization_id = ? AND link.kind = 'location' AND link.target_id IN ({LOCATION_SET}))"
    );
    let mut args = once(viewer).to_vec();
    args.push(Value::Uuid(viewer.organization));
    args.extend(twice(viewer));
    Some((sql, args))
}

fn exists(
    tx: &mut Tx,
    table: &'static str,
    organization: Uuid,
    id: Uuid,
    reach: impl FnOnce(&str) -> Condition,
) -> Result<bool> {
    let mut query = Query::new(format!("SELECT 1 FROM {table} it"));
    query.and("it.organization_id = ? AND it.id = ?", [Value::Uuid(organization), Value::Uuid(id)]);
    query.and_some(reach("it"));
    Ok(!query.all::<(i64,)>(tx)?.is_empty())
}

/// Whether there is such a location within reach.
pub fn sees_location(tx: &mut Tx, viewer: Viewer, id: Uuid) -> Result<bool> {
    exists(tx, "directory_location", viewer.organization, id, |it| location_in_reach(viewer, it))
}

/// Whether there is such a customer within reach.
pub fn sees_customer(tx: &mut Tx, viewer: Viewer, id: Uuid) -> Result<bool> {
    exists(tx, "directory_customer", viewer.organization, id, |it| customer_in_reach(viewer, it))
}

/// Whether there is such a physician within reach.
pub fn sees_physician(tx: &mut Tx, viewer: Viewer, id: Uuid) -> Result<bool> {
    exists(tx, "directory_physician", viewer.organization, id, |_| physicians_in_reach(viewer, "it.id"))
}

const ASSIGN: &str = "INSERT INTO people_assignment (organization_id, user_id, kind, target_id, commission_bp) \
    VALUES ($1, $2, $3, $4, NULL) ON CONFLICT DO NOTHING";

/// Assigns something to an account. kind: location or physician.
pub fn assign(tx: &mut Tx, organization: Uuid, user: Uuid, kind: &str, target: Uuid) -> Result<()> {
    tx.exec(ASSIGN, args![organization, user, kind, target])?;
    Ok(())
}

db::record! {
    /// An account as far as a customer needs to know it.
    pub struct RepRow { pub id: Uuid, pub name: String, pub name_key: String, pub role: String, pub active: bool }
}

const REP: &str = "SELECT id, name, name_key, role, active FROM people_user WHERE organization_id = $1 AND id = $2 AND delegate_of IS NULL";

/// An account that may be asked to care for a customer; delegates are none.
pub fn rep(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RepRow>> {
    tx.one(REP, args![organization, id])
}

/// Rows of `select` (an id and a name, over the table `it`) for these ids.
fn names(tx: &mut Tx, select: &str, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let mut wanted: Vec<Uuid> = ids.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Query::new(select);
    query.and("it.organization_id = ?", [Value::Uuid(organization)]);
    query.any_of("it.id", wanted.into_iter().map(Value::Uuid).collect());
    Ok(query.all::<(Uuid, String)>(tx)?.into_iter().collect())
}

/// Names of accounts.
pub fn names_of_people(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM people_user it", organization, ids)
}

/// Names of customers.
pub fn names_of_customers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_customer it", organization, ids)
}

/// Names of payment terms.
pub fn names_of_terms(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_payment_terms it", organization, ids)
}

/// Names of price lists.
pub fn names_of_price_lists(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_price_list it", organization, ids)
}

/// Names of locations.
pub fn names_of_locations(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_location it", organization, ids)
}

/// Names of physicians.
pub fn names_of_physicians(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_physician it", organization, ids)
}

/// Names of procedures.
pub fn names_of_procedures(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_procedure it", organization, ids)
}

/// Names of places.
pub fn names_of_places(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    names(tx, "SELECT it.id, it.name FROM directory_place it", organization, ids)
}

const RENAME_IN_CUSTOMERS: &str =
    "UPDATE directory_customer SET rep_key = $3 WHERE organization_id = $1 AND default_sales_rep_id = $2";
const RENAME_IN_LOCATIONS: &str =
    "UPDATE directory_location SET rep_key = $3 WHERE organization_id = $1 AND effective_rep_id = $2";

/// Follows an account that was renamed: lists that sort by rep keep its folded name.
pub fn rep_renamed(tx: &mut Tx, organization: Uuid, rep: Uuid, name_key: &str) -> Result<()> {
    tx.exec(RENAME_IN_CUSTOMERS, args![organization, rep, name_key])?;
    tx.exec(RENAME_IN_LOCATIONS, args![organization, rep, name_key])?;
    Ok(())
}

const HAND_CUSTOMERS: &str = "UPDATE directory_customer SET default_sales_rep_id = $3, rep_key = $4, version = version + 1, \
    updated_at = $5 WHERE organization_id = $1 AND default_sales_rep_id = $2";
const HAND_OVERRIDES: &str = "UPDATE directory_location SET sales_rep_id = $3, version = version + 1, updated_at = $4 \
    WHERE organization_id = $1 AND sales_rep_id = $2";
const HAND_EFFECTIVE: &str = "UPDATE directory_location SET effective_rep_id = $3, rep_key = $4 \
    WHERE organization_id = $1 AND effective_rep_id = $2";
const REPS_CUSTOMERS: &str =
    "SELECT id FROM directory_customer WHERE organization_id = $1 AND default_sales_rep_id = $2 ORDER BY id";
const REPS_LOCATIONS: &str =
    "SELECT id FROM directory_location WHERE organization_id = $1 AND sales_rep_id = $2 ORDER BY id";

const HAND_TERRITORIES: &str = "UPDATE directory_territory SET rep_id = $3, version = version + 1 \
    WHERE organization_id = $1 AND rep_id = $2";

/// Customers whose default rep somebody is, and locations where that is set by hand.
pub fn cared_for_by(tx: &mut Tx, organization: Uuid, rep: Uuid) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let ids = |rows: Vec<(Uuid,)>| rows.into_iter().map(|(id,)| id).collect();
    let customers = ids(tx.all(REPS_CUSTOMERS, args![organization, rep])?);
    Ok((customers, ids(tx.all(REPS_LOCATIONS, args![organization, rep])?)))
}

/// Hands every customer and location of one rep to another: for a successor. Gives how many customers and locations.
pub fn hand_over(tx: &mut Tx, organization: Uuid, from: Uuid, to: Uuid, to_key: &str, now: i64) -> Result<(u64, u64)> {
    let customers = tx.exec(HAND_CUSTOMERS, args![organization, from, to, to_key, now])?;
    let locations = tx.exec(HAND_OVERRIDES, args![organization, from, to, now])?;
    tx.exec(HAND_EFFECTIVE, args![organization, from, to, to_key])?;
    tx.exec(HAND_TERRITORIES, args![organization, from, to])?;
    Ok((customers, locations))
}

/// `column IN (…)` or, where wanted, empty: for filters that know a word for nothing. `key` holds the folded name of what the
/// column refers to, empty for nothing; it has an index of all rows.
pub(crate) fn any_or_none(query: &mut Query, [column, key]: [&str; 2], values: Vec<Value>, or_none: bool) {
    if !or_none {
        query.any_of(column, values);
    } else if values.is_empty() {
        query.and(&format!("{key} = ''"), []);
    } else {
        let marks = vec!["?"; values.len()].join(", ");
        query.and(&format!("({key} = '' OR {column} IN ({marks}))"), values);
    }
}

/// Adds what is asked about archived rows: None shows all.
pub(crate) fn archived(query: &mut Query, column: &str, wanted: Option<bool>) {
    match wanted {
        Some(true) => query.and(&format!("{column} IS NOT NULL"), []),
        Some(false) => query.and(&format!("{column} IS NULL"), []),
        None => query,
    };
}

/// Adds words to search for: whatever has them is gathered first, or each row is asked for them.
pub(crate) fn searched(
    query: &mut Query,
    organization: Uuid,
    kind: &str,
    words: &[String],
    column: &str,
    row_by_row: bool,
) {
    use crate::search::{condition, condition_of_each};
    if !words.is_empty() {
        let told = if row_by_row { condition_of_each } else { condition };
        let (sql, args) = told(organization, kind, words, column);
        query.and(&sql, args);
    }
}

/// The token under which an address is found: no word that anybody types begins like this.
pub fn address_token(key: &str) -> String {
    format!("={key}").chars().take(domain::limits::TOKEN_MAX).collect()
}

/// Tokens of stored addresses.
pub(crate) fn address_tokens<'t>(addresses: impl IntoIterator<Item = &'t String>) -> Vec<String> {
    let token = |text: &String| {
        let address: serde_json::Value = serde_json::from_str(text).ok()?;
        let part = |name: &str| address.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        domain::likeness::address_key(&part("line1"), &part("postal_code"), &part("city"))
            .map(|key| address_token(&key))
    };
    addresses.into_iter().filter_map(token).collect()
}

/// The words of several texts, each once.
pub(crate) fn words_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut words: Vec<String> = texts.into_iter().flat_map(domain::text::tokens).collect();
    words.sort_unstable();
    words.dedup();
    words
}
