//! Papers of the demo: files, signatures, orders that came through a link, credits, what went to accounting, prices of sets, and what
//! came from another program at the beginning.

use super::client::{id, ids};
use super::{ADMIN, Made, email};
use anyhow::{Context, Result};
use app::documents::guest::GivenOrder;
use app::files::{Said, Upload};
use domain::file::FileKind;
use serde_json::{Value, json};

const LABEL: &[u8] = include_bytes!("pictures/label.png");
const STICKER: &[u8] = include_bytes!("pictures/sticker.png");
const ORDER: &[u8] = include_bytes!("pictures/order.png");
/// The office's money.
const NINA: &str = "nina";

impl Made {
    /// All of it.
    pub(super) async fn papers(&mut self) -> Result<()> {
        self.agreements().await.context("prices and how customers are billed")?;
        self.openings().await.context("what came from another program")?;
        self.pictures().await.context("files of events")?;
        self.signed_and_ordered().await.context("signatures and orders through a link")?;
        self.settled().await.context("payments, credits and write-offs")?;
        self.books().await.context("accounting")
    }

    /// A capped set and prices by quantity at one facility; customers who want their papers in another language, or pay no tax.
    async fn agreements(&mut self) -> Result<()> {
        let single: Vec<String> = self.items.iter().filter(|it| !it.reusable).map(|it| it.id.clone()).collect();
        if let Some(place) = self.places.first().map(|it| it.id.clone()) {
            let set =
                json!([{"name": "One level, all included", "cap_minor": 480_000, "catalog_item_ids": &single[..4]}]);
            self.client.put(ADMIN, &format!("/locations/{place}/constructs"), set).await?;
            let item = &single[5];
            let prices = self.client.get(ADMIN, &format!("/locations/{place}/prices?limit=500")).await?;
            let mut all: Vec<Value> = prices["items"].as_array().or(prices.as_array()).cloned().unwrap_or_default();
            all.retain(|it| it["catalog_item_id"] != json!(item));
            let kept = ["catalog_item_id", "price_minor", "valid_from", "valid_to"];
            let mut all: Vec<Value> = all
                .iter()
                .map(|it| {
                    kept.iter().map(|key| ((*key).to_owned(), it[*key].clone())).collect::<serde_json::Map<_, _>>()
                })
                .map(Value::Object)
                .collect();
            all.push(json!({"catalog_item_id": item, "price_minor": 42_000}));
            self.client.put(ADMIN, &format!("/locations/{place}/prices"), json!(all)).await?;
            let tiers = json!([
                {"catalog_item_id": item, "from_quantity": 4, "price_minor": 39_500},
                {"catalog_item_id": item, "from_quantity": 10, "price_minor": 36_000}
            ]);
            self.client.put(ADMIN, &format!("/locations/{place}/tiers"), tiers).await?;
        }
        let customers = ids(&self.client.get(ADMIN, "/customers?limit=6").await?);
        for (customer, body) in customers.iter().zip([
            json!({"language": "es"}),
            json!({"tax_exempt": true, "tax_reason": "Charitable hospital", "tax_certificate": "EX-20418", "tax_valid_to": self.day(200)}),
            json!({"language": "fr"}),
        ]) {
            self.client.put(&email(NINA), &format!("/customers/{customer}/billing-profile"), body).await?;
        }
        let footer = "Northlake Ortho LLC, registered in Illinois\nBank: First Lake Bank, account 000 123 456, routing 071 000 000";
        let settings = json!({"document_footer": footer, "patient_files_days": 365});
        self.client.patch(ADMIN, "/organization/settings", settings).await?;
        Ok(())
    }

