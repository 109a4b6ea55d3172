//! Documents on their way: what a link shows, who gives a purchase order through it and how often, what is sent to whom, what a
//! signature stands under, when a facility is reminded.

use crate::scene::{Scene, code};
use app::Ctx;
use app::documents::guest::{GivenOrder, GivenSignature};
use app::documents::{delivery, links, reminders, sends};
use app::events::{settle, signatures};
use app::files::Upload;
use contract::ListParams;
use contract::documents::{
    DocumentSend, EventSignatures, FacilitySigning, SendDocument, SendTo, SetFacilitySigning, SetPoReminder,
    ShareDocument, SignEvent, WaitingForPo,
};
use contract::events::{AmendChanges, AmendEvent, AmendLine, Event};
use domain::document::{DocumentKind, ReminderMode, SignatureRole, SignedDocument, SigningMode};
use domain::event::{EventStatus, EventType};
use domain::id::{EventId, Id, LocationId, OrganizationId, SalesOrderId};
use domain::people::Role;
use std::net::IpAddr;
use store::args;
use testkit::on_both;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

/// A submitted case of Ann's at Mercy with so many units; its order.
async fn submitted(scene: &Scene, ann: &Ctx, units: usize) -> (Event, SalesOrderId) {
    let mut plan = scene.plan(EventType::Case, ann, scene.mercy);
    plan.physician_id = Some(Id::from_uuid(scene.physician));
    plan.patient_reference = "MRN-4711".into();
    plan.note = "Jane's second hip".into();
    plan.print_note = "Jane's second hip".into();
    let event = scene.create(ann, plan).await.unwrap().head.id;
    let units = scene.units(scene.item, ann, units, None).await;
    scene.mark(ann, event, &units).await.unwrap();
    let event = scene.submit(ann, event).await.unwrap();
    let order = event.sales_order_id.unwrap();
    (event, order)
}

async fn link(scene: &Scene, who: &Ctx, order: SalesOrderId) -> app::Result<String> {
    let config = app::Config::default();
    let wish = ShareDocument::default();
    let made = scene.run(who, move |ctx, tx| links::share(ctx, tx, &config, order, &wish)).await?;
    assert!(made.code_svg.starts_with("<svg"));
    Ok(made.link.trim_start_matches(links::GUEST_PATH).to_owned())
}

fn given(number: &str, amount: &str) -> GivenOrder {
    GivenOrder { number: number.into(), amount: amount.into(), name: "Pat Ortiz".into(), file: None }
}

/// A code with 429 among them.
fn answer<T>(result: app::Result<T>) -> &'static str {
    match result {
        Err(app::Error::TooMany(_)) => "too_many",
        other => code(other),
    }
}

#[test]
fn a_buyer_sees_one_order_and_gives_its_purchase_order_once() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let (event, order) = submitted(&scene, &ann, 2).await;
        assert_eq!(code(link(&scene, &bob, order).await), "not_found", "it is Ann's");
        let token = link(&scene, &ann, order).await.unwrap();
        let shown = scene.app.guest_order(&token, HERE).await.unwrap();
        assert_eq!((shown.lines.len(), shown.total.as_str(), shown.open.is_ok()), (1, "2,000.00 USD", true));
        let everything = format!("{shown:?}");
        for secret in ["MRN-4711", "Jane", "Dr Ruiz", "second"] {
            assert!(!everything.contains(secret), "{secret} in {everything}");
        }
        let paper = scene.app.guest_order_paper(&token, HERE).await.unwrap();
        assert!(paper.bytes.starts_with(b"%PDF"));
        // What is wrong is said, and uses nothing up.
        assert_eq!(answer(scene.app.guest_purchase_order(&token, HERE, given("", "")).await), "required");
        assert_eq!(answer(scene.app.guest_purchase_order(&token, HERE, given("PO-1", "much")).await), "invalid_amount");
        let file = Upload { name: "order.pdf".into(), bytes: b"%PDF-1.7 the order".to_vec() };
        let mut body = given("PO-1", "1900.00");
        body.file = Some(file);
        scene.app.guest_purchase_order(&token, HERE, body).await.unwrap();
        let now = scene.get(&ann, event.head.id).await.unwrap();
        assert_eq!(now.head.status, EventStatus::PendingPayment);
        let po = &now.purchase_orders[0];
        assert_eq!((po.number.as_str(), po.source.as_str(), po.given_by.as_str()), ("PO-1", "link", "Pat Ortiz"));
        assert_eq!(
            (po.amount_minor, po.difference_minor, po.received_by_id),
            (Some(190_000), Some(-10_000), ann.actor.id)
        );
        let file = po.file_id.unwrap();
        assert_eq!(scene.app.file(&ann, file).await.unwrap().1, b"%PDF-1.7 the order");
        assert_eq!(answer(scene.app.guest_purchase_order(&token, HERE, given("PO-2", "")).await), "link_used");
        let shown = scene.app.guest_order(&token, HERE).await.unwrap();
        assert_eq!(shown.purchase_orders, [("PO-1".to_owned(), Some("1,900.00 USD".to_owned()))]);
        assert!(shown.open.is_err());
        // Openings are counted, answers are not.
        let listed = scene.run(&ann, move |ctx, tx| links::list(ctx, tx, order)).await.unwrap().items;
        assert_eq!((listed[0].opened_count, listed[0].used_at.is_some(), listed[0].works), (2, true, true));
        // The secret itself is nowhere in the database, and the story says how the order came.
        let story = scene.run(&ann, {
            let id = event.head.id;
            move |ctx, tx| app::events::history(ctx, tx, id, 20)
        });
        let story = story.await.unwrap().items;
        let came = story.iter().find(|it| it.kind == "purchase_order_given").unwrap();
        assert_eq!(came.reason, "Given by Pat Ortiz through the link");
        scene.prove().await;
    });
}

