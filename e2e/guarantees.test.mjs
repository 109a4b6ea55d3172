// What is promised of every operation, tried on every operation: repeated at once it is done once; of two that want the same
// thing one gets it; what was answered can be read; nobody writes fields that are not theirs to write; who sees what is
// counted field by field.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ADMIN, client, run, world } from "./lib.mjs";
import { rights } from "./matrix.table.mjs";
import { at, day, organization } from "./matrix.world.mjs";
import { answerSchema, bodySchema, properties, requests } from "./operations.mjs";

const engine = process.env.CASELOAD_E2E_ENGINE ?? "sqlite";
const SNAPSHOT = fileURLToPath(new URL("sensitive-fields.json", import.meta.url));
// Pairs that race, and repetitions that meet.
const PAIRS = 1_000;
const REPETITIONS = 5;
const isWrite = (_, method) => method !== "get";

// Never writable by anybody, whatever the operation: identity, ownership, what is derived, what is written by the server.
const NEVER = ["organization_id", "tenant_id", "id", "version", "created_at", "updated_at", "state", "status", "total_minor", "commission_minor", "password_digest", "permissions", "actor_id", "is_admin"];

async function inParallel(work, width = 12) {
  const queue = work[Symbol.iterator]();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const job of queue) await job();
  }));
}

