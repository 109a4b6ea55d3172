//! What has little more than a name: procedures, places, price lists, payment terms, preference cards.

use super::{archived, locations_in_reach, physicians_in_reach, searched, words_of};
use crate::page::{Keyset, Query, Sort};
use crate::reach::Viewer;
use crate::search;
use db::{FromRow, Result, Tx, Value, args};
use uuid::Uuid;

/// What such a list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub archived: Option<bool>,
    /// Places: in these locations. Preference cards: of these physicians.
    pub owners: Option<Vec<Uuid>>,
    /// Preference cards: for these procedures.
    pub procedures: Option<Vec<Uuid>>,
}

fn base(head: &'static str, viewer: Viewer, filter: &Filter) -> Query {
    let mut query = Query::new(head);
    query.and("it.organization_id = ?", [Value::Uuid(viewer.organization)]);
    if let Some(ids) = &filter.ids {
        query.any_of("it.id", ids.iter().copied().map(Value::Uuid).collect());
    }
    query
}

/// A page, or all that match when `page` is None.
fn rows<T: FromRow>(
    tx: &mut Tx,
    query: &Query,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<T>, bool)> {
    query.page(tx, sorts, "it.id", after, limit)
}

db::record! {
    /// A procedure as stored.
    #[derive(Clone, Debug)]
    pub struct ProcedureRow { pub id: Uuid, pub name: String, pub name_key: String, pub archived_at: Option<i64>, pub version: i64 }
}

const PROCEDURES: &str = "SELECT it.id, it.name, it.name_key, it.archived_at, it.version FROM directory_procedure it";
const LOCK_PROCEDURE: db::Sql = crate::locking!(
    "SELECT id, name, name_key, archived_at, version FROM directory_procedure WHERE organization_id = $1 AND id = $2"
);
const INSERT_PROCEDURE: &str = "INSERT INTO directory_procedure (organization_id, id, name, name_key, archived_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const SAVE_PROCEDURE: &str = "UPDATE directory_procedure SET name = $3, name_key = $4, archived_at = $5, version = $6 + 1 \
    WHERE organization_id = $1 AND id = $2";
const PROCEDURE_BY_NAME: &str =
    "SELECT id FROM directory_procedure WHERE organization_id = $1 AND name_key = $2 ORDER BY id LIMIT 1";

fn procedures_query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = base(PROCEDURES, viewer, filter);
    searched(&mut query, viewer.organization, "prc", &filter.words, "it.id", false);
    archived(&mut query, "it.archived_at", filter.archived);
    query
}

/// A page of procedures: everybody sees all.
pub fn procedures(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<ProcedureRow>, bool)> {
    rows(tx, &procedures_query(viewer, filter), sorts, after, limit)
}

/// How many match.
pub fn count_procedures(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    procedures_query(viewer, filter).count(tx)
}

