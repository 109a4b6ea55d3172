//! What a connection found before, for as long as nothing was committed to the database.

use crate::{Error, Result};
use rusqlite::Connection;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use uuid::Uuid;

/// More things than this are not kept: then it begins anew.
const KEPT_MAX: usize = 128;
/// The same of rows, which are smaller.
const ROWS_MAX: usize = 4_096;

/// The memory of one connection. What is in it holds under the version that SQLite gives the database as this connection
/// sees it: it differs as soon as another connection, of this process or another, has committed anything.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Kept>);

#[derive(Default)]
struct Kept {
    version: i64,
    values: HashMap<String, Box<dyn Any + Send>>,
    /// Rows of a kind of an organisation, by their ids.
    rows: HashMap<(&'static str, Uuid, Uuid), Box<dyn Any + Send>>,
}

impl Memory {
    /// Forgets everything unless the snapshot of now is that of before. The question itself opens the snapshot, so that
    /// what is read afterwards belongs to it.
    pub(crate) fn recall(&self, connection: &Connection) -> Result<()> {
        const VERSION: &str = "PRAGMA data_version";
        let ask = || connection.prepare_cached(VERSION)?.query_row([], |row| row.get::<_, i64>(0));
        let version = ask().map_err(|error| Error::from_lite(error, VERSION))?;
        let mut kept = self.0.borrow_mut();
        if kept.version != version {
            kept.version = version;
            kept.values.clear();
            kept.rows.clear();
        }
        Ok(())
    }

    pub(crate) fn get<T: Clone + 'static>(&self, key: &str) -> Option<T> {
        self.0.borrow().values.get(key)?.downcast_ref::<T>().cloned()
    }

    pub(crate) fn keep<T: Send + 'static>(&self, key: &str, value: T) {
        let mut kept = self.0.borrow_mut();
        if kept.values.len() >= KEPT_MAX {
            kept.values.clear();
        }
        kept.values.insert(key.to_owned(), Box::new(value));
    }

    pub(crate) fn row<T: Clone + 'static>(&self, kind: &'static str, organization: Uuid, id: Uuid) -> Option<T> {
        self.0.borrow().rows.get(&(kind, organization, id))?.downcast_ref::<T>().cloned()
    }

    pub(crate) fn keep_rows<T: Clone + Send + 'static>(
        &self,
        kind: &'static str,
        organization: Uuid,
        rows: &[(Uuid, T)],
    ) {
        let mut kept = self.0.borrow_mut();
        if kept.rows.len() + rows.len() > ROWS_MAX {
            kept.rows.clear();
        }
        for (id, row) in rows {
            kept.rows.insert((kind, organization, *id), Box::new(row.clone()));
        }
    }
}
