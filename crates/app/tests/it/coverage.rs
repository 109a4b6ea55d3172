//! Cover: the situations that took a page of steps, each in one; who may; what moved meanwhile; races; taking back.

use crate::scene::{Scene, at, code};
use app::{Ctx, Error, Result};
use contract::coverage::{
    ApplyCover, Arrived, CompleteTask, CoverCandidates, CoverEdits, CoverMove, CoverPreview, CoveredEvent, NeedLine,
    PatchCoverSettings, PreviewCover, PutNeeds, RequestCover, Task,
};
use contract::events::PatchEvent;
use contract::transfers::CreateTransfer;
use contract::{ListParams, Page};
use domain::coverage::MoveKind;
use domain::event::{EventStatus, EventType};
use domain::id::{EventId, Id, LocationId, TaskId, UnitId, UserId};
use domain::people::Role;
use domain::stock::Custodian;
use std::sync::Arc;
use store::args;
use testkit::{World, on_both};

/// A week after the scene's day: time enough for couriers.
const LATER: &str = "2026-11-30";

pub async fn case(scene: &Scene, whose: &Ctx, day: &str) -> EventId {
    let mut plan = scene.plan(EventType::Case, whose, scene.mercy);
    plan.starts_at = at(day);
    plan.physician_id = Some(Id::from_uuid(scene.physician));
    plan.manufacturer_ids = vec![Id::from_uuid(scene.maker)];
    scene.create(&scene.admin, plan).await.expect("a case").head.id
}

pub async fn needs(scene: &Scene, event: EventId, lines: &[(uuid::Uuid, i64)]) {
    let needs: Vec<NeedLine> = lines
        .iter()
        .map(|(item, quantity)| NeedLine { catalog_item_id: Id::from_uuid(*item), quantity: *quantity })
        .collect();
    let body = PutNeeds { preference_card_id: None, needs };
    scene.run(&scene.admin, move |ctx, tx| app::coverage::needs::put(ctx, tx, event, &body)).await.expect("needs");
}

pub async fn candidates(scene: &Scene, ctx: &Ctx, event: EventId) -> Result<CoverCandidates> {
    scene.app.read(ctx, move |ctx, tx| app::coverage::candidates(ctx, tx, event)).await
}

async fn preview_with(scene: &Scene, ctx: &Ctx, event: EventId, to: UserId, edits: CoverEdits) -> Result<CoverPreview> {
    let ask = PreviewCover { representative_id: to, edits };
    scene.run(ctx, move |ctx, tx| app::coverage::preview(ctx, tx, event, &ask)).await
}

pub async fn preview(scene: &Scene, ctx: &Ctx, event: EventId, to: &Ctx) -> Result<CoverPreview> {
    preview_with(scene, ctx, event, to.actor.id, CoverEdits::default()).await
}

pub async fn apply(scene: &Scene, ctx: &Ctx, event: EventId, plan: &CoverPreview) -> Result<CoveredEvent> {
    let body = ApplyCover { preview_token: plan.preview_token, reason: "Cannot come".into() };
    scene.run(ctx, move |ctx, tx| app::coverage::apply(ctx, tx, event, &body)).await
}

pub async fn cover(scene: &Scene, ctx: &Ctx, event: EventId, to: &Ctx) -> CoveredEvent {
    let plan = preview(scene, ctx, event, to).await.expect("a plan");
    apply(scene, ctx, event, &plan).await.expect("applied")
}

async fn undo(scene: &Scene, ctx: &Ctx, event: EventId) -> Result<contract::events::Event> {
    scene.run(ctx, move |ctx, tx| app::coverage::undo(ctx, tx, event)).await
}

async fn complete(scene: &Scene, ctx: &Ctx, task: TaskId, arrived: Vec<Arrived>) -> Result<Task> {
    let body = CompleteTask { arrived, note: String::new() };
    scene.run(ctx, move |ctx, tx| app::coverage::tasks::complete(ctx, tx, task, &body)).await
}

