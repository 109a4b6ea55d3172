//! Events: planning, marking, facility stock, submission and what undoes it.

use crate::scene::{Scene, TODAY, at, code};
use app::{Ctx, Error};
use contract::events::{
    AmendChanges, AmendEvent, AmendLine, CopyEvent, PatchEvent, PatchLine, SubRepresentative, SubRepresentativeRef,
    SubmitEvent,
};
use contract::units::ReassignFacilityStock;
use contract::{ListParams, Patch};
use domain::event::{EventStatus, EventType, Usage};
use domain::id::{EventId, Id, LineId, LocationId, UnitId};
use domain::people::Role;
use domain::pricing::PriceSource;
use store::args;
use testkit::{World, on_both};

const AVAILABLE: i64 = 0;
const IN_EVENT: i64 = 3;
const INACTIVE: i64 = 4;

fn with_q(q: &str) -> ListParams {
    ListParams { q: Some(q.into()), count: true, ..ListParams::default() }
}

async fn usable(scene: &Scene, ctx: &Ctx, event: EventId) -> Vec<UnitId> {
    let page = scene
        .app
        .read(ctx, move |ctx, tx| app::events::lines::usable_units(ctx, tx, event, &ListParams::default()))
        .await
        .expect("units");
    page.items.into_iter().map(|unit| unit.id).collect()
}

/// A stocking order at a location, submitted and kept: facility stock.
async fn sell(scene: &Scene, seller: &Ctx, place: LocationId, units: &[UnitId]) -> EventId {
    let order = scene.event(EventType::StockingOrder, seller, place).await;
    scene.mark(seller, order.head.id, units).await.expect("marked");
    let sold = scene.submit(seller, order.head.id).await.expect("submitted");
    assert_eq!(sold.head.status, EventStatus::PendingPo);
    order.head.id
}

#[test]
fn facility_stock_is_sold_once_and_used_only_by_the_right_people_at_its_shelf() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Distributor").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let out = scene.person(Role::Sales, "Olga Outside").await;
        scene.link(&dana, &ann, true).await;
        let units = scene.units(scene.item, &dana, 3, None).await;
        let order = sell(&scene, &dana, scene.mercy, &units).await;
        for unit in &units {
            assert_eq!(scene.unit(*unit).await, (AVAILABLE, true, Some(scene.mercy), dana.actor.id));
        }
        assert_eq!(scene.figures().await, (1, 300_000));
        assert_eq!(scene.earned(order).await, [(dana.actor.id, 30_000)]);

        // Not a second sale, not at another location, not by somebody outside the group.
        let again = scene.event(EventType::StockingOrder, &dana, scene.mercy).await;
        assert_eq!(code(scene.mark(&dana, again.head.id, &units[..1]).await), "facility_stock_already_sold");
        let elsewhere = scene.event(EventType::Case, &ann, scene.east).await;
        assert_eq!(code(scene.mark(&ann, elsewhere.head.id, &units[..1]).await), "facility_stock_other_location");
        assert!(usable(&scene, &ann, elsewhere.head.id).await.is_empty());
        let foreign = scene.event(EventType::Case, &out, scene.mercy).await;
        assert_eq!(code(scene.mark(&out, foreign.head.id, &units[..1]).await), "not_found");
        assert_eq!(
            code(scene.mark(&scene.admin, foreign.head.id, &units[..1]).await),
            "unit_not_usable_by_representative"
        );

        // A rep with whom the distributor shares uses it there: no price, no commission, no second sale.
        let case = scene.event(EventType::Case, &ann, scene.mercy).await;
        assert_eq!(usable(&scene, &ann, case.head.id).await.len(), 3);
        let marked = scene.mark(&ann, case.head.id, &units[..1]).await.unwrap();
        let line = &marked.lines[0];
        assert_eq!((line.facility_stock, line.unit_price_minor), (true, Some(0)));
        assert_eq!(line.price_source, PriceSource::FacilityStock);
        let (event, id) = (case.head.id, line.id);
        let priced = scene
            .run(&scene.admin, move |ctx, tx| {
                let change = PatchLine { unit_price_minor: Patch::Set(5), ..PatchLine::default() };
                app::events::lines::patch(ctx, tx, event, id, change)
            })
            .await;
        assert_eq!(code(priced), "facility_stock_price");
        let used = scene.submit(&ann, case.head.id).await.unwrap();
        assert_eq!((used.head.status, used.head.total_minor), (EventStatus::Paid, Some(0)));
        assert_eq!(scene.unit(units[0]).await, (INACTIVE, false, None, dana.actor.id));
        assert_eq!(scene.figures().await, (1, 300_000));
        assert!(scene.earned(case.head.id).await.is_empty());

        // One way: what a rep sold, the distributor does not use in an event of its own.
        let own = scene.units(scene.item, &ann, 1, None).await;
        sell(&scene, &ann, scene.mercy, &own).await;
        let of_dana = scene.event(EventType::Case, &dana, scene.mercy).await;
        assert_eq!(code(scene.mark(&dana, of_dana.head.id, &own).await), "unit_not_usable_by_representative");
        let of_ann = scene.create(&dana, scene.plan(EventType::Case, &ann, scene.mercy)).await.unwrap();
        scene.mark(&dana, of_ann.head.id, &own).await.unwrap();

        // Reassigned, it is the new rep's to use; nothing was sold.
        let shelf = units[2];
        let to = bob.actor.id;
        scene
            .run(&scene.admin, move |ctx, tx| {
                let body = ReassignFacilityStock { unit_ids: vec![shelf], to_user_id: to, reason: "Bob covers".into() };
                app::units::reassign(ctx, tx, &body)
            })
            .await
            .unwrap();
        let of_bob = scene.event(EventType::Case, &bob, scene.mercy).await;
        assert_eq!(usable(&scene, &bob, of_bob.head.id).await, [shelf]);
        scene.mark(&bob, of_bob.head.id, &[shelf]).await.unwrap();
        assert_eq!(scene.submit(&bob, of_bob.head.id).await.unwrap().head.total_minor, Some(0));
        assert_eq!(scene.figures().await, (2, 400_000));
        scene.prove().await;
    });
}

