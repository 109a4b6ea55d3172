//! The console: typed pages rendered on the server, complete without scripts, quicker with them.
//!
//! [`ui`] is what screens are made of, [`edge`] what every request goes through, [`pages`] the screens, a file for each room.

pub mod assets;
pub mod edge;
pub mod pages;
pub mod session;
pub mod ui;

use axum::Router;
use axum::middleware::from_fn_with_state;
use edge::{Door, around};

/// Every route of the console.
pub fn router(app: app::App) -> Router {
    let door = |closed| from_fn_with_state(Door { app: app.clone(), closed }, around);
    let outside = pages::door::open_routes()
        .merge(pages::feed::open_routes())
        .merge(pages::guest::open_routes())
        .merge(pages::guest_order::open_routes());
    let open = outside.layer(door(false)).merge(ui::prefs_routes());
    let closed = pages::routes().layer(door(true));
    closed.merge(open).merge(assets::routes()).with_state(app)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_pages_stand_at_one_address() {
        // Routes that overlap panic when they are put together.
        let _ = crate::pages::routes();
    }
}