describe(`guarantees on ${engine}`, () => {
  let it, w, admin, document;
  before(async () => {
    it = await world({ engine });
    admin = it.as(ADMIN);
    w = await organization(it, admin, "north");
    document = (await admin.send("GET", "/openapi.json")).body;
  });
  after(() => it?.stop());

  test("mass assignment: no write takes a property that is not its own", async () => {
    const wrong = [];
    let asked = 0;
    const before = await everything();
    const work = [];
    for (const request of requests(document, w, isWrite)) {
      const schema = bodySchema(request.operation);
      const body = schema && request.body();
      if (!body || typeof body !== "object" || Array.isArray(body)) continue;
      const own = properties(document, schema);
      // Settings and the like are named by the caller; those are looked at by their own rules.
      if (Object.keys(own).length === 0) continue;
      const others = new Set([...NEVER, ...Object.keys(properties(document, answerSchema(request.operation)))]);
      for (const name of others) {
        if (name in own) continue;
        work.push(async () => {
          asked += 1;
          const answer = await admin.send(request.method, request.path, { ...body, [name]: "usr_01h455vb4pex5vsknk084sn02q" }, { "if-match": '"999999"' });
          // E-mail and role are never changed and say so with codes of their own.
          if (![409, 422].includes(answer.status)) wrong.push(`${request.name} took ${name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 120)}`);
        });
      }
    }
    await inParallel(work);
    console.log(`# ${asked} properties tried`);
    assert.ok(asked > 500, `only ${asked} were tried`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(await everything(), before, "nothing was written");
  });

  // Versions of all that the world holds.
  async function everything() {
    const versions = {};
    for (const path of ["users", "customers", "locations", "physicians", "units", "events", "transfers", "catalog-items"]) {
      const page = await admin.get(`/${path}?limit=500`);
      for (const one of page.items) versions[one.id] = one.version;
    }
    return versions;
  }

  test(`${PAIRS} pairs race for one unit each: exactly one of the two gets it`, async () => {
    const wrong = [];
    const rep = w.people.rep;
    const asRep = client(it.base, rep.token);
    const half = PAIRS / 2;
    const units = [];
    for (let made = 0; made < PAIRS; made += 250) {
      units.push(...(await admin.post("/units", { catalog_item_id: w.item, quantity: 250, lot: "RACE", expires_on: day(700), custodian: w.custodian("rep") })).items.map((unit) => unit.id));
    }
    const plan = (what) => admin.post("/events", { type: "case", name: what, representative_id: w.s.user.rep, location_id: w.s.location.shared, physician_id: w.s.physician.shared, procedure_id: w.s.procedure.one, starts_at: at(5), manufacturer_ids: [w.s.manufacturer.one] });
    // A case for each hundred units and side.
    const cases = [];
    for (let n = 0; n < half / 100; n += 1) cases.push([(await plan(`left ${n}`)).id, (await plan(`right ${n}`)).id]);
    const judge = (what, answers) => {
      const good = answers.filter((answer) => answer.status < 300).length;
      const rest = answers.filter((answer) => answer.status >= 300 && ![404, 409, 422].includes(answer.status));
      if (good !== 1 || rest.length > 0) wrong.push(`${what}: ${answers.map((answer) => `${answer.status} ${answer.body.code ?? ""}`).join(" and ")}`);
    };
    const work = [];
    for (let n = 0; n < half; n += 1) {
      const [left, right] = cases[Math.floor(n / 100)];
      const use = (who, event) => who.send("POST", `/events/${event}/lines`, { unit_ids: [units[n]], usage: "used" });
      work.push(async () => judge(`unit ${n} for two cases`, await Promise.all([use(admin, left), use(asRep, right)])));
    }
    for (let n = half; n < PAIRS; n += 1) {
      const send = (who, to) => who.send("POST", "/transfers", { from: w.custodian("rep"), to: w.custodian(to), unit_ids: [units[n]] });
      work.push(async () => judge(`unit ${n} for two recipients`, await Promise.all([send(admin, "mate"), send(asRep, "dist")])));
    }
    await inParallel(work, 8);
    assert.deepEqual(wrong, []);
    // Each unit is on one line, of one case.
    const lines = [];
    for (const [left, right] of cases) for (const id of [left, right]) lines.push(...(await admin.get(`/events/${id}`)).lines.map((line) => line.unit_id));
    assert.equal(lines.length, half);
    assert.equal(new Set(lines).size, half);
  });

  // Which sensitive fields each role is ever given by any operation. A new one is looked at before it is blessed.
  test("sensitive fields by role are those that were reviewed", async () => {
    const sensitive = /cost|commission|margin|split|patient|rate_bp|price|amount|total_minor|target/;
    const found = {};
    const note = (value, seen) => {
      if (Array.isArray(value)) return value.forEach((one) => note(one, seen));
      if (typeof value !== "object" || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        if (sensitive.test(name) && inner !== null && inner !== "" && typeof inner !== "object") seen.add(name);
        note(inner, seen);
      }
    };
    const as = Object.fromEntries(["ops", "rm", "dist", "hub", "rep", "fm"].map((key) => [key, client(it.base, w.people[key].token)]));
    for (const [role, who] of Object.entries(as)) {
      const seen = new Set();
      for (const request of requests(document, w, (row, method) => method === "get" && !row.public)) {
        if (/export|audit/.test(request.path)) continue;
        const answer = await who.send("GET", request.path);
        if (answer.status === 200) note(answer.body, seen);
      }
      found[role] = [...seen].sort();
    }
    const text = `${JSON.stringify(found, null, 2)}\n`;
    if (process.env.CASELOAD_BLESS) writeFileSync(SNAPSHOT, text);
    assert.ok(existsSync(SNAPSHOT), "no snapshot yet: look at what CASELOAD_BLESS=1 writes");
    assert.deepEqual(found, JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });

  test("others' rates, costs and patients are in no answer to a rep", async () => {
    assert.ok(rights.anything.includes("rep"));
    const wrong = [];
    let asked = 0;
    const rep = client(it.base, w.people.rep.token);
    const secrets = { cost: /\b98761\b/, "another rep's rate": /\b100[4-6]\b/, "another rep's patient": /PAT-(rep2|dist2|indie|mate)-/ };
    for (const request of requests(document, w, (row, method) => method === "get" && !row.public)) {
      const answer = await rep.send("GET", request.path);
      asked += 1;
      const text = JSON.stringify(answer.body ?? "");
      for (const [what, pattern] of Object.entries(secrets)) if (pattern.test(text)) wrong.push(`${request.name} holds ${what}: ${pattern.exec(text)[0]}`);
    }
    console.log(`# ${asked} answers searched`);
    assert.ok(asked > 60);
    assert.deepEqual(wrong, []);
  });

  // A unit of work that loses against another is run again, whole; whoever asked never hears of it.
  test("one unit of work in five loses against another: nobody hears of it", { skip: engine === "postgres" ? false : "SQLite has one writer" }, async () => {
    it.cluster.sql(`CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF random() < 0.1 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF;
      IF random() < 0.11 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END IF;
      RETURN NEW; END $$`, "CREATE TRIGGER lose BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION lose()");
    const wrong = [];
    let good = 0;
    const work = Array.from({ length: 400 }, (_, n) => async () => {
      const answer = await admin.send("POST", "/customers", { name: `Lost and found ${n}` }, { "x-request-id": `lose-${n}-xxxxx` });
      if (answer.status === 201) good += 1;
      else wrong.push(`${answer.status} ${answer.body.code}`);
    });
    await inParallel(work, 8);
    it.cluster.sql("DROP TRIGGER lose ON journal_entry");
    assert.deepEqual(wrong, []);
    const [written, twice] = it.cluster.sql("SELECT count(*), count(*) - count(DISTINCT request_id) FROM journal_entry WHERE request_id LIKE 'lose-%'").trim().split("\t").map(Number);
    assert.deepEqual([written, twice], [good, 0]);
  });

  test("keys of every table begin with the organisation", { skip: engine === "postgres" ? false : "the catalogue of PostgreSQL is asked" }, () => {
    const rows = it.cluster.sql(`SELECT con.conrelid::regclass::text, con.conname, con.contype,
        (SELECT attname FROM pg_attribute WHERE attrelid = con.conrelid AND attnum = con.conkey[1])
      FROM pg_constraint con JOIN pg_namespace space ON space.oid = con.connamespace
      WHERE space.nspname = 'public' AND con.contype IN ('p', 'u', 'f')
      UNION ALL
      SELECT ix.indrelid::regclass::text, ix.indexrelid::regclass::text, 'i',
        (SELECT attname FROM pg_attribute WHERE attrelid = ix.indrelid AND attnum = ix.indkey[0])
      FROM pg_index ix JOIN pg_class class ON class.oid = ix.indrelid JOIN pg_namespace space ON space.oid = class.relnamespace
      WHERE space.nspname = 'public' AND ix.indisunique AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = ix.indexrelid)`);
    const offenders = rows.trim().split("\n").map((row) => row.split("\t")).filter(([, , , first]) => first !== "organization_id");
    // Reviewed: what belongs to the server and not to an organisation.
    const reviewed = {
      schema_history: "which migrations were applied",
      sign_in: "e-mail to organisation, asked before anybody is known",
      sign_in_attempt: "counts tries by address and by e-mail, before anybody is known",
    };
    assert.deepEqual(offenders.filter(([table]) => !(table in reviewed)).map((row) => row.join(" ")), []);
  });

  // These two really do everything that can be done: deactivations too. They come last.
  test("what a write answers is what is read next", async () => {
    const wrong = [];
    let compared = 0;
    const gets = document.paths;
    for (const request of requests(document, w, (row, method) => method !== "get" && row.body)) {
      // Only what makes a thing or changes one: the answer has an id, and there is a place to read it.
      const fields = properties(document, answerSchema(request.operation));
      if (!("id" in fields) || !/^(POST|PATCH|PUT)$/.test(request.method)) continue;
      const collection = request.template.replace(/\/\{[^}]*\}.*$/, "");
      const place = Object.keys(gets).find((path) => path.startsWith(`${collection}/{`) && path.split("/").length === collection.split("/").length + 1 && gets[path].get);
      if (!place) continue;
      const body = request.body();
      const answer = await admin.send(request.method, request.path, body);
      if (answer.status >= 300) continue;
      // What stands within another thing, as a comment does, is read with that: its id is of another kind than the path's.
      const whose = request.path.match(/\/([a-z]{3}_)[0-9a-z]{20,}/)?.[1];
      if (whose && !answer.body.id.startsWith(whose)) continue;
      const again = await admin.send("GET", `${collection.replace("/api/v1", "")}/${answer.body.id}`);
      if (again.status !== 200) {
        wrong.push(`${request.name}: reading it answered ${again.status}`);
        continue;
      }
      compared += 1;
      // An entry of a history gets its place in the chain a moment later, when it is sealed.
      const written = (value) => JSON.stringify(value, (key, it) => (key === "seq" ? undefined : it));
      for (const [name, value] of Object.entries(answer.body)) {
        if (name in again.body && written(again.body[name]) !== written(value)) wrong.push(`${request.name}: ${name} was answered ${JSON.stringify(value)} and is read ${JSON.stringify(again.body[name])}`);
      }
      // What was asked for is what became of it.
      for (const [name, value] of Object.entries(body ?? {})) {
        const scalar = ["string", "number", "boolean"].includes(typeof value);
        if (scalar && name in again.body && request.method !== "POST" && again.body[name] !== value && !/_at$/.test(name)) wrong.push(`${request.name}: ${name} was set to ${JSON.stringify(value)} and is ${JSON.stringify(again.body[name])}`);
      }
    }
    console.log(`# ${compared} writes were read back`);
    assert.ok(compared >= 12, `only ${compared} were compared`);
    assert.deepEqual(wrong, []);
  });

  test("the same key at once, on every operation: one effect and one answer", async () => {
    const wrong = [];
    let sent = 0;
    let done = 0;
    // Who remembers nothing, as the contract says: secrets are answered once.
    const forgets = /tokens|invite|scan|preview|explain|read-notice|candidates|\/me\/|password|sign/;
    const names = new Map();
    let n = 0;
    for (const request of requests(document, w, isWrite)) {
      if (forgets.test(request.name)) continue;
      const key = `dup-${engine}-${++n}`;
      const body = request.body(w.loose.rep?.pop());
      // A rehearsal is a preview: it writes nothing and remembers nothing.
      if (body?.dry_run) continue;
      const headers = (m) => ({ "idempotency-key": key, "x-request-id": `${key}-${m}-x`, ...(request.row.csv ? { "content-type": "text/csv" } : {}) });
      const answers = await Promise.all(Array.from({ length: REPETITIONS }, (_, m) => admin.send(request.method, request.path, body, headers(m))));
      sent += REPETITIONS;
      const good = answers.filter((answer) => answer.status < 300);
      for (const answer of answers) if (answer.status >= 500) wrong.push(`${request.name} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      const told = new Set(good.map((answer) => JSON.stringify(answer.body)));
      if (told.size > 1) wrong.push(`${request.name}: ${told.size} different answers to one key`);
      if (good.length > 0) {
        done += 1;
        names.set(key, request.name);
        const other = await admin.send(request.method, `${request.path}${request.path.includes("?") ? "&" : "?"}another=1`, body, headers(9));
        if (other.status < 400) wrong.push(`${request.name}: the key was taken for another request (${other.status})`);
      }
    }
    // One entry at most for each key: whichever of the five was first.
    const entries = {};
    for (let cursor = ""; cursor !== null; ) {
      const page = await admin.get(`/journal?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      for (const entry of page.items) {
        const key = /^(dup-.*)-\d-x$/.exec(entry.request_id ?? "")?.[1];
        if (key) (entries[key] ??= new Set()).add(entry.request_id);
      }
      cursor = page.next_cursor;
    }
    for (const [key, ids] of Object.entries(entries)) if (ids.size > 1) wrong.push(`${names.get(key) ?? key}: ${ids.size} of ${REPETITIONS} repetitions wrote something`);
    console.log(`# ${sent} repetitions over ${n} operations, ${done} of them with an effect`);
    assert.ok(sent >= 500, `only ${sent} repetitions`);
    assert.ok(done >= 25, `only ${done} operations had an effect`);
    assert.deepEqual(wrong, []);
  });
});

describe("a server's own role", { skip: engine === "postgres" ? false : "roles are for PostgreSQL" }, () => {
  test("serves, adds to the journal, and can change nothing that stands there", async () => {
    const it = await world({ engine });
    try {
      const admin = it.as(ADMIN);
      const maker = await admin.post("/manufacturers", { name: "Acme" });
      const item = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: "CUP", kind: "device" });
      await admin.post("/units", { catalog_item_id: item.id, quantity: 3, lot: "R" });
      const entries = Number(it.cluster.sql("SELECT count(*) FROM journal_entry").trim());
      assert.ok(entries >= 3, "the role writes");
      for (const table of ["journal_entry", "journal_movement", "journal_change", "journal_subject", "journal_seal"]) {
        for (const sql of [`UPDATE ${table} SET organization_id = organization_id`, `DELETE FROM ${table}`, `TRUNCATE ${table}`, `ALTER TABLE ${table} ADD COLUMN x int`]) {
          assert.throws(() => it.cluster.sql("SET ROLE server", sql), /permission denied|must be owner/, sql);
        }
      }
      assert.throws(() => it.cluster.sql("SET ROLE server", "CREATE TABLE mine (x int)"), /permission denied/);
      // A statement that forgets its organisation, or names another, meets no row.
      const count = (organization) => Number(it.cluster.sql("SET ROLE server", `SET caseload.organizations = '${organization}'`, "SELECT count(*) FROM stock_unit").trim());
      const own = it.cluster.sql("SELECT DISTINCT organization_id FROM stock_unit").trim();
      assert.deepEqual([count(own), count("00000000-0000-7000-8000-000000000000")], [3, 0]);
      const foreign = ["SET ROLE server", "SET caseload.organizations = '00000000-0000-7000-8000-000000000000'"];
      assert.equal(it.cluster.sql(...foreign, "UPDATE stock_unit SET lot = 'theirs' RETURNING id").trim(), "");
      assert.throws(() => it.cluster.sql(...foreign, `INSERT INTO stock_unit (organization_id) VALUES ('${own}')`), /row-level security/);
      await new Promise((done) => setTimeout(done, 2_000));
      await it.end("SIGTERM");
      assert.match(run(it.url, "verify"), /proven/);
    } finally {
      await it.stop();
    }
  });
});
