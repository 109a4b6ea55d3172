//! Notices: who sees them, what is left out, which mails go out, when, and never too many.

use crate::scene::{Scene, code};
use app::notices;
use app::{Ctx, Tx};
use contract::ListParams;
use contract::notices::{MarkNotification, Notification, PutNotificationSettings, QuietHours, SetNotificationWay};
use domain::clock::Instant;
use domain::id::OrganizationId;
use domain::notice::{DigestEvery, MailWay, Topic};
use domain::people::Role;
use testkit::on_both;
use uuid::Uuid;

async fn tell(scene: &Scene, whom: &Ctx, kind: &'static str, sentence: &'static str) {
    let now = scene.world.again(whom).await;
    let whom = whom.actor.id.uuid();
    scene
        .run(&now, move |ctx: &Ctx, tx: &mut Tx| {
            let id = ctx.id::<domain::id::Notice>().uuid();
            Ok(store::engine::notify(tx, ctx.org(), whom, id, kind, Uuid::from_u128(9), sentence, ctx.now.0)?)
        })
        .await
        .unwrap();
}

async fn seen(scene: &Scene, who: &Ctx, filters: &[(&str, &str)]) -> Vec<Notification> {
    let filters = filters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let params = ListParams { filters, ..ListParams::default() };
    scene.app.read(who, move |ctx, tx| notices::list(ctx, tx, &params)).await.unwrap().items
}

async fn unread(scene: &Scene, who: &Ctx) -> i64 {
    scene.app.read(who, notices::unread).await.unwrap().unread
}

fn settings(ways: &[(Topic, bool, MailWay)]) -> PutNotificationSettings {
    let way = |(topic, product, mail): &(Topic, bool, MailWay)| SetNotificationWay {
        topic: *topic,
        product: *product,
        mail: *mail,
    };
    PutNotificationSettings {
        ways: ways.iter().map(way).collect(),
        digest: DigestEvery::Day,
        digest_hour: 7,
        quiet: Some(QuietHours { from_hour: 21, to_hour: 6 }),
        quiet_weekends: false,
    }
}

/// Mails that go out now: to whom, and their subjects.
async fn mails(scene: &Scene) -> Vec<(String, String, String)> {
    let org = OrganizationId::from_uuid(scene.org);
    scene.app.mail_notices(org).await.unwrap();
    let taken = scene.app.take_mails(org).await.unwrap();
    for it in &taken {
        scene.app.mail_sent(org, it.id).await.unwrap();
    }
    taken.into_iter().filter_map(|it| it.mail).map(|mail| (mail.to, mail.subject, mail.text)).collect()
}

/// A moment where the organisation is, in Chicago.
fn clock(scene: &Scene, day: &str, hour: i64) {
    let day = domain::clock::Day::parse(day).unwrap();
    scene.world.clock.set(Instant(day.starts_in("America/Chicago").0 + hour * 3_600_000_000));
}

#[test]
fn everybody_has_a_list_of_their_own() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        tell(&scene, &ann, "transfer_sent", "Dana sent 3 units to you.").await;
        scene.world.clock.pass(1);
        tell(&scene, &ann, "event_created", "A case was made for you.").await;
        tell(&scene, &bob, "event_created", "Not for Ann.").await;
        let all = seen(&scene, &ann, &[]).await;
        let sentences: Vec<&str> = all.iter().map(|it| it.sentence.as_str()).collect();
        assert_eq!(sentences, ["A case was made for you.", "Dana sent 3 units to you."], "the latest first");
        assert_eq!((all[0].topic, all[1].topic), (Topic::Events, Topic::Transfers));
        assert!(all[1].subject_id.as_deref().is_some_and(|id| id.starts_with("trf_")));
        assert_eq!(notices::page_of(&all[1]).unwrap(), format!("/transfers/{}", all[1].subject_id.clone().unwrap()));
        assert_eq!(unread(&scene, &ann).await, 2);
        // Read, unread again, another's: unknown.
        let (id, read) = (all[1].id, MarkNotification::default());
        let mark = read.clone();
        scene.run(&ann, move |ctx, tx| notices::mark(ctx, tx, id, &mark)).await.unwrap();
        assert_eq!((unread(&scene, &ann).await, seen(&scene, &ann, &[("unread", "true")]).await.len()), (1, 1));
        assert_eq!(code(scene.run(&bob, move |ctx, tx| notices::mark(ctx, tx, id, &read)).await), "not_found");
        let again = MarkNotification { read: Some(false) };
        scene.run(&ann, move |ctx, tx| notices::mark(ctx, tx, id, &again)).await.unwrap();
        assert_eq!(unread(&scene, &ann).await, 2);
        assert_eq!(seen(&scene, &ann, &[("topic", "transfers")]).await.len(), 1);
        // A topic that somebody does not want to see is in no list and no number; asked for by name it is there.
        let quiet = settings(&[(Topic::Events, false, MailWay::Off)]);
        scene.run(&ann, move |ctx, tx| notices::put_own(ctx, tx, &quiet)).await.unwrap();
        assert_eq!((unread(&scene, &ann).await, seen(&scene, &ann, &[]).await.len()), (1, 1));
        assert_eq!(seen(&scene, &ann, &[("topic", "events")]).await.len(), 1);
        scene.run(&ann, notices::mark_all).await.unwrap();
        assert_eq!((unread(&scene, &ann).await, unread(&scene, &bob).await), (0, 1));
        scene.prove().await;
    });
}

