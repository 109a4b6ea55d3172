// The calendar in a browser: a case is dragged to another day and put back, and read by a program outside.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Person, launch } from "./browser.lib.mjs";
import { ADMIN, PASSWORD, world } from "./lib.mjs";

const DAY = 86_400_000;
const shots = process.env.CASELOAD_SHOTS;
// A Monday far enough away that the whole week lies ahead.
const monday = (() => {
  const at = new Date(Date.now() + 14 * DAY);
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  return at;
})();
const day = (plus) => new Date(monday.getTime() + plus * DAY).toISOString().slice(0, 10);

describe("the calendar in a browser", () => {
  let it, browser, admin, office, mine, other;
  const event = (id) => admin.get(`/events/${id}`);
  const shot = async (name) => {
    if (!shots) return;
    await office.page.screenshot({ path: `${shots}/calendar-${name}.png` });
    // Taking a picture leaves empty style attributes behind, which a part that is made anew would inherit.
    await office.page.evaluate(() => document.querySelectorAll('[style=""]').forEach((it) => it.removeAttribute("style")));
  };

  before(async () => {
    it = await world();
    admin = it.as(ADMIN);
    browser = await launch();
    const rep = await admin.post("/users", { email: "ann@northlake.example", role: "sales", name: "Ann Reyes" });
    await admin.act(`/users/${rep.id}/complete-training`);
    const customer = await admin.post("/customers", { name: "St. Elm Health" });
    const place = await admin.post("/locations", { customer_id: customer.id, name: "St. Elm Main", time_zone: "America/Chicago" });
    const plan = (on) => admin.post("/events", { type: "case", representative_id: rep.id, location_id: place.id, starts_at: `${on}T15:00:00Z`, patient_reference: "MRN-4711" });
    mine = await plan(day(0));
    other = await plan(day(2));
    office = await Person.at(browser, it.base);
    await office.signIn(ADMIN, PASSWORD);
  });

  after(async () => {
    await browser?.close();
    await it?.stop();
  });

  const drag = async (id, to) => {
    const slot = office.page.locator(`.slot[data-move="/events/${id}/move"]`);
    await slot.dragTo(office.page.locator(`.board td[data-on="${to}"]`).first());
  };

  test("a case is dragged to another day: what follows is read first, and undo puts it back", async () => {
    await office.go(`/calendar?on=${day(0)}`);
    await drag(mine.id, day(2));
    const dialog = office.page.locator("dialog:modal");
    await dialog.getByText(/wanted for .* at the same time/).waitFor();
    await shot("move");
    await office.sound("the move with a clash");
    assert.equal((await event(mine.id)).starts_at.slice(0, 10), day(0), "nothing moves before it is confirmed");
    await office.page.keyboard.press("Escape");

    await drag(mine.id, day(3));
    await dialog.getByText("Nobody and nothing is wanted elsewhere").waitFor();
    await office.follow("Move");
    assert.equal((await event(mine.id)).starts_at.slice(0, 10), day(3));
    await office.toast("Moved");
    await office.follow("Undo", { within: office.page.locator("#toasts") });
    await office.toast("Back at its old time");
    assert.equal((await event(mine.id)).starts_at.slice(0, 10), day(0));
  });

  test("without dragging: the same from the menu of the case, with a time that is typed", async () => {
    await office.go(`/events/${mine.id}`);
    await office.more("Move to another time");
    await office.fill("Starts", `${day(1)}T09:30`);
    await office.follow("Move");
    assert.match((await event(mine.id)).starts_at, new RegExp(`^${day(1)}T1[45]:30`));
    // A time that is none is said at its field, and nothing moves.
    const refused = await office.page.request.post(`${it.base}/events/${mine.id}/move`, {
      form: { starts_at: "soon", csrf: await office.page.locator("meta[name=csrf]").getAttribute("content") },
    });
    assert.match(await refused.text(), /Give a day and a time/);
  });

  test("a program outside reads the address, and nothing when it has ended", async () => {
    await office.go("/calendar");
    await office.press("Subscribe");
    await shot("subscribe");
    await office.sound("the subscription");
    await office.follow("Make the address");
    await office.sound("the address");
    await shot("address");
    const url = await office.page.locator("#feed-all").inputValue();
    const at = it.base + new URL(url).pathname + new URL(url).search;
    const read = await fetch(at);
    assert.equal(read.status, 200);
    assert.match(read.headers.get("content-type"), /text\/calendar/);
    assert.match(read.headers.get("cache-control"), /private/);
    const text = (await read.text()).replaceAll("\r\n ", "");
    assert.match(text, /BEGIN:VTIMEZONE\r\nTZID:America\/Chicago/);
    assert.ok(text.includes(`UID:${other.id}@caseload`) && text.includes("(Ann Reyes)") && !text.includes("4711"));
    const again = await fetch(at, { headers: { "if-none-match": read.headers.get("etag") } });
    assert.equal(again.status, 304);

    await office.go("/calendar/subscribe");
    await office.follow("End it");
    assert.equal((await fetch(at)).status, 404);
    assert.equal((await fetch(`${it.base}/feeds/nothing.ics`)).status, 404);
    assert.deepEqual(office.complaints, []);
  });
});
