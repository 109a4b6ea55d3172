//! SQLite: reader threads with a connection each, one writer thread that commits units of work in groups, and one
//! thread that keeps the write-ahead log short.
//!
//! Many durable writes share one `fsync`: the writer takes what is queued, runs each unit in a savepoint inside one
//! `BEGIN IMMEDIATE` and answers all after the one commit. A single waiting unit commits at once.

use crate::memory::Memory;
use crate::queue::Queue;
use crate::tx::Tx;
use crate::{Counters, Error, Options, Result, Stats, UnitError, Watch};
use rusqlite::config::DbConfig;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Prepared statements kept per connection.
const STATEMENTS_CACHED: usize = 512;
/// Bytes of a page in a new database. Measured: 8192 makes lists a little cheaper and writes a fifth dearer.
const PAGE_BYTES: u64 = 4096;
/// Virtual machine steps between two looks at the clock.
const STEPS_PER_LOOK: i32 = 20_000;
/// How long a resetting checkpoint waits for readers to leave the log, the writer held up meanwhile.
const RESET_WAIT: Duration = Duration::from_millis(100);
/// The writer waits no longer than this for a checkpoint, whatever happens to it.
const HOLD_MAX: Duration = Duration::from_secs(5);

/// The handle: dropping the last one lets the threads run out.
pub(crate) struct Lite {
    shared: Arc<Shared>,
    /// The checkpointer is the first.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    path: PathBuf,
    options: Options,
    writes: Queue<Box<dyn Unit>>,
    reads: Queue<ReadJob>,
    counters: Counters,
    log_pages: AtomicU64,
    turn: Mutex<Turn>,
    turned: Condvar,
    stopping: AtomicBool,
}

/// Whose turn it is at the log. A resetting checkpoint that meets a group resets nothing, and a log that is never reset grows
/// without bound: so the checkpointer asks first, and waits for the end of the group, however long it takes.
#[derive(Default)]
struct Turn {
    /// A group is being written.
    writing: bool,
    /// The checkpointer wants the log, or has it: no group begins.
    held: bool,
}

type ReadJob = Box<dyn FnOnce(&Timed) + Send>;

impl Lite {
    pub(crate) fn open(path: &Path, options: Options) -> Result<Self> {
        create_private(path)?;
        let mut writer = connect(path, &options)?;
        let mode = writer.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        if !matches!(mode.as_deref(), Ok("wal")) {
            let reason = mode.map_or_else(|error| error.to_string(), |mode| format!("its journal mode stays {mode}"));
            return Err(Error::Refused(format!("{} cannot use a write-ahead log: {reason}", path.display())));
        }
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            writes: Queue::new(options.queue_max),
            reads: Queue::new(options.queue_max),
            counters: Counters::default(),
            log_pages: AtomicU64::new(0),
            turn: Mutex::default(),
            turned: Condvar::new(),
            stopping: AtomicBool::new(false),
            options,
        });

        let (cache, dirty) = shared.options.writer_pages;
        writer
            .execute_batch(&format!("PRAGMA cache_size = {cache}; PRAGMA cache_spill = {dirty};"))
            .map_err(|error| Error::from_lite(error, ""))?;
        let log = connect(path, &shared.options)?;
        let checkpointer = spawn("db-checkpoint", {
            let shared = shared.clone();
            move || shared.keep_log_short(&log)
        })?;
        let (pages, reset, thread) = (shared.clone(), checkpoint_pages(&shared.options), checkpointer.thread().clone());
        writer
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count: i32| {
                let count = u64::from(count.unsigned_abs());
                let before = pages.log_pages.swap(count, Relaxed);
                // Woken once for every share of pages, not after every commit.
                if count / reset != before / reset && count >= reset {
                    thread.unpark();
                }
                Ok(())
            }))
            .map_err(|error| Error::from_lite(error, ""))?;

        let writer = Timed::new(writer)?;
        let writing = shared.clone();
        let writer = spawn("db-writer", move || Writer { shared: &writing, timed: &writer }.run())?;
        let mut threads = vec![checkpointer, writer];
        for _ in 0..shared.options.readers.max(1) {
            let reader = connect(path, &shared.options)?;
            reader.pragma_update(None, "query_only", true).map_err(|error| Error::from_lite(error, ""))?;
            let reader = Timed::new(reader)?;
            let shared = shared.clone();
            threads.push(spawn("db-reader", move || {
                while let Some(job) = shared.reads.pop() {
                    job(&reader);
                }
            })?);
        }
        Ok(Self { shared, threads: Mutex::new(threads) })
    }

    /// Queues a unit of work; the answer comes after its durable commit.
    pub(crate) fn write<T: Send + 'static, E: UnitError>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>> {
        let (reply, answer) = oneshot::channel();
        let work = Work { f, queued: Instant::now(), settled: None, reply };
        self.shared.writes.push(Box::new(work)).map_err(Error::Unavailable)?;
        Ok(answer)
    }

    /// Queues a read.
    pub(crate) fn read<T: Send + 'static, E: UnitError>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>> {
        let (reply, answer) = oneshot::channel();
        let limit = self.shared.options.read_limit;
        let shared = self.shared.clone();
        let job: ReadJob = Box::new(move |reader| {
            // Nobody waits any more for a request that was given up.
            if !reply.is_closed() {
                shared.counters.reads.fetch_add(1, Relaxed);
                let _ = reply.send(read(reader, limit, shared.options.watch.as_ref(), f));
            }
        });
        self.shared.reads.push(job).map_err(Error::Unavailable)?;
        Ok(answer)
    }

    /// Runs `f` on a connection of its own, in a thread of its own: migrations, backups.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = self.shared.clone();
        let (reply, answer) = oneshot::channel();
        spawn("db-aside", move || {
            let _ = reply.send(connect(&shared.path, &shared.options).and_then(|mut connection| f(&mut connection)));
        })?;
        answer.await.unwrap_or(Err(Error::Panicked))
    }

    pub(crate) fn stats(&self) -> Stats {
        let queue = self.shared.writes.len();
        let reads_waiting = self.shared.reads.len();
        let log_bytes = self.shared.log_pages.load(Relaxed) * PAGE_BYTES;
        Stats { queue, reads_waiting, log_bytes, ..self.shared.counters.stats() }
    }

    /// Finishes what is queued, empties the write-ahead log into the database and ends all threads.
    pub(crate) async fn close(&self) {
        self.stop_taking();
        let mut threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let shared = self.shared.clone();
        let (done, wait) = oneshot::channel();
        let ended = spawn("db-close", move || {
            threads.drain(1.min(threads.len())..).for_each(|thread| drop(thread.join()));
            shared.stopping.store(true, Relaxed);
            for checkpointer in threads {
                checkpointer.thread().unpark();
                drop(checkpointer.join());
            }
            let _ = done.send(());
        });
        if ended.is_ok() {
            let _ = wait.await;
        }
    }

    fn stop_taking(&self) {
        self.shared.writes.close();
        self.shared.reads.close();
    }
}

