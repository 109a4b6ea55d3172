//! What a plan looks at: who has what of the needs, what the actor may do about it, what others need.

use super::case::{Case, Groups, home, warehouse};
use super::settings;
use crate::{Ctx, Error, Result};
use contract::coverage::CoverEdits;
use domain::clock::{Day, Instant};
use domain::coverage::plan::{Container, Edits, Holder, Item, Kept, Maker, Need, Rights, Situation, Stock};
use domain::coverage::{PlanRole as Why, Relation, Settings};
use domain::people::{Level, Permission, Role};
use domain::stock::{CustodianType, UnitKind, UnitState};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::Tx;
use store::coverage::load::{Ask, FreeRow, ItemRow, PersonRow};
use store::reach::Side;
use uuid::Uuid;

const DAY: i64 = 86_400_000_000;
/// Holders that one plan compares.
const HOLDERS_MAX: usize = 60;
/// Pairs of item and holder that one plan looks at.
const ASKS_MAX: usize = 1_500;
/// Containers that one plan looks at.
const CONTAINERS_MAX: usize = 120;
/// People whom somebody who is not of the office may act for, as far as plans go.
const SUBJECTS_MAX: usize = 5_000;

/// A situation, and what carrying a plan out needs besides.
pub(crate) struct Sources {
    pub situation: Situation,
    /// The units that were looked at.
    pub units: HashMap<Uuid, FreeRow>,
    /// What items are.
    pub items: BTreeMap<Uuid, ItemRow>,
}

/// What earlier plans of the same action use.
#[derive(Default)]
pub(crate) struct Taken {
    /// Units.
    pub units: BTreeSet<Uuid>,
    /// Containers.
    pub containers: BTreeSet<Uuid>,
}

/// Reads the situation of a case that `to` is to take over, in the right of `right`.
pub(crate) fn read(
    right: &Ctx,
    tx: &mut Tx,
    case: &Case,
    to: &PersonRow,
    edits: &CoverEdits,
    taken: &Taken,
) -> Result<Sources> {
    let mut reader = Reader {
        right,
        case,
        to,
        org: right.org(),
        settings: settings::of(right),
        groups: Groups::read(tx, right.org())?,
        acts: HashSet::new(),
        counts: BTreeMap::new(),
        taken,
    };
    if !right.actor.role.is_office() {
        let side = store::reach::subjects(tx, right.viewer(), Side::Custody, Level::Act, SUBJECTS_MAX)?;
        reader.acts = side.into_iter().collect();
    }
    reader.read(tx, edits)
}

struct Reader<'a> {
    right: &'a Ctx,
    case: &'a Case,
    to: &'a PersonRow,
    org: Uuid,
    settings: Settings,
    groups: Groups,
    /// Whom the actor may act for; empty for the office, which acts for everybody.
    acts: HashSet<Uuid>,
    /// Free units by (custodian, item), not on shelves.
    counts: BTreeMap<(Uuid, Uuid), u32>,
    taken: &'a Taken,
}

