//! Customers and locations: every order under every filter, page after page, as JSON and as pages; their exports; changes of many.

use crate::http::Connection;
use crate::load::{Seen, summary, timed};
use crate::table::{Table, Wanted};
use crate::{Bench, People, Person};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: &str = "application/json";
const HTML: &str = "text/html";
/// Any list, order or filter.
const LIST: Wanted = Wanted::P95(30.0);
/// How often an address is asked for; where one of them was slow, so often again that a single pause of the machine is not the
/// ninety-fifth of a hundred.
const ASKED: usize = 6;
const ASKED_AGAIN: usize = 34;
/// Rows of a change of many.
const MANY: usize = 10_000;

/// A list with what it can be narrowed by; what somebody may not use, or what this build does not know, is left out.
struct Kind {
    name: &'static str,
    filters: &'static [&'static str],
    /// Orders by several columns.
    several: &'static [&'static str],
}

const COMMON: [&str; 22] = [
    "",
    "count=true",
    "archived=all&count=true",
    "archived=true",
    "q=mercy&count=true",
    "q=site",
    "q=mer+00",
    "tags=trauma&count=true",
    "price_list=none",
    "engaged=false&count=true",
    "engaged=true&count=true",
    "engagement=never_ordered&count=true",
    "engagement=new",
    "engagement=slipping&count=true",
    "engagement=slipping,lapsed",
    "orders_total_from=20000000&count=true",
    "orders_total_from=99999999999",
    "orders_count_from=2&count=true",
    "orders_count_from=30&orders_avg_to=240000",
    "last_order_on_to=2026-06-30",
    "overdue_by_from=30&count=true",
    "created_at_from=2026-01-01",
];

const CUSTOMERS: Kind = Kind {
    name: "customers",
    filters: &[
        "kind=clinic&count=true",
        "kind=health_system",
        "billing_status=watch&count=true",
        "billing_status=hold,blocked",
        "billing_status=closed",
        "billing_status=good&q=lake&count=true",
        "billing_status_set=watch",
        "billing_status_auto=true&count=true",
        "credit_signal=over_limit",
        "past_due_from=1&count=true",
        "open_balance_from=100000&orders_count_to=20",
        "available_credit_to=0",
        "exposure_from=1000000&kind=clinic",
        "avg_days_to_pay_from=40",
        "oldest_due_to=2026-10-31",
        "default_sales_rep=none",
        "payment_terms=none&count=true",
        "basis_date=usage_date",
        "terms_differ=true&count=true",
        "parent=none",
        "name=summit",
        "external_id=E000777",
        "next_contact_on_to=2027-01-15",
        "locations_count_from=5&count=true",
        "tasks_open_from=1",
        "window=last_90_days",
        "window=last_90_days&orders_count_from=3&count=true",
        "window=this_year&orders_total_from=10000000",
        "window=last_12_months&kind=asc&count=true",
        "window=custom&window_from=2026-01-01&window_to=2026-03-31",
    ],
    several: &[
        "billing_status,-orders_total",
        "kind,name",
        "default_sales_rep,-open_balance,name",
        "basis_date,-last_order_on",
    ],
};

const LOCATIONS: Kind = Kind {
    name: "locations",
    filters: &[
        "kind=warehouse&count=true",
        "kind=facility&count=true",
        "city=omaha&count=true",
        "state=il&count=true",
        "postal_code=606",
        "state=wi&orders_count_from=12&count=true",
        "sales_rep_mode=assigned&count=true",
        "sales_rep_mode=none",
        "sales_rep=none",
        "sales_rep_source=location",
        "delivery_instructions=true&count=true",
        "tasks_open_from=1",
        "stock_on_site_units_from=1",
        "window=last_90_days",
        "window=last_90_days&orders_count_from=2&count=true",
        "window=this_year&state=oh",
        "window=custom&window_from=2026-01-01&window_to=2026-03-31",
    ],
    several: &["state,city,name", "kind,-orders_total", "sales_rep,customer"],
};

/// What was seen at one address.
struct At {
    path: String,
    seen: Seen,
}

impl Bench {
    /// Lists of customers for everybody, their export, changes of many.
    pub fn customer_lists(&self, table: &mut Table, people: &People) -> Result<()> {
        self.every(table, people, &CUSTOMERS)?;
        self.file(table, people, "customers")
    }

    /// Lists of locations for everybody, and their export.
    pub fn location_lists(&self, table: &mut Table, people: &People) -> Result<()> {
        self.every(table, people, &LOCATIONS)?;
        self.file(table, people, "locations")
    }