    /// Invoices that were open and orders that were placed before the organisation began here.
    async fn openings(&mut self) -> Result<()> {
        let customers = self.client.get(ADMIN, "/customers?limit=4").await?;
        let names: Vec<String> = customers["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect();
        let (mut invoices, mut figures) =
            ("customer,number,issued_on,due_on,open,total\n".to_owned(), "customer,on,orders,total\n".to_owned());
        for (n, name) in names.iter().enumerate() {
            let back = 420 + 15 * n as i64;
            invoices.push_str(&format!(
                "\"{name}\",OLD-{:04},{},{},{}.00,{}.00\n",
                1200 + n,
                self.day(-back),
                self.day(30 - back),
                900 + 350 * n,
                2400 + 350 * n
            ));
            for month in 0..3 {
                figures.push_str(&format!(
                    "\"{name}\",{},{},{}.00\n",
                    self.day(-back - 30 * month),
                    2 + n,
                    7_800 + 900 * n
                ));
            }
        }
        let ctx = self.client.context(ADMIN).await?;
        for (kind, table) in [("open_invoices", invoices), ("order_figures", figures)] {
            let kind = app::imports::kind(kind).context("a kind of import")?;
            let options = app::imports::ImportOptions { dry_run: false, skip_failures: false, create_missing: false };
            let done = self.client.app().import(&ctx, kind, options, table.into_bytes(), None).await;
            let done = done.map_err(crate::people::plain)?;
            let told: Value = serde_json::from_slice(&done.body)?;
            anyhow::ensure!(told["failed"] == json!(0), "{told}");
        }
        let opening = self.client.get(&email(NINA), "/opening-invoices?limit=10").await?;
        let all = ids(&opening);
        if let [first, second, ..] = all.as_slice() {
            let part = json!({"amount_minor": 30_000, "reference": "Wire of the bank"});
            self.client.post(&email(NINA), &format!("/opening-invoices/{first}/payments"), part).await?;
            let credit = json!({"amount_minor": 15_000, "reason": "Agreed with the customer by telephone"});
            self.client.post(&email(NINA), &format!("/opening-invoices/{second}/credit"), credit).await?;
        }
        Ok(())
    }

    /// Stickers, labels and orders as pictures, on a few cases.
    async fn pictures(&mut self) -> Result<()> {
        for rep in ["ann", "bob", "cat", "gus"] {
            let path = format!("/events?representative_id={}&type=case&sort=-starts_at&limit=12", self.user(rep));
            let events = self.client.get(ADMIN, &path).await?;
            let past: Vec<String> = events["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|it| it["status"] != json!("cancelled") && it["lines_count"].as_i64().unwrap_or(0) > 0)
                .map(id)
                .take(2)
                .collect();
            for event in past {
                self.picture(rep, &event, FileKind::DeviceLabel, "labels.png", LABEL).await?;
                self.picture(rep, &event, FileKind::PatientSticker, "sticker.png", STICKER).await?;
            }
        }
        Ok(())
    }

    async fn picture(&mut self, who: &str, event: &str, kind: FileKind, name: &str, bytes: &[u8]) -> Result<()> {
        let ctx = self.client.context(&email(who)).await?;
        let event = event.parse().map_err(|_| anyhow::anyhow!("{event} is no event"))?;
        let said = Said { kind: Some(kind), patient_data: kind == FileKind::PatientSticker };
        let upload = Upload { name: name.to_owned(), bytes: bytes.to_vec() };
        self.client.app().add_event_file(&ctx, event, said, upload, None).await.map_err(crate::people::plain)?;
        Ok(())
    }

    /// Sales orders of cases that wait for their purchase order, the oldest last.
    async fn waiting(&mut self) -> Result<Vec<(String, String)>> {
        let waiting = self.client.get(ADMIN, "/purchase-orders/waiting?sort=-starts_at&limit=20").await?;
        let pairs =
            waiting["items"].as_array().into_iter().flatten().filter_map(|it| {
                Some((it["event_id"].as_str()?.to_owned(), it["sales_order_id"].as_str()?.to_owned()))
            });
        Ok(pairs.collect())
    }

    /// Signed by both sides, sent, and ordered through a link: over what was used, over too little, and not yet.
    async fn signed_and_ordered(&mut self) -> Result<()> {
        let waiting = self.waiting().await?;
        for (n, (event, order)) in waiting.iter().take(4).enumerate() {
            let shown = self.client.get(ADMIN, &format!("/events/{event}")).await?;
            let total = shown["total_minor"].as_i64().unwrap_or_default();
            for (role, name, title, strokes) in [
                ("representative", "Ann Reyes", "", drawn(3.0)),
                ("provider", "Pat Ortiz", "Circulating nurse", drawn(5.0)),
            ] {
                let body = json!({"document": "order", "role": role, "name": name, "title": title, "strokes": strokes});
                self.client.post(ADMIN, &format!("/events/{event}/signatures"), body).await?;
            }
            let sent = json!({"kind": "sales_order", "subject_id": order, "mark_only": true, "message": "Handed over in the hospital"});
            self.client.post(ADMIN, "/document-sends", sent).await?;
            let link = self.client.post(ADMIN, &format!("/sales-orders/{order}/links"), json!({})).await?;
            let Some(secret) = link["link"].as_str().and_then(|it| it.rsplit('/').next()) else { continue };
            let here = std::net::IpAddr::from([127, 0, 0, 1]);
            let app = self.client.app();
            app.guest_order(secret, here).await.map_err(crate::people::plain)?;
            // The last of them was only looked at.
            if n == 3 {
                continue;
            }
            let amount = if n == 1 { (total - 12_500).max(100) } else { total };
            let given = GivenOrder {
                number: format!("4500-{:05}", 71_200 + n),
                amount: format!("{}.{:02}", amount / 100, amount % 100),
                name: "Pat Ortiz".into(),
                file: Some(Upload { name: "purchase order.png".into(), bytes: ORDER.to_vec() }),
            };
            app.guest_purchase_order(secret, here, given).await.map_err(crate::people::plain)?;
        }
        Ok(())
    }

    /// A part of an invoice paid, one credited in part, one credited and billed anew, one that is not hoped for any more.
    async fn settled(&mut self) -> Result<()> {
        let open = self.client.get(&email(NINA), "/invoices?status=open&sort=-issued_on&limit=12").await?;
        let open: Vec<(String, i64)> = open["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| (id(it), it["open_minor"].as_i64().unwrap_or_default()))
            .filter(|(_, minor)| *minor > 20_000)
            .collect();
        let acts = [
            ("payments", json!({"reference": "Check 10442"}), 2),
            ("credit", json!({"reason": "One screw was charged twice"}), 10),
            ("credit", json!({"reason": "Billed under an old agreement", "rebill": true}), 0),
            ("write-off", json!({"reason": "The facility was closed"}), 1),
        ];
        for ((invoice, minor), (act, mut body, part)) in open.iter().zip(acts) {
            if part > 0 {
                body["amount_minor"] = json!(minor / part);
            }
            self.client.post(&email(NINA), &format!("/invoices/{invoice}/{act}"), body).await?;
        }
        Ok(())
    }

    /// What went to accounting.
    async fn books(&mut self) -> Result<()> {
        for (kind, back) in [("general_ledger", 60), ("general_ledger", 20), ("quickbooks_csv", 30)] {
            let body = json!({"kind": kind, "through_on": self.day(-back), "leave_out_problems": true});
            let done = self.client.post(&email(NINA), "/accounting-exports", body).await;
            if let Err(error) = done
                && !error.to_string().contains("409")
            {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// A signature as a hand draws it.
fn drawn(waves: f32) -> Vec<Vec<[f32; 2]>> {
    let point = |at: i32| {
        let x = at as f32 / 40.0;
        let y = 80.0 + 34.0 * (x * waves * std::f32::consts::PI).sin() * (1.0 - x * 0.6) - 12.0 * x;
        [60.0 + 330.0 * x, y]
    };
    let line = (0..=40).map(point).collect();
    vec![line, vec![[70.0, 118.0], [300.0, 112.0]]]
}
