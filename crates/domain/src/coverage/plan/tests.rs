use super::routes::{deadline, route};
use super::*;
use crate::coverage::candidates;
use proptest::prelude::*;
use std::collections::BTreeMap;

const OWN: usize = 0;
const POOL: usize = 1;
const OLD: usize = 2;
const MATE: usize = 3;
const HOUSE: usize = 4;

fn id(n: usize) -> Uuid {
    Uuid::from_u128(n as u128)
}

fn item(n: usize) -> Uuid {
    Uuid::from_u128(1_000 + n as u128)
}

fn now() -> Instant {
    Instant::parse("2026-12-12T12:00:00Z").unwrap()
}

const SENDS: Rights = Rights { send: true, at_once: true, reassign: true, link: false, ask: true };

fn holder(at: usize, name: &str, relation: Relation, kilometres: i64) -> Holder {
    Holder {
        id: id(at + 1),
        kind: if relation == Relation::Warehouse { CustodianType::Organization } else { CustodianType::User },
        name: name.into(),
        relation,
        spot: Spot::new(41_000_000 + kilometres * 9_000, -87_000_000),
        away: Vec::new(),
        rights: SENDS,
    }
}

fn unit(n: usize, what: usize, holder: usize, days: Option<i32>) -> Stock {
    let day = Day::parse("2026-12-14").unwrap();
    let expires_on = days.map(|days| day.plus(days));
    Stock { unit: id(100 + n), item: item(what), holder, expires_on, container: None, shelf: false }
}

fn situation() -> Situation {
    Situation {
        now: now(),
        starts_at: Instant::parse("2026-12-14T14:00:00Z").unwrap(),
        day: Day::parse("2026-12-14").unwrap(),
        refuses_expired: true,
        time_zone: "UTC".into(),
        country: "US".into(),
        to_country: "US".into(),
        holders: vec![
            holder(OWN, "Ann Reyes", Relation::Own, 0),
            holder(POOL, "Lakeshore pool", Relation::Shares, 0),
            holder(OLD, "Cat Ito", Relation::Old, 10),
            holder(MATE, "Bob Lind", Relation::Group, 20),
            holder(HOUSE, "Northlake Ortho", Relation::Warehouse, 400),
        ],
        items: (0..4)
            .map(|n| {
                let number = format!("ITEM-{n}");
                (item(n), Item { number, manufacturer: id(90), ..Item::default() })
            })
            .collect(),
        kept: Vec::new(),
        needs: Vec::new(),
        stock: Vec::new(),
        containers: Vec::new(),
        makers: Vec::new(),
        reserved: BTreeMap::new(),
        out_of_reach: BTreeMap::new(),
        edits: Edits::default(),
    }
}

fn need(what: usize, quantity: u32) -> Need {
    Need { item: item(what), quantity, substitutes: Vec::new() }
}

fn told(plan: &Plan) -> Vec<(MoveKind, Option<usize>, usize)> {
    plan.moves.iter().map(|it| (it.kind, it.holder, it.units.len())).collect()
}

fn usual(it: &Situation) -> Plan {
    plan(it, &Settings::USUAL)
}

#[test]
fn what_is_in_place_is_used_first_and_the_soonest_to_expire() {
    let mut it = situation();
    it.needs = vec![need(0, 2)];
    it.stock = vec![
        unit(0, 0, OWN, Some(900)),
        unit(1, 0, POOL, Some(40)),
        unit(2, 0, OLD, Some(5)),
        unit(3, 0, OWN, Some(-1)),
        unit(4, 0, OWN, Some(60)),
    ];
    let plan = usual(&it);
    assert_eq!(told(&plan), [(MoveKind::Stays, Some(OWN), 1), (MoveKind::Stays, Some(POOL), 1)]);
    let used: Vec<Uuid> = plan.units().collect();
    assert_eq!(used, [id(104), id(101)]);
    assert_eq!((plan.hand_overs(), plan.unresolved.len(), plan.ready_at), (0, 0, None));
}

