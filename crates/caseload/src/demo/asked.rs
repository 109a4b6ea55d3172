//! What people ask for and what is quoted: so that the office has something to answer, and cases something to be worth.

use super::client::{id, ids};
use super::{ADMIN, Made, email};
use anyhow::Result;
use serde_json::{Value, json};

impl Made {
    /// Requests in every state, items below par with an order to their manufacturer, and quotes.
    pub(super) async fn asked(&mut self) -> Result<()> {
        let single: Vec<String> = self.items.iter().filter(|it| !it.reusable).map(|it| it.id.clone()).collect();
        let line =
            |at: usize, quantity: i64| json!({"catalog_item_id": single[at % single.len()], "quantity": quantity});
        let waiting = json!({"needed_on": self.day(3), "note": "For the revision on Thursday", "lines": [line(0, 3), line(4, 2)]});
        self.client.post(&email("ann"), "/requests", waiting).await?;
        let group =
            json!({"to": {"type": "user", "id": self.user("bob")}, "needed_on": self.day(6), "lines": [line(2, 6)]});
        self.client.post(&email("dana"), "/requests", group).await?;
        let mine = json!({"note": "Trunk is empty", "lines": [line(7, 4), line(8, 4)]});
        let part = id(&self.client.post(&email("cat"), "/requests", mine).await?);
        let body = json!({"lines": [{"catalog_item_id": single[7 % single.len()], "quantity": 3}], "expected_on": self.day(9)});
        self.client.post(&email("omar"), &format!("/requests/{part}/fulfill"), body).await?;
        let done = id(&self.client.post(&email("gus"), "/requests", json!({"lines": [line(11, 2)]})).await?);
        let sent = self.client.post(&email("omar"), &format!("/requests/{done}/fulfill"), json!({})).await?;
        for transfer in ids(&json!({"items": sent["transfers"]})) {
            self.client.post(&email("gus"), &format!("/transfers/{transfer}/accept"), Value::Null).await?;
        }
        self.below_par(&single).await?;
        self.quotes(&single).await
    }

    /// A few items of which more should be there, one of them ordered already.
    async fn below_par(&mut self, single: &[String]) -> Result<()> {
        for (at, item) in single.iter().skip(12).take(4).enumerate() {
            let path = format!("/units?catalog_item_id={item}&active=true&limit=1&count=true");
            let held = self.client.get(ADMIN, &path).await?["total"].as_i64().unwrap_or_default();
            let par = json!({"par_level": held + 15 + 5 * at as i64});
            self.client.patch(ADMIN, &format!("/catalog-items/{item}"), par).await?;
        }
        if let Some(item) = single.get(12) {
            let order = json!({"kind": "supplier", "needed_on": self.day(14), "lines": [{"catalog_item_id": item, "quantity": 15}]});
            self.client.post(&email("omar"), "/requests", order).await?;
        }
        Ok(())
    }

    /// A quote that the customer approved, one that waits, and a forecast.
    async fn quotes(&mut self, single: &[String]) -> Result<()> {
        for (n, rep) in ["ann", "cat", "gus"].into_iter().enumerate() {
            let path = format!(
                "/events?representative_id={}&status=open&from={}&sort=starts_at&limit=5",
                self.user(rep),
                self.day(1)
            );
            let events = ids(&self.client.get(ADMIN, &path).await?);
            let Some(event) = events.last() else { continue };
            let lines: Vec<Value> = (0..4)
                .map(|at| json!({"catalog_item_id": single[(n * 5 + at * 3) % single.len()], "quantity": 1 + at % 3}))
                .collect();
            let mut body = json!({"lines": lines, "valid_until": self.day(30)});
            if n == 2 {
                body["probability_percent"] = json!(60);
            }
            self.client.post(&email(rep), &format!("/events/{event}/quote"), body).await?;
            if n == 0 {
                let said = json!({"approved": true, "name": "Pat Ortiz, purchasing", "note": "By telephone"});
                self.client.post(&email(rep), &format!("/events/{event}/quote/decide"), said).await?;
            }
        }
        Ok(())
    }
}
