//! The acceptance checks of customers that touch money and the figures of orders, by their numbers.

use crate::billing::{invoices, pay};
use crate::customers_bulk::{bulk, preview, rows, undo, work};
use crate::scene::{Scene, at, code};
use app::Ctx;
use app::directory::bulk::{Entity, jobs};
use app::directory::customers;
use contract::billing::PatchSalesOrder;
use contract::bulk::{ApplyBulk, PreviewBulk};
use contract::credits::PatchInvoice;
use contract::directory::PaymentTerms;
use contract::{ListParams, Patch};
use domain::bulk::JobStatus;
use domain::clock::Day;
use domain::engagement::{EngagementStage, Window};
use domain::event::{EventStatus, EventType};
use domain::id::{CustomerId, EventId, UnitId};
use domain::people::Role;
use serde_json::json;
use store::args;
use testkit::{World, on_both};

fn whose(scene: &Scene) -> CustomerId {
    CustomerId::from_uuid(scene.customer)
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// A case of one unit, submitted as if the clock stood at noon of a day.
async fn sold_on(scene: &Scene, ann: &Ctx, on: &str) -> EventId {
    let units = scene.units(scene.item, ann, 1, None).await;
    let event = scene.event(EventType::Case, ann, scene.mercy).await.head.id;
    scene.mark(ann, event, &units).await.expect("marked");
    scene.submit(&ann.at(at(on)), event).await.expect("submitted");
    event
}

async fn figures(scene: &Scene, ctx: &Ctx, window: Window) -> contract::directory::Customer {
    let id = whose(scene);
    scene.app.read(ctx, move |ctx, tx| customers::get(ctx, tx, id, window)).await.expect("the customer")
}

/// Terms of so many days, made through the use case.
async fn net(scene: &Scene, days: u16) -> PaymentTerms {
    let new =
        json!({"code": format!("N{days}"), "name": format!("Net {days}"), "rule": {"kind": "net_days", "days": days}});
    let new: contract::directory::CreatePaymentTerms = serde_json::from_value(new).unwrap();
    scene.run(&scene.admin, move |ctx, tx| app::directory::terms::create(ctx, tx, new.clone())).await.expect("terms")
}

async fn deliver(scene: &Scene, event: EventId, shipped: &str, delivered: &str) {
    let order = scene.get(&scene.admin, event).await.unwrap().sales_order_id.unwrap();
    let change = PatchSalesOrder {
        shipped_on: Patch::Set(day(shipped)),
        delivered_on: Patch::Set(day(delivered)),
        reason: "as the carrier says".into(),
    };
    scene
        .run(&scene.admin, move |ctx, tx| app::billing::orders::patch_sales_order(ctx, tx, order, change.clone()))
        .await
        .expect("delivered");
}

#[test]
fn check_01_the_rows_behind_a_link_are_the_number_in_the_cell_in_every_window() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        for on in ["2025-06-01", "2025-11-22", "2026-01-01", "2026-08-24", "2026-08-25", "2026-11-22"] {
            sold_on(&scene, &ann, on).await;
        }
        let mut counts = Vec::new();
        for window in Window::ALL {
            let it = figures(&scene, &scene.admin, *window).await;
            let mut params = ListParams { count: true, limit: Some(500), ..ListParams::default() };
            params.filters.insert("customer_id".into(), it.id.to_string());
            params.filters.insert("counts".into(), "1".into());
            params.filters.insert("window".into(), window.as_str().into());
            let read = move |ctx: &Ctx, tx: &mut app::Tx| app::billing::documents::sales_orders(ctx, tx, &params);
            let page = scene.app.read(&scene.admin, read).await.unwrap();
            let sum: i64 = page.items.iter().filter_map(|order| order.net_minor).sum();
            assert_eq!((page.total, sum), (Some(it.orders_count), it.orders_total_minor), "{window:?}");
            counts.push((window.as_str(), it.orders_count));
        }
        counts.sort_unstable();
        assert_eq!(counts, [("all", 6), ("last_12_months", 5), ("last_90_days", 3), ("this_year", 4)]);
    });
}

#[test]
fn check_02_without_orders_there_is_no_average() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let it = figures(&scene, &scene.admin, Window::All).await;
        assert_eq!((it.orders_count, it.orders_total_minor, it.orders_avg_minor), (0, 0, None));
        sold_on(&scene, &ann, "2026-11-22").await;
        assert_eq!(figures(&scene, &scene.admin, Window::All).await.orders_avg_minor, Some(100_000));
    });
}

