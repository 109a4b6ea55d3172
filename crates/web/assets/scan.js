// The scanner: camera frames go through the barcode reader, hand scanners type into the field; both end in `add`.
// Each code is resolved by the server, which answers with a line; nothing is counted twice.
const page = document.querySelector("[data-scan]");
const camera = page.querySelector(".cam");
const video = page.querySelector("video");
const lines = page.querySelector("[data-lines]");
const message = page.querySelector("[data-msg]");
const tally = page.querySelector("[data-tally]");
const field = page.querySelector("#scan-code");
const form = field.form;
const button = form.querySelector("button[type=submit]");
const verb = button.textContent.trim();
const csrf = form.elements.csrf?.value;

// What implants carry: GS1 DataMatrix and 128, QR, and the linear codes of older boxes.
const formats = ["DataMatrix", "QRCode", "Code128", "Code39", "EAN13", "EAN8", "UPCA", "UPCE", "ITF", "Aztec", "PDF417"];
// The symbology identifier in front (such as `]d2`) tells the server which standard to read it by; plain text keeps the separators of GS1 codes (character 29) instead of printing brackets.
const options = { formats, maxNumberOfSymbols: 3, tryHarder: true, textMode: "Plain" };
const CAMERA_QUIET_MS = 2500;
// The longer side of a photo that is searched.
const PHOTO_SIDE = 2600;
const TYPED_QUIET_MS = 250;
const FRAME_MS = 90;

// A count takes each code at once, under a name of its own. What was scanned without a connection waits on the device under
// this key and is sent again with the same name, so that nothing is counted twice.
const keep = page.dataset.keep;
// For a case they wait the same way until they can be looked up. If there is still no connection when the button is pressed,
// `offline.js` keeps them for the case and sends them to this address.
const outbox = page.dataset.outbox;
const before = Number(page.dataset.before ?? 0);
const SEND_AGAIN_MS = 4000;
// A signal too weak to answer in this time is none: the code waits, and the next one can be scanned.
const WEAK_MS = 5000;
const PATIENT_MS = 20_000;

const seen = new Map();
let audio;

function beep(good) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(good ? 40 : [60, 60, 60]);
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = good ? 1480 : 240;
    volume.gain.setValueAtTime(0.16, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + (good ? 0.12 : 0.32));
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.35);
  } catch {
    // Without sound the frame and the vibration still say it.
  }
}

function flash(good) {
  camera.classList.remove("hit", "miss");
  camera.classList.add(good ? "hit" : "miss");
  setTimeout(() => camera.classList.remove("hit", "miss"), 450);
}

const goodLines = () => [...lines.querySelectorAll("[data-good=true]")];

function update() {
  const number = goodLines().reduce((sum, line) => sum + Number(line.dataset.pieces ?? 1), before);
  tally.textContent = number;
  button.textContent = number ? `${verb} (${number})` : verb;
  button.disabled = number === 0 && (!keep || Boolean(outbox));
}

const known = (code) => goodLines().filter((line) => !line.dataset.waits && line.dataset.code === code).length;

// The camera sees a code many times while it is held up: it counts again only after it was out of sight for a while. Two
// units of one lot carry the same code, so the server is told how often it is in the list and decides.
async function add(code, quiet_ms) {
  const now = Date.now();
  const last = seen.get(code) ?? 0;
  seen.set(code, now);
  setTimeout(() => seen.get(code) === now && seen.delete(code), quiet_ms);
  if (now - last < quiet_ms) return;
  const again = known(code);
  const name = keep ? crypto.randomUUID() : "";
  try {
    show(await ask(code, again, name), code);
  } catch (error) {
    seen.delete(code);
    if (keep && !error.refused) {
      wait({ code, name });
      message.textContent = "No connection. It waits here and is sent by itself.";
      beep(true);
    } else {
      message.textContent = error.refused ? "This cannot be taken any more. Reload the page." : "No answer from the server. Scan it again.";
      beep(false);
      flash(false);
    }
  }
  update();
}

// The server's answer to one code: a line.
async function ask(code, again, name) {
  const body = new URLSearchParams({ code, again });
  if (name) body.set("line", name);
  if (csrf) body.set("csrf", csrf);
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "X-CSRF-Token": csrf ?? "" };
  const answer = await fetch(page.dataset.scan, { method: "POST", body, headers, signal: AbortSignal.timeout(keep ? WEAK_MS : PATIENT_MS) });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { refused: answer.status >= 400 && answer.status < 500 });
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content.firstElementChild;
}

function show(line, code) {
  const good = line.dataset.good === "true";
  // What is refused leaves nothing behind: it may be a patient's code.
  if (good) line.dataset.code = code;
  lines.prepend(line);
  message.textContent = line.querySelector(".t1")?.textContent ?? code;
  beep(good);
  flash(good);
}

