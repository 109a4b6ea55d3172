//! Names of things by their ids, many at a time: what screens and papers write instead of ids.

use crate::reach::{Side, Viewer, condition};
use db::{FromRow, Result, Tx, Value};
use domain::people::Level;
use std::sync::LazyLock;
use uuid::Uuid;

/// Ids that are asked for in one statement.
const AT_ONCE: usize = 128;

db::record! {
    /// An item of the catalog, as it is named.
    #[derive(Debug, Clone)]
    pub struct ItemRow {
        pub id: Uuid,
        pub number: String,
        pub description: String,
        pub kind: String,
        pub reusable: bool,
        pub manufacturer_id: Uuid, pub geography: String,
    }
}

db::record! {
    /// A unit, as it is named.
    #[derive(Debug, Clone)]
    pub struct UnitRow {
        pub id: Uuid,
        pub catalog_item_id: Uuid,
        pub lot: String,
        pub serial: String,
        pub expires_on: Option<i64>,
    }
}

db::record! {
    /// An event, as it is named.
    #[derive(Debug, Clone)]
    pub struct EventRow {
        pub id: Uuid,
        pub number: i64,
        pub name: String,
        pub r#type: String,
        pub starts_at: i64,
        pub time_zone: String,
        pub day: i64,
    }
}

/// The rows of `head` (`SELECT … WHERE organization_id = $1`) whose ids are given. `more` is a condition with its arguments.
fn by_ids<T: FromRow>(
    tx: &mut Tx,
    head: &str,
    organization: Uuid,
    ids: &[Uuid],
    more: Option<&(String, Vec<Value>)>,
) -> Result<Vec<T>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(AT_ONCE) {
        // Few different lengths, so that few statements are prepared.
        let length = chunk.len().next_power_of_two();
        let mut args = vec![Value::Uuid(organization)];
        args.extend((0..length).map(|at| Value::Uuid(*chunk.get(at).unwrap_or(&chunk[0]))));
        let marks: Vec<String> = (2..length + 2).map(|at| format!("${at}")).collect();
        let mut sql = format!("{head} AND id IN ({})", marks.join(", "));
        if let Some((text, values)) = more {
            sql.push_str(" AND ");
            for piece in text.split_inclusive('?') {
                match piece.strip_suffix('?') {
                    Some(words) => {
                        let next = args.len() + 1;
                        let at = args.len() - length - 1;
                        args.push(values[at].clone());
                        sql.push_str(&format!("{words}${next}"));
                    }
                    None => sql.push_str(piece),
                }
            }
        }
        rows.extend(tx.all::<T>(sql.as_str(), &args)?);
    }
    Ok(rows)
}

/// Items of the catalog.
pub fn items(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<ItemRow>> {
    let head = "SELECT id, number, description, kind, reusable, manufacturer_id, geography FROM catalog_item WHERE organization_id = $1";
    let find = |tx: &mut Tx, ids: &[Uuid]| -> Result<Vec<(Uuid, ItemRow)>> {
        Ok(by_ids::<ItemRow>(tx, head, organization, ids, None)?.into_iter().map(|row| (row.id, row)).collect())
    };
    let rows = tx.remembered_rows("item", organization, ids, find)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// (id, name), remembered by the readers: the same few names stand on every page.
fn named(tx: &mut Tx, kind: &'static str, head: &str, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.remembered_rows(kind, organization, ids, |tx, ids| by_ids(tx, head, organization, ids, None))
}

/// Units.
pub fn units(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<UnitRow>> {
    let head = "SELECT id, catalog_item_id, lot, serial, expires_on FROM stock_unit WHERE organization_id = $1";
    by_ids(tx, head, organization, ids, None)
}

/// Manufacturers.
pub fn manufacturers(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    named(tx, "manufacturer", "SELECT id, name FROM catalog_manufacturer WHERE organization_id = $1", organization, ids)
}

/// Accounts.
pub fn people(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    named(tx, "person", "SELECT id, name FROM people_user WHERE organization_id = $1", organization, ids)
}

/// Locations.
pub fn locations(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    named(tx, "location", "SELECT id, name FROM directory_location WHERE organization_id = $1", organization, ids)
}

/// Places.
pub fn places(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    named(tx, "place", "SELECT id, name FROM directory_place WHERE organization_id = $1", organization, ids)
}

/// Events whose representative the viewer sees.
pub fn events(tx: &mut Tx, viewer: Viewer, ids: &[Uuid]) -> Result<Vec<EventRow>> {
    let head = "SELECT id, number, name, type, starts_at, time_zone, day FROM event WHERE organization_id = $1";
    let reach = condition(viewer, Side::Person, Level::See, "event.representative_id");
    by_ids(tx, head, viewer.organization, ids, reach.as_ref())
}

/// Where anything with an id of its own stands, with the prefix of its ids.
const KINDS: &[(&str, &str)] = &[
    ("evt", "event"),
    ("unt", "stock_unit"),
    ("trf", "stock_transfer"),
    ("req", "stock_request"),
    ("sor", "billing_sales_order"),
    ("inv", "billing_invoice"),
    ("crm", "billing_credit_memo"),
    ("usr", "people_user"),
    ("cus", "directory_customer"),
    ("loc", "directory_location"),
    ("phy", "directory_physician"),
    ("prc", "directory_procedure"),
    ("mfr", "catalog_manufacturer"),
    ("pln", "catalog_product_line"),
    ("cat", "catalog_item"),
    ("plc", "directory_place"),
    ("prl", "directory_price_list"),
    ("ptm", "directory_payment_terms"),
    ("pcd", "directory_preference_card"),
    ("rgn", "people_region"),
    ("bom", "stock_bom"),
    ("aud", "stock_count"),
    ("cpl", "stock_count_plan"),
    ("lnk", "organization_link"),
    ("crl", "commission_rule"),
    ("cst", "commission_statement"),
    ("opi", "billing_opening_invoice"),
    ("rcl", "stock_recall"),
    ("pol", "stock_pool"),
];

static KIND: LazyLock<String> = LazyLock::new(|| {
    let one = |(n, (_, table)): (usize, &(&str, &str))| {
        format!("SELECT CAST({n} AS BIGINT) AS kind FROM {table} WHERE organization_id = $1 AND id = $2")
    };
    KINDS.iter().enumerate().map(one).collect::<Vec<_>>().join(" UNION ALL ")
});

/// The prefix of an id whose kind is not known; None for what has no table of its own.
pub fn prefix_of(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<&'static str>> {
    if id == organization {
        return Ok(Some("org"));
    }
    let found = tx.one::<(i64,)>(KIND.as_str(), &[Value::Uuid(organization), Value::Uuid(id)])?;
    Ok(found.and_then(|(n,)| KINDS.get(n as usize)).map(|(prefix, _)| *prefix))
}
