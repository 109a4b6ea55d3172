// The rolodex, step by step in a browser: getting to the lists, reading them, choosing columns, sorting, filtering, keeping a
// view, changing many at once, one customer's page, its orders; on a desk, on a phone, by keys, and without scripts.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const shots = process.env.CASELOAD_SHOTS;

describe("customers in a browser", () => {
  let it, browser, admin, desk, phone, plain;
  const id = {};
  const complaints = [];

  const shot = async (who, name) => {
    if (!shots) return;
    await who.page.screenshot({ path: `${shots}/customers-${name}.png`, fullPage: false });
    await who.page.evaluate(() => document.querySelectorAll('[style=""]').forEach((it) => it.removeAttribute("style")));
  };
  const look = async (who, name) => {
    await who.sound(name);
    await shot(who, name);
  };
  const heads = (who) => who.page.locator("[data-list] thead th[data-key]").evaluateAll((all) => all.map((th) => th.dataset.key));
  // What rows are called: the first link of each.
  const names = (who) =>
    who.page.locator("main tbody tr[data-href]").evaluateAll((all) => all.map((row) => row.querySelector("td:not(.pickcell) a").innerText.split("\n")[0]));
  const tri = async (who, key, op) => {
    await who.page.locator(`[name="op.${key}"][value="${op}"]`).check({ force: true });
  };

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true });
    it = await world();
    browser = await launch();
    admin = it.as(ADMIN);
    for (const [key, name] of [["ann", "Ann Reyes"], ["leo", "Leo Marsh"]]) {
      id[key] = (await admin.post("/users", { email: `${key}@northlake.example`, role: "sales", name })).id;
      await admin.act(`/users/${id[key]}/complete-training`);
    }
    const maker = await admin.post("/manufacturers", { name: "Acme Ortho" });
    const cup = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: "CUP-52", description: "Acetabular cup 52 mm", kind: "device", list_price_minor: 100_000 });
    id.net30 = (await admin.post("/payment-terms", { code: "N30", name: "Net 30", rule: { kind: "net_days", days: 30 } })).id;
    id.net60 = (await admin.post("/payment-terms", { code: "N60", name: "Net 60", rule: { kind: "net_days", days: 60 } })).id;
    const customer = async (key, name, places) => {
      id[key] = (await admin.post("/customers", { name, default_sales_rep_id: id.ann, payment_terms_id: id.net30, phone: "555 0100" })).id;
      for (const place of places) {
        id[place] = (await admin.post("/locations", { customer_id: id[key], name: place, time_zone: "America/Chicago", address: { city: "Chicago", state: "IL", postal_code: "60601" } })).id;
      }
    };
    await customer("mercy", "Mercy Health", ["Mercy Main", "Mercy East"]);
    await customer("elm", "Elm Clinic", ["Elm Street"]);
    await customer("zion", "Zion Surgery Center", ["Zion North"]);
    await customer("oak", "Óak Valley", ["Oak One"]);
    for (const rep of ["ann"]) {
      await admin.put(`/users/${id[rep]}/assignments`, { manufacturer_ids: [maker.id], location_ids: [id["Mercy Main"], id["Elm Street"]] });
    }
    const order = async (place, days, count) => {
      const units = (await admin.post("/units", { catalog_item_id: cup.id, quantity: count, lot: `L${days}`, expires_on: day(500), custodian: { type: "user", id: id.ann } })).items;
      const event = await admin.post("/events", { type: "case", representative_id: id.ann, location_id: id[place], starts_at: `${day(days)}T15:00:00Z`, manufacturer_ids: [maker.id] });
      await admin.post(`/events/${event.id}/lines`, { unit_ids: units.map((unit) => unit.id), usage: "implanted" });
      await admin.act(`/events/${event.id}/submit`, {});
    };
    await order("Mercy Main", -3, 2);
    await order("Mercy East", -2, 1);
    await order("Mercy Main", -1, 1);
    await order("Elm Street", -5, 1);
    desk = await Person.at(browser, it.base);
    await desk.signIn(ADMIN, PASSWORD);
    phone = await Person.at(browser, it.base, PHONE);
    await phone.signIn(ADMIN, PASSWORD);
    plain = await Person.at(browser, it.base, { javaScriptEnabled: false });
    await plain.signIn(ADMIN, PASSWORD);
  });
  after(async () => {
    for (const [key, who] of Object.entries({ desk, phone, plain })) complaints.push(...(who?.complaints ?? []).map((it) => `${key}: ${it}`));
    await browser?.close();
    await it?.stop();
    assert.deepEqual([...new Set(complaints)], [], "what browsers complained about");
  });

  test("1 and 2: customers and locations are lists of their own, with the columns that were promised", async () => {
    await desk.go("/");
    await desk.room("Customers");
    assert.deepEqual(await names(desk), ["Elm Clinic", "Mercy Health", "Óak Valley", "Zion Surgery Center"], "by name, accents folded");
    const shown = await heads(desk);
    for (const key of ["name", "locations_count", "orders_total", "orders_count", "orders_avg", "engagement", "billing_status", "default_sales_rep", "payment_terms", "basis_date"]) {
      assert.ok(shown.includes(key), `${key} is shown: ${shown}`);
    }
    await desk.rows("Mercy Health").getByText("3", { exact: true }).first().waitFor();
    await look(desk, "list");
    await phone.go("/customers");
    await phone.said("Mercy Health");
    await look(phone, "phone-list");
    assert.equal(await plain.go("/customers"), 200);
    assert.match(await plain.main(), /Mercy Health[\s\S]*Zion/);
  });

  test("3: columns are hidden and shown again, and the choice is kept as a view", async () => {
    await desk.go("/customers");
    await desk.page.locator("summary", { hasText: "Columns" }).click();
    const box = (key) => desk.page.locator(`[data-columns] li[data-key="${key}"] input[name=col]`);
    for (const key of ["default_sales_rep", "orders_total"]) await box(key).uncheck();
    await desk.page.locator("thead th[data-key=orders_total]").waitFor({ state: "detached" });
    let shown = await heads(desk);
    assert.ok(!shown.includes("default_sales_rep") && !shown.includes("orders_total"), `${shown}`);
    await shot(desk, "columns");
    await box("tasks_open").check();
    await desk.page.locator("thead th[data-key=tasks_open]").waitFor();
    const address = new URL(desk.page.url());
    await desk.go(`${address.pathname}${address.search}&sort=-orders_count`);
    assert.equal((await names(desk))[0], "Mercy Health", "sorted by orders, most first");
    await desk.press("Save as");
    await desk.fill("Name", "Without money");
    await desk.press("Save view", { within: desk.page.locator("dialog:modal") });
    await desk.page.getByRole("link", { name: "Without money" }).first().waitFor();
    await desk.go("/customers");
    await desk.follow("Without money");
    shown = await heads(desk);
    assert.ok(!shown.includes("orders_total") && shown.includes("tasks_open"), "the view survives another page");
    assert.equal((await names(desk))[0], "Mercy Health");
  });

  test("4: many are changed at once: four fields, looked at before, undone after", async () => {
    await desk.go("/customers?q=e");
    await desk.go("/customers");
    await desk.tick("Elm Clinic");
    await desk.page.locator("[data-list] tbody tr", { hasText: "Zion" }).locator(".pick").click();
    await desk.page.getByText("2 selected").waitFor();
    await desk.follow("Change", { within: desk.page.locator(".bulk") });
    await tri(desk, "default_sales_rep_id", "set");
    await desk.choose("Who", "Leo");
    await tri(desk, "payment_terms_id", "set");
    await desk.select("Terms", "Net 60");
    await tri(desk, "billing_status", "set");
    await desk.select("Status", "Watch");
    await tri(desk, "basis_date", "set");
    await desk.select("Basis date", "Delivery date");
    await look(desk, "bulk-sheet");
    await desk.follow("Preview");
    await desk.said("2");
    await look(desk, "bulk-preview");
    assert.equal((await admin.get(`/customers/${id.elm}`)).payment_terms_id, id.net30, "looking changes nothing");
    await desk.page.locator("form[action$='/bulk/apply'] button[type=submit]").first().click();
    await desk.toast("2 rows changed");
    const elm = await admin.get(`/customers/${id.elm}`);
    assert.deepEqual([elm.default_sales_rep_id, elm.payment_terms_id, elm.billing_status, elm.basis_date], [id.leo, id.net60, "watch", "delivery_date"]);
    assert.equal((await admin.get(`/locations/${id["Elm Street"]}`)).effective_sales_rep_id, id.leo, "what inherits follows");
    await look(desk, "bulk-done");
    await desk.press("Undo", { within: desk.page.locator("#toasts") });
    await desk.page.waitForLoadState();
    const back = await admin.get(`/customers/${id.elm}`);
    assert.deepEqual([back.default_sales_rep_id, back.payment_terms_id, back.billing_status, back.basis_date], [id.ann, id.net30, "good", null]);
  });

  test("5, 6 and 7: locations of one customer or of all, and reps of their own for several at once", async () => {
    await desk.go("/locations");
    const all = await names(desk);
    assert.equal(all.length, 5);
    await look(desk, "locations");
    await desk.go(`/customers/${id.mercy}/locations`);
    assert.deepEqual(await names(desk), ["Mercy East", "Mercy Main"]);
    await desk.go("/locations");
    await desk.page.locator("summary", { hasText: "Columns" }).click();
    await desk.page.locator('[data-columns] li[data-key="orders_total"] input[name=col]').uncheck();
    await desk.page.locator("thead th[data-key=orders_total]").waitFor({ state: "detached" });
    await desk.go("/locations");
    await desk.tick("Mercy East");
    await desk.page.locator("[data-list] tbody tr", { hasText: "Oak One" }).locator(".pick").click();
    await desk.follow("Change", { within: desk.page.locator(".bulk") });
    await tri(desk, "sales_rep_id", "set");
    await desk.choose("Who", "Leo");
    await desk.follow("Preview");
    await desk.page.locator("form[action$='/bulk/apply'] button[type=submit]").first().click();
    await desk.toast("2 rows changed");
    const east = await admin.get(`/locations/${id["Mercy East"]}`);
    assert.deepEqual([east.sales_rep.mode, east.effective_sales_rep_id], ["assigned", id.leo]);
    assert.equal((await admin.get(`/locations/${id["Mercy Main"]}`)).effective_sales_rep_id, id.ann);
    await desk.go("/locations?q=east");
    await desk.rows("Leo Marsh").first().waitFor();
  });

  test("8: the page of a customer is read and changed where it stands", async () => {
    await desk.go(`/customers/${id.mercy}`);
    await look(desk, "detail");
    await desk.page.getByRole("link", { name: "Change Telephone" }).click();
    const phoneField = desk.page.locator("#inl-phone input[name=phone]");
    await phoneField.waitFor();
    await phoneField.fill("555 0199");
    await phoneField.press("Enter");
    await desk.page.locator("#inl-phone", { hasText: "555 0199" }).waitFor();
    assert.equal((await admin.get(`/customers/${id.mercy}`)).phone, "555 0199");
    await phone.go(`/customers/${id.mercy}`);
    await phone.said("Mercy Health");
    await look(phone, "phone-detail");
  });

  test("9: the orders behind a figure are exactly as many as it says", async () => {
    await desk.go("/customers");
    const link = desk.rows("Mercy Health").locator("a[href*='counts=1']").first();
    const said = Number((await link.innerText()).replace(/\D/g, ""));
    assert.equal(said, 3);
    await Promise.all([desk.page.waitForURL(/counts=1/), link.click()]);
    assert.equal(await desk.page.locator("[data-list] tbody tr[data-href]").count(), said, "as many rows");
    await look(desk, "orders");
  });

  test("1 to 9 on a phone: both lists, columns, several at once after a long press, a rep of its own, the page, its orders", async () => {
    const held = async (words) => {
      await phone.page.locator("[data-list] tbody tr[data-href]", { hasText: words }).dispatchEvent("touchstart");
      await phone.page.locator("[data-list].picking").waitFor();
    };
    // 1: through the house, not by its address.
    await phone.go("/");
    await phone.page.getByRole("navigation", { name: "Rooms" }).or(phone.page.locator(".dock")).getByRole("link", { name: "Me" }).first().click();
    await phone.page.getByRole("link", { name: "Customers", exact: true }).first().click();
    await phone.page.waitForURL(/\/customers/);
    assert.deepEqual(await names(phone), ["Elm Clinic", "Mercy Health", "Óak Valley", "Zion Surgery Center"]);
    // 2 and 3: a row says who, how good, who cares, how much; what is hidden is not there.
    const row = phone.page.locator("[data-list] tbody tr", { hasText: "Mercy Health" });
    for (const words of ["Good", "Ann Reyes", "4,000.00"]) await row.getByText(words).filter({ visible: true }).first().waitFor();
    await phone.go("/customers?col=name&col=billing_status&col=orders_count");
    assert.equal(await row.getByText("Ann Reyes").count(), 0, "the rep was taken off");
    // 4: several at once.
    await phone.go("/customers");
    await held("Elm Clinic");
    await phone.page.locator("[data-list] tbody tr", { hasText: "Zion" }).locator(".pick").click();
    await phone.page.getByText("2 selected").waitFor();
    await look(phone, "phone-selected");
    await phone.follow("Change", { within: phone.page.locator(".bulk") });
    await tri(phone, "payment_terms_id", "set");
    await phone.select("Terms", "Net 60");
    await tri(phone, "basis_date", "set");
    await phone.select("Basis date", "Delivery date");
    await look(phone, "phone-bulk-sheet");
    await phone.follow("Preview");
    await look(phone, "phone-bulk-preview");
    await phone.page.locator("form[action$='/bulk/apply'] button[type=submit]").first().click();
    await phone.toast("2 rows changed");
    assert.equal((await admin.get(`/customers/${id.zion}`)).basis_date, "delivery_date");
    await phone.press("Undo", { within: phone.page.locator("#toasts") });
    await phone.page.waitForLoadState();
    assert.equal((await admin.get(`/customers/${id.zion}`)).basis_date, null);
    // 5, 6 and 7: locations of all, and one gets a rep of its own.
    await phone.go("/customers");
    await phone.page.getByRole("link", { name: "Locations", exact: true }).first().click();
    await phone.page.waitForURL(/\/locations/);
    assert.equal((await names(phone)).length, 5);
    await look(phone, "phone-locations");
    await held("Zion North");
    await phone.follow("Change", { within: phone.page.locator(".bulk") });
    await tri(phone, "sales_rep_id", "set");
    await phone.choose("Who", "Leo");
    await phone.follow("Preview");
    await phone.page.locator("form[action$='/bulk/apply'] button[type=submit]").first().click();
    await phone.toast("1 row changed");
    assert.equal((await admin.get(`/locations/${id["Zion North"]}`)).effective_sales_rep_id, id.leo);
    // 8: the page, changed where it stands.
    await phone.go(`/customers/${id.elm}`);
    await phone.page.getByRole("link", { name: "Change Telephone" }).click();
    const field = phone.page.locator("#inl-phone input[name=phone]");
    await field.fill("555 0142");
    await field.press("Enter");
    await phone.page.locator("#inl-phone", { hasText: "555 0142" }).waitFor();
    // 9: its orders, as many as the figure says.
    await phone.go(`/customers/${id.mercy}`);
    const link = phone.page.locator("main a[href*='counts=1']").filter({ hasText: /^\s*3\s*orders/ }).first();
    await Promise.all([phone.page.waitForURL(/counts=1/), link.click()]);
    assert.equal(await phone.page.locator("[data-list] tbody tr[data-href]").count(), 3);
    await look(phone, "phone-orders");
  });

  test("a long list adds up by itself, and a long import says how far it is and can be stopped", async () => {
    const table = (rows) => ["name,number", ...Array.from({ length: rows }, (_, n) => `Clinic ${String(n).padStart(5, "0")},N${n}`)].join("\n");
    const file = (rows) => ({ name: "clinics.csv", mimeType: "text/csv", buffer: Buffer.from(table(rows)) });
    await desk.go("/imports/customers");
    await desk.page.locator("input[type=file]").setInputFiles(file(80_000));
    await desk.press("Check the table");
    await desk.page.locator("#import-run [role=progressbar], #import-run .meter").first().waitFor();
    await desk.page.locator("#import-run", { hasText: "of 80,000 rows" }).waitFor();
    await look(desk, "import-under-way");
    await desk.page.locator("#import-run").getByRole("button", { name: "Stop" }).click();
    await desk.said("Nothing was written.");
    assert.equal((await admin.get("/customers?count=true&limit=1&q=clinic")).total, 1, "only Elm Clinic");
    await desk.go("/imports/customers");
    await desk.page.locator("input[type=file]").setInputFiles(file(150));
    await desk.press("Check the table");
    await desk.press("Import 150 rows");
    await desk.said("150 rows of the table are in.");
    await desk.go("/customers?view=all");
    await desk.page.locator("tfoot", { hasText: "154 customers" }).waitFor();
    await desk.page.locator("tfoot", { hasText: "5,000.00" }).waitFor();
    await look(desk, "long-list");
    // Without scripts the same is a link.
    await plain.go("/customers");
    await Promise.all([plain.page.waitForURL(/sums=1/), plain.page.getByRole("link", { name: "Add up every row" }).click()]);
    assert.match(await plain.main(), /154 customers/);
  });

  test("notes, tasks and activities: by keys on the desk, by a thumb on the phone, and taken back", async () => {
    await desk.go(`/customers/${id.mercy}`);
    await desk.page.keyboard.press("t");
    await desk.page.locator("dialog:modal").waitFor();
    await desk.fill("What is to be done", "Bring the new catalog");
    await desk.fill("By", day(1));
    await shot(desk, "new-task");
    await desk.page.keyboard.press("Enter");
    await desk.toast("Task made");
    assert.equal((await admin.get(`/customers/${id.mercy}`)).tasks_open, 1);
    assert.equal((await admin.get(`/customers/${id.mercy}`)).next_contact_on, day(1));
    await desk.go(`/customers/${id.mercy}`);
    await desk.page.keyboard.press("n");
    await desk.page.locator("dialog:modal").waitFor();
    await desk.fill("Note", "The dock closes at three.\nAsk for Pat.");
    await desk.press("Save note");
    await desk.toast("Note saved");
    await desk.go(`/customers/${id.mercy}/timeline`);
    await desk.said("Ask for Pat.");
    await desk.page.locator("#quick-text").fill("They want a quote for cups");
    await desk.page.getByRole("button", { name: "Call", exact: true }).click();
    await desk.toast("Call logged");
    await look(desk, "timeline");
    await desk.page.getByRole("button", { name: "Tick off: Bring the new catalog" }).click();
    await desk.toast("Ticked off");
    assert.equal((await admin.get(`/customers/${id.mercy}`)).tasks_open, 0);
    await desk.press("Undo", { within: desk.page.locator("#toasts") });
    await desk.toast("Open again");
    assert.equal((await admin.get(`/customers/${id.mercy}`)).tasks_open, 1);
    await phone.go("/");
    await phone.said("Bring the new catalog");
    await look(phone, "phone-today");
    await phone.go("/customer-tasks");
    await look(phone, "phone-tasks");
    await phone.page.getByRole("button", { name: "Tick off: Bring the new catalog" }).click();
    await phone.toast("Ticked off");
    // Without scripts the same forms are pages.
    await plain.go(`/customers/${id.elm}/notes/new`);
    await plain.fill("Note", "Written without scripts");
    await Promise.all([plain.page.waitForURL(/timeline/), plain.page.getByRole("button", { name: "Save note" }).click()]);
    assert.match(await plain.main(), /Written without scripts/);
  });

  test("whoever leaves is asked about, and territories say what they would change", async () => {
    await desk.go(`/people/${id.ann}/deactivate`);
    await desk.said("Customers: 4");
    await look(desk, "leaving");
    await desk.follow("Deactivate the account").catch(() => {});
    await desk.said("Say for each who takes it over, or that nobody does.");
    assert.equal((await admin.get(`/users/${id.ann}`)).active, true);
    await desk.go("/settings/territories/new");
    await desk.fill("Name", "Illinois");
    await desk.choose("Who cares for it", "Leo");
    await desk.fill("States", "IL");
    await desk.press("Show what would change");
    await desk.said("No location would have another rep.");
    await look(desk, "territory");
    await desk.press("Save territory");
    await desk.toast("Saved");
    await look(desk, "territories");
    await desk.go("/call-list?view=all");
    await look(desk, "call-list");
  });
});
