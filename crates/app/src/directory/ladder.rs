//! Who agreed which prices where: the rungs of the ladder at a place, read once for the items at hand.

use crate::{Ctx, Result};
use domain::clock::Day;
use domain::hierarchy::DEPTH_MAX;
use domain::ladder::{Construct, Found, Offer, Tier, climb};
use domain::money::Minor;
use domain::pricing::{Agreed, Price, PriceSource};
use std::collections::HashMap;
use store::Tx;
use store::directory::prices::{self as rows, FOR_EVER, SINCE_EVER};
use store::events::{ItemRow, PlaceRow};
use uuid::Uuid;

/// One rung: who agreed, and what.
struct Rung {
    owner: Uuid,
    words: String,
    offers: HashMap<Uuid, Vec<Offer>>,
}

/// The ladder at a place, from the nearest rung to the farthest, without the list price.
pub(crate) struct Ladder {
    rungs: Vec<Rung>,
    constructs: Vec<Construct>,
}

fn open(stored: i64, end: i64) -> Option<Day> {
    (stored != end).then(|| Day(i32::try_from(stored).unwrap_or(i32::MAX)))
}

/// Whose agreements hold at a place, the nearest first: the location, its price list, its customer's, those of the customers
/// above. A list that is reached twice counts where it is nearest.
pub(crate) fn owners(ctx: &Ctx, tx: &mut Tx, place: &PlaceRow) -> Result<Vec<(Uuid, String)>> {
    let mut all = vec![(place.id, format!("Agreed with {}", place.name))];
    let mut add = |list: Option<Uuid>, words: String| {
        if let Some(list) = list.filter(|list| !all.iter().any(|(known, _)| known == list)) {
            all.push((list, words));
        }
    };
    add(place.price_list_id, format!("Price list of {}", place.name));
    add(place.customer_price_list_id, format!("Price list of {}", place.customer_name));
    let parents = store::directory::customers::parents(tx, ctx.org(), place.customer_id, DEPTH_MAX)?;
    let known = store::directory::customers::many(tx, ctx.org(), &parents)?;
    for parent in parents.iter().filter_map(|id| known.iter().find(|row| row.id == *id)) {
        add(parent.price_list_id, format!("Price list of {}, above {}", parent.name, place.customer_name));
    }
    Ok(all)
}

impl Ladder {
    /// What was agreed at a place for these items; nothing without a place.
    pub(crate) fn of(ctx: &Ctx, tx: &mut Tx, place: Option<&PlaceRow>, items: &[Uuid]) -> Result<Self> {
        let Some(place) = place else { return Ok(Self { rungs: Vec::new(), constructs: Vec::new() }) };
        let owners = owners(ctx, tx, place)?;
        let mut rungs = Vec::with_capacity(owners.len());
        for (owner, words) in owners {
            let offers = offers(ctx, tx, owner, items)?;
            rungs.push(Rung { owner, words, offers });
        }
        let constructs = constructs(ctx, tx, &rungs)?;
        Ok(Self { rungs, constructs })
    }

    /// What one of so many of an item costs on a day.
    pub(crate) fn find(&self, item: &ItemRow, day: Day, quantity: i64) -> Found {
        let none: &[Offer] = &[];
        let levels: Vec<&[Offer]> =
            self.rungs.iter().map(|rung| rung.offers.get(&item.id).map_or(none, Vec::as_slice)).collect();
        climb(&levels, item.list_price_minor.map(Minor), day, quantity)
    }

    /// The same as a price alone.
    pub(crate) fn price(&self, item: &ItemRow, day: Day, quantity: i64) -> Price {
        self.find(item, day, quantity).price
    }

    /// Why, in a sentence.
    pub(crate) fn why(&self, found: &Found) -> String {
        let words = found.rung.and_then(|at| self.rungs.get(at)).map(|rung| rung.words.clone());
        match (found.price.source, words) {
            (PriceSource::Contract, Some(words)) => {
                let tier = found.tier.map(|tier| format!(", from {} on", tier.from_quantity)).unwrap_or_default();
                match found.valid_to {
                    Some(until) => format!("{words}{tier}, until {}.", domain::text::day_words(until)),
                    None => format!("{words}{tier}."),
                }
            }
            (PriceSource::List, _) => "List price, nothing is agreed here.".to_owned(),
            _ => "Nothing is agreed here, and the catalog has no price.".to_owned(),
        }
    }

    /// The capped sets that were agreed here.
    pub(crate) fn constructs(&self) -> &[Construct] {
        &self.constructs
    }

    /// Whether the price of an item here depends on what else is on an event.
    pub(crate) fn is_of_the_whole(&self, item: Uuid) -> bool {
        let tiered = |rung: &Rung| rung.offers.get(&item).is_some_and(|all| all.iter().any(|it| !it.tiers.is_empty()));
        self.constructs.iter().any(|it| it.items.contains(&item)) || self.rungs.iter().any(tiered)
    }

    /// Whether prices here depend on what else is on an event.
    pub(crate) fn depends_on_the_whole(&self) -> bool {
        let tiered = |offer: &Offer| !offer.tiers.is_empty();
        !self.constructs.is_empty() || self.rungs.iter().flat_map(|rung| rung.offers.values()).flatten().any(tiered)
    }
}

fn offers(ctx: &Ctx, tx: &mut Tx, owner: Uuid, items: &[Uuid]) -> Result<HashMap<Uuid, Vec<Offer>>> {
    let mut tiers: HashMap<(Uuid, i64), Vec<Tier>> = HashMap::new();
    let found = rows::tiers_of(tx, ctx.org(), owner, items)?;
    for row in found {
        let tier = Tier { from_quantity: row.from_quantity, minor: Minor(row.price_minor) };
        let all = tiers.entry((row.catalog_item_id, row.valid_from)).or_default();
        if !all.contains(&tier) {
            all.push(tier);
        }
    }
    let mut offers: HashMap<Uuid, Vec<Offer>> = HashMap::new();
    for row in store::events::prices(tx, ctx.org(), owner, items)? {
        let agreed = Agreed {
            minor: Minor(row.price_minor),
            valid_from: open(row.valid_from, SINCE_EVER),
            valid_to: open(row.valid_to, FOR_EVER),
        };
        let tiers = tiers.get(&(row.catalog_item_id, row.valid_from)).cloned().unwrap_or_default();
        offers.entry(row.catalog_item_id).or_default().push(Offer { agreed, tiers });
    }
    Ok(offers)
}

fn constructs(ctx: &Ctx, tx: &mut Tx, rungs: &[Rung]) -> Result<Vec<Construct>> {
    let owners: Vec<Uuid> = rungs.iter().map(|rung| rung.owner).collect();
    let found = rows::constructs(tx, ctx.org(), &owners)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    let mut items: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (construct, item) in rows::construct_items(tx, ctx.org(), &ids)? {
        items.entry(construct).or_default().push(item);
    }
    Ok(found
        .into_iter()
        .map(|row| Construct {
            id: row.id,
            rung: owners.iter().position(|owner| *owner == row.owner_id).unwrap_or(usize::MAX),
            items: items.remove(&row.id).unwrap_or_default(),
            name: row.name,
            cap: Minor(row.cap_minor),
            valid_from: open(row.valid_from, SINCE_EVER),
            valid_to: open(row.valid_to, FOR_EVER),
        })
        .collect())
}