impl Drop for Lite {
    fn drop(&mut self) {
        self.stop_taking();
        self.shared.stopping.store(true, Relaxed);
        if let Some(checkpointer) = self.threads.lock().unwrap_or_else(PoisonError::into_inner).first() {
            checkpointer.thread().unpark();
        }
    }
}

fn spawn(name: &str, f: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let started = thread::Builder::new().name(name.into()).stack_size(4 << 20).spawn(f);
    started.map_err(|error| Error::Refused(format!("cannot start a thread: {error}")))
}

/// A new database is readable by its owner only; SQLite gives the log the same rights.
fn create_private(path: &Path) -> Result<()> {
    let made = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(drop).map_err(|error| Error::Refused(format!("cannot open {}: {error}", path.display())))
}

fn connect(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(options.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        // Otherwise a statement on a table with a partial index is planned again for every new argument, which costs more
        // than running it. So a partial index is only used where the text itself repeats its condition.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Checkpoints have a thread of their own. No memory map: a failing disk would be a signal instead of an error.
        connection.execute_batch(&format!(
            "PRAGMA page_size = {PAGE_BYTES}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{}; PRAGMA wal_autocheckpoint = 0;
             PRAGMA journal_size_limit = {}; PRAGMA trusted_schema = OFF;",
            options.cache_bytes / 1024,
            options.log_max_bytes,
        ))?;
        Ok(connection)
    };
    open().map_err(|error| Error::from_lite(error, ""))
}

/// A connection whose statements end when a limit passes.
struct Timed {
    connection: Connection,
    epoch: Instant,
    /// Microseconds after `epoch`; `u64::MAX` when nothing runs.
    end: Arc<AtomicU64>,
    /// What readers found before.
    memory: Memory,
}

impl Timed {
    fn new(mut connection: Connection) -> Result<Self> {
        let (epoch, end) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let limit = end.clone();
        let passed = move || epoch.elapsed().as_micros() as u64 > limit.load(Relaxed);
        connection.progress_handler(STEPS_PER_LOOK, Some(passed)).map_err(|error| Error::from_lite(error, ""))?;
        Ok(Self { connection, epoch, end, memory: Memory::default() })
    }

    fn within<T>(&self, limit: Duration, f: impl FnOnce() -> T) -> T {
        self.end.store((self.epoch.elapsed() + limit).as_micros() as u64, Relaxed);
        let done = f();
        self.end.store(u64::MAX, Relaxed);
        done
    }

