//! Customers and locations, physicians, prices, terms, views: who sees what, whose figures, which rep.

use app::directory::{customers, locations, named, physicians, prices, terms, views};
use app::{Ctx, Error, Tx, people};
use contract::directory::*;
use contract::people::UserIds;
use contract::{ListParams, Page};
use domain::clock::Day;
use domain::directory::SalesRepSource;
use domain::engagement::{EngagementStage, Window};
use domain::id::{CatalogItemId, CustomerId, Id, LocationId, PhysicianId, UserId};
use domain::people::Role;
use domain::pricing::PriceSource;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::{World, on_both};
use uuid::Uuid;

/// What an edge would answer: the status and the code.
pub fn told<T>(result: app::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(Error::NotFound(None)) => "404".into(),
        Err(Error::NotFound(Some(field))) => format!("404 {field}"),
        Err(Error::Forbidden { code, .. }) => format!("403 {code}"),
        Err(Error::Conflict { code, .. }) => format!("409 {code}"),
        Err(Error::Stale(_)) => "412".into(),
        Err(Error::Invalid { code, .. }) => format!("422 {code}"),
        Err(other) => panic!("{other:?}"),
    }
}

pub async fn write<T: Send + 'static>(
    world: &World,
    ctx: &Ctx,
    f: impl Fn(&Ctx, &mut Tx) -> app::Result<T> + Send + Sync + 'static,
) -> app::Result<T> {
    world.app.write(&world.again(ctx).await, f).await
}

pub async fn read<T: Send + 'static>(
    world: &World,
    ctx: &Ctx,
    f: impl FnOnce(&Ctx, &mut Tx) -> app::Result<T> + Send + 'static,
) -> app::Result<T> {
    world.app.read(&world.again(ctx).await, f).await
}

pub fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a body that fits")
}

pub async fn customer(world: &World, ctx: &Ctx, value: Value) -> app::Result<Customer> {
    let new: CreateCustomer = body(value);
    write(world, ctx, move |ctx, tx| customers::create(ctx, tx, new.clone())).await
}

pub async fn patch_customer(world: &World, ctx: &Ctx, id: CustomerId, value: Value) -> app::Result<Customer> {
    let patch: PatchCustomer = body(value);
    write(world, ctx, move |ctx, tx| customers::patch(ctx, tx, id, patch.clone())).await
}

async fn get_customer(world: &World, ctx: &Ctx, id: CustomerId, window: Window) -> app::Result<Customer> {
    read(world, ctx, move |ctx, tx| customers::get(ctx, tx, id, window)).await
}

pub async fn location(world: &World, ctx: &Ctx, value: Value) -> app::Result<Location> {
    let new: CreateLocation = body(value);
    write(world, ctx, move |ctx, tx| locations::create(ctx, tx, new.clone())).await
}

async fn patch_location(world: &World, ctx: &Ctx, id: LocationId, value: Value) -> app::Result<Location> {
    let patch: PatchLocation = body(value);
    write(world, ctx, move |ctx, tx| locations::patch(ctx, tx, id, patch.clone())).await
}

async fn get_location(world: &World, ctx: &Ctx, id: LocationId) -> app::Result<Location> {
    read(world, ctx, move |ctx, tx| locations::get(ctx, tx, id, Window::All)).await
}

/// A list's parameters from its query: `sort=-name&q=x`.
pub fn asked(query: &str) -> ListParams {
    let mut params = ListParams { count: true, ..ListParams::default() };
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "sort" => params.sort = Some(value.into()),
            "q" => params.q = Some(value.into()),
            "limit" => params.limit = value.parse().ok(),
            "cursor" => params.cursor = Some(value.into()),
            _ => {
                params.filters.insert(name.into(), value.into());
            }
        }
    }
    params
}

async fn list_customers(world: &World, ctx: &Ctx, query: &str) -> app::Result<Page<Customer>> {
    let params = asked(query);
    read(world, ctx, move |ctx, tx| customers::list(ctx, tx, &params)).await
}

async fn list_locations(world: &World, ctx: &Ctx, query: &str) -> app::Result<Page<Location>> {
    let params = asked(query);
    read(world, ctx, move |ctx, tx| locations::list(ctx, tx, &params)).await
}

/// Names on the page; the total says the same.
async fn names(world: &World, ctx: &Ctx, query: &str) -> Vec<String> {
    let page = list_customers(world, ctx, query).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64), "{query}");
    page.items.into_iter().map(|it| it.name).collect()
}

async fn places(world: &World, ctx: &Ctx, query: &str) -> Vec<String> {
    let page = list_locations(world, ctx, query).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64), "{query}");
    page.items.into_iter().map(|it| it.name).collect()
}

pub async fn order(world: &World, customer: CustomerId, location: LocationId, day: Day, count: i64, total: i64) {
    let admin = world.admin().await;
    write(world, &admin, move |ctx, tx| {
        let (customer, location) = (customer.uuid(), location.uuid());
        Ok(store::directory::add_order_figures(tx, ctx.org(), customer, location, day, count, total)?)
    })
    .await
    .unwrap();
}

async fn assign(world: &World, user: UserId, kind: &'static str, target: Uuid) {
    let admin = world.admin().await;
    write(world, &admin, move |ctx, tx| Ok(store::directory::assign(tx, ctx.org(), user.uuid(), kind, target)?))
        .await
        .unwrap();
}

