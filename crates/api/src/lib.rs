//! REST: each route reads its request, calls one use case, and renders its answer. The OpenAPI document comes from the
//! same declarations.

mod accounting;
mod billing;
mod bulk;
mod calls;
mod catalog;
mod commission;
mod counts;
mod coverage;
mod credits;
mod directory;
mod documents;
mod edge;
mod event_types;
mod events;
mod expiring;
mod explain;
mod export;
mod fields;
mod figures;
mod files;
mod history;
mod imports;
mod item_merges;
mod links;
mod loans;
mod merges;
mod mismatches;
mod notices;
mod opening;
mod packages;
mod pars;
mod people;
mod pools;
mod prices;
mod problem;
mod profiles;
mod quotes;
mod recalls;
mod remarks;
mod requests;
mod rooms;
mod sets;
mod territories;
mod transfers;
mod units;

pub use edge::{Edge, Key};
pub use problem::{Failure, problem_of};

use app::App;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rooms::Routes;
use std::sync::LazyLock;
use utoipa::OpenApi;

/// What is written at the head of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Caseload",
        description = "Who is accountable for each device, who may use it in which surgery, what was used, who owes what for it. \
            Every write takes `Idempotency-Key` and `If-Match`. Lists are paged by cursor.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    components(schemas(contract::Problem)),
    modifiers(&Bearer)
)]
struct Document;

/// Tokens are presented as bearers.
struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        openapi.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

const PREFIX: &str = "/api/v1";

fn every_room() -> Routes {
    people::routes()
        .merge(accounting::routes())
        .merge(billing::routes())
        .merge(bulk::routes())
        .merge(calls::routes())
        .merge(catalog::routes())
        .merge(commission::routes())
        .merge(counts::routes())
        .merge(coverage::routes())
        .merge(credits::routes())
        .merge(directory::routes())
        .merge(documents::routes())
        .merge(event_types::routes())
        .merge(events::routes())
        .merge(expiring::routes())
        .merge(explain::routes())
        .merge(figures::routes())
        .merge(files::routes())
        .merge(history::routes())
        .merge(imports::routes())
        .merge(item_merges::routes())
        .merge(links::routes())
        .merge(loans::routes())
        .merge(merges::routes())
        .merge(mismatches::routes())
        .merge(notices::routes())
        .merge(opening::routes())
        .merge(prices::routes())
        .merge(packages::routes())
        .merge(pars::routes())
        .merge(pools::routes())
        .merge(profiles::routes())
        .merge(quotes::routes())
        .merge(recalls::routes())
        .merge(requests::routes())
        .merge(sets::routes())
        .merge(remarks::routes())
        .merge(territories::routes())
        .merge(transfers::routes())
        .merge(units::routes())
}

/// What every operation answers when it does not do what was asked.
fn problem() -> utoipa::openapi::RefOr<utoipa::openapi::Response> {
    use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    RefOr::T(ResponseBuilder::new().content("application/problem+json", content).build())
}

/// Writes into the document what holds everywhere: the headers of every write, `fields` of every list, and problems.
fn ground_rules(document: &mut utoipa::openapi::OpenApi) {
    use utoipa::openapi::RefOr;
    use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    let text = |from: usize, to: usize| {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(from)).max_length(Some(to))
    };
    let parameter = |name: &str, place, schema: ObjectBuilder, words: &str| {
        ParameterBuilder::new().name(name).parameter_in(place).description(Some(words)).schema(Some(schema)).build()
    };
    let add = |operation: &mut Option<Operation>, parameter: Parameter| {
        if let Some(operation) = operation {
            operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
        }
    };
    let is_cursor = |it: &RefOr<Parameter>| matches!(it, RefOr::T(it) if it.name == "cursor");
    for item in document.paths.paths.values_mut() {
        for write in [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete] {
            let words = "The same key with the same request gives the first answer again; with another request 422.";
            add(write, parameter("Idempotency-Key", ParameterIn::Header, text(1, 255), words));
            let words = "The version that was read, as \"3\"; another one by now gives 412 with the object as it is.";
            let version = text(1, 32).pattern(Some("^(W/)?\"[0-9]+\"$"));
            add(write, parameter("If-Match", ParameterIn::Header, version, words));
        }
        for operation in
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
        {
            operation.responses.responses.entry("default".to_owned()).or_insert_with(problem);
        }
        let is_list = |get: &Operation| get.parameters.iter().flatten().any(is_cursor);
        if item.get.as_ref().is_some_and(is_list) {
            let words = "Fields of each row, comma separated; all when absent";
            add(&mut item.get, parameter("fields", ParameterIn::Query, text(0, 1000), words));
        }
    }
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut rooms = utoipa::openapi::OpenApi::default();
    every_room().into_pages().iter().for_each(|page| page(&mut rooms));
    let mut document = Document::openapi().nest(PREFIX, rooms);
    ground_rules(&mut document);
    document
}

/// The same as it is sent, written when it is first asked for.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default().into());

async fn openapi() -> Response {
    let text = tokio::task::spawn_blocking(|| TEXT.clone()).await.unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Every route of the API.
pub fn router(app: App) -> Router {
    Router::new()
        .nest(PREFIX, every_room().into_router())
        .route("/api/v1/openapi.json", axum::routing::get(openapi))
        .route("/api/v1/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn(fields::trim))
        .layer(axum::middleware::from_fn(export::lists_as_csv))
        .with_state(app)
}

async fn unknown(State(_): State<App>, request: axum::extract::Request) -> Failure {
    Failure::new(app::Error::not_found(), request.headers())
}

async fn wrong_method(request: axum::extract::Request) -> Failure {
    Failure::method_not_allowed(request.headers())
}
