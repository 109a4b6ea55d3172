//! The command line.

use crate::{demo, files, generate, keys, people, serve};
use anyhow::{Context, Result, bail};
use app::{App, Config};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the data is unless said otherwise.
const DEFAULT_DATABASE: &str = "sqlite://caseload.db";

/// Who is accountable for each device, who may use it in which surgery, what was used, who owes what for it.
#[derive(Parser, Debug)]
#[command(name = "caseload", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where the data is: `sqlite://FILE` or `postgres://…`.
    #[arg(
        long,
        global = true,
        env = "CASELOAD_DATABASE_URL",
        default_value = "sqlite://caseload.db",
        hide_env_values = true
    )]
    pub database_url: String,
    /// Writes the log as JSON, one line an event.
    #[arg(long, global = true, env = "CASELOAD_LOG_JSON")]
    pub log_json: bool,
}

/// One command.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Serves a ready organisation with people, stock and a year of history.
    ///
    /// Its database is made anew at each start unless `--database-url` names one that exists already.
    #[command(after_help = "Example:\n  caseload demo --listen 127.0.0.1:8080")]
    Demo(Serve),
    /// Serves the console and the API.
    #[command(after_help = "Example:\n  caseload serve --database-url sqlite://caseload.db --listen 127.0.0.1:8080")]
    Serve(Serve),
    /// Makes an organisation with its primary admin.
    ///
    /// The password comes from CASELOAD_PASSWORD or is asked for.
    #[command(
        after_help = "Example:\n  caseload init --organization \"Northlake Ortho\" --kind distributor --email ada@northlake.example --name \"Ada Park\""
    )]
    Init(people::Init),
    /// Prints an API token for an account as the last line.
    #[command(after_help = "Example:\n  TOKEN=$(caseload token --email ada@northlake.example | tail -n 1)")]
    Token {
        /// The account's e-mail.
        #[arg(long)]
        email: String,
    },
    /// Makes data of any size up for the first organisation, through the rules that people obey.
    #[command(
        after_help = "Example:\n  caseload generate --units 100000 --users 100 --customers 5000 --events 20000 --seed 7"
    )]
    Generate(generate::Generate),
    /// Replays the journal against the tables and checks its chain.
    ///
    /// Exit code 1 and a list where they differ.
    #[command(after_help = "Example:\n  caseload verify --database-url sqlite://caseload.db")]
    Verify,
    /// Imports a file: CSV or XLSX, checked whole before anything is written.
    #[command(after_help = "Example:\n  caseload import catalog_items devices.csv --dry-run --create-missing")]
    Import(files::Import),
    /// Exports a list as CSV.
    #[command(after_help = "Example:\n  caseload export units stock.csv")]
    Export(files::Export),
    /// Brings the database up to date.
    ///
    /// A single server does it by itself; run this before starting several servers on one database.
    #[command(
        after_help = "Example:\n  caseload migrate --database-url postgres://caseload@db/caseload --server-role caseload_server"
    )]
    Migrate {
        /// A role of PostgreSQL that servers sign in with, apart from the one that migrates: it is given what they need. It
        /// can add to the journal, and neither change nor delete what stands there.
        #[arg(long)]
        server_role: Option<String>,
    },
    /// Copies the database while it is in use, and checks the copy (SQLite).
    #[command(after_help = "Example:\n  caseload backup /backups/caseload-$(date +%F).db")]
    Backup {
        /// Where the copy goes; it must not exist.
        file: PathBuf,
    },
    /// Seals every file with a key, whatever it was sealed with before: after a key became known to somebody, or the first time.
    ///
    /// Servers that know both keys (`--key-file` the new one, `--old-key-file` the one before) may serve meanwhile.
    #[command(
        after_help = "Example:\n  openssl rand -hex 32 > new.key\n  caseload seal-files --key-file new.key --old-key-file caseload.key"
    )]
    SealFiles {
        /// The key that files are sealed with from now on.
        #[arg(long, env = "CASELOAD_KEY_FILE")]
        key_file: PathBuf,
        /// The key before that one; none when files were not sealed until now.
        #[arg(long, env = "CASELOAD_OLD_KEY_FILE")]
        old_key_file: Option<PathBuf>,
    },
    /// Puts a backup in the place of the database (SQLite, no server running).
    #[command(
        after_help = "Example:\n  caseload restore /backups/caseload-2026-11-22.db --database-url sqlite://caseload.db"
    )]
    Restore {
        /// The backup.
        file: PathBuf,
        /// Replaces a database that exists; it is kept beside as `.before-restore`.
        #[arg(long)]
        replace: bool,
    },
}

