//! Recalls: what a rule covers is frozen everywhere and nothing else is; who is told and answers; how it ends.

use crate::scene::{Scene, code as scene_code};
use crate::team::{Team, code, office, params, person};
use app::Ctx;
use contract::recalls::{AnswerRecall, CreateRecall, NumberRange, PatchRecall, ReadNotice, Recall, RecallLine};
use contract::units::{CreateUnits, PatchUnit, Unit};
use contract::{CustodianRef, Patch};
use domain::clock::Day;
use domain::event::EventType;
use domain::id::{Id, RecallId, UnitId};
use domain::people::Role;
use domain::recall::{Affected, Answer, Marks, RecallStatus};
use domain::stock::{Custodian, UnitState};
use domain::text::identifier_key;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use testkit::on_both;

impl Team {
    async fn made(&self, who: CustodianRef, lot: &str, serial: &str) -> UnitId {
        let body = CreateUnits {
            custodian: Some(who),
            lot: Some(lot.to_owned()).filter(|text| !text.is_empty()),
            serial: Some(serial.to_owned()).filter(|text| !text.is_empty()),
            ..self.some(1)
        };
        self.write(&self.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id
    }

    fn lots(&self, lots: &[&str]) -> RecallLine {
        RecallLine { lots: lots.iter().map(|lot| (*lot).to_owned()).collect(), ..RecallLine::whole(self.item()) }
    }

    async fn recall(&self, line: RecallLine) -> Recall {
        let body = recall(vec![line]);
        self.write(&self.ops, move |ctx, tx| app::recalls::keep::create(ctx, tx, &body)).await.unwrap()
    }

    async fn look(&self, who: &Ctx, id: RecallId) -> app::Result<Recall> {
        self.read(who, move |ctx, tx| app::recalls::get(ctx, tx, id)).await
    }
}

fn recall(lines: Vec<RecallLine>) -> CreateRecall {
    CreateRecall {
        title: "Cracked cups".into(),
        draft: false,
        reference: "Z-1-2026".into(),
        classification: "Class II".into(),
        notice: String::new(),
        instructions: "Set them aside".into(),
        lines,
        unplaced: Vec::new(),
        return_to: None,
        return_address: String::new(),
    }
}

fn answer(answer: Answer, found: i64) -> AnswerRecall {
    AnswerRecall { custodian: None, answer, found: Some(found), note: String::new() }
}

#[test]
fn what_is_covered_is_frozen_everywhere_and_nothing_else_is() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let ann = person(&team.ann);
        let bad = team.made(ann, "L-1", "").await;
        let good = team.made(ann, "L-2", "").await;
        let unknown = team.made(ann, "", "").await;
        let made = team.recall(team.lots(&["L1", "L-9"])).await;
        assert_eq!((made.head.number.as_str(), made.head.status), ("RCL-000001", RecallStatus::Open));
        assert_eq!((made.counts.units, made.counts.to_check, made.counts.in_stock), (2, 1, 2));
        assert_eq!(made.without_units[0].numbers, ["L-9"], "a lot that nobody has is said");
        // Shown as on hold, in lists and alone, though the books are left as they are.
        for (unit, state) in [(bad, UnitState::OnHold), (unknown, UnitState::OnHold), (good, UnitState::Available)] {
            assert_eq!(team.unit(unit).await.state, state);
        }
        let shown = team.unit(bad).await;
        assert_eq!(shown.recall_id, Some(made.head.id));
        assert!(shown.hold_reason.unwrap().contains("RCL-000001"));
        let mut held = team.list(&team.ann, &[("state", "on_hold")]).await;
        held.sort();
        let mut both = vec![bad, unknown];
        both.sort();
        assert_eq!(held, both);
        assert_eq!(team.list(&team.ann, &[("state", "available")]).await, [good]);
        assert_eq!(team.list(&team.ops, &[("recall_id", &made.head.id.to_string())]).await.len(), 2);
        for (state, n) in [("available", 1), ("on_hold", 2), ("available,on_hold", 3)] {
            let asked = params(&[("state", state), ("count", "true")]);
            let page = team.read(&team.ops, move |ctx, tx| app::unit_lists::list(ctx, tx, &asked)).await.unwrap();
            assert_eq!((page.total, page.items.len()), (Some(n), n as usize), "{state}");
        }
        let cards = team.read(&team.ann, app::figures::dashboard).await.unwrap().cards;
        let card = |key: &str| cards.iter().find(|card| card.key == key).unwrap().value;
        assert_eq!((card("units_available"), card("units_on_hold")), (1, 2));
        // Not sent, not put away, not taken out of the recall by a new number.
        let to_bob = team.send(&team.ann, ann, person(&team.bob), &[good, bad]).await;
        assert_eq!(code(to_bob), "409:unit_recalled");
        let body = PatchUnit { lot: Patch::Set("L-2".into()), ..PatchUnit::default() };
        let renamed = team.write(&team.ann, move |ctx, tx| app::units::patch(ctx, tx, bad, body.clone())).await;
        assert_eq!(code(renamed), "409:unit_recalled");
        // What arrives later is frozen from the first moment.
        let late = team.made(ann, "l 9", "").await;
        assert_eq!(team.unit(late).await.state, UnitState::OnHold);
        // The office looked, and gives it the number that it has.
        let body = PatchUnit { lot: Patch::Set("L-3".into()), ..PatchUnit::default() };
        team.write(&team.ops, move |ctx, tx| app::units::patch(ctx, tx, unknown, body.clone())).await.unwrap();
        assert_eq!(team.unit(unknown).await.state, UnitState::Available);
        team.send(&team.ann, ann, person(&team.bob), &[good]).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn affected_units_go_to_the_return_address_alone_and_are_free_when_it_is_lifted() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let bad = team.made(person(&team.ann), "L1", "").await;
        let body = CreateRecall { return_to: Some(office(&team.ops)), ..recall(vec![team.lots(&["L1"])]) };
        let made = team.write(&team.ops, move |ctx, tx| app::recalls::keep::create(ctx, tx, &body)).await.unwrap();
        let id = made.head.id;
        assert_eq!(code(team.send(&team.ann, person(&team.ann), person(&team.bob), &[bad]).await), "409:unit_recalled");
        let sent = team.send(&team.ann, person(&team.ann), office(&team.ops), &[bad]).await.unwrap();
        team.accept(&team.ops, sent.transfer.id).await.unwrap();
        assert_eq!(team.unit(bad).await.state, UnitState::OnHold, "it is frozen where it is");
        let seen = team.look(&team.ops, id).await.unwrap();
        assert_eq!((seen.effect.accounted, seen.counts.units), (1, 1));
        let again = team.send(&team.ops, office(&team.ops), person(&team.ann), &[bad]).await;
        assert_eq!(code(again), "409:unit_recalled");
        // Closed, it stays frozen; lifted, it is free.
        let closed =
            team.write(&team.ops, move |ctx, tx| app::recalls::keep::close(ctx, tx, id, "all came back")).await;
        assert_eq!(closed.unwrap().head.status, RecallStatus::Closed);
        assert_eq!(team.unit(bad).await.state, UnitState::OnHold);
        let lifted = team.write(&team.ops, move |ctx, tx| app::recalls::keep::lift(ctx, tx, id, "withdrawn")).await;
        assert_eq!(lifted.unwrap().head.status, RecallStatus::Lifted);
        assert_eq!(team.unit(bad).await.state, UnitState::Available);
        let again = team.write(&team.ops, move |ctx, tx| app::recalls::keep::lift(ctx, tx, id, "again")).await;
        assert_eq!(code(again), "409:recall_not_open");
        team.sound().await;
    });
}

