//! The use cases, on both databases, through the code that users run.

mod billing;
mod catalog;
mod cover_people;
mod coverage;
mod customers_bulk;
mod customers_merge;
mod customers_tree;
mod directory;
mod events;
mod figures;
mod files;
mod ground;
mod imports;
mod imports_customers;
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
