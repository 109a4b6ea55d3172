// Events from plan to payment: lines, prices, submission, purchase orders, invoices, amendments, the calendar.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at, on, user } from "./scene.mjs";
import { bool, day, fits, idOf, instant, int, list, object, oneOf, orNull, problem, string, text } from "./shapes.mjs";

const TYPES = ["case", "stocking_order", "sample", "loan", "damage", "return", "trial", "stock_adjustment", "other"];
const STATUSES = ["open", "pending_po", "pending_payment", "paid", "cancelled", "adjusted"];
const EVENT = { id: idOf("evt"), number: (value) => text(value) || int(value), type: oneOf(...TYPES), status: oneOf(...STATUSES), name: text, representative_id: idOf("usr"), sub_representatives: list(), location_id: orNull(idOf("loc")), physician_id: orNull(idOf("phy")), procedure_id: orNull(idOf("prc")), starts_at: instant, ends_at: instant, time_zone: text, manufacturer_ids: list(idOf("mfr")), container_ids: list(idOf("unt")), patient_reference: string, lines: list(object), charges: list(object), total_minor: orNull(int), prices_edited: bool, version: int };
const LINE = { id: idOf("lin"), unit_id: idOf("unt"), usage: oneOf("used", "implanted", "explanted", "in_out", "damaged", "missing"), unit_price_minor: orNull(int), price_source: oneOf("contract", "list", "none", "manual", "facility_stock"), no_charge: bool, facility_stock: bool, note: string };
const ORDER = { id: idOf("sor"), event_id: idOf("evt"), customer_id: orNull(idOf("cus")), location_id: orNull(idOf("loc")), submitted_on: day, shipped_on: orNull(day), delivered_on: orNull(day), total_minor: orNull(int), currency: text, version: int };
const INVOICE = { id: idOf("inv"), event_id: idOf("evt"), total_minor: orNull(int), due_on: orNull(day), due_state: text, status: oneOf("open", "paid", "void"), version: int };

