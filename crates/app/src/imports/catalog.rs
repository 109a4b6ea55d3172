//! Catalog items and contract prices as tables.

use super::sheet::{CellError, Row, Seen, Sheet};
use super::{Column, Effect, ImportKind, ImportOptions, Plan};
use crate::catalog::{create_item_in, ensure_line, ensure_manufacturer, identifier, patch_item_in};
use crate::directory::prices::{price_field, price_words};
use crate::journal::Draft;
use crate::{Ctx, Error, Result};
use contract::Patch;
use contract::catalog::{CreateCatalogItem, PatchCatalogItem};
use domain::id::{Id, ManufacturerId};
use domain::people::Permission;
use domain::stock::UnitKind;
use domain::text::fold;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::Tx;
use store::catalog as rows;
use store::directory::prices::{self as price_rows, FOR_EVER, PriceRow, SINCE_EVER};
use uuid::Uuid;

/// Catalog items. An item is found again by its device identifier, else by manufacturer and number.
pub(super) const CATALOG_ITEMS: ImportKind = ImportKind {
    name: "catalog_items",
    permission: Permission::ManageCatalog,
    columns: &[
        Column::required("manufacturer", "name of the manufacturer").also(&["manufacturer_name", "brand", "mfr"]),
        Column::new("number", "catalog number; the device identifier when empty").also(&[
            "catalog_number",
            "ref",
            "sku",
            "item_number",
            "catalog_no",
        ]),
        Column::new("description", "what it is, in words").also(&["name", "item_description"]),
        Column::new("size", "appended to the description"),
        Column::new("product_line", "names of product lines, between semicolons").also(&["product_lines", "family"]),
        Column::new("kind", "device (when empty), container or pack").also(&["product_type", "type"]),
        Column::new("udi_di", "device identifier: GTIN, HIBCC or ICCBBA").also(&["di", "gtin", "primary_di"]),
        Column::new("gtins", "further GTINs, between semicolons"),
        Column::new("list_price", "price without an agreement, such as 12.50").also(&["price", "msrp"]),
        Column::new("list_price_minor", "the same in the smallest unit of the currency"),
        Column::new("cost", "what it costs, such as 12.50"),
        Column::new("cost_minor", "the same in the smallest unit of the currency"),
        Column::new("reusable", "yes or no"),
        Column::new("par_level", "reorder below this many").also(&["par"]),
        Column::new("geography", "ISO 3166 codes of countries, between semicolons; everywhere when empty"),
    ],
    plan: plan_items,
    tried: true,
};

struct ItemRow {
    manufacturer: String,
    number: Option<String>,
    description: Option<String>,
    lines: Option<Vec<String>>,
    kind: Option<UnitKind>,
    udi_di: Option<String>,
    gtins: Option<Vec<String>>,
    list_price: Option<i64>,
    cost: Option<i64>,
    reusable: Option<bool>,
    par_level: Option<i64>,
    geography: Option<Vec<String>>,
    create_missing: bool,
}

