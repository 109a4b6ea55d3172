//! Nothing comes from nowhere and nothing is lost: whatever is made, sent, used, counted, packed and taken back, in any order, for
//! every item and lot what was made is what is held, what was used and what is gone; each unit's custody is a chain; and what lies in
//! something is with whoever has that.

use crate::scene::{Scene, at};
use app::{Ctx, Error};
use contract::counts::{AddCountLines, CreateCount, ReconcileCount};
use contract::events::{AddLines, AmendChanges, AmendEvent, AmendLine, SubmitEvent};
use contract::sets::{MakePacks, TakeApart};
use contract::transfers::{AcceptTransfer, CreateTransfer, MissingUnit};
use contract::units::{BomLine, ChangeContents, CreateBom, CreateUnits};
use domain::event::{EventStatus, EventType};
use domain::id::{BomId, CountId, EventId, Id, TransferId, UnitId};
use domain::people::Role;
use domain::stock::{Custodian, UnitKind};
use std::collections::{BTreeMap, BTreeSet};
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

/// Sequences of one world, and steps of each.
const SEQUENCES: u64 = 2;
const STEPS: usize = 50;
const LOTS: [&str; 3] = ["L-1", "L-2", "L-3"];

/// A small generator, so that a failure can be told by its seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())]) }
    }
}

/// What the test itself knows, from the answers that it got and from nothing else.
struct Books {
    scene: Scene,
    people: Vec<Ctx>,
    kit: Uuid,
    bom: BomId,
    trays: Vec<UnitId>,
    units: Vec<UnitId>,
    transfers: Vec<TransferId>,
    events: Vec<EventId>,
    counts: Vec<CountId>,
    /// (item, lot) to how many were made.
    made: BTreeMap<(Uuid, String), i64>,
    /// Units that somebody took off the books by hand, and that did not come back; packs that were taken apart.
    gone: BTreeSet<UnitId>,
    log: Vec<String>,
}

impl Books {
    async fn lay(world: World) -> Self {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let lost = scene.person(Role::Sales, "Lost Things").await;
        let settings = format!("{{\"discrepancy_custodian_id\": \"{}\"}}", lost.actor.id);
        let sql = "UPDATE organization SET settings = $2 WHERE organization_id = $1";
        scene.sql(sql, args![scene.org, settings]).await;
        let kit = Uuid::from_u128((0x0194_u128 << 112) | 1);
        let tray = Uuid::from_u128((0x0194_u128 << 112) | 2);
        for (id, number, kind, price) in [(kit, "KIT-1", "pack", Some(90_000)), (tray, "TRAY", "container", None)] {
            scene
                .sql(
                    "INSERT INTO catalog_item (organization_id, id, manufacturer_id, number, number_key, description, \
                     description_key, kind, list_price_minor, cost_minor, udi_di, gtins, reusable, par_level, geography, \
                     archived_at, version, created_at) VALUES ($1, $2, $3, $4, $5, '', '', $6, $7, NULL, '', '[]', $8, NULL, '', \
                     NULL, 1, 0)",
                    args![
                        scene.org,
                        id,
                        scene.maker,
                        number,
                        domain::text::identifier_key(number),
                        kind,
                        price,
                        kind == "container"
                    ],
                )
                .await;
        }
        let line = BomLine { catalog_item_id: Id::from_uuid(scene.item), min: 1, required: 2, max: 3 };
        let body = CreateBom {
            name: "Kit".into(),
            kind: Some(UnitKind::Pack),
            lines: vec![line],
            sold_as_item_id: Some(Id::from_uuid(kit)),
            ..CreateBom::default()
        };
        let bom = scene.run(&scene.admin, move |ctx, tx| app::boms::create(ctx, tx, &body)).await.unwrap().id;
        let mut it = Self {
            people: vec![ann, bob],
            kit,
            bom,
            trays: Vec::new(),
            units: Vec::new(),
            transfers: Vec::new(),
            events: Vec::new(),
            counts: Vec::new(),
            made: BTreeMap::new(),
            gone: BTreeSet::new(),
            log: Vec::new(),
            scene,
        };
        for who in 0..2 {
            let made = it.create(tray, who, 1, "").await;
            it.trays.extend(made);
        }
        it
    }

