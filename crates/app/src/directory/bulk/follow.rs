//! What follows from a change of customers besides the change itself, in sentences.

use crate::{Ctx, Result};
use contract::bulk::Consequence;
use store::Tx;
use store::directory::locations;
use uuid::Uuid;

fn told(code: &str, count: i64, message: String) -> Consequence {
    Consequence { code: code.to_owned(), count, message }
}

fn n(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Customers get another default rep: which locations follow, and which keep a rep of their own.
pub fn locations(ctx: &Ctx, tx: &mut Tx, customers: &[Uuid], clear_overrides: bool) -> Result<Vec<Consequence>> {
    let inherit = locations::inheriting(tx, ctx.org(), customers)?.len() as i64;
    let own = locations::overriding(tx, ctx.org(), customers)?.len() as i64;
    let mut all = Vec::new();
    let verb = |count: i64| if count == 1 { "inherits" } else { "inherit" };
    let follows = if clear_overrides { inherit + own } else { inherit };
    if follows > 0 {
        let message = format!("{} {} and will change.", n(inherit, "location", "locations"), verb(inherit));
        all.push(told("locations_inherit", inherit, message));
    }
    if own > 0 && clear_overrides {
        let message = format!(
            "{} will inherit again.",
            n(own, "location with a rep of its own", "locations with a rep of their own")
        );
        all.push(told("overrides_cleared", own, message));
    } else if own > 0 {
        let message = format!("{} own rep.", n(own, "location keeps its", "locations keep their"));
        all.push(told("overrides_kept", own, message));
    }
    Ok(all)
}

/// Customers get other terms: what was submitted keeps those that it was submitted with.
pub fn open_orders(ctx: &Ctx, tx: &mut Tx, customers: &[Uuid]) -> Result<Vec<Consequence>> {
    let open = store::directory::terms_of::open_orders(tx, ctx.org(), customers)?;
    if open == 0 {
        return Ok(Vec::new());
    }
    let message = format!(
        "{} the terms of the day of submission.",
        n(open, "submitted order that is not paid keeps", "submitted orders that are not paid keep")
    );
    Ok(vec![told("open_orders_unaffected", open, message)])
}

/// Customers get another billing status: stocking orders that are open will meet it when they are submitted.
pub fn held_orders(ctx: &Ctx, tx: &mut Tx, customers: &[Uuid]) -> Result<Vec<Consequence>> {
    let open = store::directory::terms_of::open_stocking_orders(tx, ctx.org(), customers)?;
    if open == 0 {
        return Ok(Vec::new());
    }
    let message = format!(
        "{} meet the new status when submitted. Cases, returns and recalls are always recorded.",
        n(open, "open stocking order will", "open stocking orders will")
    );
    Ok(vec![told("held_orders", open, message)])
}

/// Customers are archived: which locations go with them, what is still open, what lies on their shelves.
pub fn archived(ctx: &Ctx, tx: &mut Tx, customers: &[Uuid]) -> Result<Vec<Consequence>> {
    let left = store::directory::leaving::left_by(tx, ctx.org(), customers)?;
    let mut all = Vec::new();
    if left.locations > 0 {
        let message =
            format!("{} left out of lists and choices with it.", n(left.locations, "location is", "locations are"));
        all.push(told("locations_hidden", left.locations, message));
    }
    if left.events > 0 {
        let message =
            format!("{} stay open and are finished as usual.", n(left.events, "case or order", "cases and orders"));
        all.push(told("events_stay_open", left.events, message));
    }
    if left.units > 0 {
        let message =
            format!("{} on its shelves: used up or reassigned as before.", n(left.units, "unit stays", "units stay"));
        all.push(told("stock_stays", left.units, message));
    }
    Ok(all)
}

/// The same for one location.
pub fn location_archived(ctx: &Ctx, tx: &mut Tx, location: Uuid) -> Result<Vec<Consequence>> {
    let (events, units) = store::directory::leaving::left_at(tx, ctx.org(), location)?;
    let mut all = Vec::new();
    if events > 0 {
        let message =
            format!("{} stay open and are finished as usual.", n(events, "case or order", "cases and orders"));
        all.push(told("events_stay_open", events, message));
    }
    if units > 0 {
        let message =
            format!("{} on its shelf: used up or reassigned as before.", n(units, "unit stays", "units stay"));
        all.push(told("stock_stays", units, message));
    }
    Ok(all)
}
