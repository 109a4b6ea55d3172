//! Purchase orders that do not fit.

use crate::edge::{Edge, Out, Paging};
use crate::rooms::{Routes, routes};
use contract::Page;
use contract::documents::PoMismatch;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(po_mismatches))
}

/// Purchase orders in reach over another amount than what they are for, the latest first, until their event is paid.
#[utoipa::path(get, path = "/purchase-orders/mismatches", tag = "events", params(
    Paging,
    ("sort" = Option<String>, Query, description = "received_at; a minus falls. Default: -received_at"),
    ("representative_id" = Option<String>, Query, description = "Representatives"),
    ("location_id" = Option<String>, Query, description = "Facilities"),
    ("customer_id" = Option<String>, Query, description = "Customers")
), responses((status = 200, body = Page<PoMismatch>)))]
async fn po_mismatches(edge: Edge) -> Out {
    edge.read_list(app::billing::mismatches::list).await
}
