//! What cases need, and what a plan keeps for them.

use crate::bulk;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A need of an event.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NeedRow { pub item: Uuid, pub quantity: i64, pub substitutes: String }
}

const NEEDS: &str = "SELECT catalog_item_id, quantity, substitutes FROM event_need WHERE organization_id = $1 AND event_id = $2 \
    ORDER BY catalog_item_id";
const DROP_NEEDS: &str = "DELETE FROM event_need WHERE organization_id = $1 AND event_id = $2";
const NEED_HEAD: &str =
    "INSERT INTO event_need (organization_id, event_id, catalog_item_id, quantity, substitutes, starts_at) VALUES";
const MOVE_NEEDS: &str = "UPDATE event_need SET starts_at = $3 WHERE organization_id = $1 AND event_id = $2";

/// What an event needs.
pub fn of_event(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<NeedRow>> {
    tx.all(NEEDS, args![organization, event])
}

/// Replaces what an event needs.
pub fn replace(tx: &mut Tx, organization: Uuid, event: Uuid, starts_at: i64, needs: &[NeedRow]) -> Result<()> {
    tx.exec(DROP_NEEDS, args![organization, event])?;
    let mut values: Vec<Value> = Vec::with_capacity(needs.len() * 6);
    for need in needs {
        values.extend_from_slice(args![organization, event, need.item, need.quantity, need.substitutes, starts_at]);
    }
    bulk::insert(tx, NEED_HEAD, "", 6, &values)?;
    Ok(())
}

/// The needs follow the time of their event.
pub fn follow(tx: &mut Tx, organization: Uuid, event: Uuid, starts_at: i64) -> Result<()> {
    tx.exec(MOVE_NEEDS, args![organization, event, starts_at])?;
    Ok(())
}

const CARD: &str = "SELECT preference_card_id FROM event_card WHERE organization_id = $1 AND event_id = $2";
const DROP_CARD: &str = "DELETE FROM event_card WHERE organization_id = $1 AND event_id = $2";
const ADD_CARD: &str = "INSERT INTO event_card (organization_id, event_id, preference_card_id) VALUES ($1, $2, $3)";
const CARD_LINES: &str =
    "SELECT physician_id, lines FROM directory_preference_card WHERE organization_id = $1 AND id = $2";

/// The card from which an event's needs came.
pub fn card(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(CARD, args![organization, event])?.map(|(id,)| id))
}

/// Notes the card from which an event's needs came.
pub fn set_card(tx: &mut Tx, organization: Uuid, event: Uuid, card: Option<Uuid>) -> Result<()> {
    tx.exec(DROP_CARD, args![organization, event])?;
    if let Some(card) = card {
        tx.exec(ADD_CARD, args![organization, event, card])?;
    }
    Ok(())
}

/// (physician, lines) of a card.
pub fn card_lines(tx: &mut Tx, organization: Uuid, card: Uuid) -> Result<Option<(Uuid, String)>> {
    tx.one(CARD_LINES, args![organization, card])
}

db::record! {
    /// A need of another open event.
    #[derive(Clone, Copy, Debug)]
    pub struct OtherRow { pub event: Uuid, pub representative: Uuid, pub starts_at: i64, pub item: Uuid, pub quantity: i64 }
}

const OTHERS: &str = "SELECT need.event_id, event.representative_id, need.starts_at, need.catalog_item_id, need.quantity \
    FROM event_need need JOIN event ON event.organization_id = need.organization_id AND event.id = need.event_id \
    WHERE need.organization_id = $1 AND need.starts_at >= $2 AND need.starts_at < $3 AND need.event_id <> $4 \
    AND event.status = 'open' AND need.catalog_item_id IN ({ids})";
