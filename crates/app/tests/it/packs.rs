//! Packs: made of loose units, sold, sent and used as one at one price, taken apart; nothing of them goes its own way.

use crate::scene::{Scene, code};
use app::Ctx;
use contract::events::{AddLines, AmendChanges, AmendEvent, AmendLine, Event, PatchLine};
use contract::sets::{MakePacks, TakeApart};
use contract::transfers::CreateTransfer;
use contract::units::{Bom, BomLine, ChangeContents, CreateBom, CreateUnits, ReassignFacilityStock, Unit};
use contract::{Items, ListParams};
use domain::event::{EventType, Usage};
use domain::id::{BomId, CatalogItemId, EventId, Id, UnitId};
use domain::people::Role;
use domain::stock::{Custodian, UnitKind, UnitState};
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

struct Packs {
    scene: Scene,
    ann: Ctx,
    bob: Ctx,
    kit: CatalogItemId,
    bom: BomId,
}

impl Packs {
    /// A kit of two cups and a rod, for 900.00 where a cup alone costs 1,000.00.
    async fn lay(world: World) -> Self {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let kit = Uuid::from_u128((0x0194_u128 << 112) | 1);
        scene
            .sql(
                "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
                 description_key, kind, list_price_minor, cost_minor, udi_di, gtins, reusable, par_level, geography, archived_at, \
                 version, created_at) VALUES ($1, $2, $3, 'KIT-1', 'kit1', 'Kit', 'kit', 'pack', 90000, NULL, '', '[]', 0, NULL, '', \
                 NULL, 1, 0)",
                args![scene.org, kit, scene.maker],
            )
            .await;
        let line = |item: Uuid, n: u32| BomLine { catalog_item_id: Id::from_uuid(item), min: n, required: n, max: n };
        let body = CreateBom {
            name: "Cup kit".into(),
            kind: Some(UnitKind::Pack),
            lines: vec![line(scene.item, 2), line(scene.own_item, 1)],
            sold_as_item_id: Some(Id::from_uuid(kit)),
            ..CreateBom::default()
        };
        let bom = scene.run(&scene.admin, move |ctx, tx| app::boms::create(ctx, tx, &body)).await.unwrap().id;
        Self { scene, ann, bob, kit: Id::from_uuid(kit), bom }
    }

    async fn loose(&self, item: Uuid, quantity: u32, lot: &'static str, expires: &str) -> Vec<UnitId> {
        let body = CreateUnits {
            catalog_item_id: Some(Id::from_uuid(item)),
            quantity: Some(quantity),
            lot: Some(lot.into()),
            expires_on: domain::clock::Day::parse(expires),
            custodian: Some(Custodian::user(self.ann.actor.id).into()),
            ..CreateUnits::default()
        };
        let made = self.scene.run(&self.scene.admin, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await;
        made.unwrap().items.into_iter().map(|unit| unit.id).collect()
    }

    async fn make(&self, who: &Ctx, body: MakePacks) -> app::Result<Items<Unit>> {
        let bom = self.bom;
        self.scene.run(who, move |ctx, tx| app::packs::make(ctx, tx, bom, &body)).await
    }

    /// One pack of Ann's: (pack, what lies in it).
    async fn pack(&self) -> (UnitId, Vec<UnitId>) {
        let mut inside = self.loose(self.scene.item, 2, "C1", "2031-05-31").await;
        inside.extend(self.loose(self.scene.own_item, 1, "R1", "2030-03-31").await);
        let pack = self.make(&self.ann, MakePacks::default()).await.unwrap().items.remove(0);
        inside.sort();
        (pack.id, inside)
    }

    async fn unit(&self, id: UnitId) -> Unit {
        self.scene.app.read(&self.scene.admin, move |ctx, tx| app::units::get(ctx, tx, id)).await.unwrap()
    }

    async fn mark(&self, event: EventId, units: &[UnitId]) -> app::Result<Event> {
        let lines = AddLines {
            unit_ids: units.to_vec(),
            usage: None,
            accept_expired_reason: String::new(),
            note: String::new(),
        };
        let run = self.scene.run(&self.ann, move |ctx, tx| app::events::lines::add(ctx, tx, event, lines.clone()));
        run.await.map(|added| added.event)
    }

    async fn apart(&self, who: &Ctx, pack: UnitId) -> app::Result<Items<Unit>> {
        let body = TakeApart::default();
        self.scene.run(who, move |ctx, tx| app::packs::take_apart(ctx, tx, pack, &body)).await
    }

    async fn states(&self, ids: &[UnitId]) -> Vec<(UnitState, Option<UnitId>)> {
        let mut found = Vec::new();
        for id in ids {
            let unit = self.unit(*id).await;
            found.push((unit.state, unit.container_id));
        }
        found
    }
}