#[test]
fn a_rep_uses_a_distributors_stock_only_while_it_is_shared() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana").await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        scene.link(&dana, &ann, false).await;
        scene.link(&dana, &bob, false).await;
        let shared = scene.units(scene.item, &dana, 1, None).await;
        let of_bob = scene.units(scene.item, &bob, 1, None).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(code(scene.mark(&ann, case, &shared).await), "not_found");
        let org = scene.org;
        scene
            .app
            .db()
            .write(move |tx| -> store::Result<()> {
                tx.exec(
                    "UPDATE people_user SET shares_inventory = 1 WHERE organization_id = $1 AND role = 'distributor'",
                    args![org],
                )?;
                store::people::refresh_reach(tx, org)
            })
            .await
            .unwrap();
        assert_eq!(usable(&scene, &ann, case).await, shared);
        scene.mark(&ann, case, &shared).await.unwrap();
        assert_eq!(code(scene.mark(&ann, case, &of_bob).await), "not_found");
        assert_eq!(code(scene.mark(&dana, case, &of_bob).await), "unit_not_usable_by_representative");
        assert_eq!(scene.unit(shared[0]).await.0, IN_EVENT);
        scene.prove().await;
    });
}

#[test]
fn of_two_cases_that_want_one_unit_exactly_one_wins() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        for _ in 0..5 {
            let unit = scene.units(scene.item, &ann, 1, None).await;
            let first = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
            let second = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
            let (a, b) = tokio::join!(scene.mark(&ann, first, &unit), scene.mark(&ann, second, &unit));
            let mut codes = [code(a), code(b)];
            codes.sort_unstable();
            assert_eq!(codes, ["ok", "unit_in_event"]);
        }
        scene.prove().await;
    });
}

#[test]
fn submitting_twice_is_refused_and_a_repeated_key_answers_again() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        assert_eq!(code(scene.submit(&ann, case).await), "event_empty");
        scene.mark(&ann, case, &units).await.unwrap();
        let (a, b) = tokio::join!(scene.submit(&ann, case), scene.submit(&ann, case));
        let mut codes = [code(a), code(b)];
        codes.sort_unstable();
        assert_eq!(codes, ["event_not_open", "ok"]);
        assert_eq!(scene.figures().await, (1, 100_000));
        assert_eq!(code(scene.mark(&ann, case, &units).await), "event_not_open");
        scene.prove().await;
    });
}

