//! Signing in, accounts, groups, regions, the organisation.

use crate::edge::{Address, Edge, EdgeEvenIfNotReady, Key, Out, Paging, json};
use crate::problem::{Failure, request_id};
use crate::rooms::{Routes, routes};
use app::{App, list, people};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use contract::people::{
    ApplyPreview, Assignments, CalendarFeed, Checklist, CreateRegion, CreateToken, CreateUser, CreatedToken,
    DeactivateUser, Holdings, Invitation, Me, OptionalReason, Organization, OrganizationSettings, PatchOrganization,
    PatchOrganizationSettings, PatchRegion, PatchUser, PreviewSuccessor, PutAssignments, QuickTransferSources, Region,
    SalesTargets, Succession, SuccessorPreview, TokenView, User, UserIds,
};
use contract::{Done, HistoryEntry, Page};
use domain::id;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(create_token, list_tokens))
        .routes(routes!(revoke_token))
        .routes(routes!(me))
        .routes(routes!(renew_feed, end_feed))
        .routes(routes!(organization, patch_organization))
        .routes(routes!(settings, patch_settings))
        .routes(routes!(list_users, create_user))
        .routes(routes!(user, patch_user))
        .routes(routes!(invite, revoke_invitation))
        .routes(routes!(complete_training))
        .routes(routes!(deactivate))
        .routes(routes!(holdings))
        .routes(routes!(reactivate))
        .routes(routes!(delegates))
        .routes(routes!(representatives, put_representatives, add_representatives))
        .routes(routes!(remove_representative))
        .routes(routes!(assignments, put_assignments))
        .routes(routes!(quick_sources, put_quick_sources))
        .routes(routes!(sales_targets, put_sales_targets))
        .routes(routes!(preview_successor))
        .routes(routes!(apply_successor))
        .routes(routes!(checklist))
        .routes(routes!(history))
        .routes(routes!(list_regions, create_region))
        .routes(routes!(patch_region))
}

/// Signs in and makes a token.
#[utoipa::path(post, path = "/tokens", tag = "people", security(()), request_body = CreateToken, responses(
    (status = 201, body = CreatedToken)
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

/// Sessions and tokens of the account that asks.
#[utoipa::path(get, path = "/tokens", tag = "people", params(
    Paging
), responses((status = 200, body = Page<TokenView>)))]
async fn list_tokens(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| {
        list::only(&params, &[])?;
        list::whole(&params, app::session::tokens(ctx, tx)?, |it| it.id.to_string())
    })
    .await
}

/// Ends one session or token of the account that asks.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = Done)
))]
async fn revoke_token(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::Token>(&id)?;
    edge.write(200, move |ctx, tx| app::session::revoke_token(ctx, tx, id).map(|()| Done { done: true })).await
}

/// The account that asks, with what it may do.
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me)))]
async fn me(EdgeEvenIfNotReady(edge): EdgeEvenIfNotReady) -> Out {
    edge.read(people::me).await
}

/// Makes the address of the account's calendar feed; one that was made before stops working. Its answer is never remembered.
#[utoipa::path(post, path = "/me/calendar-feed", tag = "people", responses((status = 201, body = CalendarFeed)))]
async fn renew_feed(edge: Edge) -> Out {
    let url = edge.app.config().public_url.clone();
    let made = edge.app.write(&edge.ctx, move |ctx, tx| app::events::feed::renew(ctx, tx, &url)).await;
    json(StatusCode::CREATED, &made.map_err(|error| edge.fail(error))?)
}

/// Ends the account's calendar feed.
#[utoipa::path(delete, path = "/me/calendar-feed", tag = "people", responses((status = 200, body = Done)))]
async fn end_feed(edge: Edge) -> Out {
    edge.write(200, |ctx, tx| app::events::feed::end(ctx, tx).map(|()| Done { done: true })).await
}

