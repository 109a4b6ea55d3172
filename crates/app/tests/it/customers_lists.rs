//! Lists of customers and locations in any order and under any filter: page by page they are what one would pick by hand from
//! all of them.

use crate::directory::{asked, customer, location, patch_customer, read};
use app::Ctx;
use app::directory::{customers, locations};
use contract::directory::{Customer, Location};
use domain::clock::Day;
use domain::id::{CustomerId, LocationId, OrganizationId};
use domain::people::Role;
use serde_json::json;
use testkit::{World, on_both};
use uuid::Uuid;

/// Customers of the test, each with up to three locations.
const MANY: usize = 24;

async fn ordered(world: &World, customer: CustomerId, place: LocationId, days: &[(i32, i64)]) {
    let (org, days) = (world.organization, days.to_vec());
    let put = move |tx: &mut app::Tx| -> store::Result<()> {
        for (ago, amount) in &days {
            let day = Day(Day::parse("2026-11-22").unwrap().0 - ago);
            store::directory::add_order_figures(tx, org, customer.uuid(), place.uuid(), day, 1, *amount)?;
        }
        Ok(())
    };
    world.app.db().write(put).await.unwrap();
}

/// A world in which hardly two rows are alike, and some are archived.
async fn fill(world: &World, ctx: &Ctx, reps: &[&Ctx]) {
    for n in 0..MANY {
        let word = ["Mercy", "Lake", "St. Óscar"][n % 3];
        let new = json!({
            "name": format!("{word} {:02}", (n * 7) % MANY), "kind": if n % 4 == 1 { "clinic" } else { "hospital" },
            "default_sales_rep_id": reps[n % reps.len()].actor.id,
        });
        let id = customer(world, ctx, new).await.unwrap().id;
        for place in 0..n % 4 {
            let new = json!({"customer_id": id, "name": format!("Place {}", (n + place * 5) % 9),
                "kind": if place == 1 { "warehouse" } else { "facility" }});
            let at = location(world, ctx, new).await.unwrap().id;
            let orders: Vec<(i32, i64)> = (0..(n * place + n) % 6)
                .map(|k| ((n * 31 + k * 17) as i32 % 800, 10_000 + (n * k) as i64 * 10))
                .collect();
            ordered(world, id, at, &orders).await;
        }
        let patch = match n % 8 {
            2 => json!({"billing_status": "watch"}),
            5 => json!({"archived": true}),
            _ => continue,
        };
        patch_customer(world, ctx, id, patch).await.unwrap();
    }
    // From now on the windows hold.
    world.app.roll_figures(OrganizationId::from_uuid(world.organization)).await.unwrap();
}

