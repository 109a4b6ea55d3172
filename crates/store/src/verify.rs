//! The journal against the tables. Every statement looks for what must not be there, so that a proven organisation
//! answers with nothing; long tables are walked in ranges, each a read of its own on one moment's snapshot.

use crate::journal::{Canonical, ChangeRow, EntryRow, MovementRow};
use crate::stock::NEVER_EXPIRES;
use db::{Result, Tx, args};
use domain::clock::Day;
use domain::engagement::Window;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Something that is not as it must be: what it is about, a number (a step, a count) and which of the statement's cases.
pub type Found = (Uuid, i64, i64);

/// A statement that finds differences among the units of a range.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    sql: &'static str,
}

/// Differences that one statement tells at most.
pub const FOUND_MAX: i64 = 100;

/// What must hold for the units of a range, and for the movements and lines that name them.
pub const BY_UNIT: &[Check] = &[
    // 1: a first step with something before it, 2: a step is missing, 3: from is not to of the step before.
    Check {
        name: "movements",
        sql: "SELECT step.unit_id, step.seq, CASE WHEN step.seq <= 1 THEN 1 WHEN before.seq IS NULL THEN 2 ELSE 3 END \
            FROM journal_movement step LEFT JOIN journal_movement before ON before.organization_id = step.organization_id \
            AND before.unit_id = step.unit_id AND before.seq = step.seq - 1 \
            WHERE step.organization_id = $1 AND step.unit_id > $2 AND step.unit_id <= $3 AND (step.seq < 1 \
            OR (step.seq = 1 AND (step.from_custodian_id IS NOT NULL OR step.from_state IS NOT NULL \
            OR step.from_location_id IS NOT NULL)) \
            OR (step.seq > 1 AND (before.seq IS NULL OR step.from_custodian_id IS DISTINCT FROM before.to_custodian_id \
            OR step.from_state IS DISTINCT FROM before.to_state \
            OR step.from_location_id IS DISTINCT FROM before.to_location_id))) ORDER BY step.unit_id, step.seq LIMIT $4",
    },
    // 1: no last step, 2: another custodian, 3: another state, 4: another shelf.
    Check {
        name: "last_movement",
        sql: "SELECT unit.id, unit.moves, CASE WHEN step.seq IS NULL THEN 1 WHEN step.to_custodian_id <> unit.custodian_id \
            THEN 2 WHEN step.to_state <> unit.state THEN 3 ELSE 4 END \
            FROM stock_unit unit LEFT JOIN journal_movement step ON step.organization_id = unit.organization_id \
            AND step.unit_id = unit.id AND step.seq = unit.moves \
            WHERE unit.organization_id = $1 AND unit.id > $2 AND unit.id <= $3 AND (step.seq IS NULL \
            OR step.to_custodian_id <> unit.custodian_id OR step.to_state <> unit.state \
            OR step.to_location_id IS DISTINCT FROM unit.facility_stock_location_id) ORDER BY unit.id LIMIT $4",
    },
    // 1: of no unit, 2: beyond the unit's last step, 3: of no entry.
    Check {
        name: "stray_movement",
        sql: "SELECT step.unit_id, step.seq, CASE WHEN unit.id IS NULL THEN 1 WHEN step.seq > unit.moves THEN 2 ELSE 3 END \
            FROM journal_movement step \
            LEFT JOIN stock_unit unit ON unit.organization_id = step.organization_id AND unit.id = step.unit_id \
            LEFT JOIN journal_entry entry ON entry.organization_id = step.organization_id AND entry.id = step.entry_id \
            WHERE step.organization_id = $1 AND step.unit_id > $2 AND step.unit_id <= $3 \
            AND (unit.id IS NULL OR step.seq > unit.moves OR entry.id IS NULL) ORDER BY step.unit_id, step.seq LIMIT $4",
    },
    // 1: the state does not follow from the facts, 2: active and deactivated at once, 3: the sorted expiry is another.
    Check {
        name: "state",
        sql: "SELECT unit.id, unit.state, CASE WHEN unit.state <> CASE WHEN unit.active = 0 THEN 4 \
            WHEN unit.transfer_id IS NOT NULL THEN 1 WHEN unit.hold_reason IS NOT NULL THEN 2 \
            WHEN unit.event_id IS NOT NULL THEN 3 ELSE 0 END THEN 1 \
            WHEN (unit.active = 1) <> (unit.deactivated_at IS NULL) THEN 2 ELSE 3 END FROM stock_unit unit \
            WHERE unit.organization_id = $1 AND unit.id > $2 AND unit.id <= $3 AND (unit.state <> CASE WHEN unit.active = 0 THEN 4 \
            WHEN unit.transfer_id IS NOT NULL THEN 1 WHEN unit.hold_reason IS NOT NULL THEN 2 \
            WHEN unit.event_id IS NOT NULL THEN 3 ELSE 0 END OR (unit.active = 1) <> (unit.deactivated_at IS NULL) \
            OR unit.expires_key <> COALESCE(unit.expires_on, 9999999)) ORDER BY unit.id LIMIT $4",
    },
    // 1: nobody, 2: an account that holds nothing, 3: another organisation, be it a linked one: what went there is inactive.
    Check {
        name: "custodian",
        sql: "SELECT unit.id, 0, CASE WHEN unit.custodian_type <> 'user' THEN 3 WHEN person.id IS NULL THEN 1 ELSE 2 END \
            FROM stock_unit unit LEFT JOIN people_user person ON person.organization_id = unit.organization_id \
            AND person.id = unit.custodian_id \
            WHERE unit.organization_id = $1 AND unit.id > $2 AND unit.id <= $3 AND unit.active = 1 AND (\
            (unit.custodian_type = 'user' AND (person.id IS NULL OR person.delegate_of IS NOT NULL \
            OR person.role NOT IN ('sales', 'distributor', 'facility_manager'))) \
            OR (unit.custodian_type = 'organization' AND unit.custodian_id <> unit.organization_id) \
            OR unit.custodian_type NOT IN ('user', 'organization')) ORDER BY unit.id LIMIT $4",
    },
    // 1: no pending line, 2: the transfer is decided.
    Check {
        name: "unit_in_transfer",
        sql: "SELECT unit.id, 0, CASE WHEN line.unit_id IS NULL THEN 1 ELSE 2 END FROM stock_unit unit \
            LEFT JOIN stock_transfer_line line ON line.organization_id = unit.organization_id \
            AND line.transfer_id = unit.transfer_id AND line.unit_id = unit.id AND line.status = 'pending' \
            LEFT JOIN stock_transfer transfer ON transfer.organization_id = unit.organization_id \
            AND transfer.id = unit.transfer_id \
            WHERE unit.organization_id = $1 AND unit.id > $2 AND unit.id <= $3 AND unit.transfer_id IS NOT NULL \
            AND (line.unit_id IS NULL OR transfer.id IS NULL OR transfer.status <> 'pending') ORDER BY unit.id LIMIT $4",
    },
    Check {
        name: "transfer_line",
        sql: "SELECT line.unit_id, 0, 0 FROM stock_transfer_line line LEFT JOIN stock_unit unit \
            ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
            WHERE line.organization_id = $1 AND line.unit_id > $2 AND line.unit_id <= $3 AND line.status = 'pending' \
            AND (unit.id IS NULL OR unit.transfer_id IS DISTINCT FROM line.transfer_id) ORDER BY line.unit_id LIMIT $4",
    },
    Check {
        name: "pending_lines",
        sql: "SELECT line.unit_id, COUNT(*), 0 FROM stock_transfer_line line \
            WHERE line.organization_id = $1 AND line.unit_id > $2 AND line.unit_id <= $3 AND line.status = 'pending' \
            GROUP BY line.unit_id HAVING COUNT(*) > 1 ORDER BY line.unit_id LIMIT $4",
    },
    Check {
        name: "unit_in_event",
        sql: "SELECT unit.id, 0, 0 FROM stock_unit unit \
            WHERE unit.organization_id = $1 AND unit.id > $2 AND unit.id <= $3 AND unit.event_id IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM event_line line WHERE line.organization_id = unit.organization_id \
            AND line.event_id = unit.event_id AND line.unit_id = unit.id AND line.open = 1) \
            AND NOT EXISTS (SELECT 1 FROM event_container booked WHERE booked.organization_id = unit.organization_id \
            AND booked.event_id = unit.event_id AND booked.unit_id = unit.id AND booked.open = 1) ORDER BY unit.id LIMIT $4",
    },
    Check {
        name: "event_line",
        sql: "SELECT line.unit_id, 0, 0 FROM event_line line LEFT JOIN stock_unit unit \
            ON unit.organization_id = line.organization_id AND unit.id = line.unit_id \
            WHERE line.organization_id = $1 AND line.unit_id > $2 AND line.unit_id <= $3 AND line.open = 1 \
            AND line.reusable = 0 AND (unit.id IS NULL OR unit.event_id IS DISTINCT FROM line.event_id) \
            ORDER BY line.unit_id LIMIT $4",
    },
];

