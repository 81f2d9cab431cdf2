// Warn before a session ends for want of use, and clear the screen when it has ended (A225, WCAG 2.2.1).
//
// The server decides when a session ends; this asks it before it warns and before it clears, because another window
// may have been in use meanwhile. Whoever types or moves here is in use as well, and the server is told so.

const dialog = document.getElementById("idle");
const seconds = dialog.querySelector("[data-idle-seconds]");
const goOn = dialog.querySelector("form");
const { status, end } = dialog.dataset;
const warning = Number(dialog.dataset.warning);
const TOLD_EVERY = 60_000;

let endsAt = inSeconds(dialog.dataset.left);
let toldAt = Date.now();
let isUsed = false;
let isAsking = false;

function inSeconds(left) {
  return Date.now() + Number(left) * 1000;
}

async function ask(options = {}) {
  const answer = await fetch(status, { headers: { Accept: "application/json" }, cache: "no-store", ...options });
  if (!answer.ok) throw new Error(answer.status);
  const { left } = await answer.json();
  endsAt = inSeconds(left);
  return left;
}

async function sayInUse() {
  isUsed = false;
  toldAt = Date.now();
  return ask({ method: "POST", body: new FormData(goOn) });
}

function clearScreen() {
  document.body.replaceChildren();
  location.replace(`${end}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function look() {
  if (isAsking) return;
  const left = Math.ceil((endsAt - Date.now()) / 1000);
  seconds.textContent = Math.max(left, 0);
  const isDue = left <= 0 || (left <= warning && !dialog.open);
  const isToBeTold = isUsed && !dialog.open && Date.now() - toldAt >= TOLD_EVERY;
  if (!isDue && !isToBeTold) return;
  isAsking = true;
  try {
    const really = isUsed && !dialog.open ? await sayInUse() : await ask();
    if (really <= 0) clearScreen();
    else if (really > warning) dialog.close();
    else if (!dialog.open) dialog.showModal();
  } catch {
    if (left <= 0) clearScreen(); // nobody answers, and the screen may show what is not everybody's
    else if (isDue && !dialog.open) dialog.showModal();
  } finally {
    isAsking = false;
  }
}

async function goOnNow(event) {
  event.preventDefault();
  try {
    if ((await sayInUse()) <= 0) clearScreen();
    else dialog.close();
  } catch {
    goOn.submit(); // the server says what is the matter
  }
}

goOn.addEventListener("submit", goOnNow);
dialog.addEventListener("cancel", goOnNow); // Esc goes on as well
for (const use of ["keydown", "pointerdown", "input", "wheel", "touchmove"]) {
  addEventListener(use, () => (isUsed = true), { passive: true });
}
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("visibilitychange", look);
setInterval(look, 1000);
