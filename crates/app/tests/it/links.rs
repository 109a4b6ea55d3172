//! Linked companies: invited without telling who is there, agreed to by both; units that cross keep their identity and come
//! back as what they were; each side sees its own half; one of the two answers for a unit at every moment.

use crate::team::{Team, code, office, params, person};
use app::Ctx;
use contract::CustodianRef;
use contract::links::{EndLink, InviteOrganization, OrganizationLink};
use contract::transfers::{AcceptTransfer, CreateTransfer, MissingUnit, Transfer};
use contract::units::{ChangeContents, CreateUnits, Unit};
use domain::clock::Day;
use domain::id::{Id, OrganizationId, OrganizationLinkId, TransferId, UnitId};
use domain::link::{LinkDirection, LinkStatus};
use domain::stock::{Custodian, CustodianType, TransferLineStatus, TransferStatus, UnitState};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::Arc;
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

/// Northlake Ortho with its team, and Lakeside Devices with its admin.
struct Pair {
    team: Team,
    lia: Ctx,
}

impl Pair {
    async fn meet(world: World) -> Self {
        let team = Team::meet(world).await;
        let (_, email) = team.world.organization("Lakeside Devices").await;
        let lia = team.world.by_email(&email).await;
        Self { team, lia }
    }

    /// The two, linked: Northlake invited, Lakeside agreed.
    async fn linked(world: World) -> Self {
        let pair = Self::meet(world).await;
        let link = pair.invite(&pair.team.admin, &pair.lia.actor.email).await.unwrap();
        pair.accept(&pair.lia, link.id).await.unwrap();
        pair
    }

    async fn invite(&self, who: &Ctx, email: &str) -> app::Result<OrganizationLink> {
        let body = InviteOrganization { email: Some(email.into()), ..InviteOrganization::default() };
        self.team.write(who, move |ctx, tx| app::links::invite(ctx, tx, &body)).await
    }

    async fn accept(&self, who: &Ctx, id: OrganizationLinkId) -> app::Result<OrganizationLink> {
        self.team.write(who, move |ctx, tx| app::links::accept(ctx, tx, id)).await
    }

    async fn end(&self, who: &Ctx, id: OrganizationLinkId) -> app::Result<OrganizationLink> {
        let body = EndLink { reason: "We part".into() };
        self.team.write(who, move |ctx, tx| app::links::end(ctx, tx, id, &body)).await
    }

    async fn links(&self, who: &Ctx) -> Vec<OrganizationLink> {
        self.team.read(who, |ctx, tx| app::links::list(ctx, tx, &params(&[]))).await.unwrap().items
    }

    /// The other company, as a custodian.
    fn company(of: &Ctx) -> CustodianRef {
        Custodian::linked(of.organization.id).into()
    }

    async fn send(&self, who: &Ctx, from: CustodianRef, to: &Ctx, units: &[UnitId]) -> app::Result<Transfer> {
        Ok(self.team.send(who, from, Self::company(to), units).await?.transfer)
    }

    async fn take(&self, who: &Ctx, id: TransferId) -> app::Result<Transfer> {
        self.team.accept(who, id).await
    }

    async fn unit(&self, who: &Ctx, id: UnitId) -> Unit {
        self.team.read(who, move |ctx, tx| app::units::get(ctx, tx, id)).await.unwrap()
    }

    async fn transfer(&self, who: &Ctx, id: TransferId) -> app::Result<Transfer> {
        self.team.read(who, move |ctx, tx| app::transfers::get(ctx, tx, id)).await
    }

