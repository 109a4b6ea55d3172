//! Customers and the people who care for them: the call list, territories, and what must be decided when somebody leaves.

use crate::directory::{asked, body, customer, location, order, patch_customer, read, told, write};
use app::directory::remarks::tasks;
use app::directory::{calls, customers, locations, territories};
use app::{Ctx, Error};
use contract::calls::CallListEntry;
use contract::directory::{Customer, Location};
use contract::people::{DeactivateUser, User};
use contract::territories::{Territory, TerritoryPreview};
use domain::clock::Instant;
use domain::directory::SalesRepSource;
use domain::engagement::Window;
use domain::id::{CustomerId, LocationId, OrganizationId, TerritoryId, UserId};
use domain::people::Role;
use serde_json::{Value, json};
use testkit::{World, on_both};

async fn get(world: &World, ctx: &Ctx, id: CustomerId) -> Customer {
    read(world, ctx, move |ctx, tx| customers::get(ctx, tx, id, Window::All)).await.unwrap()
}

async fn place(world: &World, ctx: &Ctx, id: LocationId) -> Location {
    read(world, ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await.unwrap()
}

async fn call_list(world: &World, ctx: &Ctx, query: &str) -> app::Result<Vec<CallListEntry>> {
    let params = asked(query);
    let page = read(world, ctx, move |ctx, tx| calls::list(ctx, tx, &params)).await?;
    assert_eq!(page.total, Some(page.items.len() as i64));
    Ok(page.items)
}

/// A customer of a rep that orders every so many days, the last time so many days ago.
async fn orders_every(world: &World, rep: &Ctx, name: &str, gap: i32, last: i32) -> CustomerId {
    let admin = world.admin().await;
    let id = customer(world, &admin, json!({"name": name, "default_sales_rep_id": rep.actor.id})).await.unwrap().id;
    let at = location(world, &admin, json!({"customer_id": id, "name": format!("{name} Main")})).await.unwrap().id;
    for n in (0..5).rev() {
        order(world, id, at, admin.today().plus(-last - n * gap), 1, 10_000).await;
    }
    id
}

#[test]
fn whoever_is_late_by_its_own_rhythm_is_on_the_call_list_of_those_who_care() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let nurse = world.person(Role::FacilityManager, "Nurse").await;
        let late = orders_every(&world, &ann, "Late", 21, 40).await;
        let later = orders_every(&world, &ann, "Later", 60, 130).await;
        orders_every(&world, &ann, "Regular", 21, 10).await;
        orders_every(&world, &ann, "Lapsed", 21, 400).await;
        orders_every(&world, &bob, "Of Bob", 21, 60).await;
        let names = |all: &[CallListEntry]| all.iter().map(|it| it.customer_name.clone()).collect::<Vec<_>>();
        let mine = call_list(&world, &ann, "").await.unwrap();
        assert_eq!(names(&mine), ["Later", "Late"], "the longest expected first; a lapsed customer is none to remind");
        assert_eq!((mine[1].overdue_by, mine[1].usual_gap_days), (19, Some(21)));
        assert!(mine[1].reason.ends_with("usually every 21 days, 19 days late."), "{}", mine[1].reason);
        assert_eq!(names(&call_list(&world, &ann, "late_by=40").await.unwrap()), ["Later"]);
        assert_eq!(names(&call_list(&world, &admin, "").await.unwrap()).len(), 3);
        let of_bob = format!("default_sales_rep_id={}", bob.actor.id);
        assert_eq!(names(&call_list(&world, &admin, &of_bob).await.unwrap()), ["Of Bob"]);
        assert!(call_list(&world, &ann, &of_bob).await.unwrap().is_empty(), "not within Ann's reach");
        assert_eq!(told(call_list(&world, &nurse, "").await), "403 not_allowed");
        assert_eq!(told(call_list(&world, &ann, "late_by=0").await), "422 invalid_value");
        // A task in one click: it is known on the list from then on.
        let new = body(json!({"title": "Call", "source": "rule"}));
        let task = write(&world, &ann, move |ctx, tx| tasks::create(ctx, tx, late, &new)).await.unwrap();
        let mine = call_list(&world, &ann, "").await.unwrap();
        assert_eq!((mine[0].task_id, mine[1].task_id), (None, Some(task.id)));
        let usual = read(&world, &ann, move |ctx, tx| calls::usual_items(ctx, tx, later)).await.unwrap();
        assert!(usual.items.is_empty(), "figures alone say nothing of items");
        assert_eq!(told(read(&world, &bob, move |ctx, tx| calls::usual_items(ctx, tx, later)).await), "404");
    });
}