/// Engagement on a day after one order on another.
async fn engaged(scene: &Scene, today: &str) -> (bool, EngagementStage) {
    let it = figures(scene, &scene.admin.at(at(today)), Window::All).await;
    (it.engaged, it.engagement_stage)
}

#[test]
fn check_03_an_order_of_exactly_one_year_ago_is_engaged_and_a_day_older_has_lapsed() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        sold_on(&scene, &ann, "2025-11-22").await;
        assert_eq!(engaged(&scene, "2026-11-22").await, (true, EngagementStage::Slipping));
        assert_eq!(engaged(&scene, "2026-11-23").await, (false, EngagementStage::Lapsed));
    });
}

#[test]
fn check_04_a_year_before_the_29th_of_february_is_the_28th() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        sold_on(&scene, &ann, "2027-02-28").await;
        assert!(engaged(&scene, "2028-02-28").await.0);
        assert!(engaged(&scene, "2028-02-29").await.0, "inclusive, on the last day that February had");
        assert!(!engaged(&scene, "2028-03-01").await.0);
    });
}

#[test]
fn check_05_taking_the_only_order_back_leaves_a_customer_that_never_ordered() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        assert_eq!(engaged(&scene, "2026-11-22").await, (true, EngagementStage::New));
        scene
            .run(&scene.admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, event, "wrong facility"))
            .await
            .unwrap();
        let it = figures(&scene, &scene.admin, Window::All).await;
        assert_eq!((it.engaged, it.engagement_stage), (false, EngagementStage::NeverOrdered));
        assert_eq!((it.orders_count, it.last_order_on, it.exposure_minor), (0, None, Some(0)));
        scene.prove().await;
    });
}

#[test]
fn check_09_terms_run_from_the_chosen_basis_on_real_invoices() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let net_30 = net(&scene, 30).await;
        // Ordered on the 22nd, shipped on the 27th, delivered on the 29th, invoiced on the 22nd of November.
        for (basis, due) in [
            ("order_date", "2026-12-22"),
            ("usage_date", "2026-12-22"),
            ("ship_date", "2026-12-27"),
            ("delivery_date", "2026-12-29"),
            ("invoice_date", "2026-12-22"),
        ] {
            scene.set_customer(json!({"payment_terms_id": net_30.id, "basis_date": basis})).await;
            let event = sold_on(&scene, &ann, "2026-11-22").await;
            scene.order(&ann, event, "All", None).await.unwrap();
            deliver(&scene, event, "2026-11-27", "2026-11-29").await;
            let invoice = invoices(&scene, &ann, event).await.remove(0);
            assert_eq!(invoice.due_on, Day::parse(due), "{basis}: {}", invoice.due_explanation);
            assert!(invoice.due_explanation.starts_with("Net 30 from "), "{}", invoice.due_explanation);
        }
        // Nothing chosen: the organisation's own terms and basis, not a default of the house.
        let admin = &scene.admin;
        let set = json!({"default_payment_terms_id": net(&scene, 45).await.id, "default_basis_date": "ship_date"});
        let set: contract::people::PatchOrganizationSettings = serde_json::from_value(set).unwrap();
        scene.run(admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &set)).await.unwrap();
        scene.set_customer(json!({"payment_terms_id": null, "basis_date": null})).await;
        let ann = scene.world.again(&ann).await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, event, "All", None).await.unwrap();
        let waiting = invoices(&scene, &ann, event).await.remove(0);
        assert_eq!((waiting.due_on, waiting.due_state.as_str()), (None, "pending_shipment"));
        deliver(&scene, event, "2026-11-27", "2026-11-29").await;
        assert_eq!(invoices(&scene, &ann, event).await[0].due_on, Day::parse("2027-01-11"));
        scene.prove().await;
    });
}