    /// Units of Northlake with a lot and a serial number each.
    async fn stock(&self, serials: &[&str]) -> Vec<UnitId> {
        let mut made = Vec::new();
        for serial in serials {
            let body = CreateUnits {
                lot: Some("L-77".into()),
                serial: Some((*serial).into()),
                expires_on: Day::parse("2028-05-31"),
                custodian: Some(office(&self.team.ops)),
                ..self.team.some(1)
            };
            let units = self.team.write(&self.team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await;
            made.push(units.unwrap().items[0].id);
        }
        made
    }

    /// Both companies are sound, and the proof finds nothing in either.
    async fn proven(&self) {
        for ctx in [&self.team.admin, &self.lia] {
            let org = ctx.organization.id;
            self.team.sound_of(org.uuid()).await;
            self.team.world.app.seal(org).await.unwrap();
            let report = self.team.world.app.verify(org, |_| ()).await.unwrap();
            assert_eq!(report.differences, [], "{}", ctx.organization.name);
        }
    }
}

#[test]
fn an_invitation_does_not_tell_who_is_there() {
    on_both(async |world| {
        let pair = Pair::meet(world).await;
        let known = pair.invite(&pair.team.admin, &pair.lia.actor.email).await.unwrap();
        let unknown = pair.invite(&pair.team.admin, "nobody@elsewhere.example").await.unwrap();
        let shape = |link: &OrganizationLink| {
            let mut value = serde_json::to_value(link).unwrap();
            for field in ["id", "address", "invited_at"] {
                value[field] = serde_json::Value::Null;
            }
            value
        };
        assert_eq!(shape(&known), shape(&unknown));
        assert_eq!((known.status, known.direction), (LinkStatus::Invited, LinkDirection::Out));
        assert_eq!((known.organization.as_ref(), known.version), (None, 1));
        // The same address again is told by the own invitation, whoever has it.
        for email in [pair.lia.actor.email.as_str(), "nobody@elsewhere.example"] {
            assert_eq!(code(pair.invite(&pair.team.admin, email).await), "409:already_invited");
        }
        assert_eq!(code(pair.invite(&pair.team.admin, &pair.team.bob.actor.email).await), "422:own_organization");
        assert_eq!(code(pair.invite(&pair.team.admin, "no address").await), "422:invalid_email");
        // By the organisation's id it is the same.
        let strange = OrganizationId::from_uuid(Uuid::from_u128((0x0190 << 112) | 99));
        let by_id = |id| InviteOrganization { organization_id: Some(id), ..InviteOrganization::default() };
        let (body, other) = (by_id(strange), by_id(pair.lia.organization.id));
        let strange = pair.team.write(&pair.team.admin, move |ctx, tx| app::links::invite(ctx, tx, &body)).await;
        let there = pair.team.write(&pair.team.admin, move |ctx, tx| app::links::invite(ctx, tx, &other)).await;
        assert_eq!(shape(&strange.unwrap()), shape(&there.unwrap()));
        // The invited side knows who asks; its admins are told.
        let theirs = pair.links(&pair.lia).await;
        assert_eq!(theirs.len(), 2);
        let asks = theirs.iter().find(|link| link.id == known.id).unwrap();
        let company = asks.organization.as_ref().unwrap();
        assert_eq!((company.name.as_str(), company.id), ("Northlake Ortho", pair.team.admin.organization.id));
        assert_eq!((asks.direction, asks.address.as_ref(), asks.invited_by), (LinkDirection::In, None, None));
        assert_eq!(pair.team.notices(&pair.lia, "link_invited").await, 0, "notices are counted in one's own company");
        let told = pair
            .team
            .count(
                "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND kind = 'link_invited'",
                args![pair.lia.org()].to_vec(),
            )
            .await;
        assert_eq!(told, 2);
        pair.proven().await;
    });
}

#[test]
fn admins_of_both_sides_agree_and_the_office_sees() {
    on_both(async |world| {
        let pair = Pair::meet(world).await;
        let team = &pair.team;
        for who in [&team.ops, &team.dana, &team.bob, &team.rita, &team.fred] {
            assert_eq!(code(pair.invite(who, &pair.lia.actor.email).await), "403:not_allowed");
        }
        let link = pair.invite(&team.admin, &pair.lia.actor.email).await.unwrap();
        assert_eq!(pair.links(&team.ops).await.len(), 1);
        for who in [&team.dana, &team.bob, &team.rita, &team.fred] {
            let list = team.read(who, |ctx, tx| app::links::list(ctx, tx, &params(&[]))).await;
            assert_eq!(code(list), "403:not_allowed");
            assert_eq!(code(pair.accept(who, link.id).await), "403:not_allowed");
        }
        // Whoever invited waits; a third company knows nothing of it.
        assert_eq!(code(pair.accept(&team.admin, link.id).await), "409:link_waits_for_them");
        let (_, email) = team.world.organization("Third Party").await;
        let third = team.world.by_email(&email).await;
        assert_eq!(code(pair.accept(&third, link.id).await), "not_found");
        assert_eq!(code(pair.end(&third, link.id).await), "not_found");
        let id = link.id;
        assert_eq!(code(team.read(&third, move |ctx, tx| app::links::get(ctx, tx, id)).await), "not_found");
        assert!(pair.links(&third).await.is_empty());
        // Nothing is sent before both have agreed.
        let units = pair.stock(&["S-1"]).await;
        assert_eq!(code(pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await), "not_found:to");
        let done = pair.accept(&pair.lia, link.id).await.unwrap();
        assert_eq!((done.status, done.accepted_by), (LinkStatus::Active, Some(pair.lia.actor.id)));
        let mine = pair.links(&team.ops).await.remove(0);
        assert_eq!((mine.status, mine.accepted_by, mine.version), (LinkStatus::Active, None, 2));
        assert_eq!(mine.organization.as_ref().map(|it| it.name.as_str()), Some("Lakeside Devices"));
        assert_eq!(code(pair.accept(&pair.lia, link.id).await), "409:link_active");
        // Another name is known at once.
        let patch = contract::people::PatchOrganization { name: Some("Lakeside Ltd".into()), ..Default::default() };
        team.write(&pair.lia, move |ctx, tx| app::people::patch_organization(ctx, tx, &patch)).await.unwrap();
        let mine = pair.links(&team.ops).await.remove(0);
        assert_eq!(mine.organization.map(|it| it.name).as_deref(), Some("Lakeside Ltd"));
        pair.proven().await;
    });
}

#[test]
fn invitations_are_declined_withdrawn_and_end_when_the_companies_are_linked() {
    on_both(async |world| {
        let pair = Pair::meet(world).await;
        let team = &pair.team;
        let first = pair.invite(&team.admin, &pair.lia.actor.email).await.unwrap();
        let ended = pair.end(&pair.lia, first.id).await.unwrap();
        assert_eq!((ended.status, ended.ended_by), (LinkStatus::Ended, Some(pair.lia.actor.id)));
        let mine = pair.links(&team.admin).await.remove(0);
        // Whose invitation it was is not told by a refusal.
        assert_eq!((mine.status, mine.organization.as_ref(), mine.ended_by), (LinkStatus::Ended, None, None));
        assert_eq!(code(pair.accept(&pair.lia, first.id).await), "409:link_ended");
        let history = team.read(&team.admin, move |ctx, tx| app::links::history(ctx, tx, first.id, 10)).await.unwrap();
        assert_eq!((history[0].kind.as_str(), history[0].actor_id), ("link_ended", None));
        assert_eq!(history[0].actor_name, "somebody");
        // Each invites the other; one agrees, and the other invitation is worth nothing.
        let mine = pair.invite(&team.admin, &pair.lia.actor.email).await.unwrap();
        let theirs = pair.invite(&pair.lia, &team.bob.actor.email).await.unwrap();
        pair.accept(&pair.lia, mine.id).await.unwrap();
        assert_eq!(code(pair.accept(&team.admin, theirs.id).await), "409:link_ended");
        // An invitation to a linked company stays with whoever made it, and can be withdrawn.
        let again = pair.invite(&team.admin, &pair.lia.actor.email).await.unwrap();
        assert_eq!(pair.links(&pair.lia).await.iter().filter(|link| link.id == again.id).count(), 0);
        assert_eq!(pair.end(&team.admin, again.id).await.unwrap().status, LinkStatus::Ended);
        pair.proven().await;
    });
}

#[test]
fn a_unit_crosses_with_its_identity_and_comes_back_as_itself() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let units = pair.stock(&["S-1", "S-2"]).await;
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await.unwrap();
        assert_eq!((sent.status, sent.to_name.as_str()), (TransferStatus::Pending, "Lakeside Devices"));
        assert_eq!(pair.unit(&team.ops, units[0]).await.state, UnitState::InTransfer);
        // The other side sees its half: labels, no ids of these books, nobody's name.
        let half = pair.transfer(&pair.lia, sent.id).await.unwrap();
        assert_eq!((half.from, half.to), (Pair::company(&team.ops), office(&pair.lia)));
        assert_eq!((half.from_name.as_str(), half.created_by), ("Northlake Ortho", None));
        let label = half.lines[0].label.clone().unwrap();
        assert_eq!((label.catalog_number.as_str(), label.manufacturer.as_str()), ("CUP-52", "Orthex"));
        assert_eq!((label.lot.as_deref(), label.expires_on), (Some("L-77"), Day::parse("2028-05-31")));
        assert_eq!((label.catalog_item_id, label.comes_back), (None, false));
        assert!(half.lines.iter().all(|line| !units.contains(&line.unit_id)));
        // The sender cannot decide, nor the receiver take back.
        assert_eq!(code(pair.take(&team.ops, sent.id).await), "403:not_yours_to_decide");
        let id = sent.id;
        let back = team.write(&pair.lia, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await;
        assert_eq!(code(back), "403:not_yours_to_cancel");
        let done = pair.take(&pair.lia, sent.id).await.unwrap();
        assert_eq!((done.status, done.decided_by), (TransferStatus::Accepted, Some(pair.lia.actor.id)));
        // Here: no stock any more, and with whom it is.
        let gone = pair.unit(&team.ops, units[0]).await;
        assert_eq!((gone.state, gone.custodian), (UnitState::Inactive, Pair::company(&pair.lia)));
        assert_eq!(gone.deactivated_reason.as_deref(), Some("Went to Lakeside Devices"));
        assert!(team.list(&team.ops, &[]).await.is_empty());
        assert_eq!(team.list(&team.ops, &[("state", "inactive")]).await.len(), 2);
        assert_eq!(team.notices(&team.ops, "transfer_accepted").await, 1, "whoever sent it is told, once");
        // There: a unit of their own with the same identity, of an item that came along.
        let there = pair.unit(&pair.lia, half.lines[0].unit_id).await;
        assert_eq!((there.state, there.custodian), (UnitState::Available, office(&pair.lia)));
        assert_eq!((there.lot.as_deref(), there.expires_on), (Some("L-77"), Day::parse("2028-05-31")));
        assert!(["S-1", "S-2"].contains(&there.serial.as_deref().unwrap()));
        let item = there.catalog_item_id;
        let item = team.read(&pair.lia, move |ctx, tx| app::catalog::item(ctx, tx, item)).await.unwrap();
        assert_eq!((item.number.as_str(), item.description.as_str()), ("CUP-52", "Acetabular cup 52"));
        assert_eq!((item.list_price_minor, item.cost_minor), (None, Some(None)));
        // Its history says where it came from.
        let unit = there.id;
        let story = team.read(&pair.lia, move |ctx, tx| app::units::history(ctx, tx, unit, 9)).await.unwrap().items;
        assert_eq!(story[0].sentence, "Ada Admin accepted it from Northlake Ortho");
        assert_eq!(story[0].movements[0].from_custodian, Some(Pair::company(&team.ops)));
        let gone = gone.id;
        let story = team.read(&team.ops, move |ctx, tx| app::units::history(ctx, tx, gone, 9)).await.unwrap().items;
        assert_eq!((story[0].sentence.as_str(), story[0].actor_id), ("Lakeside Devices accepted it", None));
        assert_eq!(story[0].movements[0].to_custodian, Pair::company(&pair.lia));
        // A recall finds whom to tell.
        let trace = team.read(&team.ops, |ctx, tx| app::unit_lists::trace(ctx, tx, None, "L-77")).await.unwrap();
        let holders: Vec<_> = trace.holders.iter().map(|it| (it.name.as_str(), it.custodian, it.units)).collect();
        assert_eq!(holders, [("Lakeside Devices", Pair::company(&pair.lia), 2)]);
        assert_eq!(trace.movements.last().unwrap().to, Pair::company(&pair.lia));
        // Nothing can be done here about what is there, and ids of one side are nothing to the other.
        let hold = team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, gone, None)).await;
        assert_eq!(code(hold), "403:unit_with_linked_company");
        let get = team.read(&pair.lia, move |ctx, tx| app::units::get(ctx, tx, gone)).await;
        assert_eq!(code(get), "not_found");
        let get = team.read(&team.admin, move |ctx, tx| app::units::get(ctx, tx, unit)).await;
        assert_eq!(code(get), "not_found");
        pair.proven().await;

        // Returned, it is the unit that it was, and its chain has no gap.
        let sent = pair.send(&pair.lia, office(&pair.lia), &team.ops, &[unit]).await.unwrap();
        let half = pair.transfer(&team.ops, sent.id).await.unwrap();
        let home = half.lines[0].unit_id;
        assert!(units.contains(&home) && half.lines[0].label.as_ref().unwrap().comes_back);
        pair.take(&team.ops, sent.id).await.unwrap();
        let home = pair.unit(&team.ops, home).await;
        assert_eq!(
            (home.state, home.custodian, home.deactivated_reason),
            (UnitState::Available, office(&team.ops), None)
        );
        assert_eq!(pair.unit(&pair.lia, unit).await.custodian, Pair::company(&team.ops));
        let count = team
            .count(
                "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1",
                args![team.world.organization].to_vec(),
            )
            .await;
        assert_eq!(count, 2, "no unit was made twice");
        // And out again: over there too it is the one that it was.
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &[home.id]).await.unwrap();
        pair.take(&pair.lia, sent.id).await.unwrap();
        assert_eq!(pair.unit(&pair.lia, unit).await.state, UnitState::Available);
        pair.proven().await;
    });
}

