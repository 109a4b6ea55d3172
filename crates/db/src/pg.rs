//! PostgreSQL: a pool of connections on a small runtime of its own, so that it serves callers of any runtime or none.
//!
//! A unit of work is a synchronous closure on a blocking thread; each statement is one round trip, the first one carries
//! `BEGIN` with it. Units are READ COMMITTED and are retried whole when they lose against another transaction; reads
//! are REPEATABLE READ READ ONLY.

use crate::error::Unavailable;
use crate::tx::{Settled, Tx, Visit};
use crate::value::{Row, RowRef};
use crate::{Counters, Error, Options, Result, Stats, UnitError, Value, Watch};
use deadpool_postgres::{ClientWrapper, Hook, HookError, Manager, Object, Pool, PoolError, Runtime};
use futures_util::{FutureExt, TryStreamExt, future};
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime as Tokio};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// The setting that row-level security looks at.
pub(crate) const ORGANIZATIONS: &str = "caseload.organizations";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Prepared statements kept per connection; composed texts would otherwise pile up on the server.
const STATEMENTS_CACHED: usize = 512;
/// The oldest server that is supported.
const VERSION_MIN: i64 = 150_000;
/// Rows that are read and dropped after a visitor wants no more, before the connection is given up instead.
const ROWS_DROPPED_MAX: usize = 10_000;
/// The longest pause before a retry.
const PAUSE_MAX_MS: u64 = 100;

pub(crate) struct Pg {
    pool: Pool,
    config: Config,
    tls: MakeRustlsConnect,
    options: Options,
    counters: Arc<Counters>,
    runtime: Option<Tokio>,
}

impl Pg {
    pub(crate) async fn open(url: &str, options: Options) -> Result<Self> {
        let (mut config, tls) = crate::tls::open(url)?;
        if config.get_application_name().is_none() {
            config.application_name("caseload");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.pool_timeout);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(options.pool_size + 4)
            .thread_name("db-pg")
            .enable_all()
            .build()
            .map_err(|error| Error::Refused(format!("cannot start a runtime: {error}")))?;
        let settings: Arc<str> = session_settings(&options).into();
        let set = Hook::async_fn(move |client: &mut ClientWrapper, _| {
            let settings = settings.clone();
            Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(Manager::new(config.clone(), tls.clone()))
            .post_create(set)
            .max_size(options.pool_size)
            .wait_timeout(Some(options.pool_timeout))
            .create_timeout(Some(options.pool_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Refused(error.to_string()))?;
        let pg = Self { pool, config, tls, options, counters: Arc::default(), runtime: Some(runtime) };
        pg.check_server().await?;
        Ok(pg)
    }

    fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("present until dropped").handle()
    }

    /// Drives a future from a thread without a runtime.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle().block_on(future)
    }

    async fn session(&self, begin: &'static str) -> Result<Session> {
        // New connections and timers belong to the runtime of the pool, whoever asks for them.
        let mut get = pin!(self.pool.get());
        let got = future::poll_fn(|context| {
            let _inside = self.handle().enter();
            get.as_mut().poll(context)
        })
        .await;
        let client = got.map_err(|error| match error {
            PoolError::Timeout(_) => Error::Unavailable(Unavailable::PoolTimeout),
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Error::from_pg(error, "")
            }
            _ => Error::closed(),
        })?;
        Ok(Session {
            client: Some(client),
            runtime: self.handle().clone(),
            begin,
            begun: false,
            organizations: Vec::new(),
        })
    }

