//! What is ready, what is at risk, and who is going away: so that finding cover has something to find.

use super::client::{id, ids};
use super::words::PEOPLE;
use super::{ADMIN, Made, email};
use anyhow::Result;
use serde_json::{Value, json};

/// Where people set out from, by postal code.
const HOMES: &[(&str, &str)] = &[
    ("dana", "60611"),
    ("ann", "60614"),
    ("bob", "53202"),
    ("jo", "61101"),
    ("leo", "66204"),
    ("cat", "64108"),
    ("eli", "73102"),
    ("fay", "75201"),
    ("gus", "70112"),
    ("hana", "77002"),
];

impl Made {
    /// Homes, cards, what cases need, an absence and a case for which somebody is looked for.
    pub(super) async fn cover(&mut self) -> Result<()> {
        for (key, postal_code) in HOMES {
            let path = format!("/users/{}/home", self.user(key));
            self.client.put(&email(key), &path, json!({"postal_code": postal_code, "country": "US"})).await?;
        }
        let cards = self.cards().await?;
        for (rep, n) in [("ann", 0_usize), ("bob", 0), ("cat", 1), ("gus", 1), ("eli", 1)] {
            self.needs(rep, &cards[n % cards.len()]).await?;
        }
        let path = format!("/users/{}/absences", self.user("ann"));
        let away = json!({"from_on": self.day(5), "to_on": self.day(13), "note": "Family"});
        self.client.post(&email("ann"), &path, away).await?;
        if let Some(event) = self.upcoming("fay").await?.first() {
            let path = format!("/events/{event}/coverage/request");
            self.client.post(&email("fay"), &path, json!({"reason": "Two cases at once."})).await?;
        }
        Ok(())
    }

    /// A card for one surgeon of each region: a few of each item of a line.
    async fn cards(&mut self) -> Result<Vec<String>> {
        let mut cards = Vec::new();
        for region in ["North", "South"] {
            let Some((physician, _)) = self.physicians.iter().find(|it| it.1 == region).cloned() else { continue };
            let Some((procedure, line)) = self.procedures.first().cloned() else { continue };
            let items: Vec<&super::Item> =
                self.items.iter().filter(|it| it.line == line && !it.reusable).take(5).collect();
            let lines: Vec<Value> =
                items.iter().map(|item| json!({"catalog_item_id": item.id, "quantity": 2})).collect();
            let body = json!({"name": format!("Usual set, {region}"), "physician_id": physician, "procedure_id": procedure,
                "lines": lines});
            cards.push(id(&self.client.post(ADMIN, "/preference-cards", body).await?));
        }
        Ok(cards)
    }

    /// Open cases of a rep that are to come.
    async fn upcoming(&mut self, rep: &str) -> Result<Vec<String>> {
        debug_assert!(PEOPLE.iter().any(|it| it.0 == rep), "a demo person");
        let path = format!(
            "/events?representative_id={}&status=open&from={}&sort=starts_at&limit=20",
            self.user(rep),
            self.day(1)
        );
        Ok(ids(&self.client.get(ADMIN, &path).await?))
    }

    /// The first upcoming case of a rep needs what the card says; the second a lot more than anybody near has.
    async fn needs(&mut self, rep: &str, card: &str) -> Result<()> {
        let events = self.upcoming(rep).await?;
        for (n, event) in events.iter().take(2).enumerate() {
            let mut body = json!({"preference_card_id": card});
            if n == 1 {
                let item = self.items.iter().find(|it| !it.reusable).map(|it| it.id.clone());
                body["needs"] = json!([{"catalog_item_id": item, "quantity": 400}]);
            }
            self.client.put(ADMIN, &format!("/events/{event}/needs"), body).await?;
        }
        Ok(())
    }
}