const BOUND: &str = "SELECT id FROM stock_unit WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET $3";

/// The unit that ends a range of `units` after one; the greatest id there is when fewer are left, so that what names
/// units that do not exist lies in a range too.
pub fn range_end(tx: &mut Tx, organization: Uuid, after: Uuid, units: i64) -> Result<Uuid> {
    Ok(tx.one::<(Uuid,)>(BOUND, args![organization, after, units - 1])?.map_or(Uuid::max(), |(id,)| id))
}

/// What a check finds in a range (after, to].
pub fn in_range(tx: &mut Tx, organization: Uuid, check: &Check, after: Uuid, to: Uuid) -> Result<Vec<Found>> {
    const { assert!(NEVER_EXPIRES == 9_999_999, "the day that the statement spells out") };
    tx.all(check.sql, args![organization, after, to, FOUND_MAX])
}

const UNITS: &str = "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1";
const ENTRIES: &str = "SELECT COUNT(*) FROM journal_entry WHERE organization_id = $1";

/// How many units and how many entries there are to look at.
pub fn sizes(tx: &mut Tx, organization: Uuid) -> Result<(i64, i64)> {
    let one = |tx: &mut Tx, sql: &'static str| -> Result<i64> {
        Ok(tx.one::<(i64,)>(sql, args![organization])?.map_or(0, |(n,)| n))
    };
    Ok((one(tx, UNITS)?, one(tx, ENTRIES)?))
}

