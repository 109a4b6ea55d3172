// Quotes of events: prices with their reasons, cards, forecasts, the customer's answer, the way to marked units.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { on } from "./scene.mjs";
import { bool, fits, idOf, int, list, object, oneOf, orNull, problem, string, text } from "./shapes.mjs";

const QUOTE = { id: orNull(idOf("quo")), event_id: idOf("evt"), revision: int, state: oneOf("draft", "approved", "declined"), probability_percent: orNull(int), lines: list(object), total_minor: orNull(int), currency: text, note: string, version: int };
const LINE = { catalog_item_id: idOf("cat"), quantity: int, unit_price_minor: orNull(int), price_source: oneOf("contract", "list", "none", "manual", "facility_stock"), why: text, amount_minor: orNull(int), filled: int, open: int };

export function quotes(here) {
  const { as } = here;
  describe("quotes", () => {
    test("have prices by the ladder with why, and become marked units", async () => {
      const event = await here.event("case", as.ann, here.who.ann);
      const path = `/events/${event.id}/quote`;
      fits(await as.ann.get(path), { ...QUOTE, id: (id) => id === null }, "an empty quote");
      await here.admin.put(`/locations/${here.main.id}/prices`, [{ catalog_item_id: here.cup.id, price_minor: 41_000, valid_from: null, valid_to: null }]);
      const made = await as.ann.make(path, { lines: [{ catalog_item_id: here.cup.id, quantity: 2 }, { catalog_item_id: here.stem.id, quantity: 1 }], probability_percent: 50, valid_until: on(20) });
      fits(made, QUOTE, "a quote");
      made.lines.forEach((line) => fits(line, LINE, "a line"));
      assert.deepEqual(made.lines.map((line) => [line.unit_price_minor, line.price_source]), [[41_000, "contract"], [80_000, "list"]]);
      assert.deepEqual([made.total_minor, made.weighted_minor, made.revision], [162_000, 81_000, 1]);
      problem(await as.cat.send("GET", path), 404);
      problem(await as.ann.send("POST", path, { lines: [{ catalog_item_id: here.cup.id, quantity: 1, unit_price_minor: 1 }] }), 403, "price_locked");
      problem(await as.ann.send("POST", path, { lines: [] }), 422, "required");
      const [near] = await here.units(here.who.ann, 1, { expires_on: on(200) });
      await here.units(here.who.ann, 1, { expires_on: on(900) });
      const added = await as.ann.make(`${path}/fill`, { unit_ids: [near.id] });
      assert.deepEqual(added.items.map((line) => [line.unit_id, line.unit_price_minor]), [[near.id, 41_000]]);
      assert.deepEqual((await as.ann.get(path)).lines.map((line) => [line.filled, line.open]), [[1, 1], [0, 1]]);
      assert.deepEqual((await as.ann.get(`/events/${event.id}/needs`)).items.map((need) => need.quantity - need.on_case).sort(), [1, 1]);
      const pdf = await fetch(`${here.it.base}/api/v1${path}.pdf`, { headers: { authorization: `Bearer ${as.ann.token}` } });
      assert.deepEqual([pdf.status, pdf.headers.get("content-type"), (await pdf.text()).slice(0, 4)], [200, "application/pdf", "%PDF"]);
      await here.admin.put(`/locations/${here.main.id}/prices`, []);
    });

    test("are approved over a link that cannot be guessed, expires, and answers once", async () => {
      const event = await here.event("case", as.ann, here.who.ann);
      const path = `/events/${event.id}/quote`;
      problem(await as.ann.send("POST", `${path}/link`, {}), 409, "no_quote");
      await as.ann.make(path, { lines: [{ catalog_item_id: here.cup.id, quantity: 1 }] });
      const { link, expires_at } = await as.ann.act(`${path}/link`, { days: 3 });
      assert.ok(Date.parse(expires_at) - Date.now() < 3.1 * 86_400_000);
      const guest = (address, body) => fetch(`${here.it.base}${new URL(address, here.it.base).pathname}`, { redirect: "manual", method: body ? "POST" : "GET", body, headers: { "content-type": "application/x-www-form-urlencoded" } });
      const shown = await guest(link);
      const page = await shown.text();
      assert.equal(shown.status, 200);
      assert.ok(page.includes("QUO-") && page.includes("CUP-52"));
      for (const secret of ["Ann Contract", event.id, "ann@contract.example", here.who.ann.id]) assert.ok(!page.includes(secret), `${secret} is shown to a guest`);
      assert.equal(shown.headers.get("cache-control"), "no-store");
      const guessed = link.replace(/clg_..../, "clg_AAAA");
      assert.equal((await guest(guessed)).status, 404);
      assert.equal((await guest(guessed, "answer=yes&name=Mallory")).status, 404);
      assert.equal((await guest(link, "answer=yes&name=")).status, 422);
      assert.equal((await guest(link, "answer=yes&name=Pat+Ortiz")).status, 200);
      assert.equal((await guest(link, "answer=no&name=Sam")).status, 422, "once");
      const now = await as.ann.get(path);
      assert.deepEqual([now.state, now.decided_name, now.decided_by], ["approved", "Pat Ortiz", null]);
      fits({ approved: now.state === "approved" }, { approved: bool }, "an answer");
      await as.ann.make(path, { lines: [{ catalog_item_id: here.cup.id, quantity: 2 }] });
      assert.equal((await guest(link)).status, 404, "the next edition ends the link");
      const again = await as.ann.act(`${path}/link`, {});
      await as.ann.del(`${path}/link`);
      assert.equal((await guest(again.link)).status, 404, "ended");
      const said = await as.ann.act(`${path}/decide`, { approved: false, name: "Pat Ortiz", note: "too much" });
      assert.deepEqual([said.state, said.revision], ["declined", 2]);
    });
  });
}