#[test]
fn links_end_and_guesses_are_slowed_down() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let (event, order) = submitted(&scene, &ann, 1).await;
        let first = link(&scene, &ann, order).await.unwrap();
        let second = link(&scene, &ann, order).await.unwrap();
        // Several work side by side; one is ended, one comes of age.
        assert!(
            scene.app.guest_order(&first, HERE).await.is_ok() && scene.app.guest_order(&second, HERE).await.is_ok()
        );
        let listed = scene.run(&ann, move |ctx, tx| links::list(ctx, tx, order)).await.unwrap().items;
        let ended = listed.last().unwrap().id;
        scene.run(&ann, move |ctx, tx| links::revoke(ctx, tx, order, ended)).await.unwrap();
        assert_eq!(answer(scene.app.guest_order(&first, HERE).await), "not_found");
        assert_eq!(answer(scene.app.guest_purchase_order(&first, HERE, given("PO-1", "")).await), "not_found");
        let (secret, house) = second.split_once('.').unwrap();
        let turned: String = secret.chars().skip(4).map(|c| if c == 'A' { 'B' } else { 'A' }).collect();
        let elsewhere = OrganizationId::from_uuid(uuid::Uuid::from_u128(9)).to_string();
        for guess in [
            format!("clo_{turned}.{house}"),
            format!("{secret}.{}", elsewhere.trim_start_matches("org_")),
            format!("clg_{}.{house}", &secret[4..]),
            secret.to_owned(),
            String::new(),
        ] {
            assert_eq!(answer(scene.app.guest_order(&guess, HERE).await), "not_found", "{guess}");
        }
        // A quote's link opens no order, and an order's link no quote.
        assert_eq!(code(scene.app.guest_quote(&second).await), "not_found");
        // From one address so many wrong guesses, then even the right one waits; from another it does not.
        let mut answers = Vec::new();
        for n in 0..110 {
            answers.push(answer(scene.app.guest_order(&format!("clo_{n:043}.{house}"), HERE).await));
        }
        assert!(answers.contains(&"too_many"), "{answers:?}");
        assert_eq!(answer(scene.app.guest_order(&second, HERE).await), "too_many");
        let there: IpAddr = "198.51.100.9".parse().unwrap();
        assert_eq!(answer(scene.app.guest_order(&second, there).await), "ok");
        scene.world.clock.pass(61 * 86_400);
        assert_eq!(answer(scene.app.guest_order(&second, there).await), "not_found", "after its days");
        // The order withdrawn, a link to it opens nothing.
        let ann = scene.world.again(&ann).await;
        let third = link(&scene, &ann, order).await.unwrap();
        let admin = scene.world.again(&scene.admin).await;
        let id = event.head.id;
        scene.run(&admin, move |ctx, tx| settle::reopen(ctx, tx, id, "the wrong lot")).await.unwrap();
        assert_eq!(answer(scene.app.guest_order(&third, there).await), "not_found");
        // Days went by: the sealer was at work.
        scene.app.seal(OrganizationId::from_uuid(scene.org)).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn of_two_purchase_orders_at_once_one_counts() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let (event, order) = submitted(&scene, &ann, 1).await;
        let one = link(&scene, &ann, order).await.unwrap();
        let two = link(&scene, &ann, order).await.unwrap();
        // Over one link, and over two links of one order.
        let (a, b, c) = tokio::join!(
            scene.app.guest_purchase_order(&one, HERE, given("PO-A", "")),
            scene.app.guest_purchase_order(&one, HERE, given("PO-B", "")),
            scene.app.guest_purchase_order(&two, HERE, given("PO-C", ""))
        );
        assert_eq!([&a, &b, &c].into_iter().filter(|it| it.is_ok()).count(), 1, "{a:?} {b:?} {c:?}");
        let now = scene.get(&ann, event.head.id).await.unwrap();
        assert_eq!((now.purchase_orders.len(), now.head.status), (1, EventStatus::PendingPayment));
        scene.prove().await;
    });
}