#[test]
fn a_part_is_accepted_what_is_missing_is_looked_for_and_the_rest_is_taken_back() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let units = pair.stock(&["S-1", "S-2", "S-3", "S-4"]).await;
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await.unwrap();
        let half = pair.transfer(&pair.lia, sent.id).await.unwrap();
        let ids: Vec<UnitId> = half.lines.iter().map(|line| line.unit_id).collect();
        let body = AcceptTransfer {
            unit_ids: Some(vec![ids[0]]),
            missing: vec![MissingUnit { unit_id: ids[1], reason: "empty box".into() }],
            ..AcceptTransfer::default()
        };
        let id = sent.id;
        let strange = AcceptTransfer { unit_ids: Some(vec![units[0]]), missing: vec![], ..AcceptTransfer::default() };
        let wrong = team.write(&pair.lia, move |ctx, tx| app::transfers::accept(ctx, tx, id, &strange)).await;
        assert_eq!(code(wrong), "not_found:unit_ids[0]", "the sender's ids mean nothing here");
        let part = team.write(&pair.lia, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await.unwrap();
        assert_eq!(part.status, TransferStatus::Pending);
        let mine = pair.transfer(&team.ops, id).await.unwrap();
        let count = |status| mine.lines.iter().filter(|line| line.status == status).count();
        assert_eq!((count(TransferLineStatus::Accepted), count(TransferLineStatus::Missing)), (1, 1));
        let lost = mine.lines.iter().find(|line| line.status == TransferLineStatus::Missing).unwrap();
        let unit = pair.unit(&team.ops, lost.unit_id).await;
        assert_eq!((unit.state, unit.custodian), (UnitState::OnHold, office(&team.ops)));
        assert_eq!(unit.hold_reason.as_deref(), Some("Reported missing by Lakeside Devices: empty box"));
        pair.proven().await;
        // One is taken off, the last one taken back: both halves say so.
        let waits = mine.lines.iter().find(|line| line.status == TransferLineStatus::Pending).unwrap().unit_id;
        let theirs = team.write(&pair.lia, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &[ids[2]])).await;
        assert_eq!(code(theirs), "403:not_yours_to_remove");
        team.write(&team.ops, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &[waits])).await.unwrap();
        let done = team.write(&team.ops, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await.unwrap();
        assert_eq!(done.status, TransferStatus::Accepted);
        let half = pair.transfer(&pair.lia, id).await.unwrap();
        assert_eq!((half.status, half.decided_by), (TransferStatus::Accepted, None));
        let mut told: Vec<&str> = half.lines.iter().map(|line| line.status.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["accepted", "cancelled", "missing", "removed"]);
        pair.proven().await;
    });
}

