//! One step of many units: all of them or none, in one entry; and of two who want the same unit at once, one gets it.

use crate::team::{Team, code, office, person};
use contract::units::{DeactivateUnits, HoldUnits, PlaceUnits};
use domain::hold::HoldStatus;
use domain::stock::UnitState;
use store::Value;
use testkit::on_both;

#[test]
fn many_are_held_placed_and_taken_off_together_or_not_at_all() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let many = team.stock(office(&team.ops), 300).await;
        let org = team.world.organization;
        let entries = async || {
            let sql = "SELECT COUNT(*) FROM journal_entry WHERE organization_id = $1";
            team.count(sql, vec![Value::Uuid(org)]).await
        };
        let before = entries().await;
        let body = HoldUnits {
            unit_ids: many.clone(),
            status: Some(HoldStatus::Quarantine),
            reason: Some("wet carton".into()),
        };
        let held = team.write(&team.ops, move |ctx, tx| app::holds::hold_many(ctx, tx, &body)).await.unwrap();
        assert!(held.items.iter().all(|unit| unit.hold_status == Some(HoldStatus::Quarantine)));
        assert_eq!((held.items.len(), entries().await), (300, before + 1), "one entry tells of all");
        // One of them is not on hold any more: nothing is released.
        let one = many[7];
        team.write(&team.ops, move |ctx, tx| app::holds::release(ctx, tx, one, None)).await.unwrap();
        let body = HoldUnits { unit_ids: many.clone(), status: None, reason: None };
        let refused = team.write(&team.ops, move |ctx, tx| app::holds::release_many(ctx, tx, &body)).await;
        assert_eq!(code(refused), "409:unit_not_on_hold");
        assert_eq!(team.unit(many[8]).await.state, UnitState::OnHold);
        let away = DeactivateUnits { unit_ids: many[..10].to_vec(), reason: "destroyed".into() };
        let by_ann = away.clone();
        assert_eq!(
            code(team.write(&team.ann, move |ctx, tx| app::unit_bulk::deactivate(ctx, tx, &by_ann)).await),
            "403:not_allowed"
        );
        team.write(&team.ops, move |ctx, tx| app::unit_bulk::deactivate(ctx, tx, &away)).await.unwrap();
        assert_eq!(team.unit(many[0]).await.state, UnitState::Inactive);
        let nowhere = PlaceUnits { unit_ids: many[10..20].to_vec(), place_id: None };
        team.write(&team.ops, move |ctx, tx| app::unit_bulk::place(ctx, tx, &nowhere)).await.unwrap();
        let gone = PlaceUnits { unit_ids: many[..1].to_vec(), place_id: None };
        let refused = team.write(&team.ops, move |ctx, tx| app::unit_bulk::place(ctx, tx, &gone)).await;
        assert_eq!(code(refused), "409:unit_inactive");
        // Somebody else's are unknown, by their place in the list.
        let mixed = PlaceUnits { unit_ids: vec![team.stock(person(&team.ann), 1).await[0], many[20]], place_id: None };
        let refused = team.write(&team.ann, move |ctx, tx| app::unit_bulk::place(ctx, tx, &mixed)).await;
        assert_eq!(code(refused), "not_found:unit_ids[1]");
        team.sound().await;
    });
}

#[test]
fn of_two_who_scan_the_same_unit_at_once_one_gets_it_and_the_other_is_told() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        for _ in 0..12 {
            let units = team.stock(person(&team.ann), 1).await;
            let (to_bob, to_cy) = tokio::join!(
                team.send(&team.ann, person(&team.ann), person(&team.bob), &units),
                team.send(&team.ann, person(&team.ann), person(&team.cy), &units),
            );
            let lost = match (to_bob, to_cy) {
                (Ok(_), lost) | (lost, Ok(_)) => lost,
                (Err(one), Err(other)) => panic!("one of the two gets it: {one:?} {other:?}"),
            };
            assert_eq!(code(lost), "409:unit_in_transfer");
        }
        team.sound().await;
    });
}