#[test]
fn marked_units_come_along_and_their_holder_brings_the_rest_too() {
    let mut it = situation();
    let kept = Kept {
        unit: id(50),
        item: item(1),
        holder: OLD,
        shelf: false,
        container: None,
        role: PlanRole::Marked,
        stuck: None,
    };
    it.kept = vec![kept];
    it.needs = vec![need(0, 1)];
    // Bob is as near, but Cat has to come anyway.
    it.stock = vec![unit(0, 0, MATE, Some(10)), unit(1, 0, OLD, Some(900))];
    let plan = usual(&it);
    assert_eq!(told(&plan), [(MoveKind::HandOver, Some(OLD), 2)]);
    let one = &plan.moves[0];
    assert!(one.at_once && !one.late && one.leave_by.unwrap() > it.now);
    assert!(one.text.starts_with("Cat Ito hands Ann Reyes 2 units, 1 of them on the case"), "{}", one.text);
}

#[test]
fn one_hand_over_is_better_than_two() {
    let mut it = situation();
    it.needs = vec![need(0, 1), need(1, 1)];
    it.stock = vec![unit(0, 0, OLD, Some(5)), unit(1, 1, MATE, Some(5)), unit(2, 0, MATE, Some(800))];
    assert_eq!(told(&usual(&it)), [(MoveKind::HandOver, Some(MATE), 2)]);
}

#[test]
fn facility_stock_changes_hands_on_paper_by_link_or_by_reassignment() {
    let mut it = situation();
    it.needs = vec![need(0, 1)];
    it.stock = vec![Stock { shelf: true, ..unit(0, 0, OLD, Some(100)) }, unit(1, 0, OLD, Some(100))];
    assert_eq!(told(&usual(&it)), [(MoveKind::Reassign, Some(OLD), 1)]);
    it.holders[OLD].rights.link = true;
    let linked = usual(&it);
    assert_eq!(told(&linked), [(MoveKind::Link, Some(OLD), 1)]);
    assert!(linked.moves[0].at_once && linked.moves[0].arrives_at.is_none());
    it.holders[OLD].rights = Rights { ask: true, ..Rights::default() };
    let asked = usual(&it);
    assert_eq!(told(&asked), [(MoveKind::Request, Some(OLD), 1)]);
    assert!(!asked.moves[0].at_once && asked.moves[0].units[0].unit.is_none());
}

#[test]
fn what_comes_too_late_is_not_planned_but_named() {
    let mut it = situation();
    it.starts_at = it.now.plus_seconds(4 * 3_600);
    it.needs = vec![Need { substitutes: vec![item(2)], ..need(0, 2) }];
    it.holders[MATE].away = vec![(it.now, it.now.plus_seconds(86_400))];
    it.stock = vec![unit(0, 0, HOUSE, None), unit(1, 0, MATE, None), unit(2, 2, OWN, None)];
    it.makers = vec![Maker { id: id(90), name: "Orthex".into(), linked: false }];
    it.out_of_reach.insert(item(0), 3);
    let plan = usual(&it);
    assert!(plan.moves.is_empty());
    let open = &plan.unresolved[0];
    assert_eq!(open.quantity, 2);
    let kinds: Vec<&str> = open.next_best.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, ["substitute", "late", "borrow", "order"]);
    assert_eq!(open.next_best[0].text, "The surgeon's card allows ITEM-2 instead: Ann Reyes has 1.");
}

#[test]
fn whole_containers_are_moved_rather_than_broken() {
    let mut it = situation();
    it.needs = vec![need(0, 2), need(3, 1)];
    let set = id(60);
    it.containers = vec![
        Container { unit: set, holder: MATE, pieces: 3, full: 3, wanted_elsewhere: false },
        Container { unit: id(61), holder: MATE, pieces: 1, full: 3, wanted_elsewhere: false },
    ];
    it.stock = vec![
        Stock { container: Some(set), ..unit(0, 0, MATE, Some(90)) },
        Stock { container: Some(set), ..unit(1, 0, MATE, Some(90)) },
        Stock { unit: set, ..unit(2, 3, MATE, None) },
        Stock { unit: id(61), ..unit(3, 3, MATE, None) },
    ];
    let plan = usual(&it);
    assert_eq!(told(&plan), [(MoveKind::HandOver, Some(MATE), 3)]);
    assert!(plan.units().any(|unit| unit == set) && plan.moves[0].units.iter().all(|it| it.out_of.is_none()));
    // Wanted by another case, it stays where it is, and single pieces are taken out of it.
    it.containers[0].wanted_elsewhere = true;
    let broken = usual(&it);
    assert!(broken.moves[0].units.iter().any(|it| it.out_of == Some(set)));
    assert!(broken.units().any(|unit| unit == id(61)));
}

