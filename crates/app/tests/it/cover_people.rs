//! Cover, as far as people go: who is free and near, offers, whole absences, readiness, pools, settings, homes.

use crate::coverage::{candidates, case, cover, needs, preview, tasks};
use crate::scene::{Scene, at, code};
use app::{Ctx, Result};
use contract::coverage::{
    Absence, AbsenceCoverPreview, AbsenceCovered, AcceptProposal, ApplyCover, CaseFor, CoverCandidate, CoveredEvent,
    CreateAbsence, DraftCase, NeedLine, Offer, OfferCase, PatchCoverSettings, PreviewAbsenceCover, PutPlaceOnMap,
    Readiness, ReadinessBoard,
};
use contract::directory::{CreatePreferenceCard, PreferenceLine};
use contract::recalls::{CreateRecall, RecallLine};
use contract::transfers::CreateTransfer;
use contract::{Items, ListParams};
use domain::clock::Day;
use domain::coverage::candidates::ReasonCode;
use domain::coverage::readiness::{Lack, State};
use domain::event::{EventStatus, EventType};
use domain::id::{AbsenceId, EventId, Id, OfferId, UserId};
use domain::people::Role;
use domain::stock::Custodian;
use std::sync::Arc;
use store::args;
use testkit::{World, on_both};

const LATER: &str = "2026-11-30";

fn points(candidate: &CoverCandidate, code: ReasonCode) -> i64 {
    candidate.reasons.iter().find(|reason| reason.code == code).map_or(0, |reason| reason.points)
}

async fn live_at(scene: &Scene, whose: &Ctx, postal_code: &str) {
    let (id, body) = (whose.actor.id, PutPlaceOnMap { postal_code: postal_code.into(), ..PutPlaceOnMap::default() });
    scene.run(whose, move |ctx, tx| app::coverage::places::put_home(ctx, tx, id, &body)).await.expect("a home");
}

async fn absent(scene: &Scene, ctx: &Ctx, whom: &Ctx, from: &str, to: &str) -> Result<Absence> {
    let body = CreateAbsence { from_on: Day::parse(from), to_on: Day::parse(to), ..CreateAbsence::default() };
    let id = whom.actor.id;
    scene.run(ctx, move |ctx, tx| app::coverage::absences::create(ctx, tx, id, &body)).await
}