#[test]
fn reopening_brings_everything_back_and_submitting_again_counts_once() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &units).await.unwrap();
        let first = scene.submit(&ann, case).await.unwrap();
        assert_eq!(scene.unit(units[0]).await.0, INACTIVE);
        let reopen = |ctx: Ctx| {
            let scene = &scene;
            async move {
                scene.run(&ctx, move |ctx, tx| app::events::settle::reopen(ctx, tx, case, "one was not used")).await
            }
        };
        assert_eq!(code(reopen(ann.clone()).await), "not_allowed");
        let open = reopen(scene.admin.clone()).await.unwrap();
        assert_eq!((open.head.status, open.sales_order_id), (EventStatus::Open, None));
        assert_eq!(scene.unit(units[1]).await.0, IN_EVENT);
        assert_eq!(scene.figures().await, (0, 0));
        assert!(scene.earned(case).await.is_empty());
        let line = open.lines[1].id;
        scene.run(&ann, move |ctx, tx| app::events::lines::remove(ctx, tx, case, line)).await.unwrap();
        assert_eq!(scene.unit(units[1]).await.0, AVAILABLE);
        let second = scene.submit(&ann, case).await.unwrap();
        assert_eq!((second.head.revision, second.head.total_minor), (2, Some(100_000)));
        assert_ne!(first.sales_order_id, second.sales_order_id);
        assert_eq!(scene.figures().await, (1, 100_000));
        assert_eq!(scene.earned(case).await, [(ann.actor.id, 10_000)]);
        let numbers = scene
            .app
            .read(&ann, move |ctx, tx| {
                let mut params = ListParams::default();
                params.filters.insert("event_id".into(), case.to_string());
                app::billing::documents::sales_orders(ctx, tx, &params)
            })
            .await
            .unwrap();
        let shown: Vec<(String, i64, String)> =
            numbers.items.into_iter().map(|order| (order.number, order.revision, order.status)).collect();
        assert_eq!(shown, [("SO-000001".into(), 2, "open".into()), ("SO-000001".into(), 1, "cancelled".into())]);
        scene.prove().await;
    });
}

#[test]
fn a_stocking_order_is_final_but_reversed_while_its_units_are_on_the_shelf() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 2, None).await;
        let order = sell(&scene, &ann, scene.mercy, &units).await;
        let reopened =
            scene.run(&scene.admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, order, "wrong")).await;
        assert_eq!(code(reopened), "stocking_order_final");
        let reverse = |ctx: Ctx| {
            let scene = &scene;
            async move { scene.run(&ctx, move |ctx, tx| app::events::settle::reverse(ctx, tx, order, "wrong")).await }
        };
        assert_eq!(code(reverse(ann.clone()).await), "not_allowed");
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let marked = scene.mark(&ann, case, &units[..1]).await.unwrap();
        assert_eq!(code(reverse(scene.admin.clone()).await), "unit_already_used");
        let line = marked.lines[0].id;
        scene.run(&ann, move |ctx, tx| app::events::lines::remove(ctx, tx, case, line)).await.unwrap();
        assert_eq!(scene.unit(units[0]).await, (AVAILABLE, true, Some(scene.mercy), ann.actor.id));
        let reversed = reverse(scene.admin.clone()).await.unwrap();
        assert_eq!(reversed.head.status, EventStatus::Cancelled);
        assert_eq!(scene.unit(units[0]).await, (AVAILABLE, true, None, ann.actor.id));
        assert_eq!(scene.figures().await, (0, 0));
        assert!(scene.earned(order).await.is_empty());
        // Free again, they may be sold again.
        sell(&scene, &ann, scene.mercy, &units).await;
        assert_eq!(scene.figures().await, (1, 200_000));
        scene.prove().await;
    });
}

#[test]
fn a_direct_sale_takes_units_out_of_stock() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, order, &units).await.unwrap();
        let direct = SubmitEvent { keep_as_facility_stock: Some(false) };
        scene.run(&ann, move |ctx, tx| app::events::settle::submit(ctx, tx, order, &direct)).await.unwrap();
        assert_eq!(scene.unit(units[0]).await, (INACTIVE, false, None, ann.actor.id));
        let reversed =
            scene.run(&scene.admin, move |ctx, tx| app::events::settle::reverse(ctx, tx, order, "wrong")).await;
        assert!(reversed.is_ok());
        assert_eq!(scene.unit(units[0]).await, (AVAILABLE, true, None, ann.actor.id));
        scene.prove().await;
    });
}

fn amend_line(id: LineId) -> AmendLine {
    AmendLine { id, remove: false, usage: None, unit_price_minor: Patch::Leave, no_charge: None, note: None }
}

