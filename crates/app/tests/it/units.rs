//! Units: made, read, corrected, held, taken off; containers; facility stock; lists and their reach; scans; traces.

use crate::team::{Team, believing, code, office, params, person};
use contract::Patch;
use contract::units::{
    BomLine, ChangeContents, CreateBom, CreateUnits, PatchBom, PatchUnit, ReassignFacilityStock, Scan,
};
use domain::clock::{Day, Instant};
use domain::id::{CatalogItemId, Id, PlaceId, UnitId};
use domain::stock::{UnitKind, UnitState};
use store::{Value, args};
use testkit::on_both;

const GTIN: &str = "09506000134352";
/// Expiry 2028-04-30, lot A1, serial S-9.
const UDI: &str = "(01)09506000134352(17)280430(10)A1(21)S-9";
const UDI_WITHOUT_SERIAL: &str = "(01)09506000134352(17)280430(10)A1";

fn day(text: &str) -> Option<Day> {
    Some(Day::parse(text).unwrap())
}

#[test]
fn units_that_are_alike_are_made_together() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let body = CreateUnits {
            lot: Some(" L-7 ".into()),
            expires_on: day("2028-01-31"),
            tags: vec!["Loaner".into()],
            note: "first".into(),
            ..team.some(3)
        };
        // The office's go to the organisation, a rep's to the rep.
        let by_office = body.clone();
        let made =
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, by_office.clone())).await.unwrap().items;
        assert_eq!(made.len(), 3);
        assert!(made.iter().all(|unit| unit.custodian == office(&team.admin) && unit.state == UnitState::Available));
        assert_eq!((made[0].lot.as_deref(), made[0].expires_on), (Some("L-7"), day("2028-01-31")));
        assert_eq!(
            (made[0].tags.as_slice(), made[0].kind, made[0].version),
            (["Loaner".to_owned()].as_slice(), UnitKind::Device, 1)
        );
        let by_rep = body.clone();
        let made =
            team.write(&team.bob, move |ctx, tx| app::units::create(ctx, tx, by_rep.clone())).await.unwrap().items;
        assert!(made.iter().all(|unit| unit.custodian == person(&team.bob)));
        team.sound().await;
    });
}

#[test]
fn stock_is_made_only_in_reach_and_for_those_who_hold_some() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let create = async |who, custodian| {
            let body = CreateUnits { custodian: Some(custodian), ..team.some(1) };
            team.write(who, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await
        };
        assert!(create(&team.dana, person(&team.ann)).await.is_ok());
        assert_eq!(code(create(&team.bob, person(&team.ann)).await), "not_found:custodian");
        assert_eq!(code(create(&team.bob, office(&team.bob)).await), "not_found:custodian");
        team.share(true).await;
        assert_eq!(code(create(&team.bob, person(&team.dana)).await), "403:not_yours_to_edit");
        assert_eq!(code(create(&team.ops, person(&team.rita)).await), "422:role_cannot_hold_stock");
        assert_eq!(code(create(&team.ops, person(&team.admin)).await), "422:role_cannot_hold_stock");
        assert_eq!(code(create(&team.rita, person(&team.bob)).await), "403:not_allowed");
        team.set("active", &team.ann, Value::Int(0)).await;
        assert_eq!(code(create(&team.ops, person(&team.ann)).await), "409:custodian_deactivated");
        team.set("settings", &team.bob, Value::Text("{\"create_inventory\": false}".into())).await;
        assert_eq!(code(create(&team.bob, person(&team.bob)).await), "403:not_allowed");
        let nothing = CreateUnits { quantity: Some(1), ..CreateUnits::default() };
        let refused = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, nothing.clone())).await;
        assert_eq!(code(refused), "422:required");
        let unknown =
            CreateUnits { catalog_item_id: Some(Id::from_uuid(uuid::Uuid::from_u128(5))), ..CreateUnits::default() };
        let refused = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, unknown.clone())).await;
        assert_eq!(code(refused), "not_found:catalog_item_id");
    });
}

#[test]
fn a_udi_names_the_item_and_fills_the_fields() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let create = async |body: CreateUnits| {
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.map(|it| it.items)
        };
        let scanned = |udi: &str| CreateUnits { udi: Some(udi.into()), ..CreateUnits::default() };
        assert_eq!(code(create(scanned(UDI)).await), "422:udi_item_unknown");
        team.identifier(GTIN, 1).await;
        let unit = create(scanned(UDI)).await.unwrap().remove(0);
        assert_eq!(
            (unit.catalog_item_id, unit.lot.as_deref(), unit.serial.as_deref()),
            (team.item(), Some("A1"), Some("S-9"))
        );
        assert_eq!((unit.expires_on, unit.udi.as_deref()), (day("2028-04-30"), Some(UDI)));
        // One active unit for a serial number of an item, however it is spelt.
        assert_eq!(code(create(scanned(UDI)).await), "409:serial_already_exists");
        let again = CreateUnits { serial: Some("s9".into()), ..team.some(1) };
        assert_eq!(code(create(again).await), "409:serial_already_exists");
        let two = CreateUnits { serial: Some("S-10".into()), ..team.some(2) };
        assert_eq!(code(create(two).await), "422:serial_with_quantity");
        // What is typed must agree with what the label says.
        let other = CreateUnits { lot: Some("a1".into()), ..scanned(UDI_WITHOUT_SERIAL) };
        assert_eq!(code(create(other).await), "422:udi_mismatch");
        let other = CreateUnits { expires_on: day("2028-05-01"), ..scanned(UDI_WITHOUT_SERIAL) };
        assert_eq!(code(create(other).await), "422:udi_mismatch");
        let tray = team.container_item().await;
        let other = CreateUnits { catalog_item_id: Some(tray), ..scanned(UDI_WITHOUT_SERIAL) };
        assert_eq!(code(create(other).await), "422:udi_mismatch");
        assert_eq!(code(create(scanned("no label at all")).await), "422:barcode_rejected");
        assert_eq!(code(create(scanned("(8018)950600013435200008")).await), "422:barcode_holds_patient_data");
        // A package holds so many; a count that is given wins.
        team.identifier("19506000134359", 5).await;
        let boxed = "(01)19506000134359(17)280430(10)A1";
        assert_eq!(create(scanned(boxed)).await.unwrap().len(), 5);
        assert_eq!(create(CreateUnits { quantity: Some(2), ..scanned(boxed) }).await.unwrap().len(), 2);
        team.sound().await;
    });
}

