//! What SQLite's planner is told about the size of things.
//!
//! Without figures the planner takes every equality for selective, above all the one on the organisation, which stands first
//! in every key here and selects nothing: it then walks whole tables. Figures measured on a young database would be as
//! misleading a year later. So the figures are fixed, those of a large organisation: plans are the same at every size, and
//! good where it counts.

use rusqlite::Connection;

/// Rows of every table.
const ROWS: u64 = 1_000_000;

/// How many different values a column has among [`ROWS`] of one organisation.
fn distinct(column: &str) -> u64 {
    match column {
        "organization_id" => 1,
        "active" | "open" | "counts" | "reusable" | "facility_stock" | "hub" => 2,
        "state" | "status" | "kind" | "type" | "role" | "usage" | "mode" | "source_type" => 5,
        "manufacturer_id" => 50,
        "custodian_id" | "user_id" | "actor_id" | "representative_id" | "distributor_id" | "sales_id" | "from_id"
        | "to_id" | "created_by" | "decided_by" | "region_id" => 500,
        "catalog_item_id" | "expires_key" | "day" | "day_on" => 2_000,
        "lot_key" | "token" | "customer_id" | "location_id" => 50_000,
        "id" | "unit_id" | "event_id" | "entry_id" | "transfer_id" | "serial_key" | "number" | "digest" => ROWS,
        _ => 1_000,
    }
}

/// The line of one index: all rows, then how many share the values of its first column, of its first two, and so on.
fn line(columns: &[String], unique: bool) -> String {
    let mut text = ROWS.to_string();
    let mut values: u64 = 1;
    for (place, column) in columns.iter().enumerate() {
        values = values.saturating_mul(distinct(column));
        let last = place + 1 == columns.len();
        let alike = if last && unique { 1 } else { (ROWS / values.min(ROWS)).max(1) };
        text.push_str(&format!(" {alike}"));
    }
    text
}

/// Writes the figures of every index of every table. Connections that open the database afterwards go by them.
pub(crate) fn write(connection: &Connection) -> rusqlite::Result<()> {
    // The table of figures cannot be made by hand; analysing a schema that holds nothing to analyse makes it.
    connection.execute_batch(
        "CREATE TABLE estimates_begin (n INTEGER); ANALYZE estimates_begin; DROP TABLE estimates_begin;",
    )?;
    connection.execute("DELETE FROM sqlite_stat1", [])?;
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    for table in tables {
        let mut indexes = connection.prepare("SELECT name, \"unique\", origin FROM pragma_index_list(?1)")?;
        let indexes = indexes
            .query_map([&table], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, String>(2)?))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for (index, unique, origin) in indexes {
            let mut columns = connection.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
            let columns = columns
                .query_map([&index], |row| Ok(row.get::<_, Option<String>>(0)?.unwrap_or_default()))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            // The primary key of a table without a row id is known to the planner by the table's own name.
            let known_as = if origin == "pk" { &table } else { &index };
            connection.execute(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)",
                [&table, known_as, &line(&columns, unique)],
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_selects_nothing_and_a_unique_key_one_row() {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(line(&columns(&["organization_id", "id"]), true), "1000000 1000000 1");
        assert_eq!(line(&columns(&["organization_id", "lot_key", "id"]), false), "1000000 1000000 20 1");
        assert_eq!(line(&columns(&["organization_id", "email"]), true), "1000000 1000000 1");
    }

    #[test]
    fn a_lot_is_looked_up_and_not_walked_for() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE unit (organization_id BLOB, id BLOB, lot_key TEXT, active INTEGER, \
                 PRIMARY KEY (organization_id, id)) WITHOUT ROWID; \
                 CREATE INDEX unit_lot ON unit (organization_id, lot_key, id);",
            )
            .unwrap();
        let plan = |connection: &Connection| {
            let sql =
                "EXPLAIN QUERY PLAN SELECT id FROM unit WHERE organization_id = 1 AND lot_key IN ('a') AND +active = 1";
            connection.query_row(sql, [], |row| row.get::<_, String>(3)).unwrap()
        };
        write(&connection).unwrap();
        connection.execute_batch("ANALYZE sqlite_schema").unwrap();
        assert!(plan(&connection).contains("unit_lot"), "{}", plan(&connection));
    }
}
