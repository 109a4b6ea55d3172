//! Prices in depth: purchasing groups, quantities, capped sets, why, what is missing.

use crate::scene::{Scene, code};
use app::directory::prices_deep::{self, PriceOwner};
use contract::ListParams;
use contract::directory::ContractPrice;
use contract::prices::{EventPrices, PriceTier, SetConstruct};
use domain::event::EventType;
use domain::id::{EventId, Id, PriceListId};
use domain::people::Role;
use domain::pricing::PriceSource;
use testkit::{World, on_both};
use uuid::Uuid;

async fn price_list(scene: &Scene, name: &'static str, prices: &[(Uuid, i64)]) -> PriceListId {
    let new = contract::directory::CreateNamed { name: name.into() };
    let list = scene
        .run(&scene.admin, move |ctx, tx| app::directory::named::create_price_list(ctx, tx, new.clone()))
        .await
        .unwrap()
        .id;
    let all: Vec<ContractPrice> = prices
        .iter()
        .map(|(item, minor)| ContractPrice {
            catalog_item_id: Id::from_uuid(*item),
            price_minor: *minor,
            valid_from: None,
            valid_to: None,
        })
        .collect();
    scene
        .run(&scene.admin, move |ctx, tx| app::directory::prices::set_price_list(ctx, tx, list, all.clone()))
        .await
        .unwrap();
    list
}

async fn why(scene: &Scene, event: EventId) -> EventPrices {
    scene.app.read(&scene.admin, move |ctx, tx| app::events::pricing::why(ctx, tx, event)).await.unwrap()
}

#[test]
fn a_group_above_the_customer_agrees_for_all_below() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let list = price_list(&scene, "Group", &[(scene.item, 90_000)]).await;
        let group = contract::directory::CreateCustomer {
            name: "Buyers United".into(),
            price_list_id: Some(list),
            ..contract::directory::CreateCustomer::default()
        };
        let group = scene
            .run(&scene.admin, move |ctx, tx| app::directory::customers::create(ctx, tx, group.clone()))
            .await
            .unwrap();
        scene.set_customer(serde_json::json!({ "parent_customer_id": group.id })).await;
        let unit = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let marked = scene.mark(&ann, event, &unit).await.unwrap();
        assert_eq!((marked.head.total_minor, marked.lines[0].price_source), (Some(90_000), PriceSource::Contract));
        assert_eq!(why(&scene, event).await.items[0].why, "Price list of Buyers United, above Mercy Health.");
        // What is agreed nearer comes first.
        scene.agree(scene.mercy.uuid(), scene.item, 95_000).await;
        let it = why(&scene, event).await.items[0].clone();
        assert_eq!((it.unit_price_minor, it.agreed_minor), (Some(90_000), Some(95_000)));
        assert!(it.why.contains("By what is agreed now it would be 950.00 USD: Agreed with Mercy Main."), "{}", it.why);
        let again = scene.run(&ann, move |ctx, tx| app::events::pricing::reprice(ctx, tx, event)).await.unwrap();
        assert_eq!(again.head.total_minor, Some(95_000));
        scene.prove().await;
    });
}

#[test]
fn prices_fall_with_the_quantity_of_the_whole_event() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        scene.agree(scene.mercy.uuid(), scene.item, 80_000).await;
        let owner = PriceOwner::Location(scene.mercy);
        let tier = |from_quantity, price_minor| PriceTier {
            catalog_item_id: Id::from_uuid(scene.item),
            valid_from: None,
            from_quantity,
            price_minor,
        };
        let set = async |tiers: Vec<PriceTier>| {
            scene.run(&scene.admin, move |ctx, tx| prices_deep::set_tiers(ctx, tx, owner, &tiers)).await
        };
        assert_eq!(code(set(vec![tier(1, 5)]).await), "tier_too_small");
        assert_eq!(code(set(vec![tier(3, 5), tier(3, 6)]).await), "named_twice");
        assert_eq!(set(vec![tier(3, 70_000)]).await.unwrap().items.len(), 1);
        let refused = scene.run(&ann, move |ctx, tx| prices_deep::set_tiers(ctx, tx, owner, &[])).await;
        assert_eq!(code(refused), "not_allowed");
        let units = scene.units(scene.item, &ann, 3, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let two = scene.mark(&ann, event, &units[..2]).await.unwrap();
        assert_eq!(two.head.total_minor, Some(160_000));
        let three = scene.mark(&ann, event, &units[2..]).await.unwrap();
        assert_eq!(three.head.total_minor, Some(210_000), "all three cost less from the third on");
        assert_eq!(why(&scene, event).await.items[0].why, "Agreed with Mercy Main, from 3 on.");
        let gone = three.lines[0].id;
        let back = scene.run(&ann, move |ctx, tx| app::events::lines::remove(ctx, tx, event, gone)).await.unwrap();
        assert_eq!(back.head.total_minor, Some(160_000));
        scene.prove().await;
    });
}