#[test]
fn a_unit_is_corrected_by_those_who_answer_for_it() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.identifier(GTIN, 1).await;
        let id = team.stock(person(&team.dana), 1).await[0];
        let patch = async |who, body: PatchUnit| {
            team.write(who, move |ctx, tx| app::units::patch(ctx, tx, id, body.clone())).await
        };
        let lot = PatchUnit { lot: Patch::Set("B2".into()), tags: Some(vec!["red".into()]), ..PatchUnit::default() };
        let unit = patch(&team.dana, lot.clone()).await.unwrap();
        assert_eq!((unit.lot.as_deref(), unit.version), (Some("B2"), 2));
        assert_eq!(code(patch(&team.bob, lot.clone()).await), "not_found");
        // Sharing lets a rep see and use it, not change it.
        team.share(true).await;
        assert!(team.read(&team.bob, move |ctx, tx| app::units::get(ctx, tx, id)).await.is_ok());
        assert_eq!(code(patch(&team.bob, lot.clone()).await), "403:not_yours_to_edit");
        assert_eq!(
            code(team.write(&team.bob, move |ctx, tx| app::units::hold(ctx, tx, id, None)).await),
            "403:not_yours_to_edit"
        );
        assert_eq!(
            code(team.write(&team.bob, move |ctx, tx| app::units::deactivate(ctx, tx, id, "x")).await),
            "403:not_yours_to_edit"
        );
        // The label fills what is not said, and must agree with what is.
        let label = |text: &str| PatchUnit { udi: Patch::Set(text.into()), ..PatchUnit::default() };
        let unit = patch(&team.dana, label(UDI)).await.unwrap();
        assert_eq!(
            (unit.lot.as_deref(), unit.serial.as_deref(), unit.expires_on),
            (Some("A1"), Some("S-9"), day("2028-04-30"))
        );
        assert_eq!(code(patch(&team.dana, lot).await), "422:udi_mismatch");
        assert_eq!(code(patch(&team.dana, label("(01)04012345678901(10)A1")).await), "422:udi_mismatch");
        // An expiry is blanked by those who have that right.
        let blank = PatchUnit { expires_on: Patch::Clear, ..PatchUnit::default() };
        assert_eq!(code(patch(&team.dana, blank.clone()).await), "403:not_allowed");
        assert_eq!(code(patch(&team.ops, blank.clone()).await), "403:not_allowed");
        team.set("settings", &team.ops, Value::Text("{\"remove_expiration_dates\": true}".into())).await;
        assert_eq!(patch(&team.ops, blank).await.unwrap().expires_on, None);
        let nowhere =
            PatchUnit { place_id: Patch::Set(PlaceId::from_uuid(uuid::Uuid::from_u128(3))), ..PatchUnit::default() };
        assert_eq!(code(patch(&team.dana, nowhere).await), "not_found:place_id");
        let late = believing(&team.dana, 1);
        assert_eq!(code(patch(&late, PatchUnit::default()).await), "412");
        // An inactive unit takes words only.
        team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, id, "broken")).await.unwrap();
        let moved = PatchUnit { lot: Patch::Clear, ..PatchUnit::default() };
        assert_eq!(code(patch(&team.ops, moved).await), "409:unit_inactive");
        let noted = PatchUnit { note: Some("kept for the file".into()), ..PatchUnit::default() };
        assert_eq!(patch(&team.ops, noted).await.unwrap().note, "kept for the file");
        team.sound().await;
    });
}

#[test]
fn units_leave_by_hand_and_come_back_by_hand() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 3).await;
        let id = units[0];
        let off = async |who| team.write(who, move |ctx, tx| app::units::deactivate(ctx, tx, id, "dropped")).await;
        let on = async |who, id| team.write(who, move |ctx, tx| app::units::reactivate(ctx, tx, id, "found")).await;
        assert_eq!(code(off(&team.bob).await), "403:not_allowed");
        let gone = off(&team.ops).await.unwrap();
        assert_eq!((gone.state, gone.deactivated_reason.as_deref()), (UnitState::Inactive, Some("dropped")));
        assert_eq!(code(off(&team.ops).await), "409:unit_inactive");
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, id, "")).await),
            "422:required"
        );
        let back = on(&team.ops, id).await.unwrap();
        assert_eq!((back.state, back.deactivated_at, back.deactivated_reason), (UnitState::Available, None, None));
        assert_eq!(code(on(&team.ops, id).await), "409:unit_active");
        // In the field only where the organisation says so.
        team.settings("{\"field_adjustments\": true}").await;
        off(&team.bob).await.unwrap();
        on(&team.bob, id).await.unwrap();
        // What an event took is brought back by correcting the event.
        team.ground.moves(units[1].uuid(), |unit| unit.active = false).await;
        assert_eq!(code(on(&team.ops, units[1]).await), "409:unit_left_by_event");
        let event = team.ground.event(team.bob.actor.id, "case", "open", "2026-11-25").await;
        team.ground.line(event, units[2].uuid(), true).await;
        let marked = units[2];
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, marked, "x")).await),
            "409:unit_in_event"
        );
        team.sound().await;
    });
}

