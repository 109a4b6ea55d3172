//! A manufacturer of its own on the same server, linked with the demo's distributor: it supplies, is asked, sends, and gets
//! something back.

use super::client::{id, ids};
use super::{ADMIN, Made, PASSWORD, email};
use anyhow::Result;
use app::App;
use app::people::NewOrganization;
use auth::Secret;
use serde_json::{Value, json};

/// The manufacturer's primary admin.
pub const MAKER_ADMIN: &str = "mia@acme.example";
/// Whom it makes things for, by the name in the distributor's catalog.
const MAKER: &str = "Acme Ortho";

impl Made {
    /// The manufacturer, its catalog and stock, the link, and what passes along it.
    pub(super) async fn company(&mut self, app: &App) -> Result<()> {
        let new = NewOrganization {
            name: MAKER.into(),
            kind: "manufacturer".into(),
            currency: "USD".into(),
            time_zone: "America/New_York".into(),
            email: MAKER_ADMIN.into(),
            admin: "Mia Torres".into(),
        };
        app.init(new, Secret::new(PASSWORD)).await.map_err(crate::people::plain)?;
        let makers = self.client.get(ADMIN, "/manufacturers?limit=100").await?;
        let maker = makers["items"].as_array().into_iter().flatten().find(|it| it["name"] == json!(MAKER));
        let Some(maker) = maker.map(id) else { return Ok(()) };
        let items = self.maker_catalog(&maker).await?;
        self.link(&maker).await?;
        self.cross(&maker, &items).await
    }

    /// The same items in the manufacturer's own catalog, and stock of them: (the distributor's item, the manufacturer's).
    async fn maker_catalog(&mut self, maker: &str) -> Result<Vec<(String, String)>> {
        let own = id(&self.client.post(MAKER_ADMIN, "/manufacturers", json!({"name": MAKER})).await?);
        let path = format!("/catalog-items?manufacturer_id={maker}&limit=200&sort=number");
        let known = self.client.get(ADMIN, &path).await?;
        let mut pairs = Vec::new();
        for (n, it) in known["items"].as_array().cloned().unwrap_or_default().iter().enumerate() {
            let body = json!({"manufacturer_id": own, "number": it["number"], "kind": it["kind"], "description": it["description"],
                "udi_di": it["udi_di"], "reusable": it["reusable"], "list_price_minor": it["list_price_minor"], "par_level": 20});
            let made = id(&self.client.post(MAKER_ADMIN, "/catalog-items", body).await?);
            let body = json!({"catalog_item_id": made, "quantity": 6 + n % 5, "lot": format!("M{:03}", 100 + n), "expires_on": self.day(700 + n as i64)});
            self.client.post(MAKER_ADMIN, "/units", body).await?;
            pairs.push((id(it), made));
        }
        Ok(pairs)
    }

    /// Invited by the distributor, accepted by the manufacturer, which shows its catalog.
    async fn link(&mut self, maker: &str) -> Result<()> {
        let body = json!({"email": MAKER_ADMIN, "note": "So that we see what you send, and you what we need"});
        let link = id(&self.client.post(ADMIN, "/organization-links", body).await?);
        self.client.post(MAKER_ADMIN, &format!("/organization-links/{link}/accept"), Value::Null).await?;
        let supplies = json!({"manufacturer_ids": [maker]});
        self.client.patch(ADMIN, &format!("/organization-links/{link}"), supplies).await?;
        self.client.patch(MAKER_ADMIN, &format!("/organization-links/{link}"), json!({"shares_catalog": true})).await?;
        Ok(())
    }

    /// One request that was answered and has arrived, with something that goes back; one answered in part and on its way; one
    /// that waits for the manufacturer.
    async fn cross(&mut self, maker: &str, items: &[(String, String)]) -> Result<()> {
        let ask = |at: usize, quantity: i64, note: &str, needed: String| {
            let lines: Vec<Value> = items
                .iter()
                .skip(at)
                .take(2)
                .map(|(item, _)| json!({"catalog_item_id": item, "quantity": quantity}))
                .collect();
            json!({"kind": "supplier", "manufacturer_id": maker, "needed_on": needed, "note": note, "lines": lines})
        };
        let arrived = ask(0, 2, "For the shelf", self.day(10));
        let request = id(&self.client.post(&email("omar"), "/requests", arrived).await?);
        let sent = self.client.post(MAKER_ADMIN, &format!("/requests/{request}/fulfill"), json!({})).await?;
        for transfer in ids(&json!({"items": sent["transfers"]})) {
            let got = self.client.post(&email("omar"), &format!("/transfers/{transfer}/accept"), json!({})).await?;
            let units: Vec<Value> =
                got["lines"].as_array().into_iter().flatten().map(|line| line["unit_id"].clone()).collect();
            let maker_id = got["from"]["id"].clone();
            if let Some(unit) = units.first() {
                let back = json!({"to": {"type": "linked_organization", "id": maker_id}, "unit_ids": [unit], "note": "Carton was crushed"});
                self.client.post(&email("omar"), "/transfers", back).await?;
            }
        }
        let more = ask(4, 12, "Case on Monday", self.day(4));
        let request = id(&self.client.post(&email("omar"), "/requests", more).await?);
        let body = json!({"expected_on": self.day(12)});
        self.client.post(MAKER_ADMIN, &format!("/requests/{request}/fulfill"), body).await?;
        let waits = ask(8, 3, "", self.day(20));
        self.client.post(&email("omar"), "/requests", waits).await?;
        Ok(())
    }
}
