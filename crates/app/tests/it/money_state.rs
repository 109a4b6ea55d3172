//! Amended, reopened, credited, written off, paid and reversed in any order, drawn: after every step the documents, the figures, the
//! commission and the units say the same, and at the end the organisation proves itself.

use crate::billing::{invoices, pay};
use crate::scene::Scene;
use app::{Ctx, Error};
use contract::credits::{CreditInvoice, WriteOff};
use contract::events::{AmendEvent, Charge, Event};
use domain::event::{ChargeKind, EventStatus, EventType};
use domain::id::{EventId, InvoiceId, ManufacturerId, PurchaseOrderId, UnitId};
use domain::people::Role;
use serde_json::json;
use store::args;
use testkit::{World, on_both};

/// Events of one world, and steps of each.
const EVENTS: usize = 8;
const STEPS: usize = 16;

/// A small generator, so that a failure can be told by its seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())]) }
    }
}

/// A refusal is an answer; a breakdown is not.
fn done<T>(result: app::Result<T>, what: &str, log: &mut Vec<String>) {
    match result {
        Ok(_) => log.push(what.to_owned()),
        Err(Error::Conflict { code, .. } | Error::Forbidden { code, .. } | Error::Invalid { code, .. }) => {
            log.push(format!("{what}: {code}"));
        }
        Err(other) => panic!("{what} after {log:?}: {other:?}"),
    }
}

async fn step(scene: &Scene, draw: &mut Draw, id: EventId, log: &mut Vec<String>) {
    let admin = scene.world.again(&scene.admin).await;
    let event = scene.get(&admin, id).await.unwrap();
    let all = invoices(scene, &admin, id).await;
    let open: Vec<(InvoiceId, i64)> =
        all.iter().filter(|it| it.status == "open").map(|it| (it.id, it.open_minor.unwrap())).collect();
    let orders: Vec<PurchaseOrderId> = event.purchase_orders.iter().map(|it| it.id).collect();
    let whole =
        |draw: &mut Draw, minor: i64| if draw.below(2) == 0 { minor } else { 1 + draw.below(minor as usize) as i64 };
    match draw.below(13) {
        12 => {
            let (maker, amount) = (ManufacturerId::from_uuid(scene.own_maker), draw.below(9_000));
            let charge = match (event.charges.first().map(|it| it.id), draw.below(4)) {
                (Some(id), 0) => json!({"id": id, "remove": true}),
                (Some(id), _) => json!({"id": id, "amount_minor": amount, "shared": draw.below(2) == 0}),
                (None, 0) => json!({"kind": "discount", "amount_minor": amount, "shared": true}),
                (None, 1) => json!({"kind": "freight", "amount_minor": amount, "manufacturer_id": maker}),
                (None, _) => json!({"kind": "service", "amount_minor": amount, "commissionable": true}),
            };
            let wish: AmendEvent =
                serde_json::from_value(json!({"changes": {"charges": [charge.clone()]}, "reason": "the bill came"}))
                    .unwrap();
            let amended = scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await;
            done(amended, &format!("charge {charge}"), log);
        }
        0 | 1 => {
            let Some(at) = (!event.lines.is_empty()).then(|| draw.below(event.lines.len())) else { return };
            let line = event.lines[at].id;
            let change = match draw.below(5) {
                0 => json!({"id": line, "remove": true}),
                1 => json!({"id": line, "no_charge": draw.below(2) == 0}),
                2 => json!({"id": line, "unit_price_minor": 10_000 + draw.below(90_000)}),
                3 => json!({"id": line, "unit_price_minor": null}),
                _ => json!({"id": line, "usage": "explanted", "note": "came out"}),
            };
            let wish: AmendEvent =
                serde_json::from_value(json!({"changes": {"lines": [change.clone()]}, "reason": "it was wrong"}))
                    .unwrap();
            let amended = scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await;
            done(amended, &format!("amend {change}"), log);
        }
        2 => {
            let back = scene.run(&admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, id, "once more")).await;
            done(back, "reopen", log);
        }
        3 => done(scene.submit(&admin, id).await, "submit", log),
        4 => done(scene.order(&admin, id, "PO 7", None).await, "order", log),
        5 => {
            let Some(order) = draw.of(&orders) else { return };
            let removed = scene.run(&admin, move |ctx, tx| app::billing::orders::remove(ctx, tx, id, order)).await;
            done(removed, "remove the order", log);
        }
        6 | 7 => {
            let Some((invoice, minor)) = draw.of(&open).filter(|(_, minor)| *minor > 0) else { return };
            let minor = whole(draw, minor);
            done(pay(scene, &admin, invoice, minor).await, &format!("pay {minor}"), log);
        }
        8 | 9 => {
            let ids: Vec<InvoiceId> = all.iter().map(|it| it.id).collect();
            let Some(invoice) = draw.of(&ids) else { return };
            let minor = all.iter().find(|it| it.id == invoice).and_then(|it| it.total_minor).unwrap();
            let rebill = draw.below(3) == 0;
            let amount_minor = (!rebill && draw.below(2) == 0).then(|| whole(draw, minor.max(1)));
            let ask =
                CreditInvoice { amount_minor, rebill, reason: "it was too much".into(), ..CreditInvoice::default() };
            let memo = scene.run(&admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, invoice, &ask)).await;
            done(memo, &format!("credit {amount_minor:?} rebill {rebill}"), log);
        }
        10 => {
            let Some((invoice, minor)) = draw.of(&open) else { return };
            let ask = WriteOff { amount_minor: Some(whole(draw, minor.max(1))), reason: "they are bankrupt".into() };
            let memo = scene.run(&admin, move |ctx, tx| app::billing::credits::write_off(ctx, tx, invoice, &ask)).await;
            done(memo, "write off", log);
        }
        _ => {
            let over = if draw.below(3) == 0 {
                scene.run(&admin, move |ctx, tx| app::events::settle::reverse(ctx, tx, id, "sent back")).await
            } else {
                scene.run(&admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await
            };
            done(over, "reverse or mark paid", log);
        }
    }
}