#[test]
fn history_reads_in_sentences_and_any_moment_can_be_looked_up() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let id = team.stock(person(&team.bob), 1).await[0];
        let begun = team.world.app.now();
        team.world.clock.pass(60);
        let lot = PatchUnit { lot: Patch::Set("B2".into()), tags: Some(vec!["red".into()]), ..PatchUnit::default() };
        team.write(&team.bob, move |ctx, tx| app::units::patch(ctx, tx, id, lot.clone())).await.unwrap();
        team.world.clock.pass(60);
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &[id]).await.unwrap().transfer.id;
        let on_the_way = team.world.app.now();
        team.world.clock.pass(60);
        team.accept(&team.dana, sent).await.unwrap();
        team.world.clock.pass(60);
        team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, id, Some("recall".into()))).await.unwrap();
        let history = team.read(&team.ann, move |ctx, tx| app::units::history(ctx, tx, id, 50)).await.unwrap().items;
        let sentences: Vec<&str> = history.iter().map(|it| it.sentence.as_str()).collect();
        assert_eq!(
            sentences,
            [
                "Olga Office put it on hold",
                "Dana Moore accepted it for Ann Reyes",
                "Bob Lind sent it to Ann Reyes",
                "Bob Lind changed lot and tags",
                "Olga Office created it with Bob Lind",
            ]
        );
        assert_eq!(history[0].reason, "recall");
        assert_eq!(history[1].movements[0].from_custodian, Some(person(&team.bob)));
        assert_eq!(history[1].movements[0].to_custodian, person(&team.ann));
        assert!(history[3].changes.iter().any(|it| it.field == "lot" && it.new.as_deref() == Some("B2")));
        assert!(history[3].changes[0].subject_id.starts_with("unt_"));
        // The sender has lost sight of it.
        assert_eq!(code(team.read(&team.bob, move |ctx, tx| app::units::history(ctx, tx, id, 50)).await), "not_found");
        let as_of = async |at| team.read(&team.ann, move |ctx, tx| app::units::as_of(ctx, tx, id, at)).await;
        let first = as_of(begun).await.unwrap();
        assert_eq!(
            (first.state, first.custodian, first.lot, first.seq),
            (UnitState::Available, person(&team.bob), None, 1)
        );
        assert!(first.tags.is_empty());
        let second = as_of(on_the_way).await.unwrap();
        assert_eq!((second.state, second.custodian), (UnitState::InTransfer, person(&team.bob)));
        assert_eq!((second.lot.as_deref(), second.tags.len()), (Some("B2"), 1));
        let now = as_of(team.world.app.now()).await.unwrap();
        assert_eq!((now.state, now.custodian, now.seq), (UnitState::OnHold, person(&team.ann), 4));
        assert_eq!(code(as_of(Instant(begun.0 - 1)).await), "not_found");
        // The same of the transfer.
        let history = team.read(&team.ann, move |ctx, tx| app::history::of_subject(ctx, tx, sent, 10)).await.unwrap();
        assert_eq!(history[0].sentence, "Dana Moore accepted 1 unit for Ann Reyes");
        assert_eq!(history[1].sentence, "Bob Lind sent 1 unit to Ann Reyes");
    });
}

#[test]
fn containers_hold_units_of_one_custodian() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.container_item().await;
        let mut trays = Vec::new();
        for _ in 0..2 {
            let body = CreateUnits {
                catalog_item_id: Some(item),
                custodian: Some(person(&team.bob)),
                ..CreateUnits::default()
            };
            trays.push(
                team.write(&team.bob, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0]
                    .id,
            );
        }
        let (tray, other) = (trays[0], trays[1]);
        let (bobs, anns) = (team.stock(person(&team.bob), 2).await, team.stock(person(&team.ann), 1).await);
        let change = async |who, add: &[UnitId], remove: &[UnitId]| {
            let body = ChangeContents { add: add.to_vec(), remove: remove.to_vec() };
            team.write(who, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &body)).await
        };
        assert_eq!(change(&team.bob, &bobs, &[]).await.unwrap().items.len(), 2);
        assert_eq!(team.unit(bobs[0]).await.container_id, Some(tray));
        assert_eq!(code(change(&team.bob, &bobs[..1], &[]).await), "409:unit_in_container");
        assert_eq!(code(change(&team.bob, &[other], &[]).await), "409:container_in_container");
        assert_eq!(code(change(&team.bob, &anns, &[]).await), "not_found:add[0]");
        assert_eq!(code(change(&team.dana, &anns, &[]).await), "409:unit_not_with_custodian");
        assert_eq!(code(change(&team.ann, &[], &bobs[..1]).await), "not_found");
        assert_eq!(code(change(&team.bob, &bobs[..1], &bobs[..1]).await), "422:repeated");
        assert_eq!(change(&team.bob, &[], &bobs[..1]).await.unwrap().items.len(), 1);
        assert_eq!(code(change(&team.bob, &[], &bobs[..1]).await), "409:unit_not_in_container");
        let unit = bobs[0];
        assert_eq!(
            code(team.read(&team.bob, move |ctx, tx| app::units::contents(ctx, tx, unit)).await),
            "409:not_a_container"
        );
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, tray, "old")).await),
            "409:container_not_empty"
        );
        let history = team.read(&team.bob, move |ctx, tx| app::units::history(ctx, tx, unit, 5)).await.unwrap().items;
        assert_eq!(history[0].sentence, "Bob Lind changed what lies in the container");
        team.sound().await;
    });
}