#[test]
fn an_amendment_issues_the_next_edition_and_stock_and_figures_follow() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 3, None).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &units).await.unwrap();
        let first = scene.submit(&ann, case).await.unwrap();
        let amend = |ctx: Ctx, changes: AmendChanges, reason: &'static str| {
            let scene = &scene;
            async move {
                scene
                    .run(&ctx, move |ctx, tx| {
                        let wish = AmendEvent { changes: changes.clone(), reason: reason.into() };
                        app::events::settle::amend(ctx, tx, case, wish)
                    })
                    .await
            }
        };
        let ids: Vec<LineId> = first.lines.iter().map(|line| line.id).collect();
        let changes = AmendChanges {
            patient_reference: Some("P-7".into()),
            lines: vec![
                AmendLine { remove: true, ..amend_line(ids[0]) },
                AmendLine { unit_price_minor: Patch::Set(70_000), ..amend_line(ids[1]) },
                AmendLine { usage: Some(Usage::Explanted), ..amend_line(ids[2]) },
            ],
            ..AmendChanges::default()
        };
        assert_eq!(code(amend(ann.clone(), changes.clone(), "count").await), "not_allowed");
        assert_eq!(code(amend(scene.admin.clone(), changes.clone(), " ").await), "reason_required");
        let amended = amend(scene.admin.clone(), changes, "counted again").await.unwrap();
        assert_eq!((amended.head.status, amended.head.revision), (EventStatus::PendingPo, 2));
        assert_eq!((amended.head.total_minor, amended.head.prices_edited), (Some(70_000), true));
        assert_eq!(scene.unit(units[0]).await.0, AVAILABLE);
        assert_eq!(scene.unit(units[1]).await.0, INACTIVE);
        assert_eq!(scene.figures().await, (1, 70_000));
        assert_eq!(scene.earned(case).await, [(ann.actor.id, 7_000)]);
        let old = first.sales_order_id.unwrap();
        let kept =
            scene.app.read(&ann, move |ctx, tx| app::billing::documents::sales_order(ctx, tx, old)).await.unwrap();
        assert_eq!((kept.head.status.as_str(), kept.head.total_minor), ("replaced", Some(300_000)));
        assert_eq!(kept.document.unwrap().lines.len(), 3);
        // Back again: the unit is used after all.
        let back = AmendChanges {
            lines: vec![AmendLine { usage: Some(Usage::Used), ..amend_line(ids[2]) }],
            ..AmendChanges::default()
        };
        let amended = amend(scene.admin.clone(), back, "used after all").await.unwrap();
        assert_eq!(amended.head.total_minor, Some(170_000));
        let nothing = AmendChanges {
            lines: ids[1..].iter().map(|id| AmendLine { remove: true, ..amend_line(*id) }).collect(),
            ..AmendChanges::default()
        };
        assert_eq!(code(amend(scene.admin.clone(), nothing, "all wrong").await), "event_empty");
        assert_eq!(scene.figures().await, (1, 170_000), "a refused amendment changes nothing");
        let history = scene.app.read(&ann, move |ctx, tx| app::events::history(ctx, tx, case, 100)).await.unwrap();
        let told = serde_json::to_string(&history.items).unwrap();
        assert!(told.contains("event_amended") && told.contains("counted again"));
        assert!(!told.contains("P-7"), "what refers to a patient does not stand in the journal");
        scene.prove().await;
    });
}

#[test]
fn expiry_is_judged_on_the_day_of_the_event_where_the_facility_is() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let last_day = scene.units(scene.item, &ann, 1, Some("2026-11-22")).await;
        // Half past eleven in the evening of the 22nd in New York is the 23rd in UTC.
        let mut plan = scene.plan(EventType::Case, &ann, scene.east);
        plan.starts_at = domain::clock::Instant::parse("2026-11-23T04:30:00Z").unwrap();
        let late = scene.create(&ann, plan.clone()).await.unwrap();
        assert_eq!(
            (late.head.event_on.to_string(), late.head.time_zone.as_str()),
            ("2026-11-22".into(), "America/New_York")
        );
        assert_eq!(usable(&scene, &ann, late.head.id).await, last_day);
        plan.starts_at = domain::clock::Instant::parse("2026-11-23T05:30:00Z").unwrap();
        let next_day = scene.create(&ann, plan).await.unwrap().head.id;
        assert!(usable(&scene, &ann, next_day).await.is_empty());
        assert_eq!(code(scene.mark(&ann, next_day, &last_day).await), "unit_expired");
        scene.mark(&ann, late.head.id, &last_day).await.unwrap();
        // Moved by an hour, the case is on the next day: the line warns and is not submitted.
        let event = late.head.id;
        let moved = scene
            .run(&ann, move |ctx, tx| {
                let starts = domain::clock::Instant::parse("2026-11-23T05:30:00Z");
                app::events::plan::patch(ctx, tx, event, PatchEvent { starts_at: starts, ..PatchEvent::default() })
            })
            .await
            .unwrap();
        assert_eq!(moved.lines[0].warning.as_ref().unwrap().code, "unit_expired");
        assert_eq!(code(scene.submit(&ann, event).await), "unit_expired");
        let other = scene.units(scene.item, &ann, 1, Some("2026-01-31")).await;
        scene.mark_as(&ann, next_day, &other, Some(Usage::Used), "The label was read wrongly").await.unwrap();
        let done = scene.submit(&ann, next_day).await.unwrap();
        assert_eq!(done.lines[0].expiry_reason, "The label was read wrongly");
        // Past its date, it is still written off.
        let old = scene.units(scene.item, &scene.person(Role::Sales, "Bo").await, 1, Some("2026-01-31")).await;
        let bo = scene.unit(old[0]).await.3;
        let mut plan = scene.plan(EventType::StockAdjustment, &ann, scene.east);
        plan.representative_id = Some(bo);
        assert_eq!(code(scene.create(&ann, plan.clone()).await), "not_allowed");
        let written_off = scene.create(&scene.admin, plan).await.unwrap().head.id;
        scene.mark(&scene.admin, written_off, &old).await.unwrap();
        assert_eq!(scene.submit(&scene.admin, written_off).await.unwrap().head.status, EventStatus::Adjusted);
        scene.prove().await;
    });
}

