//! Both engines, a running server, a fake clock, sentences for fixtures.

pub mod pg;

pub use pg::{postgres, sqlite};
