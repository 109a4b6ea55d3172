//! What people are told of cases and money: once, and what they may see.

use crate::billing::{invoices, pay};
use crate::scene::{Scene, TODAY, at};
use app::Ctx;
use app::documents::guest::GivenOrder;
use contract::ListParams;
use contract::commission::IssueCommissionStatement;
use contract::documents::ShareDocument;
use contract::events::PatchEvent;
use domain::clock::{Day, Instant};
use domain::event::EventType;
use domain::id::OrganizationId;
use domain::people::Role;
use std::net::IpAddr;
use store::args;
use testkit::{World, on_both};

async fn told(scene: &Scene, ctx: &Ctx, kind: &str) -> Vec<String> {
    let read = |ctx: &Ctx, tx: &mut app::Tx| app::notices::list(ctx, tx, &ListParams::default());
    let found = scene.app.read(ctx, read).await.unwrap().items;
    found.into_iter().filter(|it| it.kind == kind).map(|it| it.sentence).collect()
}

/// A morning some days from the scene's day, at eight where the organisation is.
fn morning(scene: &Scene, days: i32) {
    let day = Day::parse(TODAY).unwrap().plus(days);
    scene.world.clock.set(Instant(day.starts_in(&scene.admin.organization.time_zone).0 + 8 * 3_600_000_000));
}

async fn of_the_day(scene: &Scene) -> usize {
    scene.app.tell_of_the_day(OrganizationId::from_uuid(scene.org)).await.unwrap()
}

#[test]
fn a_morning_tells_of_what_comes_and_of_what_was_left_once() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        // A first morning, so that what follows is news.
        morning(&scene, -1);
        of_the_day(&scene).await;
        scene.world.clock.set(scene.admin.now);
        let units = scene.units(scene.item, &ann, 2, None).await;
        let waits = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, waits, &units[..1]).await.unwrap();
        scene.submit(&ann, waits).await.unwrap();
        let mut plan = scene.plan(EventType::Case, &ann, scene.east);
        plan.starts_at = at("2026-11-24");
        let open = scene.create(&ann, plan.clone()).await.unwrap();
        scene.create(&ann, plan).await.unwrap();

        morning(&scene, 1);
        let (ann, bob) = (scene.world.again(&ann).await, scene.world.again(&bob).await);
        assert!(of_the_day(&scene).await >= 2);
        assert_eq!(of_the_day(&scene).await, 0, "once a day");
        let tomorrow = told(&scene, &ann, "event_tomorrow").await;
        assert_eq!(tomorrow.len(), 1, "two cases, one notice: {tomorrow:?}");
        assert!(tomorrow[0].contains(&open.head.number) && tomorrow[0].contains("at Mercy East"), "{tomorrow:?}");
        assert!(tomorrow[0].ends_with("and 1 more."), "{tomorrow:?}");
        assert!(told(&scene, &bob, "event_tomorrow").await.is_empty(), "nobody is told of others' cases");
        assert!(told(&scene, &ann, "event_left_open").await.is_empty());

        // No server ran for two days: what was missed is told with the next morning.
        morning(&scene, 4);
        let ann = scene.world.again(&ann).await;
        of_the_day(&scene).await;
        let left = told(&scene, &ann, "event_left_open").await;
        assert!(left.len() == 1 && left[0].contains("and 1 more are over and not submitted"), "{left:?}");
        assert!(told(&scene, &ann, "purchase_order_late").await.is_empty(), "four days are not late");
        morning(&scene, 8);
        let (ann, admin) = (scene.world.again(&ann).await, scene.world.again(&scene.admin).await);
        of_the_day(&scene).await;
        for who in [&ann, &admin] {
            let late = told(&scene, who, "purchase_order_late").await;
            assert!(late.len() == 1 && late[0].contains("more than 7 days"), "{late:?}");
        }
        morning(&scene, 9);
        of_the_day(&scene).await;
        assert_eq!(told(&scene, &scene.world.again(&ann).await, "purchase_order_late").await.len(), 1, "and not again");
    });
}

