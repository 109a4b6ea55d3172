// The console's behaviour. Every page works without it: this makes it quicker. No framework, no inline anything.
// Pages speak to it by `data-` attributes; htmx does the fetching and swapping.
const doc = document;
const root = doc.documentElement;
const htmx = window.htmx;
root.classList.add("js");
const $ = (selector, from = doc) => from.querySelector(selector);
const $$ = (selector, from = doc) => [...from.querySelectorAll(selector)];
const on = (type, handler, options) => doc.addEventListener(type, handler, options);
const isNarrow = () => matchMedia("(max-width: 899.98px)").matches;
const isPhone = () => matchMedia("(max-width: 639.98px)").matches;
const typing = (element) => element?.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const token = () => $("meta[name=csrf]")?.content;

// ---- requests -------------------------------------------------------------------------------------------------------

on("htmx:config:request", ({ detail: { ctx } }) => {
  const csrf = token();
  if (csrf && ctx.request.method !== "GET") ctx.request.headers["X-CSRF-Token"] = csrf;
});

// An answer that is no fragment must not land in the middle of a page: 401 means sign in again, 5xx is only said.
on("htmx:response:error", ({ detail: { ctx } }) => {
  const status = ctx.response.status;
  if (status === 401) location.reload();
  if (status >= 500 || status === 429 || status === 401) ctx.swap = "none";
  if (status >= 500) toast({ kind: "failed", text: "The server could not do this. Nothing was changed; try again." });
  if (status === 429) toast({ kind: "failed", text: "Too many requests. Wait a moment, then try again." });
});
on("htmx:error", ({ detail }) => {
  if (detail.ctx) toast({ kind: "failed", text: "No answer from the server. Check the connection, then try again." });
});
on("close-dialog", () => $$("dialog[open]").forEach((dialog) => dialog.close()));
on("toast", ({ detail }) => toast(detail));

// ---- on the way to the server ---------------------------------------------------------------------------------------

// A page that takes its time says that it is on its way; a form that was sent is not sent twice.
let leaving;
function onTheWay() {
  clearTimeout(leaving);
  leaving = setTimeout(() => root.classList.add("leaving"), 250);
  // A file is answered without leaving the page.
  setTimeout(() => root.classList.remove("leaving"), 8000);
}
addEventListener("beforeunload", onTheWay);
addEventListener("pageshow", () => {
  clearTimeout(leaving);
  root.classList.remove("leaving");
  $$(".btn.busy").forEach((button) => button.classList.remove("busy"));
});
on("submit", ({ target, submitter, defaultPrevented }) => {
  if (defaultPrevented || target.hasAttribute("hx-post") || !submitter?.matches(".btn")) return;
  submitter.classList.add("busy");
  setTimeout(() => submitter.classList.remove("busy"), 8000);
});

// ---- toasts ---------------------------------------------------------------------------------------------------------

const sprite = $(".i use, svg use")?.getAttribute("href").split("#")[0] ?? "";

