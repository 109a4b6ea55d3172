//! Write-offs, credits of invoices from before, tax exemptions, papers in other languages, purchase orders that do not fit, keys of
//! files and the time for which pictures of patients are kept.

use crate::billing::{case, invoices, pay};
use crate::scene::{Scene, code};
use app::billing::{credits, mismatches, profile, receipts};
use app::files::{Owner, Resealed, Said, Upload};
use app::{App, Config, Ctx};
use contract::ListParams;
use contract::credits::{CreditInvoice, ReceivePayment, WriteOff};
use contract::event_types::SetEventType;
use contract::events::{AddCharge, AddPurchaseOrder};
use contract::opening::CreditOpeningInvoice;
use contract::profiles::PutBillingProfile;
use domain::accounting::ExportKind;
use domain::clock::Day;
use domain::event::{ChargeKind, EventStatus, EventType};
use domain::file::FileKind;
use domain::id::{CustomerId, FileId, Id, InvoiceId, OrganizationId};
use domain::language::Language;
use domain::people::Role;
use store::args;
use testkit::{World, on_both};
use uuid::Uuid;

async fn write_off(
    scene: &Scene,
    who: &Ctx,
    invoice: InvoiceId,
    amount: Option<i64>,
) -> app::Result<contract::credits::CreditMemo> {
    let ask = WriteOff { amount_minor: amount, reason: "the hospital is bankrupt".into() };
    scene.run(who, move |ctx, tx| credits::write_off(ctx, tx, invoice, &ask)).await
}

async fn open_balance(scene: &Scene) -> Option<i64> {
    scene.seen_customer(&scene.world.again(&scene.admin).await).await.open_balance_minor
}

#[test]
fn what_is_written_off_is_not_owed_and_was_sold_all_the_same() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        let id = event.head.id;
        scene.order(&ann, id, "PO 1", None).await.unwrap();
        let issued = invoices(&scene, &ann, id).await;
        let (first, second) = (issued[0].id, issued[1].id);
        let (earned, figures) = (scene.earned(id).await, scene.figures().await);
        assert_eq!(code(write_off(&scene, &ann, first, None).await), "not_allowed");
        pay(&scene, &scene.admin, first, 60_000).await.unwrap();
        assert_eq!(code(write_off(&scene, &scene.admin, first, Some(40_001)).await), "overcredit");
        assert_eq!(code(write_off(&scene, &scene.admin, first, Some(0)).await), "invalid_amount");
        let part = write_off(&scene, &scene.admin, first, Some(10_000)).await.unwrap();
        assert_eq!((part.head.number.as_str(), part.head.kind.as_str()), ("WRO-000001", "write_off"));
        assert_eq!((part.head.net_minor, part.invoice.open_minor), (Some(0), Some(30_000)));
        assert_eq!(open_balance(&scene).await, Some(70_000));
        write_off(&scene, &scene.admin, first, None).await.unwrap();
        assert_eq!(code(write_off(&scene, &scene.admin, first, None).await), "nothing_open");
        write_off(&scene, &scene.admin, second, None).await.unwrap();
        assert_eq!(open_balance(&scene).await, Some(0));
        // Sales and commission stand; the numbers of credit memos have no gap.
        assert_eq!((scene.earned(id).await, scene.figures().await), (earned, figures));
        let done = scene.run(&scene.admin, move |ctx, tx| app::events::settle::mark_paid(ctx, tx, id)).await.unwrap();
        assert_eq!(done.head.status, EventStatus::Paid);
        let whose = CustomerId::from_uuid(scene.customer);
        let statement = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::statement::statement(ctx, tx, whose, None, None))
            .await
            .unwrap();
        assert_eq!(statement.closing_minor, 0);
        let words: Vec<String> = statement.lines.iter().map(app::billing::statement::line_words).collect();
        assert!(words.contains(&"Write-off WRO-000001".to_owned()), "{words:?}");
        // The books get it as bad debts; an electronic invoice is no place for it.
        let run = contract::accounting::RunAccountingExport {
            kind: ExportKind::GeneralLedger,
            through_on: None,
            leave_out_problems: false,
        };
        let made = scene.run(&scene.admin, move |ctx, tx| app::accounting::run(ctx, tx, &run)).await.unwrap();
        let (id, name) = (made.head.id, made.files[0].name.clone());
        let (_, bytes) =
            scene.app.read(&scene.admin, move |ctx, tx| app::accounting::file(ctx, tx, id, &name)).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("Bad Debts") && text.contains("WRO-000001"), "{text}");
        scene.prove().await;
    });
}

