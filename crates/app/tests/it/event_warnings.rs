//! What to look at on an event, each said once and with why.

use crate::scene::{Scene, TODAY, at};
use app::Ctx;
use contract::Patch;
use contract::events::{EventWarning, PatchEvent, PatchLine};
use domain::clock::Day;
use domain::event::{EventStatus, EventType};
use domain::id::{EventId, Id};
use domain::people::Role;
use store::args;
use testkit::{World, on_both};

async fn told(scene: &Scene, ctx: &Ctx, event: EventId) -> Vec<EventWarning> {
    scene.app.read(ctx, move |ctx, tx| app::events::warnings::list(ctx, tx, event)).await.unwrap().items
}

fn of<'a>(found: &'a [EventWarning], code: &str) -> Vec<&'a str> {
    found.iter().filter(|it| it.code == code).map(|it| it.message.as_str()).collect()
}

#[test]
fn a_price_that_was_set_by_hand_says_what_was_usual() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        let units = scene.units(scene.item, &ann, 3, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let lines = scene.mark(&ann, event, &units).await.unwrap().lines;
        assert_eq!(of(&told(&scene, &ann, event).await, "price_edited"), [""; 0]);
        let price = |minor| PatchLine { unit_price_minor: Patch::Set(minor), ..PatchLine::default() };
        for (line, minor) in [(lines[0].id, 80_000), (lines[1].id, 80_000), (lines[2].id, 100_000)] {
            let wish = price(minor);
            scene
                .run(&admin, move |ctx, tx| app::events::lines::patch(ctx, tx, event, line, wish.clone()))
                .await
                .unwrap();
        }
        // Two alike are told once; the third says what the list says, so that nothing is wrong with it.
        let found = told(&scene, &ann, event).await;
        let wanted = "The price of 2 units of CUP-52 was set to 800.00 USD by hand; the list price is 1,000.00 USD.";
        assert_eq!(of(&found, "price_edited"), [wanted]);
        // What is agreed is told to those alone who may see it.
        scene.agree(scene.mercy.uuid(), scene.item, 70_000).await;
        let found = told(&scene, &admin, event).await;
        assert!(of(&found, "price_edited").iter().all(|it| it.contains("700.00 USD is agreed")), "{found:?}");
        scene
            .sql(
                "UPDATE people_user SET settings = '{\"view_contract_prices\": false}' WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let ann = scene.world.again(&ann).await;
        let found = told(&scene, &ann, event).await;
        let said = of(&found, "price_edited");
        assert!(!said.is_empty() && said.iter().all(|it| !it.contains("700.00")), "{said:?}");
    });
}

#[test]
fn whoever_is_wanted_twice_and_what_lacks_something_is_told_on_the_event() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let first = scene.event(EventType::Case, &ann, scene.mercy).await;
        let tray = scene.container(&ann).await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.container_ids = vec![tray];
        plan.starts_at = at("2026-11-24");
        let second = scene.create(&ann, plan).await.unwrap().head.id;
        assert_eq!(of(&told(&scene, &ann, second).await, "double_booked"), [""; 0]);
        let sooner = PatchEvent { starts_at: Some(first.head.starts_at), ..PatchEvent::default() };
        scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, second, sooner.clone())).await.unwrap();
        let found = told(&scene, &ann, second).await;
        let said = of(&found, "double_booked");
        assert!(said.len() == 1 && said[0].contains("Ann Reyes") && said[0].contains(&first.head.number), "{found:?}");
        assert_eq!(of(&found, "container_incomplete"), [""; 0], "a container without a bill lacks nothing");
        // A bill that wants two cups in the tray, and one that wants none.
        let bill = contract::units::CreateBom {
            name: "Cups".into(),
            lines: vec![contract::units::BomLine {
                catalog_item_id: Id::from_uuid(scene.item),
                min: 2,
                required: 3,
                max: 4,
            }],
            ..contract::units::CreateBom::default()
        };
        let admin = scene.world.again(&scene.admin).await;
        let bom = scene.run(&admin, move |ctx, tx| app::boms::create(ctx, tx, &bill)).await.unwrap().id;
        let follow = contract::sets::AssignSet { bom_id: Some(bom) };
        scene.run(&admin, move |ctx, tx| app::sets::assign(ctx, tx, tray, &follow)).await.unwrap();
        let found = told(&scene, &ann, second).await;
        assert_eq!(of(&found, "container_incomplete"), ["Cups 1 of 1 is not complete: 0 of 3 CUP-52."]);
        for unit in scene.units(scene.item, &ann, 2, None).await {
            scene
                .sql(
                    "UPDATE stock_unit SET container_id = $3 WHERE organization_id = $1 AND id = $2",
                    args![scene.org, unit.uuid(), tray.uuid()],
                )
                .await;
        }
        assert_eq!(of(&told(&scene, &ann, second).await, "container_incomplete"), [""; 0], "enough to go out");
    });
}

#[test]
fn an_order_that_does_not_come_is_told_after_a_week() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        let today = Day::parse(TODAY).unwrap();
        for (days, wanted) in [(7, 0), (8, 1)] {
            let noon = today.plus(days).starts_in("America/Chicago").0 + 12 * 3_600_000_000;
            scene.world.clock.set(domain::clock::Instant(noon));
            let ann = scene.world.again(&ann).await;
            let found = told(&scene, &ann, event).await;
            assert_eq!(of(&found, "purchase_order_late").len(), wanted, "after {days} days: {found:?}");
        }
        let admin = scene.world.again(&scene.admin).await;
        assert_eq!(scene.order(&admin, event, "PO 7", None).await.unwrap(), EventStatus::PendingPayment);
        assert!(told(&scene, &admin, event).await.is_empty());
    });
}
