// An organisation with one of everybody and one of everything, made through the API: what the matrix looks at.
import { run } from "./lib.mjs";

export const at = (days, hour = 14) => {
  const moment = new Date(Date.now() + days * 86_400_000);
  moment.setUTCHours(hour, 0, 0, 0);
  return moment.toISOString();
};
export const day = (days) => at(days).slice(0, 10);

// Secrets that only some may see, so that any answer can be searched for them.
export const COST = 98_761;
export const CONTRACT = 43_217;
const RATES = { dist: 1501, dist2: 1502, rep: 1003, mate: 1004, rep2: 1005, indie: 1006, hub: 1007 };
export const rateOf = (key) => RATES[key];

const PEOPLE = {
  admin: ["admin", {}],
  admin2: ["admin", {}],
  ops: ["operations", {}],
  opsoff: ["operations", { settings: "off" }],
  rm: ["regional_manager", {}],
  dist: ["distributor", { shares_inventory: true }],
  dist2: ["distributor", {}],
  hub: ["distributor", { custodian_only: true, shares_inventory: true }],
  rep: ["sales", {}],
  mate: ["sales", {}],
  rep2: ["sales", {}],
  indie: ["sales", {}],
  fm: ["facility_manager", {}],
  // Accounts that may not work, of roles that otherwise could.
  green_rep: ["sales", { untrained: true }],
  green_dist: ["distributor", { untrained: true }],
  green_rm: ["regional_manager", { untrained: true }],
  green_fm: ["facility_manager", { untrained: true }],
  gone_rep: ["sales", { gone: true }],
  gone_ops: ["operations", { gone: true }],
  gone_admin: ["admin", { gone: true }],
};

const HOLDERS = ["hub", "dist", "dist2", "rep", "mate", "rep2", "indie", "fm", "gone_rep", "green_rep"];

