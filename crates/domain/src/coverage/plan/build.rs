//! States the choice of sources as a problem for the solver.

use super::routes::{Route, delivery, route};
use super::{Costs, PlanRole, Planned, Settings, Situation, Stock};
use crate::clock::{Day, Instant};
use crate::coverage::MoveKind;
use crate::coverage::solve::{Carton, Piece, Problem, Site, Want};
use crate::event::is_expired;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where a site of the problem is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// A holder's stock; true for facility stock of the location.
    Holder(usize, bool),
    /// A manufacturer, by place.
    Maker(usize),
}

/// A need after what is settled beforehand.
pub struct Wanted {
    /// What.
    pub item: Uuid,
    /// By place in the needs.
    pub need: usize,
}

/// The problem, and what its parts mean.
pub struct Built {
    pub problem: Problem,
    pub wanted: Vec<Wanted>,
    pub sources: Vec<(Source, Route)>,
    /// The stock behind a piece; None for a delivery.
    pub pieces: Vec<Option<usize>>,
    /// The containers behind the cartons.
    pub cartons: Vec<usize>,
    /// Settled beforehand: by site, what comes from it.
    pub settled: Vec<(usize, Planned)>,
    /// Units on the case that cannot come: by place among the kept.
    pub stuck: Vec<usize>,
    /// Wanted by name and not to be had.
    pub refused: Vec<Uuid>,
    /// Holders whose stock would come too late: (stock, when).
    pub late: Vec<(usize, Instant)>,
}

struct Builder<'a> {
    situation: &'a Situation,
    costs: &'a Costs,
    /// By holder: for other stock, for facility stock.
    routes: Vec<[Option<Route>; 2]>,
    sites: BTreeMap<Source, usize>,
    built: Built,
    /// Containers that are on the case.
    booked: BTreeSet<Uuid>,
    cartons: BTreeMap<Uuid, usize>,
    /// Settled beforehand.
    taken: BTreeSet<Uuid>,
}

/// States the problem.
pub fn build(situation: &Situation, settings: &Settings, costs: &Costs) -> Built {
    let routes = situation
        .holders
        .iter()
        .map(|holder| [false, true].map(|shelf| route(situation, settings, costs, holder, shelf)))
        .collect();
    let booked = situation.kept.iter().filter(|it| it.role == PlanRole::Booked).map(|it| it.unit).collect();
    let mut builder = Builder {
        situation,
        costs,
        routes,
        sites: BTreeMap::new(),
        built: Built {
            problem: Problem::default(),
            wanted: Vec::new(),
            sources: Vec::new(),
            pieces: Vec::new(),
            cartons: Vec::new(),
            settled: Vec::new(),
            stuck: Vec::new(),
            refused: Vec::new(),
            late: Vec::new(),
        },
        booked,
        cartons: BTreeMap::new(),
        taken: situation.kept.iter().map(|it| it.unit).collect(),
    };
    builder.keep();
    let over = situation.starts_at <= situation.now;
    if !over {
        builder.want();
        builder.deliver(settings);
    }
    builder.built
}

