//! The storage port: one SQL text, two engines, the driver hidden below the statement.
//!
//! `db.write(|tx| …)` runs a closure as one durable unit of work, `db.read(|tx| …)` on a consistent snapshot. Closures
//! are plain synchronous code without effects outside `tx`, because a unit may be run again. Statements use `$1…$n`;
//! where the engines truly differ, [`Sql`] holds a pair. Write `NULLS FIRST|LAST` always, compare stored folded keys,
//! and never rely on an engine's collation.

mod error;
mod estimates;
mod lite;
mod memory;
mod migrate;
mod pg;
mod queue;
mod tls;
mod tx;
mod value;

pub use error::{ConstraintKind, Error, Result, Unavailable, UnitError};
pub use migrate::{Migration, SchemaState};
pub use tx::{Engine, Sql, Statement, Tx};
pub use value::{Cell, FromRow, FromValue, Row, ToValue, Value};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Limits and sizes; the defaults suit a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// SQLite: reading threads, each with a connection.
    pub readers: usize,
    /// SQLite: units of work, and reads, that may wait before further ones are refused.
    pub queue_max: usize,
    /// SQLite: units of work in one commit.
    pub group_units: usize,
    /// SQLite: time after which a group takes in no more units.
    pub group_time: Duration,
    /// SQLite: how long another process may hold the write lock.
    pub busy_timeout: Duration,
    /// SQLite: page cache of each connection, in bytes.
    pub cache_bytes: u64,
    /// SQLite: pages of the writer's cache, and pages that a unit of work may change before some are written ahead of the
    /// commit: what is written early is often written again.
    pub writer_pages: (u32, u32),
    /// SQLite: the size that the write-ahead log is kept below, in bytes.
    pub log_max_bytes: u64,
    /// PostgreSQL: connections.
    pub pool_size: usize,
    /// PostgreSQL: how long a unit waits for a connection.
    pub pool_timeout: Duration,
    /// PostgreSQL: how long a statement waits for a lock.
    pub lock_timeout: Duration,
    /// The time limit of a unit of work, its retries included.
    pub unit_limit: Duration,
    /// The time limit of a read.
    pub read_limit: Duration,
    /// Looks on while statements run: for tests.
    pub watch: Option<Watch>,
}

/// Told of every statement that was run to its end or to its last wanted row.
#[derive(Clone)]
pub struct Watch(pub Arc<dyn Fn(&Watched<'_>) + Send + Sync>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

/// A statement that was run.
#[derive(Debug)]
pub struct Watched<'s> {
    /// Its text for this engine.
    pub sql: &'s str,
    /// Its text for PostgreSQL, where that differs.
    pub pg: &'s str,
    /// Its arguments.
    pub args: &'s [Value],
    /// Steps of SQLite's machine: some ten for each row that was looked at; 0 on PostgreSQL.
    pub steps: u64,
}

impl Default for Options {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            // Threads of their own cost a quarter of the CPU time that a shared blocking pool did per small read.
            readers: (cores * 2).clamp(4, 32),
            queue_max: 4096,
            group_units: 64,
            group_time: Duration::from_millis(20),
            busy_timeout: Duration::from_secs(5),
            // Measured on a million rows: more brings nothing, the system caches the file.
            cache_bytes: 4 << 20,
            writer_pages: (2_000, 16_000),
            log_max_bytes: 64 << 20,
            pool_size: (cores * 4).clamp(8, 64),
            pool_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
            unit_limit: Duration::from_secs(10),
            read_limit: Duration::from_secs(60),
            watch: None,
        }
    }
}

/// Counters for a metrics page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Units of work that wait now.
    pub queue: usize,
    /// Reads that wait now (SQLite).
    pub reads_waiting: usize,
    /// Durable commits so far.
    pub groups: u64,
    /// Units of work answered so far.
    pub units: u64,
    /// Units of work run again so far.
    pub retries: u64,
    /// Reads so far.
    pub reads: u64,
    /// Bytes in the write-ahead log after the last commit (SQLite).
    pub log_bytes: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    groups: AtomicU64,
    units: AtomicU64,
    retries: AtomicU64,
    reads: AtomicU64,
}

impl Counters {
    fn stats(&self) -> Stats {
        Stats {
            groups: self.groups.load(Relaxed),
            units: self.units.load(Relaxed),
            retries: self.retries.load(Relaxed),
            reads: self.reads.load(Relaxed),
            ..Stats::default()
        }
    }
}

/// A database. Clones share it.
#[derive(Clone)]
pub struct Db(Arc<Carrier>);

enum Carrier {
    Lite(lite::Lite),
    Pg(Box<pg::Pg>),
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Db").field(&self.engine()).finish()
    }
}

