//! The pages. Each room is a file with its routes; what they share is in [`list`] and [`words`].

pub mod accounting;
pub mod acts;
pub mod boms;
pub mod bulk;
pub mod calendar;
pub mod calls;
pub mod catalog;
pub mod catalog_merge;
mod catalog_more;
pub mod commission;
pub mod common;
pub mod companies;
pub mod counts;
pub mod cover;
pub mod credits;
pub mod customers;
pub mod door;
pub mod event;
mod event_charges;
mod event_comments;
mod event_draft;
pub mod event_files;
pub mod event_lines;
pub mod event_money;
pub mod event_papers;
mod event_processed;
mod event_products;
mod event_shares;
pub mod events;
pub mod expiring;
pub mod explain;
pub mod export;
mod facility_contract;
mod facility_signing;
pub mod feed;
pub mod figures;
pub mod guest;
pub mod guest_order;
pub mod imports;
pub mod jobs;
pub mod labels;
pub mod list;
pub mod loans;
pub mod locations;
pub mod me;
pub mod moving;
pub mod notices;
pub mod opening;
pub mod orders;
pub mod palette;
pub mod pars;
pub mod people;
pub mod physicians;
pub mod po_mismatches;
pub mod po_reminders;
mod price_asks;
pub mod prices;
pub mod prices_deep;
pub mod quote;
pub mod recalls;
pub mod remarks;
pub mod requests;
pub mod scan;
pub mod sets;
pub mod settings;
pub mod settings_documents;
pub mod settings_types;
pub mod stock;
pub mod stock_pools;
pub mod suggest;
pub mod terms;
pub mod territories;
pub mod today;
pub mod toggles;
pub mod trace;
pub mod transfers;
pub mod unit;
mod unit_use;
pub mod views;
pub mod waiting;
pub mod words;
pub mod write_offs;

use crate::edge::Fail;
use app::App;
use axum::Router;

/// Every page behind the door.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(door::routes())
        .merge(palette::routes())
        .merge(me::routes())
        .merge(catalog::routes())
        .merge(accounting::routes())
        .merge(bulk::routes())
        .merge(commission::routes())
        .merge(credits::routes())
        .merge(calls::routes())
        .merge(companies::routes())
        .merge(customers::routes())
        .merge(jobs::routes())
        .merge(imports::routes())
        .merge(loans::routes())
        .merge(locations::routes())
        .merge(notices::routes())
        .merge(opening::routes())
        .merge(orders::routes())
        .merge(physicians::routes())
        .merge(prices::routes())
        .merge(prices_deep::routes())
        .merge(remarks::routes())
        .merge(terms::routes())
        .merge(territories::routes())
        .merge(people::routes())
        .merge(settings::routes())
        .merge(suggest::routes())
        .merge(today::routes())
        .merge(stock::routes())
        .merge(stock_pools::routes())
        .merge(boms::routes())
        .merge(expiring::routes())
        .merge(catalog_merge::routes())
        .merge(catalog_more::routes())
        .merge(pars::routes())
        .merge(sets::routes())
        .merge(transfers::routes())
        .merge(quote::routes())
        .merge(recalls::routes())
        .merge(requests::routes())
        .merge(scan::routes())
        .merge(counts::routes())
        .merge(explain::routes())
        .merge(events::routes())
        .merge(event_files::routes())
        .merge(event_papers::routes())
        .merge(po_reminders::routes())
        .merge(facility_signing::routes())
        .merge(facility_contract::routes())
        .merge(price_asks::routes())
        .merge(event_comments::routes())
        .merge(unit_use::routes())
        .merge(po_mismatches::routes())
        .merge(settings_documents::routes())
        .merge(settings_types::routes())
        .merge(customers::billing_routes())
        .merge(cover::routes())
        .merge(calendar::routes())
        .merge(feed::routes())
        .merge(moving::routes())
        .merge(figures::routes())
        .merge(trace::routes())
        .merge(views::routes())
        .merge(write_offs::routes())
        .fallback(async || Fail::not_found())
}
