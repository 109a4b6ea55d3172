//! Transfers between linked companies: each side's half, the lines as the receiving side knows them, and which unit here is
//! which unit there.

use crate::{bulk, locking};
use db::{Result, Tx, args};
use uuid::Uuid;

db::record! {
    /// One side's half of a transfer between linked companies.
    #[derive(Clone, Debug)]
    pub struct CrossingRow { pub transfer_id: Uuid, pub link_id: Uuid, pub other_id: Uuid, pub direction: String, pub open: bool }
}

db::record! {
    /// A unit on its way, as the receiving side knows it.
    #[derive(Clone, Debug)]
    pub struct CrossingLineRow {
        pub unit_id: Uuid, pub from_unit_id: Uuid, pub status: String, pub reason: String, pub kind: String,
        pub manufacturer: String, pub number: String, pub description: String, pub udi_di: String, pub gtins: String,
        pub lot: String, pub serial: String, pub udi: String, pub expires_on: Option<i64>, pub manufactured_on: Option<i64>,
        pub reusable: bool, pub container_unit_id: Option<Uuid>,
    }
}

const CROSSING: &str = "SELECT transfer_id, link_id, other_id, direction, open FROM stock_crossing \
    WHERE organization_id = $1 AND transfer_id = $2";
const INSERT: &str = "INSERT INTO stock_crossing (organization_id, transfer_id, link_id, other_id, direction, open) \
    VALUES ($1, $2, $3, $4, $5, 1)";
const CLOSE: &str = "UPDATE stock_crossing SET open = 0 WHERE organization_id = $1 AND transfer_id = $2";
const OPEN: &str =
    "SELECT transfer_id FROM stock_crossing WHERE organization_id = $1 AND other_id = $2 AND open = 1 LIMIT 1000";
const AFTER: &str = "SELECT transfer_id, link_id, other_id, direction, open FROM stock_crossing \
    WHERE organization_id = $1 AND transfer_id > $2 ORDER BY transfer_id LIMIT $3";

/// One side's half, when the transfer is one between linked companies.
pub fn crossing(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Option<CrossingRow>> {
    tx.one(CROSSING, args![organization, transfer])
}

/// Makes a half.
pub fn insert(tx: &mut Tx, organization: Uuid, transfer: Uuid, link: Uuid, other: Uuid, direction: &str) -> Result<()> {
    tx.exec(INSERT, args![organization, transfer, link, other, direction])?;
    Ok(())
}

/// A transfer is decided: it keeps nobody linked.
pub fn close(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<()> {
    tx.exec(CLOSE, args![organization, transfer])?;
    Ok(())
}

/// Pending transfers between two companies, either way; at most a thousand.
pub fn open(tx: &mut Tx, organization: Uuid, other: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(OPEN, args![organization, other])?.into_iter().map(|(id,)| id).collect())
}

/// Halves after one of them, in the order of their transfers: for the proof.
pub fn after(tx: &mut Tx, organization: Uuid, transfer: Uuid, limit: i64) -> Result<Vec<CrossingRow>> {
    tx.all(AFTER, args![organization, transfer, limit])
}

const LINES: &str = "SELECT unit_id, from_unit_id, status, reason, kind, manufacturer, number, description, udi_di, gtins, lot, \
    serial, udi, expires_on, manufactured_on, reusable, container_unit_id FROM stock_crossing_line \
    WHERE organization_id = $1 AND transfer_id = $2 ORDER BY unit_id";
const INSERT_LINES: &str = "INSERT INTO stock_crossing_line (organization_id, transfer_id, unit_id, from_unit_id, status, reason, \
    kind, manufacturer, number, description, udi_di, gtins, lot, serial, udi, expires_on, manufactured_on, reusable, \
    container_unit_id) VALUES";
const SET_LINE: &str = "UPDATE stock_crossing_line SET status = $4, reason = $5 \
    WHERE organization_id = $1 AND transfer_id = $2 AND unit_id = $3";
const IS_AWAITED: &str =
    "SELECT 1 FROM stock_crossing_line WHERE organization_id = $1 AND unit_id = $2 AND status = 'pending'";

/// The lines of an incoming transfer in the order of units.
pub fn lines(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Vec<CrossingLineRow>> {
    tx.all(LINES, args![organization, transfer])
}

/// Makes lines.
pub fn insert_lines(tx: &mut Tx, organization: Uuid, transfer: Uuid, lines: &[CrossingLineRow]) -> Result<()> {
    let mut values = Vec::with_capacity(lines.len() * 19);
    for it in lines {
        values.extend_from_slice(args![
            organization,
            transfer,
            it.unit_id,
            it.from_unit_id,
            it.status,
            it.reason,
            it.kind,
            it.manufacturer,
            it.number,
            it.description,
            it.udi_di,
            it.gtins,
            it.lot,
            it.serial,
            it.udi,
            it.expires_on,
            it.manufactured_on,
            it.reusable,
            it.container_unit_id
        ]);
    }
    bulk::insert(tx, INSERT_LINES, "", 19, &values)?;
    Ok(())
}

/// Says what became of a line.
pub fn set_line(tx: &mut Tx, organization: Uuid, transfer: Uuid, unit: Uuid, status: &str, reason: &str) -> Result<()> {
    tx.exec(SET_LINE, args![organization, transfer, unit, status, reason])?;
    Ok(())
}

/// Whether a unit is on its way here already.
pub fn is_awaited(tx: &mut Tx, organization: Uuid, unit: Uuid) -> Result<bool> {
    Ok(tx.one::<(i64,)>(IS_AWAITED, args![organization, unit])?.is_some())
}

const HERE: &str =
    "SELECT unit_id FROM stock_unit_across WHERE organization_id = $1 AND other_id = $2 AND other_unit_id = $3";
const PAIR: &str = "INSERT INTO stock_unit_across (organization_id, other_id, other_unit_id, unit_id) VALUES ($1, $2, $3, $4) \
    ON CONFLICT DO NOTHING";
const AWAY_BY_SERIAL: &str = "SELECT id FROM stock_unit WHERE organization_id = $1 AND serial_key = $3 AND serial_key <> '' \
    AND catalog_item_id = $2 AND active = 0 AND custodian_type = 'linked_organization' ORDER BY id LIMIT 1";
const MADE_ON: &str = "SELECT id, manufactured_on FROM stock_unit WHERE organization_id = $1 AND id IN ({ids})";

/// The unit here that is this one there.
pub fn here(tx: &mut Tx, organization: Uuid, other: Uuid, other_unit: Uuid) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(HERE, args![organization, other, other_unit])?.map(|(id,)| id))
}