#[test]
fn invoices_that_fall_due_are_told_to_the_office_alone() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        morning(&scene, -1);
        of_the_day(&scene).await;
        scene.world.clock.set(scene.admin.now);
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        scene.order(&ann, event, "PO 1", None).await.unwrap();
        let due = Day::parse(TODAY).unwrap().plus(3);
        scene
            .sql(
                "UPDATE billing_invoice SET due_on = $2, due_state = 'known' WHERE organization_id = $1",
                args![scene.org, i64::from(due.0)],
            )
            .await;
        for days in [2, 3, 4, 5] {
            morning(&scene, days);
            of_the_day(&scene).await;
        }
        let (ann, admin) = (scene.world.again(&ann).await, scene.world.again(&scene.admin).await);
        let said = told(&scene, &admin, "invoices_overdue").await;
        assert_eq!(said, ["1 invoice is overdue since yesterday: 1,000.00 USD are open."]);
        assert!(told(&scene, &ann, "invoices_overdue").await.is_empty());
    });
}

#[test]
fn whoever_is_on_a_case_hears_of_its_new_time_its_papers_and_its_money() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        scene
            .sql(
                "UPDATE people_user SET commission_rate_bp = 1000 WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let later = PatchEvent { starts_at: Some(at("2026-11-25")), ..PatchEvent::default() };
        scene.run(&admin, move |ctx, tx| app::events::plan::patch(ctx, tx, event, later.clone())).await.unwrap();
        let moved = told(&scene, &ann, "event_moved").await;
        assert!(moved.len() == 1 && moved[0].contains("from 2026-11-22 10:00 to 2026-11-25 10:00"), "{moved:?}");
        assert!(told(&scene, &admin, "event_moved").await.is_empty(), "whoever did it knows");

        scene.mark(&ann, event, &units).await.unwrap();
        let order = scene.submit(&ann, event).await.unwrap().sales_order_id.unwrap();
        let config = scene.app.config().clone();
        let link = scene
            .run(&ann, move |ctx, tx| app::documents::links::share(ctx, tx, &config, order, &ShareDocument::default()))
            .await
            .unwrap()
            .link;
        let secret = link.rsplit('/').next().unwrap().to_owned();
        let here = IpAddr::from([192, 0, 2, 7]);
        scene.app.guest_order(&secret, here).await.unwrap();
        scene.app.guest_order(&secret, here).await.unwrap();
        let opened = told(&scene, &ann, "document_opened").await;
        assert!(opened.len() == 1 && opened[0].starts_with("SO-000001 for"), "the first opening alone: {opened:?}");
        let given = GivenOrder { number: "PO 7".into(), amount: "900".into(), name: "Pat Ortiz".into(), file: None };
        scene.app.guest_purchase_order(&secret, here, given).await.unwrap();
        let office = told(&scene, &admin, "purchase_order_added").await;
        assert!(office[0].ends_with("It is over 900.00 USD, 100.00 USD less than is billed."), "{office:?}");
        let field = told(&scene, &ann, "purchase_order_added").await;
        assert!(field.len() == 1 && !field[0].contains("USD"), "amounts are for the office: {field:?}");

        let invoice = invoices(&scene, &admin, event).await[0].clone();
        pay(&scene, &admin, invoice.id, invoice.open_minor.unwrap()).await.unwrap();
        assert!(told(&scene, &ann, "event_paid").await.is_empty(), "the commission is not paid yet");
        let (from, to) = (Day::parse("2026-11-01").unwrap(), Day::parse("2026-11-30").unwrap());
        let ask = IssueCommissionStatement { user_id: ann.actor.id, from, to, include_accrued: false };
        let statement = scene.run(&admin, move |ctx, tx| app::commission::issue(ctx, tx, &ask)).await.unwrap().head.id;
        let stated = told(&scene, &ann, "commission_stated").await;
        assert_eq!(stated, ["Your commission statement COM-000001 is ready: 100.00 USD."]);
        scene.run(&admin, move |ctx, tx| app::commission::pay(ctx, tx, statement)).await.unwrap();
        assert_eq!(told(&scene, &ann, "commission_paid").await.len(), 1);
        assert!(told(&scene, &ann, "event_paid").await.is_empty(), "the statement says it for all of its events");
        let other = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, other, &units).await.unwrap();
        scene.submit(&ann, other).await.unwrap();
        scene.order(&ann, other, "PO 8", None).await.unwrap();
        scene.run(&admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, other)).await.unwrap();
        assert_eq!(told(&scene, &ann, "event_paid").await.len(), 1);
        let read = |ctx: &Ctx, tx: &mut app::Tx| app::notices::list(ctx, tx, &ListParams::default());
        let about = scene.app.read(&ann, read).await.unwrap().items;
        let of = |kind: &str| about.iter().find(|it| it.kind == kind).and_then(app::notices::page_of);
        assert_eq!(of("commission_paid"), Some(format!("/commission/{statement}")));
        assert_eq!(of("event_paid"), Some(format!("/events/{other}")));
    });
}

