//! What could be asked for: what an event used, what is below par; and from where it could come.

use super::{items, kind, look, progress, to};
use crate::history::Names;
use crate::{Ctx, Error, Result, list};
use contract::requests::{RequestProposal, RequestSource, SourceUnit};
use contract::{Items, ListParams};
use domain::clock::Day;
use domain::event::{EventStatus, ReusableFate, Usage};
use domain::id::{Id, RequestId};
use domain::people::Permission;
use domain::request::{RequestKind, below_par};
use domain::stock::UnitKind;
use std::collections::{BTreeMap, HashMap};
use store::Tx;
use store::coverage::load::{self, Ask};
use store::events::EventRow;
use uuid::Uuid;

/// Items that are proposed at once.
const PROPOSED: i64 = 300;
/// Custodians who are looked at for one item, the organisation among them.
const SOURCES: usize = 4;

/// 409 unless an event was submitted and stands.
pub(super) fn must_be_submitted(row: &EventRow) -> Result<()> {
    match crate::events::status(row)? {
        EventStatus::Open => Err(Error::conflict(
            "event_not_submitted",
            "What a case used is replenished once it is submitted. Submit it first, or ask for stock without it.",
        )),
        EventStatus::Cancelled => {
            Err(Error::conflict("event_cancelled", "This event was cancelled, so it used nothing."))
        }
        _ => Ok(()),
    }
}

