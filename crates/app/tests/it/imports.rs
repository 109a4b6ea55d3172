//! Tables that come in.

use crate::directory::{asked, customer, location, read, told};
use app::imports::{ImportOptions, kind};
use app::{Ctx, RequestKey, catalog, directory};
use contract::ListParams;
use domain::clock::Day;
use domain::people::Role;
use serde_json::{Value, json};
use testkit::{World, on_both};

const STENTS: &str = include_str!("../../../../e2e/fixtures/stents.csv");

async fn import(world: &World, ctx: &Ctx, name: &str, table: &str, options: ImportOptions) -> app::Result<Value> {
    let ctx = world.again(ctx).await;
    let kind = kind(name).expect("a kind");
    let answer = world.app.import(&ctx, kind, options, table.as_bytes().to_vec(), None).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap())
}

fn counts(answer: &Value) -> (i64, i64, i64, i64, i64) {
    let n = |key: &str| answer[key].as_i64().unwrap();
    (n("rows"), n("created"), n("updated"), n("unchanged"), n("failed"))
}

fn errors(answer: &Value) -> Vec<(i64, String, String)> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap_or("-").to_owned();
    let errors = answer["errors"].as_array().unwrap();
    errors.iter().map(|it| (it["row"].as_i64().unwrap(), text(it, "column"), text(it, "code"))).collect()
}

const PLAIN: ImportOptions = ImportOptions { dry_run: false, skip_failures: false, create_missing: false };
const MAKING: ImportOptions = ImportOptions { create_missing: true, ..PLAIN };

#[test]
fn a_catalog_of_real_stents_comes_in_once() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let rows = STENTS.lines().count() as i64 - 1;
        let refused = import(&world, &admin, "catalog_items", STENTS, PLAIN).await.unwrap();
        assert_eq!(refused["failed"].as_i64(), Some(rows), "manufacturers are not made unless asked");
        let dry = ImportOptions { dry_run: true, ..MAKING };
        let answer = import(&world, &admin, "catalog_items", STENTS, dry).await.unwrap();
        assert_eq!(counts(&answer), (rows, rows, 0, 0, 0));
        let count = async || {
            let params = asked("limit=500");
            read(&world, &admin, move |ctx, tx| catalog::items(ctx, tx, &params)).await.unwrap().items
        };
        assert!(count().await.is_empty(), "a dry run keeps nothing");

        let answer = import(&world, &admin, "catalog_items", STENTS, MAKING).await.unwrap();
        assert_eq!(counts(&answer), (rows, rows, 0, 0, 0), "{answer}");
        let items = count().await;
        assert_eq!(items.len() as i64, rows);
        let one = items.iter().find(|it| it.udi_di.as_deref() == Some("10827002566054")).unwrap();
        assert_eq!(one.number, "10827002566054", "the identifier stands for a number");
        assert_eq!(one.description, "Bare-metal renal artery stent, 4mm x 12mm x 80cm");
        assert_eq!((one.manufacturer_name.as_str(), one.product_line_ids.len()), ("Cook Medical", 1));

        let again = import(&world, &admin, "catalog_items", STENTS, MAKING).await.unwrap();
        assert_eq!(counts(&again), (rows, 0, 0, rows, 0));
        assert!(count().await.iter().all(|it| it.version == 1), "the second time changes nothing");
        let changed = STENTS.replacen("4mm x 12mm x 80cm", "4mm x 12mm x 81cm", 1);
        let answer = import(&world, &admin, "catalog_items", &changed, MAKING).await.unwrap();
        assert_eq!(counts(&answer), (rows, 0, 1, rows - 1, 0));
        let id = one.id;
        let past = read(&world, &admin, move |ctx, tx| catalog::item_history(ctx, tx, id, 50)).await.unwrap().items;
        assert_eq!(past.len(), 2, "what an import changed is in the history");
    });
}