function element(tag, properties = {}, ...children) {
  const made = doc.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "form") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function drawIcon(name) {
  const svg = doc.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = doc.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

function toast({ kind = "done", text, undo }) {
  const made = element("div", { className: kind === "failed" ? "toast error" : "toast" });
  made.append(drawIcon(kind === "failed" ? "error" : "check"), element("span", {}, text));
  if (undo) {
    const form = element("form", { method: "post", action: undo }, element("button", { className: "btn small", type: "submit" }, "Undo"));
    addToken(form);
    made.append(form);
  }
  made.append(element("button", { className: "btn icon", type: "button", ariaLabel: "Dismiss", "data-close": "" }, drawIcon("close")));
  $("#toasts")?.append(made);
  expire(made);
}

function addToken(form) {
  const csrf = token();
  if (csrf && !form.elements.csrf) form.append(element("input", { type: "hidden", name: "csrf", value: csrf }));
}

// A toast with a way back stays longer, and as long as somebody points at it.
function expire(made) {
  const life = $("form", made) ? 12000 : 5000;
  let timer = setTimeout(() => made.remove(), life);
  made.addEventListener("pointerenter", () => clearTimeout(timer));
  made.addEventListener("focusin", () => clearTimeout(timer));
  made.addEventListener("pointerleave", () => (timer = setTimeout(() => made.remove(), 2500)));
}

$$("[data-toast]").forEach(expire);
$$("form[data-csrf]").forEach(addToken);

// ---- dialogs, drawer, menus -----------------------------------------------------------------------------------------

// The target is also the source, so that the server is told where the answer goes and a newer request replaces an older one.
const fetchInto = (url, target) => htmx.ajax("GET", url, { source: target, target, swap: "innerHTML" });

async function openDialog(url) {
  const dialog = $("#dialog");
  await fetchInto(url, "#dialog-body");
  if (!dialog.open) dialog.showModal();
  $("[autofocus], [data-focus], input:not([type=hidden]), select, textarea", dialog)?.focus();
}

async function look(url) {
  const drawer = $("#drawer");
  if (!drawer || !url) return;
  await fetchInto(url, "#drawer-body");
  drawer.scrollTop = 0;
  // Beside the list on a desk, so that the keys keep working there; over it on the phone.
  if (!drawer.open) isPhone() ? drawer.showModal() : showQuietly(drawer);
}

// `show()` would take the focus out of the list.
function showQuietly(dialog) {
  const before = doc.activeElement;
  dialog.show();
  before?.focus({ preventScroll: true });
}

const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

on("click", (event) => {
  const at = event.target;
  const opener = at.closest("[data-open], a[data-dialog], a[data-look], a[data-palette]");
  if (opener && plain(event)) {
    event.preventDefault();
    opener.closest("details.pop")?.removeAttribute("open");
    if (opener.dataset.open) $(`#${CSS.escape(opener.dataset.open)}`)?.showModal();
    else if ("palette" in opener.dataset) openPalette();
    else if ("dialog" in opener.dataset) openDialog(opener.href);
    else look(opener.href);
    return;
  }
  const closer = at.closest("[data-close]");
  if (closer) {
    if (closer.closest(".bulk")) clearSelection(closer.closest("[data-list]"));
    else (closer.closest(".toast") ?? { remove: () => closer.closest("dialog")?.close() }).remove();
    return;
  }
  // A click on the backdrop has the dialog itself as its target.
  if (at.nodeName === "DIALOG" && at.matches(":modal")) {
    const { left, right, top, bottom } = at.getBoundingClientRect();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (!inside) at.close();
  }
  for (const pop of $$("details.pop[open]")) if (!pop.contains(at)) pop.open = false;
});

on("toggle", (event) => {
  const pop = event.target;
  if (!pop.matches?.("details.pop") || !pop.open) return;
  $$("details.pop[open]").forEach((other) => other !== pop && (other.open = false));
  $(".panel.pad input:not([type=hidden]), .panel.pad select", pop)?.focus();
}, true);

// Empty fields of a filter form would only make the address longer.
on("submit", ({ target }) => {
  if (!target.matches("[data-trim]")) return;
  for (const field of target.elements) if (field.name && !field.value && !("keep" in field.dataset)) field.disabled = true;
});

// ---- preferences ----------------------------------------------------------------------------------------------------

on("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("[data-prefs]") || !button) return;
  event.preventDefault();
  const word = button.value;
  if (["auto", "light", "dark"].includes(word)) word === "auto" ? delete root.dataset.theme : (root.dataset.theme = word);
  else if (["folded", "open"].includes(word)) {
    word === "folded" ? (root.dataset.rail = word) : delete root.dataset.rail;
    button.value = word === "folded" ? "open" : "folded";
  } else root.dataset.density = word;
  for (const other of $$("[aria-pressed]", button.parentElement)) other.ariaPressed = String(other === button);
  const { theme = "auto", density = "normal", rail = "open" } = root.dataset;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  doc.cookie = `prefs=${theme}.${density}.${rail}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
});

// ---- the palette ----------------------------------------------------------------------------------------------------

let paletteStart;

function openPalette() {
  const palette = $("#palette");
  if (!palette || palette.open) return;
  paletteStart ??= $("#palette-list").innerHTML;
  palette.showModal();
  $("#palette-q").select();
  choose(0);
}

const hits = () => $$("#palette-list .hit");

function choose(index) {
  const all = hits();
  all.forEach((hit, at) => {
    hit.id = `hit-${at}`;
    hit.ariaSelected = String(at === index);
  });
  all[index]?.scrollIntoView({ block: "nearest" });
  const input = $("#palette-q");
  all[index] ? input.setAttribute("aria-activedescendant", `hit-${index}`) : input.removeAttribute("aria-activedescendant");
}

on("htmx:after:swap", ({ detail: { ctx } }) => {
  const target = typeof ctx?.target === "string" ? $(ctx.target) : ctx?.target;
  if (target?.id === "palette-list") choose(0);
  if (target?.classList?.contains("options")) showOptions(target);
  for (const list of $$("[data-list]")) count(list);
});

on("input", ({ target }) => {
  if (target.id !== "palette-q" || target.value) return;
  $("#palette-list").innerHTML = paletteStart;
  choose(0);
});

function paletteKey(event) {
  const all = hits();
  const now = all.findIndex((hit) => hit.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) choose((now + step + all.length) % all.length);
  else if (event.key === "Enter" && all[now]) event.metaKey || event.ctrlKey ? open(all[now].href) : all[now].click();
  else return;
  event.preventDefault();
}

// ---- comboboxes -----------------------------------------------------------------------------------------------------

let asked;

// The first hidden field is the value. What is typed and not chosen is looked up by the server.
const hiddenOf = (box) => $("input[type=hidden]", box);

on("input", ({ target }) => {
  const box = target.closest("[data-combo]");
  if (!box || !target.dataset.suggest) return;
  hiddenOf(box).value = "";
  clearTimeout(asked);
  asked = setTimeout(() => suggest(box, target), 120);
});

on("focusin", ({ target }) => {
  const box = target.closest?.("[data-combo]");
  if (box && target.dataset.suggest && !target.value) suggest(box, target);
});

function suggest(box, input) {
  const url = new URL(input.dataset.suggest, location.href);
  url.searchParams.set("q", input.value);
  fetchInto(url.pathname + url.search, `#${CSS.escape(input.getAttribute("aria-controls"))}`);
}

function showOptions(list) {
  const box = list.closest("[data-combo]");
  if (!box.contains(doc.activeElement)) return;
  box.classList.add("open");
  $("[role=combobox]", box).ariaExpanded = "true";
  pick(box, 0);
}

function pick(box, index) {
  const options = $$("[data-value]", box);
  const input = $("[role=combobox]", box);
  options.forEach((option, at) => {
    option.id = `${input.id}-${at}`;
    option.ariaSelected = String(at === index);
  });
  options[index]?.scrollIntoView({ block: "nearest" });
  options[index] ? input.setAttribute("aria-activedescendant", options[index].id) : input.removeAttribute("aria-activedescendant");
}

function take(box, option) {
  const hidden = hiddenOf(box);
  $("[role=combobox]", box).value = option.dataset.label;
  hidden.value = option.dataset.value;
  const was = $("[data-was]", box);
  if (was) was.value = option.dataset.label;
  shut(box);
  hidden.dispatchEvent(new Event("change", { bubbles: true }));
}

function shut(box) {
  box.classList.remove("open");
  const input = $("[role=combobox]", box);
  input.ariaExpanded = "false";
  input.removeAttribute("aria-activedescendant");
}

on("pointerdown", (event) => {
  const option = event.target.closest("[data-combo] [data-value]");
  if (!option) return;
  event.preventDefault();
  take(option.closest("[data-combo]"), option);
});
on("focusout", ({ target, relatedTarget }) => {
  const box = target.closest?.("[data-combo]");
  if (box && !box.contains(relatedTarget)) shut(box);
});

function comboKey(event, box) {
  const options = $$("[data-value]", box);
  const now = options.findIndex((option) => option.ariaSelected === "true");
  const isOpen = box.classList.contains("open");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !isOpen) suggest(box, event.target);
  else if (step && options.length) pick(box, (now + step + options.length) % options.length);
  else if (event.key === "Enter" && isOpen && options[now]) take(box, options[now]);
  else if (event.key === "Escape" && isOpen) shut(box);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// ---- fields that are checked when one leaves them -------------------------------------------------------------------

function check(field) {
  const box = field.closest(".field");
  if (!box || !field.form?.matches("[data-check]") || field.type === "hidden") return;
  const id = `${field.id}-error`;
  const old = doc.getElementById(id);
  if (field.validity.valid) {
    if (old?.dataset.own !== undefined) {
      old.remove();
      box.classList.remove("bad");
      field.removeAttribute("aria-invalid");
    }
    return;
  }
  if (old) return;
  box.classList.add("bad");
  field.setAttribute("aria-invalid", "true");
  const message = element("div", { className: "oops", id, "data-own": "" }, drawIcon("error"), field.validationMessage);
  box.append(message);
  field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
}
on("focusout", ({ target }) => target.validity && target.value && check(target));
on("input", ({ target }) => target.getAttribute?.("aria-invalid") && check(target));
on("invalid", (event) => {
  if (!event.target.form?.matches("[data-check]")) return;
  event.preventDefault();
  check(event.target);
  const first = $("[aria-invalid=true]", event.target.form);
  if (first === event.target) first.focus();
}, true);
$("[data-focus]")?.focus();

// ---- forms that are kept while one types ----------------------------------------------------------------------------

// What was typed goes to the server after a pause, and when the page is left, so that a lost tab loses nothing.
let kept;
function keep(form) {
  clearTimeout(kept?.timer);
  const way = new AbortController();
  kept = { form, way };
  const body = new URLSearchParams(new FormData(form));
  body.set("quiet", "true");
  const headers = { "X-CSRF-Token": token() ?? "" };
  fetch(form.dataset.keep, { method: "POST", body, headers, keepalive: true, signal: way.signal })
    .then(({ ok }) => {
      const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      const said = $("[data-kept]", form);
      if (said) said.textContent = ok ? `Kept as a draft at ${time}` : "What you type is not kept right now.";
    })
    .catch(() => {});
}
function typed({ target }) {
  const form = target.form ?? target.closest?.("form");
  if (!form?.dataset.keep) return;
  clearTimeout(kept?.timer);
  kept = { form, timer: setTimeout(keep, 1200, form) };
}
on("input", typed);
on("change", typed);
on("visibilitychange", () => doc.hidden && kept?.timer && keep(kept.form));
// What is saved needs no draft.
on("submit", ({ target, submitter }) => {
  if (!target.dataset.keep || submitter?.hasAttribute("hx-post")) return;
  clearTimeout(kept?.timer);
  kept?.way?.abort();
  kept = undefined;
});

// ---- lists: selection, keys, quick look -----------------------------------------------------------------------------

const boxes = (list) => $$("tbody .pick input", list);
let lastBox;

function count(list) {
  const bar = $(".bulk", list);
  if (!bar) return;
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked).length;
  const head = $("[data-all]", list);
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  const total = Number(bar.dataset.total) || 0;
  const everything = $("[data-everything]", bar);
  if (chosen < all.length) everything.value = "";
  const number = everything.value ? total : chosen;
  $("[data-count]", bar).textContent = chosen ? `${number.toLocaleString()} selected` : "Selected";
  const of = $("[data-of]", bar);
  of.textContent = "";
  if (total > chosen && !everything.value) {
    if (chosen === all.length) {
      const more = element("button", { type: "button", className: "all" }, `Select all ${total.toLocaleString()}`);
      more.addEventListener("click", () => {
        everything.value = "1";
        count(list);
      });
      of.append(more);
    } else of.textContent = `of ${total.toLocaleString()}`;
  }
  list.classList.toggle("picking", chosen > 0);
}