fn is_over(event: &Event) -> bool {
    matches!(event.head.status, EventStatus::Open | EventStatus::Cancelled)
}

/// The lines are the event, the event is its order, what is billed is the event, and units are where that leaves them.
async fn agrees(scene: &Scene, admin: &Ctx, id: EventId, units: &[UnitId], log: &[String]) -> (i64, i64) {
    let event = scene.get(admin, id).await.unwrap();
    let used: i64 = event.lines.iter().filter_map(|line| line.amount_minor).sum();
    let signed = |it: &Charge| if it.kind == ChargeKind::Discount { -it.amount_minor } else { it.amount_minor };
    let lines = used + event.charges.iter().map(signed).sum::<i64>();
    assert_eq!(event.head.total_minor, Some(lines), "lines: {log:?}");
    let org = scene.org;
    let order = scene.app.db().read(move |tx| store::billing::latest_order(tx, org, id.uuid())).await.unwrap();
    let standing = order.filter(|order| order.status == "open");
    assert!(standing.is_none() || !is_over(&event), "an order stands behind what is submitted: {log:?}");
    if let Some(order) = &standing {
        assert_eq!(order.total_minor, lines, "the order: {log:?}");
    }
    let issued = invoices(scene, admin, id).await;
    let billed: i64 = issued
        .iter()
        .filter(|it| it.status != "void" && it.rebilled_as_id.is_none())
        .filter_map(|it| it.total_minor)
        .sum();
    if !is_over(&event) && billed > 0 {
        assert_eq!(billed, lines, "what is billed: {log:?}");
    }
    for it in &issued {
        let (total, paid, credited) = (it.total_minor.unwrap(), it.paid_minor.unwrap(), it.credited_minor.unwrap());
        assert!(paid >= 0 && credited >= 0 && paid + credited <= total, "{}: {log:?}", it.number);
    }
    // A unit that is on a submitted event is used up; one that was taken off is free.
    for unit in units {
        let (_, active, shelf, _) = scene.unit(*unit).await;
        let on = event.lines.iter().any(|line| line.unit_id == *unit);
        let used = on && !is_over(&event);
        // What a stocking order sold stands on the facility's shelf until it is used there.
        let sold = used && event.head.r#type == EventType::StockingOrder && active;
        assert_eq!((active, shelf.is_some()), (!used || sold, sold), "unit on the event {on}: {log:?}");
    }
    let open: i64 = issued.iter().filter(|it| it.status == "open").filter_map(|it| it.open_minor).sum();
    let net = standing.filter(|order| order.counts).map_or(0, |order| order.net_minor);
    (open, net)
}

#[test]
fn in_any_order_stock_revenue_and_commission_stay_consistent() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let mut draw = Draw(0x5eed_0000_0000_0001);
        let mut all: Vec<(EventId, Vec<UnitId>, Vec<String>)> = Vec::new();
        for nth in 0..EVENTS {
            let mut units = scene.units(scene.item, &ann, 2, None).await;
            units.extend(scene.units(scene.own_item, &ann, 1, None).await);
            let kind = if nth % 4 == 3 { EventType::StockingOrder } else { EventType::Case };
            let event = scene.event(kind, &ann, scene.mercy).await.head.id;
            scene.mark(&ann, event, &units).await.unwrap();
            scene.submit(&ann, event).await.unwrap();
            all.push((event, units, vec![format!("{kind}")]));
        }
        for _ in 0..STEPS {
            for (event, units, log) in &mut all {
                step(&scene, &mut draw, *event, log).await;
                agrees(&scene, &scene.admin, *event, units, log).await;
            }
        }
        let (mut open, mut net) = (0, 0);
        for (event, units, log) in &all {
            let (owed, counted) = agrees(&scene, &scene.admin, *event, units, log).await;
            (open, net) = (open + owed, net + counted);
        }
        // What the customer owes is what its invoices say, and its figures are its orders.
        let customer = scene.seen_customer(&scene.world.again(&scene.admin).await).await;
        assert_eq!(customer.open_balance_minor, Some(open));
        assert_eq!(scene.figures().await.1, net);
        // Nobody keeps commission of what was taken back: what is owed comes to the rate of what is kept.
        let written = "SELECT COUNT(*) FROM billing_credit_memo WHERE organization_id = $1 AND kind = 'write_off' AND net_minor <> 0";
        assert_eq!(scene.numbers(written, args![scene.org]).await, [0], "a write-off leaves sales as they are");
        let done: usize = all.iter().map(|(_, _, log)| log.iter().filter(|it| !it.contains(": ")).count()).sum();
        assert!(done > EVENTS * 3, "too little was done to mean anything: {all:?}");
        scene.prove().await;
    });
}
