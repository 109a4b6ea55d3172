// The directory and the catalog: customers, locations, prices, terms, views, and when something is due.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bool, day, fits, idOf, int, list, object, oneOf, orNull, problem, string, text } from "./shapes.mjs";

const CUSTOMER = { id: idOf("cus"), number: text, name: text, contacts: list(object), default_sales_rep_id: orNull(idOf("usr")), payment_terms_id: orNull(idOf("ptm")), basis_date: orNull(string), billing_status: oneOf("good", "watch", "prepay", "hold", "blocked", "closed"), billing_status_reason: string, credit_limit_minor: orNull(int), price_list_id: orNull(idOf("prl")), locations_count: int, orders_total_minor: int, orders_count: int, orders_avg_minor: orNull(int), engaged: bool, engagement_stage: oneOf("never_ordered", "new", "active", "slipping", "lapsed"), last_order_on: orNull(day), effective_billing_status: oneOf("good", "watch", "prepay", "hold", "blocked", "closed"), version: int };
const LOCATION = { id: idOf("loc"), customer_id: idOf("cus"), name: text, code: text, time_zone: text, price_list_id: orNull(idOf("prl")), sales_rep: object, effective_sales_rep_id: orNull(idOf("usr")), effective_sales_rep_source: string, version: int };
const ITEM = { id: idOf("cat"), manufacturer_id: idOf("mfr"), number: text, description: string, kind: oneOf("device", "container", "pack"), product_line_ids: list(idOf("pln")), list_price_minor: orNull(int), cost_minor: orNull(int), udi_di: orNull(string), gtins: list(string), reusable: bool, par_level: orNull(int), geography: list(string), version: int };