async fn sign(scene: &Scene, who: &Ctx, event: EventId, body: SignEvent) -> app::Result<EventSignatures> {
    scene.run(who, move |ctx, tx| signatures::sign(ctx, tx, event, &body)).await
}

fn by(name: &str, role: SignatureRole) -> SignEvent {
    SignEvent {
        document: SignedDocument::Order,
        role,
        name: name.into(),
        title: String::new(),
        strokes: vec![vec![[10.0, 10.0], [40.0, 30.0], [80.0, 12.5]]],
        content: None,
    }
}

#[test]
fn a_signature_stands_under_what_was_signed_and_is_void_when_that_changes() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let see = async |who: &Ctx| scene.run(who, move |ctx, tx| signatures::list(ctx, tx, event)).await;
        assert_eq!(code(sign(&scene, &ann, event, by("Pat", SignatureRole::Provider)).await), "event_empty");
        let units = scene.units(scene.item, &ann, 2, None).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        let stale = SignEvent { content: Some("0".repeat(64)), ..by("Pat", SignatureRole::Provider) };
        assert_eq!(code(sign(&scene, &ann, event, stale).await), "content_changed");
        let outside = SignEvent { strokes: vec![vec![[0.0, 0.0], [900.0, 5.0]]], ..by("Pat", SignatureRole::Provider) };
        assert_eq!(code(sign(&scene, &ann, event, outside).await), "invalid_strokes");
        assert_eq!(code(sign(&scene, &bob, event, by("Bob", SignatureRole::Provider)).await), "not_found");
        let content = see(&ann).await.unwrap().order_content;
        let body = SignEvent { content: Some(content.clone()), ..by("Pat Ortiz", SignatureRole::Provider) };
        sign(&scene, &ann, event, body).await.unwrap();
        let typed = SignEvent { strokes: Vec::new(), ..by("Ann Reyes", SignatureRole::Representative) };
        let signed = sign(&scene, &ann, event, typed).await.unwrap();
        assert_eq!(signed.items.iter().map(|it| it.void).collect::<Vec<_>>(), [false, false]);
        // One more unit, and what was signed is another thing; taken off again, it is what was signed.
        let marked = scene.mark(&ann, event, &units[1..]).await.unwrap();
        assert!(see(&ann).await.unwrap().items.iter().all(|it| it.void));
        let line = marked.lines.iter().find(|line| line.unit_id == units[1]).unwrap().id;
        scene.run(&ann, move |ctx, tx| app::events::lines::remove(ctx, tx, event, line)).await.unwrap();
        assert!(see(&ann).await.unwrap().items.iter().all(|it| !it.void));
        // Submitting changes nothing of it: the same stands under the sales order, and on its paper.
        let order = scene.submit(&ann, event).await.unwrap().sales_order_id.unwrap();
        let after = see(&ann).await.unwrap();
        assert_eq!((after.order_content.as_str(), after.items.iter().any(|it| it.void)), (content.as_str(), false));
        let pdf = scene.run(&ann, move |ctx, tx| app::billing::documents::sales_order_pdf(ctx, tx, order)).await;
        assert!(pdf.unwrap().bytes.starts_with(b"%PDF"));
        // An amendment makes it void; it stays on record.
        let line = scene.get(&ann, event).await.unwrap().lines[0].id;
        let lines = vec![AmendLine { no_charge: Some(true), ..amend_line(line) }];
        let wish = AmendEvent { changes: AmendChanges { lines, ..AmendChanges::default() }, reason: "a gift".into() };
        scene.run(&scene.admin, move |ctx, tx| settle::amend(ctx, tx, event, wish.clone())).await.unwrap();
        let after = see(&ann).await.unwrap();
        assert_eq!(
            after.items.iter().map(|it| (it.name.as_str(), it.void)).collect::<Vec<_>>(),
            [("Pat Ortiz", true), ("Ann Reyes", true)]
        );
        assert_ne!(after.order_content, content);
        scene.prove().await;
    });
}

