//! The SQL, one module a room, and the shapes of its rows. Reach is part of every statement that reads for somebody.
//!
//! Every function takes the organisation first: no statement crosses organisations.

#![allow(missing_docs, reason = "fields of rows mirror their columns")]

pub mod accounting;
pub mod asking;
pub mod asks;
pub mod billing;
pub mod bulk;
pub mod catalog;
pub mod comments;
pub mod commission;
pub mod contracts;
pub mod counts;
pub mod coverage;
pub mod credits;
pub mod crossings;
pub mod custody;
pub mod directory;
pub mod documents;
pub mod drafts;
pub mod engine;
pub mod event_marks;
pub mod events;
pub mod expiring;
pub mod explain;
pub mod figures;
pub mod files;
pub mod free;
pub mod glance;
pub mod import_runs;
pub mod item_merges;
pub mod jobs;
pub mod journal;
pub mod links;
pub mod loans;
pub mod mismatches;
pub mod names;
pub mod notices;
pub mod opening;
pub mod packs;
pub mod page;
pub mod pars;
pub mod past;
pub mod people;
pub mod pools;
pub mod profiles;
pub mod quotes;
pub mod reach;
pub mod recalls;
pub mod requests;
pub mod search;
pub mod sets;
pub mod shipments;
pub mod stock;
pub mod transfers;
pub mod unfinished;
pub mod unit_list;
pub mod verify;

pub use db::{Db, Error, Result, Tx, Value, args};

