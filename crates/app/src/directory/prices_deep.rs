//! Prices by quantity and capped sets, of a price list or of a location.

use crate::events::plan::typed;
use crate::{Ctx, Error, Result};
use contract::Items;
use contract::prices::{Construct, PriceTier, SetConstruct};
use domain::clock::Day;
use domain::id::{Id, LocationId, PriceListId};
use domain::ladder::Tier;
use domain::limits;
use domain::money::Minor;
use domain::people::Permission;
use domain::pricing::check_price;
use std::collections::{BTreeMap, HashSet};
use store::Tx;
use store::directory::prices::{self as rows, ConstructRow, FOR_EVER, SINCE_EVER, TierRow};
use uuid::Uuid;

/// Capped sets of one owner at most.
const CONSTRUCTS_MAX: usize = 500;

/// Whose prices.
#[derive(Clone, Copy, Debug)]
pub enum PriceOwner {
    /// A price list.
    List(PriceListId),
    /// A location.
    Location(LocationId),
}

impl PriceOwner {
    fn id(self) -> Uuid {
        match self {
            Self::List(id) => id.uuid(),
            Self::Location(id) => id.uuid(),
        }
    }

    /// In reach, with the right to see agreed prices.
    fn seen(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        match self {
            Self::List(id) => super::named::price_list(ctx, tx, id).map(drop)?,
            Self::Location(id) => {
                if !store::directory::sees_location(tx, ctx.viewer(), id.uuid())? {
                    return Err(Error::not_found());
                }
            }
        }
        ctx.require(Permission::ViewContractPrices)
    }

    /// Locked, in reach, with the right to change prices.
    fn changed(self, ctx: &Ctx, tx: &mut Tx) -> Result<()> {
        let found = match self {
            Self::List(id) => store::directory::named::lock_price_list(tx, ctx.org(), id.uuid())?.is_some(),
            Self::Location(id) => store::directory::lock_location(tx, ctx.org(), id.uuid())?.is_some(),
        };
        if !found {
            return Err(Error::not_found());
        }
        self.seen(ctx, tx)?;
        ctx.require(Permission::ManagePrices)
    }
}

