//! A request on its way in: who asks, with which key and version, with which body; and the answer on its way out.

use crate::problem::{Failure, request_id};
use app::history::Past;
use app::session::Incoming;
use app::{Answer, App, Ctx, Error, RequestKey, Source, render};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::ListParams;
use domain::id::{Id, Kind};
use domain::limits;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

/// How a list is paged; see [`ListParams`]. For the document: what is asked is read by [`Edge::list`].
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
pub struct Paging {
    /// Rows a page: 50, at most 500
    limit: Option<u32>,
    /// next_cursor of the page before
    cursor: Option<String>,
    /// Adds total
    count: Option<bool>,
}

/// What every handler begins with: the house and whoever asks.
pub struct Edge {
    /// The house.
    pub app: App,
    /// Whoever asks.
    pub ctx: Ctx,
    method: axum::http::Method,
    path: String,
    query: String,
    key: Option<String>,
    wants_csv: bool,
}

/// The result of a handler.
pub type Out = Result<Response, Failure>;

/// The same on its way, without the type of what made it.
pub type Coming = Pin<Box<dyn Future<Output = Out> + Send>>;

impl Edge {
    /// An error of this request.
    pub fn fail(&self, error: Error) -> Failure {
        Failure::named(error, &self.ctx.request_id)
    }

    /// Answers a read.
    pub fn read<T, F>(&self, f: F) -> Coming
    where
        T: Serialize,
        F: FnOnce(&Ctx, &mut store_tx::Tx) -> app::Result<T> + Send + 'static,
    {
        self.read_rendered(self.app.read(&self.ctx, move |ctx, tx| render(&f(ctx, tx)?)))
    }

    fn read_rendered(&self, body: app::Coming<Vec<u8>>) -> Coming {
        let id = self.ctx.request_id.clone();
        Box::pin(async move {
            let body = body.await.map_err(|error| Failure::named(error, &id))?;
            Ok(as_json(StatusCode::OK, body))
        })
    }

    /// Answers a write without a body.
    pub fn write<T, F>(&self, status: u16, f: F) -> Coming
    where
        T: Serialize,
        F: Fn(&Ctx, &mut store_tx::Tx) -> app::Result<T> + Send + Sync + 'static,
    {
        self.write_body(status, &[], f)
    }

    /// Answers a write with a body; the body is part of what a key stands for.
    pub fn write_body<T, F>(&self, status: u16, body: &[u8], f: F) -> Coming
    where
        T: Serialize,
        F: Fn(&Ctx, &mut store_tx::Tx) -> app::Result<T> + Send + Sync + 'static,
    {
        self.write_rendered(self.app.answer(&self.ctx, self.request_key(body), status, f))
    }

    fn write_rendered(&self, answer: app::Boxed<Answer>) -> Coming {
        let id = self.ctx.request_id.clone();
        Box::pin(async move { Ok(rendered(answer.await.map_err(|error| Failure::named(error, &id))?)) })
    }

    /// Answers with what a use case gives of the thing in the path.
    pub async fn read_one<K, T>(self, id: &str, f: fn(&Ctx, &mut store_tx::Tx, Id<K>) -> app::Result<T>) -> Out
    where
        K: Kind + Send + 'static,
        T: Serialize + Send + 'static,
    {
        let id = self.id::<K>(id)?;
        self.read(move |ctx, tx| f(ctx, tx, id)).await
    }

    /// Answers with a list.
    pub async fn read_list<T>(self, f: fn(&Ctx, &mut store_tx::Tx, &ListParams) -> app::Result<T>) -> Out
    where
        T: Serialize + Send + 'static,
    {
        let params = self.list()?;
        self.read(move |ctx, tx| f(ctx, tx, &params)).await
    }

    /// Answers with a list of the thing in the path.
    pub async fn read_list_of<K, T>(
        self,
        id: &str,
        f: fn(&Ctx, &mut store_tx::Tx, Id<K>, &ListParams) -> app::Result<T>,
    ) -> Out
    where
        K: Kind + Send + 'static,
        T: Serialize + Send + 'static,
    {
        let (id, params) = (self.id::<K>(id)?, self.list()?);
        self.read(move |ctx, tx| f(ctx, tx, id, &params)).await
    }

