//! Exports to accounting: every document once, frozen, in balance with what customers owe.

use crate::billing::{invoices, pay};
use crate::scene::{Scene, code};
use app::Ctx;
use contract::accounting::{
    AccountName, AccountingExportFiles, FieldName, PutAccountingSettings, RunAccountingExport, SetAccountingName,
    UndoAccountingExport,
};
use contract::credits::{CreditInvoice, RefundBalance};
use contract::events::AddCharge;
use domain::accounting::{AccountRole, BookKind, ExportKind, FieldSource};
use domain::event::{ChargeKind, EventType};
use domain::id::{CustomerId, EventId, Id, InvoiceId};
use domain::people::Role;
use std::collections::BTreeMap;
use store::args;
use testkit::{World, on_both};

/// What would tell who was operated on.
const PATIENT: &str = "PT-SECRET-7";

/// A case with two manufacturers, fees, tax and a discount, invoiced; patients are known by a reference.
async fn billed(scene: &Scene, ann: &Ctx) -> (EventId, Vec<InvoiceId>) {
    let mut units = scene.units(scene.item, ann, 2, None).await;
    units.extend(scene.units(scene.own_item, ann, 1, None).await);
    let event = scene.event(EventType::Case, ann, scene.mercy).await.head.id;
    scene.sql("UPDATE event SET patient_reference = $2 WHERE organization_id = $1", args![scene.org, PATIENT]).await;
    scene.mark(ann, event, &units).await.expect("marked");
    for (kind, amount_minor) in [(ChargeKind::Freight, 4_501), (ChargeKind::Tax, 8_333), (ChargeKind::Discount, 1_007)]
    {
        let charge = AddCharge {
            kind,
            label: String::new(),
            amount_minor,
            commissionable: false,
            manufacturer_id: None,
            shared: false,
        };
        scene
            .run(ann, move |ctx, tx| app::events::charges::add(ctx, tx, event, charge.clone()))
            .await
            .expect("a charge");
    }
    scene.submit(ann, event).await.expect("submitted");
    scene.order(ann, event, "PO 1", None).await.expect("ordered");
    (event, invoices(scene, ann, event).await.iter().map(|it| it.id).collect())
}

async fn export(scene: &Scene, ctx: &Ctx, kind: ExportKind) -> app::Result<AccountingExportFiles> {
    let ask = RunAccountingExport { kind, through_on: None, leave_out_problems: false };
    scene.run(ctx, move |ctx, tx| app::accounting::run(ctx, tx, &ask)).await
}

async fn read(scene: &Scene, run: &AccountingExportFiles, name: &str) -> Vec<u8> {
    let (id, name) = (run.head.id, name.to_owned());
    scene.app.read(&scene.admin, move |ctx, tx| app::accounting::file(ctx, tx, id, &name)).await.expect("a file").1
}

/// Debit less credit of each account, as an independent reader adds it up.
async fn balances(scene: &Scene, run: &AccountingExportFiles) -> BTreeMap<String, i64> {
    let bytes = read(scene, run, "general-ledger.csv").await;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|it| it == name).unwrap();
    let (account, debit, credit) = (at("account"), at("debit"), at("credit"));
    let minor = |text: &str| if text.is_empty() { 0 } else { text.replace('.', "").parse::<i64>().unwrap() };
    let mut all = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        *all.entry(row[account].to_owned()).or_default() += minor(&row[debit]) - minor(&row[credit]);
    }
    all
}

fn sums(run: &AccountingExportFiles) -> Vec<(BookKind, i64, i64)> {
    run.head.sums.iter().map(|it| (it.document, it.count, it.total_minor)).collect()
}

