//! Serving: the layers around every request, health, metrics, a clean end.

use crate::cli::Serve;
use crate::keys;
use anyhow::{Context, Result, bail};
use app::{App, Config};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use db::SchemaState;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// A request id from outside is taken when it looks like one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest a request may take.
const REQUEST_SECONDS: u64 = 120;
/// How long open requests may go on after a signal to stop.
const DRAIN_SECONDS: u64 = 10;

/// Begins logging; levels come from `RUST_LOG`.
pub fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,refinery_core=warn,tokio_postgres=warn".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { builder.json().init() } else { builder.compact().init() }
}

/// Serves until a signal to stop.
///
/// `beside`: where a key for files is made when none is given.
pub async fn serve(db: store::Db, options: Serve, beside: Option<PathBuf>) -> Result<()> {
    prepare(&db).await?;
    let file_key = match (&options.key_file, beside) {
        (Some(path), _) => Some(keys::read(path)?),
        (None, Some(path)) => Some(key_beside(&db, &path).await?),
        (None, None) => None,
    };
    let public_url = options.public_url.clone().unwrap_or_else(|| {
        let scheme = if options.tls_cert.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", options.listen)
    });
    let config = Config {
        public_url: public_url.trim_end_matches('/').to_owned(),
        mails: options.smtp_url.is_some(),
        outbox: options.smtp_url.is_none().then(|| options.outbox.clone()),
        file_key,
        old_file_key: options.old_key_file.as_deref().map(keys::read).transpose()?,
    };
    if config.file_key.is_none() {
        tracing::info!("files are kept as they come; set CASELOAD_KEY_FILE to seal them");
    }
    let app = App::real(db, config);
    app.try_file_key().await.map_err(crate::people::plain)?;
    let metrics = Arc::new(Metrics::new());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        let _ = stop.send(true);
    });
    let jobs = tokio::spawn(jobs::run(app.clone(), work(&options), until(stopped.clone())));
    if let Some(address) = options.admin_listen {
        let listener =
            tokio::net::TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on"))?;
        let router = Router::new().route("/metrics", get(show_metrics)).with_state((app.clone(), metrics.clone()));
        let until = until(stopped.clone());
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(until).await });
    }
    let router = router(app.clone(), metrics);
    listen(router, &options, until(stopped)).await?;
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS), jobs).await {
        ended.context("the server's own work ended badly")?.context("mail cannot be configured so")?;
    }
    app.db().clone().close().await;
    Ok(())
}

/// The key beside a database; not made where files were sealed with one that is not there.
async fn key_beside(db: &store::Db, path: &std::path::Path) -> Result<auth::Key> {
    if !path.exists() {
        let unkeyed = App::real(db.clone(), Config::default());
        let sealed = unkeyed.try_file_key().await.map_err(crate::people::plain);
        sealed.with_context(|| format!("{} is missing; put it back, or give the key by --key-file", path.display()))?;
        tracing::warn!(key = %path.display(), "files are sealed with a new key: keep a copy of it, apart from backups");
    }
    keys::made(path)
}

fn work(options: &Serve) -> jobs::Config {
    jobs::Config {
        smtp_url: options.smtp_url.clone(),
        mail_from: options.mail_from.clone(),
        outbox: options.outbox.clone(),
    }
}

/// A single-machine database is brought up to date; a shared one must be up to date already, unless it is empty.
async fn prepare(db: &store::Db) -> Result<()> {
    match db.schema_state(store::MIGRATIONS).await.context("the state of the database cannot be read")? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(n) if n == store::MIGRATIONS.len() => migrate(db).await,
        SchemaState::Behind(_) if db.engine() == db::Engine::Sqlite => migrate(db).await,
        SchemaState::Behind(n) => bail!("the database is {n} migrations behind; run `caseload migrate` first"),
        other => bail!(
            "this program does not know the database's schema ({other:?}); use the version that made it, or a newer one"
        ),
    }
}

async fn migrate(db: &store::Db) -> Result<()> {
    db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
    Ok(())
}

async fn listen(router: Router, options: &Serve, until: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    if let (Some(cert), Some(key)) = (&options.tls_cert, &options.tls_key) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = axum_server::tls_rustls::RustlsConfig::from_pem_file(cert, key)
            .await
            .context("the certificate or its key cannot be read")?;
        let handle = axum_server::Handle::new();
        let drain = handle.clone();
        tokio::spawn(async move {
            until.await;
            drain.graceful_shutdown(Some(Duration::from_secs(DRAIN_SECONDS)));
        });
        tracing::info!(address = %options.listen, "listening with TLS");
        axum_server::bind_rustls(options.listen, config).handle(handle).serve(service).await?;
        return Ok(());
    }
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("{} cannot be listened on; is another server running?", options.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let (stopping, stop) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        until.await;
        let _ = stopping.send(());
    });
    tokio::select! {
        done = serving => done?,
        () = async { let _ = stop.await; tokio::time::sleep(Duration::from_secs(DRAIN_SECONDS)).await } => {
            tracing::warn!("open requests were cut off");
        }
    }
    Ok(())
}