/// How an order compares two rows: by the key, then by the id in the direction of the last key.
type Key<T> = (&'static str, fn(&T) -> Vec<i128>);
type Keep<T> = (&'static str, fn(&T) -> bool);

fn uuid(id: Uuid) -> u128 {
    id.as_u128()
}

fn sorted<T: Clone>(all: &[T], sort: &str, keys: &[Key<T>], id: fn(&T) -> u128) -> Vec<u128> {
    let parts: Vec<(&str, bool)> =
        sort.split(',').map(|part| part.strip_prefix('-').map_or((part, false), |name| (name, true))).collect();
    let falls = parts.last().is_some_and(|(_, falls)| *falls);
    let mut all = all.to_vec();
    all.sort_by(|a, b| {
        for (name, falls) in &parts {
            let key = keys.iter().find(|(known, _)| known == name).expect("a key").1;
            let order = key(a).cmp(&key(b));
            if order.is_ne() {
                return if *falls { order.reverse() } else { order };
            }
        }
        let order = id(a).cmp(&id(b));
        if falls { order.reverse() } else { order }
    });
    all.iter().map(id).collect()
}

fn name_key(text: &str) -> Vec<i128> {
    domain::text::fold(text).bytes().map(i128::from).collect()
}

fn day(day: Option<Day>) -> i128 {
    day.map_or(0, |day| i128::from(day.0))
}

const CUSTOMER_KEYS: &[Key<Customer>] = &[
    ("name", |it| name_key(&it.name)),
    ("kind", |it| name_key(it.kind.as_str())),
    ("locations_count", |it| vec![it.locations_count.into()]),
    ("orders_total", |it| vec![it.orders_total_minor.into()]),
    ("orders_count", |it| vec![it.orders_count.into()]),
    ("last_order_on", |it| vec![day(it.last_order_on)]),
    ("billing_status", |it| vec![it.effective_billing_status.rank().into()]),
];

const CUSTOMER_FILTERS: &[Keep<Customer>] = &[
    ("archived=false", |it| it.archived_at.is_none()),
    ("archived=all", |_| true),
    ("archived=true", |it| it.archived_at.is_some()),
    ("kind=clinic", |it| it.archived_at.is_none() && it.kind.as_str() == "clinic"),
    ("q=mercy", |it| it.archived_at.is_none() && it.name.contains("Mercy")),
    ("orders_count_from=4", |it| it.archived_at.is_none() && it.orders_count >= 4),
    ("orders_count_from=400", |_| false),
    ("billing_status=watch", |it| it.archived_at.is_none() && it.billing_status.as_str() == "watch"),
    ("engagement=never_ordered", |it| it.archived_at.is_none() && it.last_order_on.is_none()),
    ("engaged=true&kind=hospital", |it| it.archived_at.is_none() && it.engaged && it.kind.as_str() == "hospital"),
    ("engagement=slipping,lapsed&locations_count_from=2", |it| {
        it.archived_at.is_none()
            && it.locations_count >= 2
            && matches!(it.engagement_stage.as_str(), "slipping" | "lapsed")
    }),
];

#[test]
fn customers_page_by_page_are_those_that_match_in_every_order() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        fill(&world, &admin, &[&ann, &bob]).await;
        let sorts =
            ["name", "-orders_count", "orders_total", "last_order_on,name", "billing_status,-orders_total", "-kind"];
        for window in ["all", "last_90_days", "custom&window_from=2026-06-01&window_to=2026-09-30"] {
            let whole = asked(&format!("limit=500&archived=all&window={window}"));
            let all = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &whole)).await.unwrap().items;
            for (filter, keep) in CUSTOMER_FILTERS {
                let wanted: Vec<Customer> = all.iter().filter(|it| keep(it)).cloned().collect();
                for sort in sorts {
                    let expected = sorted(&wanted, sort, CUSTOMER_KEYS, |it| uuid(it.id.uuid()));
                    let mut found = Vec::new();
                    let mut params = asked(&format!("limit=5&sort={sort}&window={window}&{filter}"));
                    loop {
                        let now = params.clone();
                        let page = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &now)).await.unwrap();
                        assert_eq!(page.total, Some(expected.len() as i64), "{window} {filter} {sort}");
                        found.extend(page.items.iter().map(|it| uuid(it.id.uuid())));
                        let Some(cursor) = page.next_cursor else { break };
                        params.cursor = Some(cursor);
                    }
                    assert_eq!(found, expected, "{window} {filter} {sort}");
                }
            }
        }
    });
}

const LOCATION_KEYS: &[Key<Location>] = &[
    ("customer", |it| {
        let mut key = name_key(&it.customer_name);
        key.push(-1);
        key.extend(name_key(&it.name));
        key
    }),
    ("name", |it| name_key(&it.name)),
    ("orders_total", |it| vec![it.orders_total_minor.into()]),
    ("last_order_on", |it| vec![day(it.last_order_on)]),
];

const LOCATION_FILTERS: &[Keep<Location>] = &[
    ("archived=false", |_| true),
    ("kind=warehouse", |it| it.kind.as_str() == "warehouse"),
    ("orders_count_from=2", |it| it.orders_count >= 2),
    ("engagement=never_ordered&kind=facility", |it| it.last_order_on.is_none() && it.kind.as_str() == "facility"),
    ("q=place", |_| true),
];

#[test]
fn locations_page_by_page_are_those_that_match_for_whoever_reaches_them() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        fill(&world, &admin, &[&ann, &bob]).await;
        for (who, window) in [(&admin, "all"), (&admin, "last_90_days"), (&ann, "all"), (&ann, "last_90_days")] {
            // The locations of archived customers are left out with them.
            let whole = asked(&format!("limit=500&window={window}"));
            let all = read(&world, who, move |ctx, tx| locations::list(ctx, tx, &whole)).await.unwrap().items;
            assert!(!all.is_empty());
            for (filter, keep) in LOCATION_FILTERS {
                let wanted: Vec<Location> = all.iter().filter(|it| keep(it)).cloned().collect();
                for sort in ["customer", "-name", "orders_total", "-last_order_on,name"] {
                    let expected = sorted(&wanted, sort, LOCATION_KEYS, |it| uuid(it.id.uuid()));
                    let mut found = Vec::new();
                    let mut params = asked(&format!("limit=4&sort={sort}&window={window}&{filter}"));
                    loop {
                        let now = params.clone();
                        let page = read(&world, who, move |ctx, tx| locations::list(ctx, tx, &now)).await.unwrap();
                        assert_eq!(page.total, Some(expected.len() as i64), "{window} {filter} {sort}");
                        found.extend(page.items.iter().map(|it| uuid(it.id.uuid())));
                        let Some(cursor) = page.next_cursor else { break };
                        params.cursor = Some(cursor);
                    }
                    assert_eq!(found, expected, "{window} {filter} {sort}");
                }
            }
        }
    });
}