#[test]
fn check_10_a_corrected_delivery_moves_unpaid_due_dates_and_no_paid_or_typed_one() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let net_30 = net(&scene, 30).await;
        scene.set_customer(json!({"payment_terms_id": net_30.id, "basis_date": "delivery_date"})).await;
        let mut events = Vec::new();
        for _ in 0..3 {
            let event = sold_on(&scene, &ann, "2026-11-22").await;
            scene.order(&ann, event, "All", None).await.unwrap();
            deliver(&scene, event, "2026-11-20", "2026-11-22").await;
            events.push(event);
        }
        let mut all = Vec::new();
        for event in &events {
            all.push(invoices(&scene, &ann, *event).await.remove(0));
        }
        assert!(all.iter().all(|it| it.due_on == Day::parse("2026-12-22")));
        pay(&scene, &scene.admin, all[1].id, 100_000).await.unwrap();
        let (typed, change) = (
            all[2].id,
            PatchInvoice { due_on: Patch::Set(day("2027-03-01")), reason: "agreed".into(), ..PatchInvoice::default() },
        );
        scene
            .run(&scene.admin, move |ctx, tx| app::billing::dates::patch(ctx, tx, typed, change.clone()))
            .await
            .unwrap();
        let mut due = Vec::new();
        for event in &events {
            deliver(&scene, *event, "2026-11-20", "2026-11-25").await;
            due.push(invoices(&scene, &ann, *event).await[0].due_on.unwrap().to_string());
        }
        assert_eq!(due, ["2026-12-25", "2026-12-22", "2027-03-01"]);
        // The journal says old, new and why.
        let told = "SELECT COUNT(*) FROM journal_change change JOIN journal_entry entry ON entry.organization_id = change.organization_id \
            AND entry.id = change.entry_id WHERE change.organization_id = $1 AND change.field = 'due_on' AND change.old = '2026-12-22' \
            AND change.new = '2026-12-25' AND entry.reason = 'as the carrier says'";
        assert_eq!(scene.numbers(told, args![scene.org]).await, [1]);
        scene.prove().await;
    });
}

async fn reapply(scene: &Scene, ctx: &Ctx, ask: serde_json::Value) -> app::Result<contract::bulk::Job> {
    let ask: PreviewBulk = serde_json::from_value(ask).unwrap();
    let seen = scene.app.preview_reapply(ctx, ask).await?;
    let ask = ApplyBulk { preview_token: seen.preview_token, confirm_rows: None };
    scene.run(ctx, move |ctx, tx| jobs::apply_orders(ctx, tx, &ask)).await
}

#[test]
fn check_11_a_submitted_order_keeps_its_terms_until_somebody_applies_them_again() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (net_30, net_60) = (net(&scene, 30).await, net(&scene, 60).await);
        scene.set_customer(json!({"payment_terms_id": net_30.id})).await;
        let (open, invoiced) = (sold_on(&scene, &ann, "2026-11-22").await, sold_on(&scene, &ann, "2026-11-22").await);
        scene.order(&ann, invoiced, "All", None).await.unwrap();
        let set = json!({"payment_terms_id": {"op": "set", "id": net_60.id}, "basis_date": {"op": "set", "value": "delivery_date"}});
        let done =
            bulk(&scene.world, &scene.admin, Entity::Customers, json!({"ids": [whose(&scene)], "set": set})).await;
        assert_eq!(done.unwrap().status, JobStatus::Done);
        let terms = |event: EventId| {
            let scene = &scene;
            async move {
                let order = scene.get(&scene.admin, event).await.unwrap().sales_order_id.unwrap();
                let read = move |ctx: &Ctx, tx: &mut app::Tx| app::billing::documents::sales_order(ctx, tx, order);
                (order, scene.app.read(&scene.admin, read).await.unwrap().head.terms)
            }
        };
        let (order, said) = terms(open).await;
        assert_eq!(said, "Net 30, counted from invoice");

        // A look first: the invoiced one is told and left alone.
        assert_eq!(code(reapply(&scene, &ann, json!({"ids": [order]})).await), "not_allowed");
        let ask: PreviewBulk =
            serde_json::from_value(json!({"filter": {"customer_id": whose(&scene).to_string(), "status": "open"}}))
                .unwrap();
        let seen = scene.app.preview_reapply(&scene.admin, ask).await.unwrap();
        assert_eq!((seen.counts.selected, seen.counts.will_change, seen.counts.invalid), (2, 1, 1));
        assert_eq!(seen.rows[0].code.as_deref(), Some("order_invoiced"));
        let bar = &seen.histogram[0];
        assert_eq!((bar.old_label.as_str(), bar.new_label.as_str()), (&*said, "Net 60, counted from delivery"));
        assert_eq!(terms(open).await.1, said, "nothing was written");
        let apply = ApplyBulk { preview_token: seen.preview_token, confirm_rows: None };
        let job = scene.run(&scene.admin, move |ctx, tx| jobs::apply_orders(ctx, tx, &apply)).await.unwrap();
        assert_eq!((job.kind.as_str(), job.status, job.counts["done"]), ("reapply_terms", JobStatus::Done, 1));
        assert_eq!(terms(open).await.1, "Net 60, counted from delivery");
        assert_eq!(terms(invoiced).await.1, "Net 30, counted from invoice");
        let told = rows(&scene.world, &scene.admin, job.id, "outcome=done").await;
        assert!(told[0].name.starts_with("SO-"), "{}", told[0].name);

        // Undone while it is not invoiced; afterwards the invoice follows what it says then.
        let undone = undo(&scene.world, &scene.admin, job.id).await.unwrap();
        assert_eq!((undone.status, undone.counts["restored"]), (JobStatus::Done, 1));
        assert_eq!(terms(open).await.1, said);
        let again = reapply(&scene, &scene.admin, json!({"ids": [order]})).await.unwrap();
        scene.order(&ann, open, "All", None).await.unwrap();
        assert_eq!(invoices(&scene, &ann, open).await[0].due_state.as_str(), "pending_delivery");
        let late = undo(&scene.world, &scene.admin, again.id).await.unwrap();
        assert_eq!(late.counts["changed_since"], 1, "an invoiced order stays as it is");
        let unknown = json!({"ids": ["sor_01h455vb4pex5vsknk084sn02q"]});
        assert_eq!(code(reapply(&scene, &scene.admin, unknown).await), "not_found");
        assert_eq!(work(&scene.world).await, 0);
        scene.prove().await;
    });
}