async fn set_toggle(world: &World, user: UserId, toggle: &str, on: bool) {
    let admin = world.admin().await;
    let patch = body(json!({"settings": {toggle: on}}));
    write(world, &admin, move |ctx, tx| people::patch_user(ctx, tx, user, &patch)).await.unwrap();
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// Ann and Bob sell, Dora is Ann's distributor, Fay manages a facility. Mercy has a location of Ann's and one of Bob's,
/// Summit is Bob's alone.
struct Scene {
    admin: Ctx,
    ann: Ctx,
    bob: Ctx,
    dora: Ctx,
    fay: Ctx,
    mercy: CustomerId,
    summit: CustomerId,
    east: LocationId,
    west: LocationId,
    peak: LocationId,
}

async fn scene(world: &World) -> Scene {
    let admin = world.admin().await;
    let ann = world.person(Role::Sales, "Ann Reyes").await;
    let bob = world.person(Role::Sales, "Bob Stone").await;
    let dora = world.person(Role::Distributor, "Dora Lane").await;
    let fay = world.person(Role::FacilityManager, "Fay Moss").await;
    let (boss, rep) = (dora.actor.id, ann.actor.id);
    let group = UserIds { user_ids: vec![rep] };
    write(world, &admin, move |ctx, tx| people::put_representatives(ctx, tx, boss, &group)).await.unwrap();
    let mercy = customer(world, &admin, json!({"name": "Mercy Health", "default_sales_rep_id": ann.actor.id})).await;
    let summit = customer(world, &admin, json!({"name": "Summit Clinic", "default_sales_rep_id": bob.actor.id})).await;
    let (mercy, summit) = (mercy.unwrap().id, summit.unwrap().id);
    let east = location(world, &admin, json!({"customer_id": mercy, "name": "Mercy East"})).await.unwrap().id;
    let west =
        json!({"customer_id": mercy, "name": "Mercy West", "sales_rep": {"mode": "assigned", "id": bob.actor.id}});
    let west = location(world, &admin, west).await.unwrap().id;
    let peak = location(world, &admin, json!({"customer_id": summit, "name": "Summit Peak"})).await.unwrap().id;
    Scene { admin, ann, bob, dora, fay, mercy, summit, east, west, peak }
}

#[test]
fn customers_are_made_changed_and_remembered() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let first = customer(&world, &admin, json!({"name": "  Léon  Hospital "})).await.unwrap();
        assert_eq!((first.name.as_str(), first.number.as_str(), first.version), ("Léon Hospital", "C-00001", 1));
        let taken = customer(&world, &admin, json!({"name": "Other", "number": "c-00001"})).await;
        assert_eq!(told(taken), "409 number_taken", "numbers are compared whatever their case");
        customer(&world, &admin, json!({"name": "Typed", "number": "C-00002"})).await.unwrap();
        let third = customer(&world, &admin, json!({"name": "Third"})).await.unwrap();
        assert_eq!(third.number, "C-00003", "a typed number is stepped over");

        let held = patch_customer(&world, &admin, first.id, json!({"billing_status": "hold"})).await;
        assert_eq!(told(held), "422 reason_required");
        let change =
            json!({"billing_status": "hold", "billing_status_reason": "Two invoices open", "credit_limit_minor": 500});
        let held = patch_customer(&world, &admin, first.id, change).await.unwrap();
        assert_eq!((held.version, held.credit_limit_minor), (2, Some(Some(500))));
        let same = patch_customer(&world, &admin, first.id, json!({"billing_status": "hold"})).await.unwrap();
        assert_eq!((same.version, same.billing_status_reason.as_str()), (2, "Two invoices open"), "nothing changed");
        let good = patch_customer(&world, &admin, first.id, json!({"billing_status": "good"})).await.unwrap();
        assert_eq!((good.version, good.billing_status_reason.as_str()), (3, ""), "a new status drops the old reason");

        let mut stale = world.again(&admin).await;
        stale.expected_version = Some(1);
        let (id, patch) = (first.id, body::<PatchCustomer>(json!({"note": "x"})));
        let refused = world.app.write(&stale, move |ctx, tx| customers::patch(ctx, tx, id, patch.clone())).await;
        match refused {
            Err(Error::Stale(current)) => assert_eq!(current["version"], 3),
            other => panic!("{other:?}"),
        }

        let past = read(&world, &admin, move |ctx, tx| customers::history(ctx, tx, id, 50)).await.unwrap().items;
        let fields: Vec<&str> = past.iter().flat_map(|it| &it.changes).map(|it| it.field.as_str()).collect();
        assert_eq!(past.len(), 3, "{past:?}");
        assert!(fields.contains(&"credit_limit_minor") && fields.contains(&"name"), "{fields:?}");

        let loops = patch_customer(&world, &admin, first.id, json!({"parent_customer_id": third.id})).await.unwrap();
        assert_eq!(loops.parent_customer_id, Some(third.id));
        let loops = patch_customer(&world, &admin, third.id, json!({"parent_customer_id": first.id})).await;
        assert_eq!(told(loops), "422 parent_cycle");
        for (value, code) in [
            (json!({"name": " "}), "422 required"),
            (json!({"credit_limit_minor": -1}), "422 negative_amount"),
            (json!({"email": "nobody"}), "422 invalid_email"),
            (json!({"payment_terms_id": "ptm_01h455vb4pex5vsknk084sn02q"}), "404 payment_terms_id"),
            (json!({"default_sales_rep_id": "usr_01h455vb4pex5vsknk084sn02q"}), "404 default_sales_rep_id"),
        ] {
            assert_eq!(told(patch_customer(&world, &admin, third.id, value.clone()).await), code, "{value}");
        }
    });
}

#[test]
fn terms_are_for_those_who_manage_billing_and_the_rest_for_those_who_manage_the_directory() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let clerk = world.person(Role::Operations, "Cleo Clerk").await;
        set_toggle(&world, clerk.actor.id, "manage_billing", false).await;
        let terms = patch_customer(&world, &clerk, scene.mercy, json!({"billing_status": "watch"})).await;
        assert_eq!(told(terms), "403 not_allowed");
        assert_eq!(told(patch_customer(&world, &clerk, scene.mercy, json!({"note": "called"})).await), "ok");
        set_toggle(&world, clerk.actor.id, "manage_billing", true).await;
        set_toggle(&world, clerk.actor.id, "manage_directory", false).await;
        assert_eq!(told(patch_customer(&world, &clerk, scene.mercy, json!({"billing_status": "watch"})).await), "ok");
        assert_eq!(told(patch_customer(&world, &clerk, scene.mercy, json!({"note": "x"})).await), "403 not_allowed");
        assert_eq!(told(customer(&world, &clerk, json!({"name": "New"})).await), "403 not_allowed");
        // In reach and not allowed is 403, out of reach is unknown.
        assert_eq!(
            told(patch_customer(&world, &scene.ann, scene.mercy, json!({"note": "x"})).await),
            "403 not_allowed"
        );
        assert_eq!(told(patch_customer(&world, &scene.ann, scene.summit, json!({"note": "x"})).await), "404");
    });
}

