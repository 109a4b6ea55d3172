//! The server's own work, on both databases.

use app::work::Mail;
use domain::id::OrganizationId;
use jobs::{Config, Post};
use std::path::Path;
use std::time::Duration;
use store::journal::Entry;
use testkit::{World, on_both};
use uuid::Uuid;

fn entry(n: u128, world: &World, actor: Uuid) -> Entry {
    Entry {
        id: Uuid::from_u128((0x0193 << 112) | n),
        at: world.app.now().0,
        actor,
        on_behalf_of: None,
        kind: "noted",
        reason: String::new(),
        source: "api",
        request_id: "test".into(),
        movements: vec![],
        changes: vec![],
        subjects: vec![],
    }
}

async fn entries(world: &World, from: u128, to: u128) {
    let actor = world.admin().await.actor.id.uuid();
    let all: Vec<Entry> = (from..to).map(|n| entry(n, world, actor)).collect();
    let organization = world.organization;
    let work = move |tx: &mut store::Tx| -> store::Result<()> {
        all.iter().try_for_each(|entry| store::journal::append(tx, organization, entry))
    };
    world.app.db().write(work).await.unwrap();
}

async fn sealed(world: &World) -> Vec<(i64, Uuid)> {
    let organization = world.organization;
    world
        .app
        .db()
        .read(move |tx| {
            let sql = "SELECT seq, entry_id FROM journal_seal WHERE organization_id = $1 ORDER BY seq";
            tx.all::<(i64, Uuid)>(sql, store::args![organization])
        })
        .await
        .unwrap()
}

async fn post(world: &World, id: u128, mail: &str) {
    let (organization, now, mail) = (world.organization, world.app.now().0, mail.to_owned());
    world
        .app
        .db()
        .write(move |tx| store::engine::push(tx, organization, Uuid::from_u128(id), "mail", &mail, now))
        .await
        .unwrap();
}

async fn waiting(world: &World) -> Vec<(i64, i64, String)> {
    let organization = world.organization;
    world
        .app
        .db()
        .read(move |tx| {
            let sql = "SELECT attempts, run_at, last_error FROM engine_outbox WHERE organization_id = $1 ORDER BY id";
            tx.all::<(i64, i64, String)>(sql, store::args![organization])
        })
        .await
        .unwrap()
}

fn mail(to: &str) -> String {
    let mail = Mail { to: to.into(), subject: "Grüße: your link".into(), text: "Open http://localhost/x\n".into() };
    serde_json::to_string(&mail).unwrap()
}

