//! Made-up data of any size for the first organisation: the use cases themselves, many to a unit of work, so that what they
//! make obeys every rule and `verify` proves it. The same seed makes the same data.

mod directory;
mod orders;

use crate::cli::open_with;
use crate::demo::Random;
use crate::people::plain;
use anyhow::{Context, Result};
use app::{App, Config, Ctx, Source, Tx};
use clap::Args;
use db::{Engine, Options};
use domain::clock::{Clock, Day, Instant, SystemClock};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How much to make.
#[derive(Args, Debug, Clone)]
pub struct Generate {
    /// Units.
    #[arg(long, default_value_t = 10_000)]
    pub units: usize,
    /// People.
    #[arg(long, default_value_t = 50)]
    pub users: usize,
    /// Customers.
    #[arg(long, default_value_t = 500)]
    pub customers: usize,
    /// About so many locations; two of each customer when not said.
    #[arg(long)]
    pub locations: Option<usize>,
    /// Orders of the past three years, put down as rows with their invoices and payments.
    #[arg(long, default_value_t = 0)]
    pub orders: usize,
    /// Events of the past year and of the weeks to come.
    #[arg(long, default_value_t = 2_000)]
    pub events: usize,
    /// The same seed makes the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

const DAY: i64 = 86_400_000_000;
/// How many use cases are in one unit of work, and how many units are under way.
///
/// The embedded engine has one writer, which takes units in their order and commits many at once. It keeps what is needed to
/// undo each unit, and every statement walks over what its unit has kept so far: one command a unit. A server would carry
/// them out in any order, and the same seed makes the same data.
fn pace(engine: Engine) -> (usize, usize) {
    match engine {
        Engine::Sqlite => (1, 4_096),
        Engine::Postgres => (100, 1),
    }
}
/// Units of one item with one custodian that are made together.
const ALIKE: usize = 50;
/// The same of units with serial numbers, which are made one by one.
const SERIALS: usize = 10;

/// Stands still: ids and moments follow from the seed and the day.
#[derive(Debug)]
struct Noon(Instant);

impl Clock for Noon {
    fn now(&self) -> Instant {
        self.0
    }
}

/// What was made so far, by id.
#[derive(Default)]
struct Made {
    sales: Vec<String>,
    holders: Vec<String>,
    items: Vec<(String, String)>,
    locations: Vec<(String, usize)>,
    /// The customer of each location, by its place among the customers.
    owners: Vec<usize>,
    physicians: Vec<String>,
    procedures: Vec<String>,
    customers: Vec<String>,
    /// Who cares for each customer, by place among those who sell.
    customer_reps: Vec<usize>,
}

/// Makes the data and tells of progress on standard error.
pub async fn generate(url: &str, wish: Generate) -> Result<()> {
    // Whatever waits here waits for nobody, and a busy disk may take its time. Rows land all over every index: what is
    // written once for many of them is written a hundred times less.
    let options = Options {
        unit_limit: Duration::from_secs(600),
        group_units: 4_096,
        group_time: Duration::from_secs(3),
        writer_pages: (64_000, 160_000),
        log_max_bytes: 1 << 30,
        ..Options::default()
    };
    let db = open_with(url, options).await?;
    db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
    // The last noon that has gone by: nothing is made in the future.
    let morning = SystemClock.now().0 - DAY / 2;
    let noon = Instant(morning - morning.rem_euclid(DAY) + DAY / 2);
    let app = App::new(db, Arc::new(Noon(noon)), wish.seed, Config::default());
    let admin = app.first_admin().await.map_err(plain)?.context("no organisation yet; run `caseload init` first")?;
    let ctx = app.context_of(&admin, Source::CommandLine).await.map_err(plain)?.context("the admin is gone")?;
    let mut maker = Maker { app, ctx, random: Random(wish.seed), made: Made::default(), noon };
    maker.people(wish.users).await.context("people")?;
    maker.catalog(wish.units).await.context("the catalog")?;
    maker.directory(wish.customers, wish.locations).await.context("customers")?;
    maker.orders(wish.orders).await.context("orders")?;
    maker.units(wish.units).await.context("units")?;
    maker.events(wish.events).await.context("events")?;
    maker.seal().await?;
    maker.app.db().clone().close().await;
    println!(
        "Made {} units, {} people, {} customers, {} orders, {} events.",
        wish.units, wish.users, wish.customers, wish.orders, wish.events
    );
    Ok(())
}

struct Maker {
    app: App,
    ctx: Ctx,
    random: Random,
    made: Made,
    noon: Instant,
}

/// A command read from JSON, as the API reads it.
fn command<T: serde::de::DeserializeOwned>(value: Value) -> app::Result<T> {
    serde_json::from_value(value).map_err(|error| app::Error::Internal(error.to_string()))
}

fn progress(what: &str, done: usize, all: usize) {
    eprintln!("{what}: {done} of {all}");
}

impl Maker {
    /// Carries many commands out, many in one unit of work; gives the ids of what they made.
    async fn all<F>(&self, what: &str, bodies: Vec<Value>, make: F) -> Result<Vec<String>>
    where
        F: Fn(&Ctx, &mut Tx, Value) -> app::Result<String> + Send + Sync + Copy + 'static,
    {
        let total = bodies.len();
        let mut made = Vec::with_capacity(total);
        let mut told = 0;
        let (batch, at_once) = pace(self.app.db().engine());
        let mut batches = bodies.chunks(batch).map(|batch| {
            let batch = batch.to_vec();
            let (app, ctx) = (self.app.clone(), self.ctx.clone());
            async move {
                let all = move |ctx: &Ctx, tx: &mut Tx| batch.iter().map(|body| make(ctx, tx, body.clone())).collect();
                app.write(&ctx, all).await.map(|ids: Vec<String>| ids)
            }
        });
        let mut under_way: FuturesOrdered<_> = batches.by_ref().take(at_once).collect();
        while let Some(ids) = under_way.next().await {
            made.extend(ids.map_err(plain)?);
            under_way.extend(batches.next());
            if made.len() - told >= total.div_ceil(10) || made.len() == total {
                told = made.len();
                progress(what, made.len(), total);
            }
        }
        Ok(made)
    }