#[test]
fn everybody_sees_their_own_locations_and_customers_through_them() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        assert_eq!(names(&world, &scene.admin, "").await, ["Mercy Health", "Summit Clinic"]);
        assert_eq!(names(&world, &scene.ann, "").await, ["Mercy Health"]);
        assert_eq!(names(&world, &scene.bob, "").await, ["Mercy Health", "Summit Clinic"]);
        assert_eq!(names(&world, &scene.dora, "").await, ["Mercy Health"], "through a rep of the group");
        assert!(names(&world, &scene.fay, "").await.is_empty());
        assert_eq!(places(&world, &scene.ann, "").await, ["Mercy East"]);
        assert_eq!(places(&world, &scene.bob, "").await, ["Mercy West", "Summit Peak"]);

        // Search and counts stay inside as well, and so does every single look.
        assert!(names(&world, &scene.ann, "q=summit").await.is_empty());
        assert_eq!(names(&world, &scene.bob, "q=SUMM").await, ["Summit Clinic"]);
        assert_eq!(places(&world, &scene.admin, "q=mercy we").await, ["Mercy West"]);
        assert!(places(&world, &scene.ann, "q=west").await.is_empty());
        assert_eq!(told(get_customer(&world, &scene.ann, scene.summit, Window::All).await), "404");
        assert_eq!(told(get_location(&world, &scene.ann, scene.west).await), "404");
        assert_eq!(get_customer(&world, &scene.ann, scene.mercy, Window::All).await.unwrap().locations_count, 1);
        assert_eq!(get_customer(&world, &scene.admin, scene.mercy, Window::All).await.unwrap().locations_count, 2);

        // An assignment opens one location, for a facility manager too.
        assign(&world, scene.fay.actor.id, "location", scene.west.uuid()).await;
        assert_eq!(places(&world, &scene.fay, "").await, ["Mercy West"]);
        assert_eq!(names(&world, &scene.fay, "").await, ["Mercy Health"]);
        assign(&world, scene.ann.actor.id, "location", scene.peak.uuid()).await;
        assert_eq!(places(&world, &scene.ann, "").await, ["Mercy East", "Summit Peak"]);
        assert_eq!(places(&world, &scene.dora, "").await, ["Mercy East", "Summit Peak"]);

        // Another organisation sees nothing of it.
        let (_, email) = world.organization("Elsewhere").await;
        let stranger = world.by_email(&email).await;
        assert!(names(&world, &stranger, "").await.is_empty());
        assert_eq!(told(get_customer(&world, &stranger, scene.mercy, Window::All).await), "404");
    });
}

#[test]
fn what_is_for_the_office_is_not_shown_filtered_or_sorted_by_the_field() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        patch_customer(&world, &scene.admin, scene.mercy, json!({"credit_limit_minor": 700})).await.unwrap();
        let seen =
            serde_json::to_value(get_customer(&world, &scene.ann, scene.mercy, Window::All).await.unwrap()).unwrap();
        assert!(seen.get("credit_limit_minor").is_none());
        let filtered = list_customers(&world, &scene.ann, "credit_limit_from=1").await;
        assert_eq!(told(filtered), "422 filter_not_supported");
        assert_eq!(names(&world, &scene.admin, "credit_limit_from=600").await, ["Mercy Health"]);
        assert_eq!(told(list_customers(&world, &scene.admin, "sort=note").await), "422 sort_not_supported");
        assert_eq!(told(list_customers(&world, &scene.admin, "nonsense=1").await), "422 filter_not_supported");
        let mercy = scene.mercy;
        let past = read(&world, &scene.ann, move |ctx, tx| customers::history(ctx, tx, mercy, 50)).await.unwrap().items;
        assert!(past.iter().flat_map(|it| &it.changes).all(|it| it.field != "credit_limit_minor"));
    });
}

#[test]
fn the_effective_rep_follows_the_customer_and_overrides_stay() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let rep = |location: Location| (location.effective_sales_rep_id, location.effective_sales_rep_source);
        let (ann, bob) = (scene.ann.actor.id, scene.bob.actor.id);
        let at = async |id| rep(get_location(&world, &scene.admin, id).await.unwrap());
        assert_eq!(at(scene.east).await, (Some(ann), SalesRepSource::Customer));
        assert_eq!(at(scene.west).await, (Some(bob), SalesRepSource::Location));

        patch_customer(&world, &scene.admin, scene.mercy, json!({"default_sales_rep_id": bob})).await.unwrap();
        assert_eq!(at(scene.east).await, (Some(bob), SalesRepSource::Customer), "who inherits follows");
        assert_eq!(told(get_location(&world, &scene.ann, scene.east).await), "404", "and so does reach");
        assert_eq!(
            at(scene.west).await,
            (Some(bob), SalesRepSource::Location),
            "an override equal to the default stays"
        );

        patch_customer(&world, &scene.admin, scene.mercy, json!({"default_sales_rep_id": ann})).await.unwrap();
        assert_eq!(at(scene.west).await, (Some(bob), SalesRepSource::Location));
        let none = json!({"sales_rep": {"mode": "none"}});
        patch_location(&world, &scene.admin, scene.west, none).await.unwrap();
        assert_eq!(at(scene.west).await, (None, SalesRepSource::None), "nobody is not the default");
        let inherit = json!({"sales_rep": {"mode": "inherit"}});
        patch_location(&world, &scene.admin, scene.west, inherit).await.unwrap();
        assert_eq!(at(scene.west).await, (Some(ann), SalesRepSource::Customer));
        patch_customer(&world, &scene.admin, scene.mercy, json!({"default_sales_rep_id": null})).await.unwrap();
        assert_eq!(at(scene.west).await, (None, SalesRepSource::None));

        for (value, code) in [
            (json!({"sales_rep": {"mode": "assigned"}}), "422 required"),
            (json!({"sales_rep": {"mode": "none", "id": ann}}), "422 not_expected"),
            (json!({"sales_rep": {"mode": "assigned", "id": scene.fay.actor.id}}), "422 not_a_sales_rep"),
            (json!({"time_zone": "Mars/Olympus"}), "422 invalid_time_zone"),
        ] {
            assert_eq!(told(patch_location(&world, &scene.admin, scene.west, value.clone()).await), code, "{value}");
        }
    });
}

#[test]
fn a_rep_with_the_toggle_adds_records_and_keeps_seeing_them() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        assert_eq!(told(customer(&world, &scene.ann, json!({"name": "New Clinic"})).await), "403 not_allowed");
        set_toggle(&world, scene.ann.actor.id, "add_directory_records", true).await;
        let made = customer(&world, &scene.ann, json!({"name": "New Clinic"})).await.unwrap();
        assert_eq!(made.default_sales_rep_id, Some(scene.ann.actor.id));
        assert_eq!(names(&world, &scene.ann, "").await, ["Mercy Health", "New Clinic"]);
        assert!(names(&world, &scene.bob, "q=new").await.is_empty());
        let money = customer(&world, &scene.ann, json!({"name": "X", "credit_limit_minor": 5})).await;
        assert_eq!(told(money), "403 not_allowed");
        let foreign =
            customer(&world, &scene.ann, json!({"name": "X", "default_sales_rep_id": scene.bob.actor.id})).await;
        assert_eq!(told(foreign), "404 default_sales_rep_id");

        let room = json!({"customer_id": made.id, "name": "Day surgery", "sales_rep": {"mode": "none"}});
        let room = location(&world, &scene.ann, room).await.unwrap();
        assert_eq!(places(&world, &scene.ann, "q=day").await, ["Day surgery"], "whoever makes it is assigned to it");
        assert_eq!((room.code.as_str(), room.time_zone.as_str()), ("001", "America/Chicago"));
        let elsewhere = location(&world, &scene.ann, json!({"customer_id": scene.summit, "name": "X"})).await;
        assert_eq!(told(elsewhere), "404 customer_id");

        set_toggle(&world, scene.fay.actor.id, "add_directory_records", true).await;
        assert_eq!(told(customer(&world, &scene.fay, json!({"name": "X"})).await), "403 not_allowed");
        let new: CreatePhysician = body(json!({"name": "Dr. Wu"}));
        let wu = write(&world, &scene.fay, move |ctx, tx| physicians::create(ctx, tx, new.clone())).await.unwrap();
        let seen = read(&world, &scene.fay, move |ctx, tx| physicians::get(ctx, tx, wu.id)).await;
        assert_eq!(told(seen), "ok");
        let hidden = read(&world, &scene.ann, move |ctx, tx| physicians::get(ctx, tx, wu.id)).await;
        assert_eq!(told(hidden), "404");
    });
}

