// Whatever is thrown at the server, it answers with a 4xx that helps, or does what was asked; it never breaks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { bombs, good, workbook } from "./bombs.mjs";
import { ADMIN, PASSWORD, client, program, run, world } from "./lib.mjs";
import { operations } from "./matrix.table.mjs";
import { organization } from "./matrix.world.mjs";

const engine = process.env.CASELOAD_E2E_ENGINE ?? "sqlite";
const methods = ["get", "post", "put", "patch", "delete"];
const shape = (path) => path.replace("/api/v1", "").replace(/\{[^}]*\}/g, "{}");

describe(`hostile input on ${engine}`, () => {
  let it, w, admin, document, token;
  const tokens = [];
  let asked = 0;
  const broken = [];

  before(async () => {
    it = await world({ engine, env: { RUST_LOG: "debug,hyper=info,h2=info" } });
    token = it.token(ADMIN);
    admin = client(it.base, token);
    w = await organization(it, admin, "north");
    document = (await admin.send("GET", "/openapi.json")).body;
    tokens.push(token, ...Object.values(w.people).map((person) => person.token).filter(Boolean));
  });
  after(() => it?.stop());

  // Sends bytes as they are; anything of 500 and above is a finding.
  async function raw(method, path, body, headers = {}, base = "/api/v1") {
    const send = () => fetch(`${it.base}${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body,
      redirect: "manual",
    });
    // A connection on which the rest of a body was refused is closed; whoever had it in the pool takes another.
    const answer = await send().catch(send);
    asked += 1;
    const text = await answer.text();
    if (answer.status >= 500) broken.push(`${method} ${path} ${String(body).slice(0, 120)} -> ${answer.status} ${text.slice(0, 200)}`);
    let content = text;
    try {
      content = JSON.parse(text);
    } catch {
      // Not JSON.
    }
    return { status: answer.status, body: content, headers: answer.headers };
  }
  const settle = (title) => {
    console.log(`# ${title}: ${asked} requests`);
    asked = 0;
    assert.deepEqual(broken.splice(0), []);
  };

  // Every operation with a body that the matrix knows, once: method, path with ids, body.
  function* writes() {
    const byShape = new Map(Object.entries(operations).map(([name, rows]) => [`${name.split(" ")[0]} ${shape(name.split(" ")[1])}`, rows]));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of methods.filter((m) => item[m])) {
        const row = byShape.get(`${method.toUpperCase()} ${shape(path)}`)?.find((r) => r.body);
        if (!row) continue;
        const key = row.key ?? (row.cells || row.by ? ({ site: "shared", transfer: "org>rep", order: "rep" }[row.by] ?? "rep") : "-");
        const ids = row.ids ? row.ids(w.s, key) : row.of ? [w.s[row.of]?.[key] ?? Object.values(w.s[row.of] ?? {})[0]] : [];
        let n = 0;
        const at = path.replace("/api/v1", "").replace(/\{[^}]*\}/g, () => ids[n++] ?? "x");
        yield { method: method.toUpperCase(), path: at, name: shape(path), body: row.body(w.s, w, key, w.s.unit.rep), row, key };
      }
    }
  }

  test("bodies that are not what they should be", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const deepObject = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    const malformed = ["{", "[", "]", "nul", '{"a":}', '{"a":1,}', '{"a":1}{"b":2}', '{"a":1} x', "\u0000", '"text"', "1", "true", "null", "[]", "[1]", deep, deepObject, '{"a":1e400}', '{"a":-1e-400}', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), '{"\\ud800":1}', '{"a":"\\ud800"}', '{"__proto__":{"admin":true}}'];
    for (const { method, path } of writes()) {
      for (const body of malformed) {
        const answer = await raw(method, path, body, { "if-match": '"999999"' });
        if (answer.status >= 400 && answer.status < 500 && !String(answer.headers.get("content-type")).includes("problem+json")) broken.push(`${method} ${path}: an error without a problem document (${answer.status})`);
      }
    }
    settle("malformed bodies");
  });

  test("every field with every wrong value", async () => {
    const big = "x".repeat(1024 * 1024);
    const poison = ["\u0000", "a\u0000b", "\u202eevil\u202c", "\u2066x\u2069", "\uffff", "😀".repeat(50), "' OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd", "=1+1", "%00", "a".repeat(5000), "", "   ", "ÄÖ\u0301", "\r\nSet-Cookie: a=b"];
    const wrong = [null, true, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 2 ** 64, 1e308, [], {}, [[]], [null], { a: 1 }];
    for (const { method, path, body, name } of writes()) {
      if (Array.isArray(body) || /deactivate|successor/.test(name)) continue;
      const must = (what, answer) => {
        if (answer.status < 400) broken.push(`${method} ${path}: ${what} was accepted (${answer.status})`);
      };
      for (const field of Object.keys(body)) {
        for (const value of wrong) await raw(method, path, JSON.stringify({ ...body, [field]: value }), { "if-match": '"999999"' });
        for (const value of poison) {
          const answer = await raw(method, path, JSON.stringify({ ...body, [field]: value }), { "if-match": '"999999"' });
          if (value.includes("\u0000")) must(`NUL in ${field}`, answer);
        }
        const text = JSON.stringify({ ...body, [field]: "§" });
        must(`a lone surrogate in ${field}`, await raw(method, path, text.replace("§", "\\ud800"), { "if-match": '"999999"' }));
        must(`1 MB in ${field}`, await raw(method, path, text.replace("§", big), { "if-match": '"999999"' }));
      }
      must("an unknown field", await raw(method, path, JSON.stringify({ ...body, no_such_field: 1 }), { "if-match": '"999999"' }));
      if (method === "POST" && /^\/(users|customers|locations|physicians|procedures|manufacturers|product-lines|catalog-items|places|events|regions|boms)$/.test(name)) {
        for (const field of Object.keys(body).filter((f) => typeof body[f] === "string" && !/_id$|_at$|_on$|^role$|^kind$|^type$|_zone$/.test(f))) {
          must(`NUL in a new ${name}'s ${field}`, await raw(method, path, JSON.stringify({ ...body, [field]: "a\u0000b" })));
          must(`1 MB in a new ${name}'s ${field}`, await raw(method, path, JSON.stringify({ ...body, [field]: big })));
        }
      }
    }
    settle("wrong values");
  });

  test("queries that are not what they should be", async () => {
    const lists = Object.entries(document.paths).filter(([path, item]) => item.get && !path.includes("{")).map(([path]) => path.replace("/api/v1", ""));
    const values = ["", "0", "-1", "1e9", "99999999999999999999", "abc", "null", "%00", "%ff", "%", "a%00b", "'", "--", "1;DROP TABLE people_user", "x".repeat(3000), "%F0%9F%98%80", "🙂", "usr_0", "..", ",", ",,,,", "a,b,c,d,e,f,g", "-", "--name", "name,-name", "2026-02-30", "9999-99-99"];
    for (const path of lists) {
      const documented = (document.paths[`/api/v1${path}`].get.parameters ?? []).filter((p) => p.in === "query").map((p) => p.name);
      for (const name of new Set(["limit", "cursor", "sort", "q", "fields", "count", "no_such_filter", "custodian_id", "state", ...documented])) {
        for (const value of values) await raw("GET", `${path}?${name}=${value}`);
      }
      await raw("GET", `${path}?${"a=b&".repeat(2000)}`);
      await raw("GET", `${path}?limit=500&limit=1&sort=&sort=`);
    }
    const first = (await admin.get("/units?limit=2")).next_cursor;
    assert.ok(first, "there is a second page");
    for (const cursor of [first.slice(1), `${first}A`, first.split("").reverse().join(""), Buffer.from("{}").toString("base64url"), Buffer.from('["x",{}]').toString("base64url"), "A".repeat(5000)]) {
      const answer = await raw("GET", `/units?cursor=${encodeURIComponent(cursor)}`);
      assert.ok([400, 422].includes(answer.status), `a broken cursor answers ${answer.status}`);
    }
    for (const path of ["/users", "/customers", "/events"]) {
      const answer = await raw("GET", `${path}?cursor=${encodeURIComponent(first)}`);
      assert.ok([200, 400, 422].includes(answer.status), `the cursor of another list answers ${answer.status} at ${path}`);
    }
    const sorted = await raw("GET", `/units?sort=lot&cursor=${encodeURIComponent(first)}`);
    assert.ok([200, 400, 422].includes(sorted.status));
    for (const path of ["/units", "/users", "/customers", "/events", "/transfers"]) {
      const answer = await raw("GET", `${path}?sort=no_such_column`);
      assert.deepEqual([answer.status, answer.body.code], [422, "sort_not_supported"], path);
      const many = await raw("GET", `${path}?limit=1000000`);
      assert.ok(many.status === 422 || (many.body.items?.length ?? 0) <= 500, `${path} with a huge limit`);
    }
    settle("queries");
  });

  test("paths that are not what they should be", async () => {
    const ids = ["usr_", "usr_81h455vb4pex5vsknk084sn02q", "USR_01H455VB4PEX5VSKNK084SN02Q", "unt_01h455vb4pex5vsknk084sn02q", "%00", "%2e%2e%2f", "..%2f..", "a".repeat(4000), "%ff%fe", "🙂", "' OR 1=1", "1", "null", "-1", "usr_01h455vb4pex5vsknk084sn02q.pdf", "%0d%0aX: y"];
    for (const [path, item] of Object.entries(document.paths)) {
      if (!path.includes("{")) continue;
      for (const id of ids) {
        const at = path.replace("/api/v1", "").replace(/\{[^}]*\}/g, id);
        for (const method of methods.filter((m) => item[m])) {
          const answer = await raw(method.toUpperCase(), at, method === "get" || method === "delete" ? undefined : "{}");
          if (answer.status < 400) broken.push(`${method} ${at} -> ${answer.status}`);
        }
      }
      const wrongMethod = ["POST", "PUT", "PATCH", "DELETE"].find((m) => !item[m.toLowerCase()]);
      if (wrongMethod) {
        const answer = await raw(wrongMethod, path.replace("/api/v1", "").replace(/\{[^}]*\}/g, "x"));
        if (![404, 405].includes(answer.status)) broken.push(`${wrongMethod} ${path} -> ${answer.status}`);
      }
    }
    settle("paths");
  });

  test("headers that are not what they should be", async () => {
    for (const value of ["Bearer", "Bearer ", "Basic YTpi", `Bearer ${token} x`, `Bearer ${token}.`, `bearer ${"x".repeat(7000)}`, `Bearer ${token.toUpperCase()}`, "Bearer .org_1", `Bearer .${token.split(".")[1]}`]) {
      const answer = await fetch(`${it.base}/api/v1/me`, { headers: { authorization: value } });
      assert.equal(answer.status, 401, value.slice(0, 40));
      await answer.arrayBuffer();
    }
    const unit = w.s.unit.org;
    for (const version of ["x", '"', '""', "-1", '"99999999999999999999999"', '"1", "2"', "\u00e9"]) {
      const answer = await raw("PATCH", `/units/${unit}`, '{"note":"h"}', { "if-match": version });
      assert.ok([400, 412, 422].includes(answer.status), `If-Match: ${version} answers ${answer.status}`);
    }
    for (const key of ["", "x".repeat(300), "\u00e9\u00e9", "a b"]) {
      const answer = await raw("POST", "/places", JSON.stringify({ name: `Place ${key.slice(0, 4)} ${Math.random()}` }), { "idempotency-key": key });
      assert.ok(answer.status < 500, `Idempotency-Key: ${key.slice(0, 10)}`);
    }
    for (const kind of ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", ""]) await raw("POST", "/places", '{"name":"X"}', { "content-type": kind });
    for (const accept of ["text/csv", "application/xml", "*/*;q=0", "x".repeat(3000)]) await raw("GET", "/units", undefined, { accept });
    for (const id of ["a", "x".repeat(500), "<script>"]) {
      const answer = await raw("GET", "/me", undefined, { "x-request-id": id });
      assert.notEqual(answer.headers.get("x-request-id"), id, "a request id that does not look like one is replaced");
    }
    settle("headers");
  });

  test("a stale version is refused with the object as it is", async () => {
    const unit = await admin.get(`/units/${w.s.unit.org}`);
    const first = await admin.send("PATCH", `/units/${unit.id}`, { note: "first" }, { "if-match": `"${unit.version}"` });
    assert.equal(first.status, 200);
    const second = await admin.send("PATCH", `/units/${unit.id}`, { note: "second" }, { "if-match": `"${unit.version}"` });
    assert.deepEqual([second.status, second.body.current?.note, second.body.current?.version], [412, "first", first.body.version]);
    assert.equal((await admin.get(`/units/${unit.id}`)).note, "first");
  });

  test("a key has one effect, however often and however fast it is sent", async () => {
    const total = async (path) => (await admin.get(`${path}${path.includes("?") ? "&" : "?"}count=true&limit=1`)).total;
    // A double click, thirty-two times over.
    for (const [path, list, body] of [
      ["/units", "/units", { catalog_item_id: w.item, quantity: 3, lot: "CLICK" }],
      ["/customers", "/customers", { name: "Clicked" }],
      ["/events", "/events", { type: "case", representative_id: w.s.user.rep, location_id: w.s.location.shared, starts_at: "2027-03-01T10:00:00Z" }],
      ["/users", "/users", { email: "clicked@north.example", role: "sales", name: "Clicked" }],
    ]) {
      const before = await total(list);
      const key = `click-${path}-${Math.random()}`;
      const answers = await Promise.all(Array.from({ length: 32 }, () => admin.send("POST", path, body, { "idempotency-key": key })));
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [201], path);
      assert.equal(new Set(answers.map((answer) => JSON.stringify(answer.body))).size, 1, `${path}: one answer`);
      assert.equal(await total(list), before + (body.quantity ?? 1), `${path}: one effect`);
      const other = await admin.send("POST", path, { ...body, ...(body.name ? { name: "Other" } : { note: "other" }) }, { "idempotency-key": key });
      assert.equal(other.status, 422, `${path}: the same key with another body`);
      const elsewhere = await admin.send("POST", "/places", { name: "Elsewhere" }, { "idempotency-key": key });
      assert.equal(elsewhere.status, 422, "the same key at another address");
      const stale = await admin.send("POST", path, body, { "idempotency-key": key, "if-match": '"999999"' });
      assert.equal(stale.status, 201, "the key is looked at before the version");
    }
    // Races for one thing: exactly one wins.
    const loose = (await admin.post("/units", { catalog_item_id: w.item, quantity: 10, lot: "RACE" })).items;
    for (const unit of loose) {
      const answers = await Promise.all(["rep", "mate", "rep2", "indie"].map((rep) => admin.send("POST", "/transfers", { from: w.custodian("org"), to: w.custodian(rep), unit_ids: [unit.id] })));
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409, 409, 409]);
      const id = answers.find((answer) => answer.status === 201).body.id;
      const decisions = await Promise.all([...Array(4)].map((_, n) => admin.send("POST", `/transfers/${id}/${n % 2 ? "decline" : "accept"}`, n % 2 ? { reason: "race" } : undefined)));
      assert.equal(decisions.filter((answer) => answer.status === 200).length, 1, "one decision");
    }
    settle("keys");
  });

  test("a repeated key gives the first answer again, on every way to make something", async () => {
    for (const { method, path, body, row, name } of writes()) {
      if (method !== "POST" || !row.ok?.includes(201) || row.throwaway) continue;
      const key = `again-${name}-${Math.random()}`;
      const fresh = typeof body.name === "string" ? { ...body, name: `${body.name} again` } : body;
      const first = await raw(method, path, JSON.stringify(fresh), { "idempotency-key": key });
      assert.ok(row.ok.includes(first.status), `${method} ${path}: ${first.status} ${JSON.stringify(first.body)}`);
      // A preview makes nothing, and is not remembered.
      if (first.status !== 201) continue;
      const second = await raw(method, path, JSON.stringify(fresh), { "idempotency-key": key });
      assert.deepEqual([second.status, second.body], [first.status, first.body], path);
      const other = await raw(method, path, JSON.stringify({ ...fresh, name: "different" }), { "idempotency-key": key });
      assert.equal(other.status, 422, path);
      // What was acknowledged is there at once.
      const id = first.body.id;
      if (id && document.paths[`/api/v1${path}/{id}`]?.get) {
        const seen = await admin.get(`${path}/${id}`);
        for (const field of ["id", "name", "version", "status", "number", "email"]) if (field in first.body) assert.deepEqual(seen[field], first.body[field], `${path} ${field}`);
      }
    }
    settle("repetitions");
  });

  test("a field that is shown is not a field that can be set", async () => {
    const objects = { unit: "/units", customer: "/customers", location: "/locations", event: "/events", user: "/users", sales_order: "/sales-orders", transfer: "/transfers", invoice: "/invoices", catalog_item: "/catalog-items", physician: "/physicians" };
    const guarded = /^(id|organization_id|version|created_at|updated_at|state|status|custodian|event_id|transfer_id|facility_stock_location_id|container_id|number|total_minor|prices_edited|email|role|active|training_completed_at|claimed_at|delegate_of|orders_.*|engaged|engagement_.*|effective_.*|locations_count|first_order_on|last_order_on|submitted_at|sales_order_id|created_by.*|revision|deactivated_.*|kind|type|paid_minor|due_.*|settled.*)$/;
    const other = (value) => (typeof value === "number" ? value + 7 : typeof value === "boolean" ? !value : typeof value === "string" ? `${value}x` : value === null ? "x" : Array.isArray(value) ? [] : {});
    for (const [kind, path] of Object.entries(objects)) {
      const id = Object.values(w.s[kind]).at(-1);
      const method = document.paths[`/api/v1${path}/{id}`]?.patch ? "PATCH" : null;
      if (!method) continue;
      const before = await admin.get(`${path}/${id}`);
      for (const [field, value] of Object.entries(before)) {
        if (!guarded.test(field)) continue;
        if (field === "number" && kind === "customer") continue;
        if (kind === "catalog_item" && ["number", "kind"].includes(field)) continue;
        if (kind === "location" && field === "kind") continue;
        if (kind === "customer" && field === "kind") continue;
        await raw(method, `${path}/${id}`, JSON.stringify({ [field]: other(value) }));
        const now = await admin.get(`${path}/${id}`);
        if (JSON.stringify(now[field]) !== JSON.stringify(value) && field !== "version" && field !== "updated_at") broken.push(`PATCH ${path} set ${field}: ${JSON.stringify(value)} -> ${JSON.stringify(now[field])}`);
      }
    }
    // The same on the way in: what a new thing may not say about itself.
    for (const [path, body, fields] of [
      ["/units", { catalog_item_id: w.item, quantity: 1, lot: "MASS" }, { state: "inactive", id: w.s.unit.org, organization_id: w.organization, event_id: w.s.event.rep, facility_stock_location_id: w.s.location.rep, version: 9 }],
      ["/events", { type: "case", representative_id: w.s.user.rep, location_id: w.s.location.shared, starts_at: "2027-03-02T10:00:00Z" }, { status: "paid", number: "1", total_minor: 5, version: 9, lines: [], prices_edited: true }],
      ["/users", { email: "mass@north.example", role: "sales", name: "Mass" }, { active: false, training_completed_at: "2026-01-01T00:00:00Z", claimed_at: "2026-01-01T00:00:00Z", organization_id: w.organization, version: 9, permissions: ["all"] }],
      ["/customers", { name: "Mass" }, { orders_total_minor: 5, engaged: true, effective_billing_status: "good", version: 9 }],
    ]) {
      for (const [field, value] of Object.entries(fields)) {
        const answer = await raw("POST", path, JSON.stringify({ ...body, ...(body.email ? { email: `mass-${field.replaceAll("_", "")}@north.example` } : {}), [field]: value }));
        const thing = answer.body.items?.[0] ?? answer.body;
        if (answer.status < 300 && JSON.stringify(thing[field]) === JSON.stringify(value)) broken.push(`POST ${path} took ${field}`);
      }
    }
    settle("mass assignment");
  });

  test("archives and tables that want to hurt", async () => {
    const xlsx = { "content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${it.child.pid}/status`, "utf8"))[1]) / 1024;
    const fine = await raw("POST", "/imports/customers?dry_run=true", good("Good Hospital"), xlsx);
    assert.deepEqual([fine.status, fine.body.failed], [200, 0], JSON.stringify(fine.body));
    const before = resident();
    const after = [];
    // Twice: what the allocator keeps for itself it keeps once, what leaks grows each time.
    for (const round of [1, 2]) {
      for (const [name, bytes] of Object.entries(bombs())) {
        for (const kind of ["customers", "catalog_items"]) {
          const began = Date.now();
          const answer = await raw("POST", `/imports/${kind}`, bytes, xlsx);
          assert.ok([400, 413, 415, 422].includes(answer.status) || (answer.status === 200 && answer.body.created === 0 && answer.body.failed > 0), `${name} into ${kind}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
          assert.ok(Date.now() - began < 20_000, `${name} took ${Date.now() - began} ms`);
          assert.ok(!JSON.stringify(answer.body).includes("root:"), "no file of the server is shown");
        }
      }
      after[round] = resident();
    }
    console.log(`# resident memory: ${before.toFixed(0)} MB before the archives, ${after[1].toFixed(0)} MB after, ${after[2].toFixed(0)} MB after them once more`);
    // Without optimisation more is kept by the reader of tables.
    assert.ok(after[1] < before + (program.includes("/release/") ? 160 : 320), "the archives are not kept");
    assert.ok(after[2] < after[1] + 64, "nothing more is kept the second time");
    const csv = { "content-type": "text/csv" };
    const tables = ["", "\n\n\n", "name", "name\n", '"name', 'name\n"unclosed', `name\n${"x".repeat(2_000_000)}\n`, "name\na\u0000b\n", Buffer.from([0xff, 0xfe, 0x6e, 0x00, 0x0a, 0x00]), Buffer.from([0xef, 0xbb, 0xbf, 0x6e, 0x61, 0x6d, 0x65, 0x0a, 0x78]), Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xff, 0xfe, 0x0a]), `${"a,".repeat(100_000)}\n`, "name,name\na,b\n", "no_such_column\nx\n", "name;number\na;b\n", "name\tnumber\na\tb\n", "name\r\na\rb\r\n", `name\n${"a\n".repeat(3)}`, `name,number\n${"a,DUP\n".repeat(3)}`, "name\n\u202eevil\n"];
    for (const kind of ["catalog_items", "units", "customers", "locations", "physicians", "procedures", "users", "prices", "no_such_kind", "..%2f"]) {
      for (const table of tables) await raw("POST", `/imports/${kind}?dry_run=true`, table, csv);
      await raw("POST", `/imports/${kind}?dry_run=maybe&mode=no_such_mode`, "name\nx\n", csv);
      await raw("POST", `/imports/${kind}?dry_run=true`, "{}", {});
      await raw("POST", `/imports/${kind}?dry_run=true`, "--b\r\nno end", { "content-type": "multipart/form-data; boundary=b" });
      await raw("POST", `/imports/${kind}?dry_run=true`, workbook("<row/>"), csv);
      await raw("POST", `/imports/${kind}?dry_run=true`, "name\nx\n", xlsx);
    }
    const big = await raw("POST", "/imports/customers", Buffer.alloc(70 * 1024 * 1024, 0x61), csv).catch((error) => ({ status: 413, error }));
    assert.equal(big.status, 413, "larger than any import");
    const large = await raw("POST", "/customers", `{"name":"${"x".repeat(3 * 1024 * 1024)}"}`);
    assert.ok([413, 422].includes(large.status), `3 MB of JSON: ${large.status}`);
    settle("imports");
  });

  test("a table that goes out cannot run, and comes back as it was", async () => {
    const names = ["=1+1", "+1 555 0100", "-2 Main", "@SUM(A1)", "'quoted", "=HYPERLINK(\"http://evil\",\"x\")", "-5", "plain", 'say "hi", then go', "+A99912345/$$52001510X3", "=cmd|' /C calc'!A0"];
    const made = [];
    for (const [n, name] of names.entries()) made.push(await admin.post("/customers", { name: `${name}`, number: `CSV-${n}` }));
    const csv = await raw("GET", "/customers?limit=500", undefined, { accept: "text/csv" });
    assert.equal(csv.status, 200);
    assert.match(csv.headers.get("content-type"), /text\/csv/);
    const cells = csv.body.split(/\r?\n/).slice(1).flatMap((row) => row.match(/("([^"]|"")*"|[^,]*)/g) ?? []).map((cell) => cell.replace(/^"|"$/g, ""));
    for (const cell of cells) assert.ok(!/^[=+@\t\r\u0000]/.test(cell) && !/^-(?!\d+(\.\d+)?$)/.test(cell), `a cell that a spreadsheet would run: ${cell}`);
    const back = await raw("POST", "/imports/customers", csv.body, { "content-type": "text/csv" });
    assert.equal(back.status, 200, JSON.stringify(back.body).slice(0, 400));
    assert.equal(back.body.failed, 0, JSON.stringify(back.body.errors?.slice(0, 3)));
    for (const [n, name] of names.entries()) assert.equal((await admin.get(`/customers/${made[n].id}`)).name, name, "the name after going out and coming back");
    for (const report of ["inventory_on_hand", "cases", "sales"]) {
      const answer = await raw("GET", `/reports/${report}?format=csv`);
      assert.equal(answer.status, 200, report);
    }
    settle("tables");
  });

  test("other sites cannot act in the console", async () => {
    const page = await fetch(`${it.base}/sign-in`);
    assert.equal(page.status, 200);
    await page.text();
    const form = (body, headers = {}, path = "/sign-in") => fetch(`${it.base}${path}`, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body });
    const signed = await form(new URLSearchParams({ email: ADMIN, password: PASSWORD, next: "/" }).toString(), { origin: it.base });
    assert.equal(signed.status, 303, await signed.text());
    const cookie = signed.headers.getSetCookie().find((text) => /session|caseload/i.test(text)) ?? signed.headers.getSetCookie()[0];
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=(Lax|Strict)/i);
    tokens.push(decodeURIComponent(cookie.split(";")[0].split("=").slice(1).join("=")));
    const session = cookie.split(";")[0];
    const home = await fetch(`${it.base}/people`, { headers: { cookie: session } });
    assert.equal(home.status, 200);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await home.text())?.[1];
    const count = async () => (await admin.get("/users?count=true&limit=1")).total;
    const before = await count();
    const person = "email=cross%40north.example&role=sales&name=Cross";
    const attacks = {
      "without a token": [person, { cookie: session }],
      "text/plain": [`csrf=&${person}`, { cookie: session, "content-type": "text/plain" }],
      "text/plain with a token in it": [`csrf=${csrf}&${person}`, { cookie: session, "content-type": "text/plain" }],
      "JSON": [JSON.stringify({ email: "cross@north.example", role: "sales", name: "Cross" }), { cookie: session, "content-type": "application/json" }],
      "another origin": [`csrf=${csrf}&${person}`, { cookie: session, origin: "https://evil.example" }],
      "a null origin": [`csrf=${csrf}&${person}`, { cookie: session, origin: "null" }],
      "a cross-site fetch": [`csrf=${csrf}&${person}`, { cookie: session, "sec-fetch-site": "cross-site" }],
      "a same-site fetch": [`csrf=${csrf}&${person}`, { cookie: session, "sec-fetch-site": "same-site" }],
      "a token of nobody": [`csrf=AAAA.BBBB&${person}`, { cookie: session }],
      "without a session": [`csrf=${csrf}&${person}`, {}],
    };
    for (const [name, [body, headers]] of Object.entries(attacks)) {
      const answer = await form(body, headers, "/people");
      assert.ok(answer.status >= 300 && answer.status < 500, `${name}: ${answer.status}`);
      await answer.text();
      assert.equal(await count(), before, `${name} changed something`);
    }
    // The cookie is worth nothing at the API, and a token nothing in the console.
    assert.equal((await fetch(`${it.base}/api/v1/me`, { headers: { cookie: session } })).status, 401);
    const withToken = await fetch(`${it.base}/people`, { headers: { authorization: `Bearer ${token}` }, redirect: "manual" });
    assert.equal(withToken.status, 303);
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aX:y"]) {
      const answer = await form(new URLSearchParams({ email: ADMIN, password: PASSWORD, next }).toString());
      const to = answer.headers.get("location") ?? "";
      assert.ok(to.startsWith("/") && !to.startsWith("//") && !to.startsWith("/\\"), `signing in leads to ${to}`);
      for (const made of answer.headers.getSetCookie()) tokens.push(made.split(";")[0].split("=").slice(1).join("="));
      await answer.text();
    }
    const out = await form(`csrf=${encodeURIComponent(csrf)}`, { cookie: session }, "/logout");
    assert.equal(out.status, 303);
    assert.notEqual((await fetch(`${it.base}/people`, { headers: { cookie: session }, redirect: "manual" })).status, 200, "the session is over");
  });

  test("every answer carries its guards", async () => {
    for (const path of ["/", "/sign-in", "/no-such-page", "/healthz", "/api/v1/me", "/api/v1/openapi.json", "/api/v1/no-such-thing", "/assets/no-such-file.js"]) {
      const { headers } = await fetch(`${it.base}${path}`, { redirect: "manual" });
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'self'/, path);
      assert.match(policy, /script-src 'self'( 'wasm-unsafe-eval')?;/, path);
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/, path);
      for (const guard of ["frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"]) assert.ok(policy.includes(guard), `${path}: ${guard}`);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("x-frame-options"), "DENY", path);
      assert.ok(headers.get("referrer-policy"), path);
      assert.ok(headers.get("x-request-id"), path);
      if (path.startsWith("/api")) assert.match(headers.get("cache-control") ?? "", /no-store/, path);
      assert.equal(headers.get("access-control-allow-origin"), null, path);
    }
    const preflight = await fetch(`${it.base}/api/v1/units`, { method: "OPTIONS", headers: { origin: "https://evil.example", "access-control-request-method": "POST" } });
    assert.equal(preflight.headers.get("access-control-allow-origin"), null);
  });

  test("a stored script stays text", async () => {
    const script = '<script>alert("x")</script><img src=x onerror=alert(1)>';
    await admin.patch(`/users/${w.s.user.mate}`, { name: script });
    const signed = await fetch(`${it.base}/sign-in`, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ email: ADMIN, password: PASSWORD, next: "/" }) });
    const session = signed.headers.getSetCookie()[0].split(";")[0];
    tokens.push(session.split("=").slice(1).join("="));
    for (const path of ["/people", `/people/${w.s.user.mate}`]) {
      const text = await (await fetch(`${it.base}${path}`, { headers: { cookie: session } })).text();
      assert.ok(!text.includes("<script>alert") && !text.includes("<img src=x"), path);
    }
  });

  test("deactivated means out, at once", async () => {
    const made = await admin.post("/users", { email: "leaver@north.example", role: "operations", name: "Leaver" });
    const theirs = it.token("leaver@north.example");
    tokens.push(theirs);
    const them = client(it.base, theirs);
    assert.equal((await them.send("GET", "/units")).status, 200);
    await admin.act(`/users/${made.id}/deactivate`, { reason: "left" });
    assert.equal((await them.send("GET", "/units")).status, 401);
    assert.equal((await them.send("GET", "/me")).status, 401);
    const mine = (await admin.get("/tokens")).items ?? [];
    const extra = it.token(ADMIN);
    tokens.push(extra);
    const listed = (await admin.get("/tokens")).items;
    const fresh = listed.find((one) => !mine.some((old) => old.id === one.id));
    assert.ok(fresh, "a new token is listed");
    assert.ok(!JSON.stringify(listed).includes(extra.split(".")[0]), "tokens are listed without their secret");
    await admin.send("DELETE", `/tokens/${fresh.id}`);
    assert.equal((await client(it.base, extra).send("GET", "/me")).status, 401, "a revoked token");
  });

  test("guessing passwords is slow, and tells nothing", async () => {
    const guess = (email, password) => fetch(`${it.base}/api/v1/tokens`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email, password, name: "g" }) }).then(async (answer) => ({ status: answer.status, retry: answer.headers.get("retry-after"), body: await answer.json() }));
    const known = await guess(ADMIN, "wrong password 1");
    const unknown = await guess("nobody@north.example", "wrong password 1");
    const { request_id: _, ...a } = known.body;
    const { request_id: __, ...b } = unknown.body;
    assert.deepEqual([known.status, a], [unknown.status, b], "a known and an unknown e-mail answer alike");
    assert.equal(known.status, 401);
    let limited = null;
    for (let n = 0; n < 14 && !limited; n += 1) {
      const answer = await guess(ADMIN, `wrong password ${n}`);
      if (answer.status === 429) limited = answer;
      else assert.equal(answer.status, 401);
    }
    assert.ok(limited, "too many tries are refused");
    assert.ok(Number(limited.retry) > 0, "and say when to come back");
    assert.equal((await guess(ADMIN, PASSWORD)).status, 429, "even the right password waits");
    assert.equal((await admin.send("GET", "/me")).status, 200, "who is in stays in");
  });

  test("no secret is in the log, and the journal is proven", async () => {
    const { link } = await admin.act(`/users/${w.s.user.indie}/invite`).catch(() => ({}));
    if (link) tokens.push(link.split("/").at(-1));
    const log = it.output();
    assert.ok(log.length > 1000, "the log was looked at");
    for (const secret of [...tokens, PASSWORD, "wrong password"].filter((text) => text && text.length > 8)) {
      assert.ok(!log.includes(secret.split(".")[0]), "a token, link or password is in the log");
    }
    for (const mark of ["PAT-rep-north", "PAT-fm-north"]) assert.ok(!log.includes(mark), "a patient reference is in the log");
    assert.ok(!/panicked/.test(log), log.match(/.*panicked.*/)?.[0]);
    await new Promise((done) => setTimeout(done, 1500));
    run(it.url, "verify");
  });
});