#[test]
fn a_pack_is_made_of_what_is_loose_says_how_it_stands_and_is_taken_apart() {
    on_both(async |world| {
        let it = Packs::lay(world).await;
        let scene = &it.scene;
        let late = it.loose(scene.item, 2, "C2", "2032-05-31").await;
        let soon = it.loose(scene.item, 2, "C1", "2031-05-31").await;
        assert_eq!(code(it.make(&it.ann, MakePacks::default()).await), "pack_incomplete");
        let rods = it.loose(scene.own_item, 2, "R1", "2030-03-31").await;
        let many = MakePacks { quantity: Some(3), ..MakePacks::default() };
        assert_eq!(code(it.make(&it.ann, many).await), "pack_incomplete");
        assert_eq!(code(it.make(&it.bob, MakePacks::default()).await), "pack_incomplete", "of Bob's own stock");
        let pack = it.make(&it.ann, MakePacks::default()).await.unwrap().items.remove(0);
        // It is good for as long as what lies in it, and what expires first went in.
        assert_eq!((pack.kind, pack.catalog_item_id), (UnitKind::Pack, it.kit));
        assert_eq!(pack.expires_on, domain::clock::Day::parse("2030-03-31"));
        assert!(it.states(&soon).await.iter().all(|state| *state == (UnitState::Available, Some(pack.id))));
        assert!(it.states(&late).await.iter().all(|state| *state == (UnitState::Available, None)));
        let id = pack.id;
        let check = scene.app.read(&it.ann, move |ctx, tx| app::sets::check(ctx, tx, id)).await.unwrap();
        assert_eq!((check.name.as_deref(), check.ready, check.missing), (Some("Cup kit 1 of 1"), true, 0));
        let inside = scene.app.read(&it.ann, move |ctx, tx| app::units::contents(ctx, tx, id)).await.unwrap();
        assert_eq!(inside.items.len(), 3);
        // One that is made of units that somebody names, against the bill.
        let named = |unit_ids: Vec<UnitId>| MakePacks { unit_ids, ..MakePacks::default() };
        assert_eq!(code(it.make(&it.ann, named(late.clone())).await), "pack_incomplete");
        let in_it = named(vec![soon[0], late[0], rods[1]]);
        assert_eq!(code(it.make(&it.ann, in_it).await), "unit_in_container");
        let second = it.make(&it.ann, named(vec![late[0], late[1], rods[1]])).await.unwrap().items.remove(0);
        // Nothing goes its own way: not taken off the books, not into a tray, not out by hand.
        let part = soon[0];
        let gone = scene.run(&scene.admin, move |ctx, tx| app::units::deactivate(ctx, tx, part, "broken")).await;
        assert_eq!(code(gone), "unit_in_pack");
        let whole = scene.run(&scene.admin, move |ctx, tx| app::units::deactivate(ctx, tx, id, "broken")).await;
        assert_eq!(code(whole), "container_not_empty");
        let tray = scene.container(&it.ann).await;
        let into = ChangeContents { add: vec![id], remove: vec![] };
        let nested = scene.run(&it.ann, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &into)).await;
        assert_eq!(code(nested), "pack_in_container");
        let out = ChangeContents { add: vec![], remove: vec![part] };
        let taken = scene.run(&it.ann, move |ctx, tx| app::units::change_contents(ctx, tx, id, &out)).await;
        assert_eq!(code(taken), "not_a_container");
        // Whoever does not act for Ann takes nothing apart, and what lay in it is loose again.
        assert_eq!(code(it.apart(&it.bob, id).await), "not_found");
        let loose = it.apart(&it.ann, id).await.unwrap().items;
        assert_eq!(loose.len(), 3);
        assert!(loose.iter().all(|unit| unit.container_id.is_none() && unit.state == UnitState::Available));
        assert_eq!(it.unit(id).await.state, UnitState::Inactive);
        assert_eq!(code(it.apart(&it.ann, id).await), "unit_inactive");
        assert_eq!(it.unit(second.id).await.state, UnitState::Available);
        scene.prove().await;
    });
}