#[test]
fn figures_are_those_of_the_locations_in_reach() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        // Today is 22 November 2026.
        order(&world, scene.mercy, scene.east, day("2026-11-20"), 1, 1_001).await;
        order(&world, scene.mercy, scene.west, day("2026-03-01"), 1, 2_000).await;
        order(&world, scene.mercy, scene.west, day("2025-12-01"), 1, 4_000).await;
        order(&world, scene.mercy, scene.west, day("2024-01-01"), 1, 8_000).await;
        let figures = async |ctx: &Ctx, window| {
            let it = get_customer(&world, ctx, scene.mercy, window).await.unwrap();
            let listed = list_customers(&world, ctx, &format!("q=mercy&window={window}")).await.unwrap().items;
            assert_eq!(
                (listed[0].orders_count, listed[0].orders_total_minor, listed[0].orders_avg_minor),
                (it.orders_count, it.orders_total_minor, it.orders_avg_minor),
                "the list says what the page says"
            );
            (it.orders_count, it.orders_total_minor, it.orders_avg_minor, it.last_order_on.map(|day| day.to_string()))
        };
        let last = |text: &str| Some(text.to_owned());
        let admin = &scene.admin;
        assert_eq!(figures(admin, Window::All).await, (4, 15_001, Some(3_750), last("2026-11-20")));
        assert_eq!(figures(admin, Window::ThisYear).await, (2, 3_001, Some(1_501), last("2026-11-20")), "half up");
        assert_eq!(figures(admin, Window::Last12Months).await, (3, 7_001, Some(2_334), last("2026-11-20")));
        assert_eq!(figures(admin, Window::Last90Days).await, (1, 1_001, Some(1_001), last("2026-11-20")));
        assert_eq!(figures(&scene.ann, Window::All).await, (1, 1_001, Some(1_001), last("2026-11-20")));
        assert_eq!(figures(&scene.bob, Window::All).await, (3, 14_000, Some(4_667), last("2026-03-01")));
        assert_eq!(figures(&scene.bob, Window::ThisYear).await, (1, 2_000, Some(2_000), last("2026-03-01")));
        assert_eq!(figures(&scene.bob, Window::Last90Days).await, (0, 0, None, last("2026-03-01")));
        let sum: i64 = list_locations(&world, admin, &format!("customer_id={}", scene.mercy))
            .await
            .unwrap()
            .items
            .iter()
            .map(|it| it.orders_total_minor)
            .sum();
        assert_eq!(sum, 15_001, "locations add up to their customer");
        let west = list_locations(&world, admin, "q=west&window=this_year").await.unwrap().items;
        assert_eq!((west[0].orders_count, west[0].orders_total_minor), (1, 2_000));

        // The order of a list tells nothing about locations that are out of reach.
        let ids = |page: Page<Customer>| page.items.into_iter().map(|it| it.name).collect::<Vec<_>>();
        order(&world, scene.summit, scene.peak, day("2026-05-05"), 1, 14_500).await;
        assert_eq!(ids(list_customers(&world, admin, "sort=-orders_total").await.unwrap())[0], "Mercy Health");
        assert_eq!(ids(list_customers(&world, &scene.bob, "sort=-orders_total").await.unwrap())[0], "Summit Clinic");
    });
}

#[test]
fn windows_move_with_the_calendar_whether_or_not_they_were_rolled() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        order(&world, scene.mercy, scene.east, day("2026-11-20"), 1, 100).await;
        order(&world, scene.mercy, scene.east, day("2026-08-25"), 2, 40).await;
        let seen = async || {
            let mut all = Vec::new();
            for window in Window::ALL {
                let it = get_customer(&world, &scene.admin, scene.mercy, *window).await.unwrap();
                let query = format!("sort=-orders_total&window={window}&orders_count_from=1");
                let listed = list_customers(&world, &scene.admin, &query).await.unwrap();
                assert_eq!(listed.total, Some(i64::from(it.orders_count > 0)), "{window}");
                all.push((it.orders_count, it.orders_total_minor));
            }
            all
        };
        for (days, wanted) in [
            (0, vec![(3, 140), (3, 140), (3, 140), (3, 140)]),
            (2, vec![(3, 140), (3, 140), (3, 140), (1, 100)]),
            (40, vec![(3, 140), (0, 0), (3, 140), (1, 100)]),
            (300, vec![(3, 140), (0, 0), (1, 100), (0, 0)]),
        ] {
            world.clock.pass(days * 86_400);
            assert_eq!(seen().await, wanted, "not rolled yet, {days} days on");
            let rolled =
                write(&world, &scene.admin, |ctx, tx| Ok(store::directory::roll_figures(tx, ctx.org(), ctx.today())?));
            rolled.await.unwrap();
            assert_eq!(seen().await, wanted, "rolled, {days} days on");
        }
        let drifted =
            read(&world, &scene.admin, |ctx, tx| Ok(store::directory::figures::drifted(tx, ctx.org())?)).await;
        assert!(drifted.unwrap().is_empty());
    });
}

