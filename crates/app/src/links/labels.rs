//! What a linked company tells of a unit: what stands on its label. By it the other side finds the unit that had gone there
//! before, and the item of its own catalog, or takes that over.

use crate::{Ctx, Error, Result, catalog};
use contract::catalog::CreateCatalogItem;
use contract::transfers::{LineLabel, TransferLine};
use domain::clock::Day;
use domain::id::{Id, UnitId};
use domain::people::Role;
use domain::stock::{TransferLineStatus, UnitKind};
use domain::text::{fold, identifier_key};
use std::collections::HashMap;
use std::sync::Arc;
use store::Tx;
use store::catalog::{ItemRow, number_key};
use store::crossings::CrossingLineRow;
use store::stock::UnitRow;
use store::transfers::TransferRow;
use uuid::Uuid;

/// What stands on the labels of units, and which units they will be over there.
pub(super) fn labels_of(ctx: &Ctx, tx: &mut Tx, there: &Ctx, rows: &[UnitRow]) -> Result<Vec<CrossingLineRow>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let made: HashMap<Uuid, Option<i64>> = store::crossings::made_on(tx, ctx.org(), &ids)?.into_iter().collect();
    let mut kinds: Vec<Uuid> = rows.iter().map(|row| row.catalog_item_id).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let items = store::catalog::items_by_ids(tx, ctx.org(), &kinds)?;
    let mut makers: Vec<Uuid> = items.values().map(|item| item.manufacturer_id).collect();
    makers.sort_unstable();
    makers.dedup();
    let makers = store::catalog::names_of_manufacturers(tx, ctx.org(), &makers)?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let item = items.get(&row.catalog_item_id).ok_or_else(|| Error::Internal("a unit has no item".into()))?;
        let mut line = CrossingLineRow {
            unit_id: Uuid::nil(),
            from_unit_id: row.id,
            status: TransferLineStatus::Pending.as_str().to_owned(),
            reason: String::new(),
            kind: row.kind.clone(),
            manufacturer: makers.get(&item.manufacturer_id).cloned().unwrap_or_default(),
            number: item.number.clone(),
            description: item.description.clone(),
            udi_di: item.udi_di.clone(),
            gtins: item.gtins.clone(),
            lot: row.lot.clone(),
            serial: row.serial.clone(),
            udi: row.udi.clone(),
            expires_on: row.expires_on,
            manufactured_on: made.get(&row.id).copied().flatten(),
            reusable: row.reusable,
            // As the sender knows it, until every unit has its other id.
            container_unit_id: row.container_id,
        };
        line.unit_id = unit_there(ctx, tx, there, &line)?;
        lines.push(line);
    }
    let others: HashMap<Uuid, Uuid> = lines.iter().map(|line| (line.from_unit_id, line.unit_id)).collect();
    for line in &mut lines {
        line.container_unit_id = line.container_unit_id.and_then(|id| others.get(&id).copied());
    }
    Ok(lines)
}

/// Which unit of the other side this is: the one that came from there or had gone there before, else a new one.
fn unit_there(ctx: &Ctx, tx: &mut Tx, there: &Ctx, line: &CrossingLineRow) -> Result<Uuid> {
    let mut known = store::crossings::here(tx, there.org(), ctx.org(), line.from_unit_id)?;
    let serial = identifier_key(&line.serial);
    if known.is_none()
        && !serial.is_empty()
        && let Some(item) = find_item(there, tx, line)?
    {
        known = store::crossings::away_by_serial(tx, there.org(), item.id, &serial)?;
    }
    match known {
        Some(id) if !store::crossings::is_awaited(tx, there.org(), id)? => Ok(id),
        _ => Ok(ctx.id::<domain::id::Unit>().uuid()),
    }
}

fn identifiers(line: &CrossingLineRow) -> Vec<String> {
    let mut all: Vec<String> = serde_json::from_str(&line.gtins).unwrap_or_default();
    if !line.udi_di.is_empty() {
        all.insert(0, line.udi_di.clone());
    }
    all
}

