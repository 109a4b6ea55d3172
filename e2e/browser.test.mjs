// The demo in a real browser: every role signs in and walks through every room that its rail offers, on a desk and on a
// phone. No page fails, breaks the content policy, runs wider than the screen, or has an accessibility violation.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { faults, launch } from "./browser.lib.mjs";
import { world } from "./lib.mjs";

const PASSWORD = "caseload-demo";
const ROLES = { ada: "admin", omar: "operations", rita: "regional manager", dana: "distributor", ann: "sales", mona: "facility manager" };
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const shots = process.env.CASELOAD_SHOTS;

async function signIn(page, base, who) {
  await page.goto(`${base}/sign-in`);
  await page.fill("input[name=email]", `${who}@northlake.example`);
  await page.fill("input[name=password]", PASSWORD);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.click("button[type=submit]")]);
}

describe("the demo in a browser", () => {
  let it, browser;
  before(async () => {
    it = await world({ demo: true });
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
        const context = await browser.newContext({ viewport, colorScheme: size === "phone" ? "dark" : "light" });
        const page = await context.newPage();
        const complaints = [];
        page.on("console", (message) => {
          if (message.type() === "error") complaints.push(`${new URL(page.url()).pathname}: ${message.text()}`);
        });
        page.on("pageerror", (error) => complaints.push(`${new URL(page.url()).pathname}: ${error.message}`));
        await signIn(page, it.base, who);

        // The rooms of the rail, and from each room the first few things in it.
        const hrefs = () =>
          page.evaluate(() =>
            [...document.querySelectorAll("a[href]")]
              .filter((a) => a.origin === location.origin && !a.hasAttribute("download"))
              .map((a) => a.pathname + a.search),
          );
        const rooms = new Set((await hrefs()).filter((href) => /^\/[a-z-]*$/.test(href)));
        const queue = [...rooms];
        const seen = new Set();
        const shape = (href) => href.replace(/[a-z]{3}_[0-9a-z]{26}/g, "ID").replace(/\?.*/, "");
        const shapes = new Set();
        while (queue.length > 0 && seen.size < 60) {
          const href = queue.shift();
          if (seen.has(href) || /\.(pdf|csv|xlsx|ics)|logout|sign-out|\/api\/|format=/.test(href)) continue;
          // One page of each kind is enough: a list with other filters is the same page.
          if (shapes.has(shape(href))) continue;
          seen.add(href);
          shapes.add(shape(href));
          const answer = await page.goto(it.base + href);
          const type = answer?.headers()["content-type"] ?? "";
          assert.ok((answer?.status() ?? 500) < 400, `${role}: ${href} answered ${answer?.status()}`);
          if (!type.includes("html")) continue;
          const wrong = await faults(page);
          for (const fault of wrong) complaints.push(`${href}: ${fault}`);
          if (shots) await page.screenshot({ path: `${shots}/${who}-${size}${shape(href).replaceAll("/", "_") || "_today"}.png` });
          queue.push(...(await hrefs()));
        }
        assert.ok(seen.size >= 5, `only ${seen.size} pages were found`);
        assert.deepEqual([...new Set(complaints)], [], `${role} on a ${size}, ${seen.size} pages`);
        await context.close();
      });
    }
  }
});
