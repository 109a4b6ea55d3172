// An operating room without signal: the phone shows the case that comes up, takes what is scanned, and the case has it once
// there is a connection again. The line between phone and server is cut in earnest: a door in the middle is shut.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

// Stands between the phone and the server, and can be shut.
async function door(base) {
  const { hostname, port } = new URL(base);
  const lines = new Set();
  let open = true;
  const server = createServer((near) => {
    if (!open) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      lines.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        lines.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    shut() {
      open = false;
      for (const line of lines) line.destroy();
    },
    open() {
      open = true;
    },
    close: () => server.close(),
  };
}

describe("without a connection", () => {
  let it, browser, admin, way, bob;
  const id = {};
  const complaints = [];

  const shot = async (name) => {
    if (!shots) return;
    for (const colorScheme of ["light", "dark"]) {
      await bob.page.emulateMedia({ colorScheme });
      await bob.page.waitForTimeout(200);
      await bob.page.screenshot({ path: `${shots}/offline-${name}-${colorScheme}.png` });
    }
    await bob.page.emulateMedia({ colorScheme: "light" });
  };
  const units = async (lot, quantity, more = {}) => {
    const body = { catalog_item_id: id.cup, quantity, lot, custodian: { type: "user", id: id.bob }, ...more };
    return (await admin.post("/units", body)).items.map((unit) => unit.id);
  };
  const used = async () => (await admin.get(`/events/${id.case}`)).lines.map((line) => line.unit_id);
  const scan = async (code) => {
    const before = await bob.page.locator("[data-lines] > li").count();
    await bob.page.locator("#scan-code").fill(code);
    await bob.page.locator("#scan-code").press("Enter");
    await bob.page.locator("[data-lines] > li").nth(before).waitFor();
    await bob.page.waitForTimeout(300); // The same code again at once is one press too many.
  };
  const strip = (words) => bob.page.locator("#offline").filter({ hasText: words }).waitFor();

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    it = await world();
    way = await door(it.base);
    browser = await launch();
    admin = it.as(ADMIN);
    for (const [key, name] of [["bob", "Bob Lind"], ["cat", "Cat Ito"]]) {
      id[key] = (await admin.post("/users", { email: `${key}@northlake.example`, role: "sales", name })).id;
      await admin.act(`/users/${id[key]}/complete-training`);
      const { link } = await admin.act(`/users/${id[key]}/invite`);
      const who = await Person.at(browser, it.base);
      await who.claim(it.base + new URL(link).pathname, PASSWORD);
      await who.close();
    }
    const maker = (await admin.post("/manufacturers", { name: "Acme Ortho" })).id;
    id.cup = (await admin.post("/catalog-items", { manufacturer_id: maker, number: "CUP-52", description: "Acetabular cup 52 mm", kind: "device", list_price_minor: 100_000 })).id;
    const customer = await admin.post("/customers", { name: "St. Elm Health" });
    const location = (await admin.post("/locations", { customer_id: customer.id, name: "St. Elm Main", code: "MAIN", time_zone: "America/Chicago" })).id;
    await admin.put(`/users/${id.bob}/assignments`, { manufacturer_ids: [maker], location_ids: [location] });
    const body = { type: "case", representative_id: id.bob, location_id: location, starts_at: `${tomorrow}T17:00:00Z`, manufacturer_ids: [maker] };
    id.case = (await admin.post("/events", body)).id;
    bob = await Person.at(browser, way.base, PHONE);
    await bob.signIn("bob@northlake.example", PASSWORD);
  });
  after(async () => {
    complaints.push(...bob.complaints.filter((line) => !/ERR_|Failed to load resource/.test(line)));
    await browser?.close();
    way?.close();
    await it?.stop();
    assert.deepEqual([...new Set(complaints)], [], "what the browser complained about");
  });

  test("cases that come up are kept on the phone as soon as Today is opened", async () => {
    await bob.go("/");
    const kept = () => bob.page.evaluate(async () => (await (await caches.open("pages")).keys()).map((one) => new URL(one.url).pathname));
    const until = Date.now() + 15_000;
    while ((await kept()).length < 3 && Date.now() < until) await bob.page.waitForTimeout(100);
    assert.deepEqual((await kept()).sort(), ["/", `/events/${id.case}`, "/scan"]);
  });

  test("without signal the case and its scanner open, and what is scanned waits", async () => {
    id.lot = await units("LOT-7", 2);
    id.spare = await units("LOT-8", 1);
    way.shut();
    await bob.go("/");
    await strip("No connection: this is the page as it was at");
    await shot("today");
    await bob.go(`/events/${id.case}`);
    await strip("No connection");
    await bob.go(`/scan?mode=use&id=${id.case}`);
    for (const code of ["LOT-7", "LOT-7", "NO-SUCH-LOT"]) await scan(code);
    assert.match(await bob.page.locator("[data-lines]").innerText(), /LOT-7\s+Scanned, waits for the connection/);
    await bob.sound("scanner without a connection");
    await shot("scan");
    // The battery was empty: what was scanned is still there.
    await bob.go(`/scan?mode=use&id=${id.case}`);
    assert.equal(await bob.page.locator("[data-lines] > li").count(), 3);
    await bob.press("Add to the case (3)");
    await bob.page.waitForURL(/\/offline$/);
    assert.equal(await bob.page.locator("[data-waiting] > li").count(), 3);
    await bob.page.locator("[data-kept-pages] a").filter({ hasText: "St. Elm" }).or(bob.page.locator("[data-kept-pages] a")).first().waitFor();
    await bob.sound("what is kept on the phone");
    await shot("kept");
    assert.deepEqual(await used(), [], "nothing reached the server");
    // A page that was never opened is not there, and says so.
    await bob.go("/customers");
    await bob.page.getByRole("heading", { name: "On this device" }).waitFor();
  });

  test("with a connection they are added once, and what cannot be taken is said", async () => {
    way.open();
    await bob.go("/");
    await bob.page.waitForFunction(() => JSON.parse(localStorage.getItem("outbox") ?? "[]").filter((one) => !one.refused).length === 0, null, { timeout: 30_000 });
    const said = await bob.page.evaluate(() => localStorage.getItem("outbox"));
    assert.deepEqual((await used()).sort(), [...id.lot].sort(), said);
    await strip("1 scan was not taken");
    await bob.go("/offline");
    await bob.said("Nothing found");
    await shot("refused");
    await bob.press("Remove");
    await bob.said("Nothing waits on this device");
    await bob.go("/");
    assert.equal(await bob.page.locator("#offline").count(), 0, "nothing is left to say");
  });

  test("the answer is lost and the scan is sent again: it is taken once", async () => {
    const [spare] = id.spare;
    const answers = await bob.page.evaluate(async ([to, code]) => {
      const csrf = document.querySelector("meta[name=csrf]").content;
      const once = async (which) => {
        const body = new URLSearchParams({ code: which, line: "one-name", csrf });
        return (await fetch(to, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRF-Token": csrf } })).json();
      };
      return [await once(code), await once(code), await once("something else")];
    }, [`/scan/used?id=${id.case}`, spare]);
    assert.deepEqual(answers.map((one) => one.taken), [true, true, false], JSON.stringify(answers));
    assert.equal((await used()).filter((one) => one === spare).length, 1);
  });

  test("in any order, any number of times and many at once: each scan is taken once", async () => {
    const lot = await units("LOT-20", 12);
    const names = Array.from({ length: 14 }, (_, n) => `lot-20-${n}`);
    const sent = [...names, ...names, ...names, ...names].map((name) => [Math.random(), name]).sort(([a], [b]) => a - b).map(([, name]) => name);
    const answers = await bob.page.evaluate(async ([to, sent]) => {
      const csrf = document.querySelector("meta[name=csrf]").content;
      const once = async (line) => {
        const body = new URLSearchParams({ code: "LOT-20", line, csrf });
        const answer = await fetch(to, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRF-Token": csrf } });
        return [line, answer.ok ? (await answer.json()).taken : answer.status];
      };
      const found = [];
      while (sent.length) found.push(...(await Promise.all(sent.splice(0, 7).map(once))));
      return found;
    }, [`/scan/used?id=${id.case}`, sent]);
    const taken = new Set(answers.filter(([, taken]) => taken === true).map(([name]) => name));
    assert.equal(taken.size, 12, `twelve units, fourteen scans: ${JSON.stringify(answers)}`);
    const on = await used();
    assert.deepEqual(lot.filter((unit) => !on.includes(unit)), []);
    assert.equal(on.length, new Set(on).size);
  });

  test("when the signal comes back before the button is pressed, codes become what they stand for", async () => {
    const before = (await used()).length;
    await units("LOT-9", 1, { expires_on: "2099-01-31" });
    await bob.go(`/scan?mode=use&id=${id.case}`);
    way.shut();
    await scan("LOT-9");
    assert.match(await bob.page.locator("[data-lines]").innerText(), /waits for the connection/);
    way.open();
    await bob.page.locator("[data-lines]").getByText("Acetabular cup 52 mm").waitFor({ timeout: 20_000 });
    await bob.press("Add to the case (1)");
    await bob.page.waitForURL(new RegExp(`/events/${id.case}`));
    assert.equal((await used()).length, before + 1);
  });

  test("whoever signs out takes the copies along, and nothing is sent for somebody else", async () => {
    const [late] = await units("LOT-10", 1);
    await bob.go(`/scan?mode=use&id=${id.case}`);
    way.shut();
    await scan("LOT-10");
    await bob.press("Add to the case (1)");
    await bob.page.waitForURL(/\/offline$/);
    // The session ends elsewhere; Cat takes the phone.
    await bob.page.context().clearCookies();
    way.open();
    await bob.signIn("cat@northlake.example", PASSWORD);
    await bob.page.waitForTimeout(1_000);
    const kept = await bob.page.evaluate(async () => (await (await caches.open("pages")).keys()).filter((one) => one.url.includes("/events/")).length);
    assert.equal(kept, 0, "Bob's cases are gone from the phone");
    assert.equal(await bob.page.locator("#offline").count(), 0, "Cat is told nothing of Bob's scans");
    await bob.page.waitForTimeout(9_000);
    assert.ok(!(await used()).includes(late), "and they are not sent in her name");
    await bob.page.context().clearCookies();
    await bob.signIn("bob@northlake.example", PASSWORD);
    await bob.page.waitForFunction(() => !localStorage.getItem("outbox"), null, { timeout: 20_000 });
    assert.ok((await used()).includes(late), "Bob is back, and so are his scans");
  });
});