#[test]
fn what_is_declined_waits_on_hold_at_the_sender() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let bobs = team.stock(person(&team.bob), 2).await;
        // The office sends a person's stock as well; the person does not.
        let (bob, to) = (person(&team.bob), Pair::company(&pair.lia));
        assert_eq!(code(team.send(&team.bob, bob, to, &bobs).await), "not_found:to");
        assert_eq!(code(team.send(&team.rita, bob, to, &bobs).await), "not_found:to");
        let sent = pair.send(&team.ops, bob, &pair.lia, &bobs).await.unwrap();
        let done = team.decline(&pair.lia, sent.id).await.unwrap();
        assert_eq!((done.status, done.decline_reason.as_deref()), (TransferStatus::Declined, Some("wrong size")));
        let unit = pair.unit(&team.ops, bobs[0]).await;
        assert_eq!((unit.state, unit.custodian), (UnitState::OnHold, bob));
        assert_eq!(unit.hold_reason.as_deref(), Some("Declined by Lakeside Devices: wrong size"));
        let mine = pair.transfer(&team.bob, sent.id).await.unwrap();
        assert_eq!(
            (mine.status, mine.decided_by, mine.to_name.as_str()),
            (TransferStatus::Declined, None, "Lakeside Devices")
        );
        assert_eq!(team.notices(&team.bob, "transfer_declined").await, 1);
        pair.proven().await;
    });
}

