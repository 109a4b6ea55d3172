// Signing with a finger, a pen or the mouse. Without this script the typed name alone is the signature. The strokes go into a
// hidden field as lists of points in the pad's own measure, 480 by 160; nothing leaves the page before the form is sent.
const wide = 480;
const high = 160;
const strokesMost = 200;
const pointsMost = 4000;

function begin(pad) {
  const field = pad.parentElement.querySelector("input[data-strokes]");
  const canvas = document.createElement("canvas");
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.width = wide * ratio;
  canvas.height = high * ratio;
  canvas.setAttribute("aria-label", "Draw the signature here");
  canvas.setAttribute("role", "img");
  pad.append(canvas);
  pad.hidden = false;
  const clear = pad.parentElement.querySelector("button[data-clear]");
  if (clear) clear.hidden = false;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.lineWidth = 1.8;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#16202b";
  let strokes = [];
  let now = null;
  let points = 0;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * wide;
    const y = ((event.clientY - box.top) / box.height) * high;
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  };
  const keep = () => {
    field.value = strokes.length ? JSON.stringify(strokes) : "";
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || strokes.length >= strokesMost || points >= pointsMost) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    now = [at(event)];
    points += 1;
    pen.beginPath();
    pen.moveTo(...now[0]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!now || points >= pointsMost) return;
    const next = at(event);
    const last = now[now.length - 1];
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < 1.2) return;
    now.push(next);
    points += 1;
    pen.lineTo(...next);
    pen.stroke();
  });
  const end = () => {
    if (now && now.length > 1) strokes.push(now);
    now = null;
    keep();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  clear?.addEventListener("click", () => {
    strokes = [];
    points = 0;
    now = null;
    pen.clearRect(0, 0, wide, high);
    keep();
  });
}

// Forms come with the page or, in a dialog, later.
const look = () => {
  for (const pad of document.querySelectorAll("[data-pad]:not([data-on])")) {
    pad.dataset.on = "";
    begin(pad);
  }
};
look();
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