pub async fn tasks(scene: &Scene, ctx: &Ctx) -> Vec<Task> {
    let found: Page<Task> = scene
        .app
        .read(ctx, |ctx, tx| app::coverage::tasks::list(ctx, tx, &ListParams::default()))
        .await
        .expect("tasks");
    found.items
}

async fn notices(scene: &Scene, whom: &Ctx, kind: &'static str) -> i64 {
    let args = args![scene.org, whom.actor.id.uuid(), kind].to_vec();
    let sql = "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND user_id = $2 AND kind = $3";
    scene.numbers(sql, &args).await[0]
}

fn kinds(moves: &[CoverMove]) -> Vec<(MoveKind, usize)> {
    moves.iter().map(|one| (one.kind, one.units.len())).collect()
}

async fn sell(scene: &Scene, seller: &Ctx, place: LocationId, units: &[UnitId]) {
    let order = scene.event(EventType::StockingOrder, seller, place).await;
    scene.mark(seller, order.head.id, units).await.expect("marked");
    scene.submit(seller, order.head.id).await.expect("submitted");
}

/// The stock is with the old rep and marked on the case.
/// By hand: take the units off the case, submit nothing, change the rep, send a transfer, have it accepted, mark the units
/// again: 6 steps. Here: choose the colleague, confirm: 2 steps, and the lines never leave the case.
#[test]
fn stock_with_the_old_rep() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.agree(scene.mercy.uuid(), scene.item, 90_000).await;
        let units = scene.units(scene.item, &ann, 3, Some("2027-06-30")).await;
        let event = case(&scene, &ann, LATER).await;
        let before = scene.mark(&ann, event, &units[..2]).await.unwrap();
        needs(&scene, event, &[(scene.item, 3)]).await;

        let found = candidates(&scene, &scene.admin, event).await.unwrap();
        assert_eq!((found.units_needed, found.units_marked), (3, 2));
        assert_eq!(found.items.iter().map(|it| it.user_id).collect::<Vec<_>>(), [bob.actor.id]);
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        // The third unit that the case needs comes along with the two that are marked.
        assert_eq!(kinds(&plan.moves), [(MoveKind::HandOver, 3)]);
        assert!(plan.moves[0].at_once && plan.unresolved.is_empty());
        assert_eq!((plan.summary.units_moving, plan.summary.hand_overs), (3, 1));
        assert_eq!(scene.unit(units[0]).await.3, ann.actor.id, "a preview moves nothing");

        let done = apply(&scene, &scene.admin, event, &plan).await.unwrap();
        assert_eq!(done.event.head.representative_id, bob.actor.id);
        let ids = |event: &contract::events::Event| event.lines.iter().map(|line| line.id).collect::<Vec<_>>();
        assert_eq!(ids(&done.event), ids(&before), "the same lines, not new ones");
        assert!(done.event.lines.iter().all(|line| line.warning.is_none() && line.custodian_id == bob.actor.id));
        assert_eq!(done.event.head.total_minor, Some(180_000), "contract prices stay");
        for unit in &units {
            assert_eq!(scene.unit(*unit).await.3, bob.actor.id);
        }
        assert_eq!(code(apply(&scene, &scene.admin, event, &plan).await), "not_found", "a plan is used once");
        assert_eq!(notices(&scene, &ann, "case_covered").await, 1);
        assert_eq!(notices(&scene, &bob, "case_covered").await, 1);
        // Bob has it among his tasks until he says that he got it, and may then submit the case.
        let todo = tasks(&scene, &bob).await;
        assert_eq!((todo.len(), todo[0].kind.as_str(), todo[0].yours), (1, "hand_over", true));
        complete(&scene, &bob, todo[0].id, Vec::new()).await.unwrap();
        assert_eq!(code(undo(&scene, &scene.admin, event).await), "undo_not_possible");
        assert_eq!(scene.submit(&bob, event).await.unwrap().head.status, EventStatus::PendingPo);
        assert_eq!(scene.earned(event).await, [(bob.actor.id, 18_000)]);
        scene.prove().await;
    });
}