#[test]
fn facility_stock_is_reassigned_where_one_acts_on_both_sides() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 2).await;
        team.ground.shelve(units[0].uuid()).await;
        let reassign = async |who, unit: UnitId, to: &app::Ctx| {
            let body = ReassignFacilityStock {
                unit_ids: vec![unit],
                to_user_id: to.actor.id,
                reason: "covers the site".into(),
            };
            team.write(who, move |ctx, tx| app::units::reassign(ctx, tx, &body)).await
        };
        assert_eq!(code(reassign(&team.bob, units[0], &team.ann).await), "403:not_allowed");
        assert_eq!(code(reassign(&team.dana, units[0], &team.cy).await), "not_found:to_user_id");
        // Rita manages Bob's region, not Ann's.
        assert_eq!(code(reassign(&team.rita, units[0], &team.ann).await), "not_found:to_user_id");
        assert_eq!(code(reassign(&team.dana, units[1], &team.ann).await), "409:not_facility_stock");
        assert_eq!(code(reassign(&team.ops, units[0], &team.rita).await), "422:role_cannot_hold_stock");
        let done = reassign(&team.dana, units[0], &team.ann).await.unwrap().items;
        assert_eq!(done[0].custodian, person(&team.ann));
        assert_eq!(done[0].facility_stock_location_id, Some(Id::from_uuid(team.ground.location)));
        assert_eq!(team.notices(&team.ann, "facility_stock_reassigned").await, 1);
        assert_eq!(team.notices(&team.bob, "facility_stock_reassigned").await, 1);
        assert_eq!(code(reassign(&team.dana, units[0], &team.ann).await), "409:already_custodian");
        reassign(&team.rita, units[0], &team.bob).await.expect_err("Ann is not of Rita's region");
        // An entry and nothing else: no sale.
        let orders = team
            .count(
                "SELECT COUNT(*) FROM billing_sales_order WHERE organization_id = $1",
                args![team.world.organization].to_vec(),
            )
            .await;
        assert_eq!(orders, 0);
        let id = units[0];
        let history = team.read(&team.ann, move |ctx, tx| app::units::history(ctx, tx, id, 1)).await.unwrap().items;
        assert_eq!(history[0].sentence, "Dana Moore reassigned it from Bob Lind to Ann Reyes");
        team.sound().await;
    });
}

#[test]
fn lists_hold_what_is_in_reach_and_nothing_else() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let ours = team.stock(office(&team.admin), 1).await[0];
        let danas = team.stock(person(&team.dana), 1).await[0];
        let bobs = team.stock(person(&team.bob), 1).await[0];
        let anns = team.stock(person(&team.ann), 1).await[0];
        let hubs = team.stock(person(&team.hub), 1).await[0];
        let sorted = |mut ids: Vec<UnitId>| {
            ids.sort();
            ids
        };
        for (who, scope, wanted) in [
            (&team.ops, "all", vec![ours, danas, bobs, anns, hubs]),
            (&team.ops, "mine", vec![ours]),
            (&team.dana, "all", vec![danas, bobs, anns]),
            (&team.dana, "mine", vec![danas]),
            (&team.dana, "group", vec![danas, bobs, anns]),
            (&team.dana, "shared", vec![]),
            (&team.bob, "all", vec![bobs]),
            (&team.rita, "all", vec![danas, bobs]),
            (&team.rita, "mine", vec![]),
            (&team.fred, "all", vec![]),
            (&team.hub, "all", vec![hubs]),
        ] {
            assert_eq!(sorted(team.list(who, &[("scope", scope)]).await), sorted(wanted), "{} {scope}", who.actor.name);
        }
        team.share(true).await;
        assert_eq!(sorted(team.list(&team.bob, &[]).await), sorted(vec![danas, bobs]));
        assert_eq!(team.list(&team.bob, &[("scope", "shared")]).await, [danas]);
        assert_eq!(team.list(&team.bob, &[("scope", "mine")]).await, [bobs]);
        let of = |ctx: &app::Ctx| ctx.actor.id.to_string();
        assert_eq!(team.list(&team.bob, &[("custodian_id", &of(&team.ann))]).await, []);
        assert_eq!(team.list(&team.ops, &[("custodian_id", &of(&team.ann))]).await, [anns]);
        let both = format!("{},{}", of(&team.ann), team.admin.organization.id);
        assert_eq!(sorted(team.list(&team.ops, &[("custodian_id", &both)]).await), sorted(vec![ours, anns]));
        // Out of reach is as unknown as what is not there.
        assert_eq!(code(team.read(&team.bob, move |ctx, tx| app::units::get(ctx, tx, anns)).await), "not_found");
        assert_eq!(code(team.read(&team.bob, move |ctx, tx| app::units::get(ctx, tx, ours)).await), "not_found");
        // Counts are of the same rows, with and without the counters.
        for (who, n) in [(&team.ops, 5), (&team.dana, 3), (&team.bob, 2)] {
            for filters in [&[("count", "")][..], &[("count", ""), ("reusable", "false")]] {
                let params = params(filters);
                let page = team.read(who, move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await.unwrap();
                assert_eq!(page.total, Some(n), "{}", who.actor.name);
            }
        }
    });
}

