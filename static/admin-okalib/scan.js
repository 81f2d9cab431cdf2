// Scans as fast as hands are: the field is empty again at once, and what was scanned is sent one after the other, in
// order, each with a token of its own, so that the server does once what may arrive twice. An answer replaces the parts
// of the page that it brings. What cannot be sent stays, is shown, and is sent again on request; nothing overtakes it.
// Without this script every scan is a form and every answer a page.
"use strict";

const SAME_SCAN = 2000; // milliseconds
const TRIES_AFTER = [0, 300, 1000, 3000]; // milliseconds

const form = document.querySelector("[data-scan-form]");
const field = form.querySelector("[data-scan]");
const says = document.querySelector("[data-scan-status]");
const halted = document.querySelector("[data-scan-halted]");

const waiting = [];
let isSending = false;
let isHalted = false;
let isCount = false;
let last = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = field.value.normalize("NFKC").replace(/[\s-]/g, "");
  const data = new FormData(form);
  data.set("scan", code);
  field.value = "";
  field.focus();
  if (!code) return;
  const at = performance.now();
  if (code === last?.code && at - last.at < SAME_SCAN) {
    say(says.dataset.twice.replace("%s", code));
    return;
  }
  last = { code, at };
  enqueue({ code, at, action: form.action, data: () => withPatron(data) });
});

// Forms in the answer and in the panel: to undo, to renew, to go over a refusal.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-desk-form]")) return;
  event.preventDefault();
  const data = new FormData(event.target);
  last = null; // what is undone may be scanned again at once
  enqueue({ code: "", at: performance.now(), action: event.target.action, data: () => data });
  field.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "F8") {
    event.preventDefault();
    last = null;
    // What it undoes is the last thing done when its turn comes, after all that was scanned before the key.
    enqueue({ code: "F8", at: performance.now(), action: "", data: undoing });
  }
  if (event.key === "F9") {
    event.preventDefault();
    document.querySelector("a[data-key=F9]")?.click();
  }
});

document.querySelector("[data-scan-again]").addEventListener("click", goOn);
document.querySelector("[data-scan-drop]").addEventListener("click", () => {
  waiting.shift();
  goOn();
});

window.addEventListener("beforeunload", (event) => {
  if (waiting.length) event.preventDefault();
});

function enqueue(scan) {
  say("");
  waiting.push(scan);
  count();
  if (isHalted) showUnsent();
  send();
}

// The patron is whoever the card before this item has brought to the desk, not who was there when it was scanned.
function withPatron(data) {
  data.delete("patron");
  for (const input of form.querySelectorAll("[data-at-sending]")) data.set(input.name, input.value);
  return data;
}

function undoing() {
  const undo = document.querySelector("form[data-key=F8]");
  return undo && new FormData(undo);
}

async function send() {
  if (isSending || isHalted) return;
  isSending = true;
  while (waiting.length && !isHalted) {
    const scan = waiting[0];
    scan.body ??= scan.data();
    if (!scan.body) {
      waiting.shift();
      count();
      say(says.dataset.nothing);
      continue;
    }
    if (!scan.token) {
      scan.action ||= document.querySelector("form[data-key=F8]").action;
      scan.token = token();
      scan.body.set("token", scan.token);
    }
    try {
      const answer = await ask(scan);
      waiting.shift();
      count();
      show(answer, scan);
    } catch {
      halt();
    }
  }
  isSending = false;
}

async function ask(scan) {
  for (const pause of TRIES_AFTER) {
    if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    let response;
    try {
      response = await fetch(scan.action, { method: "POST", body: scan.body, headers: { "X-Desk-Part": "1" } });
    } catch {
      continue; // the network: once more, with the same token
    }
    if (response.status >= 500) continue;
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    if (answer.querySelector("[data-live]")) return answer;
    break; // the page to log in, or a form that came too late: somebody has to look
  }
  throw new Error("unanswered");
}

function show(answer, scan) {
  for (const part of answer.querySelectorAll("[data-live]")) {
    document.querySelector(`[data-live="${part.dataset.live}"]`)?.replaceChildren(...part.childNodes);
  }
  if (document.activeElement === document.body) field.focus({ preventScroll: true });
  const shown = document.querySelector('[data-live="answer"] [data-tone]');
  told(scan.code, shown?.dataset.tone, performance.now() - scan.at);
}

function goOn() {
  isHalted = false;
  halted.hidden = true;
  count();
  field.focus();
  send();
}

function halt() {
  isHalted = true;
  halted.hidden = false;
  showUnsent();
  told(waiting[0].code, "stop", 0);
}

function showUnsent() {
  const lines = waiting.map((scan) => Object.assign(document.createElement("li"), { textContent: scan.code }));
  document.querySelector("[data-scan-unsent]").replaceChildren(...lines);
}

function told(code, tone, milliseconds) {
  document.dispatchEvent(new CustomEvent("desk:answered", { detail: { code, tone, milliseconds } }));
}

function count() {
  if (waiting.length > 1) say(says.dataset.waiting.replace("%s", waiting.length), true);
  else if (isCount) say("");
}

function say(words, isNumber = false) {
  says.textContent = words;
  isCount = isNumber;
}

function token() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
