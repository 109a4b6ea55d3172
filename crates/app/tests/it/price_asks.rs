//! Prices that the field asks the office for, and what the office is told when prices are set by hand.

use crate::scene::{Scene, TODAY, code};
use app::{Ctx, Result, Tx};
use contract::directory::ContractPrice;
use contract::events::{ChangeLines, PatchLine};
use contract::prices::{AskForPrice, DeclinePrice, PriceAsk, SetFacilityContract};
use contract::{ListParams, Patch};
use domain::clock::Day;
use domain::event::EventType;
use domain::id::{EventId, Id, LineId, LocationId, PriceAskId};
use domain::people::Role;
use domain::pricing::{ContractState, PriceAskState};
use testkit::{World, on_both};

async fn ask(scene: &Scene, ctx: &Ctx, event: EventId, line: LineId, note: &str) -> Result<PriceAsk> {
    let body = AskForPrice { note: note.to_owned() };
    scene.run(ctx, move |ctx, tx| app::events::asks::ask(ctx, tx, event, line, &body)).await
}

async fn decline(scene: &Scene, ctx: &Ctx, id: PriceAskId, reason: &str) -> Result<PriceAsk> {
    let body = DeclinePrice { reason: reason.to_owned() };
    scene.run(ctx, move |ctx, tx| app::events::asks::decline(ctx, tx, id, &body)).await
}

/// What waits for an answer, as somebody sees it.
async fn waiting(scene: &Scene, ctx: &Ctx) -> Vec<PriceAsk> {
    let mut params = ListParams { count: true, ..ListParams::default() };
    params.filters.insert("state".into(), "open".into());
    let page = scene.app.read(ctx, move |ctx, tx| app::events::asks::list(ctx, tx, &params)).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64));
    page.items
}

/// What somebody was told of a kind, the latest first.
async fn told(scene: &Scene, ctx: &Ctx, kind: &'static str) -> Vec<String> {
    let read = |ctx: &Ctx, tx: &mut Tx| app::notices::list(ctx, tx, &ListParams::default());
    let all = scene.app.read(ctx, read).await.unwrap().items;
    all.into_iter().filter(|it| it.kind == kind).map(|it| it.sentence).collect()
}

async fn agree(scene: &Scene, place: LocationId, minor: i64) {
    let price = ContractPrice {
        catalog_item_id: Id::from_uuid(scene.item),
        price_minor: minor,
        valid_from: None,
        valid_to: None,
    };
    let admin = scene.world.again(&scene.admin).await;
    let set = move |ctx: &Ctx, tx: &mut Tx| app::directory::prices::set_location(ctx, tx, place, vec![price]);
    scene.run(&admin, set).await.unwrap();
}