#[test]
fn what_other_cases_need_is_left_for_them() {
    let mut it = situation();
    it.needs = vec![need(0, 2)];
    it.stock = vec![unit(0, 0, OWN, Some(10)), unit(1, 0, OWN, Some(20)), unit(2, 0, OWN, Some(30))];
    it.reserved.insert((OWN, item(0)), 2);
    let plan = usual(&it);
    assert_eq!(plan.units().collect::<Vec<_>>(), [id(100)]);
    assert_eq!(plan.unresolved[0].quantity, 1);
}

#[test]
fn a_manufacturer_delivers_what_nobody_has() {
    let mut it = situation();
    it.starts_at = it.now.plus_seconds(10 * 86_400);
    it.needs = vec![need(0, 3)];
    it.stock = vec![unit(0, 0, OWN, None)];
    it.makers = vec![Maker { id: id(90), name: "Orthex".into(), linked: true }];
    let plan = usual(&it);
    assert_eq!(told(&plan), [(MoveKind::Stays, Some(OWN), 1), (MoveKind::MakerRequest, None, 2)]);
    it.makers[0].linked = false;
    assert_eq!(told(&usual(&it))[1].0, MoveKind::CreateOnArrival);
    it.items.get_mut(&item(0)).unwrap().countries = vec!["DE".into()];
    let plan = usual(&it);
    assert!(plan.moves.is_empty());
    assert_eq!(plan.unresolved[0].text, "3 \u{d7} ITEM-0 may not be used in the country of this facility.");
}

#[test]
fn what_is_not_cleared_for_the_country_of_whoever_takes_over_is_not_sent_there() {
    let mut it = situation();
    it.to_country = "CA".into();
    it.items.get_mut(&item(0)).unwrap().countries = vec!["US".into()];
    it.needs = vec![need(0, 2)];
    // Bob would have to send his; what Ann has at hand does not travel.
    it.stock = vec![unit(0, 0, OWN, Some(200)), unit(1, 0, MATE, Some(20))];
    let plan = usual(&it);
    assert_eq!(plan.units().collect::<Vec<_>>(), [id(100)]);
    assert_eq!(plan.unresolved[0].text, "1 \u{d7} ITEM-0 may not be sent to the country of Ann Reyes.");
    it.to_country = String::new();
    assert_eq!(usual(&it).units().count(), 2, "where nothing is known, nothing is refused");
    // On the case already, and with somebody else.
    it.to_country = "CA".into();
    it.needs.clear();
    it.kept = vec![Kept {
        unit: id(101),
        item: item(0),
        holder: MATE,
        shelf: false,
        container: None,
        role: PlanRole::Marked,
        stuck: None,
    }];
    let plan = usual(&it);
    assert_eq!(plan.units().count(), 0);
    assert_eq!(
        plan.unresolved[0].text,
        "ITEM-0 is on the case and cannot move: it may not be sent to the country of Ann Reyes."
    );
}

#[test]
fn a_plan_is_edited_by_what_it_must_and_must_not_use() {
    let mut it = situation();
    it.needs = vec![need(0, 1)];
    it.stock = vec![unit(0, 0, OWN, Some(10)), unit(1, 0, MATE, Some(20)), unit(2, 0, OLD, Some(30))];
    it.edits.with_units.insert(id(101));
    assert_eq!(usual(&it).units().collect::<Vec<_>>(), [id(101)]);
    it.edits = Edits { without_units: [id(100)].into(), without_holders: [id(MATE + 1)].into(), ..Edits::default() };
    assert_eq!(usual(&it).units().collect::<Vec<_>>(), [id(102)]);
    it.edits = Edits { with_units: [id(777)].into(), ..Edits::default() };
    assert_eq!(usual(&it).refused, [id(777)]);
}

