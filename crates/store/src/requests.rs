//! Requests for stock: their lines, the units that were sent for them, and where stock is below par.

use crate::bulk;
use db::{Result, Tx, Value, args};
use uuid::Uuid;

db::record! {
    /// A request.
    #[derive(Clone, Debug)]
    pub struct RequestRow {
        pub id: Uuid, pub number: i64, pub kind: String, pub status: String, pub to_type: String, pub to_id: Uuid,
        pub event_id: Option<Uuid>, pub manufacturer_id: Option<Uuid>, pub needed_on: Option<i64>, pub needed_key: i64,
        pub note: String, pub lines_count: i64, pub asked: i64, pub sent: i64, pub received: i64, pub back_ordered: i64,
        pub expected_on: Option<i64>, pub answered_at: Option<i64>, pub created_by: Uuid, pub created_at: i64,
        pub decided_by: Option<Uuid>, pub decided_at: Option<i64>, pub reason: String, pub version: i64,
    }
}

macro_rules! columns {
    () => {
        "request.id, request.number, request.kind, request.status, request.to_type, request.to_id, request.event_id, \
        request.manufacturer_id, request.needed_on, request.needed_key, request.note, request.lines_count, request.asked, \
        request.sent, request.received, request.back_ordered, request.expected_on, request.answered_at, request.created_by, \
        request.created_at, request.decided_by, request.decided_at, request.reason, request.version"
    };
}

/// The columns of [`RequestRow`] (`request` is the table's name).
pub const REQUEST_COLUMNS: &str = columns!();
/// The key of a request without a day: after every day.
pub const NO_DAY: i64 = 9_999_999;

const REQUEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM stock_request request WHERE request.organization_id = $1 AND request.id = $2"
);
const LOCK_REQUEST: db::Sql = db::Sql {
    lite: REQUEST,
    pg: concat!(
        "SELECT ",
        columns!(),
        " FROM stock_request request WHERE request.organization_id = $1 AND request.id = $2 FOR UPDATE"
    ),
};

/// One request, whoever asks: callers apply reach through whom it is for.
pub fn request(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RequestRow>> {
    tx.one(REQUEST, args![organization, id])
}

/// The same, locked. A request is locked before the units that are sent for it.
pub fn lock_request(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<RequestRow>> {
    tx.one(LOCK_REQUEST, args![organization, id])
}

const INSERT: &str = "INSERT INTO stock_request (organization_id, id, number, kind, status, to_type, to_id, event_id, \
    manufacturer_id, needed_on, needed_key, note, lines_count, asked, sent, received, back_ordered, expected_on, answered_at, \
    created_by, created_at, decided_by, decided_at, reason, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)";

/// Makes a request.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &RequestRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![
            organization,
            row.id,
            row.number,
            row.kind,
            row.status,
            row.to_type,
            row.to_id,
            row.event_id,
            row.manufacturer_id,
            row.needed_on,
            row.needed_key,
            row.note,
            row.lines_count,
            row.asked,
            row.sent,
            row.received,
            row.back_ordered,
            row.expected_on,
            row.answered_at,
            row.created_by,
            row.created_at,
            row.decided_by,
            row.decided_at,
            row.reason,
            row.version
        ],
    )?;
    Ok(())
}

const SAVE: &str = "UPDATE stock_request SET status = $3, sent = $4, received = $5, back_ordered = $6, expected_on = $7, \
    answered_at = $8, decided_by = $9, decided_at = $10, reason = $11, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";

/// Saves where a request stands, and counts its version up.
pub fn save(tx: &mut Tx, organization: Uuid, row: &mut RequestRow) -> Result<()> {
    tx.exec(
        SAVE,
        args![
            organization,
            row.id,
            row.status,
            row.sent,
            row.received,
            row.back_ordered,
            row.expected_on,
            row.answered_at,
            row.decided_by,
            row.decided_at,
            row.reason
        ],
    )?;
    row.version += 1;
    Ok(())
}

