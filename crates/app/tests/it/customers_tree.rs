//! Customers below each other: the tree and its sums; archiving; locations that move.

use crate::directory::{asked, body, customer, location, patch_customer, read, told, write};
use app::Ctx;
use app::directory::{customers, families, locations};
use contract::directory::PatchLocation;
use contract::families::Family;
use domain::clock::Day;
use domain::id::{CustomerId, LocationId};
use domain::people::Role;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::HashMap;
use testkit::{World, on_both};

async fn family(world: &World, ctx: &Ctx, id: CustomerId) -> app::Result<Family> {
    let params = contract::ListParams::default();
    read(world, ctx, move |ctx, tx| families::family(ctx, tx, id, &params)).await
}

async fn parent(world: &World, ctx: &Ctx, id: CustomerId, parent: Option<CustomerId>) -> String {
    told(patch_customer(world, ctx, id, json!({"parent_customer_id": parent})).await)
}

/// An order that counts, for figures alone.
async fn count(world: &World, customer: CustomerId, place: LocationId, total: i64) {
    let org = world.organization;
    world
        .app
        .db()
        .write(move |tx| {
            let day = Day::parse("2026-11-01").unwrap();
            store::directory::add_order_figures(tx, org, customer.uuid(), place.uuid(), day, 1, total)
        })
        .await
        .unwrap();
}

async fn move_location(
    world: &World,
    ctx: &Ctx,
    id: LocationId,
    value: Value,
) -> app::Result<contract::directory::Location> {
    let patch: PatchLocation = body(value);
    write(world, ctx, move |ctx, tx| locations::patch(ctx, tx, id, patch.clone())).await
}

#[test]
fn a_parent_shows_what_all_below_it_add_up_to() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rep = world.person(Role::Sales, "Ann Reyes").await;
        let mut ids = HashMap::new();
        for (name, above) in [("IDN", ""), ("North", "IDN"), ("East", "IDN"), ("Clinic", "North"), ("Apart", "")] {
            let rep = if name == "Clinic" || name == "IDN" { Some(rep.actor.id) } else { None };
            let new = json!({"name": name, "parent_customer_id": ids.get(above), "default_sales_rep_id": rep});
            let id = customer(&world, &admin, new).await.unwrap().id;
            ids.insert(name, id);
            let place =
                location(&world, &admin, json!({"customer_id": id, "name": format!("{name} Main")})).await.unwrap();
            count(&world, id, place.id, 1_000 * (ids.len() as i64)).await;
        }
        let it = family(&world, &admin, ids["IDN"]).await.unwrap();
        let seen: Vec<(&str, i64, i64, i64)> = it
            .items
            .iter()
            .map(|it| (it.name.as_str(), it.level, it.own.orders_total_minor, it.with_subsidiaries.orders_total_minor))
            .collect();
        assert_eq!(
            seen,
            [("IDN", 0, 1000, 10_000), ("East", 1, 3000, 3000), ("North", 1, 2000, 6000), ("Clinic", 2, 4000, 4000)]
        );
        assert_eq!((it.totals.orders_count, it.totals.orders_avg_minor, it.totals.locations_count), (4, Some(2500), 4));
        assert_eq!(it.items[2].share_bp, Some(6000));
        let middle = family(&world, &admin, ids["North"]).await.unwrap();
        assert_eq!((middle.totals.orders_total_minor, middle.above.as_slice()), (6000, &[ids["IDN"]][..]));
        // Archived, it still belongs to the sum.
        patch_customer(&world, &admin, ids["East"], json!({"archived": true})).await.unwrap();
        assert_eq!(family(&world, &admin, ids["IDN"]).await.unwrap().totals.orders_total_minor, 10_000);
        // A rep sees the tree of those in reach, and sums of those alone.
        let mine = family(&world, &rep, ids["IDN"]).await.unwrap();
        let names: Vec<(&str, i64)> = mine.items.iter().map(|it| (it.name.as_str(), it.level)).collect();
        assert_eq!((names, mine.totals.orders_total_minor), (vec![("IDN", 0), ("Clinic", 1)], 5000));
        assert_eq!(told(family(&world, &rep, ids["North"]).await), "404");
        let list = asked(&format!("parent={}", ids["IDN"]));
        let list = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &list)).await.unwrap();
        assert_eq!(list.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["North"], "direct, in use");
    });
}

