//! Who may send, receive and decide; what becomes of the units; races; sequences of anything.

use crate::team::{Team, believing, code, office, params, person};
use contract::transfers::{AcceptTransfer, CreateTransfer, MissingUnit, QuickTransfer};
use contract::units::{ChangeContents, CreateUnits};
use domain::clock::Day;
use domain::id::{EventId, Id, TransferId, UnitId};
use domain::people::Role;
use domain::stock::{TransferLineStatus, TransferStatus, UnitState};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::Arc;
use store::{Value, args};
use testkit::on_both;

#[test]
fn units_wait_with_the_sender_until_the_recipient_accepts() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 2).await;
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units).await.unwrap().transfer;
        assert_eq!((sent.status, sent.units_count, sent.lines.len()), (TransferStatus::Pending, 2, 2));
        assert_eq!((sent.from_name.as_str(), sent.to_name.as_str()), ("Bob Lind", "Ann Reyes"));
        let unit = team.unit(units[0]).await;
        assert_eq!(
            (unit.state, unit.custodian, unit.transfer_id),
            (UnitState::InTransfer, person(&team.bob), Some(sent.id))
        );
        assert_eq!(team.notices(&team.ann, "transfer_sent").await, 1);
        // In a pending transfer, a unit cannot be sent again.
        let again = team.send(&team.bob, person(&team.bob), person(&team.cy), &units[..1]).await;
        assert_eq!(code(again), "409:unit_in_transfer");
        let done = team.accept(&team.ann, sent.id).await.unwrap();
        assert_eq!((done.status, done.decided_by), (TransferStatus::Accepted, Some(team.ann.actor.id)));
        let unit = team.unit(units[0]).await;
        assert_eq!((unit.state, unit.custodian, unit.transfer_id), (UnitState::Available, person(&team.ann), None));
        assert_eq!(team.notices(&team.bob, "transfer_accepted").await, 1);
        assert_eq!(code(team.accept(&team.ann, sent.id).await), "409:transfer_not_pending");
        // Whoever receives may work with the manufacturer.
        let assigned = team
            .count(
                "SELECT COUNT(*) FROM people_assignment WHERE organization_id = $1 AND user_id = $2 AND kind = 'manufacturer' AND target_id = $3",
                args![team.world.organization, team.ann.actor.id.uuid(), team.ground.manufacturer].to_vec(),
            )
            .await;
        assert_eq!(assigned, 1);
        team.sound().await;
    });
}

#[test]
fn a_decline_by_the_recipient_holds_and_one_by_the_office_frees() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 2).await;
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units[..1]).await.unwrap().transfer;
        let no_reason = team.write(&team.ann, move |ctx, tx| app::transfers::decline(ctx, tx, sent.id, "  ")).await;
        assert_eq!(code(no_reason), "422:required");
        let done = team.decline(&team.ann, sent.id).await.unwrap();
        assert_eq!((done.status, done.decline_reason.as_deref()), (TransferStatus::Declined, Some("wrong size")));
        let unit = team.unit(units[0]).await;
        assert_eq!((unit.state, unit.custodian), (UnitState::OnHold, person(&team.bob)));
        assert_eq!(unit.hold_reason.as_deref(), Some("Declined by Ann Reyes: wrong size"));
        assert_eq!(team.notices(&team.bob, "transfer_declined").await, 1);
        assert_eq!(team.notices(&team.ops, "transfer_declined").await, 1);
        // The sender cannot release it; the office can.
        let id = units[0];
        assert_eq!(
            code(team.write(&team.bob, move |ctx, tx| app::units::release(ctx, tx, id, None)).await),
            "403:not_allowed"
        );
        let freed = team.write(&team.ops, move |ctx, tx| app::units::release(ctx, tx, id, None)).await.unwrap();
        assert_eq!((freed.state, freed.hold_reason), (UnitState::Available, None));
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units[1..]).await.unwrap().transfer;
        team.decline(&team.ops, sent.id).await.unwrap();
        assert_eq!(team.unit(units[1]).await.state, UnitState::Available);
        team.sound().await;
    });
}

