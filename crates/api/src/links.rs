//! Linked organisations: invited, agreed to, ended.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::catalog::CatalogItem;
use contract::links::{EndLink, InviteOrganization, OrganizationLink, PatchLink, SharedItem, TakeItems};
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_organization_links, invite_organization))
        .routes(routes!(get_organization_link, patch_organization_link))
        .routes(routes!(accept_organization_link))
        .routes(routes!(end_organization_link))
        .routes(routes!(list_shared_items, take_shared_items))
}

/// Links with other companies of this server, and invitations to and from them, the latest first. For the office.
#[utoipa::path(get, path = "/organization-links", tag = "people", params(
    Paging,
    ("sort" = Option<String>, Query, description = "invited_at; a minus falls. Default: -invited_at"),
    ("status" = Option<String>, Query, description = "invited, active, ended"),
    ("direction" = Option<String>, Query, description = "out: invited by this side; in: by the other one")
), responses((status = 200, body = Page<OrganizationLink>)))]
async fn list_organization_links(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::links::list(ctx, tx, &params)).await
}

/// Invites a company. The answer is the same whether or not anybody on this server has that address.
#[utoipa::path(post, path = "/organization-links", tag = "people", request_body = InviteOrganization, responses(
    (status = 201, body = OrganizationLink)
))]
async fn invite_organization(edge: Edge, body: Key<InviteOrganization>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::links::invite(ctx, tx, &value)).await
}

/// One link.
#[utoipa::path(get, path = "/organization-links/{id}", tag = "people", params(("id" = String, Path, description = "lnk_…")), responses(
    (status = 200, body = OrganizationLink)
))]
async fn get_organization_link(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::links::get(ctx, tx, id)).await
}

/// Says which manufacturers of the own catalog the other company supplies: supplier requests to them arrive there.
#[utoipa::path(patch, path = "/organization-links/{id}", tag = "people", params(("id" = String, Path, description = "lnk_…")), request_body = PatchLink, responses(
    (status = 200, body = OrganizationLink)
))]
async fn patch_organization_link(edge: Edge, Path(id): Path<String>, body: Key<PatchLink>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::links::patch(ctx, tx, id, &value)).await
}

/// Items of the other company's catalog, where it shows that, by number.
#[utoipa::path(get, path = "/organization-links/{id}/catalog-items", tag = "catalog", params(
    ("id" = String, Path, description = "lnk_…"),
    Paging,
    ("q" = Option<String>, Query, description = "Words of number, description or maker")
), responses((status = 200, body = Page<SharedItem>)))]
async fn list_shared_items(edge: Edge, Path(id): Path<String>) -> Out {
    let (id, params) = (edge.id(&id)?, edge.list()?);
    edge.read(move |ctx, tx| app::links::shared::items(ctx, tx, id, &params)).await
}

/// Takes items of the other company's catalog over into the own one.
#[utoipa::path(post, path = "/organization-links/{id}/catalog-items", tag = "catalog", params(("id" = String, Path, description = "lnk_…")), request_body = TakeItems, responses(
    (status = 201, body = Items<CatalogItem>)
))]
async fn take_shared_items(edge: Edge, Path(id): Path<String>, body: Key<TakeItems>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(201, &body.bytes, move |ctx, tx| app::links::shared::take(ctx, tx, id, &value)).await
}

/// Agrees to an invitation of another company: units can be sent between the two from now on.
#[utoipa::path(post, path = "/organization-links/{id}/accept", tag = "people", params(("id" = String, Path, description = "lnk_…")), responses(
    (status = 200, body = OrganizationLink)
))]
async fn accept_organization_link(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::links::accept(ctx, tx, id)).await
}

/// Withdraws or declines an invitation, or ends a link. Nothing moves along it any more; what happened stays.
#[utoipa::path(post, path = "/organization-links/{id}/end", tag = "people", params(("id" = String, Path, description = "lnk_…")), request_body = EndLink, responses(
    (status = 200, body = OrganizationLink)
))]
async fn end_organization_link(edge: Edge, Path(id): Path<String>, body: Key<EndLink>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::links::end(ctx, tx, id, &value)).await
}
