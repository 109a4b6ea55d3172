//! The use cases, on both databases, through the code that users run.

mod ground;
mod people;
mod session;
mod team;
mod transfers;
mod units;
mod verify;
