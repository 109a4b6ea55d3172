// A case is taken to another day of its row: what would follow is shown before anything is changed. To another person's row
// leads to cover. Without this script the same is in the case's menu.
const doc = document;
let lifted;

const cell = (at) => at.closest?.(".board td[data-on]");
const from = () => lifted.closest("td");

// The console's own script opens links that say how they want to be opened.
function follow(href, dialog) {
  const link = doc.createElement("a");
  link.href = href;
  if (dialog) link.dataset.dialog = "";
  doc.body.append(link);
  link.click();
  link.remove();
}

function leave() {
  doc.querySelector(".board td.over")?.classList.remove("over");
}

doc.addEventListener("dragstart", (event) => {
  lifted = event.target.closest?.(".slot[data-move]");
  if (!lifted) return;
  event.dataTransfer.effectAllowed = "move";
  lifted.classList.add("lifted");
});

doc.addEventListener("dragover", (event) => {
  const over = lifted && cell(event.target);
  leave();
  if (!over || over === from()) return;
  event.preventDefault();
  over.classList.add("over");
});

doc.addEventListener("drop", (event) => {
  const to = lifted && cell(event.target);
  if (!to || to === from()) return;
  event.preventDefault();
  const sameDay = to.dataset.on === from().dataset.on;
  if (sameDay) follow(`${lifted.getAttribute("href")}/cover`, false);
  else follow(`${lifted.dataset.move}?on=${to.dataset.on}`, true);
});

doc.addEventListener("dragend", () => {
  leave();
  lifted?.classList.remove("lifted");
  lifted = undefined;
});