#[test]
fn invoices_from_before_are_credited_and_written_off() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let id = Uuid::from_u128((0x0194_u128 << 112) | 1);
        let row = store::opening::OpeningInvoiceRow {
            id,
            number: "OLD-1".into(),
            customer_id: scene.customer,
            location_id: None,
            issued_on: 20_000,
            due_on: Some(20_030),
            total_minor: 100_000,
            open_minor: 80_000,
            paid_minor: 0,
            status: "open".into(),
            note: String::new(),
            created_by: scene.admin.actor.id.uuid(),
            created_at: scene.admin.now.0,
            version: 1,
        };
        let org = scene.org;
        scene.app.db().write(move |tx| store::opening::insert(tx, org, &row, "old1")).await.unwrap();
        let credit = async |amount: Option<i64>, write_off: bool| {
            let ask = CreditOpeningInvoice { amount_minor: amount, reason: "agreed by telephone".into(), write_off };
            let id = Id::from_uuid(id);
            scene.run(&scene.admin, move |ctx, tx| app::opening::credit(ctx, tx, id, &ask)).await
        };
        assert_eq!(code(credit(Some(80_001), false).await), "overcredit");
        assert_eq!(credit(Some(30_000), false).await.unwrap().open_minor, 50_000);
        assert_eq!(open_balance(&scene).await, Some(50_000));
        assert_eq!(credit(None, true).await.unwrap().status, "paid");
        assert_eq!(code(credit(None, false).await), "nothing_open");
        assert_eq!(open_balance(&scene).await, Some(0));
        let of = Id::from_uuid(id);
        let steps = scene.app.read(&scene.admin, move |ctx, tx| app::opening::steps(ctx, tx, of)).await.unwrap().items;
        let told: Vec<_> = steps.iter().map(|it| (it.kind.as_str(), it.number.as_deref(), it.amount_minor)).collect();
        assert_eq!(told, [("credit", Some("CRM-000001"), 30_000), ("write_off", Some("WRO-000001"), 50_000)]);
        scene.prove().await;
    });
}

#[test]
fn whoever_is_exempt_is_not_taxed_until_the_certificate_ends() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let whose = CustomerId::from_uuid(scene.customer);
        let put = async |who: &Ctx, ask: PutBillingProfile| {
            scene.run(who, move |ctx, tx| profile::put(ctx, tx, whose, &ask)).await
        };
        let exempt =
            PutBillingProfile { tax_exempt: true, tax_reason: "Charity".into(), ..PutBillingProfile::default() };
        assert_eq!(code(put(&ann, exempt.clone()).await), "not_allowed");
        let nameless = PutBillingProfile { tax_reason: String::new(), ..exempt.clone() };
        assert_eq!(code(put(&scene.admin, nameless).await), "required");
        let until = PutBillingProfile { tax_valid_to: Day::parse("2026-11-30"), ..exempt.clone() };
        assert!(put(&scene.admin, until).await.unwrap().exempt_now);
        let tax = async |day: &str| {
            let mut plan = scene.plan(EventType::Case, &ann, scene.mercy);
            plan.starts_at = crate::scene::at(day);
            let event = scene.create(&ann, plan).await.unwrap().head.id;
            let charge = AddCharge {
                kind: ChargeKind::Tax,
                label: String::new(),
                amount_minor: 500,
                commissionable: false,
                manufacturer_id: None,
                shared: false,
            };
            scene.run(&scene.admin, move |ctx, tx| app::events::charges::add(ctx, tx, event, charge.clone())).await
        };
        assert_eq!(code(tax("2026-11-30").await), "customer_tax_exempt", "the last day");
        assert_eq!(code(tax("2026-12-01").await), "ok", "the day of the event decides");
        scene.prove().await;
    });
}

