//! Purchase orders, invoices, payments, holds, due dates: the money that follows from events.

use crate::scene::{Scene, code};
use app::Ctx;
use contract::billing::{AddPayment, Invoice, InvoiceSummary, PatchSalesOrder};
use contract::events::{AddCharge, AmendChanges, AmendEvent, AmendLine, Event};
use contract::{ListParams, Patch};
use domain::clock::Day;
use domain::event::{ChargeKind, EventStatus, EventType};
use domain::id::{EventId, InvoiceId, UnitId};
use domain::people::Role;
use domain::terms::DueState;
use store::args;
use testkit::{World, on_both};

pub async fn invoices(scene: &Scene, ctx: &Ctx, event: EventId) -> Vec<InvoiceSummary> {
    let page = scene
        .app
        .read(ctx, move |ctx, tx| {
            let mut params = ListParams { sort: Some("number".into()), ..ListParams::default() };
            params.filters.insert("event_id".into(), event.to_string());
            app::billing::documents::invoices(ctx, tx, &params)
        })
        .await
        .expect("invoices");
    page.items
}

pub async fn pay(scene: &Scene, ctx: &Ctx, invoice: InvoiceId, amount_minor: i64) -> app::Result<Invoice> {
    let payment = AddPayment { amount_minor, received_on: None, reference: "wire".into(), from_balance: false };
    scene.run(ctx, move |ctx, tx| app::billing::orders::pay(ctx, tx, invoice, payment.clone())).await
}

/// A submitted case with one unit of each manufacturer: 1,000.00 and 400.00.
pub async fn case(scene: &Scene, rep: &Ctx) -> (Event, Vec<UnitId>) {
    let mut units = scene.units(scene.item, rep, 1, None).await;
    units.extend(scene.units(scene.own_item, rep, 1, None).await);
    let event = scene.event(EventType::Case, rep, scene.mercy).await.head.id;
    scene.mark(rep, event, &units).await.expect("marked");
    (scene.submit(rep, event).await.expect("submitted"), units)
}

#[test]
fn from_purchase_order_to_paid() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let ops = scene.world.person(Role::Operations, "Olly").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        assert_eq!((event.head.status, event.head.total_minor), (EventStatus::PendingPo, Some(140_000)));
        let unpaid = scene.run(&ops, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await;
        assert_eq!(code(unpaid), "purchase_order_missing");
        assert!(invoices(&scene, &ann, id).await.is_empty());

        // One order for each manufacturer; the second one completes them.
        let maker = scene.maker;
        assert_eq!(scene.order(&ann, id, "PO 17-A", Some(maker)).await.unwrap(), EventStatus::PendingPo);
        assert_eq!(code(scene.order(&ann, id, "PO 18", Some(maker)).await), "purchase_order_exists");
        assert_eq!(scene.order(&ann, id, "PO 19", Some(scene.own_maker)).await.unwrap(), EventStatus::PendingPayment);
        let issued = invoices(&scene, &ann, id).await;
        let shown: Vec<_> = issued.iter().map(|it| (it.manufacturer_id.map(|id| id.uuid()), it.total_minor)).collect();
        assert_eq!(shown, [(None, Some(100_000)), (Some(scene.own_maker), Some(40_000))]);
        assert_eq!((issued[0].due_on, issued[0].due_state), (Day::parse("2026-12-22"), DueState::Due));
        let found = scene
            .app
            .read(&ann, |ctx, tx| {
                app::events::list(ctx, tx, &ListParams { q: Some("17-a".into()), ..ListParams::default() })
            })
            .await
            .unwrap();
        assert_eq!(found.items.len(), 1, "an event is found by its purchase order");

        // Money comes in parts, never too much.
        let (first, second) = (issued[0].id, issued[1].id);
        assert_eq!(code(pay(&scene, &ann, first, 1).await), "not_allowed");
        assert_eq!(code(pay(&scene, &ops, first, 100_001).await), "overpayment");
        assert_eq!(code(pay(&scene, &ops, first, 0).await), "invalid_amount");
        let part = pay(&scene, &ops, first, 60_000).await.unwrap();
        assert_eq!((part.head.status.as_str(), part.head.open_minor), ("open", Some(40_000)));
        let removed = event_purchase_order(&scene, &ops, id).await;
        assert_eq!(code(removed), "payment_recorded");
        pay(&scene, &ops, first, 40_000).await.unwrap();
        pay(&scene, &ops, second, 40_000).await.unwrap();
        assert_eq!(code(pay(&scene, &ops, second, 1).await), "invoice_paid");
        assert_eq!(
            scene.get(&ann, id).await.unwrap().head.status,
            EventStatus::PendingPayment,
            "the commission is still owed"
        );
        let not_theirs = scene.run(&ann, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await;
        assert_eq!(code(not_theirs), "not_allowed");
        let paid = scene.run(&ops, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        assert_eq!(paid.head.status, EventStatus::Paid);
        let states = "SELECT COUNT(*) FROM billing_commission WHERE organization_id = $1 AND state = 'paid'";
        assert_eq!(scene.numbers(states, args![scene.org]).await, [1]);
        assert_eq!(code(scene.order(&ops, id, "PO 20", None).await), "event_paid");
        let stranger = scene.person(Role::Sales, "Bob").await;
        assert!(invoices(&scene, &stranger, id).await.is_empty());
        let read = scene.app.read(&stranger, move |ctx, tx| app::billing::documents::invoice(ctx, tx, first)).await;
        assert_eq!(code(read), "not_found");
        scene.prove().await;
    });
}

