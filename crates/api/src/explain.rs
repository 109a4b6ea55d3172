//! Why a count is what it is.

use crate::edge::{Edge, Out};
use crate::rooms::{Routes, routes};
use contract::explain::CountExplained;

/// The routes of this room.
pub fn routes() -> Routes {
    Routes::new().routes(routes!(explain_count))
}

/// The books' count of an item, or of one lot of it, at one holder: what came and went, what is on its way, which cases are past
/// their day and not submitted, and what would mend a difference.
#[utoipa::path(get, path = "/stock/explain", tag = "inventory", params(
    ("catalog_item_id" = String, Query, description = "The item"),
    ("lot" = Option<String>, Query, description = "One lot of it"),
    ("custodian_id" = String, Query, description = "Whose count: usr_ or org_"),
    ("counted" = Option<i64>, Query, description = "What somebody counted there")
), responses((status = 200, body = CountExplained)))]
async fn explain_count(edge: Edge) -> Out {
    let params = edge.list()?;
    edge.read(move |ctx, tx| app::explain::explain(ctx, tx, &params)).await
}
