//! Lists, pages, single things, search, traces.

use crate::http::{Connection, Who};
use crate::limits::Limits;
use crate::load::{Seen, run, summary, timed};
use crate::table::{Table, Wanted};
use crate::{Bench, People};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: &str = "application/json";
const LIST: Wanted = Wanted::PerSecondAndP99(5_000.0, 20.0);

/// Things of the generated data by which lists are narrowed.
pub struct Known {
    /// Some units.
    pub units: Vec<Value>,
    /// A manufacturer with many units.
    pub manufacturer: String,
    /// An item.
    pub item: String,
    /// A custodian.
    pub custodian: String,
}

impl Known {
    /// What the first pages show.
    pub fn learn(port: u16, who: &Who) -> Result<Self> {
        let mut connection = Connection::open(port)?;
        // The newest units and those that expire last, so that lots, items and holders vary.
        let mut units = Vec::new();
        for sort in ["-created_at", "-expires_on", "created_at", "lot"] {
            let page = connection.json(&format!("/api/v1/units?limit=500&sort={sort}"), who)?;
            units.extend(page["items"].as_array().cloned().unwrap_or_default());
        }
        let last = units.last().context("no units were generated")?;
        let text = |field: &str| last[field].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            manufacturer: text("manufacturer_id"),
            item: text("catalog_item_id"),
            custodian: last["custodian"]["id"].as_str().unwrap_or_default().to_owned(),
            units,
        })
    }

    fn unit(&self, thread: usize, n: usize) -> &Value {
        &self.units[(thread * 577 + n * 31) % self.units.len()]
    }
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

impl Bench {
    fn get(&self, connections: usize, path: &str, who: &Who, accept: &str) -> Result<Seen> {
        run(self.caseload.port, connections, self.seconds, |it, _, _| Ok(it.get(path, who, accept)?.status))
    }

    /// Lists as JSON and as pages, one unit.
    pub fn lists(&self, table: &mut Table, limits: &Limits, people: &People, known: &Known) -> Result<()> {
        let of_list = Some((limits.list, "from memory"));
        let sorted = "sort=expires_on&state=available";
        for (name, person) in people.each() {
            let seen = self.get(32, &format!("/api/v1/units?{sorted}"), &person.token, JSON)?;
            table.load(&format!("list of 50 units by expiry, available; {name}"), LIST, &seen, of_list);
        }
        let narrow = format!("/api/v1/units?sort=expires_on&manufacturer_id={}", known.manufacturer);
        let seen = self.get(32, &narrow, &people.office.token, JSON)?;
        table.load("list of 50 units by expiry, one manufacturer; office", LIST, &seen, of_list);
        for (name, person) in people.each() {
            let seen = self.get(32, &format!("/units?{sorted}"), &person.session, "text/html")?;
            let what = format!("the same as an HTML page; {name}");
            table.load(&what, Wanted::PerSecond(2_500.0), &seen, of_list);
        }
        for (name, person) in [("office", &people.office), ("rep", &people.rep)] {
            let own = Known::learn(self.caseload.port, &person.token)?;
            let seen = run(self.caseload.port, 32, self.seconds, |it, thread, n| {
                let path = format!("/api/v1/units/{}", text(own.unit(thread, n), "id"));
                Ok(it.get(&path, &person.token, JSON)?.status)
            })?;
            let what = format!("one unit with its custody; {name}");
            table.load(&what, Wanted::PerSecond(10_000.0), &seen, Some((limits.row, "from memory")));
        }
        Ok(())
    }

    /// Every filter with every order, one request after the other: the slowest of each kind of viewer.
    pub fn every_list(&self, table: &mut Table, people: &People, known: &Known) -> Result<()> {
        let lot = text(&known.units[0], "lot");
        let filters = [
            String::new(),
            "state=available".into(),
            "state=in_event,on_hold".into(),
            "active=false".into(),
            format!("manufacturer_id={}", known.manufacturer),
            format!("catalog_item_id={}", known.item),
            format!("custodian_id={}", known.custodian),
            format!("lot={lot}"),
            "expires_before=2027-06-01".into(),
            "facility_stock=true".into(),
            "reusable=true".into(),
            "kind=container".into(),
            "q=screw".into(),
            "q=plate+4+mm".into(),
        ];
        for (name, person) in people.each() {
            let paths = filters.iter().flat_map(|filter| {
                ["created_at", "-created_at", "expires_on", "-expires_on", "lot", "-lot", "lot,-expires_on"]
                    .map(|sort| format!("/api/v1/units?sort={sort}&{filter}"))
            });
            self.slowest(table, &format!("units, every sort and filter; {name}"), Wanted::P95(20.0), paths, person)?;
        }
        Ok(())
    }

