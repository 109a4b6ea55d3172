//! Packages of items, how transfers travel, what arrives damaged, where an item may be used, what expires and could be saved.

use crate::coverage::{apply, case, needs, preview};
use crate::scene::{Scene, code as scene_code};
use crate::team::{Team, code, office, params, person};
use contract::catalog::{Package, PutPackages};
use contract::transfers::{AcceptTransfer, MissingUnit, Shipment};
use contract::units::{ChangeContents, CreateUnits, Scan};
use domain::event::EventType;
use domain::hold::HoldStatus;
use domain::people::Role;
use domain::stock::UnitState;
use store::args;
use testkit::on_both;

#[test]
fn the_code_on_a_box_means_its_pieces() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.item();
        let gtin = |body: &str| format!("{body}{}", udi::check_digit(body).unwrap());
        let (carton, other) = (gtin("1095060001343"), gtin("2095060001343"));
        let put = |packages: Vec<Package>| {
            let body = PutPackages { packages };
            team.write(&team.ops, move |ctx, tx| app::packages::put(ctx, tx, item, &body))
        };
        let of = |identifier: &str, quantity| Package { identifier: identifier.into(), quantity };
        assert_eq!(code(put(vec![of(&carton, 1)]).await), "422:invalid_quantity");
        assert_eq!(code(put(vec![of("x", 5)]).await), "422:invalid_identifier");
        assert_eq!(code(put(vec![of(&carton, 5), of(&carton, 6)]).await), "422:repeated");
        put(vec![of(&other, 50), of(&carton, 5)]).await.unwrap();
        let known = team.read(&team.ann, move |ctx, tx| app::packages::list(ctx, tx, item)).await.unwrap().items;
        assert_eq!(known, [of(&carton, 5), of(&other, 50)]);
        // Whoever scans the box when it arrives makes five.
        let scan = Scan { barcode: Some(format!("01{carton}10BOX1")), barcodes: None };
        let told = team.read(&team.ann, move |ctx, tx| app::unit_lists::scan(ctx, tx, &scan)).await.unwrap();
        assert_eq!((told.package_quantity, told.catalog_item.map(|it| it.id)), (Some(5), Some(item)));
        let body = CreateUnits { udi: Some(format!("01{carton}10BOX1")), ..CreateUnits::default() };
        let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
        assert_eq!((made.items.len(), made.items[0].lot.as_deref()), (5, Some("BOX1")));
        put(vec![]).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn how_it_travels_is_told_and_what_arrives_damaged_waits() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(office(&team.ops), 3).await;
        let sent = team.send(&team.ops, office(&team.ops), person(&team.ann), &units).await.unwrap().transfer.id;
        let body = Shipment { carrier: "Parcel post".into(), tracking: "1Z 77".into(), ..Shipment::default() };
        let by_ann = body.clone();
        let refused =
            team.write(&team.ann, move |ctx, tx| app::transfers::shipping::ship(ctx, tx, sent, &by_ann)).await;
        assert_eq!(code(refused), "403:not_yours_to_ship");
        team.write(&team.ops, move |ctx, tx| app::transfers::shipping::ship(ctx, tx, sent, &body)).await.unwrap();
        let seen = team.read(&team.ann, move |ctx, tx| app::transfers::get(ctx, tx, sent)).await.unwrap();
        assert_eq!(seen.shipment.map(|it| it.tracking).as_deref(), Some("1Z 77"));
        assert_eq!(team.notices(&team.ann, "transfer_shipped").await, 1);
        let of = |unit_id, reason: &str| MissingUnit { unit_id, reason: reason.into() };
        let wrong = AcceptTransfer {
            missing: vec![of(units[0], "not there")],
            damaged: vec![of(units[0], "crushed")],
            ..AcceptTransfer::default()
        };
        let refused = team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent, &wrong)).await;
        assert_eq!(code(refused), "422:not_received");
        assert_eq!(team.unit(units[1]).await.state, UnitState::InTransfer, "nothing of it was done");
        let body = AcceptTransfer { damaged: vec![of(units[0], "crushed")], ..AcceptTransfer::default() };
        team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent, &body)).await.unwrap();
        let broken = team.unit(units[0]).await;
        assert_eq!((broken.custodian, broken.hold_status), (person(&team.ann), Some(HoldStatus::Damaged)));
        assert_eq!(broken.hold_reason.as_deref(), Some("crushed"));
        assert_eq!(team.unit(units[1]).await.state, UnitState::Available);
        team.sound().await;
    });
}