async fn event_purchase_order(scene: &Scene, ctx: &Ctx, event: EventId) -> app::Result<Event> {
    let order = scene.get(ctx, event).await.unwrap().purchase_orders[0].id;
    scene.run(ctx, move |ctx, tx| app::billing::orders::remove(ctx, tx, event, order)).await
}

#[test]
fn marking_paid_books_what_is_missing_and_removing_an_order_makes_invoices_void() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        assert_eq!(scene.order(&ann, id, "All", None).await.unwrap(), EventStatus::PendingPayment);
        assert_eq!(code(event_purchase_order(&scene, &ann, id).await), "not_allowed");
        let back = event_purchase_order(&scene, &scene.admin, id).await.unwrap();
        assert_eq!((back.head.status, back.purchase_orders.len()), (EventStatus::PendingPo, 0));
        assert!(invoices(&scene, &ann, id).await.iter().all(|it| it.status == "void" && it.open_minor == Some(0)));
        let rows = "SELECT COUNT(*) FROM billing_purchase_order WHERE organization_id = $1 AND removed_at IS NOT NULL";
        assert_eq!(scene.numbers(rows, args![scene.org]).await, [1], "it stays on record");
        assert_eq!(scene.order(&ann, id, "All again", None).await.unwrap(), EventStatus::PendingPayment);
        let paid = scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        assert_eq!(paid.head.status, EventStatus::Paid);
        let all = invoices(&scene, &ann, id).await;
        let mut statuses: Vec<&str> = all.iter().map(|it| it.status.as_str()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, ["paid", "paid", "void", "void"]);
        assert!(all.iter().filter(|it| it.status == "paid").all(|it| it.paid_minor == it.total_minor));
        scene.prove().await;
    });
}

