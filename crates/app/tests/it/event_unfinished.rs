//! What somebody typed into the form of an event and has not saved: theirs alone, gone once it is saved, thrown away or old.

use crate::scene::{Scene, code};
use app::events::unfinished;
use domain::event::EventType;
use domain::id::OrganizationId;
use domain::people::Role;
use store::args;
use testkit::{World, on_both};

fn typed(note: &str) -> Vec<(String, String)> {
    vec![("type".into(), "case".into()), ("note".into(), note.into()), ("manufacturer_ids".into(), "a".into())]
}

#[test]
fn a_lost_tab_loses_nothing() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        for (of, note) in [(None, "first"), (None, "second"), (Some(event), "of the case")] {
            scene.run(&ann, move |ctx, tx| unfinished::keep(ctx, tx, of, &typed(note))).await.unwrap();
        }
        let read = async |who: &app::Ctx, of| scene.app.read(who, move |ctx, tx| unfinished::get(ctx, tx, of)).await;
        let new = read(&ann, None).await.unwrap().unwrap();
        assert_eq!((new.fields, new.changed_since), (typed("second"), false));
        assert!(!read(&ann, Some(event)).await.unwrap().unwrap().changed_since);
        // Nobody else's, and nothing of an event that one does not see.
        assert_eq!(read(&bob, None).await.unwrap(), None);
        assert_eq!(code(read(&bob, Some(event)).await), "not_found");
        let foreign = scene.run(&bob, move |ctx, tx| unfinished::keep(ctx, tx, Some(event), &typed("x"))).await;
        assert_eq!(code(foreign), "not_found");
        let huge = typed(&"x".repeat(40_000));
        let refused = scene.run(&ann, move |ctx, tx| unfinished::keep(ctx, tx, None, &huge)).await;
        assert!(matches!(refused, Err(app::Error::TooLarge(_))));
        // Somebody changed the event meanwhile.
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, event, &units).await.unwrap();
        assert!(read(&ann, Some(event)).await.unwrap().unwrap().changed_since);
        scene.run(&ann, |ctx, tx| unfinished::forget(ctx, tx, None)).await.unwrap();
        assert_eq!(read(&ann, None).await.unwrap(), None);
        // Two weeks later nothing of it is left.
        scene.world.clock.pass(unfinished::KEPT_DAYS * 86_400 + 60);
        assert_eq!(read(&scene.world.again(&ann).await, Some(event)).await.unwrap(), None);
        scene.app.sweep(OrganizationId::from_uuid(scene.org)).await.unwrap();
        let left = "SELECT COUNT(*) FROM form_draft WHERE organization_id = $1";
        assert_eq!(scene.numbers(left, args![scene.org]).await, [0]);
    });
}