#[test]
fn words_that_are_all_common_find_what_has_them() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (org, ids) = (team.world.organization, (0..4_200).map(|_| team.ground.id()).collect::<Vec<_>>());
        let words = ["femoral".to_owned(), "stem".to_owned()];
        let (all, said) = (ids.clone(), words.clone());
        let index = move |tx: &mut store::Tx| {
            all.iter().try_for_each(|id| store::search::add(tx, org, "cat", *id, &said[..]))?;
            Ok(())
        };
        team.ground.work(index).await;
        let found = team.read(&team.ops, move |_, tx| Ok(store::search::find(tx, org, "cat", &words, None, 10)?)).await;
        let found = found.unwrap();
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|id| ids.contains(id)));
    });
}

#[test]
fn every_filter_narrows_down_and_every_way_to_a_page_finds_the_same() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.identifier(GTIN, 1).await;
        let (org, item, place) = (team.world.organization, team.ground.item, team.ground.id());
        team.ground
            .edit(
                "INSERT INTO directory_place (organization_id, id, name, name_key, location_id, archived_at, version) \
                 VALUES ($1, $2, 'Shelf 4', 'shelf 4', NULL, NULL, 1)",
                vec![Value::Uuid(org), Value::Uuid(place)],
            )
            .await;
        team.ground
            .work(move |tx| {
                store::search::index(tx, org, "cat", item, &domain::text::tokens("Acetabular cup 52 CUP-52"))
            })
            .await;
        let tray_item = team.container_item().await;
        let make = async |body: CreateUnits| {
            team.world.clock.pass(1);
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id
        };
        let bob = Some(person(&team.bob));
        let a = make(CreateUnits { udi: Some(UDI.into()), custodian: bob, ..CreateUnits::default() }).await;
        let b = make(CreateUnits {
            lot: Some("B-200".into()),
            expires_on: day("2027-01-01"),
            custodian: bob,
            ..team.some(1)
        })
        .await;
        let c = make(CreateUnits {
            lot: Some("b201".into()),
            place_id: Some(PlaceId::from_uuid(place)),
            tags: vec!["Recall 7".into()],
            due_back_on: day("2026-12-01"),
            reusable: Some(true),
            custodian: Some(person(&team.ann)),
            ..team.some(1)
        })
        .await;
        let d = make(CreateUnits { catalog_item_id: Some(tray_item), custodian: bob, ..CreateUnits::default() }).await;
        let fill = ChangeContents { add: vec![b], remove: vec![] };
        team.write(&team.ops, move |ctx, tx| app::units::change_contents(ctx, tx, d, &fill)).await.unwrap();
        let e = make(CreateUnits { custodian: bob, ..team.some(1) }).await;
        team.ground.shelve(e.uuid()).await;
        let f = make(CreateUnits { custodian: bob, ..team.some(1) }).await;
        team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, f, "old")).await.unwrap();
        let g = make(CreateUnits { custodian: bob, ..team.some(1) }).await;
        let sent =
            team.send(&team.ops, person(&team.bob), person(&team.ann), &[g]).await.unwrap().transfer.id.to_string();
        let h = make(CreateUnits { custodian: bob, ..team.some(1) }).await;
        let event = team.ground.event(team.bob.actor.id, "case", "open", "2026-11-25").await;
        team.ground.line(event, h.uuid(), true).await;
        let marked = domain::id::EventId::from_uuid(event).to_string();
        let shelf = domain::id::LocationId::from_uuid(team.ground.location).to_string();
        let (cup, tray) = (team.item().to_string(), tray_item.to_string());
        let maker = domain::id::ManufacturerId::from_uuid(team.ground.manufacturer).to_string();
        let (place, inside, one) = (PlaceId::from_uuid(place).to_string(), d.to_string(), format!("{a},{c}"));
        type Asked<'a> = (Vec<(&'a str, &'a str)>, Vec<UnitId>);
        let cases: Vec<Asked<'_>> = vec![
            (vec![], vec![a, b, c, d, e, g, h]),
            (vec![("active", "all")], vec![a, b, c, d, e, f, g, h]),
            (vec![("active", "false")], vec![f]),
            (vec![("state", "inactive")], vec![f]),
            (vec![("state", "available,inactive")], vec![a, b, c, d, e, f]),
            (vec![("state", "in_transfer")], vec![g]),
            (vec![("state", "in_event,in_transfer")], vec![g, h]),
            (vec![("state", "available"), ("active", "false")], vec![]),
            (vec![("id", &one)], vec![a, c]),
            (vec![("lot", "B200,b-201")], vec![b, c]),
            (vec![("serial", "s9")], vec![a]),
            (vec![("udi", UDI)], vec![a]),
            (vec![("udi", UDI_WITHOUT_SERIAL)], vec![]),
            (vec![("kind", "container")], vec![d]),
            (vec![("kind", "device")], vec![a, b, c, e, g, h]),
            (vec![("catalog_item_id", &cup)], vec![a, b, c, e, g, h]),
            (vec![("catalog_item_id", &tray)], vec![d]),
            (vec![("manufacturer_id", &maker)], vec![a, b, c, d, e, g, h]),
            (vec![("expires_before", "2028-01-01")], vec![b]),
            (vec![("expires_on", "2028-04-30")], vec![a]),
            (vec![("event_id", &marked)], vec![h]),
            (vec![("transfer_id", &sent)], vec![g]),
            (vec![("facility_stock", "true")], vec![e]),
            (vec![("facility_stock", "false")], vec![a, b, c, d, g, h]),
            (vec![("facility_stock_location_id", &shelf)], vec![e]),
            (vec![("place_id", &place)], vec![c]),
            (vec![("container_id", &inside)], vec![b]),
            (vec![("reusable", "true")], vec![c, d]),
            (vec![("due_back_on", "2026-12-01")], vec![c]),
            (vec![("due_back_before", "2026-12-01")], vec![]),
            (vec![("tags", "recall 7")], vec![c]),
            (vec![("q", "b20")], vec![b, c]),
            (vec![("q", "s-9")], vec![a]),
            (vec![("q", "acetab")], vec![a, b, c, e, g, h]),
            (vec![("q", "CUP-5")], vec![a, b, c, e, g, h]),
            (vec![("q", "cup b200")], vec![b]),
            (vec![("q", "0950600")], vec![a, b, c, e, g, h]),
            (vec![("q", "nothing like it")], vec![]),
            (vec![("q", "acetab"), ("state", "in_transfer")], vec![g]),
            (vec![("catalog_item_id", &cup), ("lot", "b200"), ("facility_stock", "false")], vec![b]),
            (vec![("usable_for", &marked)], vec![a, b, e]),
        ];
        for (filters, wanted) in &cases {
            for sort in [
                "created_at",
                "-created_at",
                "expires_on",
                "-expires_on",
                "lot",
                "-lot,expires_on",
                "expires_on,-lot,created_at",
            ] {
                // Page by page: the pages together are the list, in order, without repetition.
                let mut found = Vec::new();
                let mut cursor: Option<String> = None;
                loop {
                    let mut asked = filters.clone();
                    asked.extend([("sort", sort), ("limit", "2"), ("count", "")]);
                    if let Some(cursor) = &cursor {
                        asked.push(("cursor", cursor));
                    }
                    let params = params(&asked);
                    let page =
                        team.read(&team.ops, move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await.unwrap();
                    assert_eq!(page.total, Some(wanted.len() as i64), "{filters:?}");
                    found.extend(page.items);
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                let ids: Vec<UnitId> = found.iter().map(|unit| unit.id).collect();
                let mut sorted = ids.clone();
                sorted.sort();
                assert_eq!(&sorted, wanted, "{filters:?} by {sort}");
                let far = Day(9_999_999);
                let rank = |unit: &contract::units::Unit| unit.expires_on.unwrap_or(far);
                let lot = |unit: &contract::units::Unit| {
                    domain::text::identifier_key(unit.lot.as_deref().unwrap_or_default())
                };
                let ordered = found.windows(2).all(|pair| match sort {
                    "created_at" => pair[0].id < pair[1].id,
                    "-created_at" => pair[0].id > pair[1].id,
                    "expires_on" => rank(&pair[0]) <= rank(&pair[1]),
                    "-expires_on" => rank(&pair[0]) >= rank(&pair[1]),
                    "lot" => lot(&pair[0]) <= lot(&pair[1]),
                    "-lot,expires_on" => {
                        (std::cmp::Reverse(lot(&pair[0])), rank(&pair[0]))
                            <= (std::cmp::Reverse(lot(&pair[1])), rank(&pair[1]))
                    }
                    _ => {
                        (rank(&pair[0]), std::cmp::Reverse(lot(&pair[0])))
                            <= (rank(&pair[1]), std::cmp::Reverse(lot(&pair[1])))
                    }
                });
                assert!(ordered, "{filters:?} by {sort}");
                // A rep finds the part of it that is the rep's own.
                let mut asked = filters.clone();
                asked.extend([("sort", sort), ("limit", "500")]);
                let own = team.list(&team.bob, &asked).await;
                let mine: Vec<UnitId> = ids.iter().copied().filter(|id| *id != c).collect();
                assert_eq!(own, mine, "{filters:?} by {sort} for a rep");
            }
        }
        for (filters, wanted) in [
            (&[("colour", "red")][..], "422:filter_not_supported"),
            (&[("sort", "price")], "422:sort_not_supported"),
            (&[("state", "lost")], "422:invalid_value"),
            (&[("catalog_item_id", "unt_1")], "422:invalid_id"),
            (&[("cursor", "0300")], "422:invalid_cursor"),
            (&[("scope", "theirs")], "422:invalid_value"),
        ] {
            let params = params(filters);
            let refused = team.read(&team.ops, move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await;
            assert_eq!(code(refused), wanted, "{filters:?}");
        }
    });
}