    fn exec(&self, sql: &str) -> Result<()> {
        let run = || self.connection.prepare_cached(sql)?.raw_execute();
        run().map(drop).map_err(|error| Error::from_lite(error, sql))
    }

    /// Leaves whatever transaction is open.
    fn abandon(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.exec("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

fn read<T, E: UnitError>(
    reader: &Timed,
    limit: Duration,
    watch: Option<&Watch>,
    f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    reader.exec("BEGIN DEFERRED")?;
    let settled = reader.within(limit, || Tx::lite(&reader.connection, watch).remembering(&reader.memory).settle(f));
    reader.abandon();
    settled.outcome
}

/// A queued unit of work, its types erased.
trait Unit: Send {
    fn queued(&self) -> Instant;
    fn abandoned(&self) -> bool;
    /// Runs it, again if need be.
    fn run(&mut self, connection: &Connection, watch: Option<&Watch>) -> Verdict;
    /// Answers with its own outcome, or with the error that befell its whole group.
    fn answer(self: Box<Self>, group: Result<()>);
}

/// What a unit of work wants done with its changes.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Keep,
    Undo,
    /// It ran into its time limit; a second run would as well.
    TimedOut,
}

struct Work<F, T, E> {
    f: F,
    queued: Instant,
    settled: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T: Send, E: UnitError, F: Fn(&mut Tx<'_>) -> Result<T, E> + Send> Unit for Work<F, T, E> {
    fn queued(&self) -> Instant {
        self.queued
    }

    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection, watch: Option<&Watch>) -> Verdict {
        match self.settled.insert(Tx::lite(connection, watch).settle(&self.f).outcome) {
            Ok(_) => Verdict::Keep,
            Err(error) if error.db().is_some_and(Error::is_timeout) => Verdict::TimedOut,
            Err(_) => Verdict::Undo,
        }
    }

    fn answer(self: Box<Self>, group: Result<()>) {
        let Self { settled, reply, .. } = *self;
        let own = settled.unwrap_or_else(|| Err(Error::closed().into()));
        let _ = reply.send(group.map_err(E::from).and(own));
    }
}

struct Writer<'a> {
    shared: &'a Shared,
    timed: &'a Timed,
}

impl Writer<'_> {
    fn run(&self) {
        while let Some(first) = self.shared.writes.pop() {
            self.shared.begin_writing();
            self.group(first, self.shared.options.group_units);
            drop(self.shared.turn(|turn| turn.writing = false));
        }
    }

    fn group(&self, first: Box<dyn Unit>, units_max: usize) {
        let (shared, timed) = (self.shared, self.timed);
        if let Err(error) = timed.exec("BEGIN IMMEDIATE") {
            return self.not_begun(first, &error);
        }
        let started = Instant::now();
        let mut units = Vec::with_capacity(units_max.min(64));
        let mut next = Some(first);
        let mut lost = false;
        while let Some(unit) = next {
            if let Some(mut unit) = self.still_wanted(unit) {
                let verdict = self.savepoint(&mut *unit);
                // A statement may have ended more than its savepoint: the engine gave up the whole transaction.
                lost = verdict.is_err() || timed.connection.is_autocommit();
                units.push((unit, verdict.unwrap_or(Verdict::Keep)));
            }
            let more = !lost && units.len() < units_max && started.elapsed() < shared.options.group_time;
            next = if more { shared.writes.try_pop() } else { None };
        }
        if lost {
            timed.abandon();
            return self.one_by_one(units);
        }
        let committed = timed.exec("COMMIT").map_err(|error| match error {
            // Nothing was written for want of space or of the lock; anything else may have reached the log.
            Error::Unavailable(_) => error,
            error => {
                tracing::error!(%error, "a commit failed");
                Error::CommitUnknown
            }
        });
        timed.abandon();
        shared.counters.groups.fetch_add(1, Relaxed);
        shared.counters.units.fetch_add(units.len() as u64, Relaxed);
        units.into_iter().for_each(|(unit, _)| unit.answer(committed.clone()));
    }

    /// The engine gave up a transaction with these units in it: each gets one of its own.
    fn one_by_one(&self, units: Vec<(Box<dyn Unit>, Verdict)>) {
        let alone = units.len() == 1;
        for (unit, verdict) in units {
            if !alone && verdict != Verdict::TimedOut {
                self.shared.counters.retries.fetch_add(1, Relaxed);
                self.group(unit, 1);
                continue;
            }
            let message = "the transaction ended inside the unit of work".to_owned();
            let ended = Error::Engine { code: String::new(), message, sql: String::new() };
            self.shared.counters.units.fetch_add(1, Relaxed);
            unit.answer(if verdict == Verdict::Keep { Err(ended) } else { Ok(()) });
        }
    }