    fn every(&self, table: &mut Table, people: &People, kind: &Kind) -> Result<()> {
        for (name, person) in people.each() {
            let list = kind.name;
            let sorts = self.sorts(kind, person)?;
            let filters = self.answered(kind.filters.iter().chain(&COMMON).copied(), list, person)?;
            let (own_days, filters): (Vec<&str>, Vec<&str>) = filters.into_iter().partition(|it| it.contains("custom"));
            let all = |filters: &[&str]| -> Vec<String> {
                let of = |sort: &String| {
                    filters.iter().map(|filter| format!("/api/v1/{list}?sort={sort}&{filter}")).collect::<Vec<_>>()
                };
                sorts.iter().flat_map(of).collect()
            };
            let what = format!("{list}, {} orders under {} filters; {name}", sorts.len(), filters.len());
            self.sweep(table, &what, all(&filters).into_iter(), person, JSON)?;
            let what = format!("{list}, each order with figures of days of one's own; {name}");
            self.sweep(table, &what, all(&own_days).into_iter(), person, JSON)?;
            let later = self.later(list, &sorts, person)?;
            self.sweep(
                table,
                &format!("{list}, the tenth page of each order; {name}"),
                later.into_iter(),
                person,
                JSON,
            )?;
            // The statements are the same: each order and each filter once.
            let pages = sorts.iter().map(|sort| format!("/{list}?sort={sort}"));
            let pages = pages.chain(filters.iter().map(|filter| format!("/{list}?{filter}")));
            self.sweep(table, &format!("{list} as pages, each order and each filter; {name}"), pages, person, HTML)?;
        }
        Ok(())
    }

    /// Every order in both directions, as the list itself tells them.
    fn sorts(&self, kind: &Kind, person: &Person) -> Result<Vec<String>> {
        let mut connection = Connection::open(self.caseload.port)?;
        let path = format!("/api/v1/{}?sort=nothing", kind.name);
        let text = String::from_utf8_lossy(connection.get(&path, &person.token, JSON)?.body).into_owned();
        let told = text.split("can be sorted by ").nth(1).context("the list does not tell its orders")?;
        let names = told.split('.').next().unwrap_or_default().split(", ");
        // Of two names for one column the shorter is enough.
        let twice =
            ["_minor", "_id", "engagement_stage", "engaged", "expected_next_on", "oldest_due_on", "customer_name"];
        let names = names.filter(|name| !twice.iter().any(|end| name.ends_with(end)));
        let single: Vec<String> = names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
        let several = kind.several.iter().map(|sort| format!("sort={sort}")).collect::<Vec<_>>();
        let several = self.answered(several.iter().map(String::as_str), kind.name, person)?;
        let several = several.into_iter().map(|sort| sort.trim_start_matches("sort=").to_owned());
        Ok(single.into_iter().chain(several).collect())
    }