#[test]
fn nothing_is_kept_unless_every_row_is_good_or_failures_are_skipped() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        world.person(Role::Sales, "Ann").await;
        let table = "Customer Name,Number,Billing Status,Credit Limit,Rep,Colour\n\
            Mercy,M1,good,100.50,person1@test.example,red\n\
            ,M2,good,,,\n\
            Summit,M3,splendid,,,\n\
            Apex,M4,hold,,,\n\
            Echo,M5,,12.345,,\n\
            Twin,m1,,,,\n\
            Lone,,,,nobody@test.example,\n";
        let answer = import(&world, &admin, "customers", table, PLAIN).await.unwrap();
        assert_eq!(counts(&answer), (7, 0, 0, 0, 6));
        let own = |row, column: &str, code: &str| (row, column.to_owned(), code.to_owned());
        let told_errors = errors(&answer);
        assert_eq!(
            told_errors.iter().map(|(row, column, _)| (*row, column.as_str())).collect::<Vec<_>>(),
            [
                // As the table names them.
                (3, "customer_name"),
                (4, "billing_status"),
                (5, "billing_status_reason"),
                (6, "credit_limit"),
                (7, "number"),
                (8, "rep")
            ]
        );
        assert!(told_errors.contains(&own(3, "customer_name", "required")));
        assert!(
            told_errors.contains(&own(5, "billing_status_reason", "reason_required")),
            "what a person would be told"
        );
        assert!(told_errors.contains(&own(7, "number", "duplicate_row")));
        assert_eq!(answer["ignored_columns"], json!(["colour"]));
        let all = async || {
            let params = asked("");
            read(&world, &admin, move |ctx, tx| directory::customers::list(ctx, tx, &params)).await.unwrap().items
        };
        assert!(all().await.is_empty());
        let skipping = ImportOptions { skip_failures: true, ..PLAIN };
        let answer = import(&world, &admin, "customers", table, skipping).await.unwrap();
        assert_eq!(counts(&answer), (7, 1, 0, 0, 6));
        let kept = all().await;
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].number.as_str(), kept[0].credit_limit_minor), ("M1", Some(Some(10_050))));
        let answer = import(&world, &admin, "customers", table, skipping).await.unwrap();
        assert_eq!(counts(&answer), (7, 0, 0, 1, 6));
    });
}

#[test]
fn a_directory_comes_in_table_by_table() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann").await;
        let twice = async |name: &str, table: &str, made: i64| {
            let first = import(&world, &admin, name, table, MAKING).await.unwrap();
            assert_eq!(counts(&first), (made, made, 0, 0, 0), "{name}: {first}");
            let again = import(&world, &admin, name, table, MAKING).await.unwrap();
            assert_eq!(counts(&again), (made, 0, 0, made, 0), "{name}: {again}");
        };
        twice("customers", "name;number;city\nMercy;M1;Chicago\nSummit;M2;\n", 2).await;
        let rows = format!(
            "customer,name,code,sales_rep,time_zone\nM1,Mercy East,E,{},America/New_York\nmercy,Mercy West,W,inherit,\nM2,Peak,,none,\n",
            ann.actor.email
        );
        twice("locations", &rows, 3).await;
        twice("procedures", "name\nKnee\nHip\n", 2).await;
        twice(
            "physicians",
            "name,npi,locations,procedures\nDr. Wu,1234567893,M1/E; Summit/Peak,Knee;hip\nDr. Ash,,,\n",
            2,
        )
        .await;
        twice("catalog_items", "manufacturer,number,list_price\nAcme,CUP,10.00\n", 1).await;
        let prices = "price_list,customer,location,number,price,valid_from,valid_to\n\
            Gold,,,CUP,9.00,,2026-06-30\nGold,,,CUP,8.50,2026-07-01,\n,M1,Mercy East,CUP,7.25,,\n";
        twice("prices", prices, 3).await;
        let overlap = "price_list,number,price,valid_from\nGold,CUP,1.00,2026-08-01\n";
        let answer = import(&world, &admin, "prices", overlap, PLAIN).await.unwrap();
        assert_eq!(errors(&answer), [(2, "valid_from".to_owned(), "prices_overlap".to_owned())]);

        let params = asked("");
        let seen = read(&world, &ann, move |ctx, tx| directory::locations::list(ctx, tx, &params)).await.unwrap().items;
        assert_eq!(seen.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Mercy East"]);
        let params = asked("");
        let wu = read(&world, &ann, move |ctx, tx| directory::physicians::list(ctx, tx, &params)).await.unwrap().items;
        assert_eq!((wu[0].name.as_str(), wu[0].location_ids.len(), wu[0].procedure_ids.len()), ("Dr. Wu", 1, 2));
    });
}

#[test]
fn tables_are_for_those_who_may_and_a_key_has_one_effect() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann").await;
        assert_eq!(told(import(&world, &ann, "customers", "name\nX\n", PLAIN).await), "403 not_allowed");
        assert_eq!(told(import(&world, &admin, "customers", "colour\nred\n", PLAIN).await), "422 column_missing");
        assert_eq!(told(import(&world, &admin, "customers", "", PLAIN).await), "422 file_empty");
        assert_eq!(told(import(&world, &admin, "customers", "%PDF-1.7", PLAIN).await), "422 file_format_unknown");
        customer(&world, &admin, json!({"name": "Twin"})).await.unwrap();
        customer(&world, &admin, json!({"name": "Twin"})).await.unwrap();
        let answer = import(&world, &admin, "customers", "name\nTwin\n", PLAIN).await.unwrap();
        assert_eq!(errors(&answer), [(2, "name".to_owned(), "ambiguous".to_owned())]);

        let send = async |digest: u8| {
            let ctx = world.again(&admin).await;
            let key = RequestKey { key: "once".into(), digest: [digest; 32] };
            let table = b"name\nApex\n".to_vec();
            world.app.import(&ctx, kind("customers").unwrap(), PLAIN, table, Some(key)).await
        };
        let (first, again) = (send(1).await.unwrap(), send(1).await.unwrap());
        assert_eq!((first.replayed, again.replayed), (false, true));
        assert_eq!(first.body, again.body);
        assert_eq!(told(send(2).await), "422 idempotency_key_reused");
    });
}

