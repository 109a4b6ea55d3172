//! Requests for stock: asked for, answered by transfers or deliveries.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use axum::extract::Path;
use contract::requests::{
    CreateRequest, FulfillRequest, ReceiveDelivery, RequestProposal, RequestSource, StockRequest, StockRequestRow,
};
use contract::{Items, Page, Reason};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_requests, create_request))
        .routes(routes!(get_request))
        .routes(routes!(request_sources))
        .routes(routes!(fulfill_request))
        .routes(routes!(receive_request))
        .routes(routes!(decline_request))
        .routes(routes!(cancel_request))
        .routes(routes!(request_proposals))
}

/// Requests in reach, the latest first.
#[utoipa::path(get, path = "/requests", tag = "inventory", params(
    Paging,
    ("sort" = Option<String>, Query, description = "created_at, number, needed_on; a minus falls. Default: -created_at"),
    ("status" = Option<String>, Query, description = "submitted, in_part, sent, fulfilled, declined, cancelled"),
    ("kind" = Option<String>, Query, description = "inventory, replenishment, supplier"),
    ("to" = Option<String>, Query, description = "Who is to receive: usr_ or org_ ids"),
    ("event_id" = Option<String>, Query, description = "For these events"),
    ("manufacturer_id" = Option<String>, Query, description = "Supplier requests to these manufacturers"),
    ("created_by" = Option<String>, Query, description = "Made by these accounts"),
    ("back_ordered" = Option<bool>, Query, description = "With units that are still owed after the office has answered"),
    ("needed_before" = Option<String>, Query, description = "Needed before this day")
), responses((status = 200, body = Page<StockRequestRow>)))]
async fn list_requests(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::requests::list(ctx, tx, &params)).await
}

/// Asks for stock: by items of the catalog, bills of materials or names of containers.
#[utoipa::path(post, path = "/requests", tag = "inventory", request_body = CreateRequest, responses(
    (status = 201, body = StockRequest)
))]
async fn create_request(edge: Edge, body: Key<CreateRequest>) -> Out {
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::requests::ask::create(ctx, tx, &value)).await
}

/// One request with its lines and what was sent for it.
#[utoipa::path(get, path = "/requests/{id}", tag = "inventory", params(("id" = String, Path, description = "req_…")), responses(
    (status = 200, body = StockRequest)
))]
async fn get_request(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::requests::get(ctx, tx, id)).await
}

/// From where what is owed could come: the organisation first, then whoever has most; units that expire first, first.
#[utoipa::path(get, path = "/requests/{id}/sources", tag = "inventory", params(("id" = String, Path, description = "req_…")), responses(
    (status = 200, body = Items<RequestSource>)
))]
async fn request_sources(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| app::requests::propose::sources(ctx, tx, id)).await
}

/// Sends units for a request, in part or whole, from one or several sources: a transfer from each.
#[utoipa::path(post, path = "/requests/{id}/fulfill", tag = "inventory", params(("id" = String, Path, description = "req_…")), request_body = FulfillRequest, responses(
    (status = 200, body = StockRequest)
))]
async fn fulfill_request(edge: Edge, Path(id): Path<String>, body: Key<FulfillRequest>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, id, &value)).await
}

/// Makes what a supplier delivered for a supplier request.
#[utoipa::path(post, path = "/requests/{id}/receive", tag = "inventory", params(("id" = String, Path, description = "req_…")), request_body = ReceiveDelivery, responses(
    (status = 200, body = StockRequest)
))]
async fn receive_request(edge: Edge, Path(id): Path<String>, body: Key<ReceiveDelivery>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::requests::answer::receive(ctx, tx, id, &value)).await
}

/// Declines what is still owed of a request.
#[utoipa::path(post, path = "/requests/{id}/decline", tag = "inventory", params(("id" = String, Path, description = "req_…")), request_body = Reason, responses(
    (status = 200, body = StockRequest)
))]
async fn decline_request(edge: Edge, Path(id): Path<String>, body: Key<Reason>) -> Out {
    let (id, reason) = (edge.id(&id)?, body.value.reason);
    edge.write_body(200, &body.bytes, move |ctx, tx| app::requests::answer::decline(ctx, tx, id, &reason)).await
}

/// Takes back what is still owed of a request.
#[utoipa::path(post, path = "/requests/{id}/cancel", tag = "inventory", params(("id" = String, Path, description = "req_…")), responses(
    (status = 200, body = StockRequest)
))]
async fn cancel_request(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| app::requests::answer::cancel(ctx, tx, id)).await
}

/// What could be asked for: what an event used, or what is below its par level.
#[utoipa::path(get, path = "/request-proposals", tag = "inventory", params(
    ("event_id" = Option<String>, Query, description = "What this submitted event used and nobody asked for again"),
    ("below_par" = Option<bool>, Query, description = "true: items of which less is there and ordered than their par level")
), responses((status = 200, body = Items<RequestProposal>)))]
async fn request_proposals(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::requests::propose::proposals(ctx, tx, &params)).await
}
