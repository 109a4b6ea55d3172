// A server of one's own on a fresh database, and a small client that speaks the API.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// The program under test: whichever was built last.
function lastBuilt() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const built = ["release", "debug"].map((profile) => join(target, profile, "caseload")).filter(existsSync);
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0] ?? join(target, "release", "caseload");
}
export const program = process.env.CASELOAD_PROGRAM ?? lastBuilt();
export const PASSWORD = "a long enough password";
export const ADMIN = "ada@northlake.example";

async function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

function asPostgres(command, args) {
  const isRoot = process.getuid() === 0;
  const [file, all] = isRoot ? ["runuser", ["-u", "postgres", "--", command, ...args]] : [command, args];
  return execFileSync(file, all, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

// A throwaway PostgreSQL cluster; gives its address and how to end it.
async function postgres(more = []) {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  if (versions.length === 0) throw new Error("Install PostgreSQL (Debian: apt-get install postgresql)");
  const bin = join("/usr/lib/postgresql", versions.sort().at(-1), "bin");
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "caseload-pg-"));
  if (process.getuid() === 0) execFileSync("chown", ["postgres", folder]);
  const data = join(folder, "data");
  asPostgres(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]);
  const options = [`-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, ...more].join(" ");
  const start = () => asPostgres(join(bin, "pg_ctl"), ["-D", data, "-w", "-l", join(folder, "log"), "-o", options, "start"]);
  start();
  const stop = () => {
    asPostgres(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "stop"]);
    rmSync(folder, { recursive: true, force: true });
  };
  // Like a power cut: the postmaster and all that it started, at once.
  const kill = () => {
    const postmaster = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0];
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8");
    for (const pid of [postmaster, ...children.trim().split(/\s+/)]) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It ended by itself meanwhile.
      }
    }
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  // Rows as text, columns between tabs.
  const sql = (...statements) => execFileSync(join(bin, "psql"), [url, "-qAtF", "\t", ...statements.flatMap((one) => ["-c", one])], { encoding: "utf8", maxBuffer: 1 << 28 });
  return { url, stop, start, kill, sql };
}

export function run(url, ...args) {
  return execFileSync(program, [...args, "--database-url", url], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CASELOAD_PASSWORD: PASSWORD },
  });
}

// Starts `serve` on a fresh organisation (or `demo` with demo: true).
export async function world({ engine = "sqlite", demo = false, env = {}, more = [], postgres: settings = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "caseload-e2e-"));
  const cluster = engine === "postgres" ? await postgres(settings) : null;
  const url = cluster?.url ?? `sqlite://${join(folder, "caseload.db")}`;
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  if (!demo) run(url, "init", "--organization", "Northlake Ortho", "--kind", "distributor", "--email", ADMIN, "--name", "Ada Park");
  const args = demo ? ["demo", "--listen", listen] : ["serve", "--listen", listen, "--outbox", join(folder, "outbox"), ...more];
  const base = `http://${listen}`;
  const it = { base, url, folder, cluster, child: null };
  // On PostgreSQL the server has a role of its own, as the guide advises: it meets row-level security.
  if (cluster && !demo) {
    cluster.sql("CREATE ROLE server LOGIN");
    run(url, "migrate", "--server-role", "server");
    it.url = url.replace("postgres@", "server@");
  }
  let output = "";
  it.output = () => output;
  it.start = async () => {
    const child = spawn(program, [...args, "--database-url", it.url], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    it.child = child;
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    const deadline = Date.now() + (demo ? 300_000 : 20_000);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${output}`);
      if (await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false)) break;
      if (Date.now() > deadline) throw new Error(`the server did not start:\n${output}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  it.end = async (signal) => {
    const { child } = it;
    const ended = new Promise((done) => (child.exitCode === null && child.signalCode === null ? child.once("exit", done) : done()));
    child.kill(signal);
    await ended;
  };
  await it.start();
  const token = (email) => run(url, "token", "--email", email).trim().split("\n").at(-1);
  it.token = token;
  it.as = (email) => client(base, token(email));
  it.stop = async () => {
    await it.end("SIGTERM");
    cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return it;
}

// A client for one token. `get`, `post`, … answer the body and fail on another status than the wanted one.
export function client(base, token) {
  const send = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const type = answer.headers.get("content-type") ?? "";
    const content = type.includes("json") ? await answer.json() : await answer.text();
    return { status: answer.status, body: content, headers: answer.headers };
  };
  const expecting = (method, usual) => async (path, body, { status = usual, headers } = {}) => {
    const answer = await send(method, path, body, headers);
    if (answer.status !== status) {
      throw new Error(`${method} ${path} answered ${answer.status}, wanted ${status}: ${JSON.stringify(answer.body)}\nbody: ${JSON.stringify(body)?.slice(0, 500)}`);
    }
    return answer.body;
  };
  return {
    send,
    get: (path, options) => expecting("GET", 200)(path, undefined, options),
    post: expecting("POST", 201),
    act: expecting("POST", 200),
    put: expecting("PUT", 200),
    patch: expecting("PATCH", 200),
    del: (path, options) => expecting("DELETE", 200)(path, undefined, options),
  };
}
