//! A ready organisation that looks real: people, stock, a year of history, and things that want attention today.
//!
//! Everything is made by speaking the API at moments of the past, so the demo obeys every rule that people do.

mod asked;
mod client;
mod company;
mod cover;
mod papers;
mod people;
mod random;
mod story;
mod words;

pub use company::MAKER_ADMIN;
pub use random::Random;

use anyhow::{Context, Result};
use app::people::NewOrganization;
use app::{App, Config};
use auth::Secret;
use client::{Client, StoryClock};
use domain::clock::{Clock, Day, Instant, SystemClock};
use std::collections::HashMap;

/// The password of every demo account.
pub const PASSWORD: &str = "caseload-demo";
/// The primary admin.
pub const ADMIN: &str = "ada@northlake.example";
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// How far back the history goes.
const DAYS_BACK: i64 = 365;

/// A catalog item of the demo.
#[derive(Clone, Debug)]
struct Item {
    id: String,
    manufacturer: String,
    line: &'static str,
    reusable: bool,
}

/// A location of the demo.
#[derive(Clone, Debug)]
struct Place {
    id: String,
    region: &'static str,
}

/// What the demo has made so far.
struct Made {
    client: Client,
    clock: std::sync::Arc<StoryClock>,
    random: Random,
    now: Instant,
    users: HashMap<&'static str, String>,
    items: Vec<Item>,
    places: Vec<Place>,
    physicians: Vec<(String, &'static str)>,
    procedures: Vec<(String, &'static str)>,
}

/// Whom to sign in as: (what they are, the part of the e-mail before the @).
pub const LOGINS: &[(&str, &str)] = &[
    ("Primary admin", "ada"),
    ("Operations", "omar"),
    ("Regional manager, North", "rita"),
    ("Distributor, shares with the Lakeshore group", "dana"),
    ("Delegate of that distributor", "dee"),
    ("Sales, Lakeshore group", "ann"),
    ("Distributor, Prairie group, not sharing", "leo"),
    ("Sales, Prairie group", "cat"),
    ("Sales, independent, with the Gulf pool", "gus"),
    ("Facility manager", "mona"),
];

/// Makes the demo in an empty, migrated database.
pub async fn make(db: store::Db, file_key: Option<auth::Key>, progress: impl Fn(&str)) -> Result<()> {
    let now = SystemClock.now();
    let start = Instant(now.0 - (DAYS_BACK + 5) * DAY);
    let clock = StoryClock::at(start);
    let config = Config { public_url: "http://localhost".into(), file_key, ..Config::default() };
    let app = App::new(db, clock.clone(), 0x5eed, config);
    let new = NewOrganization {
        name: "Northlake Ortho".into(),
        kind: "distributor".into(),
        currency: "USD".into(),
        time_zone: "America/Chicago".into(),
        email: ADMIN.into(),
        admin: "Ada Park".into(),
    };
    app.init(new, Secret::new(PASSWORD)).await.map_err(crate::people::plain)?;
    let mut made = Made {
        client: Client::new(app.clone(), clock.clone()),
        clock,
        random: Random(20_261_122),
        now,
        users: HashMap::new(),
        items: Vec::new(),
        places: Vec::new(),
        physicians: Vec::new(),
        procedures: Vec::new(),
    };
    progress("people, customers and the catalog");
    made.people(&app).await.context("the demo's people")?;
    made.directory().await.context("the demo's directory")?;
    made.catalog().await.context("the demo's catalog")?;
    made.assignments().await.context("the demo's assignments")?;
    progress("12,000 units");
    made.stock().await.context("the demo's stock")?;
    progress("a year of cases and orders");
    made.year().await.context("the demo's year")?;
    progress("today");
    made.today().await.context("the demo's today")?;
    made.cover().await.context("the demo's cover")?;
    made.asked().await.context("the demo's requests and quotes")?;
    made.company(&app).await.context("the demo's linked company")?;
    progress("papers");
    made.papers().await.context("the demo's papers")?;
    seal(&app).await
}

/// Seals the whole journal at once.
pub async fn seal(app: &App) -> Result<()> {
    loop {
        let sealed = app
            .db()
            .write(|tx| -> store::Result<usize> {
                let mut sealed = 0;
                for organization in store::engine::organizations(tx)? {
                    sealed += store::journal::seal(tx, organization, 500)?;
                }
                Ok(sealed)
            })
            .await?;
        if sealed == 0 {
            return Ok(());
        }
    }
}

impl Made {
    /// An instant so many days from now (negative: ago), at an hour in UTC.
    fn at(&self, days: i64, hour: i64) -> Instant {
        let today = self.now.0 - self.now.0.rem_euclid(DAY);
        Instant(today + days * DAY + hour * HOUR)
    }

    /// The day so many days from now.
    fn day(&self, days: i64) -> String {
        Day((self.now.0.div_euclid(DAY) + days) as i32).to_string()
    }

    fn user(&self, key: &str) -> String {
        self.users.get(key).cloned().unwrap_or_default()
    }
}

/// The e-mail of a demo person.
fn email(key: &str) -> String {
    format!("{key}@northlake.example")
}
