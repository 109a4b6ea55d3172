//! Tables of customers and locations: columns under any name, the same table twice, the way back.

use crate::customers_bulk::{job, rows, undo};
use crate::directory::{asked, patch_customer, read, told};
use app::directory::{back, customers};
use app::imports::mapping::{self, Mapping};
use app::imports::{ImportOptions, kind};
use app::{Ctx, Error};
use contract::directory::Customer;
use contract::imports::ImportMappings;
use domain::id::JobId;
use domain::people::Role;
use serde_json::{Value, json};
use testkit::{World, on_both};

const PLAIN: ImportOptions = ImportOptions { dry_run: false, skip_failures: false, create_missing: false };
const DRY: ImportOptions = ImportOptions { dry_run: true, ..PLAIN };

async fn take(
    world: &World,
    ctx: &Ctx,
    name: &str,
    table: &str,
    options: ImportOptions,
    said: &str,
) -> app::Result<Value> {
    let ctx = world.again(ctx).await;
    let kind = kind(name).expect("a kind");
    let mapping = if said.is_empty() { Mapping::default() } else { Mapping::parse(kind, said)? };
    let answer = world.app.import_mapped(&ctx, kind, options, mapping, table.as_bytes().to_vec(), None).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap())
}

fn counts(answer: &Value) -> (i64, i64, i64, i64) {
    let n = |key: &str| answer[key].as_i64().unwrap();
    (n("created"), n("updated"), n("unchanged"), n("failed"))
}

fn job_of(answer: &Value) -> JobId {
    answer["job_id"].as_str().expect("a job").parse().unwrap()
}

async fn all(world: &World, ctx: &Ctx, query: &'static str) -> Vec<Customer> {
    let params = asked(query);
    read(world, ctx, move |ctx, tx| customers::list(ctx, tx, &params)).await.unwrap().items
}

async fn look(world: &World, ctx: &Ctx, name: &'static str, table: &'static str) -> mapping::Look {
    let kind = kind(name).unwrap();
    read(world, ctx, move |ctx, tx| mapping::look(ctx, tx, kind, table.as_bytes(), None)).await.unwrap()
}

const CRM: &str = "Account ID,Account Name,Phone,Billing Street,Billing City,Billing State/Province,Billing Zip/Postal Code,Industry\n\
    001A,Mercy Health,555 0100,1 River Road,Springfield,IL,62701,Hospital\n\
    001B,Summit Surgical,555 0200,2 Hill Street,Peoria,IL,61602,Surgery\n\
    001C,Mercy Health,555 0300,9 Lake Street,Chicago,IL,60601,Hospital\n";

#[test]
fn an_export_of_another_program_is_understood_and_comes_in_once() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let seen = look(&world, &admin, "customers", CRM).await;
        assert_eq!(seen.source, "as \u{201c}Accounts of a CRM\u{201d}");
        let targets = ["external_id=crm", "name", "phone", "address", "city", "state", "postal_code", ""];
        assert_eq!((seen.targets.iter().map(String::as_str).collect::<Vec<_>>(), seen.rows), (targets.to_vec(), 3));
        assert_eq!((seen.samples[1][1].as_str(), seen.missing.len()), ("Summit Surgical", 0));
        let dry = take(&world, &admin, "customers", CRM, DRY, "crm").await.unwrap();
        assert_eq!(counts(&dry), (3, 0, 0, 0), "{dry}");
        assert_eq!((dry["preview"][0]["creates"].as_bool(), dry["job_id"].as_str()), (Some(true), None));
        assert!(all(&world, &admin, "limit=50").await.is_empty(), "a dry run keeps nothing");

        let done = take(&world, &admin, "customers", CRM, PLAIN, "crm").await.unwrap();
        assert_eq!(counts(&done), (3, 0, 0, 0), "two of one name, told apart by their numbers elsewhere");
        let mercy = all(&world, &admin, "external_id=crm=001A").await.remove(0);
        assert_eq!((mercy.name.as_str(), mercy.phone.as_str()), ("Mercy Health", "555 0100"));
        assert_eq!((mercy.billing_address.city.as_str(), mercy.external_ids["crm"].as_str()), ("Springfield", "001A"));
        // Twice is once.
        let again = take(&world, &admin, "customers", CRM, PLAIN, "crm").await.unwrap();
        assert_eq!((counts(&again), again["job_id"].as_str()), ((0, 0, 3, 0), None));
        assert!(all(&world, &admin, "limit=50").await.iter().all(|it| it.version == 1), "no change the second time");
        // The head is known now.
        assert!(look(&world, &admin, "customers", CRM).await.source.starts_with("as the same table was taken on"));
        let known: ImportMappings =
            read(&world, &admin, |ctx, tx| mapping::mappings(ctx, tx, kind("customers").unwrap())).await.unwrap();
        assert_eq!(known.items.iter().filter(|it| it.used_at.is_some()).count(), 1);
        assert!(known.items.iter().any(|it| it.key.as_deref() == Some("erp")));
    });
}

