// Sends what this computer has written down without the network. Only what the server says to have is removed here; a
// sending whose answer is lost is sent again, and the server knows each scan by its key.
"use strict";

const AT_ONCE = 100;

const form = document.querySelector("[data-offline-upload]");
const says = document.querySelector("[data-offline-says]");

function show() {
  const number = readScans().length;
  document.querySelector("[data-offline-number]").textContent = number;
  form.hidden = number === 0;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    while (readScans().length) await sendSome(readScans().slice(0, AT_ONCE));
    location.reload();
  } catch {
    says.textContent = says.dataset.failed;
    show();
  }
  button.disabled = false;
});

async function sendSome(scans) {
  const data = new FormData(form);
  const now = Date.now();
  const sent = scans.map(({ at, ...scan }) => ({ ...scan, milliseconds_ago: Math.max(0, now - at) }));
  data.set("scans", JSON.stringify(sent));
  const answer = await fetch(form.action, { method: "POST", body: data });
  if (!answer.ok || answer.redirected) throw new Error("refused");
  const kept = new Set((await answer.json()).kept);
  if (kept.size === 0) throw new Error("nothing kept");
  keepScans(readScans().filter((scan) => !kept.has(scan.key)));
}

window.addEventListener("storage", show);
show();