export function directory(here) {
  describe("directory and catalog", () => {
    test("every room is made, read, listed and changed", async () => {
      const card = { name: "Rivera hip", physician_id: here.doctor.id, procedure_id: here.procedure.id, lines: [{ catalog_item_id: here.cup.id, quantity: 2 }] };
      const rooms = {
        customers: ["cus", { name: "Room customer" }, { name: "Changed customer" }],
        locations: ["loc", { customer_id: here.customer.id, name: "Room location", code: "R" }, { name: "Changed location" }],
        physicians: ["phy", { name: "Dr. Room", location_ids: [here.main.id], procedure_ids: [here.procedure.id] }, { name: "Dr. Changed" }],
        procedures: ["prc", { name: "Room procedure" }, { name: "Changed procedure" }],
        manufacturers: ["mfr", { name: "Room maker" }, { name: "Changed maker" }],
        "product-lines": ["pln", { name: "Room line", manufacturer_id: here.maker.id }, { name: "Changed line" }],
        "catalog-items": ["cat", { manufacturer_id: here.maker.id, number: "ROOM-1", kind: "device" }, { description: "Changed" }],
        "price-lists": ["prl", { name: "Room prices" }, { name: "Changed prices" }],
        "preference-cards": ["pcd", card, { name: "Changed card" }],
        places: ["plc", { name: "Room place" }, { name: "Changed place" }],
        boms: ["bom", { name: "Room set", lines: [{ catalog_item_id: here.cup.id, min: 1, required: 2, max: 3 }] }, { name: "Changed set" }],
        "payment-terms": ["ptm", { code: "ROOM", name: "Room terms", rule: { kind: "net_days", days: 5 } }, { name: "Changed terms" }],
        views: ["viw", { entity: "customers", name: "Room view", columns: ["name", "orders_total"], sort: ["-orders_total"] }, { name: "Changed view" }],
      };
      for (const [room, [prefix, body, change]] of Object.entries(rooms)) {
        const made = await here.admin.make(`/${room}`, body);
        fits(made, { id: idOf(prefix), version: int }, room);
        assert.deepEqual(await here.admin.get(`/${room}/${made.id}`), made, room);
        const changed = await here.admin.patch(`/${room}/${made.id}`, change);
        for (const [field, value] of Object.entries(change)) assert.equal(changed[field], value, room);
        const { items } = await here.admin.get(`/${room}?limit=500`);
        assert.ok(items.some((row) => row.id === made.id), `${room} lists what was made`);
        if (room !== "views") problem(await here.as.ann.send("POST", `/${room}`, body), 403);
      }
    });

    test("a customer and its locations have their fields", async () => {
      fits(await here.admin.get(`/customers/${here.customer.id}`), CUSTOMER, "customer");
      fits(await here.admin.get(`/locations/${here.main.id}`), LOCATION, "location");
      fits(await here.admin.get(`/catalog-items/${here.cup.id}`), ITEM, "catalog item");
      fits(await here.admin.get(`/physicians/${here.doctor.id}`), { name: text, location_ids: list(idOf("loc")), procedure_ids: list(idOf("prc")) }, "physician");
      assert.equal((await here.admin.get(`/customers/${here.customer.id}`)).locations_count >= 2, true);
      const history = await here.admin.get(`/customers/${here.customer.id}/history`);
      assert.ok(history.items.length > 0);
      problem(await here.admin.send("POST", "/customers", { name: "Held", billing_status: "hold" }), 422, undefined, "billing_status_reason");
    });

    test("the rep of a location: its own, nobody, or inherited, always with its source", async () => {
      const customer = await here.admin.make("/customers", { name: "Reps", default_sales_rep_id: here.who.ann.id });
      const make = (code, sales_rep) => here.admin.make("/locations", { customer_id: customer.id, name: code, code, ...(sales_rep ? { sales_rep } : {}) });
      const inherited = await make("IN");
      assert.deepEqual([inherited.sales_rep.mode, inherited.effective_sales_rep_id], ["inherit", here.who.ann.id]);
      const assigned = await make("AS", { mode: "assigned", id: here.who.bob.id });
      assert.deepEqual([assigned.sales_rep, assigned.effective_sales_rep_id], [{ mode: "assigned", id: here.who.bob.id }, here.who.bob.id]);
      const none = await make("NO", { mode: "none" });
      assert.deepEqual([none.sales_rep.mode, none.effective_sales_rep_id], ["none", null]);
      const sources = [inherited, assigned, none].map((row) => row.effective_sales_rep_source);
      assert.equal(new Set(sources.filter(Boolean)).size, 3, `${sources}`);
      await here.admin.patch(`/customers/${customer.id}`, { default_sales_rep_id: here.who.cat.id });
      assert.equal((await here.admin.get(`/locations/${inherited.id}`)).effective_sales_rep_id, here.who.cat.id);
      assert.equal((await here.admin.get(`/locations/${assigned.id}`)).effective_sales_rep_id, here.who.bob.id);
      problem(await here.admin.send("POST", "/locations", { customer_id: customer.id, name: "x", code: "X", sales_rep: { mode: "assigned" } }), 422);
    });

    test("prices: of a list and of a location, put whole; the location's own win", async () => {
      const prices = await here.admin.make("/price-lists", { name: "Contract" });
      const row = (price_minor, more = {}) => ({ catalog_item_id: here.stem.id, price_minor, valid_from: null, valid_to: null, ...more });
      await here.admin.put(`/price-lists/${prices.id}/prices`, [row(71_000)]);
      const listed = await here.admin.get(`/price-lists/${prices.id}/prices`);
      assert.deepEqual(listed.items.map((it) => [it.catalog_item_id, it.price_minor, it.valid_from, it.valid_to]), [[here.stem.id, 71_000, null, null]]);
      const customer = await here.admin.make("/customers", { name: "Priced", price_list_id: prices.id });
      const site = await here.admin.make("/locations", { customer_id: customer.id, name: "Priced site", code: "P" });
      await here.admin.put(`/users/${here.who.cat.id}/assignments`, { location_ids: [here.main.id, here.east.id, site.id] });
      const priceAt = async () => {
        const [unit] = await here.units(here.who.cat, 1, { catalog_item_id: here.stem.id });
        const event = await here.event("case", here.admin, here.who.cat, { location_id: site.id, physician_id: null });
        const { lines } = await here.mark(here.admin, event, [unit]);
        return [lines[0].unit_price_minor, lines[0].price_source];
      };
      assert.deepEqual(await priceAt(), [71_000, "contract"]);
      await here.admin.put(`/locations/${site.id}/prices`, [row(69_000)]);
      assert.deepEqual(await priceAt(), [69_000, "contract"]);
      await here.admin.put(`/locations/${site.id}/prices`, [row(60_000, { valid_to: "2020-01-01" })]);
      assert.deepEqual(await priceAt(), [71_000, "contract"]);
      problem(await here.admin.send("PUT", `/locations/${site.id}/prices`, [row(-1)]), 422);
      problem(await here.admin.send("PUT", `/locations/${site.id}/prices`, [row(1), row(2)]), 422);
    });

    test("terms, and when something is due: the vectors", async () => {
      const rules = [{ kind: "net_days", days: 30 }, { kind: "end_of_month", plus_days: 10 }, { kind: "months", months: 1 }, { kind: "day_of_month", day: 10, cutoff_day: 25, months_ahead: 1 }, { kind: "due_on_receipt" }, { kind: "prepaid" }, { kind: "cod" }];
      for (const [n, rule] of rules.entries()) {
        const made = await here.admin.make("/payment-terms", { code: `T${n}`, name: rule.kind, rule, roll: "next_business_day", discount: { percent_bp: 200, days: 10 } });
        assert.deepEqual([made.rule, made.roll, made.discount], [rule, "next_business_day", { percent_bp: 200, days: 10 }]);
      }
      const dates = { order_date: "2025-01-10", ship_date: "2025-01-15", delivery_date: "2025-01-17", invoice_date: "2025-01-20" };
      const net = (days) => ({ kind: "net_days", days });
      const due = async (rule, basis_date, more = {}) => here.admin.act("/due-date/explain", { rule, roll: "none", discount: null, basis_date, dates, ...more });
      for (const [basis, wanted] of [["order_date", "2025-02-09"], ["ship_date", "2025-02-14"], ["delivery_date", "2025-02-16"], ["invoice_date", "2025-02-19"]]) assert.equal((await due(net(30), basis)).due_on, wanted, basis);
      for (const [basis, wanted] of [["order_date", "2025-02-10"], ["delivery_date", "2025-02-17"]]) assert.equal((await due(net(30), basis, { roll: "next_business_day" })).due_on, wanted, basis);
      const on = (rule, invoice_date) => due(rule, "invoice_date", { dates: { invoice_date } }).then((it) => it.due_on);
      assert.equal((await due({ kind: "end_of_month", plus_days: 30 }, "invoice_date")).due_on, "2025-03-02");
      assert.equal((await due({ kind: "end_of_month", plus_days: 0 }, "invoice_date")).due_on, "2025-01-31");
      assert.equal(await on({ kind: "months", months: 1 }, "2025-01-31"), "2025-02-28");
      assert.equal(await on({ kind: "day_of_month", day: 10, cutoff_day: 25, months_ahead: 1 }, "2025-01-25"), "2025-02-10");
      assert.equal(await on({ kind: "day_of_month", day: 10, cutoff_day: 25, months_ahead: 1 }, "2025-01-26"), "2025-03-10");
      const discounted = await due(net(30), "delivery_date", { discount: { percent_bp: 200, days: 10 } });
      assert.deepEqual([discounted.discount_until, discounted.due_on], ["2025-01-27", "2025-02-16"]);
      const pending = await due(net(30), "delivery_date", { dates: { order_date: "2025-01-10", planned_delivery_date: "2025-01-24" } });
      assert.deepEqual([pending.due_on, pending.estimated_due_on], [null, "2025-02-23"]);
      assert.match(pending.due_state, /pending/);
      for (const answer of [discounted, pending]) fits(answer, { due_on: orNull(day), due_state: text, estimated_due_on: orNull(day), discount_until: orNull(day), explanation: text }, "explanation");
      assert.match((await due(net(30), "delivery_date", { roll: "next_business_day" })).explanation, /Net 30 from delivery/i);
      const vectors = [[net(30), "2026-11-22", "2026-12-22"], [net(30), "2027-01-30", "2027-03-01"], [{ kind: "end_of_month", plus_days: 0 }, "2028-02-10", "2028-02-29"], [{ kind: "end_of_month", plus_days: 30 }, "2026-05-11", "2026-06-30"], [{ kind: "end_of_month", plus_days: 10 }, "2026-07-14", "2026-08-10"], [{ kind: "day_of_month", day: 31, months_ahead: 1 }, "2026-01-31", "2026-02-28"], [{ kind: "due_on_receipt" }, "2026-01-31", "2026-01-31"]];
      for (const [rule, base, wanted] of vectors) assert.equal(await on(rule, base), wanted, `${rule.kind} ${base}`);
      problem(await here.admin.send("POST", "/due-date/explain", { rule: { kind: "no_such_rule" }, dates: {} }), 422);
      problem(await here.admin.send("POST", "/due-date/explain", { rule: net(-1), dates: {} }), 422);
    });

    test("views are personal, shared or the organisation's", async () => {
      const view = await here.as.ann.make("/views", { entity: "units", name: "Mine", columns: ["lot"], sort: ["-expires_on"], filters: { state: "available" } });
      fits(view, { id: idOf("viw"), entity: text, name: text, scope: text, columns: list(object), sort: list(string), filters: object, version: int }, "view");
      problem(await here.as.bob.send("GET", `/views/${view.id}`), 404);
      await here.as.ann.del(`/views/${view.id}`);
      problem(await here.as.ann.send("GET", `/views/${view.id}`), 404);
    });

    test("a rep sees assigned customers with figures of those locations only", async () => {
      const { items } = await here.as.ann.get("/customers?limit=500");
      assert.ok(items.some((row) => row.id === here.customer.id));
      assert.ok(!items.some((row) => row.id === here.far_customer.id));
      problem(await here.as.ann.send("GET", `/customers/${here.far_customer.id}`), 404);
      problem(await here.as.ann.send("GET", `/locations/${here.far.id}`), 404);
      assert.equal((await here.as.ann.get("/customers?count=true&limit=1")).total, items.length);
      assert.ok(!("cost_minor" in (await here.as.ann.get(`/catalog-items/${here.cup.id}`))) || (await here.as.ann.get(`/catalog-items/${here.cup.id}`)).cost_minor === null);
    });
  });
}
