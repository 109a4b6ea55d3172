//! Events in a person's own calendar program, and another time for an event.

use crate::scene::{Scene, at, code};
use app::events::feed::{self, Scope};
use app::session::Incoming;
use app::{Ctx, Error, Source};
use contract::events::PatchEvent;
use domain::event::EventType;
use domain::id::EventId;
use domain::people::Role;
use store::args;
use testkit::{World, on_both};

/// Makes a feed and gives the secret in its address.
async fn subscribe(scene: &Scene, who: &Ctx) -> String {
    let made = scene.run(who, |ctx, tx| feed::renew(ctx, tx, "https://cases.example")).await.unwrap();
    let file = made.url.strip_prefix("https://cases.example/feeds/").expect("an address of a feed");
    file.strip_suffix(".ics").expect("a calendar file").to_owned()
}

async fn read(scene: &Scene, secret: &str, scope: Scope) -> app::Result<String> {
    // Long lines go on in the next one, behind a space.
    scene.app.calendar_feed(secret, scope, "test".into()).await.map(|text| text.replace("\r\n ", ""))
}

#[test]
fn a_feed_tells_when_where_and_with_whom_and_nothing_else() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Distributor").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.link(&dana, &ann, false).await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.patient_reference = "MRN-4711".into();
        plan.note = "secret note".into();
        plan.name = "Mr Miller's knee".into();
        plan.starts_at = at("2026-11-24");
        let mine = scene.create(&ann, plan).await.unwrap().head;
        let his = scene.event(EventType::Case, &bob, scene.east).await.head;

        let secret = subscribe(&scene, &ann).await;
        let told = read(&scene, &secret, Scope::Own).await.unwrap();
        assert!(told.contains(&format!("UID:{}@caseload\r\n", mine.id)), "{told}");
        assert!(told.contains("DTSTART;TZID=America/Chicago:20261124T100000\r\n"), "{told}");
        assert!(told.contains("TZNAME:CST\r\n") && told.contains("LOCATION:Mercy Main\r\n"), "{told}");
        assert!(told.contains(&mine.number));
        for hidden in ["4711", "secret note", "Miller", &his.number] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        // Her distributor reads her case as one of the group; he is on none himself.
        let group = subscribe(&scene, &dana).await;
        assert!(!read(&scene, &group, Scope::Own).await.unwrap().contains("BEGIN:VEVENT"));
        let told = read(&scene, &group, Scope::All).await.unwrap();
        assert!(told.contains("(Ann Reyes)") && !told.contains(&his.number), "{told}");
        // Even everything in reach of a rep is only what she reaches.
        assert!(!read(&scene, &secret, Scope::All).await.unwrap().contains(&his.number));

        // Cancelled, it stays until programs have taken it away.
        let id = mine.id;
        scene.run(&ann, move |ctx, tx| app::events::plan::cancel(ctx, tx, id, "")).await.unwrap();
        assert!(read(&scene, &secret, Scope::Own).await.unwrap().contains("STATUS:CANCELLED\r\n"));
    });
}

#[test]
fn a_feeds_secret_opens_the_feed_alone_and_ends_with_everything_that_ends_access() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let first = subscribe(&scene, &ann).await;
        // No token, no session.
        for source in [Source::Api, Source::Console] {
            let incoming = Incoming { request_id: "test".into(), source, expected_version: None };
            assert!(matches!(scene.app.authenticate(&first, incoming, true).await, Err(Error::Unauthorized)));
        }
        // A new address ends the old one; nonsense opens as little.
        let second = subscribe(&scene, &ann).await;
        assert_eq!(code(read(&scene, &first, Scope::Own).await), "not_found");
        assert_eq!(code(read(&scene, "clf_nonsense.x", Scope::Own).await), "not_found");
        assert_eq!(code(read(&scene, &second, Scope::Own).await), "ok");
        // It is listed beside sessions and tokens, and ended once.
        let listed = scene.app.read(&ann, app::session::tokens).await.unwrap();
        assert_eq!(listed.iter().filter(|token| token.kind == "feed").count(), 1);
        assert_eq!(code(scene.run(&ann, feed::end).await), "ok");
        assert_eq!(code(scene.run(&ann, feed::end).await), "not_found");
        assert_eq!(code(read(&scene, &second, Scope::Own).await), "not_found");
        // Without the account there is no feed.
        let third = subscribe(&scene, &ann).await;
        let (org, id) = (scene.org, ann.actor.id.uuid());
        scene.sql("UPDATE people_user SET active = 0 WHERE organization_id = $1 AND id = $2", args![org, id]).await;
        assert_eq!(code(read(&scene, &third, Scope::Own).await), "not_found");
    });
}

#[test]
fn a_move_says_what_follows_before_anything_is_changed() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.starts_at = at("2026-11-24");
        let case = scene.create(&ann, plan).await.unwrap().head;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.starts_at = at("2026-11-26");
        let other = scene.create(&ann, plan).await.unwrap().head;
        let last = Some("2026-11-25");
        let units = scene.units(scene.item, &ann, 2, last).await;
        scene.mark(&ann, case.id, &units[..1]).await.unwrap();

        let preview = |ctx: Ctx, id: EventId, day: &'static str| {
            let app = scene.app.clone();
            async move { app.read(&ctx, move |ctx, tx| app::events::moving::preview(ctx, tx, id, at(day))).await }
        };
        // The day before nothing follows but the look at prices.
        let quiet = preview(ann.clone(), case.id, "2026-11-23").await.unwrap();
        assert_eq!((quiet.clashes.len(), quiet.expired.len(), quiet.reprices), (0, 0, true));
        // The other case is in the way, and the unit is past its date.
        let loud = preview(ann.clone(), case.id, "2026-11-26").await.unwrap();
        assert!(loud.clashes.iter().any(|it| it.contains(&other.number)), "{:?}", loud.clashes);
        assert_eq!(loud.expired.len(), 1, "{:?}", loud.expired);
        assert_eq!(loud.ends_at.0 - loud.starts_at.0, case.ends_at.0 - case.starts_at.0);
        // Nothing was written.
        assert_eq!(scene.get(&ann, case.id).await.unwrap().head.version, loud.event.version);
        // Out of reach it is unknown; once it is closed it stays where it is.
        assert_eq!(code(preview(bob, case.id, "2026-11-23").await), "not_found");
        let id = other.id;
        scene.run(&ann, move |ctx, tx| app::events::plan::cancel(ctx, tx, id, "")).await.unwrap();
        assert_ne!(code(preview(ann.clone(), other.id, "2026-11-27").await), "ok");
        let change = PatchEvent { starts_at: Some(at("2026-11-26")), ..PatchEvent::default() };
        let id = case.id;
        let moved =
            scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, id, change.clone())).await.unwrap();
        assert_eq!(moved.head.starts_at, at("2026-11-26"));
        scene.prove().await;
    });
}
