// What goes to other people's books is read back by readers that know nothing of the program that wrote it (`readers/*.py`, Python's
// own libraries; poppler for paper), and says to the cent what the invoices, memos and payments say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inflateRawSync } from "node:zlib";
import { ADMIN, world } from "./lib.mjs";

const readers = fileURLToPath(new URL("readers", import.meta.url));
const python = (reader, ...args) => JSON.parse(execFileSync("python3", ["-B", join(readers, reader), ...args], { encoding: "utf8", maxBuffer: 1 << 26 }));
const minor = (text) => Math.round(Number(text) * 100);
const grouped = (rows, of) => {
  const groups = {};
  for (const row of rows) (groups[of(row)] ??= []).push(row);
  return groups;
};
const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

// The files of an archive, read from its directory.
function unzipped(bytes) {
  const files = {};
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06"));
  let at = bytes.readUInt32LE(end + 16);
  for (let n = bytes.readUInt16LE(end + 10); n > 0; n -= 1) {
    assert.equal(bytes.toString("latin1", at, at + 4), "PK\x01\x02");
    const [method, size, name, extra, comment, local] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const begins = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(begins, begins + size);
    files[bytes.toString("utf8", at + 46, at + 46 + name)] = method === 0 ? packed : inflateRawSync(packed);
    at += 46 + name + extra + comment;
  }
  return files;
}

