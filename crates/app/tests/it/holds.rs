//! Holds in words: who may say which, who lifts them, and the queue of what waits.

use crate::team::{Team, code, params, person};
use app::Ctx;
use contract::units::{HoldReason, HoldUnits, Unit};
use domain::hold::HoldStatus;
use domain::id::UnitId;
use domain::stock::UnitState;
use store::Value;
use testkit::on_both;

async fn hold(team: &Team, who: &Ctx, id: UnitId, status: HoldStatus, reason: &str) -> app::Result<Unit> {
    let body = HoldReason { status: Some(status), reason: Some(reason.to_owned()).filter(|text| !text.is_empty()) };
    team.write(who, move |ctx, tx| app::holds::hold(ctx, tx, id, &body)).await
}

async fn release(team: &Team, who: &Ctx, id: UnitId) -> app::Result<Unit> {
    team.write(who, move |ctx, tx| app::holds::release(ctx, tx, id, None)).await
}

#[test]
fn the_field_reports_what_it_sees_and_the_office_says_the_rest() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.ann), 3).await;
        assert_eq!(code(hold(&team, &team.ann, units[0], HoldStatus::Quarantine, "x").await), "403:not_allowed");
        assert_eq!(code(hold(&team, &team.ann, units[0], HoldStatus::Damaged, "").await), "422:required");
        assert_eq!(code(hold(&team, &team.bob, units[0], HoldStatus::Damaged, "dropped").await), "not_found");
        let broken = hold(&team, &team.ann, units[0], HoldStatus::Damaged, "dropped").await.unwrap();
        assert_eq!((broken.state, broken.hold_status), (UnitState::OnHold, Some(HoldStatus::Damaged)));
        assert_eq!(broken.hold_reason.as_deref(), Some("dropped"));
        // What is damaged the office looks at; what was lost may turn up again.
        assert_eq!(code(release(&team, &team.ann, units[0]).await), "403:not_allowed");
        hold(&team, &team.ann, units[1], HoldStatus::Lost, "not in the car").await.unwrap();
        let found = release(&team, &team.ann, units[1]).await.unwrap();
        assert_eq!((found.state, found.hold_status, found.hold_since), (UnitState::Available, None, None));
        // The office says another word of what waits, and since when it waits stays.
        let kept = hold(&team, &team.ops, units[0], HoldStatus::Inspection, "in the lab").await.unwrap();
        assert_eq!((kept.hold_status, kept.hold_since), (Some(HoldStatus::Inspection), broken.hold_since));
        assert_eq!(code(hold(&team, &team.ann, units[0], HoldStatus::Lost, "again").await), "403:not_yours_to_edit");
        let again = team.write(&team.ops, {
            let id = units[0];
            move |ctx, tx| app::units::hold(ctx, tx, id, None)
        });
        assert_eq!(code(again.await), "409:unit_on_hold");
        assert_eq!(team.list(&team.ann, &[("hold_status", "inspection")]).await, [units[0]]);
        assert!(team.list(&team.ann, &[("hold_status", "lost")]).await.is_empty());
        // It stands in the unit's own history.
        let id = units[0];
        let story = team.read(&team.ann, move |ctx, tx| app::units::history(ctx, tx, id, 20)).await.unwrap();
        let told = story.items.iter().flat_map(|it| &it.changes).filter(|it| it.field == "hold_status").count();
        assert_eq!(told, 2);
        team.sound().await;
    });
}

#[test]
fn the_queue_has_the_oldest_first_and_many_are_held_together_or_not_at_all() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let anns = team.stock(person(&team.ann), 2).await;
        let cys = team.stock(person(&team.cy), 1).await;
        hold(&team, &team.ops, cys[0], HoldStatus::Quarantine, "smells").await.unwrap();
        let both = HoldUnits {
            unit_ids: vec![anns[0], cys[0]],
            status: Some(HoldStatus::Quarantine),
            reason: Some("same box".into()),
        };
        team.write(&team.ops, move |ctx, tx| app::holds::hold_many(ctx, tx, &both)).await.unwrap();
        // The one has waited for ten days, the other since today.
        let (org, cy) = (team.world.organization, cys[0].uuid());
        team.ground
            .edit(
                "UPDATE stock_unit SET hold_since = hold_since - $3 WHERE organization_id = $1 AND id = $2",
                vec![Value::Uuid(org), Value::Uuid(cy), Value::Int(10 * 86_400_000_000)],
            )
            .await;
        let blank = HoldUnits { unit_ids: anns.clone(), status: Some(HoldStatus::Lost), reason: None };
        let refused = team.write(&team.ops, move |ctx, tx| app::holds::hold_many(ctx, tx, &blank)).await;
        assert_eq!(code(refused), "422:required");
        assert_eq!(team.unit(anns[1]).await.state, UnitState::Available, "all of them, or none");
        let page = |filters: &'static [(&'static str, &'static str)]| {
            team.read(&team.ops, move |ctx, tx| app::holds::queue(ctx, tx, &params(filters)))
        };
        let all = page(&[("count", "true")]).await.unwrap();
        let ids: Vec<UnitId> = all.items.iter().map(|it| it.unit.id).collect();
        assert_eq!((ids, all.total), (vec![cys[0], anns[0]], Some(2)), "whoever waits longest stands first");
        assert_eq!(all.items.iter().map(|it| (it.may_release, it.days)).collect::<Vec<_>>(), [(true, 10), (true, 0)]);
        assert!(page(&[("hold_status", "lost")]).await.unwrap().items.is_empty());
        let own = team.read(&team.ann, |ctx, tx| app::holds::queue(ctx, tx, &params(&[]))).await.unwrap();
        assert_eq!((own.items.len(), own.items[0].may_release), (1, false));
        let both = HoldUnits { unit_ids: vec![anns[0], cys[0]], status: None, reason: None };
        team.write(&team.ops, move |ctx, tx| app::holds::release_many(ctx, tx, &both)).await.unwrap();
        assert!(page(&[]).await.unwrap().items.is_empty());
        team.sound().await;
    });
}

#[test]
fn what_goes_missing_on_the_way_is_lost_and_what_is_declined_waits_for_review() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.ann), 2).await;
        let sent = team.send(&team.ann, person(&team.ann), person(&team.bob), &units[..1]).await.unwrap();
        team.decline(&team.bob, sent.transfer.id).await.unwrap();
        assert_eq!(team.unit(units[0]).await.hold_status, Some(HoldStatus::Review));
        let sent = team.send(&team.ann, person(&team.ann), person(&team.bob), &units[1..]).await.unwrap();
        let (id, unit) = (sent.transfer.id, units[1]);
        let body = contract::transfers::AcceptTransfer {
            missing: vec![contract::transfers::MissingUnit { unit_id: unit, reason: "box was open".into() }],
            ..contract::transfers::AcceptTransfer::default()
        };
        team.write(&team.bob, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await.unwrap();
        assert_eq!(team.unit(unit).await.hold_status, Some(HoldStatus::Lost));
        team.sound().await;
    });
}