#[test]
fn a_row_is_found_by_what_tells_most() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let table = "number,name,external_id\nC1,Mercy,books=77\nC2,Summit,\n";
        take(&world, &admin, "customers", table, PLAIN, "").await.unwrap();
        let ids = all(&world, &admin, "sort=number").await;
        // By its number elsewhere, although number and name are others now; what it had elsewhere stays.
        let renamed = "number,name,external_id\nC9,Mercy West,books=77;crm=1\n";
        let done = take(&world, &admin, "customers", renamed, PLAIN, "").await.unwrap();
        assert_eq!(counts(&done), (0, 1, 0, 0));
        let now = all(&world, &admin, "sort=number").await;
        assert_eq!((now[1].id, now[1].name.as_str(), now[1].number.as_str()), (ids[0].id, "Mercy West", "C9"));
        assert_eq!(now[1].external_ids.len(), 2);
        // By its id before anything else.
        let by_id = format!("id,name,phone\n{},Summit North,555\n", ids[1].id);
        assert_eq!(counts(&take(&world, &admin, "customers", &by_id, PLAIN, "").await.unwrap()), (0, 1, 0, 0));
        let unknown = "id,name\ncus_01h455vb4pex5vsknk084sn02q,Nobody\nzzz,Nobody\n";
        let refused = take(&world, &admin, "customers", unknown, PLAIN, "").await.unwrap();
        let codes: Vec<&str> =
            refused["errors"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["not_found", "invalid_id"]);
        let wrong = take(&world, &admin, "customers", "a,b\n1,2\n", PLAIN, r#"{"a": "nowhere"}"#).await;
        assert!(matches!(wrong, Err(Error::Invalid { code: "invalid_value", .. })));
        let rep = world.person(Role::Sales, "Ann").await;
        assert_eq!(told(take(&world, &rep, "customers", "name\nX\n", PLAIN, "").await), "403 not_allowed");
    });
}

#[test]
fn an_import_is_taken_back_row_by_row() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        take(&world, &admin, "customers", "number,name,phone,city\nC1,Mercy,1,Peoria\nC2,Summit,2,\n", PLAIN, "")
            .await
            .unwrap();
        let before = all(&world, &admin, "sort=number").await;
        let table =
            "number,name,phone,city,tags\nC1,Mercy Health,10,Chicago,a;b\nC2,Summit,20,,\nC3,Apex,30,,\nC4,Echo,40,,\n";
        let done = take(&world, &admin, "customers", table, PLAIN, "").await.unwrap();
        assert_eq!(counts(&done), (2, 2, 0, 0));
        let it = job(&world, &admin, job_of(&done)).await;
        assert_eq!((it.kind.as_str(), it.entity.as_str(), it.counts["done"]), ("import", "customers", 4));
        let first = rows(&world, &admin, it.id, "").await.remove(0);
        assert!(first.changes.iter().any(|change| change.field == "phone" && change.new.as_deref() == Some("10")));
        // Somebody goes on with two of them.
        let now = all(&world, &admin, "sort=number").await;
        patch_customer(&world, &admin, now[1].id, json!({"phone": "999"})).await.unwrap();
        patch_customer(&world, &admin, now[3].id, json!({"phone": "998"})).await.unwrap();
        let back = undo(&world, &admin, it.id).await.unwrap();
        assert_eq!((back.counts["done"], back.counts["changed_since"]), (2, 2), "{:?}", back.counts);
        let after = all(&world, &admin, "sort=number").await;
        let shown: Vec<(&str, &str)> = after.iter().map(|it| (it.name.as_str(), it.phone.as_str())).collect();
        assert_eq!(
            shown,
            [("Mercy", "1"), ("Summit", "999"), ("Echo", "998")],
            "what is new is archived, what is used stays"
        );
        assert_eq!((&after[0].billing_address, &after[0].tags), (&before[0].billing_address, &before[0].tags));
        assert_eq!(told(undo(&world, &admin, it.id).await), "409 already_undone");
        // The same table brings it back.
        let again = take(&world, &admin, "customers", table, PLAIN, "").await.unwrap();
        assert_eq!(counts(&again), (0, 4, 0, 0));
        assert_eq!(all(&world, &admin, "sort=number").await.len(), 4);
        let again = take(&world, &admin, "customers", table, PLAIN, "").await.unwrap();
        assert_eq!(counts(&again), (0, 0, 4, 0));
        world.clock.pass(31 * 86_400);
        let late = take(&world, &admin, "customers", "number,name\nC1,Mercy Once More\n", PLAIN, "").await.unwrap();
        world.clock.pass(30 * 86_400 - 1);
        let ends = job_of(&late);
        world.clock.pass(1);
        assert_eq!(told(undo(&world, &admin, ends).await), "409 undo_expired");
    });
}