#[test]
fn whatever_is_asked_customers_stay_a_tree() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(customer(&world, &admin, json!({"name": format!("Hospital {n}")})).await.unwrap().id);
        }
        let mut runner = TestRunner::deterministic();
        let asks = proptest::collection::vec((0..8usize, proptest::option::weighted(0.9, 0..8usize)), 60);
        let asks = asks.new_tree(&mut runner).unwrap().current();
        let mut parents: Vec<Option<usize>> = vec![None; 8];
        let line = |parents: &[Option<usize>], of: usize| {
            let mut found = vec![of];
            while let Some(above) = parents[*found.last().unwrap()] {
                found.push(above);
            }
            found
        };
        let height = |parents: &[Option<usize>], of: usize| {
            (0..8).filter_map(|it| line(parents, it).iter().position(|at| *at == of)).max().unwrap() + 1
        };
        let mut refused = 0;
        for (me, above) in asks {
            let expected = match above {
                None => "ok",
                Some(above) if line(&parents, above).contains(&me) => "422 parent_cycle",
                Some(above) if line(&parents, above).len() + height(&parents, me) > 5 => "422 parent_too_deep",
                Some(_) => "ok",
            };
            let said = parent(&world, &admin, ids[me], above.map(|it| ids[it])).await;
            assert_eq!(said, expected, "{me} below {above:?} in {parents:?}");
            refused += i32::from(said != "ok");
            if said == "ok" {
                parents[me] = above;
            }
        }
        assert!(refused > 5, "{refused}");
    });
}

#[test]
fn what_is_archived_leaves_lists_and_choices_and_comes_back() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mercy = customer(&world, &admin, json!({"name": "Mercy"})).await.unwrap();
        let place = location(&world, &admin, json!({"customer_id": mercy.id, "name": "Mercy Main"})).await.unwrap();
        let lists = async |query: &'static str| {
            let (c, l) = (asked(query), asked(query));
            let c = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &c)).await.unwrap().total;
            let l = read(&world, &admin, move |ctx, tx| locations::list(ctx, tx, &l)).await.unwrap().total;
            (c.unwrap(), l.unwrap())
        };
        assert_eq!(lists("q=mercy").await, (1, 1));
        let done = patch_customer(&world, &admin, mercy.id, json!({"archived": true})).await.unwrap();
        let codes: Vec<(&str, i64)> = done.consequences.iter().map(|it| (it.code.as_str(), it.count)).collect();
        assert_eq!(codes, [("locations_hidden", 1)]);
        assert_eq!(lists("q=mercy").await, (0, 0), "its locations go with it");
        assert_eq!(lists("q=mercy&archived=all").await, (1, 1));
        let of = asked(&format!("customer_id={}", mercy.id));
        let of = read(&world, &admin, move |ctx, tx| locations::list(ctx, tx, &of)).await.unwrap();
        assert_eq!(of.items.len(), 1, "on its own page they are shown");
        let hits = read(&world, &admin, |ctx, tx| app::search::everything(ctx, tx, "mercy")).await.unwrap();
        assert!(hits.items.is_empty(), "neither it nor its locations");
        let plan: contract::events::CreateEvent = body(json!({
            "type": "case", "representative_id": world.person(Role::Sales, "Ann").await.actor.id,
            "location_id": place.id, "starts_at": "2026-12-01T15:00:00Z",
        }));
        let refused = write(&world, &admin, move |ctx, tx| app::events::plan::create(ctx, tx, plan.clone())).await;
        assert_eq!(told(refused), "422 archived");
        patch_customer(&world, &admin, mercy.id, json!({"archived": false})).await.unwrap();
        assert_eq!(lists("q=mercy").await, (1, 1));
        let done = move_location(&world, &admin, place.id, json!({"archived": true})).await.unwrap();
        assert!(done.consequences.is_empty(), "nothing is left behind");
        assert_eq!(lists("q=mercy").await, (1, 0));
    });
}

#[test]
fn a_location_moves_and_what_it_ordered_stays() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let old = customer(&world, &admin, json!({"name": "Old"})).await.unwrap();
        let new = customer(&world, &admin, json!({"name": "New"})).await.unwrap();
        let place =
            location(&world, &admin, json!({"customer_id": old.id, "name": "Site", "code": "001"})).await.unwrap();
        location(&world, &admin, json!({"customer_id": new.id, "name": "Other", "code": "001"})).await.unwrap();
        count(&world, old.id, place.id, 5_000).await;
        let moved = move_location(&world, &admin, place.id, json!({"customer_id": new.id})).await.unwrap();
        assert_eq!((moved.customer_id, moved.orders_count, moved.code.as_str()), (new.id, 0, "002"));
        assert_eq!(moved.consequences[0].code, "history_stays");
        let it = family(&world, &admin, old.id).await.unwrap();
        assert_eq!((it.totals.orders_total_minor, it.totals.locations_count), (5_000, 0));
        let back = move_location(&world, &admin, place.id, json!({"customer_id": old.id})).await.unwrap();
        assert_eq!((back.orders_count, back.orders_total_minor), (1, 5_000), "the way back brings it home");
        let gone = customer(&world, &admin, json!({"name": "Gone"})).await.unwrap();
        assert_eq!(told(move_location(&world, &admin, gone_place(), json!({"customer_id": gone.id})).await), "404");
    });
}

fn gone_place() -> LocationId {
    LocationId::from_uuid(uuid::Uuid::from_u128(9))
}