#[test]
fn what_events_need_and_what_was_sold_does_not_leave_and_containers_go_whole() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let tray = CreateUnits {
            catalog_item_id: Some(team.container_item().await),
            custodian: Some(office(&team.ops)),
            serial: Some("TRAY-A".into()),
            ..team.some(1)
        };
        let tray =
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, tray.clone())).await.unwrap().items[0].id;
        let inside = pair.stock(&["S-1", "S-2"]).await;
        let body = ChangeContents { add: inside.clone(), remove: vec![] };
        team.write(&team.ops, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &body)).await.unwrap();
        let alone = pair.send(&team.ops, office(&team.ops), &pair.lia, &inside[..1]).await;
        assert_eq!(code(alone), "409:unit_in_container");
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &[tray]).await.unwrap();
        assert_eq!(sent.units_count, 3);
        let half = pair.transfer(&pair.lia, sent.id).await.unwrap();
        let outer = half.lines.iter().find(|line| line.label.as_ref().unwrap().container_id.is_none()).unwrap().unit_id;
        // The container brings what lies in it.
        let body = AcceptTransfer { unit_ids: Some(vec![outer]), missing: vec![], ..AcceptTransfer::default() };
        let id = sent.id;
        let done = team.write(&pair.lia, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await.unwrap();
        assert_eq!(done.status, TransferStatus::Accepted);
        let contents = team.read(&pair.lia, move |ctx, tx| app::units::contents(ctx, tx, outer)).await.unwrap().items;
        assert_eq!(contents.len(), 2);
        assert!(contents.iter().all(|unit| unit.custodian == office(&pair.lia) && unit.state == UnitState::Available));
        pair.proven().await;
        // One comes back without its container, and lies loose.
        let one = contents[0].id;
        let body = ChangeContents { add: vec![], remove: vec![one] };
        team.write(&pair.lia, move |ctx, tx| app::units::change_contents(ctx, tx, outer, &body)).await.unwrap();
        let sent = pair.send(&pair.lia, office(&pair.lia), &team.ops, &[one]).await.unwrap();
        let home = pair.take(&team.ops, sent.id).await.unwrap().lines[0].unit_id;
        assert_eq!(pair.unit(&team.ops, home).await.container_id, None);
        pair.proven().await;

        // What is booked for an open event stays.
        let event = team.ground.event(team.bob.actor.id, "case", "open", crate::ground::TODAY).await;
        let (org, kept) = (team.world.organization, pair.stock(&["S-9"]).await);
        let unit = kept[0].uuid();
        team.ground
            .work(move |tx| {
                tx.exec(
                    "INSERT INTO event_claim (organization_id, event_id, unit_id, reusable) VALUES ($1, $2, $3, 0)",
                    args![org, event, unit],
                )
                .map(drop)
            })
            .await;
        assert_eq!(code(pair.send(&team.ops, office(&team.ops), &pair.lia, &kept).await), "409:unit_in_event");
        // A place of the sender is not one of the receiver.
        let place = CreateTransfer {
            from: Some(office(&team.ops)),
            to: Pair::company(&pair.lia),
            unit_ids: kept,
            note: String::new(),
            due_back_on: None,
            place_id: Some(Id::from_uuid(Uuid::from_u128(5))),
            event_id: None,
            only_for_this_person: false,
        };
        let placed = team.write(&team.ops, move |ctx, tx| app::transfers::create(ctx, tx, &place)).await;
        assert_eq!(code(placed), "422:not_your_place");
    });
}