db::record! {
    /// A line of a request.
    #[derive(Clone, Debug)]
    pub struct LineRow {
        pub item: Uuid, pub place: i64, pub quantity: i64, pub sent: i64, pub received: i64, pub closed: i64,
        pub bom_id: Option<Uuid>,
    }
}

const LINES: &str = "SELECT catalog_item_id, place, quantity, sent, received, closed, bom_id FROM stock_request_line \
    WHERE organization_id = $1 AND request_id = $2 ORDER BY place, catalog_item_id";
const LINE_HEAD: &str = "INSERT INTO stock_request_line (organization_id, request_id, catalog_item_id, place, quantity, sent, \
    received, closed, bom_id) VALUES";
const SAVE_LINE: &str = "UPDATE stock_request_line SET sent = $4, received = $5, closed = $6 \
    WHERE organization_id = $1 AND request_id = $2 AND catalog_item_id = $3";

/// The lines of a request as they were asked for.
pub fn lines(tx: &mut Tx, organization: Uuid, request: Uuid) -> Result<Vec<LineRow>> {
    tx.all(LINES, args![organization, request])
}

/// Adds the lines of a new request.
pub fn insert_lines(tx: &mut Tx, organization: Uuid, request: Uuid, lines: &[LineRow]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 9);
    for it in lines {
        values.extend_from_slice(args![
            organization,
            request,
            it.item,
            it.place,
            it.quantity,
            it.sent,
            it.received,
            it.closed,
            it.bom_id
        ]);
    }
    bulk::insert(tx, LINE_HEAD, "", 9, &values)?;
    Ok(())
}

/// Saves how far a line is.
pub fn save_line(tx: &mut Tx, organization: Uuid, request: Uuid, line: &LineRow) -> Result<()> {
    tx.exec(SAVE_LINE, args![organization, request, line.item, line.sent, line.received, line.closed])?;
    Ok(())
}

const UNIT_HEAD: &str =
    "INSERT INTO stock_request_unit (organization_id, id, request_id, unit_id, catalog_item_id, transfer_id) VALUES";

/// Notes units that were sent or delivered for a request: (id of the note, unit, item, transfer).
pub fn insert_units(
    tx: &mut Tx,
    organization: Uuid,
    request: Uuid,
    units: &[(Uuid, Uuid, Uuid, Option<Uuid>)],
) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(units.len() * 6);
    for (id, unit, item, transfer) in units {
        values.extend_from_slice(args![organization, *id, request, *unit, *item, *transfer]);
    }
    bulk::insert(tx, UNIT_HEAD, "", 6, &values)?;
    Ok(())
}

// What a transfer brought back counts no more; what a supplier delivered is there at once.
const PROGRESS: &str = "SELECT sent.catalog_item_id, \
    COUNT(CASE WHEN sent.transfer_id IS NULL OR line.status IN ('pending', 'accepted') THEN 1 END), \
    COUNT(CASE WHEN sent.transfer_id IS NULL OR line.status = 'accepted' THEN 1 END) \
    FROM stock_request_unit sent LEFT JOIN stock_transfer_line line ON line.organization_id = sent.organization_id \
    AND line.transfer_id = sent.transfer_id AND line.unit_id = sent.unit_id \
    WHERE sent.organization_id = $1 AND sent.request_id = $2 GROUP BY sent.catalog_item_id";

/// (item, on its way or arrived, arrived) of a request, from its units.
pub fn progress(tx: &mut Tx, organization: Uuid, request: Uuid) -> Result<Vec<(Uuid, i64, i64)>> {
    tx.all(PROGRESS, args![organization, request])
}

const OF_TRANSFER: &str = "SELECT DISTINCT request_id FROM stock_request_unit WHERE organization_id = $1 AND transfer_id = $2 ORDER BY request_id";
const TRANSFERS: &str = "SELECT transfer.id, transfer.from_type, transfer.from_id, transfer.status, transfer.created_at, \
    COUNT(sent.unit_id) FROM stock_request_unit sent JOIN stock_transfer transfer \
    ON transfer.organization_id = sent.organization_id AND transfer.id = sent.transfer_id \
    WHERE sent.organization_id = $1 AND sent.request_id = $2 \
    GROUP BY transfer.id, transfer.from_type, transfer.from_id, transfer.status, transfer.created_at ORDER BY transfer.id LIMIT 500";

