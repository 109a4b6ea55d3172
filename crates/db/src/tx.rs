//! Statements and the transaction they run in. The engines part ways here, below the statement.

use crate::memory::Memory;
use crate::value::RowRef;
use crate::{Error, FromRow, Result, Row, UnitError, Value, Watch, Watched, pg};
use std::ops::ControlFlow;
use uuid::Uuid;

/// Which engine carries a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in this process.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// One text per engine, for the few statements where they truly differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    /// The text for SQLite; it may leave out parameters that the other one needs.
    pub lite: &'static str,
    /// The text for PostgreSQL.
    pub pg: &'static str,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { lite: text, pg: text }
    }
}

/// A statement: a constant, a composed text or an engine pair, with parameters `$1…$n` on both engines.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'s> {
    lite: &'s str,
    pg: &'s str,
}

impl<'s, S: AsRef<str> + ?Sized> From<&'s S> for Statement<'s> {
    fn from(text: &'s S) -> Self {
        Self { lite: text.as_ref(), pg: text.as_ref() }
    }
}
impl From<Sql> for Statement<'_> {
    fn from(pair: Sql) -> Self {
        Self { lite: pair.lite, pg: pair.pg }
    }
}

/// One transaction. A statement that the engine refuses ends it, on both engines alike: what follows answers with the
/// same error, and the unit of work is rolled back even if its closure ends well. Ask before writing, or let the
/// upsert decide (`ON CONFLICT`), instead of catching.
pub struct Tx<'c> {
    inner: Inner<'c>,
    watch: Option<&'c Watch>,
    failed: Option<Error>,
    memory: Option<&'c Memory>,
    /// Whether the memory was looked at under this snapshot: what is in it holds.
    recalled: bool,
}