#[test]
fn who_asks_for_a_price_is_told_when_there_is_one() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Stone").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await;
        let id = event.head.id;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let line = scene.mark(&ann, id, &units[..1]).await.unwrap().lines[0].id;
        assert_eq!(code(ask(&scene, &bob, id, line, "").await), "not_found", "somebody else's case");
        let asked = ask(&scene, &ann, id, line, "Agreed with Pat by telephone: 900").await.unwrap();
        assert_eq!((asked.state, asked.catalog_number.as_str()), (PriceAskState::Open, "CUP-52"));
        let office = told(&scene, &scene.admin, "price_asked").await;
        assert_eq!(office.len(), 1);
        assert!(office[0].contains("Ann Reyes asks for a price of CUP-52 at Mercy Main"), "{}", office[0]);
        assert!(office[0].contains("by telephone"), "the note comes with it: {}", office[0]);
        // Once more says something else, and nobody is told again.
        let again = ask(&scene, &ann, id, line, "It is urgent").await.unwrap();
        assert_eq!((again.id, again.note.as_str()), (asked.id, "It is urgent"));
        assert_eq!(told(&scene, &scene.admin, "price_asked").await.len(), 1);
        assert_eq!(waiting(&scene, &scene.admin).await.len(), 1);
        assert_eq!((waiting(&scene, &ann).await.len(), waiting(&scene, &bob).await.len()), (1, 0));
        // A price elsewhere answers nothing; one here does, and the line takes it when the event is priced anew.
        agree(&scene, scene.east, 80_000).await;
        assert_eq!((waiting(&scene, &scene.admin).await.len(), told(&scene, &ann, "price_agreed").await.len()), (1, 0));
        agree(&scene, scene.mercy, 90_000).await;
        assert!(waiting(&scene, &scene.admin).await.is_empty());
        let said = told(&scene, &ann, "price_agreed").await;
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("CUP-52 at Mercy Main is agreed now"), "{}", said[0]);
        assert!(!said[0].contains("900"), "the amount stands where it may be seen: {}", said[0]);
        let priced = scene.run(&ann, move |ctx, tx| app::events::pricing::reprice(ctx, tx, id)).await.unwrap();
        assert_eq!(priced.lines[0].unit_price_minor, Some(90_000));
        assert_eq!(code(ask(&scene, &ann, id, line, "").await), "price_known");
        scene.submit(&ann, id).await.unwrap();
        assert_eq!(code(ask(&scene, &ann, id, line, "").await), "event_not_open");
        scene.prove().await;
    });
}

#[test]
fn the_office_says_why_there_is_no_price() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let line = scene.mark(&ann, event, &units).await.unwrap().lines[0].id;
        let asked = ask(&scene, &ann, event, line, "").await.unwrap().id;
        let admin = scene.admin.clone();
        assert_eq!(code(decline(&scene, &ann, asked, "no").await), "not_allowed");
        assert_eq!(code(decline(&scene, &admin, asked, " ").await), "required");
        let done = decline(&scene, &admin, asked, "Offer the CUP-54 in its place").await.unwrap();
        assert_eq!(done.state, PriceAskState::Declined);
        assert_eq!(code(decline(&scene, &admin, asked, "once more").await), "price_answered");
        let said = told(&scene, &ann, "price_declined").await;
        assert!(said.len() == 1 && said[0].contains("Offer the CUP-54"), "{said:?}");
        // What was declined may be asked for again; what is sampled costs nothing.
        assert_ne!(ask(&scene, &ann, event, line, "The surgeon insists").await.unwrap().id, asked);
        let sample = scene.event(EventType::Sample, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let line = scene.mark(&ann, sample, &units).await.unwrap().lines[0].id;
        assert_eq!(code(ask(&scene, &ann, sample, line, "").await), "price_known");
        scene.prove().await;
    });
}

#[test]
fn the_office_is_told_of_prices_that_the_field_sets_by_hand() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let allowed =
            "UPDATE people_user SET settings = '{\"modify_prices\":true}' WHERE organization_id = $1 AND id = $2";
        scene.sql(allowed, store::args![scene.org, ann.actor.id.uuid()]).await;
        let ann = scene.world.again(&ann).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 3, None).await;
        let lines: Vec<LineId> = scene.mark(&ann, event, &units).await.unwrap().lines.iter().map(|it| it.id).collect();
        let set = async |ctx: &Ctx, line: LineId, change: PatchLine| {
            let ctx = scene.world.again(ctx).await;
            scene
                .run(&ctx, move |ctx, tx| app::events::lines::patch(ctx, tx, event, line, change.clone()))
                .await
                .unwrap()
        };
        let price = |minor| PatchLine { unit_price_minor: Patch::Set(minor), ..PatchLine::default() };
        set(&ann, lines[0], PatchLine { note: Some("sterile".into()), ..PatchLine::default() }).await;
        assert!(told(&scene, &scene.admin, "price_edited").await.is_empty(), "a note is no price");
        set(&ann, lines[0], price(95_000)).await;
        let said = told(&scene, &scene.admin, "price_edited").await;
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("Ann Reyes changed the price of CUP-52 lot L-77 on EV-"), "{}", said[0]);
        assert!(said[0].ends_with("from 1,000.00 USD to 950.00 USD by hand."), "{}", said[0]);
        // Many at once are told once; what the office does itself is not told to it.
        let wish = ChangeLines { line_ids: lines.clone(), no_charge: Some(true), ..ChangeLines::default() };
        scene.run(&ann, move |ctx, tx| app::events::lines::many::change(ctx, tx, event, &wish)).await.unwrap();
        let said = told(&scene, &scene.admin, "price_edited").await;
        assert_eq!(said.len(), 2);
        let many = |it: &String| it.contains("the prices of 3 units") && it.contains("to free of charge");
        assert!(said.iter().any(many), "{said:?}");
        set(&scene.admin, lines[1], price(10_000)).await;
        assert_eq!(told(&scene, &scene.admin, "price_edited").await.len(), 2);
        scene.prove().await;
    });
}