#[test]
fn many_subjects_are_walked_and_few_are_merged_with_the_same_result() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let mut reps = Vec::new();
        for n in 0..55 {
            let rep = team.world.person(domain::people::Role::Sales, &format!("Rep {n}")).await;
            let (org, dana, id) = (team.world.organization, team.dana.actor.id.uuid(), rep.actor.id.uuid());
            team.ground
                .edit(
                    "INSERT INTO people_representative (organization_id, distributor_id, sales_id, hub) VALUES ($1, $2, $3, 0)",
                    vec![Value::Uuid(org), Value::Uuid(dana), Value::Uuid(id)],
                )
                .await;
            reps.push(rep);
        }
        team.share(false).await;
        let mut wanted = Vec::new();
        for (n, rep) in reps.iter().enumerate().step_by(5) {
            team.world.clock.pass(1);
            let body = CreateUnits {
                custodian: Some(person(rep)),
                expires_on: Some(Day::parse("2027-01-01").unwrap().plus((n as i32 * 37) % 11)),
                ..team.some(2)
            };
            let made =
                team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items;
            wanted.extend(made.into_iter().map(|unit| (unit.expires_on, unit.id)));
        }
        team.stock(person(&team.cy), 2).await;
        wanted.sort();
        let ids: Vec<UnitId> = wanted.into_iter().map(|(_, id)| id).collect();
        assert_eq!(team.list(&team.dana, &[("sort", "expires_on")]).await, ids);
        let some = reps.iter().step_by(5).map(|rep| rep.actor.id.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(team.list(&team.dana, &[("sort", "expires_on"), ("custodian_id", &some)]).await, ids);
        assert_eq!(
            team.list(&team.dana, &[("sort", "expires_on"), ("catalog_item_id", &team.item().to_string())]).await,
            ids
        );
    });
}

