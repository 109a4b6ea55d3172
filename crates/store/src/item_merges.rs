//! Items of the catalog that became a part of another one: what refers to an item goes over to the survivor, is remembered, and
//! goes back when the merge is taken back.
//!
//! Rows go over in one of four ways. Most are moved ([`MOVED`]). Some tables hold one row of an item for each owner: where the
//! survivor has one as well, a price or the like stays behind with the archived item, and amounts are added up ([`JOINED`]). Lines of events and sent units follow their unit ([`FOLLOWING`]). Documents whose lines name items are written
//! anew by the use case ([`DOCUMENTS`]).

use db::{Result, Sql, Tx, args};
use uuid::Uuid;

db::record! {
    /// A merge as stored; its id is that of its job.
    #[derive(Clone, Debug)]
    pub struct MergeRow {
        pub id: Uuid, pub loser_id: Uuid, pub survivor_id: Uuid, pub loser_archived_at: Option<i64>, pub merged_at: i64,
        pub undone_at: Option<i64>,
    }
}

/// A table whose rows are moved one by one and remembered by their key.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// As merges name it.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    remember: &'static str,
    /// From the item `$4` to the item `$3`: over and back alike.
    shift: &'static str,
}

/// Rows of a loser that `FROM …` finds: `it` is the table, `merge` the merge.
macro_rules! of_loser {
    ($table:literal, $column:literal, $stays:literal) => {
        concat!(
            " FROM catalog_merge merge JOIN ",
            $table,
            " it ON it.organization_id = merge.organization_id AND it.",
            $column,
            " = merge.loser_id WHERE merge.organization_id = $1 AND merge.id = $2",
            $stays
        )
    };
}

/// `$key` are the columns that make a row one besides its item: an id, and as far as needed two numbers and a text.
macro_rules! moved {
    ($kind:literal, $table:literal, $column:literal, [$id:literal, $first:literal, $second:literal, $name:literal],
     set $set:literal, where $where:literal, stays $stays:literal) => {
        Moved {
            kind: $kind,
            table: $table,
            remember: concat!(
                "INSERT INTO catalog_merge_row (organization_id, merge_id, kind, subject_id, first_key, second_key, name, was) \
                 SELECT it.organization_id, merge.id, '",
                $kind,
                "', it.",
                $id,
                ", ",
                $first,
                ", ",
                $second,
                ", ",
                $name,
                ", ''",
                of_loser!($table, $column, $stays)
            ),
            shift: concat!(
                "UPDATE ",
                $table,
                " AS it SET ",
                $column,
                " = $3",
                $set,
                " WHERE it.organization_id = $1 AND it.",
                $column,
                " = $4",
                $where,
                " AND EXISTS (SELECT 1 FROM catalog_merge_row moved WHERE moved.organization_id = $1 AND moved.merge_id = $2 \
                 AND moved.kind = '",
                $kind,
                "' AND moved.subject_id = it.",
                $id,
                " AND moved.first_key = ",
                $first,
                " AND moved.second_key = ",
                $second,
                " AND moved.name = ",
                $name,
                ")"
            ),
        }
    };
    ($kind:literal, $table:literal, $column:literal, [$id:literal, $first:literal, $second:literal, $name:literal], stays $stays:literal) => {
        moved!($kind, $table, $column, [$id, $first, $second, $name], set "", where "", stays $stays)
    };
    ($kind:literal, $table:literal, $column:literal) => {
        moved!($kind, $table, $column, ["id", "0", "0", "''"], set "", where "", stays "")
    };
}

