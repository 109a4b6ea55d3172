//! Prices in depth: by quantity, capped sets, why a line costs what it costs, what has no agreed price.

use crate::edge::{Edge, Key, Out, Paging};
use crate::rooms::{Routes, routes};
use app::directory::prices_deep::{self, PriceOwner};
use axum::extract::Path;
use contract::events::Event;
use contract::prices::{
    AskForPrice, Construct, ContractToReview, DeclinePrice, EventPrices, FacilityContract, PriceAsk, PriceGap,
    PriceTier, SetConstruct, SetFacilityContract,
};
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
        .routes(routes!(ask_for_price))
        .routes(routes!(list_price_asks))
        .routes(routes!(decline_price))
        .routes(routes!(get_facility_contract, set_facility_contract))
        .routes(routes!(contracts_to_review))
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

/// Asks the office to agree a price for the item of a line, where the event takes place; the office is told. Asking once more says
/// something else.
#[utoipa::path(post, path = "/events/{id}/lines/{line_id}/ask-for-price", tag = "events", params(("id" = String, Path, description = "evt_…"), ("line_id" = String, Path, description = "lin_…")), request_body = AskForPrice, responses(
    (status = 201, body = PriceAsk)
))]
async fn ask_for_price(edge: Edge, Path((id, part)): Path<(String, String)>, body: Key<AskForPrice>) -> Out {
    let (id, part) = (edge.id(&id)?, edge.id(&part)?);
    let value = body.value;
    edge.write_body(201, &body.bytes, move |ctx, tx| app::events::asks::ask(ctx, tx, id, part, &value)).await
}

/// Prices that were asked for, the oldest first: all of them for the office, one's own for others.
#[utoipa::path(get, path = "/price-asks", tag = "directory", params(
    Paging,
    ("state" = Option<String>, Query, description = "open, agreed, declined"),
    ("event_id" = Option<String>, Query, description = "Events from which they were asked for"),
), responses((status = 200, body = Page<PriceAsk>)))]
async fn list_price_asks(edge: Edge) -> Out {
    edge.read_list(app::events::asks::list).await
}

/// Says that no price will be agreed, and why; whoever asked is told.
#[utoipa::path(post, path = "/price-asks/{id}/decline", tag = "directory", params(("id" = String, Path, description = "pra_…")), request_body = DeclinePrice, responses(
    (status = 200, body = PriceAsk)
))]
async fn decline_price(edge: Edge, Path(id): Path<String>, body: Key<DeclinePrice>) -> Out {
    edge.change(200, &id, body, app::events::asks::decline).await
}

/// Whether all prices of a facility are agreed, and when that is negotiated anew.
#[utoipa::path(get, path = "/locations/{id}/contract", tag = "directory", params(("id" = String, Path, description = "loc_…")), responses(
    (status = 200, body = FacilityContract)
))]
async fn get_facility_contract(edge: Edge, Path(id): Path<String>) -> Out {
    edge.read_one(&id, app::directory::contracts::get).await
}

/// Says whether all prices of a facility are agreed, and when that is negotiated anew.
#[utoipa::path(put, path = "/locations/{id}/contract", tag = "directory", params(("id" = String, Path, description = "loc_…")), request_body = SetFacilityContract, responses(
    (status = 200, body = FacilityContract)
))]
async fn set_facility_contract(edge: Edge, Path(id): Path<String>, body: Key<SetFacilityContract>) -> Out {
    edge.change(200, &id, body, app::directory::contracts::set).await
}

/// Contracts that somebody should look at: negotiated anew within thirty days or late, the first first; then those whose prices are not
/// complete.
#[utoipa::path(get, path = "/contracts-to-review", tag = "directory", responses((status = 200, body = Items<ContractToReview>)))]
async fn contracts_to_review(edge: Edge) -> Out {
    edge.read(app::directory::contracts::to_review).await
}