#[test]
fn units_on_the_case_that_nobody_may_move_are_told() {
    let mut it = situation();
    it.holders[OLD].rights = Rights { ask: true, ..Rights::default() };
    let kept = Kept {
        unit: id(50),
        item: item(1),
        holder: OLD,
        shelf: false,
        container: None,
        role: PlanRole::Marked,
        stuck: None,
    };
    it.kept = vec![kept.clone(), Kept { unit: id(51), holder: OWN, stuck: Some("it is on hold.".into()), ..kept }];
    let plan = usual(&it);
    assert!(plan.moves.is_empty());
    assert_eq!(plan.unresolved.iter().map(|it| it.unit).collect::<Vec<_>>(), [Some(id(50)), Some(id(51))]);
}

#[test]
fn a_case_that_is_over_keeps_its_books_and_plans_nothing_more() {
    let mut it = situation();
    it.now = it.starts_at.plus_seconds(86_400);
    it.needs = vec![need(0, 1)];
    it.stock = vec![unit(0, 0, MATE, None)];
    let kept = Kept {
        unit: id(50),
        item: item(1),
        holder: OLD,
        shelf: false,
        container: None,
        role: PlanRole::Marked,
        stuck: None,
    };
    it.kept = vec![kept];
    let plan = usual(&it);
    assert_eq!(told(&plan), [(MoveKind::HandOver, Some(OLD), 1)]);
    assert!(!plan.moves[0].late && plan.moves[0].leave_by.is_none());
}

// ------------------------------------------------------------------------------------------------ trying to refute it

fn organisations() -> impl Strategy<Value = Situation> {
    let rights = prop::sample::select(vec![
        SENDS,
        SENDS,
        Rights { link: true, ..SENDS },
        Rights { ask: true, ..Rights::default() },
        Rights::default(),
    ]);
    let holders = prop::collection::vec((rights, 0i64..400, prop::bool::weighted(0.15)), 3);
    let containers = prop::collection::vec((1usize..5, 1u32..4, prop::bool::weighted(0.2)), 0..3);
    let stock = prop::collection::vec(
        (0usize..3, 0usize..5, prop::option::of(-20i32..500), prop::option::of(0usize..3), prop::bool::weighted(0.2)),
        0..11,
    );
    let needs = prop::collection::vec(0u32..4, 4);
    let reserved = prop::collection::vec((0usize..5, 0usize..3, 0u32..3), 0..3);
    let kept = prop::option::of(2usize..5);
    (holders, containers, stock, needs, reserved, kept, 2i64..90).prop_map(
        |(holders, containers, stock, needs, reserved, kept, hours)| {
            let mut it = situation();
            it.starts_at = it.now.plus_seconds(hours * 3_600);
            for (at, (rights, way, away)) in holders.into_iter().enumerate() {
                let holder = &mut it.holders[at + 2];
                holder.rights = rights;
                holder.spot = Spot::new(41_000_000 + way * 9_000, -87_000_000);
                if away {
                    holder.away = vec![(it.now.plus_seconds(3_600), it.now.plus_seconds(20 * 3_600))];
                }
            }
            it.needs = needs.into_iter().enumerate().map(|(n, quantity)| need(n, quantity)).collect();
            for (n, (holder, full, wanted_elsewhere)) in containers.iter().enumerate() {
                let (holder, unit) = (*holder, id(60 + n));
                it.containers.push(Container {
                    unit,
                    holder,
                    pieces: 1,
                    full: *full,
                    wanted_elsewhere: *wanted_elsewhere,
                });
                let whole = Stock { unit, item: item(3), holder, expires_on: None, container: None, shelf: false };
                it.stock.push(whole);
            }
            for (n, (what, holder, days, inside, shelf)) in stock.into_iter().enumerate() {
                let mut one = unit(n, what, holder, days);
                match inside.filter(|at| *at < containers.len()) {
                    Some(at) => (one.container, one.holder) = (Some(id(60 + at)), containers[at].0),
                    None => one.shelf = shelf && holder != HOUSE,
                }
                it.stock.push(one);
            }
            it.reserved = reserved.into_iter().map(|(holder, what, n)| ((holder, item(what)), n)).collect();
            if let Some(holder) = kept {
                let unit = id(50);
                it.kept = vec![Kept {
                    unit,
                    item: item(0),
                    holder,
                    shelf: false,
                    container: None,
                    role: PlanRole::Marked,
                    stuck: None,
                }];
            }
            it
        },
    )
}

