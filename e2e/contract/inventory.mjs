// Units, scans, containers, facility stock, transfers, traces.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at, on, user } from "./scene.mjs";
import { bool, day, fits, idOf, instant, int, list, object, oneOf, orNull, problem, string, text } from "./shapes.mjs";

const CUSTODIAN = (value) => object(value) && ["organization", "user", "linked_organization"].includes(value.type) && string(value.id);
const STATES = ["available", "in_transfer", "on_hold", "in_event", "inactive"];
export const UNIT = { id: idOf("unt"), kind: oneOf("device", "container", "pack"), catalog_item_id: idOf("cat"), lot: orNull(string), serial: orNull(string), udi: orNull(string), expires_on: orNull(day), state: oneOf(...STATES), event_id: orNull(idOf("evt")), transfer_id: orNull(idOf("trf")), custodian: CUSTODIAN, facility_stock_location_id: orNull(idOf("loc")), place_id: orNull(idOf("plc")), container_id: orNull(idOf("unt")), reusable: bool, due_back_on: orNull(day), tags: list(string), version: int };
const PARSED = { agency: oneOf("gs1", "hibcc", "iccbba", "ifa", "none"), di: orNull(string), lot: orNull(string), serial: orNull(string), expires_on: orNull(day), expires_precision: orNull(string), manufactured_on: orNull(day), quantity: orNull(int), reference: orNull(string), warnings: list(object) };
const TRANSFER = { id: idOf("trf"), from: CUSTODIAN, to: CUSTODIAN, status: oneOf("pending", "accepted", "declined", "cancelled"), note: string, due_back_on: orNull(day), place_id: orNull(idOf("plc")), version: int };

