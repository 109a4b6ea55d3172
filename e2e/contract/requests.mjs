// Requests for stock: asked for, answered by transfers and deliveries.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { on, user } from "./scene.mjs";
import { fits, idOf, int, instant, list, object, oneOf, orNull, problem, string, text, day } from "./shapes.mjs";

const CUSTODIAN = (value) => object(value) && ["organization", "user", "linked_organization"].includes(value.type) && string(value.id);
const REQUEST = { id: idOf("req"), number: text, kind: oneOf("inventory", "replenishment", "supplier"), status: oneOf("submitted", "in_part", "sent", "fulfilled", "declined", "cancelled"), to: CUSTODIAN, event_id: orNull(idOf("evt")), needed_on: orNull(day), note: string, lines: list(object), transfers: list(object), asked: int, sent: int, received: int, back_ordered: int, created_by: idOf("usr"), created_at: instant, version: int };
const LINE = { catalog_item_id: idOf("cat"), quantity: int, sent: int, received: int, open: int, back_ordered: int };

export function requests(here) {
  const { as } = here;
  describe("requests", () => {
    test("are asked for by item, bill of materials or container, and found in lists", async () => {
      const bom = await here.admin.make("/boms", { name: "Requested set", lines: [{ catalog_item_id: here.cup.id, min: 1, required: 2, max: 3 }] });
      const made = await as.ann.make("/requests", { needed_on: on(5), note: "for Monday", lines: [{ bom_id: bom.id, quantity: 2 }, { catalog_item_id: here.stem.id, quantity: 1 }, { container_name: "Item TRAY", quantity: 1 }] });
      fits(made, REQUEST, "a request");
      fits(made.lines[0], LINE, "a line");
      assert.deepEqual([made.to, made.status, made.needed_on], [user(here.who.ann), "submitted", on(5)]);
      assert.deepEqual(made.lines.map((line) => [line.catalog_item_id, line.quantity]), [[here.cup.id, 4], [here.stem.id, 1], [here.tray.id, 1]]);
      assert.deepEqual(await as.ann.get(`/requests/${made.id}`), made);
      assert.ok((await as.omar.get(`/requests?status=submitted&to=${here.who.ann.id}`)).items.some((it) => it.id === made.id));
      problem(await as.cat.send("GET", `/requests/${made.id}`), 404);
      problem(await as.ann.send("POST", "/requests", { lines: [] }), 422, "required", "lines");
      problem(await as.hub?.send("POST", "/requests", { lines: [{ catalog_item_id: here.cup.id, quantity: 1 }] }), 403);
      const gone = await as.ann.act(`/requests/${made.id}/cancel`);
      assert.equal(gone.status, "cancelled");
    });

    test("are fulfilled in part or whole, from several sources, as transfers; the rest is on back order", async () => {
      const made = await as.ann.make("/requests", { lines: [{ catalog_item_id: here.cup.id, quantity: 3 }] });
      const [own] = await here.units(here.organization);
      const [bobs] = await here.units(here.who.bob);
      problem(await as.ann.send("POST", `/requests/${made.id}/fulfill`, { unit_ids: [own.id] }), 403);
      const part = await as.omar.act(`/requests/${made.id}/fulfill`, { unit_ids: [own.id, bobs.id], expected_on: on(9) });
      assert.deepEqual([part.status, part.transfers.length, part.sent, part.back_ordered, part.expected_on], ["in_part", 2, 2, 1, on(9)]);
      assert.ok((await as.omar.get("/requests?back_ordered=true")).items.some((it) => it.id === made.id));
      for (const it of part.transfers) await as.ann.act(`/transfers/${it.id}/accept`);
      assert.deepEqual((await as.ann.get(`/requests/${made.id}`)).lines.map((line) => [line.sent, line.received, line.open]), [[2, 2, 1]]);
      problem(await as.omar.send("POST", `/requests/${made.id}/decline`, {}), 422);
      const over = await as.omar.act(`/requests/${made.id}/decline`, { reason: "discontinued" });
      assert.deepEqual([over.status, over.reason, over.lines[0].closed], ["fulfilled", "discontinued", 1]);
      problem(await as.omar.send("POST", `/requests/${made.id}/fulfill`, {}), 409, "request_not_open");
    });

    test("of a supplier are received", async () => {
      const made = await as.omar.make("/requests", { kind: "supplier", lines: [{ catalog_item_id: here.bolt.id, quantity: 4 }] });
      assert.deepEqual([made.to, made.manufacturer_id], [here.organization, here.other_maker.id]);
      const part = await as.omar.act(`/requests/${made.id}/receive`, { arrived: [{ catalog_item_id: here.bolt.id, quantity: 3, lot: "SUP-1", expires_on: on(500) }] });
      assert.deepEqual([part.status, part.received, part.back_ordered], ["in_part", 3, 1]);
      assert.equal((await as.omar.get("/units?lot=SUP-1")).items.length, 3);
      problem(await as.ann.send("GET", `/requests/${made.id}`), 404);
    });

    test("replenish what an event used, once", async () => {
      const event = await here.event("case", as.ann, here.who.ann);
      const units = await here.units(here.who.ann, 2);
      await here.mark(as.ann, event, units);
      problem(await as.ann.send("POST", "/requests", { kind: "replenishment", event_id: event.id }), 409, "event_not_submitted");
      await as.ann.act(`/events/${event.id}/submit`, {});
      assert.deepEqual((await as.ann.get(`/request-proposals?event_id=${event.id}`)).items.map((it) => [it.catalog_item_id, it.quantity]), [[here.cup.id, 2]]);
      const made = await as.ann.make("/requests", { kind: "replenishment", event_id: event.id });
      assert.deepEqual([made.kind, made.to, made.lines.map((line) => line.quantity)], ["replenishment", user(here.who.ann), [2]]);
      problem(await as.ann.send("POST", "/requests", { kind: "replenishment", event_id: event.id }), 409, "nothing_to_replenish");
      await here.admin.patch(`/users/${here.who.bob.id}`, { settings: { modify_replenishment: false } });
      const other = await here.event("case", as.bob, here.who.bob);
      await here.mark(as.bob, other, await here.units(here.who.bob));
      await as.bob.act(`/events/${other.id}/submit`, {});
      problem(await as.bob.send("POST", "/requests", { kind: "replenishment", event_id: other.id, lines: [{ catalog_item_id: here.cup.id, quantity: 9 }] }), 403);
      await as.bob.make("/requests", { kind: "replenishment", event_id: other.id });
      await here.admin.patch(`/users/${here.who.bob.id}`, { settings: { modify_replenishment: true } });
    });
  });
}