/// The organisation.
#[utoipa::path(get, path = "/organization", tag = "people", responses((status = 200, body = Organization)))]
async fn organization(edge: Edge) -> Out {
    edge.read(people::organization).await
}

/// Changes the organisation.
#[utoipa::path(patch, path = "/organization", tag = "people", request_body = PatchOrganization, responses(
    (status = 200, body = Organization)
))]
async fn patch_organization(edge: Edge, body: Key<PatchOrganization>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::patch_organization(ctx, tx, &value)).await
}

/// Settings of the organisation, defaults filled in.
#[utoipa::path(get, path = "/organization/settings", tag = "people", responses(
    (status = 200, body = OrganizationSettings)
))]
async fn settings(edge: Edge) -> Out {
    edge.read(people::settings).await
}

/// Changes settings of the organisation; what is absent stays as it is.
#[utoipa::path(patch, path = "/organization/settings", tag = "people", request_body = PatchOrganizationSettings, responses(
    (status = 200, body = OrganizationSettings)
))]
async fn patch_settings(edge: Edge, body: Key<PatchOrganizationSettings>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::patch_settings(ctx, tx, &value)).await
}

/// The accounts within reach.
#[utoipa::path(get, path = "/users", tag = "people",
    params(
        Paging,
        ("sort" = Option<String>, Query, description = "`name`, `created_at`; a minus before one that falls"),
        ("q" = Option<String>, Query, description = "Words of name, e-mail or telephone, by their beginnings"),
        ("role" = Option<String>, Query, description = "Any of these roles, comma separated"),
        ("active" = Option<bool>, Query, description = "Active accounts, or deactivated ones"),
        ("region_id" = Option<String>, Query, description = "Any of these regions, comma separated"),
    ),
    responses(
        (status = 200, body = Page<User>),
    )
)]
async fn list_users(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| people::list_users(ctx, tx, &params)).await
}

/// Makes an account. Nothing is sent.
#[utoipa::path(post, path = "/users", tag = "people", request_body = CreateUser, responses(
    (status = 201, body = User)
))]
async fn create_user(edge: Edge, body: Key<CreateUser>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| people::create_user(ctx, tx, &value)).await
}

/// One account.
#[utoipa::path(get, path = "/users/{id}", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = User)
))]
async fn user(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.read(move |ctx, tx| people::user(ctx, tx, id)).await
}

/// Changes an account. E-mail and role never change.
#[utoipa::path(patch, path = "/users/{id}", tag = "people", params(("id" = String, Path)), request_body = PatchUser, responses(
    (status = 200, body = User)
))]
async fn patch_user(edge: Edge, Path(id): Path<String>, body: Key<PatchUser>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::patch_user(ctx, tx, id, &value)).await
}

/// Makes or renews the link with which a person claims an account. Its answer is never remembered.
#[utoipa::path(post, path = "/users/{id}/invite", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = Invitation)
))]
async fn invite(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let config = edge.app.config().clone();
    let made = edge.app.write(&edge.ctx, move |ctx, tx| people::invite(ctx, tx, &config, id)).await;
    json(StatusCode::OK, &made.map_err(|error| edge.fail(error))?)
}

/// Ends the open invitation.
#[utoipa::path(delete, path = "/users/{id}/invite", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = User)
))]
async fn revoke_invitation(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.write(200, move |ctx, tx| people::revoke_invitation(ctx, tx, id)).await
}

/// Ticks Training Complete, which unlocks the account.
#[utoipa::path(post, path = "/users/{id}/complete-training", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = User)
))]
async fn complete_training(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.write(200, move |ctx, tx| people::complete_training(ctx, tx, id)).await
}

/// Deactivates an account; its sessions and tokens end at once.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "people", params(("id" = String, Path)),
    request_body = DeactivateUser, responses((status = 200, body = User)))]
async fn deactivate(edge: Edge, Path(id): Path<String>, body: Key<DeactivateUser>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::deactivate(ctx, tx, id, &value)).await
}