/// One procedure, locked.
pub fn lock_procedure(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ProcedureRow>> {
    tx.one(LOCK_PROCEDURE, args![organization, id])
}

/// The procedure of a folded name.
pub fn procedure_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(PROCEDURE_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

/// Makes a procedure.
pub fn insert_procedure(tx: &mut Tx, organization: Uuid, row: &ProcedureRow) -> Result<()> {
    tx.exec(INSERT_PROCEDURE, args![organization, row.id, row.name, row.name_key, row.archived_at, row.version])?;
    search::add(tx, organization, "prc", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked procedure, and counts its version up.
pub fn save_procedure(tx: &mut Tx, organization: Uuid, row: &ProcedureRow) -> Result<()> {
    tx.exec(SAVE_PROCEDURE, args![organization, row.id, row.name, row.name_key, row.archived_at, row.version])?;
    search::index(tx, organization, "prc", row.id, &words_of([row.name.as_str()]))
}

db::record! {
    /// A place as stored.
    #[derive(Clone, Debug)]
    pub struct PlaceRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub location_id: Option<Uuid>, pub archived_at: Option<i64>,
        pub version: i64,
    }
}

const PLACES: &str =
    "SELECT it.id, it.name, it.name_key, it.location_id, it.archived_at, it.version FROM directory_place it";
const LOCK_PLACE: db::Sql = crate::locking!(
    "SELECT id, name, name_key, location_id, archived_at, version FROM directory_place WHERE organization_id = $1 AND id = $2"
);
const INSERT_PLACE: &str = "INSERT INTO directory_place (organization_id, id, name, name_key, location_id, archived_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SAVE_PLACE: &str = "UPDATE directory_place SET name = $3, name_key = $4, location_id = $5, archived_at = $6, \
    version = $7 + 1 WHERE organization_id = $1 AND id = $2";

fn places_query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = base(PLACES, viewer, filter);
    if let Some((sql, args)) = locations_in_reach(viewer, "it.location_id") {
        query.and(&format!("(it.location_id IS NULL OR {sql})"), args);
    }
    if let Some(locations) = &filter.owners {
        query.any_of("it.location_id", locations.iter().copied().map(Value::Uuid).collect());
    }
    searched(&mut query, viewer.organization, "plc", &filter.words, "it.id", false);
    archived(&mut query, "it.archived_at", filter.archived);
    query
}

/// A page of places: those of no location, and those of locations in reach.
pub fn places(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<PlaceRow>, bool)> {
    rows(tx, &places_query(viewer, filter), sorts, after, limit)
}

/// How many match.
pub fn count_places(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    places_query(viewer, filter).count(tx)
}

/// One place, locked, whoever asks.
pub fn lock_place(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PlaceRow>> {
    tx.one(LOCK_PLACE, args![organization, id])
}

/// Makes a place.
pub fn insert_place(tx: &mut Tx, organization: Uuid, row: &PlaceRow) -> Result<()> {
    let values = args![organization, row.id, row.name, row.name_key, row.location_id, row.archived_at, row.version];
    tx.exec(INSERT_PLACE, values)?;
    search::add(tx, organization, "plc", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked place, and counts its version up.
pub fn save_place(tx: &mut Tx, organization: Uuid, row: &PlaceRow) -> Result<()> {
    let values = args![organization, row.id, row.name, row.name_key, row.location_id, row.archived_at, row.version];
    tx.exec(SAVE_PLACE, values)?;
    search::index(tx, organization, "plc", row.id, &words_of([row.name.as_str()]))
}

db::record! {
    /// A price list as stored.
    #[derive(Clone, Debug)]
    pub struct PriceListRow { pub id: Uuid, pub name: String, pub name_key: String, pub version: i64 }
}

const PRICE_LISTS: &str = "SELECT it.id, it.name, it.name_key, it.version FROM directory_price_list it";
const LOCK_PRICE_LIST: db::Sql = crate::locking!(
    "SELECT id, name, name_key, version FROM directory_price_list WHERE organization_id = $1 AND id = $2"
);
const INSERT_PRICE_LIST: &str =
    "INSERT INTO directory_price_list (organization_id, id, name, name_key, version) VALUES ($1, $2, $3, $4, $5)";
const PRICE_LIST: &str =
    "SELECT id, name, name_key, version FROM directory_price_list WHERE organization_id = $1 AND id = $2";
const SAVE_PRICE_LIST: &str = "UPDATE directory_price_list SET name = $3, name_key = $4, version = $5 + 1 \
    WHERE organization_id = $1 AND id = $2";
const PRICE_LIST_BY_NAME: &str = "SELECT id FROM directory_price_list WHERE organization_id = $1 AND name_key = $2";

fn price_lists_query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = base(PRICE_LISTS, viewer, filter);
    if let Some((sql, args)) = locations_in_reach(viewer, "priced.id") {
        // Those that hold somewhere within reach, by the location itself or by its customer.
        let mut all = vec![Value::Uuid(viewer.organization)];
        all.extend(args);
        query.and(
            &format!(
                "EXISTS (SELECT 1 FROM directory_location priced \
                 JOIN directory_customer payer ON payer.organization_id = priced.organization_id AND payer.id = priced.customer_id \
                 WHERE priced.organization_id = ? AND (priced.price_list_id = it.id OR payer.price_list_id = it.id) AND {sql})"
            ),
            all,
        );
    }
    searched(&mut query, viewer.organization, "prl", &filter.words, "it.id", false);
    query
}

/// A page of price lists: for the field those that hold at a location in reach.
pub fn price_lists(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<PriceListRow>, bool)> {
    rows(tx, &price_lists_query(viewer, filter), sorts, after, limit)
}

/// How many match.
pub fn count_price_lists(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    price_lists_query(viewer, filter).count(tx)
}

/// One price list, locked, whoever asks.
pub fn lock_price_list(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PriceListRow>> {
    tx.one(LOCK_PRICE_LIST, args![organization, id])
}

/// One price list, whoever asks.
pub fn price_list(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<PriceListRow>> {
    tx.one(PRICE_LIST, args![organization, id])
}

/// The price list of a folded name.
pub fn price_list_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(PRICE_LIST_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

/// Makes a price list.
pub fn insert_price_list(tx: &mut Tx, organization: Uuid, row: &PriceListRow) -> Result<()> {
    tx.exec(INSERT_PRICE_LIST, args![organization, row.id, row.name, row.name_key, row.version])?;
    search::add(tx, organization, "prl", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked price list, and counts its version up.
pub fn save_price_list(tx: &mut Tx, organization: Uuid, row: &PriceListRow) -> Result<()> {
    tx.exec(SAVE_PRICE_LIST, args![organization, row.id, row.name, row.name_key, row.version])?;
    super::customers::price_list_renamed(tx, organization, row.id, &row.name_key)?;
    search::index(tx, organization, "prl", row.id, &words_of([row.name.as_str()]))
}

db::record! {
    /// Payment terms as stored; rule and discount are JSON.
    #[derive(Clone, Debug)]
    pub struct TermsRow {
        pub id: Uuid, pub code: String, pub name: String, pub name_key: String, pub rule: String, pub roll: String,
        pub discount: Option<String>, pub version: i64,
    }
}

const TERMS: &str = "SELECT it.id, it.code, it.name, it.name_key, it.rule, it.roll, it.discount, it.version \
    FROM directory_payment_terms it";
const TERMS_BY_ID: &str = "SELECT id, code, name, name_key, rule, roll, discount, version FROM directory_payment_terms \
    WHERE organization_id = $1 AND id = $2";
const LOCK_TERMS: db::Sql = crate::locking!(
    "SELECT id, code, name, name_key, rule, roll, discount, version FROM directory_payment_terms \
    WHERE organization_id = $1 AND id = $2"
);
const INSERT_TERMS: &str = "INSERT INTO directory_payment_terms \
    (organization_id, id, code, name, name_key, rule, roll, discount, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const SAVE_TERMS: &str = "UPDATE directory_payment_terms SET code = $3, name = $4, name_key = $5, rule = $6, roll = $7, \
    discount = $8, version = $9 + 1 WHERE organization_id = $1 AND id = $2";
const TERMS_BY_CODE: &str = "SELECT id FROM directory_payment_terms WHERE organization_id = $1 AND code = $2";

fn terms_query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = base(TERMS, viewer, filter);
    searched(&mut query, viewer.organization, "ptm", &filter.words, "it.id", false);
    query
}

/// A page of payment terms: everybody sees all.
pub fn terms(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<TermsRow>, bool)> {
    rows(tx, &terms_query(viewer, filter), sorts, after, limit)
}

/// How many match.
pub fn count_terms(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    terms_query(viewer, filter).count(tx)
}

/// One set of payment terms.
pub fn terms_row(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TermsRow>> {
    tx.one(TERMS_BY_ID, args![organization, id])
}

/// The same, locked.
pub fn lock_terms(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<TermsRow>> {
    tx.one(LOCK_TERMS, args![organization, id])
}

/// The payment terms with a code.
pub fn terms_by_code(tx: &mut Tx, organization: Uuid, code: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(TERMS_BY_CODE, args![organization, code])?.map(|(id,)| id))
}

fn terms_words(row: &TermsRow) -> Vec<String> {
    words_of([row.code.as_str(), row.name.as_str()])
}

/// Makes payment terms.
pub fn insert_terms(tx: &mut Tx, organization: Uuid, row: &TermsRow) -> Result<()> {
    tx.exec(
        INSERT_TERMS,
        args![organization, row.id, row.code, row.name, row.name_key, row.rule, row.roll, row.discount, row.version],
    )?;
    search::add(tx, organization, "ptm", row.id, &terms_words(row))
}

/// Saves locked payment terms, and counts their version up; customers are sorted under the new name.
pub fn save_terms(tx: &mut Tx, organization: Uuid, row: &TermsRow) -> Result<()> {
    tx.exec(
        SAVE_TERMS,
        args![organization, row.id, row.code, row.name, row.name_key, row.rule, row.roll, row.discount, row.version],
    )?;
    super::customers::terms_renamed(tx, organization, row.id, &row.name_key)?;
    search::index(tx, organization, "ptm", row.id, &terms_words(row))
}

db::record! {
    /// A preference card as stored; lines are JSON.
    #[derive(Clone, Debug)]
    pub struct CardRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub physician_id: Uuid, pub procedure_id: Option<Uuid>,
        pub lines: String, pub version: i64,
    }
}

const CARDS: &str = "SELECT it.id, it.name, it.name_key, it.physician_id, it.procedure_id, it.lines, it.version \
    FROM directory_preference_card it";
const LOCK_CARD: db::Sql = crate::locking!(
    "SELECT id, name, name_key, physician_id, procedure_id, lines, version FROM directory_preference_card \
    WHERE organization_id = $1 AND id = $2"
);
const INSERT_CARD: &str = "INSERT INTO directory_preference_card \
    (organization_id, id, name, name_key, physician_id, procedure_id, lines, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const SAVE_CARD: &str = "UPDATE directory_preference_card SET name = $3, name_key = $4, physician_id = $5, procedure_id = $6, \
    lines = $7, version = $8 + 1 WHERE organization_id = $1 AND id = $2";

fn cards_query(viewer: Viewer, filter: &Filter) -> Query {
    let mut query = base(CARDS, viewer, filter);
    query.and_some(physicians_in_reach(viewer, "it.physician_id"));
    for (column, wanted) in [("it.physician_id", &filter.owners), ("it.procedure_id", &filter.procedures)] {
        if let Some(ids) = wanted {
            query.any_of(column, ids.iter().copied().map(Value::Uuid).collect());
        }
    }
    searched(&mut query, viewer.organization, "pcd", &filter.words, "it.id", false);
    query
}

/// A page of preference cards of physicians in reach.
pub fn cards(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<CardRow>, bool)> {
    rows(tx, &cards_query(viewer, filter), sorts, after, limit)
}

/// How many match.
pub fn count_cards(tx: &mut Tx, viewer: Viewer, filter: &Filter) -> Result<i64> {
    cards_query(viewer, filter).count(tx)
}

/// One card, locked, whoever asks.
pub fn lock_card(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<CardRow>> {
    tx.one(LOCK_CARD, args![organization, id])
}

fn card_values(organization: Uuid, row: &CardRow) -> Vec<Value> {
    args![organization, row.id, row.name, row.name_key, row.physician_id, row.procedure_id, row.lines, row.version]
        .to_vec()
}

/// Makes a card.
pub fn insert_card(tx: &mut Tx, organization: Uuid, row: &CardRow) -> Result<()> {
    tx.exec(INSERT_CARD, &card_values(organization, row))?;
    search::add(tx, organization, "pcd", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked card, and counts its version up.
pub fn save_card(tx: &mut Tx, organization: Uuid, row: &CardRow) -> Result<()> {
    tx.exec(SAVE_CARD, &card_values(organization, row))?;
    search::index(tx, organization, "pcd", row.id, &words_of([row.name.as_str()]))
}
