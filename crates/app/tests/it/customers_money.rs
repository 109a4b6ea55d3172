//! The money of customers: credits, credit, holds, due dates, statements.

use crate::billing::{case, invoices, pay};
use crate::scene::{Scene, code};
use app::Ctx;
use contract::billing::AddPayment;
use contract::credits::{CreditInvoice, CreditMemo, PatchInvoice, RefundBalance};
use contract::{ListParams, Patch};
use domain::clock::Day;
use domain::event::{EventStatus, EventType};
use domain::id::{CustomerId, EventId, InvoiceId};
use domain::people::Role;
use store::args;
use testkit::{World, on_both};

async fn credit(scene: &Scene, ctx: &Ctx, invoice: InvoiceId, amount: Option<i64>) -> app::Result<CreditMemo> {
    let ask = CreditInvoice { amount_minor: amount, reason: "agreed by telephone".into(), ..CreditInvoice::default() };
    ask_credit(scene, ctx, invoice, ask).await
}

async fn ask_credit(scene: &Scene, ctx: &Ctx, invoice: InvoiceId, ask: CreditInvoice) -> app::Result<CreditMemo> {
    scene.run(ctx, move |ctx, tx| app::billing::credits::credit(ctx, tx, invoice, &ask)).await
}

fn whose(scene: &Scene) -> CustomerId {
    CustomerId::from_uuid(scene.customer)
}

async fn balance(scene: &Scene) -> i64 {
    let id = whose(scene);
    scene
        .app
        .read(&scene.admin, move |ctx, tx| app::billing::accounts::balance(ctx, tx, id))
        .await
        .expect("a balance")
        .balance_minor
}

/// A case with two invoices, 1,000.00 and 400.00.
async fn invoiced(scene: &Scene, ann: &Ctx) -> (EventId, Vec<InvoiceId>) {
    let (event, _) = case(scene, ann).await;
    let id = event.head.id;
    scene.order(ann, id, "All", None).await.expect("ordered");
    (id, invoices(scene, ann, id).await.iter().map(|it| it.id).collect())
}

