//! Rules and statements of commission.

use crate::billing::{case, invoices, pay};
use crate::scene::{Scene, code};
use app::{Ctx, Tx};
use contract::commission::{
    CancelCommissionStatement, CommissionAccount, CommissionStatementParts, CreateCommissionRule,
    IssueCommissionStatement, PatchCommissionRule,
};
use contract::events::{AmendChanges, AmendEvent, SubRepresentative, SubRepresentativeRef};
use domain::clock::Day;
use domain::event::EventStatus;
use domain::id::{CommissionStatementId, Id, UserId};
use domain::people::Role;
use testkit::{World, on_both};

async fn rule(scene: &Scene, new: CreateCommissionRule) -> app::Result<contract::commission::CommissionRule> {
    scene.run(&scene.admin, move |ctx, tx| app::commission::create_rule(ctx, tx, &new)).await
}

async fn account(scene: &Scene, ctx: &Ctx, user: UserId) -> app::Result<CommissionAccount> {
    scene.app.read(ctx, move |ctx, tx| app::commission::account(ctx, tx, user, None, None)).await
}

async fn issue(scene: &Scene, ctx: &Ctx, user: UserId) -> app::Result<CommissionStatementParts> {
    let (from, to) = (Day::parse("2026-10-01").unwrap(), Day::parse("2026-12-31").unwrap());
    let ask = IssueCommissionStatement { user_id: user, from, to, include_accrued: false };
    scene.run(ctx, move |ctx, tx| app::commission::issue(ctx, tx, &ask)).await
}

async fn settle(scene: &Scene, ctx: &Ctx, id: CommissionStatementId) -> app::Result<CommissionStatementParts> {
    scene.run(ctx, move |ctx, tx| app::commission::pay(ctx, tx, id)).await
}

#[test]
fn an_item_earns_at_its_own_rate_and_says_why() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let nothing =
            CreateCommissionRule { name: "Everything".into(), rate_bp: 100, ..CreateCommissionRule::default() };
        assert_eq!(code(rule(&scene, nothing).await), "rule_names_nothing");
        let foreign = CreateCommissionRule {
            name: "X".into(),
            rate_bp: 100,
            catalog_item_id: Some(Id::from_uuid(scene.customer)),
            ..CreateCommissionRule::default()
        };
        assert_eq!(code(rule(&scene, foreign).await), "not_found");
        let rods = CreateCommissionRule {
            name: "Rods".into(),
            rate_bp: 2_000,
            catalog_item_id: Some(Id::from_uuid(scene.own_item)),
            ..CreateCommissionRule::default()
        };
        let made = rule(&scene, rods).await.unwrap();
        // 1,000.00 at 10 %, 400.00 at 20 %.
        let (event, _) = case(&scene, &ann).await;
        assert_eq!(scene.earned(event.head.id).await, [(ann.actor.id, 18_000)]);
        let it = account(&scene, &ann, ann.actor.id).await.unwrap();
        assert_eq!((it.accrued_minor, it.payable_minor), (18_000, 0));
        assert_eq!(
            it.parts[0].explanation,
            "10% (rate of the representative) of 1,000.00 USD is 100.00 USD; 20% (rule \u{201c}Rods\u{201d}) of 400.00 USD is 80.00 USD; \
             together 180.00 USD."
        );
        let out = PatchCommissionRule { archived: Some(true), ..PatchCommissionRule::default() };
        scene.run(&scene.admin, move |ctx, tx| app::commission::patch_rule(ctx, tx, made.id, &out)).await.unwrap();
        let (later, _) = case(&scene, &ann).await;
        assert_eq!(scene.earned(later.head.id).await, [(ann.actor.id, 14_000)]);
        let not_hers = scene.run(&ann, |ctx, tx| {
            app::commission::create_rule(
                ctx,
                tx,
                &CreateCommissionRule { name: "Mine".into(), ..CreateCommissionRule::default() },
            )
        });
        assert_eq!(code(not_hers.await), "not_allowed");
        scene.prove().await;
    });
}

