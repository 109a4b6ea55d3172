//! The use cases: (context, transaction, command) -> result. Permission, rule, storage, journal; no HTTP, no SQL text.
//!
//! [`App`] is what the edges hold: it opens units of work, answers repeated requests once, and knows who is asking.

pub mod accounting;
mod answer;
pub mod billing;
pub mod boms;
pub mod catalog;
mod cleared;
pub mod commission;
pub mod context;
pub mod counts;
pub mod coverage;
pub mod directory;
pub mod documents;
pub mod error;
pub mod events;
pub mod expiring;
pub mod explain;
pub mod export;
pub mod figures;
pub mod files;
pub mod glance;
pub mod history;
pub mod holds;
pub mod imports;
pub mod item_merges;
pub mod item_twins;
pub mod journal;
mod labels;
pub mod links;
pub mod list;
pub mod loans;
pub mod mail;
pub mod names;
pub mod notices;
pub mod opening;
pub mod packages;
pub mod packs;
pub mod pars;
pub mod people;
pub mod photos;
pub mod pools;
pub mod recalls;
pub mod reports;
pub mod requests;
pub mod search;
pub mod session;
pub mod sets;
mod subjects;
pub mod transfers;
pub mod unit_bulk;
pub mod unit_labels;
pub mod unit_lists;
pub mod units;
pub mod verify;
pub mod work;

pub use answer::{Answer, RequestKey, render};
pub use context::{Actor, Ctx, Source};
pub use error::{Error, Result};

use auth::Random;
use domain::clock::{Clock, Ids};
use std::marker::PhantomData;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use store::Db;
pub use store::{Error as StorageError, Tx};
use tokio::sync::Semaphore;

/// What differs from server to server.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// How people reach the console, without a slash at the end; in links of mails.
    pub public_url: String,
    /// Whether mail goes out; if not, links are shown to whoever made them and written to the outbox folder.
    pub mails: bool,
    /// Where mails are written when none go out.
    pub outbox: Option<PathBuf>,
    /// Files are sealed with it; without one they are kept as they came.
    pub file_key: Option<auth::Key>,
    /// The key before that one: files that are still sealed with it open as well.
    pub old_file_key: Option<auth::Key>,
}

/// The house, ready to serve. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    config: Arc<Config>,
    /// Places for passwords that are looked at.
    hashing: Arc<Semaphore>,
}

/// Passwords that are looked at at one moment: each takes 19 MiB (see `auth::password`).
const HASHING_AT_ONCE: usize = 4;

impl App {
    /// Puts the house on a database. `seed` makes its ids differ from those of other servers.
    pub fn new(db: Db, clock: Arc<dyn Clock>, seed: u64, config: Config) -> Self {
        Self {
            db,
            clock,
            ids: Arc::new(Ids::new(seed)),
            config: Arc::new(config),
            hashing: Arc::new(Semaphore::new(HASHING_AT_ONCE)),
        }
    }

    /// The same with real time and real randomness.
    pub fn real(db: Db, config: Config) -> Self {
        let mut bytes = [0; 8];
        auth::SystemRandom.fill(&mut bytes);
        Self::new(db, Arc::new(domain::clock::SystemClock), u64::from_le_bytes(bytes), config)
    }

    /// This moment.
    pub fn now(&self) -> domain::clock::Instant {
        self.clock.now()
    }

    /// What differs from server to server.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The storage, for the binary's own work: migrations, backup, figures of the port.
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Reads for somebody, in one snapshot.
    pub fn read<T, F>(&self, ctx: &Ctx, f: F) -> Coming<T>
    where
        T: Send + 'static,
        F: FnOnce(&Ctx, &mut Tx) -> Result<T> + Send + 'static,
    {
        Coming::new(self.read_anything(ctx.clone(), Box::new(move |ctx, tx| anything(f(ctx, tx)))))
    }

    fn read_anything(&self, ctx: Ctx, f: Reading) -> Boxed<Anything> {
        let db = self.db.clone();
        Box::pin(async move {
            let confined = move |tx: &mut Tx<'_>| {
                tx.confine(&[ctx.org()])?;
                f(&ctx, tx)
            };
            db.read(confined).await
        })
    }

    /// [`Self::read`] for a thread that is not driving async code.
    pub fn read_blocking<T, F>(&self, ctx: &Ctx, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Ctx, &mut Tx) -> Result<T> + Send + 'static,
    {
        let ctx = ctx.clone();
        self.db.read_blocking(move |tx| {
            tx.confine(&[ctx.org()])?;
            f(&ctx, tx)
        })
    }

    /// One unit of work for somebody. It may be run more than once, so it has no effects outside the transaction.
    pub fn write<T, F>(&self, ctx: &Ctx, f: F) -> Coming<T>
    where
        T: Send + 'static,
        F: Fn(&Ctx, &mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        Coming::new(self.write_anything(ctx.clone(), Box::new(move |ctx, tx| anything(f(ctx, tx)))))
    }

    fn write_anything(&self, ctx: Ctx, f: Writing) -> Boxed<Anything> {
        let db = self.db.clone();
        Box::pin(async move {
            let confined = move |tx: &mut Tx<'_>| {
                tx.confine(&[ctx.org()])?;
                f(&ctx, tx)
            };
            db.write(confined).await
        })
    }
}

/// A result on its way, without the type of what made it.
pub type Boxed<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// What a unit of work gives, when it has been done.
#[must_use = "nothing is done until this is awaited"]
pub struct Coming<T>(Boxed<Anything>, PhantomData<fn() -> T>);

impl<T: 'static> Coming<T> {
    const fn new(inner: Boxed<Anything>) -> Self {
        Self(inner, PhantomData)
    }
}

impl<T: 'static> Future for Coming<T> {
    type Output = Result<T>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.0.as_mut().poll(cx).map(|done| done.map(known))
    }
}

/// A value whose type is left out on its way through the storage, which would otherwise be compiled anew for each of the
/// many hundred requests.
type Anything = Box<dyn std::any::Any + Send>;
type Reading = Box<dyn FnOnce(&Ctx, &mut Tx<'_>) -> Result<Anything> + Send>;
type Writing = Box<dyn Fn(&Ctx, &mut Tx<'_>) -> Result<Anything> + Send + Sync>;

fn anything<T: Send + 'static>(done: Result<T>) -> Result<Anything> {
    done.map(|value| Box::new(value) as Anything)
}

fn known<T: 'static>(value: Anything) -> T {
    *value.downcast().expect("what comes out is what went in")
}
