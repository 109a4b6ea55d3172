//! Counts: asked for or begun, counted by label, tick or words, judged, settled, taken back; who may do what; plans.

use crate::team::{Team, code, office, params, person};
use app::Ctx;
use app::files::{self, Owner, Upload};
use contract::counts::{
    AddCountLines, Count, CreateCount, CreateCountPlan, DecideMissing, DecideUnexpected, NewCountLine, ReconcileCount,
};
use contract::units::CreateUnits;
use domain::count::{CountStatus, MissingAction, UnexpectedAction, UnitOutcome};
use domain::id::{CountId, FileId, Id, OrganizationId, UnitId};
use domain::stock::UnitState;
use testkit::on_both;

/// Six by four pixels.
const PICTURE: &[u8] = include_bytes!("data/picture.png");

async fn begin(team: &Team, who: &Ctx, body: CreateCount) -> app::Result<Count> {
    team.write(who, move |ctx, tx| app::counts::create(ctx, tx, &body)).await
}

async fn of(team: &Team, who: &Ctx, whose: &Ctx) -> Count {
    begin(team, who, CreateCount { custodian: Some(person(whose)), ..CreateCount::default() }).await.unwrap()
}

async fn add(team: &Team, who: &Ctx, id: CountId, body: AddCountLines) -> app::Result<Count> {
    team.write(who, move |ctx, tx| app::counts::lines::add(ctx, tx, id, &body)).await
}

async fn tick(team: &Team, who: &Ctx, id: CountId, units: &[UnitId]) -> app::Result<Count> {
    add(team, who, id, AddCountLines { unit_ids: units.to_vec(), ..AddCountLines::default() }).await
}

async fn complete(team: &Team, who: &Ctx, id: CountId) -> app::Result<Count> {
    team.write(who, move |ctx, tx| app::counts::settle::complete(ctx, tx, id)).await
}

async fn reconcile(team: &Team, who: &Ctx, id: CountId, body: ReconcileCount) -> app::Result<Count> {
    team.write(who, move |ctx, tx| app::counts::settle::reconcile(ctx, tx, id, &body)).await
}

async fn undo(team: &Team, who: &Ctx, id: CountId) -> app::Result<Count> {
    team.write(who, move |ctx, tx| app::counts::settle::undo(ctx, tx, id)).await
}

fn because(reason: &str) -> ReconcileCount {
    ReconcileCount { reason: reason.into(), ..ReconcileCount::default() }
}

fn words(team: &Team, id: &str, quantity: u32) -> NewCountLine {
    NewCountLine {
        id: Some(id.into()),
        catalog_item_id: Some(team.item()),
        quantity: Some(quantity),
        ..NewCountLine::default()
    }
}

fn figures(it: &Count) -> (Option<i64>, Option<i64>, Option<i64>, Option<i64>) {
    (it.head.found_count, it.head.missing_count, it.head.moved_count, it.head.unexpected_count)
}

/// Names the hub as the one who answers for discrepancies.
async fn discrepancies(team: &Team) {
    let text = format!("{{\"discrepancy_custodian_id\": \"{}\"}}", team.hub.actor.id);
    team.settings(text.leak()).await;
}

