//! Lines of an event by the page, and many of them changed together.

use crate::scene::{Scene, code};
use app::directory::prices_deep::{self, PriceOwner};
use app::{Ctx, Result};
use contract::events::{ChangeLines, ChangedLines, Line, PatchLine};
use contract::prices::SetConstruct;
use contract::{ListParams, Page, Patch};
use domain::event::{EventType, Usage};
use domain::id::{EventId, Id, LineId, UnitId};
use domain::people::Role;
use domain::pricing::PriceSource;
use store::args;
use testkit::{World, on_both};

async fn change(scene: &Scene, ctx: &Ctx, event: EventId, ask: ChangeLines) -> Result<ChangedLines> {
    scene.run(ctx, move |ctx, tx| app::events::lines::many::change(ctx, tx, event, &ask)).await
}

async fn page(scene: &Scene, ctx: &Ctx, event: EventId, params: ListParams) -> Page<Line> {
    let read = move |ctx: &Ctx, tx: &mut app::Tx| app::events::lines::many::list(ctx, tx, event, &params);
    scene.app.read(ctx, read).await.expect("lines")
}

async fn entries(scene: &Scene, kind: &'static str) -> i64 {
    let sql = "SELECT COUNT(*) FROM journal_entry WHERE organization_id = $1 AND kind = $2";
    scene.numbers(sql, args![scene.org, kind]).await[0]
}

/// Everything whose lines are named by a change, as somebody wishes.
fn alike(lines: &[LineId]) -> ChangeLines {
    ChangeLines { line_ids: lines.to_vec(), ..ChangeLines::default() }
}

#[test]
fn lines_are_changed_together_or_not_at_all() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let units = scene.units(scene.item, &ann, 5, None).await;
        let tool = scene.units(scene.tool, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        let made = scene.mark(&ann, event, &tool).await.unwrap();
        let of = |unit: &UnitId| made.lines.iter().find(|line| line.unit_id == *unit).unwrap().id;
        let cups: Vec<LineId> = units.iter().map(of).collect();
        let driver = of(&tool[0]);
        let admin = scene.world.again(&scene.admin).await;

        // Free of charge with a note: one entry, every line, the total of the rest.
        let wish = ChangeLines { no_charge: Some(true), note: Some("Goodwill".into()), ..alike(&cups[..3]) };
        let done = change(&scene, &admin, event, wish).await.unwrap();
        assert_eq!((done.items.len(), done.lines_count, done.total_minor), (3, 6, Some(200_000)));
        assert!(done.items.iter().all(|line| line.no_charge && line.note == "Goodwill"));
        assert_eq!(entries(&scene, "lines_changed").await, 1);

        // A price for all, and back to the list price.
        let wish = ChangeLines { unit_price_minor: Patch::Set(80_000), no_charge: Some(false), ..alike(&cups) };
        let done = change(&scene, &admin, event, wish).await.unwrap();
        assert_eq!(done.total_minor, Some(400_000));
        assert!(done.items.iter().all(|line| line.price_source == PriceSource::Manual));
        let event_now = scene.get(&admin, event).await.unwrap();
        assert!(event_now.head.prices_edited);
        let wish = ChangeLines { unit_price_minor: Patch::Clear, ..alike(&cups) };
        assert_eq!(change(&scene, &admin, event, wish).await.unwrap().total_minor, Some(500_000));

        // Nobody in the field sets prices without the right, and of several that cannot all be changed none is.
        let wish = ChangeLines { unit_price_minor: Patch::Set(1), ..alike(&cups) };
        assert_eq!(code(change(&scene, &ann, event, wish).await), "price_locked");
        let mixed: Vec<LineId> = cups.iter().copied().chain([driver]).collect();
        let wish = ChangeLines { usage: Some(Usage::Implanted), ..alike(&mixed) };
        assert_eq!(code(change(&scene, &ann, event, wish).await), "usage_not_for_reusable");
        let untouched = scene.get(&ann, event).await.unwrap();
        assert!(untouched.lines.iter().all(|line| line.usage == Usage::Used));
        let wish = ChangeLines { usage: Some(Usage::Implanted), ..alike(&cups) };
        assert_eq!(change(&scene, &ann, event, wish).await.unwrap().items[0].usage, Usage::Implanted);

        // What is unknown, foreign, too much or senseless.
        let other = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(code(change(&scene, &ann, other, alike(&cups)).await), "not_found");
        assert_eq!(code(change(&scene, &bob, event, alike(&cups)).await), "not_found");
        assert_eq!(code(change(&scene, &ann, event, alike(&[])).await), "required");
        let both = ChangeLines { remove: true, no_charge: Some(true), ..alike(&cups) };
        assert_eq!(code(change(&scene, &ann, event, both).await), "remove_and_change");

        // Taken off together: their units are free again.
        let off = ChangeLines { remove: true, ..alike(&[cups[0], cups[1], driver]) };
        let done = change(&scene, &ann, event, off).await.unwrap();
        assert_eq!((done.items.len(), done.lines_count, done.total_minor), (0, 3, Some(300_000)));
        assert_eq!(entries(&scene, "lines_removed").await, 1);
        for unit in &units[..2] {
            assert_eq!(scene.unit(*unit).await.0, 0, "available");
        }
        scene.submit(&ann, event).await.unwrap();
        assert_eq!(code(change(&scene, &admin, event, alike(&cups[2..])).await), "event_not_open");
        scene.prove().await;
    });
}