fn plan_items(ctx: &Ctx, _: &mut Tx, sheet: &Sheet, options: ImportOptions) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    for row in sheet.rows() {
        match read_item(ctx, &row, options, &mut seen) {
            Ok(item) => plan.step(row.number, move |ctx, tx, draft| item.apply(ctx, tx, draft)),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    Ok(plan)
}

fn read_item(ctx: &Ctx, row: &Row<'_>, options: ImportOptions, seen: &mut Seen) -> Result<ItemRow, CellError> {
    let manufacturer = row.need("manufacturer")?.to_owned();
    let number = row.owned("number");
    let udi_di = row.owned("udi_di");
    match (&udi_di, &number) {
        (Some(text), _) => {
            let message = "This is no device identifier; a wrong digit does not fit its check digit.";
            let di = identifier(text, ctx.today()).ok_or(("udi_di", "invalid_udi_di", message.to_owned()))?;
            seen.note("udi_di", format!("di {di}"), row.number)?;
        }
        (None, Some(number)) => {
            seen.note("number", format!("number {} {}", fold(&manufacturer), rows::number_key(number)), row.number)?;
        }
        (None, None) => {
            let message = "Give a catalog number, or a device identifier that can stand for it.";
            return Err(("number", "required", message.to_owned()));
        }
    }
    let description = match (row.some("description"), row.some("size")) {
        (Some(text), Some(size)) => Some(format!("{text}, {size}")),
        (text, size) => text.or(size).map(str::to_owned),
    };
    Ok(ItemRow {
        manufacturer,
        number,
        description,
        lines: row.parts("product_line"),
        kind: row.word("kind", UnitKind::parse, &["device", "container", "pack"])?,
        udi_di,
        gtins: row.parts("gtins"),
        list_price: row.amount(ctx, "list_price", "list_price_minor")?,
        cost: row.amount(ctx, "cost", "cost_minor")?,
        reusable: row.yes_no("reusable")?,
        par_level: row.whole("par_level")?,
        geography: row.parts("geography"),
        create_missing: options.create_missing,
    })
}

/// A name that is not known, with what to do.
fn unknown(field: &str, name: &str, missing: &str) -> Error {
    Error::field(
        field,
        "not_found",
        format!("There is no {missing} called \u{201c}{name}\u{201d}. Make it first, or import with create_missing."),
    )
}

impl ItemRow {
    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        let manufacturer = ensure_manufacturer(ctx, tx, draft, &self.manufacturer, self.create_missing)?
            .ok_or_else(|| unknown("manufacturer", &self.manufacturer, "manufacturer"))?;
        let mut lines = Vec::new();
        for name in self.lines.iter().flatten() {
            let line = ensure_line(ctx, tx, draft, manufacturer, name, self.create_missing)?;
            lines.push(line.ok_or_else(|| unknown("product_line", name, "product line of this manufacturer"))?);
        }
        let lines = self.lines.is_some().then_some(lines);
        match self.find(ctx, tx, manufacturer)? {
            Some(id) => {
                let before = rows::lock_item(tx, ctx.org(), id)?.ok_or_else(Error::not_found)?;
                let mut patch = self.patch(manufacturer, lines);
                // The number of an item that became a part of this one leads here, and is not what it is called.
                let key = self.number.as_deref().map(rows::number_key).filter(|key| *key != before.number_key);
                if let Some(key) = key
                    && rows::by_number(tx, ctx.org(), manufacturer.uuid(), &key)? == Some(before.id)
                {
                    patch.number = None;
                }
                let changed = patch_item_in(ctx, tx, draft, before, patch)?;
                Ok(Effect::of_change(draft, id, changed))
            }
            None => {
                let id = create_item_in(ctx, tx, draft, self.create(manufacturer, lines))?;
                draft.about(id);
                Ok(Effect::Created)
            }
        }
    }

    fn find(&self, ctx: &Ctx, tx: &mut Tx, manufacturer: ManufacturerId) -> Result<Option<Uuid>> {
        let di = self.udi_di.as_deref().and_then(|text| identifier(text, ctx.today()));
        if let Some(di) = di
            && let Some(item) = rows::by_identifier(tx, ctx.org(), &di)?
        {
            return Ok(Some(item.id));
        }
        let Some(number) = &self.number else { return Ok(None) };
        Ok(rows::by_number(tx, ctx.org(), manufacturer.uuid(), &rows::number_key(number))?)
    }

    fn patch(&self, manufacturer: ManufacturerId, lines: Option<Vec<domain::id::ProductLineId>>) -> PatchCatalogItem {
        PatchCatalogItem {
            manufacturer_id: Some(manufacturer),
            number: self.number.clone(),
            description: self.description.clone(),
            kind: self.kind,
            product_line_ids: lines,
            list_price_minor: self.list_price.map_or(Patch::Leave, Patch::Set),
            cost_minor: self.cost.map_or(Patch::Leave, Patch::Set),
            udi_di: self.udi_di.clone().map_or(Patch::Leave, Patch::Set),
            gtins: self.gtins.clone(),
            reusable: self.reusable,
            par_level: self.par_level.map_or(Patch::Leave, Patch::Set),
            geography: self.geography.clone(),
            archived: None,
        }
    }

    fn create(&self, manufacturer: ManufacturerId, lines: Option<Vec<domain::id::ProductLineId>>) -> CreateCatalogItem {
        CreateCatalogItem {
            manufacturer_id: manufacturer,
            number: self.number.clone(),
            description: self.description.clone().unwrap_or_default(),
            kind: self.kind,
            product_line_ids: lines.unwrap_or_default(),
            list_price_minor: self.list_price,
            cost_minor: self.cost,
            udi_di: self.udi_di.clone(),
            gtins: self.gtins.clone().unwrap_or_default(),
            reusable: self.reusable.unwrap_or_default(),
            par_level: self.par_level,
            geography: self.geography.clone().unwrap_or_default(),
        }
    }
}