#[test]
fn a_contract_says_how_it_stands_and_the_office_hears_thirty_days_before_its_renewal() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let set = async |ctx: &Ctx, place: LocationId, complete: bool, renews_on: Option<&str>| {
            let body = SetFacilityContract { complete, renews_on: renews_on.and_then(Day::parse) };
            let ctx = scene.world.again(ctx).await;
            scene.run(&ctx, move |ctx, tx| app::directory::contracts::set(ctx, tx, place, &body)).await
        };
        let (mercy, east) = (scene.mercy, scene.east);
        let read = move |ctx: &Ctx, tx: &mut Tx| app::directory::contracts::get(ctx, tx, mercy);
        let nothing = scene.app.read(&ann, read).await.unwrap();
        assert_eq!((nothing.state, nothing.version), (ContractState::Unknown, 0));
        assert_eq!(code(set(&ann, mercy, true, None).await), "not_allowed");
        let whole = set(&scene.admin, mercy, true, Some("2026-12-23")).await.unwrap();
        assert_eq!((whole.state, whole.version), (ContractState::Complete, 1), "31 days are left");
        set(&scene.admin, east, false, None).await.unwrap();
        let list = async || {
            let all = scene.app.read(&scene.admin, app::directory::contracts::to_review).await.unwrap().items;
            all.into_iter().map(|it| (it.location_name, it.state)).collect::<Vec<_>>()
        };
        let missing = ("Mercy East".to_owned(), ContractState::Incomplete);
        assert_eq!(list().await, std::slice::from_ref(&missing));
        let asked = scene.app.read(&ann, app::directory::contracts::to_review).await;
        assert_eq!(code(asked), "not_allowed");
        // The morning before, and the morning on which thirty days are left.
        let house = domain::id::OrganizationId::from_uuid(scene.org);
        for (days, told_by_now) in [(0, 0), (1, 1), (2, 1)] {
            let day = Day::parse(TODAY).unwrap().plus(days);
            let morning = day.starts_in(&scene.admin.organization.time_zone);
            scene.world.clock.set(morning.plus_seconds(8 * 3_600));
            scene.app.tell_of_the_day(house).await.unwrap();
            assert_eq!(told(&scene, &scene.admin, "contracts_renewed").await.len(), told_by_now, "day {days}");
        }
        let said = told(&scene, &scene.admin, "contracts_renewed").await;
        assert!(said[0].contains("Mercy Main"), "{said:?}");
        let review = ("Mercy Main".to_owned(), ContractState::Review);
        let admin = scene.world.again(&scene.admin).await;
        let now = scene.app.read(&admin, app::directory::contracts::to_review).await.unwrap().items;
        let now: Vec<_> = now.into_iter().map(|it| (it.location_name, it.state)).collect();
        assert_eq!(now, [review, missing]);
        scene.app.seal(house).await.unwrap();
        scene.prove().await;
    });
}
