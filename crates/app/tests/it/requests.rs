//! Requests: who may ask for whom, how they are answered in part and whole, what transfers do to them, what is proposed.

use crate::team::{Team, believing, code, office, params, person};
use app::Ctx;
use contract::requests::{AskLine, CreateRequest, Delivered, FulfillRequest, ReceiveDelivery, StockRequest};
use contract::units::{BomLine, CreateBom};
use domain::clock::Day;
use domain::id::{CatalogItemId, RequestId, UnitId};
use domain::request::{RequestKind, RequestStatus};
use domain::stock::{TransferStatus, UnitState};
use store::Value;
use testkit::on_both;

fn wants(item: CatalogItemId, quantity: i64) -> CreateRequest {
    let line = AskLine { catalog_item_id: Some(item), quantity, ..AskLine::default() };
    CreateRequest { lines: vec![line], ..CreateRequest::default() }
}

async fn ask(team: &Team, who: &Ctx, body: CreateRequest) -> app::Result<StockRequest> {
    team.write(who, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await
}

async fn fulfill(team: &Team, who: &Ctx, id: RequestId, body: FulfillRequest) -> app::Result<StockRequest> {
    team.write(who, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, id, &body)).await
}

async fn see(team: &Team, who: &Ctx, id: RequestId) -> app::Result<StockRequest> {
    team.read(who, move |ctx, tx| app::requests::get(ctx, tx, id)).await
}

fn units(ids: &[UnitId]) -> FulfillRequest {
    FulfillRequest { unit_ids: Some(ids.to_vec()), ..FulfillRequest::default() }
}

/// (asked, sent, received, open, back-ordered) of the only line.
fn line(request: &StockRequest) -> (i64, i64, i64, i64, i64) {
    let it = &request.lines[0];
    (it.quantity, it.sent, it.received, it.open, it.back_ordered)
}

#[test]
fn a_request_is_answered_in_part_from_several_sources_until_nothing_is_owed() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let own = team.stock(office(&team.ops), 2).await;
        let bobs = team.stock(person(&team.bob), 3).await;
        let made = ask(&team, &team.ann, wants(team.item(), 6)).await.unwrap();
        assert_eq!((made.head.status, made.head.to), (RequestStatus::Submitted, person(&team.ann)));
        assert_eq!((made.head.number.as_str(), line(&made)), ("REQ-000001", (6, 0, 0, 6, 0)));
        assert_eq!(team.notices(&team.ops, "request_submitted").await, 1);
        let id = made.head.id;
        // One transfer from the organisation and one from Bob.
        let part = fulfill(&team, &team.ops, id, units(&[own[0], own[1], bobs[0]])).await.unwrap();
        assert_eq!((part.head.status, line(&part)), (RequestStatus::InPart, (6, 3, 0, 3, 3)));
        let mut from: Vec<(&str, i64)> =
            part.transfers.iter().map(|it| (it.from_name.as_str(), it.units_count)).collect();
        from.sort_unstable();
        assert_eq!(from, [("Bob Lind", 1), (team.ops.organization.name.as_str(), 2)]);
        assert_eq!(part.head.back_ordered, 3, "what the office did not send is on back order");
        assert_eq!(team.unit(own[0]).await.state, UnitState::InTransfer);
        // More than is owed is refused, and nothing of it is sent.
        let many = team.stock(office(&team.ops), 4).await;
        assert_eq!(code(fulfill(&team, &team.ops, id, units(&many)).await), "409:more_than_asked");
        assert_eq!(team.unit(many[0]).await.state, UnitState::Available);
        // What is declined is owed again.
        let of_bob = part.transfers.iter().find(|it| it.from_name == "Bob Lind").unwrap().id;
        team.decline(&team.ann, of_bob).await.unwrap();
        assert_eq!(line(&see(&team, &team.ann, id).await.unwrap()), (6, 2, 0, 4, 4));
        let of_office = part.transfers.iter().find(|it| it.from_name != "Bob Lind").unwrap().id;
        team.accept(&team.ann, of_office).await.unwrap();
        assert_eq!(line(&see(&team, &team.ann, id).await.unwrap()), (6, 2, 2, 4, 4));
        let rest = fulfill(&team, &team.ops, id, units(&many)).await.unwrap();
        assert_eq!((rest.head.status, line(&rest)), (RequestStatus::Sent, (6, 6, 2, 0, 0)));
        assert_eq!(code(fulfill(&team, &team.ops, id, units(&[])).await), "409:request_not_open");
        let last = rest.transfers.iter().find(|it| it.status == TransferStatus::Pending).unwrap().id;
        team.accept(&team.ann, last).await.unwrap();
        let done = see(&team, &team.ann, id).await.unwrap();
        assert_eq!((done.head.status, line(&done)), (RequestStatus::Fulfilled, (6, 6, 6, 0, 0)));
        team.sound().await;
    });
}