    /// Does something with the thing in the path.
    pub async fn act<K, T>(self, id: &str, f: fn(&Ctx, &mut store_tx::Tx, Id<K>) -> app::Result<T>) -> Out
    where
        K: Kind + Send + Sync + 'static,
        T: Serialize + 'static,
    {
        let id = self.id::<K>(id)?;
        self.write(200, move |ctx, tx| f(ctx, tx, id)).await
    }

    /// Makes something of a body.
    pub async fn make<B, T>(
        self,
        status: u16,
        body: Key<B>,
        f: fn(&Ctx, &mut store_tx::Tx, &B) -> app::Result<T>,
    ) -> Out
    where
        B: Send + Sync + 'static,
        T: Serialize + 'static,
    {
        self.make_of(status, body, f).await
    }

    /// Does with the thing in the path what a body says.
    pub async fn change<K, B, T>(
        self,
        status: u16,
        id: &str,
        body: Key<B>,
        f: fn(&Ctx, &mut store_tx::Tx, Id<K>, &B) -> app::Result<T>,
    ) -> Out
    where
        K: Kind + Send + Sync + 'static,
        B: Send + Sync + 'static,
        T: Serialize + 'static,
    {
        let id = self.id::<K>(id)?;
        self.make_of(status, body, move |ctx, tx, value| f(ctx, tx, id, value)).await
    }

    /// [`Self::make`] of something that is known already.
    pub async fn make_of<B, T, F>(self, status: u16, body: Key<B>, f: F) -> Out
    where
        B: Send + Sync + 'static,
        T: Serialize + 'static,
        F: Fn(&Ctx, &mut store_tx::Tx, &B) -> app::Result<T> + Send + Sync + 'static,
    {
        let Key { value, bytes } = body;
        self.write_body(status, &bytes, move |ctx, tx| f(ctx, tx, &value)).await
    }

    /// This request's key with the digest of what it asks for.
    pub fn request_key(&self, body: &[u8]) -> Option<RequestKey> {
        let key = self.key.clone()?;
        let mut digest = Sha256::new();
        for part in
            [self.method.as_str().as_bytes(), b" ", self.path.as_bytes(), b"?", self.query.as_bytes(), b"\n", body]
        {
            digest.update(part);
        }
        Some(RequestKey { key, digest: digest.finalize().into() })
    }

    /// What is asked of a list.
    pub fn list(&self) -> Result<ListParams, Failure> {
        list_params(&self.query).map_err(|error| self.fail(error))
    }

    /// What is asked of a history.
    pub fn past(&self) -> Result<Past, Failure> {
        Past::asked(&self.list()?).map_err(|error| self.fail(error))
    }

    /// Whether the list is wanted as CSV.
    pub const fn wants_csv(&self) -> bool {
        self.wants_csv
    }

    /// 403 when the list is wanted as a file and the caller may not take customers and locations away as one.
    pub fn may_export(&self) -> Result<(), Failure> {
        if self.wants_csv {
            self.ctx.require(domain::people::Permission::ExportDirectory).map_err(|error| self.fail(error))?;
        }
        Ok(())
    }

    /// The id in the path; text that is no id of this kind is as unknown as any other.
    pub fn id<K: Kind>(&self, text: &str) -> Result<Id<K>, Failure> {
        text.parse().map_err(|_| self.fail(Error::not_found()))
    }
}

/// Names the transaction's type without naming its crate.
mod store_tx {
    pub use app::Tx;
}

/// JSON with a status; the version of one object is its ETag too.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Out {
    let body = serde_json::to_vec(value).map_err(|error| Failure::named(Error::Internal(error.to_string()), "none"))?;
    Ok(as_json(status, body))
}

fn as_json(status: StatusCode, body: Vec<u8>) -> Response {
    let etag = version_of(&body).and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok());
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The version that an object says it has. Lists have none, and are not looked through for it.
fn version_of(body: &[u8]) -> Option<i64> {
    #[derive(Deserialize)]
    struct Versioned {
        version: Option<i64>,
    }
    if body.starts_with(b"{\"items\"") {
        return None;
    }
    serde_json::from_slice::<Versioned>(body).ok()?.version
}

/// An answer of [`App::answer`] on its way out.
pub(crate) fn rendered(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = as_json(status, answer.body);
    if answer.replayed {
        response.headers_mut().insert("idempotent-replay", HeaderValue::from_static("true"));
    }
    response
}

