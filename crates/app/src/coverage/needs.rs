//! What a case needs: from the surgeon's card, or as somebody said; and how much of it is there.

use super::case::{Case, Groups};
use crate::events::{managed, readable};
use crate::{Ctx, Error, Result};
use contract::coverage::{EventNeed, EventNeeds, NeedLine, PutNeeds};
use contract::directory::PreferenceLine;
use domain::event::lifecycle;
use domain::id::{CatalogItemId, EventId, Id, PreferenceCardId};
use std::collections::BTreeMap;
use store::Tx;
use store::coverage::needs::NeedRow;
use uuid::Uuid;

/// Needs of one case.
const NEEDS_MAX: usize = 500;

/// Something that is wanted, and what may stand in its place.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub item: Uuid,
    pub quantity: u32,
    pub substitutes: Vec<Uuid>,
}

/// What an event needs: what is stored of it, and what was quoted for it; of one item, the larger number.
pub(crate) fn wishes(tx: &mut Tx, org: Uuid, event: Uuid) -> Result<Vec<Wish>> {
    let rows = store::coverage::needs::of_event(tx, org, event)?;
    let mut found: Vec<Wish> = rows.iter().map(wish).collect();
    for (item, quantity) in store::quotes::wanted(tx, org, event)? {
        let quantity = u32::try_from(quantity).unwrap_or(0);
        match found.iter_mut().find(|wish| wish.item == item) {
            Some(wish) => wish.quantity = wish.quantity.max(quantity),
            None => found.push(Wish { item, quantity, substitutes: Vec::new() }),
        }
    }
    Ok(found)
}

fn wish(row: &NeedRow) -> Wish {
    let substitutes: Vec<CatalogItemId> = serde_json::from_str(&row.substitutes).unwrap_or_default();
    Wish {
        item: row.item,
        quantity: u32::try_from(row.quantity).unwrap_or(0),
        substitutes: substitutes.into_iter().map(Id::uuid).collect(),
    }
}

/// What a card and further lines come to: a line of one's own stands instead of the card's.
pub(crate) fn wanted(ctx: &Ctx, tx: &mut Tx, card: Option<PreferenceCardId>, lines: &[NeedLine]) -> Result<Vec<Wish>> {
    let mut found: BTreeMap<Uuid, Wish> = BTreeMap::new();
    if let Some(card) = card {
        for line in card_lines(ctx, tx, card)? {
            let item = line.catalog_item_id.uuid();
            let substitutes = line.substitute_ids.iter().map(|id| id.uuid()).collect();
            let quantity = u32::try_from(line.quantity).unwrap_or(0);
            let wish = found.entry(item).or_insert(Wish { item, quantity: 0, substitutes });
            wish.quantity = wish.quantity.saturating_add(quantity).min(10_000);
        }
    }
    if lines.len() > NEEDS_MAX {
        return Err(Error::field("needs", "too_many", format!("Give at most {NEEDS_MAX} needs.")));
    }
    let ids: Vec<Uuid> = lines.iter().map(|line| line.catalog_item_id.uuid()).collect();
    let known = store::catalog::items_by_ids(tx, ctx.org(), &ids)?;
    let mut own: BTreeMap<Uuid, u32> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let item = line.catalog_item_id.uuid();
        if !known.contains_key(&item) {
            return Err(Error::unknown(format!("needs[{at}].catalog_item_id")));
        }
        if !(1..=10_000).contains(&line.quantity) {
            let message = "Give a quantity from 1 to 10,000.";
            return Err(Error::field(format!("needs[{at}].quantity"), "invalid_quantity", message));
        }
        if own.insert(item, u32::try_from(line.quantity).unwrap_or(0)).is_some() {
            let message = "This item is in the list twice. Add its quantities up.";
            return Err(Error::field(format!("needs[{at}].catalog_item_id"), "repeated", message));
        }
    }
    for (item, quantity) in own {
        let wish = found.entry(item).or_insert(Wish { item, quantity, substitutes: Vec::new() });
        wish.quantity = quantity;
    }
    Ok(found.into_values().collect())
}

/// The lines of a card of a physician in reach.
fn card_lines(ctx: &Ctx, tx: &mut Tx, card: PreferenceCardId) -> Result<Vec<PreferenceLine>> {
    let unknown = || Error::unknown("preference_card_id");
    let (physician, lines) = store::coverage::needs::card_lines(tx, ctx.org(), card.uuid())?.ok_or_else(unknown)?;
    if !store::directory::sees_physician(tx, ctx.viewer(), physician)? {
        return Err(unknown());
    }
    serde_json::from_str(&lines).map_err(|error| Error::Internal(format!("a stored card: {error}")))
}

