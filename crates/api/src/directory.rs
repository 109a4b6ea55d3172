//! The directory: customers and their locations, physicians, procedures, places, prices, payment terms, views.

use app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this room.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
