//! The use cases, on both databases, through the code that users run.

mod catalog;
mod directory;
mod ground;
mod imports;
mod people;
mod session;
mod team;
mod transfers;
mod units;
mod verify;
