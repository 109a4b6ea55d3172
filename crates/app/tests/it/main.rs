//! The use cases, on both databases, through the code that users run.

mod billing;
mod catalog;
mod cover_people;
mod coverage;
mod customers_accepted;
mod customers_bulk;
mod customers_leaving;
mod customers_people;
mod directory;
mod events;
mod figures;
mod ground;
mod imports;
mod people;
mod quotes;
mod requests;
mod scene;
mod session;
mod team;
mod transfers;
mod units;
mod verify;
