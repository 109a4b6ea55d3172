//! A request on its way in: who asks, whether the form is ours, what it holds; and the answer on its way out, errors
//! included.
//!
//! [`around`] stands before every page. It finds the session, refuses forms that did not come from our own pages, reads
//! them once, and turns the errors that handlers return into pages or toasts. Handlers take a [`Visit`] and, when they
//! change something, a [`Sent`].
//!
//! The token of a form is followed by the name of the request that made the page. So the same form sent twice (a double
//! click, a reload after sending) has the same bytes, and they are the key under which the first answer is remembered.

use crate::session;
use crate::ui::{
    Button, Empty, FieldError, Flash, Hx, Icon, Link, Page, Prefs, Room, Text, Viewer, dialog_body, error_page,
};
use app::session::Incoming;
use app::{Answer, App, Coming, Ctx, Error, RequestKey, Source, Tx};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, MatchedPath, Multipart, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::MethodRouter;
use domain::clock::Instant;
use domain::id::{Id, Kind};
use domain::people::{Permission, Role};
use maud::{Markup, Render, html};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A handler whose own type is left out, so that the router is compiled once and not for each of the many hundred pages.
#[derive(Clone)]
struct Erased(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Handler<(), App> for Erased {
    type Future = Answering;
    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

fn erased<T: 'static, H: Handler<T, App, Future = Answering> + Sync>(handler: H) -> Erased {
    Erased(Arc::new(move |request, app| handler.clone().call(request, app)))
}

/// A page that is read.
pub fn get<T: 'static>(handler: impl Handler<T, App, Future = Answering>) -> MethodRouter<App> {
    axum::routing::get(erased(handler))
}

/// A form that is sent.
pub fn post<T: 'static>(handler: impl Handler<T, App, Future = Answering>) -> MethodRouter<App> {
    axum::routing::post(erased(handler))
}

/// What a handler answers.
pub type Out = Result<Response, Fail>;