const OPEN_LINES: &str = "SELECT line.event_id, 0, line.open FROM event_line line \
    JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id \
    WHERE line.organization_id = $1 AND line.open <> CASE WHEN event.status = 'open' THEN 1 ELSE 0 END \
    ORDER BY line.event_id LIMIT $2";
const OPEN_CONTAINERS: &str = "SELECT booked.event_id, 0, booked.open FROM event_container booked \
    JOIN event ON event.organization_id = booked.organization_id AND event.id = booked.event_id \
    WHERE booked.organization_id = $1 AND booked.open <> CASE WHEN event.status = 'open' THEN 1 ELSE 0 END \
    ORDER BY booked.event_id LIMIT $2";

/// Events whose lines, or whose containers, are open while the event is not, or the other way round.
pub fn open_events(tx: &mut Tx, organization: Uuid) -> Result<Vec<Found>> {
    let mut found = tx.all(OPEN_LINES, args![organization, FOUND_MAX])?;
    found.extend(tx.all::<Found>(OPEN_CONTAINERS, args![organization, FOUND_MAX])?);
    Ok(found)
}

db::record! {
    /// A number that is kept and that a recount does not give.
    pub struct Counted {
        pub first: Uuid, pub second: Uuid, pub key: i64, pub flag: i64, pub counted: i64, pub stored: i64,
    }
}