#[test]
fn a_bill_of_packs_says_what_they_are_sold_as() {
    on_both(async |world| {
        let it = Packs::lay(world).await;
        let scene = &it.scene;
        let make = |kind: UnitKind, item: Uuid| {
            let body = CreateBom {
                name: format!("Another {kind:?} {item}"),
                kind: Some(kind),
                sold_as_item_id: Some(Id::from_uuid(item)),
                ..CreateBom::default()
            };
            scene.run(&scene.admin, move |ctx, tx| app::boms::create(ctx, tx, &body))
        };
        assert_eq!(code(make(UnitKind::Container, it.kit.uuid()).await), "kind_mismatch");
        assert_eq!(code(make(UnitKind::Pack, scene.item).await), "kind_mismatch");
        assert_eq!(code(make(UnitKind::Pack, Uuid::from_u128(7)).await), "not_found");
        let bom: Bom = make(UnitKind::Pack, it.kit.uuid()).await.unwrap();
        assert_eq!(bom.sold_as_item_id, Some(it.kit));
        let clear = contract::units::PatchBom { sold_as_item_id: contract::Patch::Clear, ..Default::default() };
        let id = bom.id;
        let bom = scene.run(&scene.admin, move |ctx, tx| app::boms::patch(ctx, tx, id, &clear)).await.unwrap();
        assert_eq!(bom.sold_as_item_id, None);
        let body = MakePacks::default();
        let unsold = scene.run(&scene.admin, move |ctx, tx| app::packs::make(ctx, tx, id, &body)).await;
        assert_eq!(code(unsold), "pack_without_item");
        scene.prove().await;
    });
}