function clearSelection(list) {
  for (const box of boxes(list)) box.checked = false;
  count(list);
}

// The rows that are folded into this one.
function folded(row) {
  const under = [];
  for (let next = row?.nextElementSibling; next?.classList.contains("alike"); next = next.nextElementSibling) under.push(next);
  return row?.classList.contains("alike") ? [] : under;
}

// A row that others are folded into stands for them too.
function tick(box, checked) {
  box.checked = checked;
  for (const row of folded(box.closest("tr"))) {
    if (!row.classList.contains("open")) $(".pick input", row).checked = checked;
  }
}

on("click", (event) => {
  const button = event.target.closest("[data-unfold]");
  if (!button) return;
  const open = button.ariaExpanded !== "true";
  button.ariaExpanded = String(open);
  for (const row of folded(button.closest("tr"))) row.classList.toggle("open", open);
});

on("click", (event) => {
  const box = event.target;
  const list = box.closest?.("[data-list]");
  if (!list || box.type !== "checkbox" || !box.closest(".pick")) return;
  if ("all" in box.dataset) for (const other of boxes(list)) other.checked = box.checked;
  else if (event.shiftKey && lastBox?.isConnected && list.contains(lastBox)) range(list, lastBox, box);
  tick(box, box.checked);
  lastBox = box;
  count(list);
});

