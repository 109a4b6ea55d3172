//! Customers and locations in which hardly two are alike: every order and every filter of their lists has something to tell apart.

use super::{DAY, Maker, command};
use anyhow::Result;
use domain::clock::Day;
use serde_json::{Value, json};

const WORDS: [&str; 10] = ["St.", "Lake", "North", "Mercy", "County", "Valley", "River", "Summit", "Harbor", "Prairie"];
const ENDS: [&str; 5] = ["Hospital", "Surgical Center", "Medical Center", "Clinic", "Orthopedics"];
/// What each of [`ENDS`] is.
const KINDS: [&str; 5] = ["hospital", "asc", "hospital", "clinic", "other"];
/// Town, state, the first three digits of its postal codes.
const TOWNS: [(&str, &str, &str); 16] = [
    ("Chicago", "IL", "606"),
    ("Springfield", "IL", "627"),
    ("Peoria", "IL", "616"),
    ("Madison", "WI", "537"),
    ("Milwaukee", "WI", "532"),
    ("Detroit", "MI", "482"),
    ("Lansing", "MI", "489"),
    ("Columbus", "OH", "432"),
    ("Cleveland", "OH", "441"),
    ("Indianapolis", "IN", "462"),
    ("Des Moines", "IA", "503"),
    ("Omaha", "NE", "681"),
    ("Saint Paul", "MN", "551"),
    ("Rochester", "MN", "559"),
    ("Kansas City", "MO", "641"),
    ("Fargo", "ND", "581"),
];
/// One customer in so many heads others.
const SYSTEMS: usize = 200;
/// One in so many is archived.
const GONE: usize = 100;

/// What customers and locations refer to.
struct Around {
    terms: Vec<String>,
    price_lists: Vec<String>,
}

impl Maker {
    /// So many customers, those that are archived apart; about so many locations, two of each customer when not said.
    pub(super) async fn directory(&mut self, n: usize, locations: Option<usize>) -> Result<()> {
        let procedures = (1..=12).map(|n| json!({"name": format!("Procedure {n:02}")})).collect();
        let procedures = self.all("procedures", procedures, |ctx, tx, body| {
            Ok(app::directory::named::create_procedure(ctx, tx, command(body)?)?.id.to_string())
        });
        self.made.procedures = procedures.await?;
        let around = self.around().await?;
        self.customers(n, &around).await?;
        self.locations(n, locations, &around).await?;
        self.gone(n / GONE).await?;
        let physicians = (0..(n / 5).clamp(20, 2_000)).map(|n| json!({"name": format!("Dr. Number {n:04}")})).collect();
        let physicians = self.all("physicians", physicians, |ctx, tx, body| {
            Ok(app::directory::physicians::create(ctx, tx, command(body)?)?.id.to_string())
        });
        self.made.physicians = physicians.await?;
        Ok(())
    }

    async fn around(&self) -> Result<Around> {
        let terms = [15, 45, 60, 90]
            .map(|days| json!({"code": format!("G{days}"), "name": format!("Generated net {days}"), "rule": {"kind": "net_days", "days": days}}));
        let terms = self.all("payment terms", terms.to_vec(), |ctx, tx, body| {
            Ok(app::directory::terms::create(ctx, tx, command(body)?)?.id.to_string())
        });
        let terms = terms.await?;
        let lists = (1..=4).map(|n| json!({"name": format!("Prices {n}")})).collect();
        let lists = self.all("price lists", lists, |ctx, tx, body| {
            Ok(app::directory::named::create_price_list(ctx, tx, command(body)?)?.id.to_string())
        });
        Ok(Around { terms, price_lists: lists.await? })
    }

    async fn customers(&mut self, n: usize, around: &Around) -> Result<()> {
        let systems = (n / SYSTEMS).max(1).min(n);
        for part in [0..systems, systems..n] {
            let bodies = part.map(|at| self.customer(at, around)).collect();
            let made = self.all("customers", bodies, |ctx, tx, body| {
                Ok(app::directory::customers::create_one_of_many(ctx, tx, command(body)?)?.to_string())
            });
            let made = made.await?;
            self.made.customers.extend(made);
        }
        Ok(())
    }