#[test]
fn a_pack_is_used_as_one_at_one_price_and_every_unit_in_it_is_traced() {
    on_both(async |world| {
        let it = Packs::lay(world).await;
        let scene = &it.scene;
        let (pack, inside) = it.pack().await;
        let event = scene.event(EventType::Case, &it.ann, scene.mercy).await.head.id;
        // A part of it is neither offered nor marked.
        let params = ListParams { limit: Some(100), ..ListParams::default() };
        let offered =
            scene.app.read(&it.ann, move |ctx, tx| app::events::lines::usable_units(ctx, tx, event, &params)).await;
        let offered: Vec<UnitId> = offered.unwrap().items.into_iter().map(|unit| unit.id).collect();
        assert_eq!(offered, [pack]);
        assert_eq!(code(it.mark(event, &inside[..1]).await), "unit_in_pack");
        let marked = it.mark(event, &[pack]).await.unwrap();
        assert_eq!((marked.lines.len(), marked.head.total_minor), (4, Some(90_000)));
        let whole = marked.lines.iter().find(|line| line.unit_id == pack).unwrap().id;
        let parts: Vec<_> = marked.lines.iter().filter(|line| line.pack_line_id == Some(whole)).collect();
        assert!(parts.len() == 3 && parts.iter().all(|line| line.no_charge && line.amount_minor == Some(0)));
        assert_eq!(code(it.apart(&it.ann, pack).await), "unit_in_event");
        // What lies in it follows its line, and is not changed alone.
        let part = parts[0].id;
        let patch = |line, change: PatchLine| {
            scene.run(&scene.admin, move |ctx, tx| app::events::lines::patch(ctx, tx, event, line, change.clone()))
        };
        let change = |usage| PatchLine {
            usage: Some(usage),
            unit_price_minor: contract::Patch::Leave,
            no_charge: None,
            note: None,
        };
        assert_eq!(code(patch(part, change(Usage::Implanted)).await), "line_in_pack");
        patch(whole, change(Usage::Implanted)).await.unwrap();
        let now = scene.get(&it.ann, event).await.unwrap();
        assert!(now.lines.iter().all(|line| line.usage == Usage::Implanted));
        assert_eq!(now.head.total_minor, Some(90_000));
        let off = scene.run(&it.ann, move |ctx, tx| app::events::lines::remove(ctx, tx, event, part)).await;
        assert_eq!(code(off), "line_in_pack");
        let none = scene.run(&it.ann, move |ctx, tx| app::events::lines::remove(ctx, tx, event, whole)).await.unwrap();
        assert!(none.lines.is_empty());
        assert!(it.states(&inside).await.iter().all(|state| *state == (UnitState::Available, Some(pack))));
        // Used: the pack and everything in it left stock, and each lot leads to the case.
        it.mark(event, &[pack]).await.unwrap();
        let sold = scene.submit(&it.ann, event).await.unwrap();
        assert_eq!(sold.head.total_minor, Some(90_000));
        let mut all = inside.clone();
        all.push(pack);
        assert!(it.states(&all).await.iter().all(|(state, _)| *state == UnitState::Inactive));
        let trace = scene.app.read(&scene.admin, |ctx, tx| app::unit_lists::trace(ctx, tx, None, "R1")).await.unwrap();
        assert_eq!(trace.events.iter().map(|it| it.event_id).collect::<Vec<_>>(), [event]);
        // It is asked for again as one.
        let mut params = ListParams::default();
        params.filters.insert("event_id".into(), event.to_string());
        let asked =
            scene.app.read(&it.ann, move |ctx, tx| app::requests::propose::proposals(ctx, tx, &params)).await.unwrap();
        assert_eq!(asked.items.iter().map(|it| it.catalog_number.as_str()).collect::<Vec<_>>(), ["KIT-1"]);
        scene.prove().await;
        // An amendment takes it off as one: everything is where it was, in the pack.
        let line = sold.lines.iter().find(|line| line.unit_id == pack).unwrap().id;
        let amend = |id, remove| {
            let change = AmendLine {
                id,
                remove,
                usage: None,
                unit_price_minor: contract::Patch::Leave,
                no_charge: Some(true).filter(|_| !remove),
                note: None,
            };
            let changes = AmendChanges { lines: vec![change], ..AmendChanges::default() };
            let wish = AmendEvent { changes, reason: "another one was used".into() };
            scene.run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, event, wish.clone()))
        };
        let part = sold.lines.iter().find(|line| line.pack_line_id.is_some()).unwrap().id;
        assert_eq!(code(amend(part, false).await), "line_in_pack");
        let other = it.loose(scene.item, 1, "C9", "2033-05-31").await;
        let _ = other;
        let reopened =
            scene.run(&scene.admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, event, "too early")).await;
        assert_eq!(reopened.unwrap().lines.len(), 4);
        assert!(it.states(&inside).await.iter().all(|state| *state == (UnitState::InEvent, Some(pack))));
        it.mark(event, &other).await.unwrap();
        scene.submit(&it.ann, event).await.unwrap();
        let after = amend(line, true).await.unwrap();
        assert_eq!((after.lines.len(), after.head.total_minor), (1, Some(100_000)));
        assert!(it.states(&inside).await.iter().all(|state| *state == (UnitState::Available, Some(pack))));
        scene.prove().await;
    });
}

