//! Par levels: the office says them, those whom they concern see them, and what is missing counts what is coming.

use crate::scene::Scene;
use crate::team::{Team, code, office, params, person};
use app::Ctx;
use contract::Items;
use contract::pars::{ParLevel, PutParLevel, PutParLevels};
use contract::requests::{AskLine, CreateRequest};
use contract::units::PlaceUnits;
use domain::event::EventType;
use domain::id::{Id, Place, PlaceId};
use domain::people::Role;
use testkit::on_both;

async fn put(team: &Team, who: &Ctx, whose: &Ctx, level: i64) -> app::Result<Items<ParLevel>> {
    let id = whose.actor.id;
    let body = PutParLevels { levels: vec![PutParLevel { catalog_item_id: team.item(), level }] };
    team.write(who, move |ctx, tx| app::pars::put_user(ctx, tx, id, &body)).await
}

async fn seen(team: &Team, who: &Ctx, whose: &Ctx) -> app::Result<(i64, i64, i64)> {
    let id = whose.actor.id;
    let levels = team.read(who, move |ctx, tx| app::pars::of_user(ctx, tx, id)).await?.items;
    Ok((levels[0].held, levels[0].coming, levels[0].short))
}

#[test]
fn what_is_missing_to_a_par_level_counts_what_is_coming() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.ann), 3).await;
        assert_eq!(code(put(&team, &team.ann, &team.ann, 10).await), "403:not_allowed");
        assert_eq!(code(put(&team, &team.ops, &team.ann, 0).await), "422:invalid_quantity");
        assert_eq!(code(put(&team, &team.ops, &team.rita, 2).await), "409:role_cannot_hold_stock");
        put(&team, &team.ops, &team.ann, 10).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (3, 0, 7));
        assert_eq!(seen(&team, &team.dana, &team.ann).await.unwrap(), (3, 0, 7));
        assert_eq!(code(seen(&team, &team.cy, &team.ann).await), "not_found");
        // Two are on their way, and two more are asked for.
        let own = team.stock(office(&team.ops), 2).await;
        let sent = team.send(&team.ops, office(&team.ops), person(&team.ann), &own).await.unwrap().transfer.id;
        let line = AskLine { catalog_item_id: Some(team.item()), quantity: 2, ..AskLine::default() };
        let ask = CreateRequest { lines: vec![line], ..CreateRequest::default() };
        team.write(&team.ann, move |ctx, tx| app::requests::ask::create(ctx, tx, &ask)).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (3, 4, 3));
        team.accept(&team.ann, sent).await.unwrap();
        assert_eq!(seen(&team, &team.ann, &team.ann).await.unwrap(), (5, 2, 3));
        let short = team.read(&team.ops, app::pars::shortages).await.unwrap().items;
        assert_eq!((short.len(), short[0].name.as_str(), short[0].short), (1, "Ann Reyes", 3));
        assert_eq!(short[0].ask_for_id, Some(team.ann.actor.id));
        assert_eq!(team.read(&team.dana, app::pars::shortages).await.unwrap().items.len(), 1);
        assert!(team.read(&team.cy, app::pars::shortages).await.unwrap().items.is_empty());
        put(&team, &team.ops, &team.ann, 5).await.unwrap();
        assert!(team.read(&team.ops, app::pars::shortages).await.unwrap().items.is_empty());
        team.sound().await;
    });
}

/// A level of one owner against what is there: (held, coming, short).
fn figures(levels: &Items<ParLevel>) -> (i64, i64, i64) {
    (levels.items[0].held, levels.items[0].coming, levels.items[0].short)
}

fn one(team: &Team, level: i64) -> PutParLevels {
    PutParLevels { levels: vec![PutParLevel { catalog_item_id: team.item(), level }] }
}

#[test]
fn a_shelf_is_short_of_what_was_used_from_it() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let shelf = scene.mercy;
        let body = PutParLevels { levels: vec![PutParLevel { catalog_item_id: Id::from_uuid(scene.item), level: 3 }] };
        let again = body.clone();
        let put = scene.run(&ann, move |ctx, tx| app::pars::put_location(ctx, tx, shelf, &again)).await;
        assert_eq!(code(put), "403:not_allowed", "a rep says no levels of shelves");
        scene.run(&scene.admin, move |ctx, tx| app::pars::put_location(ctx, tx, shelf, &body)).await.unwrap();
        // Two of Ann's are sold to the shelf; what she did not sell there does not stand on it.
        let units = scene.units(scene.item, &ann, 5, None).await;
        let order = scene.event(EventType::StockingOrder, &ann, shelf).await.head.id;
        scene.mark(&ann, order, &units[..2]).await.unwrap();
        scene.submit(&ann, order).await.unwrap();
        let seen = || scene.app.read(&scene.admin, move |ctx, tx| app::pars::of_location(ctx, tx, shelf));
        assert_eq!(figures(&seen().await.unwrap()), (2, 0, 1));
        let case = scene.event(EventType::Case, &ann, shelf).await.head.id;
        scene.mark(&ann, case, &units[..1]).await.unwrap();
        scene.submit(&ann, case).await.unwrap();
        assert_eq!(figures(&seen().await.unwrap()), (1, 0, 2));
        let short = scene.app.read(&scene.admin, app::pars::shortages).await.unwrap().items;
        assert_eq!((short.len(), short[0].location_id, short[0].place_id), (1, Some(shelf), None));
        let theirs = scene.app.read(&ann, app::pars::shortages).await.unwrap().items;
        assert!(theirs.is_empty(), "the office looks after shelves");
        scene.prove().await;
    });
}