// Shift would also select text.
on("mousedown", (event) => event.shiftKey && event.target.closest(".pick") && event.preventDefault());

function range(list, from, to) {
  const all = boxes(list);
  const [low, high] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(low, high + 1)) tick(box, to.checked);
}

// The whole row leads where its link leads.
on("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, summary, details") || String(getSelection())) return;
  event.metaKey || event.ctrlKey ? open(row.dataset.href) : (location.href = row.dataset.href);
});
on("auxclick", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && event.button === 1 && !event.target.closest("a, button, input")) open(row.dataset.href);
});

// On the phone a long press starts selecting.
let press;
on("touchstart", ({ target }) => {
  const row = target.closest("[data-list] tr[data-href]");
  const box = row && $(".pick input", row);
  if (!box) return;
  press = setTimeout(() => {
    tick(box, !box.checked);
    lastBox = box;
    count(row.closest("[data-list]"));
    navigator.vibrate?.(15);
  }, 450);
}, { passive: true });
for (const type of ["touchend", "touchmove", "touchcancel"]) on(type, () => clearTimeout(press), { passive: true });
on("contextmenu", (event) => isPhone() && event.target.closest("[data-list] tr[data-href]") && event.preventDefault());

// A line beside the first column once it covers something.
$$(".list").forEach((list) => list.addEventListener("scroll", () => list.toggleAttribute("data-x", list.scrollLeft > 0), { passive: true }));