/// An error on its way out; [`around`] makes a page or a toast of it.
#[derive(Debug, Clone)]
pub struct Fail(Arc<Error>);

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl Fail {
    /// Unknown or out of reach.
    pub fn not_found() -> Self {
        Error::not_found().into()
    }

    fn status(&self) -> StatusCode {
        match *self.0 {
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Forbidden { .. } => StatusCode::FORBIDDEN,
            Error::Conflict { .. } | Error::Outdated { .. } => StatusCode::CONFLICT,
            Error::Stale(_) => StatusCode::PRECONDITION_FAILED,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Db(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading and what to do.
    fn words(&self) -> (&'static str, String) {
        match &*self.0 {
            Error::Unauthorized => ("Sign in again", "Your session is over.".into()),
            Error::NotFound(_) => (
                "Nothing here",
                "This does not exist, or it lies outside what your account reaches. Check the address, or look for it \
                 with Ctrl K."
                    .into(),
            ),
            Error::Forbidden { message, .. } => ("Your account may not do this", message.clone()),
            Error::Conflict { message, .. } => ("Not possible now", message.clone()),
            Error::Outdated { message, .. } => ("Changed meanwhile", message.clone()),
            Error::Stale(_) => ("Changed meanwhile", STALE.into()),
            Error::Invalid { message, .. } => ("This cannot be done like that", message.clone()),
            Error::Malformed(message) => ("This could not be read", message.clone()),
            Error::TooLarge(message) => ("Too large", message.clone()),
            Error::TooMany(seconds) => ("Too many tries", format!("Wait {seconds} seconds, then try again.")),
            Error::Db(_) | Error::Internal(_) => (
                "Something broke on our side",
                "Nothing was changed. Try again; if it happens twice, tell whoever runs this server the request below."
                    .into(),
            ),
        }
    }
}

const STALE: &str =
    "Somebody else changed this since you opened it. Reload the page, look at it as it is now, and decide again.";

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The request's own facts, kept apart because the request itself is given away.
struct Told {
    headers: HeaderMap,
    link: Link,
    hx: Hx,
    prefs: Prefs,
    method: Method,
    known_path: bool,
}

impl Told {
    fn of(request: &Request) -> Self {
        let headers = request.headers().clone();
        Self {
            link: Link::parse(request.uri().path(), request.uri().query()),
            hx: Hx::of(&headers),
            prefs: Prefs::of(&headers),
            method: request.method().clone(),
            known_path: request.extensions().get::<MatchedPath>().is_some(),
            headers,
        }
    }

    fn request_id(&self) -> &str {
        self.headers.get("x-request-id").and_then(|value| value.to_str().ok()).unwrap_or("none")
    }

    fn changes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// Whoever asks, as [`around`] found them.
#[derive(Clone)]
struct Asker {
    ctx: Ctx,
    csrf: String,
}

/// Which pages stand behind the door.
#[derive(Clone)]
pub struct Door {
    /// The house.
    pub app: App,
    /// Only for those who signed in.
    pub closed: bool,
}

/// Stands before every page; see the head of this module.
pub async fn around(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let told = Told::of(&request);
    let mut asker = None;
    if door.closed {
        match enter(&door.app, &told).await {
            Ok(found) => asker = Some(found),
            Err(Error::Unauthorized) => return to_the_door(&told),
            Err(error) => return show(&door.app, &told, None, &error.into()).await,
        }
    }
    if told.changes() {
        request = match receive(&told, asker.as_ref(), request).await {
            Ok(request) => request,
            Err(error) => return show(&door.app, &told, asker, &error.into()).await,
        };
    }
    if let Some(asker) = &asker {
        let ready = asker.ctx.actor.ready || matches!(told.link.path(), "/logout" | "/me" | "/me/password");
        if !ready {
            return crate::pages::door::waiting(&asker.ctx, told.prefs, &asker.csrf);
        }
        if let Some(sent) = request.extensions_mut().get_mut::<Sent>() {
            for (name, id) in crate::pages::suggest::resolve(&door.app, &asker.ctx, sent).await {
                sent.fill(&name, id);
            }
        }
        request.extensions_mut().insert(asker.clone());
    }
    let mut response = next.run(request).await;
    if let Some(fail) = response.extensions_mut().remove::<Fail>() {
        response = show(&door.app, &told, asker, &fail).await;
    }
    response
}

async fn enter(app: &App, told: &Told) -> Result<Asker, Error> {
    let token = session::presented(&told.headers).ok_or(Error::Unauthorized)?;
    let incoming = Incoming { request_id: told.request_id().into(), source: Source::Console, expected_version: None };
    let ctx = app.authenticate(token, incoming, true).await?;
    let proof = auth::csrf::token(&auth::Secret::new(token));
    let csrf = format!("{proof}.{}", app.request_id());
    Ok(Asker { ctx, csrf })
}

fn to_the_door(told: &Told) -> Response {
    if told.hx.partial {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if !told.known_path {
        let page = error_page(404, "Nothing here", "Check the address.", None, told.prefs);
        return (StatusCode::NOT_FOUND, Html(page.into_string())).into_response();
    }
    let back = if told.changes() {
        session::came_from(&told.headers).unwrap_or("/").to_owned()
    } else {
        told.link.to_string()
    };
    let to = match back.as_str() {
        "/" => Link::new("/sign-in"),
        back => Link::new("/sign-in").with("next", back),
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    put(&mut response, HeaderValue::from_str(&to.to_string()).ok().map(|value| (header::LOCATION, value)));
    if session::presented(&told.headers).is_some() {
        put(&mut response, session::forget(&told.headers));
    }
    response
}

fn put(response: &mut Response, pair: Option<(HeaderName, HeaderValue)>) {
    if let Some((name, value)) = pair {
        response.headers_mut().append(name, value);
    }
}

/// Whether a form comes from a page of this server, as far as the browser says (Fetch Metadata, Origin).
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        None => true,
        Some(origin) => origin.split_once("://").map(|(_, host)| host) == text("host"),
    }
}

/// Reads a form once, checks that it is ours, and hangs it on the request.
async fn receive(told: &Told, asker: Option<&Asker>, request: Request) -> Result<Request, Error> {
    if !is_ours(&told.headers) {
        return Err(foreign());
    }
    let (mut parts, body) = request.into_parts();
    let kind = told.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let files = kind.starts_with("multipart/form-data");
    let limit = match (files, asker) {
        (true, Some(_)) => domain::limits::IMPORT_BODY_BYTES,
        // Whoever has no account brings one file at most.
        (true, None) => domain::limits::FILE_BYTES + domain::limits::BODY_BYTES,
        (false, _) => domain::limits::BODY_BYTES,
    };
    let bytes = to_bytes(body, limit).await.map_err(|_| {
        Error::TooLarge(format!("This is larger than the {} MB that can be sent at once.", limit / (1024 * 1024)))
    })?;
    let mut sent = Inner { digest: digest(&told.method, &told.link, &bytes), ..Inner::default() };
    if files {
        read_files(&parts, bytes.clone(), &mut sent).await?;
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        sent.pairs = serde_html_form::from_bytes(&bytes)
            .map_err(|_| Error::Malformed("The form could not be read. Reload the page and try again.".into()))?;
    }
    if let Some(asker) = asker {
        let field = sent.pairs.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
        let head = told.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        let presented = field.or(head).unwrap_or_default();
        let proof = presented.split('.').next().unwrap_or_default();
        let token = session::presented(&told.headers).unwrap_or_default();
        if !auth::csrf::verify(&auth::Secret::new(token), proof) {
            return Err(foreign());
        }
        debug_assert!(asker.csrf.starts_with(proof));
        sent.keyed = field.is_some();
    }
    parts.extensions.insert(Sent(Arc::new(sent)));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn foreign() -> Error {
    Error::forbidden(
        "form_too_old",
        "This form is from an older session, or from another site. Go back, reload the page, and send it again.",
    )
}

fn digest(method: &Method, link: &Link, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method.as_str().as_bytes(), b" ", link.to_string().as_bytes(), b"\n", body] {
        digest.update(part);
    }
    digest.finalize().into()
}

async fn read_files(parts: &Parts, bytes: Bytes, sent: &mut Inner) -> Result<(), Error> {
    let broken = || Error::Malformed("The upload broke off. Try again.".into());
    let mut again = Request::new(Body::from(bytes));
    *again.headers_mut() = parts.headers.clone();
    let mut form = Multipart::from_request(again, &()).await.map_err(|_| broken())?;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let content_type = field.content_type().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| broken())?;
        match file {
            Some(file) if !file.is_empty() || !bytes.is_empty() => {
                sent.files.push(Upload { field: name, name: file, content_type, bytes });
            }
            Some(_) => {}
            None => sent.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(())
}

/// An error as a page inside the frame, as the content of a dialog, or as a toast, depending on who waits for it.
async fn show(app: &App, told: &Told, asker: Option<Asker>, fail: &Fail) -> Response {
    let status = fail.status();
    let (title, sentence) = fail.words();
    let broke = status == StatusCode::INTERNAL_SERVER_ERROR;
    if broke {
        tracing::error!(request_id = told.request_id(), path = told.link.path(), error = ?fail.0, "a page failed");
    }
    if status == StatusCode::UNAUTHORIZED {
        return to_the_door(told);
    }
    if told.hx.partial {
        return show_in_part(told, status, title, &sentence);
    }
    let request_id = broke.then(|| told.request_id());
    let Some(asker) = asker else {
        let page = error_page(status.as_u16(), title, &sentence, request_id, told.prefs);
        return (status, Html(page.into_string())).into_response();
    };
    let visit = Visit::of(app, told.link.clone(), told.hx.clone(), &told.headers, asker).await;
    let back = session::came_from(&told.headers).filter(|back| *back != told.link.to_string()).map(str::to_owned);
    let empty = Empty::new(if broke { Icon::Error } else { Icon::Info }, title).text(sentence).action(match back {
        Some(back) => Button::link("Go back", back).primary(),
        None => Button::link("Go to Today", "/").primary(),
    });
    let body = html! {
        h1 class="sr" { (title) }
        (empty)
        @if let Some(id) = request_id { p class="sub" { "Request " span class="mono" { (id) } } }
    };
    let page = Page { room: None, ..Page::new(title, Room::Today, &visit.viewer, body) };
    (status, Html(page.render().into_string())).into_response()
}

fn show_in_part(told: &Told, status: StatusCode, title: &'static str, sentence: &str) -> Response {
    if told.hx.for_dialog() || told.hx.for_drawer() {
        let body = dialog_body(title, html! { p { (sentence) } div class="dlg-foot" { (Button::close("Close")) } });
        return (StatusCode::OK, Html(body.into_string())).into_response();
    }
    let mut response = status.into_response();
    put(&mut response, Some((HeaderName::from_static("hx-reswap"), HeaderValue::from_static("none"))));
    // The script says server errors itself.
    if status.is_client_error() {
        trigger(&mut response, &Flash::failed(sentence.to_owned()));
    }
    response
}

fn trigger(response: &mut Response, flash: &Flash) {
    let value = HeaderValue::from_str(&flash.to_trigger()).ok();
    put(response, value.map(|value| (HeaderName::from_static("hx-trigger"), value)));
}

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The field's name.
    pub field: String,
    /// The file's name.
    pub name: String,
    /// As the browser calls its kind.
    pub content_type: String,
    /// Its content.
    pub bytes: Bytes,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    pairs: Vec<(String, String)>,
    files: Vec<Upload>,
    digest: [u8; 32],
    keyed: bool,
}

/// A form as it was sent: fields in order, names may repeat.
#[derive(Clone, Debug, Default)]
pub struct Sent(Arc<Inner>);

impl Sent {
    /// A form as it was sent once, to be filled in again.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(Arc::new(Inner { pairs, ..Inner::default() }))
    }

    /// The first value of a field without the space around it; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.0.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// The same, or nothing for an empty one.
    pub fn maybe(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// As it was sent, for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.0.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// Whether the field was sent at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.pairs.iter().any(|(found, _)| found == name)
    }

    /// Fills in what a field stands for; the key of the form stays that of what was sent.
    fn fill(&mut self, name: &str, value: String) {
        let inner = Arc::make_mut(&mut self.0);
        inner.pairs.retain(|(found, _)| found != name);
        inner.pairs.push((name.to_owned(), value));
    }

    /// Ticked.
    pub fn on(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "on" | "1")
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.trim())
    }

    /// Every field, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// An id.
    ///
    /// # Errors
    /// The field is named when it holds something else.
    pub fn id<K: Kind>(&self, name: &str) -> Result<Option<Id<K>>, Error> {
        self.maybe(name).map(|text| text.parse().map_err(|_| Error::unknown(name))).transpose()
    }

    /// Every id of a field.
    ///
    /// # Errors
    /// The field is named when it holds something else.
    pub fn ids<K: Kind>(&self, name: &str) -> Result<Vec<Id<K>>, Error> {
        let texts = self.all(name).filter(|text| !text.is_empty());
        texts.map(|text| text.parse().map_err(|_| Error::unknown(name))).collect()
    }

    /// A file, if one was chosen.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        self.0.files.iter().find(|file| file.field == name)
    }

    /// Every file of a field.
    pub fn files<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Upload> {
        self.0.files.iter().filter(move |file| file.field == name)
    }

    /// The key under which the answer to this very form is remembered.
    pub fn key(&self) -> Option<RequestKey> {
        let hex = || self.0.digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.0.keyed.then(|| RequestKey { key: format!("form-{}", hex()), digest: self.0.digest })
    }
}

