//! Opening balances by import, and price sheets that add or replace.

use crate::scene::{Scene, code};
use app::Ctx;
use app::imports::{ImportOptions, kind};
use contract::ListParams;
use contract::opening::{OpeningInvoice, PayOpeningInvoice};
use domain::accounting::{BookKind, ExportKind};
use domain::id::{CustomerId, OpeningInvoiceId};
use domain::people::Role;
use serde_json::Value;
use store::args;
use testkit::{World, on_both};

/// A scene whose customers and items are found by number, as those are that came in by the front door.
async fn set(world: World) -> Scene {
    let scene = Scene::set(world).await;
    let customer = "UPDATE directory_customer SET number_key = $2 WHERE organization_id = $1 AND number = $3";
    scene.sql(customer, args![scene.org, "c-1", "C-1"]).await;
    for number in ["CUP-52", "ROD-9", "DRIVER-1"] {
        let item = "UPDATE catalog_item SET number_key = $2 WHERE organization_id = $1 AND number = $3";
        scene.sql(item, args![scene.org, store::catalog::number_key(number), number]).await;
    }
    scene
}

const PLAIN: ImportOptions = ImportOptions { dry_run: false, skip_failures: false, create_missing: false };

async fn import(scene: &Scene, ctx: &Ctx, name: &str, table: &str, options: ImportOptions) -> app::Result<Value> {
    let ctx = scene.world.again(ctx).await;
    let kind = kind(name).expect("a kind");
    let answer = scene.app.import(&ctx, kind, options, table.as_bytes().to_vec(), None).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap())
}

fn counts(answer: &Value) -> (i64, i64, i64, i64) {
    let n = |key: &str| answer[key].as_i64().unwrap();
    (n("created"), n("updated"), n("unchanged"), n("failed"))
}

async fn listed(scene: &Scene) -> Vec<OpeningInvoice> {
    let page = scene.app.read(&scene.admin, |ctx, tx| app::opening::invoices(ctx, tx, &ListParams::default())).await;
    page.expect("a list").items
}

#[test]
fn open_invoices_are_owed_and_paid_and_no_order_is_made() {
    on_both(async |world: World| {
        let scene = set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let table = "customer,location,number,issued_on,due_on,open,total\n\
                     C-1,Mercy Main,A-1,2026-09-01,2026-10-01,250.00,1000.00\n\
                     Mercy Health,,A-2,2026-11-01,,40.50,\n";
        assert_eq!(code(import(&scene, &ann, "open_invoices", table, PLAIN).await), "not_allowed");
        let dry = ImportOptions { dry_run: true, ..PLAIN };
        assert_eq!(counts(&import(&scene, &scene.admin, "open_invoices", table, dry).await.unwrap()), (2, 0, 0, 0));
        assert!(listed(&scene).await.is_empty(), "a dry run keeps nothing");
        let wrong =
            "customer,number,issued_on,open\nC-1,B-1,2027-01-01,5\nC-1,B-2,2026-01-01,0\nC-9,B-3,2026-01-01,5\n";
        let told = import(&scene, &scene.admin, "open_invoices", wrong, PLAIN).await.unwrap();
        let codes: Vec<&str> =
            told["errors"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["in_the_future", "invalid_amount", "not_found"]);
        assert_eq!(counts(&import(&scene, &scene.admin, "open_invoices", table, PLAIN).await.unwrap()), (2, 0, 0, 0));
        assert_eq!(counts(&import(&scene, &scene.admin, "open_invoices", table, PLAIN).await.unwrap()), (0, 0, 2, 0));

        let customer = scene.seen_customer(&scene.admin).await;
        assert_eq!((customer.open_balance_minor, customer.orders_count), (Some(29_050), 0));
        let whose = CustomerId::from_uuid(scene.customer);
        let owed = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::accounts::receivables(ctx, tx, whose))
            .await
            .unwrap();
        assert_eq!((owed.past_due_31_60_minor, owed.pending_minor), (25_000, 4_050));
        for nothing in ["event", "billing_sales_order", "billing_invoice"] {
            let sql: &'static str = match nothing {
                "event" => "SELECT COUNT(*) FROM event WHERE organization_id = $1",
                "billing_sales_order" => "SELECT COUNT(*) FROM billing_sales_order WHERE organization_id = $1",
                _ => "SELECT COUNT(*) FROM billing_invoice WHERE organization_id = $1",
            };
            assert_eq!(scene.numbers(sql, args![scene.org]).await, [0], "{nothing}");
        }

        let first = listed(&scene).await.into_iter().find(|it| it.number == "A-1").unwrap().id;
        let pay = async |id: OpeningInvoiceId, amount_minor: i64| {
            let ask = PayOpeningInvoice { amount_minor, received_on: None, reference: "wire".into() };
            scene.run(&scene.admin, move |ctx, tx| app::opening::pay(ctx, tx, id, &ask)).await
        };
        assert_eq!(code(pay(first, 25_001).await), "overpayment");
        assert_eq!(pay(first, 5_000).await.unwrap().open_minor, 20_000);
        let corrected = "customer,number,issued_on,open,total\nC-1,A-1,2026-09-01,300.00,1000.00\n";
        let refused = import(&scene, &scene.admin, "open_invoices", corrected, PLAIN).await.unwrap();
        assert_eq!(refused["errors"][0]["code"], "payment_recorded");
        assert_eq!(pay(first, 20_000).await.unwrap().status, "paid");
        assert_eq!(code(pay(first, 1).await), "invoice_paid");
        assert_eq!(scene.seen_customer(&scene.admin).await.open_balance_minor, Some(4_050));
        let statement = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::statement::statement(ctx, tx, whose, None, None))
            .await
            .unwrap();
        assert_eq!(statement.closing_minor, 4_050);

        // Their payments go to accounting; the invoices were there before.
        let ask = contract::accounting::RunAccountingExport {
            kind: ExportKind::GeneralLedger,
            through_on: None,
            leave_out_problems: false,
        };
        let run = scene.run(&scene.admin, move |ctx, tx| app::accounting::run(ctx, tx, &ask)).await.unwrap();
        let sums: Vec<_> = run.head.sums.iter().map(|it| (it.document, it.count, it.total_minor)).collect();
        assert_eq!(sums, [(BookKind::Payment, 2, 25_000)]);
        scene.prove().await;
    });
}

