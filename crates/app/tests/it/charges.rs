//! Charges: whose they are, on which invoice they stand, what a purchase order is for with them, and how they are amended.

use crate::billing::{invoices, pay};
use crate::scene::{Scene, code};
use app::Ctx;
use app::billing::{documents, mismatches};
use contract::ListParams;
use contract::events::{AddCharge, AddPurchaseOrder, AmendEvent, Event};
use domain::event::{ChargeKind, EventStatus, EventType};
use domain::id::{EventId, Id};
use domain::people::Role;
use serde_json::{Value, json};
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

async fn charge(
    scene: &Scene,
    who: &Ctx,
    id: EventId,
    (kind, amount_minor): (ChargeKind, i64),
    (maker, shared): (Option<Uuid>, bool),
) -> app::Result<contract::events::AddedCharge> {
    let new = AddCharge {
        kind,
        label: String::new(),
        amount_minor,
        commissionable: false,
        manufacturer_id: maker.map(Id::from_uuid),
        shared,
    };
    scene.run(who, move |ctx, tx| app::events::charges::add(ctx, tx, id, new.clone())).await
}

async fn amend(scene: &Scene, id: EventId, charges: Value) -> app::Result<Event> {
    let wish: AmendEvent =
        serde_json::from_value(json!({"changes": {"charges": charges}, "reason": "the carrier's bill came"})).unwrap();
    let admin = scene.world.again(&scene.admin).await;
    scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await
}

/// Whether it is a manufacturer's, over how much, and its charges.
type Billed = (bool, i64, Vec<(ChargeKind, i64)>);

/// What stands on the invoices in force: whose, over how much, and its charges.
async fn billed(scene: &Scene, who: &Ctx, id: EventId) -> Vec<Billed> {
    let mut all = Vec::new();
    for it in invoices(scene, who, id).await.into_iter().filter(|it| it.status != "void") {
        let one = it.id;
        let whole = scene.app.read(who, move |ctx, tx| documents::invoice(ctx, tx, one)).await.unwrap();
        let charges = whole.document.charges.iter().map(|it| (it.kind, it.amount_minor)).collect();
        all.push((it.manufacturer_id.is_some(), it.total_minor.unwrap(), charges));
    }
    all.sort_unstable_by_key(|(own, ..)| *own);
    all
}

/// A submitted case of 1,000.00 that the organisation bills and 400.00 that a manufacturer bills itself, with charges.
async fn case(scene: &Scene, ann: &Ctx) -> EventId {
    let mut units = scene.units(scene.item, ann, 1, None).await;
    units.extend(scene.units(scene.own_item, ann, 1, None).await);
    let id = scene.event(EventType::Case, ann, scene.mercy).await.head.id;
    scene.mark(ann, id, &units).await.unwrap();
    charge(scene, ann, id, (ChargeKind::Freight, 3_000), (Some(scene.own_maker), false)).await.unwrap();
    charge(scene, ann, id, (ChargeKind::Discount, 10_001), (None, true)).await.unwrap();
    charge(scene, ann, id, (ChargeKind::Handling, 500), (None, false)).await.unwrap();
    let done = scene.submit(ann, id).await.unwrap();
    assert_eq!(done.head.total_minor, Some(133_499));
    id
}

#[test]
fn each_manufacturer_bills_what_it_bears() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let id = case(&scene, &ann).await;
        // A discount of 100.01 over 1,000.00 and 400.00 is 71.44 and 28.57.
        for (maker, amount) in [(scene.maker, 100_000 - 7_144), (scene.own_maker, 40_000 - 2_857 + 3_000)] {
            let order = AddPurchaseOrder {
                number: "PO 7".into(),
                manufacturer_id: Some(Id::from_uuid(maker)),
                amount_minor: Some(amount),
                file_id: None,
            };
            let done =
                scene.run(&ann, move |ctx, tx| app::billing::orders::add(ctx, tx, id, order.clone())).await.unwrap();
            assert_eq!(done.purchase_order.difference_minor, Some(0), "an order says what it is over, charges and all");
        }
        let list = ListParams::default();
        let off = scene.app.read(&scene.admin, move |ctx, tx| mismatches::list(ctx, tx, &list)).await.unwrap();
        assert!(off.items.is_empty(), "{:?}", off.items);
        assert_eq!(
            billed(&scene, &ann, id).await,
            [
                (false, 93_356, vec![(ChargeKind::Discount, -7_144), (ChargeKind::Handling, 500)]),
                (true, 40_143, vec![(ChargeKind::Freight, 3_000), (ChargeKind::Discount, -2_857)]),
            ]
        );
        scene.prove().await;
    });
}

