//! The call list, and what customers usually take.

use crate::edge::{Edge, Out};
use crate::rooms::{Routes, routes};
use app::directory::calls;
use axum::extract::Path;
use contract::calls::{CallListEntry, UsualItem};
use contract::{Items, Page};

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(call_list)).routes(routes!(usual_items))
}

/// Engaged customers whose next order is late by their own rhythm, the longest expected first.
#[utoipa::path(get, path = "/call-list", tag = "directory", params(
    ("limit" = Option<u32>, Query, description = "Rows a page: 50, at most 100"),
    ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ("count" = Option<bool>, Query, description = "Adds total"),
    ("default_sales_rep_id" = Option<String>, Query, description = "Customers of these people, or none"),
    ("late_by" = Option<u32>, Query, description = "Days that an order is late at least: 7 unless asked otherwise")
), responses((status = 200, body = Page<CallListEntry>)))]
async fn call_list(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| calls::list(ctx, tx, &params)).await
}

/// What a customer usually takes, by its last twelve orders.
#[utoipa::path(get, path = "/customers/{id}/usual-items", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = Items<UsualItem>)
))]
async fn usual_items(edge: Edge, Path(id): Path<String>) -> Out {
    let id = edge.id(&id)?;
    edge.read(move |ctx, tx| calls::usual_items(ctx, tx, id)).await
}