#[test]
fn what_is_missing_goes_to_the_discrepancy_holder_and_back_with_one_press() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        discrepancies(&team).await;
        let units = team.stock(person(&team.bob), 5).await;
        let count = of(&team, &team.bob, &team.bob).await;
        assert_eq!((count.head.status, count.head.expected_count), (CountStatus::Counting, Some(5)));
        let id = count.head.id;
        tick(&team, &team.bob, id, &units[..3]).await.unwrap();
        // Sent again, as by a device that did not hear the answer.
        let again = tick(&team, &team.bob, id, &units[..3]).await.unwrap();
        assert_eq!((again.lines.len(), again.head.counted_count), (3, 3));
        let done = complete(&team, &team.bob, id).await.unwrap();
        assert_eq!(done.head.status, CountStatus::Counted);
        assert_eq!(figures(&done), (Some(3), Some(2), Some(0), Some(0)));
        assert!(team.notices(&team.ops, "count_completed").await == 1);
        // Nothing has moved yet, and whoever counted cannot settle it.
        assert_eq!(team.unit(units[4]).await.custodian, person(&team.bob));
        assert_eq!(code(reconcile(&team, &team.bob, id, because("x")).await), "403:not_allowed");
        let settled = reconcile(&team, &team.ops, id, because("not in the trunk")).await.unwrap();
        assert_eq!(settled.head.status, CountStatus::Reconciled);
        for id in &units[3..] {
            let unit = team.unit(*id).await;
            assert_eq!((unit.custodian, unit.state), (person(&team.hub), UnitState::OnHold));
            assert_eq!(unit.hold_reason.as_deref(), Some("Missing in a count: not in the trunk"));
        }
        assert_eq!(team.unit(units[0]).await.custodian, person(&team.bob));
        assert_eq!(code(reconcile(&team, &team.ops, id, because("x")).await), "409:count_over");
        team.sound().await;
        let undone = undo(&team, &team.ops, id).await.unwrap();
        assert_eq!((undone.head.status, undone.head.undone), (CountStatus::Counted, true));
        for id in &units {
            let unit = team.unit(*id).await;
            assert_eq!((unit.custodian, unit.state), (person(&team.bob), UnitState::Available));
        }
        assert_eq!(code(undo(&team, &team.ops, id).await), "409:count_not_reconciled");
        // And once more: one stays where it is.
        let body = ReconcileCount {
            missing: vec![DecideMissing {
                unit_id: units[3],
                action: MissingAction::Keep,
                reason: "lent to a colleague".into(),
            }],
            ..because("gone")
        };
        let settled = reconcile(&team, &team.ops, id, body).await.unwrap();
        assert_eq!(team.unit(units[3]).await.custodian, person(&team.bob));
        assert_eq!(team.unit(units[4]).await.custodian, person(&team.hub));
        let kept = settled.units.iter().find(|it| it.unit_id == units[3]).unwrap();
        assert_eq!((kept.action, kept.reason.as_str()), (Some(MissingAction::Keep), "lent to a colleague"));
        team.sound().await;
    });
}

#[test]
fn what_is_over_comes_from_the_discrepancy_holder_and_the_rest_stays_open() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        discrepancies(&team).await;
        team.stock(person(&team.bob), 3).await;
        let lost = team.stock(person(&team.hub), 1).await;
        let with_cy = team.stock(person(&team.cy), 1).await;
        let id = of(&team, &team.bob, &team.bob).await.head.id;
        let lines = AddCountLines { lines: vec![words(&team, "a", 5)], ..AddCountLines::default() };
        add(&team, &team.bob, id, lines).await.unwrap();
        let done = complete(&team, &team.bob, id).await.unwrap();
        assert_eq!(figures(&done), (Some(3), Some(0), Some(0), Some(2)));
        // Without a word only what nobody else answers for comes here.
        let settled = reconcile(&team, &team.ops, id, because("counted twice")).await.unwrap();
        assert_eq!((settled.lines[0].unexpected, settled.lines[0].settled), (2, 1));
        assert_eq!(settled.lines[0].action, Some(UnexpectedAction::Bring));
        assert_eq!(team.unit(lost[0]).await.custodian, person(&team.bob));
        assert_eq!(team.unit(with_cy[0]).await.custodian, person(&team.cy));
        team.sound().await;
        undo(&team, &team.ops, id).await.unwrap();
        assert_eq!(team.unit(lost[0]).await.custodian, person(&team.hub));
        // With a word it comes from a colleague too.
        let decide = |action| ReconcileCount {
            unexpected: vec![DecideUnexpected { line_id: "a".into(), action, reason: "a transfer nobody sent".into() }],
            ..ReconcileCount::default()
        };
        let settled = reconcile(&team, &team.ops, id, decide(UnexpectedAction::Bring)).await.unwrap();
        assert_eq!(settled.lines[0].settled, 2);
        assert_eq!(team.unit(with_cy[0]).await.custodian, person(&team.bob));
        undo(&team, &team.ops, id).await.unwrap();
        // Or it is made, and unmade by the way back.
        let settled = reconcile(&team, &team.ops, id, decide(UnexpectedAction::Create)).await.unwrap();
        assert_eq!(settled.lines[0].settled, 2);
        let mine = [("custodian_id", team.bob.actor.id.to_string())];
        let bobs = team.list(&team.ops, &[("custodian_id", &mine[0].1)]).await;
        assert_eq!(bobs.len(), 5);
        undo(&team, &team.ops, id).await.unwrap();
        let bobs = team.list(&team.ops, &[("custodian_id", &mine[0].1), ("active", "true")]).await;
        assert_eq!(bobs.len(), 3);
        team.sound().await;
    });
}