fn amend_line(id: domain::id::LineId) -> AmendLine {
    serde_json::from_value(serde_json::json!({ "id": id })).unwrap()
}

#[test]
fn a_guest_signs_what_they_see_and_the_delivery_note_is_signed_apart() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let (event, order) = submitted(&scene, &ann, 1).await;
        let id = event.head.id;
        let token = link(&scene, &ann, order).await.unwrap();
        let content = scene.app.guest_order(&token, HERE).await.unwrap().content;
        let signature = |content: String| GivenSignature {
            name: "Pat Ortiz".into(),
            title: "Nurse".into(),
            strokes: "[[[1.0,2.0],[30.0,40.0]]]".into(),
            content,
        };
        assert_eq!(answer(scene.app.guest_signature(&token, HERE, signature("x".into())).await), "content_changed");
        scene.app.guest_signature(&token, HERE, signature(content)).await.unwrap();
        let seen = scene.run(&ann, move |ctx, tx| signatures::list(ctx, tx, id)).await.unwrap();
        let it = &seen.items[0];
        assert_eq!(
            (it.name.as_str(), it.role, it.through_link, it.void),
            ("Pat Ortiz", SignatureRole::Provider, true, false)
        );
        assert_eq!(it.strokes.len(), 1);
        let note = SignEvent { document: SignedDocument::DeliveryNote, ..by("Sam Lee", SignatureRole::Receiver) };
        let seen = sign(&scene, &ann, id, note).await.unwrap();
        assert_ne!(seen.order_content, seen.delivery_note_content);
        let paper = scene.run(&ann, move |ctx, tx| delivery::of_event(ctx, tx, id)).await.unwrap();
        assert!(paper.bytes.starts_with(b"%PDF") && paper.file_name == "DN-000001.pdf", "{}", paper.file_name);
        scene.prove().await;
    });
}

async fn contacts(scene: &Scene, kinds: &str) {
    let text = format!(
        "[{{\"name\":\"Pat Ortiz\",\"role\":\"Purchasing\",\"phone\":\"\",\"email\":\"pat@mercy.example\",\"receives\":[{kinds}]}}]"
    );
    scene
        .sql(
            "UPDATE directory_location SET contacts = $3 WHERE organization_id = $1 AND id = $2",
            args![scene.org, scene.mercy.uuid(), text],
        )
        .await;
}

fn wish(kind: DocumentKind, id: impl ToString) -> SendDocument {
    SendDocument {
        kind,
        subject_id: id.to_string(),
        recipients: None,
        message: String::new(),
        mark_only: false,
        from: None,
        to: None,
    }
}

async fn send(scene: &Scene, who: &Ctx, body: SendDocument) -> app::Result<usize> {
    let answer = scene.app.send_document(&scene.world.again(who).await, body, None).await?;
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    Ok(made["items"].as_array().unwrap().len())
}

async fn sent(scene: &Scene, who: &Ctx, event: EventId) -> Vec<DocumentSend> {
    let mut params = ListParams::default();
    params.filters.insert("event_id".into(), event.to_string());
    scene.run(who, move |ctx, tx| sends::sent(ctx, tx, &params)).await.unwrap().items
}

/// Mails that wait: (to, subject, text, how many papers).
async fn mails(scene: &Scene) -> Vec<(String, String, String, usize)> {
    let taken = scene.app.take_mails(OrganizationId::from_uuid(scene.org)).await.unwrap();
    let mut all = Vec::new();
    for it in taken {
        let mail = it.mail.unwrap();
        for paper in &it.along.attachments {
            let bytes = scene.app.attachment(OrganizationId::from_uuid(scene.org), &paper.digest).await.unwrap();
            assert!(bytes.starts_with(b"%PDF"));
        }
        all.push((mail.to, mail.subject, mail.text, it.along.attachments.len()));
        scene.app.mail_sent(OrganizationId::from_uuid(scene.org), it.id).await.unwrap();
    }
    all
}