#[test]
fn a_change_of_many_settles_what_depends_on_the_whole_once() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        let (place, item) = (scene.mercy, scene.item);
        scene.agree(place.uuid(), item, 90_000).await;
        let set = SetConstruct {
            name: "Three cups".into(),
            cap_minor: 100_001,
            valid_from: None,
            valid_to: None,
            catalog_item_ids: vec![Id::from_uuid(item)],
        };
        let owner = PriceOwner::Location(place);
        scene
            .run(&admin, move |ctx, tx| prices_deep::set_constructs(ctx, tx, owner, std::slice::from_ref(&set)))
            .await
            .unwrap();
        let units = scene.units(scene.item, &ann, 3, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let made = scene.mark(&ann, event, &units).await.unwrap();
        assert_eq!(made.head.total_minor, Some(100_001));
        let lines: Vec<LineId> = made.lines.iter().map(|line| line.id).collect();
        // What is given free takes no part of the cap: the third costs what was agreed.
        let wish = ChangeLines { no_charge: Some(true), ..alike(&lines[..2]) };
        let done = change(&scene, &admin, event, wish).await.unwrap();
        assert_eq!(done.total_minor, Some(90_000));
        let wish = ChangeLines { no_charge: Some(false), ..alike(&lines[..2]) };
        let done = change(&scene, &admin, event, wish).await.unwrap();
        assert_eq!(done.total_minor, Some(100_001));
        let shares: i64 = done.items.iter().filter_map(|line| line.amount_minor).sum();
        let third = scene.get(&admin, event).await.unwrap().lines[2].amount_minor.unwrap();
        assert_eq!(shares + third, 100_001, "the answer shows prices as they are settled");
        scene.prove().await;
    });
}

#[test]
fn lines_come_by_the_page_with_what_stands_against_each() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let units = scene.units(scene.item, &ann, 7, None).await;
        let rods = scene.units(scene.own_item, &ann, 2, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        let all = scene.mark(&ann, event, &rods).await.unwrap();
        let mut seen: Vec<LineId> = Vec::new();
        let mut cursor = None;
        loop {
            let params = ListParams { limit: Some(4), cursor: cursor.take(), count: true, ..ListParams::default() };
            let found = page(&scene, &ann, event, params).await;
            assert_eq!(found.total, Some(9));
            seen.extend(found.items.iter().map(|line| line.id));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all.lines.iter().map(|line| line.id).collect::<Vec<_>>());
        let mut params = ListParams { count: true, ..ListParams::default() };
        params
            .filters
            .insert("manufacturer_id".into(), Id::<domain::id::Manufacturer>::from_uuid(scene.own_maker).to_string());
        assert_eq!(page(&scene, &ann, event, params).await.total, Some(2));
        let mut params = ListParams::default();
        params.filters.insert("usage".into(), "missing,damaged".into());
        assert_eq!(page(&scene, &ann, event, params).await.items.len(), 0);
        // Sent on: the line says so, as the event does.
        scene.sql("UPDATE stock_unit SET hold_reason = 'cracked', hold_status = 'review', hold_since = 0 WHERE organization_id = $1 AND id = $2", args![scene.org, units[0].uuid()]).await;
        let held = page(&scene, &ann, event, ListParams::default()).await.items;
        let warned: Vec<_> = held.iter().filter_map(|line| line.warning.as_ref()).map(|it| it.code.as_str()).collect();
        assert_eq!(warned, ["unit_on_hold"]);
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let read =
            move |ctx: &Ctx, tx: &mut app::Tx| app::events::lines::many::list(ctx, tx, event, &ListParams::default());
        assert_eq!(code(scene.app.read(&bob, read).await), "not_found");
    });
}

#[test]
fn two_thousand_lines_are_changed_at_once_and_as_one() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.world.again(&scene.admin).await;
        let units = scene.units(scene.item, &ann, 2_000, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let made = scene.mark(&ann, event, &units).await.unwrap();
        let lines: Vec<LineId> = made.lines.iter().map(|line| line.id).collect();
        let wish = ChangeLines { unit_price_minor: Patch::Set(5_000), ..alike(&lines) };
        let done = change(&scene, &admin, event, wish).await.unwrap();
        assert_eq!((done.items.len(), done.total_minor), (2_000, Some(10_000_000)));
        // The version of the event is asked for, as everywhere.
        let mut old = admin.clone();
        old.expected_version = Some(1);
        assert_eq!(code(change(&scene, &old, event, alike(&lines[..1])).await), "stale");
        let one = PatchLine { no_charge: Some(true), ..PatchLine::default() };
        let first = lines[0];
        scene.run(&admin, move |ctx, tx| app::events::lines::patch(ctx, tx, event, first, one.clone())).await.unwrap();
        assert_eq!(scene.get(&admin, event).await.unwrap().head.total_minor, Some(9_995_000));
        scene.prove().await;
    });
}