#[test]
fn candidates_are_ranked_by_what_a_person_would_say() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let cat = scene.person(Role::Sales, "Cat Ito").await;
        let new = scene.world.person(Role::Sales, "New Hire").await;
        let (mercy, chicago) = (scene.mercy, PutPlaceOnMap { postal_code: "60614".into(), ..PutPlaceOnMap::default() });
        scene
            .run(&scene.admin, move |ctx, tx| app::coverage::places::put_position(ctx, tx, mercy, &chicago))
            .await
            .unwrap();
        live_at(&scene, &bob, "60615").await;
        live_at(&scene, &cat, "10001").await;
        scene.units(scene.item, &bob, 2, None).await;
        // Bob had a case with the surgeon last week; Cat is busy; the new hire knows nobody.
        let past = case(&scene, &bob, "2026-11-15").await;
        let used = scene.units(scene.item, &bob, 1, None).await;
        scene.mark(&bob, past, &used).await.unwrap();
        scene.submit(&bob, past).await.unwrap();
        case(&scene, &cat, LATER).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 3)]).await;
        let found = candidates(&scene, &scene.admin, event).await.unwrap().items;
        let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Bob Lind", "New Hire", "Cat Ito"], "a conflict stands last");
        let (bob_, new_, cat_) = (&found[0], &found[1], &found[2]);
        assert!(bob_.score > new_.score && bob_.travel_minutes < 30 && cat_.travel_minutes > 600);
        assert_eq!((bob_.units_within_reach, points(bob_, ReasonCode::Stock)), (2, 22 * 2 / 3));
        assert_eq!((points(bob_, ReasonCode::Recent), points(new_, ReasonCode::Recent)), (6 / 5, 0));
        assert_eq!((points(bob_, ReasonCode::Physician), points(new_, ReasonCode::Physician)), (8, 0));
        assert_eq!((cat_.conflicts[0].code.as_str(), points(cat_, ReasonCode::Busy)), ("busy", 0));
        assert!(bob_.reasons.iter().all(|reason| !reason.text.is_empty() && reason.points <= reason.of));
        assert_eq!(bob_.reasons.iter().map(|reason| reason.points).sum::<i64>(), bob_.score);

        // Days off count as soon as they are entered, and weights are settings.
        let gone = absent(&scene, &bob, &bob, "2026-11-28", LATER).await.unwrap();
        let found = candidates(&scene, &scene.admin, event).await.unwrap().items;
        let bob_ = found.iter().find(|it| it.user_id == bob.actor.id).unwrap();
        assert_eq!(bob_.conflicts[0].code, "away");
        let id = bob.actor.id;
        scene.run(&bob, move |ctx, tx| app::coverage::absences::remove(ctx, tx, id, gone.id)).await.unwrap();
        let weights = [("weight_stock".to_owned(), 100)].into();
        let patch = PatchCoverSettings { weights, ..PatchCoverSettings::default() };
        scene.run(&scene.admin, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &patch)).await.unwrap();
        let admin = scene.world.again(&scene.admin).await;
        let found = candidates(&scene, &admin, event).await.unwrap().items;
        assert_eq!(points(&found[0], ReasonCode::Stock), 100 * 2 / 3);
        for (weights, hours) in
            [([("weight_luck".to_owned(), 1)].into(), None), (std::collections::BTreeMap::new(), Some(0))]
        {
            let patch = PatchCoverSettings { weights, courier_hours: hours, ..PatchCoverSettings::default() };
            let done = scene.run(&admin, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &patch)).await;
            assert!(["unknown_weight", "out_of_range"].contains(&code(done)));
        }
        let patch = PatchCoverSettings { notice_minutes: Some(5), ..PatchCoverSettings::default() };
        let done = scene.run(&ann, move |ctx, tx| app::coverage::settings::patch(ctx, tx, &patch)).await;
        assert_eq!(code(done), "not_allowed");
        let _ = new;
        scene.prove().await;
    });
}

#[test]
fn candidates_are_counted_by_what_can_be_used_on_the_day() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.units(scene.item, &bob, 2, Some("2028-01-01")).await;
        scene.units(scene.item, &bob, 3, Some("2027-05-05")).await;
        scene.units(scene.item, &bob, 1, Some(LATER)).await;
        scene.units(scene.item, &bob, 4, Some("2026-11-29")).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 9)]).await;
        let reach = async || {
            let found = candidates(&scene, &scene.admin, event).await.unwrap().items;
            found.iter().find(|it| it.name == "Bob Lind").unwrap().units_within_reach
        };
        assert_eq!(reach().await, 6, "what expires on the day is good, what expired before is not");
        let may = RecallLine {
            expires_from: Day::parse("2027-05-01"),
            expires_to: Day::parse("2027-05-31"),
            ..RecallLine::whole(Id::from_uuid(scene.item))
        };
        let recall = CreateRecall {
            title: "Cracked cups".into(),
            draft: false,
            reference: String::new(),
            classification: String::new(),
            notice: String::new(),
            instructions: String::new(),
            lines: vec![may],
            unplaced: Vec::new(),
            return_to: None,
            return_address: String::new(),
        };
        scene.run(&scene.admin, move |ctx, tx| app::recalls::keep::create(ctx, tx, &recall)).await.unwrap();
        assert_eq!(reach().await, 3, "what is recalled is frozen");
        let plan = preview(&scene, &scene.admin, event, &bob).await.unwrap();
        assert_eq!(plan.summary.units_in_place, 3, "and the plan says the same");
        scene.prove().await;
    });
}

