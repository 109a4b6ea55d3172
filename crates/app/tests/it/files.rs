//! Files of customers: who sees and attaches them, what their names cannot do, what a key hides.

use crate::directory::{customer, read, told, write};
use app::files::{self, Owner, Upload};
use app::{App, Config, Ctx};
use contract::files::File;
use domain::id::{CustomerId, FileId, Id};
use domain::people::Role;
use serde_json::json;
use testkit::{World, on_both};

async fn add(world: &World, ctx: &Ctx, id: CustomerId, name: &str, bytes: &[u8]) -> app::Result<FileId> {
    let upload = Upload { name: name.into(), bytes: bytes.to_vec() };
    let answer = world.app.add_file(&world.again(ctx).await, Owner::Customer(id), upload, None).await?;
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    Ok(made["id"].as_str().unwrap().parse().unwrap())
}

async fn all(world: &World, ctx: &Ctx, id: CustomerId) -> app::Result<Vec<File>> {
    Ok(read(world, ctx, move |ctx, tx| files::list(ctx, tx, Owner::Customer(id))).await?.items)
}

#[test]
fn a_file_is_kept_once_and_leaves_as_it_came() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rep = world.person(Role::Sales, "Ann Reyes").await;
        let stranger = world.person(Role::Sales, "Bob").await;
        let mercy =
            customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": rep.actor.id})).await.unwrap();
        let pdf = b"%PDF-1.7 a contract".as_slice();
        let first = add(&world, &rep, mercy.id, "../../Contract 2026.pdf", pdf).await.unwrap();
        let second = add(&world, &admin, mercy.id, "the same.exe", pdf).await.unwrap();
        let seen = all(&world, &rep, mercy.id).await.unwrap();
        let names: Vec<(&str, &str, bool)> =
            seen.iter().map(|it| (it.name.as_str(), it.media_type.as_str(), it.may_remove)).collect();
        assert_eq!(names, [("the same.exe", "application/pdf", false), ("Contract 2026.pdf", "application/pdf", true)]);
        assert_eq!(seen[0].sha256, seen[1].sha256);
        let kept = world
            .app
            .db()
            .read(|tx| tx.one::<(i64,)>("SELECT COUNT(*) FROM file_content", store::args![]))
            .await
            .unwrap();
        assert_eq!(kept, Some((1,)), "the same content is kept once");
        let (file, bytes) = world.app.file(&rep, first).await.unwrap();
        assert_eq!((file.name.as_str(), bytes.as_slice()), ("Contract 2026.pdf", pdf));
        // Out of reach is not there.
        assert_eq!(told(all(&world, &stranger, mercy.id).await), "404");
        assert_eq!(told(world.app.file(&stranger, first).await), "404");
        assert_eq!(told(add(&world, &stranger, mercy.id, "x", b"x").await), "404");
        // Whoever brought it takes it off; a colleague who does not keep the directory may not.
        let off = |ctx: &Ctx, id: FileId| {
            let (world, ctx) = (&world, ctx.clone());
            async move { write(world, &ctx, move |ctx, tx| files::remove(ctx, tx, id)).await }
        };
        assert_eq!(told(off(&rep, second).await), "403 not_allowed");
        assert_eq!(told(off(&rep, first).await), "ok");
        assert_eq!(told(world.app.file(&admin, first).await), "404");
        assert_eq!(all(&world, &admin, mercy.id).await.unwrap().len(), 1);
        write(&world, &rep, move |ctx, tx| files::restore(ctx, tx, first)).await.unwrap();
        assert_eq!(all(&world, &admin, mercy.id).await.unwrap().len(), 2);
        assert_eq!(told(add(&world, &admin, mercy.id, "empty", b"").await), "422 required");
        assert_eq!(told(off(&admin, Id::from_uuid(uuid::Uuid::from_u128(4))).await), "404");
    });
}

#[test]
fn names_that_try_to_lead_somewhere_lead_nowhere() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mercy = customer(&world, &admin, json!({"name": "Mercy"})).await.unwrap();
        let payloads = [
            "../../../../etc/passwd",
            "..\\..\\..\\windows\\win.ini",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "/absolute/path.pdf",
            "C:\\temp\\x.pdf",
            "a\0b.pdf",
            "name\r\nX-Injected: 1",
            "\"; filename=\"evil.html",
            ".htaccess",
            "CON",
        ];
        for payload in payloads {
            add(&world, &admin, mercy.id, payload, payload.as_bytes()).await.unwrap();
        }
        let seen = all(&world, &admin, mercy.id).await.unwrap();
        assert_eq!(seen.len(), payloads.len());
        for it in seen {
            assert!(!it.name.contains(['/', '\\', '\0', '\r', '\n', '"']) && !it.name.starts_with('.'), "{}", it.name);
            let header = files::disposition(&it.name);
            assert!(
                header.starts_with("attachment; ") && header.is_ascii() && !header.contains(['\r', '\n']),
                "{header}"
            );
            let (_, bytes) = world.app.file(&admin, it.id).await.unwrap();
            assert!(!bytes.is_empty(), "what comes back is what was sent, and nothing of this machine");
            assert!(payloads.iter().any(|payload| payload.as_bytes() == bytes.as_slice()));
        }
    });
}

#[test]
fn with_a_key_the_database_alone_shows_nothing() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mercy = customer(&world, &admin, json!({"name": "Mercy"})).await.unwrap();
        let house = |key: Option<u8>| {
            let file_key = key.map(|byte| auth::Key::of_file(&[byte; 32]).unwrap());
            App::new(world.app.db().clone(), world.clock.clone(), 9, Config { file_key, ..Config::default() })
        };
        let sealed = house(Some(7));
        let upload = Upload { name: "price agreement.txt".into(), bytes: b"twelve per cent off".to_vec() };
        let made = sealed.add_file(&admin, Owner::Customer(mercy.id), upload, None).await.unwrap();
        let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
        let id: FileId = made["id"].as_str().unwrap().parse().unwrap();
        let stored = world
            .app
            .db()
            .read(|tx| tx.one::<(i64, Vec<u8>)>("SELECT sealed, content FROM file_content", store::args![]));
        let (flag, content) = stored.await.unwrap().unwrap();
        assert_eq!(flag, 1);
        assert!(!content.windows(6).any(|it| it == b"twelve"));
        assert_eq!(sealed.file(&admin, id).await.unwrap().1, b"twelve per cent off");
        assert_eq!(told(house(None).file(&admin, id).await), "409 key_missing");
        assert!(
            matches!(house(Some(8)).file(&admin, id).await, Err(app::Error::Internal(_))),
            "another key opens nothing"
        );
        // What was kept before there was a key can still be read.
        let plain = add(&world, &admin, mercy.id, "old.txt", b"kept before").await.unwrap();
        assert_eq!(sealed.file(&admin, plain).await.unwrap().1, b"kept before");
    });
}