#[test]
fn everybody_concerned_is_told_and_answers_for_themselves_or_their_group() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.made(person(&team.ann), "L1", "").await;
        team.made(person(&team.cy), "L1", "").await;
        team.made(office(&team.ops), "L1", "").await;
        let made = team.recall(team.lots(&["L1"])).await;
        let id = made.head.id;
        assert_eq!((made.effect.concerned, made.effect.told, made.effect.answered), (3, 3, 0));
        for (who, n) in [(&team.ann, 1), (&team.cy, 1), (&team.dana, 1), (&team.bob, 0), (&team.admin, 1)] {
            assert_eq!(team.notices(who, "recall_opened").await, n, "{}", who.actor.name);
        }
        // Each sees what is within reach, and nobody else's.
        let of_ann = team.look(&team.ann, id).await.unwrap();
        assert_eq!((of_ann.contacts.len(), of_ann.counts.units, of_ann.may_manage), (1, 1, false));
        assert_eq!(team.look(&team.dana, id).await.unwrap().contacts.len(), 1);
        assert_eq!(code(team.look(&team.bob, id).await), "not_found");
        let listed = team.read(&team.bob, |ctx, tx| app::recalls::list(ctx, tx, &params(&[]))).await.unwrap();
        assert!(listed.items.is_empty());
        assert_eq!(team.read(&team.ann, app::recalls::waiting).await.unwrap().len(), 1);
        // The rep answers; the distributor for the rep as well; nobody for a stranger.
        let say = async |who: &Ctx, body: AnswerRecall| {
            team.write(who, move |ctx, tx| app::recalls::tell::answer(ctx, tx, id, &body)).await
        };
        say(&team.ann, answer(Answer::HaveIt, 1)).await.unwrap();
        assert!(team.read(&team.ann, app::recalls::waiting).await.unwrap().is_empty());
        let for_ann = AnswerRecall { custodian: Some(person(&team.ann)), ..answer(Answer::Returned, 1) };
        say(&team.dana, for_ann.clone()).await.unwrap();
        let of_cy = AnswerRecall { custodian: Some(person(&team.cy)), ..answer(Answer::NoneFound, 0) };
        assert_eq!(code(say(&team.dana, of_cy).await), "not_found:custodian");
        assert_eq!(code(say(&team.bob, for_ann).await), "not_found");
        let own = say(&team.ops, answer(Answer::HaveIt, 1)).await.unwrap();
        assert_eq!((own.effect.answered, own.effect.accounted), (2, 2));
        assert_eq!(own.contacts[0].name, "Cy Okoye", "whoever has not answered stands first");
        // Reminding tells the one who has not answered, and nobody else.
        team.write(&team.ops, move |ctx, tx| app::recalls::tell::remind(ctx, tx, id)).await.unwrap();
        assert_eq!(team.notices(&team.cy, "recall_opened").await, 2);
        assert_eq!(team.notices(&team.ann, "recall_opened").await, 1);
        // Only the office opens and ends.
        let by_ann = team.write(&team.ann, move |ctx, tx| app::recalls::keep::close(ctx, tx, id, "no")).await;
        assert_eq!(code(by_ann), "403:not_allowed");
        team.sound().await;
    });
}

