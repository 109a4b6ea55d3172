//! The use cases, on both databases, through the code that users run.

mod figures;
mod ground;
mod session;
mod verify;