#[test]
fn papers_speak_the_language_of_the_customer() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        scene.order(&ann, event.head.id, "PO 1", None).await.unwrap();
        let invoice = invoices(&scene, &ann, event.head.id).await[0].id;
        let whose = CustomerId::from_uuid(scene.customer);
        let mut sizes = Vec::new();
        for language in Language::ALL {
            let ask = PutBillingProfile { language: Some(*language), ..PutBillingProfile::default() };
            scene.run(&scene.admin, move |ctx, tx| profile::put(ctx, tx, whose, &ask)).await.unwrap();
            let paper = scene
                .app
                .read(&scene.admin, move |ctx, tx| app::billing::documents::invoice_pdf(ctx, tx, invoice))
                .await
                .unwrap();
            let tag = format!("/Lang({})", language.as_str());
            let holds = paper.bytes.windows(tag.len()).any(|it| it == tag.as_bytes());
            assert!(paper.bytes.starts_with(b"%PDF") && holds, "{language}");
            sizes.push(paper.bytes.len());
        }
        sizes.dedup();
        assert!(sizes.len() > 1, "each says something else");
    });
}

#[test]
fn orders_over_another_amount_are_listed_until_they_fit() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let bob = scene.person(Role::Sales, "Bob").await;
        let (event, _) = case(&scene, &ann).await;
        let (fits, _) = case(&scene, &ann).await;
        let order = async |event, manufacturer: Option<Uuid>, amount_minor: Option<i64>| {
            let ask = AddPurchaseOrder {
                number: "PO".into(),
                manufacturer_id: manufacturer.map(Id::from_uuid),
                amount_minor,
                file_id: None,
            };
            scene.run(&ann, move |ctx, tx| app::billing::orders::add(ctx, tx, event, ask.clone())).await.unwrap()
        };
        order(event.head.id, Some(scene.maker), Some(90_000)).await;
        order(event.head.id, Some(scene.own_maker), Some(40_000)).await;
        order(fits.head.id, None, Some(140_000)).await;
        let listed = async |who: &Ctx| {
            let params = ListParams { count: true, ..ListParams::default() };
            scene.app.read(who, move |ctx, tx| mismatches::list(ctx, tx, &params)).await.unwrap()
        };
        let page = listed(&ann).await;
        let told: Vec<_> = page
            .items
            .iter()
            .map(|it| (it.event_id, it.manufacturer_name.as_deref(), it.expected_minor, it.difference_minor))
            .collect();
        assert_eq!(told, [(event.head.id, Some("Orthex"), 100_000, -10_000)]);
        assert_eq!((page.total, listed(&bob).await.items.len()), (Some(1), 0), "as far as one reaches");
        let wrong = page.items[0].id;
        let change = contract::events::PatchPurchaseOrder {
            amount_minor: contract::Patch::Set(100_000),
            ..contract::events::PatchPurchaseOrder::default()
        };
        let id = event.head.id;
        scene
            .run(&scene.admin, move |ctx, tx| app::billing::orders::patch(ctx, tx, id, wrong, change.clone()))
            .await
            .unwrap();
        assert_eq!(listed(&ann).await.items.len(), 0);
        scene.prove().await;
    });
}

const PICTURE: &[u8] = include_bytes!("data/picture.png");

