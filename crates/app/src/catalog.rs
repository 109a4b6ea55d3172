//! The catalog: manufacturers, product lines, items. Everybody sees it; the cost is for the office.

use crate::directory::{archive, clean_email, clean_name, clean_text, note_changes, printed, words_of};
use crate::history::Past;
use crate::journal::Draft;
use crate::{Ctx, Error, Result, list};
use contract::catalog::{
    CatalogItem, CreateCatalogItem, CreateManufacturer, CreateProductLine, Manufacturer, PatchCatalogItem,
    PatchManufacturer, ProductLine,
};
use contract::directory::PatchNamed;
use contract::{HistoryEntry, ListParams, Page, Patch};
use domain::clock::{Day, Instant};
use domain::id::{self, CatalogItemId, Id, Kind, ManufacturerId, ProductLineId};
use domain::limits;
use domain::people::{Permission, Role};
use domain::stock::UnitKind;
use domain::text::fold;
use serde_json::json;
use std::collections::HashMap;
use store::catalog::{self as rows, Filter, ItemFilter, ItemRow, LineRow, ManufacturerRow, number_key};
use store::page::Sort;
use store::{Tx, Value};
use uuid::Uuid;

const NAME_SORTS: list::Sorts = &[("name", "it.name_key")];
const BY_NAME: &[Sort] = &[Sort { column: "it.name_key", descending: false }];
/// By what manufacturers can be filtered.
pub const MANUFACTURER_FILTERS: &[&str] = &["id", "archived"];
/// By what product lines can be filtered.
pub const LINE_FILTERS: &[&str] = &["id", "manufacturer_id", "archived"];

fn uuids<K: Kind>(ids: Vec<Id<K>>) -> Vec<Uuid> {
    ids.into_iter().map(Id::uuid).collect()
}

fn archived(params: &ListParams) -> Result<Option<bool>> {
    match params.filters.get("archived").map(String::as_str) {
        Some("all") => Ok(None),
        _ => Ok(Some(list::yes_no(params, "archived")?.unwrap_or(false))),
    }
}

fn name_keys(paging: &list::Paging, name_key: &str, id: Uuid) -> Vec<Value> {
    let mut values = vec![Value::Text(name_key.to_owned()); paging.sorts.len()];
    values.push(Value::Uuid(id));
    values
}