#[test]
fn a_draft_freezes_nothing_and_lines_change_with_a_reason() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let one = team.made(person(&team.ann), "L1", "").await;
        let two = team.made(person(&team.ann), "L2", "").await;
        let body = CreateRecall { draft: true, ..recall(vec![team.lots(&["L1"])]) };
        let made = team.write(&team.ops, move |ctx, tx| app::recalls::keep::create(ctx, tx, &body)).await.unwrap();
        let id = made.head.id;
        assert_eq!((made.counts.units, made.effect.told), (1, 0));
        assert_eq!(team.unit(one).await.state, UnitState::Available);
        assert_eq!(code(team.look(&team.ann, id).await), "not_found");
        team.write(&team.ops, move |ctx, tx| app::recalls::keep::open(ctx, tx, id)).await.unwrap();
        assert_eq!(team.unit(one).await.state, UnitState::OnHold);
        let wider = PatchRecall { lines: Some(vec![team.lots(&["L2"])]), ..PatchRecall::default() };
        let silent = wider.clone_lines();
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::recalls::keep::patch(ctx, tx, id, &silent)).await),
            "422:required"
        );
        let said = PatchRecall { reason: "the letter was corrected".into(), ..wider };
        team.write(&team.ops, move |ctx, tx| app::recalls::keep::patch(ctx, tx, id, &said)).await.unwrap();
        assert_eq!(team.unit(one).await.state, UnitState::Available);
        assert_eq!(team.unit(two).await.state, UnitState::OnHold);
        let none = recall(Vec::new());
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::recalls::keep::create(ctx, tx, &none)).await),
            "422:required"
        );
        team.sound().await;
    });
}