/// The stock is at the manufacturer.
/// By hand: change the rep, find out whether it is linked, ask it, create the units in the new rep's custody when they arrive,
/// tell everybody: 5 steps. Here: choose, confirm, and say what arrived: 3 steps.
#[test]
fn stock_at_the_manufacturer() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 2)]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(kinds(&plan.moves), [(MoveKind::CreateOnArrival, 2)]);
        let done = apply(&scene, &scene.admin, event, &plan).await.unwrap();
        let made: Vec<&str> = done.tasks.iter().map(|task| task.kind.as_str()).collect();
        assert_eq!(made, ["request", "receive"]);
        let receive = done.tasks.iter().find(|task| task.kind == "receive").unwrap();
        assert_eq!((receive.assignee_id, receive.needs[0].quantity), (Some(bob.actor.id), 2));
        let arrived = |lot: &str| Arrived {
            catalog_item_id: Id::from_uuid(scene.item),
            quantity: Some(2),
            lot: Some(lot.into()),
            serial: None,
            expires_on: None,
        };
        let wrong = Arrived { catalog_item_id: Id::from_uuid(scene.customer), ..arrived("L-1") };
        assert_eq!(code(complete(&scene, &bob, receive.id, vec![wrong]).await), "not_found");
        complete(&scene, &bob, receive.id, vec![arrived("L-1")]).await.unwrap();
        assert_eq!(code(complete(&scene, &bob, receive.id, Vec::new()).await), "task_not_open");
        let held = "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1 AND custodian_id = $2";
        assert_eq!(scene.numbers(held, args![scene.org, bob.actor.id.uuid()]).await, [2]);

        // A manufacturer who takes orders by mail is asked by mail.
        scene
            .sql(
                "UPDATE catalog_manufacturer SET email = 'orders@orthex.test' WHERE organization_id = $1 AND id = $2",
                args![scene.org, scene.maker],
            )
            .await;
        let other = case(&scene, &ann, LATER).await;
        needs(&scene, other, &[(scene.item, 1)]).await;
        let plan = preview(&scene, &scene.admin, other, &bob).await.unwrap();
        // What Bob has by now is not needed by his first case alone.
        assert_eq!(plan.moves.iter().map(|one| one.kind).collect::<Vec<_>>(), [MoveKind::MakerRequest]);
        apply(&scene, &scene.admin, other, &plan).await.unwrap();
        let mails = "SELECT COUNT(*) FROM engine_outbox WHERE organization_id = $1 AND kind = 'mail' \
            AND payload LIKE '%orders@orthex.test%'";
        assert_eq!(scene.numbers(mails, args![scene.org]).await, [1]);
        scene.prove().await;
    });
}

/// The stock is shared by the distributor of both.
/// By hand: change the rep, check the sharing, find the units: 3 steps, or 6 when units were marked. Here: 2, and nothing moves.
#[test]
fn stock_shared_by_a_distributor() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.link(&dana, &ann, true).await;
        scene.link(&dana, &bob, true).await;
        let units = scene.units(scene.item, &dana, 3, Some("2027-06-30")).await;
        let event = case(&scene, &ann, LATER).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        needs(&scene, event, &[(scene.item, 3)]).await;
        let done = cover(&scene, &dana, event, &bob).await;
        assert_eq!(done.event.head.representative_id, bob.actor.id);
        assert!(done.event.lines[0].warning.is_none() && done.tasks.is_empty());
        assert!(done.coverage.transfer_ids.is_empty() && done.coverage.can_undo);
        for unit in &units {
            assert_eq!(scene.unit(*unit).await.3, dana.actor.id);
        }
        scene.prove().await;
    });
}