// A forecast that is not likely keeps nothing from others.
const QUOTED_BY_OTHERS: &str = "SELECT line.event_id, event.representative_id, event.starts_at, line.catalog_item_id, line.quantity \
    FROM event_quote_line line JOIN event_quote quote ON quote.organization_id = line.organization_id \
    AND quote.event_id = line.event_id JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
    WHERE line.organization_id = $1 AND event.starts_at >= $2 AND event.starts_at < $3 AND line.event_id <> $4 \
    AND event.status = 'open' AND quote.state <> 'declined' AND COALESCE(quote.probability, 100) >= $5 \
    AND line.catalog_item_id IN ({ids})";
const ON_OTHERS: &str = "SELECT line.event_id, line.catalog_item_id, COUNT(*) FROM event_line line \
    WHERE line.organization_id = $1 AND line.event_id IN ({ids}) GROUP BY line.event_id, line.catalog_item_id";
const CLAIMS_OF_OTHERS: &str = "SELECT claim.event_id, unit.catalog_item_id, COUNT(*) FROM event_claim claim \
    JOIN stock_unit unit ON unit.organization_id = claim.organization_id AND unit.id = claim.unit_id \
    WHERE claim.organization_id = $1 AND claim.event_id IN ({ids}) GROUP BY claim.event_id, unit.catalog_item_id";

/// What other open events need of these items between two moments, by their needs or their quotes: the larger number.
pub fn of_others(
    tx: &mut Tx,
    organization: Uuid,
    event: Uuid,
    (from, to): (i64, i64),
    items: &[Uuid],
) -> Result<Vec<OtherRow>> {
    let mut rows = bulk::all::<OtherRow>(tx, OTHERS, args![organization, from, to, event], items)?;
    let likely = args![organization, from, to, event, domain::quote::LIKELY];
    rows.extend(bulk::all::<OtherRow>(tx, QUOTED_BY_OTHERS, likely, items)?);
    rows.sort_unstable_by_key(|row| (row.starts_at, row.event, row.item, -row.quantity));
    rows.dedup_by_key(|row| (row.event, row.item));
    Ok(rows)
}

/// (event, item, how many) that are marked on these events or kept for them.
pub fn filled(tx: &mut Tx, organization: Uuid, events: &[Uuid]) -> Result<Vec<(Uuid, Uuid, i64)>> {
    let mut rows = Vec::new();
    for sql in [ON_OTHERS, CLAIMS_OF_OTHERS] {
        rows.extend(bulk::all::<(Uuid, Uuid, i64)>(tx, sql, args![organization], events)?);
    }
    Ok(rows)
}

const CLAIMS: &str = "SELECT unit_id FROM event_claim WHERE organization_id = $1 AND event_id = $2 ORDER BY unit_id";
const DROP_CLAIMS: &str = "DELETE FROM event_claim WHERE organization_id = $1 AND event_id = $2";
const DROP_STALE: &str = "DELETE FROM event_claim WHERE organization_id = $1 AND unit_id IN ({ids}) AND reusable = 0 \
    AND NOT EXISTS (SELECT 1 FROM event WHERE event.organization_id = event_claim.organization_id \
    AND event.id = event_claim.event_id AND event.status = 'open')";
const CLAIM_HEAD: &str = "INSERT INTO event_claim (organization_id, event_id, unit_id, reusable) VALUES";

/// The units that a plan keeps for an event.
pub fn claims(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(CLAIMS, args![organization, event])?.into_iter().map(|(id,)| id).collect())
}

/// Replaces the units that a plan keeps for an event: (unit, reusable). A single-use unit that is kept for another open event
/// violates the index.
pub fn claim(tx: &mut Tx, organization: Uuid, event: Uuid, units: &[(Uuid, bool)]) -> Result<()> {
    tx.exec(DROP_CLAIMS, args![organization, event])?;
    let ids: Vec<Uuid> = units.iter().map(|(unit, _)| *unit).collect();
    bulk::exec(tx, DROP_STALE, args![organization], &ids)?;
    let mut values: Vec<Value> = Vec::with_capacity(units.len() * 4);
    for (unit, reusable) in units {
        values.extend_from_slice(args![organization, event, *unit, *reusable]);
    }
    bulk::insert(tx, CLAIM_HEAD, "", 4, &values)?;
    Ok(())
}