/// Whether a unit is among the last of its kind that its holder keeps for other cases.
fn kept_for_others(it: &Situation, stock: &Stock) -> bool {
    let n = it.reserved.get(&(stock.holder, stock.item)).copied().unwrap_or(0);
    let key = |it: &Stock| (it.expires_on.map_or(i32::MAX, |day| day.0), it.unit);
    let alike = |other: &&Stock| other.holder == stock.holder && other.item == stock.item && !other.shelf;
    let later = it.stock.iter().filter(alike).filter(|other| key(other) > key(stock)).count();
    !stock.shelf && (later as u32) < n
}

/// What it costs to use exactly these units and to move exactly these containers; None when that is no plan.
fn price(it: &Situation, used: &[&Stock], moved: &[&Container]) -> Option<i64> {
    let (settings, costs) = (Settings::USUAL, Costs::USUAL);
    let way = |holder: usize, shelf: bool| route(it, &settings, &costs, &it.holders[holder], shelf);
    let mut open: BTreeMap<(usize, bool), i64> = BTreeMap::new();
    let mut cost = 0;
    for container in moved {
        let route = way(container.holder, false).filter(|route| route.travels() && !route.late)?;
        if container.wanted_elsewhere {
            return None;
        }
        open.insert((container.holder, false), route.fixed);
        cost += costs.container;
    }
    for stock in used {
        let route = way(stock.holder, stock.shelf)?;
        let expired = stock.expires_on.is_some_and(|day| day < it.day);
        if route.late || expired || kept_for_others(it, stock) {
            return None;
        }
        open.insert((stock.holder, stock.shelf), route.fixed);
        let age = stock.expires_on.map_or(122, |day| i64::from(day.0 - it.day.0).clamp(0, 3_650) / 30);
        let itself = it.containers.iter().find(|container| container.unit == stock.unit);
        let lacks = itself.map_or(0, |box_| i64::from(box_.full.saturating_sub(box_.pieces)) * costs.short_piece);
        let whole = itself.is_some();
        let with = moved.iter().any(|box_| Some(box_.unit) == stock.container || box_.unit == stock.unit);
        cost += age
            + match (route.travels(), with, whole) {
                (false, _, _) => route.unit + lacks,
                (true, true, _) => lacks,
                (true, false, true) => return None,
                (true, false, false) => route.unit + if stock.container.is_some() { costs.break_set } else { 0 },
            };
    }
    for need in &it.needs {
        let n = used.iter().filter(|stock| stock.item == need.item).count() as u32;
        if n > need.quantity {
            return None;
        }
        cost += i64::from(need.quantity - n) * costs.missing;
    }
    let kept_open = |at: &(usize, bool)| {
        it.kept.iter().any(|kept| {
            let route = way(kept.holder, kept.shelf);
            (kept.holder, kept.shelf) == *at && route.is_some_and(|route| route.kind != MoveKind::Request)
        })
    };
    Some(cost + open.iter().filter(|(at, _)| !kept_open(at)).map(|(_, fixed)| fixed).sum::<i64>())
}

fn cheapest(it: &Situation) -> i64 {
    let (units, boxes) = (it.stock.len(), it.containers.len());
    let mut best = i64::MAX;
    for set in 0_u32..1 << units {
        let used: Vec<&Stock> = (0..units).filter(|at| set & (1 << at) != 0).map(|at| &it.stock[at]).collect();
        if it.needs.iter().any(|need| used.iter().filter(|it| it.item == need.item).count() as u32 > need.quantity) {
            continue;
        }
        for boxed in 0_u32..1 << boxes {
            let moved: Vec<&Container> =
                (0..boxes).filter(|at| boxed & (1 << at) != 0).map(|at| &it.containers[at]).collect();
            best = best.min(price(it, &used, &moved).unwrap_or(i64::MAX));
        }
    }
    best
}