#[test]
fn locations_come_in_and_go_back_too() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        take(&world, &admin, "customers", "number,name\nC1,Mercy\n", PLAIN, "").await.unwrap();
        let table = "Customer No.,Ship-to Code,Ship-to Name,Address,City,Post Code,Phone No.\nC1,001,Mercy Main,1 Road,Peoria,61602,5\nC1,002,Mercy East,2 Road,Peoria,61602,6\n";
        let done = take(&world, &admin, "locations", table, PLAIN, "crm_sites").await.unwrap();
        assert_eq!(counts(&done), (2, 0, 0, 0), "{done}");
        let again = take(&world, &admin, "locations", table, PLAIN, "crm_sites").await.unwrap();
        assert_eq!(counts(&again), (0, 0, 2, 0));
        let changed = table.replace("Mercy Main,1 Road", "Mercy Tower,7 Road");
        let second = take(&world, &admin, "locations", &changed, PLAIN, "crm_sites").await.unwrap();
        assert_eq!(counts(&second), (0, 1, 1, 0));
        undo(&world, &admin, job_of(&second)).await.unwrap();
        let places = async || {
            let params = asked("sort=name");
            let page =
                read(&world, &admin, move |ctx, tx| app::directory::locations::list(ctx, tx, &params)).await.unwrap();
            page.items.into_iter().map(|it| (it.name, it.address.line1)).collect::<Vec<_>>()
        };
        assert_eq!(places().await[1], ("Mercy Main".to_owned(), "1 Road".to_owned()));
        undo(&world, &admin, job_of(&done)).await.unwrap();
        let left: Vec<String> = places().await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(left, ["Mercy Main"], "what was changed in between, there and back, is somebody's by now");
        assert_eq!(all(&world, &admin, "sort=number").await[0].locations_count, 1);
    });
}

#[test]
fn one_change_is_taken_back_from_the_history() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rep = world.person(Role::Sales, "Ann Reyes").await;
        let made = crate::directory::customer(&world, &admin, json!({"name": "Mercy"})).await.unwrap();
        let id = made.id;
        patch_customer(
            &world,
            &admin,
            id,
            json!({"default_sales_rep_id": rep.actor.id, "billing_status": "hold",
            "billing_status_reason": "unpaid", "billing_address": {"line1": "1 Road", "city": "Peoria"}}),
        )
        .await
        .unwrap();
        let entries = async || read(&world, &admin, move |ctx, tx| back::told(ctx, tx, id, None)).await.unwrap();
        let (seen, fields) = entries().await;
        assert_eq!(
            seen[0].changes.iter().find(|it| it.0 == "default_sales_rep_id").map(|it| it.2.as_str()),
            Some("Ann Reyes")
        );
        assert_eq!(
            seen[0].changes.iter().find(|it| it.0 == "billing_address").map(|it| it.2.as_str()),
            Some("1 Road, Peoria")
        );
        assert!(fields.contains(&"billing_status".to_owned()));
        assert!(seen[0].undoable && !seen[1].undoable, "what made it is not taken back");
        let entry = seen[0].entry;
        let undo_it = |ctx: Ctx| {
            let world = &world;
            async move { crate::directory::write(world, &ctx, move |ctx, tx| back::undo_change(ctx, tx, id, entry)).await }
        };
        assert_eq!(told(undo_it(world.person(Role::Sales, "Bob").await).await), "404");
        assert_eq!(told(undo_it(rep.clone()).await), "403 not_allowed");
        let back_again = undo_it(admin.clone()).await.unwrap();
        assert_eq!((back_again.default_sales_rep_id, back_again.billing_status.as_str()), (None, "good"));
        assert_eq!(back_again.billing_address, made.billing_address);
        assert_eq!(told(undo_it(admin.clone()).await), "409 changed_since");
        let (narrow, _) =
            read(&world, &admin, move |ctx, tx| back::told(ctx, tx, id, Some("billing_status"))).await.unwrap();
        assert_eq!(narrow.len(), 2, "there and back");
        assert!(narrow.iter().all(|it| it.changes.len() == 1));
        let unknown = domain::id::EntryId::from_uuid(uuid::Uuid::from_u128(5));
        let asked =
            crate::directory::write(&world, &admin, move |ctx, tx| back::undo_change(ctx, tx, id, unknown)).await;
        assert_eq!(told(asked), "404");
    });
}
