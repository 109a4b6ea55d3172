//! Transfers, bulk changes, cover, imports and exports.

use crate::http::{Connection, Who};
use crate::limits;
use crate::load::{run, timed};
use crate::server::{Process, resident};
use crate::table::{Table, Wanted};
use crate::{Bench, People};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CLIENTS: usize = 32;

/// The rows of a page.
pub fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Every page of a list, until there are enough rows.
pub fn rows(connection: &mut Connection, path: &str, who: &Who, enough: usize) -> Result<Vec<Value>> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    while rows.len() < enough {
        let page = connection.json(&format!("{path}{cursor}"), who)?;
        rows.extend_from_slice(items(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(rows)
}

impl Bench {
    /// Every client sends units of its own to somebody; single durable commits of the bare engine before and after.
    pub fn transfers(&self, table: &mut Table, people: &People, file: Option<&Path>) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let who = &people.office.token;
        let page = connection.json("/api/v1/users?role=sales&limit=200", who)?;
        let recipients: Vec<Value> = items(&page).iter().map(|it| it["id"].clone()).collect();
        let wanted = (self.seconds * 15_000.0) as usize;
        // From all over the stock: those made last expire in any order, so pages of every index are touched.
        let path = "/api/v1/units?limit=500&state=available&facility_stock=false&sort=expires_on";
        let units = rows(&mut connection, path, who, wanted)?;
        let share = units.len() / CLIENTS;
        let raw = |seconds: f64| file.map(|file| limits::commits(file, seconds)).transpose();
        let before = raw(self.seconds / 2.0)?;
        let seen = run(self.caseload.port, CLIENTS, self.seconds, |it, thread, n| {
            if n >= share {
                bail!("not enough units for so many transfers");
            }
            let unit = &units[thread + n * CLIENTS];
            let (id, from) = (&unit["id"], &unit["custodian"]);
            let to = recipients.iter().cycle().skip(n * 7 + thread).find(|id| **id != from["id"]);
            let body = json!({"from": from, "to": {"type": "user", "id": to}, "unit_ids": [id]});
            Ok(it.post("/api/v1/transfers", who, &body)?.status)
        })?;
        let after = raw(self.seconds / 2.0)?;
        let single = before.zip(after).map(|(before, after)| (before + after) / 2.0);
        let limit = single.map(|rate| (rate, "single commits"));
        table.load("transfer of one unit, durable, 32 clients", Wanted::PerSecond(2_000.0), &seen, limit);
        if let Some(single) = single {
            let ratio = seen.per_second / single;
            let text = format!("{ratio:.2} times");
            table.value("single durable commits in that minute, times as many", Wanted::Nothing, ratio, &text);
        }
        Ok(())
    }

    /// A case with 200 units changes hands.
    pub fn cover(&self, table: &mut Table, people: &People) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let (admin, rep) = (&people.office.token, &people.rep);
        // The case is so far ahead that nothing else is planned, and its units are those that last longest.
        let starts = "2029-01-08T15:00:00Z";
        let path = format!(
            "/api/v1/units?limit=500&state=available&facility_stock=false&sort=-expires_on&custodian_id={}",
            rep.id
        );
        let mut units = rows(&mut connection, &path, admin, 2_000)?;
        units.retain(|unit| unit["expires_on"].as_str().is_none_or(|day| day > &starts[..10]));
        let locations = connection.json("/api/v1/locations?limit=1", admin)?;
        let location = items(&locations).first().map(|it| it["id"].clone()).context("no location")?;
        let people_of_group = connection.json("/api/v1/users?role=sales&limit=50", admin)?;
        let other = items(&people_of_group).iter().map(|it| &it["id"]).find(|id| **id != json!(rep.id)).cloned();
        let (mut looks, mut plans, mut applies) = (Vec::new(), Vec::new(), Vec::new());
        for chunk in units.chunks(200).filter(|chunk| chunk.len() == 200).take(5) {
            let body = json!({"type": "case", "representative_id": rep.id, "location_id": location,
                "starts_at": starts});
            let event = connection.act("/api/v1/events", admin, &body)?;
            let id = event["id"].as_str().context("the event has no id")?.to_owned();
            let ids: Vec<&Value> = chunk.iter().map(|it| &it["id"]).collect();
            let lines = json!({"unit_ids": ids, "usage": "used"});
            connection.act(&format!("/api/v1/events/{id}/lines"), admin, &lines)?;
            let body = json!({"representative_id": other});
            let path = format!("/api/v1/events/{id}/coverage/preview");
            let status = connection.post(&path, admin, &body)?.status;
            if status == 404 || status == 405 {
                table.skipped("cover a case of 200 units", "this build has no POST /events/{id}/coverage/preview");
                return Ok(());
            }
            let candidates = format!("/api/v1/events/{id}/coverage");
            let (_, looked) = timed(|| connection.json(&candidates, admin))?;
            looks.push(looked * 1000.0);
            let (preview, planned) = timed(|| connection.act(&path, admin, &body))?;
            let body = json!({"preview_token": preview["preview_token"]});
            let apply = format!("/api/v1/events/{id}/coverage/apply");
            let (_, applied) = timed(|| connection.act(&apply, admin, &body))?;
            plans.push(planned * 1000.0);
            applies.push(applied * 1000.0);
        }
        for (what, most, mut times) in [("candidates", 30.0, looks), ("plan", 50.0, plans), ("apply", 100.0, applies)] {
            times.sort_by(f64::total_cmp);
            let Some(slowest) = times.last() else {
                table.skipped(&format!("cover a case of 200 units: {what}"), "the rep holds too few units");
                continue;
            };
            let text = format!("{slowest:.0} ms, the slowest of {}", times.len());
            table.value(&format!("cover a case of 200 units: {what}"), Wanted::AtMost(most, "ms"), *slowest, &text);
        }
        Ok(())
    }

    /// A rep is away for two weeks with 60 cases, each in need of three items: one plan for all of them, carried out.
    pub fn absence(&self, table: &mut Table, people: &People) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let (admin, rep) = (&people.office.token, &people.rep);
        let locations = connection.json("/api/v1/locations?limit=60", admin)?;
        let catalog = connection.json("/api/v1/catalog-items?limit=60", admin)?;
        let (places, goods): (Vec<&Value>, Vec<&Value>) = (
            items(&locations).iter().map(|it| &it["id"]).collect(),
            items(&catalog).iter().map(|it| &it["id"]).collect(),
        );
        anyhow::ensure!(!places.is_empty() && goods.len() >= 3, "no locations or items");
        // Every run takes weeks of its own, so that absences do not overlap.
        let weeks = std::process::id() % 400;
        let year = 2031 + weeks / 50;
        let day = |n: usize| format!("{year}-{:02}-{:02}", 1 + (weeks % 50) / 5, 1 + n % 14);
        for n in 0..60 {
            let starts = format!("{}T{:02}:00:00Z", day(n), 13 + n / 14);
            let body = json!({"type": "case", "representative_id": rep.id, "location_id": places[n % places.len()],
                "starts_at": starts});
            let event = connection.act("/api/v1/events", admin, &body)?;
            let id = event["id"].as_str().context("the event has no id")?.to_owned();
            let needs: Vec<Value> =
                (0..3).map(|at| json!({"catalog_item_id": goods[(n * 3 + at) % goods.len()], "quantity": 2})).collect();
            connection.put(&format!("/api/v1/events/{id}/needs"), admin, &json!({"needs": needs}))?;
        }
        let body = json!({"starts_at": format!("{}T00:00:00Z", day(0)), "ends_at": format!("{}T23:00:00Z", day(13))});
        let away = connection.act(&format!("/api/v1/users/{}/absences", rep.id), admin, &body)?;
        let path = format!("/api/v1/users/{}/absences/{}/coverage", rep.id, away["id"].as_str().unwrap_or_default());
        let (plan, planned) = timed(|| connection.act(&format!("{path}/preview"), admin, &json!({})))?;
        let cases = plan["cases"].as_array().map_or(0, Vec::len);
        let text = format!("{planned:.2} s for {cases} cases");
        table.value("an absence with 60 cases: plan", Wanted::AtMost(2.0, "s"), planned, &text);
        let body = json!({"preview_token": plan["preview_token"]});
        let (_, applied) = timed(|| connection.act(&format!("{path}/apply"), admin, &body))?;
        table.value("an absence with 60 cases: apply", Wanted::Nothing, applied, &format!("{applied:.2} s"));
        Ok(())
    }

    /// All units as CSV, streamed; memory of the server is looked at all the while.
    pub fn export(&self, table: &mut Table, people: &People, server: &Process) -> Result<()> {
        let (done, id) = (AtomicBool::new(false), server.id());
        let mut lines = 0;
        let (peak, took) = std::thread::scope(|scope| -> Result<(f64, f64)> {
            let watch = scope.spawn(|| {
                let mut peak: f64 = 0.0;
                while !done.load(Ordering::Relaxed) {
                    peak = peak.max(resident(id).unwrap_or(0.0));
                    std::thread::sleep(Duration::from_millis(20));
                }
                peak
            });
            let mut connection = Connection::open(self.caseload.port)?;
            let exported = timed(|| {
                connection.stream("/api/v1/units?active=all", &people.office.token, "text/csv", &mut |piece| {
                    lines += piece.iter().filter(|byte| **byte == b'\n').count();
                    Ok(())
                })
            });
            done.store(true, Ordering::Relaxed);
            let peak = watch.join().expect("the watching thread panicked");
            let (status, took) = exported?;
            anyhow::ensure!(status == 200, "the export answered {status}");
            Ok((peak, took))
        })?;
        let per_million = took * 1_000_000.0 / (lines.max(2) - 1) as f64;
        let text = format!("{took:.1} s for {} rows", lines - 1);
        table.value("export of all units as CSV, seconds for a million", Wanted::AtMost(10.0, "s"), per_million, &text);
        let text = format!("{peak:.0} MB at most");
        table.value("the same: resident memory", Wanted::AtMost(100.0, "MB"), peak, &text);
        Ok(())
    }

    /// 100,000 units come in as a table.
    pub fn import(&self, table: &mut Table, people: &People, rows: usize) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let who = &people.office.token;
        let catalog = connection.json("/api/v1/catalog-items?limit=200", who)?;
        let numbers: Vec<&str> = items(&catalog).iter().filter_map(|it| it["number"].as_str()).collect();
        let holders = connection.json("/api/v1/users?role=sales&limit=50", who)?;
        let emails: Vec<&str> = items(&holders).iter().filter_map(|it| it["email"].as_str()).collect();
        anyhow::ensure!(!numbers.is_empty() && !emails.is_empty(), "nothing to import for");
        let mut csv = "catalog_number,lot,serial,expires_on,custodian\n".to_owned();
        // Another run on the same data brings other serials.
        let unique = std::process::id();
        for n in 0..rows {
            let serial = if n % 10 == 0 { format!("S{unique}{n}") } else { String::new() };
            let (number, email) = (numbers[n % numbers.len()], emails[n / 7 % emails.len()]);
            let (year, month) = (2028 + n % 4, n % 12 + 1);
            writeln!(csv, "{number},IMP{:05},{serial},{year}-{month:02}-28,{email}", n / 20)?;
        }
        let (status, took) = timed(|| {
            let answer = connection.post_as("/api/v1/imports/units", who, "text/csv", csv.as_bytes())?;
            anyhow::ensure!(answer.status == 200, "the import answered {}: {}", answer.status, head(answer.body));
            Ok(answer.status)
        })?;
        anyhow::ensure!(status == 200, "the import failed");
        let text = format!("{took:.1} s");
        table.value(
            &format!("import of {rows} units"),
            Wanted::AtMost(10.0, "s"),
            took * 100_000.0 / rows as f64,
            &text,
        );
        Ok(())
    }
}

fn head(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned()
}