/// The item of the own catalog that a label names: by device identifier, else by manufacturer and number.
pub(super) fn find_item(ctx: &Ctx, tx: &mut Tx, line: &CrossingLineRow) -> Result<Option<ItemRow>> {
    for identifier in identifiers(line) {
        if let Some(item) = store::catalog::by_identifier(tx, ctx.org(), &identifier)? {
            return Ok(Some(item));
        }
    }
    let Some(maker) = store::catalog::manufacturer_by_name(tx, ctx.org(), &fold(&line.manufacturer))? else {
        return Ok(None);
    };
    match store::catalog::by_number(tx, ctx.org(), maker, &number_key(&line.number))? {
        Some(id) => Ok(store::catalog::item(tx, ctx.org(), id)?),
        None => Ok(None),
    }
}

/// What tells labels of one item from those of another.
pub(super) fn item_key(line: &CrossingLineRow) -> (String, String, String) {
    (line.manufacturer.clone(), line.number.clone(), line.udi_di.clone())
}

/// Takes an item over into the own catalog, as the other company describes it; prices are each company's own.
pub(super) fn adopt(ctx: &Ctx, tx: &mut Tx, line: &CrossingLineRow) -> Result<ItemRow> {
    // What a link shares is agreed to with the link: whoever receives need not be allowed to edit the catalog.
    let mut actor = (*ctx.actor).clone();
    actor.role = Role::PrimaryAdmin;
    let shared = Ctx { actor: Arc::new(actor), ..ctx.clone() };
    let mut draft = ctx.entry("item_shared");
    let maker = catalog::ensure_manufacturer(&shared, tx, &mut draft, &line.manufacturer, true)?
        .ok_or_else(|| Error::Internal("a manufacturer was not made".into()))?;
    let new = CreateCatalogItem {
        manufacturer_id: maker,
        number: Some(line.number.clone()),
        description: line.description.clone(),
        kind: UnitKind::parse(&line.kind),
        product_line_ids: Vec::new(),
        list_price_minor: None,
        cost_minor: None,
        udi_di: Some(line.udi_di.clone()).filter(|di| !di.is_empty()),
        gtins: serde_json::from_str(&line.gtins).unwrap_or_default(),
        reusable: line.reusable,
        par_level: None,
        geography: Vec::new(),
    };
    let id = catalog::create_item_in(&shared, tx, &mut draft, new)?;
    draft.subject(id).append(ctx, tx)?;
    store::catalog::item(tx, ctx.org(), id)?.ok_or_else(|| Error::Internal("an item was not made".into()))
}

/// The lines of an incoming transfer with what stands on the labels.
pub(crate) fn labelled(ctx: &Ctx, tx: &mut Tx, row: &TransferRow) -> Result<Vec<TransferLine>> {
    let rows = store::crossings::lines(tx, ctx.org(), row.id)?;
    let mut items: HashMap<_, Option<Uuid>> = HashMap::new();
    let mut lines = Vec::with_capacity(rows.len());
    for it in rows {
        let item = match items.get(&item_key(&it)) {
            Some(item) => *item,
            None => {
                let item = find_item(ctx, tx, &it)?.map(|item| item.id);
                items.insert(item_key(&it), item);
                item
            }
        };
        // Ids are in the order of time, and that of a new unit is given after the transfer's.
        let comes_back = it.unit_id < row.id;
        lines.push(TransferLine {
            unit_id: Id::from_uuid(it.unit_id),
            status: TransferLineStatus::parse(&it.status).unwrap_or(TransferLineStatus::Cancelled),
            reason: it.reason.clone(),
            label: Some(LineLabel { comes_back, ..label(it, item) }),
        });
    }
    Ok(lines)
}

fn label(it: CrossingLineRow, item: Option<Uuid>) -> LineLabel {
    let text = |text: String| (!text.is_empty()).then_some(text);
    LineLabel {
        kind: UnitKind::parse(&it.kind).unwrap_or(UnitKind::Device),
        catalog_item_id: item.map(Id::from_uuid),
        manufacturer: it.manufacturer,
        catalog_number: it.number,
        description: it.description,
        udi_di: text(it.udi_di),
        lot: text(it.lot),
        serial: text(it.serial),
        expires_on: it.expires_on.map(|day| Day(day as i32)),
        container_id: it.container_unit_id.map(UnitId::from_uuid),
        comes_back: false,
    }
}