/// Facility stock of a distributor (here a hub, custodian-only).
/// By hand: change the rep, have the office link the new rep to the distributor, find the shelf's units: 4 steps. Here: 2.
#[test]
fn facility_stock_of_a_distributor() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let hub = scene.person(Role::Distributor, "Lakeshore pool").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.link(&hub, &ann, true).await;
        let units = scene.units(scene.item, &hub, 2, Some("2027-06-30")).await;
        sell(&scene, &hub, scene.mercy, &units).await;
        let (orders, total) = scene.figures().await;
        let event = case(&scene, &ann, LATER).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        needs(&scene, event, &[(scene.item, 2)]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(kinds(&plan.moves), [(MoveKind::Link, 2)]);
        let done = apply(&scene, &scene.admin, event, &plan).await.unwrap();
        assert!(done.event.lines[0].warning.is_none());
        assert_eq!(scene.unit(units[0]).await.3, hub.actor.id, "it stays with whoever sold it");
        assert_eq!(scene.submit(&bob, event).await.unwrap().head.total_minor, Some(0));
        assert_eq!(scene.figures().await, (orders, total), "nothing was sold twice");

        // Taken back, the link is gone.
        let second = case(&scene, &ann, LATER).await;
        scene.mark(&ann, second, &units[1..]).await.unwrap();
        let cy = scene.person(Role::Sales, "Cy Young").await;
        cover(&scene, &scene.admin, second, &cy).await;
        let linked = "SELECT COUNT(*) FROM people_representative WHERE organization_id = $1 AND sales_id = $2";
        let of_cy = args![scene.org, cy.actor.id.uuid()].to_vec();
        assert_eq!(scene.numbers(linked, &of_cy).await, [1]);
        undo(&scene, &scene.admin, second).await.unwrap();
        assert_eq!(scene.numbers(linked, &of_cy).await, [0]);
        scene.prove().await;
    });
}

/// Facility stock of the old rep.
/// By hand: create the same units in the new rep's custody, sell them again in a stocking order at no charge, adjust the old ones
/// out, change the rep, mark the new ones: 9 steps and three false documents. Here: 2 steps and one entry.
#[test]
fn facility_stock_of_the_old_rep() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let units = scene.units(scene.item, &ann, 2, Some("2027-06-30")).await;
        sell(&scene, &ann, scene.mercy, &units).await;
        let figures = scene.figures().await;
        let event = case(&scene, &ann, LATER).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        needs(&scene, event, &[(scene.item, 2)]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(kinds(&plan.moves), [(MoveKind::Reassign, 2)]);
        assert!(plan.moves[0].at_once && plan.moves[0].arrives_at.is_none());
        let done = apply(&scene, &scene.admin, event, &plan).await.unwrap();
        assert!(done.event.lines[0].warning.is_none() && done.event.lines[0].facility_stock);
        for unit in &units {
            let (_, active, shelf, custodian) = scene.unit(*unit).await;
            assert_eq!((active, shelf, custodian), (true, Some(scene.mercy), bob.actor.id));
        }
        assert!(done.tasks.is_empty() && done.coverage.transfer_ids.is_empty());
        assert_eq!(scene.submit(&bob, event).await.unwrap().head.status, EventStatus::Paid);
        assert_eq!(scene.figures().await, figures);
        scene.prove().await;
    });
}