#[test]
fn a_case_that_is_only_drafted_finds_cover_too() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.link(&dana, &ann, true).await;
        scene.units(scene.item, &dana, 5, None).await;
        scene.units(scene.tool, &bob, 1, None).await;
        let item = |id| PreferenceLine { catalog_item_id: Id::from_uuid(id), quantity: 2, substitute_ids: Vec::new() };
        let card = CreatePreferenceCard {
            name: "Hip".into(),
            physician_id: Id::from_uuid(scene.physician),
            procedure_id: None,
            lines: vec![item(scene.item)],
        };
        let card = scene
            .run(&scene.admin, move |ctx, tx| app::directory::named::create_card(ctx, tx, card.clone()))
            .await
            .unwrap();
        let draft = DraftCase {
            starts_at: at(LATER),
            ends_at: None,
            location_id: Some(scene.mercy),
            physician_id: Some(Id::from_uuid(scene.physician)),
            procedure_id: None,
            manufacturer_ids: Vec::new(),
            preference_card_id: Some(card.id),
            needs: vec![NeedLine { catalog_item_id: Id::from_uuid(scene.tool), quantity: 1 }],
            representative_id: None,
        };
        let ask = async |ctx: &Ctx, draft: DraftCase| {
            scene.app.read(ctx, move |ctx, tx| app::coverage::candidates_for_draft(ctx, tx, &draft)).await
        };
        let found = ask(&scene.admin, draft.clone()).await.unwrap();
        assert_eq!(found.units_needed, 3);
        let has = |who: &Ctx| found.items.iter().find(|it| it.user_id == who.actor.id).unwrap().units_within_reach;
        assert_eq!((has(&dana), has(&ann), has(&bob)), (2, 2, 1));
        let mine = ask(&dana, draft.clone()).await.unwrap();
        assert_eq!(mine.items.len(), 2);
        assert_eq!(code(ask(&ann, draft.clone()).await), "not_allowed");
        let nobody = DraftCase { representative_id: Some(bob.actor.id), ..draft.clone() };
        assert_eq!(code(ask(&dana, nobody).await), "not_found");
        let nowhere = DraftCase { location_id: Some(Id::from_uuid(scene.item)), ..draft };
        assert_eq!(code(ask(&scene.admin, nowhere).await), "not_found");
    });
}

async fn offer(scene: &Scene, ctx: &Ctx, event: EventId, whom: &[&Ctx]) -> Result<Items<Offer>> {
    let body = OfferCase { user_ids: whom.iter().map(|it| it.actor.id).collect(), note: "Can you?".into() };
    scene.run(ctx, move |ctx, tx| app::coverage::offers::create(ctx, tx, event, &body)).await
}

async fn accept(scene: &Scene, ctx: &Ctx, id: OfferId) -> Result<CoveredEvent> {
    scene.run(ctx, move |ctx, tx| app::coverage::offers::accept(ctx, tx, id)).await
}

async fn offers_to(scene: &Scene, ctx: &Ctx) -> Vec<Offer> {
    scene.app.read(ctx, app::coverage::offers::mine).await.expect("offers").items
}