#[test]
fn mails_come_when_they_are_wanted() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        clock(&scene, "2026-11-23", 12);
        tell(&scene, &ann, "event_created", "A case was made for you.").await;
        tell(&scene, &ann, "case_offered", "Can you take a case on Friday?").await;
        tell(&scene, &ann, "transfer_sent", "Dana sent 3 units to you.").await;
        // As it is usual: cover at once, transfers in the digest, which is due at noon as well; events not at all.
        let sent = mails(&scene).await;
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, ann.actor.email);
        assert_eq!(sent[0].1, "2 notices from Northlake Ortho", "what is due goes into one mail");
        assert!(
            sent[0].2.contains("take a case") && sent[0].2.contains("Dana sent") && !sent[0].2.contains("A case was")
        );
        assert!(sent[0].2.contains("http://localhost/transfers/trf_") && sent[0].2.contains("/me/notices"));
        assert_eq!(mails(&scene).await, [], "once");
        // Soon afterwards it is too much: it waits for some minutes.
        scene.world.clock.pass(60);
        tell(&scene, &ann, "offer_closed", "Somebody else took it.").await;
        assert_eq!(mails(&scene).await, []);
        scene.world.clock.pass(300);
        assert_eq!(mails(&scene).await.len(), 1);
        // At night it waits for the morning; a recall does not.
        clock(&scene, "2026-11-23", 22);
        tell(&scene, &ann, "case_offered", "Can you take another one?").await;
        assert_eq!(mails(&scene).await, []);
        tell(&scene, &ann, "recall_opened", "CUP-52, lot 4711, is recalled.").await;
        let urgent = mails(&scene).await;
        assert_eq!(urgent.iter().map(|it| it.1.as_str()).collect::<Vec<_>>(), ["CUP-52, lot 4711, is recalled"]);
        clock(&scene, "2026-11-24", 6);
        assert_eq!(mails(&scene).await.len(), 1);
        // What was read meanwhile is no mail any more; what happened long ago is no news.
        clock(&scene, "2026-11-24", 23);
        tell(&scene, &ann, "case_offered", "And a third one?").await;
        scene.run(&scene.world.again(&ann).await, notices::mark_all).await.unwrap();
        clock(&scene, "2026-11-25", 9);
        assert_eq!(mails(&scene).await, []);
        let waits = "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND mailed = 0";
        assert_eq!(scene.numbers(waits, store::args![scene.org]).await, [0]);
    });
}

#[test]
fn the_organisation_says_what_holds_for_those_who_say_nothing() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let ops = scene.world.person(Role::Operations, "Olly").await;
        let house = settings(&[(Topic::Events, true, MailWay::AtOnce), (Topic::Recalls, false, MailWay::Off)]);
        let ask = house.clone();
        let refused = scene.run(&ops, move |ctx, tx| notices::put_of_organization(ctx, tx, &ask)).await;
        assert_eq!(code(refused), "not_allowed");
        let kept = scene.run(&scene.admin, move |ctx, tx| notices::put_of_organization(ctx, tx, &house)).await.unwrap();
        let of = |it: &contract::notices::NotificationSettings, topic| {
            it.ways.iter().find(|way| way.topic == topic).map(|way| (way.product, way.mail)).unwrap()
        };
        assert_eq!(of(&kept, Topic::Recalls), (true, MailWay::AtOnce), "a recall cannot be left out");
        let own = scene.app.read(&ann, notices::own).await.unwrap();
        assert_eq!((own.own, of(&own, Topic::Events)), (false, (true, MailWay::AtOnce)));
        let mine = settings(&[(Topic::Events, true, MailWay::Off)]);
        let mine = scene.run(&ann, move |ctx, tx| notices::put_own(ctx, tx, &mine)).await.unwrap();
        assert_eq!((mine.own, of(&mine, Topic::Events), mine.version), (true, (true, MailWay::Off), 1));
        let back = scene.run(&ann, notices::reset_own).await.unwrap();
        assert_eq!((back.own, of(&back, Topic::Events)), (false, (true, MailWay::AtOnce)));
        let wrong = PutNotificationSettings { digest_hour: 24, ..settings(&[]) };
        assert_eq!(code(scene.run(&ann, move |ctx, tx| notices::put_own(ctx, tx, &wrong)).await), "invalid_value");
        let twice = settings(&[(Topic::Events, true, MailWay::Off), (Topic::Events, true, MailWay::Off)]);
        assert_eq!(code(scene.run(&ann, move |ctx, tx| notices::put_own(ctx, tx, &twice)).await), "named_twice");
        scene.prove().await;
    });
}