    pub(crate) async fn read<T: Send + 'static, E: UnitError>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let mut session = self.session(BEGIN_READ).await?;
        self.counters.reads.fetch_add(1, Relaxed);
        let watch = self.options.watch.clone();
        let run = self.handle().spawn_blocking(move || {
            let settled = Tx::pg(&mut session, watch.as_ref()).settle(f);
            session.end_read();
            settled.outcome
        });
        run.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    pub(crate) async fn write<T: Send + 'static, E: UnitError>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let mut session = self.session(BEGIN_WRITE).await?;
        let (limit, counters, watch) = (self.options.unit_limit, self.counters.clone(), self.options.watch.clone());
        let run = self.handle().spawn_blocking(move || {
            let started = Instant::now();
            for attempt in 0.. {
                let settled = session.unit(watch.as_ref(), &f);
                if !settled.retryable || started.elapsed() >= limit {
                    counters.units.fetch_add(1, Relaxed);
                    counters.groups.fetch_add(1, Relaxed);
                    return settled.outcome;
                }
                counters.retries.fetch_add(1, Relaxed);
                std::thread::sleep(pause(attempt));
            }
            unreachable!("the loop ends by its time limit")
        });
        run.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    /// A connection outside the pool and without time limits: migrations.
    pub(crate) async fn aside<T, F>(&self, f: impl FnOnce(Client) -> F + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let (config, tls) = (self.config.clone(), self.tls.clone());
        let run = self.handle().spawn(async move {
            let (client, connection) = config.connect(tls).await.map_err(|error| Error::from_pg(error, ""))?;
            let driver = tokio::spawn(connection);
            let done = f(client).await;
            let _ = driver.await;
            done
        });
        run.await.unwrap_or(Err(Error::Panicked))
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats { queue: self.pool.status().waiting, ..self.counters.stats() }
    }

    pub(crate) async fn close(&self) {
        self.pool.close();
        // What runs now holds a connection until it has committed.
        let wait_until = Instant::now() + self.options.unit_limit;
        while self.pool.status().size > 0 && Instant::now() < wait_until {
            let _ = self.handle().spawn(tokio::time::sleep(Duration::from_millis(5))).await;
        }
    }

    /// Refuses a server that may lose what it acknowledged.
    async fn check_server(&self) -> Result<()> {
        const NAMES: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];
        let sql = "SELECT current_setting(name, true)
                     FROM unnest(ARRAY['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums',
                                       'server_encoding', 'server_version_num', 'data_sync_retry']) WITH ORDINALITY AS s (name, place)
                    ORDER BY place";
        let rows = self.read(move |tx| tx.all::<(Option<String>,)>(sql, &[])).await?;
        let is = |place: usize| rows.get(place).and_then(|row| row.0.as_deref());
        if is(5).and_then(|version| version.parse().ok()).unwrap_or(0) < VERSION_MIN {
            return Err(Error::Refused("PostgreSQL 15 or later is needed".into()));
        }
        if is(4) != Some("UTF8") {
            return Err(Error::Refused("the database must be encoded in UTF8".into()));
        }
        if let Some(place) = (0..NAMES.len()).find(|place| is(*place) == Some("off")) {
            let name = NAMES[place];
            return Err(Error::Refused(format!("the server may lose acknowledged writes: turn {name} on")));
        }
        if is(6) == Some("on") {
            return Err(Error::Refused("the server may lose acknowledged writes: turn data_sync_retry off".into()));
        }
        if is(3) != Some("on") {
            tracing::warn!("the server keeps no data checksums; initdb --data-checksums or pg_checksums adds them");
        }
        Ok(())
    }
}

impl Drop for Pg {
    fn drop(&mut self) {
        // A plain drop would wait, which is forbidden inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn session_settings(options: &Options) -> String {
    let longest = options.unit_limit.max(options.read_limit);
    format!(
        "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
        longest.as_millis(),
        options.lock_timeout.as_millis(),
        longest.as_millis() * 2,
    )
}

/// A random pause that grows with the attempts, so that losers do not meet again.
fn pause(attempt: u32) -> Duration {
    let ceiling = (2u64 << attempt.min(10)).min(PAUSE_MAX_MS) * 1000;
    Duration::from_micros(RandomState::new().build_hasher().finish() % ceiling)
}

/// One connection of the pool and the transaction on it.
pub(crate) struct Session {
    client: Option<Object>,
    runtime: Handle,
    begin: &'static str,
    begun: bool,
    /// Whose rows the policies of [`crate::Db::grant`] let through; all when nobody is named.
    organizations: Vec<Uuid>,
}

impl Session {
    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or(Error::Unavailable(Unavailable::Connection))
    }

    pub(crate) fn exec(&mut self, sql: &str, args: &[Value]) -> Result<u64> {
        let client = self.client()?;
        let done = self.runtime.block_on(async {
            let statement = prepare(client, sql, args).await?;
            let (begun, done) = future::join(self.first(client), client.execute_raw(&statement, args)).await;
            begun.and(done).map_err(|error| Error::from_pg(error, sql))
        });
        self.begun = true;
        done
    }