#[test]
fn who_may_send() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let bobs = team.stock(person(&team.bob), 6).await;
        let danas = team.stock(person(&team.dana), 3).await;
        let ours = team.stock(office(&team.admin), 2).await;
        let anns = team.stock(person(&team.ann), 2).await;
        let (bob, ann, cy) = (person(&team.bob), person(&team.ann), person(&team.cy));
        // A rep: the own custody, to anybody who may hold and to the organisation; nobody else's.
        assert!(team.send(&team.bob, bob, cy, &bobs[..1]).await.is_ok());
        assert!(team.send(&team.bob, bob, office(&team.bob), &bobs[1..2]).await.is_ok());
        assert_eq!(code(team.send(&team.bob, ann, cy, &anns[..1]).await), "not_found:from");
        assert_eq!(code(team.send(&team.bob, person(&team.dana), bob, &danas[..1]).await), "not_found:from");
        assert_eq!(code(team.send(&team.bob, office(&team.bob), bob, &ours[..1]).await), "not_found:from");
        // Somebody else's unit under the own name is unknown.
        assert_eq!(code(team.send(&team.bob, bob, cy, &anns[..1]).await), "not_found:unit_ids[0]");
        // While the distributor shares, its custody too.
        team.share(true).await;
        assert!(team.send(&team.bob, person(&team.dana), bob, &danas[..1]).await.is_ok());
        assert!(team.send(&team.bob, person(&team.dana), cy, &danas[1..2]).await.is_ok());
        team.share(false).await;
        assert_eq!(code(team.send(&team.bob, person(&team.dana), bob, &danas[2..]).await), "not_found:from");
        // A distributor for linked reps, a regional manager for the region, the office for anybody.
        assert!(team.send(&team.dana, bob, ann, &bobs[2..3]).await.is_ok());
        assert_eq!(code(team.send(&team.dana, cy, ann, &bobs[3..4]).await), "not_found:from");
        assert!(team.send(&team.rita, bob, cy, &bobs[3..4]).await.is_ok());
        assert_eq!(code(team.send(&team.rita, ann, cy, &anns[..1]).await), "not_found:from");
        assert!(team.send(&team.ops, ann, cy, &anns[..1]).await.is_ok());
        assert!(team.send(&team.ops, office(&team.ops), cy, &ours[..1]).await.is_ok());
        // A hub acts on nothing; a toggle takes the right from operations; a setting from the field.
        assert_eq!(code(team.send(&team.hub, person(&team.hub), bob, &bobs[4..5]).await), "403:not_allowed");
        team.set("settings", &team.ops, Value::Text("{\"manage_movements\": false}".into())).await;
        assert_eq!(code(team.send(&team.ops, bob, cy, &bobs[4..5]).await), "403:not_allowed");
        team.settings("{\"field_transfers\": false}").await;
        assert_eq!(code(team.send(&team.bob, bob, cy, &bobs[4..5]).await), "403:not_allowed");
        assert!(team.send(&team.rita, bob, cy, &bobs[4..5]).await.is_ok());
        team.sound().await;
    });
}

#[test]
fn who_may_receive() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 4).await;
        let bob = person(&team.bob);
        for none in [&team.rita, &team.admin, &team.ops] {
            assert_eq!(code(team.send(&team.bob, bob, person(none), &units[..1]).await), "422:role_cannot_hold_stock");
        }
        assert_eq!(code(team.send(&team.bob, bob, bob, &units[..1]).await), "422:same_custodian");
        let nobody = domain::stock::Custodian::user(Id::from_uuid(uuid::Uuid::from_u128(99))).into();
        assert_eq!(code(team.send(&team.bob, bob, nobody, &units[..1]).await), "not_found:to");
        // What the account's person may do does not matter: it can be sent to while it waits for training.
        team.set("training_completed_at", &team.cy, Value::Null).await;
        assert!(team.send(&team.bob, bob, person(&team.cy), &units[..1]).await.is_ok());
        team.set("active", &team.ann, Value::Int(0)).await;
        assert_eq!(code(team.send(&team.bob, bob, person(&team.ann), &units[1..2]).await), "409:custodian_deactivated");
        // The list names exactly those.
        let page = team
            .read(&team.bob, |ctx, tx| {
                let from = ctx.actor.id.to_string();
                app::transfers::recipients(ctx, tx, &params(&[("from", &from)]))
            })
            .await
            .unwrap();
        let names: Vec<&str> = page.items.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Northlake Ortho", "Cy Okoye", "Dana Moore", "Fred Facility", "West Hub"]);
        assert!(page.items[0].id.starts_with("org_") && page.items[1].id.starts_with("usr_"));
        let page = team
            .read(&team.bob, |ctx, tx| app::transfers::recipients(ctx, tx, &params(&[("q", "moo")])))
            .await
            .unwrap();
        assert_eq!(page.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Dana Moore"]);
        let first = team
            .read(&team.bob, |ctx, tx| app::transfers::recipients(ctx, tx, &params(&[("limit", "2")])))
            .await
            .unwrap();
        let cursor = first.next_cursor.unwrap();
        let second = team
            .read(&team.bob, move |ctx, tx| {
                app::transfers::recipients(ctx, tx, &params(&[("limit", "2"), ("cursor", &cursor)]))
            })
            .await
            .unwrap();
        assert_eq!((first.items.len(), second.items.len()), (2, 2));
        assert_eq!(second.items[0].name, "Cy Okoye");
        team.sound().await;
    });
}