#[test]
fn an_order_that_no_longer_counts_leaves_no_trace_in_the_figures() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        order(&world, scene.mercy, scene.east, day("2026-11-01"), 1, 900).await;
        order(&world, scene.mercy, scene.east, day("2026-10-01"), 1, 100).await;
        order(&world, scene.mercy, scene.east, day("2026-11-01"), 0, -50).await;
        let it = get_customer(&world, &scene.admin, scene.mercy, Window::All).await.unwrap();
        assert_eq!((it.orders_count, it.orders_total_minor, it.last_order_on), (2, 950, Some(day("2026-11-01"))));
        assert_eq!((it.engagement_stage, it.engaged), (EngagementStage::New, true));
        order(&world, scene.mercy, scene.east, day("2026-11-01"), -1, -850).await;
        let it = get_customer(&world, &scene.admin, scene.mercy, Window::All).await.unwrap();
        assert_eq!((it.orders_count, it.orders_total_minor, it.last_order_on), (1, 100, Some(day("2026-10-01"))));
        order(&world, scene.mercy, scene.east, day("2026-10-01"), -1, -100).await;
        let it = get_customer(&world, &scene.admin, scene.mercy, Window::All).await.unwrap();
        assert_eq!((it.orders_count, it.orders_avg_minor, it.last_order_on), (0, None, None));
        assert_eq!((it.engagement_stage, it.engaged), (EngagementStage::NeverOrdered, false));
    });
}

#[test]
fn filters_by_stage_say_what_the_rows_say() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let today = admin.today();
        let rhythms: &[&[i32]] = &[
            &[],
            &[5],
            &[90],
            &[91],
            &[400],
            &[366, 20],
            &[365],
            &[366],
            &[340, 250, 160, 130],
            &[360, 250, 160, 134],
            &[300, 240, 180, 136],
            &[800, 10],
        ];
        for (n, days) in rhythms.iter().enumerate() {
            let made = customer(&world, &admin, json!({"name": format!("Customer {n:02}")})).await.unwrap().id;
            let room = location(&world, &admin, json!({"customer_id": made, "name": "Room"})).await.unwrap().id;
            for ago in *days {
                order(&world, made, room, today.plus(-ago), 1, 10).await;
            }
        }
        let all = list_customers(&world, &admin, "").await.unwrap().items;
        assert_eq!(all.len(), rhythms.len());
        let mut seen = 0;
        for stage in EngagementStage::ALL {
            let wanted: Vec<CustomerId> =
                all.iter().filter(|it| it.engagement_stage == *stage).map(|it| it.id).collect();
            let found = list_customers(&world, &admin, &format!("engagement_stage={stage}")).await.unwrap().items;
            assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), wanted, "{stage}");
            assert!(!wanted.is_empty(), "no sample of {stage}");
            seen += wanted.len();
        }
        assert_eq!(seen, all.len());
        for engaged in [true, false] {
            let wanted: Vec<CustomerId> = all.iter().filter(|it| it.engaged == engaged).map(|it| it.id).collect();
            let found = list_customers(&world, &admin, &format!("engaged={engaged}")).await.unwrap().items;
            assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), wanted, "{engaged}");
        }
    });
}

#[test]
fn every_sort_pages_through_every_row_once() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        for n in 0..7 {
            let made = customer(
                &world,
                &scene.admin,
                json!({"name": format!("Extra {}", n % 3), "default_sales_rep_id": scene.ann.actor.id}),
            );
            let made = made.await.unwrap().id;
            let room = location(&world, &scene.admin, json!({"customer_id": made, "name": format!("Room {}", n % 2)}));
            let room = room.await.unwrap().id;
            if n % 2 == 0 {
                order(&world, made, room, day("2026-11-01").plus(n), 1, i64::from(n % 4) * 100).await;
            }
        }
        for (who, rows) in [(&scene.admin, 9), (&scene.ann, 8)] {
            // Names of one column walk the same way.
            let mut sorts = customers::list::sorts(who);
            sorts.sort_by_key(|(_, column)| *column);
            sorts.dedup_by_key(|(_, column)| *column);
            assert!(sorts.len() >= 25, "{sorts:?}");
            for window in Window::ALL {
                for sort in sorts.iter().map(|(name, _)| *name).chain(["billing_status,-name", "orders_count,-name"]) {
                    for sign in ["", "-"] {
                        let mut seen: Vec<CustomerId> = Vec::new();
                        let mut cursor = String::new();
                        loop {
                            let query = format!("limit=4&window={window}&sort={sign}{sort}{cursor}");
                            let page = list_customers(&world, who, &query).await.unwrap();
                            assert_eq!(page.total, Some(rows), "{query}");
                            seen.extend(page.items.iter().map(|it| it.id));
                            match page.next_cursor {
                                Some(next) => cursor = format!("&cursor={next}"),
                                None => break,
                            }
                        }
                        let mut once = seen.clone();
                        once.sort_unstable();
                        once.dedup();
                        assert_eq!((once.len(), seen.len()), (rows as usize, rows as usize), "{sign}{sort} {window}");
                    }
                }
            }
        }
        for sort in locations::list::SORTS.iter().map(|(name, _)| *name) {
            let page = list_locations(&world, &scene.ann, &format!("limit=3&sort=-{sort}")).await.unwrap();
            let next = format!("limit=500&sort=-{sort}&cursor={}", page.next_cursor.unwrap());
            let rest = list_locations(&world, &scene.ann, &next).await.unwrap();
            assert_eq!((page.items.len() + rest.items.len(), rest.total), (8, Some(8)), "{sort}");
        }
        let falling = list_customers(&world, &scene.admin, "sort=-orders_avg").await.unwrap().items;
        let rising = list_customers(&world, &scene.admin, "sort=orders_avg").await.unwrap().items;
        assert_eq!(falling.last().unwrap().orders_avg_minor, None, "empty averages come last");
        assert_eq!(rising.last().unwrap().orders_avg_minor, None, "either way");
        assert_eq!(rising[0].orders_avg_minor, Some(0));
    });
}

#[test]
fn a_location_moves_when_its_work_is_done_and_its_past_stays() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        order(&world, scene.mercy, scene.east, day("2026-11-01"), 1, 300).await;
        let moved =
            patch_location(&world, &scene.admin, scene.east, json!({"customer_id": scene.summit})).await.unwrap();
        assert_eq!((moved.orders_total_minor, moved.effective_sales_rep_id), (0, Some(scene.bob.actor.id)));
        let count = async |id| {
            let it = get_customer(&world, &scene.admin, id, Window::All).await.unwrap();
            (it.locations_count, it.orders_total_minor)
        };
        assert_eq!(count(scene.mercy).await, (1, 300), "what was ordered stays with the customer that ordered it");
        assert_eq!(count(scene.summit).await, (2, 0));
        assert_eq!(moved.code, "002", "its code was taken there");
        patch_location(&world, &scene.admin, scene.west, json!({"archived": true})).await.unwrap();
        assert_eq!(count(scene.mercy).await.0, 0);
        assert_eq!(places(&world, &scene.admin, "").await, ["Mercy East", "Summit Peak"]);
        assert_eq!(places(&world, &scene.admin, "archived=true").await, ["Mercy West"]);
        patch_customer(&world, &scene.admin, scene.summit, json!({"name": "Apex"})).await.unwrap();
        assert_eq!(
            places(&world, &scene.admin, "q=apex").await,
            ["Mercy East", "Summit Peak"],
            "found by the new name"
        );
    });
}