impl Reader<'_> {
    fn read(&mut self, tx: &mut Tx, edits: &CoverEdits) -> Result<Sources> {
        let needs = needs_of(self.case, edits)?;
        let mut wanted: BTreeSet<Uuid> = needs.iter().map(|need| need.item).collect();
        wanted.extend(needs.iter().flat_map(|need| need.substitutes.iter().copied()));
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        let mut named = wanted.clone();
        named.extend(self.case.lines.iter().map(|line| line.catalog_item_id));
        named.extend(self.case.containers.iter().map(|unit| unit.catalog_item_id));
        named.sort_unstable();
        named.dedup();
        let items: BTreeMap<Uuid, ItemRow> =
            store::coverage::load::items(tx, self.org, &named)?.into_iter().map(|row| (row.id, row)).collect();
        let shelves = self.count(tx, &wanted)?;
        let (holders, out_of_reach) = self.holders(tx, &needs, &shelves)?;
        let at: HashMap<Uuid, usize> = holders.iter().enumerate().map(|(at, holder)| (holder.id, at)).collect();
        let reserved = self.reserved(tx, &wanted, &at)?;
        let mut units = self.units(tx, &needs, &items, &holders, &shelves, &reserved)?;
        self.add_named(tx, edits, &at, &mut units)?;
        let to_country = super::case::country(self.to);
        let booked: Vec<Uuid> = self.case.containers.iter().map(|unit| unit.id).collect();
        let barred = self.barred(tx, &to_country, &booked)?;
        let kept = self.kept(&at, &barred);
        units.extend(self.along(tx, &at)?);
        self.drop_busy(tx, &mut units)?;
        let containers = self.containers(tx, &mut units, &at, &reserved, &to_country)?;
        let stock = units.values().filter_map(|row| stock_of(row, &at)).collect();
        let situation = Situation {
            now: self.right.now,
            starts_at: self.case.starts_at,
            day: self.case.day,
            refuses_expired: self.case.rules.refuses_expired,
            time_zone: self.case.time_zone.clone(),
            country: self.case.country.clone(),
            to_country,
            holders,
            items: items.values().map(|row| (row.id, item_of(row))).collect(),
            kept,
            needs,
            stock,
            containers,
            makers: makers(self.right, tx, &items, &wanted)?,
            reserved,
            out_of_reach,
            edits: edits_of(self.org, edits),
        };
        Ok(Sources { situation, units: units.into_iter().collect(), items })
    }

    /// Counts who has what; gives the facility stock of the location: (custodian, item).
    fn count(&mut self, tx: &mut Tx, wanted: &[Uuid]) -> Result<BTreeSet<(Uuid, Uuid)>> {
        let mut on_shelves = BTreeSet::new();
        for row in store::coverage::load::counts(tx, self.org, wanted)? {
            let n = u32::try_from(row.n).unwrap_or(u32::MAX);
            if row.shelf {
                on_shelves.insert(row.item);
            } else {
                self.counts.insert((row.custodian, row.item), n);
            }
        }
        let Some(location) = self.case.location.filter(|_| self.case.rules.allows_facility_stock) else {
            return Ok(BTreeSet::new());
        };
        let items: Vec<Uuid> = on_shelves.into_iter().collect();
        let rows = store::coverage::load::on_shelf(tx, self.org, location, &items, i64::from(self.case.day.0))?;
        Ok(rows.into_iter().map(|(item, custodian, _)| (custodian, item)).collect())
    }

    fn may(&self, permission: Permission) -> bool {
        self.right.may(permission)
    }

    fn acts_for(&self, who: Uuid) -> bool {
        self.right.actor.role.is_office() || self.acts.contains(&who)
    }

    /// What the actor may do about what somebody answers for.
    fn rights(&self, who: Option<&PersonRow>) -> Rights {
        let office = self.right.actor.role.is_office();
        let acts = match who {
            None => office,
            Some(row) => self.acts_for(row.id),
        };
        let send = acts && self.may(Permission::SendTransfers);
        let at_once = send && self.may(Permission::DecideForOthers) && self.settings.accept_at_once;
        let reassign = acts && self.may(Permission::ReassignFacilityStock);
        let ask = who.is_none() || acts;
        let Some(row) = who else { return Rights { send, at_once, reassign, link: false, ask } };
        let pools = row.role == Role::Distributor.as_str() && row.shares_inventory && row.active;
        let free = row.custodian_only || !self.groups.leader.contains_key(&self.to.id);
        let manages = office && self.may(Permission::ManageUsers);
        let link = manages && pools && free && self.to.role == Role::Sales.as_str();
        Rights { send, at_once, reassign, link, ask }
    }

    fn relation(&self, row: &PersonRow) -> Relation {
        let (id, to) = (row.id, self.to.id);
        if id == to {
            Relation::Own
        } else if self.groups.sharers(to).contains(&id) {
            Relation::Shares
        } else if Some(id) == self.case.representative {
            Relation::Old
        } else if self.groups.group_of(id) == self.groups.group_of(to) {
            Relation::Group
        } else if row.region_id.is_some() && row.region_id == self.to.region_id {
            Relation::Region
        } else {
            Relation::Elsewhere
        }
    }

    /// Everybody whose stock the plan may look at, and how many units of each item are out of the actor's reach.
    fn holders(
        &self,
        tx: &mut Tx,
        needs: &[Need],
        shelves: &BTreeSet<(Uuid, Uuid)>,
    ) -> Result<(Vec<Holder>, BTreeMap<Uuid, u32>)> {
        let on_case = self.case.lines.iter().map(|line| line.custodian_id);
        let on_case: BTreeSet<Uuid> =
            on_case.chain(self.case.containers.iter().map(|unit| unit.custodian_id)).collect();
        let mut ids: BTreeSet<Uuid> = self.counts.keys().map(|(custodian, _)| *custodian).collect();
        ids.extend(shelves.iter().map(|(custodian, _)| *custodian));
        ids.extend(&on_case);
        ids.extend(self.groups.sharers(self.to.id));
        ids.remove(&self.to.id);
        let house = ids.remove(&self.org);
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let people = store::coverage::load::people(tx, self.org, &ids)?;
        let mut out_of_reach: BTreeMap<Uuid, u32> = BTreeMap::new();
        let mut found: Vec<(Relation, u32, &PersonRow)> = Vec::new();
        for row in &people {
            let relation = self.relation(row);
            let supply = |need: &Need| self.counts.get(&(row.id, need.item)).copied().unwrap_or(0);
            let near = relation == Relation::Shares || on_case.contains(&row.id);
            if !near && !self.acts_for(row.id) {
                for need in needs {
                    *out_of_reach.entry(need.item).or_default() += supply(need);
                }
                continue;
            }
            let useful: u32 = needs.iter().map(|need| supply(need).min(need.quantity)).sum();
            let rank = if near { Relation::Shares } else { relation };
            found.push((rank, useful, row));
        }
        found.sort_by_key(|(rank, useful, row)| (*rank, std::cmp::Reverse(*useful), row.id));
        found.truncate(HOLDERS_MAX);
        let away = self.away(tx)?;
        let person = |row: &PersonRow, relation| Holder {
            id: row.id,
            kind: CustodianType::User,
            name: row.name.clone(),
            relation,
            spot: home(row),
            away: away.get(&row.id).cloned().unwrap_or_default(),
            rights: self.rights(Some(row)),
        };
        let mut holders = vec![person(self.to, Relation::Own)];
        holders.extend(found.iter().map(|(_, _, row)| person(row, self.relation(row))));
        if house {
            holders.push(Holder {
                id: self.org,
                kind: CustodianType::Organization,
                name: self.right.organization.name.clone(),
                relation: Relation::Warehouse,
                spot: warehouse(self.right, tx)?,
                away: Vec::new(),
                rights: self.rights(None),
            });
        }
        Ok((holders, out_of_reach))
    }

    fn away(&self, tx: &mut Tx) -> Result<HashMap<Uuid, Vec<(Instant, Instant)>>> {
        let mut away: HashMap<Uuid, Vec<(Instant, Instant)>> = HashMap::new();
        let (from, to) = (self.right.now.0, self.case.starts_at.0.max(self.right.now.0));
        for (who, from, to) in store::coverage::load::away(tx, self.org, from, to)? {
            away.entry(who).or_default().push((Instant(from), Instant(to)));
        }
        Ok(away)
    }

    /// From now until some days after the case: what others need until then is left for them.
    fn days(&self) -> (i64, i64) {
        let until = self.case.ends_at.0 + i64::from(self.settings.reserve_days) * DAY;
        (self.right.now.0, until)
    }

    /// How many units of each item holders need for other cases: first from the own stock of whoever represents those, then
    /// from what is shared with them.
    fn reserved(
        &self,
        tx: &mut Tx,
        wanted: &[Uuid],
        at: &HashMap<Uuid, usize>,
    ) -> Result<BTreeMap<(usize, Uuid), u32>> {
        let others = store::coverage::needs::of_others(tx, self.org, self.case.event, self.days(), wanted)?;
        let mut events: Vec<Uuid> = others.iter().map(|row| row.event).collect();
        events.dedup();
        let mut filled: HashMap<(Uuid, Uuid), i64> = HashMap::new();
        for (event, item, n) in store::coverage::needs::filled(tx, self.org, &events)? {
            *filled.entry((event, item)).or_default() += n;
        }
        let mut left = self.counts.clone();
        let mut reserved: BTreeMap<(usize, Uuid), u32> = BTreeMap::new();
        for row in others {
            let has = filled.get(&(row.event, row.item)).copied().unwrap_or(0);
            let mut open = u32::try_from(row.quantity - has).unwrap_or(0);
            let whose = [row.representative].into_iter().chain(self.groups.sharers(row.representative).iter().copied());
            for holder in whose {
                let Some(n) = left.get_mut(&(holder, row.item)) else { continue };
                let kept = open.min(*n);
                (*n, open) = (*n - kept, open - kept);
                if let Some(place) = at.get(&holder).filter(|_| kept > 0) {
                    *reserved.entry((*place, row.item)).or_default() += kept;
                }
            }
        }
        Ok(reserved)
    }

    /// The units that could be used: those in place first; other holders are asked for what these do not fill.
    fn units(
        &self,
        tx: &mut Tx,
        needs: &[Need],
        items: &BTreeMap<Uuid, ItemRow>,
        holders: &[Holder],
        shelves: &BTreeSet<(Uuid, Uuid)>,
        reserved: &BTreeMap<(usize, Uuid), u32>,
    ) -> Result<BTreeMap<Uuid, FreeRow>> {
        let mut wanted: BTreeMap<Uuid, u32> = BTreeMap::new();
        for need in needs {
            *wanted.entry(need.item).or_default() += need.quantity;
            for substitute in &need.substitutes {
                *wanted.entry(*substitute).or_default() += need.quantity;
            }
        }
        let mut found = BTreeMap::new();
        for in_place in [true, false] {
            let mut asks = Vec::new();
            for (item, quantity) in &wanted {
                let whole = items.get(item).is_some_and(|row| row.kind == UnitKind::Container.as_str());
                let there = found.values().filter(|row: &&FreeRow| row.item == *item).count() as u32;
                // Nothing in place is worse than anything that moves, but for sets of which pieces are missing.
                let kept: u32 = reserved.iter().filter(|((_, it), _)| it == item).map(|(_, n)| *n).sum();
                if !in_place && !whole && there >= quantity.saturating_add(kept) {
                    continue;
                }
                for (place, holder) in holders.iter().enumerate() {
                    let near = matches!(holder.relation, Relation::Own | Relation::Shares);
                    let has = self.counts.contains_key(&(holder.id, *item)) || shelves.contains(&(holder.id, *item));
                    if near == in_place && has {
                        let spare = reserved.get(&(place, *item)).copied().unwrap_or(0);
                        let limit = i64::from(quantity.saturating_add(spare).min(2_000)) + 2;
                        asks.push(Ask { item: *item, custodian: holder.id, limit });
                    }
                }
            }
            asks.truncate(ASKS_MAX);
            let from_day = if self.case.rules.refuses_expired { i64::from(self.case.day.0) } else { 0 };
            let shelf = self.case.location.filter(|_| self.case.rules.allows_facility_stock);
            for row in store::coverage::load::free_units(tx, self.org, self.case.event, shelf, from_day, &asks)? {
                if !self.is_taken(&row) {
                    found.insert(row.id, row);
                }
            }
        }
        Ok(found)
    }

    fn is_taken(&self, row: &FreeRow) -> bool {
        let inside = row.container.is_some_and(|it| self.taken.containers.contains(&it));
        self.taken.units.contains(&row.id) || self.taken.containers.contains(&row.id) || inside
    }

    /// Units that somebody wants by name; 404 when they are unknown, taken or out of reach.
    fn add_named(
        &self,
        tx: &mut Tx,
        edits: &CoverEdits,
        at: &HashMap<Uuid, usize>,
        units: &mut BTreeMap<Uuid, FreeRow>,
    ) -> Result<()> {
        let ids: Vec<Uuid> = edits.with_unit_ids.iter().map(|id| id.uuid()).collect();
        let rows: HashMap<Uuid, FreeRow> =
            store::coverage::load::named_units(tx, self.org, &ids)?.into_iter().map(|row| (row.id, row)).collect();
        for (place, id) in ids.iter().enumerate() {
            let fits = |row: &&FreeRow| {
                let here = row.shelf.is_none() || row.shelf == self.case.location;
                here && at.contains_key(&row.custodian)
            };
            let row = rows.get(id).filter(fits);
            let row = row.ok_or_else(|| Error::unknown(format!("edits.with_unit_ids[{place}]")))?;
            units.insert(*id, row.clone());
        }
        Ok(())
    }

    /// Of these containers those that may not be sent to whoever takes over, because of what lies in them.
    fn barred(&self, tx: &mut Tx, to_country: &str, containers: &[Uuid]) -> Result<BTreeSet<Uuid>> {
        if to_country.is_empty() || containers.is_empty() {
            return Ok(BTreeSet::new());
        }
        crate::cleared::holding_barred(self.right, tx, containers, to_country)
    }

    /// What is on the case already.
    fn kept(&self, at: &HashMap<Uuid, usize>, barred: &BTreeSet<Uuid>) -> Vec<Kept> {
        let booked: HashSet<Uuid> = self.case.containers.iter().map(|unit| unit.id).collect();
        let mut kept = Vec::new();
        for line in &self.case.lines {
            let holder = at.get(&line.custodian_id);
            kept.push(Kept {
                unit: line.unit_id,
                item: line.catalog_item_id,
                holder: holder.copied().unwrap_or_default(),
                shelf: line.facility_stock_location_id.is_some(),
                // What lies in a pack goes with it: both are on the case.
                container: line.container_id.filter(|id| !booked.contains(id) && line.pack_line_id.is_none()),
                role: Why::Marked,
                stuck: stuck(holder, crate::events::unit_of(line).state()),
            });
        }
        for unit in &self.case.containers {
            let holder = at.get(&unit.custodian_id);
            kept.push(Kept {
                unit: unit.id,
                item: unit.catalog_item_id,
                holder: holder.copied().unwrap_or_default(),
                shelf: unit.facility_stock_location_id.is_some(),
                container: None,
                role: Why::Booked,
                stuck: stuck(holder, unit.facts().state()).or_else(|| {
                    let travels = unit.custodian_id != self.to.id && barred.contains(&unit.id);
                    travels.then(|| format!("something in it may not be sent to the country of {}.", self.to.name))
                }),
            });
        }
        kept
    }

    /// What lies in the containers of the case comes along.
    fn along(&self, tx: &mut Tx, at: &HashMap<Uuid, usize>) -> Result<Vec<(Uuid, FreeRow)>> {
        let booked: Vec<Uuid> = self.case.containers.iter().map(|unit| unit.id).collect();
        let rows = store::coverage::load::contents(tx, self.org, &booked)?;
        let here = rows.into_iter().filter(|row| at.contains_key(&row.custodian) && !self.is_taken(row));
        Ok(here.map(|row| (row.id, row)).collect())
    }

    /// Reusable units and containers that others want at that time are not free.
    fn drop_busy(&self, tx: &mut Tx, units: &mut BTreeMap<Uuid, FreeRow>) -> Result<()> {
        let reusable: Vec<Uuid> = units.values().filter(|row| row.reusable).map(|row| row.id).collect();
        let span = (self.case.starts_at.0, self.case.ends_at.0);
        for id in store::coverage::load::wanted_units(tx, self.org, self.case.event, span, &reusable)? {
            units.remove(&id);
        }
        Ok(())
    }

    /// Containers that could move: those that are wanted, and those in which wanted things lie.
    fn containers(
        &self,
        tx: &mut Tx,
        units: &mut BTreeMap<Uuid, FreeRow>,
        at: &HashMap<Uuid, usize>,
        reserved: &BTreeMap<(usize, Uuid), u32>,
        to_country: &str,
    ) -> Result<Vec<Container>> {
        let booked: HashSet<Uuid> = self.case.containers.iter().map(|unit| unit.id).collect();
        let whole = UnitKind::Container.as_str();
        let itself = units.values().filter(|row| row.kind == whole).map(|row| row.id);
        let around = units.values().filter_map(|row| row.container).filter(|id| !booked.contains(id));
        let mut ids: Vec<Uuid> = itself.chain(around).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(CONTAINERS_MAX);
        let rows = store::coverage::load::containers(tx, self.org, &ids)?;
        let wanted: HashSet<Uuid> =
            store::coverage::load::wanted_units(tx, self.org, self.case.event, self.days(), &ids)?
                .into_iter()
                .collect();
        let mut needed_inside: HashSet<Uuid> = HashSet::new();
        if !reserved.is_empty() {
            for row in store::coverage::load::contents(tx, self.org, &ids)? {
                let kept = at.get(&row.custodian).is_some_and(|place| reserved.contains_key(&(*place, row.item)));
                needed_inside.extend(row.container.filter(|_| kept));
            }
        }
        let barred = self.barred(tx, to_country, &ids)?;
        let mut full: HashMap<Uuid, i64> = HashMap::new();
        for row in &rows {
            let most = full.entry(row.item).or_default();
            *most = row.pieces.max(*most);
        }
        let free = UnitState::Available.stored();
        let mut found = Vec::new();
        for row in rows {
            let Some(holder) = at.get(&row.custodian).copied().filter(|_| row.state == free) else {
                // What lies in a container that is elsewhere or not free can be taken out of it by nobody.
                units.retain(|_, unit| unit.container != Some(row.id) || booked.contains(&row.id));
                continue;
            };
            let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
            found.push(Container {
                unit: row.id,
                holder,
                pieces: number(row.pieces),
                full: number(full[&row.item]),
                // With something inside that is marked or on hold, or may not be sent there, it stays where it is.
                wanted_elsewhere: wanted.contains(&row.id)
                    || needed_inside.contains(&row.id)
                    || barred.contains(&row.id)
                    || row.free < row.pieces,
            });
        }
        Ok(found)
    }
}