#[test]
fn the_call_list_goes_out_once_to_each_of_those_who_care() {
    on_both(async |world: World| {
        let ann = world.person(Role::Sales, "Ann").await;
        world.person(Role::Sales, "Bob").await;
        orders_every(&world, &ann, "Late", 21, 40).await;
        let organization = OrganizationId::from_uuid(world.organization);
        let send = async || world.app.tell_call_lists(organization).await.unwrap();
        assert_eq!(send().await, 0, "it is Sunday");
        world.clock.set(Instant::parse("2026-11-23T12:30:00Z").unwrap());
        assert_eq!(send().await, 0, "half past six in Chicago");
        world.clock.set(Instant::parse("2026-11-23T13:30:00Z").unwrap());
        assert_eq!(send().await, 1, "Bob has nobody to call");
        assert_eq!(send().await, 0, "once");
        let mails = world.app.take_mails(organization).await.unwrap();
        let mail = mails[0].mail.clone().unwrap();
        assert_eq!((mails.len(), mail.to.as_str()), (1, ann.actor.email.as_str()));
        assert!(mail.subject == "1 customer to call" && mail.text.contains("Late (C-00001)"), "{mail:?}");
        assert!(
            mail.text.contains("20 days late") && mail.text.contains("http://localhost/call-list"),
            "{}",
            mail.text
        );
        world.clock.set(Instant::parse("2026-11-24T15:00:00Z").unwrap());
        assert_eq!(send().await, 0, "weekly unless set otherwise");
        let daily = body(json!({"call_list_digest": "daily"}));
        let admin = world.admin().await;
        write(&world, &admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &daily)).await.unwrap();
        assert_eq!(send().await, 1);
    });
}

async fn territory(world: &World, ctx: &Ctx, new: Value) -> app::Result<Territory> {
    let new = body(new);
    write(world, ctx, move |ctx, tx| territories::create(ctx, tx, &new)).await
}

async fn foresee(world: &World, ctx: &Ctx, ask: Value) -> app::Result<TerritoryPreview> {
    let ask = body(ask);
    read(world, ctx, move |ctx, tx| territories::preview(ctx, tx, &ask)).await
}