#[test]
fn the_server_takes_what_expires_first_and_leaves_the_rest_on_back_order() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let expiring = |day: &'static str| {
            let body = contract::units::CreateUnits {
                expires_on: Day::parse(day),
                custodian: Some(office(&team.ops)),
                ..team.some(1)
            };
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone()))
        };
        let late = expiring("2031-01-01").await.unwrap().items[0].id;
        let soon = expiring("2029-01-01").await.unwrap().items[0].id;
        let gone = expiring("2020-01-01").await.unwrap().items[0].id;
        let id = ask(&team, &team.ann, wants(team.item(), 1)).await.unwrap().head.id;
        let done = fulfill(&team, &team.ops, id, FulfillRequest::default()).await.unwrap();
        assert_eq!(done.head.status, RequestStatus::Sent);
        assert_eq!(team.unit(soon).await.state, UnitState::InTransfer);
        let more = ask(&team, &team.ann, wants(team.item(), 5)).await.unwrap().head.id;
        let body = FulfillRequest { expected_on: Day::parse("2031-05-05"), ..FulfillRequest::default() };
        let part = fulfill(&team, &team.ops, more, body).await.unwrap();
        assert_eq!((line(&part), part.head.expected_on), ((5, 1, 0, 4, 4), Day::parse("2031-05-05")));
        assert_eq!(team.unit(late).await.state, UnitState::InTransfer);
        assert_eq!(team.unit(gone).await.state, UnitState::Available, "what has expired is not sent");
        assert_eq!(code(fulfill(&team, &team.ops, more, FulfillRequest::default()).await), "409:not_enough_stock");
        // Nothing to send now, said so.
        let id = ask(&team, &team.ann, wants(team.item(), 2)).await.unwrap().head.id;
        let waiting = fulfill(&team, &team.ops, id, units(&[])).await.unwrap();
        assert_eq!((waiting.head.status, line(&waiting)), (RequestStatus::Submitted, (2, 0, 0, 2, 2)));
        let owed =
            team.read(&team.ops, |ctx, tx| app::requests::list(ctx, tx, &params(&[("back_ordered", "true")]))).await;
        assert_eq!(owed.unwrap().items.len(), 2);
        team.sound().await;
    });
}