#[test]
fn what_moved_while_somebody_counted_is_not_missing() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        discrepancies(&team).await;
        let units = team.stock(person(&team.bob), 4).await;
        let before = team.send(&team.bob, person(&team.bob), person(&team.ann), &units[..1]).await.unwrap().transfer;
        let count = of(&team, &team.bob, &team.bob).await;
        // One is on its way already; one is sent while he counts; one arrives.
        assert_eq!(count.head.expected_count, Some(3));
        let id = count.head.id;
        team.send(&team.bob, person(&team.bob), person(&team.ann), &units[1..2]).await.unwrap();
        team.accept(&team.ann, before.id).await.unwrap();
        team.stock(person(&team.bob), 1).await;
        tick(&team, &team.bob, id, &units[2..3]).await.unwrap();
        let done = complete(&team, &team.bob, id).await.unwrap();
        assert_eq!(figures(&done), (Some(1), Some(1), Some(2), Some(0)));
        let missing: Vec<UnitId> =
            done.units.iter().filter(|it| it.outcome == UnitOutcome::Missing).map(|it| it.unit_id).collect();
        assert_eq!(missing, units[3..]);
        // It shows up between the count and its approval: it is left alone.
        team.send(&team.bob, person(&team.bob), person(&team.cy), &units[3..]).await.unwrap();
        let settled = reconcile(&team, &team.ops, id, because("gone")).await.unwrap();
        assert_eq!(figures(&settled), (Some(1), Some(0), Some(3), Some(0)));
        assert_eq!(team.unit(units[3]).await.state, UnitState::InTransfer);
        team.sound().await;
    });
}

#[test]
fn a_blind_count_tells_nothing_before_it_is_completed() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.ann), 2).await;
        let body = CreateCount {
            custodian: Some(person(&team.ann)),
            counter_id: Some(team.ann.actor.id),
            blind: true,
            ..CreateCount::default()
        };
        let count = begin(&team, &team.dana, body).await.unwrap();
        assert_eq!((count.head.status, count.units.len()), (CountStatus::Assigned, 0));
        assert_eq!(team.notices(&team.ann, "count_assigned").await, 1);
        let id = count.head.id;
        assert_eq!(code(complete(&team, &team.ann, id).await), "409:count_not_started");
        let scanned = team
            .write(&team.ann, move |ctx, tx| app::counts::lines::scan(ctx, tx, id, "x", "no such thing"))
            .await
            .unwrap();
        assert_eq!(scanned.standing, app::counts::lines::Standing::Unknown);
        let lines = AddCountLines { lines: vec![words(&team, "a", 1)], ..AddCountLines::default() };
        let counting = add(&team, &team.ann, id, lines).await.unwrap();
        assert_eq!((counting.head.status, counting.head.expected_count), (CountStatus::Counting, None));
        assert!(counting.units.is_empty() && counting.lines.len() == 1);
        let done = complete(&team, &team.ann, id).await.unwrap();
        assert_eq!((done.head.expected_count, done.units.len()), (Some(2), 2));
        assert_eq!(figures(&done), (Some(1), Some(1), Some(0), Some(0)));
    });
}