#[test]
fn each_role_covers_as_far_as_it_reaches() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let leo = scene.person(Role::Distributor, "Leo Park").await;
        let rita = scene.person(Role::RegionalManager, "Rita Region").await;
        let fay = scene.person(Role::FacilityManager, "Fay Facility").await;
        let [ann, bob, cat] = [
            scene.person(Role::Sales, "Ann Reyes").await,
            scene.person(Role::Sales, "Bob Lind").await,
            scene.person(Role::Sales, "Cat Ito").await,
        ];
        scene.link(&dana, &ann, false).await;
        scene.link(&dana, &bob, false).await;
        scene.link(&leo, &cat, false).await;
        scene.region(&rita, &[&ann, &cat]).await;
        let event = case(&scene, &ann, LATER).await;
        let who = async |ctx: &Ctx| match candidates(&scene, ctx, event).await {
            Ok(found) => {
                let mut names: Vec<String> = found.items.into_iter().map(|it| it.name).collect();
                names.sort();
                names.join(", ")
            }
            error => code(error).to_owned(),
        };
        assert_eq!(who(&dana).await, "Bob Lind, Dana Moore");
        assert_eq!(who(&rita).await, "Cat Ito");
        assert_eq!(who(&scene.admin).await, "Bob Lind, Cat Ito, Dana Moore, Leo Park");
        assert_eq!(who(&leo).await, "not_found");
        assert_eq!(who(&cat).await, "not_found");
        assert_eq!(who(&ann).await, "not_allowed");
        assert_eq!(who(&fay).await, "not_allowed");
        assert_eq!(code(preview(&scene, &dana, event, &cat).await), "not_found", "not of the group");
        assert_eq!(code(preview(&scene, &rita, event, &bob).await), "not_found", "not of the region");
        assert_eq!(code(preview(&scene, &ann, event, &bob).await), "not_allowed");
        assert_eq!(code(preview(&scene, &dana, event, &ann).await), "already_representative");
        assert_eq!(code(preview(&scene, &scene.admin, event, &rita).await), "role_cannot_hold_stock");
        // A plan is its maker's alone.
        let plan = preview(&scene, &dana, event, &bob).await.unwrap();
        assert_eq!(code(apply(&scene, &scene.admin, event, &plan).await), "not_found");
        assert_eq!(code(apply(&scene, &ann, event, &plan).await), "not_allowed");

        // A rep asks; whoever can find cover is told, and it is settled once cover was found.
        let ask = async |ctx: &Ctx| {
            let body = RequestCover { reason: "Ill".into() };
            scene.run(ctx, move |ctx, tx| app::coverage::tasks::request(ctx, tx, event, &body)).await
        };
        ask(&ann).await.unwrap();
        assert_eq!(code(ask(&ann).await), "cover_already_requested");
        assert_eq!(code(ask(&bob).await), "not_found");
        for whom in [&dana, &rita] {
            assert_eq!(notices(&scene, whom, "cover_requested").await, 1);
            assert_eq!(tasks(&scene, whom).await.len(), 1);
        }
        assert_eq!(tasks(&scene, &leo).await.len(), 0);
        apply(&scene, &dana, event, &plan).await.unwrap();
        assert_eq!(tasks(&scene, &dana).await.len(), 0);
        assert_eq!(who(&ann).await, "not_found", "the case is Bob's now");
        scene.prove().await;
    });
}

#[test]
fn a_plan_takes_only_from_whom_the_actor_may_act_for() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let [ann, bob, cat] = [
            scene.person(Role::Sales, "Ann Reyes").await,
            scene.person(Role::Sales, "Bob Lind").await,
            scene.person(Role::Sales, "Cat Ito").await,
        ];
        scene.link(&dana, &ann, false).await;
        scene.link(&dana, &bob, false).await;
        let theirs = scene.units(scene.item, &cat, 2, None).await;
        scene.warehouse(scene.item, 5).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 2)]).await;
        // Outside the group nothing is taken; the warehouse is asked, by number.
        let plan = preview(&scene, &dana, event, &bob).await.unwrap();
        assert_eq!(kinds(&plan.moves), [(MoveKind::Request, 2)]);
        assert!(plan.moves[0].units.iter().all(|unit| unit.unit_id.is_none()) && !plan.moves[0].at_once);
        let done = apply(&scene, &dana, event, &plan).await.unwrap();
        let send = &done.tasks[0];
        assert_eq!((send.kind.as_str(), send.assignee_id, send.yours), ("send", None, false));
        assert_eq!(code(complete(&scene, &dana, send.id, Vec::new()).await), "not_your_task");
        complete(&scene, &scene.admin, send.id, Vec::new()).await.unwrap();
        let waiting = "SELECT COUNT(*) FROM stock_transfer WHERE organization_id = $1 AND to_id = $2 AND status = 'pending' \
            AND units_count = 2";
        assert_eq!(scene.numbers(waiting, args![scene.org, bob.actor.id.uuid()]).await, [1]);
        assert_eq!(scene.unit(theirs[0]).await.3, cat.actor.id);

        // With the warehouse out of the question, the plan says how many others have, not who.
        let other = case(&scene, &ann, LATER).await;
        needs(&scene, other, &[(scene.item, 2)]).await;
        let edits = CoverEdits { without_warehouse: true, ..CoverEdits::default() };
        let edits = CoverEdits { without_manufacturer_ids: vec![Id::from_uuid(scene.maker)], ..edits };
        let plan = preview_with(&scene, &dana, other, bob.actor.id, edits).await.unwrap();
        assert!(plan.moves.is_empty());
        let open = &plan.unresolved[0];
        let borrow = open.next_best.iter().find(|it| it.kind == "borrow").expect("others have some");
        assert!(open.quantity == 2 && borrow.from.is_none() && borrow.text.starts_with("2 are with people outside"));
        // The office sees the holder, and takes from there.
        let edits = CoverEdits { without_warehouse: true, ..CoverEdits::default() };
        let plan = preview_with(&scene, &scene.admin, other, bob.actor.id, edits).await.unwrap();
        assert_eq!((plan.moves[0].from_name.as_str(), plan.moves[0].at_once), ("Cat Ito", true));
        scene.prove().await;
    });
}