#[test]
fn a_statement_holds_what_is_payable_and_paying_it_settles_the_event() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        assert_eq!(code(issue(&scene, &scene.admin, ann.actor.id).await), "nothing_payable");
        scene.order(&ann, id, "All", None).await.unwrap();
        for invoice in invoices(&scene, &scene.admin, id).await {
            pay(&scene, &scene.admin, invoice.id, invoice.total_minor.unwrap()).await.unwrap();
        }
        assert_eq!(scene.get(&ann, id).await.unwrap().head.status, EventStatus::PendingPayment);
        assert_eq!(account(&scene, &ann, ann.actor.id).await.unwrap().payable_minor, 14_000);
        assert_eq!(code(issue(&scene, &ann, ann.actor.id).await), "not_allowed");
        let stranger = scene.person(Role::Sales, "Bob").await;
        assert_eq!(code(account(&scene, &stranger, ann.actor.id).await), "not_found");
        let first = issue(&scene, &scene.admin, ann.actor.id).await.unwrap();
        assert_eq!((first.head.number.as_str(), first.head.total_minor, first.parts.len()), ("COM-000001", 14_000, 1));
        assert_eq!(code(issue(&scene, &scene.admin, ann.actor.id).await), "nothing_payable");
        let read = |who: Ctx, id| {
            let app = scene.app.clone();
            async move { app.read(&who, move |ctx, tx| app::commission::statement(ctx, tx, id)).await }
        };
        assert_eq!(code(read(stranger.clone(), first.head.id).await), "not_found");
        assert_eq!(read(ann.clone(), first.head.id).await.unwrap().head.total_minor, 14_000);

        // Cancelled and issued again; then paid.
        let cancelled = first.head.id;
        let ask = CancelCommissionStatement { reason: "wrong period".into() };
        scene.run(&scene.admin, move |ctx, tx| app::commission::cancel(ctx, tx, cancelled, &ask)).await.unwrap();
        assert_eq!(code(settle(&scene, &scene.admin, cancelled).await), "statement_cancelled");
        let second = issue(&scene, &scene.admin, ann.actor.id).await.unwrap();
        let paid = settle(&scene, &scene.admin, second.head.id).await.unwrap();
        assert_eq!((paid.head.status.as_str(), paid.parts[0].state.as_str()), ("paid", "paid"));
        assert_eq!(scene.get(&ann, id).await.unwrap().head.status, EventStatus::Paid);
        assert_eq!(code(settle(&scene, &scene.admin, second.head.id).await), "statement_paid");
        let made = second.head.id;
        let paper = scene.app.read(&ann, move |ctx, tx| app::commission::statement_pdf(ctx, tx, made)).await.unwrap();
        assert!(paper.bytes.starts_with(b"%PDF") && paper.file_name == "COM-000002.pdf");
        let table = scene.app.read(&ann, move |ctx, tx| app::commission::statement_csv(ctx, tx, made)).await.unwrap();
        let text = String::from_utf8(table.bytes).unwrap();
        assert!(text.contains("140.00"), "{text}");
        scene.prove().await;
    });
}

#[test]
fn what_was_paid_and_is_credited_is_taken_back_on_the_next_statement() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        scene.order(&ann, id, "All", None).await.unwrap();
        scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        let invoice = invoices(&scene, &scene.admin, id).await[0].id;
        let ask = contract::credits::CreditInvoice {
            amount_minor: Some(70_000),
            reason: "returned".into(),
            ..contract::credits::CreditInvoice::default()
        };
        scene.run(&scene.admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, invoice, &ask)).await.unwrap();
        let it = account(&scene, &ann, ann.actor.id).await.unwrap();
        assert_eq!((it.paid_minor, it.payable_minor, it.clawed_back_minor), (14_000, 7_000, -14_000));
        let made = issue(&scene, &scene.admin, ann.actor.id).await.unwrap();
        assert_eq!(made.head.total_minor, -7_000, "half was credited");
        settle(&scene, &scene.admin, made.head.id).await.unwrap();
        let it = account(&scene, &ann, ann.actor.id).await.unwrap();
        assert_eq!((it.paid_minor, it.payable_minor, it.clawed_back_minor), (7_000, 0, 0));
        scene.prove().await;
    });
}

#[test]
fn who_shares_it_is_said_anew_after_submission_and_what_was_paid_is_shared_anew() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        let whole: i64 = scene.earned(id).await.iter().map(|(_, minor)| minor).sum();
        assert_eq!(scene.earned(id).await, [(ann.actor.id, whole)]);
        let share = async |whom: &[(&Ctx, i32)]| {
            let all = whom.iter().map(|(who, bp)| SubRepresentative {
                user_id: who.actor.id,
                split_bp: Some(*bp),
                split_minor: None,
            });
            let changes = AmendChanges {
                sub_representatives: Some(all.map(SubRepresentativeRef::Share).collect()),
                ..AmendChanges::default()
            };
            let wish = AmendEvent { changes, reason: "Bob stood in for an hour".into() };
            let admin = scene.world.again(&scene.admin).await;
            scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await
        };
        assert_eq!(code(share(&[(&ann, 2_500)]).await), "already_on_event");
        assert_eq!(code(share(&[(&bob, 12_000)]).await), "shares_over_whole");
        let amended = share(&[(&bob, 2_500)]).await.unwrap();
        assert_eq!((amended.sub_representatives.len(), amended.head.revision), (1, 2));
        let mut parts = scene.earned(id).await;
        parts.sort_by_key(|(_, minor)| *minor);
        assert_eq!(parts, [(bob.actor.id, whole / 4), (ann.actor.id, whole - whole / 4)]);
        // Paid, then said otherwise: what Bob was paid is taken back, and Ann is owed the difference.
        scene.order(&scene.admin, id, "All", None).await.unwrap();
        let admin = scene.world.again(&scene.admin).await;
        scene.run(&admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        share(&[]).await.unwrap();
        assert_eq!(scene.earned(id).await, [(ann.actor.id, whole)]);
        scene.prove().await;
        // Whoever left the company keeps the part that they had until somebody takes it away.
        share(&[(&bob, 1_000)]).await.unwrap();
        let off = "UPDATE people_user SET active = 0 WHERE organization_id = $1 AND id = $2";
        scene.sql(off, store::args![scene.org, bob.actor.id.uuid()]).await;
        assert_eq!(share(&[(&bob, 1_500)]).await.unwrap().sub_representatives[0].split_bp, Some(1_500));
        share(&[]).await.unwrap();
        assert_eq!(code(share(&[(&bob, 1_500)]).await), "not_found");
    });
}