#[test]
fn a_label_is_counted_once_and_a_patients_code_never() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.identifier("09506000134352", 1).await;
        let made = async |serial: &str| {
            let body = CreateUnits {
                lot: Some("A1".into()),
                serial: Some(serial.into()),
                custodian: Some(person(&team.bob)),
                ..team.some(1)
            };
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap()
        };
        made("S-9").await;
        made("S-8").await;
        let id = of(&team, &team.bob, &team.bob).await.head.id;
        let scan = async |name: &'static str, code: &'static str| {
            team.write(&team.bob, move |ctx, tx| app::counts::lines::scan(ctx, tx, id, name, code)).await
        };
        use app::counts::lines::Standing;
        let label = "(01)09506000134352(17)280430(10)A1(21)S-9";
        assert_eq!(scan("1", label).await.unwrap().standing, Standing::Counted);
        // The same line again, and the same thing under another name.
        assert_eq!(scan("1", label).await.unwrap().standing, Standing::Counted);
        assert_eq!(scan("2", label).await.unwrap().standing, Standing::Already);
        assert_eq!(scan("3", "(01)09506000134352(21)S-1").await.unwrap().standing, Standing::NotExpected);
        // Typed by hand.
        assert_eq!(scan("4", "s-8").await.unwrap().standing, Standing::Counted);
        let patient = "(8018)095060001343528978";
        assert_eq!(code(scan("5", patient).await), "422:barcode_holds_patient_data");
        let done = complete(&team, &team.bob, id).await.unwrap();
        assert_eq!((done.lines.len(), figures(&done)), (3, (Some(2), Some(0), Some(0), Some(1))));
        let too_late = AddCountLines { lines: vec![words(&team, "z", 1)], ..AddCountLines::default() };
        assert_eq!(code(add(&team, &team.bob, id, too_late).await), "409:count_over");
    });
}

#[test]
fn who_may_count_and_who_may_see_it() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.bob), 1).await;
        let body = |whose| CreateCount { custodian: Some(whose), ..CreateCount::default() };
        let bob = person(&team.bob);
        for who in [&team.bob, &team.dana, &team.rita, &team.ops] {
            assert!(begin(&team, who, body(bob)).await.is_ok());
        }
        for who in [&team.ann, &team.cy, &team.fred] {
            assert_eq!(code(begin(&team, who, body(bob)).await), "not_found:custodian");
        }
        assert_eq!(code(begin(&team, &team.bob, body(office(&team.bob))).await), "not_found:custodian");
        assert_eq!(code(begin(&team, &team.ops, body(person(&team.rita))).await), "422:role_cannot_hold_stock");
        // A colleague who was asked to counts the organisation's stock, and sees that alone.
        let ours = team.stock(office(&team.admin), 1).await;
        let asked = CreateCount {
            custodian: Some(office(&team.admin)),
            counter_id: Some(team.cy.actor.id),
            ..CreateCount::default()
        };
        let id = begin(&team, &team.ops, asked).await.unwrap().head.id;
        assert_eq!(tick(&team, &team.cy, id, &ours).await.unwrap().lines.len(), 1);
        assert_eq!(code(tick(&team, &team.bob, id, &ours).await), "not_found");
        let unit = ours[0];
        assert_eq!(code(team.read(&team.cy, move |ctx, tx| app::units::get(ctx, tx, unit)).await), "not_found");
        let seen = async |who: &Ctx| {
            let page = team.read(who, |ctx, tx| app::counts::list(ctx, tx, &params(&[("count", "")]))).await.unwrap();
            (page.items.len(), page.total)
        };
        assert_eq!(seen(&team.cy).await, (1, Some(1)));
        assert_eq!(seen(&team.bob).await, (4, Some(4)));
        assert_eq!(seen(&team.ann).await, (0, Some(0)));
        assert_eq!(seen(&team.ops).await, (5, Some(5)));
        // Nothing differs: it is settled by itself.
        let done = complete(&team, &team.cy, id).await.unwrap();
        assert_eq!((done.head.status, done.head.found_count), (CountStatus::Reconciled, Some(1)));
        let exact = team.read(&team.ops, |ctx, tx| app::counts::accuracy(ctx, tx, &params(&[]))).await.unwrap();
        assert_eq!((exact.items.len(), exact.items[0].accuracy_bp), (1, Some(10_000)));
        let none = team.read(&team.ann, |ctx, tx| app::counts::accuracy(ctx, tx, &params(&[]))).await.unwrap();
        assert!(none.items.is_empty());
        // Without the toggle operations neither counts nor settles.
        team.set("settings", &team.ops, store::Value::Text("{\"adjust_inventory\": false}".into())).await;
        assert_eq!(code(begin(&team, &team.ops, body(bob)).await), "403:not_allowed");
    });
}