impl FromRequestParts<App> for Sent {
    type Rejection = std::convert::Infallible;
    fn from_request_parts(parts: &mut Parts, _: &App) -> impl Future<Output = Result<Self, Self::Rejection>> + Send {
        std::future::ready(Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default()))
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

/// What every handler behind the door begins with: the house, whoever asks, and the page's address.
pub struct Visit {
    /// The house.
    pub app: App,
    /// Whoever asks.
    pub ctx: Ctx,
    /// The same for the frame of the page.
    pub viewer: Viewer,
    /// Whether a part of a page is asked for.
    pub hx: Hx,
    /// The page's address.
    pub link: Link,
    flash: Option<Flash>,
    back: Option<String>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Fail;
    fn from_request_parts(parts: &mut Parts, app: &App) -> impl Future<Output = Result<Self, Fail>> + Send {
        Self::begin(parts, app.clone())
    }
}

impl Visit {
    /// Behind a pointer, because it would otherwise be a part of every handler.
    fn begin(parts: &Parts, app: App) -> Pin<Box<dyn Future<Output = Result<Self, Fail>> + Send + '_>> {
        Box::pin(async move {
            let asker = parts.extensions.get::<Asker>().cloned().ok_or(Error::Unauthorized)?;
            let link = Link::parse(parts.uri.path(), parts.uri.query());
            Ok(Self::of(&app, link, Hx::of(&parts.headers), &parts.headers, asker).await)
        })
    }

