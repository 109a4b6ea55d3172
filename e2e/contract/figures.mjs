// Figures: every card equals the rows behind it, every report in every form, the journal.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fits, idOf, instant, int, list, object, orNull, problem, string, text } from "./shapes.mjs";

const REPORTS = ["cases", "usage_lines", "sales", "commission", "inventory_on_hand", "expiring", "transfers", "facility_stock", "po_ageing", "forecast", "lot_trace", "audit"];

export function figures(here) {
  const { as } = here;
  describe("figures", () => {
    test("a card's value equals the rows at its address, for every role", async () => {
      for (const who of Object.keys(as)) {
        if (["hub", "fred"].includes(who)) continue;
        const { cards } = await as[who].get("/dashboard");
        assert.ok(cards.length > 0, who);
        for (const card of cards) {
          fits(card, { key: text, label: text, value: int, currency: orNull(string), rows_url: orNull(string) }, card.key);
          if (card.rows_url === null) continue;
          const path = card.rows_url.replace(/^\/api\/v1/, "");
          const sum = (rows) => rows.reduce((total, row) => total + (row.net_minor ?? row.target_minor ?? row.commission_minor ?? row.amount_minor ?? row.total_minor ?? Number.NaN), 0);
          if (path.startsWith("/reports/")) {
            const report = await as[who].get(`${path}&limit=10000`);
            assert.equal(card.currency ? sum(report.items) : report.items.length, card.value, `${who} ${card.key} ${path}`);
            continue;
          }
          const all = [];
          let total = null;
          for (let cursor = ""; cursor !== null; ) {
            const page = await as[who].get(`${path}${path.includes("?") ? "&" : "?"}limit=500&count=true${cursor && `&cursor=${cursor}`}`);
            all.push(...page.items);
            total ??= page.total;
            cursor = page.next_cursor;
          }
          assert.equal(total, all.length, `${who} ${card.key}: the count is the number of rows`);
          assert.equal(card.currency ? sum(all) : all.length, card.value, `${who} ${card.key} ${path}`);
        }
      }
      const keys = async (who) => (await as[who].get("/dashboard")).cards.map((card) => card.key);
      assert.deepEqual(await keys("ann"), await keys("dana"), "the same keys for sales and distributor");
    });

    test("every report as JSON, CSV and XLSX", async () => {
      const { items } = await here.admin.get("/reports");
      const names = items.map((row) => row.name);
      for (const name of REPORTS) assert.ok(names.includes(name), `there is no report ${name}`);
      for (const name of names) {
        const more = name === "lot_trace" ? "&lot=L-1" : "";
        const json = await here.admin.get(`/reports/${name}?format=json${more}`);
        fits(json, { items: list(object) }, name);
        const file = (format) => fetch(`${here.it.base}/api/v1/reports/${name}?format=${format}${more}`, { headers: { authorization: `Bearer ${here.admin.token}` } });
        const csv = await file("csv");
        assert.equal(csv.status, 200, name);
        assert.match(csv.headers.get("content-type"), /^text\/csv/);
        assert.ok((await csv.text()).split(/\r?\n/)[0].length > 5, `${name} has a head`);
        const xlsx = await file("xlsx");
        assert.match(xlsx.headers.get("content-type"), /spreadsheetml/);
        assert.equal(Buffer.from(await xlsx.arrayBuffer()).subarray(0, 2).toString(), "PK");
      }
      problem(await here.admin.send("GET", "/reports/no_such_report"), 404);
      problem(await here.admin.send("GET", "/reports/cases?format=doc"), 422, undefined, "format");
    });

    test("reports are within reach", async () => {
      for (const name of REPORTS) {
        const path = `/reports/${name}?format=json${name === "lot_trace" ? "&lot=L-1" : ""}`;
        const answer = await as.cat.send("GET", path);
        assert.ok([200, 403].includes(answer.status), name);
        if (answer.status === 200) for (const key of ["ann", "bob"]) assert.ok(!JSON.stringify(answer.body.items).includes(here.who[key].id), `${name} shows ${key} to cat`);
      }
    });

    test("the journal is filtered by unit, event, actor and time", async () => {
      const [unit] = await here.units(here.who.ann);
      const event = await here.event("case", as.ann, here.who.ann);
      await here.mark(as.ann, event, [unit]);
      const ask = (query) => here.admin.get(`/journal?${query}&limit=500`);
      const byUnit = (await ask(`unit_id=${unit.id}`)).items;
      assert.equal(byUnit.length, 2);
      fits(byUnit[0], { id: string, at: instant, kind: text, actor_id: idOf("usr"), on_behalf_of_id: orNull(idOf("usr")), request_id: text, movements: list(object), changes: list(object) }, "an entry");
      assert.ok((await ask(`event_id=${event.id}`)).items.length >= 2);
      assert.ok((await ask(`actor_id=${here.who.ann.id}`)).items.every((row) => row.actor_id === here.who.ann.id));
      const to = new Date(Date.now() - 86_400_000).toISOString();
      assert.deepEqual((await ask(`unit_id=${unit.id}&to=${to}`)).items, []);
      assert.equal((await ask(`unit_id=${unit.id}&from=${to}`)).items.length, 2);
      problem(await here.admin.send("GET", "/journal?from=yesterday"), 422, undefined, "from");
    });
  });
}
