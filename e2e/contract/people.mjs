// People: accounts, groups, delegates, assignments, successors, regions, the organisation.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { at, user } from "./scene.mjs";
import { bool, fits, idOf, instant, int, list, object, oneOf, orNull, problem, string, text } from "./shapes.mjs";

const ROLES = ["primary_admin", "admin", "operations", "regional_manager", "distributor", "sales", "facility_manager"];
const USER = { id: idOf("usr"), email: text, role: oneOf(...ROLES), delegate_of: orNull(idOf("usr")), name: text, phone: string, alternate_email: string, custodian_only: bool, active: bool, training_completed_at: orNull(instant), region_id: orNull(idOf("rgn")), shares_inventory: bool, commission_rate_bp: orNull(int), shipping_address: object, contacts: list(object), settings: object, version: int };

export function people(here) {
  describe("people", () => {
    const { as } = here;
    const fresh = (() => {
      let n = 0;
      return (key) => `${key}${(n += 1)}@contract.example`;
    })();

    test("the organisation and its settings", async () => {
      const organization = await here.admin.get("/organization");
      fits(organization, { id: idOf("org"), name: text, kind: oneOf("manufacturer", "distributor"), currency: text, version: int }, "organization");
      assert.equal((await here.admin.patch("/organization", { name: "Northlake Orthopaedics" })).name, "Northlake Orthopaedics");
      const settings = await here.admin.get("/organization/settings");
      const defaults = { field_transfers: true, field_adjustments: false, field_reopen: false, request_requires_event: false, auto_send_sales_order: false, auto_send_invoice_on_po: false, limit_procedures_to_physician: false, weekly_po_reminder: true, discrepancy_custodian_id: null };
      for (const [key, value] of Object.entries(defaults)) assert.equal(settings[key], value, key);
      assert.deepEqual([...settings.note_required_for].sort(), ["damaged", "missing"]);
      assert.deepEqual(settings.require_second_factor_for, []);
      assert.equal((await here.admin.patch("/organization/settings", { weekly_po_reminder: false })).weekly_po_reminder, false);
      await here.admin.patch("/organization/settings", { weekly_po_reminder: true });
      problem(await as.ann.send("PATCH", "/organization", { name: "Mine" }), 403);
      problem(await as.ann.send("PATCH", "/organization/settings", { field_reopen: true }), 403);
    });

    test("an account has its fields; settings start at their defaults", async () => {
      for (const key of Object.keys(here.who)) fits(await here.admin.get(`/users/${here.who[key].id}`), USER, key);
      const field = { modify_prices: false, view_contract_prices: true, create_inventory: true, add_directory_records: false, manage_boms: false, modify_replenishment: true, require_patient_stickers: false, require_device_labels: false };
      for (const key of ["ann", "dana"]) {
        const { settings } = await here.admin.get(`/users/${here.who[key].id}`);
        for (const [name, value] of Object.entries(field)) assert.equal(settings[name], value, `${key} ${name}`);
      }
      const office = { manage_events: true, create_inventory: true, adjust_inventory: true, manage_movements: true, manage_directory: true, manage_user_settings: true, manage_users: true, invite_users: true, manage_billing: true, edit_catalog_numbers: false, edit_container_numbers: false, remove_expiration_dates: false };
      const { settings } = await here.admin.get(`/users/${here.who.omar.id}`);
      for (const [name, value] of Object.entries(office)) assert.equal(settings[name], value, name);
    });

    test("e-mail and role never change; the e-mail is unique on the server", async () => {
      const path = `/users/${here.who.ann.id}`;
      problem(await here.admin.send("PATCH", path, { email: "other@contract.example" }), 409, "email_immutable");
      problem(await here.admin.send("PATCH", path, { role: "operations" }), 409, "role_immutable");
      problem(await here.admin.send("POST", "/users", { email: here.who.ann.email, role: "sales", name: "Twin" }), 409);
      problem(await here.admin.send("POST", "/users", { email: here.who.ann.email.toUpperCase(), role: "sales", name: "Twin" }), 409);
      problem(await here.admin.send("POST", "/users", { email: "zoe@south.example", role: "sales", name: "Of another organisation" }), 409);
      problem(await here.admin.send("POST", "/users", { email: fresh("x"), role: "no_such_role", name: "X" }), 422, undefined, "role");
      problem(await here.admin.send("POST", "/users", { email: "not an e-mail", role: "sales", name: "X" }), 422, undefined, "email");
      problem(await here.admin.send("POST", "/users", { email: fresh("x"), role: "primary_admin", name: "X" }), 409);
    });

    test("making an account sends nothing; an invitation is sent, renewed and revoked", async () => {
      const made = await here.admin.make("/users", { email: fresh("inv"), role: "operations", name: "Invited" });
      const path = `/users/${made.id}/invite`;
      const first = await here.admin.act(path);
      const second = await here.admin.act(path);
      assert.match(first.link, /^http/);
      fits(first, { link: text, expires_at: instant }, "an invitation");
      assert.notEqual(first.link, second.link, "renewed");
      await here.admin.del(path);
      const open = async (link) => {
        const answer = await fetch(link.replace(/^https?:\/\/[^/]+/, here.it.base), { redirect: "manual" });
        return { status: answer.status, text: await answer.text(), cookie: answer.headers.getSetCookie().map((it) => it.split(";")[0]).join("; ") };
      };
      for (const { link } of [first, second]) assert.doesNotMatch((await open(link)).text, /type="password"/, "a revoked or renewed link is dead");
      // A link that stands lets its person choose a password, once.
      const { link } = await here.admin.act(path);
      const page = await open(link);
      assert.match(page.text, /type="password"/);
      const password = "a password of my own";
      const fields = Object.fromEntries([...page.text.matchAll(/<input[^>]*>/g)].map(([tag]) => [/name="([^"]*)"/.exec(tag)?.[1], /type="password"/.test(tag) ? password : (/value="([^"]*)"/.exec(tag)?.[1] ?? "")]).filter(([name]) => name));
      const target = new URL(/<form[^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? "", link);
      const claimed = await fetch(target.href.replace(/^https?:\/\/[^/]+/, here.it.base), { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded", cookie: page.cookie }, body: new URLSearchParams(fields) });
      assert.ok([200, 303].includes(claimed.status), `claiming answers ${claimed.status}`);
      const signed = await fetch(`${here.it.base}/api/v1/tokens`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: made.email, password, name: "mine" }) });
      assert.equal(signed.status, 201);
      assert.doesNotMatch((await open(link)).text, /type="password"/, "once");
    });

    test("training: needed by four roles, none other; until then the token and /me alone work", async () => {
      for (const role of ["sales", "distributor", "regional_manager", "facility_manager"]) {
        const email = fresh("green");
        const made = await here.admin.make("/users", { email, role, name: "Green" });
        assert.equal(made.training_completed_at, null);
        const theirs = here.it.token(email);
        const them = (await import("./scene.mjs")).careful(here.it.base, theirs);
        assert.equal((await them.get("/me")).id, made.id);
        for (const path of ["/units", "/events", "/users", "/dashboard", "/catalog-items"]) problem(await them.send("GET", path), 403, "training_required");
        const done = await here.admin.act(`/users/${made.id}/complete-training`);
        assert.ok(instant(done.training_completed_at));
        await them.get("/units");
      }
      const other = await here.admin.send("POST", `/users/${here.who.omar.id}/complete-training`);
      assert.ok([409, 422].includes(other.status), "operations needs none");
    });

    test("deactivated is out at once, 401; reactivated is in", async () => {
      const email = fresh("left");
      const made = await here.admin.make("/users", { email, role: "operations", name: "Left" });
      const them = (await import("./scene.mjs")).careful(here.it.base, here.it.token(email));
      await them.get("/units");
      assert.equal((await here.admin.act(`/users/${made.id}/deactivate`, { reason: "left" })).active, false);
      problem(await them.send("GET", "/me"), 401);
      assert.equal((await here.admin.act(`/users/${made.id}/reactivate`)).active, true);
      problem(await as.ann.send("POST", `/users/${here.who.ann.id}/deactivate`), 403);
    });

    test("a group: role sales only, one full distributor a rep, hubs as many as wished", async () => {
      const group = (key) => `/users/${here.who[key].id}/representatives`;
      const ids = async (key) => (await here.admin.get(group(key))).items.map((row) => row.id).sort();
      assert.deepEqual(await ids("dana"), [here.who.ann.id, here.who.bob.id].sort());
      problem(await here.admin.send("POST", group("dana"), { user_ids: [here.who.omar.id] }), 422, "not_a_sales_user");
      problem(await here.admin.send("PUT", group("dana"), { user_ids: [here.who.mona.id] }), 422, "not_a_sales_user");
      problem(await here.admin.send("POST", group("dale"), { user_ids: [here.who.ann.id] }), 409, "rep_already_in_group");
      assert.deepEqual(await ids("dale"), [], "nothing was written");
      for (const way of ["POST", "PUT"]) {
        const answer = await here.admin.send(way, group("hub"), { user_ids: [here.who.ann.id, here.who.cat.id] });
        assert.ok([200, 201].includes(answer.status));
      }
      assert.deepEqual(await ids("hub"), [here.who.ann.id, here.who.cat.id].sort());
      await here.admin.del(`${group("hub")}/${here.who.ann.id}`);
      assert.deepEqual(await ids("hub"), [here.who.cat.id]);
      await here.admin.del(`${group("hub")}/${here.who.cat.id}`);
      problem(await here.admin.send("DELETE", `${group("hub")}/${here.who.cat.id}`), 404);
      problem(await as.dana.send("POST", group("dana"), { user_ids: [here.who.cat.id] }), 403);
      problem(await here.admin.send("POST", group("ann"), { user_ids: [here.who.cat.id] }), 422);
    });

    test("delegates act for their distributor; entries name both; they name no delegates and hold no stock", async () => {
      const { items } = await here.admin.get(`/users/${here.who.dana.id}/delegates`);
      assert.deepEqual(items.map((row) => row.id), [here.who.dee.id]);
      assert.equal(items[0].delegate_of, here.who.dana.id);
      const [unit] = await here.units(here.who.ann);
      const moved = await as.dee.make("/transfers", { from: user(here.who.ann), to: user(here.who.dana), unit_ids: [unit.id] });
      await as.dee.act(`/transfers/${moved.id}/accept`);
      const entry = (await here.admin.get(`/journal?unit_id=${unit.id}`)).items.find((row) => row.actor_id === here.who.dee.id);
      assert.equal(entry?.on_behalf_of_id, here.who.dana.id);
      problem(await as.dee.send("POST", "/users", { email: fresh("d"), role: "distributor", name: "D", delegate_of: here.who.dana.id }), 403);
      const named = await as.dana.make("/users", { email: fresh("d"), role: "distributor", name: "D", delegate_of: here.who.dana.id });
      assert.equal(named.delegate_of, here.who.dana.id);
      problem(await here.admin.send("POST", "/users", { email: fresh("d"), role: "sales", name: "D", delegate_of: here.who.dana.id }), 422);
      problem(await here.admin.send("POST", "/units", { catalog_item_id: here.cup.id, custodian: user(here.who.dee) }), 422, "role_cannot_hold_stock");
      problem(await here.admin.send("POST", `/users/${here.who.dee.id}/representatives`, { user_ids: [here.who.cat.id] }), 422);
    });

    test("assignments: an absent list stays; a distributor sends manufacturers of own reps only", async () => {
      const path = `/users/${here.who.ann.id}/assignments`;
      const before = await here.admin.get(path);
      fits(before, { manufacturer_ids: list(idOf("mfr")), location_ids: list(idOf("loc")), physician_ids: list(idOf("phy")), product_line_ids: list(idOf("pln")) }, "assignments");
      await here.admin.put(path, { physician_ids: [] });
      const after = await here.admin.get(path);
      assert.deepEqual(after, { ...before, physician_ids: [] });
      await here.admin.put(path, { physician_ids: before.physician_ids });
      const makers = [here.maker.id, here.other_maker.id];
      await as.dana.put(path, { manufacturer_ids: makers });
      problem(await as.dana.send("PUT", path, { manufacturer_ids: [], location_ids: [] }), 403);
      problem(await as.dana.send("PUT", path, { location_ids: [here.main.id] }), 403);
      assert.deepEqual((await here.admin.get(path)).manufacturer_ids.sort(), makers.sort(), "and writes nothing");
      problem(await as.dana.send("PUT", `/users/${here.who.cat.id}/assignments`, { manufacturer_ids: [] }), 404);
      problem(await as.dana.send("PUT", `/users/${here.who.dana.id}/assignments`, { manufacturer_ids: [] }), 403);
      problem(await as.ann.send("PUT", path, { manufacturer_ids: [] }), 403);
    });

    test("what each edits of whom", async () => {
      const self = await as.ann.patch(`/users/${here.who.ann.id}`, { name: "Ann Contract", phone: "1", alternate_email: "ann@else.example", shipping_address: { line1: "1 Road" }, contacts: [{ name: "Helper" }] });
      assert.equal(self.phone, "1");
      for (const field of [{ commission_rate_bp: 5 }, { region_id: null }, { settings: { modify_prices: true } }]) problem(await as.ann.send("PATCH", `/users/${here.who.ann.id}`, field), 403);
      assert.equal((await as.dana.patch(`/users/${here.who.ann.id}`, { commission_rate_bp: 1010, phone: "2" })).commission_rate_bp, 1010);
      problem(await as.dana.send("PATCH", `/users/${here.who.ann.id}`, { settings: { modify_prices: true } }), 403);
      problem(await as.dana.send("PATCH", `/users/${here.who.dana.id}`, { shares_inventory: false }), 403);
      assert.equal((await as.omar.patch(`/users/${here.who.dale.id}`, { shares_inventory: true })).shares_inventory, true);
      await as.omar.patch(`/users/${here.who.dale.id}`, { shares_inventory: false });
      problem(await as.boss.send("PATCH", `/users/${here.who.ada.id}`, { name: "Not mine" }), 403);
    });

    test("sales targets and quick-transfer sources", async () => {
      const targets = `/users/${here.who.ann.id}/sales-targets`;
      const body = { year: 2026, quarters_minor: [1, 2, 3, 4] };
      assert.deepEqual(await as.dana.put(targets, body), body);
      const got = await here.admin.get(`${targets}?year=2026`);
      assert.deepEqual(got, body);
      problem(await here.admin.send("PUT", targets, { year: 2026, quarters_minor: [1, 2] }), 422, undefined, "quarters_minor");
      problem(await as.ann.send("PUT", targets, body), 403);
      const sources = `/users/${here.who.mona.id}/quick-transfer-sources`;
      const wanted = { sources: [user(here.who.hub), here.organization] };
      await here.admin.put(sources, wanted);
      const have = await here.admin.get(sources);
      assert.deepEqual(have.sources.map((it) => it.id).sort(), wanted.sources.map((it) => it.id).sort());
    });

    test("regions", async () => {
      fits(here.region, { id: idOf("rgn"), name: text, manager_id: orNull(idOf("usr")), states: list(string) }, "region");
      const changed = await here.admin.patch(`/regions/${here.region.id}`, { states: ["WI", "MN", "IA"] });
      assert.deepEqual(changed.states, ["WI", "MN", "IA"]);
      const { items } = await here.admin.get("/regions");
      assert.ok(items.some((row) => row.id === here.region.id));
      problem(await here.admin.send("POST", "/regions", { name: "Bad", manager_id: here.who.ann.id }), 422, undefined, "manager_id");
    });

    test("a successor takes everything over, previewed first", async () => {
      const old = await here.account("fred", "sales", { commission_rate_bp: 800 });
      await here.admin.put(`/users/${old.id}/assignments`, { manufacturer_ids: [here.maker.id], location_ids: [here.main.id], physician_ids: [here.doctor.id] });
      const [unit] = await here.units(old);
      const event = await here.event("case", here.admin, old, { starts_at: at(5) });
      const next = await here.account("gina", "sales");
      const preview = await here.admin.act(`/users/${old.id}/successor/preview`, { to_user_id: next.id });
      fits(preview, { preview_token: text, counts: object }, "a preview");
      assert.equal((await here.admin.get(`/units/${unit.id}`)).custodian.id, old.id, "a preview writes nothing");
      problem(await as.ann.send("POST", `/users/${old.id}/successor/apply`, { preview_token: preview.preview_token }), 404);
      await here.admin.act(`/users/${old.id}/successor/apply`, { preview_token: preview.preview_token });
      assert.equal((await here.admin.get(`/units/${unit.id}`)).custodian.id, next.id);
      assert.equal((await here.admin.get(`/events/${event.id}`)).representative_id, next.id);
      assert.equal((await here.admin.get(`/users/${old.id}`)).active, false);
      const again = await here.admin.send("POST", `/users/${old.id}/successor/apply`, { preview_token: preview.preview_token });
      assert.ok([404, 409].includes(again.status), `once: ${again.status}`);
    });
  });
}
