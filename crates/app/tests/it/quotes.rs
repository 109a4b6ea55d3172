//! Quotes: the ladder of prices and why, cards, forecasts, approval by hand and over a link, what is filled, what cover counts.

use crate::scene::{Scene, code};
use app::Ctx;
use app::events::quote::{self, guest};
use contract::quotes::{DecideQuote, FillQuote, MakeQuote, Quote, QuoteItem, ShareQuote};
use domain::clock::Day;
use domain::event::EventType;
use domain::id::{EventId, Id};
use domain::people::Role;
use domain::pricing::PriceSource;
use domain::quote::QuoteState;
use store::args;
use testkit::on_both;
use uuid::Uuid;

fn item(item: Uuid, quantity: i64) -> QuoteItem {
    QuoteItem { catalog_item_id: Id::from_uuid(item), quantity, unit_price_minor: None }
}

fn of(lines: Vec<QuoteItem>) -> MakeQuote {
    MakeQuote { lines, ..MakeQuote::default() }
}

async fn make(scene: &Scene, who: &Ctx, event: EventId, body: MakeQuote) -> app::Result<Quote> {
    scene.run(who, move |ctx, tx| quote::make(ctx, tx, event, &body)).await
}

async fn see(scene: &Scene, who: &Ctx, event: EventId) -> app::Result<Quote> {
    scene.run(who, move |ctx, tx| quote::get(ctx, tx, event)).await
}

/// The secret part of a link to the quote.
async fn link(scene: &Scene, who: &Ctx, event: EventId) -> app::Result<String> {
    let config = app::Config::default();
    let made = scene.run(who, move |ctx, tx| guest::share(ctx, tx, &config, event, &ShareQuote::default())).await?;
    Ok(made.link.trim_start_matches(guest::GUEST_PATH).to_owned())
}

#[test]
fn prices_come_from_the_ladder_and_say_why() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let empty = see(&scene, &ann, event).await.unwrap();
        assert_eq!((empty.id, empty.number, empty.lines.len()), (None, None, 0));
        scene.agree(scene.mercy.uuid(), scene.item, 90_000).await;
        let made =
            make(&scene, &ann, event, of(vec![item(scene.item, 2), item(scene.own_item, 1), item(scene.tool, 1)]))
                .await
                .unwrap();
        let shape: Vec<_> =
            made.lines.iter().map(|it| (it.price_source, it.unit_price_minor, it.amount_minor)).collect();
        assert_eq!(
            shape,
            [
                (PriceSource::Contract, Some(90_000), Some(180_000)),
                (PriceSource::List, Some(40_000), Some(40_000)),
                (PriceSource::None, Some(0), Some(0)),
            ]
        );
        assert_eq!(made.lines[0].why, "Agreed with Mercy Main.");
        assert!(made.lines[1].why.starts_with("List price"), "{}", made.lines[1].why);
        assert_eq!((made.number.as_deref(), made.revision, made.total_minor), (Some("QUO-000001"), 1, Some(220_000)));
        // Another price needs the right to change prices, and says what it stands instead of.
        let typed = of(vec![QuoteItem { unit_price_minor: Some(80_000), ..item(scene.item, 2) }]);
        assert_eq!(code(make(&scene, &ann, event, typed.clone()).await), "price_locked");
        let next = make(&scene, &scene.admin, event, typed).await.unwrap();
        assert_eq!(
            (next.revision, next.total_minor, next.lines[0].price_source),
            (2, Some(160_000), PriceSource::Manual)
        );
        assert!(next.lines[0].why.contains("agreed with Mercy Main"), "{}", next.lines[0].why);
        // Saying the agreed price again changes nothing.
        let same = of(vec![QuoteItem { unit_price_minor: Some(90_000), ..item(scene.item, 1) }]);
        assert_eq!(make(&scene, &ann, event, same).await.unwrap().lines[0].price_source, PriceSource::Contract);
        for (body, refused) in [
            (MakeQuote::default(), "required"),
            (of(vec![item(scene.item, 0)]), "invalid_quantity"),
            (MakeQuote { probability_percent: Some(101), ..of(vec![item(scene.item, 1)]) }, "invalid_probability"),
            (MakeQuote { valid_until: Day::parse("2020-01-01"), ..of(vec![item(scene.item, 1)]) }, "day_past"),
            (of(vec![item(Uuid::from_u128(77), 1)]), "not_found"),
        ] {
            assert_eq!(code(make(&scene, &ann, event, body).await), refused);
        }
        scene.prove().await;
    });
}