/// Remembers that two units are one.
pub fn pair(tx: &mut Tx, organization: Uuid, other: Uuid, other_unit: Uuid, unit: Uuid) -> Result<()> {
    tx.exec(PAIR, args![organization, other, other_unit, unit])?;
    Ok(())
}

/// A unit of this item and serial number that went to a linked company: it comes back, by whatever way.
pub fn away_by_serial(tx: &mut Tx, organization: Uuid, item: Uuid, serial_key: &str) -> Result<Option<Uuid>> {
    Ok(tx.one::<(Uuid,)>(AWAY_BY_SERIAL, args![organization, item, serial_key])?.map(|(id,)| id))
}

/// When units were made, as far as it is known.
pub fn made_on(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<Vec<(Uuid, Option<i64>)>> {
    bulk::all(tx, MADE_ON, args![organization], units)
}

const BOOKED: &str = "SELECT booked.unit_id FROM event_container booked WHERE booked.organization_id = $1 AND booked.open = 1 AND booked.unit_id IN ({ids})";
const MARKED: &str = "SELECT line.unit_id FROM event_line line WHERE line.organization_id = $1 AND line.open = 1 AND line.unit_id IN ({ids})";
const CLAIMED: &str = "SELECT claim.unit_id FROM event_claim claim JOIN event ON event.organization_id = claim.organization_id \
    AND event.id = claim.event_id AND event.status = 'open' WHERE claim.organization_id = $1 AND claim.unit_id IN ({ids})";

/// Units among these that an open event needs: marked, booked or kept for it.
pub fn needed(tx: &mut Tx, organization: Uuid, units: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for sql in [BOOKED, MARKED, CLAIMED] {
        found.extend(bulk::all::<(Uuid,)>(tx, sql, args![organization], units)?.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

const LOCK_TRANSFER: db::Sql = locking!("SELECT id FROM stock_transfer WHERE organization_id = $1 AND id = $2");

/// Locks a half of a transfer without reading it: the sender's is locked before the receiver's.
pub fn lock(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<()> {
    tx.one::<(Uuid,)>(LOCK_TRANSFER, args![organization, transfer])?;
    Ok(())
}

const PAIRS: &str = "SELECT other_id, other_unit_id, unit_id FROM stock_unit_across WHERE organization_id = $1 \
    AND (unit_id, other_id) > ($2, $3) ORDER BY unit_id, other_id LIMIT $4";

/// (company, unit there, unit here) after a unit and a company: for the proof.
pub fn pairs(tx: &mut Tx, organization: Uuid, after: (Uuid, Uuid), limit: i64) -> Result<Vec<(Uuid, Uuid, Uuid)>> {
    tx.all(PAIRS, args![organization, after.0, after.1, limit])
}