#[test]
fn prices_come_from_the_nearest_agreement_and_only_the_right_people_change_them() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 4, None).await;
        let other = scene.units(scene.own_item, &ann, 1, None).await;
        let tool = scene.units(scene.tool, &ann, 1, None).await;
        scene.agree(scene.mercy.uuid(), scene.item, 80_000).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &[units[0], other[0], tool[0]]).await.unwrap();
        let shown = scene.mark_as(&ann, case, &units[1..2], Some(Usage::InOut), "").await.unwrap();
        let price = |unit: UnitId| {
            let line = shown.lines.iter().find(|line| line.unit_id == unit).unwrap();
            (line.unit_price_minor, line.price_source, line.amount_minor)
        };
        assert_eq!(price(units[0]), (Some(80_000), PriceSource::Contract, Some(80_000)));
        assert_eq!(price(other[0]), (Some(40_000), PriceSource::List, Some(40_000)));
        assert_eq!(price(tool[0]), (Some(0), PriceSource::None, Some(0)));
        assert_eq!(price(units[1]), (Some(0), PriceSource::None, Some(0)));
        assert_eq!(shown.head.total_minor, Some(120_000));

        let line = |unit: UnitId| shown.lines.iter().find(|line| line.unit_id == unit).unwrap().id;
        let set = |ctx: Ctx, line: LineId, minor: i64| {
            let scene = &scene;
            async move {
                scene
                    .run(&ctx, move |ctx, tx| {
                        let change = PatchLine { unit_price_minor: Patch::Set(minor), ..PatchLine::default() };
                        app::events::lines::patch(ctx, tx, case, line, change)
                    })
                    .await
            }
        };
        assert_eq!(code(set(ann.clone(), line(units[0]), 1).await), "price_locked");
        assert_eq!(code(set(ann.clone(), line(units[1]), -1).await), "price_negative");
        let opened = set(ann.clone(), line(units[1]), 30_000).await.unwrap();
        assert_eq!((opened.line.amount_minor, opened.total_minor), (Some(30_000), Some(150_000)));
        let sold = set(scene.admin.clone(), line(units[0]), 75_000).await.unwrap();
        assert_eq!((sold.line.price_source, sold.total_minor), (PriceSource::Manual, Some(145_000)));
        scene
            .sql(
                "UPDATE people_user SET settings = '{\"modify_prices\":true}' WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let ann = scene.world.again(&ann).await;
        assert_eq!(set(ann.clone(), line(units[0]), 79_000).await.unwrap().total_minor, Some(149_000));
        // Back to what was agreed; other usages are never billed.
        let (first, event) = (line(units[0]), case);
        let agreed = scene
            .run(&ann, move |ctx, tx| {
                let change = PatchLine { unit_price_minor: Patch::Clear, ..PatchLine::default() };
                app::events::lines::patch(ctx, tx, event, first, change)
            })
            .await
            .unwrap();
        assert_eq!((agreed.line.price_source, agreed.line.unit_price_minor), (PriceSource::Contract, Some(80_000)));
        let missing = scene
            .run(&ann, move |ctx, tx| {
                let change = PatchLine { usage: Some(Usage::Missing), ..PatchLine::default() };
                app::events::lines::patch(ctx, tx, event, first, change)
            })
            .await
            .unwrap();
        assert_eq!((missing.line.amount_minor, missing.total_minor), (Some(0), Some(70_000)));
        assert_eq!(code(set(scene.admin.clone(), first, 5).await), "usage_not_billed");
        assert_eq!(code(scene.submit(&ann, case).await), "note_required");
        // Another location, other prices; what was typed stays.
        let east = scene.east;
        let moved = scene
            .run(&ann, move |ctx, tx| {
                let back = PatchLine { usage: Some(Usage::Used), ..PatchLine::default() };
                app::events::lines::patch(ctx, tx, event, first, back)?;
                let change = PatchEvent { location_id: Patch::Set(east), ..PatchEvent::default() };
                app::events::plan::patch(ctx, tx, event, change)
            })
            .await
            .unwrap();
        assert_eq!(moved.head.total_minor, Some(170_000));
        assert_eq!(moved.head.time_zone, "America/New_York");
        let done = scene.submit(&ann, case).await.unwrap();
        assert_eq!(done.head.total_minor, Some(170_000));
        assert_eq!(scene.unit(tool[0]).await.0, AVAILABLE, "a reusable unit goes back to stock");
        assert_eq!(scene.unit(units[1]).await.0, INACTIVE, "an opened single-use unit does not");
        scene.prove().await;
    });
}

