// The ground rules: ids, lists, versions, retries, errors, who asks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADMIN, PASSWORD } from "../lib.mjs";
import { at, on, stranger, user } from "./scene.mjs";
import { fits, idOf, instant, int, isId, list, object, problem, string, text, unknownId } from "./shapes.mjs";

export function ground(here) {
  describe("ground rules", () => {
    const raw = (path, options = {}) => fetch(`${here.it.base}${path}`, { redirect: "manual", ...options });
    const json = (token = here.admin.token) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });
    const answered = async (answer) => ({ status: answer.status, headers: answer.headers, body: JSON.parse((await answer.text()) || "null") });

    test("health says nothing but that it serves; the document is open", async () => {
      for (const path of ["/healthz", "/readyz"]) {
        const answer = await raw(path);
        assert.equal(answer.status, 200, path);
        assert.ok((await answer.text()).length < 20, path);
      }
      const answer = await answered(await raw("/api/v1/openapi.json"));
      assert.equal(answer.status, 200);
      assert.match(answer.body.openapi, /^3\.1/);
      here.document = answer.body;
    });

    test("the document has every address of the contract", () => {
      const paths = {
        "/tokens": ["post"], "/me": ["get"], "/organization": ["get", "patch"], "/organization/settings": ["get", "patch"],
        "/users": ["get", "post"], "/users/{id}": ["get", "patch"], "/users/{id}/invite": ["post", "delete"], "/users/{id}/complete-training": ["post"], "/users/{id}/deactivate": ["post"], "/users/{id}/reactivate": ["post"], "/users/{id}/successor/preview": ["post"], "/users/{id}/successor/apply": ["post"], "/users/{id}/delegates": ["get"], "/users/{id}/representatives": ["get", "put", "post"], "/users/{id}/representatives/{rep}": ["delete"], "/users/{id}/assignments": ["get", "put"], "/users/{id}/quick-transfer-sources": ["get", "put"], "/users/{id}/sales-targets": ["get", "put"], "/regions": ["get", "post"], "/regions/{id}": ["patch"],
        "/customers/{id}/history": ["get"], "/views": ["get", "post"], "/views/{id}": ["get", "patch", "delete"], "/price-lists/{id}/prices": ["get", "put"], "/locations/{id}/prices": ["get", "put"], "/payment-terms": ["get", "post"], "/due-date/explain": ["post"],
        "/units": ["get", "post"], "/units/{id}": ["get", "patch"], "/units/{id}/history": ["get"], "/units/{id}/as-of": ["get"], "/units/scan": ["post"], "/units/{id}/deactivate": ["post"], "/units/{id}/reactivate": ["post"], "/units/{id}/hold": ["post"], "/units/{id}/release": ["post"], "/units/{id}/contents": ["get", "post"], "/facility-stock/reassign": ["post"], "/boms": ["get", "post"],
        "/transfers": ["get", "post"], "/transfers/{id}": ["get"], "/transfers/{id}/accept": ["post"], "/transfers/{id}/decline": ["post"], "/transfers/{id}/cancel": ["post"], "/transfers/{id}/remove-lines": ["post"], "/transfer-recipients": ["get"], "/quick-transfers": ["post"], "/trace": ["get"], "/counts": ["get", "post"], "/counts/{id}": ["get"], "/counts/{id}/lines": ["post"], "/counts/{id}/complete": ["post"], "/counts/{id}/reconcile": ["post"],
        "/events": ["get", "post"], "/events/{id}": ["get", "patch"], "/events/{id}/lines": ["post"], "/events/{id}/lines/{line_id}": ["patch", "delete"], "/events/{id}/submit": ["post"], "/events/{id}/cancel": ["post"], "/events/{id}/reopen": ["post"], "/events/{id}/amend": ["post"], "/events/{id}/reverse": ["post"], "/events/{id}/copy": ["post"], "/events/{id}/purchase-orders": ["post"], "/events/{id}/purchase-orders/{purchase_order_id}": ["patch", "delete"], "/events/{id}/mark-paid": ["post"], "/events/{id}/usable-units": ["get"], "/events/{id}/warnings": ["get"], "/calendar": ["get"],
        "/sales-orders": ["get"], "/sales-orders/{id}": ["get", "patch"], "/invoices": ["get"], "/invoices/{id}/payments": ["post"],
        "/dashboard": ["get"], "/reports": ["get"], "/reports/{name}": ["get"], "/journal": ["get"], "/imports/{kind}": ["post"],
      };
      for (const room of ["customers", "locations", "physicians", "procedures", "manufacturers", "product-lines", "catalog-items", "price-lists", "preference-cards", "places"]) {
        paths[`/${room}`] = ["get", "post"];
        paths[`/${room}/{id}`] = ["get", "patch"];
      }
      const known = Object.fromEntries(Object.entries(here.document.paths).map(([path, methods]) => [path.replace("/api/v1", "").replace(/\{[^}]*\}/g, "{}"), methods]));
      for (const [path, methods] of Object.entries(paths)) {
        for (const method of methods) assert.ok(known[path.replace(/\{[^}]*\}/g, "{}")]?.[method], `${method} ${path} is not in the document`);
      }
      const ids = Object.values(here.document.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
      assert.equal(new Set(ids).size, ids.length, "every operation has a name of its own");
    });

    test("without credentials, or with bad ones: 401", async () => {
      for (const headers of [{}, { authorization: "Bearer nonsense" }, { authorization: "Basic YTpi" }, { authorization: `Bearer ${here.admin.token}x` }]) {
        for (const path of ["/me", "/units", "/customers/none", "/reports/cases"]) {
          const answer = await answered(await raw(`/api/v1${path}`, { headers }));
          problem(answer, 401, "unauthorized");
          assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
        }
      }
      problem(await answered(await raw("/api/v1/no-such-thing", { headers: json() })), 404, "not_found");
      problem(await answered(await raw("/api/v1/units", { method: "DELETE", headers: json() })), 405, "method_not_allowed");
    });

    test("what is not JSON is 400, what does not fit is 422 and names the field", async () => {
      const post = async (path, body) => answered(await raw(`/api/v1${path}`, { method: "POST", headers: json(), body }));
      for (const body of ["{", "nonsense", '{"name":"x"} more', '{"name":']) problem(await post("/customers", body), 400, "malformed");
      problem(await post("/customers", "[]"), 422);
      problem(await post("/customers", "{}"), 422);
      problem(await post("/customers", '{"name":5}'), 422, undefined, "name");
      problem(await post("/customers", '{"name":""}'), 422, undefined, "name");
      problem(await post("/customers", '{"name":"x","no_such_field":1}'), 422);
      problem(await post("/units", JSON.stringify({ catalog_item_id: here.cup.id, quantity: -1 })), 422, undefined, "quantity");
      problem(await post("/events", JSON.stringify({ type: "case", starts_at: "yesterday" })), 422, undefined, "starts_at");
      problem(await post("/customers", JSON.stringify({ name: "x".repeat(1 << 24) })), 413);
    });

    test("a list pages by cursor: every row once, in order, 50 unless asked, 500 at most", async () => {
      await here.units(here.organization, 70, { lot: "PAGE" });
      const first = await here.admin.get("/units");
      assert.equal(first.items.length, 50);
      assert.ok(string(first.next_cursor));
      assert.ok(!("total" in first), "a total only when asked");
      const whole = await here.admin.get("/units?limit=500&count=true&lot=PAGE");
      assert.deepEqual([whole.items.length, whole.total, whole.next_cursor], [70, 70, null]);
      problem(await here.admin.send("GET", "/units?limit=501"), 422, undefined, "limit");
      problem(await here.admin.send("GET", "/units?limit=0"), 422, undefined, "limit");
      problem(await here.admin.send("GET", "/units?limit=ten"), 422, undefined, "limit");
      problem(await here.admin.send("GET", "/units?cursor=nonsense"), 422, undefined, "cursor");
      for (const sort of ["", "&sort=-expires_on,lot", "&sort=expires_on", "&sort=-lot"]) {
        const walked = [];
        for (let cursor = ""; cursor !== null; ) {
          const page = await here.admin.get(`/units?lot=PAGE&limit=17${sort}${cursor && `&cursor=${cursor}`}`);
          walked.push(...page.items.map((unit) => unit.id));
          cursor = page.next_cursor;
        }
        assert.equal(walked.length, 70, sort);
        assert.equal(new Set(walked).size, 70, sort);
      }
    });

    test("sort, a closed list per entity", async () => {
      await here.units(here.organization, 1, { lot: "SA", expires_on: on(10) });
      await here.units(here.organization, 1, { lot: "SB", expires_on: on(20) });
      const falling = (await here.admin.get("/units?lot=SA,SB&sort=-expires_on,lot")).items.map((unit) => unit.lot);
      assert.deepEqual(falling, ["SB", "SA"]);
      const rising = (await here.admin.get("/units?lot=SA,SB&sort=expires_on")).items.map((unit) => unit.lot);
      assert.deepEqual(rising, ["SA", "SB"]);
      for (const room of ["units", "customers", "locations", "users", "events", "transfers", "catalog-items", "physicians", "procedures", "manufacturers", "product-lines", "places", "price-lists", "sales-orders", "invoices", "boms"]) {
        problem(await here.admin.send("GET", `/${room}?sort=no_such_field`), 422, "sort_not_supported", "sort");
      }
    });

    test("filters by the name of the field, a comma means any of; q; fields", async () => {
      await here.units(here.who.ann, 2, { lot: "FA" });
      await here.units(here.who.bob, 1, { lot: "FB" });
      const count = async (query) => (await here.admin.get(`/units?count=true&limit=1&${query}`)).total;
      assert.equal(await count("lot=FA"), 2);
      assert.equal(await count("lot=FA,FB"), 3);
      assert.equal(await count(`lot=FA,FB&custodian_id=${here.who.ann.id}`), 2);
      assert.equal(await count(`lot=FA,FB&custodian_id=${here.who.ann.id},${here.who.bob.id}`), 3);
      assert.equal(await count("lot=FA&state=available,on_hold"), 2);
      assert.equal(await count("lot=FA&state=on_hold"), 0);
      problem(await here.admin.send("GET", "/units?state=no_such_state"), 422, undefined, "state");
      problem(await here.admin.send("GET", "/units?no_such_filter=1"), 422);
      const words = await here.admin.get("/customers?q=elm");
      assert.ok(words.items.some((row) => row.id === here.customer.id) && !words.items.some((row) => row.id === here.far_customer.id));
      const trimmed = await here.admin.get("/units?fields=id,lot&limit=2");
      for (const row of trimmed.items) assert.deepEqual(Object.keys(row).sort(), ["id", "lot"]);
      for (const room of ["customers", "users", "events", "transfers"]) {
        const page = await here.admin.get(`/${room}?fields=id&limit=2`);
        for (const row of page.items) assert.deepEqual(Object.keys(row), ["id"], room);
      }
    });

    test("every list has its shape, counts, and answers as CSV", async () => {
      const lists = ["users", "regions", "customers", "locations", "physicians", "procedures", "manufacturers", "product-lines", "catalog-items", "price-lists", "preference-cards", "places", "views", "payment-terms", "units", "transfers", "boms", "events", "sales-orders", "invoices", "journal", "transfer-recipients", `users/${here.who.dana.id}/delegates`, `users/${here.who.dana.id}/representatives`, `customers/${here.customer.id}/history`, "tokens"];
      for (const path of lists) {
        const page = await here.admin.get(`/${path}?limit=2`);
        fits(page, { items: list(object), next_cursor: (value) => value === null || text(value) }, path);
        assert.ok(page.items.length <= 2, path);
        assert.ok(!("total" in page), `${path} has a total that nobody asked for`);
        const counted = await here.admin.get(`/${path}?count=true&limit=1`);
        assert.ok(int(counted.total), `${path}?count=true has no total: ${JSON.stringify(counted).slice(0, 200)}`);
        const csv = await raw(`/api/v1/${path}`, { headers: { ...json(), accept: "text/csv" } });
        assert.equal(csv.status, 200, path);
        assert.match(csv.headers.get("content-type"), /^text\/csv/, path);
        const lines = (await csv.text()).trim().split(/\r?\n/).filter(Boolean);
        if (page.items.length > 0) assert.ok(lines.length > 1, `${path} as CSV: ${lines}`);
      }
      const csv = await (await raw("/api/v1/units?lot=PAGE", { headers: { ...json(), accept: "text/csv" } })).text();
      assert.equal(csv.trim().split(/\r?\n/).length, 71, "all rows, not a page");
    });

    test("one object: its version as ETag, If-Match, 412 with the object as it is", async () => {
      const made = await here.admin.make("/customers", { name: "Versioned" });
      const path = `/customers/${made.id}`;
      const got = await here.admin.send("GET", path);
      assert.equal(got.body.version, made.version);
      assert.equal(got.headers.get("etag"), `"${made.version}"`);
      const changed = await here.admin.send("PATCH", path, { phone: "1" }, { "if-match": `"${made.version}"` });
      assert.equal(changed.status, 200);
      assert.ok(changed.body.version > made.version);
      assert.equal(changed.headers.get("etag"), `"${changed.body.version}"`);
      const stale = problem(await here.admin.send("PATCH", path, { phone: "2" }, { "if-match": `"${made.version}"` }), 412, "stale_version");
      const { phone, version } = await here.admin.get(path);
      assert.equal(phone, "1", "nothing was written");
      assert.deepEqual([stale.current.id, stale.current.version, stale.current.phone], [made.id, version, "1"]);
      assert.equal((await here.admin.patch(path, { phone: "3" })).phone, "3", "without it, unconditional");
      problem(await here.admin.send("PATCH", path, { phone: "4" }, { "if-match": "nonsense" }), 400);
    });

    test("every write about one object refuses a stale version, and shows the object", async () => {
      const ann = here.who.ann.id;
      const [unit, sent] = await here.units(here.who.ann, 2);
      const [box] = await here.units(here.who.ann, 1, { catalog_item_id: here.tray.id, lot: null, serial: `G-${Math.random()}`, expires_on: null });
      const transfer = await here.admin.make("/transfers", { from: user(ann), to: user(here.who.cat), unit_ids: [sent.id] });
      const event = await here.event("case", here.admin, here.who.ann);
      const done = await here.event("case", here.admin, here.who.ann);
      await here.mark(here.admin, done, await here.units(here.who.ann));
      await here.admin.act(`/events/${done.id}/submit`, {});
      const po = await here.admin.make(`/events/${done.id}/purchase-orders`, { number: "G-1" });
      const [order] = (await here.admin.get(`/sales-orders?event_id=${done.id}`)).items;
      const [invoice] = (await here.admin.get(`/invoices?event_id=${done.id}`)).items;
      const made = async (room, body) => (await here.admin.make(`/${room}`, body)).id;
      const list = await made("price-lists", { name: "Stale prices" });
      const view = await made("views", { entity: "units", name: "Stale view" });
      const spare = await here.admin.make("/users", { email: "stale@contract.example", role: "sales", name: "Stale" });
      const preview = await here.admin.act(`/users/${spare.id}/successor/preview`, { to_user_id: here.who.cat.id });
      const named = (room, id) => ["PATCH", `/${room}/${id}`, { name: "x" }, id];
      const writes = [
        named("customers", here.customer.id), named("locations", here.main.id), named("physicians", here.doctor.id), named("procedures", here.procedure.id), named("manufacturers", here.maker.id), named("product-lines", here.line.id), named("price-lists", list), named("places", here.place.id), named("payment-terms", here.terms.id), named("regions", here.region.id), named("views", view), named("users", ann),
        ["PATCH", `/catalog-items/${here.cup.id}`, { description: "x" }, here.cup.id],
        ["PATCH", "/organization", { name: "x" }, here.me.organization.id], ["PATCH", "/organization/settings", { field_reopen: false }],
        ["DELETE", `/views/${view}`, undefined, view],
        ["PUT", `/price-lists/${list}/prices`, [], list], ["PUT", `/locations/${here.main.id}/prices`, [], here.main.id],
        ["POST", `/users/${spare.id}/invite`, undefined, spare.id], ["DELETE", `/users/${spare.id}/invite`, undefined, spare.id], ["POST", `/users/${spare.id}/complete-training`, undefined, spare.id], ["POST", `/users/${spare.id}/deactivate`, {}, spare.id], ["POST", `/users/${spare.id}/successor/apply`, { preview_token: preview.preview_token }, spare.id],
        ["PUT", `/users/${here.who.dana.id}/representatives`, { user_ids: [] }, here.who.dana.id], ["POST", `/users/${here.who.dana.id}/representatives`, { user_ids: [here.who.cat.id] }, here.who.dana.id], ["DELETE", `/users/${here.who.dana.id}/representatives/${ann}`, undefined, here.who.dana.id],
        ["PUT", `/users/${ann}/assignments`, { physician_ids: [] }, ann], ["PUT", `/users/${ann}/quick-transfer-sources`, { sources: [] }, ann], ["PUT", `/users/${ann}/sales-targets`, { year: 2026, quarters_minor: [1, 1, 1, 1] }, ann],
        ["PATCH", `/units/${unit.id}`, { note: "x" }, unit.id], ["POST", `/units/${unit.id}/hold`, {}, unit.id], ["POST", `/units/${unit.id}/release`, {}, unit.id], ["POST", `/units/${unit.id}/deactivate`, { reason: "x" }, unit.id], ["POST", `/units/${unit.id}/reactivate`, { reason: "x" }, unit.id], ["POST", `/units/${box.id}/contents`, { add: [unit.id], remove: [] }, box.id],
        ["POST", `/transfers/${transfer.id}/accept`, undefined, transfer.id], ["POST", `/transfers/${transfer.id}/decline`, { reason: "x" }, transfer.id], ["POST", `/transfers/${transfer.id}/cancel`, undefined, transfer.id], ["POST", `/transfers/${transfer.id}/remove-lines`, { unit_ids: [sent.id] }, transfer.id],
        ["PATCH", `/events/${event.id}`, { name: "x" }, event.id], ["POST", `/events/${event.id}/lines`, { unit_ids: [unit.id], usage: "used" }, event.id], ["POST", `/events/${event.id}/submit`, {}, event.id], ["POST", `/events/${event.id}/cancel`, {}, event.id],
        ["POST", `/events/${done.id}/reopen`, {}, done.id], ["POST", `/events/${done.id}/amend`, { changes: {}, reason: "x" }, done.id], ["POST", `/events/${done.id}/reverse`, { reason: "x" }, done.id], ["POST", `/events/${done.id}/mark-paid`, undefined, done.id], ["POST", `/events/${event.id}/purchase-orders`, { number: "x" }, event.id], ["PATCH", `/events/${done.id}/purchase-orders/${po.id}`, { number: "x" }, done.id], ["DELETE", `/events/${done.id}/purchase-orders/${po.id}`, undefined, done.id],
        ["PATCH", `/sales-orders/${order.id}`, { shipped_on: on(0) }, order.id], ["POST", `/invoices/${invoice.id}/payments`, { amount_minor: 1 }, invoice.id],
      ];
      for (const [method, path, body, id] of writes) {
        const answer = await here.admin.send(method, path, body, { "if-match": '"999999"' });
        assert.equal(answer.status, 412, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
        const { current } = problem(answer, 412, "stale_version");
        if (id) assert.equal(current?.id, id, `${method} ${path} shows the object`);
      }
      assert.equal((await here.admin.get(`/transfers/${transfer.id}`)).status, "pending");
    });

    test("lines use their event's version", async () => {
      const units = await here.units(here.who.ann, 2);
      const event = await here.event("case", here.as.ann, here.who.ann);
      const stale = { "if-match": `"${event.version}"` };
      await here.as.ann.make(`/events/${event.id}/lines`, { unit_ids: [units[0].id], usage: "used" }, stale);
      const body = problem(await here.as.ann.send("POST", `/events/${event.id}/lines`, { unit_ids: [units[1].id], usage: "used" }, stale), 412);
      assert.equal(body.current.id, event.id);
      const now = await here.as.ann.get(`/events/${event.id}`);
      assert.equal(now.lines.length, 1);
      problem(await here.as.ann.send("PATCH", `/events/${event.id}/lines/${now.lines[0].id}`, { note: "x" }, stale), 412);
      problem(await here.as.ann.send("DELETE", `/events/${event.id}/lines/${now.lines[0].id}`, undefined, stale), 412);
      await here.as.ann.del(`/events/${event.id}/lines/${now.lines[0].id}`, { "if-match": `"${now.version}"` });
    });

    test("a key gives the first answer again, is looked at before the version, and refuses another body", async () => {
      const key = { "idempotency-key": `ground-${Math.random()}` };
      const first = await here.admin.send("POST", "/customers", { name: "Once" }, key);
      const again = await here.admin.send("POST", "/customers", { name: "Once" }, key);
      assert.deepEqual([first.status, again.status], [201, 201]);
      assert.deepEqual(again.body, first.body);
      assert.equal((await here.admin.get("/customers?q=Once&count=true")).total, 1);
      problem(await here.admin.send("POST", "/customers", { name: "Twice" }, key), 422, "idempotency_key_reused");
      const path = `/customers/${first.body.id}`;
      const change = { "idempotency-key": `ground-${Math.random()}`, "if-match": `"${first.body.version}"` };
      const patched = await here.admin.send("PATCH", path, { phone: "9" }, change);
      const repeated = await here.admin.send("PATCH", path, { phone: "9" }, change);
      assert.deepEqual([repeated.status, repeated.body], [patched.status, patched.body], "a repetition is no stale write");
      // Only 2xx answers are remembered.
      const refused = { "idempotency-key": `ground-${Math.random()}` };
      problem(await here.admin.send("POST", "/units", { catalog_item_id: here.cup.id, quantity: 0 }, refused), 422);
      await here.admin.make("/units", { catalog_item_id: here.cup.id, quantity: 1, lot: "RETRY" }, refused);
      // A key is its account's own.
      await here.as.omar.make("/customers", { name: "Twice" }, key);
    });

    test("unknown, foreign and out of reach are one answer", async () => {
      here.there ??= await stranger(here.it);
      const { there } = here;
      const foreign = { users: there.rep.id, customers: there.customer.id, locations: there.location.id, physicians: there.doctor.id, procedures: there.procedure.id, manufacturers: there.maker.id, "product-lines": there.line.id, "catalog-items": there.item.id, "price-lists": there.price_list.id, "preference-cards": there.card.id, places: there.place.id, views: there.view.id, "payment-terms": there.terms.id, units: there.unit.id, transfers: there.transfer.id, boms: there.bom.id, events: there.event.id, "sales-orders": there.order.id, invoices: there.invoice.id };
      const same = (answer) => {
        const { request_id: _, ...body } = problem(answer, 404, "not_found");
        return body;
      };
      for (const [room, id] of Object.entries(foreign)) {
        const prefix = id.slice(0, 3);
        const a = same(await here.admin.send("GET", `/${room}/${id}`));
        for (const other of [unknownId(prefix), "nonsense", `${prefix}_0`]) assert.deepEqual(same(await here.admin.send("GET", `/${room}/${other}`)), a, room);
        const patch = await here.admin.send("PATCH", `/${room}/${id}`, {});
        assert.ok([404, 405].includes(patch.status), `PATCH ${room}: ${patch.status}`);
      }
      // In bodies too, with the field.
      const refer = [
        ["/locations", { customer_id: there.customer.id, name: "x" }, "customer_id"],
        ["/customers", { name: "x", default_sales_rep_id: there.rep.id }, "default_sales_rep_id"],
        ["/customers", { name: "x", payment_terms_id: there.terms.id }, "payment_terms_id"],
        ["/catalog-items", { manufacturer_id: there.maker.id, number: "x" }, "manufacturer_id"],
        ["/units", { catalog_item_id: there.item.id }, "catalog_item_id"],
        ["/units", { catalog_item_id: here.cup.id, custodian: user(there.rep) }, "custodian"],
        ["/transfers", { from: here.organization, to: user(there.rep), unit_ids: [(await here.units(here.organization))[0].id] }, "to"],
        ["/transfers", { from: here.organization, to: user(here.who.ann), unit_ids: [there.unit.id] }, "unit_ids[0]"],
        ["/events", { type: "case", representative_id: there.rep.id, starts_at: at(1) }, "representative_id"],
        ["/events", { type: "case", representative_id: here.who.ann.id, location_id: there.location.id, starts_at: at(1) }, "location_id"],
        [`/users/${here.who.dana.id}/representatives`, { user_ids: [there.rep.id] }, "user_ids[0]"],
      ];
      for (const [path, body, field] of refer) {
        const a = same(await here.admin.send("POST", path, body));
        assert.ok(a.errors.some((error) => error.field === field), `${path}: ${JSON.stringify(a)}`);
        const swapped = JSON.parse(JSON.stringify(body).replace(/"(\w{3})_[0-9a-z]{26}"/g, (whole, prefix) => (JSON.stringify(there).includes(whole) ? `"${unknownId(prefix)}"` : whole)));
        assert.deepEqual(same(await here.admin.send("POST", path, swapped)), a, path);
      }
      const [unit] = await here.units(here.who.cat);
      assert.deepEqual(same(await here.as.ann.send("GET", `/units/${unit.id}`)), same(await here.as.ann.send("GET", `/units/${unknownId("unt")}`)));
    });

    test("tokens are made by e-mail and password, and sign in", async () => {
      const made = await answered(await raw("/api/v1/tokens", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: ADMIN, password: PASSWORD, name: "contract" }) }));
      assert.equal(made.status, 201);
      fits(made.body, { token: text, expires_at: instant }, "a token");
      assert.equal((await raw("/api/v1/me", { headers: json(made.body.token) })).status, 200);
      const bad = await answered(await raw("/api/v1/tokens", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: ADMIN, password: "wrong wrong", name: "x" }) }));
      problem(bad, 401);
      const me = await here.admin.get("/me");
      fits(me, { id: idOf("usr"), role: string, permissions: list(string), organization: object }, "me");
      fits(me.organization, { id: idOf("org"), name: text, kind: text, currency: text, time_zone: text, version: int }, "the organisation");
      assert.ok(isId(me.id, "usr"));
    });
  });
}
