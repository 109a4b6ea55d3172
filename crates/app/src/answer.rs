//! Repeated requests: the same key and body get the first answer again, and have one effect.

use crate::{App, Boxed, Ctx, Error, Result};
use serde::Serialize;
use std::sync::Arc;
use store::Tx;

/// A request's key and what it asked for.
#[derive(Clone, Debug)]
pub struct RequestKey {
    /// The caller's key.
    pub key: String,
    /// Digest of method, path and body.
    pub digest: [u8; 32],
}

/// A rendered answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// Given before.
    pub replayed: bool,
}

/// Keys are at most this long.
const KEY_MAX: usize = 255;

impl RequestKey {
    /// Refuses a key that is no key.
    pub(crate) fn check(&self) -> Result<()> {
        if self.key.is_empty() || self.key.len() > KEY_MAX {
            return Err(Error::field("Idempotency-Key", "invalid_key", "Give a key of 1 to 255 characters."));
        }
        Ok(())
    }
}

/// The refusal of a key that stands for another request.
pub(crate) fn key_reused() -> Error {
    Error::field(
        "Idempotency-Key",
        "idempotency_key_reused",
        "This key was used for another request. Use a new key for a new request.",
    )
}

/// A unit of work whose result is rendered inside it, without the type of what is rendered: what surrounds the many hundred
/// requests is compiled once.
type Rendering = Arc<dyn Fn(&Ctx, &mut Tx<'_>) -> Result<Vec<u8>> + Send + Sync>;

/// As JSON.
pub fn render<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))
}

impl App {
    /// One unit of work whose answer is rendered inside it and, with a key, remembered with it.
    pub fn answer<T, F>(&self, ctx: &Ctx, key: Option<RequestKey>, status: u16, f: F) -> Boxed<Answer>
    where
        T: Serialize,
        F: Fn(&Ctx, &mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.answer_rendered(ctx.clone(), key, status, Arc::new(move |ctx, tx| render(&f(ctx, tx)?)))
    }

    fn answer_rendered(&self, ctx: Ctx, key: Option<RequestKey>, status: u16, f: Rendering) -> Boxed<Answer> {
        let app = self.clone();
        Box::pin(async move { app.answer_once(&ctx, key, status, f).await })
    }

    async fn answer_once(&self, ctx: &Ctx, key: Option<RequestKey>, status: u16, f: Rendering) -> Result<Answer> {
        if let Some(key) = &key {
            key.check()?;
        }
        let again = (key.clone(), f.clone());
        let first = self.write(ctx, move |ctx, tx| once(ctx, tx, key.as_ref(), status, &f)).await;
        match (first, again) {
            // Two requests with one key met at the remembered row: the other one is done, so this one is a repetition.
            (Err(Error::Db(error)), (Some(key), f))
                if error.is_unique_violation().is_some_and(|what| what.contains("engine_idempotency")) =>
            {
                self.write(ctx, move |ctx, tx| once(ctx, tx, Some(&key), status, &f)).await
            }
            // The first request with this key may have been done after the key was looked for and before the state was:
            // what refuses its repetition is then its own effect.
            (Err(refused), (Some(key), _)) => {
                let before = self.read(ctx, move |ctx, tx| replay(ctx, tx, &key)).await;
                before.ok().flatten().ok_or(refused)
            }
            (first, _) => first,
        }
    }
}

/// The answer that was given under this key, if one was.
fn replay(ctx: &Ctx, tx: &mut Tx, key: &RequestKey) -> Result<Option<Answer>> {
    let before = store::engine::remembered(tx, ctx.org(), ctx.actor.id.uuid(), &key.key)?;
    let Some(before) = before else { return Ok(None) };
    if before.body_digest != key.digest {
        return Err(key_reused());
    }
    let status = u16::try_from(before.status).unwrap_or(200);
    Ok(Some(Answer { status, body: before.answer, replayed: true }))
}

fn once(ctx: &Ctx, tx: &mut Tx, key: Option<&RequestKey>, status: u16, f: &Rendering) -> Result<Answer> {
    if let Some(key) = key
        && let Some(before) = replay(ctx, tx, key)?
    {
        return Ok(before);
    }
    let body = f(ctx, tx)?;
    if let Some(key) = key {
        store::engine::remember(tx, ctx.org(), ctx.actor.id.uuid(), &key.key, &key.digest, status, &body, ctx.now.0)?;
    }
    Ok(Answer { status, body, replayed: false })
}
