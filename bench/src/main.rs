//! Generates data, runs the load on a server of its own, prints the table of speeds. Timing fails nothing.
//!
//! Makes its data first: `cargo build --release && cargo run --release -p bench -- --record bench/RESULTS.md`. On a file that
//! `caseload generate` made before: `… -p bench -- --database big.db --record bench/RESULTS.md`; the run adds transfers, cases and
//! units to it.

mod directory;
mod http;
mod limits;
mod load;
mod money;
mod reads;
mod server;
mod table;
mod writes;

use anyhow::{Context, Result};
use clap::Parser;
use http::{Connection, Who};
use limits::Limits;
use load::timed;
use reads::Known;
use server::{ADMIN, Caseload, Cluster, Process};
use std::io::Write;
use std::path::{Path, PathBuf};
use table::{Table, Wanted};

/// What to measure.
#[derive(Parser, Debug)]
struct Options {
    /// Where the data is: a SQLite file that is made; `postgres` for a cluster of its own; or an empty PostgreSQL database.
    #[arg(long, default_value = "sqlite:///tmp/caseload-bench.db")]
    database_url: String,
    /// A SQLite file with generated data, used as it is; the same as its URL with `--keep`.
    #[arg(long)]
    database: Option<PathBuf>,
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
    /// About so many locations.
    #[arg(long, default_value_t = 100_000)]
    locations: u64,
    /// Orders of the past.
    #[arg(long, default_value_t = 0)]
    orders: u64,
    /// Events.
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// Seconds of load for each row.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// The port of the server; the next ones are used too.
    #[arg(long, default_value_t = 18_080)]
    port: u16,
    /// The program.
    #[arg(long, default_value = "target/release/caseload")]
    program: PathBuf,
    /// Only these parts: start, limits, lists, every, search, trace, customers, locations, others, transfers, bulk, cover,
    /// absence, submit, pdf, calendar, export, import, growth.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Adds the table to this file.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Answers from memory on this port; the tool starts itself so.
    #[arg(long, hide = true)]
    raw_server: Option<u16>,
}

/// One person with what they present.
struct Person {
    id: String,
    token: Who,
    session: Who,
}

/// Who asks: the whole organisation, a rep, a distributor with a group.
struct People {
    office: Person,
    rep: Person,
    distributor: Person,
}

impl People {
    fn each(&self) -> [(&'static str, &Person); 3] {
        [("office", &self.office), ("rep", &self.rep), ("distributor", &self.distributor)]
    }
}

/// The server under test and how long each row may take.
struct Bench {
    caseload: Caseload,
    seconds: f64,
}

fn main() -> Result<()> {
    let mut options = Options::parse();
    if let Some(file) = &options.database {
        anyhow::ensure!(
            file.is_file(),
            "{} is not there: make it with `caseload init` and `caseload generate`",
            file.display()
        );
        options.database_url = format!("sqlite://{}", file.display());
        options.keep = true;
    }
    if let Some(port) = options.raw_server {
        return limits::serve_raw(port);
    }
    let cluster = (options.database_url == "postgres").then(|| Cluster::start(options.port + 2)).transpose()?;
    let url = cluster.as_ref().map_or(&options.database_url, |cluster| &cluster.url).clone();
    let bench = Bench {
        caseload: Caseload { program: options.program.clone(), url, port: options.port },
        seconds: options.seconds,
    };
    let file = bench.caseload.url.strip_prefix("sqlite://").map(PathBuf::from);
    if !options.keep {
        let ((), took) = timed(|| bench.caseload.generate(&options))?;
        println!("data made in {took:.0} s");
    }
    let mut table = Table::new(if file.is_some() { 1.0 } else { 2.0 });
    measure(&options, &bench, file.as_deref(), &mut table)?;
    if let Some(path) = &options.record {
        record(path, &options, &table)?;
    }
    Ok(())
}

impl Caseload {
    fn generate(&self, options: &Options) -> Result<()> {
        if let Some(file) = self.url.strip_prefix("sqlite://") {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{file}{end}"));
            }
        }
        self.command(&["init", "--organization", "Bench", "--kind", "distributor", "--email", ADMIN, "--name", "Ada"])?;
        let sizes = [
            ("--units", options.units),
            ("--users", options.users),
            ("--customers", options.customers),
            ("--locations", options.locations),
            ("--orders", options.orders),
            ("--events", options.events),
        ];
        let sizes: Vec<String> = sizes.iter().flat_map(|(name, n)| [(*name).to_owned(), n.to_string()]).collect();
        let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
        self.command(&[&["generate", "--seed", "7"], sizes.as_slice()].concat())?;
        Ok(())
    }

    fn people(&self) -> Result<People> {
        let admin = self.token(ADMIN)?;
        let mut connection = Connection::open(self.port)?;
        let mut person = |filter: &str| -> Result<Person> {
            let page = connection.json(&format!("/api/v1/users?limit=1&{filter}"), &admin)?;
            let text = |field: &str| page["items"][0][field].as_str().map(str::to_owned);
            let (id, email) = text("id").zip(text("email")).context("nobody of a role was generated")?;
            // The session first: a token claims an account that nobody has claimed yet.
            let session = self.sign_in(&admin, &id, &email)?;
            Ok(Person { token: self.token(&email)?, session, id })
        };
        Ok(People {
            office: person("role=primary_admin")?,
            rep: person("role=sales")?,
            distributor: person("role=distributor")?,
        })
    }
}

