//! Long imports as they go on: how far they are, whose they are, and stopping them.

use crate::customers_bulk::job;
use crate::directory::{asked, read, told, write};
use app::directory::customers;
use app::imports::{ImportOptions, Mapping, kind};
use app::{Ctx, Error};
use contract::imports::ImportRun;
use domain::bulk::{ImportState, JobStatus};
use domain::id::{self, ImportId};
use domain::people::Role;
use serde_json::Value;
use testkit::{World, on_both};

const PLAIN: ImportOptions = ImportOptions { dry_run: false, skip_failures: false, create_missing: false };
const ROWS: usize = 2_500;

fn table(rows: usize) -> Vec<u8> {
    let mut text = "name,number\n".to_owned();
    for n in 0..rows {
        text.push_str(&format!("Clinic {n:05},C{n:05}\n"));
    }
    text.into_bytes()
}

async fn seen(world: &World, ctx: &Ctx, run: ImportId) -> Option<ImportRun> {
    read(world, ctx, move |ctx, tx| Ok(app::imports::run(ctx, tx, run).ok())).await.unwrap()
}

/// Waits until the run stands so, or is over.
async fn until(world: &World, ctx: &Ctx, run: ImportId, state: ImportState) -> ImportRun {
    loop {
        match seen(world, ctx, run).await {
            Some(it) if it.state == state || it.state.is_over() => return it,
            _ => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    }
}

async fn how_many(world: &World, ctx: &Ctx) -> i64 {
    let params = asked("limit=1");
    read(world, ctx, move |ctx, tx| customers::list(ctx, tx, &params)).await.unwrap().total.unwrap()
}

#[test]
fn an_import_tells_how_far_it_is_and_is_stopped_while_it_checks() {
    on_both(async |world: World| {
        let (admin, other) = (world.admin().await, world.person(Role::Operations, "Ora").await);
        let run = admin.id::<id::Import>();
        let (app, ctx, kind) = (world.app.clone(), admin.clone(), kind("customers").unwrap());
        let under_way = tokio::spawn(async move {
            app.import_watched(&ctx, kind, PLAIN, Mapping::default(), table(ROWS), None, Some(run)).await
        });
        let it = until(&world, &admin, run, ImportState::Checking).await;
        assert_eq!((it.kind.as_str(), it.state, it.rows_total), ("customers", ImportState::Checking, ROWS as i64));
        assert!(seen(&world, &other, run).await.is_none(), "nobody else's");
        let foreign = write(&world, &other, move |ctx, tx| app::imports::stop(ctx, tx, run)).await;
        assert_eq!(told(foreign).get(..3), Some("404"));
        let it = write(&world, &admin, move |ctx, tx| app::imports::stop(ctx, tx, run)).await.unwrap();
        assert!(it.stopping);
        let Err(Error::Conflict { code, .. }) = under_way.await.unwrap() else { panic!("it went on") };
        assert_eq!((code, how_many(&world, &admin).await), ("import_stopped", 0));
        assert_eq!(seen(&world, &admin, run).await.map(|it| it.state), Some(ImportState::Stopped));
        let again = write(&world, &admin, move |ctx, tx| app::imports::stop(ctx, tx, run)).await;
        assert_eq!(told(again).get(..3), Some("409"));
        let listed = read(&world, &admin, app::imports::runs).await.unwrap().items;
        assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [run]);
    });
}

#[test]
fn what_is_written_when_an_import_is_stopped_stays_and_the_table_goes_on_from_there() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let run = admin.id::<id::Import>();
        let (app, ctx, customers) = (world.app.clone(), admin.clone(), kind("customers").unwrap());
        let under_way = tokio::spawn(async move {
            app.import_watched(&ctx, customers, PLAIN, Mapping::default(), table(ROWS), None, Some(run)).await
        });
        let it = until(&world, &admin, run, ImportState::Writing).await;
        assert_eq!(it.state, ImportState::Writing);
        write(&world, &admin, move |ctx, tx| app::imports::stop(ctx, tx, run)).await.unwrap();
        let answer: Value = serde_json::from_slice(&under_way.await.unwrap().unwrap().body).unwrap();
        let written = how_many(&world, &admin).await;
        assert!(answer["stopped"] == true && written > 0 && written < ROWS as i64, "{written}: {answer}");
        assert_eq!((answer["created"].as_i64(), answer["failed"].as_i64()), (Some(written), Some(0)));
        let it = job(&world, &admin, answer["job_id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!((it.status, it.counts["done"]), (JobStatus::Done, written), "it can be undone");
        // The same table once more does the rest.
        let again = world.app.import(&admin, customers, PLAIN, table(ROWS), None).await.unwrap();
        let answer: Value = serde_json::from_slice(&again.body).unwrap();
        let rest = ROWS as i64 - written;
        assert_eq!((answer["created"].as_i64(), answer["unchanged"].as_i64()), (Some(rest), Some(written)));
    });
}

#[test]
fn a_short_table_leaves_no_trace_of_a_run_and_old_runs_are_swept() {
    on_both(async |world: World| {
        let admin = world.admin().await;
        let (run, kind) = (admin.id::<id::Import>(), kind("customers").unwrap());
        let take = async |rows: usize| {
            let ctx = world.again(&admin).await;
            world.app.import_watched(&ctx, kind, PLAIN, Mapping::default(), table(rows), None, Some(run)).await
        };
        take(20).await.unwrap();
        assert!(seen(&world, &admin, run).await.is_none());
        take(600).await.unwrap();
        assert_eq!(seen(&world, &admin, run).await.map(|it| it.state), Some(ImportState::Done));
        world.clock.set(admin.now.plus_seconds(90_000));
        world.app.sweep(admin.organization.id).await.unwrap();
        assert!(seen(&world, &admin, run).await.is_none());
    });
}