export function events(here) {
  const { as } = here;
  const get = (event) => here.admin.get(`/events/${event.id}`);
  const submitted = async (rep, usage = "used", more = {}) => {
    const event = await here.event("case", here.admin, here.who[rep], more);
    await here.mark(here.admin, event, await here.units(here.who[rep]), usage);
    return here.admin.act(`/events/${event.id}/submit`, {});
  };

  describe("events", () => {
    test("every type is planned with its fields", async () => {
      for (const type of TYPES) {
        const event = await here.event(type, here.admin, here.who.ann, { note: "why" });
        fits(event, EVENT, type);
        assert.deepEqual([event.type, event.status, event.lines], [type, "open", []]);
        assert.deepEqual(await get(event), event);
      }
      const named = await here.event("case", as.ann, here.who.ann, { patient_reference: "P-7", sub_representatives: [here.who.bob.id], ends_at: at(2, 19) });
      assert.equal(named.time_zone, "America/Chicago");
      assert.match(named.name, /Rivera/);
      assert.match(named.name, /Elm/);
      assert.equal(named.patient_reference, "P-7");
      const changed = await as.ann.patch(`/events/${named.id}`, { name: "Mine", starts_at: at(3), note: "later" });
      assert.deepEqual([changed.name, changed.starts_at.slice(0, 10)], ["Mine", on(3)]);
      problem(await as.ann.send("POST", "/events", { type: "case", representative_id: here.who.bob.id, starts_at: at(1) }), 404);
      problem(await as.ann.send("POST", "/events", { type: "case", starts_at: at(1), ends_at: at(0) }), 422);
      problem(await as.ann.send("POST", "/events", { type: "case", starts_at: at(1), location_id: here.far.id }), 404, undefined, "location_id");
      problem(await here.admin.send("POST", "/events", { type: "case", representative_id: here.who.omar.id, starts_at: at(1) }), 422);
      problem(await as.ann.send("POST", "/events", { type: "case", starts_at: at(1), time_zone: "Mars/Olympus" }), 422, undefined, "time_zone");
      const { items } = await here.admin.get(`/events?type=case,sample&representative_id=${here.who.ann.id}&limit=500`);
      assert.ok(items.length > 1 && items.every((row) => ["case", "sample"].includes(row.type)));
    });

    test("lines: marked, priced, changed, taken off", async () => {
      const units = await here.units(here.who.ann, 2);
      const [reusable] = await here.units(here.who.ann, 1, { catalog_item_id: here.driver.id });
      const event = await here.event("case", as.ann, here.who.ann);
      const added = await as.ann.make(`/events/${event.id}/lines`, { unit_ids: [...units.map((unit) => unit.id), reusable.id], usage: "used" });
      const lines = (await get(event)).lines;
      assert.equal(lines.length, 3);
      for (const line of lines) fits(line, LINE, "line");
      assert.ok(added.version > event.version);
      assert.equal((await here.admin.get(`/units/${units[0].id}`)).state, "in_event");
      assert.equal((await here.admin.get(`/units/${units[0].id}`)).event_id, event.id);
      const line = lines.find((it) => it.unit_id === units[0].id);
      const path = `/events/${event.id}/lines/${line.id}`;
      assert.deepEqual([line.unit_price_minor, line.price_source, line.no_charge], [50_000, "list", false]);
      problem(await as.ann.send("PATCH", path, { unit_price_minor: 1 }), 403);
      assert.equal((await as.ann.patch(path, { usage: "in_out" })).usage, "in_out");
      assert.deepEqual([(await as.ann.patch(path, { unit_price_minor: 4_000 })).price_source], ["manual"], "opened and not used: the rep may price it");
      assert.equal((await get(event)).prices_edited, true);
      await here.admin.patch(path, { usage: "used", unit_price_minor: null });
      assert.equal((await here.admin.patch(path, { no_charge: true })).no_charge, true);
      const driver = lines.find((it) => it.unit_id === reusable.id);
      problem(await as.ann.send("PATCH", `/events/${event.id}/lines/${driver.id}`, { usage: "implanted" }), 409);
      await as.ann.del(`/events/${event.id}/lines/${driver.id}`);
      assert.equal((await here.admin.get(`/units/${reusable.id}`)).state, "available");
      const other = await here.event("case", as.ann, here.who.ann);
      problem(await as.ann.send("POST", `/events/${other.id}/lines`, { unit_ids: [units[1].id], usage: "used" }), 409);
      problem(await as.ann.send("POST", `/events/${other.id}/lines`, { unit_ids: [(await here.units(here.who.bob))[0].id], usage: "used" }), 404);
      problem(await as.ann.send("POST", `/events/${other.id}/lines`, { unit_ids: [], usage: "used" }), 422, undefined, "unit_ids");
      problem(await as.ann.send("POST", `/events/${other.id}/lines`, { unit_ids: [units[1].id], usage: "eaten" }), 422, undefined, "usage");
    });

    test("expiry is judged against the event's day", async () => {
      const [old] = await here.units(here.who.ann, 1, { expires_on: on(1) });
      const event = await here.event("case", as.ann, here.who.ann, { starts_at: at(4) });
      problem(await as.ann.send("POST", `/events/${event.id}/lines`, { unit_ids: [old.id], usage: "used" }), 409);
      const late = await here.event("case", as.ann, here.who.ann, { starts_at: at(-5) });
      const [gone] = await here.units(here.who.ann, 1, { expires_on: on(-2) });
      await here.mark(as.ann, late, [gone]);
    });

    test("usable units, warnings, containers, the calendar with its conflicts", async () => {
      const event = await here.event("case", as.ann, here.who.ann, { starts_at: at(30) });
      const usable = await as.ann.get(`/events/${event.id}/usable-units?limit=500`);
      assert.ok(usable.items.length > 0 && "next_cursor" in usable);
      const [box] = await here.units(here.who.ann, 1, { catalog_item_id: here.tray.id, lot: null, serial: `C-${Math.random()}`, expires_on: null });
      const booked = await as.ann.patch(`/events/${event.id}`, { container_ids: [box.id] });
      assert.deepEqual(booked.container_ids, [box.id]);
      const twin = await here.event("case", as.ann, here.who.ann, { starts_at: at(30) });
      problem(await as.ann.send("PATCH", `/events/${twin.id}`, { container_ids: [box.id] }), 409);
      problem(await as.dana.send("PATCH", `/events/${event.id}`, { representative_id: here.who.bob.id }), 409, "use_coverage");
      await as.ann.patch(`/events/${event.id}`, { container_ids: [] });
      assert.equal((await as.dana.patch(`/events/${event.id}`, { representative_id: here.who.bob.id })).representative_id, here.who.bob.id, "with nothing on it");
      await as.dana.patch(`/events/${event.id}`, { representative_id: here.who.ann.id });
      const warnings = await as.ann.get(`/events/${twin.id}/warnings`);
      for (const it of warnings.items) fits(it, { code: text, message: text }, "a warning");
      const calendar = await as.ann.get(`/calendar?from=${on(29)}&to=${on(32)}`);
      assert.ok(calendar.items.some((row) => row.id === event.id) && calendar.items.some((row) => row.id === twin.id));
      assert.ok(calendar.conflicts.some((row) => JSON.stringify(row).includes(event.id) && JSON.stringify(row).includes(twin.id)), "one rep, two places");
      const one = await here.admin.get(`/calendar?from=${on(29)}&to=${on(32)}&people=${here.who.cat.id}`);
      assert.deepEqual(one.items, []);
      await here.admin.get(`/calendar?from=${on(29)}&to=${on(32)}&units=${box.id}`);
      problem(await as.ann.send("GET", "/calendar?from=yesterday&to=tomorrow"), 422);
    });

    test("submission settles stock by usage, and makes a sales order", async () => {
      const [used, implanted, explanted, in_out, damaged, missing] = await here.units(here.who.ann, 6);
      const [driver, worn] = await here.units(here.who.ann, 2, { catalog_item_id: here.driver.id });
      const event = await here.event("case", as.ann, here.who.ann);
      for (const [usage, units] of Object.entries({ used: [used, driver], implanted: [implanted], explanted: [explanted], in_out: [in_out] })) await as.ann.make(`/events/${event.id}/lines`, { unit_ids: units.map((unit) => unit.id), usage });
      const bare = await as.ann.make(`/events/${event.id}/lines`, { unit_ids: [damaged.id], usage: "damaged" });
      assert.equal((await as.ann.send("POST", `/events/${event.id}/submit`, {})).status >= 400, true, "damaged needs a note");
      const line = bare.lines.find((it) => it.unit_id === damaged.id);
      await as.ann.patch(`/events/${event.id}/lines/${line.id}`, { note: "bent" });
      await as.ann.make(`/events/${event.id}/lines`, { unit_ids: [missing.id, worn.id], usage: "missing", note: "lost" });
      const done = await as.ann.act(`/events/${event.id}/submit`, {});
      // Used and implanted are billed; a reusable one too.
      assert.deepEqual([done.status, done.total_minor], ["pending_po", 50_000 + 50_000 + 1_000]);
      for (const unit of [used, implanted, explanted, in_out, damaged, missing, worn]) assert.equal((await here.admin.get(`/units/${unit.id}`)).state, "inactive");
      assert.equal((await here.admin.get(`/units/${driver.id}`)).state, "available");
      const { items } = await here.admin.get(`/sales-orders?event_id=${event.id}`);
      assert.equal(items.length, 1);
      fits(items[0], ORDER, "sales order");
      problem(await as.ann.send("POST", `/events/${event.id}/submit`, {}), 409);
      problem(await as.ann.send("PATCH", `/events/${event.id}`, { name: "x" }), 409);
      problem(await as.ann.send("POST", `/events/${event.id}/lines`, { unit_ids: [(await here.units(here.who.ann))[0].id] }), 409);
    });

    test("what follows submission, by type", async () => {
      for (const [type, status] of Object.entries({ case: "pending_po", stocking_order: "pending_po", other: "pending_po", sample: "adjusted", loan: "adjusted", damage: "adjusted", return: "adjusted", trial: "adjusted", stock_adjustment: "adjusted" })) {
        const event = await here.event(type, here.admin, here.who.ann, { note: "why" });
        await here.mark(here.admin, event, await here.units(here.who.ann), undefined, { note: "why" });
        assert.equal((await here.admin.act(`/events/${event.id}/submit`, {})).status, status, type);
      }
      const free = await here.event("case", here.admin, here.who.ann);
      const { lines } = await here.mark(here.admin, free, await here.units(here.who.ann));
      await here.admin.patch(`/events/${free.id}/lines/${lines[0].id}`, { no_charge: true });
      assert.equal((await here.admin.act(`/events/${free.id}/submit`, {})).status, "paid", "nothing to bill");
      assert.deepEqual((await here.admin.get(`/invoices?event_id=${free.id}`)).items, []);
      problem(await as.ann.send("POST", "/events", { type: "stock_adjustment", representative_id: here.who.ann.id, location_id: here.main.id, starts_at: at(1) }), 403);
    });

    test("a unit on its way warns, and stops submission", async () => {
      const [unit] = await here.units(here.who.ann);
      const event = await here.event("case", as.ann, here.who.ann);
      await here.mark(as.ann, event, [unit]);
      const sent = await as.ann.make("/transfers", { from: user(here.who.ann), to: user(here.who.dana), unit_ids: [unit.id], event_id: event.id });
      assert.ok((await get(event)).lines[0].warning || (await here.admin.get(`/events/${event.id}/warnings`)).items.length > 0);
      problem(await as.ann.send("POST", `/events/${event.id}/submit`, {}), 409, "unit_not_with_representative");
      await as.dana.act(`/transfers/${sent.id}/decline`, { reason: "stays" });
      assert.equal((await get(event)).lines.length, 1, "a decline keeps the line");
    });

    test("purchase orders, invoices, payments, paid", async () => {
      const event = await submitted("ann", "used", {});
      const path = `/events/${event.id}/purchase-orders`;
      problem(await as.ann.send("POST", path, { number: "" }), 422, undefined, "number");
      const po = await as.ann.make(path, { number: "PO-1" });
      assert.match(po.id, /^pon_/);
      assert.equal((await get(event)).status, "pending_payment");
      assert.equal((await here.admin.patch(`${path}/${po.id}`, { number: "PO-1a" })).number, "PO-1a");
      problem(await as.ann.send("PATCH", `${path}/${po.id}`, { number: "x" }), 403);
      const [invoice] = (await here.admin.get(`/invoices?event_id=${event.id}`)).items;
      fits(invoice, INVOICE, "invoice");
      assert.equal(invoice.total_minor, 50_000);
      for (const file of [`/invoices/${invoice.id}.pdf`, `/sales-orders/${(await here.admin.get(`/sales-orders?event_id=${event.id}`)).items[0].id}.pdf`]) {
        const answer = await fetch(`${here.it.base}/api/v1${file}`, { headers: { authorization: `Bearer ${here.admin.token}` } });
        assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/pdf"], file);
        assert.equal(Buffer.from(await answer.arrayBuffer()).subarray(0, 5).toString(), "%PDF-");
      }
      await here.admin.del(`${path}/${po.id}`);
      assert.equal((await get(event)).status, "pending_po");
      await as.ann.make(path, { number: "PO-2" });
      const live = (await here.admin.get(`/invoices?event_id=${event.id}&status=open`)).items[0];
      problem(await as.ann.send("POST", `/invoices/${live.id}/payments`, { amount_minor: 1 }), 403);
      for (const amount_minor of [0, -1, 50_001]) assert.ok([409, 422].includes((await here.admin.send("POST", `/invoices/${live.id}/payments`, { amount_minor })).status), `${amount_minor}`);
      await here.admin.make(`/invoices/${live.id}/payments`, { amount_minor: 20_000, received_on: on(0) });
      assert.notEqual((await get(event)).status, "paid");
      problem(await as.ann.send("POST", `/events/${event.id}/mark-paid`), 403);
      assert.equal((await here.admin.act(`/events/${event.id}/mark-paid`)).status, "paid");
      assert.equal((await here.admin.get(`/invoices/${live.id}`)).status, "paid");
    });

    test("terms are copied, dates of shipment and delivery move what is due", async () => {
      const customer = await here.admin.make("/customers", { name: "Delivery", payment_terms_id: here.terms.id, basis_date: "delivery_date" });
      const site = await here.admin.make("/locations", { customer_id: customer.id, name: "Delivery site", code: "D", time_zone: "America/Chicago" });
      const event = await submitted("cat", "used", { location_id: site.id, physician_id: null });
      await here.admin.make(`/events/${event.id}/purchase-orders`, { number: "D-1" });
      const invoice = async () => (await here.admin.get(`/invoices?event_id=${event.id}`)).items[0];
      assert.equal((await invoice()).due_on, null);
      assert.match((await invoice()).due_state, /pending/);
      const [order] = (await here.admin.get(`/sales-orders?event_id=${event.id}`)).items;
      problem(await as.cat.send("PATCH", `/sales-orders/${order.id}`, { delivered_on: on(1) }), 403);
      const changed = await here.admin.patch(`/sales-orders/${order.id}`, { shipped_on: on(0), delivered_on: on(1) });
      assert.deepEqual([changed.shipped_on, changed.delivered_on], [on(0), on(1)]);
      assert.equal((await invoice()).due_on, on(31));
      await here.admin.patch(`/customers/${customer.id}`, { payment_terms_id: null });
      assert.equal((await invoice()).due_on, on(31), "what was submitted keeps its terms");
    });

    test("amended with a reason: the next revision, the document before stays", async () => {
      const event = await submitted("ann");
      const line = event.lines[0];
      problem(await here.admin.send("POST", `/events/${event.id}/amend`, { changes: { lines: [{ id: line.id, unit_price_minor: 40_000 }] }, reason: "" }), 422, undefined, "reason");
      const amended = await here.admin.act(`/events/${event.id}/amend`, { changes: { lines: [{ id: line.id, unit_price_minor: 40_000 }] }, reason: "agreed" });
      assert.equal(amended.total_minor, 40_000);
      const orders = (await here.admin.get(`/sales-orders?event_id=${event.id}`)).items;
      const all = orders.length > 1 ? orders : (await here.admin.get(`/sales-orders?event_id=${event.id}&status=replaced,open`)).items;
      assert.deepEqual(all.map((order) => order.total_minor).sort(), [40_000, 50_000], "both stay");
      problem(await as.ann.send("POST", `/events/${event.id}/amend`, { changes: { note: "x" }, reason: "y" }), 403);
    });

    test("reopened by the office; a stocking order never, it is amended or reversed", async () => {
      const event = await submitted("ann");
      problem(await as.ann.send("POST", `/events/${event.id}/reopen`, { reason: "x" }), 403);
      assert.equal((await here.admin.act(`/events/${event.id}/reopen`, { reason: "wrong unit" })).status, "open");
      const order = await here.event("stocking_order", here.admin, here.who.dana);
      const units = await here.units(here.who.dana, 2);
      await here.mark(here.admin, order, units);
      await here.admin.act(`/events/${order.id}/submit`, { keep_as_facility_stock: true });
      problem(await here.admin.send("POST", `/events/${order.id}/reopen`, { reason: "x" }), 409, "stocking_order_final");
      problem(await here.admin.send("POST", `/events/${order.id}/reverse`, {}), 422, undefined, "reason");
      const reversed = await here.admin.act(`/events/${order.id}/reverse`, { reason: "not ordered" });
      assert.equal(reversed.status, "cancelled");
      const back = await here.admin.get(`/units/${units[0].id}`);
      assert.deepEqual([back.state, back.facility_stock_location_id, back.custodian], ["available", null, user(here.who.dana)]);
      const used = await here.event("stocking_order", here.admin, here.who.dana);
      const [shelf] = await here.units(here.who.dana);
      await here.mark(here.admin, used, [shelf]);
      await here.admin.act(`/events/${used.id}/submit`, { keep_as_facility_stock: true });
      const later = await here.event("case", here.admin, here.who.dana);
      await here.mark(here.admin, later, [shelf]);
      await here.admin.act(`/events/${later.id}/submit`, {});
      problem(await here.admin.send("POST", `/events/${used.id}/reverse`, { reason: "x" }), 409);
    });

    test("cancelled while open, copied without what was used", async () => {
      const event = await here.event("case", as.ann, here.who.ann, { note: "n" });
      const [unit] = await here.units(here.who.ann);
      await here.mark(as.ann, event, [unit]);
      const copy = await as.ann.make(`/events/${event.id}/copy`);
      assert.deepEqual([copy.status, copy.lines, copy.location_id, copy.representative_id, copy.patient_reference], ["open", [], event.location_id, event.representative_id, ""]);
      assert.equal((await as.ann.act(`/events/${event.id}/cancel`, { reason: "off" })).status, "cancelled");
      assert.equal((await here.admin.get(`/units/${unit.id}`)).state, "available");
      problem(await as.ann.send("POST", `/events/${event.id}/cancel`, { reason: "again" }), 409);
      const done = await submitted("ann");
      problem(await here.admin.send("POST", `/events/${done.id}/cancel`, { reason: "x" }), 409);
    });

    test("a billing hold stops a stocking order, never a case", async () => {
      const customer = await here.admin.make("/customers", { name: "On hold" });
      const site = await here.admin.make("/locations", { customer_id: customer.id, name: "Held site", code: "H" });
      await here.admin.patch(`/customers/${customer.id}`, { billing_status: "hold", billing_status_reason: "late" });
      const order = await here.event("stocking_order", here.admin, here.who.cat, { location_id: site.id });
      await here.mark(here.admin, order, await here.units(here.who.cat));
      problem(await here.admin.send("POST", `/events/${order.id}/submit`, {}), 409, "billing_hold");
      const surgery = await here.event("case", here.admin, here.who.cat, { location_id: site.id, physician_id: null });
      await here.mark(here.admin, surgery, await here.units(here.who.cat));
      assert.equal((await here.admin.act(`/events/${surgery.id}/submit`, {})).status, "pending_po");
    });

    test("the rows behind a customer's figures", async () => {
      const customer = await here.admin.make("/customers", { name: "Counted" });
      const site = await here.admin.make("/locations", { customer_id: customer.id, name: "Counted site", code: "C" });
      for (let n = 0; n < 3; n += 1) await submitted("cat", "used", { location_id: site.id, physician_id: null });
      const sample = await here.event("sample", here.admin, here.who.cat, { location_id: site.id });
      await here.mark(here.admin, sample, await here.units(here.who.cat));
      await here.admin.act(`/events/${sample.id}/submit`, {});
      for (const window of ["all", "this_year", "last_12_months", "last_90_days"]) {
        const figures = await here.admin.get(`/customers/${customer.id}?window=${window}`);
        assert.deepEqual([figures.orders_count, figures.orders_total_minor, figures.orders_avg_minor, figures.engaged], [3, 150_000, 50_000, true], window);
        const rows = await here.admin.get(`/sales-orders?customer_id=${customer.id}&counts=1&window=${window}&count=true`);
        assert.equal(rows.total, 3);
        assert.equal(rows.items.reduce((sum, row) => sum + row.net_minor, 0), 150_000);
        assert.equal((await here.admin.get(`/sales-orders?location_id=${site.id}&counts=1&window=${window}&count=true`)).total, 3);
      }
    });
  });
}