/// What a list of locations and one of customers say of orders, by id.
async fn told(world: &World, ctx: &Ctx, window: &str) -> Vec<(Uuid, i64, i64, Option<i64>)> {
    let params = asked(&format!("limit=500&archived=all&{window}"));
    let (places, customers) = read(world, ctx, move |ctx, tx| {
        Ok((locations::list(ctx, tx, &params)?.items, customers::list(ctx, tx, &params)?.items))
    })
    .await
    .unwrap();
    let places = places.iter().map(|it| (it.id.uuid(), it.orders_count, it.orders_total_minor, it.orders_avg_minor));
    let customers =
        customers.iter().map(|it| (it.id.uuid(), it.orders_count, it.orders_total_minor, it.orders_avg_minor));
    let mut told: Vec<_> = places.chain(customers).collect();
    told.sort();
    told
}

/// A window that moves with the calendar says what the same days say when one asks for them by name.
async fn windows_are_their_days(world: &World, people: &[&Ctx]) {
    let today = world.again(people[0]).await.today();
    for window in domain::engagement::Window::ALL {
        let Some(since) = window.since(today) else { continue };
        for who in people {
            let who = world.again(who).await;
            let kept = told(world, &who, &format!("window={window}")).await;
            let days = told(world, &who, &format!("window=custom&window_from={since}")).await;
            assert_eq!(kept, days, "{window} of {today}");
        }
    }
}

/// Whose figures the days do not add up to.
async fn drifted(world: &World) -> Vec<Uuid> {
    let org = world.organization;
    let found = world.app.db().read(move |tx| store::verify::figures(tx, org)).await.unwrap();
    let mut ids: Vec<Uuid> = found.iter().map(|it| it.0).collect();
    ids.dedup();
    ids
}

#[test]
fn figures_of_a_window_are_those_of_its_days_as_time_goes_by() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        fill(&world, &admin, &[&ann, &bob]).await;
        let organization = OrganizationId::from_uuid(world.organization);
        windows_are_their_days(&world, &[&admin, &ann]).await;
        // A location that goes to another customer takes along what it ordered for that one: nothing.
        let params = asked("limit=500&sort=-orders_count");
        let places = read(&world, &admin, move |ctx, tx| locations::list(ctx, tx, &params)).await.unwrap().items;
        let (moved, to) = (places[0].clone(), places[5].customer_id);
        assert!(moved.orders_count > 0 && moved.customer_id != to);
        let (org, place) = (world.organization, moved.id.uuid());
        let go = move |tx: &mut app::Tx| -> store::Result<()> {
            store::directory::figures::location_moved(tx, org, place, to.uuid())
        };
        world.app.db().write(go).await.unwrap();
        assert_eq!(drifted(&world).await, [place], "its row still names the other");
        let back = move |tx: &mut app::Tx| -> store::Result<()> {
            store::directory::figures::location_moved(tx, org, place, moved.customer_id.uuid())
        };
        world.app.db().write(back).await.unwrap();
        for days in [1, 40, 130, 300] {
            world.clock.pass(days * 86_400);
            assert!(world.app.roll_figures(organization).await.unwrap(), "a day has gone by");
            windows_are_their_days(&world, &[&admin, &ann]).await;
            assert!(drifted(&world).await.is_empty());
        }
        // What a migration leaves behind: made anew from the days.
        let kept = told(&world, &world.again(&admin).await, "window=this_year").await;
        let unmade = move |tx: &mut app::Tx| -> store::Result<()> {
            tx.exec(
                "DELETE FROM directory_figure WHERE organization_id = $1 AND kind = 'loc' AND span <> 'all'",
                &[db::Value::Uuid(org)],
            )?;
            tx.exec("UPDATE directory_figure_day SET day = 0 WHERE organization_id = $1", &[db::Value::Uuid(org)])?;
            Ok(())
        };
        world.app.db().write(unmade).await.unwrap();
        assert_eq!(told(&world, &world.again(&admin).await, "window=this_year").await, kept, "summed meanwhile");
        assert!(world.app.roll_figures(organization).await.unwrap());
        windows_are_their_days(&world, &[&admin, &ann]).await;
        assert!(drifted(&world).await.is_empty());
    });
}