    async fn of(app: &App, link: Link, hx: Hx, headers: &HeaderMap, asker: Asker) -> Self {
        let Asker { ctx, csrf } = asker;
        // Numbers in the rail are a help: a page does not fail for want of them.
        let (waiting, principal, unread) = if hx.partial {
            (Vec::new(), None, 0)
        } else {
            let found = app.read(&ctx, |ctx, tx| {
                use crate::pages::waiting;
                ctx.remembered(tx, "waiting", |ctx, tx| {
                    let unread = app::notices::unread(ctx, tx)?.unread;
                    let unread = u64::try_from(unread).unwrap_or_default();
                    Ok((waiting::counts(ctx, tx)?, waiting::principal(ctx, tx)?, unread))
                })
            });
            found.await.unwrap_or_default()
        };
        let viewer = Viewer {
            id: ctx.actor.id.to_string().into(),
            name: ctx.actor.name.clone().into(),
            role_label: role_label(&ctx, principal).into(),
            organization: ctx.organization.name.clone().into(),
            initials: crate::pages::words::initials(&ctx.actor.name).into(),
            waiting,
            unread,
            rooms: rooms(&ctx),
            prefs: Prefs::of(headers),
            csrf: csrf.into(),
        };
        let flash = session::cookie(headers, Flash::COOKIE).and_then(Flash::from_cookie);
        let back = session::came_from(headers).map(str::to_owned);
        Self { app: app.clone(), ctx, viewer, hx, link, flash, back }
    }

