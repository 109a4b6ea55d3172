// The matrix: every operation of the OpenAPI document, asked by everybody about everything, held to a table written by
// hand (matrix.table.mjs). An operation that the table does not know fails the test.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { client, world } from "./lib.mjs";
import { files, later, operations, reach, rights } from "./matrix.table.mjs";
import { CONTRACT, COST, foreign, organization, rateOf } from "./matrix.world.mjs";

const ACTORS = rights.anything.split(" ");
// A moment in an answer.
const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const UNKNOWN = "01h455vb4pex5vsknk084sn02q";
const engine = process.env.CASELOAD_E2E_ENGINE ?? "sqlite";
const methods = ["get", "post", "put", "patch", "delete"];

// `"\n  a b\n x o -\n"` as { x: { a: "o", b: "-" } }.
function read(table) {
  const rows = table.trim().split("\n").map((row) => row.trim().split(/\s+/));
  const [columns, ...rest] = rows;
  return Object.fromEntries(rest.map(([name, ...cells]) => {
    assert.equal(cells.length, columns.length, `row ${name} of a table has ${cells.length} cells for ${columns.length} columns`);
    return [name, Object.fromEntries(cells.map((cell, n) => [columns[n], cell]))];
  }));
}
const reaches = Object.fromEntries(Object.entries(reach).map(([name, table]) => [name, read(table)]));
const STEPS = { "-": 0, s: 1, u: 2, a: 3 };

function exception(row, actor, key) {
  for (const [names, expectation] of Object.entries(row.unless ?? {})) {
    const hit = names.split(" ").some((name) => name === "*" || name === actor || name === `${actor}:${key}`);
    if (hit) return expectation;
  }
  return null;
}

// What the table says about one cell: null when it says nothing.
function expected(row, actor, key, okay) {
  const spelled = (text) => text.split("|").flatMap((part) => (part === "ok" ? okay : [Number(part)]));
  // A subject in the body is looked at after the right.
  if (row.ids && row.right && !row.bodyFirst && row.ids({ user: {}, event: {}, line: {}, order: {}, sales_order: {}, purchase_order: {} }, key).length === 0 && !rights[row.right].split(" ").includes(actor)) return [403];
  const special = exception(row, actor, key);
  if (special) return special === "?" ? null : spelled(special);
  if (row.cells) {
    const cell = read(row.cells)[actor]?.[key];
    return { o: okay, x: row.orNot ? [403, ...okay] : [403], "-": [404], "?": null, n: [403, 404, 409, 422] }[cell] ?? null;
  }
  if (row.by) {
    const cell = reaches[row.by][actor][key];
    if (cell === "?") return null;
    if (cell === "-") return [404];
    if (row.needs && STEPS[cell] < STEPS[row.needs]) return [403];
  }
  if (row.right && !rights[row.right].split(" ").includes(actor)) return [403];
  return okay;
}

function okayOf(method, row) {
  if (row.ok) return row.ok;
  if (row.stale) return [412];
  return [200];
}

function keysOf(row) {
  if (row.unknownId) return ["unknown"];
  if (row.key) return [row.key];
  if (row.keys) return row.keys.split(" ");
  if (row.cells) return Object.keys(read(row.cells).primary);
  if (row.by) return Object.keys(reaches[row.by].primary);
  return ["-"];
}

function idsOf(row, s, key) {
  if (row.ids) return row.ids(s, key);
  if (row.unknownId) return [`${row.unknownId}_${UNKNOWN}`];
  if (row.of && !row.list) return [s[row.of][key]];
  return [];
}

const shape = (path) => path.replace("/api/v1", "").replace(/\{[^}]*\}/g, "{}");
function fill(path, ids) {
  let n = 0;
  return path.replace(/\{[^}]*\}/g, () => ids[n++] ?? `xxx_${UNKNOWN}`);
}
const essence = (body) => {
  if (typeof body !== "object" || body === null) return body;
  const { request_id: _, ...rest } = body;
  return rest;
};

async function inParallel(work, width = 12) {
  const queue = work[Symbol.iterator]();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const job of queue) await job();
  }));
}

