//! Speaking the API from inside: the demo is made as any program would make it, only at moments of its own.

use anyhow::{Context, Result, bail};
use app::App;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::clock::{Clock, Instant};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;

/// A clock that the demo moves through a year.
#[derive(Debug)]
pub struct StoryClock(AtomicI64);

impl StoryClock {
    /// Stands at a moment.
    pub fn at(moment: Instant) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(moment.0)))
    }

    /// Moves to a moment, never back.
    pub fn go(&self, moment: Instant) {
        self.0.fetch_max(moment.0, Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Instant {
        // Every look is a microsecond later, so that nothing happens at the same moment.
        Instant(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A client that acts as anybody by e-mail.
pub struct Client {
    app: App,
    router: Router,
    clock: Arc<StoryClock>,
    tokens: HashMap<String, (String, i64)>,
}

/// Tokens are made anew after this many microseconds of story.
const TOKEN_LIFE: i64 = 60 * 86_400_000_000;

impl Client {
    /// On a house whose clock this is.
    pub fn new(app: App, clock: Arc<StoryClock>) -> Self {
        Self { router: api::router(app.clone()), app, clock, tokens: HashMap::new() }
    }

    async fn token(&mut self, email: &str) -> Result<String> {
        let now = self.clock.now().0;
        if let Some((token, made)) = self.tokens.get(email)
            && now - made < TOKEN_LIFE
        {
            return Ok(token.clone());
        }
        let made = self.app.token_for(email).await.map_err(crate::people::plain)?;
        self.tokens.insert(email.to_owned(), (made.token.clone(), now));
        Ok(made.token)
    }

    /// The house itself, for what the API takes as files.
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Somebody, now.
    pub async fn context(&self, email: &str) -> Result<app::Ctx> {
        let found = self.app.context_of(email, app::Source::Console).await.map_err(crate::people::plain)?;
        found.with_context(|| format!("nobody is {email}"))
    }

    /// Sends a request as somebody; fails when it is refused.
    pub async fn send(&mut self, who: &str, method: Method, path: &str, body: Value) -> Result<Value> {
        let token = self.token(who).await?;
        let bytes = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body)? };
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .extension(app::Source::Console)
            .body(Body::from(bytes))?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        if !status.is_success() {
            bail!("{who}: {method} {path} answered {status}: {}\n{body}", String::from_utf8_lossy(&bytes));
        }
        if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes).context("an answer is not JSON") }
    }

    /// GET.
    pub async fn get(&mut self, who: &str, path: &str) -> Result<Value> {
        self.send(who, Method::GET, path, Value::Null).await
    }

    /// POST.
    pub async fn post(&mut self, who: &str, path: &str, body: Value) -> Result<Value> {
        self.send(who, Method::POST, path, body).await
    }

    /// PUT.
    pub async fn put(&mut self, who: &str, path: &str, body: Value) -> Result<Value> {
        self.send(who, Method::PUT, path, body).await
    }

    /// PATCH.
    pub async fn patch(&mut self, who: &str, path: &str, body: Value) -> Result<Value> {
        self.send(who, Method::PATCH, path, body).await
    }
}

/// The id in an answer.
pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_default().to_owned()
}

/// The ids of an answer's items.
pub fn ids(value: &Value) -> Vec<String> {
    value["items"].as_array().into_iter().flatten().map(id).collect()
}
