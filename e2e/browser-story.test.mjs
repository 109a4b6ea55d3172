// The story that the product exists for, lived through in a browser: every step by the buttons and forms that its people
// see. Each page on the way is checked for accessibility and for errors of the browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, run, world } from "./lib.mjs";

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const at = (days, clock = "08:00") => `${day(days)}T${clock}`;
const csv = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

const shots = process.env.CASELOAD_SHOTS;

describe("the story in a browser", () => {
  let it, browser, ada;
  let broken = null; // the part that did not end well: the next ones build on it
  const people = {}; // page of each account, by name
  const as = {}; // whoever signed in
  const facts = {};

  before(async () => {
    it = await world();
    browser = await launch();
    ada = await Person.at(browser, it.base);
    as.ada = ada;
  });
  after(async () => {
    await browser?.close();
    await it?.stop();
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
          if (shots) await who.page.screenshot({ path: `${shots}/failed-${key}.png` });
        }
        throw error;
      }
    });

  // A new account, by the form; with `invite`, its person chooses a password and is in.
  async function person(key, role, name, { invite = true, more = async () => {} } = {}) {
    await ada.room("People");
    await ada.press("New person");
    await ada.page.check(`input[name=role][value=${role}]`);
    await ada.fill("Name", name);
    await ada.fill("E-mail", `${key}@northlake.example`);
    await more();
    await ada.follow(invite ? "Create and invite" : "Create only");
    if (invite) {
      facts[`link of ${key}`] = await (await ada.field("Link")).inputValue();
      await ada.follow("Done");
    }
    people[key] = ada.path;
    await ada.said(name);
  }
  const trained = (key) => ada.go(people[key]).then(() => ada.follow("Training complete"));
  async function enters(key, options) {
    as[key] = await Person.at(browser, it.base, options);
    await as[key].claim(facts[`link of ${key}`], PASSWORD);
    return as[key];
  }
  async function imports(kind, file, { missing = false } = {}) {
    await ada.go(`/imports/${kind}`);
    await ada.page.setInputFiles("#f-file", file);
    if (missing) await ada.page.check("input[name=create_missing]");
    await ada.press("Check the table");
    await ada.said("What would happen");
  }
  const carryOut = async () => {
    await ada.press("Import", { within: ada.page.locator("#import-result"), exact: false });
    await ada.said(/of the table (is|are) in/);
  };

  part("1. an admin sets up the organisation", async () => {
    await ada.signIn(ADMIN, PASSWORD);
    await ada.said("From nothing to the first submitted case");
    await ada.sound("the first page");
    await ada.press("Do it");
    await ada.said("E-mail and role never change");
    await ada.sound("a new person");

    await person("omar", "operations", "Omar Diaz");
    await person("rita", "regional_manager", "Rita Vogel");
    await ada.go("/settings/regions");
    await ada.press("New region");
    await ada.fill("Name", "North");
    await ada.choose("Overseen by", "Rita");
    await ada.press("Create region");
    await ada.toast("Region created");

    const north = () => ada.select("Region", "North");
    await ada.go("/people/new");
    await ada.page.check("input[name=role][value=distributor]");
    await ada.said("A distributor leads one group, for good");
    await ada.said("named as its delegates");
    await person("dana", "distributor", "Dana Moore", { more: async () => (await north(), await ada.fill("Commission rate", "15")) });
    await person("ann", "sales", "Ann Reyes", { more: north });
    await person("bob", "sales", "Bob Lind", { more: async () => ada.fill("Commission rate", "10") });
    await person("cat", "sales", "Cat Ito");
    await person("hub", "distributor", "Lakeside pool", {
      invite: false,
      more: async () => (await ada.page.check("input[name=custodian_only]"), await ada.page.check("input[name=shares_inventory]")),
    });

    // What is still missing is said on the account; stock may come before the person does.
    await ada.go(people.ann);
    for (const missing of ["Shipping address", "Commission rate", "Directory"]) await ada.said(missing);
    await ada.sound("an account that is being set up");
    await ada.press("Edit");
    assert.ok(!(await ada.main()).includes("Save role"), "the role cannot be changed");
    assert.equal(await ada.page.locator("main input[name=email]:not([readonly])").count(), 0, "nor the e-mail address");
    await ada.fill("Commission rate", "10");
    await ada.fill("Street and number", "107 Harbor Street");
    await ada.follow("Save");

    for (const [leader, reps] of [["dana", ["Ann", "Bob"]], ["hub", ["Cat"]]]) {
      for (const rep of reps) {
        await ada.go(people[leader]);
        await ada.add("Add a sales rep", rep);
        await ada.toast("Added to the group");
      }
    }
    await ada.go(people.dana);
    await ada.press("Name a delegate");
    await ada.said("recorded under both names");
    await ada.fill("Name", "Dee Ross");
    await ada.fill("E-mail", "dee@northlake.example");
    await ada.follow("Create and invite");
    facts["link of dee"] = await (await ada.field("Link")).inputValue();
    await ada.follow("Done");
    people.dee = ada.path;
    for (const key of ["dana", "ann", "bob", "cat", "rita", "dee"]) await trained(key);
    for (const key of ["omar", "rita", "dana", "ann", "bob", "cat", "dee"]) await enters(key);
    await ada.room("People");
    await ada.said("Delegate");
    await ada.sound("people");
  });

  part("2. directory and catalog", async () => {
    await imports("catalog_items", new URL("./fixtures/stents.csv", import.meta.url).pathname, { missing: true });
    await ada.said("189");
    await ada.sound("an import that was checked");
    await ada.room("Catalog");
    await ada.said("No items yet");
    await imports("catalog_items", new URL("./fixtures/stents.csv", import.meta.url).pathname, { missing: true });
    await carryOut();
    await ada.go("/manufacturers");
    assert.equal(await ada.page.locator("[data-list] tbody tr").count(), 9);
    await ada.press("New manufacturer");
    await ada.fill("Name", "Acme Ortho");
    await ada.press("Create manufacturer");
    await ada.said("Acme Ortho");
    const items = [
      ["CUP-52", "Acetabular cup 52 mm", "1200", "09506000134352", false],
      ["STEM-3", "Femoral stem 3", "1800", "", false],
      ["LIN-36", "Liner 36 / 52", "600", "", false],
      ["DRV-1", "Cup driver", "50", "", true],
    ];
    for (const [number, description, price, di, reusable] of items) {
      await ada.go("/catalog/new");
      await ada.choose("Manufacturer", "Acme");
      await ada.fill("Description", description);
      await ada.fill("Catalog number", number);
      await ada.fill("UDI-DI", di);
      await ada.fill("List price", price);
      if (reusable) await ada.page.check("input[name=reusable]");
      await ada.follow("Create item");
      facts[number] = ada.path;
    }
    await ada.sound("an item");
    await imports("customers", csv("customers.csv", "name,number,default_sales_rep\nSt. Elm Health,C-1,ann@northlake.example\n"));
    await carryOut();
    await imports("locations", csv("locations.csv", "customer,name,code,time_zone\nC-1,St. Elm Main,MAIN,America/Chicago\nC-1,St. Elm East,EAST,America/Chicago\n"));
    await carryOut();
    await imports("procedures", csv("procedures.csv", "name\nTotal hip\n"));
    await carryOut();
    await imports("physicians", csv("physicians.csv", "name,locations\nDr. Rivera,C-1/MAIN;C-1/EAST\n"));
    await carryOut();
    await imports("prices", csv("prices.csv", "customer,location,number,price\nC-1,MAIN,CUP-52,1000\n"));
    await carryOut();
    await ada.go("/places");
    await ada.press("New place");
    await ada.fill("Name", "Trunk 2");
    await ada.press("Create place", { exact: false });
    await ada.said("Trunk 2");

    await ada.go(`${people.ann}/assignments`);
    for (const [field, words] of [["Add a manufacturer", "Acme"], ["Add a location", "St. Elm Main"], ["Add a location", "St. Elm East"], ["Add a physician", "Dr. Rivera"]]) {
      await ada.add(field, words);
    }
    await ada.sound("assignments");
    for (const key of ["bob", "cat", "dana"]) {
      await ada.go(`${people[key]}/assignments`);
      await ada.add("The same as a colleague", "Ann", "Add all of theirs");
      await ada.said("Acme Ortho");
    }
  });

  async function makes(item, lot, quantity) {
    await ada.go("/units/new");
    await ada.choose("Item", item);
    await ada.fill("Lot", lot);
    await ada.fill("Expires", day(400));
    await ada.fill("How many alike", String(quantity));
    await ada.follow("Make units");
    await ada.toast(`${quantity} unit${quantity === 1 ? "" : "s"} made`);
  }

  part("3. stock arrives", async () => {
    await makes("Acetabular cup", "L25-1001", 6);
    await makes("Femoral stem", "S25-1", 3);
    await makes("Liner", "P25-1", 8);
    await makes("Cup driver", "D1", 1);
    facts.driver = ada.path;
    await ada.sound("a unit");

    await ada.go("/scan?mode=receive");
    const code = ada.page.locator("#scan-code");
    await code.fill("(01)09506000134352(17)280430(10)LOT-1(21)SN9");
    await code.press("Enter");
    await ada.said("serial SN9");
    await code.fill("(8018)123456789012345675(7253)DOE");
    await code.press("Enter");
    await ada.said("A patient's code");
    assert.ok(!(await ada.page.content()).includes("DOE"), "nothing of a patient's code is kept");
    await ada.sound("the scanner");
    await ada.press("Take into stock", { exact: false });
    await ada.follow("Take 1 unit into stock");
    await ada.said("LOT-1");

    // Without scripts the scanner and the fields work as well.
    const plain = await Person.at(browser, it.base, { javaScriptEnabled: false });
    await plain.signIn(ADMIN, PASSWORD);
    await plain.go("/scan?mode=receive");
    await plain.page.fill("#scan-code", "(01)09506000134352(17)280430(10)LOT-1(21)SN10");
    await plain.press("Add");
    await plain.said("serial SN10");
    await plain.press("Take into stock");
    await plain.press("Take 1 unit into stock");
    await plain.said("LOT-1");
    await plain.go("/units/new");
    await plain.fill("Item", "Cup driver");
    await plain.fill("Serial number", "DRV-77");
    await plain.press("Make units");
    await plain.said("serial DRV-77");
    await plain.close();

    const bad = "manufacturer,catalog_number,lot,expires_on,quantity,custodian\nAcme Ortho,CUP-52,L9,2028-01-31,2,organization\nAcme Ortho,NOPE,L9,2028-01-31,2,organization\n";
    await imports("units", csv("units.csv", bad));
    const wrong = ada.page.locator("#errors tbody tr");
    assert.match(await wrong.first().innerText(), /3\s+catalog_number/);
    assert.equal(await ada.page.getByRole("button", { name: /^Import/ }).count(), 0, "nothing can be written while a row is wrong");
    await ada.go("/units?lot=L9");
    await ada.said("Nothing matches");
    await imports("units", csv("units.csv", bad.replace("NOPE", "LIN-36")));
    await carryOut();
    await ada.go("/units?lot=L9");
    await ada.said("2 alike");
    await ada.sound("stock");
  });

  // Selects units in the stock list and sends them.
  async function sends(who, { lot, number, to, from = who === as.omar ? "Northlake Ortho" : "" }) {
    await who.go(`/units?lot=${lot}&state=available`);
    await who.tick([lot, from], number);
    await who.follow("Send transfer", { within: who.page.locator(".bulk") });
    await who.choose("To", to);
    await who.press(`Send ${number} unit${number === 1 ? "" : "s"}`);
  }
  const id = (key) => people[key].split("/").at(-1);
  const lastTransfer = async (who) => {
    await who.page.waitForURL(/\/transfers\/trf_/);
    return who.path;
  };

  part("4. units are transferred", async () => {
    const { omar, ann, dana, rita, bob, dee, cat } = as;
    // Sent by the office, accepted by the rep on the first page.
    await sends(omar, { lot: "L25-1001", number: 3, to: "Ann Reyes" });
    const first = await lastTransfer(omar);
    await omar.toast("3 units sent to Ann Reyes");
    await omar.sound("a transfer");
    await ann.room("Today");
    await ann.said("3 units from Northlake Ortho");
    await ann.sound("a rep's first page");
    await ann.follow("Accept");
    await ann.toast("3 units accepted");
    // By the distributor for a rep of the group.
    await sends(omar, { lot: "L25-1001", number: 1, to: "Bob Lind" });
    const forBob = await lastTransfer(omar);
    await dana.go(forBob);
    await dana.said("you may decide for them");
    await dana.follow("Accept");
    await dana.said("Accepted");
    // Declined with a reason: back at the sender, on hold, released by the office.
    await sends(omar, { lot: "L25-1001", number: 1, to: "Ann Reyes" });
    const declined = await lastTransfer(omar);
    await ann.go(declined);
    await ann.press("Decline");
    await ann.press("Decline the transfer");
    assert.ok(await ann.page.locator("dialog[open]").isVisible(), "a reason is needed");
    await ann.fill("Reason", "The box was empty");
    await ann.press("Decline the transfer");
    await ann.toast("Declined");
    await omar.room("Today");
    await omar.said("The box was empty");
    await omar.press("Release");
    await omar.press("Release it");
    await omar.toast("Released");
    // Taken back at once, from the message that says it was sent.
    await sends(omar, { lot: "L25-1001", number: 1, to: "Ann Reyes" });
    await lastTransfer(omar);
    await omar.press("Undo", { within: omar.page.locator("#toasts") });
    await omar.said("Cancelled");
    // By a regional manager for the region, and for nobody else.
    await sends(omar, { lot: "P25-1", number: 4, to: "Ann Reyes" });
    const region = await lastTransfer(omar);
    await rita.go(region);
    await rita.follow("Accept all");
    await rita.said("Accepted");
    await sends(omar, { lot: "P25-1", number: 1, to: "Cat Ito" });
    await omar.follow("Only for this person");
    const notHers = await lastTransfer(omar);
    assert.equal(await rita.go(notHers), 404);
    await rita.said("outside what your account reaches");
    await rita.sound("nothing here");
    await cat.go(notHers);
    await cat.follow("Accept");
    // A rep never accepts for somebody else; the delegate of the distributor does, under both names.
    await sends(ann, { lot: "L25-1001", number: 1, to: "Bob Lind" });
    const between = await lastTransfer(ann);
    assert.equal(await ann.page.getByRole("button", { name: "Accept" }).count(), 0);
    assert.equal(await cat.go(between), 404);
    await dee.go(between);
    await dee.follow("Accept");
    await dee.said("as delegate of Dana Moore");
    await bob.go("/transfers?view=all");
    assert.equal(await bob.rows("to Bob Lind").count(), 2);
    await bob.sound("transfers");
    await omar.go(first);
    await omar.said(/Ann Reyes accepted/);
  });

  part("5. a distributor shares with the group", async () => {
    const { omar, dana, ann, bob, cat } = as;
    await sends(omar, { lot: "S25-1", number: 3, to: "Dana Moore" });
    const pool = await lastTransfer(omar);
    await dana.room("Today");
    await dana.follow("Accept");
    await ann.go("/units?lot=S25-1");
    await ann.said("Nothing matches");
    await ada.go(people.dana);
    await ada.page.locator("input[name=shares_inventory]").click();
    await ada.toast("The group may now use its stock");
    // Marked as shared, with the owner's name; seen, and not edited.
    await ann.go("/units?view=shared&lot=S25-1");
    await ann.said("Dana Moore");
    await ann.rows("S25-1").first().getByRole("link").first().click();
    await ann.said("Shared with you");
    await ann.said("shares it with you");
    assert.equal(await ann.page.getByRole("link", { name: "Edit" }).count(), 0);
    facts.stem = ann.path;
    await ann.sound("a shared unit");
    await bob.go("/units?view=mine");
    await bob.rows("L25-1001").first().getByRole("link").first().click();
    const bobs = bob.path;
    assert.equal(await ann.go(bobs), 404, "never another rep's");
    assert.equal(await cat.go(facts.stem), 404, "not of another group");

    // Sending to a rep of a distributor who shares proposes the distributor.
    await sends(omar, { lot: "L9", number: 1, to: "Ann Reyes" });
    await omar.said("The whole group could use these");
    await omar.sound("a proposal");
    await omar.follow("Send to the group");
    await omar.said("Northlake Ortho to Dana Moore");
    await dana.go(await lastTransfer(omar));
    await dana.follow("Accept");
    await sends(omar, { lot: "L25-1001", number: 1, to: "Ann Reyes" });
    await omar.follow("Only for this person");
    await ann.go(await lastTransfer(omar));
    await ann.follow("Accept");
    // A hub pools stock for independent reps and acts on nothing: the office accepts for it.
    await sends(omar, { lot: "P25-1", number: 2, to: "Lakeside pool" });
    await omar.go(await lastTransfer(omar));
    await omar.follow("Accept all");
    await cat.go("/units?view=shared");
    await cat.said("Lakeside pool");
    // The office opens a source: whoever may, takes from it, and nobody has to accept.
    await ada.go(people.cat);
    await ada.add("Open a source", "Northlake", "Open it");
    await cat.go("/quick-transfer");
    await cat.said("From Northlake Ortho");
    await cat.page.locator(".tick", { hasText: "L25-1001" }).locator("input").first().check();
    await cat.sound("taking stock");
    await cat.follow("Take these");
    await cat.toast("1 unit taken");
    // A rep may draw on a hub beside the own distributor.
    await ada.go(people.hub);
    await ada.add("Add a sales rep", "Ann");
    await ada.toast("Added to the group");
    await ann.go("/units?view=shared");
    await ann.said("Lakeside pool");
    assert.ok(pool);
  });

  part("6. a case is scheduled, used, priced and submitted for billing", async () => {
    const { ann, dana, omar } = as;
    await ann.room("Events");
    await ann.press("New event");
    await ann.choose("Location", "St. Elm Main");
    await ann.fill("Starts", at(1));
    await ann.choose("Physician", "Dr. Rivera");
    await ann.choose("Procedure", "Total hip");
    await ann.sound("a new event");
    await ann.follow("Plan it");
    facts.case = ann.path;
    await ann.said("Nothing is marked as used yet");
    // By search.
    await ann.follow("Add units");
    await ann.page.fill("[data-find]", "S25-1");
    await ann.page.press("[data-find]", "Enter");
    await ann.page.waitForURL(/q=S25-1/);
    await ann.tick("S25-1");
    await ann.sound("units that can be used");
    await ann.press("Add as implanted");
    await ann.toast("1 unit added");
    // By scan.
    await ann.follow("Scan");
    await ann.page.fill("#scan-code", "L25-1001");
    await ann.page.press("#scan-code", "Enter");
    await ann.page.locator("[data-lines] [data-good=true]").first().waitFor();
    await ann.press(/Add to the case/, { exact: false });
    await ann.toast("1 unit added");
    await ann.said("contract");
    await ann.said("list price");
    await ann.said("2,800.00");
    await ann.sound("a case");
    await ann.press("Submit");
    await ann.said("the purchase order is awaited");
    await ann.press("Submit", { within: ann.page.locator("dialog:modal") });
    await ann.toast("Submitted");
    await ann.said("Waiting for PO");
    await ann.press("Enter purchase order");
    await ann.fill("Number", "PO-77");
    await ann.press(/Enter|Save|Add/, { within: ann.page.locator("dialog:modal"), exact: false });
    await ann.said("Waiting for payment");
    const pdf = await (async () => {
      await ann.page.locator("main .top details.pop > summary").first().click();
      return ann.download("Sales order as PDF");
    })();
    assert.equal(pdf.bytes.subarray(0, 5).toString(), "%PDF-");
    await omar.go(facts.case);
    await omar.follow("Mark as paid");
    await omar.said("Paid");
    await ann.go(facts.stem);
    // Single-use units leave stock; reusable ones come back.
    await ann.go("/units?view=inactive");
    assert.equal(await ann.rows("L25-1001").count() >= 1, true);

    // For a rep, by the distributor; the event is the rep's.
    await dana.go("/events/new");
    await dana.choose("Representative", "Bob");
    await dana.choose("Location", "St. Elm East");
    await dana.fill("Starts", at(3));
    await dana.choose("Physician", "Dr. Rivera");
    await dana.follow("Plan it");
    await dana.said("Bob Lind");
    facts.bobs = dana.path;
    await as.bob.room("Events");
    await as.bob.said("Dr. Rivera");
    assert.equal(await as.ann.go(facts.bobs), 404);
  });

  part("7. facility stock: sold once, tracked, used later, reassigned", async () => {
    const { omar, ann, dana, bob } = as;
    await omar.go("/events/new?type=stocking_order");
    await omar.choose("Representative", "Ann");
    await omar.choose("Location", "St. Elm Main");
    await omar.fill("Starts", at(0, "07:00"));
    await omar.follow("Plan it");
    const order = omar.path;
    await omar.said("Better sold by somebody else");
    await omar.sound("a stocking order with a hint");
    await omar.follow("Change the seller");
    await omar.said("Dana Moore");
    await omar.follow("Add units");
    await omar.tick("L9");
    await omar.press("Add as sold");
    await omar.toast("1 unit added");
    await omar.press("Submit");
    await omar.press("Submit", { within: omar.page.locator("dialog:modal") });
    await omar.toast("Submitted");
    await omar.page.locator("main .top details.pop > summary").first().click();
    assert.equal(await omar.page.getByRole("link", { name: "Reopen" }).count(), 0, "a stocking order is final");
    // Used later by a rep of the group, at no further charge.
    await ann.go("/events/new");
    await ann.choose("Location", "St. Elm Main");
    await ann.fill("Starts", at(2));
    await ann.choose("Physician", "Dr. Rivera");
    await ann.follow("Plan it");
    await ann.follow("Add units");
    await ann.tick("Facility stock");
    await ann.press("Add as implanted");
    await ann.said("sold before");
    await ann.press("Submit");
    await ann.press("Submit", { within: ann.page.locator("dialog:modal") });
    await ann.said("There is nothing to bill");
    // The rep's own facility stock goes to another custodian directly, on its shelf, with a reason.
    await omar.go("/events/new?type=stocking_order");
    await omar.choose("Representative", "Ann");
    await omar.choose("Location", "St. Elm Main");
    await omar.fill("Starts", at(0, "07:30"));
    await omar.follow("Plan it");
    await omar.follow("Add units");
    await omar.tick("P25-1", 2);
    await omar.press("Add as sold");
    await omar.toast("2 units added");
    await omar.press("Submit");
    await omar.press("Submit", { within: omar.page.locator("dialog:modal") });
    await omar.toast("Submitted");
    await dana.go("/units?view=facility&lot=P25-1");
    await dana.tick("P25-1");
    await dana.press("Give to another custodian");
    await dana.choose("Who answers for them from now on", "Bob");
    await dana.fill("Reason", "Bob covers this hospital");
    await dana.press("Give 1 unit");
    await dana.toast("1 unit given to Bob Lind");
    await bob.go("/units?view=facility");
    await bob.rows("P25-1").first().getByRole("link").first().click();
    await bob.said("Only at St. Elm Main");
    await bob.said("Bob covers this hospital");
    facts.given = bob.path;
    // A stock adjustment takes a unit off without a sale.
    await omar.go("/events/new?type=stock_adjustment");
    await omar.choose("Representative", "Bob");
    await omar.choose("Location", "St. Elm Main");
    await omar.fill("Starts", at(0, "07:45"));
    await omar.fill("Note", "Counted, not there");
    await omar.follow("Plan it");
    await omar.follow("Add units");
    await omar.tick("L25-1001");
    await omar.press("Add as missing");
    await omar.fill("Note", "Counted, not there");
    await omar.press("Add them");
    await omar.toast("1 unit added");
    await omar.press("Submit");
    await omar.press("Submit", { within: omar.page.locator("dialog:modal") });
    await omar.toast("Submitted");
    assert.ok(order);
  });

  part("8. screens for every role, each within its reach", async () => {
    const rooms = {
      ada: ["Today", "Calendar", "Events", "Stock", "Transfers", "Customers", "Figures", "People", "Catalog", "Settings"],
      omar: ["Today", "Events", "Stock", "Transfers", "Figures", "People"],
      rita: ["Today", "Events", "Stock", "Transfers", "Figures", "People"],
      dana: ["Today", "Events", "Stock", "Transfers", "Figures", "People"],
      ann: ["Today", "Events", "Stock", "Transfers", "Figures", "People"],
    };
    for (const [key, names] of Object.entries(rooms)) {
      for (const name of names) {
        const room = as[key].page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name });
        const link = (await room.count()) > 0 ? room : as[key].page.getByRole("link", { name });
        await link.first().click();
        await as[key].page.waitForLoadState();
        await as[key].sound(`${key}: ${name}`);
      }
    }
    const { dana, ann, rita } = as;
    await dana.room("People");
    assert.deepEqual(
      (await dana.page.locator("[data-list] tbody .go").allInnerTexts()).sort(),
      ["Ann Reyes", "Bob Lind", "Dana Moore", "Dee Ross"],
    );
    await dana.room("Events");
    await dana.press("All", { within: dana.page.locator("nav.tabs"), exact: false });
    await dana.said("Bob Lind");
    await ann.room("People");
    assert.deepEqual(await ann.page.locator("[data-list] tbody .go").allInnerTexts(), ["Ann Reyes"]);
    // A distributor edits contact data, rate, targets and manufacturers of its reps, and nothing else.
    await dana.go(people.ann);
    await dana.press("Edit");
    assert.equal(await dana.page.locator("select[name=region_id]").count(), 0);
    await dana.fill("Telephone", "+1 312 555 0117");
    await dana.fill("Commission rate", "11");
    await dana.follow("Save");
    await dana.said("11 %");
    // The number on the first page is the number of rows behind it.
    await dana.room("Today");
    const figures = await dana.page.locator(".figs a.fig").evaluateAll((all) => all.map((it) => [it.getAttribute("href"), it.querySelector("b").textContent, it.innerText]));
    assert.ok(figures.length >= 4);
    for (const [href, value] of figures.filter(([href, value]) => /^\/(units|events|transfers)/.test(href) && /^[\d,]+$/.test(value))) {
      await dana.go(href);
      const shown = (await dana.page.locator(".tabs a[aria-current] small").count()) > 0 ? await dana.page.locator(".tabs a[aria-current] small").innerText() : "0";
      assert.equal(shown, value, href);
    }
    // Reports as files.
    for (const [report, who] of [["cases", dana], ["usage_lines", dana], ["sales", dana], ["commission", dana], ["inventory_on_hand", rita]]) {
      await who.go(`/figures/${report}`);
      await who.sound(`the report ${report}`);
      const text = await who.download("CSV");
      assert.match(text.name, /\.csv$/);
      assert.ok(text.bytes.toString().split("\n").length > 1, report);
      const sheet = await who.download("XLSX");
      assert.equal(sheet.bytes.subarray(0, 2).toString(), "PK", report);
    }
    // The shelf: sold, used, left, expiring, for each item and seller.
    await ada.go("/locations?q=Main");
    await ada.rows("St. Elm Main").first().getByRole("link").first().click();
    const shelf = ada.page.locator("#shelf");
    await shelf.waitFor();
    for (const seller of ["Ann Reyes", "Bob Lind", "Dana Moore"]) assert.ok((await shelf.innerText()).includes(seller), seller);
    await ada.sound("a facility with its shelf");
    await ada.go(people.dana);
    for (const part of ["Its group", "Acts for it", "Shares its stock with the group"]) await ada.said(part);
    await ada.sound("a distributor");
  });

  part("9. every unit and event tells its history, and the journal is proven", async () => {
    await as.bob.go(facts.given);
    const story = await as.bob.page.locator("ol.tl").innerText();
    for (const words of ["Bob covers this hospital", "Dana Moore"]) assert.ok(story.includes(words), `${words}: ${story}`);
    await as.ann.go(facts.case);
    const happened = await as.ann.page.locator("ol.tl").innerText();
    for (const words of ["planned it", "submitted it"]) assert.ok(happened.includes(words), `${words}: ${happened}`);
    await ada.go("/trace?lot=P25-1");
    await ada.said("units of this lot");
    await ada.said("Cat Ito");
    await ada.sound("a trace");
    await new Promise((done) => setTimeout(done, 1500));
    assert.match(run(it.url, "verify"), /./);
  });

  part("lists: views, columns, order, filters and keys", async () => {
    const { omar } = as;
    await omar.room("Stock");
    await omar.page.locator(".chips details.pop > summary", { hasText: "Filter" }).click();
    await omar.page.locator(".chips .panel summary").filter({ hasText: /^Lot/ }).click();
    await omar.fill("Lot", "L25-1001");
    await omar.press("Show", { within: omar.page.locator(".chips") });
    await omar.page.waitForURL(/lot=L25-1001/);
    await omar.page.getByRole("columnheader", { name: "Expires" }).getByRole("link").click();
    await omar.page.waitForURL(/sort=/);
    await omar.press("Save as");
    await omar.fill("Name", "Cups of spring");
    await omar.page.locator("dialog[open] input[name=is_default]").check();
    await omar.press("Save view", { within: omar.page.locator("dialog:modal") });
    await omar.toast("View Cups of spring saved");
    const tab = omar.page.locator("nav.tabs a", { hasText: "Cups of spring" });
    assert.equal(await tab.getAttribute("aria-current"), "page");
    await omar.sound("a saved view");
    // It opens first, and what is changed in it is offered to be kept.
    await omar.room("Today");
    await omar.room("Stock");
    assert.equal(await omar.page.locator("nav.tabs a[aria-current]").innerText().then((text) => text.startsWith("Cups of spring")), true);
    await omar.page.getByRole("link", { name: "Remove the filter Lot" }).click();
    await omar.press("Reset");
    await omar.page.getByRole("link", { name: "Remove the filter Lot" }).waitFor();
    await omar.press("All", { within: omar.page.locator("nav.tabs"), exact: false });
    await omar.page.waitForURL(/view=all/);
    // A filter holds for the rows after the first and for the file as well.
    const units = await omar.page.evaluate(async () => {
      const text = async (href, headers) => {
        const answer = await fetch(href, { headers });
        return { status: answer.status, rows: (await answer.text()).split("\n").length };
      };
      const whose = [...document.querySelectorAll("select[name=custodian_id] option")].map((it) => it.value).filter((it) => it.startsWith("usr_"));
      const pages = await Promise.all(whose.map(async (id) => [id, await (await fetch(`/units?view=all&custodian_id=${id}`)).text()]));
      const next = pages.map(([, page]) => new DOMParser().parseFromString(page, "text/html").querySelector("a[href*='cursor=']")?.getAttribute("href"));
      const more = await Promise.all(next.filter(Boolean).map((href) => text(href, { "hx-request": "true" })));
      const files = await Promise.all([`/units.csv?view=all&custodian_id=${whose[0]}`, "/units.csv?view=all"].map((href) => text(href)));
      return { whose: whose.length, more, files };
    });
    assert.ok(units.whose > 2 && units.more.every((it) => it.status === 200), JSON.stringify(units.more));
    assert.ok(units.files[0].rows < units.files[1].rows, JSON.stringify(units.files));
    // Keys.
    await omar.page.keyboard.press("j");
    await omar.page.keyboard.press("x");
    await omar.page.keyboard.press("j");
    await omar.page.keyboard.press("Shift+x");
    await omar.page.locator(".bulk [data-count]").filter({ hasText: "selected" }).waitFor();
    await omar.page.keyboard.press("Escape");
    await omar.page.keyboard.press("Space");
    await omar.page.locator("#drawer[open] #drawer-body h2").waitFor();
    await omar.sound("quick look");
    await omar.page.keyboard.press("Escape");
    await omar.page.keyboard.press("Control+k");
    await omar.page.locator("#palette-q").fill("rivera");
    await omar.page.locator("#palette-list .hit", { hasText: "Dr. Rivera" }).first().waitFor();
    await omar.sound("the palette");
    await omar.page.keyboard.press("Escape");
    await omar.page.keyboard.press("g");
    await omar.page.keyboard.press("p");
    await omar.page.waitForURL(/\/people/);
    await omar.page.keyboard.press("?");
    await omar.page.locator("#keys[open]").waitFor();
    await omar.page.keyboard.press("Escape");
  });

  test("nothing was wrong on any page on the way", () => {
    const all = Object.entries(as).flatMap(([key, who]) => who.complaints.map((it) => `${key}: ${it}`));
    assert.deepEqual([...new Set(all)], []);
  });
});