#[test]
fn the_same_thing_is_not_taken_in_twice() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let first = pair.stock(&["S-1"]).await;
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &first).await.unwrap();
        let there = pair.take(&pair.lia, sent.id).await.unwrap().lines[0].unit_id;
        // Somebody enters it here once more, as if it were here.
        pair.stock(&["S-1"]).await;
        let back = pair.send(&pair.lia, office(&pair.lia), &team.ops, &[there]).await.unwrap();
        assert_eq!(code(pair.take(&team.ops, back.id).await), "409:serial_already_exists");
        assert_eq!(
            pair.transfer(&team.ops, back.id).await.unwrap().status,
            TransferStatus::Pending,
            "nothing was written"
        );
        pair.proven().await;
    });
}

#[test]
fn ending_a_link_stops_what_moves_and_keeps_what_happened() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let units = pair.stock(&["S-1", "S-2"]).await;
        let crossed = pair.send(&team.ops, office(&team.ops), &pair.lia, &units[..1]).await.unwrap();
        pair.take(&pair.lia, crossed.id).await.unwrap();
        let waits = pair.send(&team.ops, office(&team.ops), &pair.lia, &units[1..]).await.unwrap();
        let link = pair.links(&team.admin).await.remove(0);
        assert_eq!(link.pending_transfers, 1);
        for who in [&team.admin, &pair.lia] {
            assert_eq!(code(pair.end(who, link.id).await), "409:transfers_pending");
        }
        assert_eq!(code(pair.end(&team.ops, link.id).await), "403:not_allowed");
        team.decline(&pair.lia, waits.id).await.unwrap();
        let done = pair.end(&pair.lia, link.id).await.unwrap();
        assert_eq!((done.status, done.ended_reason.as_str()), (LinkStatus::Ended, "We part"));
        let mine = pair.links(&team.admin).await.remove(0);
        assert_eq!((mine.status, mine.ended_by), (LinkStatus::Ended, None));
        assert_eq!(code(pair.end(&team.admin, link.id).await), "409:link_ended");
        let free = pair.stock(&["S-3"]).await;
        assert_eq!(code(pair.send(&team.ops, office(&team.ops), &pair.lia, &free).await), "409:link_not_active");
        let listed = team.read(&team.ops, |ctx, tx| app::transfers::recipients(ctx, tx, &params(&[]))).await.unwrap();
        assert!(listed.items.iter().all(|it| it.r#type != CustodianType::LinkedOrganization));
        // What happened stays, with names.
        let story = pair.unit(&team.ops, units[0]).await;
        assert_eq!(story.custodian, Pair::company(&pair.lia));
        assert_eq!(pair.transfer(&team.ops, crossed.id).await.unwrap().to_name, "Lakeside Devices");
        // Linked again, it comes back as itself.
        let again = pair.invite(&pair.lia, &team.admin.actor.email).await.unwrap();
        pair.accept(&team.admin, again.id).await.unwrap();
        let there = team.list(&pair.lia, &[]).await;
        let back = pair.send(&pair.lia, office(&pair.lia), &team.ops, &there).await.unwrap();
        assert_eq!(pair.take(&team.ops, back.id).await.unwrap().lines[0].unit_id, units[0]);
        pair.proven().await;
    });
}

