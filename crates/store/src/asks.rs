//! What the field asks the office for: agreed prices of items at locations.

use crate::bulk;
use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// Something that was asked for, with its names.
    #[derive(Clone, Debug)]
    pub struct AskRow {
        pub id: Uuid, pub catalog_item_id: Uuid, pub location_id: Uuid, pub event_id: Uuid, pub note: String,
        pub asked_by: Uuid, pub asked_at: i64, pub state: String, pub answer: String, pub answered_at: Option<i64>,
        pub number: String, pub description: String, pub location_name: String, pub customer_id: Uuid,
        pub customer_name: String, pub event_number: i64, pub asked_by_name: String,
    }
}

/// The columns of [`AskRow`] from `directory_price_ask ask` and what belongs to it.
pub const ASKS: &str = "SELECT ask.id, ask.catalog_item_id, ask.location_id, ask.event_id, ask.note, ask.asked_by, ask.asked_at, \
    ask.state, ask.answer, ask.answered_at, item.number, item.description, location.name AS location_name, customer.id AS customer_id, \
    customer.name AS customer_name, event.number AS event_number, person.name AS asked_by_name \
    FROM directory_price_ask ask \
    JOIN catalog_item item ON item.organization_id = ask.organization_id AND item.id = ask.catalog_item_id \
    JOIN directory_location location ON location.organization_id = ask.organization_id AND location.id = ask.location_id \
    JOIN directory_customer customer ON customer.organization_id = location.organization_id AND customer.id = location.customer_id \
    JOIN event ON event.organization_id = ask.organization_id AND event.id = ask.event_id \
    JOIN people_user person ON person.organization_id = ask.organization_id AND person.id = ask.asked_by";

/// One that was asked for.
pub fn ask(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<AskRow>> {
    tx.one(format!("{ASKS} WHERE ask.organization_id = $1 AND ask.id = $2").as_str(), args![organization, id])
}

const LOCK: db::Sql =
    crate::locking!("SELECT id, state FROM directory_price_ask WHERE organization_id = $1 AND id = $2");

/// The same, locked; gives its state.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(Uuid, String)>(LOCK, args![organization, id])?.map(|(_, state)| state))
}

const STANDING: &str = "SELECT id FROM directory_price_ask WHERE organization_id = $1 AND catalog_item_id = $2 \
    AND location_id = $3 AND state = 'open' AND asked_by = $4 ORDER BY id LIMIT 1";

/// What somebody has asked for already, for an item at a location.
pub fn standing(tx: &mut Tx, organization: Uuid, item: Uuid, location: Uuid, by: Uuid) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(STANDING, args![organization, item, location, by])?.map(|(id,)| id))
}

/// Something new to ask for.
#[derive(Clone, Debug)]
pub struct NewAsk<'a> {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub item: Uuid,
    /// Where.
    pub location: Uuid,
    /// From which event.
    pub event: Uuid,
    /// What the office should know.
    pub note: &'a str,
    /// Who asks.
    pub by: Uuid,
    /// When.
    pub at: i64,
}

const INSERT: &str = "INSERT INTO directory_price_ask (organization_id, id, catalog_item_id, location_id, event_id, note, asked_by, \
    asked_at, state, answer, answered_by, answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', '', NULL, NULL)";
const AGAIN: &str = "UPDATE directory_price_ask SET note = $3, event_id = $4 WHERE organization_id = $1 AND id = $2";
const ANSWER: &str = "UPDATE directory_price_ask SET state = $3, answer = $4, answered_by = $5, answered_at = $6 \
    WHERE organization_id = $1 AND id = $2 AND state = 'open'";

/// Asks.
pub fn insert(tx: &mut Tx, organization: Uuid, new: &NewAsk<'_>) -> Result<()> {
    tx.exec(INSERT, args![organization, new.id, new.item, new.location, new.event, new.note, new.by, new.at])?;
    Ok(())
}

/// Says something else with what was asked for already.
pub fn again(tx: &mut Tx, organization: Uuid, id: Uuid, note: &str, event: Uuid) -> Result<()> {
    tx.exec(AGAIN, args![organization, id, note, event])?;
    Ok(())
}

/// Answers.
pub fn answer(
    tx: &mut Tx,
    organization: Uuid,
    id: Uuid,
    (state, answer): (&str, &str),
    (by, at): (Uuid, i64),
) -> Result<()> {
    tx.exec(ANSWER, args![organization, id, state, answer, by, at])?;
    Ok(())
}

const OPEN_OF_ITEMS: &str = "SELECT id, catalog_item_id, location_id, event_id, asked_by FROM directory_price_ask \
    WHERE organization_id = $1 AND state = 'open' AND catalog_item_id IN ({ids})";
const OPEN: &str = "SELECT id, catalog_item_id, location_id, event_id, asked_by FROM directory_price_ask \
    WHERE organization_id = $1 AND state = 'open' ORDER BY id LIMIT $2";

db::record! {
    /// Something that waits for an answer.
    #[derive(Clone, Copy, Debug)]
    pub struct OpenRow {
        pub id: Uuid, pub catalog_item_id: Uuid, pub location_id: Uuid, pub event_id: Uuid, pub asked_by: Uuid,
    }
}

/// What waits for prices of these items.
pub fn open_of(tx: &mut Tx, organization: Uuid, items: &[Uuid]) -> Result<Vec<OpenRow>> {
    let mut rows: Vec<OpenRow> = bulk::all(tx, OPEN_OF_ITEMS, args![organization], items)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// What waits, the oldest first; so many at most.
pub fn open(tx: &mut Tx, organization: Uuid, most: i64) -> Result<Vec<OpenRow>> {
    tx.all(OPEN, args![organization, most])
}