#[test]
fn a_quote_comes_from_a_card_and_a_forecast_is_weighed() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let lines = format!(
            "[{{\"catalog_item_id\":\"{}\",\"quantity\":3,\"substitute_ids\":[]}}]",
            domain::id::CatalogItemId::from_uuid(scene.item)
        );
        let card = Uuid::from_u128((0x0192_u128 << 112) | 50);
        scene
            .sql(
                "INSERT INTO directory_preference_card (organization_id, id, name, name_key, physician_id, procedure_id, lines, \
                 version) VALUES ($1, $2, 'Usual', 'usual', $3, NULL, $4, 1)",
                args![scene.org, card, scene.physician, lines],
            )
            .await;
        let body = MakeQuote {
            preference_card_id: Some(Id::from_uuid(card)),
            probability_percent: Some(40),
            ..of(vec![item(scene.own_item, 1)])
        };
        let made = make(&scene, &ann, event, body).await.unwrap();
        let got: Vec<_> = made.lines.iter().map(|it| (it.catalog_item_id.uuid(), it.quantity)).collect();
        assert_eq!(got, [(scene.own_item, 1), (scene.item, 3)]);
        assert_eq!((made.total_minor, made.weighted_minor), (Some(340_000), Some(136_000)));
        scene.prove().await;
    });
}

#[test]
fn quoted_items_become_marked_units_at_the_quoted_price() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let old = scene.units(scene.item, &ann, 1, Some("2020-01-01")).await;
        let late = scene.units(scene.item, &ann, 1, Some("2031-01-01")).await;
        let soon = scene.units(scene.item, &ann, 1, Some("2029-01-01")).await;
        let other = scene.units(scene.own_item, &ann, 1, None).await;
        let fill = |ids: Option<Vec<domain::id::UnitId>>| {
            let body = FillQuote { unit_ids: ids };
            scene.run(&ann, move |ctx, tx| quote::fill(ctx, tx, event, &body))
        };
        assert_eq!(code(fill(None).await), "no_quote");
        let typed = QuoteItem { unit_price_minor: Some(70_000), ..item(scene.item, 3) };
        make(&scene, &scene.admin, event, of(vec![typed])).await.unwrap();
        assert_eq!(code(fill(Some(other.clone())).await), "other_item");
        let added = fill(Some(soon.clone())).await.unwrap();
        assert_eq!(
            added.items.iter().map(|it| (it.unit_price_minor, it.price_source)).collect::<Vec<_>>(),
            [(Some(70_000), PriceSource::Manual)]
        );
        let added = fill(None).await.unwrap();
        assert_eq!(added.items.iter().map(|it| it.unit_id).collect::<Vec<_>>(), late, "what has expired is not taken");
        let now = see(&scene, &ann, event).await.unwrap();
        assert_eq!((now.lines[0].filled, now.lines[0].open), (2, 1));
        assert_eq!(code(fill(None).await), "nothing_to_mark");
        assert_eq!(scene.get(&ann, event).await.unwrap().head.total_minor, Some(140_000));
        let _ = old;
        scene.prove().await;
    });
}