    fn customer(&mut self, n: usize, around: &Around) -> Value {
        let rep = self.random.below(self.made.sales.len());
        self.made.customer_reps.push(rep);
        let end = self.random.below(ENDS.len());
        let mut body = json!({
            "name": format!("{} {} {n:05}", self.random.pick(&WORDS), ENDS[end]),
            "kind": KINDS[end],
            "default_sales_rep_id": self.made.sales.get(rep),
            "billing_address": self.address(n),
            "external_ids": {"erp": format!("E{n:06}")},
        });
        // Those that were made first head others.
        match self.made.customers.len() {
            0 => body["kind"] = json!("health_system"),
            _ if self.random.chance(8) => body["parent_customer_id"] = json!(self.random.pick(&self.made.customers)),
            _ => {}
        }
        match n % 40 {
            7 => body["billing_status"] = json!("watch"),
            19 if n % 80 == 19 => {
                body["billing_status"] = json!("hold");
                body["billing_status_reason"] = json!("Does not answer");
            }
            _ => {}
        }
        if self.random.chance(25) {
            body["payment_terms_id"] = json!(self.random.pick(&around.terms));
        }
        if self.random.chance(15) {
            body["basis_date"] = json!(self.random.pick(&["order_date", "usage_date", "delivery_date"]));
        }
        if self.random.chance(10) {
            body["price_list_id"] = json!(self.random.pick(&around.price_lists));
        }
        if self.random.chance(30) {
            body["credit_limit_minor"] = json!(self.random.between(1, 60) * 100_000);
        }
        if self.random.chance(10) {
            let day = Day((self.noon.0.div_euclid(DAY) + self.random.between(-20, 60)) as i32);
            body["next_contact_on"] = json!(day.to_string());
        }
        body["tags"] = self.tags();
        body
    }

    fn address(&mut self, n: usize) -> Value {
        let (city, state, postal) = *self.random.pick(&TOWNS);
        json!({"line1": format!("{} Main Street", n + 1), "city": city, "state": state,
            "postal_code": format!("{postal}{:02}", self.random.below(100)), "country": "US"})
    }

    fn tags(&mut self) -> Value {
        let tags = ["teaching", "trauma", "gpo", "rural"];
        let given: Vec<&str> = tags.into_iter().filter(|_| self.random.chance(4)).collect();
        json!(given)
    }

    async fn locations(&mut self, n: usize, locations: Option<usize>, around: &Around) -> Result<()> {
        // One and some more each, twice the average less one at most.
        let most = (2 * locations.unwrap_or(2 * n) / n.max(1)).saturating_sub(1).max(1);
        let (mut bodies, mut reps) = (Vec::new(), Vec::new());
        for place in 0..self.made.customers.len() {
            for at in 0..1 + self.random.below(most) {
                let (body, rep) = self.location(place, at, around);
                bodies.push(body);
                reps.push(rep);
                self.made.owners.push(place);
            }
        }
        let ids = self.all("locations", bodies, |ctx, tx, body| {
            Ok(app::directory::locations::create_one_of_many(ctx, tx, command(body)?)?.to_string())
        });
        self.made.locations = ids.await?.into_iter().zip(reps).collect();
        Ok(())
    }

    /// A location, and who cares for it.
    fn location(&mut self, place: usize, at: usize, around: &Around) -> (Value, usize) {
        let mut rep = self.made.customer_reps[place];
        let kind = match self.random.below(25) {
            0 => "office",
            1 | 2 => "warehouse",
            3..=6 => "department",
            _ => "facility",
        };
        let mut body = json!({"customer_id": self.made.customers[place], "name": format!("Site {} of {place:05}", at + 1),
            "code": format!("S{at}"), "kind": kind, "time_zone": "America/Chicago", "address": self.address(place)});
        if self.random.chance(3) && !self.made.sales.is_empty() {
            rep = self.random.below(self.made.sales.len());
            body["sales_rep"] = json!({"mode": "assigned", "id": self.made.sales[rep]});
        }
        if self.random.chance(12) {
            body["delivery_instructions"] = json!("Ring at the dock");
        }
        if self.random.chance(3) {
            body["price_list_id"] = json!(self.random.pick(&around.price_lists));
        }
        body["tags"] = self.tags();
        (body, rep)
    }

    /// Customers whose time is over, with a location each.
    async fn gone(&mut self, n: usize) -> Result<()> {
        let bodies = (0..n).map(|n| json!({"name": format!("Closed {} {n:04}", self.random.pick(&ENDS))})).collect();
        self.all("archived customers", bodies, |ctx, tx, body| {
            let id = app::directory::customers::create_one_of_many(ctx, tx, command(body)?)?;
            let place = json!({"customer_id": id, "name": "Main", "code": "S0", "time_zone": "America/Chicago"});
            app::directory::locations::create_one_of_many(ctx, tx, command(place)?)?;
            app::directory::customers::patch(ctx, tx, id, command(json!({"archived": true}))?)?;
            Ok(id.to_string())
        })
        .await?;
        Ok(())
    }
}
