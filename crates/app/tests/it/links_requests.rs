//! Asking a linked company: a supplier request stands on both sides, its answers come back; what events use or need is asked
//! for there by itself.

use crate::coverage::{apply, case, needs, preview};
use crate::scene::{Scene, code};
use app::Ctx;
use contract::ListParams;
use contract::catalog::{CreateCatalogItem, CreateManufacturer};
use contract::links::{InviteOrganization, PatchLink, SharedItemName, TakeItems};
use contract::requests::{AskLine, CreateRequest, FulfillRequest, StockRequest};
use contract::transfers::AcceptTransfer;
use contract::units::CreateUnits;
use domain::clock::Day;
use domain::coverage::MoveKind;
use domain::event::EventType;
use domain::id::{CatalogItemId, Id, OrganizationId, RequestId};
use domain::people::Role;
use domain::request::{RequestKind, RequestStatus};
use domain::stock::{Custodian, TransferStatus};
use store::args;
use testkit::{World, on_both};

/// A distributor's scene, and the company that supplies its first manufacturer, linked.
struct Supply {
    scene: Scene,
    mia: Ctx,
    item: CatalogItemId,
}

impl Supply {
    async fn set(world: World) -> Self {
        let scene = Scene::set(world).await;
        let (_, email) = scene.world.organization("Maker Medical").await;
        let mia = scene.world.by_email(&email).await;
        let body = InviteOrganization { email: Some(email), ..InviteOrganization::default() };
        let link = scene.run(&scene.admin, move |ctx, tx| app::links::invite(ctx, tx, &body)).await.unwrap().id;
        scene.run(&mia, move |ctx, tx| app::links::accept(ctx, tx, link)).await.unwrap();
        let supplied = Id::from_uuid(scene.maker);
        let body = PatchLink { manufacturer_ids: Some(vec![supplied]), ..PatchLink::default() };
        let it = scene.run(&scene.admin, move |ctx, tx| app::links::patch(ctx, tx, link, &body)).await.unwrap();
        assert_eq!(it.manufacturer_ids, [supplied]);
        // The scene puts its catalog down by itself; here it is found by names and numbers, as the catalog keeps them.
        for sql in [
            "UPDATE catalog_manufacturer SET name_key = LOWER(name) WHERE organization_id = $1",
            "UPDATE catalog_item SET number_key = LOWER(number) WHERE organization_id = $1",
        ] {
            scene.sql(sql, args![scene.org]).await;
        }
        // The same item in the maker's own catalog.
        let own: CatalogItemId = Id::from_uuid(scene.item);
        let own = scene.run(&scene.admin, move |ctx, tx| app::catalog::item(ctx, tx, own)).await.unwrap();
        let made = scene.run(&mia, move |ctx, tx| {
            let new = CreateManufacturer {
                name: own.manufacturer_name.clone(),
                email: String::new(),
                billed_as_organization: true,
            };
            let maker = app::catalog::create_manufacturer(ctx, tx, new)?;
            let new = CreateCatalogItem {
                manufacturer_id: maker.id,
                number: Some(own.number.clone()),
                description: own.description.clone(),
                kind: Some(own.kind),
                product_line_ids: vec![],
                list_price_minor: None,
                cost_minor: None,
                udi_di: None,
                gtins: vec![],
                reusable: own.reusable,
                par_level: None,
                geography: vec![],
            };
            app::catalog::create_item(ctx, tx, new)
        });
        let item = made.await.unwrap().id;
        Self { scene, mia, item }
    }

    async fn stock(&self, quantity: u32) {
        let body = CreateUnits {
            catalog_item_id: Some(self.item),
            quantity: Some(quantity),
            lot: Some("M-1".into()),
            expires_on: Day::parse("2029-01-31"),
            ..CreateUnits::default()
        };
        self.scene.run(&self.mia, move |ctx, tx| app::units::create(ctx, tx, body.clone())).await.unwrap();
    }

    async fn asked(&self, who: &Ctx) -> Vec<StockRequest> {
        let list = self.scene.run(who, |ctx, tx| {
            let page = app::requests::list(ctx, tx, &ListParams::default())?;
            page.items.into_iter().map(|it| app::requests::get(ctx, tx, it.id)).collect::<app::Result<Vec<_>>>()
        });
        list.await.unwrap()
    }

    async fn get(&self, who: &Ctx, id: RequestId) -> StockRequest {
        self.scene.run(who, move |ctx, tx| app::requests::get(ctx, tx, id)).await.unwrap()
    }

    async fn proven(&self) {
        for org in [OrganizationId::from_uuid(self.scene.org), self.mia.organization.id] {
            let report = self.scene.app.verify(org, |_| ()).await.unwrap();
            assert_eq!(report.differences, []);
        }
    }
}

fn supplier(item: uuid::Uuid, quantity: i64) -> CreateRequest {
    let line = AskLine { catalog_item_id: Some(Id::from_uuid(item)), quantity, ..AskLine::default() };
    CreateRequest { kind: Some(RequestKind::Supplier), lines: vec![line], ..CreateRequest::default() }
}

