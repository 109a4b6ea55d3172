// What lists do beyond the console's own script: columns are shown, hidden, moved, dragged wider and kept in sight without
// leaving the page. Everything is in the address; without this script the same forms send it there.
const doc = document;
const $ = (selector, from = doc) => from.querySelector(selector);
const $$ = (selector, from = doc) => [...from.querySelectorAll(selector)];
const on = (type, handler, options) => doc.addEventListener(type, handler, options);

// ---- another state of the same list ---------------------------------------------------------------------------------

let asking;

// Fetches the list at another address and takes over its parts; those named in `but` stay as they are.
async function relist(url, but = []) {
  asking?.abort();
  asking = new AbortController();
  const list = $(".list");
  const place = list && [list.scrollLeft, list.scrollTop];
  try {
    const answer = await fetch(url, { signal: asking.signal, credentials: "same-origin" });
    if (!answer.ok) return void (location.href = url);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of $$("[data-part]")) {
      const other = $(`[data-part="${part.dataset.part}"]`, next);
      if (!other || but.includes(part.dataset.part)) continue;
      part.replaceChildren(...[...other.childNodes].map((node) => doc.adoptNode(node)));
      window.htmx?.process(part);
    }
    history.replaceState(null, "", url);
    if (place && $(".list")) [$(".list").scrollLeft, $(".list").scrollTop] = place;
    settle();
  } catch (error) {
    if (error.name !== "AbortError") location.href = url;
  }
}

// ---- the chooser of columns -----------------------------------------------------------------------------------------

const address = (form) => `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;

function choose(form) {
  $("[data-cap]", form).hidden = !$("[data-hidden] li", form);
  relist(address(form), ["bar"]);
}

on("change", ({ target }) => {
  const form = target.closest("[data-columns]");
  if (!form) return;
  const row = target.closest("li");
  if (target.name === "col") {
    const [shown, hidden] = [$("[data-shown]", form), $("[data-hidden]", form)];
    target.checked ? shown.append(row) : hidden.prepend(row);
    if (!target.checked) $("input[name=pin]", row).checked = false;
    target.focus({ preventScroll: true });
  }
  choose(form);
});

on("click", (event) => {
  const button = event.target.closest("[data-columns] [data-move]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  const up = button.dataset.move === "up";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (!other || !other.draggable) return;
  up ? other.before(row) : other.after(row);
  button.focus();
  choose(button.closest("form"));
});

let dragged;
on("dragstart", (event) => {
  dragged = event.target.closest?.("[data-columns] li[draggable]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("lifted");
});
on("dragover", (event) => {
  const row = dragged && event.target.closest?.("[data-shown] li[draggable]");
  if (!row || row === dragged || row.closest("form") !== dragged.closest("form")) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  event.clientY < top + height / 2 ? row.before(dragged) : row.after(dragged);
});
on("drop", (event) => dragged && event.preventDefault());
on("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("lifted");
  const box = $("input[name=col]", dragged);
  if (dragged.closest("[data-shown]")) box.checked = true;
  choose(dragged.closest("form"));
  dragged = null;
});

// ---- widths ---------------------------------------------------------------------------------------------------------

const LEAST = 60;
const MOST = 640;
const colOf = (th) => $(`col[data-key="${CSS.escape(th.dataset.key)}"]`, th.closest("table"));

function setWidth(th, width) {
  const table = th.closest("table");
  const col = colOf(th);
  const before = th.offsetWidth;
  width = Math.round(Math.min(Math.max(width, LEAST), MOST));
  col.setAttribute("width", width);
  // The others keep their width: the table grows instead.
  table.style.minWidth = `${Math.max(table.offsetWidth + width - before, table.parentElement.clientWidth)}px`;
  pins();
  return width;
}

function keepWidth(th, width) {
  const form = $("[data-columns]");
  if (!form) return;
  const key = th.dataset.key;
  for (const input of $$(`li[data-key="${CSS.escape(key)}"] [name=col]`, form)) input.value = width ? `${key}:${width}` : key;
  relist(address(form), ["bar"]);
}

on("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-drag]");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  const th = grip.closest("th");
  const [start, from] = [event.clientX, th.offsetWidth];
  let width = from;
  grip.setPointerCapture(event.pointerId);
  const move = (event) => (width = setWidth(th, from + event.clientX - start));
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", () => {
    grip.removeEventListener("pointermove", move);
    if (width !== from) keepWidth(th, width);
  }, { once: true });
});
on("dblclick", ({ target }) => {
  const grip = target.closest?.("[data-drag]");
  if (grip) keepWidth(grip.closest("th"), 0);
});
// On a header: Alt and an arrow, for whoever does not use a pointer.
let held;
on("keydown", (event) => {
  const th = event.altKey && event.target.closest?.("thead th[data-key]");
  const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
  if (!th || !by || !$("[data-drag]", th)) return;
  event.preventDefault();
  const width = setWidth(th, th.offsetWidth + by);
  clearTimeout(held);
  held = setTimeout(() => keepWidth(th, width), 500);
});

// ---- columns that stay in sight -------------------------------------------------------------------------------------

function pins() {
  for (const table of $$(".t:has(.also)")) {
    const heads = $$("thead th", table);
    let left = 0;
    heads.forEach((th, at) => {
      if (th.classList.contains("also")) {
        for (const row of table.rows) if (row.cells[at]?.classList.contains("also")) row.cells[at].style.left = `${left}px`;
      }
      if (th.classList.contains("pin")) left += th.offsetWidth;
    });
  }
}

// ---- a long list of filters -----------------------------------------------------------------------------------------

on("input", ({ target }) => {
  if (!target.matches("[data-sift]")) return;
  const words = target.value.trim().toLowerCase();
  for (const fold of $$("[data-word]", target.parentElement)) fold.hidden = !fold.dataset.word.toLowerCase().includes(words);
});
on("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-sift]")) return;
  event.preventDefault();
  const fold = $("[data-word]:not([hidden])", event.target.parentElement);
  if (!fold) return;
  fold.open = true;
  $("input:not([type=hidden]), select", fold)?.focus();
});

function settle() {
  pins();
  $$(".list").forEach((list) => list.addEventListener("scroll", () => list.toggleAttribute("data-x", list.scrollLeft > 0), { passive: true }));
}

on("htmx:after:swap", pins);
addEventListener("resize", pins);
settle();
