//! Files of events: what is wanted before submitting, who brings and takes off, what pictures lose, what shows a patient.

use crate::scene::{Scene, code};
use app::Ctx;
use app::files::{self, Owner, Said, Upload};
use contract::files::File;
use domain::event::EventType;
use domain::file::FileKind;
use domain::id::{EventId, FileId, Id};
use domain::people::Role;
use store::args;
use testkit::on_both;

/// Six by four pixels, and the name of its author.
const PICTURE: &[u8] = include_bytes!("data/picture.png");

async fn add(
    scene: &Scene,
    who: &Ctx,
    event: EventId,
    kind: FileKind,
    name: &str,
    bytes: &[u8],
) -> app::Result<FileId> {
    let upload = Upload { name: name.into(), bytes: bytes.to_vec() };
    let said = Said { kind: Some(kind), patient_data: false };
    let answer = scene.app.add_event_file(&scene.world.again(who).await, event, said, upload, None).await?;
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    Ok(made["id"].as_str().unwrap().parse().unwrap())
}

async fn all(scene: &Scene, who: &Ctx, event: EventId) -> app::Result<Vec<File>> {
    Ok(scene.run(who, move |ctx, tx| files::list(ctx, tx, Owner::Event(event))).await?.items)
}

async fn off(scene: &Scene, who: &Ctx, file: FileId, reason: &'static str) -> app::Result<contract::Done> {
    scene.run(who, move |ctx, tx| files::remove_because(ctx, tx, file, reason)).await
}

