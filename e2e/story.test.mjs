// The story that the product exists for, over the API, on both databases.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { run, world } from "./lib.mjs";

const soon = (days, hour = 14) => {
  const at = new Date(Date.now() + days * 86_400_000);
  at.setUTCHours(hour, 0, 0, 0);
  return at.toISOString();
};
const day = (days) => soon(days).slice(0, 10);
const user = (id) => ({ type: "user", id });

for (const engine of ["sqlite", "postgres"]) {
  describe(`the story on ${engine}`, () => {
    let it, admin;
    const people = {};
    const as = {};
    const make = async (key, role, name, more = {}) => {
      const email = `${key}@northlake.example`;
      people[key] = await admin.post("/users", { email, role, name, ...more });
      if (["sales", "distributor", "regional_manager", "facility_manager"].includes(role)) {
        await admin.act(`/users/${people[key].id}/complete-training`);
      }
    };
    const claim = async (key) => {
      const { link } = await admin.act(`/users/${people[key].id}/invite`);
      assert.match(link, /\/claim\//, "without mail the link is shown to whoever invites");
      as[key] = it.as(people[key].email);
    };
    before(async () => {
      it = await world({ engine });
      admin = it.as("ada@northlake.example");
    });
    after(() => it?.stop());

    test("1. an admin sets up the organisation", async () => {
      await make("omar", "operations", "Omar Diaz");
      await make("rita", "regional_manager", "Rita Vogel");
      const north = await admin.post("/regions", { name: "North", manager_id: people.rita.id, states: ["WI", "MN"] });
      await make("dana", "distributor", "Dana Moore", { region_id: north.id, commission_rate_bp: 1500 });
      await make("ann", "sales", "Ann Reyes", { region_id: north.id, commission_rate_bp: 1000 });
      await make("bob", "sales", "Bob Lind", { commission_rate_bp: 1000 });
      await make("cat", "sales", "Cat Ito", { commission_rate_bp: 1200 });
      await make("hub", "distributor", "Lakeside pool", { custodian_only: true, shares_inventory: true });
      await make("dee", "distributor", "Dee Ross", { delegate_of: people.dana.id });
      await admin.put(`/users/${people.dana.id}/representatives`, { user_ids: [people.ann.id, people.bob.id] });
      await admin.post(`/users/${people.hub.id}/representatives`, { user_ids: [people.cat.id] }, { status: 200 });
      for (const key of ["omar", "rita", "dana", "ann", "bob", "cat", "dee"]) await claim(key);

      const immutable = await admin.send("PATCH", `/users/${people.ann.id}`, { email: "x@y.example" });
      assert.deepEqual([immutable.status, immutable.body.code], [409, "email_immutable"]);
      const role = await admin.send("PATCH", `/users/${people.ann.id}`, { role: "operations" });
      assert.deepEqual([role.status, role.body.code], [409, "role_immutable"]);
      const taken = await admin.send("POST", `/users/${people.dana.id}/representatives`, { user_ids: [people.rita.id] });
      assert.deepEqual([taken.status, taken.body.code], [422, "not_a_sales_user"]);
      const me = await as.dana.get("/me");
      assert.equal(me.role, "distributor");
      const seen = await as.dana.get("/users");
      assert.deepEqual(seen.items.map((u) => u.name).sort().filter((n) => /Ann|Bob|Dana|Cat/.test(n)), ["Ann Reyes", "Bob Lind", "Dana Moore"]);
      assert.deepEqual((await as.ann.get("/users")).items.map((u) => u.name), ["Ann Reyes"]);
      const checklist = await admin.get(`/users/${people.ann.id}/checklist`);
      assert.ok(checklist.items.some((item) => !item.done), "something is still missing");
    });

    const facts = {};
    test("2. directory and catalog", async () => {
      const csv = readFileSync(new URL("./fixtures/stents.csv", import.meta.url));
      const headers = { "content-type": "text/csv" };
      const dry = await admin.act("/imports/catalog_items?dry_run=true&create_missing=true", new Uint8Array(csv), { headers });
      assert.equal(dry.failed, 0);
      assert.equal((await admin.get("/catalog-items?count=true")).total, 0, "a dry run writes nothing");
      const done = await admin.act("/imports/catalog_items?create_missing=true", new Uint8Array(csv), { headers });
      assert.equal(done.created, 189);
      assert.equal((await admin.get("/manufacturers")).items.length, 9);
      const again = await admin.act("/imports/catalog_items?create_missing=true", new Uint8Array(csv), { headers });
      assert.equal(again.created, 0);

      const acme = await admin.post("/manufacturers", { name: "Acme Ortho" });
      const hip = await admin.post("/product-lines", { name: "Hip", manufacturer_id: acme.id });
      const item = (number, description, list_price_minor, more) =>
        admin.post("/catalog-items", { manufacturer_id: acme.id, number, description, kind: "device", product_line_ids: [hip.id], list_price_minor, ...more });
      facts.acme = acme;
      facts.cup = await item("CUP-52", "Acetabular cup 52 mm", 120_000, { udi_di: "09506000134352" });
      facts.stem = await item("STEM-3", "Femoral stem 3", 180_000);
      facts.liner = await item("LIN-36", "Liner 36 / 52", 60_000);
      facts.driver = await item("DRV-1", "Cup driver", 5_000, { reusable: true });
      facts.net30 = await admin.post("/payment-terms", { code: "NET30", name: "Net 30", rule: { kind: "net_days", days: 30 } });
      const customer = await admin.post("/customers", { name: "St. Elm Health", payment_terms_id: facts.net30.id, basis_date: "invoice_date", default_sales_rep_id: people.ann.id });
      facts.customer = customer;
      const location = (name, code) => admin.post("/locations", { customer_id: customer.id, name, code, time_zone: "America/Chicago" });
      facts.main = await location("St. Elm Main", "MAIN");
      facts.east = await location("St. Elm East", "EAST");
      facts.rivera = await admin.post("/physicians", { name: "Dr. Rivera", location_ids: [facts.main.id, facts.east.id] });
      facts.tha = await admin.post("/procedures", { name: "Total hip" });
      await admin.put(`/locations/${facts.main.id}/prices`, [{ catalog_item_id: facts.cup.id, price_minor: 100_000, valid_from: null, valid_to: null }]);
      for (const key of ["ann", "bob", "cat", "dana"]) {
        await admin.put(`/users/${people[key].id}/assignments`, { manufacturer_ids: [acme.id], location_ids: [facts.main.id, facts.east.id], physician_ids: [facts.rivera.id] });
      }
      const due = await admin.act("/due-date/explain", { rule: { kind: "net_days", days: 30 }, roll: "next_business_day", discount: null, basis_date: "delivery_date", dates: { order_date: "2025-01-10", delivery_date: "2025-01-17" } });
      assert.equal(due.due_on, "2025-02-17");
    });

    test("3. stock arrives", async () => {
      const made = async (catalog_item_id, quantity, more = {}) =>
        (await admin.post("/units", { catalog_item_id, quantity, lot: "L25-1001", expires_on: day(400), ...more })).items;
      facts.cups = await made(facts.cup.id, 6);
      facts.stems = await made(facts.stem.id, 3);
      facts.liners = await made(facts.liner.id, 6);
      facts.drivers = await made(facts.driver.id, 1, { expires_on: null, lot: "" });
      assert.equal(facts.cups[0].custodian.type, "organization");
      const scan = await admin.act("/units/scan", { barcode: "]d2010950600013435217280430" + "10LOT-1\u001d21SN9" });
      assert.deepEqual([scan.parsed.agency, scan.parsed.di, scan.parsed.lot, scan.parsed.serial], ["gs1", "09506000134352", "LOT-1", "SN9"]);
      assert.equal(scan.catalog_item.id, facts.cup.id);
      const scanned = (await admin.post("/units", { udi: "(01)09506000134352(17)280430(10)LOT-1(21)SN9" })).items[0];
      assert.deepEqual([scanned.catalog_item_id, scanned.lot, scanned.serial, scanned.expires_on], [facts.cup.id, "LOT-1", "SN9", "2028-04-30"]);
      const patient = await admin.send("POST", "/units/scan", { barcode: "(8018)123456789012345675(7253)DOE" });
      assert.deepEqual([patient.status, patient.body.code], [422, "barcode_holds_patient_data"]);
      assert.ok(!JSON.stringify(patient.body).includes("DOE"));
      const bad = "manufacturer,catalog_number,lot,expires_on,quantity,custodian\nAcme Ortho,CUP-52,L9,2028-01-31,2,organization\nAcme Ortho,NOPE,L9,2028-01-31,2,organization\n";
      const dry = await admin.act("/imports/units?dry_run=true", bad, { headers: { "content-type": "text/csv" } });
      assert.equal(dry.failed, 1);
      assert.equal(dry.errors[0].row, 3);
      assert.equal(dry.errors[0].column, "catalog_number");
      const refused = await admin.send("POST", "/units", { catalog_item_id: facts.cup.id, quantity: 1, lot: "L1", custodian: user(people.omar.id) });
      assert.deepEqual([refused.status, refused.body.code], [422, "role_cannot_hold_stock"]);
    });

    const transfer = (who, to, units, more = {}) => who.post("/transfers", { from: units[0].custodian, to, unit_ids: units.map((u) => u.id), ...more });
    test("4. units are transferred", async () => {
      const sent = await transfer(as.omar, user(people.ann.id), facts.cups.slice(0, 3));
      assert.equal(sent.status, "pending");
      assert.equal((await as.bob.send("POST", `/transfers/${sent.id}/accept`)).status, 404, "out of reach is not found");
      await as.ann.act(`/transfers/${sent.id}/accept`);
      assert.equal((await as.ann.get(`/units/${facts.cups[0].id}`)).custodian.id, people.ann.id);

      const forBob = await transfer(as.omar, user(people.bob.id), facts.cups.slice(3, 4));
      await as.dana.act(`/transfers/${forBob.id}/accept`);
      const declined = await transfer(as.omar, user(people.ann.id), facts.cups.slice(4, 5));
      assert.equal((await as.ann.send("POST", `/transfers/${declined.id}/decline`, {})).status, 422, "a reason is needed");
      await as.ann.act(`/transfers/${declined.id}/decline`, { reason: "The box was empty" });
      const held = await admin.get(`/units/${facts.cups[4].id}`);
      assert.deepEqual([held.state, held.custodian.type], ["on_hold", "organization"]);
      await as.omar.act(`/units/${held.id}/release`);
      const cancelled = await transfer(as.omar, user(people.ann.id), facts.cups.slice(4, 5));
      await as.omar.act(`/transfers/${cancelled.id}/cancel`);
      const region = await transfer(as.omar, user(people.ann.id), facts.liners.slice(0, 4));
      await as.rita.act(`/transfers/${region.id}/accept`);
      const notHers = await transfer(as.omar, user(people.cat.id), facts.liners.slice(4, 5));
      assert.equal((await as.rita.send("POST", `/transfers/${notHers.id}/accept`)).status, 404);
      assert.notEqual((await as.omar.send("POST", "/transfers", { from: facts.stems[0].custodian, to: user(people.rita.id), unit_ids: [facts.stems[0].id] })).status, 201);
      const own = (await as.ann.get("/units?scope=mine")).items[0];
      const between = await as.ann.post("/transfers", { from: user(people.ann.id), to: user(people.bob.id), unit_ids: [own.id] });
      assert.equal((await as.ann.send("POST", `/transfers/${between.id}/accept`)).status, 403, "a rep never accepts for somebody else");
      await as.dee.act(`/transfers/${between.id}/accept`);
      const history = await admin.get(`/units/${own.id}/history`);
      const entry = history.items.find((step) => step.actor_id === people.dee.id);
      assert.equal(entry?.on_behalf_of_id, people.dana.id, "an entry of a delegate names both");
    });

    test("5. a distributor shares with the group", async () => {
      const pool = await transfer(as.omar, user(people.dana.id), facts.stems);
      await as.dana.act(`/transfers/${pool.id}/accept`);
      const stem = facts.stems[0].id;
      assert.equal((await as.ann.send("GET", `/units/${stem}`)).status, 404);
      await admin.patch(`/users/${people.dana.id}`, { shares_inventory: true });
      assert.equal((await as.ann.get(`/units/${stem}`)).custodian.id, people.dana.id);
      assert.equal((await as.ann.get("/units?scope=shared&count=true")).total, 3);
      assert.equal((await as.ann.send("PATCH", `/units/${stem}`, { note: "mine now" })).status, 403, "use is not edit");
      const bobs = (await as.bob.get("/units?scope=mine")).items[0];
      assert.equal((await as.ann.send("GET", `/units/${bobs.id}`)).status, 404, "never another rep's");
      assert.equal((await as.cat.send("GET", `/units/${stem}`)).status, 404, "not of another group");
    });

    test("6. a case is scheduled, used, and submitted for billing", async () => {
      facts.case = await as.ann.post("/events", { type: "case", representative_id: people.ann.id, location_id: facts.main.id, physician_id: facts.rivera.id, procedure_id: facts.tha.id, starts_at: soon(1), manufacturer_ids: [facts.acme.id] });
      assert.match(facts.case.name, /Rivera/);
      assert.equal(facts.case.time_zone, "America/Chicago");
      const usable = (await as.ann.get(`/events/${facts.case.id}/usable-units?limit=100`)).items.map((u) => u.id);
      assert.ok(usable.includes(facts.stems[0].id), "the pool is usable");
      const mine = (await as.ann.get("/units?scope=mine&state=available")).items;
      const cup = mine.find((u) => u.catalog_item_id === facts.cup.id);
      const marked = await as.ann.post(`/events/${facts.case.id}/lines`, { unit_ids: [cup.id, facts.stems[0].id], usage: "implanted" });
      const lines = marked.lines ?? marked.items;
      const price = (id) => lines.find((line) => line.unit_id === id);
      assert.deepEqual([price(cup.id).unit_price_minor, price(cup.id).price_source], [100_000, "contract"]);
      assert.deepEqual([price(facts.stems[0].id).unit_price_minor, price(facts.stems[0].id).price_source], [180_000, "list"]);
      assert.equal((await as.dana.send("PATCH", `/events/${facts.case.id}`, { representative_id: people.bob.id })).body.code, "use_coverage");
      assert.equal((await as.ann.send("PATCH", `/events/${facts.case.id}/lines/${price(cup.id).id}`, { unit_price_minor: 1 })).status, 403);
      await as.ann.act(`/events/${facts.case.id}/submit`, {});
      const after = await as.ann.get(`/events/${facts.case.id}`);
      assert.deepEqual([after.status, after.total_minor], ["pending_po", 280_000]);
      assert.equal((await as.ann.get(`/units/${cup.id}`)).state, "inactive");
      assert.equal((await as.bob.send("GET", `/events/${facts.case.id}`)).status, 404);
      assert.equal((await as.dana.get(`/events/${facts.case.id}`)).id, facts.case.id);
      const orders = await admin.get(`/sales-orders?event_id=${facts.case.id}`);
      assert.equal(orders.items.length, 1);
      const pdf = await fetch(`${it.base}/api/v1/sales-orders/${orders.items[0].id}.pdf`, { headers: { authorization: `Bearer ${it.token("ada@northlake.example")}` } });
      assert.equal(Buffer.from(await pdf.arrayBuffer()).subarray(0, 5).toString(), "%PDF-");
      await as.ann.post(`/events/${facts.case.id}/purchase-orders`, { number: "PO-77" });
      assert.equal((await as.ann.get(`/events/${facts.case.id}`)).status, "pending_payment");
      const customer = await admin.get(`/customers/${facts.customer.id}`);
      assert.deepEqual([customer.orders_count, customer.orders_total_minor, customer.engaged], [1, 280_000, true]);
      await as.omar.act(`/events/${facts.case.id}/mark-paid`, {});
      assert.equal((await as.ann.get(`/events/${facts.case.id}`)).status, "paid");
    });

    test("7. facility stock: sold once, tracked, used later, reassigned", async () => {
      const order = await as.omar.post("/events", { type: "stocking_order", representative_id: people.ann.id, location_id: facts.main.id, starts_at: soon(0), manufacturer_ids: [facts.acme.id] });
      const liners = (await as.ann.get("/units?scope=mine&state=available")).items.filter((u) => u.catalog_item_id === facts.liner.id);
      await as.omar.post(`/events/${order.id}/lines`, { unit_ids: liners.map((u) => u.id), usage: "used" });
      await as.omar.act(`/events/${order.id}/submit`, { keep_as_facility_stock: true });
      assert.equal((await as.omar.send("POST", `/events/${order.id}/reopen`, { reason: "oops" })).body.code, "stocking_order_final");
      const kept = await as.ann.get(`/units/${liners[0].id}`);
      assert.deepEqual([kept.state, kept.facility_stock_location_id, kept.custodian.id], ["available", facts.main.id, people.ann.id]);
      const total = (await admin.get(`/customers/${facts.customer.id}`)).orders_total_minor;

      const at = (who, rep, location) => who.post("/events", { type: "case", representative_id: rep, location_id: location, physician_id: facts.rivera.id, procedure_id: facts.tha.id, starts_at: soon(2), manufacturer_ids: [facts.acme.id] });
      const elsewhere = await at(as.ann, people.ann.id, facts.east.id);
      const wrongPlace = await as.ann.send("POST", `/events/${elsewhere.id}/lines`, { unit_ids: [liners[0].id], usage: "implanted" });
      assert.equal(wrongPlace.status, 409);
      const bobs = await at(as.bob, people.bob.id, facts.main.id);
      assert.ok([404, 409].includes((await as.bob.send("POST", `/events/${bobs.id}/lines`, { unit_ids: [liners[0].id], usage: "implanted" })).status));
      const anns = await at(as.ann, people.ann.id, facts.main.id);
      const line = await as.ann.post(`/events/${anns.id}/lines`, { unit_ids: [liners[0].id], usage: "implanted" });
      const used = (line.lines ?? line.items).find((l) => l.unit_id === liners[0].id);
      assert.deepEqual([used.unit_price_minor, used.price_source, used.facility_stock], [0, "facility_stock", true]);
      await as.ann.act(`/events/${anns.id}/submit`, {});
      assert.equal((await as.ann.get(`/events/${anns.id}`)).status, "paid", "nothing to bill");
      assert.equal((await admin.get(`/customers/${facts.customer.id}`)).orders_total_minor, total, "no second sale");

      assert.equal((await as.ann.send("POST", "/facility-stock/reassign", { unit_ids: [liners[1].id], to_user_id: people.bob.id, reason: "Bob covers" })).status, 403);
      await as.dana.act("/facility-stock/reassign", { unit_ids: [liners[1].id], to_user_id: people.bob.id, reason: "Bob covers" });
      await as.bob.post(`/events/${bobs.id}/lines`, { unit_ids: [liners[1].id], usage: "implanted" });
      await as.bob.act(`/events/${bobs.id}/submit`, {});

      const adjustment = await as.omar.post("/events", { type: "stock_adjustment", representative_id: people.bob.id, location_id: facts.main.id, starts_at: soon(0), manufacturer_ids: [facts.acme.id], note: "Counted, not there" });
      const cup = (await as.bob.get("/units?scope=mine&state=available")).items[0];
      await as.omar.post(`/events/${adjustment.id}/lines`, { unit_ids: [cup.id], usage: "missing", note: "Counted, not there" });
      await as.omar.act(`/events/${adjustment.id}/submit`, {});
      assert.equal((await as.omar.get(`/events/${adjustment.id}`)).status, "adjusted");
      assert.equal((await as.bob.get(`/units/${cup.id}`)).state, "inactive");
    });

    test("8. figures equal the rows behind them, for everybody", async () => {
      for (const who of [as.ann, as.dana, as.rita, as.omar, admin]) {
        const { cards } = await who.get("/dashboard");
        assert.ok(cards.length > 5);
        for (const card of cards.filter((card) => card.rows_url && card.currency === null)) {
          const rows = await who.get(`${card.rows_url.replace(/^\/api\/v1/, "")}${card.rows_url.includes("?") ? "&" : "?"}count=true`);
          assert.equal(rows.total, card.value, `${card.key}: ${card.rows_url}`);
        }
      }
      const reports = await as.dana.get("/reports");
      const names = (reports.items ?? reports).map((report) => report.name);
      for (const name of ["cases", "usage_lines", "sales", "commission", "inventory_on_hand"]) {
        assert.ok(names.includes(name), name);
        for (const format of ["json", "csv", "xlsx"]) {
          const answer = await as.dana.send("GET", `/reports/${name}?format=${format}`);
          assert.equal(answer.status, 200, `${name} as ${format}`);
        }
      }
    });

    test("9. every unit and event tells its history, and the journal is proven", async () => {
      const unit = await admin.get(`/units/${facts.stems[0].id}/history`);
      assert.ok(unit.items.length >= 3);
      assert.ok((await admin.get(`/events/${facts.case.id}/history`)).items.length >= 3);
      await new Promise((done) => setTimeout(done, 1500));
      assert.match(run(it.url, "verify"), /./);
    });
  });
}