/// Everything that somebody holds: what must be decided before the account ends.
#[utoipa::path(get, path = "/users/{id}/holdings", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = Holdings)
))]
async fn holdings(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| people::holdings(ctx, tx, id)).await
}

/// Makes a deactivated account active again.
#[utoipa::path(post, path = "/users/{id}/reactivate", tag = "people", params(("id" = String, Path)),
    request_body = OptionalReason, responses((status = 200, body = User)))]
async fn reactivate(edge: Edge, Path(id): Path<String>, body: Key<OptionalReason>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::reactivate(ctx, tx, id, &value)).await
}

/// The accounts that act for a distributor.
#[utoipa::path(get, path = "/users/{id}/delegates", tag = "people", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<User>)))]
async fn delegates(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| {
        list::only(&params, &[])?;
        list::whole(&params, people::delegates(ctx, tx, id)?.items, |it| it.id.to_string())
    })
    .await
}

/// The reps of a distributor's group.
#[utoipa::path(get, path = "/users/{id}/representatives", tag = "people", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<User>)))]
async fn representatives(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| {
        list::only(&params, &[])?;
        list::whole(&params, people::representatives(ctx, tx, id)?.items, |it| it.id.to_string())
    })
    .await
}

/// Replaces a distributor's group.
#[utoipa::path(put, path = "/users/{id}/representatives", tag = "people", params(("id" = String, Path)),
    request_body = UserIds, responses((status = 200, body = Page<User>)))]
async fn put_representatives(edge: Edge, Path(id): Path<String>, body: Key<UserIds>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::put_representatives(ctx, tx, id, &value)).await
}

/// Adds reps to a distributor's group.
#[utoipa::path(post, path = "/users/{id}/representatives", tag = "people", params(("id" = String, Path)),
    request_body = UserIds, responses((status = 200, body = Page<User>)))]
async fn add_representatives(edge: Edge, Path(id): Path<String>, body: Key<UserIds>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::add_representatives(ctx, tx, id, &value)).await
}

/// Takes a rep out of a distributor's group.
#[utoipa::path(delete, path = "/users/{id}/representatives/{rep}", tag = "people",
    params(("id" = String, Path), ("rep" = String, Path)), responses((status = 200, body = Page<User>)))]
async fn remove_representative(edge: Edge, Path((id, rep)): Path<(String, String)>) -> Out {
    let (id, rep) = (edge.id::<id::User>(&id)?, edge.id::<id::User>(&rep)?);
    edge.write(200, move |ctx, tx| people::remove_representative(ctx, tx, id, rep)).await
}

/// What is assigned to an account.
#[utoipa::path(get, path = "/users/{id}/assignments", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = Assignments)
))]
async fn assignments(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.read(move |ctx, tx| people::assignments(ctx, tx, id)).await
}

/// Replaces lists of assignments; an absent list stays as it is. A distributor sends `manufacturer_ids` of own reps only.
#[utoipa::path(put, path = "/users/{id}/assignments", tag = "people", params(("id" = String, Path)),
    request_body = PutAssignments, responses((status = 200, body = Assignments)))]
async fn put_assignments(edge: Edge, Path(id): Path<String>, body: Key<PutAssignments>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::put_assignments(ctx, tx, id, &value)).await
}

/// From whom an account may pull stock to itself.
#[utoipa::path(get, path = "/users/{id}/quick-transfer-sources", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = QuickTransferSources)
))]
async fn quick_sources(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.read(move |ctx, tx| people::quick_sources(ctx, tx, id)).await
}

/// Says from whom an account may pull stock to itself.
#[utoipa::path(put, path = "/users/{id}/quick-transfer-sources", tag = "people", params(("id" = String, Path)),
    request_body = QuickTransferSources, responses((status = 200, body = QuickTransferSources)))]
async fn put_quick_sources(edge: Edge, Path(id): Path<String>, body: Key<QuickTransferSources>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::put_quick_sources(ctx, tx, id, &value)).await
}