#[test]
fn the_first_to_accept_an_offer_has_the_case_once() {
    on_both(async |world: World| {
        let scene = Arc::new(Scene::set(world).await);
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let [ann, bob, cat, eve] = [
            scene.person(Role::Sales, "Ann Reyes").await,
            scene.person(Role::Sales, "Bob Lind").await,
            scene.person(Role::Sales, "Cat Ito").await,
            scene.person(Role::Sales, "Eve Else").await,
        ];
        for rep in [&ann, &bob, &cat] {
            scene.link(&dana, rep, false).await;
        }
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = case(&scene, &ann, LATER).await;
        scene.mark(&ann, event, &units).await.unwrap();
        assert_eq!(code(offer(&scene, &dana, event, &[&eve]).await), "not_found");
        assert_eq!(code(offer(&scene, &ann, event, &[&bob]).await), "not_allowed");
        offer(&scene, &dana, event, &[&bob, &cat]).await.unwrap();
        // Asked again, nobody gets a second question.
        assert_eq!(offer(&scene, &dana, event, &[&bob, &cat]).await.unwrap().items.len(), 2);
        let (of_bob, of_cat) = (offers_to(&scene, &bob).await, offers_to(&scene, &cat).await);
        assert_eq!((of_bob.len(), of_cat.len(), offers_to(&scene, &eve).await.len()), (1, 1, 0));
        let (to_bob, to_cat) = (of_bob[0].id, of_cat[0].id);
        assert_eq!(code(accept(&scene, &eve, to_bob).await), "not_found");
        assert_eq!(code(accept(&scene, &dana, to_bob).await), "not_your_offer");
        let racing = [(bob.clone(), to_bob), (cat.clone(), to_cat)].map(|(who, id)| {
            let scene = scene.clone();
            tokio::spawn(async move { code(accept(&scene, &who, id).await) })
        });
        let mut found = Vec::new();
        for job in racing {
            found.push(job.await.unwrap());
        }
        found.sort_unstable();
        assert_eq!(found, ["offer_taken", "ok"]);
        let now = scene.get(&scene.admin, event).await.unwrap();
        let winner = if now.head.representative_id == bob.actor.id { &bob } else { &cat };
        // It was handed over in the right of the distributor: the marked unit came along.
        assert_eq!(scene.unit(units[0]).await.3, winner.actor.id);
        assert!(offers_to(&scene, &bob).await.is_empty() && offers_to(&scene, &cat).await.is_empty());
        let states = scene.app.read(&dana, move |ctx, tx| app::coverage::offers::list(ctx, tx, event)).await.unwrap();
        let mut states: Vec<String> = states.items.into_iter().map(|it| it.state).collect();
        states.sort();
        assert_eq!(states, ["accepted", "closed"]);

        // Declined by all, whoever asked hears so; and a right that is gone gives nothing away.
        let second = case(&scene, &ann, "2026-12-01").await;
        let made = offer(&scene, &dana, second, &[&bob, &cat]).await.unwrap().items;
        let of = |who: &Ctx| made.iter().find(|it| it.user_id == who.actor.id).unwrap().id;
        let (to_bob, to_cat) = (of(&bob), of(&cat));
        let declined = scene
            .run(&bob, move |ctx, tx| app::coverage::offers::decline(ctx, tx, to_bob, "On holiday"))
            .await
            .unwrap();
        assert_eq!((declined.state.as_str(), declined.reason.as_str()), ("declined", "On holiday"));
        assert_eq!(code(accept(&scene, &bob, to_bob).await), "offer_taken");
        let gone = dana.actor.id;
        scene
            .run(&scene.admin, move |ctx, tx| app::people::deactivate(ctx, tx, gone, &Default::default()))
            .await
            .unwrap();
        assert_eq!(code(accept(&scene, &cat, to_cat).await), "offer_void");
        scene.prove().await;
    });
}

async fn plan_absence(
    scene: &Scene,
    ctx: &Ctx,
    whom: UserId,
    id: AbsenceId,
    ask: PreviewAbsenceCover,
) -> Result<AbsenceCoverPreview> {
    scene.run(ctx, move |ctx, tx| app::coverage::absences::preview(ctx, tx, whom, id, &ask)).await
}

async fn cover_absence(
    scene: &Scene,
    ctx: &Ctx,
    whom: UserId,
    id: AbsenceId,
    plan: &AbsenceCoverPreview,
) -> Result<AbsenceCovered> {
    let body = ApplyCover { preview_token: plan.preview_token, reason: "Holiday".into() };
    scene.run(ctx, move |ctx, tx| app::coverage::absences::apply(ctx, tx, whom, id, &body)).await
}