/// Every table whose rows are moved. Tiers stand before the prices with which they stay.
pub const MOVED: &[Moved] = &[
    moved!("unit", "stock_unit", "catalog_item_id", ["id", "0", "0", "''"], set ", version = version + 1", where "", stays ""),
    moved!("identifier", "catalog_identifier", "catalog_item_id", ["organization_id", "0", "0", "it.identifier"], stays ""),
    moved!(
        "product_line", "catalog_item_line", "catalog_item_id", ["product_line_id", "0", "0", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM catalog_item_line mine WHERE mine.organization_id = it.organization_id \
            AND mine.catalog_item_id = merge.survivor_id AND mine.product_line_id = it.product_line_id)"
    ),
    moved!(
        "price_tier", "directory_price_tier", "catalog_item_id", ["owner_id", "it.valid_from", "it.from_quantity", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM directory_price mine WHERE mine.organization_id = it.organization_id \
            AND mine.catalog_item_id = merge.survivor_id AND mine.owner_id = it.owner_id)"
    ),
    moved!(
        "price", "directory_price", "catalog_item_id", ["owner_id", "it.valid_from", "0", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM directory_price mine WHERE mine.organization_id = it.organization_id \
            AND mine.catalog_item_id = merge.survivor_id AND mine.owner_id = it.owner_id)"
    ),
    moved!(
        "construct_item", "directory_construct_item", "catalog_item_id", ["construct_id", "0", "0", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM directory_construct_item mine WHERE mine.organization_id = it.organization_id \
            AND mine.catalog_item_id = merge.survivor_id AND mine.construct_id = it.construct_id)"
    ),
    moved!("par_level", "stock_par", "catalog_item_id", ["owner_id", "0", "0", "''"], stays ""),
    moved!("need", "event_need", "catalog_item_id", ["event_id", "0", "0", "''"], stays ""),
    moved!(
        "request_line", "stock_request_line", "catalog_item_id", ["request_id", "0", "0", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM stock_request_across across WHERE across.organization_id = it.organization_id \
            AND across.request_id = it.request_id)"
    ),
    moved!(
        "quote_line", "event_quote_line", "catalog_item_id", ["event_id", "0", "0", "''"],
        stays " AND NOT EXISTS (SELECT 1 FROM event_quote_line mine WHERE mine.organization_id = it.organization_id \
            AND mine.catalog_item_id = merge.survivor_id AND mine.event_id = it.event_id)"
    ),
    moved!("recall_line", "stock_recall_span", "catalog_item_id", ["recall_id", "it.kind", "it.place", "it.from_key"], stays ""),
    moved!(
        "count_line", "stock_count_line", "catalog_item_id", ["count_id", "0", "0", "it.id"],
        set "",
        where " AND it.count_id IN (SELECT known.subject_id FROM catalog_merge_row known WHERE known.organization_id = $1 \
            AND known.merge_id = $2 AND known.kind = 'count_line')",
        stays " AND it.count_id IN (SELECT counting.id FROM stock_count counting WHERE counting.organization_id = $1 \
            AND counting.status IN ('assigned', 'counting', 'counted'))"
    ),
    moved!("commission_rule", "commission_rule", "catalog_item_id"),
    moved!("pack", "stock_bom", "sold_as_id", ["id", "0", "0", "''"], set ", version = version + 1", where "", stays ""),
    moved!("price_ask", "directory_price_ask", "catalog_item_id"),
    moved!("file", "file_link", "subject_id"),
    moved!(
        "accounting_name", "accounting_name", "subject_id", ["organization_id", "0", "0", "it.kind"],
        set "",
        where " AND it.subject_kind = 'cat' AND it.kind IN (SELECT known.kind FROM accounting_setting known \
            WHERE known.organization_id = $1)",
        stays " AND it.subject_kind = 'cat' AND it.kind IN (SELECT known.kind FROM accounting_setting known \
            WHERE known.organization_id = $1) AND NOT EXISTS (SELECT 1 FROM accounting_name mine \
            WHERE mine.organization_id = it.organization_id AND mine.kind = it.kind AND mine.subject_kind = 'cat' \
            AND mine.subject_id = merge.survivor_id)"
    ),
];

/// Tables with the item of a unit beside the unit: where the unit goes, they follow. What somebody signed after the event keeps
/// the item that was signed; what was sent for a request of a linked company keeps the item of its line.
pub const FOLLOWING: &[Following] = &[
    Following {
        kind: "event_line",
        table: "event_line",
        over: "UPDATE event_line AS it SET catalog_item_id = $3 WHERE it.organization_id = $1 AND it.catalog_item_id = $2 \
            AND NOT EXISTS (SELECT 1 FROM event_signature signed WHERE signed.organization_id = $1 \
            AND signed.event_id = it.event_id AND it.open = 0)",
        back: "UPDATE event_line AS it SET catalog_item_id = $3 WHERE it.organization_id = $1 AND it.catalog_item_id = $4 \
            AND it.unit_id IN (SELECT moved.subject_id FROM catalog_merge_row moved WHERE moved.organization_id = $1 \
            AND moved.merge_id = $2 AND moved.kind = 'unit')",
        count: "SELECT COUNT(*) FROM event_line it WHERE it.organization_id = $1 AND it.catalog_item_id = $2",
    },
    Following {
        kind: "request_unit",
        table: "stock_request_unit",
        over: "UPDATE stock_request_unit AS it SET catalog_item_id = $3 WHERE it.organization_id = $1 AND it.catalog_item_id = $2 \
            AND it.request_id IN (SELECT line.request_id FROM stock_request_line line WHERE line.organization_id = $1 \
            AND line.catalog_item_id = $2) \
            AND NOT EXISTS (SELECT 1 FROM stock_request_across across WHERE across.organization_id = $1 \
            AND across.request_id = it.request_id)",
        back: "UPDATE stock_request_unit AS it SET catalog_item_id = $3 WHERE it.organization_id = $1 AND it.catalog_item_id = $4 \
            AND it.unit_id IN (SELECT moved.subject_id FROM catalog_merge_row moved WHERE moved.organization_id = $1 \
            AND moved.merge_id = $2 AND moved.kind = 'unit') AND it.request_id IN (SELECT line.request_id \
            FROM stock_request_line line WHERE line.organization_id = $1 AND line.catalog_item_id = $4)",
        count: "SELECT COUNT(*) FROM stock_request_line line JOIN stock_request_unit it \
            ON it.organization_id = line.organization_id AND it.request_id = line.request_id \
            AND it.catalog_item_id = line.catalog_item_id WHERE line.organization_id = $1 AND line.catalog_item_id = $2",
    },
];