#[test]
fn a_scan_tells_what_the_label_says_and_keeps_nothing() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let scan = async |who, body: Scan| team.read(who, move |ctx, tx| app::unit_lists::scan(ctx, tx, &body)).await;
        let one = |text: &str| Scan { barcode: Some(text.into()), barcodes: None };
        let found = scan(&team.bob, one(UDI)).await.unwrap();
        assert_eq!((found.parsed.agency.as_str(), found.parsed.di.as_deref()), ("gs1", Some(GTIN)));
        assert_eq!(
            (found.parsed.expires_on, found.parsed.expires_precision.as_deref()),
            (day("2028-04-30"), Some("day"))
        );
        assert!(found.matches.is_empty() && found.catalog_item.is_none());
        team.identifier(GTIN, 1).await;
        let make = async |to, udi: &str| {
            let body = CreateUnits { udi: Some(udi.into()), custodian: Some(to), ..CreateUnits::default() };
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id
        };
        let bobs = make(person(&team.bob), UDI).await;
        let anns = make(person(&team.ann), UDI_WITHOUT_SERIAL).await;
        let found = scan(&team.bob, one(UDI)).await.unwrap();
        assert_eq!(found.matches.iter().map(|unit| unit.id).collect::<Vec<_>>(), [bobs]);
        assert_eq!(found.catalog_item.map(|item| item.id), Some(team.item()));
        // By lot, as far as one reaches.
        let found = scan(&team.bob, one(UDI_WITHOUT_SERIAL)).await.unwrap();
        assert_eq!(found.matches.iter().map(|unit| unit.id).collect::<Vec<_>>(), [bobs]);
        let found = scan(&team.ops, one(UDI_WITHOUT_SERIAL)).await.unwrap();
        let mut ids: Vec<UnitId> = found.matches.iter().map(|unit| unit.id).collect();
        ids.sort();
        assert_eq!(ids, [bobs, anns]);
        // Two symbols of one label; a month without a day.
        let two = Scan { barcode: None, barcodes: Some(vec!["(01)09506000134352".into(), "(17)280400(10)A1".into()]) };
        let found = scan(&team.bob, two).await.unwrap();
        assert_eq!((found.parsed.lot.as_deref(), found.parsed.expires_on), (Some("A1"), day("2028-04-30")));
        assert_eq!(found.parsed.expires_precision.as_deref(), Some("month"));
        let boxed = {
            team.identifier("19506000134359", 5).await;
            scan(&team.bob, one("(01)19506000134359(10)A1")).await.unwrap()
        };
        assert_eq!(boxed.package_quantity, Some(5));
        assert_eq!(code(scan(&team.bob, one("(8018)950600013435200008")).await), "422:barcode_holds_patient_data");
        assert_eq!(code(scan(&team.bob, one("hello there")).await), "422:barcode_rejected");
        assert_eq!(code(scan(&team.bob, one(&"1".repeat(401))).await), "422:barcode_rejected");
        assert_eq!(code(scan(&team.bob, Scan::default()).await), "422:required");
    });
}

#[test]
fn a_trace_tells_who_has_a_lot_and_where_it_went_inside_reach() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let body = CreateUnits { lot: Some("T-1".into()), custodian: Some(person(&team.bob)), ..team.some(4) };
        let units: Vec<UnitId> = team
            .write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone()))
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|unit| unit.id)
            .collect();
        let sent = team.send(&team.bob, person(&team.bob), person(&team.cy), &units[..2]).await.unwrap().transfer.id;
        team.accept(&team.cy, sent).await.unwrap();
        let event = team.ground.event(team.bob.actor.id, "case", "open", "2026-11-25").await;
        team.ground.line(event, units[3].uuid(), true).await;
        let item: Option<CatalogItemId> = Some(team.item());
        let trace = async |who, lot: &'static str| {
            team.read(who, move |ctx, tx| app::unit_lists::trace(ctx, tx, item, lot)).await
        };
        let all = trace(&team.ops, "t1").await.unwrap();
        assert_eq!((all.units_total, all.units.len()), (4, 4));
        let held: i64 = all.holders.iter().filter(|it| it.name == "Cy Okoye").map(|it| it.units).sum();
        assert_eq!(held, 2);
        let last = all.movements.last().unwrap();
        assert_eq!((last.from_name.as_deref(), last.to_name.as_str(), last.units), (Some("Bob Lind"), "Cy Okoye", 2));
        assert_eq!((all.events.len(), all.events[0].units), (1, 1));
        let part = trace(&team.cy, "T-1").await.unwrap();
        assert_eq!((part.units_total, part.events.len()), (2, 0));
        assert_eq!(trace(&team.ann, "T-1").await.unwrap().units_total, 0);
        assert_eq!(code(trace(&team.ops, " - ").await), "422:required");
    });
}

