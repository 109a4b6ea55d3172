//! Who works at the demo organisation, for whom, and with what: people, customers, the catalog.

use super::client::id;
use super::words::{CUSTOMERS, ITEMS, PEOPLE, PHYSICIANS, PROCEDURES};
use super::{ADMIN, Item, Made, PASSWORD, Place, email};
use anyhow::{Context, Result};
use app::App;
use auth::Secret;
use serde_json::{Value, json};
use std::collections::HashMap;

impl Made {
    /// Everybody, with passwords; a few who are not ready yet.
    pub(super) async fn people(&mut self, app: &App) -> Result<()> {
        let mut regions = HashMap::new();
        for (key, role, name, region, _) in PEOPLE {
            let mut body = json!({"email": email(key), "role": role, "name": name,
                "phone": format!("+1 312 555 01{:02}", self.users.len() + 10)});
            if let Some(region) = regions.get(region) {
                body["region_id"] = Value::clone(region);
            }
            if matches!(*role, "sales" | "distributor") {
                body["commission_rate_bp"] =
                    json!(if *role == "sales" { 900 + 100 * (self.users.len() % 4) } else { 1500 });
                body["shipping_address"] = json!({"line1": format!("{} Harbor Street", 100 + self.users.len()), "city": "Chicago",
                    "state": "IL", "postal_code": "60601", "country": "US"});
            }
            self.person(app, key, body, true).await?;
            let region = match *key {
                "rita" => Some(("North", json!(["WI", "MN", "IL", "IA"]))),
                "sam" => Some(("South", json!(["KS", "OK", "TX", "LA", "AR", "MO"]))),
                _ => None,
            };
            if let Some((name, states)) = region {
                let body = json!({"name": name, "manager_id": self.user(key), "states": states});
                let made = self.client.post(ADMIN, "/regions", body).await?;
                regions.insert(name, made["id"].clone());
            }
        }
        let pool = json!({"email": email("pool"), "role": "distributor", "name": "Gulf pool", "custodian_only": true,
            "shares_inventory": true, "region_id": regions["South"]});
        self.person(app, "pool", pool, true).await?;
        let dee =
            json!({"email": email("dee"), "role": "distributor", "name": "Dee Ross", "delegate_of": self.user("dana")});
        self.person(app, "dee", dee, true).await?;
        for leader in ["dana", "leo", "pool"] {
            let group: Vec<String> = PEOPLE.iter().filter(|it| it.4 == leader).map(|it| self.user(it.0)).collect();
            let path = format!("/users/{}/representatives", self.user(leader));
            self.client.put(ADMIN, &path, json!({"user_ids": group})).await?;
        }
        self.client.patch(ADMIN, &format!("/users/{}", self.user("dana")), json!({"shares_inventory": true})).await?;
        let ian = json!({"email": email("ian"), "role": "sales", "name": "Ian Cole", "region_id": regions["North"]});
        self.person(app, "ian", ian, false).await?;
        Ok(())
    }

    async fn person(&mut self, app: &App, key: &'static str, body: Value, ready: bool) -> Result<()> {
        let role = body["role"].as_str().unwrap_or_default().to_owned();
        let hub = body["custodian_only"] == json!(true);
        let made = self.client.post(ADMIN, "/users", body).await?;
        self.users.insert(key, id(&made));
        let path = format!("/users/{}", id(&made));
        if ready && !matches!(role.as_str(), "admin" | "operations") {
            self.client.post(ADMIN, &format!("{path}/complete-training"), Value::Null).await?;
        }
        if hub {
            return Ok(());
        }
        let invitation = self.client.post(ADMIN, &format!("{path}/invite"), Value::Null).await?;
        if ready {
            let link = invitation["link"]
                .as_str()
                .and_then(|link| link.rsplit('/').next())
                .context("no link to claim with")?;
            app.claim(link, Secret::new(PASSWORD)).await.map_err(crate::people::plain)?;
        }
        Ok(())
    }

    /// Terms, customers with their locations, physicians, procedures.
    pub(super) async fn directory(&mut self) -> Result<()> {
        let mut terms = Vec::new();
        for (code, name, days) in [("NET30", "Net 30", 30), ("NET45", "Net 45", 45), ("NET60", "Net 60", 60)] {
            let body = json!({"code": code, "name": name, "rule": {"kind": "net_days", "days": days}, "roll": "next_business_day"});
            terms.push(id(&self.client.post(ADMIN, "/payment-terms", body).await?));
        }
        for (n, (name, _, locations)) in CUSTOMERS.iter().enumerate() {
            let reps: &[&str] =
                if locations[0].3 == "North" { &["ann", "bob", "jo"] } else { &["cat", "eli", "fay", "gus", "hana"] };
            let body = json!({"name": name, "payment_terms_id": (terms[n % 3]), "default_sales_rep_id": self.user(reps[n % reps.len()]),
                "basis_date": if n % 2 == 0 { "invoice_date" } else { "delivery_date" }, "credit_limit_minor": 25_000_000});
            let customer = self.client.post(ADMIN, "/customers", body).await?;
            for (name, code, state, region) in *locations {
                let body = json!({"customer_id": id(&customer), "name": name, "code": code, "time_zone": "America/Chicago",
                    "address": {"line1": format!("{} Hospital Drive", 200 + n), "city": name.split(' ').next(), "state": state, "country": "US"}});
                let made = self.client.post(ADMIN, "/locations", body).await?;
                self.places.push(Place { id: id(&made), region });
            }
        }
        for (name, region) in PHYSICIANS {
            let locations: Vec<&String> =
                self.places.iter().filter(|it| it.region == *region).map(|it| &it.id).collect();
            let made = self.client.post(ADMIN, "/physicians", json!({"name": name, "location_ids": locations})).await?;
            self.physicians.push((id(&made), region));
        }
        for (name, line) in PROCEDURES {
            let made = self.client.post(ADMIN, "/procedures", json!({"name": name})).await?;
            self.procedures.push((id(&made), line));
        }
        Ok(())
    }

