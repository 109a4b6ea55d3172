//! From the case to the paper: submitting a case of 2,000 units, an order of 200 lines as PDF, a month of 5,000 events.

use crate::http::{Connection, Who};
use crate::load::{summary, timed};
use crate::table::{Table, Wanted};
use crate::writes::items;
use crate::{Bench, People};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: &str = "application/json";
/// A month in which nothing else is planned: generated events are of the past year and the next weeks.
const MONTH: &str = "2031-05";
const MONTH_DAYS: usize = 31;
/// Events of that month.
const EVENTS: usize = 5_000;

/// The ids of a page.
fn ids(page: &Value) -> Vec<String> {
    items(page).iter().filter_map(|it| it["id"].as_str().map(str::to_owned)).collect()
}

/// What cases are made of.
struct Ground {
    locations: Vec<String>,
    catalog: Vec<String>,
    reps: Vec<String>,
}

impl Ground {
    fn read(connection: &mut Connection, who: &Who) -> Result<Self> {
        let mut page = |path: &str| -> Result<Vec<String>> { Ok(ids(&connection.json(path, who)?)) };
        let ground = Self {
            locations: page("/api/v1/locations?limit=100")?,
            catalog: page("/api/v1/catalog-items?limit=100&reusable=false")?,
            reps: page("/api/v1/users?role=sales&limit=200")?,
        };
        anyhow::ensure!(
            !ground.locations.is_empty() && !ground.catalog.is_empty() && !ground.reps.is_empty(),
            "no locations, items or reps"
        );
        Ok(ground)
    }

    /// A case with units of its own: so many lots of so many units each.
    fn case(&self, connection: &mut Connection, people: &People, lots: usize, each: usize) -> Result<String> {
        let who = &people.office.token;
        let body = json!({"type": "case", "representative_id": people.rep.id, "location_id": self.locations[0],
            "starts_at": "2026-06-10T15:00:00Z"});
        let event = connection.act("/api/v1/events", who, &body)?;
        let event = event["id"].as_str().context("the event has no id")?.to_owned();
        let mut units = Vec::with_capacity(lots * each);
        for lot in 0..lots {
            let body = json!({"catalog_item_id": self.catalog[lot % self.catalog.len()], "quantity": each,
                "lot": format!("B{}-{lot}", std::process::id()), "expires_on": "2033-01-31",
                "custodian": {"type": "user", "id": people.rep.id}});
            units.extend(ids(&connection.act("/api/v1/units", who, &body)?));
        }
        anyhow::ensure!(units.len() == lots * each, "{} units were made", units.len());
        let lines = json!({"unit_ids": units, "usage": "used"});
        connection.act(&format!("/api/v1/events/{event}/lines"), who, &lines)?;
        Ok(event)
    }
}

/// The slowest of a few times, in milliseconds, as a row.
fn slowest(table: &mut Table, what: &str, wanted: Wanted, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    match (times.first(), times.last()) {
        (Some(quickest), Some(slowest)) => {
            let text = format!("{quickest:.0} to {slowest:.0} ms, of {}", times.len());
            table.value(what, wanted, *slowest, &text);
        }
        _ => table.skipped(what, "nothing was measured"),
    }
}