#[test]
fn who_may_accept() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let mut units = team.stock(person(&team.cy), 12).await.into_iter();
        let mut sent = async |to| {
            let unit = units.next().unwrap();
            team.send(&team.cy, person(&team.cy), to, &[unit]).await.unwrap().transfer.id
        };
        let (bob, ann, hub) = (person(&team.bob), person(&team.ann), person(&team.hub));
        // Never the sender for somebody else, never a colleague, not even one whose distributor shares.
        let id = sent(bob).await;
        assert_eq!(code(team.accept(&team.cy, id).await), "403:not_yours_to_decide");
        assert_eq!(code(team.accept(&team.ann, id).await), "not_found");
        assert_eq!(code(team.accept(&team.fred, id).await), "not_found");
        team.accept(&team.bob, id).await.unwrap();
        // The distributor of a linked rep, the manager of the region, the office.
        team.accept(&team.dana, sent(ann).await).await.unwrap();
        let id = sent(ann).await;
        assert_eq!(code(team.accept(&team.rita, id).await), "not_found");
        team.accept(&team.ops, id).await.unwrap();
        team.accept(&team.rita, sent(bob).await).await.unwrap();
        // A hub is received for by the office; it cannot by itself.
        let id = sent(hub).await;
        assert_eq!(team.notices(&team.hub, "transfer_sent").await, 0);
        assert!(team.notices(&team.ops, "transfer_sent").await >= 1);
        assert_eq!(code(team.accept(&team.hub, id).await), "403:not_yours_to_decide");
        assert_eq!(code(team.accept(&team.bob, id).await), "not_found");
        team.accept(&team.ops, id).await.unwrap();
        // The organisation too, by the office alone.
        let id = sent(office(&team.cy)).await;
        assert_eq!(code(team.accept(&team.cy, id).await), "403:not_yours_to_decide");
        assert_eq!(code(team.accept(&team.dana, id).await), "not_found");
        team.accept(&team.admin, id).await.unwrap();
        // Somebody untrained is received for by those who reach them.
        team.set("training_completed_at", &team.bob, Value::Null).await;
        team.accept(&team.dana, sent(bob).await).await.unwrap();
        // Receiving for oneself needs no right to send.
        team.settings("{\"field_transfers\": false}").await;
        let unit = team.stock(person(&team.cy), 1).await;
        let id = team.send(&team.ops, person(&team.cy), ann, &unit).await.unwrap().transfer.id;
        team.accept(&team.ann, id).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn a_delegate_acts_as_the_distributor() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let delegate = team.world.person(Role::Distributor, "Del Egate").await;
        team.set("delegate_of", &delegate, Value::Uuid(team.dana.actor.id.uuid())).await;
        let units = team.stock(person(&team.cy), 1).await;
        assert_eq!(
            code(team.send(&team.cy, person(&team.cy), person(&delegate), &units).await),
            "422:role_cannot_hold_stock"
        );
        let id = team.send(&team.cy, person(&team.cy), person(&team.ann), &units).await.unwrap().transfer.id;
        team.accept(&delegate, id).await.unwrap();
        let unit = units[0];
        let history = team.read(&team.ann, move |ctx, tx| app::units::history(ctx, tx, unit, 10)).await.unwrap().items;
        assert_eq!(history[0].sentence, "Del Egate accepted it for Ann Reyes");
        assert_eq!(history[0].on_behalf_of_name.as_deref(), Some("Dana Moore"));
        team.sound().await;
    });
}

