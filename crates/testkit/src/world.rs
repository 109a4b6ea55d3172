//! A world to test in: a fresh organisation on a fresh database, a clock that moves when told, people who may work.

use crate::statements::Statements;
use app::session::Incoming;
use app::{App, Config, Ctx, Source};
use db::Engine;
use domain::clock::{Clock, Instant};
use domain::people::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use store::people::{OrganizationRow, UserRow};
use uuid::Uuid;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// Moves on by whole seconds.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Jumps to a moment.
    pub fn set(&self, at: Instant) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// The moment at which every world begins: a Sunday noon in UTC.
pub const BEGINNING: &str = "2026-11-22T12:00:00Z";

/// A fresh organisation with its primary admin.
pub struct World {
    /// The house.
    pub app: App,
    /// Its clock.
    pub clock: Arc<FakeClock>,
    /// The organisation.
    pub organization: Uuid,
    /// Where the database is.
    pub url: String,
    admin: String,
    people: AtomicU32,
}

/// Runs a test on a fresh SQLite file, then on a fresh PostgreSQL database.
pub fn on_both(test: impl AsyncFn(World)) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (url, folder) = crate::sqlite();
        watched(url, Engine::Sqlite, &test).await;
        drop(folder);
        watched(crate::postgres(), Engine::Postgres, &test).await;
    });
}

/// Runs a test, then looks at how its statements are carried out.
async fn watched(url: String, engine: Engine, test: &impl AsyncFn(World)) {
    let statements = Statements::default();
    let world = World::begin(url, statements.options(engine)).await;
    let db = world.app.db().clone();
    statements.begin(&db).await;
    test(world).await;
    statements.explain(&db).await;
}

impl World {
    /// A world on an empty database.
    pub async fn begin(url: String, options: db::Options) -> Self {
        let db = store::Db::open(&url, options).await.expect("the database opens");
        db.migrate(store::MIGRATIONS).await.expect("the schema is made");
        let clock = Arc::new(FakeClock(AtomicI64::new(Instant::parse(BEGINNING).expect("a moment").0)));
        let app = App::new(db, clock.clone(), 7, Config { public_url: "http://localhost".into(), ..Config::default() });
        let mut world =
            Self { app, clock, organization: Uuid::nil(), url, admin: String::new(), people: AtomicU32::new(0) };
        (world.organization, world.admin) = world.organization("Northlake Ortho").await;
        world
    }

    /// A further organisation on the same server; gives its id and its primary admin's e-mail.
    pub async fn organization(&self, name: &str) -> (Uuid, String) {
        let n = self.people.fetch_add(1, Ordering::SeqCst);
        let (id, email) = (Uuid::from_u128((0x0190_u128 << 112) | u128::from(n + 1)), format!("admin{n}@test.example"));
        let now = self.clock.now().0;
        let row = OrganizationRow {
            organization_id: id,
            name: name.to_owned(),
            kind: "distributor".into(),
            currency: "USD".into(),
            time_zone: "America/Chicago".into(),
            settings: "{}".into(),
            address: "{}".into(),
            version: 1,
        };
        let user = user_row(Role::PrimaryAdmin, "Ada Admin", &email, n, now);
        self.app
            .db()
            .write(move |tx| -> store::Result<()> {
                store::people::insert_organization(tx, &row, now)?;
                store::people::insert_user(tx, id, &user, None)?;
                store::people::refresh_reach(tx, id)
            })
            .await
            .expect("an organisation");
        (id, email)
    }

    /// The primary admin, now.
    pub async fn admin(&self) -> Ctx {
        self.by_email(&self.admin).await
    }

    /// A new person of the organisation, trained and ready, now.
    pub async fn person(&self, role: Role, name: &str) -> Ctx {
        let n = self.people.fetch_add(1, Ordering::SeqCst);
        let email = format!("person{n}@test.example");
        let (row, organization) = (user_row(role, name, &email, n, self.clock.now().0), self.organization);
        self.app
            .db()
            .write(move |tx| -> store::Result<()> {
                store::people::insert_user(tx, organization, &row, None)?;
                store::people::refresh_reach(tx, organization)
            })
            .await
            .expect("a person");
        self.by_email(&email).await
    }

    /// Whoever has this e-mail, now.
    pub async fn by_email(&self, email: &str) -> Ctx {
        self.app.context_of(email, Source::Api).await.expect("a context").expect("a known e-mail")
    }

    /// The same person a moment later: settings, role and clock are read again.
    pub async fn again(&self, ctx: &Ctx) -> Ctx {
        self.by_email(&ctx.actor.email).await
    }

    /// A token of somebody for HTTP.
    pub async fn token(&self, ctx: &Ctx) -> String {
        self.app.token_for(&ctx.actor.email).await.expect("a token").token
    }

    /// What an edge knows of a request before it knows who asks.
    pub fn incoming(&self) -> Incoming {
        Incoming { request_id: self.app.request_id().into(), source: Source::Api, expected_version: None }
    }
}

fn user_row(role: Role, name: &str, email: &str, n: u32, now: i64) -> UserRow {
    UserRow {
        id: Uuid::from_u128((0x0191_u128 << 112) | u128::from(n + 1)),
        email: email.to_owned(),
        role: role.as_str().into(),
        delegate_of: None,
        name: name.to_owned(),
        name_key: domain::text::fold(name),
        phone: String::new(),
        alternate_email: String::new(),
        custodian_only: false,
        active: true,
        training_completed_at: role.needs_training().then_some(now),
        claimed_at: Some(now),
        invited_at: None,
        region_id: None,
        shares_inventory: false,
        commission_rate_bp: Some(1000),
        shipping_address: "{}".into(),
        contacts: "[]".into(),
        settings: "{}".into(),
        created_at: now,
        version: 1,
    }
}
