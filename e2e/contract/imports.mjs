// Imports: eight kinds of tables, dry runs, rows and columns of what is wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { workbook } from "../bombs.mjs";
import { fits, int, list, object, problem, text } from "./shapes.mjs";

const csv = { "content-type": "text/csv" };
const xlsx = { "content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

export function imports(here) {
  const send = (kind, body, query = "", headers = csv) => here.admin.send("POST", `/imports/${kind}${query}`, body, headers);
  const total = async (room) => (await here.admin.get(`/${room}?count=true&limit=1`)).total;
  const good = (answer) => {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    fits(answer.body, { dry_run: (value) => typeof value === "boolean", rows: int, created: int, updated: int, failed: int, errors: list(object) }, "an import");
    return answer.body;
  };

  describe("imports", () => {
    const tables = {
      catalog_items: ["catalog-items", "manufacturer,catalog_number,description,list_price\nAcme Ortho,IMP-1,One,12.50\nAcme Ortho,IMP-2,Two,7\n", "manufacturer,catalog_number\nNobody,IMP-3\n", "manufacturer"],
      units: ["units", "manufacturer,catalog_number,lot,expires_on,quantity,custodian\nAcme Ortho,CUP-52,IMP,2030-01-31,2,organization\n", "manufacturer,catalog_number,lot,expires_on\nAcme Ortho,NOPE,X,2030-01-31\n", "catalog_number"],
      customers: ["customers", "name,number\nImported One,I-1\nImported Two,I-2\n", "name,number,billing_status\nBad,I-3,splendid\n", "billing_status"],
      locations: ["locations", "customer,name,code,time_zone\nI-1,Imported Site,IS,America/Chicago\n", "customer,name,code\nNo such customer,Site,X\n", "customer"],
      physicians: ["physicians", "name\nDr. Imported\n", "name,npi\nDr. Bad,123\n", "npi"],
      procedures: ["procedures", "name\nImported procedure\n", "name\n\"\"\nx\n", null],
      users: ["users", "email,role,name\nimported@contract.example,sales,Imported\n", "email,role,name\nother@contract.example,king,Bad\n", "role"],
      prices: [null, "customer,location,manufacturer,catalog_number,price\nI-1,IS,Acme Ortho,CUP-52,99.00\n", "customer,location,manufacturer,catalog_number,price\nI-1,IS,Acme Ortho,NOPE,1\n", "catalog_number"],
      open_invoices: ["opening-invoices", "customer,number,issued_on,open\nI-1,OPEN-1,2026-01-31,12.50\n", "customer,number,issued_on,open\nNo such customer,OPEN-2,2026-01-31,1\n", "customer"],
      order_figures: [null, "customer,on,orders,total\nI-1,2026-01-31,2,50\n", "customer,on,orders,total\nI-1,2026-01-30,0,50\n", "orders"],
    };

    test("the document tells the columns of every kind", () => {
      const { description } = here.document.paths["/api/v1/imports/{kind}"].post;
      for (const kind of Object.keys(tables)) assert.ok(description.includes(kind), kind);
    });

    test("each kind: a dry run writes nothing, then it does; a bad row is named with its column", async () => {
      for (const [kind, [room, fine, bad, column]] of Object.entries(tables)) {
        const before = room && (await total(room));
        const dry = good(await send(kind, fine, "?dry_run=true"));
        assert.deepEqual([dry.failed, dry.dry_run], [0, true], `${kind}: ${JSON.stringify(dry.errors)}`);
        assert.ok(dry.created > 0, kind);
        if (room) assert.equal(await total(room), before, `${kind}: a dry run writes nothing`);
        const done = good(await send(kind, fine));
        assert.equal(done.created, dry.created, kind);
        if (room) assert.equal(await total(room), before + (kind === "units" ? 2 : done.created), kind);
        if (column === null) continue;
        const after = room && (await total(room));
        const answer = await send(kind, bad);
        assert.ok([200, 422].includes(answer.status), `${kind}: ${answer.status}`);
        const report = answer.body;
        const [error] = report.errors;
        if (answer.status === 200) assert.deepEqual([report.failed, error.row, error.column], [1, 2, column], `${kind}: ${JSON.stringify(error)}`);
        fits(error, { message: text, code: text }, "an error");
        if (room) assert.equal(await total(room), after, `${kind}: nothing half-written`);
      }
    });

    test("all or nothing, unless mode=skip_failures", async () => {
      const mixed = "name,number,billing_status\nMixed One,M-1,good\nMixed Two,M-2,splendid\nMixed Three,M-3,watch\n";
      const whole = (await send("customers", mixed)).body;
      assert.equal(whole.errors[0].row, 3);
      assert.equal((await here.admin.get("/customers?q=Mixed&count=true")).total, 0);
      const part = good(await send("customers", mixed, "?mode=skip_failures"));
      assert.deepEqual([part.created, part.failed], [2, 1]);
      assert.equal((await here.admin.get("/customers?q=Mixed&count=true")).total, 2);
    });

    test("create_missing makes manufacturers and product lines; an item without a number takes its DI", async () => {
      const table = "manufacturer,product_line,udi_di,description\nNew Maker,New Line,00875197006391,No number\n";
      const refused = (await send("catalog_items", table)).body;
      assert.equal(refused.errors[0].row, 2);
      const done = good(await send("catalog_items", table, "?create_missing=true"));
      assert.equal(done.created, 1);
      const [item] = (await here.admin.get("/catalog-items?q=00875197006391")).items;
      assert.deepEqual([item.number, item.udi_di, item.gtins.every((gtin) => gtin.length === 14)], ["00875197006391", "00875197006391", true]);
      assert.ok((await here.admin.get("/manufacturers?q=New")).items.some((row) => row.name === "New Maker"));
      assert.ok((await here.admin.get("/product-lines?q=New")).items.some((row) => row.name === "New Line"));
    });

    test("189 real devices with valid GTINs come in, again they change nothing, and units of them scan", async () => {
      const table = new Uint8Array(readFileSync(new URL("../fixtures/stents.csv", import.meta.url)));
      assert.equal(good(await send("catalog_items", table, "?create_missing=true")).created, 189);
      assert.equal(good(await send("catalog_items", table, "?create_missing=true")).created, 0);
      const [line] = Buffer.from(table).toString("utf8").split(/\r?\n/).slice(1);
      const gtin = /\b\d{13,14}\b/.exec(line)[0].padStart(14, "0");
      const made = await here.admin.make("/units", { udi: `(01)${gtin}(17)300131(10)REAL`, custodian: { type: "user", id: here.who.cat.id } });
      const scan = await here.admin.act("/units/scan", { barcode: `01${gtin}1730013110REAL` });
      assert.deepEqual(scan.matches.map((unit) => unit.id), [made.items[0].id]);
    });

    test("CSV and XLSX, as the body or in a form", async () => {
      const cell = (place, value) => `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
      const book = (name, number) => workbook(`<row r="1">${cell("A1", "name")}${cell("B1", "number")}</row><row r="2">${cell("A2", name)}${cell("B2", number)}</row>`);
      assert.equal(good(await send("customers", new Uint8Array(book("From XLSX", "X-1")), "", xlsx)).created, 1);
      const form = async (bytes, name, type) => {
        const data = new FormData();
        data.append("file", new Blob([bytes], { type }), name);
        const answer = await fetch(`${here.it.base}/api/v1/imports/customers`, { method: "POST", headers: { authorization: `Bearer ${here.admin.token}` }, body: data });
        return { status: answer.status, headers: answer.headers, body: await answer.json() };
      };
      assert.equal(good(await form("name,number\nFrom form,X-2\n", "c.csv", "text/csv")).created, 1);
      assert.equal(good(await form(book("From book", "X-3"), "c.xlsx", xlsx["content-type"])).created, 1);
      problem(await send("no_such_kind", "name\nx\n"), 404);
      for (const [body, headers] of [["", csv], ["no_such_column\nx\n", csv], ["PK\u0003\u0004nonsense", xlsx]]) assert.ok([400, 422].includes((await send("customers", body, "", headers)).status), JSON.stringify(body));
      problem(await here.as.ann.send("POST", "/imports/customers", "name\nMine\n", csv), 403);
    });

    test("opening stock: in anybody's custody, and on a shelf, without an order", async () => {
      const orders = (await here.admin.get("/sales-orders?count=true&limit=1")).total;
      const table = `manufacturer,catalog_number,lot,expires_on,quantity,custodian,customer,location\nAcme Ortho,CUP-52,OPEN,2031-01-31,3,${here.who.bob.email},,\nAcme Ortho,CUP-52,OPEN,2031-01-31,2,${here.who.bob.email},${here.customer.number},MAIN\n`;
      assert.equal(good(await send("units", table)).failed, 0);
      const { items } = await here.admin.get("/units?lot=OPEN");
      assert.deepEqual(items.map((unit) => unit.custodian.id), Array(5).fill(here.who.bob.id));
      assert.equal(items.filter((unit) => unit.facility_stock_location_id === here.main.id).length, 2);
      assert.equal((await here.admin.get("/sales-orders?count=true&limit=1")).total, orders, "nothing was invented");
    });

    test("a key makes an import once", async () => {
      const key = { ...csv, "idempotency-key": `import-${Math.random()}` };
      const first = good(await send("customers", "name\nOnce Imported\n", "", key));
      const again = good(await send("customers", "name\nOnce Imported\n", "", key));
      assert.deepEqual(again, first);
      assert.equal((await here.admin.get("/customers?q=Once Imported&count=true".replaceAll(" ", "%20"))).total, 1);
      problem(await send("customers", "name\nOther\n", "", key), 422, "idempotency_key_reused");
    });
  });
}