#[test]
fn linked_companies_are_offered_to_the_office_alone() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let of = async |who: &Ctx| {
            let asked = params(&[("q", "lake"), ("count", "true")]);
            team.read(who, move |ctx, tx| app::transfers::recipients(ctx, tx, &asked)).await.unwrap()
        };
        let page = of(&team.ops).await;
        let names: Vec<&str> = page.items.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names, page.total), (vec!["Lakeside Devices"], Some(1)));
        assert_eq!(page.items[0].r#type, CustodianType::LinkedOrganization);
        assert!(of(&team.bob).await.items.is_empty());
        // Somebody who is no colleague there sees nothing of a transfer; nor does a rep of the receiving company.
        let units = pair.stock(&["S-1"]).await;
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await.unwrap();
        assert_eq!(code(pair.transfer(&team.bob, sent.id).await), "not_found");
        let (_, email) = team.world.organization("Third Party").await;
        let third = team.world.by_email(&email).await;
        assert_eq!(code(pair.transfer(&third, sent.id).await), "not_found");
        assert_eq!(code(pair.take(&third, sent.id).await), "not_found");
    });
}

#[test]
fn of_many_who_decide_across_a_link_one_does() {
    on_both(async |world| {
        let pair = Arc::new(Pair::linked(world).await);
        let units = pair.stock(&["S-1", "S-2"]).await;
        for round in 0..3 {
            let team = &pair.team;
            let id = pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await.unwrap().id;
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..12 {
                let pair = pair.clone();
                tasks.spawn(async move {
                    let team = &pair.team;
                    match (round, n % 2) {
                        (0, _) | (_, 0) => pair.take(&pair.lia, id).await,
                        (1, _) => team.write(&team.ops, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await,
                        (_, _) => team.decline(&pair.lia, id).await,
                    }
                });
            }
            let results = tasks.join_all().await;
            assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1, "round {round}: {results:?}");
            pair.proven().await;
            // Home again for the next round, wherever they are.
            let there = team.list(&pair.lia, &[]).await;
            if !there.is_empty() {
                let back = pair.send(&pair.lia, office(&pair.lia), &team.ops, &there).await.unwrap();
                pair.take(&team.ops, back.id).await.unwrap();
            }
            for unit in team.list(&team.ops, &[("state", "on_hold")]).await {
                team.write(&team.ops, move |ctx, tx| app::units::release(ctx, tx, unit, None)).await.unwrap();
            }
        }
        // And of many who agree to one invitation, or end one link, one does.
        let link = pair.links(&pair.lia).await.remove(0).id;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let pair = pair.clone();
            tasks.spawn(async move {
                if n % 2 == 0 { pair.end(&pair.lia, link).await } else { pair.end(&pair.team.admin, link).await }
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1, "{results:?}");
        pair.proven().await;
    });
}

/// One thing that either company might try.
#[derive(Clone, Debug)]
enum Try {
    Send { from: usize, pick: usize, both: bool },
    Accept { by: usize, pick: usize, lose: bool },
    Decline { by: usize, pick: usize },
    Cancel { by: usize, pick: usize },
    Release { by: usize, pick: usize },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = prop_oneof![
        4 => (0..2_usize, 0..9_usize, any::<bool>()).prop_map(|(from, pick, both)| Try::Send { from, pick, both }),
        4 => (0..2_usize, 0..9_usize, any::<bool>()).prop_map(|(by, pick, lose)| Try::Accept { by, pick, lose }),
        1 => (0..2_usize, 0..9_usize).prop_map(|(by, pick)| Try::Decline { by, pick }),
        1 => (0..2_usize, 0..9_usize).prop_map(|(by, pick)| Try::Cancel { by, pick }),
        1 => (0..2_usize, 0..9_usize).prop_map(|(by, pick)| Try::Release { by, pick }),
    ];
    prop::collection::vec(one, 40)
}

/// Whatever the two try, in whatever order: each thing is answered for by exactly one of them, nothing is made twice, and
/// both books are proven.
#[test]
fn nothing_is_lost_or_doubled_between_two_companies() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        pair.stock(&["S-1", "S-2", "S-3", "S-4"]).await;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let tries = tries().new_tree(&mut runner).unwrap().current();
        for one in tries {
            attempt(&pair, &one).await;
            let mut held = 0;
            for org in [pair.team.world.organization, pair.lia.org()] {
                held += pair
                    .team
                    .count(
                        "SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1 AND active = 1 \
                         AND custodian_type <> 'linked_organization'",
                        args![org].to_vec(),
                    )
                    .await;
            }
            assert_eq!(held, 4, "after {one:?}");
        }
        for org in [pair.team.world.organization, pair.lia.org()] {
            let rows =
                pair.team.count("SELECT COUNT(*) FROM stock_unit WHERE organization_id = $1", args![org].to_vec());
            assert!(rows.await <= 4);
        }
        pair.proven().await;
    });
}