#[test]
fn what_was_paid_is_carried_over_when_an_amendment_changes_the_bill() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, units) = case(&scene, &ann).await;
        let id = event.head.id;
        scene.order(&ann, id, "All", None).await.unwrap();
        scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        let line = event.lines.iter().find(|line| line.unit_id == units[0]).unwrap().id;
        let price = |minor: i64| AmendEvent {
            changes: AmendChanges {
                lines: vec![AmendLine {
                    id: line,
                    remove: false,
                    usage: None,
                    unit_price_minor: Patch::Set(minor),
                    no_charge: None,
                    note: None,
                }],
                ..AmendChanges::default()
            },
            reason: "price agreed later".into(),
        };
        let dearer = price(120_000);
        let amended = scene
            .run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, dearer.clone()))
            .await
            .unwrap();
        assert_eq!((amended.head.status, amended.head.total_minor), (EventStatus::PendingPayment, Some(160_000)));
        let open: Vec<_> = invoices(&scene, &ann, id).await.into_iter().filter(|it| it.status != "void").collect();
        let sums: Vec<_> = open.iter().map(|it| (it.total_minor, it.paid_minor)).collect();
        assert_eq!(sums.iter().map(|(total, _)| total.unwrap()).sum::<i64>(), 160_000);
        assert_eq!(sums.iter().map(|(_, paid)| paid.unwrap()).sum::<i64>(), 140_000);
        let books = "SELECT SUM(amount_minor) FROM billing_payment WHERE organization_id = $1";
        assert_eq!(scene.numbers(books, args![scene.org]).await, [140_000], "no money appears or is lost");
        // The commission follows: what was paid stays, the rest is owed.
        assert_eq!(scene.earned(id).await, [(ann.actor.id, 16_000)]);
        let owed = "SELECT SUM(amount_minor) FROM billing_commission WHERE organization_id = $1 AND state = 'accrued'";
        assert_eq!(scene.numbers(owed, args![scene.org]).await, [2_000]);
        assert_eq!(scene.figures().await, (1, 160_000));
        let cheaper = price(90_000);
        let amended = scene
            .run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, cheaper.clone()))
            .await
            .unwrap();
        assert_eq!(amended.head.total_minor, Some(130_000));
        let open: Vec<_> = invoices(&scene, &ann, id).await.into_iter().filter(|it| it.status != "void").collect();
        assert!(open.iter().all(|it| it.status == "paid"));
        assert_eq!(scene.figures().await, (1, 130_000));
        scene.prove().await;
    });
}

#[test]
fn a_billing_hold_stops_stocking_orders_until_released_and_never_a_case() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 3, None).await;
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, order, &units[..1]).await.unwrap();
        let release = |ctx: Ctx| {
            let scene = &scene;
            async move {
                scene.run(&ctx, move |ctx, tx| app::events::plan::release_hold(ctx, tx, order, "they paid today")).await
            }
        };
        assert_eq!(code(release(scene.admin.clone()).await), "not_on_hold");
        scene.set_customer(serde_json::json!({"billing_status": "hold", "billing_status_reason": "late"})).await;
        assert_eq!(code(scene.submit(&ann, order).await), "billing_hold");
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &units[1..2]).await.unwrap();
        assert_eq!(code(scene.submit(&ann, case).await), "ok");
        assert_eq!(code(release(ann.clone()).await), "not_allowed");
        assert!(release(scene.admin.clone()).await.unwrap().hold_released);
        assert_eq!(code(scene.submit(&ann, order).await), "ok");
        scene.set_customer(serde_json::json!({"billing_status": "blocked", "billing_status_reason": "fraud"})).await;
        let blocked = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, blocked, &units[2..]).await.unwrap();
        assert_eq!(code(scene.submit(&ann, blocked).await), "billing_hold");
        scene.prove().await;
    });
}