/// Sales targets of a year.
#[utoipa::path(get, path = "/users/{id}/sales-targets", tag = "people",
    params(("id" = String, Path), ("year" = Option<i64>, Query, description = "This year unless given")), responses((status = 200, body = SalesTargets)))]
async fn sales_targets(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let params = edge.list()?;
    edge.read(move |ctx, tx| people::sales_targets(ctx, tx, id, &params)).await
}

/// Sets the sales targets of a year.
#[utoipa::path(put, path = "/users/{id}/sales-targets", tag = "people", params(("id" = String, Path)),
    request_body = SalesTargets, responses((status = 200, body = SalesTargets)))]
async fn put_sales_targets(edge: Edge, Path(id): Path<String>, body: Key<SalesTargets>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::put_sales_targets(ctx, tx, id, &value)).await
}

/// Shows what a successor would take over. Its answer is never remembered.
#[utoipa::path(post, path = "/users/{id}/successor/preview", tag = "people", params(("id" = String, Path)),
    request_body = PreviewSuccessor, responses((status = 200, body = SuccessorPreview)))]
async fn preview_successor(edge: Edge, Path(id): Path<String>, body: Key<PreviewSuccessor>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let ask = body.value;
    let made = edge.app.write(&edge.ctx, move |ctx, tx| people::preview_successor(ctx, tx, id, &ask)).await;
    json(StatusCode::OK, &made.map_err(|error| edge.fail(error))?)
}

/// Hands everything over to the successor and deactivates the account.
#[utoipa::path(post, path = "/users/{id}/successor/apply", tag = "people", params(("id" = String, Path)),
    request_body = ApplyPreview, responses((status = 200, body = Succession)))]
async fn apply_successor(edge: Edge, Path(id): Path<String>, body: Key<ApplyPreview>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::apply_successor(ctx, tx, id, &value)).await
}

/// How far the set-up of an account is.
#[utoipa::path(get, path = "/users/{id}/checklist", tag = "people", params(("id" = String, Path)), responses(
    (status = 200, body = Checklist)
))]
async fn checklist(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    edge.read(move |ctx, tx| people::checklist(ctx, tx, id)).await
}

/// What happened to an account, newest first.
#[utoipa::path(get, path = "/users/{id}/history", tag = "people", params(
    ("id" = String, Path),
    Paging
), responses((status = 200, body = Page<HistoryEntry>)))]
async fn history(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<id::User>(&id)?;
    let past = edge.past()?;
    edge.read(move |ctx, tx| people::history(ctx, tx, id, past)).await
}

/// The regions within reach.
#[utoipa::path(get, path = "/regions", tag = "people",
    params(
        Paging,
        ("sort" = Option<String>, Query, description = "`name`; a minus before it to fall"),
    ),
    responses(
        (status = 200, body = Page<Region>),
    )
)]
async fn list_regions(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| people::list_regions(ctx, tx, &params)).await
}

/// Makes a region.
#[utoipa::path(post, path = "/regions", tag = "people", request_body = CreateRegion, responses(
    (status = 201, body = Region)
))]
async fn create_region(edge: Edge, body: Key<CreateRegion>) -> Out {
    let Key { value, bytes } = body;
    edge.write_body(201, &bytes, move |ctx, tx| people::create_region(ctx, tx, &value)).await
}

/// Changes a region.
#[utoipa::path(patch, path = "/regions/{id}", tag = "people", params(("id" = String, Path)), request_body = PatchRegion, responses(
    (status = 200, body = Region)
))]
async fn patch_region(edge: Edge, Path(id): Path<String>, body: Key<PatchRegion>) -> Out {
    let id = edge.id::<id::Region>(&id)?;
    let Key { value, bytes } = body;
    edge.write_body(200, &bytes, move |ctx, tx| people::patch_region(ctx, tx, id, &value)).await
}
