//! The people's share of the acceptance checks of customer management, each named by its number.

use crate::customers_bulk::{apply, job, preview, rows as job_rows, undo, work};
use crate::directory::{asked, body, customer, location, patch_customer, read, told, write};
use app::directory::bulk::Entity;
use app::directory::{customers, locations, views};
use app::{Ctx, Error};
use contract::directory::PatchCustomer;
use domain::bulk::JobStatus;
use domain::engagement::Window;
use domain::id::{CustomerId, LocationId, UserId};
use domain::people::Role;
use serde_json::json;
use std::collections::BTreeMap;
use testkit::{World, on_both};
use uuid::Uuid;

async fn rep_of(world: &World, ctx: &Ctx, id: LocationId) -> Option<UserId> {
    read(world, ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await.unwrap().effective_sales_rep_id
}

#[test]
fn acceptance_6_another_default_rep_moves_only_what_inherits() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob, cyd) = (
            world.person(Role::Sales, "Ann").await.actor.id,
            world.person(Role::Sales, "Bob").await.actor.id,
            world.person(Role::Sales, "Cyd").await.actor.id,
        );
        let id = customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann})).await.unwrap().id;
        let mut places = Vec::new();
        for rep in [json!({"mode": "inherit"}), json!({"mode": "assigned", "id": cyd}), json!({"mode": "none"})] {
            let new = json!({"customer_id": id, "name": format!("Place {}", places.len()), "sales_rep": rep});
            places.push(location(&world, &admin, new).await.unwrap().id);
        }
        let changed = patch_customer(&world, &admin, id, json!({"default_sales_rep_id": bob})).await.unwrap();
        let said: Vec<(&str, i64)> = changed.consequences.iter().map(|it| (it.code.as_str(), it.count)).collect();
        assert_eq!(said, [("locations_inherit", 1), ("overrides_kept", 2)]);
        let mut reps = Vec::new();
        for place in places {
            reps.push(rep_of(&world, &admin, place).await);
        }
        assert_eq!(reps, [Some(bob), Some(cyd), None]);
    });
}

/// So many customers, put down through the storage: making each by its use case takes too long.
async fn many(world: &World, ctx: &Ctx, n: u128) -> Vec<CustomerId> {
    let first = customer(world, ctx, json!({"name": "Clinic", "number": "K0"})).await.unwrap().id.uuid();
    let organization = world.organization;
    let mut ids = vec![CustomerId::from_uuid(first)];
    for chunk in (1..n).collect::<Vec<_>>().chunks(1_000) {
        let chunk = chunk.to_vec();
        let made = world.app.db().write(move |tx| -> store::Result<Vec<Uuid>> {
            let row = store::directory::customer_row(tx, organization, first)?.expect("the first");
            let mut made = Vec::new();
            for n in &chunk {
                let mut row = row.clone();
                row.id = Uuid::from_u128((0x0193_u128 << 112) | n);
                (row.number, row.number_key) = (format!("K{n}"), format!("k{n}"));
                store::directory::customers::insert(tx, organization, &row)?;
                made.push(row.id);
            }
            Ok(made)
        });
        ids.extend(made.await.unwrap().into_iter().map(CustomerId::from_uuid));
    }
    ids
}

#[test]
fn acceptance_14_15_16_ten_thousand_rows_are_changed_explained_undone_and_never_twice() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ids = many(&world, &admin, 10_000).await;
        for id in &ids[..2] {
            let closed = json!({"billing_status": "closed", "billing_status_reason": "gone"});
            patch_customer(&world, &admin, *id, closed).await.unwrap();
        }
        let versions: BTreeMap<String, i64> = ids[2..5].iter().map(|id| (id.to_string(), 77)).collect();
        let ask = json!({
            "ids": ids, "versions": versions, "mode": "skip_failures",
            "set": {"basis_date": {"op": "set", "value": "delivery_date"}},
        });
        let seen = preview(&world, &admin, Entity::Customers, ask).await.unwrap();
        assert_eq!((seen.counts.will_change, seen.counts.changed_meanwhile, seen.counts.invalid), (9_995, 3, 2));
        let begun = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        work(&world).await;
        let done = job(&world, &admin, begun.id).await;
        assert_eq!((done.status, done.counts["done"]), (JobStatus::Done, 9_995));
        assert_eq!((done.counts["changed_meanwhile"], done.counts["invalid"]), (3, 2));
        let explained = job_rows(&world, &admin, begun.id, "outcome=changed_meanwhile,invalid").await;
        assert!(explained.len() == 5 && explained.iter().all(|row| !row.reason.is_empty()), "{explained:?}");
        // The same preview again is the same job: nothing is done twice.
        let again = apply(&world, &admin, Entity::Customers, &seen).await.unwrap();
        work(&world).await;
        let id = ids[9];
        let it = read(&world, &admin, move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await.unwrap();
        assert_eq!((again.id, it.version), (begun.id, 2));
        for id in &ids[10..15] {
            patch_customer(&world, &admin, *id, json!({"basis_date": "ship_date"})).await.unwrap();
        }
        let undoing = undo(&world, &admin, begun.id).await.unwrap();
        work(&world).await;
        let undone = job(&world, &admin, undoing.id).await;
        assert_eq!((undone.counts["restored"], undone.counts["changed_since"]), (9_990, 5));
        let (id, kept) = (ids[9], ids[10]);
        let it = read(&world, &admin, move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await.unwrap();
        let other = read(&world, &admin, move |ctx, tx| customers::get(ctx, tx, kept, Window::All)).await.unwrap();
        assert_eq!(it.basis_date, None);
        assert_eq!(other.basis_date.map(|it| it.as_str()), Some("ship_date"));
    });
}