#[test]
fn due_dates_wait_for_delivery_and_follow_it_until_the_invoice_is_paid() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let terms = uuid::Uuid::from_u128(77);
        scene
            .sql(
                "INSERT INTO directory_payment_terms (organization_id, id, code, name, name_key, rule, roll, discount, version) \
                 VALUES ($1, $2, 'N10', 'Net 10', 'net 10', '{\"kind\":\"net_days\",\"days\":10}', 'next_business_day', NULL, 1)",
                args![scene.org, terms],
            )
            .await;
        scene
            .sql(
                "UPDATE directory_customer SET payment_terms_id = $2, basis_date = 'delivery_date' WHERE organization_id = $1",
                args![scene.org, terms],
            )
            .await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        // Terms are those of the day of submission.
        scene
            .sql(
                "UPDATE directory_customer SET payment_terms_id = NULL, basis_date = '' WHERE organization_id = $1",
                args![scene.org],
            )
            .await;
        scene.order(&ann, id, "All", None).await.unwrap();
        let waiting = invoices(&scene, &ann, id).await;
        assert!(waiting.iter().all(|it| it.due_on.is_none() && it.due_state.as_str() == "pending_delivery"));
        let order = event.sales_order_id.unwrap();
        let deliver = |ctx: Ctx, day: &'static str| {
            let scene = &scene;
            async move {
                let change =
                    PatchSalesOrder { delivered_on: Patch::Set(Day::parse(day).unwrap()), ..Default::default() };
                scene
                    .run(&ctx, move |ctx, tx| app::billing::orders::patch_sales_order(ctx, tx, order, change.clone()))
                    .await
            }
        };
        assert_eq!(code(deliver(ann.clone(), "2026-11-25").await), "not_allowed");
        // The 5th of December 2026 is a Saturday.
        deliver(scene.admin.clone(), "2026-11-25").await.unwrap();
        assert_eq!(invoices(&scene, &ann, id).await[0].due_on, Day::parse("2026-12-07"));
        let first = waiting[0].id;
        pay(&scene, &scene.admin, first, waiting[0].total_minor.unwrap()).await.unwrap();
        deliver(scene.admin.clone(), "2026-11-30").await.unwrap();
        let after = invoices(&scene, &ann, id).await;
        assert_eq!(after[0].due_on, Day::parse("2026-12-07"), "a paid invoice is never recomputed");
        assert_eq!(after[1].due_on, Day::parse("2026-12-10"));
        let logged = "SELECT COUNT(*) FROM journal_change WHERE organization_id = $1 AND field = 'due_on'";
        assert_eq!(scene.numbers(logged, args![scene.org]).await, [3]);
        scene.prove().await;
    });
}

#[test]
fn figures_are_the_rows_behind_them() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 3, None).await;
        for (place, unit) in [(scene.mercy, units[0]), (scene.east, units[1])] {
            let event = scene.event(EventType::Case, &ann, place).await.head.id;
            scene.mark(&ann, event, &[unit]).await.unwrap();
            for (kind, amount_minor) in [(ChargeKind::Freight, 5_000), (ChargeKind::Discount, 10_000)] {
                let charge = AddCharge {
                    kind,
                    label: String::new(),
                    amount_minor,
                    commissionable: false,
                    manufacturer_id: None,
                    shared: false,
                };
                scene
                    .run(&ann, move |ctx, tx| app::events::charges::add(ctx, tx, event, charge.clone()))
                    .await
                    .unwrap();
            }
            let done = scene.submit(&ann, event).await.unwrap();
            assert_eq!(done.head.total_minor, Some(95_000));
        }
        // Nothing to bill counts for nothing.
        let sample = scene.event(EventType::Sample, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, sample, &units[2..]).await.unwrap();
        assert_eq!(scene.submit(&ann, sample).await.unwrap().head.status, EventStatus::Adjusted);
        assert_eq!(scene.figures().await, (2, 180_000), "freight is no sale, a discount is none");
        let rows = |ctx: Ctx, place: Option<domain::id::LocationId>| {
            let (app, customer) = (scene.app.clone(), domain::id::CustomerId::from_uuid(scene.customer));
            async move {
                let mut params = ListParams { count: true, ..ListParams::default() };
                params.filters.insert("customer_id".into(), customer.to_string());
                params.filters.insert("counts".into(), "1".into());
                params.filters.insert("window".into(), "last_90_days".into());
                if let Some(place) = place {
                    params.filters.insert("location_id".into(), place.to_string());
                }
                let page = app
                    .read(&ctx, move |ctx, tx| app::billing::documents::sales_orders(ctx, tx, &params))
                    .await
                    .unwrap();
                let sum: i64 = page.items.iter().map(|order| order.net_minor.unwrap()).sum();
                (page.items.len(), page.total.unwrap(), sum)
            }
        };
        assert_eq!(rows(scene.admin.clone(), None).await, (2, 2, 180_000));
        assert_eq!(rows(scene.admin.clone(), Some(scene.east)).await, (1, 1, 90_000));
        // A rep of one location has the rows of that location, whoever sold there.
        let east = scene.world.person(Role::Sales, "Eve East").await;
        scene.assign(&east, "location", scene.east.uuid()).await;
        assert_eq!(rows(east.clone(), None).await, (1, 1, 90_000));
        let listed = scene
            .app
            .read(&east, |ctx, tx| app::billing::documents::sales_orders(ctx, tx, &ListParams::default()))
            .await
            .unwrap();
        assert!(listed.items.is_empty(), "other people's orders are not listed otherwise");
        scene.prove().await;
    });
}