    /// The token for the forms of this page.
    pub fn csrf(&self) -> Text {
        self.viewer.csrf.clone()
    }

    /// This request's moment.
    pub fn now(&self) -> Instant {
        self.ctx.now
    }

    /// Whether the actor may, leaving whose apart.
    pub fn may(&self, permission: Permission) -> bool {
        self.ctx.may(permission)
    }

    /// Reads in one snapshot.
    pub fn read<T, F>(&self, f: F) -> Read<T>
    where
        T: Send + 'static,
        F: FnOnce(&Ctx, &mut Tx) -> app::Result<T> + Send + 'static,
    {
        Read(self.app.read(&self.ctx, f))
    }

    /// One unit of work that is safe to repeat, or whose answer must not be remembered (links, tokens).
    pub fn write<T, F>(&self, f: F) -> Coming<T>
    where
        T: Send + 'static,
        F: Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
    {
        self.app.write(&self.ctx, f)
    }

    /// One unit of work for a form: sent twice, it is done once. A field `version` is the version the page was made
    /// from; somebody else's change meanwhile is an error.
    pub fn save<T, F>(&self, sent: &Sent, f: F) -> app::Boxed<Value>
    where
        T: Serialize,
        F: Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
    {
        let mut ctx = self.ctx.clone();
        ctx.expected_version = sent.text("version").parse().ok();
        value(self.app.answer(&ctx, sent.key(), 200, f))
    }