const allRows = () => $$("[data-list] tbody tr:has(.go)");
const rows = () => allRows().filter((row) => row.offsetParent);
let lastRow;
const currentRow = () => doc.activeElement?.closest("[data-list] tr:has(.go)") ?? (lastRow?.isConnected ? lastRow : null);
on("focusin", ({ target }) => {
  const row = target.closest?.("[data-list] tr:has(.go)");
  if (row) lastRow = row;
});

// Links that stand under each other, such as candidates: j and k walk along them, Enter is the link's own.
function walk(by) {
  const all = $$("[data-walk] [data-step]");
  const now = all.indexOf(doc.activeElement?.closest("li")?.querySelector("[data-step]"));
  const next = all[now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1)];
  next?.focus({ focusVisible: true });
}

function step(by) {
  const all = rows();
  if (!all.length) return walk(by);
  const now = all.indexOf(currentRow());
  const next = all[now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1)];
  lastRow = next;
  // Programmatic focus counts as by keyboard, so the row shows it.
  const link = $(".go", next);
  link.focus({ preventScroll: true, focusVisible: true });
  next.scrollIntoView({ block: "nearest" });
  if ($("#drawer")?.open) look(next.dataset.look);
}

// Shift and a header: one more key to sort by.
on("click", (event) => {
  const link = event.target.closest("a[data-sort]");
  if (!link || !event.shiftKey) return;
  event.preventDefault();
  const url = new URL(location.href);
  const key = link.dataset.sort;
  const keys = link.closest("thead").dataset.sorted.split(",").filter(Boolean);
  const at = keys.findIndex((one) => one.replace(/^-/, "") === key);
  if (at < 0) keys.push(key);
  else keys[at] = keys[at].startsWith("-") ? key : `-${key}`;
  url.searchParams.set("sort", keys.join(","));
  url.searchParams.delete("cursor");
  location.href = url;
});