#[test]
fn documents_are_printed() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        scene.order(&ann, event.head.id, "All", None).await.unwrap();
        let order = event.sales_order_id.unwrap();
        let paper = scene
            .app
            .read(&ann, move |ctx, tx| app::billing::documents::sales_order_pdf(ctx, tx, order))
            .await
            .unwrap();
        assert_eq!((paper.file_name.as_str(), &paper.bytes[..5]), ("SO-000001.pdf", &b"%PDF-"[..]));
        let invoice = invoices(&scene, &ann, event.head.id).await[0].id;
        let paper =
            scene.app.read(&ann, move |ctx, tx| app::billing::documents::invoice_pdf(ctx, tx, invoice)).await.unwrap();
        assert!(paper.bytes.starts_with(b"%PDF-"));
        // Agreed prices are for those who may see them.
        scene
            .sql(
                "UPDATE people_user SET settings = '{\"view_contract_prices\":false}' WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let ann = scene.world.again(&ann).await;
        let refused =
            scene.app.read(&ann, move |ctx, tx| app::billing::documents::sales_order_pdf(ctx, tx, order)).await;
        assert_eq!(code(refused), "not_allowed");
        assert_eq!(scene.get(&ann, event.head.id).await.unwrap().head.total_minor, None);
    });
}

#[test]
fn what_comes_back_of_a_sale_can_be_credited_line_by_line() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 3, None).await;
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, order, &units).await.unwrap();
        scene.submit(&ann, order).await.unwrap();
        scene.order(&ann, order, "PO 1", None).await.unwrap();
        let back = scene.event(EventType::Return, &ann, scene.mercy).await.head.id;
        scene.mark_as(&ann, back, &units[..2], None, "wrong size").await.unwrap();
        let admin = scene.world.again(&scene.admin).await;
        let due = async |who: &Ctx, event: EventId| {
            scene.app.read(who, move |ctx, tx| app::billing::returns::creditable(ctx, tx, event)).await
        };
        assert!(due(&admin, back).await.unwrap().items.is_empty(), "nothing came back before it is submitted");
        scene.submit(&ann, back).await.unwrap();
        assert_eq!(code(due(&ann, back).await), "not_allowed");
        assert!(due(&admin, order).await.unwrap().items.is_empty());
        let found = due(&admin, back).await.unwrap().items;
        assert_eq!(found.len(), 1);
        let it = found[0].clone();
        assert_eq!((it.line_ids.len(), it.amount_minor, it.whole), (2, 200_000, false));
        let lines = it.line_ids.clone();
        let credit = async |lines: Vec<domain::id::LineId>| {
            let ask = contract::credits::CreditInvoice {
                line_ids: lines,
                reason: "They came back".into(),
                ..contract::credits::CreditInvoice::default()
            };
            let id = it.invoice_id;
            scene.run(&admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, id, &ask)).await.unwrap()
        };
        credit(lines[..1].to_vec()).await;
        let found = due(&admin, back).await.unwrap().items;
        assert_eq!((found[0].line_ids.as_slice(), found[0].amount_minor), (&lines[1..], 100_000));
        credit(lines[1..].to_vec()).await;
        assert!(due(&admin, back).await.unwrap().items.is_empty(), "each line is credited once");
        scene.prove().await;
    });
}