const COUNTERS: &str = "SELECT custodian_id, catalog_item_id, state, facility_stock, SUM(counted), SUM(stored) FROM (\
    SELECT custodian_id, catalog_item_id, state, CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END AS facility_stock, \
    COUNT(*) AS counted, 0 AS stored FROM stock_unit WHERE organization_id = $1 GROUP BY custodian_id, catalog_item_id, state, \
    CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END \
    UNION ALL SELECT custodian_id, catalog_item_id, state, facility_stock, 0, n FROM stock_counter WHERE organization_id = $1) each_side \
    GROUP BY custodian_id, catalog_item_id, state, facility_stock HAVING SUM(counted) <> SUM(stored) \
    ORDER BY custodian_id, catalog_item_id, state, facility_stock LIMIT $2";

/// Counters (custodian, item, state, on a shelf) that differ from a recount of the units.
pub fn counters(tx: &mut Tx, organization: Uuid) -> Result<Vec<Counted>> {
    tx.all(COUNTERS, args![organization, FOUND_MAX])
}

const TOTALS: &str = "SELECT custodian_id, custodian_id, state, facility_stock, SUM(counted), SUM(stored) FROM (\
    SELECT custodian_id, state, CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END AS facility_stock, \
    COUNT(*) AS counted, 0 AS stored FROM stock_unit WHERE organization_id = $1 GROUP BY custodian_id, state, \
    CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END \
    UNION ALL SELECT custodian_id, state, facility_stock, 0, n FROM stock_total WHERE organization_id = $1 \
    UNION ALL SELECT step.from_custodian_id, step.from_state, \
    CASE WHEN step.from_location_id IS NULL THEN 0 ELSE 1 END, 0, -1 \
    FROM journal_pending pending CROSS JOIN journal_movement step WHERE step.organization_id = pending.organization_id \
    AND step.entry_id = pending.entry_id AND pending.organization_id = $1 AND step.from_custodian_id IS NOT NULL \
    UNION ALL SELECT step.to_custodian_id, step.to_state, CASE WHEN step.to_location_id IS NULL THEN 0 ELSE 1 END, 0, 1 \
    FROM journal_pending pending CROSS JOIN journal_movement step WHERE step.organization_id = pending.organization_id \
    AND step.entry_id = pending.entry_id AND pending.organization_id = $1) each_side \
    GROUP BY custodian_id, state, facility_stock HAVING SUM(counted) <> SUM(stored) \
    ORDER BY custodian_id, state, facility_stock LIMIT $2";

/// Totals of custodians (state, on a shelf), with what is still unsealed, that differ from a recount of the units.
pub fn totals(tx: &mut Tx, organization: Uuid) -> Result<Vec<Counted>> {
    tx.all(TOTALS, args![organization, FOUND_MAX])
}

/// The orders that count: those of the latest revision that were neither cancelled nor reversed.
macro_rules! counting {
    () => {
        "sold.organization_id = $1 AND sold.counts = 1 AND sold.status = 'open' AND sold.customer_id IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM billing_sales_order later WHERE later.organization_id = sold.organization_id \
        AND later.number = sold.number AND later.revision > sold.revision)"
    };
}

macro_rules! customer_days {
    ($value:literal, $stored:literal) => {
        concat!(
            "SELECT customer_id, location_id, day, 0, SUM(counted), SUM(stored) FROM (\
            SELECT sold.customer_id, sold.location_id, sold.submitted_on AS day, ",
            $value,
            " AS counted, 0 AS stored FROM billing_sales_order sold WHERE ",
            counting!(),
            " AND sold.location_id IS NOT NULL GROUP BY sold.customer_id, sold.location_id, sold.submitted_on \
            UNION ALL SELECT sold.customer_id, $2, sold.submitted_on, ",
            $value,
            ", 0 FROM billing_sales_order sold WHERE ",
            counting!(),
            " GROUP BY sold.customer_id, sold.submitted_on \
            UNION ALL SELECT customer_id, location_id, day, ",
            $stored,
            ", 0 FROM billing_opening_figure WHERE organization_id = $1 AND location_id <> $2 \
            UNION ALL SELECT customer_id, $2, day, ",
            $stored,
            ", 0 FROM billing_opening_figure WHERE organization_id = $1 \
            UNION ALL SELECT customer_id, location_id, day, 0, ",
            $stored,
            " FROM billing_customer_day WHERE organization_id = $1) each_side \
            GROUP BY customer_id, location_id, day HAVING SUM(counted) <> SUM(stored) \
            ORDER BY customer_id, location_id, day LIMIT $3"
        )
    };
}

