// A small organisation as an outside programmer would set it up, with nothing but the contract at hand.
import assert from "node:assert/strict";
import { ADMIN, client, run } from "../lib.mjs";
import { wellNamed } from "./shapes.mjs";

export const at = (days, hour = 15) => {
  const moment = new Date(Date.now() + days * 86_400_000);
  moment.setUTCHours(hour, 0, 0, 0);
  return moment.toISOString();
};
export const on = (days) => at(days).slice(0, 10);
export const user = (it) => ({ type: "user", id: it.id ?? it });

// A client that looks at whatever comes back.
export function careful(base, token) {
  const plain = client(base, token);
  const send = async (method, path, body, headers) => {
    const answer = await plain.send(method, path, body, headers);
    assert.notEqual(answer.status, 500, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    if (typeof answer.body === "object") wellNamed(answer.body, `${method} ${path}`);
    return answer;
  };
  const wanting = (method, statuses) => async (path, body, headers) => {
    const answer = await send(method, path, body, headers);
    assert.ok(statuses.includes(answer.status), `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}\nto ${JSON.stringify(body)}`);
    return answer.body;
  };
  return {
    token,
    send,
    get: (path, headers) => wanting("GET", [200])(path, undefined, headers),
    make: wanting("POST", [201]),
    act: wanting("POST", [200]),
    put: wanting("PUT", [200]),
    patch: wanting("PATCH", [200]),
    del: (path, headers) => wanting("DELETE", [200, 204])(path, undefined, headers),
  };
}

const PEOPLE = {
  boss: ["admin"],
  omar: ["operations"],
  rita: ["regional_manager"],
  dana: ["distributor", { shares_inventory: true, commission_rate_bp: 1500 }],
  dale: ["distributor"],
  hub: ["distributor", { custodian_only: true, shares_inventory: true }],
  ann: ["sales", { commission_rate_bp: 1000 }],
  bob: ["sales", { commission_rate_bp: 900 }],
  cat: ["sales"],
  mona: ["facility_manager"],
};
const TRAINED = ["sales", "distributor", "regional_manager", "facility_manager"];

// Everybody, a catalog, a directory, stock. `here` gets `as` (clients), `who` (accounts) and the rest by name.
export async function scene(it, here) {
  const as = (email) => careful(it.base, it.token(email));
  const admin = as(ADMIN);
  const me = await admin.get("/me");
  const organization = { type: "organization", id: me.organization.id };
  Object.assign(here, { it, admin, me, organization });
  here.who.ada = me;
  here.as.ada = admin;
  const account = async (key, role, more = {}) => {
    here.who[key] = await admin.make("/users", { email: `${key}@contract.example`, role, name: `${key[0].toUpperCase()}${key.slice(1)} Contract`, ...more });
    if (TRAINED.includes(role)) await admin.act(`/users/${here.who[key].id}/complete-training`);
    here.as[key] = as(`${key}@contract.example`);
    return here.who[key];
  };
  here.account = account;
  for (const [key, [role, more]] of Object.entries(PEOPLE)) await account(key, role, more);
  await account("dee", "distributor", { delegate_of: here.who.dana.id });
  here.region = await admin.make("/regions", { name: "North", manager_id: here.who.rita.id, states: ["WI", "MN"] });
  for (const key of ["dana", "ann"]) await admin.patch(`/users/${here.who[key].id}`, { region_id: here.region.id });
  await admin.put(`/users/${here.who.dana.id}/representatives`, { user_ids: [here.who.ann.id, here.who.bob.id] });

  here.maker = await admin.make("/manufacturers", { name: "Acme Ortho" });
  here.other_maker = await admin.make("/manufacturers", { name: "Borealis" });
  here.line = await admin.make("/product-lines", { name: "Hip", manufacturer_id: here.maker.id });
  const item = (number, more) => admin.make("/catalog-items", { manufacturer_id: here.maker.id, number, description: `Item ${number}`, kind: "device", product_line_ids: [here.line.id], list_price_minor: 50_000, ...more });
  here.item = item;
  here.cup = await item("CUP-52", { udi_di: "09506000134352", cost_minor: 12_300 });
  here.stem = await item("STEM-3", { list_price_minor: 80_000 });
  here.driver = await item("DRIVER", { reusable: true, list_price_minor: 1_000 });
  here.tray = await item("TRAY", { kind: "container", reusable: true, list_price_minor: null });
  here.bolt = await item("BOLT", { manufacturer_id: here.other_maker.id, product_line_ids: [], list_price_minor: 700 });

  here.terms = await admin.make("/payment-terms", { code: "NET30", name: "Net 30", rule: { kind: "net_days", days: 30 }, roll: "none", discount: null });
  here.customer = await admin.make("/customers", { name: "St. Elm Health", payment_terms_id: here.terms.id, basis_date: "invoice_date" });
  const location = (name, code, customer = here.customer) => admin.make("/locations", { customer_id: customer.id, name, code, time_zone: "America/Chicago" });
  here.main = await location("St. Elm Main", "MAIN");
  here.east = await location("St. Elm East", "EAST");
  here.far_customer = await admin.make("/customers", { name: "Far Away Clinic" });
  here.far = await location("Far Away", "FAR", here.far_customer);
  here.procedure = await admin.make("/procedures", { name: "Total hip" });
  here.doctor = await admin.make("/physicians", { name: "Dr. Rivera", location_ids: [here.main.id, here.east.id], procedure_ids: [here.procedure.id] });
  here.place = await admin.make("/places", { name: "Shelf A" });
  const lists = { manufacturer_ids: [here.maker.id, here.other_maker.id], location_ids: [here.main.id, here.east.id], physician_ids: [here.doctor.id], product_line_ids: [here.line.id] };
  for (const key of ["dana", "dale", "ann", "bob", "cat"]) await admin.put(`/users/${here.who[key].id}/assignments`, lists);
  await admin.put(`/users/${here.who.mona.id}/assignments`, { location_ids: [here.main.id], manufacturer_ids: [here.maker.id] });

  here.units = async (custodian, quantity = 1, more = {}) =>
    (await admin.make("/units", { catalog_item_id: here.cup.id, quantity, lot: "L-1", expires_on: on(700), custodian: custodian.type ? custodian : user(custodian), ...more })).items;
  here.event = (type, by, rep, more = {}) =>
    by.make("/events", { type, representative_id: rep.id, location_id: here.main.id, starts_at: at(2), manufacturer_ids: [here.maker.id], ...(type === "case" ? { physician_id: here.doctor.id, procedure_id: here.procedure.id } : {}), ...more });
  here.mark = async (by, event, units, usage = "used", more = {}) => {
    await by.make(`/events/${event.id}/lines`, { unit_ids: units.map((unit) => unit.id), usage, ...more });
    return by.get(`/events/${event.id}`);
  };
}

// A second organisation on the same server, with one of what the first may ask for.
export async function stranger(it) {
  run(it.url, "init", "--organization", "Southlake Ortho", "--kind", "manufacturer", "--email", "zoe@south.example", "--name", "Zoe South");
  const there = {};
  const admin = careful(it.base, it.token("zoe@south.example"));
  const me = await admin.get("/me");
  there.admin = admin;
  there.me = me;
  there.rep = await admin.make("/users", { email: "sid@south.example", role: "sales", name: "Sid South" });
  await admin.act(`/users/${there.rep.id}/complete-training`);
  there.maker = await admin.make("/manufacturers", { name: "Acme Ortho" });
  there.line = await admin.make("/product-lines", { name: "Hip", manufacturer_id: there.maker.id });
  there.item = await admin.make("/catalog-items", { manufacturer_id: there.maker.id, number: "CUP-52", kind: "device", list_price_minor: 1 });
  there.customer = await admin.make("/customers", { name: "Southern Health" });
  there.location = await admin.make("/locations", { customer_id: there.customer.id, name: "South Main", code: "S" });
  there.doctor = await admin.make("/physicians", { name: "Dr. South", location_ids: [there.location.id] });
  there.procedure = await admin.make("/procedures", { name: "Total hip" });
  there.place = await admin.make("/places", { name: "Shelf S" });
  there.region = await admin.make("/regions", { name: "South", states: ["TX"] });
  there.terms = await admin.make("/payment-terms", { code: "N7", name: "Net 7", rule: { kind: "net_days", days: 7 } });
  there.price_list = await admin.make("/price-lists", { name: "South prices" });
  there.card = await admin.make("/preference-cards", { name: "South card", physician_id: there.doctor.id });
  there.view = await admin.make("/views", { entity: "units", name: "South view" });
  there.bom = await admin.make("/boms", { name: "South set", lines: [] });
  const custodian = { type: "user", id: there.rep.id };
  const organization = { type: "organization", id: me.organization.id };
  const units = (await admin.make("/units", { catalog_item_id: there.item.id, quantity: 3, lot: "S", custodian })).items;
  there.unit = units[0];
  there.transfer = await admin.make("/transfers", { from: custodian, to: organization, unit_ids: [units[1].id] });
  there.event = await admin.make("/events", { type: "case", representative_id: there.rep.id, location_id: there.location.id, starts_at: at(1) });
  await admin.make(`/events/${there.event.id}/lines`, { unit_ids: [units[2].id], usage: "used" });
  await admin.act(`/events/${there.event.id}/submit`, {});
  there.order = (await admin.get("/sales-orders")).items[0];
  await admin.make(`/events/${there.event.id}/purchase-orders`, { number: "S-1" });
  there.invoice = (await admin.get("/invoices")).items[0];
  return there;
}
