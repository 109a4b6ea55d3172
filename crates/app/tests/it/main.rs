//! The use cases, on both databases, through the code that users run.

mod ground;
mod team;
mod transfers;
mod units;
mod session;
mod verify;