/// How to serve.
#[derive(Args, Debug, Clone)]
pub struct Serve {
    /// Where to listen.
    #[arg(long, env = "CASELOAD_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where `/metrics` is served; nowhere unless given.
    #[arg(long, env = "CASELOAD_ADMIN_LISTEN")]
    pub admin_listen: Option<SocketAddr>,
    /// How people reach the server, for links in mails; the listening address unless given.
    #[arg(long, env = "CASELOAD_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// A certificate chain (PEM); with `--tls-key` the server speaks TLS itself.
    #[arg(long, env = "CASELOAD_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "CASELOAD_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A file with a key of 32 bytes (`openssl rand -hex 32`): files that people attach are sealed with it. Keep it apart from
    /// the database and its backups; without it they cannot be read. Where none is given and the data is one SQLite file, a key is
    /// made beside it, `FILE.key`.
    #[arg(long, env = "CASELOAD_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The key before that one, while `caseload seal-files` seals everything anew.
    #[arg(long, env = "CASELOAD_OLD_KEY_FILE")]
    pub old_key_file: Option<PathBuf>,
    /// Where mails are written while no mail server is configured.
    #[arg(long, env = "CASELOAD_OUTBOX", default_value = "outbox")]
    pub outbox: PathBuf,
    /// The mail server, `smtps://user:password@host`.
    #[arg(long, env = "CASELOAD_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// The sender of mails.
    #[arg(long, env = "CASELOAD_MAIL_FROM", default_value = "caseload@localhost")]
    pub mail_from: String,
}

