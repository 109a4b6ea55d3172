//! What expires soon.

use crate::edge::{Edge, Out};
use crate::rooms::{Routes, routes};
use contract::Items;
use contract::expiring::ExpiringLot;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(list_expiring))
}

/// Free units in reach that expire soon, by lot and holder, the first first; with the open cases that could use them, and what to
/// send where. At most 200 lots.
#[utoipa::path(get, path = "/expiring", tag = "inventory", params(
    ("days" = Option<i64>, Query, description = "How far is looked ahead: 90 unless said otherwise, at most 730"),
    ("custodian_id" = Option<String>, Query, description = "usr_ or org_ ids")
), responses((status = 200, body = Items<ExpiringLot>)))]
async fn list_expiring(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::expiring::list(ctx, tx, &params)).await
}