#[test]
fn territories_care_for_whoever_has_nobody_and_say_before_what_would_change() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let lone = customer(&world, &admin, json!({"name": "Lone"})).await.unwrap().id;
        let mut ids = Vec::new();
        for (name, state, code) in [("Chicago", "IL", "60611"), ("Peoria", "IL", "61602"), ("Madison", "WI", "53703")] {
            let new = json!({"customer_id": lone, "name": name, "address": {"state": state, "postal_code": code}});
            ids.push(location(&world, &admin, new).await.unwrap().id);
        }
        let taken =
            json!({"customer_id": lone, "name": "Own", "address": {"state": "IL"}, "sales_rep": {"mode": "none"}});
        let own = location(&world, &admin, taken).await.unwrap().id;
        let illinois = json!({"name": "Illinois", "rep_id": ann.actor.id, "states": ["il"]});
        let seen = foresee(&world, &admin, json!({"territory": illinois})).await.unwrap();
        assert_eq!((seen.locations, seen.names.clone()), (2, vec!["Chicago".to_owned(), "Peoria".into()]));
        assert_eq!((seen.shifts[0].from_name.as_str(), seen.shifts[0].to_name.as_str()), ("Nobody", "Ann"));
        assert_eq!(place(&world, &admin, ids[0]).await.effective_sales_rep_id, None, "nothing was written");
        let illinois = territory(&world, &admin, illinois).await.unwrap();
        assert_eq!((illinois.states.as_slice(), illinois.rank), (["IL".to_owned()].as_slice(), 10));
        let it = place(&world, &admin, ids[0]).await;
        assert_eq!(
            (it.effective_sales_rep_id, it.effective_sales_rep_source),
            (Some(ann.actor.id), SalesRepSource::Territory)
        );
        assert_eq!(place(&world, &admin, own).await.effective_sales_rep_id, None, "deliberately nobody stays nobody");
        // A closer rule before it; then the first is changed and taken away.
        let city = json!({"name": "City", "rep_id": bob.actor.id, "postal_codes": ["606"], "rank": 1});
        let city = territory(&world, &admin, city).await.unwrap();
        assert_eq!(place(&world, &admin, ids[0]).await.effective_sales_rep_id, Some(bob.actor.id));
        assert_eq!(place(&world, &admin, ids[1]).await.effective_sales_rep_id, Some(ann.actor.id));
        let gone = foresee(&world, &admin, json!({"id": city.id})).await.unwrap();
        assert_eq!((gone.locations, gone.shifts[0].to_name.as_str()), (1, "Ann"));
        let id: TerritoryId = city.id;
        write(&world, &admin, move |ctx, tx| territories::delete(ctx, tx, id)).await.unwrap();
        assert_eq!(place(&world, &admin, ids[0]).await.effective_sales_rep_id, Some(ann.actor.id));
        let id = illinois.id;
        let wide = body(json!({"name": "Lakes", "rep_id": ann.actor.id, "states": ["IL", "WI"], "rank": 10}));
        let wide = write(&world, &admin, move |ctx, tx| territories::put(ctx, tx, id, &wide)).await.unwrap();
        assert_eq!((wide.version, place(&world, &admin, ids[2]).await.effective_sales_rep_id), (2, Some(ann.actor.id)));
        // A default rep comes before any territory.
        patch_customer(&world, &admin, lone, json!({"default_sales_rep_id": bob.actor.id})).await.unwrap();
        assert_eq!(place(&world, &admin, ids[2]).await.effective_sales_rep_id, Some(bob.actor.id));
        let bad = json!({"name": "x", "rep_id": ann.actor.id, "postal_codes": ["60699-606"]});
        assert_eq!(told(territory(&world, &admin, bad).await), "422 invalid_value");
        assert_eq!(told(territory(&world, &admin, json!({"name": "x", "rep_id": ann.actor.id})).await), "422 required");
        let of_ann = json!({"name": "x", "rep_id": ann.actor.id, "states": ["IL"]});
        assert_eq!(told(territory(&world, &ann, of_ann).await), "403 not_allowed");
    });
}

async fn leave(world: &World, ctx: &Ctx, who: UserId, ask: Value) -> app::Result<User> {
    let ask: DeactivateUser = body(ask);
    write(world, ctx, move |ctx, tx| app::people::deactivate(ctx, tx, who, &ask)).await
}

