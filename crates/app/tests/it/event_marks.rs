//! What a list of events says about each beside its status: purchase orders, who else is on it, whose products, and what to look at.

use crate::billing::{invoices, pay};
use crate::scene::{Scene, TODAY, at};
use app::Ctx;
use contract::ListParams;
use contract::documents::SendDocument;
use contract::events::{ListedEvent, SubRepresentativeRef};
use domain::document::DocumentKind;
use domain::event::EventType;
use domain::id::EventId;
use domain::people::Role;
use store::args;
use testkit::{World, on_both};

async fn listed(scene: &Scene, who: &Ctx, id: EventId) -> ListedEvent {
    let who = scene.world.again(who).await;
    let page =
        scene.app.read(&who, |ctx, tx| app::events::listed(ctx, tx, &ListParams::default())).await.expect("a page");
    page.items.into_iter().find(|it| it.head.id == id).expect("the event")
}

async fn marks(scene: &Scene, who: &Ctx, id: EventId) -> Vec<&'static str> {
    listed(scene, who, id).await.marks.into_iter().map(|mark| mark.as_str()).collect()
}

#[test]
fn a_list_says_what_an_event_lacks_and_where_its_papers_are() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        scene
            .sql(
                "UPDATE people_user SET settings = '{\"require_patient_stickers\":true}' WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
        plan.sub_representatives = vec![SubRepresentativeRef::Id(bob.actor.id)];
        let id = scene.create(&ann, plan).await.unwrap().head.id;
        assert_eq!(marks(&scene, &ann, id).await, ["sticker_missing"]);
        let mut later = scene.plan(EventType::Case, &ann, scene.mercy);
        later.starts_at = at("2026-12-24");
        let later = scene.create(&ann, later).await.unwrap().head.id;
        assert_eq!(marks(&scene, &ann, later).await, [""; 0], "pictures come with the day: {TODAY}");
        let tool = scene.units(scene.tool, &ann, 1, None).await;
        scene.mark(&ann, id, &tool).await.unwrap();
        let old = scene.units(scene.item, &ann, 1, Some("2026-11-01")).await;
        scene.mark_as(&ann, id, &old, None, "it was all there was").await.unwrap();
        assert_eq!(marks(&scene, &ann, id).await, ["price_missing", "unit_expired", "sticker_missing"]);
        let one = listed(&scene, &ann, id).await;
        assert_eq!(
            (one.sub_representative_names, one.manufacturer_names),
            (vec!["Bob".to_owned()], vec!["Orthex".to_owned()])
        );
        assert!(one.purchase_orders.is_empty());
        // The picture is there; it is submitted.
        scene
            .sql(
                "UPDATE people_user SET settings = '{}' WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        scene.submit(&ann, id).await.unwrap();
        assert_eq!(marks(&scene, &ann, id).await, ["order_unsent"]);
        scene.world.clock.pass(9 * 86_400);
        let ann = scene.world.again(&ann).await;
        let admin = scene.world.again(&scene.admin).await;
        assert_eq!(marks(&scene, &ann, id).await, ["order_unsent", "order_late"]);
        let order = scene.get(&ann, id).await.unwrap().sales_order_id.unwrap().to_string();
        sent(&scene, &ann, DocumentKind::SalesOrder, order).await;
        assert_eq!(marks(&scene, &ann, id).await, ["order_late", "order_sent"]);
        scene.order(&ann, id, "PO 77", None).await.unwrap();
        let one = listed(&scene, &ann, id).await;
        assert_eq!(one.purchase_orders, ["PO 77"]);
        assert_eq!(marks(&scene, &ann, id).await, ["invoice_unsent"]);
        let invoice = invoices(&scene, &admin, id).await.remove(0);
        sent(&scene, &admin, DocumentKind::Invoice, invoice.id.to_string()).await;
        assert_eq!(marks(&scene, &ann, id).await, ["invoice_sent"]);
        pay(&scene, &admin, invoice.id, 100_000).await.unwrap();
        let run = contract::accounting::RunAccountingExport {
            kind: domain::accounting::ExportKind::GeneralLedger,
            through_on: None,
            leave_out_problems: false,
        };
        scene.run(&admin, move |ctx, tx| app::accounting::run(ctx, tx, &run)).await.unwrap();
        assert_eq!(marks(&scene, &ann, id).await, ["invoice_sent", "exported"]);
        scene.app.seal(domain::id::OrganizationId::from_uuid(scene.org)).await.unwrap();
        scene.prove().await;
    });
}

/// Somebody says that they handed a document over.
async fn sent(scene: &Scene, who: &Ctx, kind: DocumentKind, id: String) {
    let body = SendDocument {
        kind,
        subject_id: id,
        recipients: None,
        message: "Handed over".into(),
        mark_only: true,
        from: None,
        to: None,
    };
    scene.app.send_document(who, body, None).await.unwrap();
}