    async fn people(&mut self, n: usize) -> Result<()> {
        let role = |n: usize| match n % 20 {
            0 => "distributor",
            1 if n < 20 => "regional_manager",
            2 if n < 100 => "operations",
            _ => "sales",
        };
        let mut counts = std::collections::HashMap::new();
        let bodies: Vec<Value> = (0..n)
            .map(|n| {
                let role = role(n);
                let count = counts.entry(role).or_insert(0);
                *count += 1;
                let short = match role {
                    "sales" => "rep",
                    "distributor" => "distributor",
                    "regional_manager" => "manager",
                    _ => "office",
                };
                let rate = matches!(role, "sales" | "distributor").then_some(1000);
                json!({"email": format!("{short}{count:04}@generated.test"), "role": role, "name": format!("{} {count:04}", short.to_uppercase()),
                    "shares_inventory": role == "distributor", "commission_rate_bp": rate})
            })
            .collect();
        let ids = self.all("people", bodies.clone(), |ctx, tx, body| {
            let user = app::people::create_user(ctx, tx, &command(body)?)?;
            if user.role.needs_training() {
                app::people::complete_training(ctx, tx, user.id)?;
            }
            Ok(user.id.to_string())
        });
        let ids = ids.await?;
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for (id, body) in ids.iter().zip(&bodies) {
            match body["role"].as_str() {
                Some("distributor") => groups.push((id.clone(), Vec::new())),
                Some("sales") => {
                    self.made.sales.push(id.clone());
                    if let Some((_, group)) = groups.last_mut() {
                        group.push(id.clone());
                    }
                }
                _ => continue,
            }
            self.made.holders.push(id.clone());
        }
        let groups: Vec<Value> =
            groups.into_iter().map(|(leader, group)| json!({"leader": leader, "user_ids": group})).collect();
        self.all("groups", groups, |ctx, tx, body| {
            let leader = body["leader"].as_str().unwrap_or_default().parse().map_err(|_| app::Error::not_found())?;
            app::people::put_representatives(ctx, tx, leader, &command(json!({"user_ids": body["user_ids"]}))?)?;
            Ok(String::new())
        })
        .await?;
        Ok(())
    }

    async fn catalog(&mut self, units: usize) -> Result<()> {
        let makers = (1..=12).map(|n| json!({"name": format!("Maker {n:02}")})).collect();
        let makers = self.all("manufacturers", makers, |ctx, tx, body| {
            Ok(app::catalog::create_manufacturer(ctx, tx, command(body)?)?.id.to_string())
        });
        let makers = makers.await?;
        let lines = (0..36)
            .map(|n| json!({"name": format!("Line {n:02}"), "manufacturer_id": makers[n % makers.len()]}))
            .collect();
        let lines = self.all("product lines", lines, |ctx, tx, body| {
            Ok(app::catalog::create_product_line(ctx, tx, command(body)?)?.id.to_string())
        });
        let lines = lines.await?;
        let kinds =
            ["Acetabular cup", "Femoral stem", "Bone screw", "Pedicle screw", "Locking plate", "Liner", "Cage", "Rod"];
        let bodies: Vec<Value> = (0..(units / 200).clamp(40, 4_000))
            .map(|n| {
                let body = format!("09506{n:08}");
                let gtin = udi::check_digit(&body).map(|digit| format!("{body}{digit}"));
                json!({"manufacturer_id": makers[n % 12], "number": format!("ITM-{n:05}"), "kind": "device", "product_line_ids": [lines[n % 36]],
                    "description": format!("{} {} mm", kinds[n % kinds.len()], 4 + n % 60), "udi_di": gtin, "reusable": n % 50 == 49,
                    "list_price_minor": 5_000 + (n as i64 * 977) % 200_000, "cost_minor": 2_000 + (n as i64 * 431) % 80_000})
            })
            .collect();
        let ids = self.all("catalog items", bodies.clone(), |ctx, tx, body| {
            Ok(app::catalog::create_item(ctx, tx, command(body)?)?.id.to_string())
        });
        let makers = bodies.iter().map(|body| body["manufacturer_id"].as_str().unwrap_or_default().to_owned());
        self.made.items = ids.await?.into_iter().zip(makers).collect();
        Ok(())
    }