/// Why something on the case cannot move: nobody here answers for it, or its state forbids it.
fn stuck(holder: Option<&usize>, state: UnitState) -> Option<String> {
    let why = match state {
        UnitState::Available | UnitState::InEvent if holder.is_some() => return None,
        UnitState::Available | UnitState::InEvent => "it is with another company.",
        UnitState::InTransfer => "it is in a transfer that was not accepted yet.",
        UnitState::OnHold => "it is on hold.",
        UnitState::Inactive => "it is no longer in stock.",
    };
    Some(why.to_owned())
}

fn item_of(row: &ItemRow) -> Item {
    let countries: Vec<String> = serde_json::from_str(&row.geography).unwrap_or_default();
    Item {
        number: row.number.clone(),
        description: row.description.clone(),
        manufacturer: row.manufacturer_id,
        countries,
    }
}

/// Whoever makes what is needed. One whom a linked company supplies, or who takes orders by mail, is asked; from others it is
/// ordered by hand.
fn makers(ctx: &Ctx, tx: &mut Tx, items: &BTreeMap<Uuid, ItemRow>, wanted: &[Uuid]) -> Result<Vec<Maker>> {
    let mut found: BTreeMap<Uuid, Maker> = BTreeMap::new();
    for row in wanted.iter().filter_map(|id| items.get(id)) {
        if found.contains_key(&row.manufacturer_id) {
            continue;
        }
        let supplied = crate::links::asking::supplier(ctx, tx, row.manufacturer_id)?.is_some();
        let linked = supplied || !row.manufacturer_email.is_empty();
        found.insert(
            row.manufacturer_id,
            Maker { id: row.manufacturer_id, name: row.manufacturer_name.clone(), linked },
        );
    }
    Ok(found.into_values().collect())
}