#[test]
fn a_capped_set_never_costs_more_together() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let owner = PriceOwner::Location(scene.mercy);
        let set = SetConstruct {
            name: "One level".into(),
            cap_minor: 200_001,
            valid_from: None,
            valid_to: None,
            catalog_item_ids: vec![Id::from_uuid(scene.item), Id::from_uuid(scene.own_item)],
        };
        scene
            .run(&scene.admin, move |ctx, tx| prices_deep::set_constructs(ctx, tx, owner, std::slice::from_ref(&set)))
            .await
            .unwrap();
        let mut units = scene.units(scene.item, &ann, 2, None).await;
        units.extend(scene.units(scene.own_item, &ann, 1, None).await);
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(
            scene.mark(&ann, event, &units[..1]).await.unwrap().head.total_minor,
            Some(100_000),
            "below the cap"
        );
        let all = scene.mark(&ann, event, &units[1..]).await.unwrap();
        assert_eq!(all.head.total_minor, Some(200_001), "2,400.00 without the cap");
        let sum: i64 = all.lines.iter().filter_map(|line| line.amount_minor).sum();
        assert_eq!(sum, 200_001, "the lines make the total, to the cent");
        assert!(
            why(&scene, event)
                .await
                .items
                .iter()
                .all(|it| it.why.starts_with("One level costs at most 2,000.01 USD together"))
        );
        let done = scene.submit(&ann, event).await.unwrap();
        assert_eq!(done.head.total_minor, Some(200_001));
        // Amended, the cap holds for what is left; without enough of the set the plain prices hold again.
        let amend = async |change: serde_json::Value| {
            let wish: contract::events::AmendEvent =
                serde_json::from_value(serde_json::json!({"changes": change, "reason": "it was counted wrong"}))
                    .unwrap();
            let done =
                scene.run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, event, wish.clone())).await;
            done.unwrap()
        };
        let free = amend(serde_json::json!({"lines": [{"id": done.lines[0].id, "no_charge": true}]})).await;
        let sum =
            |event: &contract::events::Event| event.lines.iter().filter_map(|line| line.amount_minor).sum::<i64>();
        assert_eq!((free.head.total_minor, sum(&free)), (Some(140_000), 140_000), "two that stay below the cap");
        let again = amend(serde_json::json!({"lines": [{"id": done.lines[0].id, "no_charge": false}]})).await;
        assert_eq!((again.head.total_minor, sum(&again)), (Some(200_001), 200_001), "and capped again");
        let noted = amend(serde_json::json!({"note": "nothing of the prices"})).await;
        assert_eq!(noted.head.total_minor, Some(200_001));
        scene.prove().await;
    });
}

#[test]
fn what_has_no_agreed_price_waits_for_the_office() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        let gaps = async |ctx: &app::Ctx| {
            scene.app.read(ctx, |ctx, tx| app::events::pricing::gaps(ctx, tx, &ListParams::default())).await
        };
        assert_eq!(code(gaps(&ann).await), "not_allowed");
        let found = gaps(&scene.admin).await.unwrap().items;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].lines_count, found[0].events_count, found[0].amount_minor), (2, 1, 200_000));
        assert_eq!((found[0].location_name.as_str(), found[0].catalog_number.as_str()), ("Mercy Main", "CUP-52"));
        scene.agree(scene.mercy.uuid(), scene.item, 90_000).await;
        let again =
            scene.run(&scene.admin, move |ctx, tx| app::events::pricing::reprice(ctx, tx, event)).await.unwrap();
        assert_eq!(again.head.total_minor, Some(180_000));
        assert!(gaps(&scene.admin).await.unwrap().items.is_empty());
        scene.prove().await;
    });
}