#[test]
fn a_part_may_arrive_and_what_is_missing_stays_accounted_for() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 4).await;
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units).await.unwrap().transfer;
        let (first, lost) = (units[0], units[1]);
        let body = AcceptTransfer {
            unit_ids: Some(vec![first]),
            missing: vec![MissingUnit { unit_id: lost, reason: "box was open".into() }],
            ..AcceptTransfer::default()
        };
        let silent =
            AcceptTransfer { missing: vec![MissingUnit { unit_id: lost, reason: " ".into() }], ..body.clone() };
        let refused = team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent.id, &silent)).await;
        assert_eq!(code(refused), "422:required");
        let part = team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent.id, &body)).await.unwrap();
        assert_eq!(part.status, TransferStatus::Pending);
        let lost = team.unit(lost).await;
        assert_eq!((lost.state, lost.custodian), (UnitState::OnHold, person(&team.bob)));
        assert_eq!(lost.hold_reason.as_deref(), Some("Reported missing by Ann Reyes: box was open"));
        assert_eq!(team.unit(units[2]).await.state, UnitState::InTransfer);
        // The rest with a discrepancy custodian.
        let hub = team.hub.actor.id.to_string();
        let json: &'static str = Box::leak(format!("{{\"discrepancy_custodian_id\": \"{hub}\"}}").into_boxed_str());
        team.settings(json).await;
        let gone = units[2];
        let body = AcceptTransfer {
            unit_ids: None,
            missing: vec![MissingUnit { unit_id: gone, reason: "no idea".into() }],
            ..AcceptTransfer::default()
        };
        let done = team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent.id, &body)).await.unwrap();
        assert_eq!(done.status, TransferStatus::Accepted);
        let lines: Vec<TransferLineStatus> = done.lines.iter().map(|line| line.status).collect();
        use TransferLineStatus::{Accepted, Missing};
        assert_eq!(lines, [Accepted, Missing, Missing, Accepted]);
        let gone = team.unit(gone).await;
        assert_eq!((gone.state, gone.custodian), (UnitState::OnHold, person(&team.hub)));
        assert_eq!(team.unit(units[3]).await.custodian, person(&team.ann));
        team.sound().await;
    });
}

#[test]
fn the_sender_takes_back_and_the_office_takes_lines_off() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 3).await;
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units).await.unwrap().transfer;
        let one = vec![units[0]];
        let remove = move |ctx: &app::Ctx, tx: &mut store::Tx| app::transfers::remove_lines(ctx, tx, sent.id, &one);
        assert_eq!(code(team.write(&team.bob, remove.clone()).await), "403:not_allowed");
        let left = team.write(&team.ops, remove.clone()).await.unwrap();
        assert_eq!((left.status, left.lines[0].status), (TransferStatus::Pending, TransferLineStatus::Removed));
        assert_eq!(team.unit(units[0]).await.state, UnitState::Available);
        assert_eq!(code(team.write(&team.ops, remove).await), "not_found:unit_ids[0]");
        let cancel = move |ctx: &app::Ctx, tx: &mut store::Tx| app::transfers::cancel(ctx, tx, sent.id);
        assert_eq!(code(team.write(&team.ann, cancel).await), "403:not_yours_to_cancel");
        assert_eq!(code(team.write(&team.cy, cancel).await), "not_found");
        let done = team.write(&team.bob, cancel).await.unwrap();
        assert_eq!(done.status, TransferStatus::Cancelled);
        assert_eq!(team.unit(units[1]).await.state, UnitState::Available);
        assert_eq!(team.notices(&team.ann, "transfer_cancelled").await, 1);
        // A transfer that the office empties is over.
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units[..1]).await.unwrap().transfer;
        let one = vec![units[0]];
        let done =
            team.write(&team.ops, move |ctx, tx| app::transfers::remove_lines(ctx, tx, sent.id, &one)).await.unwrap();
        assert_eq!(done.status, TransferStatus::Cancelled);
        // A rep takes back what they sent out of a shared pool.
        team.share(true).await;
        let danas = team.stock(person(&team.dana), 1).await;
        let sent = team.send(&team.bob, person(&team.dana), person(&team.cy), &danas).await.unwrap().transfer;
        team.write(&team.bob, move |ctx, tx| app::transfers::cancel(ctx, tx, sent.id)).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn a_container_moves_with_what_lies_in_it() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.container_item().await;
        let body =
            CreateUnits { catalog_item_id: Some(item), custodian: Some(person(&team.bob)), ..CreateUnits::default() };
        let tray =
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id;
        let units = team.stock(person(&team.bob), 3).await;
        let fill = ChangeContents { add: units.clone(), remove: vec![] };
        let inside =
            team.write(&team.bob, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &fill)).await.unwrap();
        assert_eq!(inside.items.len(), 3);
        assert_eq!(
            code(team.send(&team.bob, person(&team.bob), person(&team.ann), &units[..1]).await),
            "409:unit_in_container"
        );
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &[tray]).await.unwrap().transfer;
        assert_eq!(sent.units_count, 4);
        assert_eq!(team.unit(units[0]).await.state, UnitState::InTransfer);
        let empty = ChangeContents { add: vec![], remove: units[..1].to_vec() };
        assert_eq!(
            code(team.write(&team.bob, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &empty)).await),
            "409:unit_in_transfer"
        );
        // One of them is missing: the others stay together, it does not.
        let lost = units[2];
        let body = AcceptTransfer {
            unit_ids: Some(vec![tray]),
            missing: vec![MissingUnit { unit_id: lost, reason: "not inside".into() }],
            ..AcceptTransfer::default()
        };
        team.write(&team.ann, move |ctx, tx| app::transfers::accept(ctx, tx, sent.id, &body)).await.unwrap();
        let kept = team.unit(units[0]).await;
        assert_eq!((kept.custodian, kept.container_id), (person(&team.ann), Some(tray)));
        let lost = team.unit(lost).await;
        assert_eq!((lost.custodian, lost.container_id), (person(&team.bob), None));
        // A decline brings all of it back on hold, still packed.
        let back = team.send(&team.ann, person(&team.ann), person(&team.bob), &[tray]).await.unwrap().transfer;
        team.decline(&team.bob, back.id).await.unwrap();
        let kept = team.unit(units[0]).await;
        assert_eq!((kept.state, kept.container_id), (UnitState::OnHold, Some(tray)));
        team.sound().await;
    });
}

