//! Words about an event: its note and what is printed, what people say to each other, and the way from a unit to its event.

use crate::scene::{Scene, at, code};
use app::{Ctx, Tx};
use contract::ListParams;
use contract::events::{AddEventComment, AmendChanges, AmendEvent, EventComment, PatchEvent};
use domain::event::EventType;
use domain::id::{EventId, UnitId};
use domain::people::Role;
use testkit::{World, on_both};

#[test]
fn the_note_is_for_the_team_and_another_one_is_printed() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.note = "They always argue about the price".into();
        plan.print_note = "Deliver to dock 4".into();
        let id = scene.create(&ann, plan).await.unwrap().head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, id, &units).await.unwrap();
        let submitted = scene.submit(&ann, id).await.unwrap();
        assert_eq!(
            (submitted.note.as_str(), submitted.print_note.as_str()),
            ("They always argue about the price", "Deliver to dock 4")
        );
        let printed = async |order: domain::id::SalesOrderId| {
            let read = move |ctx: &Ctx, tx: &mut Tx| app::billing::documents::sales_order(ctx, tx, order);
            scene.app.read(&ann, read).await.unwrap().document.unwrap().note
        };
        assert_eq!(printed(submitted.sales_order_id.unwrap()).await, "Deliver to dock 4");
        // What the team says changes no paper of it; what is printed comes with the next edition.
        let changes = AmendChanges { print_note: Some("Deliver to dock 5".into()), ..AmendChanges::default() };
        let wish = AmendEvent { changes, reason: "the dock moved".into() };
        let admin = scene.admin.clone();
        let amended =
            scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await.unwrap();
        assert_eq!(printed(amended.sales_order_id.unwrap()).await, "Deliver to dock 5");
        assert_eq!(printed(submitted.sales_order_id.unwrap()).await, "Deliver to dock 4", "the edition before stays");
        scene.prove().await;
    });
}

async fn say(scene: &Scene, ctx: &Ctx, event: EventId, text: &str) -> app::Result<EventComment> {
    let body = AddEventComment { text: text.to_owned() };
    scene.run(ctx, move |ctx, tx| app::events::comments::add(ctx, tx, event, &body)).await
}

/// How often somebody was told of a kind.
async fn told(scene: &Scene, ctx: &Ctx, kind: &'static str) -> usize {
    let read = |ctx: &Ctx, tx: &mut Tx| app::notices::list(ctx, tx, &ListParams::default());
    scene.app.read(ctx, read).await.unwrap().items.into_iter().filter(|it| it.kind == kind).count()
}

#[test]
fn people_speak_of_an_event_before_and_after_it_is_submitted() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Stone").await;
        let admin = scene.admin.clone();
        let id = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(told(&scene, &admin, "event_planned").await, 1, "the office hears of a case that the field plans");
        assert_eq!(code(say(&scene, &bob, id, "hello").await), "not_found", "it is not his to see");
        assert_eq!(code(say(&scene, &ann, id, "  ").await), "required");
        say(&scene, &ann, id, "The second tray is late.").await.unwrap();
        assert_eq!(
            (told(&scene, &admin, "event_commented").await, told(&scene, &ann, "event_commented").await),
            (1, 0)
        );
        say(&scene, &admin, id, "Sent by courier at noon.").await.unwrap();
        assert_eq!(
            (told(&scene, &admin, "event_commented").await, told(&scene, &ann, "event_commented").await),
            (1, 1)
        );
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, id, &units).await.unwrap();
        let version = scene.submit(&ann, id).await.unwrap().head.version;
        say(&scene, &ann, id, "Pat promises the order by Friday.").await.unwrap();
        assert_eq!(scene.get(&ann, id).await.unwrap().head.version, version, "it changes nothing of the event");
        let hospital = scene.person(Role::FacilityManager, "Pat Ortiz").await;
        assert!(scene.get(&hospital, id).await.is_ok());
        assert_eq!(code(say(&scene, &hospital, id, "hello").await), "not_allowed", "the team speaks among itself");
        let said = scene.app.read(&ann, move |ctx, tx| app::events::comments::list(ctx, tx, id)).await.unwrap().items;
        let words: Vec<(&str, &str)> = said.iter().map(|it| (it.by_name.as_str(), it.text.as_str())).collect();
        assert_eq!(words.len(), 3);
        assert_eq!(words[0], ("Ann Reyes", "The second tray is late."));
        assert_eq!(words[2].1, "Pat promises the order by Friday.");
        scene.prove().await;
    });
}

#[test]
fn from_a_unit_one_finds_the_events_that_may_take_it() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Stone").await;
        let admin = scene.admin.clone();
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.starts_at = at("2026-11-30");
        let later = scene.create(&ann, plan.clone()).await.unwrap().head.id;
        plan.starts_at = at("2026-11-23");
        let soon = scene.create(&ann, plan.clone()).await.unwrap().head.id;
        plan.starts_at = at("2027-03-01");
        scene.create(&ann, plan).await.unwrap();
        scene.event(EventType::Case, &bob, scene.mercy).await;
        let unit = scene.units(scene.item, &ann, 1, None).await[0];
        let offered = async |ctx: &Ctx, unit: UnitId| -> Vec<EventId> {
            let read = move |ctx: &Ctx, tx: &mut Tx| app::events::using::events(ctx, tx, unit);
            scene.app.read(ctx, read).await.unwrap().items.into_iter().map(|it| it.id).collect()
        };
        for ctx in [&ann, &admin] {
            assert_eq!(offered(ctx, unit).await, [soon, later], "Ann's alone, the nearest first");
        }
        scene.mark(&ann, soon, &[unit]).await.unwrap();
        assert!(offered(&ann, unit).await.is_empty(), "it is taken");
        let change = PatchEvent { note: Some("x".into()), ..PatchEvent::default() };
        scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, soon, change.clone())).await.unwrap();
        let hidden = scene.units(scene.item, &bob, 1, None).await[0];
        let read = move |ctx: &Ctx, tx: &mut Tx| app::events::using::events(ctx, tx, hidden);
        assert_eq!(code(scene.app.read(&ann, read).await), "not_found");
        scene.prove().await;
    });
}