#[test]
fn people_plan_for_themselves_and_those_they_act_for() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana").await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let ops = scene.world.person(Role::Operations, "Olly Office").await;
        let fay = scene.world.person(Role::FacilityManager, "Fay Facility").await;
        scene.assign(&fay, "location", scene.mercy.uuid()).await;
        let lost = scene.world.person(Role::Sales, "Lost Larry").await;
        scene.link(&dana, &ann, true).await;
        let plan = |whose: &Ctx| scene.plan(EventType::Case, whose, scene.mercy);
        assert_eq!(code(scene.create(&ann, plan(&ann)).await), "ok");
        assert_eq!(code(scene.create(&ann, plan(&bob)).await), "not_found");
        assert_eq!(code(scene.create(&dana, plan(&ann)).await), "ok");
        assert_eq!(code(scene.create(&dana, plan(&bob)).await), "not_found");
        assert_eq!(code(scene.create(&ops, plan(&bob)).await), "ok");
        assert_eq!(code(scene.create(&ops, plan(&ops)).await), "role_cannot_hold_stock");
        assert_eq!(code(scene.create(&fay, plan(&fay)).await), "ok");
        assert_eq!(code(scene.create(&fay, plan(&bob)).await), "not_found");
        assert_eq!(code(scene.create(&fay, scene.plan(EventType::Case, &fay, scene.east)).await), "not_found");
        assert_eq!(code(scene.create(&lost, plan(&lost)).await), "not_found", "not assigned to the location");

        // Who sees what: own, the group, the office everything, the facility its own.
        let titles = |ctx: Ctx| {
            let app = scene.app.clone();
            async move {
                let params = ListParams { count: true, ..ListParams::default() };
                let page = app.read(&ctx, move |ctx, tx| app::events::list(ctx, tx, &params)).await.unwrap();
                assert_eq!(page.total, Some(page.items.len() as i64), "the count is that of the rows");
                page.items.len()
            }
        };
        assert_eq!(titles(ann.clone()).await, 2);
        assert_eq!(titles(dana.clone()).await, 2);
        assert_eq!(titles(bob.clone()).await, 1);
        assert_eq!(titles(ops.clone()).await, 4);
        assert_eq!(titles(fay.clone()).await, 4);
        assert_eq!(titles(lost.clone()).await, 0);

        // A second representative sees the event, and changes nothing.
        let mut shared = plan(&ann);
        shared.name = "Revision hip".into();
        shared.sub_representatives = vec![SubRepresentativeRef::Share(SubRepresentative {
            user_id: bob.actor.id,
            split_bp: Some(4_000),
            split_minor: None,
        })];
        let shared = scene.create(&ann, shared).await.unwrap().head.id;
        assert_eq!(titles(bob.clone()).await, 2);
        assert!(scene.get(&bob, shared).await.is_ok());
        assert_eq!(code(scene.get(&lost, shared).await), "not_found");
        assert!(scene.get(&fay, shared).await.is_ok());
        let rename = PatchEvent { name: Some("Mine".into()), ..PatchEvent::default() };
        for (who, expected) in [(&bob, "not_your_event"), (&fay, "not_your_event"), (&lost, "not_found"), (&dana, "ok")]
        {
            let change = rename.clone();
            let changed =
                scene.run(who, move |ctx, tx| app::events::plan::patch(ctx, tx, shared, change.clone())).await;
            assert_eq!(code(changed), expected);
        }
        let found = scene.app.read(&bob, |ctx, tx| app::events::list(ctx, tx, &with_q("min"))).await.unwrap();
        assert_eq!((found.items.len(), found.total), (1, Some(1)));
        let found = scene.app.read(&bob, |ctx, tx| app::events::list(ctx, tx, &with_q("EV-000005"))).await.unwrap();
        assert_eq!(found.items.len(), 1);
        // The commission is split as agreed.
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, shared, &units).await.unwrap();
        scene.submit(&ann, shared).await.unwrap();
        let mut earned = scene.earned(shared).await;
        earned.sort_by_key(|(_, amount)| -amount);
        assert_eq!(earned, [(ann.actor.id, 6_000), (bob.actor.id, 4_000)]);
        scene.prove().await;
    });
}

