//! What can go wrong below a statement, sorted by what a caller can do about it.
//!
//! Neither `Display` nor `Debug` ever holds the value of a parameter: statements are quoted, arguments are not, and
//! engine messages that may quote data are replaced by their code.

use rusqlite::ErrorCode;
use rusqlite::ffi;
use tokio_postgres::error::SqlState;

/// A result whose error is the port's own unless told otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the storage port.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A unique or primary key is already taken: [`Error::is_unique_violation`] tells how it is named.
    #[error("already taken: {0}")]
    Unique(String),
    /// Another constraint refused the row; its name as the engine tells it, or nothing.
    #[error("refused by {0:?} constraint {1}")]
    Constraint(ConstraintKind, String),
    /// Lost against a concurrent transaction (serialization failure or deadlock); the same unit may succeed again.
    #[error("lost against a concurrent transaction")]
    Conflict,
    /// A time limit passed: of the unit, of a statement or of waiting for a lock.
    #[error("a time limit passed: {0}")]
    Timeout(&'static str),
    /// The database cannot serve now; trying later may help.
    #[error("the database is not available: {0:?}")]
    Unavailable(Unavailable),
    /// The commit was sent and its outcome never learned: it may or may not have happened.
    #[error("the outcome of the commit is unknown")]
    CommitUnknown,
    /// The closure panicked; its unit was rolled back.
    #[error("the unit of work panicked and was rolled back")]
    Panicked,
    /// The text argument at this position, from 1, holds U+0000, which PostgreSQL cannot store.
    #[error("parameter ${0} holds a NUL character")]
    NulInText(usize),
    /// The number of arguments given is not the number of parameters in the text.
    #[error("{given} arguments for {expected} parameters in: {sql}")]
    #[allow(missing_docs)]
    Arguments { expected: usize, given: usize, sql: String },
    /// The column at an index, from 0, does not hold what the row type wants. Tells types, never values.
    #[error("column {index} is wanted as {wanted} and holds {found}")]
    #[allow(missing_docs)]
    Column { index: usize, wanted: &'static str, found: String },
    /// The engine does not understand the statement, or a parameter does not fit its place.
    #[error("{message} in: {sql}")]
    #[allow(missing_docs)]
    Statement { message: String, sql: String },
    /// Anything else: SQLSTATE or SQLite's extended code, the engine's message where it cannot quote data.
    #[error("the engine answered {code} ({message}) to: {sql}")]
    #[allow(missing_docs)]
    Engine { code: String, message: String, sql: String },
    /// The database must not or cannot be used as it is; the text says what to change.
    #[error("{0}")]
    Refused(String),
    /// Migrations cannot be applied or compared.
    #[error("migration: {0}")]
    Migration(String),
    /// A backup was not made.
    #[error("backup: {0}")]
    Backup(String),
}

/// The sort of a constraint other than uniqueness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// A reference to a row that is not there, or from one that still is.
    ForeignKey,
    /// A `CHECK`.
    Check,
    /// A `NOT NULL`.
    NotNull,
    /// An exclusion constraint, or one the engine does not name.
    Other,
}

/// Why the database cannot serve now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// Another process holds the write lock.
    Busy,
    /// Too many units wait already.
    QueueFull,
    /// No connection became free in time.
    PoolTimeout,
    /// The disk is full.
    DiskFull,
    /// The server cannot be reached, or the connection was lost before the commit was sent.
    Connection,
    /// This handle was closed.
    Closed,
}

/// An error type that a unit of work may end with. The port asks it for its own error to decide about a retry.
pub trait UnitError: From<Error> + Send + 'static {
    /// The storage error inside, if it is one.
    fn db(&self) -> Option<&Error>;
}

impl UnitError for Error {
    fn db(&self) -> Option<&Error> {
        Some(self)
    }
}

/// The longest piece of a statement that an error quotes, in characters.
const SQL_QUOTED_MAX: usize = 160;

impl Error {
    /// The unique constraint or index that was violated, as the engine describes it: SQLite names the columns
    /// (`person.organization_id, person.email`) or an expression index (`index 'name'`), PostgreSQL the constraint
    /// (`person: person_email_key`).
    pub fn is_unique_violation(&self) -> Option<&str> {
        match self {
            Self::Unique(constraint) => Some(constraint),
            _ => None,
        }
    }

