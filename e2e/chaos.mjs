// The chaos run: many clients do random things with stock while the server, or the database under it, is killed at random
// moments. What was acknowledged is kept here, outside the database. At the end every acknowledged operation is there
// exactly once, nothing is there that nobody acknowledged, and `caseload verify` proves the journal.
//
//   node chaos.mjs [--engine sqlite|postgres] [--seconds 120] [--operations N --kills N] [--clients 12] [--seed 1] [--control NAME]
//
// With `operations` and `kills` the run ends when so many were acknowledged and so often was killed, at the latest after
// `seconds`. Controls plant a fault that the run must catch: `new-keys` repeats unknown outcomes under a new key,
// `unlocked` moves units by another program that reads, thinks and writes without a lock, `asynchronous` lets PostgreSQL
// acknowledge before it has written.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { client, run, world } from "./lib.mjs";
import { sabotage } from "./sabotage.mjs";

// A small generator of its own, so that a seed tells what was tried.
function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n), of: (list) => list[Math.floor(next() * list.length)] };
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const REPS = ["r1", "r2", "r3", "r4", "r5", "r6"];

async function prepare(it) {
  const admin = it.as("ada@northlake.example");
  const me = await admin.get("/me");
  await admin.patch("/organization/settings", { field_adjustments: true });
  const maker = await admin.post("/manufacturers", { name: "Acme" });
  const line = await admin.post("/product-lines", { name: "Hip", manufacturer_id: maker.id });
  const item = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: "CUP", description: "Cup", kind: "device", product_line_ids: [line.id], list_price_minor: 1000 });
  const customer = await admin.post("/customers", { name: "St. Elm" });
  const site = await admin.post("/locations", { customer_id: customer.id, name: "Main", code: "M", time_zone: "America/Chicago" });
  const doctor = await admin.post("/physicians", { name: "Dr. R", location_ids: [site.id] });
  const procedure = await admin.post("/procedures", { name: "Hip" });
  const people = { admin: { id: me.id, send: admin.send } };
  for (const key of [...REPS, "boss"]) {
    const user = await admin.post("/users", { email: `${key}@chaos.example`, role: key === "boss" ? "distributor" : "sales", name: key, ...(key === "boss" ? { shares_inventory: true } : {}) });
    await admin.act(`/users/${user.id}/complete-training`);
    people[key] = { id: user.id };
  }
  await admin.put(`/users/${people.boss.id}/representatives`, { user_ids: REPS.slice(0, 3).map((key) => people[key].id) });
  for (const key of [...REPS, "boss"]) {
    await admin.put(`/users/${people[key].id}/assignments`, { manufacturer_ids: [maker.id], location_ids: [site.id], physician_ids: [doctor.id] });
    people[key].send = client(it.base, it.token(`${key}@chaos.example`)).send;
  }
  const custodian = (key) => (key === "org" ? { type: "organization", id: me.organization.id } : { type: "user", id: people[key].id });
  const units = [];
  for (const key of ["org", "boss", ...REPS]) {
    const made = await admin.post("/units", { catalog_item_id: item.id, quantity: 60, lot: "START", expires_on: "2035-01-31", custodian: custodian(key) });
    for (const unit of made.items) units.push({ id: unit.id, at: key });
  }
  const facts = { item: item.id, maker: maker.id, site: site.id, doctor: doctor.id, procedure: procedure.id };
  return { people, custodian, units, facts, transfers: [], events: [], submitted: [] };
}