#[test]
fn what_a_page_adds_up_to_is_what_the_statement_sums() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann").await;
        fill(&world, &admin, &[&ann]).await;
        for who in [&admin, &ann] {
            let params = asked("limit=500");
            let (page, sums) = read(&world, who, move |ctx, tx| {
                Ok((customers::list(ctx, tx, &params)?, customers::sums(ctx, tx, &params)?))
            })
            .await
            .unwrap();
            assert_eq!(json!(customers::added_up(&page.items)), json!(sums));
            let params = asked("limit=500");
            let (page, sums) = read(&world, who, move |ctx, tx| {
                Ok((locations::list(ctx, tx, &params)?, locations::sums(ctx, tx, &params)?))
            })
            .await
            .unwrap();
            let here = locations::added_up(&page.items);
            assert_eq!(
                (here.rows, here.orders_count, here.orders_total_minor),
                (sums.rows, sums.orders_count, sums.orders_total_minor)
            );
            assert_eq!((here.tasks_open, here.stock_on_site_units), (sums.tasks_open, sums.stock_on_site_units));
        }
    });
}

/// Customers put down through the storage, hardly two alike: some kinds, names of which many are shared, orders.
async fn crowd(world: &World, ctx: &Ctx, n: u128) {
    let first = customer(world, ctx, json!({"name": "Clinic", "number": "K0"})).await.unwrap().id.uuid();
    let organization = world.organization;
    let day = Day::parse("2026-11-22").unwrap().0;
    let made = world.app.db().write(move |tx| -> store::Result<()> {
        let row = store::directory::customer_row(tx, organization, first)?.expect("the first");
        for n in 1..n {
            let mut row = row.clone();
            row.id = Uuid::from_u128((0x0193_u128 << 112) | (n.wrapping_mul(2_654_435_761) % 1_000_003) << 64 | n);
            (row.number, row.number_key) = (format!("K{n}"), format!("k{n}"));
            row.kind = ["clinic", "hospital", "asc"][(n % 7 % 3) as usize].to_owned();
            row.name = format!("Clinic {}", n / 3);
            row.name_key = domain::text::fold(&row.name);
            store::directory::customers::insert(tx, organization, &row)?;
            if n % 5 != 0 {
                let ago = (n * 37 % 900) as i32;
                let amount = 1_000 * (n * 13 % 50) as i64;
                store::directory::add_order_figures(tx, organization, row.id, Uuid::nil(), Day(day - ago), 1, amount)?;
            }
        }
        Ok(())
    });
    made.await.unwrap();
}

#[test]
fn an_order_by_several_columns_holds_where_pages_are_found_in_blocks_and_groups() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        // More rows than are looked at at once.
        crowd(&world, &admin, 2_600).await;
        for (filter, keep) in [CUSTOMER_FILTERS[1], CUSTOMER_FILTERS[8]] {
            let mut params = asked(&format!("limit=500&{filter}"));
            let mut all: Vec<Customer> = Vec::new();
            loop {
                let now = params.clone();
                let page = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &now)).await.unwrap();
                all.extend(page.items);
                let Some(cursor) = page.next_cursor else { break };
                params.cursor = Some(cursor);
            }
            assert!(all.len() > 400 && all.iter().all(keep), "{filter}: {}", all.len());
            for sort in
                ["name,-orders_total", "kind,-orders_total", "-kind,name", "-orders_total,last_order_on", "kind"]
            {
                let expected = sorted(&all, sort, CUSTOMER_KEYS, |it| uuid(it.id.uuid()));
                let mut found = Vec::new();
                let mut params = asked(&format!("limit=240&sort={sort}&{filter}"));
                loop {
                    let now = params.clone();
                    let page = read(&world, &admin, move |ctx, tx| customers::list(ctx, tx, &now)).await.unwrap();
                    found.extend(page.items.iter().map(|it| uuid(it.id.uuid())));
                    let Some(cursor) = page.next_cursor else { break };
                    params.cursor = Some(cursor);
                }
                assert!(found == expected, "{filter} {sort}: {} of {}", found.len(), expected.len());
            }
        }
    });
}