#[test]
fn a_whole_absence_is_covered_in_one_plan_and_what_was_lent_comes_back() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let [ann, bob, cat] = [
            scene.person(Role::Sales, "Ann Reyes").await,
            scene.person(Role::Sales, "Bob Lind").await,
            scene.person(Role::Sales, "Cat Ito").await,
        ];
        for rep in [&ann, &bob, &cat] {
            scene.link(&dana, rep, false).await;
        }
        let units = scene.units(scene.item, &ann, 6, None).await;
        let days = ["2026-12-07", "2026-12-08", "2026-12-09", "2026-12-10"];
        let mut events = Vec::new();
        for (n, day) in days.iter().enumerate() {
            let event = case(&scene, &ann, day).await;
            scene.mark(&ann, event, &units[n..=n]).await.unwrap();
            events.push(event);
        }
        needs(&scene, events[0], &[(scene.item, 2)]).await;
        // Bob has a case of his own on the first day.
        case(&scene, &bob, days[0]).await;
        let after = case(&scene, &ann, "2026-12-21").await;
        assert_eq!(code(absent(&scene, &bob, &ann, days[0], days[3]).await), "not_found");
        let away = absent(&scene, &ann, &ann, days[0], days[3]).await.unwrap();
        assert_eq!((away.cases_open, away.cases_covered), (4, 0));
        assert_eq!(code(absent(&scene, &ann, &ann, days[3], "2026-12-20").await), "absence_overlaps");
        let whom = ann.actor.id;
        let ask = PreviewAbsenceCover {
            user_ids: vec![bob.actor.id, cat.actor.id],
            hand_back: true,
            ..PreviewAbsenceCover::default()
        };
        assert_eq!(code(plan_absence(&scene, &ann, whom, away.id, ask.clone()).await), "not_allowed");
        let plan = plan_absence(&scene, &dana, whom, away.id, ask.clone()).await.unwrap();
        assert_eq!((plan.cases.len(), plan.uncovered), (4, 0));
        assert_eq!(plan.cases[0].representative_id, Some(cat.actor.id), "Bob is busy");
        let full: Vec<i64> = plan.shares.iter().map(|share| share.cases + share.own_cases).collect();
        assert_eq!((full.len(), full.iter().sum::<i64>()), (2, 5));
        assert!((full[0] - full[1]).abs() <= 1, "fairly spread, with what they have anyway: {full:?}");
        // The needed unit of the first case is none of those marked on the others.
        assert_eq!(plan.cases[0].moves[0].units.len(), 2);

        // By hand one case goes to somebody in particular, and what moved meanwhile is noticed.
        let fixed = CaseFor { event_id: events[1], representative_id: dana.actor.id };
        let by_hand = PreviewAbsenceCover { fixed: vec![fixed], ..ask.clone() };
        let other = plan_absence(&scene, &dana, whom, away.id, by_hand).await.unwrap();
        assert_eq!(other.cases[1].representative_id, Some(dana.actor.id));
        let extra = case(&scene, &ann, days[2]).await;
        let body = ApplyCover { preview_token: plan.preview_token, reason: String::new() };
        let error = scene.app.apply_absence_cover(&dana, None, whom, away.id, body).await.unwrap_err();
        let app::Error::Outdated { code: word, current, .. } = error else { panic!("{error:?}") };
        assert_eq!((word, current["cases"].as_array().map(Vec::len)), ("plan_outdated", Some(5)));
        scene.run(&scene.admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, extra, "")).await.unwrap();

        let plan = plan_absence(&scene, &dana, whom, away.id, ask).await.unwrap();
        let done = cover_absence(&scene, &dana, whom, away.id, &plan).await.unwrap();
        assert_eq!((done.coverages.len(), done.uncovered_event_ids.len()), (4, 0));
        for (n, event) in events.iter().enumerate() {
            let now = scene.get(&scene.admin, *event).await.unwrap();
            assert_ne!(now.head.representative_id, ann.actor.id);
            assert_eq!(scene.unit(units[n]).await.3, now.head.representative_id);
            assert!(now.lines[0].warning.is_none());
        }
        assert_eq!(scene.get(&scene.admin, after).await.unwrap().head.representative_id, ann.actor.id);
        // One case is used up; after the absence what was lent and not used is on its way back.
        let first = scene.get(&scene.admin, events[0]).await.unwrap();
        scene.submit(&scene.admin, events[0]).await.unwrap();
        scene
            .run(&scene.admin, {
                let event = events[1];
                move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")
            })
            .await
            .unwrap();
        assert_eq!(scene.app.hand_back(Id::from_uuid(scene.org)).await.unwrap(), 0, "not before it is over");
        scene.world.clock.set(at("2026-12-12"));
        assert_eq!(scene.app.hand_back(Id::from_uuid(scene.org)).await.unwrap(), 1);
        assert_eq!(scene.app.hand_back(Id::from_uuid(scene.org)).await.unwrap(), 0, "once");
        let back = "SELECT COALESCE(SUM(units_count), 0) FROM stock_transfer WHERE organization_id = $1 AND to_id = $2 AND status = 'pending'";
        // The second unit of the first case and the one of the case that was called off.
        assert_eq!(scene.numbers(back, args![scene.org, ann.actor.id.uuid()]).await, [2]);
        let _ = first;
        scene.app.seal(Id::from_uuid(scene.org)).await.unwrap();
        scene.prove().await;
    });
}