fn header_text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = header_text(headers, header::AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn expected_version(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse();
    number.map(Some).map_err(|_| Error::Malformed("If-Match holds the version that you read, e.g. \"3\".".into()))
}

impl Edge {
    /// Behind a pointer, because it would otherwise be a part of every handler.
    fn opened(parts: &Parts, app: App) -> Pin<Box<dyn Future<Output = Result<Self, Failure>> + Send + '_>> {
        Box::pin(async move { Self::open(parts, &app, false).await })
    }

    async fn open(parts: &Parts, app: &App, even_if_not_ready: bool) -> Result<Self, Failure> {
        let fail = |error| Failure::new(error, &parts.headers);
        let token = bearer(&parts.headers).ok_or_else(|| fail(Error::Unauthorized))?;
        let incoming = Incoming {
            request_id: request_id(&parts.headers).into(),
            source: Source::Api,
            expected_version: expected_version(&parts.headers).map_err(fail)?,
        };
        let mut ctx = app.authenticate(token, incoming, even_if_not_ready).await.map_err(fail)?;
        // Only this process itself can say where from, as the demo does for the people that it plays.
        ctx.source = parts.extensions.get().copied().unwrap_or(ctx.source);
        let key = parts.headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
        let accept = header_text(&parts.headers, header::ACCEPT).unwrap_or_default();
        Ok(Self {
            app: app.clone(),
            ctx,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            key,
            wants_csv: accept.contains("text/csv"),
        })
    }
}

impl FromRequestParts<App> for Edge {
    type Rejection = Failure;
    fn from_request_parts(parts: &mut Parts, app: &App) -> impl Future<Output = Result<Self, Failure>> + Send {
        Self::opened(parts, app.clone())
    }
}

/// The same for accounts that may not work yet: `GET /me` alone.
pub struct EdgeEvenIfNotReady(pub Edge);

impl FromRequestParts<App> for EdgeEvenIfNotReady {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Edge::open(parts, app, true).await.map(Self)
    }
}

/// The address of the caller, as the socket has it.
pub struct Address(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(connected.map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(address)| address.ip())))
    }
}

/// A JSON body with its bytes, for the key. 400 for what is not JSON, 422 for what does not fit.
pub struct Key<T> {
    /// The parsed body.
    pub value: T,
    /// Its bytes.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<App> for Key<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, _: &App) -> Result<Self, Failure> {
        let (headers, body) = received(request).await;
        let parsed = body.and_then(|bytes| Ok(Self { value: parse(&bytes)?, bytes }));
        parsed.map_err(|error| Failure::new(error, &headers))
    }
}

/// The headers and the body of a request.
fn received(request: Request) -> Pin<Box<dyn Future<Output = (HeaderMap, app::Result<Bytes>)> + Send>> {
    let (parts, body) = request.into_parts();
    Box::pin(async move {
        let body = whole(body, limits::BODY_BYTES).await.ok_or_else(|| {
            let message =
                format!("The body is larger than {} MB. Send fewer things at once.", limits::BODY_BYTES >> 20);
            Error::TooLarge(message)
        });
        (parts.headers, body)
    })
}

/// The most that is read of a body that is too large anyway.
const READ_ON_BYTES: usize = 64 * 1024 * 1024;

/// A body, if it is not too large. What is too large is read on to its end: a client that still sends does not hear the answer.
pub(crate) async fn whole(body: Body, most: usize) -> Option<Bytes> {
    let mut parts = body.into_data_stream();
    let (mut held, mut read) = (Vec::new(), 0);
    while let Some(part) = parts.next().await {
        let part = part.ok()?;
        read += part.len();
        if read > READ_ON_BYTES {
            return None;
        }
        if read <= most {
            held.extend_from_slice(&part);
        } else {
            held = Vec::new();
        }
    }
    (read <= most).then(|| held.into())
}

/// Reads JSON; an empty body stands for an empty object.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> app::Result<T> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let named = field_of(&inner.to_string(), &path);
                Error::field(named, "invalid_value", sentence(&inner))
            }
            _ => Error::Malformed(format!("The body is not JSON. {}", sentence(&inner))),
        }
    })?;
    reader.end().map_err(|_| Error::Malformed("There is something after the JSON in the body.".into()))?;
    Ok(value)
}