#[test]
fn a_container_that_is_missing_leaves_behind_what_was_found() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        discrepancies(&team).await;
        let tray = team.container_item().await;
        let body =
            CreateUnits { catalog_item_id: Some(tray), custodian: Some(person(&team.bob)), ..CreateUnits::default() };
        let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
        let container = made.items[0].id;
        let inside = team.stock(person(&team.bob), 3).await;
        let put = contract::units::ChangeContents { add: inside.clone(), remove: vec![] };
        team.write(&team.bob, move |ctx, tx| app::units::change_contents(ctx, tx, container, &put)).await.unwrap();
        // By container: two of three.
        let by_container = CreateCount { container_id: Some(container), ..CreateCount::default() };
        let count = begin(&team, &team.bob, by_container).await.unwrap();
        assert_eq!(count.head.expected_count, Some(3));
        let id = count.head.id;
        tick(&team, &team.bob, id, &inside[..2]).await.unwrap();
        complete(&team, &team.bob, id).await.unwrap();
        reconcile(&team, &team.ops, id, because("gone")).await.unwrap();
        let lost = team.unit(inside[2]).await;
        assert_eq!((lost.custodian, lost.container_id), (person(&team.hub), None));
        undo(&team, &team.ops, id).await.unwrap();
        assert_eq!(team.unit(inside[2]).await.container_id, Some(container));
        team.sound().await;
        // The whole stock: the tray is gone, and one of what lay in it.
        let id = of(&team, &team.bob, &team.bob).await.head.id;
        tick(&team, &team.bob, id, &inside[..2]).await.unwrap();
        complete(&team, &team.bob, id).await.unwrap();
        reconcile(&team, &team.ops, id, because("gone")).await.unwrap();
        assert_eq!(team.unit(container).await.custodian, person(&team.hub));
        let left = team.unit(inside[0]).await;
        assert_eq!((left.custodian, left.container_id), (person(&team.bob), None));
        team.sound().await;
        undo(&team, &team.ops, id).await.unwrap();
        assert_eq!(team.unit(container).await.custodian, person(&team.bob));
        team.sound().await;
    });
}