trait Again {
    fn clone_lines(&self) -> Self;
}

impl Again for PatchRecall {
    fn clone_lines(&self) -> Self {
        PatchRecall { lines: self.lines.clone(), ..PatchRecall::default() }
    }
}

#[test]
fn a_notice_becomes_lines_to_confirm_and_nothing_of_it_is_lost() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.made(person(&team.ann), "A100", "").await;
        let read = async |notice: &str| {
            let body = ReadNotice { notice: notice.to_owned() };
            team.read(&team.ops, move |ctx, tx| app::recalls::notice::propose(ctx, tx, &body)).await
        };
        let text =
            read("URGENT: Device recall, Class II\nCatalog number CUP-52, lots A100, A200 to A299.").await.unwrap();
        assert_eq!((text.source.as_str(), text.classification.as_str()), ("text", "Class II"));
        let line = &text.lines[0];
        assert_eq!((line.catalog_number.as_str(), line.line.lots.as_slice()), ("CUP-52", &["A100".to_owned()][..]));
        assert_eq!(line.line.lot_ranges, [NumberRange { from: "A200".into(), to: "A299".into() }]);
        assert_eq!(line.without_units, ["A200 to A299"]);
        let json = r#"{"results": [{"recall_number": "Z-0001-2027", "classification": "Class I", "recalling_firm": "Orthex",
            "product_description": "Acetabular cup, REF CUP-52", "code_info": "All lots"},
            {"product_description": "Another thing, REF XX-1", "code_info": "Lot Numbers: B1, B2"}]}"#;
        let json = read(json).await.unwrap();
        assert_eq!((json.source.as_str(), json.reference.as_str()), ("openfda", "Z-0001-2027"));
        assert_eq!((json.lines.len(), json.lines[0].line.lots.len()), (1, 0));
        assert_eq!(json.unplaced[0].numbers, ["B1", "B2"]);
        // The lot alone leads to the item, for somebody to look at.
        assert_eq!(read("Lot A100").await.unwrap().lines[0].catalog_number, "CUP-52");
        assert_eq!(code(read("{\"a\": 1}").await), "422:not_a_report");
        let body = ReadNotice { notice: "Lot 1".into() };
        let by_ann = team.read(&team.ann, move |ctx, tx| app::recalls::notice::propose(ctx, tx, &body)).await;
        assert_eq!(code(by_ann), "403:not_allowed");
    });
}

#[test]
fn a_recalled_unit_is_not_marked_used_and_what_was_marked_is_warned_of() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let rep = scene.person(Role::Sales, "Ann Reyes").await;
        let units = scene.units(scene.item, &rep, 3, None).await;
        let event = scene.event(EventType::Case, &rep, scene.mercy).await.head.id;
        scene.mark(&rep, event, &units[..1]).await.unwrap();
        let item = Id::from_uuid(scene.item);
        let body = recall(vec![RecallLine::whole(item)]);
        scene.run(&scene.admin, move |ctx, tx| app::recalls::keep::create(ctx, tx, &body)).await.unwrap();
        assert_eq!(scene_code(scene.mark(&rep, event, &units[1..2]).await), "unit_recalled");
        let usable = scene
            .app
            .read(&rep, move |ctx, tx| app::events::lines::usable_units(ctx, tx, event, &params(&[("count", "true")])))
            .await
            .unwrap();
        assert_eq!((usable.items.len(), usable.total), (0, Some(0)));
        let warned =
            scene.app.read(&rep, move |ctx, tx| app::events::warnings::list(ctx, tx, event)).await.unwrap().items;
        assert!(warned.iter().any(|it| it.code == "unit_recalled" && it.line_id.is_some()));
        // The recall knows the case, and its representative was told of it.
        let found = scene.app.read(&rep, |ctx, tx| app::recalls::list(ctx, tx, &params(&[]))).await.unwrap();
        let id = found.items[0].id;
        let seen = scene.app.read(&scene.admin, move |ctx, tx| app::recalls::get(ctx, tx, id)).await.unwrap();
        assert_eq!((seen.events.len(), seen.contacts[0].cases, seen.contacts[0].units), (1, 1, 3));
        scene.prove().await;
    });
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just(String::new()), 5 => "[AB]{0,1}[0-9]{1,2}"]
}