#[test]
fn facility_stock_and_units_on_hold_do_not_travel() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 2).await;
        team.ground.shelve(units[0].uuid()).await;
        let (bob, ann) = (person(&team.bob), person(&team.ann));
        assert_eq!(code(team.send(&team.bob, bob, ann, &units[..1]).await), "409:facility_stock_cannot_be_transferred");
        let id = units[1];
        team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, id, Some("recall".into()))).await.unwrap();
        assert_eq!(code(team.send(&team.bob, bob, ann, &units[1..]).await), "409:unit_on_hold");
        team.sound().await;
    });
}

#[test]
fn a_unit_on_an_open_event_travels_only_to_whoever_may_use_it_there() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let (bob, ann, dana) = (person(&team.bob), person(&team.ann), person(&team.dana));
        let event = team.ground.event(team.ann.actor.id, "case", "open", "2026-11-25").await;
        let units = team.stock(bob, 2).await;
        for unit in &units {
            team.ground.line(event, unit.uuid(), true).await;
        }
        assert_eq!(team.unit(units[0]).await.state, UnitState::InEvent);
        assert_eq!(code(team.send(&team.bob, bob, person(&team.cy), &units[..1]).await), "409:unit_in_event");
        // A distributor who does not share could not use it either.
        assert_eq!(code(team.send(&team.bob, bob, dana, &units[..1]).await), "409:unit_in_event");
        team.share(true).await;
        let to_pool = team.send(&team.bob, bob, dana, &units[..1]).await.unwrap().transfer.id;
        let to_rep = team.send(&team.bob, bob, ann, &units[1..]).await.unwrap().transfer.id;
        team.accept(&team.dana, to_pool).await.unwrap();
        let unit = team.unit(units[0]).await;
        assert_eq!(
            (unit.state, unit.event_id, unit.custodian),
            (UnitState::InEvent, Some(EventId::from_uuid(event)), dana)
        );
        // A decline keeps the line: back on hold, still marked.
        team.decline(&team.ann, to_rep).await.unwrap();
        let unit = team.unit(units[1]).await;
        assert_eq!((unit.state, unit.event_id), (UnitState::OnHold, Some(EventId::from_uuid(event))));
        team.sound().await;
    });
}

#[test]
fn the_pool_is_suggested_and_never_chosen() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(office(&team.admin), 4).await;
        let ann = person(&team.ann);
        let plain = team.send(&team.ops, office(&team.ops), ann, &units[..1]).await.unwrap();
        assert_eq!(plain.suggestion, None);
        team.share(true).await;
        let hinted = team.send(&team.ops, office(&team.ops), ann, &units[1..2]).await.unwrap();
        assert_eq!(hinted.transfer.to, ann);
        let suggestion = hinted.suggestion.unwrap();
        assert_eq!(suggestion.to, person(&team.dana));
        assert!(suggestion.sentence.contains("Dana Moore") && suggestion.sentence.contains("Ann Reyes"));
        let body = CreateTransfer {
            from: None,
            to: ann,
            unit_ids: units[2..3].to_vec(),
            note: "only her".into(),
            due_back_on: Some(Day::parse("2026-12-24").unwrap()),
            place_id: None,
            event_id: None,
            only_for_this_person: true,
        };
        let meant = team.write(&team.ops, move |ctx, tx| app::transfers::create(ctx, tx, &body)).await.unwrap();
        assert_eq!((meant.suggestion, meant.transfer.from), (None, office(&team.admin)));
        team.accept(&team.ann, meant.transfer.id).await.unwrap();
        assert_eq!(team.unit(units[2]).await.due_back_on, Day::parse("2026-12-24"));
        // For the console, before anything is sent.
        let asked = team.read(&team.ops, move |ctx, tx| app::transfers::suggest(ctx, tx, None, ann)).await.unwrap();
        assert_eq!(asked.unwrap().to, person(&team.dana));
        team.sound().await;
    });
}

