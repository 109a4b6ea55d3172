//! The way from a unit to the event in which it is used.

use super::{Usability, level};
use crate::{Ctx, Result};
use contract::events::EventSummary;
use contract::{Items, ListParams};
use domain::event::EventStatus;
use domain::id::UnitId;
use domain::people::{Level, Permission};
use domain::stock::{UnitKind, UnitState};
use std::collections::HashMap;
use store::Tx;
use uuid::Uuid;

/// So many days before today and after it events are looked for.
const AROUND_DAYS: i32 = 31;
/// Events that are looked at, at most.
const LOOKED_AT: u32 = 200;
/// Events that are offered, at most.
const OFFERED: usize = 20;

/// The open events around today on which a unit in reach could be marked now, the nearest day first.
pub fn events(ctx: &Ctx, tx: &mut Tx, id: UnitId) -> Result<Items<EventSummary>> {
    let unit = crate::units::get(ctx, tx, id)?;
    let none = Items { items: Vec::new() };
    if !ctx.may(Permission::ManageEvents) || unit.kind == UnitKind::Container {
        return Ok(none);
    }
    let Some(row) = store::stock::unit(tx, ctx.org(), id.uuid())? else { return Ok(none) };
    let facts = row.facts();
    let free = facts.state() == UnitState::Available || (facts.reusable && facts.state() == UnitState::InEvent);
    if !free || facts.may_be_marked().is_err() {
        return Ok(none);
    }
    let today = ctx.today();
    let mut params = ListParams { limit: Some(LOOKED_AT), sort: Some("starts_at".into()), ..ListParams::default() };
    params.filters.insert("status".into(), EventStatus::Open.as_str().into());
    params.filters.insert("from".into(), today.plus(-AROUND_DAYS).to_string());
    params.filters.insert("to".into(), today.plus(AROUND_DAYS).to_string());
    let mut known: HashMap<(Uuid, Option<Uuid>, String), bool> = HashMap::new();
    let mut items = Vec::new();
    for event in super::list(ctx, tx, &params)?.items {
        let Some(row) = store::events::event(tx, ctx.org(), event.id.uuid())? else { continue };
        let key = (row.representative_id, row.location_id, row.r#type.clone());
        let fits = match known.get(&key) {
            Some(fits) => *fits,
            None => {
                let fits = level(ctx, tx, &row)? == Level::Act && Usability::of(ctx, tx, &row)?.check(&facts).is_ok();
                known.insert(key, fits);
                fits
            }
        };
        if fits && store::events::on_event(tx, ctx.org(), row.id, &[id.uuid()])?.is_empty() {
            items.push(event);
        }
    }
    items.sort_by_key(|event| ((event.event_on.0 - today.0).abs(), event.starts_at, event.id));
    items.truncate(OFFERED);
    Ok(Items { items })
}