    /// Asks for each of many addresses some times and tells of the three slowest.
    fn slowest(
        &self,
        table: &mut Table,
        what: &str,
        wanted: Wanted,
        paths: impl Iterator<Item = String>,
        person: &crate::Person,
    ) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let mut each = Vec::new();
        for path in paths {
            let mut times = Vec::new();
            let mut bad = 0;
            for _ in 0..12 {
                let begun = Instant::now();
                let status = connection.get(&path, &person.token, JSON)?.status;
                times.push(begun.elapsed());
                bad += usize::from(status != 200);
            }
            let took = times.iter().map(Duration::as_secs_f64).sum();
            each.push((summary(times, bad, took), path));
        }
        each.sort_by(|(a, _), (b, _)| b.p95.total_cmp(&a.p95));
        let within = |limit: f64| each.iter().filter(|(seen, _)| seen.p95 <= limit).count();
        if let Wanted::P95(limit) = wanted {
            let text = format!("{} of {} addresses", within(limit), each.len());
            table.value(&format!("{what}: within {limit} ms"), Wanted::Nothing, within(limit) as f64, &text);
        }
        for (seen, path) in each.iter().take(3) {
            let path = path.trim_start_matches("/api/v1/");
            table.load(&format!("{what}: `{path}`"), wanted, seen, None);
        }
        Ok(())
    }

    /// What is found by a scan, a serial number, a lot, words.
    pub fn search(&self, table: &mut Table, people: &People, known: &Known) -> Result<()> {
        let wanted = Wanted::P95(5.0);
        let port = self.caseload.port;
        let labels: Vec<String> = labels(port, &people.office.token, known)?;
        for (name, person) in [("office", &people.office), ("rep", &people.rep)] {
            if !labels.is_empty() {
                let seen = run(port, 2, self.seconds, |it, thread, n| {
                    let body = json!({"barcode": labels[(thread * 7 + n) % labels.len()]});
                    Ok(it.post("/api/v1/units/scan", &person.token, &body)?.status)
                })?;
                table.load(&format!("search by scan; {name}"), wanted, &seen, None);
            }
            let serials: Vec<&str> =
                known.units.iter().map(|unit| text(unit, "serial")).filter(|text| !text.is_empty()).collect();
            if serials.is_empty() {
                table.skipped(&format!("search by serial number; {name}"), "no unit has one");
            } else {
                let seen = run(port, 2, self.seconds, |it, thread, n| {
                    let path = format!("/api/v1/units?q={}", serials[(thread * 7 + n) % serials.len()]);
                    Ok(it.get(&path, &person.token, JSON)?.status)
                })?;
                table.load(&format!("search by serial number; {name}"), wanted, &seen, None);
            }
            let seen = run(port, 2, self.seconds, |it, thread, n| {
                let path = format!("/api/v1/units?q={}", text(known.unit(thread, n), "lot"));
                Ok(it.get(&path, &person.token, JSON)?.status)
            })?;
            table.load(&format!("search by lot; {name}"), wanted, &seen, None);
            let words = ["screw", "plate 9 mm", "acetabular cup 4 mm", "pedicle 33", "locking", "line liner"];
            for sort in ["", "&sort=expires_on"] {
                let seen = run(port, 2, self.seconds, |it, thread, n| {
                    let words = words[(thread + n) % words.len()].replace(' ', "+");
                    Ok(it.get(&format!("/api/v1/units?q={words}{sort}"), &person.token, JSON)?.status)
                })?;
                let order = if sort.is_empty() { "newest first" } else { "by expiry" };
                table.load(&format!("search by words, {order}; {name}"), wanted, &seen, None);
            }
        }
        Ok(())
    }

    /// Where a lot is and has been.
    pub fn trace(&self, table: &mut Table, people: &People, known: &Known) -> Result<()> {
        let seen = run(self.caseload.port, 1, self.seconds, |it, thread, n| {
            let unit = known.unit(thread, n);
            let (item, lot) = (text(unit, "catalog_item_id"), text(unit, "lot"));
            Ok(it.get(&format!("/api/v1/trace?catalog_item_id={item}&lot={lot}"), &people.office.token, JSON)?.status)
        })?;
        table.load("lot trace over the whole journal", Wanted::P95(50.0), &seen, None);
        Ok(())
    }

    /// Other pages that people look at all day.
    pub fn others(&self, table: &mut Table, people: &People) -> Result<()> {
        let page = Wanted::P95(30.0);
        for (name, person) in [("office", &people.office), ("rep", &people.rep)] {
            for path in ["/", "/events", "/customers", "/transfers"] {
                let seen = self.get(1, path, &person.session, "text/html")?;
                table.load(&format!("page {path}; {name}"), page, &seen, None);
            }
            let seen = self.get(1, "/api/v1/dashboard", &person.token, JSON)?;
            table.load(&format!("dashboard; {name}"), page, &seen, None);
        }
        Ok(())
    }

    /// The mean time of a list and of one unit, one request after the other, in milliseconds.
    pub fn alone(&self, who: &Who) -> Result<(f64, f64)> {
        let known = Known::learn(self.caseload.port, who)?;
        let mut connection = Connection::open(self.caseload.port)?;
        let mut mean = |path: &dyn Fn(usize) -> String| -> Result<f64> {
            for n in 0..200 {
                connection.get(&path(n), who, JSON)?;
            }
            let ((), took) = timed(|| {
                for n in 0..2_000 {
                    connection.get(&path(n), who, JSON)?;
                }
                Ok(())
            })?;
            Ok(took / 2.0)
        };
        let list = mean(&|_| "/api/v1/units?sort=expires_on&state=available".into())?;
        let detail = mean(&|n| format!("/api/v1/units/{}", text(known.unit(0, n), "id")))?;
        Ok((list, detail))
    }
}

/// Labels as they would be scanned: item, expiry and lot in one symbol.
fn labels(port: u16, who: &Who, known: &Known) -> Result<Vec<String>> {
    let mut connection = Connection::open(port)?;
    let mut labels = Vec::new();
    for unit in known.units.iter().step_by(97) {
        let item = connection.json(&format!("/api/v1/catalog-items/{}", text(unit, "catalog_item_id")), who)?;
        let (di, lot, day) = (text(&item, "udi_di"), text(unit, "lot"), text(unit, "expires_on"));
        if di.len() == 14 && day.len() == 10 && !lot.is_empty() {
            labels.push(format!("(01){di}(17){}{}{}(10){lot}", &day[2..4], &day[5..7], &day[8..10]));
        }
    }
    Ok(labels)
}
