//! Quotes of events: one quote an event, its lines, and the links that were given to customers.

use crate::bulk;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// The quote of an event.
    #[derive(Clone, Debug)]
    pub struct QuoteRow {
        pub event_id: Uuid, pub id: Uuid, pub number: i64, pub revision: i64, pub state: String, pub probability: Option<i64>,
        pub valid_until: Option<i64>, pub note: String, pub preference_card_id: Option<Uuid>, pub lines_count: i64,
        pub total_minor: i64, pub decided_at: Option<i64>, pub decided_name: String, pub decided_note: String,
        pub decided_by: Option<Uuid>, pub created_by: Uuid, pub created_at: i64, pub updated_at: i64,
    }
}

const QUOTE: &str = "SELECT event_id, id, number, revision, state, probability, valid_until, note, preference_card_id, lines_count, \
    total_minor, decided_at, decided_name, decided_note, decided_by, created_by, created_at, updated_at FROM event_quote \
    WHERE organization_id = $1 AND event_id = $2";
const INSERT: &str = "INSERT INTO event_quote (organization_id, event_id, id, number, revision, state, probability, valid_until, note, \
    preference_card_id, lines_count, total_minor, decided_at, decided_name, decided_note, decided_by, created_by, created_at, \
    updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
const SAVE: &str = "UPDATE event_quote SET revision = $3, state = $4, probability = $5, valid_until = $6, note = $7, \
    preference_card_id = $8, lines_count = $9, total_minor = $10, decided_at = $11, decided_name = $12, decided_note = $13, \
    decided_by = $14, updated_at = $15 WHERE organization_id = $1 AND event_id = $2";

/// The quote of an event. It is locked by its event.
pub fn quote(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Option<QuoteRow>> {
    tx.one(QUOTE, args![organization, event])
}

/// Makes the quote of an event.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &QuoteRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.event_id,
            row.id,
            row.number,
            row.revision,
            row.state,
            row.probability,
            row.valid_until,
            row.note,
            row.preference_card_id,
            row.lines_count,
            row.total_minor,
            row.decided_at,
            row.decided_name,
            row.decided_note,
            row.decided_by,
            row.created_by,
            row.created_at,
            row.updated_at
        ],
    )?;
    Ok(())
}

/// Saves the quote of an event.
pub fn save(tx: &mut Tx, organization: Uuid, row: &QuoteRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.event_id,
            row.revision,
            row.state,
            row.probability,
            row.valid_until,
            row.note,
            row.preference_card_id,
            row.lines_count,
            row.total_minor,
            row.decided_at,
            row.decided_name,
            row.decided_note,
            row.decided_by,
            row.updated_at
        ],
    )?;
    Ok(())
}

db::record! {
    /// A line of a quote.
    #[derive(Clone, Debug)]
    pub struct LineRow {
        pub item: Uuid, pub place: i64, pub quantity: i64, pub unit_price_minor: i64, pub price_source: String, pub why: String,
        pub number: String, pub description: String, pub manufacturer_id: Uuid,
    }
}

const LINES: &str = "SELECT line.catalog_item_id, line.place, line.quantity, line.unit_price_minor, line.price_source, line.why, \
    item.number, item.description, item.manufacturer_id FROM event_quote_line line JOIN catalog_item item \
    ON item.organization_id = line.organization_id AND item.id = line.catalog_item_id \
    WHERE line.organization_id = $1 AND line.event_id = $2 ORDER BY line.place, line.catalog_item_id";
const DROP_LINES: &str = "DELETE FROM event_quote_line WHERE organization_id = $1 AND event_id = $2";
const LINE_HEAD: &str = "INSERT INTO event_quote_line (organization_id, event_id, catalog_item_id, place, quantity, \
    unit_price_minor, price_source, why) VALUES";