    async fn create(&mut self, item: Uuid, who: usize, quantity: u32, lot: &'static str) -> Vec<UnitId> {
        let body = CreateUnits {
            catalog_item_id: Some(Id::from_uuid(item)),
            quantity: Some(quantity),
            lot: Some(lot.to_owned()).filter(|lot| !lot.is_empty()),
            custodian: Some(self.custodian(who)),
            ..CreateUnits::default()
        };
        let made = self.scene.run(&self.scene.admin, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await;
        let made: Vec<UnitId> = made.unwrap().items.iter().map(|unit| unit.id).collect();
        *self.made.entry((item, lot.to_owned())).or_default() += i64::from(quantity);
        self.units.extend(&made);
        made
    }

    fn custodian(&self, who: usize) -> contract::CustodianRef {
        match self.people.get(who) {
            Some(ctx) => Custodian::user(ctx.actor.id).into(),
            None => Custodian::organization(Id::from_uuid(self.scene.org)).into(),
        }
    }

    /// A refusal is an answer; a breakdown is not.
    fn done<T>(&mut self, result: app::Result<T>, what: String) -> Option<T> {
        match result {
            Ok(done) => {
                self.log.push(what);
                Some(done)
            }
            Err(Error::Conflict { code, .. } | Error::Forbidden { code, .. } | Error::Invalid { code, .. }) => {
                self.log.push(format!("{what}: {code}"));
                None
            }
            Err(Error::NotFound(_)) => {
                self.log.push(format!("{what}: not found"));
                None
            }
            Err(other) => panic!("{what} after {:?}: {other:?}", self.log),
        }
    }

    fn some(&self, draw: &mut Draw, most: usize) -> Vec<UnitId> {
        let all: BTreeSet<UnitId> = (0..=draw.below(most)).filter_map(|_| draw.of(&self.units)).collect();
        all.into_iter().collect()
    }

    async fn step(&mut self, draw: &mut Draw) {
        let admin = self.scene.world.again(&self.scene.admin).await;
        match draw.below(20) {
            0 | 1 => {
                let lot = LOTS[draw.below(LOTS.len())];
                let (who, item) = (draw.below(3), self.scene.item);
                self.create(item, who, 1 + draw.below(4) as u32, lot).await;
                self.log.push(format!("made {lot} with {who}"));
            }
            2..=4 => self.send(&admin, draw).await,
            5..=7 => self.decide(&admin, draw).await,
            8 | 9 => self.mark(&admin, draw).await,
            10 => {
                let Some(id) = draw.of(&self.events) else { return };
                let wish = SubmitEvent::default();
                let run = self.scene.run(&admin, move |ctx, tx| app::events::settle::submit(ctx, tx, id, &wish)).await;
                self.done(run, "submitted".into());
            }
            11 => self.back(&admin, draw).await,
            12 | 13 => self.by_hand(&admin, draw).await,
            14 | 15 => self.count(&admin, draw).await,
            16 => {
                let (bom, who) = (self.bom, draw.below(3));
                let body = MakePacks { custodian: Some(self.custodian(who)), ..MakePacks::default() };
                let run = self.scene.run(&admin, move |ctx, tx| app::packs::make(ctx, tx, bom, &body)).await;
                if let Some(made) = self.done(run, format!("packed with {who}")) {
                    self.units.extend(made.items.iter().map(|unit| unit.id));
                    *self.made.entry((self.kit, String::new())).or_default() += made.items.len() as i64;
                }
            }
            17 => {
                let Some(id) = draw.of(&self.units) else { return };
                let body = TakeApart::default();
                let run = self.scene.run(&admin, move |ctx, tx| app::packs::take_apart(ctx, tx, id, &body)).await;
                if self.done(run, "taken apart".into()).is_some() {
                    self.gone.insert(id);
                }
            }
            _ => {
                let Some(tray) = draw.of(&self.trays) else { return };
                let some = self.some(draw, 3);
                let body = match draw.below(3) {
                    0 => ChangeContents { add: Vec::new(), remove: some },
                    _ => ChangeContents { add: some, remove: Vec::new() },
                };
                let run =
                    self.scene.run(&admin, move |ctx, tx| app::units::change_contents(ctx, tx, tray, &body)).await;
                self.done(run, "changed a tray".into());
            }
        }
    }

    async fn send(&mut self, admin: &Ctx, draw: &mut Draw) {
        let mut unit_ids = self.some(draw, 3);
        if draw.below(3) == 0 {
            unit_ids = draw.of(&self.trays).into_iter().collect();
        }
        let body = CreateTransfer {
            from: None,
            to: self.custodian(draw.below(3)),
            unit_ids,
            note: String::new(),
            due_back_on: None,
            place_id: None,
            event_id: None,
            only_for_this_person: true,
        };
        let run = self.scene.run(admin, move |ctx, tx| app::transfers::create(ctx, tx, &body)).await;
        if let Some(sent) = self.done(run, "sent".into()) {
            self.transfers.push(sent.transfer.id);
        }
    }

    async fn decide(&mut self, admin: &Ctx, draw: &mut Draw) {
        // Late ones more often: they still wait.
        let late = self.transfers.len().saturating_sub(4);
        let Some(id) = draw.of(&self.transfers[late..]) else { return };
        let seen = self.scene.app.read(admin, move |ctx, tx| app::transfers::get(ctx, tx, id)).await.unwrap();
        let lines: Vec<UnitId> = seen.lines.iter().map(|line| line.unit_id).collect();
        let run = match draw.below(6) {
            0 => self.scene.run(admin, move |ctx, tx| app::transfers::decline(ctx, tx, id, "not wanted")).await,
            1 => self.scene.run(admin, move |ctx, tx| app::transfers::cancel(ctx, tx, id)).await,
            2 => {
                let some = vec![lines[draw.below(lines.len())]];
                self.scene.run(admin, move |ctx, tx| app::transfers::remove_lines(ctx, tx, id, &some)).await
            }
            3 => {
                let missing = vec![MissingUnit { unit_id: lines[draw.below(lines.len())], reason: "lost".into() }];
                let body = AcceptTransfer { missing, ..AcceptTransfer::default() };
                self.scene.run(admin, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await
            }
            4 => {
                let body = AcceptTransfer { unit_ids: Some(lines[..1].to_vec()), ..AcceptTransfer::default() };
                self.scene.run(admin, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await
            }
            _ => {
                let body = AcceptTransfer::default();
                self.scene.run(admin, move |ctx, tx| app::transfers::accept(ctx, tx, id, &body)).await
            }
        };
        self.done(run, "decided".into());
    }

    async fn mark(&mut self, admin: &Ctx, draw: &mut Draw) {
        if self.events.len() < 4 {
            let who = draw.below(2);
            let kind = if draw.below(3) == 0 { EventType::StockingOrder } else { EventType::Case };
            let mut plan = self.scene.plan(kind, &self.people[who], self.scene.mercy);
            plan.starts_at = at("2025-06-10");
            let made = self.scene.create(admin, plan).await;
            if let Some(made) = self.done(made, format!("planned a {kind:?} of {who}")) {
                self.events.push(made.head.id);
            }
        }
        let Some(id) = draw.of(&self.events) else { return };
        let lines = AddLines {
            unit_ids: self.some(draw, 2),
            usage: None,
            accept_expired_reason: String::new(),
            note: String::new(),
        };
        let run = self.scene.run(admin, move |ctx, tx| app::events::lines::add(ctx, tx, id, lines.clone())).await;
        self.done(run, "marked".into());
    }

    /// What an event took comes back, in one of the ways there are.
    async fn back(&mut self, admin: &Ctx, draw: &mut Draw) {
        let Some(id) = draw.of(&self.events) else { return };
        let event = self.scene.get(admin, id).await.unwrap();
        let line = draw.of(&event.lines.iter().map(|line| line.id).collect::<Vec<_>>());
        match (draw.below(4), line) {
            (0, _) => {
                let run =
                    self.scene.run(admin, move |ctx, tx| app::events::settle::reopen(ctx, tx, id, "too early")).await;
                self.done(run, "reopened".into());
            }
            (1, _) => {
                let run =
                    self.scene.run(admin, move |ctx, tx| app::events::settle::reverse(ctx, tx, id, "not sold")).await;
                self.done(run, "reversed".into());
            }
            (2, Some(line)) => {
                let change = AmendLine {
                    id: line,
                    remove: true,
                    usage: None,
                    unit_price_minor: contract::Patch::Leave,
                    no_charge: None,
                    note: None,
                };
                let changes = AmendChanges { lines: vec![change], ..AmendChanges::default() };
                let wish = AmendEvent { changes, reason: "it was another one".into() };
                let run =
                    self.scene.run(admin, move |ctx, tx| app::events::settle::amend(ctx, tx, id, wish.clone())).await;
                self.done(run, "amended".into());
            }
            (_, Some(line)) => {
                let run = self.scene.run(admin, move |ctx, tx| app::events::lines::remove(ctx, tx, id, line)).await;
                self.done(run, "taken off".into());
            }
            _ => {}
        }
    }

    async fn by_hand(&mut self, admin: &Ctx, draw: &mut Draw) {
        let Some(id) = draw.of(&self.units) else { return };
        match draw.below(4) {
            0 | 1 => {
                let run = self.scene.run(admin, move |ctx, tx| app::units::deactivate(ctx, tx, id, "broken")).await;
                if self.done(run, "deactivated".into()).is_some() {
                    self.gone.insert(id);
                }
            }
            2 => {
                let id = self.gone.iter().copied().next().unwrap_or(id);
                let run = self.scene.run(admin, move |ctx, tx| app::units::reactivate(ctx, tx, id, "not broken")).await;
                if self.done(run, "reactivated".into()).is_some() {
                    self.gone.remove(&id);
                }
            }
            _ => {
                let run = self.scene.run(admin, move |ctx, tx| app::units::release(ctx, tx, id, None)).await;
                self.done(run, "released".into());
            }
        }
    }

    /// Somebody's stock is counted and one of it is not found; or an earlier count is taken back.
    async fn count(&mut self, admin: &Ctx, draw: &mut Draw) {
        if draw.below(3) == 0 {
            let Some(id) = draw.of(&self.counts) else { return };
            let run = self.scene.run(admin, move |ctx, tx| app::counts::settle::undo(ctx, tx, id)).await;
            self.done(run, "took a count back".into());
            return;
        }
        let who = draw.below(2);
        let body = CreateCount { custodian: Some(self.custodian(who)), ..CreateCount::default() };
        let run = self.scene.run(admin, move |ctx, tx| app::counts::create(ctx, tx, &body)).await;
        let Some(count) = self.done(run, format!("counts {who}")) else { return };
        let id = count.head.id;
        let mut there: Vec<UnitId> = count.units.iter().map(|unit| unit.unit_id).collect();
        if !there.is_empty() {
            there.remove(draw.below(there.len()));
        }
        let body = AddCountLines { unit_ids: there, ..AddCountLines::default() };
        let run = self.scene.run(admin, move |ctx, tx| app::counts::lines::add(ctx, tx, id, &body)).await;
        self.done(run, "counted".into());
        let run = self.scene.run(admin, move |ctx, tx| app::counts::settle::complete(ctx, tx, id)).await;
        self.done(run, "completed".into());
        let body = ReconcileCount { reason: "not there".into(), ..ReconcileCount::default() };
        let run = self.scene.run(admin, move |ctx, tx| app::counts::settle::reconcile(ctx, tx, id, &body)).await;
        if self.done(run, "settled a count".into()).is_some() {
            self.counts.push(id);
        }
    }

    /// For every item and lot: made = held + used + gone, each from a source of its own.
    async fn agree(&self) {
        let (org, log) = (self.scene.org, &self.log);
        let held: Vec<(Uuid, String, i64)> = self
            .scene
            .app
            .db()
            .read(move |tx| {
                tx.all(
                    "SELECT catalog_item_id, lot, COUNT(*) FROM stock_unit WHERE organization_id = $1 AND active = 1 \
                     GROUP BY catalog_item_id, lot",
                    args![org],
                )
            })
            .await
            .unwrap();
        let mut sums: BTreeMap<(Uuid, String), i64> = BTreeMap::new();
        for (item, lot, n) in held {
            *sums.entry((item, lot)).or_default() += n;
        }
        let admin = self.scene.world.again(&self.scene.admin).await;
        for id in &self.events {
            let event = self.scene.get(&admin, *id).await.unwrap();
            let took = !matches!(event.head.status, EventStatus::Open | EventStatus::Cancelled);
            // What a stocking order sold is held on the shelf until it is used.
            for line in event.lines.iter().filter(|line| took && !line.reusable && event.head.r#type == EventType::Case)
            {
                *sums.entry((line.catalog_item_id.uuid(), line.lot.clone())).or_default() += 1;
            }
        }
        for id in &self.gone {
            let id = *id;
            let unit = self.scene.app.read(&admin, move |ctx, tx| app::units::get(ctx, tx, id)).await.unwrap();
            *sums.entry((unit.catalog_item_id.uuid(), unit.lot.unwrap_or_default())).or_default() += 1;
        }
        sums.retain(|_, n| *n != 0);
        assert_eq!(sums, self.made, "after {log:?}");
    }

    /// What lies in something is with whoever has that, on the same shelf, in the same transfer, and leaves stock with it when it is a
    /// pack.
    async fn nothing_is_split(&self) {
        let org = self.scene.org;
        let split: Vec<(Uuid, Uuid)> = self
            .scene
            .app
            .db()
            .read(move |tx| {
                tx.all(
                    "SELECT inside.id, around.id FROM stock_unit inside JOIN stock_unit around \
                     ON around.organization_id = inside.organization_id AND around.id = inside.container_id \
                     WHERE inside.organization_id = $1 AND ((inside.active = 1 AND (around.custodian_id <> inside.custodian_id \
                     OR around.active = 0)) \
                     OR (around.kind = 'pack' AND inside.active <> around.active) \
                     OR (inside.active = 1 AND around.kind = 'pack' \
                     AND COALESCE(CAST(around.facility_stock_location_id AS TEXT), '') \
                     <> COALESCE(CAST(inside.facility_stock_location_id AS TEXT), '')))",
                    args![org],
                )
            })
            .await
            .unwrap();
        assert_eq!(split, [], "after {:?}", self.log);
    }
}

#[test]
fn whatever_is_made_is_held_used_or_gone() {
    for seed in 1..=SEQUENCES {
        on_both(async move |world| {
            let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut books = Books::lay(world).await;
            for _ in 0..STEPS {
                books.step(&mut draw).await;
                books.agree().await;
                books.nothing_is_split().await;
            }
            println!("{:?}", books.log);
            books.scene.prove().await;
        });
    }
}