/// What becomes of prices that an owner has already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// One that begins on the same day is replaced, others stay.
    Patch,
    /// They stay: what is there already is refused.
    Append,
    /// Those that the table does not name are taken away, for every owner that it names.
    Replace,
}

const PRICE_COLUMNS: &[Column] = &[
    Column::new("price_list", "name of the price list; or else a customer and a location"),
    Column::new("customer", "number or name of the customer"),
    Column::new("location", "code or name of the customer's location").also(&["facility"]),
    Column::new("manufacturer", "name of the manufacturer, where the number alone does not tell"),
    Column::new("number", "catalog number").also(&["catalog_number", "ref", "sku", "item_number"]),
    Column::new("udi_di", "device identifier, in place of the number").also(&["di", "gtin"]),
    Column::new("price", "price of one unit, such as 12.50"),
    Column::new("price_minor", "the same in the smallest unit of the currency"),
    Column::new("valid_from", "first day, such as 2026-01-01; since ever when empty"),
    Column::new("valid_to", "last day; for ever when empty"),
];

/// Contract prices, row by row: a price that begins on the same day is replaced, others stay.
pub(super) const PRICES: ImportKind = ImportKind {
    name: "prices",
    permission: Permission::ManagePrices,
    columns: PRICE_COLUMNS,
    plan: |ctx, _, sheet, options| plan_prices(ctx, sheet, options, Keeping::Patch),
    tried: true,
};

/// Contract prices that are added: one that is there already is refused.
pub(super) const PRICES_APPEND: ImportKind = ImportKind {
    name: "prices_append",
    permission: Permission::ManagePrices,
    columns: PRICE_COLUMNS,
    plan: |ctx, _, sheet, options| plan_prices(ctx, sheet, options, Keeping::Append),
    tried: true,
};

/// Whole price sheets: of every price list and location that the table names, what it does not name is taken away.
pub(super) const PRICES_REPLACE: ImportKind = ImportKind {
    name: "prices_replace",
    permission: Permission::ManagePrices,
    columns: PRICE_COLUMNS,
    plan: |ctx, _, sheet, options| plan_prices(ctx, sheet, options, Keeping::Replace),
    tried: true,
};

struct PriceLine {
    price_list: Option<String>,
    customer: Option<String>,
    location: Option<String>,
    manufacturer: Option<String>,
    number: Option<String>,
    udi_di: Option<String>,
    price_minor: i64,
    valid_from: i64,
    valid_to: i64,
    create_missing: bool,
    append: bool,
}

