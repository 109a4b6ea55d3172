//! Signing in, accounts, groups, regions, the organisation.

use crate::edge::{Address, EdgeEvenIfNotReady, Key, Out, json};
use crate::problem::{Failure, request_id};
use app::App;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use contract::Problem;
use contract::people::{CreateToken, CreatedToken, Me};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_token)).routes(routes!(me))
}

/// Signs in and makes a token.
#[utoipa::path(post, path = "/tokens", tag = "people", security(()), request_body = CreateToken, responses(
    (status = 201, body = CreatedToken),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn create_token(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    body: Key<CreateToken>,
) -> Out {
    let CreateToken { email, password, name } = body.value;
    let made = app.create_token(&email, auth::Secret::new(password), &name, address).await;
    let made = made.map_err(|error| Failure::named(error, request_id(&headers)))?;
    json(StatusCode::CREATED, &made)
}

/// The account that asks, with what it may do.
#[utoipa::path(get, path = "/me", tag = "people", responses(
    (status = 200, body = Me),
    (status = "default", body = Problem, content_type = "application/problem+json")
))]
async fn me(EdgeEvenIfNotReady(edge): EdgeEvenIfNotReady) -> Out {
    edge.read(app::people::me).await
}
