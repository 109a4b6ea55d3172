// The way to the server: a page says when there is none, keeps what was typed, and shows what waits on this device. Cases that
// come up are kept by `worker.js`; what is scanned for them meanwhile waits here and is sent by itself, each code once.
const doc = document;
const $ = (selector) => doc.querySelector(selector);
const meta = (name, from = doc) => from.querySelector(`meta[name=${name}]`)?.content ?? "";
const say = (detail) => doc.dispatchEvent(new CustomEvent("toast", { detail }));
const alone = location.pathname === "/offline";
const keptSince = doc.body.dataset.kept;
const SEND_AGAIN_MS = 8000;

// Whose device this is now. The page of what is kept here comes without a server, so it asks who was here last.
const LAST = "viewer";
const viewer = meta("viewer") || (alone ? localStorage.getItem(LAST) : "") || "";
if (meta("viewer") && !keptSince) localStorage.setItem(LAST, viewer);
const worker = viewer ? navigator.serviceWorker : undefined;

// ---- what is known of the connection --------------------------------------------------------------------------------

const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;
const link = (href, text) => Object.assign(doc.createElement("a"), { href, textContent: text });

function connection() {
  if (keptSince) return [`No connection: this is the page as it was at ${clock(keptSince)}. `, link(location.href, "Try again"), " "];
  return navigator.onLine || alone ? [] : [`No connection since ${clock(Date.now())}. You can read this page; what you send has to wait. `];
}

function tell() {
  const words = [...connection(), ...(alone ? [] : boxInWords())];
  const known = doc.getElementById("offline");
  if (!words.length) return known?.remove();
  const made = known ?? Object.assign(doc.createElement("div"), { id: "offline", className: "offline" });
  made.setAttribute("role", "status");
  made.replaceChildren(...words);
  if (!known) doc.body.prepend(made);
}

addEventListener("offline", tell);
addEventListener("online", () => {
  tell();
  say({ text: "The connection is back" });
  sendWaiting();
});