/// A stocking order of one unit, not submitted.
async fn stocking(scene: &Scene, ann: &Ctx, unit: UnitId) -> EventId {
    let order = scene.event(EventType::StockingOrder, ann, scene.mercy).await.head.id;
    scene.mark(ann, order, &[unit]).await.expect("marked");
    order
}

#[test]
fn check_12_a_hold_blocks_a_stocking_order_and_never_a_case_or_a_return() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 4, None).await;
        let order = stocking(&scene, &ann, units[0]).await;
        scene.set_customer(json!({"billing_status": "hold", "billing_status_reason": "Cheque returned"})).await;
        assert_eq!(code(scene.submit(&ann, order).await), "billing_hold");
        for (kind, unit) in [(EventType::Case, units[1]), (EventType::Damage, units[2])] {
            let event = scene.event(kind, &ann, scene.mercy).await.head.id;
            scene.mark_as(&ann, event, &[unit], None, "as told").await.unwrap();
            assert_eq!(code(scene.submit(&ann, event).await), "ok", "{kind:?}");
        }
        // The queue: for whoever manages billing with the act, for the rep without it, for a stranger not at all.
        let queue = |ctx: Ctx| {
            let app = scene.app.clone();
            async move { app.read(&ctx, app::billing::accounts::held_orders).await.unwrap().items }
        };
        let held = queue(scene.admin.clone()).await;
        assert_eq!((held.len(), held[0].event_id, held[0].can_release), (1, order, true));
        assert_eq!(held[0].explanation, "On hold: Cheque returned");
        assert_eq!(queue(ann.clone()).await.iter().map(|it| it.can_release).collect::<Vec<_>>(), [false]);
        assert!(queue(scene.person(Role::Sales, "Bob").await).await.is_empty());
        let release = move |ctx: &Ctx, tx: &mut app::Tx| app::events::plan::release_hold(ctx, tx, order, "they paid");
        scene.run(&scene.admin, release).await.unwrap();
        assert!(queue(scene.admin.clone()).await[0].hold_released);
        assert_eq!(code(scene.submit(&ann, order).await), "ok");
        assert!(queue(scene.admin.clone()).await.is_empty());
        scene.prove().await;
    });
}