fn manufacturer_view(row: ManufacturerRow) -> Manufacturer {
    Manufacturer {
        id: Id::from_uuid(row.id),
        name: row.name,
        email: row.email,
        billed_as_organization: row.billed_as_organization,
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// Manufacturers.
pub fn manufacturers(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<Manufacturer>> {
    list::only(params, MANUFACTURER_FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::Manufacturer>(params, "id")?.map(uuids),
        words: words_of(params)?,
        manufacturers: None,
        archived: archived(params)?,
    };
    let paging = list::paging("manufacturers", params, NAME_SORTS, BY_NAME)?;
    let (found, more) =
        rows::manufacturers(tx, ctx.org(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_manufacturers(tx, ctx.org(), &filter)).transpose()?;
    let page =
        list::page(paging.bound, found, more, |row| name_keys(&paging, &row.name_key, row.id), manufacturer_view);
    Ok(Page { total, ..page })
}

/// One manufacturer.
pub fn manufacturer(ctx: &Ctx, tx: &mut Tx, id: ManufacturerId) -> Result<Manufacturer> {
    rows::manufacturer(tx, ctx.org(), id.uuid())?.map(manufacturer_view).ok_or_else(Error::not_found)
}

fn manufacturer_name(ctx: &Ctx, tx: &mut Tx, name: &str, own: Option<Uuid>) -> Result<(String, String)> {
    let name = clean_name("name", name, limits::NAME_MAX)?;
    let key = fold(&name);
    if rows::manufacturer_by_name(tx, ctx.org(), &key)?.is_some_and(|other| Some(other) != own) {
        let message = format!("There is a manufacturer called \u{201c}{name}\u{201d} already.");
        return Err(Error::conflict("name_taken", message));
    }
    Ok((name, key))
}

/// Makes a manufacturer.
pub fn create_manufacturer(ctx: &Ctx, tx: &mut Tx, new: CreateManufacturer) -> Result<Manufacturer> {
    ctx.require(Permission::ManageCatalog)?;
    let mut draft = ctx.entry("manufacturer_created");
    let row = insert_manufacturer(ctx, tx, &mut draft, new)?;
    draft.subject(row.id).append(ctx, tx)?;
    Ok(manufacturer_view(row))
}

fn insert_manufacturer(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, new: CreateManufacturer) -> Result<ManufacturerRow> {
    let (name, name_key) = manufacturer_name(ctx, tx, &new.name, None)?;
    let row = ManufacturerRow {
        id: ctx.id::<id::Manufacturer>().uuid(),
        name,
        name_key,
        email: clean_email("email", &new.email)?,
        billed_as_organization: new.billed_as_organization,
        archived_at: None,
        version: 1,
    };
    rows::insert_manufacturer(tx, ctx.org(), &row)?;
    draft.change(row.id, "name", None, Some(row.name.clone()));
    Ok(row)
}

/// Changes a manufacturer.
pub fn patch_manufacturer(
    ctx: &Ctx,
    tx: &mut Tx,
    id: ManufacturerId,
    patch: PatchManufacturer,
) -> Result<Manufacturer> {
    let before = rows::lock_manufacturer(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageCatalog)?;
    ctx.check_version(before.version, || manufacturer(ctx, tx, id))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        (row.name, row.name_key) = manufacturer_name(ctx, tx, name, Some(row.id))?;
    }
    if let Some(email) = &patch.email {
        row.email = clean_email("email", email)?;
    }
    row.billed_as_organization = patch.billed_as_organization.unwrap_or(row.billed_as_organization);
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    let facts = |row: &ManufacturerRow| {
        json!({"name": row.name, "email": row.email, "billed_as_organization": row.billed_as_organization,
            "archived_at": row.archived_at.map(|at| Instant(at).rfc3339())})
    };
    let mut draft = ctx.entry("manufacturer_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_manufacturer(tx, ctx.org(), &row)?;
        if row.name_key != before.name_key {
            rows::reindex(tx, ctx.org(), row.id, None)?;
        }
        draft.append(ctx, tx)?;
    }
    manufacturer(ctx, tx, id)
}

fn line_view(row: LineRow) -> ProductLine {
    ProductLine {
        id: Id::from_uuid(row.id),
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        name: row.name,
        archived_at: row.archived_at.map(Instant),
        version: row.version,
    }
}

/// Product lines.
pub fn product_lines(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<ProductLine>> {
    list::only(params, LINE_FILTERS)?;
    let filter = Filter {
        ids: list::ids::<id::ProductLine>(params, "id")?.map(uuids),
        words: words_of(params)?,
        manufacturers: list::ids::<id::Manufacturer>(params, "manufacturer_id")?.map(uuids),
        archived: archived(params)?,
    };
    let paging = list::paging("product_lines", params, NAME_SORTS, BY_NAME)?;
    let (found, more) = rows::lines(tx, ctx.org(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_lines(tx, ctx.org(), &filter)).transpose()?;
    let page = list::page(paging.bound, found, more, |row| name_keys(&paging, &row.name_key, row.id), line_view);
    Ok(Page { total, ..page })
}

/// One product line.
pub fn product_line(ctx: &Ctx, tx: &mut Tx, id: ProductLineId) -> Result<ProductLine> {
    let found = rows::lines_by_ids(tx, ctx.org(), &[id.uuid()])?;
    found.into_iter().next().map(line_view).ok_or_else(Error::not_found)
}

fn line_name(ctx: &Ctx, tx: &mut Tx, manufacturer: Uuid, name: &str, own: Option<Uuid>) -> Result<(String, String)> {
    let name = clean_name("name", name, limits::NAME_MAX)?;
    let key = fold(&name);
    if rows::line_by_name(tx, ctx.org(), manufacturer, &key)?.is_some_and(|other| Some(other) != own) {
        let message = format!("This manufacturer has a product line called \u{201c}{name}\u{201d} already.");
        return Err(Error::conflict("name_taken", message));
    }
    Ok((name, key))
}

fn insert_line(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, manufacturer: Uuid, name: &str) -> Result<LineRow> {
    let (name, name_key) = line_name(ctx, tx, manufacturer, name, None)?;
    let id = ctx.id::<id::ProductLine>().uuid();
    let row = LineRow { id, manufacturer_id: manufacturer, name, name_key, archived_at: None, version: 1 };
    rows::insert_line(tx, ctx.org(), &row)?;
    draft.change(row.id, "name", None, Some(row.name.clone()));
    Ok(row)
}

/// Makes a product line.
pub fn create_product_line(ctx: &Ctx, tx: &mut Tx, new: CreateProductLine) -> Result<ProductLine> {
    ctx.require(Permission::ManageCatalog)?;
    let manufacturer = known_manufacturer(ctx, tx, new.manufacturer_id)?;
    let mut draft = ctx.entry("product_line_created");
    let row = insert_line(ctx, tx, &mut draft, manufacturer.id, &new.name)?;
    draft.subject(row.id).append(ctx, tx)?;
    Ok(line_view(row))
}

fn known_manufacturer(ctx: &Ctx, tx: &mut Tx, id: ManufacturerId) -> Result<ManufacturerRow> {
    rows::manufacturer(tx, ctx.org(), id.uuid())?.ok_or_else(|| Error::unknown("manufacturer_id"))
}

/// Changes a product line.
pub fn patch_product_line(ctx: &Ctx, tx: &mut Tx, id: ProductLineId, patch: PatchNamed) -> Result<ProductLine> {
    let before = rows::lock_line(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageCatalog)?;
    ctx.check_version(before.version, || product_line(ctx, tx, id))?;
    let mut row = before.clone();
    if let Some(name) = &patch.name {
        (row.name, row.name_key) = line_name(ctx, tx, row.manufacturer_id, name, Some(row.id))?;
    }
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    let facts =
        |row: &LineRow| json!({"name": row.name, "archived_at": row.archived_at.map(|at| Instant(at).rfc3339())});
    let mut draft = ctx.entry("product_line_changed").subject(row.id);
    if note_changes(&mut draft, row.id, &facts(&before), &facts(&row)) {
        rows::save_line(tx, ctx.org(), &row)?;
        if row.name_key != before.name_key {
            rows::reindex(tx, ctx.org(), row.manufacturer_id, Some(row.id))?;
        }
        draft.append(ctx, tx)?;
    }
    product_line(ctx, tx, id)
}

/// By what catalog items can be sorted.
pub const ITEM_SORTS: list::Sorts =
    &[("number", "item.number_key"), ("description", "item.description_key"), ("created_at", "item.created_at")];
const BY_NUMBER: &[Sort] = &[Sort { column: "item.number_key", descending: false }];
/// By what catalog items can be filtered.
pub const ITEM_FILTERS: &[&str] = &[
    "id",
    "manufacturer_id",
    "product_line_id",
    "number",
    "udi_di",
    "gtin",
    "kind",
    "reusable",
    "archived",
    "country",
];

/// Catalog items.
pub fn items(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Page<CatalogItem>> {
    list::only(params, ITEM_FILTERS)?;
    let identifiers = params.filters.get("udi_di").or_else(|| params.filters.get("gtin"));
    let identifiers = identifiers.map(|text| {
        text.split(',').map(|part| identifier(part, ctx.today()).unwrap_or_else(|| part.to_owned())).collect()
    });
    let filter = ItemFilter {
        ids: list::ids::<id::CatalogItem>(params, "id")?.map(uuids),
        words: words_of(params)?,
        manufacturers: list::ids::<id::Manufacturer>(params, "manufacturer_id")?.map(uuids),
        product_lines: list::ids::<id::ProductLine>(params, "product_line_id")?.map(uuids),
        numbers: params.filters.get("number").map(|text| text.split(',').map(|it| number_key(it.trim())).collect()),
        identifiers,
        kinds: list::words(params, "kind", |word| UnitKind::parse(word).map(|kind| kind.as_str().to_owned()))?,
        reusable: list::yes_no(params, "reusable")?,
        archived: archived(params)?,
        country: crate::cleared::asked(params)?,
    };
    let paging = list::paging("catalog_items", params, ITEM_SORTS, BY_NUMBER)?;
    let (found, more) = rows::items(tx, ctx.org(), &filter, &paging.sorts, paging.after.as_ref(), paging.limit)?;
    let total = params.count.then(|| rows::count_items(tx, ctx.org(), &filter)).transpose()?;
    let mut more_of = more_of(ctx, tx, &found)?;
    let key = |row: &ItemRow| {
        let value = |sort: &Sort| match sort.column {
            "item.number_key" => Value::Text(row.number_key.clone()),
            "item.description_key" => Value::Text(row.description_key.clone()),
            _ => Value::Int(row.created_at),
        };
        paging.sorts.iter().map(value).chain([Value::Uuid(row.id)]).collect()
    };
    let page = list::page(paging.bound, found, more, key, |row| item_view(ctx, row, &mut more_of));
    Ok(Page { total, ..page })
}

/// Product lines by item, and names of manufacturers.
type MoreOf = (HashMap<Uuid, Vec<Uuid>>, HashMap<Uuid, String>);

fn more_of(ctx: &Ctx, tx: &mut Tx, found: &[ItemRow]) -> Result<MoreOf> {
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let mut makers: Vec<Uuid> = found.iter().map(|row| row.manufacturer_id).collect();
    makers.sort_unstable();
    makers.dedup();
    Ok((rows::lines_of(tx, ctx.org(), &ids)?, rows::names_of_manufacturers(tx, ctx.org(), &makers)?))
}

fn item_view(ctx: &Ctx, row: ItemRow, (lines, makers): &mut MoreOf) -> CatalogItem {
    CatalogItem {
        id: Id::from_uuid(row.id),
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        manufacturer_name: makers.get(&row.manufacturer_id).cloned().unwrap_or_default(),
        number: row.number,
        description: row.description,
        kind: UnitKind::parse(&row.kind).unwrap_or(UnitKind::Device),
        product_line_ids: lines.remove(&row.id).unwrap_or_default().into_iter().map(Id::from_uuid).collect(),
        list_price_minor: row.list_price_minor,
        cost_minor: ctx.viewer().office.then_some(row.cost_minor),
        udi_di: (!row.udi_di.is_empty()).then_some(row.udi_di),
        gtins: serde_json::from_str(&row.gtins).unwrap_or_default(),
        reusable: row.reusable,
        par_level: row.par_level,
        geography: serde_json::from_str(&row.geography).unwrap_or_default(),
        archived_at: row.archived_at.map(Instant),
        created_at: Instant(row.created_at),
        merged_into_id: row.merged_into_id.map(Id::from_uuid),
        version: row.version,
    }
}

/// One catalog item.
pub fn item(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId) -> Result<CatalogItem> {
    let row = rows::item(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let mut more_of = more_of(ctx, tx, std::slice::from_ref(&row))?;
    Ok(item_view(ctx, row, &mut more_of))
}

/// A stored item as it is shown: for whoever found it by its label.
pub fn view(ctx: &Ctx, tx: &mut Tx, row: ItemRow) -> Result<CatalogItem> {
    let mut more_of = more_of(ctx, tx, std::slice::from_ref(&row))?;
    Ok(item_view(ctx, row, &mut more_of))
}

/// What happened to an item, latest first.
pub fn item_history(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId, past: impl Into<Past>) -> Result<Page<HistoryEntry>> {
    rows::item(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    let mut page = crate::history::page_of_subject(ctx, tx, id, past.into())?;
    if !ctx.viewer().office {
        page.items.iter_mut().for_each(|entry| entry.changes.retain(|change| change.field != "cost_minor"));
    }
    Ok(page)
}

/// A device identifier in the form that is compared: 14 digits of a GTIN (GS1 General Specifications 7.9 gives the check
/// digit), an HIBCC identifier without `+` and check character, an ICCBBA one with 16 characters. A whole label is taken
/// when it names nothing but the item. None for anything else.
pub fn identifier(text: &str, today: Day) -> Option<String> {
    let text = text.trim();
    if let Some(gtin) = udi::gtin14(text) {
        return Some(gtin);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let iccbba = text.len() == 16
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if let Some(di) = udi::hibc_di(text) {
        return Some(di);
    }
    if iccbba {
        return Some(text.to_owned());
    }
    let date = today.civil();
    let today = udi::Date::new(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())?;
    let parsed = udi::parse(text, today).ok()?;
    let bare = parsed.lot.is_none() && parsed.serial.is_none() && parsed.expires.is_none();
    let sound = bare && !parsed.has_warning(udi::code::CHECK_DIGIT);
    parsed.di.filter(|_| sound)
}

fn clean_di(ctx: &Ctx, text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    identifier(text, ctx.today()).ok_or_else(|| {
        let message = "This is no device identifier: a GTIN has 8, 12, 13 or 14 digits with a check digit at the end; \
            HIBCC and ICCBBA identifiers have letters.";
        Error::field("udi_di", "invalid_udi_di", message)
    })
}

/// `known` are identifiers that it has already: after a merge there may be some that are no GTINs.
fn clean_gtins(gtins: &[String], known: &[String]) -> Result<Vec<String>> {
    let mut cleaned = Vec::new();
    for (n, gtin) in gtins.iter().enumerate() {
        let message = "A GTIN has 8, 12, 13 or 14 digits, the last of which is a check digit.";
        let had = || known.iter().find(|it| it.as_str() == gtin.trim()).cloned();
        let gtin = udi::gtin14(gtin.trim())
            .or_else(had)
            .ok_or_else(|| Error::field(format!("gtins[{n}]"), "invalid_gtin", message))?;
        if !cleaned.contains(&gtin) {
            cleaned.push(gtin);
        }
    }
    if cleaned.len() > 20 {
        return Err(Error::field("gtins", "too_many", "Keep at most 20 GTINs of an item."));
    }
    Ok(cleaned)
}

fn clean_geography(countries: &[String]) -> Result<Vec<String>> {
    let mut cleaned = Vec::new();
    for (n, country) in countries.iter().enumerate() {
        let code = country.trim().to_ascii_uppercase();
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let message = "Give countries by their ISO 3166 code of two letters, such as US.";
            return Err(Error::field(format!("geography[{n}]"), "invalid_country", message));
        }
        cleaned.push(code);
    }
    cleaned.sort_unstable();
    cleaned.dedup();
    Ok(cleaned)
}

fn not_negative(field: &str, amount: Option<i64>) -> Result<Option<i64>> {
    match amount {
        Some(amount) if amount < 0 => {
            Err(Error::field(field, "negative_amount", "Give an amount that is not below zero."))
        }
        amount => Ok(amount),
    }
}

/// Makes an item.
pub fn create_item(ctx: &Ctx, tx: &mut Tx, new: CreateCatalogItem) -> Result<CatalogItem> {
    let mut draft = ctx.entry("catalog_item_created");
    let id = create_item_in(ctx, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    item(ctx, tx, Id::from_uuid(id))
}

/// Makes an item within an entry that may tell of more.
pub(crate) fn create_item_in(ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, new: CreateCatalogItem) -> Result<Uuid> {
    ctx.require(Permission::ManageCatalog)?;
    let manufacturer = known_manufacturer(ctx, tx, new.manufacturer_id)?;
    let di = clean_di(ctx, new.udi_di.as_deref().unwrap_or_default())?;
    let number = match new.number.filter(|number| !number.trim().is_empty()) {
        Some(number) => number,
        None if di.is_empty() => {
            let message = "Give a catalog number, or a device identifier that can stand for it.";
            return Err(Error::field("number", "required", message));
        }
        None => di.clone(),
    };
    let mut row = ItemRow {
        id: ctx.id::<id::CatalogItem>().uuid(),
        manufacturer_id: manufacturer.id,
        number: String::new(),
        number_key: String::new(),
        description: String::new(),
        description_key: String::new(),
        kind: new.kind.unwrap_or(UnitKind::Device).as_str().into(),
        list_price_minor: not_negative("list_price_minor", new.list_price_minor)?,
        cost_minor: not_negative("cost_minor", new.cost_minor)?,
        udi_di: di,
        gtins: crate::imports::json(&clean_gtins(&new.gtins, &[])?)?,
        reusable: new.reusable,
        par_level: not_negative("par_level", new.par_level)?,
        geography: crate::imports::json(&clean_geography(&new.geography)?)?,
        archived_at: None,
        version: 1,
        created_at: ctx.now.0,
        merged_into_id: None,
    };
    set_number(ctx, tx, &mut row, &number)?;
    set_description(&mut row, &new.description)?;
    let lines = known_lines(ctx, tx, row.manufacturer_id, &new.product_line_ids)?;
    refuse_taken(ctx, tx, &row)?;
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    rows::insert_item(tx, ctx.org(), &row, &ids, &search_names(&manufacturer, &lines))?;
    draft.change(row.id, "number", None, Some(row.number.clone()));
    Ok(row.id)
}

pub(crate) fn search_names(manufacturer: &ManufacturerRow, lines: &[LineRow]) -> Vec<String> {
    lines.iter().map(|line| line.name.clone()).chain([manufacturer.name.clone()]).collect()
}

fn set_number(ctx: &Ctx, tx: &mut Tx, row: &mut ItemRow, number: &str) -> Result<()> {
    row.number = clean_name("number", number, limits::CODE_MAX)?;
    row.number_key = number_key(&row.number);
    if rows::number_holder(tx, ctx.org(), row.manufacturer_id, &row.number_key)?.is_some_and(|other| other != row.id) {
        let message = format!("This manufacturer has an item with the number {} already.", row.number);
        return Err(Error::conflict("number_taken", message));
    }
    Ok(())
}

fn set_description(row: &mut ItemRow, description: &str) -> Result<()> {
    row.description = clean_text("description", description, limits::DESCRIPTION_MAX)?;
    row.description_key = description_key(&row.description);
    Ok(())
}

/// By what descriptions are sorted.
pub(crate) fn description_key(description: &str) -> String {
    fold(description).chars().take(limits::NAME_MAX).collect()
}

/// 409 when a device identifier names another item already.
fn refuse_taken(ctx: &Ctx, tx: &mut Tx, row: &ItemRow) -> Result<()> {
    for identifier in row.identifiers() {
        if let Some(other) = rows::by_identifier(tx, ctx.org(), &identifier)?.filter(|other| other.id != row.id) {
            let id = CatalogItemId::from_uuid(other.id);
            let message = format!("The identifier {identifier} names the item {} already ({id}).", other.number);
            return Err(Error::conflict("identifier_taken", message));
        }
    }
    Ok(())
}

fn known_lines(ctx: &Ctx, tx: &mut Tx, manufacturer: Uuid, ids: &[ProductLineId]) -> Result<Vec<LineRow>> {
    let mut wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = rows::lines_by_ids(tx, ctx.org(), &wanted)?;
    for (n, id) in ids.iter().enumerate() {
        let field = || format!("product_line_ids[{n}]");
        let line = found.iter().find(|line| line.id == id.uuid()).ok_or_else(|| Error::unknown(field()))?;
        if line.manufacturer_id != manufacturer {
            let message = format!("The product line {} belongs to another manufacturer.", line.name);
            return Err(Error::field(field(), "other_manufacturer", message));
        }
    }
    found.sort_by_key(|line| line.id);
    Ok(found)
}

/// Changes an item.
pub fn patch_item(ctx: &Ctx, tx: &mut Tx, id: CatalogItemId, patch: PatchCatalogItem) -> Result<CatalogItem> {
    let before = rows::lock_item(tx, ctx.org(), id.uuid())?.ok_or_else(Error::not_found)?;
    ctx.require(Permission::ManageCatalog)?;
    ctx.check_version(before.version, || item(ctx, tx, id))?;
    let mut draft = ctx.entry("catalog_item_changed").subject(before.id);
    if patch_item_in(ctx, tx, &mut draft, before, patch)? {
        draft.append(ctx, tx)?;
    }
    item(ctx, tx, id)
}

/// Changes a locked item within an entry that may tell of more; gives whether anything changed.
pub(crate) fn patch_item_in(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    before: ItemRow,
    patch: PatchCatalogItem,
) -> Result<bool> {
    ctx.require(Permission::ManageCatalog)?;
    if let Some(other) = before.merged_into_id {
        let message = format!(
            "{} became a part of another item ({}). Change that one.",
            before.number,
            CatalogItemId::from_uuid(other)
        );
        return Err(Error::conflict("catalog_item_merged", message));
    }
    let mut row = before.clone();
    let had = rows::lines_of(tx, ctx.org(), &[row.id])?.remove(&row.id).unwrap_or_default();
    if let Some(manufacturer) = patch.manufacturer_id {
        row.manufacturer_id = known_manufacturer(ctx, tx, manufacturer)?.id;
    }
    if let Some(kind) = patch.kind {
        row.kind = kind.as_str().into();
    }
    let moved = row.manufacturer_id != before.manufacturer_id;
    if (moved || row.kind != before.kind) && rows::has_units(tx, ctx.org(), row.id)? {
        let message = "Units of this item exist, so it keeps its manufacturer and kind. Make a new item instead.";
        return Err(Error::conflict("catalog_item_in_use", message));
    }
    match &patch.number {
        Some(number) => set_number(ctx, tx, &mut row, number)?,
        None if moved => {
            let number = row.number.clone();
            set_number(ctx, tx, &mut row, &number)?;
        }
        None => {}
    }
    if row.number != before.number {
        check_rename(ctx, tx, &before)?;
    }
    if let Some(description) = &patch.description {
        set_description(&mut row, description)?;
    }
    row.list_price_minor = not_negative("list_price_minor", patch.list_price_minor.or(row.list_price_minor))?;
    row.cost_minor = not_negative("cost_minor", patch.cost_minor.or(row.cost_minor))?;
    row.par_level = not_negative("par_level", patch.par_level.or(row.par_level))?;
    row.udi_di = match &patch.udi_di {
        Patch::Leave => row.udi_di,
        Patch::Clear => String::new(),
        Patch::Set(text) => clean_di(ctx, text)?,
    };
    if let Some(gtins) = &patch.gtins {
        row.gtins = crate::imports::json(&clean_gtins(gtins, &before.identifiers())?)?;
    }
    if let Some(countries) = &patch.geography {
        row.geography = crate::imports::json(&clean_geography(countries)?)?;
    }
    row.reusable = patch.reusable.unwrap_or(row.reusable);
    row.archived_at = archive(ctx, patch.archived, row.archived_at);
    let wanted = match patch.product_line_ids {
        Some(ids) => ids,
        None => had.iter().map(|line| Id::from_uuid(*line)).collect(),
    };
    let lines = known_lines(ctx, tx, row.manufacturer_id, &wanted)?;
    let has: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    if !note_changes(draft, row.id, &item_facts(&before, &had), &item_facts(&row, &has)) {
        return Ok(false);
    }
    refuse_taken(ctx, tx, &row)?;
    let manufacturer = known_manufacturer(ctx, tx, Id::from_uuid(row.manufacturer_id))?;
    rows::save_item(tx, ctx.org(), &before, &row, &has, &search_names(&manufacturer, &lines))?;
    Ok(true)
}

/// A catalog number stands on labels: it is renamed by whoever may, and while stock carries it by admins only.
fn check_rename(ctx: &Ctx, tx: &mut Tx, before: &ItemRow) -> Result<()> {
    if before.kind == UnitKind::Container.as_str() && ctx.actor.role == Role::Operations {
        if !ctx.actor.settings.get("edit_container_numbers").copied().unwrap_or(false) {
            let message = "Your account may not rename container numbers. Ask an admin to do it.";
            return Err(Error::forbidden("not_allowed", message));
        }
    } else {
        ctx.require(Permission::EditCatalogNumbers)?;
    }
    if !ctx.actor.role.is_admin() && rows::has_active_units(tx, ctx.org(), before.id)? {
        let message = format!(
            "Active units carry the number {}. Deactivate them first, or ask an admin to rename it.",
            before.number
        );
        return Err(Error::conflict("catalog_number_in_use", message));
    }
    Ok(())
}

fn item_facts(row: &ItemRow, lines: &[Uuid]) -> serde_json::Value {
    json!({
        "manufacturer_id": printed::<id::Manufacturer>(Some(row.manufacturer_id)), "number": row.number,
        "description": row.description, "kind": row.kind, "list_price_minor": row.list_price_minor,
        "cost_minor": row.cost_minor, "udi_di": row.udi_di, "gtins": row.gtins, "reusable": row.reusable,
        "par_level": row.par_level, "geography": row.geography,
        "product_line_ids": lines.iter().map(|line| ProductLineId::from_uuid(*line).to_string()).collect::<Vec<_>>(),
        "archived_at": row.archived_at.map(|at| Instant(at).rfc3339()),
    })
}

/// The manufacturer of this name; made when it is not there and `create` says so.
pub(crate) fn ensure_manufacturer(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    name: &str,
    create: bool,
) -> Result<Option<ManufacturerId>> {
    if let Some(known) = rows::manufacturer_by_name(tx, ctx.org(), &fold(name))? {
        return Ok(Some(Id::from_uuid(known)));
    }
    if !create {
        return Ok(None);
    }
    let new = CreateManufacturer { name: name.to_owned(), email: String::new(), billed_as_organization: false };
    Ok(Some(Id::from_uuid(insert_manufacturer(ctx, tx, draft, new)?.id)))
}

/// The product line of this name; made when it is not there and `create` says so.
pub(crate) fn ensure_line(
    ctx: &Ctx,
    tx: &mut Tx,
    draft: &mut Draft,
    manufacturer: ManufacturerId,
    name: &str,
    create: bool,
) -> Result<Option<ProductLineId>> {
    if let Some(known) = rows::line_by_name(tx, ctx.org(), manufacturer.uuid(), &fold(name))? {
        return Ok(Some(Id::from_uuid(known)));
    }
    if !create {
        return Ok(None);
    }
    Ok(Some(Id::from_uuid(insert_line(ctx, tx, draft, manufacturer.uuid(), name)?.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_identifiers_have_one_form() {
        let di = |text: &str| identifier(text, Day::parse("2026-11-22").unwrap());
        assert_eq!(di("10827002566054").as_deref(), Some("10827002566054"));
        assert_eq!(di(" 4006381333931 ").as_deref(), Some("04006381333931"), "13 digits are filled up to 14");
        assert_eq!(di("10827002566055"), None, "a wrong check digit");
        assert_eq!(di("(01)10827002566054").as_deref(), Some("10827002566054"));
        assert_eq!(di("(01)10827002566054(10)L1"), None, "a label with a lot names more than the item");
        assert_eq!(di("+A123BJC5D6E71").as_deref(), Some("A123BJC5D6E71"));
        assert_eq!(di("a123bjc5d6e71").as_deref(), Some("A123BJC5D6E71"));
        assert_eq!(di("A9999XYZ100T0474").as_deref(), Some("A9999XYZ100T0474"));
        assert_eq!(di("nonsense"), None);
        assert_eq!(di("12345"), None);
    }
}