/// Everything that makes a plan one that can be carried out.
fn feasible(it: &Situation, plan: &Plan) -> Result<(), TestCaseError> {
    let latest = deadline(it, &Settings::USUAL);
    let mut seen = BTreeSet::new();
    let mut found: BTreeMap<Uuid, u32> = BTreeMap::new();
    for one in &plan.moves {
        let on_case = one.units.iter().all(|unit| matches!(unit.role, PlanRole::Marked | PlanRole::Booked));
        prop_assert!(!one.late || on_case, "a need is never filled too late");
        if let Some(arrives) = one.arrives_at.filter(|_| !on_case) {
            prop_assert!(arrives <= latest && one.leave_by.unwrap() >= it.now);
        }
        let holder = &it.holders[one.holder.unwrap()];
        prop_assert!(one.kind == MoveKind::Stays || holder.relation != Relation::Own);
        for unit in &one.units {
            if matches!(unit.role, PlanRole::Need | PlanRole::Content)
                && it.needs.iter().any(|need| need.item == unit.item)
            {
                *found.entry(unit.item).or_default() += 1;
            }
            let Some(id) = unit.unit else {
                prop_assert_eq!(one.kind, MoveKind::Request);
                continue;
            };
            prop_assert!(seen.insert(id), "a unit is planned once");
            let Some(stock) = it.stock.iter().find(|stock| stock.unit == id) else {
                prop_assert!(it.kept.iter().any(|kept| kept.unit == id));
                continue;
            };
            prop_assert_eq!((stock.item, Some(stock.holder)), (unit.item, one.holder));
            prop_assert!(stock.expires_on.is_none_or(|day| day >= it.day), "not expired");
            prop_assert!(!kept_for_others(it, stock), "left for other cases");
        }
    }
    for need in &it.needs {
        let missing: u32 = plan
            .unresolved
            .iter()
            .filter(|open| open.item == need.item && open.unit.is_none())
            .map(|open| open.quantity)
            .sum();
        let found = found.get(&need.item).copied().unwrap_or(0);
        // A whole container that moves for what lies in it may be more than was asked for.
        prop_assert!(found + missing >= need.quantity && (need.item == item(3) || found + missing == need.quantity));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]
    #[test]
    fn no_plan_is_cheaper_and_every_plan_can_be_carried_out(it in organisations()) {
        let made = usual(&it);
        let best = cheapest(&it);
        prop_assert!(made.cost * 100 <= best * 105, "{} against {best}", made.cost);
        prop_assert_eq!(made.cost, best, "small ones are solved exactly");
        prop_assert!(made.exact);
        feasible(&it, &made)?;
        prop_assert_eq!(usual(&it), made);
    }

    #[test]
    fn weights_are_named_once(n in 0usize..12) {
        let names = candidates::Weights::USUAL.named();
        prop_assert_eq!(names.iter().filter(|it| it.0 == names[n].0).count(), 1);
    }
}

/// 200 needed units over 60 holders: told by the benchmark of the house, and held here to a generous limit.
#[test]
fn a_large_plan_is_made_in_time() {
    let mut it = situation();
    it.items = (0..40)
        .map(|n| (item(n), Item { number: format!("I-{n}"), manufacturer: id(90), ..Item::default() }))
        .collect();
    it.needs = (0..40).map(|n| need(n, 5)).collect();
    for n in 0..55 {
        it.holders.push(holder(
            5 + n,
            &format!("Rep {n}"),
            if n % 2 == 0 { Relation::Group } else { Relation::Region },
            (n * 7 % 90) as i64,
        ));
    }
    for n in 0..3_000_usize {
        it.stock.push(unit(n, n * 31 % 40, 2 + n * 17 % 58, Some((n * 13 % 900) as i32)));
    }
    let started = std::time::Instant::now();
    let made = usual(&it);
    let took = started.elapsed();
    assert!(made.unresolved.is_empty());
    assert_eq!(made.moves.iter().map(|it| it.units.len()).sum::<usize>(), 200);
    assert!(took.as_millis() < if cfg!(debug_assertions) { 3_000 } else { 30 }, "{took:?}");
}
