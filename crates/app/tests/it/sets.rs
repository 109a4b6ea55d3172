//! Sets: what a container lacks, filling it up from the same custodian, taking out what is too many, how many could be built.

use crate::team::{Team, code, office, params, person};
use app::Ctx;
use contract::sets::{AssignSet, RefillSet, Refilled, RelieveSet, Relieved, SetCheck};
use contract::units::{BomLine, ChangeContents, CreateBom, CreateUnits, Scan, Unit};
use domain::clock::Day;
use domain::id::{BomId, CatalogItemId, UnitId};
use domain::set::{FillOrder, LineState};
use domain::stock::UnitState;
use testkit::on_both;

struct Sets {
    team: Team,
    tray_item: CatalogItemId,
    tray: UnitId,
    bom: BomId,
}

impl Sets {
    /// Ann's tray, which should hold four of the item, at least two, at most six.
    async fn lay(world: testkit::World) -> Self {
        let team = Team::meet(world).await;
        let tray_item = team.container_item().await;
        let lines = vec![BomLine { catalog_item_id: team.item(), min: 2, required: 4, max: 6 }];
        let body = CreateBom { name: "Hip Set".into(), lines, ..CreateBom::default() };
        let bom = team.write(&team.ops, move |ctx, tx| app::boms::create(ctx, tx, &body)).await.unwrap().id;
        let tray = Self::tray(&team, tray_item, &team.ann).await;
        let it = Self { team, tray_item, tray, bom };
        it.assign(&it.team.ops, tray, Some(bom)).await.unwrap();
        it
    }