#[test]
fn when_something_moved_the_plan_says_what_and_brings_a_new_one() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let cat = scene.person(Role::Sales, "Cat Ito").await;
        let units = scene.units(scene.item, &ann, 1, Some("2027-06-30")).await;
        scene.units(scene.item, &cat, 1, Some("2028-06-30")).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 1)]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(plan.moves[0].from_name, "Ann Reyes");
        // Ann sends it elsewhere meanwhile.
        let (to, moved) = (Custodian::user(cat.actor.id).into(), units.clone());
        scene
            .run(&ann, move |ctx, tx| {
                let send = CreateTransfer {
                    from: None,
                    to,
                    unit_ids: moved.clone(),
                    note: String::new(),
                    due_back_on: None,
                    place_id: None,
                    event_id: None,
                    only_for_this_person: true,
                };
                app::transfers::create(ctx, tx, &send)
            })
            .await
            .unwrap();
        let body = ApplyCover { preview_token: plan.preview_token, reason: String::new() };
        let error = scene.app.apply_cover(&scene.admin, None, event, body).await.unwrap_err();
        let Error::Outdated { code: word, message, current } = error else { panic!("{error:?}") };
        assert_eq!(word, "plan_outdated");
        assert!(message.contains("CUP-52 lot L-77 is in a transfer now."), "{message}");
        assert_eq!(current["moves"][0]["from_name"], "Cat Ito");
        assert_eq!(
            scene.get(&scene.admin, event).await.unwrap().head.representative_id,
            ann.actor.id,
            "nothing was done"
        );
        // The new plan is ready to be applied.
        let token = current["preview_token"].as_str().unwrap().parse().unwrap();
        let body = ApplyCover { preview_token: token, reason: String::new() };
        scene.app.apply_cover(&scene.admin, None, event, body).await.unwrap();
        assert_eq!(scene.get(&scene.admin, event).await.unwrap().head.representative_id, bob.actor.id);

        // A plan ends after half an hour, and with its event.
        let plan = preview(&scene, &scene.admin, event, &cat).await.unwrap();
        scene.world.clock.pass(31 * 60);
        let admin = scene.world.again(&scene.admin).await;
        assert_eq!(code(apply(&scene, &admin, event, &plan).await), "preview_expired");
        scene.run(&admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")).await.unwrap();
        assert_eq!(code(preview(&scene, &admin, event, &cat).await), "event_not_open");
        scene.app.seal(Id::from_uuid(scene.org)).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn until_it_is_confirmed_everything_can_be_taken_back() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let cat = scene.person(Role::Sales, "Cat Ito").await;
        let units = scene.units(scene.item, &ann, 2, Some("2027-06-30")).await;
        let boxed = scene.container(&cat).await;
        let event = case(&scene, &ann, LATER).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        needs(&scene, event, &[(scene.item, 2)]).await;
        let done = cover(&scene, &scene.admin, event, &bob).await;
        assert!(done.coverage.can_undo);
        let back = undo(&scene, &scene.admin, event).await.unwrap();
        assert_eq!(back.head.representative_id, ann.actor.id);
        assert!(back.lines.len() == 1 && back.lines[0].warning.is_none());
        for unit in &units {
            assert_eq!(scene.unit(*unit).await.3, ann.actor.id);
        }
        assert_eq!(tasks(&scene, &bob).await.len(), 0);
        assert_eq!(code(undo(&scene, &scene.admin, event).await), "undo_not_possible");

        // Where recipients confirm every hand-over, units wait until they do.
        let patch = PatchCoverSettings { accept_at_once: Some(false), ..PatchCoverSettings::default() };
        scene.run(&scene.admin, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &patch)).await.unwrap();
        let admin = scene.world.again(&scene.admin).await;
        let done = cover(&scene, &admin, event, &bob).await;
        let waits = &done.event.lines[0];
        assert_eq!(waits.warning.as_ref().map(|it| it.code.as_str()), Some("unit_in_transfer"));
        assert_eq!(code(scene.submit(&admin, event).await), "unit_not_with_representative");
        undo(&scene, &admin, event).await.unwrap();
        let gone = "SELECT COUNT(*) FROM stock_transfer WHERE organization_id = $1 AND status = 'cancelled'";
        assert_eq!(scene.numbers(gone, args![scene.org]).await, [1]);
        let done = cover(&scene, &admin, event, &bob).await;
        let accept = done.tasks.iter().find(|task| task.kind == "accept").expect("to be accepted");
        complete(&scene, &bob, accept.id, Vec::new()).await.unwrap();
        assert!(scene.get(&admin, event).await.unwrap().lines[0].warning.is_none());
        assert_eq!(tasks(&scene, &bob).await.len(), 0, "an accepted transfer is a task done");
        assert_eq!(code(undo(&scene, &admin, event).await), "undo_not_possible");

        // A container that the case needs is booked with the plan, and unbooked with it.
        let second = case(&scene, &ann, "2026-12-02").await;
        needs(&scene, second, &[(scene.tool, 1)]).await;
        let done = cover(&scene, &admin, second, &bob).await;
        assert_eq!(done.event.container_ids, [boxed]);
        let back = undo(&scene, &admin, second).await;
        assert!(back.is_ok_and(|event| event.container_ids.is_empty()));
        scene.prove().await;
    });
}