#[test]
fn documents_go_to_whom_the_contacts_say_and_openings_come_back() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let bob = scene.person(Role::Sales, "Bob Lind").await;
        let (event, order) = submitted(&scene, &ann, 1).await;
        let id = event.head.id;
        assert_eq!(code(send(&scene, &ann, wish(DocumentKind::SalesOrder, order)).await), "no_recipient");
        contacts(&scene, "\"order\",\"invoice\"").await;
        assert_eq!(code(send(&scene, &bob, wish(DocumentKind::SalesOrder, order)).await), "not_found");
        assert_eq!(send(&scene, &ann, wish(DocumentKind::SalesOrder, order)).await.unwrap(), 1);
        let typed = SendDocument {
            recipients: Some(vec![
                SendTo { name: "Lee".into(), email: "lee@mercy.example".into() },
                SendTo { name: String::new(), email: "LEE@mercy.example".into() },
            ]),
            message: "As agreed.".into(),
            ..wish(DocumentKind::DeliveryNote, id)
        };
        assert_eq!(send(&scene, &ann, typed).await.unwrap(), 1, "one address gets it once");
        let bad = SendDocument {
            recipients: Some(vec![SendTo { name: String::new(), email: "nobody".into() }]),
            ..wish(DocumentKind::SalesOrder, order)
        };
        assert_eq!(code(send(&scene, &ann, bad).await), "invalid_email");
        let marked =
            SendDocument { mark_only: true, message: "Handed over".into(), ..wish(DocumentKind::SalesOrder, order) };
        assert_eq!(send(&scene, &ann, marked).await.unwrap(), 1);
        let waiting = sent(&scene, &ann, id).await;
        assert_eq!(waiting.iter().map(|it| it.state.as_str()).collect::<Vec<_>>(), ["marked", "waiting", "waiting"]);
        let out = mails(&scene).await;
        let shape: Vec<_> = out.iter().map(|(to, _, _, papers)| (to.as_str(), *papers)).collect();
        assert_eq!(shape, [("pat@mercy.example", 1), ("lee@mercy.example", 1)]);
        assert!(out[1].2.contains("As agreed.") && !out[0].2.contains("MRN-4711"), "{out:?}");
        let after = sent(&scene, &ann, id).await;
        assert_eq!(after.iter().map(|it| it.state.as_str()).collect::<Vec<_>>(), ["marked", "left", "left"]);
        assert_eq!(after[2].source, "location");
        // The link in the mail opens the order, and that it was opened is seen beside what was sent.
        let at = out[0].2.find(links::GUEST_PATH).unwrap() + links::GUEST_PATH.len();
        let token: String = out[0].2[at..].split_whitespace().next().unwrap().to_owned();
        assert!(scene.app.guest_order(&token, HERE).await.is_ok());
        let seen = sent(&scene, &ann, id).await;
        assert_eq!((seen[2].opened_count, seen[1].opened_count, seen[2].has_paper), (1, 0, true));
        // The paper as it was sent is kept.
        let paper = scene.app.sent_paper(&ann, seen[2].id).await.unwrap();
        assert!(paper.bytes.starts_with(b"%PDF"));
        assert_eq!(code(scene.app.sent_paper(&bob, seen[2].id).await), "not_found");
        // A statement goes by the customer, and not from a rep who may not see what is owed.
        let statement = || SendDocument {
            recipients: Some(vec![SendTo { name: String::new(), email: "cfo@mercy.example".into() }]),
            ..wish(DocumentKind::Statement, domain::id::CustomerId::from_uuid(scene.customer))
        };
        assert_eq!(send(&scene, &scene.admin, statement()).await.unwrap(), 1);
        assert_eq!(code(send(&scene, &ann, statement()).await), "not_allowed");
        scene.prove().await;
    });
}

#[test]
fn settings_send_by_themselves_and_say_when_nobody_receives() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        scene
            .sql(
                "UPDATE organization SET settings = '{\"auto_send_sales_order\":true,\"auto_send_invoice_on_po\":true}' \
                 WHERE organization_id = $1",
                args![scene.org],
            )
            .await;
        let house = OrganizationId::from_uuid(scene.org);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let (event, _) = submitted(&scene, &ann, 1).await;
        scene.app.send_due(house).await.unwrap();
        assert!(mails(&scene).await.is_empty(), "nobody receives orders yet");
        let told = scene
            .numbers(
                "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND kind = 'document_not_sent'",
                args![scene.org],
            )
            .await;
        assert_eq!(told, [1]);
        contacts(&scene, "\"order\",\"invoice\"").await;
        let (second, _) = submitted(&scene, &ann, 1).await;
        assert_eq!(scene.app.send_due(house).await.unwrap(), 1);
        assert_eq!(scene.app.send_due(house).await.unwrap(), 0, "once");
        let out = mails(&scene).await;
        assert_eq!((out.len(), out[0].0.as_str(), out[0].3), (1, "pat@mercy.example", 1));
        scene.order(&ann, second.head.id, "PO-1", None).await.unwrap();
        assert_eq!(scene.app.send_due(house).await.unwrap(), 1);
        let out = mails(&scene).await;
        assert!(out[0].1.starts_with("Invoice INV-"), "{out:?}");
        let all = sent(&scene, &ann, second.head.id).await;
        assert!(all.len() == 2 && all.iter().all(|it| it.automatic), "{all:?}");
        let _ = event;
        scene.prove().await;
    });
}