    fn answered<'f>(
        &self,
        filters: impl Iterator<Item = &'f str>,
        list: &str,
        person: &Person,
    ) -> Result<Vec<&'f str>> {
        let mut connection = Connection::open(self.caseload.port)?;
        let mut known = Vec::new();
        for filter in filters {
            let path = format!("/api/v1/{list}?limit=1&{filter}");
            if connection.get(&path, &person.token, JSON)?.status == 200 {
                known.push(filter);
            }
        }
        Ok(known)
    }

    /// The address of the tenth page of each order.
    fn later(&self, list: &str, sorts: &[String], person: &Person) -> Result<Vec<String>> {
        let mut connection = Connection::open(self.caseload.port)?;
        let mut later = Vec::new();
        for sort in sorts {
            let first = format!("/api/v1/{list}?sort={sort}");
            let mut at = first.clone();
            for _ in 1..10 {
                let page = connection.json(&at, &person.token)?;
                let Some(next) = page["next_cursor"].as_str() else { break };
                at = format!("{first}&cursor={next}");
            }
            later.push(at);
        }
        Ok(later)
    }

    /// Asks for each of many addresses some times: all of them together, and the three slowest.
    fn sweep(
        &self,
        table: &mut Table,
        what: &str,
        paths: impl Iterator<Item = String>,
        person: &Person,
        accept: &str,
    ) -> Result<()> {
        let who = if accept == HTML { &person.session } else { &person.token };
        let mut connection = Connection::open(self.caseload.port)?;
        let (mut all, mut each, mut wrong) = (Vec::new(), Vec::<At>::new(), 0);
        for path in paths {
            let (mut times, mut bad) = (Vec::new(), 0);
            for most in [ASKED, ASKED + ASKED_AGAIN] {
                while times.len() < most {
                    let begun = Instant::now();
                    let status = connection.get(&path, who, accept)?.status;
                    times.push(begun.elapsed());
                    bad += usize::from(status != 200);
                }
                if times.iter().all(|time| time.as_secs_f64() * 1000.0 <= 30.0) {
                    break;
                }
            }
            all.extend_from_slice(&times);
            wrong += bad;
            let took = times.iter().map(Duration::as_secs_f64).sum();
            each.push(At { path, seen: summary(times, bad, took) });
        }
        let took = all.iter().map(Duration::as_secs_f64).sum();
        table.load(&format!("{what}: all"), LIST, &summary(all, wrong, took), None);
        each.sort_by(|a, b| b.seen.p95.total_cmp(&a.seen.p95));
        let within = each.iter().filter(|it| it.seen.p95 <= 30.0).count();
        let text = format!("{within} of {} addresses", each.len());
        table.value(&format!("{what}: within 30 ms"), Wanted::Nothing, within as f64, &text);
        for it in each.iter().filter(|it| it.seen.p95 > 30.0 * table.slack) {
            eprintln!("{what}: p50 {:.1} p95 {:.1} {}", it.seen.p50, it.seen.p95, it.path);
        }
        for it in each.iter().take(3) {
            table.load(&format!("{what}: `{}`", it.path.trim_start_matches("/api/v1")), LIST, &it.seen, None);
        }
        Ok(())
    }

    /// All rows as CSV.
    fn file(&self, table: &mut Table, people: &People, list: &str) -> Result<()> {
        let mut connection = Connection::open(self.caseload.port)?;
        let mut lines = 0;
        let (status, took) = timed(|| {
            connection.stream(&format!("/api/v1/{list}"), &people.office.token, "text/csv", &mut |piece| {
                lines += piece.iter().filter(|byte| **byte == b'\n').count();
                Ok(())
            })
        })?;
        ensure!(status == 200 && lines > 1, "the export of {list} answered {status}");
        let text = format!("{took:.1} s for {} rows", lines - 1);
        let of_50_000 = took * 50_000.0 / (lines - 1) as f64;
        let what = format!("export of {list} as CSV, seconds for 50,000");
        table.value(&what, Wanted::AtMost(3.0, "s"), of_50_000, &text);
        Ok(())
    }

    /// Changes of 10,000 customers, each of another field: preview, apply, wait for the job.
    pub fn changes(&self, table: &mut Table, people: &People) -> Result<()> {
        let who = &people.office.token;
        let mut connection = Connection::open(self.caseload.port)?;
        let customers = crate::writes::rows(&mut connection, "/api/v1/customers?limit=500", who, MANY)?;
        if customers.len() < MANY {
            let why = format!("there are {} customers", customers.len());
            table.skipped("bulk change of 10,000 customers: preview and apply", &why);
            return Ok(());
        }
        let ids: Vec<&Value> = customers.iter().take(MANY).map(|it| &it["id"]).collect();
        // Every run takes others, so that all rows change.
        let turn = std::process::id() as usize;
        let mut some = |path: &str| -> Result<Value> {
            let page = connection.json(path, who)?;
            let rows = page["items"].as_array().filter(|it| !it.is_empty()).context("nothing to choose from")?;
            Ok(rows[turn % rows.len()]["id"].clone())
        };
        let rep = some("/api/v1/users?role=sales&limit=100")?;
        let terms = some("/api/v1/payment-terms?limit=100")?;
        let limit = 1_000_000 + (turn as i64) * 100;
        let basis = ["order_date", "usage_date", "ship_date", "delivery_date"][turn % 4];
        let changes = [
            ("default sales rep", json!({"default_sales_rep": {"op": "set", "id": rep}})),
            ("payment terms", json!({"payment_terms_id": {"op": "set", "id": terms}})),
            ("basis date", json!({"basis_date": {"op": "set", "value": basis}})),
            ("credit limit", json!({"credit_limit_minor": {"op": "set", "value": limit}})),
        ];
        for (field, set) in changes {
            let what = format!("bulk change of {MANY} customers, {field}: preview and apply");
            let body = json!({"ids": ids, "set": set, "reason": "Measured"});
            match self.change(&mut connection, who, &body) {
                Ok((preview, took, done)) => {
                    let text = format!("{took:.2} s, of that preview {preview:.2} s; {done} changed");
                    table.value(&what, Wanted::AtMost(2.0, "s"), took, &text);
                }
                Err(error) => table.skipped(&what, &format!("{error:#}")),
            }
        }
        Ok(())
    }

    /// Seconds of the preview and of all of it, and how many rows changed.
    fn change(&self, connection: &mut Connection, who: &crate::http::Who, body: &Value) -> Result<(f64, f64, Value)> {
        let (preview, looked) = timed(|| connection.act("/api/v1/customers/bulk/preview", who, body))?;
        let (job, applied) = timed(|| {
            let mut apply = json!({"preview_token": preview["preview_token"]});
            if preview["confirm_rows"].is_number() {
                apply["confirm_rows"] = preview["confirm_rows"].clone();
            }
            let mut job = connection.act("/api/v1/customers/bulk/apply", who, &apply)?;
            while !matches!(job["status"].as_str(), Some("done" | "failed")) {
                ensure!(job["waits_for"].is_null(), "the bulk change waits for {}", job["waits_for"]);
                std::thread::sleep(Duration::from_millis(5));
                let id = job["id"].as_str().context("the job has no id")?;
                job = connection.json(&format!("/api/v1/jobs/{id}"), who)?;
            }
            Ok(job)
        })?;
        ensure!(job["status"] == "done", "the bulk change failed: {job}");
        Ok((looked, looked + applied, job["counts"]["done"].clone()))
    }
}
