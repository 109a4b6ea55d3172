//! How long finding cover takes on a database of any size, e.g. one made by `caseload generate`:
//!
//! ```sh
//! cargo run --release -p app --example cover -- sqlite://big.db
//! ```
//!
//! It plans cases of its own for the first rep, looks for cover again and again, applies once, and says how long each took.

use app::{App, Config, Ctx, Result, Source, Tx};
use contract::coverage::{ApplyCover, CreateAbsence, NeedLine, PreviewAbsenceCover, PreviewCover, PutNeeds};
use contract::events::CreateEvent;
use domain::clock::Instant;
use domain::event::EventType;
use domain::id::{CatalogItemId, EventId, Id, UserId};
use std::time::{Duration, Instant as Watch};
use store::args;
use uuid::Uuid;

const HOUR: i64 = 3_600_000_000;
/// Measured so often.
const TIMES: usize = 40;

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).expect("an address of a database, e.g. sqlite://big.db");
    let db = store::Db::open(&url, db::Options::default()).await.expect("the database opens");
    db.migrate(store::MIGRATIONS).await.expect("the schema is up to date");
    let app = App::real(db, Config::default());
    let admin = app.first_admin().await.expect("an organisation").expect("an admin");
    let ctx = app.context_of(&admin, Source::CommandLine).await.expect("a context").expect("an admin");
    let org = ctx.organization.id.uuid();
    let reps = ids(
        &app,
        "SELECT id FROM people_user WHERE organization_id = $1 AND role = 'sales' AND active = 1 ORDER BY id LIMIT 2",
        org,
    )
    .await;
    let (from, to) = (UserId::from_uuid(reps[0]), UserId::from_uuid(reps[1]));
    let items =
        ids(&app, "SELECT id FROM catalog_item WHERE organization_id = $1 AND reusable = 0 ORDER BY id LIMIT 40", org)
            .await;
    let places =
        ids(&app, "SELECT id FROM directory_location WHERE organization_id = $1 ORDER BY id LIMIT 60", org).await;
    let physicians =
        ids(&app, "SELECT id FROM directory_physician WHERE organization_id = $1 ORDER BY id LIMIT 1", org).await;
    let now = app.now();
    let plan = move |hours: i64, place: Uuid| CreateEvent {
        r#type: EventType::Case,
        name: String::new(),
        representative_id: Some(from),
        sub_representatives: Vec::new(),
        location_id: Some(Id::from_uuid(place)),
        physician_id: physicians.first().copied().map(Id::from_uuid),
        procedure_id: None,
        starts_at: Instant(now.0 + hours * HOUR),
        ends_at: None,
        time_zone: None,
        manufacturer_ids: Vec::new(),
        product_line_ids: Vec::new(),
        container_ids: Vec::new(),
        patient_reference: String::new(),
        note: String::new(),
        print_note: String::new(),
    };
    let needs: Vec<NeedLine> =
        items.iter().map(|id| NeedLine { catalog_item_id: CatalogItemId::from_uuid(*id), quantity: 5 }).collect();
    let event = one(&app, &ctx, plan(100, places[0]), needs).await;

    let looked = measure(&app, &ctx, move |ctx, tx| {
        let found = app::coverage::candidates(ctx, tx, event)?;
        Ok(format!("{} people, {} units", found.items.len(), found.units_needed))
    });
    report("candidates", looked.await);
    let ask = PreviewCover { representative_id: to, edits: Default::default() };
    let again = ask.clone();
    let planned = measure(&app, &ctx, move |ctx, tx| {
        let plan = app::coverage::preview(ctx, tx, event, &again)?;
        let (sum, open) = (&plan.summary, plan.unresolved.len());
        Ok(format!(
            "{} in place, {} moving from {}, {open} open, exact {}",
            sum.units_in_place, sum.units_moving, sum.hand_overs, sum.exact
        ))
    });
    report("plan", planned.await);
    let board = measure(&app, &ctx, |ctx, tx| {
        let board = app::coverage::board::board(ctx, tx, &contract::ListParams::default())?;
        Ok(format!("{} cases", board.items.len()))
    });
    report("readiness board, 50 cases", board.await);
    let token = app.write(&ctx, move |ctx, tx| app::coverage::preview(ctx, tx, event, &ask)).await.expect("a plan");
    let body = ApplyCover { preview_token: token.preview_token, reason: String::new() };
    let watch = Watch::now();
    app.write(&ctx, move |ctx, tx| app::coverage::apply(ctx, tx, event, &body)).await.expect("applied");
    println!("apply: {:.1} ms", watch.elapsed().as_secs_f64() * 1e3);
    absence(&app, &ctx, from, now, |n| plan(24 * (n / 5 + 1) + n % 5 * 3, places[n as usize % places.len()]), &items)
        .await;
}