#[test]
fn a_pack_is_sent_sold_to_a_shelf_and_given_on_as_one() {
    on_both(async |world| {
        let it = Packs::lay(world).await;
        let scene = &it.scene;
        let (pack, inside) = it.pack().await;
        let send = |units: Vec<UnitId>, from: &Ctx, to: &Ctx| {
            let body = CreateTransfer {
                from: Some(Custodian::user(from.actor.id).into()),
                to: Custodian::user(to.actor.id).into(),
                unit_ids: units,
                note: String::new(),
                due_back_on: None,
                place_id: None,
                event_id: None,
                only_for_this_person: true,
            };
            scene.run(&scene.admin, move |ctx, tx| app::transfers::create(ctx, tx, &body))
        };
        assert_eq!(code(send(inside[..1].to_vec(), &it.ann, &it.bob).await), "unit_in_container");
        let sent = send(vec![pack], &it.ann, &it.bob).await.unwrap().transfer;
        assert_eq!(sent.units_count, 4);
        let id = sent.id;
        let accept = contract::transfers::AcceptTransfer { unit_ids: Some(vec![pack]), ..Default::default() };
        scene.run(&it.bob, move |ctx, tx| app::transfers::accept(ctx, tx, id, &accept)).await.unwrap();
        for unit in &inside {
            let unit = it.unit(*unit).await;
            assert_eq!((unit.custodian, unit.container_id), (Custodian::user(it.bob.actor.id).into(), Some(pack)));
        }
        // Back again, and sold to the shelf of Mercy: all of it, still in the pack.
        let back = send(vec![pack], &it.bob, &it.ann).await.unwrap().transfer.id;
        let all = contract::transfers::AcceptTransfer::default();
        scene.run(&it.ann, move |ctx, tx| app::transfers::accept(ctx, tx, back, &all)).await.unwrap();
        let order = scene.event(EventType::StockingOrder, &it.ann, scene.mercy).await.head.id;
        it.mark(order, &[pack]).await.unwrap();
        let sold = scene.submit(&it.ann, order).await.unwrap();
        assert_eq!(sold.head.total_minor, Some(90_000));
        for unit in inside.iter().chain([&pack]) {
            let shown = it.unit(*unit).await;
            assert_eq!(shown.facility_stock_location_id, Some(scene.mercy));
            assert_eq!(shown.container_id, (*unit != pack).then_some(pack));
        }
        // Given to another custodian as one, a part of it not at all.
        let give = |units: Vec<UnitId>| {
            let body =
                ReassignFacilityStock { unit_ids: units, to_user_id: it.bob.actor.id, reason: "Bob cares now".into() };
            scene.run(&scene.admin, move |ctx, tx| app::units::reassign(ctx, tx, &body))
        };
        assert_eq!(code(give(inside[..1].to_vec()).await), "unit_in_pack");
        assert_eq!(give(vec![pack]).await.unwrap().items.len(), 1);
        assert_eq!(it.unit(inside[2]).await.custodian, Custodian::user(it.bob.actor.id).into());
        scene.prove().await;
        // Used from the shelf at no further charge.
        let case = scene.event(EventType::Case, &it.bob, scene.mercy).await.head.id;
        let lines =
            AddLines { unit_ids: vec![pack], usage: None, accept_expired_reason: String::new(), note: String::new() };
        let added =
            scene.run(&it.bob, move |ctx, tx| app::events::lines::add(ctx, tx, case, lines.clone())).await.unwrap();
        assert_eq!((added.event.lines.len(), added.event.head.total_minor), (4, Some(0)));
        scene.submit(&it.bob, case).await.unwrap();
        assert!(it.states(&inside).await.iter().all(|(state, _)| *state == UnitState::Inactive));
        scene.prove().await;
    });
}