fn plan_prices(ctx: &Ctx, sheet: &Sheet, options: ImportOptions, keeping: Keeping) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut seen = Seen::default();
    let mut lines: Vec<(usize, Arc<PriceLine>)> = Vec::new();
    for row in sheet.rows() {
        match read_price(ctx, &row, options, keeping, &mut seen) {
            Ok(price) => lines.push((row.number, Arc::new(price))),
            Err(error) => plan.refuse(row.number, error),
        }
    }
    let mut owners: HashMap<String, Arc<Vec<Arc<PriceLine>>>> = HashMap::new();
    // A sheet with rows that cannot be read is not whole: nothing is taken away for what it may have meant to name.
    if keeping == Keeping::Replace && plan.errors.is_empty() {
        let mut named: HashMap<String, Vec<Arc<PriceLine>>> = HashMap::new();
        for (_, line) in &lines {
            named.entry(line.owner_key()).or_default().push(line.clone());
        }
        owners.extend(named.into_iter().map(|(key, all)| (key, Arc::new(all))));
    }
    for (number, line) in lines {
        // The first row of an owner makes room for the others.
        match owners.remove(&line.owner_key()) {
            Some(all) => plan.step(number, move |ctx, tx, draft| line.make_room(ctx, tx, draft, &all)),
            None => plan.step(number, move |ctx, tx, draft| line.apply(ctx, tx, draft)),
        }
    }
    Ok(plan)
}

fn read_price(
    ctx: &Ctx,
    row: &Row<'_>,
    options: ImportOptions,
    keeping: Keeping,
    seen: &mut Seen,
) -> Result<PriceLine, CellError> {
    let price_minor = row
        .amount(ctx, "price", "price_minor")?
        .ok_or_else(|| ("price", "required", "This cell must not be empty.".to_owned()))?;
    if price_minor < 0 {
        return Err(("price", "price_negative", "A price must not be below zero.".to_owned()));
    }
    let line = PriceLine {
        price_list: row.owned("price_list"),
        customer: row.owned("customer"),
        location: row.owned("location"),
        manufacturer: row.owned("manufacturer"),
        number: row.owned("number"),
        udi_di: row.owned("udi_di"),
        price_minor,
        valid_from: row.day("valid_from")?.map_or(SINCE_EVER, |day| i64::from(day.0)),
        valid_to: row.day("valid_to")?.map_or(FOR_EVER, |day| i64::from(day.0)),
        create_missing: options.create_missing,
        append: keeping == Keeping::Append,
    };
    if line.valid_to < line.valid_from {
        return Err(("valid_to", "period_reversed", "The last day is before the first.".to_owned()));
    }
    if line.price_list.is_none() && (line.customer.is_none() || line.location.is_none()) {
        return Err(("price_list", "required", "Name a price list, or a customer and a location.".to_owned()));
    }
    if line.number.is_none() && line.udi_di.is_none() {
        return Err(("number", "required", "Name the item by its number or device identifier.".to_owned()));
    }
    let key = [&line.price_list, &line.customer, &line.location, &line.manufacturer, &line.number, &line.udi_di]
        .map(|text| text.as_deref().map(str::to_lowercase).unwrap_or_default());
    seen.note("valid_from", format!("{key:?} {}", line.valid_from), row.number)?;
    Ok(line)
}

impl PriceLine {
    /// Rows of one owner have one key.
    fn owner_key(&self) -> String {
        let parts = match &self.price_list {
            Some(name) => [Some(name), None, None],
            None => [None, self.customer.as_ref(), self.location.as_ref()],
        };
        format!("{:?}", parts.map(|text| text.map(|text| fold(text))))
    }

    /// Takes away what its owner has and the table does not name, then does its own.
    fn make_room(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft, all: &[Arc<Self>]) -> Result<Effect> {
        ctx.require(Permission::ManagePrices)?;
        let owner = self.owner(ctx, tx, draft)?;
        let mut named: HashSet<(Uuid, i64)> = HashSet::new();
        for line in all {
            // A row whose item is not known is told about by itself.
            if let Ok(item) = line.item(ctx, tx) {
                named.insert((item, line.valid_from));
            }
        }
        let gone = price_rows::all(tx, ctx.org(), owner, None)?;
        let gone: Vec<PriceRow> =
            gone.into_iter().filter(|row| !named.contains(&(row.catalog_item_id, row.valid_from))).collect();
        for row in &gone {
            price_rows::drop(tx, ctx.org(), owner, row)?;
            draft.about(owner);
            draft.change(owner, &price_field(row.catalog_item_id), Some(price_words(row)), None);
        }
        let done = self.apply(ctx, tx, draft)?;
        Ok(if done == Effect::Unchanged && !gone.is_empty() { Effect::Updated } else { done })
    }