const CUSTOMER_COUNTS: &str = customer_days!("COUNT(*)", "orders_count");
const CUSTOMER_SUMS: &str = customer_days!("SUM(sold.net_minor)", "orders_total_minor");

/// Days of customers and locations whose number of orders differs from a recount.
pub fn customer_counts(tx: &mut Tx, organization: Uuid) -> Result<Vec<Counted>> {
    tx.all(CUSTOMER_COUNTS, args![organization, Uuid::nil(), FOUND_MAX])
}

const CUSTOMER_CREDITS: &str = "SELECT customer_id, location_id, day, 0, CAST(SUM(counted) AS BIGINT), CAST(SUM(stored) AS BIGINT) FROM (\
    SELECT memo.customer_id, memo.location_id, memo.issued_on AS day, memo.net_minor AS counted, 0 AS stored \
    FROM billing_credit_memo memo WHERE memo.organization_id = $1 AND memo.customer_id IS NOT NULL AND memo.location_id IS NOT NULL \
    UNION ALL SELECT memo.customer_id, $2, memo.issued_on, memo.net_minor, 0 \
    FROM billing_credit_memo memo WHERE memo.organization_id = $1 AND memo.customer_id IS NOT NULL \
    UNION ALL SELECT customer_id, location_id, day, 0, credits_minor FROM billing_customer_day WHERE organization_id = $1) each_side \
    GROUP BY customer_id, location_id, day HAVING SUM(counted) <> SUM(stored) ORDER BY customer_id, location_id, day LIMIT $3";

/// Days of customers and locations whose credits differ from their memos.
pub fn customer_credits(tx: &mut Tx, organization: Uuid) -> Result<Vec<Counted>> {
    tx.all(CUSTOMER_CREDITS, args![organization, Uuid::nil(), FOUND_MAX])
}

// 1: paid is not what its payments add up to, 2: credited is not what its memos add up to, 3: more is paid and credited than it is
// over, 4: its standing does not follow from that.
const INVOICES: &str = "SELECT it.id, it.paid_minor, CASE WHEN it.paid_minor <> it.payments THEN 1 \
    WHEN it.credited_minor <> it.memos THEN 2 WHEN it.status <> 'void' AND it.paid_minor + it.credited_minor > it.total_minor THEN 3 \
    ELSE 4 END FROM (SELECT invoice.id, invoice.paid_minor, invoice.credited_minor, invoice.total_minor, invoice.status, \
    CAST(COALESCE((SELECT SUM(payment.amount_minor) FROM billing_payment payment \
    WHERE payment.organization_id = invoice.organization_id AND payment.invoice_id = invoice.id), 0) AS BIGINT) AS payments, \
    CAST(COALESCE((SELECT SUM(memo.amount_minor) FROM billing_credit_memo memo \
    WHERE memo.organization_id = invoice.organization_id AND memo.invoice_id = invoice.id), 0) AS BIGINT) AS memos \
    FROM billing_invoice invoice WHERE invoice.organization_id = $1) it \
    WHERE it.paid_minor <> it.payments OR it.credited_minor <> it.memos \
    OR (it.status <> 'void' AND it.paid_minor + it.credited_minor > it.total_minor) \
    OR (it.status = 'open' AND it.paid_minor + it.credited_minor >= it.total_minor) \
    OR (it.status = 'paid' AND it.paid_minor + it.credited_minor <> it.total_minor) \
    OR (it.status = 'credited' AND it.credited_minor <> it.total_minor) ORDER BY it.id LIMIT $2";
const BALANCES: &str = "SELECT customer_id, CAST(SUM(amount_minor) AS BIGINT), 5 FROM billing_balance WHERE organization_id = $1 \
    GROUP BY customer_id HAVING SUM(amount_minor) < 0 ORDER BY customer_id LIMIT $2";