fn measure(options: &Options, bench: &Bench, file: Option<&Path>, table: &mut Table) -> Result<()> {
    let on = |part: &str| options.only.is_empty() || options.only.iter().any(|it| it == part);
    let mut limits = Limits { list: f64::NAN, row: f64::NAN };
    if on("limits") || on("lists") {
        let (list, row) = limits::http(options.port + 1, options.seconds)?;
        limits = Limits { list: list.per_second, row: row.per_second };
        table.load("the machine: JSON list of 50 rows from memory", Wanted::Nothing, &list, None);
        table.load("the machine: one row from memory", Wanted::Nothing, &row, None);
    }
    if let Some(file) = file.filter(|_| on("limits")) {
        let pages = limits::pages(file, options.seconds)?;
        table.value("the machine: pages of 50 units, bare engine", Wanted::Nothing, pages, &format!("{pages:.0}/s"));
        let commits = limits::commits(file, options.seconds)?;
        table.value("the machine: single durable commits", Wanted::Nothing, commits, &format!("{commits:.0}/s"));
    }
    if on("start") {
        start(bench, table)?;
    }
    let (server, _) = bench.caseload.serve()?;
    let people = bench.caseload.people()?;
    let known = Known::learn(options.port, &people.office.token)?;
    // What cannot be measured is told, and keeps nothing else from being measured.
    let mut part = |name: &str, run: &mut dyn FnMut(&mut Table) -> Result<()>| {
        if on(name)
            && let Err(error) = run(table)
        {
            table.skipped(name, &format!("{error:#}").replace('\n', " "));
        }
    };
    part("lists", &mut |table| bench.lists(table, &limits, &people, &known));
    part("search", &mut |table| bench.search(table, &people, &known));
    part("every", &mut |table| bench.every_list(table, &people, &known));
    part("customers", &mut |table| bench.customer_lists(table, &people));
    part("locations", &mut |table| bench.location_lists(table, &people));
    part("others", &mut |table| bench.others(table, &people));
    part("trace", &mut |table| bench.trace(table, &people, &known));
    part("growth", &mut |table| growth(options, bench, &people, table));
    part("export", &mut |table| bench.export(table, &people, &server));
    part("transfers", &mut |table| bench.transfers(table, &people, file));
    part("cover", &mut |table| bench.cover(table, &people));
    part("absence", &mut |table| bench.absence(table, &people));
    part("submit", &mut |table| bench.submit(table, &people));
    part("pdf", &mut |table| bench.pdf(table, &people));
    part("calendar", &mut |table| bench.calendar(table, &people));
    part("bulk", &mut |table| bench.changes(table, &people));
    part("import", &mut |table| bench.import(table, &people, 100_000));
    Ok(())
}

/// Start to first answer, the quickest and the slowest of five; memory after a moment of rest; the size of the program.
fn start(bench: &Bench, table: &mut Table) -> Result<()> {
    let mut times = Vec::new();
    let mut idle = 0.0;
    for _ in 0..5 {
        let (server, took) = bench.caseload.serve()?;
        times.push(took);
        std::thread::sleep(std::time::Duration::from_millis(1500));
        idle = server.resident()?;
    }
    times.sort_by(f64::total_cmp);
    let text = format!("{:.0} to {:.0} ms", times[0], times[4]);
    table.value("start to first answer", Wanted::AtMost(200.0, "ms"), times[4], &text);
    table.value("idle memory", Wanted::AtMost(60.0, "MB"), idle, &format!("{idle:.0} MB"));
    let size = std::fs::metadata(&bench.caseload.program)?.len() as f64 / 1e6;
    table.value("binary", Wanted::AtMost(60.0, "MB"), size, &format!("{size:.0} MB"));
    Ok(())
}

/// The same list and detail on a small database of the same engine beside the large one.
fn growth(options: &Options, bench: &Bench, people: &People, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cluster = (!bench.caseload.url.starts_with("sqlite:")).then(|| Cluster::start(options.port + 3)).transpose()?;
    let url = match &cluster {
        Some(cluster) => cluster.url.clone(),
        None => format!("sqlite://{}", folder.path().join("small.db").display()),
    };
    let small =
        Bench { caseload: Caseload { url, port: options.port + 4, ..bench.caseload.clone() }, seconds: bench.seconds };
    let share = |n: u64| (n * 10_000 / options.units.max(10_000)).max(10);
    small.caseload.generate(&Options {
        units: 10_000,
        users: share(options.users),
        customers: share(options.customers),
        locations: share(options.locations),
        orders: share(options.orders),
        events: share(options.events),
        ..Options::parse()
    })?;
    let (_server, _): (Process, f64) = small.caseload.serve()?;
    let admin = small.caseload.token(ADMIN)?;
    let ((few_list, few_one), (many_list, many_one)) = (small.alone(&admin)?, bench.alone(&people.office.token)?);
    for (what, few, many) in [("list", few_list, many_list), ("detail", few_one, many_one)] {
        let ratio = many / few;
        let text = format!("{ratio:.2} times: {few:.2} ms and {many:.2} ms");
        let what = format!("growth of {what} time from 10,000 to {} units", options.units);
        table.value(&what, Wanted::AtMost(1.3, "times"), ratio, &text);
    }
    Ok(())
}

fn record(path: &Path, options: &Options, table: &Table) -> Result<()> {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output();
        output.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned()).unwrap_or_default()
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]);
    let dirty = if git(&["status", "--porcelain", "--untracked-files=no"]).is_empty() { "" } else { " and changes" };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let engine = if options.database_url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
    let Options { units, users, customers, locations, orders, events, seconds, .. } = options;
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    writeln!(
        file,
        "\n## {engine}, {commit}{dirty}\n\n{units} units, {users} people, {customers} customers, {locations} locations, {orders} orders, {events} events; {cores} cores, the \
         load tool on the same ones; {seconds} s a row.\n\n{}",
        table.markdown()
    )?;
    Ok(())
}