describe("other people's books", () => {
  let it, admin, folder;
  const id = {};

  const raw = async (path) => {
    const answer = await fetch(`${it.base}/api/v1${path}`, { headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    assert.equal(answer.status, 200, path);
    return Buffer.from(await answer.arrayBuffer());
  };
  const kept = (name, bytes) => {
    const path = join(folder, name.replaceAll("/", "-"));
    writeFileSync(path, bytes);
    return path;
  };
  // A run of a kind: its files by name, the same each time they are asked for.
  const exported = async (kind) => {
    const run = await admin.post("/accounting-exports", { kind });
    const files = {};
    for (const file of run.files) {
      const path = `/accounting-exports/${run.id}/files/${file.name}`;
      files[file.name] = await raw(path);
      assert.deepEqual(await raw(path), files[file.name], "asked again, the same bytes");
    }
    const again = await admin.send("POST", "/accounting-exports", { kind });
    assert.equal(again.status, 409, "each document goes once");
    return { run, files };
  };

  let day = 0;
  const billed = async (customer, items, charges = []) => {
    day += 1;
    const event = await admin.post("/events", { type: "case", representative_id: id.ann, location_id: id[`${customer}_place`], starts_at: `2026-10-${String(day).padStart(2, "0")}T15:00:00Z` });
    const units = [];
    for (const [item, quantity] of items) {
      const made = await admin.post("/units", { catalog_item_id: id[item], quantity, lot: `L${day}`, expires_on: "2030-01-31", custodian: { type: "user", id: id.ann } });
      units.push(...made.items.map((unit) => unit.id));
    }
    await admin.send("POST", `/events/${event.id}/lines`, { unit_ids: units, usage: "used" });
    for (const charge of charges) await admin.post(`/events/${event.id}/charges`, charge);
    const done = await admin.act(`/events/${event.id}/submit`, {});
    assert.equal(done.status, "pending_po");
    await admin.post(`/events/${event.id}/purchase-orders`, { number: `PO "${day}", east; wing` });
    const [invoice] = (await admin.get(`/invoices?event_id=${event.id}`)).items;
    return { event, invoice };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "caseload-books-"));
    it = await world();
    admin = it.as(ADMIN);
    const address = (line1, city) => ({ line1, city, state: "IL", postal_code: "60601", country: "US" });
    await admin.patch("/organization", { address: address("1 Lake Street", "Chicago") });
    const ann = await admin.post("/users", { email: "ann@northlake.example", role: "sales", name: "Ann Reyes", commission_rate_bp: 1000 });
    await admin.act(`/users/${ann.id}/complete-training`);
    id.ann = ann.id;
    const maker = (await admin.post("/manufacturers", { name: "Acme Ortho" })).id;
    for (const [key, number, description, price] of [
      ["cup", "CUP-52", "Cup <52> & \"liner\"\tof two", 120_003],
      ["stem", "STEM-3", "Fémoral stem, ñ, 3 µm", 180_001],
      ["screw", "SCR-6", "Screw", 333],
    ]) id[key] = (await admin.post("/catalog-items", { manufacturer_id: maker, number, description, kind: "device", list_price_minor: price })).id;
    for (const [key, name] of [["elm", "St. Elm, Health & \"Care\""], ["oak", "Oak Clinic"]]) {
      id[key] = (await admin.post("/customers", { name, billing_address: address("2 Hospital Drive", "Evanston") })).id;
      id[`${key}_place`] = (await admin.post("/locations", { customer_id: id[key], name: `${name} Main`, code: key, time_zone: "America/Chicago", address: address("2 Hospital Drive", "Evanston") })).id;
    }
    for (const kind of ["ubl", "quickbooks_iif", "quickbooks_csv", "netsuite_csv", "general_ledger"]) {
      const settings = await admin.get(`/accounting-settings/${kind}`);
      const more = kind === "ubl" ? { seller_tax_number: "US12-3456789", seller_registration: "IL-0042" } : {};
      await admin.put(`/accounting-settings/${kind}`, { begins_on: "2026-01-01", accounts: settings.accounts, fields: settings.fields, ...more });
    }
    // Taxed with a discount and freight; plain and paid in part; credited in part; credited whole and billed anew; written off in part.
    id.taxed = await billed("elm", [["cup", 3], ["screw", 7]], [{ kind: "tax", amount_minor: 29_707 }, { kind: "discount", amount_minor: 5_000 }, { kind: "freight", amount_minor: 4_550 }]);
    id.plain = await billed("elm", [["stem", 2]]);
    await admin.post(`/invoices/${id.plain.invoice.id}/payments`, { amount_minor: 100_000, reference: "Check 7" });
    id.partly = await billed("oak", [["cup", 1], ["screw", 2]]);
    await admin.post(`/invoices/${id.partly.invoice.id}/credit`, { amount_minor: 10_001, reason: "One was scratched" });
    id.anew = await billed("oak", [["stem", 1]]);
    await admin.post(`/invoices/${id.anew.invoice.id}/credit`, { rebill: true, reason: "Billed under an old agreement" });
    id.lost = await billed("oak", [["screw", 5]]);
    await admin.post(`/invoices/${id.lost.invoice.id}/write-off`, { amount_minor: 500, reason: "A rounding of theirs" });
  });
  after(async () => {
    await it?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  // What the server says: invoices that stand, memos, payments, and what each customer owes.
  const said = async () => {
    const all = (await admin.get("/invoices?limit=100")).items;
    const invoices = all.filter((invoice) => invoice.status !== "void");
    const numbers = Object.fromEntries(all.map((invoice) => [invoice.id, invoice.number]));
    const memos = (await admin.get("/credit-memos?limit=100")).items.map((memo) => ({ ...memo, about: numbers[memo.invoice_id] }));
    const owed = {};
    for (const key of ["elm", "oak"]) owed[key] = (await admin.get(`/customers/${id[key]}`)).open_balance_minor;
    return { invoices, memos, owed };
  };

  test("postings of the general ledger balance and are what customers owe", async () => {
    const { run, files } = await exported("general_ledger");
    const rows = python("books.py", "csv", kept("ledger.csv", files["general-ledger.csv"]));
    const { owed, invoices, memos } = await said();
    const entries = grouped(rows, (row) => row.entry);
    assert.equal(Object.keys(entries).length, run.documents_count);
    for (const [entry, all] of Object.entries(entries)) assert.equal(sum(all, (row) => minor(row.debit)), sum(all, (row) => minor(row.credit)), entry);
    const receivable = (name) => sum(rows.filter((row) => row.account === "Accounts Receivable" && row.customer === name), (row) => minor(row.debit) - minor(row.credit));
    // Names by which other programs find what they know have no quotes in them.
    assert.equal(receivable("St. Elm, Health & Care"), owed.elm);
    assert.equal(receivable("Oak Clinic"), owed.oak);
    const of = (type) => sum(rows.filter((row) => row.type === type && row.account === "Accounts Receivable"), (row) => minor(row.debit) - minor(row.credit));
    assert.equal(of("invoice"), sum(invoices, (invoice) => invoice.total_minor));
    assert.equal(-of("credit_memo"), sum(memos, (memo) => memo.amount_minor));
    assert.equal(-of("payment"), 100_000);
    assert.equal(sum(rows, (row) => minor(row.debit)), run.debit_minor);
  });

  test("tab-separated transactions balance, and their lists name whatever they use", async () => {
    const { files } = await exported("quickbooks_iif");
    const found = python("books.py", "iif", kept("transactions.iif", files["transactions.iif"]));
    const { invoices, memos } = await said();
    const by = Object.fromEntries(found.map((entry) => [entry.DOCNUM, entry]));
    for (const invoice of invoices) {
      assert.equal(by[invoice.number].TRNSTYPE, "INVOICE");
      assert.equal(minor(by[invoice.number].AMOUNT), invoice.total_minor, invoice.number);
      assert.match(by[invoice.number].DATE, /^\d\d\/\d\d\/\d{4}$/);
    }
    for (const memo of memos) assert.equal(minor(by[memo.number].AMOUNT), -memo.amount_minor, memo.number);
    const payment = found.filter((entry) => entry.TRNSTYPE === "PAYMENT");
    assert.deepEqual(payment.map((entry) => minor(entry.AMOUNT)), [100_000]);
    const words = JSON.stringify(found);
    assert.ok(words.includes("Fémoral stem"), "letters of western Europe come through");
    assert.ok(!words.includes("Cup <52>\\t") && words.includes("Cup <52>"), "a tab in a name does not open a cell");
  });

  test("tables of two programs: the lines make the documents, each row has its cells", async () => {
    const { invoices, memos } = await said();
    for (const [kind, number, amount, paid] of [
      ["quickbooks_csv", "*InvoiceNo", "*ItemAmount", ["payments.csv", "*Amount"]],
      ["netsuite_csv", "External ID", "Amount", ["customer-payments.csv", "Payment Amount"]],
    ]) {
      const { files } = await exported(kind);
      const rows = python("books.py", "csv", kept(`${kind}-invoices.csv`, files["invoices.csv"]));
      const made = grouped(rows, (row) => row[number]);
      assert.equal(Object.keys(made).length, invoices.length, kind);
      for (const invoice of invoices) assert.equal(sum(made[invoice.number], (row) => minor(row[amount])), invoice.total_minor, `${kind} ${invoice.number}`);
      const credits = python("books.py", "csv", kept(`${kind}-credits.csv`, files["credit-memos.csv"]));
      assert.equal(sum(credits, (row) => minor(row[amount])), sum(memos, (memo) => memo.amount_minor), kind);
      const payments = python("books.py", "csv", kept(`${kind}-payments.csv`, files[paid[0]]));
      assert.deepEqual(payments.map((row) => minor(row[paid[1]])), [100_000]);
    }
  });

  test("electronic invoices keep the business rules of EN 16931", async () => {
    const { files } = await exported("ubl");
    const { invoices, memos } = await said();
    const [archive] = Object.values(files);
    const paths = Object.entries(unzipped(archive)).map(([name, bytes]) => kept(`ubl-${name}`, bytes));
    const found = Object.values(python("en16931.py", ...paths));
    for (const one of found) assert.deepEqual(one.broken, [], one.number);
    const by = Object.fromEntries(found.map((one) => [one.number, one]));
    for (const invoice of invoices) assert.equal(minor(by[invoice.number].payable), invoice.total_minor, invoice.number);
    assert.equal(by[id.taxed.invoice.number].tax, "297.07");
    for (const memo of memos.filter((memo) => memo.number in by)) {
      assert.deepEqual([by[memo.number].credit, minor(by[memo.number].payable)], [true, memo.amount_minor], memo.number);
      assert.equal(by[memo.number].about, memo.about);
    }
  });

  test("the checker of electronic invoices finds what is wrong", async () => {
    const xml = (await raw(`/invoices/${id.taxed.invoice.id}.xml`)).toString();
    const broken = (name, from, to) => {
      assert.ok(from instanceof RegExp ? from.test(xml) : xml.includes(from), `${from} stands in it`);
      const path = kept(`broken-${name}.xml`, xml.replace(from, to));
      return Object.values(python("en16931.py", path))[0].broken.map((rule) => rule.split(" ")[0]);
    };
    assert.deepEqual(broken("nothing", "<cbc:ID>", "<cbc:ID>"), []);
    assert.ok(broken("sum", /(<cbc:PayableAmount currencyID="USD">)\d/, "$19").includes("BR-CO-16"));
    assert.ok(broken("line", /(<cac:InvoiceLine>.*?<cbc:LineExtensionAmount currencyID="USD">)\d/s, "$19").includes("BR-CO-10"));
    assert.ok(broken("tax", /(<cac:TaxSubtotal>.*?<cbc:Percent>)[\d.]+/s, "$17").includes("BR-CO-17"));
    assert.ok(broken("country", /<cac:Country>.*?<\/cac:Country>/s, "").includes("BR-09"));
    assert.ok(broken("number", /<cac:PartyTaxScheme>.*?<\/cac:PartyTaxScheme>/s, "").includes("BR-S-02"));
    assert.ok(broken("decimals", /(<cbc:TaxExclusiveAmount currencyID="USD">[\d.]+)/, "$11").includes("BR-DEC"));
  });

  test("papers are tagged, archivable, and carry the electronic form that is asked for", async () => {
    const { memos } = await said();
    const event = id.plain.event.id;
    const order = (await admin.get(`/events/${event}`)).sales_order_id;
    const papers = {
      order: [`/sales-orders/${order}.pdf`, "PDF/A-2"],
      note: [`/events/${event}/delivery-note.pdf`, "PDF/A-2"],
      invoice: [`/invoices/${id.plain.invoice.id}.pdf`, "PDF/A-2"],
      carrying: [`/invoices/${id.plain.invoice.id}.pdf?attach=ubl`, "PDF/A-3"],
      memo: [`/credit-memos/${memos[0].id}.pdf`, "PDF/A-2"],
      statement: [`/customers/${id.elm}/statement.pdf`, "PDF/A-2"],
    };
    for (const [name, [path, standard]] of Object.entries(papers)) {
      const file = kept(`${name}.pdf`, await raw(path));
      const told = execFileSync("pdfinfo", [file], { encoding: "utf8" });
      assert.match(told, /Tagged:\s+yes/, name);
      const meta = execFileSync("pdfinfo", ["-meta", file], { encoding: "utf8" });
      const part = /pdfaid:part>(\d)<[\s\S]*pdfaid:conformance>([AB])</.exec(meta);
      assert.equal(`PDF/A-${part?.[1]}`, standard, `${name}:\n${meta}`);
      const structure = execFileSync("pdfinfo", ["-struct-text", file], { encoding: "utf8" });
      for (const word of ["Table", "TR", "TH", "TD"]) assert.match(structure, new RegExp(`\\b${word}\\b`), `${name} has ${word}`);
      const fonts = execFileSync("pdffonts", [file], { encoding: "utf8" }).trim().split("\n").slice(2);
      assert.ok(fonts.length > 0 && fonts.every((font) => /\byes\s+(yes|no)\s+yes\b/.test(font)), `${name} brings its letters:\n${fonts.join("\n")}`);
    }
    const list = execFileSync("pdfdetach", ["-list", join(folder, "carrying.pdf")], { encoding: "utf8" });
    assert.ok(list.includes(`${id.plain.invoice.number}.xml`), list);
    execFileSync("pdfdetach", ["-save", "1", "-o", join(folder, "carried.xml"), join(folder, "carrying.pdf")]);
    assert.deepEqual(readFileSync(join(folder, "carried.xml")), await raw(`/invoices/${id.plain.invoice.id}.xml`), "the same as the form alone");
  });
});