#[test]
fn what_the_representative_must_photograph_is_asked_for_before_submitting() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        scene
            .sql(
                "UPDATE people_user SET settings = '{\"require_patient_stickers\":true,\"require_device_labels\":true}' \
                 WHERE organization_id = $1 AND id = $2",
                args![scene.org, ann.actor.id.uuid()],
            )
            .await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, event, &units).await.unwrap();
        let missing = async || {
            let found = scene.run(&ann, move |ctx, tx| app::events::warnings::list(ctx, tx, event)).await.unwrap();
            let codes: Vec<String> = found.items.into_iter().map(|it| it.code).collect();
            codes.into_iter().filter(|code| code.ends_with("_required")).collect::<Vec<_>>()
        };
        assert_eq!(missing().await, ["patient_sticker_required", "device_label_required"]);
        assert_eq!(code(scene.submit(&ann, event).await), "patient_sticker_required");
        let sticker = add(&scene, &ann, event, FileKind::PatientSticker, "Jane Roe.png", PICTURE).await.unwrap();
        assert_eq!(missing().await, ["device_label_required"]);
        assert_eq!(code(scene.submit(&scene.admin, event).await), "device_label_required", "whoever submits");
        add(&scene, &ann, event, FileKind::DeviceLabel, "labels.pdf", b"%PDF-1.7 labels").await.unwrap();
        // What was taken off is missing again, and put back it is there again.
        off(&scene, &ann, sticker, "the wrong patient").await.unwrap();
        assert_eq!(code(scene.submit(&ann, event).await), "patient_sticker_required");
        scene.run(&ann, move |ctx, tx| files::restore(ctx, tx, sticker)).await.unwrap();
        assert_eq!(missing().await, Vec::<String>::new());
        scene.submit(&ann, event).await.unwrap();
        // Once submitted, the one who brought it no longer takes it off; whoever amends events does.
        assert_eq!(code(off(&scene, &ann, sticker, "too late").await), "not_allowed");
        off(&scene, &scene.admin, sticker, "asked for by the hospital").await.unwrap();
        // A stocking order has no patient.
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, order, &units).await.unwrap();
        scene.submit(&ann, order).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn pictures_are_written_anew_and_a_patient_is_named_nowhere() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let holds = |bytes: &[u8], words: &[u8]| bytes.windows(words.len()).any(|it| it == words);
        assert!(holds(PICTURE, b"Jane Roe"));
        let sticker = add(&scene, &ann, event, FileKind::PatientSticker, "Jane Roe 1984.png", PICTURE).await.unwrap();
        let (file, bytes) = scene.app.file(&ann, sticker).await.unwrap();
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("Patient sticker.png", "image/png"));
        assert!(file.patient_data && !file.has_thumbnail && file.kind == Some(FileKind::PatientSticker));
        assert!(!holds(&bytes, b"Jane Roe"));
        // Of a patient there is no small picture; of a label there is, and who looked at the patient's is told.
        assert_eq!(code(scene.app.thumbnail(&ann, sticker).await), "not_found");
        let label = add(&scene, &ann, event, FileKind::DeviceLabel, "labels.png", PICTURE).await.unwrap();
        let small = scene.app.thumbnail(&ann, label).await.unwrap();
        assert!(small.starts_with(b"\xff\xd8\xff") && !holds(&small, b"Jane Roe"));
        scene.app.file(&ann, label).await.unwrap();
        let story = scene.run(&ann, move |ctx, tx| app::events::history(ctx, tx, event, 10)).await.unwrap().items;
        assert_eq!(story.iter().filter(|it| it.kind == "patient_file_opened").count(), 1);
        // Nor in the journal.
        let told = scene
            .numbers(
                "SELECT COUNT(*) FROM journal_change WHERE organization_id = $1 AND (new LIKE '%Jane%' OR old LIKE '%Jane%')",
                args![scene.org],
            )
            .await;
        assert_eq!(told, [0]);
        for (kind, name, bytes, refused) in [
            (FileKind::DeviceLabel, "labels.txt", &b"CUP-52"[..], "not_a_picture"),
            (FileKind::Photo, "scan.pdf", b"%PDF-1.7", "not_a_picture"),
            (FileKind::Photo, "broken.png", b"\x89PNG\r\n\x1a\nnothing", "picture_unreadable"),
            (FileKind::Other, "empty", b"", "required"),
        ] {
            assert_eq!(code(add(&scene, &ann, event, kind, name, bytes).await), refused, "{name}");
        }
        // A head that promises more pixels than are looked at.
        let mut bomb = PICTURE.to_vec();
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let answer = code(add(&scene, &ann, event, FileKind::Photo, "bomb.png", &bomb).await);
        assert!(matches!(answer, "picture_too_large" | "picture_unreadable"), "{answer}");
        assert_eq!(all(&scene, &ann, event).await.unwrap().len(), 2);
        // Out of reach is not there.
        assert_eq!(code(all(&scene, &bob, event).await), "not_found");
        assert_eq!(code(scene.app.file(&bob, sticker).await), "not_found");
        assert_eq!(code(scene.app.thumbnail(&bob, label).await), "not_found");
        assert_eq!(code(add(&scene, &bob, event, FileKind::Other, "x", b"x").await), "not_found");
        assert_eq!(code(off(&scene, &bob, sticker, "mine").await), "not_found");
        // A reason is wanted, and kept.
        assert_eq!(code(off(&scene, &ann, sticker, "  ").await), "required");
        off(&scene, &ann, sticker, "another patient").await.unwrap();
        assert_eq!(code(scene.app.file(&ann, sticker).await), "not_found");
        let story = scene.run(&ann, move |ctx, tx| app::events::history(ctx, tx, event, 10)).await.unwrap().items;
        assert_eq!((story[0].kind.as_str(), story[0].reason.as_str()), ("event_file_removed", "another patient"));
        assert_eq!(code(off(&scene, &ann, Id::from_uuid(uuid::Uuid::from_u128(4)), "none").await), "not_found");
        scene.prove().await;
    });
}