    async fn tray(team: &Team, item: CatalogItemId, whose: &Ctx) -> UnitId {
        let body =
            CreateUnits { catalog_item_id: Some(item), custodian: Some(person(whose)), ..CreateUnits::default() };
        team.write(&team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap().items[0].id
    }

    async fn assign(&self, who: &Ctx, unit: UnitId, bom: Option<BomId>) -> app::Result<SetCheck> {
        let body = AssignSet { bom_id: bom };
        self.team.write(who, move |ctx, tx| app::sets::assign(ctx, tx, unit, &body)).await
    }

    async fn check(&self, who: &Ctx) -> app::Result<SetCheck> {
        let id = self.tray;
        self.team.read(who, move |ctx, tx| app::sets::check(ctx, tx, id)).await
    }

    async fn fill(&self, who: &Ctx, body: RefillSet) -> app::Result<Refilled> {
        let id = self.tray;
        self.team.write(who, move |ctx, tx| app::sets::fill(ctx, tx, id, &body)).await
    }

    async fn relieve(&self, foreign: bool) -> Relieved {
        let (id, body) = (self.tray, RelieveSet { foreign });
        self.team.write(&self.team.ann, move |ctx, tx| app::sets::relieve(ctx, tx, id, &body)).await.unwrap()
    }

    /// Loose units of Ann's that expire on a day.
    async fn loose(&self, quantity: u32, expires: &str) -> Vec<UnitId> {
        let body = CreateUnits {
            custodian: Some(person(&self.team.ann)),
            expires_on: Day::parse(expires),
            lot: Some(format!("L{expires}")),
            ..self.team.some(quantity)
        };
        let made = self.team.write(&self.team.ops, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await;
        made.unwrap().items.into_iter().map(|unit| unit.id).collect()
    }
}

fn ids(units: &[Unit]) -> Vec<UnitId> {
    units.iter().map(|unit| unit.id).collect()
}

#[test]
fn a_set_says_what_it_lacks_is_filled_up_and_relieved() {
    on_both(async |world| {
        let it = Sets::lay(world).await;
        let team = &it.team;
        let empty = it.check(&team.ann).await.unwrap();
        assert_eq!((empty.name.as_deref(), empty.ready, empty.missing), (Some("Hip Set 1 of 1"), false, 4));
        assert_eq!((empty.lines[0].state, empty.lines[0].loose), (LineState::Short, 0));
        let late = it.loose(3, "2031-06-30").await;
        let soon = it.loose(1, "2030-01-31").await;
        let past = it.loose(2, "2020-01-31").await;
        // What is looked at first is not done; what is done takes what expires first, and nothing that has expired.
        let wish = RefillSet { order: Some(FillOrder::Fifo), dry_run: true };
        let told = team.read(&team.ann, {
            let id = it.tray;
            move |ctx, tx| app::sets::fill(ctx, tx, id, &wish)
        });
        let told = told.await.unwrap();
        assert_eq!((told.added.len(), told.set.missing), (4, 4));
        let done = it.fill(&team.ann, RefillSet::default()).await.unwrap();
        assert_eq!(ids(&done.added)[0], soon[0]);
        assert!(past.iter().all(|id| !ids(&done.added).contains(id)));
        assert_eq!((done.set.ready, done.set.missing, done.missing.len()), (true, 0, 0));
        assert_eq!(team.unit(late[0]).await.container_id, Some(it.tray));
        // Three more by hand: one is too many. It is taken out, and what expires first goes.
        let more = it.loose(3, "2032-06-30").await;
        let (tray, add) = (it.tray, more.clone());
        team.write(&team.ann, move |ctx, tx| {
            app::units::change_contents(ctx, tx, tray, &ChangeContents { add: add.clone(), remove: vec![] })
        })
        .await
        .unwrap();
        let over = it.check(&team.ann).await.unwrap();
        assert_eq!((over.surplus, over.lines[0].state, over.lines[0].have), (1, LineState::Over, 7));
        let out = it.relieve(false).await;
        assert_eq!((out.removed.as_slice(), out.set.surplus), (&soon[..1], 0));
        assert_eq!(team.unit(soon[0]).await.container_id, None);
        // Of others it is told how many they have; only the custodian's own fill it.
        team.stock(office(&team.ops), 5).await;
        let bobs = team.stock(person(&team.bob), 1).await;
        assert_eq!(code(it.fill(&team.bob, RefillSet::default()).await), "not_found");
        let all = it.check(&team.ops).await.unwrap();
        assert!(all.ready && team.unit(bobs[0]).await.container_id.is_none());
        team.sound().await;
    });
}

#[test]
fn what_is_recalled_or_held_fills_no_set_and_stops_one() {
    on_both(async |world| {
        let it = Sets::lay(world).await;
        let team = &it.team;
        let loose = it.loose(4, "2031-06-30").await;
        it.fill(&team.ann, RefillSet::default()).await.unwrap();
        assert!(it.check(&team.ann).await.unwrap().ready);
        let held = loose[0];
        team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, held, None)).await.unwrap();
        let blocked = it.check(&team.ann).await.unwrap();
        assert_eq!((blocked.ready, blocked.blocked), (false, 1));
        // What lies elsewhere on hold is not free: nothing fills another tray.
        let spare = it.loose(1, "2031-06-30").await[0];
        team.write(&team.ops, move |ctx, tx| app::units::hold(ctx, tx, spare, None)).await.unwrap();
        let tray = Sets::tray(team, it.tray_item, &team.ann).await;
        let second = it.assign(&team.ann, tray, Some(it.bom)).await.unwrap();
        assert_eq!((second.name.as_deref(), second.lines[0].loose), (Some("Hip Set 2 of 2"), 0));
        let bare = it.assign(&team.ann, tray, None).await.unwrap();
        assert_eq!((bare.bom_id, bare.lines.len()), (None, 0));
        assert_eq!(code(it.assign(&team.bob, tray, Some(it.bom)).await), "not_found");
        team.sound().await;
    });
}