#[test]
fn who_may_ask_answer_and_see() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.item();
        let for_whom = |whom: &Ctx| CreateRequest { to: Some(person(whom)), ..wants(item, 1) };
        assert_eq!(code(ask(&team, &team.ann, for_whom(&team.bob)).await), "not_found:to");
        assert_eq!(code(ask(&team, &team.hub, wants(item, 1)).await), "403:not_allowed");
        assert_eq!(code(ask(&team, &team.ops, wants(item, 1)).await), "422:required");
        let of_ann = ask(&team, &team.dana, for_whom(&team.ann)).await.unwrap().head.id;
        let of_bob = ask(&team, &team.rita, for_whom(&team.bob)).await.unwrap().head.id;
        let of_cy = ask(&team, &team.ops, for_whom(&team.cy)).await.unwrap().head.id;
        ask(&team, &team.fred, wants(item, 1)).await.unwrap();
        assert_eq!(team.notices(&team.cy, "request_submitted").await, 1);
        for (who, seen) in [
            (&team.ann, 1),
            (&team.bob, 1),
            (&team.dana, 2),
            (&team.rita, 1),
            (&team.cy, 1),
            (&team.hub, 0),
            (&team.ops, 4),
        ] {
            let page =
                team.read(who, |ctx, tx| app::requests::list(ctx, tx, &params(&[("count", "1")]))).await.unwrap();
            assert_eq!((page.items.len() as i64, page.total), (seen, Some(seen)), "{}", who.actor.name);
        }
        assert_eq!(code(see(&team, &team.ann, of_bob).await), "not_found");
        assert_eq!(code(fulfill(&team, &team.ann, of_bob, units(&[])).await), "not_found");
        assert_eq!(code(fulfill(&team, &team.ann, of_ann, units(&[])).await), "403:not_allowed");
        assert_eq!(
            code(team.write(&team.dana, move |ctx, tx| app::requests::answer::decline(ctx, tx, of_ann, "no")).await),
            "403:not_allowed"
        );
        assert_eq!(
            code(team.write(&team.ops, move |ctx, tx| app::requests::answer::decline(ctx, tx, of_ann, " ")).await),
            "422:required"
        );
        let gone = team
            .write(&team.ops, move |ctx, tx| app::requests::answer::decline(ctx, tx, of_ann, "none left"))
            .await
            .unwrap();
        assert_eq!(
            (gone.head.status, gone.head.reason.as_str(), gone.lines[0].closed),
            (RequestStatus::Declined, "none left", 1)
        );
        assert_eq!(team.notices(&team.ann, "request_declined").await, 1);
        assert_eq!(team.notices(&team.dana, "request_declined").await, 1);
        // Taken back by whoever it is for; nobody else of the group may.
        assert_eq!(
            code(team.write(&team.ann, move |ctx, tx| app::requests::answer::cancel(ctx, tx, of_cy)).await),
            "not_found"
        );
        let back = team.write(&team.cy, move |ctx, tx| app::requests::answer::cancel(ctx, tx, of_cy)).await.unwrap();
        assert_eq!(back.head.status, RequestStatus::Cancelled);
        assert_eq!(
            code(team.write(&team.cy, move |ctx, tx| app::requests::answer::cancel(ctx, tx, of_cy)).await),
            "409:request_not_open"
        );
        let stale = fulfill(&team, &believing(&team.ops, 7), of_bob, units(&[])).await;
        assert_eq!(code(stale), "412");
        team.sound().await;
    });
}

#[test]
fn a_setting_ties_requests_of_the_field_to_events() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.settings("{\"request_requires_event\":true}").await;
        assert_eq!(code(ask(&team, &team.ann, wants(team.item(), 1)).await), "422:event_required");
        let by_office = CreateRequest { to: Some(person(&team.ann)), ..wants(team.item(), 1) };
        assert!(ask(&team, &team.ops, by_office).await.is_ok());
        team.sound().await;
    });
}

#[test]
fn bills_of_materials_and_names_of_containers_become_items() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (item, tray) = (team.item(), team.container_item().await);
        let bom = team
            .write(&team.ops, move |ctx, tx| {
                let lines = vec![BomLine { catalog_item_id: item, min: 1, required: 3, max: 4 }];
                app::boms::create(ctx, tx, &CreateBom { name: "Hip set".into(), lines, ..CreateBom::default() })
            })
            .await
            .unwrap();
        let by_bom = AskLine { bom_id: Some(bom.id), quantity: 2, ..AskLine::default() };
        let by_item = AskLine { catalog_item_id: Some(item), quantity: 1, ..AskLine::default() };
        let by_name = AskLine { container_name: Some("hip TRAY".into()), quantity: 1, ..AskLine::default() };
        let body = CreateRequest { lines: vec![by_bom.clone(), by_item, by_name], ..CreateRequest::default() };
        let made = ask(&team, &team.ann, body).await.unwrap();
        let got: Vec<_> = made.lines.iter().map(|line| (line.catalog_item_id, line.quantity)).collect();
        assert_eq!(got, [(item, 7), (tray, 1)]);
        let refused = |line: AskLine| {
            let body = CreateRequest { lines: vec![line], ..CreateRequest::default() };
            ask(&team, &team.ann, body)
        };
        let nameless = AskLine { container_name: Some("no such tray".into()), quantity: 1, ..AskLine::default() };
        assert_eq!(code(refused(nameless).await), "422:unknown_container");
        assert_eq!(code(refused(AskLine { quantity: 1, ..AskLine::default() }).await), "422:one_of_three");
        assert_eq!(code(refused(AskLine { quantity: 0, ..by_bom.clone() }).await), "422:invalid_quantity");
        let both = AskLine { catalog_item_id: Some(item), ..by_bom };
        assert_eq!(code(refused(both).await), "422:one_of_three");
        assert_eq!(code(ask(&team, &team.ann, CreateRequest::default()).await), "422:required");
        team.sound().await;
    });
}