// Makes the organisation; `tag` keeps its e-mails and marks apart from those of another one on the same server.
export async function organization(it, admin, tag) {
  const me = await admin.get("/me");
  const s = { user: { primary: me.id } };
  const people = { primary: me };
  const email = (key) => `${key}@${tag}.example`;
  const training = ["sales", "distributor", "regional_manager", "facility_manager"];

  for (const [key, [role, { untrained, gone, settings, ...more }]] of Object.entries(PEOPLE)) {
    const rate = RATES[key] === undefined ? {} : { commission_rate_bp: RATES[key] };
    people[key] = await admin.post("/users", { email: email(key), role, name: `${key} ${tag}`, ...rate, ...more });
    s.user[key] = people[key].id;
    if (settings === "off") {
      const off = Object.fromEntries(Object.keys(people[key].settings).map((name) => [name, false]));
      await admin.patch(`/users/${s.user[key]}`, { settings: off });
    }
    if (training.includes(role) && !untrained) await admin.act(`/users/${s.user[key]}/complete-training`);
  }
  people.delegate = await admin.post("/users", { email: email("delegate"), role: "distributor", name: `delegate ${tag}`, delegate_of: s.user.dist });
  s.user.delegate = people.delegate.id;
  await admin.act(`/users/${s.user.delegate}/complete-training`);
  const north = await admin.post("/regions", { name: `North ${tag}`, manager_id: s.user.rm, states: ["WI"] });
  const south = await admin.post("/regions", { name: `South ${tag}`, states: ["TX"] });
  s.region = { north: north.id, south: south.id };
  for (const key of ["dist", "rep"]) await admin.patch(`/users/${s.user[key]}`, { region_id: north.id });
  for (const key of ["mate", "dist2"]) await admin.patch(`/users/${s.user[key]}`, { region_id: south.id });
  const group = (key, reps) => admin.send("PUT", `/users/${s.user[key]}/representatives`, { user_ids: reps.map((rep) => s.user[rep]) });
  for (const [key, reps] of Object.entries({ dist: ["rep", "mate", "green_rep", "gone_rep"], dist2: ["rep2"], hub: ["indie"] })) {
    const answer = await group(key, reps);
    if (answer.status !== 200) throw new Error(`the group of ${key}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  // Directory.
  const maker = await admin.post("/manufacturers", { name: `Maker ${tag}` });
  const line = await admin.post("/product-lines", { name: `Line ${tag}`, manufacturer_id: maker.id });
  const item = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: `CUP-${tag}`, description: "Cup", kind: "device", product_line_ids: [line.id], list_price_minor: 50_000, cost_minor: COST });
  const box = await admin.post("/catalog-items", { manufacturer_id: maker.id, number: `BOX-${tag}`, description: "Set", kind: "container", product_line_ids: [line.id], reusable: true });
  const terms = await admin.post("/payment-terms", { code: `NET-${tag}`.slice(0, 12), name: "Net 30", rule: { kind: "net_days", days: 30 } });
  Object.assign(s, { manufacturer: { one: maker.id }, product_line: { one: line.id }, catalog_item: { one: item.id, box: box.id }, payment_terms: { one: terms.id } });
  s.customer = {};
  s.location = {};
  s.physician = {};
  for (const key of ["shared", "rep", "rep2", "fm", "none"]) {
    s.customer[key] = (await admin.post("/customers", { name: `Customer ${key} ${tag}`, payment_terms_id: terms.id, basis_date: "invoice_date" })).id;
    s.location[key] = (await admin.post("/locations", { customer_id: s.customer[key], name: `Site ${key} ${tag}`, code: key.toUpperCase(), time_zone: "America/Chicago" })).id;
    s.physician[key] = (await admin.post("/physicians", { name: `Dr. ${key} ${tag}`, location_ids: [s.location[key]] })).id;
  }
  // What is written about each customer, by the office.
  Object.assign(s, { note: {}, customer_task: {}, activity: {} });
  for (const key of Object.keys(s.customer)) {
    s.note[key] = (await admin.post(`/customers/${s.customer[key]}/notes`, { body: `Note ${key}` })).id;
    s.customer_task[key] = (await admin.post(`/customers/${s.customer[key]}/tasks`, { title: `Task ${key}` })).id;
    s.activity[key] = (await admin.post(`/customers/${s.customer[key]}/activities`, { type: "visit", text: `Visit ${key}` })).id;
  }
  s.procedure = { one: (await admin.post("/procedures", { name: `Total hip ${tag}` })).id };
  s.place = { one: (await admin.post("/places", { name: `Shelf ${tag}` })).id };
  s.price_list = { one: (await admin.post("/price-lists", { name: `List ${tag}` })).id };
  await admin.put(`/price-lists/${s.price_list.one}/prices`, [{ catalog_item_id: item.id, price_minor: CONTRACT + 1, valid_from: null, valid_to: null }]);
  for (const key of Object.keys(s.location)) {
    await admin.put(`/locations/${s.location[key]}/prices`, [{ catalog_item_id: item.id, price_minor: CONTRACT, valid_from: null, valid_to: null }]);
  }
  s.preference_card = { one: (await admin.post("/preference-cards", { name: `Card ${tag}`, physician_id: s.physician.shared, procedure_id: s.procedure.one, lines: [{ catalog_item_id: item.id, quantity: 1 }] })).id };
  s.bom = { one: (await admin.post("/boms", { name: `Bom ${tag}`, lines: [{ catalog_item_id: item.id, min: 1, required: 1, max: 2 }] })).id };
  const assign = { dist: ["shared"], dist2: ["shared"], rep: ["shared", "rep"], mate: ["shared"], rep2: ["shared", "rep2"], indie: ["shared"], fm: ["fm"], gone_rep: ["shared"] };
  for (const [key, places] of Object.entries(assign)) {
    await admin.put(`/users/${s.user[key]}/assignments`, { manufacturer_ids: [maker.id], product_line_ids: [line.id], location_ids: places.map((p) => s.location[p]), physician_ids: places.map((p) => s.physician[p]) });
  }

  // Stock: three units with each holder, and one more for what is made later.
  const custodian = (key) => (key === "org" ? { type: "organization", id: me.organization.id } : { type: "user", id: s.user[key] });
  const unit = async (key, what) =>
    (await admin.post("/units", { catalog_item_id: item.id, lot: `LOT-${tag}`, serial: `${what}-${key}-${tag}`, expires_on: day(500), custodian: custodian(key) })).items[0];
  s.unit = {};
  s.box = {};
  for (const key of ["org", ...HOLDERS]) {
    s.unit[key] = (await unit(key, "SER")).id;
    s.box[key] = (await admin.post("/units", { catalog_item_id: box.id, serial: `BOX-${key}-${tag}`, custodian: custodian(key) })).items[0].id;
  }
  // Units to be sent away in a test, one for each try.
  const loose = {};
  for (const key of ["org", ...HOLDERS]) loose[key] = (await admin.post("/units", { catalog_item_id: item.id, quantity: 15, lot: "THROW", custodian: custodian(key) })).items.map((made) => made.id);
  const transfer = async (from, to) =>
    (await admin.post("/transfers", { from: custodian(from), to: custodian(to), unit_ids: [(await unit(from, `MOVE-${from}-${to}`)).id], note: `NOTE-${from}-${to}-${tag}` })).id;
  s.transfer = {};
  for (const [from, to] of [["org", "rep"], ["rep", "mate"], ["rep2", "dist2"], ["org", "rep2"], ["indie", "org"], ["org", "fm"], ["rep", "rep2"], ["org", "hub"], ["dist", "rep2"], ["org", "dist"], ["org", "green_rep"]]) {
    s.transfer[`${from}>${to}`] = await transfer(from, to);
  }

  // A count of what each holder has, under way.
  s.count = {};
  for (const key of ["org", ...HOLDERS]) s.count[key] = (await admin.post("/counts", { custodian: custodian(key) })).id;
  s.count_plan = { org: (await admin.post("/count-plans", { custodian: custodian("org"), every_days: 30, next_on: day(400) })).id };
  // Requests: one for each who may ask, and one of the organisation to its supplier.
  const lent = (await admin.post("/units", { catalog_item_id: item.id, lot: "LENT", due_back_on: day(20), custodian: custodian("rep") })).items[0];
  s.extension = { rep: (await admin.post(`/units/${lent.id}/extensions`, { new_due_on: day(40), reason: "wanted once more" })).id };
  // What the hub shares with its rep already: the pool changes nobody's reach.
  s.pool = { hub: (await admin.post("/pools", { name: "Pool of the matrix", people: [{ user_id: custodian("hub").id, holds: true }, { user_id: custodian("indie").id, uses: true }] })).id };
  s.recall = { draft: (await admin.post("/recalls", { title: "Recall of the matrix", draft: true, lines: [{ catalog_item_id: item.id, lots: ["NO-SUCH-LOT"] }] })).id };
  s.request = { org: (await admin.post("/requests", { kind: "supplier", lines: [{ catalog_item_id: item.id, quantity: 2 }] })).id };
  for (const key of ["dist", "dist2", "rep", "mate", "rep2", "indie", "fm"]) {
    s.request[key] = (await admin.post("/requests", { to: custodian(key), lines: [{ catalog_item_id: item.id, quantity: 2 }], note: `ASK-${key}-${tag}` })).id;
  }
  // A count of what each holder has, under way.
  s.count = {};
  for (const key of ["org", ...HOLDERS]) s.count[key] = (await admin.post("/counts", { custodian: custodian(key) })).id;
  s.count_plan = { org: (await admin.post("/count-plans", { custodian: custodian("org"), every_days: 30, next_on: day(400) })).id };

  // Events: an open one with a line for each representative, and submitted ones.
  s.event = {};
  s.line = {};
  const happens = async (key, rep, site, what) => {
    const event = await admin.post("/events", { type: "case", name: `${what}-${key}-${tag}`, representative_id: s.user[rep], location_id: s.location[site], physician_id: s.physician[site], procedure_id: s.procedure.one, starts_at: at(3), manufacturer_ids: [maker.id], patient_reference: `PAT-${key}-${tag}` });
    const added = await admin.post(`/events/${event.id}/lines`, { unit_ids: [(await unit(rep, `USED-${what}-${key}`)).id], usage: "implanted" });
    return [event.id, (added.lines ?? added.items)[0].id];
  };
  for (const rep of ["dist", "dist2", "rep", "mate", "rep2", "indie"]) [s.event[rep], s.line[rep]] = await happens(rep, rep, "shared", "EVT");
  [s.event.fm, s.line.fm] = await happens("fm", "fm", "fm", "EVT");
  [s.event.at_fm, s.line.at_fm] = await happens("at_fm", "rep2", "fm", "EVT");
  s.order = {};
  s.order_line = {};
  s.purchase_order = {};
  s.sales_order = {};
  s.invoice = {};
  for (const rep of ["dist", "rep", "rep2"]) {
    const [event, lineId] = await happens(`done-${rep}`, rep, "shared", "EVD");
    await admin.act(`/events/${event}/submit`, {});
    s.purchase_order[rep] = (await admin.post(`/events/${event}/purchase-orders`, { number: `PO-${rep}-${tag}` })).id;
    [s.order[rep], s.order_line[rep]] = [event, lineId];
    s.sales_order[rep] = (await admin.get(`/sales-orders?event_id=${event}`)).items[0].id;
    s.invoice[rep] = (await admin.get(`/invoices?event_id=${event}`)).items[0].id;
  }
  s.view = { primary: (await admin.post("/views", { entity: "units", name: `View ${tag}` })).id };

  for (const key of Object.keys(PEOPLE)) people[key].token = it.token(email(key));
  people.delegate.token = it.token(email("delegate"));
  for (const [key, [, { gone }]] of Object.entries(PEOPLE)) if (gone) await admin.act(`/users/${s.user[key]}/deactivate`, { reason: "left", successors: { customers: null, locations: null, territories: null, tasks: null, open_events: null, pending_transfers: null, units: null } });
  return { tag, admin, people, s, loose, item: item.id, custodian, unit, organization: me.organization.id, email };
}

// A second organisation on the same server with everything that the first has.
export async function foreign(it) {
  run(it.url, "init", "--organization", "Southlake Ortho", "--kind", "distributor", "--email", "zoe@south.example", "--name", "Zoe South");
  const admin = it.as("zoe@south.example");
  return organization(it, admin, "south");
}