#[test]
fn an_invoice_is_credited_in_part_and_whole() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = invoiced(&scene, &ann).await;
        let earned: i64 = scene.earned(event).await.iter().map(|(_, minor)| minor).sum();
        assert_eq!(earned, 14_000);
        assert_eq!(code(credit(&scene, &ann, ids[0], Some(100)).await), "not_allowed");
        let nothing = CreditInvoice { amount_minor: Some(100), ..CreditInvoice::default() };
        assert_eq!(code(ask_credit(&scene, &scene.admin, ids[0], nothing).await), "reason_required");
        assert_eq!(code(credit(&scene, &scene.admin, ids[0], Some(0)).await), "invalid_amount");
        assert_eq!(code(credit(&scene, &scene.admin, ids[0], Some(100_001)).await), "overcredit");

        // A quarter: what is open falls, commission and figures follow.
        let memo = credit(&scene, &scene.admin, ids[0], Some(25_000)).await.unwrap();
        assert_eq!((memo.head.number.as_str(), memo.head.net_minor), ("CRM-000001", Some(25_000)));
        assert_eq!((memo.invoice.open_minor, memo.invoice.status.as_str()), (Some(75_000), "open"));
        assert_eq!(scene.earned(event).await, [(ann.actor.id, 11_500)]);
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.credits_total_minor, it.net_sales_minor, it.orders_total_minor), (25_000, 115_000, 140_000));
        assert_eq!((it.open_balance_minor, it.exposure_minor), (Some(115_000), Some(115_000)));
        let here = scene.mercy;
        let place = scene.app.read(&scene.admin, move |ctx, tx| {
            app::directory::locations::get(ctx, tx, here, domain::engagement::Window::All)
        });
        assert_eq!(place.await.unwrap().orders_total_minor, 140_000);
        assert_eq!(code(pay(&scene, &scene.admin, ids[0], 75_001).await), "overpayment");

        // The rest of it: settled without a cent paid. The numbers have no gap, although one was refused in between.
        let memo = credit(&scene, &scene.admin, ids[0], None).await.unwrap();
        assert_eq!((memo.head.number.as_str(), memo.head.amount_minor), ("CRM-000002", Some(75_000)));
        assert_eq!((memo.invoice.open_minor, memo.invoice.status.as_str()), (Some(0), "credited"));
        assert_eq!(code(credit(&scene, &scene.admin, ids[0], Some(1)).await), "invoice_credited");
        assert_eq!(code(pay(&scene, &scene.admin, ids[0], 1).await), "invoice_credited");
        pay(&scene, &scene.admin, ids[1], 40_000).await.unwrap();
        let paid =
            scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, event)).await.unwrap();
        assert_eq!(paid.head.status, EventStatus::Paid);
        assert_eq!(scene.earned(event).await, [(ann.actor.id, 4_000)]);
        let listed = scene
            .app
            .read(&ann, move |ctx, tx| {
                let mut params = ListParams { sort: Some("number".into()), ..ListParams::default() };
                params.filters.insert("event_id".into(), event.to_string());
                app::billing::documents::credit_memos(ctx, tx, &params)
            })
            .await
            .unwrap();
        assert_eq!(listed.items.iter().map(|it| it.amount_minor).collect::<Vec<_>>(), [Some(25_000), Some(75_000)]);
        let stranger = scene.person(Role::Sales, "Bob").await;
        let hidden = memo.head.id;
        let read =
            scene.app.read(&stranger, move |ctx, tx| app::billing::documents::credit_memo(ctx, tx, hidden)).await;
        assert_eq!(code(read), "not_found");
        let paper = scene.app.read(&ann, move |ctx, tx| app::billing::documents::credit_memo_pdf(ctx, tx, hidden));
        let paper = paper.await.unwrap();
        assert_eq!((paper.file_name.as_str(), &paper.bytes[..5]), ("CRM-000002.pdf", &b"%PDF-"[..]));
        scene.prove().await;
    });
}

#[test]
fn what_was_paid_before_a_credit_is_kept_refunded_or_used() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = invoiced(&scene, &ann).await;
        scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, event)).await.unwrap();
        // Commission was paid out: what is taken back is owed by the rep until it is booked.
        let memo = credit(&scene, &scene.admin, ids[0], Some(30_000)).await.unwrap();
        assert_eq!((memo.head.to_balance_minor, memo.invoice.status.as_str()), (Some(30_000), "paid"));
        assert_eq!((memo.invoice.paid_minor, memo.invoice.open_minor), (Some(70_000), Some(0)));
        assert_eq!(balance(&scene).await, 30_000);
        let owed = "SELECT SUM(amount_minor) FROM billing_commission WHERE organization_id = $1 AND state = 'accrued'";
        assert_eq!(scene.numbers(owed, args![scene.org]).await, [-3_000]);
        assert_eq!(scene.get(&ann, event).await.unwrap().head.status, EventStatus::PendingPayment);

        // A part is paid out, the rest pays another invoice.
        let id = whose(&scene);
        let refund = |ctx: Ctx, amount_minor: i64| {
            let scene = &scene;
            async move {
                let ask = RefundBalance { amount_minor, refunded_on: None, reference: "wire 7".into() };
                scene.run(&ctx, move |ctx, tx| app::billing::accounts::refund(ctx, tx, id, &ask)).await
            }
        };
        assert_eq!(code(refund(ann.clone(), 1).await), "not_allowed");
        assert_eq!(code(refund(scene.admin.clone(), 30_001).await), "balance_too_small");
        assert_eq!(refund(scene.admin.clone(), 10_000).await.unwrap().balance_minor, 20_000);
        let (_, others) = invoiced(&scene, &ann).await;
        let from_balance = |amount_minor: i64| {
            let (scene, invoice) = (&scene, others[0]);
            let payment = AddPayment { amount_minor, received_on: None, reference: String::new(), from_balance: true };
            async move {
                let pay =
                    move |ctx: &Ctx, tx: &mut app::Tx| app::billing::orders::pay(ctx, tx, invoice, payment.clone());
                scene.run(&scene.admin, pay).await
            }
        };
        assert_eq!(code(from_balance(20_001).await), "balance_too_small");
        assert_eq!(from_balance(20_000).await.unwrap().head.open_minor, Some(80_000));
        assert_eq!(balance(&scene).await, 0);

        // The statement knows of all of it, and of nothing that only moved about.
        let statement = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::statement::statement(ctx, tx, id, None, None))
            .await
            .unwrap();
        assert_eq!(
            (statement.billed_minor, statement.credited_minor, statement.paid_minor),
            (280_000, 30_000, 130_000)
        );
        assert_eq!((statement.opening_minor, statement.closing_minor), (0, 120_000));
        let open = scene.seen_customer(&scene.admin).await.open_balance_minor;
        assert_eq!(open, Some(statement.closing_minor), "what is owed is what is open");
        let later = scene
            .app
            .read(&scene.admin, move |ctx, tx| {
                let tomorrow = ctx.today().plus(1);
                app::billing::statement::statement(ctx, tx, id, Some(tomorrow), Some(tomorrow))
            })
            .await
            .unwrap();
        assert_eq!((later.opening_minor, later.lines.len(), later.closing_minor), (120_000, 0, 120_000));
        let paper = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::statement::statement_pdf(ctx, tx, id, None, None));
        assert!(paper.await.unwrap().bytes.starts_with(b"%PDF-"));
        let hidden = scene.app.read(&ann, move |ctx, tx| app::billing::statement::statement(ctx, tx, id, None, None));
        assert_eq!(code(hidden.await), "not_allowed");
        scene.prove().await;
    });
}

