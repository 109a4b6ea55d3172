//! Programs that are started for a while: the server under test, a PostgreSQL cluster of its own.

use crate::http::{Connection, Who};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program; it ends with this value.
pub struct Process(Child);

impl Process {
    /// Starts it with arguments and environment.
    pub fn start(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).envs(environment.iter().copied()).stdout(Stdio::null());
        let child = command.spawn().with_context(|| format!("{} cannot be run", program.display()))?;
        Ok(Self(child))
    }

    /// Resident memory in megabytes, now.
    pub fn resident(&self) -> Result<f64> {
        resident(self.0.id())
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory of a process in megabytes.
pub fn resident(process: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes / 1000.0)
}

/// The program under test on one database.
#[derive(Clone, Debug)]
pub struct Caseload {
    /// The program.
    pub program: PathBuf,
    /// Its database.
    pub url: String,
    /// Its port.
    pub port: u16,
}

/// The password of whoever signs in.
pub const PASSWORD: &str = "a long enough password";
/// The primary admin.
pub const ADMIN: &str = "ada@bench.test";

impl Caseload {
    /// Runs a command to its end and gives what it printed.
    pub fn command(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .args(["--database-url", &self.url])
            .env("CASELOAD_PASSWORD", PASSWORD)
            .stderr(Stdio::inherit())
            .output()
            .context("the program cannot be run; build it with cargo build --release")?;
        if !output.status.success() {
            bail!("caseload {} failed", arguments.join(" "));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts the server; gives it with the milliseconds until its first answer.
    pub fn serve(&self) -> Result<(Process, f64)> {
        let begun = Instant::now();
        let listen = format!("127.0.0.1:{}", self.port);
        let arguments =
            ["serve", "--listen", &listen, "--database-url", &self.url, "--outbox", "/tmp/caseload-bench-outbox"];
        let server = Process::start(&self.program, &arguments, &[("RUST_LOG", "warn")])?;
        while begun.elapsed() < Duration::from_secs(30) {
            if let Ok(mut connection) = Connection::open(self.port)
                && connection.get("/readyz", &Who::Nobody, "*/*").is_ok_and(|answer| answer.status == 200)
            {
                return Ok((server, begun.elapsed().as_secs_f64() * 1000.0));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("the server did not start")
    }

    /// A token of an account.
    pub fn token(&self, email: &str) -> Result<Who> {
        let text = self.command(&["token", "--email", email])?;
        Ok(Who::Token(text.lines().last().unwrap_or_default().to_owned()))
    }

    /// Signs somebody in to the console. Who has no password yet is invited and claims the account.
    pub fn sign_in(&self, admin: &Who, user: &str, email: &str) -> Result<Who> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let password = PASSWORD.replace(' ', "+");
        let mut connection = Connection::open(self.port)?;
        let form = format!("email={email}&password={password}&next=%2F");
        if let Some(cookie) = connection.post_as("/sign-in", &Who::Nobody, FORM, form.as_bytes())?.cookie {
            return Ok(Who::Session(cookie));
        }
        let sent = connection.act(&format!("/api/v1/users/{user}/invite"), admin, &serde_json::json!({}))?;
        let link = sent["link"].as_str().context("the invitation shows no link")?;
        let path = link.find("/claim/").map(|at| link[at..].to_owned()).context("the link leads nowhere")?;
        let form = format!("password={password}&repeat={password}");
        let answer = connection.post_as(&path, &Who::Nobody, FORM, form.as_bytes())?;
        let status = answer.status;
        Ok(Who::Session(answer.cookie.with_context(|| format!("claiming answered {status} without a session"))?))
    }
}

/// A PostgreSQL cluster of its own in a scratch folder, durable as a real one.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    /// The address of its database.
    pub url: String,
}

impl Cluster {
    /// Makes and starts it on a port.
    pub fn start(port: u16) -> Result<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
        let newest = versions.flatten().max_by_key(|it| it.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
        let programs = newest.context("PostgreSQL is not installed")?.path().join("bin");
        let folder = tempfile::tempdir()?;
        let cluster = Self { folder, programs, url: format!("postgres://postgres@127.0.0.1:{port}/postgres") };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()))?;
        }
        let data = cluster.data();
        cluster.tool("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-k"])?;
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=100 -c shared_buffers=1GB -c jit=off \
             -c max_wal_size=4GB",
            cluster.folder.path().display()
        );
        let log = cluster.folder.path().join("log").display().to_string();
        cluster.tool("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"])?;
        Ok(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            // PostgreSQL does not run as root.
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        run(command.args(arguments).current_dir(self.folder.path()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let _ = self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { bail!("{command:?} failed") }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}
