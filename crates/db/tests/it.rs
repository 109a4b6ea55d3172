//! The port's promises, on both engines.

// The kit stands above this crate; its databases need nothing of it.
#[path = "../../testkit/src/pg.rs"]
mod pg;

use db::{Db, Engine, Error, Migration, Options, Result, SchemaState, Sql, Tx, Value, args, record};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A database of each engine, and the folder of the one that is a file.
struct Both {
    dbs: Vec<Db>,
    _folder: tempfile::TempDir,
}

async fn both() -> Both {
    both_with(Options::default()).await
}

async fn both_with(options: Options) -> Both {
    let (url, folder) = pg::sqlite();
    let lite = Db::open(&url, options.clone()).await.unwrap();
    let pg = Db::open(&pg::postgres(), options).await.unwrap();
    Both { dbs: vec![lite, pg], _folder: folder }
}

async fn lite() -> (Db, String, tempfile::TempDir) {
    let (url, folder) = pg::sqlite();
    (Db::open(&url, Options::default()).await.unwrap(), url, folder)
}

const COUNTER: &[Migration] = &[Migration {
    name: "V1__counter",
    sql: "CREATE TABLE counter (name {text} PRIMARY KEY, value {int} NOT NULL CHECK (value >= 0)){without_rowid};
          INSERT INTO counter VALUES ('a', 0), ('b', 0);",
}];
const ADD: &str = "UPDATE counter SET value = value + $2 WHERE name = $1";
const VALUE: &str = "SELECT value FROM counter WHERE name = $1";
const INSERT: &str = "INSERT INTO counter (name, value) VALUES ($1, $2)";

async fn counters() -> Both {
    let both = both().await;
    for db in &both.dbs {
        db.migrate(COUNTER).await.unwrap();
    }
    both
}

fn value(tx: &mut Tx, name: &str) -> Result<i64> {
    Ok(tx.one::<(i64,)>(VALUE, args![name])?.map_or(-1, |row| row.0))
}

async fn value_of(db: &Db, name: &'static str) -> i64 {
    db.read(move |tx| value(tx, name)).await.unwrap()
}

const KINDS: &[Migration] = &[Migration {
    name: "V1__kinds",
    sql: "CREATE TABLE kinds (id {uuid} NOT NULL PRIMARY KEY, n {int}, s {text}, b {bytes}, u {uuid}, flag {int}){without_rowid};",
}];

record! {
    /// A row of every kind.
    #[derive(Debug, PartialEq)]
    struct Kinds { id: Uuid, n: Option<i64>, s: Option<String>, b: Option<Vec<u8>>, u: Option<Uuid>, flag: bool }
}