    pub(crate) fn rows(&mut self, sql: &str, args: &[Value], f: Visit<'_>) -> Result<()> {
        let wrong = |error| Error::from_pg(error, sql);
        let client = self.client()?;
        let done = self.runtime.block_on(async {
            let statement = prepare(client, sql, args).await?;
            let (begun, rows) = future::join(self.first(client), client.query_raw(&statement, args)).await;
            let mut rows = pin!(begun.and(rows).map_err(wrong)?);
            let mut dropped = 0;
            while let Some(row) = rows.try_next().await.map_err(wrong)? {
                if dropped > 0 || f(&Row(RowRef::Pg(&row))).is_break() {
                    dropped += 1;
                }
                if dropped > ROWS_DROPPED_MAX {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        self.begun = true;
        if !done? {
            self.discard();
        }
        Ok(())
    }

    /// Opens the transaction in front of its first statement, in the same round trip.
    async fn first(&self, client: &Object) -> Result<(), tokio_postgres::Error> {
        if self.begun {
            return Ok(());
        }
        match self.organizations.is_empty() {
            true => client.batch_execute(self.begin).await,
            false => client.batch_execute(&format!("{}; {}", self.begin, confined(&self.organizations))).await,
        }
    }

    pub(crate) fn organizations(&self) -> &[Uuid] {
        &self.organizations
    }

    /// Takes effect with the first statement, or at once when there was one.
    pub(crate) fn confine(&mut self, organizations: Vec<Uuid>) -> Result<()> {
        if self.begun && self.organizations != organizations {
            let text = confined(&organizations);
            let client = self.client()?;
            self.runtime.block_on(client.batch_execute(&text)).map_err(|error| Error::from_pg(error, &text))?;
        }
        self.organizations = organizations;
        Ok(())
    }

    fn unit<T, E: UnitError>(
        &mut self,
        watch: Option<&Watch>,
        f: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Settled<T, E> {
        self.organizations.clear();
        let settled = Tx::pg(self, watch).settle(f);
        let kept = settled.outcome.is_ok();
        if !std::mem::take(&mut self.begun) {
            return settled;
        }
        let end = if kept { "COMMIT" } else { "ROLLBACK" };
        let ended = match self.client() {
            Ok(client) => self.runtime.block_on(client.batch_execute(end)).map_err(commit_error),
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => settled,
            Err(error) if kept => Settled { retryable: error.is_retryable(), outcome: Err(error.into()) },
            // The connection is of no more use, and with it the transaction is gone.
            Err(_) => {
                self.discard();
                Settled { retryable: false, ..settled }
            }
        }
    }

    /// Ends a read without waiting for the answer: nothing depends on it, and the next use queues behind it.
    fn end_read(&mut self) {
        if self.begun
            && let Ok(client) = self.client()
            && let Some(Err(_)) = client.batch_execute("COMMIT").now_or_never()
        {
            self.discard();
        }
    }

    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

/// Until the transaction ends.
fn confined(organizations: &[Uuid]) -> String {
    let ids: Vec<String> = organizations.iter().map(Uuid::to_string).collect();
    format!("SET LOCAL {ORGANIZATIONS} = '{}'", ids.join(","))
}

async fn prepare(client: &Object, sql: &str, args: &[Value]) -> Result<tokio_postgres::Statement> {
    if client.statement_cache.size() > STATEMENTS_CACHED {
        client.statement_cache.clear();
    }
    let statement = client.prepare_cached(sql).await.map_err(|error| Error::from_pg(error, sql))?;
    let (expected, given) = (statement.params().len(), args.len());
    if expected == given {
        return Ok(statement);
    }
    Err(Error::Arguments { expected, given, sql: crate::error::shorten(sql) })
}

/// Only these say for sure that the transaction is rolled back; after anything else it may have been committed.
fn commit_error(error: tokio_postgres::Error) -> Error {
    let refused = error.code().is_some_and(|code: &SqlState| matches!(&code.code()[..2], "23" | "40"));
    if refused { Error::from_pg(error, "COMMIT") } else { Error::CommitUnknown }
}
