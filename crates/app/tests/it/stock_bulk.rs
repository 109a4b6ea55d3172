//! One step of many units: all of them or none, in one entry; and of two who want the same unit at once, one gets it.

use crate::customers_bulk::{apply, bulk, job, preview, rows, undo, work};
use crate::team::{Team, code, office, person};
use app::directory::bulk::Entity;
use contract::Patch;
use contract::units::{CreateUnits, DeactivateUnits, HoldUnits, PatchUnit, PlaceUnits};
use domain::bulk::{JobStatus, RowOutcome};
use domain::clock::Day;
use domain::hold::HoldStatus;
use domain::id::UnitId;
use domain::stock::UnitState;
use serde_json::json;
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

fn ids(units: &[UnitId]) -> Vec<String> {
    units.iter().map(ToString::to_string).collect()
}

#[test]
fn tags_and_dates_of_many_units_are_looked_at_first_and_taken_back() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(office(&team.ops), 12).await;
        let day = |text: &str| Day::parse(text).unwrap();
        let (one, used) = (units[0], units[1]);
        let tagged = PatchUnit { tags: Some(vec!["Loaner".into()]), ..PatchUnit::default() };
        team.write(&team.ops, move |ctx, tx| app::units::patch(ctx, tx, one, tagged.clone())).await.unwrap();
        team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, used, "broken")).await.unwrap();
        let set = json!({
            "tags": {"op": "change", "add": ["Winter", "loaner"], "remove": ["Old"]},
            "expires_on": {"op": "set", "value": "2031-05-01"},
            "due_back_on": {"op": "set", "value": "2027-03-01"},
        });
        let ask = json!({"ids": ids(&units), "set": set, "reason": "new labels", "mode": "skip_failures"});
        let seen = preview(&team.world, &team.ops, Entity::Units, ask.clone()).await.unwrap();
        assert_eq!((seen.counts.selected, seen.counts.will_change, seen.counts.invalid), (12, 11, 1));
        assert_eq!(seen.rows[0].code.as_deref(), Some("unit_inactive"), "what cannot be changed stands first");
        assert_eq!(team.unit(one).await.tags, ["Loaner"], "nothing is written by looking");
        let done = apply(&team.world, &team.ops, Entity::Units, &seen).await.unwrap();
        assert_eq!((done.status, done.counts["done"], done.counts["failed"]), (JobStatus::Done, 11, 1));
        let unit = team.unit(one).await;
        assert_eq!(unit.tags, ["Loaner", "Winter"], "a tag is kept once, whatever its spelling");
        assert_eq!((unit.expires_on, unit.due_back_on), (Some(day("2031-05-01")), Some(day("2027-03-01"))));
        assert_eq!(team.list(&team.ops, &[("tags", "WINTER")]).await.len(), 11, "found by the new tag");
        let entries = team.read(&team.ops, move |ctx, tx| app::units::history(ctx, tx, one, 10)).await.unwrap();
        assert_eq!(entries.items[0].kind, "bulk_changed");
        // The same again: it is so already. And somebody changes one of them before it is taken back.
        let again = preview(&team.world, &team.ops, Entity::Units, ask).await.unwrap();
        assert_eq!((again.counts.already, again.counts.will_change), (11, 0));
        let later = PatchUnit { due_back_on: Patch::Set(day("2027-04-01")), ..PatchUnit::default() };
        let moved = units[5];
        team.write(&team.ops, move |ctx, tx| app::units::patch(ctx, tx, moved, later.clone())).await.unwrap();
        let back = undo(&team.world, &team.ops, done.id).await.unwrap();
        assert_eq!((back.counts["restored"], back.counts["changed_since"]), (10, 1));
        let unit = team.unit(one).await;
        assert_eq!((unit.tags.as_slice(), unit.expires_on, unit.due_back_on), (&["Loaner".to_owned()][..], None, None));
        assert_eq!(team.unit(moved).await.due_back_on, Some(day("2027-04-01")), "what somebody changed since stays");
        assert_eq!(team.list(&team.ops, &[("tags", "winter")]).await, [moved], "the tags are found no more");
        team.sound().await;
    });
}