/// Takes a row; breaks off when it wants no more.
pub(crate) type Visit<'f> = &'f mut dyn FnMut(&Row<'_>) -> ControlFlow<()>;

enum Inner<'c> {
    Lite(&'c rusqlite::Connection),
    Pg(&'c mut pg::Session),
}

impl<'c> Tx<'c> {
    pub(crate) fn lite(connection: &'c rusqlite::Connection, watch: Option<&'c Watch>) -> Self {
        Self { inner: Inner::Lite(connection), watch, failed: None, memory: None, recalled: false }
    }

    pub(crate) fn pg(session: &'c mut pg::Session, watch: Option<&'c Watch>) -> Self {
        Self { inner: Inner::Pg(session), watch, failed: None, memory: None, recalled: false }
    }

    /// A read on a connection that remembers.
    pub(crate) fn remembering(self, memory: &'c Memory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// What `find` finds, or what it found before on this connection, if nothing at all was committed since, by whomever. So
    /// the answer is never older than the snapshot. `key` names everything that it depends on besides what is stored. For
    /// small things that are asked for again and again; SQLite alone can tell that nothing changed, and tells it to reads alone.
    pub fn remembered<T: Clone + Send + 'static, E: From<Error>>(
        &mut self,
        key: &str,
        find: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let Some(memory) = self.recall()? else { return find(self) };
        if let Some(known) = memory.get(key) {
            return Ok(known);
        }
        let found = find(self)?;
        memory.keep(key, found.clone());
        Ok(found)
    }

    /// The same for rows of an organisation that are asked for by their ids: `find` is asked for those that are not known.
    pub fn remembered_rows<T: Clone + Send + 'static, E: From<Error>>(
        &mut self,
        kind: &'static str,
        organization: Uuid,
        ids: &[Uuid],
        find: impl FnOnce(&mut Self, &[Uuid]) -> Result<Vec<(Uuid, T)>, E>,
    ) -> Result<Vec<(Uuid, T)>, E> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let Some(memory) = self.recall()? else { return find(self, ids) };
        let (mut rows, mut missing) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match memory.row(kind, organization, *id) {
                Some(row) => rows.push((*id, row)),
                None => missing.push(*id),
            }
        }
        if !missing.is_empty() {
            let found = find(self, &missing)?;
            memory.keep_rows(kind, organization, &found);
            rows.extend(found);
        }
        Ok(rows)
    }

    /// The memory of a reading connection, brought up to this snapshot.
    fn recall(&mut self) -> Result<Option<&'c Memory>> {
        let (Some(memory), Inner::Lite(connection)) = (self.memory, &self.inner) else { return Ok(None) };
        if !self.recalled {
            memory.recall(connection)?;
            self.recalled = true;
        }
        Ok(Some(memory))
    }

    /// The engine below, for the rare decision that a pair of texts cannot carry.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Lite(_) => Engine::Sqlite,
            Inner::Pg(_) => Engine::Postgres,
        }
    }

    /// From here on the transaction is of these organisations, of all when none is named: a PostgreSQL server with a role of
    /// its own ([`crate::Db::grant`]) then shows and takes no row of another, whatever a statement says. A second net: every
    /// statement names its organisation anyway, and SQLite has only that.
    pub fn confine(&mut self, organizations: &[Uuid]) -> Result<()> {
        self.confined(|_| organizations.to_vec())
    }

    /// Lets one more organisation in, for what crosses from one company to another.
    pub fn admit(&mut self, organization: Uuid) -> Result<()> {
        self.confined(|now| match now.is_empty() || now.contains(&organization) {
            true => now.to_vec(),
            false => [now, &[organization]].concat(),
        })
    }

    fn confined(&mut self, change: impl FnOnce(&[Uuid]) -> Vec<Uuid>) -> Result<()> {
        match &mut self.inner {
            Inner::Lite(_) => Ok(()),
            Inner::Pg(session) => {
                let wanted = change(session.organizations());
                let done = session.confine(wanted);
                self.note(done)
            }
        }
    }

    /// Runs a statement for its effect; the number of rows it inserted, changed or deleted.
    pub fn exec<'s>(&mut self, sql: impl Into<Statement<'s>>, args: &[Value]) -> Result<u64> {
        let sql = sql.into();
        self.check(args)?;
        let done = match &mut self.inner {
            Inner::Lite(connection) => {
                lite_rows(connection, self.watch, &sql, args, false, &mut |_| ControlFlow::Continue(()))
            }
            Inner::Pg(session) => {
                let done = session.exec(sql.pg, args);
                watched(self.watch, &sql, sql.pg, args, 0);
                done
            }
        };
        self.note(done)
    }

    /// All rows.
    pub fn all<'s, T: FromRow>(&mut self, sql: impl Into<Statement<'s>>, args: &[Value]) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, args, |row| {
            rows.push(T::from_row(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row. The text says which one that is (`LIMIT 1`, a unique key); further rows are not read out.
    pub fn one<'s, T: FromRow>(&mut self, sql: impl Into<Statement<'s>>, args: &[Value]) -> Result<Option<T>> {
        let mut first = None;
        self.run(sql.into(), args, true, &mut |row| {
            if first.is_none() {
                first = Some(T::from_row(row));
            }
            ControlFlow::Continue(())
        })?;
        first.transpose()
    }

    /// Hands out the rows one by one as the engine produces them, in bounded memory. An error of `f` stops; it leaves
    /// the transaction as it was.
    pub fn each<'s>(
        &mut self,
        sql: impl Into<Statement<'s>>,
        args: &[Value],
        mut f: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut stopped = None;
        self.run(sql.into(), args, false, &mut |row| match f(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Some(error);
                ControlFlow::Break(())
            }
        })?;
        stopped.map_or(Ok(()), Err)
    }

    fn run(&mut self, sql: Statement<'_>, args: &[Value], first_only: bool, f: Visit<'_>) -> Result<()> {
        self.check(args)?;
        let done = match &mut self.inner {
            Inner::Lite(connection) => lite_rows(connection, self.watch, &sql, args, first_only, f).map(drop),
            Inner::Pg(session) => {
                let done = session.rows(sql.pg, args, f);
                watched(self.watch, &sql, sql.pg, args, 0);
                done
            }
        };
        self.note(done)
    }

    fn check(&self, args: &[Value]) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let nul = |value: &Value| matches!(value, Value::Text(text) if text.as_bytes().contains(&0));
        args.iter().position(nul).map_or(Ok(()), |at| Err(Error::NulInText(at + 1)))
    }

    fn note<T>(&mut self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done
            && error.ends_transaction()
        {
            self.failed = Some(error.clone());
        }
        done
    }

    /// Runs the closure of a unit of work and decides what became of it.
    pub(crate) fn settle<T, E: UnitError>(mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Settled<T, E> {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(&mut self)));
        let lost = self.failed.as_ref().is_some_and(Error::is_retryable);
        let outcome = match (outcome, self.failed) {
            // The panic hook has told the message, which may quote data and stays out of the error.
            (Err(_), _) => Err(E::from(Error::Panicked)),
            (Ok(Ok(_)), Some(error)) => Err(E::from(error)),
            (Ok(outcome), _) => outcome,
        };
        let retryable = lost || outcome.as_ref().is_err_and(|error| error.db().is_some_and(Error::is_retryable));
        Settled { outcome, retryable }
    }
}

