//! The solver's answer as a plan: source by source, with times, in words; and what is next best for the rest.

use super::build::{Built, Source, may_be_sent, may_be_used};
use super::routes::{Route, delivery, route};
use super::{Holder, Move, Need, NextBest, Plan, PlanRole, Planned, Settings, Situation, Unresolved};
use crate::clock::Instant;
use crate::coverage::solve::Solution;
use crate::coverage::{Costs, MoveKind, Relation, count};
use crate::event::is_expired;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Puts the answer into words.
pub fn tell(situation: &Situation, settings: &Settings, costs: &Costs, built: Built, solution: &Solution) -> Plan {
    let mut teller = Teller { situation, settings, costs, built: &built, solution };
    let moves = teller.moves();
    let used: BTreeSet<Uuid> = moves.iter().flat_map(|it| it.units.iter().filter_map(|unit| unit.unit)).collect();
    let mut unresolved = teller.stuck();
    for (at, missing) in solution.missing.iter().enumerate().filter(|(_, missing)| **missing > 0) {
        unresolved.push(teller.missing(built.wanted[at].need, *missing, &used));
    }
    let ready_at = moves.iter().filter_map(|it| it.arrives_at).max();
    Plan { moves, unresolved, refused: built.refused, cost: solution.cost, exact: solution.exact, ready_at }
}

struct Teller<'a> {
    situation: &'a Situation,
    settings: &'a Settings,
    costs: &'a Costs,
    built: &'a Built,
    solution: &'a Solution,
}

/// The order in which a plan is read: what stays, what changes on paper, what travels, what is asked for.
const fn place(kind: MoveKind) -> u8 {
    match kind {
        MoveKind::Stays => 0,
        MoveKind::Link => 1,
        MoveKind::Reassign => 2,
        MoveKind::HandOver => 3,
        MoveKind::Courier => 4,
        MoveKind::Request => 5,
        MoveKind::MakerRequest => 6,
        MoveKind::CreateOnArrival => 7,
    }
}