/// Carries a command out.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let url = &arguments.database_url;
    match arguments.command {
        Command::Demo(options) => demo(url, options).await?,
        Command::Serve(options) => serve::serve(open(url).await?, options, keys::beside(url)).await?,
        Command::Init(init) => people::init(&migrated(url).await?, init).await?,
        Command::Token { email } => people::token(&migrated(url).await?, &email).await?,
        Command::Generate(wish) => generate::generate(url, wish).await?,
        Command::Verify => return verify(url).await,
        Command::Import(import) => return files::import(migrated(url).await?, import).await,
        Command::Export(export) => files::export(migrated(url).await?, export).await?,
        Command::Migrate { server_role } => {
            let db = open(url).await?;
            let done = db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
            println!("{} migrations applied; the database is up to date.", done.len());
            if let Some(role) = server_role {
                let granted = db.grant(&role, store::journal::APPEND_ONLY).await;
                granted.with_context(|| format!("{role} was not given its rights; does the role exist?"))?;
                println!("{role} may serve: rows only, and the journal is never changed.");
            }
        }
        Command::Backup { file } => {
            if file.exists() {
                bail!("{} exists already; choose another name", file.display());
            }
            open(url).await?.backup(&file).await.context("the backup failed")?;
            println!("Copied and checked: {}", file.display());
            if let Some(key) = keys::beside(url).filter(|key| key.exists()) {
                println!(
                    "Files in it are sealed with {}: keep a copy of that key, apart from the backup.",
                    key.display()
                );
            }
        }
        Command::SealFiles { key_file, old_key_file } => seal_files(url, &key_file, old_key_file.as_deref()).await?,
        Command::Restore { file, replace } => restore(url, &file, replace).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Seals every file with a key.
async fn seal_files(url: &str, key: &std::path::Path, old: Option<&std::path::Path>) -> Result<()> {
    let config = Config {
        file_key: Some(keys::read(key)?),
        old_file_key: old.map(keys::read).transpose()?,
        ..Config::default()
    };
    let db = open(url).await?;
    db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
    let done = App::real(db, config).reseal(|so_far| eprint!("\r{} sealed", so_far.sealed)).await;
    let done = done.map_err(people::plain)?;
    eprintln!();
    println!("{} files are sealed with {} now; {} were already.", done.sealed, key.display(), done.already);
    println!("Give every server this key. What was copied before opens with the key before.");
    Ok(())
}

/// Makes the demo where it does not exist yet, prints the logins, and serves it.
async fn demo(url: &str, options: Serve) -> Result<()> {
    let folder;
    let own = url == DEFAULT_DATABASE;
    let url = if own {
        folder = std::env::temp_dir().join(format!("caseload-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder).context("the demo's folder could not be made")?;
        format!("sqlite://{}", folder.join("demo.db").display())
    } else {
        url.to_owned()
    };
    let db = open(&url).await?;
    db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
    let empty = db.read(store::engine::organizations).await?.is_empty();
    if empty {
        let began = std::time::Instant::now();
        let key = match &options.key_file {
            Some(path) => Some(keys::read(path)?),
            None => keys::beside(&url).map(|path| keys::made(&path)).transpose()?,
        };
        demo::make(db.clone(), key, |what| println!("Making {what} …")).await?;
        println!("Ready after {:.0} s.", began.elapsed().as_secs_f64());
    }
    println!("\nCaseload runs at  http://{}\n\nSign in as (password for all: {}):", options.listen, demo::PASSWORD);
    for (what, email) in demo::LOGINS {
        println!("  {:<34} {what}", format!("{email}@northlake.example"));
    }
    println!("  {:<34} Primary admin of a linked manufacturer", demo::MAKER_ADMIN);
    println!("\nThe data is in {}. Stop with Ctrl C.\n", without_password(&url));
    let served = serve::serve(db, options, keys::beside(&url)).await;
    if own {
        let _ = std::fs::remove_dir_all(url.trim_start_matches("sqlite://").trim_end_matches("/demo.db"));
    }
    served
}

/// The database as it is.
pub async fn open(url: &str) -> Result<store::Db> {
    open_with(url, db::Options::default()).await
}

/// The same with limits of one's own.
pub async fn open_with(url: &str, options: db::Options) -> Result<store::Db> {
    store::Db::open(url, options).await.with_context(|| {
        format!(
            "the database {} could not be opened; check --database-url and that its folder can be written",
            without_password(url)
        )
    })
}

async fn verify(url: &str) -> Result<ExitCode> {
    let app = App::real(open(url).await?, Config::default());
    let mut proven = true;
    for (id, name) in app.organizations().await.map_err(people::plain)? {
        let mut last = "";
        let report = app.verify(id, |progress| {
            if progress.step != last {
                eprintln!("{name}: {}", progress.step);
                last = progress.step;
            }
        });
        let report = report.await.map_err(people::plain)?;
        for difference in &report.differences {
            println!("{name}: {difference}");
        }
        if report.is_proven() {
            println!("{name}: proven. {} units and {} entries agree with the journal.", report.units, report.entries);
        } else {
            let more = if report.more { "more than " } else { "" };
            println!("{name}: {more}{} differences.", report.differences.len());
            proven = false;
        }
    }
    Ok(if proven { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The house on a database that is up to date.
pub async fn migrated(url: &str) -> Result<App> {
    let db = open(url).await?;
    db.migrate(store::MIGRATIONS).await.context("the database could not be brought up to date")?;
    Ok(App::real(db, Config::default()))
}

/// A database's address without what must not be printed.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

async fn restore(url: &str, file: &std::path::Path, replace: bool) -> Result<()> {
    let Some(target) = url.strip_prefix("sqlite://").map(PathBuf::from) else {
        bail!("restore puts back a SQLite file; for PostgreSQL use pg_restore, then `caseload verify`");
    };
    if !file.is_file() {
        bail!("{} is not a file", file.display());
    }
    if target.exists() && !replace {
        bail!("{} exists; stop the server and add --replace to put the backup in its place", target.display());
    }
    let trial = PathBuf::from(format!("{}.restoring", target.display()));
    let tried = try_backup(file, &trial).await;
    remove(&trial);
    tried.with_context(|| format!("{} cannot be restored; nothing was changed", file.display()))?;
    if target.exists() {
        let kept = PathBuf::from(format!("{}.before-restore", target.display()));
        std::fs::rename(&target, &kept).context("the present database could not be moved aside")?;
        remove(&target);
        println!("The database before is kept as {}", kept.display());
    }
    std::fs::copy(file, &target).with_context(|| format!("{} could not be written", target.display()))?;
    let db = open(url).await?;
    db.migrate(store::MIGRATIONS).await.context("the backup could not be brought up to date")?;
    println!("Restored {} from {}. Run `caseload verify` to prove its journal.", target.display(), file.display());
    Ok(())
}

/// Whether a backup is one: a copy of it is opened and brought up to date.
async fn try_backup(file: &std::path::Path, trial: &std::path::Path) -> Result<()> {
    std::fs::copy(file, trial).with_context(|| format!("{} could not be written", trial.display()))?;
    let db = open(&format!("sqlite://{}", trial.display())).await?;
    if db.schema_state(store::MIGRATIONS).await? == db::SchemaState::Behind(store::MIGRATIONS.len()) {
        bail!("it holds no data of Caseload");
    }
    db.migrate(store::MIGRATIONS).await?;
    db.close().await;
    Ok(())
}

/// Removes a database file with what SQLite keeps beside it.
fn remove(file: &std::path::Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_passwords_are_not_printed() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
        assert_eq!(without_password("postgres://me:secret@db/x"), "postgres://…@db/x");
        assert_eq!(without_password("sqlite://a.db"), "sqlite://a.db");
    }
}