/// Invoices that their payments and memos do not add up to (1 to 4), customers who used more than they had (5).
pub fn invoices(tx: &mut Tx, organization: Uuid) -> Result<Vec<Found>> {
    let mut found = tx.all::<Found>(INVOICES, args![organization, FOUND_MAX])?;
    found.extend(tx.all::<Found>(BALANCES, args![organization, FOUND_MAX])?);
    Ok(found)
}

/// Days of customers and locations whose order total differs from a recount.
pub fn customer_sums(tx: &mut Tx, organization: Uuid) -> Result<Vec<Counted>> {
    tx.all(CUSTOMER_SUMS, args![organization, Uuid::nil(), FOUND_MAX])
}

const FIGURES_ALL: &str = "SELECT figure.subject_id, figure.orders_count, CASE WHEN figure.kind = 'cus' THEN 1 ELSE 2 END \
    FROM directory_figure figure \
    LEFT JOIN directory_location location ON figure.kind = 'loc' AND location.organization_id = figure.organization_id \
    AND location.id = figure.subject_id \
    LEFT JOIN (SELECT customer_id, location_id, SUM(orders_count) AS n, SUM(orders_total_minor) AS total, \
    SUM(credits_minor) AS credits FROM billing_customer_day WHERE organization_id = $1 GROUP BY customer_id, location_id) days \
    ON days.customer_id = CASE WHEN figure.kind = 'cus' THEN figure.subject_id ELSE location.customer_id END \
    AND days.location_id = CASE WHEN figure.kind = 'cus' THEN $2 ELSE figure.subject_id END \
    WHERE figure.organization_id = $1 AND figure.span = 'all' \
    AND (figure.orders_count <> COALESCE(days.n, 0) OR figure.orders_total_minor <> COALESCE(days.total, 0) \
    OR figure.credits_minor <> COALESCE(days.credits, 0) \
    OR figure.net_sales_minor <> figure.orders_total_minor - figure.credits_minor) \
    ORDER BY figure.subject_id LIMIT $3";
const FIGURES_SINCE: &str = "SELECT figure.subject_id, figure.orders_count, CASE WHEN figure.kind = 'cus' THEN 1 ELSE 2 END \
    FROM directory_figure figure \
    LEFT JOIN directory_location location ON figure.kind = 'loc' AND location.organization_id = figure.organization_id \
    AND location.id = figure.subject_id \
    LEFT JOIN (SELECT customer_id, location_id, SUM(orders_count) AS n, SUM(orders_total_minor) AS total, \
    SUM(credits_minor) AS credits FROM billing_customer_day WHERE organization_id = $1 AND day >= $3 \
    GROUP BY customer_id, location_id) days \
    ON days.customer_id = CASE WHEN figure.kind = 'cus' THEN figure.subject_id ELSE location.customer_id END \
    AND days.location_id = CASE WHEN figure.kind = 'cus' THEN $2 ELSE figure.subject_id END \
    WHERE figure.organization_id = $1 AND figure.span = $4 \
    AND (figure.orders_count <> COALESCE(days.n, 0) OR figure.orders_total_minor <> COALESCE(days.total, 0) \
    OR figure.credits_minor <> COALESCE(days.credits, 0) \
    OR figure.net_sales_minor <> figure.orders_total_minor - figure.credits_minor) \
    ORDER BY figure.subject_id LIMIT $5";
const FIGURE_DAY: &str = "SELECT day FROM directory_figure_day WHERE organization_id = $1";

/// Stored figures of customers (1) and locations (2) that their days do not add up to, for every window.
pub fn figures(tx: &mut Tx, organization: Uuid) -> Result<Vec<Found>> {
    let mut found = tx.all::<Found>(FIGURES_ALL, args![organization, Uuid::nil(), FOUND_MAX])?;
    // Day 0: the windows are still to be made.
    let as_of = tx.one::<(i32,)>(FIGURE_DAY, args![organization])?.filter(|(day,)| *day > 0);
    let Some((as_of,)) = as_of else { return Ok(found) };
    for window in Window::ALL {
        if let Some(since) = window.since(Day(as_of)) {
            let args = args![organization, Uuid::nil(), since.0, window.as_str(), FOUND_MAX];
            found.extend(tx.all::<Found>(FIGURES_SINCE, args)?);
        }
    }
    Ok(found)
}

