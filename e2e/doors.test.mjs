// Who comes in, for how long, and how the server itself comes and goes: guessing, sessions, signals, schemas.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ADMIN, PASSWORD, client, program, run, world } from "./lib.mjs";

const engine = process.env.CASELOAD_E2E_ENGINE ?? "sqlite";
const form = (fields) => new URLSearchParams(fields).toString();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// A request from an address of its own: all of 127.0.0.0/8 is this machine.
function from(localAddress, base, method, path, body, headers = {}) {
  const url = new URL(path, base);
  const send = url.protocol === "https:" ? secureRequest : request;
  return new Promise((done, fail) => {
    const asked = send(url, { method, localAddress, headers, rejectUnauthorized: false }, (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on("error", fail);
    asked.end(body);
  });
}

describe(`doors on ${engine}`, () => {
  let it, admin;
  const people = {};
  const json = { "content-type": "application/json" };
  const guess = (email, password, address = "127.0.0.1") => from(address, it.base, "POST", "/api/v1/tokens", JSON.stringify({ email, password, name: "g" }), json);
  const signIn = (email, password, address = "127.0.0.1", cookie = "") => from(address, it.base, "POST", "/sign-in", form({ email, password, next: "/" }), { "content-type": "application/x-www-form-urlencoded", cookie });
  const session = (answer) => (answer.headers["set-cookie"] ?? []).find((one) => /^(__Host-)?caseload=[^;]/.test(one));
  const isIn = async (cookie) => (await from("127.0.0.1", it.base, "GET", "/people", undefined, { cookie: cookie.split(";")[0] })).status === 200;

  // A person with a password of their own, chosen through the invitation.
  async function claim(key, role) {
    const email = `${key}@doors.example`;
    people[key] = await admin.post("/users", { email, role, name: `${key} Doors` });
    if (role !== "operations" && role !== "admin") await admin.act(`/users/${people[key].id}/complete-training`);
    const { link } = await admin.act(`/users/${people[key].id}/invite`);
    const path = new URL(link).pathname;
    const page = await from("127.0.0.1", it.base, "GET", path);
    const fields = Object.fromEntries([...page.text.matchAll(/<input[^>]*>/g)].map(([tag]) => [/name="([^"]*)"/.exec(tag)?.[1], /type="password"/.test(tag) ? PASSWORD : (/value="([^"]*)"/.exec(tag)?.[1] ?? "")]).filter(([name]) => name));
    const answer = await from("127.0.0.1", it.base, "POST", path, form(fields), { "content-type": "application/x-www-form-urlencoded" });
    assert.equal(answer.status, 303, answer.text.slice(0, 500));
    return email;
  }

  before(async () => {
    it = await world({ engine, env: { RUST_LOG: "info" } });
    admin = it.as(ADMIN);
  });
  after(() => it?.stop());

  test("a session is new at each sign-in, long, and out of reach of scripts", async () => {
    const email = await claim("ops", "operations");
    const planted = "caseload=planted-by-somebody";
    const first = session(await signIn(email, PASSWORD, "127.0.0.1", planted));
    const second = session(await signIn(email, PASSWORD));
    assert.notEqual(first.split(";")[0], planted);
    assert.notEqual(first.split(";")[0], second.split(";")[0]);
    const secret = first.split(";")[0].split("=")[1].split(".")[0];
    assert.ok(secret.length >= 22, "at least 128 bits");
    assert.match(first, /HttpOnly/);
    assert.match(first, /SameSite=Lax/);
    assert.match(first, /Path=\//);
    assert.ok(Number(/Max-Age=(\d+)/.exec(first)[1]) <= 12 * 3600, "twelve hours at most");
    assert.ok((await isIn(first)) && (await isIn(second)));
    // Signing out ends one of them at once.
    const page = await from("127.0.0.1", it.base, "GET", "/", undefined, { cookie: first.split(";")[0] });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)[1];
    await from("127.0.0.1", it.base, "POST", "/logout", form({ csrf }), { "content-type": "application/x-www-form-urlencoded", cookie: first.split(";")[0] });
    assert.ok(!(await isIn(first)) && (await isIn(second)));
  });

  test("outside this machine the cookie insists on TLS and on its host", async () => {
    const answer = await from("127.0.0.1", it.base, "POST", "/sign-in", form({ email: ADMIN, password: PASSWORD, next: "/" }), { "content-type": "application/x-www-form-urlencoded", host: "caseload.example" });
    assert.match(session(answer), /^__Host-caseload=.*Secure/);
    assert.doesNotMatch(session(answer), /Domain=/i);
  });

  test("deactivation and a new password end every session and token at once", async () => {
    const email = await claim("rep", "sales");
    const cookie = session(await signIn(email, PASSWORD));
    const token = JSON.parse((await guess(email, PASSWORD)).text).token;
    const works = async () => (await client(it.base, token).send("GET", "/me")).status === 200;
    assert.ok((await isIn(cookie)) && (await works()));
    // A reset by a one-time link, as it stands in the outbox.
    await from("127.0.0.1", it.base, "POST", "/reset", form({ email }), { "content-type": "application/x-www-form-urlencoded" });
    const { link } = await admin.act(`/users/${people.rep.id}/invite`).catch(() => ({}));
    if (link) {
      const path = new URL(link).pathname;
      const page = await from("127.0.0.1", it.base, "GET", path);
      const fields = Object.fromEntries([...page.text.matchAll(/<input[^>]*>/g)].map(([tag]) => [/name="([^"]*)"/.exec(tag)?.[1], /type="password"/.test(tag) ? "another long password" : (/value="([^"]*)"/.exec(tag)?.[1] ?? "")]).filter(([name]) => name));
      await from("127.0.0.1", it.base, "POST", path, form(fields), { "content-type": "application/x-www-form-urlencoded" });
      assert.ok(!(await isIn(cookie)) && !(await works()), "a new password ends what was before");
    }
    const mate = await claim("mate", "sales");
    const theirs = session(await signIn(mate, PASSWORD));
    const their_token = JSON.parse((await guess(mate, PASSWORD)).text).token;
    await admin.act(`/users/${people.mate.id}/deactivate`, { reason: "left", successors: { customers: null, locations: null, territories: null, tasks: null, open_events: null, pending_transfers: null, units: null } });
    assert.ok(!(await isIn(theirs)));
    assert.equal((await client(it.base, their_token).send("GET", "/me")).status, 401);
    assert.equal((await signIn(mate, PASSWORD)).status === 303 && session(await signIn(mate, PASSWORD)) !== undefined, false, "and no new one begins");
  });

  test("an e-mail that has an account and one that has none take as long and say the same", async () => {
    const email = await claim("timed", "operations");
    const times = { known: [], unknown: [] };
    // One address for each few tries, so that nobody waits; a new unknown e-mail for the same reason.
    await Promise.all([guess(email, "warm up now", "127.7.0.1"), guess("warm@doors.example", "warm up now", "127.7.0.1")]);
    const known = [email];
    for (let n = 0; n < 24; n += 1) known.push(await claim(`timed${n}`, "operations"));
    for (let n = 0; n < 200; n += 1) {
      for (const kind of n % 2 ? ["known", "unknown"] : ["unknown", "known"]) {
        const began = process.hrtime.bigint();
        const answer = await guess(kind === "known" ? known[n % known.length] : `nobody${n}@doors.example`, `wrong password ${n}`, `127.8.${n % 200}.${kind === "known" ? 1 : 2}`);
        times[kind].push(Number(process.hrtime.bigint() - began) / 1e6);
        assert.equal(answer.status, 401);
      }
    }
    // The middle half, because a busy machine makes a few of either slow.
    const mean = (all) => {
      const middle = all.sort((a, b) => a - b).slice(Math.floor(all.length / 4), Math.ceil((all.length * 3) / 4));
      return middle.reduce((sum, one) => sum + one, 0) / middle.length;
    };
    const [a, b] = [mean(times.known), mean(times.unknown)];
    console.log(`# known ${a.toFixed(2)} ms, unknown ${b.toFixed(2)} ms`);
    assert.ok(Math.abs(a - b) / Math.max(a, b) < 0.05, `known ${a} ms, unknown ${b} ms`);
  });

  test("five thousand guesses find nothing, however they come", async () => {
    const email = await claim("target", "admin");
    // All at once from everywhere: no more are looked at than the limit and the places.
    const burst = await Promise.all(Array.from({ length: 300 }, (_, n) => guess(email, n % 50 === 49 ? PASSWORD : `guess number ${n}`, `127.9.${n % 250}.1`)));
    const count = (all, status) => all.filter((answer) => answer.status === status).length;
    assert.ok(count(burst, 401) <= 14, `${count(burst, 401)} guesses of a burst were looked at`);
    assert.ok(count(burst, 429) > 250);
    // Then one after the other, the right one among them: inside the delay even that is refused.
    let found = count(burst, 201);
    let limited = 0;
    for (let n = 0; n < 4_700; n += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, k) => guess(email, k === 50 ? PASSWORD : `guess ${n + k} again`, `127.10.${k}.1`)));
      found += count(answers, 201);
      limited += count(answers, 429);
    }
    assert.equal(found - count(burst, 201), 0, "a password was found");
    assert.equal(limited, 4_700);
    const waits = await guess(email, PASSWORD);
    assert.equal(waits.status, 429);
    assert.ok(Number(waits.headers["retry-after"]) > 0);
    // One address that tries many accounts is slowed down too; others come in meanwhile.
    let looked = 0;
    for (let n = 0; n < 130; n += 1) looked += (await guess(`many${n}@doors.example`, "wrong password", "127.11.0.1")).status === 401 ? 1 : 0;
    assert.ok(looked >= 90 && looked <= 104, `${looked} of 130 from one address were looked at`);
    assert.equal((await guess(ADMIN, PASSWORD, "127.12.0.1")).status, 201, "nobody else is kept out");
  });

  test("forms that other sites send change nothing", async () => {
    const cookie = session(await signIn(ADMIN, PASSWORD, "127.13.0.1")).split(";")[0];
    const before = (await admin.get("/users?count=true&limit=1")).total;
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""]) {
      for (const headers of [{}, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
        const answer = await from("127.0.0.1", it.base, "POST", "/people", form({ email: "x@doors.example", role: "sales", name: "X" }), { "content-type": type, cookie, ...headers });
        assert.ok(answer.status >= 300 && answer.status < 500, `${type} ${JSON.stringify(headers)}: ${answer.status}`);
      }
    }
    assert.equal((await admin.get("/users?count=true&limit=1")).total, before);
  });
});