const waiting = () => JSON.parse((keep && localStorage.getItem(keep)) || "[]");
const store = (all) => (all.length ? localStorage.setItem(keep, JSON.stringify(all)) : localStorage.removeItem(keep));
function wait(one) {
  store([...waiting(), one]);
  mark(one);
}
// A code as people can read it: without what only a reader sees.
const readable = (code) => code.replace(/^\][A-Za-z]\d/, "").replace(/[^\x20-\x7e]/g, " ").slice(0, 60);
function mark({ name, code }) {
  const line = document.createElement("li");
  line.className = "line fresh";
  Object.assign(line.dataset, { good: "true", pieces: "1", waits: name, code });
  line.innerHTML = '<div class="line-b"><div class="t1"></div><div class="sub">Scanned, waits for the connection</div></div>';
  line.querySelector(".t1").textContent = readable(code);
  lines.prepend(line);
}
let sending = false;
async function sendAgain() {
  if (sending || !waiting().length) return;
  sending = true;
  try {
    for (const one of waiting()) {
      let line;
      try {
        line = await ask(one.code, known(one.code), one.name);
      } catch (error) {
        if (!error.refused || outbox) break;
      }
      store(waiting().filter((other) => other.name !== one.name));
      lines.querySelector(`[data-waits="${one.name}"]`)?.remove();
      if (line) show(line, one.code);
      update();
    }
  } finally {
    sending = false;
  }
}
if (keep) {
  waiting().forEach(mark);
  addEventListener("online", sendAgain);
  setInterval(sendAgain, SEND_AGAIN_MS);
  form.addEventListener("submit", (event) => {
    if (outbox || !waiting().length) return;
    event.preventDefault();
    message.textContent = "Some of it still waits for the connection. Finish when it was sent.";
    sendAgain();
  });
}

async function isReachable() {
  try {
    return (await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(WEAK_MS) })).ok;
  } catch {
    return false;
  }
}
function keepForTheCase() {
  const scans = goodLines().map((line) => ({
    code: line.querySelector("input[name=code]")?.value ?? line.dataset.code,
    label: line.querySelector(".t1").textContent,
  }));
  document.dispatchEvent(new CustomEvent("keep-scans", { detail: { to: outbox, title: page.dataset.title, scans } }));
  store([]);
  location.href = "/offline";
}
if (outbox) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    if (await isReachable()) await sendAgain();
    if (waiting().length || !(await isReachable())) keepForTheCase();
    else form.submit();
  });
}

// A hand scanner types fast and ends with Enter; it must not send the form.
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Tab") return;
  const code = field.value.trim();
  if (!code) return;
  event.preventDefault();
  field.value = "";
  add(code, TYPED_QUIET_MS);
});
addEventListener("keydown", (event) => {
  const elsewhere = !event.target.closest("input, textarea, button, a");
  if (elsewhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey) field.focus();
});

// The reader is loaded when it is needed first, and once.
let loading;
function reader() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: page.dataset.reader, onload: done, onerror: failed });
    document.head.append(script);
  }).then(() => {
    const { prepareZXingModule, readBarcodes } = window.ZXingWASM;
    prepareZXingModule({ overrides: { locateFile: () => "asset:zxing.wasm" } });
    return readBarcodes;
  });
  return loading;
}

async function start() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("no camera");
  const constraints = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: constraints, audio: false });
  await video.play();
  watch(await reader());
}

// A photo that was taken before, or by another hand: every code in it counts. The browser looks first; what it cannot open, or
// finds nothing in, goes to the server, which knows more kinds of pictures and looks longer.
const photo = page.querySelector("[data-photo]");
const photoLabel = page.querySelector("[data-photo-label]");
const NO_CODE = "No code was found in the photo. Take it closer, with light from the side.";

async function readHere(file) {
  const whole = await createImageBitmap(file);
  const scale = Math.min(1, PHOTO_SIDE / Math.max(whole.width, whole.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  const read = await reader();
  const found = await read(context.getImageData(0, 0, canvas.width, canvas.height), { ...options, tryHarder: true, maxNumberOfSymbols: 40 });
  return found.filter((one) => one.isValid).map(({ text, symbologyIdentifier: kind }) => kind + text);
}

async function readThere(file) {
  const body = new FormData();
  body.set("photo", file);
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "X-CSRF-Token": csrf ?? "" };
  const answer = await fetch(photo.dataset.photo, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENT_MS) });
  if (answer.status === 413) return { codes: [], says: "This photo is too large. Take a smaller one." };
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

photo.addEventListener("change", async () => {
  const [file] = photo.files;
  if (!file) return;
  message.textContent = "Reading the photo";
  try {
    let codes = await readHere(file).catch(() => []);
    let says = NO_CODE;
    if (!codes.length) {
      message.textContent = "Reading the photo on the server";
      ({ codes, says = NO_CODE } = await readThere(file));
    }
    for (const code of codes) await add(code, TYPED_QUIET_MS);
    message.textContent = codes.length ? "Take the next one" : says;
    if (!codes.length) beep(false);
  } catch {
    message.textContent = "No answer from the server, and this photo could not be read here. Take it again closer, or type the code.";
    beep(false);
  } finally {
    photo.value = "";
  }
});

// Only the middle of the picture is read: it is what the frame shows, and less to search.
async function watch(readBarcodes) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (;;) {
    await new Promise((done) => setTimeout(done, FRAME_MS));
    if (!video.videoWidth || document.hidden) continue;
    const width = Math.round(video.videoWidth * 0.8);
    const height = Math.round(video.videoHeight * 0.6);
    canvas.width = width;
    canvas.height = height;
    context.drawImage(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height, 0, 0, width, height);
    const found = await readBarcodes(context.getImageData(0, 0, width, height), options);
    for (const { text, symbologyIdentifier: kind, isValid } of found) if (isValid) await add(kind + text, CAMERA_QUIET_MS);
  }
}

document.addEventListener("visibilitychange", () => {
  const tracks = video.srcObject?.getVideoTracks() ?? [];
  for (const track of tracks) track.enabled = !document.hidden;
});

for (const line of lines.children) line.dataset.code ??= line.querySelector("input[name=code]")?.value ?? "";
update();
start().catch(() => {
  page.classList.add("blind");
  // Without a live picture the camera of the phone takes one.
  photoLabel.textContent = "Take a photo";
  photo.setAttribute("capture", "environment");
  message.textContent = "There is no camera here, or it may not be used. Scan with a hand scanner, or type the code and press Enter.";
  field.focus();
});
