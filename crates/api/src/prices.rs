//! Prices in depth: by quantity, capped sets, why a line costs what it costs, what has no agreed price.

use crate::edge::{Edge, Key, Out};
use crate::rooms::{Routes, routes};
use app::directory::prices_deep::{self, PriceOwner};
use axum::extract::Path;
use contract::events::Event;
use contract::prices::{Construct, EventPrices, PriceGap, PriceTier, SetConstruct};
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_tiers, set_list_tiers))
        .routes(routes!(location_tiers, set_location_tiers))
        .routes(routes!(list_constructs, set_list_constructs))
        .routes(routes!(location_constructs, set_location_constructs))
        .routes(routes!(event_prices))
        .routes(routes!(reprice_event))
        .routes(routes!(list_gaps))
}

/// Prices by quantity of a price list.
#[utoipa::path(get, path = "/price-lists/{id}/tiers", tag = "directory", params(("id" = String, Path, description = "prl_…")), responses(
    (status = 200, body = Items<PriceTier>)
))]
async fn list_tiers(edge: Edge, Path(id): Path<String>) -> Out {
    let owner = PriceOwner::List(edge.id(&id)?);
    edge.read(move |ctx, tx| prices_deep::tiers(ctx, tx, owner)).await
}

/// Replaces every price by quantity of a price list. Each belongs to the agreed price of its item that begins on the same day.
#[utoipa::path(put, path = "/price-lists/{id}/tiers", tag = "directory", params(("id" = String, Path, description = "prl_…")), request_body = Vec<PriceTier>, responses(
    (status = 200, body = Items<PriceTier>)
))]
async fn set_list_tiers(edge: Edge, Path(id): Path<String>, body: Key<Vec<PriceTier>>) -> Out {
    let owner = PriceOwner::List(edge.id(&id)?);
    edge.make_of(200, body, move |ctx, tx, value| prices_deep::set_tiers(ctx, tx, owner, value)).await
}

/// Prices by quantity of a location.
#[utoipa::path(get, path = "/locations/{id}/tiers", tag = "directory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = Items<PriceTier>)
))]
async fn location_tiers(edge: Edge, Path(id): Path<String>) -> Out {
    let owner = PriceOwner::Location(edge.id(&id)?);
    edge.read(move |ctx, tx| prices_deep::tiers(ctx, tx, owner)).await
}

/// Replaces every price by quantity of a location. Each belongs to the agreed price of its item that begins on the same day.
#[utoipa::path(put, path = "/locations/{id}/tiers", tag = "directory", params(("id" = String, Path, description = "loc_…")), request_body = Vec<PriceTier>, responses(
    (status = 200, body = Items<PriceTier>)
))]
async fn set_location_tiers(edge: Edge, Path(id): Path<String>, body: Key<Vec<PriceTier>>) -> Out {
    let owner = PriceOwner::Location(edge.id(&id)?);
    edge.make_of(200, body, move |ctx, tx, value| prices_deep::set_tiers(ctx, tx, owner, value)).await
}

/// Capped sets of a price list.
#[utoipa::path(get, path = "/price-lists/{id}/constructs", tag = "directory", params(("id" = String, Path, description = "prl_…")), responses(
    (status = 200, body = Items<Construct>)
))]
async fn list_constructs(edge: Edge, Path(id): Path<String>) -> Out {
    let owner = PriceOwner::List(edge.id(&id)?);
    edge.read(move |ctx, tx| prices_deep::constructs(ctx, tx, owner)).await
}

/// Replaces every capped set of a price list: what lines of the set on one event cost together at most.
#[utoipa::path(put, path = "/price-lists/{id}/constructs", tag = "directory", params(("id" = String, Path, description = "prl_…")), request_body = Vec<SetConstruct>, responses(
    (status = 200, body = Items<Construct>)
))]
async fn set_list_constructs(edge: Edge, Path(id): Path<String>, body: Key<Vec<SetConstruct>>) -> Out {
    let owner = PriceOwner::List(edge.id(&id)?);
    edge.make_of(200, body, move |ctx, tx, value| prices_deep::set_constructs(ctx, tx, owner, value)).await
}

/// Capped sets of a location.
#[utoipa::path(get, path = "/locations/{id}/constructs", tag = "directory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = Items<Construct>)
))]
async fn location_constructs(edge: Edge, Path(id): Path<String>) -> Out {
    let owner = PriceOwner::Location(edge.id(&id)?);
    edge.read(move |ctx, tx| prices_deep::constructs(ctx, tx, owner)).await
}

/// Replaces every capped set of a location: what lines of the set on one event cost together at most.
#[utoipa::path(put, path = "/locations/{id}/constructs", tag = "directory", params(("id" = String, Path, description = "loc_…")), request_body = Vec<SetConstruct>, responses(
    (status = 200, body = Items<Construct>)
))]
async fn set_location_constructs(edge: Edge, Path(id): Path<String>, body: Key<Vec<SetConstruct>>) -> Out {
    let owner = PriceOwner::Location(edge.id(&id)?);
    edge.make_of(200, body, move |ctx, tx, value| prices_deep::set_constructs(ctx, tx, owner, value)).await
}

/// Why each line of an event costs what it costs.
#[utoipa::path(get, path = "/events/{id}/prices", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = EventPrices)
))]
async fn event_prices(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::events::pricing::why).await
}

/// Prices an open event by what is agreed now; prices that somebody typed stay.
#[utoipa::path(post, path = "/events/{id}/reprice", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Event)
))]
async fn reprice_event(edge: Edge, Path(id): Path<String>) -> Out {
    edge.act(&id, app::events::pricing::reprice).await
}

/// What open events use at locations without an agreed price, item by item.
#[utoipa::path(get, path = "/price-gaps", tag = "directory", params(
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 500"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
), responses((status = 200, body = Page<PriceGap>)))]
async fn list_gaps(edge: Edge) -> Out {
    edge.read_list(app::events::pricing::gaps).await
}