#[test]
fn whoever_may_not_correct_a_unit_alone_may_not_among_many() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.share(true).await;
        let (own, shared) = (team.stock(person(&team.ann), 2).await, team.stock(person(&team.dana), 2).await);
        let of_cy = team.stock(person(&team.cy), 1).await;
        let tag = json!({"tags": {"op": "add", "value": ["mine"]}});
        let both: Vec<UnitId> = own.iter().chain(&shared).copied().collect();
        let ask = json!({"ids": ids(&both), "set": tag, "mode": "skip_failures"});
        let seen = preview(&team.world, &team.ann, Entity::Units, ask).await.unwrap();
        assert_eq!((seen.counts.will_change, seen.counts.not_allowed), (2, 2), "what is shared is used, not changed");
        let theirs = json!({"ids": ids(&of_cy), "set": tag});
        assert_eq!(code(preview(&team.world, &team.ann, Entity::Units, theirs).await), "not_found:ids");
        let all = json!({"filter": {}, "set": tag});
        let seen = preview(&team.world, &team.ann, Entity::Units, all).await.unwrap();
        assert_eq!(seen.counts.selected, 4, "a filter selects what is in sight");
        let blank = json!({"ids": ids(&own), "set": {"expires_on": {"op": "clear"}}});
        assert!(code(preview(&team.world, &team.ann, Entity::Units, blank).await).starts_with("403:"));
        let odd = json!({"ids": ids(&own), "set": {"lot": {"op": "set", "value": "A"}}});
        assert!(code(preview(&team.world, &team.ann, Entity::Units, odd).await).starts_with("422:"));
        // The label of a unit has a say in its expiry.
        team.identifier("09506000134352", 1).await;
        let udi = CreateUnits {
            udi: Some("(01)09506000134352(17)310430(10)L9".into()),
            quantity: Some(1),
            catalog_item_id: Some(team.item()),
            ..CreateUnits::default()
        };
        let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, udi.clone())).await.unwrap();
        let labelled = made.items[0].id;
        let ask = json!({"ids": [labelled], "set": {"expires_on": {"op": "set", "value": "2033-01-01"}}, "mode": "skip_failures"});
        let seen = preview(&team.world, &team.ops, Entity::Units, ask).await.unwrap();
        assert_eq!((seen.counts.invalid, seen.rows[0].code.as_deref()), (1, Some("udi_mismatch")));
        team.sound().await;
    });
}

#[test]
fn everything_that_a_filter_shows_is_changed_by_a_job_and_taken_back_by_one() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(office(&team.ops), 1_300).await;
        let set = json!({"tags": {"op": "set", "value": ["campaign"]}});
        let ask = json!({"filter": {"custodian_id": team.ops.organization.id}, "set": set});
        let waits = bulk(&team.world, &team.ops, Entity::Units, ask).await.unwrap();
        assert_eq!((waits.status, waits.rows_total), (JobStatus::Queued, 1_300));
        assert!(work(&team.world).await >= 3, "chunk by chunk");
        let done = job(&team.world, &team.ops, waits.id).await;
        assert_eq!((done.status, done.counts["done"]), (JobStatus::Done, 1_300));
        let first = &rows(&team.world, &team.ops, done.id, "limit=1").await[0];
        assert_eq!((first.outcome, first.changes[0].new.as_deref()), (RowOutcome::Done, Some("campaign")));
        assert!(!first.name.is_empty(), "a row is called by number and lot");
        let back = undo(&team.world, &team.ops, done.id).await.unwrap();
        work(&team.world).await;
        assert_eq!(job(&team.world, &team.ops, back.id).await.counts["restored"], 1_300);
        assert!(team.list(&team.ops, &[("tags", "campaign")]).await.is_empty());
        team.sound().await;
    });
}