fn stock_of(row: &FreeRow, at: &HashMap<Uuid, usize>) -> Option<Stock> {
    Some(Stock {
        unit: row.id,
        item: row.item,
        holder: *at.get(&row.custodian)?,
        expires_on: row.expires_on.map(|day| Day(day as i32)),
        container: row.container,
        shelf: row.shelf.is_some(),
    })
}

/// The needs, with substitutes that somebody chose in their place.
fn needs_of(case: &Case, edits: &CoverEdits) -> Result<Vec<Need>> {
    let mut needs: Vec<Need> = case
        .needs
        .iter()
        .map(|wish| Need { item: wish.item, quantity: wish.quantity, substitutes: wish.substitutes.clone() })
        .collect();
    for (place, swap) in edits.substitutes.iter().enumerate() {
        let field = |name: &str| format!("edits.substitutes[{place}].{name}");
        let need = needs.iter_mut().find(|need| need.item == swap.catalog_item_id.uuid());
        let need = need.ok_or_else(|| Error::unknown(field("catalog_item_id")))?;
        if !need.substitutes.contains(&swap.substitute_id.uuid()) {
            let message = "The surgeon's card does not allow this item in the place of the other.";
            return Err(Error::field(field("substitute_id"), "not_a_substitute", message));
        }
        need.item = swap.substitute_id.uuid();
        need.substitutes.clear();
    }
    let mut merged: BTreeMap<Uuid, Need> = BTreeMap::new();
    for need in needs {
        match merged.get_mut(&need.item) {
            Some(known) => known.quantity = known.quantity.saturating_add(need.quantity),
            None => {
                merged.insert(need.item, need);
            }
        }
    }
    Ok(merged.into_values().collect())
}

fn edits_of(org: Uuid, edits: &CoverEdits) -> Edits {
    let mut holders: BTreeSet<Uuid> = edits.without_user_ids.iter().map(|id| id.uuid()).collect();
    holders.extend(edits.without_manufacturer_ids.iter().map(|id| id.uuid()));
    holders.extend(edits.without_warehouse.then_some(org));
    Edits {
        without_holders: holders,
        without_units: edits.without_unit_ids.iter().map(|id| id.uuid()).collect(),
        with_units: edits.with_unit_ids.iter().map(|id| id.uuid()).collect(),
    }
}