// One random operation: who, how, what, and what to do with the answer.
function operation(d, w) {
  const { people, custodian, units, facts } = w;
  const unit = d.of(units);
  const someone = d.of(REPS);
  const pick = d.below(100);
  const lot = `C${d.below(1e9).toString(36)}`;
  if (pick < 14) {
    const at = d.of(["org", "boss", ...REPS]);
    return { kind: "create", by: "admin", path: "/units", body: { catalog_item_id: facts.item, quantity: 1 + d.below(3), lot, expires_on: "2035-01-31", custodian: custodian(at) }, done: (a) => a.items.forEach((u) => units.push({ id: u.id, at })) };
  }
  if (pick < 40) {
    const to = d.of(["org", "boss", ...REPS].filter((key) => key !== unit.at));
    const by = unit.at !== "org" && d.next() < 0.5 ? unit.at : "admin";
    const others = units.filter((u) => u.at === unit.at && u !== unit);
    const ids = [unit.id, ...(d.next() < 0.3 && others.length ? [d.of(others).id] : [])];
    return { kind: "transfer", by, path: "/transfers", body: { from: custodian(unit.at), to: custodian(to), unit_ids: ids }, done: (a) => w.transfers.push({ id: a.id, ids, from: unit.at, to }) };
  }
  if (pick < 66 && w.transfers.length) {
    const transfer = d.of(w.transfers);
    const forget = () => w.transfers.splice(w.transfers.indexOf(transfer), w.transfers.includes(transfer) ? 1 : 0);
    const what = d.next();
    const by = transfer.to !== "org" && d.next() < 0.6 ? transfer.to : "admin";
    if (what < 0.7) {
      return { kind: "accept", by, path: `/transfers/${transfer.id}/accept`, about: transfer.id, done: () => { forget(); for (const u of units) if (transfer.ids.includes(u.id)) u.at = transfer.to; }, refused: forget };
    }
    if (what < 0.85) return { kind: "decline", by, path: `/transfers/${transfer.id}/decline`, body: { reason: "not needed" }, about: transfer.id, done: forget, refused: forget };
    return { kind: "cancel", by: "admin", path: `/transfers/${transfer.id}/cancel`, about: transfer.id, done: forget, refused: forget };
  }
  if (pick < 72) return { kind: "hold", by: "admin", path: `/units/${unit.id}/hold`, body: { reason: "look" } };
  if (pick < 79) return { kind: "release", by: "admin", path: `/units/${unit.id}/release`, body: {} };
  if (pick < 86) {
    const type = d.of(["case", "case", "stocking_order", "stock_adjustment", "return", "sample"]);
    const body = { type, representative_id: people[someone].id, location_id: facts.site, starts_at: "2027-01-05T15:00:00Z", manufacturer_ids: [facts.maker], note: "Counted", ...(type === "case" ? { physician_id: facts.doctor, procedure_id: facts.procedure } : {}) };
    return { kind: "schedule", by: "admin", path: "/events", body, done: (a) => w.events.push({ id: a.id, rep: someone, type }) };
  }
  if (w.events.length) {
    const event = d.of(w.events);
    const forget = () => w.events.splice(w.events.indexOf(event), w.events.includes(event) ? 1 : 0);
    const own = units.filter((u) => u.at === event.rep);
    if (pick < 95 && own.length) {
      const usage = event.type === "stock_adjustment" ? "missing" : "used";
      return { kind: "mark used", by: d.next() < 0.5 ? event.rep : "admin", path: `/events/${event.id}/lines`, body: { unit_ids: [d.of(own).id], usage, note: "Counted" } };
    }
    if (d.next() < 0.8) return { kind: "submit", by: "admin", path: `/events/${event.id}/submit`, body: event.type === "stocking_order" ? { keep_as_facility_stock: true } : {}, about: event.id, done: forget, refused: forget };
    return { kind: "call off", by: "admin", path: `/events/${event.id}/cancel`, body: { reason: "off" }, about: event.id, done: forget, refused: forget };
  }
  return { kind: "deactivate", by: "admin", path: `/units/${unit.id}/deactivate`, body: { reason: "broken" }, done: () => units.splice(units.indexOf(unit), 1) };
}

// Rows of two columns, read past the server.
function rows(it, sql) {
  let text;
  if (it.cluster) {
    text = it.cluster.sql(sql);
  } else {
    const program = `import sqlite3,sys\nfor r in sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True).execute(sys.argv[2]): print(r[0],r[1],sep="\\t")`;
    text = execFileSync("python3", ["-c", program, join(it.folder, "caseload.db"), sql], { encoding: "utf8", maxBuffer: 1 << 28 });
  }
  return text.trim().split("\n").filter(Boolean).map((row) => row.split("\t")).map(([key, n]) => [key, Number(n)]);
}

// All entries of the journal by the request that wrote them.
const journal = (it) => new Map(rows(it, "SELECT request_id, count(*) FROM journal_entry GROUP BY request_id"));

// What must never be, whoever acknowledged what: a unit used up twice, or sold twice.
const NEVER = {
  "was used up by more than one event": "SELECT line.unit_id, count(*) FROM event_line line JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id WHERE event.status NOT IN ('open', 'cancelled') AND event.type <> 'stocking_order' AND line.reusable = 0 GROUP BY line.unit_id HAVING count(*) > 1",
  "was sold more than once": "SELECT line.unit_id, count(*) FROM event_line line JOIN event ON event.organization_id = line.organization_id AND event.id = line.event_id WHERE event.status NOT IN ('open', 'cancelled') AND line.amount_minor > 0 AND line.reusable = 0 GROUP BY line.unit_id HAVING count(*) > 1",
};

// What the acknowledgements and the journal do not agree about.
export function compare(acknowledged, written, mine) {
  const wrong = [];
  for (const [id, what] of acknowledged) {
    const times = written.get(id) ?? 0;
    if (times !== 1) wrong.push(`${what} ${id} was acknowledged and is in the journal ${times} times`);
  }
  for (const id of written.keys()) if (mine(id) && !acknowledged.has(id)) wrong.push(`${id} is in the journal and nobody got an acknowledgement`);
  return wrong;
}

