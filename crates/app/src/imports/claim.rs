//! An import under a key: remembered before its first chunk and with each, so that a repetition after a broken line or a
//! crash goes on where the first try ended, and nothing is done twice.

use super::Effect;
use crate::answer::{Answer, RequestKey, key_reused};
use crate::{App, Ctx, Error, Result};
use domain::id::{self, ImportId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// How long a try is left alone. A request ends sooner, so after that nobody works on it any more.
const LEASE_SECONDS: i64 = 150;
/// The status of an import that is not done yet.
const RUNNING: i64 = 0;

/// How far an import has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Progress {
    pub import: ImportId,
    /// Until when whoever took it may work on it, in microseconds.
    until: i64,
    /// What became of the rows that are kept, by their number in the table.
    pub done: BTreeMap<usize, Effect>,
}

/// An import that this request works on.
#[derive(Clone)]
pub(super) struct Claim {
    key: RequestKey,
    pub progress: Progress,
}

/// What became of a claim.
pub(super) enum Begun {
    Mine(Claim),
    Answered(Answer),
}

fn bytes(progress: &Progress) -> Result<Vec<u8>> {
    serde_json::to_vec(progress).map_err(|error| Error::Internal(error.to_string()))
}

fn running() -> Error {
    Error::conflict("import_running", "This import is still being done. Ask again with the same key in a moment.")
}

impl Claim {
    /// The same with these rows kept, written down in the unit of work that keeps them.
    pub fn note(&self, ctx: &Ctx, tx: &mut Tx, rows: impl Iterator<Item = (usize, Effect)>) -> Result<Progress> {
        let mut progress = self.progress.clone();
        progress.done.extend(rows);
        // Not the fault of a row: the whole try ends.
        self.store(ctx, tx, RUNNING, &bytes(&progress)?).map_err(|_| Error::TooMany(1))?;
        Ok(progress)
    }

    /// Replaces what is remembered; refused when another request went on with it meanwhile.
    fn store(&self, ctx: &Ctx, tx: &mut Tx, status: i64, answer: &[u8]) -> Result<()> {
        let actor = ctx.actor.id.uuid();
        let before = bytes(&self.progress)?;
        match store::engine::remember_instead(tx, ctx.org(), actor, &self.key.key, &before, status, answer)? {
            true => Ok(()),
            false => Err(running()),
        }
    }
}

impl App {
    /// Takes an import for this request, or gives the answer that it had before.
    pub(super) async fn claim_import(&self, ctx: &Ctx, key: RequestKey) -> Result<Begun> {
        let first = self.try_claim(ctx, key.clone()).await;
        match first {
            // Two requests met at the row: the other one has it.
            Err(Error::Db(error)) if error.is_unique_violation().is_some() => self.try_claim(ctx, key).await,
            first => first,
        }
    }

    async fn try_claim(&self, ctx: &Ctx, key: RequestKey) -> Result<Begun> {
        key.check()?;
        let until = ctx.now.plus_seconds(LEASE_SECONDS).0;
        self.write(ctx, move |ctx, tx| {
            let actor = ctx.actor.id.uuid();
            let Some(before) = store::engine::remembered(tx, ctx.org(), actor, &key.key)? else {
                let progress = Progress { import: ctx.id::<id::Import>(), until, done: BTreeMap::new() };
                let (digest, answer) = (&key.digest, bytes(&progress)?);
                store::engine::remember(tx, ctx.org(), actor, &key.key, digest, RUNNING as u16, &answer, ctx.now.0)?;
                return Ok(Begun::Mine(Claim { key: key.clone(), progress }));
            };
            if before.body_digest != key.digest {
                return Err(key_reused());
            }
            if before.status != RUNNING {
                let status = u16::try_from(before.status).unwrap_or(200);
                return Ok(Begun::Answered(Answer { status, body: before.answer, replayed: true }));
            }
            let progress: Progress =
                serde_json::from_slice(&before.answer).map_err(|error| Error::Internal(error.to_string()))?;
            if progress.until > ctx.now.0 {
                return Err(running());
            }
            let mut claim = Claim { key: key.clone(), progress };
            let taken = Progress { until, ..claim.progress.clone() };
            claim.store(ctx, tx, RUNNING, &bytes(&taken)?)?;
            claim.progress = taken;
            Ok(Begun::Mine(claim))
        })
        .await
    }

    /// Remembers what an import answered.
    pub(super) async fn finish_import<T: Serialize>(&self, ctx: &Ctx, claim: Claim, done: &T) -> Result<Answer> {
        let body = serde_json::to_vec(done).map_err(|error| Error::Internal(error.to_string()))?;
        let answer = Answer { status: 200, body, replayed: false };
        self.write(ctx, move |ctx, tx| {
            claim.store(ctx, tx, i64::from(answer.status), &answer.body)?;
            Ok(answer.clone())
        })
        .await
    }

    /// Lets go of an import that failed as a whole: forgotten when nothing of it is kept, otherwise free to be gone on with.
    pub(super) async fn release_import(&self, ctx: &Ctx, claim: Claim) -> Result<()> {
        self.write(ctx, move |ctx, tx| {
            if claim.progress.done.is_empty() {
                store::engine::forget_one(tx, ctx.org(), ctx.actor.id.uuid(), &claim.key.key)?;
                return Ok(());
            }
            let free = Progress { until: 0, ..claim.progress.clone() };
            claim.store(ctx, tx, RUNNING, &bytes(&free)?)
        })
        .await
    }
}