#[test]
fn a_charge_is_refused_with_a_sentence_at_its_field() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let id = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let freight = (ChargeKind::Freight, 100);
        let both = charge(&scene, &ann, id, freight, (Some(scene.maker), true)).await;
        assert_eq!(code(both), "one_or_all");
        assert_eq!(code(charge(&scene, &ann, id, freight, (Some(Uuid::from_u128(9)), false)).await), "not_found");
        assert_eq!(code(charge(&scene, &ann, id, (ChargeKind::Freight, -1), (None, false)).await), "charge_negative");
        // Of whom nothing is billed bears nothing: the event does.
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, id, &units).await.unwrap();
        charge(&scene, &ann, id, freight, (Some(scene.own_maker), false)).await.unwrap();
        scene.submit(&ann, id).await.unwrap();
        scene.order(&ann, id, "PO 1", None).await.unwrap();
        assert_eq!(billed(&scene, &ann, id).await, [(false, 100_100, vec![(ChargeKind::Freight, 100)])]);
    });
}

#[test]
fn charges_are_amended_and_the_money_follows() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let id = case(&scene, &ann).await;
        scene.order(&ann, id, "PO 1", None).await.unwrap();
        let own = invoices(&scene, &ann, id).await.into_iter().find(|it| it.manufacturer_id.is_some()).unwrap();
        pay(&scene, &scene.admin, own.id, 40_143).await.unwrap();
        let event = scene.get(&ann, id).await.unwrap();
        let of = |kind| event.charges.iter().find(|it| it.kind == kind).unwrap().id;
        let (freight, discount, handling) =
            (of(ChargeKind::Freight), of(ChargeKind::Discount), of(ChargeKind::Handling));
        // Refused as a whole: nothing of it is kept.
        let twice = json!([{"id": freight, "amount_minor": 1}, {"id": freight, "remove": true}]);
        assert_eq!(code(amend(&scene, id, twice).await), "named_twice");
        assert_eq!(code(amend(&scene, id, json!([{"kind": "rental"}])).await), "required");
        assert_eq!(code(amend(&scene, id, json!([{"id": freight, "amount_minor": -5}])).await), "charge_negative");
        let both = json!([{"id": freight, "shared": true, "manufacturer_id": scene_maker(&scene)}]);
        assert_eq!(code(amend(&scene, id, both).await), "one_or_all");
        let unknown: domain::id::ChargeId = Id::from_uuid(Uuid::from_u128(3));
        assert_eq!(code(amend(&scene, id, json!([{"id": unknown, "remove": true}])).await), "not_found");
        assert_eq!(scene.get(&ann, id).await.unwrap().head.total_minor, Some(133_499));
        let amended = amend(
            &scene,
            id,
            json!([
                {"id": freight, "amount_minor": 4_500},
                {"id": discount, "shared": false},
                {"id": handling, "remove": true},
                {"kind": "service", "label": "Technician on site", "amount_minor": 20_000, "commissionable": true,
                    "manufacturer_id": scene_maker(&scene)},
            ]),
        )
        .await
        .unwrap();
        assert_eq!((amended.head.status, amended.head.revision), (EventStatus::PendingPayment, 2));
        assert_eq!(amended.head.total_minor, Some(100_000 + 40_000 + 4_500 - 10_001 + 20_000));
        assert_eq!(
            billed(&scene, &ann, id).await,
            [
                (false, 109_999, vec![(ChargeKind::Discount, -10_001), (ChargeKind::Service, 20_000)]),
                (true, 44_500, vec![(ChargeKind::Freight, 4_500)]),
            ]
        );
        // What was paid went along, and what counts for commission earns it: 10% of 1,400.00 and 200.00.
        let books = "SELECT SUM(amount_minor) FROM billing_payment WHERE organization_id = $1";
        assert_eq!(scene.numbers(books, args![scene.org]).await, [40_143]);
        assert_eq!(scene.earned(id).await, [(ann.actor.id, 16_000)]);
        assert_eq!(
            code(scene.run(&ann, move |ctx, tx| app::events::charges::remove(ctx, tx, id, freight)).await),
            "event_not_open"
        );
        // Its order is gone once everything of it is taken off again.
        let back = json!([{"id": freight, "manufacturer_id": null}]);
        amend(&scene, id, back).await.unwrap();
        assert_eq!(billed(&scene, &ann, id).await.iter().map(|it| it.1).collect::<Vec<_>>(), [114_499, 40_000]);
        scene.prove().await;
    });
}

fn scene_maker(scene: &Scene) -> domain::id::ManufacturerId {
    Id::from_uuid(scene.maker)
}
