// Who may do what: the decision table that the matrix test holds the server to. It is written by hand from what the
// product promises, and shares nothing with the server's own tables.
//
// How a cell is decided, first that holds:
//   1. nobody, a worthless token, a deactivated account                     401
//   2. an account that still waits for training                             403 training_required
//   3. the subject is not within reach (below "see")                        404
//   4. within reach, but less than the operation needs, or without the right 403
//   5. otherwise                                                            one of the operation's `ok` statuses
// `?` is undecided: several answers would keep every promise, so the cell is not asked.

// ---------------------------------------------------------------------------------------------------------- reach
// - nothing, s see, u use, a act. Rows reach columns.
export const reach = {
  // What somebody answers for: units, containers, transfers.
  custody: `
            org hub dist dist2 rep mate rep2 indie fm gone_rep green_rep
  primary    a   a   a    a     a   a    a    a    a    a        a
  admin      a   a   a    a     a   a    a    a    a    a        a
  ops        a   a   a    a     a   a    a    a    a    a        a
  opsoff     a   a   a    a     a   a    a    a    a    a        a
  rm         -   -   a    -     a   -    -    -    -    -        -
  dist       -   -   a    -     a   a    -    -    -    a        a
  delegate   -   -   a    -     a   a    -    -    -    a        a
  dist2      -   -   -    a     -   -    a    -    -    -        -
  hub        -   s   -    -     -   -    -    -    -    -        -
  rep        -   -   u    -     a   -    -    -    -    -        -
  mate       -   -   u    -     -   a    -    -    -    -        -
  rep2       -   -   -    -     -   -    a    -    -    -        -
  indie      -   u   -    -     -   -    -    a    -    -        -
  fm         -   -   -    -     -   -    -    -    a    -        -
  `,
  // Accounts.
  person: `
            primary admin admin2 ops opsoff rm dist dist2 hub rep mate rep2 indie fm gone_rep green_rep
  primary      a      a     a     a    a    a   a    a     a   a   a    a    a    a    a         a
  admin        a      a     a     a    a    a   a    a     a   a   a    a    a    a    a         a
  ops          a      a     a     a    a    a   a    a     a   a   a    a    a    a    a         a
  opsoff       a      a     a     a    a    a   a    a     a   a   a    a    a    a    a         a
  rm           -      -     -     -    -    s   a    -     -   a   -    -    -    -    -         -
  dist         -      -     -     -    -    -   a    -     -   a   a    -    -    -    a         a
  delegate     -      -     -     -    -    -   a    -     -   a   a    -    -    -    a         a
  dist2        -      -     -     -    -    -   -    a     -   -   -    a    -    -    -         -
  hub          -      -     -     -    -    -   -    -     s   -   -    -    -    -    -         -
  rep          -      -     -     -    -    -   -    -     -   a   -    -    -    -    -         -
  mate         -      -     -     -    -    -   -    -     -   -   a    -    -    -    -         -
  rep2         -      -     -     -    -    -   -    -     -   -   -    a    -    -    -         -
  indie        -      -     -     -    -    -   -    -     -   -   -    -    a    -    -         -
  fm           -      -     -     -    -    -   -    -     -   -   -    -    -    a    -         -
  `,
  // Open events, by representative; at_fm is a rep's event at the facility manager's own site.
  event: `
            dist dist2 rep mate rep2 indie fm at_fm
  primary    a    a     a   a    a    a    a   a
  admin      a    a     a   a    a    a    a   a
  ops        a    a     a   a    a    a    a   a
  opsoff     a    a     a   a    a    a    a   a
  rm         a    -     a   -    -    -    -   -
  dist       a    -     a   a    -    -    -   -
  delegate   a    -     a   a    -    -    -   -
  dist2      -    a     -   -    a    -    -   a
  hub        -    -     -   -    -    -    -   -
  rep        -    -     a   -    -    -    -   -
  mate       -    -     -   a    -    -    -   -
  rep2       -    -     -   -    a    -    -   a
  indie      -    -     -   -    -    a    -   -
  fm         -    -     -   -    -    -    a   s
  `,
  // Submitted events with what follows from them: sales order, purchase order, invoice.
  order: `
            dist rep rep2
  primary    a    a   a
  admin      a    a   a
  ops        a    a   a
  opsoff     a    a   a
  rm         a    a   -
  dist       a    a   -
  delegate   a    a   -
  dist2      -    -   a
  hub        -    -   -
  rep        -    a   -
  mate       -    -   -
  rep2       -    -   a
  indie      -    -   -
  fm         -    -   -
  `,
  // Locations, their customers and physicians: those assigned. Whether the reach of a rep's superior includes the rep's
  // own locations is left open.
  site: `
            shared rep rep2 fm none
  primary     a     a   a    a   a
  admin       a     a   a    a   a
  ops         a     a   a    a   a
  opsoff      a     a   a    a   a
  rm          ?     ?   -    -   -
  dist        a     ?   -    -   -
  delegate    a     ?   -    -   -
  dist2       a     -   ?    -   -
  hub         -     -   -    -   -
  rep         a     a   -    -   -
  mate        a     -   -    -   -
  rep2        a     -   a    -   -
  indie       a     -   -    -   -
  fm          -     -   -    a   -
  `,
};

const only = (columns, actors) => {
  const rows = ["primary", "admin", "ops", "opsoff", "rm", "dist", "delegate", "dist2", "hub", "rep", "mate", "rep2", "indie", "fm"];
  return `\n  ${columns}\n${rows.map((row) => `  ${row} ${columns.split(" ").map(() => (actors.includes(row) ? "a" : "-")).join(" ")}`).join("\n")}\n`;
};
// Personal views are their owner's alone.
reach.view = only("primary", ["primary"]);
// How a region stands is for the office and whoever oversees it.
reach.region = only("north", ["primary", "admin", "ops", "opsoff", "rm"]);

// --------------------------------------------------------------------------------------------------------- rights
// Who may do a thing at all, with every setting at its default; opsoff has every toggle off, hub only holds stock.
const office = "primary admin ops";
const field = "dist delegate dist2 rep mate rep2 indie fm";
export const rights = {
  anything: `${office} opsoff rm hub ${field}`,
  work: `${office} opsoff rm hub ${field}`,
  primary: "primary",
  "see linked companies": `${office} opsoff`,
  admin: "primary admin",
  "invite people": `${office} rm`,
  "manage people": office,
  "manage directory": `${office} rm`,
  "manage catalog": office,
  "manage prices": office,
  "manage terms": office,
  "merge customers": office,
  "work with customers": `${office} rm ${field}`,
  "manage boms": office,
  "create stock": `${office} ${field}`,
  "edit stock": `${office} rm ${field}`,
  "make packs": `${office} ${field}`,
  "adjust stock": office,
  "release stock": office,
  "manage recalls": office,
  "share stock": office,
  "send transfers": `${office} rm ${field}`,
  "remove transfer lines": office,
  "count stock": `${office} rm ${field}`,
  "reconcile counts": office,
  "request stock": `${office} rm ${field}`,
  "fulfill requests": office,
  "count stock": `${office} rm ${field}`,
  "reconcile counts": office,
  "reassign facility stock": `${office} rm dist delegate dist2`,
  "manage events": `${office} rm ${field}`,
  "correct events": office,
  "cover events": `${office} rm dist delegate dist2`,
  "manage billing": office,
  "see receivables": `${office} rm`,
  "see contract prices": `${office} opsoff rm ${field}`,
  "see figures": `${office} opsoff rm ${field}`,
  "see the journal": `${office} opsoff`,
  "work with customers": `${office} rm dist delegate dist2 rep mate rep2 indie`,
  // What the sellers write about a hospital is not for the people of the hospital.
  "read about customers": `${office} opsoff rm hub dist delegate dist2 rep mate rep2 indie`,
};

// ----------------------------------------------------------------------------------------------------- operations
// of      which subjects: the keys of `reach[by]`, their ids in the path (`ids`, in the order of the path)
// needs   s see, u use, a act: what is needed beyond being seen
// right   one of the rights above
// body    a valid one; real effects are kept away by a stale If-Match wherever the operation is about something
// ok      what counts as having been let through; 412 where nothing is said and the version was stale
// cells   the expectations written out instead: o ok, x 403, - 404, ? undecided
// list    the answer is a list: which subjects must be in it, and no others
const stale = true;
const unit = { of: "unit", by: "custody" };
const person = { of: "user", by: "person" };
const event = { of: "event", by: "event" };
const order = { of: "order", by: "order" };
const transfer = { of: "transfer", by: "transfer" };
const site = { of: "location", by: "site" };
const request = { of: "request", by: "custody", keys: "org dist dist2 rep mate rep2 indie fm" };
const open = { right: "anything" };

// Accounts may be edited: contact data. Nobody edits an admin but the primary admin; everybody edits themselves.
const contact = `
            primary admin admin2 ops opsoff rm dist dist2 hub rep mate rep2 indie fm gone_rep green_rep
  primary      o      o     o     o    o    o   o    o     o   o   o    o    o    o    o         o
  admin        x      o     x     o    o    o   o    o     o   o   o    o    o    o    o         o
  ops          x      x     x     o    ?    o   o    o     o   o   o    o    o    o    o         o
  opsoff       x      x     x     x    o    x   x    x     x   x   x    x    x    x    x         x
  rm           -      -     -     -    -    o   o    -     -   o   -    -    -    -    -         -
  dist         -      -     -     -    -    -   o    -     -   o   o    -    -    -    o         o
  delegate     -      -     -     -    -    -   ?    -     -   o   o    -    -    -    o         o
  dist2        -      -     -     -    -    -   -    o     -   -   -    o    -    -    -         -
  hub          -      -     -     -    -    -   -    -     ?   -   -    -    -    -    -         -
  rep          -      -     -     -    -    -   -    -     -   o   -    -    -    -    -         -
  mate         -      -     -     -    -    -   -    -     -   -   o    -    -    -    -         -
  rep2         -      -     -     -    -    -   -    -     -   -   -    o    -    -    -         -
  indie        -      -     -     -    -    -   -    -     -   -   -    -    o    -    -         -
  fm           -      -     -     -    -    -   -    -     -   -   -    -    -    o    -         -
`;
// Rates and targets: the office, and a distributor for its own reps; never one's own.
const rate = `
            dist dist2 rep mate rep2 indie
  primary    o    o     o   o    o    o
  admin      o    o     o   o    o    o
  ops        o    o     o   o    o    o
  opsoff     x    x     x   x    x    x
  rm         x    -     x   -    -    -
  dist       x    -     o   o    -    -
  delegate   ?    -     o   o    -    -
  dist2      -    x     -   -    o    -
  hub        -    -     -   -    -    -
  rep        -    -     x   -    -    -
  mate       -    -     -   x    -    -
  rep2       -    -     -   -    x    -
  indie      -    -     -   -    -    x
  fm         -    -     -   -    -    -
`;
// Settings, sharing, training, assignments, deactivation, groups: the office alone.
const settings = `
            dist dist2 hub rep mate rep2 indie
  primary    o    o     o   o   o    o    o
  admin      o    o     o   o   o    o    o
  ops        o    o     o   o   o    o    o
  opsoff     x    x     x   x   x    x    x
  rm         x    -     -   x   -    -    -
  dist       x    -     -   x   x    -    -
  delegate   x    -     -   x   x    -    -
  dist2      -    x     -   -   -    x    -
  hub        -    -     x   -   -    -    -
  rep        -    -     -   x   -    -    -
  mate       -    -     -   -   x    -    -
  rep2       -    -     -   -   -    x    -
  indie      -    -     -   -   -    -    x
  fm         -    -     -   -   -    -    -
`;
const inviting = settings.replace("rm         x    -     -   x", "rm         o    -     -   o");
// A distributor assigns manufacturers to own reps; a regional manager keeps directory records, which may mean these.
const manufacturersOnly = settings
  .replace("rm         x    -     -   x", "rm         ?    -     -   ?")
  .replace("dist       x    -     -   x   x", "dist       x    -     -   o   o")
  .replace("delegate   x    -     -   x   x", "delegate   ?    -     -   o   o")
  .replace("dist2      -    x     -   -   -    x", "dist2      -    x     -   -   -    o");