impl Teller<'_> {
    fn moves(&mut self) -> Vec<Move> {
        let mut by_site: BTreeMap<usize, (Vec<Planned>, i64)> = BTreeMap::new();
        for (site, unit) in &self.built.settled {
            by_site.entry(*site).or_default().0.push(unit.clone());
        }
        let moving: BTreeSet<Uuid> = self.solution.cartons.iter().map(|at| self.container(*at)).collect();
        let mut told: BTreeSet<Uuid> = BTreeSet::new();
        for piece in &self.solution.pieces {
            let it = &self.built.problem.pieces[*piece];
            let entry = by_site.entry(it.site).or_default();
            let inside = it.carton.is_some_and(|carton| self.solution.cartons.contains(&carton));
            entry.1 += if inside { it.inside } else { it.alone.unwrap_or(it.inside) };
            entry.0.push(self.planned(*piece, &moving));
            told.extend(self.built.pieces[*piece].map(|at| self.situation.stock[at].unit));
        }
        for at in &self.solution.cartons {
            let carton = &self.built.problem.cartons[*at];
            let entry = by_site.entry(carton.site).or_default();
            entry.1 += carton.fixed;
            let unit = self.container(*at);
            if !told.contains(&unit) {
                let item = self.item_of(unit);
                entry.0.push(Planned { unit: Some(unit), item, role: PlanRole::Need, out_of: None });
            }
        }
        let mut moves: Vec<Move> =
            by_site.into_iter().map(|(site, (units, points))| self.one_move(site, units, points)).collect();
        moves.sort_by_key(|it| (place(it.kind), it.holder, it.maker));
        moves
    }

    fn container(&self, carton: usize) -> Uuid {
        self.situation.containers[self.built.cartons[carton]].unit
    }

    fn item_of(&self, unit: Uuid) -> Uuid {
        self.situation.stock.iter().find(|it| it.unit == unit).map_or(Uuid::nil(), |it| it.item)
    }

    fn planned(&self, piece: usize, moving: &BTreeSet<Uuid>) -> Planned {
        let it = &self.built.problem.pieces[piece];
        let item = self.built.wanted[it.want].item;
        let Some(stock) = self.built.pieces[piece].map(|at| &self.situation.stock[at]) else {
            return Planned { unit: None, item, role: PlanRole::Need, out_of: None };
        };
        let (_, route) = &self.built.sources[it.site];
        let booked =
            |unit: &Uuid| self.situation.kept.iter().any(|kept| kept.role == PlanRole::Booked && kept.unit == *unit);
        let with_it = stock.container.is_some_and(|it| moving.contains(&it) || booked(&it));
        let out_of = stock.container.filter(|_| route.travels() && !with_it);
        let role = if with_it && route.travels() { PlanRole::Content } else { PlanRole::Need };
        // What is only asked for is asked for by number: which one comes is for its holder to say.
        let unit = (route.kind != MoveKind::Request).then_some(stock.unit);
        Planned { unit, item, role, out_of }
    }

    fn one_move(&self, site: usize, units: Vec<Planned>, points: i64) -> Move {
        let (source, route) = self.built.sources[site];
        let fixed = if self.built.problem.sites[site].open { 0 } else { route.fixed };
        let (holder, maker) = match source {
            Source::Holder(at, _) => (Some(at), None),
            Source::Maker(at) => (None, Some(at)),
        };
        let rights = holder.map(|at| self.situation.holders[at].rights).unwrap_or_default();
        let asked = matches!(route.kind, MoveKind::Request | MoveKind::MakerRequest | MoveKind::CreateOnArrival);
        let travels = matches!(route.kind, MoveKind::HandOver | MoveKind::Courier);
        let over = self.situation.starts_at <= self.situation.now;
        let late = route.late && !over;
        let text = self.sentence(source, &route, &units, late);
        Move {
            kind: route.kind,
            holder,
            maker: maker.map(|at| self.situation.makers[at].id),
            shelf: matches!(source, Source::Holder(_, true)),
            units,
            at_once: !asked && (!travels || rights.at_once),
            leave_by: route.leave_by.filter(|_| !over),
            arrives_at: route.arrives_at.filter(|_| !over),
            minutes: route.minutes,
            late,
            points: points + fixed,
            text,
        }
    }

    fn local(&self, at: Instant) -> String {
        at.local(&self.situation.time_zone)
    }

    fn own(&self) -> &str {
        let own = self.situation.holders.iter().find(|it| it.relation == Relation::Own);
        own.map_or("The new representative", |it| it.name.as_str())
    }

    fn label(&self, item: Uuid) -> String {
        self.situation.items.get(&item).map_or_else(|| "a unit".to_owned(), |it| it.number.clone())
    }

    /// `2 × CUP-52, 1 × STEM-3`, the first few.
    fn goods(&self, units: &[Planned]) -> String {
        const SHOWN: usize = 4;
        let mut goods: BTreeMap<String, usize> = BTreeMap::new();
        for unit in units {
            *goods.entry(self.label(unit.item)).or_default() += 1;
        }
        let rest = goods.len().saturating_sub(SHOWN);
        let mut told: Vec<String> =
            goods.into_iter().take(SHOWN).map(|(item, n)| format!("{n} \u{d7} {item}")).collect();
        if rest > 0 {
            told.push(format!("{rest} more kinds"));
        }
        told.join(", ")
    }

    fn what(&self, units: &[Planned]) -> String {
        let n = count(units.len(), "unit", "units");
        let goods = self.goods(units);
        let marked = units.iter().filter(|it| matches!(it.role, PlanRole::Marked | PlanRole::Booked)).count();
        match marked {
            0 => format!("{n} ({goods})"),
            all if all == units.len() => format!("{n} on the case ({goods})"),
            some => format!("{n}, {some} of them on the case ({goods})"),
        }
    }

    fn sentence(&self, source: Source, route: &Route, units: &[Planned], late: bool) -> String {
        let (own, what) = (self.own(), self.what(units));
        let over = self.situation.starts_at <= self.situation.now;
        let by = route.leave_by.filter(|_| !over).map(|at| format!(" by {}", self.local(at))).unwrap_or_default();
        let arrives = route.arrives_at.map(|at| self.local(at)).unwrap_or_default();
        let mut text = match source {
            Source::Maker(at) => {
                let maker = &self.situation.makers[at].name;
                match route.kind {
                    MoveKind::MakerRequest => format!("{maker} is asked for {what}{by}: there at {arrives}."),
                    _ => format!(
                        "{what} from {maker}, ordered{by}: there at {arrives}, made known for {own} when it arrives."
                    ),
                }
            }
            Source::Holder(at, shelf) => self.holder_says(&self.situation.holders[at], shelf, route, &what, &by),
        };
        if late {
            text.push_str(&format!(" Not in time: there at {arrives}."));
        }
        if units.iter().any(|it| it.out_of.is_some()) {
            text.push_str(" Some of it has to be taken out of a container.");
        }
        text
    }

    fn holder_says(&self, holder: &Holder, shelf: bool, route: &Route, what: &str, by: &str) -> String {
        let (own, name) = (self.own(), holder.name.as_str());
        match route.kind {
            MoveKind::Stays if holder.relation == Relation::Own && shelf => {
                format!("{own} answers for {what} of facility stock here: no move.")
            }
            MoveKind::Stays if holder.relation == Relation::Own => format!("{own} has {what}: no move."),
            MoveKind::Stays if shelf => format!("{name} shares {what} of facility stock here with {own}: no move."),
            MoveKind::Stays => format!("{name} shares {what} with {own}: no move."),
            MoveKind::Link => format!(
                "{own} is linked to {name}, who shares, and may use {what} of facility stock here: no sale, no move."
            ),
            MoveKind::Reassign => {
                format!("{own} answers for {what} of facility stock here instead of {name}: no sale, one entry.")
            }
            MoveKind::Request if shelf => format!("{name} is asked to let {own} answer for {what} of facility stock."),
            MoveKind::Request => format!("{name} is asked to send {own} {what}{by}."),
            MoveKind::Courier => format!("{name} sends {own} {what} by courier{by}."),
            _ => {
                let apart = route.minutes.map(|it| format!(", {it} minutes apart")).unwrap_or_default();
                format!("{name} hands {own} {what}{apart}{by}.")
            }
        }
    }

    /// Units on the case that cannot come along.
    fn stuck(&self) -> Vec<Unresolved> {
        let of = |at: &usize| {
            let kept = &self.situation.kept[*at];
            let holder = &self.situation.holders[kept.holder];
            let label = self.label(kept.item);
            let text = match &kept.stuck {
                Some(why) => format!("{label} is on the case and cannot move: {why}"),
                None if !may_be_sent(self.situation, kept.item) => {
                    let to = self.taker();
                    format!("{label} is on the case and cannot move: it may not be sent to the country of {to}.")
                }
                None => format!(
                    "{label} is on the case and with {}, for whom you may not act. Ask them or the office to send it.",
                    holder.name
                ),
            };
            Unresolved { item: kept.item, quantity: 1, unit: Some(kept.unit), text, next_best: Vec::new() }
        };
        self.built.stuck.iter().map(of).collect()
    }

    /// Who takes the case over.
    fn taker(&self) -> &str {
        self.situation.holders.first().map_or("", |holder| holder.name.as_str())
    }

    fn missing(&self, need: usize, quantity: u32, used: &BTreeSet<Uuid>) -> Unresolved {
        let it = &self.situation.needs[need];
        let label = self.label(it.item);
        let n = format!("{quantity} \u{d7} {label}");
        let text = if !may_be_used(self.situation, it.item) {
            format!("{n} may not be used in the country of this facility.")
        } else if !may_be_sent(self.situation, it.item) {
            format!("{n} may not be sent to the country of {}.", self.taker())
        } else {
            format!("{n} cannot be had in time within your reach.")
        };
        let mut next_best = self.substitutes(it, used);
        next_best.extend(self.late(it.item));
        next_best.extend(self.borrow(it.item));
        next_best.extend(self.order(it.item));
        Unresolved { item: it.item, quantity, unit: None, text, next_best }
    }

    /// What the surgeon's card allows instead, where it is to be had in time and not used already.
    fn substitutes(&self, need: &Need, used: &BTreeSet<Uuid>) -> Vec<NextBest> {
        let it = self.situation;
        let ready = |at: usize, shelf: bool, sent: bool| {
            let route = route(it, self.settings, self.costs, &it.holders[at], shelf);
            route.is_some_and(|route| !route.late && (sent || !route.travels()))
        };
        let mut found = Vec::new();
        for substitute in need.substitutes.iter().filter(|item| may_be_used(it, **item)) {
            let mut with: BTreeMap<usize, usize> = BTreeMap::new();
            for stock in it.stock.iter().filter(|stock| stock.item == *substitute && !used.contains(&stock.unit)) {
                let good = !(it.refuses_expired && is_expired(stock.expires_on, it.day));
                if good && ready(stock.holder, stock.shelf, may_be_sent(it, *substitute)) {
                    *with.entry(stock.holder).or_default() += 1;
                }
            }
            let Some((holder, n)) = with.into_iter().min_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder)) else {
                continue;
            };
            let name = &it.holders[holder].name;
            let text = format!("The surgeon's card allows {} instead: {name} has {n}.", self.label(*substitute));
            let (item, holder) = (Some(*substitute), Some(holder));
            found.push(NextBest { kind: "substitute", item, holder, arrives_at: None, text });
        }
        found
    }

    /// The first that would come too late.
    fn late(&self, item: Uuid) -> Option<NextBest> {
        let mine = self.built.late.iter().filter(|(at, _)| self.situation.stock[*at].item == item);
        let (at, arrives) = mine.min_by_key(|(at, arrives)| (*arrives, *at))?;
        let holder = self.situation.stock[*at].holder;
        let text = format!(
            "{} has it, but it could be there only at {}.",
            self.situation.holders[holder].name,
            self.local(*arrives)
        );
        Some(NextBest { kind: "late", item: None, holder: Some(holder), arrives_at: Some(*arrives), text })
    }

    /// Somebody whom the actor does not reach: how many, not who.
    fn borrow(&self, item: Uuid) -> Option<NextBest> {
        let n = self.situation.out_of_reach.get(&item).copied().filter(|n| *n > 0)?;
        let text = format!("{n} are with people outside your reach: the office can lend them.");
        Some(NextBest { kind: "borrow", item: None, holder: None, arrives_at: None, text })
    }

    fn order(&self, item: Uuid) -> Option<NextBest> {
        let made_by = self.situation.items.get(&item)?.manufacturer;
        let maker = self.situation.makers.iter().find(|it| it.id == made_by)?;
        let route = delivery(self.situation, self.settings, self.costs, maker.linked);
        let arrives_at = route.arrives_at.filter(|_| may_be_used(self.situation, item))?;
        let text = format!("Ordered from {} now, it would be there at {}.", maker.name, self.local(arrives_at));
        Some(NextBest { kind: "order", item: None, holder: None, arrives_at: Some(arrives_at), text })
    }
}