#[test]
fn what_expires_is_told_ahead_and_what_is_below_par_on_mondays() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        morning(&scene, -1);
        of_the_day(&scene).await;
        scene.world.clock.set(scene.admin.now);
        let soon = |days: i32| Day::parse(TODAY).unwrap().plus(days).to_string();
        scene.units(scene.item, &ann, 2, Some(&soon(30))).await;
        scene.units(scene.item, &ann, 1, Some(&soon(31))).await;
        scene.units(scene.item, &ann, 1, Some(&soon(200))).await;
        scene.units(scene.own_item, &bob, 1, Some(&soon(60))).await;
        let (item, who) = (scene.item, bob.actor.id);
        let body = contract::pars::PutParLevels {
            levels: vec![contract::pars::PutParLevel { catalog_item_id: domain::id::Id::from_uuid(item), level: 3 }],
        };
        scene.run(&scene.admin, move |ctx, tx| app::pars::put_user(ctx, tx, who, &body)).await.unwrap();

        let manager = scene.person(Role::RegionalManager, "Rae Region").await;
        scene.region(&manager, &[&bob]).await;
        let params = contract::ListParams::default();
        let regions =
            scene.app.read(&scene.admin, move |ctx, tx| app::people::list_regions(ctx, tx, &params)).await.unwrap();
        let region = regions.items[0].id;
        let body = contract::pars::PutParLevels {
            levels: vec![contract::pars::PutParLevel { catalog_item_id: domain::id::Id::from_uuid(item), level: 4 }],
        };
        scene.run(&scene.admin, move |ctx, tx| app::pars::put_region(ctx, tx, region, &body)).await.unwrap();

        // The scene's day is a Sunday.
        morning(&scene, 0);
        let (ann, bob) = (scene.world.again(&ann).await, scene.world.again(&bob).await);
        of_the_day(&scene).await;
        let first = told(&scene, &ann, "stock_expiring").await;
        assert_eq!(first.len(), 1, "{first:?}");
        assert!(first[0].starts_with("2 units that you answer for expire within 30 days"), "{first:?}");
        assert_eq!(told(&scene, &bob, "stock_expiring").await.len(), 1);
        assert!(told(&scene, &bob, "stock_below_par").await.is_empty());
        assert_eq!(of_the_day(&scene).await, 0, "once a day");
        // The next morning tells of the one that followed, and of what is below par.
        morning(&scene, 1);
        let (ann, bob) = (scene.world.again(&ann).await, scene.world.again(&bob).await);
        of_the_day(&scene).await;
        let second = told(&scene, &ann, "stock_expiring").await;
        assert_eq!(second.len(), 2);
        assert!(
            second.iter().any(|it| it.starts_with("1 unit that you answer for expires within 30 days")),
            "{second:?}"
        );
        let short = told(&scene, &bob, "stock_below_par").await;
        assert!(short.len() == 1 && short[0].contains("3 pieces below your par levels"), "{short:?}");
        assert!(told(&scene, &ann, "stock_below_par").await.is_empty());
        let manager = scene.world.again(&manager).await;
        let short = told(&scene, &manager, "stock_below_par").await;
        assert!(short.len() == 1 && short[0].contains("is 4 pieces below its par levels"), "{short:?}");
    });
}