async fn waiting(scene: &Scene, who: &Ctx) -> Vec<WaitingForPo> {
    let who = scene.world.again(who).await;
    scene.run(&who, |ctx, tx| reminders::waiting(ctx, tx, &ListParams::default())).await.unwrap().items
}

#[test]
fn facilities_are_reminded_as_they_wish_until_the_order_is_there() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let house = OrganizationId::from_uuid(scene.org);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        contacts(&scene, "\"order\"").await;
        let (event, _) = submitted(&scene, &ann, 1).await;
        // From six to ten in the morning there: reminders go out from eight on.
        assert_eq!(scene.app.remind_purchase_orders(house).await.unwrap(), 0);
        scene.world.clock.pass(4 * 3_600);
        let day = async || {
            scene.world.clock.pass(86_400);
            let sent = scene.app.remind_purchase_orders(house).await.unwrap();
            assert_eq!(scene.app.remind_purchase_orders(house).await.unwrap(), 0, "once a day");
            sent
        };
        // As the organisation has it: after seven days, and every seven days.
        let mut sent_on = Vec::new();
        for n in 1..=15 {
            if day().await > 0 {
                sent_on.push(n);
            }
        }
        assert_eq!(sent_on, [7, 14]);
        let out = mails(&scene).await;
        assert!(out.len() == 2 && out[0].1.starts_with("Purchase order for SO-") && out[0].3 == 1, "{out:?}");
        let row = &waiting(&scene, &ann).await[0];
        assert_eq!((row.reminders, row.reminded_whom.as_str(), row.days), (2, "pat@mercy.example", 15));
        assert!(row.next_reminder_on.is_some());
        // The facility wants it otherwise: never; every two days; on Mondays.
        let set = async |mode, value| {
            let (admin, place) = (scene.world.again(&scene.admin).await, scene.mercy);
            let body = SetPoReminder { mode, value, escalate_after: None, escalate_to: Vec::new(), stop_after: None };
            scene.run(&admin, move |ctx, tx| reminders::set(ctx, tx, place, &body)).await
        };
        assert_eq!(code(set(ReminderMode::Weekly, Some(9)).await), "invalid_value");
        set(ReminderMode::Off, None).await.unwrap();
        assert_eq!(day().await + day().await, 0);
        assert_eq!(waiting(&scene, &ann).await[0].next_reminder_on, None);
        set(ReminderMode::Every, Some(2)).await.unwrap();
        assert_eq!([day().await, day().await, day().await], [1, 0, 1]);
        assert_eq!(set(ReminderMode::Weekly, Some(1)).await.unwrap().words, "Every Monday");
        let mut mondays = 0;
        for _ in 0..14 {
            mondays += day().await;
        }
        assert_eq!(mondays, 2);
        let rep = scene.world.again(&ann).await;
        let place = scene.mercy;
        let body = SetPoReminder {
            mode: ReminderMode::Off,
            value: None,
            escalate_after: None,
            escalate_to: Vec::new(),
            stop_after: None,
        };
        let refused = scene.run(&rep, move |ctx, tx| reminders::set(ctx, tx, place, &body)).await;
        assert_eq!(code(refused), "not_allowed");
        // It stops by itself.
        scene.order(&rep, event.head.id, "PO-1", None).await.unwrap();
        let mut later = 0;
        for _ in 0..14 {
            later += day().await;
        }
        assert_eq!((later, waiting(&scene, &ann).await.len()), (0, 0));
        scene.app.seal(house).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn whoever_does_not_answer_hears_of_it_louder_until_it_ends() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let house = OrganizationId::from_uuid(scene.org);
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let dana = scene.person(Role::Distributor, "Dana Holt").await;
        scene.link(&dana, &ann, false).await;
        contacts(&scene, "\"order\"").await;
        let (event, _) = submitted(&scene, &ann, 1).await;
        scene.world.clock.pass(4 * 3_600);
        let set = async |escalate_after, to: &[&str], stop_after| {
            let (admin, place) = (scene.world.again(&scene.admin).await, scene.mercy);
            let body = SetPoReminder {
                mode: ReminderMode::Every,
                value: Some(1),
                escalate_after,
                escalate_to: to.iter().map(|it| (*it).to_owned()).collect(),
                stop_after,
            };
            scene.run(&admin, move |ctx, tx| reminders::set(ctx, tx, place, &body)).await
        };
        assert_eq!(code(set(Some(51), &[], None).await), "invalid_value");
        assert_eq!(code(set(None, &["nobody"], None).await), "invalid_email");
        assert_eq!(code(set(None, &["a@b.example"; 6], None).await), "too_many");
        let said = set(None, &[], None).await.unwrap().ladder_words;
        assert_eq!(said, "From the third reminder on the office is told", "as the organisation has it");
        let said = set(Some(2), &["cfo@mercy.example", "CFO@mercy.example"], Some(3)).await.unwrap();
        assert_eq!(
            said.ladder_words,
            "From the second reminder on also to cfo@mercy.example, and the office is told; it ends after the third"
        );
        let mut sent = Vec::new();
        for _ in 0..5 {
            scene.world.clock.pass(86_400);
            sent.push(scene.app.remind_purchase_orders(house).await.unwrap());
        }
        assert_eq!(sent, [1, 2, 2, 0, 0]);
        let out = mails(&scene).await;
        let to: Vec<&str> = out.iter().map(|(to, ..)| to.as_str()).collect();
        assert_eq!(to.iter().filter(|it| **it == "pat@mercy.example").count(), 3, "{to:?}");
        assert_eq!(to.iter().filter(|it| **it == "cfo@mercy.example").count(), 2, "{to:?}");
        let whole = |to: &str| out.iter().filter(|it| it.0 == to).map(|it| it.2.clone()).collect::<Vec<_>>();
        assert!(whole("cfo@mercy.example").iter().all(|text| text.contains("the earlier ones were not answered")));
        let usual = whole("pat@mercy.example");
        assert!(usual.iter().all(|text| !text.contains("the earlier ones")));
        assert!(usual.iter().any(|text| text.contains("This is our third reminder.")));
        let row = &waiting(&scene, &ann).await[0];
        assert_eq!((row.reminders, row.escalated, row.reminders_ended), (3, true, true));
        assert_eq!(row.next_reminder_on, None);
        // The office, the representative and their distributor are told when it begins and when it ends.
        for who in [&scene.admin, &ann, &dana] {
            let told = "SELECT COUNT(*) FROM engine_notice WHERE organization_id = $1 AND user_id = $2 AND kind = 'purchase_order_escalated'";
            assert_eq!(scene.numbers(told, args![scene.org, who.actor.id.uuid()]).await, [2]);
        }
        // Never, and nothing to say: the organisation's ladder holds again.
        let said = set(Some(0), &[], Some(0)).await.unwrap().ladder_words;
        assert_eq!(said, "Nobody else is told");
        let admin = scene.world.again(&scene.admin).await;
        let patch: contract::people::PatchOrganizationSettings =
            serde_json::from_str(r#"{"po_escalate_after":null,"po_stop_after":2}"#).unwrap();
        let after = scene.run(&admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &patch)).await.unwrap();
        assert_eq!((after.po_escalate_after, after.po_stop_after), (None, Some(2)));
        assert_eq!(set(None, &[], None).await.unwrap().ladder_words, "Nobody else is told; it ends after the second");
        scene.order(&scene.world.again(&ann).await, event.head.id, "PO-1", None).await.unwrap();
        scene.app.seal(house).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn where_signatures_are_wanted_nothing_is_submitted_without_those_that_stand() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let wish = contract::event_types::SetEventType {
            r#type: EventType::Case,
            enabled: true,
            requires_physician: false,
            requires_procedure: false,
            needs_reason: false,
            requires_representative_signature: false,
            requires_provider_signature: true,
        };
        let admin = scene.admin.clone();
        let put = move |ctx: &Ctx, tx: &mut app::Tx| app::events::types::put(ctx, tx, std::slice::from_ref(&wish));
        assert!(scene.run(&admin, put).await.unwrap().items.iter().any(|it| it.requires_provider_signature));
        let ann = scene.world.again(&ann).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let units = scene.units(scene.item, &ann, 2, None).await;
        scene.mark(&ann, event, &units[..1]).await.unwrap();
        let asked = async || {
            let read = move |ctx: &Ctx, tx: &mut app::Tx| app::events::warnings::list(ctx, tx, event);
            let found = scene.app.read(&ann, read).await.unwrap().items;
            found.iter().filter(|it| it.code == "signature_required").count()
        };
        assert_eq!((asked().await, code(scene.submit(&ann, event).await)), (1, "signature_required"));
        sign(&scene, &ann, event, by("Ann Reyes", SignatureRole::Representative)).await.unwrap();
        assert_eq!(code(scene.submit(&ann, event).await), "signature_required", "the wrong side");
        sign(&scene, &ann, event, by("Pat Ortiz", SignatureRole::Provider)).await.unwrap();
        assert_eq!(asked().await, 0);
        // What is changed afterwards was not signed.
        scene.mark(&ann, event, &units[1..]).await.unwrap();
        assert_eq!(code(scene.submit(&ann, event).await), "signature_required");
        sign(&scene, &ann, event, by("Pat Ortiz", SignatureRole::Provider)).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        // Other types go on as before.
        let units = scene.units(scene.item, &ann, 1, None).await;
        let order = scene.event(EventType::StockingOrder, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, order, &units).await.unwrap();
        scene.submit(&ann, order).await.unwrap();
        scene.prove().await;
    });
}

