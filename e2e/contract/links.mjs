// Linked organisations: a handshake of both, and stock that crosses with its identity.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADMIN, run } from "../lib.mjs";
import { careful, on, user } from "./scene.mjs";
import { fits, idOf, instant, int, list, object, oneOf, orNull, problem, string, text, unknownId } from "./shapes.mjs";

const LINK = {
  id: idOf("lnk"), status: oneOf("invited", "active", "ended"), direction: oneOf("out", "in"), organization: orNull((it) => object(it) && idOf("org")(it.id) && text(it.name)),
  address: orNull(text), note: string, invited_at: instant, invited_by: orNull(idOf("usr")), accepted_at: orNull(instant), ended_at: orNull(instant), ended_reason: string, pending_transfers: int, version: int,
};
const LABEL = { kind: oneOf("device", "container", "pack"), catalog_item_id: orNull(idOf("cat")), manufacturer: text, catalog_number: text, description: string, lot: orNull(text), serial: orNull(text), comes_back: (it) => typeof it === "boolean" };

export function links(here) {
  const { as } = here;
  describe("linked organisations", () => {
    let other, link;
    const MAKER = "mia@maker.example";
    const company = (it) => ({ type: "linked_organization", id: it });

    test("an invitation is answered the same, whoever has the address", async () => {
      run(here.it.url, "init", "--organization", "Maker Medical", "--kind", "manufacturer", "--email", MAKER, "--name", "Mia Maker");
      other = careful(here.it.base, here.it.token(MAKER));
      other.organization = (await other.get("/me")).organization.id;
      link = await here.admin.make("/organization-links", { email: MAKER, note: "as agreed" });
      fits(link, LINK, "a link");
      const nobody = await here.admin.make("/organization-links", { email: "nobody@elsewhere.example", note: "as agreed" });
      const bare = ({ id, address, invited_at, ...rest }) => rest;
      assert.deepEqual(bare(link), bare(nobody));
      assert.deepEqual([link.status, link.direction, link.organization], ["invited", "out", null]);
      problem(await here.admin.send("POST", "/organization-links", { email: MAKER }), 409, "already_invited");
      problem(await here.admin.send("POST", "/organization-links", { email: ADMIN }), 422, "own_organization", "email");
      problem(await here.admin.send("POST", "/organization-links", {}), 422, "required", "email");
      problem(await as.omar.send("POST", "/organization-links", { email: MAKER }), 403, "not_allowed");
      problem(await as.ann.send("GET", "/organization-links"), 403, "not_allowed");
      problem(await as.omar.send("GET", `/organization-links/${unknownId("lnk")}`), 404);
      assert.equal((await here.admin.act(`/organization-links/${nobody.id}/end`)).status, "ended");
    });

    test("both sides consent", async () => {
      problem(await here.admin.send("POST", `/organization-links/${link.id}/accept`), 409, "link_waits_for_them");
      const theirs = (await other.get("/organization-links?status=invited")).items;
      assert.deepEqual(theirs.map((it) => [it.id, it.direction, it.organization.name, it.note]), [[link.id, "in", (await here.admin.get("/organization")).name, "as agreed"]]);
      const done = await other.act(`/organization-links/${link.id}/accept`);
      fits(done, LINK, "a link");
      assert.equal(done.status, "active");
      const mine = await as.omar.get(`/organization-links/${link.id}`);
      assert.deepEqual([mine.status, mine.organization], ["active", { id: other.organization, name: "Maker Medical" }]);
      problem(await other.send("POST", `/organization-links/${link.id}/accept`), 409, "link_active");
    });

    test("stock crosses with its identity, and comes back as itself", async () => {
      const [unit] = (await here.admin.make("/units", { catalog_item_id: here.cup.id, lot: "CROSS-1", serial: "X-1", expires_on: on(400) })).items;
      const offered = (await as.omar.get("/transfer-recipients?q=maker")).items;
      assert.deepEqual(offered, [{ id: other.organization, name: "Maker Medical", type: "linked_organization" }]);
      assert.deepEqual((await as.ann.get("/transfer-recipients?q=maker")).items, []);
      const [anns] = await here.units(here.who.ann);
      problem(await as.ann.send("POST", "/transfers", { from: user(here.who.ann), to: company(other.organization), unit_ids: [anns.id] }), 404, undefined, "to");
      const sent = await as.omar.make("/transfers", { from: here.organization, to: company(other.organization), unit_ids: [unit.id] });
      assert.deepEqual([sent.status, sent.to], ["pending", company(other.organization)]);
      const half = await other.get(`/transfers/${sent.id}`);
      assert.deepEqual([half.from, half.to.type, half.created_by], [company(here.organization.id), "organization", null]);
      fits(half.lines[0].label, LABEL, "a label");
      assert.deepEqual([half.lines[0].label.lot, half.lines[0].label.serial, half.lines[0].label.expires_on], ["CROSS-1", "X-1", on(400)]);
      problem(await other.send("GET", `/units/${unit.id}`), 404);
      problem(await as.omar.send("POST", `/transfers/${sent.id}/accept`), 403, "not_yours_to_decide");
      problem(await here.admin.send("POST", `/organization-links/${link.id}/end`), 409, "transfers_pending");
      assert.equal((await other.act(`/transfers/${sent.id}/accept`)).status, "accepted");
      const gone = await as.omar.get(`/units/${unit.id}`);
      assert.deepEqual([gone.state, gone.custodian], ["inactive", company(other.organization)]);
      const there = await other.get(`/units/${half.lines[0].unit_id}`);
      assert.deepEqual([there.state, there.lot, there.serial, there.expires_on], ["available", "CROSS-1", "X-1", on(400)]);
      const story = (await other.get(`/units/${there.id}/history`)).items;
      assert.deepEqual(story[0].movements[0].from_custodian, company(here.organization.id));
      problem(await here.admin.send("POST", `/units/${unit.id}/hold`), 403, "unit_with_linked_company");
      const back = await other.make("/transfers", { to: company(here.organization.id), unit_ids: [there.id] });
      const home = await as.omar.act(`/transfers/${back.id}/accept`);
      assert.equal(home.lines[0].unit_id, unit.id);
      const now = await as.omar.get(`/units/${unit.id}`);
      assert.deepEqual([now.state, now.custodian], ["available", here.organization]);
    });

    test("a catalog is shown without prices, and orders arrive at whoever supplies a manufacturer", async () => {
      const shared = (await as.omar.get(`/organization-links/${link.id}/catalog-items?count=true`));
      assert.ok(shared.total > 0 && shared.items.every((it) => !("list_price_minor" in it) && it.catalog_item_id));
      problem(await as.ann.send("GET", `/organization-links/${link.id}/catalog-items`), 403, "not_allowed");
      const changed = await here.admin.patch(`/organization-links/${link.id}`, { manufacturer_ids: [here.cup.manufacturer_id] });
      assert.deepEqual(changed.manufacturer_ids, [here.cup.manufacturer_id]);
      problem(await as.omar.send("PATCH", `/organization-links/${link.id}`, { manufacturer_ids: [] }), 403, "not_allowed");
      const made = await as.omar.make("/requests", { kind: "supplier", lines: [{ catalog_item_id: here.cup.id, quantity: 2 }] });
      assert.deepEqual(made.asked_of, { id: other.organization, name: "Maker Medical" });
      const theirs = await other.get(`/requests/${made.id}`);
      assert.deepEqual([theirs.to, theirs.created_by, theirs.asked], [company(here.organization.id), null, 2]);
      await other.act(`/requests/${made.id}/decline`, { reason: "sold out" });
      assert.deepEqual((({ status, reason }) => [status, reason])(await as.omar.get(`/requests/${made.id}`)), ["declined", "sold out"]);
    });

    test("an end stops what moves and keeps what happened", async () => {
      const done = await other.act(`/organization-links/${link.id}/end`, { reason: "over" });
      assert.deepEqual([done.status, done.ended_reason], ["ended", "over"]);
      const [unit] = await here.units(here.organization);
      problem(await as.omar.send("POST", "/transfers", { to: company(other.organization), unit_ids: [unit.id] }), 409, "link_not_active");
      const kept = (await as.omar.get(`/transfers?to=${other.organization}`)).items;
      assert.ok(list(object)(kept) && kept.length > 0 && kept.every((it) => it.to_name === "Maker Medical"));
    });
  });
}