#[test]
fn a_plan_asks_on_its_day_and_not_twice() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.bob), 1).await;
        let body = CreateCountPlan {
            custodian: person(&team.bob),
            place_id: None,
            counter_id: None,
            blind: true,
            every_days: 30,
            next_on: None,
        };
        let by_rep = body.clone();
        let refused = team.write(&team.bob, move |ctx, tx| app::counts::plans::create(ctx, tx, &by_rep)).await;
        assert_eq!(code(refused), "403:not_allowed");
        team.write(&team.ops, move |ctx, tx| app::counts::plans::create(ctx, tx, &body)).await.unwrap();
        let org: OrganizationId = Id::from_uuid(team.world.organization);
        assert_eq!(team.world.app.plan_counts(org).await.unwrap(), 1);
        assert_eq!(team.world.app.plan_counts(org).await.unwrap(), 0);
        let asked = async || {
            let filters = params(&[("mine", "true"), ("status", "assigned,counting")]);
            team.read(&team.bob, move |ctx, tx| app::counts::list(ctx, tx, &filters)).await.unwrap().items
        };
        let first = asked().await;
        assert_eq!((first.len(), first[0].blind, first[0].status), (1, true, CountStatus::Assigned));
        // A month later the first is still to be done: no second one.
        team.world.clock.pass(31 * 86_400);
        assert_eq!(team.world.app.plan_counts(org).await.unwrap(), 0);
        let id = first[0].id;
        team.write(&team.bob, move |ctx, tx| app::counts::start(ctx, tx, id)).await.unwrap();
        complete(&team, &team.bob, id).await.unwrap();
        team.world.clock.pass(31 * 86_400);
        assert_eq!(team.world.app.plan_counts(org).await.unwrap(), 1);
    });
}

#[test]
fn pictures_show_what_was_counted_and_stay_once_it_is_settled() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 2).await;
        let count = of(&team, &team.bob, &team.bob).await.head.id;
        let take = async |who: &Ctx, name: &str, bytes: Vec<u8>| -> app::Result<FileId> {
            let (app, who) = (team.world.app.clone(), team.world.again(who).await);
            let upload = Upload { name: name.into(), bytes };
            let answer = app.add_count_file(&who, count, upload, None).await?;
            let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            Ok(made["id"].as_str().unwrap().parse().unwrap())
        };
        let seen = async |who: &Ctx| {
            let list = team.read(who, move |ctx, tx| files::list(ctx, tx, Owner::Count(count))).await?;
            Ok::<_, app::Error>(list.items.into_iter().map(|file| file.name).collect::<Vec<_>>())
        };
        let own = take(&team.bob, "carton wet.png", PICTURE.to_vec()).await.unwrap();
        take(&team.dana, "shelf 3.png", PICTURE.to_vec()).await.unwrap();
        assert_eq!(code(take(&team.bob, "list.csv", b"a,b".to_vec()).await), "422:not_a_picture");
        // Who neither counts nor sees it: unknown. Who only sees it takes no pictures.
        assert_eq!(code(take(&team.cy, "x.png", PICTURE.to_vec()).await), "not_found");
        assert_eq!(code(seen(&team.cy).await), "not_found");
        assert_eq!(seen(&team.ops).await.unwrap(), ["shelf 3.png", "carton wet.png"], "the latest first");
        let small = team.world.app.thumbnail(&team.world.again(&team.dana).await, own).await.unwrap();
        assert!(!small.is_empty());
        let off = team.write(&team.bob, move |ctx, tx| files::remove(ctx, tx, own)).await;
        off.unwrap();
        team.write(&team.bob, move |ctx, tx| files::restore(ctx, tx, own)).await.unwrap();
        tick(&team, &team.bob, count, &units).await.unwrap();
        complete(&team, &team.bob, count).await.unwrap();
        // Nothing differs, so it is settled.
        assert_eq!(code(take(&team.bob, "late.png", PICTURE.to_vec()).await), "409:count_over");
        let off = team.write(&team.bob, move |ctx, tx| files::remove(ctx, tx, own)).await;
        assert_eq!(code(off), "409:count_over", "what showed why stays");
        assert_eq!(seen(&team.bob).await.unwrap().len(), 2);
        let told =
            team.read(&team.ops, move |ctx, tx| app::counts::history(ctx, tx, count, &params(&[]))).await.unwrap();
        assert!(told.items.iter().any(|entry| entry.kind == "count_file_added"));
        team.sound().await;
    });
}