const UNSEALED: &str = "SELECT pending.entry_id, pending.at, CASE WHEN entry.id IS NULL THEN 2 ELSE 1 END \
    FROM journal_pending pending LEFT JOIN journal_entry entry ON entry.organization_id = pending.organization_id \
    AND entry.id = pending.entry_id WHERE pending.organization_id = $1 AND (pending.at < $2 OR entry.id IS NULL) \
    ORDER BY pending.entry_id LIMIT $3";
const LOST: &str = "SELECT entry.id, entry.at, 3 FROM journal_entry entry WHERE entry.organization_id = $1 \
    AND NOT EXISTS (SELECT 1 FROM journal_seal seal WHERE seal.organization_id = entry.organization_id AND seal.entry_id = entry.id) \
    AND NOT EXISTS (SELECT 1 FROM journal_pending pending WHERE pending.organization_id = entry.organization_id \
    AND pending.entry_id = entry.id) ORDER BY entry.id LIMIT $2";
const TWICE: &str = "SELECT pending.entry_id, pending.at, 4 FROM journal_pending pending \
    JOIN journal_seal seal ON seal.organization_id = pending.organization_id AND seal.entry_id = pending.entry_id \
    WHERE pending.organization_id = $1 ORDER BY pending.entry_id LIMIT $2";
const CHANGE_OF_NONE: &str = "SELECT change.entry_id, change.n, 5 FROM journal_change change \
    WHERE change.organization_id = $1 AND NOT EXISTS (SELECT 1 FROM journal_entry entry \
    WHERE entry.organization_id = change.organization_id AND entry.id = change.entry_id) ORDER BY change.entry_id LIMIT $2";

/// Entries that the chain does not hold as it must: 1 unsealed since before a moment, 2 waiting without an entry,
/// 3 neither sealed nor waiting, 4 sealed and waiting, 5 changes of no entry.
pub fn unsealed(tx: &mut Tx, organization: Uuid, before: i64) -> Result<Vec<Found>> {
    let mut found = tx.all(UNSEALED, args![organization, before, FOUND_MAX])?;
    for sql in [LOST, TWICE, CHANGE_OF_NONE] {
        found.extend(tx.all::<Found>(sql, args![organization, FOUND_MAX])?);
    }
    Ok(found)
}

/// Where the walk along the chain stands.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The last link that was looked at.
    pub seq: i64,
    hash: Vec<u8>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { seq: 0, hash: vec![0; 32] }
    }
}

const LINKS: &str = "SELECT seal.seq, seal.hash, seal.entry_id, entry.at, entry.actor_id, entry.on_behalf_of_id, entry.kind, \
    entry.reason, entry.source, entry.request_id, \
    (SELECT COUNT(*) FROM journal_movement step WHERE step.organization_id = seal.organization_id AND step.entry_id = seal.entry_id), \
    (SELECT COUNT(*) FROM journal_change change WHERE change.organization_id = seal.organization_id AND change.entry_id = seal.entry_id) \
    FROM journal_seal seal LEFT JOIN journal_entry entry ON entry.organization_id = seal.organization_id \
    AND entry.id = seal.entry_id WHERE seal.organization_id = $1 AND seal.seq > $2 ORDER BY seal.seq LIMIT $3";
const LINK_MOVEMENTS: &str = "SELECT step.unit_id, step.seq, step.entry_id, step.from_custodian_id, step.to_custodian_id, \
    step.from_state, step.to_state, step.from_location_id, step.to_location_id FROM journal_seal seal \
    JOIN journal_movement step ON step.organization_id = seal.organization_id AND step.entry_id = seal.entry_id \
    WHERE seal.organization_id = $1 AND seal.seq > $2 AND seal.seq <= $3 ORDER BY seal.seq, step.unit_id, step.seq";
const LINK_CHANGES: &str = "SELECT change.entry_id, change.subject_id, change.field, change.old, change.new FROM journal_seal seal \
    JOIN journal_change change ON change.organization_id = seal.organization_id AND change.entry_id = seal.entry_id \
    WHERE seal.organization_id = $1 AND seal.seq > $2 AND seal.seq <= $3 ORDER BY seal.seq, change.n";