/// The field that a parser complains about: the one at its place, or the one in it that is missing or unknown.
fn field_of(message: &str, path: &str) -> String {
    let place = if path == "." { "" } else { path };
    let inner = ["missing field `", "unknown field `"].iter().find_map(|begin| message.strip_prefix(begin));
    match inner.and_then(|rest| rest.split('`').next()) {
        // For an unknown field the place ends with it already.
        Some(name) if place == name || place.ends_with(&format!(".{name}")) => place.to_owned(),
        Some(name) if place.is_empty() => name.to_owned(),
        Some(name) => format!("{place}.{name}"),
        None => place.to_owned(),
    }
}

/// The longest message of a parser that is passed on.
const SENTENCE_BYTES: usize = 400;

/// A parser's message as a sentence, without its place in the text.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text).trim_end_matches('.').replace('`', "\"");
    // The message quotes what was sent, however long that was.
    let mut letters = text.char_indices().take_while(|(at, _)| *at < SENTENCE_BYTES).map(|(_, letter)| letter);
    let Some(first) = letters.next() else { return String::new() };
    format!("{}{}.", first.to_uppercase(), letters.collect::<String>())
}

fn list_params(query: &str) -> app::Result<ListParams> {
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(query).map_err(|_| Error::Malformed("The query is not well formed.".into()))?;
    let mut params = ListParams::default();
    for (name, value) in pairs {
        match name.as_str() {
            "limit" => {
                let limit =
                    value.parse().map_err(|_| Error::field("limit", "invalid_limit", "Give a whole number."))?;
                params.limit = Some(limit);
            }
            "cursor" => params.cursor = Some(value),
            "count" => params.count = value == "true" || value == "1",
            "sort" => params.sort = Some(value),
            "q" => params.q = Some(value),
            "fields" => params.fields = Some(value),
            _ => {
                params.filters.insert(name, value);
            }
        }
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        n: i64,
    }

    #[test]
    fn what_is_not_json_is_malformed_and_what_does_not_fit_is_invalid() {
        assert!(matches!(parse::<Sample>(b"{"), Err(Error::Malformed(_))));
        assert!(matches!(parse::<Sample>(b"{\"n\":1} x"), Err(Error::Malformed(_))));
        assert!(matches!(parse::<Sample>(b"{\"n\":\"a\"}"), Err(Error::Invalid { .. })));
        assert!(matches!(parse::<Sample>(b"{\"n\":1,\"m\":2}"), Err(Error::Invalid { .. })));
        assert_eq!(parse::<Sample>(b"{\"n\":1}").unwrap().n, 1);
    }

    #[test]
    fn the_field_to_blame_is_named() {
        for (message, path, field) in [
            ("missing field `reason`", ".", "reason"),
            ("missing field `id`", "changes.lines[2]", "changes.lines[2].id"),
            ("unknown field `m`, expected `n`", "m", "m"),
            ("unknown field `m`, expected `n`", ".", "m"),
            ("invalid type: string", "n", "n"),
            ("invalid type: sequence", ".", ""),
        ] {
            assert_eq!(field_of(message, path), field, "{message} at {path}");
        }
    }

    #[test]
    fn a_parser_says_what_is_wrong_in_a_sentence() {
        let Err(Error::Invalid { message, .. }) = parse::<Sample>(b"{\"m\":2}") else { panic!("it should not fit") };
        assert_eq!(message, "Unknown field \"m\", expected \"n\".");
    }

    #[test]
    fn the_version_of_an_object_is_known_and_a_page_has_none() {
        assert_eq!(version_of(b"{\"id\":\"x\",\"version\":7}"), Some(7));
        assert_eq!(version_of(b"{\"items\":[{\"version\":7}],\"next_cursor\":null}"), None);
        assert_eq!(version_of(b"{\"inner\":{\"version\":7}}"), None);
    }

    #[test]
    fn filters_keep_their_names() {
        let params = list_params("limit=5&state=available,on_hold&count=true&q=cup%2052").unwrap();
        assert_eq!((params.limit, params.count, params.q.as_deref()), (Some(5), true, Some("cup 52")));
        assert_eq!(params.filters["state"], "available,on_hold");
    }
}