#[test]
fn what_is_below_par_is_ordered_and_arrives() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.bob), 2).await;
        let (org, item) = (team.world.organization, team.ground.item);
        team.ground
            .edit(
                "UPDATE catalog_item SET par_level = 10 WHERE organization_id = $1 AND id = $2",
                vec![Value::Uuid(org), Value::Uuid(item)],
            )
            .await;
        let below = async |who: &Ctx| {
            team.read(who, |ctx, tx| app::requests::propose::proposals(ctx, tx, &params(&[("below_par", "true")])))
                .await
        };
        assert_eq!(code(below(&team.ann).await), "403:not_allowed");
        let proposed = below(&team.ops).await.unwrap().items;
        assert_eq!(
            proposed.iter().map(|it| (it.quantity, it.on_hand, it.par_level)).collect::<Vec<_>>(),
            [(8, Some(2), Some(10))]
        );
        let order = CreateRequest { kind: Some(RequestKind::Supplier), ..wants(team.item(), 8) };
        assert_eq!(code(ask(&team, &team.ann, order.clone()).await), "403:not_allowed");
        let made = ask(&team, &team.ops, order).await.unwrap();
        assert_eq!((made.head.to, made.head.manufacturer_id.is_some()), (office(&team.ops), true));
        assert!(below(&team.ops).await.unwrap().items.is_empty(), "what is ordered is on its way");
        assert_eq!(
            code(see(&team, &team.dana, made.head.id).await),
            "not_found",
            "the organisation's stock is the office's"
        );
        let id = made.head.id;
        assert_eq!(code(fulfill(&team, &team.ops, id, units(&[])).await), "409:supplier_request");
        let arrived = |quantity: i64| {
            let item = team.item();
            let body = move || ReceiveDelivery {
                arrived: vec![Delivered {
                    catalog_item_id: item,
                    quantity,
                    lot: Some("N-1".into()),
                    serial: None,
                    expires_on: Day::parse("2030-01-01"),
                }],
                expected_on: None,
            };
            team.write(&team.ops, move |ctx, tx| app::requests::answer::receive(ctx, tx, id, &body()))
        };
        assert_eq!(code(arrived(9).await), "409:more_than_asked");
        let part = arrived(5).await.unwrap();
        assert_eq!((part.head.status, line(&part)), (RequestStatus::InPart, (8, 5, 5, 3, 3)));
        let all = arrived(3).await.unwrap();
        assert_eq!((all.head.status, line(&all)), (RequestStatus::Fulfilled, (8, 8, 8, 0, 0)));
        assert_eq!(team.list(&team.ops, &[("lot", "N-1")]).await.len(), 8);
        team.sound().await;
    });
}

#[test]
fn sources_name_the_organisation_first_and_never_whoever_asks() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        team.stock(person(&team.bob), 5).await;
        team.stock(office(&team.ops), 2).await;
        team.stock(person(&team.ann), 3).await;
        let id = ask(&team, &team.ann, wants(team.item(), 4)).await.unwrap().head.id;
        assert_eq!(
            code(team.read(&team.ann, move |ctx, tx| app::requests::propose::sources(ctx, tx, id)).await),
            "403:not_allowed"
        );
        let found =
            team.read(&team.ops, move |ctx, tx| app::requests::propose::sources(ctx, tx, id)).await.unwrap().items;
        let shape: Vec<_> = found.iter().map(|it| (it.custodian, it.open, it.free, it.units.len())).collect();
        assert_eq!(shape, [(office(&team.ops), 4, 2, 2), (person(&team.bob), 4, 5, 4)]);
        team.sound().await;
    });
}

