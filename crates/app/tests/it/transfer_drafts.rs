//! Transfers that are put together before they are sent: they hold nothing, and what is not free any more is named.

use crate::team::{Team, believing, code, office, params, person};
use app::Ctx;
use app::transfers::drafts;
use contract::Patch;
use contract::drafts::{CreateDraft, PatchDraft, SendDraft, TransferDraft};
use contract::transfers::CreatedTransfer;
use contract::units::{ChangeContents, CreateUnits};
use domain::id::{TransferId, UnitId};
use domain::stock::{TransferStatus, UnitState};
use store::args;
use testkit::on_both;

async fn begin(team: &Team, who: &Ctx, body: CreateDraft) -> app::Result<TransferDraft> {
    team.write(who, move |ctx, tx| drafts::create(ctx, tx, &body)).await
}

async fn patch(team: &Team, who: &Ctx, id: TransferId, body: PatchDraft) -> app::Result<TransferDraft> {
    team.write(who, move |ctx, tx| drafts::patch(ctx, tx, id, &body)).await
}

async fn send(team: &Team, who: &Ctx, id: TransferId, only_free: bool) -> app::Result<CreatedTransfer> {
    let body = SendDraft { only_free, ..SendDraft::default() };
    team.write(who, move |ctx, tx| drafts::send(ctx, tx, id, &body)).await
}

async fn see(team: &Team, who: &Ctx, id: TransferId) -> app::Result<TransferDraft> {
    team.read(who, move |ctx, tx| drafts::get(ctx, tx, id)).await
}

async fn listed(team: &Team, who: &Ctx) -> Vec<TransferId> {
    let mut asked = params(&[]);
    asked.count = true;
    let page = team.read(who, move |ctx, tx| drafts::list(ctx, tx, &asked)).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64));
    page.items.into_iter().map(|it| it.id).collect()
}

fn of(units: &[UnitId]) -> CreateDraft {
    CreateDraft { unit_ids: units.to_vec(), note: "For Monday".into(), ..CreateDraft::default() }
}

#[test]
fn a_draft_is_put_together_and_sent_under_its_own_id() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 3).await;
        let draft = begin(&team, &team.bob, of(&units[..2])).await.unwrap();
        assert_eq!((draft.units_count, draft.to, draft.from), (2, None, person(&team.bob)));
        assert!(draft.lines.as_ref().unwrap().iter().all(|line| line.problem.is_none()));
        assert_eq!(team.unit(units[0]).await.state, UnitState::Available, "a draft holds nothing");
        assert_eq!(team.notices(&team.ann, "transfer_sent").await, 0, "and tells nobody");
        assert_eq!(code(send(&team, &team.bob, draft.id, false).await), "422:required");
        let change = PatchDraft {
            to: Patch::Set(person(&team.ann)),
            add_unit_ids: vec![units[2]],
            remove_unit_ids: vec![units[0]],
            ..PatchDraft::default()
        };
        let changed = patch(&team, &team.bob, draft.id, change).await.unwrap();
        let left: Vec<UnitId> = changed.lines.unwrap().into_iter().map(|line| line.unit_id).collect();
        assert_eq!((left.as_slice(), changed.version, changed.note.as_str()), (&units[1..], 2, "For Monday"));
        let old = believing(&team.bob, 1);
        assert!(matches!(patch(&team, &old, draft.id, PatchDraft::default()).await, Err(app::Error::Stale(_))));
        let sent = send(&team, &team.bob, draft.id, false).await.unwrap().transfer;
        assert_eq!((sent.id, sent.status, sent.units_count), (draft.id, TransferStatus::Pending, 2));
        assert_eq!((sent.note.as_str(), team.notices(&team.ann, "transfer_sent").await), ("For Monday", 1));
        assert_eq!(code(see(&team, &team.bob, draft.id).await), "not_found", "it is a transfer now");
        assert_eq!(team.unit(units[0]).await.state, UnitState::Available);
        team.accept(&team.ann, sent.id).await.unwrap();
        team.sound().await;
    });
}

