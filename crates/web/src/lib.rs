//! The console: typed pages rendered on the server, complete without scripts, quicker with them.

pub mod assets;
pub mod ui;

/// Every route of the console.
pub fn router(app: app::App) -> axum::Router {
    let _ = app;
    axum::Router::new().merge(assets::routes())
}