export async function chaos({ engine = "sqlite", seconds = 60, operations = Infinity, kills: wanted = 0, clients = 12, seed = Date.now() % 1e6, control = "" } = {}) {
  const it = await world({ engine, postgres: control === "asynchronous" ? ["-c wal_writer_delay=10s"] : [] });
  const folder = mkdtempSync(join(tmpdir(), "caseload-chaos-"));
  const log = join(folder, "acknowledged");
  writeFileSync(log, "");
  const acknowledged = new Map();
  const answers = new Map();
  const counts = {};
  const refusals = {};
  const wrong = [];
  let unknown = 0;
  let kills = 0;
  let databaseKills = 0;
  try {
    const w = await prepare(it);
    const before = new Set(journal(it).keys());
    const began = Date.now();
    const until = began + seconds * 1000;
    const enough = () => Date.now() >= until || (acknowledged.size >= operations && kills + databaseKills >= wanted);
    // The server refuses to start on a database that may lose what it acknowledged, so that is turned on behind its back.
    const loosen = (loose) => {
      if (control === "asynchronous") it.cluster.sql(`ALTER SYSTEM ${loose ? "SET synchronous_commit = off" : "RESET synchronous_commit"}`, "SELECT pg_reload_conf()");
    };
    loosen(true);
    let down = null;

    // Sends until the outcome is known.
    const settle = async (op, key) => {
      for (let tries = 0; ; tries += 1) {
        const id = control === "new-keys" && tries > 0 ? `${key}-${tries}` : key;
        try {
          const answer = await Promise.race([
            w.people[op.by].send("POST", op.path, op.body, { "idempotency-key": id, "x-request-id": id }),
            sleep(15_000).then(() => Promise.reject(new Error("no answer"))),
          ]);
          if (answer.status === 500) {
            const said = it.output().split("\n").filter((line) => line.includes(id) && line.includes("ERROR"));
            wrong.push(`${op.kind} answered 500: ${answer.body?.code} ${id}: ${said.join(" ").slice(0, 600)}`);
          }
          if (answer.status < 500) {
            // A control, and now and then a check: the same key again gives the same answer.
            if (answer.status < 300 && (control === "new-keys" ? Math.random() < 0.02 : Math.random() < 0.01)) {
              const again = await w.people[op.by].send("POST", op.path, op.body, { "idempotency-key": control ? `${id}-b` : id, "x-request-id": control ? `${id}-b` : id }).catch(() => null);
              if (again && !control && again.status < 500 && JSON.stringify(again.body) !== JSON.stringify(answer.body)) wrong.push(`${op.kind} ${id}: a repetition answered differently`);
            }
            return answer;
          }
        } catch {
          // The line broke: done or not, nobody knows.
        }
        unknown += 1;
        if (down) await down;
        await sleep(20 + Math.random() * 60);
      }
    };

    const work = async (n) => {
      const d = dice(seed * 1000 + n);
      for (let step = 0; !enough(); step += 1) {
        const op = operation(d, w);
        const key = `chaos-${seed}-${n}-${step}`;
        const answer = await settle(op, key);
        if (answer.status < 300) {
          acknowledged.set(key, op.kind);
          appendFileSync(log, `${key}\t${op.kind}\n`);
          counts[op.kind] = (counts[op.kind] ?? 0) + 1;
          if (["create", "transfer", "schedule"].includes(op.kind)) answers.set(key, [op, answer.body]);
          op.done?.(answer.body);
          if (op.about) w.submitted.push([op.kind, op.about]);
        } else {
          const code = `${answer.status} ${answer.body?.code ?? ""}`;
          refusals[code] = (refusals[code] ?? 0) + 1;
          op.refused?.();
        }
      }
    };

    const killer = async () => {
      const d = dice(seed + 77);
      while (!enough() && Date.now() < until - 1500) {
        // As often as is wanted soon, and now and then after that, so that much is done between.
        const pause = wanted > 0 && kills + databaseKills >= wanted ? 12_000 : 700 + d.below(2200);
        for (let waited = 0; waited < pause && !enough(); waited += 100) await sleep(100);
        if (enough() || Date.now() > until - 1500) break;
        const database = it.cluster && (control === "asynchronous" || d.next() < 0.4);
        let up;
        down = new Promise((done) => (up = done));
        if (database) {
          it.cluster.kill();
          databaseKills += 1;
        }
        if (!database || d.next() < 0.5) {
          await it.end("SIGKILL");
          kills += 1;
        }
        if (database) {
          for (let tries = 0; ; tries += 1) {
            try {
              it.cluster.start();
              break;
            } catch (error) {
              if (tries > 20) throw error;
              await sleep(200);
            }
          }
        }
        if (it.child.exitCode !== null || it.child.signalCode !== null) {
          loosen(false);
          await it.start();
          loosen(true);
        }
        up();
        down = null;
      }
    };

    const saboteur = async () => {
      while (control === "unlocked" && !enough()) await sabotage(join(it.folder, "caseload.db"));
    };
    await Promise.all([killer(), saboteur(), ...Array.from({ length: clients }, (_, n) => work(n))]);
    const took = Math.round((Date.now() - began) / 1000);
    // Everything is answered; the sealer gets its second.
    await sleep(2500);
    const admin = w.people.admin;
    const written = journal(it);
    for (const id of before) written.delete(id);
    wrong.push(...compare(acknowledged, written, (id) => id.startsWith(`chaos-${seed}-`)));

    // The answers are still true: what was made is there, once.
    const lots = new Map();
    for (const [op, body] of [...answers.values()].filter(([op]) => op.kind === "create")) lots.set(op.body.lot, body.items.map((u) => u.id));
    const seen = new Map();
    for (let cursor = ""; cursor !== null; ) {
      const page = (await admin.send("GET", `/units?limit=500${cursor && `&cursor=${cursor}`}`)).body;
      for (const unit of page.items) if (unit.lot !== "START") seen.set(unit.lot, [...(seen.get(unit.lot) ?? []), unit.id]);
      cursor = page.next_cursor;
    }
    for (const [lot, ids] of lots) {
      // Inactive ones are not in the list unless asked for; a lot must never have more units than were acknowledged.
      const found = seen.get(lot) ?? [];
      if (found.some((id) => !ids.includes(id))) wrong.push(`lot ${lot} was made ${ids.length} strong and holds others too`);
    }
    // Nothing of a lot came from nowhere or went nowhere: on hand, used, sold, lost and written off together are what was made.
    const stored = new Map(rows(it, "SELECT lot, count(*) FROM stock_unit GROUP BY lot"));
    for (const [lot, ids] of lots) if (stored.get(lot) !== ids.length) wrong.push(`lot ${lot} was made ${ids.length} strong and is ${stored.get(lot) ?? 0}`);
    for (const [what, sql] of Object.entries(NEVER)) for (const [unit, times] of rows(it, sql)) wrong.push(`unit ${unit} ${what}: ${times} times`);
    const end = { accept: "accepted", decline: "declined", cancel: "cancelled" };
    const decided = w.submitted.filter(([kind]) => end[kind]);
    const sample = decided.length > 400 ? decided.filter((_, n) => n % Math.ceil(decided.length / 400) === 0) : decided;
    for (const [kind, id] of sample) {
      const { body } = await admin.send("GET", `/transfers/${id}`);
      if (body.status !== end[kind]) wrong.push(`transfer ${id}: ${kind} was acknowledged, it is ${body.status}`);
    }
    await it.end("SIGTERM");
    let proof = "";
    try {
      proof = run(it.url, "verify");
    } catch (error) {
      wrong.push(`verify: ${String(error.stdout ?? "").slice(0, 2000)} ${String(error.stderr ?? error).slice(0, 500)}`);
    }
    const panics = it.output().match(/.*panicked.*/g) ?? [];
    wrong.push(...panics.slice(0, 5));
    return { engine, seed, seconds: took, acknowledged: acknowledged.size, counts, refusals, unknown, kills, databaseKills, wrong, proof: proof.trim().split("\n").at(-1) };
  } finally {
    await it.stop().catch(() => {});
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

export function tell(result) {
  const { engine, seed, seconds, acknowledged, unknown, kills, databaseKills, counts, refusals, wrong, proof } = result;
  console.log(`# chaos on ${engine}, seed ${seed}: ${acknowledged} acknowledged in ${seconds} s, ${unknown} outcomes unknown at first, ${kills} kills of the server, ${databaseKills} of the database`);
  console.log(`#   done ${JSON.stringify(counts)}`);
  console.log(`#   refused ${JSON.stringify(refusals)}`);
  console.log(`#   ${proof}`);
  for (const line of wrong.slice(0, 40)) console.log(`#   WRONG ${line}`);
  if (wrong.length > 40) console.log(`#   and ${wrong.length - 40} more`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { engine: { type: "string" }, seconds: { type: "string", default: "120" }, operations: { type: "string" }, kills: { type: "string", default: "0" }, clients: { type: "string", default: "12" }, seed: { type: "string" }, control: { type: "string", default: "" } } });
  let failed = false;
  for (const engine of values.engine ? [values.engine] : ["sqlite", "postgres"]) {
    const result = await chaos({ engine, seconds: Number(values.seconds), operations: values.operations ? Number(values.operations) : undefined, kills: Number(values.kills), clients: Number(values.clients), seed: values.seed ? Number(values.seed) : undefined, control: values.control });
    tell(result);
    if ((result.wrong.length > 0) !== Boolean(values.control)) failed = true;
  }
  process.exit(failed ? 1 : 0);
}
