//! What the machine can do at all: an HTTP server that answers from memory, the bare engine, single durable commits.

use crate::http::{Connection, Who};
use crate::load::{Seen, run};
use crate::server::Process;
use anyhow::{Context, Result};
use axum::Json;
use axum::Router;
use axum::routing::get;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// What one run measured of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Lists of 50 rows from memory, as JSON, a second.
    pub list: f64,
    /// One row from memory, as JSON, a second.
    pub row: f64,
}

/// A row with as many fields as a unit has.
#[derive(Serialize, Clone)]
struct Row {
    id: String,
    kind: &'static str,
    catalog_item_id: String,
    manufacturer_id: String,
    lot: String,
    serial: Option<String>,
    expires_on: &'static str,
    state: &'static str,
    custodian: Holder,
    container_id: Option<String>,
    reusable: bool,
    tags: Vec<String>,
    note: String,
    created_at: &'static str,
    version: i64,
}

#[derive(Serialize, Clone)]
struct Holder {
    r#type: &'static str,
    id: String,
}

fn row(n: usize) -> Row {
    let id = |prefix: &str| format!("{prefix}_01kas8q0s0fk3b2v0r7h4x{n:04}");
    Row {
        id: id("unt"),
        kind: "device",
        catalog_item_id: id("cat"),
        manufacturer_id: id("mfr"),
        lot: format!("L{n:06}"),
        serial: None,
        expires_on: "2028-04-30",
        state: "available",
        custodian: Holder { r#type: "user", id: id("usr") },
        container_id: None,
        reusable: false,
        tags: Vec::new(),
        note: String::new(),
        created_at: "2026-11-22T12:00:00Z",
        version: 1,
    }
}

/// The server that answers from memory, until it is killed.
pub fn serve_raw(port: u16) -> Result<()> {
    #[derive(Serialize)]
    struct Page {
        items: Vec<Row>,
        next_cursor: Option<String>,
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let rows: Vec<Row> = (0..50).map(row).collect();
        let router = Router::new()
            .route("/list", get(async move || Json(Page { items: rows.clone(), next_cursor: None })))
            .route("/row", get(async || Json(row(1))));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

/// Measures the HTTP side with the same load as everything else.
pub fn http(port: u16, seconds: f64) -> Result<(Seen, Seen)> {
    let itself = std::env::current_exe()?;
    let _server = Process::start(&itself, &["--raw-server", &port.to_string()], &[])?;
    let begun = Instant::now();
    while Connection::open(port).is_err() {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(10), "the raw server did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let get = |path: &'static str| {
        run(port, 32, seconds, move |it, _, _| Ok(it.get(path, &Who::Nobody, "application/json")?.status))
    };
    Ok((get("/list")?, get("/row")?))
}

/// Pages of 50 units, read by as many threads as there are cores with one prepared statement each, a second.
pub fn pages(file: &Path, seconds: f64) -> Result<f64> {
    let threads = std::thread::available_parallelism()?.get();
    let done: Result<Vec<usize>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(move || read_pages(file, seconds, n))).collect();
        workers.into_iter().map(|it| it.join().expect("a reading thread panicked")).collect()
    });
    Ok(done?.into_iter().sum::<usize>() as f64 / seconds)
}

fn read_pages(file: &Path, seconds: f64, thread: usize) -> Result<usize> {
    let connection = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let organization: Vec<u8> =
        connection.query_row("SELECT organization_id FROM stock_unit LIMIT 1", [], |row| row.get(0))?;
    let mut page = connection.prepare(
        "SELECT * FROM stock_unit WHERE organization_id = ?1 AND active = 1 AND expires_key > ?2 \
         ORDER BY expires_key, id LIMIT 50",
    )?;
    let first: i64 = connection.query_row("SELECT MIN(expires_key) FROM stock_unit", [], |row| row.get(0))?;
    let begun = Instant::now();
    let mut n = 0;
    while begun.elapsed().as_secs_f64() < seconds {
        let day = first + ((n * 37 + thread * 11) % 1400) as i64;
        let mut rows = page.query(rusqlite::params![organization, day])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            let width = row.as_ref().column_count();
            (0..width).for_each(|at| seen += usize::from(row.get_ref(at).is_ok()));
        }
        anyhow::ensure!(seen > 0, "an empty page");
        n += 1;
    }
    Ok(n)
}

/// Single durable commits a second: one row changed and one added, as the smallest honest transfer would, in a file beside
/// the database that is measured.
pub fn commits(beside: &Path, seconds: f64) -> Result<f64> {
    let folder = beside.parent().context("the database file has no folder")?;
    let folder = tempfile::tempdir_in(folder)?;
    let connection = rusqlite::Connection::open(folder.path().join("raw.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE unit (id INTEGER PRIMARY KEY, holder INTEGER NOT NULL);
         CREATE TABLE movement (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL, holder INTEGER NOT NULL);
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000) INSERT INTO unit SELECT n, 0 FROM n;",
    )?;
    let mut change = connection.prepare("UPDATE unit SET holder = ?2 WHERE id = ?1")?;
    let mut add = connection.prepare("INSERT INTO movement (unit, holder) VALUES (?1, ?2)")?;
    let begun = Instant::now();
    let mut n: i64 = 0;
    while begun.elapsed().as_secs_f64() < seconds {
        let unit = n * 7919 % 100_000 + 1;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        change.execute([unit, n])?;
        add.execute([unit, n])?;
        connection.execute_batch("COMMIT")?;
        n += 1;
    }
    Ok(n as f64 / begun.elapsed().as_secs_f64())
}