#[test]
fn what_is_not_cleared_for_a_country_is_not_marked_there() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let sql = "UPDATE catalog_item SET geography = '[\"DE\",\"FR\"]' WHERE organization_id = $1 AND id = $2";
        scene.sql(sql, args![scene.org, scene.item]).await;
        // Where the address names no country, nothing is known.
        let blank = "UPDATE directory_location SET address = '{}' WHERE organization_id = $1 AND id = $2";
        scene.sql(blank, args![scene.org, scene.mercy.uuid()]).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        let us =
            "UPDATE directory_location SET address = '{\"country\":\"us\"}' WHERE organization_id = $1 AND id = $2";
        scene.sql(us, args![scene.org, scene.mercy.uuid()]).await;
        assert_eq!(scene_code(scene.mark(&ann, event, &units[1..]).await), "not_cleared_for_country");
        let offered = || {
            let params = contract::ListParams { count: true, ..contract::ListParams::default() };
            scene.app.read(&ann, move |ctx, tx| app::events::lines::usable_units(ctx, tx, event, &params))
        };
        assert_eq!(offered().await.unwrap().total, Some(0), "nor is it offered");
        let fr =
            "UPDATE directory_location SET address = '{\"country\":\"FR\"}' WHERE organization_id = $1 AND id = $2";
        scene.sql(fr, args![scene.org, scene.mercy.uuid()]).await;
        assert_eq!(offered().await.unwrap().total, Some(1));
        scene.mark(&ann, event, &units[1..]).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn what_is_not_cleared_for_a_country_is_not_sent_there_and_not_offered() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let org = team.world.organization;
        let (item, ann) = (team.item().uuid(), team.ann.actor.id.uuid());
        team.ground
            .work(move |tx| {
                let sql =
                    "UPDATE catalog_item SET geography = '[\"DE\",\"FR\"]' WHERE organization_id = $1 AND id = $2";
                tx.exec(sql, args![org, item])?;
                let sql = "UPDATE people_user SET shipping_address = $3 WHERE organization_id = $1 AND id = $2";
                tx.exec(sql, args![org, ann, "{\"country\":\"us\"}"])?;
                Ok(())
            })
            .await;
        let units = team.stock(office(&team.ops), 3).await;
        let refused = team.send(&team.ops, office(&team.ops), person(&team.ann), &units[..1]).await;
        assert_eq!(code(refused), "409:not_cleared_for_country");
        // Of Bob nobody knows where he is; and whoever has it in the wrong country may send it home.
        let sent = team.send(&team.ops, office(&team.ops), person(&team.bob), &units[..1]).await.unwrap().transfer.id;
        team.accept(&team.bob, sent).await.unwrap();
        let there = team.stock(person(&team.ann), 1).await;
        team.send(&team.ops, person(&team.ann), office(&team.ops), &there).await.unwrap();
        // A draft says so before it is sent.
        let draft = contract::drafts::CreateDraft {
            from: Some(office(&team.ops)),
            to: Some(person(&team.ann)),
            unit_ids: units[1..2].to_vec(),
            ..Default::default()
        };
        let draft =
            team.write(&team.ops, move |ctx, tx| app::transfers::drafts::create(ctx, tx, &draft)).await.unwrap();
        let problem = draft.lines.unwrap()[0].problem.clone();
        assert_eq!(problem.as_deref(), Some("This item may not be used in the recipient's country."));
        team.sound().await;
    });
}

#[test]
fn what_expires_is_offered_to_whoever_has_a_case_for_it() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let soon = scene.admin.today().plus(40).to_string();
        let units = scene.units(scene.item, &ann, 3, Some(&soon)).await;
        let event = case(&scene, &bob, &scene.admin.today().plus(10).to_string()).await;
        needs(&scene, event, &[(scene.item, 2)]).await;
        let look = async |who: &app::Ctx| scene.run(who, |ctx, tx| app::expiring::list(ctx, tx, &params(&[]))).await;
        let all = look(&scene.admin).await.unwrap().items;
        let lot = all.iter().find(|it| it.units == 3).expect("the lot");
        let swap = lot.swap.as_ref().expect("a swap");
        assert_eq!((swap.to_name.as_str(), swap.unit_ids.len(), lot.uses.len()), ("Bob Lind", 2, 1));
        assert!(swap.unit_ids.iter().all(|id| units.contains(id)));
        // Ann sees what she has, and nothing of a colleague's case.
        let own = look(&ann).await.unwrap().items;
        assert_eq!((own.len(), own[0].uses.len()), (1, 0));
        assert!(look(&bob).await.unwrap().items.is_empty());
    });
}