#[test]
fn an_export_is_the_list_in_readable_columns() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.bob), 3).await;
        team.stock(person(&team.ann), 1).await;
        let body =
            CreateUnits { udi: None, lot: Some("=1+1".into()), custodian: Some(person(&team.bob)), ..team.some(1) };
        team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
        let export = async |who| {
            team.read(who, |ctx, tx| {
                let mut export = app::unit_lists::Export::new(ctx, tx, params(&[("sort", "created_at")]))?;
                let mut bytes = Vec::new();
                while let Some(piece) = export.next(ctx, tx)? {
                    bytes.extend(piece);
                }
                Ok(String::from_utf8(bytes).unwrap())
            })
            .await
            .unwrap()
        };
        let text = export(&team.bob).await;
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("id,kind,catalog_number,description,lot,"));
        assert_eq!(lines.len(), 5);
        assert!(lines[1].contains("CUP-52,Acetabular cup 52") && lines[1].contains("Bob Lind"));
        assert!(lines[4].contains("'=1+1"), "a formula is written as text");
        assert_eq!(export(&team.ops).await.lines().count(), 6);
        assert_eq!(export(&team.cy).await.lines().count(), 1);
    });
}

#[test]
fn bills_of_materials_are_made_by_those_who_may() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let line = |min, required, max| BomLine { catalog_item_id: team.item(), min, required, max };
        let create = async |who, name: &str, lines: Vec<BomLine>| {
            let body = CreateBom { name: name.into(), lines, ..CreateBom::default() };
            team.write(who, move |ctx, tx| app::boms::create(ctx, tx, &body)).await
        };
        assert_eq!(code(create(&team.bob, "Hip set", vec![]).await), "403:not_allowed");
        let bom = create(&team.ops, "Hip set", vec![line(2, 4, 6)]).await.unwrap();
        assert_eq!((bom.kind, bom.lines[0].max), (UnitKind::Container, 6));
        assert_eq!(code(create(&team.ops, "HIP SET", vec![]).await), "409:name_taken");
        assert_eq!(code(create(&team.ops, "Two", vec![line(5, 4, 6)]).await), "422:invalid_line");
        assert_eq!(code(create(&team.ops, "Two", vec![line(1, 1, 1), line(1, 1, 1)]).await), "422:repeated");
        let id = bom.id;
        let patch =
            async |who, body: PatchBom| team.write(who, move |ctx, tx| app::boms::patch(ctx, tx, id, &body)).await;
        team.set("settings", &team.bob, Value::Text("{\"manage_boms\": true}".into())).await;
        assert_eq!(code(patch(&team.bob, PatchBom::default()).await), "403:not_yours_to_edit");
        let put_away = PatchBom { archived: Some(true), ..PatchBom::default() };
        assert!(patch(&team.ops, put_away).await.unwrap().archived_at.is_some());
        create(&team.bob, "Bob's set", vec![line(1, 1, 1)]).await.unwrap();
        let names = async |filters: &[(&str, &str)]| {
            let params = params(filters);
            let page = team.read(&team.ann, move |ctx, tx| app::boms::list(ctx, tx, &params)).await.unwrap();
            page.items.into_iter().map(|bom| bom.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]).await, ["Bob's set"]);
        assert_eq!(names(&[("archived", "true"), ("q", "se")]).await, ["Hip set"]);
    });
}

#[test]
fn a_range_of_serial_numbers_makes_one_unit_for_each() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let make = async |serial: &str, quantity: Option<u32>| {
            let body = CreateUnits { serial: Some(serial.into()), quantity, lot: Some("L1".into()), ..team.some(1) };
            let body = CreateUnits { quantity, ..body };
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await
        };
        let made = make("SN-098..SN-101", None).await.unwrap();
        let serials: Vec<_> = made.items.iter().filter_map(|unit| unit.serial.as_deref()).collect();
        assert_eq!(serials, ["SN-098", "SN-099", "SN-100", "SN-101"]);
        assert!(made.items.iter().all(|unit| unit.lot.as_deref() == Some("L1")));
        assert_eq!(make("SN-102..SN-103", Some(2)).await.unwrap().items.len(), 2);
        assert_eq!(code(make("SN-104..SN-105", Some(3)).await), "422:serial_with_quantity");
        assert_eq!(code(make("SN-200..SN-190", None).await), "422:range_backwards");
        assert_eq!(code(make("SN-100..SN-110", None).await), "409:serial_already_exists");
        assert!(team.list(&team.ops, &[("serial", "SN-104..SN-110")]).await.is_empty(), "all of them, or none");
        team.sound().await;
    });
}