#[test]
fn an_invoice_is_credited_whole_and_billed_anew_in_one_act() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = invoiced(&scene, &ann).await;
        pay(&scene, &scene.admin, ids[0], 60_000).await.unwrap();
        credit(&scene, &scene.admin, ids[0], Some(10_000)).await.unwrap();
        // Something is credited: the bill cannot be replaced behind the memo's back.
        let price = |minor: i64, line| contract::events::AmendEvent {
            changes: contract::events::AmendChanges {
                lines: vec![contract::events::AmendLine {
                    id: line,
                    remove: false,
                    usage: None,
                    unit_price_minor: Patch::Set(minor),
                    no_charge: None,
                    note: None,
                }],
                ..contract::events::AmendChanges::default()
            },
            reason: "price agreed later".into(),
        };
        let lines = scene.get(&ann, event).await.unwrap().lines;
        let line = lines.iter().find(|line| line.unit_price_minor == Some(100_000)).unwrap().id;
        let amend = |minor: i64| {
            let (scene, wish) = (&scene, price(minor, line));
            async move {
                scene.run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, event, wish.clone())).await
            }
        };
        assert_eq!(code(amend(90_000).await), "invoice_credited");

        let ask = CreditInvoice { reason: "wrong order number".into(), rebill: true, ..CreditInvoice::default() };
        let memo = ask_credit(&scene, &scene.admin, ids[0], ask.clone()).await.unwrap();
        assert_eq!((memo.head.amount_minor, memo.head.net_minor), (Some(90_000), Some(-10_000)));
        let all = invoices(&scene, &ann, event).await;
        let anew = all.iter().find(|it| Some(it.id) == memo.head.rebilled_as_id).unwrap();
        assert_eq!((anew.total_minor, anew.paid_minor, anew.open_minor), (Some(100_000), Some(60_000), Some(40_000)));
        let old = all.iter().find(|it| it.id == ids[0]).unwrap();
        assert_eq!((old.status.as_str(), old.paid_minor, old.rebilled_as_id), ("credited", Some(0), Some(anew.id)));
        assert_eq!(code(ask_credit(&scene, &scene.admin, ids[0], ask).await), "invoice_credited");
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.credits_total_minor, it.net_sales_minor), (0, 140_000), "the sale stands");
        assert_eq!(scene.earned(event).await, [(ann.actor.id, 14_000)]);
        // Now the bill may be replaced; what was paid beyond it is the customer's.
        amend(10_000).await.unwrap();
        assert_eq!(balance(&scene).await, 10_000);
        scene.prove().await;
    });
}

