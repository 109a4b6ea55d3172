//! Generates data, runs the load on a server of its own, prints the table of speeds. Timing fails nothing.
//!
//! `cargo build --release && cargo run --release -p bench -- --units 1000000`

mod http;
mod load;

use anyhow::{Context, Result, bail};
use clap::Parser;
use http::Connection;
use load::{Seen, run};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Parser, Debug)]
struct Options {
    /// The database: an empty PostgreSQL one, or a SQLite file that is made.
    #[arg(long, default_value = "sqlite:///tmp/caseload-bench.db")]
    database_url: String,
    /// Keeps and uses the data of the run before.
    #[arg(long)]
    keep: bool,
    /// Units.
    #[arg(long, default_value_t = 1_000_000)]
    units: u64,
    /// People.
    #[arg(long, default_value_t = 500)]
    users: u64,
    /// Customers.
    #[arg(long, default_value_t = 50_000)]
    customers: u64,
    /// Events.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// Seconds of load for each row.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The port of the server.
    #[arg(long, default_value_t = 18_080)]
    port: u16,
    /// The program.
    #[arg(long, default_value = "target/release/caseload")]
    program: PathBuf,
}

const EMAIL: &str = "ada@bench.test";

/// A running server; it ends with this value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (_, made) = timed(|| prepare(&options))?;
    println!("data made in {made:.1} s");
    let (server, started) = start(&options)?;
    let token = token(&options, EMAIL)?;
    let rep = token_of_a_rep(&options, &token)?;
    row("start to first answer", "<= 200 ms", &format!("{started:.0} ms"));
    row("idle memory", "<= 60 MB", &format!("{:.0} MB", resident(&server)?));
    let size = std::fs::metadata(&options.program)?.len() as f64 / 1e6;
    row("binary", "<= 60 MB", &format!("{size:.0} MB"));
    reads(&options, &token, &rep)?;
    transfers(&options, &token)?;
    export(&options, &token, &server)?;
    Ok(())
}

fn row(what: &str, wanted: &str, seen: &str) {
    println!("| {what:<58} | {wanted:>24} | {seen:>44} |");
}

fn rate(seen: &Seen) -> String {
    let bad = if seen.bad > 0 { format!(", {} bad", seen.bad) } else { String::new() };
    format!("{:.0}/s, p50 {:.1} p95 {:.1} p99 {:.1} ms{bad}", seen.per_second, seen.p50, seen.p95, seen.p99)
}

fn timed<T>(f: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = Instant::now();
    let value = f()?;
    Ok((value, start.elapsed().as_secs_f64()))
}