/// See [`FOLLOWING`].
#[derive(Clone, Copy, Debug)]
pub struct Following {
    /// As merges name it.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    over: &'static str,
    back: &'static str,
    count: &'static str,
}

/// Tables that name an item and that a merge leaves alone, and why. Whatever is in none of the lists of this module fails a test.
pub const LEFT_ALONE: &[(&str, &str)] = &[
    ("stock_counter", "is summed anew"),
    ("stock_request_across_line", "its request is over, or the merge is refused"),
    ("catalog_merge", "is the merge itself"),
    ("catalog_twins_apart", "says of two items that they are two"),
];

/// Tables whose documents name items in a list of lines.
pub const DOCUMENTS: &[Document] = &[
    Document {
        kind: "bom",
        table: "stock_bom",
        find: "SELECT id, lines FROM stock_bom WHERE organization_id = $1 AND lines LIKE $2",
        read: "SELECT lines FROM stock_bom WHERE organization_id = $1 AND id = $2",
        write: "UPDATE stock_bom SET lines = $3, version = version + 1 WHERE organization_id = $1 AND id = $2",
        adds_up: true,
    },
    Document {
        kind: "preference_card",
        table: "directory_preference_card",
        find: "SELECT id, lines FROM directory_preference_card WHERE organization_id = $1 AND lines LIKE $2",
        read: "SELECT lines FROM directory_preference_card WHERE organization_id = $1 AND id = $2",
        write: "UPDATE directory_preference_card SET lines = $3, version = version + 1 WHERE organization_id = $1 AND id = $2",
        adds_up: true,
    },
    Document {
        kind: "recall",
        table: "stock_recall",
        find: "SELECT id, lines FROM stock_recall WHERE organization_id = $1 AND lines LIKE $2",
        read: "SELECT lines FROM stock_recall WHERE organization_id = $1 AND id = $2",
        write: "UPDATE stock_recall SET lines = $3, version = version + 1 WHERE organization_id = $1 AND id = $2",
        adds_up: false,
    },
    Document {
        kind: "task",
        table: "coverage_task",
        find: "SELECT id, goods FROM coverage_task WHERE organization_id = $1 AND state = 'open' AND goods LIKE $2",
        read: "SELECT goods FROM coverage_task WHERE organization_id = $1 AND id = $2",
        write: "UPDATE coverage_task SET goods = $3 WHERE organization_id = $1 AND id = $2",
        adds_up: true,
    },
];

/// See [`DOCUMENTS`].
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// As merges name it.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    /// Two lines of one item become one with the amounts of both; otherwise each stays a line.
    pub adds_up: bool,
    find: &'static str,
    read: &'static str,
    write: &'static str,
}

impl Document {
    /// (id, lines) of those that name an item, by its printed id.
    pub fn naming(&self, tx: &mut Tx, organization: Uuid, item: &str) -> Result<Vec<(Uuid, String)>> {
        tx.all(self.find, args![organization, format!("%{item}%")])
    }