/// What an event needs, and how much of it is there.
pub fn get(ctx: &Ctx, tx: &mut Tx, id: EventId) -> Result<EventNeeds> {
    let row = readable(ctx, tx, id.uuid())?;
    let org = ctx.org();
    let wishes = wishes(tx, org, row.id)?;
    let case = Case::of(ctx, tx, &row)?;
    let items: Vec<Uuid> = wishes.iter().map(|wish| wish.item).collect();
    let known: BTreeMap<Uuid, store::events::ItemRow> =
        store::events::items(tx, org, &items)?.into_iter().map(|item| (item.id, item)).collect();
    let groups = Groups::read(tx, org)?;
    let there = super::readiness::within_reach(tx, org, &case, row.representative_id, &groups)?;
    let items = wishes.into_iter().map(|wish| {
        let on_case = case.lines.iter().filter(|line| line.catalog_item_id == wish.item).count()
            + case.containers.iter().filter(|unit| unit.catalog_item_id == wish.item).count();
        let open = i64::from(wish.quantity) - on_case as i64;
        let within_reach = i64::from(there.get(&wish.item).copied().unwrap_or(0)).min(open.max(0));
        let item = known.get(&wish.item);
        EventNeed {
            catalog_item_id: Id::from_uuid(wish.item),
            catalog_number: item.map(|item| item.number.clone()).unwrap_or_default(),
            description: item.map(|item| item.description.clone()).unwrap_or_default(),
            quantity: i64::from(wish.quantity),
            on_case: on_case as i64,
            within_reach,
            missing: (open - within_reach).max(0),
        }
    });
    Ok(EventNeeds {
        preference_card_id: store::coverage::needs::card(tx, org, row.id)?.map(Id::from_uuid),
        items: items.collect(),
        version: row.version,
    })
}

/// Says what an open event needs.
pub fn put(ctx: &Ctx, tx: &mut Tx, id: EventId, body: &PutNeeds) -> Result<EventNeeds> {
    let mut row = managed(ctx, tx, id)?;
    lifecycle::edit(&crate::events::bare_facts(&row)?)?;
    let wishes = wanted(ctx, tx, body.preference_card_id, &body.needs)?;
    let (org, card) = (ctx.org(), body.preference_card_id.map(Id::uuid));
    let before = store::coverage::needs::of_event(tx, org, row.id)?;
    let mut rows = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let substitutes: Vec<CatalogItemId> = wish.substitutes.into_iter().map(Id::from_uuid).collect();
        rows.push(NeedRow {
            item: wish.item,
            quantity: i64::from(wish.quantity),
            substitutes: serde_json::to_string(&substitutes).map_err(|error| Error::Internal(error.to_string()))?,
        });
    }
    let old_card = store::coverage::needs::card(tx, org, row.id)?;
    store::coverage::needs::replace(tx, org, row.id, row.starts_at, &rows)?;
    store::coverage::needs::set_card(tx, org, row.id, card)?;
    let mut entry = ctx.entry("event_needs_changed").subject(row.id);
    let shown = |card: Option<Uuid>| card.map(|id| PreferenceCardId::from_uuid(id).to_string());
    entry.change(row.id, "preference_card_id", shown(old_card), shown(card));
    for (item, old, new) in differences(&before, &rows) {
        let field = format!("need.{}", CatalogItemId::from_uuid(item));
        entry.change(row.id, &field, old.map(|n| n.to_string()), new.map(|n| n.to_string()));
    }
    if !entry.is_empty() {
        crate::events::save(ctx, tx, &mut row)?;
        entry.append(ctx, tx)?;
    }
    get(ctx, tx, id)
}

/// (item, before, after) of what differs.
fn differences(before: &[NeedRow], after: &[NeedRow]) -> Vec<(Uuid, Option<i64>, Option<i64>)> {
    let quantities =
        |rows: &[NeedRow]| -> BTreeMap<Uuid, i64> { rows.iter().map(|it| (it.item, it.quantity)).collect() };
    let (old, new) = (quantities(before), quantities(after));
    let mut items: Vec<Uuid> = old.keys().chain(new.keys()).copied().collect();
    items.sort_unstable();
    items.dedup();
    let both = items.into_iter().map(|item| (item, old.get(&item).copied(), new.get(&item).copied()));
    both.filter(|(_, old, new)| old != new).collect()
}