#[test]
fn pages_follow_each_other_without_gaps_for_every_viewer() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana").await;
        let ann = scene.person(Role::Sales, "Ann").await;
        scene.link(&dana, &ann, true).await;
        for n in 0..7 {
            let whose = if n % 2 == 0 { &ann } else { &dana };
            let mut plan = scene.plan(EventType::Case, whose, scene.mercy);
            plan.starts_at = at(&format!("2026-12-0{}", n % 3 + 1));
            if n % 2 == 0 {
                plan.sub_representatives = vec![SubRepresentativeRef::Id(dana.actor.id)];
            }
            scene.create(&dana, plan).await.unwrap();
        }
        for (who, expected) in [(&scene.admin, 7), (&dana, 7), (&ann, 4)] {
            for sort in ["-starts_at", "starts_at", "number", "-created_at,number"] {
                let mut seen = Vec::new();
                let mut cursor = None;
                loop {
                    let params =
                        ListParams { limit: Some(2), sort: Some(sort.into()), cursor, ..ListParams::default() };
                    let page = scene.app.read(who, move |ctx, tx| app::events::list(ctx, tx, &params)).await.unwrap();
                    seen.extend(page.items.into_iter().map(|event| (event.starts_at, event.number)));
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(seen.len(), expected, "{sort}");
                let mut distinct = seen.clone();
                distinct.sort();
                distinct.dedup();
                assert_eq!(distinct.len(), expected, "{sort}: each once");
                if sort == "starts_at" {
                    assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0));
                }
            }
        }
    });
}

#[test]
fn the_representative_changes_only_before_units_and_containers() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let (to_bob, to_ann) = (bob.actor.id, ann.actor.id);
        let hand = |ctx: Ctx, to| {
            let scene = &scene;
            async move {
                scene
                    .run(&ctx, move |ctx, tx| {
                        let change = PatchEvent { representative_id: Some(to), ..PatchEvent::default() };
                        app::events::plan::patch(ctx, tx, event, change)
                    })
                    .await
            }
        };
        assert_eq!(code(hand(ann.clone(), to_bob).await), "not_found");
        assert_eq!(code(hand(scene.admin.clone(), to_bob).await), "ok");
        assert_eq!(code(scene.get(&ann, event).await), "not_found");
        let units = scene.units(scene.item, &bob, 1, None).await;
        scene.mark(&bob, event, &units).await.unwrap();
        assert_eq!(code(hand(scene.admin.clone(), to_ann).await), "use_coverage");
        // The version guards against somebody else's change.
        let mut stale = bob.clone();
        stale.expected_version = Some(1);
        let cancelled = scene.run(&stale, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")).await;
        assert!(matches!(cancelled, Err(Error::Stale(now)) if now["version"] == 3));
        let cancelled =
            scene.run(&bob, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "rained")).await.unwrap();
        assert_eq!(cancelled.head.status, EventStatus::Cancelled);
        assert_eq!(scene.unit(units[0]).await.0, AVAILABLE);
        let copied = scene
            .run(&bob, move |ctx, tx| app::events::plan::copy(ctx, tx, event, CopyEvent::default()))
            .await
            .unwrap();
        assert_eq!((copied.head.status, copied.lines.len()), (EventStatus::Open, 0));
        assert_eq!(copied.head.location_id, Some(scene.mercy));
        assert!(copied.head.starts_at > bob.now);
        scene.prove().await;
    });
}