#[test]
fn acceptance_7_and_8_a_rep_who_leaves_blocks_until_somebody_or_nobody_takes_over() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let id =
            customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
        let main = location(&world, &admin, json!({"customer_id": id, "name": "Main"})).await.unwrap().id;
        let other =
            customer(&world, &admin, json!({"name": "Elm", "default_sales_rep_id": bob.actor.id})).await.unwrap().id;
        let set_here =
            json!({"customer_id": other, "name": "East", "sales_rep": {"mode": "assigned", "id": ann.actor.id}});
        let east = location(&world, &admin, set_here).await.unwrap().id;
        territory(&world, &admin, json!({"name": "Illinois", "rep_id": ann.actor.id, "states": ["IL"]})).await.unwrap();
        let new = body(json!({"title": "Call", "assignee_id": ann.actor.id}));
        let task = write(&world, &admin, move |ctx, tx| tasks::create(ctx, tx, id, &new)).await.unwrap();
        let gone = ann.actor.id;

        let Err(Error::Outdated { code, message, current }) = leave(&world, &admin, gone, json!({})).await else {
            panic!("nobody decided");
        };
        assert_eq!(code, "successor_required");
        assert!(message.contains("customers (1)") && message.contains("open tasks (1)"), "{message}");
        let counts: Vec<(&str, i64)> = current["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["kind"].as_str().unwrap(), it["count"].as_i64().unwrap()))
            .collect();
        assert_eq!(counts[..4], [("customers", 1), ("locations", 1), ("territories", 1), ("tasks", 1)]);
        let half = json!({"successors": {"customers": bob.actor.id, "tasks": bob.actor.id}});
        assert!(
            matches!(leave(&world, &admin, gone, half).await, Err(Error::Outdated { .. })),
            "two kinds are open still"
        );
        assert_eq!(get(&world, &admin, id).await.default_sales_rep_id, Some(gone), "nothing was done by halves");
        let itself = json!({"successors": {"customers": gone, "locations": null, "territories": null, "tasks": null}});
        assert_eq!(told(leave(&world, &admin, gone, itself).await), "422 same_account");
        let blind =
            json!({"successors": {"customers": null, "locations": null, "territories": null, "tasks": bob.actor.id}});
        assert_eq!(told(leave(&world, &admin, gone, blind).await), "422 assignee_out_of_reach");

        let decided = json!({"reason": "Moved on", "successors":
            {"customers": bob.actor.id, "locations": null, "territories": null, "tasks": bob.actor.id}});
        assert!(!leave(&world, &admin, gone, decided).await.unwrap().active);
        assert_eq!(get(&world, &admin, id).await.default_sales_rep_id, Some(bob.actor.id));
        assert_eq!(
            place(&world, &admin, main).await.effective_sales_rep_id,
            Some(bob.actor.id),
            "what inherits follows"
        );
        // Nobody is not the same as clearing: cleared it would have fallen to Bob, who has the customer.
        let it = place(&world, &admin, east).await;
        assert_eq!((it.sales_rep.mode.as_str(), it.effective_sales_rep_id), ("none", None));
        let params = asked("");
        assert!(
            read(&world, &admin, move |ctx, tx| territories::list(ctx, tx, &params)).await.unwrap().items.is_empty()
        );
        let task_id = task.id;
        let task = read(&world, &bob, move |ctx, tx| tasks::get(ctx, tx, task_id)).await.unwrap();
        assert_eq!(task.assignee_id, Some(bob.actor.id));
        let history = read(&world, &admin, move |ctx, tx| customers::history(ctx, tx, id, 50)).await.unwrap();
        assert!(history.items.iter().any(|it| it.kind == "holdings_handed_over"), "{history:?}");
        assert!(leave(&world, &admin, gone, json!({})).await.is_ok(), "again changes nothing");
    });
}

#[test]
fn a_successor_for_everything_takes_tasks_and_territories_too() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (ann, bob) = (world.person(Role::Sales, "Ann").await, world.person(Role::Sales, "Bob").await);
        let id =
            customer(&world, &admin, json!({"name": "Mercy", "default_sales_rep_id": ann.actor.id})).await.unwrap().id;
        location(&world, &admin, json!({"customer_id": id, "name": "Main"})).await.unwrap();
        territory(&world, &admin, json!({"name": "Illinois", "rep_id": ann.actor.id, "states": ["IL"]})).await.unwrap();
        let new = body(json!({"title": "Call"}));
        write(&world, &ann, move |ctx, tx| tasks::create(ctx, tx, id, &new)).await.unwrap();
        let (from, to) = (ann.actor.id, bob.actor.id);
        let ask = body(json!({"to_user_id": to}));
        let seen =
            write(&world, &admin, move |ctx, tx| app::people::preview_successor(ctx, tx, from, &ask)).await.unwrap();
        assert_eq!((seen.counts["tasks"], seen.counts["territories"], seen.counts["customers"]), (1, 1, 1));
        let ask = body(json!({"preview_token": seen.preview_token}));
        write(&world, &admin, move |ctx, tx| app::people::apply_successor(ctx, tx, from, &ask)).await.unwrap();
        let params = asked("");
        let mine = read(&world, &bob, move |ctx, tx| tasks::list(ctx, tx, &params)).await.unwrap();
        assert_eq!(mine.items[0].title, "Call");
        let held = read(&world, &admin, move |ctx, tx| app::people::holdings(ctx, tx, from)).await.unwrap();
        assert!(held.items.iter().all(|it| it.count == 0), "{held:?}");
    });
}