    /// Manufacturers, lines, items with valid GTINs, and contract prices for most of them.
    pub(super) async fn catalog(&mut self) -> Result<()> {
        let (mut makers, mut lines) = (HashMap::new(), HashMap::new());
        let mut serial = 0;
        for (maker, line, number, what, sizes, price, reusable) in ITEMS {
            if !makers.contains_key(maker) {
                makers.insert(maker, id(&self.client.post(ADMIN, "/manufacturers", json!({"name": maker})).await?));
            }
            if !lines.contains_key(line) {
                let body = json!({"name": line, "manufacturer_id": makers[maker]});
                lines.insert(line, id(&self.client.post(ADMIN, "/product-lines", body).await?));
            }
            for (n, size) in sizes.iter().enumerate() {
                serial += 1;
                // 0950600 is the prefix that GS1 keeps for examples.
                let body = format!("0950600{serial:06}");
                let gtin = udi::check_digit(&body).map(|digit| format!("{body}{digit}"));
                let body = json!({"manufacturer_id": makers[maker], "number": format!("{number}-{:02}", n + 1), "kind": "device",
                    "description": format!("{what} {size}"), "product_line_ids": [lines[line]], "list_price_minor": price,
                    "cost_minor": price * 2 / 5, "udi_di": gtin, "reusable": reusable, "par_level": 40});
                let made = self.client.post(ADMIN, "/catalog-items", body).await?;
                let item = Item { id: id(&made), manufacturer: makers[maker].clone(), line, reusable: *reusable };
                self.items.push(item);
            }
        }
        self.prices().await
    }

    async fn prices(&mut self) -> Result<()> {
        let list = self.client.post(ADMIN, "/price-lists", json!({"name": "Midwest contract"})).await?;
        let items: Vec<Value> = self.client_items(85).await?;
        self.client.put(ADMIN, &format!("/price-lists/{}/prices", id(&list)), json!(items)).await?;
        for place in self.places.clone().iter().step_by(2) {
            self.client.patch(ADMIN, &format!("/locations/{}", place.id), json!({"price_list_id": id(&list)})).await?;
        }
        let own: Vec<Value> = self.client_items(78).await?.into_iter().step_by(3).collect();
        self.client.put(ADMIN, &format!("/locations/{}/prices", self.places[1].id), json!(own)).await?;
        Ok(())
    }

    /// Contract prices at a percentage of the list for nine of ten items.
    async fn client_items(&mut self, percent: i64) -> Result<Vec<Value>> {
        let mut prices = Vec::new();
        for (n, item) in self.items.clone().iter().enumerate().filter(|(n, _)| n % 10 != 9) {
            let price: i64 = ITEMS.iter().find(|it| it.1 == item.line).map_or(10_000, |it| it.5);
            prices.push(json!({"catalog_item_id": item.id, "price_minor": price * percent / 100 + n as i64, "valid_from": null, "valid_to": null}));
        }
        Ok(prices)
    }

    /// Who may work with which manufacturer, location and physician; a facility manager for one hospital.
    pub(super) async fn assignments(&mut self) -> Result<()> {
        let mut makers: Vec<String> = self.items.iter().map(|it| it.manufacturer.clone()).collect();
        makers.sort();
        makers.dedup();
        for (key, role, _, region, _) in PEOPLE.iter().filter(|it| !it.3.is_empty()) {
            let locations: Vec<&String> =
                self.places.iter().filter(|it| it.region == *region).map(|it| &it.id).collect();
            let physicians: Vec<&String> =
                self.physicians.iter().filter(|it| it.1 == *region).map(|it| &it.0).collect();
            let body = json!({"manufacturer_ids": makers, "location_ids": locations, "physician_ids": physicians});
            self.client.put(ADMIN, &format!("/users/{}/assignments", self.user(key)), body).await?;
            if *role == "sales" {
                let targets = json!({"year": self.now.day_in("UTC").civil().year(), "quarters_minor": [5_000_000, 5_500_000, 5_500_000, 6_000_000]});
                self.client.put(ADMIN, &format!("/users/{}/sales-targets", self.user(key)), targets).await?;
            }
        }
        let body = json!({"manufacturer_ids": makers, "location_ids": [self.places[0].id]});
        self.client.put(ADMIN, &format!("/users/{}/assignments", self.user("mona")), body).await?;
        Ok(())
    }
}
