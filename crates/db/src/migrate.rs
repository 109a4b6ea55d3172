//! Numbered migrations: one logical text whose few type words expand for each engine, forward only. Each migration and
//! the record of it are one transaction on both engines, so a schema is never between two of them.

use crate::lite::Lite;
use crate::pg::{ORGANIZATIONS, Pg};
use crate::tx::Engine;
use crate::{Error, Result};
use refinery::{Migration as Step, Runner, Target};
use rusqlite::OptionalExtension;

/// The table that records what was applied.
const HISTORY: &str = "schema_history";
/// The words of a migration's text: name, SQLite, PostgreSQL. Text is compared byte by byte on both.
const WORDS: [(&str, &str, &str); 5] = [
    ("{uuid}", "BLOB", "uuid"),
    ("{int}", "INTEGER", "BIGINT"),
    ("{text}", "TEXT", "TEXT COLLATE \"C\""),
    ("{bytes}", "BLOB", "bytea"),
    ("{without_rowid}", " WITHOUT ROWID", ""),
];

/// One migration.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `V<number>__<words>`, e.g. `V1__people`. Never changed once applied anywhere.
    pub name: &'static str,
    /// Statements with the words `{uuid}`, `{int}`, `{text}`, `{bytes}` and `{without_rowid}`.
    pub sql: &'static str,
}

/// How the schema of a database compares to the migrations that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// All are applied, and no others.
    Current,
    /// So many are still to be applied.
    Behind(usize),
    /// A newer program has applied so many more.
    Ahead(usize),
    /// An applied migration differs from the known one or is out of order; the text says which.
    Unknown(String),
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::Migration(error.to_string())
}