#[test]
fn quick_transfers_pull_from_listed_sources_alone() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(office(&team.admin), 2).await;
        let (from, all) = (office(&team.admin), units.clone());
        let pull = move |ctx: &app::Ctx, tx: &mut store::Tx| {
            app::transfers::quick(ctx, tx, &QuickTransfer { from, unit_ids: all[..1].to_vec() })
        };
        assert_eq!(code(team.write(&team.bob, pull.clone()).await), "not_found:from");
        let source = from.custodian().unwrap();
        let there = async |who: &app::Ctx, filters: &[(&str, &str)]| {
            let params = params(filters);
            let found = team.read(who, move |ctx, tx| app::unit_lists::at_source(ctx, tx, source, &params)).await;
            found.map(|page| page.items.iter().map(|unit| unit.id).collect::<std::collections::BTreeSet<_>>())
        };
        assert_eq!(code(there(&team.bob, &[]).await), "not_found:from");
        let org = team.world.organization;
        team.ground
            .edit(
                "INSERT INTO people_quick_source (organization_id, user_id, source_type, source_id) VALUES ($1, $2, 'organization', $1)",
                vec![Value::Uuid(org), Value::Uuid(team.bob.actor.id.uuid())],
            )
            .await;
        // What lies there is seen by whoever may take it, and by nobody else.
        assert_eq!(there(&team.bob, &[("state", "available")]).await.unwrap(), units.iter().copied().collect());
        assert!(there(&team.bob, &[("state", "on_hold")]).await.unwrap().is_empty());
        assert_eq!(code(there(&team.ann, &[]).await), "not_found:from");
        let done = team.write(&team.bob, pull.clone()).await.unwrap();
        assert_eq!((done.status, done.to), (TransferStatus::Accepted, person(&team.bob)));
        let unit = team.unit(units[0]).await;
        assert_eq!((unit.custodian, unit.state), (person(&team.bob), UnitState::Available));
        // It is not there any more: a second pull finds nothing.
        assert_eq!(code(team.write(&team.bob, pull).await), "not_found:unit_ids[0]");
        assert_eq!(
            code(
                team.write(&team.ops, move |ctx, tx| app::transfers::quick(
                    ctx,
                    tx,
                    &QuickTransfer { from, unit_ids: vec![units[1]] }
                ))
                .await
            ),
            "422:role_cannot_hold_stock"
        );
        team.sound().await;
    });
}

#[test]
fn the_list_shows_both_sides_and_nothing_else() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let mut ids = Vec::new();
        for (from, to) in
            [(&team.bob, &team.ann), (&team.ann, &team.bob), (&team.cy, &team.fred), (&team.cy, &team.bob)]
        {
            let unit = team.stock(person(from), 1).await;
            ids.push(team.send(from, person(from), person(to), &unit).await.unwrap().transfer.id);
            team.world.clock.pass(1);
        }
        team.accept(&team.bob, ids[1]).await.unwrap();
        let list = async |who, filters: &[(&str, &str)]| {
            let params = params(filters);
            let page = team.read(who, move |ctx, tx| app::transfers::list(ctx, tx, &params)).await.unwrap();
            (page.items.iter().map(|row| row.id).collect::<Vec<TransferId>>(), page.next_cursor, page.total)
        };
        let newest = |of: &[usize]| of.iter().map(|at| ids[*at]).collect::<Vec<_>>();
        assert_eq!(list(&team.admin, &[]).await.0, newest(&[3, 2, 1, 0]));
        assert_eq!(list(&team.ann, &[]).await.0, newest(&[1, 0]));
        assert_eq!(list(&team.bob, &[]).await.0, newest(&[3, 1, 0]));
        assert_eq!(list(&team.dana, &[("count", "")]).await, (newest(&[3, 1, 0]), None, Some(3)));
        assert_eq!(list(&team.rita, &[]).await.0, newest(&[3, 1, 0]));
        assert_eq!(list(&team.bob, &[("status", "pending"), ("direction", "in")]).await.0, newest(&[3]));
        assert_eq!(list(&team.bob, &[("sort", "created_at"), ("limit", "1")]).await.0, newest(&[0]));
        let cursor = list(&team.bob, &[("limit", "2")]).await.1.unwrap();
        assert_eq!(list(&team.bob, &[("limit", "2"), ("cursor", &cursor)]).await, (newest(&[0]), None, None));
        let other = ids[2];
        assert_eq!(code(team.read(&team.bob, move |ctx, tx| app::transfers::get(ctx, tx, other)).await), "not_found");
        let choices =
            async |who, id| team.read(who, move |ctx, tx| app::transfers::choices(ctx, tx, id)).await.unwrap();
        let bobs = choices(&team.bob, ids[0]).await;
        assert_eq!((bobs.decide, bobs.cancel, bobs.remove_lines), (false, true, false));
        assert!(choices(&team.ann, ids[0]).await.decide);
        assert!(choices(&team.ops, ids[0]).await.remove_lines);
    });
}

