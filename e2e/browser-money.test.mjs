// From the scheduled case to the money in the bank, in a browser: scheduled, quoted, used, signed, submitted, ordered by a buyer without
// an account, invoiced, paid in part, credited and billed anew, and the commission stated; then a submitted stocking order is
// amended. On a desk and on a phone; every page on the way is checked, and every paper is looked at as a picture.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;

describe("money in a browser", () => {
  let it, browser, admin, papers;
  let broken = null; // the part that did not end well: the next ones build on it
  const id = {};
  const as = {};
  const facts = {};
  const complaints = [];

  const look = async (who, name) => {
    await who.sound(name);
    if (!shots) return;
    for (const scheme of ["light", "dark"]) {
      await who.page.emulateMedia({ colorScheme: scheme });
      await who.page.waitForTimeout(200);
      await who.page.screenshot({ path: `${shots}/money-${name.replaceAll(" ", "-")}-${scheme}.png`, fullPage: true });
    }
    await who.page.emulateMedia({ colorScheme: "light" });
  };

  // A paper as pictures: as many pages as it has, and none of them empty. Its words are read by an independent reader.
  const paper = (name, bytes, ...words) => {
    const file = join(papers, `${name}.pdf`);
    writeFileSync(file, bytes);
    execFileSync("pdftoppm", ["-r", "60", "-gray", file, join(papers, name)]);
    const pages = readdirSync(papers).filter((it) => it.startsWith(`${name}-`) && it.endsWith(".pgm"));
    assert.ok(pages.length > 0, `${name} has no page`);
    for (const page of pages) {
      const picture = readFileSync(join(papers, page));
      const ink = picture.subarray(20).reduce((sum, grey) => sum + (grey < 128 ? 1 : 0), 0);
      assert.ok(ink > 200, `${page} is empty`);
    }
    if (shots) execFileSync("pdftoppm", ["-r", "80", "-png", file, join(shots, `paper-${name}`)]);
    const text = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
    for (const word of words) assert.ok(text.includes(word), `${name} does not say ${word}:\n${text}`);
    return { pages: pages.length, text };
  };

  // A PDF of one page with these lines, as the program of a hospital writes it.
  const written = (...lines) => {
    const content = `BT /F1 10 Tf 72 720 Td ${lines.map((line) => `0 -14 Td (${line}) Tj`).join(" ")} ET`;
    const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", `<</Length ${content.length}>>\nstream\n${content}\nendstream`, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"];
    return Buffer.from(`%PDF-1.4\n${objects.map((it, at) => `${at + 1} 0 obj\n${it}\nendobj`).join("\n")}\n%%EOF`);
  };

  const make = async (key, role, name, more = {}) => {
    const made = await admin.post("/users", { email: `${key}@northlake.example`, role, name, ...more });
    id[key] = made.id;
    if (role !== "operations") await admin.act(`/users/${made.id}/complete-training`);
    const { link } = await admin.act(`/users/${made.id}/invite`);
    const who = await Person.at(browser, it.base);
    await who.claim(it.base + new URL(link).pathname, PASSWORD);
    await who.close();
  };
  const enters = async (key, options) => {
    as[key] = await Person.at(browser, it.base, options);
    await as[key].signIn(key.startsWith("ada") ? ADMIN : `${key.split("-")[0]}@northlake.example`, PASSWORD);
    return as[key];
  };

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    papers = mkdtempSync(join(tmpdir(), "caseload-papers-"));
    it = await world();
    browser = await launch();
    admin = it.as(ADMIN);
    const home = { shipping_address: { line1: "1 Lake Street", city: "Chicago", state: "IL", postal_code: "60611", country: "US" } };
    await make("omar", "operations", "Omar Diaz");
    await make("ann", "sales", "Ann Reyes", { commission_rate_bp: 1000, ...home });
    await make("bob", "sales", "Bob Lind", { commission_rate_bp: 800, ...home });
    id.acme = (await admin.post("/manufacturers", { name: "Acme Ortho" })).id;
    for (const [key, number, description, price] of [["cup", "CUP-52", "Acetabular cup 52 mm", 120_000], ["stem", "STEM-3", "Femoral stem 3", 180_000]]) {
      id[key] = (await admin.post("/catalog-items", { manufacturer_id: id.acme, number, description, kind: "device", list_price_minor: price })).id;
    }
    const address = { line1: "2 Hospital Drive", city: "Chicago", state: "IL", postal_code: "60601", country: "US" };
    id.customer = (await admin.post("/customers", { name: "St. Elm Health", billing_address: address })).id;
    id.main = (await admin.post("/locations", { customer_id: id.customer, name: "St. Elm Main", code: "MAIN", time_zone: "America/Chicago", address })).id;
    id.rivera = (await admin.post("/physicians", { name: "Dr. Rivera", location_ids: [id.main] })).id;
    await admin.put(`/users/${id.ann}/assignments`, { manufacturer_ids: [id.acme], location_ids: [id.main], physician_ids: [id.rivera] });
    for (const [item, quantity] of [["cup", 4], ["stem", 4]]) {
      await admin.post("/units", { catalog_item_id: id[item], quantity, lot: `L-${item}`, expires_on: day(500), custodian: { type: "user", id: id.ann } });
    }
    await enters("ann");
    await enters("omar");
    as.buyer = await Person.at(browser, it.base, PHONE);
    await enters("ann-phone", PHONE);
  });
  after(async () => {
    for (const [key, who] of Object.entries(as)) complaints.push(...who.complaints.map((it) => `${key}: ${it}`));
    await browser?.close();
    await it?.stop();
    if (papers) rmSync(papers, { recursive: true, force: true });
    assert.deepEqual(complaints, []);
  });

  const part = (name, run) =>
    test(name, async () => {
      if (broken) throw new Error(`"${broken}" has failed before`);
      broken = name;
      try {
        await run();
        broken = null;
      } catch (error) {
        for (const [key, who] of Object.entries(as)) {
          error.message += `\n${key} was at ${who.path}`;
          if (shots) await who.page.screenshot({ path: `${shots}/failed-money-${key}.png` });
        }
        throw error;
      }
    });

  part("1. a case is scheduled and quoted, and the customer approves by a link", async () => {
    const { ann, buyer } = as;
    await ann.go("/events/new");
    await ann.choose("Location", "St. Elm Main");
    await ann.fill("Starts", `${day(-1)}T08:00`);
    await ann.choose("Physician", "Dr. Rivera");
    await ann.follow("Plan it");
    facts.case = ann.path;
    await ann.go(`${facts.case}/quote/edit`);
    await ann.choose("Item 1", "Acetabular");
    await ann.page.locator("input[name=quantity-0]").fill("1");
    await ann.follow("Make the quote");
    await look(ann, "a quote");
    await ann.press("Link for the customer");
    await ann.said("Give this link to the customer");
    const link = (await ann.page.content()).match(/https?:\/\/[^"'<>\s]+\/quote\/[\w.~-]+/)[0];
    await buyer.page.goto(it.base + new URL(link).pathname);
    await buyer.said("1,200.00");
    await look(buyer, "the quote for a guest");
    await buyer.fill("Your name", "Pat Ortiz");
    await buyer.press("Approve");
    await buyer.said("Approved");
    // Whoever guesses is slowed down, and learns nothing.
    await buyer.page.goto(`${it.base}/quote/nothing`);
    await buyer.said("no longer works");
    await ann.go("/notices");
    await ann.said("Pat Ortiz");
    await look(ann, "notices");
  });

  part("2. used, signed and submitted", async () => {
    const { ann } = as;
    await ann.go(`${facts.case}/quote`);
    await ann.follow("Mark what is there");
    await ann.go(`${facts.case}/add`);
    await ann.tick("STEM-3");
    await ann.press("Add as implanted");
    await ann.toast("1 unit added");
    await ann.go(facts.case);
    await ann.said("3,000.00");
    await ann.press("Sign");
    await ann.fill("Name", "Ann Reyes");
    await look(ann, "signing");
    await ann.press("Sign", { within: ann.page.locator("dialog:modal") });
    await ann.toast(/[Ss]igned/);
    await ann.go(facts.case);
    await ann.press("Submit");
    await ann.press("Submit", { within: ann.page.locator("dialog:modal") });
    await ann.toast("Submitted");
    await look(ann, "a submitted case");
    await ann.page.locator("main .top details.pop > summary").first().click();
    const order = await ann.download("Sales order as PDF");
    paper("order", order.bytes, "Sales order", "CUP-52", "STEM-3", "3,000.00 USD", "Ann Reyes");
  });

  part("3. the buyer gives the purchase order by the code, without an account", async () => {
    const { ann, buyer } = as;
    await ann.go(facts.case);
    await ann.press("Code for the buyer");
    await ann.press("Show the code");
    await ann.said("/order/");
    assert.ok((await ann.page.locator("main svg, dialog svg").count()) > 0, "there is a code to be scanned");
    await look(ann, "the code for the buyer");
    const link = (await ann.page.content()).match(/https?:\/\/[^"'<>\s]+\/order\/[\w.~-]+/)[0];
    facts.link = it.base + new URL(link).pathname;
    await buyer.page.goto(facts.link);
    await buyer.said("STEM-3");
    assert.ok(!(await buyer.page.content()).includes("Rivera"), "nothing of the procedure is shown");
    await look(buyer, "the order for a guest");
    await buyer.fill("Purchase order number", "4500-77");
    await buyer.fill("Amount", "2900");
    await buyer.fill("Your name", "Pat Ortiz");
    await buyer.press("Give the purchase order");
    await buyer.said("4500-77");
    await buyer.page.goto(facts.link);
    assert.equal(await buyer.page.getByRole("button", { name: "Give the purchase order" }).count(), 0, "once");
    const { omar } = as;
    await omar.go("/purchase-orders/mismatches");
    await omar.said("4500-77");
    await omar.said("-100.00");
    await look(omar, "orders that do not fit");
  });

  part("4. invoiced, paid in part, credited and billed anew, the rest written off", async () => {
    const { omar } = as;
    await omar.go(facts.case);
    await omar.said("Waiting for payment");
    const [invoice] = (await admin.get(`/invoices?event_id=${facts.case.split("/").at(-1)}`)).items;
    await omar.go(`/invoices/${invoice.id}`);
    await omar.press("Enter payment");
    await omar.fill("Amount", "1000");
    await omar.press("Enter it");
    await omar.toast(/[Pp]ayment/);
    await omar.go(`/invoices/${invoice.id}`);
    await omar.said("2,000.00");
    await look(omar, "an invoice paid in part");
    const file = await fetch(`${it.base}/api/v1/invoices/${invoice.id}.pdf`, { headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    paper("invoice", Buffer.from(await file.arrayBuffer()), "Invoice", "4500-77", "3,000.00 USD");
    await omar.more("Credit");
    await omar.page.check("dialog input[name=how][value=rebill]");
    await omar.fill("Why", "Billed under an old agreement");
    await omar.press("Credit it");
    await omar.page.waitForURL(/\/credit-memos\//);
    await omar.said("Billed anew");
    await look(omar, "a credit memo");
    const memo = await omar.download("As PDF");
    paper("credit", memo.bytes, "Credit memo", invoice.number);
    const anew = (await admin.get(`/invoices?event_id=${facts.case.split("/").at(-1)}&status=open`)).items[0];
    assert.deepEqual([anew.open_minor, anew.paid_minor], [200_000, 100_000], "what was paid went along");
    await omar.go(`/invoices/${anew.id}`);
    await omar.more("Write off");
    await omar.fill("Amount", "500");
    await omar.fill("Why", "A rounding of theirs");
    await look(omar, "writing off");
    await omar.press("Write it off");
    await omar.toast("Written off");
    await omar.said("1,500.00");
  });

  part("5. the customer's papers are in its language, and its statement adds up", async () => {
    const { omar } = as;
    await omar.go(`/customers/${id.customer}`);
    await omar.said("Papers and tax");
    await omar.go(`/customers/${id.customer}/billing`);
    await omar.select("Language of orders, invoices and statements", "Deutsch");
    await omar.press("Save");
    await omar.go(`/customers/${id.customer}`);
    await omar.said("Deutsch");
    await look(omar, "a customer");
    const file = await fetch(`${it.base}/api/v1/customers/${id.customer}/statement.pdf`, { headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    paper("statement", Buffer.from(await file.arrayBuffer()), "Kontoauszug", "Abschreibung WRO-000001", "1.500,00 USD");
  });

  part("6. the commission is stated and paid", async () => {
    const { omar, ann } = as;
    await omar.go(`/commission/of/${id.ann}?from=${day(-40)}&to=${day(1)}`);
    await omar.said("300.00");
    await look(omar, "what somebody earned");
    const open = (await admin.get(`/invoices?event_id=${facts.case.split("/").at(-1)}&status=open`)).items[0];
    await admin.post(`/invoices/${open.id}/payments`, { amount_minor: open.open_minor });
    await omar.go(`/commission/of/${id.ann}?from=${day(-40)}&to=${day(1)}`);
    await omar.follow("Issue a statement");
    await omar.said("300.00");
    await look(omar, "a commission statement");
    const statement = await omar.download("As PDF");
    paper("commission", statement.bytes, "Commission statement", "Ann Reyes", "300.00 USD");
    await omar.press("It was paid");
    await omar.toast(/[Pp]aid/);
    await ann.go("/commission");
    await ann.said("Paid");
    await ann.go(facts.case);
    await ann.said("Paid");
  });

  part("7. a submitted stocking order is amended", async () => {
    const { omar } = as;
    const event = await admin.post("/events", { type: "stocking_order", representative_id: id.ann, location_id: id.main, starts_at: new Date().toISOString(), manufacturer_ids: [id.acme] });
    const usable = (await admin.get(`/events/${event.id}/usable-units?limit=10`)).items;
    const cups = usable.filter((unit) => unit.catalog_item_id === id.cup).slice(0, 2).map((unit) => unit.id);
    await admin.send("POST", `/events/${event.id}/lines`, { unit_ids: cups, usage: "used" });
    await admin.send("POST", `/events/${event.id}/submit`, { keep_as_facility_stock: true });
    facts.stocking = `/events/${event.id}`;
    await omar.go(facts.stocking);
    await omar.more("Amend");
    await omar.page.getByLabel("Take it off: it was not used").first().check();
    await omar.fill("Reason", "One was counted twice");
    await look(omar, "an amendment");
    await omar.follow("Issue the next revision");
    await omar.said("1,200.00");
    const after = await admin.get(`/events/${event.id}`);
    assert.deepEqual([after.total_minor, after.lines.length, after.status], [120_000, 1, "pending_po"]);
    const back = await admin.get(`/units/${cups.find((unit) => after.lines[0].unit_id !== unit)}`);
    assert.deepEqual([back.state, back.facility_stock_location_id], ["available", null], "the unit is back where it was");
    await look(omar, "an amended stocking order");
  });

  part("8. units that are alike are one row and are changed as one; an event says what to look at", async () => {
    const { omar } = as;
    const made = await admin.post("/units", { catalog_item_id: id.stem, quantity: 6, lot: "L-many", expires_on: day(500), custodian: { type: "user", id: id.ann } });
    const event = await admin.post("/events", { type: "case", representative_id: id.ann, location_id: id.main, starts_at: `${day(2)}T15:00:00Z` });
    await admin.send("POST", `/events/${event.id}/lines`, { unit_ids: made.items.map((unit) => unit.id), usage: "used" });
    facts.many = `/events/${event.id}`;
    const lines = async () => (await admin.get(facts.many)).lines;
    await omar.go(facts.many);
    await omar.said("6 alike");
    await look(omar, "units that are alike");
    await omar.page.locator("#lines tbody a.go").first().click();
    await omar.said("All 6 that are alike");
    await omar.fill("Price", "1500");
    await look(omar, "alike units changed");
    await omar.press("Save");
    await omar.toast("Saved");
    assert.deepEqual([...new Set((await lines()).map((line) => line.unit_price_minor))], [150_000]);
    await omar.go(facts.many);
    await omar.said("The price of 6 units of STEM-3 was set to 1,500.00 USD by hand; the list price is 1,800.00 USD.");
    // One of them alone: the others stay, and it has a row of its own.
    await omar.page.locator("#lines tbody a.go").first().click();
    await omar.page.getByLabel("All 6 that are alike").uncheck();
    await omar.select("What happened", "Damaged");
    await omar.fill("Note", "Dropped");
    await omar.press("Save");
    await omar.toast("Saved");
    assert.equal((await lines()).filter((line) => line.usage === "damaged").length, 1);
    await omar.go(facts.many);
    await omar.said("5 alike");
    // Selected rows are changed by one form.
    await omar.page.locator("#lines tbody .pick input").first().check();
    await omar.press("Change", { within: omar.page.locator(".bulk") });
    await omar.said(/Change \d units?/);
    await omar.page.getByLabel("Price", { exact: true }).selectOption("agreed");
    await look(omar, "many units changed");
    await omar.press("Save");
    await omar.toast(/units? changed/);
    await omar.go(`${facts.many}/lines`);
    await omar.said("STEM-3");
    await look(omar, "all units of an event");
  });

  part("9. the commission is shared by parts, and the office ticks what it is done with", async () => {
    const { omar } = as;
    await omar.go(facts.case);
    await omar.more("Share the commission");
    await omar.choose("Somebody else", "Bob Lind");
    await omar.fill("Part", "25");
    await omar.fill("Reason", "Bob stood in");
    await look(omar, "sharing the commission");
    await omar.press("Share it so");
    await omar.toast("The commission is shared so");
    await omar.said("Bob Lind (25 %)");
    await omar.go(facts.case);
    await omar.more("Mark as processed");
    await omar.toast("Processed");
    await omar.go("/events?view=unprocessed");
    await look(omar, "events to be processed");
    const ids = (await admin.get("/events?processed=true")).items.map((event) => `/events/${event.id}`);
    assert.deepEqual(ids, [facts.case]);
  });

  part("10. what a case is about, words about it, and a price that is asked for", async () => {
    const { ann, omar } = as;
    await admin.post("/product-lines", { name: "Hips", manufacturer_id: id.acme });
    await admin.post("/units", { catalog_item_id: id.cup, quantity: 1, lot: "L-asked", expires_on: day(400), custodian: { type: "user", id: id.ann } });
    await ann.go("/events/new");
    await ann.choose("Location", "St. Elm Main");
    await ann.fill("Starts", `${day(2)}T08:00`);
    await ann.page.getByLabel("Hips", { exact: true }).check();
    await ann.fill("Note", "They ask for a discount");
    await ann.fill("Printed on the sales order", "Deliver to dock 4");
    await look(ann, "planning a case");
    await ann.follow("Plan it");
    facts.asked = ann.path;
    await ann.said("Hips");
    await ann.said("Acme Ortho");
    await ann.go("/events?view=all");
    // From the page of the unit to the case that takes it.
    const [unit] = (await admin.get("/units?lot=L-asked")).items;
    await ann.go(`/units/${unit.id}`);
    await ann.more("Use it in an event");
    await ann.said("Open events of these weeks");
    await look(ann, "a unit and its events");
    await ann.page.locator("dialog:modal").getByRole("button", { name: "Mark it here" }).first().click();
    await ann.toast("1 unit added");
    await ann.go(facts.asked);
    await ann.fill("Say something", "The surgeon wants the 52.");
    await ann.press("Say it");
    await ann.said("The surgeon wants the 52.");
    const line = (await admin.get(facts.asked)).lines[0].id;
    await ann.go(`${facts.asked}/lines/${line}`);
    await ann.press("Ask for a price");
    await ann.fill("A word for the office", "Pat expects 1,000");
    await look(ann, "asking for a price");
    await ann.press("Ask the office");
    await ann.toast("The office is asked");
    await omar.go("/notices");
    await omar.said("Pat expects 1,000");
    await omar.go("/price-gaps");
    await omar.said("Pat expects 1,000");
    await look(omar, "prices that are asked for");
    await admin.put(`/locations/${id.main}/prices`, [{ catalog_item_id: id.cup, price_minor: 100_000, valid_from: null, valid_to: null }]);
    await omar.go("/price-gaps");
    assert.equal(await omar.page.getByText("Pat expects 1,000").count(), 0, "it is answered");
    await ann.go("/notices");
    await ann.said("is agreed now");
    await ann.go(`${facts.asked}/prices`);
    await ann.press("Price by what is agreed now");
    await ann.said("1,000.00");
    await look(ann, "a case with comments and product lines");
    // What the facility wants signed, and how its contract stands.
    await omar.go(`/locations/${id.main}`);
    await look(omar, "a location with its contract");
    for (const [path, name] of [["signing", "whose signature a facility wants"], ["contract", "the contract of a facility"]]) {
      await omar.go(`/locations/${id.main}/${path}`);
      await look(omar, name);
    }
    await omar.go("/contracts");
    await look(omar, "contracts to look at");
  });

  part("11. a charge comes after the submission, nobody answers reminders, and the list says what to look at", async () => {
    const { omar } = as;
    const pop = () => omar.page.locator("dialog:modal");
    await omar.go(facts.stocking);
    await omar.press("Add a charge");
    await omar.fill("Amount", "45");
    await omar.fill("In words", "Courier overnight");
    await omar.press("Add it");
    assert.equal((await admin.get(facts.stocking)).charges.length, 0, "not without a reason");
    await omar.fill("Reason", "The carrier's bill came");
    await look(omar, "a charge after the submission");
    await omar.press("Add it");
    await omar.toast("Charge added");
    await omar.said("1,245.00");
    await omar.press("Correct", { within: omar.page.locator("main section").filter({ hasText: "Courier overnight" }).last() });
    await omar.fill("Amount", "50");
    await omar.fill("Reason", "It was 50");
    await omar.press("Correct it", { within: pop() });
    await omar.toast("Corrected: the next revision is issued");
    await omar.said("1,250.00");
    const after = await admin.get(facts.stocking);
    assert.deepEqual([after.total_minor, after.status, after.charges.map((it) => it.label)], [125_000, "pending_po", ["Courier overnight"]]);
    await look(omar, "a charge that was corrected");
    await omar.go(`/locations/${id.main}/po-reminder`);
    await omar.fill("Escalate from reminder", "2");
    await omar.fill("End after reminder", "4");
    await omar.fill("Then also write to", "nobody");
    await omar.press("Save");
    await omar.said("nobody is not an e-mail address.");
    await omar.fill("Then also write to", "cfo@elm.example, buying@elm.example");
    await look(omar, "reminders that climb");
    await omar.press("Save");
    await omar.said("From the second reminder on also to cfo@elm.example, buying@elm.example, and the office is told; it ends after the fourth");
    await omar.go("/events?view=po");
    await omar.said("Order not sent");
    await look(omar, "events and what to look at");
    await omar.go("/events?view=all");
    await omar.said("PO 4500-77");
    await look(omar, "all events");
    // The order itself is read, and looked at before it is entered.
    const order = written("St. Elm Health", "Purchase Order Number: SE-2026-118", "Freight 50.00", "Order total 1,250.00");
    const sent = await fetch(`${it.base}/api/v1${facts.stocking}/files?name=po.pdf&kind=purchase_order`, { method: "POST", body: order, headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    assert.equal(sent.status, 201);
    await omar.go(facts.stocking);
    await omar.press("Enter purchase order", { within: omar.page.locator("main section") });
    await omar.press("Read po.pdf");
    await omar.said("It is over what is billed. Look at it before you enter it.");
    assert.deepEqual([await (await omar.field("Number")).inputValue(), await (await omar.field("Amount")).inputValue()], ["SE-2026-118", "1250.00"]);
    await look(omar, "an order that was read");
    await omar.press("Enter it");
    await omar.toast(/Entered/);
    await omar.said("The order itself");
    const entered = (await admin.get(facts.stocking)).purchase_orders[0];
    assert.deepEqual([entered.number, entered.amount_minor, entered.difference_minor, entered.file_id !== null], ["SE-2026-118", 125_000, 0, true]);
  });

  part("12. what was typed into the form of an event survives a lost tab", async () => {
    const { ann } = as;
    await ann.go("/events/new");
    await ann.fill("Name", "Half way");
    await ann.choose("Location", "St. Elm Main");
    await ann.page.locator("[data-kept]").filter({ hasText: "Kept as a draft at" }).waitFor();
    await ann.go("/events");
    await ann.go("/events/new");
    await ann.said("You have a draft");
    await look(ann, "a draft of an event");
    await ann.follow("Go on with the draft");
    assert.equal(await (await ann.field("Name")).inputValue(), "Half way");
    assert.equal(await (await ann.field("Location")).inputValue(), "St. Elm Main");
    await ann.fill("Starts", `${day(3)}T08:00`);
    await ann.follow("Plan it");
    await ann.said("Half way");
    facts.draft = ann.path;
    await ann.go("/events/new");
    assert.equal(await ann.page.getByText("You have a draft").count(), 0, "what is saved is no draft any more");
    // By hand, of an event that is there; somebody else changes it meanwhile.
    await ann.go(`${facts.draft}/edit`);
    await ann.fill("Note", "Bring the long stem");
    await ann.follow("Keep as a draft");
    await admin.send("PATCH", facts.draft, { print_note: "Deliver to dock 5" });
    await ann.go(`${facts.draft}/edit`);
    await ann.follow("Go on with the draft");
    await ann.said("Somebody changed this event since you typed this.");
    await look(ann, "a draft of an event that was changed");
    await ann.go(`${facts.draft}/edit`);
    await ann.follow("Throw it away");
    assert.equal(await ann.page.getByText("You have a draft").count(), 0);
    assert.equal((await admin.get(facts.draft)).note, "", "a draft is no change");
  });

  part("13. the same on a phone", async () => {
    const phone = as["ann-phone"];
    for (const [path, name] of [
      [facts.case, "phone case"],
      [facts.many, "phone alike units"],
      ["/notices?show=all", "phone notices"],
      ["/me/notices", "phone how I am told"],
      [facts.asked, "phone case with comments"],
      ["/events/new", "phone planning a case"],
      ["/me", "phone me"],
      ["/calendar?by=containers", "phone calendar by container"],
      ["/purchase-orders/mismatches", "phone orders that do not fit"],
      ["/commission", "phone commission"],
    ]) {
      assert.equal(await phone.go(path), 200, path);
      await look(phone, name);
    }
    // How one is told is set with two presses, and holds.
    await phone.go("/me/notices");
    await phone.page.locator("select[name=mail_events]").selectOption("digest");
    await phone.press("Save");
    await phone.go("/me/notices");
    assert.equal(await phone.page.locator("select[name=mail_events]").inputValue(), "digest");
    await phone.said("Your own choice");
    const desk = await enters("ada");
    for (const [path, name] of [["/settings/notices", "settings of notices"], ["/settings/documents", "settings of papers"], ["/opening-invoices", "opening invoices"], ["/calendar?by=containers", "calendar by container"]]) {
      assert.equal(await desk.go(path), 200, path);
      await look(desk, name);
    }
  });
});