fn day(stored: i64, open: i64) -> Option<Day> {
    (stored != open).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

fn tier_view(row: TierRow) -> PriceTier {
    PriceTier {
        catalog_item_id: Id::from_uuid(row.catalog_item_id),
        valid_from: day(row.valid_from, SINCE_EVER),
        from_quantity: row.from_quantity,
        price_minor: row.price_minor,
    }
}

/// Prices by quantity.
pub fn tiers(ctx: &Ctx, tx: &mut Tx, owner: PriceOwner) -> Result<Items<PriceTier>> {
    owner.seen(ctx, tx)?;
    let found = rows::tiers(tx, ctx.org(), owner.id())?;
    Ok(Items { items: found.into_iter().map(tier_view).collect() })
}

/// Replaces every price by quantity.
pub fn set_tiers(ctx: &Ctx, tx: &mut Tx, owner: PriceOwner, asked: &[PriceTier]) -> Result<Items<PriceTier>> {
    owner.changed(ctx, tx)?;
    if asked.len() > limits::ROWS_PER_REQUEST {
        return Err(Error::TooLarge(format!("Send at most {} prices at once.", limits::ROWS_PER_REQUEST)));
    }
    let base: HashSet<(Uuid, i64)> = rows::all(tx, ctx.org(), owner.id(), None)?
        .into_iter()
        .map(|row| (row.catalog_item_id, row.valid_from))
        .collect();
    let mut new: BTreeMap<(Uuid, i64, i64), TierRow> = BTreeMap::new();
    for (at, ask) in asked.iter().enumerate() {
        let tier = Tier { from_quantity: ask.from_quantity, minor: Minor(ask.price_minor) };
        tier.check().map_err(|refusal| {
            let field = if refusal.code == "price_negative" { "price_minor" } else { "from_quantity" };
            Error::field(format!("[{at}].{field}"), refusal.code, refusal.message)
        })?;
        let valid_from = ask.valid_from.map_or(SINCE_EVER, |day| i64::from(day.0));
        let item = ask.catalog_item_id.uuid();
        if !base.contains(&(item, valid_from)) {
            let message =
                "There is no agreed price of this item that begins on this day. Agree the price for one first.";
            return Err(Error::field(format!("[{at}].valid_from"), "no_agreed_price", message));
        }
        let row = TierRow {
            catalog_item_id: item,
            valid_from,
            from_quantity: ask.from_quantity,
            price_minor: ask.price_minor,
        };
        if new.insert((item, valid_from, ask.from_quantity), row).is_some() {
            return Err(Error::field(format!("[{at}].from_quantity"), "named_twice", "This quantity is named twice."));
        }
    }
    let before = rows::tiers(tx, ctx.org(), owner.id())?;
    let after: Vec<TierRow> = new.into_values().collect();
    let words = |all: &[TierRow]| {
        let one = |row: &TierRow| format!("{}+ {}", row.from_quantity, row.price_minor);
        let mut by_item: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for row in all {
            by_item.entry(row.catalog_item_id).or_default().push(one(row));
        }
        by_item
    };
    let (old, now) = (words(&before), words(&after));
    let mut entry = ctx.entry("prices_changed").subject(owner.id());
    let items: std::collections::BTreeSet<Uuid> = old.keys().chain(now.keys()).copied().collect();
    for item in items {
        let text = |all: &BTreeMap<Uuid, Vec<String>>| all.get(&item).map(|parts| parts.join(", "));
        entry.change(
            owner.id(),
            &format!("tiers {}", Id::<domain::id::CatalogItem>::from_uuid(item)),
            text(&old),
            text(&now),
        );
    }
    if !entry.is_empty() {
        rows::replace_tiers(tx, ctx.org(), owner.id(), &after)?;
        entry.append(ctx, tx)?;
    }
    tiers(ctx, tx, owner)
}

/// Capped sets, by name.
pub fn constructs(ctx: &Ctx, tx: &mut Tx, owner: PriceOwner) -> Result<Items<Construct>> {
    owner.seen(ctx, tx)?;
    let mut found = rows::constructs(tx, ctx.org(), &[owner.id()])?;
    found.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let items = rows::construct_items(tx, ctx.org(), &ids)?;
    let view = |row: ConstructRow| Construct {
        id: Id::from_uuid(row.id),
        cap_minor: row.cap_minor,
        valid_from: day(row.valid_from, SINCE_EVER),
        valid_to: day(row.valid_to, FOR_EVER),
        catalog_item_ids: items.iter().filter(|(of, _)| *of == row.id).map(|(_, item)| Id::from_uuid(*item)).collect(),
        name: row.name,
    };
    Ok(Items { items: found.into_iter().map(view).collect() })
}

/// Replaces every capped set.
pub fn set_constructs(ctx: &Ctx, tx: &mut Tx, owner: PriceOwner, asked: &[SetConstruct]) -> Result<Items<Construct>> {
    owner.changed(ctx, tx)?;
    if asked.len() > CONSTRUCTS_MAX {
        return Err(Error::TooLarge(format!("Send at most {CONSTRUCTS_MAX} sets at once.")));
    }
    let mut new = Vec::with_capacity(asked.len());
    for (at, ask) in asked.iter().enumerate() {
        new.push(checked(ctx, tx, owner, at, ask)?);
    }
    let before = constructs(ctx, tx, owner)?.items;
    let mut entry = ctx.entry("prices_changed").subject(owner.id());
    for old in &before {
        rows::drop_construct(tx, ctx.org(), old.id.uuid())?;
    }
    for (row, items) in &new {
        rows::insert_construct(tx, ctx.org(), row, items)?;
    }
    let after = constructs(ctx, tx, owner)?;
    let words = |all: &[Construct]| -> String {
        let one = |it: &Construct| format!("{}: {} for {} items", it.name, it.cap_minor, it.catalog_item_ids.len());
        all.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    entry.change(owner.id(), "constructs", Some(words(&before)), Some(words(&after.items)));
    if !entry.is_empty() {
        entry.append(ctx, tx)?;
    }
    Ok(after)
}

fn checked(
    ctx: &Ctx,
    tx: &mut Tx,
    owner: PriceOwner,
    at: usize,
    ask: &SetConstruct,
) -> Result<(ConstructRow, Vec<Uuid>)> {
    let field = |name: &str| format!("[{at}].{name}");
    let name = typed(&field("name"), domain::text::clean_name(&ask.name, limits::NAME_MAX))?;
    check_price(Minor(ask.cap_minor)).map_err(|it| Error::field(field("cap_minor"), it.code, it.message))?;
    if let (Some(from), Some(to)) = (ask.valid_from, ask.valid_to)
        && to < from
    {
        return Err(Error::field(field("valid_to"), "period_reversed", "The last day is before the first."));
    }
    let mut items: Vec<Uuid> = ask.catalog_item_ids.iter().map(|id| id.uuid()).collect();
    items.sort_unstable();
    items.dedup();
    if items.is_empty() {
        return Err(Error::field(field("catalog_item_ids"), "required", "Say which items belong to the set."));
    }
    if items.len() > limits::LIST_MAX {
        let message = format!("A set has at most {} items.", limits::LIST_MAX);
        return Err(Error::field(field("catalog_item_ids"), "too_many", message));
    }
    let known = store::catalog::items_by_ids(tx, ctx.org(), &items)?;
    if items.iter().any(|id| !known.contains_key(id)) {
        return Err(Error::unknown(field("catalog_item_ids")));
    }
    let row = ConstructRow {
        id: ctx.id::<domain::id::Construct>().uuid(),
        owner_id: owner.id(),
        name,
        cap_minor: ask.cap_minor,
        valid_from: ask.valid_from.map_or(SINCE_EVER, |day| i64::from(day.0)),
        valid_to: ask.valid_to.map_or(FOR_EVER, |day| i64::from(day.0)),
    };
    Ok((row, items))
}
