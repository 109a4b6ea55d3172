// The demo in a real browser: every role signs in and walks through every room that its rail offers, on a desk and on a
// phone, light and dark. No page fails, breaks the content policy, runs wider than the screen, or has an accessibility
// violation, also where somebody filled in hostile text.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { contrast, faults, launch } from "./browser.lib.mjs";
import { world } from "./lib.mjs";

const PASSWORD = "caseload-demo";
const ROLES = { ada: "admin", omar: "operations", rita: "regional manager", dana: "distributor", ann: "sales", mona: "facility manager" };
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const shots = process.env.CASELOAD_SHOTS;
// What somebody may call a thing: markup, a word that never ends, a formula.
const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}=1+1 ${"W".repeat(90)}`;

async function signIn(page, base, who) {
  await page.goto(`${base}/sign-in`);
  await page.fill("input[name=email]", `${who}@northlake.example`);
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.click("button[type=submit]")]);
}

// One of everything with hostile words in every free text; gives the pages on which they stand.
async function fillIn(it) {
  const admin = it.as("ada@northlake.example");
  const rep = (await admin.get("/users?q=ann%40northlake.example")).items[0];
  const assigned = await admin.get(`/users/${rep.id}/assignments`);
  const maker = await admin.post("/manufacturers", { name: HOSTILE });
  const line = await admin.post("/product-lines", { name: HOSTILE, manufacturer_id: maker.id });
  const item = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: "W".repeat(40), description: HOSTILE, kind: "device", product_line_ids: [line.id], list_price_minor: 123_456_789_00 });
  const customer = await admin.post("/customers", { name: HOSTILE });
  const site = await admin.post("/locations", { customer_id: customer.id, name: HOSTILE, code: "<b>W</b>", time_zone: "America/Chicago" });
  const doctor = await admin.post("/physicians", { name: HOSTILE, location_ids: [site.id] });
  const procedure = await admin.post("/procedures", { name: HOSTILE });
  const place = await admin.post("/places", { name: HOSTILE });
  const person = await admin.post("/users", { email: "hostile@northlake.example", role: "sales", name: HOSTILE });
  await admin.act(`/users/${person.id}/complete-training`);
  const also = (name, id) => [...assigned[name], id];
  await admin.put(`/users/${rep.id}/assignments`, { manufacturer_ids: also("manufacturer_ids", maker.id), location_ids: also("location_ids", site.id), physician_ids: also("physician_ids", doctor.id) });
  const { items } = await admin.post("/units", { catalog_item_id: item.id, quantity: 2, lot: "<LOT>WWWWWWWWWWWW", expires_on: "2035-01-31", custodian: { type: "user", id: rep.id }, place_id: place.id, tags: ["<i>tag</i>"], note: HOSTILE });
  const event = await admin.post("/events", { type: "case", name: HOSTILE, representative_id: rep.id, location_id: site.id, physician_id: doctor.id, procedure_id: procedure.id, starts_at: new Date(Date.now() + 3 * 86_400_000).toISOString(), manufacturer_ids: [maker.id], note: HOSTILE, patient_reference: "<s>REF</s>" });
  await admin.post(`/events/${event.id}/lines`, { unit_ids: [items[0].id], usage: "used", note: HOSTILE });
  return [`/customers/${customer.id}`, `/locations/${site.id}`, `/physicians/${doctor.id}`, `/catalog/${item.id}`, `/units/${items[1].id}`, `/events/${event.id}`, `/events/${event.id}/cover`, `/events/${event.id}/edit`, `/customers/${customer.id}/locations`, "/search?q=WWW", `/people/${person.id}`, "/manufacturers", "/product-lines", "/places", "/procedures", "/customers?q=img", "/units?q=LOT", "/events"];
}

// Two walk at a time: one browser process for each core.
describe("the demo in a browser", { concurrency: 2 }, () => {
  let it, browser, written;
  before(async () => {
    it = await world({ demo: true });
    written = await fillIn(it);
    browser = await launch();
    if (shots) mkdirSync(shots, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await it?.stop();
  });

  for (const [who, role] of Object.entries(ROLES)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test(`${role} on a ${size}`, async () => {
        const context = await browser.newContext({ viewport, colorScheme: size === "phone" ? "dark" : "light", reducedMotion: "reduce" });
        const page = await context.newPage();
        const complaints = [];
        page.on("console", (message) => {
          // A page that is not for everybody says so; which status it may have is asserted where it is opened.
          if (message.type() === "error" && !/status of (403|404)/.test(message.text())) complaints.push(`${new URL(page.url()).pathname}: ${message.text()}`);
        });
        page.on("dialog", (dialog) => {
          complaints.push(`${new URL(page.url()).pathname}: a script of somebody's text ran: ${dialog.message()}`);
          dialog.dismiss().catch(() => {});
        });
        page.on("pageerror", (error) => complaints.push(`${new URL(page.url()).pathname}: ${error.message}`));
        // The rest in one colour scheme, contrast in both.
        const look = async (href) => {
          for (const fault of await faults(page)) complaints.push(`${href}: ${fault}`);
          // The office and the field see every part that there is.
          if (!["ada", "ann"].includes(who)) return;
          await page.emulateMedia({ colorScheme: size === "phone" ? "light" : "dark" });
          for (const fault of await contrast(page)) complaints.push(`${href}, the other colours: ${fault}`);
          await page.emulateMedia({ colorScheme: size === "phone" ? "dark" : "light" });
        };
        await signIn(page, it.base, who);

        // The rooms of the rail, and from each room the first few things in it.
        const hrefs = () =>
          page.evaluate(() =>
            [...document.querySelectorAll("a[href]")]
              .filter((a) => a.origin === location.origin && !a.hasAttribute("download"))
              .map((a) => a.pathname + a.search),
          );
        const rooms = new Set((await hrefs()).filter((href) => /^\/[a-z-]*$/.test(href)));
        const queue = [...rooms].map((href) => [href, "the rail"]);
        const seen = new Set();
        const shape = (href) => href.replace(/[a-z]{3}_[0-9a-z]{26}/g, "ID").replace(/\?.*/, "");
        const shapes = new Set();
        while (queue.length > 0 && seen.size < 60) {
          const [href, from] = queue.shift();
          if (seen.has(href) || /\.(pdf|csv|xlsx|ics)|logout|sign-out|\/api\/|format=/.test(href)) continue;
          // One page of each kind is enough: a list with other filters is the same page.
          if (shapes.has(shape(href))) continue;
          seen.add(href);
          shapes.add(shape(href));
          const answer = await page.goto(it.base + href);
          const type = answer?.headers()["content-type"] ?? "";
          assert.ok((answer?.status() ?? 500) < 400, `${role}: ${href}, a link of ${from}, answered ${answer?.status()}`);
          if (!type.includes("html")) continue;
          await look(href);
          if (shots) await page.screenshot({ path: `${shots}/${who}-${size}${shape(href).replaceAll("/", "_") || "_today"}.png` });
          queue.push(...(await hrefs()).map((next) => [next, href]));
        }
        // Where the hostile words stand; not everybody reaches all of it.
        for (const href of ["ada", "ann"].includes(who) ? written : []) {
          const answer = await page.goto(it.base + href);
          assert.ok([200, 403, 404].includes(answer.status()), `${role}: ${href} answered ${answer.status()}`);
          if (who === "ada") assert.equal(answer.status(), 200, href);
          if (answer.status() === 200) await look(href);
        }
        assert.ok(seen.size >= 5, `only ${seen.size} pages were found`);
        assert.deepEqual([...new Set(complaints)], [], `${role} on a ${size}, ${seen.size} pages`);
        await context.close();
      });
    }
  }
});