    /// Lots of many alike; one in ten of them is a few units with serial numbers instead.
    async fn units(&mut self, n: usize) -> Result<()> {
        let mut left = n;
        let mut bodies = Vec::with_capacity(n / ALIKE + 1);
        while left > 0 {
            let serials = self.random.chance(10);
            let alike = if serials { SERIALS } else { ALIKE }.min(left);
            left -= alike;
            let (item, _) = self.random.pick(&self.made.items).clone();
            let days = if self.random.chance(5) { self.random.between(-30, 60) } else { self.random.between(90, 1500) };
            let day = Day((self.noon.0.div_euclid(DAY) + days) as i32);
            let lot = format!("L{:06}", self.random.below(400_000));
            let mut unit =
                json!({"catalog_item_id": item, "quantity": alike, "lot": lot, "expires_on": day.to_string()});
            if !self.made.holders.is_empty() && !self.random.chance(20) {
                unit["custodian"] = json!({"type": "user", "id": self.random.pick(&self.made.holders)});
            }
            bodies.push(json!({"unit": unit, "serials": serials, "from": n - left - alike}));
        }
        self.all("lots of units", bodies, |ctx, tx, body| {
            if body["serials"] != json!(true) {
                app::units::create(ctx, tx, command(body["unit"].clone())?)?;
                return Ok(String::new());
            }
            let alike = body["unit"]["quantity"].as_u64().unwrap_or_default();
            for n in 0..alike {
                let mut unit = body["unit"].clone();
                unit["quantity"] = json!(1);
                unit["serial"] = json!(format!("SN{:08}", body["from"].as_u64().unwrap_or_default() + n));
                app::units::create(ctx, tx, command(unit)?)?;
            }
            Ok(String::new())
        })
        .await?;
        Ok(())
    }

    /// Nine of ten in the past year; a quarter of those used something and were submitted. One in fifty of all is a stocking
    /// order, whose units stay on the shelf of the location.
    async fn events(&mut self, n: usize) -> Result<()> {
        if self.made.sales.is_empty() || self.made.locations.is_empty() {
            return Ok(());
        }
        let bodies: Vec<Value> = (0..n)
            .map(|n| {
                let (location, rep) = self.random.pick(&self.made.locations).clone();
                let days = if n % 10 == 9 { self.random.between(0, 28) } else { self.random.between(-365, -1) };
                let starts = Instant(self.noon.0 + days * DAY + self.random.between(0, 8) * 3_600_000_000);
                let (_, maker) = self.random.pick(&self.made.items).clone();
                let stocks = n % 50 == 24 && days < 0;
                let mut event = json!({"type": if stocks { "stocking_order" } else { "case" }, "representative_id": self.made.sales[rep],
                    "location_id": location, "starts_at": starts.rfc3339(), "manufacturer_ids": [maker]});
                if !stocks {
                    event["physician_id"] = json!(self.random.pick(&self.made.physicians));
                    event["procedure_id"] = json!(self.random.pick(&self.made.procedures));
                }
                json!({"uses": if stocks { 3 } else { usize::from(n % 4 == 0 && days < 0) }, "event": event})
            })
            .collect();
        self.all("events", bodies, |ctx, tx, body| {
            let event = app::events::plan::create(ctx, tx, command(body["event"].clone())?)?;
            let uses = body["uses"].as_u64().unwrap_or_default() as usize;
            if uses == 0 {
                return Ok(String::new());
            }
            let params = contract::ListParams { limit: Some(3), ..contract::ListParams::default() };
            let usable = app::events::lines::usable_units(ctx, tx, event.head.id, &params)?.items;
            let units: Vec<_> = usable.iter().take(uses).map(|unit| unit.id).collect();
            if !units.is_empty() {
                let lines = json!({"unit_ids": units, "usage": "used"});
                app::events::lines::add(ctx, tx, event.head.id, command(lines)?)?;
                let keeps = body["event"]["type"] == json!("stocking_order");
                let how = if keeps { json!({"keep_as_facility_stock": true}) } else { json!({}) };
                if keeps {
                    released(app::events::plan::release_hold(ctx, tx, event.head.id, "They pay in advance."))?;
                }
                app::events::settle::submit(ctx, tx, event.head.id, &command(how)?)?;
            }
            Ok(String::new())
        })
        .await?;
        Ok(())
    }

    async fn seal(&self) -> Result<()> {
        eprintln!("sealing the journal");
        crate::demo::seal(&self.app).await
    }
}

/// An order is let pass where its customer is on a billing hold; most are not.
fn released<T>(answer: app::Result<T>) -> app::Result<()> {
    match answer {
        Ok(_) | Err(app::Error::Conflict { code: "not_on_hold", .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