// Nothing is sent into the void. The scanner keeps what it has by itself.
doc.addEventListener("submit", (event) => {
  if (navigator.onLine || event.target.method === "get" || event.target.closest("[data-outbox]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say({ kind: "failed", text: "No connection: this was not sent. It stays here until you send it again." });
}, true);

// ---- copies of what comes up ----------------------------------------------------------------------------------------

if (worker) {
  worker.register("/worker.js").catch(() => {});
  const keep = [...doc.querySelectorAll("[data-keep-pages]")].flatMap((it) => it.dataset.keepPages.split(" "));
  if (keep.length && !keptSince) worker.ready.then(({ active }) => active.postMessage({ keep, parts: ["asset:zxing.js", "asset:zxing.wasm"] }));
}
doc.addEventListener("submit", ({ target }) => {
  if (new URL(target.action).pathname !== "/logout") return;
  localStorage.removeItem(LAST);
  worker?.controller?.postMessage({ forget: true });
});

// ---- what waits to be sent ------------------------------------------------------------------------------------------

// [{ name, who, to, title, code, label, at, refused }]: a name of its own for each, so that it is taken once however often it is sent;
// whoever scanned it, for others may use this device too.
const BOX = "outbox";
const readBox = () => JSON.parse(localStorage.getItem(BOX) || "[]");
function changeBox(change) {
  const all = change(readBox());
  if (all.length) localStorage.setItem(BOX, JSON.stringify(all));
  else localStorage.removeItem(BOX);
  tell();
  showBox();
}
const mine = () => readBox().filter((it) => it.who === viewer);

function boxInWords() {
  const all = mine();
  const refused = all.filter((it) => it.refused).length;
  const words = [];
  if (all.length > refused) words.push(`${plural(all.length - refused, "scan waits", "scans wait")} for the connection. `);
  if (refused) words.push(`${plural(refused, "scan was", "scans were")} not taken. `);
  return words.length ? [...words, link("/offline", "Look at them")] : [];
}

// The token of this session: the page's own, unless the page is a copy or the session another one by now.
let token = keptSince ? "" : meta("csrf");
async function pass() {
  if (token) return token;
  const page = new DOMParser().parseFromString(await (await fetch("/scan")).text(), "text/html");
  if (meta("viewer", page) !== viewer) throw new Error("somebody else is signed in, or nobody");
  return (token = meta("csrf", page));
}

async function send(one) {
  const csrf = await pass();
  const body = new URLSearchParams({ code: one.code, line: one.name, csrf });
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "X-CSRF-Token": csrf };
  const answer = await fetch(one.to, { method: "POST", body, headers });
  if (answer.status === 403) token = "";
  if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
  const said = answer.ok ? await answer.json() : { taken: false, says: "The case is not yours any more." };
  changeBox((all) => (said.taken ? all.filter((it) => it.name !== one.name) : all.map((it) => (it.name === one.name ? { ...it, refused: said.says } : it))));
  return said.taken;
}

let sending = false;
async function sendWaiting() {
  const waiting = mine().filter((it) => !it.refused);
  if (sending || !waiting.length) return;
  sending = true;
  const taken = new Map();
  try {
    for (const one of waiting) if (await send(one)) taken.set(one.title, (taken.get(one.title) ?? 0) + 1);
  } catch {
    // Still no connection, or the session is over: they stay, and are sent after that.
  } finally {
    sending = false;
  }
  for (const [title, n] of taken) say({ text: `${plural(n, "unit", "units")} added to ${title}` });
}

// What the scanner hands over when the server cannot be reached.
doc.addEventListener("keep-scans", ({ detail: { to, title, scans } }) => {
  const at = new Date().toISOString();
  changeBox((all) => [...all, ...scans.map((scan) => ({ ...scan, name: crypto.randomUUID(), who: viewer, to, title, at }))]);
});

// ---- the page of what is kept on this device ------------------------------------------------------------------------

const part = (tag, className, ...children) => {
  const made = Object.assign(doc.createElement(tag), { className });
  made.append(...children);
  return made;
};
const press = (label, work) => {
  const made = Object.assign(part("button", "btn small", label), { type: "button" });
  made.addEventListener("click", work);
  return made;
};

function showBox() {
  const list = $("[data-waiting]");
  if (!list) return;
  const line = (one) => {
    const drop = () => changeBox((all) => all.filter((it) => it.name !== one.name));
    const again = () => {
      changeBox((all) => all.map((it) => (it.name === one.name ? { ...it, name: crypto.randomUUID(), refused: undefined } : it)));
      sendWaiting();
    };
    const says = one.refused ?? `Scanned at ${clock(one.at)}, waits for the connection`;
    const words = part("div", "line-b", part("div", "t1", one.label), part("div", "sub", `${one.title} · ${says}`));
    return part("li", "line", words, part("div", "line-s row", ...(one.refused ? [press("Try again", again)] : []), press("Remove", drop)));
  };
  const all = mine();
  list.replaceChildren(...all.map(line));
  $("[data-nothing-waits]").hidden = all.length > 0;
}

async function showKept() {
  const list = $("[data-kept-pages]");
  if (!list || !window.caches) return;
  const cache = await caches.open("pages");
  const found = [];
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/events/")) continue;
    const text = await (await cache.match(request)).text();
    found.push([pathname, new DOMParser().parseFromString(text, "text/html").title.replace(/ · [^·]*$/, "")]);
  }
  list.replaceChildren(...found.map(([href, title]) => part("li", "line", part("div", "line-b", Object.assign(link(href, title), { className: "t1 link" })))));
  $("[data-nothing-kept]").hidden = found.length > 0;
}

tell();
showBox();
showKept();
if (viewer) {
  sendWaiting();
  setInterval(sendWaiting, SEND_AGAIN_MS);
}