// A part of the page that is made anew by a link stands in the address like the page itself. On the phone, where the parts
// come one after the other, the link just leads there.
addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-step]");
  if (link?.href && isNarrow()) event.stopImmediatePropagation();
}, true);
on("click", ({ target }) => {
  const link = target.closest("a[data-address]");
  if (!link || (link.dataset.step !== undefined && isNarrow())) return;
  history.replaceState(null, "", link.href);
  $("#dialog")?.close();
  if (link.dataset.step === undefined) return;
  for (const other of $$("[data-walk] [aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});

// ---- keys -----------------------------------------------------------------------------------------------------------

let going;

function go(key) {
  going = false;
  const link = $(`[data-go="${CSS.escape(key)}"]`);
  if (link) location.href = link.href;
}

const keys = {
  "/": () => ($("[data-find]") ? $("[data-find]").focus() : openPalette()),
  "?": () => $("#keys")?.showModal(),
  g: () => {
    going = true;
    setTimeout(() => (going = false), 1200);
  },
  j: () => step(1),
  k: () => step(-1),
  x: (event) => mark(event.shiftKey),
  X: () => mark(true),
  " ": () => {
    const row = currentRow();
    if (!row) return false;
    const drawer = $("#drawer");
    drawer.open && drawer.dataset.of === row.dataset.look ? drawer.close() : look(row.dataset.look);
    drawer.dataset.of = row.dataset.look;
  },
  Escape: () => {
    const pop = $("details.pop[open]");
    const list = $("[data-list].picking");
    if (pop) {
      pop.open = false;
      $("summary", pop).focus();
    } else if ($("#drawer")?.open) $("#drawer").close();
    else if (list) clearSelection(list);
    else return false;
  },
};

function mark(isRange) {
  const row = currentRow();
  const box = row && $(".pick input", row);
  if (!box) return false;
  const list = row.closest("[data-list]");
  tick(box, isRange || !box.checked);
  if (isRange && lastBox?.isConnected) range(list, lastBox, box);
  lastBox = box;
  count(list);
}

on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.target.id === "palette-q") return paletteKey(event);
  const combo = event.target.closest?.("[data-combo]");
  if (combo) return comboKey(event, combo);
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if ($("dialog:modal")) return;
  if (going && event.key !== "g") return go(event.key);
  // A button or a summary keeps its own space and Enter.
  if (event.key === " " && event.target.closest("button, summary, input")) return;
  const hot = $(`[data-hotkey="${CSS.escape(event.key)}"]`);
  if (hot && !keys[event.key]) {
    event.preventDefault();
    return hot.click();
  }
  if (keys[event.key] && keys[event.key](event) !== false) event.preventDefault();
});

// ---- coming back to the same place ----------------------------------------------------------------------------------

// The browser keeps most pages as they were; where it does not, the rows and the position are fetched again.
const place = `place:${location.pathname}${location.search}`;
addEventListener("pagehide", () => {
  const list = $(".list");
  if (list && allRows().length) sessionStorage.setItem(place, JSON.stringify([list.scrollTop || scrollY, allRows().length]));
});

async function restore() {
  const kept = JSON.parse(sessionStorage.getItem(place) ?? "null");
  if (!kept || performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
  const [top, wanted] = kept;
  for (let tries = 0; allRows().length < wanted && tries < 20; tries++) {
    const more = $("tr.more a");
    if (!more) break;
    const before = allRows().length;
    htmx.trigger(more, "click");
    for (let wait = 0; allRows().length === before && wait < 40; wait++) await new Promise((done) => setTimeout(done, 25));
  }
  const list = $(".list");
  if (list.scrollHeight > list.clientHeight) list.scrollTop = top;
  else scrollTo(0, top);
}
restore();
for (const list of $$("[data-list]")) count(list);
