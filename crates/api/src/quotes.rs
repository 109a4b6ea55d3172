//! Quotes of events.

use crate::edge::{Edge, Key, Out, json};
use crate::rooms::{Routes, routes};
use app::events::quote;
use axum::extract::Path;
use axum::http::StatusCode;
use contract::events::AddedLines;
use contract::quotes::{DecideQuote, FillQuote, MakeQuote, Quote, QuoteLink, ShareQuote};
use domain::id::Event;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(get_quote, make_quote))
        .routes(routes!(quote_paper))
        .routes(routes!(decide_quote))
        .routes(routes!(share_quote, unshare_quote))
        .routes(routes!(fill_quote))
}

/// The quote of an event, with why each price is what it is, and what of it is marked; empty while nothing was quoted.
#[utoipa::path(get, path = "/events/{id}/quote", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Quote)
))]
async fn get_quote(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| quote::get(ctx, tx, id)).await
}

/// Makes the quote of an open event, or its next edition: from a preference card, by hand, or both.
#[utoipa::path(post, path = "/events/{id}/quote", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = MakeQuote, responses(
    (status = 201, body = Quote)
))]
async fn make_quote(edge: Edge, Path(id): Path<String>, body: Key<MakeQuote>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(201, &body.bytes, move |ctx, tx| quote::make(ctx, tx, id, &value)).await
}

/// The quote as PDF.
#[utoipa::path(get, path = "/events/{id}/quote.pdf", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf")
))]
async fn quote_paper(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id::<Event>(&id)?;
    crate::billing::paper(&edge, move |ctx, tx| quote::paper::of_event(ctx, tx, id)).await
}

/// Enters what the customer said about the latest edition.
#[utoipa::path(post, path = "/events/{id}/quote/decide", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = DecideQuote, responses(
    (status = 200, body = Quote)
))]
async fn decide_quote(edge: Edge, Path(id): Path<String>, body: Key<DecideQuote>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(200, &body.bytes, move |ctx, tx| quote::decide(ctx, tx, id, &value)).await
}

/// Makes the link with which a customer sees this quote alone and answers it once. Its answer is never remembered.
#[utoipa::path(post, path = "/events/{id}/quote/link", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = ShareQuote, responses(
    (status = 200, body = QuoteLink)
))]
async fn share_quote(edge: Edge, Path(id): Path<String>, body: Key<ShareQuote>) -> Out {
    let (id, value) = (edge.id::<Event>(&id)?, body.value);
    let config = edge.app.config().clone();
    let made = edge.app.write(&edge.ctx, move |ctx, tx| quote::guest::share(ctx, tx, &config, id, &value)).await;
    json(StatusCode::OK, &made.map_err(|error| edge.fail(error))?)
}

/// Ends the link that was given to the customer.
#[utoipa::path(delete, path = "/events/{id}/quote/link", tag = "events", params(("id" = String, Path, description = "evt_…")), responses(
    (status = 200, body = Quote)
))]
async fn unshare_quote(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.write(200, move |ctx, tx| quote::guest::unshare(ctx, tx, id)).await
}

/// Marks units for what is still open of the quote: those named, or those that expire first.
#[utoipa::path(post, path = "/events/{id}/quote/fill", tag = "events", params(("id" = String, Path, description = "evt_…")), request_body = FillQuote, responses(
    (status = 201, body = AddedLines)
))]
async fn fill_quote(edge: Edge, Path(id): Path<String>, body: Key<FillQuote>) -> Out {
    let (id, value) = (edge.id(&id)?, body.value);
    edge.write_body(201, &body.bytes, move |ctx, tx| quote::fill(ctx, tx, id, &value)).await
}
