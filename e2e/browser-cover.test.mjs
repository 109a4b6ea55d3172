// "My rep can't cover the case any more", in a browser: on a desk and on a phone, by the buttons that its people see. Each
// situation says how many steps it takes here: presses of a button or a link after the page of the case is open.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const at = (days, hour = 14) => `${day(days)}T${String(hour).padStart(2, "0")}:00:00Z`;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;

describe("cover in a browser", () => {
  let it, browser, admin;
  const id = {}; // of people and things, by name
  const api = {}; // whoever speaks to the API
  const as = {}; // whoever has a browser
  const complaints = [];

  const make = async (key, role, name, more = {}) => {
    const email = `${key}@northlake.example`;
    const made = await admin.post("/users", { email, role, name, ...more });
    id[key] = made.id;
    if (role !== "operations") await admin.act(`/users/${made.id}/complete-training`);
    return email;
  };
  const signIn = async (key, options) => {
    const who = await Person.at(browser, it.base, options);
    await who.signIn(key === "ada" ? ADMIN : `${key}@northlake.example`, PASSWORD);
    return who;
  };
  const claim = async (key) => {
    const { link } = await admin.act(`/users/${id[key]}/invite`);
    const who = await Person.at(browser, it.base);
    await who.claim(it.base + new URL(link).pathname, PASSWORD);
    await who.close();
    api[key] = it.as(`${key}@northlake.example`);
  };
  const units = async (item, quantity, holder, more = {}) => {
    const custodian = holder ? { type: "user", id: id[holder] } : undefined;
    const body = { catalog_item_id: id[item], quantity, lot: `L-${item}-${holder ?? "house"}`, expires_on: day(500), custodian, ...more };
    return (await admin.post("/units", body)).items.map((unit) => unit.id);
  };
  // A case of somebody in some days, with what it needs and what is marked.
  const plan = async (rep, days, { needs = {}, marked = [], hour = 14, place = "main", physician = true } = {}) => {
    const body = { type: "case", representative_id: id[rep], location_id: id[place], physician_id: physician ? id.rivera : undefined, starts_at: at(days, hour), manufacturer_ids: [id.acme] };
    const event = await admin.post("/events", body);
    if (marked.length > 0) await admin.send("POST", `/events/${event.id}/lines`, { unit_ids: marked, usage: "used" });
    const lines = Object.entries(needs).map(([item, quantity]) => ({ catalog_item_id: id[item], quantity }));
    if (lines.length > 0) await admin.put(`/events/${event.id}/needs`, { needs: lines });
    return event.id;
  };
  const event = (which) => admin.get(`/events/${which}`);
  const shot = async (who, name) => {
    if (!shots) return;
    for (const scheme of ["light", "dark"]) {
      await who.page.emulateMedia({ colorScheme: scheme });
      await who.page.waitForTimeout(200);
      await who.page.screenshot({ path: `${shots}/cover-${name}-${scheme}.png`, fullPage: true });
    }
    await who.page.emulateMedia({ colorScheme: "light" });
    // Taking a picture leaves empty style attributes behind, which a part that is made anew would inherit.
    await who.page.evaluate(() => document.querySelectorAll('[style=""]').forEach((it) => it.removeAttribute("style")));
  };
  // The page is sound, and is kept as a picture where pictures are wanted.
  const look = async (who, name) => {
    await who.sound(name);
    await shot(who, name);
  };
  // From the page of a case to the plan for somebody: two steps.
  const find = async (who, which, name) => {
    await who.go(`/events/${which}`);
    await who.follow("Find cover");
    const link = who.page.locator(".cand-a", { hasText: name });
    await link.click();
    await who.page.getByRole("heading", { name: `Plan for ${name}` }).waitFor();
  };
  const give = async (who, name) => {
    await who.follow(`Give the case to ${name.split(" ")[0]}`);
    await who.toast(`${name} has the case`);
  };
  const moves = (who) => who.page.locator("article.mv").allInnerTexts();

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    it = await world();
    browser = await launch();
    admin = it.as(ADMIN);
    const north = await admin.post("/regions", { name: "North", states: ["WI", "IL"] });
    const home = { shipping_address: { line1: "1 Lake Street", city: "Chicago", state: "IL", postal_code: "60611", country: "US" } };
    await make("omar", "operations", "Omar Diaz");
    await make("dana", "distributor", "Dana Moore", { region_id: north.id, shares_inventory: true, ...home });
    for (const [key, name] of [["ann", "Ann Reyes"], ["bob", "Bob Lind"], ["cat", "Cat Ito"], ["jo", "Jo Park"]]) {
      await make(key, "sales", name, { region_id: north.id, ...home });
    }
    await admin.put(`/users/${id.dana}/representatives`, { user_ids: [id.ann, id.bob, id.cat] });
    id.acme = (await admin.post("/manufacturers", { name: "Acme Ortho" })).id;
    const item = async (key, number, description) => {
      id[key] = (await admin.post("/catalog-items", { manufacturer_id: id.acme, number, description, kind: "device", list_price_minor: 100_000 })).id;
    };
    await item("cup", "CUP-52", "Acetabular cup 52 mm");
    await item("stem", "STEM-3", "Femoral stem 3");
    await item("liner", "LIN-36", "Liner 36 / 52");
    await item("head", "HEAD-36", "Ceramic head 36 +4");
    await item("steel", "HEAD-S", "Steel head 36 +4");
    await item("rare", "RARE-1", "Revision cone");
    const customer = await admin.post("/customers", { name: "St. Elm Health" });
    const address = { line1: "2 Hospital Drive", city: "Chicago", state: "IL", postal_code: "60601", country: "US" };
    id.main = (await admin.post("/locations", { customer_id: customer.id, name: "St. Elm Main", code: "MAIN", time_zone: "America/Chicago", address })).id;
    id.rivera = (await admin.post("/physicians", { name: "Dr. Rivera", location_ids: [id.main] })).id;
    for (const key of ["dana", "ann", "bob", "cat", "jo"]) {
      await admin.put(`/users/${id[key]}/assignments`, { manufacturer_ids: [id.acme], location_ids: [id.main], physician_ids: key === "jo" ? [] : [id.rivera] });
    }
    for (const key of ["omar", "dana", "ann", "bob", "cat", "jo"]) await claim(key);
    as.dana = await signIn("dana");
    as.ada = await signIn("ada");
    as.ann = await signIn("ann", PHONE);
    as.bob = await signIn("bob", PHONE);
    as.cat = await signIn("cat", PHONE);
  });
  after(async () => {
    for (const [key, who] of Object.entries(as)) complaints.push(...who.complaints.map((it) => `${key}: ${it}`));
    await browser?.close();
    await it?.stop();
    assert.deepEqual([...new Set(complaints)], [], "what browsers complained about");
  });

  // By hand: 6 steps (units off, change the rep, transfer, accept, units on again, tell everybody).
  test("the stock is with the old rep: 3 steps, and it can be taken back until Ann has it", async () => {
    const held = await units("cup", 2, "bob");
    const it = await plan("bob", 7, { marked: held });
    const { dana, ann } = as;
    await dana.go(`/events/${it}`);
    await dana.said("Is it ready");
    await look(dana, "event-before");
    await find(dana, it, "Ann Reyes");
    const [move] = await moves(dana);
    assert.match(move, /Bob Lind hands Ann Reyes 2 units, on the case before and after/);
    assert.match(move, /leaves Bob by/);
    await dana.said("nothing is written until you confirm");
    await look(dana, "plan");
    assert.equal((await event(it)).representative_id, id.bob, "looking at a plan changes nothing");
    await dana.fill("Why", "Bob is ill");
    await give(dana, "Ann Reyes");
    let now = await event(it);
    assert.equal(now.representative_id, id.ann);
    assert.deepEqual(now.lines.map((line) => line.custodian_id), [id.ann, id.ann], "what was marked is marked, with Ann now");
    await dana.said("Ann Reyes took over from Bob Lind");
    await look(dana, "event-after");

    await dana.press("Undo");
    await dana.toast("Taken back: Bob Lind has the case again");
    assert.equal((await event(it)).representative_id, id.bob);

    await find(dana, it, "Ann Reyes");
    await give(dana, "Ann Reyes");
    await ann.go("/");
    await ann.said("Confirm when you have it");
    await look(ann, "phone-today");
    await ann.follow("I have it");
    await ann.toast("Done");
    await dana.go(`/events/${it}`);
    assert.equal(await dana.page.getByRole("button", { name: "Take it back" }).count(), 0, "Ann has it: not any more");
  });

  // By hand: 5 steps (change the rep, ask, create the units when they arrive, tell everybody, mark).
  test("the stock is at the manufacturer: 3 steps, and one when it arrives", async () => {
    const it = await plan("bob", 9, { needs: { rare: 2 } });
    await find(as.dana, it, "Ann Reyes");
    const [move] = await moves(as.dana);
    assert.match(move, /2 units ordered from Acme Ortho, made known when they arrive/);
    await look(as.dana, "plan-order");
    await give(as.dana, "Ann Reyes");
    await as.ann.go(`/events/${it}`);
    await as.ann.press("It arrived");
    await as.ann.sound("what arrived");
    await as.ann.fill("Lot", "R-77");
    await as.ann.fill("Expires on", day(300));
    await shot(as.ann, "phone-arrived");
    await as.ann.press("It arrived", { within: as.ann.page.locator("dialog:modal") });
    await as.ann.toast("Made known");
    const held = await api.ann.get(`/units?catalog_item_id=${id.rare}&scope=mine`);
    assert.deepEqual(held.items.map((unit) => unit.lot), ["R-77", "R-77"]);
  });

  // By hand: 3 steps (change the rep, check the sharing, find the units).
  test("the distributor shares the stock: nothing moves", async () => {
    await units("stem", 3, "dana");
    const it = await plan("bob", 11, { needs: { stem: 2 } });
    await find(as.dana, it, "Ann Reyes");
    const [move] = await moves(as.dana);
    assert.match(move, /Dana Moore shares 2 units with Ann Reyes/);
    await as.dana.said("nothing moves");
    await give(as.dana, "Ann Reyes");
    await as.dana.toast("Nothing is left to do");
  });

  const sell = async (seller, item, quantity) => {
    const sold = await units(item, quantity, seller, { lot: `SHELF-${seller}` });
    const order = await admin.post("/events", { type: "stocking_order", representative_id: id[seller], location_id: id.main, starts_at: at(-2), manufacturer_ids: [id.acme] });
    await admin.send("POST", `/events/${order.id}/lines`, { unit_ids: sold, usage: "used" });
    await admin.act(`/events/${order.id}/submit`, { keep_as_facility_stock: true });
    return sold;
  };

  // By hand: 3 steps (change the rep, have the new rep linked, find the units).
  test("facility stock of a distributor: the new rep is linked, no sale", async () => {
    await make("lee", "distributor", "Lee Prairie", { shares_inventory: true });
    await sell("lee", "liner", 1);
    const it = await plan("bob", 13, { needs: { liner: 1 } });
    await find(as.ada, it, "Jo Park");
    const [move] = await moves(as.ada);
    assert.match(move, /Jo Park is linked to Lee Prairie, who shares 1 unit of facility stock here|Jo Park answers for 1 unit of facility stock here instead of Lee Prairie/);
    await look(as.ada, "plan-facility");
    await give(as.ada, "Jo Park");
  });

  // By hand: 5 steps (create the units again, sell them at no charge, adjust the old ones out, change the rep, mark).
  test("facility stock of the old rep: one entry, no sale", async () => {
    const sold = await sell("bob", "head", 2);
    const it = await plan("bob", 15, { needs: { head: 2 } });
    await find(as.dana, it, "Cat Ito");
    const [move] = await moves(as.dana);
    assert.match(move, /Cat Ito answers for 2 units of facility stock here instead of Bob Lind/);
    await give(as.dana, "Cat Ito");
    const unit = await admin.get(`/units/${sold[0]}`);
    assert.deepEqual([unit.custodian.id, unit.facility_stock_location_id], [id.cat, id.main], "still on the shelf, with Cat now");
  });

  test("a plan is changed by hand: without a source, another unit, back again", async () => {
    const own = await units("cup", 1, "bob", { lot: "OLD", expires_on: day(100) });
    await units("cup", 1, "bob", { lot: "NEW", expires_on: day(900) });
    await units("cup", 1, "cat", { lot: "CATS", expires_on: day(900) });
    const it = await plan("bob", 17, { needs: { cup: 1 } });
    const { dana } = as;
    await find(dana, it, "Ann Reyes");
    let [move] = await moves(dana);
    if (!/Ann Reyes has/.test(move)) assert.match(move, /lot OLD/, "what expires first goes first");
    const source = /Cat Ito/.test(move) ? "Cat Ito" : "Bob Lind";
    if (/hands/.test(move)) {
      await dana.press("Another unit");
      await look(dana, "other-unit");
      const other = dana.page.locator("dialog:modal li", { hasText: "Lot NEW" });
      await other.getByRole("link", { name: "Take it" }).click();
      await dana.said("Chosen by you");
      [move] = await moves(dana);
      assert.match(move, /lot NEW/);
      await dana.page.getByRole("link", { name: `Nothing from ${source}` }).first().click();
      await dana.page.getByRole("link", { name: /Take back: Nothing from/ }).waitFor();
      await look(dana, "plan-changed");
      assert.match(dana.page.url(), /not_from=/, "the change stands in the address");
      await dana.page.reload();
      await dana.page.getByRole("link", { name: /Take back: Nothing from/ }).waitFor();
    }
    assert.ok(own.length === 1);
  });

  test("what cannot be had is named with what is next best, and a substitute is taken", async () => {
    await units("steel", 1, "dana");
    const card = await admin.post("/preference-cards", { name: "Rivera hip", physician_id: id.rivera, lines: [{ catalog_item_id: id.rare, quantity: 3, substitute_ids: [id.steel] }] });
    const it = await plan("bob", 2, {});
    await admin.put(`/events/${it}/needs`, { preference_card_id: card.id, needs: [] });
    await find(as.dana, it, "Cat Ito");
    await as.dana.said("What is left open");
    await look(as.dana, "plan-open");
    const next = as.dana.page.getByRole("link", { name: "Take it instead" });
    if ((await next.count()) > 0) {
      await next.first().click();
      await as.dana.page.getByRole("link", { name: /Take back: Steel head/ }).waitFor();
    }
  });

  test("when something moved since, nothing is done: it says what, and the new plan is there to confirm", async () => {
    const [one] = await units("stem", 1, "cat", { lot: "MOVED", expires_on: day(30) });
    const it = await plan("cat", 19, { marked: [one] });
    await find(as.dana, it, "Ann Reyes");
    await admin.send("POST", `/units/${one}/hold`, { reason: "Looked at" });
    await as.dana.press("Give the case to Ann");
    await as.dana.said("This is a new plan");
    await look(as.dana, "plan-outdated");
    assert.equal((await event(it)).representative_id, id.cat, "nothing was half done");
    assert.match((await as.dana.main()), /hold/);
  });

  test("a rep asks for cover, and whoever can find it sees it", async () => {
    const it = await plan("cat", 4, { hour: 18 });
    await as.cat.go(`/events/${it}`);
    await as.cat.press("Ask for cover");
    await as.cat.fill("Why", "Flat tyre");
    await shot(as.cat, "phone-ask");
    await as.cat.press("Ask for cover", { within: as.cat.page.locator("dialog:modal") });
    await as.cat.toast("Asked for cover");
    assert.equal(await as.cat.go(`/events/${it}/cover`), 403, "a rep may no more than ask");
    await as.dana.go("/tasks");
    await as.dana.said("Flat tyre");
    await look(as.dana, "tasks");
  });

  test("several are asked; the first to accept has it, the others hear it kindly", async () => {
    const it = await plan("cat", 21);
    await as.dana.go(`/events/${it}/cover`);
    await as.dana.press("Ask several, first to accept");
    for (const name of ["Ann Reyes", "Bob Lind"]) await as.dana.page.locator("dialog:modal label", { hasText: name }).locator("input").check();
    await as.dana.fill("What to tell them", "Anybody near?");
    await as.dana.sound("asking several");
    await shot(as.dana, "ask-several");
    await as.dana.press("Ask them");
    await as.dana.toast("2 people were asked");
    await as.ann.go("/events");
    await as.ann.said("Anybody near?");
    await as.bob.go("/");
    await as.bob.said("Anybody near?");
    await look(as.bob, "phone-offer");
    await as.bob.page.getByRole("link", { name: /^Can you take/ }).click();
    await as.bob.said("You are free at that time");
    await look(as.bob, "phone-offer-page");
    await as.bob.follow("Accept");
    await as.bob.toast("The case is yours");
    assert.equal((await event(it)).representative_id, id.bob);
    await as.ann.follow("Accept");
    await as.ann.toast("Somebody else has this case by now");
  });

  test("the plan on a phone: choose, look, confirm with the thumb", async () => {
    const dana = (as.danaPhone = await signIn("dana", PHONE));
    const held = await units("cup", 1, "cat");
    const it = await plan("cat", 23, { marked: held });
    await dana.go(`/events/${it}`);
    await dana.follow("Find cover");
    await dana.said("Who can take it");
    await look(dana, "phone-who");
    await dana.page.locator(".cand-a", { hasText: "Ann Reyes" }).click();
    await dana.page.getByRole("heading", { name: "Plan for Ann Reyes" }).waitFor();
    await look(dana, "phone-plan");
    const button = dana.page.getByRole("button", { name: "Give the case to Ann" });
    const box = await button.boundingBox();
    assert.ok(box.height >= 44 && box.y > 500 && box.y + box.height < 844, "the button is under the thumb");
    await give(dana, "Ann Reyes");
    await look(dana, "phone-event");
  });

  test("by keyboard: j and k walk along the people, Enter shows the plan", async () => {
    const it = await plan("cat", 25);
    const { page } = as.dana;
    await as.dana.go(`/events/${it}`);
    await page.keyboard.press("c");
    await page.waitForURL(/\/cover/);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const name = await page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `Plan for ${name}` }).waitFor();
    assert.equal(await page.locator(".cand-a[aria-current]").innerText(), name);
  });

  test("a slow answer does not replace the plan of whoever was chosen since", async () => {
    const it = await plan("cat", 26);
    const { page } = as.dana;
    let release, asked;
    const held = new Promise((done) => (release = done));
    const first = new Promise((done) => (asked = done));
    const answered = [];
    await page.route(/\/cover\?/, async (route) => {
      if (answered.push(route) > 1) return route.continue();
      const response = await route.fetch();
      asked();
      await held;
      await route.fulfill({ response }).catch(() => {}); // Given up by the page meanwhile, as it should be.
    });
    await as.dana.go(`/events/${it}/cover`);
    await first; // The page asks for the plan of the best by itself.
    const chosen = page.locator(".cand-a").nth(1);
    const name = await chosen.innerText();
    await chosen.click();
    const heading = page.getByRole("heading", { name: `Plan for ${name}` });
    await heading.waitFor();
    release();
    await page.waitForTimeout(400);
    assert.ok(await heading.isVisible(), `the plan for ${name} stays`);
    await page.unroute(/\/cover\?/);
  });

  test("without scripts: links and forms do the same", async () => {
    const plain = (as.plain = await signIn("dana", { javaScriptEnabled: false }));
    const it = await plan("cat", 27, { needs: { stem: 1 } });
    await plain.go(`/events/${it}/cover`);
    await plain.page.locator(".cand-a", { hasText: "Ann Reyes" }).click();
    await plain.page.getByRole("heading", { name: "Plan for Ann Reyes" }).waitFor();
    await plain.page.getByRole("button", { name: "Give the case to Ann" }).click();
    await plain.page.getByText("Ann Reyes has the case").first().waitFor();
  });

  test("while a case is planned: who can take it, and one press to choose", async () => {
    const { dana } = as;
    await dana.go(`/events/new?starts_at=${day(29)}T08:00`);
    for (const [name, field, words] of [["Location", "location_id", "St. Elm"], ["Physician", "physician_id", "Dr. Rivera"]]) {
      await dana.fill(name, words);
      await dana.page.locator(`#f-${field}-list [data-value]`).filter({ hasText: words }).first().click();
    }
    await dana.page.getByLabel("Preference card").waitFor();
    await dana.press("Who can take it");
    await dana.page.locator(".draft .cand-a", { hasText: "Ann Reyes" }).waitFor();
    await look(dana, "draft");
    await dana.follow("Ann Reyes", { within: dana.page.locator(".draft") }).catch(() => {});
    await dana.said("represents it");
    assert.equal(await (await dana.field("Representative")).inputValue(), "Ann Reyes");
    await dana.follow("Plan it");
    await dana.said("Ann Reyes");
  });

  test("somebody is away: one plan over several colleagues, changed by hand, applied at once", async () => {
    for (const days of [41, 42, 43]) await plan("bob", days);
    const { bob, dana } = as;
    await bob.go("/me");
    await bob.follow("Days off");
    await bob.fill("First day", day(40));
    await bob.fill("Last day", day(44));
    await bob.fill("Note", "Family");
    await look(bob, "phone-days-off");
    await bob.follow("Enter these days");
    await bob.toast("3 cases have to be covered");
    await dana.go(`/people/${id.bob}/days-off`);
    await dana.follow("Cover all cases");
    await dana.said("3");
    await look(dana, "absence-plan");
    const first = dana.page.locator(".abs-case select").first();
    await first.selectOption({ label: "Cat Ito" });
    await dana.page.locator(".abs-case").first().getByText("Cat Ito").first().waitFor();
    await dana.page.getByLabel("Bring back afterwards").check();
    await dana.page.waitForTimeout(300);
    await dana.follow("Hand over 3 cases");
    await dana.toast("3 cases changed hands");
    await dana.said("what was lent comes back afterwards");
    await look(dana, "days-off");
    const left = await admin.get(`/events?representative_id=${id.bob}&from=${day(40)}&to=${day(45)}&status=open`);
    assert.equal(left.items.length, 0);
  });

  test("the board of the next days says what is missing and by when", async () => {
    await plan("ann", 6, { needs: { rare: 9 }, hour: 20 });
    await as.dana.go("/readiness");
    await as.dana.said("missing of 9");
    await look(as.dana, "board");
    await as.danaPhone.go("/readiness");
    await look(as.danaPhone, "phone-board");
    await as.dana.go("/");
    await as.dana.said("Not ready yet");
    await look(as.dana, "today");
  });

  test("settings, home places, pools: each page is sound", async () => {
    await as.ada.go("/settings/cover");
    await as.ada.fill("Near", "12");
    await look(as.ada, "settings");
    await as.ada.follow("Save");
    await as.ada.toast("Saved");
    assert.equal((await admin.get("/organization/coverage-settings")).weights.weight_travel, 12);
    await as.ada.fill("Near", "-1");
    await as.ada.press("Save");
    await as.ada.page.locator(".oops").first().waitFor();
    await as.ann.go(`/people/${id.ann}/home`);
    await as.ann.fill("Postal code", "60614");
    await as.ann.fill("Country", "US");
    await look(as.ann, "phone-home");
    await as.ann.press("Save");
    await as.ann.toast("Saved");
    await as.ada.go(`/locations/${id.main}/position`);
    await look(as.ada, "position");
    await as.ada.go("/pools");
    await look(as.ada, "pools");
    const pools = await admin.get("/coverage/proposals");
    if (pools.items.length > 0) {
      await as.ada.press("Make the pool");
      await as.ada.sound("make the pool");
      await as.ada.press("Make the pool", { within: as.ada.page.locator("dialog:modal") });
      await as.ada.toast("The pool is there");
    }
  });
});