/// Parts of the commission as they are asked for.
fn parts(all: &[(&Ctx, Option<i32>, Option<i64>)]) -> Vec<SubRepresentativeRef> {
    let one = |(who, split_bp, split_minor): &(&Ctx, Option<i32>, Option<i64>)| {
        let (split_bp, split_minor) = (*split_bp, *split_minor);
        SubRepresentativeRef::Share(SubRepresentative { user_id: who.actor.id, split_bp, split_minor })
    };
    all.iter().map(one).collect()
}

#[test]
fn a_part_may_be_an_amount_that_is_taken_off_first() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let carl = scene.person(Role::Sales, "Carl").await;
        scene
            .sql(
                "UPDATE people_user SET commission_rate_bp = 1000 WHERE organization_id = $1 AND id = $2",
                store::args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let id = scene.event(domain::event::EventType::Case, &ann, scene.mercy).await.head.id;
        // 100,000 at 10 % are 10,000.
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, id, &units).await.unwrap();
        let share = async |all: &[(&Ctx, Option<i32>, Option<i64>)]| {
            let subs = Some(parts(all));
            let change = contract::events::PatchEvent { sub_representatives: subs, ..Default::default() };
            scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, id, change.clone())).await
        };
        assert_eq!(code(share(&[(&bob, Some(100), Some(100))]).await), "share_said_twice");
        assert_eq!(code(share(&[(&bob, None, Some(-1))]).await), "amount_negative");
        // More than the event earns is told before it is submitted, and refused then.
        share(&[(&bob, None, Some(10_001))]).await.unwrap();
        let read = move |ctx: &Ctx, tx: &mut Tx| app::events::warnings::list(ctx, tx, id);
        let told = scene.app.read(&ann, read).await.unwrap().items;
        assert!(told.iter().any(|it| it.code == "shares_over_commission" && it.message.contains("100.01 USD")));
        assert_eq!(code(scene.submit(&ann, id).await), "shares_over_commission");
        let shared = share(&[(&bob, None, Some(3_000)), (&carl, Some(2_500), None)]).await.unwrap();
        let of = |who: &Ctx| shared.sub_representatives.iter().find(|it| it.user_id == who.actor.id).unwrap().clone();
        assert_eq!((of(&bob).split_minor, of(&carl).split_bp), (Some(3_000), Some(2_500)));
        scene.submit(&ann, id).await.unwrap();
        let earned = async |who: &Ctx| {
            scene.earned(id).await.iter().find(|(user, _)| *user == who.actor.id).map_or(0, |(_, minor)| *minor)
        };
        assert_eq!((earned(&ann).await, earned(&bob).await, earned(&carl).await), (5_250, 3_000, 1_750));
        // A copy is shared alike; an amendment may say otherwise, but not more than there is.
        let wish = contract::events::CopyEvent::default();
        let copied = scene.run(&ann, move |ctx, tx| app::events::plan::copy(ctx, tx, id, wish.clone())).await.unwrap();
        assert!(copied.sub_representatives.iter().any(|it| it.split_minor == Some(3_000)));
        let amend = async |all: &[(&Ctx, Option<i32>, Option<i64>)]| {
            let changes = AmendChanges { sub_representatives: Some(parts(all)), ..AmendChanges::default() };
            let wish = AmendEvent { changes, reason: "as agreed by telephone".into() };
            let admin = scene.world.again(&scene.admin).await;
            scene.run(&admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await
        };
        assert_eq!(code(amend(&[(&bob, None, Some(20_000))]).await), "shares_over_commission");
        amend(&[(&bob, None, Some(4_000))]).await.unwrap();
        assert_eq!((earned(&ann).await, earned(&bob).await, earned(&carl).await), (6_000, 4_000, 0));
        // Half of it is credited: half of each part is taken back.
        scene.order(&scene.admin, id, "All", None).await.unwrap();
        let invoice = invoices(&scene, &scene.admin, id).await[0].id;
        let ask = contract::credits::CreditInvoice {
            amount_minor: Some(50_000),
            reason: "returned".into(),
            ..contract::credits::CreditInvoice::default()
        };
        let admin = scene.world.again(&scene.admin).await;
        scene.run(&admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, invoice, &ask)).await.unwrap();
        assert_eq!((earned(&ann).await, earned(&bob).await), (3_000, 2_000));
        scene.prove().await;
    });
}