#[test]
fn more_rows_than_a_chunk_come_in_whole() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let mut table = String::from("name,number\n");
        for n in 0..1_203 {
            table.push_str(&format!("Customer {n},N{n}\n"));
        }
        let answer = import(&world, &admin, "customers", &table, PLAIN).await.unwrap();
        assert_eq!(counts(&answer), (1_203, 1_203, 0, 0, 0));
        let answer = import(&world, &admin, "customers", &format!("{table}Late,\n,\n"), PLAIN).await.unwrap();
        assert_eq!(counts(&answer), (1_204, 1, 0, 1_203, 0), "an empty row is no row");
    });
}

#[test]
fn an_import_that_was_cut_off_goes_on_under_its_key() {
    on_both(async |world: World| {
        // Several chunks, so that the line breaks between two of them.
        const ROWS: i64 = 4_700;
        let admin = world.admin().await;
        import(&world, &admin, "catalog_items", "manufacturer,catalog_number\nAcme,CUP\n", MAKING).await.unwrap();
        let mut table = String::from("manufacturer,catalog_number,lot\n");
        for n in 0..ROWS {
            table.push_str(&format!("Acme,CUP,L{n}\n"));
        }
        // What is sent goes on by itself while the test looks on.
        #[expect(clippy::async_yields_async)]
        let send = async |world: &World| {
            let ctx = world.again(&admin).await;
            let key = RequestKey { key: "stock".into(), digest: [7; 32] };
            let (app, table) = (world.app.clone(), table.clone().into_bytes());
            tokio::spawn(async move { app.import(&ctx, kind("units").unwrap(), PLAIN, table, Some(key)).await })
        };
        let count = async || {
            let params = ListParams { limit: Some(1), count: true, ..ListParams::default() };
            read(&world, &admin, move |ctx, tx| app::unit_lists::list(ctx, tx, &params)).await.unwrap().total.unwrap()
        };
        // The line breaks as soon as something is kept.
        let first = send(&world).await;
        while count().await == 0 && !first.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        first.abort();
        let _ = first.await;
        let kept = count().await;
        assert!(kept > 0 && kept < ROWS, "{kept} rows were kept when the line broke");
        // Whoever worked on it might still do so: nobody else goes on yet.
        assert_eq!(told(send(&world).await.await.unwrap()), "409 import_running");
        world.clock.pass(200);
        let answer = send(&world).await.await.unwrap().unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(counts(&body), (ROWS, ROWS, 0, 0, 0));
        assert_eq!(count().await, ROWS, "every row once");
        let again = send(&world).await.await.unwrap().unwrap();
        assert!(again.replayed && again.body == answer.body);
        assert_eq!(count().await, ROWS);
    });
}

#[test]
fn open_cases_come_in_once_and_the_past_does_not() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let ann = world.person(Role::Sales, "Ann").await;
        let store = customer(&world, &admin, json!({"name": "St. Elm"})).await.unwrap();
        let site = json!({"customer_id": store.id, "name": "Main", "code": "M", "time_zone": "America/Chicago"});
        location(&world, &admin, site).await.unwrap();
        import(&world, &admin, "physicians", "name\nDr. Rivera\n", PLAIN).await.unwrap();
        let day = Day(world.again(&admin).await.today().0 + 30);
        let row = |email: &str, start: &str| format!("{email},St. Elm,M,{start},Dr. Rivera\n");
        let head = "representative,customer,location,starts_at,physician\n";
        let email = ann.actor.email.to_string();
        let table = format!("{head}{}", row(&email, &format!("{day} 07:30")));
        let answer = import(&world, &admin, "cases", &table, PLAIN).await.unwrap();
        assert_eq!(counts(&answer), (1, 1, 0, 0, 0), "{answer}");
        let answer = import(&world, &admin, "cases", &table, PLAIN).await.unwrap();
        assert_eq!(counts(&answer), (1, 0, 0, 1, 0), "the second time it is there");
        for (bad, column, code) in [
            (row("nobody@x.example", &format!("{day} 07:30")), "representative", "not_found"),
            (row(&email, "2001-01-01 07:30"), "starts_at", "in_the_past"),
            (row(&email, "tomorrow"), "starts_at", "invalid_date"),
        ] {
            let answer = import(&world, &admin, "cases", &format!("{head}{bad}"), PLAIN).await.unwrap();
            assert_eq!(errors(&answer), [(2, column.to_owned(), code.to_owned())]);
        }
    });
}