/// The lines of an event's quote.
pub fn lines(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<LineRow>> {
    tx.all(LINES, args![organization, event])
}

/// Replaces the lines of an event's quote.
pub fn replace_lines(tx: &mut Tx, organization: Uuid, event: Uuid, lines: &[LineRow]) -> Result<()> {
    tx.exec(DROP_LINES, args![organization, event])?;
    let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 8);
    for it in lines {
        values.extend_from_slice(args![
            organization,
            event,
            it.item,
            it.place,
            it.quantity,
            it.unit_price_minor,
            it.price_source,
            it.why
        ]);
    }
    bulk::insert(tx, LINE_HEAD, "", 8, &values)?;
    Ok(())
}

const MARKED: &str = "SELECT catalog_item_id, COUNT(*) FROM event_line WHERE organization_id = $1 AND event_id = $2 \
    GROUP BY catalog_item_id";

/// (item, how many) that are marked on an event.
pub fn marked(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<(Uuid, i64)>> {
    tx.all(MARKED, args![organization, event])
}

const WANTED: &str = "SELECT line.catalog_item_id, line.quantity FROM event_quote_line line JOIN event_quote quote \
    ON quote.organization_id = line.organization_id AND quote.event_id = line.event_id \
    WHERE line.organization_id = $1 AND line.event_id = $2 AND quote.state <> 'declined' ORDER BY line.catalog_item_id";

/// (item, how many) that an event needs by its quote, unless the customer refused it.
pub fn wanted(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<(Uuid, i64)>> {
    tx.all(WANTED, args![organization, event])
}

const LINK_HEAD: &str = "INSERT INTO event_quote_link (organization_id, digest, event_id, revision, created_by, created_at, expires_at, \
    used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
const END_LINKS: &str = "DELETE FROM event_quote_link WHERE organization_id = $1 AND event_id = $2";
const LINK: &str = "SELECT event_id, revision, created_by, expires_at, used_at FROM event_quote_link \
    WHERE organization_id = $1 AND digest = $2 AND expires_at > $3";
const USE_LINK: &str = "UPDATE event_quote_link SET used_at = $3 WHERE organization_id = $1 AND digest = $2 AND used_at IS NULL \
    AND expires_at > $3";
const LINK_OF: &str = "SELECT event_id, revision, created_by, expires_at, used_at FROM event_quote_link \
    WHERE organization_id = $1 AND event_id = $2 AND expires_at > $3 ORDER BY created_at DESC LIMIT 1";

db::record! {
    /// A link that was given to a customer.
    #[derive(Clone, Debug)]
    pub struct LinkRow {
        pub event_id: Uuid, pub revision: i64, pub created_by: Uuid, pub expires_at: i64, pub used_at: Option<i64>,
    }
}

/// Makes a link and ends the quote's earlier ones.
#[allow(clippy::too_many_arguments)]
pub fn replace_link(
    tx: &mut Tx,
    organization: Uuid,
    digest: &[u8],
    event: Uuid,
    revision: i64,
    by: Uuid,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    end_links(tx, organization, event)?;
    tx.exec(LINK_HEAD, args![organization, digest, event, revision, by, now, expires_at])?;
    Ok(())
}

/// Ends every link of a quote.
pub fn end_links(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<u64> {
    tx.exec(END_LINKS, args![organization, event])
}

/// What a link opens, if it has not ended.
pub fn link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<Option<LinkRow>> {
    tx.one(LINK, args![organization, digest, now])
}

/// The link of a quote that has not ended.
pub fn link_of(tx: &mut Tx, organization: Uuid, event: Uuid, now: i64) -> Result<Option<LinkRow>> {
    tx.one(LINK_OF, args![organization, event, now])
}

/// Uses a link up; gives whether it still worked.
pub fn use_link(tx: &mut Tx, organization: Uuid, digest: &[u8], now: i64) -> Result<bool> {
    Ok(tx.exec(USE_LINK, args![organization, digest, now])? == 1)
}