#[test]
fn check_13_a_hold_by_credit_is_released_when_a_payment_lowers_exposure() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let order = stocking(&scene, &ann, units[0]).await;
        scene.set_customer(json!({"credit_limit_minor": 100_000, "auto_hold": "on"})).await;
        let (first, second) = (sold_on(&scene, &ann, "2026-11-22").await, sold_on(&scene, &ann, "2026-11-22").await);
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.exposure_minor, it.available_credit_minor), (Some(200_000), Some(Some(-100_000))));
        assert_eq!((it.effective_billing_status.as_str(), it.billing_status_auto), ("hold", true));
        assert_eq!(it.billing_status.as_str(), "good", "what a person set stays");
        assert_eq!(code(scene.submit(&ann, order).await), "billing_hold");
        for event in [first, second] {
            scene.order(&ann, event, "All", None).await.unwrap();
        }
        assert_eq!(scene.seen_customer(&scene.admin).await.exposure_minor, Some(200_000), "used, then invoiced");
        let invoice = invoices(&scene, &ann, first).await[0].id;
        pay(&scene, &scene.admin, invoice, 100_000).await.unwrap();
        let it = scene.seen_customer(&scene.admin).await;
        assert_eq!((it.exposure_minor, it.credit_signal.unwrap().as_str()), (Some(100_000), "near_limit"));
        assert_eq!((it.effective_billing_status.as_str(), it.billing_status_auto), ("good", false));
        assert_eq!(code(scene.submit(&ann, order).await), "ok");
        // The order itself is exposure now, and holds the next one.
        assert_eq!(scene.seen_customer(&scene.admin).await.effective_billing_status.as_str(), "hold");
        // Switched off for this customer, nothing holds it.
        scene.set_customer(json!({"auto_hold": "off"})).await;
        assert_eq!(scene.seen_customer(&scene.admin).await.effective_billing_status.as_str(), "good");
        scene.prove().await;
    });
}

#[test]
fn check_13_lateness_holds_when_the_calendar_says_so() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        scene.set_customer(json!({"auto_hold": "on"})).await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, event, "All", None).await.unwrap();
        // Due on the 22nd of December: 61 days late on the 21st of February.
        let status = |on: &'static str| {
            let (scene, ctx) = (&scene, scene.admin.at(at(on)));
            async move {
                let it = scene.seen_customer(&ctx).await;
                (it.effective_billing_status.as_str(), it.credit_signal.unwrap().as_str(), it.past_due_minor)
            }
        };
        assert_eq!(status("2026-12-22").await, ("good", "ok", Some(0)));
        assert_eq!(status("2026-12-23").await, ("good", "past_due_1_30", Some(100_000)));
        assert_eq!(status("2027-02-20").await, ("good", "past_due_31_60", Some(100_000)));
        assert_eq!(status("2027-02-21").await, ("hold", "past_due_61_90", Some(100_000)));
        let (id, ctx) = (whose(&scene), scene.admin.at(at("2027-02-21")));
        let owed = scene.app.read(&ctx, move |ctx, tx| app::billing::accounts::receivables(ctx, tx, id)).await.unwrap();
        assert_eq!((owed.open_minor, owed.past_due_61_90_minor, owed.not_due_minor), (100_000, 100_000, 0));
        // Lists say so too once the day was rolled over.
        let listed = |ctx: Ctx| {
            let app = scene.app.clone();
            async move {
                let mut params = ListParams::default();
                params.filters.insert("billing_status".into(), "hold".into());
                app.read(&ctx, move |ctx, tx| customers::list(ctx, tx, &params)).await.unwrap().items.len()
            }
        };
        assert_eq!(listed(ctx.clone()).await, 0);
        scene.world.clock.set(at("2027-02-21"));
        let org = domain::id::OrganizationId::from_uuid(scene.org);
        assert!(scene.app.roll_standings(org).await.unwrap() > 0);
        assert_eq!(listed(ctx).await, 1);
    });
}