impl Db {
    /// Opens `sqlite://path` (made if it is not there) or `postgres://…`. Refuses a server that may lose acknowledged
    /// writes. Does not touch the schema.
    pub async fn open(url: &str, options: Options) -> Result<Db> {
        let carrier = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(Error::Refused("the URL names no file: sqlite://path/to/file.db".into()));
            }
            Carrier::Lite(lite::Lite::open(Path::new(path), options)?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Carrier::Pg(Box::new(pg::Pg::open(url, options).await?))
        } else {
            return Err(Error::Refused("a database URL starts with sqlite:// or postgres://".into()));
        };
        Ok(Db(Arc::new(carrier)))
    }

    /// Runs one unit of work and answers after its durable commit. An error or a panic of the closure rolls it back.
    /// The closure may run several times: it has no effect outside `tx`.
    pub async fn write<T: Send + 'static, E: UnitError>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Carrier::Lite(lite) => lite.write(f)?.await.unwrap_or_else(|_| Err(Error::closed().into())),
            Carrier::Pg(pg) => pg.write(f).await,
        }
    }

    /// Runs a closure on one consistent snapshot; it cannot write.
    pub async fn read<T: Send + 'static, E: UnitError>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Carrier::Lite(lite) => lite.read(f)?.await.unwrap_or_else(|_| Err(Error::closed().into())),
            Carrier::Pg(pg) => pg.read(f).await,
        }
    }

    /// [`Db::write`] for a thread that is not driving async code; panics inside async code.
    pub fn write_blocking<T: Send + 'static, E: UnitError>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Carrier::Lite(lite) => lite.write(f)?.blocking_recv().unwrap_or_else(|_| Err(Error::closed().into())),
            Carrier::Pg(pg) => pg.block_on(pg.write(f)),
        }
    }

    /// [`Db::read`] for a thread that is not driving async code; panics inside async code.
    pub fn read_blocking<T: Send + 'static, E: UnitError>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Carrier::Lite(lite) => lite.read(f)?.blocking_recv().unwrap_or_else(|_| Err(Error::closed().into())),
            Carrier::Pg(pg) => pg.block_on(pg.read(f)),
        }
    }

    /// Applies the migrations that are not applied yet, in order; their names. Refuses when an applied one differs from
    /// the known one, is unknown, or was skipped.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<Vec<String>> {
        match &*self.0 {
            Carrier::Lite(lite) => migrate::migrate_lite(lite, migrations).await,
            Carrier::Pg(pg) => migrate::migrate_pg(pg, migrations).await,
        }
    }

    /// Lets a role of PostgreSQL serve: read and write rows, but change neither the schema nor what stands in the tables of
    /// `append`. To be repeated after every migration that adds tables. The role must exist.
    pub async fn grant(&self, role: &str, append: &[&str]) -> Result<()> {
        match &*self.0 {
            Carrier::Lite(_) => {
                Err(Error::Refused("roles are for PostgreSQL; SQLite has one file and one owner".into()))
            }
            Carrier::Pg(pg) => migrate::grant_pg(pg, role, append).await,
        }
    }

    /// Compares the schema to the migrations, changing nothing.
    pub async fn schema_state(&self, migrations: &[Migration]) -> Result<SchemaState> {
        match &*self.0 {
            Carrier::Lite(lite) => migrate::state_lite(lite, migrations).await,
            Carrier::Pg(pg) => migrate::state_pg(pg, migrations).await,
        }
    }

    /// Copies a SQLite database, as of one moment and while it is in use, into a new file and checks the copy.
    /// A PostgreSQL database is backed up with the server's own tools.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref().to_owned();
        match &*self.0 {
            Carrier::Lite(lite) => lite.aside(move |connection| lite::backup(connection, &path)).await,
            Carrier::Pg(_) => Err(Error::Backup("use pg_dump, or the server's continuous archiving".into())),
        }
    }

    /// Which engine carries this database.
    pub fn engine(&self) -> Engine {
        match &*self.0 {
            Carrier::Lite(_) => Engine::Sqlite,
            Carrier::Pg(_) => Engine::Postgres,
        }
    }

    /// Whether a statement is answered.
    pub async fn ping(&self) -> Result<()> {
        self.read(|tx| tx.one::<(i64,)>("SELECT 1", args![])).await.map(drop)
    }

    /// Counters for a metrics page.
    pub fn stats(&self) -> Stats {
        match &*self.0 {
            Carrier::Lite(lite) => lite.stats(),
            Carrier::Pg(pg) => pg.stats(),
        }
    }

    /// Finishes what is queued and ends the threads and connections; other clones are of no more use.
    pub async fn close(self) {
        match &*self.0 {
            Carrier::Lite(lite) => lite.close().await,
            Carrier::Pg(pg) => pg.close().await,
        }
    }
}