async fn sticker(scene: &Scene, app: &App, who: &Ctx, event: domain::id::EventId, kind: FileKind) -> FileId {
    let upload = Upload { name: "picture.png".into(), bytes: PICTURE.to_vec() };
    let said = Said { kind: Some(kind), patient_data: false };
    let answer = app.add_event_file(&scene.world.again(who).await, event, said, upload, None).await.unwrap();
    let made: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    made["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn files_are_sealed_anew_when_the_key_changes() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let house = |now: Option<u8>, before: Option<u8>| {
            let key = |byte| auth::Key::of_file(&[byte; 32]).unwrap();
            let config = Config { file_key: now.map(key), old_file_key: before.map(key), ..Config::default() };
            App::new(scene.app.db().clone(), scene.world.clock.clone(), 11, config)
        };
        let plain = house(None, None);
        let first = sticker(&scene, &plain, &ann, event, FileKind::PatientSticker).await;
        let upload = Upload { name: "contract.txt".into(), bytes: b"twelve per cent off".to_vec() };
        let whose = Owner::Customer(Id::from_uuid(scene.customer));
        house(Some(1), None).add_file(&scene.admin, whose, upload, None).await.unwrap();
        assert_eq!(code(house(None, None).try_file_key().await), "key_missing");
        assert_eq!(code(house(Some(9), None).try_file_key().await), "key_wrong");
        assert_eq!(code(plain.reseal(|_| {}).await), "key_missing");
        assert!(house(Some(2), None).reseal(|_| {}).await.is_err(), "nothing is sealed anew that cannot be opened");
        let done = house(Some(2), Some(1)).reseal(|_| {}).await.unwrap();
        assert!(done.sealed >= 2 && done.already == 0, "{done:?}");
        let again = house(Some(2), Some(1)).reseal(|_| {}).await.unwrap();
        assert_eq!(again, Resealed { sealed: 0, already: done.sealed });
        let open = "SELECT COUNT(*) FROM file_content WHERE organization_id = $1 AND sealed = 0";
        assert_eq!(scene.numbers(open, args![scene.org]).await, [0], "what came in unsealed is sealed as well");
        house(Some(2), None).try_file_key().await.unwrap();
        assert!(house(Some(2), None).file(&ann, first).await.is_ok());
        assert!(house(Some(1), None).file(&ann, first).await.is_err(), "the key before opens nothing any more");
    });
}

#[test]
fn pictures_of_patients_are_destroyed_after_their_time_and_nothing_else() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let open = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let app = scene.app.clone();
        let patient = sticker(&scene, &app, &ann, event, FileKind::PatientSticker).await;
        let waits = sticker(&scene, &app, &ann, open, FileKind::PatientSticker).await;
        let org = OrganizationId::from_uuid(scene.org);
        scene.world.clock.pass(1);
        scene.mark(&scene.world.again(&ann).await, event, &units).await.unwrap();
        scene.submit(&scene.world.again(&ann).await, event).await.unwrap();
        scene.world.clock.pass(40 * 86_400);
        assert_eq!(app.purge_patient_files(org).await.unwrap(), 0, "without a setting everything is kept");
        let patch: contract::people::PatchOrganizationSettings =
            serde_json::from_value(serde_json::json!({"patient_files_days": 30})).unwrap();
        let admin = scene.world.again(&scene.admin).await;
        scene.run(&admin, move |ctx, tx| app::people::patch_settings(ctx, tx, &patch)).await.unwrap();
        // The same picture is on both events: as long as one is wanted, its content stays.
        assert_eq!(app.purge_patient_files(org).await.unwrap(), 1);
        assert_eq!(app.purge_patient_files(org).await.unwrap(), 0);
        let ann = scene.world.again(&ann).await;
        assert_eq!(code(app.file(&ann, patient).await), "file_purged");
        assert!(app.file(&ann, waits).await.is_ok(), "the other case is not over");
        scene.run(&admin, move |ctx, tx| app::events::plan::cancel(ctx, tx, open, "called off")).await.unwrap();
        assert_eq!(app.purge_patient_files(org).await.unwrap(), 1);
        let left = "SELECT COUNT(*) FROM file_content WHERE organization_id = $1 AND size_bytes >= 0";
        assert_eq!(scene.numbers(left, args![scene.org]).await, [0], "the content itself is gone");
        let listed =
            scene.run(&ann, move |ctx, tx| app::files::list(ctx, tx, Owner::Event(event))).await.unwrap().items;
        assert!(listed[0].purged_at.is_some(), "that there was one stays on record");
        // The same picture may come in again.
        let third = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        let anew = sticker(&scene, &app, &ann, third, FileKind::PatientSticker).await;
        assert!(app.file(&ann, anew).await.is_ok());
        scene.app.seal(org).await.unwrap();
        scene.prove().await;
    });
}

#[test]
fn a_credit_after_a_write_off_takes_only_what_is_left() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, _) = case(&scene, &ann).await;
        scene.order(&ann, event.head.id, "PO 1", None).await.unwrap();
        let first = invoices(&scene, &ann, event.head.id).await[0].id;
        write_off(&scene, &scene.admin, first, Some(30_000)).await.unwrap();
        let ask = CreditInvoice { reason: "sent back".into(), ..CreditInvoice::default() };
        let memo = scene.run(&scene.admin, move |ctx, tx| credits::credit(ctx, tx, first, &ask)).await.unwrap();
        assert_eq!((memo.head.amount_minor, memo.invoice.open_minor), (Some(70_000), Some(0)));
        scene.prove().await;
    });
}

