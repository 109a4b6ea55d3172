//! Databases for tests: a throwaway PostgreSQL cluster for each test process, a scratch file for SQLite.
//!
//! The cluster lives in memory-backed storage where there is one and stops when the process ends, however it ends: a
//! small shell waits for the end of its input, which the system closes for us. `CASELOAD_TEST_POSTGRES` names an
//! existing server (the URL of a database whose role may create others) to be used instead; the databases made there
//! are dropped at the end.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// The URL of a fresh, empty PostgreSQL database.
///
/// Panics with a sentence that says what to install when no server programs are found.
pub fn postgres() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| match std::env::var("CASELOAD_TEST_POSTGRES") {
        Ok(url) => Server::existing(url),
        Err(_) => Server::start(),
    });
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("caseload_test_{}_{:08x}_{count}", std::process::id(), random() as u32);
    let made = Command::new(server.programs.join("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url, "-c"])
        .arg(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"))
        .output()
        .expect("psql runs");
    assert!(made.status.success(), "no test database: {}", String::from_utf8_lossy(&made.stderr));
    let mut keeper = server.keeper.lock().expect("the keeper's lock is whole");
    writeln!(keeper.stdin.as_mut().expect("piped"), "{name}").expect("the keeper listens");
    with_database(&server.url, &name)
}

/// The URL of a new SQLite database and the folder that holds it; the folder goes when the handle is dropped.
pub fn sqlite() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    (format!("sqlite://{}", folder.path().join("test.db").display()), folder)
}

struct Server {
    programs: PathBuf,
    /// The URL of a database that is there already.
    url: String,
    /// Cleans up when our end of its input closes.
    keeper: Mutex<Child>,
}

/// Reads names of databases until the end of input, then cleans up.
const KEEP_DATABASES: &str = r#"
while read -r name; do names="$names $name"; done
for name in $names; do "$PROGRAMS/psql" -X -q -d "$URL" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)"; done"#;
const KEEP_CLUSTER: &str = r#"
while read -r name; do :; done
"$PROGRAMS/pg_ctl" -D "$FOLDER/data" -m immediate -w stop
rm -rf "$FOLDER""#;

impl Server {
    fn existing(url: String) -> Self {
        let programs = programs();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEP_DATABASES]).env("PROGRAMS", &programs).env("URL", &url);
        Self { keeper: keep(keeper), programs, url }
    }

    fn start() -> Self {
        let programs = programs();
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = base.join(format!("caseload-pg-{}-{:08x}", std::process::id(), random() as u32));
        fs::create_dir(&folder).expect("a folder for the cluster");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("rights of the folder");
        let owner = owner(&folder);
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("the folder changes its owner");
        }
        let run = |program: &str, args: &[&str]| {
            let mut command = Command::new(programs.join(program));
            command.args(args).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
            if let Some((user, group)) = owner {
                command.gid(group).uid(user);
            }
            let log = folder.join("start.log");
            let status = command.stderr(fs::File::create(&log).expect("a log")).status().expect("a server program");
            assert!(status.success(), "{program}: {}", fs::read_to_string(log).unwrap_or_default());
        };
        let data = folder.join("data").display().to_string();
        run("initdb", &["-D", &data, "-U", "caseload", "-A", "trust", "-E", "UTF8", "--locale=C", "-k", "-N"]);
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 200\nshared_buffers = '64MB'\n\
             min_wal_size = '32MB'\nmax_wal_size = '128MB'\ndeadlock_timeout = '100ms'\njit = off\n",
            folder.display()
        );
        let file = folder.join("data/postgresql.conf");
        let mut file = fs::OpenOptions::new().append(true).open(file).expect("the cluster's settings");
        file.write_all(settings.as_bytes()).expect("the cluster's settings");
        let log = folder.join("server.log").display().to_string();
        run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-t", "60", "start"]);

        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEP_CLUSTER]).env("PROGRAMS", &programs).env("FOLDER", &folder);
        if let Some((user, group)) = owner {
            keeper.gid(group).uid(user);
        }
        let url = format!("postgres:///postgres?user=caseload&host={}", folder.display());
        Self { keeper: keep(keeper), programs, url }
    }
}

fn keep(mut command: Command) -> Mutex<Child> {
    // In a process group of its own, so that Ctrl-C in a terminal does not end it before it has cleaned up.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    Mutex::new(command.spawn().expect("sh runs"))
}

/// The newest installed server programs.
fn programs() -> PathBuf {
    let listed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = listed.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path).map(|folder| (0, folder));
    let complete = |folder: &Path| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    let newest = debian.chain(others).filter(|(_, folder)| complete(folder)).max_by_key(|(version, _)| *version);
    newest.map(|(_, folder)| folder).expect(
        "the tests need the PostgreSQL server programs, version 15 or later: install the package `postgresql` \
         (initdb, pg_ctl and psql are looked for in /usr/lib/postgresql/*/bin and in PATH)",
    )
}

/// PostgreSQL does not run as root: the user and group to run it as, if we are root.
fn owner(ours: &Path) -> Option<(u32, u32)> {
    if fs::metadata(ours).expect("our folder").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    Some(found.expect("tests that run as root need a user `postgres` to run the server as"))
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (rest, query) = rest.split_once('?').map_or((rest, String::new()), |(rest, query)| (rest, format!("?{query}")));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{query}")
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