#[tokio::test]
async fn every_value_comes_back_as_it_went() {
    for db in &both().await.dbs {
        db.migrate(KINDS).await.unwrap();
        let long = "ä😀'\"\\ \u{1}".repeat(20_000);
        let rows = [
            (1, Some(i64::MIN), Some(long), Some(vec![0, 255, 0]), Some(Uuid::max()), true),
            (2, Some(i64::MAX), Some(String::new()), Some(Vec::new()), Some(Uuid::nil()), false),
            (3, None, None, None, None, true),
        ]
        .map(|(id, n, s, b, u, flag)| Kinds { id: Uuid::from_u128(id), n, s, b, u, flag });
        let rows = Arc::new(rows);
        let written = rows.clone();
        db.write(move |tx| {
            for row in written.iter() {
                let inserted = tx.exec(
                    "INSERT INTO kinds (id, n, s, b, u, flag) VALUES ($1, $2, $3, $4, $5, $6)",
                    args![row.id, row.n, row.s, row.b, row.u, row.flag],
                )?;
                assert_eq!(inserted, 1);
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        let read: Vec<Kinds> =
            db.read(|tx| tx.all("SELECT id, n, s, b, u, flag FROM kinds ORDER BY id", args![])).await.unwrap();
        assert_eq!(read, *rows, "{:?}", db.engine());

        // Parameters out of order and used twice; sums, counts and truth are integers on both engines.
        let sql =
            "SELECT COUNT(*), SUM(n), SUM(flag), COUNT(*) > $2, CAST($1 AS BIGINT) FROM kinds WHERE n > $2 OR n < $2";
        let sums: Option<(i64, i64, i64, bool, i64)> =
            db.read(move |tx| tx.one(sql, args![9_i32, 0_u8])).await.unwrap();
        assert_eq!(sums, Some((2, -1, 1, true, 9)), "{:?}", db.engine());
    }
}

#[tokio::test]
async fn exact_numbers_are_integers_and_fractions_are_refused() {
    let db = Db::open(&pg::postgres(), Options::default()).await.unwrap();
    db.read(|tx| {
        let powers = (0..19).map(|power| 10_i64.pow(power)).chain((0..63).map(|power| 1_i64 << power));
        let near = powers.flat_map(|n| [n - 1, n, n.saturating_add(1), -n, n / 10_000 * 10_000]);
        for n in near.chain([i64::MIN, i64::MAX, 0, 10_000, 99_990_000]) {
            // There and back as PostgreSQL's `numeric`, which is what sums of integers are.
            let row = tx.one::<(i64, bool)>("SELECT CAST($1 AS NUMERIC), CAST($1 AS NUMERIC) = $2", args![n, n])?;
            assert_eq!(row, Some((n, true)));
        }
        for sql in [
            "SELECT 1.5",
            "SELECT 0.0001",
            "SELECT CAST('NaN' AS NUMERIC)",
            "SELECT 9223372036854775808",
            "SELECT 1e40",
        ] {
            assert!(matches!(tx.one::<(i64,)>(sql, args![]), Err(Error::Column { .. })), "{sql}");
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    assert_eq!(format!("{:?}", args!["secret", 7, Uuid::nil()]), "[Text(_), Int(_), Uuid(_)]");
}

#[tokio::test]
async fn two_hundred_parameters_are_bound_by_their_number() {
    for db in &both().await.dbs {
        let sum = (1..=200).rev().map(|n| format!("CAST(${n} AS BIGINT) * {n}")).collect::<Vec<_>>().join(" + ");
        let sql = format!("SELECT {sum}");
        let values: Vec<Value> = (1..=200).map(Value::Int).collect();
        let got: Option<(i64,)> = db.read(move |tx| tx.one(&sql, &values)).await.unwrap();
        assert_eq!(got, Some((2_686_700,)), "the sum of squares, on {:?}", db.engine());
    }
}

#[tokio::test]
async fn rows_are_streamed_and_can_be_stopped() {
    for db in &both().await.dbs {
        let sql = Sql {
            lite: "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $1) SELECT n FROM s",
            // In the list of columns it streams; after FROM the server would make all rows first.
            pg: "SELECT generate_series(1::bigint, $1)",
        };
        let (count, sum) = db
            .read(move |tx| {
                let (mut count, mut sum) = (0_i64, 0_i64);
                tx.each(sql, args![100_000], |row| {
                    (count, sum) = (count + 1, sum + row.get::<i64>(0)?);
                    Ok(())
                })?;
                Ok::<_, Error>((count, sum))
            })
            .await
            .unwrap();
        assert_eq!((count, sum), (100_000, 5_000_050_000));

        for rows in [1000_i64, 1_000_000_000] {
            let started = Instant::now();
            let stopped = db.read(move |tx| {
                let mut seen = 0;
                let stopped = tx.each(sql, args![rows], |row| {
                    seen = row.get::<i64>(0)?;
                    if seen == 10 { Err(Error::Refused("enough".into())) } else { Ok(()) }
                });
                assert!(matches!(stopped, Err(Error::Refused(_))), "{stopped:?}");
                if rows == 1000 {
                    assert_eq!(value_one(tx)?, 1, "the snapshot is still good");
                }
                Ok::<_, Error>(seen)
            });
            assert_eq!(stopped.await.unwrap(), 10);
            assert!(started.elapsed() < Duration::from_secs(5), "{:?} {:?}", db.engine(), started.elapsed());
            db.ping().await.unwrap();
        }
    }
}

fn value_one(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<(i64,)>("SELECT 1", args![])?.map_or(0, |row| row.0))
}

/// Holds the writer in one unit until the others are queued, so that they end up in one group.
async fn grouped(db: &Db, units: Vec<Unit>) -> Vec<Result<()>> {
    let (open, gate) = mpsc::channel::<()>();
    let (inside, started) = tokio::sync::oneshot::channel();
    let (gate, inside) = (std::sync::Mutex::new(gate), std::sync::Mutex::new(Some(inside)));
    let first = tokio::spawn({
        let db = db.clone();
        async move {
            db.write(move |_| {
                if let Some(inside) = inside.lock().unwrap().take() {
                    inside.send(()).unwrap();
                    gate.lock().unwrap().recv().unwrap();
                }
                Ok::<_, Error>(())
            })
            .await
        }
    });
    started.await.unwrap();
    let count = units.len();
    let mut tasks = Vec::new();
    for (place, unit) in units.into_iter().enumerate() {
        let task = db.clone();
        tasks.push(tokio::spawn(async move { task.write(unit).await }));
        while db.engine() == Engine::Sqlite && db.stats().queue <= place {
            tokio::task::yield_now().await;
        }
    }
    assert!(db.engine() == Engine::Postgres || db.stats().queue == count);
    open.send(()).unwrap();
    first.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

type Unit = Box<dyn Fn(&mut Tx) -> Result<()> + Send + Sync>;

#[tokio::test]
async fn a_failing_and_a_panicking_unit_are_rolled_back_alone() {
    // Long enough that the group takes in all units, even after the wait.
    let options = Options { group_time: Duration::from_secs(5), ..Options::default() };
    for db in &both_with(options).await.dbs {
        db.migrate(COUNTER).await.unwrap();
        let before = db.stats();
        let units: Vec<Unit> = vec![
            Box::new(|tx| tx.exec(ADD, args!["a", 1]).map(drop)),
            Box::new(|tx| {
                tx.exec(ADD, args!["a", 10])?;
                tx.exec(INSERT, args!["b", 7]).map(drop)
            }),
            Box::new(|tx| {
                tx.exec(ADD, args!["a", 100])?;
                panic!("as the test wants it")
            }),
            Box::new(|tx| {
                tx.exec(ADD, args!["a", 1000])?;
                Err(Error::Refused("by a rule".into()))
            }),
            Box::new(|tx| tx.exec(ADD, args!["b", 1]).map(drop)),
        ];
        let answers = grouped(db, units).await;
        assert!(answers[0].is_ok() && answers[4].is_ok());
        assert!(answers[1].as_ref().unwrap_err().is_unique_violation().is_some());
        assert!(matches!(answers[2], Err(Error::Panicked)), "{:?}", answers[2]);
        assert!(matches!(answers[3], Err(Error::Refused(_))));
        assert_eq!((value_of(db, "a").await, value_of(db, "b").await), (1, 1), "{:?}", db.engine());
        let after = db.stats();
        assert_eq!(after.units - before.units, 6);
        if db.engine() == Engine::Sqlite {
            assert_eq!(after.groups - before.groups, 1, "all six share one commit");
        }
        // Nothing of the failed ones keeps a connection from working.
        db.write(|tx| tx.exec(ADD, args!["b", 1])).await.unwrap();
        assert_eq!(value_of(db, "b").await, 2);
    }
}

#[tokio::test]
async fn when_the_engine_gives_the_group_up_each_unit_gets_its_own_transaction() {
    let (url, _folder) = pg::sqlite();
    let db = Db::open(&url, Options { group_time: Duration::from_secs(5), ..Options::default() }).await.unwrap();
    db.migrate(COUNTER).await.unwrap();
    let units: Vec<Unit> = vec![
        Box::new(|tx| tx.exec(ADD, args!["a", 1]).map(drop)),
        // `OR ROLLBACK` rolls back the whole transaction, as a full disk would.
        Box::new(|tx| tx.exec("INSERT OR ROLLBACK INTO counter VALUES ($1, 0)", args!["a"]).map(drop)),
        Box::new(|tx| {
            let _ = tx.exec("INSERT OR ROLLBACK INTO counter VALUES ($1, 0)", args!["a"]);
            // This must not slip in outside of any transaction, nor be acknowledged.
            let _ = tx.exec(ADD, args!["a", 50]);
            Ok(())
        }),
        Box::new(|tx| tx.exec("ROLLBACK", args![]).map(drop)),
        Box::new(|tx| tx.exec(ADD, args!["b", 1]).map(drop)),
    ];
    let answers = grouped(&db, units).await;
    assert!(answers[0].is_ok() && answers[4].is_ok(), "{answers:?}");
    assert!(matches!(answers[1], Err(Error::Unique(_))));
    assert!(matches!(answers[2], Err(Error::Unique(_))));
    assert!(matches!(answers[3], Err(Error::Engine { .. })), "{:?}", answers[3]);
    assert_eq!((value_of(&db, "a").await, value_of(&db, "b").await), (1, 1));
    assert!(db.stats().retries > 0);
}

#[tokio::test]
async fn a_refused_statement_ends_the_unit_even_if_the_closure_goes_on() {
    for db in &counters().await.dbs {
        let outcome = db
            .write(|tx| {
                tx.exec(ADD, args!["a", 5])?;
                let _ = tx.exec(INSERT, args!["a", 1]);
                assert!(tx.exec(ADD, args!["a", 5]).is_err());
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(outcome, Err(Error::Unique(_))), "{outcome:?}");
        assert_eq!(value_of(db, "a").await, 0);
        // A mistake that never reached the engine ends nothing.
        db.write(|tx| {
            assert!(matches!(tx.exec(ADD, args!["a\0", 5]), Err(Error::NulInText(1))));
            assert!(matches!(tx.exec(ADD, args!["a"]), Err(Error::Arguments { expected: 2, given: 1, .. })));
            assert!(matches!(tx.exec(ADD, args!["a", 1, 1]), Err(Error::Arguments { expected: 2, given: 3, .. })));
            assert!(matches!(tx.one::<(bool,)>("SELECT 7", args![]), Err(Error::Column { index: 0, .. })));
            assert!(matches!(tx.one::<(i64, i64)>("SELECT 7", args![]), Err(Error::Column { index: 1, .. })));
            tx.exec(ADD, args!["a", 5])
        })
        .await
        .unwrap();
        assert_eq!(value_of(db, "a").await, 5);
    }
}

#[tokio::test]
async fn errors_tell_their_sort_and_no_values() {
    const SECRET: &str = "do-not-tell-4711";
    for db in &counters().await.dbs {
        let fail = async |sql: &'static str, args: &'static [&'static str]| {
            let outcome: Result<u64> = db
                .write(move |tx| tx.exec(sql, &args.iter().map(|text| Value::Text((*text).into())).collect::<Vec<_>>()))
                .await;
            let error = outcome.unwrap_err();
            assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
            error
        };
        db.write(|tx| tx.exec(INSERT, args![SECRET, 1])).await.unwrap();
        let unique = fail("INSERT INTO counter (name, value) VALUES ($1, 1)", &[SECRET]).await;
        assert!(unique.is_unique_violation().is_some_and(|what| what.contains("counter")), "{unique:?}");
        let check = fail("INSERT INTO counter (name, value) VALUES ($1, -1)", &["c"]).await;
        assert!(matches!(check, Error::Constraint(db::ConstraintKind::Check, _)), "{check:?}");
        let null = fail("INSERT INTO counter (name, value) VALUES ($1, NULL)", &["c"]).await;
        assert!(matches!(null, Error::Constraint(db::ConstraintKind::NotNull, _)), "{null:?}");
        let missing = fail("UPDATE no_such_table SET name = $1", &[SECRET]).await;
        assert!(
            matches!(&missing, Error::Statement { message, .. } if message.contains("no_such_table")),
            "{missing:?}"
        );
        let syntax = fail("UPDATE counter SET SET name = $1", &[SECRET]).await;
        assert!(matches!(syntax, Error::Statement { .. }), "{syntax:?}");
        if db.engine() == Engine::Postgres {
            let cast = fail("SELECT CAST(CAST($1 AS TEXT) AS BIGINT)", &[SECRET]).await;
            assert!(matches!(&cast, Error::Engine { code, .. } if code == "22P02"), "{cast:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_unit_is_run_again_as_a_whole() {
    let url = pg::postgres();
    let db = Db::open(&url, Options::default()).await.unwrap();
    db.migrate(COUNTER).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    db.write(move |tx| {
        tx.exec(ADD, args!["a", 1])?;
        if counted.fetch_add(1, SeqCst) < 3 {
            tx.exec("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", args![])?;
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    assert_eq!((runs.load(SeqCst), value_of(&db, "a").await, db.stats().retries), (4, 1, 3));

    // Two units that lock the same rows in opposite order: one is chosen to lose, runs again and wins.
    let meet = Arc::new(Barrier::new(2));
    let cross = |first: &'static str, second: &'static str| {
        let (db, meet, runs) = (db.clone(), meet.clone(), AtomicU32::new(0));
        tokio::spawn(async move {
            db.write(move |tx| {
                tx.exec(ADD, args![first, 1])?;
                if runs.fetch_add(1, SeqCst) == 0 {
                    meet.wait();
                }
                tx.exec(ADD, args![second, 1])
            })
            .await
        })
    };
    let (one, two) = (cross("a", "b"), cross("b", "a"));
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
    assert_eq!((value_of(&db, "a").await, value_of(&db, "b").await), (3, 2));
    assert_eq!(db.stats().retries, 4);

    // The time limit ends it.
    let short = Db::open(&url, Options { unit_limit: Duration::from_millis(200), ..Options::default() }).await.unwrap();
    let lost = short.write(|tx| tx.exec("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", args![])).await;
    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    assert!(short.stats().retries > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_increment_of_many_writers_is_lost() {
    for db in &counters().await.dbs {
        let tasks: Vec<_> = (0..32)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    for _ in 0..25 {
                        db.write(|tx| {
                            tx.exec(ADD, args!["a", 1])?;
                            tx.exec(ADD, args!["b", 2])
                        })
                        .await
                        .unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!((value_of(db, "a").await, value_of(db, "b").await), (800, 1600), "{:?}", db.engine());
        let stats = db.stats();
        assert_eq!((stats.units, stats.queue), (800, 0));
        assert!(db.engine() == Engine::Postgres || stats.groups < 800, "{stats:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_keeps_its_moment_and_cannot_write() {
    for db in &counters().await.dbs {
        let (go, wait) = mpsc::channel::<()>();
        let (ready, begun) = tokio::sync::oneshot::channel();
        let reading = tokio::spawn({
            let db = db.clone();
            async move {
                db.read(move |tx| {
                    let before = value(tx, "a")?;
                    ready.send(()).unwrap();
                    wait.recv().unwrap();
                    Ok::<_, Error>((before, value(tx, "a")?))
                })
                .await
            }
        });
        begun.await.unwrap();
        db.write(|tx| tx.exec(ADD, args!["a", 1])).await.unwrap();
        assert_eq!(value_of(db, "a").await, 1, "a new reader sees an answered write");
        go.send(()).unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), (0, 0), "{:?}", db.engine());

        assert!(db.read(|tx| tx.exec(ADD, args!["a", 1])).await.is_err());
        let panicked: Result<()> = db.read(|_| panic!("as the test wants it")).await;
        assert!(matches!(panicked, Err(Error::Panicked)));
        assert_eq!(value_of(db, "a").await, 1);
    }
}

#[tokio::test]
async fn a_runaway_statement_meets_its_limit() {
    let limit = Duration::from_millis(300);
    let options = Options { read_limit: limit, unit_limit: limit, ..Options::default() };
    let endless = Sql {
        lite: "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT COUNT(*) FROM s",
        pg: "SELECT CAST(1 AS BIGINT) FROM pg_sleep(30)",
    };
    for db in &both_with(options).await.dbs {
        let started = Instant::now();
        let read = db.read(move |tx| tx.one::<(i64,)>(endless, args![])).await;
        assert!(read.as_ref().is_err_and(Error::is_timeout), "{read:?}");
        let write = db.write(move |tx| tx.one::<(i64,)>(endless, args![])).await;
        assert!(write.as_ref().is_err_and(Error::is_timeout), "{write:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
        db.ping().await.unwrap();
        db.write(|tx| tx.one::<(i64,)>("SELECT 1", args![])).await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_held_elsewhere_is_waited_for_and_then_told() {
    let (db, url, folder) = lite().await;
    db.migrate(COUNTER).await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.write(|tx| tx.exec(ADD, args!["a", 1])).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();

    let hasty =
        Db::open(&url, Options { busy_timeout: Duration::from_millis(50), ..Options::default() }).await.unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = hasty.write(|tx| tx.exec(ADD, args!["a", 1])).await;
    assert!(matches!(refused, Err(Error::Unavailable(db::Unavailable::Busy))), "{refused:?}");
    assert_eq!(value_of(&hasty, "a").await, 1, "readers are not held up");
    other.execute_batch("COMMIT").unwrap();
    hasty.write(|tx| tx.exec(ADD, args!["a", 1])).await.unwrap();
}

/// Not a test: another process that writes, told so by its environment. Tells every acknowledged write on its output.
#[test]
fn another_process() {
    let Ok(url) = std::env::var("CASELOAD_TEST_OTHER_PROCESS") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(Db::open(&url, Options::default())).unwrap();
    let count: u32 = std::env::var("CASELOAD_TEST_WRITES").unwrap().parse().unwrap();
    for n in 0..count {
        db.write_blocking(|tx| tx.exec(ADD, args!["a", 1])).unwrap();
        println!("acknowledged {n}");
    }
}

fn other_process(url: &str, writes: u32) -> std::process::Child {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process", "--nocapture"])
        .env("CASELOAD_TEST_OTHER_PROCESS", url)
        .env("CASELOAD_TEST_WRITES", writes.to_string())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_the_same_file() {
    let (db, url, _folder) = lite().await;
    db.migrate(COUNTER).await.unwrap();
    let mut child = other_process(&url, 200);
    for _ in 0..200 {
        db.write(|tx| tx.exec(ADD, args!["a", 1])).await.unwrap();
    }
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(ended.success());
    assert_eq!(value_of(&db, "a").await, 400);
}

#[test]
fn what_was_acknowledged_survives_a_killed_process() {
    use std::io::BufRead;
    let (url, _folder) = pg::sqlite();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = Db::open(&url, Options::default()).await.unwrap();
        db.migrate(COUNTER).await.unwrap();
        db.close().await;
    });
    let mut child = other_process(&url, 1_000_000);
    let mut acknowledged = 0;
    for line in std::io::BufReader::new(child.stdout.take().unwrap()).lines() {
        acknowledged += u32::from(line.unwrap().contains("acknowledged"));
        if acknowledged == 300 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    let value = runtime.block_on(async { value_of(&Db::open(&url, Options::default()).await.unwrap(), "a").await });
    assert!(acknowledged >= 300);
    // At most the one unit in flight may be there without an acknowledgement.
    assert!((0..=1).contains(&(value - i64::from(acknowledged))), "{value} rows, {acknowledged} acknowledged");
}

#[tokio::test]
async fn migrations_are_applied_once_and_refuse_what_they_do_not_know() {
    const SECOND: Migration = Migration { name: "V2__more", sql: "CREATE TABLE more (id {uuid} PRIMARY KEY);" };
    const BROKEN: Migration =
        Migration { name: "V3__broken", sql: "CREATE TABLE half (id {int}); CREATE TABLE oops (" };
    const TYPES: Sql = Sql {
        lite: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
        pg: "SELECT data_type FROM information_schema.columns WHERE table_name = 'more'",
    };
    for db in &both().await.dbs {
        let both = [COUNTER[0], SECOND];
        assert_eq!(db.schema_state(&both).await.unwrap(), SchemaState::Behind(2));
        assert_eq!(db.migrate(COUNTER).await.unwrap(), ["V1__counter"]);
        assert_eq!(db.schema_state(&both).await.unwrap(), SchemaState::Behind(1));
        assert_eq!(db.migrate(&both).await.unwrap(), ["V2__more"]);
        assert!(db.migrate(&both).await.unwrap().is_empty());
        assert_eq!(db.schema_state(&both).await.unwrap(), SchemaState::Current);
        assert_eq!(db.schema_state(COUNTER).await.unwrap(), SchemaState::Ahead(1));
        assert!(matches!(db.migrate(COUNTER).await, Err(Error::Migration(_))), "a newer schema is refused");

        let broken = db.migrate(&[COUNTER[0], SECOND, BROKEN]).await;
        assert!(matches!(&broken, Err(Error::Migration(text)) if text.contains("V3__broken")), "{broken:?}");
        assert_eq!(db.schema_state(&both).await.unwrap(), SchemaState::Current, "nothing of the broken one stays");
        let half = db.read(|tx| tx.one::<(i64,)>("SELECT COUNT(*) FROM half", args![])).await;
        assert!(matches!(half, Err(Error::Statement { .. })), "{half:?}");

        let unknown = db
            .migrate(&[COUNTER[0], SECOND, Migration { name: "V3__word", sql: "CREATE TABLE t (n {integer})" }])
            .await;
        assert!(matches!(&unknown, Err(Error::Migration(text)) if text.contains("{integer}")), "{unknown:?}");
        let skipped = [Migration { name: "V0__earlier", sql: "SELECT 1" }, COUNTER[0], SECOND];
        assert!(matches!(db.schema_state(&skipped).await.unwrap(), SchemaState::Unknown(_)));
        assert!(matches!(db.migrate(&skipped).await, Err(Error::Migration(_))));
        let types: Vec<(String,)> = db.read(|tx| tx.all(TYPES, args![])).await.unwrap();
        assert!(types.iter().any(|(text,)| text.contains(if db.engine() == Engine::Sqlite {
            "WITHOUT ROWID"
        } else {
            "uuid"
        })));

        let changed = [Migration { sql: "CREATE TABLE counter (name {text} PRIMARY KEY);", ..COUNTER[0] }, SECOND];
        assert!(matches!(db.schema_state(&changed).await.unwrap(), SchemaState::Unknown(_)));
        assert!(matches!(db.migrate(&changed).await, Err(Error::Migration(_))));
        assert_eq!(value_of(db, "a").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_while_writes_go_on() {
    let both = counters().await;
    let (lite, pg) = (&both.dbs[0], &both.dbs[1]);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("backup.db");
    let writing = tokio::spawn({
        let db = lite.clone();
        async move {
            for _ in 0..200 {
                // Both counters move together; a copy of one moment has them equal.
                db.write(|tx| {
                    tx.exec(ADD, args!["a", 1])?;
                    tx.exec(ADD, args!["b", 1])
                })
                .await
                .unwrap();
            }
        }
    });
    while lite.stats().units < 20 {
        tokio::task::yield_now().await;
    }
    lite.backup(&target).await.unwrap();
    writing.await.unwrap();
    let files: Vec<_> = folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["backup.db"]);
    let copy = Db::open(&format!("sqlite://{}", target.display()), Options::default()).await.unwrap();
    let (a, b) = (value_of(&copy, "a").await, value_of(&copy, "b").await);
    assert!(a >= 20 && a == b, "{a} {b}");
    assert_eq!(copy.schema_state(COUNTER).await.unwrap(), SchemaState::Current);
    assert!(matches!(lite.backup(&target).await, Err(Error::Backup(_))), "an existing file is not overwritten");
    let refused = pg.backup(folder.path().join("other")).await;
    assert!(matches!(&refused, Err(Error::Backup(text)) if text.contains("pg_dump")));
}

#[tokio::test]
async fn every_connection_is_durable_and_checks_references() {
    let (db, _, _folder) = lite().await;
    let settings = |tx: &mut Tx| {
        let mut number = |sql: &str| tx.one::<(i64,)>(sql, args![]).map(|row| row.unwrap().0);
        Ok::<_, Error>((number("PRAGMA synchronous")?, number("PRAGMA foreign_keys")?, number("PRAGMA query_only")?))
    };
    // FULL is 2.
    assert_eq!(db.write(settings).await.unwrap(), (2, 1, 0));
    assert_eq!(db.read(settings).await.unwrap(), (2, 1, 1));
    let mode = db.read(|tx| tx.one::<(String,)>("PRAGMA journal_mode", args![])).await.unwrap();
    assert_eq!(mode, Some(("wal".into(),)));
}

#[tokio::test]
async fn a_damaged_copy_is_no_backup() {
    let (db, _, folder) = lite().await;
    db.migrate(COUNTER).await.unwrap();
    // A reference that points nowhere, as a program without foreign keys would leave it.
    let other = rusqlite::Connection::open(folder.path().join("test.db")).unwrap();
    let wound = "PRAGMA foreign_keys = OFF; CREATE TABLE child (name TEXT REFERENCES counter (name));
                 INSERT INTO child VALUES ('nobody');";
    other.execute_batch(wound).unwrap();
    let target = folder.path().join("backup.db");
    assert!(matches!(db.backup(&target).await, Err(Error::Backup(_))));
    assert!(!target.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_small_and_goes_when_the_database_is_closed() {
    let (url, folder) = pg::sqlite();
    let db = Db::open(&url, Options { log_max_bytes: 4 << 20, ..Options::default() }).await.unwrap();
    db.migrate(KINDS).await.unwrap();
    let file = |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
    let mut longest = 0;
    for n in 0..1500_u32 {
        let insert = "INSERT INTO kinds (id, b, flag) VALUES ($1, $2, 0)";
        db.write(move |tx| tx.exec(insert, args![Uuid::from_u128(n.into()), vec![7_u8; 32 << 10]])).await.unwrap();
        longest = longest.max(file("test.db-wal"));
    }
    assert!(longest > 0 && longest < 16 << 20, "{longest} bytes of log for 48 MB of writes");
    let clone = db.clone();
    db.close().await;
    assert_eq!(file("test.db-wal"), 0);
    assert!(file("test.db") > 1500 * (32 << 10));
    let late = clone.ping().await;
    assert!(matches!(late, Err(Error::Unavailable(db::Unavailable::Closed))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_small_while_the_writer_is_never_idle() {
    let (url, folder) = pg::sqlite();
    let db = Db::open(&url, Options { log_max_bytes: 4 << 20, group_units: 4, ..Options::default() }).await.unwrap();
    db.migrate(KINDS).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16_u32 {
        let db = db.clone();
        writers.spawn(async move {
            for n in 0..150_u32 {
                let id = Uuid::from_u128(u128::from(writer << 16 | n));
                let insert = "INSERT INTO kinds (id, b, flag) VALUES ($1, $2, 0)";
                db.write(move |tx| tx.exec(insert, args![id, vec![7_u8; 32 << 10]])).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let log = std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
    assert!(log < 24 << 20, "{log} bytes of log for 77 MB of writes");
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_small_while_every_group_takes_long() {
    let (url, folder) = pg::sqlite();
    // Each group takes longer than a checkpoint is willing to wait for whoever reads the log.
    let options = Options { log_max_bytes: 4 << 20, group_time: Duration::ZERO, ..Options::default() };
    let db = Db::open(&url, options).await.unwrap();
    db.migrate(KINDS).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..3_u32 {
        let db = db.clone();
        writers.spawn(async move {
            for n in 0..4_u32 {
                let id = Uuid::from_u128(u128::from(writer << 16 | n));
                let insert = "INSERT INTO kinds (id, b, flag) VALUES ($1, $2, 0)";
                let unit = move |tx: &mut db::Tx<'_>| {
                    std::thread::sleep(Duration::from_millis(400));
                    tx.exec(insert, args![id, vec![7_u8; 2 << 20]])
                };
                db.write(unit).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let log = std::fs::metadata(folder.path().join("test.db-wal")).unwrap().len();
    assert!(log < 12 << 20, "{log} bytes of log for 24 MB of writes");
    db.close().await;
}

#[tokio::test]
async fn closing_finishes_what_is_queued() {
    for db in counters().await.dbs {
        let keep = db.clone();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let db = keep.clone();
                tokio::spawn(async move { db.write(|tx| tx.exec(ADD, args!["a", 1])).await })
            })
            .collect();
        tokio::task::yield_now().await;
        let engine = db.engine();
        db.close().await;
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => done += 1,
                Err(error) => assert!(error.is_unavailable(), "{error:?}"),
            }
        }
        assert!(done > 0 || engine == Engine::Postgres);
        assert!(keep.write(|tx| tx.exec(ADD, args!["a", 1])).await.is_err());
    }
}

#[test]
fn threads_without_a_runtime_are_served() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let both = runtime.block_on(counters());
    // The runtime that opened the databases is gone.
    drop(runtime);
    for db in &both.dbs {
        db.write_blocking(|tx| tx.exec(ADD, args!["a", 3])).unwrap();
        assert_eq!(db.read_blocking(|tx| value(tx, "a")).unwrap(), 3);
    }
}

#[tokio::test]
async fn what_is_unsafe_or_unknown_is_refused() {
    let open = async |url: &str| Db::open(url, Options::default()).await.unwrap_err();
    assert!(matches!(open("mysql://x").await, Error::Refused(_)));
    assert!(matches!(open("sqlite://").await, Error::Refused(_)));
    assert!(matches!(open("sqlite:///no/such/folder/x.db").await, Error::Refused(_)));
    assert!(matches!(open("postgres:///x?host=/no/such/socket").await, Error::Unavailable(_)));

    let url = pg::postgres();
    let db = Db::open(&url, Options::default()).await.unwrap();
    let name = url.split('/').nth(3).and_then(|rest| rest.split('?').next()).unwrap();
    let off = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    db.write(move |tx| tx.exec(&off, args![])).await.unwrap();
    let refused = open(&url).await;
    assert!(matches!(&refused, Error::Refused(text) if text.contains("synchronous_commit")), "{refused:?}");
}

/// CPU time of this process so far; fields 14 and 15 of proc(5) `stat`, in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace().skip(11);
    fields.take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// Figures, not a test: `cargo test -p db --test it -- --ignored --nocapture bench`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures"]
async fn bench() {
    const ROWS: i64 = 100_000;
    const UNIT: &[Migration] = &[Migration {
        name: "V1__unit",
        sql: "CREATE TABLE unit (org {uuid}, id {int}, custodian {int}, state {int}, version {int}, PRIMARY KEY (org, id)){without_rowid};
              CREATE INDEX unit_custodian ON unit (org, custodian, state, id);
              CREATE TABLE entry (org {uuid}, id {uuid}, at {int}, kind {text}, hash {bytes}, PRIMARY KEY (org, id)){without_rowid};
              CREATE TABLE movement (org {uuid}, unit {int}, entry {uuid}, source {int}, target {int}, PRIMARY KEY (org, unit, entry)){without_rowid};",
    }];
    let org = Uuid::from_u128(0x0102_0304);
    for db in &both().await.dbs {
        db.migrate(UNIT).await.unwrap();
        for chunk in 0..ROWS / 1000 {
            db.write(move |tx| {
                for id in chunk * 1000..(chunk + 1) * 1000 {
                    tx.exec("INSERT INTO unit VALUES ($1, $2, $3, 0, 1)", args![org, id, id % 500])?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        }
        let point = move |tx: &mut Tx, id: i64| {
            let sql = "SELECT id, custodian, state, version FROM unit WHERE org = $1 AND id = $2";
            tx.one::<(i64, i64, i64, i64)>(sql, args![org, id]).map(|row| row.unwrap().1)
        };
        let transfer = move |tx: &mut Tx, id: i64, seq: u128| {
            let from = point(tx, id)?;
            let to = (from + 1) % 500;
            let entry = Uuid::from_u128(seq);
            let sql = "UPDATE unit SET custodian = $3, version = version + 1 WHERE org = $1 AND id = $2 AND state = 0";
            assert_eq!(tx.exec(sql, args![org, id, to])?, 1);
            tx.exec("INSERT INTO entry VALUES ($1, $2, $3, 'transfer', $4)", args![org, entry, id, [0_u8; 32]])?;
            tx.exec("INSERT INTO movement VALUES ($1, $2, $3, $4, $5)", args![org, id, entry, from, to])
        };
        let spread = |seq: u64| (seq.wrapping_mul(7919) % ROWS as u64) as i64;
        let run = async |what: &str, clients: u64, each: u64, kind: u8| {
            let (before, cpu) = (db.stats(), cpu_seconds());
            let started = Instant::now();
            let tasks: Vec<_> = (0..clients)
                .map(|client| {
                    let db = db.clone();
                    tokio::spawn(async move {
                        let mut times = Vec::new();
                        for n in 0..each {
                            let seq = client * each + n;
                            let begun = Instant::now();
                            match kind {
                                0 => assert_eq!(db.read(move |tx| point(tx, spread(seq))).await.unwrap(), spread(seq) % 500),
                                1 => {
                                    let sql = "SELECT id, custodian, state, version FROM unit WHERE org = $1 AND custodian = $2 ORDER BY state, id LIMIT 50";
                                    let list = move |tx: &mut Tx| tx.all::<(i64, i64, i64, i64)>(sql, args![org, spread(seq) % 500]);
                                    assert_eq!(db.read(list).await.unwrap().len(), 50);
                                }
                                _ => {
                                    let entry = u128::from(seq) + (u128::from(clients) << 64);
                                    db.write(move |tx| transfer(tx, spread(seq), entry)).await.map(drop).unwrap();
                                }
                            }
                            times.push(begun.elapsed());
                        }
                        times
                    })
                })
                .collect();
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await.unwrap());
            }
            let count = (clients * each) as f64;
            let (rate, cpu) = (count / started.elapsed().as_secs_f64(), (cpu_seconds() - cpu) / count * 1e6);
            times.sort();
            let at = |share: f64| times[(times.len() as f64 * share) as usize];
            let after = db.stats();
            assert_eq!(after.reads + after.units - before.reads - before.units, clients * each);
            println!(
                "{:?} {what}: {rate:.0}/s; CPU {cpu:.0} µs each; p50 {:.2?}, p99 {:.2?}, p99.9 {:.2?}, slowest {:.2?}; commits {}",
                db.engine(),
                at(0.5),
                at(0.99),
                at(0.999),
                times[times.len() - 1],
                after.groups - before.groups
            );
        };
        run("tiny reads, 32 clients", 32, 2000, 0).await;
        run("lists of 50, 32 clients", 32, 500, 1).await;
        run("tiny reads, 1 client", 1, 5000, 0).await;
        run("durable transfers, 1 client", 1, 2000, 2).await;
        run("durable transfers, 32 clients", 32, 500, 2).await;
    }
}

#[tokio::test]
async fn what_a_reader_remembers_holds_until_somebody_commits() {
    let options = Options { readers: 1, ..Options::default() };
    let (url, _folder) = pg::sqlite();
    let db = Db::open(&url, options.clone()).await.unwrap();
    db.migrate(COUNTER).await.unwrap();
    // Another process, as far as this one can tell.
    let other = Db::open(&url, options).await.unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let look = async || {
        let asked = asked.clone();
        db.read(move |tx| {
            tx.remembered("a", |tx| {
                asked.fetch_add(1, SeqCst);
                value(tx, "a")
            })
        })
        .await
        .unwrap()
    };
    assert_eq!((look().await, look().await, asked.load(SeqCst)), (0, 0, 1));
    db.write(|tx| tx.exec(ADD, args!["a", 5])).await.unwrap();
    assert_eq!((look().await, look().await, asked.load(SeqCst)), (5, 5, 2));
    other.write(|tx| tx.exec(ADD, args!["a", 1])).await.unwrap();
    assert_eq!((look().await, look().await, asked.load(SeqCst)), (6, 6, 3));
    let refused: Result<i64> = db.read(|tx| tx.remembered("b", |_| Err(Error::Panicked))).await;
    assert!(refused.is_err(), "an error is not remembered");
    assert_eq!(db.read(|tx| tx.remembered("b", |tx| value(tx, "b"))).await.unwrap(), 0);
    let (ann, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let names = async |ids: &'static [u128]| {
        let ids: Vec<Uuid> = ids.iter().map(|id| Uuid::from_u128(*id)).collect();
        let asked = asked.clone();
        db.read(move |tx| {
            tx.remembered_rows("name", ann, &ids, |_, ids| {
                asked.fetch_add(ids.len() as u32, SeqCst);
                Ok::<_, Error>(ids.iter().map(|id| (*id, id.to_string())).collect())
            })
        })
        .await
        .unwrap()
    };
    asked.store(0, SeqCst);
    assert_eq!(names(&[1]).await, [(ann, ann.to_string())]);
    assert_eq!((names(&[1, 2]).await.len(), asked.load(SeqCst)), (2, 2), "only the unknown one is asked for");
    db.write(|tx| tx.exec(ADD, args!["b", 1])).await.unwrap();
    assert_eq!((names(&[2]).await, asked.load(SeqCst)), (vec![(bob, bob.to_string())], 3));
    // A unit of work sees what it wrote itself, so it remembers nothing.
    let seen = db.write(|tx| {
        let before = tx.remembered("a", |tx| value(tx, "a"))?;
        tx.exec(ADD, args!["a", 1])?;
        Ok::<_, Error>((before, tx.remembered("a", |tx| value(tx, "a"))?))
    });
    assert_eq!(seen.await.unwrap(), (6, 7));
}