    /// One unit of work under a name that a script gave it: sent again, it gives the first answer. `of` is what it is about; the
    /// same name for something else is refused.
    pub fn once<T, F>(&self, name: &str, of: &[&str], f: F) -> app::Boxed<Value>
    where
        T: Serialize,
        F: Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
    {
        let mut digest = Sha256::new();
        for part in of {
            digest.update(part);
            digest.update([0]);
        }
        let key = RequestKey { key: name.to_owned(), digest: digest.finalize().into() };
        value(self.app.answer(&self.ctx, Some(key), 200, f))
    }

    /// The id in a path; text that is no id of this kind is as unknown as any other.
    pub fn id<K: Kind>(&self, text: &str) -> Result<Id<K>, Fail> {
        text.parse().map_err(|_| Fail::not_found())
    }

    /// What a form must say about an error: at its field where there is one. Errors that are no fault of the form are
    /// handed on.
    pub fn complaints(&self, error: Error) -> Result<Vec<FieldError>, Fail> {
        match error {
            Error::Invalid { errors, .. } if !errors.is_empty() => {
                Ok(errors.into_iter().map(|error| FieldError::new(error.field, error.message)).collect())
            }
            Error::Invalid { message, .. }
            | Error::Conflict { message, .. }
            | Error::Outdated { message, .. }
            | Error::Forbidden { message, .. } => Ok(vec![FieldError::new("", message)]),
            Error::NotFound(Some(field)) => {
                Ok(vec![FieldError::new(field, "This does not exist, or it lies outside what your account reaches.")])
            }
            Error::Stale(_) => Ok(vec![FieldError::new("", STALE)]),
            Error::Malformed(message) | Error::TooLarge(message) => Ok(vec![FieldError::new("", message)]),
            other => Err(other.into()),
        }
    }

    /// A page in a room.
    pub fn page(&self, title: impl Into<Text>, room: Room, body: Markup) -> Response {
        self.render(Page::new(title, room, &self.viewer, body))
    }

    /// Any page: with the message of what just happened, which is then forgotten.
    pub fn render(&self, page: Page<'_>) -> Response {
        let mut response = Html(page.flash(self.flash.clone()).render().into_string()).into_response();
        if self.flash.is_some() {
            let (name, value) = session::told();
            response.headers_mut().append(name, value);
        }
        response
    }

    /// A page whose form was not taken: the same as [`Visit::page`] with 422.
    pub fn refused(&self, title: impl Into<Text>, room: Room, body: Markup) -> Response {
        let mut response = self.page(title, room, body);
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        response
    }

    /// A decision: in a dialog when the script asks for one, otherwise as a page. 422 with complaints in it.
    pub fn dialog(&self, title: impl Into<Text>, room: Room, body: Markup) -> Response {
        let title = title.into();
        if self.hx.partial {
            return Html(dialog_body(title, body).into_string()).into_response();
        }
        let head = crate::ui::Header::new(title.clone());
        self.page(title, room, html! { (head) div class="content" { (body) } })
    }

    /// A part of a page.
    pub fn part(&self, body: Markup) -> Response {
        Html(body.into_string()).into_response()
    }