/// Lots, runs of serial numbers and single ones.
type Drawn = (Vec<String>, Vec<(String, u32, u32)>, Vec<String>);

fn rule() -> impl Strategy<Value = Drawn> {
    (
        prop::collection::vec("[AB]{0,1}[0-9]{1,2}", 0..3),
        prop::collection::vec(("[AB]{0,1}", 0_u32..40, 0_u32..30), 0..2),
        prop::collection::vec("[AB]{0,1}[0-9]{1,2}", 0..2),
    )
}

/// For generated rules and units, what is frozen is what the rule covers: no more, no less.
#[test]
fn the_frozen_units_are_those_that_the_rule_covers() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut units: Vec<Unit> = Vec::new();
        for at in 0..40 {
            let (lot, serial) = (key(), key()).new_tree(&mut runner).unwrap().current();
            let serial = if serial.is_empty() { serial } else { format!("{serial}{}", at % 7) };
            let body = CreateUnits {
                custodian: Some(Custodian::user(team.ann.actor.id).into()),
                lot: Some(lot).filter(|text| !text.is_empty()),
                serial: Some(serial).filter(|text| !text.is_empty()),
                expires_on: (at % 3 != 0).then(|| Day(21_000 + at)),
                ..team.some(1)
            };
            // A serial number that is taken already is left out.
            if let Ok(made) = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await {
                units.extend(made.items);
            }
        }
        assert!(units.len() > 25);
        for round in 0..12 {
            let (lots, ranges, serials) = rule().new_tree(&mut runner).unwrap().current();
            let line = RecallLine {
                lots,
                lot_ranges: ranges
                    .into_iter()
                    .map(|(head, low, more)| NumberRange {
                        from: format!("{head}{low}"),
                        to: format!("{head}{}", low + more),
                    })
                    .collect(),
                serials,
                expires_to: (round % 3 == 0).then_some(Day(21_020)),
                ..RecallLine::whole(team.item())
            };
            let rule = rule_of(&line);
            let id = team.recall(line.clone()).await.head.id;
            let mut expected = Vec::new();
            let mut to_check = 0;
            for unit in &units {
                let (lot, serial) = (
                    identifier_key(unit.lot.as_deref().unwrap_or_default()),
                    identifier_key(unit.serial.as_deref().unwrap_or_default()),
                );
                let marks =
                    Marks { lot_key: &lot, serial_key: &serial, expires_on: unit.expires_on, manufactured_on: None };
                match rule.judge(&marks) {
                    Affected::No => {}
                    Affected::Yes => expected.push(unit.id),
                    Affected::ToCheck => {
                        to_check += 1;
                        expected.push(unit.id);
                    }
                }
            }
            expected.sort();
            let mut frozen = team.list(&team.ops, &[("state", "on_hold"), ("limit", "500")]).await;
            frozen.sort();
            assert_eq!(frozen, expected, "{line:?}");
            let seen = team.look(&team.ops, id).await.unwrap();
            assert_eq!((seen.counts.units, seen.counts.to_check), (expected.len() as i64, to_check), "{line:?}");
            team.write(&team.ops, move |ctx, tx| app::recalls::keep::lift(ctx, tx, id, "next")).await.unwrap();
            assert!(team.list(&team.ops, &[("state", "on_hold")]).await.is_empty());
        }
        team.sound().await;
    });
}

fn rule_of(line: &RecallLine) -> domain::recall::Rule {
    use domain::recall::{Rule, Span, range};
    let exact = |all: &[String]| all.iter().map(|text| Span::exact(&identifier_key(text))).collect::<Vec<_>>();
    let mut lots = exact(&line.lots);
    lots.extend(line.lot_ranges.iter().flat_map(|it| range(&it.from, &it.to).unwrap()));
    Rule { lots, serials: exact(&line.serials), expires: (line.expires_from, line.expires_to), made: (None, None) }
}