const assigning = settings.replace("rm         x    -     -   x", "rm         ?    -     -   ?");
const groups = `
            dist dist2 hub
  primary    o    o     o
  admin      o    o     o
  ops        o    o     o
  opsoff     x    x     x
  rm         x    -     -
  dist       x    -     -
  delegate   x    -     -
  dist2      -    x     -
  hub        -    -     x
  rep        -    -     -
  mate       -    -     -
  rep2       -    -     -
  indie      -    -     -
  fm         -    -     -
`;
const seenGroups = groups.replace(/ x/g, " o");
// A transfer is decided by its recipient or by whoever answers for the recipient; the sender's side may only look.
const deciding = `
            org>rep rep>mate rep2>dist2 org>rep2 indie>org org>fm rep>rep2 org>hub dist>rep2 org>dist org>green_rep
  primary      o       o         o         o        o        o       o       o        o         o        o
  admin        o       o         o         o        o        o       o       o        o         o        o
  ops          o       o         o         o        o        o       o       o        o         o        o
  opsoff       x       x         x         x        x        x       x       x        x         x        x
  rm           o       x         -         -        -        -       x       -        x         o        -
  dist         o       o         -         -        -        -       x       -        x         o        o
  delegate     o       o         -         -        -        -       x       -        x         o        o
  dist2        -       -         o         o        -        -       o       -        o         -        -
  hub          -       -         -         -        -        -       -       x        -         -        -
  rep          o       x         -         -        -        -       x       -        ?         ?        -
  mate         -       o         -         -        -        -       -       -        ?         ?        -
  rep2         -       -         x         o        -        -       o       -        o         -        -
  indie        -       -         -         -        x        -       -       ?        -         -        -
  fm           -       -         -         -        -        o       -       -        -         -        -
`;
const seenTransfers = deciding.replace(/ x/g, " o");
// Called off by the sender's side; the recipient declines instead.
const calling = `
            org>rep rep>mate rep2>dist2 org>rep2 indie>org org>fm rep>rep2 org>hub dist>rep2 org>dist org>green_rep
  primary      o       o         o         o        o        o       o       o        o         o        o
  admin        o       o         o         o        o        o       o       o        o         o        o
  ops          o       o         o         o        o        o       o       o        o         o        o
  opsoff       x       x         x         x        x        x       x       x        x         x        x
  rm           x       o         -         -        -        -       o       -        o         x        -
  dist         x       o         -         -        -        -       o       -        o         x        x
  delegate     x       o         -         -        -        -       o       -        o         x        x
  dist2        -       -         o         x        -        -       x       -        x         -        -
  hub          -       -         -         -        -        -       -       x        -         -        -
  rep          x       o         -         -        -        -       o       -        ?         ?        -
  mate         -       x         -         -        -        -       -       -        ?         ?        -
  rep2         -       -         o         x        -        -       x       -        x         -        -
  indie        -       -         -         -        o        -       -       ?        -         -        -
  fm           -       -         -         -        -        x       -       -        -         -        -
`;
const officeTransfers = deciding.replace(/^( *(?:rm|dist|delegate|dist2|rep|mate|rep2|indie|fm) .*)$/gm, (row) => row.replace(/ o(?=\s|$)/g, " x"));
// Whose stock may be sent to the organisation or, from the organisation, to a rep.
const sending = `
            org hub dist dist2 rep mate rep2 indie fm gone_rep
  primary    o   o   o    o     o   o    o    o    o    o
  admin      o   o   o    o     o   o    o    o    o    o
  ops        o   o   o    o     o   o    o    o    o    o
  opsoff     x   x   x    x     x   x    x    x    x    x
  rm         -   -   o    -     o   -    -    -    -    -
  dist       -   -   o    -     o   o    -    -    -    o
  delegate   -   -   o    -     o   o    -    -    -    o
  dist2      -   -   -    o     -   -    o    -    -    -
  hub        -   x   -    -     -   -    -    -    -    -
  rep        -   -   o    -     o   -    -    -    -    -
  mate       -   -   o    -     -   o    -    -    -    -
  rep2       -   -   -    -     -   -    o    -    -    -
  indie      -   o   -    -     -   -    -    o    -    -
  fm         -   -   -    -     -   -    -    -    o    -
`;
// For whom an event may be made.
const scheduling = `
            dist dist2 rep mate rep2 indie fm
  primary    o    o     o   o    o    o    o
  admin      o    o     o   o    o    o    o
  ops        o    o     o   o    o    o    o
  opsoff     x    x     x   x    x    x    x
  rm         o    -     o   -    -    -    -
  dist       o    -     o   o    -    -    -
  delegate   o    -     o   o    -    -    -
  dist2      -    o     -   -    o    -    -
  hub        -    -     -   -    -    -    -
  rep        -    -     o   -    -    -    -
  mate       -    -     -   o    -    -    -
  rep2       -    -     -   -    o    -    -
  indie      -    -     -   -    -    o    -
  fm         -    -     -   -    -    -    o
`;

// Decided already, offered later.
export const later = [
  "GET /regions/{id}",
];
// Offered beside the document: files.
export const files = ["GET /sales-orders/{id}.pdf", "GET /invoices/{id}.pdf", "GET /invoices/{id}.xml", "GET /credit-memos/{id}.pdf", "GET /commission-statements/{id}.pdf", "GET /commission-statements/{id}.csv"];

let made = 0;
const fresh = (what) => `${what} ${++made}`;

// A request is seen through whoever is to receive; the organisation's own go to suppliers.
reach.request = reach.custody;
// A pool is seen by the office and by those who are in it.
reach.pool = only("hub", ["primary", "admin", "ops", "opsoff", "hub", "indie"]);
// A draft was told to nobody: the office alone sees it.
reach.recall = only("draft", ["primary", "admin", "ops", "opsoff"]);
reach.transfer = seenTransfers.replace(/ o(?=\s)/g, " a");