async fn attempt(pair: &Pair, one: &Try) {
    let team = &pair.team;
    let sides = [&team.ops, &pair.lia];
    let pending = async |by: usize, pick: usize, direction: &str| {
        let asked = params(&[("status", "pending"), ("direction", direction)]);
        let page = team.read(sides[by], move |ctx, tx| app::transfers::list(ctx, tx, &asked)).await.unwrap();
        page.items.get(pick % page.items.len().max(1)).map(|it| it.id)
    };
    match *one {
        Try::Send { from, pick, both } => {
            let free = team.list(sides[from], &[("state", "available")]).await;
            let count = if both { 2 } else { 1 };
            let units: Vec<UnitId> = free.iter().cycle().skip(pick).take(count.min(free.len())).copied().collect();
            if !units.is_empty() {
                pair.send(sides[from], office(sides[from]), sides[1 - from], &units).await.unwrap();
            }
        }
        Try::Accept { by, pick, lose } => {
            let Some(id) = pending(by, pick, "in").await else { return };
            let lines = pair.transfer(sides[by], id).await.unwrap().lines;
            let missing = lines.iter().take(usize::from(lose && lines.len() > 1));
            let missing = missing.map(|line| MissingUnit { unit_id: line.unit_id, reason: "not in the box".into() });
            let body = AcceptTransfer { unit_ids: None, missing: missing.collect(), ..AcceptTransfer::default() };
            team.write(sides[by], move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await.unwrap();
        }
        Try::Decline { by, pick } => {
            if let Some(id) = pending(by, pick, "in").await {
                team.decline(sides[by], id).await.unwrap();
            }
        }
        Try::Cancel { by, pick } => {
            if let Some(id) = pending(by, pick, "out").await {
                team.write(sides[by], move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await.unwrap();
            }
        }
        Try::Release { by, pick } => {
            let held = team.list(sides[by], &[("state", "on_hold")]).await;
            if let Some(unit) = held.get(pick % held.len().max(1)).copied() {
                team.write(sides[by], move |ctx, tx| app::units::release(ctx, tx, unit, None)).await.unwrap();
            }
        }
    }
}

#[test]
fn the_proof_finds_a_half_that_was_edited() {
    on_both(async |world| {
        let pair = Pair::linked(world).await;
        let team = &pair.team;
        let units = pair.stock(&["S-1"]).await;
        let sent = pair.send(&team.ops, office(&team.ops), &pair.lia, &units).await.unwrap();
        pair.take(&pair.lia, sent.id).await.unwrap();
        pair.proven().await;
        let (org, other, transfer) = (team.world.organization, pair.lia.org(), sent.id.uuid());
        let edit = async |sql: &'static str, args: Vec<store::Value>| team.ground.edit(sql, args).await;
        let found = async |company: Uuid| {
            let report = team.world.app.verify(OrganizationId::from_uuid(company), |_| ()).await.unwrap();
            report.differences.into_iter().map(|it| it.check).collect::<Vec<_>>()
        };
        let half = "UPDATE stock_transfer SET status = $3 WHERE organization_id = $1 AND id = $2";
        edit(half, args![other, transfer, "declined"].to_vec()).await;
        assert!(found(org).await.contains(&"crossing") && found(other).await.contains(&"crossing"));
        edit(half, args![other, transfer, "accepted"].to_vec()).await;
        let line = "UPDATE stock_crossing_line SET status = $3 WHERE organization_id = $1 AND transfer_id = $2";
        edit(line, args![other, transfer, "missing"].to_vec()).await;
        assert!(found(other).await.contains(&"crossing"));
        edit(line, args![other, transfer, "accepted"].to_vec()).await;
        edit("UPDATE organization_link SET status = 'ended' WHERE organization_id = $1", args![org].to_vec()).await;
        assert!(found(org).await.contains(&"organization_link") && found(other).await.contains(&"organization_link"));
        edit("UPDATE organization_link SET status = 'active' WHERE organization_id = $1", args![org].to_vec()).await;
        edit("DELETE FROM stock_unit_across WHERE organization_id = $1", args![org].to_vec()).await;
        assert!(found(other).await.contains(&"unit_across"));
    });
}