#[test]
fn lines_are_credited_once_each() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        let lines: Vec<_> = scene.submit(&ann, event).await.unwrap().lines.iter().map(|line| line.id).collect();
        scene.order(&ann, event, "All", None).await.unwrap();
        let invoice = invoices(&scene, &ann, event).await[0].id;
        let of = |line_ids: Vec<_>| CreditInvoice { line_ids, reason: "broken".into(), ..CreditInvoice::default() };
        assert_eq!(
            code(ask_credit(&scene, &scene.admin, invoice, of(vec![lines[0], lines[0]])).await),
            "line_credited"
        );
        let memo = ask_credit(&scene, &scene.admin, invoice, of(vec![lines[0]])).await.unwrap();
        assert_eq!((memo.head.amount_minor, memo.lines.len(), memo.whole), (Some(100_000), 1, false));
        assert_eq!(code(ask_credit(&scene, &scene.admin, invoice, of(vec![lines[0]])).await), "line_credited");
        scene.prove().await;
    });
}

#[test]
fn a_typed_due_date_is_never_computed_anew() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        scene.set_customer(serde_json::json!({"basis_date": "delivery_date"})).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = invoiced(&scene, &ann).await;
        let waiting = invoices(&scene, &ann, event).await;
        assert_eq!((waiting[0].due_on, waiting[0].due_state.as_str()), (None, "pending_delivery"));
        // The plan says the day of the case: an estimate that no ageing uses.
        assert_eq!(waiting[0].estimated_due_on, Day::parse("2026-12-22"));
        let pending = |state: &'static str| {
            let scene = &scene;
            async move {
                let mut params = ListParams::default();
                params.filters.insert("due_state".into(), state.into());
                let read = move |ctx: &Ctx, tx: &mut app::Tx| app::billing::documents::invoices(ctx, tx, &params);
                scene.app.read(&scene.admin, read).await.unwrap().items.len()
            }
        };
        assert_eq!((pending("pending").await, pending("manual").await), (2, 0));
        let patch = |ctx: Ctx, invoice: InvoiceId, change: PatchInvoice| {
            let scene = &scene;
            async move {
                let change =
                    move |ctx: &Ctx, tx: &mut app::Tx| app::billing::dates::patch(ctx, tx, invoice, change.clone());
                scene.run(&ctx, change).await
            }
        };
        let typed = |day: &str| PatchInvoice {
            due_on: Patch::Set(Day::parse(day).unwrap()),
            reason: "agreed".into(),
            ..PatchInvoice::default()
        };
        assert_eq!(code(patch(ann.clone(), ids[0], typed("2027-01-31")).await), "not_allowed");
        assert_eq!(code(patch(scene.admin.clone(), ids[0], typed("2026-01-31")).await), "due_before_issued");
        let it = patch(scene.admin.clone(), ids[0], typed("2027-01-31")).await.unwrap();
        assert_eq!((it.head.due_on, it.head.due_manual), (Day::parse("2027-01-31"), true));
        assert_eq!((pending("pending").await, pending("manual").await), (1, 1));
        // Given back to the terms it waits again.
        let back = PatchInvoice { due_on: Patch::Clear, ..PatchInvoice::default() };
        let it = patch(scene.admin.clone(), ids[0], back).await.unwrap();
        assert_eq!((it.head.due_on, it.head.due_manual), (None, false));
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!(
            (it.open_balance_minor, it.pending_minor, it.past_due_minor),
            (Some(140_000), Some(140_000), Some(0))
        );
        scene.prove().await;
    });
}