#[test]
fn a_plan_sends_nothing_to_a_country_for_which_it_is_not_cleared() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let (ann, bob) = (scene.person(Role::Sales, "Ann Reyes").await, scene.person(Role::Sales, "Bob Lind").await);
        let units = scene.units(scene.item, &ann, 3, None).await;
        let loose = scene.units(scene.own_item, &ann, 1, None).await;
        let boxed = scene.container(&ann).await;
        let inside = ChangeContents { add: vec![units[2], loose[0]], remove: Vec::new() };
        scene.run(&ann, move |ctx, tx| app::units::change_contents(ctx, tx, boxed, &inside)).await.unwrap();
        let event = case(&scene, &ann, "2026-11-30").await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        needs(&scene, event, &[(scene.item, 2), (scene.own_item, 1)]).await;
        let org = scene.org;
        let cleared = "UPDATE catalog_item SET geography = '[\"DE\",\"FR\"]' WHERE organization_id = $1 AND id = $2";
        scene.sql(cleared, args![org, scene.item]).await;
        let place =
            "UPDATE directory_location SET address = '{\"country\":\"FR\"}' WHERE organization_id = $1 AND id = $2";
        scene.sql(place, args![org, scene.mercy.uuid()]).await;
        let home = "UPDATE people_user SET shipping_address = $3 WHERE organization_id = $1 AND id = $2";
        scene.sql(home, args![org, bob.actor.id.uuid(), "{\"country\":\"us\"}"]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        let moved: Vec<_> = plan.moves.iter().flat_map(|it| &it.units).filter_map(|it| it.unit_id).collect();
        assert_eq!(
            moved,
            [loose[0]],
            "the set stays, for what lies in it; what is free of countries is taken out of it"
        );
        let told: Vec<&str> = plan.unresolved.iter().map(|it| it.text.as_str()).collect();
        assert!(told.iter().all(|text| text.contains("may not be sent to the country of Bob Lind")), "{told:?}");
        assert_eq!(told.len(), 1, "what is on the case already; the rest is ordered from its manufacturer: {told:?}");
        scene.sql(home, args![org, bob.actor.id.uuid(), "{\"country\":\"DE\"}"]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert!(plan.unresolved.is_empty());
        apply(&scene, &scene.admin, event, &plan).await.unwrap();
        assert_eq!(scene.unit(units[0]).await.3, bob.actor.id);
        scene.prove().await;
    });
}

#[test]
fn lists_are_narrowed_by_countries_and_by_numbers_from_one_to_another() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let make = async |lot: &str, serial: &str| {
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let body = CreateUnits {
                lot: text(lot),
                serial: text(serial),
                custodian: Some(person(&team.ann)),
                ..team.some(1)
            };
            let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
            made.items[0].id
        };
        let (one, two, far) = (make("L-98", "").await, make("l 0102", "").await, make("L-1000", "").await);
        let (first, last) = (make("", "SN-7").await, make("", "SN0012").await);
        let found = async |filters: &[(&str, &str)]| {
            let mut found = team.list(&team.ann, filters).await;
            found.sort_unstable_by_key(|id| id.uuid());
            found
        };
        assert_eq!(found(&[("lot", "L98..L102")]).await, [one, two], "counted, whatever zeros stand in front");
        assert_eq!(found(&[("lot", "L98..L102,L1000")]).await, [one, two, far]);
        assert_eq!(found(&[("serial", "SN5..SN12"), ("sort", "expires_on")]).await, [first, last]);
        assert!(found(&[("serial", "SN8..SN11")]).await.is_empty());
        let counted = params(&[("lot", "L98..L102"), ("count", "true")]);
        let page = team.read(&team.ops, move |ctx, tx| app::unit_lists::list(ctx, tx, &counted)).await.unwrap();
        assert_eq!(page.total, Some(2));
        for (wrong, why) in [("L102..L98", "422:range_backwards"), ("A1..CDE2", "422:range_unclear")] {
            let asked = params(&[("lot", wrong)]);
            let refused = team.read(&team.ann, move |ctx, tx| app::unit_lists::list(ctx, tx, &asked)).await;
            assert_eq!(code(refused), why);
        }
        // Countries: of units, and of the catalog.
        let (item, org) = (team.item(), team.world.organization);
        let items = async |country: &str| {
            let asked = params(&[("country", country)]);
            team.read(&team.ann, move |ctx, tx| app::catalog::items(ctx, tx, &asked)).await.unwrap().items.len()
        };
        assert_eq!((found(&[("country", "us")]).await.len(), items("us").await), (5, 1), "cleared for every country");
        team.ground
            .work(move |tx| {
                let sql =
                    "UPDATE catalog_item SET geography = '[\"CA\",\"US\"]' WHERE organization_id = $1 AND id = $2";
                tx.exec(sql, args![org, item.uuid()]).map(|_| ())
            })
            .await;
        assert_eq!((found(&[("country", "US")]).await.len(), items("US").await), (5, 1));
        assert_eq!((found(&[("country", "DE")]).await.len(), items("DE").await), (0, 0));
        assert_eq!((found(&[("country", "any")]).await.len(), items("any").await), (0, 0));
        let asked = params(&[("country", "USA")]);
        let refused = team.read(&team.ann, move |ctx, tx| app::unit_lists::list(ctx, tx, &asked)).await;
        assert_eq!(code(refused), "422:invalid_country");
        team.sound().await;
    });
}
