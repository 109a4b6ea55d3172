//! The pages. Each room is a file with its routes; what they share is in [`list`] and [`words`].

pub mod catalog;
pub mod common;
pub mod door;
pub mod list;
pub mod me;
pub mod palette;
pub mod people;
pub mod settings;
pub mod suggest;
pub mod toggles;
pub mod waiting;
pub mod words;

use crate::edge::Fail;
use app::App;
use axum::Router;

/// Every page behind the door.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(door::routes())
        .merge(palette::routes())
        .merge(me::routes())
        .merge(catalog::routes())
        .merge(people::routes())
        .merge(settings::routes())
        .merge(suggest::routes())
        .fallback(async || Fail::not_found())
}
