//! Routes with their part of the OpenAPI document, which is written only when somebody asks for it: the whole document and
//! what it is made of is larger than the rest of an idle server.

use app::App;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, Route};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use tower::{Layer, Service};
use utoipa::openapi::path::Paths;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

/// Adds something to the document.
pub type Page = Arc<dyn Fn(&mut OpenApi) + Send + Sync>;

/// The routes of a room.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    pages: Vec<Page>,
}

/// One path with its methods; see [`routes!`].
pub struct Routed {
    /// The path.
    pub path: String,
    /// Its methods.
    pub methods: MethodRouter<App>,
    /// What the document says of it.
    pub page: fn(&mut OpenApi),
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With operations in the document that share their routes with others.
    pub fn with_document(document: fn() -> OpenApi) -> Self {
        Self { router: Router::new(), pages: vec![Arc::new(move |it| it.merge(document()))] }
    }

    /// With one more path.
    pub fn routes(mut self, routed: Routed) -> Self {
        self.router = self.router.route(&routed.path, routed.methods);
        self.pages.push(Arc::new(routed.page));
        self
    }

    /// With the routes of another room.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.pages.extend(other.pages);
        self
    }

    /// With a layer around the routes so far.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// With a last word on what the document says of the routes so far.
    pub fn amend(mut self, amend: fn(&mut OpenApi)) -> Self {
        let pages = std::mem::take(&mut self.pages);
        self.pages = vec![Arc::new(move |document| {
            let mut own = OpenApi::default();
            pages.iter().for_each(|page| page(&mut own));
            amend(&mut own);
            document.merge(own);
        })];
        self
    }

    /// The routes alone.
    pub fn into_router(self) -> Router<App> {
        self.router
    }

    /// What the document says of them.
    pub fn into_pages(self) -> Vec<Page> {
        self.pages
    }
}

/// A handler whose own type is left out, so that the router is compiled once and not for each operation.
#[derive(Clone)]
pub struct Erased(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Handler<(), App> for Erased {
    type Future = Answering;
    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// The same handler without its type.
pub fn erased<T: 'static>(handler: impl Handler<T, App, Future = Answering>) -> Erased {
    Erased(Arc::new(move |request, app| handler.clone().call(request, app)))
}

/// Adds paths and the schemas that they name.
pub fn add(document: &mut OpenApi, paths: Paths, schemas: Vec<(String, RefOr<Schema>)>) {
    for (path, item) in paths.paths {
        match document.paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => _ = document.paths.paths.insert(path, item),
        }
    }
    let known = &mut document.components.get_or_insert_default().schemas;
    for (name, schema) in schemas {
        debug_assert!(known.get(&name).is_none_or(|it| *it == schema), "two types are called {name} in the document");
        known.entry(name).or_insert(schema);
    }
}

/// Handlers of one path, each declared by `#[utoipa::path]`.
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {{
        use utoipa_axum::PathItemExt;
        let mut methods = axum::routing::MethodRouter::<app::App>::new();
        let mut paths = Vec::<String>::new();
        $(
            utoipa_axum::paste! {
                paths.push(utoipa_axum::routes!(@path [path()] of $handler));
                for method in utoipa_axum::routes!(@path [methods()] of $handler) {
                    methods = methods.on(method.to_method_filter(), $crate::rooms::erased($handler));
                }
            }
        )+
        debug_assert!(paths.iter().all(|path| *path == paths[0]), "one path for {paths:?}");
        $crate::rooms::Routed {
            path: paths.swap_remove(0),
            methods,
            page: |document| {
                let mut paths = utoipa::openapi::path::Paths::new();
                let mut schemas = Vec::new();
                $(
                    let (path, operation, methods) = utoipa_axum::routes!(@resolve_types $handler : schemas);
                    paths.add_path_operation(&path, methods, operation);
                )+
                $crate::rooms::add(document, paths, schemas);
            },
        }
    }};
}
pub(crate) use routes;