async fn until(mut stopped: tokio::sync::watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
}

/// Every route with the layers around it.
pub fn router(app: App, metrics: Arc<Metrics>) -> Router {
    let layers = ServiceBuilder::new()
        .layer(axum::middleware::from_fn_with_state((app.clone(), metrics), around))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(domain::limits::IMPORT_BODY_BYTES));
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(app.clone()))
        .merge(api::router(app.clone()))
        .merge(web::router(app))
        .layer(layers)
}

async fn ready(State(app): State<App>) -> Response {
    match app.db().ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}

/// Marks an answer that stands for a panic, until the outermost layer words it with the name of the request.
#[derive(Clone)]
struct Panicked;

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Extension(Panicked)).into_response()
}

fn said_of_panic(id: &HeaderValue) -> Response {
    let error = app::Error::Internal("a request panicked".into());
    api::Failure::named(error, id.to_str().unwrap_or("none")).into_response()
}

/// Names the request, measures it, logs it, bounds its time, and adds what every answer carries.
async fn around(State((app, metrics)): State<(App, Arc<Metrics>)>, mut request: Request, next: Next) -> Response {
    let id = request_id(&app, &request);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let limit = Duration::from_secs(REQUEST_SECONDS);
    let mut response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) if response.extensions().get::<Panicked>().is_some() => said_of_panic(&id),
        Ok(response) => response,
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    };
    let took = began.elapsed();
    metrics.requests.get_or_create(&Seen { status: response.status().as_u16() }).inc();
    metrics.seconds.observe(took.as_secs_f64());
    tracing::debug!(request_id = id.to_str().unwrap_or_default(), %method, path, status = response.status().as_u16(),
        ms = took.as_secs_f64() * 1000.0, "request");
    finish(&mut response, id, path.starts_with("/assets/"));
    response
}

fn request_id(app: &App, request: &Request) -> HeaderValue {
    let outside = request.headers().get(&REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        (8..=64).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    });
    outside
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_str(&app.request_id()).unwrap_or(HeaderValue::from_static("none")))
}

const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

fn finish(response: &mut Response, id: HeaderValue, is_asset: bool) {
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), geolocation=(), microphone=()"),
    );
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if !is_asset {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}

/// The label of a counted request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, prometheus_client::encoding::EncodeLabelSet)]
struct Seen {
    status: u16,
}

/// Figures of the server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Seen, Counter>,
    seconds: Histogram,
    queue: Gauge,
    groups: Gauge,
    units: Gauge,
    retries: Gauge,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("caseload");
        let requests = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let (queue, groups, units, retries) = (Gauge::default(), Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("requests", "Requests by status", requests.clone());
        registry.register("request_seconds", "Time to answer", seconds.clone());
        registry.register("storage_queue", "Units of work that wait", queue.clone());
        registry.register("storage_commits", "Durable commits so far", groups.clone());
        registry.register("storage_units", "Units of work so far", units.clone());
        registry.register("storage_retries", "Units of work that were run again", retries.clone());
        Self { registry, requests, seconds, queue, groups, units, retries }
    }
}

async fn show_metrics(State((app, metrics)): State<(App, Arc<Metrics>)>) -> Response {
    let stats = app.db().stats();
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    metrics.queue.set(stats.queue as i64);
    metrics.groups.set(number(stats.groups));
    metrics.units.set(number(stats.units));
    metrics.retries.set(number(stats.retries));
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;

    async fn break_down() -> &'static str {
        panic!("as asked")
    }

    #[tokio::test]
    async fn a_panic_is_told_with_the_name_of_its_request() {
        let name = async |request: Request, next: Next| {
            let response = next.run(request).await;
            assert!(response.extensions().get::<Panicked>().is_some(), "the outermost layer sees what it was");
            said_of_panic(&HeaderValue::from_static("request-7"))
        };
        let router = Router::new().route("/", get(break_down)).layer(
            ServiceBuilder::new()
                .layer(axum::middleware::from_fn(name))
                .layer(CompressionLayer::new())
                .layer(CatchPanicLayer::custom(panicked)),
        );
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((body["code"].as_str(), body["request_id"].as_str()), (Some("internal"), Some("request-7")));
    }
}
