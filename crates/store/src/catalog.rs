//! The catalog: manufacturers, product lines, items and the identifiers that stand on their labels.

use crate::directory::{archived, searched, words_of};
use crate::page::{Keyset, Query, Sort};
use crate::search;
use db::{Result, Tx, Value, args};
use std::collections::HashMap;
use uuid::Uuid;

db::record! {
    /// A manufacturer as stored.
    #[derive(Clone, Debug)]
    pub struct ManufacturerRow {
        pub id: Uuid, pub name: String, pub name_key: String, pub email: String, pub billed_as_organization: bool,
        pub archived_at: Option<i64>, pub version: i64,
    }
}

/// What a list of manufacturers or product lines is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub manufacturers: Option<Vec<Uuid>>,
    pub archived: Option<bool>,
}

fn uuids(ids: &[Uuid]) -> Vec<Value> {
    ids.iter().copied().map(Value::Uuid).collect()
}

const MANUFACTURERS: &str = "SELECT it.id, it.name, it.name_key, it.email, it.billed_as_organization, it.archived_at, it.version \
    FROM catalog_manufacturer it";
const MANUFACTURER: &str = "SELECT id, name, name_key, email, billed_as_organization, archived_at, version \
    FROM catalog_manufacturer WHERE organization_id = $1 AND id = $2";
const LOCK_MANUFACTURER: db::Sql = crate::locking!(
    "SELECT id, name, name_key, email, billed_as_organization, archived_at, version FROM catalog_manufacturer \
    WHERE organization_id = $1 AND id = $2"
);
const MANUFACTURER_BY_NAME: &str = "SELECT id FROM catalog_manufacturer WHERE organization_id = $1 AND name_key = $2";
const INSERT_MANUFACTURER: &str = "INSERT INTO catalog_manufacturer \
    (organization_id, id, name, name_key, email, billed_as_organization, archived_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const SAVE_MANUFACTURER: &str = "UPDATE catalog_manufacturer SET name = $3, name_key = $4, email = $5, \
    billed_as_organization = $6, archived_at = $7, version = $8 + 1 WHERE organization_id = $1 AND id = $2";

fn manufacturers_query(organization: Uuid, filter: &Filter) -> Query {
    let mut query = Query::new(MANUFACTURERS);
    query.and("it.organization_id = ?", [Value::Uuid(organization)]);
    if let Some(ids) = &filter.ids {
        query.any_of("it.id", uuids(ids));
    }
    searched(&mut query, organization, "mfr", &filter.words, "it.id", false);
    archived(&mut query, "it.archived_at", filter.archived);
    query
}

/// A page of manufacturers.
pub fn manufacturers(
    tx: &mut Tx,
    organization: Uuid,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<ManufacturerRow>, bool)> {
    manufacturers_query(organization, filter).page(tx, sorts, "it.id", after, limit)
}

/// How many match.
pub fn count_manufacturers(tx: &mut Tx, organization: Uuid, filter: &Filter) -> Result<i64> {
    manufacturers_query(organization, filter).count(tx)
}

/// One manufacturer.
pub fn manufacturer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ManufacturerRow>> {
    tx.one(MANUFACTURER, args![organization, id])
}

/// The same, locked.
pub fn lock_manufacturer(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ManufacturerRow>> {
    tx.one(LOCK_MANUFACTURER, args![organization, id])
}

/// The manufacturer of a folded name.
pub fn manufacturer_by_name(tx: &mut Tx, organization: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(MANUFACTURER_BY_NAME, args![organization, name_key])?.map(|(id,)| id))
}

fn manufacturer_values(organization: Uuid, row: &ManufacturerRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.name,
        row.name_key,
        row.email,
        row.billed_as_organization,
        row.archived_at,
        row.version
    ]
    .to_vec()
}