#[test]
fn physicians_are_seen_by_assignment_and_through_locations() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let knee: CreateNamed = body(json!({"name": "Knee"}));
        let knee =
            write(&world, &scene.admin, move |ctx, tx| named::create_procedure(ctx, tx, knee.clone())).await.unwrap();
        let again: CreateNamed = body(json!({"name": "KNEE"}));
        let again = write(&world, &scene.admin, move |ctx, tx| named::create_procedure(ctx, tx, again.clone())).await;
        assert_eq!(told(again), "409 name_taken");
        let make = async |value: Value| {
            let new: CreatePhysician = body(value);
            write(&world, &scene.admin, move |ctx, tx| physicians::create(ctx, tx, new.clone())).await
        };
        let wu =
            make(json!({"name": "Dr. Wu", "location_ids": [scene.east, scene.west], "procedure_ids": [knee.id]})).await;
        let wu: PhysicianId = wu.unwrap().id;
        let ash = make(json!({"name": "Dr. Ash"})).await.unwrap().id;
        assert_eq!(told(make(json!({"name": "X", "npi": "1234567890"})).await), "422 invalid_npi");
        make(json!({"name": "Dr. Cole", "npi": "1234567893"})).await.unwrap();
        assert_eq!(told(make(json!({"name": "Y", "npi": "1234567893"})).await), "409 npi_taken");

        let list = async |ctx: &Ctx, query: &str| {
            let params = asked(query);
            let page = read(&world, ctx, move |ctx, tx| physicians::list(ctx, tx, &params)).await.unwrap();
            assert_eq!(page.total, Some(page.items.len() as i64));
            page.items
        };
        let names = |items: &[Physician]| items.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&list(&scene.admin, "").await), ["Dr. Ash", "Dr. Cole", "Dr. Wu"]);
        let seen = list(&scene.ann, "").await;
        assert_eq!(names(&seen), ["Dr. Wu"]);
        assert_eq!(seen[0].location_ids, [scene.east], "locations out of reach are not named");
        assert_eq!(seen[0].procedure_ids, [knee.id]);
        assert!(list(&scene.fay, "").await.is_empty());
        assign(&world, scene.ann.actor.id, "physician", ash.uuid()).await;
        assert_eq!(names(&list(&scene.ann, "").await), ["Dr. Ash", "Dr. Wu"]);
        assert_eq!(names(&list(&scene.dora, "").await), ["Dr. Ash", "Dr. Wu"]);
        assert_eq!(names(&list(&scene.admin, &format!("procedure_id={}", knee.id)).await), ["Dr. Wu"]);

        // A regional manager replaces only what they reach.
        let patch: PatchPhysician = body(json!({"location_ids": []}));
        let rita = world.person(Role::RegionalManager, "Rita").await;
        assign(&world, rita.actor.id, "location", scene.east.uuid()).await;
        let left = write(&world, &rita, move |ctx, tx| physicians::patch(ctx, tx, wu, patch.clone())).await;
        assert_eq!(told(left), "404", "the last location in reach is gone, and the answer with it");
        let card: CreatePreferenceCard = body(json!({"name": "Wu knee", "physician_id": wu, "procedure_id": knee.id}));
        let card =
            write(&world, &scene.admin, move |ctx, tx| named::create_card(ctx, tx, card.clone())).await.unwrap().id;
        assert_eq!(told(read(&world, &scene.ann, move |ctx, tx| named::card(ctx, tx, card)).await), "ok");
        assert_eq!(told(read(&world, &scene.fay, move |ctx, tx| named::card(ctx, tx, card)).await), "404");
    });
}

async fn item(world: &World, admin: &Ctx, number: &str, list_price: Option<i64>) -> CatalogItemId {
    let number = number.to_owned();
    write(world, admin, move |ctx, tx| {
        let maker = match store::catalog::manufacturer_by_name(tx, ctx.org(), "acme")? {
            Some(id) => Id::from_uuid(id),
            None => app::catalog::create_manufacturer(ctx, tx, body(json!({"name": "Acme"})))?.id,
        };
        let new = json!({"manufacturer_id": maker, "number": number, "list_price_minor": list_price});
        Ok(app::catalog::create_item(ctx, tx, body(new))?.id)
    })
    .await
    .unwrap()
}