async fn readiness(scene: &Scene, ctx: &Ctx, event: EventId) -> Result<Readiness> {
    scene.app.read(ctx, move |ctx, tx| app::coverage::readiness::one(ctx, tx, event)).await
}

async fn board(scene: &Scene, ctx: &Ctx, filters: &[(&str, &str)]) -> Result<ReadinessBoard> {
    let filters = filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let params = ListParams { filters, ..ListParams::default() };
    scene.app.read(ctx, move |ctx, tx| app::coverage::board::board(ctx, tx, &params)).await
}

#[test]
fn upcoming_cases_say_how_they_stand_and_what_is_missing() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let org = Id::from_uuid(scene.org);
        let dana = scene.person(Role::Distributor, "Dana Moore").await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        scene.link(&dana, &ann, false).await;
        let event = case(&scene, &ann, LATER).await;
        let stands = async |ctx: &Ctx| {
            let found = readiness(&scene, ctx, event).await.unwrap();
            (found.state, found.risks.iter().map(|risk| risk.lack).collect::<Vec<_>>())
        };
        assert_eq!(stands(&ann).await, (State::Ready, vec![]));
        scene.app.refresh_readiness(org).await.unwrap();
        needs(&scene, event, &[(scene.item, 2)]).await;
        assert_eq!(stands(&ann).await, (State::AtRisk, vec![Lack::Units]));
        let found = readiness(&scene, &dana, event).await.unwrap();
        assert_eq!((found.units_needed, found.units_there, found.may_cover), (2, 0, true));
        assert!(
            found.act_by.is_some_and(|by| by < found.starts_at)
                && !readiness(&scene, &ann, event).await.unwrap().may_cover
        );
        assert_eq!(code(readiness(&scene, &bob, event).await), "not_found");
        // What is past its date on the day, or is kept for another case, does not count.
        scene.units(scene.item, &ann, 2, Some("2026-11-29")).await;
        assert_eq!(stands(&ann).await.0, State::AtRisk);
        let good = scene.units(scene.item, &ann, 2, Some("2026-11-30")).await;
        assert_eq!(stands(&ann).await.0, State::Ready);
        let earlier = case(&scene, &ann, "2026-11-28").await;
        needs(&scene, earlier, &[(scene.item, 1)]).await;
        // On the 28th three are good, of which it needs one: the one that expires first.
        assert_eq!(stands(&ann).await.0, State::AtRisk, "an earlier case needs one of them");
        scene.run(&scene.admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, earlier, "")).await.unwrap();
        // A marked unit that is sent away is told at once.
        scene.mark(&ann, event, &good[..1]).await.unwrap();
        assert_eq!(stands(&ann).await.0, State::Ready);
        let (id, reason) = (good[0], Some("Look at it".to_owned()));
        scene.run(&scene.admin, move |ctx, tx| app::units::hold(ctx, tx, id, reason.clone())).await.unwrap();
        assert_eq!(stands(&ann).await, (State::AtRisk, vec![Lack::Held]));
        absent(&scene, &ann, &ann, LATER, LATER).await.unwrap();
        assert_eq!(stands(&ann).await, (State::AtRisk, vec![Lack::Held, Lack::Away]));

        // The board knows it once it looked, and whoever is responsible hears that it became worse.
        assert_eq!(board(&scene, &dana, &[]).await.unwrap().items.len(), 1);
        assert_eq!(board(&scene, &bob, &[]).await.unwrap().items.len(), 0);
        scene.world.clock.pass(11 * 60);
        assert_eq!(scene.app.refresh_readiness(org).await.unwrap(), 1);
        assert_eq!(scene.app.refresh_readiness(org).await.unwrap(), 0, "what was looked at just now is fresh");
        let risky = board(&scene, &dana, &[("state", "at_risk,not_ready")]).await.unwrap();
        assert_eq!((risky.items.len(), risky.counts.at_risk, risky.counts.ready), (1, 1, 0));
        assert_eq!(board(&scene, &dana, &[("state", "ready")]).await.unwrap().items.len(), 0);
        for whom in [&ann, &dana] {
            let told = "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND user_id = $2 AND kind = 'case_at_risk'";
            assert_eq!(scene.numbers(told, args![scene.org, whom.actor.id.uuid()]).await, [1]);
        }
        assert_eq!(code(board(&scene, &dana, &[("days", "0")]).await), "invalid_value");
        assert_eq!(code(board(&scene, &dana, &[("state", "fine")]).await), "invalid_value");
        // Too late for anything: not ready.
        scene.world.clock.set(at(LATER).plus_seconds(-1_800));
        let ann = scene.world.again(&ann).await;
        assert_eq!(stands(&ann).await.0, State::NotReady);
        scene.run(&scene.admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, event, "")).await.unwrap();
        assert_eq!(code(readiness(&scene, &ann, event).await), "event_not_open");
        scene.app.seal(org).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn hand_overs_that_repeat_propose_a_pool() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let list = async |ctx: &Ctx| scene.app.read(ctx, app::coverage::proposals::list).await.map(|page| page.items);
        for n in 0..3 {
            let (from, to) = if n == 1 { (&bob, &ann) } else { (&ann, &bob) };
            let units = scene.units(scene.item, from, 1, None).await;
            let to_id = Custodian::user(to.actor.id).into();
            let sent = scene
                .run(from, move |ctx, tx| {
                    let send = CreateTransfer {
                        from: None,
                        to: to_id,
                        unit_ids: units.clone(),
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
            let id = sent.transfer.id;
            scene.run(to, move |ctx, tx| app::transfers::accept(ctx, tx, id, &Default::default())).await.unwrap();
            assert_eq!(list(&scene.admin).await.unwrap().len(), usize::from(n == 2));
        }
        assert_eq!(code(list(&ann).await), "not_allowed");
        let found = list(&scene.admin).await.unwrap();
        let proposal = &found[0];
        assert_eq!((proposal.hand_overs, proposal.units), (3, 3));
        assert_eq!(proposal.pool_name, "Pool of Ann Reyes and Bob Lind");
        let id = proposal.id;
        let pool = scene
            .run(&scene.admin, move |ctx, tx| app::coverage::proposals::accept(ctx, tx, id, &AcceptProposal::default()))
            .await
            .unwrap();
        assert!(pool.custodian_only && pool.shares_inventory);
        assert!(list(&scene.admin).await.unwrap().is_empty(), "with a pool there is nothing to propose");
        // What lies in the pool both may use: the next case changes hands without a hand-over.
        let hub = scene.world.by_email(&pool.email).await;
        scene.units(scene.item, &hub, 2, None).await;
        let event = case(&scene, &ann, LATER).await;
        needs(&scene, event, &[(scene.item, 2)]).await;
        assert_eq!(preview(&scene, &scene.admin, event, &bob).await.unwrap().summary.hand_overs, 0);
        let done = cover(&scene, &scene.admin, event, &bob).await;
        assert!(done.tasks.is_empty() && tasks(&scene, &bob).await.is_empty());
        assert_eq!(done.event.head.status, EventStatus::Open);
        assert_eq!(done.event.head.r#type, EventType::Case);
        scene.prove().await;
    });
}