/// Makes a manufacturer.
pub fn insert_manufacturer(tx: &mut Tx, organization: Uuid, row: &ManufacturerRow) -> Result<()> {
    tx.exec(INSERT_MANUFACTURER, &manufacturer_values(organization, row))?;
    search::add(tx, organization, "mfr", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked manufacturer, and counts its version up. Items are found by its name: see [`reindex`].
pub fn save_manufacturer(tx: &mut Tx, organization: Uuid, row: &ManufacturerRow) -> Result<()> {
    tx.exec(SAVE_MANUFACTURER, &manufacturer_values(organization, row))?;
    search::index(tx, organization, "mfr", row.id, &words_of([row.name.as_str()]))
}

db::record! {
    /// A product line as stored.
    #[derive(Clone, Debug)]
    pub struct LineRow {
        pub id: Uuid, pub manufacturer_id: Uuid, pub name: String, pub name_key: String, pub archived_at: Option<i64>,
        pub version: i64,
    }
}

const LINES: &str =
    "SELECT it.id, it.manufacturer_id, it.name, it.name_key, it.archived_at, it.version FROM catalog_product_line it";
const LOCK_LINE: db::Sql = crate::locking!(
    "SELECT id, manufacturer_id, name, name_key, archived_at, version FROM catalog_product_line \
    WHERE organization_id = $1 AND id = $2"
);
const LINE_BY_NAME: &str =
    "SELECT id FROM catalog_product_line WHERE organization_id = $1 AND manufacturer_id = $2 AND name_key = $3";
const INSERT_LINE: &str = "INSERT INTO catalog_product_line \
    (organization_id, id, manufacturer_id, name, name_key, archived_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SAVE_LINE: &str = "UPDATE catalog_product_line SET name = $3, name_key = $4, archived_at = $5, version = $6 + 1 \
    WHERE organization_id = $1 AND id = $2";

fn lines_query(organization: Uuid, filter: &Filter) -> Query {
    let mut query = Query::new(LINES);
    query.and("it.organization_id = ?", [Value::Uuid(organization)]);
    for (column, wanted) in [("it.id", &filter.ids), ("it.manufacturer_id", &filter.manufacturers)] {
        if let Some(ids) = wanted {
            query.any_of(column, uuids(ids));
        }
    }
    searched(&mut query, organization, "pln", &filter.words, "it.id", false);
    archived(&mut query, "it.archived_at", filter.archived);
    query
}

/// A page of product lines.
pub fn lines(
    tx: &mut Tx,
    organization: Uuid,
    filter: &Filter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<LineRow>, bool)> {
    lines_query(organization, filter).page(tx, sorts, "it.id", after, limit)
}

/// How many match.
pub fn count_lines(tx: &mut Tx, organization: Uuid, filter: &Filter) -> Result<i64> {
    lines_query(organization, filter).count(tx)
}

/// One product line, locked.
pub fn lock_line(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<LineRow>> {
    tx.one(LOCK_LINE, args![organization, id])
}

/// The product line of a manufacturer with a folded name.
pub fn line_by_name(tx: &mut Tx, organization: Uuid, manufacturer: Uuid, name_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(LINE_BY_NAME, args![organization, manufacturer, name_key])?.map(|(id,)| id))
}

/// Product lines with these ids; unknown ids are left out.
pub fn lines_by_ids(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<LineRow>> {
    lines_query(organization, &Filter { ids: Some(ids.to_vec()), ..Filter::default() }).all(tx)
}

/// Makes a product line.
pub fn insert_line(tx: &mut Tx, organization: Uuid, row: &LineRow) -> Result<()> {
    tx.exec(
        INSERT_LINE,
        args![organization, row.id, row.manufacturer_id, row.name, row.name_key, row.archived_at, row.version],
    )?;
    search::add(tx, organization, "pln", row.id, &words_of([row.name.as_str()]))
}

/// Saves a locked product line, and counts its version up. Items are found by its name: see [`reindex`].
pub fn save_line(tx: &mut Tx, organization: Uuid, row: &LineRow) -> Result<()> {
    tx.exec(SAVE_LINE, args![organization, row.id, row.name, row.name_key, row.archived_at, row.version])?;
    search::index(tx, organization, "pln", row.id, &words_of([row.name.as_str()]))
}

db::record! {
    /// An item as stored; gtins and geography are JSON.
    #[derive(Clone, Debug)]
    pub struct ItemRow {
        pub id: Uuid, pub manufacturer_id: Uuid, pub number: String, pub number_key: String, pub description: String,
        pub description_key: String, pub kind: String, pub list_price_minor: Option<i64>, pub cost_minor: Option<i64>,
        pub udi_di: String, pub gtins: String, pub reusable: bool, pub par_level: Option<i64>, pub geography: String,
        pub archived_at: Option<i64>, pub version: i64, pub created_at: i64, pub merged_into_id: Option<Uuid>,
    }
}

impl ItemRow {
    /// Every identifier that names it.
    pub fn identifiers(&self) -> Vec<String> {
        let mut all: Vec<String> = serde_json::from_str(&self.gtins).unwrap_or_default();
        if !self.udi_di.is_empty() && !all.contains(&self.udi_di) {
            all.insert(0, self.udi_di.clone());
        }
        all
    }
}

macro_rules! item_columns {
    () => {
        "item.id, item.manufacturer_id, item.number, item.number_key, item.description, item.description_key, item.kind, \
        item.list_price_minor, item.cost_minor, item.udi_di, item.gtins, item.reusable, item.par_level, item.geography, \
        item.archived_at, item.version, item.created_at, item.merged_into_id"
    };
}

/// The columns of [`ItemRow`], for statements that join items (`item` is the table's name).
pub const ITEM_COLUMNS: &str = item_columns!();

const ITEMS: &str = concat!("SELECT ", item_columns!(), " FROM catalog_item item");
const ITEM: &str =
    concat!("SELECT ", item_columns!(), " FROM catalog_item item WHERE item.organization_id = $1 AND item.id = $2");
const LOCK_ITEM: db::Sql = db::Sql {
    lite: ITEM,
    pg: concat!(
        "SELECT ",
        item_columns!(),
        " FROM catalog_item item WHERE item.organization_id = $1 AND item.id = $2 FOR UPDATE"
    ),
};
const ITEM_BY_IDENTIFIER: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM catalog_identifier named JOIN catalog_item item ON item.organization_id = named.organization_id \
    AND item.id = named.catalog_item_id WHERE named.organization_id = $1 AND named.identifier = $2"
);
const NUMBER_HOLDER: &str =
    "SELECT id FROM catalog_item WHERE organization_id = $1 AND manufacturer_id = $2 AND number_key = $3";
const ITEM_BY_NUMBER: &str = "SELECT COALESCE(merged_into_id, id) FROM catalog_item \
    WHERE organization_id = $1 AND manufacturer_id = $2 AND number_key = $3";
const ITEMS_BY_NUMBER: &str = "SELECT DISTINCT COALESCE(merged_into_id, id) FROM catalog_item \
    WHERE organization_id = $1 AND number_key = $2 LIMIT 2";

/// The key under which catalog numbers are compared: lower case, punctuation kept, since 1.5 and 15 are two sizes.
pub fn number_key(number: &str) -> String {
    number.chars().flat_map(char::to_lowercase).collect()
}

/// One item.
pub fn item(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ItemRow>> {
    tx.one(ITEM, args![organization, id])
}

/// The same, locked.
pub fn lock_item(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<ItemRow>> {
    tx.one(LOCK_ITEM, args![organization, id])
}

/// The item that a device identifier names, in the normalised form of the `udi` crate.
pub fn by_identifier(tx: &mut Tx, organization: Uuid, identifier: &str) -> Result<Option<ItemRow>> {
    tx.one(ITEM_BY_IDENTIFIER, args![organization, identifier])
}

/// The item that has a number of a manufacturer for itself, as [`number_key`] has it, even if it became a part of another one.
pub fn number_holder(tx: &mut Tx, organization: Uuid, manufacturer: Uuid, number_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(NUMBER_HOLDER, args![organization, manufacturer, number_key])?.map(|(id,)| id))
}

/// The item of a manufacturer with a number, as [`number_key`] has it. What became a part of another item is that one.
pub fn by_number(tx: &mut Tx, organization: Uuid, manufacturer: Uuid, number_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(ITEM_BY_NUMBER, args![organization, manufacturer, number_key])?.map(|(id,)| id))
}

/// Items of any manufacturer with a number, at most two: enough to tell one from several. What became a part of another item is
/// that one.
pub fn by_any_number(tx: &mut Tx, organization: Uuid, number_key: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(ITEMS_BY_NUMBER, args![organization, number_key])?.into_iter().map(|(id,)| id).collect())
}

/// Items with these ids; unknown ids are left out.
pub fn items_by_ids(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, ItemRow>> {
    let mut found = HashMap::new();
    let mut wanted = ids.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    for part in wanted.chunks(500) {
        let mut query = Query::new(ITEMS);
        query.and("item.organization_id = ?", [Value::Uuid(organization)]);
        query.any_of("item.id", uuids(part));
        found.extend(query.all::<ItemRow>(tx)?.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

const ALL_KEYS: &str =
    "SELECT COALESCE(merged_into_id, id), manufacturer_id, number_key FROM catalog_item WHERE organization_id = $1";
const ALL_IDENTIFIERS: &str = "SELECT identifier, catalog_item_id FROM catalog_identifier WHERE organization_id = $1";
const ALL_MANUFACTURERS: &str = "SELECT id, name_key FROM catalog_manufacturer WHERE organization_id = $1";

/// (id, manufacturer, number key) of every item: references of an import, loaded once. What became a part of another item is that
/// one.
pub fn keys(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, Uuid, String)>> {
    tx.all(ALL_KEYS, args![organization])
}

/// (identifier, item) of everything that is named on a label: references of an import, loaded once.
pub fn identifiers(tx: &mut Tx, organization: Uuid) -> Result<Vec<(String, Uuid)>> {
    tx.all(ALL_IDENTIFIERS, args![organization])
}

/// (id, folded name) of every manufacturer: references of an import, loaded once.
pub fn manufacturer_keys(tx: &mut Tx, organization: Uuid) -> Result<Vec<(Uuid, String)>> {
    tx.all(ALL_MANUFACTURERS, args![organization])
}

/// Names of manufacturers.
pub fn names_of_manufacturers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let filter = Filter { ids: Some(ids.to_vec()), ..Filter::default() };
    let rows = manufacturers_query(organization, &filter).all::<ManufacturerRow>(tx)?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Names of product lines.
pub fn names_of_lines(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    Ok(lines_by_ids(tx, organization, ids)?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Product lines of several items.
pub fn lines_of(tx: &mut Tx, organization: Uuid, items: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    if items.is_empty() {
        return Ok(found);
    }
    let mut query = Query::new("SELECT link.catalog_item_id, link.product_line_id FROM catalog_item_line link");
    query.and("link.organization_id = ?", [Value::Uuid(organization)]);
    query.any_of("link.catalog_item_id", uuids(items));
    for (item, line) in query.all::<(Uuid, Uuid)>(tx)? {
        found.entry(item).or_default().push(line);
    }
    found.values_mut().for_each(|lines| lines.sort_unstable());
    Ok(found)
}

/// What a list of items is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    pub ids: Option<Vec<Uuid>>,
    pub words: Vec<String>,
    pub manufacturers: Option<Vec<Uuid>>,
    pub product_lines: Option<Vec<Uuid>>,
    pub numbers: Option<Vec<String>>,
    pub identifiers: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub reusable: Option<bool>,
    pub archived: Option<bool>,
    /// What may be used in this country; `Some(None)`: in every country.
    pub country: Option<Option<String>>,
}

fn items_query(organization: Uuid, filter: &ItemFilter) -> Query {
    let mut query = Query::new(ITEMS);
    query.and("item.organization_id = ?", [Value::Uuid(organization)]);
    for (column, wanted) in [("item.id", &filter.ids), ("item.manufacturer_id", &filter.manufacturers)] {
        if let Some(ids) = wanted {
            query.any_of(column, uuids(ids));
        }
    }
    let texts = |words: &[String]| words.iter().cloned().map(Value::Text).collect::<Vec<_>>();
    for (column, wanted) in [("item.number_key", &filter.numbers), ("item.kind", &filter.kinds)] {
        if let Some(words) = wanted {
            query.any_of(column, texts(words));
        }
    }
    if let Some(lines) = &filter.product_lines {
        within(
            &mut query,
            organization,
            "SELECT link.catalog_item_id FROM catalog_item_line link WHERE link.organization_id = ? AND link.product_line_id",
            uuids(lines),
        );
    }
    if let Some(identifiers) = &filter.identifiers {
        within(
            &mut query,
            organization,
            "SELECT named.catalog_item_id FROM catalog_identifier named WHERE named.organization_id = ? AND named.identifier",
            texts(identifiers),
        );
    }
    if let Some(reusable) = filter.reusable {
        query.and("item.reusable = ?", [Value::Int(i64::from(reusable))]);
    }
    if let Some(country) = &filter.country {
        const EVERYWHERE: &str = "item.geography IN ('', '[]')";
        match country {
            None => query.and(EVERYWHERE, []),
            Some(code) => {
                query.and(&format!("({EVERYWHERE} OR item.geography LIKE ?)"), [Value::Text(format!("%\"{code}\"%"))])
            }
        };
    }
    searched(&mut query, organization, "cat", &filter.words, "item.id", false);
    archived(&mut query, "item.archived_at", filter.archived);
    query
}

fn within(query: &mut Query, organization: Uuid, select: &str, values: Vec<Value>) {
    let marks = if values.is_empty() { "NULL".to_owned() } else { vec!["?"; values.len()].join(", ") };
    let mut args = vec![Value::Uuid(organization)];
    args.extend(values);
    query.and(&format!("item.id IN ({select} IN ({marks}))"), args);
}

/// A page of items: the catalog is for everybody.
pub fn items(
    tx: &mut Tx,
    organization: Uuid,
    filter: &ItemFilter,
    sorts: &[Sort],
    after: Option<&Keyset>,
    limit: u32,
) -> Result<(Vec<ItemRow>, bool)> {
    items_query(organization, filter).page(tx, sorts, "item.id", after, limit)
}

/// How many match.
pub fn count_items(tx: &mut Tx, organization: Uuid, filter: &ItemFilter) -> Result<i64> {
    items_query(organization, filter).count(tx)
}

const INSERT_ITEM: &str = "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
    description_key, kind, list_price_minor, cost_minor, udi_di, gtins, reusable, par_level, geography, archived_at, version, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const SAVE_ITEM: &str = "UPDATE catalog_item SET manufacturer_id = $3, number = $4, number_key = $5, description = $6, \
    description_key = $7, kind = $8, list_price_minor = $9, cost_minor = $10, udi_di = $11, gtins = $12, reusable = $13, \
    par_level = $14, geography = $15, archived_at = $16, version = $17 + 1, created_at = $18 \
    WHERE organization_id = $1 AND id = $2";
const ADD_IDENTIFIER: &str = "INSERT INTO catalog_identifier (organization_id, identifier, catalog_item_id, quantity) \
    VALUES ($1, $2, $3, 1)";
const DROP_IDENTIFIER: &str =
    "DELETE FROM catalog_identifier WHERE organization_id = $1 AND identifier = $2 AND catalog_item_id = $3";
const ADD_ITEM_LINE: &str = "INSERT INTO catalog_item_line (organization_id, catalog_item_id, product_line_id) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const DROP_ITEM_LINES: &str = "DELETE FROM catalog_item_line WHERE organization_id = $1 AND catalog_item_id = $2";

fn item_values(organization: Uuid, row: &ItemRow) -> Vec<Value> {
    args![
        organization,
        row.id,
        row.manufacturer_id,
        row.number,
        row.number_key,
        row.description,
        row.description_key,
        row.kind,
        row.list_price_minor,
        row.cost_minor,
        row.udi_di,
        row.gtins,
        row.reusable,
        row.par_level,
        row.geography,
        row.archived_at,
        row.version,
        row.created_at
    ]
    .to_vec()
}

/// The words under which an item is found. `names`: of its manufacturer and product lines.
fn item_words(row: &ItemRow, names: &[String]) -> Vec<String> {
    let mut words = words_of([row.number.as_str(), row.description.as_str()]);
    words.extend(words_of(names.iter().map(String::as_str)));
    let whole = domain::text::identifier_key(&row.number);
    words.extend((!whole.is_empty()).then_some(whole));
    for identifier in row.identifiers() {
        let key = domain::text::identifier_key(&identifier);
        // Labels and lists often drop the leading zeros of a GTIN.
        let short = key.trim_start_matches('0').to_owned();
        words.extend([short, key].into_iter().filter(|word| !word.is_empty()));
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// Makes an item with its identifiers and product lines. `names`: of its manufacturer and product lines, for the search.
pub fn insert_item(tx: &mut Tx, organization: Uuid, row: &ItemRow, lines: &[Uuid], names: &[String]) -> Result<()> {
    tx.exec(INSERT_ITEM, &item_values(organization, row))?;
    for identifier in row.identifiers() {
        tx.exec(ADD_IDENTIFIER, args![organization, identifier, row.id])?;
    }
    for line in lines {
        tx.exec(ADD_ITEM_LINE, args![organization, row.id, *line])?;
    }
    search::add(tx, organization, "cat", row.id, &item_words(row, names))
}

/// Saves a locked item as `row` has it, and counts its version up. `before` is the row as it was locked.
pub fn save_item(
    tx: &mut Tx,
    organization: Uuid,
    before: &ItemRow,
    row: &ItemRow,
    lines: &[Uuid],
    names: &[String],
) -> Result<()> {
    tx.exec(SAVE_ITEM, &item_values(organization, row))?;
    let (was, is) = (before.identifiers(), row.identifiers());
    for gone in was.iter().filter(|it| !is.contains(it)) {
        tx.exec(DROP_IDENTIFIER, args![organization, gone, row.id])?;
    }
    for new in is.iter().filter(|it| !was.contains(it)) {
        tx.exec(ADD_IDENTIFIER, args![organization, new, row.id])?;
    }
    tx.exec(DROP_ITEM_LINES, args![organization, row.id])?;
    for line in lines {
        tx.exec(ADD_ITEM_LINE, args![organization, row.id, *line])?;
    }
    search::index(tx, organization, "cat", row.id, &item_words(row, names))
}

/// Finds items again under new names of their manufacturer (`line` is None) or of one of their product lines.
pub fn reindex(tx: &mut Tx, organization: Uuid, manufacturer: Uuid, line: Option<Uuid>) -> Result<()> {
    let filter = ItemFilter {
        manufacturers: Some(vec![manufacturer]),
        product_lines: line.map(|line| vec![line]),
        ..ItemFilter::default()
    };
    let rows = items_query(organization, &filter).all::<ItemRow>(tx)?;
    let maker = names_of_manufacturers(tx, organization, &[manufacturer])?;
    for part in rows.chunks(500) {
        let ids: Vec<Uuid> = part.iter().map(|row| row.id).collect();
        let lines = lines_of(tx, organization, &ids)?;
        let all: Vec<Uuid> = lines.values().flatten().copied().collect();
        let line_names = names_of_lines(tx, organization, &all)?;
        for row in part {
            let own = lines.get(&row.id).into_iter().flatten().filter_map(|id| line_names.get(id));
            let names: Vec<String> = maker.values().chain(own).cloned().collect();
            search::index(tx, organization, "cat", row.id, &item_words(row, &names))?;
        }
    }
    Ok(())
}

const ACTIVE_UNITS: &str =
    "SELECT 1 FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2 AND active = 1 LIMIT 1";
const ANY_UNITS: &str = "SELECT 1 FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2 LIMIT 1";

/// Whether active units of an item exist.
pub fn has_active_units(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(ACTIVE_UNITS, args![organization, item])?.is_some())
}

/// Whether units of an item exist or existed.
pub fn has_units(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(ANY_UNITS, args![organization, item])?.is_some())
}

const PACKAGES: &str = "SELECT identifier, quantity FROM catalog_identifier WHERE organization_id = $1 AND catalog_item_id = $2 \
    AND quantity > 1 ORDER BY quantity, identifier";
const DROP_PACKAGES: &str =
    "DELETE FROM catalog_identifier WHERE organization_id = $1 AND catalog_item_id = $2 AND quantity > 1";
const ADD_PACKAGE: &str = "INSERT INTO catalog_identifier (organization_id, identifier, catalog_item_id, quantity) \
    VALUES ($1, $2, $3, $4)";

/// (code, pieces) of the packages of an item, the smallest first.
pub fn packages(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<Vec<(String, i64)>> {
    tx.all(PACKAGES, args![organization, item])
}

/// Says the packages of an item anew.
pub fn set_packages(
    tx: &mut Tx,
    organization: Uuid,
    item: Uuid,
    packages: &std::collections::BTreeMap<String, i64>,
) -> Result<()> {
    tx.exec(DROP_PACKAGES, args![organization, item])?;
    for (identifier, quantity) in packages {
        tx.exec(ADD_PACKAGE, args![organization, identifier.as_str(), item, *quantity])?;
    }
    Ok(())
}