    /// The lines of one now.
    pub fn lines(&self, tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<String>> {
        Ok(tx.one::<(String,)>(self.read, args![organization, id])?.map(|(lines,)| lines))
    }

    /// Writes the lines of one.
    pub fn save(&self, tx: &mut Tx, organization: Uuid, id: Uuid, lines: &str) -> Result<()> {
        tx.exec(self.write, args![organization, id, lines])?;
        Ok(())
    }
}

const SUBSTITUTES: Sql = Sql {
    lite: "SELECT need.event_id, need.catalog_item_id, need.substitutes FROM event CROSS JOIN event_need need \
        WHERE event.organization_id = $1 AND event.status = 'open' AND need.organization_id = event.organization_id \
        AND need.event_id = event.id AND need.substitutes LIKE $2",
    pg: "SELECT need.event_id, need.catalog_item_id, need.substitutes FROM event JOIN event_need need \
        ON need.organization_id = event.organization_id AND need.event_id = event.id \
        WHERE event.organization_id = $1 AND event.status = 'open' AND need.substitutes LIKE $2",
};
const SUBSTITUTES_OF: &str =
    "SELECT substitutes FROM event_need WHERE organization_id = $1 AND event_id = $2 AND catalog_item_id = $3";
const SET_SUBSTITUTES: &str = "UPDATE event_need SET substitutes = $4 \
    WHERE organization_id = $1 AND event_id = $2 AND catalog_item_id = $3";

/// (event, needed item, what may stand for it) where that names an item, of open events.
pub fn substitutes_naming(tx: &mut Tx, organization: Uuid, item: &str) -> Result<Vec<(Uuid, Uuid, String)>> {
    tx.all(SUBSTITUTES, args![organization, format!("%{item}%")])
}

/// What may stand for an item that an event needs.
pub fn substitutes(tx: &mut Tx, organization: Uuid, event: Uuid, item: Uuid) -> Result<Option<String>> {
    Ok(tx.one::<(String,)>(SUBSTITUTES_OF, args![organization, event, item])?.map(|(text,)| text))
}

/// Says what may stand for an item that an event needs.
pub fn set_substitutes(tx: &mut Tx, organization: Uuid, event: Uuid, item: Uuid, text: &str) -> Result<()> {
    tx.exec(SET_SUBSTITUTES, args![organization, event, item, text])?;
    Ok(())
}

// Rows of both that become one.

db::record! {
    /// A row of the loser beside one of the survivor for the same owner: its amounts, what else it holds, and the survivor's amounts.
    #[derive(Clone, Debug)]
    pub struct BothRow {
        pub owner: Uuid, pub place: i64, pub first: i64, pub second: i64, pub third: i64, pub fourth: i64, pub text: String,
        pub other: Option<Uuid>, pub mine_first: i64, pub mine_second: i64, pub mine_third: i64, pub mine_fourth: i64,
    }
}

/// A table with one row of an item for each owner whose amounts add up.
#[derive(Clone, Copy, Debug)]
pub struct Joined {
    /// As merges name it; with `_joined` the rows that were joined.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    both: &'static str,
    amounts: &'static str,
    set: &'static str,
    drop: &'static str,
    back: &'static str,
    /// How many amounts it has.
    width: usize,
}

macro_rules! both {
    ($table:literal, $owner:literal, $columns:literal) => {
        concat!(
            "SELECT theirs.",
            $owner,
            ", ",
            $columns,
            " FROM ",
            $table,
            " theirs JOIN ",
            $table,
            " mine ON mine.organization_id = theirs.organization_id AND mine.",
            $owner,
            " = theirs.",
            $owner,
            " AND mine.catalog_item_id = $3 WHERE theirs.organization_id = $1 AND theirs.catalog_item_id = $2"
        )
    };
}

/// Every table of this kind.
pub const JOINED: &[Joined] = &[
    Joined {
        kind: "par_level",
        table: "stock_par",
        both: both!(
            "stock_par",
            "owner_id",
            "CAST(0 AS BIGINT), theirs.level, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), theirs.owner_type, theirs.owner_id, \
             mine.level, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT)"
        ),
        amounts: "SELECT level, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT) FROM stock_par \
            WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id = $3",
        set: "UPDATE stock_par SET level = $4 WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id = $3",
        drop: "DELETE FROM stock_par WHERE organization_id = $1 AND owner_id = $2 AND catalog_item_id = $3",
        back: "INSERT INTO stock_par (organization_id, owner_id, catalog_item_id, level, owner_type) VALUES ($1, $2, $3, $4, $5)",
        width: 1,
    },
    Joined {
        kind: "need",
        table: "event_need",
        both: both!(
            "event_need",
            "event_id",
            "theirs.starts_at, theirs.quantity, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), theirs.substitutes, theirs.event_id, \
             mine.quantity, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT)"
        ),
        amounts: "SELECT quantity, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT) FROM event_need \
            WHERE organization_id = $1 AND event_id = $2 AND catalog_item_id = $3",
        set: "UPDATE event_need SET quantity = $4 WHERE organization_id = $1 AND event_id = $2 AND catalog_item_id = $3",
        drop: "DELETE FROM event_need WHERE organization_id = $1 AND event_id = $2 AND catalog_item_id = $3",
        back: "INSERT INTO event_need (organization_id, event_id, catalog_item_id, quantity, substitutes, starts_at) \
            VALUES ($1, $2, $3, $4, $5, $6)",
        width: 1,
    },
    Joined {
        kind: "request_line",
        table: "stock_request_line",
        both: concat!(
            both!(
                "stock_request_line",
                "request_id",
                "theirs.place, theirs.quantity, theirs.sent, theirs.received, theirs.closed, '', theirs.bom_id, \
                 mine.quantity, mine.sent, mine.received, mine.closed"
            ),
            " AND NOT EXISTS (SELECT 1 FROM stock_request_across across WHERE across.organization_id = theirs.organization_id \
             AND across.request_id = theirs.request_id)"
        ),
        amounts: "SELECT quantity, sent, received, closed FROM stock_request_line \
            WHERE organization_id = $1 AND request_id = $2 AND catalog_item_id = $3",
        set: "UPDATE stock_request_line SET quantity = $4, sent = $5, received = $6, closed = $7 \
            WHERE organization_id = $1 AND request_id = $2 AND catalog_item_id = $3",
        drop: "DELETE FROM stock_request_line WHERE organization_id = $1 AND request_id = $2 AND catalog_item_id = $3",
        back: "INSERT INTO stock_request_line (organization_id, request_id, catalog_item_id, quantity, sent, received, closed, \
            place, bom_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        width: 4,
    },
];

impl Joined {
    /// Rows of which both items have one.
    pub fn both(&self, tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<Vec<BothRow>> {
        tx.all(self.both, args![organization, merge.loser_id, merge.survivor_id])
    }

    /// The amounts of an owner's row; None when there is none any more.
    pub fn amounts(&self, tx: &mut Tx, organization: Uuid, owner: Uuid, item: Uuid) -> Result<Option<[i64; 4]>> {
        let row = tx.one::<(i64, i64, i64, i64)>(self.amounts, args![organization, owner, item])?;
        Ok(row.map(|(first, second, third, fourth)| [first, second, third, fourth]))
    }

    /// Sets them.
    pub fn set(&self, tx: &mut Tx, organization: Uuid, owner: Uuid, item: Uuid, amounts: [i64; 4]) -> Result<()> {
        let mut values = args![organization, owner, item].to_vec();
        values.extend(amounts[..self.width].iter().map(|amount| db::Value::Int(*amount)));
        tx.exec(self.set, &values)?;
        Ok(())
    }

    /// Takes an owner's row away.
    pub fn drop(&self, tx: &mut Tx, organization: Uuid, owner: Uuid, item: Uuid) -> Result<()> {
        tx.exec(self.drop, args![organization, owner, item])?;
        Ok(())
    }

    /// Puts it back.
    pub fn restore(&self, tx: &mut Tx, organization: Uuid, item: Uuid, row: &BothRow) -> Result<()> {
        let amounts = [row.first, row.second, row.third, row.fourth];
        let mut values = args![organization, row.owner, item].to_vec();
        values.extend(amounts[..self.width].iter().map(|amount| db::Value::Int(*amount)));
        let rest = match self.kind {
            "par_level" => args![row.text].to_vec(),
            "need" => args![row.text, row.place].to_vec(),
            _ => args![row.place, row.other].to_vec(),
        };
        values.extend(rest);
        tx.exec(self.back, &values)?;
        Ok(())
    }
}

// The merge itself.

const INSERT: &str = "INSERT INTO catalog_merge (organization_id, id, loser_id, survivor_id, loser_archived_at, merged_at, \
    undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LOCK: Sql = crate::locking!(
    "SELECT id, loser_id, survivor_id, loser_archived_at, merged_at, undone_at FROM catalog_merge \
    WHERE organization_id = $1 AND id = $2"
);
const UNDONE: &str = "UPDATE catalog_merge SET undone_at = $3 WHERE organization_id = $1 AND id = $2";
const OF_SURVIVOR: &str = "SELECT id, loser_id, survivor_id, loser_archived_at, merged_at, undone_at FROM catalog_merge \
    WHERE organization_id = $1 AND survivor_id = $2 AND undone_at IS NULL ORDER BY merged_at DESC, id DESC LIMIT $3";
const REMEMBER: &str = "INSERT INTO catalog_merge_row (organization_id, merge_id, kind, subject_id, first_key, second_key, name, was) \
    VALUES ($1, $2, $3, $4, 0, 0, $5, $6)";
const REMEMBERED: &str = "SELECT subject_id, name, was FROM catalog_merge_row \
    WHERE organization_id = $1 AND merge_id = $2 AND kind = $3 ORDER BY subject_id, name";
const NAMES_MOVED: &str =
    "SELECT name FROM catalog_merge_row WHERE organization_id = $1 AND merge_id = $2 AND kind = $3";
const LEADS_TO: &str = "UPDATE catalog_item SET merged_into_id = $3, archived_at = $4, version = version + 1 \
    WHERE organization_id = $1 AND id = $2";
const CHAIN: &str = "UPDATE catalog_item SET merged_into_id = $3 WHERE organization_id = $1 AND merged_into_id = $2";
const UNCHAIN: &str = "UPDATE catalog_item SET merged_into_id = $2 WHERE organization_id = $1 AND merged_into_id = $3 \
    AND id IN (SELECT earlier.loser_id FROM catalog_merge earlier WHERE earlier.organization_id = $1 \
    AND earlier.survivor_id = $2 AND earlier.undone_at IS NULL)";

/// Remembers that an item becomes a part of another one.
pub fn insert(tx: &mut Tx, organization: Uuid, row: &MergeRow) -> Result<()> {
    tx.exec(
        INSERT,
        args![organization, row.id, row.loser_id, row.survivor_id, row.loser_archived_at, row.merged_at, row.undone_at],
    )?;
    Ok(())
}

/// A merge, locked.
pub fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<MergeRow>> {
    tx.one(LOCK, args![organization, id])
}

/// Says that a merge was taken back.
pub fn undone(tx: &mut Tx, organization: Uuid, id: Uuid, now: i64) -> Result<()> {
    tx.exec(UNDONE, args![organization, id, now])?;
    Ok(())
}

/// Merges that made an item what it is, latest first, without those that were taken back.
pub fn of_survivor(tx: &mut Tx, organization: Uuid, survivor: Uuid, limit: i64) -> Result<Vec<MergeRow>> {
    tx.all(OF_SURVIVOR, args![organization, survivor, limit])
}

/// Remembers what a row was and became.
pub fn remember(
    tx: &mut Tx,
    organization: Uuid,
    merge: Uuid,
    kind: &str,
    subject: Uuid,
    name: &str,
    was: &str,
) -> Result<()> {
    tx.exec(REMEMBER, args![organization, merge, kind, subject, name, was])?;
    Ok(())
}

/// (id, name, what it was) of the rows of a kind.
pub fn remembered(tx: &mut Tx, organization: Uuid, merge: Uuid, kind: &str) -> Result<Vec<(Uuid, String, String)>> {
    tx.all(REMEMBERED, args![organization, merge, kind])
}

/// Identifiers that went over.
pub fn identifiers_moved(tx: &mut Tx, organization: Uuid, merge: Uuid) -> Result<Vec<String>> {
    let rows = tx.all::<(String,)>(NAMES_MOVED, args![organization, merge, "identifier"])?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The loser is archived and leads to the survivor, and so does whatever led to the loser.
pub fn lead(tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<()> {
    let archived = merge.loser_archived_at.unwrap_or(merge.merged_at);
    tx.exec(LEADS_TO, args![organization, merge.loser_id, merge.survivor_id, archived])?;
    tx.exec(CHAIN, args![organization, merge.loser_id, merge.survivor_id])?;
    Ok(())
}

/// The loser stands by itself again, and with it what had led to it before.
pub fn let_go(tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<()> {
    tx.exec(LEADS_TO, args![organization, merge.loser_id, None::<Uuid>, merge.loser_archived_at])?;
    tx.exec(UNCHAIN, args![organization, merge.loser_id, merge.survivor_id])?;
    Ok(())
}

const SUM_OVER: &str = "INSERT INTO stock_counter (organization_id, custodian_id, catalog_item_id, state, facility_stock, n) \
    SELECT theirs.organization_id, theirs.custodian_id, merge.survivor_id, theirs.state, theirs.facility_stock, theirs.n \
    FROM catalog_merge merge JOIN stock_counter theirs ON theirs.organization_id = merge.organization_id \
    AND theirs.catalog_item_id = merge.loser_id WHERE merge.organization_id = $1 AND merge.id = $2 \
    ON CONFLICT (organization_id, custodian_id, catalog_item_id, state, facility_stock) DO UPDATE SET n = stock_counter.n + excluded.n";
const DROP_SUMS: &str = "DELETE FROM stock_counter WHERE organization_id = $1 AND catalog_item_id = $2";
const SUM_ANEW: &str = "INSERT INTO stock_counter (organization_id, custodian_id, catalog_item_id, state, facility_stock, n) \
    SELECT organization_id, custodian_id, catalog_item_id, state, \
    CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END AS facility_stock, COUNT(*) FROM stock_unit \
    WHERE organization_id = $1 AND catalog_item_id = $2 GROUP BY organization_id, custodian_id, catalog_item_id, state, \
    CASE WHEN facility_stock_location_id IS NULL THEN 0 ELSE 1 END";
const SUBTRACT: &str = "UPDATE stock_counter AS mine SET n = mine.n - (SELECT theirs.n FROM stock_counter theirs \
    WHERE theirs.organization_id = $1 AND theirs.custodian_id = mine.custodian_id AND theirs.catalog_item_id = $2 \
    AND theirs.state = mine.state AND theirs.facility_stock = mine.facility_stock) \
    WHERE mine.organization_id = $1 AND mine.catalog_item_id = $3 AND EXISTS (SELECT 1 FROM stock_counter theirs \
    WHERE theirs.organization_id = $1 AND theirs.custodian_id = mine.custodian_id AND theirs.catalog_item_id = $2 \
    AND theirs.state = mine.state AND theirs.facility_stock = mine.facility_stock)";

/// What follows the loser's units, before anything else goes over: some of it is found by rows that are joined then.
pub fn follow(tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<()> {
    for it in FOLLOWING {
        tx.exec(it.over, args![organization, merge.loser_id, merge.survivor_id])?;
    }
    Ok(())
}

/// What refers to the loser becomes the survivor's and is remembered; rows that were joined have gone before. Its units are locked
/// by it, so that nobody counts one of them meanwhile.
pub fn over(tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<()> {
    for it in MOVED {
        tx.exec(it.remember, args![organization, merge.id])?;
        tx.exec(it.shift, args![organization, merge.id, merge.survivor_id, merge.loser_id])?;
    }
    tx.exec(SUM_OVER, args![organization, merge.id])?;
    tx.exec(DROP_SUMS, args![organization, merge.loser_id])?;
    Ok(())
}

/// What was remembered and still is the survivor's becomes the loser's again, and with its units what was done with them since.
pub fn back(tx: &mut Tx, organization: Uuid, merge: &MergeRow) -> Result<()> {
    for it in FOLLOWING {
        tx.exec(it.back, args![organization, merge.id, merge.loser_id, merge.survivor_id])?;
    }
    for it in MOVED {
        tx.exec(it.shift, args![organization, merge.id, merge.loser_id, merge.survivor_id])?;
    }
    tx.exec(DROP_SUMS, args![organization, merge.loser_id])?;
    tx.exec(SUM_ANEW, args![organization, merge.loser_id])?;
    tx.exec(SUBTRACT, args![organization, merge.loser_id, merge.survivor_id])?;
    Ok(())
}

const COUNT_OF: &[(&str, &str)] = &[
    ("unit", "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("identifier", "SELECT COUNT(*) FROM catalog_identifier WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("price", "SELECT COUNT(*) FROM directory_price WHERE organization_id = $1 AND catalog_item_id = $2"),
    (
        "construct_item",
        "SELECT COUNT(*) FROM directory_construct_item WHERE organization_id = $1 AND catalog_item_id = $2",
    ),
    ("par_level", "SELECT COUNT(*) FROM stock_par WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("need", "SELECT COUNT(*) FROM event_need WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("request_line", "SELECT COUNT(*) FROM stock_request_line WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("quote_line", "SELECT COUNT(*) FROM event_quote_line WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("recall_line", "SELECT COUNT(*) FROM stock_recall_span WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("commission_rule", "SELECT COUNT(*) FROM commission_rule WHERE organization_id = $1 AND catalog_item_id = $2"),
    ("file", "SELECT COUNT(*) FROM file_link WHERE organization_id = $1 AND subject_id = $2 AND removed_at IS NULL"),
];
const PRICES_STAY: &str = "SELECT COUNT(*) FROM directory_price theirs WHERE theirs.organization_id = $1 \
    AND theirs.catalog_item_id = $2 AND EXISTS (SELECT 1 FROM directory_price mine WHERE mine.organization_id = $1 \
    AND mine.catalog_item_id = $3 AND mine.owner_id = theirs.owner_id)";

/// How many rows of what name an item: what a merge would move.
pub fn counts(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<Vec<(&'static str, i64)>> {
    let following = FOLLOWING.iter().map(|it| (it.kind, it.count));
    let all = COUNT_OF.iter().copied().chain(following);
    all.map(|(kind, sql)| Ok((kind, tx.one::<(i64,)>(sql, args![organization, item])?.map_or(0, |(n,)| n)))).collect()
}

const IDENTIFIERS_OF: &str =
    "SELECT identifier FROM catalog_identifier WHERE organization_id = $1 AND catalog_item_id = $2 ORDER BY identifier";
const ACTIVE: &str = "SELECT catalog_item_id, CAST(SUM(n) AS BIGINT) FROM stock_counter WHERE organization_id = $1 AND state <> 4 \
    AND catalog_item_id IN ({ids}) GROUP BY catalog_item_id";

/// Identifiers that name an item now, packages included.
pub fn identifiers_of(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<Vec<String>> {
    Ok(tx.all::<(String,)>(IDENTIFIERS_OF, args![organization, item])?.into_iter().map(|(it,)| it).collect())
}

/// (item, active units) of those that have any.
pub fn active_units(tx: &mut Tx, organization: Uuid, items: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    crate::bulk::all(tx, ACTIVE, args![organization], items)
}

/// Prices of the loser that stay with it, because the survivor has one of the same owner.
pub fn prices_that_stay(tx: &mut Tx, organization: Uuid, loser: Uuid, survivor: Uuid) -> Result<i64> {
    Ok(tx.one::<(i64,)>(PRICES_STAY, args![organization, loser, survivor])?.map_or(0, |(n,)| n))
}

const SAME_SERIAL: &str = "SELECT theirs.serial FROM stock_unit theirs JOIN stock_unit mine \
    ON mine.organization_id = theirs.organization_id AND mine.catalog_item_id = $3 AND mine.serial_key = theirs.serial_key \
    AND mine.active = 1 WHERE theirs.organization_id = $1 AND theirs.catalog_item_id = $2 AND theirs.active = 1 \
    AND theirs.serial_key <> '' ORDER BY theirs.serial LIMIT 5";
const ON_ONE_QUOTE: &str = "SELECT event.number FROM event_quote_line theirs JOIN event_quote_line mine \
    ON mine.organization_id = theirs.organization_id AND mine.event_id = theirs.event_id AND mine.catalog_item_id = $3 \
    JOIN event ON event.organization_id = theirs.organization_id AND event.id = theirs.event_id AND event.status = 'open' \
    WHERE theirs.organization_id = $1 AND theirs.catalog_item_id = $2 ORDER BY event.number LIMIT 5";
const ASKED_ACROSS: &str = "SELECT request.number FROM stock_request_line line JOIN stock_request_across across \
    ON across.organization_id = line.organization_id AND across.request_id = line.request_id \
    JOIN stock_request request ON request.organization_id = line.organization_id AND request.id = line.request_id \
    AND request.status IN ('submitted', 'in_part', 'sent') \
    WHERE line.organization_id = $1 AND line.catalog_item_id = $2 ORDER BY request.number LIMIT 5";

/// Serial numbers that active units of both have: one thing that was entered twice.
pub fn same_serials(tx: &mut Tx, organization: Uuid, loser: Uuid, survivor: Uuid) -> Result<Vec<String>> {
    let rows = tx.all::<(String,)>(SAME_SERIAL, args![organization, loser, survivor])?;
    Ok(rows.into_iter().map(|(serial,)| serial).collect())
}

/// Numbers of open events whose quote has a line of both.
pub fn quotes_of_both(tx: &mut Tx, organization: Uuid, loser: Uuid, survivor: Uuid) -> Result<Vec<i64>> {
    let rows = tx.all::<(i64,)>(ON_ONE_QUOTE, args![organization, loser, survivor])?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Numbers of requests for an item that a linked company answers, or asked, and that are not over.
pub fn asked_across(tx: &mut Tx, organization: Uuid, item: Uuid) -> Result<Vec<i64>> {
    let rows = tx.all::<(i64,)>(ASKED_ACROSS, args![organization, item])?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

const TWINS: &str = "SELECT id, number, number_key, description, udi_di, gtins, kind FROM catalog_item \
    WHERE organization_id = $1 AND manufacturer_id = $2 AND archived_at IS NULL ORDER BY number_key";

db::record! {
    /// What of an item is compared with others of its manufacturer.
    #[derive(Clone, Debug)]
    pub struct TwinRow {
        pub id: Uuid, pub number: String, pub number_key: String, pub description: String, pub udi_di: String, pub gtins: String,
        pub kind: String,
    }
}

/// Items in use of a manufacturer, by number.
pub fn of_manufacturer(tx: &mut Tx, organization: Uuid, manufacturer: Uuid) -> Result<Vec<TwinRow>> {
    tx.all(TWINS, args![organization, manufacturer])
}

const APART: &str = "SELECT one_id, other_id FROM catalog_twins_apart WHERE organization_id = $1 AND manufacturer_id = $2 \
    ORDER BY one_id, other_id";
const PUT_APART: &str = "INSERT INTO catalog_twins_apart (organization_id, one_id, other_id, manufacturer_id) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, one_id, other_id) DO NOTHING";
const FORGET_APART: &str =
    "DELETE FROM catalog_twins_apart WHERE organization_id = $1 AND one_id = $2 AND other_id = $3";

/// Pairs of a manufacturer that somebody said are two, the smaller id first.
pub fn apart(tx: &mut Tx, organization: Uuid, manufacturer: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    tx.all(APART, args![organization, manufacturer])
}

/// Says of a pair, the smaller id first, that it is two, or that it may be one after all. Gives whether that is news.
pub fn set_apart(tx: &mut Tx, organization: Uuid, pair: (Uuid, Uuid), manufacturer: Uuid, apart: bool) -> Result<bool> {
    let changed = match apart {
        true => tx.exec(PUT_APART, args![organization, pair.0, pair.1, manufacturer])?,
        false => tx.exec(FORGET_APART, args![organization, pair.0, pair.1])?,
    };
    Ok(changed > 0)
}
