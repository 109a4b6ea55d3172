//! Signing in, keys of repeated requests.

use app::{Error, RequestKey};
use auth::Secret;
use domain::people::Role;
use std::net::IpAddr;
use testkit::{World, on_both};

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[test]
fn a_wrong_password_and_an_unknown_account_are_refused_alike_and_soon_throttled() {
    on_both(async |world: World| {
        for _ in 0..10 {
            let refused = world.app.sign_in("nobody@test.example", Secret::new("wrong"), HOME).await;
            assert!(matches!(refused, Err(Error::Unauthorized)));
        }
        let refused = world.app.sign_in("nobody@test.example", Secret::new("wrong"), HOME).await;
        assert!(matches!(refused, Err(Error::TooMany(_))));
    });
}

#[test]
fn guesses_at_one_moment_are_counted_one_by_one() {
    on_both(async |world: World| {
        let guess = |n: usize| {
            let app = world.app.clone();
            tokio::spawn(async move { app.sign_in("ann@test.example", Secret::new(format!("guess {n}")), HOME).await })
        };
        let tasks: Vec<_> = (0..60).map(guess).collect();
        let (mut looked_at, mut sent_away) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Err(Error::Unauthorized) => looked_at += 1,
                Err(Error::TooMany(_)) => sent_away += 1,
                other => panic!("{:?}", other.map(|_| ())),
            }
        }
        // Ten are let through, and at most those that were being looked at when the tenth was found wrong.
        assert!((10..=13).contains(&looked_at), "{looked_at} guesses were looked at");
        assert_eq!(looked_at + sent_away, 60);
    });
}

#[test]
fn a_token_names_its_holder_until_it_ends() {
    on_both(async |world: World| {
        let ann = world.person(Role::Sales, "Ann Reyes").await;
        let token = world.token(&ann).await;
        let ctx = world.app.authenticate(&token, world.incoming(), false).await.unwrap();
        assert_eq!(ctx.actor.id, ann.actor.id);
        let mut forged = token.clone();
        forged.replace_range(5..6, if &token[5..6] == "A" { "B" } else { "A" });
        assert!(matches!(world.app.authenticate(&forged, world.incoming(), false).await, Err(Error::Unauthorized)));
        let (other, _) = world.organization("Elsewhere").await;
        let foreign = format!(
            "{}.{}",
            token.rsplit_once('.').unwrap().0,
            &domain::id::OrganizationId::from_uuid(other).to_string()[4..]
        );
        assert!(matches!(world.app.authenticate(&foreign, world.incoming(), false).await, Err(Error::Unauthorized)));
        world.clock.pass(91 * 86_400);
        assert!(matches!(world.app.authenticate(&token, world.incoming(), false).await, Err(Error::Unauthorized)));
    });
}

#[test]
fn one_key_has_one_effect_and_another_body_is_refused() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let key = RequestKey { key: "k1".into(), digest: [1; 32] };
        let count = |ctx: &app::Ctx, tx: &mut app::Tx| Ok(store::engine::next_number(tx, ctx.org(), "test")?);
        let first = world.app.answer(&admin, Some(key.clone()), 201, count).await.unwrap();
        let again = world.app.answer(&admin, Some(key.clone()), 201, count).await.unwrap();
        assert_eq!((first.body.clone(), first.replayed), (b"1".to_vec(), false));
        assert_eq!((again.body, again.replayed, again.status), (b"1".to_vec(), true, 201));
        let other = RequestKey { digest: [2; 32], ..key };
        let refused = world.app.answer(&admin, Some(other), 201, count).await;
        assert!(matches!(refused, Err(Error::Invalid { code: "idempotency_key_reused", .. })));
    });
}

#[test]
fn the_same_key_at_the_same_moment_has_one_effect() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let tasks: Vec<_> = (0..32)
            .map(|_| {
                let (app, admin) = (world.app.clone(), admin.clone());
                tokio::spawn(async move {
                    let key = RequestKey { key: "race".into(), digest: [1; 32] };
                    app.answer(&admin, Some(key), 201, |ctx, tx| Ok(store::engine::next_number(tx, ctx.org(), "race")?))
                        .await
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap().body, b"1".to_vec());
        }
    });
}