#[test]
fn a_successor_takes_over_what_was_asked_for() {
    use contract::people::{ApplyPreview, PreviewSuccessor};
    on_both(async |world| {
        let team = Team::meet(world).await;
        let waiting = ask(&team, &team.cy, wants(team.item(), 4)).await.unwrap().head.id;
        let over = ask(&team, &team.cy, wants(team.item(), 1)).await.unwrap().head.id;
        team.write(&team.cy, move |ctx, tx| app::requests::answer::cancel(ctx, tx, over)).await.unwrap();
        let (from, to) = (team.cy.actor.id, team.bob.actor.id);
        let shown = team
            .write(&team.admin, move |ctx, tx| {
                app::people::preview_successor(ctx, tx, from, &PreviewSuccessor { to_user_id: to })
            })
            .await
            .unwrap();
        assert_eq!(shown.counts["open_requests"], 1);
        let preview_token = shown.preview_token;
        team.write(&team.admin, move |ctx, tx| {
            app::people::apply_successor(ctx, tx, from, &ApplyPreview { preview_token })
        })
        .await
        .unwrap();
        let now = see(&team, &team.bob, waiting).await.unwrap();
        assert_eq!((now.head.to, line(&now)), (person(&team.bob), (4, 0, 0, 4, 0)));
        assert_eq!(code(see(&team, &team.bob, over).await), "not_found", "what is over stays where it was");
        // And the office sends it to whoever took over.
        let own = team.stock(office(&team.ops), 4).await;
        let sent = fulfill(&team, &team.ops, waiting, units(&own)).await.unwrap();
        team.accept(&team.bob, sent.transfers[0].id).await.unwrap();
        assert_eq!(see(&team, &team.bob, waiting).await.unwrap().head.status, RequestStatus::Fulfilled);
        team.sound().await;
    });
}

#[test]
fn what_an_event_used_is_asked_for_again_once() {
    use crate::scene::{Scene, code};
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(domain::people::Role::Sales, "Ann Reyes").await;
        let event = scene.event(domain::event::EventType::Case, &ann, scene.mercy).await.head.id;
        let used = scene.units(scene.item, &ann, 2, None).await;
        let tool = scene.units(scene.tool, &ann, 1, None).await;
        scene.mark(&ann, event, &[used[0], used[1], tool[0]]).await.unwrap();
        let again = |lines: Vec<AskLine>| {
            let body = CreateRequest {
                kind: Some(RequestKind::Replenishment),
                event_id: Some(event),
                lines,
                ..CreateRequest::default()
            };
            scene.run(&ann, move |ctx, tx| app::requests::ask::create(ctx, tx, &body))
        };
        assert_eq!(code(again(Vec::new()).await), "event_not_submitted");
        // Submission wants a physician in a case; the office's word stands for it here.
        let physician = Some(domain::id::Id::from_uuid(scene.physician));
        scene
            .run(&ann, move |ctx, tx| {
                let change = contract::events::PatchEvent {
                    physician_id: physician.map_or(contract::Patch::Leave, contract::Patch::Set),
                    ..contract::events::PatchEvent::default()
                };
                app::events::plan::patch(ctx, tx, event, change)
            })
            .await
            .unwrap();
        scene.submit(&ann, event).await.unwrap();
        let proposed = scene
            .run(&ann, move |ctx, tx| {
                let id = event.to_string();
                app::requests::propose::proposals(ctx, tx, &params(&[("event_id", &id)]))
            })
            .await
            .unwrap();
        // The tool comes back from use, so it is not asked for.
        assert_eq!(proposed.items.iter().map(|it| it.quantity).collect::<Vec<_>>(), [2]);
        let item = domain::id::Id::from_uuid(scene.item);
        let part =
            again(vec![AskLine { catalog_item_id: Some(item), quantity: 1, ..AskLine::default() }]).await.unwrap();
        assert_eq!(line(&part), (1, 0, 0, 1, 0));
        let rest = again(Vec::new()).await.unwrap();
        assert_eq!((line(&rest), rest.head.kind), ((1, 0, 0, 1, 0), RequestKind::Replenishment));
        assert_eq!(code(again(Vec::new()).await), "nothing_to_replenish");
        scene.prove().await;
    });
}