#[test]
fn a_place_is_short_of_what_does_not_lie_there_or_comes() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let new = contract::directory::CreatePlace { name: "Bay 3".into(), location_id: None };
        let place: PlaceId = team
            .write(&team.ops, move |ctx, tx| app::directory::named::create_place(ctx, tx, new.clone()))
            .await
            .unwrap()
            .id;
        let (mine, body) = (one(&team, 6), one(&team, 6));
        let put = team.write(&team.ann, move |ctx, tx| app::pars::put_place(ctx, tx, place, &mine)).await;
        assert_eq!(code(put), "403:not_allowed");
        let nowhere: PlaceId = Id::<Place>::from_uuid(uuid::Uuid::from_u128(9));
        let other = body.clone();
        let unknown = team.write(&team.ops, move |ctx, tx| app::pars::put_place(ctx, tx, nowhere, &other)).await;
        assert_eq!(code(unknown), "not_found");
        team.write(&team.ops, move |ctx, tx| app::pars::put_place(ctx, tx, place, &body)).await.unwrap();
        let units = team.stock(person(&team.ann), 3).await;
        let there = PlaceUnits { unit_ids: units[..2].to_vec(), place_id: Some(place) };
        team.write(&team.ops, move |ctx, tx| app::unit_bulk::place(ctx, tx, &there)).await.unwrap();
        let own = team.stock(office(&team.ops), 1).await;
        let send = contract::transfers::CreateTransfer {
            from: Some(office(&team.ops)),
            to: person(&team.ann),
            unit_ids: own,
            note: String::new(),
            due_back_on: None,
            place_id: Some(place),
            event_id: None,
            only_for_this_person: true,
        };
        let sent = team.write(&team.ops, move |ctx, tx| app::transfers::create(ctx, tx, &send)).await.unwrap();
        let seen = team.read(&team.ops, move |ctx, tx| app::pars::of_place(ctx, tx, place)).await.unwrap();
        assert_eq!(figures(&seen), (2, 1, 3));
        // What lies at a place is many people's: a rep is not told.
        assert_eq!(
            code(team.read(&team.ann, move |ctx, tx| app::pars::of_place(ctx, tx, place)).await),
            "403:not_allowed"
        );
        team.accept(&team.ann, sent.transfer.id).await.unwrap();
        let seen = team.read(&team.ops, move |ctx, tx| app::pars::of_place(ctx, tx, place)).await.unwrap();
        assert_eq!(figures(&seen), (3, 0, 3));
        let short = team.read(&team.ops, app::pars::shortages).await.unwrap().items;
        assert_eq!((short[0].place_id, short[0].name.as_str()), (Some(place), "Bay 3"));
        // Whoever has most of what lies there asks for the rest.
        assert_eq!(short[0].ask_for_id, Some(team.ann.actor.id));
        team.sound().await;
    });
}

#[test]
fn a_region_is_short_of_what_its_people_lack_together() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let region = team.read(&team.rita, |ctx, tx| app::people::list_regions(ctx, tx, &params(&[]))).await.unwrap();
        let region = region.items[0].id;
        let body = one(&team, 10);
        let again = body.clone();
        let put = team.write(&team.rita, move |ctx, tx| app::pars::put_region(ctx, tx, region, &again)).await;
        assert_eq!(code(put), "403:not_allowed", "the office says the levels");
        team.write(&team.ops, move |ctx, tx| app::pars::put_region(ctx, tx, region, &body)).await.unwrap();
        // Dana and Bob are of the region; Ann is not.
        team.stock(person(&team.dana), 3).await;
        let bobs = team.stock(person(&team.bob), 2).await;
        let anns = team.stock(person(&team.ann), 4).await;
        let seen = |who: Ctx| {
            let team = &team;
            async move { team.read(&who, move |ctx, tx| app::pars::of_region(ctx, tx, region)).await }
        };
        assert_eq!(figures(&seen(team.rita.clone()).await.unwrap()), (5, 0, 5));
        assert_eq!(code(seen(team.dana.clone()).await), "not_found", "whoever oversees it sees it, and the office");
        // What moves within the region is not missing from it, and does not come to it.
        team.send(&team.ops, person(&team.bob), person(&team.dana), &bobs).await.unwrap();
        team.send(&team.ops, person(&team.ann), person(&team.bob), &anns[..1]).await.unwrap();
        let line = AskLine { catalog_item_id: Some(team.item()), quantity: 2, ..AskLine::default() };
        let ask = CreateRequest { lines: vec![line], ..CreateRequest::default() };
        team.write(&team.bob, move |ctx, tx| app::requests::ask::create(ctx, tx, &ask)).await.unwrap();
        assert_eq!(figures(&seen(team.ops.clone()).await.unwrap()), (5, 3, 2));
        let short = team.read(&team.rita, app::pars::shortages).await.unwrap().items;
        assert_eq!(
            (short.len(), short[0].region_id, short[0].name.as_str(), short[0].short),
            (1, Some(region), "West", 2)
        );
        assert_eq!(short[0].ask_for_id, None, "a region asks for nothing itself");
        assert!(team.read(&team.ann, app::pars::shortages).await.unwrap().items.is_empty());
        team.sound().await;
    });
}
