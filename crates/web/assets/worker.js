// Stands between the pages and the network, so that a phone in an operating room without signal still shows the cases that were
// opened before. It keeps copies of few pages (Today, cases, the scanner) and of what they need; it changes nothing and sends
// nothing: what is scanned without a connection is kept and sent by `offline.js`. Whoever signs out takes the copies along.
const PAGES = "pages";
const PARTS = "parts";
const ALONE = "/offline";
const SLOW_MS = 4000;
const FRESH_MS = 10 * 60_000;
const MOST = { [PAGES]: 60, [PARTS]: 120 };

const isKept = (url) => url.pathname === "/" || url.pathname === "/scan" || /^\/events\/evt_[^/]+$/.test(url.pathname);

addEventListener("install", (event) => event.waitUntil(keepPage(ALONE, PARTS).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const { forget, keep = [], parts = [] } = event.data;
  event.waitUntil(forget ? caches.delete(PAGES) : keepAll(keep, parts));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  // Whoever has to sign in is somebody else, or nobody.
  if (url.pathname === "/sign-in") event.waitUntil(caches.delete(PAGES));
  if (url.pathname.startsWith("/assets/")) event.respondWith(part(event, request));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

// An address under /assets names its content: what is there stays right.
async function part(event, request) {
  const copy = await caches.match(request);
  if (copy) return copy;
  const answer = await fetch(request);
  if (answer.ok) event.waitUntil(put(PARTS, request.url, answer.clone()));
  return answer;
}

// The page from the server; the copy when there is no answer, a broken one, or none for seconds.
async function page(event, url) {
  const copy = isKept(url) ? await (await caches.open(PAGES)).match(url.href) : undefined;
  const asked = fetch(event.request);
  const late = new Promise((done) => copy && setTimeout(done, SLOW_MS));
  try {
    const answer = await Promise.race([asked, late]);
    if (answer && !(answer.status >= 502 && copy)) {
      if (isKept(url) && answer.ok && !answer.redirected) event.waitUntil(put(PAGES, url.href, answer.clone()));
      return answer;
    }
  } catch {
    // No connection.
  }
  event.waitUntil(asked.catch(() => {}));
  if (copy) return asKept(copy);
  return (await caches.match(ALONE)) ?? Response.error();
}

// A copy says of itself since when it has stood.
async function asKept(copy) {
  const since = copy.headers.get("date") ?? "";
  const headers = new Headers(copy.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  return new Response((await copy.text()).replace("<body", `<body data-kept="${since}"`), { headers });
}

async function put(name, key, answer) {
  const cache = await caches.open(name);
  await cache.put(key, answer);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST[name])).map((old) => cache.delete(old)));
}

// Keeps a page with the styles and scripts that it names.
async function keepPage(path, name) {
  const url = new URL(path, location.origin).href;
  const copy = await (await caches.open(name)).match(url);
  if (copy && name === PAGES && Date.now() - Date.parse(copy.headers.get("date")) < FRESH_MS) return;
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  // The parts first: a page that is kept works.
  await keepParts((await answer.clone().text()).match(/\/assets\/[\w.-]+/g) ?? []);
  await put(name, url, answer);
}

async function keepParts(paths) {
  const cache = await caches.open(PARTS);
  for (const path of new Set(paths)) {
    const url = new URL(path, location.origin).href;
    if (!(await cache.match(url))) await cache.add(url).catch(() => {});
  }
}

async function keepAll(paths, parts) {
  await keepParts(parts);
  for (const path of paths) await keepPage(path, PAGES).catch(() => {});
}