    /// Another process kept the lock: whoever has waited as long as that is told so, the others keep their place.
    fn not_begun(&self, first: Box<dyn Unit>, error: &Error) {
        first.answer(Err(error.clone()));
        let patience = self.shared.options.busy_timeout;
        while let Some(unit) = self.shared.writes.try_pop_if(|unit| unit.queued().elapsed() >= patience) {
            unit.answer(Err(error.clone()));
        }
    }

    fn still_wanted(&self, unit: Box<dyn Unit>) -> Option<Box<dyn Unit>> {
        if unit.abandoned() {
            return None;
        }
        if unit.queued().elapsed() > self.shared.options.unit_limit {
            unit.answer(Err(Error::Timeout("the unit of work waited too long for its turn")));
            return None;
        }
        Some(unit)
    }

    fn savepoint(&self, unit: &mut dyn Unit) -> Result<Verdict> {
        let timed = self.timed;
        timed.exec("SAVEPOINT unit")?;
        let Options { unit_limit, watch, .. } = &self.shared.options;
        let verdict = timed.within(*unit_limit, || unit.run(&timed.connection, watch.as_ref()));
        if verdict != Verdict::Keep && !timed.connection.is_autocommit() {
            timed.exec("ROLLBACK TO unit")?;
        }
        if !timed.connection.is_autocommit() {
            timed.exec("RELEASE unit")?;
        }
        Ok(verdict)
    }
}

/// Pages in the log after which it is copied into the database.
fn checkpoint_pages(options: &Options) -> u64 {
    (options.log_max_bytes / PAGE_BYTES / 8).max(64)
}

impl Shared {
    /// Copies the log into the database off the writer's path. A busy writer appends faster than that can catch up; so
    /// when the log has grown, the writer waits for the short rest, and the log starts again from its beginning.
    fn keep_log_short(&self, log: &Connection) {
        let _ = log.busy_timeout(RESET_WAIT);
        let mut last = 0;
        while !self.stopping.load(Relaxed) {
            // Woken by the writer; looks by itself now and then in case another process wrote.
            thread::park_timeout(Duration::from_secs(30));
            let pages = match log.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE) {
                Ok((pages, _)) => u64::from(pages.max(0).unsigned_abs()),
                Err(_) => continue,
            };
            if pages * PAGE_BYTES >= self.options.log_max_bytes / 2 && pages != last {
                self.hold();
                let _ = log.wal_checkpoint_v2(None::<&str>, CheckpointMode::RESTART);
                drop(self.turn(|turn| turn.held = false));
            }
            last = pages;
        }
        let _ = log.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE);
    }

    /// Keeps the writer from beginning a group, and waits for the end of the one that it is at.
    fn hold(&self) {
        let turn = self.turn(|turn| turn.held = true);
        let longest = self.options.unit_limit + self.options.group_time;
        drop(self.turned.wait_timeout_while(turn, longest, |turn| turn.writing));
    }

    fn begin_writing(&self) {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.turned.wait_timeout_while(turn, HOLD_MAX, |turn| turn.held);
        waited.unwrap_or_else(PoisonError::into_inner).0.writing = true;
    }

    fn turn(&self, change: impl FnOnce(&mut Turn)) -> MutexGuard<'_, Turn> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut turn);
        self.turned.notify_all();
        turn
    }
}

/// Copies the database as of one moment into a new file and checks the copy.
pub(crate) fn backup(source: &Connection, path: &Path) -> Result<()> {
    let failed = |what: &str| Error::Backup(format!("{}: {what}", path.display()));
    if path.exists() {
        return Err(failed("the file is there already"));
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let _ = std::fs::remove_file(&partial);
    create_private(&partial)?;
    let copied = copy(source, &partial).map_err(|error| failed(&error.to_string())).and_then(|verdict| {
        if verdict == "ok" { Ok(()) } else { Err(failed(&format!("the copy is damaged: {verdict}"))) }
    });
    let publish = || {
        std::fs::rename(&partial, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    };
    let kept = copied.and_then(|()| publish().map_err(|error| failed(&error.to_string())));
    if kept.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    kept
}

fn copy(source: &Connection, partial: &Path) -> rusqlite::Result<String> {
    let mut target = Connection::open(partial)?;
    // All pages in one step: one snapshot, however busy the writer is.
    let step = rusqlite::backup::Backup::new(source, &mut target)?.step(-1)?;
    if !matches!(step, rusqlite::backup::StepResult::Done) {
        return Ok("the copy did not finish".into());
    }
    // One file without a log beside it.
    target.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    let verdict: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let strays = target.prepare("PRAGMA foreign_key_check")?.exists([])?;
    target.close().map_err(|(_, error)| error)?;
    Ok(if strays { "a foreign key points nowhere".into() } else { verdict })
}
