// A photo of a label where there is no camera, with and without scripts; one item that was entered twice; a transfer that is not
// ready yet. And what is thrown at the reader of photos is answered in words.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;

// A PNG of these dimensions: with as many rows of white as `rows` says, which may be fewer than its head promises.
function png(width, height, rows = height) {
  const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n));
  const crc = (bytes) => ~bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), -1) >>> 0;
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const whole = Buffer.alloc(body.length + 8);
    whole.writeUInt32BE(data.length, 0);
    body.copy(whole, 4);
    whole.writeUInt32BE(crc(body), body.length + 4);
    return whole;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const line = Buffer.alloc(width + 1, 255);
  line[0] = 0;
  const data = deflateSync(Buffer.concat(Array.from({ length: rows }, () => line)));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

describe("photos, twins and drafts in a browser", () => {
  let it, browser, admin, ada, ann;
  const id = {};
  const photo = {};

  const look = async (who, name) => {
    await who.sound(name);
    if (shots) await who.page.screenshot({ path: `${shots}/photos-${name.replaceAll(" ", "-")}.png` });
  };
  const send = async (bytes, type = "image/png") => {
    const answer = await fetch(`${it.base}/api/v1/units/scan/photo`, { method: "POST", body: bytes, headers: { authorization: `Bearer ${it.token(ADMIN)}`, "content-type": type } });
    return { status: answer.status, body: await answer.json() };
  };

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    it = await world();
    browser = await launch();
    admin = it.as(ADMIN);
    const maker = await admin.post("/manufacturers", { name: "Acme Ortho" });
    const item = async (key, number, description, more = {}) => {
      id[key] = (await admin.post("/catalog-items", { manufacturer_id: maker.id, number, description, kind: "device", list_price_minor: 50_000, ...more })).id;
    };
    await item("screw", "SCR-25", "Bone screw 25 mm", { udi_di: "09506000000138" });
    await item("twin", "scr 25", "Bone screw, 25mm");
    const units = async (item, quantity, lot) => (await admin.post("/units", { catalog_item_id: id[item], quantity, lot, expires_on: day(300) })).items.map((unit) => unit.id);
    id.screws = await units("screw", 3, "S-1");
    id.twins = await units("twin", 2, "S-9");
    const user = await admin.post("/users", { email: "ann@northlake.example", role: "sales", name: "Ann Reyes" });
    await admin.act(`/users/${user.id}/complete-training`);
    ada = await Person.at(browser, it.base);
    await ada.signIn(ADMIN, PASSWORD);
    ann = await Person.at(browser, it.base, PHONE);
    await ann.signIn(ADMIN, PASSWORD);
    // A label as it comes out of a printer, held before a camera at an angle.
    const pdf = await fetch(`${it.base}/api/v1/units/labels.pdf?paper=roll&id=${id.screws[0]}`, { headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    const file = join(it.folder, "label.pdf");
    writeFileSync(file, Buffer.from(await pdf.arrayBuffer()));
    for (const [kind, resolution] of [["png", 300], ["jpeg", 220]]) {
      execFileSync("pdftoppm", ["-r", String(resolution), `-${kind}`, "-singlefile", file, join(it.folder, `label-${kind}`)]);
    }
    photo.png = readFileSync(join(it.folder, "label-png.png"));
    photo.jpeg = readFileSync(join(it.folder, "label-jpeg.jpg"));
    photo.file = join(it.folder, "label-jpeg.jpg");
    photo.empty = join(it.folder, "empty.png");
    writeFileSync(photo.empty, png(640, 480));
  });
  after(async () => {
    await browser?.close();
    await it?.stop();
  });

  test("a label that was printed here is read from a photo", async () => {
    for (const [bytes, type] of [[photo.png, "image/png"], [photo.jpeg, "image/jpeg"], [photo.jpeg, "application/octet-stream"]]) {
      const { status, body } = await send(bytes, type);
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body.labels.length, 1);
      const [{ barcodes, scanned }] = body.labels;
      assert.match(barcodes[0], /^\]d20109506000000138/);
      assert.deepEqual([scanned.parsed.lot, scanned.parsed.expires_on, scanned.catalog_item.id], ["S-1", day(300), id.screw]);
      assert.equal(scanned.matches.length, 3);
    }
    const form = new FormData();
    form.set("photo", new Blob([photo.png], { type: "image/png" }), "label.png");
    const answer = await fetch(`${it.base}/api/v1/units/scan/photo`, { method: "POST", body: form, headers: { authorization: `Bearer ${it.token(ADMIN)}` } });
    assert.equal((await answer.json()).labels.length, 1);
  });

  test("what is no photo of a label is answered in words, and soon", async () => {
    const code = async (bytes, type) => {
      const begin = Date.now();
      const { status, body } = await send(bytes, type);
      assert.ok(Date.now() - begin < 15_000, "in time");
      assert.ok(body.detail.length > 20, JSON.stringify(body));
      return `${status} ${body.code}`;
    };
    assert.equal(await code(png(640, 480)), "422 no_code_found");
    assert.equal(await code(png(1, 1)), "422 no_code_found");
    assert.equal(await code(png(60_000, 60_000, 4)), "422 picture_too_large");
    assert.equal(await code(png(19_999, 19_999, 4)), "422 picture_too_large");
    // Within the limits, but a hundred times larger once it is unpacked.
    assert.equal(await code(png(8_000, 8_000)), "422 no_code_found");
    assert.equal(await code(png(8_000, 8_001)), "422 picture_too_large");
    assert.equal(await code(photo.png.subarray(0, photo.png.length / 3)), "422 picture_unreadable");
    assert.equal(await code(photo.jpeg.subarray(0, 40), "image/jpeg"), "422 picture_unreadable");
    assert.equal(await code(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml"), "422 not_a_picture");
    assert.equal(await code(Buffer.alloc(0)), "422 required");
    assert.match(await code(Buffer.alloc(26 * 1024 * 1024, 1)), /^413/);
    // Many at once: each is answered, and the others go on meanwhile.
    const all = Array.from({ length: 12 }, () => send(photo.jpeg, "image/jpeg"));
    const begin = Date.now();
    assert.equal((await admin.get("/units?limit=1")).items.length, 1);
    assert.ok(Date.now() - begin < 3_000, "lists are not held up");
    for (const { status } of await Promise.all(all)) assert.ok([200, 429].includes(status), String(status));
  });

  test("without a camera the scanner takes a photo, and the server reads what the browser cannot", async () => {
    await ann.go("/scan?mode=send");
    await ann.said("There is no camera here");
    await ann.said("Take a photo");
    await look(ann, "phone without a camera");
    // The reader of the browser does not come: the server reads.
    await ann.page.route(/zxing/, (route) => route.abort());
    await ann.page.reload();
    await ann.said("Take a photo");
    await ann.page.setInputFiles("#scan-photo", photo.file);
    await ann.said("Bone screw 25 mm");
    await look(ann, "phone a photo was read");
    await ann.page.setInputFiles("#scan-photo", photo.empty);
    await ann.said("No code was found in the photo");
    assert.equal(await ann.page.locator(".lines [data-good=true]").count(), 1);
    ann.complaints.length = 0;
  });

  test("without scripts the photo is an ordinary form", async () => {
    const plain = await Person.at(browser, it.base, { javaScriptEnabled: false });
    await plain.signIn(ADMIN, PASSWORD);
    await plain.go("/scan?mode=send");
    await plain.page.setInputFiles("#scan-photo", photo.file);
    await plain.press("Read it");
    await plain.said("Bone screw 25 mm");
    await plain.page.fill("#scan-code", "S-9");
    await plain.press("Add");
    assert.equal(await plain.page.locator(".lines .line").count(), 2, "what was read before stays in the list");
    await plain.page.setInputFiles("#scan-photo", photo.empty);
    await plain.press("Read it");
    await plain.said("No code was found in the photo");
    assert.equal(await plain.page.locator(".lines .line").count(), 2);
    if (shots) await plain.page.screenshot({ path: `${shots}/photos-without-scripts.png` });
    await plain.close();
  });

  test("an item that was entered twice becomes one, and two again", async () => {
    await ada.go("/catalog");
    await ada.more("Likely the same");
    await ada.said("The catalog numbers are the same but for case and punctuation.");
    await look(ada, "likely the same");
    await ada.follow("Look at both");
    await ada.said("Goes over to SCR-25");
    await ada.said("2 units, used ones included");
    await look(ada, "what would move");
    await ada.follow("Merge into SCR-25");
    await ada.toast("is a part of SCR-25 now");
    await ada.said("Also known as");
    await look(ada, "merged");
    assert.equal((await admin.get(`/units?catalog_item_id=${id.screw}&count=true`)).total, 5);
    await ada.go(`/catalog/${id.twin}`);
    await ada.said("Became a part of another item");
    await look(ada, "the alias");
    await ada.follow("Open that item");
    await ada.press(/scr 25/);
    await ada.said("stands by itself again").catch(() => {});
    const [job] = (await admin.get("/jobs?kind=merge")).items;
    await ada.go(`/jobs/${job.id}`);
    await look(ada, "the job of a merge");
    await admin.act(`/jobs/${job.id}/undo`);
    assert.equal((await admin.get(`/units?catalog_item_id=${id.screw}&count=true`)).total, 3);
    await ada.go(`/catalog/${id.screw}/merge`);
    await ada.choose("The other item", "Bone screw, 25mm");
    await look(ada, "which other item");
    await ada.follow("See what would move");
    await ada.said("What follows");
  });

  test("a transfer that is not ready is kept, and says later what is not free any more", async () => {
    await ada.go(`/transfers/new?id=${id.screws[0]}&id=${id.screws[1]}`);
    await ada.fill("Note", "For Monday");
    await ada.follow("Keep as a draft");
    await ada.toast("Kept.");
    await ada.said("nobody chosen yet");
    await look(ada, "drafts");
    assert.equal((await admin.get(`/units/${id.screws[0]}`)).state, "available");
    await admin.act(`/units/${id.screws[1]}/hold`, {});
    await ada.press(/nobody chosen yet/);
    await ada.said("1 unit of this draft is not free any more");
    assert.equal(await (await ada.field("Note")).inputValue(), "For Monday");
    await ada.choose("To", "Ann");
    await look(ada, "a draft");
    await ada.press(/^Send /, { within: ada.page.locator("main form") });
    await ada.page.waitForURL(/\/transfers\/trf_/);
    const [transfer] = (await admin.get("/transfers?limit=1")).items;
    assert.deepEqual([transfer.units_count, transfer.note, transfer.to_name], [1, "For Monday", "Ann Reyes"]);
    assert.equal((await admin.get("/transfer-drafts")).items.length, 0);
    await ada.go(`/transfers/new?id=${id.twins[0]}`);
    await ada.follow("Keep as a draft");
    await ada.follow("Discard");
    await ada.said("No drafts");
    await look(ada, "no drafts");
    assert.deepEqual([...ada.complaints, ...ann.complaints], []);
  });
});