#[test]
fn what_is_not_free_any_more_is_named_or_left_out() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let units = team.stock(person(&team.bob), 4).await;
        let body = CreateDraft { to: Some(person(&team.ann)), ..of(&units) };
        let draft = begin(&team, &team.bob, body).await.unwrap();
        // Meanwhile one is sent elsewhere and taken there, one waits in another transfer, one is put on hold.
        let gone = team.send(&team.bob, person(&team.bob), person(&team.cy), &units[..1]).await.unwrap().transfer;
        team.accept(&team.cy, gone.id).await.unwrap();
        team.send(&team.bob, person(&team.bob), person(&team.cy), &units[1..2]).await.unwrap();
        let held = units[2];
        let hold = contract::units::HoldReason::default();
        team.write(&team.ops, move |ctx, tx| app::holds::hold(ctx, tx, held, &hold)).await.unwrap();
        let seen = see(&team, &team.bob, draft.id).await.unwrap();
        let problems: Vec<bool> = seen.lines.unwrap().iter().map(|line| line.problem.is_some()).collect();
        assert_eq!(problems, [true, true, true, false]);
        let refused = send(&team, &team.bob, draft.id, false).await;
        match &refused {
            Err(app::Error::Conflict { message, .. }) => {
                assert!(message.starts_with("3 units of this draft cannot be sent"), "{message}");
                assert!(message.contains("not with the sender any more"), "{message}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(code(refused), "409:not_free_any_more");
        let sent = send(&team, &team.bob, draft.id, true).await.unwrap().transfer;
        assert_eq!((sent.units_count, sent.lines[0].unit_id), (1, units[3]));
        // When nothing of it is free, nothing is sent either way.
        let none =
            begin(&team, &team.ops, CreateDraft { from: Some(person(&team.bob)), ..of(&units[1..2]) }).await.unwrap();
        let to = PatchDraft { to: Patch::Set(person(&team.ann)), ..PatchDraft::default() };
        patch(&team, &team.ops, none.id, to).await.unwrap();
        assert_eq!(code(send(&team, &team.ops, none.id, true).await), "409:not_free_any_more");
        team.sound().await;
    });
}

#[test]
fn containers_bring_what_lies_in_them_when_they_are_sent() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let item = team.container_item().await;
        let body =
            CreateUnits { catalog_item_id: Some(item), custodian: Some(person(&team.bob)), ..CreateUnits::default() };
        let tray =
            team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id;
        let units = team.stock(person(&team.bob), 2).await;
        let draft = begin(&team, &team.bob, CreateDraft { to: Some(person(&team.ann)), ..of(&[tray, units[0]]) });
        let draft = draft.await.unwrap();
        let add = ChangeContents { add: vec![units[1]], ..ChangeContents::default() };
        team.write(&team.bob, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &add)).await.unwrap();
        let add = PatchDraft { add_unit_ids: vec![units[1]], remove_unit_ids: vec![tray], ..PatchDraft::default() };
        let alone = patch(&team, &team.bob, draft.id, add).await.unwrap();
        assert!(alone.lines.unwrap()[1].problem.as_ref().unwrap().contains("container"));
        let again = PatchDraft { unit_ids: Some(vec![tray, units[0]]), ..PatchDraft::default() };
        patch(&team, &team.bob, draft.id, again).await.unwrap();
        let sent = send(&team, &team.bob, draft.id, false).await.unwrap().transfer;
        assert_eq!(sent.units_count, 3);
        team.sound().await;
    });
}

#[test]
fn drafts_are_for_whoever_may_act_for_the_sender() {
    on_both(async |world| {
        let team = Team::meet(world).await;
        let bobs = team.stock(person(&team.bob), 1).await;
        let own = team.stock(office(&team.ops), 1).await;
        let draft = begin(&team, &team.bob, of(&bobs)).await.unwrap().id;
        let offices = begin(&team, &team.ops, of(&own)).await.unwrap().id;
        assert_eq!(listed(&team, &team.bob).await, [draft]);
        assert_eq!(listed(&team, &team.dana).await, [draft], "Bob is in Dana's group");
        assert_eq!(listed(&team, &team.admin).await, [offices, draft]);
        for stranger in [&team.ann, &team.cy, &team.fred] {
            assert!(listed(&team, stranger).await.is_empty());
            assert_eq!(code(see(&team, stranger, draft).await), "not_found");
        }
        assert_eq!(code(patch(&team, &team.cy, draft, PatchDraft::default()).await), "not_found");
        assert_eq!(code(send(&team, &team.cy, draft, false).await), "not_found");
        // Nobody puts together what they could not send, nor for two senders at once.
        assert_eq!(code(begin(&team, &team.ann, of(&bobs)).await), "not_found:unit_ids[0]");
        assert_eq!(code(begin(&team, &team.ops, of(&[bobs[0], own[0]])).await), "409:unit_not_with_sender");
        assert_eq!(code(begin(&team, &team.ops, CreateDraft::default()).await), "422:required");
        let same = CreateDraft { to: Some(person(&team.bob)), ..of(&bobs) };
        assert_eq!(code(begin(&team, &team.bob, same).await), "422:same_custodian");
        let twice = begin(&team, &team.bob, of(&[bobs[0], bobs[0]])).await;
        assert_eq!(code(twice), "422:repeated");
        team.write(&team.dana, move |ctx, tx| drafts::discard(ctx, tx, draft)).await.unwrap();
        assert!(listed(&team, &team.bob).await.is_empty());
        let rows = team.count(
            "SELECT COUNT(*) FROM stock_draft_unit WHERE organization_id = $1",
            args![team.world.organization].to_vec(),
        );
        assert_eq!(rows.await, 1);
        team.sound().await;
    });
}