#[test]
fn prices_hold_by_location_then_list_then_customer() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let cup = item(&world, &scene.admin, "CUP", Some(1_000)).await;
        let pin = item(&world, &scene.admin, "PIN", None).await;
        let list = async |name: &'static str| {
            let new = CreateNamed { name: name.into() };
            write(&world, &scene.admin, move |ctx, tx| named::create_price_list(ctx, tx, new.clone())).await.unwrap().id
        };
        let (gold, house) = (list("Gold").await, list("House").await);
        patch_customer(&world, &scene.admin, scene.mercy, json!({"price_list_id": house})).await.unwrap();
        patch_location(&world, &scene.admin, scene.east, json!({"price_list_id": gold})).await.unwrap();
        let set = async |owner: Result<domain::id::PriceListId, LocationId>, ctx: &Ctx, value: Value| {
            let new = body::<PutPrices>(value).into_items();
            write(&world, ctx, move |ctx, tx| match owner {
                Ok(list) => prices::set_price_list(ctx, tx, list, new.clone()),
                Err(location) => prices::set_location(ctx, tx, location, new.clone()),
            })
            .await
        };
        set(
            Ok(house),
            &scene.admin,
            json!([{"catalog_item_id": cup, "price_minor": 900}, {"catalog_item_id": pin, "price_minor": 90}]),
        )
        .await
        .unwrap();
        let gold_prices = json!({"items": [{"catalog_item_id": cup, "price_minor": 800, "valid_from": "2026-01-01", "valid_to": "2026-12-31"}]});
        set(Ok(gold), &scene.admin, gold_prices).await.unwrap();
        let own =
            json!([{"catalog_item_id": cup, "price_minor": 700, "valid_from": "2026-06-01", "valid_to": "2026-06-30"}]);
        set(Err(scene.east), &scene.admin, own).await.unwrap();
        let price = async |at: Option<LocationId>, of: CatalogItemId, on: &str| {
            let on = day(on);
            let price = read(&world, &scene.admin, move |ctx, tx| app::directory::price_for(ctx, tx, at, of, on))
                .await
                .unwrap();
            (price.minor.0, price.source)
        };
        let east = Some(scene.east);
        assert_eq!(price(east, cup, "2026-06-15").await, (700, PriceSource::Contract));
        assert_eq!(price(east, cup, "2026-07-01").await, (800, PriceSource::Contract));
        assert_eq!(price(east, cup, "2027-01-01").await, (900, PriceSource::Contract));
        assert_eq!(price(Some(scene.west), cup, "2026-06-15").await, (900, PriceSource::Contract));
        assert_eq!(price(east, pin, "2026-06-15").await, (90, PriceSource::Contract));
        assert_eq!(price(Some(scene.peak), cup, "2026-06-15").await, (1_000, PriceSource::List));
        assert_eq!(price(Some(scene.peak), pin, "2026-06-15").await, (0, PriceSource::None));
        assert_eq!(price(None, cup, "2026-06-15").await, (1_000, PriceSource::List));

        let overlap = json!([{"catalog_item_id": cup, "price_minor": 1, "valid_to": "2026-06-01"},
            {"catalog_item_id": cup, "price_minor": 2, "valid_from": "2026-06-01"}]);
        assert_eq!(told(set(Err(scene.east), &scene.admin, overlap).await), "422 prices_overlap");
        let reversed =
            json!([{"catalog_item_id": cup, "price_minor": 1, "valid_from": "2026-06-02", "valid_to": "2026-06-01"}]);
        assert_eq!(told(set(Err(scene.east), &scene.admin, reversed).await), "422 period_reversed");
        let negative = json!([{"catalog_item_id": cup, "price_minor": -1}]);
        assert_eq!(told(set(Err(scene.east), &scene.admin, negative).await), "422 price_negative");
        let unknown = json!([{"catalog_item_id": "cat_01h455vb4pex5vsknk084sn02q", "price_minor": 1}]);
        assert_eq!(told(set(Err(scene.east), &scene.admin, unknown).await), "404 [0].catalog_item_id");
        assert_eq!(price(east, cup, "2026-06-15").await.0, 700, "a refused list changes nothing");

        // Seen with the toggle, within reach, and changed by the office alone.
        let see = async |ctx: &Ctx, at: LocationId| {
            let page = read(&world, ctx, move |ctx, tx| prices::of_location(ctx, tx, at, &ListParams::default())).await;
            page.map(|page| page.items.iter().map(|it| it.price_minor).collect::<Vec<_>>())
        };
        assert_eq!(see(&scene.ann, scene.east).await.unwrap(), [700]);
        assert_eq!(told(see(&scene.ann, scene.west).await), "404");
        assert_eq!(told(set(Err(scene.east), &scene.ann, json!([])).await), "403 not_allowed");
        let lists = async |ctx: &Ctx| {
            let page = read(&world, ctx, |ctx, tx| named::price_lists(ctx, tx, &ListParams::default())).await;
            page.map(|page| page.items.into_iter().map(|it| it.name).collect::<Vec<_>>())
        };
        assert_eq!(lists(&scene.ann).await.unwrap(), ["Gold", "House"]);
        assert_eq!(lists(&scene.bob).await.unwrap(), ["House"]);
        assert!(lists(&scene.fay).await.unwrap().is_empty());
        let gold_seen =
            read(&world, &scene.bob, move |ctx, tx| prices::of_price_list(ctx, tx, gold, &ListParams::default()));
        assert_eq!(told(gold_seen.await), "404");
        set_toggle(&world, scene.ann.actor.id, "view_contract_prices", false).await;
        assert_eq!(told(see(&scene.ann, scene.east).await), "403 not_allowed");
        assert_eq!(told(lists(&scene.ann).await), "403 not_allowed");
        let east = scene.east;
        let past = read(&world, &scene.ann, move |ctx, tx| locations::history(ctx, tx, east, 50)).await.unwrap().items;
        assert!(past.iter().flat_map(|it| &it.changes).all(|it| !it.field.starts_with("price ")), "nor in the past");
    });
}

#[test]
fn due_dates_are_explained_by_the_published_vectors() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let dates = json!({"order_date": "2025-01-10", "ship_date": "2025-01-15", "delivery_date": "2025-01-17",
            "invoice_date": "2025-01-20"});
        let explain = async |value: Value| {
            let ask: ExplainDueDate = body(value);
            read(&world, &admin, move |ctx, tx| terms::explain(ctx, tx, ask)).await.unwrap()
        };
        let net = json!({"kind": "net_days", "days": 30});
        for (rule, basis, roll, due) in [
            (net.clone(), "order_date", "none", "2025-02-09"),
            (net.clone(), "ship_date", "none", "2025-02-14"),
            (net.clone(), "delivery_date", "none", "2025-02-16"),
            (net.clone(), "invoice_date", "none", "2025-02-19"),
            (net.clone(), "order_date", "next_business_day", "2025-02-10"),
            (net.clone(), "delivery_date", "next_business_day", "2025-02-17"),
            (json!({"kind": "end_of_month", "plus_days": 30}), "invoice_date", "none", "2025-03-02"),
            (json!({"kind": "end_of_month", "plus_days": 0}), "invoice_date", "none", "2025-01-31"),
        ] {
            let ask = json!({"rule": rule, "basis_date": basis, "roll": roll, "dates": dates});
            let answer = explain(ask.clone()).await;
            assert_eq!(answer.due_on.map(|day| day.to_string()).as_deref(), Some(due), "{ask}");
            assert_eq!(answer.due_state.as_str(), "due");
        }
        for (rule, base, due) in [
            (json!({"kind": "months", "months": 1}), "2025-01-31", "2025-02-28"),
            (
                json!({"kind": "day_of_month", "day": 10, "cutoff_day": 25, "months_ahead": 1}),
                "2025-01-25",
                "2025-02-10",
            ),
            (
                json!({"kind": "day_of_month", "day": 10, "cutoff_day": 25, "months_ahead": 1}),
                "2025-01-26",
                "2025-03-10",
            ),
            (json!({"kind": "due_on_receipt"}), "2025-01-31", "2025-01-31"),
        ] {
            let answer = explain(json!({"rule": rule, "dates": {"invoice_date": base}})).await;
            assert_eq!(answer.due_on.map(|day| day.to_string()).as_deref(), Some(due), "{rule}");
        }
        let early = json!({"rule": net, "basis_date": "delivery_date", "dates": dates, "discount": {"percent_bp": 200, "days": 10}});
        let early = explain(early).await;
        assert_eq!((early.discount_until, early.due_on), (Some(day("2025-01-27")), Some(day("2025-02-16"))));
        let open =
            json!({"rule": net, "basis_date": "delivery_date", "dates": {"planned_delivery_date": "2025-01-24"}});
        let open = explain(open).await;
        assert_eq!((open.due_on, open.due_state.as_str()), (None, "pending_delivery"));
        assert_eq!(open.estimated_due_on, Some(day("2025-02-23")));

        let new: CreatePaymentTerms =
            body(json!({"code": "N30", "name": "", "rule": {"kind": "net_days", "days": 30}}));
        let made = write(&world, &admin, move |ctx, tx| terms::create(ctx, tx, new.clone())).await.unwrap();
        assert_eq!(made.name, "Net 30");
        let same: CreatePaymentTerms = body(json!({"code": "N30", "rule": {"kind": "cod"}}));
        assert_eq!(
            told(write(&world, &admin, move |ctx, tx| terms::create(ctx, tx, same.clone())).await),
            "409 code_taken"
        );
        let wild: CreatePaymentTerms = body(json!({"code": "W", "rule": {"kind": "day_of_month", "day": 32}}));
        assert_eq!(
            told(write(&world, &admin, move |ctx, tx| terms::create(ctx, tx, wild.clone())).await),
            "422 invalid_terms"
        );
        let ann = world.person(Role::Sales, "Ann").await;
        let mine: CreatePaymentTerms = body(json!({"code": "A", "rule": {"kind": "cod"}}));
        assert_eq!(
            told(write(&world, &ann, move |ctx, tx| terms::create(ctx, tx, mine.clone())).await),
            "403 not_allowed"
        );
    });
}

