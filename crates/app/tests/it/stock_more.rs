//! Packages of items, how transfers travel, what arrives damaged, where an item may be used, what expires and could be saved.

use crate::coverage::{case, needs};
use crate::scene::{Scene, code as scene_code};
use crate::team::{Team, code, office, params, person};
use contract::catalog::{Package, PutPackages};
use contract::transfers::{AcceptTransfer, MissingUnit, Shipment};
use contract::units::{CreateUnits, Scan};
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