    fn apply(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Effect> {
        ctx.require(Permission::ManagePrices)?;
        let owner = self.owner(ctx, tx, draft)?;
        let item = self.item(ctx, tx)?;
        let new = PriceRow {
            catalog_item_id: item,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            price_minor: self.price_minor,
        };
        let known = price_rows::all(tx, ctx.org(), owner, Some(&[item]))?;
        let same = known.iter().find(|row| row.valid_from == new.valid_from);
        if same == Some(&new) {
            return Ok(Effect::Unchanged);
        }
        if let Some(other) = same.filter(|_| self.append) {
            let message = format!("There is a price from that day on already: {}.", price_words(other));
            return Err(Error::field("price", "price_exists", message));
        }
        let overlaps = |row: &&PriceRow| {
            row.valid_from != new.valid_from && row.valid_from <= new.valid_to && new.valid_from <= row.valid_to
        };
        if let Some(other) = known.iter().find(overlaps) {
            let message = format!("Another price of this item holds on the same days: {}.", price_words(other));
            return Err(Error::field("valid_from", "prices_overlap", message));
        }
        price_rows::set(tx, ctx.org(), owner, &new)?;
        draft.about(owner);
        draft.change(owner, &price_field(item), same.map(price_words), Some(price_words(&new)));
        crate::events::asks::settle(ctx, tx, &[item])?;
        Ok(if same.is_some() { Effect::Updated } else { Effect::Created })
    }

    fn owner(&self, ctx: &Ctx, tx: &mut Tx, draft: &mut Draft) -> Result<Uuid> {
        if let Some(name) = &self.price_list {
            if let Some(known) = store::directory::named::price_list_by_name(tx, ctx.org(), &fold(name))? {
                return Ok(known);
            }
            if !self.create_missing {
                return Err(unknown("price_list", name, "price list"));
            }
            let list = crate::directory::named::create_price_list(
                ctx,
                tx,
                contract::directory::CreateNamed { name: name.clone() },
            )?;
            draft.about(list.id.uuid());
            return Ok(list.id.uuid());
        }
        let customer = self.customer.as_deref().unwrap_or_default();
        let location = self.location.as_deref().unwrap_or_default();
        super::directory::find_location(ctx, tx, customer, location)
    }

    fn item(&self, ctx: &Ctx, tx: &mut Tx) -> Result<Uuid> {
        if let Some(text) = &self.udi_di {
            let di = identifier(text, ctx.today())
                .ok_or_else(|| Error::field("udi_di", "invalid_udi_di", "This is no device identifier."))?;
            let found = rows::by_identifier(tx, ctx.org(), &di)?;
            return found.map(|item| item.id).ok_or_else(|| unknown_item("udi_di", text));
        }
        let number = self.number.as_deref().unwrap_or_default();
        let key = rows::number_key(number);
        if let Some(name) = &self.manufacturer {
            let maker = rows::manufacturer_by_name(tx, ctx.org(), &fold(name))?;
            let maker: ManufacturerId =
                maker.map(Id::from_uuid).ok_or_else(|| unknown("manufacturer", name, "manufacturer"))?;
            let found = rows::by_number(tx, ctx.org(), maker.uuid(), &key)?;
            return found.ok_or_else(|| unknown_item("number", number));
        }
        match rows::by_any_number(tx, ctx.org(), &key)?.as_slice() {
            [] => Err(unknown_item("number", number)),
            [only] => Ok(*only),
            _ => {
                let message = format!("Several manufacturers have an item {number}. Add the column manufacturer.");
                Err(Error::field("number", "ambiguous", message))
            }
        }
    }
}

fn unknown_item(field: &str, text: &str) -> Error {
    Error::field(field, "not_found", format!("There is no catalog item {text}. Import the catalog first."))
}