fn caseload(options: &Options, arguments: &[String]) -> Result<String> {
    let output = Command::new(&options.program)
        .args(arguments)
        .args(["--database-url", &options.database_url])
        .env("CASELOAD_PASSWORD", "a long enough password")
        .stderr(Stdio::inherit())
        .output()
        .context("the program cannot be run; build it with cargo build --release")?;
    if !output.status.success() {
        bail!("caseload {} failed", arguments.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn prepare(options: &Options) -> Result<()> {
    if options.keep {
        return Ok(());
    }
    if let Some(file) = options.database_url.strip_prefix("sqlite://") {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{file}{end}"));
        }
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    caseload(options, &words(&format!("init --organization Bench --kind distributor --email {EMAIL} --name Ada")))?;
    let Options { units, users, customers, events, .. } = options;
    caseload(
        options,
        &words(&format!("generate --units {units} --users {users} --customers {customers} --events {events} --seed 7")),
    )?;
    Ok(())
}

fn start(options: &Options) -> Result<(Server, f64)> {
    let begun = Instant::now();
    let child = Command::new(&options.program)
        .args(["serve", "--listen", &format!("127.0.0.1:{}", options.port), "--database-url", &options.database_url])
        .env("RUST_LOG", "warn")
        .spawn()?;
    let server = Server(child);
    while begun.elapsed() < Duration::from_secs(30) {
        if let Ok(mut connection) = Connection::open(options.port)
            && connection.send_with("GET", "/readyz", "", b"").is_ok_and(|answer| answer.status == 200)
        {
            return Ok((server, begun.elapsed().as_secs_f64() * 1000.0));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    bail!("the server did not start")
}

fn token(options: &Options, email: &str) -> Result<String> {
    let text = caseload(options, &["token".into(), "--email".into(), email.to_owned()])?;
    Ok(text.lines().last().unwrap_or_default().to_owned())
}

fn token_of_a_rep(options: &Options, admin: &str) -> Result<String> {
    let mut connection = Connection::open(options.port)?;
    let people = connection.json("/api/v1/users?role=sales&limit=1", admin)?;
    token(options, people["items"][0]["email"].as_str().context("no rep was generated")?)
}

/// Resident memory in megabytes.
fn resident(server: &Server) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{}/status", server.0.id()))?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1000.0)
}

fn reads(options: &Options, admin: &str, rep: &str) -> Result<()> {
    let mut connection = Connection::open(options.port)?;
    let page = connection.json("/api/v1/units?limit=500", admin)?;
    let units: Vec<Value> = page["items"].as_array().cloned().unwrap_or_default();
    let text = |unit: &Value, field: &str| unit[field].as_str().unwrap_or_default().to_owned();
    let get = |path: &str, token: &str, accept: &'static str| -> Result<Seen> {
        run(options.port, 32, options.seconds, |it, _, _| it.send("GET", path, token, accept, b""))
    };
    let json = "application/json";
    let wanted = ">= 5000/s, p99 <= 20 ms";
    row("list of 50 units, office", wanted, &rate(&get("/api/v1/units?sort=expires_on&state=available", admin, json)?));
    row("list of 50 units, rep", wanted, &rate(&get("/api/v1/units?sort=expires_on&state=available", rep, json)?));
    let detail = run(options.port, 32, options.seconds, |it, thread, n| {
        let unit = &units[(thread * 31 + n) % units.len()];
        it.send("GET", &format!("/api/v1/units/{}", text(unit, "id")), admin, json, b"")
    })?;
    row("one unit with its custody", ">= 10000/s", &rate(&detail));
    let search = run(options.port, 4, options.seconds, |it, thread, n| {
        let unit = &units[(thread * 31 + n) % units.len()];
        it.send("GET", &format!("/api/v1/units?q={}", text(unit, "lot")), rep, json, b"")
    })?;
    row("search by lot, rep", "p95 <= 5 ms", &rate(&search));
    for sort in ["name", "-orders_total", "-last_order_on", "billing_status"] {
        let seen = run(options.port, 4, options.seconds, |it, _, _| {
            it.send("GET", &format!("/api/v1/customers?sort={sort}"), admin, json, b"")
        })?;
        row(&format!("customers by {sort}"), "p95 <= 30 ms", &rate(&seen));
    }
    row("events, newest first, office", "", &rate(&get("/api/v1/events?sort=-starts_at", admin, json)?));
    row(
        "dashboard, rep",
        "<= 30 ms",
        &rate(&run(options.port, 4, options.seconds, |it, _, _| it.send("GET", "/api/v1/dashboard", rep, json, b""))?),
    );
    Ok(())
}

/// Every client sends units of its own to a rep.
fn transfers(options: &Options, admin: &str) -> Result<()> {
    const CLIENTS: usize = 32;
    let mut connection = Connection::open(options.port)?;
    let people = connection.json("/api/v1/users?role=sales&limit=50", admin)?;
    let recipients: Vec<String> = people["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["id"].as_str().map(str::to_owned))
        .collect();
    let mut units = Vec::new();
    let mut cursor = String::new();
    while units.len() < 40_000 {
        let page =
            connection.json(&format!("/api/v1/units?limit=500&state=available&facility_stock=false{cursor}"), admin)?;
        for unit in page["items"].as_array().into_iter().flatten() {
            units.push((unit["id"].clone(), unit["custodian"].clone()));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let share = units.len() / CLIENTS;
    let seen = run(options.port, CLIENTS, options.seconds, |it, thread, n| {
        let (unit, from) = &units[thread * share + n % share];
        let to = recipients.iter().cycle().skip(n).find(|id| Some(id.as_str()) != from["id"].as_str());
        let body = json!({"from": from, "to": {"type": "user", "id": to}, "unit_ids": [unit]});
        it.send("POST", "/api/v1/transfers", admin, "application/json", body.to_string().as_bytes())
    })?;
    row("transfer of one unit, durable, 32 clients", ">= 2000/s", &rate(&seen));
    Ok(())
}

fn export(options: &Options, admin: &str, server: &Server) -> Result<()> {
    let mut connection = Connection::open(options.port)?;
    let (answer, took) = timed(|| connection.send("GET", "/api/v1/units?active=true,false", admin, "text/csv", b""))?;
    let lines = answer.body.iter().filter(|byte| **byte == b'\n').count();
    let memory = resident(server)?;
    row(
        "export of all units as CSV",
        "<= 10 s, <= 100 MB",
        &format!("{took:.1} s, {lines} lines, {memory:.0} MB after"),
    );
    Ok(())
}