#[test]
fn acceptance_17_a_rep_has_only_own_locations_in_list_count_sum_and_search() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        for (name, rep) in [("Mercy", &ann), ("Elm", &bob)] {
            let id =
                customer(&world, &admin, json!({"name": name, "default_sales_rep_id": rep.actor.id})).await.unwrap().id;
            location(&world, &admin, json!({"customer_id": id, "name": format!("{name} Main")})).await.unwrap();
        }
        let shared =
            customer(&world, &admin, json!({"name": "Shared", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
        location(&world, &admin, json!({"customer_id": shared, "name": "Shared Ann"})).await.unwrap();
        let of_bob =
            json!({"customer_id": shared, "name": "Shared Bob", "sales_rep": {"mode": "assigned", "id": bob.actor.id}});
        location(&world, &admin, of_bob).await.unwrap();
        let params = asked("");
        let page = read(&world, &ann, move |ctx, tx| locations::list(ctx, tx, &params)).await.unwrap();
        let names: Vec<&str> = page.items.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names, page.total), (vec!["Mercy Main", "Shared Ann"], Some(2)));
        let params = asked("");
        let page = read(&world, &ann, move |ctx, tx| customers::list(ctx, tx, &params)).await.unwrap();
        let names: Vec<(&str, i64)> = page.items.iter().map(|it| (it.name.as_str(), it.locations_count)).collect();
        assert_eq!((names, page.total), (vec![("Mercy", 1), ("Shared", 1)], Some(2)));
        let params = asked("");
        let sums = read(&world, &ann, move |ctx, tx| customers::sums(ctx, tx, &params)).await.unwrap();
        assert_eq!((sums.rows, sums.locations_count), (2, 2));
        let hits = read(&world, &ann, |ctx, tx| app::search::everything(ctx, tx, "elm")).await.unwrap();
        assert!(hits.items.is_empty(), "{hits:?}");
        let hits = read(&world, &ann, |ctx, tx| app::search::everything(ctx, tx, "mercy")).await.unwrap();
        assert!(!hits.items.is_empty());
    });
}

#[test]
fn acceptance_19_a_view_is_there_in_another_browser_and_nobody_elses() {
    on_both(async |world: World| {
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let new: contract::directory::WriteView = body(
            json!({"entity": "customers", "name": "Late ones", "sort": ["-orders_count"], "columns": [{"key": "name"}]}),
        );
        let id = write(&world, &ann, move |ctx, tx| views::create(ctx, tx, new.clone())).await.unwrap().id;
        // Another session of the same person reads everything anew.
        let elsewhere = world.by_email(&ann.actor.email).await;
        let view = read(&world, &elsewhere, move |ctx, tx| views::get(ctx, tx, id)).await.unwrap();
        assert_eq!(
            (view.name.as_str(), view.state.sort.as_slice()),
            ("Late ones", ["-orders_count".to_owned()].as_slice())
        );
        assert_eq!(told(read(&world, &bob, move |ctx, tx| views::get(ctx, tx, id)).await).get(..3), Some("404"));
    });
}

#[test]
fn acceptance_22_the_second_of_two_editors_is_shown_what_the_first_made_of_it() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let id = customer(&world, &admin, json!({"name": "Mercy", "phone": "1"})).await.unwrap().id;
        patch_customer(&world, &admin, id, json!({"phone": "2"})).await.unwrap();
        let mut second = world.again(&admin).await;
        second.expected_version = Some(1);
        let patch: PatchCustomer = body(json!({"phone": "3"}));
        let late = world.app.write(&second, move |ctx, tx| customers::patch(ctx, tx, id, patch.clone())).await;
        let Err(Error::Stale(now)) = late else { panic!("{late:?}") };
        assert_eq!((now["phone"].as_str(), now["version"].as_i64()), (Some("2"), Some(2)));
    });
}

#[test]
fn acceptance_23_locations_stand_by_customer_name_with_accents_and_case_folded() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        for name in ["Zion", "\u{c1}bel", "abacus", "Adam"] {
            let id = customer(&world, &admin, json!({"name": name})).await.unwrap().id;
            for place in ["West", "east"] {
                location(&world, &admin, json!({"customer_id": id, "name": place})).await.unwrap();
            }
        }
        let params = asked("");
        let page = read(&world, &admin, move |ctx, tx| locations::list(ctx, tx, &params)).await.unwrap();
        let rows: Vec<(&str, &str)> =
            page.items.iter().map(|it| (it.customer_name.as_str(), it.name.as_str())).collect();
        let expected: Vec<(&str, &str)> = ["abacus", "\u{c1}bel", "Adam", "Zion"]
            .iter()
            .flat_map(|name| [(*name, "east"), (*name, "West")])
            .collect();
        assert_eq!(rows, expected);
    });
}