    /// On to another page with a message. A form that the script sent is told to go there.
    pub fn go(&self, to: &str, flash: Flash) -> Response {
        let mut response = self.leave(to);
        put(&mut response, session::tell(&flash));
        response
    }

    /// On to another page.
    pub fn leave(&self, to: &str) -> Response {
        if self.hx.partial {
            let mut response = StatusCode::OK.into_response();
            put(&mut response, Hx::redirect(to));
            return response;
        }
        let mut response = StatusCode::SEE_OTHER.into_response();
        put(&mut response, HeaderValue::from_str(to).ok().map(|value| (header::LOCATION, value)));
        response
    }

    /// Back to the page that the form was on, or to another one where that is not known.
    pub fn back(&self, otherwise: &str, flash: Flash) -> Response {
        let to = self.back.as_deref().filter(|back| *back != self.link.path()).unwrap_or(otherwise);
        self.go(to, flash)
    }

    /// After something small that the script sent: a toast, and the page stays. Without scripts, back to the page.
    pub fn done(&self, otherwise: &str, flash: Flash) -> Response {
        if !self.hx.partial {
            return self.back(otherwise, flash);
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        trigger(&mut response, &flash);
        response
    }
}

/// What was rendered, for pages that look into it.
fn value(answer: app::Boxed<Answer>) -> app::Boxed<Value> {
    Box::pin(
        async move { serde_json::from_slice(&answer.await?.body).map_err(|error| Error::Internal(error.to_string())) },
    )
}

/// What [`Visit::read`] reads, when it has been read.
#[must_use = "nothing is read until this is awaited"]
pub struct Read<T>(Coming<T>);

impl<T: 'static> Future for Read<T> {
    type Output = Result<T, Fail>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(Fail::from)
    }
}

fn role_label(ctx: &Ctx, principal: Option<String>) -> String {
    match principal {
        Some(name) => format!("Delegate of {name}"),
        None if ctx.actor.delegate_of.is_some() => "Delegate".to_owned(),
        None => ctx.actor.role.label().to_owned(),
    }
}

/// The rooms in the rail: whatever a role has no use for is left out. What may be done in them is decided elsewhere.
fn rooms(ctx: &Ctx) -> Vec<Room> {
    let role = ctx.actor.role;
    let hidden = |room: Room| match room {
        Room::Settings => !role.is_office(),
        Room::Figures => !ctx.may(Permission::ViewReports),
        Room::People => role == Role::FacilityManager,
        _ => false,
    };
    Room::ALL.into_iter().filter(|room| !hidden(*room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        assert!(is_ours(&asked(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_ours(&asked(&[("sec-fetch-site", "cross-site")])));
        assert!(!is_ours(&asked(&[("sec-fetch-site", "same-site")])));
        assert!(is_ours(&asked(&[("origin", "https://a.example"), ("host", "a.example")])));
        assert!(!is_ours(&asked(&[("origin", "https://b.example"), ("host", "a.example")])));
        assert!(!is_ours(&asked(&[("origin", "null"), ("host", "a.example")])));
    }

    #[test]
    fn the_same_form_has_the_same_key_and_another_has_another() {
        let link = Link::parse("/people", None);
        let one = digest(&Method::POST, &link, b"csrf=a.1&name=Ann");
        assert_eq!(one, digest(&Method::POST, &link, b"csrf=a.1&name=Ann"));
        assert_ne!(one, digest(&Method::POST, &link, b"csrf=a.2&name=Ann"));
        assert_ne!(one, digest(&Method::POST, &Link::new("/regions"), b"csrf=a.1&name=Ann"));
        let sent = Sent(Arc::new(Inner { digest: one, keyed: true, ..Inner::default() }));
        assert!(sent.key().is_some_and(|key| key.key.len() == 69));
        assert!(Sent::default().key().is_none());
    }
}