    /// Whether the same unit of work, run again from its start, may succeed at once.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict)
    }

    /// Whether a time limit ended the work.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Unavailable(Unavailable::PoolTimeout))
    }

    /// Whether the database cannot serve now but may later; callers answer 503.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Timeout(_) | Self::Conflict)
    }

    /// Whether the statement reached the engine and left the transaction unusable there (always so on PostgreSQL).
    pub(crate) fn ends_transaction(&self) -> bool {
        !matches!(self, Self::NulInText(_) | Self::Arguments { .. } | Self::Column { .. })
    }

    pub(crate) const fn closed() -> Self {
        Self::Unavailable(Unavailable::Closed)
    }

    pub(crate) fn from_lite(error: rusqlite::Error, sql: &str) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, message) => lite_failure(failure, message.unwrap_or_default(), sql),
            rusqlite::Error::SqlInputError { msg, .. } => Self::Statement { message: msg, sql: shorten(sql) },
            other => Self::Statement { message: other.to_string(), sql: shorten(sql) },
        }
    }

    /// An error of preparing, where the engine's message names tables and columns and cannot quote data.
    pub(crate) fn from_lite_prepare(error: rusqlite::Error, sql: &str) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, Some(message)) if failure.code == ErrorCode::Unknown => {
                Self::Statement { message, sql: shorten(sql) }
            }
            other => Self::from_lite(other, sql),
        }
    }

    pub(crate) fn from_pg(error: tokio_postgres::Error, sql: &str) -> Self {
        if let Some(answer) = error.as_db_error() {
            return pg_answer(answer, sql);
        }
        let io = std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>());
        let text = error.to_string();
        if text.contains("TLS") {
            let source = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
            return Self::Refused(format!("{text}{source}"));
        }
        if error.is_closed() || io || text.contains("connecting") || text.contains("communicating") {
            return Self::Unavailable(Unavailable::Connection);
        }
        // What is left is about parameters and columns; the sources are our own sentences and hold no values.
        let message = match std::error::Error::source(&error) {
            Some(source) => format!("{text}: {source}"),
            None => text,
        };
        Self::Statement { message, sql: shorten(sql) }
    }
}

fn lite_failure(failure: ffi::Error, message: String, sql: &str) -> Error {
    let named = message.split_once("failed: ").map(|(_, name)| name.to_owned()).unwrap_or_default();
    let constraint = |kind| Error::Constraint(kind, named.clone());
    match failure.code {
        ErrorCode::ConstraintViolation => match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
                Error::Unique(named)
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => constraint(ConstraintKind::ForeignKey),
            ffi::SQLITE_CONSTRAINT_CHECK => constraint(ConstraintKind::Check),
            ffi::SQLITE_CONSTRAINT_NOTNULL => constraint(ConstraintKind::NotNull),
            _ => constraint(ConstraintKind::Other),
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Unavailable(Unavailable::Busy),
        ErrorCode::DiskFull => Error::Unavailable(Unavailable::DiskFull),
        ErrorCode::OperationInterrupted => Error::Timeout("the unit of work took too long"),
        // While stepping, the message might quote data.
        code => {
            Error::Engine { code: failure.extended_code.to_string(), message: format!("{code:?}"), sql: shorten(sql) }
        }
    }
}

fn pg_answer(answer: &tokio_postgres::error::DbError, sql: &str) -> Error {
    let code = answer.code();
    let named = || answer.constraint().or(answer.column()).unwrap_or_default().to_owned();
    let constraint = |kind| Error::Constraint(kind, named());
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => return Error::Conflict,
        SqlState::UNIQUE_VIOLATION => {
            return Error::Unique(format!("{}: {}", answer.table().unwrap_or_default(), named()));
        }
        SqlState::FOREIGN_KEY_VIOLATION => return constraint(ConstraintKind::ForeignKey),
        SqlState::CHECK_VIOLATION => return constraint(ConstraintKind::Check),
        SqlState::NOT_NULL_VIOLATION => return constraint(ConstraintKind::NotNull),
        SqlState::QUERY_CANCELED => return Error::Timeout("a statement took too long"),
        SqlState::LOCK_NOT_AVAILABLE => return Error::Timeout("waited too long for a lock"),
        SqlState::DISK_FULL => return Error::Unavailable(Unavailable::DiskFull),
        SqlState::TOO_MANY_CONNECTIONS => return Error::Unavailable(Unavailable::PoolTimeout),
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            return Error::Unavailable(Unavailable::Connection);
        }
        _ => {}
    }
    let message = answer.message().to_owned();
    match &code.code()[..2] {
        "08" => Error::Unavailable(Unavailable::Connection),
        "23" => constraint(ConstraintKind::Other),
        "42" => Error::Statement { message, sql: shorten(sql) },
        // Data exceptions and raised texts quote data.
        "22" | "P0" => {
            Error::Engine { code: code.code().to_owned(), message: "data exception".into(), sql: shorten(sql) }
        }
        _ => Error::Engine { code: code.code().to_owned(), message, sql: shorten(sql) },
    }
}

pub(crate) fn shorten(sql: &str) -> String {
    let mut line: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(SQL_QUOTED_MAX) {
        line.truncate(end);
        line.push('…');
    }
    line
}