#[test]
fn what_is_exported_is_what_customers_owe_and_each_document_goes_once() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = billed(&scene, &ann).await;
        assert_eq!(code(export(&scene, &ann, ExportKind::GeneralLedger).await), "not_allowed");
        let first = export(&scene, &scene.admin, ExportKind::GeneralLedger).await.unwrap();
        let total = 200_000 + 40_000 + 4_501 + 8_333 - 1_007;
        assert_eq!(sums(&first), [(BookKind::Invoice, 2, total)]);
        let booked = balances(&scene, &first).await;
        assert_eq!(booked["Accounts Receivable"], total);
        assert_eq!(
            (booked["Sales"], booked["Sales Tax Payable"], booked["Sales Discounts"]),
            (-240_000, -8_333, 1_007)
        );
        assert_eq!(booked.values().sum::<i64>(), 0);
        assert_eq!(code(export(&scene, &scene.admin, ExportKind::GeneralLedger).await), "nothing_to_export");

        // Money, a credit beyond what is open, a refund: only these are new.
        pay(&scene, &scene.admin, ids[0], 100_000).await.unwrap();
        let ask = CreditInvoice { reason: "returned".into(), ..CreditInvoice::default() };
        let credited = ids[0];
        let memo = scene.run(&scene.admin, move |ctx, tx| app::billing::credits::credit(ctx, tx, credited, &ask)).await;
        let memo = memo.unwrap().head.amount_minor.unwrap();
        let whose = CustomerId::from_uuid(scene.customer);
        let back = RefundBalance { amount_minor: 30_000, refunded_on: None, reference: "cheque 9".into() };
        scene.run(&scene.admin, move |ctx, tx| app::billing::accounts::refund(ctx, tx, whose, &back)).await.unwrap();
        let second = export(&scene, &scene.admin, ExportKind::GeneralLedger).await.unwrap();
        let new = [(BookKind::CreditMemo, 1, memo), (BookKind::Payment, 1, 100_000), (BookKind::Refund, 1, 30_000)];
        assert_eq!(sums(&second), new);
        let more = balances(&scene, &second).await;
        assert_eq!(more.values().sum::<i64>(), 0);
        let owed = booked["Accounts Receivable"] + more["Accounts Receivable"];
        let open: i64 = invoices(&scene, &scene.admin, event).await.iter().filter_map(|it| it.open_minor).sum();
        let whose = CustomerId::from_uuid(scene.customer);
        let kept = scene.app.read(&scene.admin, move |ctx, tx| app::billing::accounts::balance(ctx, tx, whose)).await;
        assert_eq!(owed, open - kept.unwrap().balance_minor, "the books say what the customer owes");

        // Another program knows nothing of it yet, and a file stays as it was.
        let other = export(&scene, &scene.admin, ExportKind::QuickbooksIif).await.unwrap();
        assert_eq!(other.head.documents_count, 5);
        let again = read(&scene, &first, "general-ledger.csv").await;
        assert_eq!(again, read(&scene, &first, "general-ledger.csv").await);
        assert_eq!(again.len() as i64, first.files[0].size_bytes);
        scene.prove().await;
    });
}

#[test]
fn nothing_about_patients_is_in_any_file_and_names_of_the_other_program_are() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        billed(&scene, &ann).await;
        let item = Id::<domain::id::CatalogItem>::from_uuid(scene.item).to_string();
        let customer = CustomerId::from_uuid(scene.customer).to_string();
        for kind in ExportKind::ALL.iter().copied() {
            let fields =
                FieldSource::ALL.iter().map(|source| FieldName { source: *source, name: format!("F {source}") });
            let ask = PutAccountingSettings {
                accounts: vec![AccountName { role: AccountRole::Receivable, name: "1200: Debtors".into() }],
                fields: fields.collect(),
                ..PutAccountingSettings::default()
            };
            scene.run(&scene.admin, move |ctx, tx| app::accounting::put_settings(ctx, tx, kind, &ask)).await.unwrap();
            let name = |subject: &str, name: &str, account: &str| SetAccountingName {
                subject_id: subject.to_owned(),
                name: name.to_owned(),
                account: account.to_owned(),
            };
            let names = vec![name(&customer, "CUST:17\t\"Mercy\"", ""), name(&item, "A-52", "4100 Implants")];
            scene.run(&scene.admin, move |ctx, tx| app::accounting::set_names(ctx, tx, kind, &names)).await.unwrap();
            let made = export(&scene, &scene.admin, kind).await.unwrap();
            assert!(!made.files.is_empty());
            let mut all = String::new();
            for file in &made.files {
                all.push_str(&String::from_utf8_lossy(&read(&scene, &made, &file.name).await));
            }
            assert!(!all.contains(PATIENT), "{kind}");
            assert!(all.contains("PO 1") && all.contains("Mercy Main"), "{kind}: {all}");
            if kind != ExportKind::Ubl {
                assert!(all.contains("CUST-17 Mercy"), "{kind}");
            }
            if matches!(kind, ExportKind::QuickbooksIif | ExportKind::GeneralLedger) {
                assert!(all.contains("1200:Debtors") && all.contains("4100 Implants"), "{kind}: {all}");
            }
        }
        scene.prove().await;
    });
}