fn config(outbox: &Path) -> Config {
    Config { smtp_url: None, mail_from: "Caseload <caseload@localhost>".into(), outbox: outbox.to_owned() }
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_server_seals_posts_and_stops_when_told() {
    on_both(async |world| {
        let folder = tempfile::tempdir().unwrap();
        let outbox = folder.path().join("out");
        entries(&world, 1, 1_202).await;
        post(&world, 1, &mail("rita@mercy.example")).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(jobs::run(world.app.clone(), config(&outbox), async {
            let _ = stopped.await;
        }));
        for _ in 0..100 {
            if sealed(&world).await.len() == 1_201 && waiting(&world).await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let chain = sealed(&world).await;
        assert_eq!(chain.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=1_201).collect::<Vec<_>>());
        assert_eq!(chain.last().unwrap().1, Uuid::from_u128((0x0193 << 112) | 1_201));
        let names = files(&outbox);
        assert_eq!(names.len(), 1, "{names:?}");
        assert!(names[0].ends_with(".eml"));
        let text = std::fs::read_to_string(outbox.join(&names[0])).unwrap();
        assert!(text.contains("To: rita@mercy.example") && text.contains("Open http://localhost/x"), "{text}");
        // What is written before the signal is sealed before the end.
        entries(&world, 2_000, 2_010).await;
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
        assert_eq!(sealed(&world).await.len(), 1_211);
        let report = world.app.verify(OrganizationId::from_uuid(world.organization), |_| {}).await.unwrap();
        assert_eq!(report.differences, []);
    });
}

#[test]
fn two_sealers_at_once_make_one_chain() {
    on_both(async |world| {
        entries(&world, 1, 1_500).await;
        let organization = OrganizationId::from_uuid(world.organization);
        let (one, two) = (world.app.clone(), world.app.clone());
        let (a, b) = tokio::join!(
            tokio::spawn(async move { one.seal(organization).await }),
            tokio::spawn(async move { two.seal(organization).await })
        );
        a.unwrap().unwrap();
        b.unwrap().unwrap();
        world.app.seal(organization).await.unwrap();
        assert_eq!(sealed(&world).await.len(), 1_499);
        assert!(world.app.verify(organization, |_| {}).await.unwrap().is_proven());
    });
}

#[test]
fn a_mail_that_fails_is_tried_later_and_one_that_is_taken_is_nobody_elses() {
    on_both(async |world| {
        let organization = OrganizationId::from_uuid(world.organization);
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder should be: nothing can be written.
        let blocked = folder.path().join("blocked");
        std::fs::write(&blocked, "").unwrap();
        post(&world, 1, &mail("rita@mercy.example")).await;
        let now = world.app.now().0;
        assert_eq!(Post::new(&config(&blocked)).unwrap().deliver(&world.app, organization).await.unwrap(), 0);
        let rows = waiting(&world).await;
        assert_eq!((rows[0].0, rows[0].1), (1, now + 30_000_000), "tried again after half a minute");
        assert!(rows[0].2.contains("could not be written"), "{rows:?}");
        let good = Post::new(&config(&folder.path().join("out"))).unwrap();
        assert_eq!(good.deliver(&world.app, organization).await.unwrap(), 0, "not due yet");
        world.clock.pass(31);
        let taken = world.app.take_mails(organization).await.unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].attempts, 1);
        assert!(world.app.take_mails(organization).await.unwrap().is_empty(), "somebody else has it");
        // Whoever took it died: it is due again.
        world.clock.pass(301);
        assert_eq!(good.deliver(&world.app, organization).await.unwrap(), 1);
        assert_eq!(waiting(&world).await.len(), 0);
        // What is no mail, and what goes nowhere, is kept with its reason.
        post(&world, 2, "{}").await;
        post(&world, 3, &mail("not an address")).await;
        assert_eq!(good.deliver(&world.app, organization).await.unwrap(), 0);
        let rows = waiting(&world).await;
        assert!(rows[0].2.contains("holds no mail") && rows[1].2.contains("not an e-mail address"), "{rows:?}");
    });
}

#[test]
fn what_has_ended_is_swept_and_what_has_not_stays() {
    on_both(async |world| {
        let organization = OrganizationId::from_uuid(world.organization);
        let admin = world.admin().await;
        world.token(&admin).await;
        let (org, actor, now) = (world.organization, admin.actor.id.uuid(), world.app.now().0);
        let day = 86_400_000_000;
        let work = move |tx: &mut store::Tx| -> store::Result<()> {
            for (key, age) in [("old", 31), ("young", 29)] {
                store::engine::remember(tx, org, actor, key, &[1], 200, b"{}", now - age * day)?;
            }
            for (n, days) in [(1, -1), (2, 1)] {
                store::people::insert_token(
                    tx,
                    org,
                    Uuid::from_u128(n),
                    actor,
                    "api",
                    &[n as u8],
                    "",
                    now,
                    now + days * day,
                )?;
            }
            store::people::replace_link(tx, org, &[9], actor, "reset", now - day, now - 1)?;
            store::people::save_attempts(tx, "old", 3, now - 2 * day)?;
            store::people::save_attempts(tx, "young", 3, now)
        };
        world.app.db().write(work).await.unwrap();
        assert_eq!(world.app.sweep(organization).await.unwrap(), 3);
        assert_eq!(world.app.sweep(organization).await.unwrap(), 0);
        assert_eq!(world.app.sweep_attempts().await.unwrap(), 1);
        let left = move |tx: &mut store::Tx| -> store::Result<(bool, bool, usize, bool)> {
            Ok((
                store::engine::remembered(tx, org, actor, "young")?.is_some(),
                store::engine::remembered(tx, org, actor, "old")?.is_some(),
                store::people::tokens(tx, org, actor)?.len(),
                store::people::attempts(tx, "young")?.is_some(),
            ))
        };
        assert_eq!(world.app.db().read(left).await.unwrap(), (true, false, 2, true));
    });
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused_at_the_start() {
    let folder = Path::new("out");
    let bad = Config { mail_from: "nobody".into(), ..config(folder) };
    assert!(matches!(Post::new(&bad), Err(jobs::PostError::Address(_))));
    let bad = Config { smtp_url: Some("http://mail".into()), ..config(folder) };
    assert!(matches!(Post::new(&bad), Err(jobs::PostError::Url)));
}