#[test]
fn the_order_itself_stands_beside_its_number() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let (event, other) = (
            scene.event(EventType::Case, &ann, scene.mercy).await,
            scene.event(EventType::Case, &ann, scene.mercy).await,
        );
        let (event, other) = (event.head.id, other.head.id);
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, event, &units).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        let paper = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
        let order = add(&scene, &ann, event, FileKind::PurchaseOrder, "po.pdf", paper).await.unwrap();
        let sticker = add(&scene, &ann, event, FileKind::PatientSticker, "sticker.pdf", paper).await.unwrap();
        let elsewhere = add(&scene, &ann, other, FileKind::PurchaseOrder, "other.pdf", paper).await.unwrap();
        let enter = async |file| {
            let new = contract::events::AddPurchaseOrder {
                number: "4500-1".into(),
                manufacturer_id: None,
                amount_minor: None,
                file_id: Some(file),
            };
            scene.run(&ann, move |ctx, tx| app::billing::orders::add(ctx, tx, event, new.clone())).await
        };
        assert_eq!(code(enter(elsewhere).await), "not_found");
        assert_eq!(code(enter(sticker).await), "file_holds_patient_data");
        let made = enter(order).await.unwrap().purchase_order;
        assert_eq!(made.file_id, Some(order));
        // The office corrects which it is, and takes it away.
        let id = made.id;
        let patch = async |body: &'static str| {
            let change: contract::events::PatchPurchaseOrder = serde_json::from_str(body).unwrap();
            let admin = scene.world.again(&scene.admin).await;
            scene.run(&admin, move |ctx, tx| app::billing::orders::patch(ctx, tx, event, id, change.clone())).await
        };
        assert_eq!(patch(r#"{"number":"4500-2"}"#).await.unwrap().purchase_order.file_id, Some(order), "it stays");
        assert_eq!(patch(r#"{"file_id":null}"#).await.unwrap().purchase_order.file_id, None);
        scene.prove().await;
    });
}

/// A PDF of one page with these lines, as a simple program writes it.
fn written(lines: &[&str]) -> Vec<u8> {
    let shown: String = lines.iter().map(|line| format!("0 -14 Td ({line}) Tj ")).collect();
    let content = format!("BT /F1 10 Tf 72 720 Td {shown}ET");
    format!(
        "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n\
         <</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n4 0 obj\n<</Length {}>>\nstream\n{content}\n\
         endstream\nendobj\n5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n%%EOF",
        content.len()
    )
    .into_bytes()
}

#[test]
fn an_order_is_read_from_its_paper_and_proposed() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 1, None).await;
        scene.mark(&ann, event, &units).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        let read =
            async |who: &Ctx, file| scene.app.read_purchase_order(&scene.world.again(who).await, event, file).await;
        let paper = written(&["Mercy Health", "Purchase Order Number: 4500-99", "Subtotal 900.00", "Total 1,000.00"]);
        let order = add(&scene, &ann, event, FileKind::PurchaseOrder, "po.pdf", &paper).await.unwrap();
        let found = read(&ann, order).await.unwrap();
        assert_eq!(
            (found.number.as_deref(), found.amount_minor, found.fits),
            (Some("4500-99"), Some(100_000), Some(true))
        );
        let less = written(&["PO # 77123", "Total 990.00"]);
        let less = add(&scene, &ann, event, FileKind::PurchaseOrder, "less.pdf", &less).await.unwrap();
        let found = read(&scene.admin, less).await.unwrap();
        assert_eq!((found.amount_minor, found.fits), (Some(99_000), Some(false)));
        // A scan, a picture, what shows a patient, what lies elsewhere, and who does not see the event.
        let scan = add(&scene, &ann, event, FileKind::PurchaseOrder, "scan.pdf", b"%PDF-1.7\n%%EOF").await.unwrap();
        let photo = add(&scene, &ann, event, FileKind::Photo, "photo.png", PICTURE).await.unwrap();
        let sticker = add(&scene, &ann, event, FileKind::PatientSticker, "sticker.pdf", &paper).await.unwrap();
        for (file, wanted) in
            [(scan, "file_not_readable"), (photo, "file_not_readable"), (sticker, "file_holds_patient_data")]
        {
            assert_eq!(code(read(&ann, file).await), wanted);
        }
        assert_eq!(code(read(&ann, Id::from_uuid(uuid::Uuid::from_u128(7))).await), "not_found");
        assert_eq!(code(read(&bob, order).await), "not_found");
    });
}