/// (item, how many) that an event took out of stock and nobody asked for again. Facility stock was sold before.
pub(crate) fn used(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<BTreeMap<Uuid, i64>> {
    let mut found: BTreeMap<Uuid, i64> = BTreeMap::new();
    for line in store::events::lines(tx, ctx.org(), row.id)? {
        let rule = Usage::parse(&line.usage).unwrap_or(Usage::Used).rule();
        let left = if line.reusable { rule.reusable == ReusableFate::Leaves } else { rule.single_use_leaves };
        // A pack is asked for as one.
        if left && !line.facility_stock && line.pack_line_id.is_none() {
            *found.entry(line.catalog_item_id).or_default() += 1;
        }
    }
    for (item, again) in store::requests::replenished(tx, ctx.org(), row.id)? {
        if let Some(n) = found.get_mut(&item) {
            *n -= again;
        }
    }
    found.retain(|_, n| *n > 0);
    Ok(found)
}

/// What could be asked for: with `event_id` what that event used, with `below_par` what the organisation should order.
pub fn proposals(ctx: &Ctx, tx: &mut Tx, params: &ListParams) -> Result<Items<RequestProposal>> {
    list::only(params, &["event_id", "below_par"])?;
    ctx.require(Permission::RequestInventory)?;
    let event = list::ids::<domain::id::Event>(params, "event_id")?.unwrap_or_default();
    match (event.as_slice(), list::yes_no(params, "below_par")?) {
        ([id], None | Some(false)) => {
            let row = crate::events::readable(ctx, tx, id.uuid()).map_err(|error| match error {
                Error::NotFound(_) => Error::unknown("event_id"),
                other => other,
            })?;
            of_event(ctx, tx, &row)
        }
        ([], Some(true)) => of_par(ctx, tx),
        _ => Err(Error::field("event_id", "one_of_two", "Give an event, or below_par=true.")),
    }
}

fn of_event(ctx: &Ctx, tx: &mut Tx, row: &EventRow) -> Result<Items<RequestProposal>> {
    if must_be_submitted(row).is_err() {
        return Ok(Items { items: Vec::new() });
    }
    let used = used(ctx, tx, row)?;
    let ids: Vec<Uuid> = used.keys().copied().collect();
    let mut found: Vec<RequestProposal> = Vec::with_capacity(ids.len());
    for item in load::items(tx, ctx.org(), &ids)? {
        let quantity = used.get(&item.id).copied().unwrap_or_default();
        found.push(RequestProposal {
            catalog_item_id: Id::from_uuid(item.id),
            catalog_number: item.number,
            description: item.description,
            manufacturer_id: Id::from_uuid(item.manufacturer_id),
            quantity,
            par_level: None,
            on_hand: None,
            on_order: None,
            why: format!("{quantity} used in {}.", crate::events::number(row.number)),
        });
    }
    found.sort_by(|one, other| one.catalog_number.cmp(&other.catalog_number));
    Ok(Items { items: found })
}

fn of_par(ctx: &Ctx, tx: &mut Tx) -> Result<Items<RequestProposal>> {
    ctx.require(Permission::FulfillRequests)?;
    let rows = store::requests::below_par(tx, ctx.org(), PROPOSED)?;
    let items = rows.into_iter().map(|row| RequestProposal {
        catalog_item_id: Id::from_uuid(row.item),
        catalog_number: row.number,
        description: row.description,
        manufacturer_id: Id::from_uuid(row.manufacturer_id),
        quantity: below_par(row.par_level, row.held, row.coming),
        par_level: Some(row.par_level),
        on_hand: Some(row.held),
        on_order: Some(row.coming),
        why: match row.coming {
            0 => format!("{} of {} are there.", row.held, row.par_level),
            coming => format!("{} of {} are there and {coming} are ordered.", row.held, row.par_level),
        },
    });
    Ok(Items { items: items.collect() })
}

/// The day on which what is asked for must still be good.
pub(super) fn good_on(ctx: &Ctx, tx: &mut Tx, row: &store::requests::RequestRow) -> Result<i64> {
    let of_event = match row.event_id {
        Some(event) => store::events::event(tx, ctx.org(), event)?.map(|event| event.day),
        None => None,
    };
    Ok(of_event.or(row.needed_on).unwrap_or(0).max(i64::from(ctx.today().0)))
}

/// Free units of an item with somebody, the first to expire first, that do not lie in a container: at most `limit`.
pub(super) fn loose(
    ctx: &Ctx,
    tx: &mut Tx,
    row: &store::requests::RequestRow,
    asks: &[Ask],
    good_on: i64,
) -> Result<Vec<load::FreeRow>> {
    // Those in containers move with their container: look beyond them.
    let wider: Vec<Ask> = asks.iter().map(|ask| Ask { limit: ask.limit.min(500) * 2 + 20, ..*ask }).collect();
    let event = row.event_id.unwrap_or_default();
    let found = load::free_units(tx, ctx.org(), event, None, good_on, &wider)?;
    let mut taken: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    let fits = |unit: &load::FreeRow| {
        let whole = unit.container.is_none() || unit.kind == UnitKind::Container.as_str();
        let limit =
            asks.iter().find(|ask| (ask.item, ask.custodian) == (unit.item, unit.custodian)).map_or(0, |it| it.limit);
        let n = taken.entry((unit.item, unit.custodian)).or_default();
        let fits = whole && unit.shelf.is_none() && *n < limit;
        *n += i64::from(fits);
        fits
    };
    let mut fits = fits;
    Ok(found.into_iter().filter(|unit| fits(unit)).collect())
}

/// From where the open lines of a request could be filled: the organisation first, then whoever has most.
pub fn sources(ctx: &Ctx, tx: &mut Tx, id: RequestId) -> Result<Items<RequestSource>> {
    let row = look(ctx, tx, id)?;
    ctx.require(Permission::FulfillRequests)?;
    let org = ctx.org();
    let open: Vec<(Uuid, i64)> = store::requests::lines(tx, org, row.id)?
        .iter()
        .map(|line| (line.item, progress(line).open()))
        .filter(|(_, open)| *open > 0)
        .collect();
    if open.is_empty() || kind(&row) == RequestKind::Supplier {
        return Ok(Items { items: Vec::new() });
    }
    let ids: Vec<Uuid> = open.iter().map(|(item, _)| *item).collect();
    let mut held: HashMap<Uuid, Vec<(Uuid, i64)>> = HashMap::new();
    // What a recall freezes stands among the free ones in the books, and is offered to nobody.
    let frozen = store::free::frozen_in_books(tx, org)?;
    for count in load::counts(tx, org, &ids)? {
        let n = count.n - frozen.get(&(count.item, count.custodian)).copied().unwrap_or_default();
        if !count.shelf && count.custodian != to(&row).id && n > 0 {
            held.entry(count.item).or_default().push((count.custodian, n));
        }
    }
    let mut asks = Vec::new();
    for (item, limit) in &open {
        let holders = held.entry(*item).or_default();
        holders.sort_by_key(|(custodian, n)| (*custodian != org, -n, *custodian));
        holders.truncate(SOURCES);
        asks.extend(holders.iter().map(|(custodian, _)| Ask { item: *item, custodian: *custodian, limit: *limit }));
    }
    let good_on = good_on(ctx, tx, &row)?;
    let found = loose(ctx, tx, &row, &asks, good_on)?;
    let labels = load::labels(tx, org, &found.iter().map(|unit| unit.id).collect::<Vec<_>>())?;
    let labels: HashMap<Uuid, (String, String)> =
        labels.into_iter().map(|(id, lot, serial, _)| (id, (lot, serial))).collect();
    let mut names = Names::default();
    let mut all = Vec::new();
    for (item, open) in open {
        for (custodian, free) in held.remove(&item).unwrap_or_default() {
            let mine = found.iter().filter(|unit| (unit.item, unit.custodian) == (item, custodian));
            let units = mine.map(|unit| {
                let (lot, serial) = labels.get(&unit.id).cloned().unwrap_or_default();
                let expires_on = unit.expires_on.map(|day| Day(day as i32));
                SourceUnit { unit_id: Id::from_uuid(unit.id), lot, serial, expires_on }
            });
            all.push(RequestSource {
                catalog_item_id: Id::from_uuid(item),
                open,
                custodian: names.custodian(ctx, tx, custodian)?,
                custodian_name: names.of(ctx, tx, custodian)?,
                free,
                units: units.collect(),
            });
        }
    }
    Ok(Items { items: all })
}

/// How a person knows an item, for a refusal.
pub(super) fn item_name(tx: &mut Tx, org: Uuid, item: Uuid) -> Result<String> {
    Ok(items(tx, org, &[item])?.remove(&item).map_or_else(|| "This item".to_owned(), |item| item.number))
}