/// The migrations, in order.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { name: "V1__people", sql: include_str!("../../../migrations/V1__people.sql") },
    db::Migration { name: "V2__directory", sql: include_str!("../../../migrations/V2__directory.sql") },
    db::Migration { name: "V3__stock", sql: include_str!("../../../migrations/V3__stock.sql") },
    db::Migration { name: "V4__events", sql: include_str!("../../../migrations/V4__events.sql") },
    db::Migration { name: "V5__engine", sql: include_str!("../../../migrations/V5__engine.sql") },
    db::Migration { name: "V6__stock_more", sql: include_str!("../../../migrations/V6__stock_more.sql") },
    db::Migration { name: "V7__figures", sql: include_str!("../../../migrations/V7__figures.sql") },
    db::Migration { name: "V9__customers", sql: include_str!("../../../migrations/V9__customers.sql") },
    db::Migration { name: "V10__coverage", sql: include_str!("../../../migrations/V10__coverage.sql") },
    db::Migration { name: "V11__requests", sql: include_str!("../../../migrations/V11__requests.sql") },
    db::Migration { name: "V12__quotes", sql: include_str!("../../../migrations/V12__quotes.sql") },
    db::Migration { name: "V13__counts", sql: include_str!("../../../migrations/V13__counts.sql") },
    db::Migration { name: "V15__credits", sql: include_str!("../../../migrations/V15__credits.sql") },
    db::Migration { name: "V19__merge", sql: include_str!("../../../migrations/V19__merge.sql") },
    db::Migration { name: "V24__files", sql: include_str!("../../../migrations/V24__files.sql") },
    db::Migration { name: "V25__links", sql: include_str!("../../../migrations/V25__links.sql") },
    db::Migration { name: "V26__linked_requests", sql: include_str!("../../../migrations/V26__linked_requests.sql") },
    db::Migration { name: "V27__linked_catalogs", sql: include_str!("../../../migrations/V27__linked_catalogs.sql") },
    db::Migration { name: "V28__event_files", sql: include_str!("../../../migrations/V28__event_files.sql") },
    db::Migration { name: "V29__documents", sql: include_str!("../../../migrations/V29__documents.sql") },
    db::Migration { name: "V30__signatures", sql: include_str!("../../../migrations/V30__signatures.sql") },
    db::Migration { name: "V31__accounting", sql: include_str!("../../../migrations/V31__accounting.sql") },
    db::Migration { name: "V32__prices", sql: include_str!("../../../migrations/V32__prices.sql") },
    db::Migration {
        name: "V33__commission_and_openings",
        sql: include_str!("../../../migrations/V33__commission_and_openings.sql"),
    },
    db::Migration { name: "V34__recalls", sql: include_str!("../../../migrations/V34__recalls.sql") },
    db::Migration { name: "V35__holds", sql: include_str!("../../../migrations/V35__holds.sql") },
    db::Migration { name: "V36__loans", sql: include_str!("../../../migrations/V36__loans.sql") },
    db::Migration { name: "V37__lists", sql: include_str!("../../../migrations/V37__lists.sql") },
    db::Migration { name: "V40__import_runs", sql: include_str!("../../../migrations/V40__import_runs.sql") },
    db::Migration { name: "V41__directory_lists", sql: include_str!("../../../migrations/V41__directory_lists.sql") },
    db::Migration { name: "V45__covering", sql: include_str!("../../../migrations/V45__covering.sql") },
    db::Migration { name: "V50__notices", sql: include_str!("../../../migrations/V50__notices.sql") },
    db::Migration { name: "V51__money_more", sql: include_str!("../../../migrations/V51__money_more.sql") },
    db::Migration { name: "V57__pools", sql: include_str!("../../../migrations/V57__pools.sql") },
    db::Migration { name: "V58__sets", sql: include_str!("../../../migrations/V58__sets.sql") },
    db::Migration { name: "V59__par", sql: include_str!("../../../migrations/V59__par.sql") },
    db::Migration { name: "V60__asking", sql: include_str!("../../../migrations/V60__asking.sql") },
    db::Migration { name: "V61__shipments", sql: include_str!("../../../migrations/V61__shipments.sql") },
    db::Migration { name: "V65__sealed", sql: include_str!("../../../migrations/V65__sealed.sql") },
    db::Migration { name: "V70__catalog_merge", sql: include_str!("../../../migrations/V70__catalog_merge.sql") },
    db::Migration { name: "V71__transfer_drafts", sql: include_str!("../../../migrations/V71__transfer_drafts.sql") },
    db::Migration { name: "V80__processed", sql: include_str!("../../../migrations/V80__processed.sql") },
    db::Migration { name: "V81__event_products", sql: include_str!("../../../migrations/V81__event_products.sql") },
    db::Migration { name: "V82__signing", sql: include_str!("../../../migrations/V82__signing.sql") },
    db::Migration { name: "V83__price_asks", sql: include_str!("../../../migrations/V83__price_asks.sql") },
    db::Migration { name: "V84__events_more", sql: include_str!("../../../migrations/V84__events_more.sql") },
    db::Migration { name: "V85__packs", sql: include_str!("../../../migrations/V85__packs.sql") },
    db::Migration { name: "V86__twins_apart", sql: include_str!("../../../migrations/V86__twins_apart.sql") },
    db::Migration {
        name: "V89__figures_of_locations",
        sql: include_str!("../../../migrations/V89__figures_of_locations.sql"),
    },
    db::Migration {
        name: "V90__lists_of_directory",
        sql: include_str!("../../../migrations/V90__lists_of_directory.sql"),
    },
    db::Migration {
        name: "V91__charges_of_makers",
        sql: include_str!("../../../migrations/V91__charges_of_makers.sql"),
    },
    db::Migration { name: "V92__po_ladder", sql: include_str!("../../../migrations/V92__po_ladder.sql") },
    db::Migration { name: "V93__form_drafts", sql: include_str!("../../../migrations/V93__form_drafts.sql") },
    db::Migration {
        name: "V94__figures_beside_figures",
        sql: include_str!("../../../migrations/V94__figures_beside_figures.sql"),
    },
];

/// A statement that locks the rows it reads: `FOR UPDATE` where rows are locked one by one, plain where one writer writes.
#[macro_export]
macro_rules! locking {
    ($sql:literal) => {
        db::Sql { lite: $sql, pg: concat!($sql, " FOR UPDATE") }
    };
}

/// The units of each custodian by state and shelf, as of now: the totals as of the last sealing and the steps since. `$1` is
/// the organisation. From the few unsealed entries to their steps, which `CROSS JOIN` holds SQLite to.
#[macro_export]
macro_rules! totals_now {
    () => {
        "SELECT custodian_id, state, facility_stock, n FROM stock_total WHERE organization_id = $1 \
        UNION ALL SELECT step.from_custodian_id, step.from_state, CASE WHEN step.from_location_id IS NULL THEN 0 ELSE 1 END, -1 \
        FROM journal_pending pending CROSS JOIN journal_movement step WHERE step.organization_id = pending.organization_id \
        AND step.entry_id = pending.entry_id AND pending.organization_id = $1 AND step.from_custodian_id IS NOT NULL \
        UNION ALL SELECT step.to_custodian_id, step.to_state, CASE WHEN step.to_location_id IS NULL THEN 0 ELSE 1 END, 1 \
        FROM journal_pending pending CROSS JOIN journal_movement step WHERE step.organization_id = pending.organization_id \
        AND step.entry_id = pending.entry_id AND pending.organization_id = $1"
    };
}