#[test]
fn how_many_sets_could_be_built_and_bills_by_copy_and_from_a_container() {
    on_both(async |world| {
        let it = Sets::lay(world).await;
        let team = &it.team;
        it.loose(9, "2031-06-30").await;
        team.stock(office(&team.ops), 4).await;
        let bom = it.bom;
        let ask = async |who: &Ctx, filters: Vec<(&'static str, String)>| {
            team.read(who, move |ctx, tx| {
                let mut params = params(&[]);
                for (name, value) in filters {
                    params.filters.insert(name.into(), value);
                }
                app::sets::buildable(ctx, tx, bom, &params)
            })
            .await
        };
        let all = ask(&team.ops, vec![]).await.unwrap();
        assert_eq!((all.sets, all.lines[0].free, all.lines[0].missing), (3, 13, 3));
        let anns = ask(&team.ops, vec![("custodian_id", team.ann.actor.id.to_string())]).await.unwrap();
        assert_eq!((anns.sets, anns.lines[0].free, anns.built.len()), (2, 9, 1));
        assert_eq!(anns.built[0].name, "Hip Set 1 of 1");
        // Ann counts what she may use; the organisation's own is not hers.
        assert_eq!(ask(&team.ann, vec![]).await.unwrap().lines[0].free, 9);
        let foreign = ask(&team.ann, vec![("custodian_id", team.cy.actor.id.to_string())]).await;
        assert_eq!(code(foreign), "not_found:custodian_id");
        it.fill(&team.ann, RefillSet::default()).await.unwrap();
        let made = |body: CreateBom| team.write(&team.ops, move |ctx, tx| app::boms::create(ctx, tx, &body));
        let copy = CreateBom { name: "Hip Set B".into(), copy_of: Some(bom), ..CreateBom::default() };
        let copy = made(copy).await.unwrap();
        assert_eq!((copy.lines[0].min, copy.lines[0].required, copy.lines[0].max), (2, 4, 6));
        let from = CreateBom { name: "As it is".into(), from_container_id: Some(it.tray), ..CreateBom::default() };
        let from = made(from).await.unwrap();
        assert_eq!((from.lines[0].min, from.lines[0].required, from.lines[0].max), (4, 4, 4));
        let both = CreateBom {
            name: "Both".into(),
            copy_of: Some(bom),
            from_container_id: Some(it.tray),
            ..CreateBom::default()
        };
        assert_eq!(code(made(both).await), "422:one_of_three");
        team.sound().await;
    });
}

#[test]
fn a_label_of_ours_finds_its_unit_again() {
    on_both(async |world| {
        let it = Sets::lay(world).await;
        let team = &it.team;
        let unit = it.loose(1, "2031-06-30").await[0];
        let labels = team.read(&team.ann, {
            let tray = it.tray;
            move |ctx, tx| {
                let units = vec![app::units::get(ctx, tx, tray)?, app::units::get(ctx, tx, unit)?];
                app::unit_labels::of_units(ctx, tx, &units)
            }
        });
        let labels = labels.await.unwrap();
        assert_eq!(labels[0].title, "Hip Set 1 of 1");
        for (label, id) in labels.iter().zip([it.tray, unit]) {
            let scan = Scan { barcode: Some(label.printed.clone()), barcodes: None };
            let found = team.read(&team.ann, move |ctx, tx| app::unit_lists::scan(ctx, tx, &scan)).await.unwrap();
            assert!(found.matches.iter().any(|it| it.id == id), "{}", label.printed);
        }
        let scan = Scan { barcode: Some(format!("]d1{}", it.tray)), barcodes: None };
        let found = team.read(&team.ann, move |ctx, tx| app::unit_lists::scan(ctx, tx, &scan)).await.unwrap();
        assert_eq!(found.matches[0].state, UnitState::Available);
        // Out of reach it is no label at all.
        let scan = Scan { barcode: Some(it.tray.to_string()), barcodes: None };
        let hidden = team.read(&team.bob, move |ctx, tx| app::unit_lists::scan(ctx, tx, &scan)).await;
        assert_eq!(code(hidden), "422:barcode_rejected");
    });
}