describe(`coming and going on ${engine}`, () => {
  test("a signal to stop lets open requests end, takes no new ones, and is over within ten seconds", async () => {
    const it = await world({ engine });
    try {
      const token = it.token(ADMIN);
      const admin = client(it.base, token);
      // An import of many rows is under way when the signal comes.
      const table = `name\n${Array.from({ length: 3_000 }, (_, n) => `Drained ${n}`).join("\n")}\n`;
      const open = admin.send("POST", "/imports/procedures", table, { "content-type": "text/csv" });
      await sleep(120);
      const began = Date.now();
      const ended = new Promise((done) => it.child.once("exit", (code, signal) => done({ code, signal })));
      it.child.kill("SIGTERM");
      const answer = await open;
      assert.deepEqual([answer.status, answer.body.created], [200, 3_000], "the open request was answered in full");
      const { code, signal } = await ended;
      assert.deepEqual([code, signal], [0, null], "a clean end");
      assert.ok(Date.now() - began < 12_000, `${Date.now() - began} ms`);
      await assert.rejects(fetch(`${it.base}/healthz`), "no new connections");
      run(it.url, "verify");
      await it.start();
      assert.equal((await admin.get("/procedures?count=true&limit=1")).total, 3_000);
    } finally {
      await it.stop();
    }
  });

  test("a schema that is half-migrated, or of a newer program, is not served", async () => {
    const it = await world({ engine });
    const edit = (sql) => (it.cluster ? it.cluster.sql(sql) : execFileSync("python3", ["-c", "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.execute(sys.argv[2])\nc.commit()", join(it.folder, "caseload.db"), sql]));
    const serve = () => spawnSync(program, ["serve", "--listen", "127.0.0.1:0", "--database-url", it.url], { encoding: "utf8", timeout: 15_000 });
    try {
      await it.end("SIGTERM");
      edit("UPDATE schema_history SET checksum = '1' WHERE version = 2");
      const edited = serve();
      assert.ok(edited.status > 0, `served a schema with another migration\n${edited.stderr}`);
      assert.match(edited.stderr, /schema/);
      edit("INSERT INTO schema_history (version, name, applied_on, checksum) VALUES (9999, 'later', '2030-01-01T00:00:00Z', '1')");
      assert.ok(serve().status > 0, "served the schema of a newer program");
    } finally {
      it.cluster?.stop();
      rmSync(it.folder, { recursive: true, force: true });
    }
  });

  test("the port that is taken, the certificate that is missing: a sentence and an exit code", () => {
    const folder = mkdtempSync(join(tmpdir(), "caseload-doors-"));
    try {
      const url = `sqlite://${join(folder, "d.db")}`;
      writeFileSync(join(folder, "no.pem"), "nothing");
      for (const args of [["serve", "--listen", "256.0.0.1:1"], ["serve", "--listen", "127.0.0.1:0", "--tls-cert", join(folder, "no.pem"), "--tls-key", join(folder, "no.pem")], ["serve", "--listen", "127.0.0.1:0", "--tls-cert", join(folder, "no.pem")], ["serve", "--listen", "127.0.0.1:0", "--smtp-url", "nonsense"]]) {
        const answer = spawnSync(program, [...args, "--database-url", url], { encoding: "utf8", timeout: 15_000 });
        assert.ok(answer.status > 0, `${args.join(" ")}: ${answer.status}`);
        assert.match(answer.stderr, /\S/);
        assert.doesNotMatch(answer.stderr, /panicked/);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("it speaks TLS itself", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "caseload-tls-"));
    const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem"), "-days", "2", "-subj", "/CN=localhost"]);
    if (made.status !== 0) return t.skip("openssl is not installed");
    run(`sqlite://${join(folder, "t.db")}`, "init", "--organization", "T", "--kind", "distributor", "--email", ADMIN, "--name", "Ada");
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const child = spawn(program, ["serve", "--listen", `127.0.0.1:${port}`, "--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem"), "--database-url", `sqlite://${join(folder, "t.db")}`], { cwd: folder, stdio: "ignore" });
    try {
      let answer;
      for (let n = 0; n < 200 && !answer; n += 1) {
        answer = await from("127.0.0.1", `https://127.0.0.1:${port}`, "GET", "/healthz").catch(() => sleep(50));
      }
      assert.equal(answer?.status, 200);
      assert.match(answer.headers["strict-transport-security"], /max-age/);
    } finally {
      child.kill("SIGTERM");
      await new Promise((done) => (child.exitCode === null ? child.once("exit", done) : done()));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