/// What a facility wants signed, set by the office.
async fn wants(scene: &Scene, admin: &Ctx, place: LocationId, mode: SigningMode) -> app::Result<FacilitySigning> {
    let body = SetFacilitySigning { mode };
    scene.run(admin, move |ctx, tx| app::events::signing::set(ctx, tx, place, &body)).await
}

#[test]
fn a_facility_says_who_signs_whatever_the_type_of_the_event_says() {
    on_both(async |world| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann Reyes").await;
        let admin = scene.admin.clone();
        assert_eq!(code(wants(&scene, &ann, scene.mercy, SigningMode::Always).await), "not_allowed");
        let set = wants(&scene, &admin, scene.mercy, SigningMode::Always).await.unwrap();
        assert_eq!((set.mode, set.version), (SigningMode::Always, 1));
        let signatures = async |event: EventId| {
            let read = move |ctx: &Ctx, tx: &mut app::Tx| app::events::signatures::list(ctx, tx, event);
            scene.app.read(&ann, read).await.unwrap()
        };
        let begun = async |kind: EventType, place| {
            let event = scene.event(kind, &ann, place).await.head.id;
            let units = scene.units(scene.item, &ann, 1, None).await;
            scene.mark(&ann, event, &units).await.unwrap();
            event
        };
        let event = begun(EventType::Case, scene.mercy).await;
        let asked = signatures(event).await;
        assert_eq!(asked.wanted.iter().map(|it| it.signed).collect::<Vec<_>>(), [false, false]);
        assert_eq!(
            asked.why,
            "Mercy Main wants the representative and somebody of the hospital to sign whatever is sold there."
        );
        assert_eq!(code(scene.submit(&ann, event).await), "signature_required");
        sign(&scene, &ann, event, by("Ann Reyes", SignatureRole::Representative)).await.unwrap();
        assert_eq!(code(scene.submit(&ann, event).await), "signature_required", "the hospital has not signed");
        sign(&scene, &ann, event, by("Pat Ortiz", SignatureRole::Provider)).await.unwrap();
        assert!(signatures(event).await.wanted.iter().all(|it| it.signed));
        scene.submit(&ann, event).await.unwrap();
        // Another facility, and what is not sold, are as before.
        let elsewhere = begun(EventType::Case, scene.east).await;
        assert_eq!((signatures(elsewhere).await.wanted.len(), signatures(elsewhere).await.why), (0, String::new()));
        scene.submit(&ann, elsewhere).await.unwrap();
        let sample = begun(EventType::Sample, scene.mercy).await;
        scene.submit(&ann, sample).await.unwrap();
        // The organisation wants the hospital's on every case; this facility does without.
        let wish = contract::event_types::SetEventType {
            r#type: EventType::Case,
            enabled: true,
            requires_physician: false,
            requires_procedure: false,
            needs_reason: false,
            requires_representative_signature: false,
            requires_provider_signature: true,
        };
        let put = move |ctx: &Ctx, tx: &mut app::Tx| app::events::types::put(ctx, tx, std::slice::from_ref(&wish));
        scene.run(&admin, put).await.unwrap();
        let (ann, admin) = (scene.world.again(&ann).await, scene.world.again(&admin).await);
        wants(&scene, &admin, scene.mercy, SigningMode::Never).await.unwrap();
        let here = begun(EventType::Case, scene.mercy).await;
        let read = move |ctx: &Ctx, tx: &mut app::Tx| app::events::signatures::list(ctx, tx, here);
        let asked = scene.app.read(&ann, read).await.unwrap();
        assert!(asked.wanted.is_empty() && asked.why.contains("Mercy Main does without signatures"), "{}", asked.why);
        scene.submit(&ann, here).await.unwrap();
        // As the type says, once more.
        assert_eq!(wants(&scene, &admin, scene.mercy, SigningMode::ByType).await.unwrap().version, 0);
        let event = begun(EventType::Case, scene.mercy).await;
        assert_eq!(code(scene.submit(&ann, event).await), "signature_required");
        scene.prove().await;
    });
}