#[test]
fn containers_and_reusable_units_serve_one_event_at_a_time() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let tray = scene.container(&ann).await;
        let tool = scene.units(scene.tool, &ann, 1, None).await;
        let plan = |hour: i64| {
            let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
            plan.starts_at = at(TODAY).plus_seconds(hour * 3600);
            plan.container_ids = vec![tray];
            plan
        };
        let first = scene.create(&ann, plan(0)).await.unwrap();
        assert_eq!(first.container_ids, [tray]);
        let refused = scene.create(&ann, plan(1)).await;
        assert!(
            matches!(&refused, Err(Error::Conflict { code: "container_booked", message }) if message.contains("EV-000001"))
        );
        let second = scene.create(&ann, plan(2)).await.unwrap().head.id;
        assert_eq!(code(scene.mark(&ann, second, &[tray]).await), "container_not_sellable");
        scene.mark(&ann, first.head.id, &tool).await.unwrap();
        scene.mark(&ann, second, &tool).await.unwrap();
        let earlier = PatchEvent { starts_at: Some(at(TODAY).plus_seconds(3600)), ..PatchEvent::default() };
        let change = earlier.clone();
        let moved = scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, second, change.clone())).await;
        assert_eq!(code(moved), "container_booked");
        let without = PatchEvent { container_ids: Some(Vec::new()), ..earlier };
        let moved = scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, second, without.clone())).await;
        assert_eq!(code(moved), "unit_on_other_event");

        // The calendar shows where one representative is wanted twice.
        let third = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let calendar = |ctx: Ctx| {
            let app = scene.app.clone();
            async move {
                let mut params = ListParams::default();
                params.filters.insert("from".into(), TODAY.into());
                params.filters.insert("to".into(), "2026-11-29".into());
                app.read(&ctx, move |ctx, tx| app::events::calendar::calendar(ctx, tx, &params)).await.unwrap()
            }
        };
        let shown = calendar(ann.clone()).await;
        assert_eq!((shown.items.len(), shown.conflicts.len()), (3, 1));
        assert_eq!(shown.conflicts[0].kind, "representative");
        assert!(shown.conflicts[0].event_ids.contains(&third));
        let stranger = scene.person(Role::Sales, "Bob").await;
        assert!(calendar(stranger).await.items.is_empty());
        // Cancelled, it holds nothing back.
        let event = first.head.id;
        scene.run(&ann, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")).await.unwrap();
        assert_eq!(code(scene.create(&ann, plan(0)).await), "ok");
        scene.prove().await;
    });
}

#[test]
fn a_unit_on_its_way_warns_and_holds_back_submission() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana").await;
        let ann = scene.person(Role::Sales, "Ann").await;
        scene.link(&dana, &ann, true).await;
        let units = scene.units(scene.item, &dana, 1, None).await;
        let case = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, case, &units).await.unwrap();
        let body = contract::transfers::CreateTransfer {
            from: None,
            to: domain::stock::Custodian::user(ann.actor.id).into(),
            unit_ids: units.clone(),
            note: String::new(),
            due_back_on: None,
            place_id: None,
            event_id: None,
            only_for_this_person: false,
        };
        let sent = scene.run(&dana, move |ctx, tx| app::transfers::create(ctx, tx, &body)).await.unwrap();
        let shown = scene.get(&ann, case).await.unwrap();
        assert_eq!(shown.lines[0].warning.as_ref().unwrap().code, "unit_in_transfer");
        assert_eq!(code(scene.submit(&ann, case).await), "unit_not_with_representative");
        let warned = scene.app.read(&ann, move |ctx, tx| app::events::warnings::list(ctx, tx, case)).await.unwrap();
        assert!(warned.items.iter().any(|it| it.line_id == Some(shown.lines[0].id)));
        let transfer = sent.transfer.id;
        scene
            .run(&ann, move |ctx, tx| {
                app::transfers::accept(ctx, tx, transfer, &contract::transfers::AcceptTransfer::default())
            })
            .await
            .unwrap();
        let done = scene.submit(&ann, case).await.unwrap();
        assert_eq!(done.lines[0].custodian_id, ann.actor.id);
        scene.prove().await;
    });
}

#[test]
fn a_stocking_order_of_a_grouped_rep_proposes_the_distributor() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana").await;
        let ann = scene.person(Role::Sales, "Ann").await;
        scene.link(&dana, &ann, true).await;
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await;
        assert_eq!(order.suggestion.unwrap().representative_id, dana.actor.id);
        assert!(scene.event(EventType::Case, &ann, scene.mercy).await.suggestion.is_none());
        assert!(scene.event(EventType::StockingOrder, &dana, scene.mercy).await.suggestion.is_none());
    });
}

#[test]
fn twenty_thousand_lines_are_submitted_and_two_hundred_quickly() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 200, None).await;
        let small = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, small, &units).await.unwrap();
        let begun = std::time::Instant::now();
        scene.submit(&ann, small).await.unwrap();
        eprintln!("200 lines submitted in {:?}", begun.elapsed());
        let units = scene.units(scene.item, &ann, 6_000, None).await;
        let large = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let begun = std::time::Instant::now();
        scene.mark(&ann, large, &units).await.unwrap();
        eprintln!("6,000 lines marked in {:?}", begun.elapsed());
        let begun = std::time::Instant::now();
        let done = scene.submit(&ann, large).await.unwrap();
        eprintln!("6,000 lines submitted in {:?}", begun.elapsed());
        assert_eq!(done.head.total_minor, Some(600_000_000));
        let gone = "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1 AND active = 0";
        assert_eq!(scene.numbers(gone, args![scene.org]).await, [6_200]);
        let too_many = vec![Id::from_uuid(uuid::Uuid::nil()); 10_001];
        assert_eq!(code(scene.mark(&ann, large, &too_many).await), "event_not_open");
        scene.prove().await;
    });
}