#[test]
fn a_stale_version_gets_the_transfer_as_it_is() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 1).await;
        let sent = team.send(&team.bob, person(&team.bob), person(&team.ann), &units).await.unwrap().transfer;
        let stale = believing(&team.ann, 7);
        assert_eq!(code(team.accept(&stale, sent.id).await), "412");
        let fresh = believing(&team.ann, sent.version);
        assert_eq!(team.accept(&fresh, sent.id).await.unwrap().version, sent.version + 1);
    });
}

#[test]
fn of_many_who_send_one_unit_exactly_one_wins() {
    on_both(async |world| {
        let team = Arc::new(Team::meet(world).await);
        let units = team.stock(person(&team.bob), 3).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..32_usize {
            let (team, units) = (team.clone(), units.clone());
            tasks.spawn(async move {
                // Different orders of the same units, by different people, to different people.
                let wanted: Vec<UnitId> =
                    if n % 2 == 0 { vec![units[0], units[1], units[2]] } else { vec![units[2], units[0]] };
                let (who, to) = if n % 3 == 0 { (&team.bob, &team.ann) } else { (&team.ops, &team.cy) };
                team.send(who, person(&team.bob), person(to), &wanted).await
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
        let mut lost = results.into_iter().filter(Result::is_err);
        assert!(lost.all(|it| code(it) == "409:unit_in_transfer"));
        // And of many who decide, one does.
        let id =
            team.read(&team.admin, |ctx, tx| app::transfers::list(ctx, tx, &params(&[]))).await.unwrap().items[0].id;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..32 {
            let team = team.clone();
            tasks.spawn(async move {
                if n % 2 == 0 { team.accept(&team.ops, id).await } else { team.decline(&team.ops, id).await }
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
        team.sound().await;
    });
}

/// One thing that anybody might try.
#[derive(Clone, Debug)]
enum Try {
    Send { from: usize, to: usize, units: Vec<usize> },
    Accept { pick: usize, part: bool, lose: bool },
    Decline { pick: usize, by_office: bool },
    Cancel { pick: usize },
    Remove { pick: usize },
    Hold(usize),
    Release(usize),
    Deactivate(usize),
    Reactivate(usize),
    Pack(Vec<usize>),
    Unpack(Vec<usize>),
    Shelve(usize),
    Reassign { unit: usize, to: usize },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let units = || prop::collection::vec(0..8_usize, 1..4);
    let one = prop_oneof![
        4 => (0..4_usize, 0..4_usize, units()).prop_map(|(from, to, units)| Try::Send { from, to, units }),
        4 => (0..9_usize, any::<bool>(), any::<bool>()).prop_map(|(pick, part, lose)| Try::Accept { pick, part, lose }),
        2 => (0..9_usize, any::<bool>()).prop_map(|(pick, by_office)| Try::Decline { pick, by_office }),
        1 => (0..9_usize).prop_map(|pick| Try::Cancel { pick }),
        1 => (0..9_usize).prop_map(|pick| Try::Remove { pick }),
        1 => (0..8_usize).prop_map(Try::Hold),
        2 => (0..8_usize).prop_map(Try::Release),
        1 => (0..8_usize).prop_map(Try::Deactivate),
        1 => (0..8_usize).prop_map(Try::Reactivate),
        1 => units().prop_map(Try::Pack),
        1 => units().prop_map(Try::Unpack),
        1 => (0..8_usize).prop_map(Try::Shelve),
        1 => (0..8_usize, 0..3_usize).prop_map(|(unit, to)| Try::Reassign { unit, to }),
    ];
    prop::collection::vec(one, 20..60)
}

async fn attempt(team: &Team, units: &[UnitId], tray: UnitId, it: Try) {
    let sides = [person(&team.bob), person(&team.ann), person(&team.cy), office(&team.admin)];
    let pick = async |at: usize| {
        let all = params(&[("limit", "500"), ("sort", "created_at")]);
        let page = team.read(&team.admin, move |ctx, tx| app::transfers::list(ctx, tx, &all)).await.unwrap();
        // Late ones more often: they still wait.
        page.items.iter().rev().nth(at).map(|row| row.id)
    };
    let ids = |places: &[usize]| {
        let mut found: Vec<UnitId> = places.iter().map(|at| units[*at]).collect();
        found.sort();
        found.dedup();
        found
    };
    // Refusals are as good as successes here: whatever happens, the books must agree.
    match it {
        Try::Send { from, to, units } => drop(team.send(&team.ops, sides[from], sides[to], &ids(&units)).await),
        Try::Accept { pick: at, part, lose } => {
            let Some(id) = pick(at).await else { return };
            let transfer = team.read(&team.admin, move |ctx, tx| app::transfers::get(ctx, tx, id)).await.unwrap();
            let lines: Vec<UnitId> = transfer.lines.iter().map(|line| line.unit_id).collect();
            let missing = if lose {
                vec![MissingUnit { unit_id: lines[lines.len() - 1], reason: "lost".into() }]
            } else {
                vec![]
            };
            let body =
                AcceptTransfer { unit_ids: part.then(|| lines[..1].to_vec()), missing, ..AcceptTransfer::default() };
            drop(team.write(&team.ops, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await);
        }
        Try::Decline { pick: at, by_office } => {
            let Some(id) = pick(at).await else { return };
            drop(team.decline(if by_office { &team.ops } else { &team.bob }, id).await);
        }
        Try::Cancel { pick: at } => {
            let Some(id) = pick(at).await else { return };
            drop(team.write(&team.ops, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await);
        }
        Try::Remove { pick: at } => {
            let Some(id) = pick(at).await else { return };
            let transfer = team.read(&team.admin, move |ctx, tx| app::transfers::get(ctx, tx, id)).await.unwrap();
            let first = vec![transfer.lines[0].unit_id];
            drop(team.write(&team.ops, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &first)).await);
        }
        Try::Hold(at) => {
            let id = units[at];
            drop(team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, id, None)).await);
        }
        Try::Release(at) => {
            let id = units[at];
            drop(team.write(&team.ops, move |ctx, tx| app::units::release(ctx, tx, id, None)).await);
        }
        Try::Deactivate(at) => {
            let id = units[at];
            drop(team.write(&team.ops, move |ctx, tx| app::units::deactivate(ctx, tx, id, "broken")).await);
        }
        Try::Reactivate(at) => {
            let id = units[at];
            drop(team.write(&team.ops, move |ctx, tx| app::units::reactivate(ctx, tx, id, "not broken")).await);
        }
        Try::Pack(places) => {
            let body = ChangeContents { add: ids(&places), remove: vec![] };
            drop(team.write(&team.ops, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &body)).await);
        }
        Try::Unpack(places) => {
            let body = ChangeContents { add: vec![], remove: ids(&places) };
            drop(team.write(&team.ops, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &body)).await);
        }
        Try::Shelve(at) => {
            let unit = team.unit(units[at]).await;
            let loose = unit.container_id.is_none() && unit.id != tray && unit.custodian != office(&team.admin);
            if unit.state == UnitState::Available && loose {
                team.ground.shelve(units[at].uuid()).await;
            }
        }
        Try::Reassign { unit, to } => {
            let to = [&team.bob, &team.ann, &team.cy][to].actor.id;
            let body = contract::units::ReassignFacilityStock {
                unit_ids: vec![units[unit]],
                to_user_id: to,
                reason: "other rep".into(),
            };
            drop(team.write(&team.ops, move |ctx, tx| app::units::reassign(ctx, tx, &body)).await);
        }
    }
}

#[test]
fn whatever_is_tried_in_whatever_order_the_books_agree() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let sequences: Vec<Vec<Try>> =
        (0..6).map(|_| tries().new_tree(&mut runner).expect("a sequence").current()).collect();
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.container_item().await;
        for sequence in sequences.clone() {
            let body = CreateUnits {
                catalog_item_id: Some(item),
                custodian: Some(person(&team.bob)),
                ..CreateUnits::default()
            };
            let made = team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
            let tray = made.items[0].id;
            let mut units = vec![tray];
            units.extend(team.stock(person(&team.bob), 5).await);
            units.extend(team.stock(person(&team.ann), 2).await);
            let told = format!("{sequence:?}");
            for it in sequence {
                attempt(&team, &units, tray, it).await;
            }
            println!("{told}");
            team.sound().await;
        }
    });
}
