//! Every statement that a test runs is explained when that test ends: nothing reads a large table from end to end.
//!
//! SQLite's plans go by fixed figures (see `db::estimates`), so they are the same here as on a large database. PostgreSQL is
//! asked whether it could do without reading whole tables.

use db::{Engine, Options, Tx, Value, Watch};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use store::Db;

/// Tables that stay small whatever an organisation does, and queues that are emptied: reading all of them is fine.
const SMALL: &[&str] = &[
    "organization",
    "organization_link",
    "organization_link_supply",
    "people_region",
    "people_user",
    "people_representative",
    "catalog_manufacturer",
    "catalog_product_line",
    "directory_payment_terms",
    "directory_price_list",
    "directory_place",
    "directory_procedure",
    "directory_territory",
    "directory_view",
    "stock_bom",
    "stock_count_plan",
    "stock_draft",
    "stock_par",
    "stock_pool",
    "stock_pool_person",
    "stock_recall",
    "stock_recall_span",
    "journal_pending",
    "journal_seal",
    "engine_outbox",
    "engine_job",
    "engine_preview",
    "engine_number",
    "stock_total",
    "coverage_place",
    "people_absence",
    "directory_tag",
    "directory_import_mapping",
    "directory_figure_day",
    "directory_construct",
    "accounting_setting",
    "accounting_export",
    "commission_rule",
    "commission_statement",
];

/// Statements that read a whole large table because that is what they are for: a piece of the text, the table's name in it,
/// and why.
const MEANT: &[(&str, &str, &str)] = &[
    (") counted", "entry", "a count of all that was asked for"),
    (") counted", "event", "a count of all that was asked for"),
    (") counted", "item", "a count of all that was asked for"),
    (") counted", "customer", "a count of all that was asked for"),
    (") counted", "location", "a count of all that was asked for"),
    ("SUM(locations_count)", "directory_customer", "all locations are counted, by customers that know how many"),
    ("SUM(standing.site_expiring)", "customer", "everything that was asked for is added up"),
    ("SUM(standing.site_expiring)", "location", "everything that was asked for is added up"),
    (") counted", "request", "a count of all that was asked for"),
    (") counted", "quote", "a count of all that was asked for"),
    (") counted", "stock_count", "a count of all that was asked for"),
    ("CAST(SUM(found) AS BIGINT)", "stock_count", "the counts of a year are summed by custodian"),
    (") counted", "physician", "a count of all that was asked for"),
    ("SELECT COUNT(*) FROM stock_transfer transfer", "transfer", "a count of all that was asked for"),
    ("SELECT COUNT(*) FROM journal_entry WHERE organization_id = $1", "journal_entry", "a whole journal is verified"),
    ("SELECT actor_id, subject_id, person, custody", "people_reach", "reach is made anew after people changed"),
    ("SELECT id, manufacturer_id, number, description", "catalog_item", "an import knows every item"),
    (
        "SELECT COALESCE(merged_into_id, id), manufacturer_id, number_key FROM",
        "catalog_item",
        "an import knows every item",
    ),
    ("SELECT identifier, catalog_item_id FROM", "catalog_identifier", "an import knows every identifier"),
    ("SELECT id, customer_id, code_key, name_key FROM", "directory_location", "an import knows every location"),
    ("SELECT id, number_key, name_key FROM", "directory_customer", "an import knows every customer"),
    (
        "FROM directory_preference_card WHERE organization_id = $1 AND lines LIKE",
        "directory_preference_card",
        "a merge of items",
    ),
    ("DELETE FROM auth_token", "auth_token", "housekeeping"),
    ("DELETE FROM auth_link", "auth_link", "housekeeping"),
    ("DELETE FROM sign_in_attempt", "sign_in_attempt", "housekeeping"),
    ("DELETE FROM coverage_readiness", "known", "housekeeping"),
    ("earned.state = 'accrued'", "earned", "the index holds unpaid commission alone"),
];

/// Texts that were explained already, by engine.
static EXPLAINED: Mutex<Option<HashSet<u64>>> = Mutex::new(None);

fn known(engine: Engine, text: &str) -> bool {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let key = hasher.hash_one((engine == Engine::Sqlite, text));
    let mut all = EXPLAINED.lock().unwrap_or_else(PoisonError::into_inner);
    !all.get_or_insert_default().insert(key)
}

/// Collects the texts that a database runs and that were not explained yet.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<HashMap<String, Vec<Value>>>>, Arc<OnceLock<i64>>);

impl Statements {
    /// Options that make a database tell of its statements.
    pub fn options(&self, engine: Engine) -> Options {
        let new = self.0.clone();
        let watch = Watch(Arc::new(move |run| {
            let explains = run.sql.starts_with("EXPLAIN") || run.sql.starts_with("SET LOCAL");
            if !explains && !known(engine, run.sql) {
                let mut new = new.lock().unwrap_or_else(PoisonError::into_inner);
                new.insert(run.sql.to_owned(), run.args.to_vec());
            }
        }));
        Options { watch: Some(watch), ..Options::default() }
    }

    /// Takes the schema as it is for the whole one.
    pub async fn begin(&self, db: &Db) {
        let _ = self.1.set(indexes(db).await);
    }

    /// Explains what was collected; panics with the statements that read too much. A test that took an index away is left
    /// alone.
    pub async fn explain(&self, db: &Db) {
        if *self.1.get_or_init(|| 0) != indexes(db).await {
            return;
        }
        let new = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let new: BTreeMap<_, _> = new.into_iter().collect();
        let found = db.read(move |tx| faults(tx, new)).await.expect("every statement can be explained");
        assert!(found.is_empty(), "{} statements read too much:\n\n{}", found.len(), found.join("\n\n"));
    }
}

