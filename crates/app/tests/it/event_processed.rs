//! The back office's tick, and lists by what of an event's money is there.

use crate::billing::{invoices, pay};
use crate::scene::{Scene, code};
use app::{Ctx, Result};
use contract::ListParams;
use contract::documents::SendDocument;
use contract::events::{Event, SetProcessed};
use domain::event::EventType;
use domain::id::EventId;
use domain::people::Role;
use testkit::{World, on_both};

async fn tick(scene: &Scene, ctx: &Ctx, event: EventId, processed: bool) -> Result<Event> {
    let body = SetProcessed { processed };
    scene.run(ctx, move |ctx, tx| app::events::processed::set(ctx, tx, event, &body)).await
}

/// How many events a filter leaves.
async fn left(scene: &Scene, ctx: &Ctx, filter: &str, value: bool) -> Vec<EventId> {
    let mut params = ListParams { count: true, ..ListParams::default() };
    params.filters.insert(filter.to_owned(), value.to_string());
    let page = scene.app.read(ctx, move |ctx, tx| app::events::list(ctx, tx, &params)).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64));
    page.items.into_iter().map(|it| it.id).collect()
}

#[test]
fn the_office_ticks_what_it_is_done_with_and_finds_the_rest() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        let mut all = Vec::new();
        for _ in 0..3 {
            let unit = scene.units(scene.item, &ann, 1, None).await;
            let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
            scene.mark(&ann, event, &unit).await.unwrap();
            all.push(event);
        }
        let [done, waits, open] = [all[0], all[1], all[2]];
        scene.submit(&ann, done).await.unwrap();
        scene.submit(&ann, waits).await.unwrap();
        assert_eq!(code(tick(&scene, &ann, done, true).await), "not_allowed");
        assert_eq!(code(tick(&scene, &admin, open, true).await), "event_not_submitted");
        assert!(tick(&scene, &admin, done, true).await.unwrap().head.processed_at.is_some());
        let version = tick(&scene, &admin, done, true).await.unwrap().head.version;
        assert_eq!(scene.get(&admin, done).await.unwrap().head.version, version, "once more changes nothing");
        for ctx in [&admin, &ann] {
            assert_eq!(left(&scene, ctx, "processed", true).await, [done]);
            assert_eq!(left(&scene, ctx, "processed", false).await, [waits], "what is open is not waited for");
        }
        // What is reopened is to be looked at again.
        scene.run(&admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, done, "wrong units")).await.unwrap();
        assert!(scene.submit(&ann, done).await.unwrap().head.processed_at.is_none());
        tick(&scene, &admin, done, true).await.unwrap();
        assert!(tick(&scene, &admin, done, false).await.unwrap().head.processed_at.is_none());
        scene.prove().await;
    });
}

#[test]
fn events_are_found_by_what_is_paid_and_sent() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        let mut all = Vec::new();
        for _ in 0..2 {
            let unit = scene.units(scene.item, &ann, 1, None).await;
            let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
            scene.mark(&ann, event, &unit).await.unwrap();
            scene.submit(&ann, event).await.unwrap();
            all.push(event);
        }
        let [first, second] = [all[0], all[1]];
        let none: [EventId; 0] = [];
        assert_eq!(left(&scene, &admin, "invoice_paid", false).await, none, "nothing is invoiced yet");
        scene.order(&admin, first, "PO 1", None).await.unwrap();
        assert_eq!(left(&scene, &admin, "invoice_paid", false).await, [first]);
        assert_eq!(left(&scene, &admin, "invoice_sent", false).await, [first]);
        assert_eq!(left(&scene, &admin, "commission_paid", false).await.len(), 2);
        let invoice = invoices(&scene, &admin, first).await[0].clone();
        let marked = SendDocument {
            mark_only: true,
            message: "Handed over".into(),
            ..serde_json::from_value(serde_json::json!({"kind": "invoice", "subject_id": invoice.id})).unwrap()
        };
        let app = scene.app.clone();
        app.send_document(&admin, marked, None).await.unwrap();
        assert_eq!(left(&scene, &admin, "invoice_sent", true).await, [first]);
        assert_eq!(left(&scene, &admin, "invoice_sent", false).await, none);
        pay(&scene, &admin, invoice.id, invoice.open_minor.unwrap()).await.unwrap();
        assert_eq!(left(&scene, &ann, "invoice_paid", true).await, [first]);
        assert_eq!(left(&scene, &ann, "invoice_paid", false).await, none);
        scene.run(&admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, first)).await.unwrap();
        assert_eq!(left(&scene, &admin, "commission_paid", true).await, [first]);
        assert_eq!(left(&scene, &admin, "commission_paid", false).await, [second]);
    });
}