impl Builder<'_> {
    fn site(&mut self, source: Source, route: Route) -> usize {
        if let Some(at) = self.sites.get(&source) {
            return *at;
        }
        let at = self.built.sources.len();
        self.sites.insert(source, at);
        self.built.sources.push((source, route));
        self.built.problem.sites.push(Site { fixed: route.fixed, open: false });
        at
    }

    /// Units on the case come along whatever it costs; what they open is open for the rest.
    fn keep(&mut self) {
        for (at, kept) in self.situation.kept.iter().enumerate() {
            let route = self.routes[kept.holder][usize::from(kept.shelf)];
            let movable = kept.stuck.is_none();
            let refused = |route: &Route| route.travels() && !may_be_sent(self.situation, kept.item);
            let comes = |route: &Route| movable && route.kind != MoveKind::Request && !refused(route);
            let Some(route) = route.filter(comes) else {
                self.built.stuck.push(at);
                continue;
            };
            let site = self.site(Source::Holder(kept.holder, kept.shelf), route);
            self.built.problem.sites[site].open = true;
            let out_of = kept.container.filter(|it| route.travels() && !self.booked.contains(it));
            let unit = Planned { unit: Some(kept.unit), item: kept.item, role: kept.role, out_of };
            self.built.settled.push((site, unit));
        }
    }

    /// The stock that fits the case, soonest expiry first, without what others need.
    fn fitting(&self) -> BTreeMap<Uuid, Vec<usize>> {
        let it = self.situation;
        let mut by_item: BTreeMap<(Uuid, usize), Vec<usize>> = BTreeMap::new();
        for (at, stock) in it.stock.iter().enumerate() {
            by_item.entry((stock.item, stock.holder)).or_default().push(at);
        }
        let key = |at: &usize| (it.stock[*at].expires_on.map_or(i32::MAX, |day| day.0), it.stock[*at].unit);
        let mut fitting: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
        for ((item, holder), mut units) in by_item {
            units.sort_by_key(key);
            // The last to expire serve others just as well as any. What comes with a container of this case is this case's.
            let mut keep = it.reserved.get(&(holder, item)).copied().unwrap_or(0);
            units.reverse();
            units.retain(|at| {
                let stock = &it.stock[*at];
                let spared = keep > 0 && !stock.shelf && !self.comes_along(stock);
                keep -= u32::from(spared);
                !spared && self.fits(stock)
            });
            fitting.entry(item).or_default().extend(units);
        }
        for units in fitting.values_mut() {
            units.sort_by_key(key);
        }
        fitting
    }

    fn comes_along(&self, stock: &Stock) -> bool {
        stock.container.is_some_and(|it| self.booked.contains(&it))
    }

    fn fits(&self, stock: &Stock) -> bool {
        let it = self.situation;
        let holder = &it.holders[stock.holder];
        let edits = &it.edits;
        let expired = it.refuses_expired && is_expired(stock.expires_on, it.day);
        let unwanted = edits.without_units.contains(&stock.unit)
            || (edits.without_holders.contains(&holder.id) && !edits.with_units.contains(&stock.unit));
        !expired && !unwanted && may_be_used(it, stock.item)
    }

    fn want(&mut self) {
        let fitting = self.fitting();
        let mut wishes: BTreeSet<Uuid> = self.situation.edits.with_units.clone();
        for (need, it) in self.situation.needs.iter().enumerate() {
            let place = self.built.wanted.len();
            let units = fitting.get(&it.item).map_or(&[][..], Vec::as_slice);
            let mut quantity = it.quantity;
            for stock in units {
                let unit = self.situation.stock[*stock].unit;
                if quantity > 0 && wishes.contains(&unit) && self.settle(*stock) {
                    quantity -= 1;
                    wishes.remove(&unit);
                }
            }
            self.built.wanted.push(Wanted { item: it.item, need });
            self.built.problem.wants.push(Want { quantity, missing: self.costs.missing });
            if quantity > 0 {
                for stock in units {
                    self.offer(place, *stock);
                }
            }
        }
        self.built.refused = wishes.into_iter().collect();
    }

    /// A unit that somebody wants by name; false when it cannot come.
    fn settle(&mut self, at: usize) -> bool {
        let stock = &self.situation.stock[at];
        if self.taken.contains(&stock.unit) {
            return false;
        }
        let barred = !may_be_sent(self.situation, stock.item);
        let fits = |it: &Route| !(it.late || barred && it.travels());
        let Some(route) = self.routes[stock.holder][usize::from(stock.shelf)].filter(fits) else {
            return false;
        };
        let site = self.site(Source::Holder(stock.holder, stock.shelf), route);
        self.built.problem.sites[site].open = true;
        let out_of = stock.container.filter(|it| route.travels() && !self.booked.contains(it));
        let unit = Planned { unit: Some(stock.unit), item: stock.item, role: PlanRole::Need, out_of };
        self.built.settled.push((site, unit));
        self.taken.insert(stock.unit);
        true
    }

    fn offer(&mut self, want: usize, at: usize) {
        let stock = &self.situation.stock[at];
        if self.taken.contains(&stock.unit) {
            return;
        }
        let Some(route) = self.routes[stock.holder][usize::from(stock.shelf)] else { return };
        if route.travels() && !may_be_sent(self.situation, stock.item) {
            return;
        }
        let along = self.comes_along(stock);
        if route.late && !along {
            if let Some(arrives) = route.arrives_at {
                self.built.late.push((at, arrives));
            }
            return;
        }
        let ages = expiry_points(stock.expires_on, self.situation.day);
        let site = self.site(Source::Holder(stock.holder, stock.shelf), route);
        let whole = self.situation.containers.iter().position(|it| it.unit == stock.unit);
        let (carton, alone, inside) = match (route.travels() && !along, whole) {
            (false, _) => {
                let lacks = whole.map_or(0, |it| self.lacking(it));
                (None, Some(if along { ages } else { route.unit + ages + lacks }), ages)
            }
            (true, Some(container)) => match self.carton(site, container) {
                Some(carton) => (Some(carton), None, ages + self.lacking(container)),
                None => return,
            },
            (true, None) => {
                let inside = self.situation.containers.iter().position(|it| Some(it.unit) == stock.container);
                let carton = inside.and_then(|it| self.carton(site, it));
                let picking = if stock.container.is_some() { self.costs.break_set } else { 0 };
                (carton, Some(route.unit + ages + picking), ages)
            }
        };
        self.built.problem.pieces.push(Piece { want, site, carton, alone, inside });
        self.built.pieces.push(Some(at));
    }

    fn lacking(&self, container: usize) -> i64 {
        let it = &self.situation.containers[container];
        i64::from(it.full.saturating_sub(it.pieces)) * self.costs.short_piece
    }

    /// The carton of a container that may move as a whole.
    fn carton(&mut self, site: usize, container: usize) -> Option<usize> {
        let it = &self.situation.containers[container];
        let edits = &self.situation.edits;
        if it.wanted_elsewhere || edits.without_units.contains(&it.unit) {
            return None;
        }
        if let Some(at) = self.cartons.get(&it.unit) {
            return Some(*at);
        }
        let at = self.built.cartons.len();
        self.cartons.insert(it.unit, at);
        self.built.cartons.push(container);
        self.built.problem.cartons.push(Carton { site, fixed: self.costs.container });
        Some(at)
    }

    /// Manufacturers deliver what they make, as many as are needed.
    fn deliver(&mut self, settings: &Settings) {
        let it = self.situation;
        for (maker, who) in it.makers.iter().enumerate() {
            let route = delivery(it, settings, self.costs, who.linked);
            if route.late || it.edits.without_holders.contains(&who.id) {
                continue;
            }
            for want in 0..self.built.wanted.len() {
                let item = self.built.wanted[want].item;
                let makes = it.items.get(&item).is_some_and(|item| item.manufacturer == who.id);
                let quantity = self.built.problem.wants[want].quantity;
                if !makes || quantity == 0 || !may_be_used(it, item) {
                    continue;
                }
                let site = self.site(Source::Maker(maker), route);
                for _ in 0..quantity {
                    let (alone, inside) = (Some(route.unit), route.unit);
                    self.built.problem.pieces.push(Piece { want, site, carton: None, alone, inside });
                    self.built.pieces.push(None);
                }
            }
        }
    }
}

/// Whether an item may be used where the case is.
pub fn may_be_used(situation: &Situation, item: Uuid) -> bool {
    let Some(item) = situation.items.get(&item) else { return true };
    situation.country.is_empty() || item.countries.is_empty() || item.countries.contains(&situation.country)
}

/// Whether an item may be sent to whoever takes the case over.
pub fn may_be_sent(situation: &Situation, item: Uuid) -> bool {
    let Some(item) = situation.items.get(&item) else { return true };
    situation.to_country.is_empty() || item.countries.is_empty() || item.countries.contains(&situation.to_country)
}

/// What it counts to use something that would have kept longer.
pub fn expiry_points(expires_on: Option<Day>, day: Day) -> i64 {
    const NEVER: i64 = 122;
    expires_on.map_or(NEVER, |expiry| i64::from(expiry.0 - day.0).clamp(0, 3_650) / 30)
}