#[test]
fn a_run_is_taken_back_from_the_last_and_a_void_invoice_is_taken_back_by_the_next() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (event, ids) = billed(&scene, &ann).await;
        const KIND: ExportKind = ExportKind::NetsuiteCsv;
        let first = export(&scene, &scene.admin, KIND).await.unwrap();
        pay(&scene, &scene.admin, ids[1], 1).await.unwrap();
        let second = export(&scene, &scene.admin, KIND).await.unwrap();
        let undo = async |run: &AccountingExportFiles, reason: &str| {
            let (id, ask) = (run.head.id, UndoAccountingExport { reason: reason.to_owned() });
            scene.run(&scene.admin, move |ctx, tx| app::accounting::undo(ctx, tx, id, &ask)).await
        };
        assert_eq!(code(undo(&first, "wrong accounts").await), "later_run_exists");
        assert_eq!(code(undo(&second, " ").await), "reason_required");
        let back = undo(&second, "wrong accounts").await.unwrap();
        assert_eq!((back.head.status.as_str(), back.head.undo_reason.as_str()), ("undone", "wrong accounts"));
        assert_eq!(code(undo(&second, "again").await), "already_undone");
        let third = export(&scene, &scene.admin, KIND).await.unwrap();
        assert_eq!(sums(&third), [(BookKind::Payment, 1, 1)]);
        // What was taken back keeps its files.
        assert_eq!(
            read(&scene, &second, "customer-payments.csv").await,
            read(&scene, &third, "customer-payments.csv").await
        );

        // The bill changes: both invoices become void and are issued anew.
        let line = scene.get(&scene.admin, event).await.unwrap().lines[0].id;
        let change = contract::events::AmendEvent {
            changes: contract::events::AmendChanges {
                lines: vec![contract::events::AmendLine {
                    id: line,
                    remove: false,
                    usage: None,
                    unit_price_minor: contract::Patch::Set(90_000),
                    no_charge: None,
                    note: None,
                }],
                ..contract::events::AmendChanges::default()
            },
            reason: "price agreed later".into(),
        };
        scene
            .run(&scene.admin, move |ctx, tx| app::events::settle::amend(ctx, tx, event, change.clone()))
            .await
            .unwrap();
        let fourth = export(&scene, &scene.admin, KIND).await.unwrap();
        let kinds: Vec<(BookKind, i64)> = sums(&fourth).iter().map(|(kind, count, _)| (*kind, *count)).collect();
        assert_eq!(kinds, [(BookKind::Invoice, 2), (BookKind::InvoiceVoid, 2)]);
        assert_eq!(code(export(&scene, &scene.admin, KIND).await), "nothing_to_export");
        let preview =
            scene.app.read(&scene.admin, |ctx, tx| app::accounting::preview(ctx, tx, KIND, None)).await.unwrap();
        assert_eq!((preview.documents_count, preview.blocked_count), (0, 0));
        scene.prove().await;
    });
}

#[test]
fn documents_that_cannot_be_exported_are_named_and_may_be_left_for_later() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (_, ids) = billed(&scene, &ann).await;
        let broken = ids[0].uuid();
        let set = "UPDATE billing_invoice SET total_minor = total_minor + $3 WHERE organization_id = $1 AND id = $2";
        scene.sql(set, args![scene.org, broken, 1]).await;
        const KIND: ExportKind = ExportKind::QuickbooksCsv;
        let preview =
            scene.app.read(&scene.admin, |ctx, tx| app::accounting::preview(ctx, tx, KIND, None)).await.unwrap();
        assert_eq!((preview.documents_count, preview.blocked_count), (1, 1));
        assert_eq!((preview.problems[0].code.as_str(), preview.problems[0].blocks), ("does_not_add_up", true));
        assert_eq!(code(export(&scene, &scene.admin, KIND).await), "documents_with_problems");
        let ask = RunAccountingExport { kind: KIND, through_on: None, leave_out_problems: true };
        let made = scene.run(&scene.admin, move |ctx, tx| app::accounting::run(ctx, tx, &ask)).await.unwrap();
        assert_eq!(made.head.documents_count, 1);
        scene.sql(set, args![scene.org, broken, -1]).await;
        let later = export(&scene, &scene.admin, KIND).await.unwrap();
        assert_eq!(later.head.documents_count, 1, "what was left out comes once it is put right");
        scene.prove().await;
    });
}

#[test]
fn an_invoice_has_an_electronic_form_that_its_paper_can_carry() {
    on_both(async |world: World| {
        let scene = Scene::set(world).await;
        let ann = scene.person(Role::Sales, "Ann").await;
        let (_, ids) = billed(&scene, &ann).await;
        let id = ids[0];
        let xml = scene.app.read(&ann, move |ctx, tx| app::accounting::invoice_xml(ctx, tx, id)).await.unwrap();
        let text = String::from_utf8(xml.bytes).unwrap();
        assert!(text.contains("<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>"), "{text}");
        assert!(text.contains("PayableAmount currencyID=\"USD\">2118.27<") && !text.contains(PATIENT), "{text}");
        let paper =
            scene.app.read(&ann, move |ctx, tx| app::billing::documents::invoice_pdf_with_xml(ctx, tx, id)).await;
        let bytes = paper.unwrap().bytes;
        let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        assert!(has(b"EmbeddedFile") && has(b"INV-000001.xml"));
        let stranger = scene.person(Role::Sales, "Bob").await;
        let read = scene.app.read(&stranger, move |ctx, tx| app::accounting::invoice_xml(ctx, tx, id)).await;
        assert_eq!(code(read.map(drop)), "not_found");
    });
}