impl Bench {
    /// A case of 2,000 units: marked, opened, submitted, amended.
    pub fn submit(&self, table: &mut Table, people: &People) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let who = &people.office.token;
        let ground = Ground::read(&mut connection, who)?;
        let (mut opened, mut submitted, mut amended) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..5 {
            let event = ground.case(&mut connection, people, 40, 50)?;
            let (_, took) = timed(|| connection.json(&format!("/api/v1/events/{event}"), who))?;
            opened.push(took * 1000.0);
            let path = format!("/api/v1/events/{event}/submit");
            let (done, took) = timed(|| connection.act(&path, who, &json!({})))?;
            submitted.push(took * 1000.0);
            let line = items(&json!({"items": done["lines"]})).first().map(|it| it["id"].clone());
            let changes = json!({"lines": [{"id": line, "no_charge": true}]});
            let body = json!({"reason": "It was given free of charge", "changes": changes});
            let path = format!("/api/v1/events/{event}/amend");
            let (_, took) = timed(|| connection.act(&path, who, &body))?;
            amended.push(took * 1000.0);
        }
        slowest(table, "submitting a case of 2,000 units", Wanted::AtMost(300.0, "ms"), submitted);
        slowest(table, "the same: opened before", Wanted::Nothing, opened);
        slowest(table, "the same: one line amended afterwards", Wanted::Nothing, amended);
        Ok(())
    }

    /// An order whose 200 units each stand in a line of their own, and one of 2,000 units, as PDF.
    pub fn pdf(&self, table: &mut Table, people: &People) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let who = &people.office.token;
        let ground = Ground::read(&mut connection, who)?;
        for (what, lots, each, wanted) in [
            ("PDF of an order of 200 lines", 200, 1, Wanted::AtMost(500.0, "ms")),
            ("PDF of an order of 2,000 units in 40 lines", 40, 50, Wanted::Nothing),
        ] {
            let event = ground.case(&mut connection, people, lots, each)?;
            let done = connection.act(&format!("/api/v1/events/{event}/submit"), who, &json!({}))?;
            let order = done["sales_order_id"].as_str().context("no sales order was issued")?;
            let path = format!("/api/v1/sales-orders/{order}.pdf");
            let mut times = Vec::new();
            for _ in 0..10 {
                let begun = Instant::now();
                let answer = connection.get(&path, who, "application/pdf")?;
                let took = begun.elapsed();
                anyhow::ensure!(answer.status == 200 && answer.body.starts_with(b"%PDF"), "no paper came");
                times.push(took.as_secs_f64() * 1000.0);
            }
            slowest(table, what, wanted, times);
        }
        Ok(())
    }

    /// A month of 5,000 events: as data, as a page, and for a rep.
    pub fn calendar(&self, table: &mut Table, people: &People) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let who = &people.office.token;
        let query = format!("from={MONTH}-01&to={MONTH}-31T23:59:59Z");
        let path = format!("/api/v1/calendar?{query}");
        let there = items(&connection.json(&path, who)?).len();
        if there < EVENTS {
            let ground = Ground::read(&mut connection, who)?;
            for n in there..EVENTS {
                ground.planned(&mut connection, who, n)?;
            }
        }
        let there = items(&connection.json(&path, who)?).len();
        let page = format!("/calendar?span=month&on={MONTH}-15");
        for (what, path, who, accept, wanted) in [
            ("as data; office", &path, who, JSON, Wanted::P95(50.0)),
            ("as a page; office", &page, &people.office.session, "text/html", Wanted::P95(50.0)),
            ("as data; rep", &path, &people.rep.token, JSON, Wanted::P95(50.0)),
        ] {
            let (mut times, mut bad, begun) = (Vec::<Duration>::new(), 0, Instant::now());
            while begun.elapsed().as_secs_f64() < self.seconds || times.len() < 20 {
                let start = Instant::now();
                let status = connection.get(path, who, accept)?.status;
                times.push(start.elapsed());
                bad += usize::from(status != 200);
            }
            let seen = summary(times, bad, begun.elapsed().as_secs_f64());
            table.load(&format!("calendar of a month of {there} events, {what}"), wanted, &seen, None);
        }
        Ok(())
    }
}

impl Ground {
    /// The nth event of the month: spread over its days, its hours, people and places.
    fn planned(&self, connection: &mut Connection, who: &Who, n: usize) -> Result<()> {
        let (day, hour) = (1 + n % MONTH_DAYS, 12 + (n / MONTH_DAYS) % 10);
        let body = json!({"type": "case", "representative_id": self.reps[n % self.reps.len()],
            "location_id": self.locations[(n * 7) % self.locations.len()],
            "starts_at": format!("{MONTH}-{day:02}T{hour:02}:{:02}:00Z", n % 60)});
        connection.act("/api/v1/events", who, &body)?;
        Ok(())
    }
}