/// The requests for which a transfer was sent.
pub fn of_transfer(tx: &mut Tx, organization: Uuid, transfer: Uuid) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(OF_TRANSFER, args![organization, transfer])?.into_iter().map(|(id,)| id).collect())
}

db::record! {
    /// A transfer that was sent for a request.
    #[derive(Clone, Debug)]
    pub struct SentRow {
        pub id: Uuid, pub from_type: String, pub from_id: Uuid, pub status: String, pub created_at: i64, pub units: i64,
    }
}

/// The transfers that were sent for a request, the first sent first.
pub fn transfers(tx: &mut Tx, organization: Uuid, request: Uuid) -> Result<Vec<SentRow>> {
    tx.all(TRANSFERS, args![organization, request])
}

const REPLENISHED: &str = "SELECT line.catalog_item_id, CAST(SUM(line.quantity - line.closed) AS BIGINT) FROM stock_request request \
    JOIN stock_request_line line ON line.organization_id = request.organization_id AND line.request_id = request.id \
    WHERE request.organization_id = $1 AND request.event_id = $2 AND request.kind = 'replenishment' \
    AND request.status NOT IN ('declined', 'cancelled') GROUP BY line.catalog_item_id";

/// (item, how many) that was asked for again already because an event used it.
pub fn replenished(tx: &mut Tx, organization: Uuid, event: Uuid) -> Result<Vec<(Uuid, i64)>> {
    tx.all(REPLENISHED, args![organization, event])
}

db::record! {
    /// An item that is watched: its par level, what is there, and what was ordered.
    #[derive(Clone, Debug)]
    pub struct ParRow {
        pub item: Uuid, pub number: String, pub description: String, pub manufacturer_id: Uuid, pub par_level: i64,
        pub held: i64, pub coming: i64,
    }
}

const BELOW_PAR: &str = "SELECT * FROM (SELECT item.id AS item, item.number AS number, item.description AS description, \
    item.manufacturer_id AS manufacturer_id, item.par_level AS par_level, \
    (SELECT CAST(COALESCE(SUM(counter.n), 0) AS BIGINT) FROM stock_counter counter \
    WHERE counter.organization_id = item.organization_id AND counter.catalog_item_id = item.id AND counter.state <> 4 \
    AND counter.facility_stock = 0) AS held, \
    (SELECT CAST(COALESCE(SUM(line.quantity - line.closed - line.received), 0) AS BIGINT) FROM stock_request_line line \
    JOIN stock_request request ON request.organization_id = line.organization_id AND request.id = line.request_id \
    WHERE line.organization_id = item.organization_id AND line.catalog_item_id = item.id AND request.kind = 'supplier' \
    AND request.status IN ('submitted', 'in_part', 'sent')) AS coming \
    FROM catalog_item item WHERE item.organization_id = $1 AND item.par_level IS NOT NULL AND item.archived_at IS NULL) watched \
    WHERE par_level > held + coming ORDER BY manufacturer_id, number, item LIMIT $2";

/// Items of which less is there and ordered than their par level says.
pub fn below_par(tx: &mut Tx, organization: Uuid, limit: i64) -> Result<Vec<ParRow>> {
    tx.all(BELOW_PAR, args![organization, limit])
}

const CONTAINERS: &str = "SELECT id FROM catalog_item WHERE organization_id = $1 AND kind = 'container' AND archived_at IS NULL \
    AND (description_key = $2 OR number_key = $3) ORDER BY id LIMIT 3";

/// The containers of the catalog of a name: a folded description or a folded number.
pub fn containers(tx: &mut Tx, organization: Uuid, name: &str, number: &str) -> Result<Vec<Uuid>> {
    Ok(tx.all::<(Uuid,)>(CONTAINERS, args![organization, name, number])?.into_iter().map(|(id,)| id).collect())
}
