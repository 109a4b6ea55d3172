//! What an event is about: whose products, and which lines of them.

use crate::scene::{Scene, at, code};
use app::{Ctx, Tx};
use contract::ListParams;
use contract::events::{CopyEvent, Event, PatchEvent};
use domain::event::EventType;
use domain::id::{EventId, Id, ProductLineId, UnitId};
use domain::people::Role;
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

async fn line(scene: &Scene, n: u128, maker: Uuid, name: &'static str) -> ProductLineId {
    let id = Uuid::from_u128((0x0194_u128 << 112) | n);
    scene
        .sql(
            "INSERT INTO catalog_product_line (organization_id, id, manufacturer_id, name, name_key, archived_at, version) \
             VALUES ($1, $2, $3, $4, $5, NULL, 1)",
            args![scene.org, id, maker, name, domain::text::fold(name)],
        )
        .await;
    Id::from_uuid(id)
}

async fn patch(scene: &Scene, ctx: &Ctx, event: EventId, change: PatchEvent) -> app::Result<Event> {
    scene.run(ctx, move |ctx, tx| app::events::plan::patch(ctx, tx, event, change.clone())).await
}

/// The events that a filter leaves.
async fn left(scene: &Scene, ctx: &Ctx, lines: &[ProductLineId]) -> Vec<EventId> {
    let mut params = ListParams { count: true, ..ListParams::default() };
    let words: Vec<String> = lines.iter().map(ToString::to_string).collect();
    params.filters.insert("product_line_id".into(), words.join(","));
    let page = scene.app.read(ctx, move |ctx, tx| app::events::list(ctx, tx, &params)).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64));
    let mut ids: Vec<EventId> = page.items.into_iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn product_lines_are_chosen_found_copied_and_told() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let hips = line(&scene, 1, scene.maker, "Hips").await;
        let spine = line(&scene, 2, scene.own_maker, "Spine").await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.product_line_ids = vec![spine, hips, spine];
        let case = scene.create(&ann, plan.clone()).await.unwrap();
        assert_eq!(case.product_line_ids, [hips, spine]);
        let makers = [scene.maker, scene.own_maker].map(Id::from_uuid);
        assert_eq!(case.manufacturer_ids, makers, "their makers are expected too");
        let other = scene.event(EventType::Case, &ann, scene.mercy).await;
        assert!(other.product_line_ids.is_empty());
        let id = case.head.id;
        for ctx in [&ann, &scene.admin] {
            assert_eq!(left(&scene, ctx, &[hips]).await, [id]);
            assert_eq!(left(&scene, ctx, &[hips, spine]).await, [id], "one event once");
        }
        // One is taken off: its maker stays until it is taken off too.
        let change = PatchEvent { product_line_ids: Some(vec![hips]), ..PatchEvent::default() };
        let changed = patch(&scene, &ann, id, change).await.unwrap();
        assert_eq!((changed.product_line_ids, changed.manufacturer_ids.len()), (vec![hips], 2));
        assert_eq!(left(&scene, &ann, &[spine]).await, []);
        let history = scene.app.read(&ann, move |ctx, tx| app::events::history(ctx, tx, id, 10)).await.unwrap();
        let told = |entry: &contract::HistoryEntry| entry.changes.iter().any(|it| it.field == "product_line_ids");
        assert_eq!(history.items.iter().filter(|entry| told(entry)).count(), 1, "the journal tells it");
        let change = PatchEvent { manufacturer_ids: Some(vec![]), ..PatchEvent::default() };
        let changed = patch(&scene, &ann, id, change).await.unwrap();
        assert_eq!(changed.manufacturer_ids, [Id::from_uuid(scene.maker)], "as long as a line of theirs is chosen");
        // A copy is about the same; what was archived since is not chosen anew.
        let wish = CopyEvent { starts_at: Some(at("2026-12-01")) };
        let copy = move |ctx: &Ctx, tx: &mut Tx| app::events::plan::copy(ctx, tx, id, wish.clone());
        assert_eq!(copy_of(&scene, &ann, copy).await.product_line_ids, [hips]);
        scene.sql("UPDATE catalog_product_line SET archived_at = 1 WHERE id = $1", args![hips.uuid()]).await;
        let wish = CopyEvent { starts_at: Some(at("2026-12-02")) };
        let copy = move |ctx: &Ctx, tx: &mut Tx| app::events::plan::copy(ctx, tx, id, wish.clone());
        assert!(copy_of(&scene, &ann, copy).await.product_line_ids.is_empty());
        plan.product_line_ids = vec![hips];
        assert_eq!(code(scene.create(&ann, plan.clone()).await), "archived");
        let change = PatchEvent { product_line_ids: Some(vec![hips, spine]), ..PatchEvent::default() };
        assert_eq!(
            patch(&scene, &ann, id, change).await.unwrap().product_line_ids,
            [hips, spine],
            "it stays where it is"
        );
        plan.product_line_ids = vec![Id::from_uuid(Uuid::from_u128(9))];
        assert_eq!(code(scene.create(&ann, plan).await), "not_found");
        scene.prove().await;
    });
}

async fn copy_of(
    scene: &Scene,
    ctx: &Ctx,
    copy: impl Fn(&Ctx, &mut Tx) -> app::Result<Event> + Send + Sync + 'static,
) -> Event {
    scene.run(ctx, copy).await.unwrap()
}

#[test]
fn units_are_found_by_their_product_line() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let hips = line(&scene, 1, scene.maker, "Hips").await;
        scene
            .sql(
                "INSERT INTO catalog_item_line (organization_id, catalog_item_id, product_line_id) VALUES ($1, $2, $3)",
                args![scene.org, scene.item, hips.uuid()],
            )
            .await;
        let cups = scene.units(scene.item, &ann, 2, None).await;
        let rods = scene.units(scene.own_item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let usable = async |filter: Option<ProductLineId>| -> Vec<UnitId> {
            let mut params = ListParams::default();
            params.filters.extend(filter.map(|id| ("product_line_id".to_owned(), id.to_string())));
            let read = move |ctx: &Ctx, tx: &mut Tx| app::events::lines::usable_units(ctx, tx, event, &params);
            let mut ids: Vec<UnitId> =
                scene.app.read(&ann, read).await.unwrap().items.into_iter().map(|it| it.id).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(usable(Some(hips)).await, cups);
        assert_eq!(usable(None).await.len(), cups.len() + rods.len());
        // What is offered in the form: all there is, or what somebody works with.
        let offered = |ctx: &Ctx, tx: &mut Tx| app::events::products::offered(ctx, tx, &[], &[]);
        assert_eq!(scene.app.read(&ann, offered).await.unwrap().manufacturers.len(), 2);
        scene.assign(&ann, "manufacturer", scene.maker).await;
        let own = scene.app.read(&ann, offered).await.unwrap();
        assert_eq!(own.manufacturers.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Orthex"]);
        assert_eq!(own.product_lines.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Hips"]);
        scene.prove().await;
    });
}