#[test]
fn orders_of_the_past_count_in_figures_and_prove_themselves() {
    on_both(async |world: World| {
        let scene = set(world).await;
        let table = "customer,location,on,orders,total\nC-1,Mercy Main,2026-10-31,3,4500.00\nC-1,,2026-09-30,2,100\n";
        assert_eq!(counts(&import(&scene, &scene.admin, "order_figures", table, PLAIN).await.unwrap()), (2, 0, 0, 0));
        assert_eq!(counts(&import(&scene, &scene.admin, "order_figures", table, PLAIN).await.unwrap()), (0, 0, 2, 0));
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.orders_count, it.orders_total_minor), (5, 460_000));
        let less = "customer,location,on,orders,total\nC-1,Mercy Main,2026-10-31,1,1500.00\n";
        assert_eq!(counts(&import(&scene, &scene.admin, "order_figures", less, PLAIN).await.unwrap()), (0, 1, 0, 0));
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.orders_count, it.orders_total_minor), (3, 160_000));
        let events = "SELECT COUNT(*) FROM event WHERE organization_id = $1";
        assert_eq!(scene.numbers(events, args![scene.org]).await, [0]);
        let wrong = "customer,on,orders,total\nC-1,2026-12-31,1,5\n";
        let told = import(&scene, &scene.admin, "order_figures", wrong, PLAIN).await.unwrap();
        assert_eq!(told["errors"][0]["code"], "in_the_future");
        scene.prove().await;
    });
}

#[test]
fn price_sheets_add_replace_or_patch() {
    on_both(async |world: World| {
        let scene = set(world).await;
        let all = "SELECT price_minor FROM directory_price WHERE organization_id = $1 ORDER BY price_minor";
        let first = "price_list,number,price\nGroup,CUP-52,900.00\nGroup,ROD-9,350.00\n";
        let making = ImportOptions { create_missing: true, ..PLAIN };
        assert_eq!(counts(&import(&scene, &scene.admin, "prices", first, making).await.unwrap()), (2, 0, 0, 0));
        let same = "price_list,number,price\nGroup,CUP-52,910.00\nGroup,DRIVER-1,20.00\n";
        let refused = import(&scene, &scene.admin, "prices_append", same, PLAIN).await.unwrap();
        assert_eq!(
            (refused["errors"][0]["code"].as_str(), refused["failed"].as_i64()),
            (Some("price_exists"), Some(1))
        );
        assert_eq!(
            scene.numbers(all, args![scene.org]).await,
            [35_000, 90_000],
            "nothing is kept of a table with errors"
        );
        let added = "price_list,number,price\nGroup,DRIVER-1,20.00\n";
        assert_eq!(counts(&import(&scene, &scene.admin, "prices_append", added, PLAIN).await.unwrap()), (1, 0, 0, 0));
        assert_eq!(counts(&import(&scene, &scene.admin, "prices_replace", same, PLAIN).await.unwrap()), (0, 1, 1, 0));
        assert_eq!(scene.numbers(all, args![scene.org]).await, [2_000, 91_000], "what the sheet does not name is gone");
        scene.prove().await;
    });
}
