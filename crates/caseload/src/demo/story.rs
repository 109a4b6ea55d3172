//! What happened at the demo organisation: stock, a year of cases and orders, and what wants attention today.

use super::client::{id, ids};
use super::words::{CUSTOMERS, PEOPLE};
use super::{ADMIN, DAYS_BACK, Made, email};
use anyhow::Result;
use domain::clock::Instant;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that happens later in the story, ordered by when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A rep schedules a case, so many hours before it.
    Schedule { rep: &'static str, case_at: i64 },
    /// What was used is marked, and the case submitted.
    Submit { rep: &'static str, event: String },
    /// The hospital's purchase order arrives.
    PurchaseOrder { event: String },
    /// The money arrives.
    Paid { event: String },
    /// What people earned in a month is stated; that of the last month waits to be paid.
    Statements { from: i64, to: i64, paid: bool },
    /// A statement is paid.
    PayStatement { statement: String },
    /// The office sells to a shelf.
    Stocking { seller: &'static str },
    /// A distributor sends stock on to a rep.
    Transfer { from: &'static str, to: &'static str },
}

/// (who holds, units of each item at the beginning).
const OPENING: &[(&str, i64)] = &[
    ("dana", 26),
    ("leo", 20),
    ("pool", 20),
    ("ann", 8),
    ("bob", 8),
    ("jo", 8),
    ("cat", 12),
    ("eli", 12),
    ("fay", 12),
    ("gus", 6),
    ("hana", 6),
];

impl Made {
    /// 12,000 units in everybody's hands and in the organisation's own.
    pub(super) async fn stock(&mut self) -> Result<()> {
        let holders: Vec<(&str, i64)> = OPENING.iter().copied().chain([("", 22)]).collect();
        let each: i64 = holders.iter().map(|it| it.1).sum();
        let per_item = 12_000 / each.max(1) / self.items.len() as i64 + 1;
        for (n, item) in self.items.clone().iter().enumerate() {
            for (holder, share) in &holders {
                let lot = format!("L{}-{:03}{}", 24 + n % 2, (n * 7) % 1000, ["A", "B", "C"][self.random.below(3)]);
                let quantity = if item.reusable { 1 } else { share * per_item };
                // Most expire in years; a few sooner, some within weeks of today.
                let days =
                    if self.random.chance(6) { self.random.between(10, 80) } else { self.random.between(120, 1400) };
                let expires = (!item.reusable).then(|| self.day(days));
                let mut body =
                    json!({"catalog_item_id": item.id, "quantity": quantity, "lot": lot, "expires_on": expires});
                if !holder.is_empty() {
                    body["custodian"] = json!({"type": "user", "id": self.user(holder)});
                }
                self.client.post(&email("omar"), "/units", body).await?;
            }
        }
        Ok(())
    }

    /// A year: every rep has a case or two a week; orders, purchase orders and payments follow.
    pub(super) async fn year(&mut self) -> Result<()> {
        let mut later: BinaryHeap<Reverse<(i64, Step)>> = BinaryHeap::new();
        let reps: Vec<&'static str> = PEOPLE.iter().filter(|it| it.1 == "sales").map(|it| it.0).collect();
        for week in 0..DAYS_BACK / 7 {
            for rep in &reps {
                for _ in 0..1 + i64::from(self.random.chance(35)) {
                    let day = week * 7 - DAYS_BACK + self.random.between(0, 4);
                    let hour = self.random.between(13, 19);
                    let case_at = self.at(day, hour).0;
                    later.push(Reverse((self.at(day - 5, 15).0, Step::Schedule { rep, case_at })));
                }
            }
            if week % 4 == 2 {
                let seller = *self.random.pick(&["dana", "leo", "pool", "ann", "cat"]);
                later.push(Reverse((self.at(week * 7 - DAYS_BACK + 3, 16).0, Step::Stocking { seller })));
            }
            if week % 2 == 1 {
                let (from, to) = *self.random.pick(&[
                    ("dana", "ann"),
                    ("dana", "bob"),
                    ("leo", "cat"),
                    ("leo", "fay"),
                    ("pool", "gus"),
                ]);
                later.push(Reverse((self.at(week * 7 - DAYS_BACK + 1, 14).0, Step::Transfer { from, to })));
            }
        }
        for to in (60 - DAYS_BACK..-4).step_by(30) {
            let step = Step::Statements { from: to - 30, to: to - 1, paid: to + 30 < -4 };
            later.push(Reverse((self.at(to, 15).0, step)));
        }
        while let Some(Reverse((at, step))) = later.pop() {
            if at > self.now.0 - super::HOUR {
                continue;
            }
            self.clock.go(Instant(at));
            for (at, step) in self.happen(at, step).await? {
                later.push(Reverse((at, step)));
            }
        }
        // Whatever a year has told was read; what comes now is new.
        for it in PEOPLE {
            self.client.post(&email(it.0), "/notifications/read-all", json!({})).await?;
        }
        Ok(())
    }

    /// Carries a step out; gives what follows from it.
    async fn happen(&mut self, at: i64, step: Step) -> Result<Vec<(i64, Step)>> {
        let days = |low, high, random: &mut super::Random| at + random.between(low, high) * super::DAY;
        match step {
            Step::Schedule { rep, case_at } => {
                let event = self.schedule(rep, Instant(case_at)).await?;
                Ok(vec![(case_at + 3 * super::HOUR, Step::Submit { rep, event })])
            }
            Step::Submit { rep, event } => {
                if !self.use_and_submit(rep, &event, 3).await? {
                    return Ok(Vec::new());
                }
                // Some hospitals take their time, and a few purchase orders are still missing.
                let wait = if self.random.chance(8) { (40, 90) } else { (4, 21) };
                Ok(vec![(days(wait.0, wait.1, &mut self.random), Step::PurchaseOrder { event })])
            }
            Step::PurchaseOrder { event } => {
                let number = format!("PO-{}", 40_000 + self.random.below(50_000));
                self.client
                    .post(&email("omar"), &format!("/events/{event}/purchase-orders"), json!({"number": number}))
                    .await?;
                Ok(vec![(days(20, 70, &mut self.random), Step::Paid { event })])
            }
            Step::Paid { event } => {
                self.paid(&event).await?;
                Ok(Vec::new())
            }
            Step::Statements { from, to, paid } => {
                let made = self.statements(from, to).await?;
                let soon = |statement| (at + 3 * super::DAY, Step::PayStatement { statement });
                Ok(if paid { made.into_iter().map(soon).collect() } else { Vec::new() })
            }
            Step::PayStatement { statement } => {
                self.client.post(&email("nina"), &format!("/commission-statements/{statement}/pay"), json!({})).await?;
                Ok(Vec::new())
            }
            Step::Stocking { seller } => {
                let event = self.stocking(seller).await?;
                Ok(event
                    .map(|event| (days(5, 20, &mut self.random), Step::PurchaseOrder { event }))
                    .into_iter()
                    .collect())
            }
            Step::Transfer { from, to } => {
                self.transfer(from, to, 8, true).await?;
                Ok(Vec::new())
            }
        }
    }

    /// The customer pays whatever is open on an event's invoices; commission is payable from then on.
    async fn paid(&mut self, event: &str) -> Result<()> {
        let open = self.client.get(&email("nina"), &format!("/invoices?event_id={event}&status=open&limit=20")).await?;
        for invoice in open["items"].as_array().into_iter().flatten() {
            let body = json!({"amount_minor": invoice["open_minor"],
                "reference": format!("Check {}", 10_100 + self.random.below(9_000))});
            self.client.post(&email("nina"), &format!("/invoices/{}/payments", id(invoice)), body).await?;
        }
        Ok(())
    }

    /// States what everybody earned in a time; those whose customers paid nothing have nothing to be stated.
    async fn statements(&mut self, from: i64, to: i64) -> Result<Vec<String>> {
        let people: Vec<&str> =
            PEOPLE.iter().filter(|it| matches!(it.1, "sales" | "distributor")).map(|it| it.0).collect();
        let mut made = Vec::new();
        for key in people {
            let body = json!({"user_id": self.user(key), "from": self.day(from), "to": self.day(to)});
            match self.client.post(&email("nina"), "/commission-statements", body).await {
                Ok(statement) => made.push(id(&statement)),
                Err(error) if error.to_string().contains("nothing_payable") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    fn region_of(key: &str) -> &'static str {
        PEOPLE.iter().find(|it| it.0 == key).map_or("South", |it| it.3)
    }

    async fn schedule(&mut self, rep: &str, case_at: Instant) -> Result<String> {
        let region = Self::region_of(rep);
        let places: Vec<String> = self.places.iter().filter(|it| it.region == region).map(|it| it.id.clone()).collect();
        let physicians: Vec<String> =
            self.physicians.iter().filter(|it| it.1 == region).map(|it| it.0.clone()).collect();
        let (procedure, line) = self.random.pick(&self.procedures).clone();
        let maker = self.items.iter().find(|it| it.line == line).map(|it| it.manufacturer.clone());
        let body = json!({"type": "case", "representative_id": self.user(rep), "location_id": self.random.pick(&places),
            "physician_id": self.random.pick(&physicians), "procedure_id": procedure, "starts_at": case_at.rfc3339(),
            "manufacturer_ids": maker.into_iter().collect::<Vec<_>>()});
        Ok(id(&self.client.post(&email(rep), "/events", body).await?))
    }

    /// Marks a few usable units and submits; false when nothing was usable or nothing is to be billed.
    async fn use_and_submit(&mut self, rep: &str, event: &str, most: usize) -> Result<bool> {
        if !self.mark(rep, event, most).await? {
            return Ok(false);
        }
        let submitted = self.client.post(&email(rep), &format!("/events/{event}/submit"), json!({})).await?;
        Ok(submitted["status"] == json!("pending_po"))
    }

    async fn mark(&mut self, rep: &str, event: &str, most: usize) -> Result<bool> {
        let usable = ids(&self.client.get(&email(rep), &format!("/events/{event}/usable-units?limit=60")).await?);
        if usable.is_empty() {
            return Ok(false);
        }
        let mut units: Vec<String> =
            (0..1 + self.random.below(most)).map(|_| self.random.pick(&usable).clone()).collect();
        units.sort();
        units.dedup();
        let body = json!({"unit_ids": units, "usage": "used"});
        self.client.post(&email(rep), &format!("/events/{event}/lines"), body).await?;
        Ok(true)
    }

    async fn stocking(&mut self, seller: &str) -> Result<Option<String>> {
        let region = if seller == "pool" { "South" } else { Self::region_of(seller) };
        let places: Vec<String> = self.places.iter().filter(|it| it.region == region).map(|it| it.id.clone()).collect();
        let now = self.now_in_story();
        let makers: Vec<String> = self.items.iter().map(|it| it.manufacturer.clone()).take(1).collect();
        let body = json!({"type": "stocking_order", "representative_id": self.user(seller), "location_id": self.random.pick(&places),
            "starts_at": now, "manufacturer_ids": makers});
        let event = id(&self.client.post(&email("omar"), "/events", body).await?);
        let usable = ids(&self.client.get(&email("omar"), &format!("/events/{event}/usable-units?limit=80")).await?);
        if usable.len() < 6 {
            self.client
                .post(&email("omar"), &format!("/events/{event}/cancel"), json!({"reason": "Nothing to sell"}))
                .await?;
            return Ok(None);
        }
        let units: Vec<&String> = usable.iter().step_by(3).take(12).collect();
        self.client
            .post(&email("omar"), &format!("/events/{event}/lines"), json!({"unit_ids": units, "usage": "used"}))
            .await?;
        let refused = self
            .client
            .post(&email("omar"), &format!("/events/{event}/submit"), json!({"keep_as_facility_stock": true}))
            .await;
        if let Err(error) = refused {
            if !error.to_string().contains("billing_hold") {
                return Err(error);
            }
            self.client.post(&email("omar"), &format!("/events/{event}/release-hold"), json!({})).await?;
            self.client
                .post(&email("omar"), &format!("/events/{event}/submit"), json!({"keep_as_facility_stock": true}))
                .await?;
        }
        Ok(Some(event))
    }

    fn now_in_story(&self) -> String {
        use domain::clock::Clock;
        self.clock.now().rfc3339()
    }

    /// Sends up to `n` available units; accepts them at once when told.
    async fn transfer(&mut self, from: &str, to: &str, n: usize, accept: bool) -> Result<Option<String>> {
        let path = format!("/units?custodian_id={}&state=available&facility_stock=false&limit=100", self.user(from));
        let units: Vec<String> =
            ids(&self.client.get(&email("omar"), &path).await?).into_iter().step_by(7).take(n).collect();
        if units.is_empty() {
            return Ok(None);
        }
        let end = |key: &str| json!({"type": "user", "id": self.user(key)});
        let body = json!({"from": end(from), "to": end(to), "unit_ids": units, "only_for_this_person": true});
        let made = self.client.post(&email("omar"), "/transfers", body).await?;
        if accept {
            self.client.post(&email(to), &format!("/transfers/{}/accept", id(&made)), Value::Null).await?;
        }
        Ok(Some(id(&made)))
    }

    /// Cases of today and of the days to come, and what should catch somebody's eye.
    pub(super) async fn today(&mut self) -> Result<()> {
        let reps: Vec<&'static str> = PEOPLE.iter().filter(|it| it.1 == "sales").map(|it| it.0).collect();
        self.clock.go(Instant(self.now.0 - 6 * super::HOUR));
        // Nobody has submitted these two.
        for (rep, ago) in [("bob", 3), ("eli", 6)] {
            let event = self.schedule(rep, self.at(-ago, 15)).await?;
            self.mark(rep, &event, 2).await?;
        }
        for (n, rep) in reps.iter().enumerate() {
            let days: &[i64] = if n % 3 == 0 { &[0, 2, 5, 9] } else { &[1, 3, 7, 12] };
            for day in days {
                let event = self.schedule(rep, self.at(*day, 13 + (n as i64 * 2 + day) % 8)).await?;
                if self.random.chance(60) {
                    self.mark(rep, &event, 3).await?;
                }
            }
        }
        for (from, to) in [("dana", "ann"), ("dana", "bob"), ("leo", "cat"), ("pool", "gus"), ("cat", "eli")] {
            self.transfer(from, to, 5, false).await?;
        }
        if let Some(declined) = self.transfer("dana", "jo", 3, false).await? {
            let reason = json!({"reason": "The box was empty, the seal was broken"});
            self.client.post(&email("jo"), &format!("/transfers/{declined}/decline"), reason).await?;
        }
        let customers = self.client.get(ADMIN, "/customers?limit=100").await?;
        for (name, status, _) in CUSTOMERS.iter().filter(|it| it.1 != "good") {
            let found = customers["items"].as_array().into_iter().flatten().find(|it| it["name"] == json!(name));
            if let Some(found) = found {
                let body =
                    json!({"billing_status": status, "billing_status_reason": "Invoices more than 60 days past due"});
                self.client.patch(ADMIN, &format!("/customers/{}", id(found)), body).await?;
            }
        }
        Ok(())
    }
}
