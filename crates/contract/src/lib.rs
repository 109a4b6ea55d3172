//! The shapes of requests and answers: what the API, the console and the use cases speak. One module a room; names here
//! are a promise to programs outside.

pub mod common;
pub mod people;

pub use common::*;