/// Two weeks, 60 cases, one plan.
async fn absence(app: &App, ctx: &Ctx, from: UserId, now: Instant, plan: impl Fn(i64) -> CreateEvent, items: &[Uuid]) {
    for n in 0..60_usize {
        let mine = items.iter().cycle().skip(n * 3).take(6);
        let needs = mine.map(|id| NeedLine { catalog_item_id: CatalogItemId::from_uuid(*id), quantity: 2 }).collect();
        one(app, ctx, plan(n as i64), needs).await;
    }
    let body =
        CreateAbsence { starts_at: Some(now), ends_at: Some(Instant(now.0 + 14 * 24 * HOUR)), ..Default::default() };
    let away =
        app.write(ctx, move |ctx, tx| app::coverage::absences::create(ctx, tx, from, &body)).await.expect("away");
    let watch = Watch::now();
    let ask = PreviewAbsenceCover::default();
    let plan = app
        .write(ctx, move |ctx, tx| app::coverage::absences::preview(ctx, tx, from, away.id, &ask))
        .await
        .expect("a plan");
    let (cases, people) = (plan.cases.len(), plan.shares.len());
    println!(
        "absence, plan: {:.0} ms ({cases} cases over {people} people, {} uncovered)",
        watch.elapsed().as_secs_f64() * 1e3,
        plan.uncovered
    );
    let body = ApplyCover { preview_token: plan.preview_token, reason: String::new() };
    let watch = Watch::now();
    app.write(ctx, move |ctx, tx| app::coverage::absences::apply(ctx, tx, from, away.id, &body))
        .await
        .expect("applied");
    println!("absence, apply: {:.0} ms", watch.elapsed().as_secs_f64() * 1e3);
}

async fn ids(app: &App, sql: &'static str, org: Uuid) -> Vec<Uuid> {
    let rows = app.db().read(move |tx| tx.all::<(Uuid,)>(sql, args![org])).await.expect(sql);
    rows.into_iter().map(|(id,)| id).collect()
}

/// A case with what it needs.
async fn one(app: &App, ctx: &Ctx, plan: CreateEvent, needs: Vec<NeedLine>) -> EventId {
    let made = app.write(ctx, move |ctx, tx| app::events::plan::create(ctx, tx, plan.clone())).await.expect("a case");
    let (event, body) = (made.head.id, PutNeeds { preference_card_id: None, needs });
    app.write(ctx, move |ctx, tx| app::coverage::needs::put(ctx, tx, event, &body)).await.expect("needs");
    event
}

/// Runs something again and again; gives how long each took and what it found.
async fn measure(
    app: &App,
    ctx: &Ctx,
    f: impl Fn(&Ctx, &mut Tx) -> Result<String> + Clone + Send + Sync + 'static,
) -> (Vec<Duration>, String) {
    let (mut took, mut found) = (Vec::with_capacity(TIMES), String::new());
    for _ in 0..TIMES {
        let f = f.clone();
        let timed = move |ctx: &Ctx, tx: &mut Tx| {
            let watch = Watch::now();
            let found = f(ctx, tx)?;
            Ok((watch.elapsed(), found))
        };
        let (time, what) = app.write(ctx, timed).await.expect("it works");
        took.push(time);
        found = what;
    }
    took.sort_unstable();
    (took, found)
}

fn report(what: &str, (took, found): (Vec<Duration>, String)) {
    let ms = |at: usize| took[at].as_secs_f64() * 1e3;
    println!("{what}: median {:.1} ms, worst {:.1} ms ({found})", ms(took.len() / 2), ms(took.len() - 1));
}
