//! Both engines, a world with people in it, a clock that moves when told.

pub mod pg;
pub mod statements;
pub mod world;

pub use pg::{postgres, sqlite};
pub use world::{FakeClock, World, on_both};