/// The text of a migration for an engine.
pub(crate) fn expand(sql: &str, engine: Engine) -> Result<String> {
    let mut text = sql.to_owned();
    for (word, lite, pg) in WORDS {
        text = text.replace(word, if engine == Engine::Sqlite { lite } else { pg });
    }
    let stray = text.split('{').skip(1).find_map(|rest| {
        let (word, _) = rest.split_once('}')?;
        (!word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(word)
    });
    match stray {
        Some(word) => Err(Error::Migration(format!("unknown word {{{word}}}"))),
        None => Ok(text),
    }
}

fn steps(migrations: &[Migration], engine: Engine) -> Result<Vec<Step>> {
    let step = |migration: &Migration| {
        let named = |error: String| Error::Migration(format!("{}: {error}", migration.name));
        let text = expand(migration.sql, engine).map_err(|error| named(error.to_string()))?;
        Step::unapplied(migration.name, &text).map_err(|error| named(error.to_string()))
    };
    let mut steps = migrations.iter().map(step).collect::<Result<Vec<_>>>()?;
    steps.sort();
    Ok(steps)
}

/// A runner that goes up to one step, in one transaction together with its record.
fn runner(steps: &[Step], upto: &Step) -> Runner {
    let mut runner = Runner::new(steps).set_grouped(true).set_target(Target::Version(upto.version()));
    runner.set_migration_table_name(HISTORY);
    runner
}

fn names(report: &refinery::Report) -> Vec<String> {
    report.applied_migrations().iter().map(ToString::to_string).collect()
}

/// What the runner found wrong, with the engine's own words, which tell the place in the text.
fn failed(step: &Step, error: &refinery::Error) -> Error {
    let mut text = format!("{step}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    Error::Migration(text)
}

pub(crate) async fn migrate_lite(lite: &Lite, migrations: &[Migration]) -> Result<Vec<String>> {
    let steps = steps(migrations, Engine::Sqlite)?;
    let run = move |connection: &mut rusqlite::Connection| {
        let mut applied = Vec::new();
        for step in &steps {
            let report = runner(&steps, step).run(connection).map_err(|error| failed(step, &error))?;
            applied.extend(names(&report));
        }
        if !applied.is_empty() {
            crate::estimates::write(connection).map_err(wrong)?;
        }
        Ok(applied)
    };
    lite.aside(run).await
}

pub(crate) async fn migrate_pg(pg: &Pg, migrations: &[Migration]) -> Result<Vec<String>> {
    // A server's own role may look, and has nothing to do where everything is done.
    if state_pg(pg, migrations).await? == SchemaState::Current {
        return Ok(Vec::new());
    }
    let steps = steps(migrations, Engine::Postgres)?;
    let run = move |mut client: tokio_postgres::Client| async move {
        let mut applied = Vec::new();
        for step in &steps {
            let report = runner(&steps, step).run_async(&mut client).await.map_err(|error| failed(step, &error))?;
            applied.extend(names(&report));
        }
        Ok(applied)
    };
    pg.aside(run).await
}

/// What a server's own role may do: everything with rows, nothing with the schema, only add to the tables of `append`, and
/// within a transaction of some organisations nothing with rows of another. The owner of the tables stays free of that.
pub(crate) async fn grant_pg(pg: &Pg, role: &str, append: &[&str]) -> Result<()> {
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    let tables = append.join(", ");
    // The setting is read once for a statement, not for every row.
    let policy = format!(
        "COALESCE(organization_id = ANY ((SELECT string_to_array(NULLIF(current_setting('{ORGANIZATIONS}', true), ''), ','))::uuid[]), true)"
    );
    let text = format!(
        "BEGIN;
         GRANT USAGE ON SCHEMA public TO {quoted};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted};
         REVOKE UPDATE, DELETE ON {tables} FROM {quoted};
         REVOKE INSERT, UPDATE, DELETE ON {HISTORY} FROM {quoted};
         DO $do$ DECLARE owned regclass; BEGIN
           FOR owned IN
             SELECT entry.oid FROM pg_class entry JOIN pg_attribute col ON col.attrelid = entry.oid
              WHERE entry.relnamespace = 'public'::regnamespace AND entry.relkind IN ('r', 'p')
                AND col.attname = 'organization_id' AND NOT col.attisdropped ORDER BY entry.relname
           LOOP
             EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', owned);
             EXECUTE format('DROP POLICY IF EXISTS one_organization ON %s', owned);
             EXECUTE format($policy$CREATE POLICY one_organization ON %s USING ({policy})$policy$, owned);
           END LOOP;
         END $do$;
         COMMIT;"
    );
    pg.aside(
        move |client| async move { client.batch_execute(&text).await.map_err(|error| Error::from_pg(error, "GRANT")) },
    )
    .await
}

pub(crate) async fn state_lite(lite: &Lite, migrations: &[Migration]) -> Result<SchemaState> {
    let known = steps(migrations, Engine::Sqlite)?;
    let look = move |connection: &mut rusqlite::Connection| {
        let table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
        let there = connection.query_row(table, [HISTORY], |_| Ok(())).optional().map_err(wrong)?.is_some();
        let Some(last) = known.last().filter(|_| there) else { return Ok(compare(&known, &[])) };
        let applied = runner(&known, last).get_applied_migrations(connection).map_err(wrong)?;
        Ok(compare(&known, &applied))
    };
    lite.aside(look).await
}

pub(crate) async fn state_pg(pg: &Pg, migrations: &[Migration]) -> Result<SchemaState> {
    let known = steps(migrations, Engine::Postgres)?;
    let look = move |mut client: tokio_postgres::Client| async move {
        let table = "SELECT to_regclass($1::text) IS NOT NULL";
        let there: bool = client.query_one(table, &[&HISTORY]).await.map_err(wrong)?.get(0);
        let Some(last) = known.last().filter(|_| there) else { return Ok(compare(&known, &[])) };
        let applied = runner(&known, last).get_applied_migrations_async(&mut client).await.map_err(wrong)?;
        Ok(compare(&known, &applied))
    };
    pg.aside(look).await
}

fn compare(known: &[Step], applied: &[Step]) -> SchemaState {
    let newest = known.last().map(Step::version);
    let (older, newer): (Vec<&Step>, Vec<&Step>) = applied.iter().partition(|step| Some(step.version()) <= newest);
    for (place, step) in older.iter().enumerate() {
        match known.get(place) {
            Some(expected) if expected == *step => {}
            Some(expected) if expected.version() == step.version() => {
                return SchemaState::Unknown(format!("{step} is applied with another text"));
            }
            _ => return SchemaState::Unknown(format!("{step} is applied, something before it is not or is unknown")),
        }
    }
    match (known.len() - older.len(), newer.len()) {
        (0, 0) => SchemaState::Current,
        (0, more) => SchemaState::Ahead(more),
        (missing, 0) => SchemaState::Behind(missing),
        _ => SchemaState::Unknown("newer migrations are applied, older ones are not".into()),
    }
}