#[test]
fn what_was_edited_and_what_others_need_is_respected() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let cat = scene.person(Role::Sales, "Cat Ito").await;
        let of_bob = scene.units(scene.item, &bob, 2, Some("2027-06-30")).await;
        let of_cat = scene.units(scene.item, &cat, 1, Some("2027-01-31")).await;
        // Bob needs both of his for a case of his own the day before.
        let own = case(&scene, &bob, "2026-11-29").await;
        needs(&scene, own, &[(scene.item, 2)]).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 1)]).await;
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(plan.moves[0].units[0].unit_id, Some(of_cat[0]));
        let edits = CoverEdits { without_user_ids: vec![cat.actor.id], ..CoverEdits::default() };
        let plan = preview_with(&scene, &scene.admin, event, bob.actor.id, edits.clone()).await.unwrap();
        assert!(plan.moves.iter().all(|one| one.kind == MoveKind::CreateOnArrival));
        // A case that is called off needs nothing.
        scene.run(&scene.admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, own, "")).await.unwrap();
        let plan = preview_with(&scene, &scene.admin, event, bob.actor.id, edits).await.unwrap();
        assert_eq!(kinds(&plan.moves), [(MoveKind::Stays, 1)]);
        let edits = CoverEdits { with_unit_ids: vec![of_cat[0]], ..CoverEdits::default() };
        let plan = preview_with(&scene, &scene.admin, event, bob.actor.id, edits).await.unwrap();
        assert_eq!(plan.moves[0].units[0].unit_id, Some(of_cat[0]));
        let edits = CoverEdits { with_unit_ids: vec![Id::from_uuid(scene.item)], ..CoverEdits::default() };
        let unknown = preview_with(&scene, &scene.admin, event, bob.actor.id, edits).await;
        assert_eq!(code(unknown), "not_found");
        // Expiry is judged on the day of the case.
        let next_year = case(&scene, &ann, "2027-02-15").await;
        needs(&scene, next_year, &[(scene.item, 3)]).await;
        let edits = CoverEdits { without_manufacturer_ids: vec![Id::from_uuid(scene.maker)], ..CoverEdits::default() };
        let plan = preview_with(&scene, &scene.admin, next_year, bob.actor.id, edits).await.unwrap();
        let used: Vec<Option<UnitId>> =
            plan.moves.iter().flat_map(|one| one.units.iter().map(|it| it.unit_id)).collect();
        assert_eq!(used, [Some(of_bob[0]), Some(of_bob[1])]);
        assert_eq!(plan.unresolved[0].quantity, 1);
        scene.prove().await;
    });
}