#[test]
fn views_belong_to_their_owner_unless_they_are_given_away() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let make = async |ctx: &Ctx, value: Value| {
            let new: WriteView = body(value);
            write(&world, ctx, move |ctx, tx| views::create(ctx, tx, new.clone())).await
        };
        let list = async |ctx: &Ctx| {
            let params = asked("entity=customers");
            let page = read(&world, ctx, move |ctx, tx| views::list(ctx, tx, &params)).await.unwrap();
            page.items.into_iter().filter(|it| it.scope != "built_in").map(|it| it.name).collect::<Vec<_>>()
        };
        let mine = json!({"entity": "customers", "name": "Mine", "columns": ["name", {"key": "orders_total", "width": 120}],
            "filters": {"engaged": "false"}, "sort": ["-orders_total"], "window": "last_12_months"});
        let mine = make(&scene.ann, mine).await.unwrap();
        assert_eq!((mine.scope.as_str(), mine.state.columns[1].width), ("personal", Some(120)));
        assert_eq!(list(&scene.ann).await, ["Mine"]);
        assert!(list(&scene.bob).await.is_empty());
        let id = mine.id;
        assert_eq!(told(read(&world, &scene.bob, move |ctx, tx| views::get(ctx, tx, id)).await), "404");
        let patch = async |ctx: &Ctx, value: Value| {
            let patch: WriteView = body(value);
            write(&world, ctx, move |ctx, tx| views::patch(ctx, tx, id, patch.clone())).await
        };
        assert_eq!(told(patch(&scene.ann, json!({"scope": "organization"})).await), "403 not_allowed");
        let shared = patch(&scene.ann, json!({"scope": "shared", "window": null})).await.unwrap();
        assert_eq!((shared.version, shared.state.window), (2, None));
        assert_eq!(told(read(&world, &scene.bob, move |ctx, tx| views::get(ctx, tx, id)).await), "ok");
        assert!(list(&scene.bob).await.is_empty(), "by its link alone");
        assert_eq!(told(patch(&scene.bob, json!({"name": "Stolen"})).await), "403 not_allowed");
        for (value, code) in [
            (json!({"entity": "spoons", "name": "x"}), "422 invalid_value"),
            (json!({"entity": "customers", "name": "x", "sort": ["note"]}), "422 sort_not_supported"),
            (json!({"entity": "customers", "name": "x", "filters": {"note": "x"}}), "422 filter_not_supported"),
            (json!({"entity": "customers", "name": "x", "window": "ever"}), "422 invalid_value"),
            (json!({"entity": "customers", "name": "x", "columns": ["credit_limit"]}), "422 column_not_supported"),
            (json!({"entity": "customers"}), "422 required"),
        ] {
            assert_eq!(told(make(&scene.ann, value.clone()).await), code, "{value}");
        }
        let ours = make(&scene.admin, json!({"entity": "customers", "name": "Ours", "scope": "organization"}))
            .await
            .unwrap()
            .id;
        assert_eq!(list(&scene.bob).await, ["Ours"]);
        assert_eq!(
            told(write(&world, &scene.bob, move |ctx, tx| views::delete(ctx, tx, ours)).await),
            "403 not_allowed"
        );
        assert_eq!(told(write(&world, &scene.ann, move |ctx, tx| views::delete(ctx, tx, id)).await), "ok");
        assert_eq!(told(read(&world, &scene.ann, move |ctx, tx| views::get(ctx, tx, id)).await), "404");
        for (name, default) in [("A", true), ("B", true)] {
            make(&scene.ann, json!({"entity": "customers", "name": name, "is_default": default})).await.unwrap();
        }
        let all = read(&world, &scene.ann, |ctx, tx| views::list(ctx, tx, &ListParams::default())).await.unwrap().items;
        let defaults: Vec<&str> = all.iter().filter(|it| it.state.is_default).map(|it| it.name.as_str()).collect();
        assert_eq!(defaults, ["B"], "one view opens by itself");
        let built_in = all.iter().find(|it| it.scope == "built_in").unwrap().id;
        assert_eq!(
            told(write(&world, &scene.admin, move |ctx, tx| views::delete(ctx, tx, built_in)).await),
            "409 view_built_in"
        );
    });
}

#[test]
fn customers_of_one_rep_are_handed_to_another() {
    on_both(async |world: World| {
        let scene = scene(&world).await;
        let cy = world.person(Role::Sales, "Cy Young").await;
        let (from, to) = (scene.bob.actor.id.uuid(), cy.actor.id.uuid());
        let cared =
            read(&world, &scene.admin, move |ctx, tx| Ok(store::directory::cared_for_by(tx, ctx.org(), from)?)).await;
        assert_eq!(cared.unwrap(), (vec![scene.summit.uuid()], vec![scene.west.uuid()]));
        let handed = write(&world, &scene.admin, move |ctx, tx| {
            Ok(store::directory::hand_over(tx, ctx.org(), from, to, "cy young", ctx.now.0)?)
        });
        assert_eq!(handed.await.unwrap(), (1, 1));
        assert_eq!(places(&world, &cy, "").await, ["Mercy West", "Summit Peak"]);
        assert!(places(&world, &scene.bob, "").await.is_empty());
    });
}