struct Link {
    seq: i64,
    hash: Vec<u8>,
    entry: Uuid,
    /// None when the sealed entry is not there.
    digest: Option<Sha256>,
    changes: usize,
}

/// Walks up to `links` further links of the chain and computes each again; gives where it stands and what it found
/// (1: a gap before it, 2: its entry is gone, 3: another hash), None at the end. Memory does not depend on how much an
/// entry moved: digests take rows as they come.
pub fn chain(tx: &mut Tx, organization: Uuid, from: &Chain, links: i64) -> Result<Option<(Chain, Vec<Found>)>> {
    let mut walked = Vec::new();
    let mut before = from.clone();
    let mut found = Vec::new();
    tx.each(LINKS, args![organization, from.seq, links], |row| {
        let link = read_link(row, organization, &before.hash)?;
        if link.seq != before.seq + 1 {
            found.push((link.entry, link.seq, 1));
        }
        before = Chain { seq: link.seq, hash: link.hash.clone() };
        walked.push(link);
        Ok(())
    })?;
    if walked.is_empty() {
        return Ok(None);
    }
    let mut at = 0;
    let mut scratch = Canonical::default();
    tx.each(LINK_MOVEMENTS, args![organization, from.seq, before.seq], |row| {
        let movement = <MovementRow as db::FromRow>::from_row(row)?;
        scratch.0.clear();
        scratch.movement(&movement);
        feed(&mut walked, &mut at, movement.entry_id, &scratch.0);
        Ok(())
    })?;
    for link in &mut walked {
        scratch.0.clear();
        scratch.changes(link.changes);
        if let Some(digest) = &mut link.digest {
            digest.update(&scratch.0);
        }
    }
    at = 0;
    tx.each(LINK_CHANGES, args![organization, from.seq, before.seq], |row| {
        let change = <ChangeRow as db::FromRow>::from_row(row)?;
        scratch.0.clear();
        scratch.change(&change);
        feed(&mut walked, &mut at, change.entry_id, &scratch.0);
        Ok(())
    })?;
    for link in walked {
        match link.digest.map(Sha256::finalize) {
            None => found.push((link.entry, link.seq, 2)),
            Some(hash) if hash.as_slice() != link.hash => found.push((link.entry, link.seq, 3)),
            Some(_) => {}
        }
    }
    Ok(Some((before, found)))
}

/// Rows come in the order of the links.
fn feed(walked: &mut [Link], at: &mut usize, entry: Uuid, bytes: &[u8]) {
    while walked.get(*at).is_some_and(|link| link.entry != entry) {
        *at += 1;
    }
    if let Some(digest) = walked.get_mut(*at).and_then(|link| link.digest.as_mut()) {
        digest.update(bytes);
    }
}

fn read_link(row: &db::Row<'_>, organization: Uuid, before: &[u8]) -> Result<Link> {
    let (seq, hash, entry) = (row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?, row.get::<Uuid>(2)?);
    let (movements, changes) = (row.get::<usize>(10)?, row.get::<usize>(11)?);
    let digest = match row.get::<Option<i64>>(3)? {
        None => None,
        Some(at) => {
            let stored = EntryRow {
                id: entry,
                at,
                actor_id: row.get(4)?,
                on_behalf_of_id: row.get(5)?,
                kind: row.get(6)?,
                reason: row.get(7)?,
                source: row.get(8)?,
                request_id: row.get(9)?,
                seq: None,
            };
            let mut head = Canonical::default();
            head.head(organization, &stored, movements);
            let mut digest = Sha256::new();
            digest.update(before);
            digest.update(&head.0);
            Some(digest)
        }
    };
    Ok(Link { seq, hash, entry, digest, changes })
}

const ORGANIZATIONS: &str = "SELECT organization_id, name FROM organization ORDER BY organization_id";

/// Every organisation on this server with its name.
pub fn organizations(tx: &mut Tx) -> Result<Vec<(Uuid, String)>> {
    tx.all(ORGANIZATIONS, args![])
}