export const operations = {
  // Signing in. Nobody needs to be anybody for it.
  "POST /tokens": [{ public: true, body: () => ({ email: 7 }), ok: [422] }],
  "GET /me": [{ ...open, evenUntrained: true }],
  "POST /me/calendar-feed": [{ ...open, ok: [201] }],
  "DELETE /me/calendar-feed": [{ ...open, ok: [200, 404] }],
  "GET /tokens": [open],
  "DELETE /tokens/{id}": [{ unknownId: "tok", ...open, ok: [404] }],

  // The organisation.
  "GET /organization": [{ right: "work" }],
  "PATCH /organization": [{ stale, right: "admin", body: () => ({ name: "Other" }) }],
  "GET /organization/settings": [{ right: "work" }],
  "PATCH /organization/settings": [{ stale, right: "admin", body: () => ({ field_reopen: true }) }],
  // Everybody has their own notices and says how they are told; for the others the admins do. There is no such notice.
  "GET /notifications": [{ ...open }],
  "GET /notifications/unread": [{ ...open }],
  "POST /notifications/read-all": [{ ...open }],
  "POST /notifications/{id}/read": [{ ...open, unknownId: "ntc", body: () => ({}), ok: [404] }],
  "GET /me/notification-settings": [{ ...open }],
  "PUT /me/notification-settings": [{ ...open, stale, body: () => ({ ways: [], digest: "day", digest_hour: 7, quiet: null }) }],
  "DELETE /me/notification-settings": [{ ...open }],
  "GET /organization/notification-settings": [{ right: "work" }],
  "PUT /organization/notification-settings": [{ right: "admin", stale, body: () => ({ ways: [], digest: "day", digest_hour: 7, quiet: null }) }],
  "GET /organization-links": [{ right: "see linked companies" }],
  "POST /organization-links": [{ right: "admin", body: () => ({ email: `${fresh("company").replace(" ", "")}@elsewhere.example` }), ok: [201] }],
  "GET /organization-links/{id}": [{ unknownId: "lnk", right: "see linked companies", ok: [404] }],
  "PATCH /organization-links/{id}": [{ unknownId: "lnk", right: "admin", body: () => ({ manufacturer_ids: [] }), ok: [404], unless: { "ops opsoff": "404" }, noReferences: true }],
  "GET /organization-links/{id}/catalog-items": [{ unknownId: "lnk", right: "see linked companies", ok: [404] }],
  "POST /organization-links/{id}/catalog-items": [{ unknownId: "lnk", right: "see linked companies", body: () => ({ items: [{ manufacturer: "x", number: "y" }] }), ok: [404] }],
  "POST /organization-links/{id}/accept": [{ unknownId: "lnk", right: "admin", ok: [404], unless: { "ops opsoff": "404" } }],
  "POST /organization-links/{id}/end": [{ unknownId: "lnk", right: "admin", body: () => ({ reason: "over" }), ok: [404], unless: { "ops opsoff": "404" } }],

  // People.
  "GET /users": [{ ...open, list: "person" }],
  "POST /users": [
    { right: "invite people", body: () => ({ email: `${fresh("new").replace(" ", "")}@matrix.example`, role: "sales", name: "New", region_id: null }), ok: [201], unless: { rm: "?" } },
    { right: "primary", body: () => ({ email: `${fresh("adm").replace(" ", "")}@matrix.example`, role: "admin", name: "New" }), ok: [201] },
  ],
  "GET /users/{id}": [{ ...person }],
  "PATCH /users/{id}": [
    { ...person, stale, cells: contact, body: () => ({ phone: "1" }) },
    { ...person, stale, cells: rate, body: () => ({ commission_rate_bp: 9000 }) },
    { ...person, stale, cells: settings, body: () => ({ settings: { modify_prices: true } }) },
    { ...person, stale, cells: groups, body: () => ({ shares_inventory: true }) },
    { ...person, cells: contact, orNot: true, body: () => ({ email: "other@matrix.example" }), ok: [409], code: "email_immutable" },
    { ...person, cells: contact, orNot: true, body: () => ({ role: "admin" }), ok: [409], code: "role_immutable" },
  ],
  "POST /users/{id}/invite": [{ ...person, stale, cells: inviting }],
  "DELETE /users/{id}/invite": [{ ...person, stale, cells: inviting }],
  "POST /users/{id}/complete-training": [{ ...person, stale, cells: settings }],
  "POST /users/{id}/deactivate": [{ ...person, stale, cells: settings, body: () => ({}) }],
  "GET /users/{id}/holdings": [{ ...person, cells: settings }],
  "POST /users/{id}/reactivate": [{ ...person, stale, cells: settings }],
  "GET /users/{id}/history": [{ ...person }],
  "GET /users/{id}/checklist": [{ ...person, unless: { "ops opsoff rm dist delegate dist2 hub rep mate rep2 indie fm": "?" } }],
  "POST /users/{id}/successor/preview": [{ ...person, cells: settings, body: (s) => ({ to_user_id: s.user.indie }), ok: [200, 409, 422] }],
  "POST /users/{id}/successor/apply": [{ ...person, cells: settings, body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 412, 422] }],
  "GET /users/{id}/delegates": [{ ...person, cells: seenGroups }],
  "GET /users/{id}/representatives": [{ ...person, cells: seenGroups }],
  "PUT /users/{id}/representatives": [{ ...person, stale, cells: groups, body: () => ({ user_ids: [] }) }],
  "POST /users/{id}/representatives": [{ ...person, stale, cells: groups, body: (s) => ({ user_ids: [s.user.indie] }) }],
  "DELETE /users/{id}/representatives/{rep_id}": [{ ...person, stale, cells: groups, ids: (s, key) => [s.user[key], s.user[{ dist: "rep", dist2: "rep2", hub: "indie" }[key]]] }],
  "GET /users/{id}/assignments": [{ ...person, keys: "dist dist2 rep mate rep2 indie fm" }],
  "PUT /users/{id}/assignments": [
    { ...person, stale, cells: manufacturersOnly, body: (s) => ({ manufacturer_ids: [s.manufacturer.one] }) },
    { ...person, stale, cells: assigning, body: (s) => ({ location_ids: [s.location.none] }) },
    { ...person, stale, cells: assigning, body: (s) => ({ manufacturer_ids: [s.manufacturer.one], physician_ids: [s.physician.none] }) },
  ],
  "GET /users/{id}/quick-transfer-sources": [{ ...person, keys: "dist dist2 rep mate rep2 indie fm" }],
  "PUT /users/{id}/quick-transfer-sources": [{ ...person, stale, cells: settings, body: (s, w) => ({ sources: [w.custodian("hub")] }) }],
  "GET /users/{id}/sales-targets": [{ ...person, keys: "dist dist2 rep mate rep2 indie", query: "?year=2026" }],
  "PUT /users/{id}/sales-targets": [{ ...person, stale, cells: rate, body: () => ({ year: 2026, quarters_minor: [1, 2, 3, 4] }) }],
  "GET /regions": [{ right: "work" }],
  "POST /regions": [{ right: "admin", body: () => ({ name: fresh("Region") }), ok: [201], unless: { ops: "?" } }],
  "GET /regions/{id}": [{ right: "work", of: "region", key: "north" }],
  "PATCH /regions/{id}": [{ stale, right: "admin", of: "region", key: "north", body: () => ({ name: "R" }), unless: { ops: "?", "opsoff rm dist delegate dist2 hub rep mate rep2 indie fm": "403|404" } }],

  // Directory.
  "GET /customers": [{ ...open, list: "site", of: "customer", noFile: "hub" }],
  "POST /customers": [{ right: "manage directory", body: () => ({ name: fresh("Customer") }), ok: [201] }],
  "GET /customers/{id}": [{ of: "customer", by: "site" }],
  "PATCH /customers/{id}": [
    { of: "customer", by: "site", stale, right: "manage directory", body: () => ({ phone: "1" }) },
    { of: "customer", by: "site", stale, right: "manage terms", body: () => ({ billing_status: "watch" }) },
    { of: "customer", by: "site", stale, right: "manage terms", body: (s) => ({ payment_terms_id: s.payment_terms.one }) },
    { of: "customer", by: "site", stale, right: "manage terms", body: () => ({ credit_limit_minor: 1 }) },
  ],
  "POST /customers/{id}/merge": [{ of: "customer", by: "site", stale, right: "merge customers", body: (s) => ({ into: s.customer.none, dry_run: true }), unless: { "rm dist delegate dist2 hub rep mate rep2 indie fm": "403|404" } }],
  "GET /customers/{id}/family": [{ of: "customer", by: "site", needs: "s" }],
  "GET /customers/{id}/files": [{ of: "customer", by: "site", needs: "s" }],
  "POST /customers/{id}/files": [{ of: "customer", by: "site", right: "work with customers", csv: "a,b\n", query: "?name=a.csv", ok: [201] }],
  "GET /events/{id}/files": [{ ...event }],
  "POST /events/{id}/files": [{ ...event, needs: "a", right: "manage events", csv: "a,b\n", query: "?name=a.csv&kind=other", ok: [201] }],
  "GET /events/{id}/files/{file_id}/purchase-order": [{ ...order, needs: "a", right: "manage events", ids: (s, key) => [s.order[key], "fil_01h455vb4pex5vsknk084sn02q"], ok: [404] }],
  "GET /files/{id}/content": [{ unknownId: "fil", ...open, ok: [404] }],
  "GET /files/{id}/thumbnail": [{ unknownId: "fil", ...open, ok: [404] }],
  "DELETE /files/{id}": [{ unknownId: "fil", ...open, ok: [404] }],
  "POST /files/{id}/restore": [{ unknownId: "fil", ...open, ok: [404] }],
  "GET /customers/{id}/history": [{ of: "customer", by: "site", needs: "s" }],
  // An entry that is not about it: whoever may not look, and whoever may, are told apart by nothing.
  "POST /customers/{id}/history/{entry_id}/undo": [{ of: "customer", by: "site", ids: (s, key) => [s.customer[key], "ent_01h455vb4pex5vsknk084sn02q"], needs: "s", ok: [404] }],
  "GET /customers/{id}/recipients": [{ of: "customer", by: "site", needs: "s", query: "?kind=invoice" }],
  "GET /customers/{id}/timeline": [{ of: "customer", by: "site", needs: "s", right: "read about customers" }],
  "GET /customers/{id}/notes": [{ of: "customer", by: "site", needs: "s", right: "read about customers" }],
  "POST /customers/{id}/notes": [{ of: "customer", by: "site", right: "work with customers", body: () => ({ body: "" }), ok: [422] }],
  "GET /customers/{id}/tasks": [{ of: "customer", by: "site", needs: "s", right: "read about customers" }],
  "POST /customers/{id}/tasks": [{ of: "customer", by: "site", right: "work with customers", body: () => ({ title: "" }), ok: [422] }],
  "GET /customers/{id}/activities": [{ of: "customer", by: "site", needs: "s", right: "read about customers" }],
  "POST /customers/{id}/activities": [{ of: "customer", by: "site", right: "work with customers", body: () => ({ type: "call", at: "2999-01-01T00:00:00Z" }), ok: [422] }],
  "GET /locations/{id}/timeline": [{ ...site, needs: "s", right: "read about customers" }],
  "PATCH /notes/{id}": [{ of: "note", by: "site", stale, right: "work with customers", body: () => ({ pinned: true }) }],
  "DELETE /notes/{id}": [{ of: "note", by: "site", stale, right: "manage directory" }],
  "GET /call-list": [{ right: "read about customers" }],
  "GET /customers/{id}/usual-items": [{ of: "customer", by: "site", needs: "s", right: "read about customers" }],
  "GET /customer-tasks": [{ right: "read about customers" }],
  "GET /customer-tasks/{id}": [{ of: "customer_task", by: "site", needs: "s", right: "read about customers" }],
  "PATCH /customer-tasks/{id}": [{ of: "customer_task", by: "site", stale, right: "work with customers", body: () => ({ title: "x" }) }],
  "DELETE /customer-tasks/{id}": [{ of: "customer_task", by: "site", stale, right: "manage directory" }],
  "PATCH /activities/{id}": [{ of: "activity", by: "site", stale, right: "manage directory", body: () => ({ text: "x" }) }],
  "DELETE /activities/{id}": [{ of: "activity", by: "site", stale, right: "manage directory" }],
  "POST /customers/bulk/preview": [{ right: "manage terms", body: (s) => ({ ids: [s.customer.none], set: { basis_date: { op: "set", value: "order_date" } } }), ok: [200, 201], unless: { rm: "?" } }],
  "POST /customers/bulk/apply": [{ right: "manage terms", body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 422], unless: { rm: "?" } }],
  "GET /territories": [{ right: "manage prices" }],
  "POST /territories": [{ right: "manage prices", body: (s) => ({ name: "", rep_id: s.user.rep, states: ["ZZ"] }), ok: [422], noReferences: true }],
  "POST /territories/preview": [{ right: "manage prices", body: (s) => ({ territory: { name: "x", rep_id: s.user.rep, states: ["ZZ"] } }) }],
  "GET /territories/{id}": [{ unknownId: "ter", right: "manage prices", ok: [404] }],
  "PUT /territories/{id}": [{ unknownId: "ter", right: "manage prices", body: () => ({ name: "x", rep_id: "usr_01h455vb4pex5vsknk084sn02q", states: ["ZZ"] }), ok: [404], noReferences: true }],
  "DELETE /territories/{id}": [{ unknownId: "ter", right: "manage prices", ok: [404] }],
  "GET /locations": [{ ...open, list: "site", noFile: "hub" }],
  "POST /locations": [{ right: "manage directory", body: (s) => ({ customer_id: s.customer.shared, name: fresh("Site"), time_zone: "America/Chicago" }), ok: [201], unless: { rm: "?", hub: "403|404" } }],
  "GET /locations/{id}": [{ ...site }],
  "PATCH /locations/{id}": [
    { ...site, stale, right: "manage directory", body: () => ({ phone: "1" }) },
    { ...site, stale, right: "manage directory", body: () => ({ sales_rep: { mode: "none", id: null } }) },
  ],
  "GET /locations/{id}/history": [{ ...site, needs: "s" }],
  "GET /locations/{id}/prices": [{ ...site, right: "see contract prices" }],
  "GET /locations/{id}/tiers": [{ ...site, right: "see contract prices" }],
  "PUT /locations/{id}/tiers": [{ ...site, right: "manage prices", body: () => [] }],
  "GET /locations/{id}/constructs": [{ ...site, right: "see contract prices" }],
  "PUT /locations/{id}/constructs": [{ ...site, right: "manage prices", body: () => [] }],
  "GET /price-gaps": [{ right: "manage prices" }],
  "PUT /locations/{id}/prices": [{ ...site, stale, right: "manage prices", body: () => [] }],
  "POST /sales-orders/bulk/preview": [{ right: "manage terms", body: () => ({ filter: { uninvoiced: true } }), ok: [200] }],
  "POST /sales-orders/bulk/apply": [{ right: "manage terms", body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 422] }],
  "POST /units/bulk/preview": [{ right: "edit stock", body: () => ({ ids: [], set: { tags: { op: "add", value: ["m"] } } }), ok: [200] }],
  "POST /units/bulk/apply": [{ right: "edit stock", body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 422] }],
  "POST /locations/bulk/preview": [{ right: "manage directory", body: (s) => ({ ids: [s.location.none], set: { sales_rep_id: { op: "none" } } }), ok: [200, 201], unless: { rm: "?" } }],
  "POST /locations/bulk/apply": [{ right: "manage directory", body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 422], unless: { rm: "?" } }],
  "GET /physicians": [{ ...open, list: "site", of: "physician" }],
  "POST /physicians": [{ right: "manage directory", body: () => ({ name: fresh("Dr.") }), ok: [201] }],
  "GET /physicians/{id}": [{ of: "physician", by: "site" }],
  "PATCH /physicians/{id}": [{ of: "physician", by: "site", stale, right: "manage directory", body: () => ({ name: "Dr. X" }) }],
  ...catalogLike("procedures", "procedure", "manage directory", () => ({ name: fresh("Procedure") }), { rm: "?" }),
  ...catalogLike("manufacturers", "manufacturer", "manage catalog", () => ({ name: fresh("Maker") })),
  ...catalogLike("product-lines", "product_line", "manage catalog", (s) => ({ name: fresh("Line"), manufacturer_id: s.manufacturer.one })),
  ...catalogLike("catalog-items", "catalog_item", "manage catalog", (s) => ({ manufacturer_id: s.manufacturer.one, number: fresh("N"), kind: "device" })),
  "GET /catalog-items/{id}/history": [{ right: "work", of: "catalog_item", key: "one" }],
  ...catalogLike("places", "place", "manage directory", () => ({ name: fresh("Place") }), { rm: "?" }),
  ...catalogLike("payment-terms", "payment_terms", "manage terms", () => ({ code: fresh("T"), name: "T", rule: { kind: "net_days", days: 10 } })),
  ...catalogLike("preference-cards", "preference_card", "manage directory", (s) => ({ name: fresh("Card"), physician_id: s.physician.shared, lines: [] }), { "rm dist delegate dist2 rep mate rep2 indie fm": "?", hub: "403|404|ok" }),
  // A price list is seen through the customers and locations that have it.
  ...catalogLike("price-lists", "price_list", "manage prices", () => ({ name: fresh("List") }), { hub: "?", "rm dist delegate dist2 rep mate rep2 indie fm": "403|404" }),
  "GET /price-lists": [{ right: "work", unless: { hub: "403|ok" } }],
  "GET /price-lists/{id}/prices": [{ of: "price_list", key: "one", right: "see contract prices", unless: { [`hub rm ${field}`]: "403|404" } }],
  "GET /price-lists/{id}/tiers": [{ of: "price_list", key: "one", right: "see contract prices", unless: { [`hub rm ${field}`]: "403|404" } }],
  "PUT /price-lists/{id}/tiers": [{ of: "price_list", key: "one", right: "manage prices", body: () => [], unless: { [`hub rm ${field}`]: "403|404" } }],
  "GET /price-lists/{id}/constructs": [{ of: "price_list", key: "one", right: "see contract prices", unless: { [`hub rm ${field}`]: "403|404" } }],
  "PUT /price-lists/{id}/constructs": [{ of: "price_list", key: "one", right: "manage prices", body: () => [], unless: { [`hub rm ${field}`]: "403|404" } }],
  "PUT /price-lists/{id}/prices": [{ of: "price_list", key: "one", stale, right: "manage prices", body: () => [], unless: { [`hub rm ${field}`]: "403|404" } }],
  "GET /views": [open],
  "POST /views": [{ ...open, body: () => ({ entity: "units", name: fresh("View") }), ok: [201], unless: { hub: "?" } }],
  "GET /views/{id}": [{ of: "view", by: "view" }],
  "PATCH /views/{id}": [{ of: "view", by: "view", stale, body: () => ({ name: "V" }) }],
  "DELETE /views/{id}": [{ of: "view", by: "view", stale }],
  "GET /jobs/{id}": [{ unknownId: "job", ...open, ok: [404], unless: { "*": "403|404" } }],
  "GET /jobs": [{ right: "work" }],
  "GET /jobs/{id}/rows": [{ unknownId: "job", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /jobs/{id}/undo": [{ unknownId: "job", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /jobs/{id}/cancel": [{ unknownId: "job", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /jobs/{id}/approve": [{ unknownId: "job", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /jobs/{id}/decline": [{ unknownId: "job", ...open, ok: [404], body: () => ({ reason: "r" }), unless: { "*": "403|404" } }],
  "POST /due-date/explain": [{ ...open, body: () => ({ rule: { kind: "net_days", days: 30 }, basis_date: "invoice_date", dates: { invoice_date: "2026-01-01" } }), unless: { hub: "?" } }],

  // Stock.
  "GET /units": [{ ...open, list: "custody", of: "unit" }],
  "POST /units": [
    { right: "create stock", body: (s, w) => ({ catalog_item_id: w.item, quantity: 1, lot: "M" }), ok: [201] },
    { by: "custody", of: "unit", ids: () => [], right: "create stock", cells: creating(), body: (s, w, key) => ({ catalog_item_id: w.item, quantity: 1, lot: "M", custodian: w.custodian(key) }), ok: [201] },
  ],
  "GET /units/{id}": [{ ...unit }],
  "PATCH /units/{id}": [
    { ...unit, stale, needs: "a", right: "edit stock", body: () => ({ note: "x" }), unless: { opsoff: "?", hub: "403|404" } },
    { ...unit, stale, needs: "a", right: "edit stock", body: () => ({ expires_on: "2030-01-01" }), unless: { opsoff: "?", hub: "403|404" } },
    { ...unit, stale, needs: "a", right: "admin", body: () => ({ expires_on: null }) },
  ],
  "GET /units/{id}/history": [{ ...unit }],
  "GET /units/{id}/usable-events": [{ ...unit }],
  "GET /units/{id}/as-of": [{ ...unit, query: () => `?at=${new Date().toISOString()}` }],
  "POST /units/scan": [{ ...open, body: () => ({ barcode: "(01)09506000134352(10)A" }), unless: { hub: "?" } }],
  "POST /units/scan/photo": [{ ...open, csv: "no picture", ok: [422], unless: { hub: "?" } }],
  "POST /units/{id}/deactivate": [{ ...unit, stale, needs: "a", right: "adjust stock", body: () => ({ reason: "broken" }) }],
  "POST /units/{id}/reactivate": [{ ...unit, stale, needs: "a", right: "adjust stock", body: () => ({ reason: "found" }) }],
  "POST /units/{id}/hold": [{ ...unit, stale, needs: "a", right: "release stock", body: () => ({}) }],
  "POST /units/{id}/release": [{ ...unit, stale, needs: "a", right: "release stock", body: () => ({}) }],
  "GET /units/{id}/contents": [{ ...unit, of: "box" }],
  "POST /units/{id}/contents": [{ ...unit, of: "box", stale, needs: "a", right: "edit stock", body: (s, w, key) => ({ add: [s.unit[key]], remove: [] }), unless: { opsoff: "?" } }],
  "POST /facility-stock/reassign": [{ ...unit, ids: () => [], needs: "a", right: "reassign facility stock", body: (s, w, key) => ({ unit_ids: [s.unit[key]], to_user_id: s.user.rep, reason: "cover" }), ok: [409, 422], keys: "dist rep mate rep2 indie", unless: { "dist2:rep2": "404|403" } }],
  "GET /boms": [{ right: "work" }],
  "POST /boms": [{ right: "manage boms", body: (s, w) => ({ name: fresh("Bom"), lines: [{ catalog_item_id: w.item, min: 1, required: 1, max: 1 }] }), ok: [201] }],
  "GET /boms/{id}": [{ right: "work", of: "bom", key: "one" }],
  "PATCH /boms/{id}": [{ stale, right: "manage boms", of: "bom", key: "one", body: () => ({ name: "B" }) }],
  "GET /transfers": [{ ...open, list: "transfer" }],
  "POST /transfers": [{ by: "custody", of: "unit", ids: () => [], right: "send transfers", cells: sending, throwaway: "unit", body: (s, w, key, unitId) => ({ from: w.custodian(key), to: key === "org" ? w.custodian("rep") : w.custodian("org"), unit_ids: [unitId] }), ok: [201] }],
  "GET /transfers/{id}": [{ ...transfer, cells: seenTransfers }],
  "GET /transfers/{id}/packing-slip.pdf": [{ ...transfer, cells: seenTransfers }],
  "POST /transfers/{id}/accept": [{ ...transfer, stale, cells: deciding }],
  "POST /transfers/{id}/decline": [{ ...transfer, stale, cells: deciding, body: () => ({ reason: "not mine" }) }],
  "POST /transfers/{id}/cancel": [{ ...transfer, stale, cells: calling }],
  "PUT /transfers/{id}/shipment": [{ ...transfer, cells: calling, body: () => ({ carrier: "Parcel post" }), ok: [200, 409] }],
  "POST /transfers/{id}/remove-lines": [{ ...transfer, stale, cells: officeTransfers, body: (s) => ({ unit_ids: [s.unit.org] }) }],
  "GET /transfer-recipients": [{ right: "work" }],
  "GET /transfer-drafts": [{ ...open }],
  "POST /transfer-drafts": [{ by: "custody", of: "unit", ids: () => [], right: "send transfers", cells: sending, body: (s, w, key) => ({ from: w.custodian(key), unit_ids: [s.unit[key]] }), ok: [201] }],
  "GET /transfer-drafts/{id}": [{ unknownId: "trf", ...open, ok: [404] }],
  "PATCH /transfer-drafts/{id}": [{ unknownId: "trf", right: "send transfers", body: () => ({ note: "x" }), ok: [404] }],
  "DELETE /transfer-drafts/{id}": [{ unknownId: "trf", right: "send transfers", ok: [404] }],
  "POST /transfer-drafts/{id}/send": [{ unknownId: "trf", right: "send transfers", body: () => ({}), ok: [404] }],
  "POST /quick-transfers": [{ by: "custody", of: "unit", ids: () => [], keys: "org dist2 rep2 fm", cells: never("org dist2 rep2 fm"), noReferences: true, body: (s, w, key) => ({ from: w.custodian(key), unit_ids: [s.unit[key]] }) }],
  // Counted by whoever may act for the custodian; what differs is settled by the office.
  "GET /counts": [{ ...open, list: "custody", of: "count" }],
  "POST /counts": [
    { right: "count stock", body: () => ({}), ok: [201], unless: { rm: "403" } },
    { by: "custody", of: "unit", ids: () => [], needs: "a", right: "count stock", body: (s, w, key) => ({ custodian: w.custodian(key) }), ok: [201] },
  ],
  "GET /counts/{id}": [{ of: "count", by: "custody" }],
  "GET /counts/{id}/history": [{ of: "count", by: "custody" }],
  "POST /counts/{id}/start": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/lines": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock", body: () => ({ lines: [] }) }],
  "GET /counts/{id}/files": [{ of: "count", by: "custody" }],
  "POST /counts/{id}/files": [{ of: "count", by: "custody", needs: "a", right: "count stock", csv: "a,b\n", query: "?name=a.csv", ok: [422] }],
  "POST /counts/{id}/complete": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/cancel": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/reconcile": [{ of: "count", by: "custody", stale, needs: "a", right: "reconcile counts", body: () => ({ reason: "x" }) }],
  "POST /counts/{id}/undo": [{ of: "count", by: "custody", stale, needs: "a", right: "reconcile counts" }],
  "GET /count-accuracy": [{ ...open }],
  "GET /count-plans": [{ ...open }],
  "POST /count-plans": [{ right: "reconcile counts", body: (s, w) => ({ custodian: w.custodian("org"), every_days: 30, next_on: "2040-01-01" }), ok: [201] }],
  "GET /count-plans/{id}": [{ of: "count_plan", by: "custody", key: "org" }],
  "PATCH /count-plans/{id}": [{ of: "count_plan", by: "custody", key: "org", stale, right: "reconcile counts", body: () => ({ every_days: 60 }) }],
  "GET /requests": [{ ...open, list: "request" }],
  "POST /requests": [{ by: "custody", of: "request", keys: "dist dist2 rep mate rep2 indie fm", ids: () => [], needs: "a", right: "request stock", body: (s, w, key) => ({ to: w.custodian(key), lines: [{ catalog_item_id: w.item, quantity: 2 }] }), ok: [201] }],
  "GET /requests/{id}": [{ ...request }],
  "GET /requests/{id}/sources": [{ ...request, right: "fulfill requests" }],
  "POST /requests/{id}/fulfill": [{ ...request, stale, right: "fulfill requests", body: () => ({}) }],
  "POST /requests/{id}/receive": [{ ...request, stale, right: "fulfill requests", body: (s, w) => ({ arrived: [{ catalog_item_id: w.item, quantity: 1 }] }), noReferences: true }],
  "POST /requests/{id}/decline": [{ ...request, stale, right: "fulfill requests", body: () => ({ reason: "none left" }) }],
  "POST /requests/{id}/cancel": [{ ...request, stale, needs: "a", right: "request stock" }],
  // A recall is the office's; whoever was told sees it and answers. The matrix's own covers what nobody holds.
  "GET /recalls": [{ ...open }],
  "POST /recalls": [{ right: "manage recalls", body: (s, w) => ({ title: fresh("Recall"), draft: true, lines: [{ catalog_item_id: w.item, lots: ["NO-SUCH-LOT"] }] }), ok: [201] }],
  "POST /recalls/read-notice": [{ right: "manage recalls", body: () => ({ notice: "REF NONE-1 Lot 4711" }) }],
  "GET /recalls/{id}": [{ of: "recall", by: "recall" }],
  "GET /recalls/{id}/contacts": [{ of: "recall", by: "recall" }],
  "PATCH /recalls/{id}": [{ of: "recall", by: "recall", stale, right: "manage recalls", body: () => ({ reference: fresh("Z") }), noReferences: true }],
  "POST /recalls/{id}/open": [{ of: "recall", by: "recall", stale, right: "manage recalls" }],
  "POST /recalls/{id}/answer": [{ of: "recall", by: "recall", stale, right: "manage recalls", body: () => ({ answer: "none_found" }), noReferences: true }],
  "POST /recalls/{id}/remind": [{ of: "recall", by: "recall", stale, right: "manage recalls" }],
  "POST /recalls/{id}/close": [{ of: "recall", by: "recall", stale, right: "manage recalls", body: () => ({ reason: "all came back" }) }],
  "POST /recalls/{id}/lift": [{ of: "recall", by: "recall", stale, right: "manage recalls", body: () => ({ reason: "withdrawn" }) }],
  "GET /request-proposals": [{ right: "fulfill requests", query: () => "?below_par=true" }],
  // Counted by whoever may act for the custodian; what differs is settled by the office.
  "GET /counts": [{ ...open, list: "custody", of: "count" }],
  "POST /counts": [
    { right: "count stock", body: () => ({}), ok: [201], unless: { rm: "403" } },
    { by: "custody", of: "unit", ids: () => [], needs: "a", right: "count stock", body: (s, w, key) => ({ custodian: w.custodian(key) }), ok: [201] },
  ],
  "GET /counts/{id}": [{ of: "count", by: "custody" }],
  "GET /counts/{id}/history": [{ of: "count", by: "custody" }],
  "POST /counts/{id}/start": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/lines": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock", body: () => ({ lines: [] }) }],
  "POST /counts/{id}/complete": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/cancel": [{ of: "count", by: "custody", stale, needs: "a", right: "count stock" }],
  "POST /counts/{id}/reconcile": [{ of: "count", by: "custody", stale, needs: "a", right: "reconcile counts", body: () => ({ reason: "x" }) }],
  "POST /counts/{id}/undo": [{ of: "count", by: "custody", stale, needs: "a", right: "reconcile counts" }],
  "GET /count-accuracy": [{ ...open }],
  "GET /count-plans": [{ ...open }],
  "POST /count-plans": [{ right: "reconcile counts", body: (s, w) => ({ custodian: w.custodian("org"), every_days: 30, next_on: "2040-01-01" }), ok: [201] }],
  "GET /count-plans/{id}": [{ of: "count_plan", by: "custody", key: "org" }],
  "PATCH /count-plans/{id}": [{ of: "count_plan", by: "custody", key: "org", stale, right: "reconcile counts", body: () => ({ every_days: 60 }) }],
  "GET /held-units": [{ ...open }],
  "POST /units/hold": [{ of: "unit", by: "custody", ids: () => [], needs: "a", right: "release stock", body: (s, w, key) => ({ unit_ids: [s.unit[key]], status: "quarantine" }), ok: [422], noReferences: true }],
  // Who may lift a hold depends on its word, so the units are looked at first.
  "POST /units/release": [{ of: "unit", by: "custody", ids: () => [], needs: "a", right: "release stock", bodyFirst: true, body: (s, w, key) => ({ unit_ids: [s.unit[key]], reason: "nothing held it" }), ok: [409], noReferences: true, unless: { "rm dist delegate dist2 hub rep mate rep2 indie fm": "403|404" } }],
  "POST /units/deactivate": [{ of: "unit", by: "custody", ids: () => [], needs: "a", right: "adjust stock", body: (s, w, key) => ({ unit_ids: [s.unit[key]], reason: "" }), ok: [422], noReferences: true, unless: { "opsoff rm dist delegate dist2 hub rep mate rep2 indie fm": "403" } }],
  "POST /units/place": [{ of: "unit", by: "custody", ids: () => [], needs: "a", right: "edit stock", body: (s, w, key) => ({ unit_ids: [s.unit[key]], place_id: null }), ok: [200, 409], noReferences: true, unless: { "opsoff hub": "403" } }],
  "GET /units/labels.pdf": [{ ...open, query: (s) => `?id=${s.unit.org}`, ok: [200, 409] }],
  "GET /units/labels.zpl": [{ ...open, query: (s) => `?id=${s.unit.org}`, ok: [200, 409] }],
  "GET /units/{id}/set": [{ ...unit, of: "box" }],
  "PUT /units/{id}/set": [{ ...unit, of: "box", needs: "a", right: "edit stock", body: () => ({ bom_id: null }), ok: [200], noReferences: true }],
  "POST /units/{id}/set/refill": [{ ...unit, of: "box", needs: "a", right: "edit stock", body: () => ({ dry_run: true }), ok: [409] }],
  "POST /units/{id}/set/relieve": [{ ...unit, of: "box", needs: "a", right: "edit stock", body: () => ({}), ok: [409] }],
  "GET /boms/{id}/buildable": [{ right: "work", of: "bom", key: "one" }],
  // The bill of the world is for containers, and a box is no pack: both are found, and refused.
  "POST /boms/{id}/packs": [{ right: "make packs", of: "bom", key: "one", body: () => ({}), ok: [409], noReferences: true }],
  "POST /units/{id}/take-apart": [{ ...unit, of: "box", stale, needs: "a", right: "edit stock", body: () => ({}) }],
  "GET /users/{id}/par-levels": [{ of: "user", by: "custody", keys: "hub dist dist2 rep mate rep2 indie fm" }],
  "PUT /users/{id}/par-levels": [{ of: "user", by: "custody", keys: "hub dist dist2 rep mate rep2 indie fm", right: "fulfill requests", body: () => ({ levels: [] }), ok: [200], noReferences: true }],
  "GET /locations/{id}/par-levels": [{ ...site }],
  "PUT /locations/{id}/par-levels": [{ ...site, right: "fulfill requests", body: () => ({ levels: [] }), ok: [200], noReferences: true }],
  "GET /places/{id}/par-levels": [{ right: "fulfill requests", of: "place", key: "one" }],
  "PUT /places/{id}/par-levels": [{ right: "fulfill requests", of: "place", key: "one", body: () => ({ levels: [] }), ok: [200], noReferences: true }],
  "GET /regions/{id}/par-levels": [{ of: "region", by: "region" }],
  "PUT /regions/{id}/par-levels": [{ of: "region", by: "region", right: "fulfill requests", body: () => ({ levels: [] }), ok: [200], noReferences: true }],
  "GET /par-shortages": [{ right: "request stock" }],
  "GET /expiring": [{ ...open }],
  "GET /catalog-items/{id}/packages": [{ of: "catalog_item", key: "one", right: "anything" }],
  "PUT /catalog-items/{id}/packages": [{ of: "catalog_item", key: "one", right: "manage catalog", body: () => ({ packages: [] }), ok: [200], noReferences: true }],
  "GET /catalog-items/duplicates": [{ right: "manage catalog" }],
  "PUT /catalog-items/{id}/not-the-same": [{ right: "manage catalog", of: "catalog_item", key: "one", body: (s) => ({ other_id: s.catalog_item.one, apart: true }), ok: [422], noReferences: true }],
  "POST /catalog-items/{id}/merge": [{ of: "catalog_item", key: "one", right: "manage catalog", body: (s, w) => ({ into: w.item, dry_run: true }), ok: [200, 409, 422] }],
  "GET /catalog-items/{id}/files": [{ of: "catalog_item", key: "one", right: "anything" }],
  "POST /catalog-items/{id}/files": [{ of: "catalog_item", key: "one", right: "manage catalog", csv: "a,b\n", query: "?name=a.csv", ok: [422] }],
  "GET /pools": [{ ...open }],
  "POST /pools": [{ right: "share stock", body: (s, w) => ({ name: fresh("Pool"), people: [{ user_id: w.custodian("hub").id, holds: true }, { user_id: w.custodian("indie").id, uses: true }], until_on: "2000-01-01" }), ok: [422] }],
  "GET /pools/{id}": [{ of: "pool", by: "pool" }],
  "PATCH /pools/{id}": [{ of: "pool", by: "pool", stale, right: "share stock", body: () => ({ note: fresh("note") }), noReferences: true }],
  "GET /loans": [{ ...open }],
  "GET /units/{id}/utilization": [{ ...unit }],
  "POST /units/{id}/extensions": [{ ...unit, needs: "a", right: "request stock", body: () => ({ new_due_on: "2030-01-01", reason: "it is wanted once more" }), ok: [409] }],
  "POST /extensions/{id}/decide": [{ of: "extension", by: "custody", keys: "rep", stale, right: "fulfill requests", body: () => ({ approve: true }) }],
  "POST /extensions/{id}/withdraw": [{ of: "extension", by: "custody", keys: "rep", stale, needs: "a", right: "request stock" }],
  "GET /stock/explain": [{ by: "custody", of: "unit", keys: "org", ids: () => [], query: (s, w) => `?catalog_item_id=${w.item}&custodian_id=${w.custodian("org").id}` }],
  "GET /trace": [{ ...open, query: (s, w) => `?catalog_item_id=${w.item}&lot=LOT-${w.tag}` }],

  // Events.
  "GET /event-types": [{ ...open }],
  "PUT /event-types": [{ right: "admin", body: () => [{ type: "sample", enabled: true }] }],
  "GET /events": [{ ...open, list: "event" }],
  "POST /events": [{ by: "event", of: "event", ids: () => [], right: "manage events", cells: scheduling, body: (s, w, key) => ({ type: "case", representative_id: s.user[key], location_id: s.location[key === "fm" ? "fm" : "shared"], starts_at: "2027-01-01T10:00:00Z" }), ok: [201], unless: { "rm:dist rm:rep": "ok|404" } }],
  "GET /events/{id}": [{ ...event }],
  "PATCH /events/{id}": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ note: "x" }) }],
  "GET /events/{id}/history": [{ ...event }],
  "POST /events/{id}/lines": [{ ...event, stale, needs: "a", right: "manage events", body: (s, w, key) => ({ unit_ids: [s.unit[key === "at_fm" ? "rep2" : key]], usage: "implanted" }) }],
  "GET /events/{id}/lines": [{ ...event }],
  "PATCH /events/{id}/lines": [{ ...event, stale, needs: "a", right: "manage events", body: (s, w, key) => ({ line_ids: [s.line[key]], note: "x" }) }],
  "PATCH /events/{id}/lines/{line_id}": [
    { ...event, stale, needs: "a", right: "manage events", ids: (s, key) => [s.event[key], s.line[key]], body: () => ({ note: "x" }) },
    // Without the toggle nobody in the field sets a price.
    { ...event, needs: "a", right: "correct events", ids: (s, key) => [s.event[key], s.line[key]], body: () => ({ unit_price_minor: 1 }), unless: { [office]: "?" } },
  ],
  "POST /events/{id}/lines/{line_id}/ask-for-price": [{ ...event, needs: "a", right: "manage events", ids: (s, key) => [s.event[key], s.line[key]], body: () => ({ note: "x" }), ok: [201, 409] }],
  "GET /events/{id}/comments": [{ ...event, right: "read about customers" }],
  "POST /events/{id}/comments": [{ ...event, right: "read about customers", body: () => ({ text: "x" }), ok: [201] }],
  "DELETE /events/{id}/lines/{line_id}": [{ ...event, stale, needs: "a", right: "manage events", ids: (s, key) => [s.event[key], s.line[key]] }],
  "POST /events/{id}/charges": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ kind: "freight", amount_minor: 100 }), unless: { "rm dist delegate dist2 rep mate rep2 indie fm": "?" } }],
  "DELETE /events/{id}/charges/{charge_id}": [{ ...event, stale, needs: "a", right: "manage events", ids: (s, key) => [s.event[key], "chg_01h455vb4pex5vsknk084sn02q"], ok: [404, 412], unless: { "rm dist delegate dist2 rep mate rep2 indie fm": "?" } }],
  "POST /events/{id}/submit": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({}) }],
  "POST /events/{id}/cancel": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ reason: "x" }) }],
  "POST /events/{id}/copy": [{ ...event, needs: "a", right: "manage events", body: () => ({}), ok: [201], unless: { "dist2:at_fm rep2:at_fm fm:at_fm": "?" } }],
  "POST /events/{id}/reopen": [{ ...order, stale, needs: "a", right: "correct events", body: () => ({ reason: "x" }) }],
  "POST /events/{id}/amend": [{ ...order, stale, needs: "a", right: "correct events", body: () => ({ changes: { note: "x" }, reason: "typo" }) }],
  "POST /events/{id}/reverse": [{ ...order, stale, needs: "a", right: "correct events", body: () => ({ reason: "x" }) }],
  "POST /events/{id}/purchase-orders": [{ ...order, stale, needs: "a", right: "manage events", body: () => ({ number: "PO-2" }) }],
  "PATCH /events/{id}/purchase-orders/{po_id}": [{ ...order, stale, needs: "a", right: "manage billing", ids: (s, key) => [s.order[key], s.purchase_order[key]], body: () => ({ number: "PO-3" }) }],
  "DELETE /events/{id}/purchase-orders/{po_id}": [{ ...order, stale, needs: "a", right: "manage billing", ids: (s, key) => [s.order[key], s.purchase_order[key]] }],
  "GET /events/{id}/prices": [{ ...event, needs: "s" }],
  "POST /events/{id}/reprice": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({}) }],
  "POST /events/{id}/release-hold": [{ ...event, stale, needs: "a", right: "manage billing", body: () => ({}) }],
  "PUT /events/{id}/processed": [{ ...order, stale, needs: "a", right: "manage billing", body: () => ({ processed: true }) }],
  "POST /events/{id}/mark-paid": [{ ...order, stale, needs: "a", right: "manage billing", body: () => ({}) }],
  "GET /events/{id}/usable-units": [{ ...event, unless: { "fm:at_fm": "?" } }],
  "GET /events/{id}/warnings": [{ ...event }],
  "GET /events/{id}/returned-sales": [{ ...event, needs: "s", right: "manage billing" }],
  "GET /events/{id}/quote": [{ ...event }],
  "POST /events/{id}/quote": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({}) }],
  "GET /events/{id}/quote.pdf": [{ ...event, ok: [404], unless: { hub: "403|404" } }],
  "POST /events/{id}/quote/decide": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ approved: true, name: "Dr. Who" }) }],
  "POST /events/{id}/quote/link": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({}) }],
  "DELETE /events/{id}/quote/link": [{ ...event, stale, needs: "a", right: "manage events" }],
  "POST /events/{id}/quote/fill": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({}) }],
  // A manager of the facility signs for the facility, in events that they only see too.
  "GET /events/{id}/signatures": [{ ...event }],
  "POST /events/{id}/signatures": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ document: "order", role: "provider", name: "Pat Ortiz" }), unless: { "fm:at_fm": "?" } }],
  "GET /events/{id}/delivery-note.pdf": [{ ...event, ok: [200, 409] }],
  "GET /events/{id}/coverage": [{ ...event, right: "cover events" }],
  "POST /events/{id}/coverage/preview": [{ ...event, needs: "a", right: "cover events", body: (s, w, key) => ({ representative_id: s.user[key === "at_fm" ? "rep2" : key] }), ok: [200, 409, 422], unless: { "fm:fm": "?" } }],
  "POST /events/{id}/coverage/apply": [{ ...event, needs: "a", right: "cover events", body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404, 409, 412, 422], unless: { "fm:fm": "?" } }],
  "POST /events/{id}/coverage/undo": [{ ...event, stale, needs: "a", right: "cover events" }],
  "GET /events/{id}/coverage/history": [{ ...event }],
  "POST /events/{id}/coverage/request": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ reason: "ill" }) }],
  "GET /events/{id}/coverage/offers": [{ ...event, right: "cover events" }],
  "POST /events/{id}/coverage/offers": [{ ...event, stale, needs: "a", right: "cover events", body: () => ({ user_ids: [] }) }],
  "POST /coverage/candidates": [{ right: "cover events", body: () => ({ starts_at: "2027-01-01T10:00:00Z" }) }],
  "GET /events/{id}/needs": [{ ...event }],
  "PUT /events/{id}/needs": [{ ...event, stale, needs: "a", right: "manage events", body: () => ({ needs: [] }) }],
  "GET /events/{id}/readiness": [{ ...event }],
  "GET /readiness": [{ ...open }],
  "GET /tasks": [{ ...open }],
  "POST /tasks/{id}/complete": [{ unknownId: "tsk", ...open, body: () => ({}), ok: [404] }],
  "POST /tasks/{id}/cancel": [{ unknownId: "tsk", ...open, body: () => ({}), ok: [404] }],
  "GET /offers": [{ ...open }],
  "GET /offers/{id}/conflicts": [{ unknownId: "ofr", ...open, ok: [404] }],
  "POST /offers/{id}/accept": [{ unknownId: "ofr", ...open, ok: [404] }],
  "POST /offers/{id}/decline": [{ unknownId: "ofr", ...open, body: () => ({}), ok: [404] }],
  // Days off are entered by whoever may change an account's contact data. No such absence is there to be covered or removed.
  "GET /users/{id}/absences": [{ ...person }],
  "POST /users/{id}/absences": [{ ...person, cells: contact, body: () => ({}), ok: [422] }],
  "DELETE /users/{id}/absences/{absence_id}": [{ ...person, ids: (s, key) => [s.user[key], "abs_01h455vb4pex5vsknk084sn02q"], ok: [404] }],
  "POST /users/{id}/absences/{absence_id}/coverage/preview": [{ ...person, ids: (s, key) => [s.user[key], "abs_01h455vb4pex5vsknk084sn02q"], body: () => ({}), ok: [404] }],
  "POST /users/{id}/absences/{absence_id}/coverage/apply": [{ ...person, ids: (s, key) => [s.user[key], "abs_01h455vb4pex5vsknk084sn02q"], body: () => ({ preview_token: "pvw_01h455vb4pex5vsknk084sn02q" }), ok: [404] }],
  "GET /users/{id}/home": [{ ...person }],
  "PUT /users/{id}/home": [{ ...person, cells: contact, stale, body: () => ({ postal_code: "60614" }) }],
  "GET /locations/{id}/position": [{ ...site }],
  "GET /locations/{id}/contract": [{ ...site, right: "see contract prices" }],
  "PUT /locations/{id}/contract": [{ ...site, stale, right: "manage prices", body: () => ({ complete: true }) }],
  "GET /contracts-to-review": [{ right: "manage prices" }],
  "GET /price-asks": [{ right: "work" }],
  "POST /price-asks/{id}/decline": [{ unknownId: "pra", right: "manage prices", body: () => ({ reason: "None" }), ok: [404] }],
  "GET /locations/{id}/po-reminder": [{ ...site }],
  "PUT /locations/{id}/po-reminder": [{ ...site, stale, right: "manage directory", body: () => ({ mode: "inherit" }) }],
  "GET /locations/{id}/signing": [{ ...site }],
  "PUT /locations/{id}/signing": [{ ...site, stale, right: "manage directory", body: () => ({ mode: "by_type" }) }],
  "PUT /locations/{id}/position": [{ ...site, right: "manage directory", body: () => ({}) }],
  "GET /organization/coverage-settings": [{ right: "work" }],
  "PATCH /organization/coverage-settings": [{ stale, right: "admin", body: () => ({ courier_hours: 24 }) }],
  "GET /coverage/proposals": [{ right: "manage people" }],
  "POST /coverage/proposals/{id}/accept": [{ unknownId: "prp", right: "manage people", body: () => ({}), ok: [404] }],
  "POST /coverage/proposals/{id}/dismiss": [{ unknownId: "prp", right: "manage people", ok: [404] }],
  "GET /calendar": [{ ...open, query: () => "?from=2026-01-01&to=2026-01-31" }],

  // Orders and money.
  "GET /sales-orders": [{ ...open, list: "order", of: "sales_order" }],
  // The head of a sales order is a row behind its customer's figures: whoever reaches the location sees it.
  "GET /sales-orders/{id}": [{ ...order, of: "sales_order", unless: { "rep mate rep2 indie dist delegate dist2": "ok", rm: "ok|404" } }],
  "PATCH /sales-orders/{id}": [{ ...order, of: "sales_order", stale, needs: "a", right: "manage billing", body: () => ({ shipped_on: "2026-01-01" }) }],
  "GET /sales-orders/{id}.pdf": [{ ...order, of: "sales_order" }],
  // Links and papers with a code: for whoever works on the event. There is no such link to be ended.
  "GET /sales-orders/{id}/links": [{ ...order, of: "sales_order" }],
  "POST /sales-orders/{id}/links": [{ ...order, of: "sales_order", stale, needs: "a", right: "manage events", body: () => ({}) }],
  "DELETE /sales-orders/{id}/links/{link_id}": [{ ...order, of: "sales_order", stale, needs: "a", right: "manage events", ids: (s, key) => [s.sales_order[key], "dlk_01h455vb4pex5vsknk084sn02q"] }],
  "POST /sales-orders/{id}/paper": [{ ...order, of: "sales_order", stale, needs: "a", right: "manage events", body: () => ({}) }],
  // What was sent is asked for by its document; which one is in the question.
  "GET /document-sends": [{ ...open, ok: [422] }],
  "POST /document-sends": [{ ...order, of: "sales_order", ids: () => [], needs: "a", right: "manage events", body: (s, w, key) => ({ kind: "sales_order", subject_id: s.sales_order[key], mark_only: true }), ok: [201] }],
  "GET /document-recipients": [{ ...open, ok: [422] }],
  "GET /document-sends/{id}/paper": [{ ...open, unknownId: "dse", ok: [404] }],
  "GET /purchase-orders/waiting": [{ ...open }],
  "GET /purchase-orders/mismatches": [{ right: "see contract prices" }],
  "GET /invoices": [{ ...open, list: "order", of: "invoice" }],
  "GET /invoices/{id}": [{ ...order, of: "invoice" }],
  "GET /invoices/{id}.pdf": [{ ...order, of: "invoice" }],
  "GET /invoices/{id}.xml": [{ ...order, of: "invoice" }],
  "GET /accounting-exports": [{ right: "manage billing" }],
  // Through a day before every document, so that nothing is exported by asking.
  "POST /accounting-exports": [{ right: "manage billing", body: () => ({ kind: "general_ledger", through_on: "2000-01-01" }), ok: [409] }],
  "GET /accounting-exports/preview": [{ right: "manage billing", query: "?kind=general_ledger" }],
  "GET /accounting-exports/{id}": [{ unknownId: "acx", right: "manage billing", ok: [404] }],
  "GET /accounting-exports/{id}/documents": [{ unknownId: "acx", right: "manage billing", ok: [404] }],
  "GET /accounting-exports/{id}/files/{name}": [{ unknownId: "acx", right: "manage billing", ok: [404] }],
  "POST /accounting-exports/{id}/undo": [{ unknownId: "acx", right: "manage billing", body: () => ({ reason: "x" }), ok: [404] }],
  "GET /accounting-settings/{kind}": [{ word: true, right: "manage billing", ids: () => ["general_ledger"] }],
  "PUT /accounting-settings/{kind}": [{ word: true, right: "manage billing", ids: () => ["general_ledger"], body: () => ({}) }],
  "GET /accounting-settings/{kind}/names": [{ word: true, right: "manage billing", ids: () => ["general_ledger"] }],
  "PATCH /accounting-settings/{kind}/names": [{ word: true, right: "manage billing", ids: () => ["general_ledger"], body: () => [] }],
  "POST /invoices/{id}/payments": [{ ...order, of: "invoice", stale, needs: "a", right: "manage billing", body: () => ({ amount_minor: 1 }) }],
  "POST /invoices/{id}/credit": [{ ...order, of: "invoice", stale, needs: "a", right: "manage billing", body: () => ({ reason: "x", amount_minor: 1 }) }],
  "POST /invoices/{id}/write-off": [{ ...order, of: "invoice", stale, needs: "a", right: "manage billing", body: () => ({ reason: "x", amount_minor: 1 }) }],
  "PATCH /invoices/{id}": [{ ...order, of: "invoice", stale, needs: "a", right: "manage billing", body: () => ({ received_on: "2030-01-01" }) }],
  "GET /commission-rules": [{ right: "manage billing" }],
  "POST /commission-rules": [{ right: "manage billing", body: () => ({ name: "", rate_bp: 500 }), ok: [422] }],
  "GET /commission-rules/{id}": [{ unknownId: "crl", right: "manage billing", ok: [404] }],
  "PATCH /commission-rules/{id}": [{ unknownId: "crl", right: "manage billing", body: () => ({ name: "x" }), ok: [404] }],
  "GET /users/{id}/commission": [{ unknownId: "usr", right: "see figures", ok: [404] }],
  "GET /commission-statements": [{ right: "see figures" }],
  // Somebody unknown, so that nothing is stated by asking: whose it is comes before the right.
  "POST /commission-statements": [{ ...open, body: () => ({ user_id: "usr_01h455vb4pex5vsknk084sn02q", from: "2030-01-01", to: "2030-01-31" }), ok: [404], noReferences: true }],
  "GET /commission-statements/{id}": [{ ...open, unknownId: "cst", ok: [404] }],
  "GET /commission-statements/{id}.pdf": [{ ...open, unknownId: "cst", ok: [404] }],
  "GET /commission-statements/{id}.csv": [{ ...open, unknownId: "cst", ok: [404] }],
  "POST /commission-statements/{id}/pay": [{ ...open, unknownId: "cst", body: () => ({}), ok: [404] }],
  "POST /commission-statements/{id}/cancel": [{ ...open, unknownId: "cst", body: () => ({ reason: "x" }), ok: [404] }],
  "GET /opening-invoices": [{ right: "manage billing" }],
  "GET /opening-invoices/{id}": [{ unknownId: "opi", right: "manage billing", ok: [404] }],
  "GET /opening-invoices/{id}/steps": [{ unknownId: "opi", right: "manage billing", ok: [404] }],
  "POST /opening-invoices/{id}/credit": [{ unknownId: "opi", right: "manage billing", body: () => ({ reason: "x" }), ok: [404] }],
  "GET /customers/{id}/opening-figures": [{ of: "customer", by: "site" }],
  "GET /customers/{id}/billing-profile": [{ of: "customer", by: "site" }],
  "PUT /customers/{id}/billing-profile": [{ of: "customer", by: "site", stale, right: "manage billing", body: () => ({}) }],
  "POST /opening-invoices/{id}/payments": [{ unknownId: "opi", right: "manage billing", body: () => ({ amount_minor: 1 }), ok: [404] }],
  "GET /credit-memos": [open],
  "GET /credit-memos/{id}": [{ ...open, unknownId: "crm", ok: [404] }],
  "GET /credit-memos/{id}.pdf": [{ ...open, unknownId: "crm", ok: [404] }],
  "GET /customers/{id}/receivables": [{ of: "customer", by: "site", right: "see receivables" }],
  "GET /customers/{id}/credit-balance": [{ of: "customer", by: "site", right: "see receivables" }],
  "GET /customers/{id}/statement": [{ of: "customer", by: "site", right: "see receivables" }],
  "GET /customers/{id}/statement.pdf": [{ of: "customer", by: "site", right: "see receivables" }],
  "POST /customers/{id}/payments": [{ of: "customer", by: "site", right: "manage billing", body: () => ({ amount_minor: 1, invoice_ids: ["inv_01h455vb4pex5vsknk084sn02q"] }), ok: [422], noReferences: true }],
  "POST /customers/{id}/refunds": [{ of: "customer", by: "site", right: "manage billing", body: () => ({ amount_minor: 1_000_000_000 }), ok: [422] }],
  "GET /held-orders": [open],

  // Figures.
  "GET /dashboard": [{ ...open, unless: { hub: "?" } }],
  "GET /reports": [{ ...open, unless: { hub: "?" } }],
  "GET /reports/{name}": ["cases", "usage_lines", "sales", "commission", "inventory_on_hand", "expiring", "transfers", "facility_stock", "po_ageing", "forecast"].map((name) => ({ ...open, of: "report", key: name, ids: () => [name], unless: { hub: "?" } })),
  "GET /search": [{ ...open, query: "?q=LOT", unless: { hub: "?" } }],
  "GET /journal": [{ right: "see the journal", unless: { [field]: "?", rm: "?", hub: "?" } }],

  // Imports.
  "GET /imports/{kind}/mappings": [
    { right: "manage catalog", ids: () => ["catalog_items"] },
    { right: "manage people", ids: () => ["users"] },
    { right: "manage prices", ids: () => ["prices"] },
    { right: "manage directory", ids: () => ["customers"], unless: { rm: "?" } },
    { right: "create stock", ids: () => ["units"], unless: { [field]: "?" } },
  ],
  "GET /import-runs": [{ ...open }],
  "GET /import-runs/{id}": [{ unknownId: "imp", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /import-runs/{id}/cancel": [{ unknownId: "imp", ...open, ok: [404], unless: { "*": "403|404" } }],
  "POST /imports/{kind}": [
    { right: "manage catalog", ids: () => ["catalog_items"], csv: "manufacturer,number,description\n", query: "?dry_run=true", ok: [200, 422] },
    { right: "manage people", ids: () => ["users"], csv: "email,role,name\n", query: "?dry_run=true", ok: [200, 422] },
    { right: "manage prices", ids: () => ["prices"], csv: "location,catalog_number,price\n", query: "?dry_run=true", ok: [200, 422] },
    { right: "manage billing", ids: () => ["open_invoices"], csv: "customer,number,issued_on,open\n", query: "?dry_run=true", ok: [200, 422] },
    { right: "manage directory", ids: () => ["customers"], csv: "name,number\n", query: "?dry_run=true", ok: [200, 422], unless: { rm: "?" } },
    { right: "create stock", ids: () => ["units"], csv: "manufacturer,catalog_number,lot\n", query: "?dry_run=true", ok: [200, 422], unless: { [field]: "?" } },
  ],
};

// Bodies with every reference that they may hold: asked only with another organisation's ids in them.
const references = {
  "PATCH /organization/settings": (s) => ({ discrepancy_custodian_id: s.user.hub }),
  "POST /users": (s) => ({ email: "ref@matrix.example", role: "distributor", name: "R", delegate_of: s.user.dist, region_id: s.region.north }),
  "PATCH /users/{id}": (s) => ({ region_id: s.region.south }),
  "PUT /users/{id}/assignments": (s) => ({ manufacturer_ids: [s.manufacturer.one], location_ids: [s.location.rep, s.location.none], physician_ids: [s.physician.rep], product_line_ids: [s.product_line.one] }),
  "POST /regions": (s) => ({ name: "Ref", manager_id: s.user.rm }),
  "PATCH /regions/{id}": (s) => ({ manager_id: s.user.rm }),
  "POST /customers": (s) => ({ name: "Ref", parent_customer_id: s.customer.none, default_sales_rep_id: s.user.rep, payment_terms_id: s.payment_terms.one, price_list_id: s.price_list.one }),
  "PATCH /customers/{id}": (s) => ({ parent_customer_id: s.customer.none, default_sales_rep_id: s.user.rep, payment_terms_id: s.payment_terms.one, price_list_id: s.price_list.one }),
  "POST /locations": (s) => ({ customer_id: s.customer.none, name: "Ref", price_list_id: s.price_list.one, sales_rep: { mode: "assigned", id: s.user.rep } }),
  "PATCH /locations/{id}": (s) => ({ price_list_id: s.price_list.one, sales_rep: { mode: "assigned", id: s.user.rep } }),
  "POST /physicians": (s) => ({ name: "Ref", location_ids: [s.location.rep, s.location.none], procedure_ids: [s.procedure.one] }),
  "PATCH /physicians/{id}": (s) => ({ location_ids: [s.location.rep], procedure_ids: [s.procedure.one] }),
  "POST /product-lines": (s) => ({ name: "Ref", manufacturer_id: s.manufacturer.one }),
  "POST /catalog-items": (s) => ({ manufacturer_id: s.manufacturer.one, number: "REF", kind: "device", product_line_ids: [s.product_line.one] }),
  "PATCH /catalog-items/{id}": (s) => ({ product_line_ids: [s.product_line.one] }),
  "POST /places": (s) => ({ name: "Ref", location_id: s.location.none }),
  "PATCH /places/{id}": (s) => ({ location_id: s.location.none }),
  "POST /preference-cards": (s) => ({ name: "Ref", physician_id: s.physician.none, procedure_id: s.procedure.one, lines: [{ catalog_item_id: s.catalog_item.one, quantity: 1, substitute_ids: [s.catalog_item.box] }] }),
  "PATCH /preference-cards/{id}": (s) => ({ procedure_id: s.procedure.one, lines: [{ catalog_item_id: s.catalog_item.one, quantity: 1, substitute_ids: [s.catalog_item.box] }] }),
  "PUT /price-lists/{id}/prices": (s) => [{ catalog_item_id: s.catalog_item.one, price_minor: 5, valid_from: null, valid_to: null }],
  "PUT /locations/{id}/prices": (s) => [{ catalog_item_id: s.catalog_item.one, price_minor: 5, valid_from: null, valid_to: null }],
  "POST /customers/{id}/merge": (s) => ({ into: s.customer.none, dry_run: true }),
  "POST /customers/{id}/notes": (s) => ({ body: "x", location_id: s.location.rep }),
  "POST /customers/{id}/tasks": (s) => ({ title: "x", location_id: s.location.rep, assignee_id: s.user.rep }),
  "PATCH /customer-tasks/{id}": (s) => ({ assignee_id: s.user.rep }),
  "POST /customers/{id}/activities": (s) => ({ type: "call", location_id: s.location.rep }),
  "POST /customers/bulk/preview": (s) => ({ ids: [s.customer.none, s.customer.rep], set: { default_sales_rep_id: { op: "set", id: s.user.rep } } }),
  "POST /units": (s, w) => ({ catalog_item_id: s.catalog_item.one, custodian: w.custodian("org"), place_id: s.place.one, container_id: s.box.org }),
  "PATCH /units/{id}": (s) => ({ place_id: s.place.one }),
  "POST /units/{id}/contents": (s) => ({ add: [], remove: [s.unit.org] }),
  "POST /facility-stock/reassign": (s) => ({ unit_ids: [s.unit.mate], to_user_id: s.user.rep, reason: "r" }),
  "POST /boms": (s) => ({ name: "Ref", lines: [{ catalog_item_id: s.catalog_item.one, min: 1, required: 1, max: 1 }] }),
  "PATCH /boms/{id}": (s) => ({ lines: [{ catalog_item_id: s.catalog_item.one, min: 1, required: 1, max: 1 }] }),
  "POST /transfers": (s, w) => ({ from: w.custodian("org"), to: w.custodian("rep"), unit_ids: [s.unit.org], place_id: s.place.one, event_id: s.event.rep }),
  "POST /transfers/{id}/accept": (s) => ({ unit_ids: [s.unit.org], missing: [{ unit_id: s.unit.rep, reason: "gone" }] }),
  "POST /requests": (s, w) => ({ to: w.custodian("rep"), event_id: s.event.rep, lines: [{ catalog_item_id: s.catalog_item.one, quantity: 1 }, { bom_id: s.bom.one, quantity: 1 }] }),
  "POST /requests/{id}/fulfill": (s) => ({ unit_ids: [s.unit.org, s.unit.dist] }),
  "POST /quick-transfers": (s, w) => ({ from: w.custodian("hub"), unit_ids: [s.unit.hub] }),
  "POST /counts": (s, w) => ({ custodian: w.custodian("rep"), place_id: s.place.one, container_id: s.box.rep, counter_id: s.user.rep }),
  "POST /counts/{id}/lines": (s) => ({ unit_ids: [s.unit.rep], lines: [{ catalog_item_id: s.catalog_item.one }] }),
  "POST /count-plans": (s, w) => ({ custodian: w.custodian("rep"), place_id: s.place.one, counter_id: s.user.rep, every_days: 30, next_on: "2040-01-01" }),
  "POST /events": (s) => ({ type: "case", representative_id: s.user.rep, location_id: s.location.shared, physician_id: s.physician.shared, procedure_id: s.procedure.one, starts_at: "2027-01-01T10:00:00Z", manufacturer_ids: [s.manufacturer.one], product_line_ids: [s.product_line.one], container_ids: [s.box.rep], sub_representatives: [{ user_id: s.user.mate }] }),
  "PATCH /events/{id}": (s) => ({ location_id: s.location.shared, physician_id: s.physician.shared, procedure_id: s.procedure.one, manufacturer_ids: [s.manufacturer.one], product_line_ids: [s.product_line.one], container_ids: [s.box.rep], sub_representatives: [{ user_id: s.user.mate }] }),
  "POST /events/{id}/lines": (s) => ({ unit_ids: [s.unit.rep, s.unit.dist], usage: "implanted" }),
  "PATCH /events/{id}/lines": (s) => ({ line_ids: [s.line.rep], note: "x" }),
  "POST /events/{id}/purchase-orders": (s) => ({ number: "PO-R", manufacturer_id: s.manufacturer.one }),
  "POST /events/{id}/amend": (s) => ({ reason: "r", changes: { location_id: s.location.shared, physician_id: s.physician.shared, procedure_id: s.procedure.one } }),
  "POST /events/{id}/coverage/preview": (s) => ({ representative_id: s.user.mate, edits: { without_user_ids: [s.user.rep2], without_manufacturer_ids: [s.manufacturer.one], without_unit_ids: [s.unit.mate], with_unit_ids: [s.unit.mate], substitutes: [{ catalog_item_id: s.catalog_item.one, substitute_id: s.catalog_item.box }] } }),
  "POST /events/{id}/coverage/offers": (s) => ({ user_ids: [s.user.mate, s.user.rep2] }),
  "POST /coverage/candidates": (s) => ({ starts_at: "2027-01-01T10:00:00Z", location_id: s.location.shared, physician_id: s.physician.shared, procedure_id: s.procedure.one, manufacturer_ids: [s.manufacturer.one], preference_card_id: s.preference_card.one, needs: [{ catalog_item_id: s.catalog_item.one, quantity: 1 }], representative_id: s.user.rep }),
  "POST /events/{id}/quote": (s) => ({ preference_card_id: s.preference_card.one, lines: [{ catalog_item_id: s.catalog_item.one, quantity: 1 }] }),
  "PUT /events/{id}/needs": (s) => ({ preference_card_id: s.preference_card.one, needs: [{ catalog_item_id: s.catalog_item.one, quantity: 1 }] }),
  "POST /users/{id}/successor/preview": (s) => ({ to_user_id: s.user.mate }),
};
for (const [name, body] of Object.entries(references)) {
  const [first] = operations[name];
  operations[name].push({ of: first.of, by: first.by, ids: first.ids, key: first.key ?? { custody: "rep", person: "rep", request: "rep", site: "shared", event: "rep", order: "rep", transfer: "org>rep" }[first.by], referencesOnly: true, asker: name === "POST /quick-transfers" ? "rep" : "primary", body });
}

// What everybody who works may look at and only some may change.
function catalogLike(path, of, right, body, unless = {}) {
  return {
    [`GET /${path}`]: [{ right: "work", unless }],
    [`POST /${path}`]: [{ right, body, ok: [201], unless }],
    [`GET /${path}/{id}`]: [{ right: "work", of, key: "one", unless }],
    [`PATCH /${path}/{id}`]: [{ stale, right, of, key: "one", body: path === "payment-terms" ? () => ({ name: "N" }) : path === "catalog-items" ? () => ({ description: "N" }) : () => ({ name: "N" }), unless }],
  };
}

// For whom stock may be made: a facility manager for itself, a rep for itself, a distributor for its group.
function creating() {
  return sending
    .replace(/^(\s*(?:primary|admin|ops) .*)o$/gm, "$1n")
    .replace(/^(\s*(?:dist|delegate) .*)o$/gm, "$1n")
    .replace("rm         -   -   o    -     o", "rm         -   -   x    -     x")
    .replace("rep        -   -   o", "rep        -   -   x")
    .replace("mate       -   -   o", "mate       -   -   x")
    .replace("indie      -   o", "indie      -   x");
}

// Nobody set up as a source: nothing is pulled, whoever asks.
function never(keys) {
  const actors = rights.anything.split(" ");
  return `\n  ${keys}\n${actors.map((actor) => `  ${actor} ${keys.split(" ").map(() => "n").join(" ")}`).join("\n")}\n`;
}