#[test]
fn a_supplier_request_stands_at_the_linked_company_and_its_answers_come_back() {
    on_both(async |world| {
        let it = Supply::set(world).await;
        it.stock(3).await;
        let body = supplier(it.scene.item, 4);
        let made =
            it.scene.run(&it.scene.admin, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await.unwrap();
        assert_eq!(made.asked_of.as_ref().map(|it| it.name.as_str()), Some("Maker Medical"));
        let id = made.head.id;
        let theirs = it.asked(&it.mia).await;
        assert_eq!(theirs.len(), 1);
        let head = &theirs[0].head;
        assert_eq!(
            (head.id, head.to, head.created_by),
            (id, Custodian::linked(it.scene.admin.organization.id).into(), None)
        );
        assert_eq!((head.created_by_name.as_str(), head.to_name.as_str()), ("Northlake Ortho", "Northlake Ortho"));
        assert_eq!((theirs[0].lines[0].catalog_item_id, theirs[0].lines[0].quantity), (it.item, 4));
        // What is there is sent, the rest is on back order; the asking side reads the same.
        let body = FulfillRequest { expected_on: Day::parse("2026-12-20"), ..FulfillRequest::default() };
        it.scene.run(&it.mia, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, id, &body)).await.unwrap();
        let mine = it.get(&it.scene.admin, id).await;
        assert_eq!((mine.head.sent, mine.head.received, mine.head.back_ordered), (3, 0, 1));
        assert_eq!((mine.head.status, mine.head.expected_on), (RequestStatus::InPart, Day::parse("2026-12-20")));
        assert_eq!((mine.transfers.len(), mine.transfers[0].status), (1, TransferStatus::Pending));
        assert_eq!(mine.transfers[0].from, Custodian::linked(it.mia.organization.id).into());
        let transfer = mine.transfers[0].id;
        let whole = AcceptTransfer::default();
        it.scene.run(&it.scene.admin, move |ctx, tx| app::transfers::accept(ctx, tx, transfer, &whole)).await.unwrap();
        for who in [&it.scene.admin, &it.mia] {
            let now = it.get(who, id).await.head;
            assert_eq!((now.sent, now.received, now.back_ordered, now.status), (3, 3, 1, RequestStatus::InPart));
        }
        it.proven().await;
        // The rest is declined there: nothing is owed here any more.
        it.scene
            .run(&it.mia, move |ctx, tx| app::requests::answer::decline(ctx, tx, id, "discontinued"))
            .await
            .unwrap();
        let mine = it.get(&it.scene.admin, id).await;
        assert_eq!((mine.head.status, mine.head.reason.as_str()), (RequestStatus::Fulfilled, "discontinued"));
        assert_eq!((mine.lines[0].closed, mine.lines[0].open), (1, 0));
        // What is taken back here is over there.
        let body = supplier(it.scene.item, 2);
        let made =
            it.scene.run(&it.scene.admin, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await.unwrap();
        let again = made.head.id;
        it.scene.run(&it.scene.admin, move |ctx, tx| app::requests::answer::cancel(ctx, tx, again)).await.unwrap();
        assert_eq!(it.get(&it.mia, again).await.head.status, RequestStatus::Cancelled);
        let late = it
            .scene
            .run(&it.mia, move |ctx, tx| app::requests::answer::fulfill(ctx, tx, again, &FulfillRequest::default()));
        assert_eq!(code(late.await), "request_not_open");
        // Of another manufacturer nothing is asked there.
        let body = supplier(it.scene.own_item, 1);
        let made =
            it.scene.run(&it.scene.admin, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await.unwrap();
        assert_eq!((made.asked_of, it.asked(&it.mia).await.len()), (None, 2));
        it.proven().await;
    });
}

#[test]
fn what_events_use_and_need_is_asked_of_the_linked_company() {
    on_both(async |world| {
        let it = Supply::set(world).await;
        let scene = &it.scene;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        // A rep submits: what the order sold arrives there as a request of the company, not of the rep.
        let units = scene.units(scene.item, &ann, 2, Some("2027-06-30")).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        let theirs = it.asked(&it.mia).await;
        assert_eq!(theirs.len(), 1);
        assert_eq!((theirs[0].head.asked, theirs[0].head.created_by, theirs[0].head.event_id), (2, None, None));
        assert!(theirs[0].head.note.starts_with("Used in "), "{}", theirs[0].head.note);
        // Cover: what nobody here has is asked for there, and the office sends it on.
        let other = case(scene, &ann, "2026-11-30").await;
        needs(scene, other, &[(scene.item, 1)]).await;
        let plan = preview(scene, &scene.admin, other, &bob).await.unwrap();
        assert_eq!(plan.moves.iter().map(|one| one.kind).collect::<Vec<_>>(), [MoveKind::MakerRequest]);
        let done = apply(scene, &scene.admin, other, &plan).await.unwrap();
        assert_eq!(done.tasks.len(), 2, "sent on by the office, received by the rep");
        let theirs = it.asked(&it.mia).await;
        assert_eq!((theirs.len(), theirs[0].head.asked), (2, 1));
        assert!(theirs[0].head.needed_on.is_some());
        it.proven().await;
    });
}

#[test]
fn a_catalog_is_shown_without_prices_and_taken_over() {
    on_both(async |world| {
        let it = Supply::set(world).await;
        let (scene, mia) = (&it.scene, &it.mia);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let link =
            scene.run(mia, |ctx, tx| app::links::list(ctx, tx, &ListParams::default())).await.unwrap().items[0].id;
        let shown = async |who: &Ctx, q: &'static str| {
            let asked = ListParams { q: Some(q.into()), count: true, ..ListParams::default() };
            scene.run(who, move |ctx, tx| app::links::shared::items(ctx, tx, link, &asked)).await
        };
        assert_eq!(code(shown(&scene.admin, "").await), "catalog_not_shared");
        let body = PatchLink { shares_catalog: Some(true), ..PatchLink::default() };
        let known = scene.run(mia, move |ctx, tx| app::links::patch(ctx, tx, link, &body)).await.unwrap();
        assert!(known.shares_catalog && known.manufacturer_ids.is_empty());
        let maker =
            scene.run(mia, |ctx, tx| app::catalog::manufacturers(ctx, tx, &ListParams::default())).await.unwrap();
        let maker = maker.items[0].clone();
        let (maker_id, name) = (maker.id, maker.name);
        scene
            .run(mia, move |ctx, tx| {
                let new = CreateCatalogItem {
                    manufacturer_id: maker_id,
                    number: Some("NEW-1".into()),
                    description: "A newer plate".into(),
                    kind: None,
                    product_line_ids: vec![],
                    list_price_minor: Some(123_400),
                    cost_minor: Some(700),
                    udi_di: Some("10827002566054".into()),
                    gtins: vec![],
                    reusable: false,
                    par_level: None,
                    geography: vec![],
                };
                app::catalog::create_item(ctx, tx, new)
            })
            .await
            .unwrap();
        assert_eq!(code(shown(&ann, "").await), "not_allowed");
        let all = shown(&scene.admin, "").await.unwrap();
        assert_eq!((all.items.len(), all.total), (2, Some(2)));
        assert_eq!(all.items.iter().filter(|item| item.catalog_item_id.is_none()).count(), 1);
        let new = shown(&scene.admin, "newer").await.unwrap().items.remove(0);
        assert_eq!((new.number.as_str(), new.udi_di.as_deref()), ("NEW-1", Some("10827002566054")));
        let named = |number: &str| TakeItems {
            items: vec![SharedItemName { manufacturer: name.clone(), number: number.into() }],
        };
        let (unknown, wanted) = (named("NO-SUCH"), named("new-1"));
        let none = scene.run(&scene.admin, move |ctx, tx| app::links::shared::take(ctx, tx, link, &unknown)).await;
        assert_eq!(code(none), "not_found");
        let again = wanted.clone();
        let taken =
            scene.run(&scene.admin, move |ctx, tx| app::links::shared::take(ctx, tx, link, &wanted)).await.unwrap();
        let taken = &taken.items[0];
        assert_eq!((taken.number.as_str(), taken.manufacturer_id), ("NEW-1", Id::from_uuid(scene.maker)));
        assert_eq!((taken.list_price_minor, taken.cost_minor), (None, Some(None)), "prices stay where they are");
        let twice =
            scene.run(&scene.admin, move |ctx, tx| app::links::shared::take(ctx, tx, link, &again)).await.unwrap();
        assert_eq!(twice.items[0].id, taken.id);
        assert_eq!(shown(&scene.admin, "newer").await.unwrap().items[0].catalog_item_id, Some(taken.id));
        // The maker does not see the distributor's catalog, and no third company sees either.
        assert_eq!(code(shown(mia, "").await), "catalog_not_shared");
        it.proven().await;
    });
}

#[test]
fn with_the_link_ends_what_is_asked_across_it() {
    on_both(async |world| {
        let it = Supply::set(world).await;
        let body = supplier(it.scene.item, 4);
        let made = it.scene.run(&it.scene.admin, move |ctx, tx| app::requests::ask::create(ctx, tx, &body)).await;
        let id = made.unwrap().head.id;
        let links = it.scene.run(&it.scene.admin, |ctx, tx| app::links::list(ctx, tx, &ListParams::default())).await;
        let link = links.unwrap().items[0].id;
        let end = contract::links::EndLink { reason: "we buy elsewhere".into() };
        it.scene.run(&it.scene.admin, move |ctx, tx| app::links::end(ctx, tx, link, &end)).await.unwrap();
        for who in [&it.scene.admin, &it.mia] {
            let now = it.get(who, id).await;
            assert_eq!((now.head.status, now.lines[0].open), (RequestStatus::Declined, 0));
            assert_eq!(now.head.reason, "The link has ended.");
        }
        it.proven().await;
    });
}