#[test]
fn check_18_what_a_rep_may_not_see_cannot_be_sorted_filtered_or_read() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let list = |ctx: Ctx, sort: Option<String>, filter: Option<(String, String)>| {
            let app = scene.app.clone();
            async move {
                let mut params = ListParams { sort, ..ListParams::default() };
                params.filters.extend(filter);
                app.read(&ctx, move |ctx, tx| customers::list(ctx, tx, &params)).await
            }
        };
        for column in [
            "open_balance",
            "past_due",
            "oldest_due",
            "exposure",
            "credit_limit",
            "available_credit",
            "avg_days_to_pay",
        ] {
            for sort in [column.to_owned(), format!("-{column}")] {
                assert_eq!(code(list(ann.clone(), Some(sort.clone()), None).await), "sort_not_supported", "{sort}");
                assert_eq!(code(list(scene.admin.clone(), Some(sort), None).await), "ok");
            }
            let value = if column == "oldest_due" { "2026-01-01" } else { "1" };
            for end in ["from", "to"] {
                let filter = (format!("{column}_{end}"), value.to_owned());
                let refused = list(ann.clone(), None, Some(filter.clone())).await;
                assert_eq!(code(refused), "filter_not_supported", "{filter:?}");
                assert_eq!(code(list(scene.admin.clone(), None, Some(filter)).await), "ok");
            }
        }
        let signal = Some(("credit_signal".to_owned(), "over_limit".to_owned()));
        assert_eq!(code(list(ann.clone(), None, signal).await), "filter_not_supported");
        let row = serde_json::to_value(&list(ann.clone(), None, None).await.unwrap().items[0]).unwrap();
        for hidden in [
            "open_balance_minor",
            "past_due_minor",
            "pending_minor",
            "oldest_due_on",
            "exposure_minor",
            "credit_limit_minor",
            "available_credit_minor",
            "credit_signal",
            "avg_days_to_pay",
        ] {
            assert!(row.get(hidden).is_none(), "{hidden}");
        }
        let id = whose(&scene);
        let owed = scene.app.read(&ann, move |ctx, tx| app::billing::accounts::receivables(ctx, tx, id)).await;
        assert_eq!(code(owed), "not_allowed");
        let has = scene.app.read(&ann, move |ctx, tx| app::billing::accounts::balance(ctx, tx, id)).await;
        assert_eq!(code(has), "not_allowed");
    });
}

#[test]
fn check_24_every_amount_is_in_the_one_currency_so_that_no_sum_mixes_any() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, event, "All", None).await.unwrap();
        let currency = scene.admin.organization.currency.clone();
        let orders = scene
            .app
            .read(&scene.admin, |ctx, tx| app::billing::documents::sales_orders(ctx, tx, &ListParams::default()))
            .await
            .unwrap();
        assert!(!orders.items.is_empty() && orders.items.iter().all(|it| it.currency == currency));
        assert!(invoices(&scene, &ann, event).await.iter().all(|it| it.currency == currency));
        // There is no column that could hold another one: an amount of another currency cannot enter a sum.
        for table in ["billing_sales_order", "billing_invoice", "billing_payment", "billing_credit_memo"] {
            assert!(!crate::ground::has_column(table, "currency"), "{table}");
        }
    });
}

#[test]
fn check_25_stock_that_the_facility_bought_is_not_sold_twice() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let order = stocking(&scene, &ann, units[0]).await;
        scene.submit(&ann, order).await.unwrap();
        let bought = figures(&scene, &scene.admin, Window::All).await;
        assert_eq!((bought.orders_count, bought.orders_total_minor, bought.stock_on_site_units), (1, 100_000, 1));
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &units).await.unwrap();
        let used = scene.submit(&ann, case).await.unwrap();
        assert_eq!((used.head.total_minor, used.head.status), (Some(0), EventStatus::Paid));
        let it = figures(&scene, &scene.admin, Window::All).await;
        assert_eq!((it.orders_count, it.orders_total_minor, it.stock_on_site_units), (1, 100_000, 0));
        assert_eq!(it.exposure_minor, bought.exposure_minor, "nor is it owed twice");
        scene.prove().await;
    });
}

#[test]
fn other_terms_show_how_receivables_would_move_before_anything_is_changed() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        for (shipped, delivered) in [("2026-11-24", "2026-12-02"), ("2026-11-24", "2026-11-25")] {
            let event = sold_on(&scene, &ann, "2026-11-22").await;
            scene.order(&ann, event, "All", None).await.unwrap();
            deliver(&scene, event, shipped, delivered).await;
        }
        let waiting = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, waiting, "All", None).await.unwrap();
        let set = json!({"basis_date": {"op": "set", "value": "delivery_date"}});
        let ask = json!({"ids": [whose(&scene)], "set": set});
        let seen = preview(&scene.world, &scene.admin, Entity::Customers, ask).await.unwrap();
        let shift = seen.receivables.expect("a shift");
        assert_eq!((shift.invoices, shift.total_minor, shift.pending_minor), (3, 300_000, 100_000));
        // Ten days and three days later, of equal weight.
        assert_eq!((shift.later_by_tenths, shift.tied_up_minor), (65, 3_562));
        let told = |week: &str, before: i64, after: i64| (week.to_owned(), before, after);
        let weeks: Vec<_> =
            shift.weeks.iter().map(|it| (it.week.to_string(), it.before_minor, it.after_minor)).collect();
        assert_eq!(weeks, [told("2026-12-21", 300_000, 100_000), told("2026-12-28", 0, 100_000)]);
        assert!(shift.message.contains("6.5 days later"), "{}", shift.message);
        assert_eq!(scene.seen_customer(&scene.admin).await.basis_date, None, "nothing was changed");
        // Without other terms there is nothing to tell.
        let ask = json!({"ids": [whose(&scene)], "set": {"tags": {"op": "add", "value": ["vip"]}}});
        assert!(preview(&scene.world, &scene.admin, Entity::Customers, ask).await.unwrap().receivables.is_none());
    });
}

