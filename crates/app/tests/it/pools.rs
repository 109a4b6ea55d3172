//! Named pools: members use what is in them and nothing else, until it ends.

use crate::scene::{Scene, code as scene_code};
use crate::team::{Team, code, params, person};
use app::Ctx;
use contract::pools::{CreatePool, PatchPool, Pool, PutPoolPerson};
use domain::event::EventType;
use domain::people::Role;
use store::Value;
use testkit::on_both;

fn who(ctx: &Ctx, holds: bool, uses: bool) -> PutPoolPerson {
    PutPoolPerson { user_id: ctx.actor.id, holds, uses }
}

async fn make(team: &Team, by: &Ctx, people: Vec<PutPoolPerson>) -> app::Result<Pool> {
    let body = CreatePool { name: "Spine".into(), people, ..CreatePool::default() };
    team.write(by, move |ctx, tx| app::pools::create(ctx, tx, &body)).await
}

#[test]
fn members_use_what_is_in_the_pool_until_it_ends() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let bobs = team.stock(person(&team.bob), 2).await;
        let anns = team.stock(person(&team.ann), 1).await;
        assert!(!team.list(&team.cy, &[]).await.contains(&bobs[0]));
        // Bob's stock, which Cy may use, and Ann not.
        let pool = make(&team, &team.ops, vec![who(&team.bob, true, false), who(&team.cy, false, true)]).await.unwrap();
        let seen = team.list(&team.cy, &[]).await;
        assert!(seen.contains(&bobs[0]) && seen.contains(&bobs[1]) && !seen.contains(&anns[0]));
        assert_eq!(team.list(&team.cy, &[("scope", "shared")]).await.len(), 2);
        assert!(
            !team.list(&team.ann, &[]).await.contains(&bobs[0]) && !team.list(&team.bob, &[]).await.contains(&anns[0])
        );
        // Use is taking it over and sending it on, not changing it.
        let (id, own) = (bobs[0], team.cy.clone());
        let edited = team
            .write(&own, move |ctx, tx| {
                let body =
                    contract::units::PatchUnit { note: Some("mine".into()), ..contract::units::PatchUnit::default() };
                app::units::patch(ctx, tx, id, body)
            })
            .await;
        assert_eq!(code(edited), "403:not_yours_to_edit");
        team.send(&team.cy, person(&team.bob), person(&team.cy), &bobs[..1]).await.unwrap();
        // Only those in it, and the office, see it; only who may share says who is in it.
        let id = pool.id;
        assert_eq!(code(team.read(&team.ann, move |ctx, tx| app::pools::get(ctx, tx, id)).await), "not_found");
        let listed = team.read(&team.cy, |ctx, tx| app::pools::list(ctx, tx, &params(&[]))).await.unwrap();
        assert_eq!(listed.items.len(), 1);
        let by_cy = make(&team, &team.cy, vec![who(&team.bob, true, false), who(&team.cy, false, true)]).await;
        assert_eq!(code(by_cy), "403:not_allowed");
        let people = vec![who(&team.rita, true, false), who(&team.cy, false, true)];
        let body = CreatePool { name: "Managers".into(), people, ..CreatePool::default() };
        let of_manager = team.write(&team.ops, move |ctx, tx| app::pools::create(ctx, tx, &body)).await;
        assert_eq!(code(of_manager), "422:role_cannot_hold_stock");
        let of_one = make(&team, &team.ops, vec![who(&team.cy, true, true)]).await;
        assert_eq!(code(of_one), "409:name_taken");
        let end = PatchPool { archived: Some(true), ..PatchPool::default() };
        team.write(&team.ops, move |ctx, tx| app::pools::patch(ctx, tx, id, &end)).await.unwrap();
        assert!(!team.list(&team.cy, &[]).await.contains(&bobs[1]));
        let of_one = make(&team, &team.ops, vec![who(&team.cy, true, true)]).await;
        assert_eq!(code(of_one), "422:required");
        team.sound().await;
    });
}

#[test]
fn a_pool_ends_by_itself_after_its_last_day() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let bobs = team.stock(person(&team.bob), 1).await;
        let pool = make(&team, &team.ops, vec![who(&team.bob, true, false), who(&team.cy, false, true)]).await.unwrap();
        let org = team.ops.organization.id;
        assert_eq!(team.world.app.end_pools(org).await.unwrap(), 0);
        assert!(team.list(&team.cy, &[]).await.contains(&bobs[0]));
        team.ground
            .edit(
                "UPDATE stock_pool SET until_on = $3 WHERE organization_id = $1 AND id = $2",
                vec![
                    Value::Uuid(team.world.organization),
                    Value::Uuid(pool.id.uuid()),
                    Value::Int(i64::from(team.ops.today().0) - 1),
                ],
            )
            .await;
        assert_eq!(team.world.app.end_pools(org).await.unwrap(), 1);
        assert!(!team.list(&team.cy, &[]).await.contains(&bobs[0]));
        team.sound().await;
    });
}

#[test]
fn pooled_stock_is_used_in_cases_and_facility_stock_is_not_pooled() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let (ann, bob) = (scene.person(Role::Sales, "Ann Reyes").await, scene.person(Role::Sales, "Bob Lind").await);
        let units = scene.units(scene.item, &bob, 2, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(scene_code(scene.mark(&ann, event, &units[..1]).await), "not_found");
        let body = CreatePool {
            name: "Hips".into(),
            people: vec![who(&bob, true, false), who(&ann, false, true)],
            ..CreatePool::default()
        };
        scene.run(&scene.admin, move |ctx, tx| app::pools::create(ctx, tx, &body)).await.unwrap();
        let usable = async || {
            let read = move |ctx: &Ctx, tx: &mut app::Tx| {
                app::events::lines::usable_units(ctx, tx, event, &params(&[("count", "true")]))
            };
            scene.app.read(&ann, read).await.unwrap().items.len()
        };
        assert_eq!(usable().await, 2);
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        // Sold to the hospital, it is Bob's to use there, whoever is in the pool.
        let (org, shelf, unit) = (scene.org, scene.mercy.uuid(), units[1].uuid());
        let sold = scene.event(EventType::StockingOrder, &bob, scene.mercy).await.head.id;
        scene.mark(&bob, sold, &units[1..]).await.unwrap();
        let keep = contract::events::SubmitEvent { keep_as_facility_stock: Some(true) };
        scene.run(&bob, move |ctx, tx| app::events::settle::submit(ctx, tx, sold, &keep)).await.unwrap();
        let row = scene.app.db().read(move |tx| store::stock::unit(tx, org, unit)).await.unwrap().unwrap();
        assert_eq!(row.facility_stock_location_id, Some(shelf));
        assert_eq!(usable().await, 0);
        assert_eq!(scene_code(scene.mark(&ann, event, &units[1..]).await), "facility_stock_not_pooled");
        scene.prove().await;
    });
}
