//! The use cases, on both databases, through the code that users run.

mod billing;
mod catalog;
mod counts;
mod cover_people;
mod coverage;
mod customers_bulk;
mod customers_checks;
mod customers_money;
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
mod statements;
mod steps;
mod team;
mod transfers;
mod units;
mod verify;