/// How many indexes there are.
async fn indexes(db: &Db) -> i64 {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index'",
        Engine::Postgres => "SELECT COUNT(*) FROM pg_indexes WHERE schemaname = 'public'",
    };
    db.read(move |tx| tx.one::<(i64,)>(sql, &[])).await.expect("the schema can be read").map_or(0, |(n,)| n)
}

/// What is wrong with statements: each with its text and the line of its plan.
pub fn faults(tx: &mut Tx, statements: impl IntoIterator<Item = (String, Vec<Value>)>) -> store::Result<Vec<String>> {
    let tables = tables(tx)?;
    let lite = tx.engine() == Engine::Sqlite;
    if !lite {
        tx.exec("SET LOCAL enable_seqscan = off", &[])?;
    }
    let mut found = Vec::new();
    for (text, args) in statements {
        let fault = if lite { lite_fault(tx, &text, &args, &tables)? } else { pg_fault(tx, &text, &args)? };
        if let Some(line) = fault.filter(|_| !is_of_a_test(&text)) {
            found.push(format!("{line}\n  in {text}"));
        }
    }
    Ok(found)
}

fn tables(tx: &mut Tx) -> store::Result<HashSet<String>> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    Ok(tx.all::<(String,)>(sql, &[])?.into_iter().map(|(name,)| name).collect())
}

/// `SCAN x` of a large table, or a search by the organisation alone that no limit bounds.
fn lite_fault(tx: &mut Tx, text: &str, args: &[Value], tables: &HashSet<String>) -> store::Result<Option<String>> {
    let explain = format!("EXPLAIN QUERY PLAN {text}");
    let plan = tx.all::<(i64, i64, i64, String)>(explain.as_str(), args)?;
    let names = aliases(text, tables);
    let made: HashSet<&str> = plan
        .iter()
        .filter_map(|(.., line)| line.strip_prefix("CO-ROUTINE ").or_else(|| line.strip_prefix("MATERIALIZE ")))
        .collect();
    let large = |name: &str| {
        let table = names.get(name).copied().filter(|table| !SMALL.contains(table));
        table.is_some() && !made.contains(name) && !is_meant(text, name)
    };
    let sorted =
        |parent: i64| plan.iter().any(|(_, of, _, line)| *of == parent && line == "USE TEMP B-TREE FOR ORDER BY");
    // A limit bounds the walk in whose order rows come, not what a subquery collects or a sort needs.
    let bounded = |parent: i64| {
        let mut above = parent;
        while let Some((_, next, _, line)) = plan.iter().find(|(id, ..)| *id == above) {
            if line.contains("LIST SUBQUERY") || line.contains("SCALAR SUBQUERY") {
                return line.contains("SCALAR");
            }
            above = *next;
        }
        text.contains(" LIMIT ") && !sorted(parent)
    };
    let fault = plan.iter().find(|(_, parent, _, line)| {
        let mut words = line.split(' ');
        let (first, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match first {
            "SCAN" => large(name),
            "SEARCH" => line.ends_with("(organization_id=?)") && large(name) && !bounded(*parent),
            _ => false,
        }
    });
    Ok(fault.map(|(.., line)| line.clone()))
}

/// Whether reading all of this table is what the statement is for.
fn is_meant(text: &str, name: &str) -> bool {
    MEANT.iter().any(|(piece, of, _)| text.contains(piece) && *of == name)
}

fn pg_fault(tx: &mut Tx, text: &str, args: &[Value]) -> store::Result<Option<String>> {
    let explain = format!("EXPLAIN {text}");
    let plan = tx.all::<(String,)>(explain.as_str(), args)?;
    let fault = plan.into_iter().map(|(line,)| line).find(|line| {
        let Some((_, rest)) = line.split_once("Seq Scan on ") else { return false };
        let mut names = rest.split(' ').take(2);
        !names.any(|name| SMALL.contains(&name) || is_meant(text, name))
    });
    Ok(fault)
}

/// Which table a name in a statement stands for: the word after a table's name, unless the grammar wants it there.
fn aliases<'t>(text: &'t str, tables: &HashSet<String>) -> HashMap<&'t str, &'t str> {
    const GRAMMAR: &[&str] = &[
        "ON", "WHERE", "SET", "ORDER", "GROUP", "LIMIT", "JOIN", "LEFT", "UNION", "VALUES", "SELECT", "USING", "EXCEPT",
    ];
    let mut words = text.split([' ', '\n', '(', ')', ',']).filter(|word| !word.is_empty()).peekable();
    let mut names = HashMap::new();
    while let Some(word) = words.next() {
        if !tables.contains(word) {
            continue;
        }
        let next = words.peek().copied().filter(|next| !GRAMMAR.contains(next));
        names.insert(next.unwrap_or(word), word);
        names.insert(word, word);
    }
    names
}

/// Whether a statement stands in the source of a test: tests look at whole tables of a few rows.
fn is_of_a_test(text: &str) -> bool {
    static SOURCES: OnceLock<String> = OnceLock::new();
    let sources = SOURCES.get_or_init(|| {
        let mut all = String::new();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for folder in fs::read_dir(crates).expect("the crates").flatten() {
            sources_under(&folder.path().join("tests"), &mut all);
        }
        all
    });
    sources.contains(text) || text.contains("= x'")
}

fn sources_under(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources_under(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = fs::read_to_string(&path).expect("a source file");
            let mut lines = source.split("\\\n");
            all.push_str(lines.next().unwrap_or_default());
            lines.for_each(|line| all.push_str(line.trim_start()));
        }
    }
}