describe(`who may do what, on ${engine}`, () => {
  let it, here, there, as, document;
  const wrong = [];
  let cells = 0;
  const fits = (what, wanted, answer) => {
    cells += 1;
    if (!wanted.includes(answer.status)) {
      wrong.push(`${what}: wanted ${wanted.join(" or ")}, got ${answer.status} ${JSON.stringify(answer.body?.code ?? "")}`);
    }
  };
  const settle = (title) => {
    console.log(`# ${title}: ${cells} cells, ${wrong.length} wrong`);
    cells = 0;
    assert.deepEqual(wrong.splice(0), []);
  };
  const rows = function* () {
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods.filter((m) => item[m])) {
        const name = `${method.toUpperCase()} ${shape(path)}`;
        for (const row of byShape.get(name) ?? []) yield { method: method.toUpperCase(), path: path.replace("/api/v1", ""), name, row };
      }
    }
    for (const name of files) for (const row of operations[name]) yield { method: "GET", path: name.slice(4), name, row };
  };
  const byShape = new Map(Object.entries(operations).map(([name, list]) => {
    const [method, path] = name.split(" ");
    return [`${method} ${shape(path)}`, list];
  }));
  const ask = (who, { method, path, row }, s, w, key, { ids, body, fresh = false, thing } = {}) => {
    const query = typeof row.query === "function" ? row.query(s, w) : (row.query ?? "");
    const content = body !== undefined ? body : row.csv ?? row.body?.(s, w, key, thing);
    const headers = { ...(row.stale && !fresh ? { "if-match": '"999999"' } : {}), ...(row.csv ? { "content-type": "text/csv" } : {}) };
    return who.send(method, fill(path, ids ?? idsOf(row, s, key)) + query, content, headers);
  };

  before(async () => {
    it = await world({ engine });
    here = await organization(it, it.as("ada@northlake.example"), "north");
    there = await foreign(it);
    as = Object.fromEntries(Object.entries(here.people).map(([key, { token }]) => [key, client(it.base, token)]));
    as.primary = here.admin;
    document = (await here.admin.send("GET", "/openapi.json")).body;
  });
  after(() => it?.stop());

  test("every operation of the document is in the table, and the other way round", () => {
    const offered = new Set();
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods.filter((m) => item[m])) offered.add(`${method.toUpperCase()} ${shape(path)}`);
    }
    const unknown = [...offered].filter((name) => !byShape.has(name));
    assert.deepEqual(unknown, [], "the table decides about every operation");
    const excused = new Set([...later, ...files].map((name) => `${name.split(" ")[0]} ${shape(name.split(" ")[1])}`));
    const missing = [...byShape.keys()].filter((name) => !offered.has(name) && !excused.has(name));
    assert.deepEqual(missing, [], "the server offers every operation of the table");
    console.log(`# ${offered.size} operations`);
  });

  test("role x relation x operation", async () => {
    const before = await snapshot();
    const work = [];
    for (const operation of rows()) {
      const { row, name, method } = operation;
      if (row.public || row.referencesOnly) continue;
      const okay = okayOf(method, row);
      for (const key of keysOf(row)) {
        for (const actor of ACTORS) {
          const wanted = expected(row, actor, key, okay);
          if (!wanted) continue;
          work.push(async () => {
            const thing = row.throwaway ? here.loose[key].pop() : undefined;
            const answer = await ask(as[actor], operation, here.s, here, key, { thing });
            fits(`${name} ${row.right ?? ""} [${key}] by ${actor}${row.body ? ` ${JSON.stringify(row.body(here.s, here, key, thing)).slice(0, 80)}` : ""}`, wanted, answer);
            if (row.code && answer.status === okay[0] && answer.body.code !== row.code) wrong.push(`${name} by ${actor}: code ${answer.body.code}, wanted ${row.code}`);
          });
        }
      }
    }
    await inParallel(work);
    const unchanged = await snapshot();
    for (const [what, version] of Object.entries(before)) if (JSON.stringify(unchanged[what]) !== JSON.stringify(version)) wrong.push(`${what} was only asked about, and changed from ${version} to ${unchanged[what]}`);
    settle("role x relation x operation");
  });

  // Version of everything that the matrix asked about.
  async function snapshot() {
    const versions = {};
    const paths = { user: "users", unit: "units", box: "units", transfer: "transfers", request: "requests", event: "events", order: "events", location: "locations", customer: "customers", sales_order: "sales-orders" };
    for (const [kind, path] of Object.entries(paths)) {
      for (const [key, id] of Object.entries(here.s[kind])) {
        const object = await here.admin.get(`/${path}/${id}`);
        versions[`${kind} ${key}`] = [object.version, object.status ?? object.state ?? object.active];
      }
    }
    return versions;
  }

  test("membership state x operation: whoever may not work reaches nothing", async () => {
    const green = ["green_rep", "green_dist", "green_rm", "green_fm"];
    const gone = ["gone_rep", "gone_ops", "gone_admin"];
    const nobody = { send: (method, path, body, headers) => fetchPlain(method, path, body, headers) };
    const fetchPlain = async (method, path, body, headers = {}) => {
      const answer = await fetch(`${it.base}/api/v1${path}`, { method, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers }, body: body === undefined || typeof body === "string" ? body : JSON.stringify(body) });
      const type = answer.headers.get("content-type") ?? "";
      return { status: answer.status, body: type.includes("json") ? await answer.json() : await answer.text() };
    };
    const outsiders = {
      nobody,
      garbage: client(it.base, "garbage"),
      almost: client(it.base, `${here.people.rep.token.slice(0, 8)}A${here.people.rep.token.slice(9)}`),
      elsewhere: client(it.base, here.people.rep.token.replace(/\..*$/, `.${there.organization.replace("org_", "")}`)),
      ...Object.fromEntries(gone.map((key) => [key, as[key]])),
    };
    const work = [];
    for (const operation of rows()) {
      const { row, name } = operation;
      if (row.referencesOnly) continue;
      const key = keysOf(row)[0];
      for (const [who, them] of Object.entries(outsiders)) {
        work.push(async () => fits(`${name} by ${who}`, row.public ? row.ok : [401], await ask(them, operation, here.s, here, key)));
      }
      for (const who of green) {
        work.push(async () => {
          const answer = await ask(as[who], operation, here.s, here, key);
          fits(`${name} by ${who}`, row.public ? row.ok : row.evenUntrained ? [200] : [403], answer);
          if (answer.status === 403 && answer.body.code !== "training_required") wrong.push(`${name} by ${who}: code ${answer.body.code}`);
        });
      }
    }
    await inParallel(work);
    settle("membership state x operation");
  });

  test("an account that nobody claimed has no credentials", async () => {
    await here.admin.post("/users", { email: "unclaimed@north.example", role: "operations", name: "Unclaimed" });
    for (const password of ["", "password", "a long enough password"]) {
      const answer = await here.admin.send("POST", "/tokens", { email: "unclaimed@north.example", password, name: "x" });
      fits(`POST /tokens for an unclaimed account`, [401, 422], answer);
    }
    settle("unclaimed");
  });

  test("another organisation's ids are as unknown as any: in the path", async () => {
    const work = [];
    for (const operation of rows()) {
      const { row, name } = operation;
      const key = keysOf(row)[0];
      const ids = idsOf(row, here.s, key);
      if (row.referencesOnly || ids.length === 0 || row.unknownId || row.word || row.of === "report" || !/\{/.test(operation.path) || name.includes("imports")) continue;
      const foreignIds = idsOf(row, there.s, key);
      // Each id of the path alone, then all of them.
      const swaps = ids.map((_, n) => [ids.map((id, m) => (n === m ? foreignIds[m] : id)), ids.map((id, m) => (n === m ? unknownLike(id) : id))]);
      swaps.push([foreignIds, ids.map(unknownLike)]);
      for (const [far, none] of swaps) {
        work.push(async () => {
          const a = await ask(here.admin, operation, here.s, here, key, { ids: far, fresh: true });
          const b = await ask(here.admin, operation, here.s, here, key, { ids: none, fresh: true });
          fits(`${name} with another organisation's id`, [404], a);
          fits(`${name} with an unknown id`, [404], b);
          if (JSON.stringify(essence(a.body)) !== JSON.stringify(essence(b.body))) wrong.push(`${name}: a foreign id is told from an unknown one`);
          const c = await ask(there.admin, operation, here.s, here, key, { fresh: true });
          fits(`${name} by another organisation's admin`, [404], c);
        });
      }
      // An id of another kind is no id of this kind.
      work.push(async () => fits(`${name} with an id of another kind`, [404], await ask(here.admin, operation, here.s, here, key, { ids: ids.map((id) => id.replace(/^[a-z]+_/, "whk_")), fresh: true })));
    }
    await inParallel(work);
    settle("foreign ids in paths");
  });

  const unknownLike = (id) => (/^[a-z]{3}_/.test(id) ? `${id.slice(0, 4)}${UNKNOWN}` : id);

  test("another organisation's ids are as unknown as any: in bodies, however deep", async () => {
    const twin = twins(here.s, there.s);
    twin.set(here.item, there.item);
    twin.set(here.organization, there.organization);
    const work = [];
    const entries = async () => (await here.admin.get("/journal?limit=1&count=true")).total;
    await new Promise((done) => setTimeout(done, 200));
    const count = await entries();
    for (const operation of rows()) {
      const { row, name } = operation;
      if (!row.body || row.noReferences) continue;
      const key = row.referencesOnly ? (row.key ?? "-") : keysOf(row).find((k) => expected(row, "primary", k, okayOf(operation.method, row))?.[0] !== 404);
      if (key === undefined) continue;
      const thing = row.throwaway ? here.s.unit[key] : undefined;
      const body = row.body(here.s, here, key, thing);
      for (const [path, id] of leaves(body)) {
        if (typeof id !== "string" || !/^[a-z]{3}_[0-9a-z]{26}$/.test(id) || id.endsWith(UNKNOWN)) continue;
        work.push(async () => {
          const asker = as[row.asker ?? "primary"];
          const a = await ask(asker, operation, here.s, here, key, { body: changed(body, path, twin.get(id) ?? unknownLike(id)), fresh: true });
          const b = await ask(asker, operation, here.s, here, key, { body: changed(body, path, unknownLike(id)), fresh: true });
          fits(`${name} with another organisation's ${path.join(".")}`, [404], a);
          fits(`${name} with an unknown ${path.join(".")}`, [404], b);
          if (JSON.stringify(essence(a.body)) !== JSON.stringify(essence(b.body))) wrong.push(`${name}: a foreign ${path.join(".")} is told from an unknown one`);
          if (a.status === 404 && !(a.body.errors?.length > 0)) wrong.push(`${name}: the 404 does not name ${path.join(".")}`);
        });
      }
    }
    await inParallel(work);
    if ((await entries()) !== count) wrong.push("something was written");
    settle("foreign ids in bodies");
  });

  test("lists hold exactly what is within reach, counted and as CSV too", async () => {
    const work = [];
    for (const operation of rows()) {
      const { row, path, name } = operation;
      if (!row.list) continue;
      const table = reaches[row.list];
      const kind = row.of ?? { person: "user", site: "location" }[row.list] ?? row.list;
      for (const actor of ACTORS) {
        work.push(async () => {
          const first = await as[actor].send("GET", `${path}?limit=500&count=true`);
          fits(`${name} by ${actor}`, [200], first);
          if (first.status !== 200) return;
          const items = first.body.items;
          const there_ = new Set(items.map((item) => item.id));
          for (const [key, cell] of Object.entries(table[actor])) {
            const id = here.s[kind][key];
            if (cell === "?" || id === undefined) continue;
            cells += 1;
            if (there_.has(id) !== (cell !== "-")) wrong.push(`${name} by ${actor}: ${kind} ${key} is ${there_.has(id) ? "" : "not "}in the list`);
          }
          if (first.body.next_cursor === null && first.body.total !== items.length) wrong.push(`${name} by ${actor}: total ${first.body.total}, rows ${items.length}`);
          const csv = await as[actor].send("GET", `${path}?limit=500`, undefined, { accept: "text/csv" });
          // A pool holds and shows; a file is for whoever may take one along.
          fits(`${name} as CSV by ${actor}`, row.noFile?.split(" ").includes(actor) ? [403] : [200], csv);
          if (csv.status !== 200) return;
          if (typeof csv.body === "string" && first.body.next_cursor === null) {
            const lines = csv.body.trim().split(/\r?\n/).length - 1;
            if (lines !== items.length) wrong.push(`${name} by ${actor}: ${lines} rows as CSV, ${items.length} as JSON`);
          }
          for (const id of Object.values(there.s[kind] ?? {})) if (there_.has(id)) wrong.push(`${name} by ${actor}: holds another organisation's ${kind}`);
        });
      }
    }
    await inParallel(work);
    settle("lists");
  });

  test("no answer holds a mark of what is out of reach", async () => {
    // An amount, and not some digits of an id that are the same by chance.
    const alone = (amount) => new RegExp(`\\b${amount}\\b`);
    const holds = (text, mark) => (typeof mark === "string" ? text.includes(mark) : mark.test(text));
    const marks = (actor) => {
      const out = [];
      for (const [key, cell] of Object.entries(reaches.custody[actor])) if (cell === "-") out.push(`SER-${key}-north`, `BOX-${key}-north`);
      for (const [key, cell] of Object.entries(reaches.event[actor])) if (cell === "-") out.push(`EVT-${key}-north`, `PAT-${key}-north`);
      for (const [key, cell] of Object.entries(reaches.order[actor])) if (cell === "-") out.push(`EVD-done-${key}-north`, `PAT-done-${key}-north`, `PO-${key}-north`);
      for (const [key, cell] of Object.entries(reaches.transfer[actor])) if (cell === "-") out.push(`NOTE-${key.replace(">", "-")}-north`);
      if (!["primary", "admin", "ops", "opsoff"].includes(actor)) out.push(alone(COST));
      if (actor === "hub") out.push(alone(CONTRACT));
      for (const [key, cell] of Object.entries(reaches.person[actor])) if (cell === "-" && rateOf(key)) out.push(`"commission_rate_bp":${rateOf(key)}`);
      out.push("-south", "south.example");
      return out;
    };
    const searches = ["/search?q=SER", "/search?q=EVT", "/search?q=north", "/search?q=Customer", "/units?q=SER", "/units?q=LOT-north", "/events?q=EVT", "/users?q=north", "/customers?q=Customer", "/transfers?q=NOTE", "/transfer-recipients?q=north", "/units?sort=-expires_on,lot", "/units?scope=group", "/units?scope=shared", "/units?scope=mine", "/calendar?from=2020-01-01&to=2035-01-01"];
    const work = [];
    for (const actor of ACTORS) {
      const forbidden = marks(actor);
      const look = (path) => async () => {
        const answer = await as[actor].send("GET", path);
        cells += 1;
        if (answer.status >= 500) wrong.push(`GET ${path} by ${actor}: ${answer.status}`);
        // A PDF is compressed: there a mark would be found by chance alone. Tests of the use cases read what it says.
        // The same holds for the digits of a moment.
        const text = String(answer.body).startsWith("%PDF") ? "" : JSON.stringify(answer.body).replace(MOMENT, "");
        for (const mark of forbidden) if (holds(text, mark)) wrong.push(`GET ${path} by ${actor} shows ${mark}`);
      };
      for (const operation of rows()) {
        if (operation.method !== "GET" ) continue;
        const { row, path } = operation;
        for (const key of keysOf(row)) {
          const query = typeof row.query === "function" ? row.query(here.s, here) : (row.query ?? "");
          work.push(look(fill(path, idsOf(row, here.s, key)) + query));
        }
      }
      for (const path of searches) work.push(look(path));
      work.push(async () => {
        const scan = await as[actor].send("POST", "/units/scan", { barcode: `(01)09506000134352(10)LOT-north` });
        cells += 1;
        for (const mark of forbidden) if (holds(JSON.stringify(scan.body), mark)) wrong.push(`POST /units/scan by ${actor} shows ${mark}`);
      });
    }
    await inParallel(work);
    settle("marks");
  });

  test("whoever may be addressed is named and nothing more", async () => {
    for (const actor of ACTORS.filter((it) => it !== "hub")) {
      const answer = await as[actor].send("GET", "/transfer-recipients?limit=500");
      fits(`GET /transfer-recipients by ${actor}`, [200], answer);
      for (const item of answer.body.items ?? []) {
        cells += 1;
        const extra = Object.keys(item).filter((field) => !["id", "name", "type"].includes(field));
        if (extra.length > 0) wrong.push(`a recipient shows ${extra.join(", ")}`);
      }
      const ids = new Set((answer.body.items ?? []).map((item) => item.id));
      for (const key of ["rm", "ops", "admin", "delegate"]) if (ids.has(here.s.user[key])) wrong.push(`${key} cannot hold stock, but is offered to ${actor}`);
    }
    settle("recipients");
  });
});

function* leaves(value, path = []) {
  if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
  } else {
    yield [path, value];
  }
}

function changed(value, path, replacement) {
  if (path.length === 0) return replacement;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[path[0]] = changed(value[path[0]], path.slice(1), replacement);
  return copy;
}

// The same thing in the other organisation, by id.
function twins(a, b) {
  const pairs = new Map();
  for (const [kind, things] of Object.entries(a)) {
    for (const [key, id] of Object.entries(things)) if (b[kind]?.[key]) pairs.set(id, b[kind][key]);
  }
  return pairs;
}