#[test]
fn what_never_came_is_counted_from_the_invoice_after_the_organisations_patience() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        scene.set_customer(json!({"basis_date": "delivery_date"})).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, event, "All", None).await.unwrap();
        let org = domain::id::OrganizationId::from_uuid(scene.org);
        scene.world.clock.set(at("2026-12-05"));
        assert_eq!(scene.app.fall_back_due_dates(org).await.unwrap(), 0, "thirteen days are not enough");
        scene.world.clock.set(at("2026-12-06"));
        assert_eq!(scene.app.fall_back_due_dates(org).await.unwrap(), 1);
        assert_eq!(scene.app.fall_back_due_dates(org).await.unwrap(), 0, "once");
        let it = invoices(&scene, &ann, event).await.remove(0);
        assert_eq!((it.due_on, it.due_state.as_str()), (Day::parse("2026-12-22"), "basis_fallback"));
        assert!(it.due_explanation.ends_with("(no delivery within 14 days)"), "{}", it.due_explanation);
        // It came after all: the day of the terms counts.
        deliver(&scene, event, "2026-11-29", "2026-12-01").await;
        assert_eq!(invoices(&scene, &ann, event).await[0].due_on, Day::parse("2026-12-31"));
    });
}

#[test]
fn money_that_does_not_add_up_is_found() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let event = sold_on(&scene, &ann, "2026-11-22").await;
        scene.order(&ann, event, "All", None).await.unwrap();
        let invoice = invoices(&scene, &ann, event).await[0].id;
        let ask = contract::credits::CreditInvoice {
            amount_minor: Some(10_000),
            reason: "late".into(),
            ..contract::credits::CreditInvoice::default()
        };
        scene.run(&scene.admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, invoice, &ask)).await.unwrap();
        scene.prove().await;
        for (check, there, back) in [
            (
                "invoice_paid",
                "UPDATE billing_invoice SET paid_minor = 1 WHERE organization_id = $1",
                "UPDATE billing_invoice SET paid_minor = 0 WHERE organization_id = $1",
            ),
            (
                "invoice_credited",
                "UPDATE billing_invoice SET credited_minor = 9999 WHERE organization_id = $1",
                "UPDATE billing_invoice SET credited_minor = 10000 WHERE organization_id = $1",
            ),
            (
                "invoice_status",
                "UPDATE billing_invoice SET status = 'paid' WHERE organization_id = $1",
                "UPDATE billing_invoice SET status = 'open' WHERE organization_id = $1",
            ),
            (
                "customer_credits",
                "UPDATE billing_credit_memo SET net_minor = 1 WHERE organization_id = $1",
                "UPDATE billing_credit_memo SET net_minor = 10000 WHERE organization_id = $1",
            ),
            (
                "customer_standing",
                "UPDATE directory_standing SET exposure_minor = 1 WHERE organization_id = $1 AND kind = 'cus'",
                "UPDATE directory_standing SET exposure_minor = 90000 WHERE organization_id = $1 AND kind = 'cus'",
            ),
            (
                "customer_standing",
                "UPDATE directory_standing SET open_minor = 1 WHERE organization_id = $1 AND kind = 'loc' AND open_minor > 0",
                "UPDATE directory_standing SET open_minor = 90000 WHERE organization_id = $1 AND kind = 'loc' AND open_minor > 0",
            ),
        ] {
            scene.sql(there, args![scene.org]).await;
            let report = scene.app.verify(domain::id::OrganizationId::from_uuid(scene.org), |_| {}).await.unwrap();
            let found: Vec<&str> = report.differences.iter().map(|it| it.check).collect();
            assert!(found.contains(&check), "{there}: {found:?}");
            scene.sql(back, args![scene.org]).await;
            scene.prove().await;
        }
    });
}
