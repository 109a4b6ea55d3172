//! The catalog: manufacturers, product lines, catalog items and the identifiers on their labels.

use app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