export function inventory(here) {
  const { as } = here;
  describe("units", () => {
    test("are made with their fields, and with quantity so many alike", async () => {
      const made = await here.admin.make("/units", { catalog_item_id: here.cup.id, quantity: 3, lot: "Q", expires_on: on(300), custodian: user(here.who.ann), place_id: here.place.id, tags: ["new"], due_back_on: on(30) });
      assert.deepEqual(Object.keys(made), ["items"]);
      assert.equal(made.items.length, 3);
      for (const unit of made.items) {
        fits(unit, UNIT, "unit");
        assert.deepEqual([unit.lot, unit.custodian, unit.place_id, unit.state, unit.due_back_on, unit.tags], ["Q", user(here.who.ann), here.place.id, "available", on(30), ["new"]]);
        assert.deepEqual(await here.admin.get(`/units/${unit.id}`), unit);
      }
      const [one] = (await here.admin.make("/units", { catalog_item_id: here.cup.id, serial: "S-1" })).items;
      assert.deepEqual([one.serial, one.custodian], ["S-1", here.organization], "the office makes stock of the organisation");
      const [own] = (await as.ann.make("/units", { catalog_item_id: here.cup.id, lot: "OWN" })).items;
      assert.deepEqual(own.custodian, user(here.who.ann), "in the field one's own");
      problem(await here.admin.send("POST", "/units", { catalog_item_id: here.cup.id, serial: "S-2", quantity: 2 }), 422);
      problem(await here.admin.send("POST", "/units", { quantity: 1 }), 422);
      for (const key of ["ada", "boss", "omar", "rita"]) problem(await here.admin.send("POST", "/units", { catalog_item_id: here.cup.id, custodian: user(here.who[key]) }), 422, "role_cannot_hold_stock");
    });

    test("are changed, held and released, deactivated and reactivated with a reason", async () => {
      const [unit] = await here.units(here.who.ann);
      const path = `/units/${unit.id}`;
      const changed = await here.admin.patch(path, { place_id: here.place.id, tags: ["a", "b"], note: "look" });
      assert.deepEqual([changed.place_id, changed.tags], [here.place.id, ["a", "b"]]);
      for (const field of ["state", "custodian", "event_id", "transfer_id", "kind", "catalog_item_id"]) problem(await here.admin.send("PATCH", path, { [field]: unit[field] }), 422);
      assert.equal((await here.admin.act(`${path}/hold`, { reason: "look" })).state, "on_hold");
      assert.equal((await here.admin.act(`${path}/release`)).state, "available");
      problem(await here.admin.send("POST", `${path}/deactivate`, {}), 422, undefined, "reason");
      assert.equal((await here.admin.act(`${path}/deactivate`, { reason: "broken" })).state, "inactive");
      assert.equal((await here.admin.act(`${path}/reactivate`, { reason: "mistake" })).state, "available");
      await here.admin.act(`${path}/hold`);
      problem(await as.ann.send("POST", `${path}/release`, {}), 403);
    });

    test("are filtered by their fields and by scope", async () => {
      const [pool] = await here.units(here.who.dana, 1, { lot: "SCOPE" });
      const [mine] = await here.units(here.who.ann, 1, { lot: "SCOPE" });
      const [mates] = await here.units(here.who.bob, 1, { lot: "SCOPE" });
      const [office] = await here.units(here.organization, 1, { lot: "SCOPE" });
      const ids = async (who, query) => (await as[who].get(`/units?lot=SCOPE&${query}`)).items.map((unit) => unit.id).sort();
      const sorted = (...units) => units.map((unit) => unit.id).sort();
      assert.deepEqual(await ids("ann", "scope=mine"), sorted(mine));
      assert.deepEqual(await ids("ann", "scope=shared"), sorted(pool));
      assert.deepEqual(await ids("ann", "scope=all"), sorted(mine, pool));
      assert.deepEqual(await ids("ann", ""), sorted(mine, pool), "all in reach by default");
      assert.deepEqual(await ids("dana", "scope=mine"), sorted(pool));
      assert.deepEqual(await ids("dana", "scope=group"), sorted(mine, mates, pool), "the group");
      assert.deepEqual(await ids("dana", "scope=all"), sorted(mine, mates, pool));
      assert.deepEqual(await ids("ada", "scope=all"), sorted(mine, mates, pool, office));
      problem(await as.ann.send("GET", "/units?scope=no_such"), 422, undefined, "scope");
      const filters = { kind: "device", catalog_item_id: here.cup.id, state: "available", reusable: "false", custodian_id: here.who.ann.id, expires_before: on(3000), lot: "SCOPE", manufacturer_id: here.maker.id };
      assert.deepEqual((await here.admin.get(`/units?${new URLSearchParams(filters)}`)).items.map((unit) => unit.id), [mine.id]);
      await here.admin.patch(`/units/${mine.id}`, { place_id: here.place.id, tags: ["marked"] });
      for (const query of [`place_id=${here.place.id}`, "tags=marked"]) assert.deepEqual((await here.admin.get(`/units?lot=SCOPE&${query}`)).items.map((unit) => unit.id), [mine.id], query);
      for (const name of ["event_id", "transfer_id", "container_id", "facility_stock_location_id"]) {
        const id = { event_id: "evt", transfer_id: "trf", container_id: "unt", facility_stock_location_id: "loc" }[name];
        await here.admin.get(`/units?${name}=${id}_01h00000000000000000000000`.replace("01h00000000000000000000000", pool.id.slice(4)));
      }
      assert.deepEqual((await here.admin.get(`/units?lot=SCOPE&expires_before=${on(1)}`)).items, []);
      const [whole] = (await here.admin.make("/units", { udi: "(01)09506000134352(17)290131(10)FIELDS(21)FS-1", due_back_on: on(44) })).items;
      for (const query of [`id=${whole.id}`, "serial=FS-1", `udi=${encodeURIComponent(whole.udi)}`, `due_back_on=${on(44)}`, "expires_on=2029-01-31&lot=FIELDS"]) assert.deepEqual((await here.admin.get(`/units?${query}`)).items.map((unit) => unit.id), [whole.id], query);
      const event = await here.event("case", as.ann, here.who.ann);
      assert.deepEqual((await as.ann.get(`/units?usable_for=${event.id}&lot=SCOPE`)).items.map((unit) => unit.id).sort(), sorted(mine, pool));
    });

    test("history, and the state at any moment", async () => {
      const [unit] = await here.units(here.who.ann);
      const before = new Date().toISOString();
      await new Promise((done) => setTimeout(done, 20));
      const sent = await here.admin.make("/transfers", { from: user(here.who.ann), to: user(here.who.cat), unit_ids: [unit.id] });
      await here.admin.act(`/transfers/${sent.id}/accept`);
      const history = await here.admin.get(`/units/${unit.id}/history`);
      assert.ok(history.items.length >= 3);
      fits(history.items[0], { id: string, at: instant, kind: text, actor_id: idOf("usr"), on_behalf_of_id: orNull(idOf("usr")) }, "a step");
      const then = await here.admin.get(`/units/${unit.id}/as-of?at=${encodeURIComponent(before)}`);
      assert.deepEqual(then.custodian, user(here.who.ann));
      const now = await here.admin.get(`/units/${unit.id}/as-of?at=${encodeURIComponent(new Date().toISOString())}`);
      assert.deepEqual(now.custodian, user(here.who.cat));
      problem(await here.admin.send("GET", `/units/${unit.id}/as-of`), 422, undefined, "at");
      problem(await here.admin.send("GET", `/units/${unit.id}/as-of?at=2001-01-01T00:00:00Z`), 404);
      problem(await as.ann.send("GET", `/units/${unit.id}/history`), 404);
    });

    test("a scan: one symbol or several, parsed, with matches and the item; patient codes are refused", async () => {
      const gs = "\u001d";
      const scan = await here.admin.act("/units/scan", { barcode: `]d201095060001343521728043010LOT-1${gs}21SN9` });
      fits(scan, { parsed: object, matches: list(object), catalog_item: object }, "a scan");
      fits(scan.parsed, PARSED, "parsed");
      assert.deepEqual([scan.parsed.agency, scan.parsed.di, scan.parsed.lot, scan.parsed.serial, scan.parsed.expires_on, scan.parsed.expires_precision], ["gs1", "09506000134352", "LOT-1", "SN9", "2028-04-30", "day"]);
      assert.equal(scan.catalog_item.id, here.cup.id);
      const [unit] = (await here.admin.make("/units", { udi: "(01)09506000134352(17)280430(10)LOT-1(21)SN9", custodian: user(here.who.cat) })).items;
      assert.deepEqual((await here.admin.act("/units/scan", { barcode: "(01)09506000134352(21)SN9" })).matches.map((it) => it.id), [unit.id]);
      assert.deepEqual((await as.ann.act("/units/scan", { barcode: "(01)09506000134352(21)SN9" })).matches, [], "only what is in reach");
      const month = await here.admin.act("/units/scan", { barcode: "(01)09506000134352(17)280200(10)A" });
      assert.deepEqual([month.parsed.expires_on, month.parsed.expires_precision], ["2028-02-29", "month"]);
      const several = await here.admin.act("/units/scan", { barcodes: ["0109506000134352", "17280430", `10LOT-2${gs}`] });
      assert.deepEqual([several.parsed.di, several.parsed.lot, several.parsed.expires_on], ["09506000134352", "LOT-2", "2028-04-30"]);
      const pair = await here.admin.act("/units/scan", { barcodes: ["+A123BJC5D6E71G", "+$$52001510X3GD"] });
      assert.deepEqual([pair.parsed.agency, pair.parsed.lot, pair.parsed.expires_on], ["hibcc", "10X3", "2020-01-15"]);
      const tissue = await here.admin.act("/units/scan", { barcode: "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123" });
      assert.deepEqual([tissue.parsed.agency, tissue.parsed.di, tissue.parsed.serial, tissue.parsed.expires_on, tissue.parsed.lot], ["iccbba", "A9999XYZ100T0944", "000025", "2014-02-01", "000000000000XYZ123"]);
      const warned = await here.admin.act("/units/scan", { barcode: "(01)95012345678902" });
      fits(warned.parsed.warnings[0], { code: text, message: text }, "a warning");
      for (const barcode of ["(17)9(90)217", "^0112345678901", "+A99912345/$$52001510X34"]) problem(await here.admin.send("POST", "/units/scan", { barcode }), 422, "barcode_rejected");
      problem(await here.admin.send("POST", "/units/scan", { barcodes: ["+A123BJC5D6E71G", "+$$52001510X3+ "] }), 422, "barcode_rejected");
      for (const barcode of ["(8018)123456789012345675(7253)DOE(7254)JANE", "+/ACMRN123456/V2009121908334"]) {
        const body = problem(await here.admin.send("POST", "/units/scan", { barcode }), 422, "barcode_holds_patient_data");
        assert.doesNotMatch(JSON.stringify(body), /DOE|JANE|MRN123456/);
      }
      problem(await here.admin.send("POST", "/units/scan", {}), 422);
      problem(await here.admin.send("POST", "/units/scan", { barcode: "SN9" }), 422, "barcode_rejected");
      const long = await here.admin.send("POST", "/units/scan", { barcode: "x".repeat(9000) });
      assert.equal(long.status, 422);
    });

    test("a container holds units of its custodian and moves with them", async () => {
      const [box] = await here.units(here.who.ann, 1, { catalog_item_id: here.tray.id, lot: null, serial: "BOX-1", expires_on: null });
      assert.equal(box.kind, "container");
      const units = await here.units(here.who.ann, 2);
      const contents = `/units/${box.id}/contents`;
      const filled = await here.admin.act(contents, { add: units.map((unit) => unit.id), remove: [] });
      assert.equal(filled.items.length, 2);
      assert.deepEqual((await here.admin.get(contents)).items.map((unit) => unit.id).sort(), units.map((unit) => unit.id).sort());
      assert.equal((await here.admin.get(`/units/${units[0].id}`)).container_id, box.id);
      await here.admin.act(contents, { add: [], remove: [units[1].id] });
      const moved = await here.admin.make("/transfers", { from: user(here.who.ann), to: user(here.who.bob), unit_ids: [box.id] });
      await here.admin.act(`/transfers/${moved.id}/accept`);
      assert.deepEqual((await here.admin.get(`/units/${units[0].id}`)).custodian, user(here.who.bob));
      assert.deepEqual((await here.admin.get(`/units/${units[1].id}`)).custodian, user(here.who.ann));
      const [foreign] = await here.units(here.who.cat);
      assert.notEqual((await here.admin.send("POST", contents, { add: [foreign.id] })).status, 200);
    });

    test("a lot is traced: who has it, where it went, which events used it", async () => {
      const units = await here.units(here.who.ann, 2, { lot: "TRACE" });
      const sent = await here.admin.make("/transfers", { from: user(here.who.ann), to: user(here.who.bob), unit_ids: [units[0].id] });
      await here.admin.act(`/transfers/${sent.id}/accept`);
      const event = await here.event("case", here.admin, here.who.ann);
      await here.mark(here.admin, event, [units[1]], "implanted");
      await here.admin.act(`/events/${event.id}/submit`, {});
      const trace = await here.admin.get(`/trace?catalog_item_id=${here.cup.id}&lot=TRACE`);
      const text = JSON.stringify(trace);
      for (const id of [here.who.bob.id, event.id, ...units.map((unit) => unit.id)]) assert.ok(text.includes(id), "the trace tells all");
      assert.ok(!JSON.stringify(await as.cat.get(`/trace?catalog_item_id=${here.cup.id}&lot=TRACE`)).includes(units[0].id));
    });
  });

  describe("transfers", () => {
    const send = (who, from, to, units, more = {}) => who.make("/transfers", { from, to, unit_ids: units.map((unit) => unit.id), ...more });

    test("are pending until accepted, declined with a reason, or cancelled", async () => {
      const [a, b, c] = await here.units(here.who.ann, 3);
      const sent = await send(as.ann, user(here.who.ann), user(here.who.cat), [a], { note: "for Monday", due_back_on: on(20), place_id: here.place.id });
      fits(sent, TRANSFER, "transfer");
      assert.deepEqual([sent.status, sent.note, sent.due_back_on, sent.place_id], ["pending", "for Monday", on(20), here.place.id]);
      const travelling = await here.admin.get(`/units/${a.id}`);
      assert.deepEqual([travelling.state, travelling.transfer_id, travelling.custodian], ["in_transfer", sent.id, user(here.who.ann)]);
      problem(await as.ann.send("POST", `/transfers/${sent.id}/accept`), 403);
      problem(await as.bob.send("POST", `/transfers/${sent.id}/accept`), 404);
      const accepted = await as.cat.act(`/transfers/${sent.id}/accept`);
      assert.equal(accepted.status, "accepted");
      const arrived = await here.admin.get(`/units/${a.id}`);
      assert.deepEqual([arrived.state, arrived.custodian, arrived.due_back_on, arrived.place_id, arrived.transfer_id], ["available", user(here.who.cat), on(20), here.place.id, null]);
      problem(await as.cat.send("POST", `/transfers/${sent.id}/accept`), 409);

      const refused = await send(as.ann, user(here.who.ann), user(here.who.cat), [b]);
      problem(await as.cat.send("POST", `/transfers/${refused.id}/decline`, {}), 422, undefined, "reason");
      assert.equal((await as.cat.act(`/transfers/${refused.id}/decline`, { reason: "empty box" })).status, "declined");
      const held = await here.admin.get(`/units/${b.id}`);
      assert.deepEqual([held.state, held.custodian], ["on_hold", user(here.who.ann)]);

      const taken = await send(as.ann, user(here.who.ann), user(here.who.cat), [c]);
      assert.equal((await as.ann.act(`/transfers/${taken.id}/cancel`)).status, "cancelled");
      assert.equal((await here.admin.get(`/units/${c.id}`)).state, "available");
      const byOffice = await send(as.ann, user(here.who.ann), user(here.who.cat), [c]);
      await here.admin.act(`/transfers/${byOffice.id}/decline`, { reason: "not this one" });
      assert.equal((await here.admin.get(`/units/${c.id}`)).state, "available", "declined by the office: no hold");
    });

    test("are accepted in part, with what is missing named", async () => {
      const units = await here.units(here.who.ann, 3);
      const sent = await send(as.ann, user(here.who.ann), user(here.who.cat), units);
      const part = await as.cat.act(`/transfers/${sent.id}/accept`, { unit_ids: [units[0].id], missing: [{ unit_id: units[1].id, reason: "not in the box" }] });
      assert.equal(part.status, "pending", "the rest stays on its way");
      const state = async (unit) => {
        const now = await here.admin.get(`/units/${unit.id}`);
        return [now.state, now.custodian.id];
      };
      assert.deepEqual(await state(units[0]), ["available", here.who.cat.id]);
      assert.deepEqual(await state(units[1]), ["on_hold", here.who.ann.id]);
      assert.deepEqual(await state(units[2]), ["in_transfer", here.who.ann.id]);
      assert.equal((await as.cat.act(`/transfers/${sent.id}/accept`)).status, "accepted");
      assert.deepEqual(await state(units[2]), ["available", here.who.cat.id]);
      problem(await as.cat.send("POST", `/transfers/${sent.id}/accept`, { unit_ids: [units[0].id] }), 409);
    });

    test("lines are removed by the office, back to what they were", async () => {
      const units = await here.units(here.who.ann, 2);
      const sent = await send(as.ann, user(here.who.ann), user(here.who.cat), units);
      problem(await as.cat.send("POST", `/transfers/${sent.id}/remove-lines`, { unit_ids: [units[0].id] }), 403);
      await here.admin.act(`/transfers/${sent.id}/remove-lines`, { unit_ids: [units[0].id] });
      assert.equal((await here.admin.get(`/units/${units[0].id}`)).state, "available");
      assert.equal((await here.admin.get(`/units/${units[1].id}`)).state, "in_transfer");
    });

    test("a unit is in one at a time; sender, recipient and role are checked", async () => {
      const [unit] = await here.units(here.who.ann);
      await send(as.ann, user(here.who.ann), user(here.who.cat), [unit]);
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.bob), unit_ids: [unit.id] }), 409);
      const [other] = await here.units(here.who.ann);
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.omar), unit_ids: [other.id] }), 422, "role_cannot_hold_stock");
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.ann), unit_ids: [other.id] }), 422);
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.cat), unit_ids: [] }), 422, undefined, "unit_ids");
      assert.ok([409, 422].includes((await here.admin.send("POST", "/transfers", { from: user(here.who.bob), to: user(here.who.cat), unit_ids: [other.id] })).status), "whoever does not have it cannot send it");
      const [bobs] = await here.units(here.who.bob);
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.bob), to: user(here.who.ann), unit_ids: [bobs.id] }), 404);
      // From a distributor who shares, to anyone addressable who may hold.
      const [pool] = await here.units(here.who.dana);
      await send(as.ann, user(here.who.dana), user(here.who.cat), [pool]);
      await here.admin.patch("/organization/settings", { field_transfers: false });
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.cat), unit_ids: [other.id] }), 403);
      await here.admin.patch("/organization/settings", { field_transfers: true });
    });

    test("recipients: id, name and type of whoever may receive, nothing more", async () => {
      const { items } = await as.ann.get(`/transfer-recipients?from=${here.who.ann.id}&limit=500`);
      for (const row of items) assert.deepEqual(Object.keys(row).sort(), ["id", "name", "type"]);
      const ids = items.map((row) => row.id);
      for (const key of ["bob", "cat", "dana", "dale", "hub", "mona"]) assert.ok(ids.includes(here.who[key].id), key);
      for (const key of ["ann", "omar", "rita", "boss", "ada", "dee"]) assert.ok(!ids.includes(here.who[key].id), key);
      assert.ok(ids.includes(here.organization.id));
      assert.ok((await as.ann.get("/transfer-recipients?q=cat")).items.some((row) => row.id === here.who.cat.id));
    });

    test("a quick transfer pulls from a source that was set up, at once", async () => {
      await here.admin.put(`/users/${here.who.mona.id}/quick-transfer-sources`, { sources: [user(here.who.hub)] });
      const [unit] = await here.units(here.who.hub);
      const pulled = await as.mona.make("/quick-transfers", { from: user(here.who.hub), unit_ids: [unit.id] });
      assert.equal(pulled.status, "accepted");
      assert.deepEqual((await here.admin.get(`/units/${unit.id}`)).custodian, user(here.who.mona));
      const [other] = await here.units(here.who.dana);
      assert.ok([403, 404].includes((await as.mona.send("POST", "/quick-transfers", { from: user(here.who.dana), unit_ids: [other.id] })).status));
    });

    test("are accepted for others: by the distributor, the region, the office", async () => {
      const units = await here.units(here.organization, 4);
      for (const [who, to, unit] of [["dana", "ann", units[0]], ["rita", "ann", units[1]], ["omar", "hub", units[2]], ["dee", "bob", units[3]]]) {
        const sent = await send(as.omar, here.organization, user(here.who[to]), [unit]);
        assert.equal((await as[who].act(`/transfers/${sent.id}/accept`)).status, "accepted", who);
      }
    });
  });

  describe("counts", () => {
    const COUNT = { id: idOf("aud"), custodian: object, status: text, blind: bool, units: list(object), lines: list(object), version: int };

    test("five in the books and three counted: two go to the discrepancies, and back", async () => {
      await here.account("count1", "sales");
      await here.account("lost", "distributor", { custodian_only: true });
      // It only holds what was not found: nobody works with it.
      delete here.as.lost;
      await here.admin.patch("/organization/settings", { discrepancy_custodian_id: here.who.lost.id });
      const units = await here.units(here.who.count1, 5, { lot: "COUNT" });
      const count = await as.count1.make("/counts", {});
      fits(count, COUNT, "a count");
      assert.deepEqual([count.custodian, count.status, count.expected_count], [user(here.who.count1), "counting", 5]);
      // A device without a connection sends again: the same line counts once.
      const lines = { lines: units.slice(0, 3).map((unit, n) => ({ id: `line-${n}`, unit_id: unit.id })) };
      for (let n = 0; n < 2; n += 1) assert.equal((await as.count1.act(`/counts/${count.id}/lines`, lines)).counted_count, 3);
      const done = await as.count1.act(`/counts/${count.id}/complete`);
      assert.deepEqual([done.status, done.found_count, done.missing_count, done.unexpected_count], ["counted", 3, 2, 0]);
      problem(await as.count1.send("POST", `/counts/${count.id}/reconcile`, {}), 403);
      problem(await as.count1.send("POST", `/counts/${count.id}/lines`, { lines: [{ catalog_item_id: here.cup.id }] }), 409, "count_over");
      const settled = await here.admin.act(`/counts/${count.id}/reconcile`, { reason: "not in the trunk" });
      assert.equal(settled.status, "reconciled");
      const lost = await here.admin.get(`/units/${units[4].id}`);
      assert.deepEqual([lost.custodian, lost.state], [user(here.who.lost), "on_hold"]);
      assert.equal((await here.admin.act(`/counts/${count.id}/undo`)).status, "counted");
      assert.deepEqual((await here.admin.get(`/units/${units[4].id}`)).custodian, user(here.who.count1));
      const { items } = await here.admin.get(`/counts?custodian_id=${here.who.count1.id}`);
      assert.deepEqual(items.map((row) => row.id), [count.id]);
      problem(await as.cat.send("GET", `/counts/${count.id}`), 404);
    });

    test("three in the books and five counted: one comes back from the discrepancies, one stays open", async () => {
      await here.account("count2", "sales");
      await here.units(here.who.count2, 3, { lot: "OVER" });
      const [lost] = await here.units(here.who.lost, 1, { lot: "OVER" });
      const count = await as.count2.make("/counts", { blind: true });
      assert.deepEqual([count.expected_count, count.units], [null, []], "blind: nothing is told before it is completed");
      await as.count2.act(`/counts/${count.id}/lines`, { lines: [{ id: "a", catalog_item_id: here.cup.id, lot: "OVER", quantity: 5 }] });
      const done = await as.count2.act(`/counts/${count.id}/complete`);
      assert.deepEqual([done.found_count, done.missing_count, done.unexpected_count], [3, 0, 2]);
      const settled = await here.admin.act(`/counts/${count.id}/reconcile`, { reason: "counted" });
      assert.deepEqual([settled.lines[0].unexpected, settled.lines[0].settled], [2, 1]);
      assert.deepEqual((await here.admin.get(`/units/${lost.id}`)).custodian, user(here.who.count2));
      await here.admin.patch("/organization/settings", { discrepancy_custodian_id: null });
    });
  });

  describe("facility stock", () => {
    test("is sold once, used by the rules, and reassigned, never sold again", async () => {
      const units = await here.units(here.who.ann, 3);
      const order = await here.event("stocking_order", as.ann, here.who.ann);
      await here.mark(as.ann, order, units);
      const done = await as.ann.act(`/events/${order.id}/submit`, { keep_as_facility_stock: true });
      assert.equal(done.status, "pending_po");
      const shelf = await here.admin.get(`/units/${units[0].id}`);
      assert.deepEqual([shelf.facility_stock_location_id, shelf.state, shelf.custodian], [here.main.id, "available", user(here.who.ann)]);
      assert.notEqual((await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: user(here.who.cat), unit_ids: [units[0].id] })).status, 201, "no other way around");
      const body = { unit_ids: [units[0].id], to_user_id: here.who.bob.id, reason: "covers this site" };
      problem(await as.ann.send("POST", "/facility-stock/reassign", body), 403);
      problem(await as.dana.send("POST", "/facility-stock/reassign", { ...body, to_user_id: here.who.cat.id }), 404);
      problem(await as.dana.send("POST", "/facility-stock/reassign", { ...body, reason: "" }), 422, undefined, "reason");
      const moved = await as.dana.act("/facility-stock/reassign", body);
      assert.deepEqual([moved.items[0].custodian, moved.items[0].facility_stock_location_id], [user(here.who.bob), here.main.id]);
      problem(await here.admin.send("POST", "/facility-stock/reassign", { unit_ids: [(await here.units(here.who.ann))[0].id], to_user_id: here.who.bob.id, reason: "x" }), 409);
      // Used at its location, in an event of its custodian: at no price, without commission.
      const used = await here.event("case", as.bob, here.who.bob);
      const marked = await here.mark(as.bob, used, [units[0]], "implanted");
      assert.deepEqual([marked.lines[0].unit_price_minor, marked.lines[0].price_source, marked.lines[0].facility_stock], [0, "facility_stock", true]);
      assert.equal((await as.bob.act(`/events/${used.id}/submit`, {})).status, "paid", "nothing to bill");
      assert.equal((await here.admin.get(`/units/${units[0].id}`)).state, "inactive");
      const elsewhere = await here.event("case", as.ann, here.who.ann, { location_id: here.east.id });
      problem(await as.ann.send("POST", `/events/${elsewhere.id}/lines`, { unit_ids: [units[1].id], usage: "used" }), 409);
      const again = await here.event("stocking_order", as.ann, here.who.ann);
      problem(await as.ann.send("POST", `/events/${again.id}/lines`, { unit_ids: [units[1].id] }), 409);
      const { items } = await here.admin.get(`/units?facility_stock_location_id=${here.main.id}&custodian_id=${here.who.ann.id}`);
      assert.ok(items.length >= 2);
    });
  });
}
