// The desk without a network: writes down on this computer what is scanned, in order, until offline_upload.js has sent
// it. Nothing is asked of the server; what cannot be told without it (limits, reservations) is told after the sending.
"use strict";

const SAME_SCAN = 2000; // milliseconds

const form = document.querySelector("[data-offline-form]");
const field = form.querySelector("[data-scan]");
const says = document.querySelector("[data-offline-says]");
const words = says.dataset;
const list = document.querySelector("[data-offline-list]");
const heads = document.querySelectorAll("[data-offline-table] th");

let card = "";
let last = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = field.value.normalize("NFKC").replace(/[\s-]/g, "").replace(/^[A-D](.*)[A-D]$/i, "$1");
  field.value = "";
  field.focus();
  if (!code) return;
  const at = Date.now();
  if (code === last?.code && at - last.at < SAME_SCAN) return say(words.twice, "look");
  last = { code, at };
  take(code, at);
});

form.addEventListener("change", (event) => {
  if (event.target.name !== "kind") return;
  card = "";
  showCard();
  field.focus();
});

document.querySelector("[data-offline-undo]").addEventListener("click", () => {
  const scans = readScans();
  const gone = scans.pop();
  write(scans);
  last = null;
  if (gone) say(words.undone.replace("%s", gone.item), "look");
  field.focus();
});

// What another window has written down or sent is shown here too.
window.addEventListener("storage", show);

function take(code, at) {
  const isLoan = form.elements.kind.value === "loan";
  if (/^[0-9]{8}$/.test(code)) {
    if (!isLoan) return say(words.noCard, "stop");
    card = code;
    showCard();
    return say(words.card, "done");
  }
  if (!/^[0-9]{10}$/.test(code)) return say(words.unknown.replace("%s", code), "stop");
  if (isLoan && !card) return say(words.cardFirst, "stop");
  const scan = { key: crypto.randomUUID(), kind: isLoan ? "loan" : "return", card: isLoan ? card : "", item: code, at };
  write([...readScans(), scan]);
  say((isLoan ? words.lent : words.returned).replace("%s", code), "done");
}

function write(scans) {
  keepScans(scans);
  show();
}

function show() {
  const scans = readScans();
  document.querySelector("[data-offline-number]").textContent = scans.length;
  document.querySelector("[data-offline-undo]").hidden = scans.length === 0;
  list.replaceChildren(...scans.toReversed().map(line));
}

function line(scan) {
  const row = document.createElement("tr");
  const time = new Date(scan.at).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });
  const cells = [time, scan.kind === "loan" ? list.dataset.loan : list.dataset.return, scan.item, scan.card];
  cells.forEach((text, place) => {
    const cell = Object.assign(document.createElement("td"), { textContent: text });
    cell.dataset.label = heads[place].textContent;
    row.append(cell);
  });
  return row;
}

function showCard() {
  document.querySelector("[data-offline-card]").textContent = card || words.none;
}

function say(sentence, tone) {
  says.textContent = sentence;
  says.className = `desk-answer desk-${tone}`;
}

showCard();
show();