#[test]
fn one_payment_pays_what_is_due_first_and_the_rest_is_kept() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (first, _) = case(&scene, &ann).await;
        scene.order(&ann, first.head.id, "PO 1", None).await.unwrap();
        let (second, _) = case(&scene, &ann).await;
        scene.order(&ann, second.head.id, "PO 2", None).await.unwrap();
        let whose = CustomerId::from_uuid(scene.customer);
        let receive = async |who: &Ctx, ask: ReceivePayment| {
            scene.run(who, move |ctx, tx| receipts::receive(ctx, tx, whose, &ask)).await
        };
        let ask = |amount_minor: i64| ReceivePayment { amount_minor, ..ReceivePayment::default() };
        assert_eq!(code(receive(&ann, ask(1)).await), "not_allowed");
        assert_eq!(code(receive(&scene.admin, ask(0)).await), "invalid_amount");
        let last = invoices(&scene, &ann, second.head.id).await[1].id;
        let named = receive(&scene.admin, ReceivePayment { invoice_ids: vec![last], ..ask(10_000) }).await.unwrap();
        assert_eq!((named.allocations.len(), named.allocations[0].invoice_id, named.to_balance_minor), (1, last, 0));
        let twice = ReceivePayment { invoice_ids: vec![last, last], ..ask(1) };
        assert_eq!(code(receive(&scene.admin, twice).await), "named_twice");
        // 2,800.00 less the 100.00; 50.00 more than that is kept.
        let all = receive(&scene.admin, ask(275_000)).await.unwrap();
        let paid: i64 = all.allocations.iter().map(|it| it.amount_minor).sum();
        assert_eq!((all.allocations.len(), paid, all.to_balance_minor), (4, 270_000, 5_000));
        assert_eq!(open_balance(&scene).await, Some(0));
        assert_eq!(
            code(receive(&scene.admin, ReceivePayment { invoice_ids: vec![last], ..ask(1) }).await),
            "invoice_not_open"
        );
        let statement = scene
            .app
            .read(&scene.admin, move |ctx, tx| app::billing::statement::statement(ctx, tx, whose, None, None))
            .await
            .unwrap();
        assert_eq!(statement.closing_minor, -5_000, "what is kept is theirs");
        scene.prove().await;
    });
}

#[test]
fn an_organisation_says_which_events_it_makes_and_what_they_must_say() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let wish = |r#type, enabled, requires_physician| SetEventType {
            r#type,
            enabled,
            requires_physician,
            requires_procedure: false,
            needs_reason: false,
            requires_representative_signature: false,
            requires_provider_signature: false,
        };
        let put = async |who: &Ctx, wishes: Vec<SetEventType>| {
            scene.run(who, move |ctx, tx| app::events::types::put(ctx, tx, &wishes)).await
        };
        assert_eq!(code(put(&ann, vec![wish(EventType::Sample, false, false)]).await), "not_allowed");
        let none = EventType::ALL.iter().map(|kind| wish(*kind, false, false)).collect();
        assert_eq!(code(put(&scene.admin, none).await), "no_event_type");
        put(&scene.admin, vec![wish(EventType::Sample, false, false), wish(EventType::Case, true, true)])
            .await
            .unwrap();
        let ann = scene.world.again(&ann).await;
        assert_eq!(code(scene.create(&ann, scene.plan(EventType::Sample, &ann, scene.mercy)).await), "event_type_off");
        let units = scene.units(scene.item, &ann, 1, None).await;
        let event = scene.event(EventType::Case, &ann, scene.mercy).await.head.id;
        scene.mark(&ann, event, &units).await.unwrap();
        assert_eq!(code(scene.submit(&ann, event).await), "physician_required");
        let patch: contract::events::PatchEvent = serde_json::from_value(
            serde_json::json!({"physician_id": Id::<domain::id::Physician>::from_uuid(scene.physician)}),
        )
        .unwrap();
        scene.run(&ann, move |ctx, tx| app::events::plan::patch(ctx, tx, event, patch.clone())).await.unwrap();
        scene.submit(&ann, event).await.unwrap();
        scene.prove().await;
    });
}