/// What a closure ended with, and whether running it again may help.
pub(crate) struct Settled<T, E> {
    pub(crate) outcome: Result<T, E>,
    pub(crate) retryable: bool,
}

fn lite_prepare<'c>(
    connection: &'c rusqlite::Connection,
    sql: &Statement<'_>,
    args: &[Value],
) -> Result<rusqlite::CachedStatement<'c>> {
    let mut statement =
        connection.prepare_cached(sql.lite).map_err(|error| Error::from_lite_prepare(error, sql.lite))?;
    let expected = statement.parameter_count();
    let wrong = || Error::Arguments { expected, given: args.len(), sql: crate::error::shorten(sql.lite) };
    // One text for both engines must use all its arguments, or it would fail on PostgreSQL only.
    if expected > args.len() || (expected < args.len() && std::ptr::eq(sql.lite, sql.pg)) {
        return Err(wrong());
    }
    let ordered = in_order(sql.lite);
    for index in 1..=expected {
        // SQLite takes `$7` for a name and numbers names by their first appearance. Asking for names one by one costs more
        // than binding, and with hundreds of them more than running.
        let named = || statement.parameter_name(index)?.strip_prefix('$')?.parse().ok();
        let position: usize = if ordered { index } else { named().ok_or_else(wrong)? };
        let value = position.checked_sub(1).and_then(|at| args.get(at)).ok_or_else(wrong)?;
        statement.raw_bind_parameter(index, value).map_err(|error| Error::from_lite(error, sql.lite))?;
    }
    Ok(statement)
}

/// Whether the parameters of a text appear one after the other for the first time, which is how SQLite counts them.
fn in_order(sql: &str) -> bool {
    let mut last = 0;
    sql.split('$').skip(1).all(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = rest[..digits].parse().unwrap_or(usize::MAX);
        let fits = number >= 1 && number <= last + 1;
        last = last.max(number);
        fits
    })
}

fn watched(watch: Option<&Watch>, sql: &Statement<'_>, text: &str, args: &[Value], steps: u64) {
    if let Some(Watch(look)) = watch {
        look(&Watched { sql: text, pg: sql.pg, args, steps });
    }
}

fn lite_rows(
    connection: &rusqlite::Connection,
    watch: Option<&Watch>,
    sql: &Statement<'_>,
    args: &[Value],
    first_only: bool,
    f: Visit<'_>,
) -> Result<u64> {
    let mut statement = lite_prepare(connection, sql, args)?;
    // `RETURNING` must be stepped to its end, where constraints are checked.
    let may_stop = statement.readonly();
    let mut wanted = true;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| Error::from_lite(error, sql.lite))? {
        wanted = wanted && f(&Row(RowRef::Lite(row))).is_continue() && !first_only;
        if !wanted && may_stop {
            break;
        }
    }
    drop(rows);
    if watch.is_some() {
        let steps = statement.reset_status(rusqlite::StatementStatus::VmStep);
        watched(watch, sql, sql.lite, args, u64::from(steps.unsigned_abs()));
    }
    Ok(if statement.readonly() { 0 } else { connection.changes() })
}