#[test]
fn two_people_never_cover_one_case_and_two_cases_never_get_one_unit() {
    on_both(async |world: World| {
        let scene = Arc::new(Scene::set(world).await);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let cat = scene.person(Role::Sales, "Cat Ito").await;
        let hub = scene.person(Role::Distributor, "Pool").await;
        for rep in [&ann, &bob, &cat] {
            scene.link(&hub, rep, true).await;
        }
        scene.units(scene.item, &hub, 1, None).await;
        let without =
            CoverEdits { without_manufacturer_ids: vec![Id::from_uuid(scene.maker)], ..CoverEdits::default() };
        let race = async |jobs: Vec<(EventId, CoverPreview)>| {
            let running: Vec<_> = jobs
                .into_iter()
                .map(|(event, plan)| {
                    let scene = scene.clone();
                    tokio::spawn(async move { code(apply(&scene, &scene.admin, event, &plan).await) })
                })
                .collect();
            let mut found = Vec::new();
            for job in running {
                found.push(job.await.unwrap());
            }
            found.sort_unstable();
            found
        };
        for day in ["2026-12-01", "2026-12-02", "2026-12-03"] {
            // Two people, one case.
            let event = case(&scene, &ann, day).await;
            let first = preview(&scene, &scene.admin, event, &bob).await.unwrap();
            let second = preview(&scene, &scene.admin, event, &cat).await.unwrap();
            assert_eq!(race(vec![(event, first), (event, second)]).await, ["ok", "plan_outdated"]);
        }
        for day in ["2026-12-07", "2026-12-08", "2026-12-09"] {
            // Two cases of one time, one unit in the pool of both.
            let (one, two) = (case(&scene, &ann, day).await, case(&scene, &ann, day).await);
            for event in [one, two] {
                needs(&scene, event, &[(scene.item, 1)]).await;
            }
            // Neither of them knows of the other's need, or it would leave the unit for it.
            scene.sql("UPDATE event_need SET starts_at = 0 WHERE organization_id = $1", args![scene.org]).await;
            let first = preview_with(&scene, &scene.admin, one, bob.actor.id, without.clone()).await.unwrap();
            let second = preview_with(&scene, &scene.admin, two, cat.actor.id, without.clone()).await.unwrap();
            assert_eq!(
                (kinds(&first.moves), kinds(&second.moves)),
                (vec![(MoveKind::Stays, 1)], vec![(MoveKind::Stays, 1)])
            );
            assert_eq!(race(vec![(one, first), (two, second)]).await, ["ok", "plan_outdated"]);
            for event in [one, two] {
                scene.run(&scene.admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")).await.unwrap();
            }
        }
        scene.prove().await;
    });
}

#[test]
fn the_representative_is_exchanged_by_cover_once_something_is_on_the_case() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let boxed = scene.container(&ann).await;
        let event = case(&scene, &ann, LATER).await;
        let patch = async |change: PatchEvent| {
            scene.run(&scene.admin, move |ctx, tx| app::events::plan::patch(ctx, tx, event, change.clone())).await
        };
        let to = |who: &Ctx| PatchEvent { representative_id: Some(who.actor.id), ..PatchEvent::default() };
        patch(to(&bob)).await.unwrap();
        patch(to(&ann)).await.unwrap();
        patch(PatchEvent { container_ids: Some(vec![boxed]), ..PatchEvent::default() }).await.unwrap();
        assert_eq!(code(patch(to(&bob)).await), "use_coverage");
        let done = cover(&scene, &scene.admin, event, &bob).await;
        assert_eq!(
            (done.event.container_ids.as_slice(), scene.unit(boxed).await.3),
            ([boxed].as_slice(), bob.actor.id)
        );
        scene.prove().await;
    });
}
