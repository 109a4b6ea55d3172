//! The shapes of requests and answers: what the API, the console and the use cases speak. One module a room; names here
//! are a promise to programs outside.

pub mod accounting;
pub mod billing;
pub mod bulk;
pub mod calls;
pub mod catalog;
pub mod commission;
pub mod common;
pub mod counts;
pub mod coverage;
pub mod credits;
pub mod directory;
pub mod documents;
pub mod drafts;
pub mod event_types;
pub mod events;
pub mod expiring;
pub mod explain;
pub mod families;
pub mod figures;
pub mod files;
pub mod history;
pub mod imports;
pub mod item_merges;
pub mod links;
pub mod loans;
pub mod merges;
pub mod notices;
pub mod opening;
pub mod pars;
pub mod people;
pub mod pools;
pub mod prices;
pub mod profiles;
pub mod quotes;
pub mod recalls;
pub mod remarks;
pub mod requests;
pub mod sets;
pub mod territories;
pub mod transfers;
pub mod units;

pub use common::*;
