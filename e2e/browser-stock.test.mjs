// A set's life in a browser: built after its bill of materials, sent, received short, used, filled up again, counted, and a lot
// of it recalled; on a desk and on a phone. Its label is read back by another reader than ours.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";
import { reader } from "./labels.mjs";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;

describe("a set in a browser", () => {
  let it, browser, admin, ada, ann;
  let broken = null; // the part that did not end well: the next ones build on it
  const id = {};
  const people = [];

  const look = async (who, name) => {
    await who.sound(name);
    if (shots) await who.page.screenshot({ path: `${shots}/stock-${name.replaceAll(" ", "-")}.png` });
  };

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    it = await world();
    browser = await launch();
    admin = it.as(ADMIN);
    const user = await admin.post("/users", { email: "ann@northlake.example", role: "sales", name: "Ann Reyes" });
    id.ann = user.id;
    await admin.act(`/users/${id.ann}/complete-training`);
    const { link } = await admin.act(`/users/${id.ann}/invite`);
    const maker = await admin.post("/manufacturers", { name: "Acme Ortho" });
    id.maker = maker.id;
    const item = async (key, number, description, more) => {
      id[key] = (await admin.post("/catalog-items", { manufacturer_id: maker.id, number, description, kind: "device", list_price_minor: 50_000, ...more })).id;
    };
    await item("cup", "CUP-52", "Acetabular cup 52 mm", { udi_di: "09506000000121" });
    await item("screw", "SCR-25", "Bone screw 25 mm", { udi_di: "09506000000138" });
    await item("tray", "HIP-TRAY", "Hip tray", { kind: "container", reusable: true });
    const units = async (item, quantity, lot, days, more = {}) =>
      (await admin.post("/units", { catalog_item_id: id[item], quantity, lot, expires_on: day(days), ...more })).items.map((unit) => unit.id);
    await units("cup", 3, "C-1", 400);
    await units("screw", 12, "S-1", 300);
    await units("screw", 4, "S-2", 90);
    id.set = (await admin.post("/units", { catalog_item_id: id.tray, serial: "TRAY-0007" })).items[0].id;
    const customer = await admin.post("/customers", { name: "Mercy Health" });
    const location = await admin.post("/locations", { customer_id: customer.id, name: "Mercy Main", time_zone: "America/Chicago", address: { city: "Chicago", state: "IL", postal_code: "60601" } });
    id.location = location.id;
    await admin.put(`/users/${id.ann}/assignments`, { manufacturer_ids: [maker.id], location_ids: [location.id] });
    ada = await Person.at(browser, it.base);
    await ada.signIn(ADMIN, PASSWORD);
    ann = await Person.at(browser, it.base, PHONE);
    await ann.claim(link, PASSWORD);
    people.push(ada, ann);
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
        for (const who of people) {
          error.message += `\nwas at ${who.path}`;
          if (shots) await who.page.screenshot({ path: `${shots}/stock-failed-${people.indexOf(who)}.png` });
        }
        throw error;
      }
    });

  part("1. a bill says what belongs into a set, and the set is built after it", async () => {
    await ada.go("/boms");
    await ada.said("No bills of materials");
    await look(ada, "no bills");
    await ada.follow("New bill", { within: ada.page.locator("main") });
    await ada.fill("Name", "Hip Set");
    const line = async (at, words, many, least, most) => {
      await ada.choose(`Item ${at}`, words);
      await ada.page.fill(`[name=required-${at - 1}]`, many);
      await ada.page.fill(`[name=min-${at - 1}]`, least);
      await ada.page.fill(`[name=max-${at - 1}]`, most);
    };
    await line(1, "Acetabular", "2", "1", "2");
    await line(2, "Bone screw", "6", "4", "8");
    await look(ada, "a new bill");
    await ada.follow("Save");
    await ada.said("could be built");
    assert.match(await ada.main(), /1\s+could be built of all/);
    await look(ada, "a bill");
    id.bom = ada.path;
    await ada.go(`/units/${id.set}`);
    await ada.said("It follows no bill of materials");
    await ada.press("Choose a bill");
    await ada.select("Bill of materials", "Hip Set");
    await ada.press("Save");
    await ada.said("Hip Set 1 of 1");
    await ada.said("Not ready");
    await look(ada, "an empty set");
    await ada.press("Fill it up");
    await ada.said("8 units go in");
    await look(ada, "filling up");
    await ada.press("Put in 8 units");
    await ada.toast("8 units put in");
    await ada.said("Complete");
    // What expires first went in first.
    const inside = (await admin.get(`/units/${id.set}/contents`)).items;
    assert.equal(inside.filter((unit) => unit.lot === "S-2").length, 4);
    await look(ada, "a complete set");
  });

  part("2. its label is read by another reader, and a scan finds the set", async () => {
    await ada.more("Print a label");
    await ada.said("A scan of the code finds the unit again");
    await look(ada, "a label");
    const read = await reader();
    const codes = await read(await ada.page.locator(".label-code svg").screenshot({ scale: "css" }));
    assert.deepEqual(codes.map((code) => code.format), ["DataMatrix"]);
    assert.equal(codes[0].text, id.set);
    const found = await admin.act("/units/scan", { barcode: codes[0].text });
    assert.equal(found.matches[0].id, id.set);
    // A GS1 label as PDF, as it comes out of a printer.
    const screw = (await admin.get(`/units/${id.set}/contents`)).items.find((unit) => unit.lot === "S-2");
    const pdf = await fetch(`${it.base}/api/v1/units/labels.pdf?paper=roll&id=${screw.id}`, { headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    assert.equal(pdf.headers.get("content-type"), "application/pdf");
    const file = join(it.folder, "label.pdf");
    writeFileSync(file, Buffer.from(await pdf.arrayBuffer()));
    execFileSync("pdftoppm", ["-r", "300", "-png", "-singlefile", file, join(it.folder, "label")]);
    const [printed] = await read(join(it.folder, "label.png"));
    assert.equal(printed.format, "DataMatrix");
    assert.match(printed.symbology, /^\]d2/, "a GS1 DataMatrix");
    const scanned = await admin.act("/units/scan", { barcode: `]d2${printed.raw}` });
    assert.deepEqual([scanned.parsed.di, scanned.parsed.lot, scanned.parsed.expires_on], ["09506000000138", "S-2", day(90)]);
    const zpl = await admin.get(`/units/labels.zpl?id=${screw.id}`);
    assert.match(zpl, /\^FD_10109506000000138/);
    await ada.page.keyboard.press("Escape");
  });

  part("3. it is sent, and received short on a phone", async () => {
    await ada.go(`/transfers/new?id=${id.set}`);
    await ada.choose("To", "Ann");
    await look(ada, "sending the set");
    await ada.press(/^Send /, { within: ada.page.locator("main form") });
    await ada.page.waitForURL(/\/transfers\/trf_/);
    const [transfer] = (await admin.get("/transfers?limit=1")).items;
    id.transfer = transfer.id;
    assert.equal(transfer.units_count, 9, "the set moves with all that lies in it");
    await ann.go(`/transfers/${id.transfer}`);
    await look(ann, "phone arrived");
    await ann.go(`/transfers/${id.transfer}/receive`);
    const whole = await admin.get(`/transfers/${id.transfer}`);
    const contents = (await admin.get(`/units/${id.set}/contents`)).items;
    id.gone = contents.find((unit) => unit.lot === "S-1").id;
    for (const unit of whole.lines) await ann.page.check(`#f-state-${unit.unit_id}-${unit.unit_id === id.gone ? "missing" : "arrived"}`, { force: true });
    await ann.page.fill(`#why-${id.gone}`, "the slot was empty");
    await look(ann, "phone received short");
    await ann.follow("Accept what arrived");
    await ann.go(`/units/${id.set}`);
    await ann.said("Can go out");
    await ann.said("1 piece is missing");
    await look(ann, "phone a set that is short");
    assert.equal((await admin.get(`/units/${id.gone}`)).hold_status, "lost");
  });

  part("4. it is used in a case", async () => {
    const event = await it.as("ann@northlake.example").post("/events", { type: "case", representative_id: id.ann, location_id: id.location, starts_at: `${day(1)}T15:00:00Z`, manufacturer_ids: [id.maker] });
    id.event = event.id;
    await ann.go(`/scan?mode=use&id=${id.event}`);
    await ann.page.fill("#scan-code", "S-2");
    await ann.page.press("#scan-code", "Enter");
    await ann.page.locator("[data-lines] [data-good=true]").first().waitFor();
    await look(ann, "phone scanning");
    await ann.press(/Add to the case/, { exact: false });
    await ann.toast("1 unit added");
    await ann.press("Submit");
    await ann.press("Submit", { within: ann.page.locator("dialog:modal") });
    await ann.toast("Submitted");
    await ann.go(`/units/${id.set}`);
    await ann.said("2 pieces are missing");
  });

  part("5. what it lacks is asked for, sent, and fills it up again", async () => {
    await ann.press("Fill it up");
    await ann.said("Nothing loose fills it");
    await look(ann, "phone nothing loose");
    await ann.follow("Request what is missing");
    await ann.follow("Send request");
    const [request] = (await admin.get("/requests?limit=1")).items;
    await admin.act(`/requests/${request.id}/fulfill`, {});
    const [transfer] = (await admin.get("/transfers?limit=1")).items;
    await ann.go(`/transfers/${transfer.id}`);
    await ann.press(/Accept/, { exact: false });
    await ann.said("Accepted");
    await ann.go(`/units/${id.set}/set/refill`);
    await ann.said("2 units go in");
    await ann.follow("Put in 2 units");
    await ann.said("Complete");
    await look(ann, "phone filled up again");
  });

  part("6. it is counted, and one too many comes out", async () => {
    const spare = (await admin.post("/units", { catalog_item_id: id.screw, quantity: 3, lot: "S-3", expires_on: day(200), custodian: { type: "user", id: id.ann } })).items;
    await admin.act(`/units/${id.set}/contents`, { add: spare.map((unit) => unit.id), remove: [] });
    await ann.go(`/units/${id.set}`);
    await ann.said("1 is too many");
    await ann.press("Take out what is too many");
    await ann.toast("Taken out");
    await ann.go(`/counts/new?container=${id.set}`);
    await ann.follow("Start the count");
    const [count] = (await admin.get("/counts?limit=1")).items;
    await ann.go(`/counts/${count.id}/tick`);
    for (const field of await ann.page.locator("input[name^=take-]").all()) await field.fill(await field.getAttribute("max"));
    for (const box of await ann.page.locator(".tick input[type=checkbox]").all()) await box.check();
    await look(ann, "phone counting");
    await ann.follow("Count these");
    await admin.act(`/counts/${count.id}/complete`, {});
    const done = await admin.get(`/counts/${count.id}`);
    assert.deepEqual([done.missing_count, done.unexpected_count], [0, 0]);
    await ada.go(`/counts/${count.id}`);
    await look(ada, "a count of the set");
  });

  part("7. a lot of it is recalled: the set cannot go out, and whoever has it answers", async () => {
    const recall = await admin.post("/recalls", { title: "Screws of lot S-2", lines: [{ catalog_item_id: id.screw, lots: ["S-2"] }], instructions: "Set them aside." });
    await ada.go(`/recalls/${recall.id}`);
    await look(ada, "a recall");
    await ann.go(`/units/${id.set}`);
    await ann.said("Not ready");
    await look(ann, "phone a recalled set");
    const set = await admin.get(`/units/${id.set}/set`);
    assert.ok(set.blocked > 0 && !set.ready);
    // Frozen, it fills nothing and is offered nowhere.
    const bom = id.bom.split("/").at(-1);
    const free = (await admin.get(`/boms/${bom}/buildable`)).lines.find((line) => line.catalog_item_id === id.screw).free;
    const loose = (await admin.get(`/units?catalog_item_id=${id.screw}&state=available&limit=200`)).items.filter((unit) => !unit.container_id);
    assert.equal(free, loose.length);
    assert.ok(loose.every((unit) => unit.lot !== "S-2"));
    await ann.go(`/recalls/${recall.id}/answer`);
    await ann.page.check("input[name=answer][value=have_it]", { force: true });
    await ann.fill("How many", String(set.blocked));
    await look(ann, "phone answering");
    await ann.press("Answer");
    await ann.page.waitForURL(/recalls\/rcl_[^/]*$/);
    await ada.go(`/recalls/${recall.id}`);
    await ada.said("Ann Reyes");
  });

  part("8. par levels, labels of many, and holds of many", async () => {
    await ada.go(`/people/${id.ann}/par`);
    await ada.said("No par levels");
    await ada.follow("Set par levels", { within: ada.page.locator("main") });
    await ada.choose("Item 1", "Acetabular");
    await ada.page.fill("[name=level-0]", "9");
    await look(ada, "setting par levels");
    await ada.follow("Save");
    await ada.said("are missing");
    await look(ada, "par levels");
    await ada.go("/par");
    await ada.said("Ann Reyes");
    await look(ada, "below par");
    await ada.go("/units?view=all&lot=S-1");
    await ada.tick("S-1", 2);
    await ada.press("Hold");
    await ada.page.check("input[name=status][value=quarantine]", { force: true });
    await ada.fill("Reason", "The carton was wet");
    await look(ada, "holding many");
    await ada.press("Hold 2 units");
    await ada.toast("2 units put on hold");
    assert.equal((await admin.get("/units?hold_status=quarantine&count=true")).total, 2);
    await ada.press("Undo", { within: ada.page.locator("#toasts") });
    await ada.toast("2 units released");
    await ada.go("/stock-pools/new");
    await look(ada, "a new pool");
  });

  part("9. a pack is made, used as one at one price, and another one is taken apart", async () => {
    const kit = await admin.post("/catalog-items", { manufacturer_id: id.maker, number: "KIT-1", description: "Cup kit", kind: "pack", list_price_minor: 90_000 });
    const ids = async (item, quantity, lot) => (await admin.post("/units", { catalog_item_id: id[item], quantity, lot, expires_on: day(500), custodian: { type: "user", id: id.ann } })).items.map((unit) => unit.id);
    await ids("cup", 2, "C-7");
    await ids("screw", 4, "S-7");
    await ada.go("/boms/new");
    await ada.fill("Name", "Cup kit");
    await ada.page.check("input[name=kind][value=pack]", { force: true });
    await ada.choose("Packs are sold as", "Cup kit");
    await ada.choose("Item 1", "Acetabular");
    await ada.page.fill("[name=required-0]", "1");
    await ada.choose("Item 2", "Bone screw");
    await ada.page.fill("[name=required-1]", "2");
    await look(ada, "a bill for packs");
    await ada.follow("Save");
    await ada.said("There is no pack yet");
    await look(ada, "a bill with packs to make");
    await ada.press("Make packs");
    await ada.choose("Of whose stock", "Ann");
    await ada.fill("How many packs", "2");
    await look(ada, "making packs");
    await ada.press("Make them");
    await ada.toast("2 packs made");
    const packs = (await admin.get(`/units?kind=pack&custodian_id=${id.ann}`)).items;
    assert.deepEqual(packs.map((pack) => pack.catalog_item_id), [kit.id, kit.id]);
    // On a phone: what lies in it, how it stands, and the price of one.
    await ann.go(`/units/${packs[0].id}`);
    await ann.said("3 pieces inside");
    await ann.said("Complete");
    await look(ann, "phone a pack");
    const event = await it.as("ann@northlake.example").post("/events", { type: "case", representative_id: id.ann, location_id: id.location, starts_at: `${day(2)}T15:00:00Z`, manufacturer_ids: [id.maker] });
    await it.as("ann@northlake.example").post(`/events/${event.id}/lines`, { unit_ids: [packs[0].id] });
    await ann.go(`/events/${event.id}`);
    await ann.said("paid with its pack");
    await look(ann, "phone a pack in a case");
    const used = await admin.get(`/events/${event.id}`);
    assert.deepEqual([used.lines.length, used.total_minor], [4, 90_000]);
    const inside = used.lines.find((line) => line.pack_line_id);
    await ann.go(`/events/${event.id}/lines/${inside.id}`);
    await ann.said("It lies in a pack");
    await look(ann, "phone a line in a pack");
    await ann.go(`/units/${packs[1].id}`);
    await ann.press("Take it apart");
    await ann.press("Take it apart", { within: ann.page.locator("dialog:modal") });
    await ann.toast("Taken apart");
    assert.equal((await admin.get(`/units?lot=S-7&custodian_id=${id.ann}`)).items.filter((unit) => !unit.container_id).length, 2);
  });

  part("10. what should lie at a place, and two items that only look alike", async () => {
    const place = await admin.post("/places", { name: "Bay 3" });
    await ada.go(`/places/${place.id}/par`);
    await ada.follow("Set par levels", { within: ada.page.locator("main") });
    await ada.choose("Item 1", "Bone screw");
    await ada.page.fill("[name=level-0]", "5");
    await ada.follow("Save");
    await ada.said("5 pieces are missing");
    await ada.go("/par");
    await ada.said("Bay 3");
    await look(ada, "a place below par");
    for (const number of ["AB-100", "ab 100"]) await admin.post("/catalog-items", { manufacturer_id: id.maker, number, description: number, kind: "device" });
    await ada.go("/catalog/duplicates");
    await ada.said("AB-100");
    await look(ada, "likely the same");
    await ada.press("Not the same", { within: ada.page.locator("main .lines, main") });
    await ada.toast("They are not listed as the same any more");
    await ada.said("No two items look like one");
    await ada.go("/catalog/duplicates?apart=true");
    await ada.said("AB-100");
    await look(ada, "not the same");
    await ada.press("They may be the same");
    await ada.toast("They may be the same again");
    assert.equal((await admin.get("/catalog-items/duplicates")).items.length, 1);
  });

  part("11. tags and dates of many units are changed after a look, and taken back", async () => {
    for (const lot of ["D-099", "D-101", "D-110", "D-111"]) await admin.post("/units", { catalog_item_id: id.cup, lot, expires_on: day(300) });
    await ada.go("/units?view=all&lot=D-100..D-110&country=us");
    assert.equal(await ada.rows("Acetabular").count(), 2, "all from one lot to the other");
    await ada.tick("Acetabular", 2);
    await ada.follow("Edit tags and dates");
    await ada.said("Change 2 units");
    await ada.page.locator("#f-op-tags").getByText("Add", { exact: true }).click();
    await ada.fill("Which", "Winter, Demo");
    await ada.page.locator("#f-op-due_back_on").getByText("Set", { exact: true }).click();
    await ada.fill("On", day(40));
    await look(ada, "tags and dates of many");
    await ada.follow("Preview");
    await ada.said("2 units selected");
    await look(ada, "tags and dates looked at");
    assert.equal((await admin.get("/units?tags=winter")).items.length, 0, "looking writes nothing");
    await ada.follow("Change 2 units");
    await look(ada, "tags and dates changed");
    assert.equal((await admin.get("/units?tags=winter&count=true")).total, 2);
    await ada.press("Undo", { within: ada.page.locator("#toasts") });
    await ada.page.waitForFunction(() => document.body.innerText.includes("restored"));
    assert.equal((await admin.get("/units?tags=winter&count=true")).total, 0);
    await ada.page.setViewportSize(PHONE.viewport);
    await look(ada, "phone tags and dates taken back");
    await ada.page.setViewportSize({ width: 1440, height: 900 });
  });

  part("12. a range of serial numbers makes one unit for each", async () => {
    await ada.go("/units/new");
    await ada.choose("Item", "Acetabular");
    await ada.fill("Serial number", "DEMO-08..DEMO-11");
    await look(ada, "a series of serial numbers");
    await ada.press("Make units");
    await ada.toast("4 units made");
    assert.equal((await admin.get("/units?serial=DEMO-08..DEMO-11&count=true")).total, 4);
  });

  part("13. a region is below par, and a count has its pictures", async () => {
    const region = await admin.post("/regions", { name: "North", states: ["IL"] });
    await admin.patch(`/users/${id.ann}`, { region_id: region.id });
    await ada.go("/settings/regions");
    await ada.follow("Par levels");
    await ada.follow("Set par levels", { within: ada.page.locator("main") });
    await ada.choose("Item 1", "Acetabular");
    await ada.page.fill("[name=level-0]", "50");
    await ada.follow("Save");
    await ada.said("are missing");
    await look(ada, "a region below par");
    await ada.go("/par");
    await ada.said("Region North");
    const count = await admin.post("/counts", { custodian: { type: "user", id: id.ann } });
    await ann.go(`/counts/${count.id}`);
    await ann.said("No picture yet");
    await ann.follow("Add pictures");
    await ann.fill("What it shows", "carton wet");
    const picture = readFileSync(new URL("../crates/app/tests/it/data/picture.png", import.meta.url));
    await ann.page.setInputFiles("input[name=file]", { name: "IMG_1.png", mimeType: "image/png", buffer: picture });
    await look(ann, "phone a picture of a count");
    await ann.follow("Add to the count");
    await ann.said("carton wet.png");
    await look(ann, "phone a count with a picture");
    await ann.press("Take off");
    await ann.toast("Taken off");
    await ann.press("Undo", { within: ann.page.locator("#toasts") });
    await ann.said("carton wet.png");
  });

  test("nothing was wrong with any page", () => {
    assert.deepEqual(people.flatMap((who) => who.complaints), []);
  });
});