#[test]
fn a_link_shows_one_edition_and_answers_once() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(code(link(&scene, &ann, event).await), "no_quote");
        make(&scene, &ann, event, of(vec![item(scene.item, 1)])).await.unwrap();
        assert_eq!(code(link(&scene, &bob, event).await), "not_found", "it is Ann's case");
        let first = link(&scene, &ann, event).await.unwrap();
        let second = link(&scene, &ann, event).await.unwrap();
        assert_eq!(code(scene.app.guest_quote(&first).await), "not_found", "a new link ends the one before");
        let shown = scene.app.guest_quote(&second).await.unwrap();
        assert_eq!((shown.number.as_str(), shown.lines.len(), shown.open.is_ok()), ("QUO-000001", 1, true));
        assert!(scene.app.guest_paper(&second).await.unwrap().bytes.starts_with(b"%PDF"));
        // Guesses: another secret, another organisation, another kind of secret, nonsense.
        let (secret, house) = second.split_once('.').unwrap();
        let turned: String = secret.chars().map(|c| if c == 'A' { 'B' } else { 'A' }).collect();
        let elsewhere = domain::id::OrganizationId::from_uuid(Uuid::from_u128(9)).to_string();
        for guess in [
            format!("clg_{}.{house}", &turned[4..]),
            format!("{secret}.{}", elsewhere.trim_start_matches("org_")),
            format!("cli_{}.{house}", &secret[4..]),
            secret.to_owned(),
            String::new(),
        ] {
            assert_eq!(code(scene.app.guest_quote(&guess).await), "not_found", "{guess}");
        }
        // The secret itself is nowhere in the database.
        let kept =
            scene.numbers("SELECT COUNT(*) FROM event_quote_link WHERE organization_id = $1", args![scene.org]).await;
        assert_eq!(kept, [1]);
        // The next edition ends what the customer has in hand.
        make(&scene, &ann, event, of(vec![item(scene.item, 2)])).await.unwrap();
        assert_eq!(code(scene.app.guest_quote(&second).await), "not_found");
        assert_eq!(code(scene.app.guest_answer(&second, true, "Pat", "").await), "not_found");
        let third = link(&scene, &ann, event).await.unwrap();
        assert_eq!(code(scene.app.guest_answer(&third, true, " ", "").await), "required");
        scene.app.guest_answer(&third, true, "Pat Ortiz", "go ahead").await.unwrap();
        let now = see(&scene, &ann, event).await.unwrap();
        assert_eq!((now.state, now.decided_name.as_str(), now.decided_by), (QuoteState::Approved, "Pat Ortiz", None));
        assert_eq!(code(scene.app.guest_answer(&third, false, "Pat Ortiz", "").await), "quote_decided", "once");
        assert!(scene.app.guest_quote(&third).await.unwrap().open.is_err(), "it still shows what was approved");
        assert_eq!(code(link(&scene, &ann, event).await), "quote_decided");
        // Entered by hand: an edition of its own.
        make(&scene, &ann, event, of(vec![item(scene.item, 2)])).await.unwrap();
        let said = DecideQuote { approved: false, name: "Pat Ortiz".into(), note: "too much".into() };
        let done = scene.run(&ann, move |ctx, tx| quote::decide(ctx, tx, event, &said)).await.unwrap();
        assert_eq!((done.state, done.revision, done.decided_by), (QuoteState::Declined, 3, Some(ann.actor.id)));
        scene.prove().await;
    });
}

#[test]
fn of_two_answers_at_once_one_counts() {
    on_both(async |world| {
        let scene = std::sync::Arc::new(Scene::set(world).await);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        make(&scene, &ann, event, of(vec![item(scene.item, 1)])).await.unwrap();
        let link = link(&scene, &ann, event).await.unwrap();
        let (yes, no) = tokio::join!(
            scene.app.guest_answer(&link, true, "Pat", ""),
            scene.app.guest_answer(&link, false, "Sam", "")
        );
        assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
        scene.prove().await;
    });
}

#[test]
fn what_is_quoted_and_not_filled_is_what_the_case_needs() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        make(&scene, &ann, event, of(vec![item(scene.item, 2)])).await.unwrap();
        let needs =
            async || scene.run(&ann, move |ctx, tx| app::coverage::needs::get(ctx, tx, event)).await.unwrap().items;
        let shape = |items: &[contract::coverage::EventNeed]| {
            items.iter().map(|it| (it.quantity, it.on_case, it.missing)).collect::<Vec<_>>()
        };
        assert_eq!(shape(&needs().await), [(2, 0, 2)]);
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, event, &units).await.unwrap();
        assert_eq!(shape(&needs().await), [(2, 1, 1)]);
        // Refused by the customer, it is needed no more.
        let said = DecideQuote { approved: false, name: "Pat".into(), note: String::new() };
        scene.run(&ann, move |ctx, tx| quote::decide(ctx, tx, event, &said)).await.unwrap();
        assert_eq!(shape(&needs().await), []);
        scene.prove().await;
    });
}

#[test]
fn guesses_of_links_to_quotes_are_slowed_down() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let here = std::net::IpAddr::from([203, 0, 113, 9]);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        make(&scene, &ann, event, of(vec![item(scene.item, 1)])).await.unwrap();
        let link = link(&scene, &ann, event).await.unwrap();
        let app = &scene.app;
        assert!(app.guarded(here, app.guest_quote(&link)).await.is_ok());
        let mut guesses = 0;
        let slowed = loop {
            guesses += 1;
            match app.guarded(here, app.guest_quote(&format!("{link}x{guesses}"))).await {
                Err(app::Error::NotFound(_)) if guesses < 1_000 => {}
                Err(app::Error::TooMany(seconds)) => break seconds,
                other => panic!("{other:?}"),
            }
        };
        assert!(slowed > 0 && guesses > 5, "{guesses} guesses");
        assert!(
            matches!(app.guarded(here, app.guest_quote(&link)).await, Err(app::Error::TooMany(_))),
            "the right link waits as well, so that a guess tells nothing"
        );
        let elsewhere = std::net::IpAddr::from([203, 0, 113, 10]);
        assert!(app.guarded(elsewhere, app.guest_quote(&link)).await.is_ok(), "and nobody else does");
    });
}
